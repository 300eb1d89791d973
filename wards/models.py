"""The administrative map and how it changed.

A ward's identity is (code, valid_from), not its code: all five wards of July 2025 reuse the codes
of wards with another name or another territory (NQ 1656/NQ-UBTVQH15).
"""

from datetime import date, timedelta

from django.db import models
from django.db.models import F, Q
from django.utils.formats import date_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from wards.text import fold, sort_key

# Stands for “since before these records begin”; the true founding dates were not researched.
SINCE_EVER = date(1900, 1, 1)


class WardQuerySet(models.QuerySet):
    def in_force(self, day: date):
        """Wards that existed on the day."""
        return self.filter(Q(valid_to=None) | Q(valid_to__gte=day), valid_from__lte=day)

    def of_the_programme(self):
        """Wards of the historic district, and the wards that its territory formed within Hà Đông."""
        return self.filter(in_programme=True)

    def visible_to(self, user):
        """Wards this person works in: an officer's own; the programme's for whoever may add up the whole district."""
        if not (user.is_authenticated and user.is_active):
            return self.none()
        # A subquery, not a join: a ward stands once.
        return self.filter(pk__in=user.wards.values("pk")) if user.is_officer else self.of_the_programme()


class Ward(models.Model):
    """A commune-level unit during one period of its life."""

    audited = True
    audit_ignored = ("name_key", "sort_key")

    code = models.CharField(_("code"), max_length=5, help_text=_("Five digits as text; codes are reused."))
    valid_from = models.DateField(_("valid from"), default=SINCE_EVER)
    valid_to = models.DateField(_("valid to"), null=True, blank=True)
    name = models.CharField(_("name"), max_length=100)
    unit_type = models.CharField(_("unit type"), max_length=20, default="phường")
    legal_basis = models.CharField(_("legal basis"), max_length=200, blank=True)
    note = models.TextField(_("note"), blank=True)
    in_programme = models.BooleanField(_("belongs to the programme's area"), default=True)
    name_key = models.CharField(max_length=100, editable=False)
    sort_key = models.CharField(max_length=320, editable=False)

    objects = WardQuerySet.as_manager()

    class Meta:
        verbose_name = _("ward")
        verbose_name_plural = _("wards")
        ordering = ["sort_key", "valid_from"]
        constraints = [
            models.UniqueConstraint(
                fields=["code", "valid_from"],
                name="ward_code_valid_from_unique",
                violation_error_message=_("A ward with this code already begins on this day."),
            ),
            models.CheckConstraint(
                condition=Q(valid_to=None) | Q(valid_to__gte=F("valid_from")),
                name="ward_ends_after_it_begins",
                violation_error_message=_("A ward cannot end before it begins."),
            ),
        ]

    def __str__(self) -> str:
        return self.label

    def save(self, *args, **kwargs):
        self.name_key, self.sort_key = fold(self.name), sort_key(self.name)
        super().save(*args, **kwargs)

    @property
    def label(self) -> str:
        """“Phường Đồng Mai”, with the dates where the name alone would be ambiguous."""
        name = f"{self.unit_type.capitalize()} {self.name}"
        if self.valid_from != SINCE_EVER:
            since = date_format(self.valid_from, "SHORT_DATE_FORMAT")
            name = gettext("%(ward)s (from %(date)s)") % {"ward": name, "date": since}
        return name

    @property
    def dated_label(self) -> str:
        """The label, and until when a ward that has ended existed: where wards of all times stand side by side."""
        if self.valid_to is None:
            return self.label
        until = date_format(self.valid_to, "SHORT_DATE_FORMAT")
        return gettext("%(ward)s (until %(date)s)") % {"ward": self.label, "date": until}

    @property
    def identity(self) -> str:
        """CODE@YYYY-MM-DD, as commands and the API take it."""
        return f"{self.code}@{self.valid_from.isoformat()}"

    def existed_on(self, day: date) -> bool:
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)

    @property
    def was_left(self) -> bool:
        """Whether the ward has ended and everybody was moved out of it: nobody can live there any more."""
        if self.valid_to is None:
            return False
        return Reorganisation.objects.filter(on=self.valid_to + timedelta(days=1)).exists()


class WardSuccession(models.Model):
    """On a day, all or part of one ward's territory went to another."""

    audited = True

    predecessor = models.ForeignKey(Ward, models.PROTECT, related_name="successions", verbose_name=_("from"))
    successor = models.ForeignKey(Ward, models.PROTECT, related_name="origins", verbose_name=_("to"))
    on = models.DateField(_("on"))
    whole = models.BooleanField(_("the whole ward"), help_text=_("Otherwise part of it, by residential group."))
    takes_rest = models.BooleanField(
        _("takes what is in no known group"),
        default=False,
        help_text=_("Of a ward that was split: households without a residential group go here."),
    )
    legal_basis = models.CharField(_("legal basis"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("ward succession")
        verbose_name_plural = _("ward successions")
        ordering = ["on", "predecessor", "successor"]
        constraints = [
            models.UniqueConstraint(fields=["predecessor", "successor", "on"], name="ward_succession_unique"),
            models.UniqueConstraint(
                fields=["predecessor", "on"],
                condition=Q(takes_rest=True),
                name="ward_succession_one_takes_the_rest",
                violation_error_message=_("Only one ward can take the households without a residential group."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.predecessor} → {self.successor}"


class ResidentialGroup(models.Model):
    """A residential group (tổ dân phố) of a ward."""

    audited = True

    ward = models.ForeignKey(Ward, models.PROTECT, related_name="residential_groups", verbose_name=_("ward"))
    number = models.PositiveSmallIntegerField(_("number"))
    name = models.CharField(_("name"), max_length=100)

    class Meta:
        verbose_name = _("residential group")
        verbose_name_plural = _("residential groups")
        ordering = ["ward", "number"]
        constraints = [models.UniqueConstraint(fields=["ward", "number"], name="residential_group_number_unique")]

    def __str__(self) -> str:
        return self.name


class WardPopulation(models.Model):
    """All households and persons resident in a ward at the review of a year (report R1, columns 1 and 2)."""

    audited = True

    ward = models.ForeignKey(Ward, models.PROTECT, related_name="populations", verbose_name=_("ward"))
    year = models.PositiveSmallIntegerField(_("year"))
    households = models.PositiveIntegerField(_("resident households"))
    persons = models.PositiveIntegerField(_("resident persons"))

    class Meta:
        verbose_name = _("ward population")
        verbose_name_plural = _("ward populations")
        ordering = ["year", "ward"]
        constraints = [models.UniqueConstraint(fields=["ward", "year"], name="ward_population_year_unique")]

    def __str__(self) -> str:
        return f"{self.ward} {self.year}"


class GroupSuccession(models.Model):
    """Where a residential group's territory went when its ward ended."""

    audited = True

    group = models.OneToOneField(
        ResidentialGroup, models.PROTECT, related_name="succession", verbose_name=_("residential group")
    )
    successor = models.ForeignKey(Ward, models.PROTECT, related_name="+", verbose_name=_("to ward"))
    successor_group = models.ForeignKey(
        ResidentialGroup, models.PROTECT, null=True, blank=True, related_name="origins", verbose_name=_("to group")
    )

    class Meta:
        verbose_name = _("succession of a residential group")
        verbose_name_plural = _("successions of residential groups")
        ordering = ["group"]

    def __str__(self) -> str:
        return f"{self.group} → {self.successor}"


class Reorganisation(models.Model):
    """A day on which wards ended and their territory went to others, carried out here."""

    audited = True

    on = models.DateField(_("on"), unique=True)
    carried_out_at = models.DateTimeField(_("carried out at"), auto_now_add=True)
    carried_out_by = models.CharField(_("carried out by"), max_length=150)
    households = models.PositiveIntegerField(_("households moved"))
    note = models.CharField(_("note"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("reorganisation of wards")
        verbose_name_plural = _("reorganisations of wards")
        ordering = ["on"]
        permissions = [("carry_out_reorganisation", _("Can carry out a reorganisation of wards"))]

    def __str__(self) -> str:
        return f"{self.on:%d/%m/%Y}"

"""Where a household lived when, and what happened in its life."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import WardScopedQuerySet
from households.codes import Happening
from households.models.household import Household, place_in_words
from households.models.member import Member
from wards.models import ResidentialGroup, Ward


class ResidenceQuerySet(WardScopedQuerySet):
    ward_path = "household__ward"

    def on(self, day):
        """Residences that held on the day."""
        return self.filter(Q(since=None) | Q(since__lte=day), Q(until=None) | Q(until__gte=day))


class Residence(models.Model):
    """A household lived in this ward and group from `since` to `until`, both days included.

    Without `since`: since before these records begin. Without `until`: still. The open residence is
    always the household's own ward and group.
    """

    audited = True
    audit_subject = "household"
    told_elsewhere = True  # the household's own ward, group and address say it in its history

    household = models.ForeignKey(Household, models.PROTECT, related_name="residences", verbose_name=_("household"))
    ward = models.ForeignKey(Ward, models.PROTECT, related_name="+", verbose_name=_("ward"))
    residential_group = models.ForeignKey(
        ResidentialGroup,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("residential group"),
    )
    address = models.CharField(_("address"), max_length=200, blank=True)
    since = models.DateField(_("since"), null=True, blank=True)
    until = models.DateField(_("until"), null=True, blank=True)

    objects = ResidenceQuerySet.as_manager()

    class Meta:
        verbose_name = _("residence")
        verbose_name_plural = _("residences")
        ordering = ["household", F("since").asc(nulls_first=True), "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["household"],
                condition=Q(until=None),
                name="residence_one_open",
                violation_error_message=_("A household lives in one place."),
            ),
            models.CheckConstraint(
                condition=Q(since=None) | Q(until=None) | Q(until__gte=F("since")),
                name="residence_ends_after_it_begins",
                violation_error_message=_("A residence cannot end before it begins."),
            ),
        ]
        indexes = [models.Index(fields=["ward", "until"], name="residence_ward_until")]

    def __str__(self) -> str:
        return f"{self.household} {self.ward}"

    @property
    def place(self) -> str:
        return place_in_words(self.residential_group, self.address)


class LifeEventQuerySet(WardScopedQuerySet):
    ward_path = "household__ward"

    def standing(self):
        return self.filter(undone_at=None)


class LifeEvent(models.Model):
    """One dated thing that happened to a household.

    A move between wards is one row, read by both: `ward` is where the household lived before, `to_ward`
    where it went. A split or a merger is one row for each household, each naming the other.
    """

    audited = True
    audit_subject = "household"

    household = models.ForeignKey(Household, models.PROTECT, related_name="events", verbose_name=_("household"))
    kind = models.CharField(_("what happened"), max_length=12, choices=Happening)
    day = models.DateField(_("day"))
    ward = models.ForeignKey(Ward, models.PROTECT, related_name="+", verbose_name=_("ward of that day"))
    to_ward = models.ForeignKey(
        Ward, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("moved to")
    )
    group = models.ForeignKey(
        ResidentialGroup, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("group before")
    )
    to_group = models.ForeignKey(
        ResidentialGroup, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("group after")
    )
    other = models.ForeignKey(
        Household, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("other household")
    )
    member = models.ForeignKey(
        Member, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("member")
    )
    place = models.CharField(_("place outside the district"), max_length=200, blank=True)
    note = models.CharField(_("note"), max_length=300, blank=True)
    undoing = models.JSONField(null=True, blank=True, editable=False)  # what to put back when it is undone
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, editable=False, related_name="+", verbose_name=_("by")
    )
    undone_at = models.DateTimeField(_("undone at"), null=True, blank=True, editable=False)
    undone_because = models.CharField(_("undone because"), max_length=300, blank=True, editable=False)

    objects = LifeEventQuerySet.as_manager()

    class Meta:
        verbose_name = _("event in a household's life")
        verbose_name_plural = _("events in households' lives")
        ordering = ["household", "day", "pk"]
        indexes = [
            models.Index(fields=["household", "day"], name="life_event_household_day"),
            models.Index(fields=["ward", "day"], name="life_event_ward_day"),
        ]

    def __str__(self) -> str:
        return f"{self.day:%d/%m/%Y} {self.get_kind_display()}"

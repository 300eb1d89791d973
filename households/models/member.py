"""Persons of a household."""

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import WardScopedQuerySet
from households import identity
from households.codes import ETHNICITIES, KINH, DisabilityDegree, DisabilityKind, Leaving, Occupation, Relation, Sex
from households.models.household import Household
from wards.text import clean, fold, person_sort_key

EARLIEST_BIRTH_YEAR = 1900


class MemberQuerySet(WardScopedQuerySet):
    ward_path = "household__ward"

    def present(self):
        return self.filter(left_on=None)


class Member(models.Model):
    """A person. Birth may be known to the day or to the year only; the year is always kept."""

    audited = True
    audit_subject = "household"
    audit_ignored = ("name_key", "sort_key")
    audit_abridged = ("id_number", "health_card_number")

    household = models.ForeignKey(Household, models.PROTECT, related_name="members", verbose_name=_("household"))
    name = models.CharField(_("full name"), max_length=120)
    name_key = models.CharField(max_length=120, editable=False)
    sort_key = models.CharField(max_length=400, editable=False)
    relation = models.CharField(_("relation to head"), max_length=12, choices=Relation)
    sex = models.CharField(_("sex"), max_length=1, choices=Sex)
    birth_date = models.DateField(_("date of birth"), null=True, blank=True)
    birth_year = models.PositiveSmallIntegerField(_("year of birth"), null=True, blank=True)
    id_number = models.CharField(_("CCCD/CMND"), max_length=12, blank=True)
    ethnicity = models.CharField(_("ethnicity"), max_length=2, choices=ETHNICITIES, default=KINH)
    occupation = models.CharField(_("situation"), max_length=12, choices=Occupation, blank=True)
    is_pupil = models.BooleanField(_("pupil"), default=False)
    school = models.CharField(_("school"), max_length=120, blank=True)
    disability_kind = models.CharField(_("disability"), max_length=12, choices=DisabilityKind, blank=True)
    disability_degree = models.CharField(_("degree of disability"), max_length=12, choices=DisabilityDegree, blank=True)
    has_health_insurance = models.BooleanField(_("health insurance"), default=False)
    health_card_number = models.CharField(_("health insurance card"), max_length=15, blank=True)
    joined_on = models.DateField(_("joined on"), null=True, blank=True)
    left_on = models.DateField(_("left on"), null=True, blank=True)
    left_as = models.CharField(_("left because"), max_length=12, choices=Leaving, blank=True)

    objects = MemberQuerySet.as_manager()

    class Meta:
        verbose_name = _("member")
        verbose_name_plural = _("members")
        ordering = ["household", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["household"],
                condition=Q(relation=Relation.HEAD, left_on=None),
                name="member_one_head_per_household",
                violation_error_message=_("A household has one head."),
            ),
            models.CheckConstraint(
                condition=Q(birth_date=None) | Q(birth_date__year=F("birth_year")),
                name="member_birth_year_of_birth_date",
                violation_error_message=_("Date and year of birth disagree."),
            ),
        ]
        indexes = [
            models.Index(fields=["household", "name_key"], name="member_household_name"),
            models.Index(fields=["id_number"], name="member_id_number"),
            # Where people like a newcomer are looked for.
            models.Index(fields=["birth_year", "name_key"], name="member_birth_name"),
            models.Index(fields=["name_key"], name="member_name"),
        ]

    def __str__(self) -> str:
        return self.name

    def save(self, *args, **kwargs):
        self.prepare()
        super().save(*args, **kwargs)

    def prepare(self) -> "Member":
        """Fill what is derived from the typed values; bulk loaders call it themselves."""
        self.name = clean(self.name)
        self.name_key, self.sort_key = fold(self.name), person_sort_key(self.name)
        if self.birth_date:
            self.birth_year = self.birth_date.year
        return self

    def clean(self):
        if self.birth_date:
            self.birth_year = self.birth_date.year
        today = timezone.localdate()
        if self.birth_date and self.birth_date > today:
            raise ValidationError({"birth_date": _("The date of birth lies in the future.")})
        if self.birth_year and not EARLIEST_BIRTH_YEAR <= self.birth_year <= today.year:
            message = _("The year of birth must lie between %(from)d and %(to)d.")
            years = {"from": EARLIEST_BIRTH_YEAR, "to": today.year}
            raise ValidationError({"birth_date": ValidationError(message, params=years)})
        if self.id_number:
            try:
                identity.check_number(self.id_number)
            except ValidationError as error:
                raise ValidationError({"id_number": error}) from error
        if self.disability_kind and not self.disability_degree:
            raise ValidationError({"disability_degree": _("Say how severe the disability is.")})

    @property
    def masked_id_number(self) -> str:
        return identity.masked(self.id_number)

    @property
    def birth(self) -> str:
        """dd/mm/yyyy, or the year alone where only it is known."""
        if self.birth_date:
            return f"{self.birth_date:%d/%m/%Y}"
        return str(self.birth_year or "")

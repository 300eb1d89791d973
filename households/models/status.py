"""Each year's class of a household by one standard, and what follows from the years before."""

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Case, Exists, F, OuterRef, Q, Subquery, Value, When
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import WardScopedQuerySet
from households.codes import ETHNICITIES, KINH, LISTED, Cause, Classification, Feature, Happening, Movement, SheetA
from households.models.household import Household
from households.models.life import LifeEvent
from households.models.standard import Indicator, PovertyStandard
from wards.models import ResidentialGroup, Ward

ANY_YEAR = 9999  # looks back over everything on record

_MINORITY = ~Q(ethnicity__in=["", KINH])
# The groups may overlap; who is in none of the three of table R8 is “other”, a true complement.
FEATURES = {
    Feature.KINH: Q(ethnicity=KINH),
    Feature.MINORITY: _MINORITY,
    Feature.NO_LABOUR: Q(lacks_labour=True),
    Feature.MERIT: Q(has_merit=True),
    Feature.OTHER: Q(ethnicity__in=["", KINH])
    & (Q(lacks_labour=False) | Q(lacks_labour=None))
    & (Q(has_merit=False) | Q(has_merit=None)),
    Feature.WOMAN: Q(head_is_female=True),
    Feature.FARMING: Q(is_agricultural=True) & ~Q(classification__in=LISTED),
    Feature.CHILDREN: Q(children__gt=0),
    Feature.UNDERNOURISHED: Q(children_undernourished__gt=0),
    Feature.UNINSURED: Q(children_uninsured__gt=0),
    Feature.OUT_OF_SCHOOL: Q(children_out_of_school__gt=0),
}


class PovertyStatusQuerySet(WardScopedQuerySet):
    ward_path = "household__ward"

    def official(self):
        """Judged by the standard in force in the status's own year; the household was still there at its end."""
        ended = Q(standard__to_year__isnull=False) & Q(standard__to_year__lt=F("year"))
        return self.filter(standard__from_year__lte=F("year"), closed_on=None).exclude(ended)

    def at_level(self, level: str):
        return self.official().filter(standard__level=level)

    def in_years(self, first: int, last: int):
        return self.filter(year__gte=first, year__lte=last)

    def in_wards(self, wards):
        """Statuses given in these wards: the ward of that day, not where the household lives now."""
        return self.filter(ward__in=wards)

    def of_feature(self, feature: str):
        """Statuses whose household was of this group that year."""
        if feature == Feature.DEPRIVED:
            return self.filter(Exists(StatusDeprivation.objects.filter(status=OuterRef("pk"))))
        return self.filter(FEATURES[feature])

    def with_arrival(self):
        """Add `arrived`: in that year the household came from outside the district, or out of another household.

        On the list without a class the year before it is then neither new nor back: it came with its class.
        """
        events = LifeEvent.objects.standing().filter(
            household=OuterRef("household"),
            kind__in=(Happening.MOVED_IN, Happening.SPLIT_OFF),
            day__year=OuterRef("year"),
        )
        return self.annotate(arrived=Exists(events))

    def with_movement(self):
        """Add `movement`, derived from the official statuses of earlier years at the same level.

        Columns c2–c7 of report tables R2 and R3, as `households.movement` tells them. Relapse: on the list
        earlier, not last year, and no longer ago than the standard looks back. Where nobody has a status for
        the year before, nothing can be said and movement is null. No link through time is a join, so rows are
        never repeated.
        """
        earlier = PovertyStatus.objects.official().filter(
            household=OuterRef("household"), standard__level=OuterRef("standard__level")
        )
        year_before = earlier.filter(year=OuterRef("year") - 1).order_by("-standard__from_year")
        looked_back = Coalesce(OuterRef("standard__relapse_look_back"), Value(ANY_YEAR))
        long_before = earlier.filter(year__lt=OuterRef("year") - 1, year__gte=OuterRef("year") - looked_back)
        poor, near_poor = Q(classification=Classification.POOR), Q(classification=Classification.NEAR_POOR)
        was_poor, was_near_poor = Q(before=Classification.POOR), Q(before=Classification.NEAR_POOR)
        was_unlisted = Q(before=None) | ~Q(before__in=LISTED)
        return (
            self.with_arrival()
            .annotate(
                before=Subquery(year_before.values("classification")[:1]),
                was_poor_earlier=Exists(long_before.filter(classification=Classification.POOR)),
                was_listed_earlier=Exists(long_before.filter(classification__in=LISTED)),
                year_before_is_known=Case(When(_year_before_is_known(), then=True), default=False),
            )
            .annotate(
                movement=Case(
                    When(~Q(closed_on=None) | Q(year_before_is_known=False), then=Value(None)),
                    When(before=None, arrived=True, then=Value(None)),
                    When(poor & was_near_poor, then=Value(Movement.FELL_INTO_POVERTY)),
                    When(poor & was_unlisted & Q(was_poor_earlier=True), then=Value(Movement.RELAPSED_POOR)),
                    When(poor & was_unlisted, then=Value(Movement.NEW_POOR)),
                    When(near_poor & was_poor, then=Value(Movement.ESCAPED_TO_NEAR_POOR)),
                    When(
                        near_poor & was_unlisted & Q(was_listed_earlier=True), then=Value(Movement.RELAPSED_NEAR_POOR)
                    ),
                    When(near_poor & was_unlisted, then=Value(Movement.NEW_NEAR_POOR)),
                    When(~poor & ~near_poor & was_poor, then=Value(Movement.ESCAPED_POVERTY)),
                    When(~poor & ~near_poor & was_near_poor, then=Value(Movement.ESCAPED_NEAR_POVERTY)),
                    default=Value(None),
                    output_field=models.CharField(null=True),
                )
            )
        )


def _year_before_is_known() -> Q:
    """Whether anybody has an official status for the year before; asked once a level, not once a row."""
    known = Q()
    for level in PovertyStandard.Level.values:
        years = PovertyStatus.objects.at_level(level).order_by().annotate(next=F("year") + 1)
        known |= Q(standard__level=level, year__in=years.values("next").distinct())
    return known


class PovertyStatus(models.Model):
    """Class of a household at the end of a year by one standard, with the ward and size of that day."""

    audited = True
    audit_subject = "household"
    arrived = False  # told by `with_arrival()`

    household = models.ForeignKey(Household, models.PROTECT, related_name="statuses", verbose_name=_("household"))
    year = models.PositiveSmallIntegerField(_("year"))
    standard = models.ForeignKey(PovertyStandard, models.PROTECT, related_name="statuses", verbose_name=_("standard"))
    ward = models.ForeignKey(Ward, models.PROTECT, related_name="statuses", verbose_name=_("ward of that day"))
    persons = models.PositiveSmallIntegerField(_("persons in the household"), validators=[MaxValueValidator(50)])
    classification = models.CharField(_("class"), max_length=2, choices=Classification)
    sheet_a = models.CharField(_("sheet A (quick identification)"), max_length=5, choices=SheetA, blank=True)
    income = models.BigIntegerField(_("income (đồng/person/month)"), null=True, blank=True)
    b1 = models.PositiveSmallIntegerField(_("B1 points"), null=True, blank=True)
    b2 = models.PositiveSmallIntegerField(_("B2 points"), null=True, blank=True)
    deprivations = models.ManyToManyField(
        Indicator, through="StatusDeprivation", blank=True, verbose_name=_("deprivations")
    )
    reviewed_on = models.DateField(_("reviewed on"), null=True, blank=True)
    decision_number = models.CharField(_("decision number"), max_length=60, blank=True)
    decision_date = models.DateField(_("decision date"), null=True, blank=True)
    certificate_number = models.CharField(_("certificate number"), max_length=60, blank=True)
    certificate_date = models.DateField(_("certificate date"), null=True, blank=True)
    note = models.CharField(_("note"), max_length=200, blank=True)
    # The day within the year on which its household was closed: it stands on no list of the year's end.
    closed_on = models.DateField(_("household closed on"), null=True, blank=True, editable=False)

    # How the class came about: what the standard proposed, by which rule, and why the officer differed.
    proposed = models.CharField(_("proposed class"), max_length=2, choices=Classification, blank=True, editable=False)
    differs_because = models.CharField(_("reason for another class than proposed"), max_length=300, blank=True)
    judged_by = models.JSONField(null=True, blank=True, editable=False)

    # The household as it was that day: closed years do not change when the household does. Null: not on record.
    residential_group = models.ForeignKey(
        ResidentialGroup,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("residential group of that day"),
    )
    ethnicity = models.CharField(_("ethnicity of the head"), max_length=2, choices=ETHNICITIES, blank=True)
    head_is_female = models.BooleanField(_("headed by a woman"), null=True, blank=True)
    lacks_labour = models.BooleanField(_("no member able to work"), null=True, blank=True)
    has_merit = models.BooleanField(_("family of people with merit (người có công)"), null=True, blank=True)
    on_social_protection = models.BooleanField(_("social protection (bảo trợ xã hội)"), null=True, blank=True)
    is_agricultural = models.BooleanField(
        _("farming, forestry or fishing household of average living standard"), default=False
    )
    children = models.PositiveSmallIntegerField(_("children under 16"), null=True, blank=True)
    children_undernourished = models.PositiveSmallIntegerField(_("children undernourished"), null=True, blank=True)
    children_uninsured = models.PositiveSmallIntegerField(_("children without health insurance"), null=True, blank=True)
    children_out_of_school = models.PositiveSmallIntegerField(_("children not at school"), null=True, blank=True)

    objects = PovertyStatusQuerySet.as_manager()

    class Meta:
        verbose_name = _("status in a year")
        verbose_name_plural = _("statuses by year")
        ordering = ["household", "year", "standard"]
        constraints = [
            models.UniqueConstraint(
                fields=["household", "year", "standard"],
                name="status_household_year_standard_unique",
                violation_error_message=_("This household already has a status for this year by this standard."),
            ),
            models.CheckConstraint(
                condition=Q(classification__in=Classification.values),
                name="status_classification_known",
                violation_error_message=_("Choose poor, near-poor, in hardship or not poor."),
            ),
            models.CheckConstraint(
                condition=Q(income=None) | Q(income__gte=0),
                name="status_income_not_negative",
                violation_error_message=_("Income cannot be negative."),
            ),
            models.CheckConstraint(
                condition=Q(persons__gte=1),
                name="status_at_least_one_person",
                violation_error_message=_("A household has at least one person."),
            ),
        ]
        indexes = [
            models.Index(fields=["household", "year", "classification"], name="status_household_year_class"),
            models.Index(fields=["year", "ward", "classification", "standard"], name="status_year_ward_class"),
        ]

    def __str__(self) -> str:
        return f"{self.household} {self.year} {self.classification}"

    @property
    def history_name(self) -> str:
        """How the household's history calls it: “2021, city standard”."""
        return f"{self.year}, {self.standard.get_level_display()}"

    def clean(self):
        today = timezone.localdate()
        if self.year and self.year > today.year:
            raise ValidationError({"year": _("The year lies in the future.")})
        for name in ("reviewed_on", "decision_date"):
            if getattr(self, name) and getattr(self, name) > today:
                raise ValidationError({name: _("The date lies in the future.")})


class StatusDeprivation(models.Model):
    """One deprivation ticked for a household-year."""

    audited = True
    audit_subject = "status__household"

    status = models.ForeignKey(PovertyStatus, models.CASCADE, related_name="+")
    indicator = models.ForeignKey(Indicator, models.PROTECT, related_name="+")

    class Meta:
        ordering = ["status", "indicator"]
        constraints = [models.UniqueConstraint(fields=["status", "indicator"], name="status_deprivation_unique")]

    def __str__(self) -> str:
        return str(self.indicator)


class StatusCause(models.Model):
    """One cause of poverty named for a household-year."""

    audited = True
    audit_subject = "status__household"

    status = models.ForeignKey(PovertyStatus, models.CASCADE, related_name="causes")
    cause = models.CharField(_("cause"), max_length=10, choices=Cause)

    class Meta:
        ordering = ["status", "cause"]
        constraints = [models.UniqueConstraint(fields=["status", "cause"], name="status_cause_unique")]

    def __str__(self) -> str:
        return self.get_cause_display()

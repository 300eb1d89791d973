"""Who is entitled to which help: rules as data, each with its legal basis."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from support.codes import Category
from support.models.policy import SupportPolicy


class EntitlementRule(models.Model):
    """Households, or members, who should have been reached by help of a kind within a period.

    All conditions given must hold. The class is the one by which help is given in a year: that of the
    list decided at the end of the year before, by the city standard.
    """

    class Unit(models.TextChoices):
        HOUSEHOLD = "household", _("households")
        MEMBER = "member", _("members")

    class Period(models.TextChoices):
        YEAR = "year", _("within the year")
        EVER = "ever", _("at any time since the programme began")

    audited = True

    code = models.CharField(_("code"), max_length=30, unique=True)
    name = models.CharField(_("name"), max_length=200)
    name_en = models.CharField(_("English name"), max_length=200)
    legal_basis = models.CharField(_("legal basis"), max_length=300)
    unit = models.CharField(_("counted in"), max_length=10, choices=Unit)
    for_poor = models.BooleanField(_("poor households"), default=False)
    for_near_poor = models.BooleanField(_("near-poor households"), default=False)
    escaped_within = models.PositiveSmallIntegerField(
        _("months since the household left the list"),
        null=True,
        blank=True,
        help_text=_("Also households that left the list at most so many months before the year's end."),
    )
    lacking = models.CharField(
        _("deprived of one of"),
        max_length=200,
        blank=True,
        help_text=_("Codes of indicators, separated by spaces, as on the survey sheet of the year before."),
    )
    age_from = models.PositiveSmallIntegerField(_("age from"), null=True, blank=True)
    age_to = models.PositiveSmallIntegerField(_("age to"), null=True, blank=True)
    is_pupil = models.BooleanField(_("at school"), default=False)
    is_uninsured = models.BooleanField(_("without health insurance"), default=False)
    is_severely_disabled = models.BooleanField(_("severely disabled"), default=False)
    is_disabled = models.BooleanField(_("with a disability"), default=False)
    category = models.CharField(
        _("reached by help of this category"), max_length=20, choices=Category, help_text=_("Or by the policies below.")
    )
    policies = models.ManyToManyField(SupportPolicy, blank=True, verbose_name=_("only by these policies"))
    period = models.CharField(_("period"), max_length=5, choices=Period, default=Period.YEAR)
    from_year = models.PositiveSmallIntegerField(_("from year"), null=True, blank=True)
    to_year = models.PositiveSmallIntegerField(_("to year"), null=True, blank=True)
    is_active = models.BooleanField(_("in use"), default=True)
    order = models.PositiveSmallIntegerField(_("order"), default=0)

    class Meta:
        verbose_name = _("rule of entitlement")
        verbose_name_plural = _("rules of entitlement")
        ordering = ["order", "code"]
        constraints = [
            models.CheckConstraint(
                condition=Q(unit="member")
                | Q(
                    age_from=None,
                    age_to=None,
                    is_pupil=False,
                    is_uninsured=False,
                    is_severely_disabled=False,
                    is_disabled=False,
                ),
                name="entitlement_of_persons_counts_persons",
                violation_error_message=_("Ages, school, insurance and disability are a member's: count in members."),
            ),
            models.CheckConstraint(
                condition=Q(to_year=None) | Q(from_year=None) | Q(to_year__gte=F("from_year")),
                name="entitlement_ends_after_it_begins",
                violation_error_message=_("The last year lies before the first."),
            ),
        ]

    def __str__(self) -> str:
        return self.name_en if get_language() == "en" else self.name

    @property
    def only_policy(self) -> SupportPolicy | None:
        """The policy by which its people are helped; where it may be one of several, who records must choose."""
        policies = list(self.policies.all())
        return policies[0] if len(policies) == 1 else None

    def holds_in(self, year: int) -> bool:
        return (
            self.is_active
            and (self.from_year is None or self.from_year <= year)
            and (self.to_year is None or year <= self.to_year)
        )

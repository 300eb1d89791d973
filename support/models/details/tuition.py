"""Tuition: who goes to which school, and what is paid for it."""

from typing import ClassVar

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from support.codes import SchoolLevel
from support.models.details.base import ActionDetail, money_rule
from support.models.measures import MoneyColumn, PercentColumn, SchoolYearField


class TuitionDetail(ActionDetail):
    """The pupil is the action's member; how many devices were handed over stands in the action's things."""

    decided_field = "exemption_percent"
    decided_by_policy: ClassVar = {"HP_MIEN": (100,), "HP_GIAM50": (50,)}
    needed: ClassVar = {"school_year": _("Write the school year, for example 2021-2022.")}

    school = models.CharField(_("school"), max_length=200, blank=True)
    school_level = models.CharField(_("school level"), max_length=12, choices=SchoolLevel, blank=True)
    school_year = SchoolYearField(_("school year"), null=True, blank=True)
    months = models.PositiveSmallIntegerField(_("months of the school year"), null=True, blank=True)
    exemption_percent = PercentColumn(
        _("tuition relieved by"), choices=[(100, "100 %"), (70, "70 %"), (50, "50 %")], null=True, blank=True
    )
    tuition_month = MoneyColumn(_("tuition of a month (đồng)"), null=True, blank=True)
    learning_costs_month = MoneyColumn(_("learning costs of a month (đồng)"), null=True, blank=True)
    device = models.CharField(_("kind of device"), max_length=100, blank=True)
    donor = models.CharField(_("donor"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("tuition detail")
        verbose_name_plural = _("tuition details")
        constraints = [
            models.CheckConstraint(
                condition=Q(months=None) | Q(months__gte=1, months__lte=12),
                name="tuition_months_of_a_year",
                violation_error_code="months",
                violation_error_message=_("A school year has 1 to 12 months."),
            ),
            models.CheckConstraint(
                condition=Q(learning_costs_month=None) | Q(months=None) | Q(months__lte=9),
                name="tuition_learning_costs_nine_months",
                violation_error_code="months",
                violation_error_message=_("Learning costs are paid for at most 9 months of a school year."),
            ),
            models.CheckConstraint(
                condition=Q(school_year=None) | Q(school_year__gte=2015, school_year__lte=2100),
                name="tuition_school_year_plausible",
                violation_error_code="school_year",
                violation_error_message=_("Check the school year."),
            ),
            models.CheckConstraint(
                condition=Q(exemption_percent=None) | Q(exemption_percent__in=(100, 70, 50)),
                name="tuition_relief_by_law",
                violation_error_code="exemption_percent",
                violation_error_message=_("Tuition is relieved by 100, 70 or 50 per cent."),
            ),
            *money_rule("tuition", "tuition_month", "learning_costs_month"),
        ]

    def problems(self, action, funding, *, strict):
        found = super().problems(action, funding, strict=strict)
        if self.school_year and action.period_from and not -1 <= action.period_from.year - self.school_year <= 2:
            message = ValidationError(_("The help of %(day)s does not belong to the school year %(year)s."))
            message.params = {"day": f"{action.period_from:%d/%m/%Y}", "year": self.school_year_in_words}
            found.setdefault("school_year", [message])
        return found

    @property
    def school_year_in_words(self) -> str:
        return self._meta.get_field("school_year").in_words(self.school_year) if self.school_year else ""

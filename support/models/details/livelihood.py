"""What a household is to live on: allowances, livelihoods, employment."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from support.codes import AllowanceGroup
from support.models.details.base import ActionDetail, months_in_order, whole_months
from support.models.measures import CoefficientField, MonthColumn, months_between


class AssistanceDetail(ActionDetail):
    """A monthly social allowance: the standard amount times a coefficient, for some months, or until further notice."""

    needed: ClassVar = {"group": _("Choose the group by article 5 of NĐ 20/2021/NĐ-CP.")}

    group = models.CharField(_("group that is paid"), max_length=1, choices=AllowanceGroup, blank=True)
    coefficient = CoefficientField(_("coefficient"), null=True, blank=True, help_text=_("In tenths: 15 is 1.5."))
    month_from = MonthColumn(_("from month"), null=True, blank=True)
    month_to = MonthColumn(_("to month"), null=True, blank=True)

    class Meta:
        verbose_name = _("allowance detail")
        verbose_name_plural = _("allowance details")
        constraints = [
            models.CheckConstraint(
                condition=Q(coefficient=None) | Q(coefficient__gte=10, coefficient__lte=50),
                name="assistance_coefficient_plausible",
                violation_error_code="coefficient",
                violation_error_message=_("The coefficient lies between 1 and 5; check the decimal comma."),
            ),
            months_in_order("assistance"),
        ]

    def clean(self):
        whole_months(self)

    @property
    def months(self) -> int | None:
        return months_between(self.month_from, self.month_to) if self.month_from and self.month_to else None


class LivelihoodDetail(ActionDetail):
    """A model that is to feed the household. What it brought stands in the action's income gained."""

    model = models.CharField(_("livelihood model"), max_length=200, blank=True)
    materials = models.CharField(_("what was given for it"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("livelihood detail")
        verbose_name_plural = _("livelihood details")


class EmploymentDetail(ActionDetail):
    """Training for a trade, and whether work came of it."""

    trade = models.CharField(_("trade"), max_length=200, blank=True)
    trained_by = models.CharField(_("trained by"), max_length=200, blank=True)
    work_after = models.CharField(_("work after the training"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("employment detail")
        verbose_name_plural = _("employment details")

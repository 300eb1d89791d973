"""Housing: the house, and what it cost."""

from collections.abc import Iterable
from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from support.codes import HouseWork
from support.models.action import FundingLine
from support.models.details.base import ActionDetail, known_sum, money_rule, no_future
from support.models.measures import AreaField, MoneyColumn

HOUSEHOLDS_OWN = "HO_GIA_DINH"  # the source that stands for what the household paid itself


class HousingDetail(ActionDetail):
    """The house. Its cost by source stands on the funding lines, the household's own share among them."""

    decided_field = "work"
    decided_by_policy: ClassVar = {
        "NHA_XM": (HouseWork.NEW, HouseWork.TURNKEY),
        "NHA_SC": (HouseWork.REPAIR,),
    }
    work = models.CharField(_("new or repaired"), max_length=8, choices=HouseWork, blank=True)
    started_on = models.DateField(_("work began on"), null=True, blank=True)
    handed_over_on = models.DateField(_("handed over on"), null=True, blank=True)
    area_before = AreaField(_("area before (m²)"), null=True, blank=True, help_text=_("In tenths of m²: 425 is 42.5."))
    area_after = AreaField(_("area after (m²)"), null=True, blank=True, help_text=_("In tenths of m²: 425 is 42.5."))
    total_cost = MoneyColumn(_("total cost (đồng)"), null=True, blank=True)
    labour_days = models.PositiveIntegerField(_("days of labour given"), null=True, blank=True)
    labour_value = MoneyColumn(
        _("value of the labour (đồng)"),
        null=True,
        blank=True,
        help_text=_("Kept for itself: it counts as money only where a line in kind says so."),
    )

    class Meta:
        verbose_name = _("housing detail")
        verbose_name_plural = _("housing details")
        constraints = [
            models.CheckConstraint(
                condition=Q(started_on=None) | Q(handed_over_on=None) | Q(handed_over_on__gte=F("started_on")),
                name="housing_begun_before_handed_over",
                violation_error_code="handed_over_on",
                violation_error_message=_("The house cannot be handed over before the work began."),
            ),
            *(
                models.CheckConstraint(
                    condition=Q(**{name: None}) | Q(**{f"{name}__gte": 1, f"{name}__lte": 10_000}),
                    name=f"housing_{name}_plausible",
                    violation_error_code=name,
                    violation_error_message=_("The area lies between 0.1 and 1,000 m²."),
                )
                for name in ("area_before", "area_after")
            ),
            models.CheckConstraint(
                condition=Q(labour_days=None) | Q(labour_days__gte=1, labour_days__lte=100_000),
                name="housing_labour_plausible",
                violation_error_code="labour_days",
                violation_error_message=_("Give at least one day of labour, or leave the field empty."),
            ),
            models.CheckConstraint(
                condition=Q(labour_value=None) | Q(labour_days__isnull=False),
                name="housing_labour_value_has_days",
                violation_error_code="labour_days",
                violation_error_message=_("Give the days of labour that this value stands for."),
            ),
            *money_rule("housing", "total_cost", "labour_value"),
        ]

    def clean(self):
        no_future(self, "started_on", "handed_over_on")

    def problems(self, action, funding, *, strict):
        found = super().problems(action, funding, strict=strict)
        paid = sum(line.amount or 0 for line in funding)
        if self.total_cost is not None and self.total_cost < paid:
            found["total_cost"] = [_("The sources add up to more than the house cost; check both.")]
        return found

    def not_accounted_for(self, funding: Iterable[FundingLine]) -> int | None:
        """What of the cost no line names; None where the cost or a line's amount is unknown."""
        known = known_sum(funding)
        return None if self.total_cost is None or known is None else self.total_cost - known

"""What is given once: health, gifts, relief."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from support.codes import Category, Nature, Occasion, ReliefForm
from support.models.details.base import ActionDetail, money_rule, no_future
from support.models.measures import MoneyColumn


class HealthDetail(ActionDetail):
    """An examination. What the medicines are worth is told here; that somebody paid for them, on a funding line."""

    campaign = models.CharField(_("round of examinations"), max_length=200, blank=True)
    visits = models.PositiveIntegerField(_("visits"), null=True, blank=True)
    medicines_value = MoneyColumn(_("value of medicines (đồng)"), null=True, blank=True)
    device = models.CharField(_("medical device"), max_length=100, blank=True)
    place = models.CharField(_("place"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("health detail")
        verbose_name_plural = _("health details")
        constraints = [
            models.CheckConstraint(
                condition=Q(visits=None) | Q(visits__gte=1, visits__lte=10_000_000),
                name="health_visits_plausible",
                violation_error_code="visits",
                violation_error_message=_("Give at least one visit, or leave the field empty."),
            ),
            *money_rule("health", "medicines_value"),
        ]


class GiftDetail(ActionDetail):
    """Whether cash or goods were given follows from the nature of the funding lines."""

    needed: ClassVar = {"occasion": _("Choose the occasion of the gift.")}

    occasion = models.CharField(_("occasion"), max_length=12, choices=Occasion, blank=True)
    goods = models.CharField(_("what goods"), max_length=200, blank=True)
    donor = models.CharField(_("donor"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("gift detail")
        verbose_name_plural = _("gift details")

    def problems(self, action, funding, *, strict):
        found = super().problems(action, funding, strict=strict)
        if self.goods and not any(line.nature == Nature.IN_KIND for line in funding):
            found["goods"] = [_("Goods are named, but no line is in kind; correct who paid.")]
        return found


class ReliefDetail(ActionDetail):
    """Emergency and Covid relief: what happened, and in which of the decree's forms help was given."""

    event = models.CharField(
        _("event"), max_length=200, blank=True, help_text=_("For example: house fire, accident, Covid quarantine.")
    )
    event_on = models.DateField(_("day of the event"), null=True, blank=True)
    form_of_help = models.CharField(_("form of help"), max_length=8, choices=ReliefForm, blank=True)

    class Meta:
        verbose_name = _("relief detail")
        verbose_name_plural = _("relief details")

    def clean(self):
        no_future(self, "event_on")

    def problems(self, action, funding, *, strict):
        found = super().problems(action, funding, strict=strict)
        if strict and action.policy.category == Category.EMERGENCY and not self.event:
            found["event"] = [_("Say what happened.")]
        return found

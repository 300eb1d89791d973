"""Insurance: a card or book, for which months, at what premium."""

from typing import ClassVar

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from support.codes import Scheme
from support.models.details.base import ActionDetail, money_rule, months_in_order, whole_months
from support.models.measures import MoneyColumn, MonthColumn, months_between


class InsuranceDetail(ActionDetail):
    """A card or book for some months. Which source pays which share follows from the funding lines."""

    audit_abridged = ("number",)
    decided_field = "scheme"
    decided_by_policy: ClassVar = {
        "BHYT_HN": (Scheme.HEALTH,),
        "BHYT_CN": (Scheme.HEALTH,),
        "BHXH_TN": (Scheme.SOCIAL,),
    }
    needed: ClassVar = {"scheme": _("Say whether it is BHYT or BHXH.")}

    scheme = models.CharField(_("kind of insurance"), max_length=4, choices=Scheme, blank=True)
    number = models.CharField(_("card or book number"), max_length=15, blank=True)
    month_from = MonthColumn(_("from month"), null=True, blank=True)
    month_to = MonthColumn(_("to month"), null=True, blank=True)
    premium_month = MoneyColumn(_("premium of a month (đồng)"), null=True, blank=True)
    income_chosen = MoneyColumn(
        _("income the premium is reckoned from (đồng)"),
        null=True,
        blank=True,
        help_text=_("BHXH only: the monthly income that was chosen."),
    )

    class Meta:
        verbose_name = _("insurance detail")
        verbose_name_plural = _("insurance details")
        constraints = [
            months_in_order("insurance"),
            *money_rule("insurance", "premium_month", "income_chosen"),
        ]

    def clean(self):
        whole_months(self)
        self.number = check_insurance_number(self.number, self.scheme)

    def problems(self, action, funding, *, strict):
        found = super().problems(action, funding, strict=strict)
        paid, due = sum(line.amount or 0 for line in funding), self.premium
        if due is not None and paid > due:
            found["premium_month"] = [_("The sources pay more than the premium of these months; check both.")]
        if self.income_chosen is not None and self.scheme == Scheme.HEALTH:
            found["income_chosen"] = [_("An income is chosen for BHXH only; leave it empty for BHYT.")]
        return found

    @property
    def months(self) -> int | None:
        return months_between(self.month_from, self.month_to) if self.month_from and self.month_to else None

    @property
    def premium(self) -> int | None:
        """Of all the months."""
        return self.months * self.premium_month if self.months and self.premium_month else None

    @property
    def masked_number(self) -> str:
        return mask(self.number)


def mask(number: str) -> str:
    """Only the last three characters, as of personal numbers."""
    return f"{'•' * (len(number) - 3)}{number[-3:]}" if number else ""


def check_insurance_number(text: str, scheme: str) -> str:
    """The number without spaces and dots; raises ValidationError where it cannot be one.

    BHXH: 10 digits. A BHYT card: two letters, a digit and 12 digits more, or the 10 digits alone of newer cards.
    """
    number = "".join(text.split()).replace(".", "").replace("-", "").upper()
    if not number:
        return ""
    digits = number.isascii() and number.isdigit()
    long_card = len(number) == 15 and number.isascii() and number[:2].isalpha() and number[2:].isdigit()
    if (digits and len(number) == 10) or (long_card and scheme != Scheme.SOCIAL):
        return number
    if scheme == Scheme.SOCIAL:
        raise ValidationError({"number": _("A BHXH number has 10 digits.")})
    raise ValidationError({"number": _("A BHYT card number has 15 characters (HN2…), or 10 digits on newer cards.")})

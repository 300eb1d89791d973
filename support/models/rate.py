"""What the law grants, as data: so much, so many per cent, so many months, at most so much; from a day to a day."""

from datetime import date

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from support.codes import BeneficiaryGroup, RatePer
from support.models.measures import HundredthsField, MoneyColumn, rate_per
from support.models.policy import FundingSource, SupportPolicy


class PolicyRate(models.Model):
    """One rate of a policy: an amount or a percentage, perhaps the part of one source or of one group."""

    audited = True
    audit_subject = "policy"

    policy = models.ForeignKey(SupportPolicy, models.CASCADE, related_name="rates", verbose_name=_("policy"))
    source = models.ForeignKey(
        FundingSource,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("source"),
        help_text=_("Who pays this part; empty: whoever pays."),
    )
    beneficiary_group = models.CharField(
        _("beneficiary group"),
        max_length=12,
        choices=BeneficiaryGroup,
        blank=True,
        help_text=_("Empty: everybody for whom there is no rate of their own."),
    )
    amount = MoneyColumn(_("amount (đồng)"), null=True, blank=True, validators=[MinValueValidator(1)])
    percent = HundredthsField(
        _("per cent"), null=True, blank=True, validators=[MaxValueValidator(10_000)],
        help_text=_("In hundredths of a per cent: 660 is 6.60 %."),
    )  # fmt: skip
    per = models.CharField(_("counted"), max_length=5, choices=RatePer, default=RatePer.ONCE)
    most_months = models.PositiveSmallIntegerField(_("months at most"), null=True, blank=True)
    most_amount = MoneyColumn(
        _("legal maximum (đồng)"), null=True, blank=True, help_text=_("More is recorded only with a reason.")
    )
    legal_basis = models.CharField(_("legal basis"), max_length=300, blank=True)
    compared = models.BooleanField(
        _("compared with its source"), default=False, help_text=_("Otherwise the page says “not compared”.")
    )
    valid_from = models.DateField(_("valid from"), null=True, blank=True)
    valid_to = models.DateField(_("valid to"), null=True, blank=True)

    class Meta:
        verbose_name = _("legal rate")
        verbose_name_plural = _("legal rates")
        ordering = ["policy", "valid_from", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(amount__isnull=False) | Q(percent__isnull=False) | Q(most_amount__isnull=False),
                name="rate_says_something",
                violation_error_message=_("Give an amount, a percentage or a maximum."),
            ),
            models.CheckConstraint(
                condition=Q(amount=None) | Q(percent=None),
                name="rate_is_amount_or_percent",
                violation_error_message=_("A rate is an amount or a percentage, not both."),
            ),
            models.CheckConstraint(
                condition=Q(valid_from=None) | Q(valid_to=None) | Q(valid_to__gte=F("valid_from")),
                name="rate_ends_after_it_begins",
                violation_error_message=_("The period cannot end before it begins."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.policy} {self.valid_from or ''}".strip()

    def holds_on(self, day: date) -> bool:
        """A rate without a beginning is older than these records; one without an end still holds."""
        return (self.valid_from or day) <= day <= (self.valid_to or day)

    def in_words(self) -> str:
        """“150.000 đồng/tháng”, “70 %/tháng”; empty where only a maximum is known."""
        number = self.amount or self.percent
        if not number:
            return ""
        told = self._meta.get_field("amount" if self.amount else "percent").in_words(number)
        return rate_per(told, self.get_per_display()) if self.per != RatePer.ONCE else told

    in_words.short_description = _("rate")

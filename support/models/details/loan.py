"""Loans: their terms."""

from typing import ClassVar

from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from support.codes import Entrusted, InterestUnit, LoanProgramme, RepaidEvery
from support.models.details.base import ActionDetail
from support.models.measures import HundredthsField, rate_per

LONGEST_TERM = 360  # months of a loan


class LoanDetail(ActionDetail):
    """The terms. Lender and principal are the action's funding line; what moved since, its `LoanMovement` rows."""

    decided_field = "programme"
    decided_by_policy: ClassVar = {
        "NHCSXH_HN": (LoanProgramme.POOR,),
        "NHCSXH_HCN": (LoanProgramme.NEAR_POOR,),
        "NHCSXH_MTN": (LoanProgramme.ESCAPED,),
        "NHCSXH_GQVL": (LoanProgramme.JOBS,),
        "TYM": (LoanProgramme.TYM,),
        "QTV_CNVCLD": (LoanProgramme.AID_FUND,),
    }

    programme = models.CharField(_("loan programme"), max_length=8, choices=LoanProgramme, blank=True)
    interest_rate = HundredthsField(
        _("interest rate (%)"), null=True, blank=True, help_text=_("In hundredths of a per cent: 660 is 6.60 %.")
    )
    interest_unit = models.CharField(
        _("interest is counted"), max_length=5, choices=InterestUnit, default=InterestUnit.YEAR
    )
    term_months = models.PositiveSmallIntegerField(
        _("term (months)"),
        null=True,
        blank=True,
        validators=[MaxValueValidator(LONGEST_TERM, _("The term lies between 1 and 360 months."))],
    )
    due_on = models.DateField(_("due on"), null=True, blank=True)
    repaid_every = models.CharField(_("paid back"), max_length=7, choices=RepaidEvery, blank=True)
    purpose = models.CharField(_("purpose of the loan"), max_length=200, blank=True)
    savings_group = models.CharField(_("savings and credit group"), max_length=100, blank=True)
    entrusted_to = models.CharField(_("entrusted to"), max_length=10, choices=Entrusted, blank=True)

    class Meta:
        verbose_name = _("loan detail")
        verbose_name_plural = _("loan details")
        constraints = [
            models.CheckConstraint(
                condition=Q(interest_rate=None) | Q(interest_rate__lte=3000),
                name="loan_interest_plausible",
                violation_error_code="interest_rate",
                violation_error_message=_("More than 30 per cent is no such loan's rate; check the decimal comma."),
            ),
            models.CheckConstraint(
                condition=Q(term_months=None) | Q(term_months__gte=1, term_months__lte=LONGEST_TERM),
                name="loan_term_plausible",
                violation_error_code="term_months",
                violation_error_message=_("The term lies between 1 and 360 months."),
            ),
        ]

    def problems(self, action, funding, *, strict):
        found = super().problems(action, funding, strict=strict)
        if self.due_on and action.period_from and self.due_on < action.period_from:
            found["due_on"] = [_("A loan cannot be due before it was paid out.")]
        return found

    @property
    def rate_in_words(self) -> str:
        """“6,60 %/năm”."""
        if self.interest_rate is None:
            return ""
        return rate_per(
            self._meta.get_field("interest_rate").in_words(self.interest_rate), self.get_interest_unit_display()
        )

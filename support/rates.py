"""What the law would grant for an action: an amount with how it was reckoned, who pays which part, and what is too much.

    proposal_of(action, detail)          None where no rate is on record for that day
    day_of_rate(action, detail)          that day
    proposal.differs(funding, detail)    in words, what was recorded otherwise; empty where it is the same

It proposes and asks; only what lies above a legal maximum needs a reason before it is saved.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from django.core.exceptions import ValidationError
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from support.codes import Category, Nature, RatePer
from support.models import (
    ActionDetail,
    AssistanceDetail,
    FundingLine,
    FundingSource,
    InsuranceDetail,
    LoanDetail,
    PolicyRate,
    SupportAction,
    SupportPolicy,
    TuitionDetail,
)
from support.models.details.housing import HOUSEHOLDS_OWN

NOT_COMPARED = gettext_lazy("(not compared)")


class Share(NamedTuple):
    """What one source would pay; no source: whoever pays."""

    source: FundingSource | None
    amount: int


@dataclass(frozen=True)
class Proposal:
    """What the law says of one action. `shares` is empty where a rate is known but not what it is a rate of."""

    rates: list[PolicyRate]
    shares: list[Share] = field(default_factory=list)
    reckoned: str = ""  # “150.000 × 9 tháng”
    months: int | None = None
    by_source: bool = False  # whether the parts, or only their sum, are compared with what was paid

    @property
    def total(self) -> int | None:
        return sum(share.amount for share in self.shares) if self.shares else None

    @property
    def most_amount(self) -> int | None:
        return next((rate.most_amount for rate in self.rates if rate.most_amount), None)

    @property
    def most_months(self) -> int | None:
        return next((rate.most_months for rate in self.rates if rate.most_months), None)

    @property
    def interest(self) -> PolicyRate | None:
        return next((rate for rate in self.rates if rate.percent and rate.per in (RatePer.YEAR, RatePer.WEEK)), None)

    @property
    def in_words(self) -> str:
        """The rates themselves: “150.000 đồng/tháng”, “Ngân sách thành phố: 70 %/tháng”."""
        told = [(rate.source, rate.in_words()) for rate in self.rates]
        return "; ".join(f"{source}: {words}" if source else words for source, words in told if words)

    @property
    def basis(self) -> str:
        """The legal bases, each once; what nobody compared with its source says so."""
        told = [
            f"{rate.legal_basis}{'' if rate.compared else f' {NOT_COMPARED}'}"
            for rate in self.rates
            if rate.legal_basis
        ]
        return "; ".join(dict.fromkeys(told))

    def difference(self, funding: Iterable[FundingLine]) -> int | None:
        """What was recorded less what was proposed; None where either is unknown."""
        paid = [line for line in funding if line.source.code != HOUSEHOLDS_OWN]
        if not paid:
            return None
        if self.by_source:
            named = {share.source for share in self.shares}
            paid = [line for line in paid if line.source in named]
        if self.total is None or any(line.amount is None for line in paid):
            return None
        return sum(line.amount for line in paid) - self.total

    def differs(self, funding: Iterable[FundingLine], detail: ActionDetail | None) -> str:
        """“thấp hơn mức quy định 350.000 đồng”; nothing where it is the same or not known."""
        if by := self.difference(funding):
            text = _("%(by)s đồng more than the legal rate") if by > 0 else _("%(by)s đồng less than the legal rate")
            return text % {"by": _grouped(abs(by))}
        return self._interest_differs(detail)

    def _interest_differs(self, detail: ActionDetail | None) -> str:
        legal = self.interest
        if legal is None or not isinstance(detail, LoanDetail) or detail.interest_rate is None:
            return ""
        if (detail.interest_rate, detail.interest_unit) == (legal.percent, legal.per):
            return ""
        return _("an interest of %(rate)s, which is not the legal rate") % {"rate": detail.rate_in_words}


def proposal_of(
    action: SupportAction, detail: ActionDetail | None, rates: Sequence[PolicyRate] | None = None
) -> Proposal | None:
    """What the law would grant; `rates` where all of the policy's are at hand."""
    if not action.is_named or not action.period_from:
        return None
    found = _applying(action, day_of_rate(action, detail), rates_of(action.policy) if rates is None else rates)
    return Proposal(rates=found, **_reckoned(action, detail, found)) if found else None


def rates_of(policy: SupportPolicy) -> list[PolicyRate]:
    """All of a policy's rates, of whatever day."""
    return list(policy.rates.select_related("source"))


def day_of_rate(action: SupportAction, detail: ActionDetail | None) -> date:
    """An allowance paid late is that of its months; anything else is granted on the first day."""
    if isinstance(detail, AssistanceDetail) and detail.month_from:
        return detail.month_from
    return action.period_from


def _applying(action: SupportAction, day: date, rates: Sequence[PolicyRate]) -> list[PolicyRate]:
    """The rates in force on the day; of each source the one for the action's group, else the one for everybody."""
    chosen: dict[int | None, PolicyRate] = {}
    for rate in rates:
        if not rate.holds_on(day):
            continue
        own = rate.beneficiary_group == action.beneficiary_group
        if own and (rate.beneficiary_group or rate.source_id not in chosen):
            chosen[rate.source_id] = rate
        elif not rate.beneficiary_group:
            chosen.setdefault(rate.source_id, rate)
    return list(chosen.values())


def _reckoned(action: SupportAction, detail: ActionDetail | None, rates: list[PolicyRate]) -> dict:
    if action.policy.category == Category.LOANS:
        return {}
    if isinstance(detail, InsuranceDetail):
        return _of_premium(detail, rates)
    if isinstance(detail, TuitionDetail):
        return _of_months(detail, rates)
    if isinstance(detail, AssistanceDetail):
        return _of_standard(detail, rates)
    amounts = [Share(rate.source, rate.amount) for rate in rates if rate.amount and rate.per == RatePer.ONCE]
    reckoned = " + ".join(_grouped(share.amount) for share in amounts) if len(amounts) > 1 else ""
    return {"shares": amounts, "reckoned": reckoned}


def _of_premium(detail: InsuranceDetail, rates: list[PolicyRate]) -> dict:
    """Each source's percentage of the premium of all months."""
    if detail.premium is None:
        return {"by_source": True}
    shares = [Share(rate.source, detail.premium * rate.percent // 10_000) for rate in rates if rate.percent]
    months = _("%(months)d months") % {"months": detail.months}
    return {
        "shares": shares,
        "reckoned": f"{_grouped(detail.premium_month)} × {months} = {_grouped(detail.premium)}",
        "months": detail.months,
        "by_source": True,
    }


def _of_months(detail: TuitionDetail, rates: list[PolicyRate]) -> dict:
    """So much a month, or so many per cent of a month's tuition, for the months given, else for as many as the law grants."""
    [rate] = rates[:1]
    months = detail.months or rate.most_months
    if not months:
        return {}
    text = _("%(months)d months") % {"months": months}
    if rate.amount:
        share, told = rate.amount * months, f"{_grouped(rate.amount)} × {text}"
    elif detail.tuition_month:
        share = detail.tuition_month * rate.percent * months // 10_000
        column = rate._meta.get_field("percent")
        told = f"{_grouped(detail.tuition_month)} × {column.in_words(rate.percent)} × {text}"
    else:
        return {}
    return {"shares": [Share(rate.source, share)], "reckoned": told, "months": months}


def _of_standard(detail: AssistanceDetail, rates: list[PolicyRate]) -> dict:
    """The standard amount times the coefficient, for the months given if it holds in all of them."""
    [rate] = rates[:1]
    if not (rate.amount and detail.coefficient and detail.months and rate.holds_on(detail.month_to)):
        return {}
    coefficient = detail._meta.get_field("coefficient").in_words(detail.coefficient)
    text = _("%(months)d months") % {"months": detail.months}
    return {
        "shares": [Share(rate.source, rate.amount * detail.coefficient * detail.months // 10)],
        "reckoned": f"{_grouped(rate.amount)} × {coefficient} × {text}",
        "months": detail.months,
    }


def check_maximum(
    action: SupportAction,
    detail: ActionDetail | None,
    funding: Iterable[FundingLine],
    rates: Sequence[PolicyRate] | None = None,
) -> None:
    """More than the law allows at most may have happened; the record then says why."""
    if action.differs_because.strip():
        return
    proposal = proposal_of(action, detail, rates)
    if proposal is None:
        return
    paid = sum(line.amount or 0 for line in funding if line.source.code != HOUSEHOLDS_OWN)
    if proposal.most_amount and paid > proposal.most_amount:
        message = _("The legal maximum is %(most)s đồng, recorded are %(paid)s. If this is right, say why.")
        params = {"most": _grouped(proposal.most_amount), "paid": _grouped(paid)}
        raise ValidationError({"differs_because": message % params})
    months = getattr(detail, "term_months", None) or getattr(detail, "months", None)
    if proposal.most_months and months and months > proposal.most_months:
        message = _("The legal maximum is %(most)d months, recorded are %(months)d. If this is right, say why.")
        raise ValidationError({"differs_because": message % {"most": proposal.most_months, "months": months}})


def usual_lines(action: SupportAction, proposal: Proposal) -> list[FundingLine]:
    """The proposal as lines of funding, where the law names no source, from the policy's first usual one."""
    usual = action.policy.default_sources.order_by("order", "code").first()
    nature = Nature.LOAN if action.policy.repayable else Nature.GRANT
    lines: dict[FundingSource | None, int] = {}
    for share in proposal.shares:
        source = share.source or usual
        lines[source] = lines.get(source, 0) + share.amount
    return [FundingLine(source=source, nature=nature, amount=amount) for source, amount in lines.items()]


def _grouped(number: int) -> str:
    return number_format(number, force_grouping=True)

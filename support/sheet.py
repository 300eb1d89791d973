"""The whole form of help: what and to whom, what its kind records, who paid.

ActionSheet.sent(request.POST, user=…)            to be saved: sheet.is_valid(), sheet.refuse(error)
ActionSheet.drawn_anew(request.POST, user=…)      as typed so far: another kind, a household found, a rate taken over
ActionSheet.of(action, user=…)                    a record to be corrected
"""

from collections.abc import Mapping, Sequence
from datetime import date
from functools import cached_property

from django.core.exceptions import ValidationError
from django.http import QueryDict

from support.filters import NAMED
from support.forms.action import SupportActionForm, pack
from support.forms.funding import MOST_LINES, BaseFundingFormSet, funding_formset
from support.forms.kind_sheet import KindSheet
from support.funds import overspent_because
from support.models import (
    ActionDetail,
    FundingLine,
    PolicyRate,
    SupportAction,
    SupportPolicy,
    TuitionDetail,
    detail_of,
)
from support.overlap import Overlap, overlaps_of
from support.rates import Proposal, day_of_rate, proposal_of, rates_of, usual_lines

FIND, KIND, RATE, TAKE = "find", "kind", "rate", "take"  # buttons that draw the form anew instead of saving it
_LINE = ("source", "nature", "amount", "qualifier")


class NotToldYet(Exception):
    """What is to be saved repeats help on record that this person has not been shown."""


class ActionSheet:
    def __init__(self, form: SupportActionForm, funding, kind: KindSheet):
        self.form, self.funding, self.kind = form, funding, kind

    # --- how it comes about ---

    @classmethod
    def new(cls, *, user, initial: Mapping, policy_code: str = "", like: SupportAction | None = None) -> "ActionSheet":
        """Empty, or like the record entered before."""
        # A code from the address; PostgreSQL takes no text with a zero byte, not even to compare.
        asked = SupportPolicy.objects.filter(code=policy_code.replace("\x00", "")).first() if policy_code else None
        form = SupportActionForm(user=user, initial={**initial, **({"policy": asked.pk} if asked else {})})
        lines = like.lines if like and like.is_named else ()
        kind = KindSheet(
            form.chosen_policy, like=detail_of(like) if like else None, first_day=form.first_day, strict=_strict(form)
        )
        return cls(form, funding_formset(lines=lines), kind)

    @classmethod
    def of(cls, action: SupportAction, *, user) -> "ActionSheet":
        movements = list(action.movements.all())
        seen = {"seen": pack(action, action.lines, movements)}
        form = SupportActionForm(user=user, instance=action, initial=seen | {"overspending": overspent_because(action)})
        return cls(form, funding_formset(lines=action.lines), _kind(form, action, movements))

    @classmethod
    def sent(cls, data: QueryDict, *, user, action: SupportAction | None = None) -> "ActionSheet":
        form = SupportActionForm(data, user=user, instance=action)
        movements = list(action.movements.all()) if action else ()
        return cls(form, funding_formset(data), _kind(form, action, movements, data=data))

    @classmethod
    def drawn_anew(cls, data: QueryDict, *, user, action: SupportAction | None = None) -> "ActionSheet":
        """As typed so far; where the proposed rate is taken over, with it."""
        form = SupportActionForm(user=user, instance=action, initial=dict(data.items()))
        movements = list(action.movements.all()) if action else ()
        typed = dict(data.items())
        sheet = cls(form, funding_formset(typed=typed_lines(typed)), _kind(form, action, movements, typed=typed))
        if typed.get("then") == TAKE and (proposal := sheet.proposal):
            return sheet._with_taken_over(proposal, typed, action, movements)
        return sheet

    def _with_taken_over(self, proposal: Proposal, typed: dict, action, movements) -> "ActionSheet":
        """Put the proposed amounts on the lines of the proposed sources, and a rate into the kind's own fields."""
        lines = [line for line in typed_lines(typed) if line["source"] or line["amount"]]
        by_source = {line["source"]: line for line in lines}
        for line in usual_lines(self._drafted, proposal):
            row = by_source.get(str(line.source.pk)) if line.source else None
            if row is None:
                row = {"source": str(line.source.pk) if line.source else "", "qualifier": "exact"}
                lines.append(row)
            row |= {"nature": row.get("nature") or line.nature, "amount": line.amount}
        if rate := proposal.interest:
            typed |= {"loan-interest_rate": rate.percent, "loan-interest_unit": rate.per}
        elif self.kind.form and self.kind.form._meta.model is TuitionDetail:
            typed |= _tuition_taken_over(proposal, typed)
        return type(self)(self.form, funding_formset(typed=lines), _kind(self.form, action, movements, typed=typed))

    # --- what is typed ---

    def is_valid(self) -> bool:
        """Check every part, so that all mistakes are shown at once; the parts are judged by the policy."""
        valid = self.form.is_valid()
        self.funding.policy = self.form.cleaned_data.get("policy")
        valid = self.funding.is_valid() and valid
        valid = self.kind.is_valid() and valid
        return valid and self.kind.check(self.form.instance, self.funding.lines())

    @property
    def any_errors(self) -> bool:
        return self.form.is_bound and bool(
            self.form.errors or self.funding.total_error_count() or self.kind.error_count
        )

    def refuse(self, error: ValidationError) -> None:
        """Show what the service refused, at the kind's own field where it is one."""
        if hasattr(error, "error_dict") and self.kind.form:
            own = [name for name in error.error_dict if name in self.kind.form.fields]
            for name in own:
                self.kind.form.add_error(name, error.error_dict.pop(name))
            if not error.error_dict:
                return
        self.form.refuse(error)

    @cached_property
    def overlaps(self) -> list[Overlap]:
        """Help on record that what is typed so far repeats."""
        action = self._drafted
        return overlaps_of(action, self.drafted_detail, by=self.form.user) if action else []

    @property
    def overlaps_shown(self) -> str:
        """Travels with the form: which records its reader saw below the household."""
        return " ".join(str(each.action.pk) for each in self.overlaps)

    def refuse_untold_overlaps(self) -> None:
        """Raises NotToldYet where the form was sent before these records stood on it."""
        if not set(self.overlaps_shown.split()) <= set(self.form.cleaned_data["overlaps_seen"].split()):
            raise NotToldYet

    @cached_property
    def proposal(self) -> Proposal | None:
        """What the law would grant for what is typed so far."""
        return proposal_of(self._drafted, self.drafted_detail, self._rates) if self._drafted else None

    @property
    def no_rate_on(self) -> date | None:
        """The day for which no rate is on record, of a policy that has rates of other days."""
        if not self._drafted or self.proposal or not self._rates:
            return None
        return day_of_rate(self._drafted, self.drafted_detail)

    @cached_property
    def _rates(self) -> list[PolicyRate]:
        return rates_of(self._drafted.policy)

    @property
    def differs(self) -> str:
        """In words, what is typed otherwise than the law would grant."""
        return self.proposal.differs(self.drafted_lines, self.drafted_detail) if self.proposal else ""

    @cached_property
    def _drafted(self) -> SupportAction | None:
        return self.form.draft()

    @property
    def drafted_detail(self) -> ActionDetail | None:
        return self.kind.form.draft() if self.kind.form else None

    @property
    def drafted_lines(self) -> list[FundingLine]:
        """The lines so far, for what they differ from the proposal by."""
        return drafted_lines(self.funding)


def _kind(form: SupportActionForm, action: SupportAction | None, movements: Sequence, **sent) -> KindSheet:
    return KindSheet(
        form.chosen_policy,
        detail=detail_of(action) if action else None,
        movements=movements,
        first_day=form.first_day,
        strict=_strict(form),
        **sent,
    )


def _strict(form: SupportActionForm) -> bool:
    """Whether the kind asks for what it cannot do without: of named help, unless the record is older than the details."""
    if form.chosen_kind != NAMED:
        return False
    return form.is_new or detail_of(form.instance) is not None


def drafted_lines(funding: BaseFundingFormSet) -> list[FundingLine]:
    """The lines as far as they can be read."""
    lines = []
    for row in funding:
        try:
            amount = row.fields["amount"].clean(row["amount"].value())
        except ValidationError:
            amount = None
        source = row.sources.get(str(row["source"].value() or ""))
        if source and not row["DELETE"].value():
            lines.append(FundingLine(source=source, nature=row["nature"].value() or "", amount=amount))
    return lines


def typed_lines(typed: Mapping) -> list[dict]:
    rows = [{name: typed.get(f"funding-{index}-{name}", "") for name in _LINE} for index in range(MOST_LINES)]
    return [row for row in rows if row["source"] or row["nature"] or row["amount"]]


def _tuition_taken_over(proposal: Proposal, typed: Mapping) -> dict:
    [rate] = proposal.rates[:1]
    taken = {} if typed.get("tuition-months") else {"tuition-months": proposal.months or ""}
    if rate.amount:
        return taken | {"tuition-learning_costs_month": rate.amount}
    return taken | {"tuition-exemption_percent": rate.percent // 100}

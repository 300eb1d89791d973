"""The kind's part of the form of help.

What was typed for another kind travels along unseen, so that a policy chosen by mistake costs nothing.
"""

from collections.abc import Mapping, Sequence
from datetime import date

from support.codes import Category, MovementKind
from support.forms.kinds import FORMS, DetailForm
from support.forms.loan import DISBURSED, MOST_DISBURSEMENTS, disbursements
from support.models import ActionDetail, FundingLine, LoanMovement, SupportAction, SupportPolicy

# Livelihoods and loans are to bring an income; the others do not ask for it.
BRINGS_INCOME = (Category.LOANS, Category.LIVELIHOOD, Category.EMPLOYMENT)
_NO_PARTS = {f"{DISBURSED}-TOTAL_FORMS": "0", f"{DISBURSED}-INITIAL_FORMS": "0"}


def prefix_of(form: type[DetailForm]) -> str:
    return form._meta.model._meta.model_name.removesuffix("detail")


_PREFIXES = tuple(dict.fromkeys(prefix_of(form) for form in FORMS.values()))


class KindSheet:
    """The fields of the kind that the chosen policy is of, and unseen what was typed for other kinds.

    `data` is a form that was sent to be saved; `typed` one that was sent to be drawn anew; `like` the
    detail of a record that the next one begins like.
    """

    def __init__(
        self,
        policy: SupportPolicy | None,
        *,
        data=None,
        typed: Mapping | None = None,
        detail: ActionDetail | None = None,
        movements: Sequence[LoanMovement] = (),
        like: ActionDetail | None = None,
        first_day: date | None = None,
        strict: bool = False,
    ):
        self.policy = policy
        self.category = policy.category if policy else ""
        self.on_record = list(movements)
        form = FORMS.get(self.category)
        own = prefix_of(form) if form else ""
        sent = data if data is not None else typed
        self.carried = _unseen(sent or {}, own, self.category)
        self.form: DetailForm | None = None
        self.disbursed = None
        if form:
            fitting = detail if isinstance(detail, form._meta.model) else None
            initial = _typed(typed, own) if typed is not None else _as_before(like, form)
            if typed is None and not detail and own == "tuition" and first_day:
                initial.setdefault("school_year", first_day.year if first_day.month > 6 else first_day.year - 1)
            self.form = form(data, prefix=own, instance=fitting, initial=initial, policy=policy, strict=strict)
        if self.category == Category.LOANS:
            if data is not None and f"{DISBURSED}-TOTAL_FORMS" not in data:
                data = {**_NO_PARTS, **data.dict()}  # the policy was chosen and saved before its fields were drawn
            self.disbursed = disbursements(data, rows=self._rows(typed, first_day))

    def _rows(self, typed: Mapping | None, first_day: date | None) -> list[dict]:
        if typed is not None:
            rows = [
                {name: typed.get(f"{DISBURSED}-{place}-{name}", "") for name in ("on", "amount")}
                for place in range(MOST_DISBURSEMENTS)
            ]
            return [row for row in rows if row["on"] or row["amount"]]
        standing = [each for each in self.on_record if each.kind == MovementKind.DISBURSEMENT and not each.is_void]
        if len(standing) == 1 and standing[0].on == first_day:
            return []  # all of it on the first day needs no saying
        return [{"on": each.on, "amount": each.amount} for each in standing]

    @property
    def asks_for_income(self) -> bool:
        return self.category in BRINGS_INCOME

    def is_valid(self) -> bool:
        valid = self.form is None or self.form.is_valid()
        return (self.disbursed is None or self.disbursed.is_valid()) and valid

    def check(self, action: SupportAction, funding: Sequence[FundingLine]) -> bool:
        """Whether the fields fit the action and who paid; what does not is said at them."""
        if self.form is None:
            return True
        self.form.check(action, funding)
        return not self.form.errors

    @property
    def error_count(self) -> int:
        return len(self.form.errors if self.form else ()) + (
            self.disbursed.total_error_count() if self.disbursed else 0
        )

    def detail(self) -> ActionDetail | None:
        return self.form.instance if self.form else None

    def movements(self) -> list[LoanMovement] | None:
        return self.disbursed.movements(self.on_record) if self.disbursed is not None else None


def _typed(typed: Mapping, own: str) -> dict:
    return {name.removeprefix(f"{own}-"): value for name, value in typed.items() if name.startswith(f"{own}-")}


def _as_before(like: ActionDetail | None, form: type[DetailForm]) -> dict:
    """What the next record of the same kind begins with; a card's number is somebody's own."""
    if not isinstance(like, form._meta.model):
        return {}
    return {each.name: getattr(like, each.name) for each in like.own_fields() if each.name != "number"}


def _unseen(sent: Mapping, own: str, category: str) -> list[tuple[str, str]]:
    """What was typed for other kinds."""
    others = tuple(f"{prefix}-" for prefix in _PREFIXES if prefix != own)
    if category != Category.LOANS:
        others += (f"{DISBURSED}-",)
    return [(name, value) for name, value in sent.items() if name.startswith(others) and value]

"""`loans_by_lender`: what was lent, paid back and is still owed, by lender and loan programme.

Balances are counted from the movements of each loan up to a day. A loan reported as a sum for a group, and one
older than the movements, has none: its principal stands, and its balance is “—”.
"""

from collections import defaultdict, namedtuple
from collections.abc import Iterable, Sequence
from datetime import date
from typing import NamedTuple

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from reports.scope import Scope
from reports.table import APART, COUNT, FIGURE, GROUP, LINE, MONEY, Cell, Column, Row, Table
from support.codes import LoanProgramme, Nature, combined_qualifier
from support.filters import NAMED, NOT_RECORDED, UNKNOWN
from support.models import FundingSource, LoanMovement
from support.words import span

MOVED = ("repaid", "interest", "written_off", "outstanding", "overdue")
Moved = namedtuple("Moved", MOVED)


class Loan(NamedTuple):
    """What one lender lent in one record; `lenders` of them lent together."""

    action: int
    lender: int
    amount: int | None
    qualifier: str
    universal: bool
    household: int | None
    times: int
    times_qualifier: str
    gain_from: int | None
    gain_to: int | None
    programme: str


def loans_by_lender(scope: Scope) -> Table:
    """A subtotal a lender, a line a loan programme where it is recorded."""
    book = LoanBook(scope)
    lent = [loan for loan in book.loans if not loan.universal]
    rows: list[Row] = []
    for source in FundingSource.objects.filter(pk__in={loan.lender for loan in lent}):
        rows += _lender_rows(book, source, [loan for loan in lent if loan.lender == source.pk])
    if universal := [loan for loan in book.loans if loan.universal]:
        label = _("Universal policies, outside the total")
        rows.append(book.row("universal", label, universal, {"universal": 1}, APART, whole=True))
    added = {"loans", "principal", "untracked", *MOVED, "unknown"}
    return Table(
        key="loans_by_lender",
        title=_("Loans by lender"),
        first_heading=_("Lender and loan programme"),
        columns=_columns(scope.last_day),
        rows=rows,
        total=book.row("total", _("Total"), lent, {"universal": 0}, whole=True),
        summed=frozenset(added if not book.shared else {"principal", "unknown"}),
        notes=list(_notes(book, lent)),
    )


def _columns(day: date) -> list[Column]:
    until = (_("Up to %(day)s") % {"day": date_format(day, "SHORT_DATE_FORMAT")},)
    dong = _("đồng")
    return [
        Column("loans", _("Loans given"), COUNT, pgettext("unit", "loans")),
        Column("households", _("Borrowing households, named"), COUNT, _("households")),
        Column("principal", _("Principal lent"), MONEY, dong),
        Column("repaid", _("Repaid"), MONEY, dong, group=until),
        Column("interest", _("Interest paid"), MONEY, dong, group=until),
        Column("written_off", _("Written off"), MONEY, dong, group=until),
        Column("outstanding", _("Still owed"), MONEY, dong, group=until),
        Column("overdue", _("Of it overdue"), MONEY, dong, group=until),
        Column("untracked", _("Loans without a balance"), COUNT, pgettext("unit", "loans")),
        Column("income_gain", _("Income gained"), FIGURE, _("đồng/worker/month")),
        Column("unknown", _("Amounts not known"), COUNT, _("records")),
    ]


def _notes(book: "LoanBook", lent: Sequence[Loan]) -> Iterable[str]:
    yield _(
        "Loans given in these years; what is owed counts the disbursements up to the day less what was repaid or"
        " written off. A household that borrowed twice is one household."
    )
    yield _(
        "“Loans without a balance”: sums reported for a group and records older than the schedule. They stand with"
        " their principal and are in no balance. Income gained is the range recorded, never a sum."
    )
    if undated := sum(1 for moved in book.moved_of(lent) if moved.overdue is None):
        yield _("%(count)d loans have no due day on record: owed, but never counted as overdue.") % {"count": undated}
    if book.shared:
        yield _(
            "%(count)d loans come from several lenders: each lender has the loan and its own principal; in the total"
            " such a loan counts once, and what was repaid of it stands there alone."
        ) % {"count": len(book.shared)}


def _lender_rows(book: "LoanBook", source: FundingSource, loans: list[Loan]) -> Iterable[Row]:
    asked = {"source": source.code, "universal": 0}
    yield book.row(source.code, str(source), loans, asked, GROUP)
    by_programme = defaultdict(list)
    for loan in loans:
        by_programme[loan.programme].append(loan)
    if set(by_programme) == {""}:
        return
    names = {"": _("programme not recorded")} | dict(LoanProgramme.choices)
    for code in (*LoanProgramme.values, ""):
        if code in by_programme:
            key, chosen = f"{source.code}:{code or NOT_RECORDED}", {"programme": code or NOT_RECORDED}
            yield book.row(key, str(names[code]), by_programme[code], asked | chosen, LINE)


class LoanBook:
    """The loans of a scope and what moved on them up to its last day; two queries."""

    def __init__(self, scope: Scope):
        self.scope = scope
        self.loans = _read_loans(scope)
        movements = LoanMovement.objects.filter(action__in=scope.actions().order_by().values("pk"))
        balances = movements.balances(scope.last_day)
        # Computed once a loan, for each stands in several rows.
        self.moved = {loan: Moved(*(getattr(balance, name) for name in MOVED)) for loan, balance in balances.items()}
        lenders = defaultdict(set)
        for loan in self.loans:
            lenders[loan.action].add(loan.lender)
        self.shared = {action for action, several in lenders.items() if len(several) > 1}

    def moved_of(self, loans: Iterable[Loan]) -> list[Moved]:
        return [self.moved[action] for action in {loan.action for loan in loans} if action in self.moved]

    def row(
        self, key: str, label: str, loans: Sequence[Loan], asked: dict, level: str = LINE, *, whole: bool = False
    ) -> Row:
        """What these loans come to; `whole`: all lenders together, where alone a shared loan has its balance."""
        once = {loan.action: loan for loan in loans}.values()
        told = [loan for loan in once if whole or loan.action not in self.shared]
        untracked = [loan for loan in once if loan.action not in self.moved]
        cells: dict[str, Cell] = {
            "loans": sum(loan.times for loan in once) or None,
            "households": len({loan.household for loan in once} - {None}) if once else None,
            "principal": _sum(loan.amount for loan in loans),
            "untracked": sum(loan.times for loan in untracked) or None,
            "income_gain": span(
                min((loan.gain_from for loan in once if loan.gain_from is not None), default=None),
                max((loan.gain_to or loan.gain_from for loan in once if loan.gain_from is not None), default=None),
            ),
            "unknown": sum(loan.amount is None for loan in loans) or None,
        } | self._moved(told)
        doubts = {
            "loans": [loan.times_qualifier for loan in once],
            "untracked": [loan.times_qualifier for loan in untracked],
            "principal": [loan.qualifier for loan in loans if loan.amount is not None],
        }
        marks = {name: mark for name, found in doubts.items() if (mark := combined_qualifier(found))}
        asked = {"nature": Nature.LOAN.value} | asked
        chosen = {"households": {"kind": NAMED}, "unknown": {"amount": UNKNOWN}}
        chosen |= {column: {"counted": column} for column in ("untracked", "income_gain")}
        chosen |= {column: {"counted": column, "on": self.scope.last_day.isoformat()} for column in MOVED}
        links = self.scope.action_links(cells, lambda column: asked | chosen.get(column, {}))
        return Row(key, label, cells, marks, links, level)

    def _moved(self, loans: Iterable[Loan]) -> dict[str, int | None]:
        """What moved on these loans; interest and write-offs that nobody noted are not on record, and no nought."""
        moved = dict.fromkeys(MOVED) | {
            name: _sum(amounts) for name, amounts in zip(MOVED, zip(*self.moved_of(loans), strict=True), strict=False)
        }
        return moved | {name: moved[name] or None for name in ("interest", "written_off")}


def _sum(amounts: Iterable[int | None]) -> int | None:
    known = [amount for amount in amounts if amount is not None]
    return sum(known) if known else None


def _read_loans(scope: Scope) -> list[Loan]:
    lines = scope.lines().filter(nature=Nature.LOAN)
    rows = lines.values_list(
        "action", "source", "amount", "qualifier", "action__policy__universal", "action__household", "action__times",
        "action__qualifier", "action__income_gain_from", "action__income_gain_to", "action__loandetail__programme",
    )  # fmt: skip
    return [Loan(*row[:-1], row[-1] or "") for row in rows.iterator()]

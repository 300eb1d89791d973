"""`housing`: houses built and repaired, what they cost by who paid, the labour given, and how many are handed over."""

from collections import defaultdict
from datetime import date

from django.db.models import Count, Q, Sum
from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from reports.scope import Scope
from reports.sums import Sums
from reports.table import APART, COUNT, LINE, MONEY, Column, Row, Table
from support.codes import Category, HouseWork, Nature, SourceGroup, Thing
from support.filters import NOT_RECORDED, UNKNOWN
from support.models.details.housing import HOUSEHOLDS_OWN

ALL = "total"
PAID_BY = {
    SourceGroup.BUDGET.value: "budget",
    SourceGroup.FUND.value: "fund",
    SourceGroup.DONORS.value: "mobilised",
}
MONEY_COLUMNS = ("budget", "fund", "mobilised", "own", "other", "grant", "in_kind")
LABOUR = ("labour_days", "labour_value")
HOUSES = ("times", "houses", "handed_over", *LABOUR)


def housing(scope: Scope) -> Table:
    """A row for new, repaired and turnkey houses, and one for records that do not say which."""
    book = HouseBook(scope)
    labels = {work.value: capfirst(str(work.label)) for work in HouseWork} | {"": _("Kind of work not recorded")}
    rows = [book.row(code, code or NOT_RECORDED, label) for code, label in labels.items() if code in book.cells]
    if "universal" in book.cells:
        rows.append(book.row("universal", "universal", _("Universal policies, outside the total"), APART))
    return Table(
        key="housing",
        title=_("Housing support"),
        first_heading=_("Kind of work"),
        columns=_columns(scope.last_day),
        rows=rows,
        total=book.row(ALL, "total", _("Total")),
        summed=frozenset([*HOUSES, *MONEY_COLUMNS, "unknown"]),
        notes=[
            _("Houses are counted where their number is on record; costs are what the sources paid, by source."),
            _(
                "The value of labour is kept for itself: it is in no sum of money unless a line in kind says so too."
                " Loans for houses stand with the lenders."
            ),
        ],
    )


def _columns(day: date) -> list[Column]:
    dong, paid = _("đồng"), (_("Cost in money, by who paid"),)
    labour = (_("Labour given"),)
    return [
        Column("times", _("Times"), COUNT, _("times")),
        Column("houses", _("Number of houses"), COUNT, _("houses")),
        Column(
            "handed_over",
            _("Handed over up to %(day)s") % {"day": date_format(day, "SHORT_DATE_FORMAT")},
            COUNT,
            _("houses"),
        ),
        Column("budget", _("Budget"), MONEY, dong, group=paid),
        Column("fund", _("Fund “For the poor”"), MONEY, dong, group=paid),
        Column("mobilised", _("Mobilised from society"), MONEY, dong, group=paid),
        Column("own", _("The household's own"), MONEY, dong, group=paid),
        Column("other", _("Other sources"), MONEY, dong, group=paid),
        Column("grant", _("All money"), MONEY, dong, group=paid),
        Column("in_kind", _("In kind"), MONEY, dong),
        Column("labour_days", _("Days"), COUNT, _("days"), group=labour),
        Column("labour_value", _("Value"), MONEY, dong, group=labour),
        Column("unknown", _("Amounts not known"), COUNT, _("records")),
    ]


class HouseBook(Sums):
    """Sums by kind of work and over all; two queries. A detail belongs to one record, so no join repeats a house."""

    def __init__(self, scope: Scope):
        super().__init__()
        self.scope = scope
        self._payers: dict[str, set[str]] = defaultdict(set)  # which sources a column adds up
        self._read_houses()
        self._read_money()

    def _actions(self):
        return self.scope.actions().filter(policy__category=Category.HOUSING).order_by()

    def _read_houses(self) -> None:
        house = Q(thing_unit=Thing.HOUSE)
        rows = (
            self._actions()
            .values_list("policy__universal", "housingdetail__work", "qualifier")
            .annotate(
                Sum("times"),
                houses=Sum("things", filter=house),
                handed_over=Sum("things", filter=house & Q(housingdetail__handed_over_on__lte=self.scope.last_day)),
                days=Sum("housingdetail__labour_days"),
                value=Sum("housingdetail__labour_value"),
            )
        )
        for universal, work, qualifier, *sums in rows:
            for column, amount in zip(HOUSES, sums, strict=True):
                self._add(universal, work, column, amount, "" if column in LABOUR else qualifier)

    def _read_money(self) -> None:
        lines = self.scope.lines(self._actions()).exclude(nature=Nature.LOAN)
        rows = lines.values_list(
            "action__policy__universal", "action__housingdetail__work", "source__group", "source__code", "nature",
            "qualifier",
        ).annotate(total=Sum("amount"), unknown=Count("pk", filter=Q(amount=None)))  # fmt: skip
        for universal, work, group, code, nature, qualifier, total, unknown in rows:
            self._add(universal, work, "unknown", unknown or None)
            if nature == Nature.IN_KIND:
                self._add(universal, work, "in_kind", total, qualifier)
                continue
            payer = "own" if code == HOUSEHOLDS_OWN else PAID_BY.get(group, "other")
            self._payers[payer].add(code)
            for column in (payer, "grant"):
                self._add(universal, work, column, total, qualifier)

    def _add(self, universal: bool, work: str | None, column: str, amount: int | None, qualifier: str = "") -> None:
        for key in ("universal",) if universal else (work or "", ALL):
            self.add(key, column, amount, qualifier)

    def row(self, of: str, key: str, label: str, level: str = LINE) -> Row:
        cells = {column: self.cells[of].get(column) for column in (*HOUSES, *MONEY_COLUMNS, "unknown")}
        asked = {"category": Category.HOUSING.value, "universal": int(of == "universal")}
        if of not in ("universal", ALL):
            asked["work"] = key
        links = self.scope.action_links(cells, lambda column: asked | self._chosen(column))
        return Row(key, label, cells, self.marks(of), links, level)

    def _chosen(self, column: str) -> dict:
        """What the list behind a column asks for besides."""
        houses = {"thing": Thing.HOUSE.value, "counted": "things"}
        chosen = {
            "houses": houses,
            "handed_over": houses | {"handed_over": self.scope.last_day.isoformat()},
            "unknown": {"amount": UNKNOWN, "nature": [Nature.GRANT.value, Nature.IN_KIND.value]},
            **{nature: {"nature": nature} for nature in (Nature.GRANT.value, Nature.IN_KIND.value)},
            **{labour: {"counted": labour} for labour in LABOUR},
            **{
                payer: {"nature": Nature.GRANT.value, "source": sorted(sources)}
                for payer, sources in self._payers.items()
            },
        }
        return chosen.get(column, {})

"""Money, never over two natures: `money_by_source`, `category_by_source`."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from django.utils.text import capfirst
from django.utils.translation import gettext as _

from reports.given import HelpGiven, Payments
from reports.scope import Scope
from reports.sums import Sums
from reports.table import APART, COUNT, GROUP, LINE, MONEY, Column, Row, Table
from support.codes import Category, Nature, SourceGroup
from support.filters import MANY, UNKNOWN
from support.models import FundingSource

TOTAL, NOT_KNOWN = "total", "unknown"


class Line(NamedTuple):
    """What a line stands for, and the condition under which the list of help shows it."""

    of: object
    key: str
    label: str
    asked: dict


def money_by_source(scope: Scope, given: HelpGiven | None = None) -> Table:
    """Money by source and year, the three natures one below the other; no total over natures exists."""
    given = given or HelpGiven(scope)
    years = {str(year): {"year": str(year)} for year in scope.years} | {MANY: {"year": MANY}}
    labels = {MANY: _("Several years or undated")}
    lines = [Line(each.pk, each.code, str(each), {"source": each.code}) for each in FundingSource.objects.all()]
    grid = Grid(given, lambda each: each.source, lambda each: str(each.slot.year) if each.slot.year else MANY)
    return Table(
        key="money_by_source",
        title=_("Money by source and year"),
        first_heading=_("Nature and source"),
        columns=[
            *(Column(key, labels.get(key, key), MONEY, _("đồng")) for key in years),
            *_last_columns(_("All years")),
        ],
        rows=grid.rows(lines, years),
        summed=frozenset([*years, TOTAL, NOT_KNOWN]),
        notes=_notes(),
    )


def category_by_source(scope: Scope, given: HelpGiven | None = None) -> Table:
    """Money by category and source, the three natures one below the other; only sources that gave have a column."""
    given = given or HelpGiven(scope)
    gave = {each.source for each in given.payments}
    groups = SourceGroup.values
    sources = sorted(FundingSource.objects.filter(pk__in=gave), key=lambda source: groups.index(source.group))
    codes = {source.pk: source.code for source in sources}
    lines = [Line(each.value, each.value, capfirst(str(each.label)), {"category": each.value}) for each in Category]
    grid = Grid(given, lambda each: each.slot.policy.category, lambda each: codes[each.source])
    return Table(
        key="category_by_source",
        title=_("Money by category and source"),
        first_heading=_("Nature and category"),
        columns=[
            *(
                Column(source.code, str(source), MONEY, _("đồng"), group=(capfirst(str(source.get_group_display())),))
                for source in sources
            ),
            *_last_columns(_("All sources")),
        ],
        rows=grid.rows(lines, {code: {"source": code} for code in codes.values()}),
        summed=frozenset([*codes.values(), TOTAL, NOT_KNOWN]),
        notes=_notes(),
        in_pieces=True,
    )


def _last_columns(total: str) -> list[Column]:
    return [
        Column(TOTAL, total, MONEY, _("đồng")),
        Column(NOT_KNOWN, _("Amounts not known"), COUNT, _("records")),
    ]


def _notes() -> list[str]:
    return [
        _("A grand total does not exist: grants, goods and loans are never added together."),
        _("“Amounts not known”: records whose source is known and whose sum was never recorded."),
    ]


class Grid(Sums):
    """Sums and their doubts by nature, line and column, with a total over the columns; universal policies apart."""

    def __init__(self, given: HelpGiven, line_of: Callable[[Payments], object], column_of: Callable[[Payments], str]):
        super().__init__()
        self.scope = given.scope
        for each in given.payments:
            for line in (line_of(each), None):  # None: the whole nature
                key = each.slot.policy.universal, each.nature, line
                self.add(key, NOT_KNOWN, each.unknown or None)
                for column in (column_of(each), TOTAL):
                    self.add(key, column, each.amount, each.qualifier)

    def rows(self, lines: Sequence[Line], columns: dict[str, dict]) -> list[Row]:
        """A group a nature, a line for whatever has money of it; `columns` with the conditions of their lists."""
        columns = columns | {TOTAL: {}, NOT_KNOWN: {"amount": UNKNOWN}}
        rows = []
        for universal in (False, True):
            for nature in Nature:
                members = [line for line in lines if (universal, nature.value, line.of) in self.cells]
                if not members:
                    continue
                key, label, level = nature.value, capfirst(str(nature.label)), GROUP
                if universal:
                    key, level = f"universal:{key}", APART
                    label = _("Universal policies: %(nature)s") % {"nature": nature.label}
                rows.append(self._row((universal, nature), Line(None, key, label, {}), columns, level))
                for line in members:
                    below = line._replace(key=f"{key}:{line.key}")
                    rows.append(self._row((universal, nature), below, columns, LINE))
        return rows

    def _row(self, group: tuple, line: Line, columns: dict[str, dict], level: str) -> Row:
        universal, nature = group
        key = universal, nature.value, line.of
        asked = {"nature": nature.value, "universal": int(universal)} | line.asked
        cells = {column: self.cells[key].get(column) for column in columns}
        links = self.scope.action_links(cells, lambda column: asked | columns[column])
        return Row(line.key, line.label, cells, self.marks(key), links, level)

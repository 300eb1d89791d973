"""A report as frozen data. It knows no format, and a renderer knows no model."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

Cell = int | float | str | bool | None

TEXT, COUNT, MONEY, PERCENT, FLAG, FIGURE = "text", "count", "money", "percent", "flag", "figure"
NUMERIC = {COUNT, MONEY, PERCENT, FIGURE}

# A row is a plain line, the heading line of a group with its subtotal, or a line kept apart from the totals.
LINE, GROUP, APART = "line", "group", "apart"


@dataclass(frozen=True)
class Column:
    """`unit` is what the numbers count (đồng, households, %): units never mix within a column."""

    key: str
    label: str
    kind: str = COUNT
    unit: str = ""


@dataclass(frozen=True)
class Row:
    """`marks` say which cells are not exact (near, over, about); `links` open the rows behind a cell."""

    key: str
    label: str
    cells: Mapping[str, Cell]
    marks: Mapping[str, str] = field(default_factory=dict)
    links: Mapping[str, str] = field(default_factory=dict)
    level: str = LINE


@dataclass(frozen=True)
class Table:
    """`summed` names the columns whose totals are sums; in all others the total was counted on its own."""

    key: str
    title: str
    columns: Sequence[Column]
    rows: Sequence[Row]
    total: Row | None = None
    summed: frozenset[str] = frozenset()
    notes: Sequence[str] = ()
    first_heading: str = ""


@dataclass(frozen=True)
class Report:
    """Tables that share a title, a scope and a period, and say when they were drawn from the records."""

    programme: Mapping[str, str]
    title: str
    scope: Mapping[str, str]
    period: Mapping[str, int]
    standard: str
    tables: Sequence[Table]
    drawn_at: str = ""
    is_sample: bool = False

    def table(self, key: str) -> Table:
        return next(table for table in self.tables if table.key == key)

    @property
    def period_label(self) -> str:
        first, last = self.period["from"], self.period["to"]
        return str(first) if first == last else f"{first}–{last}"

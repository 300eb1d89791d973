"""A report as frozen data. It knows no format, and a renderer knows no model."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

Cell = int | float | str | bool | None

TEXT, COUNT, MONEY, PERCENT, FLAG, FIGURE = "text", "count", "money", "percent", "flag", "figure"
NUMERIC = {COUNT, MONEY, PERCENT, FIGURE}

# A row is a plain line, the heading line of a group with its subtotal, a line kept apart from the totals,
# or, where a table has a total for each part, one of its totals.
LINE, GROUP, APART, TOTAL = "line", "group", "apart", "total"


@dataclass(frozen=True)
class Column:
    """`unit` is what the numbers count (đồng, households, %): units never mix within a column.

    On official forms `group` holds the headings above the column, outermost first, and `number` and
    `formula` what stands in the line beneath the headings.
    """

    key: str
    label: str
    kind: str = COUNT
    unit: str = ""
    group: Sequence[str] = ()
    number: str = ""
    formula: str = ""

    @property
    def full_label(self) -> str:
        return " / ".join([*self.group, self.label])


@dataclass(frozen=True)
class Row:
    """`marks` say which cells are not exact (near, over, about); `links` open the rows behind a cell.

    Where a table has several lines for one thing (households and persons of a ward), `part` says which this
    is: totals add lines of one part.
    """

    key: str
    label: str
    cells: Mapping[str, Cell]
    marks: Mapping[str, str] = field(default_factory=dict)
    links: Mapping[str, str] = field(default_factory=dict)
    level: str = LINE
    part: str = ""


class Heading(NamedTuple):
    """One cell of the headings; a cell above several columns has no column of its own."""

    label: str
    column: Column | None
    across: int
    down: int
    first: int  # place of its first column


@dataclass(frozen=True)
class Table:
    """`summed` names the columns whose totals are sums; in all others the total was counted on its own.

    `counted` names the parts whose totals were counted in every column (households, persons). `in_pieces`: too broad
    for a sheet of paper, and drawn there heading by heading.
    """

    key: str
    title: str
    columns: Sequence[Column]
    rows: Sequence[Row]
    total: Row | None = None
    summed: frozenset[str] = frozenset()
    counted: frozenset[str] = frozenset()
    notes: Sequence[str] = ()
    first_heading: str = ""
    sheet: str = ""  # the name of its sheet in a workbook, where the title is too long
    in_pieces: bool = False

    @property
    def is_wide(self) -> bool:
        """Whether it fits a sheet of paper in small type only."""
        return len(self.columns) > (9 if self.in_pieces else 14)

    @property
    def pieces(self) -> Sequence["Table"]:
        """The table as a page draws it: whole, or each heading with its lines and the columns that hold something."""
        if not self.in_pieces:
            return [self]
        pieces: list[list[Row]] = []
        for row in self.rows:
            if row.level in (GROUP, APART) or not pieces:
                pieces.append([])
            pieces[-1].append(row)
        return [
            replace(
                self, rows=rows, columns=[each for each in self.columns if any(row.cells.get(each.key) for row in rows)]
            )
            for rows in pieces
        ]

    @property
    def is_numbered(self) -> bool:
        """Whether a line of column numbers and formulas stands beneath the headings."""
        return any(column.number for column in self.columns)

    @property
    def headings(self) -> Sequence[Sequence[Heading]]:
        """The lines of headings, top to bottom, neighbours under the same heading drawn together."""
        depth = max((len(column.group) for column in self.columns), default=0) + 1
        lines: list[list[Heading]] = [[] for _ in range(depth)]
        for place, column in enumerate(self.columns):
            for level, label in enumerate(column.group):
                above = lines[level][-1] if lines[level] else None
                beside = self.columns[place - 1].group[: level + 1] if place else ()
                if above and above.column is None and tuple(beside) == tuple(column.group[: level + 1]):
                    lines[level][-1] = above._replace(across=above.across + 1)
                else:
                    lines[level].append(Heading(label, None, 1, 1, place))
            level = len(column.group)
            lines[level].append(Heading(column.label, column, 1, depth - level, place))
        return lines


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
    state: str = ""  # whether the figures are final

    def table(self, key: str) -> Table:
        return next(table for table in self.tables if table.key == key)

    @property
    def period_label(self) -> str:
        first, last = self.period["from"], self.period["to"]
        return str(first) if first == last else f"{first}–{last}"

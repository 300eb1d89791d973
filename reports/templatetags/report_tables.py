"""Walking a report table in a template."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from django import template

from reports.table import FLAG, NUMERIC, PERCENT, Cell, Column, Row, Table
from support.codes import Qualifier

register = template.Library()


@dataclass(frozen=True)
class DrawnCell:
    column: Column
    value: Cell
    mark: str
    link: str

    @property
    def is_number(self) -> bool:
        return self.column.kind in NUMERIC

    @property
    def is_flag(self) -> bool:
        return self.column.kind == FLAG

    @property
    def is_percent(self) -> bool:
        return self.column.kind == PERCENT


@register.filter
def cells(row: Row, table: Table) -> Iterator[DrawnCell]:
    """The row's cells in the order of the table's columns."""
    for column in table.columns:
        mark = row.marks.get(column.key)
        yield DrawnCell(
            column, row.cells.get(column.key), str(Qualifier(mark).label) if mark else "", row.links.get(column.key, "")
        )


@register.filter
def with_spans(table: Table) -> Iterator[tuple[Row, int]]:
    """Each row with the rows its label stands for: 2 for households and persons of a ward, 0 where the one above says it."""
    for _label, rows in groupby(table.rows, key=lambda row: row.label):
        rows = list(rows)
        yield rows[0], len(rows)
        yield from ((row, 0) for row in rows[1:])


@register.filter
def plus(number: float, amount: float) -> float:
    """For the offsets of text in a chart."""
    return number + amount

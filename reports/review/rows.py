"""What a column of a review table is, and how its cells, links and rows are read out of the figures."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import pgettext

from reports.review.figures import PERSONS, ReviewFigures
from reports.table import COUNT, GROUP, LINE, PERCENT, TEXT, Cell, Column, Row, Table

HOUSEHOLDS, OF_PERSONS = "households", "persons"


class Figure(NamedTuple):
    """One column and where its numbers come from: a name, a column of a movement table, or one column over another.

    `asked` are the conditions of the list behind it; `needs` names what must be on record in the year for a
    nought to be one.
    """

    column: Column
    name: str = ""
    movement: tuple[str, str] | None = None
    over: tuple[str, str] | None = None
    asked: Mapping | None = None
    needs: str = ""


def column(number: int | str, *path: str, formula: str = "", kind: str = COUNT) -> Column:
    key = f"c{number}".replace(".", "_")
    return Column(key, path[-1], kind, group=path[:-1], number=str(number), formula=formula)


def rate(number: int | str, of: int, over: int, *path: str) -> Figure:
    drawn = column(number, *path, formula=f"{of}/{over}*100", kind=PERCENT)
    return Figure(drawn, over=(f"c{of}", f"c{over}"))


def per_cent(part: Cell, whole: Cell) -> float | None:
    """Two decimals; None without a base: a rate over nothing says nothing."""
    if part is None or not whole:
        return None
    return float(round(Decimal(part) * 100 / whole, 2))


# --- rows ---------------------------------------------------------------------------------------


def cells_of(
    figures: ReviewFigures, columns: Sequence[Figure], year: int, place: int | None, part: str = HOUSEHOLDS
) -> dict[str, Cell]:
    """The cells of a ward (None: of the whole) in a year."""
    of, known = figures.of(year, place), figures.is_known(year, place)
    cells: dict[str, Cell] = {}
    for figure in columns:
        key = figure.column.key
        if figure.movement:
            cells[key] = figures.movement(year, place, *figure.movement)[part == OF_PERSONS]
        elif figure.over:
            cells[key] = per_cent(cells.get(figure.over[0]), cells.get(figure.over[1]))
        elif figure.name.startswith("residents"):
            cells[key] = of.get(figure.name) or None
        elif not figure.name or not known or (figure.needs and not figures.has(year, figure.needs)):
            cells[key] = None
        else:
            cells[key] = of[figure.name + (PERSONS if part == OF_PERSONS else "")]
    return cells


def links_of(
    figures: ReviewFigures, columns: Sequence[Figure], year: int, place: int | None, cells: Mapping[str, Cell]
) -> dict[str, str]:
    """Where each number's households are listed, for readers who may see households."""
    links = {}
    for figure in columns:
        key = figure.column.key
        if not cells.get(key):
            continue
        if figure.movement:
            links[key] = movement_url(figures, year, place, *figure.movement)
        elif figure.asked is not None:
            links[key] = figures.households_url(year, place, **figure.asked)
    return {key: url for key, url in links.items() if url}


def movement_url(figures: ReviewFigures, year: int, place: int | None, table: str, number: str) -> str:
    """The list of the households in a column of R2 or R3."""
    scope = figures.scope
    if not scope.user.has_perm("households.view_household"):
        return ""
    ward = place if place is not None else (scope.ward.pk if scope.ward else "")
    asked = {"table": table, "column": number, "ward": ward, "level": scope.level}
    if scope.today:
        asked["map"] = scope.map
    return f"{reverse('review-movement-households', args=[year])}?{urlencode(asked)}"


def rows_of(figures: ReviewFigures, columns: Sequence[Figure], year: int, parts: Iterable[str]) -> list[Row]:
    """The whole first where there are several wards, numbered 1, then its wards, 1.1, 1.2 …"""
    places, rows = figures.places(year), []
    several = len(places) > 1 or figures.scope.ward is None
    words = {HOUSEHOLDS: pgettext("form", "Households"), OF_PERSONS: pgettext("form", "Persons")}
    lines = [("1", None)] if several else []
    lines += [(f"1.{number}" if several else str(number), place) for number, place in enumerate(places, start=1)]
    for number, place in lines:
        for part in parts:
            cells = cells_of(figures, columns, year, place, part)
            links = links_of(figures, columns, year, place, cells)
            key = "district" if place is None else figures.key_of(place)
            name = figures.scope.label if place is None else figures.label_of(place)
            rows.append(
                Row(
                    key if part == HOUSEHOLDS else f"{key}/{part}",
                    f"{number}. {name}",
                    {"part": words[part]} | cells,
                    links=links,
                    level=GROUP if place is None else LINE,
                    part=part,
                )
            )
    return rows


def drawn(
    figures: ReviewFigures, year: int, key: str, title: str, columns: Sequence[Figure],
    *, parts: Sequence[str] = (HOUSEHOLDS,), notes: Sequence[str] = (),
) -> Table:  # fmt: skip
    heads = [Column("part", pgettext("form", "Breakdown"), TEXT, number="C")] if len(parts) > 1 else []
    summed = {figure.column.key for figure in columns if figure.column.kind == COUNT}
    return Table(
        key=key,
        title=title,
        columns=[*heads, *(figure.column for figure in columns)],
        rows=rows_of(figures, columns, year, parts),
        summed=frozenset(summed),
        notes=notes,
        first_heading=pgettext("form", "No. Ward"),
        sheet=key.upper(),
    )

"""The movement of a year drawn as a flow from opening to closing, and what keeps it from balancing."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from households.movement import COLUMNS, LESS, MORE, Balance
from reports.review.figures import ReviewFigures
from reports.review.rows import movement_url

WIDTH, HEIGHT = 720, 230
TOP, BOTTOM, GAP = 22, 44, 14


@dataclass(frozen=True)
class Step:
    """One bar: what was there, what left, what came, what is there now."""

    key: str  # opening, less, more, closing
    label: Sequence[str]
    number: str
    value: int
    x: float
    y: float
    width: float
    height: float
    link_y: float  # where the thin line to the next bar runs
    url: str

    @property
    def middle(self) -> float:
        return self.x + self.width / 2


@dataclass(frozen=True)
class Flow:
    title: str
    steps: Sequence[Step]
    formula: str
    holds: bool
    width: int = WIDTH
    height: int = HEIGHT
    base: int = HEIGHT - BOTTOM


def flow_of(figures: ReviewFigures, year: int, place: int | None, table: str) -> Flow | None:
    """Households of one table as a waterfall; None where nothing can be said."""
    counted = {column: figures.movement(year, place, table, column)[0] for column in COLUMNS}
    opening = counted["c1"]
    if opening is None:
        return None
    level, tops, spans = opening, {"c1": opening}, {"c1": (0, opening)}
    for column in (*LESS, *MORE):
        n = counted[column] or 0
        after = level - n if column in LESS else level + n
        spans[column] = (min(level, after), max(level, after))
        tops[column] = level = after
    closing = counted["c9"]
    spans["c9"], tops["c9"] = (0, closing or 0), closing or 0
    highest = max(high for _low, high in spans.values()) or 1
    scale, step = (HEIGHT - TOP - BOTTOM) / highest, WIDTH / len(COLUMNS)
    steps = []
    for place_in_row, column in enumerate(COLUMNS):
        low, high = spans[column]
        steps.append(
            Step(
                _kind(column),
                _labels(table)[column],
                column.removeprefix("c"),
                counted[column] or 0,
                place_in_row * step + GAP / 2,
                HEIGHT - BOTTOM - high * scale,
                step - GAP,
                (high - low) * scale,
                HEIGHT - BOTTOM - tops[column] * scale,
                movement_url(figures, year, place, table, column) if counted[column] else "",
            )
        )
    terms = [f"{'−' if column in LESS else '+'} {counted[column] or 0}" for column in (*LESS, *MORE)]
    result = level if closing is None else closing
    formula = f"{opening} {' '.join(terms)} = {level}"
    return Flow(_("Poor households") if table == "poor" else _("Near-poor households"), steps, formula, level == result)


def _kind(column: str) -> str:
    return {"c1": "opening", "c9": "closing"}.get(column) or ("less" if column in LESS else "more")


def _labels(table: str) -> dict[str, tuple[str, str]]:
    """Two short lines beneath each bar."""
    near = _("became near-poor") if table == "poor" else _("left the list")
    away = _("above the line") if table == "poor" else _("became poor")
    came = _("from near-poor") if table == "poor" else _("from poor")
    words = {
        "c1": _("at the beginning"),
        "c2": near,
        "c3": away,
        "c4": _("others, fewer"),
        "c5": came,
        "c6": _("back on the list"),
        "c7": _("newly arisen"),
        "c8": _("others, more"),
        "c9": _("at the end"),
    }
    return {column: _in_two_lines(text) for column, text in words.items()}


def _in_two_lines(text: str) -> tuple[str, str]:
    words = text.split()
    best = min(range(1, len(words) + 1), key=lambda at: max(len(" ".join(words[:at])), len(" ".join(words[at:]))))
    return " ".join(words[:best]), " ".join(words[best:])


def unbalanced(figures: ReviewFigures, year: int) -> list[tuple[str, Balance]]:
    """The wards whose year does not balance, with their names."""
    moved = figures.moved[year]
    return [
        (figures.label_of(place), balance)
        for place in figures.places(year)
        for table in ("poor", "near_poor")
        if not (balance := moved.balance(place, table)).holds
    ]

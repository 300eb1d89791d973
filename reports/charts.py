"""Where the lines and bars of a chart go. The server draws them: no script, and they print as they stand."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

WIDTH, HEIGHT = 640, 240
LEFT, RIGHT, TOP, BOTTOM = 44, 96, 16, 28


@dataclass(frozen=True)
class Point:
    x: float
    y: float
    value: int


@dataclass(frozen=True)
class Series:
    key: str
    label: str
    points: Sequence[Point]
    label_y: float = 0

    @property
    def path(self) -> str:
        return "M" + " L".join(f"{point.x:.1f} {point.y:.1f}" for point in self.points)


@dataclass(frozen=True)
class Trend:
    """A line chart with a zero baseline and its names written at the lines' ends."""

    series: Sequence[Series]
    ticks: Sequence[tuple[float, int]]
    labels: Sequence[tuple[float, str]]
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    right: int = WIDTH - RIGHT
    base: int = HEIGHT - BOTTOM


@dataclass(frozen=True)
class Bar:
    """One row of a ranked bar list; `share` is its length in per cent of the longest."""

    label: str
    value: int
    share: float
    url: str = ""
    extra: Mapping[str, object] = field(default_factory=dict)


def trend(labels: Sequence[str], values: Mapping[str, tuple[str, Sequence[int | None]]]) -> Trend:
    """`values`: key → (name, one number a label; None leaves a gap at that place)."""
    top = _round_up(max((value for _name, row in values.values() for value in row if value is not None), default=0))
    step = (WIDTH - LEFT - RIGHT) / max(len(labels) - 1, 1)
    span = HEIGHT - TOP - BOTTOM

    def place(index: int, value: int) -> Point:
        return Point(LEFT + index * step, TOP + span * (1 - value / top), value)

    series = []
    for key, (name, row) in values.items():
        points = [place(index, value) for index, value in enumerate(row) if value is not None]
        if points:
            series.append(Series(key, name, points))
    ticks = [(TOP + span * (1 - part / 2), top * part // 2) for part in range(3)]
    return Trend(_spread(series), ticks, [(LEFT + index * step, label) for index, label in enumerate(labels)])


def ranked(rows: Sequence[tuple[str, int, str]]) -> list[Bar]:
    """(label, value, url), longest first."""
    rows = sorted(rows, key=lambda row: -row[1])
    longest = max((value for _label, value, _url in rows), default=0) or 1
    return [Bar(label, value, round(100 * value / longest, 1), url) for label, value, url in rows]


def _spread(series: list[Series]) -> list[Series]:
    """Put the names at the lines' ends apart where the lines meet."""
    placed: list[Series] = []
    for line in sorted(series, key=lambda line: line.points[-1].y, reverse=True):
        y = line.points[-1].y
        if placed and placed[-1].label_y - y < 18:
            y = placed[-1].label_y - 18
        placed.append(Series(line.key, line.label, line.points, y))
    return placed


def _round_up(value: int) -> int:
    """The next even number that is round enough to read on an axis."""
    if value <= 2:
        return 2
    place = 10 ** (len(str(value)) - 1)
    for step in (1, 2, 4, 6, 8, 10):
        if step * place >= value:
            return max(2, step * place)
    return 10 * place

"""The district as a map of tiles: one square a ward, beside the neighbours it has on the ground.

Outlines of the former wards are not open data, and small wards would be too small to read in them.
Rows and columns follow the wards' centres, north on top. A ward's place goes with its identity,
because codes are reused.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from reports.table import Row

WIDTH, HEIGHT, GAP = 104, 82, 6

_TO_2024 = {
    "09886@1900-01-01": (1, 0),  # Dương Nội
    "09544@1900-01-01": (3, 0),  # Vạn Phúc
    "09541@1900-01-01": (4, 0),  # Mộ Lao
    "09542@1900-01-01": (5, 0),  # Văn Quán
    "09551@1900-01-01": (2, 1),  # La Khê
    "09550@1900-01-01": (3, 1),  # Quang Trung
    "09547@1900-01-01": (4, 1),  # Yết Kiêu
    "09562@1900-01-01": (1, 2),  # Yên Nghĩa
    "09552@1900-01-01": (2, 2),  # Phú La
    "09556@1900-01-01": (3, 2),  # Hà Cầu
    "09538@1900-01-01": (4, 2),  # Nguyễn Trãi
    "09553@1900-01-01": (5, 2),  # Phúc La
    "10123@1900-01-01": (0, 3),  # Biên Giang
    "10117@1900-01-01": (1, 3),  # Đồng Mai
    "09568@1900-01-01": (2, 3),  # Phú Lãm
    "09571@1900-01-01": (3, 3),  # Phú Lương
    "09565@1900-01-01": (4, 3),  # Kiến Hưng
}
_MERGED = {"09550@1900-01-01", "09547@1900-01-01", "09538@1900-01-01"}
_EARLY_2025 = {key: place for key, place in _TO_2024.items() if key not in _MERGED} | {"09538@2025-01-01": (3, 1)}
_FROM_JULY_2025 = {
    "09886@2025-07-01": (1, 0),  # Dương Nội
    "09556@2025-07-01": (2, 0),  # Hà Đông
    "09562@2025-07-01": (0, 1),  # Yên Nghĩa
    "09568@2025-07-01": (1, 1),  # Phú Lương
    "09552@2025-07-01": (2, 1),  # Kiến Hưng
}
MAPS = (_TO_2024, _EARLY_2025, _FROM_JULY_2025)


@dataclass(frozen=True)
class WardTile:
    """`level` 0 to 5 is the depth of colour: none, then fifths of the largest value."""

    label: str
    value: int
    level: int
    url: str
    x: int
    y: int

    @property
    def name(self) -> str:
        """Without the unit and the date, which the reader of a map does not need."""
        return self.label.split(" (")[0].removeprefix("Phường ").removeprefix("phường ")

    @property
    def middle(self) -> int:
        return self.x + WIDTH // 2


@dataclass(frozen=True)
class WardMap:
    tiles: list[WardTile]
    width: int
    height: int
    tile_width: int = WIDTH
    tile_height: int = HEIGHT


def ward_map(rows: Iterable[Row], column: str) -> WardMap | None:
    """The rows of a table by ward on the map of their time; None where they belong to more than one.

    Wards outside the district have no place on any of them.
    """
    wards = {row.key: row for row in rows if any(row.key in places for places in MAPS) and row.cells.get(column)}
    places = next((places for places in MAPS if wards and wards.keys() <= places.keys()), None)
    if places is None:
        return None
    largest = max(row.cells[column] for row in wards.values())
    left = min(x for x, _y in places.values())
    tiles = [
        WardTile(
            label=row.label,
            value=row.cells[column],
            level=max(1, -(-5 * row.cells[column] // largest)),
            url=row.links.get(column, ""),
            x=(x - left) * (WIDTH + GAP),
            y=y * (HEIGHT + GAP),
        )
        for key, (x, y) in places.items()
        if (row := wards.get(key))
    ]
    right, bottom = (max(place[axis] for place in places.values()) for axis in (0, 1))
    return WardMap(tiles, (right - left + 1) * (WIDTH + GAP) - GAP, (bottom + 1) * (HEIGHT + GAP) - GAP)

"""The households behind a figure of the movement tables, for readers who may see rows.

A figure belongs to the ward of the day; a household may live elsewhere since. Its old ward's officer then sees
its code and what happened, and neither its name nor a link.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from households.models import Household, PovertyStatus
from households.movement import Entry, Kind, OpenQuestion, Question, YearMovement
from households.strip import tag
from reports.scope import Scope

OPEN = "open"  # in place of a column: what keeps the year from balancing


@dataclass(frozen=True)
class MovedHousehold:
    """One line of the list."""

    code: str
    head: str
    pk: int | None  # None: not the reader's to open
    kind: str
    households: int
    persons: int
    before: PovertyStatus | None
    now: PovertyStatus | None

    @property
    def tag_before(self) -> dict:
        return tag(self.before)

    @property
    def tag_now(self) -> dict:
        return tag(self.now)


def entries_of(moved: YearMovement, table: str, column: str) -> list[Entry | OpenQuestion]:
    """What the figure counts: entries of the column, or the open questions of the table (no table: of both)."""
    of = moved.questions if column == OPEN else [entry for entry in moved.entries if entry.column == column]
    return sorted(
        (each for each in of if not table or each.table == table), key=lambda each: (each.ward or 0, each.household)
    )


def moved_households(scope: Scope, year: int, entries: Sequence[Entry | OpenQuestion]) -> list[MovedHousehold]:
    """The lines of these entries, in three queries."""
    keys = {entry.household for entry in entries}
    codes = Household.objects.in_bulk(keys)
    visible = {row.pk: row for row in Household.objects.visible_to(scope.user).filter(pk__in=keys).with_head()}
    statuses = _statuses(scope, year, keys)
    return [
        MovedHousehold(
            codes[entry.household].code,
            getattr(visible.get(entry.household), "head_name", None) or "",
            entry.household if entry.household in visible else None,
            _kind(entry),
            getattr(entry, "households", 1),
            entry.persons,
            statuses.get((entry.household, year - 1)),
            statuses.get((entry.household, year)),
        )
        for entry in entries
    ]


def _kind(entry: Entry | OpenQuestion) -> str:
    return str(Question(entry.code).label if isinstance(entry, OpenQuestion) else Kind(entry.kind).label)


def _statuses(scope: Scope, year: int, keys: Iterable[int]) -> dict[tuple[int, int], PovertyStatus]:
    found = PovertyStatus.objects.at_level(scope.level).filter(household__in=keys, year__in=(year - 1, year))
    found = found.select_related("ward", "standard").order_by("standard__from_year")
    return {(status.household_id, status.year): status for status in found}


def totals(entries: Iterable[Entry | OpenQuestion]) -> tuple[int, int]:
    """Households and persons, as the figure says."""
    entries = list(entries)
    return sum(getattr(entry, "households", 1) for entry in entries), sum(entry.persons for entry in entries)

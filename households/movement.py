"""Who came on the list of poor and near-poor households in a year, who left it, and why: tables R2 and R3.

Nothing here is typed: all of it follows from the statuses of consecutive years, the events in between and
the households that were closed. Every household of a ward's opening or closing list stays or has its place
in the columns, so that opening − c2 − c3 − c4 + c5 + c6 + c7 + c8 = closing for households and persons. What
nothing explains is an open question: it stands in no column, and the year does not balance until it is answered.

The upper half is pure: rows in, entries out. The lower half reads the rows, in as many queries for one
household as for all.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from django.db.models import Q, TextChoices
from django.utils.translation import gettext_lazy as _

from households.codes import LISTED, Classification, Closing, Happening, Movement
from households.models import Household, LifeEvent, PovertyStatus
from households.strip import class_movement, years_on_record
from wards.models import Ward

POOR, NEAR_POOR = "poor", "near_poor"
TABLES = (POOR, NEAR_POOR)
LESS, MORE = ("c2", "c3", "c4"), ("c5", "c6", "c7", "c8")
COLUMNS = ("c1", *LESS, *MORE, "c9")

_TABLE_OF = {Classification.POOR: POOR, Classification.NEAR_POOR: NEAR_POOR}


class Kind(TextChoices):
    """Why a household stands in a column."""

    OPENING = "opening", _("on the list at the end of last year")
    TO_NEAR_POOR = "escaped_to_near_poor", _("left poverty, now near-poor")
    ESCAPED = "escaped", _("left the list")
    FELL = "fell", _("near-poor, now poor")
    RELAPSED = "relapsed", _("back on the list")
    NEW = "new", _("on the list for the first time")
    MEMBERS = "members", _("change in the number of members")
    MOVED_OUT = "moved_out", _("moved out of the district")
    MOVED_WARD = "moved_ward", _("moved to another ward, or from one")
    REORGANISED = "reorganised", _("ward reorganised")
    MERGED = "merged", _("merged into another household")
    DIED = "died", _("nobody of it is alive")
    DUPLICATE = "duplicate", _("entered twice")
    MISTAKE = "mistake", _("formed by mistake")
    MOVED_IN = "moved_in", _("moved in from outside the district")
    SPLIT = "split", _("formed by a split")
    CLOSING = "closing", _("on the list at the end of this year")


class Question(TextChoices):
    """What a household of the opening list leaves open."""

    NOT_REVIEWED = "not_reviewed", _("on the list last year; this year neither a class nor an event explains it")
    ARRIVED_NOT_REVIEWED = "arrived_not_reviewed", _("came from another ward on the list; not yet given a class here")


class Status(NamedTuple):
    """A household's official class in one year, by the standard in force."""

    household: int
    year: int
    classification: str
    ward: int
    persons: int
    look_back: int | None = None


class Event(NamedTuple):
    """Something that brought a household to a ward, into the district, or out of it."""

    household: int
    year: int
    kind: str
    to_ward: int | None = None


class Closed(NamedTuple):
    household: int
    year: int
    closed_as: str


class Entry(NamedTuple):
    """One household in one column of one ward's table; with no household, a change of persons alone."""

    household: int
    ward: int
    table: str
    column: str
    kind: str
    households: int
    persons: int


class OpenQuestion(NamedTuple):
    household: int
    ward: int
    table: str
    code: str
    persons: int


class Balance(NamedTuple):
    """Whether a ward's table adds up: the closing its formula gives, and the closing list."""

    ward: int
    table: str
    opening: tuple[int, int]
    by_formula: tuple[int, int]
    closing: tuple[int, int]

    @property
    def holds(self) -> bool:
        return self.by_formula == self.closing


# What takes a household off the lists, and what brings one.
_GONE = {
    Happening.MOVED_OUT: Kind.MOVED_OUT,
    Happening.MERGED: Kind.MERGED,
    Happening.DIED_OUT: Kind.DIED,
    Happening.DUPLICATE: Kind.DUPLICATE,
}
_CLOSED = {
    Closing.LEFT: Kind.MOVED_OUT,
    Closing.MERGED: Kind.MERGED,
    Closing.DIED: Kind.DIED,
    Closing.DUPLICATE: Kind.DUPLICATE,
    Closing.MISTAKE: Kind.MISTAKE,
}
_ARRIVED = {Happening.MOVED_IN: Kind.MOVED_IN, Happening.SPLIT_OFF: Kind.SPLIT}
_MOVED = {Happening.MOVED_WARD: Kind.MOVED_WARD, Happening.REORGANISED: Kind.REORGANISED}
WHEREABOUTS = (*_GONE, *_ARRIVED, *_MOVED)

_ENTERED = {
    Movement.RELAPSED_POOR: ("c6", Kind.RELAPSED),
    Movement.RELAPSED_NEAR_POOR: ("c6", Kind.RELAPSED),
    Movement.NEW_POOR: ("c7", Kind.NEW),
    Movement.NEW_NEAR_POOR: ("c7", Kind.NEW),
}


# --- pure: what follows from the rows -------------------------------------------------------------


@dataclass(frozen=True)
class Life:
    """What is on record of one household: its statuses by year, its events and its closing."""

    statuses: Mapping[int, Status]
    events: list[Event]
    closed: Closed | None = None

    def last_event(self, year: int) -> Event | None:
        """The last thing known of where the household is at the end of a year."""
        return next((event for event in reversed(self.events) if event.year <= year), None)

    def arrival(self, year: int) -> Event | None:
        """How it came in this year from outside the district, or out of another household."""
        return next((event for event in reversed(self.events) if event.year == year and event.kind in _ARRIVED), None)


def lives(statuses: Iterable[Status], events: Iterable[Event], closed: Iterable[Closed]) -> dict[int, Life]:
    """The rows by household; statuses and events come in the order of time, the later of two statuses holds."""
    by_year, happened = defaultdict(dict), defaultdict(list)
    for status in statuses:
        by_year[status.household][status.year] = status
    for event in events:
        happened[event.household].append(event)
    ended = {each.household: each for each in closed}
    return {key: Life(years, happened.get(key, []), ended.get(key)) for key, years in by_year.items()}


def moved_in_year(household: int, life: Life, year: int) -> Iterator[Entry | OpenQuestion]:
    """Every place of the household in the tables of the year, in all wards, and what it leaves open."""
    before, now = life.statuses.get(year - 1), life.statuses.get(year)
    was = _TABLE_OF.get(before.classification) if before else None
    became = _TABLE_OF.get(now.classification) if now else None
    if was is None and became is None:
        return

    def entry(ward: int, table: str, column: str, kind: str, persons: int, households: int = 1) -> Entry:
        return Entry(household, ward, table, column, kind, households, persons)

    if was:
        yield entry(before.ward, was, "c1", Kind.OPENING, before.persons)
        here = now.ward if now else before.ward
        if now is None:
            kind, here = _why_it_left(life, before, year)
            if kind is None:
                yield OpenQuestion(household, before.ward, was, Question.NOT_REVIEWED, before.persons)
                return
            yield entry(before.ward, was, "c4", kind, before.persons)
            if here is not None:
                yield entry(here, was, "c8", kind, before.persons)
                yield OpenQuestion(household, here, was, Question.ARRIVED_NOT_REVIEWED, before.persons)
            return
        if here != before.ward:
            last = life.last_event(year)
            reorganised = last is not None and last.kind == Happening.REORGANISED and last.to_ward == here
            kind = Kind.REORGANISED if reorganised else Kind.MOVED_WARD
            yield entry(before.ward, was, "c4", kind, before.persons)
            yield entry(here, was, "c8", kind, before.persons)
        # It leaves with its persons of this year, so the change of size stands apart, in the table it leaves.
        if grown := now.persons - before.persons:
            yield entry(here, was, "c8" if grown > 0 else "c4", Kind.MEMBERS, abs(grown), households=0)
        if became != was:
            yield from _changed_class(entry, here, was, became, now.persons)
    elif arrival := life.arrival(year) if before is None else None:
        yield entry(now.ward, became, "c8", _ARRIVED[arrival.kind], now.persons)
    else:
        movement = class_movement(before and before.classification, now.classification, _earlier(life, now))
        column, kind = _ENTERED[movement]
        yield entry(now.ward, became, column, kind, now.persons)
    if became:
        yield entry(now.ward, became, "c9", Kind.CLOSING, now.persons)


def _changed_class(entry, ward: int, was: str, became: str | None, persons: int) -> Iterator[Entry]:
    if was == POOR and became == NEAR_POOR:
        yield entry(ward, POOR, "c2", Kind.TO_NEAR_POOR, persons)
        yield entry(ward, NEAR_POOR, "c5", Kind.TO_NEAR_POOR, persons)
    elif was == NEAR_POOR and became == POOR:
        yield entry(ward, NEAR_POOR, "c3", Kind.FELL, persons)
        yield entry(ward, POOR, "c5", Kind.FELL, persons)
    else:
        yield entry(ward, was, "c3" if was == POOR else "c2", Kind.ESCAPED, persons)


def _why_it_left(life: Life, before: Status, year: int) -> tuple[str | None, int | None]:
    """Why a household has no class this year, and the ward it went to when it is still in the district."""
    if life.closed and life.closed.year <= year:
        return _CLOSED[life.closed.closed_as], None
    last = life.last_event(year)
    if last is None:
        return None, None
    if last.kind in _GONE:
        return _GONE[last.kind], None
    if last.kind in _MOVED and last.to_ward not in (None, before.ward):
        return _MOVED[last.kind], last.to_ward
    return None, None


def _earlier(life: Life, now: Status) -> set[str]:
    """Classes of the years before last, as far back as the standard of the year looks for a relapse."""
    first = now.year - now.look_back if now.look_back is not None else 0
    return {each.classification for year, each in life.statuses.items() if first <= year < now.year - 1}


@dataclass(frozen=True)
class YearMovement:
    """A year's entries and open questions; `known` unless nobody has a class for the year before."""

    year: int
    known: bool
    entries: tuple[Entry, ...]
    questions: tuple[OpenQuestion, ...]

    @cached_property
    def figures(self) -> dict[tuple[int, str, str], tuple[int, int]]:
        """Households and persons by ward, table and column; what is not there is nought."""
        sums = defaultdict(lambda: [0, 0])
        for entry in self.entries:
            pair = sums[entry.ward, entry.table, entry.column]
            pair[0] += entry.households
            pair[1] += entry.persons
        return {key: (households, persons) for key, (households, persons) in sums.items()}

    @property
    def wards(self) -> set[int]:
        return {ward for ward, _table, _column in self.figures}

    def figure(self, ward: int, table: str, column: str) -> tuple[int, int]:
        return self.figures.get((ward, table, column), (0, 0))

    def balance(self, ward: int, table: str) -> Balance:
        """The ward's table by its formula and by its list; a year whose opening nobody knows balances."""
        opening, closing = self.figure(ward, table, "c1"), self.figure(ward, table, "c9")
        if not self.known:
            return Balance(ward, table, opening, closing, closing)
        by_formula = list(opening)
        for columns, sign in ((LESS, -1), (MORE, 1)):
            for column in columns:
                for index, n in enumerate(self.figure(ward, table, column)):
                    by_formula[index] += sign * n
        return Balance(ward, table, opening, tuple(by_formula), closing)


def movement_of_year(year: int, of: Mapping[int, Life], *, known: bool = True) -> YearMovement:
    """The tables of a year from the lives of the households."""
    entries, questions = [], []
    for household, life in of.items():
        for each in moved_in_year(household, life, year):
            if isinstance(each, OpenQuestion):
                questions.append(each)
            else:
                entries.append(each)
    if not known:
        entries, questions = [entry for entry in entries if entry.column == "c9"], []
    return YearMovement(year, known, tuple(entries), tuple(questions))


# --- the rows -------------------------------------------------------------------------------------

# The ward in which a status or an event counts, from its ward, group and household: another map of the wards.
Place = Callable[[int, int | None, int], int]


def movements(
    level: str, years: Iterable[int], *, wards: Collection[int] | None = None, place: Place | None = None
) -> dict[int, YearMovement]:
    """The movement of these years at a level, of all wards or of these; five queries, however many rows.

    `wards` limits what is read to the households that ever stood in them, and what is told to their tables.
    """
    years = sorted(years)
    known = years_on_record(level, [year - 1 for year in years])
    read = lives(*_rows(level, years[-1], wards if place is None else None, place))
    told = {}
    for year in years:
        movement = movement_of_year(year, read, known=year - 1 in known)
        if wards is not None:
            movement = YearMovement(
                year,
                movement.known,
                tuple(entry for entry in movement.entries if entry.ward in wards),
                tuple(question for question in movement.questions if question.ward in wards),
            )
        told[year] = movement
    return told


def open_questions(ward: Ward, year: int, level: str) -> list[OpenQuestion]:
    """Households of the ward that keep its year from balancing."""
    return list(movements(level, [year], wards={ward.pk})[year].questions)


def balance(ward: Ward, year: int, level: str) -> list[Balance]:
    """The ward's two tables, poor and near-poor, by formula and by list."""
    movement = movements(level, [year], wards={ward.pk})[year]
    return [movement.balance(ward.pk, table) for table in TABLES]


def _rows(
    level: str, last: int, wards: Collection[int] | None, place: Place | None
) -> tuple[list[Status], list[Event], list[Closed]]:
    at_level = PovertyStatus.objects.at_level(level).filter(year__lte=last).order_by()
    events = LifeEvent.objects.standing().filter(kind__in=WHEREABOUTS, day__year__lte=last)
    # Only who was ever on the list can move on it.
    listed = at_level.filter(classification__in=LISTED).values("household")
    if wards is not None:
        there = at_level.filter(ward__in=wards).values("household")
        came = events.filter(to_ward__in=wards).order_by().values("household")
        households = Household.objects.filter(Q(pk__in=there) | Q(pk__in=came), pk__in=listed).values("pk")
    else:
        households = listed
    statuses = at_level.filter(household__in=households).order_by("household", "year", "standard__from_year")
    events = events.filter(household__in=households).order_by("household", "day", "pk")
    closed = Household.objects.filter(closed_on__year__lte=last, pk__in=households).order_by()
    place = place or (lambda ward, group, household: ward)
    return (
        [
            Status(household, year, classification, place(ward, group, household), persons, look_back)
            for household, year, classification, ward, group, persons, look_back in statuses.values_list(
                "household", "year", "classification", "ward", "residential_group", "persons",
                "standard__relapse_look_back",
            ).iterator(chunk_size=10_000)
        ],
        [
            Event(household, day.year, kind, place(to_ward, to_group, household) if to_ward else None)
            for household, day, kind, to_ward, to_group in events.values_list(
                "household", "day", "kind", "to_ward", "to_group"
            )
        ],
        [
            Closed(household, closed_on.year, closed_as)
            for household, closed_on, closed_as in closed.values_list("pk", "closed_on", "closed_as")
        ],
    )  # fmt: skip

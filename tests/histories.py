"""Invented histories of small districts, for the property that every year's movement balances.

A history is three wards with a dozen families over seven years. Each year families move, split, merge, die out,
come and go, are entered twice, are reviewed or not; what a ward would write is what is written here.
"""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from random import Random

from households.codes import Closing, Happening
from households.models import Household, LifeEvent, PovertyStandard, PovertyStatus
from wards.models import SINCE_EVER, Ward

FIRST, LAST = 2019, 2025
YEARS = range(FIRST, LAST + 1)
CLASSES = ["N", "CN", "KK", "K"]


@dataclass
class Family:
    household: Household
    ward: Ward  # where it lives now
    persons: int
    listed: str = ""  # its class on last year's list
    present: bool = True
    left_unnoted: int = 0  # the year in which it was closed without an event


@dataclass
class History:
    """One small district; `careless`: some of last year's households are neither reviewed nor explained."""

    dice: Random
    number: int
    standards: dict[int, PovertyStandard]
    old_standard: PovertyStandard
    careless: bool = False
    wards: list[Ward] = field(default_factory=list)
    families: list[Family] = field(default_factory=list)
    statuses: list[PovertyStatus] = field(default_factory=list)
    events: list[LifeEvent] = field(default_factory=list)

    def live(self) -> "History":
        names = ["Đông", "Tây", "Bắc"]
        for index, name in enumerate(names):
            code = f"{self.number * len(names) + index:05d}"
            self.wards.append(Ward(code=code, name=f"{name} {self.number}", valid_from=SINCE_EVER))
        for _ in range(self.dice.randint(5, 9)):
            self._found(self.dice.choice(self.wards))
        for year in YEARS:
            self._year(year)
        for family in self.families:
            family.household.ward = family.ward
        return self

    def _found(self, ward: Ward, persons: int = 0) -> Family:
        code = f"{self.number}-{len(self.families)}"
        family = Family(Household(ward=ward, code=code), ward, persons or self.dice.randint(1, 6))
        self.families.append(family)
        return family

    def _year(self, year: int) -> None:
        for family in list(self.families):
            if family.present:
                self._something_happens(family, year)
            elif family.household.closed_as in ("", Closing.LEFT) and self.dice.random() < 0.3:
                self._comes_back(family, year)
        if year > FIRST and self.dice.random() < 0.5:  # a family from elsewhere
            family = self._found(self.dice.choice(self.wards))
            if self.dice.random() < 0.7:
                self._note(family, year, Happening.MOVED_IN)
        for family in self.families:
            self._review(family, year)

    def _something_happens(self, family: Family, year: int) -> None:
        roll = self.dice.random()
        if roll < 0.10:
            self._move(family, year, Happening.MOVED_WARD)
            if self.dice.random() < 0.3:  # and on, or back again
                self._move(family, year, Happening.MOVED_WARD)
        elif roll < 0.13:
            self._move(family, year, Happening.REORGANISED)
        elif roll < 0.18:
            self._leave(family, year, Happening.MOVED_OUT, Closing.LEFT)
        elif roll < 0.20:
            self._leave(family, year, Happening.DIED_OUT, Closing.DIED)
        elif roll < 0.23 and (other := self._other(family)):
            other.persons += family.persons
            self._leave(family, year, Happening.MERGED, Closing.MERGED)
        elif roll < 0.25 and self._other(family):
            self._leave(family, year, Happening.DUPLICATE, Closing.DUPLICATE)
        elif roll < 0.30 and family.persons > 1:
            went = self.dice.randint(1, family.persons - 1)
            family.persons -= went
            formed = self._found(family.ward, went)
            self._note(family, year, Happening.SPLIT)
            self._note(formed, year, Happening.SPLIT_OFF)
        elif roll < 0.50:
            family.persons = max(1, family.persons + self.dice.choice([-2, -1, 1, 2]))
            self._note(family, year, Happening.BORN)
        elif roll < 0.53:  # noted by mistake and undone: it never happened
            self._note(family, year, self.dice.choice([Happening.MOVED_OUT, Happening.MOVED_IN]), undone=True)

    def _other(self, family: Family) -> Family | None:
        return next((each for each in self.families if each.present and each is not family), None)

    def _move(self, family: Family, year: int, kind: str) -> None:
        goal = self.dice.choice([ward for ward in self.wards if ward is not family.ward])
        self._note(family, year, kind, to_ward=goal)
        family.ward = goal

    def _leave(self, family: Family, year: int, kind: str, closing: str) -> None:
        family.present = False
        noted = self.dice.random() < 0.9
        if noted:
            self._note(family, year, kind)
        else:
            family.left_unnoted = year
        if not noted or self.dice.random() < 0.9:
            family.household.closed_on, family.household.closed_as = date(year, 6, 30), closing

    def _comes_back(self, family: Family, year: int) -> None:
        family.present = True
        family.household.closed_on, family.household.closed_as = None, ""
        family.ward = self.dice.choice(self.wards)
        if family.left_unnoted:  # its leaving must stand as an event now: the closing has gone
            self._note(family, family.left_unnoted, Happening.MOVED_OUT)
            family.left_unnoted = 0
        self._note(family, year, Happening.MOVED_IN, to_ward=family.ward)

    def _events_of(self, family: Family) -> list[LifeEvent]:
        return [event for event in self.events if event.household is family.household]

    def _note(self, family: Family, year: int, kind: str, *, to_ward: Ward | None = None, undone: bool = False) -> None:
        # Days rise with what happens, so that the order of the year is the order in which it was invented.
        day = date(year, 1 + min(11, len(self._events_of(family)) % 12), 15)
        before = [event.day for event in self._events_of(family) if event.day.year == year]
        event = LifeEvent(
            household=family.household,
            kind=kind,
            day=max([day, *before]),
            ward=family.ward,
            to_ward=to_ward,
            undone_at=datetime(year, 12, 1, tzinfo=UTC) if undone else None,
        )
        self.events.append(event)

    def _review(self, family: Family, year: int) -> None:
        listed, family.listed = family.listed, ""
        if not family.present:
            if listed and self.dice.random() < 0.1:  # it was reviewed before it left: its class of the year stands
                self._judge(family, year)
            return
        forgotten = self.careless and self.dice.random() < 0.2
        if forgotten or (not listed and self.dice.random() < 0.3):
            return
        self._judge(family, year)

    def _judge(self, family: Family, year: int) -> None:
        classification = self.dice.choice(CLASSES)
        if self.dice.random() < 0.1:  # by a standard that is not in force: no class of this year
            self.statuses.append(self._status(family, year, "N", self.old_standard))
        self.statuses.append(self._status(family, year, classification, self.standards[year]))
        family.listed = classification if classification in ("N", "CN") else ""

    def _status(self, family: Family, year: int, classification: str, standard: PovertyStandard) -> PovertyStatus:
        return PovertyStatus(
            household=family.household, year=year, standard=standard, ward=family.ward,
            persons=family.persons, classification=classification,
        )  # fmt: skip


def write(histories: list[History]) -> None:
    """Everything in a handful of statements."""
    Ward.objects.bulk_create([_keyed(ward) for history in histories for ward in history.wards])
    families = [family for history in histories for family in history.families]
    Household.objects.bulk_create([family.household for family in families], batch_size=2000)
    PovertyStatus.objects.bulk_create([row for each in histories for row in each.statuses], batch_size=2000)
    LifeEvent.objects.bulk_create([row for each in histories for row in each.events], batch_size=2000)


def _keyed(ward: Ward) -> Ward:
    ward.name_key = ward.sort_key = ward.name.lower()
    return ward

"""Help given in a scope: read once, in the finest sums any table asks for, and added up by whatever a table needs.

Times, reported numbers, things and money add up. Households and persons do not: they are kept as sets, to be
counted anew in every cell, so that a family helped twice is one family.
"""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping
from functools import cached_property
from typing import NamedTuple

from django.db.models import Count, Q, Sum

from reports.scope import Scope
from reports.sums import Sums
from reports.table import LINE, Row
from support.codes import Nature
from support.filters import NAMED
from support.models import SupportPolicy
from support.models.action import year_of

NATURES = [nature.value for nature in Nature]
ADDED = ("times", "unnamed_households", "unnamed_persons")
COUNTED = ("households", "persons")
# What the list behind a column asks for besides: it opens no record that has no part in the figure.
BEHIND = {
    "households": {"kind": NAMED},
    **{column: {"counted": column} for column in ("persons", "unnamed_households", "unnamed_persons")},
    **{nature: {"nature": nature} for nature in NATURES},
}


class Slot(NamedTuple):
    """For what, where and when help was given; `year` is None for several years and for the undated."""

    policy: SupportPolicy
    place: int | None  # the ward of the day, or the one in which that place lies today: the scope says
    year: int | None


class Acts(NamedTuple):
    """Acts of help that may be added up: of one slot, one kind of thing, equally sure."""

    slot: Slot
    thing_unit: str
    qualifier: str
    times: int
    unnamed_households: int | None
    unnamed_persons: int | None
    things: int | None


class Payments(NamedTuple):
    """Funding lines that may be added up: of one slot, source and nature, equally sure; `unknown` of them have no sum."""

    slot: Slot
    source: int
    nature: str
    qualifier: str
    amount: int | None
    unknown: int


class HelpGiven:
    """All help that counts in a scope; three queries whatever the tables, wards and years."""

    def __init__(self, scope: Scope):
        self.scope = scope
        self.policies = {policy.pk: policy for policy in SupportPolicy.objects.all()}
        self._slots: dict[tuple, Slot] = {}
        actions = scope.actions().with_year(scope.first, scope.last).order_by()
        self.acts = self._read_acts(actions)
        self.named = self._read_named(actions)
        self.payments = self._read_payments()

    @property
    def slots(self) -> Iterable[Slot]:
        return self._slots.values()

    @property
    def has_universal(self) -> bool:
        return any(slot.policy.universal for slot in self.slots)

    @cached_property
    def left_out(self) -> int:
        """How many records touch the period without lying inside it; one more query."""
        first, last = self.scope.first, self.scope.last
        inside = self.scope.actions().order_by().values("pk")
        touching = self.scope.all_actions().filter(
            Q(period_from=None) | Q(period_from__year__lte=last), Q(period_to=None) | Q(period_to__year__gte=first)
        )
        return touching.exclude(pk__in=inside).count()

    def _slot(self, policy: int, place: int | None, year: int | None) -> Slot:
        key = (policy, place, year)
        if key not in self._slots:
            self._slots[key] = Slot(self.policies[policy], place, year)
        return self._slots[key]

    def _read_acts(self, actions) -> list[Acts]:
        rows = actions.values_list("policy", "place", "year", "thing_unit", "qualifier").annotate(
            Sum("times"), Sum("households_reported"), Sum("persons_reported"), Sum("things")
        )
        return [Acts(self._slot(*row[:3]), *row[3:]) for row in rows]

    def _read_named(self, actions) -> dict[Slot, tuple[set[int], set[int]]]:
        """{slot: (households, members)}."""
        named = defaultdict(lambda: (set(), set()))
        rows = actions.named().values_list("policy", "place", "year", "household", "member")
        for policy, place, year, household, member in rows.iterator():
            households, members = named[policy, place, year]
            households.add(household)
            if member:
                members.add(member)
        return {self._slot(*key): sets for key, sets in named.items()}

    def _read_payments(self) -> list[Payments]:
        lines = self.scope.lines().annotate(year=year_of(self.scope.first, self.scope.last, prefix="action__"))
        rows = lines.values_list("action__policy", "place", "year", "source", "nature", "qualifier").annotate(
            total=Sum("amount"), unknown=Count("pk", filter=Q(amount=None))
        )
        return [Payments(self._slot(*row[:3]), *row[3:]) for row in rows]


class Tally(Sums):
    """Counts and money by key. `keys` says under which keys, one or several, the help of a slot stands."""

    def __init__(self, given: HelpGiven, keys: Callable[[Slot], Iterable[Hashable]]):
        super().__init__()
        self.scope = given.scope
        keys_of = {slot: tuple(keys(slot)) for slot in given.slots}
        for acts in given.acts:
            for key in keys_of[acts.slot]:
                for column in ADDED:
                    self.add(key, column, getattr(acts, column), acts.qualifier)
        for payments in given.payments:
            for key in keys_of[payments.slot]:
                self.add(key, payments.nature, payments.amount, payments.qualifier)
        self._count(given, keys_of)

    def _count(self, given: HelpGiven, keys_of: Mapping[Slot, Iterable[Hashable]]) -> None:
        found = {key: (set(), set()) for keys in keys_of.values() for key in keys}
        for slot, sets in given.named.items():
            for key in keys_of[slot]:
                for all_of_key, of_slot in zip(found[key], sets, strict=True):
                    all_of_key |= of_slot
        for key, sets in found.items():
            self.cells[key] |= {column: len(each) for column, each in zip(COUNTED, sets, strict=True)}

    def row(self, of: Hashable, key: str, label: str, asked: dict, *, level: str = LINE) -> Row:
        """A row with all columns of the key; `asked` is what the lists behind its figures have in common."""
        cells = dict.fromkeys([*ADDED, *COUNTED, *NATURES]) | self.cells.get(of, {})
        links = self.scope.action_links(cells, lambda column: asked | BEHIND.get(column, {}))
        return Row(key, label, cells, self.marks(of), links, level)

"""Where the ward and group of one day lie on the map of a later day.

A ward that ended whole lies in its successor. A ward that was split lies in several, each residential
group in one: `GroupSuccession` says which, and `WardSuccession.takes_rest` who takes what is in no known
group. Whatever neither says is `UNPLACED`: shown on a row of its own, never dropped and never guessed.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Case, IntegerField, Q, TextChoices, Value, When
from django.utils.translation import gettext_lazy as _

from wards.models import GroupSuccession, ResidentialGroup, Ward, WardSuccession

UNPLACED = 0
UNPLACED_WORD = "unplaced"  # as links and commands say it


class MapChoice(TextChoices):
    """On which map rows by ward are drawn."""

    AS_WAS = "as-was", _("as it was")
    TODAY = "today", _("today's map")


@dataclass(frozen=True)
class MapOfDay:
    """Every ward and group on record, placed on the map of one day; read once, in four queries.

    `wards`: a ward all of which lies in one ward of that day. `groups`: a group of a ward of which parts
    went different ways. `rest`: where such a ward's households of no known group lie.
    """

    day: date
    wards: Mapping[int, int]
    groups: Mapping[int, int]
    rest: Mapping[int, int]
    contributors: Mapping[int, frozenset[int]]  # the wards of which at least a part may lie in a ward of that day

    @classmethod
    def read(cls, day: date) -> "MapOfDay":
        ends = dict(Ward.objects.values_list("pk", "valid_to"))
        steps = defaultdict(list)
        for step in WardSuccession.objects.filter(on__lte=day).order_by("pk"):
            steps[step.predecessor_id].append(step)
        went = {
            row.group_id: (row.successor_id, row.successor_group_id)
            for row in GroupSuccession.objects.filter(successor__valid_from__lte=day).order_by("pk")
        }
        ward_of = dict(ResidentialGroup.objects.order_by().values_list("pk", "ward"))
        return _Reader(day, ends, steps, went, ward_of).map()

    # --- one by one ---

    def place(self, ward: int | None, group: int | None = None) -> int | None:
        """The ward of that day, UNPLACED where nobody has said; None stays None (the whole district)."""
        if ward is None:
            return None
        if ward in self.wards:
            return self.wards[ward]
        return self.groups.get(group) or self.rest.get(ward, UNPLACED)

    def is_split(self, ward: int) -> bool:
        """Whether parts of this ward lie in different wards of that day, or nobody knows where."""
        return ward not in self.wards

    def counted_whole(self, places: set[int]) -> tuple[set[int], set[int]]:
        """The wards of which anything may lie in these wards of that day; and those that lie in them whole."""
        any_part = set().union(*(self.contributors.get(place, ()) for place in places))
        return any_part, {ward for ward in any_part if self.wards.get(ward) in places}

    # --- in queries ---

    def places(self, ward: str = "ward", group: str = "residential_group") -> Case:
        """The same as `place`, as an expression over two columns."""
        return Case(
            When(**{ward: None}, then=Value(None)),
            *self.by_ward(ward),
            *(When(**{f"{group}__in": groups}, then=Value(place)) for place, groups in _turned(self.groups).items()),
            *self._by_rest(ward),
            default=Value(UNPLACED),
            output_field=IntegerField(null=True),
        )

    def lying_in(self, place: int, ward: str = "ward", group: str = "residential_group") -> Q:
        """Rows that lie in this ward of that day, or (UNPLACED) nobody knows where."""
        wards, groups = set(self.wards), set(self.groups)
        in_no_known_group = Q(**{group: None}) | ~Q(**{f"{group}__in": groups})
        if place == UNPLACED:
            elsewhere = wards | set(self.rest)
            return Q(**{f"{ward}__isnull": False}) & ~Q(**{f"{ward}__in": elsewhere}) & in_no_known_group
        whole = Q(**{f"{ward}__in": _turned(self.wards).get(place, [])})
        part = Q(**{f"{group}__in": _turned(self.groups).get(place, [])}) & ~Q(**{f"{ward}__in": wards})
        rest = Q(**{f"{ward}__in": _turned(self.rest).get(place, [])}) & in_no_known_group
        return whole | part | rest

    def by_ward(self, ward: str) -> Iterable[When]:
        """The part of `places` that needs no group."""
        return (When(**{f"{ward}__in": wards}, then=Value(place)) for place, wards in _turned(self.wards).items())

    def _by_rest(self, ward: str) -> Iterable[When]:
        return (When(**{f"{ward}__in": wards}, then=Value(place)) for place, wards in _turned(self.rest).items())


class _Reader:
    """Follows the successions step by step, once for every ward and group on record."""

    def __init__(self, day, ends, steps, went, ward_of):
        self.day, self.ends, self.steps, self.went, self.ward_of = day, ends, steps, went, ward_of
        self.groups_of = defaultdict(list)
        for group, ward in ward_of.items():
            self.groups_of[ward].append(group)

    def map(self) -> MapOfDay:
        wards, rest = {}, {}
        for ward in self.ends:
            if place := self.whole(ward):
                wards[ward] = place
            elif place := self.follow(ward, None):
                rest[ward] = place
        groups = {
            group: place
            for group, ward in self.ward_of.items()
            if ward not in wards and (place := self.follow(ward, group))
        }
        contributors = defaultdict(set)
        for ward in self.ends:
            for place in self.reached(ward):
                contributors[place].add(ward)
        return MapOfDay(self.day, wards, groups, rest, {key: frozenset(value) for key, value in contributors.items()})

    def lasts(self, ward: int) -> bool:
        return self.ends[ward] is None or self.ends[ward] >= self.day

    def next_of(self, ward: int) -> list[WardSuccession]:
        after = self.ends[ward] + timedelta(days=1)
        return [step for step in self.steps[ward] if step.on == after] or self.steps[ward]

    def whole(self, ward: int, hops: int = 20) -> int | None:
        """The ward of the day in which all of this one lies."""
        if self.lasts(ward):
            return ward
        steps = self.next_of(ward)
        if hops and len(steps) == 1 and steps[0].whole:
            return self.whole(steps[0].successor_id, hops - 1)
        return None

    def follow(self, ward: int, group: int | None, hops: int = 20) -> int | None:
        """The ward of the day in which this group of the ward lies."""
        if self.lasts(ward):
            return ward
        if not hops:  # a map that runs in a circle
            return None
        successors = {step.successor_id for step in self.next_of(ward)}
        if group in self.went and self.went[group][0] in successors:
            return self.follow(*self.went[group], hops - 1)
        for step in self.next_of(ward):
            if step.takes_rest or (step.whole and len(successors) == 1):
                return self.follow(step.successor_id, None, hops - 1)
        return None

    def reached(self, ward: int, hops: int = 20) -> set[int]:
        """The wards of the day in which any part of this one may lie."""
        if self.lasts(ward):
            return {ward}
        return (
            set().union(*(self.reached(step.successor_id, hops - 1) for step in self.next_of(ward))) if hops else set()
        )


def place_before(ward: Ward, group: ResidentialGroup | None, day: date) -> tuple[Ward, ResidentialGroup | None] | None:
    """Where a place lay on a day on which its ward had not begun; None where nobody has said."""
    while day < ward.valid_from:
        origins = [went.group for went in group.origins.select_related("group__ward")] if group else []
        wards = {each.ward for each in origins} or {
            step.predecessor for step in ward.origins.filter(on=ward.valid_from)
        }
        if len(wards) != 1:
            return None
        began, [ward] = ward.valid_from, wards
        if ward.valid_from >= began:  # a map that runs in a circle
            return None
        group = origins[0] if len(origins) == 1 else None
    return ward, group


def _turned(places: Mapping[int, int]) -> dict[int, list[int]]:
    turned = defaultdict(list)
    for key, place in places.items():
        turned[place].append(key)
    return turned

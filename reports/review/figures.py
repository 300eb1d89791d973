"""What the tables of the yearly review count, read once for all tables, years and wards.

Everything comes from the statuses as they were written in their year (the household's groups and children
of that day stand in the status), never from the household as it is now. A figure is named like a path:
`N/minority/persons` are the persons in poor households of an ethnic minority.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from functools import cached_property

from django.db.models import Count, Q, Sum
from django.utils.translation import gettext as _

from households.codes import LISTED, Classification, Feature
from households.models import Indicator, PovertyStandard, ReviewRound
from households.models.status import FEATURES
from households.movement import YearMovement
from reports.poverty import movements_of
from reports.scope import Scope, unplaced_label
from wards.models import Ward
from wards.succession import UNPLACED, UNPLACED_WORD

PERSONS = "/persons"
CHILDREN = ("children", "children_undernourished", "children_uninsured", "children_out_of_school")


class ReviewFigures:
    """Every figure of the review tables for a scope; read in a fixed number of queries."""

    def __init__(self, scope: Scope):
        self.scope = scope
        self.moved: dict[int, YearMovement] = movements_of(scope)
        self._of: dict[int, dict[int, Counter]] = {year: defaultdict(Counter) for year in scope.years}
        self._on_record: set[tuple[int, int]] = set()
        self._read_presence()
        self._read_features()
        self._read_lists()
        self._read_residents()

    # --- asked by the tables ---

    def of(self, year: int, place: int | None) -> Counter:
        """The figures of a ward, or (None) of the whole scope; a name that is not there is nought."""
        return self._of[year].get(place, Counter()) if place is not None else self._totals[year]

    def is_known(self, year: int, place: int | None) -> bool:
        """Whether anybody was given a class there in the year."""
        if place is None:
            return any(each == year for each, _place in self._on_record)
        return (year, place) in self._on_record

    def has(self, year: int, name: str) -> bool:
        """Whether anything of this kind is on record in the year: else it is unknown and not nought."""
        return bool(self._totals[year][name])

    def movement(self, year: int, place: int | None, table: str, column: str) -> tuple[int, int] | tuple[None, None]:
        """Households and persons of a movement column; None where nothing can be said."""
        moved = self.moved[year]
        places = moved.wards if place is None else {place}
        if column == "c9":
            named = any(question.ward in places for question in moved.questions)
            was_there = any(
                moved.figure(each, "poor", "c1")[0] + moved.figure(each, "near_poor", "c1")[0] for each in places
            )
            if not self.is_known(year, place) and (named or not was_there):
                return None, None
        elif not moved.known or not (moved.known and self._is_told(year, place)):
            return None, None
        pairs = [moved.figure(each, table, column) for each in places]
        return sum(pair[0] for pair in pairs), sum(pair[1] for pair in pairs)

    def _is_told(self, year: int, place: int | None) -> bool:
        return self.is_known(year, place) or (place is None or place in self.moved[year].wards)

    def places(self, year: int) -> list[int]:
        """The wards of a year's rows in the order of their names; what cannot be placed comes last."""
        return [key for key in self._order if key in self._places_of(year)]

    def _places_of(self, year: int) -> set[int]:
        return {place for place, of in self._of[year].items() if of} | self.moved[year].wards

    @cached_property
    def _order(self) -> list[int]:
        return [*self._wards, UNPLACED]

    @cached_property
    def _wards(self) -> dict[int, Ward]:
        places = {place for year in self.scope.years for place in self._places_of(year)}
        return {ward.pk: ward for ward in self.scope.wards_among(places)}

    def key_of(self, place: int) -> str:
        return self._wards[place].identity if place in self._wards else UNPLACED_WORD

    def label_of(self, place: int) -> str:
        return self.scope.ward_label(self._wards[place]) if place in self._wards else unplaced_label()

    @cached_property
    def _totals(self) -> dict[int, Counter]:
        totals = {year: sum(of.values(), Counter()) for year, of in self._of.items()}
        for year, residents in self._residents.items():
            totals[year].update(residents)
        return totals

    def indicators(self, year: int) -> Sequence[Indicator]:
        """The deprivations asked about in the year: the standard's own, or where it has none the national one's."""
        return self._indicators.get(self._indicator_standard(year), [])

    @cached_property
    def _indicators(self) -> dict[int, list[Indicator]]:
        found = defaultdict(list)
        for indicator in Indicator.objects.order_by("standard", "number"):
            found[indicator.standard_id].append(indicator)
        return found

    @cached_property
    def _standards(self) -> list[PovertyStandard]:
        return list(PovertyStandard.objects.order_by("from_year"))

    def _indicator_standard(self, year: int) -> int | None:
        for level in (self.scope.level, PovertyStandard.Level.NATIONAL):
            for standard in self._standards:
                in_force = standard.from_year <= year and (standard.to_year is None or year <= standard.to_year)
                if standard.level == level and in_force and standard.pk in self._indicators:
                    return standard.pk
        return None

    def ethnicities(self, year: int) -> list[str]:
        """Codes of the ethnic minorities that stand on a list of the year."""
        names = (name.split("/") for name in self._totals[year])
        found = {parts[2] for parts in names if len(parts) == 3 and parts[1] == "ethnicity"}
        return sorted(found - {"", "01"})

    # --- rounds ---

    def state(self, year: int) -> str:
        """Whether the figures are final, in words."""
        places = [place for place in self.places(year) if place in self._wards]
        rounds = ReviewRound.objects.filter(year=year, ward__in=places)
        locked = sum(round_.state == "locked" for round_ in rounds)
        if self.scope.today or not places or not locked:
            return _("provisional: the year is not locked")
        if locked == len(places):
            return _("final: the year is locked")
        return _("provisional: %(locked)d of %(all)d wards have locked the year") % {
            "locked": locked,
            "all": len(places),
        }

    # --- reading ---

    def _read_presence(self) -> None:
        for year, place in self.scope.statuses().values_list("year", "place").distinct():
            self._on_record.add((year, place))
            self._of[year][place]["on record"] = 1

    def _read_features(self) -> None:
        """Poor and near-poor households and persons, and those of every group among them; farming households."""
        counted = {"households": Count("pk"), "of_persons": Sum("persons")}
        for feature, condition in FEATURES.items():
            counted[f"f_{feature}"] = Count("pk", filter=condition)
            counted[f"p_{feature}"] = Sum("persons", filter=condition)
        for name in CHILDREN:
            counted["n_" + name] = Sum(name)
        counted["no_group"] = Count("pk", filter=Q(ethnicity="") | Q(lacks_labour=None) | Q(has_merit=None))
        rows = self.scope.statuses().filter(Q(classification__in=LISTED) | Q(is_agricultural=True))
        for row in rows.values("year", "place", "classification").annotate(**counted):
            of, letters = self._of[row["year"]][row["place"]], row["classification"]
            if letters in LISTED:
                of[letters] += row["households"]
                of[letters + PERSONS] += row["of_persons"] or 0
                of["no group"] += row["no_group"]
                for name in CHILDREN:
                    of[f"{letters}/{name}"] += row["n_" + name] or 0
                    of[name + " on record"] += row["n_" + name] is not None
            for feature in FEATURES:
                of[f"{letters}/{feature}"] += row[f"f_{feature}"]
                of[f"{letters}/{feature}{PERSONS}"] += row[f"p_{feature}"] or 0
            of["farming"] += row[f"f_{Feature.FARMING}"]
            of["farming" + PERSONS] += row[f"p_{Feature.FARMING}"] or 0

    def _read_lists(self) -> None:
        """What a household has several of, and its people: deprivations, causes, ethnicities."""
        listed = self.scope.statuses().filter(classification__in=LISTED)
        by = ("year", "place", "classification")
        for year, place, letters, indicator, n in (
            listed.filter(deprivations__isnull=False)
            .values(*by, "deprivations")
            .annotate(n=Count("pk"))
            .values_list(*by, "deprivations", "n")
        ):
            self._of[year][place][f"{letters}/deprivation/{indicator}"] += n
            self._of[year][place][f"{letters}/deprivations"] += n
            self._of[year][place]["deprivations"] += n
        for year, place, cause, n in (
            listed.filter(causes__isnull=False)
            .values("year", "place", "causes__cause")
            .annotate(n=Count("pk"))
            .values_list("year", "place", "causes__cause", "n")
        ):
            self._of[year][place][f"cause/{cause}"] += n
            self._of[year][place]["causes"] += n
        for year, place, letters, ethnicity, n in (
            listed.values(*by, "ethnicity").annotate(n=Count("pk")).values_list(*by, "ethnicity", "n")
        ):
            self._of[year][place][f"{letters}/ethnicity/{ethnicity}"] += n

    def _read_residents(self) -> None:
        """Residents of wards and of the whole; a ward on today's map has them when all of it was counted as one."""
        self._residents = defaultdict(Counter)
        today = self.scope.today
        rows = [(row.year, row.ward_id, row.households, row.persons) for row in self.scope.populations()]
        for year, ward, households, persons in rows:
            counted = {"residents": households, "residents" + PERSONS: persons}
            if today is None or self._lies_whole(year, ward, rows):
                self._of[year][today.place(ward) if today else ward].update(counted)
            else:
                self._residents[year].update(counted)

    def _lies_whole(self, year: int, ward: int, rows: list[tuple]) -> bool:
        place = self.scope.today.place(ward)
        parts, whole = self.scope.today.counted_whole({place})
        return ward in whole and not any(each == year and other in parts - whole for each, other, *_rest in rows)

    # --- links ---

    def households_url(self, year: int, place: int | None, **asked) -> str:
        """The list of households behind a figure that counts statuses."""
        return self.scope.statuses_url(year, **self._ward(place), **asked)

    def _ward(self, place: int | None) -> dict:
        return {} if place is None else {"ward": place}


def listed_as(letters: str) -> dict:
    return {"classification": [Classification(letters).value]}

"""`poverty_by_year`: households resident, poor and near-poor at each year-end, and who came and went."""

from collections import Counter, defaultdict
from decimal import Decimal
from itertools import groupby
from operator import attrgetter
from typing import NamedTuple

from django.db.models import Count, Sum
from django.utils.translation import gettext as _

from households.codes import LISTED, NEWLY_LISTED, Classification, Movement
from households.models import CollectiveStatus, PovertyStatus
from households.strip import movement_of
from reports.scope import Scope
from reports.table import COUNT, PERCENT, Column, Row, Table

MOVEMENT_COLUMNS = {
    "escaped_poverty": (Movement.ESCAPED_TO_NEAR_POOR, Movement.ESCAPED_POVERTY),
    "escaped_near_poverty": (Movement.ESCAPED_NEAR_POVERTY,),
    "new": NEWLY_LISTED,
    "relapsed_poor": (Movement.RELAPSED_POOR,),
    "relapsed_near_poor": (Movement.RELAPSED_NEAR_POOR,),
}
Counts = dict[int, dict[str, int | None]]
PUBLISHED_COUNTS = {
    CollectiveStatus.Measure.POOR: "poor",
    CollectiveStatus.Measure.NEAR_POOR: "near_poor",
    CollectiveStatus.Measure.RELAPSED_POOR: "relapsed_poor",
    CollectiveStatus.Measure.RELAPSED_NEAR_POOR: "relapsed_near_poor",
}


def poverty_by_year(scope: Scope, counts: Counts | None = None) -> Table:
    """One row a year. A stock has no total over years, so the table has none."""
    counts = counts or counts_by_year(scope)
    households, persons = _("households"), _("persons")
    return Table(
        key="poverty_by_year",
        title=_("Poverty by year"),
        first_heading=_("Year"),
        columns=[
            Column("resident_households", _("Resident households"), COUNT, households),
            Column("resident_persons", _("Resident persons"), COUNT, persons),
            Column("poor", _("Poor"), COUNT, households),
            Column("poor_rate", _("Poor, rate"), PERCENT, "%"),
            Column("near_poor", _("Near-poor"), COUNT, households),
            Column("near_poor_rate", _("Near-poor, rate"), PERCENT, "%"),
            Column("poor_persons", _("Poor persons"), COUNT, persons),
            Column("near_poor_persons", _("Near-poor persons"), COUNT, persons),
            Column("escaped_poverty", _("Left poverty"), COUNT, households),
            Column("escaped_near_poverty", _("Left near-poverty"), COUNT, households),
            Column("new", _("New on the list"), COUNT, households),
            Column("relapsed_poor", _("Relapsed, poor"), COUNT, households),
            Column("relapsed_near_poor", _("Relapsed, near-poor"), COUNT, households),
        ],
        rows=[_row(scope, year, counts[year]) for year in scope.years],
        notes=[
            _("At each year-end, by the %(level)s. Rates: households on the list ÷ resident households × 100.")
            % {"level": _("city standard") if scope.level == "city" else _("national standard")},
            _("“—”: not on record. Movement is derived from the statuses of consecutive years."),
        ],
    )


def counts_by_year(scope: Scope) -> Counts:
    """Every count of the table by year and column; None where nothing is on record.

    Named households are counted where a year has any; only where it has none does a published
    collective count stand in. The two are never added.
    """
    counts = defaultdict(dict)
    by_class = scope.statuses().values("year", "classification").annotate(n=Count("pk"), persons_sum=Sum("persons"))
    for row in by_class:
        counts[row["year"]][row["classification"]] = (row["n"], row["persons_sum"])
    result = {year: _from_named(counts[year]) if year in counts else {} for year in scope.years}
    for (year, movement), n in _movements(scope).items():
        for column, movements in MOVEMENT_COLUMNS.items():
            if movement in movements:
                result[year][column] += n
    for row in scope.collective_statuses():
        if row.year not in counts:
            result[row.year][PUBLISHED_COUNTS[row.measure]] = row.count
    for row in scope.populations().values("year").annotate(h=Sum("households"), p=Sum("persons")):
        result[row["year"]] |= {"resident_households": row["h"], "resident_persons": row["p"]}
    first_known = min(counts, default=None)
    for year in counts:
        # Nothing can be said of movement in the first year on record.
        if year == first_known and not _anybody_before(scope, year):
            result[year] |= dict.fromkeys(MOVEMENT_COLUMNS)
    return result


def _from_named(classes: dict[str, tuple[int, int]]) -> dict[str, int | None]:
    poor = classes.get(Classification.POOR, (0, 0))
    near_poor = classes.get(Classification.NEAR_POOR, (0, 0))
    return {
        "poor": poor[0],
        "near_poor": near_poor[0],
        "poor_persons": poor[1],
        "near_poor_persons": near_poor[1],
    } | dict.fromkeys(MOVEMENT_COLUMNS, 0)


class _Judged(NamedTuple):
    """What `movement_of` asks of a status."""

    household: int
    year: int
    classification: str
    ward: int


def _movements(scope: Scope) -> Counter:
    """Households by year and movement, in the scope's years and wards.

    Every household's whole history is read once and told by `movement_of`, the rule that pages use:
    asking the database for each row's past takes several times as long over a whole district.
    """
    history = PovertyStatus.objects.at_level(scope.level).filter(year__lte=scope.last)
    history = history.order_by("household", "year", "standard__from_year")
    rows = history.values_list("household", "year", "classification", "ward").iterator(chunk_size=10_000)
    known = set(PovertyStatus.objects.at_level(scope.level).order_by().values_list("year", flat=True).distinct())
    wards = scope.ward_keys()
    moved = Counter()
    for _household, family in groupby(map(_Judged._make, rows), key=attrgetter("household")):
        years = list(family)
        if not any(each.classification in LISTED for each in years):
            continue
        for status in years:
            if status.year >= scope.first and (wards is None or status.ward in wards):
                moved[status.year, movement_of(status, years, known)] += 1
    return moved


def _anybody_before(scope: Scope, year: int) -> bool:
    return scope.statuses(first=year - 1).filter(year=year - 1).exists()


def _rate(part: int | None, whole: int | None) -> float | None:
    """Per cent with two decimals; None without a base (a rate over 0 households says nothing)."""
    if part is None or not whole:
        return None
    return float(round(Decimal(part) * 100 / whole, 2))


def _row(scope: Scope, year: int, counts: dict[str, int | None]) -> Row:
    cells = dict(counts)
    cells["poor_rate"] = _rate(counts.get("poor"), counts.get("resident_households"))
    cells["near_poor_rate"] = _rate(counts.get("near_poor"), counts.get("resident_households"))
    asked = {
        "poor": {"classification": [Classification.POOR]},
        "near_poor": {"classification": [Classification.NEAR_POOR]},
        "poor_persons": {"classification": [Classification.POOR]},
        "near_poor_persons": {"classification": [Classification.NEAR_POOR]},
    } | {column: {"movement": list(movements)} for column, movements in MOVEMENT_COLUMNS.items()}
    links = {column: scope.statuses_url(year, **filters) for column, filters in asked.items() if cells.get(column)}
    return Row(key=str(year), label=str(year), cells=cells, links={key: url for key, url in links.items() if url})

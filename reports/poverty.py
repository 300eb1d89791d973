"""`poverty_by_year`: households resident, poor and near-poor at each year-end, and who came and went."""

from collections import defaultdict
from decimal import Decimal

from django.db.models import Count, Sum
from django.utils.translation import gettext as _

from households.codes import NEWLY_LISTED, Classification, Movement
from households.models import CollectiveStatus
from households.movement import NEAR_POOR, POOR, YearMovement, movements
from reports.scope import Scope
from reports.table import COUNT, PERCENT, Column, Row, Table

# The same movement as a household's own list tells it and as tables R2 and R3 count it.
MOVEMENT_COLUMNS = {
    "escaped_poverty": (Movement.ESCAPED_TO_NEAR_POOR, Movement.ESCAPED_POVERTY),
    "escaped_near_poverty": (Movement.ESCAPED_NEAR_POVERTY,),
    "new": NEWLY_LISTED,
    "relapsed_poor": (Movement.RELAPSED_POOR,),
    "relapsed_near_poor": (Movement.RELAPSED_NEAR_POOR,),
}
IN_THE_TABLES = {
    "escaped_poverty": {(POOR, "c2"), (POOR, "c3")},
    "escaped_near_poverty": {(NEAR_POOR, "c2")},
    "new": {(POOR, "c7"), (NEAR_POOR, "c7")},
    "relapsed_poor": {(POOR, "c6")},
    "relapsed_near_poor": {(NEAR_POOR, "c6")},
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


def counts_by_year(scope: Scope, moved: dict[int, YearMovement] | None = None) -> Counts:
    """Every count of the table by year and column; None where nothing is on record.

    Named households are counted where a year has any; only where it has none does a published
    collective count stand in. The two are never added.
    """
    counts = defaultdict(dict)
    by_class = scope.statuses().values("year", "classification").annotate(n=Count("pk"), persons_sum=Sum("persons"))
    for row in by_class:
        counts[row["year"]][row["classification"]] = (row["n"], row["persons_sum"])
    result = {year: _from_named(counts[year]) if year in counts else {} for year in scope.years}
    for year, movement in (moved or movements_of(scope)).items():
        if year in counts:
            result[year] |= _moved(movement) if movement.known else dict.fromkeys(MOVEMENT_COLUMNS)
    for row in scope.collective_statuses():
        if row.year not in counts:
            result[row.year][PUBLISHED_COUNTS[row.measure]] = row.count
    for row in scope.populations().values("year").annotate(h=Sum("households"), p=Sum("persons")):
        result[row["year"]] |= {"resident_households": row["h"], "resident_persons": row["p"]}
    return result


def _from_named(classes: dict[str, tuple[int, int]]) -> dict[str, int | None]:
    poor = classes.get(Classification.POOR, (0, 0))
    near_poor = classes.get(Classification.NEAR_POOR, (0, 0))
    return {
        "poor": poor[0],
        "near_poor": near_poor[0],
        "poor_persons": poor[1],
        "near_poor_persons": near_poor[1],
    }


def movements_of(scope: Scope) -> dict[int, YearMovement]:
    """The movement of the scope's years; tables R2 and R3 draw the same."""
    return movements(scope.level, scope.years, wards=scope.ward_keys(), place=scope.place)


def _moved(movement: YearMovement) -> dict[str, int]:
    """Who came and went, in the words of this table."""
    counted = dict.fromkeys(IN_THE_TABLES, 0)
    for (_ward, table, column), (households, _persons) in movement.figures.items():
        for name, places in IN_THE_TABLES.items():
            if (table, column) in places:
                counted[name] += households
    return counted


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

"""`published_figures`: what the programme published against what the records say now.

How a figure is counted is data (`PublishedFigure.count_rule`): a measure, and the same filter
parameters as the list of actions, so that the rows behind the figure are the rows that were counted.
"""

from collections.abc import Callable
from dataclasses import dataclass

from django.db.models import QuerySet, Sum
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from reports.models import Directive, PublishedFigure
from reports.poverty import Counts, counts_by_year
from reports.scope import Scope
from reports.table import FIGURE, FLAG, TEXT, Column, Row, Table
from support.codes import Nature, Qualifier, combined_qualifier
from support.counted import Counted, figure_of
from support.filters import SupportActionFilter
from support.words import span

RANGE = "range"
COUNTED = {
    "households": Counted.ALL_HOUSEHOLDS,
    "persons": Counted.ALL_PERSONS,
    "things": Counted.THINGS,
    "income_gain": Counted.INCOME_GAIN,
}
STATUS_MEASURES = {"poor_households", "near_poor_households", "relapsed_poor", "relapsed_near_poor"}


@dataclass(frozen=True)
class Computed:
    """A figure counted from the records; `value` is None where nothing is on record."""

    value: int | str | None
    mark: str | None = None  # how it is not exact


def published_figures(scope: Scope, poverty: Counts | None = None) -> Table:
    """One row a figure, F01–F25, keyed by its id."""
    figures = PublishedFigure.objects.select_related("programme")
    poverty = poverty or counts_by_year(scope)
    rows = [_row(scope, figure, poverty) for figure in figures]
    return Table(
        key="published_figures",
        title=_("Published figures against the records"),
        first_heading=_("Figure"),
        columns=[
            Column("published", _("Published"), FIGURE),
            Column("computed", _("From the records"), FIGURE),
            Column("agrees", _("Agrees"), FLAG),
            Column("unit", _("Unit"), TEXT),
            Column("period", _("Period as published"), TEXT),
        ],
        rows=rows,
        notes=[
            _("Exact figures agree when they are equal."),
            _(
                "“Nearly” agrees when the counted value, rounded up to the last digit published, gives the published"
                " value; “over” when rounding down gives it. So “nearly 500” holds from 401 to 500, and “over"
                " 382 million” from 382 million to just below 383 million."
            ),
            _("The article prints five of its paragraphs twice; each figure is counted once."),
            *(
                []
                if scope.is_whole_district
                else [_("The figures were published for the whole district; for a part of it nothing is compared.")]
            ),
        ],
    )


def precision(value: int) -> int:
    """The place of the last digit that was published: 28 000 000 000 → 1 000 000 000, 500 → 100, 382 → 1."""
    place = 1
    while value and value % (place * 10) == 0:
        place *= 10
    return place


def agrees(figure: PublishedFigure, computed: Computed) -> bool:
    """Whether the records bear the published figure out."""
    if computed.value is None:
        return False
    if figure.qualifier == RANGE:
        return computed.value == published_value(figure)
    if figure.qualifier == Qualifier.NEAR:
        place = precision(figure.value)
        return -(-computed.value // place) * place == figure.value
    if figure.qualifier == Qualifier.OVER:
        place = precision(figure.value)
        return computed.value // place * place == figure.value
    return computed.value == figure.value and not computed.mark


def published_value(figure: PublishedFigure) -> int | str | None:
    return span(figure.value_low, figure.value_high) if figure.qualifier == RANGE else figure.value


def _row(scope: Scope, figure: PublishedFigure, poverty: Counts) -> Row:
    computed = compute(scope, figure, poverty)
    english = get_language() == "en"
    marks = {}
    if figure.qualifier in {Qualifier.NEAR, Qualifier.OVER, Qualifier.ABOUT}:
        marks["published"] = figure.qualifier
    if computed.mark:
        marks["computed"] = computed.mark
    link = evidence_url(scope, figure) if computed.value else ""
    return Row(
        key=figure.code,
        label=figure.label_en if english else figure.label,
        cells={
            "published": published_value(figure),
            "computed": computed.value,
            "agrees": agrees(figure, computed) if scope.is_whole_district and scope.covers_programme else None,
            "unit": figure.unit_en if english else figure.unit,
            "period": figure.period_text,
        },
        marks=marks,
        links={"computed": link} if link else {},
    )


def compute(scope: Scope, figure: PublishedFigure, poverty: Counts) -> Computed:
    """Count a figure from the records, by its rule."""
    measure = figure.count_rule["measure"]
    if measure in STATUS_MEASURES:
        year = figure.count_rule["filter"]["year"]
        return Computed(poverty.get(year, {}).get(measure.removesuffix("_households")))
    if measure == "documents":
        return Computed(Directive.objects.filter(programme=figure.programme).aggregate(n=Sum("count"))["n"])
    sieve = SupportActionFilter(action_filters(scope, figure), queryset=scope.actions())
    actions = sieve.qs.order_by()
    if measure in Nature.values:
        # Of the lines asked for only: a house's other sources belong to other figures.
        return _money(scope.lines(actions).filter(sieve.line_filter, nature=measure))
    return MEASURES[measure](actions)


def action_filters(scope: Scope, figure: PublishedFigure) -> dict:
    """The figure's rule as parameters of the list of actions."""
    return {"first_year": scope.first, "last_year": scope.last, "open_ended": 1} | figure.count_rule["filter"]


def evidence_url(scope: Scope, figure: PublishedFigure) -> str:
    """Where the rows behind the figure are listed; empty for a reader who gets figures, never rows."""
    rule = figure.count_rule
    if rule["measure"] in STATUS_MEASURES:
        year = rule["filter"]["year"]
        letter = {"poor_households": "N", "near_poor_households": "CN"}.get(rule["measure"])
        return scope.statuses_url(year, **({"classification": letter} if letter else {"movement": rule["measure"]}))
    if rule["measure"] == "documents":
        return ""
    asked = {"nature": rule["measure"]} if rule["measure"] in Nature.values else {}
    if counted := COUNTED.get(rule["measure"]):
        asked = {"counted": counted.value}
    return scope.actions_url(**asked | rule["filter"])


# --- measures -------------------------------------------------------------------------------


def _times(actions) -> Computed:
    return Computed(actions.aggregate(n=Sum("times"))["n"], _doubt(actions))


def _of(counted: str) -> Callable[[QuerySet], Computed]:
    """As the list of actions counts it."""
    return lambda actions: Computed(*figure_of(actions, counted, on=timezone.localdate()))


def _things_per_person(actions) -> Computed:
    things, persons = (_of(counted)(actions).value for counted in (Counted.THINGS, Counted.ALL_PERSONS))
    if not things or not persons:
        return Computed(None)
    whole, rest = divmod(things, persons)
    return Computed(number_format(things / persons, 2) if rest else whole)


def _money(lines) -> Computed:
    return Computed(lines.aggregate(n=Sum("amount"))["n"], _doubt(lines.exclude(amount=None)))


def _doubt(rows) -> str | None:
    return combined_qualifier(rows.order_by().values_list("qualifier", flat=True).distinct())


MEASURES: dict[str, Callable[[QuerySet], Computed]] = {
    "times": _times,
    **{measure: _of(counted) for measure, counted in COUNTED.items()},
    "things_per_person": _things_per_person,
}

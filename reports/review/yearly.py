"""The tables of the yearly review in the five-year summary: a row a year and ward, columns by the form's numbers.

Row keys: `2023` the scope's households, `2023/persons` their persons, `2023/CODE@since` a ward's,
`2023/CODE@since/persons`. In `deprivations`, `/poor` and `/near_poor` take the place of households and persons.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from reports.review import columns as forms
from reports.review.columns import NEAR_POOR, POOR
from reports.review.figures import ReviewFigures
from reports.review.rows import HOUSEHOLDS, OF_PERSONS, Figure, cells_of, links_of
from reports.table import GROUP, LINE, Row, Table


def review_summary(figures: ReviewFigures) -> list[Table]:
    both = (HOUSEHOLDS, OF_PERSONS)
    return [
        _table(figures, "movement_poor", _("Movement of poor households"), "R2", forms.movement_poor(), both),
        _table(
            figures,
            "movement_near_poor",
            _("Movement of near-poor households"),
            "R3",
            forms.movement_near_poor(),
            both,
        ),
        _table(figures, "review_result", _("Results of the review"), "R1", forms.review_result()),
        _deprivations(figures),
        _table(figures, "causes", _("Causes of poverty"), "R10", forms.causes()),
        _table(figures, "groups", _("Groups among the poor and near-poor"), "R8", forms.groups(), both),
    ]


def _lines(figures: ReviewFigures) -> Iterable[tuple[int, int | None, str, str]]:
    """(year, ward or None for the whole, key, label) of every line, year by year."""
    for year in figures.scope.years:
        yield year, None, str(year), str(year)
        if figures.scope.ward is None:
            for place in figures.places(year):
                yield year, place, f"{year}/{figures.key_of(place)}", f"{year} · {figures.label_of(place)}"


def _table(
    figures: ReviewFigures, key: str, title: str, form: str, columns: Sequence[Figure], parts=(HOUSEHOLDS,)
) -> Table:
    words = {HOUSEHOLDS: pgettext("form", "Households"), OF_PERSONS: pgettext("form", "Persons")}
    rows = [
        _row(
            figures, columns, year, place, part,
            row_key if part == HOUSEHOLDS else f"{row_key}/{part}",
            f"{label} · {words[part]}" if len(parts) > 1 else label,
        )
        for year, place, row_key, label in _lines(figures)
        for part in parts
    ]  # fmt: skip
    return _drawn(key, title, form, columns, rows)


def _row(figures, columns, year, place, part, key, label) -> Row:
    cells = cells_of(figures, columns, year, place, part)
    links = links_of(figures, columns, year, place, cells)
    return Row(key, label, cells, links=links, level=GROUP if place is None else LINE, part=part)


def _deprivations(figures: ReviewFigures) -> Table:
    """R4 and R6: the columns are those of the last year's standard; a year judged by other indicators shows “—”."""
    last = figures.scope.last
    shown = forms.deprivations(figures, last, POOR)
    shown[0] = shown[0]._replace(column=replace(shown[0].column, label=_("All households of the class")))
    rows = []
    for year, place, key, label in _lines(figures):
        for part, letters, word in (
            ("poor", POOR, pgettext("form", "Poor households")),
            ("near_poor", NEAR_POOR, pgettext("form", "Near-poor households")),
        ):
            columns = forms.deprivations(figures, year, letters)
            if [each.pk for each in figures.indicators(year)] != [each.pk for each in figures.indicators(last)]:
                columns = columns[:2]
            rows.append(_row(figures, columns, year, place, HOUSEHOLDS, f"{key}/{part}", f"{label} · {word}"))
    note = _("The indicators are those of %(year)d; a year that was judged by others shows its total alone.")
    return _drawn("deprivations", _("Deprivations"), "R4", shown, rows, [note % {"year": last}])


def _drawn(key, title, form, columns, rows, notes: Sequence[str] = ()) -> Table:
    return Table(
        key=key,
        title=title,
        columns=[figure.column for figure in columns],
        rows=rows,
        notes=[*notes, _("Columns by their numbers on form %(form)s; “—”: not on record.") % {"form": form}],
        first_heading=_("Year and ward"),
    )

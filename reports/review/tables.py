"""The official tables R1 to R13 for one year: rows by ward, the whole first, as the forms print them."""

from collections.abc import Callable

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from households.codes import Feature
from reports.review.columns import (
    NEAR_POOR,
    POOR,
    causes,
    children,
    deprivation_rates,
    deprivations,
    ethnicities,
    groups,
    movement_near_poor,
    movement_poor,
    multidimensional,
    review_result,
)
from reports.review.figures import ReviewFigures
from reports.review.rows import HOUSEHOLDS, OF_PERSONS, Figure, drawn, rows_of
from reports.table import Column, Table


def r1(figures: ReviewFigures, year: int) -> Table:
    title = pgettext(
        "form", "Official results of the review of poor, near-poor, and farming households of average living standard"
    )
    notes = [_("“—”: not on record. Farming, forestry and fishing households are those that are on neither list.")]
    without = [
        figures.label_of(place)
        for place in figures.places(year)
        if figures.is_known(year, place) and not figures.of(year, place)["residents"]
    ]
    if figures.scope.today:
        notes.append(
            _(
                "Residents were counted in the wards of their day. Of a ward that has only a part of one, they are not"
                " known; they stand in the whole alone."
            )
        )
    elif without:
        notes.append(
            _("No resident households entered: %(wards)s. The totals are without them.") % {"wards": ", ".join(without)}
        )
    return drawn(figures, year, "r1", title, review_result(), notes=notes)


def r2(figures: ReviewFigures, year: int) -> Table:
    title = pgettext("form", "Movement of poor households")
    return drawn(
        figures, year, "r2", title, movement_poor(), parts=(HOUSEHOLDS, OF_PERSONS), notes=movement_notes(figures, year)
    )


def r3(figures: ReviewFigures, year: int) -> Table:
    title = pgettext("form", "Movement of near-poor households")
    return drawn(
        figures, year, "r3", title, movement_near_poor(),
        parts=(HOUSEHOLDS, OF_PERSONS), notes=movement_notes(figures, year),
    )  # fmt: skip


def movement_notes(figures: ReviewFigures, year: int) -> list[str]:
    moved = figures.moved[year]
    if not moved.known:
        return [_("“—”: nobody has a class for %(year)d, so nothing can be said of the movement.") % {"year": year - 1}]
    notes = [
        _(
            "A household that changes its class is counted with its persons of this year; the change in its number of"
            " members stands among the others of the list it leaves."
        )
    ]
    between = {
        entry.household
        for entry in moved.entries
        if entry.column == "c8" and entry.kind in ("moved_ward", "reorganised")
    }
    if between and figures.scope.ward is None:
        notes.append(
            _(
                "%(n)d households on the list went from one ward to another; they stand in columns 4 and 8 of the total too."
            )
            % {"n": len(between)}
        )
    if moved.questions:
        notes.append(
            _("Does not balance: of %(n)d households of last year's list it is not known what became of them.")
            % {"n": len({question.household for question in moved.questions})}
        )
    return notes


def _deprivation_table(figures: ReviewFigures, year: int, letters: str) -> Table:
    poor = letters == POOR
    title = (
        pgettext("form", "Deprivations in basic social services of poor households")
        if poor
        else pgettext("form", "Deprivations in basic social services of near-poor households")
    )
    notes = _deprivation_notes(figures, year)
    return drawn(figures, year, "r4" if poor else "r6", title, deprivations(figures, year, letters), notes=notes)


def _deprivation_rate_table(figures: ReviewFigures, year: int, letters: str) -> Table:
    poor = letters == POOR
    title = (
        pgettext("form", "Rates of deprivations in basic social services of poor households")
        if poor
        else pgettext("form", "Rates of deprivations in basic social services of near-poor households")
    )
    columns = deprivation_rates(figures, year, letters)
    counted = [
        Figure(Column(f"n{indicator.pk}", ""), f"{letters}/deprivation/{indicator.pk}", needs="deprivations")
        for indicator in figures.indicators(year)
    ]
    # The counts come first, so that the rates find them; the table shows the rates alone.
    rows = rows_of(figures, [*columns[:1], *counted, *columns[1:]], year, (HOUSEHOLDS,))
    return Table(
        key="r5" if poor else "r7",
        title=title,
        columns=[figure.column for figure in columns],
        rows=rows,
        summed=frozenset({"c1"}),
        notes=_deprivation_notes(figures, year),
        first_heading=pgettext("form", "No. Ward"),
        sheet="R5" if poor else "R7",
    )


def _deprivation_notes(figures: ReviewFigures, year: int) -> list[str]:
    if not figures.has(year, "deprivations"):
        return [_("“—”: no deprivation of the year is on record.")]
    return [_("A household may have several deprivations, so the columns do not add up to the households.")]


def r4(figures: ReviewFigures, year: int) -> Table:
    return _deprivation_table(figures, year, POOR)


def r5(figures: ReviewFigures, year: int) -> Table:
    return _deprivation_rate_table(figures, year, POOR)


def r6(figures: ReviewFigures, year: int) -> Table:
    return _deprivation_table(figures, year, NEAR_POOR)


def r7(figures: ReviewFigures, year: int) -> Table:
    return _deprivation_rate_table(figures, year, NEAR_POOR)


def r8(figures: ReviewFigures, year: int) -> Table:
    title = pgettext("form", "Poor and near-poor households by group")
    return drawn(figures, year, "r8", title, groups(), parts=(HOUSEHOLDS, OF_PERSONS), notes=group_notes(figures, year))


def group_notes(figures: ReviewFigures, year: int) -> list[str]:
    of = figures.of(year, None)
    by_formula = [
        of[letters]
        - sum(of[f"{letters}/{feature}"] for feature in (Feature.MINORITY, Feature.NO_LABOUR, Feature.MERIT))
        for letters in (POOR, NEAR_POOR)
    ]
    notes = [
        _(
            "Others: households in none of the three groups. The groups overlap, so the form's formula would give"
            " %(poor)d poor and %(near)d near-poor households."
        )
        % {"poor": by_formula[0], "near": by_formula[1]}
    ]
    if of["no group"]:
        notes.append(
            _("Of %(n)d households it is not on record whether they belong to a group; they stand among the others.")
            % {"n": of["no group"]}
        )
    return notes


def r9(figures: ReviewFigures, year: int) -> Table:
    title = pgettext("form", "Poor and near-poor households by ethnicity")
    notes = [
        _(
            "By the ethnicity of the head. A household whose head's ethnicity is not on record stands in the total alone."
        )
    ]
    return drawn(figures, year, "r9", title, ethnicities(figures, year), notes=notes)


def r10(figures: ReviewFigures, year: int) -> Table:
    title = pgettext("form", "Poor and near-poor households by cause of poverty")
    notes = [_("A household may have several causes, so the columns do not add up to the households.")]
    return drawn(figures, year, "r10", title, causes(), notes=notes)


def r11(figures: ReviewFigures, year: int) -> Table:
    title = pgettext("form", "Deprivations of children in poor and near-poor households")
    notes = [
        _("Children under 16, counted one by one. “—”: not on record."),
        _("The form merges both columns of health; they are drawn apart here."),
    ]
    return drawn(figures, year, "r11", title, children(), notes=notes)


def r12(figures: ReviewFigures, year: int) -> Table:
    title = pgettext("form", "Results of the review of poor households by the multidimensional standard")
    return drawn(figures, year, "r12", title, multidimensional(POOR), notes=_multidimensional_notes())


def r13(figures: ReviewFigures, year: int) -> Table:
    title = pgettext("form", "Results of the review of near-poor households by the multidimensional standard")
    return drawn(figures, year, "r13", title, multidimensional(NEAR_POOR), notes=_multidimensional_notes())


def _multidimensional_notes() -> list[str]:
    return [
        _("The form's columns 4, 8, 12, 19 and 22 (dân tộc tại chỗ) are of the Central Highlands and left out here."),
        _("“—”: residents by ethnicity are not on record."),
    ]


TABLES: dict[str, Callable[[ReviewFigures, int], Table]] = {
    "r1": r1, "r2": r2, "r3": r3, "r4": r4, "r5": r5, "r6": r6, "r7": r7, "r8": r8,
    "r9": r9, "r10": r10, "r11": r11, "r12": r12, "r13": r13,
}  # fmt: skip


def title_of(key: str) -> str:
    """A table's short name, for the tabs."""
    return {
        "r1": _("Results"),
        "r2": _("Movement, poor"),
        "r3": _("Movement, near-poor"),
        "r4": _("Deprivations, poor"),
        "r5": _("Deprivations, poor, %"),
        "r6": _("Deprivations, near-poor"),
        "r7": _("Deprivations, near-poor, %"),
        "r8": _("Groups"),
        "r9": _("Ethnicity"),
        "r10": _("Causes"),
        "r11": _("Children"),
        "r12": _("Summary, poor"),
        "r13": _("Summary, near-poor"),
    }[key]

"""The official tables R1 to R13 for one year: rows by ward, the whole first, as the forms print them.

Headings, column numbers and formulas are those of the forms (another province's, whose identity with the
forms of TT 07/2021 was not confirmed). The columns on “dân tộc tại chỗ” are left out: they are the Central
Highlands' own.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from households.codes import ETHNICITIES, Cause, Classification, Feature
from reports.review.figures import PERSONS, ReviewFigures
from reports.table import COUNT, GROUP, LINE, PERCENT, TEXT, Cell, Column, Row, Table

POOR, NEAR_POOR = Classification.POOR.value, Classification.NEAR_POOR.value
HOUSEHOLDS, OF_PERSONS = "households", "persons"


class Figure(NamedTuple):
    """One column and where its numbers come from: a name, a column of a movement table, or one column over another.

    `asked` are the conditions of the list behind it; `unless` names what must be on record in the year for a
    nought to be one.
    """

    column: Column
    name: str = ""
    movement: tuple[str, str] | None = None
    over: tuple[str, str] | None = None
    asked: Mapping | None = None
    needs: str = ""


def column(number: int | str, *path: str, formula: str = "", kind: str = COUNT) -> Column:
    key = f"c{number}".replace(".", "_")
    return Column(key, path[-1], kind, group=path[:-1], number=str(number), formula=formula)


def rate(number: int | str, of: int, over: int, *path: str) -> Figure:
    drawn = column(number, *path, formula=f"{of}/{over}*100", kind=PERCENT)
    return Figure(drawn, over=(f"c{of}", f"c{over}"))


def per_cent(part: Cell, whole: Cell) -> float | None:
    """Two decimals; None without a base: a rate over nothing says nothing."""
    if part is None or not whole:
        return None
    return float(round(Decimal(part) * 100 / whole, 2))


# --- rows ---------------------------------------------------------------------------------------


def cells_of(
    figures: ReviewFigures, columns: Sequence[Figure], year: int, place: int | None, part: str = HOUSEHOLDS
) -> dict[str, Cell]:
    """The cells of a ward (None: of the whole) in a year."""
    of, known = figures.of(year, place), figures.is_known(year, place)
    cells: dict[str, Cell] = {}
    for figure in columns:
        key = figure.column.key
        if figure.movement:
            cells[key] = figures.movement(year, place, *figure.movement)[part == OF_PERSONS]
        elif figure.over:
            cells[key] = per_cent(cells.get(figure.over[0]), cells.get(figure.over[1]))
        elif figure.name.startswith("residents"):
            cells[key] = of.get(figure.name) or None
        elif not figure.name or not known or (figure.needs and not figures.has(year, figure.needs)):
            cells[key] = None
        else:
            cells[key] = of[figure.name + (PERSONS if part == OF_PERSONS else "")]
    return cells


def links_of(
    figures: ReviewFigures, columns: Sequence[Figure], year: int, place: int | None, cells: Mapping[str, Cell]
) -> dict[str, str]:
    """Where each number's households are listed, for readers who may see households."""
    links = {}
    for figure in columns:
        key = figure.column.key
        if not cells.get(key):
            continue
        if figure.movement:
            links[key] = movement_url(figures, year, place, *figure.movement)
        elif figure.asked is not None:
            links[key] = figures.households_url(year, place, **figure.asked)
    return {key: url for key, url in links.items() if url}


def movement_url(figures: ReviewFigures, year: int, place: int | None, table: str, number: str) -> str:
    """The list of the households in a column of R2 or R3."""
    scope = figures.scope
    if not scope.user.has_perm("households.view_household"):
        return ""
    ward = place if place is not None else (scope.ward.pk if scope.ward else "")
    asked = {"table": table, "column": number, "ward": ward, "level": scope.level}
    if scope.today:
        asked["map"] = scope.map
    return f"{reverse('review-movement-households', args=[year])}?{urlencode(asked)}"


def rows_of(figures: ReviewFigures, columns: Sequence[Figure], year: int, parts: Iterable[str]) -> list[Row]:
    """The whole first where there are several wards, numbered 1, then its wards, 1.1, 1.2 …"""
    places, rows = figures.places(year), []
    several = len(places) > 1 or figures.scope.ward is None
    words = {HOUSEHOLDS: pgettext("form", "Households"), OF_PERSONS: pgettext("form", "Persons")}
    lines = [("1", None)] if several else []
    lines += [(f"1.{number}" if several else str(number), place) for number, place in enumerate(places, start=1)]
    for number, place in lines:
        for part in parts:
            cells = cells_of(figures, columns, year, place, part)
            links = links_of(figures, columns, year, place, cells)
            key = "district" if place is None else figures.key_of(place)
            name = figures.scope.label if place is None else figures.label_of(place)
            rows.append(
                Row(
                    key if part == HOUSEHOLDS else f"{key}/{part}",
                    f"{number}. {name}",
                    {"part": words[part]} | cells,
                    links=links,
                    level=GROUP if place is None else LINE,
                    part=part,
                )
            )
    return rows


def drawn(
    figures: ReviewFigures, year: int, key: str, title: str, columns: Sequence[Figure],
    *, parts: Sequence[str] = (HOUSEHOLDS,), notes: Sequence[str] = (),
) -> Table:  # fmt: skip
    heads = [Column("part", pgettext("form", "Breakdown"), TEXT, number="C")] if len(parts) > 1 else []
    summed = {figure.column.key for figure in columns if figure.column.kind == COUNT}
    return Table(
        key=key,
        title=title,
        columns=[*heads, *(figure.column for figure in columns)],
        rows=rows_of(figures, columns, year, parts),
        summed=frozenset(summed),
        notes=notes,
        first_heading=pgettext("form", "No. Ward"),
        sheet=key.upper(),
    )


# --- columns: one function a form ------------------------------------------------------------------


def review_result() -> list[Figure]:
    """R1."""
    residents = pgettext("form", "All resident households (at the review)")
    of_households = pgettext("form", "Result of the review, households (official)")
    of_persons = pgettext("form", "Result of the review, persons (official)")
    number, share = pgettext("form", "Number of households"), pgettext("form", "Rate")
    persons = pgettext("form", "Number of persons")
    poor, near = pgettext("form", "Poor households, total"), pgettext("form", "Near-poor households, total")
    farming = pgettext("form", "Farming, forestry and fishing households, total")
    poor_persons, near_persons = (
        pgettext("form", "Persons in poor households, total"),
        pgettext("form", "Persons in near-poor households, total"),
    )
    farming_persons = pgettext("form", "Persons in farming, forestry and fishing households, total")
    columns = [
        Figure(column(1, residents, number), "residents"),
        Figure(column(2, residents, pgettext("form", "Persons")), "residents" + PERSONS),
    ]
    for first, above, of, unit, persons_too in (
        (3, of_households, (poor, near, farming), number, ""),
        (9, of_persons, (poor_persons, near_persons, farming_persons), persons, PERSONS),
    ):
        base = 1 if not persons_too else 2
        for place, (heading, name) in enumerate(zip(of, (POOR, NEAR_POOR, "farming"), strict=True)):
            at = first + 2 * place
            asked = {"classification": [name]} if name != "farming" else {"feature": Feature.FARMING.value}
            columns += [
                Figure(column(at, above, heading, unit), name + persons_too, asked=asked),
                rate(at + 1, at, base, above, heading, share),
            ]
    return columns


def movement_poor() -> list[Figure]:
    """R2."""
    less, more = (
        pgettext("form", "Movements that lower the number of poor households"),
        pgettext("form", "Movements that raise the number of poor households"),
    )
    left = pgettext("form", "Households that left poverty")
    added = pgettext("form", "Poor households added in the period")
    return _movement(
        "poor",
        (pgettext("form", "Poor households at the beginning"),),
        (less, left, pgettext("form", "Became near-poor households")),
        (less, left, pgettext("form", "Above the near-poor line")),
        (
            less,
            pgettext("form", "Others: change of members, a poor person living alone died, moved away, split, merged…"),
        ),
        (more, pgettext("form", "Near-poor households that became poor")),
        (more, added, pgettext("form", "Relapsed into poverty")),
        (more, added, pgettext("form", "Newly arisen")),
        (more, pgettext("form", "Others: change of members, moved in, split, merged…")),
        (pgettext("form", "Poor households at the end"),),
    )


def movement_near_poor() -> list[Figure]:
    """R3."""
    less, more = (
        pgettext("form", "Movements that lower the number of near-poor households"),
        pgettext("form", "Movements that raise the number of near-poor households"),
    )
    added = pgettext("form", "Near-poor households added in the period")
    return _movement(
        "near_poor",
        (pgettext("form", "Near-poor households at the beginning"),),
        (less, pgettext("form", "Households that left near-poverty (above the near-poor line)")),
        (less, pgettext("form", "Became poor households")),
        (less, pgettext("form", "Other households, fewer")),
        (more, pgettext("form", "Poor households that became near-poor")),
        (more, added, pgettext("form", "Relapsed into near-poverty")),
        (more, added, pgettext("form", "Newly arisen")),
        (more, pgettext("form", "Other households, more")),
        (pgettext("form", "Near-poor households at the end"),),
    )


def _movement(table: str, *paths: Sequence[str]) -> list[Figure]:
    formulas = {9: "1-2-3-4+5+6+7+8"}
    return [
        Figure(column(number, *path, formula=formulas.get(number, "")), movement=(table, f"c{number}"))
        for number, path in enumerate(paths, start=1)
    ]


def deprivations(figures: ReviewFigures, year: int, letters: str) -> list[Figure]:
    """R4 (poor) and R6 (near-poor)."""
    total = _all_of(letters)
    above = pgettext("form", "Deprivations in basic social services")
    asked = {"classification": [letters]}
    columns = [
        Figure(column(1, total), letters, asked=asked),
        Figure(
            column(2, pgettext("form", "Total deprivations")),
            f"{letters}/deprivations",
            asked=asked | {"feature": Feature.DEPRIVED.value},
            needs="deprivations",
        ),
    ]
    for place, indicator in enumerate(figures.indicators(year), start=3):
        columns.append(
            Figure(
                column(place, above, f"{indicator.number}. {indicator}"),
                f"{letters}/deprivation/{indicator.pk}",
                asked=asked | {"deprivation": indicator.pk},
                needs="deprivations",
            )
        )
    return columns


def deprivation_rates(figures: ReviewFigures, year: int, letters: str) -> list[Figure]:
    """R5 (poor) and R7 (near-poor): the counts, not shown, and their share of all households of the class."""
    above = pgettext("form", "Share of deprivations in basic social services (%)")
    return [
        Figure(column(1, _all_of(letters)), letters, asked={"classification": [letters]}),
        *(
            Figure(
                column(place, above, f"{indicator.number}. {indicator}", kind=PERCENT), over=(f"n{indicator.pk}", "c1")
            )
            for place, indicator in enumerate(figures.indicators(year), start=2)
        ),
    ]


def _all_of(letters: str) -> str:
    if letters == POOR:
        return pgettext("form", "All poor households")
    return pgettext("form", "All near-poor households")


def groups() -> list[Figure]:
    """R8."""
    columns = []
    for first, letters, above in (
        (1, POOR, pgettext("form", "Poor households")),
        (6, NEAR_POOR, pgettext("form", "Near-poor households")),
    ):
        asked = {"classification": [letters]}
        formula = "-".join(str(first + place) for place in range(4))
        columns += [
            Figure(column(first, above, pgettext("form", "Total")), letters, asked=asked),
            Figure(
                column(first + 1, above, pgettext("form", "Ethnic minority households")),
                f"{letters}/{Feature.MINORITY}", asked=asked | {"feature": Feature.MINORITY.value},
            ),
            Figure(
                column(first + 2, above, pgettext("form", "Households without a member able to work")),
                f"{letters}/{Feature.NO_LABOUR}", asked=asked | {"feature": Feature.NO_LABOUR.value},
            ),
            Figure(
                column(first + 3, above, pgettext("form", "Households with people with merit")),
                f"{letters}/{Feature.MERIT}", asked=asked | {"feature": Feature.MERIT.value},
            ),
            Figure(
                column(first + 4, above, pgettext("form", "Others"), formula=formula),
                f"{letters}/{Feature.OTHER}", asked=asked | {"feature": Feature.OTHER.value},
            ),
        ]  # fmt: skip
    return columns


def ethnicities(figures: ReviewFigures, year: int) -> list[Figure]:
    """R9: every group that stands on a list of the year has its column; none is wired in."""
    names, columns = dict(ETHNICITIES), []
    for first, letters, above in (
        (1, POOR, pgettext("form", "Poor households")),
        (2, NEAR_POOR, pgettext("form", "Near-poor households")),
    ):
        asked = {"classification": [letters]}
        minority = pgettext("form", "Ethnic minorities, total")
        columns += [
            Figure(column(f"{first}.0", above, pgettext("form", "Total")), letters, asked=asked),
            Figure(
                column(f"{first}.1", above, "Kinh"), f"{letters}/{Feature.KINH}", asked=asked | {"feature": Feature.KINH.value}
            ),
            Figure(
                column(f"{first}.2", above, minority), f"{letters}/{Feature.MINORITY}",
                asked=asked | {"feature": Feature.MINORITY.value},
            ),
        ]  # fmt: skip
        columns += [
            Figure(
                column(f"{first}.2.{place}", above, names.get(code, code)),
                f"{letters}/ethnicity/{code}",
                asked=asked | {"ethnicity": code},
            )
            for place, code in enumerate(figures.ethnicities(year), start=1)
        ]
    return columns


def causes() -> list[Figure]:
    """R10, poor and near-poor households together."""
    headings = {
        Cause.LAND: pgettext("form", "Lack of productive land"),
        Cause.CAPITAL: pgettext("form", "Lack of capital"),
        Cause.LABOUR: pgettext("form", "Lack of labour"),
        Cause.TOOLS: pgettext("form", "Lack of tools or means of production"),
        Cause.KNOWLEDGE: pgettext("form", "Lack of production knowledge"),
        Cause.SKILLS: pgettext("form", "Lack of work skills"),
        Cause.ILLNESS: pgettext("form", "Illness, disease or accident"),
        Cause.OTHER: pgettext("form", "Other"),
    }
    return [
        Figure(
            column(number, f"{number}. {heading}"),
            f"cause/{cause}",
            asked={"classification": [POOR, NEAR_POOR], "cause": cause.value},
            needs="causes",
        )
        for number, (cause, heading) in enumerate(headings.items(), start=1)
    ]


def children() -> list[Figure]:
    """R11."""
    columns = []
    for first, letters, above in (
        (1, POOR, pgettext("form", "Deprivations of children in poor households")),
        (5, NEAR_POOR, pgettext("form", "Deprivations of children in near-poor households")),
    ):
        for place, (name, feature, heading) in enumerate(
            (
                ("children", Feature.CHILDREN, pgettext("form", "All children")),
                ("children_undernourished", Feature.UNDERNOURISHED, pgettext("form", "Health (nutrition)")),
                ("children_uninsured", Feature.UNINSURED, pgettext("form", "Health (insurance)")),
                ("children_out_of_school", Feature.OUT_OF_SCHOOL, pgettext("form", "Education")),
            )
        ):
            asked = {"classification": [letters], "feature": feature.value}
            columns.append(
                Figure(
                    column(first + place, above, heading), f"{letters}/{name}", asked=asked, needs=f"{name} on record"
                )
            )
    return columns


def multidimensional(letters: str) -> list[Figure]:
    """R12 (poor) and R13 (near-poor), without the columns on “dân tộc tại chỗ”: 4, 8, 12, 19 and 22."""
    poor = letters == POOR
    total, minority = pgettext("form", "Total"), pgettext("form", "Ethnic minorities")
    residents = pgettext("form", "All households (resident in the area)")
    resident_persons = pgettext("form", "All persons")
    households = pgettext("form", "All poor households") if poor else pgettext("form", "All near-poor households")
    among = pgettext("form", "Of these")
    persons = (
        pgettext("form", "All persons in poor households")
        if poor
        else pgettext("form", "All persons in near-poor households")
    )
    share = pgettext("form", "Rate (%)")
    asked = {"classification": [letters]}

    def of(feature: Feature) -> dict:
        return {"name": f"{letters}/{feature}", "asked": asked | {"feature": feature.value}}

    def persons_of(feature: Feature) -> dict:
        return {"name": f"{letters}/{feature}{PERSONS}", "asked": asked | {"feature": feature.value}}

    return [
        Figure(column(1, residents, total, formula="2+3"), "residents"),
        Figure(column(2, residents, "Kinh")),
        Figure(column(3, residents, minority)),
        Figure(column(5, resident_persons, total, formula="6+7"), "residents" + PERSONS),
        Figure(column(6, resident_persons, "Kinh")),
        Figure(column(7, resident_persons, minority)),
        Figure(column(9, households, total, formula="10+11"), letters, asked=asked),
        Figure(column(10, households, "Kinh"), **of(Feature.KINH)),
        Figure(column(11, households, minority), **of(Feature.MINORITY)),
        Figure(column(13, among, pgettext("form", "Households with people with merit")), **of(Feature.MERIT)),
        Figure(
            column(14, among, pgettext("form", "Households without a member able to work")), **of(Feature.NO_LABOUR)
        ),
        Figure(column(15, among, pgettext("form", "Headed by a woman")), **of(Feature.WOMAN)),
        Figure(column(16, persons, total, formula="17+18"), letters + PERSONS, asked=asked),
        Figure(column(17, persons, "Kinh"), **persons_of(Feature.KINH)),
        Figure(column(18, persons, minority), **persons_of(Feature.MINORITY)),
        rate(
            20, 9, 1, share, pgettext("form", "poor households") if poor else pgettext("form", "near-poor households")
        ),
        rate(21, 11, 3, share, minority),
    ]


# --- tables ---------------------------------------------------------------------------------------


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

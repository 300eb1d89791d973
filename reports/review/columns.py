"""The columns of the forms R1 to R13, one function a form.

Headings, column numbers and formulas are those of the forms (another province's, whose identity with the
forms of TT 07/2021 was not confirmed). The columns on “dân tộc tại chỗ” are left out: they are the Central
Highlands' own.
"""

from collections.abc import Sequence

from django.utils.translation import pgettext

from households.codes import ETHNICITIES, Cause, Classification, Feature
from reports.review.figures import PERSONS, ReviewFigures
from reports.review.rows import Figure, column, rate
from reports.table import PERCENT

POOR, NEAR_POOR = Classification.POOR.value, Classification.NEAR_POOR.value


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

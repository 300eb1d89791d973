"""Published against computed: the rules of agreement, and how each measure is counted."""

import pytest

from reports.models import PublishedFigure
from reports.published import Computed, agrees, compute, precision, published_figures
from reports.scope import Scope
from tests import factories

MILLION = 1_000_000


def figure(value=None, qualifier="exact", measure="times", low=None, high=None, **filters):
    rule = {"measure": measure, "filter": filters}
    return PublishedFigure(value=value, qualifier=qualifier, value_low=low, value_high=high, count_rule=rule)


@pytest.mark.parametrize(
    ("published", "qualifier", "counted", "mark", "expected"),
    [
        (34, "exact", 34, None, True),
        (34, "exact", 35, None, False),
        (34, "exact", 34, "near", False),  # an estimate does not bear out an exact figure
        (34, "exact", None, None, False),
        (0, "exact", 0, None, True),
        (500, "near", 500, "near", True),
        (500, "near", 401, None, True),
        (500, "near", 400, None, False),
        (500, "near", 501, None, False),
        (28_000 * MILLION, "near", 27_000 * MILLION + 1, None, True),
        (28_000 * MILLION, "near", 27_000 * MILLION, None, False),
        (382 * MILLION, "over", 382 * MILLION, None, True),
        (382 * MILLION, "over", 383 * MILLION - 1, None, True),
        (382 * MILLION, "over", 383 * MILLION, None, False),
        (382 * MILLION, "over", 382 * MILLION - 1, None, False),
    ],
)
def test_exact_equals_nearly_rounds_up_and_over_rounds_down(published, qualifier, counted, mark, expected):
    assert agrees(figure(published, qualifier), Computed(counted, mark)) is expected


def test_the_last_digit_published_says_how_precise_a_figure_is():
    assert [precision(value) for value in (500, 8000, 382 * MILLION, 341, 0)] == [100, 1000, MILLION, 1, 1]


@pytest.fixture
def district(db):
    return Scope(factories.staff(), None, 2020, 2025)


def counted(scope, measure, **filters):
    return compute(scope, figure(measure=measure, **filters), {})


def test_persons_are_distinct_however_often_they_were_helped(district):
    family = factories.household(factories.ward(), members=2)
    child = family.members.get(relation="child")
    for _ in range(3):
        factories.support(family, policy="HB_VNN", member=child)

    assert counted(district, "times", policy=["HB_VNN"]).value == 3
    assert counted(district, "persons", policy=["HB_VNN"]).value == 1
    assert counted(district, "households", policy=["HB_VNN"]).value == 1


def test_persons_reported_without_names_are_counted_beside_the_named(district):
    family = factories.household(factories.ward())
    factories.support(family, policy="KCB", member=family.members.get())
    factories.support(family.ward, policy="KCB", count=90, persons_reported=90, qualifier="near")

    assert counted(district, "persons", policy=["KCB"]) == Computed(91, "near")


def test_money_is_counted_by_nature_and_unknown_sums_are_no_zero(district):
    family = factories.household(factories.ward())
    factories.support(family, policy="QUA_TET", paid_by={"NS_QUAN": (300_000, "grant"), "XHH": (200_000, "in_kind")})
    factories.support(family, policy="HB_VNN", paid_by={"VNN_QUAN": None})

    assert counted(district, "grant", policy=["QUA_TET"]).value == 300_000
    assert counted(district, "in_kind", policy=["QUA_TET"]).value == 200_000
    assert counted(district, "grant", policy=["HB_VNN"]).value is None


def test_money_of_one_source_leaves_the_other_lines_of_the_same_house_out(district):
    paid = {"NS_QUAN": 400 * MILLION, "XHH": 3077 * MILLION}
    factories.support(factories.ward(), policy="NHA_XM", count=34, unit="house", paid_by=paid)

    assert counted(district, "grant", policy=["NHA_XM"], source=["NS_QUAN"]).value == 400 * MILLION
    assert counted(district, "things", policy=["NHA_XM"], thing=["house"]).value == 34


def test_things_a_person_are_whole_or_said_with_decimals(district):
    factories.support(None, policy="SMT", count=45, unit="computer", persons_reported=45)
    assert counted(district, "things_per_person", policy=["SMT"]).value == 1

    factories.support(None, policy="SMT", count=45, unit="computer", persons_reported=15)
    assert counted(district, "things_per_person", policy=["SMT"]).value == "1,50"


def test_an_income_gain_is_a_span(district):
    family = factories.household(factories.ward())
    for low, high in ((1_000_000, 1_200_000), (1_100_000, 1_500_000)):
        factories.support(family, policy="QTV_CNVCLD", income_gain_from=low, income_gain_to=high)

    gain = counted(district, "income_gain", policy=["QTV_CNVCLD"])
    published = figure(None, "range", "income_gain", low=1_000_000, high=1_500_000)

    assert gain.value == "1.000.000–1.500.000"
    assert agrees(published, gain)


def test_for_one_ward_the_district_s_figures_are_not_judged(db):
    from reports.programme_data import load_reference

    load_reference()
    dong_mai = factories.ward("Đồng Mai")

    table = published_figures(Scope(factories.officer(dong_mai), dong_mai, 2020, 2025))

    assert len(table.rows) == 25
    assert {row.cells["agrees"] for row in table.rows} == {None}

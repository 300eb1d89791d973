"""Movement is derived from the statuses of the years before, twice: in the database and for the year strip."""

import random

import pytest
from django.utils.translation import override

from households.codes import Movement
from households.models import PovertyStatus
from households.strip import movement_of, official, year_strip, years_on_record
from tests import factories

pytestmark = pytest.mark.django_db


def movements(household, level="city"):
    rows = PovertyStatus.objects.at_level(level).filter(household=household).with_movement()
    return {row.year: row.movement for row in rows}


@pytest.fixture
def dong_mai():
    return factories.ward("Đồng Mai")


@pytest.fixture
def somebody_in_every_year(dong_mai):
    factories.household(dong_mai, statuses=dict.fromkeys(range(2020, 2026), "K"))


@pytest.mark.parametrize(
    ("history", "year", "movement"),
    [
        ({2020: "N", 2021: "CN"}, 2021, Movement.ESCAPED_TO_NEAR_POOR),
        ({2020: "N", 2021: "K"}, 2021, Movement.ESCAPED_POVERTY),
        ({2020: "CN", 2021: "K"}, 2021, Movement.ESCAPED_NEAR_POVERTY),
        ({2020: "CN", 2021: "N"}, 2021, Movement.FELL_INTO_POVERTY),
        ({2021: "N"}, 2021, Movement.NEW_POOR),
        ({2021: "CN"}, 2021, Movement.NEW_NEAR_POOR),
        ({2020: "N", 2021: "K", 2022: "N"}, 2022, Movement.RELAPSED_POOR),
        ({2020: "N", 2022: "N"}, 2022, Movement.RELAPSED_POOR),
        ({2020: "CN", 2021: "K", 2022: "N"}, 2022, Movement.NEW_POOR),
        ({2020: "N", 2021: "K", 2022: "CN"}, 2022, Movement.RELAPSED_NEAR_POOR),
        ({2020: "N", 2021: "KK"}, 2021, Movement.ESCAPED_POVERTY),
        ({2020: "N", 2021: "N"}, 2021, None),
        ({2020: "K", 2021: "KK"}, 2021, None),
    ],
)
@pytest.mark.usefixtures("somebody_in_every_year")
def test_movement_follows_from_the_years_before(dong_mai, history, year, movement):
    family = factories.household(dong_mai, statuses=history)

    assert movements(family)[year] == movement


def test_nothing_is_said_of_movement_in_the_first_year_on_record(dong_mai):
    family = factories.household(dong_mai, statuses={2020: "N", 2021: "CN"})

    assert movements(family) == {2020: None, 2021: Movement.ESCAPED_TO_NEAR_POOR}


def test_the_levels_do_not_mix(dong_mai):
    family = factories.household(dong_mai, statuses={2020: "N", 2021: "K"})
    factories.status(family, 2020, "K", level="national")
    factories.status(family, 2021, "CN", level="national")

    assert movements(family, "city")[2021] == Movement.ESCAPED_POVERTY
    assert movements(family, "national")[2021] == Movement.NEW_NEAR_POOR


def test_a_standard_that_is_not_in_force_does_not_count(dong_mai):
    family = factories.household(dong_mai, statuses={2021: "N"})
    factories.status(family, 2022, "CN", standard=factories.standard(2021))

    assert movements(family) == {2021: None}


def test_the_strip_tells_the_same_movement_as_the_database(dong_mai):
    dice = random.Random(20)
    for _ in range(60):
        family = factories.household(dong_mai)
        for level in ("city", "national"):
            for year in range(2020, 2026):
                if dice.random() < 0.75:
                    factories.status(family, year, dice.choice(["N", "CN", "KK", "K"]), level=level, persons=1)
        if dice.random() < 0.3:  # judged by an old standard too; that does not count
            factories.status(family, 2023, "N", standard=factories.standard(2021), persons=1)

    seen = set()
    for level in ("city", "national"):
        known = years_on_record(level, range(2018, 2027))
        told = {(row.household_id, row.year): row.movement for row in _all_at(level).with_movement()}
        statuses = list(PovertyStatus.objects.select_related("standard"))
        for household in {status.household_id for status in statuses}:
            history = official([status for status in statuses if status.household_id == household], level)
            for status in history:
                assert movement_of(status, history, known) == told.pop((household, status.year))
                seen.add(movement_of(status, history, known))
        assert not told
    assert seen == {None, *Movement}


def test_the_strip_tells_the_same_where_a_year_is_on_record_for_nobody(dong_mai):
    family = factories.household(dong_mai, statuses={2020: "N", 2022: "N", 2023: "K"})
    known = years_on_record("city", range(2019, 2026))
    history = official(PovertyStatus.objects.select_related("standard"), "city")

    assert known == {2020, 2022, 2023}
    assert {status.year: movement_of(status, history, known) for status in history} == movements(family)


def _all_at(level):
    return PovertyStatus.objects.at_level(level)


@pytest.mark.usefixtures("somebody_in_every_year")
def test_the_strip_shows_one_square_a_year_with_the_official_letters(dong_mai):
    family = factories.household(dong_mai, statuses={2020: "N", 2021: "CN", 2022: "K", 2023: "CN", 2024: "KK"})
    known = years_on_record("city", range(2019, 2026))

    strip = year_strip(family.statuses.select_related("standard"), known)

    assert [square["code"] for square in strip] == [
        "poor", "near_poor", "escaped", "relapsed", "hardship", "unknown",
    ]  # fmt: skip
    assert [square["letter"] for square in strip][:2] == ["N", "CN"]
    assert strip[0]["title"].startswith("2020: ")


def test_the_strip_tells_class_standard_scores_and_decision(dong_mai):
    family = factories.household(dong_mai)
    factories.status(family, 2021, "N", income=930_000, decision_number="123/QĐ-UBND")
    factories.status(family, 2022, "CN", b1=170, b2=20, income=1_900_000)

    with override("en"):
        squares = year_strip(family.statuses.select_related("standard"), set(), years=[2021, 2022])

    assert [square["title"] for square in squares] == [
        "2021: poor, city standard, income 930,000 đồng, decision 123/QĐ-UBND",
        "2022: near-poor, city standard, B1 170, B2 20",
    ]

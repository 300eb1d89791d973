"""Poverty by year: who is on the list at each year-end, who came and who left."""

import pytest

from households.models import CollectiveStatus
from reports.poverty import poverty_by_year
from reports.scope import Scope
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def dong_mai():
    return factories.ward("Đồng Mai")


def by_year(reader, *, ward=None, first=2020, last=2024):
    table = poverty_by_year(Scope(reader, ward, first, last))
    return {int(row.key): row.cells for row in table.rows}


def test_a_household_is_counted_in_the_class_of_each_year(dong_mai):
    factories.household(dong_mai, members=4, statuses={2020: "N", 2021: "CN", 2022: "K"})
    factories.household(dong_mai, members=2, statuses={2020: "CN", 2021: "CN", 2022: "CN"})

    years = by_year(factories.staff())

    assert [(years[y]["poor"], years[y]["near_poor"]) for y in (2020, 2021, 2022)] == [(1, 1), (0, 2), (0, 1)]
    assert (years[2020]["poor_persons"], years[2021]["near_poor_persons"]) == (4, 6)


def test_a_year_without_records_is_unknown_and_not_zero(dong_mai):
    factories.household(dong_mai, statuses={2020: "N"})

    assert by_year(factories.staff())[2023].get("poor") is None


def test_rates_are_taken_over_resident_households_and_unknown_without_them(dong_mai):
    factories.population(dong_mai, 2020, households=400, persons=1600)
    for _ in range(3):
        factories.household(dong_mai, statuses={2020: "N", 2021: "N"})

    years = by_year(factories.staff())

    assert years[2020]["poor_rate"] == 0.75
    assert years[2021]["poor_rate"] is None


def test_leaving_relapsing_and_new_households_are_told_apart(dong_mai):
    factories.household(dong_mai, statuses={2020: "N", 2021: "CN", 2022: "K", 2023: "K"})  # left poverty, then the list
    factories.household(dong_mai, statuses={2020: "N", 2021: "K", 2022: "N", 2023: "N"})  # relapsed in 2022
    factories.household(dong_mai, statuses={2020: "CN", 2021: "KK", 2022: "KK", 2023: "CN"})  # relapsed near-poor
    factories.household(dong_mai, statuses={2020: "K", 2021: "K", 2022: "CN", 2023: "K"})  # new, then left

    years = by_year(factories.staff())

    assert (years[2021]["escaped_poverty"], years[2021]["escaped_near_poverty"]) == (2, 1)
    assert (years[2022]["relapsed_poor"], years[2022]["new"], years[2022]["escaped_near_poverty"]) == (1, 1, 1)
    assert (years[2023]["relapsed_near_poor"], years[2023]["escaped_near_poverty"]) == (1, 1)


def test_nothing_is_said_of_movement_in_the_first_year_on_record(dong_mai):
    factories.household(dong_mai, statuses={2020: "N", 2021: "N"})

    years = by_year(factories.staff())

    assert years[2020]["new"] is None
    assert years[2021]["new"] == 0


def test_a_trial_by_a_standard_not_in_force_changes_no_figure(dong_mai):
    family = factories.household(dong_mai, statuses={2021: "CN"})
    factories.status(family, 2021, "N", standard=factories.standard(2022))

    assert by_year(factories.staff())[2021]["poor"] == 0


def test_the_two_levels_are_never_mixed(dong_mai):
    family = factories.household(dong_mai, statuses={2022: "CN"})
    factories.status(family, 2022, "K", level="national")

    national = poverty_by_year(Scope(factories.staff(), None, 2022, 2022, "national")).rows[0].cells

    assert (by_year(factories.staff())[2022]["near_poor"], national["near_poor"]) == (1, 0)


def test_a_published_count_stands_in_only_where_no_household_is_on_record(dong_mai):
    for year in (2023, 2024):
        CollectiveStatus.objects.create(year=year, level="city", measure="poor", count=7, source="báo cáo")
    factories.household(dong_mai, statuses={2023: "N"})

    years = by_year(factories.staff())

    assert (years[2023]["poor"], years[2024]["poor"]) == (1, 7)


def test_an_officer_counts_the_own_ward_only_and_a_leader_all(dong_mai):
    factories.household(dong_mai, statuses={2022: "N"})
    factories.household(factories.ward("Hà Cầu"), statuses={2022: "N"})

    assert by_year(factories.officer(dong_mai))[2022]["poor"] == 1
    assert by_year(factories.leader())[2022]["poor"] == 2
    assert by_year(factories.officer())[2022].get("poor") is None


def test_the_ward_of_the_day_counts_not_where_the_household_lives_now(dong_mai):
    ha_cau = factories.ward("Hà Cầu")
    family = factories.household(dong_mai, statuses={2021: "N"})
    family.ward, family.code = ha_cau, "x-1"
    family.save()

    assert by_year(factories.staff(), ward=dong_mai)[2021]["poor"] == 1
    assert by_year(factories.staff(), ward=ha_cau)[2021].get("poor") is None


def test_a_leader_gets_figures_without_links_to_people(dong_mai):
    factories.household(dong_mai, statuses={2022: "N"})

    table = poverty_by_year(Scope(factories.leader(), None, 2022, 2022))

    assert table.rows[0].cells["poor"] == 1
    assert not table.rows[0].links

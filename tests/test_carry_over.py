"""Last year's list confirmed or changed on one sheet: who is on it, what is written, what is refused."""

import pytest

from households.models import Household
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def dong_mai():
    return factories.ward("Đồng Mai")


def to_review(ward, year, level="city"):
    return set(Household.objects.to_review(ward, year, level).values_list("code", flat=True))


# --- who is to be reviewed ------------------------------------------------------------------


def test_who_was_followed_last_year_is_reviewed_this_year(dong_mai):
    for code, classification in {"POOR": "N", "NEAR": "CN", "HARD": "KK", "NONE": "K"}.items():
        factories.household(dong_mai, code=code, statuses={2023: classification})
    factories.household(dong_mai, code="EARLIER", statuses={2022: "N"})
    factories.household(dong_mai, code="NEVER")

    assert to_review(dong_mai, 2024) == {"POOR", "NEAR", "HARD"}


def test_who_was_judged_this_year_is_on_the_list_too(dong_mai):
    factories.household(dong_mai, code="NEW", statuses={2024: "K"})

    assert to_review(dong_mai, 2024) == {"NEW"}


def test_only_households_of_the_ward_that_are_still_there(dong_mai):
    factories.household(factories.ward("Biên Giang"), statuses={2023: "N"})
    gone = factories.household(dong_mai, statuses={2023: "N"})
    Household.objects.filter(pk=gone.pk).update(closed_on="2024-03-01", closed_as="left")

    assert to_review(dong_mai, 2024) == set()


def test_a_household_that_moved_here_is_reviewed_by_its_class_there(dong_mai):
    factories.household(dong_mai, code="CAME", statuses={})
    factories.status(Household.objects.get(), 2023, "N", ward=factories.ward("Biên Giang"))

    assert to_review(dong_mai, 2024) == {"CAME"}


def test_each_level_has_its_own_list(dong_mai):
    factories.household(dong_mai, code="CITY", statuses={2023: "N"})
    factories.household(dong_mai, code="LAND", statuses={2023: "N"}, level="national")

    assert to_review(dong_mai, 2024) == {"CITY"}
    assert to_review(dong_mai, 2024, "national") == {"LAND"}


def test_a_class_by_a_standard_not_in_force_puts_nobody_on_the_list(dong_mai):
    family = factories.household(dong_mai)
    factories.status(family, 2023, "N", standard=factories.standard(2020))

    assert to_review(dong_mai, 2024) == set()

"""Households that answer to what is being typed into the form of help."""

import pytest
from django.urls import reverse

from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]


@pytest.fixture
def officer(client, dong_mai):
    user = factories.officer(dong_mai)
    client.force_login(user)
    return user


def suggested(client, **query):
    answer = client.get(reverse("household-suggest"), query)
    assert answer.status_code == 200
    return answer


@pytest.mark.usefixtures("officer")
def test_names_are_found_without_diacritics_and_in_the_officers_ward_only(client, dong_mai):
    factories.household(dong_mai, head="Nguyễn Thị Hòa")
    factories.household(dong_mai, head="Trần Văn Đức")
    factories.household(factories.ward("Biên Giang"), head="Nguyễn Thị Hoa")

    page = suggested(client, household_search="nguyen thi hoà").content.decode()
    assert "Nguyễn Thị Hòa" in page
    assert "Trần Văn Đức" not in page
    assert "Nguyễn Thị Hoa" not in page


@pytest.mark.usefixtures("officer")
def test_at_most_ten_are_suggested_and_it_says_that_there_are_more(client, dong_mai):
    for number in range(12):
        factories.household(dong_mai, head=f"Nguyễn Thị Hoa {number}")
    answer = suggested(client, household_search="hoa")
    assert answer.content.decode().count('type="radio"') == 10
    assert answer.context["form"].pick.more


@pytest.mark.usefixtures("officer")
def test_a_single_household_is_ticked_and_its_members_may_be_chosen(client, dong_mai):
    factories.household(dong_mai, head="Nguyễn Thị Hoà", members=[{"name": "Nguyễn Văn Con"}])
    page = suggested(client, household_search="hoa").content.decode()
    assert "checked" in page
    assert "Nguyễn Văn Con" in page


@pytest.mark.usefixtures("officer")
def test_personal_numbers_are_not_shown(client, dong_mai):
    family = factories.household(dong_mai, head="Nguyễn Thị Hoà")
    head = family.members.get()
    head.id_number = "001160001234"
    head.save()
    assert "001160001234" not in suggested(client, household_search="hoa").content.decode()
    assert "Nguyễn Thị Hoà" in suggested(client, household_search="001160001234").content.decode()


@pytest.mark.usefixtures("officer")
@pytest.mark.parametrize("text", ["", "h", "\x00", "x" * 5000, "%", "_", "'", "zzz"])
def test_nothing_typed_breaks_it(client, dong_mai, text):
    factories.household(dong_mai, head="Nguyễn Thị Hoà")
    assert 'type="radio"' not in suggested(client, household_search=text, household="abc").content.decode()


def test_a_foreign_household_cannot_be_ticked(client, officer):
    foreign = factories.household(factories.ward("Biên Giang"), head="Lê Thị Kín")
    assert "Lê Thị Kín" not in suggested(client, household=foreign.pk).content.decode()


@pytest.mark.usefixtures("officer")
def test_the_number_of_queries_does_not_grow_with_the_households(client, dong_mai, django_assert_max_num_queries):
    def count():
        with django_assert_max_num_queries(30) as captured:
            suggested(client, household_search="hoa")
        return len(captured)

    for number in range(2):
        factories.household(dong_mai, head=f"Nguyễn Thị Hoa {number}")
    few = count()
    for number in range(8):
        factories.household(dong_mai, head=f"Trần Thị Hoa {number}")
    assert count() == few


@pytest.mark.parametrize("role", ["leader", "admin"])
def test_leaders_and_administrators_get_no_suggestion(client, role):
    client.force_login(getattr(factories, role)())
    assert client.get(reverse("household-suggest"), {"household_search": "hoa"}).status_code == 403

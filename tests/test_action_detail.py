"""One record of help, and the household's part of its page."""

import pytest
from django.template import Context, Template
from django.urls import reverse

from support.services import void_support
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]


@pytest.fixture
def family():
    return factories.household(factories.ward("Đồng Mai"), head="Nguyễn Thị Hoà", members=2)


@pytest.fixture
def officer(client, family):
    user = factories.officer(family.ward)
    client.force_login(user)
    client.cookies["django_language"] = "en"
    return user


@pytest.mark.usefixtures("officer")
def test_every_line_stands_under_its_nature_and_unknown_amounts_say_so(client, family):
    action = factories.support(
        family, paid_by={"NS_QUAN": (400_000_000, "grant"), "XHH": (8_000_000, "in_kind"), "KHAC": (None, "in_kind")}
    )
    answer = client.get(reverse("action-detail", args=[action.pk]))

    assert dict(answer.context["money_totals"]) == {
        "grant": (400_000_000, ""),
        "in kind": (8_000_000, ""),
        "loan": (None, ""),
    }
    page = answer.content.decode()
    assert "amount not known" in page
    assert f'href="{reverse("household-detail", args=[family.pk])}"' in page


@pytest.mark.usefixtures("officer")
def test_a_group_is_told_in_words_with_its_doubt(client, family):
    action = factories.support(
        family.ward, policy="health", count=8000, group_name="hội viên", qualifier="near", persons_reported=7900
    )
    page = client.get(reverse("action-detail", args=[action.pk])).content.decode()
    assert "nearly 8,000 times, hội viên" in page
    assert "nearly 7,900 persons" in page


@pytest.mark.usefixtures("officer")
def test_the_page_tells_what_happened_to_the_record(client, family):
    action = factories.support(family, paid_by={"NS_QUAN": 20_000_000})
    history = client.get(reverse("action-detail", args=[action.pk])).context["history"]
    assert len(history) == 1


@pytest.mark.usefixtures("officer")
def test_the_number_of_queries_does_not_grow_with_the_lines(client, family, django_assert_max_num_queries):
    def count(action):
        with django_assert_max_num_queries(40) as captured:
            client.get(reverse("action-detail", args=[action.pk]))
        return len(captured)

    few = factories.support(family, paid_by={"NS_QUAN": 1})
    many = factories.support(family, paid_by={f"S{number}": number for number in range(1, 15)})
    assert count(few) == count(many)


# --- on the household's page ----------------------------------------------------------------


def drawn(user, household) -> str:
    class Request:
        pass

    request = Request()
    request.user = user
    from django.contrib.auth.context_processors import PermWrapper

    template = Template('{% include "support/_household_actions.html" %}')
    return template.render(Context({"request": request, "perms": PermWrapper(user), "household": household}))


def test_a_household_shows_its_standing_and_void_help_with_money_by_nature(officer, family):
    factories.support(family, paid_by={"NS_QUAN": 20_000_000, "XHH": (5_000_000, "in_kind")})
    void = factories.support(family, paid_by={"NS_QUAN": 999_000_000})
    void_support(by=officer, action=void, version=1, reason="nhập trùng")

    page = drawn(officer, family)
    assert "<strong>1</strong> time" in page
    assert "grant <strong>20,000,000</strong> · in kind <strong>5,000,000</strong> · loan <strong>—</strong>" in page
    assert "nhập trùng" in page
    assert f"?household={family.pk}" in page


def test_help_of_a_household_is_drawn_for_those_who_may_see_it_only(family):
    factories.support(family, paid_by={"NS_QUAN": 20_000_000})
    assert "20,000,000" not in drawn(factories.officer(factories.ward("Biên Giang")), family)
    assert drawn(factories.leader(), family).strip() == ""


def test_the_households_part_costs_six_queries_however_many_records(officer, family, django_assert_num_queries):
    for _number in range(5):
        factories.support(family, paid_by={"NS_QUAN": 1, "XHH": 2})
    with django_assert_num_queries(6):  # records, their policies, wards, heads, lines, sources
        drawn(officer, family)

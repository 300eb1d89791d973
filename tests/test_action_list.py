"""The list of help: what it lets through, what it says of it, in how many queries."""

from datetime import date

import pytest
from django.http import QueryDict
from django.urls import reverse

from support.filters import SupportActionFilter
from support.models import HousingDetail, SupportAction
from support.services import void_support
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]


@pytest.fixture
def family(dong_mai):
    return factories.household(dong_mai, head="Nguyễn Thị Hoà")


@pytest.fixture
def officer(client, dong_mai):
    user = factories.officer(dong_mai)
    client.force_login(user)
    client.cookies["django_language"] = "en"
    return user


@pytest.fixture
def staff(client):
    user = factories.staff()
    client.force_login(user)
    client.cookies["django_language"] = "en"
    return user


def listed(client, query="") -> set:
    """Keys of the records on the page."""
    answer = client.get(f"{reverse('action-list')}?{query}")
    assert answer.status_code == 200
    return {row.action.pk for row in answer.context["page_obj"].object_list}


def let_through(query: str) -> set:
    return {action.pk for action in SupportActionFilter(QueryDict(query), SupportAction.objects.all()).qs}


# --- whose rows -----------------------------------------------------------------------------


@pytest.mark.usefixtures("officer")
def test_an_officer_sees_the_help_of_her_ward_only(client, family):
    own = factories.support(family)
    foreign = factories.support(factories.household(factories.ward("Biên Giang")))
    factories.support(None, policy="health", count=5)

    assert listed(client) == {own.pk}
    assert listed(client, f"ward={foreign.ward_id}") == set()
    assert listed(client, f"household={foreign.household_id}") == set()
    assert listed(client, "ward=none") == set()


@pytest.mark.usefixtures("officer")
def test_a_foreign_household_is_not_named_by_the_filter(client):
    foreign = factories.household(factories.ward("Biên Giang"), head="Lê Thị Kín")
    page = client.get(reverse("action-list"), {"household": foreign.pk}).content.decode()
    assert "Lê Thị Kín" not in page
    assert foreign.code not in page


def test_nobody_sees_everything_by_having_no_ward(client, family):
    factories.support(family)
    client.force_login(factories.officer())
    assert listed(client) == set()


@pytest.mark.parametrize("role", ["leader", "admin"])
def test_leaders_and_administrators_see_no_rows(client, role):
    client.force_login(getattr(factories, role)())
    assert client.get(reverse("action-list")).status_code == 403
    assert client.get(reverse("action-export")).status_code == 403


@pytest.mark.usefixtures("staff")
def test_the_list_opens_on_the_ward_one_works_in_until_told_otherwise(client, family, dong_mai):
    here = factories.support(family)
    there = factories.support(factories.household(factories.ward("Biên Giang")))
    session = client.session
    session["working_ward"] = dong_mai.pk
    session.save()

    assert listed(client) == {here.pk}
    assert listed(client, "ward=") == {here.pk, there.pk}
    assert listed(client, f"household={there.household_id}") == {there.pk}
    chip = client.get(reverse("action-list")).context["chips"][0]
    assert listed(client, chip["url"].split("?")[1]) == {here.pk, there.pk}


# --- each condition -------------------------------------------------------------------------


def test_every_condition_lets_through_what_it_names(dong_mai, family):
    bien_giang = factories.ward("Biên Giang")
    computer = factories.support(
        family,
        policy="SMT",
        count=1,
        unit="computer",
        paid_by={"XHH": (8_000_000, "in_kind")},
        beneficiary_group="poor",
    )
    loan = factories.support(family, policy="TYM", on=date(2022, 3, 1), paid_by={"TYM": 10_000_000})
    tuition = factories.support(
        None,
        policy="HP_MIEN",
        count=341,
        group_name="trẻ em hộ cận nghèo",
        on=date(2021, 1, 1),
        until=date(2022, 12, 31),
    )
    other = factories.support(
        factories.household(bien_giang, head="Trần Văn Đức"), policy="NHA_XM", decision_number="77/QĐ-UBND"
    )

    assert let_through("policy=SMT") == {computer.pk}
    assert let_through("policy=SMT&policy=TYM") == {computer.pk, loan.pk}
    assert let_through("category=education") == {computer.pk, tuition.pk}
    assert let_through("category=loans&category=housing") == {loan.pk, other.pk}
    assert let_through(f"ward={dong_mai.pk}") == {computer.pk, loan.pk}
    assert let_through("ward=none") == {tuition.pk}
    assert let_through(f"ward=none&ward={bien_giang.pk}") == {tuition.pk, other.pk}
    assert let_through("source=XHH") == {computer.pk}
    assert let_through("source=XHH&source=TYM") == {computer.pk, loan.pk}
    assert let_through("nature=in_kind&nature=loan") == {computer.pk, loan.pk}
    assert let_through("group=poor") == {computer.pk}
    assert let_through("thing=computer") == {computer.pk}
    assert let_through("kind=named") == {computer.pk, loan.pk, other.pk}
    assert let_through("kind=collective") == {tuition.pk}
    assert let_through(f"household={family.pk}") == {computer.pk, loan.pk}
    assert let_through("q=nguyen thi hoa") == {computer.pk, loan.pk}
    assert let_through("q=tre em") == {tuition.pk}
    assert let_through("q=77/qd") == {other.pk}
    assert let_through("category=education&kind=named") == {computer.pk}


def test_loans_and_houses_are_found_by_what_their_kind_records(family):
    poor, other = factories.loan(family, programme="01"), factories.loan(family, policy="TYM", programme="TYM")
    untold = factories.support(family, policy="TYM", paid_by={"TYM": None})
    done = factories.support(family, policy="NHA_XM")
    HousingDetail(action=done, work="new", handed_over_on=date(2024, 8, 1)).save()
    begun = factories.support(family, policy="NHA_SC")
    HousingDetail(action=begun, work="repair").save()

    assert let_through("programme=01") == {poor.pk}
    assert let_through("programme=01&programme=none&category=loans") == {poor.pk, untold.pk}
    assert let_through("programme=TYM") == {other.pk}
    assert let_through("work=new&work=turnkey") == {done.pk}
    assert let_through("work=none&category=housing") == set()
    assert let_through("handed_over=2024-08-01") == {done.pk}
    assert let_through("handed_over=2024-07-31") == set()
    assert let_through("amount=unknown") == {untold.pk}
    assert let_through("amount=known&category=loans") == {poor.pk, other.pk}


def test_a_source_and_a_nature_must_meet_on_one_line(family):
    factories.support(family, paid_by={"NS_QUAN": (1_000_000, "grant"), "XHH": (2_000_000, "in_kind")})
    assert let_through("source=NS_QUAN&nature=in_kind") == set()
    assert len(let_through("source=XHH&nature=in_kind")) == 1


def test_years_let_in_only_what_lies_whole_inside(family):
    one_day = factories.support(family, on=date(2022, 5, 10))
    two_years = factories.support(family, on=date(2021, 9, 1), until=date(2022, 5, 31))
    undated = factories.support(None, policy="health", count=500, on=None)
    whole_year = factories.support(family, on=date(2022, 1, 1), until=date(2022, 12, 31))

    assert let_through("first_year=2022&last_year=2022") == {one_day.pk, whole_year.pk}
    assert let_through("first_year=2021&last_year=2022") == {one_day.pk, two_years.pk, whole_year.pk}
    assert let_through("first_year=2021&last_year=2022&open_ended=1") == {
        one_day.pk,
        two_years.pk,
        whole_year.pk,
        undated.pk,
    }
    assert let_through("first_year=2022") == {one_day.pk, whole_year.pk}
    assert let_through("last_year=2021") == set()
    assert let_through("year=2022") == {one_day.pk, whole_year.pk}
    assert let_through("year=many") == {two_years.pk, undated.pk}
    assert let_through("year=2022&year=many") == {one_day.pk, whole_year.pk, two_years.pk, undated.pk}
    assert let_through("year=many&first_year=2021&last_year=2022") == {two_years.pk}


def test_universal_policies_may_be_left_out_or_seen_alone(family):
    targeted = factories.support(family)
    policy = factories.policy("HP_COVID")
    policy.universal = True
    policy.save()
    universal = factories.support(None, policy=policy, count=100)

    assert let_through("") == {targeted.pk, universal.pk}
    assert let_through("universal=0") == {targeted.pk}
    assert let_through("universal=1") == {universal.pk}


def test_void_records_are_listed_only_when_asked_for(family):
    standing, void = factories.support(family), factories.support(family)
    void_support(by="test", action=void, version=1, reason="nhập trùng")

    assert let_through("") == let_through("status=standing") == {standing.pk}
    assert let_through("status=void") == {void.pk}
    assert let_through("status=all") == {standing.pk, void.pk}
    assert {each.pk for each in SupportActionFilter(None, SupportAction.objects.all()).qs} == {standing.pk}


def test_the_sieve_takes_a_plain_dictionary_as_figures_give_it(family):
    action = factories.support(family, policy="SMT")
    for policy in ("SMT", ["SMT", "HB_VNN"]):
        asked = {"first_year": 2020, "last_year": 2025, "open_ended": 1, "universal": 0, "policy": policy, "ward": ""}
        assert list(SupportActionFilter(asked, SupportAction.objects.all()).qs) == [action]


BAD = ["abc", "\x00", "-1", str(2**70), "1.5", "' OR 1=1", "x" * 300, "٣", "9999", "0"]


@pytest.mark.usefixtures("staff")
@pytest.mark.parametrize("name", sorted(SupportActionFilter.base_filters))
def test_a_value_that_cannot_be_right_lets_nothing_through_and_breaks_nothing(client, family, name):
    factories.support(family)
    for bad in BAD:
        for url in (reverse("action-list"), reverse("action-export")):
            answer = client.get(url, {name: bad, "sort": bad, "page": bad})
            assert answer.status_code in (200, 302), (name, bad, url)
    if name not in ("q", "open_ended", "universal"):
        assert listed(client, f"{name}=zz") == set()


@pytest.mark.usefixtures("staff")
def test_a_wrong_value_is_told_and_the_export_sends_one_back_to_be_told(client, family):
    factories.support(family)
    page = client.get(reverse("action-list"), {"first_year": "abc"}).content.decode()
    assert "From year" in page
    assert "notice-error" in page
    assert client.get(reverse("action-export"), {"first_year": "abc"}).url == "/support/?first_year=abc"


# --- what is said of them -------------------------------------------------------------------


@pytest.mark.usefixtures("staff")
def test_two_lines_of_funding_do_not_double_the_times_or_the_households(client, family):
    factories.support(family, count=34, unit="house", paid_by={"NS_QUAN": 400_000_000, "XHH": 3_077_000_000})
    factories.support(family, policy="TYM", paid_by={"TYM": 10_000_000})
    factories.support(None, policy="health", count=8000, paid_by={"XHH": (None, "in_kind")}, qualifier="near")

    totals = client.get(reverse("action-list")).context["totals"]
    assert totals.records == 3
    assert totals.in_words() == (
        "nearly 8,002 times · 1 named household · grant 3,477,000,000 · in kind — · loan 10,000,000"
    )


@pytest.mark.usefixtures("staff")
def test_an_inexact_amount_marks_its_row_and_its_sum(client, family):
    factories.support(family, paid_by={"XHH": 382_000_000}, amount_is="over")
    factories.support(family, paid_by={"XHH": 1_000_000})

    answer = client.get(reverse("action-list"))
    assert answer.context["totals"].money["grant"] == (383_000_000, "over")
    assert '<span class="mark">over</span> 382,000,000' in answer.content.decode()


@pytest.mark.usefixtures("staff")
def test_only_the_money_of_the_sources_asked_for_is_shown_and_added_up(client, family):
    factories.support(family, paid_by={"NS_QUAN": 400_000_000, "XHH": 3_077_000_000})

    answer = client.get(reverse("action-list"), {"source": "NS_QUAN"})
    [row] = answer.context["page_obj"].object_list
    assert row.money["grant"].amount == answer.context["totals"].money["grant"].amount == 400_000_000
    assert "Money is only that of the sources" in answer.content.decode()


@pytest.mark.usefixtures("staff")
def test_chips_say_each_condition_and_take_it_away(client, family):
    factories.support(family, policy="SMT")
    chips = client.get(f"{reverse('action-list')}?policy=SMT&policy=HB_VNN&kind=named").context["chips"]

    assert [(chip["label"], chip["url"]) for chip in chips] == [
        ("Policy", "/support/?policy=HB_VNN&kind=named"),
        ("Policy", "/support/?policy=SMT&kind=named"),
        ("Given to", "/support/?policy=SMT&policy=HB_VNN"),
    ]


@pytest.mark.usefixtures("staff")
def test_the_list_sorts_by_its_columns_and_unknown_amounts_come_last(client, dong_mai):
    first = factories.support(
        factories.household(dong_mai, head="Trần Văn Ân"), paid_by={"NS_QUAN": 5}, on=date(2021, 1, 1)
    )
    second = factories.support(
        factories.household(dong_mai, head="Lê Thị Đào"), paid_by={"NS_QUAN": 7}, on=date(2022, 1, 1)
    )
    third = factories.support(
        factories.household(dong_mai, head="Vũ Văn Dũng"), paid_by={"NS_QUAN": None}, on=date(2023, 1, 1)
    )

    def order(sort):
        page = client.get(reverse("action-list"), {"sort": sort}).context["page_obj"]
        return [[first, second, third].index(row.action) for row in page.object_list]

    assert order("") == order("-date") == order("nonsense") == [2, 1, 0]
    assert order("date") == [0, 1, 2]
    assert order("beneficiary") == [0, 2, 1]  # Ân, Dũng, Đào
    assert order("grant") == [0, 1, 2]
    assert order("-grant") == [1, 0, 2]
    for sort in ("policy", "-policy", "ward", "-ward", "times", "things", "-things", "in_kind", "-loan"):
        assert sorted(order(sort)) == [0, 1, 2]


@pytest.mark.usefixtures("staff")
def test_fifty_a_page_and_a_page_beyond_the_last_is_the_last(client, family):
    for _number in range(51):
        factories.support(family)
    assert len(listed(client)) == 50
    assert len(listed(client, "page=2")) == len(listed(client, "page=99")) == 1


@pytest.mark.usefixtures("staff")
def test_htmx_gets_the_results_alone_and_a_restored_page_whole(client, family):
    factories.support(family)
    url = reverse("action-list")
    part = client.get(url, headers={"HX-Request": "true"})
    assert part.content.lstrip().startswith(b'<section id="results"')
    assert "HX-Request" in part["Vary"]
    whole = client.get(url, headers={"HX-Request": "true", "HX-History-Restore-Request": "true"})
    assert b"<!doctype html>" in whole.content.lower()


@pytest.mark.usefixtures("officer")
def test_an_empty_list_says_why_and_what_to_do(client):
    assert "No support is on record yet" in client.get(reverse("action-list")).content.decode()
    assert "No record matches" in client.get(reverse("action-list"), {"q": "không có"}).content.decode()


def _queries(client, django_assert_max_num_queries, url) -> int:
    with django_assert_max_num_queries(40) as captured:
        assert client.get(url).status_code == 200
    return len(captured)


@pytest.mark.usefixtures("staff")
@pytest.mark.parametrize("query", ["", "policy=housing&source=NS_QUAN&sort=beneficiary&q=nguyen", "sort=-grant"])
def test_the_number_of_queries_does_not_grow_with_the_rows(client, django_assert_max_num_queries, dong_mai, query):
    def add(count):
        for number in range(count):
            family = factories.household(dong_mai, head=f"Nguyễn Văn {number}", members=3)
            child = family.members.get(name="Nguyễn Văn Bình", birth_year=1990)
            factories.support(family, member=child, paid_by={"NS_QUAN": 1, "XHH": 2, "VNN_QUAN": 3})
        factories.support(dong_mai, policy="health", count=number, paid_by={"NS_QUAN": 1, "XHH": 2})

    url = f"{reverse('action-list')}?{query}"
    add(3)
    few = _queries(client, django_assert_max_num_queries, url)
    add(30)
    assert _queries(client, django_assert_max_num_queries, url) == few


@pytest.mark.usefixtures("staff")
def test_the_page_costs_this_many_queries(client, family, django_assert_num_queries):
    factories.support(family, paid_by={"NS_QUAN": 1, "XHH": 2})
    client.get(reverse("action-list"))
    with django_assert_num_queries(PAGE_QUERIES):
        client.get(reverse("action-list"))


# Session, user, dataset, wards; counts, households, money; rows and their policies, wards, heads, lines, sources;
# policies, wards and sources to choose from.
PAGE_QUERIES = 16

"""Help that repeats what is on record: told before it is saved, never forbidden, never telling another ward's affairs."""

from datetime import date

import pytest
from django.urls import reverse

from households.life import close_duplicate, move_to_ward
from support.models import (
    GiftDetail,
    HousingDetail,
    InsuranceDetail,
    LoanDetail,
    ReliefDetail,
    SupportAction,
    TuitionDetail,
    detail_of,
)
from support.overlap import overlaps, overlaps_of
from tests import factories
from tests.action_sheets import line, sheet
from tests.api import Api

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]

MAY = date(2024, 5, 10)


@pytest.fixture
def family(dong_mai):
    return factories.household(dong_mai, head="Nguyễn Thị Hoà", members=3)


def given(family, policy="QUA_TET", detail=None, **fields) -> SupportAction:
    """Help on record, with what its kind records."""
    action = factories.support(family, policy=policy, **fields)
    if detail is not None:
        detail.action = action
        detail.save()
    return SupportAction.objects.get(pk=action.pk)


def typed(family, policy="QUA_TET", *, member=None, on=MAY, until=None) -> SupportAction:
    """Help that is about to be recorded."""
    return SupportAction(
        policy=factories.policy(policy), household=family, member=member, period_from=on, period_to=until or on
    )


def repeated(by, action, detail=None) -> list[int]:
    return [each.action.pk for each in overlaps_of(action, detail, by=by)]


# --- the same days, the same people ---------------------------------------------------------


def test_help_of_the_same_policy_and_day_is_told_with_whom_it_reached_and_what_was_paid(officer, family):
    before = given(family, on=MAY, paid_by={"NS_QUAN": 300_000})

    [told] = overlaps_of(typed(family), None, by=officer)

    assert (told.action, told.period, told.whom) == (before, "10/05/2024", "the whole household")
    assert told.money == "grant 300,000 đồng"
    assert str(told) == (
        f"“{before.policy}” is on record for this period already: "
        f"10/05/2024, the whole household, grant 300,000 đồng (record {before.pk})."
    )


def test_it_does_not_matter_who_paid(officer, family):
    given(family, on=MAY, paid_by={"XHH": 300_000})

    assert repeated(officer, typed(family))


def test_another_policy_household_or_day_is_no_repetition(officer, family, dong_mai):
    given(family, "KCB")
    given(factories.household(dong_mai))
    given(family, on=date(2024, 5, 9))
    given(dong_mai, on=MAY, count=40)

    assert repeated(officer, typed(family)) == []


def test_void_help_is_no_repetition(officer, family):
    before = given(family)
    SupportAction.objects.filter(pk=before.pk).update(voided_at="2024-06-01T00:00:00Z", void_reason="nhập nhầm")

    assert repeated(officer, typed(family)) == []


@pytest.mark.parametrize(
    ("on", "until", "repeats"),
    [
        (date(2024, 5, 1), date(2024, 5, 10), True),
        (date(2024, 5, 10), date(2024, 6, 1), True),
        (date(2024, 1, 1), None, True),  # nobody said when it ended
        (date(2024, 5, 1), date(2024, 5, 9), False),
        (date(2024, 5, 11), date(2024, 6, 1), False),
    ],
)
def test_periods_that_touch_are_the_same_period(officer, family, on, until, repeats):
    before = given(family, "TCXH", on=on)
    SupportAction.objects.filter(pk=before.pk).update(period_to=until)

    assert bool(repeated(officer, typed(family, "TCXH"))) is repeats


def test_help_to_all_of_a_household_reaches_each_of_its_members(officer, family):
    _head, one, other = family.members.order_by("pk")
    whole, for_one = given(family), given(family, member=one)

    assert repeated(officer, typed(family, member=one)) == [whole.pk, for_one.pk]
    assert repeated(officer, typed(family, member=other)) == [whole.pk]
    assert repeated(officer, typed(family)) == [whole.pk, for_one.pk]


def test_a_record_does_not_repeat_itself(officer, family):
    before, again = given(family), given(family)

    assert repeated(officer, before) == [again.pk]


def test_collective_help_repeats_nobodys(officer, family, dong_mai):
    given(family)
    collective = SupportAction(policy=factories.policy("QUA_TET"), ward=dong_mai, period_from=MAY, period_to=MAY)

    assert repeated(officer, collective) == []


# --- the same period, kind by kind ----------------------------------------------------------


def tuition(year=None, months=None) -> TuitionDetail:
    return TuitionDetail(school_year=year, months=months)


@pytest.mark.parametrize(
    ("on_record", "now", "repeats"),
    [
        ((2023, 9), (2023, 9), True),
        ((2023, 5), (2023, 4), False),  # two halves of one school year
        ((2023, 5), (2023, 5), True),  # ten months are one too many
        ((2023, None), (2023, 4), True),  # who does not say, paid for the whole year
        ((2022, 9), (2023, 9), False),
    ],
)
def test_tuition_is_repeated_within_a_school_year(officer, family, on_record, now, repeats):
    child = family.members.last()
    given(family, "CPHT", tuition(*on_record), member=child, on=date(2024, 1, 15))

    assert bool(repeated(officer, typed(family, "CPHT", member=child), tuition(*now))) is repeats


def test_three_payments_of_a_school_year_are_added_up(officer, family):
    child = family.members.last()
    halves = [
        given(family, "CPHT", tuition(2023, months), member=child, on=date(2024, month, 1))
        for months, month in ((4, 1), (5, 4))
    ]

    assert repeated(officer, typed(family, "CPHT", member=child), tuition(2023, 1)) == [each.pk for each in halves]


def test_payments_of_two_school_years_may_fall_on_one_day_but_two_of_one_year_may_not(officer, family):
    child = family.members.last()
    given(family, "CPHT", tuition(2022, 4), member=child, on=MAY)
    same = given(family, "CPHT", tuition(2023, 4), member=child, on=MAY)

    assert repeated(officer, typed(family, "CPHT", member=child), tuition(2023, 4)) == [same.pk]


def test_tuition_without_a_school_year_is_compared_by_its_days(officer, family):
    child = family.members.last()
    before = given(family, "CPHT", member=child, on=MAY)

    assert repeated(officer, typed(family, "CPHT", member=child), tuition(2023, 9)) == [before.pk]
    assert repeated(officer, typed(family, "CPHT", member=child, on=date(2024, 6, 1)), tuition(2023, 9)) == []


def insurance(first, last=None) -> InsuranceDetail:
    return InsuranceDetail(scheme="bhyt", month_from=first, month_to=last)


@pytest.mark.parametrize(
    ("first", "last", "repeats"),
    [
        (date(2024, 1, 1), date(2024, 6, 1), True),
        (date(2023, 1, 1), date(2023, 12, 1), False),
        (date(2024, 1, 1), None, True),  # to the end of its year
        (date(2023, 1, 1), None, False),
    ],
)
def test_cards_repeat_each_other_by_their_months_whenever_they_were_handed_over(officer, family, first, last, repeats):
    given(family, "BHYT_CN", insurance(first, last), on=date(2023, 12, 20))

    card = insurance(date(2024, 6, 1), date(2024, 12, 1))
    assert bool(repeated(officer, typed(family, "BHYT_CN"), card)) is repeats


def test_a_loan_is_repeated_as_long_as_something_is_owed(officer, family, dong_mai):
    owing = factories.loan(family, on=date(2020, 3, 10), term_months=12)
    other = factories.household(dong_mai)
    factories.loan(other, 5_000_000, on=date(2020, 3, 10), repaid={date(2021, 2, 1): 5_000_000}, term_months=36)

    assert repeated(officer, typed(family, "NHCSXH_HN"), LoanDetail(term_months=12)) == [owing.pk]
    assert repeated(officer, typed(other, "NHCSXH_HN"), LoanDetail()) == []
    earlier = typed(other, "NHCSXH_HN", on=date(2019, 12, 1))
    assert repeated(officer, earlier, LoanDetail()) == []
    assert repeated(officer, earlier, LoanDetail(term_months=6))
    assert repeated(officer, earlier, LoanDetail(term_months=60_000))  # typed wrongly, refused when it is saved


def test_a_house_is_not_built_twice_in_one_year(officer, family):
    before = given(family, "NHA_XM", HousingDetail(work="new"), on=date(2024, 2, 1))

    assert repeated(officer, typed(family, "NHA_XM", on=date(2024, 11, 1))) == [before.pk]
    assert repeated(officer, typed(family, "NHA_XM", on=date(2025, 1, 2))) == []


def test_a_present_is_repeated_on_the_same_occasion(officer, family):
    before = given(family, "QUA_TET", GiftDetail(occasion="tet"), on=date(2023, 12, 28))

    assert repeated(officer, typed(family, on=date(2024, 2, 5)), GiftDetail(occasion="tet")) == [before.pk]
    assert repeated(officer, typed(family, on=date(2024, 12, 28)), GiftDetail(occasion="tet")) == []
    assert repeated(officer, typed(family, on=date(2023, 12, 28)), GiftDetail(occasion="17_10")) == []


def test_relief_is_repeated_for_the_same_event(officer, family):
    fire = {"event": "cháy nhà", "event_on": date(2024, 3, 1)}
    before = given(family, "DOT_XUAT", ReliefDetail(**fire), on=date(2024, 3, 3))

    assert repeated(officer, typed(family, "DOT_XUAT", on=date(2024, 4, 1)), ReliefDetail(**fire)) == [before.pk]
    flood = ReliefDetail(event="ngập", event_on=date(2024, 3, 2))
    assert repeated(officer, typed(family, "DOT_XUAT", on=date(2024, 3, 3)), flood) == []


# --- who is the same, and who may read it ---------------------------------------------------


def test_a_household_that_moved_in_brings_its_help_along(officer, family, dong_mai):
    from_elsewhere = factories.household(factories.ward("Biên Giang"))
    before = given(from_elsewhere, on=MAY)
    assert repeated(officer, typed(from_elsewhere)) == []

    move_to_ward(by="test", household=from_elsewhere, version=1, day=date(2024, 9, 1), ward=dong_mai)

    from_elsewhere.refresh_from_db()
    assert repeated(officer, typed(from_elsewhere)) == [before.pk]


def test_a_household_entered_twice_repeats_the_help_of_the_other(officer, family, dong_mai):
    twin = factories.household(dong_mai, head="Nguyễn Thị Hoà", members=3)
    whole, hers = given(twin), given(twin, member=twin.members.first())
    close_duplicate(by="test", household=family, version=1, other=twin, day=date(2024, 9, 1))

    assert repeated(officer, typed(family, member=family.members.first())) == [whole.pk, hers.pk]
    assert repeated(officer, typed(family, member=family.members.last())) == [whole.pk]


def test_a_person_who_changed_household_is_known_by_the_number(officer, family, dong_mai):
    son = family.members.last()
    son.id_number = "001090000123"
    son.save()
    given(family)
    before = given(family, member=son)
    own = factories.household(dong_mai, members=[{"name": son.name, "id_number": son.id_number}])

    assert repeated(officer, typed(own, member=own.members.last())) == [before.pk]
    assert repeated(officer, typed(own, member=own.members.first())) == []


def test_help_to_the_same_person_in_another_ward_is_not_even_hinted_at(officer, family):
    person = {"name": "Đỗ Văn Nam", "id_number": "001090000123"}
    here, there = factories.member(family, **person), factories.household(factories.ward("Biên Giang"))
    before = given(there, member=factories.member(there, **person))

    assert repeated(officer, typed(family, member=here)) == []
    assert repeated(factories.staff(), typed(family, member=here)) == [before.pk]


def test_nothing_is_told_of_a_household_that_the_reader_may_not_open(family):
    given(family)

    for stranger in (factories.officer(factories.ward("Biên Giang")), factories.leader(), factories.admin()):
        assert repeated(stranger, typed(family)) == []


def test_many_rows_are_compared_in_as_many_queries_as_one(officer, dong_mai, django_assert_max_num_queries):
    families = [factories.household(dong_mai, members=2) for _number in range(6)]
    for family in families:
        child = family.members.last()
        child.id_number = f"00109000012{family.pk % 10}"
        child.save()
        factories.loan(family)
        given(family, member=child)
    rows = [(typed(family, member=family.members.last()), None) for family in families]
    rows += [(typed(family, "NHCSXH_HN", on=date(2022, 3, 10)), LoanDetail()) for family in families]
    for action, _detail in rows:
        assert action.policy.category  # loaded before the queries are counted

    with django_assert_max_num_queries(6):
        found = overlaps(rows, by=officer)
        assert [str(each) for each in found[0]]

    assert [len(each) for each in found] == [1] * 12


# --- on the form ----------------------------------------------------------------------------


@pytest.fixture
def page(client, officer):
    client.force_login(officer)
    client.cookies["django_language"] = "en"
    return client


def gift(family, **fields) -> dict:
    tet = {"policy": factories.policy("QUA_TET").pk, "gift-occasion": "tet", "household": family.pk}
    return sheet(line(factories.source("NS_QUAN"), "500.000"), **tet, **fields)


def shown(answer) -> str:
    return answer.content.decode().partition('name="overlaps_seen" value="')[2].partition('"')[0]


def test_without_scripts_the_first_save_shows_what_is_repeated_and_the_second_saves(page, family):
    before = given(family, "QUA_TET", GiftDetail(occasion="tet"))
    data = gift(family, note="của Hội Chữ thập đỏ")

    asked = page.post(reverse("action-create"), data)

    assert (asked.status_code, SupportAction.objects.count()) == (422, 1)
    assert "Not saved yet" in asked.content.decode()
    assert "Save all the same" in asked.content.decode()
    assert f'href="{reverse("action-detail", args=[before.pk])}"' in asked.content.decode()
    assert 'value="của Hội Chữ thập đỏ"' in asked.content.decode()
    assert shown(asked) == str(before.pk)

    saved = page.post(reverse("action-create"), data | {"overlaps_seen": shown(asked)})

    assert (saved.status_code, SupportAction.objects.count()) == (302, 2)


def test_what_was_told_while_typing_is_not_asked_again(page, family):
    before = given(family, "QUA_TET", GiftDetail(occasion="tet"))
    data = gift(family)

    told = page.post(reverse("action-create"), data | {"then": "rate"}, headers={"hx-request": "true"})

    assert 'hx-swap-oob="true"' in told.content.decode()
    assert shown(told) == str(before.pk)
    assert page.post(reverse("action-create"), data | {"overlaps_seen": shown(told)}).status_code == 302


def test_seeing_one_record_is_not_seeing_another(page, family):
    first = given(family, "QUA_TET", GiftDetail(occasion="tet"))
    given(family, "QUA_TET", GiftDetail(occasion="tet"))

    assert page.post(reverse("action-create"), gift(family, overlaps_seen=str(first.pk))).status_code == 422


def test_a_form_sent_twice_does_not_repeat_itself(page, family):
    data = gift(family)

    first, again = page.post(reverse("action-create"), data), page.post(reverse("action-create"), data)

    assert (first.url, SupportAction.objects.count()) == (again.url, 1)


def test_nothing_is_told_before_it_is_known_what_is_given_and_when(page, family):
    given(family, "QUA_TET")

    for missing in ({"policy": ""}, {"period_from": ""}, {"household": ""}, {"period_from": "31/12/9999"}):
        told = page.post(
            reverse("action-create"), gift(family) | missing | {"then": "rate"}, headers={"hx-request": "true"}
        )
        assert (told.status_code, shown(told)) == (200, "")


def test_a_correction_asks_only_about_what_was_not_on_the_form(page, family):
    before = given(family, "QUA_TET", GiftDetail(occasion="tet"))
    mine = given(family, "QUA_TET", GiftDetail(occasion="tet"))
    address = reverse("action-edit", args=[mine.pk])
    drawn = page.get(address)
    assert shown(drawn) == str(before.pk)
    form = drawn.context["form"]
    data = gift(family, version=1, seen=form["seen"].value(), period_to="10/05/2024")
    another = given(family, "QUA_TET", GiftDetail(occasion="tet"))

    asked = page.post(address, data | {"overlaps_seen": shown(drawn)})

    assert (asked.status_code, shown(asked)) == (422, f"{before.pk} {another.pk}")
    assert page.post(address, data | {"overlaps_seen": shown(asked)}).status_code == 302


# --- in the API -----------------------------------------------------------------------------


def test_a_program_is_told_after_it_has_written(family, officer):
    before = given(family, "QUA_TET", GiftDetail(occasion="tet"))
    factories.source("NS_QUAN")
    api = Api(officer)
    body = {
        "policy": "QUA_TET",
        "household": family.pk,
        "period_from": "2024-05-12",
        "funding": [{"source": "NS_QUAN", "nature": "grant", "amount": 500_000}],
        "detail": {"occasion": "tet"},
    }

    answer = api.post("/api/support-actions/", body)

    assert answer.status_code == 201, answer.json()
    [warning] = answer.json()["warnings"]
    assert f"({before.pk})" in warning or f" {before.pk})" in warning
    assert api.get(answer["Location"]).json()["warnings"] == []


def test_the_detail_on_record_is_compared_as_it_stands(officer, family):
    given(family, "QUA_TET", GiftDetail(occasion="tet"), on=date(2024, 1, 20))
    saved = given(family, "QUA_TET", GiftDetail(occasion="tet"), on=date(2024, 2, 1))

    assert repeated(officer, saved, detail_of(saved))

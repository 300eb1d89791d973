"""Wards that ended: groups placed in the new wards, then everybody moved at once, dated on that day."""

from datetime import date
from types import SimpleNamespace

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.actor import StaleVersion
from households.codes import Happening, RoundState
from households.models import Household, LifeEvent, Residence
from households.reorganisation import moving
from households.reorganisation.groups import GoesTo, map_groups
from households.reorganisation.moving import carry_out
from households.reorganisation.plan import plan_of, plans
from tests import factories
from wards.models import GroupSuccession, Reorganisation, ResidentialGroup, WardSuccession

pytestmark = pytest.mark.django_db

JANUARY, JULY = date(2025, 1, 1), date(2025, 7, 1)


@pytest.fixture
def july():
    """Phúc La goes whole to Hà Đông; Hà Cầu is split into Hà Đông and Kiến Hưng; Biên Giang leaves the area."""
    made = SimpleNamespace(
        phuc_la=factories.ward("Phúc La", code="09553"),
        ha_cau=factories.ward("Hà Cầu", code="09556"),
        bien_giang=factories.ward("Biên Giang", code="10123"),
        ha_dong=factories.ward("Hà Đông", code="09556", since=JULY),
        kien_hung=factories.ward("Kiến Hưng", code="09552", since=JULY),
        chuong_my=factories.ward("Chương Mỹ", code="10015", since=JULY, in_programme=False),
        staff=factories.staff(),
    )
    factories.became(made.phuc_la, made.ha_dong, on=JULY)
    factories.became(made.ha_cau, made.ha_dong, made.kien_hung, on=JULY)
    factories.became(made.bien_giang, made.chuong_my, on=JULY)
    made.one, made.two = (factories.residential_group(made.ha_cau, number) for number in (1, 2))
    made.phuc_la_one = factories.residential_group(made.phuc_la, 1)
    return made


def seen(*wards, on=JULY):
    return {ward.pk: plan_of(on).ending(ward.pk).seen for ward in wards}


def place(world, *lines, **more):
    """Say where groups of Hà Cầu go: (group, ward) or (group, ward, number, name)."""
    said = [GoesTo(*line) for line in lines]
    return map_groups(by=world.staff, on=JULY, lines=said, seen=seen(world.ha_cau), **more)


def client_of(user):
    client = Client()
    client.force_login(user)
    return client


# --- the plan -------------------------------------------------------------------------------------


def test_the_days_on_which_wards_ended_with_what_is_whole_and_what_is_split(july):
    factories.household(july.ha_cau, residential_group=july.one)
    factories.household(july.ha_cau)

    [plan] = plans()

    assert plan.on == JULY
    assert {ending.ward for ending in plan.whole} == {july.phuc_la, july.bien_giang}
    [ha_cau] = plan.split
    assert (ha_cau.households, ha_cau.without_group, ha_cau.mapped) == (2, 1, 0)
    assert [line.households for line in ha_cau.groups] == [1, 0]


def test_what_hinders_names_ward_and_groups_and_what_to_do(july):
    factories.household(july.ha_cau, residential_group=july.one)
    factories.household(july.ha_cau)

    first, second = plan_of(JULY).hindrances()

    assert first.startswith("Phường Hà Cầu: 1 tổ")
    assert july.one.name in first
    assert second.startswith("Phường Hà Cầu: 1 hộ")
    with pytest.raises(ValidationError) as refused:
        carry_out(by=july.staff, on=JULY)
    assert refused.value.messages == [first, second]
    assert not Reorganisation.objects.exists()


def test_a_group_without_households_hinders_nothing(july):
    factories.household(july.phuc_la)

    assert plan_of(JULY).is_ready


def test_an_earlier_day_comes_first(july):
    earlier = factories.ward("Yết Kiêu", code="09547")
    factories.became(earlier, factories.ward("Quang Trung", code="09538", since=JANUARY), on=JANUARY)

    with pytest.raises(ValidationError, match="01/01/2025"):
        carry_out(by=july.staff, on=JULY)

    carry_out(by=july.staff, on=JANUARY)
    carry_out(by=july.staff, on=JULY)


def test_a_day_that_lies_ahead_waits(july):
    factories.became(july.kien_hung, july.ha_dong, on=date(2090, 1, 1))
    carry_out(by=july.staff, on=JULY)

    with pytest.raises(ValidationError, match="tương lai"):
        carry_out(by=july.staff, on=date(2090, 1, 1))


@pytest.mark.parametrize("state", [RoundState.SUBMITTED, RoundState.LOCKED])
def test_a_closed_year_of_an_old_ward_hinders_only_where_somebody_lives(july, state):
    factories.review_round(july.phuc_la, 2025, state, by=factories.officer(july.phuc_la))
    assert plan_of(JULY).is_ready
    factories.household(july.bien_giang)
    assert plan_of(JULY).is_ready


def test_earlier_years_that_are_not_locked_are_told_and_hinder_nothing(july):
    for ward, state in (
        (july.phuc_la, None),
        (july.ha_cau, RoundState.SUBMITTED),
        (july.bien_giang, RoundState.LOCKED),
    ):
        family = factories.household(ward, residential_group=july.one if ward == july.ha_cau else None)
        factories.status(family, 2024, "N")
        if state:
            factories.review_round(ward, 2024, state, by=factories.officer(ward))
    place(july, (july.one, july.ha_dong))

    page = client_of(july.staff).get("/wards/reorganisations/2025-07-01/")

    [told] = page.context["unfinished"]
    assert "2024" in told
    assert "2 " in told
    assert "Hà Cầu" in told
    assert "Phúc La" in told
    assert "Biên Giang" not in told
    assert page.context["hindrances"] == []
    carry_out(by=july.staff, on=JULY)


def test_a_household_entered_into_a_ward_that_everybody_left_is_refused(july):
    factories.household(july.phuc_la)
    july.phuc_la.valid_to = date(2025, 6, 30)
    july.phuc_la.save()
    assert factories.household(july.phuc_la).pk  # the ward has ended, but nobody was moved yet
    carry_out(by=july.staff, on=JULY)

    with pytest.raises(ValidationError, match="30/06/2025"):
        factories.household(july.phuc_la)
    empty = client_of(factories.officer(july.phuc_la)).get("/households/").content.decode()
    assert "đã kết thúc ngày 30/06/2025" in empty


def test_a_closed_year_hinders_and_says_which():
    ward, new = factories.ward("Phúc La", code="09553"), factories.ward("Hà Đông", code="09556", since=JULY)
    factories.became(ward, new, on=JULY)
    factories.household(ward)
    factories.review_round(ward, 2025, RoundState.SUBMITTED, by=factories.officer(ward))

    with pytest.raises(ValidationError, match=r"Phúc La.*2025"):
        carry_out(by=factories.staff(), on=JULY)


# --- placing groups -------------------------------------------------------------------------------


def test_groups_are_placed_with_their_new_number_and_name(july):
    assert place(july, (july.one, july.ha_dong, 7, "Tổ 7 Hà Trì"), (july.two, july.kien_hung)) == 2

    went = {each.group: each for each in GroupSuccession.objects.all()}
    assert str(went[july.one].successor_group) == "Tổ 7 Hà Trì"
    assert went[july.two].successor_group is None


def test_saying_the_same_again_changes_nothing(july):
    place(july, (july.one, july.ha_dong, 7, "Tổ 7 Hà Trì"), (july.two, july.kien_hung))

    assert place(july, (july.one, july.ha_dong, 7, "Tổ 7 Hà Trì"), (july.two, july.kien_hung)) == 0


def test_a_changed_answer_forgets_the_group_made_for_it(july):
    place(july, (july.one, july.ha_dong, 7))
    place(july, (july.one, july.kien_hung))
    place(july, (july.two, july.kien_hung))
    place(july, (july.two, None))

    assert not ResidentialGroup.objects.filter(ward=july.ha_dong).exists()
    assert GroupSuccession.objects.get().successor == july.kien_hung


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (lambda w: (w.one, w.chuong_my), "Hà Cầu"),
        (lambda w: (w.one, None, 3), "phường mới"),
        (lambda w: (w.one, w.ha_dong, None, "Tổ Hà Trì"), "số tổ mới"),
        (lambda w: (w.phuc_la_one, w.kien_hung), "Phúc La"),
    ],
)
def test_an_answer_that_cannot_be_is_refused_in_words(july, said, words):
    with pytest.raises((ValidationError, StaleVersion)) as refused:
        map_groups(by=july.staff, on=JULY, lines=[GoesTo(*said(july))], seen=seen(july.ha_cau, july.phuc_la))
    assert words in str(refused.value)
    assert not GroupSuccession.objects.exists()


def test_two_groups_become_one_only_under_one_name(july):
    place(july, (july.one, july.ha_dong, 7, "Tổ 7"), (july.two, july.ha_dong, 7))
    assert ResidentialGroup.objects.filter(ward=july.ha_dong).count() == 1

    with pytest.raises(ValidationError, match="Tổ 7"):
        place(july, (july.two, july.ha_dong, 7, "Tổ Hà Trì"))


def test_who_saves_on_an_old_page_is_told(july):
    before = seen(july.ha_cau)
    place(july, (july.one, july.ha_dong))

    with pytest.raises(StaleVersion):
        map_groups(by=july.staff, on=JULY, lines=[GoesTo(july.one, july.kien_hung)], seen=before)
    assert GroupSuccession.objects.get().successor == july.ha_dong


def test_households_without_a_group_get_theirs_or_go_all_to_one_ward(july):
    known, unknown = factories.household(july.ha_cau), factories.household(july.ha_cau)

    place(
        july,
        (july.one, july.kien_hung),
        rest={july.ha_cau.pk: july.ha_dong},
        groups_of={known.pk: july.one},
    )
    carry_out(by=july.staff, on=JULY)

    known.refresh_from_db(), unknown.refresh_from_db()
    assert (known.ward, unknown.ward) == (july.kien_hung, july.ha_dong)
    assert str(known.residential_group) == july.one.name
    assert Residence.objects.get(household=known, until=None).ward == july.kien_hung


# --- carrying out ---------------------------------------------------------------------------------


@pytest.fixture
def moved(july):
    """Four households, help, a class; carried out."""
    july.a = factories.household(july.ha_cau, residential_group=july.one, code="09556-0001", statuses={2024: "CN"})
    july.b = factories.household(july.ha_cau, residential_group=july.two, code="09556-0002")
    july.c = factories.household(july.phuc_la, residential_group=july.phuc_la_one, code="09556-0001", address="Ngõ 1")
    july.d = factories.household(july.bien_giang)
    july.help = factories.support(july.a, on=date(2024, 5, 1))
    july.collective = factories.support(july.ha_cau, on=date(2024, 6, 1), count=40)
    july.closed = factories.household(july.ha_cau)
    Household.objects.filter(pk=july.closed.pk).update(closed_on=date(2023, 1, 1), closed_as="left")
    Residence.objects.filter(household=july.closed).update(until=date(2023, 1, 1))
    place(july, (july.one, july.ha_dong), (july.two, july.kien_hung))
    july.done = carry_out(by=july.staff, on=JULY)
    for each in (july.a, july.b, july.c, july.d, july.closed):
        each.refresh_from_db()
    return july


def test_everybody_lives_in_the_new_wards_from_that_day(moved):
    assert [each.ward for each in (moved.a, moved.b, moved.c, moved.d)] == [
        moved.ha_dong, moved.kien_hung, moved.ha_dong, moved.chuong_my,
    ]  # fmt: skip
    homes = [(home.ward, home.since, home.until) for home in moved.a.residences.all()]
    assert homes == [(moved.ha_cau, None, date(2025, 6, 30)), (moved.ha_dong, JULY, None)]
    assert moved.c.residences.get(until=None).address == "Ngõ 1"
    assert moved.done.households == 4


def test_a_closed_household_stays_where_it_was(moved):
    assert moved.closed.ward == moved.ha_cau
    assert not moved.closed.events.exists()


def test_what_was_recorded_stays_with_the_ward_of_its_day(moved):
    moved.help.refresh_from_db(), moved.collective.refresh_from_db()

    assert moved.a.statuses.get().ward == moved.help.ward == moved.collective.ward == moved.ha_cau


def test_each_household_has_a_dated_event_naming_both_wards(moved):
    event = LifeEvent.objects.get(household=moved.a)

    assert (event.kind, event.day, event.ward, event.to_ward) == (
        Happening.REORGANISED, JULY, moved.ha_cau, moved.ha_dong,
    )  # fmt: skip
    assert (event.group, event.to_group, event.created_by) == (moved.one, moved.a.residential_group, moved.staff)


def test_groups_keep_their_number_where_it_is_free_else_bear_the_old_wards_name(moved):
    assert (moved.a.residential_group.number, moved.a.residential_group.name) == (1, "Tổ dân phố 1")
    assert (moved.c.residential_group.number, moved.c.residential_group.name) == (2, "Tổ dân phố 1 (Phúc La)")
    assert GroupSuccession.objects.get(group=moved.phuc_la_one).successor_group == moved.c.residential_group


def test_a_code_that_is_taken_becomes_the_next_one_and_the_old_one_still_finds_it(moved):
    assert moved.a.code == "09556-0001"
    assert moved.c.code == "09556-0004"
    assert "09556-0001" in moved.c.events.get().note
    found = client_of(moved.staff).get("/households/", {"q": "09556-0001"}).context["page_obj"].object_list
    assert {each.pk for each in found} == {moved.a.pk, moved.c.pk}


def test_an_open_sheet_of_before_meets_the_new_version(moved):
    assert moved.a.version > 1


def test_it_is_carried_out_once(moved):
    with pytest.raises(ValidationError, match="rồi"):
        carry_out(by=moved.staff, on=JULY)


def test_where_groups_went_is_fixed_afterwards(moved):
    with pytest.raises(ValidationError, match="đã thực hiện"):
        place(moved, (moved.one, moved.kien_hung))


def test_nothing_happens_when_anything_fails(july, monkeypatch):
    factories.household(july.phuc_la)

    def fail(*_args):
        raise RuntimeError

    monkeypatch.setattr(moving, "_note", fail)
    with pytest.raises(RuntimeError):
        carry_out(by=july.staff, on=JULY)

    assert Household.objects.get().ward == july.phuc_la
    assert Residence.objects.get().until is None
    assert not GroupSuccession.objects.exists()


def test_the_queries_do_not_grow_with_the_households(july):
    def count(day_ward, new):
        with CaptureQueriesContext(connection) as queries:
            carry_out(by=july.staff, on=JULY)
        return len(queries)

    for _number in range(30):
        factories.household(july.phuc_la, residential_group=july.phuc_la_one)

    assert count(july.phuc_la, july.ha_dong) <= 40


# --- the pages ------------------------------------------------------------------------------------


def test_staff_place_groups_and_carry_out_in_the_browser(july):
    family = factories.household(july.ha_cau, residential_group=july.one)
    lost = factories.household(july.ha_cau)
    client = client_of(july.staff)
    assert july.one.name in client.get("/wards/reorganisations/2025-07-01/").content.decode()

    sheet = client.get(f"/wards/reorganisations/2025-07-01/{july.ha_cau.pk}/").context["form"]
    answers = {
        "seen": sheet["seen"].value(),
        f"successor_{july.one.pk}": july.ha_dong.pk,
        f"number_{july.one.pk}": "12",
        f"group_of_{lost.pk}": july.one.pk,
    }
    saved = client.post(f"/wards/reorganisations/2025-07-01/{july.ha_cau.pk}/", answers)
    assert saved.status_code == 302
    done = client.post("/wards/reorganisations/2025-07-01/carry-out/", {"confirm": "1"}, follow=True)

    assert done.status_code == 200
    family.refresh_from_db(), lost.refresh_from_db()
    assert family.residential_group.number == lost.residential_group.number == 12
    assert "2 hộ" in done.content.decode()


def test_the_sheet_says_at_the_field_what_is_wrong(july):
    client, url = client_of(july.staff), f"/wards/reorganisations/2025-07-01/{july.ha_cau.pk}/"
    answers = {"seen": seen(july.ha_cau)[july.ha_cau.pk], f"number_{july.one.pk}": "12"}

    page = client.post(url, answers)

    assert page.status_code == 422
    assert "phường mới" in page.context["form"].errors[f"successor_{july.one.pk}"][0]


def test_a_sheet_opened_before_somebody_saved_is_a_conflict(july):
    client, url = client_of(july.staff), f"/wards/reorganisations/2025-07-01/{july.ha_cau.pk}/"
    old = seen(july.ha_cau)[july.ha_cau.pk]
    place(july, (july.one, july.kien_hung))

    page = client.post(url, {"seen": old, f"successor_{july.one.pk}": july.ha_dong.pk})

    assert page.status_code == 409
    assert GroupSuccession.objects.get().successor == july.kien_hung


def test_without_the_tick_nothing_is_carried_out(july):
    page = client_of(july.staff).post("/wards/reorganisations/2025-07-01/carry-out/")

    assert page.status_code == 422
    assert not Reorganisation.objects.exists()


def test_what_was_done_lists_who_left_the_area_and_whose_code_changed(moved):
    page = client_of(moved.staff).get("/wards/reorganisations/2025-07-01/")

    assert [event.household for event in page.context["outside"]] == [moved.d]
    assert [event.household for event in page.context["recoded"]] == [moved.c]


def test_accounts_of_ended_wards_are_offered_the_new_ones_to_administrators(july):
    officer = factories.officer(july.ha_cau, username="ha-cau")
    factories.officer(july.ha_dong)

    page = client_of(factories.admin()).get("/wards/reorganisations/")

    [row] = page.context["officers"]
    assert (row["user"], row["offered"]) == (officer, [july.ha_dong, july.kien_hung])
    assert f"/admin/accounts/user/{officer.pk}/change/" in page.content.decode()


@pytest.mark.parametrize("on", ["2025-07-02", "nonsense", "2025-13-45", "20250701", "2025-7-1xx"])
def test_a_day_on_which_nothing_ended_is_not_found(july, on):
    assert client_of(july.staff).get(f"/wards/reorganisations/{on}/").status_code == 404


def test_a_whole_ward_has_no_sheet(july):
    url = f"/wards/reorganisations/2025-07-01/{july.phuc_la.pk}/"

    assert client_of(july.staff).get(url).status_code == 404


def test_the_pages_ask_no_more_for_more_households(july):
    client, urls = client_of(july.staff), ("/wards/reorganisations/", "/wards/reorganisations/2025-07-01/")

    def count(url):
        with CaptureQueriesContext(connection) as queries:
            client.get(url)
        return len(queries)

    factories.household(july.ha_cau, residential_group=july.one)
    before = [count(url) for url in urls]
    for number in range(3, 9):
        factories.household(july.ha_cau, residential_group=factories.residential_group(july.ha_cau, number))

    assert [count(url) for url in urls] == before
    assert max(before) <= 20


def test_the_rest_is_taken_by_one_ward_only(july):
    place(july, rest={july.ha_cau.pk: july.ha_dong})
    place(july, rest={july.ha_cau.pk: july.kien_hung})

    assert WardSuccession.objects.get(takes_rest=True).successor == july.kien_hung
    place(july, rest={july.ha_cau.pk: None})
    assert not WardSuccession.objects.filter(takes_rest=True).exists()

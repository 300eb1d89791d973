"""Households that may be one: found on saving, told without naming another ward's, settled by a person."""

import json
import uuid
from datetime import date
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import override

from accounts.models import AuditEvent
from households.codes import Closing, Happening, RoundState
from households.duplicates import find_alike, note_duplicates
from households.life import move_out, undo_event
from households.models import DuplicateCase, Household, LifeEvent, Member, ReviewRound
from households.settling import settle_as_same
from households.timeline import timeline_of
from tests import factories
from tests.sheets import on_record, row, sheet

pytestmark = pytest.mark.django_db

NUMBER = "001160900123"
ELSEWHERE = (
    "This number is already held in a household of another ward. You may still save it; the district will check."
)


@pytest.fixture
def dong_mai():
    factories.standard(2024)
    return factories.ward("Đồng Mai")


@pytest.fixture
def van_quan():
    return factories.ward("Văn Quán")


@pytest.fixture
def officer(client, dong_mai):
    user = factories.officer(dong_mai)
    sign_in(client, user)
    return user


@pytest.fixture
def staff(client):
    user = factories.staff()
    sign_in(client, user)
    return user


def sign_in(client, user):
    client.force_login(user)
    client.cookies["django_language"] = "en"


def family(ward, head="Lê Thị Sen", *, birth=date(1960, 3, 5), number="", **fields) -> Household:
    """A household of one person born on a day."""
    made = factories.household(ward, head=head, **fields)
    made.members.update(birth_date=birth, birth_year=birth.year, id_number=number)
    note_duplicates(made)
    return made


def pairs() -> list[tuple[set, list]]:
    return [({case.first_id, case.second_id}, case.reasons) for case in DuplicateCase.objects.order_by("pk")]


@pytest.fixture
def pair(dong_mai):
    """Two households of one ward with the same number; the second was entered later."""
    first, second = family(dong_mai, number=NUMBER), family(dong_mai, "Lê Thị Sên", number=NUMBER)
    return first, second, DuplicateCase.objects.get()


# --- found on saving ----------------------------------------------------------------------------------


def test_the_same_number_in_two_wards_is_a_case(dong_mai, van_quan):
    here, there = family(dong_mai, number=NUMBER), family(van_quan, "Trần Văn Giáp", number=NUMBER)

    assert pairs() == [({here.pk, there.pk}, ["number"])]


def test_an_old_nine_digit_number_counts_as_well(dong_mai, van_quan):
    here = family(dong_mai, number="012345670")
    there = family(van_quan, "Trần Văn Giáp", birth=date(1971, 1, 1), number="012345670")

    assert pairs() == [({here.pk, there.pk}, ["number"])]


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ({"head": "le thi sen", "address": "12 ngõ 5 Quang Trung"}, ["person", "address"]),
        ({"head": "Lê Sen", "address": "Số 12, ngõ 5, phố Quang Trung"}, ["person", "address"]),
        (
            {"head": "Lê Thị Sen", "birth": date(1960, 5, 3), "address": "Số 12 ngõ 5 Quang Trung"},
            ["person", "address"],
        ),
        ({"head": "Lê Thị Sen", "address": "Số 99 Bà Triệu"}, ["person"]),  # the same name and day need no address
        ({"head": "Lê Sen", "address": "Số 99 Bà Triệu"}, None),
        ({"head": "Lê Thị Nhài", "address": "Số 12, ngõ 5 Quang Trung"}, None),
        ({"head": "Lê Thị Sen", "birth": date(1985, 3, 5), "address": "Số 12, ngõ 5 Quang Trung"}, None),
    ],
)
def test_name_birth_and_address_alike(dong_mai, typed, found):
    first = family(dong_mai, address="Số 12, ngõ 5 Quang Trung")
    second = family(dong_mai, **typed)

    assert pairs() == ([({first.pk, second.pk}, found)] if found else [])


def test_where_no_address_is_known_the_residential_group_speaks(dong_mai):
    group = factories.residential_group(dong_mai)
    first = family(dong_mai, residential_group=group)
    second = family(dong_mai, "Lê Sen", residential_group=group)

    assert pairs() == [({first.pk, second.pk}, ["person", "address"])]


def test_two_persons_alike_need_no_address(dong_mai):
    people = [{"name": "Đỗ Văn Khoát", "birth_year": 1988}]
    first = factories.household(dong_mai, head="Lê Thị Sen", members=people, address="Số 1 Bà Triệu")
    second = factories.household(dong_mai, head="Le Thi Sen", members=people, address="Số 99 Lê Lợi")

    assert pairs() == [({first.pk, second.pk}, ["person", "family"])]


def test_a_person_who_moved_to_another_household_is_no_duplicate(dong_mai):
    first = family(dong_mai, number=NUMBER)
    first.members.update(left_on=date(2024, 1, 1), left_as="household")
    family(dong_mai, number=NUMBER)

    assert pairs() == []


def test_the_number_of_a_person_who_died_is_asked_about(dong_mai):
    first = factories.household(dong_mai, members=[{"name": "Đỗ Văn Khoát"}])
    first.members.filter(name="Đỗ Văn Khoát").update(id_number=NUMBER, left_on=date(2024, 1, 1), left_as="died")
    second = family(dong_mai, "Đỗ Văn Khoat", number=NUMBER)

    assert pairs() == [({first.pk, second.pk}, ["number"])]


def test_a_mistyped_number_that_is_corrected_takes_its_case_along(client, officer, dong_mai):
    family(dong_mai, "Trần Văn Giáp", number=NUMBER)
    second = factories.household(dong_mai, head="Lê Thị Sen")
    second.members.update(id_number=NUMBER)
    note_duplicates(second)
    assert len(pairs()) == 1

    data = on_record(second) | {"members-0-id_number": "001160977777"}
    assert client.post(reverse("household-edit", args=[second.pk]), data).status_code == 302

    assert pairs() == []


def test_a_sheet_that_is_saved_finds_its_likeness(client, officer, dong_mai, van_quan):
    there = family(van_quan, "Trần Văn Giáp", number=NUMBER)

    client.post(reverse("household-create"), sheet(row("Lê Thị Sen", birth="1960", id_number=NUMBER)))

    made = Household.objects.get(ward=dong_mai)
    assert pairs() == [({made.pk, there.pk}, ["number"])]


def test_what_is_read_to_compare_does_not_grow(dong_mai, django_assert_num_queries):
    typed = [factories.person(name="Lê Thị Sen", birth_year=1960, id_number=NUMBER)] * 5
    with django_assert_num_queries(1):
        assert find_alike(Household(ward=dong_mai), typed) == []
    for _ in range(8):
        family(dong_mai, number=NUMBER)

    with django_assert_num_queries(1):
        assert len(find_alike(Household(ward=dong_mai), typed)) == 8


def test_the_database_narrows_before_anybody_is_compared(dong_mai):
    for number in range(12):
        factories.household(dong_mai, head=f"Nguyễn Văn {'ABCDEGHIKLMN'[number]}át")
    sen = factories.person(name="Lê Thị Sen", birth_year=1960)

    with CaptureQueriesContext(connection) as captured:
        find_alike(Household(ward=dong_mai), [sen])
        with connection.cursor() as cursor:
            cursor.execute(captured[0]["sql"])
            assert cursor.fetchall() == []


def test_find_duplicates_looks_at_everything_once(dong_mai, van_quan):
    family(dong_mai, number=NUMBER), family(van_quan, number=NUMBER)
    DuplicateCase.objects.all().delete()
    out = StringIO()

    call_command("find_duplicates", stdout=out)
    call_command("find_duplicates", stdout=out)

    assert out.getvalue().splitlines() == [
        "2 households: 1 new pairs, 1 to be settled.",
        "2 households: 0 new pairs, 1 to be settled.",
    ]


# --- told after saving, never in the way --------------------------------------------------------------


def test_a_number_of_the_own_ward_is_told_by_name_after_saving(client, officer, dong_mai):
    there = family(dong_mai, number=NUMBER)

    answer = client.post(reverse("household-create"), sheet(row("Đỗ Thị Nụ", id_number=NUMBER)), follow=True)

    page = answer.content.decode()
    assert "this number is already held by Lê Thị Sen" in page
    assert reverse("household-detail", args=[there.pk]) in page
    assert Member.objects.filter(id_number=NUMBER).count() == 2


def test_another_wards_household_is_never_named(client, officer, van_quan):
    there = family(van_quan, "Trần Văn Giáp", number=NUMBER, address="Số 7 ngõ Mận")

    answer = client.post(reverse("household-create"), sheet(row("Đỗ Thị Nụ", id_number=NUMBER)), follow=True)

    page = answer.content.decode()
    assert ELSEWHERE in page
    for secret in ("Giáp", there.code, "Văn Quán", "ngõ Mận"):
        assert secret not in page


def test_that_somebody_of_this_name_lives_in_another_ward_is_not_told_at_all(client, officer, van_quan):
    family(van_quan, "Đỗ Thị Nụ")

    answer = client.post(reverse("household-create"), sheet(row("Đỗ Thị Nụ", birth="05/03/1960")), follow=True)

    assert "notice-warn" not in answer.content.decode()
    assert DuplicateCase.objects.count() == 1, "the district is asked"


def test_a_sheet_that_is_refused_for_another_reason_tells_it_too(client, officer, dong_mai):
    family(dong_mai, number=NUMBER)

    answer = client.post(reverse("household-create"), sheet(row("", id_number=NUMBER)))

    assert answer.status_code == 422
    assert "this number is already held by Lê Thị Sen" in answer.content.decode()


def test_the_api_says_it_in_the_same_words(client, dong_mai, van_quan):
    user = factories.officer(dong_mai)
    client.force_login(user)
    client.cookies["django_language"] = "en"
    family(van_quan, number=NUMBER)
    body = {
        "ward": f"{dong_mai.code}@{dong_mai.valid_from}",
        "members": [{"name": "Đỗ Thị Nụ", "relation": "head", "sex": "2", "birth_year": 1960, "id_number": NUMBER}],
    }

    answer = client.post(reverse("api-household-list"), json.dumps(body), content_type="application/json")

    assert answer.status_code == 201, answer.content
    assert f"Đỗ Thị Nụ: {ELSEWHERE}" in answer.json()["warnings"]


# --- while typing -------------------------------------------------------------------------------------


def ask(client, **typed):
    return client.post(reverse("duplicate-ask"), typed)


def test_a_number_just_typed_is_told_with_a_way_to_the_household(client, officer, dong_mai):
    there = family(dong_mai, number=NUMBER)

    answer = ask(client, id_number="001 160 900 123").content.decode()

    assert "Lê Thị Sen" in answer
    assert reverse("household-detail", args=[there.pk]) in answer


def test_name_birth_and_address_just_typed(client, officer, dong_mai):
    family(dong_mai, address="Số 12, ngõ 5 Quang Trung")
    typed = {"name": "le sen", "birth": "5/3/1960"}

    assert "Lê Thị Sen" in ask(client, address="12 ngo 5 Quang Trung", **typed).content.decode()
    assert ask(client, address="Số 1 Bà Triệu", **typed).content.strip() == b""
    assert ask(client, name="Lê Thị Sen", birth="5/3/60").content.strip() == b"", "a year of two digits is none"


def test_of_another_ward_only_that_the_number_is_known_and_it_is_noted(client, officer, van_quan):
    there = family(van_quan, "Trần Văn Giáp", number=NUMBER)

    answer = ask(client, name="Trần Văn Giáp", birth="05/03/1960", id_number=NUMBER).content.decode()

    assert answer.strip() == f"<p>{ELSEWHERE}</p>"
    assert there.code not in answer
    [noted] = AuditEvent.objects.filter(action="ask")
    assert (noted.actor, noted.new["id_number"]) == (officer.username, "•••••••••123")
    assert ask(client, name="Trần Văn Giáp", birth="05/03/1960").content.strip() == b""


def test_a_household_is_not_told_of_itself(client, officer, dong_mai):
    own = family(dong_mai, number=NUMBER)

    assert ask(client, household=own.pk, id_number=NUMBER).content.strip() == b""


def test_numbers_cannot_be_tried_by_the_hundred(client, officer):
    answers = [ask(client, id_number=f"0011609{number:05d}").status_code for number in range(61)]

    assert answers == [200] * 60 + [429]


def test_nobody_asks_in_the_name_of_another_wards_household(client, officer, van_quan):
    assert ask(client, household=family(van_quan).pk, id_number=NUMBER).status_code == 404
    assert client.get(reverse("duplicate-ask")).status_code == 405


@pytest.mark.parametrize("junk", ["\x00", "٠٠١١٦٠٩٠٠١٢٣", "9" * 500, "'; DROP", "🙂" * 200])
def test_junk_is_no_error(client, officer, junk):
    fields = ("name", "birth", "sex", "id_number", "address", "residential_group", "household")

    for field in fields:
        assert ask(client, **{"name": "Lê Thị Sen", "birth": "1960"} | {field: junk}).status_code == 200


# --- the queue ----------------------------------------------------------------------------------------


def test_an_officer_sees_pairs_of_their_own_wards_and_staff_all(client, officer, pair, dong_mai, van_quan):
    _first, _second, own = pair
    across = family(van_quan, "Trần Văn Giáp", number=NUMBER)

    page = client.get(reverse("duplicate-list"))

    assert [case.pk for case in page.context["page_obj"]] == [own.pk]
    assert "Văn Quán" not in page.content.decode()
    foreign = DuplicateCase.objects.of(across).first()
    assert client.get(reverse("duplicate-settle", args=[foreign.pk])).status_code == 404
    sign_in(client, factories.staff())
    assert len(client.get(reverse("duplicate-list")).context["page_obj"]) == 3


def test_the_list_of_households_leads_to_the_queue(client, officer, pair):
    assert "1 possible duplicate" in client.get(reverse("household-list")).content.decode()


def test_the_queue_costs_the_same_however_long_it_is(client, officer, dong_mai, django_assert_max_num_queries):
    def queries() -> int:
        with django_assert_max_num_queries(20) as captured:
            client.get(reverse("duplicate-list"))
        return len(captured)

    family(dong_mai, number=NUMBER), family(dong_mai, number=NUMBER)
    few = queries()
    for number in range(6):
        family(dong_mai, f"Trần Thị {'ABCDEG'[number]}ương", number=NUMBER)

    assert DuplicateCase.objects.count() > 20
    assert queries() == few


def test_both_stand_side_by_side_with_what_is_alike_marked(client, officer, pair):
    first, second, case = pair
    factories.support(first, paid_by={"NS_QUAN": 5_000_000})

    page = client.get(reverse("duplicate-settle", args=[case.pk])).content.decode()

    assert "<mark>Lê Thị Sen</mark>" in page
    assert "<mark>Lê Thị Sên</mark>" in page
    assert first.code in page
    assert second.code in page
    assert "5.000.000" in page or "5,000,000" in page
    assert NUMBER not in page, "masked, as everywhere"


def settle(client, case, **answer):
    data = {"submission_key": str(uuid.uuid4()), "note": "seen on 15/10/2026"} | answer
    return client.post(reverse("duplicate-settle", args=[case.pk]), data)


def test_two_households_are_not_asked_about_again(client, officer, pair):
    _first, second, case = pair

    assert settle(client, case, verdict="different").status_code == 302

    case.refresh_from_db()
    assert (case.state, case.settled_by, case.note) == ("different", officer, "seen on 15/10/2026")
    note_duplicates(second)
    assert DuplicateCase.objects.open().count() == 0
    saved = client.post(reverse("household-edit", args=[second.pk]), on_record(second), follow=True)
    assert "already held" not in saved.content.decode()
    assert [each.pk for each in client.get(reverse("duplicate-list") + "?state=settled").context["page_obj"]] == [
        case.pk
    ]


def test_that_they_are_two_needs_a_reason(client, officer, pair):
    answer = settle(client, pair[2], verdict="different", note="")

    assert answer.status_code == 422
    assert "Say how you know that they are two" in answer.content.decode()


def test_one_household_entered_twice_closes_the_other_and_moves_nothing(client, officer, pair):
    first, second, case = pair
    factories.status(second, 2023, "CN")
    helped = factories.support(second)

    answer = settle(client, case, verdict=str(first.pk))

    assert answer["Location"] == reverse("household-detail", args=[first.pk])
    second.refresh_from_db()
    assert (second.closed_on, second.closed_as, second.merged_into) == (
        timezone.localdate(), Closing.DUPLICATE, first,
    )  # fmt: skip
    assert second.members.filter(left_on=None).count() == 1
    assert second.statuses.count() == 1
    helped.refresh_from_db()
    assert helped.household == second
    told = {(event.household_id, event.kind, event.other_id) for event in LifeEvent.objects.all()}
    assert told == {
        (first.pk, Happening.TOOK_IN.value, second.pk), (second.pk, Happening.DUPLICATE.value, first.pk),
    }  # fmt: skip


def test_the_timeline_says_that_it_was_entered_twice_and_not_that_anybody_came(officer, pair):
    first, second, case = pair
    settle_as_same(by=officer, case=case, kept=first)

    with override("en"):
        told = [line.text for line in timeline_of(Household.objects.get(pk=first.pk), officer)]

    assert f"Found to be entered twice: household {second.code} was closed" in told
    assert not any("Joined by" in text for text in told)


def test_the_page_of_the_one_that_stays_tells_both_histories(client, officer, pair):
    first, second, case = pair
    factories.status(second, 2023, "CN")
    factories.support(second, paid_by={"NS_QUAN": 7_000_000})
    settle(client, case, verdict=str(first.pk))

    page = client.get(reverse("household-detail", args=[first.pk])).content.decode()

    assert f"Also its history: household {second.code}" in page
    told = page.split("Also its history")[1]
    assert "2023" in told
    assert "7,000,000" in told or "7.000.000" in told
    assert "found to be entered twice" in told


def test_a_double_click_settles_once(client, officer, pair):
    first, _second, case = pair
    key = str(uuid.uuid4())

    answers = [settle(client, case, verdict=str(first.pk), submission_key=key) for _ in range(2)]

    assert {answer["Location"] for answer in answers} == {reverse("household-detail", args=[first.pk])}
    assert LifeEvent.objects.count() == 2


def test_who_comes_second_hears_that_it_is_settled(client, officer, pair):
    first, _second, case = pair
    settle(client, case, verdict="different")

    answer = settle(client, case, verdict=str(first.pk))

    assert answer.status_code == 422
    assert LifeEvent.objects.count() == 0


@pytest.mark.parametrize("state", [RoundState.SUBMITTED, RoundState.APPROVED, RoundState.LOCKED])
def test_nothing_is_merged_in_a_closed_year(client, officer, pair, dong_mai, state):
    first, second, case = pair
    factories.review_round(dong_mai, timezone.localdate().year, state)

    answer = settle(client, case, verdict=str(first.pk))

    assert answer.status_code == 422
    assert str(timezone.localdate().year) in answer.content.decode()
    second.refresh_from_db()
    assert second.closed_on is None
    assert DuplicateCase.objects.get().state == DuplicateCase.State.OPEN


def test_the_other_wards_closed_year_counts_as_well(client, staff, dong_mai, van_quan):
    here, there = family(dong_mai, number=NUMBER), family(van_quan, number=NUMBER)
    factories.review_round(van_quan, timezone.localdate().year, RoundState.SUBMITTED)

    assert settle(client, DuplicateCase.objects.get(), verdict=str(here.pk)).status_code == 422

    ReviewRound.objects.filter(ward=van_quan).update(state=RoundState.RETURNED)
    assert settle(client, DuplicateCase.objects.get(), verdict=str(here.pk)).status_code == 302
    there.refresh_from_db()
    assert there.merged_into == here


def test_a_history_from_another_ward_comes_with_the_household(client, staff, dong_mai, van_quan):
    here, there = family(dong_mai, number=NUMBER), family(van_quan, number=NUMBER)
    factories.support(there, paid_by={"NS_QUAN": 7_000_000})
    settle(client, DuplicateCase.objects.get(), verdict=str(here.pk))
    sign_in(client, factories.officer(dong_mai))

    page = client.get(reverse("household-detail", args=[here.pk])).content.decode()

    told = page.split("Also its history")[1]
    assert "7,000,000" in told or "7.000.000" in told
    assert reverse("household-detail", args=[there.pk]) not in told, "its own page is not this officer's"


def test_a_pair_found_to_be_one_is_settled_where_it_stands(client, officer, pair):
    first, _second, case = pair

    settle(client, case, verdict=str(first.pk))

    told = AuditEvent.objects.filter(model="households.duplicatecase", row_id=case.pk).order_by("pk")
    assert list(told.values_list("action", flat=True)) == ["insert", "update"]


def test_a_number_that_only_the_closed_household_has_is_pointed_out(client, officer, dong_mai):
    kept, _gone = family(dong_mai), family(dong_mai, number=NUMBER)

    done = settle(client, DuplicateCase.objects.get(), verdict=str(kept.pk))

    assert "Lê Thị Sen: the CCCD/CMND stands in the closed household only" in client.get(done.url).content.decode()


def test_what_the_district_settled_across_wards_is_not_an_officers_to_undo(client, staff, dong_mai, van_quan):
    here, _there = family(dong_mai, number=NUMBER), family(van_quan, number=NUMBER)
    settle(client, DuplicateCase.objects.get(), verdict=str(here.pk))
    undo = reverse("life-undo", args=[here.pk])
    assert "Reason" in client.get(undo).content.decode()
    sign_in(client, factories.officer(dong_mai))

    assert "No event can be undone" in client.get(undo).content.decode()
    assert undo not in client.get(reverse("household-detail", args=[here.pk])).content.decode()


def test_whom_the_closed_one_was_alike_to_is_asked_of_the_one_that_stays(client, officer, dong_mai):
    kept = family(dong_mai, "Lê Thị Sen", number=NUMBER)
    gone = factories.household(
        dong_mai, head="Lê Thị Sen", members=[{"name": "Đỗ Văn Khoát", "id_number": "012345670"}]
    )
    gone.members.filter(relation="head").update(id_number=NUMBER)
    note_duplicates(gone)
    third = family(dong_mai, "Đỗ Văn Khoát", birth=date(1990, 1, 1), number="012345670")
    case = DuplicateCase.objects.of(kept).get()

    settle(client, case, verdict=str(kept.pk))
    note_duplicates(kept)

    [left] = DuplicateCase.objects.open()
    assert {left.first_id, left.second_id} == {kept.pk, third.pk}


def test_a_family_entered_again_while_it_was_away_is_asked_about_when_the_departure_is_undone(officer, dong_mai):
    first = family(dong_mai)
    event = move_out(by=officer, household=first, version=first.version, day=date(2024, 3, 5), place="Bắc Ninh")
    second = family(dong_mai)
    assert not pairs()

    undo_event(by=officer, event=event, household=first, version=first.version, reason="wrong household")

    assert pairs() == [({first.pk, second.pk}, ["person"])]


def test_a_merger_that_is_undone_is_asked_about_again(client, officer, pair):
    first, second, case = pair
    settle(client, case, verdict=str(first.pk))
    first.refresh_from_db()
    event = first.events.get()

    undo_event(by=officer, event=event, household=first, version=first.version, reason="two families after all")

    second.refresh_from_db()
    assert second.closed_on is None
    assert DuplicateCase.objects.open().get() == case

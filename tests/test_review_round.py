"""A ward's year on its way from the officer to the lock: what is missing, who may take which step, and once only."""

from datetime import date
from uuid import uuid4

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.actor import StaleVersion, acting_as
from accounts.models import AuditEvent, Dataset
from households.codes import RoundState
from households.models import DuplicateCase, LifeEvent, ReviewRound, RoundComment
from households.remaining import Gap, remaining
from households.rounds import (
    OwnWork,
    answer_comment,
    approve_round,
    comment_on,
    lock_round,
    makers_of,
    return_round,
    round_of,
    set_population,
    state_of,
    submit_round,
)
from tests import factories
from wards.models import WardPopulation

pytestmark = pytest.mark.django_db

YEAR = 2024
DECIDED = {"decision_number": "12/QĐ-UBND"}


@pytest.fixture
def dong_mai():
    return factories.ward("Đồng Mai")


@pytest.fixture
def officer(dong_mai):
    return factories.officer(dong_mai, username="lan")


@pytest.fixture
def staff():
    return factories.staff("minh")


def complete(ward, *, families: int = 2):
    """A ward whose year lacks nothing: so many households near-poor last year and this, decided both times."""
    made = [factories.household(ward, head=f"Nguyễn Thị {n}") for n in range(families)]
    for family in made:
        factories.status(family, YEAR - 1, "CN", **DECIDED)
        factories.status(family, YEAR, "CN", **DECIDED)
    factories.population(ward, YEAR, households=3_000, persons=11_000)
    return made


def gaps(ward, year: int = YEAR) -> dict:
    left = remaining([ward], year)[ward.pk]
    return {gap.value: len(households) for gap, households in left.gaps.items() if households}


def signed_in(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


def version(ward, year: int = YEAR) -> int:
    return round_of(ward, year).version


def at(name: str, ward, **more) -> str:
    return reverse(name, kwargs={"ward": ward.pk, "year": YEAR, **more})


# --- what is left ---------------------------------------------------------------------------


def test_who_was_followed_last_year_and_has_no_class_is_left(dong_mai):
    complete(dong_mai)
    factories.household(dong_mai, statuses={YEAR - 1: "KK"})
    factories.household(dong_mai, statuses={YEAR - 1: "K"})

    left = remaining([dong_mai], YEAR)[dong_mai.pk]

    assert gaps(dong_mai) == {Gap.UNREVIEWED: 1}
    assert (len(left.reviewed), len(left.to_review)) == (2, 3)


def test_a_listed_household_needs_a_decision_and_so_does_one_that_left_the_list(dong_mai):
    factories.household(dong_mai, statuses={YEAR - 1: "K", YEAR: "CN"})
    factories.household(dong_mai, statuses={YEAR - 1: "CN", YEAR: "K"})
    factories.household(dong_mai, statuses={YEAR - 1: "K", YEAR: "KK"})
    done = factories.household(dong_mai, statuses={YEAR - 1: "CN"})
    factories.status(done, YEAR, "K", **DECIDED)

    assert gaps(dong_mai) == {Gap.UNDECIDED: 1, Gap.LEFT_UNDECIDED: 1}


def test_another_class_than_proposed_needs_a_reason(dong_mai):
    for proposed, chosen, because in (("N", "CN", ""), ("N", "CN", "thu nhập tăng"), ("K", "KK", ""), ("CN", "CN", "")):
        family = factories.household(dong_mai)
        status = factories.status(family, YEAR, chosen, **DECIDED)
        type(status).objects.filter(pk=status.pk).update(proposed=proposed, differs_because=because)

    assert gaps(dong_mai)[Gap.UNEXPLAINED] == 1


def test_who_left_without_a_word_is_an_open_question_until_an_event_tells(dong_mai):
    """By the national standard, too: a class by the city's alone does not say what became of the other list."""
    family = factories.household(dong_mai, statuses={YEAR - 1: "N"}, level="national")
    assert gaps(dong_mai) == {Gap.OPEN: 1}
    assert not remaining([dong_mai], YEAR)[dong_mai.pk].balances

    LifeEvent.objects.create(household=family, kind="moved_out", day=date(YEAR, 3, 1), ward=dong_mai)

    assert gaps(dong_mai) == {}
    assert remaining([dong_mai], YEAR)[dong_mai.pk].balances


def test_who_is_not_reviewed_is_named_once(dong_mai):
    """Not reviewed and not accounted for is one task, not two."""
    factories.household(dong_mai, statuses={YEAR - 1: "N"})

    assert gaps(dong_mai) == {Gap.UNREVIEWED: 1}


def test_a_possible_duplicate_is_a_hint_and_keeps_nobody_from_submitting(dong_mai):
    first, second = complete(dong_mai)
    DuplicateCase.objects.create(first=first, second=second, reasons=["id_number"])

    assert gaps(dong_mai) == {Gap.DUPLICATES: 2}
    assert remaining([dong_mai], YEAR)[dong_mai.pk].is_complete


def test_another_wards_gaps_are_its_own(dong_mai):
    elsewhere = factories.ward("Biên Giang")
    factories.household(elsewhere, statuses={YEAR - 1: "N", YEAR: "N"})
    complete(dong_mai)

    both = remaining([dong_mai, elsewhere], YEAR)

    assert both[dong_mai.pk].is_complete
    assert gaps(elsewhere) == {Gap.UNDECIDED: 1}


# --- submitting -----------------------------------------------------------------------------


def test_the_officer_submits_a_complete_year(dong_mai, officer):
    complete(dong_mai)

    submit_round(by=officer, ward=dong_mai, year=YEAR, version=1)

    begun = round_of(dong_mai, YEAR)
    assert (begun.state, begun.submitted_by) == (RoundState.SUBMITTED, officer)
    assert begun.submitted_at is not None


def test_an_incomplete_year_is_refused_and_the_households_are_named(dong_mai, officer):
    factories.household(dong_mai, head="Trần Thị Thiếu", statuses={YEAR - 1: "N"})

    with pytest.raises(ValidationError) as refused:
        submit_round(by=officer, ward=dong_mai, year=YEAR, version=1)

    words = " ".join(refused.value.messages)
    assert "Trần Thị Thiếu" in words
    assert len(refused.value.messages) == 2, "the household, and the ward's population"
    assert state_of(dong_mai, YEAR) == RoundState.OPEN
    assert not ReviewRound.objects.exists()


def test_a_submitted_year_is_not_submitted_again(dong_mai, officer):
    complete(dong_mai)
    submit_round(by=officer, ward=dong_mai, year=YEAR, version=1)

    with pytest.raises(ValidationError):
        submit_round(by=officer, ward=dong_mai, year=YEAR, version=version(dong_mai))


def test_two_who_submit_at_once_submit_once(dong_mai, officer):
    complete(dong_mai)
    submit_round(by=officer, ward=dong_mai, year=YEAR, version=1)

    with pytest.raises(StaleVersion):
        submit_round(by=officer, ward=dong_mai, year=YEAR, version=1)


def test_a_returned_year_is_submitted_when_every_comment_is_answered(dong_mai, officer, staff):
    complete(dong_mai)
    submit_round(by=officer, ward=dong_mai, year=YEAR, version=1)
    return_round(by=staff, ward=dong_mai, year=YEAR, version=version(dong_mai), reason="Thiếu chữ ký")

    with pytest.raises(ValidationError):
        submit_round(by=officer, ward=dong_mai, year=YEAR, version=version(dong_mai))
    answer_comment(by=officer, comment=RoundComment.objects.get(), answer="Đã bổ sung")
    submit_round(by=officer, ward=dong_mai, year=YEAR, version=version(dong_mai))

    assert state_of(dong_mai, YEAR) == RoundState.SUBMITTED


# --- checking -------------------------------------------------------------------------------


@pytest.fixture
def submitted(dong_mai, officer):
    families = complete(dong_mai)
    submit_round(by=officer, ward=dong_mai, year=YEAR, version=1)
    return families


def test_a_year_is_returned_with_a_comment_or_not_at_all(submitted, dong_mai, staff):
    with pytest.raises(ValidationError):
        return_round(by=staff, ward=dong_mai, year=YEAR, version=version(dong_mai))

    comment_on(by=staff, begun=round_of(dong_mai, YEAR), household=submitted[0], text="Xem lại số nhân khẩu")
    return_round(by=staff, ward=dong_mai, year=YEAR, version=version(dong_mai))

    assert state_of(dong_mai, YEAR) == RoundState.RETURNED


def test_district_staff_approve_and_lock(submitted, dong_mai, staff):
    factories.review_round(dong_mai, YEAR - 1)
    approve_round(by=staff, ward=dong_mai, year=YEAR, version=version(dong_mai))
    lock_round(by=staff, ward=dong_mai, year=YEAR, version=version(dong_mai))

    begun = round_of(dong_mai, YEAR)
    assert (begun.state, begun.checked_by, begun.locked_by) == (RoundState.LOCKED, staff, staff)


def test_the_year_before_is_locked_first(submitted, dong_mai, staff):
    """This year's opening list is its closing list: it must not change under a locked year."""
    approve_round(by=staff, ward=dong_mai, year=YEAR, version=version(dong_mai))

    with pytest.raises(ValidationError, match=str(YEAR - 1)):
        lock_round(by=staff, ward=dong_mai, year=YEAR, version=version(dong_mai))


def test_who_submitted_does_not_approve(submitted, dong_mai, officer):
    officer.role = "staff"
    officer.save()

    with pytest.raises(OwnWork):
        approve_round(by=officer, ward=dong_mai, year=YEAR, version=version(dong_mai))


@pytest.mark.parametrize("part", ["a status", "a cause", "a decision number"])
def test_who_entered_part_of_the_year_neither_approves_nor_locks(dong_mai, officer, staff, part):
    [family] = complete(dong_mai, families=1)
    status = family.statuses.get(year=YEAR)
    with acting_as(staff):
        if part == "a status":
            other = factories.household(dong_mai)
            other.statuses.create(year=YEAR, standard=status.standard, ward=dong_mai, persons=1, classification="K")
        elif part == "a cause":
            status.causes.create(cause="illness")
        else:
            status.decision_number = "13/QĐ-UBND"
            status.save()
    submit_round(by=officer, ward=dong_mai, year=YEAR, version=1)
    assert staff.username in makers_of(dong_mai, YEAR)

    with pytest.raises(OwnWork):
        approve_round(by=staff, ward=dong_mai, year=YEAR, version=version(dong_mai))
    somebody = factories.staff()
    approve_round(by=somebody, ward=dong_mai, year=YEAR, version=version(dong_mai))
    factories.review_round(dong_mai, YEAR - 1)
    with pytest.raises(OwnWork):
        lock_round(by=staff, ward=dong_mai, year=YEAR, version=version(dong_mai))


def test_who_wrote_another_year_or_another_ward_may_check_this_one(dong_mai, officer, staff):
    [family] = complete(dong_mai, families=1)
    with acting_as(staff):
        family.statuses.filter(year=YEAR - 1).update(note="năm trước")
    elsewhere = factories.household(factories.ward("Biên Giang"), statuses={YEAR: "K"})
    with acting_as(staff):
        elsewhere.statuses.update(note="phường khác")

    assert staff.username not in makers_of(dong_mai, YEAR)


def test_an_approved_year_is_returned_for_a_reason_only(submitted, dong_mai, staff):
    approve_round(by=staff, ward=dong_mai, year=YEAR, version=version(dong_mai))
    comment_on(by=staff, begun=round_of(dong_mai, YEAR), text="Chưa rõ")

    with pytest.raises(ValidationError):
        return_round(by=staff, ward=dong_mai, year=YEAR, version=version(dong_mai))
    return_round(by=staff, ward=dong_mai, year=YEAR, version=version(dong_mai), reason="Sai số liệu dân cư")

    begun = round_of(dong_mai, YEAR)
    assert (begun.state, begun.checked_by) == (RoundState.RETURNED, None)


def test_a_year_with_a_comment_that_waits_is_not_approved(submitted, dong_mai, staff):
    comment_on(by=staff, begun=round_of(dong_mai, YEAR), household=submitted[0], text="Xem lại")

    with pytest.raises(ValidationError):
        approve_round(by=staff, ward=dong_mai, year=YEAR, version=version(dong_mai))


def test_a_year_that_does_not_balance_is_not_approved_and_the_household_is_named(dong_mai, staff, officer):
    """It was complete when it was submitted; since then the year before was given a household more."""
    complete(dong_mai)
    submit_round(by=officer, ward=dong_mai, year=YEAR, version=1)
    factories.household(dong_mai, head="Lê Văn Sót", statuses={YEAR - 1: "N"})

    with pytest.raises(ValidationError) as refused:
        approve_round(by=staff, ward=dong_mai, year=YEAR, version=version(dong_mai))

    assert "Lê Văn Sót" in " ".join(refused.value.messages)


def test_a_locked_year_takes_no_step_any_more(submitted, dong_mai, staff):
    factories.review_round(dong_mai, YEAR - 1)
    for step in (approve_round, lock_round):
        step(by=staff, ward=dong_mai, year=YEAR, version=version(dong_mai))

    for step, more in ((submit_round, {}), (return_round, {"reason": "mở lại"}), (approve_round, {}), (lock_round, {})):
        with pytest.raises(ValidationError):
            step(by=staff, ward=dong_mai, year=YEAR, version=version(dong_mai), **more)
    assert state_of(dong_mai, YEAR) == RoundState.LOCKED


def test_comments_are_made_on_a_submitted_year_and_answered_once(submitted, dong_mai, officer, staff):
    comment = comment_on(by=staff, begun=round_of(dong_mai, YEAR), text="Xem lại")
    answer_comment(by=officer, comment=comment, answer="Đã xem")

    with pytest.raises(ValidationError):
        answer_comment(by=officer, comment=comment, answer="Đã xem lần nữa")
    with pytest.raises(ValidationError):
        comment_on(by=staff, begun=ReviewRound(ward=dong_mai, year=2022), text="Chưa nộp")


def test_the_population_of_a_closed_year_stays(submitted, dong_mai, officer):
    with pytest.raises(ValidationError):
        set_population(by=officer, ward=dong_mai, year=YEAR, households=1, persons=2)


def test_every_step_is_on_the_trail_under_who_took_it(submitted, dong_mai, officer, staff):
    approve_round(by=staff, ward=dong_mai, year=YEAR, version=version(dong_mai))

    steps = AuditEvent.objects.of(round_of(dong_mai, YEAR)).filter(model="households.reviewround").order_by("id")
    told = [(event.actor, event.new["state"]) for event in steps]
    assert (officer.username, "submitted") in told
    assert told[-1] == (staff.username, "approved")


# --- the pages ------------------------------------------------------------------------------


def test_round_start_leads_to_the_ward_and_year_one_works_in(dong_mai, officer, staff):
    assert signed_in(officer).get(reverse("round-start")).url.startswith(f"/review/{dong_mai.pk}/")
    assert signed_in(staff).get(reverse("round-start")).url.startswith(reverse("round-progress"))


def test_round_detail_says_what_is_left_each_a_link_to_those_households(dong_mai, officer):
    family = factories.household(dong_mai, head="Trần Thị Thiếu", statuses={YEAR - 1: "N"})
    client = signed_in(officer)

    page = client.get(at("round-detail", dong_mai)).content.decode()
    there = at("round-households", dong_mai, gap="unreviewed")
    rows = client.get(there).content.decode()

    assert there in page
    assert "#population" in page
    assert "Trần Thị Thiếu" in rows
    assert reverse("status-edit", args=[family.pk, YEAR]) in rows


def test_round_households_lists_exactly_those(dong_mai, officer):
    complete(dong_mai)
    missing = factories.household(dong_mai, head="Chưa Rà Soát", statuses={YEAR - 1: "CN"})

    response = signed_in(officer).get(at("round-households", dong_mai, gap="unreviewed"))

    assert [row.pk for row in response.context["households"]] == [missing.pk]
    assert signed_in(officer).get(at("round-households", dong_mai, gap="gi-do")).status_code == 404


def test_round_population_is_entered_on_the_page(dong_mai, officer):
    client = signed_in(officer)
    wrong = client.post(at("round-population", dong_mai), {"households": "500", "persons": "20"})
    right = client.post(at("round-population", dong_mai), {"households": "3.000", "persons": "11.000"})

    assert (wrong.status_code, right.status_code) == (422, 302)
    entered = WardPopulation.objects.get(ward=dong_mai, year=YEAR)
    assert (entered.households, entered.persons) == (3_000, 11_000)


def test_round_check_shows_classes_movement_and_households_on_one_sheet(dong_mai, officer):
    complete(dong_mai)
    gone = factories.household(dong_mai, head="Thoát Nghèo", statuses={YEAR - 1: "CN"})
    factories.status(gone, YEAR, "K", **DECIDED)

    response = signed_in(officer).get(at("round-check", dong_mai))

    near_poor = next(line for line in response.context["classes"] if line["letter"] == "CN")
    assert (near_poor["households"], near_poor["persons"]) == (2, 2)
    [_poor, table] = response.context["tables"]
    assert [cell["households"] for cell in table["cells"]] == [3, 1, 0, 0, 0, 0, 0, 0, 2]
    assert table["holds"]
    assert len(response.context["rows"]) == 3


def test_each_figure_of_round_check_opens_the_households_it_counts(dong_mai, officer):
    complete(dong_mai)
    gone = factories.household(dong_mai, statuses={YEAR - 1: "CN"})
    factories.status(gone, YEAR, "K", **DECIDED)

    response = signed_in(officer).get(at("round-check", dong_mai) + "?table=near_poor&column=c2")

    assert [row.pk for row in response.context["rows"]] == [gone.pk]


def press(client: Client, name: str, ward, **more):
    sent = {"version": version(ward), "submission_key": uuid4(), **more}
    return client.post(at(name, ward), sent)


def test_round_submit_return_answer_approve_lock_by_the_buttons(dong_mai, officer, staff):
    families = complete(dong_mai)
    factories.review_round(dong_mai, YEAR - 1)
    ward_page, district = signed_in(officer), signed_in(staff)

    assert press(ward_page, "round-submit", dong_mai).status_code == 302
    commented = district.post(at("round-comment", dong_mai), {"household": families[0].pk, "text": "Xem lại nhân khẩu"})
    assert commented.status_code == 302
    assert press(district, "round-return", dong_mai).status_code == 302
    comment = RoundComment.objects.get()
    answered = ward_page.post(at("round-answer", dong_mai, comment=comment.pk), {"answer": "Đã sửa"})
    assert answered.status_code == 302
    for client, name in ((ward_page, "round-submit"), (district, "round-approve"), (district, "round-lock")):
        assert press(client, name, dong_mai).status_code == 302, name

    assert state_of(dong_mai, YEAR) == RoundState.LOCKED


def test_a_second_click_on_submit_finds_the_first(dong_mai, officer):
    complete(dong_mai)
    client, sent = signed_in(officer), {"version": 1, "submission_key": uuid4()}

    first, second = (client.post(at("round-submit", dong_mai), sent) for _ in range(2))

    assert (first.status_code, second.status_code) == (302, 302)
    assert first.url == second.url
    assert version(dong_mai) == 2


def test_round_submit_on_an_old_page_is_told_what_happened(dong_mai, officer):
    complete(dong_mai)
    client = signed_in(officer)
    press(client, "round-submit", dong_mai)

    response = client.post(at("round-submit", dong_mai), {"version": 1, "submission_key": uuid4()})

    assert response.status_code == 409
    assert response.context["problems"]


def test_round_submit_refused_names_what_is_missing_on_the_page(dong_mai, officer):
    factories.household(dong_mai, head="Trần Thị Thiếu", statuses={YEAR - 1: "N"})

    response = press(signed_in(officer), "round-submit", dong_mai)

    assert response.status_code == 422
    assert "Trần Thị Thiếu" in " ".join(response.context["problems"])


def test_round_approve_by_its_maker_is_refused_in_words(dong_mai, officer, staff):
    [family, _other] = complete(dong_mai)
    with acting_as(staff):
        family.statuses.filter(year=YEAR).update(note="ghi hộ")
    press(signed_in(officer), "round-submit", dong_mai)

    response = press(signed_in(staff), "round-approve", dong_mai)

    assert response.status_code == 403
    assert response.context["problems"]
    assert response.context["own_work"]
    assert state_of(dong_mai, YEAR) == RoundState.SUBMITTED


def test_an_officer_cannot_approve_nor_staff_submit(dong_mai, officer, staff):
    complete(dong_mai)
    assert press(signed_in(staff), "round-submit", dong_mai).status_code == 403
    for name in ("round-approve", "round-lock", "round-return"):
        assert press(signed_in(officer), name, dong_mai).status_code == 403
    assert not ReviewRound.objects.exists()


# --- the district ---------------------------------------------------------------------------


def test_round_progress_tells_of_every_ward_of_the_year(staff, officer, dong_mai):
    complete(dong_mai)
    submit_round(by=officer, ward=dong_mai, year=YEAR, version=1)
    late = factories.ward("Biên Giang")
    factories.household(late, statuses={YEAR - 1: "N"})
    factories.ward("Hà Đông", code="09556", since=date(2025, 7, 1))  # not there yet in the year

    rows = {
        row["ward"]: row for row in signed_in(staff).get(f"{reverse('round-progress')}?year={YEAR}").context["rows"]
    }

    assert set(rows) == {dong_mai, late}
    assert (rows[dong_mai]["reviewed"], rows[dong_mai]["to_review"], rows[dong_mai]["balances"]) == (2, 2, True)
    assert rows[dong_mai]["begun"].state == RoundState.SUBMITTED
    assert (rows[late]["reviewed"], rows[late]["to_review"], rows[late]["balances"]) == (0, 1, False)


def test_round_progress_can_be_narrowed_to_a_state(staff, dong_mai):
    factories.ward("Biên Giang")
    factories.review_round(dong_mai, YEAR, RoundState.SUBMITTED)

    response = signed_in(staff).get(f"{reverse('round-progress')}?year={YEAR}&state=submitted")

    assert [row["ward"] for row in response.context["rows"]] == [dong_mai]


def test_round_progress_shows_an_officer_their_own_wards(officer, dong_mai):
    factories.ward("Biên Giang")

    response = signed_in(officer).get(f"{reverse('round-progress')}?year={YEAR}")

    assert [row["ward"] for row in response.context["rows"]] == [dong_mai]


def test_round_lock_all_locks_the_approved_wards_and_names_those_it_could_not(staff):
    wards = [factories.ward(name) for name in ("Đồng Mai", "Biên Giang", "Phú Lãm", "Văn Quán")]
    _good, own, unbalanced, submitted = wards
    for ward in wards:
        factories.population(ward, YEAR, households=10, persons=40)
        family = factories.household(ward)
        if ward is own:
            with acting_as(staff):
                factories.status(family, YEAR, "K")
                family.statuses.update(note="ghi hộ")
        factories.review_round(ward, YEAR, RoundState.SUBMITTED if ward is submitted else RoundState.APPROVED)
    factories.household(unbalanced, statuses={YEAR - 1: "N"})

    later = factories.ward("La Khê")
    page = signed_in(staff).get(f"{reverse('round-progress')}?year={YEAR}")
    factories.population(later, YEAR, households=10, persons=40)
    factories.review_round(later, YEAR, RoundState.APPROVED)  # after the page was opened: nobody saw it named
    named = {"year": YEAR, "ward": [ward.pk for ward in page.context["approved"]]}

    unsure = signed_in(staff).post(reverse("round-lock-all"), named, follow=True)
    states_then = [state_of(ward, YEAR) for ward in wards]
    response = signed_in(staff).post(reverse("round-lock-all"), named | {"sure": "on"}, follow=True)

    assert states_then == ["approved", "approved", "approved", "submitted"]
    assert [message.level_tag for message in unsure.context["messages"]] == ["error"]
    assert [state_of(ward, YEAR) for ward in (*wards, later)] == [
        "locked",
        "approved",
        "approved",
        "submitted",
        "approved",
    ]
    told = " ".join(str(message) for message in response.context["messages"])
    assert str(own) in told
    assert str(unbalanced) in told


def test_a_year_is_reviewed_by_the_wards_that_exist_at_its_end(staff):
    """A ward that ended in the middle of the year has no review of that year; its successors have."""
    ended = factories.ward("Đồng Mai", until=date(2025, 6, 30))
    client = signed_in(staff)
    officer = signed_in(factories.officer(ended))
    with acting_as("test"):
        Dataset.claim("programme", working_year=2025)

    for name in ("round-detail", "round-check", "carry-over"):
        assert client.get(reverse(name, args=[ended.pk, 2025])).status_code == 404
        assert client.get(reverse(name, args=[ended.pk, 2024])).status_code == 200
    assert officer.get(reverse("round-start")).url == f"{reverse('round-progress')}?year=2025"


def test_a_household_reviewed_within_the_year_only_is_a_hint(dong_mai):
    family = factories.household(dong_mai)
    status = factories.status(family, YEAR, "N", reviewed_on=date(YEAR, 3, 20), decision_number="1/QĐ-UBND")
    status.reviews.update(kind="regular")

    left = remaining([dong_mai], YEAR)[dong_mai.pk]

    assert left.gaps[Gap.WITHIN_YEAR] == [family.pk]
    assert "within-the-year" not in dict(left.sentences)
    factories.status(family, YEAR - 1, "K")
    status.reviews.update(kind="yearly")
    assert remaining([dong_mai], YEAR)[dong_mai.pk].gaps[Gap.WITHIN_YEAR] == []


def asked(client: Client, where: str) -> int:
    client.get(where)  # what is looked up once per process
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert client.get(where).status_code == 200
    return len(queries)


def test_the_pages_ask_no_more_questions_the_more_households_and_wards_there_are(staff, dong_mai):
    client = signed_in(staff)
    pages = [
        f"{reverse('round-progress')}?year={YEAR}",
        at("round-detail", dong_mai),
        at("round-check", dong_mai),
        at("round-households", dong_mai, gap="undecided"),
    ]
    complete(dong_mai, families=1)
    factories.household(dong_mai, statuses={YEAR - 1: "N", YEAR: "N"})
    before = [asked(client, where) for where in pages]
    for number in range(16):
        ward = factories.ward(f"Phường {number}")
        for _ in range(3):
            factories.household(ward, statuses={YEAR - 1: "N", YEAR: "CN"})
    for _ in range(5):
        factories.household(dong_mai, statuses={YEAR - 1: "CN", YEAR: "N"})

    assert [asked(client, where) for where in pages] == before
    assert before[0] <= 30


def test_api_review_rounds_tell_the_state_of_the_readers_wards_only(officer, dong_mai):
    factories.review_round(dong_mai, YEAR, RoundState.SUBMITTED)
    factories.review_round(factories.ward("Biên Giang"), YEAR)

    answer = signed_in(officer).get("/api/review-rounds/", {"year": YEAR}).json()

    assert [(row["ward"], row["state"]) for row in answer["results"]] == [(dong_mai.identity, "submitted")]
    assert signed_in(officer).post("/api/review-rounds/", {}).status_code == 405

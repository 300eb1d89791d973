"""A mistake found after the lock: proposed by one, decided by another, shown beside what was published."""

from datetime import date
from uuid import uuid4

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse

from accounts.models import AuditEvent
from households.amendments import decide_amendment, propose_amendment, published_and_now
from households.codes import RoundState
from households.life import move_out
from households.models import PovertyStatus, StatusAmendment
from households.rounds import OwnWork
from tests import factories

pytestmark = pytest.mark.django_db

YEAR = 2023


@pytest.fixture
def dong_mai():
    return factories.ward("Đồng Mai")


@pytest.fixture
def officer(dong_mai):
    return factories.officer(dong_mai, username="lan")


@pytest.fixture
def staff():
    return factories.staff("minh")


@pytest.fixture
def published(dong_mai):
    """A household that was published as near-poor, of one person, in a year that is locked."""
    status = factories.status(factories.household(dong_mai, head="Phạm Thị Nhầm"), YEAR, "CN", decision_number="1/QĐ")
    factories.review_round(dong_mai, YEAR)
    return status


def proposal(status: PovertyStatus, classification: str = "N", **fields) -> StatusAmendment:
    return StatusAmendment(
        household=status.household,
        year=status.year,
        standard=status.standard,
        classification=classification,
        persons=fields.pop("persons", status.persons),
        reason=fields.pop("reason", "Ghi nhầm loại khi nhập"),
        **fields,
    )


def signed_in(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


# --- proposing and deciding -------------------------------------------------------------------


def test_a_correction_is_proposed_accepted_and_leaves_the_published_class_alone(published, officer, staff):
    asked = propose_amendment(by=officer, amendment=proposal(published))
    decided = decide_amendment(by=staff, amendment=asked, accept=True, answer="Đúng hồ sơ")

    assert (decided.state, decided.decided_by, decided.status) == ("accepted", staff, published)
    published.refresh_from_db()
    assert published.classification == "CN"


def test_who_proposed_it_does_not_decide(published, staff):
    asked = propose_amendment(by=staff, amendment=proposal(published))

    with pytest.raises(OwnWork):
        decide_amendment(by=staff, amendment=asked, accept=True, answer="")


def test_a_correction_is_decided_once(published, officer, staff):
    asked = propose_amendment(by=officer, amendment=proposal(published))
    decide_amendment(by=staff, amendment=asked, accept=False, answer="Không có hồ sơ")

    with pytest.raises(ValidationError):
        decide_amendment(by=factories.staff(), amendment=asked, accept=True, answer="")


@pytest.mark.parametrize("state", ["open", "submitted", "returned", "approved"])
def test_only_a_locked_year_is_corrected(dong_mai, officer, state):
    status = factories.status(factories.household(dong_mai), YEAR, "CN")
    factories.review_round(dong_mai, YEAR, RoundState(state))

    with pytest.raises(ValidationError) as refused:
        propose_amendment(by=officer, amendment=proposal(status))

    assert refused.value.code == "not_locked"


def test_what_was_published_is_no_correction(published, officer):
    with pytest.raises(ValidationError) as refused:
        propose_amendment(by=officer, amendment=proposal(published, "CN", decision_number="1/QĐ"))

    assert refused.value.code == "no_difference"


def test_one_correction_of_a_year_waits_at_a_time(published, officer):
    propose_amendment(by=officer, amendment=proposal(published))

    with pytest.raises(ValidationError):
        propose_amendment(by=officer, amendment=proposal(published, "K"))


def test_a_household_that_was_missed_entirely_can_be_proposed(dong_mai, officer, published):
    missed = factories.household(dong_mai)
    asked = propose_amendment(
        by=officer,
        amendment=StatusAmendment(
            household=missed,
            year=YEAR,
            standard=published.standard,
            classification="N",
            persons=3,
            reason="Bỏ sót khi rà soát",
        ),
    )

    assert (asked.status, asked.ward) == (None, dong_mai)


# --- the pages --------------------------------------------------------------------------------


def sent(**fields) -> dict:
    return {
        "classification": "N",
        "persons": "2",
        "reason": "Ghi nhầm loại khi nhập",
        "submission_key": uuid4(),
        **fields,
    }


def test_amendment_create_from_the_households_page(published, officer):
    client, family = signed_in(officer), published.household
    where = reverse("amendment-create", args=[family.pk, YEAR])
    assert where in client.get(reverse("household-detail", args=[family.pk])).content.decode()

    response = client.post(where, sent())

    asked = StatusAmendment.objects.get()
    assert response.url == reverse("amendment-detail", args=[asked.pk])
    assert (asked.classification, asked.persons, asked.proposed_by, asked.state) == ("N", 2, officer, "proposed")


@pytest.mark.parametrize(
    "wrong", [{"reason": "nhầm"}, {"persons": "0"}, {"classification": ""}, {"classification": "X"}, {"reason": ""}]
)
def test_amendment_create_says_what_is_wrong(published, officer, wrong):
    where = reverse("amendment-create", args=[published.household.pk, YEAR])

    response = signed_in(officer).post(where, sent(**wrong))

    assert response.status_code == 422
    assert next(iter(wrong)) in response.context["form"].errors
    assert not StatusAmendment.objects.exists()


def test_a_second_click_on_propose_finds_the_first(published, officer):
    where, form = reverse("amendment-create", args=[published.household.pk, YEAR]), sent()
    client = signed_in(officer)

    first, second = (client.post(where, form) for _ in range(2))

    assert first.url == second.url
    assert StatusAmendment.objects.count() == 1


def test_amendment_create_of_an_open_year_shows_the_way_to_the_class_itself(dong_mai, officer):
    family = factories.household(dong_mai, statuses={YEAR: "CN"})
    where = reverse("amendment-create", args=[family.pk, YEAR])

    assert not signed_in(officer).get(where).context["is_locked"]
    assert signed_in(officer).post(where, sent()).status_code == 422


def test_amendment_decide_by_the_button_and_then_beside_what_was_published(published, officer, staff, dong_mai):
    asked = propose_amendment(by=officer, amendment=proposal(published))
    client = signed_in(staff)
    assert [row.pk for row in client.get(reverse("amendment-list")).context["rows"]] == [asked.pk]

    response = client.post(reverse("amendment-decide", args=[asked.pk]), {"verdict": "accept", "answer": "Đúng hồ sơ"})

    assert response.status_code == 302
    detail = reverse("amendment-detail", args=[asked.pk])
    for page in (
        reverse("household-detail", args=[published.household.pk]),
        reverse("round-detail", args=[dong_mai.pk, YEAR]),
        f"{reverse('amendment-figures')}?year={YEAR}",
    ):
        assert detail in client.get(page).content.decode(), page
    assert not client.get(reverse("amendment-list")).context["rows"]
    assert client.get(f"{reverse('amendment-list')}?state=decided").context["rows"]


def test_amendment_decide_refuses_only_with_an_answer(published, officer, staff):
    asked = propose_amendment(by=officer, amendment=proposal(published))
    where, client = reverse("amendment-decide", args=[asked.pk]), signed_in(staff)

    assert client.post(where, {"verdict": "refuse", "answer": ""}).status_code == 422
    assert client.post(where, {"verdict": "refuse", "answer": "Không có hồ sơ"}).status_code == 302
    asked.refresh_from_db()
    assert (asked.state, asked.answer) == ("refused", "Không có hồ sơ")


def test_amendment_decide_by_its_proposer_is_refused_in_words(published, staff):
    asked = propose_amendment(by=staff, amendment=proposal(published))

    response = signed_in(staff).post(reverse("amendment-decide", args=[asked.pk]), {"verdict": "accept"})

    assert response.status_code == 403
    assert response.context["form"].errors
    assert StatusAmendment.objects.get().state == "proposed"


def test_an_officer_does_not_decide(published, officer, dong_mai):
    asked = propose_amendment(by=officer, amendment=proposal(published))
    colleague = factories.officer(dong_mai)

    assert (
        signed_in(colleague).post(reverse("amendment-decide", args=[asked.pk]), {"verdict": "accept"}).status_code
        == 403
    )


def test_the_year_strip_marks_a_corrected_year(published, officer, staff):
    def strip(page: str) -> list:
        response = signed_in(officer).get(page)
        rows = response.context.get("page_obj")
        return rows.object_list[0].strip if rows else response.context["strip"]

    pages = [reverse("household-list"), reverse("household-detail", args=[published.household.pk])]
    asked = propose_amendment(by=officer, amendment=proposal(published))
    assert not any(square.get("corrected") for page in pages for square in strip(page)), "not decided yet"

    decide_amendment(by=staff, amendment=asked, accept=True, answer="")

    for page in pages:
        assert [square["year"] for square in strip(page) if square.get("corrected")] == [YEAR]


def test_everything_is_on_the_households_history(published, officer, staff):
    asked = propose_amendment(by=officer, amendment=proposal(published))
    decide_amendment(by=staff, amendment=asked, accept=True, answer="")

    told = AuditEvent.objects.of(published.household).filter(model="households.statusamendment").order_by("id")
    assert [(event.actor, event.action) for event in told] == [("lan", "insert"), ("minh", "update")]


# --- published and now ------------------------------------------------------------------------


def figures(wards, year=YEAR) -> dict:
    return {
        line.letter: (line.published, line.change, line.now) for line in published_and_now(wards, year, "city").lines
    }


def test_published_figures_stay_and_what_stands_now_is_told_beside_them(published, officer, staff, dong_mai):
    missed = StatusAmendment(
        household=factories.household(dong_mai), year=YEAR, standard=published.standard,
        classification="CN", persons=4, reason="Bỏ sót khi rà soát",
    )  # fmt: skip
    for amendment in (proposal(published, "N", persons=3), missed):
        asked = propose_amendment(by=officer, amendment=amendment)
        decide_amendment(by=staff, amendment=asked, accept=True, answer="")

    told = figures([dong_mai])

    assert told["N"] == ((0, 0), (1, 3), (1, 3))
    assert told["CN"] == ((1, 1), (0, 3), (1, 4))
    assert len(published_and_now([dong_mai], YEAR, "city").differences) == 2


def test_a_class_that_was_not_published_because_the_household_had_left_is_not_taken_off_again(staff, officer, dong_mai):
    left = factories.status(factories.household(dong_mai), YEAR, "CN")
    household = left.household
    move_out(by="test", household=household, version=household.version, day=date(YEAR, 11, 20), place="Bắc Ninh")
    factories.review_round(dong_mai, YEAR)

    asked = propose_amendment(by=officer, amendment=proposal(left, "CN", reason="Hộ đã về lại trước cuối năm"))
    decide_amendment(by=staff, amendment=asked, accept=True, answer="")

    assert asked.status is None
    assert figures([dong_mai])["CN"] == ((0, 0), (1, 1), (1, 1))


def test_the_last_of_two_corrections_holds(published, officer, staff, dong_mai):
    for letter in ("N", "K"):
        asked = propose_amendment(by=officer, amendment=proposal(published, letter))
        decide_amendment(by=staff, amendment=asked, accept=True, answer="")

    told = figures([dong_mai])

    assert (told["N"][2], told["CN"][2], told["K"][2]) == ((0, 0), (0, 0), (1, 1))


def test_neither_refused_nor_waiting_corrections_change_anything(published, officer, staff, dong_mai):
    asked = propose_amendment(by=officer, amendment=proposal(published))
    decide_amendment(by=staff, amendment=asked, accept=False, answer="Không có hồ sơ")
    propose_amendment(by=officer, amendment=proposal(published, "K"))

    assert figures([dong_mai])["CN"] == ((1, 1), (0, 0), (1, 1))


def test_a_year_that_is_not_locked_is_not_published(dong_mai):
    factories.household(dong_mai, statuses={YEAR: "N"})

    compared = published_and_now([dong_mai], YEAR, "city")

    assert (compared.locked, compared.lines[0].published) == (0, (0, 0))


def test_reports_never_contain_corrections(published, officer, staff, dong_mai):
    """The status row is what every figure is counted from; a correction writes no status."""
    before = list(PovertyStatus.objects.values())
    asked = propose_amendment(by=officer, amendment=proposal(published))
    decide_amendment(by=staff, amendment=asked, accept=True, answer="")

    assert list(PovertyStatus.objects.values()) == before


def test_amendment_figures_name_nobody_who_lives_in_another_ward_today(published, officer, staff, dong_mai):
    """The figure belongs to the ward of that day; the household is opened where it lives."""
    asked = propose_amendment(by=officer, amendment=proposal(published))
    decide_amendment(by=staff, amendment=asked, accept=True, answer="")
    published.household.ward = factories.ward("Biên Giang")
    published.household.save()

    response = signed_in(officer).get(f"{reverse('amendment-figures')}?year={YEAR}")

    [row] = response.context["rows"]
    assert not row.may_be_opened
    assert "Phạm Thị Nhầm" not in response.content.decode()

"""A class in a year for programs: the page's rules and messages, the explanation, every review."""

from datetime import date

import pytest

from accounts.actor import acting_as
from households.models import PovertyStatus
from households.reference import load_standards
from households.reviews import REGULAR
from households.services import record_status
from tests import factories
from tests.api import Api

pytestmark = pytest.mark.django_db

STATUSES = "/api/statuses/"
FOUR = ["viec_lam", "bhyt", "nuoc_sach", "nha_tieu"]


@pytest.fixture
def dong_mai():
    with acting_as("test"):
        load_standards()
    return factories.ward("Đồng Mai")


@pytest.fixture
def api(dong_mai):
    api = Api(factories.officer(dong_mai))
    api.client.cookies["django_language"] = "en"
    return api


@pytest.fixture
def household(dong_mai):
    return factories.household(dong_mai, members=3)


def judged(household, **fields):
    return {"household": household.pk, "year": 2024, "level": "national", "b1": 170, "deprivations": FOUR, **fields}


def test_a_class_left_out_takes_the_proposal_and_is_explained(api, household):
    answer = api.post(STATUSES, judged(household))

    assert answer.status_code == 201, answer.json()
    told = answer.json()
    assert (told["classification"], told["proposed"], told["b2"]) == ("N", "N", 40)
    assert told["explanation"] == "B1 170 ≤ 175 and B2 40 ≥ 30 → poor household"
    assert [(each["kind"], each["classification"], each["deprivations"]) for each in told["reviews"]] == [
        ("yearly", "N", sorted(FOUR))
    ]


def test_what_sheet_a_found_goes_in_and_comes_out(api, household):
    answer = api.post(STATUSES, judged(household, sheet_a="signs"))
    refused = api.post(STATUSES, judged(factories.household(household.ward), sheet_a="clear"))

    assert (answer.json()["sheet_a"], answer.json()["reviews"][0]["sheet_a"]) == ("signs", "signs")
    assert (refused.status_code, list(refused.json())) == (400, ["sheet_a"])


def test_no_more_children_lack_something_than_the_household_has(api, household):
    answer = api.post(STATUSES, judged(household, children_uninsured=9))

    assert (answer.status_code, answer.json()) == (400, {"children_uninsured": ["More than there are children."]})
    assert not PovertyStatus.objects.exists()


def test_another_class_needs_its_reason(api, household):
    refused = api.post(STATUSES, judged(household, classification="CN"))
    kept = api.post(STATUSES, judged(household, classification="CN", differs_because="Họp dân thống nhất"))

    assert (refused.status_code, list(refused.json())) == (400, ["differs_because"])
    assert "B1 170 ≤ 175 and B2 40 ≥ 30 → poor household" in refused.json()["differs_because"][0]
    assert (kept.json()["classification"], kept.json()["proposed"]) == ("CN", "N")


def test_where_nothing_is_proposed_a_class_must_be_sent(api, household):
    answer = api.post(STATUSES, judged(household, level="city"))

    assert (answer.status_code, list(answer.json())) == (400, ["classification"])


def test_b2_that_contradicts_the_deprivations_is_refused(api, household):
    assert list(api.post(STATUSES, judged(household, b2=30)).json()) == ["b2"]
    assert api.post(STATUSES, judged(household, b2=40)).status_code == 201


def test_papers_groups_and_children_are_taken_and_told(api, household):
    sent = {
        "certificate_number": "12", "certificate_date": "2024-12-30", "decision_number": "9/QĐ-UBND",
        "decision_date": "2024-12-20", "has_merit": True, "is_agricultural": True, "children": 2,
        "children_undernourished": 1,
    }  # fmt: skip

    told = api.post(STATUSES, judged(household, **sent)).json()

    assert {name: told[name] for name in sent} == sent
    assert (told["on_social_protection"], told["lacks_labour"]) == (False, False)


def test_more_children_than_persons_are_refused(api, household):
    assert list(api.post(STATUSES, judged(household, children=4)).json()) == ["children"]
    assert list(api.post(STATUSES, judged(household, children=1, children_uninsured=2)).json()) == [
        "children_uninsured"
    ]


def test_what_was_read_can_be_sent_back(api, household):
    entered = api.post(STATUSES, judged(household))
    body = entered.json()
    for name in ("id", "ward", "standard", "movement", "proposed", "explanation", "reviews"):
        body.pop(name)

    answer = api.put(entered["Location"], body)

    assert answer.status_code == 200, answer.json()
    assert answer.json()["b2"] == 40


def test_correcting_the_class_corrects_the_yearly_review_not_the_later_one(api, household):
    entered = api.post(STATUSES, judged(household, reviewed_on="2024-10-10"))
    status = PovertyStatus.objects.get()
    status.classification, status.b1, status.b2, status.reviewed_on = "", 190, None, date(2024, 11, 15)
    record_status(by="test", status=status, kind=REGULAR)

    answer = api.patch(entered["Location"], {"version": 1, "b1": 168})

    told = answer.json()
    assert answer.status_code == 200, told
    assert (told["classification"], told["b1"]) == ("K", 190)
    assert [(each["kind"], each["classification"], each["b1"], each["b2"]) for each in told["reviews"]] == [
        ("yearly", "N", 168, 40), ("regular", "K", 190, 0),
    ]  # fmt: skip


def test_a_locked_year_is_refused_with_the_pages_words(api, dong_mai, household):
    factories.review_round(dong_mai, 2024)

    answer = api.post(STATUSES, judged(household))

    assert answer.status_code == 409
    assert "has locked the year 2024" in str(answer.json())

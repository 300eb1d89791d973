"""Reviews within the year: every one is kept, and the class at the end of the year follows from the last."""

import pytest
from django.urls import reverse
from django.utils.translation import override

from accounts.actor import acting_as
from accounts.history import history_of
from households.models import PovertyStatus, StatusReview
from households.reference import load_standards
from households.reviews import REGULAR, YEARLY
from tests import factories
from tests.test_survey_sheet import FOUR, review, ticks, typed

pytestmark = pytest.mark.django_db


@pytest.fixture
def dong_mai():
    with acting_as("test"):
        load_standards()
    return factories.ward("Đồng Mai")


@pytest.fixture(autouse=True)
def officer(client, dong_mai):
    user = factories.officer(dong_mai)
    client.force_login(user)
    client.cookies["django_language"] = "en"
    return user


@pytest.fixture
def family(dong_mai):
    return factories.household(dong_mai, members=3)


def within_the_year(client, household, day, *, year=2024, query="", **fields):
    household.refresh_from_db()
    url = f"{reverse('regular-review', args=[household.pk, year])}?level=national{query}"
    return client.post(url, typed(household, reviewed_on=day, **fields))


def told(household):
    status = household.statuses.get()
    return status.classification, status.reviewed_on and f"{status.reviewed_on:%d/%m}", status.decision_number


def test_a_review_within_the_year_may_be_the_first(client, family):
    answer = within_the_year(client, family, "20/3/2024", b1="170", deprivations=ticks(*FOUR), decision_number="5/QĐ")

    assert answer.url == reverse("household-detail", args=[family.pk])
    assert told(family) == ("N", "20/03", "5/QĐ")
    assert [each.kind for each in family.statuses.get().reviews.all()] == [REGULAR]


def test_the_class_of_the_year_follows_from_the_last_review(client, family):
    within_the_year(client, family, "20/3/2024", b1="170", deprivations=ticks(*FOUR), decision_number="5/QĐ")
    review(client, family, reviewed_on="10/10/2024", b1="170", deprivations=ticks("bhyt"), decision_number="9/QĐ")
    assert told(family) == ("CN", "10/10", "9/QĐ")

    within_the_year(client, family, "15/11/2024", b1="190", decision_number="12/QĐ", causes=["land"])

    assert told(family) == ("K", "15/11", "12/QĐ")
    status = family.statuses.get()
    assert [(each.kind, each.classification, each.b2) for each in status.reviews.all()] == [
        (REGULAR, "N", 40), (YEARLY, "CN", 10), (REGULAR, "K", 0),
    ]  # fmt: skip
    assert (status.deprivations.count(), [str(each.cause) for each in status.causes.all()]) == (0, ["land"])


def test_a_review_entered_late_does_not_change_the_class_of_the_year(client, family):
    review(client, family, reviewed_on="10/10/2024", b1="170", deprivations=ticks("bhyt"))

    within_the_year(client, family, "20/3/2024", b1="170", deprivations=ticks(*FOUR))

    assert told(family) == ("CN", "10/10", "")
    assert [each.code for each in family.statuses.get().deprivations.all()] == ["bhyt"]
    with override("en"):
        [latest, *_] = history_of(family)
    assert "20/03/2024" in latest.changes[0].new


def test_of_one_day_the_yearly_review_counts(client, family):
    review(client, family, reviewed_on="10/10/2024", b1="170", deprivations=ticks("bhyt"))
    within_the_year(client, family, "10/10/2024", b1="190")

    assert told(family) == ("CN", "10/10", "")


def test_the_yearly_sheet_shows_the_yearly_review_and_saving_it_keeps_the_later_one(client, family):
    review(client, family, reviewed_on="10/10/2024", b1="170", deprivations=ticks("bhyt"))
    within_the_year(client, family, "15/11/2024", b1="190")

    form = client.get(f"{reverse('status-edit', args=[family.pk, 2024])}?level=national").context["form"]
    review(client, family, reviewed_on="11/10/2024", b1="168", deprivations=ticks("bhyt"))

    assert (form["b1"].value(), form["reviewed_on"].value().isoformat()) == ("170", "2024-10-10")
    assert told(family) == ("K", "15/11", "")
    assert StatusReview.objects.get(kind=YEARLY).b1 == 168


def test_a_status_from_before_reviews_were_kept_gets_one_copied_from_itself(client, family):
    review(client, family, reviewed_on="10/10/2024", b1="170", deprivations=ticks("bhyt"), causes=["land"])
    with acting_as("test"):
        StatusReview.objects.all().delete()

    within_the_year(client, family, "15/11/2024", b1="190")

    first, second = family.statuses.get().reviews.all()
    assert (first.kind, first.classification, first.deprivations, first.causes) == (YEARLY, "CN", ["bhyt"], ["land"])
    assert (second.kind, second.classification) == (REGULAR, "K")


def test_a_review_on_record_is_corrected_not_added(client, family):
    within_the_year(client, family, "20/3/2024", b1="170", deprivations=ticks(*FOUR))
    kept = StatusReview.objects.get()

    within_the_year(client, family, "21/3/2024", query=f"&review={kept.pk}", b1="171", deprivations=ticks("bhyt"))

    [only] = StatusReview.objects.all()
    assert (only.pk, only.b1, only.classification, f"{only.reviewed_on:%d/%m}") == (kept.pk, 171, "CN", "21/03")
    assert told(family)[0] == "CN"


@pytest.mark.parametrize(("day", "words"), [("31/12/2023", "must lie within 2024"), ("", "Write the date")])
def test_the_day_lies_within_the_year(client, family, day, words):
    answer = within_the_year(client, family, day, b1="170")

    with override("en"):
        [error] = answer.context["form"].errors["reviewed_on"]
    assert words in error
    assert (answer.status_code, PovertyStatus.objects.count()) == (422, 0)


def test_beside_another_review_the_yearly_one_says_its_day(client, family):
    within_the_year(client, family, "20/3/2024", b1="170")

    answer = review(client, family, b1="170")

    assert (answer.status_code, list(answer.context["form"].errors)) == (422, ["reviewed_on"])


def test_beside_a_yearly_review_without_a_day_none_is_written_before_it_has_one(client, family):
    """Nobody could say which of the two came last."""
    review(client, family, b1="170", deprivations=ticks("bhyt"))

    answer = within_the_year(client, family, "20/3/2024", b1="190")

    with override("en"):
        [error] = answer.context["form"].non_field_errors()
    assert "The yearly review of 2024 has no date. Write it on the yearly sheet first" in error
    assert (answer.status_code, told(family)[0]) == (422, "CN")
    review(client, family, reviewed_on="10/10/2024", b1="170", deprivations=ticks("bhyt"))
    within_the_year(client, family, "20/3/2024", b1="190")
    assert told(family) == ("CN", "10/10", ""), "the yearly review came last"


def test_another_class_needs_its_reason_here_too(client, family):
    answer = within_the_year(client, family, "20/3/2024", b1="170", classification="N")

    assert (answer.status_code, list(answer.context["form"].errors)) == (422, ["differs_because"])


def test_a_locked_year_takes_no_review(client, dong_mai, family):
    factories.review_round(dong_mai, 2024)

    assert within_the_year(client, family, "20/3/2024", b1="170").status_code == 422
    assert not StatusReview.objects.exists()


def test_the_households_page_lists_the_reviews_of_a_year(client, family):
    within_the_year(client, family, "20/3/2024", b1="170")
    review(client, family, reviewed_on="10/10/2024", b1="170", deprivations=ticks(*FOUR))

    page = client.get(reverse("household-detail", args=[family.pk])).content.decode()

    assert page.index("20/03/2024 · regular review") < page.index("10/10/2024 · yearly review")
    assert "B1 170 ≤ 175 and B2 40 ≥ 30 → poor household" in page


def test_a_review_of_another_household_is_not_found(client, dong_mai, family):
    other = factories.household(dong_mai)
    within_the_year(client, other, "20/3/2024", b1="170")
    foreign = StatusReview.objects.get()

    for asked in (foreign.pk, "x", 10**30):
        url = f"{reverse('regular-review', args=[family.pk, 2024])}?level=national&review={asked}"
        assert client.get(url).status_code == 404


def test_two_officers_at_the_same_review_meet_in_a_conflict(client, family):
    data = typed(family, reviewed_on="20/3/2024", b1="170")
    review(client, family, b1="171", reviewed_on="1/10/2024")

    answer = client.post(f"{reverse('regular-review', args=[family.pk, 2024])}?level=national", data)

    assert answer.status_code == 409


def test_one_regular_review_is_recorded_by_both_standards_each_with_its_own_papers(client, family):
    yearly = {"reviewed_on": "10/10/2021", "income": "1.500.000", "decision_number": "9/QĐ", "also": "on"}
    review(client, family, 2021, "city", **yearly)
    papers = {"decision_number": "12/QĐ", "also": "on"}
    within_the_year(client, family, "15/11/2021", year=2021, income="800.000", **papers)

    city, national = family.statuses.order_by("standard__level")
    assert [(each.classification, each.decision_number) for each in (city, national)] == [("N", ""), ("N", "12/QĐ")]
    classes = [[each.classification for each in status.reviews.all()] for status in (city, national)]
    assert classes == [["CN", "N"], ["K", "N"]]  # the yearly review, then the regular one

    # The yearly sheet saved again leaves what was decided since as it is, and does not take it for its own.
    review(client, family, 2021, "city", **yearly)
    assert [each.classification for each in family.statuses.all()] == ["N", "N"]
    national = family.statuses.get(standard__level="national")
    assert [(each.classification, each.decision_number) for each in national.reviews.all()] == [
        ("K", ""),
        ("N", "12/QĐ"),
    ]

"""A household's page: members with masked numbers, years, help, history; and the class of one year."""

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.translation import override

from accounts.models import AuditEvent
from households.life import move_out, move_to_ward
from households.models import Household
from households.services import amend_household
from tests import factories
from tests.sheets import sheet

pytestmark = pytest.mark.django_db


@pytest.fixture
def dong_mai():
    for level in ("city", "national"):
        factories.standard(2020, level)
        factories.standard(2024, level)
    return factories.ward("Đồng Mai")


@pytest.fixture
def officer(client, dong_mai):
    user = factories.officer(dong_mai, full_name="Cán bộ A")
    client.force_login(user)
    client.cookies["django_language"] = "en"
    session = client.session
    session["working_year"] = 2024
    session.save()
    return user


@pytest.fixture
def family(dong_mai):
    made = factories.household(dong_mai, head="Nguyễn Thị An", members=3, statuses={2020: "N", 2021: "CN", 2022: "K"})
    made.members.filter(relation="head").update(id_number="001160000123")
    return made


def page_of(client, household):
    return client.get(reverse("household-detail", args=[household.pk]))


@pytest.mark.usefixtures("officer")
def test_the_page_tells_the_household_its_people_and_its_years(client, family):
    factories.support(family, policy="gifts", paid_by={"XHH": 500_000})

    page = page_of(client, family)
    text = page.content.decode()

    assert "Nguyễn Thị An" in text
    assert [square["code"] for square in page.context["strip"]] == [
        "poor", "near_poor", "escaped", "unknown", "unknown", "unknown",
    ]  # fmt: skip
    assert [status.year for status in page.context["statuses"]] == [2022, 2021, 2020]
    assert "left poverty, now near-poor" in text
    assert "500,000" in text


@pytest.mark.usefixtures("officer")
def test_both_standards_stand_side_by_side(client, family):
    factories.status(family, 2021, "N", level="national")

    statuses = page_of(client, family).context["statuses"]

    assert [(status.year, status.standard.level, status.classification) for status in statuses] == [
        (2022, "city", "K"), (2021, "city", "CN"), (2021, "national", "N"), (2020, "city", "N"),
    ]  # fmt: skip


@pytest.mark.usefixtures("officer")
def test_a_result_is_told_by_the_rule_it_was_judged_by_not_by_todays(client, family):
    standard = factories.standard(2023)
    standard.urban_points = 175
    standard.save()
    factories.status(family, 2023, "N", b1=170, b2=40, standard=standard)
    standard.urban_points, standard.version = 160, 2
    standard.save()

    page = page_of(client, family).content.decode()

    assert "B1 170 ≤ 175 and B2 40 ≥ 30 → poor household" in page
    assert "by version 1 of the standard; today it is version 2" in page


@pytest.mark.usefixtures("officer")
def test_the_strip_goes_on_for_as_long_as_the_household_is_reviewed(client, family):
    assert page_of(client, family).context["strip"][-1]["year"] == 2025
    factories.status(family, 2026, "CN")

    assert [(square["year"], square["letter"]) for square in page_of(client, family).context["strip"]][-1] == (
        2026,
        "CN",
    )


@pytest.mark.usefixtures("officer")
def test_years_not_judged_yet_are_offered(client, family):
    factories.status(family, 2024, "K")

    assert [standard.level for standard in page_of(client, family).context["unjudged"]] == ["national"]


@pytest.mark.usefixtures("officer")
def test_the_page_needs_as_many_queries_for_a_large_family_as_for_a_small_one(client, dong_mai):
    small = factories.household(dong_mai, statuses={2020: "N"})
    factories.support(small)
    national = factories.standard(2022, "national")
    large = factories.household(dong_mai, members=12)
    for year in range(2020, 2026):
        factories.status(large, year, "N", causes=["land", "capital"])
    factories.status(large, 2022, "N", level="national", deprivations=[factories.indicator(national)])
    for member in large.members.all():
        factories.support(large, policy="gifts", member=member)
    factories.status(small, 2022, "N", level="national", deprivations=[factories.indicator(national)], causes=["land"])

    def queries(household) -> int:
        with CaptureQueriesContext(connection) as caught:
            page_of(client, household)
        return len(caught)

    queries(small)
    assert queries(large) == queries(small)
    assert queries(large) <= 42


# --- personal numbers -------------------------------------------------------------------------------


@pytest.mark.usefixtures("officer")
def test_numbers_are_masked(client, family):
    text = page_of(client, family).content.decode()

    assert "•••••••••123" in text
    assert "001160000123" not in text


def test_numbers_are_shown_on_request_and_that_is_noted(client, officer, family):
    shown = client.post(reverse("household-reveal", args=[family.pk]))

    assert "001160000123" in shown.content.decode()
    assert shown["Cache-Control"] == "no-store"
    event = AuditEvent.objects.get(action="reveal")
    assert (event.actor, event.subject, event.subject_id) == (officer.username, "households.household", family.pk)
    assert page_of(client, family).context["history"][0].action_label == "Personal numbers shown"
    assert "001160000123" not in page_of(client, family).content.decode()


@pytest.mark.usefixtures("officer")
def test_numbers_are_not_shown_by_a_link(client, family):
    assert client.get(reverse("household-reveal", args=[family.pk])).status_code == 405
    assert not AuditEvent.objects.filter(action="reveal").exists()


@pytest.mark.usefixtures("officer")
def test_numbers_of_another_ward_are_nobodys(client):
    other = factories.household(factories.ward("Văn Quán"))

    assert client.post(reverse("household-reveal", args=[other.pk])).status_code == 404
    assert not AuditEvent.objects.filter(action="reveal").exists()


@pytest.mark.parametrize("role", ["leader", "admin"])
def test_leaders_and_administrators_open_no_household(client, family, role):
    client.force_login(getattr(factories, role)())

    assert page_of(client, family).status_code == 403
    assert client.post(reverse("household-reveal", args=[family.pk])).status_code == 403


# --- one year's class ----------------------------------------------------------------------------------


@pytest.mark.usefixtures("officer")
def test_a_class_of_the_year_in_which_the_household_was_closed_says_so(client, family):
    factories.status(family, 2024, "N", decision_number="15/QĐ-UBND", decision_date=date(2024, 5, 20))
    assert any(status.may_have_certificate for status in page_of(client, family).context["statuses"])
    move_out(by="test", household=family, version=family.version, day=date(2024, 11, 20), place="Bắc Ninh")

    page = page_of(client, family)

    assert "household closed on 20/11/2024: not on the list of the year" in page.content.decode()
    assert [square["code"] for square in page.context["strip"]][4] == "unknown"
    assert not any(status.may_have_certificate for status in page.context["statuses"])


def judge(client, household, year=2024, level="city", **typed):
    data = {name: value for name, value in sheet(**typed).items() if not name.startswith("members")}
    return client.post(f"{reverse('status-edit', args=[household.pk, year])}?level={level}", data)


@pytest.mark.usefixtures("officer")
def test_a_year_is_judged_by_one_standard(client, family):
    answer = judge(client, family, level="national", classification="N", b1="120", b2="30", persons="")

    assert answer.url == reverse("household-detail", args=[family.pk])
    status = family.statuses.get(year=2024)
    assert (status.standard.level, status.classification, status.persons, status.b1, status.b2) == (
        "national",
        "N",
        3,
        120,
        30,
    )
    family.refresh_from_db()
    assert family.version == 2


@pytest.mark.usefixtures("officer")
def test_a_year_on_record_opens_filled_and_is_corrected(client, family):
    page = client.get(reverse("status-edit", args=[family.pk, 2021]))
    judge(client, family, 2021, classification="K", decision_number="7/QĐ-UBND", decision_date="5/1/2022")

    assert (page.context["form"]["classification"].value(), page.context["form"]["persons"].value()) == ("CN", "3")
    status = family.statuses.get(year=2021)
    assert (status.classification, status.decision_number, f"{status.decision_date}") == (
        "K",
        "7/QĐ-UBND",
        "2022-01-05",
    )


@pytest.mark.usefixtures("officer")
def test_a_class_must_be_chosen(client, family):
    answer = judge(client, family)

    with override("en"):
        [error] = answer.context["form"].errors["classification"]
    assert error.startswith("Choose the class. No class is proposed")
    assert answer.status_code == 422


@pytest.mark.usefixtures("officer")
@pytest.mark.parametrize(
    ("year", "level"), [(2019, "city"), (2999, "city"), (2026, "city"), (2024, "galactic"), (2024, "")]
)
def test_a_year_that_no_standard_judges_is_not_found(client, family, year, level):
    assert client.get(f"{reverse('status-edit', args=[family.pk, year])}?level={level}").status_code == 404


@pytest.mark.usefixtures("officer")
def test_the_years_of_another_wards_household_are_not_found(client):
    other = factories.household(factories.ward("Văn Quán"))

    assert client.get(reverse("status-edit", args=[other.pk, 2024])).status_code == 404
    assert judge(client, other, classification="N").status_code == 404


def test_a_year_judged_on_an_old_page_is_a_conflict(client, officer, family):
    now = Household.objects.get(pk=family.pk)
    now.address = "Số 9"
    amend_household(by=factories.staff(), household=now, version=1, members=now.present_members)

    answer = judge(client, family, classification="CN")
    again = {name: values[0] for name, values in answer.context["conflict"].data.lists()}
    saved = client.post(reverse("status-edit", args=[family.pk, 2024]), again)

    assert (answer.status_code, saved.status_code) == (409, 302)
    assert family.statuses.get(year=2024).classification == "CN"


@pytest.mark.usefixtures("officer")
def test_a_double_click_on_a_class_saves_once(client, family):
    data = {"version": "1", "submission_key": sheet()["submission_key"], "status-classification": "N"}
    url = reverse("status-edit", args=[family.pk, 2024])

    assert [client.post(url, data).status_code for _ in range(2)] == [302, 302]
    family.refresh_from_db()
    assert (family.version, family.statuses.filter(year=2024).count()) == (2, 1)


@pytest.mark.usefixtures("officer")
def test_a_status_keeps_the_ward_of_its_day(client, dong_mai):
    elsewhere = factories.ward("Văn Quán")
    moved = factories.household(elsewhere, statuses={2023: "N"})
    move_to_ward(by="test", household=moved, version=1, day=date(2024, 3, 5), ward=dong_mai)

    judge(client, moved, 2023, classification="CN", version="2")

    status = moved.statuses.get(year=2023)
    assert (status.classification, status.ward) == ("CN", elsewhere)

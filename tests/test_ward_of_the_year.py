"""A class of a year counts in the ward in which the household lived at that year's end, whoever writes it later."""

from datetime import date
from types import SimpleNamespace

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse
from django.utils.translation import override

from accounts.models import Dataset
from households.amendments import propose_amendment
from households.carry_over import Answer, carry_over
from households.codes import RoundState
from households.life import move_in, move_to_ward, split_household
from households.models import Household, PovertyStatus, StatusAmendment
from households.movement import movements, open_questions
from households.remaining import Gap, remaining
from households.reorganisation.moving import carry_out
from households.reviews import REGULAR, YEARLY, Review
from households.rounds import approve_round, lock_round, submit_round
from households.services import amend_household, record_status
from tests import factories
from tests.sheets import sheet

pytestmark = pytest.mark.django_db

JULY = date(2025, 7, 1)


@pytest.fixture(autouse=True)
def _in_english():
    with override("en"):
        yield


@pytest.fixture
def moved():
    """Phúc La went whole to Hà Đông on 1/7/2025, before its year 2024 was finished."""
    made = SimpleNamespace(
        phuc_la=factories.ward("Phúc La", code="09553", until=date(2025, 6, 30)),
        ha_dong=factories.ward("Hà Đông", code="09556", since=JULY),
    )
    factories.became(made.phuc_la, made.ha_dong, on=JULY)
    made.group = factories.residential_group(made.phuc_la, 3)
    made.family = factories.household(made.phuc_la, residential_group=made.group, statuses={2023: "CN"})
    made.city = factories.standard(2024)
    made.staff = factories.staff()
    carry_out(by=made.staff, on=JULY)
    made.family.refresh_from_db()
    made.client = Client()
    made.client.force_login(factories.officer(made.ha_dong))
    made.client.cookies["django_language"] = "en"
    return made


def judge(world, year=2024, **typed):
    address = f"{reverse('status-edit', args=[world.family.pk, year])}?level=city"
    fields = {"status-classification": "CN", "status-persons": "1"} | typed
    key = {
        "submission_key": sheet()["submission_key"],
        "version": str(Household.objects.get(pk=world.family.pk).version),
    }
    return world.client.post(address, key | fields)


def test_the_officer_of_the_new_ward_gives_a_class_of_before_and_it_counts_for_the_old_ward(moved):
    answer = judge(moved)

    assert answer.status_code == 302, answer.context["form"].errors
    status = PovertyStatus.objects.get(year=2024)
    assert (status.ward, status.residential_group) == (moved.phuc_la, moved.group)
    assert judge(moved, 2025).status_code == 302
    assert PovertyStatus.objects.get(year=2025).ward == moved.ha_dong


def test_a_locked_year_of_the_old_ward_stays_locked_for_the_new_one(moved):
    factories.review_round(moved.phuc_la, 2024, RoundState.LOCKED)

    answer = judge(moved)

    assert answer.status_code == 422
    assert "Phường Phúc La has locked the year 2024" in answer.content.decode()
    assert not PovertyStatus.objects.filter(year=2024).exists()


def test_what_is_left_of_a_year_is_left_to_the_ward_of_that_year(moved):
    left = remaining([moved.phuc_la, moved.ha_dong], 2024)

    assert left[moved.phuc_la.pk].gaps[Gap.UNREVIEWED] == [moved.family.pk]
    assert left[moved.ha_dong.pk].to_review == set()
    assert [question.ward for question in open_questions(moved.phuc_la, 2024, "city")] == [moved.phuc_la.pk]
    assert remaining([moved.ha_dong], 2025)[moved.ha_dong.pk].to_review == set()


def test_last_years_list_of_a_ward_that_ended_is_carried_over_by_district_staff(moved):
    answer = Answer(moved.family.pk, moved.family.version, "CN", 1)

    [status] = carry_over(by=moved.staff, ward=moved.phuc_la, year=2024, standard=moved.city, answers=[answer])

    assert status.ward == moved.phuc_la
    assert remaining([moved.phuc_la], 2024)[moved.phuc_la.pk].gaps[Gap.UNREVIEWED] == []


@pytest.fixture
def formed():
    """A household formed by a split on 5/3/2025."""
    ward = factories.ward("Đồng Mai")
    factories.standard(2024)
    family = factories.household(ward, members=[{"name": "Trần Thị Cúc"}])
    cuc = family.members.get(name="Trần Thị Cúc")
    return split_household(
        by="test", household=family, version=family.version, day=date(2025, 3, 5), going=[cuc.pk], relations={cuc.pk: "head"}
    )  # fmt: skip


def test_a_household_has_no_class_of_a_year_before_it_was_formed(formed, client):
    with pytest.raises(ValidationError, match=f"{formed.code} was not yet living in the district, or not yet formed"):
        factories.status(formed, 2024, "N")
    Dataset.claim("programme", working_year=2024)
    client.force_login(factories.officer(formed.ward))

    page = client.get(reverse("household-detail", args=[formed.pk]))

    assert page.context["year"] == 2024
    assert page.context["unjudged"] == []
    assert factories.status(formed, 2025, "N").ward == formed.ward


def test_a_household_has_no_class_of_a_year_before_it_moved_in():
    family = factories.household(factories.ward("Đồng Mai"))
    move_in(by="test", household=family, version=family.version, day=date(2024, 3, 5), place="Nam Định")

    with pytest.raises(ValidationError, match="on 31/12/2023"):
        factories.status(Household.objects.get(), 2023, "N")
    assert factories.status(Household.objects.get(), 2024, "N").pk


# --- moved, ended or entered late ---------------------------------------------------------------


@pytest.fixture
def split():
    """Văn Quán, poor household and all, is split on 1/7/2025: its group 1 goes to Hà Đông."""
    made = SimpleNamespace(van_quan=factories.ward("Văn Quán"), ha_cau=factories.ward("Hà Cầu"))
    made.group = factories.residential_group(made.van_quan)
    made.family = factories.household(made.van_quan, residential_group=made.group, statuses={2024: "N"})
    made.ha_dong = factories.ward("Hà Đông", code="09556", since=JULY)
    made.thanh_liet = factories.ward("Thanh Liệt", code="00643", since=JULY)
    made.new_group = factories.residential_group(made.ha_dong, 7)
    made.staff = factories.staff()
    return made


def end(world):
    factories.became(world.van_quan, world.ha_dong, world.thanh_liet, on=JULY)
    factories.became(world.ha_cau, world.ha_dong, on=JULY)
    factories.went(world.group, world.ha_dong, world.new_group)
    carry_out(by=world.staff, on=JULY)


def reviewed(family, ward, day, classification, kind):
    status = PovertyStatus.objects.filter(household=family, year=day.year).first() or PovertyStatus(
        household=family, year=day.year, standard=factories.standard(day.year), ward=ward, persons=1
    )
    status.classification, status.reviewed_on = classification, day
    return record_status(by="test", status=status, kind=kind)


def closing_lists(year):
    movement = movements("city", [year])[year]
    return {(entry.ward, entry.table) for entry in movement.entries if entry.column == "c9"}


def test_a_class_given_within_the_year_is_the_new_wards_when_its_ward_ends(split):
    reviewed(split.family, split.van_quan, date(2025, 3, 5), "CN", REGULAR)

    end(split)

    status = PovertyStatus.objects.get(year=2025)
    assert (status.ward, status.residential_group) == (split.ha_dong, split.new_group)
    assert PovertyStatus.objects.get(year=2024).ward == split.van_quan
    assert closing_lists(2025) == {(split.ha_dong.pk, "near_poor")}


def test_a_household_that_moved_since_its_review_within_the_year_is_reviewed_in_its_new_ward(split):
    reviewed(split.family, split.van_quan, date(2025, 3, 5), "N", REGULAR)
    family = Household.objects.get()
    move_to_ward(by="test", household=family, version=family.version, day=date(2025, 5, 5), ward=split.ha_cau)

    assert remaining([split.ha_cau], 2025)[split.ha_cau.pk].gaps[Gap.UNREVIEWED] == [family.pk]
    reviewed(Household.objects.get(), split.ha_cau, date(2025, 11, 5), "CN", YEARLY)

    assert remaining([split.ha_cau], 2025)[split.ha_cau.pk].gaps[Gap.UNREVIEWED] == []
    assert closing_lists(2025) == {(split.ha_cau.pk, "near_poor")}


def test_a_ward_that_has_handed_in_the_year_keeps_whom_it_reviewed_before_they_moved(split):
    reviewed(split.family, split.van_quan, date(2025, 3, 5), "N", REGULAR)
    family = Household.objects.get()
    move_to_ward(by="test", household=family, version=family.version, day=date(2025, 5, 5), ward=split.ha_cau)
    factories.review_round(split.van_quan, 2025, RoundState.SUBMITTED)

    assert remaining([split.ha_cau], 2025)[split.ha_cau.pk].gaps[Gap.UNREVIEWED] == []
    with pytest.raises(ValidationError, match="Văn Quán"):
        reviewed(Household.objects.get(), split.ha_cau, date(2025, 11, 5), "CN", YEARLY)


def test_a_household_entered_late_into_a_new_ward_had_its_earlier_classes_where_its_group_lay_then(split):
    end(split)
    late = factories.household(split.ha_dong, residential_group=split.new_group)
    entered = Review(PovertyStatus(year=2024, standard=factories.standard(2024), classification="N", persons=1))
    amend_household(by="test", household=late, version=late.version, members=late.members.all(), review=entered)

    status = PovertyStatus.objects.get(household=late)
    assert (status.ward, status.residential_group) == (split.van_quan, split.group)
    assert late.ward_on(date(2025, 7, 1)) == split.ha_dong
    assert closing_lists(2024) == {(split.van_quan.pk, "poor")}


def test_a_class_from_before_a_new_ward_began_is_refused_where_nobody_knows_of_which_ward(split):
    end(split)
    late = factories.household(split.ha_dong)  # of no group, and the ward was made of two

    with pytest.raises(ValidationError, match=r"began on 01/07/2025\. Give the household a"):
        factories.status(late, 2024, "N")
    assert factories.status(late, 2025, "N").ward == split.ha_dong


def test_entered_late_it_is_added_by_a_correction_to_the_year_that_its_old_ward_locked(split):
    end(split)
    factories.review_round(split.van_quan, 2024, RoundState.LOCKED)
    late = factories.household(split.ha_dong, residential_group=split.new_group)
    missed = StatusAmendment(
        household=late, year=2024, standard=factories.standard(2024), classification="N", persons=1, reason="Bỏ sót."
    )

    assert propose_amendment(by=factories.officer(split.ha_dong), amendment=missed).ward == split.van_quan


def test_a_ward_that_ended_is_still_finished_by_who_keeps_it_beside_the_new_one(split):
    end(split)
    factories.population(split.van_quan, 2024, households=1000, persons=3000)
    officer = factories.officer(split.van_quan, split.ha_dong)
    client = Client()
    client.force_login(split.staff)
    [unfinished] = client.get(reverse("reorganisation-detail", args=[JULY])).context["unfinished"]
    assert "Văn Quán" in unfinished

    client.force_login(officer)
    [row] = client.get(reverse("carry-over", args=[split.van_quan.pk, 2024])).context["sheet"].rows
    answer = Answer(row.pk, row.version, "N", 1)
    papers = {"decision_number": "12/QĐ", "decision_date": date(2024, 12, 20)}
    carry_over(
        by=officer, ward=split.van_quan, year=2024, standard=factories.standard(2024), answers=[answer], **papers
    )

    factories.review_round(split.van_quan, 2023)
    submit_round(by=officer, ward=split.van_quan, year=2024, version=1)
    approve_round(by=split.staff, ward=split.van_quan, year=2024, version=2)
    assert lock_round(by=split.staff, ward=split.van_quan, year=2024, version=3).state == RoundState.LOCKED
    assert client.get(reverse("round-check", args=[split.van_quan.pk, 2024])).context["elsewhere"] == 0


def test_a_refusal_names_who_lives_in_another_ward_now_by_the_code_alone(moved):
    with pytest.raises(ValidationError) as refused:
        submit_round(by=factories.officer(moved.phuc_la), ward=moved.phuc_la, year=2024, version=1)

    words = " ".join(refused.value.messages)
    assert f"{moved.family.code} (lives in another ward now" in words
    assert "Nguyễn Thị An" not in words

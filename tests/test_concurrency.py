"""Several people at once: no edit is lost, no click counts twice, nobody's name stands under another's work.

Real threads, each with its own connection, on the database that is running. The pages' and the API's own
races stand in test_household_races.py and test_api_races.py.
"""

import itertools
import uuid
from collections import Counter
from functools import partial
from uuid import UUID

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse

from accounts.actor import StaleVersion, acting_as
from accounts.models import AuditEvent, Submission, User
from accounts.services import AlreadySubmitted, claim_submission
from households.models import Household, Member, PovertyStatus
from households.services import amend_household, record_status
from support import services
from support.models import FundingSource, SupportAction
from support.services import amend_support, void_support
from tests import factories
from tests.action_sheets import line
from tests.action_sheets import sheet as action_sheet
from tests.test_api_races import at_once

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def dong_mai():
    return factories.ward("Đồng Mai")


@pytest.fixture
def lan(dong_mai):
    return factories.officer(dong_mai, username="lan")


@pytest.fixture
def minh(dong_mai):
    return factories.officer(dong_mai, username="minh")


def signed_in(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


def post_at_once(where: str, *sendings: tuple[User, dict]) -> list:
    """Each sending from a browser of its own."""
    return at_once(*(partial(signed_in(who).post, where, typed) for who, typed in sendings))


# --- two officers on one record -------------------------------------------------------------------------


def test_the_second_officer_to_save_is_told_and_nothing_of_the_first_is_lost(dong_mai, lan, minh):
    family = factories.household(dong_mai, address="Số 1")
    lans, minhs = Household.objects.get(pk=family.pk), Household.objects.get(pk=family.pk)

    lans.address = "Số 2, của Lan"
    amend_household(by=lan, household=lans, version=1, members=list(lans.members.all()))
    minhs.address = "Số 3, của Minh"
    with pytest.raises(StaleVersion):
        amend_household(by=minh, household=minhs, version=1, members=list(minhs.members.all()))

    family.refresh_from_db()
    assert (family.address, family.version) == ("Số 2, của Lan", 2)


def test_a_class_judged_by_two_officers_at_once_is_saved_once(dong_mai, lan, minh):
    family = factories.household(dong_mai)
    standard = factories.standard(2021)

    def judge(by, classification):
        status = PovertyStatus(
            household=Household.objects.get(pk=family.pk), year=2021, standard=standard, ward=dong_mai, persons=1,
            classification=classification,
        )  # fmt: skip
        try:
            record_status(by=by, status=status, version=1)
        except StaleVersion:
            return "stale"
        return classification

    answers = at_once(lambda: judge(lan, "N"), lambda: judge(minh, "CN"))

    [won] = [answer for answer in answers if answer != "stale"]
    assert PovertyStatus.objects.get(household=family).classification == won


def test_a_record_made_void_while_another_edits_it_stays_void(dong_mai, lan, minh):
    action = factories.support(factories.household(dong_mai))

    def void():
        held = SupportAction.objects.get(pk=action.pk)
        try:
            void_support(by=lan, action=held, version=1, reason="nhập hai lần")
        except StaleVersion:
            return "stale"
        return "void"

    def edit():
        held = SupportAction.objects.get(pk=action.pk)
        held.note = "sửa"
        try:
            amend_support(by=minh, action=held, version=1, funding=list(held.funding.all()))
        except StaleVersion:
            return "stale"
        return "edited"

    answers = at_once(void, edit)

    action.refresh_from_db()
    assert Counter(answers)["stale"] == 1
    assert action.is_void == ("void" in answers)
    assert action.note == ("sửa" if "edited" in answers else "")


def test_four_corrections_of_one_record_of_help_leave_one_and_three_conflicts(dong_mai):
    source = factories.source()
    action = factories.support(factories.household(dong_mai), paid_by={source: 1_000_000})
    officers = [factories.officer(dong_mai) for _ in range(4)]
    where = reverse("action-edit", args=[action.pk])
    kept = action.funding.get()

    def correction(number):
        return action_sheet(
            line(source, "1.000.000", id=kept.pk),
            policy=action.policy_id,
            household=action.household_id,
            version=1,
            note=f"lần {number}",
            **{"funding-INITIAL_FORMS": "1"},
        )

    answers = post_at_once(where, *((officer, correction(number)) for number, officer in enumerate(officers)))

    assert sorted(answer.status_code for answer in answers) == [302, 409, 409, 409]
    action.refresh_from_db()
    assert action.version == 2
    for number, answer in enumerate(answers):
        if answer.status_code == 409:
            assert f"lần {number}" in answer.content.decode(), "what was typed is still there"
        else:
            assert action.note == f"lần {number}"


# --- no update is lost -----------------------------------------------------------------------------------

EDITORS, EDITS = 6, 12


def count_up(action: SupportAction) -> int:
    """Each editor adds one to the number in the note, again and again; how often that was acknowledged."""

    def edit(by):
        done = 0
        for _ in range(EDITS):
            held = SupportAction.objects.get(pk=action.pk)
            version, held.note = held.version, str(int(held.note) + 1)
            try:
                amend_support(by=by, action=held, version=version, funding=list(held.funding.all()))
            except StaleVersion:
                continue
            done += 1
        return done

    officers = [factories.officer(action.ward) for _ in range(EDITORS)]
    return sum(at_once(*(partial(edit, by) for by in officers)))


def test_of_many_edits_at_once_every_acknowledged_one_is_kept(dong_mai):
    action = factories.support(factories.household(dong_mai), note="0")

    acknowledged = count_up(action)

    action.refresh_from_db()
    assert int(action.note) == acknowledged >= EDITS
    assert action.version == acknowledged + 1
    assert AuditEvent.objects.of(action).filter(action="update", model="support.supportaction").count() >= acknowledged


def test_control_without_the_guard_edits_are_lost(dong_mai, monkeypatch):
    """The same edits with the version unguarded: the test above would notice."""
    monkeypatch.setattr(services, "take_version", lambda record, version: None)
    action = factories.support(factories.household(dong_mai), note="0")

    acknowledged = count_up(action)

    action.refresh_from_db()
    assert acknowledged == EDITORS * EDITS
    assert int(action.note) < acknowledged


# --- who wrote what ----------------------------------------------------------------------------------------


def test_everybodys_work_stands_under_their_own_name(dong_mai):
    """Connections and threads are shared among requests; the actor must not be."""
    officers = [factories.officer(dong_mai, username=f"can.bo.{number}") for number in range(6)]
    families = {officer.username: factories.household(dong_mai) for officer in officers}

    def work(officer):
        for number in range(5):
            held = Household.objects.get(pk=families[officer.username].pk)
            held.address = f"{officer.username} {number}"
            amend_household(by=officer, household=held, version=held.version, members=list(held.members.all()))

    at_once(*(partial(work, officer) for officer in officers))

    events = AuditEvent.objects.filter(model="households.household", action="update", new__address__startswith="can.bo")
    assert events.count() >= 30
    assert all(event.new["address"].startswith(f"{event.actor} ") for event in events)


def test_a_thread_that_names_nobody_writes_nothing():
    def write():
        try:
            with transaction.atomic():
                FundingSource.objects.create(code="X", name="X", name_en="X", group="budget")
        except IntegrityError as error:
            return str(error)
        return "written"

    with acting_as("lan"):
        answers = at_once(write, write)

    assert all("a write needs an actor" in answer for answer in answers)
    assert not FundingSource.objects.exists()


# --- the double click ----------------------------------------------------------------------------------------


def help_for(family, **fields) -> dict:
    return action_sheet(
        line(factories.source(), "2.000.000"), policy=factories.policy().pk, household=family.pk, **fields
    )


@pytest.mark.parametrize("clicks", [2, 5])
def test_clicks_at_once_make_one_record_and_get_one_answer(dong_mai, lan, clicks):
    for _ in range(3):
        before = SupportAction.objects.count()
        typed = help_for(factories.household(dong_mai))

        answers = post_at_once(reverse("action-create"), *[(lan, typed)] * clicks)

        assert {answer.status_code for answer in answers} == {302}
        assert len({answer["Location"] for answer in answers}) == 1
        assert SupportAction.objects.count() == before + 1
    assert Submission.objects.exclude(result="").count() == 3


def test_sending_the_page_again_later_finds_the_first_record(dong_mai, lan):
    typed = help_for(factories.household(dong_mai))

    first, again = (signed_in(lan).post(reverse("action-create"), typed) for _ in range(2))

    assert first["Location"] == again["Location"]
    assert SupportAction.objects.count() == 1


def test_a_form_that_was_refused_may_be_sent_again_with_its_key(dong_mai, lan):
    typed = help_for(factories.household(dong_mai))
    client = signed_in(lan)

    assert client.post(reverse("action-create"), {**typed, "period_from": "31/02/2024"}).status_code == 422
    assert client.post(reverse("action-create"), typed).status_code == 302
    assert SupportAction.objects.count() == 1


def test_the_same_key_from_two_people_is_two_records(dong_mai, lan, minh):
    """A key is worth something only to whom it was given: nobody can spoil or see another's sending."""
    typed = help_for(factories.household(dong_mai))
    to_others = {**typed, "household": factories.household(dong_mai).pk}  # the same help twice would be asked about

    answers = post_at_once(reverse("action-create"), (lan, typed), (minh, to_others))

    assert {answer.status_code for answer in answers} == {302}
    assert SupportAction.objects.count() == 2


def test_a_claimed_key_is_free_again_when_its_transaction_fails(lan):
    key = UUID("6f1b2a52-0000-4000-8000-000000000002")

    with transaction.atomic():
        claim_submission(by=lan, key=key)
        transaction.set_rollback(True)

    with transaction.atomic():
        assert claim_submission(by=lan, key=key).result == ""
    with pytest.raises(AlreadySubmitted), transaction.atomic():
        claim_submission(by=lan, key=key)


def test_control_without_a_key_every_click_counts(dong_mai, lan):
    typed = help_for(factories.household(dong_mai)) | {"submission_key": ""}

    answers = post_at_once(reverse("action-create"), *[(lan, typed)] * 3)

    made = sum(answer.status_code == 302 for answer in answers)
    assert SupportAction.objects.count() == made


def test_two_clicks_on_make_void_leave_one_event(dong_mai, lan):
    action = factories.support(factories.household(dong_mai))
    typed = {"version": 1, "void_reason": "nhập hai lần cùng một khoản"}
    where = reverse("action-void", args=[action.pk])

    answers = post_at_once(where, *[(lan, typed)] * 2)

    assert {answer.status_code for answer in answers} <= {302, 409}
    voided = [event for event in AuditEvent.objects.of(action) if (event.new or {}).get("void_reason")]
    assert len(voided) == 1


# --- waiting, not failing -----------------------------------------------------------------------------------


def test_readers_and_writers_at_once_get_pages_not_errors(dong_mai, lan):
    """SQLite as it comes answers such a crowd “database is locked”."""
    families = [factories.household(dong_mai, members=2) for _ in range(4)]
    typed = [help_for(family) for family in families]
    reading = [reverse("household-list"), reverse("action-list"), reverse("dashboard"), reverse("summary")]

    def read(client, where):
        return [client.get(where).status_code for _ in range(3)]

    def write(client, each):
        return [
            client.post(
                reverse("action-create"),
                {**each, "submission_key": str(uuid.uuid4()), "period_from": f"10/05/{year}"},
            ).status_code
            for year in (2022, 2023, 2024)  # a second house in one year would be asked about
        ]

    answers = at_once(
        *(partial(read, signed_in(lan), where) for where in reading),
        *(partial(write, signed_in(lan), each) for each in typed),
    )

    assert set(itertools.chain(*answers)) == {200, 302}
    assert SupportAction.objects.count() == 12


def test_a_half_written_household_is_never_seen(dong_mai, lan, monkeypatch):
    """Whatever breaks in the middle of saving: all of it is there or nothing."""
    from households import services as households_services

    def torn(*args, **kwargs):
        raise RuntimeError("power cut")

    before = Household.objects.count(), Member.objects.count(), AuditEvent.objects.count()
    monkeypatch.setattr(households_services, "_save_review", torn)
    with pytest.raises(RuntimeError):
        factories.household(dong_mai, members=3)

    assert (Household.objects.count(), Member.objects.count(), AuditEvent.objects.count()) == before
    assert connection.in_atomic_block is False

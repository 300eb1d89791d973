"""A batch is undone in the same second in which its ward's year is handed in: one waits for the other."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import date

import pytest
from django.core.exceptions import ValidationError
from django.db import connection, connections, transaction

from households import locks
from households.codes import RoundState
from households.rounds import state_of, submit_round
from support import batch as batches
from support.batch import void_batch
from support.models import SupportAction
from tests import factories
from tests.test_review_round import YEAR, complete

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif("connection.vendor == 'sqlite'", reason="SQLite has one writer at a time"),
]


@pytest.fixture
def batch(dong_mai):
    return factories.batch(*complete(dong_mai), policy="gifts", on=date(YEAR, 2, 1))


@pytest.fixture
def meanwhile() -> Iterator[Callable[[Callable], Future]]:
    """Starts work in a session of its own, and comes back when that is done or waits for a lock of ours."""

    def in_a_session(work):
        try:
            return work()
        finally:
            connections.close_all()

    def start(work) -> Future:
        doing, late = thread.submit(in_a_session, work), time.monotonic() + 60
        while not (doing.done() or somebody_waits()):
            assert time.monotonic() < late, "it neither ends nor waits for us"
        return doing

    with ThreadPoolExecutor(1) as thread:
        yield start


def somebody_waits() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT 1 FROM pg_locks l JOIN pg_database d ON d.oid = l.database"
            " WHERE d.datname = current_database() AND l.locktype = 'advisory' AND NOT l.granted)"
        )
        return cursor.fetchone()[0]


def undone_while_submitted(batch, officer, meanwhile, monkeypatch) -> str:
    """Submit the year when the undoing has looked whether it is open; the state in which the undoing ends."""
    ward, release, states, submissions = officer.wards.get(), batches.release, [], []

    def submitted_just_then(lines):
        submissions.append(meanwhile(lambda: submit_round(by=officer, ward=ward, year=YEAR, version=1)))
        states.append(state_of(ward, YEAR))
        release(lines)

    monkeypatch.setattr(batches, "release", submitted_just_then)
    void_batch(by=officer, batch=batch, reason="Nhập nhầm")
    assert submissions[0].result().state == RoundState.SUBMITTED
    return states[0]


def test_a_submission_waits_for_the_batch_that_is_being_undone(batch, officer, meanwhile, monkeypatch):
    assert undone_while_submitted(batch, officer, meanwhile, monkeypatch) == RoundState.OPEN


def test_without_holding_the_year_the_batch_is_undone_in_a_closed_one(batch, officer, meanwhile, monkeypatch):
    hold = locks.hold
    monkeypatch.setattr(locks, "hold", lambda *key, alone=True: hold(*key) if alone else None)

    assert undone_while_submitted(batch, officer, meanwhile, monkeypatch) == RoundState.SUBMITTED


def test_a_batch_is_not_undone_when_its_year_was_being_submitted(batch, officer, meanwhile):
    ward = officer.wards.get()
    with transaction.atomic():
        submit_round(by=officer, ward=ward, year=YEAR, version=1)
        undoing = meanwhile(lambda: void_batch(by=officer, batch=batch, reason="Nhập nhầm"))
        assert not undoing.done(), "it waits for the submission"

    with pytest.raises(ValidationError, match=str(YEAR)):
        undoing.result()
    assert SupportAction.objects.standing().filter(batch=batch).count() == 2

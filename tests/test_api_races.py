"""Two programs at the same moment: one record, one winner."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from uuid import uuid4

import pytest
from django.db import connections

from households.models import Household
from support.models import SupportAction
from tests import factories
from tests.api import Api

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def dong_mai():
    return factories.ward("Đồng Mai")


@pytest.fixture
def lan(dong_mai):
    return factories.officer(dong_mai)


def at_once(*requests):
    """Start all requests together; what each answered."""
    start = Barrier(len(requests))

    def send(request):
        start.wait()
        try:
            return request()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(requests)) as threads:
        return list(threads.map(send, requests))


def test_a_request_sent_four_times_at_once_makes_one_record(lan):
    members = [{"name": "Nguyễn Thị An", "relation": "head", "sex": "2", "birth_year": 1960}]
    body = {"ward": "10117", "members": members, "submission_key": str(uuid4())}

    answers = at_once(*(lambda api=api: api.post("/api/households/", body) for api in [Api(lan) for _each in range(4)]))

    assert sorted(answer.status_code for answer in answers) == [200, 200, 200, 201]
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert Household.objects.count() == 1


def test_different_households_entered_at_once_get_different_codes(lan):
    members = [{"name": "Nguyễn Thị An", "relation": "head", "sex": "2", "birth_year": 1960}]
    body = {"ward": "10117", "members": members}

    answers = at_once(*(lambda api=api: api.post("/api/households/", body) for api in [Api(lan) for _each in range(4)]))

    assert [answer.status_code for answer in answers] == [201] * 4
    assert len({answer.json()["code"] for answer in answers}) == 4


def test_of_four_changes_on_one_version_one_wins_and_three_are_told(lan, dong_mai):
    action = factories.support(factories.household(dong_mai))
    path = f"/api/support-actions/{action.pk}/"

    answers = at_once(
        *(
            lambda api=api, number=number: api.patch(path, {"version": 1, "note": f"{number}"})
            for number, api in enumerate([Api(lan) for _each in range(4)])
        )
    )

    assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409]
    [won] = [answer.json() for answer in answers if answer.status_code == 200]
    assert SupportAction.objects.values("note", "version").get() == {"note": won["note"], "version": 2}
    assert {answer.json()["current"]["note"] for answer in answers if answer.status_code == 409} == {won["note"]}

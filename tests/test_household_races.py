"""Two officers, or one impatient one, at the same moment: on the pages, as tests/test_api_races.py does in the API."""

import pytest
from django.test import Client
from django.urls import reverse

from households.models import Household
from tests import factories
from tests.sheets import on_record, row, sheet
from tests.test_api_races import at_once

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def dong_mai():
    return factories.ward("Đồng Mai")


def signed_in(user, times: int) -> list[Client]:
    clients = [Client() for _each in range(times)]
    for client in clients:
        client.force_login(user)
    return clients


def sent(clients, url, *bodies):
    bodies = bodies * len(clients) if len(bodies) == 1 else bodies
    return at_once(*(lambda c=c, body=body: c.post(url, body) for c, body in zip(clients, bodies, strict=True)))


def test_one_sheet_sent_four_times_at_once_makes_one_household(dong_mai):
    answers = sent(signed_in(factories.officer(dong_mai), 4), reverse("household-create"), sheet(row()))

    assert {answer.status_code for answer in answers} == {302}
    assert len({answer.url for answer in answers}) == 1
    assert Household.objects.count() == 1


def test_four_households_entered_at_once_get_four_codes(dong_mai):
    bodies = [sheet(row(f"Nguyễn Thị {name}")) for name in ("An", "Bình", "Cúc", "Dung")]

    answers = sent(signed_in(factories.officer(dong_mai), 4), reverse("household-create"), *bodies)

    assert {answer.status_code for answer in answers} == {302}
    assert len(set(Household.objects.values_list("code", flat=True))) == 4


def test_of_four_sheets_on_one_version_one_is_saved_and_three_become_conflicts(dong_mai):
    family = factories.household(dong_mai, members=2)
    bodies = [on_record(family, address=f"Số {number}") for number in range(4)]

    answers = sent(signed_in(factories.officer(dong_mai), 4), reverse("household-edit", args=[family.pk]), *bodies)

    assert sorted(answer.status_code for answer in answers) == [302, 409, 409, 409]
    family.refresh_from_db()
    assert family.version == 2

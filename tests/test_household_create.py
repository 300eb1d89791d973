"""Entering a household: the sheet, its errors all at once, one record for a double click."""

from datetime import date

import pytest
from django.urls import reverse

from households.models import Household
from tests import factories
from tests.sheets import row, sheet

pytestmark = pytest.mark.django_db


@pytest.fixture
def dong_mai():
    factories.standard(2024)
    return factories.ward("Đồng Mai")


@pytest.fixture
def officer(client, dong_mai):
    user = factories.officer(dong_mai)
    client.force_login(user)
    session = client.session
    session["working_year"] = 2024
    session.save()
    return user


def enter(client, data):
    return client.post(reverse("household-create"), data)


@pytest.mark.usefixtures("officer")
def test_one_sheet_makes_the_household_its_members_and_its_class(client, dong_mai):
    answer = enter(
        client,
        sheet(
            row("Nguyễn Thị An", relation="head", sex="2", birth="05/03/1960"),
            row("Trần Văn Bình", relation="spouse", sex="1", birth="1957"),
            address="Số 4, ngõ 2",
            classification="N",
            income="1.200.000",
            b1="120",
            causes=["illness"],
            decision_number="12/QĐ-UBND",
        ),
    )

    household = Household.objects.get()
    assert answer.url == reverse("household-detail", args=[household.pk])
    assert (household.code, household.ward, household.address) == ("10117-0001", dong_mai, "Số 4, ngõ 2")
    head, spouse = household.present_members
    assert (head.name, head.birth_date, head.birth_year) == ("Nguyễn Thị An", date(1960, 3, 5), 1960)
    assert (spouse.birth_date, spouse.birth_year) == (None, 1957)
    status = household.statuses.get()
    assert (status.year, status.classification, status.persons, status.income) == (2024, "N", 2, 1_200_000)
    assert [each.cause for each in status.causes.all()] == ["illness"]

"""Taking a record out of every figure, with a reason."""

import pytest
from django.urls import reverse

from accounts.history import history_of
from support.models import SupportAction
from support.services import amend_support, void_support
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]


@pytest.fixture
def house():
    return factories.support(factories.household(factories.ward("Đồng Mai")), paid_by={"NS_QUAN": 20_000_000})


@pytest.fixture
def officer(client, house):
    user = factories.officer(house.ward)
    client.force_login(user)
    client.cookies["django_language"] = "en"
    return user


def url(action):
    return reverse("action-void", args=[action.pk])


@pytest.mark.usefixtures("officer")
def test_asking_changes_nothing(client, house):
    assert client.get(url(house)).status_code == 200
    house.refresh_from_db()
    assert not house.is_void


@pytest.mark.usefixtures("officer")
def test_a_void_record_keeps_its_reason_and_is_counted_nowhere(client, house):
    client.post(url(house), {"void_reason": " nhập trùng ", "version": "1"})

    house.refresh_from_db()
    assert (house.is_void, house.void_reason) == (True, "nhập trùng")
    assert not SupportAction.objects.standing().exists()
    page = client.get(reverse("action-detail", args=[house.pk])).content.decode()
    assert "nhập trùng" in page
    assert reverse("action-edit", args=[house.pk]) not in page


@pytest.mark.usefixtures("officer")
@pytest.mark.parametrize("reason", ["", "   ", "\u200b", "x" * 301])
def test_a_reason_is_needed(client, house, reason):
    answer = client.post(url(house), {"void_reason": reason, "version": "1"})
    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == ["void_reason"]
    house.refresh_from_db()
    assert not house.is_void


def test_a_record_changed_meanwhile_is_shown_again_first(client, officer, house):
    amend_support(by=officer, action=house, version=1, funding=list(house.funding.all()))

    answer = client.post(url(house), {"void_reason": "nhập trùng", "version": "1"})
    assert answer.status_code == 409
    assert 'value="nhập trùng"' in answer.content.decode()
    assert not SupportAction.objects.get().is_void

    client.post(url(house), {"void_reason": "nhập trùng", "version": answer.context["form"]["version"].value()})
    assert SupportAction.objects.get().is_void


@pytest.mark.usefixtures("officer")
def test_a_void_record_is_not_voided_twice(client, house):
    client.post(url(house), {"void_reason": "nhập trùng", "version": "1"})
    client.post(url(house), {"void_reason": "lý do khác", "version": "2"})

    house.refresh_from_db()
    assert (house.void_reason, house.version) == ("nhập trùng", 2)


@pytest.mark.usefixtures("officer")
def test_a_void_record_is_not_corrected(client, house):
    client.post(url(house), {"void_reason": "nhập trùng", "version": "1"})
    answer = client.get(reverse("action-edit", args=[house.pk]))
    assert answer.url == reverse("action-detail", args=[house.pk])


def test_the_history_says_that_it_was_made_void_and_why(house):
    void_support(by=factories.staff(), action=SupportAction.objects.get(pk=house.pk), version=1, reason="nhập trùng")

    entries = history_of(house)

    assert entries[0].action_label == "Made void"
    assert "nhập trùng" in [change.new for change in entries[0].changes]

"""Correcting a record of help, and two officers who do so at the same time."""

from datetime import date

import pytest
from django.urls import reverse

from accounts.models import AuditEvent
from support.models import SupportAction
from tests import factories
from tests.action_sheets import sheet

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]


@pytest.fixture
def officer(client, dong_mai):
    user = factories.officer(dong_mai)
    client.force_login(user)
    client.cookies["django_language"] = "en"
    return user


@pytest.fixture
def house(dong_mai):
    family = factories.household(dong_mai, head="Nguyễn Thị Hoà")
    return factories.support(
        family, count=1, unit="house", paid_by={"NS_QUAN": 20_000_000, "XHH": 30_000_000}, note="như cũ"
    )


def url(action):
    return reverse("action-edit", args=[action.pk])


def as_drawn(client, action) -> dict:
    """The fields of the form as the page drew them."""
    page = client.get(url(action))
    form, funding = page.context["form"], page.context["funding"]
    data = sheet(
        *({name: row[name].value() or "" for name in ("source", "nature", "qualifier", "amount")} for row in funding)
    )
    del data["kind"], data["submission_key"]
    return data | {field.name: field.value() if field.value() is not None else "" for field in form}


@pytest.mark.usefixtures("officer")
def test_saving_the_form_as_it_was_drawn_changes_nothing_but_the_version(client, house):
    before = SupportAction.objects.values().get()
    client.post(url(house), as_drawn(client, house))

    assert SupportAction.objects.values().get() == before | {"version": 2}
    assert list(house.funding.values_list("source__code", "amount")) == [("NS_QUAN", 20_000_000), ("XHH", 30_000_000)]


@pytest.mark.usefixtures("officer")
def test_a_changed_amount_keeps_its_line_and_leaves_old_and_new_on_record(client, house):
    line_before = house.funding.get(source__code="XHH")
    data = as_drawn(client, house)
    answer = client.post(url(house), data | {"funding-1-amount": "35.000.000"})

    assert answer.url == reverse("action-detail", args=[house.pk])
    assert house.funding.get(source__code="XHH").pk == line_before.pk
    [event] = AuditEvent.objects.of(house).filter(model="support.fundingline", action="update")
    assert (event.old["amount"], event.new["amount"]) == (30_000_000, 35_000_000)


@pytest.mark.usefixtures("officer")
def test_a_line_taken_off_is_gone_and_stays_in_the_trail(client, house):
    client.post(url(house), as_drawn(client, house) | {"funding-1-DELETE": "on"})

    assert house.funding.get().source.code == "NS_QUAN"
    assert AuditEvent.objects.of(house).filter(action="delete").count() == 1


@pytest.mark.usefixtures("officer")
def test_whom_the_help_went_to_is_not_changed_here(client, house, dong_mai):
    other = factories.household(dong_mai, head="Trần Văn Khác")
    forged = {"household": other.pk, "household_search": other.code, "kind": "collective", "ward": "", "times": "9"}
    client.post(url(house), as_drawn(client, house) | forged)

    household = house.household
    house.refresh_from_db()
    assert (house.household, house.ward, house.times) == (household, dong_mai, 1)


def test_an_undated_published_record_stays_undated(client, dong_mai):
    client.force_login(factories.staff())
    action = factories.support(dong_mai, policy="health", count=500, group_name="hội viên", on=None)
    data = as_drawn(client, action)
    client.post(url(action), data | {"group_name": "hội viên khó khăn"})

    action.refresh_from_db()
    assert (action.group_name, action.period_from, action.period_to) == ("hội viên khó khăn", None, None)


def test_an_open_end_stays_open(client, dong_mai):
    client.force_login(factories.staff())
    action = factories.support(dong_mai, policy="health", count=500, group_name="hội viên", on=date(2021, 1, 1))
    action.period_to = None
    action.save()
    client.post(url(action), as_drawn(client, action) | {"note": "x"})

    action.refresh_from_db()
    assert (action.note, action.period_to) == ("x", None)


@pytest.mark.usefixtures("officer")
def test_the_second_of_two_officers_sees_both_versions_and_loses_nothing(client, house):
    mine = as_drawn(client, house)
    theirs = as_drawn(client, house)
    client.post(url(house), theirs | {"note": "người thứ nhất", "funding-0-amount": "25.000.000"})

    answer = client.post(url(house), mine | {"note": "người thứ hai", "implementing_body": "MTTQ phường"})

    page = answer.content.decode()
    assert answer.status_code == 409
    house.refresh_from_db()
    assert (house.note, house.implementing_body) == ("người thứ nhất", "")
    rows = {row["label"]: row for row in answer.context["rows"]}
    assert (rows["Note"]["base"], rows["Note"]["theirs"], rows["Note"]["mine"]) == (
        "như cũ",
        "người thứ nhất",
        "người thứ hai",
    )
    assert (rows["NS_QUAN, grant"]["theirs"], rows["NS_QUAN, grant"]["mine"]) == ("25,000,000", "20,000,000")
    assert "XHH, grant" not in rows
    assert 'value="người thứ hai"' in page

    # The form on the conflict page follows the newer version: pressing again is a decision, not an accident.
    again = mine | {"note": "người thứ hai", "implementing_body": "MTTQ phường"}
    again |= {name: answer.context["form"][name].value() for name in ("version", "seen")}
    assert client.post(url(house), again).status_code == 302
    house.refresh_from_db()
    assert (house.note, house.implementing_body) == ("người thứ hai", "MTTQ phường")


@pytest.mark.usefixtures("officer")
@pytest.mark.parametrize("version", ["", "0", "99", "-1", "abc", str(2**70), "\x00"])
def test_a_forged_version_is_a_conflict(client, house, version):
    assert client.post(url(house), as_drawn(client, house) | {"version": version}).status_code == 409


@pytest.mark.usefixtures("officer")
def test_a_forged_memory_of_the_first_version_is_not_shown(client, house):
    answer = client.post(url(house), as_drawn(client, house) | {"version": "9", "note": "x", "seen": "bịa"})
    assert {row["base"] for row in answer.context["rows"]} == {""}


def test_a_record_made_void_meanwhile_is_not_brought_back(client, officer, house):
    from support.services import void_support

    mine = as_drawn(client, house)
    void_support(by=officer, action=SupportAction.objects.get(pk=house.pk), version=1, reason="nhập trùng")

    answer = client.post(url(house), mine | {"note": "muộn"}, follow=True)
    assert "This record is void" in answer.content.decode()
    house.refresh_from_db()
    assert house.note == "như cũ"


@pytest.mark.usefixtures("officer")
def test_mistakes_while_correcting_are_told_at_their_fields(client, house):
    answer = client.post(url(house), as_drawn(client, house) | {"period_from": "", "funding-0-amount": "1,5"})
    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == ["period_from"]
    assert list(answer.context["funding"][0].errors) == ["amount"]
    house.refresh_from_db()
    assert house.version == 1


def test_a_foreign_record_does_not_exist(client, house):
    client.force_login(factories.officer(factories.ward("Biên Giang")))
    for name in ("action-detail", "action-edit", "action-void"):
        assert client.get(reverse(name, args=[house.pk])).status_code == 404
    assert client.post(url(house), {}).status_code == 404
    assert client.post(reverse("action-void", args=[house.pk]), {}).status_code == 404


@pytest.mark.parametrize("role", ["leader", "admin"])
def test_leaders_and_administrators_open_no_record(client, house, role):
    client.force_login(getattr(factories, role)())
    for name in ("action-detail", "action-edit", "action-void"):
        assert client.get(reverse(name, args=[house.pk])).status_code == 403


@pytest.mark.usefixtures("officer")
def test_numbers_too_large_for_a_key_are_not_found(client):
    assert client.get(f"/support/{2**70}/").status_code == 404
    assert client.get(f"/support/{2**70}/edit/").status_code == 404

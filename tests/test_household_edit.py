"""Correcting a household: who left stays on record, and two officers on one sheet lose nothing."""

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.actor import StaleVersion
from accounts.models import AuditEvent
from households.models import Household, Member
from households.services import amend_household
from tests import factories
from tests.sheets import on_record, row, sheet

pytestmark = pytest.mark.django_db


@pytest.fixture
def dong_mai():
    factories.standard(2024)
    return factories.ward("Đồng Mai")


@pytest.fixture
def family(dong_mai):
    made = factories.household(dong_mai, head="Nguyễn Thị An", members=[{"name": "Trần Văn Bình"}])
    made.members.filter(relation="head").update(id_number="001160000123")
    return made


@pytest.fixture
def officer(client, dong_mai):
    user = factories.officer(dong_mai, full_name="Cán bộ A")
    client.force_login(user)
    client.cookies["django_language"] = "en"
    session = client.session
    session["working_year"] = 2024
    session.save()
    return user


def edit(client, household, data):
    return client.post(reverse("household-edit", args=[household.pk]), data)


def people(household) -> dict[str, str]:
    household = Household.objects.get(pk=household.pk)
    return {member.name: member.relation for member in household.present_members}


@pytest.mark.usefixtures("officer")
def test_the_sheet_opens_filled_with_numbers_masked(client, family):
    page = client.get(reverse("household-edit", args=[family.pk])).content.decode()

    assert 'value="Nguyễn Thị An"' in page
    assert 'value="•••••••••123"' in page
    assert "001160000123" not in page


@pytest.mark.usefixtures("officer")
def test_an_untouched_mask_keeps_the_number(client, family):
    edit(client, family, on_record(family, address="Số 9"))

    family.refresh_from_db()
    assert (family.address, family.version) == ("Số 9", 2)
    assert family.members.get(relation="head").id_number == "001160000123"


@pytest.mark.usefixtures("officer")
@pytest.mark.parametrize(("typed", "kept"), [("001160000999", "001160000999"), ("", "")])
def test_a_number_may_be_corrected_or_taken_away(client, family, typed, kept):
    edit(client, family, on_record(family) | {"members-0-id_number": typed})

    assert family.members.get(relation="head").id_number == kept


@pytest.mark.usefixtures("officer")
def test_half_a_mask_is_no_number(client, family):
    answer = edit(client, family, on_record(family) | {"members-0-id_number": "•••••••••124"})

    assert answer.status_code == 422
    assert family.members.get(relation="head").id_number == "001160000123"


@pytest.mark.usefixtures("officer")
def test_a_warning_once_confirmed_is_not_asked_again(client, family):
    family.members.filter(relation="head").update(id_number="001061000123", sex="2", birth_year=1960)

    assert edit(client, family, on_record(family, address="Số 9")).status_code == 302


@pytest.mark.usefixtures("officer")
def test_who_is_taken_off_the_list_has_left_and_stays_on_record(client, family):
    edit(client, family, on_record(family) | {"members-1-DELETE": "on"})

    assert people(family) == {"Nguyễn Thị An": "head"}
    assert family.members.get(name="Trần Văn Bình").left_on == timezone.localdate()
    page = client.get(reverse("household-detail", args=[family.pk])).content.decode()
    assert "Trần Văn Bình" in page


@pytest.mark.usefixtures("officer")
def test_the_head_may_change_hands(client, family):
    edit(client, family, on_record(family) | {"members-0-relation": "parent", "members-1-relation": "head"})

    assert people(family) == {"Nguyễn Thị An": "parent", "Trần Văn Bình": "head"}


@pytest.mark.usefixtures("officer")
def test_the_head_may_leave_and_another_follow(client, family):
    edit(client, family, on_record(family) | {"members-0-DELETE": "on", "members-1-relation": "head"})

    assert people(family) == {"Trần Văn Bình": "head"}


@pytest.mark.usefixtures("officer")
def test_a_household_cannot_lose_its_head(client, family):
    answer = edit(client, family, on_record(family) | {"members-0-DELETE": "on"})

    assert answer.status_code == 422
    assert len(people(family)) == 2


@pytest.mark.usefixtures("officer")
def test_what_the_sheet_does_not_show_is_kept(client, family):
    Member.objects.filter(household=family).update(school="Trường A", health_card_number="GD4010000000000")

    edit(client, family, on_record(family, address="Số 9"))

    assert set(family.members.values_list("school", flat=True)) == {"Trường A"}


@pytest.mark.usefixtures("officer")
def test_a_birth_on_record_may_stay_unknown(client, family):
    family.members.update(birth_year=None)

    assert edit(client, family, on_record(family, address="Số 9")).status_code == 302


@pytest.mark.usefixtures("officer")
def test_the_class_of_the_year_is_corrected_and_its_persons_stay(client, family):
    factories.status(family, 2024, "N", persons=5, causes=["land"])

    edit(client, family, on_record(family, row("Lê Văn C", relation="child"), classification="CN", causes=["illness"]))

    status = family.statuses.get()
    assert (status.classification, status.persons) == ("CN", 5)
    assert [each.cause for each in status.causes.all()] == ["illness"]


@pytest.mark.usefixtures("officer")
def test_indicators_that_were_ticked_stay_ticked(client, family):
    national = factories.standard(2024, "national")
    work, water = factories.indicator(national, "viec_lam", 1), factories.indicator(national, "nuoc_sach", 2)
    status = factories.status(family, 2024, "N", deprivations=[work])

    page = client.get(reverse("household-edit", args=[family.pk])).content.decode()
    edit(client, family, on_record(family, deprivations=[str(work.pk), str(water.pk)]))

    assert f'value="{work.pk}"' in page
    assert set(status.deprivations.all()) == {work, water}


def test_a_household_keeps_its_ward(client, officer, family):
    elsewhere = factories.ward("Văn Quán")

    edit(client, family, on_record(family, ward=str(elsewhere.pk)))

    family.refresh_from_db()
    assert family.ward.name == "Đồng Mai"


def test_a_member_of_another_household_cannot_be_pulled_in(client, officer, family):
    other = factories.household(factories.ward("Văn Quán"), head="Lê Thị Cúc", members=2)
    stranger = other.members.exclude(relation="head").get()
    before = dict(Member.objects.filter(pk=stranger.pk).values().get())

    answer = edit(client, family, on_record(family) | {"members-1-id": str(stranger.pk)})

    assert stranger.name not in answer.content.decode() or answer.status_code == 302
    assert Member.objects.filter(pk=stranger.pk).values().get() == before


@pytest.mark.parametrize("page", ["household-detail", "household-edit"])
def test_another_wards_household_does_not_exist_for_an_officer(client, officer, page):
    other = factories.household(factories.ward("Văn Quán"))

    assert client.get(reverse(page, args=[other.pk])).status_code == 404
    assert client.get(reverse(page, args=[99_999_999])).status_code == 404
    assert edit(client, other, on_record(other)).status_code == 404


# --- two officers on one sheet --------------------------------------------------------------------


@pytest.fixture
def colleague(dong_mai):
    return factories.officer(dong_mai, full_name="Cán bộ B")


def colleague_saves(colleague, household, **changes):
    theirs = Household.objects.get(pk=household.pk)
    for name, value in changes.items():
        setattr(theirs, name, value)
    amend_household(by=colleague, household=theirs, version=theirs.version, members=theirs.present_members)


def differences(answer) -> dict[str, tuple]:
    return {row["label"]: (row["base"], row["theirs"], row["mine"]) for row in answer.context["conflict"].rows}


@pytest.mark.usefixtures("officer")
def test_the_second_saver_sees_both_versions_and_loses_nothing(client, family, colleague):
    mine = on_record(family, address="Số 10") | {"members-0-name": "Nguyễn Thị Ân"}
    colleague_saves(colleague, family, address="Số 9")

    answer = edit(client, family, mine)

    family.refresh_from_db()
    assert (answer.status_code, family.address) == (409, "Số 9")
    assert differences(answer) == {
        "Address": ("", "Số 9", "Số 10"),
        "Nguyễn Thị An · Full name": ("Nguyễn Thị An", "Nguyễn Thị An", "Nguyễn Thị Ân"),
    }
    page = answer.content.decode()
    assert "Cán bộ B" in page
    assert 'value="Số 10"' in page
    assert 'value="Nguyễn Thị Ân"' in page


def again(answer, **changes) -> dict:
    """The sheet below the two versions, sent as the browser would send it."""
    return {
        name: values if len(values) > 1 else values[0] for name, values in answer.context["conflict"].data.lists()
    } | changes


@pytest.mark.usefixtures("officer")
def test_the_sheet_below_can_be_saved_and_holds_both(client, family, colleague):
    mine = on_record(family, phone="0912345678")
    colleague_saves(colleague, family, address="Số 9")

    answer = edit(client, family, mine)
    saved = edit(client, family, again(answer))

    family.refresh_from_db()
    assert saved.status_code == 302
    assert (family.address, family.phone, family.version) == ("Số 9", "0912345678", 3)
    assert differences(answer)["Address"] == ("", "Số 9", "not changed by you")


@pytest.mark.usefixtures("officer")
def test_people_whom_the_other_added_or_took_off_are_told_and_kept_so(client, family, colleague):
    mine = on_record(family, row("Vũ Thị Em", relation="child"))
    theirs = Household.objects.get(pk=family.pk)
    amend_household(
        by=colleague,
        household=theirs,
        version=1,
        members=[theirs.members.get(relation="head"), factories.person(name="Lê Văn Cường", birth_year=1990)],
        left=[theirs.members.get(name="Trần Văn Bình")],
    )

    answer = edit(client, family, mine)
    saved = edit(client, family, again(answer))

    assert differences(answer)["Lê Văn Cường"] == ("", "added", "")
    assert differences(answer)["Trần Văn Bình"] == ("", "taken off the list", "kept")
    assert saved.status_code == 302
    assert set(people(family)) == {"Nguyễn Thị An", "Lê Văn Cường", "Vũ Thị Em"}


@pytest.mark.usefixtures("officer")
def test_a_number_the_other_corrected_is_not_undone_by_an_old_mask(client, family, colleague):
    mine = on_record(family, phone="0912345678")
    theirs = Household.objects.get(pk=family.pk)
    head, child = theirs.present_members
    head.id_number = "001160000777"
    amend_household(by=colleague, household=theirs, version=1, members=[head, child])

    answer = edit(client, family, mine)
    edit(client, family, again(answer))

    assert family.members.get(relation="head").id_number == "001160000777"
    assert "001160000777" not in answer.content.decode()


@pytest.mark.usefixtures("officer")
def test_the_class_takes_part_in_the_conflict(client, family, colleague):
    status = factories.status(family, 2024, "N", causes=["land"])
    mine = on_record(family, classification="CN", causes=["land", "illness"])
    data = on_record(family, classification="K", causes=["land", "capital"])
    client.force_login(colleague)
    session = client.session
    session["working_year"] = 2024
    session.save()
    edit(client, family, data)

    answer = edit(client, family, mine)

    rows = differences(answer)
    assert rows["Class"] == ("poor", "not poor", "near-poor")
    assert "lack of capital" in rows["Causes of poverty"][1]
    status.refresh_from_db()
    assert status.classification == "K"


@pytest.mark.usefixtures("officer")
def test_a_sheet_without_its_version_is_refused(client, family):
    data = on_record(family, address="Số 9")
    del data["version"]

    assert edit(client, family, data).status_code == 422
    family.refresh_from_db()
    assert family.address == ""


@pytest.mark.usefixtures("officer")
@pytest.mark.parametrize("version", ["0", "99", "9" * 40])
def test_any_other_version_is_a_conflict(client, family, version):
    assert edit(client, family, on_record(family, version=version, address="Số 9")).status_code == 409


@pytest.mark.usefixtures("officer")
def test_a_broken_sheet_in_a_conflict_is_no_error(client, family):
    data = {"version": "77", "members-TOTAL_FORMS": "2", "members-INITIAL_FORMS": "2", "members-0-id": "x"}

    assert edit(client, family, data).status_code == 409
    assert edit(client, family, {"version": "77"}).status_code == 409


@pytest.mark.usefixtures("officer")
def test_a_double_click_on_save_is_no_conflict_with_oneself(client, family):
    data = on_record(family, address="Số 9")

    first, second = edit(client, family, data), edit(client, family, data)

    assert first.status_code == second.status_code == 302
    assert second.url == reverse("household-detail", args=[family.pk])


def test_the_service_itself_refuses_a_stale_version(family, colleague):
    colleague_saves(colleague, family, address="Số 9")

    with pytest.raises(StaleVersion):
        amend_household(by=colleague, household=family, version=1, members=family.present_members)
    family.refresh_from_db()
    assert family.address == "Số 9"


# --- on record ------------------------------------------------------------------------------------


def test_the_history_tells_who_changed_what(client, officer, family):
    edit(client, family, on_record(family, address="Số 9") | {"members-1-birth": "05/03/1991"})

    latest = client.get(reverse("household-detail", args=[family.pk])).context["history"][0]

    assert (latest.actor, latest.action_label) == ("Cán bộ A", "Changed")
    assert {(change.label, change.old, change.new) for change in latest.changes} == {
        ("Address", None, "Số 9"),
        ("Trần Văn Bình · date of birth", None, "05/03/1991"),
        ("Trần Văn Bình · year of birth", "1990", "1991"),
    }


def test_the_history_never_shows_a_number(client, officer, family):
    edit(client, family, on_record(family) | {"members-0-id_number": "001160000555"})

    page = client.get(reverse("household-detail", args=[family.pk]))

    [change] = page.context["history"][0].changes
    assert change.label == "Nguyễn Thị An · CCCD/CMND"
    assert "001160000" not in page.content.decode()
    assert "001160000" not in str(list(AuditEvent.objects.of(family).values_list("old", "new")))


def test_what_was_entered_together_is_one_entry_of_the_history(client, officer):
    client.post(
        reverse("household-create"), sheet(row(), row("B", relation="child"), classification="N", causes=["land"])
    )
    household = Household.objects.get()

    [entry] = client.get(reverse("household-detail", args=[household.pk])).context["history"]

    assert entry.action_label == "Record entered"
    assert [change.label for change in entry.changes] == [
        "Household", "Nguyễn Thị An", "B", "2024, city standard", "2024, city standard",
    ]  # fmt: skip

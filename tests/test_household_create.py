"""Entering a household: the sheet, its errors all at once, one record for a double click."""

import uuid
from datetime import date
from urllib.parse import quote

import pytest
from django.urls import reverse
from django.utils.translation import override

from accounts.models import AuditEvent
from households.models import Household, Member
from households.services import next_code
from tests import factories
from tests.sheets import row, sheet

pytestmark = pytest.mark.django_db
MANAGEMENT = {"members-TOTAL_FORMS": "1", "members-INITIAL_FORMS": "0"}


@pytest.fixture
def dong_mai():
    factories.standard(2024)
    return factories.ward("Đồng Mai")


@pytest.fixture
def officer(client, dong_mai):
    user = factories.officer(dong_mai)
    client.force_login(user)
    client.cookies["django_language"] = "en"
    session = client.session
    session["working_year"] = 2024
    session.save()
    return user


def enter(client, data):
    return client.post(reverse("household-create"), data)


def errors(answer) -> dict[str, list[str]]:
    """Every error on the page, by field; rows by number: `row 1 birth`."""
    entry = answer.context["entry"]
    with override("en"):
        found = {name: list(texts) for form in entry.all_forms for name, texts in form.errors.items()}
        for number, form in enumerate(entry.members.forms, start=1):
            found |= {f"row {number} {name}": list(texts) for name, texts in form.errors.items()}
        if entry.members.non_form_errors():
            found["rows"] = list(entry.members.non_form_errors())
    return found


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


@pytest.mark.usefixtures("officer")
def test_the_next_household_gets_the_next_number(client, dong_mai):
    factories.household(dong_mai)

    enter(client, sheet(row()))
    enter(client, sheet(row(), then="next"))

    assert sorted(Household.objects.values_list("code", flat=True)) == ["10117-0001", "10117-0002", "10117-0003"]


def test_numbers_go_on_after_9999_and_pass_over_what_was_typed_by_hand(dong_mai):
    factories.household(dong_mai, code="10117-9999")
    factories.household(dong_mai, code="10117-10000")
    factories.household(dong_mai, code="10117-x")
    factories.household(dong_mai, code="old 7")

    assert next_code(dong_mai) == "10117-10001"


@pytest.mark.usefixtures("officer")
def test_save_and_next_opens_an_empty_sheet_and_says_what_was_saved(client):
    answer = client.post(reverse("household-create"), sheet(row(), then="next"), follow=True)

    assert answer.redirect_chain == [(reverse("household-create"), 302)]
    assert "Household 10117-0001 saved." in answer.content.decode()


@pytest.mark.usefixtures("officer")
def test_without_a_class_the_household_is_saved_and_the_year_is_not_judged(client):
    enter(client, sheet(row()))

    assert not Household.objects.get().statuses.exists()


@pytest.mark.usefixtures("officer")
def test_a_review_without_its_class_is_not_guessed(client):
    answer = enter(client, sheet(row(), income="1200000"))

    assert answer.status_code == 422
    [error] = errors(answer)["classification"]
    assert error.startswith("Choose the class. No class is proposed")
    assert not Household.objects.exists()


@pytest.mark.usefixtures("officer")
def test_a_year_without_a_standard_says_so_and_saves_the_household(client):
    session = client.session
    session["working_year"] = 2026
    session.save()

    page = client.get(reverse("household-create")).content.decode()
    enter(client, sheet(row(), year="2026", classification="N"))

    assert "No city standard judges 2026" in page
    assert not Household.objects.get().statuses.exists()


@pytest.mark.usefixtures("officer")
def test_the_year_stays_when_another_window_changes_the_working_year(client, dong_mai):
    factories.standard(2020)
    data = sheet(row(), classification="N")
    client.post(reverse("working-context"), {"year": 2020, "next": "/"})

    enter(client, data)

    assert Household.objects.get().statuses.get().year == 2024


# --- errors ---------------------------------------------------------------------------------------


@pytest.mark.usefixtures("officer")
def test_all_errors_come_at_once_and_nothing_typed_is_lost(client):
    answer = enter(
        client,
        sheet(
            row("Nguyễn Thị An", birth="5/3/60", id_number="00116000012"),
            row("Trần Văn Bình", relation="", sex="", birth="31/02/1990"),
            row("", relation="child", birth="2999"),
            phone="không có",
            classification="N",
            income="-5",
            b1="nhiều",
            decision_date="01/01/2999",
            reviewed_on="2024",
        ),
    )

    assert answer.status_code == 422
    assert set(errors(answer)) == {
        "phone", "income", "b1", "decision_date", "reviewed_on", "row 1 birth", "row 1 id_number",
        "row 2 relation", "row 2 sex", "row 2 birth", "row 3 name", "row 3 birth",
    }  # fmt: skip
    page = answer.content.decode()
    assert 'role="alert"' in page
    assert 'href="#id_members-0-birth"' in page
    for typed in ("5/3/60", "00116000012", "31/02/1990", "không có", "nhiều", "01/01/2999"):
        assert f'value="{typed}"' in page
    assert not Household.objects.exists()
    assert not Member.objects.exists()


@pytest.mark.usefixtures("officer")
@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ([], "Enter the members of the household"),
        ([row(relation="spouse")], "a household has one head"),
        ([row(), row("Trần Văn B")], "rows 1, 2 are marked so"),
    ],
)
def test_a_household_has_one_head(client, rows, told):
    answer = enter(client, sheet(*rows))

    assert told in errors(answer)["rows"][0]
    assert not Household.objects.exists()


@pytest.mark.usefixtures("officer")
@pytest.mark.parametrize(
    ("cells", "field"),
    [
        ({"name": "x" * 121}, "name"),
        ({"name": "\u200b \u00a0"}, "name"),
        ({"birth": "1850"}, "birth"),
        ({"birth": "01/01/2999"}, "birth"),
        ({"birth": ""}, "birth"),
        ({"id_number": "1.08501E+11"}, "id_number"),
        ({"id_number": "000000000000"}, "id_number"),
        ({"sex": "3"}, "sex"),
        ({"relation": "boss"}, "relation"),
        ({"ethnicity": "99x"}, "ethnicity"),
        ({"disability_kind": "sight"}, "disability_degree"),
        ({"disability_degree": "mild"}, "disability_kind"),
    ],
)
def test_a_cell_that_cannot_be_right_is_refused_by_its_field(client, cells, field):
    answer = enter(client, sheet(row(**cells)))

    assert list(errors(answer)) == [f"row 1 {field}"]


@pytest.mark.usefixtures("officer")
def test_the_same_number_twice_on_one_sheet_is_refused(client):
    answer = enter(
        client, sheet(row(id_number="001160000123"), row("B", relation="child", id_number="001 160 000 123"))
    )

    assert errors(answer) == {"row 2 id_number": ["The same number stands in row 1."]}


@pytest.mark.usefixtures("officer")
def test_a_code_in_use_is_refused(client, dong_mai):
    factories.household(dong_mai, code="H-1")

    answer = enter(client, sheet(row(), code="H-1"))

    assert "Another household of this ward has this code." in str(errors(answer))


@pytest.mark.usefixtures("officer")
def test_a_removed_row_is_forgotten_with_its_errors(client):
    enter(client, sheet(row(), row("", birth="31/02/1990", delete=True), row("Trần Văn B", relation="", delete=True)))

    assert [member.name for member in Household.objects.get().present_members] == ["Nguyễn Thị An"]


@pytest.mark.usefixtures("officer")
@pytest.mark.parametrize("text", ["Tổ\x003", "\ud800Tổ 3", "Tổ\u202e 3", "To\u0302\u0309 3"])
def test_characters_nobody_sees_are_dropped(client, text):
    typed = sheet(row("Nguyễn\x00 Thị An"), address=text)
    body = "&".join(f"{name}={quote(value.encode('utf-8', 'surrogatepass'))}" for name, value in typed.items())

    client.post(reverse("household-create"), body, content_type="application/x-www-form-urlencoded")

    household = Household.objects.get()
    assert household.present_members[0].name == "Nguyễn Thị An"
    assert "\x00" not in household.address
    assert "\u202e" not in household.address


# --- what is asked before saving --------------------------------------------------------------------


@pytest.mark.usefixtures("officer")
def test_a_number_that_contradicts_the_row_is_asked_about_and_saved_when_confirmed(client):
    data = sheet(row(sex="2", birth="1960", id_number="001061000123"))

    asked = enter(client, data)

    entry = asked.context["entry"]
    assert asked.status_code == 422
    assert not Household.objects.exists()
    assert len(entry.warnings) == 2
    assert entry.confirm_key in asked.content.decode()

    enter(client, data | {"confirm": entry.confirm_key})
    assert Household.objects.get().present_members[0].id_number == "001061000123"


@pytest.mark.usefixtures("officer")
def test_a_confirmation_counts_only_for_what_was_asked(client):
    asked = enter(client, sheet(row(sex="2", birth="1960", id_number="001061000123")))
    key = asked.context["entry"].confirm_key

    answer = enter(client, sheet(row(sex="2", birth="1960", id_number="001062000123"), confirm=key))

    assert answer.status_code == 422
    assert not Household.objects.exists()


@pytest.mark.usefixtures("officer")
def test_a_number_of_somebody_who_left_their_household_is_free(client, dong_mai):
    other = factories.household(dong_mai)
    factories.member(other, id_number="001160000123", left_on=date(2023, 1, 1))

    assert enter(client, sheet(row(id_number="001160000123"))).status_code == 302


# --- once, and by whom --------------------------------------------------------------------------------


@pytest.mark.usefixtures("officer")
def test_a_double_click_makes_one_household_and_leads_both_to_it(client):
    data = sheet(row())

    first, second = enter(client, data), enter(client, data)

    assert Household.objects.count() == 1
    assert first.url == second.url == reverse("household-detail", args=[Household.objects.get().pk])


@pytest.mark.usefixtures("officer")
def test_a_sheet_that_was_refused_may_be_sent_again_with_the_same_key(client):
    data = sheet(row(sex=""))

    enter(client, data)
    enter(client, data | {"members-0-sex": "2"})

    assert Household.objects.count() == 1


@pytest.mark.usefixtures("officer")
@pytest.mark.parametrize("key", ["", "not-a-key", "0" * 40])
def test_a_broken_key_is_no_error(client, key):
    assert enter(client, sheet(row()) | {"submission_key": key}).status_code in {302, 422}


@pytest.mark.usefixtures("officer")
@pytest.mark.parametrize(
    "data",
    [
        {},
        {"members-TOTAL_FORMS": "x", "members-INITIAL_FORMS": "-1"},
        {"members-TOTAL_FORMS": "99999999", "members-INITIAL_FORMS": "99999999"},
        {"members-TOTAL_FORMS": "2", "members-INITIAL_FORMS": "2", "members-0-id": "1", "members-1-id": "x"},
        MANAGEMENT | {"version": "x", "year": "x", "status-classification": "x", "status-deprivations": "x"},
        MANAGEMENT | {"residential_group": str(2**70), "status-persons": str(2**70), "status-income": "9" * 80},
    ],
)
def test_a_forged_sheet_is_refused_and_never_breaks(client, data):
    assert enter(client, data).status_code == 422
    assert not Household.objects.exists()


def test_the_ward_is_the_officers_whatever_was_sent(client, officer, dong_mai):
    elsewhere = factories.ward("Văn Quán")

    enter(client, sheet(row(), ward=str(elsewhere.pk)))

    assert Household.objects.get().ward == dong_mai


def test_an_officer_of_two_wards_chooses_between_them_only(client):
    mine, also_mine, elsewhere = (factories.ward(name) for name in ("Đồng Mai", "Văn Quán", "Hà Cầu"))
    client.force_login(factories.officer(mine, also_mine))

    refused = enter(client, sheet(row(), ward=str(elsewhere.pk)))
    enter(client, sheet(row(), ward=str(also_mine.pk)))

    assert "ward" in errors(refused)
    assert Household.objects.get().ward == also_mine


@pytest.mark.usefixtures("officer")
def test_a_group_of_another_ward_is_refused(client):
    group = factories.residential_group(factories.ward("Văn Quán"))

    assert "residential_group" in errors(enter(client, sheet(row(), residential_group=str(group.pk))))


@pytest.mark.parametrize("role", ["leader", "admin"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_leaders_and_administrators_enter_nothing(client, role, method):
    client.force_login(getattr(factories, role)())

    assert getattr(client, method)(reverse("household-create")).status_code == 403


def test_an_officer_without_a_ward_is_told_so(client):
    client.force_login(factories.officer())
    client.cookies["django_language"] = "en"

    assert "Your account has no ward yet" in client.get(reverse("household-create")).content.decode()
    assert enter(client, sheet(row())).status_code == 422
    assert not Household.objects.exists()


def test_who_entered_it_is_on_record(client, officer):
    enter(client, sheet(row(), classification="N", causes=["land"]))

    household = Household.objects.get()
    events = AuditEvent.objects.of(household)
    assert {event.actor for event in events} == {officer.username}
    assert {event.model for event in events} == {
        "households.household", "households.member", "households.residence",
        "households.povertystatus", "households.statuscause", "households.statusreview",
    }  # fmt: skip


@pytest.mark.usefixtures("officer")
def test_a_failure_half_way_leaves_nothing(client, monkeypatch):
    def fail(review):
        raise RuntimeError

    monkeypatch.setattr("households.services.write_review", fail)

    with pytest.raises(RuntimeError):
        enter(client, sheet(row(), classification="N"))

    assert not Household.objects.exists()
    assert not Member.objects.exists()


@pytest.mark.usefixtures("officer")
def test_without_scripts_there_are_blank_rows_to_type_into(client):
    page = client.get(reverse("household-create")).content.decode()

    assert page.count('name="members-2-name"') == 1
    assert str(uuid.UUID(page.split('name="submission_key" value="')[1][:36]))

"""The survey sheet of a year: what is typed, what the standard proposes, what is kept, and where saving leads."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.translation import override

from accounts.actor import acting_as
from households.judging import explain
from households.models import Household, Indicator, PovertyStatus
from households.reference import load_standards
from tests import factories
from tests.sheets import sheet

pytestmark = pytest.mark.django_db


@pytest.fixture
def dong_mai():
    with acting_as("test"):
        load_standards()
    return factories.ward("Đồng Mai")


@pytest.fixture
def officer(client, dong_mai):
    user = factories.officer(dong_mai)
    client.force_login(user)
    client.cookies["django_language"] = "en"
    return user


@pytest.fixture
def family(dong_mai):
    children = [{"birth_year": 2015, "is_pupil": True}, {"birth_year": 2017, "has_health_insurance": True}]
    return factories.household(dong_mai, members=children, on_social_protection=True)


def address(household, year=2024, level="national"):
    return f"{reverse('status-edit', args=[household.pk, year])}?level={level}"


def ticks(*codes, standard="QG_2022_2025"):
    return [str(each.pk) for each in Indicator.objects.filter(standard__code=standard, code__in=codes)]


def typed(household, **fields):
    """POST data; names of the class's fields as the sheet has them, `also` and `then` as they are."""
    plain = {"also": "also-record", "then": "then"}
    base = {"version": str(household.version), "submission_key": sheet()["submission_key"]}
    return base | {plain.get(name, f"status-{name}"): value for name, value in fields.items()}


def review(client, household, year=2024, level="national", **fields):
    household.refresh_from_db()
    return client.post(address(household, year, level), typed(household, **fields))


FOUR = ("viec_lam", "bhyt", "nuoc_sach", "nha_tieu")


# --- the class ------------------------------------------------------------------------------


@pytest.mark.usefixtures("officer")
def test_a_blank_class_takes_the_proposal_and_b2_follows_from_the_ticks(client, family):
    answer = review(client, family, b1="170", deprivations=ticks(*FOUR))

    assert answer.url == reverse("household-detail", args=[family.pk])
    status = family.statuses.get()
    assert (status.classification, status.proposed, status.b1, status.b2) == ("N", "N", 170, 40)
    with override("en"):
        assert explain(status.judged_by) == "B1 170 ≤ 175 and B2 40 ≥ 30 → poor household"
    assert status.judged_by["version"] == 1


@pytest.mark.usefixtures("officer")
def test_b2_is_not_asked_where_the_standard_has_indicators(client, family):
    page = client.get(address(family))
    review(client, family, b1="170", b2="90", deprivations=ticks("bhyt"))

    assert "b2" not in page.context["form"].fields
    assert family.statuses.get().b2 == 10


@pytest.mark.usefixtures("officer")
def test_a_b2_typed_before_there_were_indicators_stays_until_something_is_ticked(client, family):
    factories.status(family, 2024, "N", level="national", b1=150, b2=50)

    assert "b2" in client.get(address(family)).context["form"].fields
    review(client, family, b1="150", b2="50")
    assert (family.statuses.get().b2, family.statuses.get().classification) == (50, "N")
    review(client, family, b1="150", b2="50", deprivations=ticks("bhyt"))
    assert (family.statuses.get().b2, family.statuses.get().classification) == (10, "CN")


@pytest.mark.usefixtures("officer")
def test_taking_every_tick_away_leaves_b2_at_nothing(client, family):
    review(client, family, b1="170", deprivations=ticks(*FOUR))
    review(client, family, b1="170")

    status = family.statuses.get()
    assert (status.b2, status.classification, status.deprivations.count()) == (0, "CN", 0)


@pytest.mark.usefixtures("officer")
def test_another_class_needs_its_reason(client, family):
    refused = review(client, family, b1="170", deprivations=ticks(*FOUR), classification="CN")
    saved = review(
        client, family, b1="170", deprivations=ticks(*FOUR), classification="CN", differs_because="Họp dân thống nhất"
    )

    with override("en"):
        [error] = refused.context["form"].errors["differs_because"]
    assert "B1 170 ≤ 175" in error
    assert (refused.status_code, saved.status_code) == (422, 302)
    status = family.statuses.get()
    assert (status.classification, status.proposed, status.differs_because) == ("CN", "N", "Họp dân thống nhất")


@pytest.mark.usefixtures("officer")
def test_all_that_is_wrong_is_told_at_once(client, family):
    answer = review(client, family, b1="170", classification="N", decision_date="31/2/2024", children_uninsured="9")

    assert set(answer.context["form"].errors) == {"differs_because", "decision_date", "children_uninsured"}


@pytest.mark.usefixtures("officer")
def test_hardship_needs_no_reason_where_the_standard_says_not_poor(client, family):
    assert review(client, family, b1="190", classification="KK").status_code == 302
    assert family.statuses.get().classification == "KK"


@pytest.mark.usefixtures("officer")
def test_what_sheet_a_found_is_kept_with_the_review_and_told_on_the_households_page(client, family):
    review(client, family, 2021, sheet_a="signs", income="1.350.000", also="on")

    assert {each.sheet_a for each in family.statuses.all()} == {"signs"}, "by either standard"
    assert {each.sheet_a for status in family.statuses.all() for each in status.reviews.all()} == {"signs"}
    page = client.get(reverse("household-detail", args=[family.pk])).content.decode()
    assert "Sheet A: sheet B follows." in page


@pytest.mark.usefixtures("officer")
def test_a_household_that_sheet_a_cleared_is_not_poor(client, family):
    refused = review(client, family, sheet_a="clear", b1="170", deprivations=ticks(*FOUR))
    review(client, family, sheet_a="clear", classification="K")

    with override("en"):
        [error] = refused.context["form"].errors["sheet_a"]
    assert error == "Sheet A found no sheet B needed, and the class is “poor household”. Correct one of them."
    assert (family.statuses.get().classification, family.statuses.get().sheet_a) == ("K", "clear")


@pytest.mark.usefixtures("officer")
def test_the_sheet_says_when_a_household_counts_as_deprived_or_that_it_is_not_known(client, family):
    page = client.get(address(family)).content.decode()
    of_2021 = client.get(address(family, 2021)).content.decode()

    assert "nhỏ hơn 8 m²" in page
    assert "The threshold is not on record yet." not in page
    assert of_2021.count("The threshold is not on record yet.") == 10


@pytest.mark.usefixtures("officer")
def test_2021_is_judged_by_the_rule_of_2021(client, family):
    review(client, family, 2021, income="900.000")

    status = family.statuses.get()
    with override("en"):
        assert explain(status.judged_by) == "Income 900,000 ≤ 900,000 → poor household"
    assert (status.standard.code, status.classification) == ("QG_2016_2020", "N")


@pytest.mark.usefixtures("officer")
def test_where_the_standard_proposes_nothing_the_officer_chooses(client, family):
    refused = review(client, family, level="city", b1="170")
    saved = review(client, family, level="city", b1="170", classification="CN")

    with override("en"):
        [error] = refused.context["form"].errors["classification"]
    assert error.startswith("Choose the class. No class is proposed: the urban line")
    assert saved.status_code == 302
    status = family.statuses.get()
    assert (status.classification, status.proposed, status.judged_by["missing"]) == ("CN", "", "standard")


def test_a_household_of_a_xa_is_judged_by_the_rural_line(client, dong_mai):
    commune = factories.ward("Cự Khê", unit_type="xã")
    client.force_login(factories.officer(commune))
    family = factories.household(commune)

    review(client, family, b1="150")

    assert (family.statuses.get().classification, family.statuses.get().judged_by["line"]) == ("K", 140)


# --- two standards side by side -------------------------------------------------------------


@pytest.mark.usefixtures("officer")
def test_both_standards_stand_side_by_side_and_are_saved_together(client, family):
    page = client.get(address(family, 2021, "city"))
    review(
        client, family, 2021, "city", income="1.350.000", deprivations=ticks("bhyt", standard="QG_2016_2020"), also="on"
    )

    assert [each["standard"].level for each in page.context["judgements"]] == ["city", "national"]
    city, national = family.statuses.order_by("standard__level")
    assert (city.classification, national.classification) == ("N", "K")
    assert (
        (city.income, city.b2, city.persons) == (national.income, national.b2, national.persons) == (1_350_000, 10, 3)
    )
    family.refresh_from_db()
    assert family.version == 2


@pytest.mark.usefixtures("officer")
def test_a_class_the_other_standard_does_not_propose_is_not_guessed(client, family):
    answer = review(client, family, b1="170", deprivations=ticks(*FOUR), also="on")

    with override("en"):
        [error] = answer.context["entry"].also.errors["record"]
    assert error.startswith("Choose the class. No class is proposed: the urban line")
    assert (answer.status_code, PovertyStatus.objects.count()) == (422, 0)


@pytest.mark.usefixtures("officer")
def test_what_an_officer_decided_by_the_other_standard_stays_with_its_reason(client, family):
    review(client, family, 2021, income="1.000.000", classification="K", differs_because="Con đã đi làm")
    review(client, family, 2021, "city", income="1.100.000", also="on")

    national = family.statuses.get(standard__level="national")
    assert (national.classification, national.differs_because, national.income) == ("K", "Con đã đi làm", 1_100_000)


# --- live -----------------------------------------------------------------------------------


@pytest.mark.usefixtures("officer")
def test_the_judgement_is_told_while_typing_and_nothing_is_saved(client, family):
    url = reverse("status-judgement", args=[family.pk, 2024]) + "?level=national"
    answer = client.post(url, typed(family, b1="170", deprivations=ticks(*FOUR)))
    nonsense = client.post(url, typed(family, b1="một trăm"))

    page = answer.content.decode()
    assert "B1 170 ≤ 175 and B2 40 ≥ 30 → poor household" in page
    assert "B2 = 40" in page
    assert "enter the B1 points or the income" in nonsense.content.decode()
    assert not PovertyStatus.objects.exists()


# --- groups and children ----------------------------------------------------------------------


@pytest.mark.usefixtures("officer")
def test_groups_and_children_are_proposed_from_the_members(client, family):
    form = client.get(address(family)).context["form"]

    told = {name: form[name].value() for name in ("on_social_protection", "lacks_labour", "children")}
    assert told == {"on_social_protection": True, "lacks_labour": False, "children": "2"}
    assert (form["children_uninsured"].value(), form["children_out_of_school"].value()) == ("1", "1")


@pytest.mark.usefixtures("officer")
def test_what_the_officer_types_of_groups_and_children_is_kept(client, family):
    review(client, family, b1="180", has_merit="on", is_agricultural="on", children="2", children_undernourished="1")

    status = family.statuses.get()
    assert (status.has_merit, status.is_agricultural, status.on_social_protection) == (True, True, False)
    assert (status.children, status.children_undernourished, status.children_uninsured) == (2, 1, 1)


@pytest.mark.usefixtures("officer")
@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"children": "4", "persons": "3"}, "children"),
        ({"children": "1", "children_uninsured": "2"}, "children_uninsured"),
    ],
)
def test_more_children_than_there_are_is_refused_at_its_field(client, family, fields, field):
    answer = review(client, family, b1="180", **fields)

    assert (answer.status_code, list(answer.context["form"].errors)) == (422, [field])


# --- where saving leads -----------------------------------------------------------------------


@pytest.mark.usefixtures("officer")
def test_saving_leads_to_the_next_household_that_waits_for_its_review(client, dong_mai):
    first, second, third = (
        factories.household(dong_mai, code=code, statuses={2023: "CN"}, level="national") for code in ("A1", "A2", "A3")
    )
    factories.household(dong_mai, code="A0", statuses={2023: "K"}, level="national")

    onward = [review(client, each, b1="170", then="next").url for each in (second, third, first)]

    assert onward == [address(third), address(first), reverse("household-detail", args=[first.pk])]


@pytest.mark.usefixtures("officer")
def test_a_double_click_leads_to_the_same_next_household(client, dong_mai):
    first, second = (
        factories.household(dong_mai, code=code, statuses={2023: "CN"}, level="national") for code in ("A1", "A2")
    )
    data = typed(first, b1="170", then="next")

    assert [client.post(address(first), data).url for _ in range(2)] == [address(second)] * 2


# --- the year, and the household's own sheet ---------------------------------------------------


@pytest.mark.usefixtures("officer")
def test_a_locked_year_is_refused_with_a_word(client, dong_mai, family):
    factories.review_round(dong_mai, 2024)

    answer = review(client, family, b1="170")

    assert answer.status_code == 422
    with override("en"):
        assert "has locked the year 2024" in str(answer.context["form"].non_field_errors())
    assert not PovertyStatus.objects.exists()


@pytest.mark.usefixtures("officer")
def test_the_sheet_of_a_locked_year_says_so_and_has_no_button_to_save(client, dong_mai, family):
    assert 'name="then"' in client.get(address(family)).content.decode()
    factories.review_round(dong_mai, 2024)

    page = client.get(address(family)).content.decode()

    assert "has locked the year 2024" in page
    assert 'name="then"' not in page


def save_household(client, household, **fields):
    household.refresh_from_db()
    page = client.get(reverse("household-edit", args=[household.pk]))
    data = {"version": str(household.version), "year": "2024", "submission_key": sheet()["submission_key"]}
    for form in (page.context["form"], page.context["members"].management_form, *page.context["members"].forms):
        for bound in form:
            value = bound.value()
            if value not in (None, False, ""):
                data[bound.html_name] = "on" if value is True else str(value)
    for name in ("classification", "persons"):
        value = page.context["status_form"][name].value()
        if value:
            data[f"status-{name}"] = value
    return client.post(reverse("household-edit", args=[household.pk]), data | fields)


@pytest.mark.usefixtures("officer")
def test_the_households_own_sheet_keeps_to_the_same_rules(client, family):
    session = client.session
    session["working_year"] = 2021
    session.save()

    refused = save_household(
        client, family, **{"year": "2021", "status-income": "1.000.000", "status-classification": "K"}
    )
    saved = save_household(client, family, **{"year": "2021", "status-income": "1.000.000"})

    assert (refused.status_code, list(refused.context["status_form"].errors)) == (422, ["differs_because"])
    assert saved.status_code == 302
    assert (family.statuses.get().classification, family.statuses.get().proposed) == ("N", "N")


@pytest.mark.usefixtures("officer")
def test_a_locked_year_does_not_keep_an_address_from_being_corrected(client, dong_mai, family):
    factories.status(family, 2024, "CN")
    factories.review_round(dong_mai, 2024)
    session = client.session
    session["working_year"] = 2024
    session.save()

    assert save_household(client, family, address="Số 9").status_code == 302
    assert Household.objects.get(pk=family.pk).address == "Số 9"


# --- how much it asks of the database ----------------------------------------------------------


@pytest.mark.usefixtures("officer")
def test_a_large_family_asks_no_more_of_the_database(client, dong_mai):
    counts = []
    for size in (2, 9):
        household = factories.household(dong_mai, members=size, statuses={2023: "CN"}, level="national")
        client.get(address(household))
        with CaptureQueriesContext(
            connection,
        ) as reading:
            client.get(address(household))
        data = typed(household, b1="170", deprivations=ticks(*FOUR), causes=["land", "capital"])
        with CaptureQueriesContext(connection) as saving:
            assert client.post(address(household), data).status_code == 302
        counts.append((len(reading), len(saving)))

    assert counts[0] == counts[1]
    assert counts[0][0] <= 30
    assert counts[0][1] <= 60

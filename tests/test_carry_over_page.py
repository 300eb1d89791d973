"""The sheet of a whole ward: what is shown, sent, refused, and what nobody loses."""

import re
import uuid

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import Dataset
from households.models import Household, PovertyStatus
from tests import factories
from tests.test_carry_over import close, national, scored, ward_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def dong_mai():
    return factories.ward("Đồng Mai")


@pytest.fixture
def officer(dong_mai, client):
    Dataset.claim("programme", working_year=2024)
    factories.standard(2024)
    user = factories.officer(dong_mai, full_name="Lê Thị Lan")
    client.force_login(user)
    return user


def url(ward, year=2024, **query):
    return reverse("carry-over", args=[ward.pk, year], query=query)


def opened(*households, shown="-", persons=1):
    return ",".join(f"{each.pk}.{each.version}.{shown}.{persons}" for each in households)


def sent(client, ward, households=(), *, query=None, **typed):
    """Send the sheet as it was opened; c1=… is the class of the first household, p1, r1, t1 the rest of its row."""
    data = {"submission_key": str(uuid.uuid4()), "opened": opened(*households)}
    for name, value in typed.items():
        row = name[1:]
        data[f"{name[0]}{households[int(row) - 1].pk}" if row.isdigit() else name] = value
    return client.post(url(ward, **(query or {})), data)


def classes(*households, year=2024):
    return [household.statuses.filter(year=year).values_list("classification", flat=True).first() for household in households]  # fmt: skip


def text(response):
    return response.content.decode()


# --- what is shown --------------------------------------------------------------------------


def test_each_row_starts_unanswered_with_last_years_class_beside_it(client, dong_mai, officer):
    family = factories.household(dong_mai, head="Nguyễn Thị Hòa", members=3)
    factories.status(family, 2023, "CN", b1=160, b2=20, decision_number="21/QĐ-UBND")

    response = client.get(url(dong_mai))

    [row] = response.context["sheet"].rows
    assert (row.answer, row.as_last_year, row.persons) == ("", "CN", "3")
    assert response.context["sheet"].left == 1
    assert "checked" not in text(response).split("<tbody>")[1]
    assert "B1 160" in text(response)
    assert "21/QĐ-UBND" in text(response)


def test_the_years_before_stand_in_the_row(client, dong_mai, officer):
    factories.household(dong_mai, statuses={2019: "N", 2020: "N", 2021: "K", 2022: "CN", 2023: "CN"})

    [row] = client.get(url(dong_mai)).context["sheet"].rows

    assert re.findall('class="sq sq-([a-z_]+)"', row.strip) == ["poor", "escaped", "relapsed"]


def test_a_household_judged_already_shows_its_class(client, dong_mai, officer):
    factories.household(dong_mai, statuses={2023: "N", 2024: "K"})

    sheet = client.get(url(dong_mai)).context["sheet"]

    assert (sheet.rows[0].answer, sheet.answered, sheet.left) == ("K", 1, 0)


def test_others_of_the_ward_are_shown_on_demand(client, dong_mai, officer):
    factories.household(dong_mai, code="POOR", statuses={2023: "N"})
    factories.household(dong_mai, code="NONE", statuses={2023: "K"})
    factories.household(dong_mai, code="NEW")

    def shown(**query):
        return {row.household.code for row in client.get(url(dong_mai, **query)).context["sheet"].rows}

    assert shown() == {"POOR"}
    assert shown(who="new") == {"POOR", "NEW"}
    assert shown(who="all") == {"POOR", "NEW", "NONE"}


def test_a_group_alone(client, dong_mai, officer):
    three, four = factories.residential_group(dong_mai, 3), factories.residential_group(dong_mai, 4)
    factories.household(dong_mai, code="THREE", residential_group=three, statuses={2023: "N"})
    factories.household(dong_mai, code="FOUR", residential_group=four, statuses={2023: "N"})

    rows = client.get(url(dong_mai, group=three.pk)).context["sheet"].rows

    assert [row.household.code for row in rows] == ["THREE"]


def test_the_page_of_a_thousand_reads_as_often_as_that_of_five(client, dong_mai, officer, django_assert_num_queries):
    ward_of(dong_mai, 5)
    client.get(url(dong_mai))
    with CaptureQueriesContext(connection) as few:
        client.get(url(dong_mai))
    of_five, phu_lam = len(few), factories.ward("Phú Lãm")
    ward_of(phu_lam, 1000)
    client.force_login(factories.officer(phu_lam))
    client.get(url(phu_lam))

    with django_assert_num_queries(of_five):
        response = client.get(url(phu_lam))

    assert len(response.context["sheet"].rows) == 1000
    assert len(response.content) < 2_500_000


def test_a_closed_year_says_so_and_shows_the_answers(client, dong_mai, officer):
    factories.household(dong_mai, statuses={2023: "N", 2024: "CN"})
    close(dong_mai, 2024)

    response = client.get(url(dong_mai))

    assert response.context["closed"]
    assert 'type="radio"' not in text(response)
    assert "Cận nghèo" in text(response)


def test_a_year_without_a_standard_says_who_enters_it(client, dong_mai, officer):
    response = client.get(url(dong_mai, 2026))

    assert response.status_code == 200
    assert response.context["sheet"] is None


def test_another_ward_does_not_exist(client, dong_mai, officer):
    elsewhere = factories.ward("Biên Giang")
    family = factories.household(elsewhere, statuses={2023: "N"})

    assert client.get(url(elsewhere)).status_code == 404
    assert sent(client, elsewhere, [family], c1="K").status_code == 404
    assert classes(family) == [None]


# --- saving ---------------------------------------------------------------------------------


@pytest.fixture
def two(dong_mai):
    return [factories.household(dong_mai, head=head, statuses={2023: "N"}) for head in ("Trần Văn Đức", "Lê Thị Hạnh")]


def test_answers_are_saved_and_the_rest_stays_left(client, dong_mai, officer, two):
    response = sent(client, dong_mai, two, c1="CN", p1="3", reviewed_on="5/11/2024", decision_number="30/QĐ-UBND")

    assert response.status_code == 302
    assert classes(*two) == ["CN", None]
    status = PovertyStatus.objects.get(year=2024)
    assert (status.persons, str(status.reviewed_on), status.decision_number) == (3, "2024-11-05", "30/QĐ-UBND")
    assert client.get(url(dong_mai)).context["sheet"].left == 1


def test_untouched_rows_are_not_written(client, dong_mai, officer, two):
    for family in two:
        factories.status(family, 2024, "CN")

    response = client.post(
        url(dong_mai),
        {
            "submission_key": str(uuid.uuid4()),
            "opened": opened(*two, shown="CN"),
            **{f"c{family.pk}": "CN" for family in two},
        },
    )

    assert response.status_code == 302
    assert set(Household.objects.values_list("version", flat=True)) == {1}


def test_a_double_click_saves_once(client, dong_mai, officer, two):
    data = {"submission_key": str(uuid.uuid4()), "opened": opened(*two), f"c{two[0].pk}": "N"}

    first, second = (client.post(url(dong_mai), data) for _each in range(2))

    assert (first.status_code, second.status_code) == (302, 302)
    two[0].refresh_from_db()
    assert two[0].version == 2


def test_one_decision_for_those_judged_before_it_came(client, dong_mai, officer, two):
    factories.status(two[0], 2024, "CN")
    factories.status(two[1], 2024, "CN", decision_number="OLD")

    data = {"opened": opened(*two, shown="CN"), "decision_number": "44/QĐ-UBND", "for_judged": "on"}
    client.post(
        url(dong_mai), {"submission_key": str(uuid.uuid4()), **data, f"c{two[0].pk}": "CN", f"c{two[1].pk}": "CN"}
    )

    numbers = PovertyStatus.objects.filter(year=2024).order_by("household").values_list("decision_number", flat=True)
    assert list(numbers) == ["44/QĐ-UBND", "OLD"]


def test_without_a_script_a_button_answers_as_last_year_and_saves_nothing(client, dong_mai, officer, two):
    response = sent(client, dong_mai, two, c1="K", fill="as-last-year")

    assert response.status_code == 200
    assert {row.pk: row.answer for row in response.context["sheet"].rows} == {two[0].pk: "K", two[1].pk: "N"}
    assert classes(*two) == [None, None]


@pytest.mark.parametrize(("households", "at_most"), [(50, 35), (300, 70)])
def test_one_save_of_a_ward_costs_few_queries(
    client, dong_mai, officer, django_assert_max_num_queries, households, at_most
):
    families = ward_of(dong_mai, households)
    typed = {f"c{family.pk}": "N" for family in families} | {f"p{family.pk}": "1" for family in families}

    with django_assert_max_num_queries(at_most):
        response = client.post(
            url(dong_mai), {"submission_key": str(uuid.uuid4()), "opened": opened(*families), **typed}
        )

    assert response.status_code == 302
    assert PovertyStatus.objects.filter(year=2024).count() == households


def test_a_thousand_rows_fit_one_form(client, dong_mai, officer, settings):
    families = ward_of(dong_mai, 1000)
    typed = {f"{letter}{family.pk}": value for family in families for letter, value in (("c", "K"), ("p", "1"), ("r", "x" * 20))}  # fmt: skip

    response = client.post(url(dong_mai), {"submission_key": str(uuid.uuid4()), "opened": opened(*families), **typed})

    assert response.status_code == 302
    assert PovertyStatus.objects.filter(year=2024, classification="K").count() == 1000


# --- refused, and nothing lost --------------------------------------------------------------


def test_a_bad_row_is_named_and_everything_typed_stays(client, dong_mai, officer, two):
    response = sent(client, dong_mai, two, c1="CN", p1="0", c2="N", p2="5", decision_number="30/QĐ-UBND")

    assert response.status_code == 422
    [(anchor, message)] = response.context["sheet"].problems
    assert anchor == f"p{two[0].pk}"
    assert "Trần Văn Đức" in message
    rows = {row.pk: (row.answer, row.persons) for row in response.context["sheet"].rows}
    assert rows == {two[0].pk: ("CN", "0"), two[1].pk: ("N", "5")}
    assert 'value="30/QĐ-UBND"' in text(response)
    assert classes(*two) == [None, None]


def test_persons_without_a_class_are_asked_about(client, dong_mai, officer, two):
    response = sent(client, dong_mai, two, p1="4")

    assert response.status_code == 422
    assert response.context["sheet"].rows[0].errors or response.context["sheet"].rows[1].errors


def test_a_date_that_cannot_be_is_named(client, dong_mai, officer, two):
    response = sent(client, dong_mai, two, c1="N", reviewed_on="31/02/2024")

    assert response.status_code == 422
    assert response.context["sheet"].problems[0][0] == "id_reviewed_on"


def test_a_sheet_that_lost_a_part_is_refused(client, dong_mai, officer, two):
    response = client.post(url(dong_mai), {"submission_key": "x", "opened": "1.2", f"c{two[0].pk}": "N"})

    assert response.status_code == 422
    assert classes(*two) == [None, None]


def test_scores_that_say_another_class_ask_for_a_reason_in_the_row(client, dong_mai, officer):
    family = scored(dong_mai, b1=150, b2=20)
    query = {"level": "national"}

    response = sent(client, dong_mai, [family], query=query, c1="N", copied="on")

    assert response.status_code == 422
    assert response.context["sheet"].problems[0][0] == f"r{family.pk}"
    assert f'name="r{family.pk}"' in text(response)

    response = sent(client, dong_mai, [family], query=query, c1="N", copied="on", r1="Mất mùa")
    assert response.status_code == 302
    assert family.statuses.get(year=2024, standard=national()).differs_because == "Mất mùa"


def test_a_year_closed_while_answering_loses_nothing(client, dong_mai, officer, two):
    close(dong_mai, 2024)

    response = sent(client, dong_mai, two, c1="CN")

    assert response.status_code == 422
    assert {row.pk: row.answer for row in response.context["sheet"].rows}[two[0].pk] == "CN"
    assert "2024" in response.context["sheet"].problems[0][1]
    assert classes(*two) == [None, None]


def test_a_household_that_left_the_ward_meanwhile_is_named_by_its_row(client, dong_mai, officer, two):
    Household.objects.filter(pk=two[0].pk).update(closed_on="2024-06-01", closed_as="left")

    response = sent(client, dong_mai, two, c1="N", c2="CN")

    assert response.status_code == 422
    assert "1" in response.context["sheet"].problems[0][1]
    assert [row.answer for row in response.context["sheet"].rows] == ["CN"]


# --- two at once ----------------------------------------------------------------------------


def judged_meanwhile(family, classification="K"):
    Household.objects.filter(pk=family.pk).update(version=family.version + 1)
    factories.status(family, 2024, classification)


def again(client, ward, response, **typed):
    """Send the page that came back, as a browser would, with what is typed now."""
    sheet = response.context["sheet"]
    data = {"submission_key": str(sheet.form["submission_key"].value()), "opened": sheet.opened}
    for row in sheet.rows:
        if row.answer:
            data[f"c{row.pk}"] = row.answer
        data[f"p{row.pk}"] = row.persons
    return client.post(url(ward), data | typed)


def test_what_somebody_judged_meanwhile_stands_beside_mine(client, dong_mai, officer, two):
    judged_meanwhile(two[0])

    response = sent(client, dong_mai, two, c1="CN", c2="N")

    assert response.status_code == 409
    [clash] = response.context["sheet"].conflicts
    assert (clash.pk, clash.answer, clash.now.classification, clash.by) == (two[0].pk, "CN", "K", "test")
    assert {row.pk: row.answer for row in response.context["sheet"].rows} == {two[0].pk: "CN", two[1].pk: "N"}
    assert f'name="t{two[0].pk}"' in text(response)
    assert classes(*two) == ["K", None]


@pytest.mark.parametrize(("take", "stands"), [("mine", "CN"), ("theirs", "K")])
def test_one_choice_settles_it(client, dong_mai, officer, two, take, stands):
    judged_meanwhile(two[0])
    response = sent(client, dong_mai, two, c1="CN", c2="N")

    assert again(client, dong_mai, response).status_code == 409  # not chosen yet
    response = again(client, dong_mai, response, **{f"t{two[0].pk}": take})

    assert response.status_code == 302
    assert classes(*two) == [stands, "N"]


def test_the_same_answer_twice_is_no_conflict(client, dong_mai, officer, two):
    judged_meanwhile(two[0], "CN")

    assert sent(client, dong_mai, two, c1="CN", c2="N").status_code == 302
    assert classes(*two) == ["CN", "N"]


def test_an_address_changed_meanwhile_is_no_conflict(client, dong_mai, officer, two):
    Household.objects.filter(pk=two[0].pk).update(version=5, address="Ngõ 3")

    assert sent(client, dong_mai, two, c1="CN").status_code == 302
    assert classes(*two) == ["CN", None]


def test_a_row_that_was_not_touched_does_not_clash(client, dong_mai, officer, two):
    judged_meanwhile(two[0])

    assert sent(client, dong_mai, two, c2="N").status_code == 302
    assert classes(*two) == ["K", "N"]


def test_a_class_given_in_another_ward_this_year_is_only_shown(client, dong_mai, officer):
    family = factories.household(dong_mai, statuses={2023: "N"})
    factories.status(family, 2024, "CN", ward=factories.ward("Biên Giang"))

    response = client.get(url(dong_mai))
    assert response.context["sheet"].rows[0].elsewhere
    assert f'name="c{family.pk}"' not in text(response)

    sent(client, dong_mai, [family], c1="K")
    assert classes(family) == ["CN"]

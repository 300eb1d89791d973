"""The official tables R1–R13 of a year: what they count, where their figures lead, how they are drawn."""

import re
from io import BytesIO

import openpyxl
import pytest
from django.urls import reverse
from django.utils import translation

from households.codes import Happening
from households.filters import HouseholdFilter
from households.models import Household, LifeEvent
from reports.review import tables
from reports.review.figures import ReviewFigures
from reports.review.flow import flow_of
from reports.review.yearly import review_summary
from reports.scope import Scope
from tests import factories

pytestmark = pytest.mark.django_db
YEAR = 2023


@pytest.fixture(autouse=True)
def _in_english():
    with translation.override("en"):
        yield


@pytest.fixture
def dong_mai():
    return factories.ward("Đồng Mai")


@pytest.fixture
def bien_giang():
    return factories.ward("Biên Giang")


def table(key, *, reader=None, ward=None, year=YEAR):
    return tables.TABLES[key](ReviewFigures(Scope(reader or factories.staff(), ward, year, year)), year)


def cells(drawn, key="district"):
    return next(row.cells for row in drawn.rows if row.key == key)


def columns(drawn, key="district"):
    return [value for name, value in cells(drawn, key).items() if name != "part"]


def test_r1_counts_residents_and_lists_and_takes_no_rate_without_a_base(dong_mai, bien_giang):
    factories.population(dong_mai, YEAR, households=400, persons=1600)
    factories.household(dong_mai, members=4, statuses={YEAR: "N"})
    factories.household(dong_mai, members=2, statuses={YEAR: "CN"})
    factories.status(factories.household(dong_mai, members=3), YEAR, "K", is_agricultural=True)
    factories.household(bien_giang, statuses={YEAR: "N"})

    drawn = table("r1")

    assert columns(drawn, dong_mai.identity) == [
        400, 1600, 1, 0.25, 1, 0.25, 1, 0.25, 4, 0.25, 2, 0.12, 3, 0.19,
    ]  # fmt: skip
    assert cells(drawn, bien_giang.identity)["c3"] == 1
    assert cells(drawn, bien_giang.identity)["c4"] is None
    assert [row.label for row in drawn.rows] == ["1. Whole district", "1.1. Phường Biên Giang", "1.2. Phường Đồng Mai"]
    assert "Biên Giang" in drawn.notes[-1]


def test_the_movement_of_a_ward_adds_up_for_households_and_persons(dong_mai):
    factories.household(dong_mai, statuses={2021: "K", 2022: "K"})
    factories.household(dong_mai, members=4, statuses={2022: "N", YEAR: "CN"})
    stays = factories.household(dong_mai, members=3)
    factories.status(stays, 2022, "N", persons=3)
    factories.status(stays, YEAR, "N", persons=5)
    factories.household(dong_mai, members=2, statuses={2022: "CN", YEAR: "N"})
    factories.household(dong_mai, members=6, statuses={2020: "N", 2021: "K", 2022: "K", YEAR: "N"})
    factories.household(dong_mai, members=1, statuses={2022: "K", YEAR: "N"})

    poor, near_poor = table("r2", ward=dong_mai), table("r3", ward=dong_mai)

    assert columns(poor, dong_mai.identity) == [2, 1, 0, 0, 1, 1, 1, 0, 4]
    assert columns(poor, f"{dong_mai.identity}/persons") == [7, 4, 0, 0, 2, 6, 1, 2, 14]
    assert columns(near_poor, dong_mai.identity) == [1, 0, 1, 0, 1, 0, 0, 0, 1]
    assert columns(near_poor, f"{dong_mai.identity}/persons") == [2, 0, 2, 0, 4, 0, 0, 0, 4]


def test_a_household_that_moves_stands_in_both_wards_and_its_new_class_in_the_new_one(dong_mai, bien_giang):
    family = factories.household(dong_mai, members=4, statuses={2022: "N"})
    LifeEvent.objects.create(
        household=family, kind=Happening.MOVED_WARD, day=f"{YEAR}-05-01", ward=dong_mai, to_ward=bien_giang
    )
    factories.status(family, YEAR, "CN", ward=bien_giang)

    poor, near_poor = table("r2"), table("r3")

    assert columns(poor, dong_mai.identity) == [1, 0, 0, 1, 0, 0, 0, 0, 0]
    assert columns(poor, bien_giang.identity) == [0, 1, 0, 0, 0, 0, 0, 1, 0]
    assert columns(near_poor, bien_giang.identity) == [0, 0, 0, 0, 1, 0, 0, 0, 1]
    assert columns(poor) == [1, 1, 0, 1, 0, 0, 0, 1, 0]
    assert any("1 households on the list went from one ward to another" in note for note in poor.notes)


def test_nothing_is_said_of_movement_in_the_first_year_on_record(dong_mai):
    factories.household(dong_mai, statuses={YEAR: "N"})

    assert columns(table("r2")) == [None] * 8 + [1]


def test_deprivations_are_counted_by_the_indicators_of_the_year(dong_mai):
    national = factories.standard(YEAR, "national")
    work, roof = factories.indicator(national, "viec_lam", 1), factories.indicator(national, "chat_luong_nha", 2)
    for classification, ticked in (("N", [work, roof]), ("N", [work]), ("CN", [roof]), ("K", [work])):
        family = factories.household(dong_mai)
        factories.status(family, YEAR, classification, level="national", deprivations=ticked)

    scope = Scope(factories.staff(), None, YEAR, YEAR, "national")
    figures = ReviewFigures(scope)

    assert columns(tables.r4(figures, YEAR)) == [2, 3, 2, 1]
    assert [cells(tables.r5(figures, YEAR))[key] for key in ("c1", "c2", "c3")] == [2, 100.0, 50.0]
    assert columns(tables.r6(figures, YEAR)) == [1, 1, 0, 1]
    assert [column.full_label for column in tables.r4(figures, YEAR).columns][2:] == [
        "Deprivations in basic social services / 1. Viec_lam",
        "Deprivations in basic social services / 2. Chat_luong_nha",
    ]


def test_deprivations_that_nobody_recorded_are_unknown_and_not_nought(dong_mai):
    factories.household(dong_mai, statuses={YEAR: "N"})

    assert columns(table("r4"))[:2] == [1, None]


def test_groups_overlap_so_others_are_a_true_complement(dong_mai):
    for snapshot in (
        {"ethnicity": "05", "lacks_labour": True, "has_merit": True},
        {"ethnicity": "01", "lacks_labour": True, "has_merit": False},
        {"ethnicity": "01", "lacks_labour": False, "has_merit": False},
    ):
        factories.status(factories.household(dong_mai, members=2), YEAR, "N", **snapshot)

    drawn = table("r8")

    assert columns(drawn)[:5] == [3, 1, 2, 1, 1]
    assert columns(drawn, "district/persons")[:5] == [6, 2, 4, 2, 2]
    assert "would give -1 poor" in drawn.notes[0]


def test_every_ethnicity_on_a_list_has_its_column_and_none_is_wired_in(dong_mai):
    for ethnicity in ("01", "05", "05", "02"):
        factories.status(factories.household(dong_mai), YEAR, "N", ethnicity=ethnicity)

    drawn = table("r9")

    assert [column.number for column in drawn.columns if column.number.startswith("1")] == [
        "1.0", "1.1", "1.2", "1.2.1", "1.2.2",
    ]  # fmt: skip
    assert columns(drawn)[:5] == [4, 1, 3, 1, 2]


def test_causes_are_counted_for_both_lists_together(dong_mai):
    factories.status(factories.household(dong_mai), YEAR, "N", causes=["land", "illness"])
    factories.status(factories.household(dong_mai), YEAR, "CN", causes=["land"])
    factories.status(factories.household(dong_mai), YEAR, "K", causes=["land"])

    assert columns(table("r10")) == [2, 0, 0, 0, 0, 0, 1, 0]


def test_a_closed_year_keeps_the_groups_of_its_day(dong_mai):
    family = factories.household(dong_mai, has_merit=True)
    factories.status(family, YEAR, "N", has_merit=True)
    Household.objects.filter(pk=family.pk).update(has_merit=False)

    assert cells(table("r8"))["c4"] == 1
    assert cells(table("r12"))["c13"] == 1


MOVEMENT = "1 2 3 4 5 6 7 8 9=1-2-3-4+5+6+7+8"
DIMENSIONS = "1=2+3 2 3 5=6+7 6 7 9=10+11 10 11 13 14 15 16=17+18 17 18 20=9/1*100 21=11/3*100"
# The line of numbers and formulas beneath the headings, as the forms print it.
FORMULAS = {
    "r1": "1 2 3 4=3/1*100 5 6=5/1*100 7 8=7/1*100 9 10=9/2*100 11 12=11/2*100 13 14=13/2*100",
    "r2": MOVEMENT,
    "r3": MOVEMENT,
    "r8": "1 2 3 4 5=1-2-3-4 6 7 8 9 10=6-7-8-9",
    "r9": "1.0 1.1 1.2 2.0 2.1 2.2",
    "r10": "1 2 3 4 5 6 7 8",
    "r11": "1 2 3 4 5 6 7 8",
    "r12": DIMENSIONS,
    "r13": DIMENSIONS,
}


@pytest.mark.parametrize("key", FORMULAS)
def test_numbers_and_formulas_are_those_of_the_form(dong_mai, key):
    factories.household(dong_mai, statuses={YEAR: "CN"})

    shown = [column for column in table(key).columns if column.key != "part"]

    assert " ".join(f"{c.number}={c.formula}" if c.formula else c.number for c in shown) == FORMULAS[key]


@pytest.mark.parametrize("key", ["r1", "r2", "r3", "r12"])
def test_the_formula_beneath_a_heading_gives_the_number_in_its_column(dong_mai, key):
    factories.population(dong_mai, YEAR, households=400, persons=1600)
    histories = [{2022: "N", YEAR: "CN"}, {2022: "CN", YEAR: "N"}, {2022: "N", YEAR: "N"}, {2022: "K", YEAR: "N"}]
    for statuses in histories:
        factories.household(dong_mai, members=3, statuses=statuses)
    drawn = table(key, ward=dong_mai)
    cells_ = cells(drawn, dong_mai.identity)

    for column in drawn.columns:
        numbers = re.split(r"([-+/*])", column.formula) if column.formula else []
        values = [part if part in "-+/*" or part == "100" else cells_[f"c{part}"] for part in numbers]
        if values and None not in values:
            assert cells_[column.key] == round(eval("".join(map(str, values))), 2), column.number


def test_the_columns_of_the_central_highlands_are_left_out_and_the_others_keep_their_numbers(dong_mai):
    factories.household(dong_mai, statuses={YEAR: "CN"})

    assert [column.number for column in table("r13").columns] == [
        "1", "2", "3", "5", "6", "7", "9", "10", "11", "13", "14", "15", "16", "17", "18", "20", "21",
    ]  # fmt: skip


# --- what a figure opens ----------------------------------------------------------------------


@pytest.fixture
def a_little_of_everything(dong_mai, bien_giang):
    national = factories.standard(YEAR, "national")
    ticked = [factories.indicator(national, f"i{number}", number) for number in (1, 2, 3)]
    for ward in (dong_mai, bien_giang):
        factories.population(ward, YEAR, households=100, persons=400)
        histories = ("NN", "NC", "NK", "CN", "CC", "CK", "KN", "KC", "N-", "-N", "-C")
        for number, (before, now) in enumerate(histories):
            family = factories.household(ward, members=1 + number % 4)
            for year, letter in ((YEAR - 1, before), (YEAR, now)):
                if letter != "-":
                    factories.status(
                        family, year, {"C": "CN"}.get(letter, letter),
                        ethnicity=["01", "05", "02"][number % 3], lacks_labour=number % 2 == 0, has_merit=number % 3 == 0,
                        head_is_female=number % 2 == 1, is_agricultural=number % 4 == 0, children=number % 3,
                        children_undernourished=min(number % 2, number % 3), deprivations=ticked[: number % 4],
                        causes=["land", "illness"][: number % 3],
                    )  # fmt: skip
        factories.status(factories.household(ward), YEAR, "K", is_agricultural=True)
    moved = factories.household(dong_mai, statuses={YEAR - 1: "N"})
    factories.status(moved, YEAR, "N", ward=bien_giang)
    Household.objects.filter(pk=moved.pk).update(ward=bien_giang)


@pytest.mark.usefixtures("a_little_of_everything")
def test_every_figure_opens_the_households_it_was_counted_from(client, rf):
    staff = factories.staff()
    client.force_login(staff)
    figures = ReviewFigures(Scope(staff, None, YEAR, YEAR))
    followed = set()
    for key, draw in tables.TABLES.items():
        drawn = draw(figures, YEAR)
        for row in drawn.rows:
            for column, url in row.links.items():
                figure = row.cells[column]
                if "/movement/" in url:
                    answer = client.get(url).context
                    assert (answer["households"], answer["persons"])[row.part == "persons"] == figure, url
                else:
                    request = rf.get(url)
                    request.user = staff
                    shown = HouseholdFilter(request.GET, Household.objects.visible_to(staff), request=request).totals()
                    of_persons = row.part == "persons" or (key, column) in _OF_PERSONS
                    if key == "r11" or (key in ("r4", "r6") and column == "c2"):
                        assert 0 < shown["households"] <= figure, url
                    else:
                        assert shown["persons" if of_persons else "households"] == figure, url
                followed.add((key, column))
    assert {key for key, _column in followed} == set(tables.TABLES)
    assert len(followed) > 55


_OF_PERSONS = {("r1", column) for column in ("c9", "c11", "c13")} | {
    (key, column) for key in ("r12", "r13") for column in ("c16", "c17", "c18")
}


@pytest.mark.usefixtures("a_little_of_everything")
def test_the_summary_s_tables_say_the_same_as_the_forms(dong_mai):
    figures = ReviewFigures(Scope(factories.staff(), None, YEAR - 1, YEAR))
    by_key = {drawn.key: {row.key: row.cells for row in drawn.rows} for drawn in review_summary(figures)}

    assert list(by_key) == ["movement_poor", "movement_near_poor", "review_result", "deprivations", "causes", "groups"]
    for key, form in (("movement_poor", "r2"), ("movement_near_poor", "r3"), ("review_result", "r1"), ("groups", "r8")):
        for row in tables.TABLES[form](figures, YEAR).rows:
            place = f"{YEAR}/{row.key}".replace("/district", "")
            assert by_key[key][place] == {name: value for name, value in row.cells.items() if name != "part"}
    assert by_key["deprivations"][f"{YEAR}/poor"] == columns_by_key(tables.r4(figures, YEAR))
    assert by_key["deprivations"][f"{YEAR}/{dong_mai.identity}/near_poor"] == columns_by_key(
        tables.r6(figures, YEAR), dong_mai.identity
    )
    assert list(by_key["movement_poor"][str(YEAR)]) == [f"c{number}" for number in range(1, 10)]
    assert list(by_key["review_result"][str(YEAR)]) == [f"c{number}" for number in range(1, 15)]


def columns_by_key(drawn, key="district"):
    return {name: value for name, value in cells(drawn, key).items() if name != "part"}


# --- pages ---------------------------------------------------------------------------------------


@pytest.mark.usefixtures("a_little_of_everything")
def test_every_table_is_a_page_with_its_headings_numbers_and_formulas(client):
    client.force_login(factories.leader())
    for key in tables.TABLES:
        response = client.get(reverse("review-tables", args=[YEAR]), {"table": key})
        assert response.status_code == 200
        assert "households/?" not in response.content.decode(), "a leader gets figures, not rows"
    page = client.get(reverse("review-tables", args=[YEAR]), {"table": "r2"}).content.decode()
    assert "9 = 1-2-3-4+5+6+7+8" in page
    assert 'scope="colgroup" colspan="3"' in page


def test_a_table_that_does_not_exist_and_a_year_that_cannot_be_are_not_found(client):
    client.force_login(factories.staff())

    assert client.get(reverse("review-tables", args=[YEAR]), {"table": "r99"}).status_code == 404
    assert client.get(reverse("review-tables", args=[1999])).status_code == 404


@pytest.mark.usefixtures("a_little_of_everything")
def test_all_tables_come_in_one_workbook_whose_totals_are_sums(client):
    client.force_login(factories.staff())

    response = client.get(reverse("review-tables-xlsx", args=[YEAR]))

    book = openpyxl.load_workbook(BytesIO(response.content))
    assert book.sheetnames == [f"R{number}" for number in range(1, 14)]
    sheet = book["R2"]
    values = [[cell.value for cell in line] for line in sheet.iter_rows()]
    numbers = next(line for line in values if line[0] == "A, B")
    assert numbers[2:] == ["1", "2", "3", "4", "5", "6", "7", "8", "9 = 1-2-3-4+5+6+7+8"]
    start = values.index(numbers) + 2
    assert values[start - 1][2] == f"=SUM(C{start + 2},C{start + 4})"
    assert values[start][2] == f"=SUM(C{start + 3},C{start + 5})"


@pytest.mark.usefixtures("a_little_of_everything")
def test_the_movement_page_draws_the_flow_and_names_what_does_not_balance(client):
    staff = factories.staff()
    client.force_login(staff)
    address = reverse("review-movement", args=[YEAR])

    page = client.get(address)
    client.force_login(factories.leader())
    figures_only = client.get(address)

    assert page.context["questions"] == 2
    assert [flow.holds for flow in page.context["flows"]] == [False, True]
    assert len(page.context["asked_about"]) == 2
    assert page.content.decode().count("<rect") == 18
    assert figures_only.context["questions"] == 2
    assert figures_only.context["asked_about"] == []
    assert client.get(reverse("review-movement-households", args=[YEAR])).status_code == 403


def test_the_flow_runs_from_the_opening_to_the_closing(dong_mai):
    factories.household(dong_mai, statuses={2022: "N", YEAR: "N"})
    factories.household(dong_mai, statuses={2022: "N", YEAR: "K"})
    factories.household(dong_mai, statuses={2022: "K", YEAR: "N"})

    flow = flow_of(ReviewFigures(Scope(factories.staff(), None, YEAR, YEAR)), YEAR, None, "poor")

    assert [step.value for step in flow.steps] == [2, 0, 1, 0, 0, 0, 1, 0, 2]
    assert flow.formula == "2 − 0 − 1 − 0 + 0 + 0 + 1 + 0 = 2"
    assert flow.holds


def test_a_household_that_lives_elsewhere_now_is_shown_to_its_old_ward_by_code_alone(client, dong_mai, bien_giang):
    moved = factories.household(dong_mai, head="Lê Thị Bí Mật", statuses={2022: "N"})
    factories.status(moved, YEAR, "N", ward=bien_giang)
    Household.objects.filter(pk=moved.pk).update(ward=bien_giang)
    client.force_login(factories.officer(dong_mai))

    page = client.get(
        reverse("review-movement-households", args=[YEAR]), {"table": "poor", "column": "c4", "ward": dong_mai.pk}
    )

    text = page.content.decode()
    assert page.context["households"] == 1
    assert moved.code in text
    assert "Bí Mật" not in text
    assert reverse("household-detail", args=[moved.pk]) not in text


def test_an_officer_counts_the_own_ward_alone(client, dong_mai, bien_giang):
    factories.household(bien_giang, statuses={2022: "N", YEAR: "N"})
    factories.household(dong_mai, statuses={2022: "N", YEAR: "K"})
    client.force_login(factories.officer(dong_mai))

    assert client.get(reverse("review-tables", args=[YEAR]), {"ward": bien_giang.pk}).status_code == 400
    response = client.get(reverse("review-tables", args=[YEAR]), {"table": "r2"})
    assert [row.key for row in response.context["table"].rows] == [dong_mai.identity, f"{dong_mai.identity}/persons"]


def test_a_year_in_which_nobody_was_judged_says_so_and_draws_no_empty_table(client, dong_mai):
    client.force_login(factories.officer(dong_mai))
    client.cookies["django_language"] = "en"

    tables_, movement = (
        client.get(reverse(name, args=[YEAR])).content.decode() for name in ("review-tables", "review-movement")
    )

    assert f"Nobody has a class for {YEAR} here" in tables_
    assert "today’s map" in tables_
    assert "<table" not in tables_ + movement


@pytest.mark.parametrize("name", ["review-tables", "review-movement"])
def test_the_pages_ask_no_more_questions_for_more_records(client, dong_mai, django_assert_max_num_queries, name):
    client.force_login(factories.staff())
    for number in range(12):
        factories.household(dong_mai, statuses={2022: "N", YEAR: "NCK"[number % 3].replace("C", "CN")})
    client.get(reverse(name, args=[YEAR]))

    with django_assert_max_num_queries(40):
        client.get(reverse(name, args=[YEAR]))

"""Where the ward and group of one day lie on today's map; and reports whose rows are placed there."""

import json
import re
from datetime import date
from io import BytesIO, StringIO
from types import SimpleNamespace

import openpyxl
import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from households.models import Household, PovertyStatus, Residence
from reports.dashboard import dashboard
from reports.render import xlsx
from reports.review import tables as review_tables
from reports.review.figures import ReviewFigures
from reports.scope import Scope
from reports.summary import five_year_summary
from reports.table import Report
from support.models import SupportAction
from support.models.action import place_of_action
from tests import factories
from wards.models import WardSuccession
from wards.reference import load_wards
from wards.succession import UNPLACED, MapOfDay

pytestmark = pytest.mark.django_db

JANUARY, JULY = date(2025, 1, 1), date(2025, 7, 1)
TODAY = date(2026, 11, 22)


@pytest.fixture
def map_():
    """Yết Kiêu → Quang Trung whole → split into Hà Đông and Kiến Hưng; Phúc La → Hà Đông whole."""
    since = {"since": JULY}
    made = SimpleNamespace(
        yet_kieu=factories.ward("Yết Kiêu", code="09547"),
        quang_trung=factories.ward("Quang Trung", code="09538", since=JANUARY),
        phuc_la=factories.ward("Phúc La", code="09553"),
        ha_cau=factories.ward("Hà Cầu", code="09556"),
        ha_dong=factories.ward("Hà Đông", code="09556", **since),
        kien_hung=factories.ward("Kiến Hưng", code="09552", **since),
        chuong_my=factories.ward("Chương Mỹ", code="10015", in_programme=False, **since),
        bien_giang=factories.ward("Biên Giang", code="10123"),
    )
    factories.became(made.yet_kieu, made.quang_trung, on=JANUARY)
    factories.became(made.quang_trung, made.ha_dong, made.kien_hung, on=JULY)
    factories.became(made.phuc_la, made.ha_dong, on=JULY)
    factories.became(made.ha_cau, made.kien_hung, made.ha_dong, on=JULY)
    factories.became(made.bien_giang, made.chuong_my, on=JULY)
    made.north, made.south, made.lost = (factories.residential_group(made.ha_cau, number) for number in (1, 2, 3))
    factories.went(made.north, made.ha_dong)
    factories.went(made.south, made.kien_hung)
    return made


# --- following ------------------------------------------------------------------------------------


def test_a_whole_ward_lies_in_its_successor_whatever_the_group(map_):
    group = factories.residential_group(map_.phuc_la)
    today = MapOfDay.read(TODAY)

    assert today.place(map_.phuc_la.pk, group.pk) == today.place(map_.phuc_la.pk) == map_.ha_dong.pk


def test_a_group_of_a_split_ward_lies_where_it_went_and_others_nowhere(map_):
    today = MapOfDay.read(TODAY)

    assert today.place(map_.ha_cau.pk, map_.north.pk) == map_.ha_dong.pk
    assert today.place(map_.ha_cau.pk, map_.south.pk) == map_.kien_hung.pk
    assert today.place(map_.ha_cau.pk, map_.lost.pk) == today.place(map_.ha_cau.pk) == UNPLACED
    assert today.place(None) is None


def test_a_chain_is_followed_through_both_reorganisations(map_):
    old = factories.residential_group(map_.yet_kieu, 4)
    between = factories.residential_group(map_.quang_trung, 14)
    factories.went(old, map_.quang_trung, between)
    factories.went(between, map_.kien_hung)

    assert MapOfDay.read(TODAY).place(map_.yet_kieu.pk, old.pk) == map_.kien_hung.pk
    assert MapOfDay.read(date(2025, 3, 1)).place(map_.yet_kieu.pk, old.pk) == map_.quang_trung.pk
    assert MapOfDay.read(date(2024, 3, 1)).place(map_.yet_kieu.pk, old.pk) == map_.yet_kieu.pk


def test_who_takes_the_rest_takes_what_is_in_no_known_group(map_):
    WardSuccession.objects.filter(predecessor=map_.ha_cau, successor=map_.kien_hung).update(takes_rest=True)
    today = MapOfDay.read(TODAY)

    assert today.place(map_.ha_cau.pk) == today.place(map_.ha_cau.pk, map_.lost.pk) == map_.kien_hung.pk
    assert today.place(map_.ha_cau.pk, map_.north.pk) == map_.ha_dong.pk


def test_a_map_that_runs_in_a_circle_places_nothing(map_):
    factories.became(map_.kien_hung, map_.ha_cau, on=date(2026, 1, 1))

    assert MapOfDay.read(TODAY).place(map_.ha_cau.pk, map_.south.pk) == UNPLACED


def test_expression_condition_and_python_say_the_same(map_):
    WardSuccession.objects.filter(predecessor=map_.quang_trung, successor=map_.ha_dong).update(takes_rest=True)
    for ward, group in (
        (map_.ha_cau, map_.north), (map_.ha_cau, map_.south), (map_.ha_cau, map_.lost), (map_.ha_cau, None),
        (map_.phuc_la, None), (map_.yet_kieu, None), (map_.kien_hung, None), (map_.bien_giang, None),
    ):  # fmt: skip
        factories.household(ward, residential_group=group)
    today = MapOfDay.read(TODAY)
    by_python = {
        pk: today.place(ward, group)
        for pk, ward, group in Household.objects.values_list("pk", "ward", "residential_group")
    }

    by_expression = dict(Household.objects.annotate(place=today.places()).values_list("pk", "place"))
    by_condition = {
        pk: place
        for place in {*by_python.values()}
        for pk in Household.objects.filter(today.lying_in(place)).values_list("pk", flat=True)
    }

    assert by_expression == by_python == by_condition
    assert list(by_python.values()).count(UNPLACED) == 2


def test_the_map_is_read_in_as_many_queries_for_two_groups_as_for_forty(map_):
    def count():
        with CaptureQueriesContext(
            connection,
        ) as queries:
            MapOfDay.read(TODAY)
        return len(queries)

    before = count()
    for number in range(10, 50):
        factories.went(factories.residential_group(map_.ha_cau, number), map_.ha_dong)

    assert count() == before == 4


# --- help -----------------------------------------------------------------------------------------


def test_help_lies_where_the_household_lived_on_that_day(map_):
    family = factories.household(map_.ha_cau, residential_group=map_.north)
    Residence.objects.filter(household=family).update(until=date(2023, 12, 31))
    Residence.objects.create(household=family, ward=map_.ha_cau, residential_group=map_.south, since=date(2024, 1, 1))
    early = factories.support(family, on=date(2023, 5, 1))
    late = factories.support(family, on=date(2024, 5, 1))

    places = dict(
        SupportAction.objects.annotate(place=place_of_action(MapOfDay.read(TODAY))).values_list("pk", "place")
    )

    assert places == {early.pk: map_.ha_dong.pk, late.pk: map_.kien_hung.pk}


def test_collective_help_follows_a_whole_ward_and_cannot_be_placed_in_a_split_one(map_):
    WardSuccession.objects.filter(predecessor=map_.ha_cau, successor=map_.ha_dong).update(takes_rest=True)
    whole = factories.support(map_.phuc_la, count=30)
    split = factories.support(map_.ha_cau, count=40)
    district = factories.support(None, count=50)

    places = dict(
        SupportAction.objects.annotate(place=place_of_action(MapOfDay.read(TODAY))).values_list("pk", "place")
    )

    assert places == {whole.pk: map_.ha_dong.pk, split.pk: UNPLACED, district.pk: None}


# --- reports --------------------------------------------------------------------------------------


@pytest.fixture
def district(map_):
    """Four listed households, named and collective help, populations."""
    map_.families = [
        factories.household(map_.ha_cau, residential_group=map_.north, statuses={2021: "N", 2022: "CN"}),
        factories.household(map_.ha_cau, residential_group=map_.south, statuses={2021: "CN", 2022: "CN"}),
        factories.household(map_.ha_cau, statuses={2021: "CN", 2022: "K"}),
        factories.household(map_.phuc_la, statuses={2021: "N", 2022: "N"}),
        factories.household(map_.bien_giang, statuses={2021: "N", 2022: "N"}),
    ]
    for family in map_.families:
        factories.support(family, on=date(2022, 3, 1), paid_by={"NS_QUAN": 1_000_000})
    factories.support(map_.ha_cau, on=date(2022, 3, 1), count=70, paid_by={"NS_QUAN": 7_000_000})
    factories.support(None, on=date(2022, 3, 1), count=5, paid_by={"NS_QUAN": 9_000_000})
    for ward, households in ((map_.ha_cau, 3_000), (map_.phuc_la, 4_000), (map_.bien_giang, 2_000)):
        factories.population(ward, 2022, households=households, persons=households * 3)
    return map_


def scope(user=None, ward=None, *, on="today", years=(2021, 2022)):
    return Scope(user or factories.staff(), ward, *years, map=on)


def cells(table, *columns):
    return {row.key: tuple(row.cells.get(column) for column in columns) for row in table.rows}


def test_help_by_ward_has_rows_of_today_one_for_outside_and_one_for_what_cannot_be_placed(district):
    table = five_year_summary(scope()).table("support_by_ward")

    assert cells(table, "times", "households", "grant") == {
        district.ha_dong.identity: (2, 2, 2_000_000),
        district.kien_hung.identity: (1, 1, 1_000_000),
        district.chuong_my.identity: (1, 1, 1_000_000),
        "unplaced": (71, 1, 8_000_000),
        "district": (5, 0, 9_000_000),
    }
    assert [row.key for row in table.rows][-2:] == ["unplaced", "district"]
    assert "ngoài" in table.rows[2].label or "outside" in table.rows[2].label


def test_totals_of_both_maps_are_equal(district):
    was, today = five_year_summary(scope(on="as-was")), five_year_summary(scope())

    for key in ("support_by_policy", "support_by_ward"):
        assert was.table(key).total.cells == today.table(key).total.cells
    assert was.table("money_by_source").rows == _without_links(today.table("money_by_source").rows, was)
    assert [row.cells for row in was.table("poverty_by_year").rows] == [
        row.cells for row in today.table("poverty_by_year").rows
    ]


def _without_links(rows, was):
    """The rows with the other map's links: those name their own map."""
    links = {row.key: row.links for row in was.table("money_by_source").rows}
    return [type(row)(row.key, row.label, row.cells, row.marks, links[row.key], row.level) for row in rows]


def test_rows_of_todays_wards_and_of_none_add_up_to_the_whole(district):
    whole = five_year_summary(scope()).table("poverty_by_year").rows[1].cells
    wards = [district.ha_dong, district.kien_hung, district.chuong_my]

    parts = [five_year_summary(scope(ward=ward)).table("poverty_by_year").rows[1].cells for ward in wards]
    unplaced = PovertyStatus.objects.filter(MapOfDay.read(TODAY).lying_in(UNPLACED), year=2022)

    assert sum(part["poor"] for part in parts) + unplaced.filter(classification="N").count() == whole["poor"]
    assert sum(part["near_poor"] for part in parts) + unplaced.filter(classification="CN").count() == whole["near_poor"]


def test_movement_is_that_of_the_place_on_both_days(district):
    cells = five_year_summary(scope(ward=district.ha_dong)).table("poverty_by_year").rows[1].cells

    assert (cells["poor"], cells["near_poor"], cells["escaped_poverty"], cells["new"]) == (1, 1, 1, 0)


def test_residents_of_a_ward_that_got_a_part_are_unknown_of_one_that_was_whole_known(district):
    def residents(ward):
        return five_year_summary(scope(ward=ward)).table("poverty_by_year").rows[1].cells.get("resident_households")

    assert residents(district.ha_dong) is None
    assert residents(district.chuong_my) == 2_000
    assert five_year_summary(scope()).table("poverty_by_year").rows[1].cells["resident_households"] == 9_000


def test_residents_of_parts_stand_in_the_whole_of_r1_alone_and_the_note_says_so(district):
    drawn = review_tables.r1(ReviewFigures(Scope(factories.staff(), None, 2022, 2022, map="today")), 2022)
    rows = {row.key: row.cells["c1"] for row in drawn.rows}

    assert (rows["district"], rows[district.ha_dong.identity], rows[district.chuong_my.identity]) == (
        9_000,
        None,
        2_000,
    )
    assert "phường của thời điểm" in drawn.notes[-1]
    assert not any("Tổng cộng không gồm" in note for note in drawn.notes)
    book = openpyxl.load_workbook(BytesIO(xlsx.render(_report_of(drawn))))
    assert book["R1"]["B11"].value == 9_000, "a SUM over the wards would lose who cannot be placed"


def _report_of(*drawn):
    asked = {"programme": {}, "scope": {"key": "", "label": ""}, "period": {"from": 2022, "to": 2022}}
    return Report(**asked, title="", standard="", tables=drawn)


def test_the_report_says_which_map(district):
    assert re.search(r"Toàn quận.*\d/\d{4}", scope().label)
    assert scope(on="as-was").label == "Toàn quận"


def test_figures_open_the_rows_they_were_counted_from(district):
    staff, client = factories.staff(), Client()
    client.force_login(staff)
    table = five_year_summary(Scope(staff, None, 2021, 2022, map="today")).table("support_by_ward")
    for row in table.rows[:4]:
        page = client.get(row.links["times"])
        assert page.context["totals"].times == row.cells["times"], row.key
    for ward in (district.ha_dong, district.kien_hung, district.chuong_my):
        row = five_year_summary(Scope(staff, ward, 2021, 2022, map="today")).table("poverty_by_year").rows[1]
        for column in ("poor", "near_poor"):
            if row.cells[column]:
                assert client.get(row.links[column]).context["totals"]["households"] == row.cells[column]


def test_the_list_of_households_of_a_ward_of_today(district):
    client = Client()
    client.force_login(factories.staff())

    def listed(**asked):
        return client.get("/households/", {"map": "today", **asked}).context["totals"]["households"]

    assert listed(ward=district.ha_dong.pk) == 2
    assert listed(ward="unplaced") == 1
    assert listed(ward="") == 5
    assert listed(ward=district.ha_cau.pk) == 0  # not on today's map
    assert client.get("/households/", {"ward": district.ha_cau.pk}).context["totals"]["households"] == 3


def test_the_list_of_help_of_a_ward_of_today(district):
    client = Client()
    client.force_login(factories.staff())

    def listed(**asked):
        return client.get("/support/", {"map": "today", **asked}).context["totals"].records

    assert (listed(ward=district.ha_dong.pk), listed(ward="unplaced"), listed(ward="none"), listed()) == (2, 2, 1, 7)


@pytest.mark.parametrize("path", ["/", "/reports/summary/", "/reports/summary.xlsx", "/api/reports/five-year-summary/"])
def test_pages_and_program_take_the_map(district, path):
    client = Client()
    client.force_login(factories.staff())

    response = client.get(path, {"map": "today", "first": 2021, "last": 2022})

    assert response.status_code == 200


def test_the_summary_of_an_ended_ward_on_todays_map_is_refused_in_words(district):
    client = Client()
    client.force_login(factories.staff())

    response = client.get("/reports/summary/", {"map": "today", "ward": district.ha_cau.pk})

    assert response.status_code == 400
    assert "không có trên bản đồ hiện nay" in response.content.decode()


def test_the_workbook_says_which_map(district):
    client = Client()
    client.force_login(factories.staff())

    response = client.get("/reports/summary.xlsx", {"map": "today", "first": 2021, "last": 2022})
    book = openpyxl.load_workbook(BytesIO(response.getvalue()))

    assert "bản đồ" in book.worksheets[0]["A3"].value


def test_the_overview_is_drawn_on_todays_map(district):
    board = dashboard(Scope(factories.staff(), None, 2020, 2022, map="today"))

    assert {tile.name for tile in board.map.tiles} == {"Hà Đông", "Kiến Hưng"}


def test_the_map_asks_no_more_for_more_records(district):
    staff = factories.staff()

    def count():
        with CaptureQueriesContext(connection) as queries:
            five_year_summary(Scope(staff, None, 2021, 2022, map="today"))
        return len(queries)

    before = count()
    for _number in range(5):
        family = factories.household(district.ha_cau, residential_group=district.north, statuses={2021: "N", 2022: "N"})
        factories.support(family, on=date(2022, 4, 1))

    assert count() == before


# --- the command ----------------------------------------------------------------------------------


def summary(*arguments):
    out = StringIO()
    call_command("summary", *arguments, stdout=out)
    return json.loads(out.getvalue())


def test_a_code_means_the_ward_of_the_map_asked_for():
    load_wards()

    assert summary("--ward", "09556", "--map", "today")["scope"]["key"] == "09556@2025-07-01"
    assert summary("--ward", "09556", "--map", "as-was", "--to", "2024")["scope"]["key"] == "09556@1900-01-01"


@pytest.mark.parametrize("ward", ["10117", "09556@2024-06-01"])
def test_the_command_refuses_a_ward_that_todays_map_does_not_have(ward):
    load_wards()

    with pytest.raises(CommandError, match=r"bản đồ|map"):
        summary("--ward", ward, "--map", "today")


@pytest.mark.django_db
def test_the_figures_of_a_ward_outside_the_area_open_their_households(client):
    """Part of Văn Quán went to Thanh Liệt, outside Hà Đông; the families there are still counted."""
    outside = factories.ward("Thanh Liệt", code="00643", since=date(2025, 7, 1), in_programme=False)
    factories.household(outside, statuses={2025: "N"})
    client.force_login(factories.staff())

    def opened(table, column):
        rows = client.get("/reports/review/2025/", {"table": table}).context["table"].rows
        return client.get(next(row for row in rows if row.key == outside.identity).links[column]).context

    assert opened("r2", "c9")["households"] == 1
    assert [household.ward for household in opened("r4", "c1")["page_obj"]] == [outside]

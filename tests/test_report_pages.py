"""The overview, the summary and the programme as pages: who sees them, what a figure opens, how much they ask."""

from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests import factories

pytestmark = pytest.mark.django_db
PAGES = ["/", "/reports/summary/", "/reports/programme/"]


def test_every_role_reads_figures_and_nobody_without_signing_in(client):
    for user in (factories.officer(factories.ward()), factories.staff(), factories.leader(), factories.admin()):
        client.force_login(user)
        assert [client.get(page).status_code for page in PAGES] == [200, 200, 200]
    client.logout()
    assert {client.get(page).status_code for page in PAGES} == {302}


def test_staff_who_work_in_a_ward_start_there_and_may_ask_for_all(client):
    dong_mai, ha_cau = factories.ward("Đồng Mai"), factories.ward("Hà Cầu")
    client.force_login(factories.staff())
    client.post("/context/", {"ward": dong_mai.pk, "year": "2023", "next": "/"})

    assert client.get("/reports/summary/").context["report"].scope["key"] == dong_mai.identity
    assert client.get("/reports/summary/?ward=").context["report"].scope["key"] == "district"
    assert client.get(f"/reports/summary/?ward={ha_cau.pk}").context["report"].scope["key"] == ha_cau.identity


def test_an_officer_who_asks_for_another_ward_is_told_so_and_counts_nothing(client):
    dong_mai, ha_cau = factories.ward("Đồng Mai"), factories.ward("Hà Cầu")
    client.force_login(factories.officer(dong_mai))

    for address in ("/reports/summary/", "/reports/summary.xlsx"):
        response = client.get(address, {"ward": ha_cau.pk})
        assert response.status_code == 400
        assert response.context["report"] is None


@pytest.mark.parametrize(
    "asked", [{"first": "2024", "last": "2021"}, {"first": "abc"}, {"level": "moon"}, {"last": "9999"}]
)
def test_years_that_cannot_be_are_refused_by_the_field(client, asked):
    client.force_login(factories.staff())

    response = client.get("/reports/summary/", asked)

    assert response.status_code == 400
    assert response.context["form"].errors


def test_the_overview_of_an_empty_district_says_so(client):
    client.force_login(factories.staff())

    board = client.get("/").context["board"]

    assert board.trend is None
    assert board.by_category == []
    assert [tile.value for tile in board.tiles][:2] == [None, None]


def test_the_contents_lead_to_every_table_in_one_click(client):
    client.force_login(factories.staff())

    response = client.get("/reports/summary/")

    page = response.content.decode()
    for table in response.context["report"].tables:
        assert page.count(f'href="#{table.key}"') == page.count(f'id="{table.key}"') == 1


def test_the_funds_are_on_the_page_of_those_who_may_read_them(client):
    dong_mai = factories.ward("Đồng Mai")
    factories.receipt(factories.fund(), amount=12_345_678)
    seen = {}
    for user in (factories.staff(), factories.leader(), factories.admin(), factories.officer(dong_mai)):
        client.force_login(user)
        page = client.get("/reports/summary/").content.decode()
        seen[user.role] = ("12.345.678" in page, "/funds/VNN_QUAN/?" in page)

    assert seen == {"staff": (True, True), "leader": (True, True), "admin": (False, False), "officer": (False, False)}


@pytest.mark.parametrize(("address", "limit"), [("/", 70), ("/reports/summary/", 110), ("/reports/programme/", 15)])
def test_pages_ask_no_more_questions_for_more_records(client, address, limit):
    call_command("load_programme", stdout=StringIO())
    dong_mai = factories.ward("Đồng Mai")
    client.force_login(factories.staff())

    def questions():
        with CaptureQueriesContext(connection) as captured:
            assert client.get(address).status_code == 200
        return len(captured)

    def fill(times):
        for _ in range(times):
            family = factories.household(dong_mai, statuses={2023: "N", 2024: "CN"})
            factories.support(family, policy="KCB")

    fill(2)
    questions()
    few = questions()
    fill(12)

    assert questions() == few <= limit

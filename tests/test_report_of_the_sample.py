"""The invented district's reports: every figure opens the rows it was counted from, in every form."""

from collections import Counter
from io import BytesIO, StringIO

import openpyxl
import pytest
from django.core.management import call_command

from accounts.models import AuditEvent
from households.filters import HouseholdFilter
from households.models import Household
from reports.reach import not_reached
from reports.scope import Scope
from reports.summary import five_year_summary
from support.codes import Nature
from support.filters import SupportActionFilter
from support.listing import Totals
from support.models import SupportAction
from tests import factories

pytestmark = pytest.mark.django_db
PAGES = ["/", "/reports/summary/", "/reports/programme/"]


@pytest.fixture(scope="module")
def sample(django_db_setup, django_db_blocker):
    """The invented district, loaded once for this module and taken away again."""
    from django.db import transaction

    from accounts.actor import acting_as

    with django_db_blocker.unblock(), acting_as("test"):
        atomic = transaction.atomic()
        atomic.__enter__()
        call_command("load_reference", stdout=StringIO())
        call_command("load_sample", stdout=StringIO())
        yield
        transaction.set_rollback(True)
        atomic.__exit__(None, None, None)


def test_every_figure_of_the_summary_opens_exactly_the_rows_it_was_counted_from(sample, rf, client):
    """Follow each link of the whole district's summary and count again what its list would show."""
    staff = factories.staff()
    client.force_login(staff)
    report = five_year_summary(Scope(staff, None, 2020, 2025), with_review=False)
    followed = Counter()
    for table in report.tables:
        for row in [*table.rows, *filter(None, [table.total])]:
            for column, url in row.links.items():
                request = rf.get(url)
                request.user = staff
                figure = row.cells[column]
                if request.path == "/households/":
                    households = Household.objects.visible_to(staff)
                    shown = HouseholdFilter(request.GET, households, request=request).totals()
                    assert shown["persons" if column.endswith("persons") else "households"] == figure, url
                elif request.path.startswith(("/support/not-reached/", "/funds/")):
                    assert _opened(client, url, column) == figure, url
                else:
                    shown = Totals.of(SupportActionFilter(request.GET, SupportAction.objects.visible_to(staff)))
                    _compare(f"{table.key} {row.key} {column}", row, column, shown)
                followed[table.key] += 1

    assert sum(followed.values()) > 700
    assert {table.key for table in report.tables} - set(followed) == set()


def test_a_gap_opens_its_people_in_every_year_ward_and_map(sample, client):
    """The default period ends with a year without a list; here are years with one."""
    staff, dong_mai = factories.staff(), factories.ward("Đồng Mai")
    client.force_login(staff)
    followed = 0
    for scope in (Scope(staff, None, 2020, 2023), Scope(staff, dong_mai, 2020, 2022)):
        for row in not_reached(scope).rows:
            for column, url in row.links.items():
                assert _opened(client, url, column) == row.cells[column], url
                followed += 1

    assert followed > 12


def _opened(client, url, column):
    """What the page of a gap or a fund says of the figure."""
    context = client.get(url).context
    return context["page_obj"].paginator.count if "/not-reached/" in url else getattr(context["totals"], column)


PAYERS = {"budget", "fund", "mobilised", "own", "other"}


def _compare(place, row, column, shown):
    figure, table = row.cells[column], place.split()[0]
    measure = {"loans": "times", "principal": "loan"}.get(column, column)
    if table == "support_by_category_and_year":
        measure = row.part
    elif table in ("money_by_source", "category_by_source") and column != "unknown":
        measure = row.key.removeprefix("universal:").split(":")[0]
    elif table == "housing" and column in PAYERS:
        measure = "grant"
    if measure in ("times", "households"):
        assert getattr(shown, measure) == figure, place
    elif measure in Nature.values:
        assert shown.money[measure].amount == figure, place
    else:
        # Persons and things are not summed above a list; it must at least hold the records.
        assert shown.records > 0, place


def test_a_leader_gets_the_figures_without_a_link_to_any_list(client, sample):
    client.force_login(factories.leader())

    text = client.get("/reports/summary/").content.decode() + client.get("/").content.decode()

    assert "20.247.000.000" in text
    assert "/households/?" not in text
    assert "/support/?" not in text


def test_the_downloaded_workbook_holds_the_page_s_figures_and_the_download_is_noted(client, sample):
    staff = factories.staff()
    client.force_login(staff)

    response = client.get("/reports/summary.xlsx", {"first": 2021, "last": 2023})

    book = openpyxl.load_workbook(BytesIO(response.content))
    page = client.get("/reports/summary/", {"first": 2021, "last": 2023}).context["report"]
    for sheet, table in zip(book, page.tables, strict=False):  # the tables of the yearly review have pages of their own
        lines = sheet.iter_rows(min_row=7 + len(table.headings))
        for row, line in zip(table.rows, lines, strict=False):
            assert line[0].value == row.label
            for column, cell in zip(table.columns, line[1:], strict=False):
                if isinstance(row.cells.get(column.key), int) and column.kind != "flag":
                    assert cell.value == row.cells[column.key] or cell.data_type == "f", (row.key, column.key)
    event = AuditEvent.objects.filter(action="export").get()
    assert (event.actor, event.new["period"]) == (staff.username, "2021–2023")


def test_the_overview_says_in_a_sentence_how_many_are_left(client, sample):
    client.force_login(factories.staff())

    answer = client.get("/").context["board"].answer

    assert "2024: 0" in answer
    assert "2020" in answer


def test_english_is_complete_on_every_page(client, sample):
    client.force_login(factories.staff())
    client.cookies["django_language"] = "en"

    for page in PAGES:
        response = client.get(page)
        assert response["Content-Language"] == "en"
    text = client.get("/reports/summary/").content.decode()
    assert "Five-year summary of Programme 06-CTr/QU" in text
    assert "Tổng hợp" not in text

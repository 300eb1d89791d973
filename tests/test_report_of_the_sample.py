"""The invented district's reports: every figure opens the rows it was counted from, in every form."""

from io import BytesIO, StringIO

import openpyxl
import pytest
from django.core.management import call_command

from accounts.models import AuditEvent
from reports.reach import not_reached
from reports.scope import Scope
from reports.summary import five_year_summary
from tests import factories
from tests.evidence import Evidence

pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("sample")]
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


def test_every_figure_of_the_summary_opens_a_list_that_says_the_same_figure(sample):
    """Follow each link of the whole district's summary, and of the gaps in years that have a list."""
    staff, dong_mai = factories.staff(), factories.ward("Đồng Mai")
    report = five_year_summary(Scope(staff, None, 2020, 2025), with_review=False)
    gaps = [not_reached(Scope(staff, None, 2020, 2023)), not_reached(Scope(staff, dong_mai, 2020, 2022))]
    evidence = Evidence(staff)

    assert evidence.disagreements([*report.tables, *gaps]) == []
    assert sum(evidence.followed.values()) > 700
    assert {table.key for table in report.tables} - set(evidence.followed) == set()


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

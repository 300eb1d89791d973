"""The list as a workbook: exactly what is filtered, numbers as numbers, text as text."""

from datetime import date
from io import BytesIO

import openpyxl
import pytest
from django.urls import reverse

from accounts.models import AuditEvent
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]
HEADING = 6


@pytest.fixture
def staff(client):
    user = factories.staff("quan")
    client.force_login(user)
    client.cookies["django_language"] = "en"
    return user


@pytest.fixture
def family():
    return factories.household(factories.ward("Đồng Mai"), head="Nguyễn Thị Hoà", members=2)


def exported(client, query=""):
    answer = client.get(f"{reverse('action-export')}?{query}")
    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    return openpyxl.load_workbook(BytesIO(b"".join(answer.streaming_content))).active


def rows_of(sheet) -> list[dict]:
    heading = [cell.value for cell in sheet[HEADING]]
    return [dict(zip(heading, row, strict=True)) for row in sheet.iter_rows(min_row=HEADING + 1, values_only=True)]


@pytest.mark.usefixtures("staff")
def test_a_row_holds_what_the_record_says(client, family):
    child = family.members.get(relation="child")
    factories.support(
        family,
        member=child,
        policy="NHA_XM",
        count=1,
        unit="house",
        paid_by={"NS_QUAN": 400_000_000, "XHH": 3_077_000_000, "KHAC": (None, "in_kind")},
        decision_number="001/QĐ",
        decision_date=date(2024, 4, 1),
        beneficiary_group="near_poor",
    )
    [row] = rows_of(exported(client))

    assert row["From"].date() == row["To"].date() == date(2024, 5, 10)
    assert row["Decision date"].date() == date(2024, 4, 1)
    assert (row["Household code"], row["Head of household"]) == ("10117-0001", "Nguyễn Thị Hoà")
    assert row["Member"] == child.name
    assert row["Beneficiary group"] == "near-poor households"
    assert (row["Times"], row["Things"], row["Kind of thing"]) == (1, 1, "houses")
    assert (row["Grant (đồng)"], row["In kind (đồng)"], row["Loan (đồng)"]) == (3_477_000_000, None, None)
    assert row["Sources"] == "NS_QUAN; XHH; KHAC"
    assert row["Decision number"] == "001/QĐ"


@pytest.mark.usefixtures("staff")
def test_money_and_counts_are_grouped_numbers_and_days_are_days(client, family):
    factories.support(family, paid_by={"NS_QUAN": 400_000_000})
    sheet = exported(client)
    columns = {cell.value: cell.column for cell in sheet[HEADING]}

    formats = {name: sheet.cell(HEADING + 1, columns[name]).number_format for name in ("From", "Times", "Grant (đồng)")}
    assert formats == {"From": "dd/mm/yyyy", "Times": "#,##0", "Grant (đồng)": "#,##0"}


@pytest.mark.usefixtures("staff")
@pytest.mark.parametrize(
    "text", ["=1+1", "+1+1", "-1+1", "@SUM(1)", '=HYPERLINK("http://127.0.0.1/","xem")', "=cmd|'/c calc'!A0", "＝1+1"]
)
def test_text_never_becomes_a_formula_and_is_not_changed(client, family, text):
    factories.support(family, note=text, implementing_body=text)
    sheet = exported(client)
    columns = {cell.value: cell.column for cell in sheet[HEADING]}

    cell = sheet.cell(HEADING + 1, columns["Note"])
    assert (cell.value, cell.data_type) == (text, "s")
    assert cell.quotePrefix == text.startswith(("=", "+", "-", "@"))
    assert not any(each.data_type == "f" for row in sheet.iter_rows() for each in row)


@pytest.mark.usefixtures("staff")
def test_characters_that_excel_cannot_hold_are_left_out(client, family):
    factories.support(family, note="a\x0bb\x1fc")
    assert rows_of(exported(client))[0]["Note"] == "abc"


def test_exactly_the_filter_is_exported_with_what_was_asked_and_by_whom(client, staff, family):
    factories.support(family, policy="SMT", paid_by={"XHH": (8_000_000, "in_kind")})
    factories.support(family, policy="NHA_XM")
    factories.support(factories.household(factories.ward("Biên Giang")), policy="SMT")

    sheet = exported(client, f"policy=SMT&ward={family.ward_id}")
    assert [row["Policy"] for row in rows_of(sheet)] == ["Sóng và máy tính cho em"]
    title, asked, totals, printed = (sheet.cell(number, 1).value for number in range(1, 5))
    assert title == "Support given"
    assert asked == "Policy: Sóng và máy tính cho em; Ward: Phường Đồng Mai"
    assert totals == "1 time · 1 named household · grant — · in kind 8,000,000 · loan —"
    assert "quan" in printed
    assert sheet.freeze_panes == f"A{HEADING + 1}"

    event = AuditEvent.objects.get(action="export")
    assert (event.actor, event.model, event.new["rows"]) == (staff.username, "support.supportaction", 1)
    assert event.new["asked"] == {"policy": ["SMT"], "ward": [str(family.ward_id)]}


def test_an_officer_exports_her_own_ward_only(client, family):
    client.force_login(factories.officer(family.ward))
    factories.support(family)
    foreign = factories.support(factories.household(factories.ward("Biên Giang")))

    assert len(rows_of(exported(client))) == 1
    assert rows_of(exported(client, f"ward={foreign.ward_id}")) == []


@pytest.mark.usefixtures("staff")
def test_the_export_has_the_order_of_the_list(client, family):
    for amount in (5, 9, 7):
        factories.support(family, paid_by={"NS_QUAN": amount})
    assert [row["Grant (đồng)"] for row in rows_of(exported(client, "sort=-grant"))] == [9, 7, 5]


@pytest.mark.usefixtures("staff")
def test_the_number_of_queries_does_not_grow_with_the_rows(client, family, django_assert_max_num_queries):
    def count():
        with django_assert_max_num_queries(30) as captured:
            exported(client)
        return len(captured)

    factories.support(family, paid_by={"NS_QUAN": 1, "XHH": 2})
    few = count()
    for number in range(30):
        other = factories.household(family.ward, head=f"Trần Văn {number}")
        factories.support(other, paid_by={"NS_QUAN": 1, "XHH": 2})
    assert count() == few


@pytest.mark.usefixtures("staff")
@pytest.mark.parametrize("name", ["action-export", "household-export"])
def test_a_query_that_no_database_can_keep_is_still_noted(client, name):
    assert client.get(f"{reverse(name)}?q=%00abc").status_code == 200
    assert AuditEvent.objects.filter(action="export").count() == 1

"""`bin/manage summary`: the fixed words that other programs rely on."""

import json
from io import BytesIO, StringIO

import openpyxl
import pytest
from django.core.management import CommandError, call_command

from tests import factories
from wards.reference import load_wards

pytestmark = pytest.mark.django_db
TABLES = [
    "poverty_by_year", "support_by_policy", "support_by_category_and_year", "support_by_ward", "housing",
    "money_by_source", "category_by_source", "loans_by_lender", "funds", "not_reached", "published_figures",
    "movement_poor", "movement_near_poor", "review_result", "deprivations", "causes", "groups",
]  # fmt: skip


def summary(*arguments):
    out = StringIO()
    call_command("summary", *arguments, stdout=out)
    return json.loads(out.getvalue())


@pytest.fixture
def programme():
    call_command("load_reference", stdout=StringIO())
    call_command("load_programme", stdout=StringIO())


def test_the_json_has_the_promised_keys(programme):
    report = summary()

    assert list(report) == ["programme", "scope", "period", "tables"]
    assert list(report["tables"]) == TABLES
    for table in report["tables"].values():
        assert list(table) == ["title", "columns", "rows", "total"]
        keys = [column["key"] for column in table["columns"]]
        for row in [*table["rows"], *filter(None, [table["total"]])]:
            assert list(row) == ["key", "label", "cells", "marks"]
            assert list(row["cells"]) == keys
            assert set(row["marks"].values()) <= {"near", "over", "about"}


def test_all_published_figures_come_out_of_the_programme_s_records(programme):
    rows = summary()["tables"]["published_figures"]["rows"]

    assert [row["key"] for row in rows] == [f"F{number:02d}" for number in range(1, 26)]
    assert [row["key"] for row in rows if row["cells"]["agrees"] is not True] == []


def test_what_the_article_leaves_unknown_stays_unknown(programme):
    tables = summary()["tables"]

    poverty = {row["key"]: row["cells"] for row in tables["poverty_by_year"]["rows"]}
    assert (poverty["2024"]["poor"], poverty["2023"]["poor"]) == (0, None)
    fund = next(row for row in tables["support_by_policy"]["rows"] if row["key"] == "HB_VNN")
    assert fund["cells"]["grant"] is None


def test_grants_goods_and_loans_of_the_article_are_in_no_common_sum(programme):
    total = summary()["tables"]["support_by_policy"]["total"]["cells"]

    # 1 083 + 382 + 400 + 3 077 + 2 000 triệu; goods 2 000; loans 2 000 + 20 247. Covid tuition is universal.
    assert (total["grant"], total["in_kind"], total["loan"]) == (6_942_000_000, 2_000_000_000, 22_247_000_000)


def test_years_narrow_the_report_and_must_be_in_order(programme):
    report = summary("--from", "2022", "--to", "2023")

    assert report["period"] == {"from": 2022, "to": 2023}
    assert [row["key"] for row in report["tables"]["poverty_by_year"]["rows"]] == ["2022", "2023"]
    with pytest.raises(CommandError):
        summary("--from", "2023", "--to", "2022")


def test_a_reused_code_means_the_ward_that_bore_it_on_the_day():
    load_wards()

    assert summary("--ward", "09552", "--to", "2024")["scope"]["label"] == "Phường Phú La"
    assert summary("--ward", "09552@2024-06-01")["scope"]["label"] == "Phường Phú La"
    assert summary("--ward", "09552@2025-07-01")["scope"]["key"] == "09552@2025-07-01"


def test_an_unknown_ward_is_refused_with_what_is_known():
    load_wards()

    with pytest.raises(CommandError, match="99999"):
        summary("--ward", "99999")
    with pytest.raises(CommandError, match="Kiến Hưng"):
        summary("--ward", "09552@1890-01-01")
    with pytest.raises(CommandError):
        summary("--ward", "09552@31/02/2024")


def test_one_ward_counts_its_own_records_only():
    load_wards()
    dong_mai, ha_cau = factories.ward("Đồng Mai", code="10117"), factories.ward("Hà Cầu", code="09556")
    factories.support(factories.household(dong_mai), policy="KCB")
    factories.support(factories.household(ha_cau), policy="KCB")

    tables = summary("--ward", "10117", "--to", "2024")["tables"]

    assert tables["support_by_policy"]["total"]["cells"]["times"] == 1
    assert [row["key"] for row in tables["support_by_ward"]["rows"]] == ["10117@1900-01-01"]


def test_the_workbook_holds_a_sheet_a_table(programme, tmp_path):
    path = tmp_path / "summary.xlsx"

    call_command("summary", "--format", "xlsx", "-o", str(path))

    book = openpyxl.load_workbook(BytesIO(path.read_bytes()))
    assert len(book.sheetnames) == len(TABLES)
    assert any(cell.value == 28_000_000_000 for sheet in book for line in sheet.iter_rows() for cell in line)

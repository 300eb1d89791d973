"""The summary in Excel: numbers are numbers, totals recompute, text never runs."""

import re
from dataclasses import replace
from io import BytesIO

import openpyxl
import pytest

from reports.render import xlsx
from reports.table import APART, COUNT, GROUP, MONEY, TEXT, TOTAL, Column, Report, Row, Table


def report(*tables, **fields):
    asked = {"programme": {}, "title": "Tổng hợp", "scope": {"key": "district", "label": "Toàn quận"}}
    return Report(**asked, period={"from": 2020, "to": 2025}, standard="chuẩn thành phố", tables=tables, **fields)


def money_table(rows, total=None, **fields):
    columns = [
        Column("families", "Hộ", COUNT, "hộ"),
        Column("grant", "Cho không", MONEY, "đồng"),
        Column("note", "Ghi chú", TEXT),
    ]
    summed = frozenset({"grant"})
    return Table("money", "Tiền", columns, rows, total, summed, first_heading="Nguồn", **fields)


def opened(drawn):
    return openpyxl.load_workbook(BytesIO(xlsx.render(drawn))).active


def row(key, families, grant, note="", **fields):
    return Row(key, key, {"families": families, "grant": grant, "note": note}, **fields)


def value_of(sheet, reference):
    """What Excel would show in a cell: our formulas are SUMs of cells and ranges."""
    cell = sheet[reference]
    if cell.data_type != "f":
        return cell.value
    inside = re.fullmatch(r"=SUM\((.*)\)", cell.value).group(1)
    cells = [one for part in inside.split(",") for one in _cells(sheet, part)]
    values = [value_of(sheet, one.coordinate) for one in cells]
    return sum(value for value in values if isinstance(value, int))


def _cells(sheet, part):
    found = sheet[part]
    return [one for line in found for one in line] if isinstance(found, tuple) else [found]


@pytest.fixture
def grouped():
    rows = [
        row("Ngân sách", 2, 700, level=GROUP),
        row("Quận", 2, 400),
        row("Phường", 2, 300),
        row("Quỹ", 1, 3077, level=GROUP),
        row("Quỹ quận", 1, 3077),
    ]
    return money_table(rows, row("total", 3, 3777))


def test_totals_are_formulas_that_come_to_the_value_on_the_page(grouped):
    sheet = opened(report(grouped))

    assert sheet["C13"].value == "=SUM(C8,C11)"
    assert [value_of(sheet, f"C{line}") for line in (8, 11, 13)] == [700, 3077, 3777]


def test_a_table_with_a_total_for_each_part_adds_the_lines_of_that_part():
    """Money is added to a formula; families are counted, also where their lines happen to come to the total."""
    rows = [
        row("Học phí", 3, 0, level=GROUP, part="times"),
        row("cho không", None, 700, part="grant"),
        row("hộ", 2, None, part="households"),
        row("Nhà ở", 4, 0, level=GROUP, part="times"),
        row("cho không", None, 300, part="grant"),
        row("hộ", 2, None, part="households"),
        row("Cả trường", 9, 0, level=APART, part="grant"),
        row("Tổng", 7, 0, level=TOTAL, part="times"),
        row("cho không", None, 1000, level=TOTAL, part="grant"),
        row("hộ", 4, None, level=TOTAL, part="households"),
    ]
    table = replace(money_table(rows), summed=frozenset({"families", "grant"}), counted=frozenset({"households"}))
    sheet = opened(report(table))

    assert (sheet["B15"].value, sheet["C16"].value) == ("=SUM(B8,B11)", "=SUM(C9,C12)")
    assert (sheet["B17"].value, sheet["B17"].font.bold) == (4, True)


def test_distinct_households_are_written_as_counted_and_never_summed(grouped):
    sheet = opened(report(grouped))

    assert (sheet["B13"].value, sheet["B13"].data_type) == (3, "n")


def test_money_is_a_number_grouped_by_excel_itself(grouped):
    cell = opened(report(grouped))["C9"]

    assert (cell.value, cell.data_type, cell.number_format) == (400, "n", "#,##0")


def test_an_inexact_number_stays_a_number_and_says_so():
    cell = opened(report(money_table([row("Quỹ", 1, 28_000_000_000, marks={"grant": "near"})])))["C8"]

    assert cell.value == 28_000_000_000
    assert cell.number_format.startswith('"')
    assert cell.number_format.endswith(' "#,##0')


def test_an_unknown_amount_is_a_dash_and_breaks_no_sum():
    rows = [row("Quỹ", 1, None), row("Quận", 1, 5)]
    sheet = opened(report(money_table(rows, row("total", 2, 5))))

    assert sheet["C8"].value == "—"
    assert value_of(sheet, "C10") == 5


def test_a_total_that_its_lines_do_not_come_to_stays_a_number():
    """A line that is not on record is in the whole and in no sum."""
    rows = [row("Quận", 2, 900, level=GROUP), row("Quỹ", 1, None), row("Phường", 1, 5)]
    sheet = opened(report(money_table(rows, row("total", 2, 900))))

    assert (sheet["C8"].value, sheet["C11"].value) == (900, "=SUM(C8)")
    assert value_of(sheet, "C11") == 900


def test_long_words_are_not_cut_off_and_do_not_widen_the_page(grouped):
    long = "Phường Dương Nội (từ 01/07/2025), ngoài địa bàn chương trình, và còn dài hơn nữa"
    drawn = report(money_table([row(long, 1, 5), row("Quỹ", 1, 5)], notes=["Ghi chú rất dài. " * 30]))

    sheet = opened(drawn)

    assert sheet.row_dimensions[8].height >= 30
    assert sheet.row_dimensions[9].height is None
    assert "A11:D11" in {str(merged) for merged in sheet.merged_cells.ranges}
    assert sheet["A11"].alignment.wrap_text
    assert sheet.row_dimensions[11].height >= 60
    assert sheet.print_area == "'Tiền'!$A$1:$D$11"


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "+1+1",
        "-1+1",
        "@SUM(1)",
        "\t=1+1",
        '=HYPERLINK("http://127.0.0.1/")',
        "=cmd|'/c calc'!A0",
        "=",
        "+84912345678",
    ],
)
def test_text_never_runs_as_a_formula(text):
    sheet = opened(report(money_table([row(text, 1, 1, note=text)])))

    for reference in ("A8", "D8"):
        assert sheet[reference].data_type == "s"
        assert sheet[reference].value == text.replace("\r", "")


def test_control_characters_do_not_break_the_workbook():
    assert opened(report(money_table([row("Nguyễn\x07 Văn\x00 An", 1, 1)])))["A8"].value == "Nguyễn Văn An"


def test_the_sheet_says_what_of_whom_and_when_and_prints_on_a4_landscape(grouped):
    sheet = opened(report(grouped, drawn_at="10:00 05/01/2025"))

    head = [sheet.cell(line, 1).value for line in range(1, 7)]
    assert head[0] == "Tổng hợp"
    assert head[1] == "Tiền"
    assert "Toàn quận" in head[2]
    assert "2020–2025" in head[3]
    assert "đồng" in head[4]
    assert "10:00" in head[5]
    assert (sheet.page_setup.orientation, sheet.page_setup.paperSize, sheet.page_setup.fitToWidth) == (
        "landscape",
        9,
        1,
    )
    assert sheet.freeze_panes == "B8"
    assert sheet.print_title_rows == "$7:$7"


def test_a_sample_says_on_every_sheet_that_its_people_are_invented(grouped):
    sheet = opened(report(grouped, is_sample=True))

    assert "MẪU" in sheet["A3"].value.upper() or "SAMPLE" in sheet["A3"].value.upper()

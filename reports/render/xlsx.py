"""A report as an Excel workbook: numbers stay numbers, totals are formulas, text is never a formula."""

from io import BytesIO

from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.cell.cell import Cell
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from reports.table import APART, COUNT, FLAG, GROUP, LINE, MONEY, NUMERIC, PERCENT, Column, Report, Row, Table
from support.codes import Qualifier
from wards.sheets import fill

FORMATS = {COUNT: "#,##0", MONEY: "#,##0", PERCENT: "0.00"}
WIDTHS = {COUNT: 12, MONEY: 18, PERCENT: 10, FLAG: 10}
HEADING_ROW = 7
UNKNOWN = "—"

_THIN = Side(style="thin", color="9AA5B1")
_BOX = Border(left=_THIN, right=_THIN, top=_THIN, bottom=_THIN)
_HEADING = PatternFill("solid", fgColor="E8EDF3")
_SUBTOTAL = PatternFill("solid", fgColor="F4F6F9")


def render(report: Report) -> bytes:
    """The whole report, a sheet a table."""
    book = Workbook()
    book.remove(book.active)
    for table in report.tables:
        _draw(book.create_sheet(table.sheet or table.title[:31]), report, table)
    book.properties.title = report.title
    book.properties.creator = "Giảm nghèo Hà Đông"
    buffer = BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def _draw(sheet: Worksheet, report: Report, table: Table) -> None:
    _title(sheet, report, table)
    number = _headings(sheet, table)
    places: dict[str, list[int]] = {}  # row numbers by level, for the totals
    groups: list[tuple[int, list[int]]] = []
    heading_of: dict[str, list[int]] = {}  # the lines of the group above, by part
    for row in table.rows:
        number += 1
        places.setdefault(row.level, []).append(number)
        if row.level in (GROUP, APART):
            heading_of[row.part] = []
            groups.append((number, heading_of[row.part]))
        elif row.part in heading_of:
            heading_of[row.part].append(number)
        _row(sheet, number, table, row)
    for heading, lines in groups:
        _sum_group(sheet, table, heading, lines)
    if table.total:
        number += 1
        _row(sheet, number, table, table.total, bold=True)
        _sum_total(sheet, table, number, places.get(GROUP) or places.get(LINE, []))
    _notes(sheet, table, number + 2)
    _page(sheet, table)


def _title(sheet: Worksheet, report: Report, table: Table) -> None:
    lines = [
        (report.title, Font(bold=True, size=14)),
        (table.title, Font(bold=True, size=12)),
        (_("Scope: %(scope)s") % {"scope": report.scope["label"]}, Font()),
        (_period(report), Font()),
        (_units(table), Font(italic=True)),
    ]
    if report.is_sample:
        sample = _("SAMPLE: all households and people are invented")
        lines[2] = (f"{lines[2][0]} · {sample}", Font(bold=True, color="B42318"))
    for number, (text, font) in enumerate(lines, start=1):
        fill(sheet.cell(number, 1), text)
        sheet.cell(number, 1).font = font
    fill(sheet.cell(6, 1), _("Drawn from the records at %(time)s") % {"time": report.drawn_at})
    sheet.cell(6, 1).font = Font(italic=True, color="5B6675")


def _period(report: Report) -> str:
    asked = {"period": report.period_label, "standard": report.standard}
    return " · ".join(filter(None, [_("Period: %(period)s · %(standard)s") % asked, report.state]))


def _units(table: Table) -> str:
    units = dict.fromkeys(column.unit for column in table.columns if column.unit)
    return _("Units: %(units)s") % {"units": ", ".join(units)} if units else _("Units stand with each figure")


def _headings(sheet: Worksheet, table: Table) -> int:
    """Draw the headings, and beneath them the numbers and formulas of an official form; return the last line."""
    lines = table.headings
    last = HEADING_ROW + len(lines) - 1
    fill(sheet.cell(HEADING_ROW, 1), table.first_heading)
    _span(sheet, HEADING_ROW, 1, down=len(lines))
    for number, line in enumerate(lines, start=HEADING_ROW):
        for heading in line:
            unit = f" ({heading.column.unit})" if heading.column and heading.column.unit else ""
            fill(sheet.cell(number, heading.first + 2), f"{heading.label}{unit}")
            _span(sheet, number, heading.first + 2, across=heading.across, down=heading.down)
    if table.is_numbered:
        last += 1
        fill(sheet.cell(last, 1), "A, B")
        for index, column in enumerate(table.columns, start=2):
            formula = f" = {column.formula}" if column.formula else ""
            fill(sheet.cell(last, index), f"{column.number}{formula}")
    for number in range(HEADING_ROW, last + 1):
        for index in range(1, len(table.columns) + 2):
            cell = sheet.cell(number, index)
            is_number = table.is_numbered and number == last
            cell.font, cell.fill, cell.border = Font(bold=not is_number, italic=is_number), _HEADING, _BOX
            cell.alignment = Alignment(wrap_text=True, vertical="center", horizontal="center")
    sheet.freeze_panes = sheet.cell(last + 1, 2)
    return last


def _span(sheet: Worksheet, row: int, column: int, *, across: int = 1, down: int = 1) -> None:
    if across > 1 or down > 1:
        sheet.merge_cells(start_row=row, start_column=column, end_row=row + down - 1, end_column=column + across - 1)


def _row(sheet: Worksheet, number: int, table: Table, row: Row, *, bold: bool = False) -> None:
    strong = bold or row.level == GROUP
    label = sheet.cell(number, 1)
    fill(label, row.label)
    label.alignment = Alignment(wrap_text=True, vertical="top", indent=1 if row.level == LINE and table.summed else 0)
    for index, column in enumerate(table.columns, start=2):
        _cell(sheet.cell(number, index), column, row)
    for index in range(1, len(table.columns) + 2):
        cell = sheet.cell(number, index)
        cell.border = _BOX
        cell.font = Font(bold=strong, italic=row.level == APART)
        if strong:
            cell.fill = _SUBTOTAL


def _cell(cell: Cell, column: Column, row: Row) -> None:
    value = row.cells.get(column.key)
    if column.kind == FLAG:
        fill(cell, UNKNOWN if value is None else (_("yes") if value else _("NO")))
        cell.alignment = Alignment(horizontal="center")
    elif value is None:
        if column.kind in NUMERIC:
            fill(cell, UNKNOWN)
            cell.alignment = Alignment(horizontal="right")
    elif isinstance(value, str):
        fill(cell, value)
        cell.alignment = Alignment(horizontal="right" if column.kind in NUMERIC else "left", wrap_text=True)
    else:
        cell.value = value
        cell.number_format = number_format(column.kind, row.marks.get(column.key))


def number_format(kind: str, mark: str | None = None) -> str:
    """Excel's format; “gần” and the like are part of it, so that the cell still holds a number."""
    plain = FORMATS.get(kind, "#,##0")
    return f'"{Qualifier(mark).label} "{plain}' if mark else plain


def _sum_group(sheet: Worksheet, table: Table, heading: int, lines: list[int]) -> None:
    """Replace the subtotal by a SUM over its lines, in the columns that add up."""
    if not lines:
        return
    if lines[-1] - lines[0] == len(lines) - 1:
        _write_sums(sheet, table, heading, f"{{0}}{lines[0]}:{{0}}{lines[-1]}")
    else:  # lines of another part stand between
        _write_sums(sheet, table, heading, ",".join(f"{{0}}{line}" for line in lines))


def _sum_total(sheet: Worksheet, table: Table, number: int, rows: list[int]) -> None:
    """The total adds subtotals where there are any, otherwise the lines."""
    if rows:
        _write_sums(sheet, table, number, ",".join(f"{{0}}{row}" for row in rows))


def _write_sums(sheet: Worksheet, table: Table, number: int, reference: str) -> None:
    for index, column in enumerate(table.columns, start=2):
        cell = sheet.cell(number, index)
        if column.key in table.summed and isinstance(cell.value, int):
            cell.value = f"=SUM({reference.format(get_column_letter(index))})"


def _notes(sheet: Worksheet, table: Table, number: int) -> None:
    for offset, note in enumerate(table.notes):
        cell = sheet.cell(number + offset, 1)
        fill(cell, note)
        cell.font = Font(italic=True, color="5B6675")


def _page(sheet: Worksheet, table: Table) -> None:
    sheet.column_dimensions["A"].width = 46 if table.key != "poverty_by_year" else 12
    for index, column in enumerate(table.columns, start=2):
        sheet.column_dimensions[get_column_letter(index)].width = WIDTHS.get(column.kind, 20)
    headings = len(table.headings)
    for number in range(HEADING_ROW, HEADING_ROW + headings):
        sheet.row_dimensions[number].height = 48 if number == HEADING_ROW + headings - 1 else 32
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = sheet.PAPERSIZE_A4
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.print_title_rows = f"{HEADING_ROW}:{HEADING_ROW + headings - 1 + table.is_numbered}"
    sheet.page_margins.left = sheet.page_margins.right = 0.5
    sheet.oddFooter.center.text = "&P/&N"

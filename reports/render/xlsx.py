"""A report as an Excel workbook: numbers stay numbers, totals are formulas, text is never a formula."""

import math
from io import BytesIO

from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.cell.cell import Cell
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from reports.table import APART, COUNT, FLAG, GROUP, LINE, MONEY, NUMERIC, PERCENT, TOTAL, Column, Report, Row, Table
from support.codes import Qualifier
from wards.sheets import fill

FORMATS = {COUNT: "#,##0", MONEY: "#,##0", PERCENT: "0.00"}
WIDTHS = {COUNT: 12, MONEY: 18, PERCENT: 10, FLAG: 10}
HEADING_ROW = 7
UNKNOWN = "—"

LINE_HEIGHT = 15  # points of a line of text
Placed = tuple[int, Row]  # a row and the line of the sheet on which it stands

_THIN = Side(style="thin", color="9AA5B1")
_REMARK = Font(italic=True, color="5B6675")
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
    places: dict[tuple[str, str], list[Placed]] = {}  # rows by level and part, for the totals
    groups: list[tuple[Placed, list[Placed]]] = []
    heading_of: dict[str, list[Placed]] = {}  # the lines of the group above, by part
    for row in table.rows:
        number += 1
        placed = (number, row)
        places.setdefault((row.level, row.part), []).append(placed)
        if row.level in (GROUP, APART):
            heading_of[row.part] = []
            groups.append((placed, heading_of[row.part]))
        elif row.level == LINE and row.part in heading_of:
            heading_of[row.part].append(placed)
        _row(sheet, number, table, row, bold=row.level == TOTAL)
        if row.level == TOTAL and row.part not in table.counted:
            _sum(sheet, table, placed, _added(places, row.part))
    for heading, lines in groups:
        _sum(sheet, table, heading, lines)
    if table.total:
        number += 1
        _row(sheet, number, table, table.total, bold=True)
        _sum(sheet, table, (number, table.total), _added(places, table.total.part))
    number = _notes(sheet, table, number + 2)
    _page(sheet, table, last=number)


def _added(places: dict[tuple[str, str], list[Placed]], part: str) -> list[Placed]:
    """What a total adds: the subtotals of its part where there are any, otherwise the lines."""
    return places.get((GROUP, part)) or places.get((LINE, part), [])


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
    lines.append((_("Drawn from the records at %(time)s") % {"time": report.drawn_at}, _REMARK))
    for number, (text, font) in enumerate(lines, start=1):
        _across(sheet, table, number, text, font)


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
    label.alignment = Alignment(
        wrap_text=True, vertical="center", indent=1 if row.level == LINE and table.summed else 0
    )
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
        cell.alignment = Alignment(horizontal="center", vertical="center")
        return
    side = "right" if column.kind in NUMERIC else "left"
    cell.alignment = Alignment(horizontal=side, vertical="center", wrap_text=isinstance(value, str))
    if value is None:
        if column.kind in NUMERIC:
            fill(cell, UNKNOWN)
    elif isinstance(value, str):
        fill(cell, value)
    else:
        cell.value = value
        cell.number_format = number_format(column.kind, row.marks.get(column.key))


def number_format(kind: str, mark: str | None = None) -> str:
    """Excel's format; “gần” and the like are part of it, so that the cell still holds a number."""
    plain = FORMATS.get(kind, "#,##0")
    return f'"{Qualifier(mark).label} "{plain}' if mark else plain


def _sum(sheet: Worksheet, table: Table, whole: Placed, parts: list[Placed]) -> None:
    """Write a SUM over the parts in the columns that add up.

    Where the parts do not come to the whole (one of them is not on record), the number stays: a SUM would show
    another one than the page.
    """
    number, row = whole
    lines = [line for line, _part in parts]
    for index, column in enumerate(table.columns, start=2):
        value = row.cells.get(column.key)
        added = sum(cell for _line, part in parts if isinstance(cell := part.cells.get(column.key), int))
        if lines and column.key in table.summed and isinstance(value, int) and value == added:
            sheet.cell(number, index).value = f"=SUM({_reference(get_column_letter(index), lines)})"


def _reference(letter: str, lines: list[int]) -> str:
    if len(lines) > 1 and lines[-1] - lines[0] == len(lines) - 1:
        return f"{letter}{lines[0]}:{letter}{lines[-1]}"
    return ",".join(f"{letter}{line}" for line in lines)  # lines of another part stand between


def _notes(sheet: Worksheet, table: Table, number: int) -> int:
    """Write the notes beneath the table; return the sheet's last line."""
    for offset, note in enumerate(table.notes):
        _across(sheet, table, number + offset, note, _REMARK)
    return number + len(table.notes) - 1


# --- how it looks: nothing is cut off, and a page is as wide as its table ---------------------------


def _widths(table: Table) -> list[int]:
    """In characters, of the first column and the others."""
    first = 46 if table.key != "poverty_by_year" else 12
    return [first, *(WIDTHS.get(column.kind, 20) for column in table.columns)]


def _lines_of(text: object, width: float) -> int:
    """How many lines a text takes in a cell of this width; words are not split, so a little is always lost."""
    if not isinstance(text, str) or text.startswith("=SUM("):
        return 1
    return sum(max(1, math.ceil(len(part) * 1.1 / width)) for part in text.split("\n"))


def _across(sheet: Worksheet, table: Table, number: int, text: str, font: Font) -> None:
    """A line of text over the whole width of the table; longer text wraps instead of widening the page."""
    cell = sheet.cell(number, 1)
    fill(cell, text)
    cell.font = font
    cell.alignment = Alignment(wrap_text=True, vertical="top")
    _span(sheet, number, 1, across=len(table.columns) + 1)
    size = (font.size or 11) / 11
    sheet.row_dimensions[number].height = LINE_HEIGHT * size * _lines_of(text, sum(_widths(table)) / size)


def _heighten(sheet: Worksheet, number: int, lines: int, *, down: int = 1) -> None:
    """Make `down` lines that end with this one high enough together for so many lines of text."""
    above = sum(sheet.row_dimensions[line].height or LINE_HEIGHT for line in range(number - down + 1, number))
    last = sheet.row_dimensions[number]
    last.height = max(last.height or LINE_HEIGHT, lines * LINE_HEIGHT - above)


def _heading_heights(sheet: Worksheet, table: Table, widths: list[int]) -> None:
    for number, line in enumerate(table.headings, start=HEADING_ROW):
        for heading in line:
            width = sum(widths[heading.first + 1 : heading.first + 1 + heading.across])
            # Bold, and often a single long word a line.
            lines = _lines_of(sheet.cell(number, heading.first + 2).value, width * 0.8)
            _heighten(sheet, number + heading.down - 1, lines, down=heading.down)


def _page(sheet: Worksheet, table: Table, *, last: int) -> None:
    widths = _widths(table)
    for index, width in enumerate(widths, start=1):
        sheet.column_dimensions[get_column_letter(index)].width = width
    headings = len(table.headings)
    _heading_heights(sheet, table, widths)
    for number in range(HEADING_ROW + headings, HEADING_ROW + headings + table.is_numbered + len(table.rows) + 1):
        lines = [_lines_of(sheet.cell(number, index).value, width) for index, width in enumerate(widths, start=1)]
        if max(lines) > 1:
            _heighten(sheet, number, max(lines))
    sheet.print_area = f"A1:{get_column_letter(len(widths))}{last}"
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = sheet.PAPERSIZE_A4
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.print_title_rows = f"{HEADING_ROW}:{HEADING_ROW + headings - 1 + table.is_numbered}"
    sheet.page_margins.left = sheet.page_margins.right = 0.5
    sheet.oddFooter.center.text = "&P/&N"

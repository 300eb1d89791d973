"""Lists as Excel workbooks: numbers stay numbers, days stay days, and no text ever runs as a formula."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from tempfile import TemporaryFile
from typing import IO

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter

TEXT, COUNT, MONEY, DAY = "text", "count", "money", "day"
CONTENT_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

_FORMATS = {COUNT: "#,##0", MONEY: "#,##0", DAY: "dd/mm/yyyy"}
_WIDTHS = {TEXT: 24, COUNT: 11, MONEY: 18, DAY: 12}
# Excel reads a text that begins so as a formula as soon as somebody edits the cell.
_LOOKS_LIKE_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_A4 = 9
_LONGEST_TEXT = 32_767
_THIN = Side(style="thin", color="BFC5CC")


@dataclass(frozen=True)
class SheetColumn:
    label: str
    kind: str = TEXT
    width: int = 0


def list_workbook(
    *, title: str, notes: Sequence[str], columns: Sequence[SheetColumn], rows: Iterable[Sequence]
) -> IO[bytes]:
    """An open temporary file with one sheet: title, notes (what was asked, when, by whom), heading, rows.

    Rows are written as they come, so the memory needed does not grow with their number.
    """
    book = Workbook(write_only=True)
    sheet = book.create_sheet(sheet_name(title))
    heading_row = len(notes) + 3
    sheet.freeze_panes = f"A{heading_row + 1}"
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", _A4
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.print_title_rows = f"{heading_row}:{heading_row}"
    for index, column in enumerate(columns, start=1):
        sheet.column_dimensions[get_column_letter(index)].width = column.width or _WIDTHS[column.kind]

    sheet.append([_cell(sheet, title, font=Font(bold=True, size=14))])
    for note in notes:
        sheet.append([_cell(sheet, note, font=Font(italic=True, color="55606C"))])
    sheet.append([])
    sheet.append([_heading(sheet, column) for column in columns])
    # One cell a column, filled anew for each row: a written row is never looked at again.
    cells = [_body(sheet, column) for column in columns]
    last = heading_row
    for row in rows:
        sheet.append([_filled(cell, value) for cell, value in zip(cells, row, strict=True)])
        last += 1
    sheet.auto_filter.ref = f"A{heading_row}:{get_column_letter(len(columns))}{last}"

    file = TemporaryFile()  # noqa: SIM115 (the response that sends it closes it)
    book.save(file)
    file.seek(0)
    return file


def _filled(cell, value):
    """The cell with the value; nothing at all for an empty one, which a long list has many of."""
    if value is None or value == "":
        return None
    fill(cell, value)
    return cell


def fill(cell, value) -> None:
    """Put a value in a cell; a text stays a text whatever it begins with."""
    if isinstance(value, str):
        text = ILLEGAL_CHARACTERS_RE.sub("", value)[:_LONGEST_TEXT]
        cell.value = text or None
        if text:
            cell.data_type = "s"
        dangerous = text.startswith(_LOOKS_LIKE_FORMULA)
        if dangerous or cell.quotePrefix:
            cell.quotePrefix = dangerous
    else:
        cell.value = value


def _cell(sheet, value, **style):
    cell = WriteOnlyCell(sheet)
    for name, part in style.items():
        setattr(cell, name, part)
    fill(cell, value)
    return cell


def _heading(sheet, column: SheetColumn):
    return _cell(
        sheet,
        column.label,
        font=Font(bold=True),
        fill=PatternFill("solid", fgColor="E8EEF5"),
        alignment=Alignment(
            wrap_text=True, vertical="center", horizontal="left" if column.kind in {TEXT, DAY} else "right"
        ),
        border=Border(bottom=_THIN),
    )


def _body(sheet, column: SheetColumn):
    cell = WriteOnlyCell(sheet)
    if column.kind in _FORMATS:
        cell.number_format = _FORMATS[column.kind]
    return cell


def sheet_name(title: str) -> str:
    return "".join(char for char in title if char not in "[]:*?/\\'")[:31] or "Sheet"


def file_name(stem: str, day: date) -> str:
    return f"{stem}-{day:%Y-%m-%d}.xlsx"

"""Reading a workbook somebody sends in. It is looked over before it is opened: size, parts, what it would unpack to.

A workbook is a zip of XML, and may be made to fill the memory, to read other files or to run something. What
looks like that is refused in a sentence; no cell of it is read.
"""

import re
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import IO
from xml.parsers import expat

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from openpyxl import load_workbook
from openpyxl.utils import get_column_letter

LARGEST_FILE = 5 * 1024 * 1024
LARGEST_UNPACKED = 30 * 1024 * 1024
MOST_PARTS, MOST_ROWS, MOST_COLUMNS = 100, 5_000, 40
LONGEST_TEXT = 1_000

_SHEET = re.compile(r"xl/worksheets/[^/]+\.xml", re.IGNORECASE)
_XML = (".xml", ".rels", ".vml")
_RUNS = ("vbaproject", "externallinks/", "embeddings/", "activex", "connections.xml")
_OLE = b"\xd0\xcf\x11\xe0"


@dataclass(frozen=True)
class SheetCell:
    """A cell as it stands: `value` is text, a number, a day, true or false, or None."""

    sheet: str
    row: int
    column: int
    value: object
    is_formula: bool = False

    @property
    def name(self) -> str:
        """“Tổ dân phố!F12”, as Excel calls it."""
        return f"{self.sheet}!{get_column_letter(self.column)}{self.row}"


@dataclass(frozen=True)
class Sheet:
    name: str
    rows: Sequence[Sequence[SheetCell]]


def read_workbook(file: IO[bytes]) -> list[Sheet]:
    """Every sheet with its valued rows; raises ValidationError, in words, for what is not a plain workbook."""
    content = file.read(LARGEST_FILE + 1)
    if len(content) > LARGEST_FILE:
        message = _("The file is larger than %(size)d MB. Send only the workbook that was downloaded here, filled in.")
        raise ValidationError(message % {"size": LARGEST_FILE // 1024 // 1024})
    if content.startswith(_OLE):
        raise ValidationError(_("The file has a password or is an old .xls. Save it as .xlsx without a password."))
    if not content.startswith(b"PK\x03\x04"):
        raise ValidationError(_("This is not an Excel workbook (.xlsx). Download the workbook here and fill it in."))
    try:
        extents = _look_over(content)
        return list(_sheets(content, extents))
    except ValidationError:
        raise
    except Exception as error:  # a broken workbook breaks its reader in many ways
        message = _("The file is damaged and cannot be read. Open it in Excel, save it as .xlsx and send it again.")
        raise ValidationError(message) from error


# --- looking it over ------------------------------------------------------------------------


def _look_over(content: bytes) -> dict[str, tuple[int, int]]:
    """Refuse what is not a plain workbook; return the last row and column with a value, by part name."""
    extents, names, unpacked = {}, set(), 0
    with zipfile.ZipFile(BytesIO(content)) as book:
        parts = book.infolist()
        if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > LARGEST_UNPACKED:
            raise _too_much()
        for part in parts:
            name = part.filename.replace("\\", "/").casefold()
            outside = name.startswith("/") or ".." in name.split("/")
            if name in names or outside or part.flag_bits & 1 or part.compress_type not in (0, 8):
                raise ValidationError(_("The file is damaged or has a password. Save it again as .xlsx and send that."))
            if any(word in name for word in _RUNS):
                raise ValidationError(_("The file contains macros or links to other files. Save it as a plain .xlsx."))
            names.add(name)
        for part in parts:
            if part.filename.casefold().endswith(_XML):
                scan = _Scan(is_sheet=bool(_SHEET.fullmatch(part.filename)))
                with book.open(part) as stream:
                    while chunk := stream.read(64 * 1024):
                        unpacked += len(chunk)
                        if unpacked > LARGEST_UNPACKED:
                            raise _too_much()
                        scan.feed(chunk)
                scan.close()
                if scan.is_sheet:
                    extents[part.filename.casefold()] = (scan.last_row, scan.last_column)
    if not extents:
        raise ValidationError(_("The workbook has no sheet."))
    return extents


def _too_much() -> ValidationError:
    return ValidationError(
        _("The workbook is far larger than the one downloaded here. Copy your answers into that one.")
    )


class _Scan:
    """Goes through one XML part without keeping it: no DTD, and how far the valued cells of a sheet reach."""

    def __init__(self, *, is_sheet: bool):
        self.is_sheet, self.last_row, self.last_column, self.rows = is_sheet, 0, 0, 0
        self._cell, self._depth = "", 0
        self._parser = expat.ParserCreate(namespace_separator=" ")
        self._parser.StartDoctypeDeclHandler = self._refuse_doctype
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end

    def feed(self, chunk: bytes) -> None:
        self._parser.Parse(chunk, False)

    def close(self) -> None:
        self._parser.Parse(b"", True)

    def _refuse_doctype(self, *_args) -> None:
        raise ValidationError(_("The file contains declarations that no Excel writes. Save it again as .xlsx."))

    def _start(self, name: str, attributes: dict) -> None:
        self._depth += 1
        if self._depth > 100:
            raise _too_much()
        if not self.is_sheet:
            return
        name = name.rpartition(" ")[2]
        if name == "c":
            self._cell = attributes.get("r", "")
        elif name in ("v", "is", "f"):
            self._valued(self._cell)

    def _end(self, name: str) -> None:
        self._depth -= 1

    def _valued(self, cell: str) -> None:
        found = re.fullmatch(r"([A-Z]{1,3})([0-9]{1,7})", cell)
        if not found:
            raise ValueError(cell)
        column = 0
        for letter in found[1]:
            column = column * 26 + ord(letter) - 64
        row = int(found[2])
        if row > MOST_ROWS or column > MOST_COLUMNS:
            message = _("Cell %(cell)s lies far outside the table. Empty it, or copy your answers into a new download.")
            raise ValidationError(message % {"cell": cell})
        self.last_row, self.last_column = max(self.last_row, row), max(self.last_column, column)


# --- reading it -----------------------------------------------------------------------------


def _sheets(content: bytes, extents: dict[str, tuple[int, int]]) -> Iterator[Sheet]:
    book = load_workbook(BytesIO(content), read_only=True, keep_links=False)
    try:
        for sheet in book.worksheets:
            sheet.reset_dimensions()  # what a file says of its size need not be true
            last_row, last_column = extents[sheet._worksheet_path.lstrip("/").casefold()]
            rows = []
            if last_row:
                for cells in sheet.iter_rows(max_row=last_row, max_col=last_column):
                    rows.append(
                        [_cell(sheet.title, cell, len(rows) + 1, place + 1) for place, cell in enumerate(cells)]
                    )
            if last_row and all(cell.value is None for row in rows for cell in row):
                raise ValueError(sheet.title)  # values were seen that the reader does not find
            yield Sheet(sheet.title, rows)
    finally:
        book.close()


def _cell(sheet: str, cell, row: int, column: int) -> SheetCell:
    value = cell.value
    if isinstance(value, str):
        value = value[:LONGEST_TEXT]
    return SheetCell(sheet, row, column, value, is_formula=getattr(cell, "data_type", "") == "f")

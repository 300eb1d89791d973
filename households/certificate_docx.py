"""Draws a certificate in Word: A4, Times New Roman, heading as NĐ 30/2020/NĐ-CP."""

from io import BytesIO

from docx import Document
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt

from households.certificate import BLANK, Block, Certificate

CENTRE, JUSTIFIED = WD_ALIGN_PARAGRAPH.CENTER, WD_ALIGN_PARAGRAPH.JUSTIFY
COLUMNS = 2  # indicators a line of a year's block
TICKED, EMPTY = "☒", "☐"


def as_word(certificate: Certificate) -> BytesIO:
    document = Document()
    _page(document)
    _heading(document, certificate)
    _title(document, "GIẤY CHỨNG NHẬN", "HỘ NGHÈO, HỘ CẬN NGHÈO")
    _whom(document, certificate)
    _line(document, "I. THÔNG TIN VỀ CÁC THÀNH VIÊN TRONG HỘ", bold=True)
    _people(document, certificate)
    _line(document, "II. KẾT QUẢ RÀ SOÁT, CÔNG NHẬN HẰNG NĂM", bold=True)
    _line(document, "(N: hộ nghèo; CN: hộ cận nghèo; đánh dấu chỉ số thiếu hụt)", italic=True)
    for block in certificate.blocks:
        _block(document, block, certificate.body)
    document.core_properties.author = ""
    document.core_properties.title = "Giấy chứng nhận hộ nghèo, hộ cận nghèo"
    file = BytesIO()
    document.save(file)
    file.seek(0)
    return file


def _page(document) -> None:
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin = section.bottom_margin = Mm(20)
    section.left_margin, section.right_margin = Mm(30), Mm(15)
    normal = document.styles["Normal"]
    normal.font.name, normal.font.size = "Times New Roman", Pt(13)
    normal.element.rPr.rFonts.set(qn("w:eastAsia"), "Times New Roman")
    normal.paragraph_format.space_after = Pt(3)


def _heading(document, certificate: Certificate) -> None:
    table = document.add_table(rows=1, cols=2)
    left, right = table.rows[0].cells
    _into(left, "ỦY BAN NHÂN DÂN", size=12, first=True)
    _into(left, certificate.body.upper(), size=12, bold=True)
    _into(left, "––––––––", size=12)
    _into(left, f"Số: {certificate.number}", size=13)
    _into(right, "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", size=12, bold=True, first=True)
    _into(right, "Độc lập - Tự do - Hạnh phúc", size=13, bold=True)
    _into(right, "––––––––––––––––––––", size=12)
    _into(right, f"{certificate.place}, {certificate.day}", size=13, italic=True)
    _widths(table, 65, 100)


def _title(document, *lines: str) -> None:
    for index, text in enumerate(lines):
        paragraph = _line(document, text, bold=True, size=14)
        paragraph.alignment = CENTRE
        paragraph.paragraph_format.space_before = Pt(0 if index else 12)


def _whom(document, certificate: Certificate) -> None:
    grounds = (
        f"Căn cứ Quyết định số {certificate.decision} ngày {certificate.decision_day} của Chủ tịch Ủy ban nhân dân"
    )
    _line(document, f"{grounds} {certificate.body} công nhận hộ nghèo, hộ cận nghèo;").alignment = JUSTIFIED
    _line(document, f"Ủy ban nhân dân {certificate.body} chứng nhận:")
    _line(document, f"Họ và tên chủ hộ: {certificate.head}        Dân tộc: {certificate.ethnicity}")
    _line(document, f"Số CCCD/CMND: {certificate.id_number}        Ngày cấp: {BLANK}")
    _line(document, f"Nơi thường trú: {certificate.address}")


def _people(document, certificate: Certificate) -> None:
    table = document.add_table(rows=2, cols=7, style="Table Grid")
    table.alignment = WD_TABLE_ALIGNMENT.CENTER
    for column, text in {0: "STT", 1: "Họ và tên", 2: "Dân tộc", 3: "Quan hệ với chủ hộ", 6: "Ghi chú"}.items():
        _into(table.cell(0, column).merge(table.cell(1, column)), text, bold=True, first=True)
    _into(table.cell(0, 4).merge(table.cell(0, 5)), "Năm sinh", bold=True, first=True)
    _into(table.cell(1, 4), "Nam", bold=True, first=True)
    _into(table.cell(1, 5), "Nữ", bold=True, first=True)
    for row in table.rows:
        _repeat(row)
    for person in certificate.people:
        cells = table.add_row().cells
        values = (
            str(person.number), person.name, person.ethnicity, person.relation,
            person.born_male, person.born_female, person.note,
        )  # fmt: skip
        for column, value in enumerate(values):
            _into(cells[column], value, first=True, centred=column not in (1, 6))
    _widths(table, 13, 46, 20, 32, 15, 15, 24)
    document.add_paragraph()


def _block(document, block: Block, body: str) -> None:
    """The ticks in columns, and the confirmation with room for signature and seal beside them."""
    lines = -(-len(block.ticks) // COLUMNS)
    table = document.add_table(rows=lines + 1, cols=COLUMNS + 1, style="Table Grid")
    table.alignment = WD_TABLE_ALIGNMENT.CENTER
    head = table.cell(0, 0).merge(table.cell(0, COLUMNS))
    marks = f"{TICKED if block.poor else EMPTY} N     {TICKED if block.near_poor else EMPTY} CN"
    _into(head, f"Năm {block.year}        Phân loại:   {marks}", bold=True, first=True, centred=False)
    for index, (name, ticked) in enumerate(block.ticks):
        cell = table.cell(1 + index // COLUMNS, index % COLUMNS)
        _into(cell, f"{TICKED if ticked else EMPTY} {name}", size=10, first=True, centred=False)
    beside = table.cell(1, COLUMNS).merge(table.cell(lines, COLUMNS))
    _into(beside, block.confirmed or f"ngày … tháng … năm {block.year}", size=11, italic=True, first=True)
    _into(beside, f"Xác nhận của Chủ tịch UBND {body}", size=11, bold=True)
    _into(beside, "(Ký tên, đóng dấu)", size=11, italic=True)
    for _line_for_the_seal in range(3):
        _into(beside, "")
    _widths(table, 51, 66, 48)
    for row in table.rows:
        _unbroken(row)
        for cell in row.cells:
            for paragraph in cell.paragraphs:
                paragraph.paragraph_format.keep_with_next = row is not table.rows[-1]
    document.add_paragraph()


# --- words on paper ---------------------------------------------------------------------------


def _line(document, text: str, *, bold=False, italic=False, size=13):
    paragraph = document.add_paragraph()
    _run(paragraph, text, bold=bold, italic=italic, size=size)
    return paragraph


def _into(cell, text: str, *, bold=False, italic=False, size=12, first=False, centred=True) -> None:
    paragraph = cell.paragraphs[0] if first else cell.add_paragraph()
    paragraph.alignment = CENTRE if centred else None
    paragraph.paragraph_format.space_after = Pt(0)
    _run(paragraph, text, bold=bold, italic=italic, size=size)


def _run(paragraph, text: str, *, bold: bool, italic: bool, size: int) -> None:
    run = paragraph.add_run(text)
    run.bold, run.italic, run.font.size = bold, italic, Pt(size)


def _widths(table, *millimetres: int) -> None:
    """Word takes a column's width from its cells, other programs from the grid."""
    table.autofit = False
    for column, width in zip(table.columns, millimetres, strict=True):
        column.width = Mm(width)
    for row in table.rows:
        for cell, width in zip(row.cells, millimetres, strict=True):
            cell.width = Mm(width)


def _repeat(row) -> None:
    """The row stands again at the top of the next page."""
    mark = OxmlElement("w:tblHeader")
    mark.set(qn("w:val"), "true")
    row._tr.get_or_add_trPr().append(mark)


def _unbroken(row) -> None:
    row._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))

"""The list on which those who were helped sign (danh sách ký nhận): one for each ward, on paper and in Excel.

The paper is Vietnamese whatever language the page around it is read in. Its heading follows NĐ 30/2020/NĐ-CP. It names
no personal number. What was made void is left out.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from tempfile import TemporaryFile
from typing import IO

from django.utils.formats import number_format
from django.utils.translation import override
from openpyxl import Workbook
from openpyxl.styles import Alignment, Border, Font, Side
from openpyxl.utils import get_column_letter

from support import words
from support.codes import Nature
from support.models import GiftDetail, SupportAction, detail_of
from wards.models import Ward
from wards.numerals import money_spelled
from wards.sheets import fill, sheet_name


@dataclass(frozen=True)
class Line:
    number: int
    name: str
    code: str
    place: str
    member: str
    content: str
    amount: int | None  # cash, in đồng
    goods: str


@dataclass(frozen=True)
class SignatureList:
    """What one ward's list says. Columns that nothing stands in are left out."""

    ward: str  # “phường Đồng Mai”
    place: str
    year: int | str
    subject: str
    decision: str
    lines: tuple[Line, ...]
    totals: tuple[str, ...]  # of each nature, in figures and in words

    @property
    def columns(self) -> int:
        return 5 + self.has_members + self.has_content + self.has_money + self.has_goods

    @property
    def has_members(self) -> bool:
        return any(line.member for line in self.lines)

    @property
    def has_content(self) -> bool:
        """What all received alike stands above the list."""
        return len({line.content for line in self.lines}) > 1

    @property
    def has_money(self) -> bool:
        return any(line.amount is not None for line in self.lines) or not self.has_goods

    @property
    def has_goods(self) -> bool:
        return any(line.goods for line in self.lines)


def signature_lists(actions: Iterable[SupportAction]) -> list[SignatureList]:
    """One list a ward, in the order of the records; these come with what `listing.with_details` loads."""
    by_ward: dict[Ward, list[SupportAction]] = {}
    for action in actions:
        by_ward.setdefault(action.ward, []).append(action)
    with override("vi"):
        return [_list_of(ward, its_actions) for ward, its_actions in by_ward.items()]


def _list_of(ward: Ward, actions: list[SupportAction]) -> SignatureList:
    first = actions[0]
    return SignatureList(
        ward=f"{ward.unit_type} {ward.name}",
        place=ward.name,
        year=first.period_from.year if first.period_from else "……",
        subject="; ".join(dict.fromkeys(_content(action) for action in actions)),
        decision="; ".join(filter(None, dict.fromkeys(_decision(action) for action in actions))),
        lines=tuple(_line(number, action) for number, action in enumerate(actions, start=1)),
        totals=tuple(_totals(actions)),
    )


def _line(number: int, action: SupportAction) -> Line:
    household = action.household
    head = next((member.name for member in household.heads), "")
    member = action.member.name if action.member else ""
    return Line(
        number=number,
        name=head or member or household.code,
        code=household.code,
        place=household.place,
        member=member if member != head else "",
        content=_content(action),
        amount=words.money_by_nature(action.lines)[Nature.GRANT].amount,
        goods=_goods(action),
    )


def _content(action: SupportAction) -> str:
    """“Tặng quà lễ, Tết (Tết Nguyên đán)”: the policy, and the occasion of a gift."""
    detail = detail_of(action)
    if isinstance(detail, GiftDetail) and detail.occasion:
        return f"{action.policy.name} ({detail.get_occasion_display()})"
    return action.policy.name


def _goods(action: SupportAction) -> str:
    """“1 suất quà: 10 kg gạo, hiện vật trị giá 300.000 đồng”."""
    detail = detail_of(action)
    named = ": ".join(part for part in (words.things(action), getattr(detail, "goods", "")) if part)
    money = words.money_by_nature(action.lines)
    worth = [
        f"{Nature(nature).label} {_grouped(money[nature].amount)} đồng"
        for nature in (Nature.IN_KIND, Nature.LOAN)
        if money[nature].amount is not None
    ]
    return ", ".join([*filter(None, [named]), *worth])


def _decision(action: SupportAction) -> str:
    if not action.decision_number:
        return ""
    day = f" ngày {_day(action.decision_date)}" if action.decision_date else ""
    return f"Quyết định số {action.decision_number}{day}"


_TOTALS = {Nature.GRANT: "Tổng số tiền", Nature.IN_KIND: "Tổng trị giá hiện vật", Nature.LOAN: "Tổng vốn vay"}


def _totals(actions: list[SupportAction]) -> Iterable[str]:
    """“Tổng số tiền: 30.000.000 đồng (Bằng chữ: Ba mươi triệu đồng).”; natures are never added together."""
    for nature, label in _TOTALS.items():
        lines = [line for action in actions for line in action.lines if line.nature == nature]
        known = [line.amount for line in lines if line.amount is not None]
        if known:
            left_out = len(lines) - len(known)
            unknown = f" Chưa kể {left_out} lượt chưa ghi số tiền." if left_out else ""
            total = sum(known)
            yield f"{label}: {_grouped(total)} đồng (Bằng chữ: {money_spelled(total)}).{unknown}"


def _day(day: date) -> str:
    return f"{day:%d/%m/%Y}"


def _grouped(number: int) -> str:
    return number_format(number, force_grouping=True)


# --- Excel ----------------------------------------------------------------------------------

_EDGE = Side(style="thin")
_BOX = Border(left=_EDGE, right=_EDGE, top=_EDGE, bottom=_EDGE)
_FONT = "Times New Roman"
_A4 = 9
_LABELS = ("STT", "Họ và tên", "Mã hộ", "Tổ dân phố, địa chỉ", "Thành viên", "Nội dung", "Số tiền (đồng)", "Hiện vật", "Ký nhận")  # fmt: skip
_WIDTHS = (5, 24, 13, 28, 20, 22, 15, 26, 18)
_SIGNERS = ("Người lập danh sách", "Người cấp phát", "Xác nhận của UBND {ward}")


def as_workbook(lists: Iterable[SignatureList]) -> IO[bytes]:
    """An open temporary file with a sheet for each ward, ready to print on A4."""
    book = Workbook()
    book.remove(book.active)
    for one in lists:
        _write(book.create_sheet(sheet_name(one.place)), one)
    file = TemporaryFile()  # noqa: SIM115 (the response that sends it closes it)
    book.save(file)
    file.seek(0)
    return file


def _write(sheet, one: SignatureList) -> None:
    shown = (True, True, True, True, one.has_members, one.has_content, one.has_money, one.has_goods, True)
    columns = [(label, width) for label, width, is_shown in zip(_LABELS, _WIDTHS, shown, strict=True) if is_shown]
    for place, (_label, width) in enumerate(columns, start=1):
        sheet.column_dimensions[get_column_letter(place)].width = width
    head = _letterhead(sheet, one, len(columns))
    for place, (label, _width) in enumerate(columns, start=1):
        _put(sheet, head, place, label, bold=True, box=True, align="center")
    for number, line in enumerate(one.lines, start=1):
        values = (line.number, line.name, line.code, line.place, line.member, line.content, line.amount, line.goods, "")
        shown_values = [value for value, is_shown in zip(values, shown, strict=True) if is_shown]
        for place, value in enumerate(shown_values, start=1):
            align = "right" if place > 1 and isinstance(value, int) else "left" if place > 1 else "center"
            _put(sheet, head + number, place, value, box=True, align=align)
        sheet.row_dimensions[head + number].height = 26  # room for a signature
    _close(sheet, one, head, [label for label, _width in columns])
    sheet.print_title_rows = f"{head}:{head}"
    sheet.freeze_panes = f"A{head + 1}"
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", _A4
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.oddFooter.center.text = "&P/&N"


def _letterhead(sheet, one: SignatureList, width: int) -> int:
    """The heading of a state paper; the number of the row on which the table begins."""
    left = max(2, width // 2)
    for row, (office, state) in enumerate(
        (("ỦY BAN NHÂN DÂN", "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"), (one.ward.upper(), "Độc lập - Tự do - Hạnh phúc")),
        start=1,
    ):
        _across(sheet, row, 1, left, office, bold=row == 2)
        _across(sheet, row, left + 1, width, state, bold=True)
    _across(sheet, 3, left + 1, width, f"{one.place}, ngày …… tháng …… năm {one.year}", italic=True)
    _across(sheet, 5, 1, width, "DANH SÁCH KÝ NHẬN", bold=True, size=14)
    _across(sheet, 6, 1, width, one.subject, bold=True)
    if one.decision:
        _across(sheet, 7, 1, width, f"(Kèm theo {one.decision})", italic=True)
    return 9


def _close(sheet, one: SignatureList, head: int, labels: list[str]) -> None:
    """The total as a formula and in words, and where to sign."""
    row = head + len(one.lines) + 1
    if one.has_money:
        money = labels.index("Số tiền (đồng)") + 1
        letter = get_column_letter(money)
        for place in range(1, len(labels) + 1):
            _put(sheet, row, place, "", box=True)
        _put(sheet, row, 2, "Tổng cộng", bold=True, box=True)
        total = sheet.cell(row, money)
        total.value = f"=SUM({letter}{head + 1}:{letter}{row - 1})"
        total.number_format, total.font = "#,##0", Font(name=_FONT, size=12, bold=True)
        row += 1
    for each in one.totals:
        _across(sheet, row, 1, len(labels), each, italic=True, align="left")
        row += 1
    part = max(1, len(labels) // len(_SIGNERS))
    for place, signer in enumerate(_SIGNERS):
        last = len(labels) if place == len(_SIGNERS) - 1 else (place + 1) * part
        _across(sheet, row + 1, place * part + 1, last, signer.format(ward=one.ward), bold=True)
        _across(sheet, row + 2, place * part + 1, last, "(Ký, ghi rõ họ tên)", italic=True)


def _across(sheet, row: int, first: int, last: int, value, *, align: str = "center", **style) -> None:
    sheet.merge_cells(start_row=row, start_column=first, end_row=row, end_column=max(first, last))
    _put(sheet, row, first, value, align=align, **style)


def _put(sheet, row, column, value, *, bold=False, italic=False, size=12, box=False, align="left") -> None:
    cell = sheet.cell(row, column)
    fill(cell, value)
    cell.font = Font(name=_FONT, size=size, bold=bold, italic=italic)
    cell.alignment = Alignment(horizontal=align, vertical="center", wrap_text=True)
    if isinstance(value, int) and not isinstance(value, bool):
        cell.number_format = "#,##0"
    if box:
        cell.border = _BOX

"""A list pasted from Excel: which columns it has, and which household or person each row means.

    pasted = Pasted.read(text)                        columns, rows, and what cannot be read
    found = pasted.find(user=officer, of_members=False)   the rows with whom they mean

Rows are numbered as they were pasted, the heading included, so that a number is found again in Excel. Nothing is
guessed: a name that two households answer to is refused with both of them.
"""

import csv
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from io import StringIO

from django.core.exceptions import ValidationError
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from households import identity
from households.codes import Happening, Relation
from households.models import Household, LifeEvent, Member
from support.batch import MOST_GIFTS
from support.batch_pick import Key
from support.models import FundingLine
from wards.fields import MoneyField, clean_typed
from wards.text import fold

CODE, NUMBER, NAME, AMOUNT, NOTE, ORDER = "code", "number", "name", "amount", "note", "order"
LONGEST_TEXT = 300_000  # characters; a thousand rows are a third of it
LONGEST_CELL, LONGEST_NOTE = 500, 200
MOST_COLUMNS = 20
MOST_NAMED, MOST_TOLD = 3, 50
_SURE = 0.6  # of a column's cells must be of a kind before it is taken for it

# Headings as officers write them, folded: without diacritics, small, signs left out.
_HEADINGS = {
    CODE: ("ma ho", "ma so ho", "so ho", "ma", "ma ho gia dinh", "household code", "code"),
    NUMBER: (
        "cccd", "so cccd", "cmnd", "so cmnd", "cccd cmnd", "so cccd cmnd", "cmnd cccd", "so cmnd cccd", "can cuoc",
        "so can cuoc", "can cuoc cong dan", "so dinh danh", "so dinh danh ca nhan", "ma dinh danh", "id number",
    ),
    NAME: (
        "ho ten", "ho va ten", "ten", "chu ho", "ho ten chu ho", "ho va ten chu ho", "ten chu ho", "nguoi nhan",
        "ho ten nguoi nhan", "ho va ten nguoi nhan", "thanh vien", "hoc sinh", "ho ten hoc sinh", "ho va ten hoc sinh",
        "name", "full name", "head of household",
    ),
    AMOUNT: (
        "so tien", "tien", "so tien dong", "so tien vnd", "muc ho tro", "muc qua", "kinh phi", "thanh tien", "gia tri",
        "so tien ho tro", "amount",
    ),
    NOTE: ("ghi chu", "note", "noi dung"),
    ORDER: ("stt", "tt", "so thu tu", "so tt", "no"),
}  # fmt: skip
_KIND_OF = {heading: kind for kind, headings in _HEADINGS.items() for heading in headings}
# “Tổng cộng”, “Cộng tổ 1”, “Tổng số: 12 hộ”; but Tống Thị Mai is somebody.
_TOTAL = re.compile(r"(?:tong cong|tong so|tong|cong|total)(?: (?:to|to dan pho|khu|khu dan cu|thon|nhom|phuong|ho))?")
_MOST_ABOVE = 15  # rows of title above the heading

_HOUSEHOLD_CODE = re.compile(r"(?=.*[0-9])[^\s,;-][^\s,;]*-[^\s,;]{1,15}")
_NAME = re.compile(r"[^\W\d_]+(?:[ '.’-]+[^\W\d_]+)+")
_money = MoneyField(validators=FundingLine._meta.get_field("amount").validators, required=False)


def read_amounts(text: str) -> list[int | None]:
    """A row's own amounts, one for each source in their order: “500.000 + 300.000”; None where nothing is said.

    Raises ValidationError where one of them is no sum of money.
    """
    return [_money.clean(part) for part in text.split("+")] if text else []


@dataclass
class PastedRow:
    """One row as it was pasted; `key` says whom it means once they are found."""

    number: int
    code: str = ""
    person: str = ""  # the personal number, digits only
    name: str = ""
    amount: str = ""
    note: str = ""
    key: Key | None = None


@dataclass
class Pasted:
    rows: list[PastedRow] = field(default_factory=list)
    unreadable: str = ""  # what is wrong with the list as a whole
    refused: list[tuple[int, str]] = field(default_factory=list)  # what is wrong with a row, by its number
    left_out: list[str] = field(default_factory=list)  # headings of columns that say nothing we keep

    @classmethod
    def read(cls, text: str) -> "Pasted":
        if len(text) > LONGEST_TEXT:
            return cls(unreadable=_("The list is too long. Paste one ward at a time."))
        table = [(number, cells) for number, cells in _cells(text) if any(cells)]
        if not table:
            return cls(unreadable=_("Nothing was pasted. Copy the rows in Excel and paste them here."))
        made = cls()
        made._read(table)
        return made

    @property
    def problems(self) -> list[str]:
        """Everything that is wrong, row by row as they stand in Excel."""
        if self.unreadable:
            return [self.unreadable]
        by_row = sorted(self.refused, key=lambda each: each[0])
        return [_("Row %(number)d: %(text)s") % {"number": number, "text": text} for number, text in by_row]

    @property
    def told(self) -> list[str]:
        """The problems as far as anybody reads them at once."""
        more = len(self.problems) - MOST_TOLD
        if more <= 0:
            return self.problems
        text = ngettext("and %(count)d more problem", "and %(count)d more problems", more)
        return [*self.problems[:MOST_TOLD], text % {"count": more}]

    def refuse(self, number: int, text: str) -> None:
        self.refused.append((number, text))

    # --- columns and cells ---

    def _read(self, table: list[tuple[int, list[str]]]) -> None:
        place, kinds = _heading([cells for _number, cells in table])
        if kinds:
            self.left_out = [cell for at, cell in enumerate(table[place][1]) if cell and at not in kinds]
            table = table[place + 1 :]
        else:
            kinds = _kinds_of_cells([cells for _number, cells in table])
        if not {CODE, NUMBER, NAME} & set(kinds.values()):
            self.unreadable = _(
                "No column says who it was: a household code, a CCCD or a name is needed. Copy the heading row too."
            )
            return
        part = 0  # where the rows begin that the next total adds up, if it is not that of all
        for number, cells in table:
            values = {kind: cells[at] for at, kind in kinds.items() if at < len(cells)}
            if _is_total(cells):
                self._compare_total(number, values.get(AMOUNT, ""), self.rows[part:])
                part = len(self.rows)
            else:
                self._add(number, values)
        if len(self.rows) > MOST_GIFTS:
            message = _("%(count)d rows are too many at once; at most %(most)d. Choose ward by ward.")
            self.unreadable = message % {"count": len(self.rows), "most": MOST_GIFTS}
        if not self.rows and not self.refused:
            self.unreadable = _("There is only a heading. Copy the rows below it too.")

    def _add(self, number: int, values: dict[str, str]) -> None:
        row = PastedRow(
            number,
            code=values.get(CODE, ""),
            person=identity.normalise(values.get(NUMBER, "")),
            name=values.get(NAME, ""),
            amount=values.get(AMOUNT, ""),
            note=values.get(NOTE, ""),
        )
        self.rows.append(row)
        if not (row.code or row.person or row.name):
            self.refuse(number, _("it says neither household code, CCCD nor name. Fill one in, or delete the row."))
        if row.person:
            try:
                identity.check_number(row.person)
            except ValidationError as error:
                self.refuse(number, _wrong_number(row.person, error))
                row.person = ""
        try:
            read_amounts(row.amount)
        except ValidationError as error:
            text = " ".join(error.messages)
            self.refuse(number, _("the amount “%(amount)s”: %(message)s") % {"amount": row.amount, "message": text})
        if len(row.note) > LONGEST_NOTE:
            self.refuse(number, _("the note is longer than %(most)d characters.") % {"most": LONGEST_NOTE})

    def _compare_total(self, number: int, typed: str, part: Sequence[PastedRow]) -> None:
        """A total that was copied along is no household; where it can be read, it must be that of a part or of all."""
        try:
            said = _money.clean(typed)
            of_all, of_part = (
                sum(amount or 0 for row in rows for amount in read_amounts(row.amount)) for rows in (self.rows, part)
            )
        except ValidationError:
            return  # told at its own row
        if said and said not in (of_all, of_part):
            text = _("the total says %(said)s đồng, the rows above add up to %(sum)s. Correct the one that is wrong.")
            grouped = {
                "said": number_format(said, force_grouping=True),
                "sum": number_format(of_part or of_all, force_grouping=True),
            }
            self.refuse(number, text % grouped)

    # --- whom they mean ---

    def find(self, *, user, of_members: bool) -> None:
        """Say for each row whom it means, among those this person may see; a household, or the member named."""
        if self.unreadable:
            return
        known = _Known.of(user, self.rows)
        for row in self.rows:
            try:
                row.key = known.meant_by(row, of_members=of_members)
            except ValidationError as error:
                self.refuse(row.number, " ".join(error.messages))
        self._refuse_repeated()

    def _refuse_repeated(self) -> None:
        first: dict[Key, int] = {}
        for row in self.rows:
            if row.key is None:
                continue
            if row.key in first:
                text = _("it means the same as row %(first)d. Delete one of the two, or add up their amounts.")
                self.refuse(row.number, text % {"first": first[row.key]})
            first.setdefault(row.key, row.number)


# --- reading the text -----------------------------------------------------------------------


def _cells(text: str) -> Iterable[tuple[int, list[str]]]:
    """Rows of cells as Excel copies them: tabs between cells, and quotes round a cell that has line breaks in it."""
    quoting = csv.QUOTE_NONE if text.count('"') % 2 else csv.QUOTE_MINIMAL  # a lone quote is an inch, not a beginning
    text = text.replace("\x00", "").replace("\r\n", "\n").replace("\r", "\n")
    csv.field_size_limit(LONGEST_TEXT)
    for number, cells in enumerate(csv.reader(StringIO(text), delimiter="\t", quoting=quoting), start=1):
        yield number, [clean_typed(cell[:LONGEST_CELL]) for cell in cells[:MOST_COLUMNS]]


def _heading(rows: list[list[str]]) -> tuple[int, dict[int, str]]:
    """Where the heading stands and what it says of each column; above it there may be a title, but nobody's row."""
    for place, cells in enumerate(rows[:_MOST_ABOVE]):
        if kinds := _kinds_of_heading(cells):
            return place, kinds
        found = {_kind_of_cell(cell) for cell in cells if cell}
        if {CODE, NUMBER} & found or {NAME, AMOUNT} <= found:
            break
    return 0, {}


def _kinds_of_heading(cells: Sequence[str]) -> dict[int, str]:
    """What each column is, from its heading; nothing where the row is no heading."""
    kinds: dict[int, str] = {}
    for place, cell in enumerate(cells):
        kind = _KIND_OF.get(" ".join(re.sub(r"[^a-z]+", " ", fold(cell)).split()))
        if kind and kind not in kinds.values():
            kinds[place] = kind
    says_who = {CODE, NUMBER, NAME} & set(kinds.values())
    return kinds if says_who or len(kinds) > 1 else {}


def _kinds_of_cells(rows: list[list[str]]) -> dict[int, str]:
    """What each column is, from what stands in it. Of two alike the first is taken; another text is a note."""
    kinds: dict[int, str] = {}
    for place in range(max(len(cells) for cells in rows)):
        cells = [cells[place] for cells in rows if place < len(cells) and cells[place]]
        kind = _kind_of(cells)
        if kind == NAME and NAME in kinds.values():
            kind = NOTE
        if kind and kind not in kinds.values():
            kinds[place] = kind
    return kinds


def _kind_of(cells: list[str]) -> str:
    if not cells:
        return ""
    found = Counter(_kind_of_cell(cell) for cell in cells)
    if found[ORDER] == len(cells) and [int(cell) for cell in cells] == list(range(1, len(cells) + 1)):
        return ORDER
    found[AMOUNT] += found.pop(ORDER, 0)  # small whole numbers that count nothing
    kind, times = found.most_common(1)[0]
    return kind if times >= _SURE * len(cells) else NOTE


def _kind_of_cell(cell: str) -> str:
    if _HOUSEHOLD_CODE.fullmatch(cell):
        return CODE
    bare = identity.normalise(cell)
    if bare.isascii() and bare.isdigit():
        # Nine digits may be an old CMND or half a billion: only grouped digits are surely money.
        if len(bare) in (9, 10, 11, 12) and bare == cell:
            return NUMBER
        return ORDER if len(bare) < 4 else AMOUNT
    try:
        read_amounts(cell)
    except ValidationError:
        return NAME if _NAME.fullmatch(cell) else NOTE
    return NOTE if cell.startswith("+") else AMOUNT  # +84 912 345 678


def _is_total(cells: Sequence[str]) -> bool:
    words = next((cell for cell in cells if cell and not cell[0].isdigit()), "")
    return bool(_TOTAL.fullmatch(" ".join(re.sub(r"[^a-z]+", " ", fold(words)).split())))


def _wrong_number(number: str, error: ValidationError) -> str:
    """A number that lost its zeros is not filled up: nobody knows whose it was."""
    if number.isdigit() and len(number) in (10, 11):
        text = _("the CCCD has %(count)d digits: Excel has dropped its zeros. Make the column text and copy again.")
        return text % {"count": len(number)}
    return _("the CCCD: %(message)s") % {"message": " ".join(error.messages)}


# --- finding people -------------------------------------------------------------------------


@dataclass
class _Person:
    pk: int
    household: int
    name: str
    key: str
    is_head: bool
    birth_year: int | None
    is_present: bool


class _Known:
    """Households and persons of this officer's wards that the rows may mean; a number of queries that does not grow."""

    def __init__(self):
        self.codes: dict[str, list[int]] = defaultdict(list)
        self.labels: dict[int, str] = {}  # “10117-0003, Tổ dân phố 3”
        self.by_number: dict[str, list[_Person]] = defaultdict(list)
        self.by_name: dict[str, list[_Person]] = defaultdict(list)
        self.of_household: dict[int, list[_Person]] = defaultdict(list)

    @classmethod
    def of(cls, user, rows: Sequence[PastedRow]) -> "_Known":
        known = cls()
        visible = Household.objects.visible_to(user)
        codes = {row.code.upper() for row in rows if row.code}
        by_code = _households_by_code(visible, codes)
        names = {fold(row.name) for row in rows if row.name and not row.code}
        numbers = {row.person for row in rows if row.person}
        members = Member.objects.filter(household__in=visible.order_by().values("pk"))
        asked = members.filter(household__in=list(by_code)) if by_code else members.none()
        if names:
            asked |= members.filter(name_key__in=names, left_on=None, household__closed_on=None)
        if numbers:
            asked |= members.filter(id_number__in=numbers)
        households = set(by_code)
        for pk, household, name, key, relation, birth_year, number, left in asked.values_list(
            "pk", "household", "name", "name_key", "relation", "birth_year", "id_number", "left_on"
        ):
            person = _Person(pk, household, name, key, relation == Relation.HEAD, birth_year, left is None)
            households.add(household)
            known.of_household[household].append(person)
            if number:
                known.by_number[number].append(person)
            if person.is_present:
                known.by_name[key].append(person)
        for household, its_codes in by_code.items():
            for code in its_codes:
                known.codes[code].append(household)
        labels = (
            visible.filter(pk__in=households).order_by().values_list("pk", "code", "residential_group__name", "address")
        )
        for pk, code, group, address in labels:
            known.labels[pk] = ", ".join(part for part in (code, group, address) if part)
        return known

    # --- one row ---

    def meant_by(self, row: PastedRow, *, of_members: bool) -> Key | None:
        """The household, or the member named; raises ValidationError that says how to tell several apart."""
        if not (row.code or row.person or row.name):
            return None  # told when it was read
        household = self._by_code(row.code) if row.code else None
        person = self._by_person(row.person) if row.person else None
        if household and person and person.household != household:
            text = _("the CCCD is that of somebody in household %(other)s, not %(code)s. Correct one of the two.")
            raise ValidationError(text % {"other": self.labels[person.household], "code": row.code})
        if person and row.name and person.key != fold(row.name):
            text = _("the CCCD is that of %(known)s, the row says %(name)s. Correct one of the two.")
            raise ValidationError(text % {"known": person.name, "name": row.name})
        if person is None and row.name:
            person = self._by_name(row.name, household, of_members=of_members)
        if not of_members:
            return (household or person.household), None
        if person is None:
            raise ValidationError(_("it does not say which member; write the name or the CCCD, or give to households."))
        if not person.is_present:
            raise ValidationError(_("%(name)s is no longer a member of the household.") % {"name": person.name})
        return person.household, person.pk

    def _by_code(self, code: str) -> int:
        found = self.codes.get(code.upper(), [])
        if not found:
            raise ValidationError(_("no household of your wards has the code %(code)s. Correct it.") % {"code": code})
        if len(found) > 1:
            text = _("several households have had the code %(code)s: %(them)s. Write the CCCD of its head instead.")
            raise ValidationError(text % {"code": code, "them": self._named(found)})
        return found[0]

    def _by_person(self, number: str) -> _Person:
        found = self.by_number.get(number, [])
        present = [person for person in found if person.is_present] or found
        if not present:
            text = _(
                "nobody of your wards is on record with the CCCD %(number)s. Correct it, or write the household code."
            )
            raise ValidationError(text % {"number": identity.masked(number)})
        if len(present) > 1:
            text = _(
                "the CCCD %(number)s is on record in several households: %(them)s. Write the household code instead."
            )
            them = self._named([person.household for person in present])
            raise ValidationError(text % {"number": identity.masked(number), "them": them})
        return present[0]

    def _by_name(self, name: str, household: int | None, *, of_members: bool) -> _Person | None:
        """In the household of the code; else among heads, and only where no head is called so, among everybody."""
        key = fold(name)
        if household:
            called = [person for person in self.of_household[household] if person.key == key]
            if not called:
                text = _("household %(household)s has nobody called %(name)s. Correct the code or the name.")
                raise ValidationError(text % {"household": self.labels[household], "name": name})
            present = [person for person in called if person.is_present] or called
            if len(present) > 1 and of_members:
                text = _("household %(household)s has several called %(name)s. Write the CCCD.")
                raise ValidationError(text % {"household": self.labels[household], "name": name})
            return present[0]
        called = self.by_name.get(key, [])
        heads = [person for person in called if person.is_head]
        called = called if of_members else heads or called
        if not called:
            text = _("nobody of your wards is called %(name)s. Correct the name, or write the household code.")
            raise ValidationError(text % {"name": name})
        if len({person.pk if of_members else person.household for person in called}) > 1:
            text = ngettext(
                "%(count)d person is called %(name)s: %(them)s. Write the household code or the CCCD in this row.",
                "%(count)d persons are called %(name)s: %(them)s. Write the household code or the CCCD in this row.",
                len(called),
            )
            them = self._named([person.household for person in called])
            raise ValidationError(text % {"count": len(called), "name": name, "them": them})
        return called[0]

    def _named(self, households: Sequence[int]) -> str:
        names = [self.labels[pk] for pk in dict.fromkeys(households)]
        more = f" … (+{len(names) - MOST_NAMED})" if len(names) > MOST_NAMED else ""
        return "; ".join(names[:MOST_NAMED]) + more


def _households_by_code(visible, codes: set[str]) -> dict[int, list[str]]:
    """Households by the codes asked for; a code that a reorganisation of wards took away still finds its household."""
    found: dict[int, list[str]] = defaultdict(list)
    if not codes:
        return found
    for pk, code in visible.filter(code__in=_spellings(codes)).order_by().values_list("pk", "code"):
        found[pk].append(code.upper())
    missing = codes - {code for known in found.values() for code in known}
    if missing:
        renamed = LifeEvent.objects.filter(
            household__in=visible.order_by().values("pk"),
            kind=Happening.REORGANISED,
            undoing__code__in=list(_spellings(missing)),
        )
        for pk, undoing in renamed.order_by().values_list("household", "undoing"):
            if undoing["code"].upper() not in found[pk]:
                found[pk].append(undoing["code"].upper())
    return found


def _spellings(codes: set[str]) -> set[str]:
    return codes | {code.lower() for code in codes}

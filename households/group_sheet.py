"""Where the groups of split wards go, as an Excel workbook: downloaded with the groups, filled in, read again.

Every cell is judged on its own and a fault is named with its sheet and cell; with one fault nothing is read.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import IO

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from households.reorganisation.groups import NAME, NUMBER, SUCCESSOR, GoesTo, problems, said_of
from households.reorganisation.plan import GroupLine, Plan
from wards.models import ResidentialGroup, Ward
from wards.sheets import COUNT, SheetColumn, list_workbook
from wards.text import clean, fold
from wards.workbooks import Sheet, SheetCell, read_workbook

TITLE = gettext_lazy("Residential groups")
# key, heading, width
COLUMNS = (
    ("ward_code", gettext_lazy("Old ward, code"), 12),
    ("ward", gettext_lazy("Old ward"), 26),
    ("group", gettext_lazy("Group number"), 10),
    ("group_name", gettext_lazy("Residential group"), 26),
    ("households", gettext_lazy("Households"), 10),
    (SUCCESSOR, gettext_lazy("New ward (code or name)"), 26),
    (NUMBER, gettext_lazy("New group number"), 12),
    (NAME, gettext_lazy("New group name"), 26),
    ("choices", gettext_lazy("May be chosen"), 60),
)
NEEDED = ("ward_code", "group", SUCCESSOR)
LANGUAGES = ("vi", "en")
LARGEST_NUMBER = 32_767


def group_workbook(plan: Plan) -> IO[bytes]:
    """The groups of the day's split wards, with what was answered so far."""
    notes = [
        _("Fill in the new ward of every group: its code or its name, as in the last column."),
        _("New number and name may stay empty: the group then keeps its number where it is free in the new ward."),
        _("A cell left empty leaves things as they are. Add no rows and change nothing in the first columns."),
    ]
    kinds = {"households": COUNT}
    columns = [SheetColumn(str(label), kinds.get(key, "text"), width) for key, label, width in COLUMNS]
    return list_workbook(title=str(TITLE), notes=notes, columns=columns, rows=_rows(plan))


def _rows(plan: Plan) -> Iterator[tuple]:
    for ending in plan.split:
        choices = "; ".join(f"{ward.code} {ward.name}" for ward in ending.successors)
        for line in ending.groups:
            successor, number, name = said_of(line)
            there = f"{successor.code} {successor.name}" if successor else ""
            yield (
                ending.ward.code, ending.ward.name, str(line.group.number), line.group.name, line.households,
                there, number or "", name, choices,
            )  # fmt: skip


# --- reading it again -----------------------------------------------------------------------


@dataclass(frozen=True)
class Fault:
    cell: str
    message: str


@dataclass
class Answers:
    """What a workbook says; `faults` where it cannot be taken."""

    lines: list[GoesTo] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    read: int = 0
    unsaid: int = 0  # rows whose new ward was left empty


def read_groups(file: IO[bytes], plan: Plan) -> Answers:
    """Read the workbook; raises ValidationError where it is not one at all."""
    answers = Answers()
    cells: dict[tuple[int, str], str] = {}  # where each group's answers stand, for faults found later
    seen: dict[int, str] = {}  # where each group stands, on whichever sheet
    found = False
    for sheet in read_workbook(file):
        head = _heading(sheet)
        if head is not None:
            found = True
            _read_sheet(sheet, head, plan, answers, cells, seen)
    if not found:
        headings = ", ".join(f"“{label}”" for key, label, _width in COLUMNS if key in NEEDED)
        message = _("No sheet has the headings %(headings)s. Fill in the workbook that was downloaded here.")
        answers.faults.append(Fault("", message % {"headings": headings}))
    elif not answers.read:
        message = _("The workbook has no row under its headings. Send the one that was downloaded here, filled in.")
        answers.faults.append(Fault("", message))
    if not answers.faults:
        for group, column, message in problems(plan, answers.lines):
            answers.faults.append(Fault(cells[group.pk, column], message))
    return answers


def _heading(sheet: Sheet) -> tuple[int, dict[str, int]] | None:
    """The row of the headings, in either language, and the place of each column."""
    names = {}
    for language in LANGUAGES:
        with override(language):
            names |= {fold(str(label)): key for key, label, _width in COLUMNS}
    for index, row in enumerate(sheet.rows[:50]):
        places = {names[key]: place for place, cell in enumerate(row) if (key := fold(_text(cell))) in names}
        if all(key in places for key in NEEDED):
            return index, places
    return None


def _read_sheet(sheet: Sheet, head, plan: Plan, answers: Answers, cells: dict, seen: dict[int, str]) -> None:
    index, places = head
    kept = {
        (ending.ward.code, line.group.number): (ending.successors, line)
        for ending in plan.split
        for line in ending.groups
    }
    for row in sheet.rows[index + 1 :]:
        asked = {key: row[place] if place < len(row) else None for key, place in places.items()}
        if all(_text(asked.get(key)) == "" for key in ("ward_code", "group", SUCCESSOR, NUMBER, NAME)):
            continue
        answers.read += 1
        reader = _Row(asked)
        line = reader.line(kept, seen)
        said = reader.said(*line) if line and not reader.faults else None
        answers.faults += reader.faults
        if said is None:
            continue
        place = asked[SUCCESSOR].name
        cells |= {
            (said.group.pk, key): asked[key].name if asked.get(key) else place for key in (SUCCESSOR, NUMBER, NAME)
        }
        if said.successor or said.number or said.name:
            answers.lines.append(said)
        else:
            answers.unsaid += 1


class _Row:
    """One row of the sheet; faults are collected, each with its cell."""

    def __init__(self, asked: dict[str, SheetCell | None]):
        self.asked, self.faults = asked, []

    def refuse(self, key: str, message: str, **params) -> None:
        self.faults.append(Fault(self.asked[key].name, message % params))

    def text(self, key: str) -> str:
        cell = self.asked.get(key)
        if cell is not None and cell.is_formula:
            self.refuse(key, _("A formula stands here. Type the value itself."))
            return ""
        return _text(cell)

    def number(self, key: str) -> int | None:
        text = self.text(key)
        if not text:
            return None
        if not (text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= LARGEST_NUMBER):
            self.refuse(
                key, _("“%(text)s” is not the number of a group. Type a whole number, for example 12."), text=text
            )
            return None
        return int(text)

    def line(self, kept: dict, seen: dict[int, str]) -> tuple[list[Ward], GroupLine] | None:
        """The group this row is about."""
        code, number = self.text("ward_code"), self.number("group")
        if self.faults:
            return None
        if not code or number is None:
            message = _("Ward code and group number say which group is meant. Copy both from the download.")
            self.refuse("ward_code" if not code else "group", message)
            return None
        # Excel makes a number of 09556 and drops its zero; no code is shorter than five digits.
        found = kept.get((code.zfill(5) if code.isascii() and code.isdigit() else code, number))
        if found is None:
            message = _(
                "No ward of code %(code)s that was split on this day has a group %(number)d. "
                "Leave the first columns as they were downloaded."
            )
            self.refuse("group", message, code=code, number=number)
            return None
        group = found[1].group
        if group.pk in seen:
            message = _("This group stands in %(cell)s already; delete one of the two.")
            self.refuse("group", message, cell=seen[group.pk])
            return None
        seen[group.pk] = self.asked["group"].name
        return found

    def said(self, successors: list[Ward], line: GroupLine) -> GoesTo | None:
        successor = self.successor(successors)
        number, name = self.number(NUMBER), self.text(NAME)
        if number is None and successor == line.goes_to:
            number = said_of(line)[1]
        most = ResidentialGroup._meta.get_field("name").max_length
        if len(name) > most:
            message = _("The name has %(count)d characters; shorten it to %(most)d.")
            self.refuse(NAME, message, count=len(name), most=most)
        return None if self.faults else GoesTo(line.group, successor, number, name)

    def successor(self, successors: list[Ward]) -> Ward | None:
        text = self.text(SUCCESSOR)
        if not text:
            return None
        key = fold(text)
        named = [ward for ward in successors if key in _names(ward)]
        if len(named) != 1:
            choices = "; ".join(f"{ward.code} {ward.name}" for ward in successors)
            message = _("“%(text)s” is none of the wards this one went to. Type one of: %(choices)s.")
            self.refuse(SUCCESSOR, message, text=text, choices=choices)
            return None
        return named[0]


def _names(ward: Ward) -> set[str]:
    """How people write a ward: by code, with or without its first zero, by name, by both."""
    name = fold(ward.name)
    return {
        ward.code,
        ward.code.lstrip("0"),
        name,
        f"{fold(ward.unit_type)} {name}",
        f"{ward.code} {name}",
        fold(str(ward)),
    }


def _text(cell: SheetCell | None) -> str:
    """What stands in a cell, as one line of text; 9556.0 is 9556."""
    value = cell.value if cell else None
    if value is None or isinstance(value, bool):
        return "" if value is None else str(value)
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        value = int(value)
    return clean(str(value))

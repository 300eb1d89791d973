"""Code lists that forms and reports share."""

import csv
from pathlib import Path

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

_DATA = Path(__file__).parent / "data"


def _ethnicities() -> list[tuple[str, str]]:
    with (_DATA / "ethnic_codes.csv").open(encoding="utf-8", newline="") as file:
        return [(row["code"], row["name_vi"]) for row in csv.DictReader(file)]


ETHNICITIES = _ethnicities()
KINH = "01"


class Sex(models.TextChoices):
    """As on Mẫu 01 of QĐ 24/2021/QĐ-TTg."""

    MALE = "1", _("male")
    FEMALE = "2", _("female")


class Relation(models.TextChoices):
    """Relation to the head; no official code list was found."""

    HEAD = "head", _("head of household")
    SPOUSE = "spouse", _("wife or husband")
    CHILD = "child", _("child")
    CHILD_IN_LAW = "child_in_law", _("daughter- or son-in-law")
    PARENT = "parent", _("parent")
    GRANDPARENT = "grandparent", _("grandparent")
    GRANDCHILD = "grandchild", _("grandchild")
    SIBLING = "sibling", _("brother or sister")
    OTHER = "other", _("other")


class Occupation(models.TextChoices):
    """“Tình trạng” of Mẫu 01."""

    WORKING = "working", _("has work")
    NOT_WORKING = "not_working", _("has no work")
    STUDYING = "studying", _("at school")


class DisabilityKind(models.TextChoices):
    """Six forms: Luật Người khuyết tật 2010, Điều 3; NĐ 28/2012."""

    MOBILITY = "mobility", _("mobility")
    HEARING = "hearing", _("hearing or speech")
    SIGHT = "sight", _("sight")
    MENTAL = "mental", _("mental")
    INTELLECTUAL = "intellectual", _("intellectual")
    OTHER = "other", _("other")


class DisabilityDegree(models.TextChoices):
    MOST_SEVERE = "most_severe", _("most severe")
    SEVERE = "severe", _("severe")
    MILD = "mild", _("mild")


class Classification(models.TextChoices):
    """Class of a household in a year by one standard.

    The law knows poor and near-poor. Hardship (hộ có hoàn cảnh khó khăn) is the programme's third
    group without legal class; for rates and movement it counts as neither.
    """

    POOR = "N", _("poor")
    NEAR_POOR = "CN", _("near-poor")
    HARDSHIP = "KK", _("in hardship")
    NOT_POOR = "K", _("not poor")


class SheetA(models.TextChoices):
    """What Phiếu A (nhận dạng nhanh, TT 07/2021 Phụ lục II) found of a household that asked to be reviewed.

    Whether sheet B follows. Its questions and their count were not found, so the result alone is on record.
    """

    SIGNS = "signs", _("sheet B follows")
    CLEAR = "clear", _("no sheet B needed")


LISTED = (Classification.POOR, Classification.NEAR_POOR)


class Movement(models.TextChoices):
    """What happened to a household between two year-ends; columns c2–c7 of report tables R2 and R3."""

    ESCAPED_TO_NEAR_POOR = "poor_to_near_poor", _("left poverty, now near-poor")
    ESCAPED_POVERTY = "escaped_poverty", _("left poverty")
    ESCAPED_NEAR_POVERTY = "escaped_near_poverty", _("left near-poverty")
    FELL_INTO_POVERTY = "near_poor_to_poor", _("near-poor, now poor")
    RELAPSED_POOR = "relapsed_poor", _("relapsed into poverty")
    RELAPSED_NEAR_POOR = "relapsed_near_poor", _("relapsed into near-poverty")
    NEW_POOR = "new_poor", _("newly poor")
    NEW_NEAR_POOR = "new_near_poor", _("newly near-poor")


ESCAPED = (Movement.ESCAPED_TO_NEAR_POOR, Movement.ESCAPED_POVERTY, Movement.ESCAPED_NEAR_POVERTY)
RELAPSED = (Movement.RELAPSED_POOR, Movement.RELAPSED_NEAR_POOR)
NEWLY_LISTED = (Movement.NEW_POOR, Movement.NEW_NEAR_POOR)


class Cause(models.TextChoices):
    """The eight causes of report table R10; several may hold."""

    LAND = "land", _("lack of productive land")
    CAPITAL = "capital", _("lack of capital")
    LABOUR = "labour", _("lack of labour")
    TOOLS = "tools", _("lack of tools or equipment")
    KNOWLEDGE = "knowledge", _("lack of production knowledge")
    SKILLS = "skills", _("lack of work skills")
    ILLNESS = "illness", _("illness or accident")
    OTHER = "other", _("other")


class Feature(models.TextChoices):
    """Groups of households that the review tables count, by what the status of the year says."""

    KINH = "kinh", _("Kinh")
    MINORITY = "minority", _("ethnic minority")
    NO_LABOUR = "no_labour", _("no member able to work")
    MERIT = "merit", _("family of people with merit (người có công)")
    OTHER = "other", _("in none of the three groups")
    WOMAN = "woman", _("headed by a woman")
    FARMING = "farming", _("farming, average living standard")
    CHILDREN = "children", _("with children under 16")
    UNDERNOURISHED = "undernourished", _("with undernourished children")
    UNINSURED = "uninsured", _("with children without health insurance")
    OUT_OF_SCHOOL = "out_of_school", _("with children not at school")
    DEPRIVED = "deprived", _("with any deprivation")


class Closing(models.TextChoices):
    """Why a household is no longer one of the district's."""

    LEFT = "left", _("left the district")
    MERGED = "merged", _("merged into another household")
    DIED = "died", _("nobody of it is alive")
    DUPLICATE = "duplicate", _("entered twice")
    MISTAKE = "mistake", _("formed by mistake; the split was undone")


class Leaving(models.TextChoices):
    """Why a person is no longer a member."""

    MOVED = "moved", _("moved away")
    DIED = "died", _("died")
    OTHER_HOUSEHOLD = "household", _("now in another household")
    MISTAKE = "mistake", _("entered by mistake")


class Happening(models.TextChoices):
    """What happens in a household's life; each is a dated event."""

    SPLIT = "split", _("split: a new household was formed")
    SPLIT_OFF = "split_off", _("formed by a split")
    MERGED = "merged", _("merged into another household")
    TOOK_IN = "took_in", _("took in another household")
    HEAD_CHANGED = "head", _("change of head")
    BORN = "born", _("member born")
    JOINED = "joined", _("member joined")
    LEFT = "left", _("member left")
    DIED = "died", _("member died")
    MOVED_WITHIN = "moved", _("moved within the ward")
    MOVED_WARD = "moved_ward", _("moved to another ward")
    MOVED_OUT = "moved_out", _("moved out of the district")
    MOVED_IN = "moved_in", _("moved in from outside the district")
    DIED_OUT = "died_out", _("nobody of it is alive")
    DUPLICATE = "duplicate", _("found to be entered twice")
    REORGANISED = "reorganised", _("ward reorganised")


class RoundState(models.TextChoices):
    """Where the review of a ward's year stands."""

    OPEN = "open", pgettext_lazy("review of a year", "open")
    SUBMITTED = "submitted", _("submitted")
    RETURNED = "returned", _("returned")
    APPROVED = "approved", _("approved")
    LOCKED = "locked", _("locked")


# In these the ward may write; in all others the database refuses.
WRITABLE = (RoundState.OPEN, RoundState.RETURNED)

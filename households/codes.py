"""Code lists that forms and reports share."""

import csv
from pathlib import Path

from django.db import models
from django.utils.translation import gettext_lazy as _

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

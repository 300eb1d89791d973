"""A family's years at a glance, and what happened between them."""

from collections.abc import Iterable
from datetime import date

from django.db.models import Exists
from django.utils.formats import number_format
from django.utils.translation import gettext, pgettext

from accounts.context import FIRST_YEAR
from households.codes import ESCAPED, LISTED, RELAPSED, Classification, Movement
from households.models import Household, PovertyStandard, PovertyStatus

CITY = PovertyStandard.Level.CITY
STRIP_YEARS = range(FIRST_YEAR, 2026)  # the programme's years
UNKNOWN = "·"
NOTHING = "—"


def official(statuses: Iterable[PovertyStatus], level: str) -> list[PovertyStatus]:
    """Statuses at the level by the standard in force in their own year, oldest first (as `.at_level()`, in Python)."""
    at_level = [
        status
        for status in statuses
        if status.standard.level == level and status.standard.judges(status.year) and status.closed_on is None
    ]
    return sorted(at_level, key=lambda status: (status.year, status.standard.from_year))


def years_on_record(level: str, years: Iterable[int]) -> set[int]:
    """Of these years, those for which anybody has an official status: only after them can movement be told."""
    at_level = PovertyStatus.objects.at_level(level)
    asked = {f"year_{year}": Exists(at_level.filter(year=year)) for year in years}
    answer = PovertyStandard.objects.filter(level=level).order_by().annotate(**asked).values(*asked).first() or {}
    return {int(name.removeprefix("year_")) for name, known in answer.items() if known}


def movement_of(status: PovertyStatus, history: list[PovertyStatus], known: set[int]) -> Movement | None:
    """What `PovertyStatus.with_movement()` answers, from a household's official statuses at one level.

    For pages that hold the statuses already, read `with_arrival()`; `known` are the years on record for anybody.
    """
    if status.year - 1 not in known:
        return None
    year_before = [each.classification for each in history if each.year == status.year - 1]
    if status.arrived and not year_before:
        return None
    look_back = status.standard.relapse_look_back
    first = status.year - look_back if look_back is not None else 0
    earlier = {each.classification for each in history if first <= each.year < status.year - 1}
    return class_movement(year_before[-1] if year_before else None, status.classification, earlier)


def class_movement(before: str | None, now: str, earlier: set[str]) -> Movement | None:
    """From last year's class to this year's; `earlier` are the classes of the years looked back for a relapse."""
    if now == Classification.POOR:
        if before == Classification.NEAR_POOR:
            return Movement.FELL_INTO_POVERTY
        if before != Classification.POOR:
            return Movement.RELAPSED_POOR if Classification.POOR in earlier else Movement.NEW_POOR
        return None
    if now == Classification.NEAR_POOR:
        if before == Classification.POOR:
            return Movement.ESCAPED_TO_NEAR_POOR
        if before != Classification.NEAR_POOR:
            return Movement.RELAPSED_NEAR_POOR if earlier & set(LISTED) else Movement.NEW_NEAR_POOR
        return None
    return {
        Classification.POOR: Movement.ESCAPED_POVERTY,
        Classification.NEAR_POOR: Movement.ESCAPED_NEAR_POVERTY,
    }.get(before)


def with_movements(statuses: Iterable[PovertyStatus], known: dict[str, set[int]]) -> list[PovertyStatus]:
    """The same statuses, newest first, each with `movement`; `known` holds the years on record by level."""
    statuses = list(statuses)
    for level, years in known.items():
        history = official(statuses, level)
        for status in history:
            status.movement = movement_of(status, history, years)
    for status in statuses:
        status.movement = getattr(status, "movement", None)
        status.movement_label = Movement(status.movement).label if status.movement else ""
    return sorted(statuses, key=lambda status: (-status.year, status.standard.level, status.standard.from_year))


def year_strip(
    statuses: Iterable[PovertyStatus], known: set[int], *, years: Iterable[int] = STRIP_YEARS, level: str = CITY
) -> list[dict]:
    """One square a year, as `_year_strip.html` draws them."""
    history = official(statuses, level)
    by_year = {status.year: status for status in history}
    return [
        square(by_year[year], movement_of(by_year[year], history, known)) if year in by_year else _empty_square(year)
        for year in years
    ]


def tell_absence(strip: list[dict], household: Household) -> list[dict]:
    """Where a year is empty because the household was not yet here, or no longer, say so. Uses its residences."""
    for square in strip:
        if square["code"] != "unknown":
            continue
        day = date(square["year"], 12, 31)
        if household.ward_on(day) is None:
            square |= {
                "label": pgettext("year strip", "Not yet here"),
                "title": gettext("%(year)d: not yet living here") % square,
            }
        elif household.is_closed and household.closed_on <= day:
            square |= {"label": pgettext("year strip", "Closed"), "title": gettext("%(year)d: closed by then") % square}
    return strip


def square(status: PovertyStatus, movement: str | None) -> dict:
    """One year: its colour, its letters, and the line one reads on hovering or focusing."""
    label = str(Classification(status.classification).label)
    moved = str(Movement(movement).label) if movement else ""
    decision = gettext("decision %(number)s") % {"number": status.decision_number} if status.decision_number else ""
    level = str(PovertyStandard.Level(status.standard.level).label)
    title = f"{status.year}: {', '.join(part for part in (label, level, scores(status), decision, moved) if part)}"
    code, letter = _look(status.classification, movement)
    return {
        "year": status.year,
        "code": code,
        "letter": letter,
        "label": label[:1].upper() + label[1:],
        "title": title,
        "movement": moved,
        "url": "",
    }


def scores(status: PovertyStatus) -> str:
    """“B1 170, B2 40”, or the income where no points were scored."""
    scores = [f"{name} {points}" for name, points in (("B1", status.b1), ("B2", status.b2)) if points is not None]
    if status.b1 is None and status.income is not None:
        income = number_format(status.income, force_grouping=True)
        scores.insert(0, gettext("income %(amount)s đồng") % {"amount": income})
    return ", ".join(scores)


def _look(classification: str, movement: str | None) -> tuple[str, str]:
    if movement in RELAPSED:
        return "relapsed", pgettext("year strip", "back")
    if classification == Classification.POOR:
        return "poor", Classification.POOR.value
    if classification == Classification.NEAR_POOR:
        return "near_poor", Classification.NEAR_POOR.value
    if classification == Classification.HARDSHIP:
        return "hardship", Classification.HARDSHIP.value
    if movement in ESCAPED:
        return "escaped", pgettext("year strip", "out")
    return "none", NOTHING


def _empty_square(year: int) -> dict:
    label = gettext("Not recorded")
    return {
        "year": year, "code": "unknown", "letter": UNKNOWN, "label": label, "title": title_without_status(year),
        "movement": "", "url": "",
    }  # fmt: skip


def title_without_status(year: int) -> str:
    return gettext("%(year)d: no status on record") % {"year": year}


def tag(status: PovertyStatus | None, movement: str | None = None) -> dict:
    """What a class column shows: the tag's colour, the official letters, the words."""
    if status is None:
        return {"code": "none", "letter": NOTHING, "label": gettext("Not recorded")}
    drawn = square(status, movement)
    letter = status.classification if status.classification != Classification.NOT_POOR else ""
    return {"code": drawn["code"], "letter": letter, "label": drawn["label"]}

"""How a standard makes a class of income, points and deprivations, and the sentence that explains it.

    judgement = judge(standard, urban=True, b1=170, income=None, deprivations=4)
    judgement.proposed            "N", or "" where the standard lacks what is needed
    judgement.record              what the status keeps: the rule, its version and thresholds, the inputs
    explain(status.judged_by)     “B1 170 ≤ 175 và B2 40 ≥ 30 → hộ nghèo”, from that record alone

Pure: no query, no clock. The record stays with the status, so 2021 is always explained by the rule of
2021 as it stood then, whatever becomes of the standard later.
"""

from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from households.codes import LISTED, Classification, SheetA
from households.models.standard import PovertyStandard
from wards.models import Ward

BOTH = PovertyStandard.Rule.BOTH
POOR, NEAR_POOR, NOT_POOR = Classification.POOR, Classification.NEAR_POOR, Classification.NOT_POOR
# The law knows no hardship: by a standard such a household is simply not poor.
UNLISTED = (Classification.HARDSHIP, Classification.NOT_POOR)


@dataclass(frozen=True)
class Judgement:
    proposed: str
    record: dict

    @property
    def sentence(self) -> str:
        return explain(self.record)

    @property
    def label(self) -> str:
        return str(Classification(self.proposed).label) if self.proposed else ""


def is_urban(ward: Ward) -> bool:
    """A phường is urban, a xã rural: which of a standard's lines holds."""
    return ward.unit_type.strip().lower() != "xã"


def judge(
    standard: PovertyStandard, *, urban: bool, b1: int | None, income: int | None, deprivations: int | None
) -> Judgement:
    """The class that the standard proposes. B1 counts where it was scored and the standard has points for it.

    `deprivations` is None where sheet B2 was not filled in.
    """
    area = "urban" if urban else "rural"
    points, living_points = getattr(standard, f"{area}_points"), getattr(standard, f"{area}_living_points")
    line, living_line = getattr(standard, f"{area}_line"), getattr(standard, f"{area}_living_line")
    by_points = b1 is not None and points is not None
    measure, low, high = (b1, points, living_points) if by_points else (income, line, living_line)
    record = {
        "standard": standard.code,
        "version": standard.version,
        "rule": standard.rule,
        "area": area,
        "by": "b1" if by_points else "income" if income is not None else "",
        "b1": b1,
        "income": income,
        "line": low,
        "living_line": high,
        "deprivations": deprivations,
        "points_each": standard.points_each,
        "needed": standard.deprivations_needed,
    }
    record["missing"] = missing = _missing(record, measure, points, line)
    proposed = "" if missing else _class(standard, measure, low, high, deprivations)
    return Judgement(proposed, record | {"proposed": proposed})


def _missing(record: dict, measure: int | None, points: int | None, line: int | None) -> str:
    """What keeps the standard from proposing a class."""
    if points is None and line is None:
        return "standard"
    if measure is None:
        if record["b1"] is not None:
            return "points"
        return "income" if points is None else "b1" if line is None else "scores"
    if record["line"] is None:
        return "line"
    if record["rule"] != BOTH and measure > record["line"] and record["living_line"] is None:
        return "living_line"
    if record["deprivations"] is None and _deprivations_decide(record, measure):
        return "deprivations"
    return ""


def _class(standard: PovertyStandard, measure: int, low: int, high: int | None, deprivations: int | None) -> str:
    deprived = deprivations is not None and deprivations >= standard.deprivations_needed
    if standard.rule == BOTH:
        if measure > low:
            return NOT_POOR.value
    elif measure <= low:
        return POOR.value
    elif measure > high:
        return NOT_POOR.value
    return POOR.value if deprived else NEAR_POOR.value


# --- the sentence ---------------------------------------------------------------------------


def explain(record: dict | None) -> str:
    """The record in one sentence, in the reader's language; empty for a status from before there were records."""
    if not record:
        return ""
    if missing := record.get("missing"):
        return _what_is_missing(missing, record["area"])
    parts = [_on_income(record)]
    if _deprivations_decide(record, record[record["by"]]):
        b2, needed = (record[name] * record["points_each"] for name in ("deprivations", "needed"))
        parts.append(f"B2 {b2} {'≥' if b2 >= needed else '<'} {needed}")
    told = _(" and ").join(parts)
    return f"{told} → {class_name(record['proposed'])}"


def class_name(classification: str) -> str:
    """The class as it stands at the end of a sentence: “hộ nghèo”."""
    return {
        POOR.value: _("poor household"),
        NEAR_POOR.value: _("near-poor household"),
        Classification.HARDSHIP.value: _("household in hardship"),
    }.get(classification, _("not a poor household"))


def _on_income(record: dict) -> str:
    measure, low, high = record[record["by"]], record["line"], record["living_line"]
    words = [number_format(each, force_grouping=True) if each is not None else "" for each in (measure, low, high)]
    name = "B1" if record["by"] == "b1" else _("Income")
    if measure <= low:
        return f"{name} {words[0]} ≤ {words[1]}"
    if record["rule"] == BOTH:
        return f"{name} {words[0]} > {words[1]}"
    if measure <= high:
        return f"{words[1]} < {name} {words[0]} ≤ {words[2]}"
    return f"{name} {words[0]} > {words[2]}"


def _deprivations_decide(record: dict, measure: int) -> bool:
    if record["rule"] == BOTH:
        return measure <= record["line"]
    return record["line"] < measure <= record["living_line"]


def _what_is_missing(missing: str, area: str) -> str:
    urban = area == "urban"
    if missing == "standard":
        return (
            _("No class is proposed: the urban line and points of this standard are not on record.")
            if urban
            else _("No class is proposed: the rural line and points of this standard are not on record.")
        )
    return {
        "points": _("No class is proposed: this standard has no B1 points on record; enter the income."),
        "scores": _("No class is proposed yet: enter the B1 points or the income."),
        "income": _("No class is proposed yet: enter the income."),
        "b1": _("No class is proposed yet: enter the B1 points."),
        "line": _("No class is proposed: this standard has no income line on record; enter the B1 points."),
        "living_line": _("No class is proposed: the minimum living line of this standard is not on record."),
        "deprivations": _("No class is proposed yet: enter the deprivations of sheet B2."),
    }[missing]


# --- a class that was chosen ----------------------------------------------------------------


def differs(chosen: str, proposed: str) -> bool:
    """Whether a class other than the proposed one was chosen; hardship is a kind of not poor."""
    if not proposed or chosen == proposed:
        return False
    return not (chosen in UNLISTED and proposed in UNLISTED)


def settle(status, judgement: Judgement) -> None:
    """Write the judgement into a status (or a single review), which takes the proposal where no class was chosen.

    Raises ValidationError, by field, where nothing is proposed and nothing chosen, where another class was chosen
    without a reason, and where sheet A says the opposite. A reason that is not needed is not kept.
    """
    status.proposed, status.judged_by = judgement.proposed, judgement.record
    status.classification = status.classification or judgement.proposed
    if not status.classification:
        message = _("Choose the class. %(sentence)s") % {"sentence": judgement.sentence}
        raise ValidationError({"classification": ValidationError(message, code="required")})
    if not differs(status.classification, judgement.proposed):
        status.differs_because = ""
    elif not status.differs_because:
        message = _("The standard proposes another class: %(sentence)s. Say why the class is “%(chosen)s”.")
        params = {"sentence": judgement.sentence, "chosen": class_name(status.classification)}
        raise ValidationError({"differs_because": ValidationError(message, code="reason", params=params)})
    if status.sheet_a == SheetA.CLEAR and status.classification in LISTED:
        message = _("Sheet A found no sheet B needed, and the class is “%(chosen)s”. Correct one of them.")
        params = {"chosen": class_name(status.classification)}
        raise ValidationError({"sheet_a": ValidationError(message, code="sheet_a", params=params)})

"""Where each ward's yearly review stands in the invented district: the past locked, 2024 under way.

Loaded last: from then on the database takes no more rows for the years that are closed.
"""

from collections.abc import Sequence
from datetime import datetime

from django.utils import timezone

from accounts.models import User
from hadong_poverty.sample.district import YEARS
from households.amendments import decide_amendment, propose_amendment
from households.codes import Classification, RoundState
from households.models import PovertyStatus, ReviewRound, RoundComment, StatusAmendment
from households.rounds import round_of
from wards.models import SINCE_EVER, Ward

LAST_YEAR = YEARS[-1]
# Of the wards whose officers have a sample sign-in; of the others, in the order of their codes, this many.
_OF_SIGN_INS = {"10117": RoundState.RETURNED, "09541": RoundState.OPEN, "09542": RoundState.SUBMITTED}
_OTHERS = [RoundState.SUBMITTED] * 4 + [RoundState.APPROVED] * 3
_RETURNED = "Phường kiểm tra lại các hộ có nhận xét rồi nộp lại (mẫu)."
_WAYS = {
    RoundState.SUBMITTED: (RoundState.SUBMITTED,),
    RoundState.RETURNED: (RoundState.SUBMITTED, RoundState.RETURNED),
    RoundState.APPROVED: (RoundState.SUBMITTED, RoundState.APPROVED),
    RoundState.LOCKED: (RoundState.SUBMITTED, RoundState.APPROVED, RoundState.LOCKED),
}


def add_rounds(wards: Sequence[Ward]) -> int:
    """Close the past and begin the review of the last year; every round by the steps that lead to its state."""
    others = iter(_OTHERS)
    states = {ward: _OF_SIGN_INS.get(ward.code) or next(others, RoundState.OPEN) for ward in wards}
    wanted = {(ward.pk, year): RoundState.LOCKED for ward in wards for year in YEARS if year < LAST_YEAR}
    wanted |= {(ward.pk, LAST_YEAR): state for ward, state in states.items() if state != RoundState.OPEN}
    rounds = ReviewRound.objects.bulk_create(ReviewRound(ward_id=ward, year=year) for ward, year in wanted)
    for state, way in _WAYS.items():
        for year in YEARS:
            keys = [each.pk for each in rounds if each.year == year and wanted[each.ward_id, year] == state]
            for step in way if keys else ():
                ReviewRound.objects.filter(pk__in=keys).update(state=step, **_on_the_day(step, year))
    return len(rounds)


def _on_the_day(step: str, year: int) -> dict:
    if step == RoundState.SUBMITTED:
        return {"submitted_at": _day(year, 12, 20)}
    if step == RoundState.APPROVED:
        return {"checked_at": _day(year, 12, 27)}
    return {"locked_at": _day(year, 12, 31)} if step == RoundState.LOCKED else {"note": _RETURNED}


def _day(year: int, month: int, day: int) -> datetime:
    return timezone.make_aware(datetime(year, month, day, 9, 30))  # noqa: DTZ001


def add_conversation(officer: User, staff: User) -> None:
    """What only people can say: comments on the ward that was returned, and two corrections of a locked year."""
    ward = Ward.objects.get(code="10117", valid_from=SINCE_EVER)
    returned = round_of(ward, LAST_YEAR)
    if returned.pk is None or returned.comments.exists():
        return
    judged = PovertyStatus.objects.at_level("city").filter(ward=ward).select_related("household", "standard")
    asked = ("Số nhân khẩu khác năm trước, đề nghị kiểm tra lại (mẫu).", "Bổ sung biên bản họp tổ dân phố (mẫu).")
    for status, text in zip(judged.filter(year=LAST_YEAR).order_by("household__code"), asked, strict=False):
        RoundComment.objects.create(round=returned, household=status.household, text=text, by=staff)
    hardship = judged.filter(year=2023, classification=Classification.HARDSHIP).order_by("household__code")
    reasons = (
        "Bỏ sót giấy xác nhận khuyết tật khi rà soát (mẫu).",
        "Ghi nhầm số nhân khẩu, hồ sơ có thêm một người (mẫu).",
    )
    for place, (status, reason) in enumerate(zip(hardship, reasons, strict=False)):
        amendment = propose_amendment(
            by=officer,
            amendment=StatusAmendment(
                household=status.household,
                year=status.year,
                standard=status.standard,
                classification=Classification.NEAR_POOR if place == 0 else status.classification,
                persons=status.persons + place,
                decision_number="M-ĐC/QĐ-UBND" if place == 0 else "",
                reason=reason,
            ),
        )
        if place == 0:
            decide_amendment(by=staff, amendment=amendment, accept=True, answer="Đúng hồ sơ (mẫu).")

"""The review of a ward's year: whether it may still be written to, and its way from the ward to the lock."""

from collections.abc import Iterable
from datetime import date

from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.actor import recorded
from accounts.models import AuditEvent
from accounts.services import take_version
from households import locks
from households.codes import WRITABLE, RoundState
from households.models import Household, PovertyStatus, Residence, ReviewRound, RoundComment
from households.remaining import Gap, Remaining, remaining
from wards.models import Ward, WardPopulation

MOST_NAMED = 10


def has_a_review(ward: Ward, year: int) -> bool:
    """A year is reviewed at its end, so by the wards that exist then."""
    return ward.existed_on(date(year, 12, 31))


def state_of(ward: Ward | int, year: int) -> str:
    """The state of a ward's year; open where no round was begun."""
    key = getattr(ward, "pk", ward)
    return ReviewRound.objects.filter(ward=key, year=year).values_list("state", flat=True).first() or RoundState.OPEN


def require_writable(ward: Ward, year: int) -> None:
    """Raise ValidationError, in the officer's words, where the year no longer takes changes."""
    state = state_of(ward, year)
    if state in WRITABLE:
        return
    params = {"ward": ward, "year": year}
    if state == RoundState.LOCKED:
        message = _("%(ward)s has locked the year %(year)d. To correct it, propose a correction of the locked year.")
    elif state == RoundState.APPROVED:
        message = _("The year %(year)d of %(ward)s is approved and takes no changes.")
    else:
        message = _("The year %(year)d of %(ward)s is submitted. Ask district staff to return it first.")
    raise ValidationError(message, code="closed_year", params=params)


def is_writable(ward: Ward, year: int) -> bool:
    return state_of(ward, year) in WRITABLE


def hold_writable(ward: Ward, year: int) -> None:
    """`require_writable` for a write that no trigger guards: the year stays open until the transaction ends."""
    locks.hold(ward.pk, year, alone=False)
    require_writable(ward, year)


# --- the steps of a round -------------------------------------------------------------------
#
# Each holds the ward's year alone until it commits, so that what it checked stays true (see locks.py),
# and takes the version that was on the screen: of two people who press at once, one is told.


class OwnWork(PermissionDenied):
    """Who entered or submitted the year cannot check it."""


def round_of(ward: Ward, year: int) -> ReviewRound:
    """The ward's round of the year; where none was begun, an unsaved open one."""
    begun = ReviewRound.objects.select_related("submitted_by", "checked_by", "locked_by").filter(ward=ward, year=year)
    return begun.first() or ReviewRound(ward=ward, year=year)


@recorded
def submit_round(*, by, ward: Ward, year: int, version: int) -> ReviewRound:
    """Hand the year to district staff; refused while anything is missing, naming the households."""
    begun = _held(ward, year, version, RoundState.OPEN, RoundState.RETURNED)
    require_complete(remaining([ward], year)[ward.pk], by=by)
    begun.submitted_by, begun.submitted_at = by, timezone.now()
    begun.checked_by = begun.checked_at = None
    return _step(begun, RoundState.SUBMITTED)


@recorded
def return_round(*, by, ward: Ward, year: int, version: int, reason: str = "") -> ReviewRound:
    """Give the year back to the ward, with at least one comment; an approved year only for a reason."""
    begun = _held(ward, year, version, RoundState.SUBMITTED, RoundState.APPROVED)
    if begun.state == RoundState.APPROVED and not reason:
        raise ValidationError(_("Say why an approved year is returned."), code="no_reason")
    if reason:
        RoundComment.objects.create(round=begun, text=reason, by=by)
    elif not begun.comments.filter(settled_at=None).exists():
        raise ValidationError(_("Say at least in one comment what is to be mended."), code="no_reason")
    begun.checked_by = begun.checked_at = None
    return _step(begun, RoundState.RETURNED)


@recorded
def approve_round(*, by, ward: Ward, year: int, version: int) -> ReviewRound:
    """Find the year right: by somebody who neither submitted nor entered it, when it balances and no comment waits."""
    begun = _held(ward, year, version, RoundState.SUBMITTED)
    _require_other(by, begun)
    require_complete(remaining([ward], year)[ward.pk], by=by)
    begun.checked_by, begun.checked_at = by, timezone.now()
    return _step(begun, RoundState.APPROVED)


@recorded
def lock_round(*, by, ward: Ward, year: int, version: int) -> ReviewRound:
    """Close the year for good. The year before comes first: this year's opening is its closing."""
    begun = _held(ward, year, version, RoundState.APPROVED)
    _require_other(by, begun)
    before = PovertyStatus.objects.filter(ward=ward, year=year - 1)
    if state_of(ward, year - 1) != RoundState.LOCKED and before.exists():
        message = _("Lock the year %(year)d of %(ward)s first: this year's opening list is its closing list.")
        raise ValidationError(message, code="year_before", params={"year": year - 1, "ward": ward})
    require_complete(remaining([ward], year)[ward.pk], by=by)
    begun.locked_by, begun.locked_at = by, timezone.now()
    return _step(begun, RoundState.LOCKED)


@recorded
def comment_on(*, by, begun: ReviewRound, text: str, household: Household | None = None) -> RoundComment:
    """Ask the ward about one household, or about the year as a whole."""
    if begun.pk is None or begun.state not in (RoundState.SUBMITTED, RoundState.APPROVED):
        message = _("%(ward)s has not submitted the year %(year)d; comments are made on a year that was.")
        raise ValidationError(message, code="wrong_state", params={"ward": begun.ward, "year": begun.year})
    return RoundComment.objects.create(round=begun, household=household, text=text, by=by)


@recorded
def answer_comment(*, by, comment: RoundComment, answer: str) -> RoundComment:
    """Say what was mended; a comment is answered once."""
    comment = RoundComment.objects.select_for_update().get(pk=comment.pk)
    if comment.settled_at:
        raise ValidationError(_("This comment was answered already."), code="answered")
    comment.answer, comment.settled_at = answer, timezone.now()
    comment.save()
    return comment


@recorded
def set_population(*, by, ward: Ward, year: int, households: int, persons: int) -> WardPopulation:
    """Enter the ward's resident households and persons at the review of the year."""
    require_writable(ward, year)
    counts = {"households": households, "persons": persons}
    return WardPopulation.objects.update_or_create(ward=ward, year=year, defaults=counts)[0]


def require_complete(here: Remaining, *, by) -> None:
    """Raise ValidationError with a line for everything that is missing, naming the households."""
    problems = [ValidationError(f"{text} {_named(here.gaps.get(gap, []), by)}".strip()) for gap, text in here.sentences]
    if not here.balances and not here.gaps.get(Gap.OPEN) and not here.gaps.get(Gap.UNREVIEWED):
        problems.append(
            ValidationError(
                _("The movement of the year does not balance; look at its tables under “Check everything”.")
            )
        )
    if problems:
        raise ValidationError(problems)


def makers_of(ward: Ward, year: int) -> set[str]:
    """User names of everybody who wrote a status of the ward's year, its lines included, from the audit trail."""
    statuses = set(PovertyStatus.objects.filter(ward=ward, year=year).values_list("pk", flat=True))
    lived_here = Residence.objects.filter(ward=ward).order_by().values("household")
    judged_here = PovertyStatus.objects.filter(ward=ward, year=year).order_by().values("household")
    written = AuditEvent.objects.filter(
        Q(subject_id__in=lived_here) | Q(subject_id__in=judged_here),
        subject="households.household",
        model__in=_WRITTEN,
        action__in=("insert", "update", "delete"),
    ).order_by()
    makers = set()
    for actor, old, new in written.values_list("actor", "old", "new").iterator(chunk_size=2000):
        for row in (old, new):
            of_status = row and row.get("status_id") in statuses
            if row and (of_status or (row.get("ward_id"), row.get("year")) == (ward.pk, year)):
                makers.add(actor)
    return makers


_WRITTEN = [
    "households.povertystatus",
    "households.statusdeprivation",
    "households.statuscause",
    "households.statusreview",
]


def may_check(by, begun: ReviewRound) -> bool:
    """Whether this person neither submitted nor entered the ward's year."""
    return begun.submitted_by_id != by.pk and by.username not in makers_of(begun.ward, begun.year)


def _require_other(by, begun: ReviewRound) -> None:
    if not may_check(by, begun):
        raise OwnWork(_("You submitted or entered part of this year yourself. Somebody else must check it."))


def _held(ward: Ward, year: int, version: int, *states: str) -> ReviewRound:
    """The round, held alone, on the version that was opened and in one of the states; begun where there was none."""
    locks.hold(ward.pk, year)
    begun, _first = ReviewRound.objects.get_or_create(ward=ward, year=year)
    take_version(begun, version)
    if begun.state not in states:
        message = _("The year %(year)d of %(ward)s is: %(state)s; this cannot be done now.")
        params = {"year": year, "ward": ward, "state": begun.get_state_display()}
        raise ValidationError(message, code="wrong_state", params=params)
    return begun


def _step(begun: ReviewRound, state: str) -> ReviewRound:
    begun.state = state
    begun.save()
    return begun


def _named(households: Iterable[int], by) -> str:
    """“10117-0003 Nguyễn Văn Bình, …”: the first of them, so that a refusal says whom to look at.

    Who has moved since to a ward that this person does not open is named by the code alone.
    """
    keys = list(households)
    if not keys:
        return ""
    rows = Household.objects.filter(pk__in=keys[:MOST_NAMED]).order_by("code")
    opened = dict(Household.objects.visible_to(by).filter(pk__in=rows).with_head().values_list("pk", "head_name"))
    names = ", ".join(f"{row.code} {_whose(row.pk, opened)}".strip() for row in rows)
    return names + (f" … (+{len(keys) - MOST_NAMED})" if len(keys) > MOST_NAMED else "")


def _whose(household: int, opened: dict[int, str | None]) -> str:
    if household not in opened:
        return _("(lives in another ward now; its officer or district staff can open it)")
    return opened[household] or ""

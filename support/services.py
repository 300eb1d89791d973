"""What changes the record of help. Each function is one recorded transaction."""

from collections.abc import Sequence

from django.core.exceptions import ValidationError
from django.db.models import F
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext_lazy as _

from accounts.actor import recorded
from accounts.services import take_version
from support.codes import Category, MovementKind, Nature
from support.funds import cover, drawn_by, release
from support.life import ward_of_help
from support.models import (
    DETAILS,
    RELATED_NAMES,
    ActionDetail,
    FundingLine,
    LoanMovement,
    PolicyRate,
    SupportAction,
    detail_of,
)
from support.models.loan import first_overdrawn
from support.rates import check_maximum

AS_ON_RECORD = object()  # an amendment that says nothing of the detail


@recorded
def record_support(
    *,
    by,
    action: SupportAction,
    funding: Sequence[FundingLine],
    detail: ActionDetail | None = None,
    movements: Sequence[LoanMovement] | None = None,
    overspending: str = "",
) -> SupportAction:
    """Save a support action with its funding lines and what its kind records, and note who entered it.

    A loan's money counts as paid out on the first day unless `movements` say otherwise. `overspending` is
    the reason for paying more than a fund with a ledger holds; without one that is refused.
    """
    detail = check_new(action, funding, detail)
    movements = _checked_movements(action, funding, detail, movements)
    action.created_by = by
    action.save()
    _save_what_belongs(action, funding, detail, movements)
    cover(funding, reason=overspending)
    return action


@recorded
def amend_support(
    *,
    by,
    action: SupportAction,
    version: int,
    funding: Sequence[FundingLine],
    detail: ActionDetail | object | None = AS_ON_RECORD,
    movements: Sequence[LoanMovement] | None = None,
    overspending: str = "",
) -> SupportAction:
    """Save changes to an action; lines no longer given are removed, and the audit trail keeps them.

    `movements` are all of a loan's, those on record with their keys; None leaves them, and a single
    disbursement follows the principal. Raises StaleVersion when somebody saved the action after `version`
    was read, ValidationError when it is void.
    """
    take_version(action, version)
    if action.is_void:
        raise ValidationError(_("This record is void; enter a new one instead."))
    _check(action, funding)
    others = [each for name in RELATED_NAMES if (each := getattr(action, name, None))]
    if detail is AS_ON_RECORD:
        detail = detail_of(action)
    # A record older than the details stays without one; one that has a detail does not lose it.
    detail = _checked_detail(action, funding, detail, strict=action.is_named and bool(others))
    movements = _checked_movements(action, funding, detail, movements)
    before = drawn_by(action)
    action.save()
    kept = {line.pk for line in funding if line.pk}
    for line in action.funding.exclude(pk__in=kept):
        line.delete()
    for other in others:
        if detail is None or other != detail:  # the policy was corrected to another kind
            other.delete()
    _save_what_belongs(action, funding, detail, movements)
    cover(funding, reason=overspending, before=before)
    return action


@recorded
def void_support(*, by, action: SupportAction, version: int, reason: str) -> SupportAction:
    """Take an action out of every figure; it stays readable with the reason."""
    take_version(action, version)
    if action.is_void:
        raise ValidationError(_("This record is void already."))
    if not reason.strip():
        raise ValidationError({"void_reason": _("Give the reason.")})
    action.voided_at, action.void_reason = timezone.now(), reason.strip()
    action.save()
    release(action.funding.all())
    return action


def check_new(
    action: SupportAction,
    funding: Sequence[FundingLine],
    detail: ActionDetail | None,
    *,
    rates: Sequence[PolicyRate] | None = None,
) -> ActionDetail | None:
    """The rules of a new record; gives back the detail as it is to be saved.

    Asks the database nothing where the household's residences were prefetched and the policy's `rates` are at hand.
    """
    _check(action, funding)
    return _checked_detail(action, funding, detail, strict=action.is_named, rates=rates)


def _check(action: SupportAction, funding: Sequence[FundingLine]) -> None:
    """Rules between an action and its lines."""
    if not funding:
        raise ValidationError(_("Name at least one source; its amount may stay empty when it is not known."))
    loans = {line.nature == Nature.LOAN for line in funding}
    if action.policy.repayable and False in loans:
        raise ValidationError(_("This policy lends: every line must be a loan."))
    if not action.policy.repayable and True in loans:
        raise ValidationError(_("This policy gives: a loan belongs under a loan policy."))
    if action.is_named and action.pk is None and action.ward != ward_of_help(action.household, action.period_from):
        raise ValidationError(_("The ward must be the household's."))


# --- what the kind records ------------------------------------------------------------------


def _checked_detail(
    action: SupportAction,
    funding: Sequence[FundingLine],
    detail: ActionDetail | None,
    *,
    strict: bool,
    rates: Sequence[PolicyRate] | None = None,
) -> ActionDetail | None:
    """The detail with what follows from the policy; None where there is nothing to keep.

    `strict` asks of it what its kind cannot do without. Problems are named by the detail's fields.
    """
    model = DETAILS.get(action.policy.category)
    if model is None or (detail is None and not strict):
        if detail is not None:
            raise ValidationError(_("This kind of help has no details of its own."))
        check_maximum(action, None, funding, rates)
        return None
    detail = model() if detail is None else detail
    if not isinstance(detail, model):
        raise ValidationError(_("These details belong to another kind of help."))
    detail.settle(action.policy)
    problems = detail.problems(action, funding, strict=strict)
    if strict and action.policy.category == Category.TUITION and action.member is None:
        raise ValidationError({"member": _("Say which pupil was helped.")})
    if problems:
        raise ValidationError(problems)
    check_maximum(action, detail, funding, rates)
    return detail if detail.pk or (strict and model.decided_field) or detail.says_more_than(action.policy) else None


def _save_what_belongs(
    action: SupportAction,
    funding: Sequence[FundingLine],
    detail: ActionDetail | None,
    movements: Sequence[LoanMovement],
) -> None:
    for row in (*funding, *([detail] if detail else ()), *movements):
        row.action = action
        row.save()


# --- loans ----------------------------------------------------------------------------------


@recorded
def record_movement(*, by, action: SupportAction, movement: LoanMovement) -> LoanMovement:
    """Note a repayment, interest or a write-off; never more principal than is owed on any day."""
    _take(action)
    if movement.kind == MovementKind.DISBURSEMENT:
        raise ValidationError({"kind": _("What is paid out belongs to who paid: correct the record itself.")})
    movement.action = action
    _check_balance([*action.movements.standing(), movement])
    movement.save()
    return movement


@recorded
def void_movement(*, by, movement: LoanMovement, reason: str) -> LoanMovement:
    """Take a movement out of every balance; it stays readable with the reason."""
    _take(movement.action)
    movement.refresh_from_db()
    if movement.is_void:
        raise ValidationError(_("This movement is void already."))
    if movement.kind == MovementKind.DISBURSEMENT:
        raise ValidationError(_("What is paid out belongs to who paid: correct the record itself."))
    if not reason.strip():
        raise ValidationError({"void_reason": _("Give the reason.")})
    movement.voided_at, movement.void_reason = timezone.now(), reason.strip()
    movement.save()
    return movement


def _take(action: SupportAction) -> None:
    """Raise the action's version, which locks its row: of two repayments at once the second sees the first."""
    if not SupportAction.objects.filter(pk=action.pk, voided_at=None).update(version=F("version") + 1):
        raise ValidationError(_("This record is void; enter a new one instead."))
    if action.policy.category != Category.LOANS:
        raise ValidationError(_("Only a loan has movements."))
    if not action.movements.standing().filter(kind=MovementKind.DISBURSEMENT).exists():
        raise ValidationError(_("Nothing was paid out on this record; correct it first."))


def _checked_movements(
    action: SupportAction,
    funding: Sequence[FundingLine],
    detail: ActionDetail | None,
    movements: Sequence[LoanMovement] | None,
) -> list[LoanMovement]:
    """All movements of a loan as they are to stand: what was paid out ties to the funding lines, to the đồng."""
    given = movements is not None
    movements = list(movements) if given else list(action.movements.all()) if action.pk else []
    if action.policy.category != Category.LOANS:
        return _no_longer_lent(movements)
    known = all(line.amount is not None for line in funding)
    if not known and action.is_named and (detail is not None or movements):
        raise ValidationError(_("A loan to a household needs its principal: write the amount of every line."))
    if not action.is_named or not (detail is not None or movements):
        if movements:
            raise ValidationError(_("Movements are kept of a loan to a named household."))
        return []
    principal = sum(line.amount for line in funding)
    paid_out = [each for each in movements if each.kind == MovementKind.DISBURSEMENT and not each.is_void]
    if not paid_out:
        movements.insert(0, LoanMovement(kind=MovementKind.DISBURSEMENT, on=action.period_from, amount=principal))
    elif len(paid_out) == 1 and not given:
        paid_out[0].amount = principal
    _check_disbursed(movements, principal)
    _check_balance(movements)
    return movements


def _no_longer_lent(movements: list[LoanMovement]) -> list[LoanMovement]:
    """A record that was a loan by mistake: what was “paid out” is void, unless somebody has paid back already."""
    standing = [each for each in movements if not each.is_void]
    if any(each.kind != MovementKind.DISBURSEMENT or not each.pk for each in standing):
        raise ValidationError(_("Only a loan has movements."))
    for each in standing:
        each.voided_at, each.void_reason = timezone.now(), str(_("The policy was corrected; it is no loan."))
    return movements


def _check_disbursed(movements: Sequence[LoanMovement], principal: int) -> None:
    paid_out = sum(each.amount for each in movements if each.kind == MovementKind.DISBURSEMENT and not each.is_void)
    if paid_out != principal:
        message = _("The disbursements add up to %(paid)s đồng, the loan is %(principal)s đồng; they must be the same.")
        raise ValidationError(
            message, code="disbursed", params={"paid": _grouped(paid_out), "principal": _grouped(principal)}
        )


def _check_balance(movements: Sequence[LoanMovement]) -> None:
    if overdrawn := first_overdrawn(movements):
        on, by = overdrawn
        message = _(
            "On %(day)s more would have been paid back than was owed, by %(excess)s đồng; check day and amount."
        )
        raise ValidationError(message, code="overdrawn", params={"day": f"{on:%d/%m/%Y}", "excess": _grouped(by)})


def _grouped(number: int) -> str:
    return number_format(number, force_grouping=True)

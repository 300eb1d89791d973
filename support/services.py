"""What changes the record of help. Each function is one recorded transaction."""

from collections.abc import Sequence

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.actor import recorded
from accounts.services import take_version
from support.codes import Nature
from support.funds import cover, release
from support.models import FundingLine, SupportAction


@recorded
def record_support(
    *, by, action: SupportAction, funding: Sequence[FundingLine], overspending: str = ""
) -> SupportAction:
    """Save a support action with its funding lines, and note who entered it.

    `overspending` is the reason for paying more than a fund with a ledger holds; without one that is refused.
    """
    _check(action, funding)
    action.created_by = by
    action.save()
    for line in funding:
        line.action = action
        line.save()
    cover(funding, reason=overspending)
    return action


@recorded
def amend_support(
    *, by, action: SupportAction, version: int, funding: Sequence[FundingLine], overspending: str = ""
) -> SupportAction:
    """Save changes to an action; lines no longer given are removed, and the audit trail keeps them.

    Raises StaleVersion when somebody saved it after `version` was read, ValidationError when it is void.
    """
    take_version(action, version)
    if action.is_void:
        raise ValidationError(_("This record is void; enter a new one instead."))
    _check(action, funding)
    action.save()
    kept = {line.pk for line in funding if line.pk}
    for line in action.funding.exclude(pk__in=kept):
        line.delete()
    for line in funding:
        line.action = action
        line.save()
    cover(funding, reason=overspending)
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


def _check(action: SupportAction, funding: Sequence[FundingLine]) -> None:
    """Rules between an action and its lines."""
    if not funding:
        raise ValidationError(_("Name at least one source; its amount may stay empty when it is not known."))
    loans = {line.nature == Nature.LOAN for line in funding}
    if action.policy.repayable and False in loans:
        raise ValidationError(_("This policy lends: every line must be a loan."))
    if not action.policy.repayable and True in loans:
        raise ValidationError(_("This policy gives: a loan belongs under a loan policy."))
    if action.is_named and action.ward_id != action.household.ward_id and action.pk is None:
        raise ValidationError(_("The ward must be the household's."))

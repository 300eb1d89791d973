"""What changes a household. Each function is one recorded transaction."""

from collections.abc import Iterable, Sequence

from django.core.exceptions import ValidationError
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.actor import recorded
from accounts.models import AuditEvent, note_event
from accounts.services import take_version
from households.codes import Relation
from households.models import Household, Indicator, Member, PovertyStatus, StatusCause, StatusDeprivation
from wards.models import Ward


@recorded
def register_household(*, by, household: Household, members: Sequence[Member]) -> Household:
    """Enter a household with its members; an empty code becomes the ward's next number."""
    _one_head(members)
    if not household.code:
        household.code = next_code(household.ward)
    household.save()
    for member in members:
        member.household = household
        member.save()
    return household


@recorded
def amend_household(
    *, by, household: Household, version: int, members: Sequence[Member], left: Iterable[Member] = ()
) -> Household:
    """Save changes to a household and its members.

    `left` are members taken off the list: they stay on record with the day. Raises StaleVersion when
    somebody saved the household after `version` was read.
    """
    take_version(household, version)
    _one_head(members)
    household.save()
    for member in left:
        member.left_on = member.left_on or timezone.localdate()
        member.save()
    # Everybody but the head first: the database allows one head at any moment.
    for member in sorted(members, key=lambda member: member.relation == Relation.HEAD):
        member.household = household
        member.save()
    return household


@recorded
def record_status(
    *, by, status: PovertyStatus, deprivations: Iterable[Indicator] = (), causes: Iterable[str] = ()
) -> PovertyStatus:
    """Save a household's class for a year with its deprivations and causes; the lists given replace those kept."""
    status.save()
    _replace(StatusDeprivation, status, "indicator_id", {indicator.pk for indicator in deprivations})
    _replace(StatusCause, status, "cause", set(causes))
    return status


def note_numbers_shown(*, by, household: Household) -> None:
    """Note that somebody looked at the unmasked personal numbers of a household."""
    note_event(by=by, action=AuditEvent.Action.REVEAL, record=household)


def next_code(ward: Ward) -> str:
    """The ward's next household number, “10117-0042”; the ward's row is locked until the transaction ends."""
    Ward.objects.select_for_update().get(pk=ward.pk)
    prefix = f"{ward.code}-"
    last = Household.objects.filter(ward=ward, code__startswith=prefix).aggregate(last=Max("code"))["last"]
    number = last.removeprefix(prefix) if last else ""
    return f"{prefix}{(int(number) if number.isdigit() else 0) + 1:04d}"


def _one_head(members: Sequence[Member]) -> None:
    heads = sum(member.relation == Relation.HEAD for member in members)
    if heads != 1:
        raise ValidationError(_("A household has exactly one head; there are %(count)d here.") % {"count": heads})


def _replace(model, status: PovertyStatus, column: str, wanted: set) -> None:
    kept = {getattr(row, column): row for row in model.objects.filter(status=status)}
    for value, row in kept.items():
        if value not in wanted:
            row.delete()
    for value in sorted(wanted - set(kept)):
        model.objects.create(status=status, **{column: value})

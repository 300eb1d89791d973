"""Whether a ward's year may still be written to."""

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from households.codes import WRITABLE, RoundState
from households.models import ReviewRound
from wards.models import Ward


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

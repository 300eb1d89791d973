"""What a person answers about two households alike: two, or one entered twice. One recorded transaction each."""

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.actor import recorded
from households.duplicates import Reason, ask_about
from households.life import close_duplicate
from households.models import DuplicateCase, Household, LifeEvent


@recorded
def settle_as_different(*, by, case: DuplicateCase, note: str = "") -> DuplicateCase:
    """Two households; the pair is not asked about again."""
    return _settled(_open(case), DuplicateCase.State.DIFFERENT, by=by, note=note)


@recorded
def settle_as_same(*, by, case: DuplicateCase, kept: Household, note: str = "") -> LifeEvent:
    """One household entered twice: `kept` stays, the other is closed today and told on its page. No row moves.

    Refused where today's year is closed in the ward of either. Whom else the closed one was alike to is asked
    of the one that stays.
    """
    # Settled first: of an open case, saving the one that stays would find nothing alike any more, and remove it.
    case = _settled(_open(case), DuplicateCase.State.SAME, by=by, note=note)
    gone = Household.objects.get(pk=case.other_than(kept))
    event = close_duplicate(
        by=by, household=kept, version=kept.version, other=gone, day=timezone.localdate(), note=note
    )
    for other in DuplicateCase.objects.of(gone).filter(state=DuplicateCase.State.OPEN):
        ask_about(kept.pk, other.other_than(gone), [*other.reasons, Reason.MERGED])
    return event


def _open(case: DuplicateCase) -> DuplicateCase:
    """The case as it stands now, its row locked; raises ValidationError where it is no longer open."""
    DuplicateCase.objects.select_for_update().filter(pk=case.pk).first()
    found = DuplicateCase.objects.open().filter(pk=case.pk).first()
    if found is None:
        raise ValidationError(_("Somebody settled this pair meanwhile."), code="settled")
    return found


def _settled(case: DuplicateCase, state: str, *, by, note: str) -> DuplicateCase:
    case.state, case.settled_by, case.settled_at, case.note = state, by, timezone.now(), note
    case.save()
    return case

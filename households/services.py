"""What changes a household. Each function is one recorded transaction."""

from collections.abc import Iterable, Sequence

from django.core.exceptions import ValidationError
from django.db.models.functions import Length
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.actor import recorded
from accounts.models import AuditEvent, note_event
from accounts.services import take_version
from households.codes import Leaving, Relation
from households.duplicates import note_duplicates
from households.models import Household, Indicator, Member, PovertyStatus, Residence, StatusReview
from households.reviews import YEARLY, Review, write_review
from wards.models import Ward


@recorded
def register_household(
    *, by, household: Household, members: Sequence[Member], review: Review | None = None
) -> Household:
    """Enter a household with its members and, where it was judged, its class; an empty code becomes the next number."""
    _one_head(members)
    _require_a_ward_that_lasts(household.ward)
    if not household.code:
        household.code = next_code(household.ward)
    household.save()
    for member in members:
        member.household = household
        member.save()
    Residence.objects.create(
        household=household,
        ward=household.ward,
        residential_group=household.residential_group,
        address=household.address,
    )
    _save_review(household, review)
    note_duplicates(household)
    return household


@recorded
def amend_household(
    *,
    by,
    household: Household,
    version: int,
    members: Sequence[Member],
    left: Iterable[Member] = (),
    review: Review | None = None,
) -> Household:
    """Save changes to a household, its members and, where given, its class in a year.

    `left` are members taken off the list, who should not have stood there: they stay on record with the day.
    Who died or moved away is an event (households/life/). Raises StaleVersion when somebody saved the
    household after `version` was read.
    """
    take_version(household, version)
    household.refuse_after_closing()
    _one_head(members)
    household.save()
    _keep_home_in_step(household)
    for member in left:
        member.left_on = member.left_on or timezone.localdate()
        member.left_as = member.left_as or Leaving.MISTAKE
        member.save()
    # Everybody but the head first: the database allows one head at any moment.
    for member in sorted(members, key=lambda member: member.relation == Relation.HEAD):
        member.household = household
        member.save()
    _save_review(household, review)
    note_duplicates(household)
    return household


@recorded
def record_status(
    *,
    by,
    status: PovertyStatus,
    deprivations: Iterable[Indicator] = (),
    causes: Iterable[str] = (),
    kind: str = YEARLY,
    kept: StatusReview | None = None,
    also: Review | None = None,
    version: int | None = None,
) -> PovertyStatus:
    """Save a review of a household with its deprivations and causes, and the class of the year that follows from it.

    The lists given replace those kept. `kind` and `kept`: a regular review within the year, and the one on
    record that is corrected. `also` is the same review by the other standard. With `version`, raises
    StaleVersion when somebody saved the household after it was read.
    """
    if version is not None:
        take_version(status.household, version)
    write_review(Review(status, deprivations, causes, kind, kept))
    if also is not None:
        write_review(also)
    return status


def note_numbers_shown(*, by, household: Household) -> None:
    """Note that somebody looked at the unmasked personal numbers of a household."""
    note_event(by=by, action=AuditEvent.Action.REVEAL, record=household)


def next_code(ward: Ward) -> str:
    """The ward's next household number, “10117-0042”; the ward's row is locked until the transaction ends."""
    Ward.objects.select_for_update().get(pk=ward.pk)
    prefix = f"{ward.code}-"
    codes = Household.objects.filter(ward=ward, code__startswith=prefix).order_by(Length("code").desc(), "-code")
    # The longest first: as text, 10117-10000 stands before 10117-9999. What people typed by hand is passed over.
    for code in codes.values_list("code", flat=True).iterator(chunk_size=100):
        number = code.removeprefix(prefix)
        if number.isascii() and number.isdigit() and len(number) <= 6:
            return f"{prefix}{int(number) + 1:04d}"
    return f"{prefix}0001"


def is_code_taken(code: str, ward: Ward, *, by: Household | None = None) -> bool:
    """Whether a household of the ward has this code already, other than this one."""
    return Household.objects.filter(ward=ward, code=code).exclude(pk=by.pk if by else None).exists()


def _require_a_ward_that_lasts(ward: Ward) -> None:
    """Raise ValidationError where everybody was moved out of the ward; hold it, so that nobody is moved meanwhile."""
    Ward.objects.select_for_update().get(pk=ward.pk)
    if ward.was_left:
        message = _("%(ward)s ended on %(day)s and its households were moved. Enter the household in its new ward.")
        raise ValidationError({"ward": message % {"ward": ward, "day": f"{ward.valid_to:%d/%m/%Y}"}})


def _keep_home_in_step(household: Household) -> None:
    """A corrected group or address is corrected in the open residence too; a move is an event instead."""
    for home in household.residences.filter(until=None):
        place = household.residential_group_id, household.address
        if (home.residential_group_id, home.address) != place:
            home.residential_group_id, home.address = place
            home.save()


def _one_head(members: Sequence[Member]) -> None:
    heads = sum(member.relation == Relation.HEAD for member in members)
    if heads != 1:
        raise ValidationError(_("A household has exactly one head; there are %(count)d here.") % {"count": heads})


def _save_review(household: Household, review: Review | None) -> None:
    if review is None:
        return
    status = review.status
    status.household = household
    if status.pk is None:
        status.ward = household.ward_in(status.year)
    write_review(review)

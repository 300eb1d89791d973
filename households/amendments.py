"""Corrections of a locked year: proposed by one, decided by another; what was published stays beside them.

The status row of a locked year never changes, and no published figure contains a correction.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.actor import recorded
from households.codes import WRITABLE, Classification, RoundState
from households.models import Household, PovertyStandard, PovertyStatus, ReviewRound, StatusAmendment
from households.rounds import OwnWork, state_of
from wards.models import Ward

ACCEPTED, REFUSED, PROPOSED = (
    StatusAmendment.State.ACCEPTED,
    StatusAmendment.State.REFUSED,
    StatusAmendment.State.PROPOSED,
)


# --- proposing and deciding -----------------------------------------------------------------


def published_status(household: Household, year: int, standard: PovertyStandard) -> PovertyStatus | None:
    """The household's class as the year was locked; None where it was missed, or not there any more at the year's end."""
    statuses = PovertyStatus.objects.filter(household=household, year=year, standard=standard, closed_on=None)
    return statuses.select_related("ward", "standard").first()


@recorded
def propose_amendment(*, by, amendment: StatusAmendment) -> StatusAmendment:
    """Ask for a correction of a locked year; `amendment` holds household, year, standard and what should stand."""
    amendment.status = published = published_status(amendment.household, amendment.year, amendment.standard)
    amendment.ward = published.ward if published else amendment.household.ward_in(amendment.year)
    amendment.proposed_by = by
    if state_of(amendment.ward, amendment.year) != RoundState.LOCKED:
        raise ValidationError(
            _("The year %(year)d of %(ward)s is not locked: it is changed itself, not by a correction."),
            code="not_locked",
            params={"year": amendment.year, "ward": amendment.ward},
        )
    if published and not _differs(amendment, published):
        raise ValidationError(_("This is what was published; there is nothing to correct."), code="no_difference")
    amendment.full_clean()
    amendment.save()
    return amendment


def _differs(amendment: StatusAmendment, published: PovertyStatus) -> bool:
    columns = ("classification", "persons", "decision_number", "decision_date")
    return any(getattr(amendment, name) != getattr(published, name) for name in columns)


@recorded
def decide_amendment(*, by, amendment: StatusAmendment, accept: bool, answer: str) -> StatusAmendment:
    """Accept or refuse a correction; by anyone but who proposed it, and once."""
    amendment = StatusAmendment.objects.select_for_update().get(pk=amendment.pk)
    if amendment.proposed_by_id == by.pk:
        raise OwnWork(_("You proposed this correction yourself. Somebody else must decide on it."))
    if amendment.state != PROPOSED:
        raise ValidationError(_("Somebody has decided on this correction already."), code="decided")
    amendment.state = ACCEPTED if accept else REFUSED
    amendment.decided_by, amendment.decided_at, amendment.answer = by, timezone.now(), answer
    amendment.save()
    return amendment


# --- beside what was published --------------------------------------------------------------


def corrections_of(user, *, ward: Ward, year: int) -> list[StatusAmendment]:
    """Corrections in effect of a ward's year; of households that this person may open."""
    visible = StatusAmendment.objects.visible_to(user).in_effect().filter(ward=ward, year=year)
    return list(visible.select_related("household", "standard", "status", "decided_by").order_by("decided_at", "pk"))


def mark_corrections(household: Household, statuses: Iterable[PovertyStatus]) -> list[StatusAmendment]:
    """Give each status `corrections` and `is_closed`; returns all corrections asked for, newest first."""
    asked = list(
        StatusAmendment.objects.filter(household=household)
        .select_related("standard", "status", "ward", "proposed_by", "decided_by")
        .order_by("-year", "-pk")
    )
    rounds = ReviewRound.objects.filter(ward__in={status.ward_id for status in statuses}).exclude(state__in=WRITABLE)
    states = {(ward, year): state for ward, year, state in rounds.values_list("ward", "year", "state")}
    for status in statuses:
        status.round_state = states.get((status.ward_id, status.year), RoundState.OPEN)
        status.is_locked = status.round_state == RoundState.LOCKED
        status.is_closed = status.round_state not in WRITABLE
        status.corrections = [each for each in asked if each.status_id == status.pk and each.state == ACCEPTED]
    return asked


def corrected_years(households: Collection[Household], level: str = PovertyStandard.Level.CITY) -> set[tuple[int, int]]:
    """Of these households, the (household, year) whose published class has a correction in effect."""
    in_effect = StatusAmendment.objects.in_effect().filter(household__in=households, standard__level=level)
    return set(in_effect.values_list("household", "year"))


def mark_strip(strip: list[dict], household: int, corrected: set[tuple[int, int]]) -> list[dict]:
    """The year strip with its corrected years marked."""
    for square in strip:
        if (household, square["year"]) in corrected:
            square["corrected"] = True
            square["title"] = _("%(published)s; corrected since") % {"published": square["title"]}
    return strip


# --- published and now ----------------------------------------------------------------------


@dataclass(frozen=True)
class ClassLine:
    """One class of a year: as it was published, what corrections changed, as it stands now (households, persons)."""

    letter: str
    label: str
    published: tuple[int, int]
    change: tuple[int, int]

    @property
    def now(self) -> tuple[int, int]:
        return self.published[0] + self.change[0], self.published[1] + self.change[1]


@dataclass(frozen=True)
class Comparison:
    """A year's published figures of the locked wards, and the corrections since, each a difference."""

    lines: list[ClassLine]
    differences: list[StatusAmendment]
    locked: int


def published_and_now(wards: Collection[Ward], year: int, level: str) -> Comparison:
    """What these wards published of the year, and what it would be with the corrections accepted since."""
    locked = ReviewRound.objects.filter(ward__in=wards, year=year, state=RoundState.LOCKED).order_by().values("ward")
    published = {letter: [0, 0] for letter in Classification.values}
    statuses = PovertyStatus.objects.at_level(level).filter(year=year, ward__in=locked)
    for letter, persons in statuses.values_list("classification", "persons"):
        _add(published[letter], 1, persons)
    change = {letter: [0, 0] for letter in Classification.values}
    accepted = StatusAmendment.objects.in_effect().filter(year=year, ward__in=locked, standard__level=level)
    rows = accepted.select_related("household", "status", "ward", "decided_by", "standard").order_by("decided_at", "pk")
    latest = {amendment.household_id: amendment for amendment in rows}  # the last one decided holds
    for amendment in latest.values():
        if amendment.status:
            _add(change[amendment.status.classification], -1, -amendment.status.persons)
        _add(change[amendment.classification], 1, amendment.persons)
    labels = dict(Classification.choices)
    lines = [
        ClassLine(letter, labels[letter], tuple(published[letter]), tuple(change[letter]))
        for letter in Classification.values
    ]
    return Comparison(lines, list(latest.values()), locked.count())


def _add(pair: list[int], households: int, persons: int) -> None:
    pair[0] += households
    pair[1] += persons

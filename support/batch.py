"""Help for many at once: one list, one transaction; and the way back while the year is open.

    record_batch(by=officer, gifts=[Gift(action, funding, detail), …])
    void_batch(by=officer, batch=batch, reason="the list was that of another ward")

The rules are those of `services.record_support`. The number of queries does not grow with the gifts.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db.models import F, Prefetch, prefetch_related_objects
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.actor import recorded
from households.models import Residence
from households.rounds import hold_writable
from support.funds import cover, release
from support.life import ward_of_help
from support.models import ActionDetail, FundingLine, PolicyRate, SupportAction, SupportBatch
from support.rates import rates_of
from support.services import check_new
from wards.models import Ward

MOST_GIFTS = 1000


@dataclass
class Gift:
    """One record of a batch before it is saved: to one household, or one member of it. Its ward follows."""

    action: SupportAction
    funding: list[FundingLine]
    detail: ActionDetail | None = None


class BadGifts(ValidationError):
    """Gifts that cannot stand; `rows` says what is wrong with each, by its place in the list."""

    def __init__(self, rows: dict[int, ValidationError]):
        super().__init__([message for error in rows.values() for message in error.messages], code="gifts")
        self.rows = rows


@recorded
def record_batch(*, by, gifts: Sequence[Gift], overspending: str = "") -> SupportBatch:
    """Save all gifts or none. They are of one policy and one day; loans have terms of their own and come singly.

    Raises BadGifts with everything that is wrong with any of them. `overspending` is the reason for paying more
    than a fund with a ledger holds.
    """
    _check_list(gifts)
    _read_homes(gifts)
    rates, wrong = _rates(gifts), {}
    for place, gift in enumerate(gifts):
        try:
            gift.action.ward = ward_of_help(gift.action.household, gift.action.period_from)
            gift.detail = check_new(gift.action, gift.funding, gift.detail, rates=rates)
        except ValidationError as error:
            wrong[place] = error
    if wrong:
        raise BadGifts(wrong)
    batch = SupportBatch.objects.create(created_by=by)
    _write(batch, gifts)
    cover([line for gift in gifts for line in gift.funding], reason=overspending)
    return batch


def _check_list(gifts: Sequence[Gift]) -> None:
    if not gifts:
        raise ValidationError(_("No row is ticked; tick those who received it."), code="nobody")
    if len(gifts) > MOST_GIFTS:
        message = _("%(count)d rows are too many at once; at most %(most)d. Choose ward by ward.")
        raise ValidationError(message, code="too_many", params={"count": len(gifts), "most": MOST_GIFTS})
    if len({(gift.action.policy_id, gift.action.period_from) for gift in gifts}) > 1:
        raise ValidationError(_("One list is of one policy and one day; record the others apart."), code="mixed")
    if gifts[0].action.policy.repayable:
        message = _("Loans are recorded one at a time: each has its own contract, term and repayments.")
        raise ValidationError(message, code="loan")
    if not all(gift.action.is_named for gift in gifts):
        raise ValidationError(_("Say which household was helped."), code="unnamed")


def _read_homes(gifts: Sequence[Gift]) -> None:
    """Where each household lived when, in one query: the ward of the day follows from it."""
    households = [gift.action.household for gift in gifts]
    prefetch_related_objects(households, Prefetch("residences", Residence.objects.select_related("ward")))


def _rates(gifts: Sequence[Gift]) -> list[PolicyRate]:
    first = gifts[0].action
    if not first.period_from:
        raise ValidationError({"period_from": _("Give the day, or the first day.")})
    return rates_of(first.policy)


def _write(batch: SupportBatch, gifts: Sequence[Gift]) -> None:
    for gift in gifts:
        gift.action.batch, gift.action.created_by = batch, batch.created_by
        gift.action.prepare()
    SupportAction.objects.bulk_create([gift.action for gift in gifts])
    lines, details = [], defaultdict(list)
    for gift in gifts:
        for line in gift.funding:
            line.action = gift.action  # its key is known only now
            lines.append(line)
        if gift.detail:
            gift.detail.action = gift.action
            details[type(gift.detail)].append(gift.detail)
    FundingLine.objects.bulk_create(lines)
    for model, rows in details.items():
        model.objects.bulk_create(rows)


# --- the way back ---------------------------------------------------------------------------


@recorded
def void_batch(*, by, batch: SupportBatch, reason: str) -> int:
    """Make all standing records of the batch void; the number of them. Those void already stay as they are.

    Refused as a whole where somebody else's ward is among them, or a ward's year that is closed.
    """
    batch = SupportBatch.objects.select_for_update().get(pk=batch.pk)
    standing = SupportAction.objects.standing().filter(batch=batch).order_by()
    if not reason.strip():
        raise ValidationError({"void_reason": _("Give the reason.")})
    if standing.exclude(pk__in=SupportAction.objects.visible_to(by).values("pk")).exists():
        message = _("This batch holds help of other wards too; district staff can undo it as a whole.")
        raise ValidationError(message, code="other_wards")
    _hold_open_years(standing)
    lines = list(FundingLine.objects.filter(action__in=standing))
    # The version goes up too: who is correcting one of the records just now is told when they save.
    voided = standing.update(voided_at=timezone.now(), void_reason=reason.strip(), version=F("version") + 1)
    if not voided:
        raise ValidationError(_("All records of this batch are void already."), code="void")
    release(lines)
    return voided


def _hold_open_years(actions) -> None:
    """Keep the records as they are, and their wards' years open, until all is written.

    Raises ValidationError that names each ward and year that is closed.
    """
    years = actions.select_for_update().values_list("ward", "period_from__year", "period_to__year")
    touched = {
        (ward, year)
        for ward, first, last in set(years)
        for year in range(first or last or 0, (last or first or 0) + 1)
        if ward and year
    }
    wards = Ward.objects.in_bulk({ward for ward, _year in touched})
    closed = []
    for ward, year in sorted(touched, key=lambda each: (str(wards[each[0]]), each[1])):
        try:
            hold_writable(wards[ward], year)
        except ValidationError:
            closed.append((wards[ward], year))
    if closed:
        message = _(
            "The year %(year)d of %(ward)s is closed, so its help is not undone as a whole. "
            "Make the wrong records void, or correct them, one by one with a reason."
        )
        raise ValidationError(
            [ValidationError(message, code="closed_year", params={"ward": ward, "year": year}) for ward, year in closed]
        )

"""A fund's ledger: what came in, what it paid, what is left. Every đồng is tied to an action or is a balance.

A fund keeps a ledger from the day an administrator or the district opened it (`ledger_since`). From then on each
funding line draws on receipts, oldest first, those given for the line's own policy before the others. What the
fund did not hold is refused, or stands as overspent with a reason until a later receipt settles it.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import NamedTuple

from django.core.exceptions import ValidationError
from django.db.models import F, Max, Q, Sum
from django.db.models.functions import Coalesce, ExtractYear
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from accounts.actor import recorded
from accounts.services import take_version
from support.codes import Nature
from support.models import Allocation, Draw, FundingLine, FundingSource, Receipt, SupportAction
from support.models.fund import HELD

OVERSPENT = "overspent"


# --- what a fund pays -----------------------------------------------------------------------


def day_of(action: SupportAction) -> date | None:
    """The day on which an action counts in a ledger: its last one, where known."""
    return action.period_to or action.period_from


def draws_on_a_ledger(line: FundingLine) -> bool:
    """Whether this line's money must have been received by its fund first."""
    since, day = line.source.ledger_since, day_of(line.action)
    return bool(
        since and day and day >= since and line.amount and line.nature != Nature.LOAN and not line.action.is_void
    )


class Excuse(NamedTuple):
    """So much a line was let overspend, and why; what a later receipt settled is in it."""

    amount: int
    reason: str


@dataclass(frozen=True)
class Drawn:
    """What an action had drawn before a correction: the funds, and by line, fund and nature what was overspent."""

    sources: frozenset[int]
    excuses: Mapping[tuple[int, int, str], Excuse]


NOTHING = Drawn(frozenset(), {})


def drawn_by(action: SupportAction) -> Drawn:
    """To be asked before a correction is saved; `cover` then keeps what still holds of it."""
    sources, excuses = set(), {}
    rows = Draw.objects.filter(line__action=action).order_by("pk")
    for *line, amount, reason in rows.values_list("line", "line__source", "line__nature", "amount", "reason"):
        sources.add(line[1])
        if reason:
            known = excuses.get(tuple(line), Excuse(0, reason))
            excuses[tuple(line)] = known._replace(amount=known.amount + amount)
    return Drawn(frozenset(sources), excuses)


def cover(lines: Sequence[FundingLine], *, reason: str = "", before: Drawn = NOTHING) -> None:
    """Draw what the lines pay from what their funds received; inside the caller's transaction.

    What was drawn for them before is put back first, and what nobody needs any more settles what others overspent.
    Raises ValidationError (code `overspent`), in words that name the fund, what it holds and what is missing (đồng),
    unless a reason for overspending is given; a correction needs none for what was overspent before.
    The funds' rows stay locked until the transaction ends, so of two spenders one waits.
    """
    sources = {line.source_id for line in lines if line.source.ledger_since} | before.sources
    if not sources:
        return
    locked = list(FundingSource.objects.select_for_update().filter(pk__in=sources).order_by("pk"))
    Draw.objects.filter(line__in=[line.pk for line in lines]).delete()
    kept = [line for line in lines if draws_on_a_ledger(line)]
    held = _held({line.source_id for line in kept})
    draws, missing, refused = [], [], defaultdict(int)
    for line in kept:
        left = line.amount
        for receipt in _usable(held[line.source_id, line.nature], line):
            taken = min(left, receipt.left)
            receipt.left -= taken
            left -= taken
            draws.append(Draw(line=line, receipt=receipt, amount=taken))
            if not left:
                break
        if left:
            excuse = before.excuses.get((line.pk, line.source_id, line.nature), Excuse(0, ""))
            missing.append(Draw(line=line, receipt=None, amount=left, reason=reason.strip() or excuse.reason))
            if not reason.strip() and left > excuse.amount:
                refused[line.source, line.nature] += left
    if refused:
        raise ValidationError([_overspent(*fund, lacking, kept) for fund, lacking in refused.items()])
    Draw.objects.bulk_create(draws + missing)
    if missing or before.sources:
        for source in locked:
            settle(source)


def settle(source: FundingSource) -> None:
    """Let what was overspent be paid by receipts that came later, the earliest spending first."""
    list(FundingSource.objects.select_for_update().filter(pk=source.pk))
    waiting = Draw.objects.filter(receipt=None, line__source=source).select_related("line__action", "line__source")
    waiting = sorted(waiting, key=lambda draw: (day_of(draw.line.action), draw.pk))
    if not waiting:
        return
    held = _held({source.pk})
    for draw in waiting:
        for receipt in _usable(held[source.pk, draw.line.nature], draw.line, any_day=True):
            taken = min(draw.amount, receipt.left)
            receipt.left -= taken
            draw.amount -= taken
            same = Draw.objects.filter(line=draw.line, receipt=receipt)
            if not same.update(amount=F("amount") + taken):
                Draw.objects.create(line=draw.line, receipt=receipt, amount=taken, reason=draw.reason)
            if not draw.amount:
                break
        if draw.amount:
            draw.save()
        else:
            draw.delete()


def release(lines: Iterable[FundingLine]) -> None:
    """Put back what these lines drew (their record became void), and let others that overspent have it."""
    draws = Draw.objects.filter(line__in=[line.pk for line in lines])
    sources = list(FundingSource.objects.filter(pk__in=draws.values("line__source")).order_by("pk"))
    draws.delete()
    for source in sources:
        settle(source)


def overspent_because(action: SupportAction) -> str:
    """Why the action paid more than its funds held, as long as no receipt has settled it; a correction keeps it."""
    if not any(line.source.ledger_since for line in action.lines):
        return ""
    waiting = Draw.objects.filter(line__action=action, receipt=None).order_by("pk")
    return waiting.values_list("reason", flat=True).first() or ""


def _held(sources: set[int]) -> dict[tuple[int, str], list[Receipt]]:
    """Receipts of these funds of which something is left, oldest first, by fund and nature."""
    held = defaultdict(list)
    rows = Receipt.objects.standing().with_left().filter(source__in=sources, left__gt=0).order_by("day", "pk")
    for receipt in rows:
        held[receipt.source_id, receipt.nature].append(receipt)
    return held


def _usable(receipts: list[Receipt], line: FundingLine, *, any_day: bool = False) -> list[Receipt]:
    """Receipts this line may draw on: given for its policy first, then those for anything."""
    day, policy = day_of(line.action), line.action.policy_id
    fitting = [
        receipt
        for receipt in receipts
        if receipt.left and receipt.policy_id in (policy, None) and (any_day or receipt.day <= day)
    ]
    return sorted(fitting, key=lambda receipt: receipt.policy_id is None)


def _overspent(source: FundingSource, nature: str, lacking: int, lines: list[FundingLine]) -> ValidationError:
    wanted = sum(line.amount for line in lines if (line.source, line.nature) == (source, nature))
    message = _(
        "%(fund)s (%(nature)s) holds %(held)s đồng that may be spent on this; %(wanted)s đồng are to be paid, "
        "%(lacking)s đồng are missing. Enter what was received first, or give the reason for overspending."
    )
    params = {
        "fund": source,
        "nature": dict(HELD)[nature],
        "held": number_format(wanted - lacking, force_grouping=True),
        "wanted": number_format(wanted, force_grouping=True),
        "lacking": number_format(lacking, force_grouping=True),
    }
    return ValidationError(message, code=OVERSPENT, params=params)


# --- what a fund receives -------------------------------------------------------------------


@recorded
def record_receipt(*, by, receipt: Receipt) -> Receipt:
    """Enter money or goods received; what was overspent before is settled by it."""
    if receipt.source.ledger_since is None:
        raise ValidationError({"source": _("Open the ledger of this fund first.")})
    if receipt.day < receipt.source.ledger_since:
        message = _("The ledger of this fund begins on %(day)s; what came before is in its opening balance.")
        raise ValidationError({"day": message % {"day": f"{receipt.source.ledger_since:%d/%m/%Y}"}})
    receipt.created_by = by if by.pk else None
    receipt.full_clean(exclude=["created_by"])
    receipt.save()
    settle(receipt.source)
    return receipt


@recorded
def void_receipt(*, by, receipt: Receipt, version: int, reason: str) -> Receipt:
    """Take a receipt out of the ledger; refused once something was paid from it.

    What it settled of others' overspending stands overspent again, for the reason given then.
    """
    list(FundingSource.objects.select_for_update().filter(pk=receipt.source_id))
    take_version(receipt, version)
    if receipt.is_void:
        raise ValidationError(_("This receipt is void already."))
    if not reason.strip():
        raise ValidationError({"void_reason": _("Give the reason.")})
    if drawn := receipt.draws.filter(reason="").aggregate(n=Sum("amount"))["n"]:
        message = _("%(amount)s đồng of this receipt are spent. Correct or void the help paid from it first.")
        raise ValidationError(message % {"amount": number_format(drawn, force_grouping=True)})
    receipt.voided_at, receipt.void_reason = timezone.now(), reason.strip()
    receipt.save()
    for draw in receipt.draws.all():
        if Draw.objects.filter(line=draw.line_id, receipt=None).update(amount=F("amount") + draw.amount):
            draw.delete()
        else:
            draw.receipt = None
            draw.save()
    settle(receipt.source)
    return receipt


@recorded
def open_ledger(*, by, source: FundingSource, since: date, opening: dict[str, int]) -> FundingSource:
    """Begin a fund's ledger with what it held that day (đồng by nature); help recorded since then is tied to it."""
    source = FundingSource.objects.select_for_update().get(pk=source.pk)
    if source.ledger_since is not None:
        message = _("The ledger of this fund is open since %(day)s.")
        raise ValidationError(message % {"day": f"{source.ledger_since:%d/%m/%Y}"})
    source.ledger_since = since
    source.save()
    for nature, amount in opening.items():
        if amount:
            Receipt.objects.create(source=source, day=since, nature=nature, amount=amount, is_opening=True)
    cover(list(_lines_of(source)), reason=_("recorded before the ledger was opened"))
    return source


@recorded
def record_allocation(*, by, allocation: Allocation) -> Allocation:
    """Set a part of a fund aside by a decision."""
    allocation.created_by = by if by.pk else None
    allocation.full_clean(exclude=["created_by"])
    allocation.save()
    return allocation


@recorded
def void_allocation(*, by, allocation: Allocation, reason: str) -> Allocation:
    """Take an allocation back; it stays readable with the reason."""
    if not reason.strip():
        raise ValidationError({"void_reason": _("Give the reason.")})
    allocation.voided_at, allocation.void_reason = timezone.now(), reason.strip()
    allocation.save()
    return allocation


# --- figures --------------------------------------------------------------------------------


def _lines_of(source: FundingSource):
    """Lines that draw on the fund's ledger, in the order in which they were paid."""
    day = Coalesce("action__period_to", "action__period_from")
    lines = FundingLine.objects.filter(source=source, action__voided_at=None, amount__isnull=False)
    lines = lines.exclude(nature=Nature.LOAN).annotate(day=day).filter(day__gte=source.ledger_since)
    return lines.select_related("action__policy", "source").order_by("day", "action", "pk")


@dataclass(frozen=True)
class FundYear:
    """One fund, one nature, one year, in đồng. `left` = opening + received − spent, overspent parts included.

    In the ledger's first year the opening is what the fund held when it began.
    """

    source: FundingSource
    nature: str
    year: int
    opening: int
    received: int
    allocated: int
    spent: int
    overspent: int

    @property
    def left(self) -> int:
        return self.opening + self.received - self.spent

    @property
    def held(self) -> str:
        """Money or goods."""
        return str(dict(HELD)[self.nature])


def together(years: Sequence[FundYear]) -> FundYear:
    """Consecutive years of a fund and nature as one: what it began with, all that came and went, what is left."""
    flows = {
        name: sum(getattr(each, name) for each in years) for name in ("received", "allocated", "spent", "overspent")
    }
    # What it held when its ledger began is no receipt, whichever of these years that was.
    return replace(years[-1], opening=years[-1].left - flows["received"] + flows["spent"], **flows)


def fund_years(first: int, last: int) -> list[FundYear]:
    """Every fund with a ledger, by nature and year; three queries whatever the rows."""
    sources = list(FundingSource.objects.exclude(ledger_since=None))
    if not sources:
        return []
    opened, received, spent, overspent, allocated = (defaultdict(int) for _number in range(5))
    receipts = Receipt.objects.standing().order_by().values("source", "nature", "day__year", "is_opening")
    for row in receipts.annotate(n=Sum("amount")):
        came_in = opened if row["is_opening"] else received
        came_in[row["source"], row["nature"], row["day__year"]] += row["n"]
    year = ExtractYear(Coalesce("line__action__period_to", "line__action__period_from"))
    draws = Draw.objects.order_by().annotate(year=year).values("line__source", "line__nature", "year")
    draws = draws.annotate(n=Sum("amount"), bare=Sum("amount", filter=Q(receipt=None)))
    for row in draws:
        key = row["line__source"], row["line__nature"], row["year"]
        spent[key] += row["n"]
        overspent[key] += row["bare"] or 0
    standing = Allocation.objects.filter(voided_at=None).order_by()
    for row in standing.values("source", "nature", "year").annotate(n=Sum("amount")):
        allocated[row["source"], row["nature"], row["year"]] += row["n"]
    result = []
    for source in sources:
        for nature in (Nature.GRANT, Nature.IN_KIND):
            known = {
                year
                for key in (opened, received, spent, allocated)
                for of, kind, year in key
                if (of, kind) == (source.pk, nature)
            }
            if not known:
                continue
            opening = sum(
                amounts[key] * sign
                for amounts, sign in ((opened, 1), (received, 1), (spent, -1))
                for key in list(amounts)
                if key[:2] == (source.pk, nature) and key[2] < first
            )
            for year in range(first, last + 1):
                key = source.pk, nature, year
                opening += opened[key]
                one = FundYear(source, nature, year, opening, received[key], allocated[key], spent[key], overspent[key])
                result.append(one)
                opening = one.left
    return result


@dataclass(frozen=True)
class Entry:
    """One line of a ledger: what came in or went out, and the balance after it, in đồng."""

    day: date
    came_in: int
    went_out: int
    balance: int
    receipt: Receipt | None = None
    line: FundingLine | None = None
    overspent: int = 0
    reason: str = ""  # for overspending


def ledger(source: FundingSource, nature: str) -> list[Entry]:
    """Everything the fund received and paid, in order; on one day, what it began with, what came in, what went out."""
    if source.ledger_since is None:
        return []
    receipts = Receipt.objects.standing().filter(source=source, nature=nature).select_related("donor", "policy")
    lines = (
        _lines_of(source)
        .filter(nature=nature)
        .annotate(bare=Coalesce(Sum("draws__amount", filter=Q(draws__receipt=None)), 0))
        .annotate(reason=Max("draws__reason", filter=Q(draws__receipt=None)))
    )
    lines = lines.select_related("action__policy", "action__ward", "action__household", "source")
    moves = [(receipt.day, 0 if receipt.is_opening else 1, receipt.pk, receipt) for receipt in receipts]
    moves += [(line.day, 2, line.pk, line) for line in lines]
    balance, entries = 0, []
    for day, turn, _pk, row in sorted(moves, key=lambda move: move[:3]):
        out = turn == 2
        balance += -row.amount if out else row.amount
        if out:
            reason = row.reason or ""
            entries.append(Entry(day, 0, row.amount, balance, line=row, overspent=row.bare, reason=reason))
        else:
            entries.append(Entry(day, row.amount, 0, balance, receipt=row))
    return entries


def untied(source: FundingSource) -> list[FundingLine]:
    """Lines of the fund whose draws do not add up to their amount; there should be none."""
    lines = _lines_of(source).annotate(drawn=Coalesce(Sum("draws__amount"), 0))
    return [line for line in lines if line.drawn != line.amount]

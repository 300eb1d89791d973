"""What moves on a loan after it is granted. Balances are counted from the movements, never typed."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Min, Q, Sum
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from support.codes import MovementKind
from support.models.action import EARLIEST_DAY, LARGEST_AMOUNT, SupportAction
from support.models.details import LoanDetail

LOWERS = (MovementKind.REPAYMENT, MovementKind.WRITE_OFF)


class LoanMovementQuerySet(models.QuerySet):
    def standing(self):
        return self.filter(voided_at=None)

    def balances(self, on: date) -> dict[int, "Balance"]:
        """What stands on the day of every loan that these movements are of, by the loan's key; one query."""
        due_on, term = "action__loandetail__due_on", "action__loandetail__term_months"
        rows = self.standing().order_by().values_list("action", "kind", due_on, term)
        rows = rows.annotate(first=Min("on"), moved=Sum("amount", filter=Q(on__lte=on)))
        sums, due = defaultdict(dict), {}
        for loan, kind, contract, months, first, moved in rows:
            sums[loan][kind] = moved or 0
            if kind == MovementKind.DISBURSEMENT:
                due[loan] = _due(contract, months, first)
        return {
            loan: Balance(
                on=on,
                disbursed=moved.get(MovementKind.DISBURSEMENT, 0),
                repaid=moved.get(MovementKind.REPAYMENT, 0),
                written_off=moved.get(MovementKind.WRITE_OFF, 0),
                interest=moved.get(MovementKind.INTEREST, 0),
                due_on=due.get(loan),
            )
            for loan, moved in sums.items()
        }


class LoanMovement(models.Model):
    """Money that moved on a loan on a day. A wrong one is made void with a reason, and stays to be read."""

    audited = True
    audit_subject = "action"

    action = models.ForeignKey(
        SupportAction, models.CASCADE, related_name="movements", verbose_name=_("action"), editable=False
    )
    kind = models.CharField(_("movement"), max_length=12, choices=MovementKind)
    on = models.DateField(_("day"))
    amount = models.BigIntegerField(
        _("amount (đồng)"),
        validators=[
            MinValueValidator(1, _("The amount must be more than 0.")),
            MaxValueValidator(LARGEST_AMOUNT, _("The amount is above 1,000 billion đồng; check the zeros.")),
        ],
    )
    note = models.CharField(_("note"), max_length=200, blank=True)
    voided_at = models.DateTimeField(_("voided at"), null=True, blank=True, editable=False)
    void_reason = models.CharField(_("reason"), max_length=300, blank=True, editable=False)

    objects = LoanMovementQuerySet.as_manager()

    class Meta:
        verbose_name = _("loan movement")
        verbose_name_plural = _("loan movements")
        ordering = ["on", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(amount__gte=1, amount__lte=LARGEST_AMOUNT),
                name="movement_amount_plausible",
                violation_error_code="amount",
                violation_error_message=_("The amount must lie between 1 and 1,000 billion đồng."),
            ),
            models.CheckConstraint(
                condition=Q(voided_at=None, void_reason="") | (Q(voided_at__isnull=False) & ~Q(void_reason="")),
                name="movement_void_has_a_reason",
                violation_error_message=_("Give the reason."),
            ),
        ]
        indexes = [models.Index(fields=["action", "on"], name="movement_by_day")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.on:%d/%m/%Y}"

    def clean(self):
        if self.on and self.on > timezone.localdate():
            raise ValidationError({"on": _("The date lies in the future.")})
        if self.on and self.on < EARLIEST_DAY:
            raise ValidationError({"on": _("The date lies before 2015; check the year.")})

    @property
    def is_void(self) -> bool:
        return self.voided_at is not None


@dataclass(frozen=True)
class Balance:
    """A loan on a day, in đồng. `overdue` is None where nobody knows when it is due."""

    on: date
    disbursed: int
    repaid: int
    written_off: int
    interest: int
    due_on: date | None

    @property
    def outstanding(self) -> int:
        return self.disbursed - self.repaid - self.written_off

    @property
    def overdue(self) -> int | None:
        """All that is owed after the due day; a loan that is paid back is never overdue."""
        if self.due_on is None:
            return 0 if not self.outstanding else None
        return self.outstanding if self.due_on < self.on else 0


def balance_of(movements: Iterable[LoanMovement], detail: LoanDetail | None, on: date) -> Balance:
    """What stands on this day, from the movements that are not void."""
    movements = [each for each in movements if not each.is_void]
    sums = dict.fromkeys(MovementKind.values, 0)
    for each in movements:
        if each.on <= on:
            sums[each.kind] += each.amount
    return Balance(
        on=on,
        disbursed=sums[MovementKind.DISBURSEMENT],
        repaid=sums[MovementKind.REPAYMENT],
        written_off=sums[MovementKind.WRITE_OFF],
        interest=sums[MovementKind.INTEREST],
        due_on=due_day(movements, detail),
    )


def due_day(movements: Iterable[LoanMovement], detail: LoanDetail | None) -> date | None:
    """As the contract says; else the term after the first disbursement."""
    if detail is None:
        return None
    paid_out = [each.on for each in movements if each.kind == MovementKind.DISBURSEMENT and not each.is_void]
    return _due(detail.due_on, detail.term_months, min(paid_out, default=None))


def _due(contract: date | None, months: int | None, first_paid_out: date | None) -> date | None:
    if contract:
        return contract
    return months_later(first_paid_out, months) if first_paid_out and months else None


def months_later(day: date, months: int) -> date:
    """The same day so many months on; the month's last day where there is no such day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    for shorter in range(4):
        try:
            return date(year, month + 1, day.day - shorter)
        except ValueError:
            continue
    raise AssertionError("every month has 28 days")


def first_overdrawn(movements: Iterable[LoanMovement]) -> tuple[date, int] | None:
    """The first day at whose end more had been paid back than paid out, and by how much."""
    changes: dict[date, int] = {}
    for each in movements:
        if each.is_void or each.kind == MovementKind.INTEREST:
            continue
        sign = -1 if each.kind in LOWERS else 1
        changes[each.on] = changes.get(each.on, 0) + sign * each.amount
    left = 0
    for day in sorted(changes):
        left += changes[day]
        if left < 0:
            return day, -left
    return None

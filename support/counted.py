"""What a report counts in records of help besides times, households and money: which have something of it, and how much.

    /support/?counted=repaid&on=2024-12-31      loans of which something was repaid up to the day, and what in all

A report's table and the list behind its figure say the same; the list shows only records that have a part in it.
"""

from collections.abc import Collection
from datetime import date

from django.db.models import Count, Exists, Max, Min, OuterRef, Q, QuerySet, Sum, TextChoices
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from support.codes import Nature, combined_qualifier
from support.models import FundingLine, LoanMovement
from support.words import Money, span


class Counted(TextChoices):
    PERSONS = "persons", _("Persons, named")
    UNNAMED_HOUSEHOLDS = "unnamed_households", _("Households, not named")
    UNNAMED_PERSONS = "unnamed_persons", _("Persons, not named")
    ALL_HOUSEHOLDS = "all_households", _("Households, named and not named")
    ALL_PERSONS = "all_persons", _("Persons, named and not named")
    THINGS = "things", _("Things")
    LABOUR_DAYS = "labour_days", _("Days of labour")
    LABOUR_VALUE = "labour_value", _("Value of the labour")
    REPAID = "repaid", _("Repaid")
    INTEREST = "interest", _("Interest paid")
    WRITTEN_OFF = "written_off", _("Written off")
    OUTSTANDING = "outstanding", _("Still owed")
    OVERDUE = "overdue", _("Overdue")
    UNTRACKED = "untracked", _("Loans without a balance")
    INCOME_GAIN = "income_gain", _("Income gained")


# What is counted once each, and what is added up.
_COLUMNS = {
    Counted.PERSONS: ("member", None),
    Counted.UNNAMED_HOUSEHOLDS: (None, "households_reported"),
    Counted.UNNAMED_PERSONS: (None, "persons_reported"),
    Counted.ALL_HOUSEHOLDS: ("household", "households_reported"),
    Counted.ALL_PERSONS: ("member", "persons_reported"),
    Counted.THINGS: (None, "things"),
    Counted.LABOUR_DAYS: (None, "housingdetail__labour_days"),
    Counted.LABOUR_VALUE: (None, "housingdetail__labour_value"),
    Counted.UNTRACKED: (None, "times"),
}
_OF_BALANCES = (Counted.REPAID, Counted.INTEREST, Counted.WRITTEN_OFF, Counted.OUTSTANDING, Counted.OVERDUE)
_SURE = (Counted.LABOUR_DAYS, Counted.LABOUR_VALUE)  # that a record's counts are inexact says nothing of these


def having(rows: QuerySet, counted: str, *, on: date, lenders: Collection[str] = ()) -> QuerySet:
    """Of these records, those that have a part in the figure. A loan of other lenders too has no balance with these."""
    if counted == Counted.INCOME_GAIN:
        return rows.exclude(income_gain_from=None)
    if counted in _OF_BALANCES:
        if lenders:
            others = FundingLine.objects.filter(action=OuterRef("pk"), nature=Nature.LOAN)
            rows = rows.exclude(Exists(others.exclude(source__code__in=lenders)))
        return rows.filter(pk__in=_parts(rows, counted, on))
    distinct, added = _COLUMNS[counted]
    part = Q(**{f"{distinct}__isnull": False}) if distinct else Q()
    part |= Q(**{f"{added}__gt": 0}) if added else Q()
    if counted == Counted.UNTRACKED:
        part &= ~Exists(LoanMovement.objects.standing().filter(action=OuterRef("pk")))
    return rows.filter(part)


def figure_of(rows: QuerySet, counted: str, *, on: date) -> Money:
    """What these records come to, a range for incomes; None where nothing is on record."""
    rows = rows.order_by()
    if counted == Counted.INCOME_GAIN:
        upper = Coalesce("income_gain_to", "income_gain_from")  # where one figure was recorded, it is both
        gain = rows.aggregate(low=Min("income_gain_from"), high=Max(upper))
        return Money(span(gain["low"], gain["high"]))
    if counted in _OF_BALANCES:
        parts = _parts(rows, counted, on)
        return Money(sum(parts.values()) if parts else None)
    distinct, added = _COLUMNS[counted]
    number, doubts = None, set()
    if distinct:
        number = rows.aggregate(n=Count(distinct, distinct=True))["n"] or None
    if added:
        for qualifier, part in rows.exclude(**{added: None}).values_list("qualifier").annotate(Sum(added)):
            number = (number or 0) + part
            doubts.add("" if counted in _SURE else qualifier)
    return Money(number, combined_qualifier(doubts) or "")


def _parts(rows: QuerySet, counted: str, on: date) -> dict[int, int]:
    """What each loan has of it on the day, where it has any."""
    balances = LoanMovement.objects.filter(action__in=rows.order_by().values("pk")).balances(on)
    return {loan: part for loan, balance in balances.items() if (part := getattr(balance, counted))}

"""Help that is on record already: by the same policy, to the same people, in the same period, whoever paid for it.

    overlaps([(action, detail), …], by=user)     for each row, saved or not, what it repeats; at most six queries
    overlaps_of(action, detail, by=user)         for one

It is told before saving and forbids nothing: two Funds may each give a family a present.

**The same people.** The household; help to all of it and to one of its members reach the same person, help to two
members does not. With a household belong those found to be the same (entered twice), and to a person the help given
under an earlier household, known by the person's number.

**The same period** is what the kind says, else days that touch:

    tuition      the school year, unless both tell their months and together they fill no more than its nine
    insurance    months in common; a card without a last month holds to the end of its year
    allowances   months in common; one without a last month goes on
    loans        as long as something is owed
    housing      the calendar year: a house is not built twice in one
    gifts        the same occasion less than half a year apart
    relief       the day of the same event

**What may not be read is not told**, not even that it is there: that a person has borrowed elsewhere is their own
affair. A household that moves brings its help along, so its new ward reads all of it anyway.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple

from django.utils import timezone
from django.utils.translation import gettext as _

from households.codes import Closing
from households.models import Household, Member
from support import words
from support.codes import Category, Nature
from support.models import (
    RELATED_NAMES,
    ActionDetail,
    AssistanceDetail,
    GiftDetail,
    InsuranceDetail,
    ReliefDetail,
    SupportAction,
    TuitionDetail,
    balance_of,
    detail_of,
)
from support.models.details.loan import LONGEST_TERM
from support.models.loan import LOWERS, months_later

SCHOOL_MONTHS = 9  # a school year is paid for by nine months at most (NĐ 81/2021)
HALF_A_YEAR = timedelta(days=183)

Help = tuple[SupportAction, ActionDetail | None]


@dataclass(frozen=True)
class Overlap:
    """A standing record of help that another one repeats, wholly or in part."""

    action: SupportAction
    detail: ActionDetail | None

    @property
    def period(self) -> str:
        """Its days, and what its kind is compared by: “10/09/2022, năm học 2022-2023, 4 tháng”."""
        return ", ".join([words.period(self.action), *_compared_by(self.detail)])

    @property
    def whom(self) -> str:
        return self.action.member.name if self.action.member else _("the whole household")

    @property
    def money(self) -> str:
        """“cho không 300.000 đồng”; nothing where no amount is known."""
        known = [
            _("%(nature)s %(amount)s đồng") % {"nature": Nature(nature).label, "amount": words.qualified(*money)}
            for nature, money in words.money_by_nature(self.action.lines).items()
            if money.amount is not None
        ]
        return ", ".join(known)

    def __str__(self) -> str:
        parts = ", ".join(part for part in (self.period, self.whom, self.money) if part)
        text = _("“%(policy)s” is on record for this period already: %(what)s (record %(number)d).")
        return text % {"policy": self.action.policy, "what": parts, "number": self.action.pk}


def _compared_by(detail: ActionDetail | None) -> list[str]:
    told = []
    if isinstance(detail, TuitionDetail):
        if detail.school_year:
            told.append(_("school year %(year)s") % {"year": detail.school_year_in_words})
        if detail.months:
            told.append(_("%(months)d months") % {"months": detail.months})
    elif isinstance(detail, InsuranceDetail | AssistanceDetail) and detail.month_from:
        last = f"{detail.month_to:%m/%Y}" if detail.month_to else "…"
        told.append(_("months %(first)s – %(last)s") % {"first": f"{detail.month_from:%m/%Y}", "last": last})
    elif isinstance(detail, GiftDetail) and detail.occasion:
        told.append(detail.get_occasion_display())
    elif isinstance(detail, ReliefDetail) and detail.event:
        told.append(detail.event)
    return told


def overlaps_of(action: SupportAction, detail: ActionDetail | None, *, by) -> list[Overlap]:
    """What one record, saved or not, repeats of what this person may read."""
    [found] = overlaps([(action, detail)], by=by)
    return found


def overlaps(rows: Iterable[Help], *, by) -> list[list[Overlap]]:
    """For each of these records, in their order, what it repeats of the help on record that this person may read."""
    rows = list(rows)
    on_record = _OnRecord.read([action for action, _detail in rows if action.is_named], by=by)
    return [
        [Overlap(*other) for other in _in_the_same_period(row, on_record.to_the_same_people(row[0]))] for row in rows
    ]


# --- the same people ------------------------------------------------------------------------


class _OnRecord:
    """Standing help to the households and persons that are asked about."""

    def __init__(self):
        self.by_household: dict[int, list[Help]] = defaultdict(list)
        self.by_number: dict[str, list[Help]] = defaultdict(list)

    @classmethod
    def read(cls, actions: Sequence[SupportAction], *, by) -> "_OnRecord":
        made = cls()
        asked = {action.household_id for action in actions}
        visible = Household.objects.visible_to(by)
        home = {pk: pk for pk in visible.filter(pk__in=asked).order_by().values_list("pk", flat=True)}
        if not home:
            return made
        twice = Household.objects.filter(merged_into__in=list(home), closed_as=Closing.DUPLICATE).order_by()
        home |= dict(twice.values_list("pk", "merged_into"))
        policies = {action.policy_id for action in actions}
        standing = SupportAction.objects.standing().filter(policy__in=policies)
        numbers = {action.member.id_number for action in actions if action.member and action.member.id_number}
        rows = standing.filter(household__in=list(home))
        if numbers:
            persons = Member.objects.filter(id_number__in=numbers, household__in=visible.order_by().values("pk"))
            rows |= standing.filter(member__in=list(persons.order_by().values_list("pk", flat=True)))
        for each in _loaded(rows, lent=any(action.policy.repayable for action in actions)):
            help_given = each, detail_of(each)
            if each.household_id in home:
                made.by_household[home[each.household_id]].append(help_given)
            if each.member and each.member.id_number:
                made.by_number[each.member.id_number].append(help_given)
        return made

    def to_the_same_people(self, action: SupportAction) -> list[Help]:
        """Other help by the action's policy that reached its household or member."""
        number = action.member.id_number if action.member else ""
        found = {
            other.pk: (other, detail)
            for other, detail in self.by_household[action.household_id]
            if action.member is None or other.member is None or _same_person(action.member, other.member)
        }
        if number:
            found |= {other.pk: (other, detail) for other, detail in self.by_number[number]}
        return [
            (other, detail)
            for pk, (other, detail) in sorted(found.items())
            if other.policy_id == action.policy_id and pk != action.pk
        ]


def _loaded(rows, *, lent: bool) -> list[SupportAction]:
    """With all that a comparison and its sentence need."""
    rows = rows.select_related("policy", "member", *RELATED_NAMES).prefetch_related("funding")
    rows = list(rows.prefetch_related("movements") if lent else rows)
    for action in rows:
        action.lines = list(action.funding.all())
    return rows


def _same_person(one: Member, other: Member) -> bool:
    """One row, one number; or, in two records of one household, one name and year of birth."""
    if one.pk == other.pk:
        return True
    if one.id_number and other.id_number:
        return one.id_number == other.id_number
    return one.household_id != other.household_id and (one.name_key, one.birth_year) == (
        other.name_key,
        other.birth_year,
    )


# --- the same period ------------------------------------------------------------------------


class _Span(NamedTuple):
    """From a day to a day; no last day: it goes on."""

    first: date
    last: date | None

    def touches(self, other: "_Span") -> bool:
        return (self.last is None or other.first <= self.last) and (other.last is None or self.first <= other.last)


def _in_the_same_period(row: Help, others: list[Help]) -> list[Help]:
    if row[0].policy.category != Category.TUITION:
        return [other for other in others if _touch(row, other)]
    year = _school_year(row[1])
    of_the_year = [other for other in others if year and _school_year(other[1]) == year]
    if _too_many_months([row[1], *(detail for _action, detail in of_the_year)]):
        told = of_the_year
    else:
        told = [other for other in of_the_year if _touch(row, other)]
    # Where one of the two does not say its school year, the days decide.
    unsaid = [other for other in others if not (year and _school_year(other[1]))]
    return told + [other for other in unsaid if _touch(row, other)]


def _school_year(detail: ActionDetail | None) -> int | None:
    return detail.school_year if isinstance(detail, TuitionDetail) else None


def _too_many_months(details: Sequence[ActionDetail | None]) -> bool:
    """Whether these pay for more months than a school year has; who does not tell the months paid for all."""
    months = [detail.months if detail else None for detail in details]
    return None in months or sum(months) > SCHOOL_MONTHS


def _touch(row: Help, other: Help) -> bool:
    """Whether the two fall into one period of their kind."""
    one, two = row[1], other[1]
    category = row[0].policy.category
    if category == Category.GIFTS and _both_say("occasion", one, two):
        apart = abs(row[0].period_from - other[0].period_from) if row[0].period_from and other[0].period_from else None
        return one.occasion == two.occasion and apart is not None and apart < HALF_A_YEAR
    if category in (Category.EMERGENCY, Category.COVID) and _both_say("event_on", one, two):
        return one.event_on == two.event_on
    spans = _span(*row), _span(*other)
    return None not in spans and spans[0].touches(spans[1])


def _both_say(name: str, *details: ActionDetail | None) -> bool:
    return all(detail is not None and getattr(detail, name) for detail in details)


def _span(action: SupportAction, detail: ActionDetail | None) -> _Span | None:
    """The days for which this help counts; None where no day is on record."""
    first = action.period_from or action.period_to
    if first is None:
        return None
    own = _Span(first, action.period_to)
    of_kind = _SPANS.get(action.policy.category)
    return of_kind(action, detail, own) if of_kind else own


def _of_the_months(_action: SupportAction, detail: ActionDetail | None, own: _Span) -> _Span:
    if detail is None or detail.month_from is None:
        return own
    last = detail.month_to or detail.month_from.replace(month=12)
    return _Span(detail.month_from, _last_day(last))


def _last_day(month: date) -> date:
    return months_later(month.replace(day=1), 1) - timedelta(days=1)


def _of_the_allowance(_action: SupportAction, detail: ActionDetail | None, own: _Span) -> _Span:
    if detail is None or detail.month_from is None:
        return own
    return _Span(detail.month_from, _last_day(detail.month_to) if detail.month_to else None)


def _of_the_debt(action: SupportAction, detail: ActionDetail | None, own: _Span) -> _Span:
    """To the day on which it was paid back; of a loan about to be recorded, to the day on which it is due."""
    movements = [each for each in action.movements.all() if not each.is_void] if action.pk else []
    if movements:
        owed = balance_of(movements, detail, timezone.localdate()).outstanding
        paid_back = max((each.on for each in movements if each.kind in LOWERS), default=own.first)
        return _Span(own.first, None if owed else paid_back)
    if detail is None or not (detail.due_on or detail.term_months):
        return own
    # A term above the longest one is refused when it is saved; until then it must not lead beyond the calendar.
    return _Span(own.first, detail.due_on or months_later(own.first, min(detail.term_months, LONGEST_TERM)))


def _of_the_calendar_year(_action: SupportAction, _detail: ActionDetail | None, own: _Span) -> _Span:
    return _Span(date(own.first.year, 1, 1), date((own.last or own.first).year, 12, 31))


_SPANS = {
    Category.INSURANCE: _of_the_months,
    Category.LOANS: _of_the_debt,
    Category.HOUSING: _of_the_calendar_year,
    Category.ASSISTANCE: _of_the_allowance,
}

"""A record of help in words: its period, whom it reached, what was handed over."""

from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

from django.db.models import TextChoices
from django.utils.formats import number_format
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from support.codes import BeneficiaryGroup, MovementKind, Nature, Qualifier, Thing, combined_qualifier
from support.models import ActionDetail, FundingLine, InsuranceDetail, LoanMovement, SupportAction

UNKNOWN = "—"


class Money(NamedTuple):
    """A sum, or a range in words; None is unknown, and the qualifier is empty for an exact sum."""

    amount: int | str | None
    qualifier: str = ""


def money_by_nature(lines: Iterable[FundingLine]) -> dict[str, Money]:
    """What the lines come to, one sum a nature; a line whose amount is not known adds nothing."""
    lines = list(lines)
    sums = {}
    for nature in Nature:
        known = [line for line in lines if line.nature == nature and line.amount is not None]
        total = sum(line.amount for line in known) if known else None
        sums[nature.value] = Money(total, combined_qualifier(line.qualifier for line in known) or "")
    return sums


def labelled(sums: dict[str, Money]) -> list[tuple[str, Money]]:
    """Each nature by its name, always in the same order."""
    return [(str(Nature(nature).label), total) for nature, total in sums.items()]


def qualified(number: int | str | None, qualifier: str = "") -> str:
    """“gần 8.000”; an exact number stands alone, an unknown one is “—”."""
    if number is None:
        return UNKNOWN
    if isinstance(number, str):
        return number
    text = number_format(number, force_grouping=True)
    if qualifier in ("", Qualifier.EXACT):
        return text
    return f"{Qualifier(qualifier).label} {text}"


def span(low: int | None, high: int | None) -> str | None:
    """“1.000.000–1.500.000”; one number where both are the same, nothing where an end is missing."""
    if low is None or high is None:
        return None
    return "–".join(qualified(number) for number in dict.fromkeys((low, high)))


def day(value: date | None) -> str:
    return f"{value:%d/%m/%Y}" if value else ""


def period(action: SupportAction) -> str:
    """A day, a month, a year or a span; an end that was never published is left open."""
    first, last = action.period_from, action.period_to
    if not first and not last:
        return UNKNOWN
    if not first:
        return _("until %(day)s") % {"day": day(last)}
    if not last:
        return _("from %(day)s") % {"day": day(first)}
    if first == last:
        return day(first)
    if (first.day, first.month, last.day, last.month) == (1, 1, 31, 12):
        years = str(first.year) if first.year == last.year else f"{first.year}–{last.year}"
        return _("year %(year)s") % {"year": years}
    return f"{day(first)} – {day(last)}"


def label_of(choices: type[TextChoices], value: str) -> str:
    """The word for a code. Django's own `get_…_display()` hashes every choice each time, which a long list feels."""
    return str(dict(choices.choices).get(value, value))


def group(action: SupportAction) -> str:
    """Whom the help was for: the group in the officer's words, else its class."""
    return action.group_name or label_of(BeneficiaryGroup, action.beneficiary_group)


def times(number: int, qualifier: str = "") -> str:
    return ngettext("%(count)s time", "%(count)s times", number) % {"count": qualified(number, qualifier)}


def reached(action: SupportAction) -> str:
    """“341 lượt trẻ em thuộc hộ cận nghèo”, for help that names nobody."""
    values = {"times": times(action.times, action.qualifier), "group": group(action)}
    # Translators: 341 times, children of near-poor households
    return _("%(times)s, %(group)s") % values if values["group"] else values["times"]


def reported(action: SupportAction) -> str:
    """Households and persons as they were reported without names."""
    parts = []
    if (number := action.households_reported) is not None:
        text = ngettext("%(count)s household", "%(count)s households", number)
        parts.append(text % {"count": qualified(number, action.qualifier)})
    if (number := action.persons_reported) is not None:
        text = ngettext("%(count)s person", "%(count)s persons", number)
        parts.append(text % {"count": qualified(number, action.qualifier)})
    return ", ".join(parts)


def things(action: SupportAction) -> str:
    """“34 nhà”."""
    if action.things is None:
        return ""
    # For a named household the qualifier would belong to a count of one.
    count = qualified(action.things, "" if action.is_named else action.qualifier)
    return f"{count} {label_of(Thing, action.thing_unit)}"


def where(action: SupportAction) -> str:
    return str(action.ward) if action.ward else _("Whole district")


def place(action: SupportAction) -> str:
    """The ward without its kind, for a column whose heading says it."""
    return where(action).removeprefix("Phường ")


def told(detail: ActionDetail | None) -> list[tuple[str, str]]:
    """What the kind records, field by field, with the unit in the value; what was not said is left out."""
    if detail is None:
        return []
    rows = []
    for field in detail.own_fields():
        value = getattr(detail, field.name)
        if value in (None, "") or field.name == "interest_unit":  # told together with the rate
            continue
        name = str(field.verbose_name)
        rows.append(
            (
                capfirst(name.removesuffix(" (đồng)").removesuffix(" (%)").removesuffix(" (m²)")),
                _value(detail, field, value),
            )
        )
    return rows


def _value(detail: ActionDetail, field, value) -> str:
    if isinstance(detail, InsuranceDetail) and field.name == "number":
        return detail.masked_number
    if field.name == "interest_rate":
        return detail.rate_in_words
    if field.flatchoices:
        return str(dict(field.flatchoices).get(value, value))
    if hasattr(field, "in_words"):
        return field.in_words(value)
    if isinstance(value, date):
        return day(value)
    return qualified(value) if isinstance(value, int) else str(value)


def shares(detail: ActionDetail | None, funding: Iterable[FundingLine]) -> list[tuple[str, str]]:
    """Which source pays which part of a premium, in per cent; what no line names is the household's own."""
    premium = detail.premium if isinstance(detail, InsuranceDetail) else None
    if not premium:
        return []
    lines = [line for line in funding if line.amount is not None]
    parts = [(str(line.source), line.amount) for line in lines]
    if rest := premium - sum(amount for _source, amount in parts):
        parts.append((_("not paid by these sources"), rest))
    return [(source, f"{number_format(amount * 100 / premium, 1)} %") for source, amount in parts]


def described(
    action: SupportAction,
    funding: Iterable[FundingLine],
    detail: ActionDetail | None = None,
    movements: Iterable[LoanMovement] = (),
) -> dict[str, str]:
    """Everything an officer may change, label by label; two versions are compared in these words."""

    def label(name: str) -> str:
        return capfirst(str(SupportAction._meta.get_field(name).verbose_name))

    inexact = action.qualifier not in ("", Qualifier.EXACT)
    return {
        label("policy"): str(action.policy),
        label("member"): str(action.member or ""),
        label("ward"): where(action),
        label("beneficiary_group"): action.get_beneficiary_group_display(),
        label("group_name"): action.group_name,
        label("times"): qualified(action.times),
        label("households_reported"): _number(action.households_reported),
        label("persons_reported"): _number(action.persons_reported),
        label("qualifier"): action.get_qualifier_display() if inexact else "",
        label("things"): things(action),
        label("period_from"): day(action.period_from),
        label("period_to"): day(action.period_to),
        label("implementing_body"): action.implementing_body,
        label("decision_number"): action.decision_number,
        label("decision_date"): day(action.decision_date),
        label("income_gain_from"): _number(action.income_gain_from),
        label("income_gain_to"): _number(action.income_gain_to),
        label("differs_because"): action.differs_because,
        label("note"): action.note,
        **dict(told(detail)),
        **{
            f"{capfirst(each.get_kind_display())}, {day(each.on)}": qualified(each.amount)
            for each in movements
            if each.kind == MovementKind.DISBURSEMENT and not each.is_void
        },
        **{
            f"{each.source}, {each.get_nature_display()}": qualified(each.amount, each.qualifier)
            for each in sorted(funding, key=lambda each: (each.source.order, each.nature))
        },
    }


def _number(value: int | None) -> str:
    return "" if value is None else qualified(value)

"""Lists of help as they are shown and exported: the same rows, the same order, the same sums."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import IO

from django.db import connection
from django.db.models import Count, F, OuterRef, Prefetch, Q, Subquery, Sum
from django.db.models.functions import Collate
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from households.codes import Relation
from households.models import Member
from support import words
from support.codes import Category, Nature, Qualifier, Thing, combined_qualifier
from support.counted import Counted, figure_of
from support.filters import UNKNOWN, SupportActionFilter
from support.models import FundingLine, SupportAction
from wards.sheets import COUNT, DAY, MONEY, SheetColumn, list_workbook

DEFAULT_SORT = "-date"
_HEADS = Member.objects.filter(relation=Relation.HEAD, left_on=None)


# --- order ----------------------------------------------------------------------------------


def in_order(rows, sort: str, line_filter: Q | None = None):
    """Sort by a column, `-` for falling; anything else is the default, newest first."""
    key, falling = sort.removeprefix("-"), sort.startswith("-")
    if key in Nature.values:
        lines = FundingLine.objects.filter(line_filter or Q(), action=OuterRef("pk"), nature=key).order_by()
        rows = rows.annotate(sorted_by=Subquery(lines.values("action").annotate(n=Sum("amount")).values("n")))
    elif key == "beneficiary":
        head = _HEADS.filter(household=OuterRef("household")).order_by()
        rows = rows.annotate(sorted_by=Subquery(head.values("sort_key")[:1]))
    elif key in _COLUMNS:
        rows = rows.annotate(sorted_by=F(_COLUMNS[key]))
    else:
        # As it stands in the index, so that the newest page need not sort all rows.
        return rows.order_by("-period_from", "-pk") if sort != "date" else rows.order_by("period_from", "pk")
    by = F("sorted_by")
    if key in ("beneficiary", "ward"):
        # Sort keys are made to be compared byte by byte, whatever language the database was set up for.
        by = Collate(by, "C" if connection.vendor == "postgresql" else "BINARY")
    order = by.desc(nulls_last=True) if falling else by.asc(nulls_last=True)
    return rows.order_by(order, "-period_from", "-pk")


_COLUMNS = {"policy": "policy__order", "ward": "ward__sort_key", "times": "times", "things": "things"}


# --- rows -----------------------------------------------------------------------------------


def with_details(rows, line_filter: Q | None = None):
    """Load what a row shows, in a number of queries that does not grow with the rows."""
    # Few policies, wards and sources stand behind many rows: prefetched, each is made into an object once.
    lines = FundingLine.objects.filter(line_filter or Q()).prefetch_related("source").order_by("pk")
    return rows.select_related("household", "member").prefetch_related(
        "policy",
        "ward",
        Prefetch("household__members", queryset=_HEADS, to_attr="heads"),
        Prefetch("funding", queryset=lines, to_attr="lines"),
    )


def _head(action: SupportAction) -> str:
    household = action.household
    return next((member.name for member in household.heads), household.code) if household else ""


def _sources(action: SupportAction) -> list[str]:
    return list(dict.fromkeys(str(line.source) for line in action.lines))


@dataclass(frozen=True)
class Row:
    """One record of help as a list shows it."""

    action: SupportAction
    head: str
    period: str
    group: str
    reported: str
    where: str
    place: str
    member: str
    things: str
    money: dict[str, words.Money]
    sources: list[str]

    @property
    def more_sources(self) -> int:
        return len(self.sources) - 1

    @classmethod
    def of(cls, action: SupportAction) -> "Row":
        member, head = action.member, _head(action)
        return cls(
            action=action,
            head=head,
            period=words.period(action),
            group=words.group(action) if action.household else words.reached(action),
            reported=words.reported(action),
            where=words.where(action),
            place=words.place(action),
            member=member.name if member and member.name != head else "",
            things=words.things(action),
            money=words.money_by_nature(action.lines),
            sources=_sources(action),
        )


# --- sums -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Totals:
    """Sums over everything filtered. Times are added, households counted once, natures never mixed.

    `more`: what was asked for besides, by its name.
    """

    records: int
    times: int
    times_qualifier: str
    households: int
    money: dict[str, words.Money]
    more: dict[str, words.Money]

    @classmethod
    def of(cls, filters: SupportActionFilter) -> "Totals":
        rows = filters.qs.order_by()
        times, doubts, records = 0, set(), 0
        for part in rows.values("qualifier").annotate(records=Count("pk"), times=Sum("times")):
            records, times = records + part["records"], times + part["times"]
            doubts.add(part["qualifier"])
        lines = FundingLine.objects.filter(filters.line_filter, action__in=rows.values("pk")).order_by()
        sums, unsure = {}, defaultdict(set)
        for part in lines.exclude(amount=None).values("nature", "qualifier").annotate(total=Sum("amount")):
            sums[part["nature"]] = sums.get(part["nature"], 0) + part["total"]
            unsure[part["nature"]].add(part["qualifier"])
        return cls(
            records=records,
            times=times,
            times_qualifier=combined_qualifier(doubts) or "",
            households=rows.aggregate(n=Count("household", distinct=True))["n"],
            money={
                nature: words.Money(sums.get(nature), combined_qualifier(unsure[nature]) or "")
                for nature in Nature.values
            },
            more=_more(filters, rows, lines),
        )

    @property
    def shown_times(self) -> str:
        return words.qualified(self.times, self.times_qualifier)

    @property
    def by_name(self) -> list[tuple[str, words.Money]]:
        """Money of each nature, and what was asked for besides."""
        return [*words.labelled(self.money), *self.more.items()]

    def in_words(self) -> str:
        """“34 lượt · 34 hộ · cho không 3.477.000.000 · hiện vật — · vốn vay —”."""
        households = ngettext("%(count)s named household", "%(count)s named households", self.households)
        return " · ".join(
            [
                words.times(self.times, self.times_qualifier),
                households % {"count": words.qualified(self.households)},
                *(f"{label} {words.qualified(*total)}" for label, total in self.by_name),
            ]
        )


def _more(filters: SupportActionFilter, rows, lines) -> dict[str, words.Money]:
    asked = filters.form.cleaned_data if filters.is_valid() else {}
    more = {}
    if asked.get("counted"):
        more[str(Counted(asked["counted"]).label)] = figure_of(rows, asked["counted"], on=filters.day)
    if asked.get("amount") == UNKNOWN:
        more[_("Amounts not known")] = words.Money(lines.count())
    return more


# --- export ---------------------------------------------------------------------------------

_TITLE = gettext_lazy("Support given")
EXPORT_COLUMNS = (
    SheetColumn(gettext_lazy("From"), DAY),
    SheetColumn(gettext_lazy("To"), DAY),
    SheetColumn(gettext_lazy("Category"), width=16),
    SheetColumn(gettext_lazy("Policy"), width=40),
    SheetColumn(gettext_lazy("Household code"), width=13),
    SheetColumn(gettext_lazy("Head of household")),
    SheetColumn(gettext_lazy("Member"), width=22),
    SheetColumn(gettext_lazy("Beneficiary group"), width=30),
    SheetColumn(gettext_lazy("Ward"), width=22),
    SheetColumn(gettext_lazy("Times"), COUNT),
    SheetColumn(gettext_lazy("Households, not named"), COUNT),
    SheetColumn(gettext_lazy("Persons, not named"), COUNT),
    SheetColumn(gettext_lazy("Counts are"), width=10),
    SheetColumn(gettext_lazy("Things"), COUNT),
    SheetColumn(gettext_lazy("Kind of thing"), width=16),
    SheetColumn(gettext_lazy("Grant (đồng)"), MONEY),
    SheetColumn(gettext_lazy("In kind (đồng)"), MONEY),
    SheetColumn(gettext_lazy("Loan (đồng)"), MONEY),
    SheetColumn(gettext_lazy("Amounts are"), width=14),
    SheetColumn(gettext_lazy("Sources"), width=36),
    SheetColumn(gettext_lazy("Implementing body")),
    SheetColumn(gettext_lazy("Decision number"), width=18),
    SheetColumn(gettext_lazy("Decision date"), DAY),
    SheetColumn(gettext_lazy("Note"), width=30),
    SheetColumn(gettext_lazy("Voided because"), width=20),
)


def export(filters: SupportActionFilter, *, sort: str, by, at: datetime) -> tuple[IO[bytes], int]:
    """A workbook of exactly what is filtered, in the order of the list, and its number of rows."""
    totals = Totals.of(filters)
    asked = "; ".join(f"{each.label}: {each.words}" for each in filters.in_words())
    notes = [
        asked or _("Everything this person may see."),
        totals.in_words(),
        _("Exported on %(day)s by %(person)s. Amounts in đồng; an empty amount is not known.")
        % {"day": f"{at:%d/%m/%Y %H:%M}", "person": by},
    ]
    columns = [SheetColumn(str(column.label), column.kind, column.width) for column in EXPORT_COLUMNS]
    rows = with_details(in_order(filters.qs, sort, filters.line_filter), filters.line_filter)
    file = list_workbook(title=str(_TITLE), notes=notes, columns=columns, rows=_export_rows(rows))
    return file, totals.records


def _export_rows(rows) -> Iterator[tuple]:
    for action in rows.iterator(chunk_size=1000):
        household, money = action.household, words.money_by_nature(action.lines)
        yield (
            action.period_from,
            action.period_to,
            words.label_of(Category, action.policy.category),
            str(action.policy),
            household.code if household else "",
            _head(action),
            action.member.name if action.member else "",
            words.group(action),
            words.where(action),
            action.times,
            action.households_reported,
            action.persons_reported,
            _doubt(action.qualifier),
            action.things,
            words.label_of(Thing, action.thing_unit),
            *(money[nature].amount for nature in Nature.values),
            ", ".join(
                f"{Nature(nature).label}: {_doubt(sum_.qualifier)}" for nature, sum_ in money.items() if sum_.qualifier
            ),
            "; ".join(_sources(action)),
            action.implementing_body,
            action.decision_number,
            action.decision_date,
            action.note,
            action.void_reason,
        )


def _doubt(qualifier: str) -> str:
    return "" if qualifier in ("", Qualifier.EXACT) else words.label_of(Qualifier, qualifier)

"""Batches as they are shown: what was given, when, to how many, read from their records that the reader may see."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from django.db.models import Count, Max, Min, Q, Sum
from django.utils.translation import gettext as _

from support import words
from support.codes import combined_qualifier
from support.models import FundingLine, SupportAction, SupportBatch, SupportPolicy
from wards.models import Ward


@dataclass
class BatchRow:
    """One batch in a list. Money and numbers are of what stands; what was made void is only counted."""

    batch: SupportBatch
    first_day: date | None
    last_day: date | None
    standing: int
    void: int
    households: int
    policies: list[SupportPolicy] = field(default_factory=list)
    wards: list[Ward] = field(default_factory=list)
    money: dict[str, words.Money] = field(default_factory=dict)

    @property
    def is_void(self) -> bool:
        return self.standing == 0

    @property
    def title(self) -> str:
        return ", ".join(str(policy) for policy in self.policies)

    @property
    def period(self) -> str:
        return words.period(SupportAction(period_from=self.first_day, period_to=self.last_day))

    @property
    def where(self) -> str:
        if len(self.wards) == 1:
            return str(self.wards[0])
        return _("%(count)d wards") % {"count": len(self.wards)}

    @property
    def by_nature(self) -> list[tuple[str, words.Money]]:
        """Natures of which something is known; never added together."""
        return [(label, money) for label, money in words.labelled(self.money) if money.amount is not None]


def batch_rows(batches: Iterable[SupportBatch], *, user) -> list[BatchRow]:
    """In the order given, from the records visible to this person; the number of queries does not grow."""
    batches = list(batches)
    visible = SupportAction.objects.visible_to(user).filter(batch__in=batches).order_by()
    stands = Q(voided_at=None)
    counted = {
        row["batch"]: row
        for row in visible.values("batch").annotate(
            first_day=Min("period_from"),
            last_day=Max("period_to"),
            records=Count("pk"),
            standing=Count("pk", filter=stands),
            households=Count("household", filter=stands, distinct=True),
        )
    }
    policies, wards = _of_each(visible, "policy", SupportPolicy), _of_each(visible, "ward", Ward)
    money = _money(visible.filter(stands))
    return [
        BatchRow(
            batch=batch,
            first_day=row["first_day"],
            last_day=row["last_day"],
            standing=row["standing"],
            void=row["records"] - row["standing"],
            households=row["households"],
            policies=policies[batch.pk],
            wards=wards[batch.pk],
            money=money[batch.pk],
        )
        for batch in batches
        if (row := counted.get(batch.pk))
    ]


def _of_each(visible, name: str, model) -> dict[int, list]:
    """The different policies, or wards, of each batch, in their own order."""
    pairs = list(visible.values_list("batch", name).distinct())
    known = model.objects.filter(pk__in={pk for _batch, pk in pairs})
    found: dict[int, list] = defaultdict(list)
    for each in known:
        for batch, pk in pairs:
            if pk == each.pk:
                found[batch].append(each)
    return found


def _money(standing) -> dict[int, dict[str, words.Money]]:
    lines = FundingLine.objects.filter(action__in=standing, amount__isnull=False).order_by()
    sums: dict[tuple[int, str], int] = defaultdict(int)
    unsure: dict[tuple[int, str], set] = defaultdict(set)
    for row in lines.values("action__batch", "nature", "qualifier").annotate(total=Sum("amount")):
        key = row["action__batch"], row["nature"]
        sums[key] += row["total"]
        unsure[key].add(row["qualifier"])
    found: dict[int, dict[str, words.Money]] = defaultdict(lambda: words.money_by_nature(()))
    for (batch, nature), total in sums.items():
        found[batch][nature] = words.Money(total, combined_qualifier(unsure[batch, nature]) or "")
    return found

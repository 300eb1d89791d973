"""Where invented help is written down, and how exact sums are split."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from hadong_poverty.sample.district import LAST_DAY, Family
from households.models import Member
from support.codes import Nature
from support.models import FundingLine, FundingSource, SupportAction, SupportPolicy
from wards.models import Ward


@dataclass(frozen=True)
class Window:
    """Days between which something was handed out."""

    first: date
    last: date

    @property
    def year(self) -> int:
        return self.first.year

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1

    def day(self, rng: Random) -> date:
        return self.first + timedelta(days=rng.randrange(self.days))


@dataclass(frozen=True)
class Chance:
    """A person (or a family as a whole) who could be helped in this window."""

    family: Family
    member: Member | None
    window: Window


def calendar_years(first: date, last: date = LAST_DAY) -> list[Window]:
    """One window a calendar year, cut to the two days."""
    return [
        Window(max(first, date(year, 1, 1)), min(last, date(year, 12, 31))) for year in range(first.year, last.year + 1)
    ]


def parts(rng: Random, total: int, bounds: Sequence[tuple[int, int]], step: int = 1) -> list[int]:
    """Random multiples of `step`, each within its bounds, that add up to the total exactly."""
    if total % step:
        raise ValueError(f"{total} is no multiple of {step}")
    total //= step
    limits = [(-(-low // step), high // step) for low, high in bounds]
    if not sum(low for low, _high in limits) <= total <= sum(high for _low, high in limits):
        raise ValueError(f"{total * step} cannot be split within the bounds")
    made = [rng.randint(low, high) for low, high in limits]
    missing = total - sum(made)
    while missing:
        # Spread what is missing thinly, so that no share runs to its bound.
        portion = max(1, abs(missing) // len(made))
        for index in rng.sample(range(len(made)), len(made)):
            low, high = limits[index]
            if missing > 0:
                change = min(portion, missing, high - made[index])
            else:
                change = -min(portion, -missing, made[index] - low)
            made[index] += change
            missing -= change
    return [value * step for value in made]


class Ledger:
    """Collects help, not yet saved."""

    def __init__(self, rng: Random, wards: Sequence[Ward], families: Sequence[Family]):
        self.rng, self.wards, self.families = rng, wards, families
        self.actions: list[SupportAction] = []
        self.lines: list[FundingLine] = []
        self._policies = {policy.code: policy for policy in SupportPolicy.objects.all()}
        self._sources = {source.code: source for source in FundingSource.objects.all()}
        self._decisions = 0

    # --- who could be helped ---

    def chances(self, windows: Iterable[Window], fits) -> list[Chance]:
        """Every family and window for which `fits(family, window)` holds, in random order (see `_mixed`)."""
        return self._mixed(
            Chance(family, None, window)
            for window in windows
            for family in self.families
            if _exists(family.ward, window) and fits(family, window)
        )

    def personal_chances(self, windows: Iterable[Window], fits) -> list[Chance]:
        """Every member and window for which `fits(family, member, window)` holds, in random order."""
        return self._mixed(
            Chance(family, member, window)
            for window in windows
            for family in self.families
            if _exists(family.ward, window)
            for member in family.members
            if fits(family, member, window)
        )

    def _mixed(self, chances: Iterable[Chance]) -> list[Chance]:
        """In random order, but a window of seven weeks comes up as seldom as it is short."""
        return sorted(chances, key=lambda chance: self.rng.random() ** (1 / chance.window.days), reverse=True)

    @staticmethod
    def take(chances: Iterable[Chance], count: int, *, once: str = "") -> list[Chance]:
        """The first so many; with `once` ("family" or "member") each of them at most once."""
        taken, seen = [], set()
        for chance in chances:
            who = id(getattr(chance, once)) if once else None
            if len(taken) == count:
                break
            if who is None or who not in seen:
                seen.add(who)
                taken.append(chance)
        if len(taken) < count:
            raise ValueError(f"only {len(taken)} of {count} can be helped")
        return taken

    # --- what they are given ---

    def give(self, policy: str, to: Chance, paid_by: Sequence[tuple], *, day: date | None = None, **fields):
        """Help to a named family; `paid_by` holds (source, amount) or (source, amount, nature)."""
        family = to.family
        fields.setdefault("period_from", day or to.window.day(self.rng))
        fields.setdefault("period_to", fields["period_from"])
        return self._write(policy, paid_by, household=family.household, member=to.member, ward=family.ward, **fields)

    def give_group(self, policy: str, ward: Ward, paid_by: Sequence[tuple], **fields):
        """Help to people of a ward who are only counted."""
        fields.setdefault("period_to", fields["period_from"])
        return self._write(policy, paid_by, ward=ward, **fields)

    def _write(self, policy: str, paid_by: Sequence[tuple], **fields) -> SupportAction:
        kind = self._policies[policy]
        self._decisions += 1
        decided = fields["period_from"] - timedelta(days=self.rng.randint(3, 20))
        # “M” for mẫu: no office numbers its decisions like this.
        action = SupportAction(
            policy=kind, decision_number=f"M{self._decisions}/QĐ-UBND", decision_date=decided, **fields
        ).prepare()
        self.actions.append(action)
        for source, amount, *nature in paid_by:
            usual = Nature.LOAN if kind.repayable else Nature.GRANT
            self.lines.append(
                FundingLine(
                    action=action,
                    source=self._sources[source],
                    nature=nature[0] if nature else usual,
                    amount=amount,
                )
            )
        return action


def _exists(ward: Ward, window: Window) -> bool:
    return ward.existed_on(window.first) and ward.existed_on(window.last)

"""What ends on a day, how far its groups are placed, and what hinders."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date

from django.db.models import Count
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from households.codes import WRITABLE, RoundState
from households.models import Household, PovertyStatus, ReviewRound
from wards.models import GroupSuccession, Reorganisation, ResidentialGroup, Ward, WardSuccession

NAMED = 5  # so many households or groups are named in a sentence; the page lists the rest


@dataclass
class GroupLine:
    """A residential group of a ward that ends, the households in it and where it goes."""

    group: ResidentialGroup
    households: int = 0
    succession: GroupSuccession | None = None

    @property
    def goes_to(self) -> Ward | None:
        return self.succession.successor if self.succession else None


@dataclass
class Ending:
    """A ward that ends, and what becomes of it."""

    ward: Ward
    steps: list[WardSuccession]
    groups: list[GroupLine] = field(default_factory=list)
    households: int = 0
    without_group: int = 0

    @property
    def is_whole(self) -> bool:
        return len(self.steps) == 1 and self.steps[0].whole

    @property
    def successors(self) -> list[Ward]:
        return [step.successor for step in self.steps]

    @property
    def rest(self) -> Ward | None:
        """Who takes the households of no known group."""
        return self.successors[0] if self.is_whole else next((s.successor for s in self.steps if s.takes_rest), None)

    @property
    def mapped(self) -> int:
        return sum(line.succession is not None for line in self.groups)

    @property
    def unmapped(self) -> list[GroupLine]:
        """Groups that keep the day from being carried out."""
        return [] if self.is_whole else [line for line in self.groups if line.households and not line.succession]

    @property
    def unplaced(self) -> int:
        """Households of no group that nobody takes."""
        return 0 if self.rest else self.without_group

    @property
    def is_ready(self) -> bool:
        return not self.unmapped and not self.unplaced

    @property
    def seen(self) -> str:
        """What stands here now, as one short text: who saves on another has not seen this."""
        lines = [
            (line.group.pk, line.succession and (line.succession.successor_id, line.succession.successor_group_id))
            for line in self.groups
        ]
        return hashlib.sha256(json.dumps([lines, self.rest and self.rest.pk]).encode()).hexdigest()[:16]


@dataclass
class Plan:
    """One day on which wards end."""

    on: date
    endings: list[Ending]
    done: Reorganisation | None
    earlier: date | None  # the last day before it that is not carried out yet
    closed: list[ReviewRound] = field(default_factory=list)

    @property
    def whole(self) -> list[Ending]:
        return [ending for ending in self.endings if ending.is_whole]

    @property
    def split(self) -> list[Ending]:
        return [ending for ending in self.endings if not ending.is_whole]

    @property
    def households(self) -> int:
        return sum(ending.households for ending in self.endings)

    @property
    def lies_ahead(self) -> bool:
        return self.on > timezone.localdate()

    @property
    def is_ready(self) -> bool:
        return not self.done and not any(self.hindrances())

    def ending(self, ward: int) -> Ending | None:
        return next((ending for ending in self.endings if ending.ward.pk == ward), None)

    def hindrances(self) -> Iterator[str]:
        """Everything that must be settled first, each with where and what to do; names no household."""
        if self.lies_ahead:
            yield _("The day lies in the future.")
        if self.earlier:
            yield _("First carry out the reorganisation of %(day)s.") % {"day": f"{self.earlier:%d/%m/%Y}"}
        for each in self.closed:
            yield _(
                "%(ward)s: the year %(year)d is “%(state)s” and takes no events. Ask for it to be returned first."
            ) % {"ward": each.ward, "year": each.year, "state": each.get_state_display()}
        for ending in self.split:
            yield from _open_questions(ending)


def _open_questions(ending: Ending) -> Iterator[str]:
    if ending.unmapped:
        words = ngettext(
            "%(ward)s: %(count)d group where households live has no new ward: %(groups)s.",
            "%(ward)s: %(count)d groups where households live have no new ward: %(groups)s.",
            len(ending.unmapped),
        )
        groups = [line.group.name for line in ending.unmapped]
        yield words % {"ward": ending.ward, "count": len(groups), "groups": shortened(groups)}
    if ending.unplaced:
        words = ngettext(
            "%(ward)s: %(count)d household has no residential group. Give it its group, or say which ward takes the rest.",
            "%(ward)s: %(count)d households have no residential group. Give each its group, or say which ward takes the rest.",
            ending.unplaced,
        )
        yield words % {"ward": ending.ward, "count": ending.unplaced}


def shortened(names: Sequence[str]) -> str:
    shown = ", ".join(str(name) for name in names[:NAMED])
    return shown if len(names) <= NAMED else _("%(names)s and %(more)d more") % {
        "names": shown,
        "more": len(names) - NAMED,
    }  # fmt: skip


def plans() -> list[Plan]:
    """Every day on which wards ended, oldest first, in a number of queries that does not grow with the wards."""
    steps = list(WardSuccession.objects.select_related("predecessor", "successor").order_by("on", "pk"))
    steps.sort(key=lambda step: (step.on, step.predecessor.sort_key, step.successor.sort_key))
    endings: dict[tuple[date, int], Ending] = {}
    for step in steps:
        endings.setdefault((step.on, step.predecessor_id), Ending(step.predecessor, [])).steps.append(step)
    _fill(endings.values())
    done = {each.on: each for each in Reorganisation.objects.all()}
    result, earlier = [], None
    for day in sorted({on for on, _ward in endings}):
        of_day = [ending for (on, _ward), ending in endings.items() if on == day]
        result.append(Plan(day, of_day, done.get(day), earlier))
        earlier = earlier if day in done else day
    _find_closed(result)
    return result


def plan_of(on: date) -> Plan | None:
    return next((plan for plan in plans() if plan.on == on), None)


def _fill(endings: Iterable[Ending]) -> None:
    by_ward = {ending.ward.pk: ending for ending in endings}
    successions = GroupSuccession.objects.select_related("successor", "successor_group")
    went = {each.group_id: each for each in successions}
    for group in ResidentialGroup.objects.filter(ward__in=by_ward).order_by("number", "pk"):
        by_ward[group.ward_id].groups.append(GroupLine(group, succession=went.get(group.pk)))
    lines = {line.group.pk: line for ending in by_ward.values() for line in ending.groups}
    here = Household.objects.present().filter(ward__in=by_ward).order_by()
    for ward, group, count in here.values_list("ward", "residential_group").annotate(n=Count("pk")):
        by_ward[ward].households += count
        if group in lines:
            lines[group].households += count
        else:
            by_ward[ward].without_group += count


def _find_closed(found: list[Plan]) -> None:
    rounds = ReviewRound.objects.exclude(state__in=WRITABLE).filter(year__in={plan.on.year for plan in found})
    rounds = list(rounds.select_related("ward"))
    for plan in found:
        ending = {each.ward.pk for each in plan.endings if each.households}
        plan.closed = [each for each in rounds if each.year == plan.on.year and each.ward_id in ending]


def unfinished(plan: Plan) -> list[str]:
    """Earlier years that wards which end have not locked: no hindrance, but better finished first."""
    wards = {ending.ward.pk: ending.ward for ending in plan.endings}
    judged = PovertyStatus.objects.filter(ward__in=wards, year__lt=plan.on.year).order_by()
    locked = set(ReviewRound.objects.filter(ward__in=wards, state=RoundState.LOCKED).values_list("year", "ward"))
    by_year = defaultdict(list)
    for year, ward in sorted(set(judged.values_list("year", "ward").distinct()) - locked):
        by_year[year].append(wards[ward])
    message = _("%(year)d is not locked yet by %(count)d of these wards: %(wards)s.")
    return [
        message
        % {"year": year, "count": len(of_year), "wards": shortened(sorted(of_year, key=lambda ward: ward.sort_key))}
        for year, of_year in by_year.items()
    ]

"""Carrying out a reorganisation of wards: what ends, where its groups go, what hinders, and doing it.

A day on which wards end is known from `WardSuccession`. A ward that goes over whole needs no answer. Of a ward
that is split, every residential group where households live is given its new ward, and the households of no
group a group or, all together, a new ward. Then everything moves at once, dated on that day; classes, help and
events stay with the ward of their own day.
"""

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from django.core.exceptions import ValidationError
from django.db.models import Case, Count, F, IntegerField, ProtectedError, Q, Value, When
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.actor import StaleVersion, recorded
from accounts.models import User
from households.codes import WRITABLE, Happening, RoundState
from households.models import Household, LifeEvent, PovertyStatus, Residence, ReviewRound
from wards.models import GroupSuccession, Reorganisation, ResidentialGroup, Ward, WardSuccession

BATCH = 2000
NAMED = 5  # so many households or groups are named in a sentence; the page lists the rest


# --- the plan -------------------------------------------------------------------------------


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
    wards = {ending.ward.pk: ending.ward for ending in plan.endings if ending.households}
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


# --- where groups go ------------------------------------------------------------------------


@dataclass(frozen=True)
class GoesTo:
    """What somebody says of a group: its new ward, and its number and name there if they are known already."""

    group: ResidentialGroup
    successor: Ward | None
    number: int | None = None
    name: str = ""

    def changes(self, line: GroupLine) -> bool:
        successor, number, name = said_of(line)
        return (self.successor, self.number) != (successor, number) or bool(self.name and self.name != name)


def said_of(line: GroupLine) -> tuple[Ward | None, int | None, str]:
    """What stands of a group: new ward, number and name there."""
    if line.succession is None:
        return None, None, ""
    there = line.succession.successor_group
    return line.succession.successor, there and there.number, there.name if there else ""


# Which field of which group is wrong, and why.
Problem = tuple[ResidentialGroup, str, str]
SUCCESSOR, NUMBER, NAME = "successor", "number", "name"


def problems(plan: Plan, lines: Sequence[GoesTo]) -> list[Problem]:
    """What keeps these answers from being saved."""
    found: list[Problem] = []
    names: dict[tuple[int, int], str] = {}
    wanted = {(line.successor.pk, line.number) for line in lines if line.successor and line.number}
    there = {
        (each.ward_id, each.number): each
        for each in ResidentialGroup.objects.filter(ward__in={ward for ward, _number in wanted})
    }
    kept = {line.group.pk: line for ending in plan.endings for line in ending.groups}
    asked = {line.group.pk for line in lines}
    named_by = {True: set(), False: set()}  # groups of the new wards that these answers name, and that others do
    for pk, line in kept.items():
        if line.succession:
            named_by[pk in asked].add(line.succession.successor_group_id)
    own = named_by[True] - named_by[False]
    for line in lines:
        ending, before = plan.ending(line.group.ward_id), kept.get(line.group.pk)
        if ending is None or before is None:
            found.append((line.group, SUCCESSOR, _("This group does not belong to a ward that ends on this day.")))
        elif line.successor and line.successor not in ending.successors:
            choices = ", ".join(str(ward) for ward in ending.successors)
            message = _("%(ward)s went to: %(choices)s. Choose one of these.")
            found.append((line.group, SUCCESSOR, message % {"ward": ending.ward, "choices": choices}))
        elif plan.done and before.succession and line.changes(before):
            message = _("The reorganisation is carried out; where this group went stays as it is.")
            found.append((line.group, SUCCESSOR, message))
        elif (line.number or line.name) and not line.successor:
            found.append((line.group, SUCCESSOR, _("Say first which ward the group goes to.")))
        elif line.name and not line.number:
            found.append((line.group, NUMBER, _("Give the group's new number too.")))
        elif line.number and line.name:
            # What the new ward has on its own, or another answer has said already.
            on_record = there.get((line.successor.pk, line.number))
            known = on_record.name if on_record and on_record.pk not in own else line.name
            known = names.setdefault((line.successor.pk, line.number), known)
            if known != line.name:
                message = _(
                    "Group %(number)d of %(ward)s is already called “%(name)s”. Take this name or another number."
                )
                params = {"number": line.number, "ward": line.successor, "name": known}
                found.append((line.group, NAME, message % params))
    return found


@recorded
def map_groups(
    *,
    by,
    on: date,
    lines: Sequence[GoesTo],
    seen: Mapping[int, str],
    rest: Mapping[int, Ward | None] | None = None,
    groups_of: Mapping[int, ResidentialGroup] | None = None,
) -> int:
    """Save where groups go; return how many answers changed.

    `seen`: `Ending.seen` by ward, as the person had it before them; StaleVersion where somebody saved since.
    `rest`: by ward, who takes the households of no group. `groups_of`: the group of households that had none.
    """
    wards = {line.group.ward_id for line in lines} | set(rest or {})
    list(Ward.objects.select_for_update().filter(pk__in=wards).order_by("pk"))
    plan = plan_of(on)
    if plan is None:
        raise ValidationError(_("No ward ends on this day."))
    for ward in wards:
        ending = plan.ending(ward)
        if ending is None or seen.get(ward) != ending.seen:
            raise StaleVersion(_("Somebody saved where these groups go after you opened the page."))
    if found := problems(plan, lines):
        raise ValidationError([f"{group.name}: {message}" for group, _field, message in found])
    changed = _save_lines(plan, lines)
    for ward, taker in (rest or {}).items():
        changed += _save_rest(plan, plan.ending(ward), taker)
    return changed + _give_groups(plan, groups_of or {})


def _save_lines(plan: Plan, lines: Sequence[GoesTo]) -> int:
    kept = {line.group.pk: line for ending in plan.endings for line in ending.groups}
    said = [each for each in lines if each.changes(kept[each.group.pk])]
    made, moved, gone, left = [], [], [], []
    for each in said:
        before = kept[each.group.pk].succession
        there = _new_group(each.successor, each.number, each.name) if each.number else None
        if before and before.successor_group and before.successor_group != there:
            left.append(before.successor_group)
        if each.successor is None:
            gone.append(before.pk)
        elif before is None:
            made.append(GroupSuccession(group=each.group, successor=each.successor, successor_group=there))
        else:
            before.successor, before.successor_group = each.successor, there
            moved.append(before)
    GroupSuccession.objects.filter(pk__in=gone).delete()
    GroupSuccession.objects.bulk_create(made)
    GroupSuccession.objects.bulk_update(moved, ["successor", "successor_group"], batch_size=BATCH)
    for group in left:
        _forget(group)
    return len(said)


def _new_group(ward: Ward, number: int, name: str) -> ResidentialGroup:
    default = {"name": name or _("Residential group %(number)d") % {"number": number}}
    group, is_new = ResidentialGroup.objects.get_or_create(ward=ward, number=number, defaults=default)
    if not is_new and name and group.name != name:
        group.name = name
        group.save()
    return group


def _forget(group: ResidentialGroup) -> None:
    """A group made for an answer that was changed since; one that anything refers to stays."""
    try:
        group.delete()
    except ProtectedError:
        return


def _save_rest(plan: Plan, ending: Ending, taker: Ward | None) -> bool:
    if taker == ending.rest:
        return False
    if plan.done or ending.is_whole or (taker and taker not in ending.successors):
        raise ValidationError(_("%(ward)s: choose one of the wards that it went to.") % {"ward": ending.ward})
    for step in sorted(ending.steps, key=lambda step: step.successor == taker):
        takes = step.successor == taker
        if step.takes_rest != takes:
            step.takes_rest = takes
            step.save()
    return True


def _give_groups(plan: Plan, groups_of: Mapping[int, ResidentialGroup]) -> int:
    """Households that had no group get theirs; one that somebody gave a group meanwhile keeps it."""
    given = 0
    by_group = defaultdict(list)
    for household, group in groups_of.items():
        if plan.ending(group.ward_id):
            by_group[group].append(household)
    for group, households in by_group.items():
        here = Household.objects.present().filter(pk__in=households, ward=group.ward, residential_group=None)
        keys = list(here.values_list("pk", flat=True))
        Residence.objects.filter(household__in=keys, until=None).update(residential_group=group)
        given += Household.objects.filter(pk__in=keys).update(residential_group=group, version=F("version") + 1)
    return given


# --- carrying out ---------------------------------------------------------------------------


@dataclass
class _Move:
    """A household that changes its ward."""

    pk: int
    code: str
    address: str
    ward: int
    group: int | None
    to_ward: int
    to_group: int | None
    code_before: str = ""


@recorded
def carry_out(*, by, on: date) -> Reorganisation:
    """Move every household of the wards that end on the day; ValidationError says all that hinders it."""
    _lock(on)
    plan = plan_of(on)
    if plan is None:
        raise ValidationError(_("No ward ends on this day."))
    if plan.done:
        raise ValidationError(_("The reorganisation of %(day)s is carried out already.") % {"day": f"{on:%d/%m/%Y}"})
    if hindrances := list(plan.hindrances()):
        raise ValidationError(hindrances)
    goes = _settle_groups(plan)
    moves = _moves(plan, goes)
    _free_codes(moves)
    _move_homes(plan, moves)
    _note(by, plan, moves)
    return Reorganisation.objects.create(on=on, carried_out_by=getattr(by, "username", str(by)), households=len(moves))


def _lock(on: date) -> None:
    """Nobody enters a household into one of these wards while it ends, nor carries the same day out."""
    steps = WardSuccession.objects.filter(on=on).values_list("predecessor", "successor")
    list(Ward.objects.select_for_update().filter(pk__in={pk for step in steps for pk in step}).order_by("pk"))


Goes = dict[tuple[int, int | None], tuple[int, int | None]]


def _settle_groups(plan: Plan) -> Goes:
    """Give every group its place in the new ward; return where each (ward, group) goes.

    A group keeps its number where it is free there. Where it is not, it gets the next one and bears the old
    ward's name.
    """
    successors = {ward.pk for ending in plan.endings for ward in ending.successors}
    taken = defaultdict(set)
    for ward, number in ResidentialGroup.objects.filter(ward__in=successors).values_list("ward", "number"):
        taken[ward].add(number)
    goes, groups, made, changed = {}, [], [], []
    for ending in plan.endings:
        if ending.rest:
            goes[ending.ward.pk, None] = (ending.rest.pk, None)
        for line in ending.groups:
            succession = line.succession
            if succession is None:
                if not ending.is_whole:
                    continue  # nobody lives there, and nobody said
                succession = GroupSuccession(group=line.group, successor=ending.rest)
            if succession.successor_group is None:
                succession.successor_group = _taken_over(line.group, ending.ward, succession.successor, taken)
                groups.append(succession.successor_group)
                (changed if succession.pk else made).append(succession)
            goes[ending.ward.pk, line.group.pk] = succession
    ResidentialGroup.objects.bulk_create(groups)
    for succession in [*made, *changed]:
        succession.successor_group = succession.successor_group  # its key is known only now
    GroupSuccession.objects.bulk_create(made)
    GroupSuccession.objects.bulk_update(changed, ["successor_group"], batch_size=BATCH)
    return {
        key: each if isinstance(each, tuple) else (each.successor_id, each.successor_group_id)
        for key, each in goes.items()
    }


def _taken_over(group: ResidentialGroup, ward: Ward, successor: Ward, taken: dict[int, set[int]]) -> ResidentialGroup:
    numbers = taken[successor.pk]
    number, name = group.number, group.name
    if number in numbers:
        number, name = max(numbers) + 1, f"{group.name} ({ward.name})"[:100]
    numbers.add(number)
    return ResidentialGroup(ward=successor, number=number, name=name)


def _moves(plan: Plan, goes: Goes) -> list[_Move]:
    rows = Household.objects.present().filter(ward__in=[ending.ward.pk for ending in plan.endings])
    rows = rows.order_by("ward__sort_key", "pk").values_list("pk", "code", "address", "ward", "residential_group")
    moves, nowhere = [], []
    for pk, code, address, ward, group in rows:
        if to := goes.get((ward, group)):
            moves.append(_Move(pk, code, address, ward, group, *to))
        else:
            nowhere.append(code)
    if nowhere:
        message = _("It is not known where these households go: %(codes)s. Give each its residential group.")
        raise ValidationError(message % {"codes": shortened(nowhere)})
    return moves


def _free_codes(moves: list[_Move]) -> None:
    """A household whose code is taken in its new ward gets that ward's next one."""
    wards = Ward.objects.in_bulk({move.to_ward for move in moves})
    taken = set(Household.objects.filter(ward__in=wards).values_list("ward", "code"))
    highest: Counter = Counter()
    renamed = []
    for move in moves:
        if (move.to_ward, move.code) in taken:
            prefix = f"{wards[move.to_ward].code}-"
            if prefix not in highest:
                highest[prefix] = _highest(prefix)
            highest[prefix] += 1
            move.code_before, move.code = move.code, f"{prefix}{highest[prefix]:04d}"
            renamed.append(Household(pk=move.pk, code=move.code))
        taken.add((move.to_ward, move.code))
    Household.objects.bulk_update(renamed, ["code"], batch_size=BATCH)


def _highest(prefix: str) -> int:
    """The highest number that anybody bears under this prefix, in whichever ward."""
    codes = Household.objects.filter(code__startswith=prefix).values_list("code", flat=True)
    numbers = [code.removeprefix(prefix) for code in codes]
    return max((int(each) for each in numbers if each.isascii() and each.isdigit() and len(each) <= 6), default=0)


def _move_homes(plan: Plan, moves: list[_Move]) -> None:
    """Homes first, while households still say which ward they are leaving; then the households themselves."""
    places = {(move.ward, move.group): (move.to_ward, move.to_group) for move in moves}
    leaving = Q(household__ward__in=[ending.ward.pk for ending in plan.endings], household__closed_on=None)
    homes = Residence.objects.filter(leaving, until=None)
    began_later = set(homes.filter(since__gte=plan.on).values_list("household", flat=True))
    if began_later:  # entered by mistake into a ward that had ended
        homes.filter(since__gte=plan.on).update(**_by_place(places))
    homes.exclude(since__gte=plan.on).update(until=plan.on - timedelta(days=1))
    here = Household.objects.present().filter(ward__in=[ending.ward.pk for ending in plan.endings])
    here.update(version=F("version") + 1, **_by_place(places))
    Residence.objects.bulk_create(
        (
            Residence(
                household_id=move.pk,
                ward_id=move.to_ward,
                residential_group_id=move.to_group,
                address=move.address,
                since=plan.on,
            )
            for move in moves
            if move.pk not in began_later
        ),
        batch_size=BATCH,
    )


def _by_place(places: Mapping) -> dict[str, Case]:
    """New ward and group out of the old ones, for one UPDATE."""

    def case(index: int) -> Case:
        whens = [
            When(ward=ward, residential_group=group, then=Value(to[index]))
            for (ward, group), to in places.items()
            if to[index] is not None
        ]
        return Case(*whens, default=Value(None), output_field=IntegerField(null=True))

    return {"ward": case(0), "residential_group": case(1)}


def _note(by, plan: Plan, moves: list[_Move]) -> None:
    author = by if isinstance(by, User) else None
    LifeEvent.objects.bulk_create(
        (
            LifeEvent(
                household_id=move.pk,
                kind=Happening.REORGANISED,
                day=plan.on,
                ward_id=move.ward,
                to_ward_id=move.to_ward,
                group_id=move.group,
                to_group_id=move.to_group,
                note=_("Household code before: %(code)s") % {"code": move.code_before} if move.code_before else "",
                undoing={"code": move.code_before} if move.code_before else None,
                created_by=author,
            )
            for move in moves
        ),
        batch_size=BATCH,
    )

"""Where the groups of a ward that is split go: what somebody says, what is wrong with it, saving it."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.core.exceptions import ValidationError
from django.db.models import F, ProtectedError
from django.utils.translation import gettext as _

from accounts.actor import StaleVersion, recorded
from households.models import Household, Residence
from households.reorganisation.plan import Ending, GroupLine, Plan, plan_of
from wards.models import GroupSuccession, ResidentialGroup, Ward

BATCH = 2000


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

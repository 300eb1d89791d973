"""Carrying out: every household of the wards that end goes to its new ward, at once."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from django.core.exceptions import ValidationError
from django.db.models import Case, F, IntegerField, OuterRef, Q, Subquery, Value, When
from django.utils.translation import gettext as _

from accounts.actor import recorded
from accounts.models import User
from households.codes import Happening
from households.models import Household, LifeEvent, PovertyStatus, Residence
from households.reorganisation.plan import Plan, plan_of, shortened
from wards.models import GroupSuccession, Reorganisation, ResidentialGroup, Ward, WardSuccession

BATCH = 2000


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
    _move_classes(plan)
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


def _move_classes(plan: Plan) -> None:
    """Classes given already of the year that is under way count, at its end, where the households live then."""
    here = Household.objects.filter(pk=OuterRef("household"))
    given = PovertyStatus.objects.filter(
        ward__in=[ending.ward.pk for ending in plan.endings], year__gte=plan.on.year, household__closed_on=None
    )
    given.update(ward=Subquery(here.values("ward")), residential_group=Subquery(here.values("residential_group")))


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

"""One household becomes two, two become one; the same household entered twice."""

from collections.abc import Collection, Mapping
from datetime import date

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from accounts.actor import recorded
from households.codes import Closing, Happening, Relation
from households.life.act import Act
from households.life.days import named
from households.models import Household, LifeEvent, Residence
from households.services import next_code
from wards.models import ResidentialGroup


@recorded
def split_household(
    *,
    by,
    household: Household,
    version: int,
    day: date,
    going: Collection[int],
    relations: Mapping[int, str],
    residential_group: ResidentialGroup | None = None,
    address: str = "",
    note: str = "",
) -> Household:
    """Form a new household of the members `going`; `relations` (by member) hold in the part each is then in."""
    act = Act(by=by, household=household, version=version, day=day, note=note)
    people = act.people(household)
    leaving = [member for member in people if member.pk in going]
    staying = [member for member in people if member.pk not in going]
    if not leaving or not staying:
        raise ValidationError(_("Household %(code)s: at least one member goes and at least one stays.") % act.code)
    act.refuse_help_that_came_later(leaving)
    formed = Household.objects.create(
        ward=household.ward, code=next_code(household.ward), residential_group=residential_group, address=address
    )
    act.made(formed)
    act.take_in(formed, leaving, relations)
    act.relate(staying, relations)
    Residence.objects.create(
        household=formed, ward=formed.ward, residential_group=residential_group, address=address, since=day
    )
    act.note(Happening.SPLIT, household, other=formed)
    act.note(Happening.SPLIT_OFF, formed, other=household)
    return act.finished(formed)


@recorded
def merge_households(
    *,
    by,
    household: Household,
    version: int,
    other: Household,
    day: date,
    relations: Mapping[int, str],
    note: str = "",
) -> LifeEvent:
    """Let another household of the ward join this one: its members come over, and it is closed."""
    if other.pk == household.pk or other.ward_id != household.ward_id:
        raise ValidationError(
            _("Household %(code)s can be joined by another household of its ward only.") % named(household)
        )
    act = Act(by=by, household=household, version=version, day=day, note=note, other=other)
    act.refuse_what_came_later(other)
    coming = act.people(other)
    if any(relations.get(member.pk) == Relation.HEAD for member in coming):
        raise ValidationError(_("Household %(code)s keeps its head; give the newcomers another relation.") % act.code)
    act.close(other, Closing.MERGED, merged_into=household)
    act.take_in(household, coming, relations)
    event = act.note(Happening.TOOK_IN, household, other=other)
    act.note(Happening.MERGED, other, other=household)
    return act.finished(event)


@recorded
def close_duplicate(
    *, by, household: Household, version: int, other: Household, day: date, note: str = ""
) -> LifeEvent:
    """The two are one household entered twice: the other is closed, and what it holds stays with it."""
    act = Act(by=by, household=household, version=version, day=day, note=note, other=other, to_ward=other.ward)
    act.close(other, Closing.DUPLICATE, merged_into=household)
    event = act.note(Happening.TOOK_IN, household, other=other)
    act.note(Happening.DUPLICATE, other, other=household)
    return act.finished(event)

"""Where the household lives: inside the ward, in another, outside the district."""

from datetime import date

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from accounts.actor import recorded
from households.codes import Closing, Happening
from households.life.act import Act
from households.life.days import held_above, named, told
from households.models import Household, LifeEvent
from households.services import is_code_taken, next_code
from wards.models import ResidentialGroup, Ward


@recorded
def move_within(
    *,
    by,
    household: Household,
    version: int,
    day: date,
    residential_group: ResidentialGroup | None,
    address: str,
    note: str = "",
) -> LifeEvent:
    """The household moves inside its ward: another residential group, another address, or both."""
    act = Act(by=by, household=household, version=version, day=day, note=note)
    before = household.residential_group
    if (before, household.address) == (residential_group, address):
        raise ValidationError(_("Household %(code)s already lives there; give the new group or address.") % act.code)
    act.move(residential_group=residential_group, address=address)
    return act.finished(act.note(Happening.MOVED_WITHIN, household, group=before, to_group=residential_group))


@recorded
def move_to_ward(
    *,
    by,
    household: Household,
    version: int,
    day: date,
    ward: Ward,
    residential_group: ResidentialGroup | None = None,
    address: str = "",
    note: str = "",
) -> LifeEvent:
    """The household moves to another ward: one event, read by both. Its code stays where it is free there."""
    if ward.pk == household.ward_id:
        raise ValidationError({"ward": _("Household %(code)s lives in this ward already.") % named(household)})
    act = Act(by=by, household=household, version=version, day=day, note=note, to_ward=ward)
    act.refuse_what_came_later(household)
    left, before = household.ward, household.residential_group
    code = next_code(ward) if is_code_taken(household.code, ward) else household.code
    act.move(ward=ward, code=code, residential_group=residential_group, address=address)
    event = act.note(Happening.MOVED_WARD, household, ward=left, to_ward=ward, group=before, to_group=residential_group)
    return act.finished(event)


@recorded
def move_out(*, by, household: Household, version: int, day: date, place: str, note: str = "") -> LifeEvent:
    """The whole household leaves the district."""
    act = Act(by=by, household=household, version=version, day=day, note=note)
    act.refuse_what_came_later(household)
    act.close(household, Closing.LEFT)
    return act.finished(act.note(Happening.MOVED_OUT, household, place=place))


@recorded
def move_in(*, by, household: Household, version: int, day: date, place: str, note: str = "") -> LifeEvent:
    """Say of a household on record since when it lives in the district, and where it came from."""
    act = Act(by=by, household=household, version=version, day=day, note=note)
    if event := household.events.standing().order_by("day", "pk").first():
        message = _("Household %(code)s: “%(event)s” is on record for %(day)s, so it lived here by then.")
        raise ValidationError(message % told(event))
    if early := household.statuses.filter(year__lt=day.year).order_by("year").first():
        message = _(
            "Household %(code)s has its class of %(year)d on record, so it lived here before this day. Check the day."
        )
        raise ValidationError({"day": message % (act.code | {"year": early.year})})
    if helped := held_above(household, before=day):
        raise ValidationError({"day": helped})
    act.change(household.residences.get(until=None), since=day)
    return act.finished(act.note(Happening.MOVED_IN, household, place=place))

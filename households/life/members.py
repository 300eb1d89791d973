"""The head, those who come and those who go."""

from collections.abc import Mapping
from datetime import date

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from accounts.actor import recorded
from households.codes import Closing, Happening, Leaving, Relation
from households.life.act import Act
from households.models import Household, LifeEvent, Member


@recorded
def change_head(
    *, by, household: Household, version: int, day: date, relations: Mapping[int, str], note: str = ""
) -> LifeEvent:
    """Another member becomes head; `relations` are everybody's to the new head."""
    act = Act(by=by, household=household, version=version, day=day, note=note)
    head = act.change_head(act.people(household), relations)
    return act.finished(act.note(Happening.HEAD_CHANGED, household, member=head))


@recorded
def join_member(
    *, by, household: Household, version: int, day: date, member: Member, born: bool = False, note: str = ""
) -> LifeEvent:
    """A person is born into the household, or comes to live with it."""
    act = Act(by=by, household=household, version=version, day=day, note=note)
    if member.relation == Relation.HEAD:
        raise ValidationError(_("Household %(code)s has a head; record a change of head afterwards.") % act.code)
    member.household, member.joined_on = household, day
    member.save()
    act.made(member)
    return act.finished(act.note(Happening.BORN if born else Happening.JOINED, household, member=member))


@recorded
def lose_member(
    *,
    by,
    household: Household,
    version: int,
    day: date,
    member: Member,
    died: bool,
    relations: Mapping[int, str] | None = None,
    place: str = "",
    note: str = "",
) -> LifeEvent:
    """A member dies or moves away; where it is the head, `relations` name the new one, in the same act."""
    act = Act(by=by, household=household, version=version, day=day, note=note)
    people = act.people(household)
    if member.pk not in {each.pk for each in people}:
        raise ValidationError(_("%(name)s is no member of household %(code)s.") % (act.code | {"name": member.name}))
    rest = [each for each in people if each.pk != member.pk]
    if not rest:
        instead = Happening.DIED_OUT if died else Happening.MOVED_OUT
        message = _("%(name)s is the last member of household %(code)s; record “%(event)s” instead.")
        raise ValidationError(message % (act.code | {"name": member.name, "event": instead.label}), code="last_member")
    member = next(each for each in people if each.pk == member.pk)
    if not died:  # help of after a death may be for the funeral
        act.refuse_help_that_came_later([member])
    act.part_with([member], Leaving.DIED if died else Leaving.MOVED)
    event = act.note(Happening.DIED if died else Happening.LEFT, household, member=member, place=place)
    if member.relation == Relation.HEAD:
        head = act.change_head(rest, relations or {})
        act.note(Happening.HEAD_CHANGED, household, member=head)
    return act.finished(event)


@recorded
def die_out(*, by, household: Household, version: int, day: date, note: str = "") -> LifeEvent:
    """Nobody of the household is alive."""
    act = Act(by=by, household=household, version=version, day=day, note=note)
    act.refuse_what_came_later(household)
    act.part_with(act.people(household), Leaving.DIED)
    act.close(household, Closing.DIED)
    return act.finished(act.note(Happening.DIED_OUT, household))

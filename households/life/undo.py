"""The latest event is taken back: everything it changed is as it was before."""

from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.actor import recorded
from accounts.services import take_version
from households.codes import Closing, Happening, Leaving
from households.duplicates import note_duplicates
from households.life.act import plain
from households.life.days import held_above, named, on_record_after, told
from households.models import Household, LifeEvent, Member, Residence
from households.reviews import tell_closing
from households.rounds import require_writable
from households.services import is_code_taken, next_code

# Not undone here: they are taken back, if at all, where they were carried out.
CARRIED_OUT_ELSEWHERE = (Happening.REORGANISED, Happening.DUPLICATE)

# What a later correction on the sheet may change without standing in the way of undoing an event.
_MAY_DIFFER = {"address", "address_key", "residential_group_id"}


@recorded
def undo_event(*, by, event: LifeEvent, household: Household, version: int, reason: str) -> None:
    """Take back a household's latest event; it stays on record, struck through, with the reason.

    Refused where it is not the latest of every household it concerns, where something on record rests on
    it, and where the year is closed.
    """
    events = _whole_act(event)
    concerned = {each.household_id: each.household for each in events}
    for pk, each in sorted(concerned.items()):
        take_version(each, version if pk == household.pk else each.version)
    events = _whole_act(LifeEvent.objects.get(pk=event.pk))  # as it stands now that nobody else can write
    _refuse_to_undo(events)
    for row in reversed(events[0].undoing["rows"]):
        _put_back(row)
    for each in events:
        each.undone_at, each.undone_because = timezone.now(), reason
        each.save()
    for each in Household.objects.filter(pk__in=concerned):
        tell_closing(each)
        note_duplicates(each)


def latest_event(household: Household, user) -> LifeEvent | None:
    """The event that this person may undo, if any: the last one standing, if recorded here and of no household hidden."""
    last = household.events.standing().order_by("day", "pk").last()
    if last is None or not _may_be_undone(last):
        return None
    # Two wards' households found to be one: who may not open both did not settle it.
    return last if not last.other_id or Household.objects.visible_to(user).filter(pk=last.other_id).exists() else None


def _may_be_undone(event: LifeEvent) -> bool:
    return event.undone_at is None and bool(event.undoing) and event.kind not in CARRIED_OUT_ELSEWHERE


def _whole_act(event: LifeEvent) -> list[LifeEvent]:
    if not _may_be_undone(event):
        message = _(
            "Household %(code)s: “%(event)s” of %(day)s cannot be undone here, or was undone meanwhile. Look again."
        )
        raise ValidationError(message % told(event), code="not_undoable")
    keys = event.undoing["events"]
    return list(LifeEvent.objects.filter(pk__in=keys).select_related("household", "ward", "to_ward").order_by("pk"))


def _refuse_to_undo(events: list[LifeEvent]) -> None:
    own = {event.pk for event in events}
    for event in events:
        household = event.household
        for ward in filter(None, (event.ward, event.to_ward)):
            require_writable(ward, event.day.year)
        last = household.events.standing().order_by("day", "pk").last()
        if last is None or last.pk not in own:
            message = _("Household %(code)s: “%(event)s” of %(day)s rests on this event; undo that first.")
            if household.ward_id not in (event.ward_id, event.to_ward_id):  # another ward's by now: not named
                message = _("“%(event)s” of %(day)s rests on this event; ask district staff to undo that first.")
            raise ValidationError(message % told(last or event), code="not_latest")
        if household.ward.was_left:
            message = _(
                "Household %(code)s: %(ward)s ended on %(day)s and its households were moved. "
                "Enter what is right in the new ward instead."
            )
            params = named(household) | {"ward": household.ward, "day": f"{household.ward.valid_to:%d/%m/%Y}"}
            raise ValidationError(message % params, code="ward_left")
        if found := _rests_on(event):
            raise ValidationError(found, code="rested_on")
    for row in events[0].undoing["rows"]:
        _refuse_changed_since(row)


def _rests_on(event: LifeEvent) -> list[str]:
    """What stands on record because of the event: the life of a household it formed, a person it brought, a new home."""
    household = event.household
    if event.kind == Happening.SPLIT_OFF:
        return on_record_after(household, event.day, wards=None, same_year=True)
    if event.kind in (Happening.BORN, Happening.JOINED):
        return held_above(household, members=[event.member_id])
    if event.kind == Happening.TOOK_IN:
        came = [row["pk"] for row in event.undoing["rows"] if row.get("made") == "households.member"]
        return held_above(household, members=came)
    if event.kind == Happening.MOVED_WARD:
        return on_record_after(household, event.day, wards=[event.to_ward_id], same_year=True)
    return []


def _refuse_changed_since(row: dict) -> None:
    """Where somebody has meanwhile set something else, putting back would lose it."""
    if "made" in row:
        return
    record = _record(row)
    for name, value in row["now"].items():
        if name not in _MAY_DIFFER and plain(record, name) != value:
            label = record._meta.get_field(name.removesuffix("_id")).verbose_name
            message = _(
                "%(who)s: “%(field)s” was changed after this event; undoing it would lose that. "
                "Record what is right as a new event instead."
            )
            raise ValidationError(message % {"who": record, "field": label}, code="changed_since")


def _put_back(row: dict) -> None:
    record = _record(row)
    if "was" in row:
        for name, value in row["was"].items():
            setattr(record, name, _value(record, name, value))
        if isinstance(record, Household) and is_code_taken(record.code, record.ward, by=record):
            record.code = next_code(record.ward)
        record.save()
    elif isinstance(record, Residence):
        record.delete()
    elif isinstance(record, Member):
        _by_mistake(record)
    else:
        for member in record.members.filter(left_on=None):
            _by_mistake(member)
        home = record.residences.get(until=None)
        home.until = record.closed_on = home.since
        record.closed_as = Closing.MISTAKE
        home.save()
        record.save()


def _by_mistake(member: Member) -> None:
    member.left_on, member.left_as = member.joined_on, Leaving.MISTAKE
    member.save()


def _record(row: dict) -> models.Model:
    model = {each._meta.label_lower: each for each in (Household, Member, Residence)}[row["model"]]
    return model._base_manager.get(pk=row["pk"])


def _value(record: models.Model, attname: str, value):
    field = next(each for each in record._meta.concrete_fields if each.attname == attname)
    return field.to_python(value) if isinstance(field, models.DateField) else value

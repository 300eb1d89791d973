"""What happens in a household's life: each a dated event, with what to put back when it is undone.

    split_household · merge_households · change_head · join_member · lose_member
    move_within · move_to_ward · move_out · move_in · die_out · close_duplicate · undo_event

A person who changes household leaves a row in the old one and gets a new row in the new one: what closed
years and help say of the old household stays true. Each function is one recorded transaction; it takes the
household's version, and where two households are concerned also the other's.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import date, timedelta

from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.actor import recorded
from accounts.services import take_version
from households.codes import Closing, Happening, Leaving, Relation
from households.duplicates import note_duplicates
from households.models import Household, LifeEvent, Member, PovertyStatus, Residence
from households.rounds import require_writable
from households.services import next_code
from wards.models import ResidentialGroup, Ward

# Not undone here: they are taken back, if at all, where they were carried out.
CARRIED_OUT_ELSEWHERE = (Happening.REORGANISED, Happening.DUPLICATE)

# What a later correction on the sheet may change without standing in the way of undoing an event.
_MAY_DIFFER = {"address", "address_key", "residential_group_id"}

# Floors above say here, a sentence each, what they hold of a household on days after `after` or before `before`
# (of these members): (household, after, before, members).
HELD_ABOVE: list[Callable[[Household, date | None, date | None, Collection[int] | None], list[str]]] = []


# --- the events -----------------------------------------------------------------------------


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
    act = _Act(by=by, household=household, version=version, day=day, note=note)
    people = act.people(household)
    leaving = [member for member in people if member.pk in going]
    staying = [member for member in people if member.pk not in going]
    if not leaving or not staying:
        raise ValidationError(_("Household %(code)s: at least one member goes and at least one stays.") % act.code)
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
    note_duplicates(formed)
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
            _("Household %(code)s can be joined by another household of its ward only.") % _c(household)
        )
    act = _Act(by=by, household=household, version=version, day=day, note=note, other=other)
    coming = act.people(other)
    if any(relations.get(member.pk) == Relation.HEAD for member in coming):
        raise ValidationError(_("Household %(code)s keeps its head; give the newcomers another relation.") % act.code)
    act.close(other, Closing.MERGED, merged_into=household)
    act.take_in(household, coming, relations)
    event = act.note(Happening.TOOK_IN, household, other=other)
    act.note(Happening.MERGED, other, other=household)
    return act.finished(event)


@recorded
def change_head(
    *, by, household: Household, version: int, day: date, relations: Mapping[int, str], note: str = ""
) -> LifeEvent:
    """Another member becomes head; `relations` are everybody's to the new head."""
    act = _Act(by=by, household=household, version=version, day=day, note=note)
    head = act.change_head(act.people(household), relations)
    return act.finished(act.note(Happening.HEAD_CHANGED, household, member=head))


@recorded
def join_member(
    *, by, household: Household, version: int, day: date, member: Member, born: bool = False, note: str = ""
) -> LifeEvent:
    """A person is born into the household, or comes to live with it."""
    act = _Act(by=by, household=household, version=version, day=day, note=note)
    if member.relation == Relation.HEAD:
        raise ValidationError(_("Household %(code)s has a head; record a change of head afterwards.") % act.code)
    member.household, member.joined_on = household, day
    member.save()
    act.made(member)
    note_duplicates(household)
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
    act = _Act(by=by, household=household, version=version, day=day, note=note)
    people = act.people(household)
    if member.pk not in {each.pk for each in people}:
        raise ValidationError(_("%(name)s is no member of household %(code)s.") % (act.code | {"name": member.name}))
    rest = [each for each in people if each.pk != member.pk]
    if not rest:
        instead = Happening.DIED_OUT if died else Happening.MOVED_OUT
        message = _("%(name)s is the last member of household %(code)s; record “%(event)s” instead.")
        raise ValidationError(message % (act.code | {"name": member.name, "event": instead.label}), code="last_member")
    member = next(each for each in people if each.pk == member.pk)
    act.part_with([member], Leaving.DIED if died else Leaving.MOVED)
    event = act.note(Happening.DIED if died else Happening.LEFT, household, member=member, place=place)
    if member.relation == Relation.HEAD:
        head = act.change_head(rest, relations or {})
        act.note(Happening.HEAD_CHANGED, household, member=head)
    return act.finished(event)


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
    act = _Act(by=by, household=household, version=version, day=day, note=note)
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
        raise ValidationError({"ward": _("Household %(code)s lives in this ward already.") % _c(household)})
    act = _Act(by=by, household=household, version=version, day=day, note=note, to_ward=ward)
    act.refuse_what_came_later()
    left, before = household.ward, household.residential_group
    code = next_code(ward) if _is_taken(household.code, ward) else household.code
    act.move(ward=ward, code=code, residential_group=residential_group, address=address)
    event = act.note(Happening.MOVED_WARD, household, ward=left, to_ward=ward, group=before, to_group=residential_group)
    return act.finished(event)


@recorded
def move_out(*, by, household: Household, version: int, day: date, place: str, note: str = "") -> LifeEvent:
    """The whole household leaves the district."""
    act = _Act(by=by, household=household, version=version, day=day, note=note)
    act.refuse_what_came_later()
    act.close(household, Closing.LEFT)
    return act.finished(act.note(Happening.MOVED_OUT, household, place=place))


@recorded
def move_in(*, by, household: Household, version: int, day: date, place: str, note: str = "") -> LifeEvent:
    """Say of a household on record since when it lives in the district, and where it came from."""
    act = _Act(by=by, household=household, version=version, day=day, note=note)
    home = household.residences.get(until=None)
    if home.since is not None or household.residences.count() > 1 or household.events.standing().exists():
        message = _("Household %(code)s: since when it lives here is on record already and is not said twice.")
        raise ValidationError(message % act.code)
    if early := household.statuses.filter(year__lt=day.year).order_by("year").first():
        message = _(
            "Household %(code)s has its class of %(year)d on record, so it lived here before this day. Check the day."
        )
        raise ValidationError({"day": message % (act.code | {"year": early.year})})
    if helped := _held_above(household, before=day):
        raise ValidationError({"day": helped})
    act.change(home, since=day)
    return act.finished(act.note(Happening.MOVED_IN, household, place=place))


@recorded
def die_out(*, by, household: Household, version: int, day: date, note: str = "") -> LifeEvent:
    """Nobody of the household is alive."""
    act = _Act(by=by, household=household, version=version, day=day, note=note)
    act.refuse_what_came_later()
    act.part_with(act.people(household), Leaving.DIED)
    act.close(household, Closing.DIED)
    return act.finished(act.note(Happening.DIED_OUT, household))


@recorded
def close_duplicate(
    *, by, household: Household, version: int, other: Household, day: date, note: str = ""
) -> LifeEvent:
    """The two are one household entered twice: the other is closed, and what it holds stays with it."""
    act = _Act(by=by, household=household, version=version, day=day, note=note, other=other, to_ward=other.ward)
    act.close(other, Closing.DUPLICATE, merged_into=household)
    event = act.note(Happening.TOOK_IN, household, other=other)
    act.note(Happening.DUPLICATE, other, other=household)
    return act.finished(event)


# --- undoing --------------------------------------------------------------------------------


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


def latest_event(household: Household) -> LifeEvent | None:
    """The event that may be undone, if any: the last one standing, if it was recorded here."""
    last = household.events.standing().order_by("day", "pk").last()
    return last if last and may_be_undone(last) else None


def may_be_undone(event: LifeEvent) -> bool:
    return event.undone_at is None and bool(event.undoing) and event.kind not in CARRIED_OUT_ELSEWHERE


def _whole_act(event: LifeEvent) -> list[LifeEvent]:
    if not may_be_undone(event):
        message = _(
            "Household %(code)s: “%(event)s” of %(day)s cannot be undone here, or was undone meanwhile. Look again."
        )
        raise ValidationError(message % _told(event), code="not_undoable")
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
            raise ValidationError(message % _told(last or event), code="not_latest")
        if household.ward.was_left:
            message = _(
                "Household %(code)s: %(ward)s ended on %(day)s and its households were moved. "
                "Enter what is right in the new ward instead."
            )
            params = _c(household) | {"ward": household.ward, "day": f"{household.ward.valid_to:%d/%m/%Y}"}
            raise ValidationError(message % params, code="ward_left")
        if found := _rests_on(event):
            raise ValidationError(found, code="rested_on")
    for row in events[0].undoing["rows"]:
        _refuse_changed_since(row)


def _rests_on(event: LifeEvent) -> list[str]:
    """What stands on record because of the event: the life of a household it formed, a person it brought, a new home."""
    household = event.household
    if event.kind == Happening.SPLIT_OFF:
        return _later(household, event.day, wards=None, same_year=True)
    if event.kind in (Happening.BORN, Happening.JOINED):
        return _held_above(household, members=[event.member_id])
    if event.kind == Happening.TOOK_IN:
        came = [row["pk"] for row in event.undoing["rows"] if row.get("made") == "households.member"]
        return _held_above(household, members=came)
    if event.kind == Happening.MOVED_WARD:
        return _later(household, event.day, wards=[event.to_ward_id], same_year=True)
    return []


def _refuse_changed_since(row: dict) -> None:
    """Where somebody has meanwhile set something else, putting back would lose it."""
    if "made" in row:
        return
    record = _record(row)
    for name, value in row["now"].items():
        if name not in _MAY_DIFFER and _plain(record, name) != value:
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
        if isinstance(record, Household) and _is_taken(record.code, record.ward, by=record):
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


# --- one act --------------------------------------------------------------------------------


class _Act:
    """One thing an officer records: its day checked, its changes remembered, its events noted."""

    def __init__(self, *, by, household, version, day, note, other=None, to_ward=None):
        self.by, self.household, self.day, self.said = by, household, day, note
        self.rows: list[dict] = []
        self.events: list[LifeEvent] = []
        for each in sorted(filter(None, (household, other)), key=lambda each: each.pk):
            take_version(each, version if each is household else each.version)
        for each in filter(None, (household, other)):
            each.refresh_from_db()
            refuse_day(each, day)
        for ward in filter(None, (household.ward, to_ward)):
            refuse_day_of_ward(ward, day)
            try:
                require_writable(ward, day.year)
            except ValidationError as error:
                raise ValidationError({"day": error}) from error

    @property
    def code(self) -> dict:
        return _c(self.household)

    def people(self, household: Household) -> list[Member]:
        return list(household.members.filter(left_on=None).order_by("pk"))

    # --- what is remembered ---

    def change(self, record: models.Model, **values) -> None:
        """Set fields of a row and keep what they were."""
        names = [record._meta.get_field(name).attname for name in values]
        was = {name: _plain(record, name) for name in names}
        for name, value in values.items():
            setattr(record, name, value)
        record.save()
        now = {name: _plain(record, name) for name in names}
        self.rows.append({"model": record._meta.label_lower, "pk": record.pk, "was": was, "now": now})

    def made(self, record: models.Model) -> None:
        label = record._meta.label_lower
        self.rows.append({"model": label, "pk": record.pk, "made": label})

    def note(self, kind: str, household: Household, *, ward: Ward | None = None, **about) -> LifeEvent:
        event = LifeEvent.objects.create(
            household=household,
            kind=kind,
            day=self.day,
            ward=ward or household.ward,
            note=self.said,
            created_by=self.by if getattr(self.by, "pk", None) else None,
            **about,
        )
        self.events.append(event)
        return event

    def finished(self, result):
        """Give every event of the act what undoing it needs."""
        undoing = {"events": [event.pk for event in self.events], "rows": self.rows}
        for event in self.events:
            event.undoing = undoing
            event.save(update_fields=["undoing"])
        for household in {event.household_id: event.household for event in self.events}.values():
            note_duplicates(household)
        return result

    # --- people ---

    def part_with(self, members: Iterable[Member], reason: str) -> None:
        for member in members:
            since = member.joined_on or member.birth_date
            if since and self.day < since:
                message = _("%(name)s was not yet of household %(code)s on this day; earliest day: %(day)s.")
                params = {"name": member.name, "code": self.household.code, "day": f"{since:%d/%m/%Y}"}
                raise ValidationError({"day": message % params})
            self.change(member, left_on=self.day, left_as=reason)

    def take_in(self, household: Household, members: list[Member], relations: Mapping[int, str]) -> None:
        """Close each person's row in the old household and open one in the new; nobody loses their past."""
        self.part_with(members, Leaving.OTHER_HOUSEHOLD)
        there = list(household.members.filter(left_on=None).values_list("relation", flat=True))
        _one_head(household, there + [_relation(member, relations) for member in members])
        for member in members:
            row = Member(**{each.attname: getattr(member, each.attname) for each in _carried_over()})
            row.household, row.relation, row.joined_on = household, relations[member.pk], self.day
            row.save()
            self.made(row)

    def relate(self, members: list[Member], relations: Mapping[int, str]) -> None:
        """Give everybody their relation; the head last, for the database allows one at any moment."""
        afterwards = [(member, _relation(member, relations, member.relation)) for member in members]
        _one_head(self.household, [relation for _member, relation in afterwards])
        for member, relation in sorted(afterwards, key=lambda pair: pair[1] == Relation.HEAD):
            if relation != member.relation:
                self.change(member, relation=relation)

    def change_head(self, members: list[Member], relations: Mapping[int, str]) -> Member:
        heads = [member for member in members if relations.get(member.pk) == Relation.HEAD]
        if len(heads) != 1:
            raise ValidationError(_("Choose one new head for household %(code)s.") % self.code, code="no_head")
        if heads[0].relation == Relation.HEAD:
            message = _("%(name)s is already the head of household %(code)s.")
            raise ValidationError(message % (self.code | {"name": heads[0].name}))
        self.relate(members, relations)
        return heads[0]

    # --- places ---

    def move(self, **where) -> None:
        home = self.household.residences.get(until=None)
        if home.since is not None and home.since >= self.day:
            message = _("Household %(code)s lives at its present place since %(day)s; the day must come after that.")
            raise ValidationError({"day": message % (self.code | {"day": f"{home.since:%d/%m/%Y}"})})
        self.change(home, until=self.day - timedelta(days=1))
        self.change(self.household, **where)
        self.made(
            Residence.objects.create(
                household=self.household,
                ward=self.household.ward,
                residential_group=self.household.residential_group,
                address=self.household.address,
                since=self.day,
            )
        )

    def close(self, household: Household, reason: str, **more) -> None:
        self.change(household.residences.get(until=None), until=self.day)
        self.change(household, closed_on=self.day, closed_as=reason, **more)

    def refuse_what_came_later(self) -> None:
        """A class or help on record after the day says that the household was still here."""
        if found := _later(self.household, self.day, wards=None, same_year=False):
            raise ValidationError({"day": found})


# --- days and households --------------------------------------------------------------------


def refuse_day(household: Household, day: date) -> None:
    """Raise ValidationError unless the household may have an event on this day."""
    household.refuse_after_closing()
    if day > timezone.localdate():
        raise ValidationError({"day": _("Household %(code)s: this day lies in the future.") % _c(household)})
    if (last := household.events.standing().order_by("day", "pk").last()) and day < last.day:
        message = _("Household %(code)s: “%(event)s” is on record for %(day)s; this day cannot lie before it.")
        params = _c(household) | {"event": last.get_kind_display(), "day": f"{last.day:%d/%m/%Y}"}
        raise ValidationError({"day": message % params})
    home = household.residences.filter(until=None).first()
    if home is None:
        message = _("Household %(code)s has no present home on record. Ask the administrator to mend the record.")
        raise ValidationError(message % _c(household))
    if home.since and day < home.since:
        message = _("Household %(code)s lives at its present place since %(day)s; this day cannot lie before it.")
        raise ValidationError({"day": message % (_c(household) | {"day": f"{home.since:%d/%m/%Y}"})})


def refuse_day_of_ward(ward: Ward, day: date) -> None:
    """Raise ValidationError unless the ward existed on the day."""
    if ward.existed_on(day):
        return
    if day < ward.valid_from:
        message = _(
            "%(ward)s begins on %(day)s; this day lies before it. Choose a later day, or the ward of that time."
        )
        raise ValidationError({"day": message % {"ward": ward, "day": f"{ward.valid_from:%d/%m/%Y}"}})
    message = _("%(ward)s ended on %(day)s. Its households must first be moved to the new wards, by district staff.")
    raise ValidationError({"day": message % {"ward": ward, "day": f"{ward.valid_to:%d/%m/%Y}"}})


def _later(household: Household, day: date, *, wards: list[int] | None, same_year: bool) -> list[str]:
    """Sentences about what is on record for the household after the day (in these wards)."""
    statuses = PovertyStatus.objects.filter(household=household, year__gte=day.year if same_year else day.year + 1)
    if wards is not None:
        statuses = statuses.filter(ward__in=wards)
    years = sorted(set(statuses.values_list("year", flat=True)))
    found = []
    if years:
        message = _("Household %(code)s has its class of %(years)s on record, after this day. Check the day.")
        found.append(message % (_c(household) | {"years": ", ".join(map(str, years))}))
    return found + _held_above(household, after=day)


def _held_above(household: Household, *, after: date | None = None, before=None, members=None) -> list[str]:
    return [text for held in HELD_ABOVE for text in held(household, after, before, members)]


def _one_head(household: Household, relations: list[str]) -> None:
    heads = relations.count(Relation.HEAD)
    if heads != 1:
        message = _("Household %(code)s: choose exactly one head; there are %(count)d.")
        raise ValidationError(message % (_c(household) | {"count": heads}), code="heads")


def _relation(member: Member, relations: Mapping[int, str], default: str | None = None) -> str:
    relation = relations.get(member.pk, default)
    if relation not in Relation.values:
        raise ValidationError(_("Choose the relation of %(name)s to the head.") % {"name": member.name})
    return relation


def _carried_over() -> list[models.Field]:
    """What a person takes along into another household."""
    own = {"id", "household", "relation", "joined_on", "left_on", "left_as"}
    return [each for each in Member._meta.concrete_fields if each.name not in own]


def _is_taken(code: str, ward: Ward, *, by: Household | None = None) -> bool:
    """Whether a household of the ward has this code already, other than this one."""
    return Household.objects.filter(ward=ward, code=code).exclude(pk=by.pk if by else None).exists()


def _c(household: Household) -> dict:
    return {"code": household.code}


def _told(event: LifeEvent) -> dict:
    return _c(event.household) | {"event": event.get_kind_display(), "day": f"{event.day:%d/%m/%Y}"}


# --- rows as JSON ---------------------------------------------------------------------------


def _record(row: dict) -> models.Model:
    model = {each._meta.label_lower: each for each in (Household, Member, Residence)}[row["model"]]
    return model._base_manager.get(pk=row["pk"])


def _plain(record: models.Model, attname: str):
    value = getattr(record, attname)
    return value.isoformat() if isinstance(value, date) else value


def _value(record: models.Model, attname: str, value):
    field = next(each for each in record._meta.concrete_fields if each.attname == attname)
    return field.to_python(value) if isinstance(field, models.DateField) else value

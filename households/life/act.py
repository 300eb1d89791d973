"""One thing an officer records: its day checked, its changes remembered, its events noted."""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext as _

from accounts.services import take_version
from households.codes import Leaving, Relation
from households.duplicates import note_duplicates
from households.life.days import held_above, named, on_record_after, refuse_day, refuse_day_of_ward
from households.models import Household, LifeEvent, Member, Residence
from households.reviews import tell_closing
from wards.models import Ward


class Act:
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

    @property
    def code(self) -> dict:
        return named(self.household)

    def people(self, household: Household) -> list[Member]:
        return list(household.members.filter(left_on=None).order_by("pk"))

    # --- what is remembered ---

    def change(self, record: models.Model, **values) -> None:
        """Set fields of a row and keep what they were."""
        names = [record._meta.get_field(name).attname for name in values]
        was = {name: plain(record, name) for name in names}
        for name, value in values.items():
            setattr(record, name, value)
        record.save()
        now = {name: plain(record, name) for name in names}
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
        tell_closing(household)

    # --- what speaks against the day ---

    def refuse_what_came_later(self, household: Household) -> None:
        """A class or help on record after the day says that the household was still here."""
        if found := on_record_after(household, self.day, wards=None, same_year=False):
            raise ValidationError({"day": found})

    def refuse_help_that_came_later(self, members: Iterable[Member]) -> None:
        """Help to these members after the day says that they still belonged to the household."""
        if found := held_above(self.household, after=self.day, members=[member.pk for member in members]):
            raise ValidationError({"day": found})


def _one_head(household: Household, relations: list[str]) -> None:
    heads = relations.count(Relation.HEAD)
    if heads != 1:
        message = _("Household %(code)s: choose exactly one head; there are %(count)d.")
        raise ValidationError(message % (named(household) | {"count": heads}), code="heads")


def _relation(member: Member, relations: Mapping[int, str], default: str | None = None) -> str:
    relation = relations.get(member.pk, default)
    if relation not in Relation.values:
        raise ValidationError(_("Choose the relation of %(name)s to the head.") % {"name": member.name})
    return relation


def _carried_over() -> list[models.Field]:
    """What a person takes along into another household."""
    own = {"id", "household", "relation", "joined_on", "left_on", "left_as"}
    return [each for each in Member._meta.concrete_fields if each.name not in own]


def plain(record: models.Model, attname: str):
    value = getattr(record, attname)
    return value.isoformat() if isinstance(value, date) else value

"""A record's history as people read it: who saved what, from what to what, when.

    history_of(household)

The trail holds one event a changed row; what one person saved in one go is one entry here.
"""

from collections import defaultdict
from copy import copy
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from django.apps import apps
from django.db import models
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import AuditEvent

MOST_EVENTS = 400
ONE_SAVE = timedelta(seconds=3)  # rows written by one press of the button lie this close together
HIDDEN = "•••"
_Action = AuditEvent.Action
_NEVER_SHOWN = {"version", "judged_by", "undoing", "sha256"}


@dataclass
class Change:
    label: str
    old: str | None
    new: str | None


@dataclass
class Entry:
    """What one person did in one go."""

    at: datetime
    actor: str
    action_label: str
    changes: list[Change] = field(default_factory=list)


def history_of(record: models.Model) -> list[Entry]:
    """Everything done to a record and its lines, newest first.

    The number of queries depends on the kinds of rows that changed, not on how many.
    """
    events = list(AuditEvent.objects.of(record).order_by("-id")[:MOST_EVENTS])
    names = _Names(events, record)
    entries: list[Entry] = []
    for group in _saves(events):
        changes = [change for event in reversed(group) for change in _changes(event, names)]
        acts = [event for event in group if event.action in {_Action.REVEAL, _Action.EXPORT}]
        if not changes and not acts:
            continue  # only a version number moved
        entries.append(Entry(group[0].at, names.person(group[0].actor), str(_label(group, record)), changes))
    return entries


@dataclass
class Since:
    """What happened to a record after a version of it was read: for the page that shows two savers each other's work."""

    actor: str
    at: datetime | None
    before: dict[tuple[str, int], dict | None]  # (model, key) of each row touched since: its columns then, None if new
    events: list[AuditEvent]

    def restored(self, row: models.Model) -> models.Model:
        """A copy of the row as it was then; columns that the trail masks stay as they are now."""
        key = (row._meta.label_lower, row.pk)
        if key not in self.before:
            return row
        if self.before[key] is None:
            return type(row)()
        then = copy(row)
        masked = {*getattr(row, "audit_masked", ()), *getattr(row, "audit_abridged", ())}
        for each in row._meta.concrete_fields:
            if each.column in self.before[key] and each.name not in masked:
                setattr(then, each.attname, each.to_python(self.before[key][each.column]))
        return then


def since_version(record: models.Model, version: int | None) -> Since:
    """Everything saved after `version` of the record was read; nothing where that version is not on the trail."""
    label = record._meta.label_lower
    raised = AuditEvent.objects.of(record).filter(model=label, action=_Action.UPDATE, old__version=version)
    first = raised.order_by("id").first() if version is not None else None
    if first is None:
        return Since("", None, {}, [])
    events = list(AuditEvent.objects.of(record).filter(id__gte=first.pk).order_by("id"))
    before: dict[tuple[str, int], dict | None] = {}
    for event in events:
        if event.action in {_Action.INSERT, _Action.UPDATE, _Action.DELETE}:
            before.setdefault((event.model, event.row_id), event.old)
    last = events[-1]
    return Since(_Names([last], record).person(last.actor), last.at, before, events)


def _saves(events: list[AuditEvent]) -> list[list[AuditEvent]]:
    """Events of one person that follow one another at once; each a list, newest first."""
    groups: list[list[AuditEvent]] = []
    for event in events:
        last = groups[-1][-1] if groups else None
        noted = {_Action.REVEAL, _Action.EXPORT}
        together = (
            last
            and last.actor == event.actor
            and last.at - event.at <= ONE_SAVE
            and not {last.action, event.action} & noted
            and not _begins_a_save(last)
        )
        if together:
            groups[-1].append(event)
        else:
            groups.append([event])
    return groups


def _begins_a_save(event: AuditEvent) -> bool:
    """A save begins with the record itself: it is made, or its version is raised."""
    if event.model != event.subject:
        return False
    old, new = event.old or {}, event.new or {}
    return event.action == _Action.INSERT or old.get("version") != new.get("version")


def _label(group: list[AuditEvent], record: models.Model):
    """“Record entered” when the record itself was made here, else the act itself or “changed”."""
    first = group[-1]
    if first.action in {_Action.REVEAL, _Action.EXPORT}:
        return _capital(_Action(first.action).label)
    if any(event.action == _Action.INSERT and event.model == record._meta.label_lower for event in group):
        return _("Record entered")
    if any(event.model == record._meta.label_lower and _makes_void(event) for event in group):
        return _("Made void")
    actions = {event.action for event in group}
    return _capital(_Action(actions.pop()).label) if len(actions) == 1 else _capital(_Action.UPDATE.label)


def _makes_void(event: AuditEvent) -> bool:
    return bool(event.old and event.new and not event.old.get("voided_at") and event.new.get("voided_at"))


def _capital(text) -> str:
    text = str(text)
    return text[:1].upper() + text[1:]


def _changes(event: AuditEvent, names: "_Names") -> list[Change]:
    """A line a field that changed; a row that came or went is told in one line."""
    model = _model(event.model)
    if model is None or event.action in {_Action.REVEAL, _Action.EXPORT} or _told_elsewhere(event, model):
        return []
    line, values = names.line(event), _values(event, model, names)
    if event.action in {_Action.INSERT, _Action.DELETE}:
        told = "; ".join(f"{label}: {new or old}" for label, old, new in values if new or old)
        if event.action == _Action.DELETE:
            return [Change(line or _capital(model._meta.verbose_name), told, None)]
        return [Change(line or _capital(model._meta.verbose_name), None, told)] if told else []
    if not values and (hidden := _hidden(event, model)):
        # A masked value changed: the trail knows that it did, and keeps neither value.
        values = [(hidden, HIDDEN, HIDDEN)]
    return [Change(f"{line} · {label}" if line else _capital(label), old, new) for label, old, new in values]


def _told_elsewhere(event: AuditEvent, model: type[models.Model]) -> bool:
    """Whether other lines say the same: of every row of the model, or of those of which it says so itself."""
    told = getattr(model, "told_elsewhere", False)
    return told(event.new or event.old or {}) if callable(told) else told


def _values(event: AuditEvent, model: type[models.Model], names: "_Names") -> list[tuple[str, str | None, str | None]]:
    old, new = event.old or {}, event.new or {}
    values = []
    for each in model._meta.concrete_fields:
        before, after = old.get(each.column), new.get(each.column)
        untouched = _same(before, after) or (event.action != _Action.UPDATE and _is_default(each, after or before))
        if _is_shown(each, model) and not untouched:
            values.append((_field_name(each), names.value(each, before), names.value(each, after)))
    return values


def _field_name(each: models.Field) -> str:
    """The field in words; a foreign key without a name of its own is called as what it points to."""
    unnamed = each.remote_field and each.verbose_name == each.name.replace("_", " ")
    return str(each.related_model._meta.verbose_name if unnamed else each.verbose_name)


def _hidden(event: AuditEvent, model: type[models.Model]) -> str:
    """The masked field that may have changed."""
    names = [*getattr(model, "audit_masked", ()), *getattr(model, "audit_abridged", ())]
    masked = [model._meta.get_field(name) for name in names]
    return next((str(each.verbose_name) for each in masked if (event.new or {}).get(each.column)), "")


def _model(label: str) -> type[models.Model] | None:
    try:
        return apps.get_model(label)
    except (LookupError, ValueError):
        return None


def _is_shown(each: models.Field, model: type[models.Model]) -> bool:
    ignored = {*getattr(model, "audit_ignored", ()), *_NEVER_SHOWN, _owner(model)}
    return not each.primary_key and each.name not in ignored


def _owner(model: type[models.Model]) -> str:
    """The foreign key that a row belongs by: to the record itself, or to a line of it."""
    return (getattr(model, "audit_subject", None) or "").partition("__")[0]


def _line_of(event: AuditEvent, model: type[models.Model]) -> tuple[type[models.Model], int | None]:
    """The row whose name stands before the event's fields: the row itself, or the line it belongs to."""
    if "__" in (getattr(model, "audit_subject", None) or ""):
        owner = model._meta.get_field(_owner(model))
        return owner.related_model, (event.new or event.old or {}).get(owner.column)
    return model, event.row_id


def _same(before, after) -> bool:
    empty = (None, "")
    return before == after or (before in empty and after in empty)


def _is_default(each: models.Field, value) -> bool:
    """A new row's empty and untouched columns say nothing."""
    if value in (None, ""):
        return True
    if isinstance(each, models.BooleanField):
        return not value
    return each.has_default() and not callable(each.default) and value == each.get_default()


class _Names:
    """Words for keys: one query for each kind of record that the events point to."""

    def __init__(self, events: list[AuditEvent], record: models.Model):
        self.record = record
        wanted: dict[type[models.Model], set] = defaultdict(set)
        people = {event.actor for event in events}
        for event in events:
            model = _model(event.model)
            if model is None:
                continue
            for each in model._meta.concrete_fields:
                if each.remote_field and _is_shown(each, model):
                    for row in (event.old, event.new):
                        if row and row.get(each.column) is not None:
                            wanted[each.related_model].add(row[each.column])
            line, key = _line_of(event, model)
            if line._meta.label_lower != record._meta.label_lower and key:
                wanted[line].add(key)
        self.texts = {model: self._load(model, keys) for model, keys in wanted.items()}
        user = apps.get_model("accounts.User")
        self.people = {each.username: str(each) for each in user.objects.filter(username__in=people)}

    @staticmethod
    def _load(model: type[models.Model], keys: set) -> dict:
        related = [each.name for each in model._meta.concrete_fields if each.remote_field and not each.null]
        rows = model._base_manager.select_related(*related) if related else model._base_manager
        return {row.pk: getattr(row, "history_name", None) or str(row) for row in rows.filter(pk__in=keys)}

    def person(self, username: str) -> str:
        return self.people.get(username, username)

    def line(self, event: AuditEvent) -> str:
        """Whose line it is, “Nguyễn Văn A”; nothing for the record itself."""
        if event.model == self.record._meta.label_lower:
            return ""
        line, key = _line_of(event, _model(event.model))
        name = self.texts.get(line, {}).get(key)
        return name or _capital(line._meta.verbose_name)

    def value(self, each: models.Field, value) -> str | None:
        if value is None or value == "":
            return None
        if each.remote_field:
            return self.texts.get(each.related_model, {}).get(value, f"#{value}")
        if isinstance(each, models.BooleanField):
            return gettext("yes") if value else gettext("no")
        if each.flatchoices:
            return str(dict(each.flatchoices).get(value, value))
        if hasattr(each, "in_words"):  # a column that knows its unit
            return str(each.in_words(value))
        if isinstance(each, models.DateTimeField):
            return _moment(value)
        if isinstance(each, models.DateField):
            return _day(value)
        if isinstance(each, models.IntegerField) and not isinstance(each, models.PositiveSmallIntegerField):
            return _number(value)
        return str(value)


def _day(value: str) -> str:
    try:
        return f"{datetime.strptime(str(value)[:10], '%Y-%m-%d').replace(tzinfo=UTC):%d/%m/%Y}"
    except ValueError:
        return str(value)


def _moment(value: str) -> str:
    try:
        at = datetime.fromisoformat(str(value))
    except ValueError:
        return str(value)
    at = at if at.tzinfo else at.replace(tzinfo=UTC)  # SQLite keeps UTC without saying so
    return f"{timezone.localtime(at):%d/%m/%Y %H:%M}"


def _number(value) -> str:
    return number_format(value, force_grouping=True)

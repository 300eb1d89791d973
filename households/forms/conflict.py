"""Two officers had the same sheet open: what the other saved, what this one typed, and a sheet that holds both.

Field by field: what this officer did not touch is taken from the other, what they typed is kept. The
page shows where the two differ, above the sheet, which may then be saved on top of the other's version.
"""

from dataclasses import dataclass, field
from datetime import datetime

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.choices import flatten_choices
from django.utils.translation import gettext as _

from accounts.history import Since, since_version
from households.forms.entry import HouseholdEntry, HouseholdForm, StatusEntry
from households.forms.members import MemberForm, MemberFormSet
from households.forms.status import StatusForm
from households.models import Household, PovertyStatus

MASK = "•"
UNBLANK = ("name", "birth", "id_number", "sex", "relation")


@dataclass
class Conflict:
    """What the page needs: the differences, who saved meanwhile, and the merged data with the new version."""

    data: QueryDict
    changed_by: str
    changed_at: datetime | None
    rows: list[dict] = field(default_factory=list)

    @classmethod
    def of(cls, data: QueryDict, mine: "HouseholdEntry | StatusEntry", theirs: "HouseholdEntry | StatusEntry"):
        """`mine` is bound to the data; `theirs` was made anew from the database, unbound."""
        household = theirs.household
        opened = data.get("version", "")
        version = int(opened) if opened.isascii() and opened.isdigit() and len(opened) < 10 else None
        since = since_version(household, version)
        conflict = cls(data.copy(), since.actor, since.at)
        conflict.data["version"] = str(household.version)
        if isinstance(theirs, HouseholdEntry):
            base = HouseholdForm(instance=since.restored(household), user=theirs.user)
            conflict._merge_form(mine.form, theirs.form, base)
            conflict._merge_members(mine.members, theirs.members, since)
        if theirs.status:
            conflict._merge_form(mine.status, theirs.status, _status_before(theirs.status, since))
        return conflict

    # --- one form ---

    def _merge_form(self, mine: forms.BaseForm, theirs: forms.BaseForm, base: forms.BaseForm, about: str = "") -> None:
        for name, field_ in theirs.fields.items():
            if name not in mine.fields or field_.disabled or name in {"id", "DELETE"}:
                continue
            typed, saved, before = _typed(mine, name), _saved(theirs, name), _saved(base, name)
            result = self._merge_value(f"{about}{theirs[name].label}", field_, before, saved, typed)
            _put(self.data, mine.add_prefix(name), result)

    def _merge_value(self, label: str, field_: forms.Field, before, saved, typed):
        if _same(field_, typed, saved):
            return saved
        untouched = _same(field_, typed, before) or (isinstance(typed, str) and MASK in typed)
        self.rows.append(
            {
                "label": label,
                "base": _words(field_, before),
                "theirs": _words(field_, saved),
                "mine": _("not changed by you") if untouched else _words(field_, typed),
                "name": "",
            }
        )
        return saved if untouched else typed

    # --- the rows of the sheet ---

    def _merge_members(self, mine: MemberFormSet, theirs: MemberFormSet, since: Since) -> None:
        saved = {str(form.instance.pk): form for form in theirs.initial_forms}
        kept, added, seen = [], [], set()
        for form in mine.forms:
            key, removed = _typed(form, "id"), _typed(form, "DELETE")
            if not key:
                if form.has_changed() and not removed:
                    added.append(_row_of(form))
            elif key in saved:
                seen.add(key)
                kept.append(self._merge_member(form, saved[key], since))
            elif not removed:
                self._note(_typed(form, "name"), theirs=_("taken off the list"), mine=_("kept"))
        for key, form in saved.items():
            if key not in seen:
                kept.append({name: _saved(form, name) for name in form.fields if name != "DELETE"} | {"id": key})
                self._note(form.instance.name, theirs=_("added"), mine="")
        blank = {name: _saved(theirs.empty_form, name) for name in theirs.empty_form.fields}
        self._renumber(mine.prefix, kept, [*added, blank])

    def _merge_member(self, mine: MemberForm, theirs: MemberForm, since: Since) -> dict:
        base = MemberForm(instance=since.restored(theirs.instance))
        row = {"id": _typed(mine, "id"), "DELETE": _typed(mine, "DELETE")}
        for name, field_ in theirs.fields.items():
            if name in row:
                continue
            label = f"{theirs.instance.name} · {theirs[name].label}"
            row[name] = self._merge_value(label, field_, _saved(base, name), _saved(theirs, name), _typed(mine, name))
        return row

    def _note(self, label: str, *, theirs: str, mine: str) -> None:
        self.rows.append({"label": label, "base": "", "theirs": theirs, "mine": mine, "name": ""})

    def _renumber(self, prefix: str, kept: list[dict], added: list[dict]) -> None:
        for name in [name for name in self.data if name.startswith(f"{prefix}-")]:
            del self.data[name]
        self.data[f"{prefix}-TOTAL_FORMS"] = str(len(kept) + len(added))
        self.data[f"{prefix}-INITIAL_FORMS"] = str(len(kept))
        for index, row in enumerate([*kept, *added]):
            for name, value in row.items():
                _put(self.data, f"{prefix}-{index}-{name}", value)


# --- values as the form writes them ---------------------------------------------------------


def _typed(form: forms.BaseForm, name: str):
    value = form.fields[name].widget.value_from_datadict(form.data, form.files, form.add_prefix(name))
    return _plain(form.fields[name], value)


def _saved(form: forms.BaseForm, name: str):
    bound = form[name]
    value = bound.value()
    if not isinstance(bound.field, forms.ChoiceField | forms.BooleanField) and hasattr(
        bound.field.widget, "format_value"
    ):
        value = bound.field.widget.format_value(value)
    return _plain(bound.field, value)


def _plain(field_: forms.Field, value):
    """A claim is True or False, several choices are a sorted list, anything else is text."""
    if isinstance(field_, forms.BooleanField):
        return bool(value)
    if isinstance(field_, forms.MultipleChoiceField | forms.ModelMultipleChoiceField):
        return sorted(str(each) for each in value or [])
    return "" if value is None else str(value)


def _same(field_: forms.Field, one, other) -> bool:
    return _meant(field_, one) == _meant(field_, other)


def _meant(field_: forms.Field, value):
    if not isinstance(value, str) or isinstance(field_, forms.ChoiceField):
        return value
    try:
        meant = field_.to_python(value)
    except ValidationError:
        return value
    return "" if meant is None else meant


def _words(field_: forms.Field, value) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if hasattr(field_, "choices"):
        labels = {str(key): str(label) for key, label in flatten_choices(field_.choices)}
        values = value if isinstance(value, list) else [value]
        return ", ".join(labels.get(each, each) for each in values if each)
    return value


def _put(data: QueryDict, name: str, value) -> None:
    """As a browser would send it: an empty box and an empty list send nothing."""
    if value is True:
        value = "on"
    if value is False or value == []:
        data.pop(name, None)
    elif isinstance(value, list):
        data.setlist(name, value)
    else:
        data[name] = value


def _row_of(form: MemberForm) -> dict:
    return {name: _typed(form, name) for name in form.fields}


def _status_before(theirs: StatusForm, since: Since) -> StatusForm:
    """The class as it was when this officer opened the sheet, with what was ticked then."""
    status = theirs.instance
    then = since.restored(status)
    if then.pk is None:
        then = PovertyStatus(household=status.household, year=status.year, standard=status.standard, ward=status.ward)
    form = StatusForm(
        household=status.household,
        year=theirs.year,
        standard=theirs.standard,
        status=then,
        with_groups=theirs.with_groups,
        kind=theirs.kind,
        kept=theirs.kept,
    )
    for name, model, column in (
        ("deprivations", "households.statusdeprivation", "indicator_id"),
        ("causes", "households.statuscause", "cause"),
    ):
        ticked = set(theirs.initial.get(name, ()))
        for event in reversed(since.events):
            if event.model == model and (event.new or event.old or {}).get("status_id") == status.pk:
                ticked -= {(event.new or {}).get(column)}
                ticked |= {(event.old or {}).get(column)} - {None}
        form.initial[name] = list(ticked)
    return form


def version_is_stale(data: QueryDict, household: Household) -> bool:
    """Whether another version was opened than the one on record; a sheet without any is refused as incomplete."""
    opened = data.get("version", "")
    return opened.isascii() and opened.isdigit() and opened != str(household.version)

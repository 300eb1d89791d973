"""What every event's form has: its day, a note, the table of people, checking and saving."""

from collections.abc import Iterable
from functools import cached_property

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.services import claim_submission
from households import life
from households.codes import Happening, Relation
from households.forms.entry import SheetForm
from households.kinship import relation_to
from households.models import Household, Member
from wards.fields import CleanCharField, DayField

KIN = [("", "—"), *(choice for choice in Relation.choices if choice[0] != Relation.HEAD)]


class LifeForm(SheetForm):
    """What every event has: its day, a note, the key against a double click, the version that was opened."""

    kind: Happening
    icon = "calendar3"

    day = DayField(
        label=_("Day"),
        help_text=_("dd/mm/yyyy"),
        error_messages={"required": _("Type the day on which it happened.")},
    )
    note = CleanCharField(label=_("Note"), required=False, max_length=300)

    def __init__(self, data=None, *, household: Household, user, **extra):
        super().__init__(data, household=household)
        self.household, self.user = household, user
        self.set_up(**extra)
        self.order_fields([name for name in self.fields if name != "note"] + ["note"])

    def set_up(self) -> None:
        """Add the fields that depend on the household."""

    @classmethod
    def title(cls) -> str:
        return cls.kind.label

    @property
    def effect(self) -> str:
        """One sentence that says what will happen."""
        raise NotImplementedError

    @property
    def main_fields(self) -> list[forms.BoundField]:
        return [field for field in self.visible_fields() if not field.name.startswith(("relation_", "goes_"))]

    @property
    def all_forms(self) -> list[forms.BaseForm]:
        return [self]

    @property
    def has_errors(self) -> bool:
        return any(form.errors for form in self.all_forms)

    # --- people ---

    @cached_property
    def present(self) -> list[Member]:
        """Everybody of the household, head first."""
        return self.household.present_members

    @property
    def head(self) -> Member | None:
        return next((member for member in self.present if member.relation == Relation.HEAD), None)

    def add_kinship(self, members: Iterable[Member]) -> None:
        """A choice of relation for each member; the head is chosen elsewhere."""
        for member in members:
            self.fields[f"relation_{member.pk}"] = forms.ChoiceField(
                label=gettext("Relation of %(name)s to the head") % {"name": member.name},
                choices=KIN,
                required=False,
            )

    def kinship(self, members: Iterable[Member], head: Member | None = None) -> dict[int, str]:
        """Everybody's relation to the head: as chosen, or else as it follows; says at the field where neither is."""
        found = {}
        for member in members:
            name = f"relation_{member.pk}"
            follows = relation_to(head.relation, member.relation) if head else ""
            found[member.pk] = Relation.HEAD if member == head else self.cleaned_data.get(name) or follows
            if not found[member.pk] and name not in self.errors:
                self.add_error(name, gettext("Choose the relation of %(name)s to the head.") % {"name": member.name})
        return found

    @property
    def rows(self) -> list[dict]:
        """The table of people: each with the boxes that this form has for them."""
        return [
            {
                "member": member,
                "goes": self[f"goes_{member.pk}"] if f"goes_{member.pk}" in self.fields else None,
                "relation": self[f"relation_{member.pk}"],
            }
            for member in self.listed
            if f"relation_{member.pk}" in self.fields
        ]

    @property
    def listed(self) -> list[Member]:
        return self.present

    @property
    def people_note(self) -> str:
        return ""

    @property
    def shown_when(self) -> str:
        """The table of people counts only with another field (app.js hides it otherwise)."""
        return ""

    def member_field(self, members: Iterable[Member], label, **kwargs) -> forms.ChoiceField:
        choices = [(str(member.pk), f"{member.name} ({member.get_relation_display()})") for member in members]
        return forms.ChoiceField(label=label, choices=[("", "—"), *choices], **kwargs)

    def member_of(self, name: str) -> Member | None:
        key = self.cleaned_data.get(name)
        return next((member for member in self.present if str(member.pk) == key), None)

    # --- checking and saving ---

    def clean_day(self):
        day = self.cleaned_data["day"]
        try:
            life.refuse_day(self.household, day)
            life.refuse_day_of_ward(self.household.ward, day)
        except ValidationError as error:
            self.add_error("day", error.message_dict["day"] if hasattr(error, "error_dict") else error)
        return day

    def save(self, *, by, result: str) -> str:
        """Record the event in the caller's transaction; answers the message for the officer.

        Raises AlreadySubmitted, StaleVersion, or ValidationError for what only the service can see.
        """
        submission = claim_submission(by=by, key=self.cleaned_data["submission_key"])
        given = {name: self.cleaned_data[name] for name in ("version", "day", "note")}
        done = self.record(by=by, household=self.household, **given)
        if submission:
            submission.result = result
            submission.save()
        return done

    def record(self, **given) -> str:
        raise NotImplementedError

    def refuse(self, error: ValidationError) -> None:
        """Show what the service refused, by its field where this form has it."""
        if not hasattr(error, "error_dict"):
            self.add_error(None, error)
            return
        for name, errors in error.error_dict.items():
            self.add_error(name if name in self.fields else None, errors)

    def _done(self, text: str = "") -> str:
        said = gettext("Recorded for household %(code)s: %(what)s.")
        return said % {"code": self.household.code, "what": text or self.kind.label}

"""The short forms of what happens in a household's life: one class a kind, each with its own fields only.

form = FORMS["split"](request.POST, household=household, user=request.user)
if form.is_valid(): done = form.save(by=request.user)
"""

import hashlib
from collections.abc import Collection, Iterable
from datetime import date
from functools import cached_property

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from accounts.services import claim_submission
from households import life
from households.codes import Happening, Relation
from households.duplicates import those_like, warnings_about
from households.forms.entry import GroupChoiceField, SheetForm
from households.forms.members import BIRTH_MISSING, MemberForm
from households.models import Household, Member
from wards.fields import CleanCharField, CountField, DayField, clean_typed
from wards.models import ResidentialGroup, Ward

KIN = [("", "—"), *(choice for choice in Relation.choices if choice[0] != Relation.HEAD)]
STAYS, DIED, LEFT = "stays", "died", "left"


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

    def add_kinship(self, members: Iterable[Member], *, known: bool = True) -> None:
        """A choice of relation for each member; the head is chosen elsewhere."""
        for member in members:
            initial = member.relation if known and member.relation != Relation.HEAD else ""
            self.fields[f"relation_{member.pk}"] = forms.ChoiceField(
                label=gettext("Relation of %(name)s to the head") % {"name": member.name},
                choices=KIN,
                initial=initial,
                required=False,
            )

    def kinship(
        self, members: Iterable[Member], *heads: Member | None, unchanged: Collection[Member] = ()
    ) -> dict[int, str]:
        """Everybody's relation as chosen, these persons being heads; says at the field where one is missing.

        Of the `unchanged`, who keep their head, a relation left blank stays as it is.
        """
        chosen = {head.pk: Relation.HEAD for head in heads if head}
        for member in members:
            name = f"relation_{member.pk}"
            if member.pk in chosen or name in self.errors:
                continue
            chosen[member.pk] = self.cleaned_data.get(name, "") or (member.relation if member in unchanged else "")
            if not chosen[member.pk]:
                self.add_error(name, gettext("Choose the relation of %(name)s to the head.") % {"name": member.name})
        return chosen

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


# --- splitting and merging ------------------------------------------------------------------


class SplitForm(LifeForm):
    """Some members form a household of their own."""

    kind, icon = Happening.SPLIT, "diagram-3"

    def set_up(self) -> None:
        self.fields["new_head"] = self.member_field(
            self.present,
            _("Head of the new household"),
            error_messages={"required": _("Choose who heads the new household.")},
        )
        self.fields["stay_head"] = self.member_field(
            [member for member in self.present if member.relation != Relation.HEAD],
            _("Head of those who stay"),
            required=False,
            help_text=_("Only when the present head goes."),
        )
        groups = ResidentialGroup.objects.filter(ward=self.household.ward_id)
        self.fields["residential_group"] = GroupChoiceField(
            groups,
            label=_("Group of the new household"),
            required=False,
            empty_label=_("not known"),
            initial=self.household.residential_group_id,
        )
        self.fields["address"] = CleanCharField(
            label=_("Address of the new household"), required=False, max_length=200, initial=self.household.address
        )
        for member in self.present:
            self.fields[f"goes_{member.pk}"] = forms.BooleanField(
                label=gettext("%(name)s goes") % {"name": member.name}, required=False
            )
        self.add_kinship(self.present, known=False)

    @property
    def effect(self) -> str:
        return gettext(
            "The members you tick form a new household with the next code of the ward, from this day on; "
            "the others stay in household %(code)s."
        ) % {"code": self.household.code}

    @property
    def people_note(self) -> str:
        return gettext(
            "Tick who goes, and choose their relation to the new head. Of those who stay, choose it where it changes."
        )

    def clean(self):
        cleaned = super().clean()
        going = [member for member in self.present if cleaned.get(f"goes_{member.pk}")]
        staying = [member for member in self.present if member not in going]
        if not going or not staying:
            message = _("Household %(code)s: tick who goes; at least one member goes and at least one stays.")
            raise ValidationError(message, params={"code": self.household.code})
        head, stay_head = self.member_of("new_head"), self.head
        if head and head not in going:
            self.add_error("new_head", gettext("%(name)s is not ticked as going.") % {"name": head.name})
        if self.head not in staying:
            stay_head = self.member_of("stay_head")
            if stay_head not in staying:
                message = gettext("The present head goes; choose a head among those who stay.")
                self.add_error("stay_head", message)
                stay_head = None
        if head and stay_head:
            unchanged = staying if self.head in staying else ()
            self.relations = self.kinship(self.present, head, stay_head, unchanged=unchanged)
        self.going = {member.pk for member in going}
        return cleaned

    def record(self, **given) -> str:
        formed = life.split_household(
            going=self.going,
            relations=self.relations,
            residential_group=self.cleaned_data["residential_group"],
            address=self.cleaned_data["address"],
            **given,
        )
        return self._done(gettext("household %(code)s was formed") % {"code": formed.code})


class MergeForm(LifeForm):
    """Another household of the ward joins this one; which one is said first."""

    kind, icon = Happening.TOOK_IN, "house-add"

    other = CleanCharField(
        label=_("Code of the household that joins"),
        max_length=20,
        widget=forms.TextInput(attrs={"list": "codes", "autocomplete": "off"}),
        error_messages={"required": _("Type the code of the household that joins this one.")},
    )

    def set_up(self, asked: str = "") -> None:
        text = clean_typed(str(self.data.get("other") or asked))[:20]
        self.initial["other"] = text
        self.joining = self.candidates.filter(code__iexact=text).first() if text else None
        self.coming = self.joining.present_members if self.joining else []
        self.add_kinship(self.coming, known=False)

    @property
    def candidates(self):
        """Households of the ward that may join, with their heads."""
        same_ward = Household.objects.visible_to(self.user).present().filter(ward=self.household.ward_id)
        return same_ward.exclude(pk=self.household.pk).with_head().order_by("code")

    @property
    def listed(self) -> list[Member]:
        return self.coming

    @property
    def people_note(self) -> str:
        head = self.head.name if self.head else self.household.code
        return gettext("Give each newcomer's relation to %(head)s.") % {"head": head}

    @property
    def effect(self) -> str:
        if not self.joining:
            return gettext(
                "A household of the same ward joins household %(code)s: its members come over and it is closed."
            ) % {"code": self.household.code}
        text = ngettext(
            "%(count)d member of household %(other)s joins household %(code)s; %(other)s is closed on this day.",
            "%(count)d members of household %(other)s join household %(code)s; %(other)s is closed on this day.",
            len(self.coming),
        )
        return text % {"count": len(self.coming), "other": self.joining.code, "code": self.household.code}

    def clean_other(self) -> str:
        if self.joining is None:
            message = _("No other household of this ward has the code %(code)s, or it is closed.")
            raise ValidationError(message, params={"code": self.cleaned_data["other"]})
        return self.cleaned_data["other"]

    def clean(self):
        cleaned = super().clean()
        self.relations = self.kinship(self.coming)
        return cleaned

    def record(self, **given) -> str:
        life.merge_households(other=self.joining, relations=self.relations, **given)
        return self._done(gettext("household %(code)s joined it and is closed") % {"code": self.joining.code})


# --- the head, and those who go -------------------------------------------------------------


class HeadForm(LifeForm):
    """Another member becomes head, also because the old one has died or left."""

    kind, icon = Happening.HEAD_CHANGED, "person-badge"

    old_head = forms.ChoiceField(
        label=_("The present head"),
        choices=[(STAYS, _("stays in the household")), (DIED, _("has died")), (LEFT, _("has moved away"))],
        initial=STAYS,
        widget=forms.RadioSelect(attrs={"class": "inline"}),
    )

    def set_up(self) -> None:
        others = [member for member in self.present if member.relation != Relation.HEAD]
        self.fields["new_head"] = self.member_field(
            others, _("New head"), error_messages={"required": _("Choose the new head.")}
        )
        self.add_kinship(self.present)

    @property
    def effect(self) -> str:
        name = self.head.name if self.head else "—"
        return gettext(
            "From this day on another member is the head of household %(code)s instead of %(name)s. "
            "If %(name)s has died or moved away, that is recorded with it."
        ) % {"code": self.household.code, "name": name}

    @property
    def people_note(self) -> str:
        return gettext("Everybody's relation to the new head; change what is different now.")

    def clean(self):
        cleaned = super().clean()
        head = self.member_of("new_head")
        if head:
            stays = cleaned.get("old_head") == STAYS
            rest = [member for member in self.present if stays or member != self.head]
            self.relations = self.kinship(rest, head)
        return cleaned

    def record(self, **given) -> str:
        fate = self.cleaned_data["old_head"]
        if fate == STAYS:
            life.change_head(relations=self.relations, **given)
        else:
            life.lose_member(member=self.head, died=fate == DIED, relations=self.relations, **given)
        return self._done()


class _GoneForm(LifeForm):
    """A member dies or moves away; where it is the head, the new head is named at once."""

    who: str

    def set_up(self) -> None:
        self.fields["member"] = self.member_field(
            self.present, self.who, error_messages={"required": _("Choose the member.")}
        )
        others = [member for member in self.present if member.relation != Relation.HEAD]
        if others:
            self.fields["new_head"] = self.member_field(
                others, _("New head"), required=False, help_text=_("Only when it is the head.")
            )
            self.add_kinship(others)

    @property
    def people_note(self) -> str:
        return gettext("Only when it is the head: everybody's relation to the new head.")

    @property
    def shown_when(self) -> str:
        return f"member={self.head.pk}" if self.head else ""

    def clean(self):
        cleaned = super().clean()
        self.relations = None
        member = self.member_of("member")
        if member is None:
            return cleaned
        if len(self.present) == 1:
            self.add_error("member", self.instead % {"name": member.name, "code": self.household.code})
        elif member.relation == Relation.HEAD:
            rest = [each for each in self.present if each != member]
            head = self.member_of("new_head")
            if head in rest:
                self.relations = self.kinship(rest, head)
            else:
                message = gettext("%(name)s is the head of household %(code)s; choose the new head.")
                self.add_error("new_head", message % {"name": member.name, "code": self.household.code})
        return cleaned

    def record(self, **given) -> str:
        member = self.member_of("member")
        place = self.cleaned_data.get("place", "")
        died = self.kind == Happening.DIED
        life.lose_member(member=member, died=died, relations=self.relations, place=place, **given)
        return self._done(f"{self.kind.label} ({member.name})")


class LeftForm(_GoneForm):
    kind, icon = Happening.LEFT, "arrow-right"
    who = _("Who moves away")
    place = CleanCharField(label=_("Where to"), required=False, max_length=200)

    @property
    def effect(self) -> str:
        return gettext(
            "The member no longer belongs to household %(code)s from this day on; help and classes of before stay."
        ) % {"code": self.household.code}

    @property
    def instead(self) -> str:
        return gettext("%(name)s is the last member of household %(code)s; record “moved out of the district” instead.")


class DiedForm(_GoneForm):
    kind, icon = Happening.DIED, "dash-circle"
    who = _("Who has died")

    @property
    def effect(self) -> str:
        return gettext(
            "The member is on record as having died on this day and is no longer counted in household %(code)s."
        ) % {"code": self.household.code}

    @property
    def instead(self) -> str:
        return gettext("%(name)s is the last member of household %(code)s; record “nobody of it is alive” instead.")


# --- those who come -------------------------------------------------------------------------


class NewbornForm(MemberForm):
    """A child; its day of birth is the day of the event."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name in ("birth", "occupation", "disability_kind", "disability_degree", "is_pupil"):
            del self.fields[name]


class JoinedForm(LifeForm):
    """A person comes to live with the household: the whole row of the sheet."""

    kind, icon = Happening.JOINED, "people"
    person_form = MemberForm

    def set_up(self) -> None:
        data = self.data if self.is_bound else None
        ethnicity = self.head.ethnicity if self.head else None
        initial = {"ethnicity": ethnicity} if ethnicity else {}
        self.person = self.person_form(data, prefix="person", initial=initial, use_required_attribute=False)
        self.person.fields["relation"].choices = KIN
        if birth := self.person.fields.get("birth"):
            birth.required = True
            birth.error_messages["required"] = BIRTH_MISSING
        self.warnings: list[str] = []
        self.confirmed = True

    @property
    def effect(self) -> str:
        return gettext("The person belongs to household %(code)s from this day on.") % {"code": self.household.code}

    @property
    def all_forms(self) -> list[forms.BaseForm]:
        return [self, self.person]

    @property
    def confirm_key(self) -> str:
        """Stands for exactly these warnings: a box ticked for others does not count."""
        return hashlib.sha256("\n".join(self.warnings).encode()).hexdigest()[:16]

    def is_valid(self) -> bool:
        """Check both forms, so that all errors are told at once."""
        valid = all([super().is_valid(), self.person.is_valid()])
        if valid:
            self.warnings = self._warnings()
            self.confirmed = not self.warnings or self.data.get("confirm") == self.confirm_key
        return valid and self.confirmed

    def clean(self):
        cleaned = super().clean()
        if self.person.is_valid():
            self._check_birth(self.person.instance, cleaned.get("day"))
            self._refuse_a_number_of_the_household()
        return cleaned

    def _check_birth(self, person: Member, day: date | None) -> None:
        if person.birth_date and day and person.birth_date > day:
            message = gettext("%(name)s was born on %(day)s, after this day.")
            self.add_error("day", message % {"name": person.name, "day": f"{person.birth_date:%d/%m/%Y}"})

    def _refuse_a_number_of_the_household(self) -> None:
        number = self.person.cleaned_data.get("id_number")
        holder = next((member for member in self.present if number and member.id_number == number), None)
        if holder:
            message = gettext("%(name)s of household %(code)s has this number. Correct the number, or do not add them.")
            self.person.add_error("id_number", message % {"name": holder.name, "code": self.household.code})

    def _warnings(self) -> list[str]:
        """Where the number contradicts the row, or somebody on record may be the same person."""
        member = self.person.instance
        here = gettext("%(name)s, born %(birth)s, is a member of this household already. Is it the same person?")
        told = [f"{member.name}: {text}." for text in self.person.warnings]
        told += [here % {"name": each.name, "birth": each.birth} for each in those_like(member, self.present)]
        return told + [doubt.linked for doubt in warnings_about(self.household, [member], user=self.user)]

    def record(self, **given) -> str:
        member = self.person.instance
        life.join_member(member=member, born=self.kind == Happening.BORN, **given)
        return self._done(f"{self.kind.label} ({member.name})")


class BornForm(JoinedForm):
    kind, icon = Happening.BORN, "person-plus"
    person_form = NewbornForm

    def set_up(self) -> None:
        super().set_up()
        self.fields["day"].label = _("Day of birth")
        self.fields["day"].error_messages["required"] = _("Type the day of birth.")

    def _check_birth(self, person: Member, day: date | None) -> None:
        person.birth_date = day

    @property
    def effect(self) -> str:
        return gettext("The child belongs to household %(code)s from the day of birth on.") % {
            "code": self.household.code
        }


# --- moving ---------------------------------------------------------------------------------


class MovedForm(LifeForm):
    """Inside the ward."""

    kind, icon = Happening.MOVED_WITHIN, "geo-alt"

    def set_up(self) -> None:
        self.fields["residential_group"] = GroupChoiceField(
            ResidentialGroup.objects.filter(ward=self.household.ward_id),
            label=_("New residential group"),
            required=False,
            empty_label=_("not known"),
            initial=self.household.residential_group_id,
        )
        self.fields["address"] = CleanCharField(
            label=_("New address"), required=False, max_length=200, initial=self.household.address
        )

    @property
    def effect(self) -> str:
        return gettext(
            "Household %(code)s lives at the new place from this day on; classes and help of before keep the old group."
        ) % {"code": self.household.code}

    def record(self, **given) -> str:
        where = {name: self.cleaned_data[name] for name in ("residential_group", "address")}
        life.move_within(**where, **given)
        return self._done()


class MovedWardForm(LifeForm):
    """To another ward of the programme."""

    kind, icon = Happening.MOVED_WARD, "map"

    group_number = CountField(
        label=_("Number of the residential group there"),
        required=False,
        max_value=999,
        help_text=_("Empty where it is not known."),
    )
    address = CleanCharField(label=_("New address"), required=False, max_length=200)

    def set_up(self) -> None:
        own = self.household.ward
        wards = Ward.objects.of_the_programme().exclude(pk=own.pk)
        wards = wards.filter(Q(valid_to=None) | Q(valid_to__gte=own.valid_from))
        if own.valid_to:
            wards = wards.filter(valid_from__lte=own.valid_to)
        self.fields["ward"] = forms.ModelChoiceField(
            wards, label=_("New ward"), error_messages={"required": _("Choose the ward the household moved to.")}
        )
        self.order_fields(["submission_key", "version", "day", "ward", "group_number", "address"])

    @property
    def effect(self) -> str:
        return gettext(
            "From this day on household %(code)s belongs to the new ward: its officer keeps it and sees its whole history; "
            "you no longer open it. Classes and help of before stay figures of %(ward)s."
        ) % {"code": self.household.code, "ward": self.household.ward}

    def clean(self):
        cleaned = super().clean()
        ward, number, day = cleaned.get("ward"), cleaned.get("group_number"), cleaned.get("day")
        if ward and day:
            try:
                life.refuse_day_of_ward(ward, day)
            except ValidationError as error:
                self.add_error("ward", error.message_dict["day"])
        self.group = None
        if ward and number is not None:
            self.group = ResidentialGroup.objects.filter(ward=ward, number=number).first()
            if self.group is None:
                message = gettext("%(ward)s has no residential group %(number)d.")
                self.add_error("group_number", message % {"ward": ward, "number": number})
        return cleaned

    def record(self, **given) -> str:
        ward, code = self.cleaned_data["ward"], self.household.code
        life.move_to_ward(ward=ward, residential_group=self.group, address=self.cleaned_data["address"], **given)
        if self.household.code == code:
            text = gettext("Household %(code)s moved to %(ward)s and keeps its code.")
            return text % {"code": code, "ward": ward}
        text = gettext("Household %(code)s moved to %(ward)s; its code there is %(new)s, for %(code)s is taken.")
        return text % {"code": code, "ward": ward, "new": self.household.code}


class MovedOutForm(LifeForm):
    """The whole household leaves the district."""

    kind, icon = Happening.MOVED_OUT, "box-arrow-right"

    place = CleanCharField(
        label=_("Where to"), max_length=200, error_messages={"required": _("Write where the household moved to.")}
    )

    @property
    def effect(self) -> str:
        return gettext(
            "Household %(code)s is closed on this day: it stays readable, and nothing later is recorded for it."
        ) % {"code": self.household.code}

    def record(self, **given) -> str:
        life.move_out(place=self.cleaned_data["place"], **given)
        return self._done()


class MovedInForm(LifeForm):
    """Where a household that is on record came from, and since when it lives here."""

    kind, icon = Happening.MOVED_IN, "box-arrow-in-right"

    place = CleanCharField(
        label=_("Where from"), max_length=200, error_messages={"required": _("Write where the household came from.")}
    )

    @property
    def effect(self) -> str:
        return gettext(
            "Household %(code)s counts as living in %(ward)s since this day, having come from outside the district."
        ) % {"code": self.household.code, "ward": self.household.ward}

    def record(self, **given) -> str:
        life.move_in(place=self.cleaned_data["place"], **given)
        return self._done()


class DiedOutForm(LifeForm):
    """Nobody is alive."""

    kind, icon = Happening.DIED_OUT, "x-circle"

    @property
    def effect(self) -> str:
        text = ngettext(
            "%(count)d member of household %(code)s is on record as having died on this day, and the household is closed.",
            "%(count)d members of household %(code)s are on record as having died on this day, "
            "and the household is closed.",
            len(self.present),
        )
        return text % {"count": len(self.present), "code": self.household.code}

    def record(self, **given) -> str:
        life.die_out(**given)
        return self._done()


# --- undoing --------------------------------------------------------------------------------


class UndoForm(SheetForm):
    """Why the latest event is taken back; `event` is the one that was shown."""

    event = forms.IntegerField(widget=forms.HiddenInput)
    reason = CleanCharField(
        label=_("Reason"),
        max_length=300,
        help_text=_("It stays on the record, for example “wrong household; see 10117-0042”."),
        error_messages={"required": _("Give the reason.")},
    )

    def __init__(self, data=None, *, household: Household, event):
        super().__init__(data, household=household)
        self.initial["event"] = event.pk if event else None


# As the page “Biến động” lists them; the key stands in the address.
FORMS: dict[str, type[LifeForm]] = {
    "born": BornForm,
    "joined": JoinedForm,
    "left": LeftForm,
    "died": DiedForm,
    "head": HeadForm,
    "split": SplitForm,
    "merge": MergeForm,
    "moved": MovedForm,
    "moved-ward": MovedWardForm,
    "moved-out": MovedOutForm,
    "moved-in": MovedInForm,
    "died-out": DiedOutForm,
}

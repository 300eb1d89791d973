"""Forms: the head, those who go, those who come."""

import hashlib
from datetime import date

from django import forms
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from households import life
from households.codes import Happening, Relation
from households.duplicates import those_like, warnings_about
from households.forms.life.base import KIN, LifeForm
from households.forms.members import BIRTH_MISSING, MemberForm
from households.models import Member
from wards.fields import CleanCharField

STAYS, DIED, LEFT = "stays", "died", "left"


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
        missing = _("Choose the new head.")
        if not others:
            missing = gettext("Household %(code)s has nobody else who could become head; record first who joins it.")
            missing %= {"code": self.household.code}
        self.fields["new_head"] = self.member_field(others, _("New head"), error_messages={"required": missing})
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
        return gettext("A relation left blank follows from the new head; you are asked where it does not.")

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
        return gettext(
            "Only when it is the head. A relation left blank follows from the new head; you are asked where it does not."
        )

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

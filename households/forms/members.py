"""The rows of the sheet: one person each."""

import re
import unicodedata
from datetime import date
from typing import NamedTuple

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Case, Value, When
from django.utils.translation import gettext_lazy as _

from households import identity
from households.codes import Relation
from households.models import Household, Member
from wards.fields import CleanCharField, DateTextInput, clean_typed, read_day

MOST_MEMBERS = 50
BIRTH_MISSING = _("Write the date of birth, or the year alone where only it is known.")
BLANK_ROWS = 3
_YEAR = re.compile(r"[0-9]{4}")
_SHORT_YEAR = re.compile(r"(?:[0-9]{1,2} ?[/.\- ] ?[0-9]{1,2} ?[/.\- ] ?)?(?P<year>[0-9]{2})")


class Birth(NamedTuple):
    """A day of birth, or the year alone where only it is known."""

    day: date | None
    year: int


class BirthField(forms.CharField):
    """Day, month and year, or the year alone: 05/03/1960, 5/3/1960, 1960. Two digits of a year are asked about."""

    widget = DateTextInput

    def to_python(self, value):
        if isinstance(value, Birth):
            return value
        text = clean_typed(unicodedata.normalize("NFKC", str(value or "")[:60]))
        if not text:
            return None
        if _YEAR.fullmatch(text):
            return Birth(None, int(text))
        if short := _SHORT_YEAR.fullmatch(text):
            message = _("%(typed)s: is the year 19%(year)s or 20%(year)s? Type all four digits.")
            raise ValidationError(message, code="short_year", params={"typed": text, "year": short["year"]})
        try:
            day = read_day(text)
        except ValidationError as error:
            if error.code != "invalid":
                raise
            message = _("Write day/month/year or the year alone, for example 05/03/1960 or 1960.")
            raise ValidationError(message, code="invalid") from None
        return Birth(day, day.year)

    def has_changed(self, initial, data):
        try:
            return self.to_python(data) != self.to_python(initial)
        except ValidationError:
            return True


class IdNumberInput(forms.TextInput):
    """The page's script says while one types what the number means."""

    def __init__(self, attrs=None):
        super().__init__({"data-id-number": True, "inputmode": "numeric", "autocomplete": "off", **(attrs or {})})


class MemberForm(forms.ModelForm):
    """One person. The number of a person on record is shown masked; the untouched mask means the number stays."""

    birth = BirthField(label=_("Birth"), required=False)
    id_number = CleanCharField(label=_("CCCD/CMND"), required=False, widget=IdNumberInput)

    class Meta:
        model = Member
        fields = (
            "name",
            "relation",
            "sex",
            "birth",
            "id_number",
            "ethnicity",
            "occupation",
            "disability_kind",
            "disability_degree",
            "is_pupil",
            "has_health_insurance",
        )
        field_classes = {"name": CleanCharField}
        widgets = {"name": forms.TextInput(attrs={"autocomplete": "off"})}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.initial["birth"] = self.instance.birth
        self.initial["id_number"] = self.instance.masked_id_number
        for name, message in _REQUIRED.items():
            self.fields[name].error_messages["required"] = message
        for name in ("relation", "sex", "occupation", "disability_kind", "disability_degree"):
            # A row of dashes in each empty cell would make the sheet harder to read.
            choices = self.fields[name].choices
            self.fields[name].choices = [("", ""), *(choice for choice in choices if choice[0])]

    def clean_id_number(self) -> str:
        typed = self.cleaned_data["id_number"]
        if self.instance.pk and typed == self.instance.masked_id_number:
            return self.instance.id_number
        number = identity.normalise(unicodedata.normalize("NFKC", typed))
        if number:
            identity.check_number(number)
        return number

    def clean(self):
        cleaned = super().clean()
        birth = cleaned.get("birth")
        known_before = self.instance.pk and self.instance.birth_year
        if birth is None and "birth" in cleaned and (known_before or not self.instance.pk):
            self.add_error("birth", BIRTH_MISSING)
        if "birth" in cleaned:
            self.instance.birth_date = birth.day if birth else None
            self.instance.birth_year = birth.year if birth else None
        if cleaned.get("disability_degree") and "disability_kind" in cleaned and not cleaned["disability_kind"]:
            self.add_error("disability_kind", _("Say which disability it is."))
        return cleaned

    def add_error(self, field, error):
        # The model speaks of its columns; the officer typed both into one field.
        if hasattr(error, "error_dict"):
            for column in ("birth_date", "birth_year"):
                if column in error.error_dict:
                    error.error_dict.setdefault("birth", []).extend(error.error_dict.pop(column))
        super().add_error(field, error)

    @property
    def warnings(self) -> list[str]:
        """Where the number and the rest of the row disagree: reason to ask, not to refuse."""
        number, birth = self.cleaned_data.get("id_number", ""), self.cleaned_data.get("birth")
        same_year = birth and str(self.initial["birth"]).endswith(str(birth.year))
        asked_before = self.instance.pk and same_year and not {"id_number", "sex"} & set(self.changed_data)
        if not number or asked_before:
            return []
        return identity.contradictions(number, self.cleaned_data.get("sex", ""), birth.year if birth else None)


_REQUIRED = {
    "name": _("Type the full name."),
    "relation": _("Choose the relation to the head."),
    "sex": _("Choose male or female."),
}


class _MemberFormSet(forms.BaseModelFormSet):
    """The members who belong to the household today, head first, and blank rows for more."""

    def __init__(self, *args, household: Household, **kwargs):
        self.household = household
        head_first = Case(When(relation=Relation.HEAD, then=Value(0)), default=Value(1))
        members = Member.objects.none()
        if household.pk:
            members = Member.objects.filter(household=household, left_on=None).order_by(head_first, "birth_year", "pk")
        else:
            kwargs.setdefault("initial", [{"relation": Relation.HEAD}])
        super().__init__(*args, queryset=members, prefix="members", **kwargs)

    def is_deleted(self, form: MemberForm) -> bool:
        return bool(form.data) and self._should_delete_form(form)

    @property
    def kept(self) -> list[MemberForm]:
        """Rows that stand for a person: neither blank nor ticked for removal."""
        return [form for form in self.forms if not self.is_deleted(form) and (form.instance.pk or form.has_changed())]

    @property
    def people(self) -> list[Member]:
        return [form.instance for form in self.kept]

    @property
    def left(self) -> list[Member]:
        """Persons on record whose row was removed."""
        return [form.instance for form in self.forms if self.is_deleted(form) and form.instance.pk]

    def row_number(self, form: MemberForm) -> int:
        return self.forms.index(form) + 1

    def clean(self):
        for form in self.forms:
            if self.is_deleted(form):
                form.errors.clear()  # what stood in a removed row is nobody's business any more
        kept = self.kept
        if not kept:
            raise ValidationError(_("Enter the members of the household, beginning with the head."), code="nobody")
        heads = [form for form in kept if form.cleaned_data.get("relation") == Relation.HEAD]
        if not heads and all("relation" not in form.errors for form in kept):
            raise ValidationError(_("Choose in one row “head of household”: a household has one head."), code="no_head")
        if len(heads) > 1:
            rows = ", ".join(str(self.row_number(form)) for form in heads)
            message = _("A household has one head; rows %(rows)s are marked so.")
            raise ValidationError(message, code="heads", params={"rows": rows})
        self._refuse_the_same_number_twice(kept)

    def _refuse_the_same_number_twice(self, kept: list[MemberForm]) -> None:
        rows: dict[str, list[MemberForm]] = {}
        for form in kept:
            if number := form.cleaned_data.get("id_number"):
                rows.setdefault(number, []).append(form)
        for forms_ in rows.values():
            for form in forms_[1:]:
                message = _("The same number stands in row %(row)d.") % {"row": self.row_number(forms_[0])}
                form.add_error("id_number", message)

    def warnings(self) -> list[str]:
        """What to ask about before saving."""
        row = _("Row %(row)d, %(name)s: %(text)s.")
        return [
            row % {"row": self.row_number(form), "name": form.instance.name, "text": text}
            for form in self.kept
            if hasattr(form, "cleaned_data")
            for text in form.warnings
        ]


MemberFormSet = forms.modelformset_factory(
    Member,
    form=MemberForm,
    formset=_MemberFormSet,
    extra=BLANK_ROWS,
    can_delete=True,
    max_num=MOST_MEMBERS,
    absolute_max=MOST_MEMBERS + 10,
    validate_max=True,
)

"""What a person answers about two households alike."""

from uuid import uuid4

from django import forms
from django.utils.translation import gettext_lazy as _

from households.models import Household
from wards.fields import CleanCharField

DIFFERENT = "different"


class SettleForm(forms.Form):
    """Two households, or one entered twice; then which of them stays."""

    verdict = forms.ChoiceField(
        label=_("What are they?"),
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose an answer.")},
    )
    note = CleanCharField(
        label=_("How do you know?"),
        required=False,
        max_length=300,
        help_text=_(
            "Needed where they are two. It stays on record, for example “father and son of one name, seen on 15/10/2026”."
        ),
    )
    submission_key = forms.UUIDField(widget=forms.HiddenInput, required=False)

    def __init__(self, data=None, *, households: list[Household]):
        super().__init__(data, initial={"submission_key": uuid4()}, use_required_attribute=False)
        self.households = {str(household.pk): household for household in households}
        stays = _("One household entered twice: keep %(code)s, close %(other)s")
        first, second = households
        self.fields["verdict"].choices = [
            (DIFFERENT, _("Two different households")),
            (str(first.pk), stays % {"code": first.code, "other": second.code}),
            (str(second.pk), stays % {"code": second.code, "other": first.code}),
        ]

    @property
    def kept(self) -> Household | None:
        """The household that stays; None where the answer is that they are two."""
        return self.households.get(self.cleaned_data["verdict"])

    def clean(self):
        cleaned = super().clean()
        if cleaned.get("verdict") == DIFFERENT and "note" in cleaned and not cleaned["note"]:
            self.add_error("note", _("Say how you know that they are two; nobody will be asked again."))
        return cleaned

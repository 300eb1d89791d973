"""Form: the latest event is taken back."""

from django import forms
from django.utils.translation import gettext_lazy as _

from households.forms.entry import SheetForm
from households.models import Household
from wards.fields import CleanCharField


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

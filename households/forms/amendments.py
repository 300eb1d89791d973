"""What is typed to correct a locked year, and to decide on it."""

from uuid import uuid4

from django import forms
from django.core.validators import MinLengthValidator
from django.utils.translation import gettext_lazy as _

from households.forms.rounds import OnceForm
from households.models import PovertyStatus, StatusAmendment
from wards.fields import CleanCharField, CountField, DayField


class AmendmentForm(forms.ModelForm):
    """What should have been published, and why."""

    submission_key = forms.UUIDField(widget=forms.HiddenInput, required=False)
    persons = CountField(label=_("Persons in the household"), min_value=1, max_value=50)
    decision_date = DayField(label=_("Decision date"), required=False)
    reason = CleanCharField(
        label=_("Reason"),
        max_length=500,
        validators=[MinLengthValidator(10, _("Say why in at least 10 characters."))],
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("What was wrong, and how it was found."),
    )

    class Meta:
        model = StatusAmendment
        fields = ("classification", "persons", "decision_number", "decision_date", "reason")
        field_classes = {"decision_number": CleanCharField}
        widgets = {"classification": forms.RadioSelect(attrs={"class": "inline"})}

    def __init__(self, data=None, *, amendment: StatusAmendment, published: PovertyStatus | None):
        if published and data is None:
            for name in ("classification", "persons", "decision_number", "decision_date"):
                setattr(amendment, name, getattr(published, name))
        super().__init__(data, instance=amendment, use_required_attribute=False, initial={"submission_key": uuid4()})
        classes = self.fields["classification"]
        classes.choices = [choice for choice in classes.choices if choice[0]]
        classes.error_messages["required"] = _("Choose the class.")

    def _post_clean(self):
        """The service completes the record before it is checked as a whole."""
        for name in self._meta.fields:
            if name in self.cleaned_data:
                setattr(self.instance, name, self.cleaned_data[name])


class DecisionForm(OnceForm):
    """Accepted or refused, with an answer that stays beside the correction."""

    ACCEPT, REFUSE = "accept", "refuse"

    verdict = forms.ChoiceField(
        choices=[(ACCEPT, ACCEPT), (REFUSE, REFUSE)], error_messages={"required": _("Press accept or refuse.")}
    )
    answer = CleanCharField(label=_("Answer"), required=False, max_length=500, widget=forms.Textarea(attrs={"rows": 2}))

    def __init__(self, data=None):
        super().__init__(data, auto_id="decision-%s")

    def clean(self):
        cleaned = super().clean()
        if cleaned.get("verdict") == self.REFUSE and not cleaned.get("answer"):
            self.add_error("answer", _("Say why the correction is refused."))
        return cleaned

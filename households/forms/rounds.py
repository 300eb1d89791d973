"""What is typed on the pages of a ward's yearly review: mostly a button, sometimes a sentence."""

from uuid import uuid4

from django import forms
from django.utils.translation import gettext_lazy as _

from households.models import Household, ReviewRound, RoundComment
from wards.fields import CleanCharField, CountField


class OnceForm(forms.Form):
    """Carries the key against a double click."""

    submission_key = forms.UUIDField(widget=forms.HiddenInput, required=False)

    def __init__(self, data=None, **kwargs):
        kwargs["initial"] = {"submission_key": uuid4(), **kwargs.get("initial", {})}
        kwargs.setdefault("auto_id", False)
        super().__init__(data, use_required_attribute=False, **kwargs)


class StepForm(OnceForm):
    """A step of the round, on the version that was on the screen."""

    version = forms.IntegerField(
        widget=forms.HiddenInput,
        error_messages={"required": _("Part of this form was lost on its way. Press the button again.")},
    )

    def __init__(self, data=None, *, begun: ReviewRound, **kwargs):
        super().__init__(data, initial={"version": begun.version}, **kwargs)


class ReturnForm(StepForm):
    """May say for the whole year what is to be mended; comments on households stand by themselves."""

    reason = CleanCharField(
        label=_("What is to be mended"), required=False, max_length=500, widget=forms.Textarea(attrs={"rows": 2})
    )

    def __init__(self, data=None, **kwargs):
        super().__init__(data, auto_id="return-%s", **kwargs)


class CommentForm(OnceForm):
    """A question to the ward about one household of its year, or about the year."""

    household = forms.ModelChoiceField(
        Household.objects.none(), required=False, label=_("Household"), empty_label=_("the year as a whole")
    )
    text = CleanCharField(
        label=_("Comment"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": _("Write what the ward should look at.")},
    )

    def __init__(self, data=None, *, households, household: str = "", **kwargs):
        super().__init__(data, auto_id="comment-%s", initial={"household": household}, **kwargs)
        self.fields["household"].queryset = households
        self.fields["household"].label_from_instance = lambda row: f"{row.code} {row.head_name or ''}".strip()


class AnswerForm(OnceForm):
    """What the ward did about a comment."""

    answer = CleanCharField(
        label=_("Answer"), max_length=500, error_messages={"required": _("Say what was mended, or why nothing was.")}
    )

    def __init__(self, data=None, *, comment: RoundComment, **kwargs):
        super().__init__(data, auto_id=f"answer-{comment.pk}-%s", **kwargs)


class PopulationForm(OnceForm):
    """Columns 1 and 2 of report R1."""

    households = CountField(label=_("Resident households"), min_value=1, max_value=1_000_000)
    persons = CountField(label=_("Resident persons"), min_value=1, max_value=5_000_000)

    def __init__(self, data=None, *, initial: dict | None = None):
        super().__init__(data, auto_id="population-%s", initial=initial or {})

    def clean(self):
        cleaned = super().clean()
        households, persons = cleaned.get("households"), cleaned.get("persons")
        if households and persons and persons < households:
            self.add_error("persons", _("There are fewer persons than households; check the two numbers."))
        return cleaned

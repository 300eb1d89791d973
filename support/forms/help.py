"""What is typed of any help, one act or many: by which policy, when, on whose decision."""

import uuid
from collections.abc import Mapping
from datetime import date

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from support.codes import Category
from support.funds import OVERSPENT
from support.models import SupportAction, SupportPolicy
from wards.fields import CleanCharField, CountField, DayField, MoneyField

LARGEST_COUNT = 10_000_000  # times, persons, things: above the city's population it is a typing slip
LARGEST_GAIN = 1_000_000_000
BLANK = ("", "—")


def bounded(most: int):
    return MaxValueValidator(most, _("This is more than is possible; check the zeros."))


class HelpForm(forms.ModelForm):
    """What is typed of any help: by which policy, when, on whose decision. To whom it went, a subclass asks."""

    policy = forms.ChoiceField(
        label=_("Policy"),
        widget=forms.Select(
            attrs={
                # The kind's own fields follow the policy, with what was typed.
                "hx-post": "",
                "hx-vals": '{"then": "kind"}',
                "hx-target": "#kind-fields",
                "hx-swap": "outerHTML",
                "hx-sync": "this:replace",
            }
        ),
    )
    overspending = CleanCharField(
        label=_("Reason for paying more than the fund holds"),
        required=False,
        max_length=300,
        help_text=_("It stands in the fund's ledger until a receipt settles it."),
    )
    submission_key = CleanCharField(required=False, widget=forms.HiddenInput)

    class Meta:
        model = SupportAction
        fields = (
            "policy",
            "beneficiary_group",
            "things",
            "thing_unit",
            "period_from",
            "period_to",
            "implementing_body",
            "decision_number",
            "decision_date",
            "income_gain_from",
            "income_gain_to",
            "differs_because",
            "note",
        )
        field_classes = {
            "things": CountField,
            "period_from": DayField,
            "period_to": DayField,
            "implementing_body": CleanCharField,
            "decision_number": CleanCharField,
            "decision_date": DayField,
            "income_gain_from": MoneyField,
            "income_gain_to": MoneyField,
            "differs_because": CleanCharField,
            "note": CleanCharField,
        }
        labels = {
            "period_from": _("Day, or first day"),
            "period_to": _("Last day"),
            "income_gain_from": _("Income gained, from"),
            "income_gain_to": _("Income gained, to"),
        }
        help_texts = {
            "period_from": _("dd/mm/yyyy"),
            "period_to": _("Empty: one day only."),
            "income_gain_from": _("A worker a month; for livelihood and loan models."),
            "beneficiary_group": _("Empty: from the household's class on that day."),
        }

    DAYS = ("period_from", "period_to", "decision_date")

    def __init__(self, data=None, *, user, **kwargs):
        super().__init__(data, **kwargs)
        self.user = user
        self.is_new = self.instance.pk is None
        self.policies = self._policies()
        self.fields["policy"].choices = [BLANK, *by_category(self.policies)]
        self.fields["things"].validators.append(bounded(LARGEST_COUNT))
        for name in ("income_gain_from", "income_gain_to"):
            self.fields[name].validators.append(bounded(LARGEST_GAIN))
        self.fields["period_from"].error_messages["required"] = _("Give the day, or the first day.")
        if self.is_new:
            self.initial.setdefault("submission_key", str(uuid.uuid4()))
            self.fields["period_from"].required = True

    def _policies(self) -> dict[str, SupportPolicy]:
        """Those offered, by their keys."""
        return {str(policy.pk): policy for policy in SupportPolicy.objects.all()}

    @property
    def chosen_policy(self) -> SupportPolicy | None:
        """The policy that the form shows at the moment, for its hint."""
        return self.policies.get(str(self["policy"].value() or ""))

    @property
    def first_day(self) -> date | None:
        """The day that the form shows at the moment, where it can be read."""
        return self.day_typed("period_from")

    def day_typed(self, name: str) -> date | None:
        try:
            return self.fields[name].clean(self[name].value())
        except ValidationError:
            return None

    # --- what was typed ---

    def clean_policy(self) -> SupportPolicy:
        return self.policies[self.cleaned_data["policy"]]

    def clean_submission_key(self) -> uuid.UUID | None:
        """A key that is none protects nobody; the record itself is still good."""
        try:
            return uuid.UUID(self.cleaned_data["submission_key"])
        except ValueError:
            return None

    def clean(self):
        cleaned = super().clean()
        self._check_days(cleaned)
        self._check_pairs(cleaned)
        return cleaned

    def _check_days(self, cleaned) -> None:
        """The model names the first wrong day; here all of them are named at once."""
        for name in self.DAYS:
            try:
                SupportAction(**{name: cleaned.get(name)}).clean()
            except ValidationError as error:
                self.add_error(None, error)
        if cleaned.get("period_from") and not cleaned.get("period_to") and "period_to" not in self.errors:
            open_ended = not self.is_new and self.instance.period_from and not self.instance.period_to
            cleaned["period_to"] = None if open_ended else cleaned["period_from"]

    def _check_pairs(self, cleaned) -> None:
        """The database's rules between two fields, told at the field that is to be changed."""
        things, unit = cleaned.get("things"), cleaned.get("thing_unit")
        if "things" not in self.errors and "thing_unit" not in self.errors:
            if things == 0:
                self.add_error("things", _("The number must be at least 1; leave it empty where nothing was counted."))
            elif unit and things is None:
                self.add_error("things", _("Give both the number and the kind of things, or neither."))
            elif things and not unit:
                self.add_error("thing_unit", _("Give both the number and the kind of things, or neither."))
        first, last = cleaned.get("period_from"), cleaned.get("period_to")
        if first and last and last < first:
            self.add_error("period_to", _("The period cannot end before it begins."))
        low, high = cleaned.get("income_gain_from"), cleaned.get("income_gain_to")
        if high is not None and low is None and "income_gain_from" not in self.errors:
            self.add_error("income_gain_from", _("Give the lower gain too; where there is one figure, give it here."))
        if low is not None and high is not None and high < low:
            self.add_error("income_gain_to", _("The upper income gain is below the lower one."))

    def refuse(self, error: ValidationError) -> None:
        """Show what the service refused; more than a fund holds may be paid for a reason, so it is asked for."""
        asked = any(each.code == OVERSPENT for each in error.error_list) if hasattr(error, "error_list") else False
        self.add_error("overspending" if asked else None, error)

    @property
    def asks_for_overspending(self) -> bool:
        return bool(self["overspending"].errors or self["overspending"].value())

    def add_error(self, name, error):
        # The model speaks of fields that this form may not show (a ward that did not exist on the day).
        if name is None and hasattr(error, "error_dict"):
            unknown = [key for key in error.error_dict if key not in self.fields]
            loose = [each for key in unknown for each in error.error_dict.pop(key)]
            if loose:
                super().add_error(None, loose)
        super().add_error(name, error)


def by_category(policies: Mapping[str, SupportPolicy]) -> list[tuple[str, list[tuple[str, str]]]]:
    """Choices of policies under the names of their kinds."""
    grouped: dict[str, list] = {}
    for key, policy in policies.items():
        grouped.setdefault(capfirst(str(Category(policy.category).label)), []).append((key, str(policy)))
    return list(grouped.items())

"""A household's class in a year: the result of the review."""

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from households.codes import Cause
from households.models import Household, Indicator, PovertyStandard, PovertyStatus
from households.services import Review
from wards.fields import CleanCharField, CountField, DayField, MoneyField

MOST_INCOME = 10**9  # đồng a person and month
MOST_POINTS = 1000


def _indicators(standard: PovertyStandard, year: int, ticked: list[int]):
    """The standard's indicators; where its own were not found, the national standard's of the year."""
    if standard.indicators.exists():
        return Indicator.objects.filter(Q(standard=standard) | Q(pk__in=ticked))
    national = PovertyStandard.objects.in_force(year, PovertyStandard.Level.NATIONAL)
    return Indicator.objects.filter(Q(standard__in=national) | Q(pk__in=ticked))


class StatusForm(forms.ModelForm):
    """One year by one standard. Left blank on the household's sheet, the year is not judged yet."""

    persons = CountField(
        label=_("Persons in the household"),
        required=False,
        min_value=1,
        max_value=50,
        help_text=_("Empty: as many as there are members."),
    )
    income = MoneyField(label=_("Income per person and month"), required=False, max_value=MOST_INCOME)
    b1 = CountField(label=_("B1 points"), required=False, max_value=MOST_POINTS)
    b2 = CountField(label=_("B2 points"), required=False, max_value=MOST_POINTS)
    deprivations = forms.ModelMultipleChoiceField(
        Indicator.objects.none(), label=_("Deprived of"), required=False, widget=forms.CheckboxSelectMultiple
    )
    causes = forms.MultipleChoiceField(
        label=_("Causes of poverty"),
        required=False,
        choices=Cause,
        widget=forms.CheckboxSelectMultiple,
    )
    reviewed_on = DayField(label=_("Reviewed on"), required=False)
    decision_date = DayField(label=_("Decision date"), required=False)

    class Meta:
        model = PovertyStatus
        fields = (
            "classification",
            "persons",
            "income",
            "b1",
            "b2",
            "reviewed_on",
            "decision_number",
            "decision_date",
            "note",
        )
        field_classes = {"decision_number": CleanCharField, "note": CleanCharField}
        widgets = {"classification": forms.RadioSelect(attrs={"class": "inline"})}

    def __init__(
        self,
        data=None,
        *,
        household: Household,
        year: int,
        standard: PovertyStandard,
        may_stay_blank: bool = False,
        members: int = 0,
        status: PovertyStatus | None = None,
    ):
        if status is None and household.pk:
            status = PovertyStatus.objects.filter(household=household, year=year, standard=standard).first()
        status = status or PovertyStatus(household=household, year=year, standard=standard, ward_id=household.ward_id)
        may_stay_blank = may_stay_blank and status.pk is None
        super().__init__(
            data, instance=status, prefix="status", empty_permitted=may_stay_blank, use_required_attribute=False
        )
        self.year, self.standard = year, standard
        classes = self.fields["classification"]
        not_judged = [("", _("not judged yet"))] if may_stay_blank else []
        classes.choices = not_judged + [choice for choice in classes.choices if choice[0]]
        classes.error_messages["required"] = _("Choose the class.")
        ticked = list(status.deprivations.values_list("pk", flat=True)) if status.pk else []
        self.fields["deprivations"].queryset = _indicators(standard, year, ticked)
        if not self.fields["deprivations"].queryset:
            del self.fields["deprivations"]
        if status.pk:
            self.initial["deprivations"] = ticked
            self.initial["causes"] = [row.cause for row in status.causes.all()]
        elif members:
            self.initial["persons"] = members

    def add_error(self, field, error):
        if hasattr(error, "error_dict") and "year" in error.error_dict:
            error.error_dict.setdefault(NON_FIELD_ERRORS, []).extend(error.error_dict.pop("year"))
        super().add_error(field, error)

    @property
    def is_blank(self) -> bool:
        """Nothing was typed, and nothing had to be."""
        return self.empty_permitted and not self.has_changed()

    def review(self, *, persons: int) -> Review | None:
        """What to save; `persons` counts where the officer left the number to the rows."""
        if self.is_blank:
            return None
        self.instance.persons = self.cleaned_data.get("persons") or persons or 1
        return Review(self.instance, self.cleaned_data.get("deprivations", ()), self.cleaned_data.get("causes", ()))

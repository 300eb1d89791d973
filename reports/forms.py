"""What a reader may ask of a report."""

from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.context import ward_choices, working_ward, year_choices
from accounts.models.scope import wards_counted, wards_of_today
from households.models import PovertyStandard
from reports.models import Programme
from reports.scope import DEFAULT_YEARS, Scope
from wards.models import Ward
from wards.succession import MapChoice


class ScopeForm(forms.Form):
    """Ward, years and standard of a report. Whatever is left out is the whole: all wards, the programme's years."""

    ward = forms.ModelChoiceField(Ward.objects.none(), required=False, label=_("Ward"), empty_label=_("All wards"))
    first = forms.TypedChoiceField(coerce=int, required=False, label=_("From year"))
    last = forms.TypedChoiceField(coerce=int, required=False, label=_("To year"))
    level = forms.ChoiceField(choices=PovertyStandard.Level, required=False, label=_("Standard"))
    map = forms.ChoiceField(choices=MapChoice, required=False, label=_("Map of wards"))

    def __init__(self, data, *, request: HttpRequest):
        programme = Programme.objects.first()
        self.years = (programme.first_year, programme.last_year) if programme else DEFAULT_YEARS
        # What is left out shows as what it means, not as the first choice of its list.
        data = data.copy()
        for name, value in {
            "first": self.years[0],
            "last": self.years[1],
            "level": "city",
            "map": MapChoice.AS_WAS,
        }.items():
            if not data.get(name):
                data[name] = str(value)
        super().__init__(data)
        self.request = request
        choices = ward_choices(request)
        self.fields["ward"].queryset = wards_counted(request.user)
        if data["map"] == MapChoice.TODAY:
            self.fields["ward"].queryset = wards_of_today(request.user)
            self.fields["ward"].error_messages["invalid_choice"] = _("This ward is not on today's map. Choose another.")
        if request.user.is_officer and len(choices) == 1:
            self.fields["ward"].empty_label = None
        years = [(str(year), str(year)) for year in year_choices()]
        self.fields["first"].choices = self.fields["last"].choices = years

    def clean(self):
        first = self.cleaned_data.get("first") or self.years[0]
        last = self.cleaned_data.get("last") or self.years[1]
        if first > last:
            self.add_error("last", _("The last year lies before the first."))
        return self.cleaned_data | {"first": first, "last": last}

    def scope(self) -> Scope:
        """The scope asked for; an officer of one ward always gets that ward."""
        asked = self.cleaned_data
        ward = asked.get("ward")
        on_map = asked.get("map") or MapChoice.AS_WAS
        if self.request.user.is_officer and ward is None and on_map == MapChoice.AS_WAS:
            ward = working_ward(self.request)
        return Scope(self.request.user, ward, asked["first"], asked["last"], asked.get("level") or "city", on_map)


class ReviewForm(ScopeForm):
    """Ward, standard and map of a year's review tables; the year stands in the address."""

    def __init__(self, data, *, request: HttpRequest, year: int):
        super().__init__(data, request=request)
        self.years = (year, year)
        del self.fields["first"], self.fields["last"]

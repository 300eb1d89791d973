"""A household's class in a year: the sheets of the review (Phiếu A, B1, B2) as one form."""

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db.models import Q, prefetch_related_objects
from django.utils.translation import gettext_lazy as _

from households.codes import Cause, SheetA
from households.judging import Judgement
from households.models import Household, Indicator, PovertyStandard, PovertyStatus, StatusReview
from households.reviews import REGULAR, YEARLY, Review, bring_up, judge_review, judgement_of, take_up
from households.snapshot import OF_CHILDREN, remember_household
from wards.fields import CleanCharField, CountField, DayField, MoneyField

MOST_INCOME = 10**9  # đồng a person and month
MOST_POINTS = 1000
LONGEST_KEY = 18  # digits that fit into the database's integers
GROUPS = ("lacks_labour", "has_merit", "on_social_protection", "is_agricultural")
JUDGED = {"sheet_a", "income", "b1", "b2", "deprivations", "classification", "differs_because"}
CHILDREN = ("children", *OF_CHILDREN)


class IndicatorsField(forms.ModelMultipleChoiceField):
    """Ticks of the survey sheet. A key that no database could hold is none of the choices."""

    def clean(self, value):
        if too_long := next((key for key in value or () if len(key) > LONGEST_KEY), None):
            raise ValidationError(self.error_messages["invalid_pk_value"], "invalid_pk_value", {"pk": too_long[:20]})
        return super().clean(value)


class StatusForm(forms.ModelForm):
    """One year by one standard. A blank class takes what the standard proposes.

    Left as it is on the household's sheet, nothing is written: the year stays as it was judged, or not
    judged. `with_groups` asks for the household's groups and children of that day too; the household's
    own sheet does not, because it asks for them elsewhere.
    """

    differs_because = CleanCharField(
        label=_("Reason for another class than proposed"),
        required=False,
        max_length=300,
        help_text=_("Needed only where the class differs from the proposed one."),
    )
    sheet_a = forms.ChoiceField(label=_("Sheet A"), required=False, choices=[("", _("not filled in")), *SheetA.choices])
    persons = CountField(
        label=_("Persons"),
        required=False,
        min_value=1,
        max_value=50,
        help_text=_("Empty: as many as there are members."),
    )
    income = MoneyField(label=_("Income per person and month"), required=False, max_value=MOST_INCOME)
    b1 = CountField(label=_("B1 points"), required=False, max_value=MOST_POINTS)
    b2 = CountField(label=_("B2 points"), required=False, max_value=MOST_POINTS)
    deprivations = IndicatorsField(
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
    certificate_date = DayField(label=_("Certificate date"), required=False)
    lacks_labour = forms.BooleanField(label=_("No member able to work"), required=False)
    has_merit = forms.BooleanField(label=_("Family of people with merit"), required=False)
    on_social_protection = forms.BooleanField(label=_("Social protection"), required=False)
    children = CountField(
        label=_("Children under 16"), required=False, max_value=50, help_text=_("Empty: as the members say.")
    )
    children_undernourished = CountField(label=_("undernourished"), required=False, max_value=50)
    children_uninsured = CountField(label=_("without health insurance"), required=False, max_value=50)
    children_out_of_school = CountField(label=_("not at school"), required=False, max_value=50)

    class Meta:
        model = PovertyStatus
        fields = (
            "sheet_a",
            "income",
            "b1",
            "b2",
            "classification",
            "differs_because",
            "persons",
            "reviewed_on",
            "decision_number",
            "decision_date",
            "certificate_number",
            "certificate_date",
            "note",
            *GROUPS,
            *CHILDREN,
        )
        field_classes = {
            "decision_number": CleanCharField,
            "certificate_number": CleanCharField,
            "note": CleanCharField,
        }
        widgets = {"classification": forms.RadioSelect(attrs={"class": "inline"})}

    def __init__(
        self,
        data=None,
        *,
        household: Household,
        year: int,
        standard: PovertyStandard,
        may_stay_blank: bool = False,
        with_groups: bool = False,
        members: int = 0,
        status: PovertyStatus | None = None,
        kind: str = YEARLY,
        kept: StatusReview | None = None,
    ):
        if status is None and household.pk:
            status = PovertyStatus.objects.filter(household=household, year=year, standard=standard).first()
        if status is None:
            ward = household.ward_in(year).pk if household.pk else household.ward_id
            status = PovertyStatus(household=household, year=year, standard=standard, ward_id=ward)
        self.year, self.standard, self.kind, self.kept, self.with_groups = year, standard, kind, kept, with_groups
        status.household, status.standard = household, standard
        ticked, causes = self._results(status)
        if with_groups and household.pk:
            remember_household(status, household, household.members.all())
        may_stay_blank = may_stay_blank and status.pk is None
        super().__init__(
            data, instance=status, prefix="status", empty_permitted=may_stay_blank, use_required_attribute=False
        )
        if not with_groups:
            for name in (*GROUPS, *CHILDREN):
                del self.fields[name]
        self._offer_classes(_("not judged yet, or as proposed") if may_stay_blank else _("as proposed"))
        self._offer_indicators(ticked)
        if kind == REGULAR:
            self.fields["reviewed_on"].help_text = _("Within the year.")
        self.initial["deprivations"], self.initial["causes"] = ticked, causes
        if members:  # counted already
            self.fields["persons"].help_text = ""
            self.initial["persons"] = status.persons or members

    def _results(self, status: PovertyStatus) -> tuple[list[int], list[str]]:
        """Give the status the results that the sheet shows; the indicators and causes ticked with them."""
        if not status.pk:
            return [], []
        prefetch_related_objects([status], "reviews")
        if self.kept:
            return [each.pk for each in bring_up(status, self.kept)], list(self.kept.causes)
        if yearly := take_up(status, self.kind):
            return [each.pk for each in yearly[0]], yearly[1]
        return list(status.deprivations.values_list("pk", flat=True)), [row.cause for row in status.causes.all()]

    def _offer_classes(self, blank) -> None:
        classes = self.fields["classification"]
        classes.required = False
        classes.choices = [("", blank)] + [choice for choice in classes.choices if choice[0]]

    def _offer_indicators(self, ticked: list[int]) -> None:
        """The indicators of sheet B2. B2 is typed only where there are none, or where it was typed without ticks."""
        asked = self.standard.indicators_in(self.year)
        deprivations = self.fields["deprivations"]
        deprivations.queryset = Indicator.objects.filter(Q(pk__in=asked.values("pk")) | Q(pk__in=ticked))
        if not deprivations.queryset:
            del self.fields["deprivations"]
        elif ticked or self.instance.b2 in (None, 0):
            del self.fields["b2"]

    def add_error(self, field, error):
        if hasattr(error, "error_dict"):
            for name in set(error.error_dict) - set(self.fields) - {NON_FIELD_ERRORS}:
                error.error_dict.setdefault(NON_FIELD_ERRORS, []).extend(error.error_dict.pop(name))
        super().add_error(field, error)

    def clean(self):
        cleaned = super().clean()
        persons, children = cleaned.get("persons"), cleaned.get("children")
        if children is None:
            children = self.initial.get("children")  # as the members say
        if persons and children and children > persons:
            self.add_error("children", _("There are more children than persons in the household."))
        for name in OF_CHILDREN:
            if cleaned.get(name) and children is not None and cleaned[name] > children:
                self.add_error(name, _("More than there are children."))
        return cleaned

    def _post_clean(self):
        super()._post_clean()
        if not JUDGED & set(self.errors) and not self.is_untouched:
            try:
                judge_review(self.review_now())
            except ValidationError as error:
                self.add_error(None, error)

    @property
    def is_untouched(self) -> bool:
        """On the household's sheet: nothing was typed, so that there is nothing to write."""
        return not self.with_groups and self.kind == YEARLY and not self.has_changed()

    def review(self, *, persons: int) -> Review | None:
        """What to save; `persons` counts where the officer left the number to the rows."""
        if self.is_untouched:
            return None
        self.instance.persons = self.cleaned_data.get("persons") or persons or 1
        return self.review_now()

    def judgement(self) -> Judgement:
        """What the standard proposes for what stands on the sheet, as far as it can be read."""
        return judgement_of(self.review_now())

    def review_now(self) -> Review:
        """What stands on the sheet at this moment, valid or not."""
        status = self.instance
        if self.is_bound:
            cleaned = getattr(self, "cleaned_data", {})
            deprivations, causes = cleaned.get("deprivations", ()), cleaned.get("causes", ())
            for name in ("income", "b1"):
                setattr(status, name, cleaned.get(name))
            status.b2 = cleaned.get("b2")
        else:
            causes = self.initial.get("causes", ())
            deprivations = Indicator.objects.filter(pk__in=self.initial.get("deprivations", ()))
        return Review(status, deprivations, causes, self.kind, self.kept)

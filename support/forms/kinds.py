"""What an officer types for each kind of help: the fields of the kind, and only those."""

from collections.abc import Mapping, Sequence

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.utils.translation import gettext_lazy as _

from support.codes import Category, Scheme
from support.fields import AreaTypedField, CoefficientTypedField, MonthField, PercentField, SchoolYearTypedField
from support.models import (
    ActionDetail,
    AssistanceDetail,
    EmploymentDetail,
    FundingLine,
    GiftDetail,
    HealthDetail,
    HousingDetail,
    InsuranceDetail,
    LivelihoodDetail,
    LoanDetail,
    ReliefDetail,
    SupportAction,
    SupportPolicy,
    TuitionDetail,
)
from wards.fields import CleanCharField, CountField, DayField, MoneyField


class DetailForm(forms.ModelForm):
    """The fields of one kind. What the policy decides is filled in and offers nothing else."""

    width = 4  # of a field, in twelfths of the line
    widths: Mapping[str, int] = {}  # where a field differs

    def __init__(self, *args, policy: SupportPolicy, strict: bool = False, **kwargs):
        super().__init__(*args, **kwargs)
        self.policy, self.strict = policy, strict
        for name, message in self.instance.needed.items() if strict else ():
            self.fields[name].required = True
            self.fields[name].error_messages["required"] = message
        self._offer_what_the_policy_allows()

    def _offer_what_the_policy_allows(self) -> None:
        name, allowed = self.instance.decided_field, self.instance.allowed(self.policy)
        if not name or not allowed:
            return
        field = self.fields[name]
        field.choices = [(code, label) for code, label in field.choices if code in allowed]
        field.required = True
        if self.initial.get(name) not in allowed:
            self.initial[name] = allowed[0]
        if self.is_bound and not self.data.get(self.add_prefix(name)):
            # Sent before its fields were drawn, as without JavaScript: the policy decides.
            self.data = self.data.copy()
            self.data[self.add_prefix(name)] = str(allowed[0])

    def add_error(self, field, error):
        # A constraint's code names the field that is to be corrected.
        if field is None and hasattr(error, "error_dict"):
            for each in list(error.error_dict.get(NON_FIELD_ERRORS, ())):
                if each.code in self.fields:
                    error.error_dict[NON_FIELD_ERRORS].remove(each)
                    if each.code not in self.errors:
                        super().add_error(each.code, ValidationError([each]))
            error.error_dict = {name: each for name, each in error.error_dict.items() if each}
            if not error.error_dict:
                return
        super().add_error(field, error)

    def check(self, action: SupportAction, funding: Sequence[FundingLine]) -> None:
        """Say at the fields what does not fit the action and who paid."""
        self.instance.settle(action.policy)
        for name, problems in self.instance.problems(action, funding, strict=self.strict).items():
            if name not in self.errors:
                self.add_error(name if name in self.fields else None, ValidationError(problems))

    def draft(self) -> ActionDetail:
        """What is typed so far, as far as it can be read: for the proposal while one types."""
        made = type(self.instance)()
        for name, field in self.fields.items():
            try:
                value = field.clean(self[name].value())
            except ValidationError:
                continue
            if value not in (None, ""):
                setattr(made, name, value)
        return made

    @property
    def placed(self) -> list[tuple]:
        return [(self[name], self.widths.get(name, self.width)) for name in self.fields]


class TuitionForm(DetailForm):
    widths = {"school": 6, "school_level": 3, "school_year": 3, "months": 3, "exemption_percent": 3}
    widths |= {"tuition_month": 3, "learning_costs_month": 3, "device": 6, "donor": 6}

    class Meta:
        model = TuitionDetail
        fields = (
            "school", "school_level", "school_year", "months", "exemption_percent", "tuition_month",
            "learning_costs_month", "device", "donor",
        )  # fmt: skip
        field_classes = {
            "school": CleanCharField,
            "school_year": SchoolYearTypedField,
            "months": CountField,
            "tuition_month": MoneyField,
            "learning_costs_month": MoneyField,
            "device": CleanCharField,
            "donor": CleanCharField,
        }
        labels = {
            "tuition_month": _("Tuition of a month"),
            "learning_costs_month": _("Learning costs of a month"),
            "months": _("Months"),
        }
        help_texts = {
            "school_year": _("For example 2021-2022."),
            "months": _("1 to 12; learning costs at most 9."),
            "device": _("How many stands under IV, “number of things”."),
        }

    # What a policy of this kind has nothing to do with; a policy not named here shows all fields.
    OUT_OF_PLACE: Mapping[str, tuple[str, ...]] = {
        "HP_MIEN": ("learning_costs_month", "device", "donor"),
        "HP_GIAM50": ("learning_costs_month", "device", "donor"),
        "CPHT": ("exemption_percent", "tuition_month", "device", "donor"),
        "HP_COVID": ("learning_costs_month", "device", "donor"),
        "SMT": ("months", "exemption_percent", "tuition_month", "learning_costs_month"),
    }

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name in self.OUT_OF_PLACE.get(self.policy.code, ()):
            if getattr(self.instance, name) in (None, ""):  # what is on record stays to be corrected
                del self.fields[name]


class LoanForm(DetailForm):
    widths = {"programme": 3, "interest_rate": 2, "interest_unit": 2, "term_months": 3, "due_on": 2}
    widths |= {"purpose": 4, "savings_group": 3, "entrusted_to": 3, "repaid_every": 2}

    class Meta:
        model = LoanDetail
        fields = (
            "programme", "interest_rate", "interest_unit", "term_months", "due_on", "purpose", "savings_group",
            "entrusted_to", "repaid_every",
        )  # fmt: skip
        field_classes = {
            "interest_rate": PercentField,
            "term_months": CountField,
            "due_on": DayField,
            "purpose": CleanCharField,
            "savings_group": CleanCharField,
        }
        help_texts = {"interest_rate": _("For example 6,6."), "due_on": _("Empty: after the term.")}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["interest_unit"].required = False

    def clean_interest_unit(self):
        return self.cleaned_data["interest_unit"] or "year"


class HousingForm(DetailForm):
    width = 3

    class Meta:
        model = HousingDetail
        fields = (
            "work", "started_on", "handed_over_on", "total_cost", "area_before", "area_after", "labour_days",
            "labour_value",
        )  # fmt: skip
        field_classes = {
            "started_on": DayField,
            "handed_over_on": DayField,
            "area_before": AreaTypedField,
            "area_after": AreaTypedField,
            "total_cost": MoneyField,
            "labour_days": CountField,
            "labour_value": MoneyField,
        }
        labels = {"total_cost": _("Total cost"), "labour_value": _("Value of the labour")}
        help_texts = {
            "area_before": "",
            "area_after": "",
            "total_cost": _("Who paid which part stands under III, the household's own share too."),
        }


class InsuranceForm(DetailForm):
    widths = {"scheme": 3, "number": 3, "month_from": 3, "month_to": 3, "premium_month": 3, "income_chosen": 6}

    class Meta:
        model = InsuranceDetail
        fields = ("scheme", "number", "month_from", "month_to", "premium_month", "income_chosen")
        field_classes = {
            "number": CleanCharField,
            "month_from": MonthField,
            "month_to": MonthField,
            "premium_month": MoneyField,
            "income_chosen": MoneyField,
        }
        labels = {"premium_month": _("Premium of a month"), "income_chosen": _("Income the premium is reckoned from")}
        help_texts = {"month_from": _("mm/yyyy"), "month_to": _("mm/yyyy")}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["number"].max_length = 30  # people group the digits with spaces
        self.fields["number"].validators = []
        self.fields["number"].widget.attrs |= {"maxlength": 30, "autocomplete": "off"}
        if self.instance.pk:
            self.initial["number"] = self.instance.masked_number
        if self.instance.allowed(self.policy) == (Scheme.HEALTH,):
            del self.fields["income_chosen"]

    def clean_number(self) -> str:
        """The number on record is shown masked; the untouched mask means that it stays."""
        typed = self.cleaned_data["number"]
        if self.instance.pk and typed == self.instance.masked_number:
            return self.instance.number
        return typed.replace(" ", "").replace(".", "").replace("-", "")[:16]


class HealthForm(DetailForm):
    widths = {"campaign": 6, "place": 6}

    class Meta:
        model = HealthDetail
        fields = ("campaign", "place", "visits", "medicines_value", "device")
        field_classes = {
            "campaign": CleanCharField,
            "visits": CountField,
            "medicines_value": MoneyField,
            "device": CleanCharField,
            "place": CleanCharField,
        }
        labels = {"medicines_value": _("Value of medicines")}
        help_texts = {"campaign": _("Who examined stands under IV, “implementing body”.")}


class GiftForm(DetailForm):
    class Meta:
        model = GiftDetail
        fields = ("occasion", "goods", "donor")
        field_classes = {"goods": CleanCharField, "donor": CleanCharField}
        help_texts = {
            "goods": _("For example 10 kg of rice, blankets; what they are worth stands under III as “in kind”.")
        }


class ReliefForm(DetailForm):
    widths = {"event": 6, "event_on": 2}

    class Meta:
        model = ReliefDetail
        fields = ("event", "event_on", "form_of_help")
        field_classes = {"event": CleanCharField, "event_on": DayField}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if self.policy.category == Category.COVID:
            self.fields["event"].label = _("Round or event")
            self.fields["event"].help_text = _("For example: distancing of August 2021, quarantine.")
        elif self.strict:
            self.fields["event"].required = True
            self.fields["event"].error_messages["required"] = _("Say what happened.")


class AssistanceForm(DetailForm):
    widths = {"group": 6, "coefficient": 2, "month_from": 2, "month_to": 2}

    class Meta:
        model = AssistanceDetail
        fields = ("group", "coefficient", "month_from", "month_to")
        field_classes = {"coefficient": CoefficientTypedField, "month_from": MonthField, "month_to": MonthField}
        help_texts = {
            "coefficient": _("For example 1,5."),
            "month_from": _("mm/yyyy"),
            "month_to": _("Empty: until further notice."),
        }


class LivelihoodForm(DetailForm):
    widths = {"model": 6, "materials": 6}

    class Meta:
        model = LivelihoodDetail
        fields = ("model", "materials")
        field_classes = {"model": CleanCharField, "materials": CleanCharField}
        help_texts = {
            "model": _("For example raising chickens, a sewing group."),
            "materials": _("For example 50 chicks, a sewing machine."),
        }


class EmploymentForm(DetailForm):
    class Meta:
        model = EmploymentDetail
        fields = ("trade", "trained_by", "work_after")
        field_classes = {"trade": CleanCharField, "trained_by": CleanCharField, "work_after": CleanCharField}
        help_texts = {"work_after": _("For example the employer; empty where none was found.")}


FORMS: dict[str, type[DetailForm]] = {
    Category.TUITION: TuitionForm,
    Category.LOANS: LoanForm,
    Category.HOUSING: HousingForm,
    Category.INSURANCE: InsuranceForm,
    Category.HEALTH: HealthForm,
    Category.GIFTS: GiftForm,
    Category.EMERGENCY: ReliefForm,
    Category.COVID: ReliefForm,
    Category.ASSISTANCE: AssistanceForm,
    Category.LIVELIHOOD: LivelihoodForm,
    Category.EMPLOYMENT: EmploymentForm,
}

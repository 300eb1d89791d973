"""What an officer types for each kind of help. The form of help shows the fields of the chosen kind, and only those.

What was typed for another kind travels along unseen, so that a policy chosen by mistake costs nothing.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.core.validators import MaxValueValidator
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from support.codes import Category, MovementKind, Scheme
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
    LoanMovement,
    ReliefDetail,
    SupportAction,
    SupportPolicy,
    TuitionDetail,
)
from wards.fields import CleanCharField, CountField, DayField, MoneyField

MOST_DISBURSEMENTS = 20
DISBURSED = "disbursed"
# Livelihoods and loans are to bring an income; the others do not ask for it.
BRINGS_INCOME = (Category.LOANS, Category.LIVELIHOOD, Category.EMPLOYMENT)


class DetailForm(forms.ModelForm):
    """The fields of one kind. What the policy decides is filled in and offers nothing else."""

    widths: Mapping[str, int] = {}  # of twelve columns; four where nothing is said

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
        return [(self[name], self.widths.get(name, 4)) for name in self.fields]


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
    widths = {"programme": 4, "interest_rate": 2, "interest_unit": 2, "term_months": 2, "due_on": 2}
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
    widths = {"work": 4, "started_on": 2, "handed_over_on": 2, "area_before": 2, "area_after": 2}

    class Meta:
        model = HousingDetail
        fields = (
            "work", "started_on", "handed_over_on", "area_before", "area_after", "total_cost", "labour_days",
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


_NO_PARTS = {f"{DISBURSED}-TOTAL_FORMS": "0", f"{DISBURSED}-INITIAL_FORMS": "0"}


def prefix_of(form: type[DetailForm]) -> str:
    return form._meta.model._meta.model_name.removesuffix("detail")


_PREFIXES = tuple(dict.fromkeys(prefix_of(form) for form in FORMS.values()))


# --- what is paid out -----------------------------------------------------------------------


class DisbursementForm(forms.Form):
    """One part of a loan that is paid out in parts."""

    on = DayField(label=_("Day"), required=False)
    amount = MoneyField(label=_("Amount (đồng)"), required=False)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["amount"].validators += LoanMovement._meta.get_field("amount").validators

    @property
    def is_blank(self) -> bool:
        return not any(str(self[name].value() or "").strip() for name in ("on", "amount"))

    def clean(self):
        cleaned = super().clean()
        if self.is_blank:
            return cleaned
        for name, message in (("on", _("Give the day.")), ("amount", _("Give the amount."))):
            if cleaned.get(name) is None and name not in self.errors:
                self.add_error(name, message)
        if cleaned.get("on"):
            try:
                LoanMovement(on=cleaned["on"]).clean()
            except ValidationError as error:
                self.add_error("on", error.error_dict["on"])
        return cleaned


class BaseDisbursements(forms.BaseFormSet):
    def add_fields(self, form, index):
        super().add_fields(form, index)
        form.fields["DELETE"].label = _("Remove")

    @property
    def kept(self) -> list[DisbursementForm]:
        return [form for form in self.forms if not form.is_blank and not self._should_delete_form(form)]

    def movements(self, on_record: Iterable[LoanMovement]) -> list[LoanMovement] | None:
        """All movements as they are to stand; None where nothing is said of parts."""
        on_record = list(on_record)
        paid_out = [each for each in on_record if each.kind == MovementKind.DISBURSEMENT and not each.is_void]
        if not self.kept and len(paid_out) < 2:
            return None
        result = [each for each in on_record if each not in paid_out]
        for place, form in enumerate(self.kept):
            row = paid_out[place] if place < len(paid_out) else LoanMovement(kind=MovementKind.DISBURSEMENT)
            row.on, row.amount = form.cleaned_data["on"], form.cleaned_data["amount"]
            result.append(row)
        for row in paid_out[len(self.kept) :]:
            row.voided_at, row.void_reason = timezone.now(), str(_("Taken off when the record was corrected."))
            result.append(row)
        return result


def disbursements(data=None, *, rows: Sequence[Mapping] = ()):
    factory = forms.formset_factory(
        DisbursementForm, formset=BaseDisbursements, extra=max(1, 2 - len(rows)), can_delete=True,
        max_num=MOST_DISBURSEMENTS, absolute_max=MOST_DISBURSEMENTS + 10, validate_max=True,
    )  # fmt: skip
    return factory(data, prefix=DISBURSED, initial=list(rows))


# --- the kind's part of the form ------------------------------------------------------------


class KindSheet:
    """The fields of the kind that the chosen policy is of, and unseen what was typed for other kinds.

    `data` is a form that was sent to be saved; `typed` one that was sent to be drawn anew; `like` the
    detail of a record that the next one begins like.
    """

    def __init__(
        self,
        policy: SupportPolicy | None,
        *,
        data=None,
        typed: Mapping | None = None,
        detail: ActionDetail | None = None,
        movements: Sequence[LoanMovement] = (),
        like: ActionDetail | None = None,
        first_day: date | None = None,
        strict: bool = False,
    ):
        self.policy = policy
        self.category = policy.category if policy else ""
        self.on_record = list(movements)
        form = FORMS.get(self.category)
        own = prefix_of(form) if form else ""
        sent = data if data is not None else typed
        self.carried = _unseen(sent or {}, own, self.category)
        self.form: DetailForm | None = None
        self.disbursed = None
        if form:
            fitting = detail if isinstance(detail, form._meta.model) else None
            initial = _typed(typed, own) if typed is not None else _as_before(like, form)
            if typed is None and not detail and own == "tuition" and first_day:
                initial.setdefault("school_year", first_day.year if first_day.month > 6 else first_day.year - 1)
            self.form = form(data, prefix=own, instance=fitting, initial=initial, policy=policy, strict=strict)
        if self.category == Category.LOANS:
            if data is not None and f"{DISBURSED}-TOTAL_FORMS" not in data:
                data = {**_NO_PARTS, **data.dict()}  # the policy was chosen and saved before its fields were drawn
            self.disbursed = disbursements(data, rows=self._rows(typed, first_day))

    def _rows(self, typed: Mapping | None, first_day: date | None) -> list[dict]:
        if typed is not None:
            rows = [
                {name: typed.get(f"{DISBURSED}-{place}-{name}", "") for name in ("on", "amount")}
                for place in range(MOST_DISBURSEMENTS)
            ]
            return [row for row in rows if row["on"] or row["amount"]]
        standing = [each for each in self.on_record if each.kind == MovementKind.DISBURSEMENT and not each.is_void]
        if len(standing) == 1 and standing[0].on == first_day:
            return []  # all of it on the first day needs no saying
        return [{"on": each.on, "amount": each.amount} for each in standing]

    @property
    def asks_for_income(self) -> bool:
        return self.category in BRINGS_INCOME

    def is_valid(self) -> bool:
        valid = self.form is None or self.form.is_valid()
        return (self.disbursed is None or self.disbursed.is_valid()) and valid

    def check(self, action: SupportAction, funding: Sequence[FundingLine]) -> bool:
        """Whether the fields fit the action and who paid; what does not is said at them."""
        if self.form is None:
            return True
        self.form.check(action, funding)
        return not self.form.errors

    @property
    def error_count(self) -> int:
        return len(self.form.errors if self.form else ()) + (
            self.disbursed.total_error_count() if self.disbursed else 0
        )

    def detail(self) -> ActionDetail | None:
        return self.form.instance if self.form else None

    def movements(self) -> list[LoanMovement] | None:
        return self.disbursed.movements(self.on_record) if self.disbursed is not None else None


def _typed(typed: Mapping, own: str) -> dict:
    return {name.removeprefix(f"{own}-"): value for name, value in typed.items() if name.startswith(f"{own}-")}


def _as_before(like: ActionDetail | None, form: type[DetailForm]) -> dict:
    """What the next record of the same kind begins with; a card's number is somebody's own."""
    if not isinstance(like, form._meta.model):
        return {}
    return {each.name: getattr(like, each.name) for each in like.own_fields() if each.name != "number"}


def _unseen(sent: Mapping, own: str, category: str) -> list[tuple[str, str]]:
    """What was typed for other kinds."""
    others = tuple(f"{prefix}-" for prefix in _PREFIXES if prefix != own)
    if category != Category.LOANS:
        others += (f"{DISBURSED}-",)
    return [(name, value) for name, value in sent.items() if name.startswith(others) and value]


# --- movements of a loan --------------------------------------------------------------------


class MovementForm(forms.ModelForm):
    """A repayment, interest or a write-off, in one line."""

    submission_key = CleanCharField(required=False, widget=forms.HiddenInput)

    class Meta:
        model = LoanMovement
        fields = ("kind", "on", "amount", "note")
        field_classes = {"on": DayField, "amount": MoneyField, "note": CleanCharField}
        labels = {"on": _("Day"), "amount": _("Amount")}
        help_texts = {"on": _("dd/mm/yyyy")}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = [each for each in MovementKind.choices if each[0] != MovementKind.DISBURSEMENT]
        self.initial.setdefault("kind", MovementKind.REPAYMENT)
        self.fields["amount"].validators.append(MaxValueValidator(10**12))


class MovementVoidForm(forms.Form):
    void_reason = CleanCharField(
        label=_("Reason"),
        max_length=300,
        help_text=_("It stays beside the movement, for example “entered twice”."),
        error_messages={"required": _("Give the reason.")},
    )

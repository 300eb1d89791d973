"""What an officer types of a loan besides its terms: parts that are paid out, and what moves afterwards."""

from collections.abc import Iterable, Mapping, Sequence

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from support.codes import MovementKind
from support.models import LoanMovement
from wards.fields import CleanCharField, DayField, MoneyField

MOST_DISBURSEMENTS = 20
DISBURSED = "disbursed"

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
    too_many = {"too_many_forms": _("At most %(num)d parts of a loan are kept; add small ones together.")}
    return factory(data, prefix=DISBURSED, initial=list(rows), error_messages=too_many)


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

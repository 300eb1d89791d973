"""What district staff type about a fund: money received, parts set aside, the day its ledger begins."""

from uuid import uuid4

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.context import year_choices
from support.codes import DonorKind, Nature
from support.models import Allocation, Donor, FundingSource, Receipt, SupportPolicy
from support.models.fund import HELD
from wards.fields import CleanCharField, DayField, MoneyField
from wards.models import Ward
from wards.text import fold


class _Sheet(forms.ModelForm):
    """Carries the key against a double click; errors of fields that are not on the form are told above it."""

    submission_key = forms.UUIDField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args, **kwargs):
        kwargs["initial"] = {"submission_key": uuid4()} | (kwargs.get("initial") or {})
        super().__init__(*args, use_required_attribute=False, **kwargs)

    def add_error(self, field, error):
        if hasattr(error, "error_dict"):
            for name in [name for name in error.error_dict if name not in self.fields and name != NON_FIELD_ERRORS]:
                error.error_dict.setdefault(NON_FIELD_ERRORS, []).extend(error.error_dict.pop(name))
        super().add_error(field, error)


class ReceiptForm(_Sheet):
    """Money or goods received by a fund."""

    day = DayField(label=_("Received on"))
    amount = MoneyField(label=_("Amount or value (đồng)"))
    donor_name = CleanCharField(
        label=_("Donor"),
        required=False,
        max_length=200,
        widget=forms.TextInput(attrs={"list": "donors", "autocomplete": "off"}),
    )
    donor_kind = forms.ChoiceField(label=_("Kind of donor"), required=False, choices=[("", "—"), *DonorKind.choices])

    class Meta:
        model = Receipt
        fields = ("day", "nature", "amount", "goods", "policy", "purpose", "receipt_number")
        field_classes = {"goods": CleanCharField, "purpose": CleanCharField, "receipt_number": CleanCharField}

    field_order = (
        "donor_name", "donor_kind", "day", "nature", "amount", "goods", "policy", "purpose", "receipt_number",
    )  # fmt: skip

    def __init__(self, data=None, *, fund: FundingSource):
        super().__init__(data, instance=Receipt(source=fund), initial={"nature": Nature.GRANT})
        self.fields["policy"].queryset = SupportPolicy.objects.filter(repayable=False)
        self.fields["policy"].empty_label = _("whatever the fund pays")
        self.fields["nature"].choices, self.fields["nature"].label = HELD, _("Money or goods")

        if fund.receipts.filter(is_opening=True).exclude(voided_at=None).exists():
            # A wrong opening balance was made void: only then is another one entered here.
            self.fields["is_opening"] = forms.BooleanField(label=_("This is the opening balance"), required=False)

    @property
    def known_donors(self) -> list[str]:
        return list(Donor.objects.values_list("name", flat=True))

    def clean(self):
        cleaned = super().clean()
        self.instance.is_opening = bool(cleaned.get("is_opening"))
        name = cleaned.get("donor_name")
        if name:
            self.instance.donor = Donor.objects.filter(name_key=fold(name)).first()
            if self.instance.donor is None and not cleaned.get("donor_kind"):
                self.add_error("donor_kind", _("A new donor: say of which kind."))
        return cleaned

    def receipt(self) -> Receipt:
        """The receipt to record; a new donor is saved in the caller's transaction."""
        name = self.cleaned_data["donor_name"]
        if name and self.instance.donor is None:  # somebody else may be entering the same donor at this moment
            known = {"name": name, "kind": self.cleaned_data["donor_kind"]}
            self.instance.donor, _new = Donor.objects.get_or_create(name_key=fold(name), defaults=known)
        return self.instance


class AllocationForm(_Sheet):
    """A part of a fund set aside by a decision."""

    amount = MoneyField(label=_("Amount (đồng)"))
    decision_date = DayField(label=_("Decision date"), required=False)

    class Meta:
        model = Allocation
        fields = ("year", "nature", "amount", "ward", "policy", "decision_number", "decision_date", "note")
        field_classes = {"decision_number": CleanCharField, "note": CleanCharField}

    def __init__(self, data=None, *, fund: FundingSource, year: int):
        super().__init__(data, instance=Allocation(source=fund), initial={"nature": Nature.GRANT, "year": year})
        years = sorted({*year_choices(), timezone.localdate().year + 1})
        self.fields["year"] = forms.TypedChoiceField(
            label=_("For the year"), coerce=int, choices=[(each, str(each)) for each in years], initial=year
        )
        self.fields["ward"].queryset = Ward.objects.of_the_programme()
        self.fields["ward"].empty_label = _("Whole district")
        self.fields["policy"].queryset = SupportPolicy.objects.filter(repayable=False)
        self.fields["policy"].empty_label = _("whatever the fund pays")
        self.fields["nature"].choices, self.fields["nature"].label = HELD, _("Money or goods")


class LedgerForm(forms.Form):
    """The day a fund's ledger begins, and what the fund held then."""

    since = DayField(
        label=_("Ledger since"),
        help_text=_("From this day on, what the fund pays must have been received before."),
    )
    grant = MoneyField(label=_("Money held that day (đồng)"), required=False)
    in_kind = MoneyField(label=_("Value of goods held that day (đồng)"), required=False)

    def clean_since(self):
        since = self.cleaned_data["since"]
        if since > timezone.localdate():
            raise forms.ValidationError(_("The date lies in the future."))
        return since

    @property
    def opening(self) -> dict[str, int]:
        return {nature: self.cleaned_data.get(nature) or 0 for nature in (Nature.GRANT.value, Nature.IN_KIND.value)}


class ReasonForm(forms.Form):
    """Why a receipt or an allocation is made void."""

    void_reason = CleanCharField(label=_("Reason"), max_length=300, error_messages={"required": _("Give the reason.")})
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

"""Policies, legal rates, rules of entitlement and sources of money, for administrators."""

from django import forms
from django.contrib import admin

from support.fields import PercentField
from support.models import EntitlementRule, FundingSource, PolicyRate, SupportPolicy
from wards.admin import ReferenceAdmin
from wards.fields import MoneyField


@admin.register(SupportPolicy)
class SupportPolicyAdmin(ReferenceAdmin):
    list_display = ("name", "code", "category", "repayable", "universal")
    list_filter = ("category", "repayable", "universal")
    search_fields = ("code", "name", "name_en")


class PolicyRateForm(forms.ModelForm):
    """Percentages and money as officers write them: “6,6”, “150.000”."""

    class Meta:
        model = PolicyRate
        fields = "__all__"
        field_classes = {"percent": PercentField, "amount": MoneyField, "most_amount": MoneyField}
        help_texts = {"percent": ""}


@admin.register(PolicyRate)
class PolicyRateAdmin(ReferenceAdmin):
    form = PolicyRateForm
    list_display = (
        "policy", "source", "beneficiary_group", "in_words", "legal_basis", "compared", "valid_from", "valid_to",
    )  # fmt: skip
    list_filter = ("compared", "policy")
    list_select_related = ("policy", "source")
    search_fields = ("policy__code", "policy__name", "legal_basis")


@admin.register(FundingSource)
class FundingSourceAdmin(ReferenceAdmin):
    list_display = ("name", "code", "group", "ledger_since")
    readonly_fields = ("ledger_since",)  # opened on the fund's own page, with what it held
    list_filter = ("group",)
    search_fields = ("code", "name", "name_en")


@admin.register(EntitlementRule)
class EntitlementRuleAdmin(ReferenceAdmin):
    list_display = ("name", "unit", "category", "legal_basis", "from_year", "to_year", "is_active")
    list_filter = ("category", "is_active")
    search_fields = ("code", "name", "name_en")
    filter_horizontal = ("policies",)

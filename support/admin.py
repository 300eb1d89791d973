"""Policies and sources of money, for administrators."""

from django.contrib import admin

from support.models import EntitlementRule, FundingSource, PolicyRate, SupportPolicy
from wards.admin import ReferenceAdmin


class PolicyRateInline(admin.StackedInline):
    model = PolicyRate
    extra = 0


@admin.register(SupportPolicy)
class SupportPolicyAdmin(ReferenceAdmin):
    list_display = ("name", "code", "category", "repayable", "universal")
    list_filter = ("category", "repayable", "universal")
    inlines = (PolicyRateInline,)
    search_fields = ("code", "name", "name_en")


@admin.register(FundingSource)
class FundingSourceAdmin(ReferenceAdmin):
    list_display = ("name", "code", "group", "ledger_since")
    readonly_fields = ("ledger_since",)  # opened on the fund's own page, with what it held
    list_filter = ("group",)
    search_fields = ("code", "name", "name_en")


@admin.register(EntitlementRule)
class EntitlementRuleAdmin(ReferenceAdmin):
    list_display = ("name", "code", "unit", "category", "legal_basis", "from_year", "to_year", "is_active")
    list_filter = ("category", "is_active")
    search_fields = ("code", "name", "name_en")
    filter_horizontal = ("policies",)

"""Poverty standards and their indicators, for administrators."""

from django.contrib import admin

from households.models import Indicator, PovertyStandard
from wards.admin import ReferenceAdmin


class IndicatorInline(admin.StackedInline):
    model = Indicator
    extra = 0


@admin.register(PovertyStandard)
class PovertyStandardAdmin(ReferenceAdmin):
    list_display = ("name", "code", "level", "from_year", "to_year", "urban_line", "rural_line")
    list_filter = ("level",)
    search_fields = ("code", "name", "name_en")
    inlines = [IndicatorInline]


@admin.register(Indicator)
class IndicatorAdmin(ReferenceAdmin):
    list_display = ("name", "code", "standard", "number")
    list_filter = ("standard",)
    list_select_related = ("standard",)
    search_fields = ("code", "name", "name_en")

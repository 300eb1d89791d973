"""The map, for administrators."""

from django.contrib import admin

from wards.models import ResidentialGroup, Ward, WardPopulation, WardSuccession


@admin.register(Ward)
class WardAdmin(admin.ModelAdmin):
    list_display = ("name", "code", "valid_from", "valid_to", "in_programme")
    list_filter = ("in_programme", "unit_type")
    search_fields = ("code", "name_key")


@admin.register(WardSuccession)
class WardSuccessionAdmin(admin.ModelAdmin):
    list_display = ("predecessor", "successor", "on", "whole")
    list_select_related = ("predecessor", "successor")


@admin.register(ResidentialGroup)
class ResidentialGroupAdmin(admin.ModelAdmin):
    list_display = ("name", "ward")
    list_filter = ("ward",)
    list_select_related = ("ward",)


@admin.register(WardPopulation)
class WardPopulationAdmin(admin.ModelAdmin):
    list_display = ("ward", "year", "households", "persons")
    list_filter = ("year",)
    list_select_related = ("ward",)

"""The map, for administrators."""

from django.contrib import admin
from django.utils.translation import ngettext

from wards.models import ResidentialGroup, Ward, WardPopulation, WardSuccession


class ReferenceAdmin(admin.ModelAdmin):
    """A list that administrators keep and records refer to.

    Whoever wants to delete a row that is in use hears how many records use it, and not which: households
    and their help are not the administrators' to read.
    """

    def get_deleted_objects(self, objs, request):
        _nested, counts, missing, protected = super().get_deleted_objects(objs, request)
        if protected:
            words = ngettext("%(count)d record that uses it", "%(count)d records that use it", len(protected))
            protected = [words % {"count": len(protected)}]
        return [str(each) for each in objs], counts, missing, protected


@admin.register(Ward)
class WardAdmin(ReferenceAdmin):
    list_display = ("name", "code", "valid_from", "valid_to", "in_programme")
    list_filter = ("in_programme", "unit_type")
    search_fields = ("code", "name_key")


@admin.register(WardSuccession)
class WardSuccessionAdmin(ReferenceAdmin):
    list_display = ("predecessor", "successor", "on", "whole")
    list_select_related = ("predecessor", "successor")


@admin.register(ResidentialGroup)
class ResidentialGroupAdmin(ReferenceAdmin):
    list_display = ("name", "ward")
    list_filter = ("ward",)
    list_select_related = ("ward",)


@admin.register(WardPopulation)
class WardPopulationAdmin(ReferenceAdmin):
    list_display = ("ward", "year", "households", "persons")
    list_filter = ("year",)
    list_select_related = ("ward",)

"""Poverty standards and their indicators, for administrators."""

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from households.models import Indicator, PovertyStandard
from wards.admin import ReferenceAdmin

_LINE_HELP = _("Whole đồng, in digits. Empty: not on record; then no class is proposed by income.")
_LIVING_HELP = _("Only for the rule with two lines. Empty: none.")
_POINTS_HELP = _("What sheet B1 scores at this line. Empty: not on record; then B1 alone proposes no class.")


class StandardForm(forms.ModelForm):
    """A standard with its rule; two of one level in one year only where the administrator says so."""

    may_overlap = forms.BooleanField(
        label=_("Another standard of this level may judge the same year"),
        required=False,
        help_text=_("Tick only where two standards of one level hold in one year; officers then use the later one."),
    )

    class Meta:
        model = PovertyStandard
        fields = "__all__"
        help_texts = {
            "code": _("Short and unique, for example HN_2027_2030; never changed later, results refer to it."),
            "name": _("As officers read it on the sheets."),
            "name_en": _("As it reads on English pages."),
            "level": _("The programme's goals are told by the city standard."),
            "legal_basis": _("Number and issuer of the decision or decree, for example QĐ 12/2016/QĐ-UBND."),
            "from_year": _("The first year-end review judged by it."),
            "to_year": _("The last one. Empty: until further notice."),
            "rule": _(
                "Income and deprivations: at or below the line, poor with enough deprivations, else near-poor. Two "
                "lines: poor at or below the first; between the two poor with enough deprivations, else near-poor."
            ),
            "urban_line": _LINE_HELP,
            "rural_line": _LINE_HELP,
            "urban_living_line": _LIVING_HELP,
            "rural_living_line": _LIVING_HELP,
            "urban_points": _POINTS_HELP,
            "rural_points": _POINTS_HELP,
            "urban_living_points": _LIVING_HELP,
            "rural_living_points": _LIVING_HELP,
            "deprivations_needed": _("How many indicators must be lacking, for example 3."),
            "points_each": _("For example 10: four ticks make 40 points on sheet B2."),
            "note": _("What was not found or not compared with its source; officers read it on the page of standards."),
        }

    def clean(self):
        cleaned = super().clean()
        first, last, level = (cleaned.get(name) for name in ("from_year", "to_year", "level"))
        if first and level and not cleaned.get("may_overlap"):
            overlapping = PovertyStandard.objects.overlapping(level, first, last).exclude(pk=self.instance.pk)
            if names := ", ".join(str(each) for each in overlapping):
                message = _("These years are judged already by: %(names)s. End that one first, or tick the box below.")
                self.add_error("from_year", ValidationError(message, params={"names": names}))
        return cleaned


class IndicatorForm(forms.ModelForm):
    class Meta:
        model = Indicator
        fields = "__all__"
        help_texts = {
            "number": _("Its place on sheet B2."),
            "code": _("Short, without spaces; the same thing keeps its code from standard to standard."),
            "name": _("As printed on sheet B2."),
            "threshold": _("In the words of the decree. Empty: not found yet."),
        }
        widgets = {  # so narrow that a row fits the screen
            "code": forms.TextInput(attrs={"size": 14}),
            "name": forms.TextInput(attrs={"size": 20}),
            "name_en": forms.TextInput(attrs={"size": 16}),
            "threshold": forms.Textarea(attrs={"rows": 4, "cols": 30}),
        }

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["code"].disabled = self.instance.pk is not None  # results refer to it


class IndicatorInline(admin.TabularInline):
    """Indicators are kept with their standard and nowhere else, so that no change of one goes without a new version."""

    model = Indicator
    form = IndicatorForm
    extra = 0


@admin.register(PovertyStandard)
class PovertyStandardAdmin(ReferenceAdmin):
    form = StandardForm
    list_display = ("name", "code", "level", "rule", "from_year", "to_year", "urban_line", "rural_line", "version")
    list_filter = ("level",)
    search_fields = ("code", "name", "name_en")
    inlines = [IndicatorInline]
    fieldsets = (
        (None, {"fields": ("code", "name", "name_en", "level", "legal_basis", "from_year", "to_year", "may_overlap")}),
        (
            _("Rule"),
            {
                "fields": (
                    "rule",
                    ("urban_line", "rural_line"),
                    ("urban_living_line", "rural_living_line"),
                    ("urban_points", "rural_points"),
                    ("urban_living_points", "rural_living_points"),
                    ("deprivations_needed", "points_each"),
                    "relapse_look_back",
                )
            },
        ),
        (None, {"fields": ("note", "version")}),
    )

    def get_readonly_fields(self, request, obj=None):
        return ("version", "code") if obj else ("version",)  # results refer to the code

    def save_related(self, request, form, formsets, change):
        """A change of what makes a class raises the version once: results keep the one they were judged by."""
        super().save_related(request, form, formsets, change)
        of_the_rule = set(form.changed_data) & set(PovertyStandard.RULE)
        if change and (of_the_rule or any(formset.has_changed() for formset in formsets)):
            form.instance.version += 1
            form.instance.save(update_fields=["version"])

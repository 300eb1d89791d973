"""Where the residential groups of one split ward go, all on one sheet; and the workbook that says the same."""

from collections.abc import Sequence
from uuid import uuid4

from django import forms
from django.utils.translation import gettext_lazy as _

from households.group_sheet import LARGEST_NUMBER
from households.models import Household
from households.reorganisation.groups import NAME, NUMBER, SUCCESSOR, GoesTo, map_groups, problems, said_of
from households.reorganisation.plan import Ending, Plan
from wards.fields import CleanCharField, CountField
from wards.models import ResidentialGroup, Ward


class WardChoice(forms.ModelChoiceField):
    """One of the wards that this one went to, by its name alone: the page says when."""

    def label_from_instance(self, ward):
        label = f"{ward.code} {ward.name}"
        return label if ward.in_programme else _("%(ward)s (outside the area)") % {"ward": label}


class GroupChoice(forms.ModelChoiceField):
    def label_from_instance(self, group):
        return group.name


class GroupsForm(forms.Form):
    """A row a group; below, the households that have none: each its group, or one ward for all the rest."""

    seen = forms.CharField(widget=forms.HiddenInput, max_length=16)
    submission_key = forms.UUIDField(widget=forms.HiddenInput, required=False)

    def __init__(self, data=None, *, plan: Plan, ending: Ending, homeless: Sequence[Household]):
        self.plan, self.ending, self.homeless = plan, ending, homeless
        super().__init__(data, initial={"seen": ending.seen, "submission_key": uuid4()}, use_required_attribute=False)
        successors = Ward.objects.filter(pk__in=[ward.pk for ward in ending.successors])
        for line in ending.groups:
            successor, number, name = said_of(line)
            fixed = bool(plan.done and successor)
            about = {"group": line.group.name}
            fields = {
                SUCCESSOR: WardChoice(
                    successors, required=False, initial=successor, empty_label="—", label=_("New ward of %(group)s")
                ),
                NUMBER: CountField(
                    required=False,
                    initial=number,
                    min_value=1,
                    max_value=LARGEST_NUMBER,
                    label=_("New number of %(group)s"),
                ),
                NAME: CleanCharField(required=False, initial=name, max_length=100, label=_("New name of %(group)s")),
            }
            for key, field in fields.items():
                field.label = str(field.label) % about
                field.disabled = fixed
                field.widget.attrs["aria-label"] = field.label
                self.fields[f"{key}_{line.group.pk}"] = field
        if not ending.is_whole and not plan.done:
            self.fields["rest"] = WardChoice(
                successors,
                required=False,
                initial=ending.rest,
                empty_label=_("nobody: each is given its group"),
                label=_("Households without a group go to"),
            )
            groups = ResidentialGroup.objects.filter(ward=ending.ward)
            for household in homeless:
                field = GroupChoice(groups, required=False, empty_label=_("not known"), label=household.code)
                field.widget.attrs["aria-label"] = _("Residential group of household %(code)s") % {
                    "code": household.code
                }
                self.fields[f"group_of_{household.pk}"] = field

    @property
    def rows(self) -> list[dict]:
        return [
            {"line": line} | {key: self[f"{key}_{line.group.pk}"] for key in (SUCCESSOR, NUMBER, NAME)}
            for line in self.ending.groups
        ]

    @property
    def without_group(self) -> list[dict]:
        return [
            {"household": each, "field": self[f"group_of_{each.pk}"]}
            for each in self.homeless
            if f"group_of_{each.pk}" in self.fields
        ]

    def lines(self) -> list[GoesTo]:
        asked = self.cleaned_data
        return [
            GoesTo(line.group, *(asked.get(f"{key}_{line.group.pk}") for key in (SUCCESSOR, NUMBER)),
                   asked.get(f"{NAME}_{line.group.pk}") or "")
            for line in self.ending.groups
        ]  # fmt: skip

    def clean(self):
        if not self.errors:
            for group, key, message in problems(self.plan, self.lines()):
                self.add_error(f"{key}_{group.pk}", message)
        return self.cleaned_data

    def save(self, *, by) -> int:
        """Save everything at once; raises StaleVersion where somebody saved since the page was opened."""
        asked, ward = self.cleaned_data, self.ending.ward.pk
        given = {each.pk: asked.get(f"group_of_{each.pk}") for each in self.homeless}
        return map_groups(
            by=by,
            on=self.plan.on,
            lines=self.lines(),
            seen={ward: asked["seen"]},
            rest={ward: asked["rest"]} if "rest" in self.fields else None,
            groups_of={household: group for household, group in given.items() if group},
        )


class WorkbookForm(forms.Form):
    file = forms.FileField(
        label=_("Workbook filled in (.xlsx)"),
        widget=forms.FileInput(attrs={"accept": ".xlsx"}),
        error_messages={"required": _("Choose the workbook first."), "empty": _("The file is empty.")},
    )

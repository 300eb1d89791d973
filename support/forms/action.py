"""What an officer types to record one act of help, to correct it, or to make it void."""

from collections.abc import Iterable

from django import forms
from django.core import signing
from django.core.exceptions import ValidationError
from django.urls import reverse_lazy
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models.scope import wards_of
from households.models import Household
from support import words
from support.codes import Category, Qualifier
from support.filters import COLLECTIVE, NAMED
from support.forms.help import BLANK, LARGEST_COUNT, HelpForm, bounded
from support.forms.household import HouseholdPick, is_key
from support.groups import usual_group
from support.life import ward_of_help
from support.models import FundingLine, LoanMovement, SupportAction, detail_of
from wards.fields import CleanCharField, CountField
from wards.models import Ward


class SupportActionForm(HelpForm):
    """One act of help. Part A is for a named household, part B for a group; only the one chosen is read."""

    kind = forms.ChoiceField(
        label=_("Given to"),
        choices=[(NAMED, _("a named household")), (COLLECTIVE, _("a group, counted together"))],
        widget=forms.RadioSelect(attrs={"class": "inline"}),
        initial=NAMED,
    )
    household_search = CleanCharField(
        label=_("Household"),
        max_length=100,
        help_text=_("Name of a member, household code or address; with or without diacritics."),
        widget=forms.TextInput(
            attrs={
                "type": "search",
                "autocomplete": "off",
                "hx-get": reverse_lazy("household-suggest"),
                "hx-trigger": "input changed delay:300ms, search",
                "hx-target": "#household-choices",
                "hx-swap": "outerHTML",
                "hx-include": "#household-picker, [name=policy]",
                "hx-sync": "this:replace",
            }
        ),
    )
    household = CleanCharField(required=False, widget=forms.HiddenInput)
    member = forms.ChoiceField(label=_("For one member"), required=False)
    ward = forms.ChoiceField(label=_("Ward"), required=False)
    version = CleanCharField(required=False, widget=forms.HiddenInput)
    seen = CleanCharField(required=False, widget=forms.HiddenInput)
    overlaps_seen = CleanCharField(required=False, widget=forms.HiddenInput)

    class Meta(HelpForm.Meta):
        fields = (
            "policy",
            "household",
            "member",
            "ward",
            "beneficiary_group",
            "group_name",
            "times",
            "households_reported",
            "persons_reported",
            "qualifier",
            "things",
            "thing_unit",
            "period_from",
            "period_to",
            "implementing_body",
            "decision_number",
            "decision_date",
            "income_gain_from",
            "income_gain_to",
            "differs_because",
            "note",
        )
        field_classes = HelpForm.Meta.field_classes | {
            "group_name": CleanCharField,
            "times": CountField,
            "households_reported": CountField,
            "persons_reported": CountField,
        }
        help_texts = HelpForm.Meta.help_texts | {
            "group_name": _("As in the decision, for example “children of near-poor households”."),
        }

    NAMED_FIELDS = ("household_search", "household", "member")
    COLLECTIVE_FIELDS = ("ward", "group_name", "times", "households_reported", "persons_reported", "qualifier")

    def __init__(self, data=None, *, user, **kwargs):
        super().__init__(data, user=user, **kwargs)
        self.pick = self._picked()
        self._set_up_choices()
        for name in ("times", "households_reported", "persons_reported"):
            self.fields[name].validators.append(bounded(LARGEST_COUNT))
        # Needed in their own part only: what is missing in the other part is forgotten in clean().
        self.fields["times"].error_messages["required"] = _("The number of times must be at least 1.")
        self.fields["ward"].required = not user.sees_whole_district
        self.fields["ward"].error_messages["required"] = _("Choose the ward.")
        self.fields["qualifier"].required = False
        if not self.is_new:
            # Whom the help went to is not corrected in place: such a record is void, and a new one entered.
            del self.fields["kind"], self.fields["household_search"], self.fields["household"]
            # A published record may be undated; it stays so until somebody knows better.
            self.fields["period_from"].required = self.instance.period_from is not None
            if "version" not in kwargs.get("initial", {}):  # drawn anew, the form still stands on what was read
                self.initial["version"] = self.instance.version

    # --- choices ---

    def _picked(self) -> HouseholdPick:
        if not self.is_new:
            if self.instance.household_id is None:
                return HouseholdPick()
            own = Household.objects.with_head().select_related("ward", "residential_group")
            household = own.get(pk=self.instance.household_id)
            return HouseholdPick(household, [household])
        typed = self.data if self.is_bound else self.initial
        text, ticked = typed.get("household_search") or "", typed.get("household") or ""
        if not self.is_bound and not text and not ticked:
            return HouseholdPick()
        return HouseholdPick.of(by=self.user, text=text, ticked=str(ticked))

    def _set_up_choices(self) -> None:
        self.wards = {str(ward.pk): ward for ward in wards_of(self.user)}
        if self.instance.ward_id:
            self.wards.setdefault(str(self.instance.ward_id), self.instance.ward)
        empty = [("", _("Whole district"))] if self.user.sees_whole_district else [BLANK]
        if len(self.wards) == 1 and not self.user.sees_whole_district:
            empty = []
        self.fields["ward"].choices = empty + [(key, str(ward)) for key, ward in self.wards.items()]
        self.members = {str(member.pk): member for member in self.pick.members}
        if self.instance.member_id:
            self.members.setdefault(str(self.instance.member_id), self.instance.member)
        everybody = [("", _("the whole household"))]
        self.fields["member"].choices = everybody + [
            (key, f"{member.name} ({member.get_relation_display()})") for key, member in self.members.items()
        ]
        if self._helps_a_pupil:
            self._ask_for_the_pupil()

    @property
    def _helps_a_pupil(self) -> bool:
        """Tuition is somebody's; records older than the details may lack the pupil."""
        policy = self.chosen_policy
        return bool(
            policy
            and policy.category == Category.TUITION
            and self.chosen_kind == NAMED
            and (self.is_new or detail_of(self.instance))
        )

    def _ask_for_the_pupil(self) -> None:
        member = self.fields["member"]
        member.label, member.required = _("Pupil"), True
        member.error_messages["required"] = _("Say which pupil was helped.")
        member.choices = [BLANK, *member.choices[1:]]

    @property
    def chosen_kind(self) -> str:
        if not self.is_new:
            return NAMED if self.instance.is_named else COLLECTIVE
        value = self["kind"].value()
        return value if value in (NAMED, COLLECTIVE) else NAMED

    def draft(self) -> SupportAction | None:
        """What is typed so far, for what is told while one types; None before it is known what was given and when."""
        policy, day, household = self.chosen_policy, self.first_day, self.pick.household
        if not (policy and day and household) or self.chosen_kind != NAMED or day > timezone.localdate():
            return None
        return SupportAction(
            pk=self.instance.pk,
            policy=policy,
            household=household,
            member=self.members.get(str(self["member"].value() or "")),
            period_from=day,
            period_to=self.day_typed("period_to") or day,
            beneficiary_group=str(self["beneficiary_group"].value() or "") or usual_group(household, day),
        )

    # --- what was typed ---

    def clean_ward(self):
        return self.wards.get(self.cleaned_data["ward"])

    def clean_member(self):
        return self.members.get(self.cleaned_data["member"])

    def clean_version(self) -> int:
        """A version that is none cannot be the current one."""
        text = self.cleaned_data["version"]
        return int(text) if is_key(text) and len(text) < 10 else 0

    def clean_seen(self) -> dict[str, str]:
        return unpack(self.cleaned_data["seen"])

    def clean(self):
        cleaned = super().clean()
        if self.chosen_kind == NAMED:
            self._clean_named(cleaned)
        else:
            self._clean_collective(cleaned)
        return cleaned

    def _clean_named(self, cleaned) -> None:
        self._forget(self.COLLECTIVE_FIELDS)
        cleaned |= {"times": 1, "households_reported": None, "persons_reported": None}
        cleaned |= {"qualifier": Qualifier.EXACT, "group_name": self.instance.group_name}
        household = self.pick.household
        if self.is_new:
            cleaned["household"] = household
            cleaned["ward"] = self._ward_of_day(household, cleaned) if household else None
            self._forget(["household_search"])  # a ticked household needs no words
            if not household:
                self._forget(["member"])
                self.add_error("household_search", self.pick.error or _("Say which household was helped."))
        else:
            moved = "period_from" in self.changed_data
            cleaned["ward"] = self._ward_of_day(household, cleaned) if moved else self.instance.ward
        if household and not cleaned.get("beneficiary_group") and cleaned.get("period_from"):
            cleaned["beneficiary_group"] = usual_group(household, cleaned["period_from"])

    def _ward_of_day(self, household: Household, cleaned) -> Ward:
        """Where the household lived on the first day; help of before a move counts in the ward of before."""
        try:
            return ward_of_help(household, cleaned.get("period_from"))
        except ValidationError as error:
            self.add_error(None, error)
            return household.ward

    def _clean_collective(self, cleaned) -> None:
        self._forget(self.NAMED_FIELDS)
        cleaned |= {"household": None, "member": None}
        cleaned["qualifier"] = cleaned.get("qualifier") or Qualifier.EXACT
        if cleaned.get("times") == 0:
            self.add_error("times", _("The number of times must be at least 1."))
        if not cleaned.get("group_name") and not cleaned.get("beneficiary_group") and "group_name" not in self.errors:
            self.add_error("group_name", _("Say which group was helped, in words or from the list."))

    def _forget(self, names: Iterable[str]) -> None:
        """Drop what was typed in the part that does not apply, its mistakes included."""
        for name in names:
            self._errors.pop(name, None)


# --- void -----------------------------------------------------------------------------------


class VoidForm(forms.Form):
    void_reason = CleanCharField(
        label=_("Reason"),
        max_length=300,
        help_text=_("It stays on the record, for example “entered twice; see the record of 05/03/2022”."),
        error_messages={"required": _("Give the reason.")},
    )
    version = CleanCharField(required=False, widget=forms.HiddenInput)

    clean_version = SupportActionForm.clean_version


# --- two officers on one form ---------------------------------------------------------------

_SALT = "support.action.seen"


def pack(action: SupportAction, lines: Iterable[FundingLine], movements: Iterable[LoanMovement] = ()) -> str:
    """The record in words as this officer saw it; travels with the form, signed, for the conflict page."""
    told = words.described(action, lines, detail_of(action), movements)
    return signing.dumps(told, salt=_SALT, compress=True)


def unpack(text: str) -> dict[str, str]:
    try:
        return signing.loads(text, salt=_SALT)
    except signing.BadSignature:
        return {}

"""What an officer types to record help."""

import uuid
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from django import forms
from django.core import signing
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator
from django.urls import reverse_lazy
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from accounts.models.scope import wards_of
from households.codes import LISTED, Classification
from households.models import Household, Member, PovertyStandard, PovertyStatus
from support import words
from support.codes import BeneficiaryGroup, Category, Nature, Qualifier, SourceGroup
from support.filters import COLLECTIVE, NAMED
from support.funds import OVERSPENT
from support.life import ward_of_help
from support.models import FundingLine, FundingSource, LoanMovement, SupportAction, SupportPolicy, detail_of
from wards.fields import CleanCharField, CountField, DayField, MoneyField, clean_typed
from wards.models import Ward

MOST_CANDIDATES = 10
MOST_LINES = 20
LARGEST_COUNT = 10_000_000  # times, persons, things: above the city's population it is a typing slip
LARGEST_GAIN = 1_000_000_000
BLANK = ("", "—")


# --- the household --------------------------------------------------------------------------


@dataclass
class HouseholdPick:
    """Which household is meant, from what was typed and what was ticked; only among those this person may see."""

    household: Household | None = None
    candidates: list[Household] = field(default_factory=list)
    error: str = ""
    more: bool = False

    @classmethod
    def of(cls, *, by, text: str = "", ticked: str = "") -> "HouseholdPick":
        """A ticked household counts unless the text has meanwhile become that of others."""
        visible = Household.objects.visible_to(by).with_head().select_related("ward", "residential_group")
        chosen = visible.filter(pk=ticked).first() if _is_key(ticked) else None
        text = clean_typed(str(text or ""))[:100]
        if not text:
            if chosen:
                return cls(chosen, [chosen])
            return cls(error=_("No such household in your wards.") if ticked else _("Say which household was helped."))
        found = cls._found(visible, text)
        if chosen and found.filter(pk=chosen.pk).exists():
            return cls(chosen, [chosen])
        listed = list(found.order_by("head_sort_key", "pk")[: MOST_CANDIDATES + 1])
        if not listed:
            return cls(error=_("No household of your wards has this name, code or address."))
        if len(listed) == 1:
            return cls(listed[0], listed)
        several = _("Several households answer to this; tick the right one.")
        return cls(None, listed[:MOST_CANDIDATES], several, more=len(listed) > MOST_CANDIDATES)

    @staticmethod
    def _found(visible, text: str):
        """A code is exact; only where no household has it is the text a name or an address."""
        by_code = visible.filter(code__iexact=text)
        return by_code if by_code.exists() else visible.search(text)

    @property
    def members(self) -> list[Member]:
        return self.household.present_members if self.household else []


def _is_key(text) -> bool:
    text = str(text or "")
    return text.isascii() and text.isdigit() and len(text) <= 18


# --- the action -----------------------------------------------------------------------------


def _bounded(most: int):
    return MaxValueValidator(most, _("This is more than is possible; check the zeros."))


class HelpForm(forms.ModelForm):
    """What is typed of any help: by which policy, when, on whose decision. To whom it went, a subclass asks."""

    policy = forms.ChoiceField(
        label=_("Policy"),
        widget=forms.Select(
            attrs={
                # The kind's own fields follow the policy, with what was typed.
                "hx-post": "",
                "hx-vals": '{"then": "kind"}',
                "hx-target": "#kind-fields",
                "hx-swap": "outerHTML",
                "hx-sync": "this:replace",
            }
        ),
    )
    overspending = CleanCharField(
        label=_("Reason for paying more than the fund holds"),
        required=False,
        max_length=300,
        help_text=_("It stands in the fund's ledger until a receipt settles it."),
    )
    submission_key = CleanCharField(required=False, widget=forms.HiddenInput)

    class Meta:
        model = SupportAction
        fields = (
            "policy",
            "beneficiary_group",
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
        field_classes = {
            "things": CountField,
            "period_from": DayField,
            "period_to": DayField,
            "implementing_body": CleanCharField,
            "decision_number": CleanCharField,
            "decision_date": DayField,
            "income_gain_from": MoneyField,
            "income_gain_to": MoneyField,
            "differs_because": CleanCharField,
            "note": CleanCharField,
        }
        labels = {
            "period_from": _("Day, or first day"),
            "period_to": _("Last day"),
            "income_gain_from": _("Income gained, from"),
            "income_gain_to": _("Income gained, to"),
        }
        help_texts = {
            "period_from": _("dd/mm/yyyy"),
            "period_to": _("Empty: one day only."),
            "income_gain_from": _("A worker a month; for livelihood and loan models."),
            "beneficiary_group": _("Empty: from the household's class on that day."),
        }

    DAYS = ("period_from", "period_to", "decision_date")

    def __init__(self, data=None, *, user, **kwargs):
        super().__init__(data, **kwargs)
        self.user = user
        self.is_new = self.instance.pk is None
        self.policies = self._policies()
        self.fields["policy"].choices = [BLANK, *by_category(self.policies)]
        self.fields["things"].validators.append(_bounded(LARGEST_COUNT))
        for name in ("income_gain_from", "income_gain_to"):
            self.fields[name].validators.append(_bounded(LARGEST_GAIN))
        self.fields["period_from"].error_messages["required"] = _("Give the day, or the first day.")
        if self.is_new:
            self.initial.setdefault("submission_key", str(uuid.uuid4()))
            self.fields["period_from"].required = True

    def _policies(self) -> dict[str, SupportPolicy]:
        """Those offered, by their keys."""
        return {str(policy.pk): policy for policy in SupportPolicy.objects.all()}

    @property
    def chosen_policy(self) -> SupportPolicy | None:
        """The policy that the form shows at the moment, for its hint."""
        return self.policies.get(str(self["policy"].value() or ""))

    @property
    def first_day(self) -> date | None:
        """The day that the form shows at the moment, where it can be read."""
        return self.day_typed("period_from")

    def day_typed(self, name: str) -> date | None:
        try:
            return self.fields[name].clean(self[name].value())
        except ValidationError:
            return None

    # --- what was typed ---

    def clean_policy(self) -> SupportPolicy:
        return self.policies[self.cleaned_data["policy"]]

    def clean_submission_key(self) -> uuid.UUID | None:
        """A key that is none protects nobody; the record itself is still good."""
        try:
            return uuid.UUID(self.cleaned_data["submission_key"])
        except ValueError:
            return None

    def clean(self):
        cleaned = super().clean()
        self._check_days(cleaned)
        self._check_pairs(cleaned)
        return cleaned

    def _check_days(self, cleaned) -> None:
        """The model names the first wrong day; here all of them are named at once."""
        for name in self.DAYS:
            try:
                SupportAction(**{name: cleaned.get(name)}).clean()
            except ValidationError as error:
                self.add_error(None, error)
        if cleaned.get("period_from") and not cleaned.get("period_to") and "period_to" not in self.errors:
            open_ended = not self.is_new and self.instance.period_from and not self.instance.period_to
            cleaned["period_to"] = None if open_ended else cleaned["period_from"]

    def _check_pairs(self, cleaned) -> None:
        """The database's rules between two fields, told at the field that is to be changed."""
        things, unit = cleaned.get("things"), cleaned.get("thing_unit")
        if "things" not in self.errors and "thing_unit" not in self.errors:
            if things == 0:
                self.add_error("things", _("The number must be at least 1; leave it empty where nothing was counted."))
            elif unit and things is None:
                self.add_error("things", _("Give both the number and the kind of things, or neither."))
            elif things and not unit:
                self.add_error("thing_unit", _("Give both the number and the kind of things, or neither."))
        first, last = cleaned.get("period_from"), cleaned.get("period_to")
        if first and last and last < first:
            self.add_error("period_to", _("The period cannot end before it begins."))
        low, high = cleaned.get("income_gain_from"), cleaned.get("income_gain_to")
        if high is not None and low is None and "income_gain_from" not in self.errors:
            self.add_error("income_gain_from", _("Give the lower gain too; where there is one figure, give it here."))
        if low is not None and high is not None and high < low:
            self.add_error("income_gain_to", _("The upper income gain is below the lower one."))

    def refuse(self, error: ValidationError) -> None:
        """Show what the service refused; more than a fund holds may be paid for a reason, so it is asked for."""
        asked = any(each.code == OVERSPENT for each in error.error_list) if hasattr(error, "error_list") else False
        self.add_error("overspending" if asked else None, error)

    @property
    def asks_for_overspending(self) -> bool:
        return bool(self["overspending"].errors or self["overspending"].value())

    def add_error(self, name, error):
        # The model speaks of fields that this form may not show (a ward that did not exist on the day).
        if name is None and hasattr(error, "error_dict"):
            unknown = [key for key in error.error_dict if key not in self.fields]
            loose = [each for key in unknown for each in error.error_dict.pop(key)]
            if loose:
                super().add_error(None, loose)
        super().add_error(name, error)


def by_category(policies: Mapping[str, SupportPolicy]) -> list[tuple[str, list[tuple[str, str]]]]:
    """Choices of policies under the names of their kinds."""
    grouped: dict[str, list] = {}
    for key, policy in policies.items():
        grouped.setdefault(capfirst(str(Category(policy.category).label)), []).append((key, str(policy)))
    return list(grouped.items())


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
            self.fields[name].validators.append(_bounded(LARGEST_COUNT))
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
        return int(text) if _is_key(text) and len(text) < 10 else 0

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


def usual_group(household: Household, day: date) -> str:
    """The beneficiary group that follows from the household's class on the day; empty where none is recorded."""
    return usual_groups([household.pk], _list_in_force(household, day)).get(household.pk, "")


def _list_in_force(household: Household, day: date) -> int:
    """The year whose class counts on the day: the one before, unless the day's own was decided by then.

    Where only the day's own year is on record, that one.
    """
    statuses = PovertyStatus.objects.at_level(PovertyStandard.Level.CITY).filter(household=household)
    found = statuses.filter(year__in=(day.year - 1, day.year)).order_by("standard__from_year")
    decided = {status.year: status.decision_date or status.reviewed_on for status in found}
    own = decided.get(day.year)
    return day.year if day.year - 1 not in decided or (own and own <= day) else day.year - 1


def usual_groups(households: Collection[int], year: int) -> dict[int, str]:
    """The groups that follow from the list of a year, in one query; households of no group are left out."""
    statuses = PovertyStatus.objects.at_level(PovertyStandard.Level.CITY).filter(
        household__in=households, year__lte=year
    )
    classes: dict[int, dict[int, str]] = defaultdict(dict)
    for household, of_year, classification in statuses.order_by("standard__from_year").values_list(
        "household", "year", "classification"
    ):
        classes[household][of_year] = classification
    groups = {household: _group(by_year, year) for household, by_year in classes.items()}
    return {household: group for household, group in groups.items() if group}


def _group(by_year: dict[int, str], year: int) -> str:
    if by_year.get(year) == Classification.NOT_POOR:
        was_listed = any(by_year[earlier] in LISTED for earlier in by_year if earlier < year)
        return BeneficiaryGroup.ESCAPED if was_listed else ""
    return GROUP_OF.get(by_year.get(year), "")


GROUP_OF = {
    Classification.POOR: BeneficiaryGroup.POOR,
    Classification.NEAR_POOR: BeneficiaryGroup.NEAR_POOR,
    Classification.HARDSHIP: BeneficiaryGroup.HARDSHIP,
}


# --- who paid -------------------------------------------------------------------------------


class FundingLineForm(forms.Form):
    """One line of funding. A line of which nothing is filled in does not exist."""

    source = forms.ChoiceField(label=_("Source"), required=False)
    nature = forms.ChoiceField(label=_("Nature"), required=False, choices=[BLANK, *Nature.choices])
    qualifier = forms.ChoiceField(label=_("Amount is"), required=False, choices=Qualifier.choices)
    amount = MoneyField(label=_("Amount (đồng)"), required=False)

    def __init__(self, *args, sources: dict[str, FundingSource], **kwargs):
        super().__init__(*args, **kwargs)
        self.sources = sources
        grouped: dict[str, list] = {}
        for key, source in sources.items():
            grouped.setdefault(capfirst(str(SourceGroup(source.group).label)), []).append((key, str(source)))
        self.fields["source"].choices = [BLANK, *grouped.items()]
        self.fields["amount"].validators += FundingLine._meta.get_field("amount").validators

    @property
    def is_blank(self) -> bool:
        values = [self[name].value() for name in ("source", "nature", "amount")]
        return not any(str(value or "").strip() for value in values)

    def clean(self):
        cleaned = super().clean()
        if self.is_blank:
            return cleaned
        if not cleaned.get("source") and "source" not in self.errors:
            self.add_error("source", _("Choose who paid, or empty the line."))
        return cleaned

    def line(self) -> FundingLine:
        cleaned = self.cleaned_data
        return FundingLine(
            source=self.sources[cleaned["source"]],
            nature=cleaned["nature"],
            amount=cleaned["amount"],
            # An unknown amount is not “nearly” anything.
            qualifier=(cleaned["qualifier"] or Qualifier.EXACT) if cleaned["amount"] is not None else Qualifier.EXACT,
        )


class BaseFundingFormSet(forms.BaseFormSet):
    """All lines of one action. Lines carry no key: a line is known by its source and nature."""

    policy: SupportPolicy | None = None

    def get_form_kwargs(self, index):
        if not hasattr(self, "_sources"):
            self._sources = {str(source.pk): source for source in FundingSource.objects.all()}
        return super().get_form_kwargs(index) | {"sources": self._sources}

    def add_fields(self, form, index):
        super().add_fields(form, index)
        form.fields["DELETE"].label = _("Remove")

    def _kept(self) -> list[FundingLineForm]:
        return [form for form in self.forms if not form.is_blank and not self._should_delete_form(form)]

    def clean(self):
        kept = self._kept()
        if not kept:
            raise ValidationError(
                _("Name at least one source; its amount may stay empty when it is not known."), code="none"
            )
        seen = set()
        for form in kept:
            self._check_nature(form)
            key = form.cleaned_data.get("source"), form.cleaned_data.get("nature")
            if all(key) and key in seen:
                form.add_error("source", FundingLine._meta.constraints[0].violation_error_message)
            seen.add(key)

    def _check_nature(self, form: FundingLineForm) -> None:
        """A policy that lends has loans only, one that gives has none; left open, lending decides it."""
        nature = form.cleaned_data.get("nature")
        lends = self.policy.repayable if self.policy else None
        if "nature" in form.errors:
            return
        if not nature and lends:
            form.cleaned_data["nature"] = Nature.LOAN
        elif not nature:
            form.add_error("nature", _("Choose cash, in kind or loan."))
        elif lends and nature != Nature.LOAN:
            form.add_error("nature", _("This policy lends: every line must be a loan."))
        elif lends is False and nature == Nature.LOAN:
            form.add_error("nature", _("This policy gives: a loan belongs under a loan policy."))

    def lines(self, existing: Sequence[FundingLine] = ()) -> list[FundingLine]:
        """The lines as typed; one that was there before keeps its row, so that its history goes on."""
        known = {(line.source_id, line.nature): line for line in existing}
        result = []
        for form in self._kept():
            line = form.line()
            if before := known.get((line.source_id, line.nature)):
                before.amount, before.qualifier = line.amount, line.qualifier
                line = before
            result.append(line)
        return result

    @staticmethod
    def initial_of(lines: Iterable[FundingLine]) -> list[dict]:
        return [
            {"source": line.source_id, "nature": line.nature, "amount": line.amount, "qualifier": line.qualifier}
            for line in lines
        ]


def funding_formset(data=None, *, lines: Iterable[FundingLine] = (), typed: list[dict] | None = None):
    """The lines of funding: as stored, as typed, or three blank ones."""
    initial = typed if typed is not None else BaseFundingFormSet.initial_of(lines)
    factory = forms.formset_factory(
        FundingLineForm,
        formset=BaseFundingFormSet,
        extra=max(1, 3 - len(initial)),
        can_delete=True,
        max_num=MOST_LINES,
        absolute_max=MOST_LINES + 10,
        validate_max=True,
    )
    return factory(data, prefix="funding", initial=initial)


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

"""Who is on a list of help: picked by class and place, by what members are, or by a rule that has not reached them.

    pick = Pick(request.GET, user=…, …)      pick.is_valid(), pick.keys()

A key names a household, or a member of it: “12”, “12-33”. What was picked is only keys; `recipients` reads them.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.context import FIRST_YEAR
from accounts.models.scope import wards_of
from households.codes import LISTED, Classification
from households.models import Household, Member, PovertyStandard, PovertyStatus
from support.batch import MOST_GIFTS
from support.codes import BeneficiaryGroup
from support.entitlement import at_home, members_meant, not_reached, rules_in
from support.groups import GROUP_OF, usual_groups
from support.models import EntitlementRule
from wards.fields import CountField
from wards.models import ResidentialGroup

HOUSEHOLDS, MEMBERS = "households", "members"
# Which members are meant, as a rule of entitlement would say it.
_WHO = {
    MEMBERS: {},
    "pupils": {"is_pupil": True},
    "children": {"age_to": 15},
    "uninsured": {"is_uninsured": True},
    "disabled": {"is_disabled": True},
}
_WHO_CHOICES = [
    (HOUSEHOLDS, _("the household")),
    (MEMBERS, _("each member")),
    ("pupils", _("each pupil")),
    ("children", _("each child under 16")),
    ("uninsured", _("each member without health insurance")),
    ("disabled", _("each member with a disability")),
]
CLASSES = (
    BeneficiaryGroup.POOR,
    BeneficiaryGroup.NEAR_POOR,
    BeneficiaryGroup.HARDSHIP,
    BeneficiaryGroup.ESCAPED,
)
OLDEST = 120
_KEY = re.compile(r"([0-9]{1,18})(?:-([0-9]{1,18}))?")

Key = tuple[int, int | None]


def key_of(household: int, member: int | None = None) -> str:
    return f"{household}-{member}" if member else str(household)


def read_keys(text: str) -> list[Key]:
    """The keys of a page that was sent back, each once; what is none is passed over."""
    found = [_KEY.fullmatch(part) for part in text[: 50 * MOST_GIFTS].split(",")]
    return list(dict.fromkeys((int(match[1]), int(match[2]) if match[2] else None) for match in found if match))


# --- picking --------------------------------------------------------------------------------


class PickForm(forms.Form):
    """The class is that of the list decided at the end of a year; ages are those of the year after, in which it holds."""

    list_year = forms.TypedChoiceField(label=_("By the list of the end of"), coerce=int)
    classes = forms.MultipleChoiceField(
        label=_("Households of the class"),
        required=False,
        widget=forms.CheckboxSelectMultiple(attrs={"class": "inline"}),
        choices=[(each.value, each.label) for each in CLASSES],
    )
    ward = forms.ChoiceField(label=_("Ward"), required=False)
    residential_group = forms.ChoiceField(label=_("Residential group"), required=False)
    who = forms.ChoiceField(label=_("Given to"), choices=_WHO_CHOICES)
    age_from = CountField(label=_("Aged from"), required=False, max_value=OLDEST)
    age_to = CountField(label=_("to"), required=False, max_value=OLDEST)
    rule = forms.ChoiceField(
        label=_("Or not yet reached by a rule"),
        required=False,
        help_text=_("Class, age and who receives it are then the rule's."),
    )

    def __init__(self, data=None, *, user, year: int, ward=None, typed: QueryDict | None = None):
        """`year` is the one worked in: its help goes by the list of the year before. `ward` is the one to begin in.

        `typed` is a page that was sent for something else: its fields are shown again, unjudged.
        """
        initial = {
            "list_year": max(year - 1, FIRST_YEAR - 1),
            "classes": [BeneficiaryGroup.POOR, BeneficiaryGroup.NEAR_POOR],
            "ward": ward.pk if ward else "",
            "who": HOUSEHOLDS,
        }
        if typed is not None and "list_year" in typed:
            initial = typed.dict() | {"classes": typed.getlist("classes")}
        if data is not None:
            data = data.copy()
            data.setdefault("who", HOUSEHOLDS)  # a link to a rule says no more than the rule
        super().__init__(data, initial=initial)
        self.user = user
        years = range(timezone.localdate().year, FIRST_YEAR - 2, -1)
        self.fields["list_year"].choices = [(each, str(each)) for each in years]
        self.wards = {str(each.pk): each for each in wards_of(user)}
        self.fields["ward"].choices = [("", _("All wards")), *((key, str(each)) for key, each in self.wards.items())]
        self.rules = {rule.code: rule for rule in rules_in(self._year + 1)}
        self.fields["rule"].choices = [("", "—"), *((code, str(rule)) for code, rule in self.rules.items())]
        self._offer_groups()

    @property
    def _year(self) -> int:
        value = str(self["list_year"].value() or "")
        return int(value) if value.isascii() and value.isdigit() and len(value) == 4 else FIRST_YEAR

    @property
    def chooses_ward(self) -> bool:
        return len(self.wards) > 1

    def _offer_groups(self) -> None:
        """Groups of one ward: “Tổ 1” of all wards would be a list nobody can read."""
        asked = str(self["ward"].value() or "") or (next(iter(self.wards)) if len(self.wards) == 1 else "")
        groups = ResidentialGroup.objects.filter(ward=asked) if asked in self.wards else ()
        empty = _("All groups") if groups else _("choose a ward first")
        self.fields["residential_group"].choices = [("", empty), *((str(each.pk), each.name) for each in groups)]

    def clean(self):
        cleaned = super().clean()
        low, high = cleaned.get("age_from"), cleaned.get("age_to")
        if low is not None and high is not None and high < low:
            self.add_error("age_to", _("The higher age lies below the lower one."))
        return cleaned

    # --- what was asked ---

    @property
    def rule_asked(self) -> EntitlementRule | None:
        return self.rules.get(self.cleaned_data["rule"])

    @property
    def of_members(self) -> bool:
        """Whether each member is meant; an age is always a member's."""
        asked = self.cleaned_data
        return asked["who"] != HOUSEHOLDS or asked["age_from"] is not None or asked["age_to"] is not None

    def keys(self) -> list[Key]:
        """Whom it comes to, in no order; raises ValidationError where nobody is found, or too many."""
        asked = self.cleaned_data
        households = Household.objects.visible_to(self.user)
        if self.rule_asked:  # by a rule, whom the work list means
            ward = self.wards.get(asked["ward"])
            households = at_home(self.user, asked["list_year"] + 1, ward).visible_to(self.user)
        elif asked["ward"]:
            households = households.filter(ward=asked["ward"])
        if asked["residential_group"]:
            households = households.filter(residential_group=asked["residential_group"])
        rows = self._by_rule(households) if self.rule_asked else self._by_class(households)
        columns = ("household", "pk") if rows.model is Member else ("pk",)
        found = list(rows.order_by().values_list(*columns)[: MOST_GIFTS + 1])
        if not found:
            raise ValidationError(_("Nobody answers to this. Choose another class, ward or year of the list."))
        if len(found) > MOST_GIFTS:
            message = _("More than %(most)d answer to this. Choose one ward or residential group.")
            raise ValidationError(message, params={"most": MOST_GIFTS})
        return [(each[0], each[1] if len(each) > 1 else None) for each in found]

    def _by_rule(self, households: QuerySet[Household]) -> QuerySet:
        return not_reached(self.rule_asked, households, self.cleaned_data["list_year"] + 1)

    def _by_class(self, households: QuerySet[Household]) -> QuerySet:
        """Households that were there when the list was decided, or their members."""
        asked = self.cleaned_data
        year = asked["list_year"]
        families = households.filter(Q(closed_on=None) | Q(closed_on__year__gt=year))
        if asked["classes"]:
            families = families.filter(_of_classes(asked["classes"], year))
        if not self.of_members:
            return families
        meant = dict(_WHO.get(asked["who"], {}))
        meant |= {name: asked[name] for name in ("age_from", "age_to") if asked[name] is not None}
        return members_meant(EntitlementRule(unit=EntitlementRule.Unit.MEMBER, **meant), families, year + 1)

    def in_words(self) -> str:
        """“hộ nghèo, hộ cận nghèo · danh sách cuối năm 2023 · Phường Đồng Mai · mỗi học sinh”."""
        asked, parts = self.cleaned_data, []
        if self.rule_asked:
            parts.append(str(self.rule_asked))
        else:
            labels = dict(self.fields["classes"].choices)
            parts.append(", ".join(str(labels[each]) for each in asked["classes"]) or _("all households"))
        parts.append(_("list of the end of %(year)d") % {"year": asked["list_year"]})
        places = [name for name in ("ward", "residential_group") if asked[name]]
        parts += [dict(self.fields[name].choices)[asked[name]] for name in places]
        if not self.rule_asked and self.of_members:
            parts.append(dict(_WHO_CHOICES)[MEMBERS if asked["who"] == HOUSEHOLDS else asked["who"]])
            ages = [name for name in ("age_from", "age_to") if asked[name] is not None]
            parts += [f"{str(self.fields[name].label).lower()} {asked[name]}" for name in ages]
        return " · ".join(str(part) for part in parts)


def _of_classes(groups: Sequence[str], year: int) -> Q:
    """In one of these groups by the list of the year, as `forms.usual_groups` tells it of one household."""
    statuses = PovertyStatus.objects.at_level(PovertyStandard.Level.CITY).filter(household=OuterRef("pk")).order_by()
    of_list = statuses.filter(year=year)
    wanted = Q(Exists(of_list.filter(classification__in=[each for each in GROUP_OF if GROUP_OF[each] in groups])))
    if BeneficiaryGroup.ESCAPED in groups:
        was_listed = Exists(statuses.filter(year__lt=year, classification__in=LISTED))
        wanted |= Q(Exists(of_list.filter(classification=Classification.NOT_POOR))) & Q(was_listed)
    return wanted


# --- reading them ---------------------------------------------------------------------------


@dataclass(frozen=True)
class Recipient:
    """A household, or a member of it, with what an officer knows it by."""

    household: Household
    member: Member | None
    group: str  # its class by the list, as a beneficiary group; empty where it is on none
    age: int | None

    @property
    def key(self) -> str:
        return key_of(self.household.pk, self.member.pk if self.member else None)

    @property
    def name(self) -> str:
        return self.household.head_name or self.household.code

    @property
    def group_label(self) -> str:
        return str(BeneficiaryGroup(self.group).label) if self.group else ""


def recipients(user, keys: Sequence[Key], *, list_year: int, as_given: bool = False) -> dict[Key, Recipient]:
    """Those of the keys that this person may see: as the keys are ordered, or by ward, group and head. Three queries."""
    visible = Household.objects.visible_to(user).filter(pk__in={household for household, _member in keys})
    households = {
        household.pk: household for household in visible.with_head().select_related("ward", "residential_group")
    }
    wanted = {member for _household, member in keys if member}
    members = {member.pk: member for member in Member.objects.filter(pk__in=wanted)} if wanted else {}
    groups = usual_groups(list(households), list_year)
    found = {}
    for household, member in keys:
        person = members.get(member) if member else None
        if household not in households or (member and (person is None or person.household_id != household)):
            continue
        age = list_year + 1 - person.birth_year if person and person.birth_year else None
        found[household, member] = Recipient(households[household], person, groups.get(household, ""), age)
    if as_given:
        return found
    return dict(sorted(found.items(), key=lambda item: _by_place_and_name(item[1])))


def _by_place_and_name(recipient: Recipient) -> tuple:
    household, group = recipient.household, recipient.household.residential_group
    person = recipient.member.sort_key if recipient.member else ""
    place = household.ward.sort_key, group is None, group.number if group else 0
    return *place, household.head_sort_key or "", household.code, person

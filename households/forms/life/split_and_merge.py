"""Forms: some members form a household of their own; another household joins."""

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from households import life
from households.codes import Happening, Relation
from households.forms.entry import GroupChoiceField
from households.forms.life.base import LifeForm
from households.models import Household, Member
from wards.fields import CleanCharField, clean_typed
from wards.models import ResidentialGroup


class SplitForm(LifeForm):
    """Some members form a household of their own."""

    kind, icon = Happening.SPLIT, "diagram-3"

    def set_up(self) -> None:
        self.fields["new_head"] = self.member_field(
            self.present,
            _("Head of the new household"),
            error_messages={"required": _("Choose who heads the new household.")},
        )
        self.fields["stay_head"] = self.member_field(
            [member for member in self.present if member.relation != Relation.HEAD],
            _("Head of those who stay"),
            required=False,
            help_text=_("Only when the present head goes."),
        )
        groups = ResidentialGroup.objects.filter(ward=self.household.ward_id)
        self.fields["residential_group"] = GroupChoiceField(
            groups,
            label=_("Group of the new household"),
            required=False,
            empty_label=_("not known"),
            initial=self.household.residential_group_id,
        )
        self.fields["address"] = CleanCharField(
            label=_("Address of the new household"), required=False, max_length=200, initial=self.household.address
        )
        for member in self.present:
            self.fields[f"goes_{member.pk}"] = forms.BooleanField(
                label=gettext("%(name)s goes") % {"name": member.name}, required=False
            )
        self.add_kinship(self.present)

    @property
    def effect(self) -> str:
        return gettext(
            "The members you tick form a new household with the next code of the ward, from this day on; "
            "the others stay in household %(code)s."
        ) % {"code": self.household.code}

    @property
    def people_note(self) -> str:
        return gettext("Tick who goes. A relation left blank follows from the head; you are asked where it does not.")

    def clean(self):
        cleaned = super().clean()
        going = [member for member in self.present if cleaned.get(f"goes_{member.pk}")]
        staying = [member for member in self.present if member not in going]
        if not going or not staying:
            message = _("Household %(code)s: tick who goes; at least one member goes and at least one stays.")
            raise ValidationError(message, params={"code": self.household.code})
        head, stay_head = self.member_of("new_head"), self.head
        if head and head not in going:
            self.add_error("new_head", gettext("%(name)s is not ticked as going.") % {"name": head.name})
        if self.head not in staying:
            stay_head = self.member_of("stay_head")
            if stay_head not in staying:
                message = gettext("The present head goes; choose a head among those who stay.")
                self.add_error("stay_head", message)
                stay_head = None
        if head and stay_head:
            self.relations = self.kinship(going, head) | self.kinship(staying, stay_head)
        self.going = {member.pk for member in going}
        return cleaned

    def record(self, **given) -> str:
        formed = life.split_household(
            going=self.going,
            relations=self.relations,
            residential_group=self.cleaned_data["residential_group"],
            address=self.cleaned_data["address"],
            **given,
        )
        return self._done(gettext("household %(code)s was formed") % {"code": formed.code})


class MergeForm(LifeForm):
    """Another household of the ward joins this one; which one is said first."""

    kind, icon = Happening.TOOK_IN, "house-add"

    other = CleanCharField(
        label=_("Code of the household that joins"),
        max_length=20,
        widget=forms.TextInput(attrs={"list": "codes", "autocomplete": "off"}),
        error_messages={"required": _("Type the code of the household that joins this one.")},
    )

    def set_up(self, asked: str = "") -> None:
        text = clean_typed(str(self.data.get("other") or asked))[:20]
        self.initial["other"] = text
        self.joining = self.candidates.filter(code__iexact=text).first() if text else None
        self.coming = self.joining.present_members if self.joining else []
        self.add_kinship(self.coming)

    @property
    def candidates(self):
        """Households of the ward that may join, with their heads."""
        same_ward = Household.objects.visible_to(self.user).present().filter(ward=self.household.ward_id)
        return same_ward.exclude(pk=self.household.pk).with_head().order_by("code")

    @property
    def listed(self) -> list[Member]:
        return self.coming

    @property
    def people_note(self) -> str:
        head = self.head.name if self.head else self.household.code
        return gettext("Give each newcomer's relation to %(head)s.") % {"head": head}

    @property
    def effect(self) -> str:
        if not self.joining:
            return gettext(
                "A household of the same ward joins household %(code)s: its members come over and it is closed."
            ) % {"code": self.household.code}
        text = ngettext(
            "%(count)d member of household %(other)s joins household %(code)s; %(other)s is closed on this day.",
            "%(count)d members of household %(other)s join household %(code)s; %(other)s is closed on this day.",
            len(self.coming),
        )
        return text % {"count": len(self.coming), "other": self.joining.code, "code": self.household.code}

    @property
    def not_found(self) -> str:
        if not self.initial["other"]:
            return str(self.fields["other"].error_messages["required"])
        message = gettext("No other household of this ward has the code %(code)s, or it is closed.")
        return message % {"code": self.initial["other"]}

    def clean_other(self) -> str:
        if self.joining is None:
            raise ValidationError(self.not_found)
        return self.cleaned_data["other"]

    def clean(self):
        cleaned = super().clean()
        self.relations = self.kinship(self.coming)
        return cleaned

    def record(self, **given) -> str:
        life.merge_households(other=self.joining, relations=self.relations, **given)
        return self._done(gettext("household %(code)s joined it and is closed") % {"code": self.joining.code})

"""Forms: inside the ward, to another, out of the district and into it."""

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from households import life
from households.codes import Happening
from households.forms.entry import GroupChoiceField
from households.forms.life.base import LifeForm
from wards.fields import CleanCharField, CountField
from wards.models import ResidentialGroup, Ward


class MovedForm(LifeForm):
    """Inside the ward."""

    kind, icon = Happening.MOVED_WITHIN, "geo-alt"

    def set_up(self) -> None:
        self.fields["residential_group"] = GroupChoiceField(
            ResidentialGroup.objects.filter(ward=self.household.ward_id),
            label=_("New residential group"),
            required=False,
            empty_label=_("not known"),
            initial=self.household.residential_group_id,
        )
        self.fields["address"] = CleanCharField(
            label=_("New address"), required=False, max_length=200, initial=self.household.address
        )

    @property
    def effect(self) -> str:
        return gettext(
            "Household %(code)s lives at the new place from this day on; classes and help of before keep the old group."
        ) % {"code": self.household.code}

    def record(self, **given) -> str:
        where = {name: self.cleaned_data[name] for name in ("residential_group", "address")}
        life.move_within(**where, **given)
        return self._done()


class MovedWardForm(LifeForm):
    """To another ward of the programme."""

    kind, icon = Happening.MOVED_WARD, "map"

    group_number = CountField(
        label=_("Number of the residential group there"),
        required=False,
        max_value=999,
        help_text=_("Empty where it is not known."),
    )
    address = CleanCharField(label=_("New address"), required=False, max_length=200)

    def set_up(self) -> None:
        own = self.household.ward
        wards = Ward.objects.of_the_programme().exclude(pk=own.pk)
        wards = wards.filter(Q(valid_to=None) | Q(valid_to__gte=own.valid_from))
        if own.valid_to:
            wards = wards.filter(valid_from__lte=own.valid_to)
        self.fields["ward"] = forms.ModelChoiceField(
            wards, label=_("New ward"), error_messages={"required": _("Choose the ward the household moved to.")}
        )
        self.order_fields(["submission_key", "version", "day", "ward", "group_number", "address"])

    @property
    def effect(self) -> str:
        return gettext(
            "From this day on household %(code)s belongs to the new ward: its officer keeps it and sees its whole history; "
            "you no longer open it. Classes and help of before stay figures of %(ward)s."
        ) % {"code": self.household.code, "ward": self.household.ward}

    def clean(self):
        cleaned = super().clean()
        ward, number, day = cleaned.get("ward"), cleaned.get("group_number"), cleaned.get("day")
        if ward and day:
            try:
                life.refuse_day_of_ward(ward, day)
            except ValidationError as error:
                self.add_error("ward", error.message_dict["day"])
        self.group = None
        if ward and number is not None:
            self.group = ResidentialGroup.objects.filter(ward=ward, number=number).first()
            if self.group is None:
                message = gettext("%(ward)s has no residential group %(number)d.")
                self.add_error("group_number", message % {"ward": ward, "number": number})
        return cleaned

    def record(self, **given) -> str:
        ward, code = self.cleaned_data["ward"], self.household.code
        life.move_to_ward(ward=ward, residential_group=self.group, address=self.cleaned_data["address"], **given)
        if self.household.code == code:
            text = gettext("Household %(code)s moved to %(ward)s and keeps its code.")
            return text % {"code": code, "ward": ward}
        text = gettext("Household %(code)s moved to %(ward)s; its code there is %(new)s, for %(code)s is taken.")
        return text % {"code": code, "ward": ward, "new": self.household.code}


class MovedOutForm(LifeForm):
    """The whole household leaves the district."""

    kind, icon = Happening.MOVED_OUT, "box-arrow-right"

    place = CleanCharField(
        label=_("Where to"), max_length=200, error_messages={"required": _("Write where the household moved to.")}
    )

    @property
    def effect(self) -> str:
        return gettext(
            "Household %(code)s is closed on this day: it stays readable, and nothing later is recorded for it."
        ) % {"code": self.household.code}

    def record(self, **given) -> str:
        life.move_out(place=self.cleaned_data["place"], **given)
        return self._done()


class MovedInForm(LifeForm):
    """Where a household that is on record came from, and since when it lives here."""

    kind, icon = Happening.MOVED_IN, "box-arrow-in-right"

    place = CleanCharField(
        label=_("Where from"), max_length=200, error_messages={"required": _("Write where the household came from.")}
    )

    @property
    def effect(self) -> str:
        return gettext(
            "Household %(code)s counts as living in %(ward)s since this day, having come from outside the district."
        ) % {"code": self.household.code, "ward": self.household.ward}

    def record(self, **given) -> str:
        life.move_in(place=self.cleaned_data["place"], **given)
        return self._done()

"""The whole sheet: the household, its members and this year's class, checked and saved as one."""

import hashlib
from uuid import uuid4

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.models.scope import wards_of
from accounts.services import claim_submission
from households.duplicates import Doubt, warnings_about
from households.forms.members import MemberFormSet
from households.forms.status import CHILDREN, GROUPS, StatusForm
from households.models import Household, PovertyStandard, PovertyStatus, StatusReview
from households.reviews import YEARLY, Review, judge_review, judgement_of, take_up
from households.services import amend_household, record_status, register_household
from wards.fields import CleanCharField, CleanTextField
from wards.models import ResidentialGroup

_INCOMPLETE = _("Part of this sheet was lost on its way. Open the page again; copy what you typed first.")


class SheetForm(forms.Form):
    """What every sheet carries unseen: the key against a double click, the version that was opened."""

    submission_key = forms.UUIDField(widget=forms.HiddenInput, required=False)
    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, data=None, *, household: Household):
        super().__init__(data, initial={"submission_key": uuid4(), "version": household.version})
        self.fields["version"].required = household.pk is not None


class GroupChoiceField(forms.ModelChoiceField):
    """Residential groups; with their ward where there are several."""

    with_ward = False

    def label_from_instance(self, group):
        return f"{group.name} · {group.ward}" if self.with_ward else group.name


class HouseholdForm(forms.ModelForm):
    """Section I of the sheet. The ward of a household on record stays, and so does an officer's only ward."""

    residential_group = GroupChoiceField(
        ResidentialGroup.objects.none(), label=_("Residential group"), required=False, empty_label=_("not known")
    )
    phone = forms.RegexField(
        r"^[0-9+(). -]*$",
        label=_("Telephone"),
        required=False,
        max_length=20,
        error_messages={"invalid": _("Type digits only, for example 0912 345 678.")},
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "off"}),
    )

    class Meta:
        model = Household
        fields = (
            "ward",
            "code",
            "residential_group",
            "address",
            "phone",
            "has_merit",
            "lacks_labour",
            "on_social_protection",
            "note",
        )
        field_classes = {"code": CleanCharField, "address": CleanCharField, "note": CleanTextField}
        widgets = {
            "note": forms.Textarea(attrs={"rows": 1}),
            "code": forms.TextInput(attrs={"autocomplete": "off"}),
            "address": forms.TextInput(attrs={"autocomplete": "off"}),
        }

    def __init__(self, data=None, *, instance: Household, user):
        wards = list(wards_of(user))
        if len(wards) == 1 and not instance.pk:
            instance.ward = wards[0]
        super().__init__(data, instance=instance, use_required_attribute=False)
        ward, groups = self.fields["ward"], self.fields["residential_group"]
        fixed = bool(instance.pk) or len(wards) == 1
        if fixed:
            ward.disabled = True
            ward.queryset = ward.queryset.filter(pk=instance.ward_id)
            ward.empty_label = None
            groups.queryset = ResidentialGroup.objects.filter(ward=instance.ward_id)
        else:
            ward.queryset = wards_of(user)
            ward.empty_label = _("choose a ward")
            groups.with_ward = True
            groups.queryset = ResidentialGroup.objects.filter(ward__in=wards).select_related("ward")
        self.fields["code"].required = False
        if instance.pk:
            self.fields["code"].help_text = ""
        self.fields["note"].max_length = 2000

    def clean_code(self) -> str:
        return self.cleaned_data["code"] or (self.instance.code if self.instance.pk else "")

    def clean(self):
        cleaned = super().clean()
        group, ward = cleaned.get("residential_group"), cleaned.get("ward")
        if group and ward and group.ward_id != ward.pk:
            self.add_error("residential_group", _("This residential group belongs to another ward."))
        return cleaned


class AlsoForm(forms.Form):
    """The same review recorded by the other standard too."""

    record = forms.BooleanField(required=False)

    def __init__(self, data=None, *, label: str, ticked: bool):
        super().__init__(data, prefix="also", initial={"record": ticked})
        self.fields["record"].label = label


class StatusEntry:
    """One year's class of a household on record, by one standard; and, from the same inputs, by the other.

    `other` is the standard of the other level in force in the year, or None. `kind` and `kept` make it a
    regular review within the year, of which `kept` is the one to correct.
    """

    def __init__(
        self,
        *,
        household: Household,
        year: int,
        standard: PovertyStandard,
        other: PovertyStandard | None = None,
        kind: str = YEARLY,
        kept: StatusReview | None = None,
        data=None,
    ):
        self.household, self.kind = household, kind
        self.sheet = SheetForm(data, household=household)
        self.members = household.members.filter(left_on=None).count()
        self.status = StatusForm(
            data,
            household=household,
            year=year,
            standard=standard,
            members=self.members,
            with_groups=kind == YEARLY,
            kind=kind,
            kept=kept,
        )
        self.other, self.also, self._other_review = other, None, None
        if other:
            of_other = PovertyStatus.objects.filter(household=household, year=year, standard=other).first()
            if of_other:
                take_up(of_other, kind)
            self._on_record = of_other
            label = {
                PovertyStandard.Level.CITY: _("Record it by the city standard too"),
                PovertyStandard.Level.NATIONAL: _("Record it by the national standard too"),
            }[PovertyStandard.Level(other.level)]
            self.also = AlsoForm(data, label=label, ticked=of_other is not None)

    @property
    def all_forms(self) -> list[forms.BaseForm]:
        return [self.status, self.also] if self.also else [self.status]

    @property
    def has_errors(self) -> bool:
        return any(form.errors for form in self.all_forms)

    def judgements(self) -> list[dict]:
        """What each standard makes of what stands on the sheet, the city's first."""
        told = [{"standard": self.status.standard, "judgement": self.status.judgement(), "b2": self.status.instance.b2}]
        if self.other:
            review = self._by_the_other()
            told.append({"standard": self.other, "judgement": judgement_of(review), "b2": review.status.b2})
        return sorted(told, key=lambda each: each["standard"].level)

    def is_valid(self) -> bool:
        if not self.sheet.is_valid():
            self.status.add_error(None, _INCOMPLETE)
        return self.status.is_valid() and self._other_is_valid()

    def save(self, *, by, result: str) -> Household:
        """Save in the caller's transaction; raises AlreadySubmitted or StaleVersion."""
        submission = claim_submission(by=by, key=self.sheet.cleaned_data["submission_key"])
        review = self.status.review(persons=self.members)
        if self._other_review:
            self._other_review.status.persons = review.status.persons
        record_status(
            by=by,
            status=review.status,
            deprivations=review.deprivations,
            causes=review.causes,
            kind=review.kind,
            kept=review.kept,
            also=self._other_review,
            version=self.sheet.cleaned_data["version"],
        )
        _keep_result(submission, result)
        return self.household

    def refuse(self, error: ValidationError) -> None:
        self.status.add_error(None, error)

    def _other_is_valid(self) -> bool:
        """Judge by the other standard where that was ticked; its refusals stand by the box."""
        if not self.also or not self.also.is_valid() or not self.also.cleaned_data["record"]:
            return True
        self._other_review = self._by_the_other()
        try:
            judge_review(self._other_review)
        except ValidationError as error:
            self.also.add_error("record", error.messages)
        return not self.also.errors

    def _by_the_other(self) -> Review:
        """The sheet's inputs under the other standard: ticks by their code, and its class where an officer chose it.

        Papers are each standard's own: a decision recognises the class it names.
        """
        mine = self.status.review_now()
        status = self._on_record or PovertyStatus(
            household=self.household, year=self.status.year, standard=self.other, ward=mine.status.ward
        )
        status.household = self.household
        of_the_year = (*GROUPS, *CHILDREN) if self.kind == YEARLY else ()
        for name in ("sheet_a", "income", "b1", "persons", "reviewed_on", *of_the_year):
            setattr(status, name, getattr(mine.status, name))
        codes = [indicator.code for indicator in mine.deprivations]
        ticked = self.other.indicators_in(self.status.year).filter(code__in=codes) if codes else ()
        status.b2 = None if codes else mine.status.b2
        review = Review(status, ticked, mine.causes, self.kind)
        if not status.differs_because and judgement_of(review).proposed:
            status.classification = ""  # as that standard proposes, unless an officer gave a reason
        return review


class HouseholdEntry:
    """A household, its members and its class in one year, on one sheet.

    `standard` is None where no standard judges the year: then there is no third section.
    """

    def __init__(self, *, user, household: Household, year: int, standard: PovertyStandard | None, data=None):
        self.user, self.household, self.year, self.standard = user, household, year, standard
        self.data = data
        self.sheet = SheetForm(data, household=household)
        self.form = HouseholdForm(data, instance=household, user=user)
        self.members = MemberFormSet(data, household=household)
        self.status = None
        if standard:
            self.status = StatusForm(data, household=household, year=year, standard=standard, may_stay_blank=True)
        self.warnings: list[str] = []
        self.confirmed = False

    @property
    def all_forms(self) -> list[forms.BaseForm]:
        return [self.form, self.status] if self.status else [self.form]

    @property
    def has_errors(self) -> bool:
        return any(form.errors for form in self.all_forms)

    @property
    def confirm_key(self) -> str:
        """Stands for exactly these warnings: a box ticked for others does not count."""
        return hashlib.sha256("\n".join(self.warnings).encode()).hexdigest()[:16]

    def is_valid(self) -> bool:
        """Check everything, so that all errors are told at once."""
        if not self.sheet.is_valid():
            self.refuse(ValidationError(_INCOMPLETE))
        checks = [self.form.is_valid(), self.members.is_valid()]
        if self.status:
            if self.status.instance.ward_id is None:
                self.status.instance.ward_id = self.form.instance.ward_id
            checks.append(self.status.is_valid())
        self.warnings = self.members.warnings()
        self.confirmed = not self.warnings or self.data.get("confirm") == self.confirm_key
        return all(checks) and self.confirmed

    def save(self, *, by, result) -> Household:
        """Save in the caller's transaction; raises AlreadySubmitted or StaleVersion.

        `result` names the page that a second sending of the form is led to.
        """
        sheet = self.sheet.cleaned_data
        submission = claim_submission(by=by, key=sheet["submission_key"])
        people = self.members.people
        review = self.status.review(persons=len(people)) if self.status else None
        if self.household.pk:
            amend_household(
                by=by,
                household=self.form.instance,
                version=sheet["version"],
                members=people,
                left=self.members.left,
                review=review,
            )
        else:
            register_household(by=by, household=self.form.instance, members=people, review=review)
        _keep_result(submission, result(self.form.instance))
        return self.form.instance

    @property
    def doubts(self) -> list[Doubt]:
        """Households on record that this one may repeat: told, never in the way of saving."""
        return warnings_about(self.form.instance, self.members.people, user=self.user) if self.data else []

    def refuse(self, error: ValidationError) -> None:
        of_the_year = self.status and set(getattr(error, "error_dict", ())) & set(self.status.fields)
        (self.status if of_the_year else self.form).add_error(None, error)


def _keep_result(submission, result: str) -> None:
    if submission:
        submission.result = result
        submission.save()

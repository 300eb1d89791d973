"""Households, their members and each year's class, for programs: the pages' door, sieve and services."""

import django_filters
from django.core.exceptions import ValidationError as ModelValidationError
from django.db.models import Prefetch, Q
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema, extend_schema_field, extend_schema_view
from rest_framework import serializers

from accounts.api.errors import CONFLICT_ANSWER, named
from accounts.api.records import RecordViewSet, ScopedViewSet, StrictSerializer, VersionField
from accounts.models.scope import wards_of
from households import identity
from households.codes import Cause, Classification, Relation
from households.duplicates import warnings_about
from households.filters import HouseholdFilter, SearchFilter
from households.forms import HouseholdForm
from households.forms.members import MOST_MEMBERS
from households.forms.status import CHILDREN, GROUPS, MOST_INCOME, MOST_POINTS
from households.judging import explain
from households.models import Household, Indicator, Member, PovertyStandard, PovertyStatus, StatusReview
from households.reviews import Review, bring_back_yearly, judge_review
from households.services import amend_household, record_status, register_household
from wards.api import ChoiceField, MoneyField, OwnRecordField, SmallNumberField, TextField, WardField, WholeNumberField
from wards.models import ResidentialGroup, Ward
from wards.text import fold

CITY = PovertyStandard.Level.CITY.value
HIDDEN = "•"


# --- Members --------------------------------------------------------------------------------


class HiddenNumberField(TextField):
    """A personal number: written in full, read with its last three digits only."""

    default_error_messages = {
        "masked": _("Send the number in full, or leave the field out to keep the one on record."),
    }

    def to_representation(self, value):
        return identity.masked(value)


class MemberSerializer(StrictSerializer):
    """One person of a household. With `id` a person on record: fields that are left out stay as they are."""

    id = WholeNumberField(required=False, min_value=1, help_text=_("Of a person on record; left out for a new one."))
    id_number = HiddenNumberField(
        required=False, allow_blank=True, max_length=30, help_text=_("Read with its last three digits only.")
    )
    health_card_number = HiddenNumberField(required=False, allow_blank=True, max_length=15)
    birth_year = SmallNumberField(required=False, allow_null=True, max_value=9999)

    class Meta:
        model = Member
        fields = (
            "id",
            "name",
            "relation",
            "sex",
            "birth_date",
            "birth_year",
            "id_number",
            "ethnicity",
            "occupation",
            "is_pupil",
            "school",
            "disability_kind",
            "disability_degree",
            "has_health_insurance",
            "health_card_number",
        )

    def validate(self, attrs: dict) -> Member:
        """The person as they would be saved."""
        member = self._on_record(attrs.pop("id", None))
        known_before = member.pk and member.birth_year
        for name in ("id_number", "health_card_number"):
            if HIDDEN in attrs.get(name, "") and attrs.pop(name) != identity.masked(getattr(member, name)):
                raise serializers.ValidationError({name: [self.fields[name].error_messages["masked"]]})
        if "id_number" in attrs:
            attrs["id_number"] = identity.normalise(attrs["id_number"])
        day, year = attrs.get("birth_date"), attrs.get("birth_year")
        if day and year and day.year != year:
            raise serializers.ValidationError({"birth_year": [_("Date and year of birth disagree.")]})
        if "birth_date" in attrs and "birth_year" not in attrs:
            attrs["birth_year"] = None  # follows from the date, and goes with it
        for name, value in attrs.items():
            setattr(member, name, value)
        if not (member.birth_date or member.birth_year) and (known_before or not member.pk):
            message = _("Write the date of birth, or the year alone where only it is known.")
            raise serializers.ValidationError({"birth_date": [message]})
        if member.disability_degree and not member.disability_kind:
            raise serializers.ValidationError({"disability_kind": [_("Say which disability it is.")]})
        return self.checked(member, exclude=("household",))

    def _on_record(self, pk: int | None) -> Member:
        if pk is None:
            return Member()
        household = self.root.instance
        found = next((member for member in _present(household) if member.pk == pk), None) if household else None
        if found is None:
            raise serializers.ValidationError({"id": [_("There is no such member in this household.")]})
        return found


def _present(household: Household) -> list[Member]:
    return [member for member in household.members.all() if member.left_on is None]


class MemberRowSerializer(MemberSerializer):
    """A member by itself, with the household."""

    household = serializers.PrimaryKeyRelatedField(read_only=True)

    class Meta(MemberSerializer.Meta):
        fields = ("id", "household", *MemberSerializer.Meta.fields[1:], "left_on")
        read_only_fields = fields


def _visible_households(request):
    return Household.objects.visible_to(request.user) if request else Household.objects.none()


class MemberFilter(django_filters.FilterSet):
    """Members of a household, or by name, household code or whole personal number; without diacritics too."""

    household = django_filters.ModelChoiceFilter(queryset=_visible_households)
    q = SearchFilter(max_length=100, method="by_text")

    class Meta:
        model = Member
        fields = ()

    def by_text(self, members, name, value):
        key = fold(value)
        if not key:
            return members
        return members.filter(Q(name_key__contains=key) | Q(id_number=key) | Q(household__code__iexact=value))


@extend_schema_view(list=extend_schema(summary=_("Members")), retrieve=extend_schema(summary=_("One member")))
class MemberViewSet(ScopedViewSet):
    """Persons of the households this person may see. They are entered and changed with their household."""

    queryset = Member.objects.order_by("household_id", "pk")
    serializer_class = MemberRowSerializer
    filterset_class = MemberFilter
    sorts = {"household": ("household_id",), "name": ("sort_key",)}


# --- Class in a year ------------------------------------------------------------------------


@extend_schema_field({"type": "array", "items": {"type": "string"}})
class IndicatorCodesField(serializers.ListField):
    """Codes of the standard's indicators."""

    child = TextField(max_length=30)

    def to_representation(self, data):
        return [indicator.code for indicator in data.all()]


class CausesField(serializers.ListField):
    child = ChoiceField(choices=Cause.choices)

    def to_representation(self, data):
        return [row.cause for row in data.all()]


class ReviewSerializer(StrictSerializer):
    """What a review found for one year, by the standard in force at the level. Lists that are given replace those kept.

    B2 follows from the deprivations. A class left out, or blank, takes the one the standard proposes; another
    one needs its reason.
    """

    year = SmallNumberField(min_value=1990, max_value=2100)
    level = ChoiceField(choices=PovertyStandard.Level.choices, source="standard.level", required=False)
    persons = SmallNumberField(
        required=False, min_value=1, max_value=50, help_text=_("Left out: as many as there are members.")
    )
    income = MoneyField(required=False, allow_null=True, max_value=MOST_INCOME)
    b1 = SmallNumberField(required=False, allow_null=True, max_value=MOST_POINTS)
    b2 = SmallNumberField(
        required=False, allow_null=True, max_value=MOST_POINTS, help_text=_("Follows from the deprivations given.")
    )
    classification = ChoiceField(
        choices=Classification.choices,
        required=False,
        allow_blank=True,
        help_text=_("Left out or blank: as the standard proposes."),
    )
    children = SmallNumberField(required=False, allow_null=True, max_value=50)
    children_undernourished = SmallNumberField(required=False, allow_null=True, max_value=50)
    children_uninsured = SmallNumberField(required=False, allow_null=True, max_value=50)
    children_out_of_school = SmallNumberField(required=False, allow_null=True, max_value=50)
    deprivations = IndicatorCodesField(required=False, max_length=50)
    causes = CausesField(required=False, max_length=20)

    class Meta:
        model = PovertyStatus
        fields = (
            "year",
            "level",
            "classification",
            "persons",
            "sheet_a",
            "income",
            "b1",
            "b2",
            "deprivations",
            "causes",
            "reviewed_on",
            "decision_number",
            "decision_date",
            "certificate_number",
            "certificate_date",
            "differs_because",
            *GROUPS,
            *CHILDREN,
            "note",
        )

    def review(self, attrs: dict, *, household: Household, persons: int, status: PovertyStatus | None = None) -> Review:
        """The review as it would be saved; raises with the names of the fields."""
        status = status or self._status(attrs, household)
        of_yearly = bring_back_yearly(status) if status.pk else None
        ticked, typed = attrs.pop("deprivations", None), attrs.get("b2")
        if ticked is not None:
            status.b2 = None
        deprivations = of_yearly[0] if of_yearly and ticked is None else self._deprivations(ticked, status)
        causes = attrs.pop("causes", None)
        if causes is None and of_yearly:
            causes = of_yearly[1]
        elif causes is None:
            causes = [row.cause for row in status.causes.all()] if status.pk else []
        for name, value in attrs.items():
            setattr(status, name, value)
        status.persons = status.persons or persons or 1
        review = Review(status, deprivations, causes)
        try:
            judge_review(review)
        except ModelValidationError as error:
            raise serializers.ValidationError(named(error)) from error
        if typed is not None and typed != status.b2:
            message = _("B2 follows from the deprivations: %(points)d points.") % {"points": status.b2}
            raise serializers.ValidationError({"b2": [message]})
        self._check_children(status)
        self.checked(status, exclude=() if household.pk else ("household", "ward"))
        return review

    @staticmethod
    def _check_children(status: PovertyStatus) -> None:
        if status.children and status.children > status.persons:
            message = _("There are more children than persons in the household.")
            raise serializers.ValidationError({"children": [message]})
        if status.children is None:
            return
        over = [name for name in CHILDREN[1:] if (getattr(status, name) or 0) > status.children]
        if over:
            raise serializers.ValidationError({name: [_("More than there are children.")] for name in over})

    @staticmethod
    def _status(attrs: dict, household: Household) -> PovertyStatus:
        year, level = attrs.pop("year"), attrs.pop("standard", {}).get("level", CITY)
        standard = PovertyStandard.objects.in_force(year, level).order_by("-from_year").first()
        if standard is None:
            raise serializers.ValidationError({"year": [_("No standard of this level judges this year.")]})
        kept = PovertyStatus.objects.filter(household=household.pk, year=year, standard=standard)
        if status := kept.first():
            return status
        ward = household.ward_in(year) if household.pk else household.ward
        return PovertyStatus(household=household, ward=ward, year=year, standard=standard, persons=None)

    @staticmethod
    def _deprivations(codes: list[str] | None, status: PovertyStatus) -> list[Indicator]:
        if codes is None:
            return list(status.deprivations.all()) if status.pk else []
        known = {indicator.code: indicator for indicator in status.standard.indicators_in(status.year)}
        if unknown := [code for code in codes if code not in known]:
            message = _("Not indicators of this standard: %(codes)s.") % {"codes": ", ".join(unknown)}
            raise serializers.ValidationError({"deprivations": [message]})
        return [known[code] for code in dict.fromkeys(codes)]


class SingleReviewSerializer(serializers.ModelSerializer):
    """One review within a year: the yearly one, or a regular one."""

    explanation = serializers.SerializerMethodField(help_text=_("How the class came about, in one sentence."))

    class Meta:
        model = StatusReview
        fields = (
            "kind", "reviewed_on", "classification", "persons", "sheet_a", "income", "b1", "b2", "deprivations", "causes",
            "proposed", "differs_because", "explanation", "decision_number", "decision_date", "certificate_number",
            "certificate_date", "note",
        )  # fmt: skip
        read_only_fields = fields

    def get_explanation(self, review: StatusReview) -> str:
        return explain(review.judged_by)


class StatusSerializer(ReviewSerializer):
    """A household's class at the end of a year: that of the year's last review. Its version is the household's.

    With `closed_on`, the household was closed before that end: the class is in no list and no figure.
    """

    household = OwnRecordField(Household.objects)
    ward = WardField(read_only=True, help_text=_("The ward of that day."))
    standard = serializers.CharField(source="standard.code", read_only=True)
    movement = serializers.CharField(read_only=True, allow_null=True, help_text=_("Derived from the years before."))
    proposed = serializers.CharField(read_only=True, help_text=_("The class that the standard proposed."))
    explanation = serializers.SerializerMethodField(help_text=_("How the class came about, in one sentence."))
    reviews = SingleReviewSerializer(many=True, read_only=True, help_text=_("Every review of the year, the last last."))
    version = VersionField(of="household")
    submission_key = serializers.UUIDField(write_only=True, required=False, allow_null=True)

    class Meta(ReviewSerializer.Meta):
        fields = (
            "id", "household", "year", "level", "standard", "ward", *ReviewSerializer.Meta.fields[2:], "proposed",
            "explanation", "reviews", "movement", "closed_on", "version", "submission_key",
        )  # fmt: skip

    def get_explanation(self, status: PovertyStatus) -> str:
        return explain(status.judged_by)

    def validate(self, attrs: dict) -> dict:
        attrs.pop("submission_key", None)
        version = attrs.pop("version", None)
        if status := self.instance:
            household, level = attrs.pop("household", status.household), attrs.pop("standard", {}).get("level")
            moved = {
                "household": household.pk != status.household_id,
                "year": attrs.pop("year", status.year) != status.year,
                "level": level not in (None, status.standard.level),
            }
            if any(moved.values()):
                message = _("This stays as it was entered.")
                raise serializers.ValidationError({name: [message] for name, changed in moved.items() if changed})
            return {"review": self.review(attrs, household=household, persons=1, status=status), "version": version}
        household = attrs.pop("household")
        if PovertyStatus.objects.filter(
            household=household, year=attrs["year"], standard__level=attrs.get("standard", {}).get("level", CITY)
        ).exists():
            message = _("This household already has a status for this year by this standard.")
            raise serializers.ValidationError({"year": [message]})
        return {"review": self.review(attrs, household=household, persons=len(_present(household)))}

    def save(self) -> PovertyStatus:
        review = self.validated_data["review"]
        return record_status(
            by=self.context["request"].user,
            status=review.status,
            deprivations=review.deprivations,
            causes=review.causes,
            version=self.validated_data.get("version"),
        )


class StatusFilter(django_filters.FilterSet):
    """Classes of a household, a year, a level, a ward of that day."""

    household = django_filters.ModelChoiceFilter(queryset=_visible_households)
    year = django_filters.NumberFilter(min_value=1990, max_value=2100)
    level = django_filters.ChoiceFilter(field_name="standard__level", choices=PovertyStandard.Level.choices)
    ward = django_filters.ModelChoiceFilter(
        queryset=lambda request: wards_of(request.user) if request else Ward.objects.none()
    )
    classification = django_filters.MultipleChoiceFilter(
        choices=PovertyStatus._meta.get_field("classification").choices
    )

    class Meta:
        model = PovertyStatus
        fields = ()


@extend_schema_view(
    list=extend_schema(summary=_("Classes by year")),
    retrieve=extend_schema(summary=_("One household's class in a year")),
    create=extend_schema(summary=_("Judge a year"), responses={201: StatusSerializer, 200: StatusSerializer}),
    update=extend_schema(summary=_("Correct a class"), responses={200: StatusSerializer, 409: CONFLICT_ANSWER}),
    partial_update=extend_schema(
        summary=_("Correct parts of a class"), responses={200: StatusSerializer, 409: CONFLICT_ANSWER}
    ),
)
class StatusViewSet(RecordViewSet):
    """Each year's class of a household by one standard, with the movement since the year before."""

    queryset = PovertyStatus.objects.order_by("household_id", "year", "standard_id")
    serializer_class = StatusSerializer
    filterset_class = StatusFilter
    sorts = {"year": ("year", "household_id"), "household": ("household_id", "year")}

    def get_queryset(self):
        related = super().get_queryset().select_related("household", "standard", "ward")
        related = related.prefetch_related("deprivations", "causes", "reviews")
        return related if self.action == "list" else related.with_movement()

    def paginate_queryset(self, queryset):
        # The movement of the page's rows alone: asked of the whole list, it is worked out for the rows passed over too.
        page = super().paginate_queryset(queryset)
        moved = PovertyStatus.objects.filter(pk__in=[status.pk for status in page]).with_movement()
        movement = dict(moved.order_by().values_list("pk", "movement"))
        for status in page:
            status.movement = movement[status.pk]
        return page

    def version_of(self, record: PovertyStatus) -> int:
        return record.household.version


# --- Households -----------------------------------------------------------------------------


class GroupNumberField(SmallNumberField):
    """A residential group by its number in the household's ward."""

    def to_representation(self, value):
        return value.number


class ClassSerializer(serializers.ModelSerializer):
    """A class in short; the whole of it stands under /api/statuses/."""

    level = serializers.CharField(source="standard.level", read_only=True)

    class Meta:
        model = PovertyStatus
        fields = ("id", "year", "level", "classification", "persons", "closed_on")
        read_only_fields = fields


class HouseholdRowSerializer(StrictSerializer):
    """A household in a list."""

    ward = WardField()
    residential_group = GroupNumberField(required=False, allow_null=True)
    head = serializers.CharField(source="head_name", read_only=True, allow_null=True)
    size = serializers.IntegerField(read_only=True, help_text=_("Persons today."))
    statuses = ClassSerializer(many=True, read_only=True)
    version = VersionField()

    class Meta:
        model = Household
        fields = (
            "id", "code", "ward", "residential_group", "address", "phone", "has_merit", "lacks_labour",
            "on_social_protection", "note",
            "head", "size", "statuses", "version",
        )  # fmt: skip


class HouseholdSerializer(HouseholdRowSerializer):
    """A household with its members. A list of members that is given is the whole list: who is not on it has left."""

    code = TextField(
        required=False, allow_blank=True, max_length=20, help_text=_("Left out: the next number of the ward.")
    )
    phone = TextField(
        required=False, allow_blank=True, max_length=20, validators=HouseholdForm.base_fields["phone"].validators
    )
    members = MemberSerializer(many=True, source="present_members", max_length=MOST_MEMBERS)
    status = ReviewSerializer(write_only=True, required=False, allow_null=True)
    submission_key = serializers.UUIDField(write_only=True, required=False, allow_null=True)
    warnings = serializers.SerializerMethodField(help_text=_("After writing: what to ask about once more."))

    class Meta(HouseholdRowSerializer.Meta):
        fields = (*HouseholdRowSerializer.Meta.fields, "members", "status", "submission_key", "warnings")

    def get_warnings(self, household: Household) -> list[str]:
        """Where a personal number contradicts what was typed, and households that this one may repeat.

        Told to who has just typed it, and to nobody later.
        """
        if not self.context.get("written"):
            return []
        members = household.present_members
        contradicted = [
            f"{member.name}: {text}"
            for member in members
            for text in identity.contradictions(member.id_number, member.sex, member.birth_year)
        ]
        doubts = warnings_about(household, members, user=self.context["request"].user)
        return contradicted + [str(doubt) for doubt in doubts]

    def validate(self, attrs: dict) -> dict:
        attrs.pop("submission_key", None)
        version, review = attrs.pop("version", None), attrs.pop("status", None)
        household = self.instance or Household()
        before = _present(household) if household.pk else []
        members = attrs.pop("present_members", before)
        self._check_members(members)
        ward = attrs.get("ward")
        if household.pk and ward and ward.pk != household.ward_id:
            raise serializers.ValidationError({"ward": [_("The ward of a household on record stays.")]})
        if attrs.get("residential_group") is not None:
            attrs["residential_group"] = self._group(ward or household.ward, attrs["residential_group"])
        for name, value in attrs.items():
            setattr(household, name, value)
        self.checked(household, exclude=() if household.pk or household.code else ("code",))
        if review is not None:
            try:
                review = self.fields["status"].review(review, household=household, persons=len(members))
            except serializers.ValidationError as error:
                raise serializers.ValidationError({"status": error.detail}) from error
        staying = {member.pk for member in members}
        left = [member for member in before if member.pk not in staying]
        return {"household": household, "members": members, "left": left, "review": review, "version": version}

    @staticmethod
    def _check_members(members: list[Member]) -> None:
        if not members:
            message = _("Enter the members of the household, beginning with the head.")
            raise serializers.ValidationError({"members": [message]})
        heads = sum(member.relation == Relation.HEAD for member in members)
        if heads != 1:
            message = _("A household has exactly one head; there are %(count)d here.") % {"count": heads}
            raise serializers.ValidationError({"members": [message]})
        for name, message in (("pk", _("This person stands here twice.")), ("id_number", _("The same number twice."))):
            values = [value for member in members if (value := getattr(member, name))]
            if len(values) != len(set(values)):
                raise serializers.ValidationError({"members": [message]})

    @staticmethod
    def _group(ward: Ward, number: int) -> ResidentialGroup:
        found = ResidentialGroup.objects.filter(ward=ward, number=number).first()
        if found is None:
            message = _("The ward has no such residential group.")
            raise serializers.ValidationError({"residential_group": [message]})
        return found

    def save(self) -> Household:
        given = dict(self.validated_data)
        left, version = given.pop("left"), given.pop("version")
        by = self.context["request"].user
        if self.instance is None:
            return register_household(by=by, **given)
        return amend_household(by=by, version=version, left=left, **given)


@extend_schema_view(
    list=extend_schema(summary=_("Households"), responses=HouseholdRowSerializer(many=True)),
    retrieve=extend_schema(summary=_("One household with its members")),
    create=extend_schema(
        summary=_("Enter a household with its members"), responses={201: HouseholdSerializer, 200: HouseholdSerializer}
    ),
    update=extend_schema(
        summary=_("Change a household and its members"), responses={200: HouseholdSerializer, 409: CONFLICT_ANSWER}
    ),
    partial_update=extend_schema(
        summary=_("Change parts of a household"), responses={200: HouseholdSerializer, 409: CONFLICT_ANSWER}
    ),
)
class HouseholdViewSet(RecordViewSet):
    """Households that the programme follows, in the ward where they live today."""

    queryset = Household.objects.order_by("ward_id", "code")  # as it stands in the index
    serializer_class = HouseholdSerializer
    filterset_class = HouseholdFilter
    sorts = {
        "code": ("code",),
        "group": ("residential_group__number", "head_sort_key"),
        "head": ("head_sort_key", "code"),
        "size": ("size", "head_sort_key"),
        "ward": ("ward__sort_key", "ward__valid_from", "head_sort_key"),
    }

    def get_serializer_class(self):
        return HouseholdRowSerializer if self.action == "list" else HouseholdSerializer

    def get_queryset(self):
        rows = super().get_queryset().select_related("ward", "residential_group").with_head().with_size()
        statuses = PovertyStatus.objects.select_related("standard").order_by("year", "standard")
        rows = rows.prefetch_related(Prefetch("statuses", statuses))
        return rows if self.action == "list" else rows.prefetch_related("members")

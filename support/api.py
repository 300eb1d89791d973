"""Help given, and who paid, for programs: the pages' door, sieve and services."""

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import PolymorphicProxySerializer, extend_schema, extend_schema_field, extend_schema_view
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.decorators import action as endpoint
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.actor import StaleVersion
from accounts.api.errors import CONFLICT_ANSWER
from accounts.api.records import RecordViewSet, StrictSerializer, VersionField
from households.models import Household, Member
from support.codes import Nature, Qualifier
from support.filters import SupportActionFilter
from support.forms.funding import MOST_LINES
from support.forms.help import LARGEST_COUNT, LARGEST_GAIN
from support.funds import OVERSPENT
from support.groups import usual_group
from support.life import ward_of_help
from support.listing import in_order
from support.models import (
    DETAILS,
    RELATED_NAMES,
    ActionDetail,
    FundingLine,
    FundingSource,
    LoanMovement,
    SupportAction,
    SupportPolicy,
    detail_of,
)
from support.models.details.insurance import mask
from support.models.measures import (
    AreaField,
    CoefficientField,
    HundredthsField,
    MonthColumn,
    PercentColumn,
    SchoolYearField,
)
from support.overlap import overlaps_of
from support.services import AS_ON_RECORD, amend_support, record_support, void_support
from wards.api import (
    CodeField,
    CountField,
    MoneyField,
    OwnRecordField,
    SmallNumberField,
    TextField,
    WardField,
    WholeNumberField,
)

# --- Reference lists ------------------------------------------------------------------------


class FundingSourceSerializer(serializers.ModelSerializer):
    class Meta:
        model = FundingSource
        fields = ("code", "name", "name_en", "group")
        read_only_fields = fields


class SupportPolicySerializer(serializers.ModelSerializer):
    default_sources = serializers.SlugRelatedField(slug_field="code", many=True, read_only=True)

    class Meta:
        model = SupportPolicy
        fields = (
            "code", "category", "name", "name_en", "legal_rule", "beneficiary", "rate", "universal", "repayable",
            "default_sources",
        )  # fmt: skip
        read_only_fields = fields


class ReferenceViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet):
    """A list that administrators keep and everybody reads; rows are named by code."""

    lookup_field = "code"

    def get_object(self):
        if "\x00" in self.kwargs["code"]:  # PostgreSQL takes no such text, not even to compare
            raise Http404
        return super().get_object()


@extend_schema_view(
    list=extend_schema(summary=_("Funding sources")), retrieve=extend_schema(summary=_("One funding source"))
)
class FundingSourceViewSet(ReferenceViewSet):
    """Where money or goods come from."""

    queryset = FundingSource.objects.order_by("order", "code")
    serializer_class = FundingSourceSerializer


@extend_schema_view(
    list=extend_schema(summary=_("Support policies")), retrieve=extend_schema(summary=_("One support policy"))
)
class SupportPolicyViewSet(ReferenceViewSet):
    """Rules under which help is given."""

    queryset = SupportPolicy.objects.order_by("order", "code").prefetch_related("default_sources")
    serializer_class = SupportPolicySerializer


# --- What each kind records -----------------------------------------------------------------


class DetailSerializer(StrictSerializer):
    """Fields of one kind. A percentage is in hundredths of a per cent; an area (m²) and a coefficient in tenths; a month is its first day."""

    def validate(self, attrs: dict) -> ActionDetail:
        detail = self.instance or self.Meta.model()
        for name, value in attrs.items():
            setattr(detail, name, value)
        try:
            detail.full_clean(exclude=("action",))
        except ValidationError as error:
            raise serializers.ValidationError(_by_field(error)) from error
        return detail


def _by_field(error: ValidationError) -> dict:
    """Messages by field; the code of a constraint's message names its field."""
    found: dict[str, list] = {}
    for name, problems in error.error_dict.items():
        for each in problems:
            field = each.code if name == NON_FIELD_ERRORS and each.code else name
            found.setdefault(field, []).extend(each.messages)
    return found


class HiddenNumberField(TextField):
    """A card's number: written in full, read with its last three characters only."""

    default_error_messages = {
        "masked": _("Send the number in full, or leave the field out to keep the one on record."),
    }

    def to_internal_value(self, data):
        if "•" in str(data):
            self.fail("masked")
        return super().to_internal_value(data)

    def to_representation(self, value):
        return mask(value)


_COLUMNS = {  # which JSON each column is
    HundredthsField: CountField,
    AreaField: CountField,
    CoefficientField: SmallNumberField,
    SchoolYearField: SmallNumberField,
    PercentColumn: SmallNumberField,
    MonthColumn: serializers.DateField,
}


def _detail_serializer(model_: type[ActionDetail]) -> type[DetailSerializer]:
    """One serializer a kind, from the columns of its table: what is recorded is what is sent and read."""

    class Meta:
        model = model_
        fields = tuple(field.name for field in model_.own_fields())

    extra = {"number": HiddenNumberField(required=False, allow_blank=True, max_length=30)}
    declared = {name: field for name, field in extra.items() if name in Meta.fields}
    mapping = StrictSerializer.serializer_field_mapping | _COLUMNS
    name = f"{model_.__name__}Serializer"
    # The name becomes the schema's component.
    attributes = {"Meta": Meta, "serializer_field_mapping": mapping, "__doc__": model_.__doc__, **declared}
    return type(name, (DetailSerializer,), attributes)


DETAIL_SERIALIZERS = {model: _detail_serializer(model) for model in dict.fromkeys(DETAILS.values())}


@extend_schema_field(
    PolymorphicProxySerializer("ActionDetail", list(DETAIL_SERIALIZERS.values()), resource_type_field_name=None)
)
class DetailField(serializers.Field):
    """The object of the kind that the policy's `category` is of; null where a record has none."""

    default_error_messages = {"invalid": _("Send an object with the fields of this kind of help.")}

    def get_attribute(self, instance: SupportAction) -> ActionDetail | None:
        return detail_of(instance)

    def to_representation(self, value: ActionDetail) -> dict:
        return DETAIL_SERIALIZERS[type(value)](value, context=self.context).data

    def to_internal_value(self, data):
        return data if isinstance(data, dict) else self.fail("invalid")


class MovementSerializer(StrictSerializer):
    """One movement of a loan. With `id` one on record; with `void_reason` it is made void, and stays to be read."""

    id = WholeNumberField(required=False, min_value=1, help_text=_("Of a movement on record; left out for a new one."))
    void_reason = TextField(required=False, allow_blank=True, max_length=300)

    class Meta:
        model = LoanMovement
        fields = ("id", "kind", "on", "amount", "note", "voided_at", "void_reason")
        read_only_fields = ("voided_at",)


# --- Help -----------------------------------------------------------------------------------


class FundingSerializer(StrictSerializer):
    """What one source gave. An amount that is not known is null, never 0."""

    source = CodeField(FundingSource.objects)
    amount = MoneyField(required=False, allow_null=True)

    class Meta:
        model = FundingLine
        fields = ("source", "nature", "amount", "qualifier")

    def validate(self, attrs: dict) -> FundingLine:
        line = FundingLine(**attrs)
        if line.amount is None:
            line.qualifier = Qualifier.EXACT  # an unknown amount is not “nearly” anything
        return self.checked(line, exclude=("action",))


class NatureSumField(serializers.IntegerField):
    """What is known of one nature of money, named as the field is, over the lines that are loaded anyway."""

    def get_attribute(self, action: SupportAction) -> int | None:
        amounts = [line.amount for line in action.funding.all() if line.nature == self.field_name]
        known = [amount for amount in amounts if amount is not None]
        return sum(known) if known else None


class SupportActionSerializer(StrictSerializer):
    """One act of help: to a named household, or collectively to a group that is only counted.

    Whom it went to stays: a record that names the wrong household is made void and entered anew.
    """

    policy = CodeField(SupportPolicy.objects)
    category = serializers.CharField(source="policy.category", read_only=True)
    household = OwnRecordField(Household.objects, required=False, allow_null=True)
    member = OwnRecordField(Member.objects, required=False, allow_null=True)
    ward = WardField(
        required=False, allow_null=True, help_text=_("Collective help: empty for the whole district. Named: follows.")
    )
    times = CountField(required=False, min_value=1, max_value=LARGEST_COUNT)
    households_reported = CountField(required=False, allow_null=True, max_value=LARGEST_COUNT)
    persons_reported = CountField(required=False, allow_null=True, max_value=LARGEST_COUNT)
    things = CountField(required=False, allow_null=True, min_value=1, max_value=LARGEST_COUNT)
    income_gain_from = MoneyField(required=False, allow_null=True, max_value=LARGEST_GAIN)
    income_gain_to = MoneyField(required=False, allow_null=True, max_value=LARGEST_GAIN)
    funding = FundingSerializer(many=True, max_length=MOST_LINES)
    detail = DetailField(
        required=False, allow_null=True, help_text=_("What this kind of help records; which one, the policy decides.")
    )
    movements = MovementSerializer(
        many=True,
        required=False,
        max_length=500,
        help_text=_("Of a loan, all of them; left out, the principal counts as paid out on the first day."),
    )
    grant = NatureSumField(read_only=True, allow_null=True)
    in_kind = NatureSumField(read_only=True, allow_null=True)
    loan = NatureSumField(read_only=True, allow_null=True)
    created_by = serializers.CharField(source="created_by.username", read_only=True, default=None)
    version = VersionField()
    overspending = TextField(
        write_only=True,
        required=False,
        allow_blank=True,
        max_length=300,
        help_text=_("The reason for paying more than a fund holds by its ledger; without one that is refused."),
    )
    submission_key = serializers.UUIDField(write_only=True, required=False, allow_null=True)
    warnings = serializers.SerializerMethodField(
        help_text=_("After writing: help by the same policy in the same period that was on record already.")
    )

    class Meta:
        model = SupportAction
        fields = (
            "id", "policy", "category", "household", "member", "ward", "beneficiary_group", "group_name", "times",
            "households_reported", "persons_reported", "qualifier", "things", "thing_unit", "period_from", "period_to",
            "implementing_body", "decision_number", "decision_date", "income_gain_from", "income_gain_to",
            "differs_because", "note", "funding", "detail", "movements", *Nature.values, "published_as", "batch", "created_by", "voided_at", "void_reason", "version",
            "overspending", "submission_key", "warnings",
        )  # fmt: skip
        read_only_fields = ("published_as", "batch", "voided_at", "void_reason")

    def get_warnings(self, action: SupportAction) -> list[str]:
        """Told to who has just written, and to nobody later; it forbids nothing."""
        if not self.context.get("written"):
            return []
        return [str(each) for each in overlaps_of(action, detail_of(action), by=self.context["request"].user)]

    def validate(self, attrs: dict) -> dict:
        attrs.pop("submission_key", None)
        version, funding = attrs.pop("version", None), attrs.pop("funding", None)
        overspending = attrs.pop("overspending", "")
        detail, movements = attrs.pop("detail", AS_ON_RECORD), attrs.pop("movements", None)
        action = self.instance or SupportAction()
        household = attrs.pop("household", action.household)
        if action.pk and household != action.household:
            message = _("Whom the help went to stays; make this record void and enter a new one.")
            raise serializers.ValidationError({"household": [message]})
        self._place(action, household, attrs)
        for name, value in attrs.items():
            setattr(action, name, value)
        self._complete(action, attrs)
        self.checked(action)
        lines = self._lines(action, funding)
        return {
            "action": action,
            "funding": lines,
            "version": version,
            "detail": self._detail(action, lines, detail),
            "movements": self._movements(action, movements),
            "overspending": overspending,
        }

    def _place(self, action: SupportAction, household: Household | None, attrs: dict) -> None:
        """The ward: a named household's on the first day; otherwise one of this person's."""
        ward = attrs.pop("ward", action.ward)
        if household:
            day = attrs.get("period_from", action.period_from)
            stays = action.pk and day == action.period_from
            own = action.ward if stays else ward_of_help(household, day)
            if ward not in (None, own):
                raise serializers.ValidationError({"ward": [_("The ward must be the household's.")]})
            ward = own
        elif ward is None and not self.context["request"].user.sees_whole_district:
            raise serializers.ValidationError({"ward": [_("Choose the ward.")]})
        member = attrs.get("member", action.member)
        if member and (household is None or member.household_id != household.pk):
            raise serializers.ValidationError({"member": [_("There is no such member in this household.")]})
        action.household, action.ward = household, ward

    @staticmethod
    def _complete(action: SupportAction, attrs: dict) -> None:
        """What follows from the rest, as in the form."""
        if not action.pk and not action.period_from:
            raise serializers.ValidationError({"period_from": [_("Give the day, or the first day.")]})
        if not action.pk and not action.period_to:
            action.period_to = action.period_from
        if (action.things is None) != (not action.thing_unit):
            message = _("Give both the number and the kind of things, or neither.")
            raise serializers.ValidationError({"thing_unit" if action.things else "things": [message]})
        if action.income_gain_to is not None and action.income_gain_from is None:
            message = _("Give the lower gain too; where there is one figure, give it here.")
            raise serializers.ValidationError({"income_gain_from": [message]})
        if action.is_named:
            if action.qualifier != Qualifier.EXACT:
                message = _("Help to a named household counts one time, in its ward.")
                raise serializers.ValidationError({"qualifier": [message]})
            if not action.beneficiary_group and action.period_from:
                action.beneficiary_group = usual_group(action.household, action.period_from)
        elif not (action.beneficiary_group or action.group_name):
            message = _("Say which group was helped, in words or from the list.")
            raise serializers.ValidationError({"group_name": [message]})

    @staticmethod
    def _lines(action: SupportAction, given: list[FundingLine] | None) -> list[FundingLine]:
        """The lines as sent; one that was there before keeps its row, so that its history goes on."""
        known = {(line.source_id, line.nature): line for line in action.funding.all()} if action.pk else {}
        if given is None:
            return list(known.values())
        if not given:
            message = _("Name at least one source; its amount may stay empty when it is not known.")
            raise serializers.ValidationError({"funding": [message]})
        lines: dict[tuple, FundingLine] = {}
        problems: dict[int, dict] = {}
        for index, line in enumerate(given):
            key = line.source_id, line.nature
            if key in lines:
                problems[index] = {"source": [FundingLine._meta.constraints[0].violation_error_message]}
            elif (line.nature == Nature.LOAN) != action.policy.repayable:
                gives = _("This policy gives: a loan belongs under a loan policy.")
                lends = _("This policy lends: every line must be a loan.")
                problems[index] = {"nature": [lends if action.policy.repayable else gives]}
            if before := known.get(key):
                before.amount, before.qualifier = line.amount, line.qualifier
            lines[key] = before or line
        if problems:
            raise serializers.ValidationError({"funding": problems})
        return list(lines.values())

    def _detail(self, action: SupportAction, lines: list[FundingLine], given):
        """The kind's object as sent, over the one on record where only some fields are; problems under `detail`."""
        model = DETAILS.get(action.policy.category)
        known = detail_of(action)
        if model is None and isinstance(given, dict):
            raise serializers.ValidationError({"detail": [_("This kind of help has no details of its own.")]})
        if given is None and known is not None:
            raise serializers.ValidationError({"detail": [_("A record does not lose its details; correct them.")]})
        strict = action.is_named and (not action.pk or known is not None)
        if isinstance(given, dict):
            serializer = DETAIL_SERIALIZERS[model](known, data=given, partial=self.partial, context=self.context)
            if not serializer.is_valid():
                raise serializers.ValidationError({"detail": serializer.errors})
            detail = serializer.validated_data
        elif known is None and action.pk:
            return given
        else:
            detail = known or (model() if model else None)
        if detail is not None:
            detail.settle(action.policy)
            if problems := detail.problems(action, lines, strict=strict):
                named = ValidationError(problems)
                raise serializers.ValidationError({"detail": named.message_dict})
        return detail

    @staticmethod
    def _movements(action: SupportAction, given: list[dict] | None) -> list[LoanMovement] | None:
        """All movements as they are to stand. None is left out: what is wrong is made void."""
        if given is None:
            return None
        known = {each.pk: each for each in action.movements.all()} if action.pk else {}
        result, problems = [], {}
        for index, fields in enumerate(given):
            pk, reason = fields.pop("id", None), fields.pop("void_reason", "")
            row = known.pop(pk, None) if pk else LoanMovement()
            if row is None:
                problems[index] = {"id": [_("There is no such movement on this record.")]}
                continue
            for name, value in fields.items():
                setattr(row, name, value)
            if reason and not row.is_void:
                row.voided_at, row.void_reason = timezone.now(), reason
            try:
                row.full_clean(exclude=("action",))
            except ValidationError as error:
                problems[index] = _by_field(error)
            result.append(row)
        if problems:
            raise serializers.ValidationError({"movements": problems})
        if known:
            message = _("Send all movements on record; one that is wrong is made void with a reason, not left out.")
            raise serializers.ValidationError({"movements": [message]})
        return result

    def save(self) -> SupportAction:
        given = self.validated_data
        by, version = self.context["request"].user, given.pop("version")
        try:
            if self.instance is None:
                return record_support(by=by, **given)
            return amend_support(by=by, version=version, **given)
        except ValidationError as error:
            if any(each.code == OVERSPENT for each in getattr(error, "error_list", ())):
                raise serializers.ValidationError({"overspending": error.messages}) from error
            raise


class VoidSerializer(serializers.Serializer):
    version = VersionField(required=True)
    reason = TextField(max_length=300)


@extend_schema_view(
    list=extend_schema(summary=_("Help given")),
    retrieve=extend_schema(summary=_("One record of help")),
    create=extend_schema(
        summary=_("Record help"), responses={201: SupportActionSerializer, 200: SupportActionSerializer}
    ),
    update=extend_schema(
        summary=_("Correct a record of help"), responses={200: SupportActionSerializer, 409: CONFLICT_ANSWER}
    ),
    partial_update=extend_schema(
        summary=_("Correct parts of a record of help"), responses={200: SupportActionSerializer, 409: CONFLICT_ANSWER}
    ),
)
class SupportActionViewSet(RecordViewSet):
    """Help to named households and to groups, with its funding lines. Money is whole đồng, of three natures."""

    queryset = SupportAction.objects.order_by("-period_from", "-pk")
    serializer_class = SupportActionSerializer
    filterset_class = SupportActionFilter
    sorts = dict.fromkeys(("date", "policy", "ward", "times", "things", *Nature.values))
    rights = {"void": "support.void_supportaction"}

    def get_queryset(self):
        related = super().get_queryset().select_related("policy", "ward", "household__ward", "member", "created_by")
        return related.select_related(*RELATED_NAMES).prefetch_related("funding__source", "movements")

    def in_order(self, queryset, asked: str):
        return in_order(queryset, asked)

    @extend_schema(
        summary=_("Make a record void"),
        request=VoidSerializer,
        responses={200: SupportActionSerializer, 409: CONFLICT_ANSWER},
    )
    @endpoint(detail=True, methods=["post"], filter_backends=[], pagination_class=None)
    def void(self, request: Request, pk: str | None = None) -> Response:
        """It stays readable with the reason, and is counted nowhere."""
        action = self.get_object()
        try:
            version = self.check_version(request, action)
            given = VoidSerializer(data=request.data)
            given.is_valid(raise_exception=True)
            void_support(by=request.user, action=action, version=version, reason=given.validated_data["reason"])
        except StaleVersion as error:
            raise self.conflict(action.pk) from error
        return self._answer(action.pk, status.HTTP_200_OK)

"""What programs type: JSON fields as strict as the forms' fields are kind, and the wards.

A form takes “1.500.000 đồng” from a person and asks back. A program gets no guesses: a sum is a JSON
integer, a text a JSON string. CCCD numbers and ward codes begin with zeros, so no text is read from a number.
"""

from datetime import date

from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_field, extend_schema_view
from rest_framework import mixins, serializers, viewsets

from wards.fields import clean_typed
from wards.models import Ward

LARGEST_INTEGER = 2**63 - 1


class TextField(serializers.CharField):
    """One line of text, composed and without invisible characters; its length is counted after that."""

    def to_internal_value(self, data):
        if not isinstance(data, str):
            self.fail("invalid")
        return self.tidy(data)

    def run_validation(self, data=serializers.empty):
        # What is blank once tidied was blank.
        return super().run_validation(self.tidy(data) if isinstance(data, str) else data)

    def tidy(self, text: str) -> str:
        return clean_typed(text)


class LinesField(TextField):
    """Several lines, each of them clean."""

    def tidy(self, text: str) -> str:
        return "\n".join(clean_typed(line) for line in text.splitlines()).strip()


class WholeNumberField(serializers.IntegerField):
    """A JSON integer. 1.0, "1" and true are refused: whoever sends them has lost the type on the way."""

    default_error_messages = {"invalid": _("Send a whole number, without quotation marks or a decimal point.")}

    def __init__(self, *, min_value: int = 0, max_value: int = LARGEST_INTEGER, **kwargs):
        super().__init__(min_value=min_value, max_value=max_value, **kwargs)

    def to_internal_value(self, data):
        if not isinstance(data, int) or isinstance(data, bool):
            self.fail("invalid")
        return data


class SmallNumberField(WholeNumberField):
    """What a small integer column holds, the same on every database."""

    largest = 2**15 - 1

    def __init__(self, *, max_value: int = LARGEST_INTEGER, **kwargs):
        super().__init__(max_value=min(max_value, self.largest), **kwargs)


class CountField(SmallNumberField):
    """What an integer column holds."""

    largest = 2**31 - 1


class MoneyField(WholeNumberField):
    """Whole đồng."""

    default_error_messages = {
        "invalid": _("Send the sum in whole đồng, without quotation marks, points or decimals: 1500000."),
        "min_value": _("The sum cannot be negative."),
    }


class ChoiceField(serializers.ChoiceField):
    """One of the codes; what was sent is not repeated in the error."""

    default_error_messages = {"invalid_choice": _("Unknown code. Known: {choices}.")}

    def to_internal_value(self, data):
        # Codes are text or whole numbers; True and 100.0 are neither, though Python takes them for 1 and 100.
        known = type(data) in (str, int) and data in self.choices
        if not known and not (data == "" and self.allow_blank):
            self.fail("invalid_choice", choices=", ".join(str(key) for key in self.choices if key != ""))
        return data


class YesNoField(serializers.BooleanField):
    """true or false."""

    default_error_messages = {"invalid": _("Send true or false.")}

    def to_internal_value(self, data):
        if not isinstance(data, bool):
            self.fail("invalid")
        return data


class CodeField(serializers.Field):
    """A row named by its code, a reference list's row."""

    default_error_messages = {"unknown": _("There is no such code.")}

    def __init__(self, queryset, **kwargs):
        self.queryset = queryset
        super().__init__(**kwargs)

    def to_internal_value(self, data):
        found = self.queryset.all().filter(code=data).first() if isinstance(data, str) else None
        return found or self.fail("unknown")

    def to_representation(self, value):
        return value.code


class OwnRecordField(serializers.Field):
    """A record named by its id, among those this person may see: another ward's record does not exist."""

    default_error_messages = {"unknown": _("There is no such record.")}

    def __init__(self, queryset, **kwargs):
        self.queryset = queryset
        super().__init__(**kwargs)

    def to_internal_value(self, data):
        if not isinstance(data, int) or isinstance(data, bool):
            self.fail("unknown")
        visible = self.queryset.all().visible_to(self.context["request"].user)
        return visible.filter(pk=data).first() or self.fail("unknown")

    def to_representation(self, value):
        return value.pk


class WardField(serializers.Field):
    """A ward by its identity, CODE@YYYY-MM-DD, because codes are reused; the code alone where only one ward bears it.

    Wards where this person does not work are unknown here.
    """

    default_error_messages = {
        "unknown": _("There is no such ward."),
        "ambiguous": _("More than one ward has borne this code. Add the day it is valid from: {choices}."),
    }

    def to_internal_value(self, data):
        if not isinstance(data, str):
            self.fail("unknown")
        code, _at, day = data.partition("@")
        found = list(Ward.objects.visible_to(self.context["request"].user).filter(code=code))
        if day:
            try:
                on = date.fromisoformat(day)
            except ValueError:
                self.fail("unknown")
            found = [ward for ward in found if ward.existed_on(on)]
        if len(found) > 1:
            self.fail("ambiguous", choices=", ".join(ward.identity for ward in found))
        return found[0] if found else self.fail("unknown")

    def to_representation(self, value):
        return value.identity


extend_schema_field(OpenApiTypes.STR)(CodeField)
extend_schema_field(OpenApiTypes.INT)(OwnRecordField)
extend_schema_field({"type": "string", "example": "10117@1900-01-01"})(WardField)


class WardSerializer(serializers.ModelSerializer):
    identity = serializers.CharField(read_only=True, help_text=_("CODE@YYYY-MM-DD, as other endpoints take it."))
    label = serializers.CharField(read_only=True)

    class Meta:
        model = Ward
        fields = ("id", "identity", "code", "valid_from", "valid_to", "name", "unit_type", "label", "legal_basis")
        read_only_fields = fields


@extend_schema_view(list=extend_schema(summary=_("Wards")), retrieve=extend_schema(summary=_("One ward")))
class WardViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet):
    """Wards this person works in: an officer's own, for everybody else all of the programme's area."""

    queryset = Ward.objects.order_by("sort_key", "valid_from", "pk")
    serializer_class = WardSerializer
    filterset_class = None

    def get_queryset(self):
        return super().get_queryset().visible_to(self.request.user)

"""Records read through the one door and written through the services."""

from uuid import UUID

from django.core.exceptions import ValidationError as ModelValidationError
from django.db import connection, models, transaction
from django.db.models.functions import Collate
from django.urls import Resolver404, resolve, reverse
from django.utils.translation import gettext_lazy as _
from rest_framework import exceptions, serializers, status, viewsets
from rest_framework.generics import get_object_or_404
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.actor import StaleVersion
from accounts.api.errors import Conflict, named
from accounts.services import AlreadySubmitted, claim_submission
from wards.api import (
    ChoiceField,
    CountField,
    LinesField,
    MoneyField,
    SmallNumberField,
    TextField,
    WholeNumberField,
    YesNoField,
)


class StrictSerializer(serializers.ModelSerializer):
    """Fields that take no guesses, and no fields but these: a misspelt name is an error, not a silence.

    What only the database's constraints and `clean()` know is asked of the model by `checked()`.
    """

    serializer_field_mapping = serializers.ModelSerializer.serializer_field_mapping | {
        models.CharField: TextField,
        models.TextField: LinesField,
        models.BooleanField: YesNoField,
        models.PositiveSmallIntegerField: SmallNumberField,
        models.PositiveIntegerField: CountField,
        models.BigIntegerField: MoneyField,
    }
    serializer_choice_field = ChoiceField

    def get_validators(self):
        return []  # the model's constraints, in the officer's words, are asked by checked()

    def to_internal_value(self, data):
        if isinstance(data, dict):
            unknown = {name: [_("There is no such field.")] for name in data if name not in self.fields}
            if unknown:
                raise exceptions.ValidationError(unknown)
        return super().to_internal_value(data)

    def checked(self, record: models.Model, *, exclude: tuple[str, ...] = ()) -> models.Model:
        """The record, after the model's own rules; their refusals stand by the fields."""
        try:
            record.full_clean(exclude=exclude)
        except ModelValidationError as error:
            raise exceptions.ValidationError(named(error)) from error
        return record


class VersionField(WholeNumberField):
    """The version that was read; a newer one on record answers 409. `of` names the record that carries it."""

    def __init__(self, *, of: str = "", **kwargs):
        self.of = of
        kwargs.setdefault("required", False)
        kwargs.setdefault("help_text", _("Needed to change a record: the version that was read."))
        super().__init__(min_value=1, max_value=2**31 - 1, **kwargs)

    def get_attribute(self, instance):
        return (getattr(instance, self.of) if self.of else instance).version


class ScopedViewSet(ListModelMixin, RetrieveModelMixin, viewsets.GenericViewSet):
    """Rows a person may see, through the one door."""

    sorts: dict[str, tuple[str, ...]] = {}

    def get_queryset(self):
        return super().get_queryset().visible_to(self.request.user)

    def filter_queryset(self, queryset):
        # A record is found by its id alone: what narrows lists must not hide it, nor answer questions about it.
        return super().filter_queryset(queryset) if self.action == "list" else queryset

    def in_order(self, queryset, asked: str):
        first, *rest = [_by_bytes(name) for name in self.sorts[asked.removeprefix("-")]]
        first = first.desc(nulls_last=True) if asked.startswith("-") else first.asc(nulls_last=True)
        return queryset.order_by(first, *rest, "pk")


def _by_bytes(name: str):
    """Sort keys are made to be compared byte by byte, whatever language the database was set up for."""
    if not name.endswith("sort_key"):
        return models.F(name)
    return Collate(name, "C" if connection.vendor == "postgresql" else "BINARY")


class RecordViewSet(ScopedViewSet):
    """Rows that may also be entered and changed, through the services: once, and only on the version that was read."""

    http_method_names = ["get", "head", "options", "post", "put", "patch"]

    def create(self, request: Request, *args, **kwargs) -> Response:
        """Enter a record. With `submission_key`, a repeat of the request gets the first one's record with 200."""
        try:
            with transaction.atomic():
                # The key first: a repeat must find the first record before its own code counts as taken.
                submission = claim_submission(by=request.user, key=_submission_key(request))
                serializer = self.get_serializer(data=request.data)
                serializer.is_valid(raise_exception=True)
                record = serializer.save()
                address = reverse(f"{self.basename}-detail", args=[record.pk])
                if submission:
                    submission.result = address
                    submission.save()
        except AlreadySubmitted as again:
            return self._answer(self._first_record(again.result), status.HTTP_200_OK)
        return self._answer(record.pk, status.HTTP_201_CREATED, {"Location": address}, written=True)

    def update(self, request: Request, *args, **kwargs) -> Response:
        """Change a record on the version that was read."""
        return self._change(request, partial=False)

    def partial_update(self, request: Request, *args, **kwargs) -> Response:
        """Change some fields of a record on the version that was read."""
        return self._change(request, partial=True)

    def _change(self, request: Request, *, partial: bool) -> Response:
        record = self.get_object()
        try:
            self.check_version(request, record)
            serializer = self.get_serializer(record, data=request.data, partial=partial)
            serializer.is_valid(raise_exception=True)
            serializer.save()
        except StaleVersion as error:
            raise self.conflict(record.pk) from error
        return self._answer(record.pk, status.HTTP_200_OK, written=True)

    def check_version(self, request: Request, record: models.Model) -> int:
        """The version in the body, which must be the record's; the service asks again under the row's lock."""
        body = request.data if isinstance(request.data, dict) else {}
        field = VersionField()
        try:
            version = field.run_validation(body.get("version"))
        except exceptions.ValidationError as error:
            message = [_("Send the version that was read.")] if body.get("version") is None else error.detail
            raise exceptions.ValidationError({"version": message}) from error
        if version != self.version_of(record):
            raise StaleVersion
        return version

    def version_of(self, record: models.Model) -> int:
        return record.version

    def conflict(self, pk: int) -> Conflict:
        return Conflict(self._represent(pk))

    def _first_record(self, address: str) -> int:
        try:
            match = resolve(address)
        except Resolver404:
            match = None
        if match is None or match.view_name != f"{self.basename}-detail":
            message = _("This key was used for another record.")
            raise exceptions.ValidationError({"submission_key": [message]})
        return int(match.kwargs["pk"])

    def _represent(self, pk: int, **context) -> dict:
        # Read again, as the list reads it: what was written may have been tidied, derived or summed.
        record = get_object_or_404(self.get_queryset(), pk=pk)
        return self.get_serializer(record, context=self.get_serializer_context() | context).data

    def _answer(self, pk: int, code: int, headers: dict | None = None, **context) -> Response:
        return Response(self._represent(pk, **context), status=code, headers=headers)


def _submission_key(request: Request) -> UUID | None:
    body = request.data if isinstance(request.data, dict) else {}
    if body.get("submission_key") is None:
        return None
    try:
        return serializers.UUIDField().run_validation(body["submission_key"])
    except exceptions.ValidationError as error:
        raise exceptions.ValidationError({"submission_key": error.detail}) from error

"""What is answered when something is refused."""

from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.core.exceptions import ValidationError as ModelValidationError
from django.db import IntegrityError
from django.http import Http404
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiResponse, inline_serializer
from rest_framework import exceptions, serializers, status
from rest_framework.response import Response
from rest_framework.views import exception_handler

from accounts.actor import StaleVersion, refusal
from accounts.api.bodies import TooLarge


def named(error: ModelValidationError) -> dict:
    """Messages by field; those of the whole record under `non_field_errors`."""
    if not hasattr(error, "error_dict"):
        return {"non_field_errors": error.messages}
    found = error.message_dict
    whole = found.pop("__all__", None)
    return found | ({"non_field_errors": whole} if whole else {})


class Conflict(exceptions.APIException):
    """409: the record was saved by somebody else since it was read; `current` is how it stands now."""

    status_code = status.HTTP_409_CONFLICT
    default_detail = _("Somebody saved this record after you opened it.")
    default_code = "stale_version"

    def __init__(self, current: dict | None = None):
        super().__init__()
        self.current = current


class ClosedYear(exceptions.APIException):
    """409: the ward's year takes no changes."""

    status_code = status.HTTP_409_CONFLICT
    default_code = "closed_year"


CONFLICT_ANSWER = OpenApiResponse(
    inline_serializer("Conflict", {"detail": serializers.CharField(), "current": serializers.DictField()}),
    "Somebody saved the record after this version was read; `current` is how it stands now.",
)


def explain(error: Exception, context: dict) -> Response | None:
    """Refusals as API answers: 409 for a stale version or a closed year, 400 with field names for a broken rule,
    401 before 403.
    """
    error = refusal(error) or error
    if isinstance(error, StaleVersion):
        error = Conflict()
    elif isinstance(error, ModelValidationError) and getattr(error, "code", "") == "closed_year":
        error = ClosedYear(" ".join(error.messages))
    elif isinstance(error, ModelValidationError):
        error = exceptions.ValidationError(named(error))
    elif isinstance(error, RequestDataTooBig):
        error = TooLarge()
    elif isinstance(error, SuspiciousOperation):  # a torn body, too many fields
        error = exceptions.ParseError()
    elif isinstance(error, IntegrityError) and "unique" in str(error).lower():
        # Two programs entered the same thing in the same instant; the rules had let both through.
        error = exceptions.ValidationError({"non_field_errors": [_("The same was entered a moment ago.")]})
    elif isinstance(error, Http404):
        error = exceptions.NotFound()
    elif isinstance(error, PermissionDenied):
        error = exceptions.PermissionDenied()
    response = exception_handler(error, context)
    if response is not None and isinstance(error, Conflict):
        response.data = {"detail": error.detail, "current": error.current}
    return response

"""What every API endpoint shares: rights, pages, versions, errors, tokens."""

from django.core.exceptions import PermissionDenied
from django.core.exceptions import ValidationError as ModelValidationError
from django.http import Http404
from django.utils.translation import gettext_lazy as _
from knox.views import LoginView
from rest_framework import exceptions, pagination, permissions, status
from rest_framework.authentication import BasicAuthentication
from rest_framework.response import Response
from rest_framework.throttling import ScopedRateThrottle
from rest_framework.views import exception_handler

from accounts.actor import StaleVersion


class Pages(pagination.PageNumberPagination):
    """50 rows a page, at most 200."""

    page_size = 50
    page_size_query_param = "page_size"
    max_page_size = 200


class RolePermissions(permissions.DjangoModelPermissions):
    """The same permissions as the pages; reading needs the right to view."""

    perms_map = permissions.DjangoModelPermissions.perms_map | {
        "GET": ["%(app_label)s.view_%(model_name)s"],
        "HEAD": ["%(app_label)s.view_%(model_name)s"],
    }


class Conflict(exceptions.APIException):
    """409: the record was saved by somebody else since it was read."""

    status_code = status.HTTP_409_CONFLICT
    default_detail = _("Somebody saved this record after you opened it.")
    default_code = "stale_version"


def explain(error: Exception, context: dict) -> Response | None:
    """Our services' refusals as API answers: 409 for a stale version, 400 with field names for a broken rule."""
    if isinstance(error, StaleVersion):
        error = Conflict()
    elif isinstance(error, ModelValidationError):
        detail = error.message_dict if hasattr(error, "error_dict") else {"non_field_errors": error.messages}
        error = exceptions.ValidationError(detail)
    elif isinstance(error, Http404):
        error = exceptions.NotFound()
    elif isinstance(error, PermissionDenied):
        error = exceptions.PermissionDenied()
    return exception_handler(error, context)


class SignInThrottle(ScopedRateThrottle):
    scope = "sign-in"


class TokenView(LoginView):
    """Exchange user name and password (HTTP Basic) for a token that expires."""

    authentication_classes = [BasicAuthentication]
    permission_classes = [permissions.IsAuthenticated]
    throttle_classes = [SignInThrottle]
    throttle_scope = "sign-in"

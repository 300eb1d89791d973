"""Who is asking, what they may do, and how often."""

from allauth.account.adapter import get_adapter
from allauth.core import ratelimit
from django.core.cache import caches
from django.core.exceptions import ValidationError as ModelValidationError
from django.utils.translation import gettext_lazy as _
from knox.auth import TokenAuthentication as KnoxTokenAuthentication
from rest_framework import exceptions, permissions, throttling
from rest_framework.authentication import BasicAuthentication
from rest_framework.request import Request


class RolePermissions(permissions.BasePermission):
    """The same rights as the pages. Reading needs the right to view; an action may name its own in `rights`."""

    verbs = {"POST": "add", "PUT": "change", "PATCH": "change"}

    def has_permission(self, request: Request, view) -> bool:
        if not request.user.is_authenticated:
            return False
        meta = view.queryset.model._meta
        # A method without an action is about to be answered 405, to those who may at least look.
        verb = self.verbs.get(request.method, "view") if view.action else "view"
        right = getattr(view, "rights", {}).get(view.action, f"{meta.app_label}.{verb}_{meta.model_name}")
        return request.user.has_perm(right)


class FairUse(throttling.UserRateThrottle):
    """Nobody's program crowds out the others. Counted in memory: reading a list must not write to the database."""

    @property
    def cache(self):
        return caches["memory"]


class TokenAuthentication(KnoxTokenAuthentication):
    """`Authorization: Token …`"""

    def authenticate_credentials(self, token: bytes):
        if not token.isascii() or b"\x00" in token:  # knox would fall over
            raise exceptions.AuthenticationFailed(_("This token is not valid, or no longer."))
        return super().authenticate_credentials(token)


class PasswordAuthentication(BasicAuthentication):
    """User name and password by HTTP Basic, counted together with the sign-in page's failures.

    After five wrong passwords the account stays shut for a quarter of an hour, here and there, also
    for the right password.
    """

    www_authenticate_realm = "Giam ngheo Ha Dong"

    def authenticate_credentials(self, userid, password, request=None):
        if "\x00" in userid or "\x00" in password:
            raise exceptions.AuthenticationFailed
        plain = request._request
        if not ratelimit.consume(plain, action="login"):
            raise exceptions.Throttled
        try:
            user = get_adapter(plain).authenticate(plain, username=userid, password=password)
        except ModelValidationError as error:  # too many wrong ones before
            raise exceptions.Throttled(detail=" ".join(error.messages)) from error
        if user is None or not user.is_active:
            raise exceptions.AuthenticationFailed(_("The user name or the password is wrong."))
        return user, None

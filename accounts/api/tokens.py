"""How a program signs in."""

from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema, inline_serializer
from knox.settings import knox_settings
from knox.views import LoginView, LogoutView
from rest_framework import permissions, serializers, throttling

from accounts.api.rights import PasswordAuthentication, TokenAuthentication


class SignInThrottle(throttling.ScopedRateThrottle):
    """New tokens for one person. Wrong passwords never come this far: they are counted above."""


@extend_schema(
    summary=_("A token for user name and password"),
    request=None,
    responses={
        200: inline_serializer("Token", {"token": serializers.CharField(), "expiry": serializers.DateTimeField()}),
        401: OpenApiResponse(OpenApiTypes.OBJECT, "Wrong user name or password."),
        429: OpenApiResponse(OpenApiTypes.OBJECT, "Too many wrong passwords, or too many tokens."),
    },
)
class TokenView(LoginView):
    """Send user name and password by HTTP Basic; the answer's token goes into `Authorization: Token …` and expires.

    A person holds a few tokens at a time: one more ends the oldest.
    """

    authentication_classes = [PasswordAuthentication]
    permission_classes = [permissions.IsAuthenticated]
    throttle_classes = [SignInThrottle]
    throttle_scope = "sign-in"

    def get_token_limit_per_user(self):
        return None  # knox would refuse; a program that forgot to give its tokens back must not wait for hours

    def create_token(self):
        held = self.request.user.auth_token_set.order_by("-created", "-pk")
        for oldest in held[knox_settings.TOKEN_LIMIT_PER_USER - 1 :]:
            oldest.delete()
        return super().create_token()


@extend_schema(summary=_("Give the token back"), request=None, responses={204: None})
class TokenRevokeView(LogoutView):
    """The token that the request carries is worth nothing from now on."""

    authentication_classes = [TokenAuthentication]
    permission_classes = [permissions.IsAuthenticated]

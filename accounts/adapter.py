"""How allauth behaves here: nobody signs themselves up, and guessing passwords soon ends."""

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import ratelimit
from django.http import HttpRequest


class ClosedAccountAdapter(DefaultAccountAdapter):
    """Accounts are made by an administrator only."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def pre_authenticate(self, request: HttpRequest, **credentials) -> None:
        super().pre_authenticate(request, **credentials)
        if not ratelimit.consume(request, action="login_anywhere", key=_folded(credentials)):
            raise self.validation_error("too_many_login_attempts")

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials) -> str:
        # The account and the address. allauth takes the account and the host: nobody could be kept
        # from locking a colleague out, and every other port written into the host gave five more guesses.
        return f"{self.get_client_ip(request)} {_folded(credentials)}"


def _folded(credentials: dict) -> str:
    return credentials.get("username", "").strip().lower()

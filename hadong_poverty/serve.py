"""The server: `python -m hadong_poverty.serve`, as `bin/run` starts it.

waitress takes in a whole request and hands out a whole answer by itself, so that twenty slow lines
leave the others undisturbed. Behind a TLS proxy name its address in TRUSTED_PROXY; without that,
whatever a client writes into X-Forwarded-* is thrown away.
"""

import os
import sys

import waitress
from django.conf import settings
from django.core import checks
from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser
from waitress.utilities import RequestEntityTooLarge

from hadong_poverty.wsgi import application

HEARD_OUT = 64 * 1024 * 1024  # bytes; whoever announces more is cut off


class HearsOut(HTTPRequestParser):
    """Lets a body that is declared somewhat too large come to its end, keeping none of it.

    A browser reads the answer only when it has sent everything. Cut off before, it shows its own words about a broken
    connection; so it gets the application's page instead, which refuses by the declared length (BodyLimitMiddleware).
    """

    passed_over = 0

    def received(self, data: bytes) -> int:
        if self.passed_over:
            taken = min(len(data), self.passed_over)
            self.passed_over -= taken
            self.completed = not self.passed_over
            return taken
        taken = super().received(data)
        declared_too_large = isinstance(self.error, RequestEntityTooLarge) and not self.expect_continue
        if declared_too_large and settings.MAX_BODY_BYTES < self.content_length <= HEARD_OUT:
            self.error, self.completed, self.passed_over = None, False, self.content_length
        return taken


def options() -> dict:
    proxy = os.environ.get("TRUSTED_PROXY")
    return {
        "host": os.environ.get("LISTEN_ADDRESS", "127.0.0.1"),
        "port": int(os.environ.get("PORT", "8000")),
        "threads": int(os.environ.get("SERVER_THREADS", "8")),
        # Refused by the declared length, or as soon as more has come than declared; see HearsOut.
        "max_request_body_size": settings.MAX_BODY_BYTES,
        "channel_timeout": 60,
        "ident": None,  # no "Server:" line
        "clear_untrusted_proxy_headers": True,
        **({"trusted_proxy": proxy, "trusted_proxy_headers": "x-forwarded-for x-forwarded-proto"} if proxy else {}),
    }


def refuse_without_audit_trail() -> None:
    """A migration that broke off leaves the triggers out; nothing may be written until they are back."""
    found = checks.run_checks(tags=[checks.Tags.database], databases=["default"])
    if errors := [error for error in found if error.is_serious()]:
        sys.exit("\n".join(f"{error.msg} {error.hint or ''}".strip() for error in errors))


def main() -> None:
    refuse_without_audit_trail()
    chosen = options()
    HTTPChannel.parser_class = HearsOut
    address = f"http://{chosen['host']}:{chosen['port']}/"
    try:
        server = waitress.create_server(application, **chosen)
    except OSError as error:
        sys.exit(
            f"Cannot listen on {address} ({error.strerror}). Is it running already? PORT=8001 bin/run takes another."
        )
    print(f"Serving on {address}  (Ctrl+C stops it)", flush=True)
    server.run()


if __name__ == "__main__":
    main()

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

from hadong_poverty.wsgi import application


def options() -> dict:
    proxy = os.environ.get("TRUSTED_PROXY")
    return {
        "host": os.environ.get("LISTEN_ADDRESS", "127.0.0.1"),
        "port": int(os.environ.get("PORT", "8000")),
        "threads": int(os.environ.get("SERVER_THREADS", "8")),
        # Refused by the declared length, or as soon as more has come than declared.
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

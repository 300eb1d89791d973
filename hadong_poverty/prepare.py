"""Bring a database and the static files up to date before serving: `python -m hadong_poverty.prepare`.

One process does all of it, because every start of Django costs a second. Each step finds its work
done on a later start and leaves what is there alone.
"""

import hashlib
import os
import sys
from pathlib import Path

import django
from django.conf import settings
from django.core.management import CommandError, call_command


def static_state() -> str:
    """A fingerprint of all that collectstatic would read: our files, and the packages' by their lock."""
    digest = hashlib.sha256((settings.BASE_DIR / "requirements.lock").read_bytes())
    for folder in settings.STATICFILES_DIRS:
        for path in sorted(Path(folder).rglob("*")):
            if path.is_file():
                digest.update(f"{path}:{path.stat().st_size}:{path.stat().st_mtime_ns}\n".encode())
    return digest.hexdigest()


def collect_static() -> None:
    stamp = Path(settings.STATIC_ROOT).with_suffix(".collected")
    state = static_state()
    if Path(settings.STATIC_ROOT).is_dir() and stamp.exists() and stamp.read_text() == state:
        return
    print("Collecting static files", flush=True)
    # Nothing is cleared: a server that still runs may be handing out the files of its own start.
    call_command("collectstatic", interactive=False, verbosity=0)
    stamp.write_text(state)


def prepare(*, programme: bool) -> None:
    print("Preparing the database", flush=True)
    call_command("migrate", interactive=False, verbosity=0)
    call_command("createcachetable", verbosity=0)
    call_command("load_reference")
    if programme:
        call_command("load_programme")
    elif not settings.PRODUCTION:
        call_command("load_sample", if_empty=True)
    collect_static()
    if programme or settings.PRODUCTION:
        call_command("first_account")
    else:
        call_command("sample_accounts")


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hadong_poverty.settings")
    django.setup()
    from accounts.actor import acting_as

    with acting_as("bin/run"):
        try:
            prepare(programme="--programme" in sys.argv[1:])
        except CommandError as error:
            sys.exit(
                f"{error}\n(bin/run serves the invented sample, bin/run --programme the programme's own database.)"
            )


if __name__ == "__main__":
    main()

"""Who is writing. The database asks for this name in its audit triggers and refuses a write without one.

SQLite asks through a function of ours, `app_actor()`; PostgreSQL through the setting `app.actor` of
the connection. Either way a change made past this program leaves no false name behind.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps

from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction

# What the database refuses, by how its message begins, in an officer's words; the apps whose triggers refuse add theirs.
in_words: dict[str, Callable[[IntegrityError], ValidationError]] = {}

_actor: ContextVar[str] = ContextVar("actor", default="")


def refusal(error: Exception) -> ValidationError | None:
    """The database's refusal as a person reads it; None where it is no refusal of ours."""
    if not isinstance(error, IntegrityError):
        return None
    return next((words(error) for begins, words in in_words.items() if str(error).startswith(begins)), None)


class StaleVersion(Exception):
    """Somebody saved the record after this officer opened it."""


def current_actor() -> str:
    return _actor.get()


@contextmanager
def acting_as(who) -> Iterator[None]:
    """Everything written inside is recorded under this user (or this command's name)."""
    name = getattr(who, "username", None) or str(who)
    before = _actor.get()
    if name == before:
        yield
        return
    token = _actor.set(name)
    _tell_postgresql(name)
    try:
        yield
    finally:
        _actor.reset(token)
        _tell_postgresql(before)


def recorded(service: Callable) -> Callable:
    """Make a service one transaction, recorded under the user given as `by`.

    What the database's triggers refuse is raised as ValidationError, in words.
    """

    @wraps(service)
    def wrapper(*args, by, **kwargs):
        try:
            with acting_as(by), transaction.atomic():
                return service(*args, by=by, **kwargs)
        except IntegrityError as error:
            if words := refusal(error):
                raise words from error
            raise

    return wrapper


def introduce_actor(sender, connection, **kwargs) -> None:
    """Give a new connection the means to ask for the actor."""
    if connection.vendor == "sqlite":
        connection.connection.create_function("app_actor", 0, lambda: _actor.get() or None)
    elif _actor.get():
        _set_config(connection, _actor.get())


def _tell_postgresql(name: str) -> None:
    if connection.vendor != "postgresql" or connection.connection is None:
        return
    # A failed transaction takes no more commands; its rollback also takes back what we had set in it.
    if connection.connection.closed or connection.connection.info.transaction_status.name == "INERROR":
        return
    _set_config(connection, name)


def _set_config(connection, name: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('app.actor', %s, false)", [name])

"""What every test stands on: a database of its own, a named actor, and loud mistakes in templates.

People, households and support for tests come from `tests/factories.py`.
"""

import gc
import os
import re
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.template.base import Node


def pytest_configure(config):
    # Sign-ins by the hundred: argon2 is slow on purpose, and no test is about its strength.
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    # Hashed names need collectstatic first; tests read the files where they lie.
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
    settings.MIDDLEWARE = [name for name in settings.MIDDLEWARE if not name.startswith("whitenoise.")]


def pytest_collection_finish():
    # What the suite has imported and collected stays to the end; looking through it again and again for
    # garbage took a tenth of the whole time.
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


# --- Database -------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def django_db_modify_db_settings(request, tmp_path_factory):
    """Name the test database after this run and worker: two runs on one server leave each other alone.

    SQLite gets a file, not memory: threads then meet real locks, as the application's do.
    """
    database = settings.DATABASES["default"]
    worker = getattr(request.config, "workerinput", {}).get("workerid", "main")
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID", str(os.getpid()))[:8]
    database.setdefault("TEST", {})
    if database["ENGINE"].endswith("sqlite3"):
        database["TEST"]["NAME"] = str(tmp_path_factory.mktemp("database") / "test.sqlite3")
        # A test database need not survive a power cut.
        database["OPTIONS"]["init_command"] += " PRAGMA synchronous=OFF;"
        return
    # Nor does one on somebody's own server, where commits would wait for the disk.
    database["OPTIONS"]["options"] += " -c synchronous_commit=off"
    if not request.config.getvalue("reuse_db"):
        database["TEST"]["NAME"] = f"test_hadong_{run}_{worker}"


@pytest.fixture(scope="session", autouse=True)
def _flush_past_the_audit_trail():
    """Let the emptying of tables after a transactional test through, the append-only trail included.

    PostgreSQL would refuse to truncate; SQLite deletes row by row: each deletion would be recorded, and
    the trail's own refused. Row by row is also what suits a few rows in a hundred tables: truncating makes
    PostgreSQL write every table and index anew, for two seconds a test. Triggers and foreign keys rest meanwhile.
    """
    from django.db import connection
    from django.db.backends.base.operations import BaseDatabaseOperations

    from accounts.actor import acting_as
    from accounts.triggers import PURGE_ACTOR, TRAIL

    flush = BaseDatabaseOperations.execute_sql_flush

    def flush_as_purger(self, sql_list):
        if sql_list and connection.vendor == "sqlite":
            sql_list = [*sql_list, f"DELETE FROM {TRAIL}"]
        elif connection.vendor == "postgresql" and _may_silence_triggers(connection):
            deletions = [f'DELETE FROM "{table}"' for table in re.findall(r'"(\w+)"', " ".join(sql_list))]
            sql_list = ["SET LOCAL session_replication_role = replica", *deletions]
        with acting_as(PURGE_ACTOR):
            flush(self, sql_list)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(BaseDatabaseOperations, "execute_sql_flush", flush_as_purger)
        yield


def _may_silence_triggers(connection) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT usesuper FROM pg_user WHERE usename = current_user")
        return cursor.fetchone()[0]


@pytest.fixture(autouse=True)
def _actor(django_db_blocker):
    """What a test writes by itself is recorded under "test"; requests act under their own user."""
    from accounts.actor import acting_as

    # PostgreSQL is told the name on a connection that an earlier test left open.
    acting = acting_as("test")
    with django_db_blocker.unblock():
        acting.__enter__()
    yield
    with django_db_blocker.unblock():
        acting.__exit__(None, None, None)


@pytest.fixture(autouse=True)
def _requests_count_afresh():
    """How often a person asked the API is counted in memory, which outlives a test and its users."""
    from django.core.cache import caches

    caches["memory"].clear()


@pytest.fixture
def english():
    """Messages are compared as the code says them, whatever is translated."""
    from django.utils import translation

    with translation.override("en"):
        yield


@pytest.fixture
def dong_mai(db):
    """The ward in which most tests are set; a test that needs more of it has its own."""
    from tests import factories

    return factories.ward("Đồng Mai")


@pytest.fixture
def officer(dong_mai):
    from tests import factories

    return factories.officer(dong_mai)


# --- Templates ------------------------------------------------------------------------------


class UndefinedTemplateVariable(AssertionError):
    """One of our templates prints a variable that its view does not pass."""


class _Undefined(str):
    """Stands in for Django's `string_if_invalid`; asked to name a variable, it fails the test.

    Only in our own templates: the admin's and allauth's rely on the silence.
    """

    __slots__ = ()
    ours = str(Path(settings.BASE_DIR) / "templates")

    def __mod__(self, variable):
        frame = sys._getframe(1)
        while frame:
            node = frame.f_locals.get("self")
            if isinstance(node, Node) and getattr(node, "origin", None):
                if not str(node.origin.name).startswith(self.ours):
                    break
                line = getattr(getattr(node, "token", None), "lineno", "?")
                raise UndefinedTemplateVariable(
                    f"{variable!s} is not defined: {node.origin.template_name}, line {line}"
                )
            frame = frame.f_back
        return ""


@pytest.fixture(scope="session", autouse=True)
def _undefined_variables_fail():
    from django.template import engines

    engines["django"].engine.string_if_invalid = _Undefined("%s")

"""What protects the pages whoever asks and whatever they send: headers, limits, error pages, settings."""

import os
import re
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from types import ModuleType

import pytest
from django.conf import settings
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.db import connection
from django.http import Http404
from django.test import Client
from django.urls import path

from hadong_poverty import urls
from support import attachments
from tests import factories
from wards import workbooks

ROOT = Path(settings.BASE_DIR)


# --- the content policy and its companions ------------------------------------------------------------


def _raise(error: Exception):
    def view(request):
        raise error

    return view


@pytest.fixture
def failing(settings, client):
    """The URL tree with pages that go wrong in each way, seen by somebody who meets the error page."""
    tree = ModuleType("failing_urls")
    secret = "postgres://hadong:matkhau@db/hadong"
    tree.urlpatterns = [
        *urls.urlpatterns,
        path("fails/400/", _raise(SuspiciousOperation(secret))),
        path("fails/403/", _raise(PermissionDenied(secret))),
        path("fails/404/", _raise(Http404(secret))),
        path("fails/500/", _raise(RuntimeError(secret))),
    ]
    sys.modules["failing_urls"] = tree
    settings.ROOT_URLCONF = "failing_urls"
    client.raise_request_exception = False
    yield client
    del sys.modules["failing_urls"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("status", "signed_in"),
    [(400, True), (403, True), (404, True), (500, True), (404, False)],  # other pages first ask who is there
)
def test_an_error_page_is_calm_vietnamese_and_tells_nothing(failing, status, signed_in):
    if signed_in:
        failing.force_login(factories.officer(factories.ward()))

    response = failing.get("/no/such/page/" if status == 404 else f"/fails/{status}/")

    text = response.content.decode()
    assert response.status_code == status
    assert '<html lang="vi">' in text
    assert f'<p class="code">{status}</p>' in text
    for clue in ("Traceback", "postgres://", "matkhau", "RuntimeError", "site-packages", "urlpatterns", "DEBUG"):
        assert clue not in text
    assert "script-src 'self'" in response["Content-Security-Policy"]


@pytest.mark.django_db
def test_an_error_page_speaks_english_to_whoever_chose_it(failing):
    failing.force_login(factories.officer(factories.ward()))
    failing.cookies["django_language"] = "en"

    for status in (403, 404, 500):
        assert '<html lang="en">' in failing.get(f"/fails/{status}/").content.decode()


@pytest.mark.django_db
def test_a_page_for_another_host_is_not_given(client):
    response = client.get("/sign-in/", headers={"host": "evil.example.org"})

    assert response.status_code == 400
    assert "evil" not in response.content.decode()
    assert "Content-Security-Policy" in response


@pytest.mark.django_db
def test_the_content_policy_lets_nothing_in_but_our_own_files(client):
    directives = dict(
        part.strip().split(" ", 1) for part in client.get("/sign-in/")["Content-Security-Policy"].split(";")
    )

    assert directives["default-src"] == "'none'"
    assert directives["frame-ancestors"] == directives["base-uri"] == directives["object-src"] == "'none'"
    assert directives["script-src"] == directives["style-src"] == directives["form-action"] == "'self'"
    assert not re.search(r"unsafe|http|\*|blob", " ".join(directives.values()))


@pytest.mark.django_db
def test_browsers_are_told_to_be_careful(client):
    response = client.get("/sign-in/")

    assert response["X-Frame-Options"] == "DENY"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Referrer-Policy"] == "same-origin"
    assert response["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "camera=()" in response["Permissions-Policy"]


INLINE = re.compile(
    r"<style|\sstyle\s*=|\son[a-z]+\s*=\s*[\"']|hx-on|javascript:|<script(?![^>]*(?:\ssrc=|application/json))", re.I
)


def inline_code(text: str) -> list[str]:
    return INLINE.findall(re.sub(r"\{#.*?#\}|\{% comment .*?endcomment %\}", "", text, flags=re.S))


@pytest.mark.parametrize("template", sorted((ROOT / "templates").rglob("*.html")), ids=lambda path: path.name)
def test_no_template_holds_code_that_the_policy_would_stop(template):
    assert inline_code(template.read_text()) == []


@pytest.mark.parametrize(
    "bad",
    [
        '<p style="color:red">',
        "<style>",
        '<a onclick="x()">',
        "<script>x</script>",
        '<a href="javascript:x">',
        '<p hx-on:click="x">',
    ],
)
def test_control_inline_code_would_be_seen(bad):
    assert inline_code(bad)


# --- bodies that are too large or torn -----------------------------------------------------------------

GIGABYTE = 1024**3
ANYWHERE = [
    "/",
    "/sign-in/",
    "/households/new/",
    "/support/new/",
    "/admin/login/",
    "/api/households/",
    "/no/such/page/",
]


@pytest.mark.django_db
@pytest.mark.parametrize("where", ANYWHERE)
@pytest.mark.parametrize(
    "kind", ["multipart/form-data; boundary=x", "application/x-www-form-urlencoded", "application/json", "text/plain"]
)
def test_a_body_declared_too_large_is_not_read(client, where, kind):
    """The test client's body fails when more is read from it than it holds."""
    started = time.monotonic()

    response = client.generic("POST", where, b"--x\r\n", kind, CONTENT_LENGTH=str(GIGABYTE))

    assert response.status_code == 413
    assert time.monotonic() - started < 1
    assert "quá lớn" in response.content.decode() or "quá lớn" in response.json()["detail"]


@pytest.mark.django_db
def test_the_largest_upload_leaves_no_file_behind(settings, tmp_path, client):
    settings.FILE_UPLOAD_TEMP_DIR = str(tmp_path)
    head = b'--x\r\nContent-Disposition: form-data; name="f"; filename="danh-sach.xlsx"\r\n\r\n'
    body = head + b"0" * (settings.MAX_BODY_BYTES - len(head) - 7) + b"\r\n--x--"
    strict = Client(enforce_csrf_checks=True)

    response = strict.generic("POST", "/households/new/", body, "multipart/form-data; boundary=x")

    assert response.status_code == 403
    assert list(tmp_path.iterdir()) == []


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/x-www-form-urlencoded", b"a=" + b"1" * 3_000_000),
        ("application/x-www-form-urlencoded", b"a=1&" * 5_001),
        ("multipart/form-data", b"no boundary"),
        ("multipart/form-data; boundary=x", b"--x\r\nContent-Disposition: form-data; na"),
        ("multipart/form-data; boundary=\xff", b"--x"),
        ("multipart/form-data; boundary=x", b"--x\r\nContent-Transfer-Encoding: base64\r\n\r\n!!!\r\n--x--"),
        ("application/x-www-form-urlencoded; charset=utf-16", b"a=1"),
        ("application/x-www-form-urlencoded; charset=klingon", b"a=1"),
    ],
    ids=["3 MB of text", "5001 fields", "no boundary", "torn", "strange boundary", "bad base64", "utf-16", "klingon"],
)
@pytest.mark.parametrize("where", ["/sign-in/", "/households/new/", "/api/households/"])
def test_a_torn_body_is_refused_and_never_our_fault(client, where, kind, body):
    client.force_login(factories.officer(factories.ward()))

    response = client.generic("POST", where, body, kind)

    assert response.status_code < 500


# --- the real server ---------------------------------------------------------------------------------------

# As bin/run starts it, except that the static files need not have been collected.
SERVER = """
import hadong_poverty.settings as settings
settings.STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)
from hadong_poverty import serve
serve.main()
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def database_url() -> str:
    """The test database, as another process finds it."""
    held = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{held['NAME']}"
    password = f":{held['PASSWORD']}" if held["PASSWORD"] else ""
    return f"postgres://{held['USER']}{password}@{held['HOST']}:{held['PORT'] or 5432}/{held['NAME']}"


def environment(**changes: str) -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "COV", "DJANGO"))}
    return {**inherited, "DJANGO_SETTINGS_MODULE": "hadong_poverty.settings", "HADONG_MODE": "local", **changes}


def start(code: str, **changes: str) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, "-c", code], cwd=ROOT, env=environment(**changes), text=True, stdout=-1, stderr=-1
    )


@pytest.fixture(scope="module")
def server(django_db_setup, django_db_blocker, tmp_path_factory):
    """The application behind waitress, with a temporary directory of its own."""
    port, temporary = free_port(), tmp_path_factory.mktemp("server")
    with django_db_blocker.unblock():
        where = database_url()
    process = start(SERVER, DATABASE_URL=where, PORT=str(port), TMPDIR=str(temporary))
    line = process.stdout.readline()
    assert "Serving on" in line, line + process.stderr.read()
    yield port, temporary
    process.terminate()
    process.wait(10)
    noise = process.stderr.read()
    assert "Internal Server Error" not in noise, noise
    assert "Unhandled" not in noise, noise


def exchange(port: int, head: str, body=(), *, wait: float = 10) -> tuple[bytes, int]:
    """Send a request line by line as a stubborn client would; return the answer and how much was taken."""
    sent, answer = 0, b""
    with socket.create_connection(("127.0.0.1", port), timeout=wait) as line:
        line.sendall(head.encode())
        reader = _Reader(line)
        reader.start()
        try:
            for piece in body:
                line.sendall(piece)
                sent += len(piece)
        except (BrokenPipeError, ConnectionResetError):
            pass
        reader.join(wait)
        answer = reader.answer
    return answer, sent


class _Reader(threading.Thread):
    """Takes the answer while the body is still being sent: a server that has heard enough does not wait."""

    def __init__(self, line: socket.socket):
        super().__init__(daemon=True)
        self.line, self.answer = line, b""

    def run(self):
        try:
            while piece := self.line.recv(65536):
                self.answer += piece
        except OSError:
            pass


def post(path: str, *lines: str) -> str:
    return "\r\n".join([f"POST {path} HTTP/1.1", "Host: 127.0.0.1", "Connection: close", *lines, "", ""])


def still_answers(port: int) -> bool:
    answer, _ = exchange(port, "GET /sign-in/ HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
    return answer.startswith(b"HTTP/1.1 200")


MEGABYTE = b"0" * 1024**2
# What lies in the buffers of the two sockets when the server has stopped listening.
IN_FLIGHT = 8 * 1024**2


@pytest.mark.django_db
@pytest.mark.parametrize("where", ["/", "/households/new/", "/api/households/", "/no/such/page/"])
def test_a_gigabyte_that_announces_itself_is_cut_off_at_once(server, where):
    port, temporary = server

    answer, taken = exchange(port, post(where, f"Content-Length: {GIGABYTE}"), (MEGABYTE for _ in range(1024)))

    assert answer.startswith(b"HTTP/1.1 413") or answer == b""
    assert taken <= IN_FLIGHT
    assert still_answers(port)
    assert list(temporary.iterdir()) == []


@pytest.mark.django_db
@pytest.mark.parametrize(("language", "told"), [("vi", "Ảnh hoặc tệp PDF"), ("en", "A photo or a PDF may have 8 MB")])
def test_a_file_somewhat_too_large_is_heard_out_and_answered_with_a_page_that_says_what_to_do(server, language, told):
    """A browser cut off while it sends would show that the connection broke."""
    port, temporary = server
    megabytes = settings.MAX_BODY_BYTES // len(MEGABYTE) + 1
    head = post(
        "/households/new/", f"Content-Length: {megabytes * len(MEGABYTE)}", f"Cookie: django_language={language}"
    )

    answer, taken = exchange(port, head, (MEGABYTE for _ in range(megabytes)))

    assert answer.startswith(b"HTTP/1.1 413")
    assert taken == megabytes * len(MEGABYTE)
    assert told in answer.decode()
    assert f"{attachments.LARGEST // 1024**2} MB" in answer.decode()
    assert f"{workbooks.LARGEST_FILE // 1024**2} MB" in answer.decode()
    assert list(temporary.iterdir()) == []


@pytest.mark.django_db
@pytest.mark.parametrize("where", ["/", "/households/new/", "/api/households/"])
def test_a_body_that_does_not_say_its_length_is_cut_off_at_eleven_megabytes(server, where):
    port, temporary = server
    chunk = f"{len(MEGABYTE):x}\r\n".encode() + MEGABYTE + b"\r\n"

    answer, taken = exchange(port, post(where, "Transfer-Encoding: chunked"), (chunk for _ in range(200)))

    assert answer.startswith(b"HTTP/1.1 413") or answer == b""
    assert taken <= settings.MAX_BODY_BYTES + IN_FLIGHT
    assert still_answers(port)
    assert list(temporary.iterdir()) == []


@pytest.mark.django_db
@pytest.mark.parametrize(
    "head",
    [
        "POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: -1\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        "GET /%00 HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n",
        "GET /%ff%fe HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n",
        f"GET /?{'x' * 300_000} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: evil.example.org\r\nConnection: close\r\n\r\n",
        "BREW /coffee HTCPCP/1.0\r\n\r\n",
    ],
    ids=["negative length", "two lengths", "bad chunk", "NUL", "not UTF-8", "endless line", "other host", "no HTTP"],
)
def test_a_broken_request_is_refused_by_the_server(server, head):
    port, _ = server

    answer, _ = exchange(port, head, wait=5)

    assert re.match(rb"HTTP/1\.[01] (4\d\d|302)", answer), answer[:200]
    assert b"Traceback" not in answer
    assert still_answers(port)


@pytest.mark.django_db
def test_the_server_names_neither_itself_nor_forgets_the_policy(server):
    port, _ = server

    answer, _ = exchange(port, "GET /static/img/mark.svg HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
    page, _ = exchange(port, "GET /sign-in/ HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")

    for each in (answer, page):
        assert b"Content-Security-Policy" in each
        assert b"\r\nServer:" not in each


@pytest.mark.django_db
def test_a_forged_forwarding_header_reaches_nobody(server):
    """Without TRUSTED_PROXY the server throws it away, so that nobody can pretend to have come by TLS."""
    port, _ = server
    forged = "X-Forwarded-Proto: https\r\nX-Forwarded-For: 1.2.3.4\r\nX-Forwarded-Host: evil.example.org\r\n"

    answer, _ = exchange(port, f"GET /households/ HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n{forged}\r\n")

    assert answer.startswith(b"HTTP/1.1 302")
    assert b"Location: /sign-in/" in answer


@pytest.mark.django_db(transaction=True)
def test_the_server_does_not_start_on_half_an_audit_trail():
    from accounts import triggers

    name, table = "audit_households_member_upd", "households_member"
    with connection.cursor() as cursor:
        cursor.execute(f'DROP TRIGGER "{name}"' + (f' ON "{table}"' if connection.vendor == "postgresql" else ""))
    try:
        process = start(SERVER, DATABASE_URL=database_url(), PORT=str(free_port()))
        _, noise = process.communicate(timeout=60)
    finally:
        triggers.install(connection)

    assert process.returncode == 1
    assert name in noise
    assert "Traceback" not in noise


# --- production ----------------------------------------------------------------------------------------------

GOOD_KEY = "4mX9-cLq2_Zr7Tn0vBy5sKd8eWfUgHjPaQiOoRtYuIzXwVbNlM"
PRODUCTION = {
    "HADONG_MODE": "production",
    "SECRET_KEY": GOOD_KEY,
    "ALLOWED_HOSTS": "giamngheo.example.gov.vn",
    "DATABASE_URL": "postgres://hadong@127.0.0.1/hadong",
}


def run(*arguments: str, **changes: str) -> subprocess.CompletedProcess:
    cleaned = environment()
    for name in ("DEBUG", "SECRET_KEY", "ALLOWED_HOSTS", "DATABASE_URL"):
        cleaned.pop(name, None)
    return subprocess.run(
        [sys.executable, *arguments], cwd=ROOT, env={**cleaned, **changes}, text=True, capture_output=True, timeout=120
    )


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"DEBUG": "1"}, "DEBUG"),
        ({"SECRET_KEY": ""}, "SECRET_KEY"),
        ({"SECRET_KEY": "short"}, "SECRET_KEY"),
        ({"SECRET_KEY": "a" * 60}, "SECRET_KEY"),
        ({"SECRET_KEY": "django-insecure-" + GOOD_KEY}, "SECRET_KEY"),
        ({"ALLOWED_HOSTS": ""}, "ALLOWED_HOSTS"),
        ({"ALLOWED_HOSTS": "*"}, "ALLOWED_HOSTS"),
        ({"ALLOWED_HOSTS": "giamngheo.example.gov.vn,*"}, "ALLOWED_HOSTS"),
        ({"ALLOWED_HOSTS": "*.gov.vn"}, "ALLOWED_HOSTS"),
        ({"HADONG_MODE": "prodution"}, "HADONG_MODE"),
    ],
    ids=lambda value: "=".join(next(iter(value.items())))[:40] if isinstance(value, dict) else value,
)
def test_production_refuses_to_start_with(change, reason):
    tried = run("-c", "import hadong_poverty.settings", **{**PRODUCTION, **change})

    assert tried.returncode != 0
    assert reason in tried.stderr.splitlines()[-1]
    assert GOOD_KEY not in tried.stderr


def test_production_has_nothing_to_be_warned_of():
    checked = run("manage.py", "check", "--deploy", "--fail-level", "WARNING", **PRODUCTION)

    assert (checked.returncode, checked.stdout.strip()) == (0, "System check identified no issues (0 silenced)."), (
        checked.stderr
    )


def test_production_cookies_travel_by_tls_only_and_to_this_host_only():
    code = (
        "import hadong_poverty.settings as s;"
        "print(s.SESSION_COOKIE_NAME, s.CSRF_COOKIE_NAME, s.SESSION_COOKIE_SECURE, s.CSRF_COOKIE_SECURE,"
        " s.SECURE_SSL_REDIRECT, s.SECURE_HSTS_SECONDS, s.DEBUG)"
    )

    told = run("-c", code, **PRODUCTION).stdout.split()

    assert told == ["__Host-sessionid", "__Host-csrftoken", "True", "True", "True", "31536000", "False"]


def test_a_machine_of_ones_own_makes_its_own_key():
    code = "import hadong_poverty.settings as s; print(len(s.SECRET_KEY), s.DEBUG, s.ALLOWED_HOSTS)"

    told = run("-c", code, HADONG_MODE="local").stdout

    assert int(told.split()[0]) >= 50
    assert "False ['127.0.0.1', 'localhost', '[::1]']" in told


def test_the_key_of_this_machine_is_not_in_the_project():
    tracked = subprocess.run(["git", "ls-files", "var"], cwd=ROOT, text=True, capture_output=True)

    assert tracked.stdout.strip() in {"", "var/.gitkeep"}


def test_no_request_is_one_transaction():
    """Every page would then take SQLite's write lock, and one slow save would stop all readers."""
    assert settings.DATABASES["default"].get("ATOMIC_REQUESTS", False) is False


@pytest.mark.django_db
def test_sqlite_neither_loses_what_it_acknowledged_nor_takes_dangling_rows():
    if connection.vendor != "sqlite":
        pytest.skip("SQLite's own settings")
    import sqlite3

    with connection.cursor() as cursor:
        values = {}
        for name in ("foreign_keys", "recursive_triggers", "secure_delete", "journal_mode"):
            cursor.execute(f"PRAGMA {name}")
            values[name] = cursor.fetchone()[0]
    assert values["foreign_keys"] == values["recursive_triggers"] == values["secure_delete"] == 1
    # The write-ahead log of older versions can be corrupted by two connections.
    assert values["journal_mode"] == ("wal" if sqlite3.sqlite_version_info >= (3, 51, 3) else "delete")
    assert "synchronous=FULL" in settings.DATABASES["default"]["OPTIONS"]["init_command"]
    assert settings.DATABASES["default"]["OPTIONS"]["transaction_mode"] == "IMMEDIATE"

"""A real Chromium, Debian's, against a live server. Every test below this folder carries the mark `browser`.

page.goto("/households/")          addresses are relative to the live server
page = page_as(officer)            a page on which this user is signed in
axe(page)                          fails with what a screen reader would stumble over
"""

import os
import shutil
from pathlib import Path

import pytest
from django.conf import settings

# Playwright keeps an event loop on the main thread, which Django takes for asynchronous code.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"

HERE = Path(__file__).parent
QUIET = [
    "--no-sandbox",  # root in a container has no other way
    "--disable-dev-shm-usage",
    "--disable-gpu",
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-domain-reliability",
    "--disable-extensions",
    "--disable-sync",
    "--metrics-recording-only",
    # The pages must need nothing from outside; here they cannot have it.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
]


def pytest_collection_modifyitems(items):
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium")
    if not chromium:
        pytest.fail("Browser tests need Chromium: apt-get install chromium, or name one in CHROMIUM.")
    return {**browser_type_launch_args, "executable_path": chromium, "args": QUIET}


@pytest.fixture(scope="session")
def base_url(live_server):
    return live_server.url


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args):
    return {
        **browser_context_args,
        "viewport": {"width": 1366, "height": 768},
        "locale": "vi-VN",
        "timezone_id": settings.TIME_ZONE,
    }


@pytest.fixture(autouse=True)
def _count_sign_ins_afresh(transactional_db):
    """The cache table, where sign-in limits and throttles count, is no model: flushing leaves it."""
    from django.core.cache import cache

    cache.clear()


@pytest.fixture
def context(context):
    """A browser context that fails its test on script errors and on anything the content policy blocks."""
    complaints = context.complaints = []  # a test that provokes one clears it

    def listen(message):
        # An answer of 4xx is reported here too; tests that want one look at it themselves.
        if message.type == "error" and "Failed to load resource" not in message.text:
            complaints.append(message.text)

    context.on("console", listen)
    context.on("weberror", lambda error: complaints.append(str(error.error)))
    context.set_default_timeout(15_000)
    yield context
    assert not complaints, "The browser complained:\n" + "\n".join(complaints)


@pytest.fixture
def page_as(context, client, live_server):
    """Open a page on which `user` is signed in, without walking through the sign-in form."""

    def open_page(user):
        client.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[0])
        session = client.cookies[settings.SESSION_COOKIE_NAME].value
        context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}])
        return context.new_page()

    return open_page


@pytest.fixture(scope="session")
def axe():
    """Check the page as it stands against axe's rules."""
    source = (HERE / "vendor" / "axe.min.js").read_text(encoding="utf-8")

    def check(page, *, within="html"):
        page.evaluate(source)
        result = page.evaluate("within => axe.run(within, {resultTypes: ['violations']})", within)
        found = [
            f"{violation['impact']} {violation['id']}: {violation['help']}\n    {node['html'][:200]}"
            for violation in result["violations"]
            for node in violation["nodes"]
        ]
        assert not found, f"axe on {page.url}: {len(found)}\n" + "\n".join(found)

    return check

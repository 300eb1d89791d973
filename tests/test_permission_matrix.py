"""Every URL, asked in every way by everybody; and nobody reads what is another ward's.

The expected answers stand in `permission_matrix.py`.
"""

import re
from collections.abc import Iterator
from datetime import date
from html import unescape
from types import ModuleType
from urllib.parse import quote, quote_plus, urlencode, urlsplit

import pytest
from django.apps import apps
from django.db import connection, transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, path, reverse

from accounts.models import AuditEvent, User
from tests import factories
from tests.permission_matrix import API, MATRIX, OF_A_WARD, PAGES, Url, address
from tests.two_wards import BY_TOKEN, PEOPLE, Person, body_of, leaks, two_wards
from wards.text import fold

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("world")]

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")

# --- the URL tree -----------------------------------------------------------------------------------


def url_names(resolver: URLResolver, spaces: tuple[str, ...] = (), prefix: str = "") -> Iterator[str]:
    """The name of every URL; one without a name goes by its route."""
    for pattern in resolver.url_patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLPattern):
            yield ":".join([*spaces, pattern.name or route])
        else:
            inside = (*spaces, pattern.namespace) if pattern.namespace else spaces
            yield from url_names(pattern, inside, route)


def unclassified(urlconf=None) -> set[str]:
    return set(url_names(get_resolver(urlconf))) - set(MATRIX)


def test_every_url_has_an_entry():
    assert unclassified() == set()


def test_every_entry_has_a_url():
    assert set(MATRIX) - set(url_names(get_resolver())) == set()


def test_a_new_url_without_an_entry_is_noticed():
    tree = ModuleType("tree")
    complaints = path("complaints/", lambda request: None, name="complaint-list")
    tree.urlpatterns = [*get_resolver().url_patterns, complaints]

    assert unclassified(tree) == {"complaint-list"}


def test_the_matrix_is_large_enough_to_mean_something():
    cells = sum(
        sum(len(people_for(method)) for method in methods_for(name)) * len(wards_for(url))
        for name, url in MATRIX.items()
    )
    assert cells >= 3_000


@pytest.fixture(scope="module")
def world(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock(), two_wards() as made:
        yield made


def ask(person: Person, method: str, where: str) -> HttpResponse:
    """Send a request with an empty body; what it changed is taken back."""
    client = person.client()
    kwargs = {"content_type": "application/json"} if where.startswith("/api/") else {}
    if method in ("POST", "PUT", "PATCH") and kwargs:
        kwargs["data"] = {}
    try:
        with transaction.atomic():
            response = getattr(client, method.lower())(where, **kwargs)
            body_of(response)
            raise _TakenBack
    except _TakenBack:
        return response


class _TakenBack(Exception):
    pass


def wards_for(url: Url) -> tuple[str, ...]:
    return ("dong_mai", "bien_giang") if url.needs in OF_A_WARD else ("dong_mai",)


def expected(url: Url, name: str, method: str, who: str, ward: str) -> int:
    person = PEOPLE[who]
    column = person.column
    if who in BY_TOKEN and name not in API:
        column = "outside"  # a token opens the API and nothing else
    if column == "own" and url.needs in OF_A_WARD and ward != person.home:
        column = "other"
    if url.by_token and who in BY_TOKEN and column != "outside":
        return url.by_token.get(method, url.by_token["rest"])
    asked = "GET" if method == "HEAD" and "HEAD" not in url.answers else method
    return getattr(url.answers.get(asked, url.rest), column)


def methods_for(name: str) -> tuple[str, ...]:
    return METHODS if name in PAGES or name in API else ("GET", "POST")


def people_for(method: str) -> list[str]:
    """Everybody; HEAD is GET without its body, so a few show that it is."""
    return ["anonymous", "officer", "officer of the other ward", "leader"] if method == "HEAD" else list(PEOPLE)


def people_asked(method: str) -> list[str]:
    """Who may do what is the same on either database; that PostgreSQL's queries answer so, a few show."""
    few = ("officer", "officer of the other ward", "staff")
    return [who for who in people_for(method) if connection.vendor == "sqlite" or who in few]


# On every answer, whatever it says.
GUARDS = (
    "Content-Security-Policy",
    "X-Content-Type-Options",
    "X-Frame-Options",
    "Referrer-Policy",
    "Permissions-Policy",
)

CASES = [(name, method) for name in MATRIX for method in methods_for(name)]


@pytest.mark.parametrize(("name", "method"), CASES, ids=[f"{method} {name}" for name, method in CASES])
def test_everybody_gets_the_answer_of_the_matrix(world, name, method):
    url, wrong = MATRIX[name], []

    for ward in wards_for(url):
        where = address(name, url, getattr(world, ward))
        for who in people_asked(method):
            response = ask(PEOPLE[who], method, where)
            want = expected(url, name, method, who, ward)
            if response.status_code != want:
                wrong.append(f"{method} {where} ({ward}) by {who}: {response.status_code}, not {want}")
            wrong += leaks(world, who, response, where, revealing=name == "household-reveal")
            wrong += [f"{method} {where}: no {header}" for header in GUARDS if header not in response.headers]

    assert not wrong, "\n".join(wrong)


# --- nothing that is another ward's ------------------------------------------------------------------


def test_control_a_leak_would_be_seen(world):
    """The officer's own page is full of words that would be leaks on anybody else's screen."""
    response = ask(PEOPLE["officer"], "GET", reverse("household-detail", args=[world.dong_mai.household.pk]))

    seen = list(leaks(world, "officer of the other ward", response, "here"))

    assert len(seen) >= 2, "a name and a number"
    assert list(leaks(world, "officer", response, "here")) == []


def test_control_a_leak_inside_a_workbook_would_be_seen(world):
    response = ask(PEOPLE["officer"], "GET", reverse("household-export"))

    assert list(leaks(world, "leader", response, "here"))


LISTS = [
    "household-list",
    "household-export",
    "action-list",
    "action-export",
    "household-suggest",
    "summary",
    "summary-xlsx",
    "dashboard",
]
REPORTS = {"summary", "summary-xlsx", "dashboard", "api-five-year-summary"}
API_LISTS = [name for name in API if name.endswith("-list") or name == "api-five-year-summary"]


def questions(world, name: str) -> Iterator[dict]:
    """Filters that reach for the other ward's rows by every handle there is."""
    other = world.bien_giang
    yield {"ward": other.ward.pk}
    yield {"ward": other.ward.code}
    if name in REPORTS:
        return
    yield {"ward__id": other.ward.pk, "household__ward": other.ward.pk}
    yield {"residential_group": other.group.pk, "household": other.household.pk, "like": other.action.pk}
    yield {"household": other.household.pk, "member": other.member.pk}
    for word in (other.canaries[0], other.canaries[2], other.canaries[8], other.secrets[0]):
        yield {"q": word, "search": word, "household_search": word}
    yield {"page": 1, "page_size": 200, "sort": "-code", "year": 2022, "ward": other.ward.pk}


def without_echo(text: str, query: dict) -> str:
    """A page without what its reader typed, which it shows again, and without what differs each time."""
    for typed in map(str, query.values()):
        for written in (typed, quote(typed), quote_plus(typed), fold(typed)):
            text = text.replace(written.lower(), "…")
    text = re.sub(r'name="next" value="[^"]*"', "", text)
    text = re.sub(r'name="csrfmiddlewaretoken" value="\w+"|content-length: \d+|\d\d:\d\d', "", text)
    return re.sub(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "", text)  # a form's key


@pytest.mark.parametrize("name", [*LISTS, *API_LISTS, "action-create", "household-create"])
def test_no_filter_reaches_another_wards_people(world, name):
    found = []
    for query in questions(world, name):
        where = f"{reverse(name)}?{urlencode(query)}"
        for who in ("officer", "leader"):
            response = ask(PEOPLE[who], "GET", where)
            response.all_text = without_echo(body_of(response), query)
            found += leaks(world, who, response, where)
            if response.status_code >= 500:
                found.append(f"{where}: {response.status_code}")
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    "name",
    [
        "household-list",
        "household-suggest",
        "action-list",
        "api-household-list",
        "api-member-list",
        "api-status-list",
        "api-support-action-list",
    ],
)
@pytest.mark.parametrize("who", ["officer", "officer without a ward"])
def test_searching_for_a_neighbour_answers_as_for_nobody(world, name, who):
    """Neither rows nor counts nor words tell whether the other ward has such a person."""

    def answer(word: str) -> str:
        query = {"q": word, "household_search": word}
        return without_echo(body_of(ask(PEOPLE[who], "GET", f"{reverse(name)}?{urlencode(query)}")), query)

    assert answer(world.bien_giang.canaries[0]) == answer("Khôngcó Thị Ai")
    assert answer(world.bien_giang.secrets[0]) == answer("001099000001")


@pytest.mark.parametrize("name", [name for name, url in MATRIX.items() if url.needs in OF_A_WARD])
def test_a_foreign_record_looks_like_one_that_does_not_exist(world, name):
    url = MATRIX[name]
    method = "POST" if "GET" not in url.answers else "GET"

    def answer(where: str) -> tuple[int, str]:
        response = ask(PEOPLE["officer"], method, where)
        return response.status_code, without_echo(body_of(response).replace(where, "…"), {})

    foreign = address(name, url, world.bien_giang)
    nowhere = re.sub(r"/\d+/", "/987654321/", foreign, count=1)
    assert answer(foreign) == answer(nowhere)


def test_a_form_offers_only_the_officers_own_wards_and_people(world):
    for name in ("household-create", "action-create"):
        text = body_of(ask(PEOPLE["officer"], "GET", reverse(name)))
        assert f'value="{world.bien_giang.ward.pk}"' not in re.findall(
            r'<select[^>]*name="ward".*?</select>', text, re.S
        )
        assert "Biên Giang" not in text


# --- codes that were reused ---------------------------------------------------------------------------


@pytest.fixture
def two_eras(world):
    """Phú La ended on 30/6/2025; its code 09552 now belongs to Kiến Hưng, another territory."""
    old = factories.ward("Phú La", code="09552", until=date(2025, 6, 30))
    new = factories.ward("Kiến Hưng", code="09552", since=date(2025, 7, 1))
    factories.household(old, head="Cũngày Thị Xưa", code="09552-0001")
    factories.household(new, head="Mớiđây Thị Nay", code="09552-0001")
    return {"old": (factories.officer(old), "Cũngày", "Mớiđây"), "new": (factories.officer(new), "Mớiđây", "Cũngày")}


@pytest.mark.parametrize("era", ["old", "new"])
@pytest.mark.parametrize("name", ["household-list", "household-export", "api-household-list", "api-member-list"])
@pytest.mark.parametrize("query", ["", "?ward=", "?ward=09552", "?q=09552-0001", "?q=thi"])
def test_an_officer_of_a_reused_code_sees_one_era_only(two_eras, era, name, query):
    user, own, foreign = two_eras[era]
    client = Client()
    client.force_login(user)

    text = body_of(client.get(reverse(name) + query))

    assert foreign.lower() not in text
    if query in ("", "?ward="):
        assert own.lower() in text


# --- figures without people ----------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["leader", "administrator"])
@pytest.mark.parametrize("name", ["dashboard", "summary", "api-five-year-summary"])
def test_no_parameter_turns_a_leaders_figures_into_an_oracle(world, name, who):
    def answer(**query: str) -> str:
        text = body_of(ask(PEOPLE[who], "GET", f"{reverse(name)}?{urlencode(query)}"))
        return re.sub(r'\?[^"]*"', '"', without_echo(text, query))  # a link may pass on the question

    plain = answer()
    for key in ("q", "name__startswith", "household__members__name__contains", "ordering", "id_number", "household"):
        assert answer(**{key: "Quýtđỏ"}) == plain, key


# --- walking from page to page ----------------------------------------------------------------------------


INLINE = re.compile(r"""<style|\sstyle=|\son[a-z]+="|hx-on|javascript:|<script(?![^>]*(?: src=|application/json))""")


@pytest.mark.parametrize(
    "who", ["officer", "officer without a ward", "officer moved to the other ward", "staff", "leader", "administrator"]
)
def test_no_link_leads_where_its_reader_may_not_go(world, who):
    client, wrong = PEOPLE[who].client(), []
    waiting, seen = ["/"], set()
    while waiting and len(seen) < 100:
        where = waiting.pop(0)
        seen.add(where)
        response = client.get(where)
        if response.status_code not in (200, 302):
            wrong.append(f"{where}: {response.status_code}")
        wrong += leaks(world, who, response, where)
        if "html" not in response.get("Content-Type", ""):
            continue
        # The content policy would silence each of these; whoever wrote it would wonder why.
        wrong += [f"{where} contains {found}" for found in INLINE.findall(response.content.decode())]
        for found in re.findall(r'(?:href|hx-get)="([^"#]*)', response.content.decode()):
            target = urlsplit(unescape(found))
            link = target.path + (f"?{target.query}" if target.query else "")
            if target.netloc or not target.path.startswith("/") or target.path.startswith(("/static/", "/admin/")):
                continue
            # Of links that differ in their question only, the first two are followed.
            alike = sum(urlsplit(each).path == target.path for each in (*seen, *waiting))
            if link not in seen and link not in waiting and alike < 2:
                waiting.append(link)

    assert not wrong, "\n".join(wrong)
    assert len(seen) > 3


# --- reading changes nothing, changing needs the form's key -----------------------------------------------


def fingerprint() -> dict[str, int]:
    """How many rows every table of ours has."""
    ours = [
        model
        for model in apps.get_models(include_auto_created=True)
        if model.__module__.split(".")[0] in {"wards", "accounts", "households", "support", "reports"}
    ]
    one_query = " UNION ALL ".join(
        f"SELECT '{model._meta.db_table}', count(*) FROM {model._meta.db_table}" for model in ours
    )
    with connection.cursor() as cursor:
        cursor.execute(one_query)
        return dict(cursor.fetchall())


# That somebody took them away is noted.
EXPORTS = {
    "household-export",
    "action-export",
    "fund-export",
    "not-reached-export",
    "batch-signatures-xlsx",
    "summary-xlsx",
    "review-tables-xlsx",
}


@pytest.mark.parametrize("name", MATRIX)
def test_reading_changes_nothing(world, name):
    url = MATRIX[name]
    where = address(name, url, world.dong_mai)
    before, last = fingerprint(), AuditEvent.objects.order_by("-pk").values_list("pk", flat=True).first()

    for who, method in (("officer", "get"), ("officer", "head"), ("staff", "get"), ("administrator", "get")):
        body_of(getattr(PEOPLE[who].client(), method)(where))

    noted = AuditEvent.objects.filter(pk__gt=last)
    if name in EXPORTS:
        assert {event.action for event in noted} == {"export"}
        before["accounts_auditevent"] += len(noted)
    assert fingerprint() == before


@pytest.mark.parametrize("name", [name for name, url in MATRIX.items() if "POST" in url.answers or name in API])
def test_nothing_is_taken_without_the_forms_key(world, name):
    """A page on another site can make a browser send anything but this key."""
    where, wrong = address(name, MATRIX[name], world.dong_mai), []
    for who in ("anonymous", "officer", "staff", "administrator"):
        client = PEOPLE[who].client(checked=True)
        for method in ("post", "put", "patch", "delete"):
            status = getattr(client, method)(where).status_code
            if status not in (401, 403, 405) and not (name == "api-root" and status == 302):
                wrong.append(f"{method} by {who}: {status}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("name", ["household-list", "household-detail", "action-list", "summary"])
def test_a_fragment_is_guarded_like_its_page(world, name):
    where = address(name, MATRIX[name], world.bien_giang)

    for who, want in {"anonymous": 401, "closed account": 401}.items():
        client = PEOPLE[who].client()
        response = client.get(where, headers={"hx-request": "true"})
        assert (response.status_code, response.content) == (want, b"")
    for who in ("officer", "leader", "officer without a ward"):
        response = PEOPLE[who].client().get(where, headers={"hx-request": "true"})
        assert list(leaks(world, who, response, where)) == []


def test_roles_cannot_be_given_to_oneself(world):
    """The only page that writes a role is the administrators'."""
    officer = world.accounts["officer"]
    for name in (name for name in MATRIX if name.startswith("admin:accounts_user")):
        where = address(name, MATRIX[name], world.dong_mai)
        PEOPLE["officer"].client().post(where, {"role": "admin", "username": officer.username, "is_active": "on"})

    assert User.objects.get(pk=officer.pk).role == "officer"

"""Whatever is typed, pasted, forged or torn: a clear answer, never our fault, never half a record."""

import re
from collections.abc import Iterator
from functools import lru_cache
from html.parser import HTMLParser
from itertools import cycle
from urllib.parse import quote_plus

import pytest
from django.apps import apps
from django.db import connection, transaction
from django.http import HttpResponse
from django.urls import reverse
from drf_spectacular.generators import SchemaGenerator

from accounts.models import AuditEvent
from households.models import Household, Member
from support.models import SupportAction
from tests import action_sheets, sheets
from tests.permission_matrix import API, MATRIX, NO_RIGHT, PAGES, address
from tests.two_wards import PEOPLE, body_of, leaks, two_wards

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("world")]


@pytest.fixture(scope="module")
def world(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock(), two_wards() as made:
        yield made


# As they stand in an address, already encoded.
NASTY = {
    "nothing": "",
    "NUL": "%00",
    "a NUL inside": "1%002",
    "10 000 letters": "x" * 10_000,
    "10 000 digits": "9" * 10_000,
    "minus one": "-1",
    "zero": "0",
    "2^31": str(2**31),
    "2^63": str(2**63),
    "2^70": str(2**70),
    "brackets": "%5B%5D",
    "emoji": "%F0%9F%99%82",
    "a lone surrogate": "%ED%A0%80",
    "no UTF-8": "%FF%FE",
    "per cent": "%25",
    "quotes": "%27%22%60",
    "SQL": "1%27%20OR%201%3D1%20--",
    "other digits": "%D9%A3%EF%BC%91",
    "not a number": "NaN",
    "a power": "1e9",
    "a wrong day": "31/02/2024",
    "right-to-left": "%E2%80%AE",
    "a star": "*",
}


# Tried in each place by itself: what passes one check may break the next one, or the database.
WORST = {name: NASTY[name] for name in ("NUL", "2^63", "a lone surrogate", "emoji", "minus one")}


def in_turn(places: list[str], texts: dict[str, str], each: int) -> Iterator[tuple[str, str]]:
    """Every place with some of the texts, so that neighbours get different ones."""
    turn = cycle(texts.values())
    return ((place, next(turn)) for place in places for _ in range(each if texts else 0))


class _TakenBack(Exception):
    pass


def send(
    who: str, method: str, where: str, data: bytes = b"", kind: str = "application/x-www-form-urlencoded"
) -> HttpResponse:
    """One request; what it changed is taken back, so that the next one meets the same world."""
    try:
        with transaction.atomic():
            response = PEOPLE[who].client().generic(method, where, data, kind)
            body_of(response)
            raise _TakenBack
    except _TakenBack:
        return response


def faults(answers: Iterator[tuple[str, HttpResponse]]) -> list[str]:
    return [f"{response.status_code}: {asked[:150]}" for asked, response in answers if response.status_code >= 500]


# --- questions -------------------------------------------------------------------------------------------

LISTS = ["household-list", "household-export", "action-list", "action-export", "household-suggest", "action-create"]
REPORTS = ["summary", "summary-xlsx", "dashboard", "programme"]
API_LISTS = [
    name
    for name, url in API.items()
    if "GET" in url.answers and not url.needs and name not in ("api-schema", "api-docs", "api-root")
]
# Read by a page without standing in its form of filters.
UNSEEN = {"page", "sort", "ward", "year", "level", "like", "household", "policy", "household_search", "q", "next"}


def parameters_of(world, name: str) -> set[str]:
    """Whatever a page's form of filters asks for; for the API, what its description promises."""
    if name in API:
        return described()[reverse(name)] | {"page", "page_size", "sort", "format"}
    page = body_of(send("staff", "GET", reverse(name)))
    forms = re.findall(r'<form[^>]*method="get".*?</form>', page, re.S)
    return set(re.findall(r'name="([\w-]+)"', " ".join(forms)))


@lru_cache
def described() -> dict[str, set[str]]:
    schema = SchemaGenerator().get_schema(public=True)
    return {
        path: {each["name"] for each in methods.get("get", {}).get("parameters", []) if each["in"] == "query"}
        for path, methods in schema["paths"].items()
    }


@pytest.mark.parametrize("name", [*LISTS, *REPORTS, *API_LISTS])
def test_no_question_is_too_strange(world, name):
    found = parameters_of(world, name)
    asked = sorted(found if name in (*API_LISTS, *REPORTS) else found | UNSEEN)
    # Workbooks are slow to write and ask the same sieve as their list.
    one_by_one = {} if name.endswith(("export", "xlsx")) else WORST

    def answers():
        for parameter, text in in_turn(asked, one_by_one, 2):
            yield f"{parameter}={text}", send("officer", "GET", f"{reverse(name)}?{parameter}={text}")
        for text in (NASTY if one_by_one else WORST).values():
            query = "&".join(f"{parameter}={text}" for parameter in asked)
            yield query, send("staff", "GET", f"{reverse(name)}?{query}")

    assert not (wrong := faults(answers())), "\n".join(wrong)


@pytest.mark.parametrize(
    "query", ["%", "&&&", "=", "?", "a" * 60_000, "&".join(["q=1"] * 900), "ward[]=1&ward[a]=2", ";", "q", "\x7f"]
)
def test_no_question_is_too_badly_put(query):
    answers = (
        (query, send("officer", "GET", f"{reverse(name)}?{query}")) for name in (*LISTS, *REPORTS, "api-household-list")
    )

    assert faults(answers) == []


def test_filters_are_really_asked(world):
    """The names above are read off the pages: were none found, nothing would have been tried."""
    assert parameters_of(world, "household-list") >= {"q", "classification", "year"}
    assert parameters_of(world, "action-list") >= {"q", "policy", "source"}
    assert parameters_of(world, "api-support-action-list") >= {"page", "policy"}
    assert parameters_of(world, "summary") >= {"first", "last", "ward"}


NUMBERS = ["0", "00", "9" * 19, "9" * 60, str(2**31), str(2**63)]


@pytest.mark.parametrize("number", NUMBERS)
def test_a_record_of_an_impossible_number_does_not_exist(number):
    paths = [
        f"/households/{number}/",
        f"/households/{number}/edit/",
        f"/households/{number}/statuses/2024/",
        f"/support/{number}/",
        f"/support/{number}/edit/",
        f"/support/{number}/void/",
        *(f"/api/{kind}/{number}/" for kind in ("households", "members", "statuses", "support-actions", "wards")),
    ]

    assert {path: send("officer", "GET", path).status_code for path in paths} == dict.fromkeys(paths, 404)


@pytest.mark.parametrize("number", ["abc", "-1", "1e3", "%00", "%ED%A0%80", "..%2f", "1.0", "%F0%9F%99%82", "x" * 3000])
def test_a_record_of_no_number_does_not_exist(number):
    kinds = ("households", "members", "statuses", "support-actions", "wards", "funding-sources", "support-policies")
    paths = [f"/api/{kind}/{number}/" for kind in kinds] + [f"/households/{number}/", f"/support/{number}/"]

    assert {send("officer", "GET", path).status_code for path in paths} == {404}


@pytest.mark.parametrize("year", ["0", "1", "1899", "2019", "2100", "9999", "99999", "9" * 25])
def test_a_class_cannot_be_judged_in_an_impossible_year(world, year):
    for method in ("GET", "POST"):
        where = f"/households/{world.dong_mai.household.pk}/statuses/{year}/"
        assert send("officer", method, where).status_code in (404, 422)


@pytest.mark.parametrize("code", ["%00", "VNN%00", "%ED%A0%80", "x" * 3000, "%27"])
def test_a_fund_or_rule_of_an_impossible_code_does_not_exist(world, code):
    client = PEOPLE["staff"].client()

    for path in (
        "funds/{}/",
        "funds/{}/open/",
        "funds/{}/export/",
        "funds/{}/receipts/new/",
        "support/not-reached/{}/",
    ):
        assert client.get(f"/{path.format(code)}").status_code == 404


@pytest.mark.parametrize("level", ["", "city", "x", "%00", "%ED%A0%80"])
def test_a_standard_that_does_not_exist_is_no_fault_of_ours(world, level):
    where = f"/households/{world.dong_mai.household.pk}/statuses/2021/?level={level}"

    assert send("officer", "GET", where).status_code < 500


# --- forms -----------------------------------------------------------------------------------------------


def encoded(fields: dict[str, str]) -> bytes:
    """A form as it is sent; the values are encoded already."""
    return "&".join(f"{name}={value}" for name, value in fields.items()).encode()


def plain(fields: dict) -> dict[str, str]:
    return {name: quote_plus(str(value)) for name, value in fields.items()}


def on_one_line(sheet: dict) -> dict:
    """The sheet without its empty lines, which take long to draw again."""
    first = {name: value for name, value in sheet.items() if not re.match(r"members-[1-9]", name)}
    return {**first, "members-TOTAL_FORMS": 1}


def forms(world) -> dict[str, tuple[str, dict]]:
    """Every form an officer sends, as it would be right."""
    dong_mai = world.dong_mai
    household, action = dong_mai.household, dong_mai.action
    help_given = action_sheets.sheet(
        action_sheets.line(dong_mai.source, "1.000.000"), policy=action.policy_id, household=household.pk
    )
    group = {**help_given, "kind": "collective", "ward": dong_mai.ward.pk, "times": "34", "group_name": "hộ nghèo"}
    return {
        "a new household": (
            reverse("household-create"),
            on_one_line(sheets.sheet(sheets.row(), classification="N", persons="1")),
        ),
        "a household corrected": (reverse("household-edit", args=[household.pk]), sheets.on_record(household)),
        "a class": (
            f"/households/{household.pk}/statuses/2023/",
            {"version": household.version, "status-classification": "N", "status-persons": "2", "status-income": ""},
        ),
        "help for a household": (reverse("action-create"), help_given),
        "help for a group": (reverse("action-create"), group),
        "help corrected": (
            reverse("action-edit", args=[action.pk]),
            {**help_given, "version": action.version, "funding-INITIAL_FORMS": "0"},
        ),
        "help made void": (
            reverse("action-void", args=[action.pk]),
            {"version": action.version, "void_reason": "nhập hai lần"},
        ),
        "where one works": (reverse("working-context"), {"ward": dong_mai.ward.pk, "year": "2024", "next": "/"}),
        "language": (reverse("set-language"), {"language": "en", "next": "/"}),
        "password": (reverse("account_change_password"), {"oldpassword": "x", "password1": "y", "password2": "z"}),
    }


FORMS = (
    "a new household",
    "a household corrected",
    "a class",
    "help for a household",
    "help for a group",
    "help corrected",
    "help made void",
    "where one works",
    "language",
    "password",
)


def test_the_forms_are_right_before_they_are_spoilt(world):
    answers = {
        name: send("officer", "POST", where, encoded(plain(fields))) for name, (where, fields) in forms(world).items()
    }

    assert set(answers) == set(FORMS)
    refused = {name: answer.status_code for name, answer in answers.items() if answer.status_code != 302}
    assert refused == {"password": 200}


# Written out above, tried in test_sign_in.py, or with nothing to type.
ELSEWHERE = {
    "household-create", "household-edit", "status-edit", "action-create", "action-edit", "action-void",
    "working-context", "set-language", "account_change_password", "account_login", "account_logout", "household-reveal",
}  # fmt: skip
OTHER_FORMS = [name for name, url in PAGES.items() if "POST" in url.answers and name not in ELSEWHERE]
# What is sent to pages that draw no form of their own.
SENT_FROM_ELSEWHERE = {
    "duplicate-ask": {"household": "", "address": "Số 1", "name": "Nguyễn Thị An", "birth": "1960", "id_number": ""},
    "status-judgement": {"status-income": "1000000", "status-b1": "170", "status-b2": "40", "then": ""},
    "life-undo": {"version": "1", "event": "1", "confirm": "1"},
    "amendment-create": {"classification": "CN", "persons": "2", "reason": "Ghi nhầm loại", "level": "city"},
    "round-population": {"households": "3000", "persons": "11000", "version": "1"},
    "round-comment": {"household": "", "text": "Xem lại"},
    "round-answer": {"answer": "Đã sửa", "text": "Đã sửa"},
    "round-submit": {"version": "1", "confirm": "1"},
    "round-return": {"version": "1", "text": "Xem lại"},
    "round-approve": {"version": "1", "confirm": "1"},
    "round-lock": {"version": "1", "confirm": "1"},
    "round-lock-all": {"year": "2023"},
    "amendment-decide": {"decision": "accept", "note": "Đúng", "version": "1"},
    "reorganisation-import": {"answers": "x", "confirm": "1"},
    "reorganisation-carry-out": {"confirm": "1", "answers": "x"},
}


class FormsOfAPage(HTMLParser):
    """Names and values of what a page's own form sends; the frame's forms have an address of their own."""

    def __init__(self, where: str):
        super().__init__()
        self.where, self.inside, self.select, self.fields = where, False, "", {}

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        if tag == "form":
            self.inside = given.get("method", "").lower() == "post" and given.get("action", "") in ("", self.where)
        elif self.inside and tag in ("input", "textarea", "select") and given.get("name"):
            self.fields.setdefault(given["name"], given.get("value", ""))
            self.select = given["name"] if tag == "select" else ""
        elif self.inside and tag == "option" and self.select and not self.fields[self.select]:
            self.fields[self.select] = given.get("value", "")

    def handle_endtag(self, tag):
        if tag == "form":
            self.inside = False


def other_form(world, name: str) -> tuple[str, str, dict[str, str]]:
    """Who sends the form of this page, to which address, and with which fields."""
    url = PAGES[name]
    where = address(name, url, world.dong_mai)
    who = "officer" if url.answers["POST"].own != NO_RIGHT else "staff"
    if name in SENT_FROM_ELSEWHERE:
        return who, where, plain(SENT_FROM_ELSEWHERE[name])
    drawn = FormsOfAPage(where)
    drawn.feed(body_of(send(who, "GET", where)))
    return who, where, plain({field: value or "" for field, value in drawn.fields.items() if "csrf" not in field})


@pytest.mark.parametrize("name", OTHER_FORMS)
def test_no_form_of_any_page_breaks_on_what_is_typed(world, name):
    who, where, right = other_form(world, name)
    assert right or "certificate" in name or name == "fund-open", "nothing to type was found"

    def answers():
        for field, text in in_turn(list(right), WORST, 1):
            yield f"{field}={text}", send(who, "POST", where, encoded({**right, field: text}))
        yield "nothing", send(who, "POST", where)
        for text in WORST.values():
            yield f"all {text[:40]}", send(who, "POST", where, encoded(dict.fromkeys(right, text)))

    assert not (wrong := faults(answers())), "\n".join(wrong)


@pytest.mark.parametrize("form", FORMS)
def test_no_field_breaks_on_what_is_typed(world, form):
    where, right = forms(world)[form]
    right = plain(right)

    def answers():
        first_lines = [field for field in right if not re.match(r"(members|funding)-[1-9]", field)]
        for field, text in in_turn(first_lines, WORST, 1):
            yield f"{field}={text}", send("officer", "POST", where, encoded({**right, field: text}))
        for field in first_lines[::3]:
            without = {name: value for name, value in right.items() if name != field}
            yield f"no {field}", send("officer", "POST", where, encoded(without))
        for text in NASTY.values():
            yield f"all {text[:40]}", send("officer", "POST", where, encoded(dict.fromkeys(right, text)))

    assert not (wrong := faults(answers())), "\n".join(wrong)


@pytest.mark.parametrize("form", ["a new household", "a household corrected", "help for a household", "help corrected"])
def test_a_broken_list_of_lines_is_refused_whole(world, form):
    where, right = forms(world)[form]
    prefix = "members" if "household" in form and "help" not in form else "funding"
    before = counts()

    def answers():
        for count in ("", "-1", "abc", "0", "999999999", str(2**70), "1.5", "%00"):
            for which in ("TOTAL_FORMS", "INITIAL_FORMS"):
                spoilt = {**plain(right), f"{prefix}-{which}": count}
                yield f"{which}={count}", send("officer", "POST", where, encoded(spoilt))
        for line in ("0", "-1", "999", str(2**70), "abc", "%00"):
            for field in ("id", "DELETE", "name", "source"):
                spoilt = {**plain(right), f"{prefix}-{line}-{field}": "1"}
                yield f"line {line} {field}", send("officer", "POST", where, encoded(spoilt))

    assert faults(answers()) == []
    assert counts() == before


# --- forged: other wards' records in an officer's own forms -----------------------------------------------


def counts() -> dict[str, int]:
    return {
        model._meta.label: model._base_manager.count() for model in apps.get_app_config("households").get_models()
    } | {"actions": SupportAction.objects.count()}


def forgeries(world) -> Iterator[tuple[str, str, dict]]:
    """A form of the officer of Đồng Mai that names a record of Biên Giang."""
    right, other = forms(world), world.bien_giang
    stranger = other.household.members.order_by("pk").first()

    def forged(form: str, **fields):
        where, typed = right[form]
        return f"{form}: {fields}", where, {**typed, **fields}

    yield forged("a new household", ward=other.ward.pk, residential_group=other.group.pk)
    yield forged("a new household", residential_group=other.group.pk)
    yield forged("a household corrected", residential_group=other.group.pk)
    yield forged("a household corrected", **{"members-0-id": stranger.pk})
    yield forged("a household corrected", **{"members-0-id": stranger.pk, "members-0-DELETE": "on"})
    yield forged("help for a household", household=other.household.pk)
    yield forged("help for a household", household=other.household.pk, member=stranger.pk)
    yield forged("help for a household", member=stranger.pk)
    yield forged("help for a household", household_search=other.household.code, household="")
    yield forged("help for a group", ward=other.ward.pk)
    yield forged("help for a group", ward="")
    yield forged("help corrected", household=other.household.pk)
    yield forged("help corrected", **{"funding-0-id": other.action.funding.get().pk, "funding-INITIAL_FORMS": "1"})


def test_a_forged_record_of_another_ward_is_neither_taken_nor_shown(world):
    wrong = []
    for what, where, fields in forgeries(world):
        with transaction.atomic():
            last = AuditEvent.objects.order_by("-pk").values_list("pk", flat=True).first()
            response = (
                PEOPLE["officer"]
                .client()
                .generic("POST", where, encoded(plain(fields)), "application/x-www-form-urlencoded")
            )
            typed = {str(value).lower() for value in fields.values() if value}
            response.all_text = _without(body_of(response), typed)
            wrong += [f"{what}: {leak}" for leak in leaks(world, "officer", response, where)]
            if response.status_code >= 500:
                wrong.append(f"{what}: {response.status_code}")
            wrong += [f"{what}: {touched}" for touched in foreign_rows_touched(world, last)]
            transaction.set_rollback(True)
    assert not wrong, "\n".join(wrong)


def _without(text: str, typed: set[str]) -> str:
    for each in typed:
        text = text.replace(each, "…")
    return text


def foreign_rows_touched(world, last: int) -> Iterator[str]:
    """Events on Biên Giang's records, or on records that now point to them."""
    other = world.bien_giang
    for event in AuditEvent.objects.filter(pk__gt=last):
        new = event.new or {}
        if event.subject == "households.household" and event.subject_id == other.household.pk:
            yield str(event)
        if new.get("ward_id") == other.ward.pk or new.get("residential_group_id") == other.group.pk:
            yield str(event)
        if event.model.startswith("support.") and new.get("household_id") == other.household.pk:
            yield str(event)


def test_control_a_touched_row_would_be_seen(world):
    last = AuditEvent.objects.order_by("-pk").values_list("pk", flat=True).first()

    Household.objects.filter(pk=world.bien_giang.household.pk).update(address="khác")
    SupportAction.objects.filter(pk=world.dong_mai.action.pk).update(ward=world.bien_giang.ward)

    assert {event.split()[-2] for event in foreign_rows_touched(world, last)} == {
        "households.household",
        "support.supportaction",
    }


def test_a_number_held_in_another_ward_is_told_without_saying_whose(world):
    where, right = forms(world)["a new household"]
    number = world.bien_giang.secrets[0]
    typed = {**right, "members-0-id_number": number}

    response = send("officer", "POST", where, encoded(plain(typed)))
    response.all_text = body_of(response).replace(number, "…")

    assert list(leaks(world, "officer", response, where)) == []
    assert "biên giang" not in response.all_text


PROTECTED = {
    "version": "99",
    "created_by": "1",
    "published_as": "F01",
    "voided_at": "2020-01-01T00:00",
    "void_reason": "forged",
    "search_key": "forged",
    "address_key": "forged",
    "name_key": "forged",
    "members-0-household": "1",
    "members-0-left_on": "2020-01-01",
    "is_staff": "1",
    "role": "admin",
}


@pytest.mark.parametrize("form", ["a new household", "help for a household"])
def test_fields_that_no_form_shows_cannot_be_set(world, form):
    where, right = forms(world)[form]
    typed = {**PROTECTED, **right}

    PEOPLE["officer"].client().generic("POST", where, encoded(plain(typed)), "application/x-www-form-urlencoded")

    household, action = Household.objects.order_by("-pk").first(), SupportAction.objects.order_by("-pk").first()
    made = household if form.split()[-1] == "household" and "new" in form else action
    assert made.version == 1
    assert "forged" not in repr(vars(made))
    if made is action:
        assert made.created_by == world.dong_mai.officer
        assert (made.published_as, made.voided_at) == ("", None)
    assert not Member.objects.filter(household=household).exclude(left_on=None).exists()


# --- JSON --------------------------------------------------------------------------------------------------

BODIES = [
    b"",
    b"null",
    b"[]",
    b"[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]",
    b"1",
    b'"text"',
    b"{",
    b"\xff\xfe",
    b'{"version": 1e400}',
    b'{"version": NaN}',
    b'{"version": ' + b"9" * 5_000 + b"}",
    b'{"ward": "\\ud800", "version": 1}',
    b'{"ward": "\\u0000", "version": 1}',
    b'{"__proto__": {}, "id": 1, "pk": 1}',
    b'{"members": {"0": {}}, "funding": "x", "version": true}',
    b'{"members": [null, 1, "x", []], "funding": [null], "version": -1}',
    b"[" * 50_000,
    b'{"a":' * 20_000,
]


TAKING = [name for name, url in API.items() if {"POST", "PUT", "PATCH"} & set(url.answers)]
# Bodies of another kind never get as far as what sets one address apart from the next.
OTHER_KINDS = ["text/plain", "multipart/form-data; boundary=x", "application/xml", ""]


@pytest.mark.parametrize(
    ("name", "kind"), [(name, "application/json") for name in TAKING] + [(TAKING[0], kind) for kind in OTHER_KINDS]
)
def test_no_json_is_too_strange(world, name, kind):
    url = MATRIX[name]
    where = address(name, url, world.dong_mai)

    answers = (
        (f"{method} {body[:60]!r}", send("officer", method, where, body, kind))
        for method in url.answers
        if method != "GET"
        for body in BODIES
    )

    assert not (wrong := faults(answers)), "\n".join(wrong)


# --- headers -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "headers",
    [
        {"hx-request": "true", "hx-current-url": "\x00"},
        {"hx-request": "true", "hx-current-url": "x" * 9_000},
        {"hx-request": "true", "hx-target": "<script>", "hx-trigger-name": "%"},
        {"hx-history-restore-request": "true", "hx-request": "true"},
        {"hx-prompt-uri-autoencoded": "true", "hx-prompt": "%FF", "hx-request": "true"},
        {"cookie": "sessionid=\x00; django_language=\x00; csrftoken=x"},
        {"cookie": "sessionid=" + "x" * 5_000},
        {"cookie": ";;;=;"},
        {"authorization": "Token"},
        {"authorization": "Token " + "x" * 5_000},
        {"authorization": "Token \xff"},
        {"authorization": "Basic !!!"},
        {"authorization": "Basic AAAA"},
        {"authorization": "Bearer x y z"},
        {"accept": "application/xml"},
        {"accept": "\x00"},
        {"accept-language": "x" * 5_000},
        {"if-modified-since": "yesterday", "if-none-match": "\x00", "range": "bytes=-1"},
        {"x-http-method-override": "DELETE"},
        {"referer": "\x00", "origin": "null"},
    ],
    ids=lambda headers: ", ".join(f"{name}: {value[:12]!r}" for name, value in headers.items()),
)
def test_no_header_is_too_strange(headers):
    cookie = headers.pop("cookie", None)
    client = PEOPLE["officer"].client()
    if cookie:
        headers = {**headers, "cookie": cookie}

    for where in ("/", "/households/", "/support/", "/api/households/", "/api/token/", "/sign-in/"):
        for method in ("GET", "POST"):
            with transaction.atomic():
                response = client.generic(method, where, b"", "application/json", headers=headers)
                transaction.set_rollback(True)
            assert response.status_code < 500, f"{method} {where}"


def test_afterwards_the_connection_is_whole():
    """PostgreSQL ends a transaction at the first error: a fault swallowed somewhere would show here."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        assert cursor.fetchone() == (1,)

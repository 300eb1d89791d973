"""Whatever a program sends, the API answers 4xx with words, never 500, and writes nothing by halves."""

import json
import math
import random

import pytest
from django.conf import settings

from households.models import Household, Member
from support.models import FundingLine, SupportAction
from tests import factories
from tests.api import Api

pytestmark = pytest.mark.django_db

HOUSEHOLDS, STATUSES, ACTIONS = "/api/households/", "/api/statuses/", "/api/support-actions/"


@pytest.fixture
def dong_mai():
    return factories.ward("Đồng Mai")


@pytest.fixture
def family(dong_mai):
    factories.source("NS_QUAN")
    factories.policy("housing")
    return factories.household(dong_mai, members=2, statuses={2024: "N"})


@pytest.fixture
def api(dong_mai):
    return Api(factories.officer(dong_mai))


@pytest.fixture(autouse=True)
def _as_often_as_it_takes(monkeypatch):
    monkeypatch.setattr("accounts.api.rights.FairUse.THROTTLE_RATES", {"user": None})


def counted():
    return [model.objects.count() for model in (Household, Member, SupportAction, FundingLine)]


# --- not JSON -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"nul",
        b"{'ward': 1}",
        b'{"ward": NaN}',
        b'{"ward": Infinity}',
        b'{"ward": \xff\xfe}',
        b'\xff\xfe{\x00"\x00',
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b'{"version": ' + b"9" * 5000 + b"}",
        b'{"name": "\x00"}',
    ],
)
def test_what_is_not_json_is_refused(api, family, body):
    for method, path in (("POST", HOUSEHOLDS), ("PATCH", f"{HOUSEHOLDS}{family.pk}/"), ("POST", ACTIONS)):
        answer = api.send(method, path, body)
        assert answer.status_code == 400
        assert answer.json()


@pytest.mark.parametrize("body", [b"null", b"[]", b'"x"', b"1", b"true", b"[[1]]", b"1e999", b'"\\u0000"'])
def test_json_that_is_no_object_is_refused(api, family, body):
    for method, path in (("POST", HOUSEHOLDS), ("PATCH", f"{HOUSEHOLDS}{family.pk}/"), ("POST", STATUSES)):
        assert api.send(method, path, body).status_code == 400


def test_a_body_of_12_megabytes_is_cut(api):
    body = json.dumps({"note": "a" * 12 * 1024 * 1024}).encode()

    answer = api.send("POST", HOUSEHOLDS, body)

    assert len(body) > settings.MAX_BODY_BYTES
    assert answer.status_code == 413


def test_a_body_larger_than_any_record_is_refused_in_words(api):
    body = json.dumps({"note": "a" * settings.DATA_UPLOAD_MAX_MEMORY_SIZE}).encode()

    answer = api.send("POST", HOUSEHOLDS, body)

    assert (answer.status_code, answer.json()) == (413, {"detail": "Nội dung gửi lên quá lớn."})


@pytest.mark.parametrize(
    "content_type",
    ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/xml", ""],
)
def test_other_kinds_of_body_are_refused(api, content_type):
    assert api.send("POST", HOUSEHOLDS, b"a=b", content_type=content_type).status_code in (400, 415)


@pytest.mark.parametrize("content_type", ["application/json; charset=bz2", "application/json; charset=x\xff"])
def test_the_charset_is_utf8_whatever_is_claimed(api, content_type):
    assert api.send("POST", HOUSEHOLDS, b"{}", content_type=content_type).status_code == 400


# --- text that no database holds ------------------------------------------------------------


@pytest.mark.parametrize("text", ["a\x00b", "\ud800", "\udfff\ud800", "\x00"])
def test_text_that_cannot_be_stored_is_refused_at_its_field(api, family, text):
    answer = api.patch(f"{HOUSEHOLDS}{family.pk}/", {"version": 1, "members": [{"id": 1}, {"name": text}]})

    assert answer.status_code == 400
    assert answer.json() == {"members": {"1": {"name": ["Văn bản có ký tự không lưu được."]}}}
    assert api.patch(f"{HOUSEHOLDS}{family.pk}/", {"version": 1, text: 1}).status_code == 400


def test_odd_but_honest_text_is_tidied(api, family):
    answer = api.patch(f"{HOUSEHOLDS}{family.pk}/", {"version": 1, "note": "\u202eA\tB\u200b\u0007 \n\n C\r\n"})

    assert (answer.status_code, answer.json()["note"]) == (200, "A B\n\nC")


# --- addresses ------------------------------------------------------------------------------


@pytest.mark.parametrize("key", ["0", "-1", "x", "1.0", "9" * 40, "%00", "٣", "1'--", "None", "%ff", "1%2f2"])
@pytest.mark.parametrize(
    "path", [HOUSEHOLDS, "/api/members/", STATUSES, ACTIONS, "/api/wards/", "/api/support-policies/"]
)
def test_a_key_that_cannot_be_is_not_found(api, family, path, key):
    assert api.get(f"{path}{key}/").status_code == 404


@pytest.mark.parametrize("value", ["", "x", "\x00", "-1", "9" * 30, "1e9", "NaN", "1.5", "%", "a" * 3000])
@pytest.mark.parametrize("path", [HOUSEHOLDS, "/api/members/", STATUSES, ACTIONS, "/api/wards/"])
def test_no_query_breaks_a_list(api, family, path, value):
    names = (
        "q",
        "ward",
        "year",
        "level",
        "classification",
        "movement",
        "household",
        "residential_group",
        "sort",
        "page",
    )
    names += (
        "page_size",
        "policy",
        "category",
        "source",
        "nature",
        "kind",
        "status",
        "first_year",
        "universal",
        "format",
    )

    for name in names:
        assert api.get(path, **{name: value}).status_code in (200, 400, 404), name


# --- bodies at random -----------------------------------------------------------------------

SEED, TRIES = 20241122, 200

JUNK = [
    None, True, False, 0, -1, 1, 2**31, 2**63, 2**64, -(10**30), 1.5, -0.0, 1e308, "", " ", "x", "1", "N", "true", "null",
    "2024-02-30", "0001-01-01", "9999-12-31", "2024-05-10T00:00:00Z", "'; DROP TABLE", "a" * 5000, "\u0300" * 50, "𝟙𝟚",
    "•••", "10117@", "10117@9999-99-99", "@", [], [[]], [None], [1], ["N"], {}, {"a": {}}, {"id": {}}, [{"id": 1}], [{}] * 60,
]  # fmt: skip


def whole_household(family):
    member = {"id": family.members.first().pk, "name": "A", "relation": "head", "sex": "1", "birth_date": "1960-01-01",
              "birth_year": 1960, "id_number": "", "ethnicity": "01", "occupation": "working", "is_pupil": False,
              "school": "", "disability_kind": "", "disability_degree": "", "has_health_insurance": True,
              "health_card_number": ""}  # fmt: skip
    review = {"year": 2024, "level": "city", "classification": "CN", "persons": 2, "income": 1, "b1": 1, "b2": 1,
              "deprivations": [], "causes": ["land"], "reviewed_on": "2024-10-01", "decision_number": "1",
              "decision_date": "2024-12-01", "note": ""}  # fmt: skip
    return {"ward": "10117", "code": "X", "residential_group": None, "address": "", "phone": "", "has_merit": False,
            "lacks_labour": False, "note": "", "members": [member], "status": review, "version": 1,
            "submission_key": None}  # fmt: skip


def whole_action(family):
    return {"policy": "housing", "household": family.pk, "member": None, "ward": "10117", "beneficiary_group": "poor",
            "group_name": "", "times": 1, "households_reported": None, "persons_reported": None, "qualifier": "exact",
            "things": None, "thing_unit": "", "period_from": "2024-05-10", "period_to": "2024-05-11",
            "implementing_body": "", "decision_number": "", "decision_date": None, "income_gain_from": None,
            "income_gain_to": None, "note": "", "version": 1, "submission_key": None,
            "funding": [{"source": "NS_QUAN", "nature": "grant", "amount": 1, "qualifier": "exact"}]}  # fmt: skip


def whole_status(family):
    return {**whole_household(family)["status"], "household": family.pk, "version": 1, "submission_key": None}


def places(body, path=()):
    """Every place of a body, the inner ones too."""
    yield path
    items = body.items() if isinstance(body, dict) else enumerate(body) if isinstance(body, list) else ()
    for name, value in items:
        yield from places(value, (*path, name))


def with_junk(body, path, junk):
    if not path:
        return junk
    copy = dict(body) if isinstance(body, dict) else list(body)
    copy[path[0]] = with_junk(body[path[0]], path[1:], junk)
    return copy


@pytest.mark.parametrize("whole", [whole_household, whole_action, whole_status])
def test_junk_in_any_place_of_a_body_never_breaks_the_api(api, family, whole):
    """One value at a time and then several; the seed is fixed, so that a failure can be looked at."""
    dice = random.Random(SEED)
    path = {whole_household: HOUSEHOLDS, whole_action: ACTIONS, whole_status: STATUSES}[whole]
    body = whole(family)
    status = family.statuses.get().pk
    action = factories.support(family).pk
    record = {whole_household: family.pk, whole_action: action, whole_status: status}[whole]
    spots = list(places(body))
    for number in range(TRIES):
        sent = body
        for _several in range(1 if number % 3 else dice.randint(2, 4)):
            spot = dice.choice(spots)
            if isinstance(sent, dict | list):
                try:
                    sent = with_junk(sent, spot, dice.choice(JUNK))
                except (KeyError, IndexError, TypeError):
                    continue  # the place is gone with an earlier one
        method, address = dice.choice([("POST", path), ("PUT", f"{path}{record}/"), ("PATCH", f"{path}{record}/")])
        before = counted()
        answer = api.send(method, address, sent)
        assert answer.status_code in (200, 201, 400, 409), (method, address, sent, answer.content)
        assert isinstance(answer.json(), dict | list)
        if answer.status_code >= 400:
            assert counted() == before, (method, address, sent)


def test_the_whole_bodies_of_these_tests_are_good_ones(api, family):
    assert api.post(HOUSEHOLDS, {**whole_household(family), "members": [{"name": "A", "relation": "head", "sex": "1", "birth_year": 1960}]}).status_code == 201  # fmt: skip
    assert api.post(ACTIONS, whole_action(family)).status_code == 201
    path = f"{STATUSES}{family.statuses.get().pk}/"
    assert api.put(path, whole_status(family)).status_code == 200
    assert (
        api.put(f"{HOUSEHOLDS}{family.pk}/", {**whole_household(family), "code": "Y", "version": 2}).status_code == 200
    )


def test_numbers_come_back_as_numbers(api, family):
    action = factories.support(family, paid_by={"NS_QUAN": 999_999_999_999})

    grant = api.get(f"{ACTIONS}{action.pk}/").json()["grant"]

    assert grant == 999_999_999_999
    assert not isinstance(grant, float)
    assert math.isfinite(grant)

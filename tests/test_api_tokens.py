"""How a program signs in: a token for user name and password, the lock after five wrong ones, and giving it back."""

import base64
from datetime import timedelta

import pytest
import time_machine
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEvent, User
from tests import factories
from tests.api import Api
from tests.factories import PASSWORD

pytestmark = pytest.mark.django_db

TOKEN, REVOKE, HOUSEHOLDS = "/api/token/", "/api/token/revoke/", "/api/households/"


@pytest.fixture(autouse=True)
def _nobody_is_locked_out():
    cache.clear()


@pytest.fixture
def lan():
    return factories.officer(factories.ward("Đồng Mai"), username="lan")


def ask(username="lan", password=PASSWORD, **extra):
    secret = base64.b64encode(f"{username}:{password}".encode()).decode()
    return Client().post(TOKEN, headers={"authorization": f"Basic {secret}"}, **extra)


def token(**kwargs):
    answer = ask(**kwargs)
    assert answer.status_code == 200, answer.content
    return answer.json()["token"]


def test_a_token_opens_what_the_person_may_see(lan):
    mine = factories.household(lan.wards.get())
    factories.household(factories.ward("Biên Giang"))

    rows = Api(token=token()).rows(HOUSEHOLDS)

    assert [row["id"] for row in rows] == [mine.pk]


def test_what_a_token_writes_is_recorded_under_its_person(lan):
    family = factories.household(lan.wards.get())

    answer = Api(token=token()).patch(f"{HOUSEHOLDS}{family.pk}/", {"version": 1, "note": "x"})

    assert answer.status_code == 200
    assert AuditEvent.objects.of(family).first().actor == "lan"


def test_answers_to_a_token_stay_out_of_caches(lan):
    assert Api(token=token()).get(HOUSEHOLDS)["Cache-Control"] == "no-store"
    assert ask()["Cache-Control"] == "no-store"


def test_a_token_expires(lan):
    api = Api(token=token())

    with time_machine.travel(timezone.now() + timedelta(hours=11)):
        assert api.get(HOUSEHOLDS).status_code == 401


def test_a_token_given_back_is_worth_nothing(lan):
    api, other = Api(token=token()), Api(token=token())

    assert api.post(REVOKE).status_code == 204
    assert (api.get(HOUSEHOLDS).status_code, other.get(HOUSEHOLDS).status_code) == (401, 200)


def test_one_token_too_many_ends_the_oldest(lan):
    first, *_rest, last = [Api(token=token()) for _each in range(6)]

    assert (first.get(HOUSEHOLDS).status_code, last.get(HOUSEHOLDS).status_code) == (401, 200)
    assert lan.auth_token_set.count() == 5


def test_a_closed_account_gets_no_token_and_its_tokens_open_nothing(lan):
    api = Api(token=token())
    User.objects.filter(pk=lan.pk).update(is_active=False)

    assert (ask().status_code, api.get(HOUSEHOLDS).status_code) == (401, 401)


@pytest.mark.parametrize(
    "header", ["Token", "Token a b", "Token abc", "Token \xff\xfe", "Token " + "a" * 5000, "Bearer x", "Basic !!", ""]
)
def test_a_broken_authorization_is_401(lan, header):
    assert Client().get(HOUSEHOLDS, headers={"authorization": header}).status_code == 401


@pytest.mark.parametrize("secret", [b"", b"lan", b"lan:wrong", b"l\x00n:x", b"lan:\x00", b"\xff\xfe:\xff", b":" * 500])
def test_broken_credentials_are_401(lan, secret):
    header = f"Basic {base64.b64encode(secret).decode()}"

    assert Client().post(TOKEN, headers={"authorization": header}).status_code == 401


def test_a_session_gets_no_token_without_the_password(lan):
    assert Api(lan).post(TOKEN).status_code == 401


# --- guessing -------------------------------------------------------------------------------


def test_after_five_wrong_passwords_the_right_one_is_refused_for_a_quarter_of_an_hour(lan):
    assert [ask(password="wrong").status_code for _try in range(5)] == [401] * 5

    assert ask().status_code == 429
    with time_machine.travel(timezone.now() + timedelta(minutes=16)):
        assert ask().status_code == 200


def test_writing_the_name_otherwise_does_not_give_more_guesses(lan):
    for name in ("lan", "LAN", "Lan", "lAn", "laN"):
        ask(username=name, password="wrong")

    assert ask().status_code == 429


def test_the_sign_in_page_and_the_api_count_together(lan):
    client = Client()
    for _try in range(3):
        client.post(reverse("account_login"), {"login": "lan", "password": "wrong"})
    for _try in range(2):
        ask(password="wrong")

    assert ask().status_code == 429
    client.post(reverse("account_login"), {"login": "lan", "password": PASSWORD})
    assert client.get(HOUSEHOLDS).status_code == 401


def test_others_of_the_office_still_get_in(lan):
    factories.officer(username="minh")
    for _try in range(6):
        ask(password="wrong")

    assert ask(username="minh").status_code == 200


def test_right_passwords_do_not_add_up_to_a_lock(lan):
    assert [ask().status_code for _try in range(8)] == [200] * 8


def test_nobody_draws_tokens_without_end(lan):
    assert [ask().status_code for _try in range(11)] == [200] * 10 + [429]


def test_nobodys_program_crowds_out_the_others(lan, monkeypatch):
    from accounts.api.rights import FairUse

    monkeypatch.setattr(FairUse, "THROTTLE_RATES", {"user": "3/min"})
    api, other = Api(lan), Api(factories.staff())

    assert [api.get("/api/wards/").status_code for _request in range(4)] == [200, 200, 200, 429]
    assert other.get("/api/wards/").status_code == 200

"""Signing in and out: who gets in, who stays out, and what a session is worth."""

from base64 import b64encode
from datetime import timedelta

import pytest
import time_machine
from django.conf import settings
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.test import Client
from django.urls import NoReverseMatch, reverse
from django.utils import timezone

from tests import factories
from tests.factories import PASSWORD

pytestmark = pytest.mark.django_db

NEW_PASSWORD = "bon-mua-deu-co-hoa-sen"


@pytest.fixture(autouse=True)
def _nobody_is_locked_out():
    cache.clear()


@pytest.fixture
def lan():
    return factories.officer(factories.ward("Đồng Mai"), username="lan")


@pytest.fixture
def minh():
    return factories.officer(factories.ward("Biên Giang"), username="minh")


def sign_in(client: Client, username: str, password: str = PASSWORD, **extra):
    return client.post(reverse("account_login"), {"login": username, "password": password}, **extra)


def is_signed_in(client: Client) -> bool:
    return client.get(reverse("account_change_password")).status_code == 200


def words(response) -> str:
    return response.content.decode()


# --- in and out ---------------------------------------------------------------------------------


def test_an_officer_signs_in_and_lands_on_the_overview(client, lan):
    response = sign_in(client, "lan")

    assert (response.status_code, response["Location"]) == (302, reverse("dashboard"))
    assert is_signed_in(client)


def test_signing_in_leads_back_to_the_page_that_was_asked_for(client, lan):
    page = reverse("account_change_password")
    asked = client.get(page)

    assert asked["Location"] == f"{reverse('account_login')}?next={page}"
    response = client.post(asked["Location"], {"login": "lan", "password": PASSWORD, "next": page})
    assert response["Location"] == page


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://example.org/",
        "//example.org/",
        "/\\example.org",
        "javascript:alert(1)",
        "http:///example.org",
        "\t//x.vn",
    ],
)
@pytest.mark.parametrize("page", ["account_login", "account_logout", "set-language", "working-context"])
def test_nobody_is_led_to_another_site(client, lan, page, elsewhere):
    if page != "account_login":
        client.force_login(lan)

    response = client.post(reverse(page), {"login": "lan", "password": PASSWORD, "next": elsewhere})

    assert response.status_code == 302
    assert response["Location"] in {reverse("dashboard"), reverse("account_login")}


def test_signing_out_takes_a_post(client, lan):
    client.force_login(lan)

    assert client.get(reverse("account_logout")).status_code == 200
    assert is_signed_in(client)

    assert client.post(reverse("account_logout")).status_code == 302
    assert not is_signed_in(client)
    assert not Session.objects.exists()


def test_a_session_id_seen_before_signing_in_is_worth_nothing_after(client, lan):
    client.get(reverse("account_login"))
    session = client.session
    session["planted"] = 1
    session.save()
    client.cookies[settings.SESSION_COOKIE_NAME] = session.session_key

    sign_in(client, "lan")

    assert client.cookies[settings.SESSION_COOKIE_NAME].value != session.session_key
    thief = Client()
    thief.cookies[settings.SESSION_COOKIE_NAME] = session.session_key
    assert not is_signed_in(thief)


def test_the_session_cookie_is_out_of_reach_of_scripts(client, lan):
    cookie = sign_in(client, "lan").cookies[settings.SESSION_COOKIE_NAME]

    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    assert not cookie["max-age"], "the session ends with the browser"


def test_a_session_ends_after_ten_hours(client, lan):
    sign_in(client, "lan")

    with time_machine.travel(timezone.now() + timedelta(hours=9, minutes=59), tick=False):
        assert is_signed_in(client)
    with time_machine.travel(timezone.now() + timedelta(hours=10, minutes=1), tick=False):
        assert not is_signed_in(client)


# --- wrong passwords ----------------------------------------------------------------------------


def test_a_wrong_password_is_refused_and_the_name_kept(client, lan):
    response = sign_in(client, "lan", "sai-mat-khau-roi")

    assert response.status_code == 200
    assert 'value="lan"' in words(response)
    assert "sai-mat-khau-roi" not in words(response)
    assert not is_signed_in(client)


def test_an_unknown_name_a_wrong_password_and_a_closed_account_hear_the_same(client, lan):
    factories.officer(username="closed", is_active=False)

    answers = {
        words(sign_in(Client(), name, password)).replace(f'value="{name}"', "").split("<main")[1].split("csrf")[0]
        for name, password in [("lan", "sai-mat-khau-roi"), ("khong.co", PASSWORD), ("closed", PASSWORD)]
    }

    assert len(answers) == 1
    assert "notice-error" in answers.pop()


def lock(username: str, **extra) -> None:
    for _ in range(5):
        sign_in(Client(), username, "sai-mat-khau-roi", **extra)


def test_after_five_wrong_passwords_the_right_one_is_refused_too(client, lan):
    lock("lan")

    response = sign_in(client, "lan")

    assert response.status_code == 200
    assert not is_signed_in(client)
    assert words(response) != words(sign_in(Client(), "minh", "sai-mat-khau-roi")), "it says why"


def test_four_wrong_passwords_lock_nobody(client, lan):
    for _ in range(4):
        sign_in(Client(), "lan", "sai-mat-khau-roi")

    assert sign_in(client, "lan").status_code == 302


def test_the_lock_opens_after_a_quarter_of_an_hour(client, lan):
    lock("lan")

    with time_machine.travel(timezone.now() + timedelta(minutes=16)):
        assert sign_in(client, "lan").status_code == 302


def test_a_colleague_at_the_same_address_is_not_locked_out(client, lan, minh):
    lock("lan")

    assert sign_in(client, "minh").status_code == 302


def test_nobody_can_lock_an_officer_out_from_another_address(client, lan):
    lock("lan", REMOTE_ADDR="203.0.113.9")

    assert sign_in(client, "lan", REMOTE_ADDR="192.0.2.1").status_code == 302


def test_an_account_attacked_from_many_addresses_closes_everywhere(client, lan):
    for number in range(50):
        sign_in(Client(), "lan", "sai-mat-khau-roi", REMOTE_ADDR=f"203.0.113.{number}")

    assert sign_in(client, "lan", REMOTE_ADDR="192.0.2.1").status_code == 200
    assert not is_signed_in(client)


@pytest.mark.parametrize(
    "disguise",
    [
        lambda number: {"HTTP_X_FORWARDED_FOR": f"203.0.113.{number}"},
        lambda number: {"HTTP_X_REAL_IP": f"203.0.113.{number}"},
        lambda number: {"HTTP_HOST": f"localhost:{8000 + number}"},
        lambda number: {"HTTP_USER_AGENT": f"browser {number}"},
    ],
    ids=["x-forwarded-for", "x-real-ip", "host", "user-agent"],
)
def test_no_header_gives_a_guesser_more_guesses(client, lan, disguise):
    for number in range(5):
        sign_in(Client(), "lan", "sai-mat-khau-roi", **disguise(number))

    assert sign_in(client, "lan", **disguise(9)).status_code == 200
    assert not is_signed_in(client)


@pytest.mark.parametrize("spelling", ["LAN", " lan ", "lan"])
def test_no_spelling_of_the_name_gives_a_guesser_more_guesses(client, lan, spelling):
    for _ in range(5):
        sign_in(Client(), spelling, "sai-mat-khau-roi")

    assert sign_in(client, "lan").status_code == 200


@pytest.mark.parametrize("name", ["", "\x00", "lan\x00", "x" * 10_000, "🙂", "' OR 1=1 --", "%"])
def test_strange_names_are_refused_like_any_other(client, name):
    assert sign_in(client, name).status_code in {200, 400}


def test_the_admin_has_no_second_door(client, lan):
    """Django's own sign-in page counts no failures."""
    admin = factories.admin(username="admin")

    assert client.get(reverse("admin:login")).status_code == 302
    response = client.post(reverse("admin:login"), {"username": "admin", "password": PASSWORD})
    assert response.status_code == 302
    assert response["Location"].startswith(reverse("account_login"))
    assert not is_signed_in(client)

    client.force_login(admin)
    assert client.get(reverse("admin:index")).status_code == 200


# --- accounts are given, not taken ----------------------------------------------------------------


@pytest.mark.parametrize("name", ["account_signup", "account_reset_password", "account_email", "account_set_password"])
def test_nobody_signs_up_or_resets_a_password_alone(name):
    with pytest.raises(NoReverseMatch):
        reverse(name)


@pytest.mark.parametrize("path", ["/signup/", "/accounts/signup/", "/sign-up/", "/accounts/", "/password/reset/"])
def test_guessing_the_address_of_a_sign_up_page_finds_none(client, lan, path):
    client.force_login(lan)

    assert client.get(path).status_code == 404


# --- password -------------------------------------------------------------------------------------


def change_password(client: Client, new: str = NEW_PASSWORD, old: str = PASSWORD):
    return client.post(reverse("account_change_password"), {"oldpassword": old, "password1": new, "password2": new})


def test_a_new_password_replaces_the_old(client, lan):
    client.force_login(lan)

    assert change_password(client).status_code == 302

    assert sign_in(Client(), "lan").status_code == 200
    assert sign_in(Client(), "lan", NEW_PASSWORD).status_code == 302


def test_a_new_password_ends_every_other_session_and_keeps_this_one(lan):
    here, office, home = Client(), Client(), Client()
    for each in (here, office, home):
        sign_in(each, "lan")

    change_password(here)

    assert [is_signed_in(each) for each in (here, office, home)] == [True, False, False]


def test_a_password_set_by_the_administrator_ends_every_session(client, lan):
    sign_in(client, "lan")
    admin = Client()
    admin.force_login(factories.admin())

    response = admin.post(
        reverse("admin:auth_user_password_change", args=[lan.pk]),
        {"password1": NEW_PASSWORD, "password2": NEW_PASSWORD, "usable_password": "true"},
    )

    assert response.status_code == 302
    assert not is_signed_in(client)
    assert sign_in(client, "lan", NEW_PASSWORD).status_code == 302


def test_the_old_password_is_asked_for(client, lan):
    client.force_login(lan)

    assert change_password(client, old="sai-mat-khau-roi").status_code == 200
    assert sign_in(Client(), "lan").status_code == 302


@pytest.mark.parametrize("bad", ["ngan", "001085012345", "qwerty123456", "phuong.dongmai.lan"])
def test_weak_passwords_are_refused(client, lan, bad):
    lan.username = "phuong.dongmai.lan"
    lan.save()
    client.force_login(lan)

    response = change_password(client, bad)

    assert response.status_code == 200
    assert sign_in(Client(), "phuong.dongmai.lan").status_code == 302


@pytest.mark.parametrize("good", ["mot cau chi minh toi noi ra", "Mật khẩu có dấu tiếng Việt", "x9" * 32])
def test_long_passwords_and_vietnamese_ones_are_taken(client, lan, good):
    client.force_login(lan)

    assert change_password(client, good).status_code == 302
    assert sign_in(Client(), "lan", good).status_code == 302


# --- rights taken away ------------------------------------------------------------------------------


def test_a_closed_account_is_out_at_the_next_request(client, lan):
    sign_in(client, "lan")
    assert is_signed_in(client)

    lan.is_active = False
    lan.save()

    assert not is_signed_in(client)


def test_a_role_taken_away_is_gone_at_the_next_request(client):
    admin = factories.admin()
    client.force_login(admin)
    assert client.get(reverse("admin:index")).status_code == 200

    admin.role = "officer"
    admin.save()

    assert client.get(reverse("admin:index")).status_code in {302, 403}
    assert client.get(reverse("admin:accounts_user_changelist")).status_code in {302, 403}


# --- pages ------------------------------------------------------------------------------------------


def test_pages_of_a_signed_in_person_are_not_kept_by_the_browser(client, lan):
    client.force_login(lan)

    for name in ("dashboard", "account_change_password", "account_logout"):
        assert "no-store" in client.get(reverse(name))["Cache-Control"], name
    assert "no-store" in client.get("/no-such-page/")["Cache-Control"]


def test_a_fragment_asked_for_after_the_session_ended_reloads_the_page(client):
    response = client.get(reverse("dashboard"), HTTP_HX_REQUEST="true")

    assert (response.status_code, response["HX-Refresh"], response.content) == (401, "true", b"")


def test_our_own_sign_in_page_is_shown(client):
    response = client.get(reverse("account_login"))

    assert "account/login.html" in [template.name for template in response.templates]
    assert "base_entrance.html" in [template.name for template in response.templates]
    assert "allauth" not in words(response).lower()


@pytest.mark.parametrize("language", ["en", "en-US,en;q=0.9", "fr", ""])
def test_pages_are_vietnamese_whatever_the_browser_prefers(client, language):
    response = client.get(reverse("account_login"), HTTP_ACCEPT_LANGUAGE=language)

    assert '<html lang="vi">' in words(response)
    assert response["Content-Language"] == "vi"
    assert "Đăng nhập" in words(response)


def test_english_is_one_click_away_and_stays(client):
    response = client.post(reverse("set-language"), {"language": "en", "next": reverse("account_login")})
    assert response["Location"] == reverse("account_login")

    page = client.get(reverse("account_login"), HTTP_ACCEPT_LANGUAGE="vi")
    assert '<html lang="en">' in words(page)
    assert "Sign in" in words(page)

    client.post(reverse("set-language"), {"language": "vi"})
    assert '<html lang="vi">' in words(client.get(reverse("account_login")))


@pytest.mark.parametrize("language", ["fr", "", "<script>", "en\x00", "x" * 5_000])
def test_a_language_we_do_not_speak_changes_nothing(client, language):
    client.post(reverse("set-language"), {"language": language})
    client.cookies["django_language"] = "fr"

    assert '<html lang="vi">' in words(client.get(reverse("account_login")))


# --- tokens -----------------------------------------------------------------------------------------


def token_of(username: str, password: str = PASSWORD) -> str:
    basic = b64encode(f"{username}:{password}".encode()).decode()
    return Client().post(reverse("api-token"), HTTP_AUTHORIZATION=f"Basic {basic}").json()["token"]


def opens_the_api(token: str) -> bool:
    return Client().get(reverse("api-household-list"), HTTP_AUTHORIZATION=f"Token {token}").status_code == 200


def test_a_new_password_ends_the_tokens_too(client, lan, minh):
    token, colleagues = token_of("lan"), token_of("minh")
    assert opens_the_api(token)
    client.force_login(lan)

    change_password(client)

    assert not opens_the_api(token)
    assert opens_the_api(colleagues)


def test_a_closed_account_or_another_role_ends_what_a_token_may_do(lan, minh):
    for user, change in ((lan, {"is_active": False}), (minh, {"role": "leader"})):
        token = token_of(user.username)
        assert opens_the_api(token)

        for name, value in change.items():
            setattr(user, name, value)
        user.save()

        assert not opens_the_api(token)


def test_wrong_passwords_for_a_token_close_the_sign_in_page_too(client, lan):
    for _ in range(5):
        basic = b64encode(b"lan:sai-mat-khau-roi").decode()
        assert Client().post(reverse("api-token"), HTTP_AUTHORIZATION=f"Basic {basic}").status_code == 401

    assert sign_in(client, "lan").status_code == 200
    assert not is_signed_in(client)

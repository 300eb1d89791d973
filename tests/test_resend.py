"""A form that comes too late is handed back whole: nothing typed is lost, nothing is taken from strangers."""

import re
import uuid
from html import unescape

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from households.models import Household
from tests import factories
from tests.factories import PASSWORD
from tests.sheets import row, sheet

pytestmark = pytest.mark.django_db

HERE = "http://testserver"
NASTY = '"><script>alert(1)</script>\r\nđường Láng'


@pytest.fixture
def dong_mai():
    factories.standard(2024)
    return factories.ward("Đồng Mai")


@pytest.fixture
def lan(dong_mai):
    return factories.officer(dong_mai, username="lan")


@pytest.fixture
def browser():
    """Checks the form's key as a browser's requests are, and says where its forms come from."""
    client = Client(enforce_csrf_checks=True, headers={"origin": HERE})
    client.cookies["django_language"] = "en"
    return client


def fields(answer) -> dict[str, str]:
    """The form of a page that hands something back, as the browser would send it."""
    form = re.search(r"<form[^>]*data-resend.*?</form>", answer.content.decode(), re.DOTALL).group(0)
    return {
        unescape(name): unescape(value)
        for name, value in re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)">', form)
    }


def open_sheet(browser, **typed) -> dict:
    """What a browser would send of the sheet for a new household, opened now."""
    page = browser.get(reverse("household-create"))
    key = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page.content.decode()).group(1)
    return sheet(row("Lê Thị Sen"), **typed) | {"csrfmiddlewaretoken": key}


def sign_in(browser, user) -> None:
    page = browser.get(reverse("account_login"))
    key = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page.content.decode()).group(1)
    answer = browser.post(
        reverse("account_login"), {"login": user.username, "password": PASSWORD, "csrfmiddlewaretoken": key}
    )
    assert answer.status_code == 302


def end_session(browser) -> None:
    del browser.cookies[settings.SESSION_COOKIE_NAME]


# --- the whole way --------------------------------------------------------------------------------------


def test_a_sheet_sent_after_the_session_ended_is_saved_once_after_signing_in(browser, lan):
    sign_in(browser, lan)
    data = open_sheet(browser, address=NASTY)
    end_session(browser)
    where = reverse("household-create")

    late = browser.post(where, data)
    assert late.status_code == 401
    sign_in(browser, lan)
    again = browser.post(where, fields(late))  # with the key of before signing in
    assert again.status_code == 403
    done = browser.post(where, fields(again))
    twice = browser.post(where, fields(again))

    assert (done.status_code, twice.status_code) == (302, 302)
    assert done["Location"] == twice["Location"]
    made = Household.objects.get()
    assert "đường Láng" in made.address
    assert made.members.get().name == "Lê Thị Sen"


def test_everything_that_was_typed_comes_back_as_it_was(browser):
    data = {"name": [NASTY, "b", ""], "empty": "", "đặc biệt": "ư ơ\ttab", "submission_key": str(uuid.uuid4())}

    answer = Client().post(reverse("household-create"), data)

    assert answer.status_code == 401
    page = answer.content.decode()
    assert "<script>alert" not in page
    assert page.count('name="name"') == 3
    sent = fields(answer)
    assert sent["đặc biệt"] == "ư ơ\ttab"
    assert sent["submission_key"] == data["submission_key"]
    assert answer["Cache-Control"] == "no-store"


def test_the_page_sends_to_where_it_came_from_and_nowhere_else():
    page = Client().post(f"{reverse('household-create')}?next=https://example.org/", {"name": "x"}).content.decode()

    form = re.search(r"<form[^>]*data-resend[^>]*>", page).group(0)
    assert "action" not in form
    assert "example.org" not in page


# --- what is handed back and what is not -----------------------------------------------------------------


def test_a_password_is_never_handed_back(browser):
    answer = Client().post(reverse("account_change_password"), {"oldpassword": "mật khẩu cũ", "password1": "mới"})

    assert answer.status_code == 302
    late = browser.post(reverse("account_login"), {"login": "lan", "password": "mật khẩu"})
    assert late.status_code == 403
    assert "mật khẩu" not in late.content.decode()


def test_where_nothing_was_typed_one_is_led_to_the_sign_in_page():
    assert Client().post(reverse("household-create")).status_code == 302
    assert Client().get(reverse("household-create")).status_code == 302


def test_a_file_must_be_chosen_again(tmp_path):
    path = tmp_path / "quyết định.pdf"
    path.write_bytes(b"%PDF-1.4")
    with path.open("rb") as file:
        answer = Client(headers={"accept-language": "vi"}).post(
            reverse("household-create"), {"note": "kèm tệp", "scan": file}
        )

    page = answer.content.decode()
    assert answer.status_code == 401
    assert 'type="file"' in page
    assert "quyết định.pdf" in page
    assert 'enctype="multipart/form-data"' in page


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": f"{HERE}.evil.example"},
        {"origin": "http://[::1"},
        {"referer": "https://evil.example/page"},
    ],
)
def test_a_form_from_elsewhere_gets_the_plain_refusal(lan, headers):
    client = Client(enforce_csrf_checks=True, headers=headers)
    client.force_login(lan)

    answer = client.post(reverse("household-create"), {"name": "từ trang khác"})

    assert answer.status_code == 403
    assert "từ trang khác" not in answer.content.decode()


def test_the_referer_speaks_where_there_is_no_origin(lan):
    client = Client(enforce_csrf_checks=True, headers={"referer": f"{HERE}/households/new/"})
    client.force_login(lan)

    answer = client.post(reverse("household-create"), {"name": "từ trang mình"})

    assert answer.status_code == 403
    assert "từ trang mình" in answer.content.decode()


def test_too_much_is_refused_as_everywhere():
    assert Client().post(reverse("household-create"), {"note": "x" * 3_000_000}).status_code in (400, 413)


# --- who signs in ----------------------------------------------------------------------------------------


def test_another_person_signing_in_is_named_and_has_their_own_rights(browser, lan, dong_mai):
    family = factories.household(dong_mai)
    minh = factories.officer(factories.ward("Biên Giang"), username="minh")
    where = reverse("household-edit", args=[family.pk])
    late = browser.post(where, {"address": "Số 1", "csrfmiddlewaretoken": open_key(browser)})
    sign_in(browser, minh)

    again = browser.post(where, fields(late))

    assert "minh" in again.content.decode()
    assert browser.post(where, fields(again)).status_code == 404


def open_key(browser) -> str:
    page = browser.get(reverse("account_login")).content.decode()
    return re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page).group(1)


# --- pages that change in part ------------------------------------------------------------------------------


def test_a_part_of_a_page_is_loaded_anew_but_a_form_never():
    htmx = {"hx-request": "true"}

    assert Client(headers=htmx).get(reverse("household-list")).headers.get("HX-Refresh") == "true"
    late = Client(headers=htmx).post(reverse("household-create"), {"name": "x"})
    assert (late.status_code, late.headers.get("HX-Refresh"), late.content) == (401, None, b"")


def test_what_was_saved_is_named_to_the_browser_and_what_was_refused_is_not(client, lan):
    client.force_login(lan)
    refused, data = sheet(row("")), sheet(row("Lê Thị Sen"))

    assert "saved-form" not in client.post(reverse("household-create"), refused).cookies
    assert client.post(reverse("household-create"), data).cookies["saved-form"].value == data["submission_key"]
    assert "saved-form" not in client.post(reverse("working-context"), {"submission_key": "xin chào"}).cookies


def test_each_person_has_a_key_of_their_own_for_what_they_type(client, lan, dong_mai):
    def key(user) -> str:
        client.force_login(user)
        page = client.get(reverse("household-create")).content.decode()
        return re.search(r'name="draft-key" content="([^"]+)" data-owner="([^"]+)"', page).groups()

    first, again, other = key(lan), key(lan), key(factories.officer(dong_mai))

    assert first == again
    assert first[0] != other[0]
    assert first[1] != other[1]
    assert "draft-key" not in Client().get(reverse("account_login")).content.decode()

"""A duplicate is mentioned while one types; what is typed is not lost; seen by a real browser."""

import re

import pytest
from django.contrib.sessions.models import Session

from accounts.models import Dataset
from households.models import Household
from tests import factories
from tests.factories import PASSWORD

NUMBER = "001160900123"


@pytest.fixture
def dong_mai(transactional_db):
    Dataset.claim("programme", working_year=2024)
    factories.standard(2024)
    return factories.ward("Đồng Mai")


@pytest.fixture
def lan(dong_mai):
    return factories.officer(dong_mai, username="lan")


@pytest.fixture
def sheet(page_as, lan):
    """The sheet for a new household, open before an officer."""
    page = page_as(lan)
    page.goto("/households/new/")
    return page


def fill_in(page, name="Lê Thị Sen"):
    page.fill("[name=address]", "Số 12, ngõ 5 Quang Trung")
    page.fill("[name=members-0-name]", name)
    page.select_option("[name=members-0-sex]", "2")
    page.fill("[name=members-0-birth]", "05/03/1960")
    page.fill("[name=phone]", "0912 345 678")


def save(page):
    page.click("button[name=then][value=open]")


def sign_in(page, username="lan"):
    page.fill("[name=login]", username)
    page.fill("[name=password]", PASSWORD)
    page.click("main button[type=submit]")


# --- duplicates while typing ------------------------------------------------------------------------------


def test_a_number_that_is_known_is_told_under_the_row(sheet, dong_mai, axe):
    known = factories.household(dong_mai, head="Trần Văn Giáp")
    known.members.update(id_number=NUMBER)

    sheet.fill("[name=members-0-id_number]", NUMBER)
    sheet.press("[name=members-0-id_number]", "Tab")

    told = sheet.locator(".row-note")
    told.get_by_text("Trần Văn Giáp").wait_for()
    assert told.get_by_role("link", name=known.code).is_visible()
    assert NUMBER not in sheet.url
    axe(sheet)
    sheet.locator("[data-formset-remove]").first.click()
    assert not told.is_visible()


def test_a_number_of_another_ward_is_told_without_a_name(sheet):
    known = factories.household(factories.ward("Văn Quán"), head="Trần Văn Giáp")
    known.members.update(id_number=NUMBER)

    sheet.fill("[name=members-0-id_number]", NUMBER)
    sheet.press("[name=members-0-id_number]", "Tab")

    sheet.get_by_text("Số này đã có ở một hộ thuộc phường khác. Vẫn lưu được; quận sẽ kiểm tra.").wait_for()
    assert "Giáp" not in sheet.content()


def test_two_households_side_by_side(page_as, lan, dong_mai, axe):
    for head in ("Lê Thị Sen", "Lê Thị Sên"):
        factories.household(dong_mai, head=head, members=[{"name": "Đỗ Văn Khoát", "birth_year": 1988}])
    page = page_as(lan)
    page.goto("/households/")
    page.get_by_role("link", name="có thể trùng").click()
    axe(page)
    page.get_by_role("link", name="So sánh").click()
    axe(page)

    page.get_by_label("Hai hộ khác nhau").check()
    page.fill("[name=note]", "Chị em dâu, đã đến nhà")
    page.get_by_role("button", name="Giải quyết").click()

    page.wait_for_url("**/households/duplicates/")
    assert page.get_by_text("Không có cặp nào chờ giải quyết").is_visible()


# --- the session ends while one types ----------------------------------------------------------------------


def test_a_sheet_survives_the_end_of_the_session(sheet, context, axe):
    fill_in(sheet)
    Session.objects.all().delete()

    save(sheet)
    sheet.get_by_text("Phiên làm việc đã hết").wait_for()
    axe(sheet)
    with context.expect_page() as opened:
        sheet.get_by_role("link", name="Đăng nhập").click()
    second = opened.value
    sign_in(second)
    second.get_by_text("Đóng thẻ này").wait_for()
    second.close()
    sheet.get_by_role("button", name="Gửi lại").click()
    sheet.get_by_text("(lan)").wait_for()
    axe(sheet)
    sheet.get_by_role("button", name="Gửi lại").click()

    sheet.wait_for_url(re.compile(r"/households/\d+/$"))
    made = Household.objects.get()
    assert (made.address, made.phone) == ("Số 12, ngõ 5 Quang Trung", "0912 345 678")
    assert made.members.get().name == "Lê Thị Sen"


# --- the line drops ------------------------------------------------------------------------------------------


def test_without_a_line_nothing_is_sent_and_nothing_is_lost(sheet, context):
    fill_in(sheet)
    context.set_offline(True)

    save(sheet)

    assert sheet.get_by_text("Mất đường truyền").is_visible()
    assert sheet.input_value("[name=members-0-name]") == "Lê Thị Sen"
    context.set_offline(False)
    save(sheet)
    sheet.wait_for_url(re.compile(r"/households/\d+/$"))
    assert Household.objects.count() == 1


def copies(page) -> int:
    return page.evaluate("Object.keys(localStorage).filter(name => name.startsWith('draft:')).length")


def wait_for_copies(page, wanted: int) -> None:
    """Until the browser has kept what was typed, or forgotten it. (The content policy forbids wait_for_function.)"""
    page.wait_for_timeout(600)
    for _ in range(50):
        if copies(page) == wanted:
            return
        page.wait_for_timeout(100)
    pytest.fail(f"{copies(page)} copies, not {wanted}")


def test_what_was_typed_is_offered_after_the_line_dropped_on_the_way(sheet, context, axe):
    sheet.locator("[data-formset-add]").click()
    fill_in(sheet)
    sheet.fill("[name=members-3-name]", "Đỗ Văn Khoát")
    sheet.check("[name=has_merit]")
    wait_for_copies(sheet, 1)
    sheet.route(
        "**/households/new/", lambda route: route.abort() if route.request.method == "POST" else route.fallback()
    )

    save(sheet)
    sheet.unroute_all()
    sheet.goto("/households/new/")

    sheet.get_by_text("Khôi phục phần đã nhập lúc").wait_for()
    axe(sheet)
    sheet.get_by_role("button", name="Khôi phục").click()
    assert sheet.input_value("[name=members-0-birth]") == "05/03/1960"
    assert sheet.input_value("[name=members-3-name]") == "Đỗ Văn Khoát"
    assert sheet.is_checked("[name=has_merit]")
    sheet.fill("[name=members-3-birth]", "1988")
    sheet.select_option("[name=members-3-relation]", "child")
    sheet.select_option("[name=members-3-sex]", "1")
    save(sheet)
    sheet.wait_for_url(re.compile(r"/households/\d+/$"))
    assert Household.objects.get().members.count() == 2


def test_a_closed_tab_leaves_what_was_typed_to_its_own_person_only(sheet, context, page_as, dong_mai):
    fill_in(sheet)
    wait_for_copies(sheet, 1)
    assert "Sen" not in sheet.evaluate("JSON.stringify(localStorage)"), "it lies there locked"
    sheet.close()

    other = page_as(factories.officer(dong_mai, username="minh"))
    other.goto("/households/new/")
    other.wait_for_timeout(500)
    assert other.get_by_text("Khôi phục").count() == 0
    other.close()


def test_what_was_saved_or_signed_out_of_is_not_kept(sheet, context):
    fill_in(sheet)
    wait_for_copies(sheet, 1)
    save(sheet)
    sheet.wait_for_url(re.compile(r"/households/\d+/$"))
    wait_for_copies(sheet, 0)

    sheet.goto("/households/new/")
    fill_in(sheet, "Lê Thị Sên")
    wait_for_copies(sheet, 1)
    sheet.on("dialog", lambda dialog: dialog.accept())
    sheet.click("details.account summary")
    sheet.get_by_role("button", name="Đăng xuất").click()
    sheet.wait_for_url("**/sign-in/**")
    assert copies(sheet) == 0


def test_the_support_form_gets_its_household_back(page_as, lan, dong_mai):
    factories.policy("housing")
    helped = factories.household(dong_mai, head="Trần Văn Giáp")
    page = page_as(lan)
    page.goto("/support/new/")
    page.check("[name=kind][value=named]")
    page.locator("[name=household_search]").press_sequentially("giap")
    page.check(f"[name=household][value='{helped.pk}']")
    page.fill("[name=period_from]", "05/05/2024")
    wait_for_copies(page, 1)
    page.close()

    page = page_as(lan)
    page.goto("/support/new/")
    page.get_by_role("button", name="Khôi phục").click()

    page.wait_for_selector(f"[name=household][value='{helped.pk}']:checked")
    assert page.input_value("[name=period_from]") == "05/05/2024"

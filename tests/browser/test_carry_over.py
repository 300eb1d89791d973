"""A ward of 300 households confirmed with the keyboard alone; the session ends, the line drops, nothing is lost."""

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session

from accounts.models import Dataset
from households.models import Household, PovertyStatus
from tests import factories
from tests.test_carry_over import ward_of

HOUSEHOLDS = 300


@pytest.fixture
def dong_mai(transactional_db):
    Dataset.claim("programme", working_year=2024)
    factories.standard(2024)
    return factories.ward("Đồng Mai")


@pytest.fixture
def officer(dong_mai):
    return factories.officer(dong_mai)


@pytest.fixture
def sheet(page_as, officer, dong_mai):
    """The sheet of the whole ward, open before its officer; every key pressed is counted."""
    ward_of(dong_mai, HOUSEHOLDS)
    page = page_as(officer)
    page.goto(f"/review/{dong_mai.pk}/2024/carry-over/")
    page.keys = 0

    def press(*keys):
        for key in keys:
            page.keyboard.press(key)
        page.keys += len(keys)

    page.strokes = press
    return page


# What this officer finds: most as last year, every tenth escaped, every fifteenth now near-poor.
KEYS = {"=": "N", "t": "K", "c": "CN"}


def found(number):
    return "t" if number % 10 == 9 else "c" if number % 15 == 14 else "="


def answer_all(page):
    page.strokes(*(found(number) for number in range(HOUSEHOLDS)))


def in_order():
    """The classes on record in the order of the sheet."""
    statuses = dict(PovertyStatus.objects.filter(year=2024).values_list("household", "classification"))
    return [statuses.get(pk) for pk in sorted(Household.objects.values_list("pk", flat=True), key=sheet_order())]


def sheet_order():
    keys = dict(Household.objects.with_head().values_list("pk", "head_sort_key"))
    codes = dict(Household.objects.values_list("pk", "code"))
    return lambda pk: (keys[pk], codes[pk])


EXPECTED = [KEYS[found(number)] for number in range(HOUSEHOLDS)]


def saved(page):
    page.wait_for_selector(".messages .notice-ok", timeout=60_000)
    return in_order()


def test_300_households_take_one_key_each_and_one_save(sheet):
    answer_all(sheet)
    assert sheet.locator("[data-count=left]").first.inner_text() == "0"

    sheet.strokes("Control+Enter")

    assert saved(sheet) == EXPECTED
    assert sheet.keys == HOUSEHOLDS + 1
    print(f"{HOUSEHOLDS} households: {sheet.keys} keys")


def test_a_session_that_ended_costs_no_answer(sheet, context, officer):
    answer_fast(sheet)
    Session.objects.all().delete()

    sheet.keyboard.press("Control+Enter")
    sheet.get_by_role("heading", name="Phiên làm việc đã hết").wait_for()
    sign_in = context.new_page()
    sign_in.goto("/sign-in/")
    sign_in.fill("[name=login]", officer.username)
    sign_in.fill("[name=password]", factories.PASSWORD)
    sign_in.press("[name=password]", "Enter")
    sign_in.wait_for_url("**/")
    sheet.get_by_role("button", name="Gửi lại").click()
    sheet.get_by_role("heading", name="Bấm gửi thêm một lần").wait_for()  # under whose name it is saved
    sheet.get_by_role("button", name="Gửi lại").click()

    assert saved(sheet) == EXPECTED


def test_a_line_that_dropped_costs_no_answer(sheet, context, dong_mai):
    answer_fast(sheet)
    context.set_offline(True)
    sheet.keyboard.press("Control+Enter")
    sheet.get_by_text("Mất đường truyền").wait_for()
    sheet.wait_for_timeout(500)
    sheet.close(run_before_unload=False)  # and then the machine goes off
    context.set_offline(False)

    again = context.new_page()
    again.goto(f"/review/{dong_mai.pk}/2024/carry-over/")
    assert again.locator("[data-count=left]").first.inner_text() == str(HOUSEHOLDS)
    again.get_by_role("button", name="Khôi phục").click()
    assert again.locator("[data-count=left]").first.inner_text() == "0"
    again.keyboard.press("Control+Enter")

    assert saved(again) == EXPECTED


def answer_fast(page):
    """The exceptions by key, all others as last year by one button."""
    for number, row in enumerate(page.locator("tbody tr").element_handles()):
        if found(number) != "=":
            row.query_selector(".seg input").focus()
            page.keyboard.press(found(number))
    page.get_by_role("button", name="Xác nhận tất cả hộ chưa trả lời như năm trước").click()
    assert page.locator("[data-count=left]").first.inner_text() == "0"


# --- a few households are enough for the rest -----------------------------------------------


@pytest.fixture
def three(page_as, officer, dong_mai):
    families = ward_of(dong_mai, 3)
    page = page_as(officer)
    page.goto(f"/review/{dong_mai.pk}/2024/carry-over/")
    return page, families


def checked(page):
    return page.evaluate("[...document.querySelectorAll('tbody tr')].map(r => (r.querySelector('.seg :checked') || {}).value || '')")  # fmt: skip


def test_nothing_is_answered_before_the_officer_answers(three):
    page, _families = three

    assert checked(page) == ["", "", ""]
    assert page.get_by_text("chưa trả lời", exact=True).first.is_visible()


def test_arrows_and_enter_walk_without_answering(three):
    page, families = three

    for key in ("ArrowDown", "Enter", "ArrowUp"):
        page.keyboard.press(key)

    assert page.evaluate("document.activeElement.name") == f"c{families[1].pk}"
    assert checked(page) == ["", "", ""]


def test_an_enter_after_a_letter_skips_nobody(three):
    page, families = three

    page.keyboard.press("n")
    page.keyboard.press("Enter")

    assert page.evaluate("document.activeElement.name") == f"c{families[1].pk}"


def test_a_digit_goes_to_the_persons(three):
    page, families = three

    page.keyboard.press("5")
    page.keyboard.press("Enter")

    assert page.input_value(f"[name=p{families[0].pk}]") == "5"
    assert page.evaluate("document.activeElement.name") == f"c{families[1].pk}"


def test_narrowing_loses_no_answer(three):
    page, families = three

    page.keyboard.press("n")
    page.select_option("#only-open", "open")
    assert page.locator("tbody tr:visible").count() == 2
    page.keyboard.press("Control+Enter")
    page.wait_for_selector(".messages .notice-ok")

    assert families[0].statuses.get(year=2024).classification == "N"


def test_theirs_or_mine_by_one_key(three):
    page, families = three
    Household.objects.filter(pk=families[0].pk).update(version=2)
    factories.status(families[0], 2024, "K")
    for key in ("c", "=", "=", "Control+Enter"):
        page.keyboard.press(key)
    page.get_by_role("alert").wait_for()
    page.get_by_role("alert").get_by_role("link").first.press("Enter")

    page.keyboard.press("l")
    page.keyboard.press("Control+Enter")
    page.wait_for_selector(".messages .notice-ok")

    assert [family.statuses.get(year=2024).classification for family in families] == ["K", "N", "N"]


def test_the_sheet_is_readable_by_a_screen_reader(three, axe):
    page, _families = three

    axe(page)


def test_without_a_script_it_is_radio_buttons(browser, live_server, client, officer, dong_mai):
    families = ward_of(dong_mai, 2)
    client.force_login(officer)
    context = browser.new_context(java_script_enabled=False, base_url=live_server.url)
    name = settings.SESSION_COOKIE_NAME
    context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": live_server.url}])
    page = context.new_page()
    page.goto(f"/review/{dong_mai.pk}/2024/carry-over/")

    page.check(f"[name=c{families[0].pk}][value=CN]", force=True)
    page.get_by_role("button", name="Xác nhận tất cả hộ chưa trả lời như năm trước").click()
    page.get_by_role("button", name="Lưu tất cả câu trả lời").click()
    page.wait_for_selector(".messages .notice-ok")

    assert [family.statuses.get(year=2024).classification for family in families] == ["CN", "N"]
    context.close()

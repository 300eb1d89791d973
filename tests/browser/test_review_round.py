"""A ward's year by keyboard alone: the officer submits, district staff comment and return, approve and lock."""

import pytest

from accounts.actor import acting_as
from accounts.models import Dataset
from households.codes import RoundState
from households.rounds import state_of
from tests import factories
from tests.test_review_round import complete

YEAR = 2024


@pytest.fixture
def dong_mai(transactional_db):
    with acting_as("test"):
        Dataset.claim("programme", working_year=YEAR)
    return factories.ward("Đồng Mai")


def press(page, name, *, role="button", key="Enter"):
    """Press a key on the control of this name, and wait for the page it leads to."""
    control = page.get_by_role(role, name=name, exact=True).first
    control.focus()
    with page.expect_navigation():
        control.press(key)


def said(page):
    return page.locator(".messages").inner_text()


def test_from_the_officers_list_to_the_lock(page_as, axe, dong_mai):
    [family, *_others] = complete(dong_mai)
    factories.review_round(dong_mai, YEAR - 1)
    officer, staff = factories.officer(dong_mai), factories.staff()

    ward = page_as(officer)
    ward.goto("/review/")
    assert "Đã đủ" in ward.locator("#missing").inner_text()
    press(ward, "Kiểm tra lại", role="link")
    press(ward, "Nộp")
    assert "đã nộp" in said(ward)

    district = page_as(staff)
    district.goto("/review/progress/")
    axe(district)
    press(district, "Kiểm tra Phường Đồng Mai", role="link")
    axe(district)
    press(district, f"Nhận xét {family.code}", role="link")
    district.get_by_label("Nhận xét", exact=True).press_sequentially("Xem lại số nhân khẩu")
    press(district, "Ghi nhận xét")
    district.locator("details.return-round summary").press("Enter")
    press(district, "Trả lại")
    assert state_of(dong_mai, YEAR) == RoundState.RETURNED

    ward = page_as(officer)
    ward.goto("/review/")
    assert "1 hộ có nhận xét của cấp quận chưa trả lời." in ward.locator("#missing").inner_text()
    axe(ward)
    ward.get_by_label("Trả lời").press_sequentially("Đã đếm lại: đúng")
    press(ward, "Đã sửa")
    press(ward, "Kiểm tra lại", role="link")
    press(ward, "Nộp")

    district = page_as(staff)
    district.goto(f"/review/{dong_mai.pk}/{YEAR}/check/")
    press(district, "Duyệt")
    district.goto("/review/progress/")
    district.locator("#sure").press("Space")
    press(district, "Khoá 1 phường đã duyệt")

    assert state_of(dong_mai, YEAR) == RoundState.LOCKED
    assert "Đã khoá" in district.locator("tbody").inner_text()


def test_who_entered_part_of_the_year_is_offered_no_decision(page_as, dong_mai):
    staff = factories.staff()
    [family, *_others] = complete(dong_mai)
    with acting_as(staff):
        family.statuses.filter(year=YEAR).update(note="ghi hộ")
    factories.review_round(dong_mai, YEAR, RoundState.SUBMITTED)

    page = page_as(staff)
    page.goto(f"/review/{dong_mai.pk}/{YEAR}/check/")

    assert page.get_by_role("button", name="Duyệt").count() == 0
    assert "Người khác phải kiểm tra" in page.locator("main").inner_text()


def test_the_standards_read_well_to_a_screen_reader(page_as, axe, dong_mai):
    factories.standard(YEAR)
    page = page_as(factories.officer(dong_mai))

    page.goto("/review/standards/")

    axe(page)


def test_on_a_phone_a_household_is_a_few_dense_lines_and_every_class_a_finger_wide(page_as, axe, dong_mai):
    complete(dong_mai)
    factories.household(dong_mai, head="Công Tằng Tôn Nữ Thị Huyền Trân", statuses={YEAR - 1: "N"})
    page = page_as(factories.officer(dong_mai))
    page.set_viewport_size({"width": 390, "height": 844})

    for sheet, highest in (("carry-over", 140), ("check", 130)):
        page.goto(f"/review/{dong_mai.pk}/{YEAR}/{sheet}/")
        rows = page.locator("tbody tr:has(th a)")
        heights = [rows.nth(number).bounding_box()["height"] for number in range(rows.count())]
        assert 0 < max(heights) <= highest, sheet
        assert page.evaluate("document.documentElement.scrollWidth") == 390
        axe(page)
        if sheet == "carry-over":
            box = page.locator(".seg span").first.bounding_box()
            assert min(box["width"], box["height"]) >= 44

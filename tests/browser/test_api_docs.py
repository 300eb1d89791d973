"""The API's browsable page under the strict content policy. The context fails on anything the policy blocks."""

import pytest

from tests import factories


@pytest.fixture
def officer(transactional_db):
    return factories.officer(factories.ward("Đồng Mai"))


def test_the_description_is_drawn_and_an_endpoint_can_be_tried(page_as, officer, axe):
    page = page_as(officer)
    page.goto("/api/docs/")
    page.wait_for_selector(".opblock")
    axe(page)

    page.click("text=/api/wards/ >> nth=0")
    page.click("button.try-out__btn")
    page.click("button.execute")
    page.wait_for_selector(".live-responses-table .response-col_status:has-text('200')")

    assert page.locator(".opblock").count() >= 20
    assert "Đồng Mai" in page.locator(".live-responses-table").inner_text()


def test_a_record_is_entered_from_the_page_with_the_sessions_own_csrf_token(page_as, officer, axe):
    page = page_as(officer)
    page.goto("/api/docs/")
    page.wait_for_selector(".opblock-post")

    page.click(".opblock-post:has-text('/api/households/')")
    page.wait_for_selector(".opblock-post button.try-out__btn")
    axe(page)
    page.click(".opblock-post button.try-out__btn")
    page.fill(".opblock-post textarea", '{"ward": "10117"}')
    page.click(".opblock-post button.execute")

    page.wait_for_selector(".live-responses-table .response-col_status:has-text('400')")
    assert "members" in page.locator(".live-responses-table").inner_text()


def test_who_is_not_signed_in_is_led_to_the_sign_in_page(page):
    answer = page.goto("/api/docs/")

    assert answer.status == 401
    page.click("a.btn-primary")
    assert "/sign-in/?next=/api/docs/" in page.url

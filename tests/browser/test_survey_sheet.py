"""The survey sheet by keyboard alone: typed, judged while typing, saved, and on to the next household."""

import re
from io import StringIO

import pytest
from django.core.management import call_command

from tests import factories
from wards.models import Ward


@pytest.fixture
def dong_mai(transactional_db):
    call_command("load_reference", stdout=StringIO())
    call_command("createcachetable")
    return Ward.objects.get(code="10117")


@pytest.fixture
def waiting(dong_mai):
    return [
        factories.household(dong_mai, code=code, members=3, statuses={2023: "CN"}, level="national")
        for code in ("A1", "A2")
    ]


def to(page, name):
    """Press Enter, which moves on, until the field is reached."""
    for _ in range(60):
        if page.evaluate("document.activeElement && document.activeElement.name") == name:
            return
        page.keyboard.press("Enter")
    raise AssertionError(f"{name} was not reached")


def test_a_review_is_entered_by_keyboard_and_leads_to_the_next_household(page_as, axe, dong_mai, waiting):
    first, second = waiting
    page = page_as(factories.officer(dong_mai))
    page.goto(f"/households/{first.pk}/statuses/2024/?level=national")
    page.focus("[name=status-b1]")

    page.keyboard.type("170")
    to(page, "status-deprivations")
    for _ in range(4):
        page.keyboard.press("Space")
        page.keyboard.press("Enter")
    page.wait_for_selector("#judgement >> text=B1 170 ≤ 175 và B2 40 ≥ 30 → hộ nghèo")
    axe(page)
    to(page, "status-decision_number")
    page.keyboard.type("15/QĐ-UBND")
    page.keyboard.press("Control+Enter")
    page.wait_for_url(f"**/households/{second.pk}/statuses/2024/?level=national")

    status = first.statuses.get(year=2024)
    assert (status.classification, status.b1, status.b2, status.decision_number) == ("N", 170, 40, "15/QĐ-UBND")


def test_without_scripts_the_sheet_is_judged_on_saving(browser, base_url, dong_mai, waiting):
    family, officer = waiting[0], factories.officer(dong_mai)
    context = browser.new_context(base_url=base_url, java_script_enabled=False)
    page = context.new_page()
    page.goto("/sign-in/")
    page.fill("[name=login]", officer.username)
    page.fill("[name=password]", factories.PASSWORD)
    page.press("[name=password]", "Enter")
    page.goto(f"/households/{family.pk}/statuses/2024/?level=national")
    page.fill("[name=status-b1]", "170")
    page.check("[name=status-classification][value=N]")

    page.click("button[name=then][value=open]")

    assert "B1 170 ≤ 175 và B2 0 < 30 → hộ cận nghèo" in page.locator("main").inner_text()
    page.fill("[name=status-differs_because]", "Họp dân thống nhất")
    page.click("button[name=then][value=open]")
    page.wait_for_url(f"**/households/{family.pk}/")
    assert family.statuses.get(year=2024).proposed == "CN"
    context.close()


def test_a_review_within_the_year_is_entered_by_keyboard_and_the_class_follows(page_as, axe, dong_mai, waiting):
    family = waiting[0]
    factories.status(family, 2024, "K", level="national", b1=190, b2=0, reviewed_on="2024-03-10")
    page = page_as(factories.officer(dong_mai))
    page.goto(f"/households/{family.pk}/")
    link = page.get_by_role("link", name="Rà soát thường xuyên 2024, chuẩn quốc gia")
    link.focus()
    link.press("Enter")
    page.wait_for_url("**/regular/**")
    axe(page)

    page.focus("[name=status-b1]")
    page.keyboard.press("Control+A")
    page.keyboard.type("160")
    to(page, "status-deprivations")
    page.keyboard.press("Space")
    page.wait_for_selector("#judgement >> text=B1 160 ≤ 175 và B2 10 < 30 → hộ cận nghèo")
    to(page, "status-reviewed_on")
    page.keyboard.type("20/11/2024")
    to(page, "status-decision_number")
    page.keyboard.type("31/QĐ-UBND")
    page.keyboard.press("Control+Enter")
    page.wait_for_url(f"**/households/{family.pk}/")

    status = family.statuses.get(year=2024)
    assert (status.classification, status.decision_number) == ("CN", "31/QĐ-UBND")
    told = page.locator("#years").inner_text()
    assert "10/03/2024 · rà soát định kỳ" in told
    assert "31/QĐ-UBND" in told


def test_the_certificate_prints_on_two_sheets(page_as, dong_mai):
    family = factories.household(dong_mai, members=6)
    factories.status(
        family, 2024, "CN", level="national", b1=150, b2=0, decision_number="15/QĐ-UBND", decision_date="2024-12-20"
    )
    page = page_as(factories.officer(dong_mai))
    page.goto(f"/households/{family.pk}/certificate/2024/?level=national")
    page.evaluate("document.fonts.ready")

    paper = page.pdf(prefer_css_page_size=True)

    assert len(re.findall(rb"/Type\s*/Page\b(?!s)", paper)) == 2


def test_the_certificate_reads_well_to_a_screen_reader(page_as, axe, dong_mai, waiting):
    factories.status(
        waiting[0], 2024, "CN", level="national", b1=150, b2=0, decision_number="15/QĐ-UBND", decision_date="2024-12-20"
    )
    page = page_as(factories.officer(dong_mai))

    page.goto(f"/households/{waiting[0].pk}/certificate/2024/?level=national")

    axe(page)
    assert "GIẤY CHỨNG NHẬN" in page.locator("article.state-paper").inner_text()

"""What static/js/app.js adds for people who type; every page works without it."""

import pytest

from accounts.models import Dataset
from tests import factories


@pytest.fixture
def form(page_as, transactional_db):
    """The sheet for a new household, open before an officer."""
    Dataset.claim("programme", working_year=2024)
    factories.standard(2024)
    page = page_as(factories.officer(factories.ward("Đồng Mai")))
    page.goto("/households/new/")
    return page


SPELT = {
    0: "không đồng",
    5: "năm đồng",
    15: "mười lăm đồng",
    21: "hai mươi mốt đồng",
    105: "một trăm linh năm đồng",
    1_005: "một nghìn không trăm linh năm đồng",
    20_000_000: "hai mươi triệu đồng",
    35_000_015: "ba mươi lăm triệu không trăm mười lăm đồng",
    3_477_000_000: "ba tỷ bốn trăm bảy mươi bảy triệu đồng",
    1_083_000_000: "một tỷ không trăm tám mươi ba triệu đồng",
    2_000_000_000_000: "hai nghìn tỷ đồng",
    10**18: "một tỷ tỷ đồng",
}


def test_money_is_spelt(form):
    spelt = {amount: form.evaluate(f"hadong.inWords({amount}n)") for amount in SPELT}

    assert spelt == SPELT


def test_money_is_grouped_and_spelt_while_typing(form):
    form.locator("[data-money]").first.press_sequentially("20000000")

    assert form.locator("[data-money]").first.input_value() == "20.000.000"
    assert form.get_by_text("hai mươi triệu đồng").is_visible()


def test_an_identity_number_says_what_it_means(form):
    number = form.locator("[data-id-number]").first

    number.fill("00115700012")
    assert form.get_by_text("Cần 12 chữ số, đang có 11.").is_visible()

    number.fill("001157000123")
    assert form.get_by_text("Hà Nội, nữ, sinh 1957").is_visible()


def test_enter_moves_on_instead_of_sending(form):
    form.fill("[name=address]", "Tổ 3")
    form.press("[name=address]", "Enter")

    assert form.evaluate("document.activeElement.name") != "address"
    assert form.url.endswith("/households/new/")


def test_a_row_is_added_and_taken_away_by_key(form):
    rows = form.locator("[data-formset-row]:visible")
    before = rows.count()

    form.locator("[data-formset-add]").press("Enter")
    assert rows.count() == before + 1
    assert form.evaluate("document.activeElement.name") == f"members-{before}-name"

    rows.last.locator("[data-formset-remove]").press("Enter")
    assert rows.count() == before
    assert form.locator(f"[name=members-{before}-DELETE]").is_checked()


def test_the_list_is_walked_by_keys(page_as, transactional_db):
    ward = factories.ward("Đồng Mai")
    for head in ("Ví Dụ Một", "Ví Dụ Hai"):
        factories.household(ward, head=head)
    page = page_as(factories.officer(ward))
    page.goto("/households/")

    page.keyboard.press("j")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")

    page.wait_for_url("**/households/*/")

    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.name") == "q"

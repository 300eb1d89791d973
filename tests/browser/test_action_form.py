"""The form of help as an officer meets it: sums while typing, the household while typing, one part at a time."""

import pytest

from support.models import SupportAction
from tests import factories

AMOUNT = "#id_funding-0-amount"


@pytest.fixture
def family(transactional_db):
    return factories.household(factories.ward("Đồng Mai"), head="Nguyễn Thị Hoà", members=[{"name": "Nguyễn Văn Con"}])


@pytest.fixture
def page(page_as, family):
    return page_as(factories.officer(family.ward))


def typed(page, text: str) -> str:
    page.fill(AMOUNT, "")
    page.click(AMOUNT)
    page.keyboard.type(text)
    return page.input_value(AMOUNT)


def test_whole_sums_are_grouped_and_spelled_while_one_types(page):
    page.goto("/support/new/")
    assert typed(page, "20000000") == "20.000.000"
    assert page.locator("output.says").first.inner_text() == "hai mươi triệu đồng"
    page.keyboard.press("Backspace")
    assert page.input_value(AMOUNT) == "2.000.000"


@pytest.mark.parametrize("text", ["1,5", "1.5", "1.500.000,00"])
def test_a_sum_that_may_be_misread_stays_as_it_was_typed(page, text):
    page.goto("/support/new/")
    page.fill(AMOUNT, text)
    assert page.input_value(AMOUNT) == text
    page.click("button[value=open]")
    assert page.input_value(AMOUNT) == text
    assert page.locator("[data-error-summary]").is_visible()


def test_the_whole_form_by_typing(page, family, axe):
    policy, budget = factories.policy("housing"), factories.source("NS_QUAN")
    child = family.members.get(relation="child")
    page.goto("/support/new/")
    page.select_option("#id_policy", str(policy.pk))
    page.fill("#id_period_from", "10/05/2024")
    page.locator("#id_household_search").press_sequentially("nguyen thi hoa")
    page.locator("#household-choices input[type=radio]:checked").wait_for()
    page.select_option("#id_member", str(child.pk))
    assert not page.locator("#id_group_name").is_visible()
    page.select_option("#id_funding-0-source", str(budget.pk))
    page.select_option("#id_funding-0-nature", "grant")
    typed(page, "20000000")
    axe(page)
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**/support/new/?like=*")

    action = SupportAction.objects.get()
    assert (action.household, action.member) == (family, child)
    assert action.funding.get().amount == 20_000_000


def test_the_policy_brings_its_own_fields_and_asks_for_the_pupil(page, family):
    tuition = factories.policy("CPHT")
    page.goto(f"/support/new/?household={family.pk}")
    assert page.locator("label[for=id_member]").inner_text().startswith("Cho một thành viên")

    page.select_option("#id_policy", str(tuition.pk))

    page.locator("[name='tuition-school_year']").wait_for()
    assert page.locator("label[for=id_member]").inner_text() == "Học sinh"
    assert not page.locator("[name='tuition-device']").count()


def given_before(family):
    """A gift of Tết on record, and the fields of another one."""
    from support.models import GiftDetail

    gifts, budget = factories.policy("QUA_TET"), factories.source("NS_QUAN")
    before = factories.support(family, policy=gifts, paid_by={budget: 500_000})
    GiftDetail(action=before, occasion="tet").save()
    return before, f"/support/new/?household={family.pk}&policy=QUA_TET", budget


def fill_in(page, budget):
    page.fill("#id_period_from", "10/05/2024")
    page.select_option("[name='gift-occasion']", "tet")
    page.select_option("#id_funding-0-source", str(budget.pk))
    page.select_option("#id_funding-0-nature", "grant")
    page.fill(AMOUNT, "300000")


def test_what_is_repeated_is_told_while_one_types_and_then_saved_without_asking(page, family, axe):
    before, address, budget = given_before(family)
    page.goto(address)
    fill_in(page, budget)
    page.keyboard.press("Tab")

    page.locator("#overlaps .notice").wait_for()
    assert page.locator(f"#overlaps a[href='/support/{before.pk}/']").is_visible()
    axe(page)
    page.click("button[value=open]")
    page.wait_for_url("**/support/*/")

    assert SupportAction.objects.count() == 2


def test_without_scripts_the_first_save_asks_and_the_second_saves(browser, base_url, family, page_as):
    before, address, budget = given_before(family)
    plain = browser.new_context(java_script_enabled=False, base_url=base_url)
    plain.add_cookies(page_as(factories.officer(family.ward)).context.cookies())
    page = plain.new_page()
    page.goto(address)
    fill_in(page, budget)
    page.click("button[value=open]")

    assert page.get_by_text("Chưa ghi", exact=True).is_visible()
    assert page.locator(f"#overlaps a[href='/support/{before.pk}/']").is_visible()
    assert page.input_value(AMOUNT) == "300000"
    page.get_by_role("button", name="Vẫn lưu", exact=True).click()

    assert page.url.endswith(f"/support/{SupportAction.objects.latest('pk').pk}/")
    assert SupportAction.objects.count() == 2
    plain.close()


def test_a_file_that_is_too_large_is_put_aside_before_it_is_sent(page, family, tmp_path):
    large = tmp_path / "quet.pdf"
    large.write_bytes(b"%PDF-1.4\n" + bytes(9 * 1024 * 1024))
    page.goto(f"/support/{factories.support(family).pk}/attach/")

    page.set_input_files("[name=file]", large)

    assert page.get_by_text("nặng 10 MB; chỉ lưu được tối đa 8 MB").is_visible()
    assert page.input_value("[name=file]") == ""

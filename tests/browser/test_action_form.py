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

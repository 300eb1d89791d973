"""The whole job in a real browser: a ward officer enters, district staff read it in the downloaded workbook."""

from io import BytesIO, StringIO

import openpyxl
import pytest
from django.core.management import call_command

from households.models import Household
from support.models import SupportAction
from tests import factories
from wards.models import Ward


@pytest.fixture
def programme(transactional_db):
    """A fresh district: the map, the standards, the policies and the programme, no household yet."""
    call_command("load_programme", stdout=StringIO())
    call_command("createcachetable")


@pytest.fixture
def dong_mai(programme):
    return Ward.objects.get(code="10117")


def sign_in(page, user):
    page.goto("/sign-in/")
    page.fill("[name=login]", user.username)
    page.fill("[name=password]", factories.PASSWORD)
    page.press("[name=password]", "Enter")
    page.wait_for_url("**/")


def enter_household(page):
    page.goto("/households/new/")
    page.fill("[name=address]", "Ngõ 12, tổ 3")
    page.fill("[name=members-0-name]", "Nguyễn Thị Hòa")
    page.select_option("[name=members-0-sex]", "2")
    page.fill("[name=members-0-birth]", "5/3/1960")
    page.fill("[name=members-1-name]", "Trần Văn Đức")
    page.select_option("[name=members-1-relation]", "child")
    page.select_option("[name=members-1-sex]", "1")
    page.fill("[name=members-1-birth]", "2012")
    page.check("[name=members-1-is_pupil]")
    page.check("[name=status-classification][value=CN]")
    page.click("button[name=then][value=open]")
    page.wait_for_url("**/households/*/")


def enter_house(page, household):
    """A house from two sources, typed with dots as people group money."""
    page.goto(f"/support/new/?household={household.pk}")
    page.select_option("[name=policy]", label="Xây mới nhà (Đại đoàn kết)")
    page.fill("[name=period_from]", "10/05/2024")
    lines = [("Ngân sách quận", "400.000.000"), ("Xã hội hoá (chung)", "3.077.000.000")]
    for number, (source, amount) in enumerate(lines):
        page.select_option(f"[name=funding-{number}-source]", label=source)
        page.select_option(f"[name=funding-{number}-nature]", "grant")
        page.fill(f"[name=funding-{number}-amount]", amount)
    page.fill("[name=things]", "1")
    page.select_option("[name=thing_unit]", "house")
    page.click("button[name=then][value=open]")
    page.wait_for_url("**/support/*/")


def test_an_officer_enters_a_family_and_its_house_and_staff_find_both_in_the_workbook(page, context, dong_mai):
    officer, staff = factories.officer(dong_mai), factories.staff()

    sign_in(page, officer)
    enter_household(page)
    household = Household.objects.get()
    assert "Nguyễn Thị Hòa" in page.locator("main").inner_text()
    assert household.statuses.get().classification == "CN"
    enter_house(page, household)
    action = SupportAction.objects.get(household=household)
    assert sorted(action.funding.values_list("amount", flat=True)) == [400_000_000, 3_077_000_000]

    page.goto("/households/?q=nguyen+thi+hoa&ward=")
    page.get_by_role("link", name="Nguyễn Thị Hòa").click()
    page.wait_for_url(f"**/households/{household.pk}/")
    assert "3.477.000.000" in page.locator("main").inner_text()

    context.clear_cookies()
    sign_in(page, staff)
    page.goto("/reports/summary/")
    line = page.locator("#support_by_policy tr", has_text="Xây mới nhà (Đại đoàn kết)")
    assert "3.477.000.000" in line.inner_text()
    line.get_by_role("link", name="3.477.000.000").click()
    page.wait_for_url("**/support/?*")
    assert "Nguyễn Thị Hòa" in page.locator("#results").inner_text()

    page.goto("/reports/summary/")
    with page.expect_download() as download:
        page.get_by_role("link", name="Excel").click()
    book = openpyxl.load_workbook(BytesIO(download.value.path().read_bytes()))
    cells = [row for sheet in book for row in sheet.iter_rows() if row[0].value == "Xây mới nhà (Đại đoàn kết)"]
    money = [cell for row in cells for cell in row if cell.value == 3_477_000_000]
    assert money
    assert {(cell.data_type, cell.number_format) for cell in money} == {("n", "#,##0")}


def test_a_wrong_form_says_everything_at_once_and_keeps_what_was_typed(page_as, dong_mai, axe):
    page = page_as(factories.officer(dong_mai))

    page.goto("/households/new/")
    page.fill("[name=members-0-name]", "Lê Thị Mai")
    page.fill("[name=members-0-birth]", "31/02/1960")
    page.fill("[name=members-0-id_number]", "00116000123")
    page.fill("[name=status-decision_date]", "01/01/2999")
    page.click("button[name=then][value=open]")

    text = page.locator("main").inner_text()
    assert "11" in text
    assert "31/02" in text
    assert page.input_value("[name=members-0-name]") == "Lê Thị Mai"
    assert page.input_value("[name=members-0-id_number]") == "00116000123"
    assert page.locator("[aria-invalid=true]").count() >= 4  # sex, birth, number, decision date
    assert not Household.objects.exists()
    axe(page)


def test_a_double_click_makes_one_record(page_as, dong_mai):
    officer = factories.officer(dong_mai)
    household = factories.household(dong_mai)
    page = page_as(officer)

    page.goto(f"/support/new/?household={household.pk}")
    page.select_option("[name=policy]", label="Tặng quà lễ, Tết")
    page.select_option("[name=gift-occasion]", "tet")  # drawn once the policy is chosen
    page.fill("[name=period_from]", "01/02/2024")
    page.select_option("[name=funding-0-source]", label="Ngân sách quận")
    page.select_option("[name=funding-0-nature]", "grant")
    page.fill("[name=funding-0-amount]", "500000")
    page.dblclick("button[name=then][value=open]")
    page.wait_for_url("**/support/*/")

    assert SupportAction.objects.filter(household=household).count() == 1


def test_two_officers_on_one_household_the_second_sees_both_versions(page_as, dong_mai):
    household = factories.household(dong_mai, statuses={2024: "CN"})
    page = page_as(factories.officer(dong_mai))

    page.goto(f"/households/{household.pk}/edit/")
    page.fill("[name=address]", "Ngõ 1, tôi gõ")
    household.refresh_from_db()
    household.address, household.version = "Ngõ 2, người kia lưu", household.version + 1
    household.save()
    page.click("button.btn-primary[type=submit], .action-bar button")

    text = page.locator("main").inner_text()
    assert "Ngõ 2, người kia lưu" in text
    assert page.input_value("[name=address]") == "Ngõ 1, tôi gõ"


PAGES = [
    "/",
    "/households/",
    "/households/new/",
    "/support/",
    "/support/new/",
    "/reports/summary/",
    "/reports/programme/",
    "/password/",
]


@pytest.mark.parametrize("language", ["vi", "en"])
def test_every_page_is_without_axe_violations(page_as, context, live_server, dong_mai, axe, language):
    household = factories.household(dong_mai, members=3, statuses={2022: "N", 2023: "CN", 2024: "K"})
    action = factories.support(household, policy="KCB")
    context.add_cookies([{"name": "django_language", "value": language, "url": live_server.url}])
    page = page_as(factories.officer(dong_mai))
    details = [
        f"/households/{household.pk}/",
        f"/households/{household.pk}/edit/",
        f"/households/{household.pk}/statuses/2024/",
    ]
    details += [f"/support/{action.pk}/", f"/support/{action.pk}/edit/", f"/support/{action.pk}/void/"]

    for address in [*PAGES, *details, "/households/999999/", "/admin/"]:
        page.goto(address)
        assert page.locator("html").get_attribute("lang") == language
        axe(page)


@pytest.mark.parametrize(("width", "height"), [(1366, 768), (390, 844)])
def test_no_page_is_wider_than_the_screen(page_as, dong_mai, width, height):
    household = factories.household(dong_mai, members=3, statuses={2023: "CN", 2024: "K"})
    action = factories.support(household, policy="KCB")
    page = page_as(factories.officer(dong_mai))
    page.set_viewport_size({"width": width, "height": height})

    for address in [*PAGES, f"/households/{household.pk}/", f"/support/{action.pk}/"]:
        page.goto(address)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, address

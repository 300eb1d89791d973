"""Events in a household's life and the reorganisation of wards, by keyboard alone and without scripts."""

from datetime import date

import pytest

from accounts.models import Dataset
from households.models import Household
from tests import factories
from wards.models import GroupSuccession

JULY = date(2025, 7, 1)


@pytest.fixture
def dong_mai(transactional_db):
    Dataset.claim("programme", working_year=2024)
    factories.standard(2024)
    return factories.ward("Đồng Mai")


@pytest.fixture
def family(dong_mai):
    return factories.household(
        dong_mai,
        head="Nguyễn Thị An",
        members=[{"name": "Trần Văn Bình", "relation": "spouse"}, {"name": "Trần Thị Cúc"}],
        address="Số 1",
    )


def tab_to(page, name):
    for _ in range(60):
        if page.evaluate("document.activeElement && document.activeElement.name") == name:
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{name} was not reached")


def type_in(page, **fields):
    for name, text in fields.items():
        tab_to(page, name)
        page.keyboard.type(text)


def choose(page, name, label):
    """Choose in a list with the arrow keys."""
    tab_to(page, name)
    page.keyboard.press("Home")
    for _ in range(40):
        if label in page.evaluate("document.activeElement.selectedOptions[0].textContent"):
            return
        page.keyboard.press("ArrowDown")
    raise AssertionError(f"{label} is not offered in {name}")


def save(page, key="Control+Enter"):
    with page.expect_navigation():
        page.keyboard.press(key)


def test_the_head_dies_and_the_new_head_is_named_by_keyboard(page_as, axe, dong_mai, family):
    page = page_as(factories.officer(dong_mai))
    page.goto(f"/households/{family.pk}/life/died/")
    bình = family.members.get(name="Trần Văn Bình")
    relation = f"[name=relation_{bình.pk}]"

    assert not page.is_visible("[name=new_head]")
    type_in(page, day="05/03/2024")
    choose(page, "member", "Nguyễn Thị An")
    assert page.is_visible("[name=new_head]")
    assert page.is_visible(relation)
    axe(page)
    save(page)
    assert "hãy chọn chủ hộ mới" in page.inner_text(".error-summary")
    choose(page, "new_head", "Trần Văn Bình")
    save(page)

    assert page.inner_text("h1") == "Trần Văn Bình"
    assert "Nguyễn Thị An qua đời" in page.inner_text(".timeline")
    axe(page)


def test_another_member_becomes_head_by_keyboard_and_what_everybody_is_to_her_follows(page_as, axe, dong_mai, family):
    page = page_as(factories.officer(dong_mai))
    page.goto(f"/households/{family.pk}/life/head/")

    type_in(page, day="05/03/2024")
    choose(page, "new_head", "Trần Thị Cúc")
    axe(page)
    save(page)

    assert page.inner_text("h1") == "Trần Thị Cúc"
    assert "Trần Thị Cúc làm chủ hộ" in page.inner_text(".timeline")
    assert dict(family.members.values_list("name", "relation")) == {
        "Trần Thị Cúc": "head",
        "Nguyễn Thị An": "parent",
        "Trần Văn Bình": "parent",
    }


def test_a_household_moves_in_and_on_to_another_ward_whose_officer_then_keeps_it(page_as, axe, dong_mai, family):
    van_quan = factories.ward("Văn Quán")
    page = page_as(factories.officer(dong_mai))
    page.goto(f"/households/{family.pk}/life/moved-in/")
    type_in(page, day="05/03/2024", place="Sơn La")
    save(page)
    page.goto(f"/households/{family.pk}/life/moved-ward/")

    type_in(page, day="06/04/2024")
    choose(page, "ward", "Văn Quán")
    type_in(page, address="Số 7, ngõ 3")
    axe(page)
    save(page)
    assert "đã chuyển đến Phường Văn Quán" in page.inner_text(".messages")
    assert page.goto(f"/households/{family.pk}/").status == 404
    page = page_as(factories.officer(van_quan))
    page.goto(f"/households/{family.pk}/")

    told = page.inner_text(".timeline")
    assert "Chuyển đến từ Sơn La" in told
    assert "Chuyển từ Phường Đồng Mai đến Phường Văn Quán" in told


def test_a_household_joins_by_keyboard_and_what_was_typed_stays(page_as, axe, dong_mai, family):
    other = factories.household(dong_mai, head="Phạm Thị Em")
    page = page_as(factories.officer(dong_mai))
    page.goto(f"/households/{family.pk}/life/merge/")

    type_in(page, day="05/03/2024", other=other.code)
    tab_to(page, "find")
    save(page, "Enter")
    assert page.input_value("[name=day]") == "05/03/2024"
    assert "?" not in page.url
    axe(page)
    choose(page, f"relation_{other.members.get().pk}", "anh")
    save(page)

    assert Household.objects.get(pk=other.pk).is_closed
    assert other.code in page.inner_text(".timeline")


def test_without_scripts_a_split_is_recorded(browser, base_url, dong_mai, family):
    context = browser.new_context(base_url=base_url, java_script_enabled=False)
    page = context.new_page()
    page.goto("/")
    page.fill("[name=login]", factories.officer(dong_mai, username="lan").username)
    page.fill("[name=password]", factories.PASSWORD)
    page.click("main button[type=submit]")
    cúc = family.members.get(name="Trần Thị Cúc")
    page.goto(f"/households/{family.pk}/life/split/")

    page.fill("[name=day]", "05/03/2024")
    page.select_option("[name=new_head]", str(cúc.pk))
    page.check(f"[name=goes_{cúc.pk}]")
    page.click("main button.btn-primary")

    formed = Household.objects.exclude(pk=family.pk).get()
    assert formed.code in page.inner_text(".messages")
    context.close()


def test_groups_are_placed_and_everybody_is_moved_by_keyboard(page_as, axe, transactional_db):
    Dataset.claim("programme", working_year=2025)
    old = factories.ward("Hà Cầu", code="09556", until=date(2025, 6, 30))
    new, other = (
        factories.ward("Hà Đông", code="09556", since=JULY),
        factories.ward("Kiến Hưng", code="09552", since=JULY),
    )
    factories.became(old, new, other, on=JULY)
    group = factories.residential_group(old, 1)
    family = factories.household(old, residential_group=group)
    page = page_as(factories.staff())

    page.goto(f"/wards/reorganisations/2025-07-01/{old.pk}/")
    choose(page, f"successor_{group.pk}", "Hà Đông")
    type_in(page, **{f"number_{group.pk}": "12"})
    axe(page)
    save(page)
    assert GroupSuccession.objects.get().successor == new
    axe(page)
    tab_to(page, "confirm")
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    save(page, "Enter")

    assert "1 hộ" in page.inner_text(".messages")
    axe(page)
    family.refresh_from_db()
    assert (family.ward, family.residential_group.number) == (new, 12)
    page.goto("/wards/reorganisations/")
    axe(page)

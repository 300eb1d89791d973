"""Who is entitled to help and has had none: rules as data, a work list for each ward."""

from datetime import date
from types import SimpleNamespace

import pytest
from django.urls import reverse

from households import life
from households.models import Household
from households.reorganisation.moving import carry_out
from reports import reach
from reports.dashboard import dashboard
from reports.scope import Scope
from support.entitlement import entitled, gaps, not_reached, rules_in
from support.models import EntitlementRule
from support.reference import load_policies
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _rules():
    load_policies()


@pytest.fixture
def ward():
    return factories.ward("Đồng Mai")


def rule(code: str) -> EntitlementRule:
    return EntitlementRule.objects.get(code=code)


def missing(code: str, year: int = 2024) -> list[str]:
    found = not_reached(rule(code), Household.objects.all(), year)
    return sorted(str(getattr(row, "name", row.code if hasattr(row, "code") else row)) for row in found)


def pupil(name: str = "Đỗ Văn Trò", born: int = 2014, **fields) -> dict:
    return {"name": name, "birth_year": born, "is_pupil": True, **fields}


def test_a_pupil_of_a_poor_household_without_tuition_help_is_on_the_list(ward):
    factories.household(ward, members=[pupil()], statuses={2023: "N"})

    assert missing("PUPIL_POOR") == ["Đỗ Văn Trò"]


@pytest.mark.parametrize("policy", ["HP_MIEN", "CPHT"])
def test_once_helped_in_the_year_the_pupil_is_reached(ward, policy):
    family = factories.household(ward, members=[pupil()], statuses={2023: "N"})
    child = family.members.get(is_pupil=True)
    factories.support(family, policy=policy, member=child, on=date(2024, 9, 5))

    assert missing("PUPIL_POOR") == []
    assert missing("PUPIL_POOR", 2025) == []  # no list of 2024: nobody is known to be poor in 2025


def test_help_of_last_year_reaches_nobody_this_year(ward):
    family = factories.household(ward, members=[pupil()], statuses={2022: "N", 2023: "N"})
    factories.support(family, policy="HP_MIEN", member=family.members.get(is_pupil=True), on=date(2023, 9, 5))

    assert missing("PUPIL_POOR", 2023) == []
    assert missing("PUPIL_POOR", 2024) == ["Đỗ Văn Trò"]


def test_help_to_one_child_does_not_reach_the_other(ward):
    family = factories.household(ward, members=[pupil("Đỗ Văn Cả"), pupil("Đỗ Thị Út", 2016)], statuses={2023: "N"})
    factories.support(family, policy="HP_MIEN", member=family.members.get(name="Đỗ Văn Cả"), on=date(2024, 9, 5))

    assert missing("PUPIL_POOR") == ["Đỗ Thị Út"]


def test_a_void_record_reaches_nobody(ward):
    family = factories.household(ward, members=[pupil()], statuses={2023: "N"})
    void = factories.support(family, policy="HP_MIEN", on=date(2024, 9, 5))
    void.voided_at, void.void_reason = "2024-10-01T00:00:00Z", "nhập nhầm"
    void.save()

    assert missing("PUPIL_POOR") == ["Đỗ Văn Trò"]


def test_other_help_does_not_count_as_tuition(ward):
    family = factories.household(ward, members=[pupil()], statuses={2023: "N"})
    factories.support(family, policy="gifts", on=date(2024, 2, 5))

    assert missing("PUPIL_POOR") == ["Đỗ Văn Trò"]


def test_the_class_of_the_list_before_counts_not_that_of_the_year_itself(ward):
    factories.household(ward, members=[pupil()], statuses={2023: "N", 2024: "K"})
    factories.household(ward, members=[pupil("Lê Văn Sau")], statuses={2023: "K", 2024: "N"})

    assert missing("PUPIL_POOR") == ["Đỗ Văn Trò"]


@pytest.mark.parametrize(
    "not_meant",
    [{"is_pupil": False}, {"birth_year": 1990}, {"left_on": date(2023, 5, 1)}, {"birth_year": 2025}],
    ids=["not at school", "grown up", "left", "not yet born"],
)
def test_who_is_not_meant_is_not_on_the_list(ward, not_meant):
    factories.household(ward, members=[pupil() | not_meant], statuses={2023: "N"})

    assert missing("PUPIL_POOR") == []


def test_a_near_poor_member_without_insurance_is_on_the_list_until_a_card_is_given(ward):
    family = factories.household(
        ward, head="Lê Thị Chủ", members=[{"name": "Lê Văn Có", "has_health_insurance": True}], statuses={2023: "CN"}
    )
    assert missing("BHYT_NEAR_POOR") == ["Lê Thị Chủ"]

    factories.support(family, policy="BHYT_CN", on=date(2024, 1, 1), until=date(2024, 12, 31))

    assert missing("BHYT_NEAR_POOR") == []


def test_social_insurance_is_no_health_insurance(ward):
    family = factories.household(ward, head="Lê Thị Chủ", statuses={2023: "CN"})
    factories.support(family, policy="BHXH_TN", on=date(2024, 3, 1))

    assert missing("BHYT_NEAR_POOR") == ["Lê Thị Chủ"]


def test_a_household_in_a_bad_house_is_reached_once_in_the_programme(ward):
    bad_house = factories.indicator(factories.standard(2023, "national"), "chat_luong_nha", 7)
    water = factories.indicator(factories.standard(2023, "national"), "nuoc_sach", 9)
    family, wet = factories.household(ward), factories.household(ward)
    factories.status(family, 2023, "CN", deprivations=[bad_house, water])
    factories.status(wet, 2023, "CN", deprivations=[water])
    assert missing("HOUSE") == [family.code]

    factories.support(family, policy="NHA_SC", on=date(2021, 6, 1))

    assert missing("HOUSE") == []


@pytest.mark.parametrize(("listed_until", "expected"), [(2022, 1), (2020, 1), (2019, 0)])
def test_whoever_left_the_list_counts_for_thirty_six_months(ward, listed_until, expected):
    years = {year: "CN" if year <= listed_until else "K" for year in range(2019, 2024)}
    factories.household(ward, head="Lê Thị Thoát", statuses={year: years[year] for year in years})

    assert len(missing("BHYT_ESCAPED_2019")) == expected


def test_a_rule_holds_only_in_its_years(ward):
    factories.household(ward, statuses={2023: "CN", 2024: "K"})

    codes = {gap.rule.code for gap in gaps(Household.objects.all(), 2025)}

    assert "BHYT_ESCAPED_2019" in codes
    assert "BHYT_ESCAPED" not in codes


def test_a_household_closed_before_the_year_ends_is_not_on_the_list(ward):
    family = factories.household(ward, members=[pupil()], statuses={2023: "N"})
    Household.objects.filter(pk=family.pk).update(closed_on=date(2024, 3, 1), closed_as="left")

    assert missing("PUPIL_POOR") == []


def test_two_deprivations_do_not_count_a_household_twice(ward):
    national = factories.standard(2023, "national")
    both = [factories.indicator(national, "chat_luong_nha", 7), factories.indicator(national, "dien_tich_nha", 8)]
    factories.status(factories.household(ward), 2023, "CN", deprivations=both)

    assert entitled(rule("HOUSE"), Household.objects.all(), 2024).count() == 1


# --- the work list --------------------------------------------------------------------------


def work_in_2024(client, user):
    client.force_login(user)
    session = client.session
    session["working_year"] = 2024
    session.save()
    return user


@pytest.fixture
def officer(client, ward):
    return work_in_2024(client, factories.officer(ward))


def test_the_officer_sees_each_rule_with_its_legal_basis_and_how_many_are_missing(client, officer, ward):
    factories.household(ward, members=[pupil()], statuses={2023: "N"})

    page = client.get(reverse("not-reached-rules")).content.decode()

    assert "NĐ 81/2021/NĐ-CP Điều 15" in page
    assert reverse("not-reached-rule", args=["PUPIL_POOR"]) in page


def test_the_work_list_leads_to_the_form_of_help_for_that_person(client, officer, ward):
    family = factories.household(ward, members=[pupil()], statuses={2023: "N"})

    page = client.get(reverse("not-reached-rule", args=["PUPIL_POOR"])).content.decode()

    assert "Đỗ Văn Trò" in page
    assert f"{reverse('action-create')}?household={family.pk}" in page


def test_where_several_policies_reach_them_none_is_proposed_for_it_might_be_another_classs(client, officer, ward):
    for code in ("BHYT_HN", "BHYT_CN"):
        factories.policy(code)
    factories.household(ward, statuses={2023: "CN"})

    page = client.get(reverse("not-reached-rule", args=["BHYT_NEAR_POOR"])).content.decode()

    assert f"{reverse('action-create')}?household=" in page
    assert "&amp;policy=" not in page


def test_another_wards_people_are_on_nobody_elses_list(client, officer):
    factories.household(factories.ward("Biên Giang"), members=[pupil("Mai Thị Lạ")], statuses={2023: "N"})

    assert "Mai Thị Lạ" not in client.get(reverse("not-reached-rule", args=["PUPIL_POOR"])).content.decode()


@pytest.mark.parametrize("families", [2, 20])
def test_the_pages_ask_as_much_of_few_people_as_of_many(client, officer, ward, families, django_assert_max_num_queries):
    for number in range(families):
        factories.household(ward, head=f"Lê Văn {number}", members=[pupil()], statuses={2023: "N"})

    with django_assert_max_num_queries(20):
        client.get(reverse("not-reached-rules"))
    with django_assert_max_num_queries(18):
        client.get(reverse("not-reached-rule", args=["PUPIL_POOR"]))


# --- on the overview ------------------------------------------------------------------------


def test_the_overview_counts_who_is_not_reached_in_the_ward_and_year_one_works_in(client, officer, ward):
    factories.household(ward, members=[pupil()], statuses={2023: "N"})
    factories.household(factories.ward("Biên Giang"), members=[pupil("Mai Thị Lạ")], statuses={2023: "N"})

    page = client.get(reverse("dashboard"))

    counted = {gap.rule.code: (gap.entitled, gap.missing) for gap in page.context["board"].gaps}
    assert counted["PUPIL_POOR"] == (1, 1)
    assert reverse("not-reached-rule", args=["PUPIL_POOR"]) in page.content.decode()


def test_a_leader_reads_the_counts_of_the_whole_district_without_a_way_to_people(client, ward):
    for each in (ward, factories.ward("Biên Giang")):
        factories.household(each, members=[pupil()], statuses={2023: "N"})
    work_in_2024(client, factories.leader())

    page = client.get(reverse("dashboard"))

    counted = {gap.rule.code: gap.missing for gap in page.context["board"].gaps}
    assert counted["PUPIL_POOR"] == 2
    assert reverse("not-reached-rules") not in page.content.decode()


def test_one_query_counts_a_rule_whatever_the_people(ward, django_assert_num_queries):
    for number in range(5):
        factories.household(ward, head=f"Lê Văn {number}", members=[pupil()], statuses={2023: "N"})
    with django_assert_num_queries(3 + len(rules_in(2024))):  # rules, their policies, the list, then each rule
        gaps(Household.objects.all(), 2024)


# --- one definition ---------------------------------------------------------------------------


JULY = date(2025, 7, 1)


@pytest.fixture
def moved():
    """Hà Cầu and Phúc La, of four poor families two move: one within 2024, one after it. Then new wards come."""
    factories.entitlement()
    made = SimpleNamespace(
        ha_cau=factories.ward("Hà Cầu", code="09556"),
        phuc_la=factories.ward("Phúc La", code="09553"),
        ha_dong=factories.ward("Hà Đông", code="09556", since=JULY),
        kien_hung=factories.ward("Kiến Hưng", code="09552", since=JULY),
    )
    factories.became(made.phuc_la, made.ha_dong, on=JULY)
    factories.became(made.ha_cau, made.ha_dong, made.kien_hung, on=JULY)
    north, south = (factories.residential_group(made.ha_cau, number) for number in (1, 2))
    factories.went(north, made.ha_dong)
    factories.went(south, made.kien_hung)
    early = factories.household(made.ha_cau, residential_group=north, statuses={2023: "N"})
    stays = factories.household(made.ha_cau, residential_group=south, statuses={2023: "N"})
    helped, late = (factories.household(made.phuc_la, statuses={2023: "N"}) for _number in range(2))
    life.move_to_ward(by="test", household=early, version=1, day=date(2024, 3, 5), ward=made.phuc_la)
    factories.support(helped, policy="gifts", on=date(2024, 1, 20))
    for family in (early, stays, helped, late):
        factories.status(family, 2024, "CN")
    where = {"ward": made.ha_cau, "residential_group": south}
    life.move_to_ward(by="test", household=late, version=1, day=date(2025, 2, 1), **where)
    return made


def told(client, user, ward, year: int = 2024, on: str = "as-was") -> tuple:
    """(entitled, missing) of the ward: report and overview say the same, and the work lists have as many rows."""
    client.force_login(user)
    scope = Scope(user, ward, 2020, year, map=on)
    [row] = [row for row in reach.not_reached(scope).rows if row.key == "GIFT"]
    [gap] = [gap for gap in dashboard(scope).gaps if gap.rule.code == "GIFT"]
    figures = row.cells["entitled"], row.cells["missing"]
    assert (gap.entitled, gap.missing) == figures
    asked = {"year": year, "ward": ward.pk if ward else "", "map": on}
    for show, figure in zip(("entitled", ""), figures, strict=True):
        context = client.get(reverse("not-reached-rule", args=["GIFT"]), asked | {"show": show}).context
        assert context["counted"] == figure
        assert context["page_obj"].paginator.count + context["elsewhere"] == (figure or 0)
    return figures


def test_report_overview_and_work_list_agree_in_each_ward_after_moves_and_a_reorganisation(client, moved):
    staff = factories.staff()
    before = [told(client, staff, ward) for ward in (moved.ha_cau, moved.phuc_la, None)]
    assert before == [(1, 1), (3, 2), (4, 3)], "a family counts where it lived at the end of the year"
    assert [told(client, staff, ward, 2025) for ward in (moved.ha_cau, moved.phuc_la)] == [(2, 2), (2, 2)]

    carry_out(by=staff, on=JULY)

    assert [told(client, staff, ward) for ward in (moved.ha_cau, moved.phuc_la, None)] == before
    new = moved.ha_dong, moved.kien_hung
    assert [told(client, staff, ward, 2025) for ward in (*new, moved.ha_cau)] == [(2, 2), (2, 2), (None, None)]
    assert [told(client, staff, ward, on="today") for ward in new] == [(3, 2), (1, 1)]
    assert [told(client, staff, ward, 2025, "today") for ward in new] == [(2, 2), (2, 2)]


def test_who_moved_away_since_stays_in_the_figure_and_the_officer_is_told_that_another_ward_opens_them(client, moved):
    officer = factories.officer(moved.phuc_la)

    assert told(client, officer, moved.phuc_la) == (3, 2)
    work_in_2024(client, officer)
    page = client.get(reverse("not-reached-rule", args=["GIFT"]))

    assert (page.context["page_obj"].paginator.count, page.context["elsewhere"]) == (1, 1)
    picked = client.get(page.context["batch_url"]).context["sheet"].rows
    assert [row.recipient.household for row in picked] == [row["household"] for row in page.context["page_obj"]]


def test_where_nobody_was_judged_the_year_before_nobody_is_said_to_be_reached(client, officer, ward):
    factories.household(ward, statuses={2024: "N"})

    page = client.get(reverse("not-reached-rule", args=["PUPIL_POOR"]))

    assert "check2-square" not in page.content.decode()
    assert client.get(reverse("not-reached-rules")).context["gaps"][0].missing is None

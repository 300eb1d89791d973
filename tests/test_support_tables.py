"""Help by policy, source and ward: what may be added is added, what must be counted is counted."""

from datetime import date

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from reports.helped import support_by_policy, support_by_ward
from reports.money import category_by_source, money_by_source
from reports.scope import Scope
from support.models import SupportAction
from support.services import void_support
from tests import factories

pytestmark = pytest.mark.django_db
MILLION = 1_000_000


@pytest.fixture
def dong_mai():
    return factories.ward("Đồng Mai")


@pytest.fixture
def district(db):
    return Scope(factories.staff(), None, 2020, 2025)


def row(table, key):
    return next(row for row in table.rows if row.key == key)


def test_two_sources_do_not_double_the_houses(dong_mai, district):
    paid = {"NS_QUAN": 400 * MILLION, "XHH": 3077 * MILLION}
    factories.support(dong_mai, policy="NHA_XM", count=34, unit="house", paid_by=paid)

    houses = row(support_by_policy(district), "NHA_XM").cells

    assert (houses["things"], houses["grant"]) == (34, 3477 * MILLION)


def test_a_family_helped_twice_is_two_times_and_one_household(dong_mai, district):
    family = factories.household(dong_mai)
    factories.support(family, policy="QUA_TET")
    factories.support(family, policy="KCB")

    table = support_by_policy(district)

    assert (table.total.cells["times"], table.total.cells["households"]) == (2, 1)
    assert [row(table, f"category:{name}").cells["households"] for name in ("gifts", "health")] == [1, 1]


def test_grants_goods_and_loans_stand_apart(dong_mai, district):
    family = factories.household(dong_mai)
    factories.support(
        family, policy="QUA_TET", paid_by={"NS_QUAN": (300_000, "grant"), "AGRIBANK": (500_000, "in_kind")}
    )
    factories.support(family, policy="TYM", paid_by={"TYM": 15 * MILLION})

    total = support_by_policy(district).total.cells

    assert (total["grant"], total["in_kind"], total["loan"]) == (300_000, 500_000, 15 * MILLION)
    assert money_by_source(district).total is None


def test_help_to_a_group_adds_times_and_money_but_no_household(dong_mai, district):
    factories.support(dong_mai, policy="KCB", count=8000, persons_reported=8000, paid_by={"XHH": 2000 * MILLION})

    cells = support_by_policy(district).total.cells

    assert (cells["times"], cells["unnamed_persons"], cells["grant"]) == (8000, 8000, 2000 * MILLION)
    assert (cells["households"], cells["persons"]) == (0, 0)


def test_a_universal_policy_stays_out_of_totals_on_a_line_of_its_own(dong_mai, district):
    factories.support(factories.household(dong_mai), policy="CPHT", paid_by={"NS_QUAN": MILLION})
    everybody = factories.policy("HP_COVID")
    everybody.universal = True
    everybody.save()
    factories.support(dong_mai, policy=everybody, count=500, paid_by={"NS_TP": 28_000 * MILLION})

    policies, sources, wards = (draw(district) for draw in (support_by_policy, money_by_source, support_by_ward))

    assert policies.total.cells["grant"] == wards.total.cells["grant"] == MILLION
    assert row(policies, "HP_COVID").level == "apart"
    assert row(sources, "grant").cells["total"] == MILLION
    assert row(sources, "universal:grant").cells["total"] == 28_000 * MILLION
    assert row(wards, "universal").cells["grant"] == 28_000 * MILLION


def test_an_unknown_amount_is_unknown_and_not_zero(dong_mai, district):
    factories.support(factories.household(dong_mai), policy="HB_VNN", paid_by={"VNN_QUAN": None})

    assert row(support_by_policy(district), "HB_VNN").cells["grant"] is None
    source = row(money_by_source(district), "grant:VNN_QUAN").cells
    assert (source["total"], source["unknown"]) == (None, 1)


def test_one_inexact_part_makes_the_sum_inexact(dong_mai, district):
    factories.support(
        dong_mai, policy="SMT", count=45, unit="computer", amount_is="over", paid_by={"XHH": 382 * MILLION}
    )
    factories.support(dong_mai, policy="SMT", count=2, unit="computer", paid_by={"XHH": MILLION})

    table = support_by_policy(district)

    assert row(table, "SMT").marks == {"grant": "over"}
    assert table.total.marks == {"grant": "over"}


def test_nearly_and_over_together_are_about(dong_mai, district):
    factories.support(dong_mai, policy="KCB", amount_is="over", paid_by={"XHH": MILLION})
    factories.support(dong_mai, policy="KCB", amount_is="near", paid_by={"XHH": MILLION})

    assert row(support_by_policy(district), "KCB").marks == {"grant": "about"}


def test_unlike_things_are_not_added(dong_mai, district):
    factories.support(dong_mai, policy="SMT", count=45, unit="computer")
    factories.support(dong_mai, policy="SMT", count=500, unit="device", qualifier="near")

    table = support_by_policy(district)

    assert row(table, "SMT").cells.get("things") is None
    assert row(table, "SMT:computer").cells["things"] == 45
    assert (row(table, "SMT:device").cells["things"], row(table, "SMT:device").marks) == (500, {"things": "near"})


def test_a_span_of_several_years_belongs_to_no_single_year(dong_mai, district):
    factories.support(
        dong_mai, policy="CPHT", on=date(2021, 1, 1), until=date(2024, 9, 30), paid_by={"NS_TP": 5 * MILLION}
    )
    factories.support(dong_mai, policy="CPHT", on=date(2022, 3, 1), paid_by={"NS_TP": 2 * MILLION})

    cells = row(money_by_source(district), "grant:NS_TP").cells

    assert (cells["2022"], cells["many"], cells["total"]) == (2 * MILLION, 5 * MILLION, 7 * MILLION)


def test_a_span_that_reaches_beyond_the_years_is_left_out_and_the_page_says_so(dong_mai):
    factories.support(dong_mai, policy="CPHT", on=date(2021, 1, 1), until=date(2024, 9, 30))
    factories.support(dong_mai, policy="CPHT", on=date(2022, 3, 1))

    table = support_by_policy(Scope(factories.staff(), None, 2022, 2022))

    assert table.total.cells["times"] == 1
    assert any(note.startswith("1 ") for note in table.notes)


def test_undated_help_counts_in_the_whole_programme_only(dong_mai, district):
    factories.support(dong_mai, policy="KCB", on=None)

    assert support_by_policy(district).total.cells["times"] == 1
    assert support_by_policy(Scope(district.user, None, 2020, 2024)).total.cells["times"] is None


def test_a_voided_action_counts_nowhere(dong_mai, district):
    action = factories.support(dong_mai, policy="KCB")
    void_support(by=district.user, action=action, version=1, reason="nhập hai lần")

    assert support_by_policy(district).total.cells["times"] is None


def test_help_for_the_whole_district_stands_beside_the_wards(dong_mai, district):
    factories.support(dong_mai, policy="KCB", count=10)
    factories.support(None, policy="KCB", count=5)

    table = support_by_ward(district)

    assert {row.key: row.cells["times"] for row in table.rows} == {dong_mai.identity: 10, "district": 5}
    assert table.total.cells["times"] == 15


def test_an_officer_counts_help_of_the_own_ward_only(dong_mai):
    factories.support(factories.household(dong_mai), policy="KCB")
    factories.support(factories.household(factories.ward("Hà Cầu")), policy="KCB")
    factories.support(None, policy="KCB")

    cells = support_by_policy(Scope(factories.officer(dong_mai), dong_mai, 2020, 2025)).total.cells

    assert cells["times"] == 1


def test_the_number_of_queries_does_not_grow_with_the_records(dong_mai):
    reader = factories.staff()

    def queries():
        with CaptureQueriesContext(connection) as captured:
            for draw in (support_by_policy, money_by_source, support_by_ward):
                draw(Scope(reader, None, 2020, 2025))
        return len(captured)

    factories.support(factories.household(dong_mai), policy="KCB")
    few = queries()
    for policy in ("KCB", "QUA_TET", "TYM", "NHA_XM"):
        for _ in range(3):
            factories.support(factories.household(dong_mai), policy=policy)

    assert queries() == few


@pytest.mark.parametrize("gap", [{"thing_unit": "house"}, {"things": 3}, {"income_gain_to": 5}, {"times": 0}])
def test_the_database_itself_refuses_half_an_answer(dong_mai, gap):
    action = factories.support(dong_mai, policy="KCB")

    with pytest.raises(IntegrityError), transaction.atomic():
        SupportAction.objects.filter(pk=action.pk).update(**gap)


def test_a_table_too_broad_for_paper_is_drawn_nature_by_nature_with_the_sources_that_gave_it(dong_mai, district):
    paid = {"NS_QUAN": (300_000, "grant"), "XHH": (200_000, "in_kind")}
    factories.support(factories.household(dong_mai), policy="QUA_TET", paid_by=paid)

    grants, goods = category_by_source(district).pieces

    assert [[column.key for column in piece.columns] for piece in (grants, goods)] == [
        ["NS_QUAN", "total"],
        ["XHH", "total"],
    ]
    assert [row.key for row in goods.rows] == ["in_kind", "in_kind:gifts"]

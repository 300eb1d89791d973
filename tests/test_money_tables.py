"""Loans, houses, funds, categories by year and by source, and who is not yet reached, as the summary tells them."""

from datetime import date
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from reports.funds import funds
from reports.helped import support_by_category_and_year
from reports.housing import housing
from reports.loans import loans_by_lender
from reports.money import category_by_source
from reports.reach import not_reached
from reports.scope import Scope
from support.codes import MovementKind, Nature, SourceGroup
from support.models import HousingDetail, LoanMovement
from tests import factories

pytestmark = pytest.mark.django_db
MILLION = 1_000_000


@pytest.fixture
def dong_mai():
    return factories.ward("Đồng Mai")


@pytest.fixture
def district(db):
    return Scope(factories.staff(), None, 2020, 2025)


def rows(table):
    return {row.key: row for row in [*table.rows, *filter(None, [table.total])]}


def move(loan, kind, on, amount):
    LoanMovement(action=loan, kind=kind, on=on, amount=amount).save()


# --- categories -----------------------------------------------------------------------------


def test_a_family_helped_in_two_years_is_one_family_in_each_and_one_in_all(dong_mai, district):
    family = factories.household(dong_mai)
    for year in (2022, 2023, 2023):
        factories.support(family, policy="QUA_TET", on=date(year, 1, 10))

    told = rows(support_by_category_and_year(district))

    times, households = told["gifts:times"].cells, told["gifts:households"].cells
    assert [times[year] for year in ("2021", "2022", "2023", "total")] == [None, 1, 2, 3]
    assert [households[year] for year in ("2021", "2022", "2023", "total")] == [None, 1, 1, 1]
    assert told["total:households"].cells["total"] == 1


def test_each_line_has_one_unit_and_no_line_stands_for_nothing(dong_mai, district):
    factories.support(factories.household(dong_mai), policy="TYM", paid_by={"TYM": 15 * MILLION})

    told = rows(support_by_category_and_year(district))

    assert {key for key in told if key.startswith("loans")} == {"loans:times", "loans:households", "loans:loan"}
    assert len({told["loans:times"].cells["unit"], told["loans:loan"].cells["unit"]}) == 2


def test_a_universal_policy_has_lines_of_its_own_beside_its_category(dong_mai, district):
    everybody = factories.policy("HP_COVID")
    everybody.universal = True
    everybody.save()
    factories.support(dong_mai, policy=everybody, count=500, paid_by={"NS_TP": 28_000 * MILLION})
    factories.support(factories.household(dong_mai), policy="CPHT", paid_by={"NS_TP": MILLION})

    told, money = rows(support_by_category_and_year(district)), rows(category_by_source(district))

    assert told["universal:education:grant"].cells["total"] == 28_000 * MILLION
    assert told["education:grant"].cells["total"] == told["total:grant"].cells["total"] == MILLION
    assert money["universal:grant:education"].cells["NS_TP"] == 28_000 * MILLION
    assert money["grant:education"].cells == {"NS_TP": MILLION, "total": MILLION, "unknown": None}


def test_only_sources_that_gave_have_a_column_and_natures_stay_apart(dong_mai, district):
    factories.source("NS_TP")
    paid = {"NS_QUAN": (300_000, "grant"), "XHH": (200_000, "in_kind"), "KHAC": (None, "grant")}
    factories.support(factories.household(dong_mai), policy="QUA_TET", paid_by=paid)

    table = category_by_source(district)

    assert {column.key for column in table.columns} == {"NS_QUAN", "XHH", "KHAC", "total", "unknown"}
    assert table.total is None
    told = rows(table)
    assert told["grant"].cells == {"NS_QUAN": 300_000, "XHH": None, "KHAC": None, "total": 300_000, "unknown": 1}
    assert told["in_kind:gifts"].cells["total"] == 200_000


# --- loans ----------------------------------------------------------------------------------


def test_what_is_owed_at_the_end_of_the_period_counts_what_was_repaid_until_then(dong_mai):
    loan = factories.loan(
        factories.household(dong_mai), 20 * MILLION, on=date(2022, 3, 10), programme="01", term_months=24,
        repaid={date(2022, 9, 10): 5 * MILLION, date(2023, 2, 1): 5 * MILLION},
    )  # fmt: skip
    move(loan, MovementKind.INTEREST, date(2022, 12, 1), 660_000)

    told = rows(loans_by_lender(Scope(factories.staff(), None, 2022, 2022)))["NHCSXH"].cells
    later = rows(loans_by_lender(Scope(factories.staff(), None, 2020, 2024)))["NHCSXH:01"].cells

    assert (told["principal"], told["repaid"], told["outstanding"]) == (20 * MILLION, 5 * MILLION, 15 * MILLION)
    assert (told["interest"], told["written_off"], told["overdue"]) == (660_000, None, 0)
    assert (later["repaid"], later["outstanding"], later["overdue"]) == (10 * MILLION, 10 * MILLION, 10 * MILLION)


def test_a_sum_reported_for_a_group_has_its_principal_and_no_balance(dong_mai, district):
    lender = factories.source("TYM", SourceGroup.CREDIT)
    factories.support(dong_mai, policy="TYM", count=1359, paid_by={lender: 20_247 * MILLION})

    told = rows(loans_by_lender(district))["TYM"].cells

    assert (told["loans"], told["untracked"], told["households"]) == (1359, 1359, 0)
    assert told["principal"] == 20_247 * MILLION
    assert [told[name] for name in ("repaid", "interest", "written_off", "outstanding", "overdue")] == [None] * 5


def test_a_household_that_borrowed_twice_is_one_household(dong_mai, district):
    family = factories.household(dong_mai)
    for year in (2021, 2023):
        factories.loan(family, on=date(year, 5, 5), programme="01")

    told = rows(loans_by_lender(district))

    assert (told["NHCSXH"].cells["loans"], told["NHCSXH"].cells["households"]) == (2, 1)
    assert told["total"].cells["outstanding"] == 40 * MILLION


def test_a_loan_of_two_lenders_counts_once_in_the_total_with_its_balance(dong_mai, district):
    loan = factories.loan(factories.household(dong_mai), 20 * MILLION, repaid={date(2022, 9, 1): MILLION})
    city = factories.source("NS_TP_UYTHAC", SourceGroup.CREDIT)
    loan.funding.create(source=city, nature=Nature.LOAN, amount=10 * MILLION)

    table = loans_by_lender(district)
    told = {key: row.cells for key, row in rows(table).items()}

    assert [told[key]["loans"] for key in ("NHCSXH", "NS_TP_UYTHAC", "total")] == [1, 1, 1]
    assert [told[key]["principal"] // MILLION for key in ("NHCSXH", "NS_TP_UYTHAC", "total")] == [20, 10, 30]
    assert [told[key]["repaid"] for key in ("NHCSXH", "NS_TP_UYTHAC", "total")] == [None, None, MILLION]
    assert "loans" not in table.summed


def test_the_list_behind_a_balance_opens_the_loans_that_have_a_part_in_it_and_says_the_sum(client, dong_mai):
    client.force_login(factories.staff())
    families = [factories.household(dong_mai) for _number in range(3)]
    paying, new, shared = (factories.loan(family, on=date(2022, 3, 10), term_months=24) for family in families)
    move(paying, MovementKind.REPAYMENT, date(2023, 1, 5), 5 * MILLION)
    move(paying, MovementKind.REPAYMENT, date(2025, 1, 5), MILLION)
    move(shared, MovementKind.REPAYMENT, date(2023, 1, 5), 2 * MILLION)
    shared.funding.create(source=factories.source("NS_TP_UYTHAC"), nature=Nature.LOAN, amount=MILLION)
    of_lender = rows(loans_by_lender(Scope(factories.staff(), None, 2020, 2024)))["NHCSXH"]

    for column, expected in {"repaid": {paying}, "outstanding": {paying, new}, "overdue": {paying, new}}.items():
        page = client.get(of_lender.links[column]).context
        assert {row.action for row in page["page_obj"]} == expected
        assert [told.amount for told in page["totals"].more.values()] == [of_lender.cells[column]]


def test_income_gained_is_a_range_and_a_loan_without_a_due_day_is_not_overdue(dong_mai, district):
    for low, high in ((1_000_000, 1_200_000), (1_100_000, None)):
        loan = factories.loan(factories.household(dong_mai), programme="01")
        loan.income_gain_from, loan.income_gain_to = low, high
        loan.save()

    table = loans_by_lender(district)

    assert rows(table)["total"].cells["income_gain"] == "1.000.000–1.200.000"
    assert rows(table)["total"].cells["overdue"] is None
    assert any(note.startswith("2 ") for note in table.notes)


# --- houses ---------------------------------------------------------------------------------


def test_a_house_paid_by_four_is_one_house_and_each_paid_its_part(dong_mai, district):
    paid = {
        "NS_QUAN": 20 * MILLION, factories.source("VNN_QUAN", SourceGroup.FUND): 10 * MILLION,
        factories.source("XHH", SourceGroup.DONORS): 30 * MILLION,
        factories.source("HO_GIA_DINH", SourceGroup.OTHER): 15 * MILLION,
    }  # fmt: skip
    house = factories.support(factories.household(dong_mai), policy="NHA_XM", count=1, unit="house", paid_by=paid)
    HousingDetail(
        action=house, work="turnkey", handed_over_on=date(2024, 8, 1), labour_days=20, labour_value=6 * MILLION
    ).save()

    told = rows(housing(district))

    cells = told["turnkey"].cells
    assert (cells["houses"], cells["handed_over"], cells["labour_days"]) == (1, 1, 20)
    assert [cells[name] // MILLION for name in ("budget", "fund", "mobilised", "own", "grant")] == [20, 10, 30, 15, 75]
    assert (cells["in_kind"], cells["other"], cells["labour_value"]) == (None, None, 6 * MILLION)
    assert set(told) == {"turnkey", "total"}


def test_a_house_finished_after_the_period_is_not_handed_over_in_it(dong_mai):
    house = factories.support(
        factories.household(dong_mai), policy="NHA_SC", on=date(2023, 11, 1), count=1, unit="house"
    )
    HousingDetail(action=house, work="repair", handed_over_on=date(2024, 1, 20)).save()

    of_2023, since = (rows(housing(Scope(factories.staff(), None, 2023, last))) for last in (2023, 2024))

    assert (of_2023["repair"].cells["houses"], of_2023["repair"].cells["handed_over"]) == (1, None)
    assert since["repair"].cells["handed_over"] == 1


def test_records_that_do_not_say_what_was_built_stand_on_a_row_of_their_own(dong_mai, district):
    factories.support(dong_mai, policy="housing", count=34, unit="house", paid_by={"NS_QUAN": None})

    cells = rows(housing(district))["none"].cells

    assert (cells["houses"], cells["grant"], cells["unknown"]) == (34, None, 1)


# --- funds ----------------------------------------------------------------------------------


def test_district_staff_and_leaders_read_what_the_funds_hold_others_are_told_why_not(dong_mai):
    factories.receipt(factories.fund(), amount=10 * MILLION)

    for reader in (factories.staff(), factories.leader()):
        told = rows(funds(Scope(reader, None, 2020, 2025)))
        assert told["VNN_QUAN:grant:2023"].cells["received"] == 10 * MILLION
        assert told["VNN_QUAN:grant"].cells["left"] == 10 * MILLION
        assert told["VNN_QUAN:grant:2023"].links["received"] == "/funds/VNN_QUAN/?nature=grant&first=2023&year=2023"
    for reader in (factories.officer(dong_mai), factories.admin()):
        table = funds(Scope(reader, None, 2020, 2025))
        assert (table.rows, len(table.notes)) == ([], 1)


def test_the_heading_of_a_fund_opens_its_ledger_of_all_these_years(client):
    fund, staff = factories.fund(), factories.staff()
    for year in (2023, 2024, 2025):
        factories.receipt(fund, amount=year, on=date(year, 2, 1))
    client.force_login(staff)

    heading = rows(funds(Scope(staff, None, 2023, 2024)))["VNN_QUAN:grant"]
    page = client.get(heading.links["received"]).context

    assert page["totals"].received == heading.cells["received"] == 2023 + 2024
    assert [entry.came_in for entry in page["page_obj"]] == [2023, 2024]
    ledger = reverse("fund-detail", args=["VNN_QUAN"])
    assert [client.get(ledger, {"year": 2024, "first": first}).status_code for first in ("2025", "abc", "")] == [
        404
    ] * 3


def test_a_fund_is_the_district_s_and_no_ward_s(dong_mai):
    factories.receipt(factories.fund())

    table = funds(Scope(factories.staff(), dong_mai, 2020, 2025))

    assert (table.rows, len(table.notes)) == ([], 1)


def test_a_fund_begins_with_what_it_had_and_ends_with_what_is_left(dong_mai):
    fund = factories.fund()
    factories.receipt(fund, amount=10 * MILLION, on=date(2023, 2, 1))
    factories.receipt(fund, amount=5 * MILLION, on=date(2024, 2, 1))
    factories.allocation(fund, year=2024, amount=8 * MILLION)

    told = rows(funds(Scope(factories.staff(), None, 2024, 2025)))

    assert told["VNN_QUAN:grant"].cells == {
        "opening": 10 * MILLION, "received": 5 * MILLION, "allocated": 8 * MILLION, "spent": 0, "overspent": 0,
        "left": 15 * MILLION,
    }  # fmt: skip


# --- not reached ----------------------------------------------------------------------------


@pytest.fixture
def gap(dong_mai):
    """Gifts for the listed: of three families of Đồng Mai one is reached; one of Hà Cầu is not."""
    factories.entitlement()
    families = [factories.household(dong_mai, statuses={2023: "N"}) for _number in range(3)]
    factories.support(families[0], policy="QUA_TET", on=date(2024, 1, 20))
    factories.household(factories.ward("Hà Cầu"), statuses={2023: "CN"})


def test_the_last_year_s_rules_tell_how_many_nobody_has_reached(gap, dong_mai):
    staff = factories.staff()

    cells = rows(not_reached(Scope(staff, None, 2020, 2024)))["GIFT"].cells
    of_ward = rows(not_reached(Scope(staff, dong_mai, 2020, 2024)))["GIFT"].cells
    today = rows(not_reached(Scope(staff, dong_mai, 2020, 2024, map="today")))["GIFT"].cells

    assert (cells["entitled"], cells["missing"], cells["legal_basis"]) == (4, 3, "Quy chế Quỹ")
    assert (of_ward["entitled"], of_ward["missing"]) == (today["entitled"], today["missing"]) == (3, 2)


def test_without_a_list_of_the_year_before_nobody_knows_who_is_entitled(gap):
    table = not_reached(Scope(factories.staff(), None, 2020, 2025))

    assert [rows(table)["GIFT"].cells[name] for name in ("entitled", "missing")] == [None, None]
    assert len(table.notes) == 1


def test_leaders_get_the_numbers_and_no_names_officers_their_ward_s(gap, dong_mai):
    leader = rows(not_reached(Scope(factories.leader(), None, 2020, 2024)))["GIFT"]
    officer = rows(not_reached(Scope(factories.officer(dong_mai), dong_mai, 2020, 2024)))["GIFT"]

    assert (leader.cells["missing"], leader.links) == (3, {})
    assert (officer.cells["missing"], set(officer.links)) == (2, {"entitled", "missing"})


def test_the_list_behind_a_gap_opens_in_the_figure_s_year_and_ward(client, gap, dong_mai):
    client.force_login(factories.staff())
    rule = reverse("not-reached-rule", args=["GIFT"])

    def listed(**asked):
        return client.get(rule, asked).context["page_obj"].paginator.count

    assert listed(year=2024, ward=dong_mai.pk) == 2
    assert listed(year=2024, ward=dong_mai.pk, show="entitled") == 3
    assert listed(year=2024, ward="") == 3
    assert client.get(rule, {"year": 2024, "map": "today"}).context["batch_url"] == ""
    assert [client.get(rule, {"year": year}).status_code for year in ("1850", "abc", "2024x")] == [404] * 3
    client.force_login(factories.officer(factories.ward("Hà Cầu")))
    assert client.get(rule, {"year": 2024, "ward": dong_mai.pk}).status_code == 404


# --- all of them ----------------------------------------------------------------------------


def test_the_number_of_queries_does_not_grow_with_loans_houses_and_receipts():
    call_command("load_reference", stdout=StringIO())
    reader, fund, dong_mai = factories.staff(), factories.fund(), factories.ward("Đồng Mai")

    def queries():
        with CaptureQueriesContext(connection) as captured:
            for draw in (
                support_by_category_and_year, category_by_source, loans_by_lender, housing, funds, not_reached,
            ):  # fmt: skip
                draw(Scope(reader, None, 2020, 2024))
        return len(captured)

    def live(times):
        for number in range(times):
            family = factories.household(dong_mai, statuses={2023: "N"})
            factories.loan(family, on=date(2023, 1, 1 + number), programme="01", repaid={date(2023, 6, 1): MILLION})
            house = factories.support(family, policy="NHA_XM", count=1, unit="house")
            HousingDetail(action=house, work="new").save()
            factories.receipt(fund)

    live(1)
    few = queries()
    live(8)

    assert queries() == few <= 60

"""What the law would grant: proposed from data, taken over on request, differences told, the maximum asked about."""

from datetime import date

import pytest
from django.urls import reverse
from django.utils import translation

from support.models import (
    AssistanceDetail,
    FundingLine,
    InsuranceDetail,
    LoanDetail,
    PolicyRate,
    SupportAction,
    TuitionDetail,
)
from support.rates import proposal_of
from tests import factories
from tests.action_sheets import line, sheet
from tests.factories import rate

pytestmark = pytest.mark.django_db

DAY = date(2024, 5, 10)


@pytest.fixture(autouse=True)
def _english():
    """Words are compared as the code says them, whatever is translated."""
    with translation.override("en"):
        yield


@pytest.fixture
def family():
    return factories.household(factories.ward("Đồng Mai"), members=2, statuses={2023: "CN"})


def typed(policy, family, *, on=DAY, group="near_poor") -> SupportAction:
    return SupportAction(
        policy=factories.policy(policy), household=family, period_from=on, period_to=on, beneficiary_group=group
    )


def paid(source, amount) -> FundingLine:
    return FundingLine(source=factories.source(source), nature="grant", amount=amount)


# --- reckoned -------------------------------------------------------------------------------


def test_so_much_a_month_for_as_many_months_as_the_law_grants(family):
    rate("CPHT", amount=150_000, per="month", most_months=9, legal_basis="NĐ 81/2021")

    proposal = proposal_of(typed("CPHT", family), TuitionDetail(school_year=2023))

    assert (proposal.total, proposal.reckoned) == (1_350_000, "150,000 × 9 months")
    assert proposal_of(typed("CPHT", family), TuitionDetail(months=4)).total == 600_000


def test_a_percentage_of_the_tuition(family):
    rate("HP_GIAM50", percent=5000, per="month")

    proposal = proposal_of(typed("HP_GIAM50", family), TuitionDetail(months=9, tuition_month=155_000))

    assert (proposal.total, proposal.reckoned) == (697_500, "155,000 × 50 % × 9 months")
    assert proposal_of(typed("HP_GIAM50", family), TuitionDetail(months=9)).total is None


def test_each_source_pays_its_part_of_a_premium(family):
    rate("BHXH_TN", source="NS_TW", percent=2500, per="month", beneficiary_group="near_poor")
    rate("BHXH_TN", source="NS_TP", percent=2500, per="month", beneficiary_group="near_poor")
    rate("BHXH_TN", source="NS_TP", percent=1000, per="month")
    book = InsuranceDetail(month_from=date(2024, 1, 1), month_to=date(2024, 12, 1), premium_month=330_000)

    near_poor = proposal_of(typed("BHXH_TN", family), book)
    anybody = proposal_of(typed("BHXH_TN", family, group="hardship"), book)

    assert [(share.source.code, share.amount) for share in near_poor.shares] == [("NS_TW", 990_000), ("NS_TP", 990_000)]
    assert [(share.source.code, share.amount) for share in anybody.shares] == [("NS_TP", 396_000)]


def test_parts_of_two_sources_for_a_house(family):
    rate("NHA_XM", source="NS_TP", amount=50_000_000)
    rate("NHA_XM", source="VNN_TP", amount=50_000_000)

    proposal = proposal_of(typed("NHA_XM", family), None)

    assert (proposal.total, proposal.reckoned) == (100_000_000, "50,000,000 + 50,000,000")


def test_the_standard_amount_times_the_coefficient(family):
    rate("TCXH", amount=500_000, per="month")
    allowance = AssistanceDetail(coefficient=15, month_from=date(2024, 1, 1), month_to=date(2024, 6, 1))

    proposal = proposal_of(typed("TCXH", family), allowance)

    assert (proposal.total, proposal.reckoned) == (4_500_000, "500,000 × 1.5 × 6 months")
    assert proposal_of(typed("TCXH", family), AssistanceDetail(coefficient=15)).total is None


@pytest.mark.parametrize(
    ("months", "total"),
    [((date(2025, 7, 1), date(2025, 12, 1)), None), ((date(2025, 12, 1), date(2026, 1, 1)), None),
     ((date(2026, 1, 1), date(2026, 2, 1)), 1_300_000)],
)  # fmt: skip
def test_an_allowance_paid_late_is_not_reckoned_by_the_rate_of_the_day_it_is_paid(family, months, total):
    rate("TCXH", amount=650_000, per="month", valid_from=date(2026, 1, 1))
    allowance = AssistanceDetail(coefficient=10, month_from=months[0], month_to=months[1])

    proposal = proposal_of(typed("TCXH", family, on=date(2026, 3, 5)), allowance)

    assert (proposal and proposal.total) == total


def test_months_of_which_only_the_first_have_this_rate_are_not_reckoned_by_it(family):
    rate("TCXH", amount=500_000, per="month", valid_to=date(2025, 12, 31))
    allowance = AssistanceDetail(coefficient=10, month_from=date(2025, 12, 1), month_to=date(2026, 1, 1))

    assert proposal_of(typed("TCXH", family, on=date(2026, 3, 5)), allowance).total is None


@pytest.mark.parametrize(
    ("on", "total"), [(date(2023, 12, 31), None), (date(2024, 1, 1), 7), (date(2024, 12, 31), 7), (date(2025, 1, 1), 9)]
)
def test_the_rate_of_the_day_counts(family, on, total):
    rate("QUA_TET", amount=7, valid_from=date(2024, 1, 1), valid_to=date(2024, 12, 31))
    rate("QUA_TET", amount=9, valid_from=date(2025, 1, 1))

    proposal = proposal_of(typed("QUA_TET", family, on=on), None)

    assert (proposal.total if proposal else None) == total


def test_a_rate_that_nobody_compared_with_its_source_says_so(family):
    rate("QUA_TET", amount=7, legal_basis="Kế hoạch 1")
    assert proposal_of(typed("QUA_TET", family), None).basis == "Kế hoạch 1 (not compared)"


# --- differences ----------------------------------------------------------------------------


def test_what_was_paid_otherwise_is_told_in_words(family):
    rate("QUA_TET", amount=500_000)
    proposal = proposal_of(typed("QUA_TET", family), None)

    assert proposal.differs([paid("NS_QUAN", 500_000)], None) == ""
    assert proposal.differs([paid("NS_QUAN", 300_000)], None) == "200,000 đồng less than the legal rate"
    assert proposal.differs([paid("NS_QUAN", 500_000), paid("XHH", 1)], None) == "1 đồng more than the legal rate"
    assert proposal.differs([paid("NS_QUAN", None)], None) == ""
    assert proposal.differs([], None) == ""


def test_what_the_household_paid_itself_is_no_help(family):
    rate("NHA_XM", amount=50_000_000)
    lines = [paid("NS_QUAN", 50_000_000), paid("HO_GIA_DINH", 60_000_000)]

    assert proposal_of(typed("NHA_XM", family), None).differs(lines, None) == ""


def test_another_interest_than_the_law_says_is_told(family):
    rate("NHCSXH_HN", percent=660, per="year")
    proposal = proposal_of(typed("NHCSXH_HN", family), LoanDetail())

    assert proposal.differs([], LoanDetail(interest_rate=660)) == ""
    assert proposal.differs([], LoanDetail()) == ""
    told = proposal.differs([], LoanDetail(interest_rate=725))
    assert told == "an interest of 7.25 % a year, which is not the legal rate"


# --- on the form ----------------------------------------------------------------------------


@pytest.fixture
def officer(client, family):
    client.force_login(factories.officer(family.ward))
    client.cookies["django_language"] = "en"
    return client


def tuition(family, *lines, **fields) -> dict:
    pupil = {"policy": factories.policy("CPHT").pk, "household": family.pk, "member": family.members.last().pk}
    return sheet(*lines, **pupil, **{"tuition-school_year": "2023-2024"}, **fields)


def test_the_rate_is_proposed_while_one_types_and_taken_over_with_one_button(officer, family):
    rate("CPHT", amount=150_000, per="month", most_months=9, legal_basis="NĐ 81/2021")
    factories.policy("CPHT").default_sources.add(factories.source("NS_TP"))

    told = officer.post(reverse("action-create"), tuition(family, then="rate"), headers={"hx-request": "true"})
    taken = officer.post(reverse("action-create"), tuition(family, then="take"))

    assert "1,350,000" in told.content.decode()
    assert "Take this rate" in told.content.decode()
    kind, [row, *_blank] = taken.context["kind"].form, taken.context["funding"]
    assert (kind["months"].value(), kind["learning_costs_month"].value()) == ("9", "150,000")
    assert (row["amount"].value(), row.sources[row["source"].value()].code) == ("1,350,000", "NS_TP")


def test_more_than_the_legal_maximum_needs_a_reason(officer, family):
    rate("CPHT", amount=150_000, per="month", most_months=9, most_amount=1_350_000)
    data = tuition(family, line(factories.source("NS_TP"), "1.500.000"), **{"tuition-months": "9"})

    refused = officer.post(reverse("action-create"), data)

    assert refused.status_code == 422
    assert list(refused.context["form"].errors) == ["differs_because"]
    assert "The legal maximum is 1,350,000 đồng, recorded are 1,500,000" in refused.content.decode()
    assert officer.post(reverse("action-create"), data | {"differs_because": "Truy lĩnh"}).status_code == 302
    action = SupportAction.objects.get()
    page = officer.get(reverse("action-detail", args=[action.pk])).content.decode()
    assert "150,000 đồng more than the legal rate" in page
    assert "Truy lĩnh" in page


def test_less_than_the_legal_rate_is_saved_and_told(officer, family):
    rate("CPHT", amount=150_000, per="month", most_months=9)
    data = tuition(family, line(factories.source("NS_TP"), "1.000.000"), **{"tuition-months": "9"})

    answer = officer.post(reverse("action-create"), data, follow=True)

    assert "350,000 đồng less than the legal rate" in answer.content.decode()


def test_no_rate_is_invented_where_the_law_has_none(officer, family):
    data = tuition(family, then="rate")

    assert "Legal rate" not in officer.post(reverse("action-create"), data).content.decode()


def test_the_rate_of_later_days_is_not_told_as_that_of_an_earlier_one(officer, family):
    rate("CPHT", amount=650_000, per="month", valid_from=date(2026, 1, 1))

    page = officer.post(reverse("action-create"), tuition(family, then="rate")).content.decode()

    assert "No legal rate for 10/05/2024 is on record. Go by the decision." in page
    assert "650,000" not in page


# --- kept by administrators -----------------------------------------------------------------


def rate_page(client, policy, **typed):
    client.force_login(factories.admin())
    client.cookies["django_language"] = "vi"
    data = {"policy": policy.pk, "per": "year", "valid_from": "01/01/2024"} | typed
    return client.post(reverse("admin:support_policyrate_add"), data)


def test_an_administrator_enters_a_rate_as_the_decree_writes_it(client):
    lends = factories.policy("NHCSXH_HN")

    answer = rate_page(client, lends, percent="6,6 %", most_amount="100.000.000", legal_basis="NHCSXH")

    assert answer.status_code == 302
    made = PolicyRate.objects.get()
    assert (made.percent, made.most_amount, made.valid_from) == (660, 100_000_000, date(2024, 1, 1))
    listed = client.get(reverse("admin:support_policyrate_changelist")).content.decode()
    assert "6,6 %/năm" in listed
    assert 'value="6,6"' in client.get(reverse("admin:support_policyrate_change", args=[made.pk])).content.decode()


def test_a_rate_is_an_amount_or_a_percentage(client):
    answer = rate_page(client, factories.policy("NHCSXH_HN"), percent="6,6", amount="150.000")

    assert answer.status_code == 200
    assert "errorlist" in answer.content.decode()
    assert not PolicyRate.objects.exists()


def test_a_corrected_rate_is_proposed_from_then_on(family):
    made = rate("QUA_TET", amount=300_000)
    assert proposal_of(typed("QUA_TET", family), None).total == 300_000

    made.amount = 500_000
    made.save()

    assert proposal_of(typed("QUA_TET", family), None).total == 500_000

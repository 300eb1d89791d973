"""What a fund received, what it paid, what is left: every đồng is tied to an action or is a balance."""

from datetime import date

import pytest
from django.core.exceptions import ValidationError
from django.db.models import Sum
from django.utils import timezone

from support.codes import Nature
from support.funds import (
    fund_years,
    ledger,
    open_ledger,
    record_receipt,
    untied,
    void_receipt,
)
from support.models import Donor, Draw, FundingLine, GiftDetail, Receipt, SupportAction
from support.services import amend_support, record_support, void_support
from tests import factories
from wards.text import fold

pytestmark = pytest.mark.django_db

MILLION = 1_000_000


@pytest.fixture
def staff():
    return factories.staff()


@pytest.fixture
def fund(staff):
    """The ward fund, its ledger open since the beginning of 2023 with nothing in it."""
    source = factories.source("VNN_QUAN")
    return open_ledger(by=staff, source=source, since=date(2023, 1, 1), opening={})


@pytest.fixture
def family():
    return factories.household(factories.ward("Đồng Mai"))


def receive(staff, fund, amount, *, on=date(2023, 2, 1), donor="Công ty Thử Nghiệm", **fields) -> Receipt:
    giver = Donor.objects.get_or_create(name_key=fold(donor), defaults={"name": donor, "kind": "business"})[0]
    receipt = Receipt(source=fund, donor=giver, day=on, nature=Nature.GRANT, amount=amount, **fields)
    return record_receipt(by=staff, receipt=receipt)


def give(staff, family, fund, amount, *, on=date(2023, 5, 1), policy="gifts", because=""):
    action = SupportAction(
        policy=factories.policy(policy), household=family, ward=family.ward, period_from=on, period_to=on
    )
    line = FundingLine(source=fund, nature=Nature.GRANT, amount=amount)
    detail = GiftDetail(occasion="tet") if policy == "gifts" else None
    return record_support(by=staff, action=action, funding=[line], detail=detail, overspending=because)


def left(fund, year=2023) -> int:
    return next(each.left for each in fund_years(year, year) if each.source == fund)


def drawn_from(receipt) -> int:
    return receipt.draws.aggregate(n=Sum("amount"))["n"] or 0


def test_help_draws_on_what_the_fund_received_the_oldest_first(staff, fund, family):
    first, second = receive(staff, fund, 3 * MILLION), receive(staff, fund, 5 * MILLION, on=date(2023, 3, 1))

    give(staff, family, fund, 4 * MILLION)

    assert (drawn_from(first), drawn_from(second)) == (3 * MILLION, 1 * MILLION)
    assert left(fund) == 4 * MILLION
    assert untied(fund) == []


def test_money_given_for_another_policy_is_not_touched(staff, fund, family):
    for_houses = receive(staff, fund, 9 * MILLION, policy=factories.policy("housing"))
    for_anything = receive(staff, fund, 2 * MILLION, on=date(2023, 4, 1))

    give(staff, family, fund, 2 * MILLION, policy="gifts")

    assert (drawn_from(for_houses), drawn_from(for_anything)) == (0, 2 * MILLION)
    with pytest.raises(ValidationError):
        give(staff, family, fund, 1, policy="gifts")


def test_money_given_for_the_policy_is_used_before_money_for_anything(staff, fund, family):
    for_anything = receive(staff, fund, 9 * MILLION)
    for_gifts = receive(staff, fund, 2 * MILLION, on=date(2023, 4, 1), policy=factories.policy("gifts"))

    give(staff, family, fund, 3 * MILLION, policy="gifts")

    assert (drawn_from(for_gifts), drawn_from(for_anything)) == (2 * MILLION, 1 * MILLION)


def test_more_than_the_fund_holds_is_refused_in_words_and_leaves_nothing(staff, fund, family):
    receive(staff, fund, 3 * MILLION)

    with pytest.raises(ValidationError) as refused:
        give(staff, family, fund, 5 * MILLION)

    [message] = refused.value.messages
    assert "3.000.000" in message
    assert "2.000.000" in message
    assert not SupportAction.objects.exists()
    assert left(fund) == 3 * MILLION


def test_goods_do_not_pay_what_is_given_in_cash(staff, fund, family):
    receipt = Receipt(source=fund, day=date(2023, 2, 1), nature=Nature.IN_KIND, amount=9 * MILLION, goods="gạo")
    record_receipt(by=staff, receipt=receipt)

    with pytest.raises(ValidationError):
        give(staff, family, fund, 1 * MILLION)


def test_money_that_came_later_does_not_pay_what_was_given_before(staff, fund, family):
    receive(staff, fund, 9 * MILLION, on=date(2023, 6, 1))

    with pytest.raises(ValidationError):
        give(staff, family, fund, 1 * MILLION, on=date(2023, 5, 1))


def test_overspending_with_a_reason_stands_in_the_ledger_until_a_receipt_settles_it(staff, fund, family):
    receive(staff, fund, 3 * MILLION)
    give(staff, family, fund, 5 * MILLION, because="tạm ứng, chờ nhà tài trợ chuyển")
    [year] = fund_years(2023, 2023)
    assert (year.spent, year.overspent, year.left) == (5 * MILLION, 2 * MILLION, -2 * MILLION)

    late = receive(staff, fund, 4 * MILLION, on=date(2023, 7, 1))

    [year] = fund_years(2023, 2023)
    assert (year.spent, year.overspent, year.left) == (5 * MILLION, 0, 2 * MILLION)
    assert drawn_from(late) == 2 * MILLION
    assert Draw.objects.get(receipt=late).reason == "tạm ứng, chờ nhà tài trợ chuyển"


def test_a_void_record_gives_the_money_back_and_settles_what_others_overspent(staff, fund, family):
    receive(staff, fund, 3 * MILLION)
    first = give(staff, family, fund, 3 * MILLION)
    give(staff, family, fund, 2 * MILLION, because="gấp")

    void_support(by=staff, action=first, version=first.version, reason="nhập trùng")

    [year] = fund_years(2023, 2023)
    assert (year.spent, year.overspent, year.left) == (2 * MILLION, 0, 1 * MILLION)


def test_a_corrected_amount_is_drawn_anew(staff, fund, family):
    receive(staff, fund, 3 * MILLION)
    action = give(staff, family, fund, 3 * MILLION)
    line = action.funding.get()
    line.amount = 1 * MILLION

    amend_support(by=staff, action=action, version=action.version, funding=[line])

    assert left(fund) == 2 * MILLION
    line.amount = 4 * MILLION
    with pytest.raises(ValidationError):
        amend_support(by=staff, action=action, version=action.version, funding=[line])
    assert left(fund) == 2 * MILLION


def test_a_line_taken_off_a_record_gives_its_money_back(staff, fund, family):
    receive(staff, fund, 3 * MILLION)
    action = give(staff, family, fund, 3 * MILLION)
    other = FundingLine(source=factories.source("NS_QUAN"), nature=Nature.GRANT, amount=1 * MILLION)

    amend_support(by=staff, action=action, version=action.version, funding=[other])

    assert left(fund) == 3 * MILLION


def amend(staff, action, **changed):
    """Correct the record: its fields, or its only line's amount or source."""
    action = SupportAction.objects.get(pk=action.pk)
    line = action.funding.get()
    for name, value in changed.items():
        setattr(line if name in ("amount", "source") else action, name, value)
    return amend_support(by=staff, action=action, version=action.version, funding=[line])


def test_a_smaller_amount_settles_what_others_overspent(staff, fund, family):
    receive(staff, fund, 3 * MILLION)
    first = give(staff, family, fund, 3 * MILLION)
    give(staff, family, fund, 2 * MILLION, on=date(2023, 6, 1), because="chờ chuyển khoản")

    amend(staff, first, amount=1 * MILLION)

    [year] = fund_years(2023, 2023)
    assert (year.spent, year.overspent, year.left) == (3 * MILLION, 0, 0)


def test_a_line_that_names_another_source_gives_its_money_back(staff, fund, family):
    receipt = receive(staff, fund, 3 * MILLION)
    action = give(staff, family, fund, 3 * MILLION)
    give(staff, family, fund, 2 * MILLION, on=date(2023, 6, 1), because="chờ chuyển khoản")

    amend(staff, action, source=factories.source("XHH"))

    [year] = fund_years(2023, 2023)
    assert (year.spent, year.overspent, year.left) == (2 * MILLION, 0, 1 * MILLION)
    assert Receipt.objects.with_left().get(pk=receipt.pk).left == 1 * MILLION
    assert untied(fund) == []


def test_help_that_a_later_receipt_settled_is_corrected_without_asking_for_a_reason_again(staff, fund, family):
    action = give(staff, family, fund, 3 * MILLION, because="chờ chuyển khoản")
    receive(staff, fund, 4 * MILLION, on=date(2023, 8, 1))

    amend(staff, action, note="sửa ghi chú")

    [year] = fund_years(2023, 2023)
    assert (year.spent, year.overspent, year.left) == (3 * MILLION, 0, 1 * MILLION)
    with pytest.raises(ValidationError):
        amend(staff, action, amount=5 * MILLION)


def test_help_that_still_stands_overspent_is_corrected_without_its_reason_but_not_raised(staff, fund, family):
    action = give(staff, family, fund, 3 * MILLION, because="chờ chuyển khoản")

    amend(staff, action, note="sửa ghi chú")

    assert Draw.objects.get().reason == "chờ chuyển khoản"
    with pytest.raises(ValidationError):
        amend(staff, action, amount=4 * MILLION)
    assert Draw.objects.get().amount == 3 * MILLION


def test_a_receipt_that_paid_something_cannot_be_made_void(staff, fund, family):
    receipt = receive(staff, fund, 3 * MILLION)
    action = give(staff, family, fund, 1 * MILLION)

    with pytest.raises(ValidationError):
        void_receipt(by=staff, receipt=receipt, version=receipt.version, reason="nhập nhầm")

    receipt.refresh_from_db()
    void_support(by=staff, action=action, version=action.version, reason="nhầm")
    void_receipt(by=staff, receipt=receipt, version=receipt.version, reason="nhập nhầm")
    assert ledger(fund, Nature.GRANT) == []


def test_a_wrong_receipt_that_settled_overspending_is_made_void_and_the_overspending_stands_again(staff, fund, family):
    give(staff, family, fund, 3 * MILLION, because="chờ chuyển khoản")
    give(staff, family, fund, 1 * MILLION, because="gấp")
    receive(staff, fund, 1 * MILLION, on=date(2023, 8, 1))
    wrong = receive(staff, fund, 50 * MILLION, on=date(2023, 8, 2))

    void_receipt(by=staff, receipt=wrong, version=1, reason="thừa một số 0")

    [year] = fund_years(2023, 2023)
    assert (year.received, year.spent, year.overspent, year.left) == (MILLION, 4 * MILLION, 3 * MILLION, -3 * MILLION)
    assert set(Draw.objects.filter(receipt=None).values_list("reason", flat=True)) == {"chờ chuyển khoản", "gấp"}
    receive(staff, fund, 5 * MILLION, on=date(2023, 8, 2))
    [year] = fund_years(2023, 2023)
    assert (year.overspent, year.left, untied(fund)) == (0, 2 * MILLION, [])


def test_opening_a_ledger_ties_the_help_already_recorded(staff, family):
    source = factories.source("DBQH")
    factories.support(family, policy="gifts", paid_by={source: 2 * MILLION}, on=date(2023, 3, 1))
    factories.support(family, policy="gifts", paid_by={source: 7 * MILLION}, on=date(2022, 3, 1))

    open_ledger(by=staff, source=source, since=date(2023, 1, 1), opening={Nature.GRANT: 5 * MILLION})

    source.refresh_from_db()
    entries = ledger(source, Nature.GRANT)
    assert [entry.balance for entry in entries] == [5 * MILLION, 3 * MILLION]
    assert untied(source) == []


def test_a_fund_without_a_ledger_pays_whatever_is_recorded(staff, family):
    give(staff, family, factories.source("NS_QUAN"), 900 * MILLION)

    assert not Draw.objects.exists()


def test_the_ledger_runs_from_receipt_to_balance(staff, fund, family):
    receive(staff, fund, 3 * MILLION)
    give(staff, family, fund, 1 * MILLION)
    receive(staff, fund, 2 * MILLION, on=date(2024, 1, 5))
    give(staff, family, fund, 3 * MILLION, on=date(2024, 1, 5))

    entries = ledger(fund, Nature.GRANT)

    assert [(entry.came_in, entry.went_out, entry.balance) for entry in entries] == [
        (3 * MILLION, 0, 3 * MILLION),
        (0, 1 * MILLION, 2 * MILLION),
        (2 * MILLION, 0, 4 * MILLION),
        (0, 3 * MILLION, 1 * MILLION),
    ]
    [first, second] = fund_years(2023, 2024)
    assert (first.opening, first.received, first.spent, first.left) == (0, 3 * MILLION, 1 * MILLION, 2 * MILLION)
    assert (second.opening, second.received, second.spent, second.left) == (
        2 * MILLION,
        2 * MILLION,
        3 * MILLION,
        1 * MILLION,
    )


# --- the opening balance --------------------------------------------------------------------


def test_what_a_fund_held_when_its_ledger_began_is_its_opening_and_was_not_received_that_year(staff):
    source = factories.source("VNN_PHUONG")
    opening = {Nature.GRANT: 5 * MILLION, Nature.IN_KIND: 2 * MILLION}
    source = open_ledger(by=staff, source=source, since=date(2023, 7, 1), opening=opening)
    record_receipt(by=staff, receipt=Receipt(source=source, day=date(2023, 8, 1), nature="grant", amount=MILLION))

    by_nature = {(year.nature, year.year): year for year in fund_years(2022, 2024)}

    first = by_nature["grant", 2023]
    assert (first.opening, first.received, first.left) == (5 * MILLION, MILLION, 6 * MILLION)
    assert (by_nature["grant", 2022].opening, by_nature["grant", 2022].left) == (0, 0)
    assert by_nature["grant", 2024].opening == 6 * MILLION
    assert (by_nature["in_kind", 2023].opening, by_nature["in_kind", 2023].received) == (2 * MILLION, 0)
    [year] = [each for each in fund_years(2024, 2024) if each.nature == "grant"]
    assert year.opening == 6 * MILLION


def test_what_a_fund_began_with_stands_before_what_it_received_that_day(staff):
    opened = open_ledger(
        by=staff, source=factories.source("XHH"), since=date(2023, 1, 1), opening={"grant": 5 * MILLION}
    )
    first = receive(staff, opened, 2 * MILLION, on=date(2023, 1, 1))
    opening = opened.receipts.get(is_opening=True)
    opening.voided_at, opening.void_reason = timezone.now(), "ghi nhầm"
    opening.save()
    again = Receipt.objects.create(source=opened, day=date(2023, 1, 1), nature="grant", amount=MILLION, is_opening=True)

    assert [(each.receipt, each.balance) for each in ledger(opened, "grant")] == [
        (again, MILLION),
        (first, 3 * MILLION),
    ]


def test_a_ledger_opens_once_and_a_wrong_opening_is_made_void_and_entered_anew(staff):
    source = open_ledger(
        by=staff, source=factories.source("VNN_PHUONG"), since=date(2023, 7, 1), opening={Nature.GRANT: 5 * MILLION}
    )
    wrong, again = source.receipts.get(), {"source": source, "nature": "grant", "amount": MILLION, "is_opening": True}

    with pytest.raises(ValidationError, match=r"số dư đầu kỳ rồi|opening balance already"):
        record_receipt(by=staff, receipt=Receipt(day=date(2023, 7, 1), **again))
    void_receipt(by=staff, receipt=wrong, version=1, reason="thừa số 0")
    with pytest.raises(ValidationError):
        record_receipt(by=staff, receipt=Receipt(day=date(2023, 7, 2), **again))
    record_receipt(by=staff, receipt=Receipt(day=date(2023, 7, 1), **again))

    [year] = fund_years(2023, 2023)
    assert (year.opening, year.received) == (MILLION, 0)

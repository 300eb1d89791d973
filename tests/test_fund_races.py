"""Many officers spend one fund at once: it never pays more than it holds, and the test would see it if it did."""

import threading
from datetime import date
from functools import partial

import pytest
from django.core.exceptions import ValidationError
from django.db import connection

from support import funds
from support.codes import Nature
from support.funds import fund_years, open_ledger, record_receipt, untied
from support.models import Draw, FundingLine, GiftDetail, Receipt, SupportAction
from support.services import record_support
from tests import factories
from tests.test_api_races import at_once

pytestmark = pytest.mark.django_db(transaction=True)

# Two hundred spends by twenty officers at once, each one after another: a server has no more hands either.
# The fund pays 130 of them: not a multiple of twenty, so without the guard the seventh round overdraws it for sure.
SPENDERS, EACH, HELD = 200, 1_000_000, 130_000_000
THREADS = 20


@pytest.fixture
def fund():
    staff = factories.staff()
    source = open_ledger(by=staff, source=factories.source("VNN_QUAN"), since=date(2023, 1, 1), opening={})
    receipt = Receipt(source=source, day=date(2023, 1, 5), nature=Nature.GRANT, amount=HELD)
    record_receipt(by=staff, receipt=receipt)
    return source


def spend(times: int, *, who, family, fund, gifts) -> list[str]:
    """One officer's thread: so many gifts one after another; what came of each."""
    outcomes = []
    for _time in range(times):
        day = date(2023, 5, 1)
        action = SupportAction(policy=gifts, household=family, ward=family.ward, period_from=day, period_to=day)
        line = FundingLine(source=fund, nature=Nature.GRANT, amount=EACH)
        try:
            record_support(by=who, action=action, funding=[line], detail=GiftDetail(occasion="tet"))
        except ValidationError as error:
            if [each.code for each in error.error_list] != [funds.OVERSPENT]:
                raise  # refused for something else
            outcomes.append("refused")
        else:
            outcomes.append("paid")
    return outcomes


def spend_at_once(fund) -> list[str]:
    family, gifts = factories.household(factories.ward()), factories.policy("gifts")
    officers = [factories.officer(family.ward) for _number in range(THREADS)]
    each = partial(spend, SPENDERS // THREADS, family=family, fund=fund, gifts=gifts)
    outcomes = at_once(*(partial(each, who=officer) for officer in officers))
    return [outcome for thread in outcomes for outcome in thread]


def balance(fund) -> int:
    [year] = fund_years(2023, 2023)
    return year.left


def test_two_hundred_spends_at_once_pay_exactly_what_the_fund_holds(fund):
    outcomes = spend_at_once(fund)

    assert outcomes.count("paid") == HELD // EACH
    assert outcomes.count("refused") == SPENDERS - HELD // EACH
    assert balance(fund) == 0
    assert untied(fund) == []
    assert not Draw.objects.filter(receipt=None).exists()


@pytest.mark.skipif(
    "connection.vendor == 'sqlite'", reason="SQLite has one writer at a time, with or without the guard"
)
def test_without_the_funds_lock_the_same_spends_overdraw_it(fund, monkeypatch):
    """The control: the guard taken away, and nobody pays before all twenty have looked into the fund."""
    assert connection.vendor == "postgresql"
    held, all_looked = funds._held, threading.Barrier(THREADS)

    def look_together(sources):
        receipts = held(sources)
        all_looked.wait(timeout=60)
        return receipts

    monkeypatch.setattr(funds, "_held", look_together)
    monkeypatch.setattr(funds.FundingSource.objects, "select_for_update", funds.FundingSource.objects.all)

    outcomes = spend_at_once(fund)

    assert outcomes.count("paid") > HELD // EACH
    assert balance(fund) < 0

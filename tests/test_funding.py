"""Who paid: several sources on one act of help, natures apart, unknown sums unknown."""

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from accounts.actor import StaleVersion
from support import words
from support.codes import Qualifier
from support.models import FundingLine, SupportAction
from support.services import amend_support, record_support, void_support
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def dong_mai():
    return factories.ward("Đồng Mai")


@pytest.fixture
def family(dong_mai):
    return factories.household(dong_mai)


@pytest.fixture
def officer(dong_mai):
    return factories.officer(dong_mai)


def paid(source="NS_QUAN", amount=1_000_000, nature="grant", **fields) -> FundingLine:
    return FundingLine(source=factories.source(source), amount=amount, nature=nature, **fields)


def help_for(family, policy="housing") -> SupportAction:
    return SupportAction(policy=factories.policy(policy), household=family, ward=family.ward)


def test_two_lines_do_not_double_the_houses(dong_mai):
    factories.support(dong_mai, count=34, unit="house", paid_by={"NS_QUAN": 400_000_000, "XHH": 3_077_000_000})

    [housing] = SupportAction.objects.with_money()
    assert (housing.things, housing.grant) == (34, 3_477_000_000)
    assert SupportAction.objects.money_totals() == {"grant": 3_477_000_000, "in_kind": None, "loan": None}


def test_natures_are_never_in_one_sum():
    sums = words.money_by_nature([paid(amount=1), paid(amount=2, nature="in_kind"), paid(amount=4, nature="loan")])
    assert {nature: money.amount for nature, money in sums.items()} == {"grant": 1, "in_kind": 2, "loan": 4}


@pytest.mark.parametrize(
    ("qualifiers", "of_the_sum"),
    [
        (["exact", "exact"], ""),
        (["exact", "near"], "near"),
        (["over", "over"], "over"),
        (["near", "over"], "about"),
        (["about", "exact"], "about"),
    ],
)
def test_a_sum_is_as_sure_as_its_parts(qualifiers, of_the_sum):
    lines = [paid(f"S{number}", 10, qualifier=qualifier) for number, qualifier in enumerate(qualifiers)]
    assert words.money_by_nature(lines)["grant"] == (20, of_the_sum)


def test_an_unknown_amount_is_no_zero():
    assert words.money_by_nature([paid(amount=None)])["grant"].amount is None
    assert words.money_by_nature([paid(amount=None, qualifier=Qualifier.NEAR), paid(amount=5)])["grant"] == (5, "")
    assert words.qualified(None) == "—"


def test_help_is_recorded_whole_or_not_at_all(officer, family):
    with pytest.raises(IntegrityError), transaction.atomic():
        record_support(by=officer, action=help_for(family), funding=[paid(amount=5), paid(amount=7)])
    assert not SupportAction.objects.exists()


@pytest.mark.parametrize("amount", [0, -1, 10**12 + 1])
def test_the_database_refuses_an_impossible_amount(family, amount):
    action = factories.support(family)
    with pytest.raises(IntegrityError), transaction.atomic():
        paid("XHH", amount, action=action).save()


def test_help_without_funding_is_refused(officer, family):
    with pytest.raises(ValidationError):
        record_support(by=officer, action=help_for(family), funding=[])


@pytest.mark.parametrize(("policy", "nature"), [("housing", "loan"), ("loans", "grant"), ("loans", "in_kind")])
def test_lending_and_giving_are_not_mixed(officer, family, policy, nature):
    with pytest.raises(ValidationError):
        record_support(by=officer, action=help_for(family, policy), funding=[paid(nature=nature)])


def test_the_ward_of_named_help_is_the_households(officer, family):
    action = help_for(family)
    action.ward = factories.ward("Biên Giang")
    with pytest.raises(ValidationError):
        record_support(by=officer, action=action, funding=[paid()])


def test_a_stale_version_changes_no_line(officer, family):
    action = factories.support(family, paid_by={"NS_QUAN": 1_000_000})
    with pytest.raises(StaleVersion):
        amend_support(by=officer, action=action, version=7, funding=[paid("XHH")])
    assert action.funding.get().source.code == "NS_QUAN"


def test_a_void_record_is_neither_amended_nor_voided_again(officer, family):
    action = factories.support(family)
    void_support(by=officer, action=action, version=1, reason="nhập trùng")
    with pytest.raises(ValidationError):
        amend_support(by=officer, action=action, version=2, funding=[paid()])
    with pytest.raises(ValidationError):
        void_support(by=officer, action=action, version=2, reason="lần nữa")
    action.refresh_from_db()
    assert (action.version, action.void_reason) == (2, "nhập trùng")


def test_a_reason_is_needed_to_make_a_record_void(officer, family):
    action = factories.support(family)
    with pytest.raises(ValidationError):
        void_support(by=officer, action=action, version=1, reason="  ")
    assert SupportAction.objects.standing().exists()

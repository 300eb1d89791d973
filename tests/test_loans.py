"""A loan after it is granted: paid out, paid back, overdue; balances are counted from movements, to the đồng."""

from datetime import date

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import translation

from support.models import FundingLine, LoanMovement, SupportAction, balance_of, detail_of
from support.services import amend_support, record_movement, record_support, void_movement, void_support
from tests import factories
from tests.action_sheets import line, sheet

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _english():
    """Messages are compared as the code says them, whatever is translated."""
    with translation.override("en"):
        yield


@pytest.fixture
def family():
    return factories.household(factories.ward("Đồng Mai"), members=2)


@pytest.fixture
def officer(client, family):
    user = factories.officer(family.ward)
    client.force_login(user)
    client.cookies["django_language"] = "en"
    return user


@pytest.fixture
def loan(family):
    """20 million for twelve months since 10/03/2022."""
    return factories.loan(family, term_months=12, interest_rate=660)


def balance(loan, on=date(2022, 6, 1)):
    loan = SupportAction.objects.get(pk=loan.pk)
    return balance_of(loan.movements.all(), detail_of(loan), on)


def repay(loan, amount, on=date(2022, 5, 1), kind="repayment"):
    return record_movement(by="test", action=loan, movement=LoanMovement(kind=kind, on=on, amount=amount))


def principal(amount=20_000_000):
    return line(factories.source("NHCSXH"), f"{amount}", "loan")


def lent(family, *lines, **fields) -> dict:
    policy = factories.policy("NHCSXH_HN").pk
    return sheet(*(lines or [principal()]), policy=policy, household=family.pk, period_from="10/03/2022", **fields)


# --- balances -------------------------------------------------------------------------------


def test_what_is_owed_is_what_was_paid_out_less_what_came_back(loan):
    repay(loan, 5_000_000)
    repay(loan, 400_000, kind="interest")
    repay(loan, 1_000_000, kind="write_off")

    told = balance(loan)

    assert (told.disbursed, told.repaid, told.written_off, told.interest) == (20_000_000, 5_000_000, 1_000_000, 400_000)
    assert told.outstanding == 14_000_000
    assert balance(loan, on=date(2022, 4, 30)).outstanding == 20_000_000


def test_what_is_owed_after_the_term_is_overdue(loan):
    repay(loan, 5_000_000)

    assert (balance(loan).due_on, balance(loan).overdue) == (date(2023, 3, 10), 0)
    assert balance(loan, on=date(2023, 3, 10)).overdue == 0
    assert balance(loan, on=date(2023, 3, 11)).overdue == 15_000_000


def test_nobody_knows_whether_a_loan_without_term_is_overdue_until_it_is_paid_back(family):
    loan = factories.loan(family)

    assert balance(loan).overdue is None
    repay(loan, 20_000_000)
    assert balance(loan).overdue == 0


def test_no_more_comes_back_than_is_owed_on_any_day(loan):
    repay(loan, 15_000_000, on=date(2022, 9, 1))

    with pytest.raises(
        ValidationError, match="On 01/09/2022 more would have been paid back than was owed, by 1,000,000"
    ):
        repay(loan, 6_000_000, on=date(2022, 4, 1))

    with pytest.raises(ValidationError, match="On 01/01/2022"):
        repay(loan, 1, on=date(2022, 1, 1))
    assert balance(loan, on=date(2023, 1, 1)).outstanding == 5_000_000


def test_a_void_movement_changes_no_balance_and_stays_to_be_read(loan):
    wrong = repay(loan, 5_000_000)
    void_movement(by="test", movement=wrong, reason="nhập nhầm hộ")

    assert balance(loan).outstanding == 20_000_000
    assert loan.movements.get(pk=wrong.pk).void_reason == "nhập nhầm hộ"
    with pytest.raises(ValidationError, match="void already"):
        void_movement(by="test", movement=wrong, reason="lần nữa")


def test_what_was_paid_out_is_corrected_on_the_record_itself(loan):
    with pytest.raises(ValidationError, match="correct the record itself"):
        repay(loan, 1, kind="disbursement")
    with pytest.raises(ValidationError, match="correct the record itself"):
        void_movement(by="test", movement=loan.movements.get(), reason="sai")


@pytest.mark.usefixtures("officer")
def test_a_void_loan_takes_no_repayment_and_is_owed_by_nobody(client, loan):
    assert "outstanding" in client.get(reverse("action-detail", args=[loan.pk])).content.decode().lower()
    void_support(by="test", action=SupportAction.objects.get(pk=loan.pk), version=1, reason="nhập trùng")

    with pytest.raises(ValidationError, match="void"):
        repay(loan, 1)
    assert "outstanding" not in client.get(reverse("action-detail", args=[loan.pk])).content.decode().lower()


# --- what was paid out ties to who paid -----------------------------------------------------


def test_all_of_it_counts_as_paid_out_on_the_first_day(client, officer, family):
    client.post(reverse("action-create"), lent(family))

    loan = SupportAction.objects.get()
    assert list(loan.movements.values_list("kind", "on", "amount")) == [("disbursement", date(2022, 3, 10), 20_000_000)]


def parts(*rows) -> dict:
    made = {"disbursed-TOTAL_FORMS": str(len(rows)), "disbursed-INITIAL_FORMS": "0"}
    for place, (on, amount) in enumerate(rows):
        made |= {f"disbursed-{place}-on": on, f"disbursed-{place}-amount": amount}
    return made


def test_a_loan_paid_out_in_parts_adds_up_to_its_principal(client, officer, family):
    data = lent(family, **parts(("10/03/2022", "12.000.000"), ("10/06/2022", "8.000.000")))

    assert client.post(reverse("action-create"), data).status_code == 302

    assert balance(SupportAction.objects.get(), on=date(2022, 4, 1)).outstanding == 12_000_000
    assert balance(SupportAction.objects.get(), on=date(2022, 7, 1)).outstanding == 20_000_000


def test_parts_that_do_not_add_up_are_refused_with_both_sums(client, officer, family):
    data = lent(family, **parts(("10/03/2022", "12.000.000"), ("10/06/2022", "7.000.000")))

    answer = client.post(reverse("action-create"), data)

    assert answer.status_code == 422
    assert "The disbursements add up to 19,000,000 đồng, the loan is 20,000,000 đồng" in answer.content.decode()
    assert 'value="7.000.000"' in answer.content.decode()


@pytest.mark.parametrize("part", [("", "1"), ("10/03/2022", ""), ("32/03/2022", "1"), ("10/03/2022", "-1")])
def test_a_part_without_day_or_amount_is_told_at_the_part(client, officer, family, part):
    answer = client.post(reverse("action-create"), lent(family, **parts(part)))

    assert answer.status_code == 422
    assert answer.context["kind"].disbursed.total_error_count() == 1


def test_a_loan_to_a_household_needs_its_principal(client, officer, family):
    answer = client.post(reverse("action-create"), lent(family, line(factories.source("NHCSXH"), "", "loan")))

    assert "A loan to a household needs its principal" in answer.content.decode()


def test_a_corrected_principal_corrects_what_was_paid_out(loan):
    repay(loan, 5_000_000)
    action = SupportAction.objects.get(pk=loan.pk)
    [paid] = action.funding.all()
    paid.amount = 25_000_000
    amend_support(by="test", action=action, version=action.version, funding=[paid])

    assert balance(loan).outstanding == 20_000_000
    assert balance(loan).disbursed == 25_000_000


def test_a_principal_below_what_was_paid_back_is_refused(loan):
    repay(loan, 15_000_000)
    action = SupportAction.objects.get(pk=loan.pk)
    [paid] = action.funding.all()
    paid.amount = 10_000_000

    with pytest.raises(ValidationError, match="more would have been paid back than was owed"):
        amend_support(by="test", action=action, version=action.version, funding=[paid])


def test_help_recorded_as_a_loan_by_mistake_is_corrected_until_somebody_paid_back(loan):
    examination, quan = factories.policy("KCB"), factories.source("NS_QUAN")

    def as_help_for_good():
        action = SupportAction.objects.get(pk=loan.pk)
        action.policy = examination
        paid = [FundingLine(source=quan, nature="grant", amount=1)]
        return amend_support(by="test", action=action, version=action.version, funding=paid, detail=None)

    mistake = repay(loan, 1_000_000)
    with pytest.raises(ValidationError, match="Only a loan has movements"):
        as_help_for_good()
    void_movement(by="test", movement=mistake, reason="nhầm")
    as_help_for_good()

    assert not loan.movements.standing().exists()
    assert loan.movements.count() == 2


def test_help_to_a_group_has_no_schedule(family):
    action = SupportAction(policy=factories.policy("NHCSXH_HN"), ward=family.ward, times=40, group_name="hộ nghèo",
                           period_from=date(2022, 3, 1), period_to=date(2022, 12, 31))  # fmt: skip
    paid = [FundingLine(source=factories.source("NHCSXH"), nature="loan", amount=800_000_000)]
    record_support(by=factories.staff(), action=action, funding=paid)

    assert not action.movements.exists()


# --- pages ----------------------------------------------------------------------------------


def movement(client, loan, **fields):
    data = {"kind": "repayment", "on": "01/05/2022", "amount": "5.000.000"} | fields
    return client.post(reverse("movement-create", args=[loan.pk]), data)


def test_the_officer_notes_a_repayment_and_reads_what_is_owed(client, officer, loan):
    answer = movement(client, loan, note="kỳ 1")

    page = client.get(answer.url.partition("#")[0]).content.decode()
    assert "15,000,000 đồng</strong> are outstanding" in page
    assert "15,000,000 đồng are overdue since 10/03/2023" in page
    assert "kỳ 1" in page


def test_a_double_click_notes_a_repayment_once(client, officer, loan):
    key = "7c9a4f0e-91d5-4d59-8a0e-3d8f4b0f8a11"

    movement(client, loan, submission_key=key)
    movement(client, loan, submission_key=key)

    assert loan.movements.filter(kind="repayment").count() == 1


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"amount": "30.000.000"}, "more would have been paid back than was owed"),
        ({"amount": "0"}, "The amount must be more than 0."),
        ({"on": "01/01/2031"}, "The date lies in the future."),
        ({"on": ""}, "required"),
        ({"kind": "disbursement"}, "Select a valid choice"),
    ],
)
def test_a_wrong_movement_is_told_and_stays_typed(client, officer, loan, fields, message):
    answer = movement(client, loan, **fields, note="kỳ 1")

    assert answer.status_code == 422
    assert message in answer.content.decode()
    assert 'value="kỳ 1"' in answer.content.decode()


def test_a_wrong_movement_is_made_void_with_a_reason_and_both_are_read_on_the_page(client, officer, loan):
    wrong = repay(loan, 5_000_000)
    address = reverse("movement-void", args=[loan.pk, wrong.pk])

    assert client.post(address, {"void_reason": " "}).status_code == 422
    client.post(address, {"void_reason": "ghi nhầm hộ"})

    page = client.get(reverse("action-detail", args=[loan.pk])).content.decode()
    assert "<del>5,000,000</del>" in page
    assert "ghi nhầm hộ" in page


def test_the_terms_are_read_with_their_units(client, officer, loan):
    page = client.get(reverse("action-detail", args=[loan.pk])).content.decode()

    assert "6.6 % a year" in page
    assert "Interest is counted" not in page


def test_the_page_of_a_loan_asks_as_much_of_few_movements_as_of_many(
    client, officer, loan, django_assert_max_num_queries
):
    for number in range(10):
        repay(loan, 1_000_000, on=date(2022, 4, number + 1))

    with django_assert_max_num_queries(24):
        client.get(reverse("action-detail", args=[loan.pk]))

"""Funds in the browser: the district keeps the ledger, leaders read it, ward officers have no part in it."""

import io
import uuid
from datetime import date

import pytest
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook

from support.codes import Nature
from support.funds import cover, open_ledger, record_receipt
from support.models import Allocation, Donor, FundingSource, Receipt, SupportAction
from tests import factories
from tests.action_sheets import line
from tests.action_sheets import sheet as action_sheet

pytestmark = pytest.mark.django_db
MILLION = 1_000_000
TET = {"gift-occasion": "tet"}


@pytest.fixture
def ward():
    return factories.ward("Đồng Mai")


@pytest.fixture
def staff(client):
    user = factories.staff()
    client.force_login(user)
    session = client.session
    session["working_year"] = 2023
    session.save()
    return user


@pytest.fixture
def fund(staff):
    return open_ledger(
        by=staff, source=factories.source("AGRIBANK"), since=date(2023, 1, 1), opening={Nature.GRANT: 2 * MILLION}
    )


def receipt_sheet(**typed) -> dict:
    return {
        "submission_key": str(uuid.uuid4()), "donor_name": "Công ty Thử Nghiệm", "donor_kind": "business",
        "day": "05/02/2023", "nature": "grant", "amount": "30.000.000", "purpose": "quà Tết", "receipt_number": "PT-07",
        **typed,
    }  # fmt: skip


def text(response) -> str:
    return response.content.decode()


def test_the_district_opens_a_ledger_with_what_the_fund_held(client, staff):
    factories.source("DBQH")

    response = client.post(reverse("fund-open", args=["DBQH"]), {"since": "01/01/2023", "grant": "5.000.000"})

    assert response.status_code == 302
    assert FundingSource.objects.get(code="DBQH").ledger_since == date(2023, 1, 1)
    assert "5.000.000" in text(client.get(response["Location"]))


def test_a_receipt_is_recorded_with_its_donor(client, fund):
    response = client.post(reverse("receipt-create", args=["AGRIBANK"]), receipt_sheet(), follow=True)

    receipt = Receipt.objects.get(receipt_number="PT-07")
    assert (receipt.donor.name, receipt.amount) == ("Công ty Thử Nghiệm", 30 * MILLION)
    assert "30.000.000" in text(response)


def test_a_double_click_records_a_receipt_once(client, fund):
    sheet = receipt_sheet()

    for _click in range(2):
        response = client.post(reverse("receipt-create", args=["AGRIBANK"]), sheet)

    assert Receipt.objects.filter(receipt_number="PT-07").count() == 1
    assert response.status_code == 302


def test_the_same_donor_written_otherwise_is_the_same_donor(client, fund):
    client.post(reverse("receipt-create", args=["AGRIBANK"]), receipt_sheet())
    client.post(
        reverse("receipt-create", args=["AGRIBANK"]), receipt_sheet(donor_name="CÔNG TY THỬ NGHIỆM", donor_kind="")
    )

    assert Donor.objects.get().receipts.count() == 2


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"amount": "0"}, "amount"),
        ({"amount": "ba mươi"}, "amount"),
        ({"day": "32/01/2023"}, "day"),
        ({"day": "05/02/2022"}, "day"),
        ({"donor_kind": ""}, "donor_kind"),
        ({"nature": "in_kind"}, "goods"),
        ({"nature": "loan"}, "nature"),
    ],
)
def test_a_mistake_is_told_at_its_field_and_what_was_typed_stays(client, fund, typed, field):
    response = client.post(reverse("receipt-create", args=["AGRIBANK"]), receipt_sheet(**typed))

    assert response.status_code == 422
    assert response.context["form"].errors.get(field)
    assert "PT-07" in text(response)
    assert not Receipt.objects.filter(receipt_number="PT-07").exists()


def test_the_officer_is_told_what_the_fund_still_holds_and_may_give_a_reason(client, ward, fund):
    family = factories.household(ward)
    officer = Client()
    officer.force_login(factories.officer(ward))
    gifts = factories.policy("gifts")
    typed = action_sheet(line(fund, "3.000.000"), household=family.pk, policy=gifts.pk, period_from="05/05/2023", **TET)

    refused = officer.post(reverse("action-create"), typed)

    assert refused.status_code == 422
    assert "2.000.000" in text(refused)
    assert 'name="overspending"' in text(refused)
    assert not SupportAction.objects.exists()

    officer.post(reverse("action-create"), typed | {"overspending": "tạm ứng, chờ chuyển khoản"})

    action = SupportAction.objects.get()
    draws = action.funding.get().draws
    assert [draw.amount for draw in draws.order_by("amount")] == [1 * MILLION, 2 * MILLION]
    assert draws.get(receipt=None).reason == "tạm ứng, chờ chuyển khoản"


def test_the_ledger_shows_every_entry_and_the_balance(client, ward, fund):
    factories.support(factories.household(ward), policy="gifts", paid_by={fund: 1}, on=date(2023, 3, 1))
    page = client.get(reverse("fund-detail", args=["AGRIBANK"]))

    assert page.context["untied"] == 1  # written past the service: the page says so
    assert "1.999.999" in text(page)


def test_a_donor_sees_what_became_of_the_money(client, staff, ward, fund):
    client.post(reverse("receipt-create", args=["AGRIBANK"]), receipt_sheet())
    family = factories.household(ward)
    typed = action_sheet(
        line(fund, "12.000.000"),
        household=family.pk,
        policy=factories.policy("gifts").pk,
        period_from="05/05/2023",
        **TET,
    )
    client.post(reverse("action-create"), typed)

    page = text(client.get(reverse("donor-detail", args=[Donor.objects.get().pk])))

    # 12 million less the 2 million the fund held before this donor gave
    assert "10.000.000" in page
    assert "20.000.000" in page
    assert reverse("action-detail", args=[SupportAction.objects.get().pk]) in page


def test_a_leader_reads_the_ledger_without_a_door_to_any_record(ward, fund, client):
    record_receipt(
        by=factories.staff(), receipt=Receipt(source=fund, day=date(2023, 2, 2), nature="grant", amount=MILLION)
    )
    family = factories.household(ward, head="Hoàng Thị Kín")
    factories.support(family, policy="gifts", paid_by={fund: 500_000}, on=date(2023, 3, 1))
    leader = Client()
    leader.force_login(factories.leader())
    session = leader.session
    session["working_year"] = 2023
    session.save()

    page = text(leader.get(reverse("fund-detail", args=["AGRIBANK"])))

    assert "500.000" in page
    assert "Kín" not in page
    assert "/support/" not in page
    assert leader.get(reverse("receipt-create", args=["AGRIBANK"])).status_code == 403


def test_an_allocation_is_a_plan_and_changes_no_balance(client, fund):
    typed = {
        "submission_key": str(uuid.uuid4()),
        "year": "2023",
        "nature": "grant",
        "amount": "9.000.000",
        "decision_number": "12/QĐ",
    }

    client.post(reverse("allocation-create", args=["AGRIBANK"]), typed)

    page = client.get(reverse("fund-detail", args=["AGRIBANK"]))
    assert (page.context["totals"].allocated, page.context["totals"].left) == (9 * MILLION, 2 * MILLION)
    for reason in ("huỷ quyết định", "bấm lần nữa"):
        client.post(reverse("allocation-void", args=[Allocation.objects.get().pk]), {"void_reason": reason})
    assert client.get(reverse("fund-detail", args=["AGRIBANK"])).context["totals"].allocated == 0


def test_the_ledger_in_excel_is_the_ledger_on_the_page(client, fund):
    client.post(reverse("receipt-create", args=["AGRIBANK"]), receipt_sheet())

    response = client.get(reverse("fund-export", args=["AGRIBANK"]))

    book = load_workbook(io.BytesIO(b"".join(response.streaming_content)))
    rows = [row for row in book.active.iter_rows(values_only=True) if isinstance(row[5], int)]
    assert [row[5] for row in rows] == [2 * MILLION, 32 * MILLION]


def test_a_void_receipt_stays_readable_with_its_reason(client, fund):
    client.post(reverse("receipt-create", args=["AGRIBANK"]), receipt_sheet())
    receipt = Receipt.objects.get(receipt_number="PT-07")

    client.post(reverse("receipt-void", args=[receipt.pk]), {"void_reason": "ghi nhầm quỹ", "version": receipt.version})

    page = text(client.get(reverse("fund-detail", args=["AGRIBANK"])))
    assert "ghi nhầm quỹ" in page
    assert client.get(reverse("fund-detail", args=["AGRIBANK"])).context["totals"].left == 2 * MILLION


@pytest.mark.parametrize("rows", [3, 30])
def test_pages_of_funds_ask_as_much_of_few_rows_as_of_many(
    client, staff, ward, fund, rows, django_assert_max_num_queries
):
    family = factories.household(ward)
    for number in range(rows):
        record_receipt(
            by=staff,
            receipt=Receipt(
                source=fund, day=date(2023, 2, 2), nature="grant", amount=MILLION,
                donor=Donor.objects.create(name=f"Nhà hảo tâm {number}", kind="person"),
            ),
        )  # fmt: skip
        factories.support(family, policy="gifts", paid_by={fund: 1000}, on=date(2023, 3, 1))

    with django_assert_max_num_queries(24):
        assert client.get(reverse("fund-detail", args=["AGRIBANK"])).status_code == 200
    with django_assert_max_num_queries(16):
        assert client.get(reverse("fund-list")).status_code == 200
    with django_assert_max_num_queries(20):
        assert client.get(reverse("donor-detail", args=[Donor.objects.first().pk])).status_code == 200


def test_the_opening_balance_stands_in_the_ledger_as_that_and_not_as_received(client, fund):
    page = client.get(reverse("fund-detail", args=["AGRIBANK"]))

    assert (page.context["totals"].opening, page.context["totals"].received) == (2 * MILLION, 0)
    assert "<strong>Số dư đầu kỳ</strong>" in text(page)
    assert "Đầu kỳ chuyển sang" not in text(page)  # that is the line of later years


def test_why_more_was_paid_than_held_is_read_in_the_ledger(client, ward, fund):
    typed = action_sheet(
        line(fund, "3.000.000"), household=factories.household(ward).pk, policy=factories.policy("gifts").pk,
        period_from="05/05/2023", overspending="chờ chuyển khoản", **TET,
    )  # fmt: skip
    client.post(reverse("action-create"), typed)

    assert "chờ chuyển khoản" in text(client.get(reverse("fund-detail", args=["AGRIBANK"])))
    book = client.get(reverse("fund-export", args=["AGRIBANK"]))
    rows = load_workbook(io.BytesIO(b"".join(book.streaming_content))).active.iter_rows(values_only=True)
    assert any("chờ chuyển khoản" in str(cell) for row in rows for cell in row)


def test_a_wrong_opening_balance_is_made_void_and_entered_anew(client, fund):
    receipt = fund.receipts.get()
    new = receipt_sheet(donor_name="", donor_kind="", day="01/01/2023", amount="3.000.000", is_opening="on")
    assert 'name="is_opening"' not in text(client.get(reverse("receipt-create", args=["AGRIBANK"])))

    client.post(reverse("receipt-void", args=[receipt.pk]), {"void_reason": "sai số", "version": receipt.version})
    client.post(reverse("receipt-create", args=["AGRIBANK"]), new)

    totals = client.get(reverse("fund-detail", args=["AGRIBANK"])).context["totals"]
    assert (totals.opening, totals.received) == (3 * MILLION, 0)


def test_only_funds_are_offered_a_ledger(client, staff):
    factories.source("NHCSXH", "tin_dung")
    factories.source("HO_GIA_DINH", "khac")
    factories.source("VNN_PHUONG", "quy_vi_nguoi_ngheo")

    page = text(client.get(reverse("fund-list")))

    assert reverse("fund-open", args=["VNN_PHUONG"]) in page
    assert reverse("fund-open", args=["NHCSXH"]) not in page
    assert reverse("fund-open", args=["HO_GIA_DINH"]) not in page


def test_a_correction_keeps_the_reason_for_having_overspent(client, ward, fund):
    action = factories.support(
        factories.household(ward), policy="KCB", paid_by={fund: 3 * MILLION}, on=date(2023, 3, 1)
    )
    cover(list(action.funding.select_related("source", "action")), reason="chờ chuyển khoản")

    drawn = client.get(reverse("action-edit", args=[action.pk]))

    assert drawn.context["form"]["overspending"].value() == "chờ chuyển khoản"
    assert 'name="overspending"' in text(drawn)

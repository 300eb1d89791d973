"""Help for many at once, as a service: all or nothing, the rules of one record, few queries, and the way back."""

from datetime import date

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import AuditEvent
from households.life import move_out, move_to_ward
from households.models import Household
from support.batch import BadGifts, Gift, record_batch, void_batch
from support.codes import Nature
from support.funds import fund_years, untied
from support.models import (
    Draw,
    FundingLine,
    GiftDetail,
    PolicyRate,
    SupportAction,
    SupportBatch,
    TuitionDetail,
)
from support.services import record_support
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]

TET = date(2024, 2, 1)


@pytest.fixture
def families(dong_mai):
    return [factories.household(dong_mai, head=f"Nguyễn Thị {name}") for name in ("An", "Bình", "Cúc")]


@pytest.fixture
def budget():
    return factories.source("NS_QUAN")


def gift(family, source, amount=500_000, *, policy="gifts", on=TET, occasion="tet", **fields) -> Gift:
    action = SupportAction(policy=factories.policy(policy), household=family, period_from=on, period_to=on, **fields)
    detail = GiftDetail(occasion=occasion) if policy == "gifts" else None
    return Gift(action, [FundingLine(source=source, nature=Nature.GRANT, amount=amount)], detail)


def refusals(gifts, by) -> dict[int, list[str]]:
    with pytest.raises(BadGifts) as refused:
        record_batch(by=by, gifts=gifts)
    return {place: error.messages for place, error in refused.value.rows.items()}


# --- recording ------------------------------------------------------------------------------


def test_record_batch_writes_what_single_records_would_say(families, officer, budget):
    batch = record_batch(by=officer, gifts=[gift(family, budget) for family in families])
    alone = gift(families[0], budget)
    alone.action.ward = families[0].ward
    single = record_support(by=officer, action=alone.action, funding=alone.funding, detail=alone.detail)

    records = list(batch.actions.order_by("pk"))
    assert [record.household for record in records] == families
    for name in (
        "policy",
        "ward",
        "times",
        "period_from",
        "period_to",
        "search_key",
        "created_by",
        "beneficiary_group",
    ):
        assert {getattr(record, name) for record in records} == {getattr(single, name)}, name
    for record in records:
        assert record.funding.get().amount == 500_000
        assert record.giftdetail.occasion == "tet"


def test_record_batch_leaves_the_same_trail_as_single_records(families, officer, budget):
    batch = record_batch(by=officer, gifts=[gift(family, budget) for family in families])

    for record in batch.actions.all():
        events = AuditEvent.objects.of(record)
        assert {(event.actor, event.action) for event in events} == {(officer.username, "insert")}
        assert {event.model for event in events} == {
            "support.supportaction", "support.fundingline", "support.giftdetail"
        }  # fmt: skip
    assert AuditEvent.objects.of(batch).get().actor == officer.username


def test_record_batch_counts_each_record_where_the_household_lived_that_day(dong_mai, officer, budget):
    bien_giang = factories.ward("Biên Giang")
    staff = factories.staff()
    moved, stayed = factories.household(dong_mai), factories.household(dong_mai)
    move_to_ward(by=staff, household=moved, version=1, day=date(2023, 6, 1), ward=bien_giang)
    moved.refresh_from_db()

    before = record_batch(by=staff, gifts=[gift(each, budget, on=date(2023, 2, 1)) for each in (moved, stayed)])
    after = record_batch(by=staff, gifts=[gift(each, budget, on=TET) for each in (moved, stayed)])

    assert [record.ward for record in before.actions.order_by("pk")] == [dong_mai, dong_mai]
    assert [record.ward for record in after.actions.order_by("pk")] == [bien_giang, dong_mai]


def test_record_batch_tells_all_bad_rows_at_once_and_writes_none(families, officer, budget):
    move_out(by=officer, household=families[1], version=1, day=date(2023, 6, 1), place="Hà Nam")
    families[1].refresh_from_db()
    gifts = [gift(family, budget) for family in families]
    gifts[2].detail = GiftDetail(occasion="tet", goods="10 kg gạo")

    wrong = refusals(gifts, officer)

    assert set(wrong) == {1, 2}
    assert "closed on 01/06/2023" in wrong[1][0]
    assert wrong[2] == ["Goods are named, but no line is in kind; correct who paid."]
    assert not SupportAction.objects.exists()
    assert not SupportBatch.objects.exists()


def test_record_batch_asks_why_more_than_the_legal_maximum_was_given(families, officer, budget):
    policy = factories.policy("gifts")
    PolicyRate.objects.create(policy=policy, amount=300_000, most_amount=400_000)
    gifts = [gift(families[0], budget, 400_000), gift(families[1], budget, 500_000)]

    assert list(refusals(gifts, officer)) == [1]
    for each in gifts:
        each.action.differs_because = "Hộ có hai người khuyết tật"
    batch = record_batch(by=officer, gifts=gifts)

    assert batch.actions.count() == 2


def test_record_batch_of_tuition_asks_which_pupil(families, officer, budget):
    pupil = factories.member(families[0], name="Trần Văn Đức", birth_year=2012, is_pupil=True)
    gifts = [gift(family, budget, policy="education") for family in families[:2]]
    for each in gifts:
        each.detail = TuitionDetail(school_year=2023)
    gifts[0].action.member = pupil

    assert refusals(gifts, officer) == {1: ["Say which pupil was helped."]}


def test_loans_are_not_given_in_bulk(families, officer, budget):
    lent = gift(families[0], budget, policy="NHCSXH_HN")
    lent.funding[0].nature = Nature.LOAN

    with pytest.raises(ValidationError, match="one at a time"):
        record_batch(by=officer, gifts=[lent])


def test_a_list_of_nobody_or_of_two_days_is_refused(families, officer, budget):
    with pytest.raises(ValidationError, match="No row is ticked"):
        record_batch(by=officer, gifts=[])
    with pytest.raises(ValidationError, match="one policy and one day"):
        record_batch(by=officer, gifts=[gift(families[0], budget), gift(families[1], budget, on=date(2024, 3, 1))])


# --- the fund -------------------------------------------------------------------------------


@pytest.fixture
def fund():
    fund = factories.fund("VNN_QUAN")
    factories.receipt(fund, amount=1_000_000, on=date(2023, 2, 1))
    return fund


def left_in(fund) -> int:
    [year] = [year for year in fund_years(2023, 2024) if year.year == 2024]
    return year.left


def test_record_batch_draws_what_it_gives_from_the_fund(families, officer, fund):
    record_batch(by=officer, gifts=[gift(family, fund, 300_000) for family in families])

    assert left_in(fund) == 100_000
    assert untied(fund) == []


def test_more_than_the_fund_holds_is_refused_as_a_whole_in_words(families, officer, fund):
    with pytest.raises(ValidationError) as refused:
        record_batch(by=officer, gifts=[gift(family, fund, 400_000) for family in families])

    [text] = refused.value.messages
    assert "1,200,000 đồng are to be paid" in text
    assert "200,000 đồng are missing" in text
    assert not SupportAction.objects.exists()
    assert not Draw.objects.exists()


def test_more_than_the_fund_holds_is_taken_with_a_reason(families, officer, fund):
    record_batch(by=officer, gifts=[gift(family, fund, 400_000) for family in families], overspending="Sẽ thu sau")

    assert left_in(fund) == -200_000
    assert Draw.objects.get(receipt=None).reason == "Sẽ thu sau"


# --- how much it asks of the database -----------------------------------------------------------


def queries_for(count, ward, officer, fund) -> list[str]:
    families = [factories.household(ward) for _number in range(count)]
    gifts = [gift(family, fund, 1_000) for family in Household.objects.filter(pk__in=[f.pk for f in families])]
    with CaptureQueriesContext(
        connection,
    ) as asked:
        record_batch(by=officer, gifts=gifts)
    return [query["sql"] for query in asked]


def test_three_hundred_gifts_ask_no_more_than_thirty(dong_mai, officer, fund):
    few, many = queries_for(30, dong_mai, officer, fund), queries_for(300, dong_mai, officer, fund)

    def other_than_inserts(queries):
        return [sql for sql in queries if not sql.startswith("INSERT")]

    assert len(other_than_inserts(many)) == len(other_than_inserts(few)) <= 12
    assert len(many) <= 60, "inserts come in batches"


# --- the way back ---------------------------------------------------------------------------


@pytest.fixture
def batch(families, officer, fund):
    return record_batch(by=officer, gifts=[gift(family, fund, 300_000) for family in families])


def test_void_batch_takes_everything_out_of_the_figures_with_the_reason(batch, officer, fund):
    assert void_batch(by=officer, batch=batch, reason="Danh sách của phường khác") == 3

    records = list(batch.actions.all())
    assert {record.void_reason for record in records} == {"Danh sách của phường khác"}
    assert {record.version for record in records} == {2}
    assert not SupportAction.objects.standing().exists()
    assert not Draw.objects.exists()
    assert untied(fund) == []


def test_void_batch_gives_back_what_others_had_overspent(batch, families, officer, fund):
    later = gift(families[0], fund, 300_000, on=date(2024, 8, 1), occasion="mid_autumn")
    later.action.ward = families[0].ward
    record_support(
        by=officer, action=later.action, funding=later.funding, detail=later.detail, overspending="Sẽ thu sau"
    )
    assert Draw.objects.filter(receipt=None).exists()

    void_batch(by=officer, batch=batch, reason="Nhập nhầm")

    assert not Draw.objects.filter(receipt=None).exists()
    assert untied(fund) == []


def test_void_batch_leaves_records_void_already_as_they_are(batch, officer):
    first = batch.actions.order_by("pk").first()
    first.voided_at, first.void_reason = "2024-03-01T00:00:00Z", "Không nhận"
    first.save()

    assert void_batch(by=officer, batch=batch, reason="Nhập nhầm") == 2

    first.refresh_from_db()
    assert (first.void_reason, f"{first.voided_at:%d/%m/%Y}") == ("Không nhận", "01/03/2024")
    with pytest.raises(ValidationError, match="void already"):
        void_batch(by=officer, batch=batch, reason="Nhập nhầm")


def test_void_batch_wants_a_reason(batch, officer):
    with pytest.raises(ValidationError, match="Give the reason"):
        void_batch(by=officer, batch=batch, reason="  ")
    assert SupportAction.objects.standing().count() == 3


@pytest.mark.parametrize("state", ["submitted", "approved", "locked"])
def test_void_batch_of_a_closed_year_is_refused_in_words(batch, officer, dong_mai, state):
    factories.review_round(dong_mai, 2024, state)

    with pytest.raises(ValidationError) as refused:
        void_batch(by=officer, batch=batch, reason="Nhập nhầm")

    [text] = refused.value.messages
    assert "2024" in text
    assert "Đồng Mai" in text
    assert "one by one" in text
    assert SupportAction.objects.standing().count() == 3


def test_void_batch_names_every_closed_year_of_every_ward(officer, dong_mai, budget):
    staff = factories.staff()
    wards = [dong_mai, factories.ward("Biên Giang"), factories.ward("Hà Cầu")]
    gifts = [gift(factories.household(ward), budget) for ward in wards]
    batch = record_batch(by=staff, gifts=gifts)
    for ward in wards[:2]:
        factories.review_round(ward, 2024, "locked")

    with pytest.raises(ValidationError) as refused:
        void_batch(by=staff, batch=batch, reason="Nhập nhầm")

    assert len(refused.value.messages) == 2
    assert not any("Hà Cầu" in message for message in refused.value.messages)


def test_a_returned_year_is_open_to_undoing(batch, officer, dong_mai):
    factories.review_round(dong_mai, 2024, "returned")

    assert void_batch(by=officer, batch=batch, reason="Nhập nhầm") == 3


def test_an_officer_does_not_undo_what_another_ward_gave(officer, dong_mai, budget):
    families = [factories.household(dong_mai), factories.household(factories.ward("Biên Giang"))]
    batch = record_batch(by=factories.staff(), gifts=[gift(family, budget) for family in families])

    with pytest.raises(ValidationError, match="district staff"):
        void_batch(by=officer, batch=batch, reason="Nhập nhầm")

    assert SupportAction.objects.standing().count() == 2


def test_void_batch_asks_no_more_for_more_records(dong_mai, officer, fund):
    def asked(count):
        gifts = [gift(factories.household(dong_mai), fund, 1_000) for _number in range(count)]
        batch = record_batch(by=officer, gifts=gifts)
        with CaptureQueriesContext(connection) as queries:
            void_batch(by=officer, batch=batch, reason="Nhập nhầm")
        return len(queries)

    assert asked(5) == asked(40)


# --- who sees it ------------------------------------------------------------------------------


def test_a_batch_is_read_by_whoever_reads_one_of_its_records(officer, dong_mai, budget):
    bien_giang = factories.ward("Biên Giang")
    families = [factories.household(dong_mai), factories.household(bien_giang)]
    both = record_batch(by=factories.staff(), gifts=[gift(family, budget) for family in families])
    theirs = record_batch(by=factories.staff(), gifts=[gift(families[1], budget, on=date(2024, 3, 1))])

    def seen(user):
        return set(SupportBatch.objects.visible_to(user))

    assert seen(officer) == {both}
    assert seen(factories.officer(bien_giang)) == {both, theirs}
    assert seen(factories.officer()) == seen(factories.leader()) == seen(factories.admin()) == set()
    assert seen(factories.staff()) == {both, theirs}


def test_a_batch_that_has_records_cannot_be_deleted(batch):
    from django.db.models import ProtectedError

    with pytest.raises(ProtectedError):
        batch.delete()

"""Help for many at once, as officers do it: pick or paste, look the list over, save once, print it, take it back."""

from datetime import date
from html import unescape
from io import BytesIO

import openpyxl
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation

from accounts.models import AuditEvent, Dataset
from households.life import move_out
from support.models import GiftDetail, PolicyRate, SupportAction, SupportBatch
from tests import factories
from tests.action_sheets import line
from tests.batch_sheets import batch_sheet
from tests.test_carry_over import ward_of

pytestmark = pytest.mark.django_db

CREATE = "/support/batches/new/"


@pytest.fixture(autouse=True)
def _in_english():
    """Messages are compared as the code says them, whatever is translated."""
    Dataset.claim("programme", working_year=2024)
    with translation.override("en"):
        yield


@pytest.fixture
def officer(client, dong_mai):
    user = factories.officer(dong_mai)
    client.force_login(user)
    client.cookies["django_language"] = "en"
    return user


@pytest.fixture
def gifts():
    return factories.policy("gifts")


@pytest.fixture
def budget():
    return factories.source("NS_QUAN")


@pytest.fixture
def families(dong_mai):
    """Of the list of 2023: An poor, Bình near-poor, Cúc in hardship, Dung escaped, Em never on it."""
    of = {
        "Nguyễn Thị An": {2022: "N", 2023: "N"},
        "Nguyễn Thị Bình": {2023: "CN"},
        "Nguyễn Thị Cúc": {2023: "KK"},
        "Nguyễn Thị Dung": {2022: "CN", 2023: "K"},
        "Nguyễn Thị Em": {2023: "K"},
    }
    return [factories.household(dong_mai, head=head, statuses=statuses) for head, statuses in of.items()]


@pytest.fixture
def an_and_binh(families):
    return families[:2]


def text_of(answer) -> str:
    return unescape(answer.content.decode())


def picked(client, **asked) -> list[str]:
    """Names on the list that this question brings: of members where members were asked for."""
    answer = client.get(CREATE, {"list_year": 2023, **asked})
    assert answer.status_code == 200, answer.context["pick"].errors
    rows = answer.context["sheet"].rows
    return [row.recipient.member.name if row.recipient.member else row.recipient.name for row in rows]


def messages_of(answer) -> list[str]:
    """Everything that is refused: of the common fields, of who paid, of the kind, of the rows."""
    assert answer.status_code == 422
    sheet = answer.context["sheet"]
    found = [message for messages in sheet.form.errors.values() for message in messages]
    found += [message for errors in sheet.funding.errors for messages in errors.values() for message in messages]
    found += list(sheet.funding.non_form_errors())
    if sheet.kind.form:
        found += [message for messages in sheet.kind.form.errors.values() for message in messages]
    return found + [message for _anchor, message in sheet.problems]


# --- picking --------------------------------------------------------------------------------


@pytest.mark.usefixtures("officer", "families")
@pytest.mark.parametrize(
    ("classes", "names"),
    [
        (["poor"], ["An"]),
        (["poor", "near_poor"], ["An", "Bình"]),
        (["hardship"], ["Cúc"]),
        (["escaped"], ["Dung"]),
        ([], ["An", "Bình", "Cúc", "Dung", "Em"]),
    ],
)
def test_batch_create_picks_by_the_class_in_the_list_of_a_year(client, classes, names):
    assert picked(client, classes=classes) == [f"Nguyễn Thị {name}" for name in names]


@pytest.mark.usefixtures("officer", "families")
def test_batch_create_goes_by_the_list_of_the_year_asked_for(client):
    assert picked(client, classes=["poor", "near_poor"], list_year=2022) == ["Nguyễn Thị An", "Nguyễn Thị Dung"]


@pytest.mark.usefixtures("families")
def test_batch_create_picks_a_ward_and_a_residential_group(client, dong_mai):
    bien_giang = factories.ward("Biên Giang")
    group = factories.residential_group(bien_giang, 2)
    factories.household(bien_giang, head="Lê Thị Mai", statuses={2023: "N"})
    factories.household(bien_giang, head="Lê Thị Lan", statuses={2023: "N"}, residential_group=group)
    client.force_login(factories.staff())

    assert len(picked(client, classes=["poor"])) == 3
    assert picked(client, classes=["poor"], ward=dong_mai.pk) == ["Nguyễn Thị An"]
    assert picked(client, classes=["poor"], ward=bien_giang.pk, residential_group=group.pk) == ["Lê Thị Lan"]


@pytest.mark.usefixtures("officer")
@pytest.mark.parametrize(
    ("asked", "names"),
    [
        ({"who": "pupils"}, ["Trần Văn Đức"]),
        ({"who": "children"}, ["Trần Văn Đức", "Trần Thị Bé"]),
        ({"who": "disabled"}, ["Trần Văn Cả"]),
        ({"age_from": "80"}, ["Phạm Thị Cụ"]),
        ({"age_from": "80", "age_to": "85"}, []),
        ({"who": "members", "age_from": "5", "age_to": "30"}, ["Trần Văn Đức"]),
        ({"who": "uninsured"}, ["Nguyễn Thị An", "Trần Văn Cả", "Trần Thị Bé", "Phạm Thị Cụ"]),
    ],
)
def test_batch_create_picks_each_member_who_is_meant(client, dong_mai, asked, names):
    others = [
        {"name": "Trần Văn Đức", "birth_year": 2012, "is_pupil": True, "has_health_insurance": True},
        {"name": "Trần Thị Bé", "birth_year": 2021},
        {"name": "Trần Văn Cả", "birth_year": 1990, "disability_kind": "sight", "disability_degree": "severe"},
        {"name": "Phạm Thị Cụ", "birth_year": 1936},
        {"name": "Trần Văn Đi", "birth_year": 2011, "is_pupil": True, "left_on": date(2023, 5, 1)},
    ]
    factories.household(dong_mai, head="Nguyễn Thị An", members=others, statuses={2023: "N"})

    answer = client.get(CREATE, {"list_year": 2023, "classes": "poor", **asked})

    if not names:
        assert "Nobody answers to this" in text_of(answer)
        return
    assert {row.recipient.member.name for row in answer.context["sheet"].rows} == set(names)


@pytest.mark.usefixtures("officer", "families")
def test_batch_create_shows_what_the_officer_knows_a_family_by(client, dong_mai):
    group = factories.residential_group(dong_mai, 7)
    child = {"name": "Lê Văn Con", "birth_year": 2014, "is_pupil": True}
    factories.household(
        dong_mai, head="Lê Thị Mẹ", members=[child], statuses={2023: "CN"}, residential_group=group, address="Số 9"
    )

    text = text_of(client.get(CREATE, {"list_year": 2023, "classes": "near_poor", "who": "pupils"}))

    for shown in ("Lê Văn Con", "Lê Thị Mẹ", "Số 9, Tổ dân phố 7", "near-poor households", ">10<"):
        assert shown in text


@pytest.mark.usefixtures("officer")
def test_batch_create_by_a_rule_brings_whom_no_help_has_reached(client, families, gifts):
    rule = factories.entitlement()
    rule.policies.add(gifts)
    factories.support(families[0], policy="gifts", on=date(2024, 1, 20))

    answer = client.get(reverse("not-reached-rule", args=[rule.code]))
    answer = client.get(answer.context["batch_url"])

    sheet = answer.context["sheet"]
    assert [row.recipient.household for row in sheet.rows] == [families[1]]
    assert sheet.form.chosen_policy == gifts


@pytest.mark.usefixtures("officer", "families")
def test_another_wards_households_are_on_nobodys_list(client):
    bien_giang = factories.ward("Biên Giang")
    factories.household(bien_giang, head="Mậnxanh Thị Chim", statuses={2023: "N"})

    assert picked(client, classes=["poor"]) == ["Nguyễn Thị An"]
    answer = client.get(CREATE, {"list_year": 2023, "classes": "poor", "ward": bien_giang.pk})
    assert answer.status_code == 422
    assert "Mậnxanh" not in text_of(answer)


@pytest.mark.usefixtures("families")
def test_a_household_closed_since_is_listed_without_a_tick(client, officer, dong_mai):
    gone = factories.household(dong_mai, head="Lê Văn Đi", statuses={2023: "N"})
    move_out(by=officer, household=gone, version=1, day=date(2024, 3, 1), place="Hà Nam")

    rows = client.get(CREATE, {"list_year": 2023, "classes": "poor"}).context["sheet"].rows

    assert {row.recipient.name: row.ticked for row in rows} == {"Nguyễn Thị An": True, "Lê Văn Đi": False}


@pytest.mark.usefixtures("officer")
def test_batch_create_asks_no_more_for_more_rows(client, dong_mai, gifts, budget):
    def asked(count, **also):
        for _number in range(count):
            factories.household(dong_mai, statuses={2023: "N"})
        with CaptureQueriesContext(connection) as queries:
            client.get(CREATE, {"list_year": 2023, "classes": "poor"})
        return len(queries)

    assert asked(3) == asked(30) <= 22


# --- pasting --------------------------------------------------------------------------------


def paste(client, *rows, **fields):
    text = "\n".join("\t".join(row) for row in rows)
    sent = {"then": "paste", "pasted": text, "paste_for": "households", "paste_year": "2023"}
    return client.post(CREATE, sent | fields)


@pytest.mark.usefixtures("officer")
def test_pasted_rows_become_the_list_with_their_amounts_and_notes(client, families):
    answer = paste(
        client,
        ("STT", "Họ và tên", "Số tiền", "Ghi chú", "Địa chỉ"),
        ("1", "Nguyễn Thị Bình", "500.000", "", "Tổ 3"),
        ("2", "Nguyễn Thị An", "300000", "nhận thay", "Tổ 5"),
    )

    assert answer.status_code == 200
    rows = answer.context["sheet"].rows
    assert [(row.recipient.name, row.amount, row.note) for row in rows] == [
        ("Nguyễn Thị Bình", "500.000", ""),
        ("Nguyễn Thị An", "300000", "nhận thay"),
    ]
    assert "columns left out: Địa chỉ" in text_of(answer)


@pytest.mark.usefixtures("officer", "families")
def test_one_pasted_amount_for_all_stands_above_the_list(client):
    answer = paste(client, ("Nguyễn Thị An", "500.000"), ("Nguyễn Thị Bình", "500.000"))

    sheet = answer.context["sheet"]
    assert [row.amount for row in sheet.rows] == ["", ""]
    assert sheet.funding[0]["amount"].value() == "500.000"


@pytest.mark.usefixtures("officer", "families")
def test_a_pasted_row_that_means_nobody_is_told_and_the_text_stays(client):
    answer = paste(client, ("Nguyễn Thị An", "500.000"), ("Khôngcó Thị Ai", "500.000"))

    assert answer.status_code == 422
    text = text_of(answer)
    assert "Row 2: nobody of your wards is called Khôngcó Thị Ai." in text
    assert "Nguyễn Thị An\t500.000\nKhôngcó Thị Ai\t500.000" in text
    assert answer.context["sheet"] is None
    pick = answer.context["pick"]
    assert (pick["list_year"].value(), pick["classes"].value()) == (2023, ["poor", "near_poor"])


@pytest.mark.usefixtures("officer")
def test_a_paste_that_fails_leaves_the_list_that_was_there(client, an_and_binh, gifts, budget):
    typed = batch_sheet(line(budget, "500000"), rows=an_and_binh, policy=gifts.pk, note="đợt 1")

    answer = paste(client, ("Khôngcó Thị Ai",), **typed | {"then": "paste"})

    sheet = answer.context["sheet"]
    assert [row.recipient.household for row in sheet.rows] == an_and_binh
    assert (sheet.form["note"].value(), sheet.funding[0]["amount"].value()) == ("đợt 1", "500000")


@pytest.mark.usefixtures("officer")
def test_an_amount_pasted_for_all_takes_the_place_of_the_one_typed(client, an_and_binh, gifts, budget):
    typed = batch_sheet(line(budget, "500000"), rows=an_and_binh, policy=gifts.pk)

    sheet = paste(client, ("Nguyễn Thị An", "300.000"), **typed | {"then": "paste"}).context["sheet"]

    assert sheet.funding[0]["amount"].value() == "300.000"
    assert [total.amount for _label, total in sheet.totals] == [300_000]


@pytest.mark.usefixtures("officer")
def test_pupils_pasted_by_name_are_given_to_themselves(client, dong_mai):
    child = {"name": "Trần Văn Đức", "birth_year": 2012, "is_pupil": True}
    family = factories.household(dong_mai, members=[child], statuses={2023: "N"})

    answer = paste(client, ("Trần Văn Đức",), paste_for="members")

    [row] = answer.context["sheet"].rows
    assert row.key == f"{family.pk}-{family.members.get(is_pupil=True).pk}"


# --- as typed so far ------------------------------------------------------------------------


@pytest.mark.usefixtures("officer")
def test_other_people_may_be_picked_without_losing_what_was_typed(client, families, gifts, budget):
    typed = batch_sheet(line(budget, "500000"), rows=families[:1], policy=gifts.pk, decision_number="12/QĐ-UBND")

    answer = client.post(
        CREATE, typed | {"then": "pick", "classes": "near_poor", "who": "households", "list_year": "2023"}
    )

    sheet = answer.context["sheet"]
    assert [row.recipient.household for row in sheet.rows] == [families[1]]
    assert sheet.form["decision_number"].value() == "12/QĐ-UBND"
    assert sheet.kind.form["occasion"].value() == "tet"
    assert sheet.funding[0]["amount"].value() == "500000"


@pytest.mark.usefixtures("officer")
def test_without_a_script_a_button_adds_up_what_is_ticked(client, families, gifts, budget):
    goods = factories.source("XHH", "xa_hoi_hoa")
    typed = batch_sheet(
        line(budget, "500.000"),
        line(goods, "200.000", nature="in_kind"),
        rows=families,
        unticked=families[3:],
        amounts={families[0]: "700.000 +"},
        policy=gifts.pk,
    )

    answer = client.post(CREATE, typed | {"then": "update"})

    assert [(label, total.amount) for label, total in answer.context["sheet"].totals] == [
        ("grant", 1_700_000),
        ("in kind", 600_000),
    ]
    assert "1,700,000" in text_of(answer)
    assert [row.ticked for row in answer.context["sheet"].rows] == [True, True, True, False, False]


@pytest.mark.usefixtures("officer")
def test_loan_policies_are_not_offered_and_the_page_says_so(client, families, gifts):
    lends = factories.policy("NHCSXH_HN")

    answer = client.get(CREATE, {"list_year": 2023, "classes": "poor"})

    assert str(gifts.pk) in answer.context["form"].policies
    assert str(lends.pk) not in answer.context["form"].policies
    assert "Loans are recorded one at a time" in text_of(client.get(CREATE))


@pytest.mark.usefixtures("officer")
def test_the_legal_rate_of_each_class_is_told_and_taken_over(client, an_and_binh, gifts, budget):
    gifts.default_sources.add(budget)
    PolicyRate.objects.create(policy=gifts, amount=500_000, beneficiary_group="poor")
    PolicyRate.objects.create(policy=gifts, amount=300_000, beneficiary_group="near_poor")
    typed = batch_sheet(rows=an_and_binh, policy=gifts.pk)

    answer = client.post(CREATE, typed | {"then": "update"})
    assert answer.context["sheet"].rates == [
        ("poor households", "500,000 đồng"),
        ("near-poor households", "300,000 đồng"),
    ]

    sheet = client.post(CREATE, typed | {"then": "take"}).context["sheet"]
    assert sheet.funding[0]["amount"].value() == "500,000"
    assert [row.amount for row in sheet.rows] == ["", "300,000"]
    assert [total.amount for _label, total in sheet.totals] == [800_000]


@pytest.mark.usefixtures("officer")
def test_a_class_that_only_one_of_two_sources_grants_less_gets_both_amounts_in_its_rows(
    client, an_and_binh, gifts, budget
):
    PolicyRate.objects.create(policy=gifts, source=budget, amount=500_000)
    for group, amount in {"poor": 300_000, "near_poor": 200_000}.items():
        PolicyRate.objects.create(
            policy=gifts, source=factories.source("VNN_QUAN"), amount=amount, beneficiary_group=group
        )

    sheet = client.post(CREATE, batch_sheet(rows=an_and_binh, policy=gifts.pk) | {"then": "take"}).context["sheet"]

    assert [row.amount for row in sheet.rows] == ["", "500,000 + 200,000"]
    assert [total.amount for _label, total in sheet.totals] == [1_500_000]


@pytest.mark.usefixtures("officer")
def test_the_list_too_says_that_no_rate_of_its_day_is_on_record(client, an_and_binh, gifts):
    PolicyRate.objects.create(policy=gifts, amount=500_000, valid_from=date(2026, 1, 1))

    page = text_of(client.post(CREATE, batch_sheet(rows=an_and_binh, policy=gifts.pk) | {"then": "update"}))

    assert "No legal rate for 01/02/2024 is on record. Go by the decision." in page


@pytest.mark.usefixtures("officer")
def test_what_a_row_repeats_is_told_beside_it(client, an_and_binh, gifts, budget):
    factories.support(an_and_binh[0], policy="gifts", on=date(2024, 2, 1), paid_by={budget: 300_000})

    answer = client.post(CREATE, batch_sheet(line(budget, "1"), rows=an_and_binh, policy=gifts.pk) | {"then": "update"})

    rows = answer.context["sheet"].rows
    assert [len(row.overlaps) for row in rows] == [1, 0]
    assert "300,000" in text_of(answer)


@pytest.mark.usefixtures("officer")
def test_htmx_gets_the_hints_of_the_rows_alone(client, an_and_binh, gifts, budget):
    factories.support(an_and_binh[0], policy="gifts", on=date(2024, 2, 1), paid_by={budget: 300_000})
    typed = batch_sheet(line(budget, "1"), rows=an_and_binh, policy=gifts.pk)

    text = text_of(client.post(CREATE, typed | {"then": "update"}, headers={"hx-request": "true"}))

    assert "<html" not in text
    assert text.count("hx-swap-oob") == 2
    assert "1 row repeats help on record" in text


# --- saving ---------------------------------------------------------------------------------


def save(client, *lines, **fields):
    return client.post(CREATE, batch_sheet(*lines, **fields))


def test_one_save_records_every_ticked_row(client, officer, families, gifts, budget):
    answer = save(
        client,
        line(budget, "500.000"),
        rows=families,
        unticked=families[4:],
        amounts={families[1]: "300.000"},
        policy=gifts.pk,
        decision_number="12/QĐ-UBND",
        decision_date="25/01/2024",
        implementing_body="UBND phường",
        note="Tết Giáp Thìn",
    )

    batch = SupportBatch.objects.get()
    assert answer.url == reverse("batch-detail", args=[batch.pk])
    records = list(batch.actions.order_by("pk"))
    assert [record.household for record in records] == families[:4]
    assert [record.funding.get().amount for record in records] == [500_000, 300_000, 500_000, 500_000]
    assert [record.beneficiary_group for record in records] == ["poor", "near_poor", "hardship", "escaped"]
    assert {record.giftdetail.occasion for record in records} == {"tet"}
    for name, value in {
        "policy": gifts, "period_from": date(2024, 2, 1), "period_to": date(2024, 2, 1), "times": 1,
        "decision_number": "12/QĐ-UBND", "decision_date": date(2024, 1, 25), "implementing_body": "UBND phường",
        "note": "Tết Giáp Thìn", "created_by": officer,
    }.items():  # fmt: skip
        assert {getattr(record, name) for record in records} == {value}, name


@pytest.fixture
def two_sources(budget):
    return line(budget, "500.000"), line(factories.source("XHH", "xa_hoi_hoa"), "200.000", nature="in_kind")


@pytest.mark.usefixtures("officer")
def test_several_sources_stand_on_every_record_and_a_row_names_the_amounts_of_its_own(
    client, families, gifts, two_sources
):
    own = {families[0]: "700.000 + 250000", families[1]: "+ 100.000", families[2]: "600.000 +"}
    save(client, *two_sources, rows=families, amounts=own, policy=gifts.pk)

    paid = [
        tuple(record.funding.order_by("source__code").values_list("source__code", "amount"))
        for record in SupportAction.objects.order_by("pk")
    ]
    assert paid == [
        (("NS_QUAN", 700_000), ("XHH", 250_000)),
        (("NS_QUAN", 500_000), ("XHH", 100_000)),
        (("NS_QUAN", 600_000), ("XHH", 200_000)),
        (("NS_QUAN", 500_000), ("XHH", 200_000)),
        (("NS_QUAN", 500_000), ("XHH", 200_000)),
    ]


@pytest.mark.usefixtures("officer")
@pytest.mark.parametrize(
    ("sources", "typed", "told"),
    [
        (2, "700.000", "2 sources pay: write each one’s amount, for example 500,000 + 300,000; empty as under III."),
        (2, "1 + 2 + 3", "2 sources pay"),
        (1, "700.000 + 1", "One source pays, so write one amount."),
    ],
)
def test_an_amount_that_might_be_any_sources_is_refused_at_its_row(
    client, an_and_binh, gifts, two_sources, sources, typed, told
):
    answer = save(client, *two_sources[:sources], rows=an_and_binh, amounts={an_and_binh[1]: typed}, policy=gifts.pk)

    assert answer.status_code == 422
    assert f"Row 2, Nguyễn Thị Bình: {told}" in text_of(answer)
    assert not SupportAction.objects.exists()


@pytest.mark.usefixtures("officer", "families")
def test_amounts_of_several_sources_are_pasted_into_their_rows(client):
    answer = paste(client, ("Nguyễn Thị An", "500.000 + 200.000"), ("Nguyễn Thị Bình", "500.000 + 200.000"))

    assert [row.amount for row in answer.context["sheet"].rows] == ["500.000 + 200.000"] * 2


@pytest.mark.usefixtures("officer")
def test_one_amount_pasted_where_several_sources_pay_is_not_taken_for_the_firsts(
    client, an_and_binh, gifts, two_sources
):
    typed = batch_sheet(*two_sources, rows=an_and_binh, policy=gifts.pk)

    answer = paste(client, ("Nguyễn Thị An", "700.000"), ("Nguyễn Thị Bình", "700.000"), **typed)

    sheet = answer.context["sheet"]
    assert sheet.funding[0]["amount"].value() == "500.000"
    assert [row.amount for row in sheet.rows] == ["700.000", "700.000"]


@pytest.mark.usefixtures("officer")
def test_an_amount_that_nobody_knows_stays_unknown(client, an_and_binh, gifts, budget):
    save(client, line(budget, ""), rows=an_and_binh, policy=gifts.pk)

    assert {record.funding.get().amount for record in SupportAction.objects.all()} == {None}


@pytest.mark.usefixtures("officer")
def test_notes_of_rows_stand_beside_the_note_for_all(client, an_and_binh, gifts, budget):
    save(client, line(budget, "1"), rows=an_and_binh, notes={an_and_binh[0]: "nhận thay"}, note="Tết", policy=gifts.pk)

    assert [record.note for record in SupportAction.objects.order_by("pk")] == ["Tết; nhận thay", "Tết"]


@pytest.mark.usefixtures("officer")
def test_two_notes_too_long_for_one_record_are_told_and_not_cut(client, an_and_binh, gifts, budget):
    notes = {an_and_binh[1]: "x" * 300}

    answer = save(client, line(budget, "1"), rows=an_and_binh, notes=notes, note="y" * 300, policy=gifts.pk)

    [message] = messages_of(answer)
    assert message.startswith("Row 2, Nguyễn Thị Bình: The note")


@pytest.mark.usefixtures("officer")
def test_things_are_counted_for_each_row(client, an_and_binh, gifts, budget):
    save(client, line(budget, "1"), rows=an_and_binh, things="2", thing_unit="gift", policy=gifts.pk)

    assert {(record.things, record.thing_unit) for record in SupportAction.objects.all()} == {(2, "gift")}


@pytest.mark.usefixtures("officer")
def test_a_double_click_records_once(client, an_and_binh, gifts, budget):
    typed = batch_sheet(line(budget, "500000"), rows=an_and_binh, policy=gifts.pk)

    first, second = client.post(CREATE, typed), client.post(CREATE, typed)

    assert first.url == second.url
    assert SupportAction.objects.count() == 2


@pytest.mark.usefixtures("officer")
def test_everything_that_is_wrong_is_told_at_once_and_nothing_is_lost(client, families, gifts, budget):
    answer = save(
        client,
        line(budget, "1,5 triệu"),
        rows=families,
        unticked=families[4:],
        amounts={families[0]: "nhiều", families[2]: "0"},
        policy=gifts.pk,
        period_from="31/02/2024",
        note="Tết Giáp Thìn",
        **{"gift-occasion": ""},
    )

    found = messages_of(answer)
    assert len(found) == 5, found
    assert any(message.startswith("Row 1, Nguyễn Thị An: ") for message in found)
    assert any(message.startswith("Row 3, Nguyễn Thị Cúc: ") for message in found)
    assert not SupportAction.objects.exists()
    text = text_of(answer)
    for typed in ('value="1,5 triệu"', 'value="31/02/2024"', 'value="nhiều"', 'value="Tết Giáp Thìn"'):
        assert typed in text
    assert [row.ticked for row in answer.context["sheet"].rows] == [True] * 4 + [False]


@pytest.mark.usefixtures("families")
def test_a_row_that_the_service_refuses_is_told_at_the_row(client, officer, dong_mai, families, gifts, budget):
    gone = factories.household(dong_mai, head="Lê Văn Đi")
    move_out(by=officer, household=gone, version=1, day=date(2023, 3, 1), place="Hà Nam")

    answer = save(client, line(budget, "500000"), rows=[*families[:2], gone], policy=gifts.pk)

    [message] = messages_of(answer)
    assert message.startswith("Row 3, Lê Văn Đi: ")
    assert not SupportAction.objects.exists()


@pytest.mark.usefixtures("officer")
def test_the_same_mistake_of_many_rows_is_told_once(client, families, gifts, budget):
    PolicyRate.objects.create(policy=gifts, amount=300_000, most_amount=400_000)

    answer = save(client, line(budget, "500000"), rows=families, policy=gifts.pk)

    [message] = messages_of(answer)
    assert message.startswith("Rows 1, 2, 3, 4, 5 (5 rows): The legal maximum is 400,000 đồng")
    assert 'name="differs_because"' in text_of(answer)
    save(client, line(budget, "500000"), rows=families, policy=gifts.pk, differs_because="Quyết định riêng")
    assert SupportAction.objects.count() == 5


@pytest.mark.usefixtures("officer")
def test_tuition_of_households_asks_for_pupils(client, an_and_binh, budget):
    answer = save(client, line(budget, "1"), rows=an_and_binh, policy=factories.policy("education").pk)

    assert any("each pupil" in message for message in messages_of(answer))


@pytest.mark.usefixtures("officer")
def test_tuition_is_recorded_for_each_pupil(client, dong_mai, budget):
    children = [{"name": f"Trần Văn {name}", "birth_year": 2012, "is_pupil": True} for name in ("Đức", "Giang")]
    family = factories.household(dong_mai, members=children, statuses={2023: "N"})
    pupils = list(family.members.filter(is_pupil=True))

    save(
        client,
        line(budget, "100000"),
        rows=[(family, pupil) for pupil in pupils],
        policy=factories.policy("education").pk,
        **{"tuition-school_year": "2023-2024", "tuition-months": "9"},
    )

    assert [record.member for record in SupportAction.objects.order_by("pk")] == pupils
    assert {record.tuitiondetail.months for record in SupportAction.objects.all()} == {9}


@pytest.mark.usefixtures("officer")
def test_the_sheet_of_insurance_offers_no_card_number(client, an_and_binh, budget):
    typed = batch_sheet(line(budget, "1"), rows=an_and_binh, policy=factories.policy("insurance").pk)

    assert "number" not in client.post(CREATE, typed | {"then": "update"}).context["kind"].form.fields


@pytest.mark.usefixtures("officer")
def test_more_than_the_fund_holds_asks_for_a_reason_and_then_takes_it(client, an_and_binh, gifts):
    fund = factories.fund()
    factories.receipt(fund, amount=600_000)

    answer = save(client, line(fund, "500000"), rows=an_and_binh, policy=gifts.pk)
    [message] = messages_of(answer)
    assert "400,000 đồng are missing" in message
    assert 'name="overspending"' in text_of(answer)

    save(client, line(fund, "500000"), rows=an_and_binh, policy=gifts.pk, overspending="Sẽ thu sau")
    assert SupportAction.objects.count() == 2


@pytest.mark.usefixtures("officer")
def test_what_is_repeated_is_told_before_it_is_saved_and_may_be_saved(client, an_and_binh, gifts, budget):
    other = factories.support(an_and_binh[0], policy="gifts", on=date(2024, 2, 1), paid_by={budget: 300_000})

    answer = save(client, line(budget, "500000"), rows=an_and_binh, policy=gifts.pk)
    assert answer.status_code == 422
    assert "Not saved yet" in text_of(answer)
    assert SupportAction.objects.count() == 1

    save(client, line(budget, "500000"), rows=an_and_binh, policy=gifts.pk, overlaps_seen=str(other.pk))
    assert SupportAction.objects.count() == 3


@pytest.mark.usefixtures("officer")
def test_what_an_unticked_row_repeats_stops_nobody(client, an_and_binh, gifts, budget):
    factories.support(an_and_binh[0], policy="gifts", on=date(2024, 2, 1), paid_by={budget: 300_000})

    save(client, line(budget, "500000"), rows=an_and_binh, unticked=an_and_binh[:1], policy=gifts.pk)

    assert SupportAction.objects.filter(batch__isnull=False).count() == 1


@pytest.mark.usefixtures("officer")
def test_a_row_of_another_ward_cannot_be_smuggled_in(client, an_and_binh, gifts, budget):
    theirs = factories.household(factories.ward("Biên Giang"), head="Mậnxanh Thị Chim")

    answer = save(client, line(budget, "500000"), rows=[an_and_binh[0], theirs], policy=gifts.pk)

    assert answer.status_code == 422
    assert "Row 2 is no longer in your wards" in text_of(answer)
    assert "Mậnxanh" not in text_of(answer)
    assert not SupportAction.objects.exists()


@pytest.mark.usefixtures("officer")
def test_a_member_of_another_household_cannot_be_smuggled_in(client, an_and_binh, gifts, budget):
    an, binh = an_and_binh

    answer = save(client, line(budget, "500000"), rows=[(an, binh.members.get())], policy=gifts.pk)

    assert answer.status_code == 422
    assert not SupportAction.objects.exists()


@pytest.mark.usefixtures("officer")
def test_nobody_ticked_is_told(client, an_and_binh, gifts, budget):
    answer = save(client, line(budget, "1"), rows=an_and_binh, unticked=an_and_binh, policy=gifts.pk)

    assert "No row is ticked; tick those who received it." in messages_of(answer)


def test_three_hundred_rows_are_saved_with_the_queries_of_thirty(client, dong_mai, gifts, budget):
    def asked(count):
        families = ward_of(factories.ward(f"Phường {count}"), count)
        client.force_login(factories.staff())
        typed = batch_sheet(line(budget, "500000"), rows=families, policy=gifts.pk)
        with CaptureQueriesContext(connection) as queries:
            assert client.post(CREATE, typed).status_code == 302
        return len([query for query in queries if not query["sql"].startswith("INSERT")])

    assert asked(30) == asked(300) <= 50


@pytest.mark.usefixtures("officer")
def test_a_thousand_rows_with_notes_stay_below_the_limit_of_fields(client, dong_mai, gifts, budget):
    families = ward_of(dong_mai, 1000)
    notes = dict.fromkeys(families, "nhận thay")

    answer = save(client, line(budget, "500000"), rows=families, notes=notes, policy=gifts.pk)

    assert answer.status_code == 302
    assert SupportAction.objects.count() == 1000


@pytest.mark.usefixtures("officer")
def test_more_than_a_thousand_are_asked_for_ward_by_ward(client, dong_mai):
    ward_of(dong_mai, 1001)

    answer = client.get(CREATE, {"list_year": 2023, "classes": "poor"})

    assert answer.status_code == 422
    assert "More than 1000 answer to this" in text_of(answer)


# --- afterwards -----------------------------------------------------------------------------


@pytest.fixture
def batch(officer, an_and_binh):
    return factories.batch(*an_and_binh, policy="gifts", by=officer, on=date(2024, 2, 1), decision_number="12/QĐ-UBND")


@pytest.mark.usefixtures("officer")
def test_batch_detail_tells_what_was_given_and_to_how_many(client, batch):
    text = text_of(client.get(batch.get_absolute_url()))

    for shown in ("01/02/2024", "<strong>2</strong>", "1,000,000", "12/QĐ-UBND", "Nguyễn Thị An", "Nguyễn Thị Bình"):
        assert shown in text


@pytest.mark.usefixtures("officer")
def test_batch_detail_never_adds_natures_together(client, an_and_binh, budget):
    goods = factories.batch(*an_and_binh, policy="gifts", amount=200_000, nature="in_kind")

    told = client.get(goods.get_absolute_url()).context["told"]

    assert [(label, money.amount) for label, money in told.by_nature] == [("in kind", 400_000)]


@pytest.mark.usefixtures("officer")
def test_batch_detail_shows_what_is_void_and_counts_it_nowhere(client, batch):
    first = batch.actions.order_by("pk").first()
    first.voided_at, first.void_reason = "2024-03-01T00:00:00Z", "Không nhận"
    first.save()

    answer = client.get(batch.get_absolute_url())

    told = answer.context["told"]
    assert (told.standing, told.void, told.money["grant"].amount) == (1, 1, 500_000)
    assert "Không nhận" in text_of(answer)


def test_an_officer_reads_only_the_own_rows_of_a_batch(client, officer, families):
    theirs = factories.household(factories.ward("Biên Giang"), head="Mậnxanh Thị Chim")
    batch = factories.batch(families[0], theirs)

    for name in ("batch-detail", "batch-signatures", "batch-void"):
        text = text_of(client.get(reverse(name, args=[batch.pk])))
        assert "Mậnxanh" not in text
        assert "500,000" in text or "500.000" in text
        assert "1,000,000" not in text
        assert "1.000.000" not in text
    [row] = client.get(reverse("batch-list")).context["page_obj"]
    assert (row.standing, row.money["grant"].amount) == (1, 500_000)


@pytest.mark.usefixtures("officer")
def test_a_batch_of_other_wards_does_not_exist(client):
    batch = factories.batch(factories.household(factories.ward("Biên Giang")))

    for name in ("batch-detail", "batch-signatures", "batch-signatures-xlsx", "batch-void"):
        assert client.get(reverse(name, args=[batch.pk])).status_code == 404
    assert list(client.get(reverse("batch-list")).context["page_obj"]) == []


@pytest.mark.usefixtures("officer")
def test_the_figures_of_a_batch_open_its_rows_in_the_list_of_help(client, batch, families):
    factories.support(families[2], policy="gifts")

    rows = client.get(reverse("action-list"), {"batch": batch.pk}).context["page_obj"].object_list

    assert {row.action.batch_id for row in rows} == {batch.pk}
    assert len(rows) == 2


def test_a_batch_of_all_wards_opens_whole_whatever_ward_one_works_in(client, families, dong_mai):
    theirs = factories.household(factories.ward("Biên Giang"))
    batch = factories.batch(families[0], theirs)
    client.force_login(factories.staff())
    client.post(reverse("working-context"), {"ward": dong_mai.pk, "year": 2024, "next": "/"})

    assert len(client.get(reverse("action-list"), {"batch": batch.pk}).context["page_obj"].object_list) == 2


@pytest.mark.usefixtures("officer")
def test_batch_list_is_newest_first_and_asks_no_more_for_more(client, an_and_binh, batch):
    with CaptureQueriesContext(connection) as for_one:
        client.get(reverse("batch-list"))
    newer = [factories.batch(*an_and_binh, on=date(2024, 3, day)) for day in (1, 2, 3)]

    with CaptureQueriesContext(connection) as for_four:
        rows = list(client.get(reverse("batch-list")).context["page_obj"])

    assert [row.batch for row in rows] == [*reversed(newer), batch]
    assert len(for_four) == len(for_one)


@pytest.mark.usefixtures("officer")
def test_a_record_of_a_batch_leads_to_it(client, batch):
    answer = client.get(reverse("action-detail", args=[batch.actions.first().pk]))

    assert batch.get_absolute_url() in text_of(answer)


@pytest.mark.usefixtures("officer")
def test_the_list_of_help_leads_to_recording_for_many(client):
    text = text_of(client.get(reverse("action-list")))

    assert reverse("batch-create") in text
    assert reverse("batch-list") in text


# --- the list to sign -----------------------------------------------------------------------


@pytest.mark.usefixtures("officer")
def test_batch_signatures_is_a_state_paper_with_a_sum_in_words(client, batch):
    text = text_of(client.get(reverse("batch-signatures", args=[batch.pk])))

    for shown in (
        "PHƯỜNG ĐỒNG MAI", "Độc lập - Tự do - Hạnh phúc", "DANH SÁCH KÝ NHẬN", "Quyết định số 12/QĐ-UBND",
        "Nguyễn Thị An", "10117-0001", "500.000", "1.000.000 đồng (Bằng chữ: Một triệu đồng)", "Ký nhận",
    ):  # fmt: skip
        assert shown in text, shown
    assert "Thành viên" not in text
    assert "Hiện vật" not in text


@pytest.mark.usefixtures("officer")
def test_batch_signatures_tells_goods_and_members_where_there_are_any(client, dong_mai):
    child = {"name": "Trần Văn Đức", "birth_year": 2012, "id_number": "001212000789"}
    family = factories.household(dong_mai, members=[child])
    pupil = family.members.get(name="Trần Văn Đức")
    batch = factories.batch(
        family, policy="gifts", amount=300_000, nature="in_kind", member=pupil, things=1, thing_unit="gift"
    )

    text = text_of(client.get(reverse("batch-signatures", args=[batch.pk])))

    assert "Trần Văn Đức" in text
    assert "1 quà tặng, hiện vật 300.000 đồng" in text
    assert "Tổng trị giá hiện vật: 300.000 đồng (Bằng chữ: Ba trăm nghìn đồng)" in text
    assert "Số tiền (đồng)" not in text
    assert "001212000789" not in text


@pytest.mark.usefixtures("officer")
def test_batch_signatures_tells_beside_each_what_not_all_received_alike(client, batch):
    assert "Nội dung" not in text_of(client.get(reverse("batch-signatures", args=[batch.pk])))

    GiftDetail.objects.filter(action=batch.actions.first()).update(occasion="17_10")

    text = text_of(client.get(reverse("batch-signatures", args=[batch.pk])))
    assert "Nội dung" in text
    assert "(Tết Nguyên đán)" in text


@pytest.mark.usefixtures("officer")
def test_batch_signatures_leaves_out_what_is_void_and_says_what_is_unknown(client, an_and_binh, budget):
    batch = factories.batch(*an_and_binh)
    first = batch.actions.order_by("pk").first()
    first.voided_at, first.void_reason = "2024-03-01T00:00:00Z", "Không nhận"
    first.save()
    text = text_of(client.get(reverse("batch-signatures", args=[batch.pk])))
    assert "Nguyễn Thị An" not in text
    assert "Năm trăm nghìn đồng" in text

    unknown = factories.batch(*an_and_binh, amount=None)
    text = text_of(client.get(reverse("batch-signatures", args=[unknown.pk])))
    assert "Bằng chữ" not in text


def test_batch_signatures_are_a_list_for_each_ward(client, families):
    theirs = factories.household(factories.ward("Biên Giang"), head="Lê Thị Mai")
    batch = factories.batch(families[0], theirs)
    client.force_login(factories.staff())

    text = text_of(client.get(reverse("batch-signatures", args=[batch.pk])))
    book = workbook(client.get(reverse("batch-signatures-xlsx", args=[batch.pk])))

    assert text.count("DANH SÁCH KÝ NHẬN") == 2
    assert [sheet.title for sheet in book] == ["Đồng Mai", "Biên Giang"]


def workbook(answer):
    return openpyxl.load_workbook(BytesIO(b"".join(answer.streaming_content)))


@pytest.mark.usefixtures("officer")
def test_batch_signatures_xlsx_adds_up_by_formula_and_repeats_its_heading(client, batch):
    sheet = workbook(client.get(reverse("batch-signatures-xlsx", args=[batch.pk]))).active

    rows = {row[0].value: row for row in sheet.iter_rows()}
    head = rows["STT"]
    labels = [cell.value for cell in head]
    assert labels == ["STT", "Họ và tên", "Mã hộ", "Tổ dân phố, địa chỉ", "Số tiền (đồng)", "Ký nhận"]
    assert [cell.value for cell in rows[1]][:3] == [1, "Nguyễn Thị An", "10117-0001"]
    money = rows[2][4]
    assert (money.value, money.data_type, money.number_format) == (500_000, "n", "#,##0")
    texts = [cell.value for row in sheet.iter_rows() for cell in row if cell.value]
    assert f"=SUM(E{head[0].row + 1}:E{head[0].row + 2})" in texts
    assert "Tổng số tiền: 1.000.000 đồng (Bằng chữ: Một triệu đồng)." in texts
    assert sheet.print_title_rows == f"${head[0].row}:${head[0].row}"
    assert int(sheet.page_setup.paperSize) == 9


def test_batch_signatures_xlsx_is_noted_as_taken_away(client, officer, batch):
    answer = client.get(reverse("batch-signatures-xlsx", args=[batch.pk]))
    b"".join(answer.streaming_content)

    event = AuditEvent.objects.of(batch).get(action="export")
    assert (event.actor, event.new) == (officer.username, {"rows": 2})


@pytest.mark.usefixtures("officer")
def test_a_name_that_looks_like_a_formula_stays_a_name(client, dong_mai):
    batch = factories.batch(factories.household(dong_mai, head="=1+1", address="@SUM(A1)"))

    sheet = workbook(client.get(reverse("batch-signatures-xlsx", args=[batch.pk]))).active

    [name] = [cell for row in sheet.iter_rows() for cell in row if cell.value == "=1+1"]
    assert name.data_type == "s"


# --- the way back ---------------------------------------------------------------------------


@pytest.mark.usefixtures("officer")
def test_batch_void_asks_for_the_reason_and_undoes_everything(client, batch):
    where = reverse("batch-void", args=[batch.pk])
    assert client.post(where, {"void_reason": ""}).status_code == 422

    client.post(where, {"void_reason": "Danh sách của phường khác"})

    assert {record.void_reason for record in batch.actions.all()} == {"Danh sách của phường khác"}
    text = text_of(client.get(batch.get_absolute_url()))
    assert "This batch is void" in text
    assert "Nguyễn Thị An" in text
    assert client.get(where).status_code == 302


@pytest.mark.usefixtures("officer")
def test_batch_void_of_a_closed_year_says_what_to_do_instead(client, batch, dong_mai):
    factories.review_round(dong_mai, 2024, "locked")

    answer = client.post(reverse("batch-void", args=[batch.pk]), {"void_reason": "Nhập nhầm"})

    assert answer.status_code == 422
    assert "The year 2024 of" in text_of(answer)
    assert "one by one" in text_of(answer)
    assert SupportAction.objects.standing().count() == 2


# --- for programs ---------------------------------------------------------------------------


@pytest.mark.usefixtures("officer")
def test_the_api_tells_the_batch_of_a_record_and_filters_by_it(client, batch, families):
    alone = factories.support(families[2], policy="gifts")

    found = client.get("/api/support-actions/", {"batch": batch.pk}).json()["results"]

    assert {record["batch"] for record in found} == {batch.pk}
    assert len(found) == 2
    assert client.get(f"/api/support-actions/{alone.pk}/").json()["batch"] is None


@pytest.mark.usefixtures("officer")
def test_the_api_takes_no_batch(client, batch, families, gifts, budget):
    sent = {
        "policy": gifts.code, "household": families[2].pk, "period_from": "2024-02-01", "batch": batch.pk,
        "funding": [{"source": budget.code, "nature": "grant", "amount": 1}], "detail": {"occasion": "tet"},
    }  # fmt: skip
    answer = client.post("/api/support-actions/", sent, content_type="application/json")

    assert (answer.status_code, answer.json()["batch"]) == (201, None)
    assert SupportAction.objects.get(household=families[2]).batch is None

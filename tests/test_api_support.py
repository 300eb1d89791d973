"""Help given, in the API: funding lines, money, wards, void."""

from uuid import uuid4

import pytest

from accounts.models import AuditEvent
from support.codes import Category
from support.models import Draw, FundingLine, SupportAction
from tests import factories
from tests.api import Api

pytestmark = pytest.mark.django_db

ACTIONS = "/api/support-actions/"


@pytest.fixture
def dong_mai():
    return factories.ward("Đồng Mai")


@pytest.fixture
def family(dong_mai):
    return factories.household(dong_mai, members=2, statuses={2024: "CN"})


@pytest.fixture
def api(dong_mai):
    return Api(factories.officer(dong_mai, username="lan"))


@pytest.fixture(autouse=True)
def _reference_lists():
    factories.policy("housing")
    factories.policy("loans")
    factories.source("NS_QUAN")
    factories.source("XHH")


def help_for(family, **fields):
    """Help to a household as a program sends it."""
    return {
        "policy": "housing",
        "household": family.pk,
        "things": 1,
        "thing_unit": "house",
        "period_from": "2024-05-10",
        "funding": [
            {"source": "NS_QUAN", "nature": "grant", "amount": 50_000_000},
            {"source": "XHH", "nature": "in_kind", "amount": 12_000_000, "qualifier": "about"},
        ],
        **fields,
    }


def help_to_a_group(**fields):
    return {
        "policy": "housing",
        "ward": "10117@1900-01-01",
        "group_name": "Hội viên phụ nữ",
        "times": 40,
        "period_from": "2024-05-10",
        "funding": [{"source": "NS_QUAN", "nature": "grant", "amount": None}],
        **fields,
    }


# --- recording ------------------------------------------------------------------------------


def test_help_is_recorded_with_two_sources_of_two_natures(api, family, dong_mai):
    answer = api.post(ACTIONS, help_for(family))

    assert answer.status_code == 201, answer.json()
    told = answer.json()
    assert (told["grant"], told["in_kind"], told["loan"]) == (50_000_000, 12_000_000, None)
    assert (told["ward"], told["times"], told["period_to"]) == (dong_mai.identity, 1, "2024-05-10")
    assert (told["beneficiary_group"], told["created_by"], told["version"]) == ("near_poor", "lan", 1)
    action = SupportAction.objects.get()
    assert set(AuditEvent.objects.of(action).values_list("actor", flat=True)) == {"lan"}


def test_help_to_a_group_keeps_an_unknown_amount_unknown(api):
    answer = api.post(ACTIONS, help_to_a_group(persons_reported=38, qualifier="near"))

    assert answer.status_code == 201, answer.json()
    assert (answer.json()["funding"][0]["amount"], answer.json()["grant"]) == (None, None)


def test_a_repeat_with_the_same_key_gets_the_first_record(api, family):
    body = help_for(family, submission_key=str(uuid4()))

    first, again = api.post(ACTIONS, body), api.post(ACTIONS, body)

    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert SupportAction.objects.count() == 1


@pytest.mark.parametrize("amount", [1.5, 1500000.0, "1500000", "1.500.000", -1, 0, True, 10**12 + 1, 10**30, [1], {}])
def test_money_is_a_whole_number_of_dong(api, family, amount):
    answer = api.post(ACTIONS, help_for(family, funding=[{"source": "NS_QUAN", "nature": "grant", "amount": amount}]))

    assert (answer.status_code, list(answer.json()["funding"]["0"])) == (400, ["amount"])
    assert not SupportAction.objects.exists()


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"funding": []}, ["funding"]),
        ({"funding": [{"source": "NS_QUAN", "nature": "loan"}]}, ["funding"]),
        ({"funding": [{"source": "NS_QUAN", "nature": "grant"}] * 2}, ["funding"]),
        ({"policy": "loans"}, ["funding"]),
        ({"policy": "no such policy"}, ["policy"]),
        ({"household": 4711}, ["household"]),
        ({"household": None}, ["ward"]),
        ({"period_from": None}, ["period_from"]),
        ({"period_from": "2999-01-01"}, ["period_from"]),
        ({"period_from": "1999-01-01"}, ["period_from"]),
        ({"period_from": "10/05/2024"}, ["period_from"]),
        ({"period_to": "2024-05-09"}, ["non_field_errors"]),
        ({"times": 2}, ["non_field_errors"]),
        ({"things": 0}, ["things"]),
        ({"things": None}, ["things"]),
        ({"thing_unit": ""}, ["thing_unit"]),
        ({"qualifier": "near"}, ["qualifier"]),
        ({"income_gain_from": -1}, ["income_gain_from"]),
        ({"income_gain_to": 5}, ["income_gain_from"]),
        ({"voided": True}, ["voided"]),
    ],
)
def test_a_broken_rule_is_told_with_the_name_of_its_field(api, family, fields, named):
    answer = api.post(ACTIONS, help_for(family, **fields))

    assert (answer.status_code, list(answer.json())) == (400, named)
    assert not SupportAction.objects.exists()


def test_more_than_a_fund_holds_is_paid_for_a_reason_which_a_correction_need_not_repeat(api, family):
    fund = factories.fund()
    sent = help_for(family, funding=[{"source": fund.code, "nature": "grant", "amount": 3_000_000}])

    refused = api.post(ACTIONS, sent)
    made = api.post(ACTIONS, sent | {"overspending": "chờ nhà tài trợ chuyển"})
    corrected = api.patch(f"{ACTIONS}{made.json()['id']}/", {"version": 1, "note": "đã đối chiếu"})

    assert (refused.status_code, list(refused.json())) == (400, ["overspending"])
    assert (made.status_code, corrected.status_code) == (201, 200)
    assert Draw.objects.get().reason == "chờ nhà tài trợ chuyển"


def test_a_member_must_belong_to_the_household(api, family, dong_mai):
    stranger = factories.household(dong_mai).members.get()
    own = family.members.first()

    assert list(api.post(ACTIONS, help_for(family, member=stranger.pk)).json()) == ["member"]
    assert api.post(ACTIONS, help_for(family, member=own.pk)).json()["member"] == own.pk


def test_a_household_of_another_ward_is_as_unknown_as_none(api):
    foreign = factories.household(factories.ward("Biên Giang"))

    answers = [api.post(ACTIONS, {**help_for(foreign), "household": pk}) for pk in (foreign.pk, 4711)]

    assert [answer.status_code for answer in answers] == [400, 400]
    assert answers[0].json() == answers[1].json() == {"household": ["Không có bản ghi này."]}


def test_an_officer_records_for_the_own_ward_only(api, family):
    foreign = factories.ward("Biên Giang")

    for ward in (foreign.identity, None):
        assert list(api.post(ACTIONS, help_to_a_group(ward=ward)).json()) == ["ward"]
    assert list(api.post(ACTIONS, help_for(family, ward=foreign.identity)).json()) == ["ward"]
    assert not SupportAction.objects.exists()


def test_district_staff_record_for_the_whole_district():
    answer = Api(factories.staff()).post(ACTIONS, help_to_a_group(ward=None))

    assert (answer.status_code, answer.json()["ward"]) == (201, None)


# --- each kind with its own object ----------------------------------------------------------

GRANT = {"source": "NS_QUAN", "nature": "grant", "amount": 1_000_000}
GOODS = {"source": "XHH", "nature": "in_kind", "amount": 300_000, "qualifier": "about"}
LOAN = {"source": "NHCSXH", "nature": "loan", "amount": 20_000_000}
KINDS = {
    "CPHT": (
        [GRANT],
        {"school": "Trường mẫu", "school_level": "primary", "school_year": 2023, "months": 9, "learning_costs_month": 150_000},
    ),
    "HP_MIEN": ([GRANT], {"school_year": 2023, "months": 5, "exemption_percent": 100, "tuition_month": 200_000}),
    "SMT": ([GOODS], {"school_year": 2023, "device": "Máy tính bảng", "donor": "Công ty mẫu"}),
    "NHCSXH_HN": (
        [LOAN],
        {
            "programme": "01", "interest_rate": 660, "interest_unit": "year", "term_months": 36, "due_on": "2027-05-10",
            "repaid_every": "quarter", "purpose": "Chăn nuôi", "savings_group": "Tổ 3", "entrusted_to": "women",
        },
    ),
    "NHA_XM": (
        [GRANT, GOODS],
        {
            "work": "turnkey", "started_on": "2024-03-01", "handed_over_on": "2024-06-30", "area_before": 280,
            "area_after": 425, "total_cost": 180_000_000, "labour_days": 30, "labour_value": 9_000_000,
        },
    ),
    "BHYT_CN": (
        [GRANT],
        {
            "scheme": "bhyt", "number": "CN3010123456789", "month_from": "2024-01-01", "month_to": "2024-12-01",
            "premium_month": 100_000,
        },
    ),
    "BHXH_TN": ([GRANT], {"scheme": "bhxh", "number": "0123456789", "income_chosen": 1_500_000}),
    "KCB": (
        [GOODS],
        {"campaign": "Khám người cao tuổi", "visits": 1, "medicines_value": 350_000, "device": "Xe lăn", "place": "Trạm"},
    ),
    "QUA_TET": ([GRANT, GOODS], {"occasion": "tet", "goods": "10 kg gạo", "donor": "Công ty mẫu"}),
    "DOT_XUAT": ([GRANT], {"event": "Cháy nhà", "event_on": "2024-05-05", "form_of_help": "house"}),
    "COVID": ([GRANT], {"event": "Đợt 4", "form_of_help": "food"}),
    "TCXH": ([GRANT], {"group": "6", "coefficient": 15, "month_from": "2024-05-01", "month_to": None}),
    "SINH_KE": ([GOODS], {"model": "Nuôi gà", "materials": "50 gà giống"}),
    "NGHE": ([GRANT], {"trade": "May", "trained_by": "Trung tâm mẫu", "work_after": "Xưởng mẫu"}),
}  # fmt: skip


def help_of_kind(family, policy, **fields):
    funding, detail = KINDS[policy]
    for line in funding:
        factories.source(line["source"])
    return {
        "policy": factories.policy(policy).code,
        "household": family.pk,
        "member": family.members.last().pk,
        "period_from": "2024-05-10",
        "funding": funding,
        "detail": detail,
        **fields,
    }


@pytest.mark.parametrize("policy", KINDS)
def test_each_kind_is_sent_and_read_with_its_own_object_and_who_paid(api, family, policy):
    funding, detail = KINDS[policy]

    answer = api.post(ACTIONS, help_of_kind(family, policy))

    assert answer.status_code == 201, answer.json()
    told = answer.json()
    hidden = {"number": "•" * (len(detail["number"]) - 3) + detail["number"][-3:]} if "number" in detail else {}
    assert {name: value for name, value in told["detail"].items() if name in detail} == {**detail, **hidden}
    assert told["funding"] == [{"qualifier": "exact", **line} for line in funding]
    assert told["category"] == factories.policy(policy).category
    assert api.get(answer["Location"]).json() == {**told, "warnings": []}


@pytest.mark.parametrize("policy", KINDS)
def test_what_was_read_of_a_kind_can_be_sent_back_unchanged(api, family, policy):
    path = api.post(ACTIONS, help_of_kind(family, policy))["Location"]
    read = api.get(path).json()
    if (read["detail"] or {}).get("number"):
        read["detail"].pop("number")  # read hidden, it is left out to stay

    answer = api.patch(path, {name: read[name] for name in ("version", "funding", "detail", "movements")})

    assert answer.status_code == 200, answer.json()
    assert {**answer.json(), "version": 1} == api.get(path).json() | {"version": 1}


def test_every_kind_of_the_programme_is_among_these():
    assert {factories.policy(code).category for code in KINDS} == set(Category.values)


@pytest.mark.parametrize(
    ("policy", "wrong", "named"),
    [
        ("CPHT", {"school_year": None}, "school_year"),
        ("CPHT", {"school_year": 2023, "months": 13}, "months"),
        ("HP_MIEN", {"school_year": 2023, "exemption_percent": 50}, "exemption_percent"),
        ("HP_MIEN", {"school_year": 2023, "exemption_percent": "100"}, "exemption_percent"),
        ("HP_MIEN", {"school_year": 2023, "exemption_percent": 100.0}, "exemption_percent"),
        ("NHCSXH_HN", {"programme": "19"}, "programme"),
        ("NHA_XM", {"total_cost": 5}, "total_cost"),
        ("BHYT_CN", {"number": "12"}, "number"),
        ("BHYT_CN", {"income_chosen": 1_500_000}, "income_chosen"),
        ("QUA_TET", {"goods": "gạo"}, "occasion"),
        ("TCXH", {"coefficient": 15}, "group"),
        ("KCB", {"visit": 1}, "visit"),
        ("KCB", {"visits": "1"}, "visits"),
    ],
)
def test_a_mistake_of_a_kind_is_told_under_detail_by_its_field(api, family, policy, wrong, named):
    answer = api.post(ACTIONS, help_of_kind(family, policy, detail=wrong))

    assert (answer.status_code, list(answer.json())) == (400, ["detail"])
    assert named in answer.json()["detail"]
    assert not SupportAction.objects.exists()


def test_a_loan_is_read_with_its_movements_and_takes_a_repayment(api, family):
    path = api.post(ACTIONS, help_of_kind(family, "NHCSXH_HN", period_from="2023-05-10"))["Location"]
    read = api.get(path).json()
    [paid_out] = read["movements"]
    assert (paid_out["kind"], paid_out["on"], paid_out["amount"]) == ("disbursement", "2023-05-10", 20_000_000)

    repayment = {"kind": "repayment", "on": "2024-05-10", "amount": 5_000_000}
    answer = api.patch(path, {"version": read["version"], "movements": [paid_out, repayment]})

    assert answer.status_code == 200, answer.json()
    assert [each["amount"] for each in answer.json()["movements"]] == [20_000_000, 5_000_000]
    too_much = [*answer.json()["movements"], repayment | {"amount": 16_000_000}]
    assert api.patch(path, {"version": answer.json()["version"], "movements": too_much}).status_code == 400


# --- correcting -----------------------------------------------------------------------------


@pytest.fixture
def action(family):
    return factories.support(family, paid_by={"NS_QUAN": 50_000_000, "XHH": 12_000_000}, count=1, unit="house")


def path_of(action):
    return f"{ACTIONS}{action.pk}/"


def test_what_was_read_can_be_sent_back_unchanged(api, action):
    read = api.get(path_of(action)).json()
    events = AuditEvent.objects.filter(model="support.fundingline").count()

    answer = api.put(path_of(action), read)

    assert answer.status_code == 200, answer.json()
    assert {**answer.json(), "version": 1} == {**read, "beneficiary_group": "near_poor"}
    assert AuditEvent.objects.filter(model="support.fundingline").count() == events


def test_a_corrected_amount_keeps_its_line_and_a_dropped_source_goes(api, action):
    line = action.funding.get(source__code="NS_QUAN")
    funding = [{"source": "NS_QUAN", "nature": "grant", "amount": 40_000_000, "qualifier": "over"}]

    answer = api.patch(path_of(action), {"version": 1, "funding": funding})

    assert answer.json()["funding"] == funding
    assert FundingLine.objects.get() == line


def test_a_patch_without_funding_leaves_it_alone(api, action):
    answer = api.patch(path_of(action), {"version": 1, "note": "Đã nghiệm thu"})

    assert (answer.status_code, answer.json()["grant"]) == (200, 62_000_000)


def test_changing_needs_the_version_that_was_read(api, action):
    assert list(api.patch(path_of(action), {"note": "x"}).json()) == ["version"]
    api.patch(path_of(action), {"version": 1, "note": "one"})

    answer = api.patch(path_of(action), {"version": 1, "note": "two"})

    assert (answer.status_code, answer.json()["current"]["note"]) == (409, "one")


def test_whom_the_help_went_to_stays(api, action, dong_mai):
    other = factories.household(dong_mai)

    for household in (other.pk, None):
        answer = api.patch(path_of(action), {"version": 1, "household": household})
        assert (answer.status_code, list(answer.json())) == (400, ["household"])


def test_what_the_program_may_not_write_stays(api, action):
    before = SupportAction.objects.values().get()

    forged = {"voided_at": "2024-01-01T00:00:00Z", "void_reason": "x", "created_by": "admin", "published_as": "F01"}
    answer = api.patch(path_of(action), {"version": 1, "id": 9, "grant": 1, **forged})

    assert answer.status_code == 200
    assert SupportAction.objects.values().get() == {**before, "version": 2, "beneficiary_group": "near_poor"}


# --- void -----------------------------------------------------------------------------------


def test_a_record_is_made_void_once_with_a_reason_and_stays_readable(api, action):
    path = f"{path_of(action)}void/"

    assert list(api.post(path, {"reason": "Nhập hai lần"}).json()) == ["version"]
    assert list(api.post(path, {"version": 1, "reason": " "}).json()) == ["reason"]
    assert api.post(path, {"version": 7, "reason": "Nhập hai lần"}).status_code == 409
    voided = api.post(path, {"version": 1, "reason": "Nhập hai lần"})

    assert (voided.status_code, voided.json()["void_reason"]) == (200, "Nhập hai lần")
    assert api.get(path_of(action)).json()["voided_at"]
    assert api.rows(ACTIONS) == []
    assert len(api.rows(ACTIONS, status="all")) == 1
    assert api.post(path, {"version": 2, "reason": "x"}).status_code == 400
    assert api.patch(path_of(action), {"version": 2, "note": "x"}).status_code == 400


# --- reading --------------------------------------------------------------------------------


def test_the_list_narrows_and_sorts_as_the_page_does(api, family):
    small = factories.support(family, paid_by={"NS_QUAN": 1_000_000})
    large = factories.support(family, paid_by={"XHH": 9_000_000})
    factories.support(family, policy="loans", paid_by={"NS_QUAN": 5_000_000})

    assert [row["id"] for row in api.rows(ACTIONS, category="housing", sort="-grant")] == [large.pk, small.pk]
    assert [row["id"] for row in api.rows(ACTIONS, source="XHH")] == [large.pk]
    for query in ({"category": "huts"}, {"household": "x"}, {"sort": "household__members__id_number"}):
        assert api.get(ACTIONS, **query).status_code == 400


@pytest.mark.parametrize(
    ("path", "queries"),
    [
        (ACTIONS, 7),
        ("/api/funding-sources/", 4),
        ("/api/support-policies/", 5),
        ("/api/wards/", 4),
    ],
)
def test_the_number_of_queries_does_not_grow_with_the_rows(api, dong_mai, django_assert_num_queries, path, queries):
    for few_then_many in (2, 8):
        for number in range(few_then_many):
            factories.support(factories.household(dong_mai), paid_by={"NS_QUAN": 1, "XHH": 2})
            factories.source(f"S{few_then_many}{number}")
            policy = factories.policy("gifts" if number % 2 else "health")
            policy.default_sources.add(factories.source(f"S{few_then_many}{number}"))
        with django_assert_num_queries(queries):
            assert api.get(path).status_code == 200


def test_wards_carry_the_identity_that_other_endpoints_take(api):
    [ward] = api.rows("/api/wards/")

    assert (ward["identity"], ward["name"], ward["valid_to"]) == ("10117@1900-01-01", "Đồng Mai", None)


def test_reference_lists_are_named_by_code(api):
    assert api.get("/api/funding-sources/NS_QUAN/").json()["code"] == "NS_QUAN"
    assert api.get("/api/support-policies/loans/").json()["repayable"] is True
    assert api.get("/api/funding-sources/none/").status_code == 404

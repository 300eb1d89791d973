"""Households, members and classes in the API: the same door, sieve and services as the pages."""

from datetime import date
from uuid import uuid4

import pytest

from accounts.models import AuditEvent
from households.models import Household, Member, PovertyStatus
from tests import factories
from tests.api import Api

pytestmark = pytest.mark.django_db

HOUSEHOLDS, MEMBERS, STATUSES = "/api/households/", "/api/members/", "/api/statuses/"


@pytest.fixture
def dong_mai():
    return factories.ward("Đồng Mai")


@pytest.fixture
def bien_giang():
    return factories.ward("Biên Giang")


@pytest.fixture
def lan(dong_mai):
    return factories.officer(dong_mai, username="lan")


@pytest.fixture
def api(lan):
    return Api(lan)


def sheet(**fields):
    """A household as a program sends it."""
    return {
        "ward": "10117@1900-01-01",
        "address": "Tổ 3, phố Xốm",
        "members": [
            {"name": "Nguyễn Thị An", "relation": "head", "sex": "2", "birth_date": "1960-03-05"},
            {"name": "Nguyễn Văn Bình", "relation": "child", "sex": "1", "birth_year": 1990},
        ],
        **fields,
    }


# --- entering -------------------------------------------------------------------------------


def test_a_household_is_entered_with_members_and_class_in_one_request(api, lan, dong_mai):
    factories.standard(2024)
    review = {"year": 2024, "classification": "CN", "income": 1_500_000, "causes": ["illness"]}

    answer = api.post(HOUSEHOLDS, sheet(status=review))

    assert answer.status_code == 201, answer.json()
    entered = answer.json()
    household = Household.objects.get(pk=entered["id"])
    assert (household.ward, household.code) == (dong_mai, "10117-0001")
    assert (entered["head"], entered["size"], entered["version"]) == ("Nguyễn Thị An", 2, 1)
    assert [status["classification"] for status in entered["statuses"]] == ["CN"]
    assert household.statuses.get().persons == 2
    assert answer["Location"] == f"/api/households/{household.pk}/"
    assert set(AuditEvent.objects.of(household).values_list("actor", flat=True)) == {"lan"}


def test_a_repeat_with_the_same_key_gets_the_first_record(api):
    body = sheet(submission_key=str(uuid4()), code="HN-7")

    first, again = api.post(HOUSEHOLDS, body), api.post(HOUSEHOLDS, body)

    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json()["id"] == first.json()["id"]
    assert Household.objects.count() == 1


def test_a_refused_request_does_not_use_up_its_key(api):
    key = str(uuid4())

    refused = api.post(HOUSEHOLDS, sheet(submission_key=key, members=[]))
    mended = api.post(HOUSEHOLDS, sheet(submission_key=key))

    assert (refused.status_code, mended.status_code) == (400, 201)


def test_a_key_of_another_record_is_refused(api):
    key = str(uuid4())
    household = api.post(HOUSEHOLDS, sheet(submission_key=key)).json()
    factories.standard(2024)

    body = {"household": household["id"], "year": 2024, "classification": "N", "submission_key": key}
    answer = api.post(STATUSES, body)

    assert (answer.status_code, list(answer.json())) == (400, ["submission_key"])


def test_another_ward_is_as_unknown_as_no_ward(api, bien_giang):
    foreign = api.post(HOUSEHOLDS, sheet(ward=bien_giang.identity))
    imagined = api.post(HOUSEHOLDS, sheet(ward="99999@1900-01-01"))

    assert foreign.status_code == imagined.status_code == 400
    assert foreign.json() == imagined.json() == {"ward": ["Không có phường này."]}
    assert not Household.objects.exists()


def test_a_code_that_two_wards_have_borne_needs_the_day(bien_giang):
    old = factories.ward("Phú La", code="09552", until=date(2025, 6, 30))
    new = factories.ward("Kiến Hưng", code="09552", since=date(2025, 7, 1))
    api = Api(factories.officer(old, new))

    assert api.post(HOUSEHOLDS, sheet(ward="09552")).status_code == 400
    answer = api.post(HOUSEHOLDS, sheet(ward="09552@2025-07-01"))

    assert Household.objects.get(pk=answer.json()["id"]).ward == new


def test_names_are_stored_composed_and_without_invisible_characters(api):
    decomposed = "  Nguyễn\u200b  Thị  Hoà "
    members = [{"name": decomposed, "relation": "head", "sex": "2", "birth_year": 1960}]

    answer = api.post(HOUSEHOLDS, sheet(members=members))

    assert answer.json()["members"][0]["name"] == "Nguyễn Thị Hoà"


def test_all_wrong_fields_are_named_at_once(api):
    wrong = {"name": " ", "relation": "cousin", "sex": 2, "birth_date": "31/02/1960"}

    answer = api.post(HOUSEHOLDS, sheet(members=[wrong], phone="a" * 21, has_merit="có", status={"income": -1}))

    assert answer.status_code == 400
    errors = answer.json()
    assert set(errors) == {"members", "phone", "has_merit", "status"}
    assert set(errors["members"]["0"]) == {"name", "relation", "sex", "birth_date"}
    assert set(errors["status"]) == {"year", "income"}  # a class left out is the one proposed


def test_a_misspelt_field_is_refused_and_not_swallowed(api):
    assert api.post(HOUSEHOLDS, sheet(adress="x")).json() == {"adress": ["Không có trường này."]}


@pytest.mark.parametrize(
    ("members", "problem"),
    [
        ([], "members"),
        ([{"name": "A", "relation": "child", "sex": "1", "birth_year": 1990}], "members"),
        ([{"name": "A", "relation": "head", "sex": "1", "birth_year": 1990}] * 2, "members"),
    ],
)
def test_a_household_has_exactly_one_head(api, members, problem):
    assert problem in api.post(HOUSEHOLDS, sheet(members=members)).json()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("id_number", "12345"),
        ("id_number", "00106001234X"),
        ("id_number", 1060012345),
        ("id_number", "•••••••••345"),
        ("birth_date", "2999-01-01"),
        ("birth_date", "2023-02-31"),
        ("birth_year", 1800),
        ("birth_year", 1960.0),
        ("disability_degree", "severe"),
    ],
)
def test_a_wrong_value_of_a_member_is_refused_at_its_field(api, field, value):
    head = {"name": "Nguyễn Thị An", "relation": "head", "sex": "2", "birth_year": 1960, field: value}
    if field == "birth_date":
        del head["birth_year"]

    answer = api.post(HOUSEHOLDS, sheet(members=[head]))

    assert answer.status_code == 400
    named = set(answer.json()["members"]["0"])
    assert named <= {field, "birth_date", "disability_kind"}
    assert not Household.objects.exists()


def test_a_number_that_contradicts_the_row_is_taken_with_a_warning_told_once(api):
    head = {"name": "Nguyễn Thị An", "relation": "head", "sex": "2", "birth_year": 1960, "id_number": "001 059 012345"}

    answer = api.post(HOUSEHOLDS, sheet(members=[head]))

    assert answer.status_code == 201
    assert len(answer.json()["warnings"]) == 2  # a man, born in 1959
    assert api.get(answer["Location"]).json()["warnings"] == []


# --- reading --------------------------------------------------------------------------------


def test_personal_numbers_are_read_with_three_digits_only(api, dong_mai):
    household = factories.household(dong_mai)
    household.members.update(id_number="001160012345", health_card_number="HN4001234567890")

    texts = [api.get(path).content.decode() for path in (f"{HOUSEHOLDS}{household.pk}/", HOUSEHOLDS, MEMBERS)]

    assert all("12345" not in text for text in texts)
    [member] = api.rows(MEMBERS)
    assert (member["id_number"], member["health_card_number"]) == ("•••••••••345", "••••••••••••890")


def test_the_list_narrows_as_the_page_does(api, dong_mai):
    poor = factories.household(dong_mai, head="Đỗ Thị Hòa", statuses={2023: "N", 2024: "N"})
    factories.household(dong_mai, head="Lê Văn Cường", statuses={2023: "N", 2024: "K"})

    found = api.rows(HOUSEHOLDS, year=2024, classification="N")
    searched = api.rows(HOUSEHOLDS, q="do thi hoa")

    assert [row["id"] for row in found] == [row["id"] for row in searched] == [poor.pk]


def test_a_filter_value_that_cannot_be_is_an_error(api):
    for query in ({"ward": "x"}, {"classification": "poor"}, {"year": "0"}, {"q": "a" * 101}, {"sort": "id_number"}):
        answer = api.get(HOUSEHOLDS, **query)
        assert (answer.status_code, list(answer.json())) == (400, list(query))


def test_lists_are_sorted_by_named_orders_only(api, dong_mai):
    for name, code in (("Vũ Thị Ân", "3"), ("Vũ Thị Đào", "1"), ("Vũ Thị An", "2")):
        factories.household(dong_mai, head=name, code=code)

    by_name = [row["head"] for row in api.rows(HOUSEHOLDS, sort="head")]
    by_code = [row["code"] for row in api.rows(HOUSEHOLDS, sort="-code")]

    assert by_name == ["Vũ Thị An", "Vũ Thị Ân", "Vũ Thị Đào"]
    assert by_code == ["3", "2", "1"]
    for column in ("members__id_number", "id_number", "phone", "?", "pk"):
        assert api.get(HOUSEHOLDS, sort=column).status_code == 400


def test_a_page_has_fifty_rows_and_never_more_than_two_hundred(api, dong_mai):
    household = factories.household(dong_mai)
    factories.Member.objects.bulk_create(
        factories.person(household=household, name=f"Người {number}").prepare() for number in range(210)
    )

    assert len(api.rows(MEMBERS)) == 50
    assert len(api.rows(MEMBERS, page_size=1000)) == 200
    assert api.get(MEMBERS, page=99).status_code == 404


@pytest.mark.parametrize(
    ("path", "queries"),
    [
        (HOUSEHOLDS, 7),
        (f"{HOUSEHOLDS}?year=2023&classification=CN&sort=head", 6),
        (MEMBERS, 4),
        (STATUSES, 8),
    ],
)
def test_the_number_of_queries_does_not_grow_with_the_rows(api, dong_mai, django_assert_num_queries, path, queries):
    for _few_then_many in (2, 8):
        for _each in range(_few_then_many):
            factories.household(dong_mai, members=3, statuses={2022: "N", 2023: "CN"})
        with django_assert_num_queries(queries):
            assert api.get(path).status_code == 200


# --- changing -------------------------------------------------------------------------------


@pytest.fixture
def household(dong_mai):
    return factories.household(dong_mai, members=3)


def path_of(household):
    return f"{HOUSEHOLDS}{household.pk}/"


def test_what_was_read_can_be_sent_back_unchanged(api, household):
    household.members.update(id_number="001160012345")
    Member.objects.filter(relation="child").update(id_number="")
    read = api.get(path_of(household)).json()

    answer = api.put(path_of(household), read)

    assert answer.status_code == 200, answer.json()
    assert {**answer.json(), "version": 1} == read
    assert household.members.get(relation="head").id_number == "001160012345"
    assert household.members.filter(left_on=None).count() == 3


def test_changing_needs_the_version(api, household):
    read = api.get(path_of(household)).json()
    del read["version"]

    for answer in (api.put(path_of(household), read), api.patch(path_of(household), {"address": "x"})):
        assert (answer.status_code, list(answer.json())) == (400, ["version"])


def test_a_version_that_was_overtaken_answers_409_with_the_record_as_it_stands(api, household):
    api.patch(path_of(household), {"version": 1, "address": "Phố Xốm 1"})

    answer = api.patch(path_of(household), {"version": 1, "address": "Phố Xốm 2"})

    assert answer.status_code == 409
    assert (answer.json()["current"]["address"], answer.json()["current"]["version"]) == ("Phố Xốm 1", 2)
    household.refresh_from_db()
    assert household.address == "Phố Xốm 1"


def test_who_is_not_on_the_list_of_members_has_left(api, household):
    kept = list(api.get(path_of(household)).json()["members"])[:2]
    newborn = {"name": "Nguyễn Thị Út", "relation": "grandchild", "sex": "2", "birth_date": "2024-05-01"}

    answer = api.patch(path_of(household), {"version": 1, "members": [*kept, newborn]})

    assert answer.status_code == 200, answer.json()
    assert [member["name"] for member in answer.json()["members"]][-1] == "Nguyễn Thị Út"
    assert household.members.exclude(left_on=None).count() == 1
    assert household.members.count() == 4


def test_a_patch_without_members_leaves_them_alone(api, household):
    api.patch(path_of(household), {"version": 1, "note": "Dòng một\nDòng hai"})

    household.refresh_from_db()
    assert (household.note, household.members.filter(left_on=None).count()) == ("Dòng một\nDòng hai", 3)


def test_the_head_may_change_in_one_request(api, household):
    head, child, other = api.get(path_of(household)).json()["members"]
    members = [{"id": head["id"], "relation": "parent"}, {"id": child["id"], "relation": "head"}, {"id": other["id"]}]

    answer = api.patch(path_of(household), {"version": 1, "members": members})

    assert answer.status_code == 200, answer.json()
    assert answer.json()["members"][0]["id"] == child["id"]


def test_another_households_member_is_unknown_here(api, household, dong_mai):
    stranger = factories.household(dong_mai).members.get()

    answer = api.patch(path_of(household), {"version": 1, "members": [{"id": stranger.pk}]})

    assert (answer.status_code, list(answer.json()["members"]["0"])) == (400, ["id"])


def test_what_the_program_may_not_write_stays(api, household, bien_giang):
    before = Household.objects.values().get(pk=household.pk)

    moved = api.patch(path_of(household), {"version": 1, "ward": bien_giang.identity})
    forged = api.patch(path_of(household), {"version": 1, "ward_id": bien_giang.pk, "address_key": "x"})
    ignored = api.patch(path_of(household), {"version": 1, "id": 4711, "size": 99, "head": "x", "statuses": []})

    assert (moved.status_code, forged.status_code, ignored.status_code) == (400, 400, 200)
    assert {**before, "version": 2} == Household.objects.values().get(pk=household.pk)


def test_staff_may_not_move_a_household_on_record(household, bien_giang):
    answer = Api(factories.staff()).patch(path_of(household), {"version": 1, "ward": bien_giang.identity})

    assert (answer.status_code, list(answer.json())) == (400, ["ward"])


def test_nothing_is_deleted(api, household):
    answer = api.send("DELETE", path_of(household))

    assert (answer.status_code, Household.objects.count()) == (405, 1)


# --- classes --------------------------------------------------------------------------------


def test_a_year_is_judged_and_corrected(api, household):
    standard = factories.standard(2024)
    factories.indicator(standard, "viec_lam", 1)
    factories.indicator(standard, "nuoc", 2)
    body = {"household": household.pk, "year": 2024, "classification": "N", "deprivations": ["viec_lam"]}

    entered = api.post(STATUSES, body)
    assert entered.status_code == 201, entered.json()
    assert (entered.json()["persons"], entered.json()["ward"], entered.json()["version"]) == (3, "10117@1900-01-01", 1)
    corrected = api.patch(
        entered["Location"], {"version": 1, "classification": "CN", "deprivations": ["nuoc"], "causes": ["land"]}
    )

    assert corrected.status_code == 200, corrected.json()
    told = corrected.json()
    assert (told["classification"], told["deprivations"], told["causes"]) == ("CN", ["nuoc"], ["land"])
    assert told["version"] == 2
    assert api.patch(entered["Location"], {"version": 1, "classification": "K"}).status_code == 409


def test_the_movement_since_the_year_before_is_told(api, dong_mai):
    factories.household(dong_mai, statuses={2023: "N", 2024: "K"})

    assert [row["movement"] for row in api.rows(STATUSES, year=2024)] == ["escaped_poverty"]


def test_a_class_keeps_its_household_and_year(api, household, dong_mai):
    status = factories.status(household, 2024)
    other = factories.household(dong_mai)

    for change in ({"household": other.pk}, {"year": 2023}, {"level": "national"}):
        answer = api.patch(f"{STATUSES}{status.pk}/", {"version": 1, **change})
        assert (answer.status_code, list(answer.json())) == (400, list(change))


def test_a_year_is_judged_once_by_a_standard(api, household):
    factories.status(household, 2024, "N")

    answer = api.post(STATUSES, {"household": household.pk, "year": 2024, "classification": "CN"})

    assert (answer.status_code, PovertyStatus.objects.get().classification) == (400, "N")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("year", 2099),
        ("year", "2024"),
        ("year", 1700),
        ("classification", "poor"),
        ("persons", 0),
        ("income", -1),
        ("income", 1500000.0),
        ("income", "1.500.000"),
        ("deprivations", ["nhà"]),
        ("deprivations", "viec_lam"),
        ("causes", ["bad luck"]),
        ("reviewed_on", "2999-01-01"),
        ("level", "village"),
        ("household", "1"),
        ("household", True),
    ],
)
def test_a_wrong_value_of_a_class_is_refused_at_its_field(api, household, field, value):
    factories.standard(2024)

    answer = api.post(STATUSES, {"household": household.pk, "year": 2024, "classification": "N", field: value})

    assert (answer.status_code, list(answer.json())) == (400, [field])

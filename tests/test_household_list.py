"""The list of households: who sees which, how it narrows, sorts and counts, and the workbook of exactly that."""

from io import BytesIO

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import load_workbook

from accounts.models import AuditEvent
from households.codes import Movement
from households.models import PovertyStatus
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def dong_mai():
    return factories.ward("Đồng Mai")


@pytest.fixture
def van_quan():
    return factories.ward("Văn Quán")


@pytest.fixture
def sign_in(client):
    def as_(user, year=2022):
        client.force_login(user)
        session = client.session
        session["working_year"] = year
        session.save()
        return client

    return as_


def listed(client, **query):
    """Names of the heads, in the order of the page."""
    answer = client.get(reverse("household-list"), query)
    assert answer.status_code == 200
    return [household.head_name for household in answer.context["page_obj"].object_list]


# --- who --------------------------------------------------------------------------------------


def test_an_officer_sees_their_own_ward_only(sign_in, dong_mai, van_quan):
    factories.household(dong_mai, head="Bùi Thị An")
    factories.household(van_quan, head="Đỗ Thị Bình")

    assert listed(sign_in(factories.officer(dong_mai))) == ["Bùi Thị An"]


def test_an_officer_without_a_ward_sees_nothing_and_is_told_why(sign_in, dong_mai):
    factories.household(dong_mai)
    client = sign_in(factories.officer())
    client.cookies["django_language"] = "en"

    answer = client.get(reverse("household-list"))

    assert answer.context["totals"] == {"households": 0, "persons": 0}
    assert "Your account has no ward yet" in answer.content.decode()


def test_district_staff_see_every_ward(sign_in, dong_mai, van_quan):
    factories.household(dong_mai, head="Bùi Thị An")
    factories.household(van_quan, head="Đỗ Thị Bình")

    assert listed(sign_in(factories.staff())) == ["Bùi Thị An", "Đỗ Thị Bình"]


@pytest.mark.parametrize("role", ["leader", "admin"])
@pytest.mark.parametrize("page", ["household-list", "household-export"])
def test_leaders_and_administrators_see_no_household(sign_in, role, page):
    client = sign_in(getattr(factories, role)())

    assert client.get(reverse(page)).status_code == 403


def test_an_officer_of_two_wards_sees_each_household_once(sign_in, dong_mai, van_quan):
    factories.household(dong_mai, head="Bùi Thị An", members=3)
    factories.household(van_quan, head="Đỗ Thị Bình", members=2)
    client = sign_in(factories.officer(dong_mai, van_quan))

    assert listed(client) == ["Bùi Thị An", "Đỗ Thị Bình"]
    assert client.get(reverse("household-list")).context["totals"] == {"households": 2, "persons": 5}


def test_the_list_opens_on_the_ward_one_works_in(sign_in, dong_mai, van_quan):
    factories.household(dong_mai, head="Bùi Thị An")
    factories.household(van_quan, head="Đỗ Thị Bình")
    client = sign_in(factories.staff())
    client.post(reverse("working-context"), {"ward": van_quan.pk, "year": 2022, "next": "/"})

    assert listed(client) == ["Đỗ Thị Bình"]
    assert listed(client, ward="") == ["Bùi Thị An", "Đỗ Thị Bình"]


# --- search, order ------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["nguyen thi hoa", "Hòa", "HOÀ", "hoa", "10117-0001", "ngo 5"])
def test_search_finds_without_diacritics_by_name_code_or_address(sign_in, dong_mai, text):
    factories.household(dong_mai, head="Nguyễn Thị Hoà", address="Ngõ 5, tổ 2")
    factories.household(dong_mai, head="Trần Văn Bính", address="Số 8")

    assert listed(sign_in(factories.officer(dong_mai)), q=text) == ["Nguyễn Thị Hoà"]


def test_search_finds_a_family_by_any_of_its_members(sign_in, dong_mai):
    factories.household(dong_mai, head="Trần Văn Bính", members=[{"name": "Lê Thị Cúc"}])

    assert listed(sign_in(factories.officer(dong_mai)), q="le thi cuc") == ["Trần Văn Bính"]


def test_people_stand_in_vietnamese_order_by_given_name(sign_in, dong_mai):
    for name in ["Lê Văn Yên", "Trần Thị Ân", "Phạm Văn Đạt", "Vũ Thị An", "Đỗ Văn Dung"]:
        factories.household(dong_mai, head=name)
    client = sign_in(factories.officer(dong_mai))

    rising = ["Vũ Thị An", "Trần Thị Ân", "Đỗ Văn Dung", "Phạm Văn Đạt", "Lê Văn Yên"]
    assert listed(client) == rising
    assert listed(client, sort="-head") == rising[::-1]


@pytest.mark.parametrize(
    ("sort", "heads"),
    [
        ("code", ["Cúc", "An", "Bình"]),
        ("-code", ["Bình", "An", "Cúc"]),
        ("size", ["Bình", "Cúc", "An"]),
        ("ward", ["An", "Cúc", "Bình"]),
        ("no-such-column", ["An", "Bình", "Cúc"]),
    ],
)
def test_a_column_sorts_and_says_so(sign_in, dong_mai, van_quan, sort, heads):
    factories.household(dong_mai, head="Cúc", members=2, code="1")
    factories.household(dong_mai, head="An", members=3, code="2")
    factories.household(van_quan, head="Bình", members=1, code="3")
    client = sign_in(factories.staff())

    assert listed(client, sort=sort) == heads
    page = client.get(reverse("household-list"), {"sort": sort}).content.decode()
    assert page.count("aria-sort=") == 1


# --- class and movement in a year ----------------------------------------------------------------


@pytest.fixture
def families(dong_mai, van_quan):
    return {
        "poor": factories.household(dong_mai, head="Bùi Thị An", members=2, statuses={2021: "CN", 2022: "N"}),
        "near_poor": factories.household(dong_mai, head="Đỗ Thị Bình", members=3, statuses={2021: "N", 2022: "CN"}),
        "escaped": factories.household(van_quan, head="Lê Thị Cúc", members=4, statuses={2021: "N", 2022: "K"}),
        "unjudged": factories.household(van_quan, head="Vũ Văn Dung"),
    }


@pytest.mark.usefixtures("families")
def test_a_class_in_a_year_lists_the_households_behind_the_figure(sign_in, dong_mai):
    client = sign_in(factories.staff())

    assert listed(client, year=2022, classification="N", level="city") == ["Bùi Thị An"]
    assert listed(client, year=2022, classification=["N", "CN"], level="city") == ["Bùi Thị An", "Đỗ Thị Bình"]
    assert listed(client, year=2021, classification="N", level="city", ward=dong_mai.pk) == ["Đỗ Thị Bình"]
    assert listed(client, year=2022, classification="N", level="national") == []


@pytest.mark.usefixtures("families")
def test_a_movement_lists_the_households_behind_the_figure(sign_in):
    client = sign_in(factories.staff())

    assert listed(client, year=2022, movement=Movement.ESCAPED_POVERTY) == ["Lê Thị Cúc"]
    both = [Movement.ESCAPED_POVERTY.value, Movement.ESCAPED_TO_NEAR_POOR.value]
    assert listed(client, year=2022, movement=both) == ["Đỗ Thị Bình", "Lê Thị Cúc"]
    assert listed(client, year=2021, movement=Movement.NEW_POOR) == []


def test_behind_a_figure_the_ward_is_the_ward_of_that_day(sign_in, dong_mai, van_quan):
    moved = factories.household(van_quan, head="Bùi Thị An")
    factories.status(moved, 2022, "N", ward=dong_mai)
    client = sign_in(factories.staff())

    assert listed(client, year=2022, classification="N", ward=dong_mai.pk) == ["Bùi Thị An"]
    assert listed(client, year=2022, classification="N", ward=van_quan.pk) == []
    assert listed(client, ward=van_quan.pk) == ["Bùi Thị An"]


def test_behind_a_figure_the_persons_are_those_of_that_day(sign_in, dong_mai):
    family = factories.household(dong_mai, members=5)
    factories.status(family, 2022, "N", persons=3)
    client = sign_in(factories.staff())

    by_status = client.get(reverse("household-list"), {"year": 2022, "classification": "N"})
    today = client.get(reverse("household-list"))
    assert by_status.context["totals"] == {"households": 1, "persons": 3}
    assert today.context["totals"] == {"households": 1, "persons": 5}


@pytest.mark.usefixtures("families")
def test_the_figure_of_a_report_and_its_list_agree(sign_in, dong_mai, van_quan):
    client = sign_in(factories.staff())

    for year in (2021, 2022):
        for ward in (dong_mai, van_quan):
            for classification in ("N", "CN", "K"):
                statuses = PovertyStatus.objects.at_level("city").filter(year=year, classification=classification)
                query = {"year": year, "classification": classification, "level": "city", "ward": ward.pk}
                totals = client.get(reverse("household-list"), query).context["totals"]
                assert totals["households"] == statuses.in_wards([ward]).count()


def test_a_residential_group_narrows_the_ward(sign_in, dong_mai):
    group = factories.residential_group(dong_mai, 3)
    factories.household(dong_mai, head="Bùi Thị An", residential_group=group)
    factories.household(dong_mai, head="Đỗ Thị Bình")

    assert listed(sign_in(factories.officer(dong_mai)), residential_group=group.pk) == ["Bùi Thị An"]


# --- nonsense ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "query",
    [
        {"ward": "abc"},
        {"ward": "-1"},
        {"ward": str(2**70)},
        {"year": "1800"},
        {"year": "20x4"},
        {"level": "galactic"},
        {"classification": "ZZ"},
        {"movement": "sideways"},
        {"residential_group": "99999999999999999999999"},
        {"q": "x" * 101},
    ],
)
def test_a_value_that_means_nothing_matches_nothing_and_is_named(sign_in, dong_mai, query):
    factories.household(dong_mai)
    client = sign_in(factories.staff())

    answer = client.get(reverse("household-list"), query)

    assert answer.status_code == 200
    assert answer.context["totals"]["households"] == 0
    assert 'role="alert"' in answer.content.decode()
    assert client.get(reverse("household-export"), query).status_code == 200


@pytest.mark.parametrize(
    "query",
    [{"q": "a\x00b"}, {"q": "\ud800"}, {"q": "%_\\'\""}, {"page": "99999999999999"}, {"page": "x"}, {"sort": "\x00"}],
)
def test_strange_text_is_no_error(sign_in, dong_mai, query):
    factories.household(dong_mai)
    client = sign_in(factories.staff())
    address = "&".join(f"{name}={value.encode('utf-8', 'surrogatepass').hex()}" for name, value in query.items())

    assert client.get(reverse("household-list") + "?" + address).status_code == 200
    quoted = "&".join(
        f"{name}=" + "".join(f"%{byte:02x}" for byte in value.encode("utf-8", "surrogatepass"))
        for name, value in query.items()
    )
    assert client.get(reverse("household-list") + "?" + quoted).status_code == 200


def test_a_forged_ward_shows_nothing_of_it(sign_in, dong_mai, van_quan):
    factories.household(van_quan, head="Đỗ Thị Bình", statuses={2022: "N"})
    client = sign_in(factories.officer(dong_mai))

    assert listed(client, ward=van_quan.pk) == []
    assert listed(client, ward=van_quan.pk, year=2022, classification="N") == []


# --- the page ------------------------------------------------------------------------------------


def test_htmx_gets_the_table_alone(sign_in, dong_mai):
    factories.household(dong_mai)
    client = sign_in(factories.officer(dong_mai))

    whole = client.get(reverse("household-list"))
    part = client.get(reverse("household-list"), headers={"HX-Request": "true"})

    assert "<html" in whole.content.decode()
    assert "<html" not in part.content.decode()
    assert 'id="results"' in part.content.decode()
    assert "HX-Request" in whole["Vary"]
    restored = client.get(
        reverse("household-list"), headers={"HX-Request": "true", "HX-History-Restore-Request": "true"}
    )
    assert "<html" in restored.content.decode()


def test_fifty_a_page_with_plain_links(sign_in, dong_mai):
    for number in range(52):
        factories.household(dong_mai, head=f"Bùi Thị An {number:02d}")
    client = sign_in(factories.officer(dong_mai))

    assert len(listed(client)) == 50
    assert len(listed(client, page=2)) == 2
    assert 'href="?page=2"' in client.get(reverse("household-list")).content.decode()


def test_a_chip_takes_its_filter_away(sign_in, dong_mai, van_quan):
    client = sign_in(factories.staff())

    query = {"q": "an", "ward": dong_mai.pk, "classification": "N", "year": 2022}
    chips = client.get(reverse("household-list"), query).context["chips"]

    assert [chip["url"].count("q=") for chip in chips] == [0, 1, 1]
    assert f"ward={dong_mai.pk}" not in chips[1]["url"]
    assert "classification" not in chips[2]["url"]


@pytest.mark.parametrize(
    "query", [{}, {"year": 2022, "classification": ["N", "CN"], "movement": "newly"}, {"level": "national"}]
)
def test_the_number_of_queries_does_not_grow_with_the_rows(sign_in, dong_mai, van_quan, query):
    client = sign_in(factories.staff())

    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as caught:
            client.get(reverse("household-list"), query)
        return len(caught)

    for _ in range(3):
        factories.household(dong_mai, members=2, statuses={2020: "N", 2021: "CN", 2022: "N"})
    with_three = queries()
    for ward in (dong_mai, van_quan):
        group = factories.residential_group(ward)
        for _ in range(14):
            factories.household(ward, members=3, residential_group=group, statuses={2021: "N", 2022: "CN"})

    assert queries() == with_three
    assert with_three <= 12


# --- export --------------------------------------------------------------------------------------


def workbook(answer):
    return load_workbook(BytesIO(b"".join(answer.streaming_content)))


def rows_of(book):
    rows = list(book.active.iter_rows(values_only=True))
    heading = next(index for index, row in enumerate(rows) if len([cell for cell in row if cell]) > 5)
    return [dict(zip(rows[heading], row, strict=True)) for row in rows[heading + 1 :]]


@pytest.fixture
def in_english(client):
    client.cookies["django_language"] = "en"


@pytest.mark.usefixtures("in_english")
def test_the_workbook_holds_exactly_the_filter_in_its_order(sign_in, families):
    client = sign_in(factories.staff())

    query = {"year": 2022, "classification": ["N", "CN"], "sort": "-size"}
    rows = rows_of(workbook(client.get(reverse("household-export"), query)))

    assert [row["Head of household"] for row in rows] == listed(client, **query) == ["Đỗ Thị Bình", "Bùi Thị An"]
    assert [row["Persons"] for row in rows] == [3, 2]
    assert [row["2021"] for row in rows] == ["N", "CN"]
    assert rows[0]["Movement in 2022"] == "left poverty, now near-poor"


@pytest.mark.usefixtures("in_english")
def test_text_in_the_workbook_never_runs_and_numbers_keep_their_zeros(sign_in, dong_mai):
    family = factories.household(dong_mai, head="=1+1", address='=HYPERLINK("http://127.0.0.1/")', code="007")
    head = family.members.get()
    head.id_number = "001160000123"
    head.save()
    client = sign_in(factories.officer(dong_mai))

    book = workbook(client.get(reverse("household-export")))

    [row] = rows_of(book)
    assert (row["Head of household"], row["Household code"]) == ("=1+1", "007")
    assert row["CCCD/CMND"] == "•••••••••123"
    assert {cell.data_type for cells in book.active.iter_rows() for cell in cells} <= {"s", "n"}
    assert "001160000123" not in str(list(book.active.iter_rows(values_only=True)))


def test_the_export_is_noted(sign_in, families):
    user = factories.staff()
    client = sign_in(user)

    list(client.get(reverse("household-export"), {"year": 2022, "classification": "N"}).streaming_content)

    event = AuditEvent.objects.get(action="export")
    assert (event.actor, event.model, event.new["rows"]) == (user.username, "households.household", 1)
    assert event.new["asked"]["classification"] == ["N"]


def test_the_page_links_to_its_own_export(sign_in, families):
    client = sign_in(factories.staff())

    url = client.get(reverse("household-list"), {"year": 2022, "classification": "N", "q": "an"}).context["export_url"]

    assert len(rows_of(workbook(client.get(url)))) == 1

"""Poverty standards as data: what ships, what loading again leaves alone, and what administrators may say."""

import pytest
from django.urls import reverse
from django.utils.translation import override

from accounts.actor import acting_as
from households.models import Indicator, PovertyStandard
from households.reference import load_standards
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def standards():
    load()
    return {each.code: each for each in PovertyStandard.objects.all()}


def load():
    with acting_as("test"):
        load_standards()


# --- what ships -----------------------------------------------------------------------------


def test_seven_standards_ship_with_their_rules(standards):
    told = {
        code: (each.rule, each.urban_line, each.urban_points, each.indicators.count())
        for code, each in standards.items()
    }

    assert told == {
        "QG_2016_2020": ("either", 900_000, 140, 10),
        "QG_2022_2025": ("both", 2_000_000, 175, 12),
        "QG_2027_2030": ("both", 2_800_000, None, 12),
        "HN_2016_2020": ("either", 1_400_000, None, 0),
        "HN_2022_2025": ("both", None, None, 0),
        "HN_2026": ("both", None, None, 0),
        "HN_2027_2030": ("both", None, None, 0),
    }
    assert (standards["QG_2016_2020"].urban_living_line, standards["QG_2016_2020"].urban_living_points) == (
        1_300_000,
        175,
    )


def test_what_was_not_found_ships_empty_and_says_so(standards):
    assert (
        not Indicator.objects.filter(standard__code__in=["QG_2016_2020", "QG_2027_2030"]).exclude(threshold="").exists()
    )
    for code in ("QG_2027_2030", "HN_2016_2020", "HN_2022_2025", "HN_2026", "HN_2027_2030"):
        assert "hưa tìm được" in standards[code].note
    assert "trí nhớ" in standards["QG_2016_2020"].note


def test_each_year_to_2030_is_judged_by_one_standard_of_each_level(standards):
    """Where the city's line is not known, its review goes on all the same: the officer chooses the class."""
    for year in range(2020, 2031):
        for level in ("city", "national"):
            assert PovertyStandard.objects.in_force(year, level).count() == 1, (year, level)


def test_where_the_city_has_no_indicators_the_national_ones_of_the_year_are_asked(standards):
    city = standards["HN_2016_2020"]

    assert {each.standard.code for each in city.indicators_in(2021)} == {"QG_2016_2020"}
    assert {each.standard.code for each in standards["HN_2022_2025"].indicators_in(2024)} == {"QG_2022_2025"}


# --- loading again --------------------------------------------------------------------------


def test_a_standard_from_before_gets_its_rule_and_the_longer_note():
    before = {
        "level": "national",
        "name": "x",
        "name_en": "x",
        "from_year": 2016,
        "to_year": 2021,
        "urban_line": 900_000,
    }
    PovertyStandard.objects.create(code="QG_2016_2020", note="Áp dụng đến hết năm 2021.", **before)

    load()

    found = PovertyStandard.objects.get(code="QG_2016_2020")
    assert (found.rule, found.urban_points, found.rural_living_line, found.version) == ("either", 140, 1_000_000, 1)
    assert (found.name, found.indicators.count()) == ("x", 10)
    assert "trí nhớ" in found.note


def test_an_administrators_change_is_not_overwritten(standards):
    changed = standards["QG_2022_2025"]
    with acting_as("test"):
        changed.urban_points, changed.note, changed.version = None, "Đã đối chiếu", 2
        changed.save()
        changed.indicators.filter(code="bhyt").delete()

    load()

    changed.refresh_from_db()
    assert (changed.urban_points, changed.note, changed.indicators.count()) == (None, "Đã đối chiếu", 11)


def test_years_that_an_administrators_own_standard_judges_get_none_of_ours():
    own = {
        "code": "HN",
        "name": "Chuẩn Hà Nội",
        "name_en": "Hà Nội",
        "level": "city",
        "from_year": 2022,
        "to_year": 2026,
    }
    PovertyStandard.objects.create(**own)

    load()

    assert [each.code for each in PovertyStandard.objects.in_force(2026, "city")] == ["HN"]
    assert [each.code for each in PovertyStandard.objects.in_force(2027, "city")] == ["HN_2027_2030"]


def test_loading_again_changes_nothing(standards):
    before = list(PovertyStandard.objects.order_by("pk").values())

    load()

    assert list(PovertyStandard.objects.order_by("pk").values()) == before


# --- the administration -----------------------------------------------------------------------


@pytest.fixture
def admin(client):
    client.force_login(factories.admin())
    client.cookies["django_language"] = "en"


def send(client, standard=None, **changed):
    """The administration's form of a standard, as it stands, with changes."""
    name = "change" if standard else "add"
    url = reverse(f"admin:households_povertystandard_{name}", args=[standard.pk] if standard else [])
    page = client.get(url)
    form, [inline] = page.context["adminform"].form, page.context["inline_admin_formsets"]
    forms = (form, inline.formset.management_form, *inline.formset.initial_forms)
    data = {bound.html_name: bound.value() for part in forms for bound in part}
    data = {name: value for name, value in data.items() if value is not None and value is not False}
    return client.post(url, data | changed)


NEW = {
    "code": "HN_2031_2035", "name": "Chuẩn Hà Nội 2031–2035", "name_en": "Hà Nội 2031–2035", "level": "city",
    "from_year": "2031", "to_year": "2035", "rule": "both", "urban_line": "3000000", "deprivations_needed": "3",
    "points_each": "10",
}  # fmt: skip


@pytest.mark.usefixtures("admin", "standards")
def test_an_administrator_adds_a_standard(client):
    assert send(client, **NEW).status_code == 302
    assert PovertyStandard.objects.in_force(2033, "city").get().urban_line == 3_000_000


@pytest.mark.usefixtures("admin", "standards")
@pytest.mark.parametrize(
    ("changed", "field", "words"),
    [
        ({"to_year": "2026"}, "to_year", "cannot end before it begins"),
        ({"urban_living_line": "2000000"}, "urban_living_line", "lies above the income line"),
        ({"rural_living_points": "120"}, "rural_living_points", "lie above those of the income line"),
        ({"from_year": "2025"}, "from_year", "judged already by: Hà Nội poverty standard 2022–2025"),
        ({"from_year": "2010", "to_year": ""}, "from_year", "judged already by"),
    ],
)
def test_what_cannot_be_is_refused_in_words(client, changed, field, words):
    answer = send(client, **NEW | changed)

    assert answer.status_code == 200
    with override("en"):
        assert words in str(answer.context["adminform"].form.errors[field])
    assert not PovertyStandard.objects.filter(code="HN_2031_2035").exists()


@pytest.mark.usefixtures("admin", "standards")
def test_two_standards_in_one_year_where_the_administrator_says_so(client):
    assert send(client, **NEW | {"from_year": "2025", "may_overlap": "on"}).status_code == 302


@pytest.mark.usefixtures("admin")
def test_a_change_of_the_rule_raises_the_version_and_a_change_of_a_name_does_not(client, standards):
    city = standards["HN_2022_2025"]

    send(client, city, name="Chuẩn Hà Nội")
    city.refresh_from_db()
    assert (city.name, city.version) == ("Chuẩn Hà Nội", 1)
    send(client, city, urban_line="2500000")
    city.refresh_from_db()
    assert (city.urban_line, city.version) == (2_500_000, 2)


@pytest.mark.usefixtures("admin")
@pytest.mark.parametrize(
    ("changed", "field", "words"),
    [
        ({"to_year": "2023"}, "to_year", "judged by this standard in 2024; its years must contain them"),
        ({"from_year": "2024"}, "from_year", "judged by this standard in 2022; its years must contain them"),
        ({"level": "national", "may_overlap": "on"}, "level", "its level stays"),
    ],
)
def test_a_standard_is_not_moved_away_from_under_its_results(client, standards, changed, field, words):
    """Else the published figures of locked years would change without a write to any of them."""
    family = factories.household(factories.ward())
    for year in (2022, 2024):
        factories.status(family, year, "N", standard=standards["HN_2022_2025"])

    answer = send(client, standards["HN_2022_2025"], **changed)

    with override("en"):
        assert words in str(answer.context["adminform"].form.errors[field])
    assert send(client, standards["HN_2022_2025"], to_year="2024").status_code == 302, (
        "it may end after the last of them"
    )


@pytest.mark.usefixtures("admin")
def test_the_codes_that_results_refer_to_stay(client, standards):
    national = standards["QG_2022_2025"]

    send(client, national, code="QG", **{"indicators-0-code": "viec"})

    national.refresh_from_db()
    assert (national.code, national.indicators.first().code) == ("QG_2022_2025", "viec_lam")


@pytest.mark.usefixtures("admin")
def test_a_change_of_an_indicator_raises_the_version(client, standards):
    national = standards["QG_2027_2030"]

    send(client, national, **{"indicators-0-threshold": "Theo nghị định"})

    national.refresh_from_db()
    assert (national.version, national.indicators.first().threshold) == (2, "Theo nghị định")


@pytest.mark.usefixtures("admin", "standards")
def test_every_field_has_a_help_text(client):
    form = client.get(reverse("admin:households_povertystandard_add")).context["adminform"].form

    assert [name for name, field in form.fields.items() if not field.help_text] == []


# --- for everybody to read --------------------------------------------------------------------


@pytest.mark.usefixtures("standards")
def test_standard_list_tells_what_is_on_record_and_what_is_not(client):
    client.force_login(factories.officer(factories.ward()))
    client.cookies["django_language"] = "en"

    response = client.get(reverse("standard-list"))

    page = response.content.decode()
    assert [each.code for each in response.context["in_force"]] == ["HN_2026", "QG_2022_2025"]
    assert "NĐ 07/2021/NĐ-CP" in page
    assert "2,000,000" in page
    assert "legal basis not on record" in page
    assert "not on record</span>" in page
    assert "nhỏ hơn 8 m²" in page
    assert "No indicators of its own on record" in page
    assert page.count("Neither its lines nor its rule are on record") == 3, "the city's since 2022"


@pytest.mark.usefixtures("standards")
def test_standard_list_asks_no_more_for_more_standards(client, django_assert_max_num_queries):
    client.force_login(factories.leader())
    client.get(reverse("standard-list"))

    with django_assert_max_num_queries(7):
        client.get(reverse("standard-list"))

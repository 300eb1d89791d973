"""Who gets what from the API: 401 unknown, 403 no right, 404 another ward's, and nothing by a side door."""

from datetime import date

import pytest
from django.urls import get_resolver

from accounts.models import User
from households.models import LifeEvent
from tests import factories
from tests.api import Api

pytestmark = pytest.mark.django_db

WRITTEN = ("/api/households/", "/api/statuses/", "/api/support-actions/")
READ = ("/api/members/", "/api/life-events/", "/api/review-rounds/")
PERSONAL = (*WRITTEN, *READ)
REFERENCE = ("/api/funding-sources/", "/api/support-policies/", "/api/wards/")
FIGURES = "/api/reports/five-year-summary/"
CANARY = "Trịnh Thị Ngọc Bích"


@pytest.fixture
def bien_giang():
    return factories.ward("Biên Giang")


@pytest.fixture
def foreign(bien_giang):
    """One record of every personal kind in a ward that is not the officer's: path of the list and key."""
    family = factories.household(bien_giang, head=CANARY, address="Ngõ 7 Biên Giang", statuses={2023: "N", 2024: "K"})
    help_given = factories.support(family, group_name=CANARY)
    family.members.update(id_number="001160098765")
    born = LifeEvent.objects.create(kind="born", household=family, ward=bien_giang, day=date(2024, 3, 1), note=CANARY)
    return {
        "/api/households/": family.pk,
        "/api/members/": family.members.get().pk,
        "/api/life-events/": born.pk,
        "/api/review-rounds/": factories.review_round(bien_giang, 2022).pk,
        "/api/statuses/": family.statuses.first().pk,
        "/api/support-actions/": help_given.pk,
    }


@pytest.fixture
def officer():
    return Api(factories.officer(factories.ward("Đồng Mai")))


@pytest.mark.parametrize("path", [*PERSONAL, *REFERENCE, FIGURES, "/api/schema/", "/api/docs/", "/api/token/revoke/"])
@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"])
def test_who_is_not_signed_in_gets_401(foreign, path, method):
    for address in (path, f"{path}{foreign.get(path, '')}/".replace("//", "/")):
        assert Api().send(method, address).status_code == 401


@pytest.mark.parametrize("path", PERSONAL)
@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("role", ["leader", "admin"])
def test_leaders_and_administrators_reach_no_person(foreign, path, method, role):
    api = Api(getattr(factories, role)())

    for address in (path, f"{path}{foreign[path]}/", f"{path}4711/", f"{path}?q=Bich&sort=head&household=1"):
        answer = api.send(method, address)
        assert answer.status_code == 403
        assert list(answer.json()) == ["detail"] if method != "HEAD" else not answer.content
    assert api.post(f"/api/support-actions/{foreign['/api/support-actions/']}/void/").status_code == 403


@pytest.mark.parametrize("path", PERSONAL)
def test_another_wards_record_is_as_unknown_as_none(officer, foreign, path):
    for method in ("GET", "HEAD", "PUT", "PATCH") if path in WRITTEN else ("GET", "HEAD"):
        there, nowhere = (officer.send(method, f"{path}{pk}/", {"version": 1}) for pk in (foreign[path], 4711))
        assert (there.status_code, there.content) == (nowhere.status_code, nowhere.content)
        assert there.status_code == 404
    assert officer.rows(path) == []


def test_another_wards_help_is_not_made_void(officer, foreign):
    path = f"/api/support-actions/{foreign['/api/support-actions/']}/void/"

    assert officer.post(path, {"version": 1, "reason": "x"}).status_code == 404


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("/api/households/", {"q": "Bích"}),
        ("/api/households/", {"q": "001160098765"}),
        ("/api/households/", {"year": 2023, "classification": "N"}),
        ("/api/households/", {"year": 2024, "movement": "escaped_poverty"}),
        ("/api/members/", {"q": "Bích"}),
        ("/api/statuses/", {"year": 2023}),
        ("/api/support-actions/", {"q": "Bích"}),
        ("/api/support-actions/", {"status": "all", "sort": "beneficiary"}),
    ],
)
def test_no_filter_search_or_order_shows_another_ward(officer, foreign, path, query):
    answer = officer.get(path, **query)

    assert CANARY not in answer.content.decode()
    assert answer.status_code == 400 or answer.json()["count"] == 0


def test_a_filter_by_another_wards_household_is_as_wrong_as_by_none(officer, foreign):
    for path in ("/api/members/", "/api/statuses/"):
        there, nowhere = (officer.get(path, household=pk) for pk in (foreign["/api/households/"], 4711))
        assert (there.status_code, there.content) == (nowhere.status_code, nowhere.content)
        assert there.status_code == 400


def test_who_has_no_ward_sees_nothing_and_not_everything(foreign):
    api = Api(factories.officer())

    assert [api.rows(path) for path in (*PERSONAL, "/api/wards/")] == [[]] * 7
    body = {"ward": "10123@1900-01-01", "members": [{"name": "A", "relation": "head", "sex": "1", "birth_year": 1990}]}
    assert list(api.post("/api/households/", body).json()) == ["ward"]


def test_an_officer_of_two_wards_sees_each_row_once(bien_giang, foreign):
    api = Api(factories.officer(factories.ward("Đồng Mai"), bien_giang))

    assert [api.get(path).json()["count"] for path in PERSONAL] == [1, 2, 1, 1, 1, 1]
    assert [ward["name"] for ward in api.rows("/api/wards/")] == ["Biên Giang", "Đồng Mai"]


def test_an_officer_of_the_old_ward_does_not_inherit_the_new_one_with_its_code():
    old = factories.ward("Phú La", code="09552", until=date(2025, 6, 30))
    new = factories.ward("Kiến Hưng", code="09552", since=date(2025, 7, 1))
    factories.household(new, head=CANARY)

    assert Api(factories.officer(old)).rows("/api/households/") == []
    assert len(Api(factories.officer(new)).rows("/api/households/")) == 1


def test_everybody_with_an_account_reads_reference_lists_and_figures():
    for role in ("staff", "leader", "admin"):
        api = Api(getattr(factories, role)())
        assert {path: api.get(path).status_code for path in (*REFERENCE, FIGURES)} == dict.fromkeys(
            (*REFERENCE, FIGURES), 200
        )


@pytest.mark.parametrize("path", [*REFERENCE, "/api/members/"])
def test_what_is_only_read_is_not_written(path):
    api = Api(factories.staff())

    assert {api.send(method, path).status_code for method in ("POST", "PUT", "PATCH", "DELETE")} == {405}


def test_a_right_that_is_taken_away_is_gone_at_the_next_request(foreign, bien_giang):
    officer = factories.officer(bien_giang)
    api = Api(officer)
    path = f"/api/households/{foreign['/api/households/']}/"
    assert api.get(path).status_code == 200

    officer.assignments.all().delete()
    assert api.get(path).status_code == 404
    User.objects.filter(pk=officer.pk).update(role="leader")
    assert api.get(path).status_code == 403
    User.objects.filter(pk=officer.pk).update(is_active=False)
    assert api.get(path).status_code == 401


def test_a_session_needs_the_csrf_token_to_write():
    from django.test import Client

    client = Client(enforce_csrf_checks=True)
    client.force_login(factories.staff())

    answer = client.post("/api/households/", "{}", "application/json")

    assert answer.status_code == 403


def test_answers_with_personal_data_stay_out_of_caches(officer):
    assert officer.get("/api/households/")["Cache-Control"] == "no-store"


def test_errors_are_vietnamese_unless_the_person_chose_english(officer):
    assert officer.get("/api/households/4711/").json() == {"detail": "Không tìm thấy."}
    officer.client.cookies["django_language"] = "en"
    assert officer.client.get("/api/households/4711/", headers={"accept-language": "vi"}).json() == {
        "detail": "Not found."
    }


def test_every_list_of_the_api_is_in_this_file():
    [api] = [pattern for pattern in get_resolver().url_patterns if str(pattern.pattern) == "api/"]
    names = {pattern.name for each in api.url_patterns for pattern in getattr(each, "url_patterns", [each])}

    assert {name for name in names if name.endswith("-list")} == {
        f"api-{name}-list"
        for name in (
            "household",
            "life-event",
            "member",
            "status",
            "review-round",
            "support-action",
            "funding-source",
            "support-policy",
            "ward",
        )
    }

"""The OpenAPI description: complete, valid, and the same that the page draws."""

import json

import pytest
from django.core.management import call_command

from tests import factories
from tests.api import Api

pytestmark = pytest.mark.django_db


@pytest.fixture
def schema(tmp_path):
    path = tmp_path / "schema.json"
    call_command("spectacular", validate=True, fail_on_warn=True, format="openapi-json", file=str(path))
    return json.loads(path.read_text(encoding="utf-8"))


def test_the_schema_is_valid_and_generated_without_warnings(schema):
    operations = {(path, method) for path, methods in schema["paths"].items() for method in methods}

    assert len(operations) == 31
    assert all(path.startswith("/api/") for path, _method in operations)
    assert ("/api/support-actions/{id}/void/", "post") in operations
    assert not any(method == "delete" for _path, method in operations)


def test_every_way_to_sign_in_is_described(schema):
    assert set(schema["components"]["securitySchemes"]) == {"token", "cookieAuth", "password"}
    assert schema["paths"]["/api/token/"]["post"]["security"] == [{"password": []}]


def test_a_lists_parameters_are_described_as_they_are_understood(schema):
    parameters = {each["name"]: each["schema"] for each in schema["paths"]["/api/households/"]["get"]["parameters"]}

    assert parameters["classification"]["items"]["enum"] == ["N", "CN", "KK", "K"]
    assert parameters["ward"] == {"type": "integer"}
    assert {"q", "year", "level", "movement", "page", "page_size", "sort"} <= set(parameters)
    assert not {"id_number", "members", "phone"} & set(parameters)


def test_the_version_is_asked_for_and_the_conflict_described(schema):
    for path in ("/api/households/{id}/", "/api/statuses/{id}/", "/api/support-actions/{id}/"):
        change = schema["paths"][path]["put"]
        body = change["requestBody"]["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
        assert "version" in schema["components"]["schemas"][body]["properties"]
        assert "409" in change["responses"]


@pytest.mark.parametrize("role", ["staff", "leader", "admin"])
def test_everybody_with_an_account_reads_the_description(role):
    api = Api(getattr(factories, role)())

    assert (api.get("/api/schema/").status_code, api.get("/api/docs/").status_code) == (200, 200)
    assert api.get("/api/docs/", script="")["Content-Type"] == "application/javascript"
    assert api.get("/api/")["Location"] == "/api/docs/"
    assert Api().get("/api/docs/").status_code == 401


def test_the_page_writes_no_script_and_no_style_into_itself():
    page = Api(factories.staff()).get("/api/docs/").content.decode()

    assert "<style" not in page
    assert "style=" not in page
    assert page.count("<script") == page.count("<script src=")

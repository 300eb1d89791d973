"""How the OpenAPI description is told what it cannot guess."""

from django_filters import rest_framework as sieves
from drf_spectacular.contrib.knox_auth_token import KnoxTokenScheme
from drf_spectacular.extensions import OpenApiAuthenticationExtension, OpenApiFilterExtension

from accounts.api.lists import Sieve
from accounts.api.rights import PasswordAuthentication, TokenAuthentication


class TokenScheme(KnoxTokenScheme):
    target_class = TokenAuthentication
    name = "token"


class PasswordScheme(OpenApiAuthenticationExtension):
    target_class = PasswordAuthentication
    name = "password"

    def get_security_definition(self, auto_schema):
        return {"type": "http", "scheme": "basic"}


class SieveParameters(OpenApiFilterExtension):
    """A list's parameters as its FilterSet declares them; many of ours are no column of a model."""

    target_class = Sieve
    priority = 1  # before the package's own, which knows columns only

    def get_schema_operation_parameters(self, auto_schema, *args, **kwargs) -> list[dict]:
        filterset = getattr(auto_schema.view, "filterset_class", None)
        return [self._parameter(name, each) for name, each in filterset.base_filters.items()] if filterset else []

    def _parameter(self, name: str, declared) -> dict:
        schema = {"type": "integer" if isinstance(declared, sieves.ModelChoiceFilter) else "string"}
        choices = getattr(declared.extra.get("choices"), "choices", declared.extra.get("choices"))
        if choices and not callable(choices):
            schema["enum"] = [value for value, _label in choices]
        if declared.field_class.widget.__name__.endswith(("Multiple", "PickList")):
            schema = {"type": "array", "items": schema}
        described = {"name": name, "in": "query", "required": False, "schema": schema}
        return described | ({"description": str(declared.label)} if declared.label else {})

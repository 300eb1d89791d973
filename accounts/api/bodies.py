"""What a request's body may be."""

import json
from typing import Any

from django.conf import settings
from django.utils.translation import gettext_lazy as _
from rest_framework import exceptions, parsers, status

LARGEST_INTEGER = 2**63 - 1  # that a database holds
DEEPEST = 8  # lists and objects inside each other; a household needs four


class StrictJSONParser(parsers.JSONParser):
    """JSON that the fields can trust: of bounded size and depth, and only text and numbers that a database can hold."""

    def parse(self, stream, media_type=None, parser_context=None):
        limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        body = stream.read(limit + 1)
        if len(body) > limit:
            raise TooLarge
        try:
            data = json.loads(body.decode("utf-8-sig"), parse_constant=_no_such_number)
        except (ValueError, RecursionError) as error:
            raise exceptions.ParseError(_("This is not valid JSON in UTF-8.")) from error
        problem = _unstorable(data)
        if problem:
            raise exceptions.ValidationError(problem)
        return data


def _no_such_number(name: str):
    raise ValueError(name)


def _unstorable(data: Any, depth: int = 0) -> Any:
    """What in here no database can hold, under the names of its fields; None where all is well."""
    if depth > DEEPEST:
        return [_("Lists and objects are nested too deeply.")]
    if isinstance(data, dict):
        if any(_broken(name) for name in data):
            return [_("A field's name contains characters that cannot be stored.")]
        return {name: problem for name, value in data.items() if (problem := _unstorable(value, depth + 1))} or None
    if isinstance(data, list):
        return {place: found for place, value in enumerate(data) if (found := _unstorable(value, depth + 1))} or None
    if isinstance(data, str) and _broken(data):
        return [_("The text contains characters that cannot be stored.")]
    if isinstance(data, int | float) and abs(data) > LARGEST_INTEGER:
        return [_("The number has too many digits.")]
    return None


def _broken(text: str) -> bool:
    return any(char == "\x00" or "\ud800" <= char <= "\udfff" for char in text)


class TooLarge(exceptions.APIException):
    """413."""

    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_detail = _("The body is too large.")
    default_code = "too_large"

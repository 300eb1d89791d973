"""Pages and order of lists."""

from django.utils.translation import gettext_lazy as _
from django_filters.rest_framework import DjangoFilterBackend
from rest_framework import exceptions, filters, pagination
from rest_framework.request import Request


class Pages(pagination.PageNumberPagination):
    """50 rows a page, at most 200."""

    page_size = 50
    page_size_query_param = "page_size"
    max_page_size = 200


class Sieve(DjangoFilterBackend):
    """The pages' FilterSets. What cannot be right is answered 400 here, where no form could say it."""


class NamedOrder(filters.BaseFilterBackend):
    """`?sort=name` or `?sort=-name`, by the orders a view names and by nothing else: a column is not an order.

    The view says `sorts` and, where an order is more than columns, `in_order()`.
    """

    def filter_queryset(self, request: Request, queryset, view):
        asked = request.query_params.get("sort", "")
        if asked and asked.removeprefix("-") not in getattr(view, "sorts", ()):
            known = ", ".join(getattr(view, "sorts", ())) or "—"
            raise exceptions.ValidationError({"sort": [_("Unknown order. Known: %(names)s.") % {"names": known}]})
        return view.in_order(queryset, asked) if asked else queryset

    def get_schema_operation_parameters(self, view) -> list[dict]:
        names = [sign + name for name in getattr(view, "sorts", ()) for sign in ("", "-")]
        if not names:
            return []
        return [{"name": "sort", "in": "query", "required": False, "schema": {"type": "string", "enum": names}}]

"""The five-year summary as JSON: the same report that the page draws."""

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from reports.forms import ScopeForm
from reports.summary import as_json, five_year_summary


class MaySeeFigures(BasePermission):
    def has_permission(self, request: Request, view) -> bool:
        return request.user.is_authenticated and request.user.has_perm("reports.view_summary")


@extend_schema(
    summary="Five-year summary",
    parameters=[
        OpenApiParameter(
            "ward", int, description="Id of a ward; left out: the whole district (an officer: the own ward)."
        ),
        OpenApiParameter("first", int, description="First year; left out: the programme's."),
        OpenApiParameter("last", int, description="Last year; left out: the programme's."),
        OpenApiParameter("level", str, enum=["city", "national"]),
        OpenApiParameter(
            "map",
            str,
            enum=["as-was", "today"],
            description="Rows by the ward of their day, or by the ward in which the place lies today (`ward` too).",
        ),
    ],
    responses=OpenApiTypes.OBJECT,
)
class FiveYearSummaryView(APIView):
    """Tables keyed `poverty_by_year`, `support_by_policy`, `support_by_category_and_year`, `support_by_ward`, `housing`,
    `money_by_source`, `category_by_source`, `loans_by_lender`, `funds`, `not_reached`, `published_figures`.

    `funds` has no rows for readers without the funds and for a single ward; its notes on the page say so. And of the
    yearly reviews: `movement_poor`, `movement_near_poor`, `review_result`, `deprivations`, `causes`,
    `groups`.
    """

    permission_classes = [MaySeeFigures]

    def get(self, request: Request) -> Response:
        request._request.user = request.user  # a token's person, where there is no session
        form = ScopeForm(request.query_params, request=request._request)
        if not form.is_valid():
            raise ValidationError(form.errors)
        return Response(as_json(five_year_summary(form.scope())))

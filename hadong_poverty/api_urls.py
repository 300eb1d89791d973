"""The API's table of contents."""

from django.urls import include, path
from django.views.generic import RedirectView
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.routers import SimpleRouter

import accounts.api.schema  # noqa: F401  registers what the schema cannot guess
from accounts.api.tokens import TokenRevokeView, TokenView
from households.api import HouseholdViewSet, MemberViewSet, StatusViewSet
from households.api_life import LifeEventViewSet
from households.api_rounds import ReviewRoundViewSet
from reports.api import FiveYearSummaryView
from support.api import FundingSourceViewSet, SupportActionViewSet, SupportPolicyViewSet
from wards.api import WardViewSet

router = SimpleRouter()
router.register("households", HouseholdViewSet, "api-household")
router.register("members", MemberViewSet, "api-member")
router.register("statuses", StatusViewSet, "api-status")
router.register("life-events", LifeEventViewSet, "api-life-event")
router.register("review-rounds", ReviewRoundViewSet, "api-review-round")
router.register("support-actions", SupportActionViewSet, "api-support-action")
router.register("funding-sources", FundingSourceViewSet, "api-funding-source")
router.register("support-policies", SupportPolicyViewSet, "api-support-policy")
router.register("wards", WardViewSet, "api-ward")

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="api-docs"), name="api-root"),
    path("", include(router.urls)),
    path("reports/five-year-summary/", FiveYearSummaryView.as_view(), name="api-five-year-summary"),
    path("token/", TokenView.as_view(), name="api-token"),
    path("token/revoke/", TokenRevokeView.as_view(), name="api-token-revoke"),
    path("schema/", SpectacularAPIView.as_view(), name="api-schema"),
    path(
        "docs/",
        SpectacularSwaggerSplitView.as_view(url_name="api-schema", template_name="api_docs.html"),
        name="api-docs",
    ),
]

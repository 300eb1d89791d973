"""The URL tree."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("", include("accounts.urls")),
    path("", include("households.urls")),
    path("", include("support.urls")),
    path("", include("reports.urls")),
    path("api/", include("hadong_poverty.api_urls")),
    path("admin/", admin.site.urls),
]

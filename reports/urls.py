"""Reports: what leaves the system."""

from django.urls import path

from reports import views

urlpatterns = [
    path("", views.dashboard, name="dashboard"),
    path("reports/summary/", views.summary, name="summary"),
    path("reports/summary.xlsx", views.summary_xlsx, name="summary-xlsx"),
    path("reports/programme/", views.programme, name="programme"),
]

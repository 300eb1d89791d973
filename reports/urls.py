"""Reports: what leaves the system."""

from django.urls import path

from reports import views
from reports.review import views as review

urlpatterns = [
    path("", views.dashboard, name="dashboard"),
    path("reports/summary/", views.summary, name="summary"),
    path("reports/summary.xlsx", views.summary_xlsx, name="summary-xlsx"),
    path("reports/review/", review.review, name="review"),
    path("reports/review/<int:year>/", review.review_tables, name="review-tables"),
    path("reports/review/<int:year>.xlsx", review.review_tables_xlsx, name="review-tables-xlsx"),
    path("reports/review/<int:year>/movement/", review.review_movement, name="review-movement"),
    path(
        "reports/review/<int:year>/movement/households/",
        review.review_movement_households,
        name="review-movement-households",
    ),
    path("reports/programme/", views.programme, name="programme"),
]

"""Families: list, page, form."""

from django.urls import path

from households import views

urlpatterns = [
    path("households/", views.household_list, name="household-list"),
    path("households/new/", views.household_create, name="household-create"),
    path("households/export/", views.household_export, name="household-export"),
    path("households/duplicates/", views.duplicate_list, name="duplicate-list"),
    path("households/duplicates/ask/", views.duplicate_ask, name="duplicate-ask"),
    path("households/duplicates/<int:pk>/", views.duplicate_settle, name="duplicate-settle"),
    path("households/<int:pk>/", views.household_detail, name="household-detail"),
    path("households/<int:pk>/edit/", views.household_edit, name="household-edit"),
    path("households/<int:pk>/reveal/", views.household_reveal, name="household-reveal"),
    path("households/<int:pk>/life/", views.household_life, name="household-life"),
    path("households/<int:pk>/life/undo/", views.life_undo, name="life-undo"),
    path("households/<int:pk>/life/<slug:kind>/", views.life_record, name="life-record"),
    path("households/<int:pk>/statuses/<int:year>/", views.status_edit, name="status-edit"),
    path("households/<int:pk>/statuses/<int:year>/judgement/", views.status_judgement, name="status-judgement"),
    path("households/<int:pk>/statuses/<int:year>/regular/", views.regular_review, name="regular-review"),
    path("review/<int:ward>/<int:year>/carry-over/", views.carry_over, name="carry-over"),
]

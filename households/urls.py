"""Families: list, page, form."""

from django.urls import path

from households import views

urlpatterns = [
    path("households/", views.household_list, name="household-list"),
    path("households/new/", views.household_create, name="household-create"),
    path("households/export/", views.household_export, name="household-export"),
    path("households/<int:pk>/", views.household_detail, name="household-detail"),
    path("households/<int:pk>/edit/", views.household_edit, name="household-edit"),
    path("households/<int:pk>/reveal/", views.household_reveal, name="household-reveal"),
    path("households/<int:pk>/statuses/<int:year>/", views.status_edit, name="status-edit"),
]

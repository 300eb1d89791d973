"""Help given: list, export, form, page."""

from django.urls import path

from support import views

urlpatterns = [
    path("support/", views.action_list, name="action-list"),
    path("support/export/", views.action_export, name="action-export"),
    path("support/new/", views.action_create, name="action-create"),
    path("support/household-suggest/", views.household_suggest, name="household-suggest"),
    path("support/<int:pk>/", views.action_detail, name="action-detail"),
    path("support/<int:pk>/edit/", views.action_edit, name="action-edit"),
    path("support/<int:pk>/void/", views.action_void, name="action-void"),
]

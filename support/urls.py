"""Help given: list, export, form, page."""

from django.urls import path

from support import attachment_views, batch_views, entitlement_views, fund_views, loan_views, views

urlpatterns = [
    path("support/", views.action_list, name="action-list"),
    path("support/export/", views.action_export, name="action-export"),
    path("support/new/", views.action_create, name="action-create"),
    path("support/household-suggest/", views.household_suggest, name="household-suggest"),
    path("support/<int:pk>/", views.action_detail, name="action-detail"),
    path("support/<int:pk>/edit/", views.action_edit, name="action-edit"),
    path("support/<int:pk>/void/", views.action_void, name="action-void"),
    path("support/<int:pk>/movements/new/", loan_views.movement_create, name="movement-create"),
    path("support/<int:pk>/movements/<int:movement>/void/", loan_views.movement_void, name="movement-void"),
    path("support/<int:pk>/attach/", attachment_views.action_attach, name="action-attach"),
    path("statuses/<int:pk>/attach/", attachment_views.status_attach, name="status-attach"),
    path("attachments/<int:pk>/", attachment_views.attachment_file, name="attachment-file"),
    path("attachments/<int:pk>/remove/", attachment_views.attachment_remove, name="attachment-remove"),
    path("support/batches/", batch_views.batch_list, name="batch-list"),
    path("support/batches/new/", batch_views.batch_create, name="batch-create"),
    path("support/batches/<int:pk>/", batch_views.batch_detail, name="batch-detail"),
    path("support/batches/<int:pk>/void/", batch_views.batch_void, name="batch-void"),
    path("support/batches/<int:pk>/signatures/", batch_views.batch_signatures, name="batch-signatures"),
    path("support/batches/<int:pk>/signatures/xlsx/", batch_views.batch_signatures_xlsx, name="batch-signatures-xlsx"),
    path("support/not-reached/", entitlement_views.not_reached_rules, name="not-reached-rules"),
    path("support/not-reached/<str:code>/", entitlement_views.not_reached_rule, name="not-reached-rule"),
    path("support/not-reached/<str:code>/export/", entitlement_views.not_reached_export, name="not-reached-export"),
    path("funds/", fund_views.fund_list, name="fund-list"),
    path("funds/donors/<int:pk>/", fund_views.donor_detail, name="donor-detail"),
    path("funds/receipts/<int:pk>/", fund_views.receipt_detail, name="receipt-detail"),
    path("funds/receipts/<int:pk>/void/", fund_views.receipt_void, name="receipt-void"),
    path("funds/allocations/<int:pk>/void/", fund_views.allocation_void, name="allocation-void"),
    path("funds/<str:code>/", fund_views.fund_detail, name="fund-detail"),
    path("funds/<str:code>/export/", fund_views.fund_export, name="fund-export"),
    path("funds/<str:code>/open/", fund_views.fund_open, name="fund-open"),
    path("funds/<str:code>/receipts/new/", fund_views.receipt_create, name="receipt-create"),
    path("funds/<str:code>/allocations/new/", fund_views.allocation_create, name="allocation-create"),
]

from households.views.browse import household_detail, household_export, household_list, household_reveal
from households.views.record import household_create, household_edit, status_edit

__all__ = [
    "household_create",
    "household_detail",
    "household_edit",
    "household_export",
    "household_list",
    "household_reveal",
    "status_edit",
]

from households.views.browse import household_detail, household_export, household_list, household_reveal
from households.views.carry_over import carry_over
from households.views.duplicates import duplicate_ask, duplicate_list, duplicate_settle
from households.views.life import household_life, life_record, life_undo
from households.views.record import household_create, household_edit
from households.views.survey import regular_review, status_edit, status_judgement

__all__ = [
    "carry_over",
    "duplicate_ask",
    "duplicate_list",
    "duplicate_settle",
    "household_create",
    "household_detail",
    "household_edit",
    "household_export",
    "household_life",
    "household_list",
    "household_reveal",
    "life_record",
    "life_undo",
    "regular_review",
    "status_edit",
    "status_judgement",
]

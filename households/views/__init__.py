from households.views.amendments import (
    amendment_create,
    amendment_decide,
    amendment_detail,
    amendment_figures,
    amendment_list,
)
from households.views.browse import household_detail, household_export, household_list, household_reveal
from households.views.carry_over import carry_over
from households.views.certificate import household_certificate, household_certificate_docx
from households.views.duplicates import duplicate_ask, duplicate_list, duplicate_settle
from households.views.life import household_life, life_record, life_undo
from households.views.progress import round_lock_all, round_progress
from households.views.record import household_create, household_edit
from households.views.reorganisation import (
    reorganisation_carry_out,
    reorganisation_detail,
    reorganisation_groups,
    reorganisation_import,
    reorganisation_list,
    reorganisation_workbook,
)
from households.views.rounds import (
    round_answer,
    round_approve,
    round_check,
    round_comment,
    round_detail,
    round_households,
    round_lock,
    round_population,
    round_return,
    round_start,
    round_submit,
)
from households.views.standards import standard_list
from households.views.survey import regular_review, status_edit, status_judgement

__all__ = [
    "amendment_create",
    "amendment_decide",
    "amendment_detail",
    "amendment_figures",
    "amendment_list",
    "carry_over",
    "duplicate_ask",
    "duplicate_list",
    "duplicate_settle",
    "household_certificate",
    "household_certificate_docx",
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
    "reorganisation_carry_out",
    "reorganisation_detail",
    "reorganisation_groups",
    "reorganisation_import",
    "reorganisation_list",
    "reorganisation_workbook",
    "round_answer",
    "round_approve",
    "round_check",
    "round_comment",
    "round_detail",
    "round_households",
    "round_lock",
    "round_lock_all",
    "round_population",
    "round_progress",
    "round_return",
    "round_start",
    "round_submit",
    "standard_list",
    "status_edit",
    "status_judgement",
]

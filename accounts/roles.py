"""The four roles and what each may do. Which rows they may do it to is `visible_to()`'s business."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    OFFICER = "officer", _("ward officer")
    STAFF = "staff", _("district staff")
    LEADER = "leader", _("leader")
    ADMIN = "admin", _("administrator")


_SEE_PEOPLE = {
    "households.view_household",
    "households.view_lifeevent",
    "households.view_member",
    "households.view_povertystatus",
    "households.view_reviewround",
    "support.view_supportaction",
}
_KEEP_RECORDS = {
    "households.add_household",
    "households.change_household",
    "households.reveal_member",
    "households.add_povertystatus",
    "households.change_povertystatus",
    "support.add_supportaction",
    "support.change_supportaction",
    "support.void_supportaction",
    "households.settle_duplicatecase",
    "households.propose_statusamendment",
}
_CHECK_THE_WARDS = {
    "accounts.review_wards",
    "households.check_reviewround",
    "households.decide_statusamendment",
    "wards.view_reorganisation",
    "wards.carry_out_reorganisation",
}
_READ_REFERENCE = {
    "wards.view_ward",
    "support.view_supportpolicy",
    "support.view_fundingsource",
    "households.view_povertystandard",
}
_READ_FIGURES = {"reports.view_summary", "reports.view_programme"}
_READ_FUNDS = {"support.view_receipt"}
_KEEP_FUNDS = {
    "support.add_receipt",
    "support.change_receipt",
    "support.add_allocation",
    "support.change_allocation",
}


def _manage(*models_: str) -> set[str]:
    return {
        f"{app}.{verb}_{model}"
        for app, model in (label.split(".") for label in models_)
        for verb in ("view", "add", "change", "delete")
    }


_REFERENCE_AND_ACCOUNTS = (
    _manage(
        "wards.ward",
        "wards.wardsuccession",
        "wards.residentialgroup",
        "wards.wardpopulation",
        "households.povertystandard",
        "households.indicator",
        "support.supportpolicy",
        "support.policyrate",
        "support.fundingsource",
        "support.entitlementrule",
        "accounts.wardassignment",
    )
    | (_manage("accounts.user") - {"accounts.delete_user"})  # people who wrote records are closed, not deleted
    | {"wards.view_reorganisation"}  # they give officers of ended wards their new ones
)

PERMISSIONS: dict[str, frozenset[str]] = {
    Role.OFFICER: frozenset(
        _SEE_PEOPLE | _KEEP_RECORDS | _READ_REFERENCE | _READ_FIGURES | {"households.submit_reviewround"}
    ),
    Role.STAFF: frozenset(
        _SEE_PEOPLE | _KEEP_RECORDS | _READ_REFERENCE | _READ_FIGURES | _READ_FUNDS | _KEEP_FUNDS | _CHECK_THE_WARDS
    ),
    Role.LEADER: frozenset(_READ_REFERENCE | _READ_FIGURES | _READ_FUNDS),
    Role.ADMIN: frozenset(_READ_REFERENCE | _READ_FIGURES | _REFERENCE_AND_ACCOUNTS),
}

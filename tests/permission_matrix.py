"""Who may do what: the expected answer of every URL to every method from every kind of person.

Read by `test_permission_matrix.py`, which walks the URL tree: a URL without an entry here fails the
suite. An answer is a status code; the columns are the people.

    own       the officer of the ward the record belongs to (so too, from the next request on, an
              officer moved to that ward; and both again by an API token)
    other     an officer of another ward: the record does not exist, as far as they can tell
    wardless  an officer without a ward
    staff     district staff
    leader, admin
    outside   nobody signed in, or a person whose account was closed while they were signed in

Where a URL has no record in it, `own` and `other` are the same: an officer.
"""

import re
from typing import NamedTuple

from django.urls import reverse

SIGN_IN = 302  # led to the sign-in page
NO_SUCH = 404
NO_RIGHT = 403
NO_SUCH_METHOD = 405


class Answer(NamedTuple):
    own: int
    other: int
    wardless: int
    staff: int
    leader: int
    admin: int
    outside: int


def everybody(status: int, *, outside: int = SIGN_IN) -> Answer:
    return Answer(status, status, status, status, status, status, outside)


def keepers(status: int, *, outside: int = SIGN_IN) -> Answer:
    """Officers and district staff, for whom there is a list, a form, a search."""
    return Answer(status, status, status, status, NO_RIGHT, NO_RIGHT, outside)


def record(status: int, *, outside: int = SIGN_IN) -> Answer:
    """One ward's record: its officer and district staff; to other officers it does not exist."""
    return Answer(status, NO_SUCH, NO_SUCH, status, NO_RIGHT, NO_RIGHT, outside)


def district(status: int, *, leader: int = NO_RIGHT) -> Answer:
    """District staff alone; leaders where they may read."""
    return Answer(NO_RIGHT, NO_RIGHT, NO_RIGHT, status, leader, NO_RIGHT, SIGN_IN)


def staff_only(status: int) -> Answer:
    """What only district staff may do; nobody else learns whether there is such a record."""
    return everybody(NO_RIGHT)._replace(staff=status)


def administrators(status: int) -> Answer:
    """Everybody else is led to the administration's sign-in, which tells them 403."""
    return Answer(SIGN_IN, SIGN_IN, SIGN_IN, SIGN_IN, SIGN_IN, status, SIGN_IN)


class Url(NamedTuple):
    """Answers by method; methods not named are answered `rest`.

    `needs` says which record the address contains: a key of `RECORDS`. `by_token`: where a program with
    a valid token is answered otherwise than a person with a session.
    """

    answers: dict[str, Answer]
    needs: str = ""
    rest: Answer = everybody(NO_SUCH_METHOD)
    by_token: dict[str, int] | None = None


# Sent with nothing in it, or with nothing that could be right: a form is answered again, an API call refused.
INCOMPLETE = 422
BAD = 400

_NO_HEAD = everybody(NO_SUCH_METHOD)  # forms are asked for or sent

PAGES: dict[str, Url] = {
    # --- signing in, language, where one works ---
    "account_login": Url(
        {"GET": everybody(302, outside=200), "POST": everybody(302, outside=200), "PUT": everybody(302, outside=200)},
        rest=everybody(302, outside=405),
    ),
    "account_logout": Url({"GET": everybody(200), "POST": everybody(302)}, rest=everybody(405, outside=405)),
    "account_change_password": Url({"GET": everybody(200), "POST": everybody(200), "PUT": everybody(200)}),
    "set-language": Url({"POST": everybody(302, outside=302)}, rest=everybody(405, outside=405)),
    "working-context": Url({"POST": everybody(302)}),
    "signed-in": Url({"GET": everybody(200)}),
    # --- households ---
    "household-list": Url({"GET": keepers(200)}),
    "household-export": Url({"GET": keepers(200)}),
    "household-create": Url({"HEAD": _NO_HEAD, "GET": keepers(200), "POST": keepers(INCOMPLETE)}),
    "household-detail": Url({"GET": record(200)}, needs="household"),
    "household-edit": Url({"HEAD": _NO_HEAD, "GET": record(200), "POST": record(INCOMPLETE)}, needs="household"),
    "household-life": Url({"GET": record(200)}, needs="household"),
    "life-record": Url({"HEAD": _NO_HEAD, "GET": record(200), "POST": record(INCOMPLETE)}, needs="household-kind"),
    "life-undo": Url({"HEAD": _NO_HEAD, "GET": record(200), "POST": record(INCOMPLETE)}, needs="household"),
    "household-reveal": Url({"POST": record(200)}, needs="household"),
    "duplicate-list": Url({"GET": keepers(200)}),
    "duplicate-ask": Url({"POST": keepers(200)}),
    "duplicate-settle": Url({"HEAD": _NO_HEAD, "GET": record(200), "POST": record(INCOMPLETE)}, needs="pair"),
    "status-edit": Url({"HEAD": _NO_HEAD, "GET": record(200), "POST": record(INCOMPLETE)}, needs="household-year"),
    "status-judgement": Url({"POST": record(200)}, needs="household-year"),
    "regular-review": Url({"HEAD": _NO_HEAD, "GET": record(200), "POST": record(INCOMPLETE)}, needs="household-year"),
    "carry-over": Url({"HEAD": _NO_HEAD, "GET": record(200), "POST": record(INCOMPLETE)}, needs="ward-year"),
    # --- the yearly review of a ward, and corrections after its lock ---
    "standard-list": Url({"GET": everybody(200)}),
    "round-start": Url({"GET": keepers(302)}),
    "round-progress": Url({"GET": keepers(200)}),
    "round-detail": Url({"GET": record(200)}, needs="ward-year"),
    "round-check": Url({"GET": record(200)}, needs="ward-year"),
    "round-households": Url({"GET": record(200)}, needs="ward-year-gap"),
    "round-population": Url({"POST": record(INCOMPLETE)}, needs="ward-year"),
    "round-answer": Url({"POST": record(INCOMPLETE)}, needs="round-comment"),
    "round-submit": Url({"POST": record(INCOMPLETE)._replace(staff=NO_RIGHT)}, needs="ward-year"),
    "round-return": Url({"POST": staff_only(INCOMPLETE)}, needs="ward-year"),
    "round-approve": Url({"POST": staff_only(INCOMPLETE)}, needs="ward-year"),
    "round-lock": Url({"POST": staff_only(INCOMPLETE)}, needs="ward-year"),
    "round-comment": Url({"POST": staff_only(INCOMPLETE)}, needs="ward-year"),
    "round-lock-all": Url({"POST": staff_only(302)}),
    "amendment-list": Url({"GET": keepers(200)}),
    "amendment-figures": Url({"GET": keepers(200)}),
    "amendment-create": Url({"HEAD": _NO_HEAD, "GET": record(200), "POST": record(INCOMPLETE)}, needs="household-year"),
    "amendment-detail": Url({"GET": record(200)}, needs="amendment"),
    "amendment-decide": Url({"POST": staff_only(INCOMPLETE)}, needs="amendment"),
    # --- wards that ended: district staff carry it out, administrators give officers their new wards ---
    "reorganisation-list": Url({"GET": staff_only(200)._replace(admin=200)}),
    "reorganisation-detail": Url({"GET": staff_only(200)}, needs="reorganisation"),
    "reorganisation-groups": Url(
        {"HEAD": _NO_HEAD, "GET": staff_only(200), "POST": staff_only(INCOMPLETE)}, needs="split-ward"
    ),
    "reorganisation-workbook": Url({"GET": staff_only(200)}, needs="reorganisation"),
    "reorganisation-import": Url({"POST": staff_only(INCOMPLETE)}, needs="reorganisation"),
    "reorganisation-carry-out": Url({"POST": staff_only(INCOMPLETE)}, needs="reorganisation"),
    "household-certificate": Url({"HEAD": _NO_HEAD, "GET": record(302), "POST": record(302)}, needs="household-year"),
    "household-certificate-docx": Url(
        {"HEAD": _NO_HEAD, "GET": record(302), "POST": record(302)}, needs="household-year"
    ),
    # --- support ---
    "action-list": Url({"GET": keepers(200)}),
    "action-export": Url({"GET": keepers(200)}),
    "action-create": Url({"HEAD": _NO_HEAD, "GET": keepers(200), "POST": keepers(INCOMPLETE)}),
    "household-suggest": Url({"GET": keepers(200)}),
    "action-detail": Url({"GET": record(200)}, needs="action"),
    "action-edit": Url({"HEAD": _NO_HEAD, "GET": record(200), "POST": record(INCOMPLETE)}, needs="action"),
    "action-void": Url({"HEAD": _NO_HEAD, "GET": record(200), "POST": record(INCOMPLETE)}, needs="action"),
    "movement-create": Url({"HEAD": _NO_HEAD, "GET": record(200), "POST": record(INCOMPLETE)}, needs="loan"),
    "movement-void": Url({"HEAD": _NO_HEAD, "GET": record(200), "POST": record(INCOMPLETE)}, needs="repayment"),
    # --- help for many at once ---
    "batch-list": Url({"GET": keepers(200)}),
    "batch-create": Url({"HEAD": _NO_HEAD, "GET": keepers(200), "POST": keepers(INCOMPLETE)}),
    "batch-detail": Url({"GET": record(200)}, needs="batch"),
    "batch-void": Url({"HEAD": _NO_HEAD, "GET": record(200), "POST": record(INCOMPLETE)}, needs="batch"),
    "batch-signatures": Url({"GET": record(200)}, needs="batch"),
    "batch-signatures-xlsx": Url({"GET": record(200)}, needs="batch"),
    # --- papers and photos ---
    "action-attach": Url({"HEAD": _NO_HEAD, "GET": record(200), "POST": record(INCOMPLETE)}, needs="action"),
    "status-attach": Url({"HEAD": _NO_HEAD, "GET": record(200), "POST": record(INCOMPLETE)}, needs="status"),
    "attachment-file": Url({"GET": record(200)}, needs="attachment"),
    "attachment-remove": Url({"HEAD": _NO_HEAD, "GET": record(200), "POST": record(INCOMPLETE)}, needs="attachment"),
    # --- who is entitled and not yet reached ---
    "not-reached-rules": Url({"GET": keepers(200)}),
    "not-reached-rule": Url({"GET": keepers(200)}, needs="rule"),
    "not-reached-export": Url({"GET": keepers(200)}, needs="rule"),
    # --- funds: the district's; leaders read ---
    "fund-list": Url({"GET": district(200, leader=200)}),
    "fund-detail": Url({"GET": district(200, leader=200)}, needs="fund"),
    "fund-export": Url({"GET": district(200, leader=200)}, needs="fund"),
    "receipt-detail": Url({"GET": district(200, leader=200)}, needs="receipt"),
    "donor-detail": Url({"GET": district(200, leader=200)}, needs="donor"),
    "fund-open": Url({"HEAD": _NO_HEAD, "GET": district(302), "POST": district(302)}, needs="fund"),
    "receipt-create": Url({"HEAD": _NO_HEAD, "GET": district(200), "POST": district(INCOMPLETE)}, needs="fund"),
    "receipt-void": Url({"HEAD": _NO_HEAD, "GET": district(200), "POST": district(INCOMPLETE)}, needs="receipt"),
    "allocation-create": Url({"HEAD": _NO_HEAD, "GET": district(200), "POST": district(INCOMPLETE)}, needs="fund"),
    "allocation-void": Url({"HEAD": _NO_HEAD, "GET": district(200), "POST": district(INCOMPLETE)}, needs="allocation"),
    # --- reports: everybody gets figures, each of what they may count ---
    "dashboard": Url({"GET": everybody(200)}),
    "summary": Url({"GET": everybody(200)}),
    "summary-xlsx": Url({"GET": everybody(200)}),
    "review": Url({"GET": everybody(302)}),
    "review-tables": Url({"GET": everybody(200)}, needs="review-year"),
    "review-tables-xlsx": Url({"GET": everybody(200)}, needs="review-year"),
    "review-movement": Url({"GET": everybody(200)}, needs="review-year"),
    "review-movement-households": Url({"GET": keepers(200)}, needs="review-year"),
    "programme": Url({"GET": everybody(200)}),
}

# --- the API ----------------------------------------------------------------------------------------

NO_TOKEN = 401


def api(answers: dict[str, Answer], *, needs: str = "", rest: Answer | None = None) -> Url:
    if rest is None:
        rest = answers["GET"]._replace(
            **{who: 405 for who in Answer._fields if getattr(answers["GET"], who) in (200, 404)}
        )
    return Url(answers, needs, rest)


def api_list(**more: Answer) -> Url:
    return api({"GET": keepers(200, outside=NO_TOKEN), **more})


def api_record(needs: str, **more: Answer) -> Url:
    return api({"GET": record(200, outside=NO_TOKEN), **more}, needs=needs)


_ENTER = keepers(BAD, outside=NO_TOKEN)
_CHANGE = record(BAD, outside=NO_TOKEN)
_READ_BY_ALL = {"GET": everybody(200, outside=NO_TOKEN)}
_NEVER = everybody(405, outside=NO_TOKEN)

API: dict[str, Url] = {
    "api-root": Url({"GET": everybody(302, outside=302)}, rest=everybody(302, outside=302)),
    "api-household-list": api_list(POST=_ENTER),
    "api-household-detail": api_record("household", PUT=_CHANGE, PATCH=_CHANGE),
    "api-life-event-list": api_list(),
    "api-life-event-detail": api_record("life-event"),
    "api-member-list": api_list(),
    "api-member-detail": api_record("member"),
    "api-status-list": api_list(POST=_ENTER),
    "api-status-detail": api_record("status", PUT=_CHANGE, PATCH=_CHANGE),
    "api-review-round-list": api_list(),
    "api-review-round-detail": api_record("round"),
    "api-support-action-list": api_list(POST=_ENTER),
    "api-support-action-detail": api_record("action", PUT=_CHANGE, PATCH=_CHANGE),
    "api-support-action-void": api({"POST": _CHANGE}, needs="action", rest=keepers(405, outside=NO_TOKEN)),
    "api-funding-source-list": api(_READ_BY_ALL),
    "api-funding-source-detail": api(_READ_BY_ALL, needs="source"),
    "api-support-policy-list": api(_READ_BY_ALL),
    "api-support-policy-detail": api(_READ_BY_ALL, needs="policy"),
    "api-ward-list": api(_READ_BY_ALL),
    "api-ward-detail": api({"GET": Answer(200, NO_SUCH, NO_SUCH, 200, 200, 200, NO_TOKEN)}, needs="ward", rest=_NEVER),
    "api-five-year-summary": api(_READ_BY_ALL),
    # A session opens neither: tokens are given for a password, and given back by themselves.
    "api-token": api({"POST": everybody(401, outside=401)}, rest=everybody(401, outside=401)),
    "api-token-revoke": Url(
        {"POST": everybody(401, outside=401)}, rest=everybody(401, outside=401), by_token={"POST": 204, "rest": 405}
    ),
    "api-schema": api(_READ_BY_ALL),
    "api-docs": api(_READ_BY_ALL),
}

# --- the administration -----------------------------------------------------------------------------

_ADMIN_PAGE = {"GET": administrators(200), "POST": administrators(200)}


def _admin_of(model: str, needs: str, *, deletes: int = 200) -> dict[str, Url]:
    """The pages Django's admin makes of one model."""
    delete = administrators(deletes)
    return {
        f"admin:{model}_changelist": Url(_ADMIN_PAGE, rest=administrators(200)),
        f"admin:{model}_add": Url(_ADMIN_PAGE, rest=administrators(200)),
        f"admin:{model}_history": Url(_ADMIN_PAGE, needs, rest=administrators(200)),
        f"admin:{model}_change": Url(_ADMIN_PAGE, needs, rest=administrators(200)),
        f"admin:{model}_delete": Url({"GET": delete, "POST": delete}, needs, rest=delete),
        # An old address of the same page.
        f"admin:admin/{model.replace('_', '/')}/<path:object_id>/": Url(
            {"GET": everybody(302)}, needs, rest=everybody(302)
        ),
    }


ADMIN: dict[str, Url] = {
    "admin:index": Url(_ADMIN_PAGE, rest=administrators(200)),
    "admin:login": Url(
        {"GET": everybody(NO_RIGHT)._replace(admin=302), "POST": everybody(NO_RIGHT)._replace(admin=200)}
    ),
    "admin:logout": Url({"POST": administrators(302)}, rest=administrators(405)),
    "admin:password_change": Url(_ADMIN_PAGE, rest=administrators(200)),
    "admin:password_change_done": Url({"GET": administrators(200)}, rest=administrators(405)),
    "admin:autocomplete": Url({"GET": administrators(403)}, rest=administrators(405)),
    "admin:jsi18n": Url({"GET": administrators(200)}, rest=administrators(405)),
    "admin:view_on_site": Url({"GET": administrators(404)}, "nothing", rest=administrators(404)),
    "admin:app_list": Url(_ADMIN_PAGE, "app", rest=administrators(200)),
    "admin:admin/(?P<url>.*)$": Url({"GET": administrators(404)}, "anywhere", rest=administrators(404)),
    "admin:auth_user_password_change": Url(_ADMIN_PAGE, "user-password", rest=administrators(200)),
    **_admin_of("wards_ward", "ward-row"),
    **_admin_of("wards_wardsuccession", "succession"),
    **_admin_of("wards_residentialgroup", "group"),
    **_admin_of("wards_wardpopulation", "population"),
    **_admin_of("households_povertystandard", "standard"),
    **_admin_of("support_supportpolicy", "policy-row"),
    **_admin_of("support_policyrate", "rate-row"),
    **_admin_of("support_fundingsource", "source-row"),
    **_admin_of("support_entitlementrule", "rule-row"),
    # Accounts are closed, never deleted: their names stand in the trail.
    **_admin_of("accounts_user", "user", deletes=NO_RIGHT),
}

MATRIX: dict[str, Url] = PAGES | API | ADMIN

# What the address of each kind of record is made of; `ward` is the world of one ward in the test.
RECORDS = {
    "household": lambda ward: {"pk": ward.household.pk},
    "household-kind": lambda ward: {"pk": ward.household.pk, "kind": "split"},
    "life-event": lambda ward: {"pk": ward.event.pk},
    "household-year": lambda ward: {"pk": ward.household.pk, "year": 2021},
    "ward-year": lambda ward: {"ward": ward.ward.pk, "year": 2021},
    "ward-year-gap": lambda ward: {"ward": ward.ward.pk, "year": 2023, "gap": "unreviewed"},
    "round-comment": lambda ward: {"ward": ward.ward.pk, "year": 2023, "comment": ward.comment.pk},
    "amendment": lambda ward: {"pk": ward.amendment.pk},
    "round": lambda ward: {"pk": ward.comment.round_id},
    "reorganisation": lambda ward: {"on": ward.succession.on.isoformat()},
    "split-ward": lambda ward: {"on": ward.succession.on.isoformat(), "ward": ward.split.pk},
    "member": lambda ward: {"pk": ward.member.pk},
    "pair": lambda ward: {"pk": ward.pair.pk},
    "status": lambda ward: {"pk": ward.status.pk},
    "action": lambda ward: {"pk": ward.action.pk},
    "batch": lambda ward: {"pk": ward.batch.pk},
    "loan": lambda ward: {"pk": ward.loan.pk},
    "repayment": lambda ward: {"pk": ward.loan.pk, "movement": ward.loan.movements.get(kind="repayment").pk},
    "ward": lambda ward: {"pk": ward.ward.pk},
    "ward-row": lambda ward: {"object_id": ward.ward.pk},
    "group": lambda ward: {"object_id": ward.group.pk},
    "population": lambda ward: {"object_id": ward.population.pk},
    "succession": lambda ward: {"object_id": ward.succession.pk},
    "standard": lambda ward: {"object_id": ward.status.standard.pk},
    "source": lambda ward: {"code": "NS_QUAN"},
    "policy": lambda ward: {"code": ward.action.policy.code},
    "attachment": lambda ward: {"pk": ward.attachment.pk},
    "rule": lambda ward: {"code": ward.rule.code},
    "rate-row": lambda ward: {"object_id": ward.rate.pk},
    "rule-row": lambda ward: {"object_id": ward.rule.pk},
    "fund": lambda ward: {"code": ward.receipt.source.code},
    "receipt": lambda ward: {"pk": ward.receipt.pk},
    "donor": lambda ward: {"pk": ward.receipt.donor.pk},
    "allocation": lambda ward: {"pk": ward.allocation.pk},
    "source-row": lambda ward: {"object_id": ward.source.pk},
    "policy-row": lambda ward: {"object_id": ward.action.policy.pk},
    "user": lambda ward: {"object_id": ward.officer.pk},
    "user-password": lambda ward: {"id": ward.officer.pk},
    "nothing": lambda ward: {"content_type_id": 0, "object_id": 0},
    "app": lambda ward: {"app_label": "wards"},
    "review-year": lambda ward: {"year": 2023},
    "anywhere": lambda ward: {"url": "no/such/page"},
}
# Only these belong to a ward's people; the others are the same for everybody who may see them.
OF_A_WARD = {
    "household",
    "household-year",
    "household-kind",
    "life-event",
    "ward-year",
    "ward-year-gap",
    "round-comment",
    "amendment",
    "round",
    "member",
    "pair",
    "status",
    "action",
    "attachment",
    "batch",
    "loan",
    "repayment",
    "ward",
}


def address(name: str, url: Url, ward) -> str:
    arguments = RECORDS[url.needs](ward) if url.needs else {}
    if "/" in name:  # a page of the administration that has no name but its route
        return re.sub(
            r"<path:object_id>|\(\?P<url>\.\*\)\$", lambda _: str(*arguments.values()), name.replace("admin:", "/")
        )
    return reverse(name, kwargs=arguments)

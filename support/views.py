"""Help given: list, page, form, void; one function a screen."""

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db import transaction
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.actor import StaleVersion
from accounts.context import ward_choices, ward_to_start_in, working_ward
from accounts.history import history_of
from accounts.models import AuditEvent, note_event
from accounts.services import AlreadySubmitted, claim_submission
from support import words
from support.filters import SupportActionFilter
from support.forms.action import SupportActionForm, VoidForm, pack
from support.listing import DEFAULT_SORT, Row, Totals, export, in_order, with_details
from support.models import SupportAction, balance_of, detail_of
from support.rates import proposal_of
from support.services import amend_support, record_support, void_support
from support.sheet import FIND, KIND, RATE, TAKE, ActionSheet, NotToldYet
from wards.sheets import CONTENT_TYPE, file_name

PER_PAGE = 50
DRAWS_ANEW = (FIND, KIND, RATE, TAKE)
# Drawn in the line of filters; the others stand in its menu “More conditions”.
MAIN_FILTERS = ("q", "category", "policy", "ward", "source", "first_year", "last_year")
HIDDEN_FILTERS = ("household", "batch", "counted", "on")  # said by links; they stay when another condition changes


# --- list and export ------------------------------------------------------------------------


@require_safe
@permission_required("support.view_supportaction", raise_exception=True)
def action_list(request: HttpRequest) -> HttpResponse:
    """Help that matches the filters, with its sums, fifty a page; htmx gets the results alone."""
    asked = _asked(request)
    filters = _filters(request, asked)
    sort = request.GET.get("sort") or DEFAULT_SORT
    totals = Totals.of(filters)
    paginator = Paginator(with_details(in_order(filters.qs, sort, filters.line_filter), filters.line_filter), PER_PAGE)
    paginator.count = totals.records  # counted already, together with the sums
    page = paginator.get_page(request.GET.get("page"))
    page.object_list = [Row.of(action) for action in page.object_list]
    context = {
        "filters": filters,
        "main_filters": [filters.form[name] for name in MAIN_FILTERS if name != "ward" or _chooses_ward(request)],
        "hidden_filters": [filters.form[name] for name in HIDDEN_FILTERS if filters.form[name].value()],
        "more_filters": [
            filters.form[name] for name in filters.form.fields if name not in (*MAIN_FILTERS, *HIDDEN_FILTERS, "map")
        ],
        "page_obj": page,
        "totals": totals,
        "shows_ward": _chooses_ward(request),
        "ordering": sort,
        "chips": _chips(filters, asked, request.path),
        "clear_url": f"{request.path}?ward=",
        "only_some_lines": bool(filters.line_filter),
        "export_url": f"{reverse('action-export')}?{_without(asked, 'page')}",
    }
    partial = request.htmx and not request.htmx.history_restore_request
    response = render(request, "support/_action_table.html" if partial else "support/action_list.html", context)
    patch_vary_headers(response, ["HX-Request"])
    return response


@require_safe
@permission_required("support.view_supportaction", raise_exception=True)
def action_export(request: HttpRequest) -> HttpResponse:
    """The list as a workbook: exactly the rows of the filter, in its order."""
    asked = _asked(request)
    filters = _filters(request, asked)
    if not filters.is_valid():
        # The list says at the field what is wrong.
        return redirect(f"{reverse('action-list')}?{asked.urlencode()}")
    now = timezone.localtime()
    file, rows = export(filters, sort=request.GET.get("sort") or DEFAULT_SORT, by=request.user, at=now)
    conditions: dict[str, list[str]] = {}
    for each in filters.in_words():
        conditions.setdefault(each.name, []).append(each.value)
    detail = {"rows": rows, "asked": conditions}
    if request.method == "GET":  # HEAD takes nothing away
        note_event(by=request.user, action=AuditEvent.Action.EXPORT, model="support.supportaction", detail=detail)
    return FileResponse(file, as_attachment=True, filename=file_name("ho-tro", now.date()), content_type=CONTENT_TYPE)


def _asked(request: HttpRequest) -> QueryDict:
    """The query; where it says nothing of the ward, the one this person works in. Households and batches are whole."""
    asked = request.GET.copy()
    ward = ward_to_start_in(request)
    if ward and _chooses_ward(request) and not {"ward", "household", "batch"} & set(asked):
        asked["ward"] = str(ward.pk)
    return asked


def _chooses_ward(request: HttpRequest) -> bool:
    return len(ward_choices(request)) > 1 or request.user.sees_whole_district


def _filters(request: HttpRequest, asked: QueryDict) -> SupportActionFilter:
    visible = SupportAction.objects.visible_to(request.user)
    return SupportActionFilter(asked, visible, request=request)


def _chips(filters: SupportActionFilter, asked: QueryDict, path: str) -> list[dict]:
    return [
        {"label": each.label, "value": each.words, "url": f"{path}?{_without(asked, each.name, each.value)}"}
        for each in filters.in_words()
    ]


def _without(asked: QueryDict, name: str, value: str | None = None) -> str:
    rest = asked.copy()
    kept = [each for each in rest.getlist(name) if value is not None and each != value]
    rest.setlist(name, kept)
    rest.pop("page", None)
    if name == "ward" and not kept:
        rest["ward"] = ""  # said, or the working ward would come back
    return rest.urlencode()


# --- one record -----------------------------------------------------------------------------


@require_safe
@permission_required("support.view_supportaction", raise_exception=True)
def action_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One record of help: whom it reached, who paid, what happened to the record."""
    visible = with_details(SupportAction.objects.visible_to(request.user)).select_related("created_by", "batch")
    action = get_object_or_404(visible, pk=pk)
    row = Row.of(action)
    detail = detail_of(action)
    movements = list(action.movements.all()) if action.policy.repayable else []
    proposal = proposal_of(action, detail)
    context = {
        "action": action,
        "row": row,
        "money_totals": words.labelled(row.money),
        "detail": detail,
        "told": words.told(detail),
        "shares": words.shares(detail, action.lines),
        "movements": movements,
        "balance": balance_of(movements, detail, timezone.localdate()) if movements else None,
        "proposal": proposal,
        "compared": proposal.differs(action.lines, detail) if proposal else "",
        "history": history_of(action),
    }
    return render(request, "support/action_detail.html", context)


@require_http_methods(["GET", "POST"])
@permission_required("support.add_supportaction", raise_exception=True)
def action_create(request: HttpRequest) -> HttpResponse:
    """Record help to a household or a group, with who paid and what its kind records."""
    if request.method != "POST":
        return _action_form(request, _new_sheet(request))
    if request.POST.get("then") in DRAWS_ANEW:
        return _drawn_anew(request)
    sheet = ActionSheet.sent(request.POST, user=request.user)
    if not sheet.is_valid():
        return _action_form(request, sheet, status=422)
    form = sheet.form
    try:
        with transaction.atomic():
            submission = claim_submission(by=request.user, key=form.cleaned_data["submission_key"])
            sheet.refuse_untold_overlaps()
            action = record_support(
                by=request.user,
                action=form.instance,
                funding=sheet.funding.lines(),
                detail=sheet.kind.detail(),
                movements=sheet.kind.movements(),
                overspending=form.cleaned_data["overspending"],
            )
            if submission:
                submission.result = reverse("action-detail", args=[action.pk])
                submission.save()
    except AlreadySubmitted as before:
        messages.info(request, _("This help is on record already."))
        return HttpResponseRedirect(before.result or reverse("action-list"))
    except NotToldYet:
        return _action_form(request, sheet, status=422, asks_again=True)
    except ValidationError as error:
        sheet.refuse(error)
        return _action_form(request, sheet, status=422)
    messages.success(request, _("Recorded: %(what)s.") % {"what": _told(action, form)})
    if request.POST.get("then") == "next":
        return redirect(f"{reverse('action-create')}?{urlencode({'like': action.pk})}")
    return redirect("action-detail", pk=action.pk)


@require_http_methods(["GET", "POST"])
@permission_required("support.change_supportaction", raise_exception=True)
def action_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Correct a record; whom it went to stays, and a void record stays as it is."""
    action = get_object_or_404(with_details(SupportAction.objects.visible_to(request.user)), pk=pk)
    if action.is_void:
        messages.error(request, _("This record is void; enter a new one instead."))
        return redirect("action-detail", pk=pk)
    if request.method != "POST":
        return _action_form(request, ActionSheet.of(action, user=request.user))
    if request.POST.get("then") in DRAWS_ANEW:
        return _drawn_anew(request, action)
    lines = action.lines
    sheet = ActionSheet.sent(request.POST, user=request.user, action=action)
    if not sheet.is_valid():
        return _action_form(request, sheet, status=422)
    try:
        sheet.refuse_untold_overlaps()
        amend_support(
            by=request.user,
            action=action,
            version=sheet.form.cleaned_data["version"],
            funding=sheet.funding.lines(lines),
            detail=sheet.kind.detail(),
            movements=sheet.kind.movements(),
            overspending=sheet.form.cleaned_data["overspending"],
        )
    except StaleVersion:
        return _conflict(request, sheet)
    except NotToldYet:
        return _action_form(request, sheet, status=422, asks_again=True)
    except ValidationError as error:
        sheet.refuse(error)
        return _action_form(request, sheet, status=422)
    messages.success(request, _("Saved: %(what)s.") % {"what": _told(action, sheet.form)})
    return redirect("action-detail", pk=action.pk)


@require_http_methods(["GET", "POST"])
@permission_required("support.void_supportaction", raise_exception=True)
def action_void(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask for the reason, then take the record out of every figure."""
    action = get_object_or_404(with_details(SupportAction.objects.visible_to(request.user)), pk=pk)
    if action.is_void:
        messages.info(request, _("This record is void already."))
        return redirect("action-detail", pk=pk)
    form = VoidForm(request.POST if request.method == "POST" else None, initial={"version": action.version})
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            reason, version = form.cleaned_data["void_reason"], form.cleaned_data["version"]
            try:
                void_support(by=request.user, action=action, version=version, reason=reason)
            except StaleVersion:
                # What it says now is on the page; whoever still wants it void presses again.
                status = 409
                form = VoidForm(initial={"version": action.version, "void_reason": reason})
            else:
                messages.success(request, _("The record is void and counted nowhere."))
                return redirect("action-detail", pk=pk)
    row = Row.of(action)
    context = {
        "action": action,
        "row": row,
        "money_totals": words.labelled(row.money),
        "form": form,
        "changed": status == 409,
    }
    return render(request, "support/action_void.html", context, status=status)


@require_safe
@permission_required("support.add_supportaction", raise_exception=True)
def household_suggest(request: HttpRequest) -> HttpResponse:
    """Households that answer to what is being typed, at most ten, to be ticked; with the ticked one's members."""
    text, ticked = request.GET.get("household_search", ""), request.GET.get("household", "")
    if len(text.strip()) < 2:
        text = ""  # one letter is in every name
    typed = {"household_search": text, "household": ticked, "policy": request.GET.get("policy", "")}
    form = SupportActionForm(user=request.user, initial=typed)
    return render(request, "support/_household_choices.html", {"form": form})


# --- parts of the form's views --------------------------------------------------------------


def _new_sheet(request: HttpRequest) -> ActionSheet:
    """A form to begin with: empty, for a given household, or like the record entered before."""
    like = request.GET.get("like", "")
    before = None
    if like.isascii() and like.isdigit() and len(like) <= 18:
        before = with_details(SupportAction.objects.visible_to(request.user)).filter(pk=like, voided_at=None).first()
    initial = {"kind": "named" if request.GET.get("household") or not before or before.is_named else "collective"}
    if before:
        kept = ("policy", "period_from", "period_to", "implementing_body", "decision_number", "decision_date", "ward")
        initial |= {name: getattr(before, f"{name}_id" if name in ("policy", "ward") else name) for name in kept}
        initial |= {"things": before.things, "thing_unit": before.thing_unit} if before.is_named else {}
    else:
        ward = working_ward(request)
        initial["ward"] = ward.pk if ward else ""
    for name in ("household", "member"):
        if given := request.GET.get(name):
            initial[name] = given
    return ActionSheet.new(user=request.user, initial=initial, policy_code=request.GET.get("policy", ""), like=before)


def _drawn_anew(request: HttpRequest, action: SupportAction | None = None) -> HttpResponse:
    """The form as typed so far; htmx gets the part that changes with what was typed."""
    sheet = ActionSheet.drawn_anew(request.POST, user=request.user, action=action)
    part = {KIND: "support/_kind_chosen.html", RATE: "support/_told_while_typing.html"}.get(request.POST["then"])
    return _action_form(request, sheet, template=part if request.htmx and part else "support/action_form.html")


def _action_form(
    request: HttpRequest,
    sheet: ActionSheet,
    *,
    status: int = 200,
    template: str = "support/action_form.html",
    **extra,
) -> HttpResponse:
    context = {
        "form": sheet.form,
        "funding": sheet.funding,
        "kind": sheet.kind,
        "forms": [each for each in (sheet.kind.form, *(sheet.kind.disbursed or ())) if each],
        "policies": sheet.form.policies.values(),
        "any_errors": sheet.any_errors,
        "proposal": sheet.proposal,
        "no_rate_on": sheet.no_rate_on,
        "compared": sheet.differs,
        "overlaps": sheet.overlaps,
        "overlaps_shown": sheet.overlaps_shown,
        "asks_again": False,
        "rows": None,
        **extra,
    }
    return render(request, template, context, status=status)


def _conflict(request: HttpRequest, sheet: ActionSheet) -> HttpResponse:
    """Both versions side by side; what this officer typed stays in the form, which now follows the newer one."""
    form = sheet.form
    now = with_details(SupportAction.objects.visible_to(request.user)).get(pk=form.instance.pk)
    if now.is_void:
        messages.error(request, _("Somebody made this record void while you were typing; nothing was changed."))
        return redirect("action-detail", pk=now.pk)
    movements = list(now.movements.all())
    base = form.cleaned_data["seen"]
    theirs = words.described(now, now.lines, detail_of(now), movements)
    typed = sheet.kind.movements()
    mine = words.described(
        form.instance, sheet.funding.lines(), sheet.kind.detail(), movements if typed is None else typed
    )
    rows = [
        {"label": label, "base": base.get(label, ""), "theirs": theirs.get(label, ""), "mine": mine.get(label, "")}
        for label in dict.fromkeys([*theirs, *mine])
        if theirs.get(label, "") != mine.get(label, "")
    ]
    form.data = form.data.copy()
    form.data["version"], form.data["seen"] = str(now.version), pack(now, now.lines, movements)
    last = next(iter(history_of(now)), None)
    changed = {"changed_by": last.actor if last else "", "changed_at": last.at if last else None}
    return _action_form(request, sheet, status=409, rows=rows, **changed)


def _told(action: SupportAction, form: SupportActionForm) -> str:
    if not action.is_named:
        return f"{action.policy}, {words.reached(action)}"
    household = form.pick.household
    return f"{action.policy}, {household.head_name or household.code}"

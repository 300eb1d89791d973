"""Corrections of locked years: proposing one, deciding on it, and what was published beside what stands now."""

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.context import ward_choices, working_ward, working_year, year_choices
from accounts.services import AlreadySubmitted, claim_submission
from households.amendments import (
    PROPOSED,
    decide_amendment,
    propose_amendment,
    published_and_now,
    published_status,
)
from households.codes import RoundState
from households.forms.amendments import AmendmentForm, DecisionForm
from households.models import Household, PovertyStandard, StatusAmendment
from households.rounds import OwnWork, state_of

CITY = PovertyStandard.Level.CITY


@require_safe
@permission_required("households.view_household", raise_exception=True)
def amendment_list(request: HttpRequest) -> HttpResponse:
    """Corrections that wait for a decision, and those decided."""
    waiting = request.GET.get("state") != "decided"
    rows = _visible(request)
    rows = rows.filter(state=PROPOSED).order_by("proposed_at") if waiting else rows.exclude(state=PROPOSED)
    if not waiting:
        rows = rows.order_by("-decided_at")[:200]
    context = {"rows": _with_heads(rows), "waiting": waiting, "year": working_year(request)}
    return render(request, "households/amendment_list.html", context)


@require_http_methods(["GET", "POST"])
@permission_required("households.propose_statusamendment", raise_exception=True)
def amendment_create(request: HttpRequest, pk: int, year: int) -> HttpResponse:
    """Propose a correction of one household's locked year."""
    household = get_object_or_404(Household.objects.visible_to(request.user).with_head(), pk=pk)
    standard = _standard(request, year)
    published = published_status(household, year, standard)
    amendment = StatusAmendment(household=household, year=year, standard=standard)
    form = AmendmentForm(request.POST or None, amendment=amendment, published=published)
    if request.method == "POST" and form.is_valid():
        try:
            with transaction.atomic():
                submission = claim_submission(by=request.user, key=form.cleaned_data["submission_key"])
                propose_amendment(by=request.user, amendment=form.instance)
                result = reverse("amendment-detail", args=[form.instance.pk])
                if submission:
                    submission.result = result
                    submission.save()
        except AlreadySubmitted as again:
            return redirect(again.result)
        except ValidationError as error:
            form.add_error(None, error.messages)
        else:
            messages.success(request, _("The correction is proposed. District staff decide on it."))
            return redirect(result)
    ward = published.ward if published else household.ward_in(year)
    context = {
        "household": household,
        "year": year,
        "standard": standard,
        "published": published,
        "ward": ward,
        "form": form,
        "is_locked": state_of(ward, year) == RoundState.LOCKED,
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "households/amendment_form.html", context, status=status)


@require_safe
@permission_required("households.view_household", raise_exception=True)
def amendment_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One correction: what was published, what should stand, why, and who decided."""
    return _detail_page(request, get_object_or_404(_visible(request), pk=pk))


@require_POST
@permission_required("households.decide_statusamendment", raise_exception=True)
def amendment_decide(request: HttpRequest, pk: int) -> HttpResponse:
    """Accept or refuse a correction."""
    amendment = get_object_or_404(_visible(request), pk=pk)
    form = DecisionForm(request.POST)
    if not form.is_valid():
        return _detail_page(request, amendment, form=form, status=422)
    accept = form.cleaned_data["verdict"] == DecisionForm.ACCEPT
    result = reverse("amendment-detail", args=[pk])
    try:
        with transaction.atomic():
            submission = claim_submission(by=request.user, key=form.cleaned_data["submission_key"])
            decide_amendment(by=request.user, amendment=amendment, accept=accept, answer=form.cleaned_data["answer"])
            if submission:
                submission.result = result
                submission.save()
    except AlreadySubmitted as again:
        return redirect(again.result)
    except OwnWork as error:
        form.add_error(None, str(error))
        return _detail_page(request, amendment, form=form, status=403)
    except ValidationError as error:
        form.add_error(None, error)
        return _detail_page(request, get_object_or_404(_visible(request), pk=pk), form=form, status=409)
    messages.success(request, _("The correction is accepted.") if accept else _("The correction is refused."))
    return redirect(result)


@require_safe
@permission_required("households.view_household", raise_exception=True)
def amendment_figures(request: HttpRequest) -> HttpResponse:
    """What was published of a year, the corrections since, and what that makes now."""
    text = request.GET.get("year", "")
    year = int(text) if text in {str(each) for each in year_choices()} else working_year(request)
    level = request.GET.get("level", CITY)
    level = level if level in PovertyStandard.Level.values else CITY
    ward = working_ward(request)
    compared = published_and_now([ward] if ward else ward_choices(request), year, level)
    context = {
        "year": year,
        "years": list(reversed(year_choices())),
        "level": level,
        "levels": PovertyStandard.Level.choices,
        "ward": ward,
        "compared": compared,
        "rows": _with_heads(compared.differences, may_open=_may_open(request, compared.differences)),
    }
    return render(request, "households/amendment_figures.html", context)


def _visible(request: HttpRequest):
    visible = StatusAmendment.objects.visible_to(request.user)
    return visible.select_related("household", "standard", "ward", "status", "proposed_by", "decided_by")


def _may_open(request: HttpRequest, amendments) -> set[int]:
    keys = [amendment.household_id for amendment in amendments]
    return set(Household.objects.visible_to(request.user).filter(pk__in=keys).values_list("pk", flat=True))


def _with_heads(amendments, *, may_open: set[int] | None = None) -> list[StatusAmendment]:
    """Corrections with the head's name; only of households that may be opened."""
    rows = list(amendments)
    keys = [row.household_id for row in rows]
    heads = dict(Household.objects.filter(pk__in=keys).with_head().values_list("pk", "head_name"))
    for row in rows:
        row.may_be_opened = may_open is None or row.household_id in may_open
        row.head_name = (heads.get(row.household_id) or row.household.code) if row.may_be_opened else ""
    return rows


def _detail_page(request: HttpRequest, amendment: StatusAmendment, *, form=None, status: int = 200) -> HttpResponse:
    head = Household.objects.filter(pk=amendment.household_id).with_head().values_list("head_name", flat=True).first()
    context = {
        "amendment": amendment,
        "head_name": head,
        "published": amendment.status,
        "waits": amendment.state == PROPOSED,
        "is_own": amendment.proposed_by_id == request.user.pk,
        "form": form or DecisionForm(),
    }
    return render(request, "households/amendment_detail.html", context, status=status)


def _standard(request: HttpRequest, year: int) -> PovertyStandard:
    level = request.GET.get("level", CITY)
    known = year in year_choices() and level in PovertyStandard.Level.values
    standard = PovertyStandard.objects.in_force(year, level).order_by("-from_year").first() if known else None
    if standard is None:
        raise Http404(_("No standard judges this year."))
    return standard

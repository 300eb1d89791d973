"""The overview, the five-year summary on page and in Excel, the programme."""

from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from accounts.context import working_year
from accounts.models import AuditEvent, note_event
from reports.asked import asked_of, ward_on_map
from reports.dashboard import dashboard as draw_dashboard
from reports.forms import ScopeForm
from reports.models import Programme
from reports.render import xlsx
from reports.scope import DEFAULT_YEARS, Scope
from reports.summary import answer, chapters, five_year_summary
from wards.sheets import CONTENT_TYPE


@require_safe
@permission_required("reports.view_summary", raise_exception=True)
def dashboard(request: HttpRequest) -> HttpResponse:
    programme, year = Programme.objects.first(), working_year(request)
    first = min(programme.first_year if programme else DEFAULT_YEARS[0], year - 1)
    ward, on_map = ward_on_map(request)
    scope = Scope(request.user, ward, first, year, map=on_map)
    return render(request, "reports/dashboard.html", {"board": draw_dashboard(scope)})


@require_safe
@permission_required("reports.view_summary", raise_exception=True)
def summary(request: HttpRequest) -> HttpResponse:
    asked = asked_of(request)
    form = ScopeForm(asked, request=request)
    report = five_year_summary(form.scope(), with_review=False) if form.is_valid() else None
    context = {
        "form": form,
        "report": report,
        "answer": answer(report) if report else "",
        "chapters": chapters(report) if report else [],
        "asked": asked.urlencode(),
    } | _review_links(form)
    return render(request, "reports/summary.html", context, status=200 if report else 400)


def _review_links(form: ScopeForm) -> dict:
    """The years of the summary, whose tables of the yearly review have pages of their own."""
    if not form.is_valid():
        return {}
    scope = form.scope()
    asked = urlencode({"ward": scope.ward.pk if scope.ward else "", "level": scope.level, "map": scope.map})
    return {"review_years": [(year, f"{reverse('review-tables', args=[year])}?{asked}") for year in scope.years]}


@require_safe
@permission_required("reports.view_summary", raise_exception=True)
def summary_xlsx(request: HttpRequest) -> HttpResponse:
    form = ScopeForm(asked_of(request), request=request)
    if not form.is_valid():
        return render(request, "reports/summary.html", {"form": form, "report": None}, status=400)
    report = five_year_summary(form.scope())
    note_event(
        by=request.user,
        action=AuditEvent.Action.EXPORT,
        model="reports.summary",
        detail={"scope": report.scope["label"], "period": report.period_label},
    )
    name = (
        f"tong-hop-06-CTr-QU_{report.scope['key'].replace('@', '_')}_{report.period['from']}-{report.period['to']}.xlsx"
    )
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(xlsx.render(report), content_type=CONTENT_TYPE, headers=headers)


@require_safe
@permission_required("reports.view_programme", raise_exception=True)
def programme(request: HttpRequest) -> HttpResponse:
    found = Programme.objects.prefetch_related("directives", "figures").first()
    return render(request, "reports/programme.html", {"programme": found})

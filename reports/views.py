"""The overview, the five-year summary on page and in Excel, the programme."""

from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.context import working_ward, working_year
from accounts.models import AuditEvent, note_event
from reports.dashboard import dashboard as draw_dashboard
from reports.forms import ScopeForm
from reports.models import Programme
from reports.render import xlsx
from reports.scope import DEFAULT_YEARS, Scope
from reports.summary import answer, five_year_summary
from wards.models import Ward
from wards.sheets import CONTENT_TYPE
from wards.succession import MapChoice


@require_safe
@permission_required("reports.view_summary", raise_exception=True)
def dashboard(request: HttpRequest) -> HttpResponse:
    programme, year = Programme.objects.first(), working_year(request)
    first = min(programme.first_year if programme else DEFAULT_YEARS[0], year - 1)
    ward, on_map = _ward_on_map(request)
    scope = Scope(request.user, ward, first, year, map=on_map)
    return render(request, "reports/dashboard.html", {"board": draw_dashboard(scope), "maps": MapChoice})


def _ward_on_map(request: HttpRequest) -> tuple[Ward | None, str]:
    """The reader's working ward and the map asked for; a ward that has ended is not on today's."""
    ward = working_ward(request)
    if request.GET.get("map") != MapChoice.TODAY:
        return ward, MapChoice.AS_WAS
    return ward if ward and ward.existed_on(timezone.localdate()) else None, MapChoice.TODAY


def _asked(request: HttpRequest) -> QueryDict:
    """What the address asks; a page opened without a ward starts in the reader's working ward."""
    asked = request.GET.copy()
    ward, _map = _ward_on_map(request)
    if "ward" not in asked and ward:
        asked["ward"] = str(ward.pk)
    return asked


@require_safe
@permission_required("reports.view_summary", raise_exception=True)
def summary(request: HttpRequest) -> HttpResponse:
    asked = _asked(request)
    form = ScopeForm(asked, request=request)
    report = five_year_summary(form.scope()) if form.is_valid() else None
    context = {"form": form, "report": report, "answer": answer(report) if report else "", "asked": asked.urlencode()}
    return render(request, "reports/summary.html", context, status=200 if report else 400)


@require_safe
@permission_required("reports.view_summary", raise_exception=True)
def summary_xlsx(request: HttpRequest) -> HttpResponse:
    form = ScopeForm(_asked(request), request=request)
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

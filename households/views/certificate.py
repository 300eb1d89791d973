"""The certificate of a poor or near-poor household: a page that prints, and a Word document."""

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from accounts.models import AuditEvent, note_event
from households.certificate import Certificate, certificate_of, lacking_for_certificate
from households.certificate_docx import as_word
from households.codes import LISTED
from households.models import Household, PovertyStandard, PovertyStatus
from households.services import note_numbers_shown

WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


@require_http_methods(["GET", "POST"])
@permission_required("households.view_household", raise_exception=True)
def household_certificate(request: HttpRequest, pk: int, year: int) -> HttpResponse:
    """The certificate on a page made for A4. Asked for by POST, with the personal number, which is noted."""
    status = _status(request, pk, year)
    if lacking := lacking_for_certificate(status):
        return _what_to_enter(request, status, lacking)
    context = {
        "household": status.household,
        "status": status,
        "certificate": _certificate(request, status),
        "revealed": request.method == "POST",
    }
    return render(request, "households/household_certificate.html", context)


@require_http_methods(["GET", "POST"])
@permission_required("households.view_household", raise_exception=True)
def household_certificate_docx(request: HttpRequest, pk: int, year: int) -> HttpResponse:
    """The same in Word; that it left the system is noted, and by POST that the personal number was shown."""
    status = _status(request, pk, year)
    if lacking := lacking_for_certificate(status):
        return _what_to_enter(request, status, lacking)
    file = as_word(_certificate(request, status))
    detail = {"certificate": year, "level": status.standard.level}
    note_event(by=request.user, action=AuditEvent.Action.EXPORT, record=status.household, detail=detail)
    # No name, code or number of the household: file names are seen by more people than files.
    return FileResponse(file, as_attachment=True, filename=f"giay-chung-nhan-{year}.docx", content_type=WORD)


def _status(request: HttpRequest, pk: int, year: int) -> PovertyStatus:
    household = get_object_or_404(Household.objects.visible_to(request.user), pk=pk)
    level = request.GET.get("level", PovertyStandard.Level.CITY)
    statuses = PovertyStatus.objects.visible_to(request.user).at_level(level).filter(household=household, year=year)
    status = statuses.select_related("household", "standard", "ward", "residential_group").last()
    if status is None:
        raise Http404
    return status


def _certificate(request: HttpRequest, status: PovertyStatus) -> Certificate:
    revealed = request.method == "POST"
    if revealed:
        if not request.user.has_perm("households.reveal_member"):
            raise PermissionDenied
        note_numbers_shown(by=request.user, household=status.household)
    return certificate_of(status, revealed=revealed)


def _what_to_enter(request: HttpRequest, status: PovertyStatus, lacking: str) -> HttpResponse:
    """Says what is lacking, on the sheet where it is entered."""
    messages.error(request, lacking)
    sheet = status.classification in LISTED and request.user.has_perm("households.change_household")
    name, arguments = (
        ("status-edit", [status.household_id, status.year]) if sheet else ("household-detail", [status.household_id])
    )
    query = f"?level={status.standard.level}" if sheet else ""
    return redirect(f"{reverse(name, args=arguments)}{query}")

"""Language, working ward and year, and the page for an expired form."""

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe

from accounts.context import ward_choices, year_choices
from accounts.resend import from_our_own_page, handed_back, may_be_kept


def _back(request: HttpRequest) -> HttpResponseRedirect:
    target = request.POST.get("next", "/")
    if not url_has_allowed_host_and_scheme(target, {request.get_host()}, request.is_secure()):
        target = "/"
    return HttpResponseRedirect(target)


@require_POST
@login_not_required
def set_language(request: HttpRequest) -> HttpResponse:
    """Remember Vietnamese or English for this browser."""
    response = _back(request)
    language = request.POST.get("language")
    if language in dict(settings.LANGUAGES):
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME,
            language,
            max_age=365 * 24 * 3600,
            samesite=settings.LANGUAGE_COOKIE_SAMESITE,
            secure=settings.LANGUAGE_COOKIE_SECURE,
            httponly=True,
        )
    return response


@require_POST
def working_context(request: HttpRequest) -> HttpResponse:
    """Remember the ward and year this person works in; a ward that is not theirs is ignored."""
    ward, year = request.POST.get("ward", ""), request.POST.get("year", "")
    own = {str(choice.pk): choice.pk for choice in ward_choices(request)}
    request.session["working_ward"] = own.get(ward)
    if year in {str(choice) for choice in year_choices()}:
        request.session["working_year"] = int(year)
    return _back(request)


@require_safe
def signed_in(request: HttpRequest) -> HttpResponse:
    """For who signed in beside a form whose session had ended: back to that tab."""
    return render(request, "signed_in.html")


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The form's key has expired, or the upload was cut off; what our own page sent is handed back whole."""
    if from_our_own_page(request) and may_be_kept(request):
        return handed_back(request, status=403)
    return render(request, "403_csrf.html", status=403)

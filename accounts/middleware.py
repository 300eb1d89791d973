"""What every request passes: language, the signed-in door, the actor."""

from collections.abc import Callable
from uuid import UUID

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import translation
from django.utils.translation import gettext

from accounts.actor import acting_as, refusal
from accounts.resend import handed_back, may_be_kept


class ChosenLanguageMiddleware:
    """Vietnamese, unless this person chose English. The browser's own language is not asked."""

    def __init__(self, get_response: Callable):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME)
        language = chosen if chosen in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE
        with translation.override(language):
            request.LANGUAGE_CODE = language
            response = self.get_response(request)
            response.headers.setdefault("Content-Language", language)
            return response


class BodyLimitMiddleware:
    """Refuses a body that is declared too large, of whatever kind and from whomever, before any of it is read.

    The server counts what really comes; here it is certain that no form is taken half.
    """

    def __init__(self, get_response: Callable):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        declared = request.META.get("CONTENT_LENGTH") or "0"
        if declared.isdecimal() and int(declared[:20]) > settings.MAX_BODY_BYTES:
            if request.path.startswith("/api/"):
                return JsonResponse({"detail": gettext("What you sent is too large")}, status=413)
            return render(request, "413.html", status=413)
        return self.get_response(request)


class SignInRequiredMiddleware:
    """Every page needs a signed-in person, unless its view says `login_not_required`; the API answers for itself."""

    def __init__(self, get_response: Callable):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if request.user.is_authenticated:
            # Personal data must not stay in the cache of a shared office PC.
            response.headers["Cache-Control"] = "no-store"
        return response

    def process_view(self, request: HttpRequest, view, args, kwargs):
        if request.user.is_authenticated or request.path.startswith("/api/"):
            return None
        if not getattr(view, "login_required", True) or request.path.startswith(("/sign-in/", settings.STATIC_URL)):
            return None
        if request.htmx:
            # htmx would follow a redirect and put the sign-in form into a table. A list is loaded anew; a form
            # stays as it is, and draft.js says what happened.
            return HttpResponse(status=401, headers={"HX-Refresh": "true"} if request.method == "GET" else {})
        if may_be_kept(request):
            return handed_back(request, status=401)
        return redirect_to_login(request.get_full_path())


class ActorMiddleware:
    """Whatever a request writes is recorded under the person who sent it."""

    def __init__(self, get_response: Callable):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.method in {"GET", "HEAD", "OPTIONS"}:
            return self.get_response(request)
        who = request.user.username if request.user.is_authenticated else "(sign-in)"
        with acting_as(who):
            return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """What the database refused and no view put into words, such as a closed year met in the administration."""
        closed = getattr(error, "code", "") == "closed_year"
        if words := error if closed else refusal(error):
            return render(request, "409.html", {"messages_of": words.messages}, status=409)
        return None


class SavedFormMiddleware:
    """Tells the browser which form was saved, so that it forgets the copy it kept of what was typed (static/js/draft.js)."""

    def __init__(self, get_response: Callable):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if request.method == "POST" and response.status_code == 302 and not request.path.startswith("/api/"):
            try:
                key = UUID(request.POST.get("submission_key", ""))
            except ValueError:
                return response
            response.set_cookie(
                "saved-form", str(key), max_age=300, samesite="Lax", secure=settings.SESSION_COOKIE_SECURE
            )
        return response

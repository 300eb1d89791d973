"""A form that came too late is handed back whole: what was typed stands on the page, to be sent again.

Used where the session has ended and where the form's key is no longer valid. Everything stays between this
browser and this server: the page is stored nowhere, and its form goes to the address it was sent to.
"""

from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

FORM_KEY = "csrfmiddlewaretoken"
_SECRET = ("password", "oldpassword", "password1", "password2")


def may_be_kept(request: HttpRequest) -> bool:
    """A form in which somebody typed, no password among it."""
    typed = set(request.POST) | set(request.FILES)
    return request.method == "POST" and bool(typed - {FORM_KEY}) and not typed & set(_SECRET)


def from_our_own_page(request: HttpRequest) -> bool:
    """Whether the browser says that a page of this host sent it; without any word, no."""
    said = request.headers.get("Origin") or request.headers.get("Referer") or ""
    try:
        origin = urlsplit(said)
    except ValueError:
        return False
    return (origin.scheme, origin.netloc) == (request.scheme, request.get_host())


def handed_back(request: HttpRequest, *, status: int) -> HttpResponse:
    """The page with everything that was typed and a button to send it again; files must be chosen anew."""
    fields = [(name, value) for name, values in request.POST.lists() if name != FORM_KEY for value in values]
    files = [(name, file.name) for name, several in request.FILES.lists() for file in several]
    response = render(request, "resend.html", {"fields": fields, "files": files}, status=status)
    response.headers["Cache-Control"] = "no-store"
    return response

"""Where and when a person is working: the frame round every page."""

from base64 import b64encode
from datetime import date

from django.http import Http404, HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from accounts.models import Dataset
from accounts.models.scope import wards_of
from wards.models import Ward
from wards.succession import MapChoice

FIRST_YEAR = 2020  # the programme's first year; 06-CTr/QU was issued on 09/11/2020

_NAV = [
    ("dashboard", _("Overview"), "grid-1x2", "reports.view_summary"),
    ("household-list", _("Households"), "houses", "households.view_household"),
    ("round-start", _("Review"), "clipboard-check", "households.view_household"),
    ("action-list", _("Support"), "gift", "support.view_supportaction"),
    ("fund-list", _("Funds"), "wallet2", "support.view_receipt"),
    ("summary", _("Reports"), "bar-chart-line", "reports.view_summary"),
    ("programme", _("Programme"), "flag", "reports.view_programme"),
    ("reorganisation-list", _("Wards"), "map", "wards.view_reorganisation"),
    ("admin:index", _("Administration"), "gear", "accounts.view_user"),
]


def working_year(request: HttpRequest) -> int:
    """The year this person works in: their choice, else the one the data open on."""
    return request.session.get("working_year") or _dataset_year(request)


def year_asked(request: HttpRequest) -> int:
    """The year an address asks for, as the links of a report do; else the year this person works in."""
    text = request.GET.get("year", "")
    if not text:
        return working_year(request)
    year = int(text) if text.isascii() and text.isdigit() and len(text) == 4 else 0
    if year not in year_choices():
        raise Http404
    return year


def working_ward(request: HttpRequest) -> Ward | None:
    """The ward this person works in; None is the whole district (or all wards of an officer of several)."""
    choices = ward_choices(request)
    if request.user.is_officer and len(choices) == 1:
        return choices[0]
    chosen = request.session.get("working_ward")
    return next((ward for ward in choices if ward.pk == chosen), None)


def ward_to_start_in(request: HttpRequest) -> Ward | None:
    """The working ward, as a list or report opens on it; a ward that has ended is not on today's map."""
    ward = working_ward(request)
    if ward and request.GET.get("map") == MapChoice.TODAY and not ward.existed_on(timezone.localdate()):
        return None
    return ward


def ward_choices(request: HttpRequest) -> list[Ward]:
    if not hasattr(request, "_ward_choices"):
        request._ward_choices = list(wards_of(request.user))
    return request._ward_choices


def _wards_by_time(request: HttpRequest) -> list[tuple[str, list[Ward]]]:
    """The choices under two headings: wards of the end of the working year, then those of other times."""
    year = working_year(request)
    of_the_year, others = [], []
    for ward in ward_choices(request):
        (of_the_year if ward.existed_on(date(year, 12, 31)) else others).append(ward)
    groups = [(_("End of %(year)d") % {"year": year}, of_the_year), (_("Wards of other times"), others)]
    return [(label, wards) for label, wards in groups if wards]


def year_choices() -> list[int]:
    return list(range(FIRST_YEAR, timezone.localdate().year + 1))


def dataset(request: HttpRequest) -> Dataset | None:
    if not hasattr(request, "_dataset"):
        request._dataset = Dataset.objects.first()
    return request._dataset


def _dataset_year(request: HttpRequest) -> int:
    held = dataset(request)
    return held.working_year if held else timezone.localdate().year


def frame(request: HttpRequest) -> dict:
    """Navigation, working ward and year, and whether the people shown are invented."""
    user = getattr(request, "user", None)
    held = dataset(request)
    context = {"is_sample": bool(held and held.kind == Dataset.Kind.SAMPLE), "dataset_label": held or "", "nav": []}
    if user is None or not user.is_authenticated:
        return context
    return context | {
        "nav": _navigation(request),
        "working_ward": working_ward(request),
        "working_year": working_year(request),
        "ward_choices": ward_choices(request),
        "wards_by_time": _wards_by_time(request),
        "year_choices": year_choices(),
        "draft_key": _secret_of(user, "draft"),
        "draft_owner": _secret_of(user, "draft owner")[:12],
    }


def _secret_of(user, purpose: str) -> str:
    """What only this person's pages carry: it locks the copy their browser keeps of what they are typing."""
    digest = salted_hmac(f"accounts.context.{purpose}", str(user.pk), algorithm="sha256").digest()
    return b64encode(digest).decode()


def _navigation(request: HttpRequest) -> list[dict]:
    items = []
    for name, label, icon, permission in _NAV:
        if not request.user.has_perm(permission):
            continue
        try:
            url = reverse(name)
        except NoReverseMatch:  # the page's app is not installed
            continue
        active = request.path == url or (url != "/" and request.path.startswith(url))
        items.append({"url": url, "label": label, "icon": icon, "active": active})
    return items

"""The survey sheet of a year, its live judgement, and regular reviews within the year."""

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.actor import StaleVersion
from accounts.context import year_choices
from accounts.services import AlreadySubmitted
from households.forms import Conflict, StatusEntry
from households.forms.conflict import version_is_stale
from households.models import Household, PovertyStandard, PovertyStatus, StatusReview
from households.reviews import REGULAR, YEARLY
from households.rounds import require_writable
from households.strip import tag
from households.views.record import NEXT, same_moment, sent_before, visible
from wards.models import Ward

Level = PovertyStandard.Level


@require_http_methods(["GET", "POST"])
@permission_required("households.change_household", raise_exception=True)
def status_edit(request: HttpRequest, pk: int, year: int) -> HttpResponse:
    """The survey sheet: a household's class in one year by one standard, and by the other beside it."""
    return _sheet(request, pk, year, YEARLY)


@require_http_methods(["GET", "POST"])
@permission_required("households.change_household", raise_exception=True)
def regular_review(request: HttpRequest, pk: int, year: int) -> HttpResponse:
    """A review within the year (rà soát thường xuyên), by both standards if so ticked; or one corrected (?review=)."""
    return _sheet(request, pk, year, REGULAR)


@require_POST
@permission_required("households.change_household", raise_exception=True)
def status_judgement(request: HttpRequest, pk: int, year: int) -> HttpResponse:
    """What the standards make of what stands on the sheet at this moment; nothing is saved."""
    kind = REGULAR if request.GET.get("kind") == REGULAR else YEARLY
    entry = _entry(request, pk, year, kind, request.POST)
    entry.status.is_valid()
    return render(request, "households/_judgement.html", {"judgements": entry.judgements()})


def _sheet(request: HttpRequest, pk: int, year: int, kind: str) -> HttpResponse:
    entry = _entry(request, pk, year, kind)
    if request.method == "GET":
        return _page(request, entry)
    if done := sent_before(request):
        return redirect(done)
    if version_is_stale(request.POST, entry.household):
        return _conflict(request, pk, year, kind)
    entry = _entry(request, pk, year, kind, request.POST)
    onward = _next(request, entry)
    if entry.is_valid():
        try:
            with transaction.atomic():
                entry.save(by=request.user, result=onward)
        except AlreadySubmitted as done:
            return redirect(done.result)
        except StaleVersion:
            return _conflict(request, pk, year, kind)
        except ValidationError as error:
            entry.refuse(error)
        except IntegrityError:
            entry.refuse(same_moment())
        else:
            _say_saved(request, entry)
            return redirect(onward)
    return _page(request, entry)


def _entry(request: HttpRequest, pk: int, year: int, kind: str, data=None) -> StatusEntry:
    household = get_object_or_404(visible(request), pk=pk)
    standard = _standard(year, request.GET.get("level", Level.CITY))
    kept = _kept(request, household, year, standard) if kind == REGULAR else None
    other = None
    if kept is None:  # one on record is corrected by its own standard alone
        other_level = Level.NATIONAL if standard.level == Level.CITY else Level.CITY
        other = PovertyStandard.objects.in_force(year, other_level).order_by("-from_year").first()
    return StatusEntry(
        household=household,
        year=year,
        standard=standard,
        other=other,
        kind=kind,
        kept=kept,
        data=data,
    )


def _standard(year: int, level: str) -> PovertyStandard:
    known = year in year_choices() and level in Level.values
    standard = PovertyStandard.objects.in_force(year, level).order_by("-from_year").first() if known else None
    if standard is None:
        raise Http404(_("No standard judges this year."))
    return standard


def _kept(request: HttpRequest, household: Household, year: int, standard: PovertyStandard) -> StatusReview | None:
    asked = request.GET.get("review", "")
    if not asked:
        return None
    if not (asked.isascii() and asked.isdigit() and len(asked) < 18):
        raise Http404
    mine = StatusReview.objects.visible_to(request.user).filter(kind=REGULAR, status__household=household)
    return get_object_or_404(mine, pk=int(asked), status__year=year, status__standard=standard)


def _next(request: HttpRequest, entry: StatusEntry) -> str:
    """Where saving leads: the household's page, or the sheet of the ward's next household that waits for its review."""
    home = reverse("household-detail", args=[entry.household.pk])
    if request.POST.get("then") != NEXT:
        return home
    form, here = entry.status, entry.household
    judged = PovertyStatus.objects.at_level(form.standard.level).filter(year=form.year).values("household")
    waiting = visible(request).to_review(here.ward, form.year, form.standard.level).exclude(pk=here.pk)
    waiting = waiting.exclude(pk__in=judged).order_by("code")
    following = waiting.filter(code__gt=here.code).first() or waiting.first()
    if following is None:
        return home
    return f"{reverse('status-edit', args=[following.pk, form.year])}?level={form.standard.level}"


def _say_saved(request: HttpRequest, entry: StatusEntry) -> None:
    year, code = entry.status.year, entry.household.code
    if entry.kind == REGULAR:
        text = _("Regular review of household %(code)s saved; its class in %(year)d follows from the last review.")
    else:
        text = _("Class in %(year)d saved for household %(code)s.")
    messages.success(request, text % {"year": year, "code": code})


def _page(request: HttpRequest, entry: StatusEntry, conflict: Conflict | None = None) -> HttpResponse:
    form = entry.status
    household = visible(request).with_head().get(pk=entry.household.pk)
    before = household.statuses.at_level(form.standard.level).filter(year=form.year - 1)
    last_year = before.select_related("standard").first()
    context = {
        "entry": entry,
        "form": form,
        "all_forms": entry.all_forms,
        "household": household,
        "year": form.year,
        "standard": form.standard,
        "judgements": entry.judgements(),
        "last_year": tag(last_year) if last_year else None,
        "closed": _why_closed(form.instance.ward, form.year),
        "conflict": conflict,
    }
    status = 409 if conflict else 422 if request.method == "POST" else 200
    template = "households/regular_review.html" if entry.kind == REGULAR else "households/status_form.html"
    return render(request, template, context, status=status)


def _why_closed(ward: Ward, year: int) -> str:
    """Why the year takes no changes, in the words of the refusal; empty while it does."""
    try:
        require_writable(ward, year)
    except ValidationError as error:
        return error.messages[0]
    return ""


def _conflict(request: HttpRequest, pk: int, year: int, kind: str) -> HttpResponse:
    mine, theirs = (_entry(request, pk, year, kind, data) for data in (request.POST, None))
    conflict = Conflict.of(request.POST, mine, theirs)
    return _page(request, _entry(request, pk, year, kind, conflict.data), conflict)

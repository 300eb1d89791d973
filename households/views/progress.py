"""The yearly review of the district: how far each ward is, and the lock for all that are approved."""

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from accounts.actor import StaleVersion
from accounts.context import ward_choices, working_year, year_choices
from households.codes import RoundState
from households.models import ReviewRound
from households.remaining import Gap, Remaining, remaining
from households.rounds import OwnWork, has_a_review, lock_round
from wards.models import Ward


@require_safe
@permission_required("households.view_household", raise_exception=True)
def round_progress(request: HttpRequest) -> HttpResponse:
    """All wards of a year on one page: how far each is, and what can be done next."""
    year = _asked_year(request)
    wards = [ward for ward in ward_choices(request) if has_a_review(ward, year)]
    rounds = {
        begun.ward_id: begun
        for begun in ReviewRound.objects.visible_to(request.user).filter(year=year).select_related("submitted_by")
    }
    left = remaining(wards, year)
    rows = [_progress(ward, year, rounds.get(ward.pk), left[ward.pk]) for ward in wards]
    states = {state: sum(row["begun"].state == state for row in rows) for state in RoundState}
    asked = request.GET.get("state", "")
    context = {
        "year": year,
        "years": list(reversed(year_choices())),
        "rows": [row for row in rows if asked not in states or row["begun"].state == asked],
        "states": [(state.value, state.label, n) for state, n in states.items() if n],
        "state": asked if asked in states else "",
        "count": len(rows),
        "reviewed": sum(row["reviewed"] for row in rows),
        "to_review": sum(row["to_review"] for row in rows),
        "approved": [row["ward"] for row in rows if row["begun"].state == RoundState.APPROVED],
    }
    return render(request, "households/round_progress.html", context)


def _progress(ward: Ward, year: int, begun: ReviewRound | None, here: Remaining) -> dict:
    to_review = here.to_review | here.reviewed
    return {
        "ward": ward,
        "begun": begun or ReviewRound(ward=ward, year=year),
        "to_review": len(to_review),
        "reviewed": len(to_review & here.reviewed),
        "undecided": here.undecided,
        "balances": here.balances,
        "open": len(here.gaps.get(Gap.OPEN, ())) + len(here.gaps.get(Gap.UNREVIEWED, ())),
        "missing": [text for _gap, text in here.sentences],
    }


@require_POST
@permission_required("households.check_reviewround", raise_exception=True)
def round_lock_all(request: HttpRequest) -> HttpResponse:
    """Lock the wards that the page named; each by itself, so that one refusal keeps nobody waiting."""
    year = _asked_year(request, request.POST)
    back = f"{reverse('round-progress')}?year={year}"
    if "sure" not in request.POST:
        messages.error(
            request, _("Tick that you have seen which wards are locked: a locked year is never opened again.")
        )
        return redirect(back)
    named = {int(key) for key in request.POST.getlist("ward") if key.isascii() and key.isdigit() and len(key) < 18}
    approved = ReviewRound.objects.visible_to(request.user).filter(year=year, ward__in=named, state=RoundState.APPROVED)
    waiting, locked = list(approved.select_related("ward")), 0
    for begun in waiting:
        try:
            lock_round(by=request.user, ward=begun.ward, year=year, version=begun.version)
        except StaleVersion:
            continue  # somebody else is just doing it
        except ValidationError as error:
            messages.warning(request, f"{begun.ward}: {' '.join(error.messages)}")
        except OwnWork as error:
            messages.warning(request, f"{begun.ward}: {error}")
        else:
            locked += 1
    if locked:
        text = ngettext(
            "%(n)d ward has its year %(year)d locked.", "%(n)d wards have their year %(year)d locked.", locked
        )
        messages.success(request, text % {"n": locked, "year": year})
    elif not waiting:
        messages.info(request, _("No ward waits to be locked."))
    return redirect(back)


def _asked_year(request: HttpRequest, asked=None) -> int:
    text = (asked or request.GET).get("year", "")
    return int(text) if text in {str(year) for year in year_choices()} else working_year(request)

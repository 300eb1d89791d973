"""Entering a household, correcting it, judging a year."""

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.actor import StaleVersion
from accounts.context import working_ward, working_year, year_choices
from accounts.models import Submission
from accounts.services import AlreadySubmitted
from households.forms import Conflict, HouseholdEntry, StatusEntry
from households.forms.conflict import version_is_stale
from households.models import Household, PovertyStandard
from households.strip import tag

NEXT = "next"


@require_http_methods(["GET", "POST"])
@permission_required("households.add_household", raise_exception=True)
def household_create(request: HttpRequest) -> HttpResponse:
    """A new household with its members and, where it was judged, its class in the year one works in."""
    entry = _entry(request, Household(ward=working_ward(request)))
    if request.method == "POST" and entry.is_valid():
        try:
            return _saved(request, entry)
        except AlreadySubmitted as done:
            return redirect(done.result)
        except ValidationError as error:
            entry.refuse(error)
        except IntegrityError:
            entry.refuse(_same_moment())
    return _household_page(request, entry)


@require_http_methods(["GET", "POST"])
@permission_required("households.change_household", raise_exception=True)
def household_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """The same sheet for a household on record; who saves on an old version is shown the other's work."""
    household = get_object_or_404(_visible(request), pk=pk)
    if request.method == "GET":
        return _household_page(request, _entry(request, household))
    if done := _sent_before(request):
        return redirect(done)
    if version_is_stale(request.POST, household):
        return _household_conflict(request, pk)
    entry = _entry(request, household)
    if entry.is_valid():
        try:
            return _saved(request, entry)
        except AlreadySubmitted as done:
            return redirect(done.result)
        except StaleVersion:
            return _household_conflict(request, pk)
        except ValidationError as error:
            entry.refuse(error)
        except IntegrityError:
            entry.refuse(_same_moment())
    return _household_page(request, entry)


@require_http_methods(["GET", "POST"])
@permission_required("households.change_household", raise_exception=True)
def status_edit(request: HttpRequest, pk: int, year: int) -> HttpResponse:
    """A household's class in one year by one standard."""
    household = get_object_or_404(_visible(request), pk=pk)
    standard = _standard(request, year)
    if request.method == "GET":
        return _status_page(request, StatusEntry(household=household, year=year, standard=standard))
    if done := _sent_before(request):
        return redirect(done)
    if version_is_stale(request.POST, household):
        return _status_conflict(request, pk, year, standard)
    entry = StatusEntry(household=household, year=year, standard=standard, data=request.POST)
    result = reverse("household-detail", args=[pk])
    if entry.is_valid():
        try:
            with transaction.atomic():
                entry.save(by=request.user, result=result)
        except AlreadySubmitted as done:
            return redirect(done.result)
        except StaleVersion:
            return _status_conflict(request, pk, year, standard)
        except IntegrityError:
            entry.status.add_error(None, _same_moment())
        else:
            text = _("Class in %(year)d saved for household %(code)s.")
            messages.success(request, text % {"year": year, "code": household.code})
            return redirect(result)
    return _status_page(request, entry)


# --- the household's sheet ------------------------------------------------------------------


def _visible(request: HttpRequest):
    return Household.objects.visible_to(request.user).select_related("ward")


def _entry(request: HttpRequest, household: Household, data=None, *, bound: bool = True) -> HouseholdEntry:
    year = _year(request)
    level = PovertyStandard.Level.CITY
    standard = PovertyStandard.objects.in_force(year, level).order_by("-from_year").first()
    if data is None and bound and request.method == "POST":
        data = request.POST
    return HouseholdEntry(user=request.user, household=household, year=year, standard=standard, data=data)


def _year(request: HttpRequest) -> int:
    """The year the sheet was opened for, also when the working year was changed in another window meanwhile."""
    asked = request.POST.get("year", "")
    return int(asked) if asked in {str(year) for year in year_choices()} else working_year(request)


def _saved(request: HttpRequest, entry: HouseholdEntry) -> HttpResponse:
    onward = request.POST.get("then") == NEXT

    def result(household: Household) -> str:
        return reverse("household-create") if onward else reverse("household-detail", args=[household.pk])

    with transaction.atomic():
        household = entry.save(by=request.user, result=result)
    messages.success(request, _("Household %(code)s saved.") % {"code": household.code})
    return redirect(result(household))


def _household_page(request: HttpRequest, entry: HouseholdEntry, conflict: Conflict | None = None) -> HttpResponse:
    household = entry.household
    on_record = Household.objects.filter(pk=household.pk).with_head().first() if household.pk else None
    context = {
        "entry": entry,
        "form": entry.form,
        "members": entry.members,
        "status_form": entry.status,
        "all_forms": entry.all_forms,
        "household": on_record,
        "conflict": conflict,
        "has_wards": bool(entry.form.fields["ward"].disabled or entry.form.fields["ward"].queryset),
        "may_submit_again": conflict is not None,
    }
    status = 409 if conflict else 422 if request.method == "POST" else 200
    return render(request, "households/household_form.html", context, status=status)


def _household_conflict(request: HttpRequest, pk: int) -> HttpResponse:
    def fresh() -> Household:
        return get_object_or_404(_visible(request), pk=pk)

    mine = _entry(request, fresh())
    conflict = Conflict.of(request.POST, mine, _entry(request, fresh(), bound=False))
    return _household_page(request, _entry(request, fresh(), conflict.data), conflict)


# --- one year -------------------------------------------------------------------------------


def _standard(request: HttpRequest, year: int) -> PovertyStandard:
    level = request.GET.get("level", PovertyStandard.Level.CITY)
    known = year in year_choices() and level in PovertyStandard.Level.values
    standard = PovertyStandard.objects.in_force(year, level).order_by("-from_year").first() if known else None
    if standard is None:
        raise Http404(_("No standard judges this year."))
    return standard


def _status_page(request: HttpRequest, entry: StatusEntry, conflict: Conflict | None = None) -> HttpResponse:
    household = _visible(request).with_head().get(pk=entry.household.pk)
    before = household.statuses.at_level(entry.status.standard.level).filter(year=entry.status.year - 1)
    last_year = before.select_related("standard").first()
    context = {
        "entry": entry,
        "form": entry.status,
        "all_forms": entry.all_forms,
        "household": household,
        "year": entry.status.year,
        "standard": entry.status.standard,
        "last_year": tag(last_year) if last_year else None,
        "conflict": conflict,
    }
    status = 409 if conflict else 422 if request.method == "POST" else 200
    return render(request, "households/status_form.html", context, status=status)


def _status_conflict(request: HttpRequest, pk: int, year: int, standard: PovertyStandard) -> HttpResponse:
    def entry(data=None) -> StatusEntry:
        household = get_object_or_404(_visible(request), pk=pk)
        return StatusEntry(household=household, year=year, standard=standard, data=data)

    conflict = Conflict.of(request.POST, entry(request.POST), entry())
    return _status_page(request, entry(conflict.data), conflict)


# --- both -----------------------------------------------------------------------------------


def _sent_before(request: HttpRequest) -> str:
    """Where the first sending of this very form led; a double click must not meet its own first half as a stranger."""
    key = request.POST.get("submission_key", "")
    try:
        done = Submission.objects.filter(user=request.user, key=key).first() if key else None
    except ValidationError:  # not a key at all
        return ""
    return done.result if done else ""


def _same_moment() -> ValidationError:
    return ValidationError(_("Somebody saved the same record at this moment. Nothing of yours is lost; save again."))

"""Entering a household and correcting it."""

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.actor import StaleVersion
from accounts.context import working_ward, working_year, year_choices
from accounts.models import Submission
from accounts.services import AlreadySubmitted
from households.forms import Conflict, HouseholdEntry
from households.forms.conflict import version_is_stale
from households.models import Household, PovertyStandard

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
            entry.refuse(same_moment())
    return _household_page(request, entry)


@require_http_methods(["GET", "POST"])
@permission_required("households.change_household", raise_exception=True)
def household_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """The same sheet for a household on record; who saves on an old version is shown the other's work."""
    household = get_object_or_404(visible(request), pk=pk)
    if household.is_closed:
        return redirect("household-detail", pk=pk)
    if request.method == "GET":
        return _household_page(request, _entry(request, household))
    if done := sent_before(request):
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
            entry.refuse(same_moment())
    return _household_page(request, entry)


# --- the household's sheet ------------------------------------------------------------------


def visible(request: HttpRequest):
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
    for doubt in entry.doubts:
        messages.warning(request, doubt.linked)
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
        return get_object_or_404(visible(request), pk=pk)

    mine = _entry(request, fresh())
    conflict = Conflict.of(request.POST, mine, _entry(request, fresh(), bound=False))
    return _household_page(request, _entry(request, fresh(), conflict.data), conflict)


# --- for every sheet -------------------------------------------------------------------------


def sent_before(request: HttpRequest) -> str:
    """Where the first sending of this very form led; a double click must not meet its own first half as a stranger."""
    key = request.POST.get("submission_key", "")
    try:
        done = Submission.objects.filter(user=request.user, key=key).first() if key else None
    except ValidationError:  # not a key at all
        return ""
    return done.result if done else ""


def same_moment() -> ValidationError:
    return ValidationError(_("Somebody saved the same record at this moment. Nothing of yours is lost; save again."))

"""Households that may be one: the hint while one types, the queue, the answer."""

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db import IntegrityError, transaction
from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.api.rights import FairUse
from accounts.models import AuditEvent, note_event
from accounts.services import AlreadySubmitted, claim_submission
from households import identity
from households.codes import Sex
from households.duplicates import Reason, compare, warnings_about
from households.forms import BirthField
from households.forms.duplicate import SettleForm
from households.models import DuplicateCase, Household, Member, PovertyStatus
from households.settling import settle_as_different, settle_as_same
from households.strip import STRIP_YEARS, year_strip, years_on_record

PER_PAGE = 50
SETTLED = "settled"


# --- while one types ------------------------------------------------------------------------


class AMinute(FairUse):
    scope, rate = "duplicate-ask", "60/min"


class ADay(FairUse):
    """Enough for a day's typing, too few to try numbers one after another."""

    scope, rate = "duplicate-ask-day", "1500/day"


@require_POST
@permission_required("households.change_household", raise_exception=True)
def duplicate_ask(request: HttpRequest) -> HttpResponse:
    """Whether the person just typed into a row is on record: a fragment for that row, empty where nobody is.

    The number comes in the body, so that it stands in no address and no log. That a number was found in
    another ward is noted: who tries numbers leaves a trail.
    """
    if not all(throttle().allow_request(request, None) for throttle in (AMinute, ADay)):
        return HttpResponse(status=429)
    member = _typed_member(request)
    doubts = warnings_about(_typed_household(request), [member], user=request.user)
    if any(doubt.household is None for doubt in doubts):
        detail = {"id_number": identity.masked(member.id_number), "found": "another ward"}
        note_event(by=request.user, action=AuditEvent.Action.ASK, model="households.member", detail=detail)
    return render(request, "households/duplicate_warnings.html", {"doubts": doubts})


def _typed_household(request: HttpRequest) -> Household:
    key = request.POST.get("household", "")
    household = Household()
    if key.isascii() and key.isdigit() and len(key) < 18:
        household = get_object_or_404(Household.objects.visible_to(request.user), pk=int(key))
    group = request.POST.get("residential_group", "")
    household.address = request.POST.get("address", "")[:200]
    household.residential_group_id = int(group) if group.isascii() and group.isdigit() and len(group) < 18 else None
    return household


def _typed_member(request: HttpRequest) -> Member:
    """The row as far as it can be read; what cannot be is left out, for the save to complain of."""
    typed = {name: request.POST.get(name, "")[:120] for name in ("name", "birth", "sex", "id_number")}
    try:
        birth = BirthField(required=False).clean(typed["birth"])
    except ValidationError:
        birth = None
    number = identity.normalise(typed["id_number"])
    try:
        identity.check_number(number)
    except ValidationError:
        number = ""
    return Member(
        name=typed["name"].replace("\x00", ""),
        birth_date=birth.day if birth else None,
        birth_year=birth.year if birth else None,
        sex=typed["sex"] if typed["sex"] in Sex.values else "",
        id_number=number,
    )


# --- the queue ------------------------------------------------------------------------------


@require_safe
@permission_required("households.settle_duplicatecase", raise_exception=True)
def duplicate_list(request: HttpRequest) -> HttpResponse:
    """Pairs to be settled, or those that are, fifty a page."""
    visible = DuplicateCase.objects.visible_to(request.user)
    settled = request.GET.get("state") == SETTLED
    cases = visible.settled() if settled else visible.open()
    page = Paginator(cases.select_related("settled_by").order_by("-found_at", "-pk"), PER_PAGE).get_page(
        request.GET.get("page")
    )
    page.object_list = list(page.object_list)
    keys = {key for case in page.object_list for key in (case.first_id, case.second_id)}
    rows = Household.objects.visible_to(request.user).with_head().select_related("ward", "residential_group")
    households = rows.in_bulk(keys)
    for case in page.object_list:
        case.pair = [households[case.first_id], households[case.second_id]]
        case.reason_labels = _reasons(case)
    context = {
        "page_obj": page,
        "settled": settled,
        "open_count": visible.open().count(),
        "settled_count": visible.settled().count(),
    }
    return render(request, "households/duplicate_list.html", context)


@require_http_methods(["GET", "POST"])
@permission_required("households.settle_duplicatecase", raise_exception=True)
def duplicate_settle(request: HttpRequest, pk: int) -> HttpResponse:
    """Both households side by side, and the question what they are."""
    case = get_object_or_404(DuplicateCase.objects.visible_to(request.user), pk=pk)
    households = _sides(request, case)
    form = SettleForm(request.POST if request.method == "POST" else None, households=households)
    if request.method == "POST" and form.is_valid():
        try:
            return _settled(request, case, form)
        except AlreadySubmitted as done:
            return redirect(done.result)
        except ValidationError as error:
            form.add_error(None, error.messages)
        except IntegrityError as error:
            if not str(error).startswith("locked:"):
                raise
            form.add_error(None, _("The year is closed in this ward; nothing was changed."))
        case = get_object_or_404(DuplicateCase.objects.visible_to(request.user), pk=pk)
    is_open = DuplicateCase.objects.open().filter(pk=case.pk).exists()
    context = {"case": case, "households": households, "reasons": _reasons(case), "form": form, "is_open": is_open}
    return render(request, "households/duplicate_settle.html", context, status=200 if request.method == "GET" else 422)


def _settled(request: HttpRequest, case: DuplicateCase, form: SettleForm) -> HttpResponse:
    kept, note = form.kept, form.cleaned_data["note"]
    result = reverse("household-detail", args=[kept.pk]) if kept else reverse("duplicate-list")
    with transaction.atomic():
        submission = claim_submission(by=request.user, key=form.cleaned_data["submission_key"])
        if kept:
            settle_as_same(by=request.user, case=case, kept=kept, note=note)
        else:
            settle_as_different(by=request.user, case=case, note=note)
        if submission:
            submission.result = result
            submission.save()
    if kept:
        text = _("One household: %(code)s stays; the history of the other stands on its page.") % {"code": kept.code}
    else:
        text = _("Two households: this pair is not asked about again.")
    messages.success(request, text)
    if kept and (names := _numbers_left_behind(form)):
        text = _("%(names)s: the CCCD/CMND stands in the closed household only; enter it on the sheet of this one.")
        messages.warning(request, text % {"names": ", ".join(names)})
    return redirect(result)


def _numbers_left_behind(form: SettleForm) -> list[str]:
    """Whose number only the household has that was just closed, where nobody finds it any more."""
    known = {member.id_number for member in form.kept.present_members}
    gone = next(each for each in form.households.values() if each != form.kept)
    return [member.name for member in gone.present_members if member.id_number and member.id_number not in known]


def _sides(request: HttpRequest, case: DuplicateCase) -> list[Household]:
    """The two households with what is alike in them marked."""
    statuses = PovertyStatus.objects.select_related("standard").with_arrival()
    rows = (
        Household.objects.visible_to(request.user)
        .with_head()
        .select_related("ward", "residential_group")
        .prefetch_related("members", Prefetch("statuses", statuses))
        .in_bulk([case.first_id, case.second_id])
    )
    first, second = rows[case.first_id], rows[case.second_id]
    known = years_on_record("city", _strip_years())
    alike = compare(first, first.present_members, second, second.members.all())
    matched = {member.pk for pair in alike.pairs for member in pair} if alike else set()
    for household in (first, second):
        household.strip = year_strip(household.statuses.all(), known)
        household.shown = household.present_members
        household.matched = matched
        household.address_alike = bool(alike and Reason.ADDRESS in alike.reasons)
    return [first, second]


def merged_histories(household: Household, user) -> list[Household]:
    """Households that were merged into this one, each with its years and events; told to whoever may open this one."""
    statuses = PovertyStatus.objects.select_related("standard").with_arrival()
    rows = household.merged_from.exclude(closed_on=None).with_head().select_related("ward")
    merged = list(rows.prefetch_related(Prefetch("statuses", statuses), "events").order_by("closed_on", "pk"))
    if not merged:
        return []
    known = years_on_record("city", _strip_years())
    visible = Household.objects.visible_to(user).in_bulk([each.pk for each in merged])
    for each in merged:
        each.strip = year_strip(each.statuses.all(), known)
        each.happened = [event for event in each.events.all() if event.undone_at is None]
        each.may_be_opened = each.pk in visible
    return merged


def _strip_years() -> range:
    return range(min(STRIP_YEARS) - 1, max(STRIP_YEARS) + 1)


def _reasons(case: DuplicateCase) -> list[str]:
    return [Reason(code).label for code in case.reasons if code in Reason.values]

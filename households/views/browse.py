"""Finding households and reading one."""

from datetime import date

from django.contrib.auth.decorators import permission_required
from django.core.paginator import Paginator
from django.db import connection
from django.db.models import F, Prefetch, QuerySet, prefetch_related_objects
from django.db.models.functions import Collate
from django.http import FileResponse, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.context import ward_choices, ward_to_start_in, working_year, year_choices
from accounts.history import history_of
from accounts.models import AuditEvent, note_event
from households.amendments import corrected_years, mark_corrections, mark_strip
from households.certificate import lacking_for_certificate
from households.codes import Classification, Movement, RoundState
from households.filters import OF_A_FIGURE, HouseholdFilter
from households.judging import explain
from households.life import latest_event
from households.listing import household_workbook
from households.models import DuplicateCase, Household, PovertyStandard, PovertyStatus, Residence
from households.reviews import REGULAR
from households.rounds import state_of
from households.services import note_numbers_shown
from households.strip import (
    STRIP_YEARS,
    movement_of,
    official,
    tag,
    tell_absence,
    with_movements,
    year_strip,
    years_on_record,
)
from households.timeline import timeline_of
from households.views.duplicates import merged_histories
from wards.models import Ward
from wards.sheets import CONTENT_TYPE, file_name
from wards.succession import MapChoice

PER_PAGE = 50
SORTS = {
    "head": ["head_sort_key", "code"],
    "code": ["code"],
    "ward": ["ward__sort_key", "ward__valid_from", "head_sort_key"],
    "group": ["residential_group__number", "head_sort_key"],
    "size": ["size", "head_sort_key"],
}
DEFAULT_SORT = "head"


# --- The list -------------------------------------------------------------------------------


@require_safe
@permission_required("households.view_household", raise_exception=True)
def household_list(request: HttpRequest) -> HttpResponse:
    """Households that match the filters, fifty a page; htmx gets the table alone."""
    filters = household_filters(request)
    ordering = _ordering(request)
    totals = filters.totals()
    paginator = Paginator(_ordered(filters.rows, ordering), PER_PAGE)
    paginator.count = totals["households"]  # counted already, together with the persons
    page = paginator.get_page(request.GET.get("page"))
    page.object_list = list(page.object_list)
    _draw_years(page.object_list, filters.in_year, filters.at_level)
    chips = _chips(request, filters)
    partial = bool(request.htmx and not request.htmx.history_restore_request)
    wards = ward_choices(request)
    context = {
        "filters": filters,
        "in_year": filters.in_year,
        "by_status": filters.by_status,
        "page_obj": page,
        "totals": totals,
        "ordering": ordering,
        "strip_years": STRIP_YEARS,
        "chips": chips,
        "clear_url": f"{request.path}?ward=" if len(wards) > 1 else request.path,
        "narrowed": bool(chips) or not filters.is_valid(),
        "ward_choices_shown": len(wards) > 1,
        "has_wards": bool(wards),
        "ended_ward": _ended_ward(request, wards),
        "export_url": f"{reverse('household-export')}?{_asked(request).urlencode()}",
        "partial": partial,
        "duplicates": 0 if partial else DuplicateCase.objects.visible_to(request.user).open().count(),
    }
    template = "households/_household_table.html" if partial else "households/household_list.html"
    response = render(request, template, context)
    patch_vary_headers(response, ["HX-Request"])
    return response


def _ended_ward(request: HttpRequest, wards: list[Ward]) -> Ward | None:
    """The ward that an officer works in still, though it has ended: where the list is empty, it says why."""
    today = timezone.localdate()
    ended = [ward for ward in wards if ward.valid_to and ward.valid_to < today]
    return ended[-1] if request.user.is_officer and ended and len(ended) == len(wards) else None


@require_safe
@permission_required("households.view_household", raise_exception=True)
def household_export(request: HttpRequest) -> HttpResponse:
    """The list as a workbook: exactly the rows of the filter, in its order."""
    filters = household_filters(request)
    rows, now = _ordered(filters.rows, _ordering(request)), timezone.localtime()
    conditions = [(chip["label"], chip["value"]) for chip in _chips(request, filters)]
    file = household_workbook(
        rows, year=filters.in_year, level=filters.at_level, conditions=conditions, by=request.user, at=now
    )
    if request.method == "GET":  # HEAD takes nothing away
        asked = {name: values for name, values in _asked(request).lists() if any(values)}
        detail = {"rows": filters.totals()["households"], "asked": asked}
        note_event(by=request.user, action=AuditEvent.Action.EXPORT, model="households.household", detail=detail)
    name = file_name("ho-gia-dinh", now.date())
    return FileResponse(file, as_attachment=True, filename=name, content_type=CONTENT_TYPE)


def household_filters(request: HttpRequest) -> HouseholdFilter:
    """The list's filters over what this person may see; without a word about the ward, the one they work in."""
    return HouseholdFilter(_asked(request), Household.objects.visible_to(request.user), request=request)


def _asked(request: HttpRequest) -> QueryDict:
    asked = request.GET.copy()
    ward = ward_to_start_in(request)
    if "ward" not in asked and ward:
        asked["ward"] = str(ward.pk)
    return asked


def _ordering(request: HttpRequest) -> str:
    asked = request.GET.get("sort", "")
    return asked if asked.removeprefix("-") in SORTS else DEFAULT_SORT


def _ordered(rows: QuerySet[Household], ordering: str) -> QuerySet[Household]:
    rows = rows.with_head().select_related("ward", "residential_group")
    descending = ordering.startswith("-")
    terms = [_by_bytes(name) for name in SORTS[ordering.removeprefix("-")]]
    first = terms[0].desc(nulls_last=True) if descending else terms[0].asc(nulls_last=True)
    return rows.order_by(first, *terms[1:], "pk")


def _by_bytes(name: str):
    """Sort keys are made to be compared byte by byte, whatever language the database was set up for."""
    if not name.endswith("sort_key"):
        return F(name)
    return Collate(name, "C" if connection.vendor == "postgresql" else "BINARY")


def _statuses() -> Prefetch:
    return Prefetch("statuses", PovertyStatus.objects.with_arrival().select_related("standard"))


def _draw_years(households: list[Household], year: int, level: str) -> None:
    """Give each household its strip by the city standard and its class in the year at the level."""
    prefetch_related_objects(households, _statuses())
    known = {}
    for each in {PovertyStandard.Level.CITY.value, level}:
        known[each] = years_on_record(each, range(min(*STRIP_YEARS, year) - 1, max(*STRIP_YEARS, year) + 1))
    corrected = corrected_years(households)
    for household in households:
        statuses = household.statuses.all()
        household.strip = mark_strip(year_strip(statuses, known["city"]), household.pk, corrected)
        history = official(statuses, level)
        status = next((each for each in reversed(history) if each.year == year), None)
        household.tag = tag(status, movement_of(status, history, known[level]) if status else None)


def _chips(request: HttpRequest, filters: HouseholdFilter) -> list[dict]:
    """The conditions in use, each with the list's address without it."""
    asked, chips = filters.asked, []
    if asked.get("q"):
        chips.append({"label": _("Search"), "value": f"“{asked['q']}”", "url": _without(request, "q")})
    if asked.get("ward") and len(ward_choices(request)) > 1:
        label = _("Ward of that year") if filters.by_status else _("Ward")
        chips.append(
            {"label": label, "value": str(asked["ward"]), "url": _without(request, "ward", "residential_group")}
        )
    if filters.today:
        value = str(MapChoice.TODAY.label)
        chips.append({"label": _("Wards"), "value": value, "url": _without(request, "map", "ward")})
    if asked.get("residential_group"):
        value = str(asked["residential_group"])
        chips.append({"label": _("Residential group"), "value": value, "url": _without(request, "residential_group")})
    if asked.get("closed") and not filters.by_status:
        chips.append({"label": _("Closed households"), "value": _("listed too"), "url": _without(request, "closed")})
    if asked.get("classification"):
        value = ", ".join(str(Classification(code).label) for code in asked["classification"])
        label = _("Class in %(year)d") % {"year": filters.in_year}
        chips.append({"label": label, "value": value, "url": _without(request, "classification")})
    if asked.get("movement"):
        value = ", ".join(str(Movement(code).label) for code in asked["movement"])
        label = _("Movement in %(year)d") % {"year": filters.in_year}
        chips.append({"label": label, "value": value, "url": _without(request, "movement")})
    for name in OF_A_FIGURE:
        if asked.get(name):
            field = filters.form.fields[name]
            value = str(asked[name]) if name == "deprivation" else str(dict(field.choices)[asked[name]])
            chips.append({"label": str(field.label), "value": value, "url": _without(request, name)})
    if asked and filters.in_year != working_year(request) and not filters.by_status:
        chips.append({"label": _("Year"), "value": str(filters.in_year), "url": _without(request, "year")})
    if asked and filters.at_level != PovertyStandard.Level.CITY:
        value = str(PovertyStandard.Level(filters.at_level).label)
        chips.append({"label": _("Standard"), "value": value, "url": _without(request, "level")})
    return chips


def _without(request: HttpRequest, *names: str) -> str:
    rest = request.GET.copy()
    for name in (*names, "page"):
        rest.pop(name, None)
    if "ward" in names:
        rest["ward"] = ""  # said, or the working ward would come back
    return f"{request.path}?{rest.urlencode()}" if rest else request.path


# --- One household --------------------------------------------------------------------------


@require_safe
@permission_required("households.view_household", raise_exception=True)
def household_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """A household with its members, its years, the help it received and its history."""
    return _household_page(request, pk)


@require_POST
@permission_required("households.reveal_member", raise_exception=True)
def household_reveal(request: HttpRequest, pk: int) -> HttpResponse:
    """The same page with the personal numbers in full; that somebody looked is noted first."""
    household = get_object_or_404(Household.objects.visible_to(request.user), pk=pk)
    note_numbers_shown(by=request.user, household=household)
    return _household_page(request, pk, revealed=True)


def _household_page(request: HttpRequest, pk: int, *, revealed: bool = False) -> HttpResponse:
    visible = Household.objects.visible_to(request.user).select_related("ward", "residential_group")
    statuses = PovertyStatus.objects.with_arrival().select_related("standard", "ward")
    statuses = statuses.prefetch_related("deprivations", "causes", "reviews")
    homes = Prefetch("residences", Residence.objects.select_related("ward"))
    household = get_object_or_404(visible.prefetch_related("members", homes, Prefetch("statuses", statuses)), pk=pk)
    year = working_year(request)
    levels = PovertyStandard.Level.values
    last = max(*STRIP_YEARS, year, *(status.year for status in household.statuses.all()))
    known = {level: years_on_record(level, range(min(STRIP_YEARS) - 1, last + 1)) for level in levels}
    members = household.present_members
    judged = with_movements(household.statuses.all(), known)
    amendments = mark_corrections(household, judged)
    corrected = {(each.household_id, each.year) for each in amendments if each.is_in_effect_at("city")}
    strip = year_strip(household.statuses.all(), known["city"], years=range(min(STRIP_YEARS), last + 1))
    strip = tell_absence(mark_strip(strip, household.pk, corrected), household)
    for status in judged:
        _tell(status)
    for square in strip:
        square["url"] = f"#year-{square['year']}" if any(each.year == square["year"] for each in judged) else ""
    lived_in = household.ward_on(date(year, 12, 31))  # None: not yet formed, or not yet in the district
    unjudged = _unjudged(judged, year) if lived_in else []
    context = {
        "household": household,
        "merged_into": _merged_into(request, household),
        "head": next((member for member in members if member.relation == "head"), None),
        "members": members,
        "left": [member for member in household.members.all() if member.left_on],
        "strip": strip,
        "statuses": judged,
        "unjudged": unjudged,
        "year_is_locked": bool(unjudged) and state_of(lived_in, year) == RoundState.LOCKED,
        "amendments": amendments,
        "year": year,
        "revealed": revealed,
        "timeline": timeline_of(household, request.user),
        "latest": latest_event(household, request.user),
        "history": history_of(household),
        "merged_from": merged_histories(household, request.user),
    }
    return render(request, "households/household_detail.html", context)


def _tell(status: PovertyStatus) -> None:
    """Give a status of the page what its second line says, and what may be done with it."""
    status.deprived = ", ".join(str(each) for each in status.deprivations.all())
    status.caused = ", ".join(str(each) for each in status.causes.all())
    status.may_be_edited = (
        status.standard.judges(status.year) and status.year in year_choices() and not status.is_closed
    )
    status.explained = explain(status.judged_by) if status.proposed else ""
    version = status.judged_by["version"] if status.explained else status.standard.version
    status.by_version = version if version != status.standard.version else None
    status.may_have_certificate = status.closed_on is None and lacking_for_certificate(status) == ""
    reviews = list(status.reviews.all())
    status.reviews_told = reviews if any(each.kind == REGULAR for each in reviews) else []
    told = ("explained", "sheet_a", "deprived", "caused", "note", "reviewed_on", "reviews_told", "may_be_edited")
    status.has_more = any(getattr(status, name) for name in told)


def _merged_into(request: HttpRequest, household: Household) -> Household | None:
    if household.merged_into_id is None:
        return None
    return Household.objects.visible_to(request.user).filter(pk=household.merged_into_id).first()


def _unjudged(statuses: list[PovertyStatus], year: int) -> list[PovertyStandard]:
    """Standards in force in the year by which this household has not been judged yet, the city's first."""
    judged = {status.standard_id for status in statuses if status.year == year}
    in_force = PovertyStandard.objects.in_year(year).order_by("level", "from_year")
    return [standard for standard in in_force if standard.pk not in judged]

"""Not yet reached: a work list for each rule of entitlement, in the officer's ward and year.

An address may ask for another year, ward and map, as the figures of a report do.
"""

from django.contrib.auth.decorators import permission_required
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.context import ward_to_start_in, working_ward, year_asked
from accounts.models import AuditEvent, note_event
from households.codes import Relation
from households.filters import HouseholdFilter
from households.models import Household, Member
from support.entitlement import at_home, entitled, gaps, has_list, not_reached, rules_in
from support.models import EntitlementRule
from wards.sheets import CONTENT_TYPE, COUNT, SheetColumn, file_name, list_workbook
from wards.succession import MapChoice

PER_PAGE = 50
ENTITLED = "entitled"  # what `show` says for all who are entitled, reached or not


@require_safe
@permission_required("support.view_supportaction", raise_exception=True)
def not_reached_rules(request: HttpRequest) -> HttpResponse:
    """Every rule of the year: how many are entitled, how many nobody has reached."""
    year = year_asked(request)
    context = {"year": year, "gaps": gaps(_at_home(request, year), year), "asked": request.GET}
    return render(request, "support/not_reached_rules.html", context)


@require_safe
@permission_required("support.view_supportaction", raise_exception=True)
def not_reached_rule(request: HttpRequest, code: str) -> HttpResponse:
    """The households, or members, whom a rule entitles and no help has reached; or all whom it entitles."""
    rule, year = _rule_asked(request, code)
    households = _at_home(request, year)
    page = Paginator(_listed(request, rule, households, year), PER_PAGE).get_page(request.GET.get("page"))
    page.object_list = _drawn(rule, list(page.object_list), year)
    counted = _people(request)(rule, households, year).count() if request.user.is_officer else page.paginator.count
    known = counted or has_list(households, year)
    context = {
        "rule": rule,
        "year": year,
        "counted": counted if known else None,
        "page_obj": page,
        "elsewhere": counted - page.paginator.count,
        "policy": rule.only_policy,
        "batch_url": _batch_url(request, code, year),
        "show": request.GET.get("show", ""),
    }
    return render(request, "support/not_reached_rule.html", context)


@require_safe
@permission_required("support.view_supportaction", raise_exception=True)
def not_reached_export(request: HttpRequest, code: str) -> HttpResponse:
    """The work list as a workbook: names, wards, groups, never a personal number."""
    rule, year = _rule_asked(request, code)
    rows = _drawn(rule, list(_listed(request, rule, _at_home(request, year), year)), year)
    columns = [
        SheetColumn(_("Ward")),
        SheetColumn(_("Residential group")),
        SheetColumn(_("Household code"), width=16),
        SheetColumn(_("Head of household"), width=28),
        *(
            [SheetColumn(_("Member"), width=28), SheetColumn(_("Year of birth"), COUNT)]
            if rule.unit == "member"
            else []
        ),
    ]
    file = list_workbook(
        title=(_("Entitled, %(year)d") if _shows_all(request) else _("Not yet reached, %(year)d")) % {"year": year},
        notes=[str(rule), rule.legal_basis],
        columns=columns,
        rows=([row["ward"], row["group"], row["code"], row["head"], *row["person"]] for row in rows),
    )
    if request.method == "GET":
        detail = {"rows": len(rows), "asked": {"rule": code, "year": year}}
        note_event(by=request.user, action=AuditEvent.Action.EXPORT, model="households.household", detail=detail)
    name = file_name("chua-duoc-ho-tro", timezone.localdate())
    return FileResponse(file, as_attachment=True, filename=name, content_type=CONTENT_TYPE)


def _at_home(request: HttpRequest, year: int) -> QuerySet[Household]:
    """Who lived at the year's end in the ward asked for, or in the one the reader works in."""
    start = ward_to_start_in(request)
    asked = {"ward": request.GET.get("ward", start.pk if start else ""), "map": request.GET.get("map", "")}
    filters = HouseholdFilter(asked, Household.objects.none(), request=request)
    if not filters.form.is_valid():
        raise Http404
    return at_home(request.user, year, filters.asked["ward"], filters.today)


def _rule_asked(request: HttpRequest, code: str) -> tuple[EntitlementRule, int]:
    year = year_asked(request)
    rule = next((each for each in rules_in(year) if each.code == code), None)
    if rule is None:
        raise Http404
    return rule, year


def _people(request: HttpRequest):
    """What to list by a rule: all who are entitled, or those whom no help has reached."""
    return entitled if _shows_all(request) else not_reached


def _listed(request: HttpRequest, rule: EntitlementRule, households: QuerySet[Household], year: int) -> QuerySet:
    """The people to list whom this reader may open, in order."""
    return _in_order(rule, _people(request)(rule, households.visible_to(request.user), year))


def _batch_url(request: HttpRequest, code: str, year: int) -> str:
    """Where help is recorded to all on the work list; none where it is drawn on today's map, or shows who is reached."""
    if request.GET.get("map") == MapChoice.TODAY or _shows_all(request):
        return ""
    ward = working_ward(request)
    asked = {"rule": code, "list_year": year - 1, "ward": request.GET.get("ward", ward.pk if ward else "")}
    return f"{reverse('batch-create')}?{urlencode(asked)}"


def _shows_all(request: HttpRequest) -> bool:
    return request.GET.get("show") == ENTITLED


def _in_order(rule: EntitlementRule, rows):
    if rule.unit == EntitlementRule.Unit.HOUSEHOLD:
        return rows.select_related("ward", "residential_group").order_by("ward", "code")
    rows = rows.select_related("household__ward", "household__residential_group")
    return rows.order_by("household__ward", "household__code", "pk")


def _drawn(rule: EntitlementRule, rows: list, year: int) -> list[dict]:
    """What a work list says of each row; heads are asked for once."""
    of_members = rule.unit == EntitlementRule.Unit.MEMBER
    households = [row.household if of_members else row for row in rows]
    heads = Member.objects.filter(
        household__in={household.pk for household in households}, relation=Relation.HEAD, left_on=None
    )
    names = dict(heads.values_list("household", "name"))
    return [
        {
            "household": household,
            "member": row if of_members else None,
            "age": year - row.birth_year if of_members and row.birth_year else None,
            "ward": str(household.ward),
            "group": household.residential_group.name if household.residential_group else "",
            "code": household.code,
            "head": names.get(household.pk, household.code),
            "person": [row.name, row.birth_year] if of_members else [],
        }
        for row, household in zip(rows, households, strict=True)
    ]

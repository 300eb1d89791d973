"""Not yet reached: a work list for each rule of entitlement, in the officer's ward and year.

An address may ask for another year and ward, as the figures of a report do: then the ward is that of the list by
which people are entitled, and not the one they live in now.
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

from accounts.context import working_ward, year_asked
from accounts.models import AuditEvent, note_event
from households.codes import Relation
from households.filters import HouseholdFilter
from households.models import Household, Member
from support.entitlement import entitled, gaps, not_reached, rules_in
from support.models import EntitlementRule
from wards.sheets import CONTENT_TYPE, COUNT, SheetColumn, file_name, list_workbook

PER_PAGE = 50
ENTITLED = "entitled"  # what `show` says for all who are entitled, reached or not


@require_safe
@permission_required("support.view_supportaction", raise_exception=True)
def not_reached_rules(request: HttpRequest) -> HttpResponse:
    """Every rule of the working year: how many are entitled, how many nobody has reached."""
    year = year_asked(request)
    found = gaps(_households(request, year), year)
    context = {"year": year, "gaps": found, "missing": sum(1 for gap in found if gap.missing)}
    return render(request, "support/not_reached_rules.html", context)


@require_safe
@permission_required("support.view_supportaction", raise_exception=True)
def not_reached_rule(request: HttpRequest, code: str) -> HttpResponse:
    """The households, or members, whom a rule entitles and no help has reached; or all whom it entitles."""
    rule, year, rows = _asked(request, code)
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    page.object_list = _drawn(rule, list(page.object_list), year)
    context = {
        "rule": rule,
        "year": year,
        "page_obj": page,
        "policy": rule.policies.first(),
        "batch_url": _batch_url(request, code, year),
        "show": request.GET.get("show", ""),
    }
    return render(request, "support/not_reached_rule.html", context)


@require_safe
@permission_required("support.view_supportaction", raise_exception=True)
def not_reached_export(request: HttpRequest, code: str) -> HttpResponse:
    """The work list as a workbook: names, wards, groups, never a personal number."""
    rule, year, rows = _asked(request, code)
    rows, now = _drawn(rule, list(rows), year), timezone.localtime()
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
    name = file_name("chua-duoc-ho-tro", now.date())
    return FileResponse(file, as_attachment=True, filename=name, content_type=CONTENT_TYPE)


def _households(request: HttpRequest, year: int) -> QuerySet[Household]:
    """The reader's households: of the ward and map an address asks for, else of the ward they work in."""
    households = Household.objects.visible_to(request.user)
    if "ward" not in request.GET:
        ward = working_ward(request)
        return households.filter(ward=ward) if ward else households
    asked = {name: request.GET.get(name, "") for name in ("ward", "map")} | {"year": str(year - 1)}
    filters = HouseholdFilter(asked, households, request=request)
    if not filters.form.is_valid():
        raise Http404
    return households.filter(pk__in=filters.statuses().order_by().values("household"))


def _asked(request: HttpRequest, code: str) -> tuple[EntitlementRule, int, QuerySet]:
    """The rule, the year, and the people to list, in order."""
    year = year_asked(request)
    rule = next((each for each in rules_in(year) if each.code == code), None)
    if rule is None:
        raise Http404
    people = entitled if _shows_all(request) else not_reached
    return rule, year, _in_order(rule, people(rule, _households(request, year), year))


def _batch_url(request: HttpRequest, code: str, year: int) -> str:
    """Where help is recorded to all on the work list; none for a figure's list, which may be of another ward."""
    if "ward" in request.GET or _shows_all(request):
        return ""
    ward = working_ward(request)
    asked = {"rule": code, "list_year": year - 1, "ward": ward.pk if ward else ""}
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

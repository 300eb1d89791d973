"""Not yet reached: a work list for each rule of entitlement, in the officer's ward and year."""

from django.contrib.auth.decorators import permission_required
from django.core.paginator import Paginator
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.context import working_ward, working_year
from accounts.models import AuditEvent, note_event
from households.codes import Relation
from households.models import Household, Member
from support.entitlement import gaps, not_reached, rules_in
from support.models import EntitlementRule
from wards.sheets import CONTENT_TYPE, COUNT, SheetColumn, file_name, list_workbook

PER_PAGE = 50


@require_safe
@permission_required("support.view_supportaction", raise_exception=True)
def not_reached_rules(request: HttpRequest) -> HttpResponse:
    """Every rule of the working year: how many are entitled, how many nobody has reached."""
    year = working_year(request)
    found = gaps(_households(request), year)
    context = {"year": year, "gaps": found, "missing": sum(1 for gap in found if gap.missing)}
    return render(request, "support/not_reached_rules.html", context)


@require_safe
@permission_required("support.view_supportaction", raise_exception=True)
def not_reached_rule(request: HttpRequest, code: str) -> HttpResponse:
    """The households, or members, whom a rule entitles and no help has reached."""
    rule, year = _rule(request, code), working_year(request)
    rows = _in_order(rule, not_reached(rule, _households(request), year))
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    page.object_list = _drawn(rule, list(page.object_list), year)
    ward = working_ward(request)
    asked = {"rule": code, "list_year": year - 1, "ward": ward.pk if ward else ""}
    context = {
        "rule": rule,
        "year": year,
        "page_obj": page,
        "policy": rule.policies.first(),
        "batch_url": f"{reverse('batch-create')}?{urlencode(asked)}",
    }
    return render(request, "support/not_reached_rule.html", context)


@require_safe
@permission_required("support.view_supportaction", raise_exception=True)
def not_reached_export(request: HttpRequest, code: str) -> HttpResponse:
    """The work list as a workbook: names, wards, groups, never a personal number."""
    rule, year, now = _rule(request, code), working_year(request), timezone.localtime()
    rows = _drawn(rule, list(_in_order(rule, not_reached(rule, _households(request), year))), year)
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
        title=_("Not yet reached, %(year)d") % {"year": year},
        notes=[str(rule), rule.legal_basis],
        columns=columns,
        rows=([row["ward"], row["group"], row["code"], row["head"], *row["person"]] for row in rows),
    )
    if request.method == "GET":
        detail = {"rows": len(rows), "asked": {"rule": code, "year": year}}
        note_event(by=request.user, action=AuditEvent.Action.EXPORT, model="households.household", detail=detail)
    name = file_name("chua-duoc-ho-tro", now.date())
    return FileResponse(file, as_attachment=True, filename=name, content_type=CONTENT_TYPE)


def _households(request: HttpRequest):
    """The reader's households, in the ward they work in where they chose one."""
    households = Household.objects.visible_to(request.user)
    ward = working_ward(request)
    return households.filter(ward=ward) if ward else households


def _rule(request: HttpRequest, code: str) -> EntitlementRule:
    rule = get_object_or_404(EntitlementRule, code=code)
    held = {each.pk for each in rules_in(working_year(request))}
    return rule if rule.pk in held else get_object_or_404(EntitlementRule, pk=None)


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

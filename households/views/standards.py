"""The poverty standards as officers read them: whom each calls poor, since when, and what is not on record."""

from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.context import working_year
from households.models import PovertyStandard

EITHER = PovertyStandard.Rule.EITHER


@require_safe
@permission_required("households.view_povertystandard", raise_exception=True)
def standard_list(request: HttpRequest) -> HttpResponse:
    """Every standard with its lines, points and indicators; those of the working year stand first."""
    year = working_year(request)
    standards = list(PovertyStandard.objects.prefetch_related("indicators").order_by("-from_year", "level"))
    for standard in standards:
        standard.judges_now = standard.judges(year)
        standard.figures = _figures(standard)
        standard.is_known = any(value is not None for row in standard.figures for value in (row["urban"], row["rural"]))
    standards.sort(key=lambda standard: not standard.judges_now)
    context = {"year": year, "standards": standards, "in_force": [each for each in standards if each.judges_now]}
    return render(request, "households/standard_list.html", context)


def _figures(standard: PovertyStandard) -> list[dict]:
    """The rows of the standard's table; the second line belongs to the rule that has one."""
    rows = [(_("Income line, đồng a person and month"), "line"), (_("B1 points that equal it"), "points")]
    if standard.rule == EITHER:
        rows.insert(1, (_("Minimum living line, đồng a person and month"), "living_line"))
        rows.append((_("B1 points that equal the living line"), "living_points"))
    return [
        {"label": label, "urban": getattr(standard, f"urban_{name}"), "rural": getattr(standard, f"rural_{name}")}
        for label, name in rows
    ]

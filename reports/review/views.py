"""The tables of the yearly review on page and in Excel, the movement drawn, the households behind it."""

from django.contrib.auth.decorators import permission_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.context import working_year, year_choices
from accounts.models import AuditEvent, Dataset, note_event
from households.models import PovertyStandard
from households.movement import COLUMNS, TABLES
from reports.asked import asked_of
from reports.forms import ReviewForm
from reports.poverty import movements_of
from reports.render import xlsx
from reports.review import tables
from reports.review.columns import movement_near_poor, movement_poor
from reports.review.figures import ReviewFigures
from reports.review.flow import flow_of, unbalanced
from reports.review.households import OPEN, entries_of, moved_households, totals
from reports.scope import Scope, unplaced_label
from reports.table import Report
from wards.sheets import CONTENT_TYPE
from wards.succession import UNPLACED, UNPLACED_WORD

PER_PAGE = 50


@require_safe
@permission_required("reports.view_summary", raise_exception=True)
def review(request: HttpRequest) -> HttpResponse:
    """The review of the year one works in."""
    return redirect("review-tables", working_year(request))


@require_safe
@permission_required("reports.view_summary", raise_exception=True)
def review_tables(request: HttpRequest, year: int) -> HttpResponse:
    form, asked = _form(request, year)
    key = asked.get("table", "r1")
    if key not in tables.TABLES:
        raise Http404
    context = _context(form, asked, year, "review-tables") | {"key": key}
    if form.is_valid():
        figures = ReviewFigures(form.scope())
        report = _report(figures, year, [key])
        context |= {"report": report, "table": report.tables[0], "answer": _answer(figures, year)}
    context["tabs"] = [(each, tables.title_of(each), _with(asked, table=each)) for each in tables.TABLES]
    return render(request, "reports/review_tables.html", context, status=200 if form.is_valid() else 400)


@require_safe
@permission_required("reports.view_summary", raise_exception=True)
def review_tables_xlsx(request: HttpRequest, year: int) -> HttpResponse:
    """All tables of the year in one workbook."""
    form, asked = _form(request, year)
    if not form.is_valid():
        context = _context(form, asked, year, "review-tables")
        return render(request, "reports/review_tables.html", context, status=400)
    report = _report(ReviewFigures(form.scope()), year, tables.TABLES)
    if request.method == "GET":
        detail = {"scope": report.scope["label"], "period": report.period_label}
        note_event(by=request.user, action=AuditEvent.Action.EXPORT, model="reports.review", detail=detail)
    name = f"bieu-ra-soat_{report.scope['key'].replace('@', '_')}_{year}.xlsx"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(xlsx.render(report), content_type=CONTENT_TYPE, headers=headers)


@require_safe
@permission_required("reports.view_summary", raise_exception=True)
def review_movement(request: HttpRequest, year: int) -> HttpResponse:
    """From opening to closing: the flow, the tables that prove it, and what does not balance."""
    form, asked = _form(request, year)
    context = _context(form, asked, year, "review-movement")
    if form.is_valid():
        figures = ReviewFigures(form.scope())
        place = form.scope().ward.pk if form.scope().ward else None
        questions = entries_of(figures.moved[year], "", OPEN)
        may_see = request.user.has_perm("households.view_household")
        context |= {
            "report": _report(figures, year, ["r2", "r3"]),
            "answer": _answer(figures, year),
            "flows": [flow for table in TABLES if (flow := flow_of(figures, year, place, table))],
            "unbalanced": unbalanced(figures, year),
            "questions": len({question.household for question in questions}),
            "asked_about": moved_households(figures.scope, year, questions[:20]) if may_see else [],
            "questions_url": _households_url(year, asked, column=OPEN) if may_see else "",
        }
    return render(request, "reports/review_movement.html", context, status=200 if form.is_valid() else 400)


@require_safe
@permission_required("households.view_household", raise_exception=True)
def review_movement_households(request: HttpRequest, year: int) -> HttpResponse:
    """The households in one column of R2 or R3, or those that keep the year from balancing."""
    asked = _asked(request)
    table, column = asked.get("table", ""), asked.get("column", OPEN)
    if table not in ("", *TABLES) or column not in (OPEN, *COLUMNS) or (not table and column != OPEN):
        raise Http404
    unplaced = asked.get("ward") == UNPLACED_WORD
    if unplaced:
        asked["ward"] = ""
    form = ReviewForm(asked, request=request, year=_known(year))
    if not form.is_valid():
        return render(request, "reports/review_tables.html", _context(form, asked, year, "review-tables"), status=400)
    scope = form.scope()
    entries = entries_of(movements_of(scope)[year], table, column)
    if unplaced:
        entries = [entry for entry in entries if entry.ward == UNPLACED]
    page = Paginator(entries, PER_PAGE).get_page(request.GET.get("page"))
    households, persons = totals(entries)
    context = {
        "year": year,
        "scope_label": unplaced_label() if unplaced else scope.label,
        "standard": PovertyStandard.Level(scope.level).label,
        "heading": _heading(table, column),
        "rows": moved_households(scope, year, list(page.object_list)),
        "page_obj": page,
        "households": households,
        "persons": persons,
        "back_url": f"{reverse('review-movement', args=[year])}?{_with(asked, table=None, column=None, page=None)}",
    }
    return render(request, "reports/review_movement_households.html", context)


def _heading(table: str, column: str) -> str:
    if column == OPEN:
        return _("Households to look at")
    columns = movement_poor() if table == "poor" else movement_near_poor()
    drawn = next(figure.column for figure in columns if figure.column.key == column)
    place = _("column %(number)s") % {"number": drawn.number}
    return f"{'R2' if table == 'poor' else 'R3'}, {place}: {drawn.full_label}"


# --- what every page of the review shares -----------------------------------------------------------


def _known(year: int) -> int:
    if year not in year_choices():
        raise Http404
    return year


def _asked(request: HttpRequest) -> QueryDict:
    return asked_of(request)


def _form(request: HttpRequest, year: int) -> tuple[ReviewForm, QueryDict]:
    asked = _asked(request)
    return ReviewForm(asked, request=request, year=_known(year)), asked


def _with(asked: QueryDict, **changes: str | None) -> str:
    changed = asked.copy()
    for name, value in changes.items():
        changed.pop(name, None)
        if value is not None:
            changed[name] = value
    return changed.urlencode()


def _households_url(year: int, asked: QueryDict, **changes: str) -> str:
    return f"{reverse('review-movement-households', args=[year])}?{_with(asked, table=None, **changes)}"


def _context(form: ReviewForm, asked: QueryDict, year: int, page: str) -> dict:
    rest = asked.urlencode()
    return {
        "form": form,
        "year": year,
        "years": [(each, f"{reverse(page, args=[each])}?{rest}") for each in year_choices()],
        "asked": rest,
        "report": None,
        "scope_asked": _with(asked, table=None),
    }


def _report(figures: ReviewFigures, year: int, keys) -> Report:
    scope: Scope = figures.scope
    programme = scope.programme
    title = (programme.title_en if get_language() == "en" else programme.title) if programme else ""
    return Report(
        programme={"number": programme.number if programme else "", "title": title},
        title=_("Yearly review %(year)d") % {"year": year},
        scope={"key": scope.key, "label": scope.label},
        period={"from": year, "to": year},
        standard=str(PovertyStandard.Level(scope.level).label),
        tables=[tables.TABLES[key](figures, year) for key in keys],
        drawn_at=date_format(timezone.localtime(), "DATETIME_FORMAT"),
        is_sample=Dataset.objects.filter(kind=Dataset.Kind.SAMPLE).exists(),
        state=figures.state(year),
    )


def _answer(figures: ReviewFigures, year: int) -> str:
    """The year in a sentence."""
    place = figures.scope.ward.pk if figures.scope.ward else None
    pairs = [
        (figures.movement(year, place, table, "c1")[0], figures.movement(year, place, table, "c9")[0])
        for table in TABLES
    ]
    (poor_before, poor), (near_before, near) = pairs
    if poor is None:
        return _("Nobody has a class for %(year)d yet.") % {"year": year}
    now = _("At the end of %(year)d: %(poor)d poor and %(near)d near-poor households") % {
        "year": year, "poor": poor, "near": near,
    }  # fmt: skip
    if poor_before is None:
        return f"{now}."
    before = _("at the beginning %(poor)d and %(near)d") % {"poor": poor_before, "near": near_before}
    return f"{now}; {before}."

"""Funds: what came in, what was set aside, what was paid and what is left; what became of a donor's money."""

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db import transaction
from django.db.models import Q, Sum
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.actor import StaleVersion
from accounts.context import working_year, year_asked, year_choices
from accounts.models import AuditEvent, note_event
from accounts.services import AlreadySubmitted, claim_submission
from support import funds
from support.codes import Nature, SourceGroup
from support.fund_forms import AllocationForm, LedgerForm, ReasonForm, ReceiptForm
from support.models import Allocation, Donor, Draw, FundingLine, FundingSource, Receipt, SupportAction
from support.models.fund import HELD
from wards.sheets import CONTENT_TYPE, DAY, MONEY, SheetColumn, file_name, list_workbook

PER_PAGE = 100


# --- reading --------------------------------------------------------------------------------


@require_safe
@permission_required("support.view_receipt", raise_exception=True)
def fund_list(request: HttpRequest) -> HttpResponse:
    """Every fund with a ledger: opening, received, allocated, spent and left in the working year."""
    year = working_year(request)
    # What a bank lends and what the household pays itself is nobody's fund.
    without = FundingSource.objects.filter(ledger_since=None).exclude(group__in=(SourceGroup.CREDIT, SourceGroup.OTHER))
    context = {"year": year, "rows": funds.fund_years(year, year), "without": without}
    return render(request, "support/fund_list.html", context)


@require_safe
@permission_required("support.view_receipt", raise_exception=True)
def fund_detail(request: HttpRequest, code: str) -> HttpResponse:
    """One fund's ledger in a year or several, money or goods, with its donors and what was set aside."""
    fund = _fund(code)
    year, nature = year_asked(request), _nature(request)
    first = _first_asked(request, year)
    entries = funds.ledger(fund, nature)
    asked_for = [entry for entry in entries if first <= entry.day.year <= year]
    before = [entry for entry in entries if entry.day.year < first]
    years = [each for each in funds.fund_years(first, year) if (each.source, each.nature) == (fund, nature)]
    visible = SupportAction.objects.visible_to(request.user)
    page = Paginator(asked_for, PER_PAGE).get_page(request.GET.get("page"))
    shown = [entry.line.action_id for entry in page.object_list if entry.line]
    donors = Donor.objects.filter(receipts__source=fund, receipts__nature=nature, receipts__voided_at=None)
    context = {
        "fund": fund,
        "year": str(year) if first == year else f"{first}–{year}",
        "first": first,
        "nature": nature,
        "natures": HELD,
        "goes_on": bool(fund.ledger_since and fund.ledger_since.year < first),
        "brought_forward": before[-1].balance if before else 0,
        "page_obj": page,
        "totals": funds.together(years) if years else None,
        "may_open": set(visible.filter(pk__in=shown).values_list("pk", flat=True)),
        "donors": donors.annotate(given=Sum("receipts__amount")).order_by("-given"),
        "allocations": fund.allocations.filter(year__range=(first, year), nature=nature).select_related(
            "ward", "policy"
        ),
        "void_receipts": fund.receipts.exclude(voided_at=None).filter(day__year__range=(first, year), nature=nature),
        "untied": len(funds.untied(fund)) if fund.ledger_since else 0,
    }
    return render(request, "support/fund_detail.html", context)


@require_safe
@permission_required("support.view_receipt", raise_exception=True)
def fund_export(request: HttpRequest, code: str) -> HttpResponse:
    """The whole ledger of a fund as a workbook, money or goods."""
    fund, nature = _fund(code), _nature(request)
    now = timezone.localtime()
    columns = [
        SheetColumn(_("Date"), DAY),
        SheetColumn(_("What"), width=48),
        SheetColumn(_("Number"), width=18),
        SheetColumn(_("Received (đồng)"), MONEY),
        SheetColumn(_("Paid (đồng)"), MONEY),
        SheetColumn(_("Balance (đồng)"), MONEY),
        SheetColumn(_("Of it overspent (đồng)"), MONEY),
    ]
    entries = funds.ledger(fund, nature)
    notes = [
        str(dict(HELD)[nature]).capitalize(),
        _("Drawn up at %(time)s by %(who)s") % {"time": date_format(now, "DATETIME_FORMAT"), "who": request.user},
    ]
    file = list_workbook(
        title=_("Ledger: %(fund)s") % {"fund": fund}, notes=notes, columns=columns, rows=map(_sheet_row, entries)
    )
    if request.method == "GET":
        detail = {"rows": len(entries), "asked": {"fund": code, "nature": nature}}
        note_event(by=request.user, action=AuditEvent.Action.EXPORT, model="support.receipt", detail=detail)
    return FileResponse(file, as_attachment=True, filename=file_name("so-quy", now.date()), content_type=CONTENT_TYPE)


@require_safe
@permission_required("support.view_receipt", raise_exception=True)
def receipt_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One receipt, and every act of help it paid for."""
    receipt = get_object_or_404(Receipt.objects.with_left().select_related("source", "donor", "policy"), pk=pk)
    draws = receipt.draws.select_related("line__action__policy", "line__action__ward").order_by("line__action", "pk")
    context = {"receipt": receipt, **_paid(request, draws)}
    return render(request, "support/receipt_detail.html", context)


@require_safe
@permission_required("support.view_receipt", raise_exception=True)
def donor_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """A donor's page: what they gave, and what became of it."""
    donor = get_object_or_404(Donor, pk=pk)
    receipts = donor.receipts.with_left().select_related("source", "policy").order_by("-day", "-pk")
    standing = [receipt for receipt in receipts if not receipt.is_void]
    draws = Draw.objects.filter(receipt__in=[receipt.pk for receipt in standing])
    by_nature = [
        {
            "label": label,
            "given": sum(each.amount for each in standing if each.nature == nature),
            "spent": sum(each.spent for each in standing if each.nature == nature),
            "left": sum(each.left for each in standing if each.nature == nature),
        }
        for nature, label in HELD
        if any(each.nature == nature for each in standing)
    ]
    lines = FundingLine.objects.filter(draws__in=draws)
    reached = SupportAction.objects.countable_by(request.user).filter(funding__in=lines, voided_at=None)
    by_policy = draws.values("line__action__policy", "line__nature").annotate(paid=Sum("amount")).order_by("-paid")
    policies = {row["line__action__policy"] for row in by_policy}
    names = {
        action.policy_id: str(action.policy) for action in reached.filter(policy__in=policies).select_related("policy")
    }
    context = {
        "donor": donor,
        "receipts": receipts,
        "by_nature": by_nature,
        "by_policy": [
            {
                "policy": names[row["line__action__policy"]],
                "nature": dict(HELD)[row["line__nature"]],
                "paid": row["paid"],
            }
            for row in by_policy
        ],
        "households": reached.exclude(household=None).values("household").distinct().count(),
        **_paid(request, draws.select_related("line__action__policy", "line__action__ward", "receipt").order_by("pk")),
    }
    return render(request, "support/donor_detail.html", context)


def _paid(request: HttpRequest, draws) -> dict:
    """Acts of help paid by these draws, a page of them; only what this person may open carries a link."""
    page = Paginator(draws, PER_PAGE).get_page(request.GET.get("page"))
    shown = [draw.line.action_id for draw in page.object_list]
    visible = SupportAction.objects.visible_to(request.user).filter(pk__in=shown)
    return {"page_obj": page, "may_open": set(visible.values_list("pk", flat=True))}


def _fund(code: str, *, with_ledger: bool = False) -> FundingSource:
    if "\x00" in code:  # PostgreSQL takes no such text, not even to compare
        raise Http404
    sources = FundingSource.objects.exclude(ledger_since=None) if with_ledger else FundingSource.objects.all()
    return get_object_or_404(sources, code=code)


def _first_asked(request: HttpRequest, last: int) -> int:
    """The first year of the ledger to show: the last, unless an address asks for several."""
    text = request.GET.get("first", str(last))
    if text not in {str(year) for year in year_choices() if year <= last}:
        raise Http404
    return int(text)


def _nature(request: HttpRequest) -> str:
    asked = request.GET.get("nature")
    return asked if asked in (Nature.GRANT, Nature.IN_KIND) else Nature.GRANT.value


def _sheet_row(entry: funds.Entry) -> list:
    if entry.receipt:
        receipt = entry.receipt
        if receipt.is_opening:
            return [entry.day, _("Opening balance"), "", None, None, entry.balance, None]
        what = " · ".join(
            str(part) for part in (receipt.donor or _("Received"), receipt.goods, receipt.purpose) if part
        )
        return [entry.day, what, receipt.receipt_number, entry.came_in, None, entry.balance, None]
    action = entry.line.action
    where = action.ward or _("Whole district")
    what = f"{action.policy} · {where}"
    what = f"{what} · {entry.reason}" if entry.reason else what
    return [entry.day, what, action.decision_number, None, entry.went_out, entry.balance, entry.overspent or None]


# --- writing --------------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
@permission_required("support.add_receipt", raise_exception=True)
def fund_open(request: HttpRequest, code: str) -> HttpResponse:
    """Begin a fund's ledger."""
    fund = _fund(code)
    if fund.ledger_since:
        messages.info(request, _("The ledger of this fund is open already."))
        return redirect("fund-detail", code=code)
    form = LedgerForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            funds.open_ledger(by=request.user, source=fund, since=form.cleaned_data["since"], opening=form.opening)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, _("The ledger of %(fund)s is open.") % {"fund": fund})
            return redirect("fund-detail", code=code)
    earlier = FundingLine.objects.filter(Q(source=fund), action__voided_at=None).count()
    return _form_page(request, form, fund=fund, title=_("Open the ledger"), template="fund_open", earlier=earlier)


@require_http_methods(["GET", "POST"])
@permission_required("support.add_receipt", raise_exception=True)
def receipt_create(request: HttpRequest, code: str) -> HttpResponse:
    """Enter money or goods received by a fund."""
    fund = _fund(code, with_ledger=True)
    form = ReceiptForm(request.POST if request.method == "POST" else None, fund=fund)
    if request.method == "POST" and form.is_valid():
        done = _save_once(
            request, form, lambda: funds.record_receipt(by=request.user, receipt=form.receipt()),
            result=lambda receipt: reverse("receipt-detail", args=[receipt.pk]), told=_("The receipt is recorded."),
        )  # fmt: skip
        if done:
            return done
    return _form_page(request, form, fund=fund, title=_("Record a receipt"), template="receipt_form")


@require_http_methods(["GET", "POST"])
@permission_required("support.change_receipt", raise_exception=True)
def receipt_void(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask for the reason, then take a receipt out of the ledger."""
    receipt = get_object_or_404(Receipt.objects.select_related("source", "donor"), pk=pk)
    form = ReasonForm(request.POST if request.method == "POST" else None, initial={"version": receipt.version})
    if request.method == "POST" and form.is_valid():
        try:
            funds.void_receipt(
                by=request.user,
                receipt=receipt,
                version=form.cleaned_data["version"] or 0,
                reason=form.cleaned_data["void_reason"],
            )
        except StaleVersion as error:
            form.add_error(None, str(error))
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, _("The receipt is void and counted nowhere."))
            return redirect("fund-detail", code=receipt.source.code)
    return _form_page(
        request, form, fund=receipt.source, title=_("Make this receipt void?"), template="fund_void", what=receipt
    )


@require_http_methods(["GET", "POST"])
@permission_required("support.add_allocation", raise_exception=True)
def allocation_create(request: HttpRequest, code: str) -> HttpResponse:
    """Set a part of a fund aside."""
    fund = _fund(code, with_ledger=True)
    form = AllocationForm(request.POST if request.method == "POST" else None, fund=fund, year=working_year(request))
    if request.method == "POST" and form.is_valid():
        done = _save_once(
            request, form, lambda: funds.record_allocation(by=request.user, allocation=form.instance),
            result=lambda _allocation: reverse("fund-detail", args=[code]), told=_("The allocation is recorded."),
        )  # fmt: skip
        if done:
            return done
    return _form_page(request, form, fund=fund, title=_("Record an allocation"), template="allocation_form")


@require_http_methods(["GET", "POST"])
@permission_required("support.change_allocation", raise_exception=True)
def allocation_void(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask for the reason, then take an allocation back."""
    allocation = get_object_or_404(Allocation.objects.select_related("source", "ward"), pk=pk)
    if allocation.voided_at:
        messages.info(request, _("The allocation is taken back."))
        return redirect("fund-detail", code=allocation.source.code)
    form = ReasonForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        funds.void_allocation(by=request.user, allocation=allocation, reason=form.cleaned_data["void_reason"])
        messages.success(request, _("The allocation is taken back."))
        return redirect("fund-detail", code=allocation.source.code)
    return _form_page(
        request, form, fund=allocation.source, title=_("Take this allocation back?"), template="fund_void",
        what=allocation,
    )  # fmt: skip


def _save_once(request: HttpRequest, form, save, *, result, told: str) -> HttpResponse | None:
    """Save under the form's key, so that a double click saves once; None where the form must be shown again."""
    try:
        with transaction.atomic():
            submission = claim_submission(by=request.user, key=form.cleaned_data["submission_key"])
            where = result(save())
            if submission:
                submission.result = where
                submission.save()
    except AlreadySubmitted as before:
        return redirect(before.result or reverse("fund-list"))
    except ValidationError as error:
        form.add_error(None, error)
        return None
    messages.success(request, told)
    return redirect(where)


def _form_page(request: HttpRequest, form, *, fund: FundingSource, title: str, template: str, **extra) -> HttpResponse:
    context = {"form": form, "fund": fund, "title": title, **extra}
    status = 422 if request.method == "POST" else 200
    return render(request, f"support/{template}.html", context, status=status)

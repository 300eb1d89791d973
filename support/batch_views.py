"""Help for many at once: the form, the batches, one batch with its records, its list to sign, the way back."""

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from accounts.context import working_ward, working_year
from accounts.models import AuditEvent, note_event
from accounts.services import AlreadySubmitted
from support import words
from support.batch import void_batch
from support.batch_forms import BatchSheet, PasteForm
from support.batch_listing import BatchRow, batch_rows
from support.batch_pick import MEMBERS, PickForm, recipients
from support.forms.action import VoidForm
from support.listing import Row, with_details
from support.models import RELATED_NAMES, SupportAction, SupportBatch
from support.paste import Pasted
from support.sheet import KIND, TAKE, NotToldYet
from support.signatures import SignatureList, as_workbook, signature_lists
from wards.sheets import CONTENT_TYPE, file_name

PER_PAGE = 50
PICK, PASTE, UPDATE = "pick", "paste", "update"  # buttons that draw the form anew, as KIND and TAKE do


# --- recording ------------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
@permission_required("support.add_supportaction", raise_exception=True)
def batch_create(request: HttpRequest) -> HttpResponse:
    """Pick many households, look the list over, record the help to all of them with one save."""
    if request.method == "GET":
        return _begun(request)
    then = request.POST.get("then")
    if then == PICK:
        return _picked_anew(request)
    if then == PASTE:
        return _pasted(request)
    if then in (UPDATE, KIND, TAKE):
        return _drawn_anew(request, then)
    return _saved(request)


def _begun(request: HttpRequest) -> HttpResponse:
    """Three ways to pick; and where the address says whom, the list."""
    asked = "list_year" in request.GET
    pick = _pick(request, data=request.GET if asked else None)
    if not asked:
        return _page(request, pick=pick)
    found = _found(request, pick)
    if not found:
        return _page(request, pick=pick, status=422 if pick.errors else 200)
    rule = pick.rule_asked
    sheet = BatchSheet.begun(
        found,
        user=request.user,
        list_year=pick.cleaned_data["list_year"],
        told=pick.in_words(),
        policy=rule.only_policy if rule else None,
    )
    return _page(request, sheet, pick=pick)


def _picked_anew(request: HttpRequest) -> HttpResponse:
    """Other people on the list; what was typed for all of them stays."""
    pick = _pick(request, data=request.POST)
    found = _found(request, pick)
    if not found:
        return _page(request, _as_typed(request), pick=pick, status=422)
    year = pick.cleaned_data["list_year"]
    sheet = BatchSheet.drawn_anew(request.POST, user=request.user, found=found, list_year=year, told=pick.in_words())
    return _page(request, sheet, pick=pick)


def _pasted(request: HttpRequest) -> HttpResponse:
    """The rows copied from Excel become the list, all or none; what cannot be read is told row by row."""
    paste = PasteForm(request.POST)
    pick = _pick(request, typed=request.POST)
    if not paste.is_valid():
        return _page(request, _as_typed(request), pick=pick, paste=paste, status=422)
    pasted = Pasted.read(paste.cleaned_data["pasted"])
    pasted.find(user=request.user, of_members=paste.cleaned_data["paste_for"] == MEMBERS)
    if pasted.problems:
        return _page(request, _as_typed(request), pick=pick, paste=paste, problems=pasted.told, status=422)
    year = paste.cleaned_data["paste_year"]
    found = recipients(request.user, [row.key for row in pasted.rows], list_year=year, as_given=True)
    told = _("pasted from Excel")
    if pasted.left_out:
        told += " · " + _("columns left out: %(columns)s") % {"columns": ", ".join(pasted.left_out)}
    sheet = BatchSheet.drawn_anew(request.POST, user=request.user, found=found, list_year=year, told=told)
    sheet.fill_from(pasted)
    return _page(request, sheet, pick=pick, paste=PasteForm(initial={"paste_year": year}))


def _drawn_anew(request: HttpRequest, then: str) -> HttpResponse:
    """As typed so far; htmx gets the part that changes with what was typed."""
    sheet = BatchSheet.drawn_anew(request.POST, user=request.user)
    if then == TAKE:
        sheet.take_rates()
    part = {KIND: "support/_kind_fields.html", UPDATE: "support/_batch_told.html"}.get(then) if request.htmx else None
    return _page(
        request,
        sheet,
        pick=_pick(request, typed=request.POST),
        template=part or "support/batch_form.html",
        beside=bool(part),  # what is repeated comes along for each row
    )


def _saved(request: HttpRequest) -> HttpResponse:
    sheet = BatchSheet.sent(request.POST, user=request.user)
    saved, asks_again = None, False
    if sheet.is_valid():
        try:
            with transaction.atomic():
                saved = sheet.save(by=request.user)
        except AlreadySubmitted as before:
            messages.info(request, _("This help is on record already."))
            return HttpResponseRedirect(before.result)
        except NotToldYet:
            asks_again = True
        except ValidationError:
            pass  # told at its row or field
    if not saved:
        return _page(request, sheet, pick=_pick(request, typed=request.POST), status=422, asks_again=asks_again)
    batch, records = saved
    text = ngettext("%(count)d record of help is saved.", "%(count)d records of help are saved.", records)
    messages.success(request, text % {"count": records})
    return redirect(batch)


def _pick(request: HttpRequest, **typed) -> PickForm:
    return PickForm(user=request.user, year=working_year(request), ward=working_ward(request), **typed)


def _found(request: HttpRequest, pick: PickForm) -> dict:
    """Whom the pick comes to; nobody where it cannot be, which is then told in it."""
    if not pick.is_valid():
        return {}
    try:
        keys = pick.keys()
    except ValidationError as error:
        pick.add_error(None, error)
        return {}
    return recipients(request.user, keys, list_year=pick.cleaned_data["list_year"])


def _as_typed(request: HttpRequest) -> BatchSheet | None:
    """The sheet that was on the screen, where there was one."""
    return BatchSheet.drawn_anew(request.POST, user=request.user) if request.POST.get("rows") else None


def _page(
    request: HttpRequest,
    sheet: BatchSheet | None = None,
    *,
    pick: PickForm,
    paste: PasteForm | None = None,
    problems: list[str] | tuple = (),
    status: int = 200,
    template: str = "support/batch_form.html",
    **extra,
) -> HttpResponse:
    context = {
        "sheet": sheet,
        "pick": pick,
        "paste": paste or PasteForm(initial={"paste_year": pick["list_year"].value()}),
        "problems": problems,
        "picks_again": bool(pick.errors or problems or (paste and paste.errors)),
        "asks_again": False,
        "beside": False,
        **extra,
    }
    if sheet:
        sheet.tell_overlaps(by=request.user)
        context |= {
            "form": sheet.form,
            "funding": sheet.funding,
            "kind": sheet.kind,
            "forms": [sheet.kind.form] if sheet.kind.form else [],
            "policies": sheet.form.policies.values(),
        }
    return render(request, template, context, status=status)


# --- what was recorded ----------------------------------------------------------------------


@require_safe
@permission_required("support.view_supportaction", raise_exception=True)
def batch_list(request: HttpRequest) -> HttpResponse:
    """Batches of which the reader may see a record, newest first; in the ward they work in where they chose one."""
    batches = SupportBatch.objects.visible_to(request.user).select_related("created_by")
    if ward := working_ward(request):
        here = SupportAction.objects.visible_to(request.user).filter(batch=OuterRef("pk"), ward=ward)
        batches = batches.filter(Exists(here))
    page = Paginator(batches, PER_PAGE).get_page(request.GET.get("page"))
    page.object_list = batch_rows(page.object_list, user=request.user)
    return render(request, "support/batch_list.html", {"page_obj": page})


@require_safe
@permission_required("support.view_supportaction", raise_exception=True)
def batch_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """What was given, when and to how many, and the records the reader may see."""
    batch, told = _batch(request, pk)
    records = _records(request, batch)
    page = Paginator(with_details(records), PER_PAGE).get_page(request.GET.get("page"))
    page.object_list = [Row.of(action) for action in page.object_list]
    alike = records.order_by().values_list("decision_number", "decision_date", "implementing_body").distinct()
    context = {
        "batch": batch,
        "told": told,
        "page_obj": page,
        "decisions": _each_once(_decision(number, day) for number, day, _body in alike),
        "bodies": _each_once(body for _number, _day, body in alike),
        "has_members": records.exclude(member=None).exists(),
    }
    return render(request, "support/batch_detail.html", context)


@require_http_methods(["GET", "POST"])
@permission_required("support.void_supportaction", raise_exception=True)
def batch_void(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask for the reason, then take every standing record of the batch out of the figures."""
    batch, told = _batch(request, pk)
    if told.is_void:
        messages.info(request, _("All records of this batch are void already."))
        return redirect(batch)
    form = VoidForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            voided = void_batch(by=request.user, batch=batch, reason=form.cleaned_data["void_reason"])
        except ValidationError as error:
            form.add_error(None, error)
        else:
            text = ngettext(
                "%(count)d record is void and counted nowhere.",
                "%(count)d records are void and counted nowhere.",
                voided,
            )
            messages.success(request, text % {"count": voided})
            return redirect(batch)
    status = 422 if request.method == "POST" else 200
    return render(request, "support/batch_void.html", {"batch": batch, "told": told, "form": form}, status=status)


@require_safe
@permission_required("support.view_supportaction", raise_exception=True)
def batch_signatures(request: HttpRequest, pk: int) -> HttpResponse:
    """The list on which those who were helped sign, made for A4: one for each ward."""
    batch, told = _batch(request, pk)
    if told.is_void:
        return _nothing_to_sign(request, batch)
    context = {"batch": batch, "told": told, "lists": _signature_lists(request, batch)}
    return render(request, "support/batch_signatures.html", context)


@require_safe
@permission_required("support.view_supportaction", raise_exception=True)
def batch_signatures_xlsx(request: HttpRequest, pk: int) -> HttpResponse:
    """The same as a workbook, a sheet for each ward; that it left the system is noted."""
    batch, told = _batch(request, pk)
    if told.is_void:
        return _nothing_to_sign(request, batch)
    lists = _signature_lists(request, batch)
    if request.method == "GET":  # HEAD takes nothing away
        detail = {"rows": sum(len(one.lines) for one in lists)}
        note_event(by=request.user, action=AuditEvent.Action.EXPORT, record=batch, detail=detail)
    name = file_name("danh-sach-ky-nhan", timezone.localdate())
    return FileResponse(as_workbook(lists), as_attachment=True, filename=name, content_type=CONTENT_TYPE)


def _batch(request: HttpRequest, pk: int) -> tuple[SupportBatch, BatchRow]:
    """A batch and what it comes to, as far as this person sees it."""
    visible = SupportBatch.objects.visible_to(request.user).select_related("created_by")
    batch = get_object_or_404(visible, pk=pk)
    told = batch_rows([batch], user=request.user)
    if not told:
        raise Http404
    return batch, told[0]


def _records(request: HttpRequest, batch: SupportBatch):
    """Its visible records in the order of the list."""
    return SupportAction.objects.visible_to(request.user).filter(batch=batch).order_by("pk")


def _signature_lists(request: HttpRequest, batch: SupportBatch) -> list[SignatureList]:
    records = with_details(_records(request, batch).standing())
    return signature_lists(records.select_related("household__residential_group", "member", *RELATED_NAMES))


def _nothing_to_sign(request: HttpRequest, batch: SupportBatch) -> HttpResponse:
    messages.info(request, _("All records of this batch are void; there is nothing to sign."))
    return redirect(batch)


def _decision(number: str, day) -> str:
    return ", ".join(part for part in (number, words.day(day)) if part)


def _each_once(texts) -> list[str]:
    return [text for text in dict.fromkeys(texts) if text]

"""What happened in a household's life: what can be recorded, each event's short form, undoing the latest."""

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.actor import StaleVersion
from accounts.history import since_version
from accounts.services import AlreadySubmitted, claim_submission
from households.forms.life import FORMS, LifeForm, UndoForm
from households.life import latest_event, undo_event
from households.models import Household
from households.timeline import timeline_of
from households.views.record import same_moment, sent_before


@require_safe
@permission_required("households.change_household", raise_exception=True)
def household_life(request: HttpRequest, pk: int) -> HttpResponse:
    """What can be recorded about a household, and what has been."""
    household = _household(request, pk)
    context = {
        "household": household,
        "kinds": [] if household.is_closed else [(key, form.title(), form.icon) for key, form in FORMS.items()],
        "lines": timeline_of(household, request.user),
        "latest": latest_event(household, request.user),
    }
    return render(request, "households/life/household_life.html", context)


@require_http_methods(["GET", "POST"])
@permission_required("households.change_household", raise_exception=True)
def life_record(request: HttpRequest, pk: int, kind: str) -> HttpResponse:
    """One event's form. After a move to another ward the household is no longer the officer's to open."""
    if kind not in FORMS:
        raise Http404
    if request.method == "POST" and (done := sent_before(request)):
        return redirect(done)
    household = _household(request, pk)
    if household.is_closed:  # the page says so itself
        return redirect("household-life", pk=pk)
    if request.method == "GET":
        return _life_page(request, kind, _form(request, kind, household))
    if "find" in request.POST and kind == "merge":
        return _life_page(request, kind, _found(request, household))
    form = _form(request, kind, household, request.POST)
    if _is_stale(request, household):
        return _conflict(request, kind, pk)
    if form.is_valid():
        onward = reverse("household-detail", args=[pk])
        try:
            with transaction.atomic():
                said = form.save(by=request.user, result=onward)
                moved_away = not _visible(request).filter(pk=pk).exists()
        except AlreadySubmitted as again:
            return redirect(again.result)
        except StaleVersion:
            return _conflict(request, kind, pk)
        except ValidationError as error:
            form.refuse(error)
        except IntegrityError:
            form.refuse(same_moment())
        else:
            messages.success(request, said)
            return redirect("household-list" if moved_away else onward)
    return _life_page(request, kind, form)


@require_http_methods(["GET", "POST"])
@permission_required("households.change_household", raise_exception=True)
def life_undo(request: HttpRequest, pk: int) -> HttpResponse:
    """Take back the latest event, with a reason; it stays on the timeline, struck through."""
    if request.method == "POST" and (done := sent_before(request)):
        return redirect(done)
    household = _household(request, pk)
    event = latest_event(household, request.user)
    if request.method == "GET":
        return _undo_page(request, household, event, UndoForm(household=household, event=event))
    form = UndoForm(request.POST, household=household, event=event)
    if _is_stale(request, household):
        return _undo_page(request, household, event, form, conflict=True)
    if form.is_valid() and event and form.cleaned_data["event"] == event.pk:
        onward = reverse("household-detail", args=[pk])
        typed = form.cleaned_data
        try:
            with transaction.atomic():
                submission = claim_submission(by=request.user, key=typed["submission_key"])
                undo_event(
                    by=request.user, household=household, version=typed["version"], event=event, reason=typed["reason"]
                )
                gone = not _visible(request).filter(pk=pk).exists()
                if submission:
                    submission.result = reverse("household-list") if gone else onward
                    submission.save()
        except AlreadySubmitted as again:
            return redirect(again.result)
        except StaleVersion:
            household = _household(request, pk)
            return _undo_page(request, household, latest_event(household, request.user), form, conflict=True)
        except ValidationError as error:
            form.add_error(None, error)
        except IntegrityError:
            form.add_error(None, same_moment())
        else:
            text = _("Undone for household %(code)s: %(what)s.")
            messages.success(request, text % {"code": household.code, "what": event.get_kind_display()})
            return redirect("household-list" if gone else onward)
    return _undo_page(request, household, event, form)


# --- pieces ---------------------------------------------------------------------------------


def _visible(request: HttpRequest):
    return Household.objects.visible_to(request.user)


def _household(request: HttpRequest, pk: int) -> Household:
    with_people = _visible(request).select_related("ward", "residential_group").prefetch_related("members").with_head()
    return get_object_or_404(with_people, pk=pk)


def _form(request: HttpRequest, kind: str, household: Household, data=None) -> LifeForm:
    extra = {"asked": request.GET.get("other", "")} if kind == "merge" else {}
    return FORMS[kind](data, household=household, user=request.user, **extra)


def _found(request: HttpRequest, household: Household) -> LifeForm:
    """The form of a merger with the members of the household whose code was typed; nothing is judged yet."""
    form = FORMS["merge"](household=household, user=request.user, asked=request.POST.get("other", ""))
    if form.joining is None:
        messages.error(request, form.not_found)
    form.initial |= {name: request.POST.get(name, "")[:300] for name in ("day", "note")}
    return form


def _life_page(request: HttpRequest, kind: str, form: LifeForm, conflict=None) -> HttpResponse:
    context = {"household": form.household, "kind": kind, "form": form, "conflict": conflict}
    status = 409 if conflict else 422 if form.is_bound else 200
    return render(request, "households/life/life_form.html", context, status=status)


def _is_stale(request: HttpRequest, household: Household) -> bool:
    opened = request.POST.get("version", "")
    return opened.isascii() and opened.isdigit() and opened != str(household.version)


def _conflict(request: HttpRequest, kind: str, pk: int) -> HttpResponse:
    """Somebody saved the household meanwhile: who and when, and the form as typed, on top of their version."""
    household = _visible(request).filter(pk=pk).first()
    if household is None:
        text = _("Somebody recorded at the same moment that this household moved to another ward.")
        messages.warning(request, text)
        return redirect("household-list")
    household = _household(request, pk)
    if household.is_closed:
        return redirect("household-life", pk=pk)
    opened = request.POST.get("version", "")
    since = since_version(household, int(opened) if len(opened) < 10 else None)
    data = request.POST.copy()
    data["version"] = str(household.version)
    return _life_page(request, kind, _form(request, kind, household, data), since)


def _undo_page(request: HttpRequest, household: Household, event, form: UndoForm, *, conflict=False) -> HttpResponse:
    if conflict:
        reason = request.POST.get("reason", "")
        form = UndoForm(household=household, event=event)
        form.initial["reason"] = reason[:300]
    act = event.undoing["events"] if event else []
    lines = [line for line in timeline_of(household, request.user) if line.event_pk in act]
    context = {"household": household, "event": event, "lines": lines, "form": form, "conflict": conflict}
    status = 409 if conflict else 422 if request.method == "POST" else 200
    return render(request, "households/life/life_undo.html", context, status=status)

"""What moves on a loan after it is granted: a repayment noted, a wrong one made void."""

import uuid

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.services import AlreadySubmitted, claim_submission
from support.forms.loan import MovementForm, MovementVoidForm
from support.listing import Row, with_details
from support.models import SupportAction, balance_of, detail_of
from support.services import record_movement, void_movement


@require_http_methods(["GET", "POST"])
@permission_required("support.change_supportaction", raise_exception=True)
def movement_create(request: HttpRequest, pk: int) -> HttpResponse:
    """Note a repayment, interest or a write-off of a loan; pressed twice it is noted once."""
    action = _loan(request, pk)
    if action.is_void:
        messages.error(request, _("This record is void; enter a new one instead."))
        return redirect("action-detail", pk=pk)
    today = timezone.localdate()
    if request.method == "POST":
        form = MovementForm(request.POST)
        if form.is_valid():
            try:
                with transaction.atomic():
                    submission = claim_submission(by=request.user, key=_key(form.cleaned_data["submission_key"]))
                    movement = record_movement(by=request.user, action=action, movement=form.instance)
                    if submission:
                        submission.result = _schedule(action)
                        submission.save()
            except AlreadySubmitted as before:
                messages.info(request, _("This movement is on record already."))
                return HttpResponseRedirect(before.result or _schedule(action))
            except ValidationError as error:
                form.add_error(None, error)
            else:
                messages.success(request, _("Recorded: %(what)s.") % {"what": movement})
                return HttpResponseRedirect(_schedule(action))
    else:
        form = MovementForm(initial={"on": today, "submission_key": str(uuid.uuid4())})
    context = {
        "action": action,
        "row": Row.of(action),
        "form": form,
        "balance": balance_of(action.movements.all(), detail_of(action), today),
    }
    return render(request, "support/movement_form.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@permission_required("support.void_supportaction", raise_exception=True)
def movement_void(request: HttpRequest, pk: int, movement: int) -> HttpResponse:
    """Ask for the reason, then take the movement out of the balance."""
    action = _loan(request, pk)
    movement = get_object_or_404(action.movements.exclude(kind="disbursement"), pk=movement)
    if movement.is_void or action.is_void:
        messages.info(request, _("This movement is void already."))
        return HttpResponseRedirect(_schedule(action))
    form = MovementVoidForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            void_movement(by=request.user, movement=movement, reason=form.cleaned_data["void_reason"])
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, _("The movement is void and changes no balance."))
            return HttpResponseRedirect(_schedule(action))
    context = {"action": action, "movement": movement, "form": form}
    return render(request, "support/movement_void.html", context, status=422 if form.errors else 200)


def _loan(request: HttpRequest, pk: int) -> SupportAction:
    visible = with_details(SupportAction.objects.visible_to(request.user))
    return get_object_or_404(visible.filter(policy__repayable=True), pk=pk)


def _schedule(action: SupportAction) -> str:
    return f"{reverse('action-detail', args=[action.pk])}#movements"


def _key(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None

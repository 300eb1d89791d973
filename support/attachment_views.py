"""Papers and photos of a record: attach, fetch, remove; only with the right to the record itself."""

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.exceptions import ValidationError
from django.db import IntegrityError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from households.models import PovertyStatus
from support import attachments
from support.codes import AttachmentKind
from support.models import Attachment, AttachmentContent, SupportAction
from wards.fields import CleanCharField


class AttachForm(forms.Form):
    file = forms.FileField(
        label=gettext_lazy("File"),
        # The browser says it before the file goes over a slow line; larger bodies the server cuts off unread.
        widget=forms.FileInput(
            attrs={"accept": ".pdf,image/jpeg,image/png,image/webp", "data-largest": attachments.LARGEST}
        ),
        help_text=gettext_lazy(
            "PDF, or a photo (JPEG, PNG, WebP); at most 8 MB. Where a photo was taken is wiped out."
        ),
        error_messages={"required": gettext_lazy("Choose a file."), "empty": gettext_lazy("The file is empty.")},
    )
    kind = forms.ChoiceField(label=gettext_lazy("What it is"), choices=AttachmentKind)
    has_consent = forms.BooleanField(label=gettext_lazy("The persons shown agreed"), required=False)
    note = CleanCharField(label=gettext_lazy("Note"), required=False, max_length=200)


class RemoveForm(forms.Form):
    reason = CleanCharField(
        label=gettext_lazy("Reason"), max_length=300, error_messages={"required": gettext_lazy("Give the reason.")}
    )


@require_http_methods(["GET", "POST"])
@permission_required("support.change_supportaction", raise_exception=True)
def action_attach(request: HttpRequest, pk: int) -> HttpResponse:
    """Attach a paper or a photo to a record of help."""
    action = get_object_or_404(SupportAction.objects.visible_to(request.user).select_related("policy"), pk=pk)
    back = reverse("action-detail", args=[pk])
    if action.is_void:
        messages.error(request, _("This record is void; enter a new one instead."))
        return redirect(back)
    return _attach(request, to={"action": action}, back=back, of=str(action.policy))


@require_http_methods(["GET", "POST"])
@permission_required("households.change_povertystatus", raise_exception=True)
def status_attach(request: HttpRequest, pk: int) -> HttpResponse:
    """Attach the decision on a household's year."""
    visible = PovertyStatus.objects.visible_to(request.user).select_related("household", "standard")
    status = get_object_or_404(visible, pk=pk)
    back = reverse("household-detail", args=[status.household_id])
    return _attach(request, to={"status": status}, back=back, of=f"{status.household.code}, {status.history_name}")


@require_safe
@permission_required("support.view_supportaction", raise_exception=True)
def attachment_file(request: HttpRequest, pk: int) -> HttpResponse:
    """The file itself, to be saved: it is never opened as a page of ours."""
    attachment = get_object_or_404(Attachment.objects.visible_to(request.user).standing(), pk=pk)
    content = AttachmentContent.objects.filter(attachment=attachment).first()
    if content is None:
        raise Http404
    response = HttpResponse(bytes(content.data), content_type=attachment.media_type)
    # A name of ours in ASCII: the officer's file name may hold a family's.
    extension = "jpg" if attachment.is_photo else "pdf"
    how = "inline" if attachment.is_photo and "show" in request.GET else "attachment"
    response["Content-Disposition"] = f'{how}; filename="tep-{attachment.pk}.{extension}"'
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Cache-Control"] = "private, no-store"
    return response


@require_http_methods(["GET", "POST"])
@permission_required("support.change_supportaction", raise_exception=True)
def attachment_remove(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask for the reason, then erase the file; that it was there stays on record."""
    attachment = get_object_or_404(Attachment.objects.visible_to(request.user).standing(), pk=pk)
    form = RemoveForm(request.POST if request.method == "POST" else None)
    back = _record_of(attachment)
    if request.method == "POST" and form.is_valid():
        try:
            attachments.remove(by=request.user, attachment=attachment, reason=form.cleaned_data["reason"])
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, _("The file is erased."))
            return redirect(back)
    status = 422 if request.method == "POST" else 200
    context = {"form": form, "attachment": attachment, "back": back}
    return render(request, "support/attachment_remove.html", context, status=status)


def _attach(request: HttpRequest, *, to: dict, back: str, of: str) -> HttpResponse:
    form = AttachForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        typed = form.cleaned_data
        try:
            attachments.attach(
                by=request.user, to=to, kind=typed["kind"], name=typed["file"].name, data=typed["file"].read(),
                has_consent=typed["has_consent"], note=typed["note"],
            )  # fmt: skip
        except ValidationError as error:
            _tell(form, error)
        except IntegrityError:  # the same file sent twice at one moment
            messages.info(request, _("This file is attached already."))
            return redirect(back)
        else:
            messages.success(request, _("The file is attached."))
            return redirect(back)
    status = 422 if request.method == "POST" else 200
    return render(request, "support/attach.html", {"form": form, "back": back, "of": of}, status=status)


def _tell(form: AttachForm, error: ValidationError) -> None:
    """At the field it is about; what is wrong with the file itself, at the file."""
    if hasattr(error, "error_dict"):
        for name, errors in error.error_dict.items():
            form.add_error(name if name in form.fields else "file", errors)
    else:
        form.add_error("file", error)


def _record_of(attachment: Attachment) -> str:
    if attachment.action_id:
        return reverse("action-detail", args=[attachment.action_id])
    return reverse("household-detail", args=[attachment.status.household_id])

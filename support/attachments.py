"""Papers and photos: what may be attached, and what is taken out of it first.

A photo is read and drawn anew, so that nothing but the picture is left: not the place where it was taken, not
what hides behind it. A PDF is kept as it is, if it is one and holds nothing that runs.
"""

import hashlib
import re
from io import BytesIO

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.text import get_valid_filename
from django.utils.translation import gettext as _
from PIL import Image, ImageOps, UnidentifiedImageError

from accounts.actor import recorded
from support.codes import AttachmentKind
from support.models import Attachment, AttachmentContent

LARGEST = 8 * 1024 * 1024  # bytes as sent; the proxy and the server cap whole bodies at 11 MB
MOST = 12  # on one record
LONGEST_SIDE = 2000  # pixels kept of a photo: an A4 page at 170 dots an inch
MOST_PIXELS = 60_000_000
PHOTOS = (AttachmentKind.BEFORE, AttachmentKind.AFTER)
PDF, JPEG = "application/pdf", "image/jpeg"

_READ = ("JPEG", "PNG", "WEBP")
# Names in a PDF of what starts by itself or carries other files.
_RUNS = re.compile(rb"/(?:JavaScript|JS|Launch|EmbeddedFile|EmbeddedFiles|RichMedia|OpenAction|AA)\b")
_HIDDEN_NAME = re.compile(rb"#[0-9A-Fa-f]{2}")


def checked(name: str, data: bytes, kind: str) -> tuple[str, str, bytes]:
    """File name, media type and bytes as they are to be kept; raises ValidationError in the officer's words."""
    if not data:
        raise ValidationError(_("The file is empty."))
    if len(data) > LARGEST:
        message = _("The file has %(size)d MB; at most %(most)d MB are kept. Scan it with fewer dots, or send parts.")
        raise ValidationError(message % {"size": -(-len(data) // 1024**2), "most": LARGEST // 1024**2})
    stem = get_valid_filename(name.rpartition(".")[0] or name or "tep")[:80] or "tep"
    if data.startswith(b"%PDF-"):
        if kind in PHOTOS:
            raise ValidationError(_("A photo is wanted here: JPEG, PNG or WebP."))
        _check_pdf(data)
        return f"{stem}.pdf", PDF, data
    return f"{stem}.jpg", JPEG, _picture_alone(data)


def _check_pdf(data: bytes) -> None:
    if b"%%EOF" not in data[-2048:]:
        raise ValidationError(_("The PDF is not whole; scan or send it again."))
    plain = _HIDDEN_NAME.sub(lambda code: bytes([int(code[0][1:], 16)]), data)
    if _RUNS.search(plain):
        raise ValidationError(_("The PDF holds a program or another file. Print it to PDF anew and attach that."))


def _picture_alone(data: bytes) -> bytes:
    """The photo upright, at most so large, without anything that was written beside the picture."""
    try:
        with Image.open(BytesIO(data), formats=_READ) as photo:
            if photo.width * photo.height > MOST_PIXELS:
                raise ValidationError(_("The photo is too large; send it with at most 60 million dots."))
            upright = ImageOps.exif_transpose(photo).convert("RGB")
            upright.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
            kept = BytesIO()
            # A new picture made of the dots alone carries no place, no camera, no thumbnail.
            Image.frombytes("RGB", upright.size, upright.tobytes()).save(kept, "JPEG", quality=85, optimize=True)
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        if isinstance(error, ValidationError):
            raise
        raise ValidationError(_("This is neither a PDF nor a photo (JPEG, PNG, WebP) that can be read.")) from None
    return kept.getvalue()


@recorded
def attach(*, by, to: dict, kind: str, name: str, data: bytes, has_consent: bool = False, note: str = "") -> Attachment:
    """Keep a file with a record (`to`: {"action": …} or {"status": …}); raises ValidationError."""
    if kind in PHOTOS and not has_consent:
        raise ValidationError({"has_consent": _("Say that the persons shown agreed; without that no photo is kept.")})
    held = Attachment.objects.standing().filter(**to).count()
    if held >= MOST:
        raise ValidationError(_("A record keeps at most %(most)d files.") % {"most": MOST})
    name, media_type, data = checked(name, data, kind)
    made = Attachment(
        **to, kind=kind, name=name, media_type=media_type, size=len(data), sha256=hashlib.sha256(data).hexdigest(),
        has_consent=has_consent, note=note, added_by=by,
    )  # fmt: skip
    made.full_clean(exclude=["added_by"])
    made.save()
    AttachmentContent.objects.create(attachment=made, data=data)
    return made


@recorded
def remove(*, by, attachment: Attachment, reason: str) -> Attachment:
    """Erase a file; that it was there, its fingerprint and the reason stay."""
    if not reason.strip():
        raise ValidationError({"reason": _("Give the reason.")})
    with transaction.atomic():
        taken = Attachment.objects.standing().filter(pk=attachment.pk)
        if not taken.update(removed_at=timezone.now(), removed_because=reason.strip()):
            raise ValidationError(_("This file is removed already."))
        AttachmentContent.objects.filter(attachment=attachment).delete()
    attachment.refresh_from_db()
    return attachment

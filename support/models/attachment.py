"""Papers and photos that belong to a record of help or to a decision on a household's year."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from households.models import Household, PovertyStatus
from support.codes import AttachmentKind
from support.models.action import SupportAction


class AttachmentQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Papers of records this person may open; with the record goes the right to its papers."""
        actions = SupportAction.objects.visible_to(user).order_by().values("pk")
        households = Household.objects.visible_to(user).order_by().values("pk")
        return self.filter(Q(action__in=actions) | Q(status__household__in=households))

    def standing(self):
        return self.filter(removed_at=None)


class Attachment(models.Model):
    """A PDF or a photo. What is in it stands in `AttachmentContent`; here stands what it is and its fingerprint."""

    audited = True
    audit_subject = "action"

    action = models.ForeignKey(
        SupportAction,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="attachments",
        verbose_name=_("support action"),
    )
    status = models.ForeignKey(
        PovertyStatus,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="attachments",
        verbose_name=_("decision on a year"),
    )
    kind = models.CharField(_("what it is"), max_length=12, choices=AttachmentKind)
    name = models.CharField(_("file name"), max_length=120)
    media_type = models.CharField(_("type"), max_length=30)
    size = models.PositiveIntegerField(_("size (bytes)"))
    sha256 = models.CharField(_("fingerprint"), max_length=64)
    has_consent = models.BooleanField(
        _("the persons shown agreed"), default=False, help_text=_("A photo of people is kept only with their consent.")
    )
    note = models.CharField(_("note"), max_length=200, blank=True)
    added_at = models.DateTimeField(_("added at"), auto_now_add=True)
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("added by")
    )
    removed_at = models.DateTimeField(_("removed at"), null=True, blank=True, editable=False)
    removed_because = models.CharField(_("removed because"), max_length=300, blank=True, editable=False)

    objects = AttachmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("attachment")
        verbose_name_plural = _("attachments")
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(action__isnull=False, status=None) | Q(action=None, status__isnull=False),
                name="attachment_of_one_record",
            ),
            models.UniqueConstraint(
                fields=["action", "sha256"],
                condition=Q(removed_at=None),
                name="attachment_once_on_an_action",
                violation_error_message=_("This file is attached already."),
            ),
            models.UniqueConstraint(
                fields=["status", "sha256"],
                condition=Q(removed_at=None),
                name="attachment_once_on_a_decision",
                violation_error_message=_("This file is attached already."),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_photo(self) -> bool:
        return self.media_type.startswith("image/")


class AttachmentContent(models.Model):
    """The bytes of an attachment, kept in the database: saved, backed up and rolled back with the record itself.

    Not in the audit trail, which would hold every photo for ever; the trail has its fingerprint. The row is
    erased when the attachment is removed, for instance because somebody took back their consent.
    """

    attachment = models.OneToOneField(Attachment, models.PROTECT, related_name="content")
    data = models.BinaryField()

    class Meta:
        verbose_name = _("content of an attachment")
        verbose_name_plural = _("contents of attachments")

    def __str__(self) -> str:
        return str(self.attachment_id)

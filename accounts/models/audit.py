"""The audit trail: who changed what, from what, to what, when."""

from datetime import datetime

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.actor import acting_as


class AuditEventQuerySet(models.QuerySet):
    def of(self, record: models.Model):
        """Everything that happened to a record and to the lines that belong to it, newest first."""
        return self.filter(subject=record._meta.label_lower, subject_id=record.pk)


class AuditEvent(models.Model):
    """One change of one row, written by a trigger; or a noted act such as revealing a number. Append-only."""

    class Action(models.TextChoices):
        INSERT = "insert", _("added")
        UPDATE = "update", _("changed")
        DELETE = "delete", _("removed")
        REVEAL = "reveal", _("personal numbers shown")
        EXPORT = "export", _("exported")
        ASK = "ask", _("asked whether a number is known")

    at = models.DateTimeField(_("at"), db_index=True)
    actor = models.CharField(_("by"), max_length=150)
    action = models.CharField(_("action"), max_length=10, choices=Action)
    model = models.CharField(max_length=100)
    row_id = models.BigIntegerField(null=True)
    subject = models.CharField(max_length=100)
    subject_id = models.BigIntegerField(null=True)
    old = models.JSONField(null=True)
    new = models.JSONField(null=True)

    objects = AuditEventQuerySet.as_manager()

    class Meta:
        verbose_name = _("audit event")
        verbose_name_plural = _("audit events")
        ordering = ["-id"]
        indexes = [models.Index(fields=["subject", "subject_id", "-id"], name="audit_subject")]

    def __str__(self) -> str:
        return f"{self.at:%d/%m/%Y %H:%M} {self.actor} {self.action} {self.model} {self.row_id}"


def note_event(
    *, by, action: str, record: models.Model | None = None, model: str = "", detail: dict | None = None
) -> None:
    """Note an act that changes no row (showing numbers, exporting a list)."""
    label = record._meta.label_lower if record else model
    with acting_as(by):
        AuditEvent.objects.create(
            at=datetime.now().astimezone(),
            actor=by.username,
            action=action,
            model=label,
            row_id=record.pk if record else None,
            subject=label,
            subject_id=record.pk if record else None,
            new=_storable(detail),
        )


def _storable(value):
    """The detail as both databases can keep it: PostgreSQL's JSON takes no NUL, which a query string may carry."""
    if isinstance(value, dict):
        return {_storable(key): _storable(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_storable(each) for each in value]
    return value.replace("\x00", "") if isinstance(value, str) else value

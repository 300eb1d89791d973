"""Help given to many at once."""

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import WardScopedQuerySet
from support.models.action import SupportAction


class SupportBatchQuerySet(WardScopedQuerySet):
    def _open_to_wards_of(self, user):
        """A batch is read by whoever reads one of its records; of the others they see nothing."""
        return self.filter(Exists(SupportAction.objects.visible_to(user).filter(batch=OuterRef("pk"))))


class SupportBatch(models.Model):
    """Records of help that were entered together from one list.

    It holds nothing that its records do not say: what was given, when and to whom is read from them, so a record
    that is corrected or made void later is told right on the batch's page too.
    """

    audited = True

    created_at = models.DateTimeField(_("entered at"), default=timezone.now, editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        editable=False,
        related_name="+",
        verbose_name=_("entered by"),
    )

    objects = SupportBatchQuerySet.as_manager()

    class Meta:
        verbose_name = _("batch of help")
        verbose_name_plural = _("batches of help")
        ordering = ["-pk"]

    def __str__(self) -> str:
        return gettext("Batch %(number)d") % {"number": self.pk}

    def get_absolute_url(self) -> str:
        return reverse("batch-detail", args=[self.pk])

"""Published counts of households that stand for no named household."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import WardScopedQuerySet
from households.models.standard import PovertyStandard
from wards.models import Ward


class CollectiveStatus(models.Model):
    """A count of households at the end of a year as it was published, for a ward or the whole district.

    Used where the households themselves are not on record; never added to named households.
    """

    class Measure(models.TextChoices):
        POOR = "poor", _("poor households")
        NEAR_POOR = "near_poor", _("near-poor households")
        RELAPSED_POOR = "relapsed_poor", _("households relapsed into poverty")
        RELAPSED_NEAR_POOR = "relapsed_near_poor", _("households relapsed into near-poverty")

    audited = True

    year = models.PositiveSmallIntegerField(_("year"))
    level = models.CharField(_("level"), max_length=10, choices=PovertyStandard.Level)
    ward = models.ForeignKey(
        Ward,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("ward"),
        help_text=_("Empty: the whole district."),
    )
    measure = models.CharField(_("measure"), max_length=20, choices=Measure)
    count = models.PositiveIntegerField(_("households"))
    source = models.CharField(_("source"), max_length=300)

    objects = WardScopedQuerySet.as_manager()

    class Meta:
        verbose_name = _("published count of households")
        verbose_name_plural = _("published counts of households")
        ordering = ["year", "measure"]
        constraints = [
            models.UniqueConstraint(
                fields=["year", "level", "measure"], condition=Q(ward=None), name="collective_status_district_unique"
            ),
            models.UniqueConstraint(fields=["year", "level", "measure", "ward"], name="collective_status_ward_unique"),
        ]

    def __str__(self) -> str:
        return f"{self.year} {self.get_measure_display()}: {self.count}"

"""Poverty standards: data with validity, not constants."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _


class PovertyStandardQuerySet(models.QuerySet):
    def in_force(self, year: int, level: str):
        """The standard by which a year is officially judged at this level."""
        return self.filter(level=level, from_year__lte=year).filter(Q(to_year=None) | Q(to_year__gte=year))


class PovertyStandard(models.Model):
    """A national or city standard and the years it judges. A line that was not found stays empty."""

    class Level(models.TextChoices):
        CITY = "city", _("city standard")
        NATIONAL = "national", _("national standard")

    audited = True

    code = models.CharField(_("code"), max_length=30, unique=True)
    name = models.CharField(_("name"), max_length=200)
    name_en = models.CharField(_("English name"), max_length=200)
    level = models.CharField(_("level"), max_length=10, choices=Level)
    legal_basis = models.CharField(_("legal basis"), max_length=200, blank=True)
    from_year = models.PositiveSmallIntegerField(_("from year"))
    to_year = models.PositiveSmallIntegerField(_("to year"), null=True, blank=True)
    urban_line = models.BigIntegerField(_("urban income line (đồng/person/month)"), null=True, blank=True)
    rural_line = models.BigIntegerField(_("rural income line (đồng/person/month)"), null=True, blank=True)
    note = models.TextField(_("note"), blank=True)

    objects = PovertyStandardQuerySet.as_manager()

    class Meta:
        verbose_name = _("poverty standard")
        verbose_name_plural = _("poverty standards")
        ordering = ["level", "from_year"]
        constraints = [
            models.CheckConstraint(
                condition=Q(to_year=None) | Q(to_year__gte=F("from_year")), name="standard_ends_after_it_begins"
            )
        ]

    def __str__(self) -> str:
        return self.name_en if get_language() == "en" else self.name


class Indicator(models.Model):
    """One deprivation indicator of a standard (chỉ số thiếu hụt), ten points each on sheet B2."""

    audited = True

    standard = models.ForeignKey(PovertyStandard, models.PROTECT, related_name="indicators", verbose_name=_("standard"))
    number = models.PositiveSmallIntegerField(_("number"))
    code = models.CharField(_("code"), max_length=30)
    name = models.CharField(_("name"), max_length=120)
    name_en = models.CharField(_("English name"), max_length=120)
    threshold = models.TextField(_("deprived when"), blank=True)

    class Meta:
        verbose_name = _("indicator")
        verbose_name_plural = _("indicators")
        ordering = ["standard", "number"]
        constraints = [models.UniqueConstraint(fields=["standard", "code"], name="indicator_code_unique")]

    def __str__(self) -> str:
        return self.name_en.capitalize() if get_language() == "en" else self.name

"""Poverty standards: data with validity, not constants."""

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _


class PovertyStandardQuerySet(models.QuerySet):
    def in_year(self, year: int):
        return self.filter(from_year__lte=year).filter(Q(to_year=None) | Q(to_year__gte=year))

    def in_force(self, year: int, level: str):
        """The standard by which a year is officially judged at this level."""
        return self.in_year(year).filter(level=level)

    def overlapping(self, level: str, first: int, last: int | None):
        """Those of the level that judge any of these years; without a last year, any from the first on."""
        found = self.filter(level=level).filter(Q(to_year=None) | Q(to_year__gte=first))
        return found if last is None else found.filter(from_year__lte=last)


class PovertyStandard(models.Model):
    """A national or city standard and the years it judges. A line that was not found stays empty."""

    class Level(models.TextChoices):
        CITY = "city", _("city standard")
        NATIONAL = "national", _("national standard")

    class Rule(models.TextChoices):
        """How income and deprivations make a class."""

        # NĐ 07/2021 Điều 3, NĐ 351/2025: at or below the line; poor with enough deprivations, else near-poor.
        BOTH = "both", _("income and deprivations")
        # QĐ 59/2015 Điều 2: poor at or below the line; between it and the living line, poor with enough
        # deprivations, else near-poor.
        EITHER = "either", _("income, or deprivations between two lines")

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
    rule = models.CharField(_("rule"), max_length=10, choices=Rule, default=Rule.BOTH)
    urban_living_line = models.BigIntegerField(_("urban living line (đồng/person/month)"), null=True, blank=True)
    rural_living_line = models.BigIntegerField(_("rural living line (đồng/person/month)"), null=True, blank=True)
    urban_points = models.PositiveSmallIntegerField(_("urban B1 points that equal the line"), null=True, blank=True)
    rural_points = models.PositiveSmallIntegerField(_("rural B1 points that equal the line"), null=True, blank=True)
    urban_living_points = models.PositiveSmallIntegerField(
        _("urban B1 points that equal the living line"), null=True, blank=True
    )
    rural_living_points = models.PositiveSmallIntegerField(
        _("rural B1 points that equal the living line"), null=True, blank=True
    )
    deprivations_needed = models.PositiveSmallIntegerField(_("deprivations that make poor"), default=3)
    points_each = models.PositiveSmallIntegerField(_("B2 points for each deprivation"), default=10)
    relapse_look_back = models.PositiveSmallIntegerField(
        _("years looked back for a relapse"),
        null=True,
        blank=True,
        help_text=_("Empty: any earlier year on record. The law names no number."),
    )
    note = models.TextField(_("note"), blank=True)
    version = models.PositiveIntegerField(
        _("version"), default=1, editable=False, help_text=_("Raised when the rule changes; kept with every result.")
    )

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

    # What makes a class: a change of any of these raises `version`.
    RULE = (
        "rule", "urban_line", "rural_line", "urban_living_line", "rural_living_line", "urban_points", "rural_points",
        "urban_living_points", "rural_living_points", "deprivations_needed", "points_each",
    )  # fmt: skip

    def __str__(self) -> str:
        return self.name_en if get_language() == "en" else self.name

    def judges(self, year: int) -> bool:
        """Whether the year is officially judged by it, as `in_year` asks the database."""
        return self.from_year <= year and (self.to_year is None or year <= self.to_year)

    def clean(self):
        errors = self._against_results()
        if self.from_year and self.to_year and self.to_year < self.from_year:
            errors["to_year"] = _("A standard cannot end before it begins.")
        for area in ("urban", "rural"):
            for low, high, message in (
                ("line", "living_line", _("The minimum living line lies above the income line.")),
                ("points", "living_points", _("The points of the living line lie above those of the income line.")),
            ):
                lower, higher = getattr(self, f"{area}_{low}"), getattr(self, f"{area}_{high}")
                if higher is not None and (lower is None or higher <= lower):
                    errors[f"{area}_{high}"] = message
        if errors:
            raise ValidationError(errors)

    def _against_results(self) -> dict[str, str]:
        """Results count by their standard's level and years: moved away from under them, published figures would change."""
        before = PovertyStandard.objects.filter(pk=self.pk).first()
        if before is None or self.from_year is None:
            return {}
        judged = sorted(year for year in self.statuses.order_by().values_list("year", flat=True).distinct())
        lost = [year for year in judged if before.judges(year) and not self.judges(year)]
        errors = {}
        if lost:
            message = _("Households are judged by this standard in %(years)s; its years must contain them.")
            ends_early = self.to_year is not None and lost[-1] > self.to_year
            errors["to_year" if ends_early else "from_year"] = message % {"years": ", ".join(map(str, lost))}
        if judged and self.level != before.level:
            errors["level"] = _("Households are judged by this standard already; its level stays.")
        return errors

    def indicators_in(self, year: int) -> models.QuerySet["Indicator"]:
        """What sheet B2 asks by this standard; where its own indicators were not found, the national one's of the year."""
        if self.indicators.exists():
            return self.indicators.all()
        return Indicator.objects.filter(standard__in=PovertyStandard.objects.in_force(year, self.Level.NATIONAL))


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

"""The programme, what it promised and published, and the documents that directed it."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from support.codes import Qualifier


class Programme(models.Model):
    """Programme 06-CTr/QU of the district Party committee."""

    audited = True

    number = models.CharField(_("number"), max_length=40, unique=True)
    title = models.CharField(_("title"), max_length=300)
    title_en = models.CharField(_("English title"), max_length=300)
    issuer = models.CharField(_("issued by"), max_length=120)
    issued_on = models.DateField(_("issued on"))
    first_year = models.PositiveSmallIntegerField(_("first year"))
    last_year = models.PositiveSmallIntegerField(_("last year"))
    source = models.TextField(_("source"), blank=True)

    class Meta:
        verbose_name = _("programme")
        verbose_name_plural = _("programmes")
        ordering = ["first_year"]
        permissions = [("view_summary", _("Can see the figures of the programme"))]

    def __str__(self) -> str:
        return self.number


class Directive(models.Model):
    """Documents that directed the programme; `count` of them where only their number was published."""

    audited = True

    programme = models.ForeignKey(Programme, models.PROTECT, related_name="directives", verbose_name=_("programme"))
    issuer = models.CharField(_("issued by"), max_length=120)
    number = models.CharField(_("number"), max_length=60, blank=True)
    issued_on = models.DateField(_("issued on"), null=True, blank=True)
    title = models.CharField(_("title"), max_length=300)
    count = models.PositiveSmallIntegerField(_("documents"), default=1)

    class Meta:
        verbose_name = _("directive")
        verbose_name_plural = _("directives")
        ordering = ["issued_on", "pk"]

    def __str__(self) -> str:
        return self.number or self.title


class PublishedFigure(models.Model):
    """One figure as the programme published it, and how the records must be counted to check it."""

    audited = True

    programme = models.ForeignKey(Programme, models.PROTECT, related_name="figures", verbose_name=_("programme"))
    code = models.CharField(_("id"), max_length=5)
    category = models.CharField(_("category"), max_length=30)
    quote = models.TextField(_("quote"))
    quote_occurrences = models.PositiveSmallIntegerField(_("times the sentence stands in the article"), default=1)
    qualifier = models.CharField(_("qualifier"), max_length=5, choices=[*Qualifier.choices, ("range", _("range"))])
    measure = models.CharField(_("measure"), max_length=30)
    value = models.BigIntegerField(_("value"), null=True)
    value_low = models.BigIntegerField(_("at least"), null=True)
    value_high = models.BigIntegerField(_("at most"), null=True)
    unit = models.CharField(_("unit"), max_length=60)
    unit_en = models.CharField(_("unit in English"), max_length=60)
    label = models.CharField(_("figure"), max_length=160)
    label_en = models.CharField(_("figure in English"), max_length=160)
    beneficiary = models.CharField(_("for whom"), max_length=200, blank=True)
    period_text = models.CharField(_("period as published"), max_length=300)
    period_from = models.DateField(_("from"), null=True)
    period_to = models.DateField(_("to"), null=True)
    implementing_body = models.CharField(_("implementing body"), max_length=200, blank=True)
    note = models.TextField(_("note"), blank=True)
    count_rule = models.JSONField(_("how it is counted"))

    class Meta:
        verbose_name = _("published figure")
        verbose_name_plural = _("published figures")
        ordering = ["programme", "code"]
        constraints = [models.UniqueConstraint(fields=["programme", "code"], name="published_figure_code_unique")]

    def __str__(self) -> str:
        return self.code

"""What kinds of help there are and who may pay."""

from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from support.codes import Category, SourceGroup


class FundingSource(models.Model):
    """Where money or goods come from. Codes are this project's own, not official."""

    audited = True

    code = models.CharField(_("code"), max_length=30, unique=True)
    name = models.CharField(_("name"), max_length=200)
    name_en = models.CharField(_("English name"), max_length=200)
    group = models.CharField(_("group"), max_length=20, choices=SourceGroup)
    order = models.PositiveSmallIntegerField(_("order"), default=0)
    ledger_since = models.DateField(
        _("ledger since"),
        null=True,
        blank=True,
        help_text=_("From this day on, what the fund pays must have been received before. Empty: no ledger is kept."),
    )

    class Meta:
        verbose_name = _("funding source")
        verbose_name_plural = _("funding sources")
        ordering = ["order", "code"]

    def __str__(self) -> str:
        return self.name_en if get_language() == "en" else self.name


class SupportPolicy(models.Model):
    """A rule under which help is given."""

    audited = True

    code = models.CharField(_("code"), max_length=30, unique=True)
    category = models.CharField(_("category"), max_length=20, choices=Category)
    name = models.CharField(_("name"), max_length=200)
    name_en = models.CharField(_("English name"), max_length=200)
    legal_rule = models.TextField(_("legal rule"), blank=True)
    beneficiary = models.TextField(_("for whom"), blank=True)
    rate = models.TextField(_("rate"), blank=True)
    universal = models.BooleanField(
        _("universal"), default=False, help_text=_("For everybody, not only the poor: shown on a line of its own.")
    )
    repayable = models.BooleanField(_("repayable (loan)"), default=False)
    default_sources = models.ManyToManyField(FundingSource, blank=True, verbose_name=_("usual sources"))
    order = models.PositiveSmallIntegerField(_("order"), default=0)

    class Meta:
        verbose_name = _("support policy")
        verbose_name_plural = _("support policies")
        ordering = ["order", "code"]

    def __str__(self) -> str:
        return self.name_en if get_language() == "en" else self.name

"""Money and goods that came in before they went out: who gave, for what, and what became of it."""

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, OuterRef, Q, Subquery, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from support.codes import DonorKind, Nature
from support.models.action import LARGEST_AMOUNT, FundingLine
from support.models.policy import FundingSource, SupportPolicy
from wards.models import Ward
from wards.text import fold

_AMOUNT = [
    MinValueValidator(1, _("The amount must be more than 0.")),
    MaxValueValidator(LARGEST_AMOUNT, _("The amount is above 1,000 billion đồng; check the zeros.")),
]
# A fund holds money and goods; what is lent has a schedule of its own.
HELD = [(Nature.GRANT.value, _("money")), (Nature.IN_KIND.value, _("goods"))]


class Donor(models.Model):
    """Who gave money or goods to a fund."""

    audited = True
    audit_ignored = ("name_key",)

    name = models.CharField(_("name"), max_length=200)
    name_key = models.CharField(max_length=200, unique=True, editable=False)
    kind = models.CharField(_("kind"), max_length=12, choices=DonorKind)
    note = models.CharField(_("note"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("donor")
        verbose_name_plural = _("donors")
        ordering = ["name_key"]

    def __str__(self) -> str:
        return self.name

    def save(self, *args, **kwargs):
        self.name_key = fold(self.name)
        super().save(*args, **kwargs)


class ReceiptQuerySet(models.QuerySet):
    def standing(self):
        return self.filter(voided_at=None)

    def with_left(self):
        """Add `spent` and `left`, in đồng: what was drawn from the receipt, and what was not."""
        draws = Draw.objects.filter(receipt=OuterRef("pk")).order_by().values("receipt").annotate(n=Sum("amount"))
        return self.annotate(spent=Coalesce(Subquery(draws.values("n")), 0)).annotate(left=F("amount") - F("spent"))


class Receipt(models.Model):
    """Money or goods that a fund received on a day, perhaps for one purpose only."""

    audited = True

    source = models.ForeignKey(FundingSource, models.PROTECT, related_name="receipts", verbose_name=_("fund"))
    donor = models.ForeignKey(
        Donor, models.PROTECT, null=True, blank=True, related_name="receipts", verbose_name=_("donor")
    )
    day = models.DateField(_("received on"))
    nature = models.CharField(_("nature"), max_length=8, choices=HELD)
    amount = models.BigIntegerField(_("amount (đồng)"), validators=_AMOUNT)
    goods = models.CharField(_("which goods"), max_length=200, blank=True)
    policy = models.ForeignKey(
        SupportPolicy,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("for this policy only"),
        help_text=_("Empty: for whatever the fund pays."),
    )
    purpose = models.CharField(_("purpose"), max_length=200, blank=True)
    receipt_number = models.CharField(_("receipt number"), max_length=60, blank=True)
    is_opening = models.BooleanField(
        _("opening balance"), default=False, editable=False, help_text=_("What the fund held when its ledger began.")
    )
    version = models.PositiveIntegerField(default=1, editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        editable=False,
        related_name="+",
        verbose_name=_("entered by"),
    )
    voided_at = models.DateTimeField(_("voided at"), null=True, blank=True, editable=False)
    void_reason = models.CharField(_("reason"), max_length=300, blank=True, editable=False)

    objects = ReceiptQuerySet.as_manager()

    class Meta:
        verbose_name = _("receipt")
        verbose_name_plural = _("receipts")
        ordering = ["day", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(amount__gte=1, amount__lte=LARGEST_AMOUNT),
                name="receipt_amount_plausible",
                violation_error_message=_("The amount must lie between 1 and 1,000 billion đồng."),
            ),
            models.CheckConstraint(
                condition=~Q(nature=Nature.LOAN),
                name="receipt_is_no_loan",
                violation_error_message=_("A fund receives money or goods, not loans."),
            ),
            models.UniqueConstraint(
                fields=["source", "nature"],
                condition=Q(is_opening=True, voided_at=None),
                name="receipt_opens_a_ledger_once",
                violation_error_message=_("This ledger has its opening balance already."),
            ),
        ]
        indexes = [models.Index(fields=["source", "nature", "day"], name="receipt_source_day")]

    def __str__(self) -> str:
        return f"{self.source} {self.day:%d/%m/%Y}: {self.amount}"

    def clean(self):
        if self.day and self.day > timezone.localdate():
            raise ValidationError({"day": _("The date lies in the future.")})
        if self.is_opening and self.day and self.day != self.source.ledger_since:
            day = f"{self.source.ledger_since:%d/%m/%Y}"
            raise ValidationError({"day": _("The ledger begins on %(day)s.") % {"day": day}})
        if self.nature == Nature.IN_KIND and not self.goods and not self.is_opening:
            raise ValidationError({"goods": _("Say which goods were received.")})

    @property
    def is_void(self) -> bool:
        return self.voided_at is not None


class Allocation(models.Model):
    """A part of a fund set aside for a year, a ward or a policy by a decision: a plan, not a payment."""

    audited = True

    source = models.ForeignKey(FundingSource, models.PROTECT, related_name="allocations", verbose_name=_("fund"))
    year = models.PositiveSmallIntegerField(_("for the year"))
    ward = models.ForeignKey(
        Ward,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("ward"),
        help_text=_("Empty: the whole district."),
    )
    policy = models.ForeignKey(
        SupportPolicy, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("policy")
    )
    nature = models.CharField(_("nature"), max_length=8, choices=HELD)
    amount = models.BigIntegerField(_("amount (đồng)"), validators=_AMOUNT)
    decision_number = models.CharField(_("decision number"), max_length=60, blank=True)
    decision_date = models.DateField(_("decision date"), null=True, blank=True)
    note = models.CharField(_("note"), max_length=200, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        editable=False,
        related_name="+",
        verbose_name=_("entered by"),
    )
    voided_at = models.DateTimeField(_("voided at"), null=True, blank=True, editable=False)
    void_reason = models.CharField(_("reason"), max_length=300, blank=True, editable=False)

    class Meta:
        verbose_name = _("allocation")
        verbose_name_plural = _("allocations")
        ordering = ["year", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(amount__gte=1, amount__lte=LARGEST_AMOUNT),
                name="allocation_amount_plausible",
                violation_error_message=_("The amount must lie between 1 and 1,000 billion đồng."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.source} {self.year}: {self.amount}"


class Draw(models.Model):
    """So many đồng of a funding line came out of this receipt; without a receipt, they were overspent for a reason."""

    audited = True
    audit_subject = "line__action"
    told_elsewhere = True  # the funding line itself says it in the history of the record

    line = models.ForeignKey(FundingLine, models.CASCADE, related_name="draws", verbose_name=_("funding line"))
    receipt = models.ForeignKey(
        Receipt, models.PROTECT, null=True, blank=True, related_name="draws", verbose_name=_("receipt")
    )
    amount = models.BigIntegerField(_("amount (đồng)"))
    reason = models.CharField(_("reason for overspending"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("draw on a fund")
        verbose_name_plural = _("draws on funds")
        ordering = ["line", "pk"]
        constraints = [
            models.CheckConstraint(condition=Q(amount__gte=1), name="draw_more_than_nothing"),
            models.CheckConstraint(
                condition=Q(receipt__isnull=False) | ~Q(reason=""),
                name="draw_without_receipt_has_a_reason",
                violation_error_message=_("Give the reason for spending more than the fund holds."),
            ),
            models.UniqueConstraint(fields=["line", "receipt"], name="draw_once_from_a_receipt"),
            models.UniqueConstraint(fields=["line"], condition=Q(receipt=None), name="draw_overspent_once"),
        ]

    def __str__(self) -> str:
        return f"{self.line}: {self.amount}"

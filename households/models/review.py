"""The yearly review of a ward: its round, the single reviews of a year, and corrections after the lock."""

from django.conf import settings
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import WardScopedQuerySet
from households.codes import WRITABLE, Classification, RoundState, SheetA
from households.models.household import Household
from households.models.standard import PovertyStandard
from households.models.status import PovertyStatus
from wards.models import Ward


class ReviewRound(models.Model):
    """The review of one ward in one year. A ward-year without a round is open.

    open → submitted → returned (and submitted again) or approved → locked. The database refuses every
    write behind a round that is not open or returned, and every change of a locked round.
    """

    audited = True

    ward = models.ForeignKey(Ward, models.PROTECT, related_name="rounds", verbose_name=_("ward"))
    year = models.PositiveSmallIntegerField(_("year"))
    state = models.CharField(_("state"), max_length=10, choices=RoundState, default=RoundState.OPEN)
    submitted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("submitted by")
    )
    submitted_at = models.DateTimeField(_("submitted at"), null=True)
    checked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("checked by")
    )
    checked_at = models.DateTimeField(_("checked at"), null=True)
    locked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("locked by")
    )
    locked_at = models.DateTimeField(_("locked at"), null=True)
    note = models.CharField(_("note"), max_length=500, blank=True)
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = WardScopedQuerySet.as_manager()

    class Meta:
        verbose_name = _("review round")
        verbose_name_plural = _("review rounds")
        ordering = ["year", "ward"]
        constraints = [
            models.UniqueConstraint(fields=["ward", "year"], name="review_round_unique"),
            models.CheckConstraint(condition=Q(state__in=RoundState.values), name="review_round_state_known"),
            models.CheckConstraint(
                condition=~Q(checked_by=models.F("submitted_by")) | Q(checked_by=None) | Q(submitted_by=None),
                name="review_round_maker_is_not_checker",
                violation_error_message=_("Who submitted the year cannot check it."),
            ),
        ]
        permissions = [
            ("submit_reviewround", _("Can submit a ward's year")),
            ("check_reviewround", _("Can return, approve and lock a ward's year")),
        ]

    def __str__(self) -> str:
        return f"{self.ward} {self.year}: {self.get_state_display()}"

    @property
    def is_writable(self) -> bool:
        return self.state in WRITABLE


class RoundCommentQuerySet(WardScopedQuerySet):
    ward_path = "round__ward"


class RoundComment(models.Model):
    """What district staff ask about one household, or about the year as a whole."""

    audited = True
    audit_subject = "round"

    round = models.ForeignKey(ReviewRound, models.PROTECT, related_name="comments", verbose_name=_("round"))
    household = models.ForeignKey(
        Household, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("household")
    )
    text = models.CharField(_("comment"), max_length=500)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("by"))
    at = models.DateTimeField(_("at"), auto_now_add=True)
    settled_at = models.DateTimeField(_("settled at"), null=True, blank=True)
    answer = models.CharField(_("answer"), max_length=500, blank=True)

    objects = RoundCommentQuerySet.as_manager()

    class Meta:
        verbose_name = _("comment on a review")
        verbose_name_plural = _("comments on reviews")
        ordering = ["round", "pk"]

    def __str__(self) -> str:
        return self.text

    @property
    def history_name(self) -> str:
        return str(self.household or self._meta.verbose_name)


class StatusReviewQuerySet(WardScopedQuerySet):
    ward_path = "status__household__ward"


class StatusReview(models.Model):
    """One review of a household within a year: the yearly one, or a regular one (rà soát thường xuyên).

    The year-end status is a copy of the last one by date (QĐ 24/2021/QĐ-TTg: yearly review September to
    December, regular review every month).
    """

    class Kind(models.TextChoices):
        YEARLY = "yearly", _("yearly review")
        REGULAR = "regular", _("regular review within the year")

    audited = True
    audit_subject = "status__household"

    status = models.ForeignKey(PovertyStatus, models.PROTECT, related_name="reviews", verbose_name=_("status"))
    kind = models.CharField(_("kind of review"), max_length=8, choices=Kind)
    reviewed_on = models.DateField(_("reviewed on"), null=True, blank=True)
    classification = models.CharField(_("class"), max_length=2, choices=Classification)
    persons = models.PositiveSmallIntegerField(_("persons in the household"), validators=[MaxValueValidator(50)])
    sheet_a = models.CharField(_("sheet A (quick identification)"), max_length=5, choices=SheetA, blank=True)
    income = models.BigIntegerField(_("income (đồng/person/month)"), null=True, blank=True)
    b1 = models.PositiveSmallIntegerField(_("B1 points"), null=True, blank=True)
    b2 = models.PositiveSmallIntegerField(_("B2 points"), null=True, blank=True)
    deprivations = models.JSONField(default=list, blank=True)  # codes of the indicators ticked
    causes = models.JSONField(default=list, blank=True)
    proposed = models.CharField(_("proposed class"), max_length=2, choices=Classification, blank=True)
    differs_because = models.CharField(_("reason for another class than proposed"), max_length=300, blank=True)
    judged_by = models.JSONField(null=True, blank=True)
    decision_number = models.CharField(_("decision number"), max_length=60, blank=True)
    decision_date = models.DateField(_("decision date"), null=True, blank=True)
    certificate_number = models.CharField(_("certificate number"), max_length=60, blank=True)
    certificate_date = models.DateField(_("certificate date"), null=True, blank=True)
    note = models.CharField(_("note"), max_length=200, blank=True)

    objects = StatusReviewQuerySet.as_manager()

    class Meta:
        verbose_name = _("review of a household")
        verbose_name_plural = _("reviews of households")
        ordering = ["status", models.F("reviewed_on").asc(nulls_first=True), "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["status"],
                condition=Q(kind="yearly"),
                name="status_review_one_yearly",
                violation_error_message=_("This household already has its yearly review."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.status} {self.get_kind_display()}"

    @staticmethod
    def told_elsewhere(values: dict) -> bool:
        """The yearly review's results are the status's own, which the household's history tells."""
        return values.get("kind") == StatusReview.Kind.YEARLY


class StatusAmendmentQuerySet(WardScopedQuerySet):
    ward_path = "household__ward"

    def in_effect(self):
        return self.filter(state=StatusAmendment.State.ACCEPTED)


class StatusAmendment(models.Model):
    """A dated, reasoned correction of a year that is locked; what was published stays as it is beside it."""

    class State(models.TextChoices):
        PROPOSED = "proposed", _("proposed")
        ACCEPTED = "accepted", _("accepted")
        REFUSED = "refused", _("refused")

    audited = True
    audit_subject = "household"

    household = models.ForeignKey(Household, models.PROTECT, related_name="amendments", verbose_name=_("household"))
    year = models.PositiveSmallIntegerField(_("year"))
    standard = models.ForeignKey(PovertyStandard, models.PROTECT, related_name="+", verbose_name=_("standard"))
    ward = models.ForeignKey(Ward, models.PROTECT, related_name="+", verbose_name=_("ward of that day"))
    status = models.ForeignKey(
        PovertyStatus,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="amendments",
        verbose_name=_("published status"),
    )
    classification = models.CharField(_("class"), max_length=2, choices=Classification)
    persons = models.PositiveSmallIntegerField(_("persons in the household"), validators=[MaxValueValidator(50)])
    decision_number = models.CharField(_("decision number"), max_length=60, blank=True)
    decision_date = models.DateField(_("decision date"), null=True, blank=True)
    reason = models.CharField(_("reason"), max_length=500)
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.PROPOSED)
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("proposed by")
    )
    proposed_at = models.DateTimeField(_("proposed at"), auto_now_add=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("decided by")
    )
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    answer = models.CharField(_("answer"), max_length=500, blank=True)

    objects = StatusAmendmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("correction of a locked year")
        verbose_name_plural = _("corrections of locked years")
        ordering = ["year", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["household", "year", "standard"],
                condition=Q(state="proposed"),
                name="status_amendment_one_at_a_time",
                violation_error_message=_("A correction of this year already waits for an answer."),
            ),
            models.CheckConstraint(
                condition=~Q(decided_by=models.F("proposed_by")) | Q(decided_by=None),
                name="status_amendment_maker_is_not_checker",
                violation_error_message=_("Who proposed a correction cannot decide on it."),
            ),
        ]
        permissions = [
            ("propose_statusamendment", _("Can propose a correction of a locked year")),
            ("decide_statusamendment", _("Can decide on a correction of a locked year")),
        ]

    def __str__(self) -> str:
        return f"{self.household} {self.year}: {self.classification}"

    def is_in_effect_at(self, level: str) -> bool:
        return self.state == self.State.ACCEPTED and self.standard.level == level

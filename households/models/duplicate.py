"""Pairs of households that may be one."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from households.models.household import Household


class DuplicateCaseQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Pairs whose both households this person may open: across wards, district staff's business alone."""
        households = Household.objects.visible_to(user).values("pk")
        return self.filter(first__in=households, second__in=households)

    def open(self):
        """Pairs to be settled: both still exist. A pair that was made one and taken apart again is asked anew."""
        asked = self.exclude(state=DuplicateCase.State.DIFFERENT)
        return asked.filter(first__closed_on=None, second__closed_on=None)

    def settled(self):
        apart = Q(state=DuplicateCase.State.DIFFERENT)
        merged = Q(state=DuplicateCase.State.SAME) & ~Q(first__closed_on=None, second__closed_on=None)
        return self.filter(apart | merged)

    def of(self, household: Household):
        return self.filter(Q(first=household.pk) | Q(second=household.pk))


class DuplicateCase(models.Model):
    """Two households alike enough to ask about; settled once, and then not asked again."""

    class State(models.TextChoices):
        OPEN = "open", _("to be settled")
        SAME = "same", _("the same household")
        DIFFERENT = "different", _("two households")

    audited = True

    first = models.ForeignKey(Household, models.PROTECT, related_name="+", verbose_name=_("first household"))
    second = models.ForeignKey(Household, models.PROTECT, related_name="+", verbose_name=_("second household"))
    reasons = models.JSONField(default=list)  # codes of what is alike
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.OPEN)
    found_at = models.DateTimeField(_("found at"), auto_now_add=True)
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("settled by")
    )
    settled_at = models.DateTimeField(_("settled at"), null=True, blank=True)
    note = models.CharField(_("note"), max_length=300, blank=True)

    objects = DuplicateCaseQuerySet.as_manager()

    class Meta:
        verbose_name = _("possible duplicate")
        verbose_name_plural = _("possible duplicates")
        ordering = ["-found_at", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["first", "second"], name="duplicate_case_unique"),
            models.CheckConstraint(condition=Q(first__lt=F("second")), name="duplicate_case_in_order"),
        ]
        permissions = [("settle_duplicatecase", _("Can settle possible duplicates"))]

    def __str__(self) -> str:
        return f"{self.first} / {self.second}"

    def other_than(self, household: Household) -> int:
        """The key of the pair's other household."""
        return self.second_id if self.first_id == household.pk else self.first_id

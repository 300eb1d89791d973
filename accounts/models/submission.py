"""A double click makes one record."""

from django.conf import settings
from django.db import models


class Submission(models.Model):
    """A form that was sent, by the key it was drawn with. The second sending finds the first one's result."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    key = models.UUIDField()
    result = models.CharField(max_length=200, blank=True)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-id"]
        constraints = [models.UniqueConstraint(fields=["user", "key"], name="submission_key_unique")]

    def __str__(self) -> str:
        return str(self.key)

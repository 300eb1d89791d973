"""Who sees which rows: the one door."""

from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.utils import timezone

from wards.models import Ward


class WardScopedQuerySet(models.QuerySet):
    """Rows that belong to a ward, reached by `ward_path`."""

    ward_path = "ward"

    def visible_to(self, user):
        """Rows this person may open: an officer's own wards, all for district staff, none for anyone else.

        Leaders and administrators open no household and no record of help. A user without a ward
        sees nothing, not everything.
        """
        if isinstance(user, AnonymousUser) or not user.is_active:
            return self.none()
        if user.is_staff_role:
            return self.all()
        if user.is_officer:
            return self._open_to_wards_of(user)
        return self.none()

    def countable_by(self, user):
        """Rows that may be added up for this person: leaders and administrators get figures, never rows."""
        if isinstance(user, AnonymousUser) or not user.is_active:
            return self.none()
        return self.all() if user.sees_whole_district else self._in_wards_of(user)

    def _open_to_wards_of(self, user):
        """What an officer may open; where that is not what the ward counts, a subclass says so."""
        return self._in_wards_of(user)

    def _in_wards_of(self, user):
        # A subquery, not a join: an officer of two wards must not see a row twice.
        return self.filter(**{f"{self.ward_path}__in": user.wards.all()})


def wards_counted(user) -> models.QuerySet[Ward]:
    """Wards whose figures and lists this person may ask for: their own; else all, also those that went outside."""
    return wards_of(user) if user.is_officer else Ward.objects.all()


def wards_of_today(user) -> models.QuerySet[Ward]:
    """The same on today's map."""
    return wards_counted(user).in_force(timezone.localdate())


def wards_of(user) -> models.QuerySet[Ward]:
    """Wards this person works in: their own, or the programme's."""
    return Ward.objects.visible_to(user)

"""`find_duplicates`: asks of every household on record whether it stands there twice."""

from django.core.management.base import BaseCommand
from django.db import transaction

from accounts.actor import acting_as, current_actor
from households.duplicates import note_duplicates
from households.models import DuplicateCase, Household

AT_ONCE = 200  # households a transaction: officers who save meanwhile wait for no more


class Command(BaseCommand):
    help = "Put into the queue every pair of households that may be one. What was settled is not asked again."

    def handle(self, *args, **options):
        before = DuplicateCase.objects.count()
        keys = list(Household.objects.present().order_by("pk").values_list("pk", flat=True))
        with acting_as(current_actor() or "find_duplicates"):
            for start in range(0, len(keys), AT_ONCE):
                with transaction.atomic():
                    for household in Household.objects.filter(pk__in=keys[start : start + AT_ONCE]):
                        note_duplicates(household)
        found, waiting = DuplicateCase.objects.count() - before, DuplicateCase.objects.open().count()
        self.stdout.write(f"{len(keys)} households: {found} new pairs, {waiting} to be settled.")

"""`load_programme`: Programme 06-CTr/QU and its published records only. Running it again changes nothing."""

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from accounts.actor import acting_as, current_actor
from accounts.models import Dataset
from accounts.models.dataset import DatasetConflict
from households.reference import load_standards
from reports import programme_data
from support.reference import load_policies
from wards.reference import load_wards


class Command(BaseCommand):
    help = "Load Programme 06-CTr/QU with its published figures and collective records (idempotent)."

    def handle(self, *args, **options):
        with acting_as(current_actor() or "load_programme"), transaction.atomic():
            try:
                Dataset.claim(Dataset.Kind.PROGRAMME, working_year=programme_data.working_year())
            except DatasetConflict as conflict:
                raise CommandError(str(conflict)) from conflict
            load_wards()
            load_standards()
            load_policies()
            programme = programme_data.load_reference()
            programme_data.load_collective_records(programme)
        self.stdout.write(f"{programme}: {programme.figures.count()} published figures.")

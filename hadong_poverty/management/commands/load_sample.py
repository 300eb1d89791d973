"""`load_sample`: an invented district, calibrated to the published figures or scaled for measuring."""

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connection, transaction

from accounts.actor import acting_as, current_actor
from accounts.models import Dataset
from hadong_poverty.sample.district import DEFAULT_HOUSEHOLDS
from hadong_poverty.sample.load import load_district
from households.models import Household
from households.reference import load_standards
from reports import programme_data
from support.models import SupportAction
from support.reference import load_policies
from wards.reference import load_wards


class Command(BaseCommand):
    help = "Invent a district in full. Its help adds up to the published figures unless --households is given."

    def add_arguments(self, parser):
        parser.add_argument(
            "--households",
            type=int,
            default=DEFAULT_HOUSEHOLDS,
            metavar="N",
            help=f"another number than {DEFAULT_HOUSEHOLDS} is not calibrated: for measuring",
        )
        parser.add_argument("--seed", type=int, default=1, help="another seed invents another district")
        parser.add_argument("--if-empty", action="store_true", help="do nothing where a sample is loaded already")

    def handle(self, *args, households: int, seed: int, if_empty: bool, **options):
        if settings.PRODUCTION:
            raise CommandError("Invented people are not loaded with HADONG_MODE=production.")
        if households < 17:
            raise CommandError("--households must be at least 17, one for each ward.")
        with acting_as(current_actor() or "load_sample"), transaction.atomic():
            held = Dataset.objects.first()
            if held and held.kind == Dataset.Kind.SAMPLE and if_empty:
                return
            refuse_unless_empty(held)
            calibrated = households == DEFAULT_HOUSEHOLDS
            Dataset.claim(
                Dataset.Kind.SAMPLE,
                working_year=programme_data.working_year(),
                note=f"seed {seed}, {'calibrated' if calibrated else 'not calibrated'}",
            )
            load_wards()
            load_standards()
            load_policies()
            loaded = load_district(households=households, seed=seed)
            count_rows()
        self.stdout.write("Invented: " + ", ".join(f"{count} {name}" for name, count in loaded.items()) + ".")


def count_rows() -> None:
    """Tell the database how much it holds now: PostgreSQL, which thinks its tables empty, took 20 s for a page.

    Table by table: all at once would lock what the databases of a server have in common.
    """
    with connection.cursor() as cursor:
        for table in connection.introspection.django_table_names(only_existing=True):
            cursor.execute(f"ANALYZE {connection.ops.quote_name(table)}")


def refuse_unless_empty(held: Dataset | None) -> None:
    """Invented people never stand beside the programme's records or real ones."""
    if held and held.kind == Dataset.Kind.PROGRAMME:
        raise CommandError("This database holds the programme's records; the sample needs another database.")
    if held:
        raise CommandError("This database holds a sample already; the sample needs an empty database.")
    if Household.objects.exists() or SupportAction.objects.exists():
        raise CommandError("This database holds records; the sample needs an empty database.")

"""Opening balances were receipts like any other: on the ledger's first day, from nobody, entered with it."""

from django.db import migrations
from django.db.models import F


def mark_opening_balances(apps, schema_editor):
    receipts = apps.get_model("support", "Receipt").objects
    opening = receipts.filter(donor=None, created_by=None, day=F("source__ledger_since"), receipt_number="")
    receipts.filter(pk__in=list(opening.values_list("pk", flat=True))).update(is_opening=True, purpose="", goods="")


class Migration(migrations.Migration):
    dependencies = [("support", "0010_opening_balances")]

    operations = [migrations.RunPython(mark_opening_balances, migrations.RunPython.noop)]

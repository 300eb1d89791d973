"""A class of a household that was closed before the year ended says so: it is on no list of that end."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("households", "0006_sheet_a"),
    ]

    operations = [
        migrations.AddField(
            model_name="povertystatus",
            name="closed_on",
            field=models.DateField(blank=True, editable=False, null=True, verbose_name="household closed on"),
        ),
    ]

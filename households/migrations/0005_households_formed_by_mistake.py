"""A split that is undone leaves a household formed by mistake, closed on the day it was formed."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("households", "0004_where_duplicates_are_looked_for")]

    operations = [
        migrations.AlterField(
            model_name="household",
            name="closed_as",
            field=models.CharField(
                blank=True,
                choices=[
                    ("left", "left the district"),
                    ("merged", "merged into another household"),
                    ("died", "nobody of it is alive"),
                    ("duplicate", "entered twice"),
                    ("mistake", "formed by mistake; the split was undone"),
                ],
                editable=False,
                max_length=12,
                verbose_name="closed because",
            ),
        ),
    ]

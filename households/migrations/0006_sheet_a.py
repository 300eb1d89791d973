"""What sheet A (quick identification) found is kept with a review."""

from django.db import migrations, models

FOUND = models.CharField(
    blank=True,
    choices=[("signs", "sheet B follows"), ("clear", "no sheet B needed")],
    max_length=5,
    verbose_name="sheet A (quick identification)",
)


class Migration(migrations.Migration):
    dependencies = [("households", "0005_households_formed_by_mistake")]

    operations = [
        migrations.AddField(model_name="povertystatus", name="sheet_a", field=FOUND.clone()),
        migrations.AddField(model_name="statusreview", name="sheet_a", field=FOUND.clone()),
    ]

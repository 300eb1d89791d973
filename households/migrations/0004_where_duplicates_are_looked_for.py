"""Indexes for finding people like a newcomer among all members."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('households', '0003_households_live_where_they_are'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='member',
            index=models.Index(fields=['birth_year', 'name_key'], name='member_birth_name'),
        ),
        migrations.AddIndex(
            model_name='member',
            index=models.Index(fields=['name_key'], name='member_name'),
        ),
    ]

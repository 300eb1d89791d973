"""Every household on record lives where it stands, since before these records begin; every status keeps its group."""

from django.db import migrations
from django.db.models import OuterRef, Subquery


def open_residences(apps, schema_editor):
    Household, Residence = apps.get_model("households", "Household"), apps.get_model("households", "Residence")
    rows = Household.objects.filter(residences=None).iterator(chunk_size=2000)
    Residence.objects.bulk_create(
        (
            Residence(
                household_id=each.pk,
                ward_id=each.ward_id,
                residential_group_id=each.residential_group_id,
                address=each.address,
            )
            for each in rows
        ),
        batch_size=2000,
    )


def remember_the_group(apps, schema_editor):
    PovertyStatus = apps.get_model("households", "PovertyStatus")
    Household, Member = apps.get_model("households", "Household"), apps.get_model("households", "Member")
    own = Household.objects.filter(pk=OuterRef("household"), ward=OuterRef("ward"))
    of = Household.objects.filter(pk=OuterRef("household"))
    PovertyStatus.objects.filter(residential_group=None).update(
        residential_group_id=Subquery(own.values("residential_group")[:1]),
        lacks_labour=Subquery(of.values("lacks_labour")[:1]),
        has_merit=Subquery(of.values("has_merit")[:1]),
    )
    for ethnicity in Member.objects.order_by().values_list("ethnicity", flat=True).distinct():
        PovertyStatus.objects.filter(
            ethnicity="", household__in=head_of(Member, ethnicity=ethnicity)
        ).update(ethnicity=ethnicity)
    for sex, female in (("1", False), ("2", True)):
        PovertyStatus.objects.filter(
            head_is_female=None, household__in=head_of(Member, sex=sex)
        ).update(head_is_female=female)


def head_of(Member, **of):
    return Member.objects.filter(relation="head", left_on=None, **of).values("household")


class Migration(migrations.Migration):
    dependencies = [("households", "0002_yearly_review")]

    operations = [
        migrations.RunPython(open_residences, migrations.RunPython.noop),
        migrations.RunPython(remember_the_group, migrations.RunPython.noop),
    ]

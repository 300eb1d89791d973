"""Help and a household's life: the ward of a day, what stands against an event, the lines of the timeline.

Registered in apps.py: the households' floor knows nothing of help.
"""

from collections.abc import Collection, Iterator
from datetime import date

from django.core.exceptions import ValidationError
from django.db.models import Count
from django.db.models.functions import ExtractYear
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from households.models import Household
from households.timeline import Line
from support.models import SupportAction
from wards.models import Ward

MOST_DAYS = 5


def ward_of_help(household: Household, day: date | None) -> Ward:
    """The ward in which help of this day counts: where the household lived that day.

    Raises ValidationError by `period_from` where it was not yet, or no longer, one of the district's.
    """
    if day is None:
        return household.ward
    try:
        household.refuse_after_closing(day)
        return household.require_ward_on(day)
    except ValidationError as error:
        raise ValidationError({"period_from": error}) from error


def help_held(
    household: Household, after: date | None, before: date | None, members: Collection[int] | None
) -> list[str]:
    """A sentence that names the days of standing help after or before a day, or to these members; none: no sentence."""
    held = SupportAction.objects.standing().filter(household=household, period_from__isnull=False)
    if after:
        held = held.filter(period_from__gt=after)
    if before:
        held = held.filter(period_from__lt=before)
    if members is not None:
        held = held.filter(member__in=members)
    days = list(held.order_by("period_from").values_list("period_from", flat=True).distinct()[: MOST_DAYS + 1])
    if not days:
        return []
    named = ", ".join(f"{day:%d/%m/%Y}" for day in days[:MOST_DAYS]) + (", …" if len(days) > MOST_DAYS else "")
    text = _(
        "Household %(code)s has help on record of %(days)s, which speaks against this. Check the day, or void that help."
    )
    return [text % {"code": household.code, "days": named}]


def help_by_year(codes: dict[int, str], user) -> Iterator[Line]:
    """One line a year with the number of records, and the way to them."""
    if not user.has_perm("support.view_supportaction"):
        return
    visible = SupportAction.objects.visible_to(user).standing().filter(household__in=codes, period_from__isnull=False)
    by_year = visible.order_by().annotate(of_year=ExtractYear("period_from")).values("household", "of_year")
    for row in by_year.annotate(times=Count("pk")):
        year, times = row["of_year"], row["times"]
        text = ngettext("Help in %(year)d: %(times)d time", "Help in %(year)d: %(times)d times", times)
        asked = urlencode({"household": row["household"], "first_year": year, "last_year": year})
        yield Line(
            date(year, 12, 31),
            str(year),
            text % {"year": year, "times": times},
            "gift",
            url=f"{reverse('action-list')}?{asked}",
            of=codes[row["household"]],
            order=-1,
        )

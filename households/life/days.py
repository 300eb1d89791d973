"""On which days a household may have an event, and what stands on record before or after a day."""

from collections.abc import Callable, Collection
from datetime import date

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _

from households.models import Household, LifeEvent, PovertyStatus
from households.rounds import require_writable
from wards.models import Ward

# Floors above say here, a sentence each, what they hold of a household on days after `after` or before `before`
# (of these members): (household, after, before, members).
HELD_ABOVE: list[Callable[[Household, date | None, date | None, Collection[int] | None], list[str]]] = []


def refuse_day(household: Household, day: date) -> None:
    """Raise ValidationError unless the household may have an event on this day."""
    household.refuse_after_closing()
    if day > timezone.localdate():
        raise ValidationError({"day": _("Household %(code)s: this day lies in the future.") % named(household)})
    if (last := household.events.standing().order_by("day", "pk").last()) and day < last.day:
        message = _(
            "Household %(code)s: “%(event)s” is on record for %(day)s; this day cannot lie before it. "
            "Undo that first, or choose a later day and write the true one into the note."
        )
        raise ValidationError({"day": message % told(last)})
    home = household.residences.filter(until=None).first()
    if home is None:
        message = _("Household %(code)s has no present home on record. Ask the administrator to mend the record.")
        raise ValidationError(message % named(household))
    if home.since and day < home.since:
        message = _("Household %(code)s lives at its present place since %(day)s; this day cannot lie before it.")
        raise ValidationError({"day": message % (named(household) | {"day": f"{home.since:%d/%m/%Y}"})})


def refuse_day_of_ward(ward: Ward, day: date) -> None:
    """Raise ValidationError unless the ward existed on the day and its year takes changes."""
    if day < ward.valid_from:
        message = _(
            "%(ward)s begins on %(day)s; this day lies before it. Choose a later day, or the ward of that time."
        )
        raise ValidationError({"day": message % {"ward": ward, "day": f"{ward.valid_from:%d/%m/%Y}"}})
    if not ward.existed_on(day):
        message = _(
            "%(ward)s ended on %(day)s. Its households must first be moved to the new wards, by district staff."
        )
        raise ValidationError({"day": message % {"ward": ward, "day": f"{ward.valid_to:%d/%m/%Y}"}})
    try:
        require_writable(ward, day.year)
    except ValidationError as error:
        raise ValidationError({"day": error}) from error


def on_record_after(household: Household, day: date, *, wards: list[int] | None, same_year: bool) -> list[str]:
    """Sentences about what is on record for the household after the day (in these wards)."""
    statuses = PovertyStatus.objects.filter(household=household, year__gte=day.year if same_year else day.year + 1)
    if wards is not None:
        statuses = statuses.filter(ward__in=wards)
    years = sorted(set(statuses.values_list("year", flat=True)))
    found = []
    if years:
        message = _("Household %(code)s has its class of %(years)s on record, after this day. Check the day.")
        found.append(message % (named(household) | {"years": ", ".join(map(str, years))}))
    return found + held_above(household, after=day)


def held_above(household: Household, *, after: date | None = None, before=None, members=None) -> list[str]:
    return [text for held in HELD_ABOVE for text in held(household, after, before, members)]


def named(household: Household) -> dict:
    return {"code": household.code}


def told(event: LifeEvent) -> dict:
    return named(event.household) | {"event": event.get_kind_display(), "day": f"{event.day:%d/%m/%Y}"}

"""Invented events in the families' lives. The courses of the classes and the published figures stay as they are.

Births of 2021–2024 are those of children already invented. Everything else happens in the first half of 2025,
after the last class: deaths and departures of persons who are not the head, moves within and between wards,
families that left the district.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import date, timedelta
from random import Random

from django.core.exceptions import ValidationError

from accounts.actor import current_actor
from hadong_poverty.sample.district import LAST_DAY, YEARS, Family, born
from households import life
from households.codes import Happening, Relation
from households.models import Household, LifeEvent, Member
from wards.models import ResidentialGroup, Ward

PER_HUNDRED = {"died": 2, "left": 2, "moved": 3, "moved out": 1, "moved ward": 1}
PLACES = ("Bắc Ninh", "Hưng Yên", "Đà Nẵng", "Thành phố Hồ Chí Minh")


def add_events(rng: Random, families: Sequence[Family], groups: Iterable[ResidentialGroup], helped: set[int]) -> int:
    """Record them; `helped` are the keys of households with help, which stay in their ward."""
    births = _births(families)
    by_ward: dict[Ward, list[ResidentialGroup]] = {}
    for group in groups:
        by_ward.setdefault(group.ward, []).append(group)
    acts: dict[str, Callable[[Household], dict]] = {
        "died": lambda household: _loss(rng, household, died=True),
        "left": lambda household: _loss(rng, household, died=False),
        "moved": lambda household: {
            "residential_group": rng.choice(by_ward[household.ward]),
            "address": _address(rng),
        },
        "moved ward": lambda household: _new_ward(rng, household, by_ward),
        "moved out": lambda _household: {"place": rng.choice(PLACES)},
    }
    services = {
        "died": life.lose_member, "left": life.lose_member, "moved": life.move_within,
        "moved ward": life.move_to_ward, "moved out": life.move_out,
    }  # fmt: skip
    queue = rng.sample([family.household for family in families], len(families))
    recorded = 0
    for what, share in PER_HUNDRED.items():
        wanted = len(families) * share // 100
        while wanted and queue:
            household = queue.pop()
            if what == "moved ward" and household.pk in helped:
                continue
            try:
                _record(rng, services[what], household, acts[what](household))
            except (ValidationError, LookupError):
                continue
            wanted -= 1
            recorded += 1
    return births + recorded


def _births(families: Sequence[Family]) -> int:
    events = [
        LifeEvent(
            household=family.household,
            kind=Happening.BORN,
            day=member.birth_date,
            ward=family.ward,
            member=member,
        )
        for family in families
        for member in family.members
        if member.birth_date and YEARS[1] <= member.birth_date.year <= YEARS[-1]
    ]
    LifeEvent.objects.bulk_create(events, batch_size=2000)
    return len(events)


def _record(rng: Random, service, household: Household, given: dict) -> None:
    day = date(2025, 1, 6) + timedelta(days=rng.randrange((LAST_DAY - date(2025, 1, 6)).days))
    service(by=current_actor(), household=household, version=household.version, day=day, **given)


def _loss(rng: Random, household: Household, *, died: bool) -> dict:
    """One of the old who died, one of the young who went to work elsewhere; raises LookupError where there is none."""
    members = household.members.exclude(relation=Relation.HEAD).filter(is_pupil=False)
    fitting: list[Member] = [
        each for each in members if (born(each).year < 1960 if died else 1990 <= born(each).year < 2006)
    ]
    return {"member": rng.choice(fitting), "died": died, **({} if died else {"place": rng.choice(PLACES)})}


def _new_ward(rng: Random, household: Household, by_ward: dict[Ward, list[ResidentialGroup]]) -> dict:
    ward = rng.choice([each for each in by_ward if each != household.ward])
    return {"ward": ward, "residential_group": rng.choice(by_ward[ward]), "address": _address(rng)}


def _address(rng: Random) -> str:
    return f"Số {rng.randint(1, 199)}, ngõ {rng.randint(1, 90)}"

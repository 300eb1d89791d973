"""Households that may be one: found when one is saved, asked about once, settled by a person.

What is alike enough is told by households/likeness.py. The database narrows first (the same number, the same
name, a like name born within a year), so that no more than a few dozen rows are compared however many
households there are.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from households.codes import Leaving
from households.likeness import LONG_GIVEN_NAME, Person, address_alike, slips, surely
from households.models import DuplicateCase, Household, Member
from wards.text import fold

MOST_CANDIDATES = 5000  # rows; never reached by real names, and a wall against invented ones
MANY = 2  # persons alike: that many need no address


class Reason(models.TextChoices):
    """What is alike in two households; kept in the case."""

    NUMBER = "number", gettext_lazy("the same CCCD/CMND")
    PERSON = "person", gettext_lazy("name and birth alike")
    ADDRESS = "address", gettext_lazy("address alike")
    FAMILY = "family", gettext_lazy("several persons alike")
    MERGED = "merged", gettext_lazy("alike to a household since found to be this one")


@dataclass
class Alike:
    """Another household that may be this one, and who in the two may be the same person."""

    household_id: int
    reasons: list[str]
    pairs: list[tuple[Member, Member]]
    by_number: list[tuple[Member, Member]] = field(default_factory=list)


# --- finding --------------------------------------------------------------------------------


def find_alike(household: Household, members: Sequence[Member]) -> list[Alike]:
    """Households on record that this one may repeat, in one query. The household and its members may be unsaved."""
    wanted = [_wanted(member) for member in members]
    if not any(wanted):
        return []
    at_home = Q(left_on=None, household__closed_on=None)
    candidates = (
        Member.objects.filter(_any(wanted), at_home | Q(left_as=Leaving.DIED))
        .exclude(household=household.pk)
        .select_related("household")
        .order_by("household_id", "pk")[:MOST_CANDIDATES]
    )
    by_household: dict[int, list[Member]] = {}
    for candidate in candidates:
        by_household.setdefault(candidate.household_id, []).append(candidate)
    found = (compare(household, members, those[0].household, those) for those in by_household.values())
    return [alike for alike in found if alike]


def compare(
    household: Household, members: Iterable[Member], other: Household, others: Iterable[Member]
) -> Alike | None:
    """What is alike in two households; None where it is too little to ask about."""
    others = list(others)
    by_number, pairs, sure = [], [], False
    for member in members:
        for candidate in others:
            if member.id_number and member.id_number == candidate.id_number:
                by_number.append((member, candidate))
            elif candidate.left_on is None and slips(_person(member), _person(candidate)) is not None:
                pairs.append((member, candidate))
                sure = sure or surely(_person(member), _person(candidate))
    if not (by_number or pairs):
        return None
    address = _same_place(household, other)
    family = len({member.pk or id(member) for member, _candidate in by_number + pairs}) >= MANY
    if not (by_number or sure or (pairs and address) or family):
        return None
    reasons = {Reason.NUMBER: by_number, Reason.PERSON: pairs, Reason.ADDRESS: address, Reason.FAMILY: family}
    told = [reason.value for reason, holds in reasons.items() if holds]
    return Alike(other.pk, told, by_number + pairs, by_number)


def those_like(person: Member, members: Iterable[Member]) -> list[Member]:
    """Who of a household's own members may be this person, typed a second time."""
    return [member for member in members if slips(_person(person), _person(member)) is not None]


def _same_place(household: Household, other: Household) -> bool:
    if household.address and other.address:
        return address_alike(household.address, other.address)
    group = household.residential_group_id
    return group is not None and group == other.residential_group_id


def _person(member: Member) -> Person:
    year = member.birth_date.year if member.birth_date else member.birth_year
    return Person(member.name, member.birth_date, year, member.sex, member.id_number)


def _wanted(member: Member) -> Q:
    """Rows of the database that could be this person. Wider than likeness, never narrower."""
    wanted = Q(id_number=member.id_number) if member.id_number else Q()
    key = fold(member.name)
    year = member.birth_date.year if member.birth_date else member.birth_year
    if not key or not year:
        return wanted
    rest, _space, given = key.rpartition(" ")
    like = Q(name_key=given)
    if rest:
        like = Q(name_key__endswith=f" {given}") | Q(name_key__endswith=f"{rest.split()[-1]}{given}")
        like |= Q(name_key__startswith=f"{given} ") | Q(name_key__contains=f" {given} ")  # words swapped
    if rest and len(given) >= LONG_GIVEN_NAME - 1:  # a shorter given name takes no slip
        sound = max(1, (len(given) - 2) // 2)  # letters at either end, one of which a single slip leaves alone
        like |= Q(name_key__startswith=f"{rest} {given[:sound]}")
        like |= Q(name_key__startswith=f"{rest} ") & Q(name_key__endswith=given[-sound:])
    return wanted | Q(name_key=key) | (Q(birth_year__range=(year - 1, year + 1)) & like)


def _any(conditions: Iterable[Q]) -> Q:
    result = Q()
    for condition in conditions:
        result |= condition
    return result


# --- cases ----------------------------------------------------------------------------------


def note_duplicates(household: Household) -> None:
    """Keep the cases of a household just saved: new likeness is asked about, what is no longer alike is not.

    Called inside the transaction of the save. What was settled stays settled.
    """
    members = household.members.filter(left_on=None)
    found = {} if household.closed_on else {alike.household_id: alike for alike in find_alike(household, members)}
    for case in DuplicateCase.objects.of(household).select_for_update():
        alike = found.pop(case.other_than(household), None)
        if case.state != DuplicateCase.State.OPEN or household.closed_on:
            continue
        if alike is None:
            if Reason.MERGED not in case.reasons:
                case.delete()
        elif case.reasons != alike.reasons and Reason.MERGED not in case.reasons:
            case.reasons = alike.reasons
            case.save()
    for other, alike in found.items():
        ask_about(household.pk, other, alike.reasons)


def ask_about(one: int, other: int, reasons: list[str]) -> None:
    """Put a pair into the queue, unless it stands there or was settled before."""
    first, second = sorted((one, other))
    DuplicateCase.objects.get_or_create(first_id=first, second_id=second, defaults={"reasons": reasons})


# --- words ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Doubt:
    """One sentence about a row of the sheet; `household` only where its reader may open it."""

    text: str
    person: str = ""
    household: Household | None = None

    def __str__(self) -> str:
        return f"{self.person}: {self.text}" if self.person else self.text

    @property
    def linked(self) -> str:
        """The sentence with a way to the household."""
        if self.household is None:
            return str(self)
        address, words = reverse("household-detail", args=[self.household.pk]), _("Open household %(code)s")
        return format_html('{} <a href="{}">{}</a>', self, address, words % {"code": self.household.code})


def warnings_about(household: Household, members: Sequence[Member], *, user) -> list[Doubt]:
    """What to tell who has just typed this. A household that they may not open is never named.

    Another ward's household is hinted at for the same number only: whether a person of this name and
    birth is known elsewhere is nobody's business but the district's.
    """
    alike = find_alike(household, members)
    if not alike:
        return []
    settled = _settled_with(household)
    alike = [each for each in alike if each.household_id not in settled]
    visible = Household.objects.visible_to(user).with_head().in_bulk([each.household_id for each in alike])
    told = []
    for each in alike:
        known = visible.get(each.household_id)
        for member, other in each.pairs if known else each.by_number:
            told.append(Doubt(_sentence(each, member, other, known), member.name, known))
    return list(dict.fromkeys(told))


def elsewhere() -> str:
    """All that is said of another ward's household."""
    return _(
        "This number is already held in a household of another ward. You may still save it; the district will check."
    )


def _sentence(alike: Alike, member: Member, other: Member, known: Household | None) -> str:
    if known is None:
        return elsewhere()
    about = {"code": known.code, "name": other.name, "head": known.head_name or known.code, "birth": other.birth}
    if (member, other) not in alike.by_number:
        return _("household %(code)s (head %(head)s) has %(name)s, born %(birth)s. Is it the same person?") % about
    if other.left_as == Leaving.DIED:
        return _("this number is held by %(name)s, who died, household %(code)s (head %(head)s).") % about
    return _("this number is already held by %(name)s, household %(code)s (head %(head)s).") % about


def _settled_with(household: Household) -> set[int]:
    if not household.pk:
        return set()
    settled = DuplicateCase.objects.of(household).filter(state=DuplicateCase.State.DIFFERENT)
    return {case.other_than(household) for case in settled}

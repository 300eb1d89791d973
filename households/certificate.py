"""What the certificate of a poor or near-poor household (Mẫu 03 of QĐ 24/2021/QĐ-TTg) says, for page and Word alike.

The document is Vietnamese whatever language the page around it is read in. Its heading follows NĐ 30/2020/NĐ-CP.
"""

import re
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import override

from accounts.context import FIRST_YEAR
from households.codes import LISTED, Classification, Sex
from households.models import Indicator, PovertyStatus
from households.snapshot import belonged

BLANK = "…………"
SERIES = "GCN-HN.HCN"


def lacking_for_certificate(status: PovertyStatus) -> str:
    """What must be entered before a certificate can be printed, in a sentence; empty where nothing is lacking."""
    if status.classification not in LISTED:
        words = {"year": status.year, "class": status.get_classification_display()}
        return _("Only a poor or near-poor household gets a certificate; in %(year)d this one is: %(class)s.") % words
    if not (status.decision_number and status.decision_date):
        return _("Enter the number and date of the decision that recognises the household in %(year)d first.") % {
            "year": status.year
        }
    return ""


@dataclass(frozen=True)
class Person:
    number: int
    name: str
    ethnicity: str
    relation: str
    born_male: str
    born_female: str
    note: str


@dataclass(frozen=True)
class Block:
    """One year of part II: the class that was recognised and what the household was deprived of."""

    year: int
    classification: str
    ticks: tuple[tuple[str, bool], ...]
    confirmed: str

    @property
    def poor(self) -> bool:
        return self.classification == Classification.POOR

    @property
    def near_poor(self) -> bool:
        return self.classification == Classification.NEAR_POOR


@dataclass(frozen=True)
class Certificate:
    body: str  # “phường Đồng Mai”
    place: str
    number: str
    day: str
    decision: str
    decision_day: str
    head: str
    ethnicity: str
    id_number: str
    address: str
    people: tuple[Person, ...]
    blocks: tuple[Block, ...]


def certificate_of(status: PovertyStatus, *, revealed: bool) -> Certificate:
    """What the certificate says; the head's personal number is masked unless it is to be shown."""
    household, ward = status.household, status.ward
    members = [member for member in household.members.all() if belonged(member, status.year)]
    members.sort(key=lambda member: (member.relation != "head", member.birth_year or 9999, member.pk))
    head = members[0] if members else None
    address = [household.address]
    if status.residential_group and status.residential_group.name.lower() not in household.address.lower():
        address.append(status.residential_group.name)
    address.append(f"{ward.unit_type} {ward.name}")
    with override("vi"):
        return Certificate(
            body=f"{ward.unit_type} {ward.name}",
            place=ward.name,
            number=_number(status.certificate_number),
            day=_day(status.certificate_date or status.decision_date),
            decision=status.decision_number,
            decision_day=f"{status.decision_date:%d/%m/%Y}",
            head=head.name if head else household.code,
            ethnicity=head.get_ethnicity_display() if head else "",
            id_number=((head.id_number if revealed else head.masked_id_number) or BLANK) if head else BLANK,
            address=", ".join(part for part in address if part),
            people=tuple(_person(number, member) for number, member in enumerate(members, 1)),
            blocks=tuple(_blocks(status)),
        )


def _number(typed: str) -> str:
    """“12” is written 12/GCN-HN.HCN, numbers below ten with a zero; what was typed in full stays."""
    if re.fullmatch(r"[0-9]{1,6}", typed):
        return f"{int(typed):02d}/{SERIES}"
    return typed or f"{BLANK}/{SERIES}"


def _day(day: date) -> str:
    """As NĐ 30/2020 writes it: days below 10 and the first two months with a zero."""
    month = f"{day.month:02d}" if day.month < 3 else str(day.month)
    return f"ngày {day.day:02d} tháng {month} năm {day.year}"


def _person(number: int, member) -> Person:
    born = str(member.birth_year or "")
    return Person(
        number=number,
        name=member.name,
        ethnicity=member.get_ethnicity_display(),
        relation=str(member.get_relation_display()),
        born_male=born if member.sex == Sex.MALE else "",
        born_female=born if member.sex == Sex.FEMALE else "",
        note=f"rời hộ {member.left_on:%d/%m/%Y}" if member.left_on else "",
    )


def _blocks(status: PovertyStatus) -> list[Block]:
    """A block for every year of the standard since the programme began; years not recognised stay empty to be filled."""
    standard = status.standard
    years = range(max(standard.from_year, FIRST_YEAR), (standard.to_year or status.year) + 1)
    judged = PovertyStatus.objects.filter(household=status.household_id, standard=standard, year__in=years)
    by_year = {each.year: each for each in judged.prefetch_related("deprivations")}
    names = {indicator.code: indicator.name for indicator in standard.indicators_in(status.year)}
    return [_block(year, by_year.get(year), names) for year in years]


def _block(year: int, status: PovertyStatus | None, names: dict[str, str]) -> Block:
    recognised = bool(status and status.classification in LISTED and status.decision_number)
    ticked: set[str] = set()
    if recognised:
        ticks: list[Indicator] = list(status.deprivations.all())
        ticked = {each.code for each in ticks}
        names = names | {each.code: each.name for each in ticks}
    return Block(
        year=year,
        classification=status.classification if recognised else "",
        ticks=tuple((name, code in ticked) for code, name in names.items()),
        confirmed=_day(status.decision_date) if recognised and status.decision_date else "",
    )

"""Invented families and what became of them from 2020 to 2024: nobody is poor or near-poor at the end."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random

from hadong_poverty.sample.names import Numbers, family_name, full_name
from households.codes import (
    LISTED,
    Cause,
    Classification,
    DisabilityDegree,
    DisabilityKind,
    Occupation,
    Relation,
    Sex,
)
from households.models import Household, Member
from wards.models import ResidentialGroup, Ward

YEARS = range(2020, 2025)
LAST_DAY = date(2025, 6, 30)  # the day the district, and with it most of its wards, ended
DEFAULT_HOUSEHOLDS = 600

# How many of 600 families went which way; one class a year, 2020 to 2024.
COURSES = {
    "N N N N KK": 4, "N N N CN K": 4, "N N CN CN K": 8, "N N CN N KK": 2, "N CN CN CN K": 10, "N CN CN K K": 10,
    "N CN K K K": 7,
    "CN CN CN CN K": 60, "CN CN CN CN KK": 20, "CN CN CN K K": 62, "CN CN CN KK KK": 18, "CN CN K K K": 44,
    "CN CN KK KK K": 12, "CN K K K K": 30, "CN KK KK K K": 12, "CN CN N CN K": 2,
    # newly on the list
    "K CN CN CN K": 6, "KK CN CN K K": 8, "KK KK CN CN K": 8, "K K CN K K": 5, "KK KK KK CN KK": 5, "KK N CN K K": 3,
    "K KK N CN K": 2,
    # relapses: one in 2022, two in 2023, none in 2024
    "CN K CN CN K": 1, "CN CN K CN K": 1, "N CN K N K": 1,
    # never on the list
    "KK KK KK KK KK": 117, "KK KK KK K K": 45, "KK KK KK KK K": 43, "K K K K K": 50,
}  # fmt: skip

_SCHOOLS = ((6, "Mầm non"), (11, "Tiểu học"), (15, "THCS"), (18, "THPT"))


@dataclass(eq=False)
class Family:
    """A household with its members and its class at the end of each year, not yet saved."""

    household: Household
    members: list[Member] = field(default_factory=list)
    classes: dict[int, str] = field(default_factory=dict)

    @property
    def ward(self) -> Ward:
        return self.household.ward

    def standing(self, year: int) -> str:
        """The class by which help is given in a year: the list decided at the end of the year before."""
        return self.classes[max(year - 1, YEARS[0])]

    def left_the_list(self, year: int) -> bool:
        """Off the list in this year, on it at most three years earlier."""
        before = [self.classes[past] for past in YEARS if year - 4 <= past < year - 1]
        return self.standing(year) not in LISTED and any(each in LISTED for each in before)

    def size(self, year: int) -> int:
        return sum(born(member) <= date(year, 12, 31) for member in self.members)


def born(member: Member) -> date:
    return member.birth_date or date(member.birth_year, 7, 1)


def age(member: Member, day: date) -> int:
    birth = born(member)
    return day.year - birth.year - ((day.month, day.day) < (birth.month, birth.day))


def shares(weights: Sequence[int], total: int) -> list[int]:
    """Split a number by weights into whole parts that add up to it."""
    whole = sum(weights)
    parts = [total * weight // whole for weight in weights]
    by_remainder = sorted(range(len(parts)), key=lambda index: -(total * weights[index] % whole))
    for index in by_remainder[: total - sum(parts)]:
        parts[index] += 1
    return parts


def invent_groups(rng: Random, wards: Sequence[Ward]) -> list[ResidentialGroup]:
    return [
        ResidentialGroup(ward=ward, number=number, name=f"Tổ dân phố {number}")
        for ward in wards
        for number in range(1, rng.randint(8, 20) + 1)
    ]


def invent_families(rng: Random, groups: Sequence[ResidentialGroup], count: int) -> list[Family]:
    """So many families, spread over all wards, whose classes follow COURSES exactly in proportion."""
    by_ward: dict[Ward, list[ResidentialGroup]] = {}
    for group in groups:
        by_ward.setdefault(group.ward, []).append(group)
    wards = list(by_ward)
    courses = [
        course.split()
        for course, times in zip(COURSES, shares(list(COURSES.values()), count), strict=True)
        for _ in range(times)
    ]
    rng.shuffle(courses)
    numbers = Numbers()
    families = []
    for ward, families_here in zip(wards, shares([rng.randint(8, 14) for _ in wards], count), strict=True):
        for number in range(1, families_here + 1):
            group = rng.choice(by_ward[ward])
            family = Family(_household(rng, group, number), classes=dict(zip(YEARS, courses.pop(), strict=True)))
            family.members = _members(rng, family.household, numbers)
            family.household.lacks_labour = not any(_able(member) for member in family.members)
            families.append(family)
    return families


def _household(rng: Random, group: ResidentialGroup, number: int) -> Household:
    place = rng.choice(("Ngõ", "Ngách", "Hẻm"))
    return Household(
        code=f"{group.ward.code}-{number:04d}",
        ward=group.ward,
        residential_group=group,
        address=f"Số {rng.randint(1, 199)}, {place.lower()} {rng.randint(1, 90)}, {group.name.lower()}",
        # No telephone: any number that looks right could ring at somebody's.
        has_merit=rng.random() < 0.03,
    ).prepare()


# --- members --------------------------------------------------------------------------------


def _members(rng: Random, household: Household, numbers: Numbers) -> list[Member]:
    ethnicity = rng.choices(("01", "02", "06", "07"), weights=(96, 1, 2, 1))[0]
    people = list(_composition(rng))[:6]
    made = []
    for relation, sex, years, family in people:
        birth = _birthday(rng, years)
        member = Member(
            household=household,
            name=full_name(rng, family, sex),
            relation=relation,
            sex=sex,
            birth_date=None if years > 60 and rng.random() < 0.2 else birth,
            birth_year=birth.year,
            ethnicity=ethnicity,
        )
        _describe(rng, member, numbers)
        made.append(member.prepare())
    return made


def _birthday(rng: Random, years: int) -> date:
    """A day of birth that makes a person this old on 31/12/2024."""
    return date(2024 - years, 1, 1) + timedelta(days=rng.randrange(365))


def _composition(rng: Random) -> Iterator[tuple[str, str, int, str]]:
    """(relation, sex, age at the end of 2024, surname): two to six people who can be one family."""
    kind = rng.choices(("couple", "mother", "grandparents"), weights=(5, 3, 3))[0]
    surname = family_name(rng)
    sexes = (Sex.MALE, Sex.FEMALE)
    if kind == "grandparents":
        head_age = rng.randint(57, 78)
        head_sex = rng.choice(sexes)
        yield Relation.HEAD, head_sex, head_age, surname
        line = surname if head_sex == Sex.MALE else family_name(rng)
        if rng.random() < 0.6:
            spouse_sex = Sex.FEMALE if head_sex == Sex.MALE else Sex.MALE
            yield (
                Relation.SPOUSE,
                spouse_sex,
                head_age + rng.randint(-5, 4),
                line if spouse_sex == Sex.MALE else family_name(rng),
            )
        child_sex, child_age = rng.choice(sexes), min(head_age - rng.randint(22, 30), 48)
        yield Relation.CHILD, child_sex, child_age, line
        grandchild_line = line if child_sex == Sex.MALE else family_name(rng)
        if rng.random() < 0.5:
            in_law = Sex.FEMALE if child_sex == Sex.MALE else Sex.MALE
            name = grandchild_line if in_law == Sex.MALE else family_name(rng)
            yield Relation.CHILD_IN_LAW, in_law, child_age + rng.randint(-3, 3), name
        for years in _children(rng, child_age, rng.choice((1, 1, 2))):
            yield Relation.GRANDCHILD, rng.choice(sexes), years, grandchild_line
        return
    head_age = rng.randint(31, 54)
    head_sex = Sex.FEMALE if kind == "mother" else rng.choices(sexes, weights=(3, 1))[0]
    yield Relation.HEAD, head_sex, head_age, surname
    line = surname if head_sex == Sex.MALE else family_name(rng)
    if kind == "couple":
        spouse_sex = Sex.FEMALE if head_sex == Sex.MALE else Sex.MALE
        spouse_line = line if spouse_sex == Sex.MALE else family_name(rng)
        yield Relation.SPOUSE, spouse_sex, max(head_age + rng.randint(-5, 3), 28), spouse_line
    for years in _children(rng, head_age, rng.choices((1, 2, 3), weights=(4, 5, 2))[0]):
        yield Relation.CHILD, rng.choice(sexes), years, line
    if rng.random() < 0.25:
        yield Relation.PARENT, Sex.FEMALE, head_age + rng.randint(22, 32), family_name(rng)


def _children(rng: Random, parent_age: int, count: int) -> list[int]:
    """Ages of siblings, eldest first, none born before the parent was 20; most of them of school age."""
    eldest = min(parent_age - 20, rng.randint(6, 21))
    ages = [max(eldest, 1)]
    while len(ages) < count and ages[-1] > 3:
        ages.append(ages[-1] - rng.randint(2, min(6, ages[-1] - 1)))
    return ages


def _describe(rng: Random, member: Member, numbers: Numbers) -> None:
    years = 2024 - member.birth_year
    if rng.random() < 0.05:
        member.disability_kind = rng.choice(DisabilityKind.values)
        member.disability_degree = rng.choices(DisabilityDegree.values, weights=(1, 3, 2))[0]
    if 3 <= years <= 17 and (years < 15 or rng.random() < 0.95):
        member.is_pupil, member.occupation = True, Occupation.STUDYING
        level = next(level for until, level in _SCHOOLS if years < until)
        member.school = f"Trường {level} phường {member.household.ward.name}"
    elif 18 <= years <= 22 and rng.random() < 0.5:
        member.occupation = Occupation.STUDYING
    elif years >= 18:
        at_work = years < 62 and not member.disability_kind and rng.random() < 0.85
        member.occupation = Occupation.WORKING if at_work else Occupation.NOT_WORKING
    number = numbers.issue(rng, member.sex, member.birth_year)
    if years >= 14 and rng.random() < 0.97:
        member.id_number = number
    if years < 6 or rng.random() < 0.9:
        member.has_health_insurance = True
        group = "TE1" if years < 6 else "HS4" if member.is_pupil else "GD4"
        member.health_card_number = numbers.health_card(group)


def _able(member: Member) -> bool:
    years = 2024 - member.birth_year
    return 16 <= years < 61 and member.disability_degree not in {DisabilityDegree.SEVERE, DisabilityDegree.MOST_SEVERE}


# --- points, deprivations, causes of a year ---------------------------------------------------


@dataclass(frozen=True)
class Review:
    """What the review sheet of a household-year says; consistent with its class by the standard of the year."""

    income: int
    b1: int
    b2: int
    causes: tuple[str, ...]


# Class → income in 10 000 đồng a person a month, B1, number of deprivations. To 2021 the city's line stood at
# 1.4 million, its minimum living line at 1.95; from 2022 urban 175 points of B1 stand for 2 million.
_SHEETS = {
    (2020, 2021): {
        Classification.POOR: ((70, 140), (65, 140), (1, 5)),
        Classification.NEAR_POOR: ((141, 195), (141, 175), (0, 2)),
        Classification.HARDSHIP: ((197, 260), (176, 190), (0, 2)),
        Classification.NOT_POOR: ((220, 500), (182, 260), (0, 1)),
    },
    (2022, 2024): {
        Classification.POOR: ((90, 200), (80, 175), (3, 6)),
        Classification.NEAR_POOR: ((120, 200), (125, 175), (0, 2)),
        Classification.HARDSHIP: ((201, 280), (176, 195), (0, 2)),
        Classification.NOT_POOR: ((230, 600), (185, 270), (0, 1)),
    },
}


def review(rng: Random, year: int, classification: str) -> Review:
    sheets = next(sheets for (first, last), sheets in _SHEETS.items() if first <= year <= last)
    income, b1, deprivations = sheets[Classification(classification)]
    causes = ()
    if classification in LISTED:
        causes = tuple(sorted(rng.sample(Cause.values, rng.choice((1, 1, 2)))))
    return Review(rng.randint(*income) * 10_000, rng.randint(*b1), 10 * rng.randint(*deprivations), causes)


def national_class(year: int, classification: str, sheet: Review) -> str:
    """The class by the national standard, whose line lay below the city's until 2021."""
    if year >= 2022:
        return classification if classification in LISTED else Classification.NOT_POOR
    if sheet.income <= 900_000 or (sheet.income <= 1_300_000 and sheet.b2 >= 30):
        return Classification.POOR
    return Classification.NEAR_POOR if sheet.income <= 1_300_000 else Classification.NOT_POOR

"""The household as it was on the day it was judged, written into the status of that year.

What groups, ages and heads a closed year counts must not change when the household does (report tables
R8, R9, R11–R13), so the status keeps them. Whatever the officer gave is kept; only what is unknown is filled.
"""

from collections.abc import Iterable
from datetime import date

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from households.codes import Relation, Sex
from households.models import Household, Member, PovertyStatus

CHILD_UNDER = 16  # indicator 3 and 6 of NĐ 07/2021: children under 16
SCHOOL_FROM = 3
OF_CHILDREN = ("children_undernourished", "children_uninsured", "children_out_of_school")


def age_in(member: Member, year: int) -> int | None:
    """Full years at the end of a year; None where the birth is not on record."""
    return year - member.birth_year if member.birth_year else None


def belonged(member: Member, year: int) -> bool:
    """Whether the person was of the household at the end of the year, as far as is on record."""
    last = date(year, 12, 31)
    joined = member.joined_on or member.birth_date
    return (
        (member.left_on is None or member.left_on > last)
        and (joined is None or joined <= last)
        and (member.birth_year is None or member.birth_year <= year)
    )


def remember_household(status: PovertyStatus, household: Household, members: Iterable[Member]) -> PovertyStatus:
    """Fill what the status does not know of its household; `members` may include those who have left since."""
    of_that_day = [member for member in members if belonged(member, status.year)]
    head = next((member for member in of_that_day if member.relation == Relation.HEAD), None)
    children = [
        (member, age)
        for member in of_that_day
        if (age := age_in(member, status.year)) is not None and age < CHILD_UNDER
    ]
    known = {
        "ethnicity": head.ethnicity if head else "",
        "head_is_female": head.sex == Sex.FEMALE if head else None,
        "lacks_labour": household.lacks_labour,
        "has_merit": household.has_merit,
        "on_social_protection": household.on_social_protection,
        "children": len(children),
        "children_uninsured": sum(not member.has_health_insurance for member, _age in children),
        "children_out_of_school": sum(age >= SCHOOL_FROM and not member.is_pupil for member, age in children),
    }
    for name, value in known.items():
        if getattr(status, name) in (None, ""):
            setattr(status, name, value)
    if status.residential_group_id is None:
        status.residential_group_id = _group_of_that_year(status, household)
    return status


def _group_of_that_year(status: PovertyStatus, household: Household) -> int | None:
    """The group it lives in now, or of a household that has left the ward since, that of its home there."""
    if status.ward_id == household.ward_id:
        return household.residential_group_id
    place = household.place_on(date(status.year, 12, 31))
    return place[1] if place and place[0].pk == status.ward_id else None


def require_so_many_children(status: PovertyStatus) -> None:
    """Raise ValidationError, by field, where more children lack something than there are; `status` remembers them."""
    over = [name for name in OF_CHILDREN if (getattr(status, name) or 0) > status.children]
    if over:
        raise ValidationError({name: _("More than there are children.") for name in over})

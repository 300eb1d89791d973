"""Which group of beneficiaries follows from the class of a household."""

from collections import defaultdict
from collections.abc import Collection
from datetime import date

from households.codes import LISTED, Classification
from households.models import Household, PovertyStandard, PovertyStatus
from support.codes import BeneficiaryGroup

GROUP_OF = {
    Classification.POOR: BeneficiaryGroup.POOR,
    Classification.NEAR_POOR: BeneficiaryGroup.NEAR_POOR,
    Classification.HARDSHIP: BeneficiaryGroup.HARDSHIP,
}


def usual_group(household: Household, day: date) -> str:
    """The beneficiary group that follows from the household's class on the day; empty where none is recorded."""
    return usual_groups([household.pk], _list_in_force(household, day)).get(household.pk, "")


def _list_in_force(household: Household, day: date) -> int:
    """The year whose class counts on the day: the one before, unless the day's own was decided by then.

    Where only the day's own year is on record, that one.
    """
    statuses = PovertyStatus.objects.at_level(PovertyStandard.Level.CITY).filter(household=household)
    found = statuses.filter(year__in=(day.year - 1, day.year)).order_by("standard__from_year")
    decided = {status.year: status.decision_date or status.reviewed_on for status in found}
    own = decided.get(day.year)
    return day.year if day.year - 1 not in decided or (own and own <= day) else day.year - 1


def usual_groups(households: Collection[int], year: int) -> dict[int, str]:
    """The groups that follow from the list of a year, in one query; households of no group are left out."""
    statuses = PovertyStatus.objects.at_level(PovertyStandard.Level.CITY).filter(
        household__in=households, year__lte=year
    )
    classes: dict[int, dict[int, str]] = defaultdict(dict)
    for household, of_year, classification in statuses.order_by("standard__from_year").values_list(
        "household", "year", "classification"
    ):
        classes[household][of_year] = classification
    groups = {household: _group(by_year, year) for household, by_year in classes.items()}
    return {household: group for household, group in groups.items() if group}


def _group(by_year: dict[int, str], year: int) -> str:
    if by_year.get(year) == Classification.NOT_POOR:
        was_listed = any(by_year[earlier] in LISTED for earlier in by_year if earlier < year)
        return BeneficiaryGroup.ESCAPED if was_listed else ""
    return GROUP_OF.get(by_year.get(year), "")

"""The list of households as a workbook: exactly the rows of the filter."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import IO

from django.db.models import Prefetch, QuerySet
from django.utils.translation import gettext as _

from households import identity
from households.codes import Movement, Relation, Sex
from households.models import Household, Member, PovertyStandard, PovertyStatus
from households.strip import STRIP_YEARS, movement_of, official, years_on_record
from wards.sheets import COUNT, SheetColumn, list_workbook

CITY = PovertyStandard.Level.CITY


def household_workbook(
    rows: QuerySet[Household], *, year: int, level: str, conditions: Sequence[tuple[str, str]], by, at: datetime
) -> IO[bytes]:
    """One row a household, in the order of the list. Personal numbers are masked: a file leaves the building."""
    asked = "; ".join(f"{label}: {value}" for label, value in conditions)
    notes = [
        asked or _("Everything this person may see."),
        _("Years: class by the city standard. N poor, CN near-poor, KK in hardship, K not poor, empty: not recorded."),
        _("Exported on %(day)s by %(person)s.") % {"day": f"{at:%d/%m/%Y %H:%M}", "person": by},
    ]
    columns = [
        SheetColumn(_("Household code"), width=14),
        SheetColumn(_("Head of household"), width=28),
        SheetColumn(_("Sex"), width=8),
        SheetColumn(_("Birth"), width=12),
        SheetColumn(_("CCCD/CMND"), width=16),
        SheetColumn(_("Ward"), width=26),
        SheetColumn(_("Residential group"), width=20),
        SheetColumn(_("Address"), width=32),
        SheetColumn(_("Persons"), COUNT),
        *(SheetColumn(str(each), width=7) for each in STRIP_YEARS),
        SheetColumn(_("Movement in %(year)d") % {"year": year}, width=30),
    ]
    return list_workbook(title=_("Households"), notes=notes, columns=columns, rows=_rows(rows, year=year, level=level))


def _rows(households: QuerySet[Household], *, year: int, level: str) -> Iterator[tuple]:
    known = years_on_record(level, range(year - 1, year))
    standards = PovertyStandard.objects.in_bulk()
    sexes = {code: str(label) for code, label in Sex.choices}
    wards: dict[int, str] = {}
    # Only what a row shows: at 20,000 households the rest would cost more than the workbook itself.
    heads = Member.objects.filter(relation=Relation.HEAD, left_on=None).only(
        "household", "name", "sex", "birth_date", "birth_year", "id_number"
    )
    statuses = PovertyStatus.objects.with_arrival().only("household", "year", "standard", "classification").order_by()
    households = households.prefetch_related(
        Prefetch("statuses", statuses, to_attr="judged"), Prefetch("members", heads, to_attr="heads")
    )
    for household in households.iterator(chunk_size=1000):
        head = household.heads[0] if household.heads else Member()
        for status in household.judged:
            status.standard = standards[status.standard_id]
        city = official(household.judged, CITY)
        by_year = {status.year: status.classification for status in city}
        yield (
            household.code,
            head.name,
            sexes.get(head.sex, ""),
            head.birth,
            identity.masked(head.id_number),
            wards.get(household.ward_id) or wards.setdefault(household.ward_id, str(household.ward)),
            household.residential_group.name if household.residential_group else "",
            household.address,
            household.size,
            *(by_year.get(each, "") for each in STRIP_YEARS),
            _movement(city if level == CITY else official(household.judged, level), year, known),
        )


def _movement(history: list[PovertyStatus], year: int, known: set[int]) -> str:
    for status in history:
        if status.year == year and (movement := movement_of(status, history, known)):
            return str(Movement(movement).label)
    return ""

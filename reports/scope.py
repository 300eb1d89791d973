"""Whose figures, of which years, by which standard: what every table of a report shares."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from urllib.parse import urlencode

from django.db.models import F
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.models.scope import wards_of
from households.models import CollectiveStatus, Household, PovertyStandard, PovertyStatus
from households.movement import Place
from reports.models import Programme
from reports.table import Cell
from support.entitlement import at_home
from support.models import FundingLine, SupportAction
from support.models.action import place_of_action
from wards.models import Ward, WardPopulation
from wards.succession import UNPLACED, UNPLACED_WORD, MapChoice, MapOfDay

CITY = PovertyStandard.Level.CITY.value
# Where no programme has been loaded yet, its years are those of 06-CTr/QU.
DEFAULT_YEARS = (2020, 2025)


class UnknownWard(ValueError):
    """No ward, or more than one, answers to what was asked."""


def find_ward(text: str, user: User, *, on: date) -> Ward:
    """A ward by `CODE` or `CODE@YYYY-MM-DD`, the ward that bore the code on the day.

    Without a day: the ward that bore it on `on`, else the only one. Raises UnknownWard, also for a
    ward this person may not count.
    """
    code, _at, day = text.partition("@")
    known = list((wards_of(user) if user.is_officer else Ward.objects.all()).filter(code=code))
    if day:
        try:
            on = date.fromisoformat(day)
        except ValueError:
            raise UnknownWard(_("Write the day as YYYY-MM-DD: %(text)s") % {"text": text}) from None
    found = [ward for ward in known if ward.existed_on(on)]
    if not found and not day and len(known) == 1:
        found = known
    if len(found) != 1:
        choices = ", ".join(f"{ward.code}@{max(ward.valid_from, date(2020, 1, 1))} ({ward})" for ward in known)
        message = _("No ward %(text)s. Known: %(choices)s.") % {"text": text, "choices": choices or "—"}
        raise UnknownWard(message)
    return found[0]


def unplaced_label() -> str:
    return _("Not placed on today's map")


@dataclass(frozen=True)
class Scope:
    """Everything a table needs to choose its rows: the reader, one ward or all, the years, the standard's level.

    `map`: whether rows belong to the ward of their day, or to the ward in which that place lies today; `ward`
    is then a ward of today.
    """

    user: User
    ward: Ward | None
    first: int
    last: int
    level: str = CITY
    map: str = MapChoice.AS_WAS

    @cached_property
    def programme(self) -> Programme | None:
        return Programme.objects.first()

    @property
    def years(self) -> Sequence[int]:
        return range(self.first, self.last + 1)

    @property
    def last_day(self) -> date:
        """The day on which a balance of the period is drawn: its last, or today where that has not come."""
        return min(date(self.last, 12, 31), timezone.localdate())

    @property
    def covers_programme(self) -> bool:
        """Only then may records be counted whose beginning or end was never published."""
        first, last = self.programme_years
        return self.first <= first and self.last >= last

    @property
    def programme_years(self) -> tuple[int, int]:
        return (self.programme.first_year, self.programme.last_year) if self.programme else DEFAULT_YEARS

    @property
    def is_whole_district(self) -> bool:
        return self.ward is None and self.user.sees_whole_district

    @property
    def label(self) -> str:
        where = self._where()
        if self.today is None:
            return where
        day = date_format(self.today.day, "SHORT_DATE_FORMAT")
        return _("%(where)s · on the map of %(day)s") % {"where": where, "day": day}

    def _where(self) -> str:
        if self.ward:
            return str(self.ward)
        if self.user.sees_whole_district:
            return _("Whole district")
        return ", ".join(str(ward) for ward in self.user.wards.all()) or _("No ward")

    @property
    def key(self) -> str:
        return self.ward.identity if self.ward else "district"

    # --- the map ---

    @cached_property
    def today(self) -> MapOfDay | None:
        """Today's map, where rows are placed on it; None: every row stands in the ward of its day."""
        return MapOfDay.read(timezone.localdate()) if self.map == MapChoice.TODAY else None

    @property
    def place(self) -> Place | None:
        """Where a status or an event counts, from its ward, group and household; None: in the ward of its day.

        What an officer may not open is nowhere: today's ward may lie where another ward's past was.
        """
        if self.today is None:
            return None
        if self.user.sees_whole_district:
            return lambda ward, group, household: self.today.place(ward, group)
        own = set(Household.objects.visible_to(self.user).values_list("pk", flat=True))
        return lambda ward, group, household: self.today.place(ward, group) if household in own else None

    def wards_among(self, places: Iterable[int | None]) -> list[Ward]:
        """The wards of a table's rows: the programme's, then those outside it."""
        wards = Ward.objects.filter(pk__in=[place for place in places if place])
        return sorted(wards, key=lambda ward: not ward.in_programme)

    def ward_label(self, ward: Ward) -> str:
        return str(ward) if ward.in_programme else _("%(ward)s, outside the programme's area") % {"ward": ward}

    # --- rows that may be counted ---

    def actions(self):
        return self.all_actions().in_years(self.first, self.last, open_ended=self.covers_programme)

    def all_actions(self):
        """Standing actions of any period; used to say how many the period leaves out. Each with its `place`."""
        if self.today and not self.user.sees_whole_district:
            actions = SupportAction.objects.visible_to(self.user)
        else:
            actions = SupportAction.objects.countable_by(self.user)
        actions = actions.standing().annotate(place=self._place_of_action())
        wards = self.ward_keys() if self.today else {self.ward.pk} if self.ward else None
        return actions if wards is None else actions.filter(place__in=wards)

    def lines(self, actions=None):
        """Funding lines of the actions in scope, each with the `place` of its action."""
        actions = self.actions() if actions is None else actions
        lines = FundingLine.objects.filter(action__in=actions.order_by().values("pk")).order_by()
        return lines.annotate(place=self._place_of_action("action__"))

    def _place_of_action(self, prefix: str = ""):
        return place_of_action(self.today, prefix) if self.today else F(f"{prefix}ward")

    def statuses(self, first: int | None = None):
        """Official statuses of the scope's years, each with its `place`: the ward of its day, or today's."""
        return self._statuses(self.level, first or self.first, self.last)

    def households(self):
        """Households that lived in the scope's wards at the end of its last year, or live there still."""
        return at_home(self.user, self.last, self.ward, self.today)

    def _statuses(self, level: str, first: int, last: int):
        statuses = PovertyStatus.objects.at_level(level).in_years(first, last).order_by()
        wards = self._wards()
        if self.today is None:
            statuses = statuses.annotate(place=F("ward"))
            return statuses if wards is None else statuses.in_wards(wards)
        if not self.user.sees_whole_district:
            statuses = statuses.visible_to(self.user)
        statuses = statuses.annotate(place=self.today.places())
        return statuses if wards is None else statuses.filter(place__in=self.ward_keys())

    def populations(self):
        """Residents by ward. On today's map a ward's are unknown in years for which a part of it was counted elsewhere."""
        populations = WardPopulation.objects.filter(year__gte=self.first, year__lte=self.last).order_by()
        wards = self.ward_keys()
        if wards is None:
            return populations
        if self.today is None:
            return populations.filter(ward__in=wards)
        counted, whole = self.today.counted_whole(wards)
        in_part = populations.filter(ward__in=counted - whole).values("year")
        return populations.filter(ward__in=whole).exclude(year__in=in_part)

    def collective_statuses(self):
        counts = CollectiveStatus.objects.countable_by(self.user).filter(
            level=self.level, year__gte=self.first, year__lte=self.last
        )
        return counts.filter(ward=self.ward)

    def ward_keys(self) -> set[int] | None:
        """Keys of the wards counted; None: all."""
        wards = self._wards()
        return None if wards is None else {ward.pk for ward in wards}

    def _wards(self):
        """None: no restriction."""
        if self.ward:
            return [self.ward]
        return None if self.user.sees_whole_district else self.user.wards.all()

    # --- where the rows behind a figure are listed ---

    def actions_url(self, **filters) -> str:
        """The list of actions behind a figure; empty for a reader who gets figures, never rows."""
        if not self.user.has_perm("support.view_supportaction"):
            return ""
        asked = {"first_year": self.first, "last_year": self.last}
        if self.covers_programme:
            asked["open_ended"] = 1
        return self._url("action-list", asked | filters)

    def action_links(self, cells: Mapping[str, Cell], asked_of: Callable[[str], dict]) -> dict[str, str]:
        """The lists behind the figures of a row that are not nought, by column; `asked_of` says what each asks for."""
        urls = {column: self.actions_url(**asked_of(column)) for column, value in cells.items() if value}
        return {column: url for column, url in urls.items() if url}

    def statuses_url(self, year: int, **filters) -> str:
        """The list of households behind a figure of one year."""
        if not self.user.has_perm("households.view_household"):
            return ""
        return self._url("household-list", {"year": year, "level": self.level} | filters)

    def fund_url(self, code: str, **asked) -> str:
        """A fund's ledger of a year."""
        if not self.user.has_perm("support.view_receipt"):
            return ""
        return f"{reverse('fund-detail', args=[code])}?{urlencode(asked)}"

    def not_reached_url(self, code: str, **asked) -> str:
        """The people behind a gap of the last year."""
        if not self.user.has_perm("support.view_supportaction"):
            return ""
        return self._url("not-reached-rule", {"year": self.last} | asked, code)

    def _url(self, name: str, filters: dict, *of: str) -> str:
        # `ward` is always said, also when empty: a list opened without it starts in the reader's working ward.
        filters = {"ward": self.ward.pk if self.ward else ""} | filters
        if self.today:
            filters["map"] = MapChoice.TODAY.value
            filters["ward"] = UNPLACED_WORD if filters["ward"] == UNPLACED else filters["ward"]
        return f"{reverse(name, args=of)}?{urlencode(filters, doseq=True)}"

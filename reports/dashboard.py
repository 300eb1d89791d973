"""The overview: this year against last, the trend, help by category and by ward, whom no help has reached yet."""

from dataclasses import dataclass, replace

from django.http import QueryDict
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from reports.charts import Bar, Trend, ranked, trend
from reports.helped import support_by_policy, support_by_ward
from reports.poverty import poverty_by_year
from reports.scope import Scope
from reports.table import GROUP, Row, Table
from reports.ward_map import WardMap, ward_map
from support.codes import Nature
from support.entitlement import Gap, gaps
from support.words import Money


@dataclass(frozen=True)
class Tile:
    """One figure with last year's beside it. Fewer poor is good news; less help is neither good nor bad."""

    label: str
    value: int | None
    before: int | None
    unit: str
    url: str = ""
    fewer_is_good: bool = False

    @property
    def change(self) -> int | None:
        return None if self.value is None or self.before is None else self.value - self.before

    @property
    def size_of_change(self) -> int:
        return abs(self.change or 0)

    @property
    def tone(self) -> str:
        """The CSS class of the change."""
        if not self.fewer_is_good or not self.change:
            return ""
        return "is-good" if self.change < 0 else "is-bad"


@dataclass(frozen=True)
class Dashboard:
    year: int
    scope: Scope
    answer: str
    tiles: list[Tile]
    trend: Trend | None
    poverty: Table
    by_policy: Table
    by_category: list[Bar]
    by_ward: list[Bar]
    map: WardMap | None
    money: list[tuple[str, Money]]
    gaps: list[Gap]
    gaps_url: str  # empty for a reader who gets figures, never people
    gaps_asked: QueryDict  # what the work lists are to be asked for besides


def dashboard(scope: Scope) -> Dashboard:
    """Everything the overview shows for the scope's last year."""
    year = scope.last
    poverty = poverty_by_year(scope)
    by_year = {row.key: row for row in poverty.rows}
    now, before = by_year[str(year)], by_year.get(str(year - 1))
    this_year, last_year = replace(scope, first=year, last=year), replace(scope, first=year - 1, last=year - 1)
    help_now, help_before = support_by_policy(this_year), support_by_policy(last_year)
    wards = support_by_ward(this_year) if scope.ward is None else None
    return Dashboard(
        year=year,
        scope=scope,
        answer=_answer(poverty, scope),
        tiles=[
            _tile(_("Poor households"), "poor", now, before, _("households"), fewer_is_good=True),
            _tile(_("Near-poor households"), "near_poor", now, before, _("households"), fewer_is_good=True),
            _tile(_("Times helped"), "times", help_now.total, help_before.total, _("times")),
            _tile(_("Households helped"), "households", help_now.total, help_before.total, _("households")),
        ],
        trend=_trend(poverty),
        poverty=poverty,
        by_policy=help_now,
        by_category=_bars(row for row in help_now.rows if row.level == GROUP),
        by_ward=_bars(wards.rows) if wards else [],
        map=ward_map(wards.rows, "times") if wards else None,
        money=[
            (capfirst(str(nature.label)), Money(help_now.total.cells[nature], help_now.total.marks.get(nature, "")))
            for nature in Nature
        ],
        gaps=gaps(scope.households(), year),
        gaps_url=reverse("not-reached-rules") if scope.user.has_perm("support.view_supportaction") else "",
        gaps_asked=QueryDict(f"map={scope.map}" if scope.today else ""),
    )


def _tile(label: str, column: str, now: Row, before: Row | None, unit: str, *, fewer_is_good=False) -> Tile:
    earlier = before.cells.get(column) if before else None
    return Tile(label, now.cells.get(column), earlier, unit, now.links.get(column, ""), fewer_is_good)


def _bars(rows) -> list[Bar]:
    return ranked(
        [(row.label, row.cells["times"], row.links.get("times", "")) for row in rows if row.cells.get("times")]
    )


def _trend(poverty: Table) -> Trend | None:
    rows = [row for row in poverty.rows if row.cells.get("poor") is not None or row.cells.get("near_poor") is not None]
    if len(rows) < 2:
        return None
    values = {
        "poor": (_("Poor"), [row.cells.get("poor") for row in rows]),
        "near_poor": (_("Near-poor"), [row.cells.get("near_poor") for row in rows]),
    }
    return trend([row.label for row in rows], values)


def _answer(poverty: Table, scope: Scope) -> str:
    """The sentence on top: how many are left on the list, and how many fewer than at the beginning."""
    known = [
        row for row in poverty.rows if row.cells.get("poor") is not None and row.cells.get("near_poor") is not None
    ]
    this_year = next((row for row in known if row.key == str(scope.last)), None)
    if this_year is None:
        return _("No households are on record for %(year)d in this scope.") % {"year": scope.last}
    poor, near_poor = this_year.cells["poor"], this_year.cells["near_poor"]
    text = _("End of %(year)d: %(poor)d poor and %(near_poor)d near-poor households by the %(standard)s") % {
        "year": scope.last,
        "poor": poor,
        "near_poor": near_poor,
        "standard": _("city standard") if scope.level == "city" else _("national standard"),
    }
    first = known[0]
    change = poor + near_poor - first.cells["poor"] - first.cells["near_poor"]
    if first is not this_year and change:
        count = abs(change)
        phrase = (
            ngettext("%(count)d fewer than in %(year)s", "%(count)d fewer than in %(year)s", count)
            if change < 0
            else ngettext("%(count)d more than in %(year)s", "%(count)d more than in %(year)s", count)
        )
        text += ", " + phrase % {"count": count, "year": first.key}
    return text + "."

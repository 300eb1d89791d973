"""Following the links of a report: what the list behind a figure says of exactly that figure."""

from collections.abc import Iterable

from django.test import Client, RequestFactory

from accounts.models import User
from households.filters import HouseholdFilter
from households.models import Household
from reports.table import Row, Table
from support.filters import SupportActionFilter
from support.listing import Totals
from support.models import SupportAction
from support.words import Money

MEASURES = {
    "loans": "times",
    "principal": "loan",
    **dict.fromkeys(("budget", "fund", "mobilised", "own", "other"), "grant"),
}
NO_LIST_COUNTS = {"F09"}  # things a person


class Evidence:
    """Opens the lists as their pages do, each page once; `followed` counts the links by table."""

    def __init__(self, user: User):
        self.user = user
        self.client = Client()
        self.client.force_login(user)
        self._pages: dict[str, object] = {}
        self.followed: dict[str, int] = {}

    def disagreements(self, tables: Iterable[Table]) -> list[str]:
        """Every figure of which its list says something else, or of which it is surer."""
        wrong = []
        for table in tables:
            for row in [*table.rows, *filter(None, [table.total])]:
                for column, url in row.links.items():
                    if row.key in NO_LIST_COUNTS:
                        continue
                    told, figure = self._told(table, row, column, url), (row.cells[column], row.marks.get(column) or "")
                    self.followed[table.key] = self.followed.get(table.key, 0) + 1
                    if told != figure:
                        wrong.append(f"{table.key} {row.key} {column}: {figure} in the table, {told} in {url}")
        return wrong

    def _told(self, table: Table, row: Row, column: str, url: str) -> tuple[object, str]:
        request = RequestFactory().get(url)
        request.user = self.user
        if request.path == "/households/":
            households = Household.objects.visible_to(self.user)
            totals = HouseholdFilter(request.GET, households, request=request).totals()
            return totals["persons" if column.endswith("persons") else "households"], ""
        if request.path.startswith("/support/not-reached/"):
            return self._page(url)["page_obj"].paginator.count, ""
        if request.path.startswith("/funds/"):
            return getattr(self._page(url)["totals"], column), ""
        actions = SupportAction.objects.visible_to(self.user)
        totals = Totals.of(SupportActionFilter(request.GET, actions, request=request))
        if totals.more:
            [told] = totals.more.values()
            return told
        measure = MEASURES.get(column, column)
        if table.key == "support_by_category_and_year":
            measure = row.part
        elif table.key in ("money_by_source", "category_by_source", "published_figures"):
            measure = request.GET.get("nature", "times")
        if measure == "times":
            return Money(totals.times, totals.times_qualifier)
        return Money(totals.households) if measure == "households" else totals.money[measure]

    def _page(self, url: str):
        if url not in self._pages:
            self._pages[url] = self.client.get(url).context
        return self._pages[url]

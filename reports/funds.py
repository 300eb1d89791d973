"""`funds`: what each fund with a ledger held, received, set aside and paid, by nature and year."""

from collections.abc import Iterable
from itertools import groupby

from django.utils.translation import gettext as _

from reports.scope import Scope
from reports.table import GROUP, LINE, MONEY, Column, Row, Table
from support.funds import FundYear, fund_years, together

FLOWS = ("received", "allocated", "spent", "overspent")


def funds(scope: Scope) -> Table:
    """A line a year beneath each fund and nature; empty for readers without the funds, and for a single ward."""
    dong = _("đồng")
    rows = list(_rows(scope)) if scope.user.has_perm("support.view_receipt") and scope.ward is None else []
    return Table(
        key="funds",
        title=_("Funds: received and paid"),
        first_heading=_("Fund, nature and year"),
        columns=[
            Column("opening", _("Opening"), MONEY, dong),
            Column("received", _("Received"), MONEY, dong),
            Column("allocated", _("Set aside"), MONEY, dong),
            Column("spent", _("Paid"), MONEY, dong),
            Column("overspent", _("Of it overspent"), MONEY, dong),
            Column("left", _("Left"), MONEY, dong),
        ],
        rows=rows,
        summed=frozenset(FLOWS),
        notes=_explained() if rows else [_why_empty(scope)],
    )


def _why_empty(scope: Scope) -> str:
    if not scope.user.has_perm("support.view_receipt"):
        return _("The ledgers of the funds are read by district staff and leaders only.")
    if scope.ward is not None:
        return _("A fund belongs to the whole district and is not divided by ward: choose all wards to read it.")
    return _("No fund keeps a ledger yet")


def _explained() -> list[str]:
    return [
        _(
            "Opening + received − paid = left. Money and goods are never added together. What is set aside is a plan"
            " and changes no balance. A payment counts in the year of its last day."
        ),
        _("“Overspent”: paid for a stated reason before it was received, and not received since."),
    ]


def _rows(scope: Scope) -> Iterable[Row]:
    """Years in which a fund held nothing and nothing moved are left out."""
    for _fund, found in groupby(fund_years(scope.first, scope.last), key=lambda each: (each.source, each.nature)):
        years = list(found)
        lines = [row for each in years if any((row := _row(scope, each, first=each.year)).cells.values())]
        if lines:
            yield _row(scope, together(years), first=scope.first, level=GROUP)
            yield from lines


def _row(scope: Scope, of: FundYear, *, first: int, level: str = LINE) -> Row:
    """A line of the years from the first to the last; the heading of a fund is that of them all."""
    key = f"{of.source.code}:{of.nature}"
    cells = {name: getattr(of, name) for name in ("opening", *FLOWS, "left")}
    url = scope.fund_url(of.source.code, nature=of.nature, first=first, year=of.year)
    links = {name: url for name, amount in cells.items() if amount}
    if level == GROUP:
        return Row(key, f"{of.source} · {of.held}", cells, links=links, level=level)
    return Row(f"{key}:{of.year}", str(of.year), cells, links=links, level=level)

"""`not_reached`: who is entitled to which help in the last year, and how many of them no help has reached."""

from django.utils.translation import gettext as _

from reports.scope import Scope
from reports.table import COUNT, TEXT, Column, Row, Table
from support.entitlement import Gap, gaps


def not_reached(scope: Scope) -> Table:
    """A row a rule in force in the last year of the period; rules overlap, so there is no total."""
    year, found = scope.last, gaps(scope.households(), scope.last)
    notes = [
        _("Entitled by the class of the list decided at the end of %(year)d, by the city standard.")
        % {"year": year - 1},
        _("By the ward in which the household lived at the end of %(year)d, or lives today in a year under way.")
        % {"year": year},
        _("A person may stand under several rules, so the rows do not add up."),
    ]
    if found and found[0].entitled is None:
        notes = [_("No household has a class of the end of %(year)d on record.") % {"year": year - 1}]
    return Table(
        key="not_reached",
        title=_("Entitled and not yet reached in %(year)d") % {"year": year},
        sheet=_("Not yet reached"),
        first_heading=_("Rule"),
        columns=[
            Column("unit", _("Unit"), TEXT),
            Column("entitled", _("Entitled"), COUNT),
            Column("missing", _("Not yet reached"), COUNT),
            Column("legal_basis", _("Legal basis"), TEXT),
        ],
        rows=[_row(scope, gap) for gap in found],
        notes=notes,
    )


def _row(scope: Scope, gap: Gap) -> Row:
    cells = {
        "unit": str(gap.rule.get_unit_display()),
        "entitled": gap.entitled,
        "missing": gap.missing,
        "legal_basis": gap.rule.legal_basis,
    }
    links = {
        "entitled": scope.not_reached_url(gap.rule.code, show="entitled") if gap.entitled else "",
        "missing": scope.not_reached_url(gap.rule.code) if gap.missing else "",
    }
    return Row(gap.rule.code, str(gap.rule), cells, links={column: url for column, url in links.items() if url})

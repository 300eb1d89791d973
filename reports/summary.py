"""The five-year summary of the programme: one definition for page, Excel, API and command."""

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _

from accounts.models import Dataset
from households.models import PovertyStandard
from reports.funds import funds
from reports.given import HelpGiven
from reports.helped import support_by_category_and_year, support_by_policy, support_by_ward
from reports.housing import housing
from reports.loans import loans_by_lender
from reports.money import category_by_source, money_by_source
from reports.poverty import counts_by_year, poverty_by_year
from reports.published import published_figures
from reports.reach import not_reached
from reports.review.figures import ReviewFigures
from reports.review.yearly import review_summary
from reports.scope import Scope
from reports.table import Report, Table
from support.words import qualified


def five_year_summary(scope: Scope, *, with_review: bool = True) -> Report:
    """Every table of the summary for this reader, ward and period.

    The tables of the yearly review are long; a page that leads to their own pages leaves them out.
    """
    programme, given = scope.programme, HelpGiven(scope)
    review = ReviewFigures(scope) if with_review else None
    poverty = counts_by_year(scope, review.moved if review else None)
    title = (programme.title_en if get_language() == "en" else programme.title) if programme else ""
    return Report(
        programme={"number": programme.number if programme else "", "title": title},
        title=_("Five-year summary of Programme %(number)s") % {"number": programme.number if programme else "—"},
        scope={"key": scope.key, "label": scope.label},
        period={"from": scope.first, "to": scope.last},
        standard=str(PovertyStandard.Level(scope.level).label),
        tables=[
            poverty_by_year(scope, poverty),
            support_by_policy(scope, given),
            support_by_category_and_year(scope, given),
            support_by_ward(scope, given),
            housing(scope),
            money_by_source(scope, given),
            category_by_source(scope, given),
            loans_by_lender(scope),
            funds(scope),
            not_reached(scope),
            published_figures(scope, poverty),
            *(review_summary(review) if review else ()),
        ],
        drawn_at=date_format(timezone.localtime(), "DATETIME_FORMAT"),
        is_sample=Dataset.objects.filter(kind=Dataset.Kind.SAMPLE).exists(),
    )


def chapters(report: Report) -> list[tuple[str, list[Table]]]:
    """The tables of the page under a few headings, in the order in which they stand, for its list of contents."""
    keys = {
        pgettext("chapter", "Poverty"): ["poverty_by_year"],
        pgettext("chapter", "Help given"): [
            "support_by_policy",
            "support_by_category_and_year",
            "support_by_ward",
            "housing",
        ],
        pgettext("chapter", "Money"): ["money_by_source", "category_by_source", "loans_by_lender", "funds"],
        pgettext("chapter", "Reached and published"): ["not_reached", "published_figures"],
    }
    return [(label, [report.table(key) for key in of_chapter]) for label, of_chapter in keys.items()]


def answer(report: Report) -> str:
    """The summary in a sentence, for the head of the page."""
    helped = report.table("support_by_policy").total
    verdicts = [row.cells.get("agrees") for row in report.table("published_figures").rows]
    compared = [verdict for verdict in verdicts if verdict is not None]
    parts = []
    if helped.cells.get("times"):
        parts.append(
            _("%(times)s times helped: grants %(grant)s, goods %(in_kind)s, loans %(loan)s đồng")
            % {
                key: qualified(helped.cells.get(key), helped.marks.get(key, ""))
                for key in ("times", "grant", "in_kind", "loan")
            }
        )
    if compared:
        parts.append(
            _("%(agree)d of %(all)d published figures agree with the records")
            % {"agree": sum(compared), "all": len(compared)}
        )
    return f"{report.period_label}: {'; '.join(parts)}." if parts else ""


def as_json(report: Report) -> dict:
    """The report in the fixed words that other programs rely on."""
    return {
        "programme": dict(report.programme),
        "scope": dict(report.scope),
        "period": dict(report.period),
        "tables": {table.key: _table_as_json(table) for table in report.tables},
    }


def _table_as_json(table: Table) -> dict:
    keys = [column.key for column in table.columns]

    def row_as_json(row):
        cells = {key: row.cells.get(key) for key in keys}
        return {
            "key": row.key,
            "label": row.label,
            "cells": cells,
            "marks": {key: str(mark) for key, mark in row.marks.items()},
        }

    return {
        "title": table.title,
        "columns": [{"key": column.key, "label": column.full_label, "unit": column.unit} for column in table.columns],
        "rows": [row_as_json(row) for row in table.rows],
        "total": row_as_json(table.total) if table.total else None,
    }

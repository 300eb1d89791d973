"""Two hundred random programmes: line = action = table = Excel = API = command, to the đồng, against a recount."""

import json
from collections import Counter
from dataclasses import replace
from io import BytesIO, StringIO
from random import Random

import openpyxl
import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.utils import translation

from reports.render import xlsx
from reports.scope import Scope
from reports.summary import as_json, five_year_summary
from reports.table import Report
from support.codes import Nature
from support.models import LoanMovement, Receipt
from tests.api import Api
from tests.evidence import Evidence
from tests.money_recount import NATURES, Recount, added
from tests.programmes import Ground, Programme
from tests.test_summary_xlsx import value_of
from wards.models import Ward

pytestmark = pytest.mark.django_db
PROGRAMMES, PARTS = 200, 8
# All of them on SQLite; that PostgreSQL adds up the same, half of them show.
ASKED = range(0, PARTS, 1 if connection.vendor == "sqlite" else 2)
PERIODS = [(2020, 2025), (2020, 2025), (2020, 2022), (2021, 2024), (2022, 2022)]
TABLES = (
    "support_by_policy", "support_by_category_and_year", "support_by_ward", "housing", "money_by_source",
    "category_by_source", "loans_by_lender", "funds",
)  # fmt: skip
WORDS = {"unit", "thing_unit"}


def lines_of(table: dict) -> list[dict]:
    return [*table["rows"], *filter(None, [table["total"]])]


def recounted(report: dict, recount: Recount) -> None:
    """Every cell and every mark of every table is what the recount says, and no row is missing or too many."""
    for key in TABLES:
        table, expected = report["tables"][key], getattr(recount, key)()
        lines = lines_of(table)
        assert sorted(row["key"] for row in lines) == sorted(expected), key
        for row in lines:
            cells, marks = expected[row["key"]]
            figures = {column: value for column, value in row["cells"].items() if column not in WORDS}
            assert (key, row["key"], figures) == (key, row["key"], cells)
            assert (key, row["key"], row["marks"]) == (key, row["key"], marks)


def adds_up(report: dict, recount: Recount) -> None:
    """The same money in every table, whichever way it is cut."""
    tables = {key: {row["key"]: row["cells"] for row in lines_of(table)} for key, table in report["tables"].items()}
    for nature in NATURES:
        lines = added(line.amount for action in recount.targeted for line in action.lines if line.nature == nature)
        actions = added(
            added(line.amount for line in action.lines if line.nature == nature) for action in recount.targeted
        )
        of_nature = [tables[key].get(nature, {}).get("total") for key in ("money_by_source", "category_by_source")]
        by_year = tables["support_by_category_and_year"].get(f"total:{nature}", {}).get("total")
        totals = [tables[key]["total"][nature] for key in ("support_by_policy", "support_by_ward")]
        assert {lines, actions, by_year, *of_nature, *totals} == {lines}
        if nature == Nature.LOAN:
            assert tables["loans_by_lender"]["total"]["principal"] == lines


def read_back(report: Report, told: dict) -> None:
    """The workbook holds the same numbers in the same places; sums are computed as Excel would."""
    tables = [report.table(key) for key in TABLES]
    book = openpyxl.load_workbook(BytesIO(xlsx.render(replace(report, tables=tables))))
    for sheet, drawn in zip(book, tables, strict=True):
        table = told["tables"][drawn.key]
        for number, row in enumerate(lines_of(table), start=7 + len(drawn.headings)):
            assert sheet.cell(number, 1).value == row["label"]
            for index, column in enumerate(table["columns"], start=2):
                shown, value = value_of(sheet, sheet.cell(number, index).coordinate), row["cells"][column["key"]]
                assert shown == value or (value is None and shown in ("—", None)), (drawn.key, row["key"], column)


def commanded(first: int, last: int, ward: Ward | None) -> dict:
    out = StringIO()
    asked = ["--ward", ward.identity] if ward else []
    call_command("summary", "--from", str(first), "--to", str(last), *asked, stdout=out)
    return json.loads(out.getvalue())


@pytest.fixture
def ground():
    # The command speaks the default language; so does everything here.
    with translation.override("vi"):
        yield Ground()


@pytest.mark.parametrize("part", ASKED)
def test_two_hundred_random_programmes_add_up_in_every_table_and_every_form(ground, part):
    api = Api(ground.staff)
    for number in range(part * PROGRAMMES // PARTS, (part + 1) * PROGRAMMES // PARTS):
        dice = Random(f"scope {number}")
        (first, last), ward = dice.choice(PERIODS), dice.choice((None, None, *ground.wards))
        with transaction.atomic():
            Programme(ground, number)
            report = five_year_summary(Scope(ground.staff, ward, first, last))
            told, recount = json.loads(json.dumps(as_json(report))), Recount(first, last, ward and ward.pk)
            recounted(told, recount)
            adds_up(told, recount)
            # What Excel and the API make of a report is the same on every database: one in five is enough on the second.
            if connection.vendor == "sqlite" or number % 5 == 0:
                read_back(report, told)
                asked = {"first": first, "last": last, "ward": ward.pk if ward else ""}
                assert api.get("/api/reports/five-year-summary/", **asked).json() == told
            if number % 5 == 0:  # the command writes what the API sends
                assert commanded(first, last, ward)["tables"] == told["tables"]
            transaction.set_rollback(True)


@pytest.mark.parametrize("number", [1, 2, 3])
def test_the_list_behind_each_figure_of_a_random_programme_says_the_same_figure(ground, number):
    Programme(ground, number)
    evidence, ward = Evidence(ground.staff), ground.wards[0] if number == 2 else None

    report = five_year_summary(Scope(ground.staff, ward, 2020, 2025), with_review=False)

    assert evidence.disagreements(map(report.table, TABLES)) == []


# --- that the recount would notice ----------------------------------------------------------


def test_the_programmes_hold_what_the_property_is_about(ground):
    """Each kind of difficulty comes up, and often enough to be met in either half of the programmes."""
    seen = Counter()
    for number in range(40):
        with transaction.atomic():
            programme = Programme(ground, number)
            recount = Recount(2020, 2025, None)
            lines = [line for action in recount.actions for line in action.lines]
            seen.update(
                {
                    "unknown": any(line.amount is None for line in lines),
                    "inexact": any(line.qualifier != "exact" for line in lines),
                    "several sources": any(len(action.lines) > 1 for action in recount.actions),
                    "collective": any(action.household_id is None for action in recount.actions),
                    "span": any(recount.year_of(action) == "many" for action in recount.actions),
                    "universal": bool(recount.universal),
                    "void": any(action.is_void for action in programme.actions),
                    "shared loan": any(sum(line.nature == "loan" for line in a.lines) > 1 for a in recount.actions),
                    "overdue": bool(recount.loans_by_lender()["total"][0]["overdue"]),
                    "handed over": bool(recount.housing()["total"][0]["handed_over"]),
                    "overspent": any(cells["overspent"] for cells, _marks in recount.funds().values()),
                }
            )
            transaction.set_rollback(True)

    assert {what: times for what, times in seen.items() if times < 4} == {}


DOUBLED = {
    "a funding line": (Scope, "lines", {"action__funding__isnull": False}),
    "an act of help": (Scope, "actions", {"funding__isnull": False}),
    "a movement of a loan": (LoanMovement.objects._queryset_class, "standing", {"action__funding__isnull": False}),
    "a receipt of a fund": (Receipt.objects._queryset_class, "standing", {"source__lines__isnull": False}),
}


@pytest.mark.parametrize("what", DOUBLED)
def test_a_join_that_doubles_something_is_noticed(ground, monkeypatch, what):
    owner, name, join = DOUBLED[what]
    plain = getattr(owner, name)
    noticed = 0
    for number in range(20):
        with transaction.atomic():
            Programme(ground, number)
            recount = Recount(2020, 2025, None)
            with monkeypatch.context() as patched:
                patched.setattr(owner, name, lambda self, *args: plain(self, *args).filter(**join))
                told = as_json(five_year_summary(Scope(ground.staff, None, 2020, 2025), with_review=False))
            try:
                recounted(told, recount)
            except AssertionError:
                noticed += 1
            transaction.set_rollback(True)

    assert noticed > 3

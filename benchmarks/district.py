"""How much the application costs over the bare minimum, at the size of a whole district.

    .venv/bin/python benchmarks/district.py [--households 20000] [--rounds 7]

For SQLite, and for PostgreSQL where DATABASE_URL names a server: an invented district is loaded into a
database of its own (made anew), then each page is measured against the same content fetched by bare
SQL or written by bare openpyxl, in turn, in the same process. Printed: medians and their ratio. The
ratio is what travels between machines; the milliseconds do not.
"""

import argparse
import os
import statistics
import subprocess
import sys
import time
from io import BytesIO
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
YEARS = (2020, 2025)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--households", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.inside:
        measure(asked.households, asked.rounds)
        return
    server = os.environ.get("DATABASE_URL", "postgres://postgres@127.0.0.1:5432/postgres")
    for url in (f"sqlite:///{ROOT / 'var' / 'benchmark.sqlite3'}", server.rsplit("/", 1)[0] + "/hadong_benchmark"):
        fresh_database(url, server)
        command = [sys.executable, __file__, "--inside", f"--households={asked.households}", f"--rounds={asked.rounds}"]
        subprocess.run(command, env={**os.environ, "DATABASE_URL": url, "PYTHONPATH": str(ROOT)}, check=True)


def fresh_database(url: str, server: str) -> None:
    if url.startswith("sqlite"):
        Path(url.removeprefix("sqlite:///")).unlink(missing_ok=True)
        return
    import psycopg

    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute("DROP DATABASE IF EXISTS hadong_benchmark")
        connection.execute("CREATE DATABASE hadong_benchmark")


def measure(households: int, rounds: int) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hadong_poverty.settings")
    import django
    from django.conf import settings

    django.setup()
    # The names of static files are hashed when they are collected; nothing here depends on them.
    settings.STORAGES["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"
    settings.MIDDLEWARE = [name for name in settings.MIDDLEWARE if not name.startswith("whitenoise.")]
    from django.core.management import call_command
    from django.db import connection
    from django.test import Client

    from accounts.actor import acting_as
    from accounts.models import User
    from reports.render import xlsx
    from reports.scope import Scope
    from reports.summary import five_year_summary

    with acting_as("benchmark"):
        for command in ("migrate", "createcachetable"):
            call_command(command, verbosity=0)
        call_command("load_reference", stdout=Silence())
        began = time.perf_counter()
        call_command("load_sample", households=households, stdout=Silence())
        loaded = time.perf_counter() - began
        reader = User.objects.create_user("benchmark", "mot-mat-khau-du-dai", role="staff")
    client = Client(SERVER_NAME="localhost")
    client.force_login(reader)

    def page(address: str):
        def draw() -> None:
            answer = client.get(address)
            assert answer.status_code == 200, (address, answer.status_code)
            _ = b"".join(answer.streaming_content) if answer.streaming else answer.content

        return draw

    def summary() -> None:
        five_year_summary(Scope(reader, None, *YEARS))

    def workbook() -> None:
        xlsx.render(five_year_summary(Scope(reader, None, *YEARS)))

    actions = scalar("SELECT count(*) FROM support_supportaction")
    print(f"\n## {connection.vendor}: {households:,} households, {actions:,} actions (loaded in {loaded:.0f} s)\n")
    print("| What | Application | Bare minimum | Ratio |\n|---|---|---|---|")
    compare("List of households, first page", page("/households/?ward="), bare_household_list, rounds)
    compare("List of help, first page", page("/support/?ward="), bare_action_list, rounds)
    compare("Five-year summary, all tables (bare: the counts in SQL)", summary, bare_summary, rounds)
    compare("Five-year summary as a workbook (bare: the same cells in openpyxl)", workbook, bare_workbook, rounds)
    gifts = Gifts(reader)
    compare("Gifts for 300 households, one save (bare: INSERTs)", gifts.in_one_save, gifts.bare, rounds)
    compare("Gifts for 300 households, one by one (bare: INSERTs)", gifts.one_by_one, gifts.bare, 3)
    compare("All help as an Excel list (bare: SQL and openpyxl)", page("/support/export/?ward="), bare_export, 3)


class Gifts:
    """300 gifts written with their lines and occasions, and taken back: audit triggers and constraints at work in all."""

    MANY = 300

    def __init__(self, by):
        from datetime import date

        from households.models import Household
        from support.models import FundingSource, SupportPolicy

        self.by, self.day = by, date(2024, 2, 1)
        self.policy = SupportPolicy.objects.get(code="QUA_TET")
        self.source = FundingSource.objects.get(code="NS_QUAN")
        self.there = Household.objects.present().order_by("pk")[: self.MANY]
        self.wards = {each.pk: each.ward_on(self.day) for each in self.there.all()}

    def gifts(self) -> list:
        from support.batch import Gift
        from support.models import FundingLine, GiftDetail, SupportAction

        return [
            Gift(
                SupportAction(
                    policy=self.policy,
                    household=each,
                    ward=self.wards[each.pk],
                    period_from=self.day,
                    period_to=self.day,
                ),
                [FundingLine(source=self.source, nature="grant", amount=500_000)],
                GiftDetail(occasion="tet"),
            )
            for each in self.there.all()
        ]

    def taken_back(self, write) -> None:
        from django.db import transaction

        from accounts.actor import acting_as

        with acting_as(self.by), transaction.atomic():
            write()
            transaction.set_rollback(True)

    def in_one_save(self) -> None:
        from support.batch import record_batch

        self.taken_back(lambda: record_batch(by=self.by, gifts=self.gifts()))

    def one_by_one(self) -> None:
        from support.services import record_support

        def write() -> None:
            for gift in self.gifts():
                record_support(by=self.by, action=gift.action, funding=gift.funding, detail=gift.detail)

        self.taken_back(write)

    def bare(self) -> None:
        """The same rows by Django's own bulk INSERTs, unchecked."""
        from support.models import FundingLine, GiftDetail, SupportAction

        def write() -> None:
            gifts = self.gifts()
            SupportAction.objects.bulk_create([gift.action for gift in gifts])
            for gift in gifts:
                gift.funding[0].action = gift.detail.action = gift.action
            FundingLine.objects.bulk_create([gift.funding[0] for gift in gifts])
            GiftDetail.objects.bulk_create([gift.detail for gift in gifts])

        self.taken_back(write)


class Silence:
    """Somewhere for a command to talk to."""

    def write(self, text: str) -> None:
        pass


def compare(what: str, ours, bare, rounds: int) -> None:
    """Run the two in turn, so that a slow moment of the machine hits both."""
    ours(), bare()
    pairs = [(timed(ours), timed(bare)) for _ in range(rounds)]
    first, second = (statistics.median(times) for times in zip(*pairs, strict=True))
    ratio = statistics.median(a / b for a, b in pairs)
    print(f"| {what} | {first * 1000:,.0f} ms | {second * 1000:,.0f} ms | ×{ratio:.1f} |", flush=True)


def timed(call) -> float:
    began = time.perf_counter()
    call()
    return time.perf_counter() - began


# --- the bare minimum: the same content, nothing else ---------------------------------------


def rows(sql: str) -> list[tuple]:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchall()


def scalar(sql: str):
    return rows(sql)[0][0]


def bare_household_list() -> None:
    """50 rows by head's name, their size and statuses, and the line of counts."""
    listed = rows(
        "SELECT h.id, h.code, m.name, w.name FROM households_household h"
        " JOIN households_member m ON m.household_id = h.id AND m.relation = 'head' AND m.left_on IS NULL"
        " JOIN wards_ward w ON w.id = h.ward_id ORDER BY m.sort_key, h.id LIMIT 50"
    )
    keys = ",".join(str(row[0]) for row in listed)
    rows(f"SELECT household_id, count(*) FROM households_member WHERE household_id IN ({keys}) GROUP BY household_id")
    rows(f"SELECT household_id, year, classification FROM households_povertystatus WHERE household_id IN ({keys})")
    rows("SELECT count(*) FROM households_household")
    rows("SELECT count(*) FROM households_member WHERE left_on IS NULL")


def bare_action_list() -> None:
    """50 newest actions with their lines, and the sums of the whole list."""
    listed = rows(
        "SELECT a.id, a.period_from, p.name, w.name, m.name FROM support_supportaction a"
        " JOIN support_supportpolicy p ON p.id = a.policy_id LEFT JOIN wards_ward w ON w.id = a.ward_id"
        " LEFT JOIN households_member m ON m.household_id = a.household_id AND m.relation = 'head'"
        " WHERE a.voided_at IS NULL ORDER BY a.period_from DESC, a.id DESC LIMIT 50"
    )
    keys = ",".join(str(row[0]) for row in listed)
    rows(f"SELECT action_id, nature, amount FROM support_fundingline WHERE action_id IN ({keys})")
    rows("SELECT count(*), sum(times), count(DISTINCT household_id) FROM support_supportaction WHERE voided_at IS NULL")
    rows(
        "SELECT l.nature, sum(l.amount) FROM support_fundingline l JOIN support_supportaction a ON a.id = l.action_id"
        " WHERE a.voided_at IS NULL GROUP BY l.nature"
    )


_INSIDE = "a.voided_at IS NULL AND a.period_from >= '2020-01-01' AND a.period_to <= '2025-12-31'"


def bare_summary() -> list[list[tuple]]:
    """The summary's numbers by hand-written SQL: statuses, movement, policies, sources, wards."""
    counts = "sum(a.times), count(DISTINCT a.household_id), count(DISTINCT a.member_id)"
    by = {"policy_id": "a.policy_id", "category": "p.category", "ward_id": "a.ward_id"}
    policy = "JOIN support_supportpolicy p ON p.id = a.policy_id"
    joined = f"support_supportaction a {policy}"
    lines = f"support_fundingline l JOIN support_supportaction a ON a.id = l.action_id {policy}"
    return [
        rows("SELECT year, classification, count(*), sum(persons) FROM households_povertystatus GROUP BY 1, 2"),
        rows(
            "SELECT year, classification, before, count(*) FROM (SELECT year, classification,"
            " lag(classification) OVER (PARTITION BY household_id, standard_level ORDER BY year) AS before FROM"
            " (SELECT s.*, t.level AS standard_level FROM households_povertystatus s"
            " JOIN households_povertystandard t ON t.id = s.standard_id) q) r GROUP BY 1, 2, 3"
        ),
        rows("SELECT year, sum(households), sum(persons) FROM wards_wardpopulation GROUP BY year"),
        *[rows(f"SELECT {key}, {counts} FROM {joined} WHERE {_INSIDE} GROUP BY {key}") for key in by.values()],
        *[
            rows(f"SELECT {key}, l.nature, sum(l.amount) FROM {lines} WHERE {_INSIDE} GROUP BY {key}, l.nature")
            for key in by.values()
        ],
        rows(f"SELECT {counts} FROM {joined} WHERE {_INSIDE}"),
        rows(
            "SELECT l.source_id, l.nature, substr(cast(a.period_from AS text), 1, 4), sum(l.amount)"
            f" FROM {lines} WHERE {_INSIDE} GROUP BY 1, 2, 3"
        ),
    ]


def bare_workbook() -> None:
    from openpyxl import Workbook

    book = Workbook()
    for table in bare_summary():
        sheet = book.create_sheet()
        for row in table:
            sheet.append([str(value) if value is not None else None for value in row])
    book.save(BytesIO())


def bare_export() -> None:
    """Every action with its beneficiary and money, streamed into one sheet."""
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    for row in rows(
        "SELECT a.id, a.period_from, a.period_to, p.name, w.name, h.code, m.name, a.group_name, a.times, a.things,"
        " a.implementing_body, a.decision_number, sum(CASE l.nature WHEN 'grant' THEN l.amount END),"
        " sum(CASE l.nature WHEN 'in_kind' THEN l.amount END), sum(CASE l.nature WHEN 'loan' THEN l.amount END)"
        " FROM support_supportaction a JOIN support_supportpolicy p ON p.id = a.policy_id"
        " LEFT JOIN wards_ward w ON w.id = a.ward_id LEFT JOIN households_household h ON h.id = a.household_id"
        " LEFT JOIN households_member m ON m.household_id = h.id AND m.relation = 'head'"
        " LEFT JOIN support_fundingline l ON l.action_id = a.id WHERE a.voided_at IS NULL"
        " GROUP BY a.id, p.name, w.name, h.code, m.name ORDER BY a.period_from DESC"
    ):
        sheet.append([int(value) if type(value).__name__ == "Decimal" else value for value in row])
    book.save(BytesIO())


if __name__ == "__main__":
    main()

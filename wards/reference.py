"""Loads the wards of `data/wards.csv`, with their succession. Loading again changes nothing."""

import csv
import re
from datetime import date, timedelta
from pathlib import Path

from wards.models import SINCE_EVER, Ward, WardSuccession

SOURCE = Path(__file__).parent / "data" / "wards.csv"
_SUCCESSOR = re.compile(r"^(?P<code>\d{5}) ")


def _bare_name(name: str) -> str:
    """“Kiến Hưng (2025)” and “An Khánh (xã, 2025)” are marked for the reader of the file; the name is shorter."""
    return name.split(" (")[0]


def load_wards() -> int:
    """Write wards and successions from the file; return the number of wards (units) in it."""
    with SOURCE.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["level"] == "cấp xã"]
    for row in rows:
        Ward.objects.get_or_create(
            code=row["code"],
            valid_from=date.fromisoformat(row["valid_from"]) if row["valid_from"] else SINCE_EVER,
            defaults={
                "valid_to": date.fromisoformat(row["valid_to"]) if row["valid_to"] else None,
                "name": _bare_name(row["name_vi"]),
                "unit_type": row["unit_type"],
                "legal_basis": row["legal_basis_start"],
                "note": row["note"],
                "in_programme": "seat lies outside" not in row["note"],
            },
        )
    for row in rows:
        if row["valid_to"]:
            _load_successors(row)
    return len(rows)


def _load_successors(row: dict[str, str]) -> None:
    ended = date.fromisoformat(row["valid_to"])
    starts = ended + timedelta(days=1)
    predecessor = Ward.objects.get(code=row["code"], valid_to=ended)
    for text in row["successor_codes_names"].split("|"):
        successor = Ward.objects.get(code=_SUCCESSOR.match(text)["code"], valid_from=starts)
        WardSuccession.objects.get_or_create(
            predecessor=predecessor,
            successor=successor,
            on=starts,
            defaults={"whole": row["change_type"] != "split", "legal_basis": row["legal_basis_end"]},
        )

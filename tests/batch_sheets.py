"""What a browser sends from the sheet of help for many, in as few words as the test needs."""

from tests.action_sheets import sheet


def batch_sheet(*lines: dict, rows, unticked=(), amounts=None, notes=None, list_year: int = 2023, **fields) -> dict:
    """The common fields and, for each of `rows` (households, or pairs with a member), its tick, amount and note."""
    keys = {row: _key(row) for row in rows}
    data = sheet(*lines, rows=3, period_from="01/02/2024")
    del data["kind"]
    data |= {"rows": ",".join(keys.values()), "rows_year": str(list_year), "rows_words": "hộ nghèo"}
    for row, key in keys.items():
        if row not in unticked:
            data[f"k{key}"] = "on"
        data[f"a{key}"] = (amounts or {}).get(row, "")
        if notes:
            data[f"n{key}"] = notes.get(row, "")
    return data | {"gift-occasion": "tet"} | fields


def _key(row) -> str:
    household, member = row if isinstance(row, tuple) else (row, None)
    return f"{household.pk}-{member.pk}" if member else str(household.pk)

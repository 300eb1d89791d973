"""What a browser sends from the form of help, in as few words as the test needs."""

import uuid

NO_LINE = {"source": "", "nature": "", "qualifier": "exact", "amount": ""}


def line(source, amount="", nature="grant", qualifier="exact", **fields) -> dict:
    return {"source": source.pk, "nature": nature, "qualifier": qualifier, "amount": amount, **fields}


def sheet(*lines: dict, rows: int = 3, **fields) -> dict:
    """Fields of the form, with at least three lines of funding, as drawn without JavaScript."""
    lines = [*lines, *[NO_LINE] * max(0, rows - len(lines))]
    data = {
        "kind": "named",
        "period_from": "10/05/2024",
        "submission_key": str(uuid.uuid4()),
        "funding-TOTAL_FORMS": str(len(lines)),
        "funding-INITIAL_FORMS": "0",
        **fields,
    }
    for index, each in enumerate(lines):
        data |= {f"funding-{index}-{name}": value for name, value in each.items()}
    return data

"""The household's sheet as a browser sends it."""

import uuid

_EMPTY = {
    "name": "", "relation": "", "sex": "", "birth": "", "id_number": "", "ethnicity": "01", "occupation": "",
    "disability_kind": "", "disability_degree": "",
}  # fmt: skip


def row(name: str = "Nguyễn Thị An", **cells) -> dict:
    """One person; `id` and `delete=True` for a person on record."""
    return {**_EMPTY, "relation": "head", "sex": "2", "birth": "1960", "name": name, **cells}


def sheet(*rows: dict, then: str = "open", **typed) -> dict:
    """POST data: the rows of people, the household's fields, and the class's (`classification`, `income`, …)."""
    data = {
        "submission_key": str(uuid.uuid4()),
        "version": "1",
        "year": "2024",
        "address": "",
        "code": "",
        "residential_group": "",
        "phone": "",
        "note": "",
        "then": then,
        "members-TOTAL_FORMS": str(len(rows) + 3),
        "members-INITIAL_FORMS": str(sum("id" in cells for cells in rows)),
    }
    blank = [{**_EMPTY, **({"relation": "head"} if not rows else {})} for _ in range(3)]
    for index, cells in enumerate([*rows, *blank]):
        for cell, value in cells.items():
            data[f"members-{index}-{'DELETE' if cell == 'delete' else cell}"] = "on" if value is True else value
    of_status = {
        "classification", "persons", "income", "b1", "b2", "deprivations", "causes", "reviewed_on",
        "decision_number", "decision_date", "status_note",
    }  # fmt: skip
    for name, value in typed.items():
        data[f"status-{name.removeprefix('status_')}" if name in of_status else name] = value
    return data

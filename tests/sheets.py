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
    blank = [dict(_EMPTY) for _ in range(3)]
    if not rows:
        blank[0]["relation"] = "head"  # as the empty sheet offers it
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


def on_record(household, *more: dict, **typed) -> dict:
    """POST data of a household's sheet as it stands, with rows added; typed values replace what stands."""
    rows = [
        row(
            member.name,
            id=str(member.pk),
            relation=member.relation,
            sex=member.sex,
            birth=member.birth,
            id_number=member.masked_id_number,
            ethnicity=member.ethnicity,
        )
        for member in household.present_members
    ]
    standing = {"version": str(household.version), "code": household.code, "address": household.address}
    status = household.statuses.filter(year=2024, standard__level="city").first()
    if status:
        standing |= {"classification": status.classification, "persons": str(status.persons)}
    return sheet(*rows, *more, **(standing | typed))

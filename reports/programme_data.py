"""Programme 06-CTr/QU as it was published: loaded from `data/`, nothing invented.

`published_figures.json` is the article as gathered; `programme_06.json` adds how each figure is
named and counted, and which collective records the figures become. Loading again changes nothing.
"""

import json
from datetime import date
from functools import cache
from pathlib import Path

from households.models import CollectiveStatus
from reports.models import Directive, Programme, PublishedFigure
from support.codes import Qualifier, combined_qualifier
from support.models import FundingLine, FundingSource, SupportAction, SupportPolicy

DATA = Path(__file__).parent / "data"
QUALIFIERS = {"exact": "exact", "gần": "near", "trên": "over", "range": "range"}


def load_reference() -> Programme:
    """The programme and its published figures, without any record that would be counted."""
    data = _additions()
    programme, _new = Programme.objects.get_or_create(
        number=data["programme"]["number"], defaults=_with_dates(data["programme"], "issued_on")
    )
    for entry in _article()["figures"]:
        PublishedFigure.objects.get_or_create(
            programme=programme, code=entry["id"], defaults=_figure(entry, data["figures"][entry["id"]])
        )
    return programme


def load_collective_records(programme: Programme) -> None:
    """What the figures say, as records that name nobody: directives, counts of households, help to groups.

    A record that staff have since amended or voided is recognised by its figures and left as it is.
    """
    data = _additions()
    figures = {figure.code: figure for figure in programme.figures.all()}
    for entry in data["directives"]:
        Directive.objects.get_or_create(
            programme=programme,
            title=entry["title"],
            defaults={"issuer": entry["issuer"], "count": figures[entry["figure"]].value},
        )
    for entry in data["statuses"]:
        figure = figures[entry["figure"]]
        CollectiveStatus.objects.get_or_create(
            year=figure.count_rule["filter"]["year"],
            level=figure.count_rule["filter"]["level"],
            ward=None,
            measure=entry["measure"],
            defaults={"count": figure.value, "source": f"{figure.code}: “{figure.quote}”"},
        )
    for entry in data["actions"]:
        published_as = " ".join(entry["figures"])
        if not SupportAction.objects.filter(published_as=published_as).exists():
            _load_action(entry, published_as, figures)


def working_year() -> int:
    return _additions()["working_year"]


@cache
def _article() -> dict:
    return json.loads((DATA / "published_figures.json").read_text(encoding="utf-8"))


@cache
def _additions() -> dict:
    return json.loads((DATA / "programme_06.json").read_text(encoding="utf-8"))


def _with_dates(fields: dict, *names: str) -> dict:
    return fields | {name: fields[name] and date.fromisoformat(fields[name]) for name in names}


def _figure(entry: dict, added: dict) -> dict:
    """The fields of a published figure: from the article, except where `programme_06.json` says otherwise."""
    period = entry["period"]
    fields = {
        "category": entry["category"],
        "quote": entry["quote"],
        "quote_occurrences": entry["quote_occurrences"],
        "qualifier": QUALIFIERS[entry["qualifier"]],
        "measure": entry["measure"],
        "value": entry["value"],
        "value_low": entry["value_low"],
        "value_high": entry["value_high"],
        "unit": entry["unit"],
        "beneficiary": entry["beneficiary"] or "",
        "period_text": period["text"],
        "period_from": period["from"],
        "period_to": period["to"],
        "implementing_body": entry["implementing_body"],
    }
    return _with_dates(fields | added, "period_from", "period_to")


def _load_action(entry: dict, published_as: str, figures: dict[str, PublishedFigure]) -> None:
    first = figures[entry["figures"][0]]
    counted_by = {figures[code] for code in entry["counts"].values()}
    gain = figures.get(entry.get("income_gain"))
    action = SupportAction(
        policy=SupportPolicy.objects.get(code=entry["policy"]),
        beneficiary_group=entry["group"],
        group_name=entry["group_name"],
        thing_unit=entry.get("thing", ""),
        qualifier=combined_qualifier(figure.qualifier for figure in counted_by) or Qualifier.EXACT,
        period_from=first.period_from,
        period_to=first.period_to,
        implementing_body=first.implementing_body,
        income_gain_from=gain and gain.value_low,
        income_gain_to=gain and gain.value_high,
        note=entry["note"],
        published_as=published_as,
        **{field: figures[code].value for field, code in entry["counts"].items()},
    )
    action.save()
    for line in entry["funding"]:
        # A source whose sum was not published keeps an unknown amount, never 0.
        figure = figures.get(line["figure"])
        FundingLine.objects.create(
            action=action,
            source=FundingSource.objects.get(code=line["source"]),
            nature=line["nature"],
            amount=figure and figure.value,
            qualifier=figure.qualifier if figure else Qualifier.EXACT,
        )

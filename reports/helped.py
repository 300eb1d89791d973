"""Help given: `support_by_policy`, `support_by_category_and_year`, `support_by_ward`.

Times are added; households and persons are counted, so that a family helped twice is one family.
Grants, goods and loans stand in columns or lines of their own and are never in one sum. Universal policies
stay out of the totals and stand on lines of their own.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from typing import NamedTuple

from django.utils.text import capfirst
from django.utils.translation import gettext as _

from reports.given import BEHIND, COUNTED, HelpGiven, Slot, Tally
from reports.scope import Scope, unplaced_label
from reports.table import APART, COUNT, FIGURE, GROUP, LINE, MONEY, TEXT, TOTAL, Column, Row, Table
from support.codes import Category, Nature, Thing, combined_qualifier
from support.filters import DISTRICT_WIDE, MANY
from wards.succession import UNPLACED, UNPLACED_WORD

ALL = "total"  # the key of what is added up over all rows or years
SUMMED = frozenset({"times", "unnamed_households", "unnamed_persons", *Nature.values})


class Measure(NamedTuple):
    """One way to measure help, and its unit."""

    label: str
    unit: str


def measures() -> dict[str, Measure]:
    times, households, persons, dong = _("times"), _("households"), _("persons"), _("đồng")
    return {
        "times": Measure(_("Times"), times),
        "households": Measure(_("Households, named"), households),
        "persons": Measure(_("Persons, named"), persons),
        "unnamed_households": Measure(_("Households, not named"), households),
        "unnamed_persons": Measure(_("Persons, not named"), persons),
        "grant": Measure(_("Grants"), dong),
        "in_kind": Measure(_("In kind"), dong),
        "loan": Measure(_("Loans"), dong),
    }


def _columns() -> tuple[list[Column], list[Column]]:
    """Of what is counted, and of money."""
    columns = [
        Column(key, each.label, MONEY if key in Nature.values else COUNT, each.unit) for key, each in measures().items()
    ]
    return columns[:5], columns[5:]


def _distinct_note() -> str:
    return _(
        "Households and persons are counted once each in every row and in the total, so the rows do not"
        " add up to it: a family helped twice is one family."
    )


# --- by category and policy -----------------------------------------------------------------


def support_by_policy(scope: Scope, given: HelpGiven | None = None) -> Table:
    """A subtotal a category, a row a policy (a row a kind of thing where a policy hands over several)."""
    given = given or HelpGiven(scope)
    tally = Tally(given, _by_policy)
    policies = [policy for policy in given.policies.values() if policy in tally.cells]
    things = _things_by_policy(given)
    rows: list[Row] = []
    for category in Category:
        members = [policy for policy in policies if policy.category == category and not policy.universal]
        if not members:
            continue
        key, label = f"category:{category.value}", capfirst(str(category.label))
        asked = {"category": category.value, "universal": 0}
        rows.append(tally.row(category.value, key, label, asked, level=GROUP))
        for policy in members:
            rows += _policy_rows(scope, tally, policy, things.get(policy, []))
    for policy in policies:
        if policy.universal:
            rows += _policy_rows(scope, tally, policy, things.get(policy, []), level=APART)
    counts, money = _columns()
    return Table(
        key="support_by_policy",
        title=_("Support by category and policy"),
        first_heading=_("Category and policy"),
        columns=[
            *counts,
            Column("things", _("Things"), COUNT, _("things")),
            Column("thing_unit", _("Kind of thing"), TEXT),
            *money,
        ],
        rows=rows,
        total=tally.row(ALL, "total", _("Total"), {"universal": 0}),
        summed=SUMMED,
        notes=[
            _("Grants, goods and loans are of three natures and are never added together."),
            _distinct_note(),
            _("“Not named”: numbers as they were reported for a group; they are never added to the named ones."),
            *_what_is_missing(given),
        ],
    )


def _by_policy(slot: Slot) -> tuple:
    return (slot.policy,) if slot.policy.universal else (slot.policy, slot.policy.category, ALL)


def _policy_rows(scope: Scope, tally: Tally, policy, things: list[tuple], *, level: str = LINE) -> Iterable[Row]:
    """The policy's row; things of several kinds stand on lines below it, since unlike things are not added."""
    row = tally.row(policy, policy.code, str(policy), {"policy": policy.code}, level=level)
    lines = [_things_row(scope, policy, *each, level=level) for each in things]
    if len(lines) == 1:
        [line] = lines
        row = replace(row, cells=row.cells | line.cells, marks=row.marks | line.marks, links=row.links | line.links)
        lines = []
    return [row, *lines]


def _things_row(scope: Scope, policy, unit: str, count: int, mark: str | None, *, level: str) -> Row:
    label = str(Thing(unit).label)
    cells = {"things": count, "thing_unit": label}
    links = scope.action_links(
        {"things": count}, lambda column: {"policy": policy.code, "thing": unit, "counted": column}
    )
    return Row(f"{policy.code}:{unit}", f"– {label}", cells, {"things": mark} if mark else {}, links, level)


def _things_by_policy(given: HelpGiven) -> dict:
    """{policy: [(kind, number, mark)]}."""
    counts, doubts = defaultdict(int), defaultdict(set)
    for acts in given.acts:
        if acts.things is not None:
            key = acts.slot.policy, acts.thing_unit
            counts[key] += acts.things
            doubts[key].add(acts.qualifier)
    result = defaultdict(list)
    for policy, unit in sorted(counts, key=lambda key: key[1]):
        result[policy].append((unit, counts[policy, unit], combined_qualifier(doubts[policy, unit])))
    return result


def _what_is_missing(given: HelpGiven) -> Iterable[str]:
    """What stands outside the total, and what the sums leave out."""
    if given.has_universal:
        yield _("Universal policies, for everybody, stand below the others and outside the total.")
    if unknown := sum(each.unknown for each in given.payments if not each.slot.policy.universal):
        yield _("%(count)d amounts were never recorded and are in no sum; the sources are known.") % {"count": unknown}
    if left_out := given.left_out:
        yield (
            _("%(count)d records reach beyond these years and are not counted here: a span cannot be split.")
            % {"count": left_out}
        )


# --- by category and year -------------------------------------------------------------------


def support_by_category_and_year(scope: Scope, given: HelpGiven | None = None) -> Table:
    """For each category a line a measure, because units never mix; then the same lines of all categories together."""
    given = given or HelpGiven(scope)
    years = [str(year) for year in scope.years]
    columns = [
        Column("unit", _("Unit"), TEXT),
        *(Column(year, year, FIGURE) for year in years),
        Column(MANY, _("Several years or undated"), FIGURE),
        Column(ALL, _("All years"), FIGURE),
    ]
    keys = [column.key for column in columns[1:]]
    tally = Tally(given, _by_category_and_year)
    rows: list[Row] = []
    for universal in (False, True):
        for category in Category:
            rows += _category_rows(scope, tally, keys, category, universal)
    rows += _lines(scope, tally, keys, ALL, ALL, _("Total"), {"universal": 0}, TOTAL)
    return Table(
        key="support_by_category_and_year",
        title=_("Support by category and year"),
        sheet=_("By category and year"),
        first_heading=_("Category and measure"),
        columns=columns,
        rows=rows,
        summed=frozenset(keys),
        counted=frozenset(COUNTED),
        notes=[
            _("Each line has a unit of its own; lines of different units are never added together."),
            _(
                "Households and persons are counted anew in every cell: neither the years nor the categories add up to"
                " the total, because a family helped in two years is one family."
            ),
            *_what_is_missing(given),
        ],
    )


def _by_category_and_year(slot: Slot) -> Iterable[tuple]:
    groups = [(slot.policy.universal, slot.policy.category)]
    if not slot.policy.universal:
        groups.append(ALL)
    return [(group, column) for group in groups for column in (str(slot.year) if slot.year else MANY, ALL)]


def _category_rows(scope: Scope, tally: Tally, keys: list[str], category: Category, universal: bool) -> list[Row]:
    """The category's line of times is its heading; universal policies have no heading and no part in the total."""
    key, label, level = category.value, capfirst(str(category.label)), GROUP
    if universal:
        label = _("Universal policies: %(category)s") % {"category": category.label}
        key, level = f"universal:{key}", APART
    asked = {"category": category.value, "universal": int(universal)}
    return _lines(scope, tally, keys, (universal, category.value), key, label, asked, level)


def _lines(scope: Scope, tally: Tally, keys, group, key: str, label: str, asked: dict, level: str) -> list[Row]:
    """A line for each measure that has a figure in the group; beneath a heading, the first bears the group's name."""
    rows = []
    for name, measure in measures().items():
        found = {column: tally.cells.get((group, column), {}) for column in keys}
        cells = {column: each.get(name) for column, each in found.items()}
        if not any(cells.values()):
            continue
        marks = {column: mark for column in keys if (mark := tally.marks((group, column)).get(name))}
        behind = asked | BEHIND.get(name, {})
        links = scope.action_links(cells, lambda column, of=behind: of | ({} if column == ALL else {"year": column}))
        beneath = level == GROUP and rows
        words = measure.label if beneath else f"{label} · {measure.label}"
        cells = {"unit": measure.unit} | cells
        rows.append(Row(f"{key}:{name}", words, cells, marks, links, LINE if beneath else level, part=name))
    return rows


# --- by ward --------------------------------------------------------------------------------


def support_by_ward(scope: Scope, given: HelpGiven | None = None) -> Table:
    """One row a ward; help recorded for the whole district stands on a row of its own.

    So does, on today's map, help in wards that were split which nobody can place in one of their successors.
    """
    given = given or HelpGiven(scope)
    tally = Tally(given, lambda slot: ("universal",) if slot.policy.universal else (("place", slot.place), ALL))
    rows = []
    for ward in scope.wards_among(slot.place for slot in given.slots if not slot.policy.universal):
        asked = {"ward": ward.pk, "universal": 0}
        rows.append(tally.row(("place", ward.pk), ward.identity, scope.ward_label(ward), asked))
    if ("place", UNPLACED) in tally.cells:
        asked = {"ward": UNPLACED, "universal": 0}
        rows.append(tally.row(("place", UNPLACED), UNPLACED_WORD, unplaced_label(), asked))
    if ("place", None) in tally.cells:
        asked = {"ward": DISTRICT_WIDE, "universal": 0}
        rows.append(tally.row(("place", None), "district", _("Whole district, not by ward"), asked))
    if given.has_universal:
        label = _("Universal policies, outside the total")
        rows.append(tally.row("universal", "universal", label, {"universal": 1}, level=APART))
    counts, money = _columns()
    return Table(
        key="support_by_ward",
        title=_("Support by ward"),
        first_heading=_("Ward"),
        columns=[*counts, *money],
        rows=rows,
        total=tally.row(ALL, "total", _("Total"), {"universal": 0}),
        summed=SUMMED,
        notes=[_by_which_ward(scope), _distinct_note()],
    )


def _by_which_ward(scope: Scope) -> str:
    if scope.today is None:
        return _("By the ward of the day on which the help was given.")
    return _(
        "By the ward in which the place lies today. Help to a group of a ward that was split, and to households whose"
        " residential group is not on record or has no successor, cannot be placed."
    )

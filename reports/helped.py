"""Help given: `support_by_policy`, `money_by_source`, `support_by_ward`.

Times are added; households and persons are counted, so that a family helped twice is one family.
Grants, goods and loans stand in columns of their own and are never in one sum. Universal policies
stay out of the totals and stand on a line of their own.
"""

from collections import defaultdict
from collections.abc import Iterable

from django.db.models import Count, Q, Sum
from django.utils.translation import gettext as _

from reports.scope import Scope, unplaced_label
from reports.table import APART, COUNT, GROUP, LINE, MONEY, TEXT, Column, Row, Table
from support.codes import Category, Nature, Qualifier, Thing, combined_qualifier
from support.models import FundingSource, SupportPolicy
from support.models.action import year_of
from wards.succession import UNPLACED, UNPLACED_WORD

NATURES = [nature.value for nature in Nature]
PLACE = "place"  # the ward of the day, or the one in which that place lies today: the scope says
COUNTED = {
    "times": Sum("times"),
    "households": Count("household", distinct=True),
    "persons": Count("member", distinct=True),
    "unnamed_households": Sum("households_reported"),
    "unnamed_persons": Sum("persons_reported"),
}
SUMMED = frozenset({"times", "unnamed_households", "unnamed_persons", *NATURES})


def _count_columns() -> list[Column]:
    return [
        Column("times", _("Times"), COUNT, _("times")),
        Column("households", _("Households, named"), COUNT, _("households")),
        Column("persons", _("Persons, named"), COUNT, _("persons")),
        Column("unnamed_households", _("Households, not named"), COUNT, _("households")),
        Column("unnamed_persons", _("Persons, not named"), COUNT, _("persons")),
    ]


def _money_columns() -> list[Column]:
    return [
        Column("grant", _("Grants"), MONEY, _("đồng")),
        Column("in_kind", _("In kind"), MONEY, _("đồng")),
        Column("loan", _("Loans"), MONEY, _("đồng")),
    ]


def _distinct_note() -> str:
    return _(
        "Households and persons are counted once each in every row and in the total, so the rows do not"
        " add up to it: a family helped twice is one family."
    )


class Tally:
    """Counts and money of a set of actions, grouped by one expression; one query each for counts, doubts, money.

    A tally over larger groups takes the money and the doubts of its `parts`, which add up; `groups` maps
    each part to its group. Counts do not add up and are always counted anew.
    """

    def __init__(
        self, scope: Scope, actions, by: str | None, *, parts: "Tally | None" = None, groups: dict | None = None
    ):
        self.cells: dict = defaultdict(dict)
        self.marks: dict = defaultdict(dict)
        self._count(actions, by)
        if parts is None:
            self._doubt(actions, by)
            self._pay(scope.lines(actions), f"action__{by}" if by and by != PLACE else by)
        else:
            self._gather(parts, groups or {})

    def _gather(self, parts: "Tally", groups: dict) -> None:
        marks = defaultdict(set)
        for part, group in groups.items():
            for nature in NATURES:
                if (amount := parts.cells.get(part, {}).get(nature)) is not None:
                    self.cells[group][nature] = (self.cells[group].get(nature) or 0) + amount
            for column, mark in parts.marks.get(part, {}).items():
                marks[group, column].add(mark)
        for (group, column), found in marks.items():
            self.marks[group][column] = combined_qualifier(found)

    def _count(self, actions, by: str | None) -> None:
        actions = actions.order_by()
        rows = actions.values(by).annotate(**COUNTED) if by else [actions.aggregate(**COUNTED)]
        for row in rows:
            self.cells[row.get(by)] |= {column: row[column] for column in COUNTED}

    def _doubt(self, actions, by: str | None) -> None:
        """Which counts are only nearly, over or about: the reported numbers of inexact actions."""
        columns = {"times": "times", "unnamed_households": "households_reported", "unnamed_persons": "persons_reported"}
        doubtful = actions.exclude(qualifier=Qualifier.EXACT).order_by()
        seen = defaultdict(lambda: defaultdict(set))
        values = (by, "qualifier") if by else ("qualifier",)
        for row in doubtful.values(*values).annotate(**{name: Count(field) for name, field in columns.items()}):
            for column in columns:
                if row[column]:
                    seen[row.get(by)][column].add(row["qualifier"])
        for key, found in seen.items():
            self.marks[key] |= {column: combined_qualifier(qualifiers) for column, qualifiers in found.items()}

    def _pay(self, lines, by: str | None) -> None:
        values = (by, "nature", "qualifier") if by else ("nature", "qualifier")
        doubts = defaultdict(set)
        for row in lines.exclude(amount=None).values(*values).annotate(total=Sum("amount")):
            key, nature = row.get(by), row["nature"]
            self.cells[key][nature] = (self.cells[key].get(nature) or 0) + row["total"]
            doubts[key, nature].add(row["qualifier"])
        for (key, nature), qualifiers in doubts.items():
            if mark := combined_qualifier(qualifiers):
                self.marks[key][nature] = mark

    def row(self, by, key: str, label: str, *, links=None, level: str = LINE, extra: dict | None = None) -> Row:
        cells = dict.fromkeys([*COUNTED, *NATURES]) | self.cells.get(by, {}) | (extra or {})
        links = {column: links for column, value in cells.items() if value and links}
        return Row(key, label, cells, dict(self.marks.get(by, {})), links, level)


# --- by category and policy -----------------------------------------------------------------


def support_by_policy(scope: Scope) -> Table:
    """A subtotal a category, a row a policy (a row a kind of thing where a policy hands over several)."""
    actions = scope.actions()
    targeted, universal = actions.filter(policy__universal=False), actions.filter(policy__universal=True)
    by_policy = Tally(scope, actions, "policy")
    policies = [policy for policy in SupportPolicy.objects.all() if by_policy.cells.get(policy.pk)]
    groups = {policy.pk: policy.category for policy in policies if not policy.universal}
    by_category = Tally(scope, targeted, "policy__category", parts=by_policy, groups=groups)
    in_all = Tally(scope, targeted, None, parts=by_policy, groups=dict.fromkeys(groups))
    things = _things_by_policy(actions)
    rows: list[Row] = []
    for category in Category:
        members = [policy for policy in policies if policy.category == category and not policy.universal]
        if not members:
            continue
        link = scope.actions_url(category=category.value, universal=0)
        rows.append(
            by_category.row(
                category.value, f"category:{category.value}", category.label.capitalize(), links=link, level=GROUP
            )
        )
        for policy in members:
            rows += _policy_rows(scope, by_policy, policy, things.get(policy.pk, []))
    for policy in policies:
        if policy.universal:
            rows += _policy_rows(scope, by_policy, policy, things.get(policy.pk, []), level=APART)
    total = in_all.row(None, "total", _("Total"), links=scope.actions_url(universal=0))
    notes = [
        _("Grants, goods and loans are of three natures and are never added together."),
        _distinct_note(),
        _("“Not named”: numbers as they were reported for a group; they are never added to the named ones."),
    ]
    if universal.exists():
        notes.append(_("Universal policies, for everybody, stand below the others and outside the total."))
    if unknown := scope.lines(targeted).filter(amount=None).count():
        notes.append(
            _("%(count)d amounts were never recorded and are in no sum; the sources are known.") % {"count": unknown}
        )
    if left_out := _left_out(scope):
        notes.append(
            _("%(count)d records reach beyond these years and are not counted here: a span cannot be split.")
            % {"count": left_out}
        )
    return Table(
        key="support_by_policy",
        title=_("Support by category and policy"),
        first_heading=_("Category and policy"),
        columns=[
            *_count_columns(),
            Column("things", _("Things"), COUNT, _("things")),
            Column("thing_unit", _("Kind of thing"), TEXT),
            *_money_columns(),
        ],
        rows=rows,
        total=total,
        summed=SUMMED,
        notes=notes,
    )


def _policy_rows(scope: Scope, tally: Tally, policy, things: list[tuple], *, level: str = LINE) -> Iterable[Row]:
    """The policy's row; things of several kinds stand on lines below it, since unlike things are not added."""
    link = scope.actions_url(policy=policy.code)
    alone = things[0] if len(things) == 1 else None
    row = tally.row(policy.pk, policy.code, str(policy), links=link, level=level, extra=_thing_cells(alone))
    if alone and alone[2]:
        row.marks["things"] = alone[2]
    yield row
    if len(things) > 1:
        empty = dict.fromkeys([*COUNTED, *NATURES])
        for unit, _count, mark in things:
            label = f"– {Thing(unit).label}"
            cells = empty | _thing_cells((unit, _count, mark))
            link = scope.actions_url(policy=policy.code, thing=unit)
            links = {"things": link} if link else {}
            yield Row(f"{policy.code}:{unit}", label, cells, {"things": mark} if mark else {}, links, level)


def _thing_cells(thing: tuple | None) -> dict:
    unit, count, _mark = thing or ("", None, None)
    return {"things": count, "thing_unit": str(Thing(unit).label) if unit else None}


def _things_by_policy(actions) -> dict[int, list[tuple[str, int, str | None]]]:
    """{policy: [(kind, number, mark)]}."""
    rows = actions.exclude(things=None).order_by().values("policy", "thing_unit", "qualifier").annotate(n=Sum("things"))
    counts, doubts = defaultdict(int), defaultdict(set)
    for row in rows:
        counts[row["policy"], row["thing_unit"]] += row["n"]
        doubts[row["policy"], row["thing_unit"]].add(row["qualifier"])
    result = defaultdict(list)
    for (policy, unit), count in sorted(counts.items()):
        result[policy].append((unit, count, combined_qualifier(doubts[policy, unit])))
    return result


def _left_out(scope: Scope) -> int:
    """Actions that touch the period without lying inside it."""
    inside = scope.actions().order_by().values("pk")
    touching = scope.all_actions().filter(
        Q(period_from=None) | Q(period_from__year__lte=scope.last),
        Q(period_to=None) | Q(period_to__year__gte=scope.first),
    )
    return touching.exclude(pk__in=inside).count()


# --- by source and year ---------------------------------------------------------------------


def money_by_source(scope: Scope) -> Table:
    """Money by source and year, the three natures one below the other; no total over natures exists."""
    year_columns = [Column(str(year), str(year), MONEY, _("đồng")) for year in scope.years]
    keys = [column.key for column in year_columns]
    columns = [
        *year_columns,
        Column("many", _("Several years or undated"), MONEY, _("đồng")),
        Column("total", _("All years"), MONEY, _("đồng")),
        Column("unknown", _("Amounts not known"), COUNT, _("records")),
    ]
    groups = [(nature.value, nature.label.capitalize(), False, nature) for nature in Nature]
    groups += [
        (f"universal:{nature.value}", _("Universal policies: %(nature)s") % {"nature": nature.label}, True, nature)
        for nature in Nature
    ]
    sums, marks = _money_cells(scope)
    sources = list(FundingSource.objects.all())
    rows: list[Row] = []
    for key, label, universal, nature in groups:
        members = [source for source in sources if (universal, nature.value, source.pk) in sums]
        if not members:
            continue
        lines = [_source_row(scope, key, universal, nature, source, sums, marks, keys) for source in members]
        rows.append(_nature_row(key, label, lines, keys, APART if universal else GROUP))
        rows += lines
    return Table(
        key="money_by_source",
        title=_("Money by source and year"),
        first_heading=_("Nature and source"),
        columns=columns,
        rows=rows,
        summed=frozenset([*keys, "many", "total", "unknown"]),
        notes=[
            _("A grand total does not exist: grants, goods and loans are never added together."),
            _("“Amounts not known”: records whose source is known and whose sum was never recorded."),
        ],
    )


def _money_cells(scope: Scope):
    """Sums and marks by (universal, nature, source) and column."""
    rows = (
        scope.lines()
        .annotate(year=year_of(scope.first, scope.last, prefix="action__"))
        .values("action__policy__universal", "nature", "source", "year", "qualifier")
        .annotate(total=Sum("amount"), unknown=Count("pk", filter=Q(amount=None)))
    )
    sums, doubts = defaultdict(lambda: defaultdict(int)), defaultdict(lambda: defaultdict(set))
    for row in rows:
        key = (row["action__policy__universal"], row["nature"], row["source"])
        column = str(row["year"]) if row["year"] else "many"
        sums[key]["unknown"] += row["unknown"]
        if row["total"] is not None:
            for name in (column, "total"):
                sums[key][name] += row["total"]
                doubts[key][name].add(row["qualifier"])
    marks = {
        key: {name: mark for name, found in names.items() if (mark := combined_qualifier(found))}
        for key, names in doubts.items()
    }
    return sums, marks


def _source_row(scope: Scope, group: str, universal: bool, nature, source, sums, marks, years) -> Row:
    key = (universal, nature.value, source.pk)
    cells = {name: sums[key].get(name) for name in [*years, "many", "total"]} | {
        "unknown": sums[key]["unknown"] or None
    }
    asked = {"source": source.code, "nature": nature.value, "universal": int(universal)}
    links = {}
    for name, value in cells.items():
        if value:
            chosen = {"year": name} if name in years or name == "many" else {}
            links[name] = scope.actions_url(**asked, **chosen)
    links = {name: url for name, url in links.items() if url}
    return Row(f"{group}:{source.code}", str(source), cells, marks.get(key, {}), links)


def _nature_row(key: str, label: str, lines: list[Row], years: list[str], level: str) -> Row:
    cells, marks = {}, {}
    for name in [*years, "many", "total", "unknown"]:
        known = [line.cells[name] for line in lines if line.cells[name] is not None]
        cells[name] = sum(known) if known else None
        if mark := combined_qualifier(line.marks.get(name) for line in lines):
            marks[name] = mark
    return Row(key, label, cells, marks, {}, level)


# --- by ward --------------------------------------------------------------------------------


def support_by_ward(scope: Scope) -> Table:
    """One row a ward; help recorded for the whole district stands on a row of its own.

    So does, on today's map, help in wards that were split which nobody can place in one of their successors.
    """
    actions = scope.actions()
    targeted = actions.filter(policy__universal=False)
    tally = Tally(scope, targeted, PLACE)
    in_all = Tally(scope, targeted, None, parts=tally, groups=dict.fromkeys(tally.cells))
    rows = []
    for ward in scope.wards_among(tally.cells):
        link = scope.actions_url(ward=ward.pk, universal=0)
        rows.append(tally.row(ward.pk, ward.identity, scope.ward_label(ward), links=link))
    if tally.cells.get(UNPLACED):
        link = scope.actions_url(ward=UNPLACED, universal=0)
        rows.append(tally.row(UNPLACED, UNPLACED_WORD, unplaced_label(), links=link))
    if tally.cells.get(None, {}).get("times"):
        link = scope.actions_url(ward="none", universal=0)
        rows.append(tally.row(None, "district", _("Whole district, not by ward"), links=link))
    universal = actions.filter(policy__universal=True)
    if universal.exists():
        link = scope.actions_url(universal=1)
        apart = Tally(scope, universal, None)
        rows.append(apart.row(None, "universal", _("Universal policies, outside the total"), links=link, level=APART))
    return Table(
        key="support_by_ward",
        title=_("Support by ward"),
        first_heading=_("Ward"),
        columns=[*_count_columns(), *_money_columns()],
        rows=rows,
        total=in_all.row(None, "total", _("Total"), links=scope.actions_url(universal=0)),
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

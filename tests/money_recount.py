"""The tables of help and money counted again: bare rows, plain loops, nothing of the reports' code or its queries."""

from calendar import monthrange
from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import date
from types import SimpleNamespace

from django.db import connection
from django.utils import timezone

NATURES = ("grant", "in_kind", "loan")
COUNTED = ("households", "persons")
MEASURES = ("times", *COUNTED, "unnamed_households", "unnamed_persons", *NATURES)
PAYERS = {"ngan_sach": "budget", "quy_vi_nguoi_ngheo": "fund", "xa_hoi_hoa": "mobilised"}
MOVED = ("repaid", "interest", "written_off", "outstanding", "overdue")
Cells = dict[str, int | str | None]
Expected = dict[str, tuple[Cells, dict[str, str]]]  # cells and marks by row


def rows(table: str, columns: str) -> list[SimpleNamespace]:
    names = columns.split()
    quoted = ", ".join(f'"{name}"' for name in names)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {quoted} FROM support_{table} ORDER BY id")
        return [SimpleNamespace(**dict(zip(names, row, strict=True))) for row in cursor.fetchall()]


def day(value) -> date | None:
    return None if value is None else date.fromisoformat(str(value)[:10])


def added(amounts: Iterable[int | None]) -> int | None:
    """What is known of them; None where nothing is."""
    known = [amount for amount in amounts if amount is not None]
    return sum(known) if known else None


def marked(doubts: dict[str, Iterable[str]]) -> dict[str, str]:
    """How sure each sum is: one kind of doubt is that kind, several are “about”."""
    inexact = {column: set(found) - {"exact"} for column, found in doubts.items()}
    return {column: min(found) if len(found) == 1 else "about" for column, found in inexact.items() if found}


class Recount:
    """What the tables of one scope must hold, by the keys of their rows."""

    def __init__(self, first: int, last: int, ward: int | None):
        self.first, self.last, self.ward = first, last, ward
        self.until = min(date(last, 12, 31), timezone.localdate())
        self.sources = {each.id: each for each in rows("fundingsource", "id code group ledger_since")}
        policies = {each.id: each for each in rows("supportpolicy", "id code category universal")}
        self.all = {
            each.id: each
            for each in rows(
                "supportaction",
                "id policy_id ward_id household_id member_id times households_reported persons_reported things"
                " thing_unit qualifier period_from period_to income_gain_from income_gain_to voided_at",
            )
        }
        for action in self.all.values():
            action.policy = policies[action.policy_id]
            action.first, action.last = day(action.period_from), day(action.period_to)
            action.lines, action.moves, action.loan, action.house = [], [], None, None
        for line in rows("fundingline", "id action_id source_id nature amount qualifier"):
            line.source = self.sources[line.source_id]
            self.all[line.action_id].lines.append(line)
        for move in rows("loanmovement", "action_id kind on amount voided_at"):
            self.all[move.action_id].moves.append(move)
        for detail in rows("loandetail", "action_id programme due_on term_months"):
            self.all[detail.action_id].loan = detail
        for detail in rows("housingdetail", "action_id work handed_over_on labour_days labour_value"):
            self.all[detail.action_id].house = detail
        self.actions = [action for action in self.all.values() if self._counts(action)]
        self.targeted = [action for action in self.actions if not action.policy.universal]
        self.universal = [action for action in self.actions if action.policy.universal]

    def _counts(self, action) -> bool:
        open_ended = (self.first, self.last) == (2020, 2025)
        begins = open_ended if action.first is None else action.first.year >= self.first
        ends = open_ended if action.last is None else action.last.year <= self.last
        return action.voided_at is None and begins and ends and self.ward in (None, action.ward_id)

    def year_of(self, action) -> str:
        if action.first is None or action.last is None or action.first.year != action.last.year:
            return "many"
        return str(action.first.year)

    @property
    def columns(self) -> list[str]:
        return [*map(str, range(self.first, self.last + 1)), "many"]

    # --- help ---

    def _help(self, actions: list) -> tuple[Cells, dict]:
        """Every measure of these actions, each way of counting by itself."""
        lines = [line for action in actions for line in action.lines]
        cells = {
            "times": added(action.times for action in actions),
            "households": len({action.household_id for action in actions} - {None}) if actions else None,
            "persons": len({action.member_id for action in actions} - {None}) if actions else None,
            "unnamed_households": added(action.households_reported for action in actions),
            "unnamed_persons": added(action.persons_reported for action in actions),
        } | {nature: added(line.amount for line in lines if line.nature == nature) for nature in NATURES}
        doubts = {
            "times": [action.qualifier for action in actions],
            "unnamed_households": [a.qualifier for a in actions if a.households_reported is not None],
            "unnamed_persons": [a.qualifier for a in actions if a.persons_reported is not None],
        } | {
            nature: [line.qualifier for line in lines if line.nature == nature and line.amount is not None]
            for nature in NATURES
        }
        return cells, marked(doubts)

    def support_by_policy(self) -> Expected:
        found: Expected = {}
        by_category, by_policy = grouped(self.targeted, category_of), grouped(self.actions, lambda a: a.policy.code)
        for category, actions in by_category.items():
            cells, marks = self._help(actions)
            found[f"category:{category}"] = cells | {"things": None}, marks
        for code, actions in by_policy.items():
            things = grouped([a for a in actions if a.things is not None], lambda a: a.thing_unit)
            cells, marks = self._help(actions)
            counted = {
                unit: (sum(a.things for a in of), marked({"things": [a.qualifier for a in of]}))
                for unit, of in things.items()
            }
            alone = next(iter(counted.values())) if len(counted) == 1 else (None, {})
            found[code] = cells | {"things": alone[0]}, marks | alone[1]
            if len(counted) > 1:
                for unit, (number, doubt) in counted.items():
                    found[f"{code}:{unit}"] = dict.fromkeys(MEASURES) | {"things": number}, doubt
        cells, marks = self._help(self.targeted)
        found["total"] = cells | {"things": None}, marks
        return found

    def support_by_ward(self) -> Expected:
        identities = dict(_wards())
        found = {
            identities.get(ward, "district"): self._help(of) for ward, of in grouped(self.targeted, ward_of).items()
        }
        if self.universal:
            found["universal"] = self._help(self.universal)
        return found | {"total": self._help(self.targeted)}

    def support_by_category_and_year(self) -> Expected:
        groups = grouped(self.targeted, category_of)
        groups |= {f"universal:{category}": of for category, of in grouped(self.universal, category_of).items()}
        groups["total"] = self.targeted
        found: Expected = {}
        for group, actions in groups.items():
            of_year = grouped(actions, self.year_of)
            told = {year: self._help(of_year.get(year, [])) for year in self.columns} | {"total": self._help(actions)}
            for measure in MEASURES:
                cells = {year: cells[measure] for year, (cells, _marks) in told.items()}
                if any(cells.values()):
                    marks = {year: marks[measure] for year, (_cells, marks) in told.items() if measure in marks}
                    found[f"{group}:{measure}"] = cells, marks
        return found

    # --- money ---

    def _money(self, actions: list, prefix: str, line_of: Callable, column_of: Callable, columns: list) -> Expected:
        """Rows of one nature each: the nature itself, then its lines."""
        found: dict[str, list] = defaultdict(list)
        for action in actions:
            for line in action.lines:
                for row in (f"{prefix}{line.nature}", f"{prefix}{line.nature}:{line_of(action, line)}"):
                    found[row].append((column_of(action, line), line))
        expected = {}
        for row, paid in found.items():
            of = {column: [line for each, line in paid if each == column] for column in columns}
            of["total"] = [line for _column, line in paid]
            cells = {column: added(line.amount for line in lines) for column, lines in of.items()}
            known = {
                column: [line.qualifier for line in lines if line.amount is not None] for column, lines in of.items()
            }
            cells["unknown"] = sum(line.amount is None for _column, line in paid) or None
            expected[row] = cells, marked(known)
        return expected

    def money_by_source(self) -> Expected:
        how = (lambda _action, line: line.source.code, lambda action, _line: self.year_of(action), self.columns)
        return self._money(self.targeted, "", *how) | self._money(self.universal, "universal:", *how)

    def category_by_source(self) -> Expected:
        codes = sorted({line.source.code for action in self.actions for line in action.lines})
        how = (lambda action, _line: category_of(action), lambda _action, line: line.source.code, codes)
        return self._money(self.targeted, "", *how) | self._money(self.universal, "universal:", *how)

    # --- loans ---

    def loans_by_lender(self) -> Expected:
        shared = {a.id for a in self.actions if len({each.source_id for each in a.lines if each.nature == "loan"}) > 1}
        lent = [(a, line) for a in self.targeted for line in a.lines if line.nature == "loan"]
        found = {"total": self._loans(lent, self.targeted)}
        for lender, of in grouped(lent, lambda loan: loan[1].source.code).items():
            found[lender] = self._loans(of, [a for a, _line in of if a.id not in shared])
            programmes = grouped(of, lambda loan: loan[0].loan.programme if loan[0].loan else "")
            if set(programmes) != {""}:
                for programme, part in programmes.items():
                    alone = [a for a, _line in part if a.id not in shared]
                    found[f"{lender}:{programme or 'none'}"] = self._loans(part, alone)
        universal = [(a, line) for a in self.universal for line in a.lines if line.nature == "loan"]
        if universal:
            found["universal"] = self._loans(universal, self.universal)
        return found

    def _loans(self, lent: list, balanced: list) -> tuple[Cells, dict]:
        actions = list({a.id: a for a, _line in lent}.values())
        bare = [a for a in actions if not standing(a.moves)]
        balances = [self._balance(a) for a in {a.id: a for a in balanced if is_lent(a)}.values() if standing(a.moves)]
        gains = [gain for a in actions if a.income_gain_from for gain in (a.income_gain_from, a.income_gain_to) if gain]
        ends = sorted({min(gains), max(gains)}) if gains else []
        moved = {name: added(each[name] for each in balances) for name in MOVED}
        cells = {
            "loans": added(a.times for a in actions),
            "households": len({a.household_id for a in actions} - {None}) if actions else None,
            "principal": added(line.amount for _a, line in lent),
            **moved,
            "interest": moved["interest"] or None,
            "written_off": moved["written_off"] or None,
            "untracked": added(a.times for a in bare),
            "income_gain": "–".join(f"{gain:,}".replace(",", ".") for gain in ends) or None,
            "unknown": sum(line.amount is None for _a, line in lent) or None,
        }
        doubts = {
            "loans": [a.qualifier for a in actions],
            "untracked": [a.qualifier for a in bare],
            "principal": [line.qualifier for _a, line in lent if line.amount is not None],
        }
        return cells, marked(doubts)

    def _balance(self, action) -> dict[str, int | None]:
        moves = standing(action.moves)
        until = defaultdict(int)
        for move in moves:
            until[move.kind] += move.amount if day(move.on) <= self.until else 0
        owed = until["disbursement"] - until["repayment"] - until["write_off"]
        due = day(action.loan.due_on) if action.loan else None
        if action.loan and not due and action.loan.term_months:
            due = months_on(min(day(m.on) for m in moves if m.kind == "disbursement"), action.loan.term_months)
        overdue = (None if owed else 0) if due is None else owed if due < self.until else 0
        return {
            "repaid": until["repayment"],
            "interest": until["interest"],
            "written_off": until["write_off"],
            "outstanding": owed,
            "overdue": overdue,
        }

    # --- houses ---

    def housing(self) -> Expected:
        houses = [action for action in self.targeted if category_of(action) == "housing"]
        found = {work: self._houses(of) for work, of in grouped(houses, work_of).items()}
        universal = [action for action in self.universal if category_of(action) == "housing"]
        if universal:
            found["universal"] = self._houses(universal)
        return found | {"total": self._houses(houses)}

    def _houses(self, actions: list) -> tuple[Cells, dict]:
        counted = [a for a in actions if a.things is not None and a.thing_unit == "house"]
        done = [a for a in counted if a.house and a.house.handed_over_on and day(a.house.handed_over_on) <= self.until]
        paid = defaultdict(list)
        for line in (line for a in actions for line in a.lines if line.nature != "loan"):
            own = line.source.code == "HO_GIA_DINH"
            payer = "own" if own else PAYERS.get(line.source.group, "other")
            for column in ("in_kind",) if line.nature == "in_kind" else (payer, "grant"):
                paid[column].append(line)
        columns = (*PAYERS.values(), "own", "other", "grant", "in_kind")
        cells = {
            "times": added(a.times for a in actions),
            "houses": added(a.things for a in counted),
            "handed_over": added(a.things for a in done),
            "labour_days": added(a.house.labour_days for a in actions if a.house),
            "labour_value": added(a.house.labour_value for a in actions if a.house),
            "unknown": sum(each.amount is None for column in ("grant", "in_kind") for each in paid[column]) or None,
        } | {column: added(line.amount for line in paid[column]) for column in columns}
        doubts = {
            name: [a.qualifier for a in of]
            for name, of in (("times", actions), ("houses", counted), ("handed_over", done))
        }
        known = {column: [line.qualifier for line in paid[column] if line.amount is not None] for column in columns}
        return cells, marked(doubts | known)

    # --- funds ---

    def funds(self) -> Expected:
        """From what was received and paid; what stands overspent depends on who came first and is read from the draws."""
        if self.ward is not None:
            return {}
        flows: dict[tuple, dict[str, int]] = defaultdict(lambda: defaultdict(int))
        for each in rows("receipt", "source_id day nature amount voided_at is_opening"):
            if each.voided_at is None:
                came = "opened" if each.is_opening else "received"
                flows[each.source_id, each.nature, day(each.day).year][came] += each.amount
        for each in rows("allocation", "source_id year nature amount voided_at"):
            if each.voided_at is None:
                flows[each.source_id, each.nature, each.year]["allocated"] += each.amount
        bare = defaultdict(int)
        for each in rows("draw", "line_id receipt_id amount"):
            bare[each.line_id] += each.amount if each.receipt_id is None else 0
        for action in self.all.values():
            paid_on = action.last or action.first
            for line in action.lines if action.voided_at is None and paid_on else ():
                since = day(line.source.ledger_since)
                if since and paid_on >= since and line.amount and line.nature != "loan":
                    flows[line.source_id, line.nature, paid_on.year]["spent"] += line.amount
                    flows[line.source_id, line.nature, paid_on.year]["overspent"] += bare[line.id]
        found: Expected = {}
        for source, nature in {key[:2] for key in flows}:
            key = f"{self.sources[source].code}:{nature}"
            of_fund = {year: flows[source, nature, year] for year in range(2015, self.last + 1)}
            balance, told = 0, []
            for year, of in of_fund.items():
                opening = balance + of["opened"]
                balance = opening + of["received"] - of["spent"]
                cells = {name: of[name] for name in ("received", "allocated", "spent", "overspent")}
                cells |= {"opening": opening, "left": balance}
                if year >= self.first and any(cells.values()):
                    found[f"{key}:{year}"] = cells, {}
                    told.append((of["opened"], cells))
            if told:
                total = {name: sum(cells[name] for _opened, cells in told) for name in told[0][1]}
                began = told[0][1]["opening"] + sum(opened for opened, _cells in told[1:])
                found[key] = total | {"opening": began, "left": told[-1][1]["left"]}, {}
        return found


def _wards() -> list[tuple[int, str]]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, code, valid_from FROM wards_ward")
        return [(pk, f"{code}@{day(since)}") for pk, code, since in cursor.fetchall()]


def grouped(items: Iterable, key: Callable) -> dict:
    groups = defaultdict(list)
    for item in items:
        groups[key(item)].append(item)
    return dict(groups)


def category_of(action) -> str:
    return action.policy.category


def ward_of(action) -> int | None:
    return action.ward_id


def work_of(action) -> str:
    return (action.house.work if action.house else "") or "none"


def is_lent(action) -> bool:
    return any(line.nature == "loan" for line in action.lines)


def standing(moves: list) -> list:
    return [move for move in moves if move.voided_at is None]


def months_on(start: date, months: int) -> date:
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    return date(year, month + 1, min(start.day, monthrange(year, month + 1)[1]))

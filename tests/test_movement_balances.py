"""Five hundred random histories: every ward's year balances, and an independent recount finds the same figures.

The recount knows nothing of the engine: it reads the tables by SQL and counts with sets, column by column, where
the engine goes household by household. The last tests plant a mistake in the engine and see that it is found.
"""

from collections import Counter, defaultdict
from random import Random

import pytest
from django.db import connection

from households import movement as engine
from households.codes import Movement
from households.models import PovertyStandard, PovertyStatus
from households.movement import TABLES, Kind, movements
from households.strip import movement_of, official, years_on_record
from tests import factories
from tests.histories import LAST, YEARS, History, write
from wards.succession import UNPLACED

pytestmark = pytest.mark.django_db

LEVEL = "city"
COLUMNS = [f"c{number}" for number in range(1, 10)]
CLASS_OF = {"poor": "N", "near_poor": "CN"}


@pytest.fixture
def standards():
    old, new = factories.standard(2021), factories.standard(2022)
    new.relapse_look_back = 2
    new.save()
    return {year: old if year <= 2021 else new for year in YEARS}


def invent(count, standards, *, seed, careless=False):
    dice = Random(seed)
    old = PovertyStandard.objects.create(
        code="OLD", name="Cũ", name_en="Old", level=LEVEL, from_year=2000, to_year=2010, urban_line=1
    )
    histories = [History(dice, number, standards, old, careless).live() for number in range(count)]
    write(histories)
    return histories


# --- the recount: SQL rows and sets ------------------------------------------------------------


def dump(sql):
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchall()


def recount():
    """{(year, ward, table, column): (households, persons)} and {(year, ward, table): open questions}."""
    judged = {}  # (year, household) → (class, ward, persons)
    look_back = {}
    for household, year, letters, ward, persons, back in dump(
        "SELECT p.household_id, p.year, p.classification, p.ward_id, p.persons, s.relapse_look_back "
        "FROM households_povertystatus p JOIN households_povertystandard s ON s.id = p.standard_id "
        "WHERE s.level = 'city' AND s.from_year <= p.year AND (s.to_year IS NULL OR s.to_year >= p.year)"
    ):
        judged[year, household] = (letters, ward, persons)
        look_back[year] = back
    came, left, went_to = set(), defaultdict(list), defaultdict(list)
    for household, kind, day, to_ward in dump(
        "SELECT household_id, kind, day, to_ward_id FROM households_lifeevent WHERE undone_at IS NULL ORDER BY day, id"
    ):
        year = int(str(day)[:4])
        if kind in ("moved_in", "split_off"):
            came.add((year, household))
        if kind in (
            "moved_out",
            "died_out",
            "merged",
            "duplicate",
            "moved_in",
            "split_off",
            "moved_ward",
            "reorganised",
        ):
            went_to[household].append((year, kind, to_ward))
    for household, day in dump("SELECT id, closed_on FROM households_household WHERE closed_on IS NOT NULL"):
        left[household].append(int(str(day)[:4]))

    counted, questions = defaultdict(lambda: [0, 0]), defaultdict(int)

    def count(year, ward, table, column, households, persons):
        pair = counted[year, ward, table, column]
        pair[0] += households
        pair[1] += persons

    households = {household for _year, household in judged}
    for year in YEARS:
        now = {h: judged[year, h] for h in households if (year, h) in judged}
        before = {h: judged[year - 1, h] for h in households if (year - 1, h) in judged}
        for table, letters in CLASS_OF.items():
            closing = {h for h, status in now.items() if status[0] == letters}
            for h in closing:
                count(year, now[h][1], table, "c9", 1, now[h][2])
            if not before:
                continue
            opening = {h for h, status in before.items() if status[0] == letters}
            other = {h for h, status in before.items() if status[0] in ("N", "CN")} - opening
            for h in opening:
                count(year, before[h][1], table, "c1", 1, before[h][2])
            # left by class
            for h in opening & now.keys() - closing:
                to_other = now[h][0] in ("N", "CN")
                column = {"poor": ("c3", "c2"), "near_poor": ("c2", "c3")}[table][to_other]
                count(year, now[h][1], table, column, 1, now[h][2])
            # changed in size, whatever became of it
            for h in opening & now.keys():
                more = now[h][2] - before[h][2]
                count(year, now[h][1], table, "c8", 0, max(more, 0))
                count(year, now[h][1], table, "c4", 0, max(-more, 0))
            # came from the other list
            for h in closing & other:
                count(year, now[h][1], table, "c5", 1, now[h][2])
            # judged in another ward
            for h in opening & now.keys():
                if now[h][1] != before[h][1]:
                    count(year, before[h][1], table, "c4", 1, before[h][2])
                    count(year, now[h][1], table, "c8", 1, before[h][2])
            # not judged at all
            for h in opening - now.keys():
                where = [each for each in went_to[h] if each[0] <= year]
                last = where[-1] if where else None
                if any(each <= year for each in left[h]) or (
                    last and last[1] in ("moved_out", "died_out", "merged", "duplicate")
                ):
                    count(year, before[h][1], table, "c4", 1, before[h][2])
                elif last and last[1] in ("moved_ward", "reorganised") and last[2] != before[h][1]:
                    count(year, before[h][1], table, "c4", 1, before[h][2])
                    count(year, last[2], table, "c8", 1, before[h][2])
                    questions[year, last[2], table] += 1
                else:
                    questions[year, before[h][1], table] += 1
            # came from no list
            back = look_back.get(year) or 99
            years_back = range(year - back, year - 1)
            counts_as_back = ("N",) if table == "poor" else ("N", "CN")
            for h in closing - opening - other:
                if h not in before and (year, h) in came:
                    column = "c8"
                elif any(judged.get((each, h), ("", 0, 0))[0] in counts_as_back for each in years_back):
                    column = "c6"
                else:
                    column = "c7"
                count(year, now[h][1], table, column, 1, now[h][2])
    return {key: tuple(pair) for key, pair in counted.items() if any(pair)}, dict(questions)


# --- what must hold ------------------------------------------------------------------------------


def told(of):
    """The engine's figures in the words of the recount."""
    figures, questions = {}, defaultdict(int)
    for year, movement in of.items():
        for (ward, table, column), pair in movement.figures.items():
            if any(pair):
                figures[year, ward, table, column] = pair
        for question in movement.questions:
            questions[year, question.ward, question.table] += 1
    return figures, dict(questions)


def mistakes(of):
    """Every rule that a year's tables break, in words."""
    found = []
    for year, movement in of.items():
        for ward in movement.wards:
            for table in TABLES:
                balance = movement.balance(ward, table)
                is_open = any(each.ward == ward and each.table == table for each in movement.questions)
                if balance.holds == is_open:
                    found.append(f"{year} {ward} {table}: {balance}")
                if year < LAST and of[year + 1].known and balance.closing != of[year + 1].figure(ward, table, "c1"):
                    found.append(f"{year} {ward} {table}: closing is not next year's opening")
            if movement.figure(ward, "poor", "c2") != movement.figure(ward, "near_poor", "c5"):
                found.append(f"{year} {ward}: poor c2 is not near-poor c5")
            if movement.figure(ward, "poor", "c5") != movement.figure(ward, "near_poor", "c3"):
                found.append(f"{year} {ward}: poor c5 is not near-poor c3")
        found += _places(year, movement)
    return found


def _places(year, movement):
    """A household of the opening leaves at most once, one of the closing comes at most once, and none does both idly."""
    if not movement.known:
        return []
    out, into, lists = defaultdict(int), defaultdict(int), {"c1": set(), "c9": set()}
    for entry in movement.entries:
        place = (entry.household, entry.ward, entry.table)
        if entry.column in lists:
            lists[entry.column].add(place)
        elif entry.households:
            (out if entry.column in ("c2", "c3", "c4") else into)[place] += 1
    open_places = {(each.household, each.ward, each.table) for each in movement.questions}
    found = []
    for place in lists["c1"] | lists["c9"] | set(out) | set(into) | open_places:
        was, became = place in lists["c1"], place in lists["c9"]
        if was + into[place] - out[place] - (place in open_places) != became or out[place] > 1 or into[place] > 1:
            found.append(f"{year} {place}: {was=} in={into[place]} out={out[place]} {became=}")
    return found


def test_five_hundred_histories_balance_and_equal_the_recount(standards):
    invent(500, standards, seed=3)

    of = movements(LEVEL, YEARS)
    recounted = recount()

    assert mistakes(of) == []
    assert not any(movement.questions for movement in of.values())
    assert told(of) == recounted
    kinds = Counter(entry.kind for movement in of.values() for entry in movement.entries)
    assert set(kinds) == set(Kind) - {Kind.MISTAKE}, "the histories no longer cover every kind"
    assert min(kinds.values()) >= 100, f"some kinds are too rare to prove anything: {kinds}"
    _the_strip_and_the_database_tell_the_same(of)
    _a_ward_alone_is_told_as_among_all(of)
    _another_map_balances_and_keeps_the_whole(of)


def _the_strip_and_the_database_tell_the_same(of):
    """c2–c7 household by household, told three times: by the tables, by the database and by the year strip."""
    in_the_tables = {
        (entry.household, year, entry.table, entry.column)
        for year, movement in of.items()
        for entry in movement.entries
        if movement.known and entry.households and entry.column in ("c2", "c3", "c5", "c6", "c7")
    }
    places = {
        Movement.ESCAPED_TO_NEAR_POOR: {("poor", "c2"), ("near_poor", "c5")},
        Movement.ESCAPED_POVERTY: {("poor", "c3")},
        Movement.ESCAPED_NEAR_POVERTY: {("near_poor", "c2")},
        Movement.FELL_INTO_POVERTY: {("near_poor", "c3"), ("poor", "c5")},
        Movement.RELAPSED_POOR: {("poor", "c6")},
        Movement.RELAPSED_NEAR_POOR: {("near_poor", "c6")},
        Movement.NEW_POOR: {("poor", "c7")},
        Movement.NEW_NEAR_POOR: {("near_poor", "c7")},
    }
    rows = list(PovertyStatus.objects.at_level(LEVEL).with_movement().select_related("standard"))
    by_database = {
        (row.household_id, row.year, *place) for row in rows if row.movement for place in places[row.movement]
    }
    assert by_database == in_the_tables
    known = years_on_record(LEVEL, range(YEARS[0] - 1, LAST + 1))
    families = defaultdict(list)
    for row in rows:
        families[row.household_id].append(row)
    for family in families.values():
        history = official(family, LEVEL)
        assert [movement_of(row, history, known) for row in history] == [
            row.movement for row in sorted(family, key=lambda row: row.year)
        ]


def _a_ward_alone_is_told_as_among_all(of):
    wards = sorted(of[LAST].wards)[:6]
    for year, movement in movements(LEVEL, YEARS, wards=set(wards)).items():
        expected = {key: pair for key, pair in of[year].figures.items() if key[0] in wards}
        assert movement.figures == expected


def _another_map_balances_and_keeps_the_whole(of):
    """Of each district's three wards the last two lie in one, and some households cannot be placed."""
    first = min(of[LAST].wards)

    def place(ward, group, household):
        return UNPLACED if household % 50 == 0 else ward - (ward - first) % 3 // 2

    on_it = movements(LEVEL, YEARS, place=place)

    assert mistakes(on_it) == []
    for year, movement in on_it.items():
        for table in TABLES:
            for column in ("c1", "c2", "c3", "c5", "c6", "c7", "c9"):
                assert whole(movement, table, column) == whole(of[year], table, column), (year, table, column)
        if movement.known:
            fewer, more = (sum(whole(each, table, "c4")[0] for table in TABLES) for each in (movement, of[year]))
            assert 0 < fewer < more, "moves inside one ward of the other map vanish, and no others"


def whole(movement, table, column):
    pairs = [movement.figure(ward, table, column) for ward in movement.wards]
    return sum(pair[0] for pair in pairs), sum(pair[1] for pair in pairs)


def test_what_nothing_explains_is_named_and_keeps_the_year_from_balancing(standards):
    invent(60, standards, seed=4, careless=True)

    of = movements(LEVEL, YEARS)

    assert mistakes(of) == []
    assert told(of) == recount()
    assert {question.code for movement in of.values() for question in movement.questions} == set(engine.Question)
    for movement in of.values():
        for ward in movement.wards:
            for table in TABLES:
                balance = movement.balance(ward, table)
                missing = [each for each in movement.questions if each.ward == ward and each.table == table]
                short = tuple(
                    formula - listed for formula, listed in zip(balance.by_formula, balance.closing, strict=True)
                )
                assert short == (len(missing), sum(each.persons for each in missing))


def test_the_tables_are_told_in_a_fixed_number_of_queries(standards, django_assert_num_queries):
    invent(3, standards, seed=5)
    with django_assert_num_queries(4):
        movements(LEVEL, YEARS)
    write([History(Random(6), 50, standards, PovertyStandard.objects.get(code="OLD")).live() for _ in range(1)])
    with django_assert_num_queries(4):
        movements(LEVEL, YEARS)


# --- the control: a mistake in the engine is found -------------------------------------------------


def _no_looking_back(monkeypatch):
    monkeypatch.setattr(
        engine, "_earlier", lambda life, now: {s.classification for y, s in life.statuses.items() if y < now.year - 1}
    )


def _arrivals_are_new(monkeypatch):
    monkeypatch.setattr(engine.Life, "arrival", lambda self, year: None)


def _nobody_grows(monkeypatch):
    original = engine.moved_in_year
    monkeypatch.setattr(
        engine,
        "moved_in_year",
        lambda *asked: (each for each in original(*asked) if getattr(each, "kind", "") != Kind.MEMBERS),
    )


def _movers_are_not_seen_to_leave(monkeypatch):
    original = engine.moved_in_year
    monkeypatch.setattr(
        engine,
        "moved_in_year",
        lambda *asked: (
            each
            for each in original(*asked)
            if (getattr(each, "column", ""), getattr(each, "kind", "")) != ("c4", Kind.MOVED_WARD)
        ),
    )


def _undone_events_count(monkeypatch):
    monkeypatch.setattr(engine.LifeEvent.objects.all().__class__, "standing", lambda self: self.all())


@pytest.mark.parametrize(
    "plant",
    [_no_looking_back, _arrivals_are_new, _nobody_grows, _movers_are_not_seen_to_leave, _undone_events_count],
)
def test_a_mistake_in_the_engine_is_found(standards, monkeypatch, plant):
    invent(60, standards, seed=3)
    plant(monkeypatch)

    of = movements(LEVEL, YEARS)

    assert mistakes(of) or told(of) != recount()

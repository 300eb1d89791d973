"""A closed year of a ward takes no writes, whichever way they come; nor can anybody open it again in secret."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from threading import Event

import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError, IntegrityError, connection, models, transaction
from django.test import Client
from django.urls import reverse

from accounts.actor import acting_as
from households import locks
from households.codes import RoundState
from households.models import (
    LifeEvent,
    PovertyStatus,
    ReviewRound,
    StatusCause,
    StatusDeprivation,
    StatusReview,
)
from households.services import record_status
from tests import factories
from wards.models import WardPopulation

pytestmark = pytest.mark.django_db

CLOSED, OPEN = 2023, 2024


class World:
    """A ward whose 2023 is closed and 2024 open, with a row of every kind in both, and another ward that is open."""

    def __init__(self):
        self.ward, self.other = factories.ward("Đồng Mai"), factories.ward("Biên Giang")
        self.family = factories.household(self.ward)
        self.status = {}
        self.rows = {"status": {}, "deprivation": {}, "cause": {}, "review": {}, "event": {}, "population": {}}
        indicator = factories.indicator(factories.standard(CLOSED))
        for year in (CLOSED, OPEN):
            status = factories.status(self.family, year, "N", deprivations=[indicator], causes=["illness"])
            self.rows["status"][year] = self.status[year] = status
            self.rows["deprivation"][year] = StatusDeprivation.objects.get(status=status)
            self.rows["cause"][year] = StatusCause.objects.get(status=status)
            self.rows["review"][year] = StatusReview.objects.get(status=status)
            self.rows["event"][year] = LifeEvent.objects.create(
                household=self.family, kind="born", day=date(year, 5, 1), ward=self.ward
            )
            self.rows["population"][year] = factories.population(self.ward, year, households=10, persons=40)
        self.indicators = [indicator, factories.indicator(factories.standard(CLOSED), "nha_o", 2)]
        self.bare = factories.status(self.family, 2022, "K")
        self.bare.reviews.all().delete()
        self.spare = self._of_another_family()

    def _of_another_family(self) -> dict[str, models.Model]:
        """Rows of the open year that would fit into the closed one."""
        family = factories.household(self.ward)
        status = factories.status(family, OPEN, "N", deprivations=[self.indicators[1]], causes=["land"])
        return {
            "status": status,
            "deprivation": StatusDeprivation.objects.get(status=status),
            "cause": StatusCause.objects.get(status=status),
            "review": StatusReview.objects.create(status=status, kind="regular", classification="N", persons=1),
            "event": LifeEvent.objects.create(household=family, kind="born", day=date(OPEN, 5, 1), ward=self.ward),
            "population": self.rows["population"][OPEN],
        }

    def new(self, kind: str) -> models.Model:
        """One more unsaved row of the closed year."""
        status = self.status[CLOSED]
        family = factories.household(self.ward)
        return {
            "status": lambda: PovertyStatus(
                household=family, year=CLOSED, standard=status.standard, ward=self.ward, persons=1, classification="K"
            ),
            "deprivation": lambda: StatusDeprivation(status=status, indicator=self.indicators[1]),
            "cause": lambda: StatusCause(status=status, cause="land"),
            "review": lambda: StatusReview(status=status, kind="regular", classification="CN", persons=1),
            "event": lambda: LifeEvent(household=family, kind="died", day=date(CLOSED, 12, 31), ward=self.ward),
            "population": lambda: WardPopulation(ward=self.ward, year=CLOSED, households=1, persons=1),
        }[kind]()


@pytest.fixture
def world():
    made = World()
    factories.review_round(made.ward, CLOSED)
    return made


KINDS = ("status", "deprivation", "cause", "review", "event", "population")
# A column of each kind that says nothing about where it belongs, with another value for it.
CHANGES = {
    "status": ("note", "sửa"),
    "deprivation": ("indicator_id", None),
    "cause": ("cause", "capital"),
    "review": ("note", "sửa"),
    "event": ("note", "sửa"),
    "population": ("persons", 99),
}
UPSERT_ON = {
    "status": ["household", "year", "standard"],
    "deprivation": ["status", "indicator"],
    "cause": ["status", "cause"],
    "review": ["id"],
    "event": ["id"],
    "population": ["ward", "year"],
}


def change(world: World, kind: str, row: models.Model) -> str:
    name, value = CHANGES[kind]
    setattr(row, name, value if value is not None else world.indicators[1].pk)
    return name.removesuffix("_id")


# --- the ways to write ----------------------------------------------------------------------


def by_save(world, kind):
    row = world.rows[kind][CLOSED]
    change(world, kind, row)
    row.save()


def by_update(world, kind):
    row = world.rows[kind][CLOSED]
    name = change(world, kind, row)
    type(row)._base_manager.filter(pk=row.pk).update(**{name: getattr(row, name)})


def by_bulk_update(world, kind):
    row = world.rows[kind][CLOSED]
    type(row)._base_manager.bulk_update([row], [change(world, kind, row)])


def by_moving_out(world, kind):
    _move(world.rows[kind][CLOSED], to=world.bare, year=2021)


def by_moving_in(world, kind):
    _move(world.spare[kind], to=world.status[CLOSED], year=CLOSED)


def _move(row, *, to: PovertyStatus, year: int) -> None:
    """To another status, or to another year for what has a year of its own."""
    if isinstance(row, StatusDeprivation | StatusCause | StatusReview):
        where = {"status": to}
    elif isinstance(row, LifeEvent):
        where = {"day": date(year, 5, 2)}
    else:
        where = {"year": year}
    type(row)._base_manager.filter(pk=row.pk).update(**where)


def by_insert(world, kind):
    world.new(kind).save()


def by_bulk_create(world, kind):
    row = world.new(kind)
    type(row)._base_manager.bulk_create([row])


def by_upsert(world, kind):
    row, unique = world.rows[kind][CLOSED], UPSERT_ON[kind]
    if CHANGES[kind][0].removesuffix("_id") not in unique:
        change(world, kind, row)
    type(row)._base_manager.bulk_create(
        [row], update_conflicts=True, unique_fields=unique, update_fields=[CHANGES[kind][0].removesuffix("_id")]
    )


def by_careless_insert(world, kind):
    row = world.new(kind)
    type(row)._base_manager.bulk_create([row], ignore_conflicts=True)


def by_delete(world, kind):
    if kind == "status":
        for each in ("deprivation", "cause", "review"):
            assert world.rows[each][CLOSED].pk
    world.rows[kind][CLOSED].delete()


def by_raw_delete(world, kind):
    row = world.rows[kind][CLOSED]
    type(row)._base_manager.filter(pk=row.pk)._raw_delete("default")


def by_raw_sql(world, kind):
    row = world.rows[kind][CLOSED]
    column = row._meta.get_field(change(world, kind, row)).column
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {row._meta.db_table} SET {column} = %s WHERE id = %s",
            [getattr(row, column), row.pk],
        )


WAYS = [
    by_save,
    by_update,
    by_bulk_update,
    by_moving_out,
    by_moving_in,
    by_insert,
    by_bulk_create,
    by_upsert,
    by_careless_insert,
    by_delete,
    by_raw_delete,
    by_raw_sql,
]


def rows_of(model) -> list[dict]:
    return list(model._base_manager.order_by("pk").values())


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_a_closed_year_takes_no_write(world, way, kind):
    if way is by_delete and kind == "status":
        pytest.skip("a status with reviews is protected before the database is asked; see _raw_delete")
    model = type(world.rows[kind][CLOSED])
    prepared = rows_of(model)

    with pytest.raises(IntegrityError, match=r"^locked:"), transaction.atomic():
        way(world, kind)

    kept = rows_of(model)
    assert [row for row in kept if row in prepared] == prepared


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_control_without_its_trigger_the_way_is_open(world, way, kind):
    """Else the test above would pass for another reason than the lock."""
    if way in (by_delete, by_raw_delete) and kind == "status":
        pytest.skip("a status with lines cannot be deleted in any year")
    if way in (by_insert, by_bulk_create, by_moving_in) and kind == "population":
        pytest.skip("a second row for the ward's year is refused in any year")
    for name, table in locks.installed(connection).items():
        on = f' ON "{table}"' if connection.vendor == "postgresql" else ""
        with connection.cursor() as cursor:
            cursor.execute(f'DROP TRIGGER "{name}"{on}')

    way(world, kind)


def test_control_an_open_year_takes_every_write(world):
    for kind in KINDS:
        row = world.rows[kind][OPEN]
        change(world, kind, row)
        row.save()
    for kind in ("review", "cause", "deprivation", "event", "population", "status"):
        world.rows[kind][OPEN].delete()


@pytest.mark.parametrize("state", [RoundState.SUBMITTED, RoundState.APPROVED, RoundState.LOCKED])
def test_a_year_that_waits_for_its_check_is_closed_too(state):
    world = World()
    factories.review_round(world.ward, CLOSED, state)

    with pytest.raises(IntegrityError, match=r"^locked:"), transaction.atomic():
        by_save(world, "status")


def test_a_returned_year_takes_changes(db):
    world = World()
    factories.review_round(world.ward, CLOSED, RoundState.RETURNED)

    by_save(world, "status")


def test_another_ward_and_another_year_are_not_touched_by_the_lock(world):
    elsewhere = factories.household(world.other, statuses={CLOSED: "N"})
    factories.status(world.family, 2021, "K")
    world.status[OPEN].classification = "K"
    world.status[OPEN].save()

    assert elsewhere.statuses.count() == 1


def test_a_status_is_moved_neither_into_a_closed_ward_nor_out_of_it(world):
    there = factories.status(factories.household(world.other), CLOSED, "N")
    for pk, ward in ((there.pk, world.ward), (world.status[CLOSED].pk, world.other)):
        with pytest.raises(IntegrityError, match=r"^locked:"), transaction.atomic():
            PovertyStatus.objects.filter(pk=pk).update(ward=ward)


def test_a_household_does_not_move_into_a_ward_whose_year_is_closed(world):
    """A move is one row that both wards read."""
    family = factories.household(world.other)
    with pytest.raises(IntegrityError, match=r"^locked:"), transaction.atomic():
        LifeEvent.objects.create(
            household=family, kind="moved_ward", day=date(CLOSED, 6, 1), ward=world.other, to_ward=world.ward
        )
    LifeEvent.objects.create(
        household=family, kind="moved_ward", day=date(OPEN, 6, 1), ward=world.other, to_ward=world.ward
    )


def test_raw_sql_that_replaces_a_row_is_refused(world):
    """REPLACE deletes the old row without saying so; only SQLite knows it."""
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL has no REPLACE")
    row = world.rows["population"][CLOSED]
    with pytest.raises(IntegrityError, match=r"^locked:"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "INSERT OR REPLACE INTO wards_wardpopulation (id, ward_id, year, households, persons) VALUES (%s, %s, 2019, 1, 1)",
            [row.pk, row.ward_id],
        )


@pytest.mark.parametrize("kind", KINDS)
def test_a_table_with_closed_years_is_not_emptied(world, kind):
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has no TRUNCATE")
    table = type(world.rows[kind][CLOSED])._meta.db_table
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {table} CASCADE")


# --- the round itself -------------------------------------------------------------------------

LEGAL = {(state, after) for state, many in locks.STEPS.items() for after in many}


@pytest.mark.parametrize("state", RoundState.values)
@pytest.mark.parametrize("after", RoundState.values)
def test_a_round_takes_the_steps_it_knows_and_no_others(state, after):
    begun = factories.review_round(factories.ward(), CLOSED, state)
    known = (state, after) in LEGAL or (state == after and state != RoundState.LOCKED)

    def step():
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("UPDATE households_reviewround SET state = %s WHERE id = %s", [after, begun.pk])

    if known:
        step()
    else:
        with pytest.raises(IntegrityError, match=r"^locked:"):
            step()


def test_a_locked_round_is_neither_changed_nor_deleted_nor_moved_to_another_year(world):
    rounds = ReviewRound.objects.filter(ward=world.ward)
    for change_ in ({"note": "mở lại"}, {"state": RoundState.OPEN}, {"year": 2019}, {"ward": world.other.pk}):
        with pytest.raises(IntegrityError, match=r"^locked:"), transaction.atomic():
            rounds.update(**change_)
    with pytest.raises(IntegrityError, match=r"^locked:"), transaction.atomic():
        rounds.delete()
    assert rounds.get().state == RoundState.LOCKED


def test_a_year_is_not_entered_as_closed_without_the_steps_that_lead_there():
    with pytest.raises(IntegrityError, match=r"^locked:"), transaction.atomic():
        ReviewRound.objects.create(ward=factories.ward(), year=CLOSED, state=RoundState.LOCKED)


# --- the pages and the API say it in words ----------------------------------------------------


def test_the_service_says_it_in_words_when_the_lock_came_in_between(world, monkeypatch):
    monkeypatch.setattr("households.reviews.require_writable", lambda ward, year: None)
    status = world.status[CLOSED]
    status.note = "sửa"

    with pytest.raises(ValidationError) as refused:
        record_status(by="test", status=status)

    assert refused.value.code == "closed_year"


def signed_in(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_the_page_of_a_closed_year_refuses_in_words(world):
    client = signed_in(factories.officer(world.ward))
    where = reverse("status-edit", args=[world.family.pk, CLOSED])

    response = client.post(
        where, {"status-classification": "CN", "status-persons": "2", "version": world.family.version}
    )

    assert response.status_code in (409, 422)
    world.status[CLOSED].refresh_from_db()
    assert world.status[CLOSED].classification == "N"


@pytest.mark.parametrize("let_through", [False, True], ids=["by the service", "by the database"])
def test_the_api_answers_that_the_year_is_closed(world, monkeypatch, let_through):
    if let_through:
        monkeypatch.setattr("households.reviews.require_writable", lambda ward, year: None)
    client = signed_in(factories.officer(world.ward))
    where = reverse("api-status-detail", args=[world.status[CLOSED].pk])

    world.family.refresh_from_db()
    response = client.patch(
        where, {"classification": "CN", "version": world.family.version}, content_type="application/json"
    )

    assert response.status_code == 409, response.content
    assert "2023" in response.json()["detail"] or let_through


def test_the_administration_refuses_in_words(world):
    client = signed_in(factories.admin())
    row = world.rows["population"][CLOSED]
    where = reverse("admin:wards_wardpopulation_change", args=[row.pk])

    response = client.post(where, {"ward": row.ward_id, "year": CLOSED, "households": 5, "persons": 6})

    assert response.status_code == 409
    row.refresh_from_db()
    assert row.persons == 40


# --- the triggers are there -------------------------------------------------------------------


def test_every_trigger_stands_and_the_check_says_nothing():
    assert locks.expected(connection) == set(locks.installed(connection))
    assert locks.check_installed(None, ["default"]) == []


def test_the_app_does_not_start_with_a_closed_year_open_to_writes():
    name, table = next(iter(locks.installed(connection).items()))
    with connection.cursor() as cursor:
        cursor.execute(f'DROP TRIGGER "{name}"' + (f' ON "{table}"' if connection.vendor == "postgresql" else ""))

    [error] = locks.check_installed(None, ["default"])

    assert error.id == "households.E001"
    assert name in error.msg


def test_installing_twice_is_installing_once():
    locks.install(connection)
    assert locks.expected(connection) == set(locks.installed(connection))


# --- two sessions at once ---------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("writes_first", [True, False], ids=["the writer comes first", "the closing comes first"])
def test_no_row_slips_into_a_year_while_it_is_being_closed(writes_first):
    """Whoever comes second waits for the first: a write is seen by the closing, or refused by it."""
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has one writer at a time")
    ward = factories.ward("Đồng Mai")
    family, standard = factories.household(ward), factories.standard(CLOSED)
    begun, seen = Event(), {}

    def write():
        with acting_as("test"), transaction.atomic():
            if not writes_first:
                begun.wait(5)
            PovertyStatus.objects.create(
                household=family, year=CLOSED, standard=standard, ward=ward, persons=1, classification="N"
            )
            if writes_first:
                begun.set()
                pause.wait(0.5)

    def close():
        with acting_as("test"), transaction.atomic():
            if writes_first:
                begun.wait(5)
            locks.hold(ward.pk, CLOSED)
            seen["statuses"] = PovertyStatus.objects.filter(ward=ward, year=CLOSED).count()
            begun_round = ReviewRound.objects.create(ward=ward, year=CLOSED)
            ReviewRound.objects.filter(pk=begun_round.pk).update(state=RoundState.SUBMITTED)
            if not writes_first:
                begun.set()
                pause.wait(0.5)

    def in_own_session(work):
        try:
            work()
            return None
        except IntegrityError as error:
            return str(error)
        finally:
            connection.close()

    pause = Event()
    with ThreadPoolExecutor(2) as pool:
        written, closed = pool.map(in_own_session, (write, close))

    assert closed is None
    if writes_first:
        assert (written, seen["statuses"]) == (None, 1), "the closing saw the row"
    else:
        assert written.startswith("locked:"), "the row was refused"
        assert seen["statuses"] == PovertyStatus.objects.count() == 0

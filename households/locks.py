"""A closed year of a ward takes no writes, whichever way they come: the database refuses them.

Closed is every (ward, year) whose `ReviewRound` is neither open nor returned. The triggers stand on everything
that a ward's year holds: statuses with their deprivations, causes and reviews (moving one out of or into a
closed year counts as a write to it), dated events, resident population; and on the rounds themselves, whose
state only takes the steps of `STEPS`, so that nothing can be unlocked past the program either.

On PostgreSQL two sessions may meet. Writers therefore hold the ward's year shared until they commit, and
whoever changes the round holds it alone: a submission waits for writes that are under way and then sees
them, and writes that come later wait for the submission and are refused.
"""

from dataclasses import dataclass

from django.core import checks
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connections
from django.utils.translation import gettext as _

from accounts.triggers import PURGE_ACTOR
from households.codes import WRITABLE, RoundState

REFUSED = "locked:"  # every refusal begins with this
EVENTS = {"INSERT": "ins", "UPDATE": "upd", "DELETE": "del"}
ROUNDS = "households_reviewround"
STATUSES = "households_povertystatus"

# What a round may become; to begin with, it is open (no row) or entered as open.
STEPS = {
    RoundState.OPEN: (RoundState.SUBMITTED,),
    RoundState.SUBMITTED: (RoundState.RETURNED, RoundState.APPROVED),
    RoundState.RETURNED: (RoundState.SUBMITTED,),
    RoundState.APPROVED: (RoundState.RETURNED, RoundState.LOCKED),
    RoundState.LOCKED: (),
}


@dataclass(frozen=True)
class LockedTable:
    """How to tell from a row of this table which wards' years it belongs to."""

    table: str
    wards: tuple[str, ...] = ("ward_id",)
    year: str = "year"
    by_day: bool = False  # the year is that of a date
    through: str = ""  # a foreign key to the status that knows


TABLES = (
    LockedTable(STATUSES),
    LockedTable("households_statusdeprivation", through="status_id"),
    LockedTable("households_statuscause", through="status_id"),
    LockedTable("households_statusreview", through="status_id"),
    LockedTable("households_lifeevent", wards=("ward_id", "to_ward_id"), year="day", by_day=True),
    LockedTable("wards_wardpopulation"),
)


def trigger_name(table: str, event: str) -> str:
    return f"lock_{table}_{EVENTS[event]}"


def in_words(error: IntegrityError) -> ValidationError:
    """The database's refusal as officers read it."""
    if "step" in str(error):
        message = _("Somebody has moved this year on meanwhile. Open the page again.")
    else:
        message = _(
            "This year of the ward is submitted, approved or locked and takes no changes. District staff can return it; "
            "once it is locked, propose a correction."
        )
    return ValidationError(message, code="closed_year")


# --- SQLite: one writer at a time, so looking is enough --------------------------------------


def _rows(event: str) -> list[str]:
    return {"INSERT": ["NEW"], "UPDATE": ["OLD", "NEW"], "DELETE": ["OLD"]}[event]


_OPEN = ", ".join(f"'{state.value}'" for state in WRITABLE)
_NOT_PURGING = f"app_actor() IS NOT '{PURGE_ACTOR}'"  # only they may also shorten the audit trail


def _sqlite_trigger(table: LockedTable, event: str) -> str:
    if table.through:
        keys = ", ".join(f"{row}.{table.through}" for row in _rows(event))
        years = f"SELECT ward_id, year FROM {STATUSES} WHERE id IN ({keys})"
    else:
        year = "CAST(strftime('%Y', {row}.{year}) AS INTEGER)" if table.by_day else "{row}.{year}"
        years = " UNION ALL ".join(
            f"SELECT {row}.{ward}, {year.format(row=row, year=table.year)}"
            for row in _rows(event)
            for ward in table.wards
        )
    return f"""
        CREATE TRIGGER "{trigger_name(table.table, event)}" BEFORE {event} ON "{table.table}"
        WHEN {_NOT_PURGING} AND EXISTS (SELECT 1 FROM {ROUNDS} WHERE state NOT IN ({_OPEN}) AND (ward_id, year) IN ({years}))
        BEGIN SELECT RAISE(ABORT, '{REFUSED} this year of the ward is closed'); END
    """


def _known_steps() -> str:
    """Every step in SQL: the state stays, or becomes one that STEPS names."""
    steps = " OR ".join(
        f"(OLD.state = '{state.value}' AND NEW.state = '{after.value}')"
        for state, many in STEPS.items()
        for after in many
    )
    return f"(OLD.state = NEW.state AND OLD.state <> '{RoundState.LOCKED.value}') OR {steps}"


_SAME_YEAR = "OLD.ward_id = NEW.ward_id AND OLD.year = NEW.year"


def _sqlite_round_triggers() -> list[str]:
    unknown = f"RAISE(ABORT, '{REFUSED} a review round takes no such step')"
    refused = {
        "INSERT": f"NEW.state <> '{RoundState.OPEN.value}'",
        "UPDATE": f"NOT ({_SAME_YEAR} AND ({_known_steps()}))",
        "DELETE": f"OLD.state NOT IN ({_OPEN})",
    }
    return [
        f"""CREATE TRIGGER "{trigger_name(ROUNDS, event)}" BEFORE {event} ON "{ROUNDS}"
            WHEN {_NOT_PURGING} AND ({condition}) BEGIN SELECT {unknown}; END"""
        for event, condition in refused.items()
    ]


# --- PostgreSQL ------------------------------------------------------------------------------

# A status is held while its lines are written, or it could be moved to another ward's year under them.
_POSTGRESQL_FUNCTIONS = f"""
    CREATE OR REPLACE FUNCTION lock_key(ward bigint, of_year integer) RETURNS bigint LANGUAGE sql IMMUTABLE AS $$
        SELECT hashtextextended('review round ' || ward || ' ' || of_year, 0)
    $$;
    CREATE OR REPLACE FUNCTION lock_refuses(ward bigint, of_year integer) RETURNS void LANGUAGE plpgsql AS $$
    BEGIN
        IF ward IS NULL THEN RETURN; END IF;
        PERFORM pg_advisory_xact_lock_shared(lock_key(ward, of_year));
        IF EXISTS (SELECT 1 FROM {ROUNDS} r
                   WHERE r.ward_id = ward AND r.year = of_year AND r.state NOT IN ({_OPEN})) THEN
            RAISE EXCEPTION '{REFUSED} this year of the ward is closed' USING ERRCODE = 'check_violation';
        END IF;
    END $$;
    CREATE OR REPLACE FUNCTION lock_row() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
        wards text[] := TG_ARGV[0]::text[];
        row jsonb; ward text; status record;
    BEGIN
        IF current_setting('app.actor', true) = '{PURGE_ACTOR}' THEN
            RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
        END IF;
        FOREACH row IN ARRAY CASE TG_OP
            WHEN 'INSERT' THEN ARRAY[to_jsonb(NEW)]
            WHEN 'DELETE' THEN ARRAY[to_jsonb(OLD)]
            ELSE ARRAY[to_jsonb(OLD), to_jsonb(NEW)] END
        LOOP
            IF TG_ARGV[2] <> '' THEN
                SELECT ward_id, year INTO status FROM {STATUSES} WHERE id = (row->>TG_ARGV[2])::bigint FOR SHARE;
                PERFORM lock_refuses(status.ward_id, status.year);
            ELSE
                FOREACH ward IN ARRAY wards LOOP
                    PERFORM lock_refuses((row->>ward)::bigint, left(row->>TG_ARGV[1], 4)::integer);
                END LOOP;
            END IF;
        END LOOP;
        RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
    END $$;
    CREATE OR REPLACE FUNCTION lock_round() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
        known boolean;
    BEGIN
        IF TG_OP = 'DELETE' THEN
            PERFORM pg_advisory_xact_lock(lock_key(OLD.ward_id, OLD.year));
            known := OLD.state IN ({_OPEN});
        ELSE
            PERFORM pg_advisory_xact_lock(lock_key(NEW.ward_id, NEW.year));
            IF TG_OP = 'INSERT' THEN
                known := NEW.state = '{RoundState.OPEN.value}';
            ELSE
                known := {_SAME_YEAR} AND ({_known_steps()});
            END IF;
        END IF;
        IF NOT known AND current_setting('app.actor', true) IS DISTINCT FROM '{PURGE_ACTOR}' THEN
            RAISE EXCEPTION '{REFUSED} a review round takes no such step' USING ERRCODE = 'check_violation';
        END IF;
        RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
    END $$;
"""


def _postgresql_trigger(table: LockedTable, event: str) -> str:
    return f"""CREATE TRIGGER "{trigger_name(table.table, event)}" BEFORE {event} ON "{table.table}" FOR EACH ROW
               EXECUTE FUNCTION lock_row('{{{",".join(table.wards)}}}', '{table.year}', '{table.through}')"""


def _postgresql_round_triggers() -> list[str]:
    return [
        f"""CREATE TRIGGER "{trigger_name(ROUNDS, event)}" BEFORE {event} ON "{ROUNDS}" FOR EACH ROW
            EXECUTE FUNCTION lock_round()"""
        for event in EVENTS
    ]


def hold(ward: int, year: int, *, alone: bool = True, using: str = "default") -> None:
    """Hold a ward's year until the transaction ends: what is read after this stays true.

    Alone to change its round; shared with other writers to write what stands on its being open.
    """
    connection = connections[using]
    if connection.vendor == "postgresql":  # SQLite has one writer anyway
        lock = "pg_advisory_xact_lock" if alone else "pg_advisory_xact_lock_shared"
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {lock}(lock_key(%s, %s))", [ward, year])


# --- Keeping them in step --------------------------------------------------------------------


def installed(connection) -> dict[str, str]:
    """Names of our triggers in the database, each with its table."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(
                "SELECT name, tbl_name FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'lock\\_%' ESCAPE '\\'"
            )
        else:
            cursor.execute(
                "SELECT t.tgname, c.relname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid"
                " JOIN pg_namespace n ON n.oid = c.relnamespace"
                " WHERE NOT t.tgisinternal AND t.tgname LIKE 'lock\\_%' AND n.nspname = current_schema()"
            )
        return dict(cursor.fetchall())


def expected(connection) -> set[str]:
    tables = set(connection.introspection.table_names())
    if ROUNDS not in tables:
        return set()
    names = [table.table for table in TABLES if table.table in tables]
    return {trigger_name(name, event) for name in [*names, ROUNDS] for event in EVENTS}


def drop(connection) -> None:
    with connection.cursor() as cursor:
        for name, table in installed(connection).items():
            cursor.execute(f'DROP TRIGGER "{name}"' + (f' ON "{table}"' if connection.vendor == "postgresql" else ""))


def install(connection) -> None:
    """Put every trigger in place; safe to call again."""
    drop(connection)
    tables = set(connection.introspection.table_names())
    if ROUNDS not in tables:
        return
    sqlite = connection.vendor == "sqlite"
    build, rounds = (
        (_sqlite_trigger, _sqlite_round_triggers) if sqlite else (_postgresql_trigger, _postgresql_round_triggers)
    )
    with connection.cursor() as cursor:
        if not sqlite:
            cursor.execute(_POSTGRESQL_FUNCTIONS)
        for table in TABLES:
            if table.table in tables:
                for event in EVENTS:
                    cursor.execute(build(table, event))
        for statement in rounds():
            cursor.execute(statement)


def drop_before_migrations(sender, using, **kwargs) -> None:
    drop(connections[using])


def install_after_migrations(sender, using, **kwargs) -> None:
    install(connections[using])


def check_installed(app_configs, databases=None, **kwargs) -> list:
    """`check --database default`: the app must not run with closed years open to writes."""
    errors = []
    for alias in databases or []:
        missing = expected(connections[alias]) - set(installed(connections[alias]))
        if missing:
            errors.append(
                checks.Error(
                    f"{len(missing)} triggers that close a year are missing, e.g. {min(missing)}.",
                    hint="Run `bin/manage migrate`, which installs them.",
                    id="households.E001",
                )
            )
    return errors

"""The audit trail is written by database triggers, so that no write path can go round it.

save(), bulk_create(), queryset.update(), the admin, raw SQL: each changed row leaves one
`AuditEvent` with its old and new values and the actor's name, or is refused when there is no actor.
A model takes part by saying `audited = True`, and its many-to-many tables with it; `audit_subject`
names the foreign key of the record on whose page its changes belong (or `line__record`, over one
record between), `audit_ignored` columns that are derived, `audit_masked` columns whose change is
recorded without its value, `audit_abridged` those of which the last three characters are kept.
"""

from dataclasses import dataclass

from django.apps import apps
from django.core import checks
from django.db import connections, models

TRAIL = "accounts_auditevent"
PURGE_ACTOR = "!purge"  # the only name under which the trail itself may be shortened (tests, legal retention)
EVENTS = {"INSERT": "ins", "UPDATE": "upd", "DELETE": "del", "TRUNCATE": "trunc"}


@dataclass(frozen=True)
class AuditedTable:
    """What the trigger generator needs to know of one model."""

    table: str
    label: str
    key: str
    subject_label: str
    subject_column: str
    via: tuple[str, str] | None  # table and column that lead on from subject_column to the subject
    columns: tuple[str, ...]
    masked: tuple[str, ...]
    abridged: tuple[str, ...]

    @classmethod
    def of(cls, model: type[models.Model]) -> "AuditedTable":
        meta = model._meta
        subject = getattr(model, "audit_subject", None)
        if meta.auto_created:  # a many-to-many table: its changes belong to the record that has the field
            subject = meta.auto_created._meta.model_name
        first, _, then = (subject or "").partition("__")
        line = meta.get_field(first) if first else None
        target = line.related_model._meta.get_field(then) if then else line
        ignored = set(getattr(model, "audit_ignored", ()))
        return cls(
            table=meta.db_table,
            label=meta.label_lower,
            key=meta.pk.column,
            subject_label=target.related_model._meta.label_lower if target else meta.label_lower,
            subject_column=line.column if line else meta.pk.column,
            via=(line.related_model._meta.db_table, target.column) if then else None,
            columns=tuple(field.column for field in meta.concrete_fields if field.name not in ignored),
            masked=tuple(getattr(model, "audit_masked", ())),
            abridged=tuple(getattr(model, "audit_abridged", ())),
        )


def audited_tables() -> list[AuditedTable]:
    models_ = apps.get_models(include_auto_created=True)
    return [AuditedTable.of(model) for model in models_ if getattr(model._meta.auto_created or model, "audited", False)]


def trigger_name(table: AuditedTable, event: str) -> str:
    return f"audit_{table.table}_{EVENTS[event]}"


def events_of(connection) -> list[str]:
    """What can happen to a table; SQLite has no TRUNCATE."""
    return [event for event in EVENTS if event != "TRUNCATE" or connection.vendor == "postgresql"]


# --- SQLite ---------------------------------------------------------------------------------


def _sqlite_json(row: str, table: AuditedTable) -> str:
    pairs = []
    for column in table.columns:
        value = f'{row}."{column}"'
        if column in table.masked:
            value = f"CASE WHEN {value} <> '' THEN '•••' ELSE {value} END"
        if column in table.abridged:
            value = f"CASE WHEN {value} <> '' THEN '•••' || substr({value}, -3) ELSE {value} END"
        pairs.append(f"'{column}', {value}")
    return f"json_object({', '.join(pairs)})"


def _sqlite_trigger(table: AuditedTable, event: str) -> str:
    row = "OLD" if event == "DELETE" else "NEW"
    old = "NULL" if event == "INSERT" else _sqlite_json("OLD", table)
    new = "NULL" if event == "DELETE" else _sqlite_json("NEW", table)
    subject = f'{row}."{table.subject_column}"'
    if table.via:
        subject = f'(SELECT "{table.via[1]}" FROM "{table.via[0]}" WHERE id = {subject})'
    changed = " OR ".join(f'OLD."{column}" IS NOT NEW."{column}"' for column in table.columns)
    return f"""
        CREATE TRIGGER "{trigger_name(table, event)}" AFTER {event} ON "{table.table}"
        {f"WHEN {changed}" if event == "UPDATE" else ""}
        BEGIN
            SELECT RAISE(ABORT, 'audit: a write needs an actor') WHERE app_actor() IS NULL;
            INSERT INTO {TRAIL} (at, actor, action, model, row_id, subject, subject_id, old, new)
            VALUES (strftime('%Y-%m-%d %H:%M:%f', 'now'), app_actor(), '{event.lower()}', '{table.label}',
                    {row}."{table.key}", '{table.subject_label}', {subject}, {old}, {new});
        END
    """


def _sqlite_guards() -> list[str]:
    return [
        f"""CREATE TRIGGER "audit_trail_{event.lower()}" BEFORE {event} ON {TRAIL}
            WHEN app_actor() IS NOT '{PURGE_ACTOR}'
            BEGIN SELECT RAISE(ABORT, 'audit: the trail is append-only'); END"""
        for event in ("UPDATE", "DELETE")
    ]


# --- PostgreSQL -----------------------------------------------------------------------------

_POSTGRESQL_FUNCTIONS = f"""
    CREATE OR REPLACE FUNCTION audit_row() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
        actor text := nullif(current_setting('app.actor', true), '');
        kept text[] := TG_ARGV[3]::text[];
        masked text[] := TG_ARGV[4]::text[];
        abridged text[] := TG_ARGV[7]::text[];
        before jsonb; after jsonb; row jsonb; subject bigint;
    BEGIN
        IF TG_OP <> 'INSERT' THEN
            SELECT jsonb_object_agg(key, value) INTO before FROM jsonb_each(to_jsonb(OLD)) WHERE key = ANY(kept);
        END IF;
        IF TG_OP <> 'DELETE' THEN
            SELECT jsonb_object_agg(key, value) INTO after FROM jsonb_each(to_jsonb(NEW)) WHERE key = ANY(kept);
        END IF;
        IF TG_OP = 'UPDATE' AND before = after THEN RETURN NULL; END IF;
        IF actor IS NULL THEN
            RAISE EXCEPTION 'audit: a write needs an actor' USING ERRCODE = 'check_violation';
        END IF;
        row := coalesce(after, before);
        subject := (row->>TG_ARGV[2])::bigint;
        IF TG_ARGV[5] <> '' THEN
            EXECUTE format('SELECT %I FROM %I WHERE id = $1', TG_ARGV[6], TG_ARGV[5]) INTO subject USING subject;
        END IF;
        before := before || coalesce((SELECT jsonb_object_agg(m, '•••') FROM unnest(masked) m WHERE before->>m <> ''), '{{}}');
        before := before || coalesce((SELECT jsonb_object_agg(m, '•••' || right(before->>m, 3)) FROM unnest(abridged) m WHERE before->>m <> ''), '{{}}');
        after := after || coalesce((SELECT jsonb_object_agg(m, '•••') FROM unnest(masked) m WHERE after->>m <> ''), '{{}}');
        after := after || coalesce((SELECT jsonb_object_agg(m, '•••' || right(after->>m, 3)) FROM unnest(abridged) m WHERE after->>m <> ''), '{{}}');
        INSERT INTO {TRAIL} (at, actor, action, model, row_id, subject, subject_id, old, new)
        VALUES (clock_timestamp(), actor, lower(TG_OP), TG_ARGV[0], (row->>'id')::bigint, TG_ARGV[1],
                subject, before, after);
        RETURN NULL;
    END $$;
    CREATE OR REPLACE FUNCTION audit_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF current_setting('app.actor', true) IS DISTINCT FROM '{PURGE_ACTOR}' THEN
            RAISE EXCEPTION 'audit: the trail is append-only' USING ERRCODE = 'check_violation';
        END IF;
        RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
    END $$;
    CREATE OR REPLACE FUNCTION audit_not_emptied() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF current_setting('app.actor', true) IS DISTINCT FROM '{PURGE_ACTOR}' THEN
            RAISE EXCEPTION 'audit: % is append-only or recorded row by row; it cannot be emptied', TG_TABLE_NAME
                USING ERRCODE = 'check_violation';
        END IF;
        RETURN NULL;
    END $$;
"""


def _postgresql_trigger(table: AuditedTable, event: str) -> str:
    def array(names):
        return "{" + ",".join(names) + "}"

    if event == "TRUNCATE":  # no row trigger sees it
        return f"""CREATE TRIGGER "{trigger_name(table, event)}" BEFORE TRUNCATE ON "{table.table}"
                   EXECUTE FUNCTION audit_not_emptied()"""
    arguments = (
        table.label,
        table.subject_label,
        table.subject_column,
        array(table.columns),
        array(table.masked),
        *(table.via or ("", "")),
        array(table.abridged),
    )
    quoted = ", ".join(f"'{argument}'" for argument in arguments)
    return f"""CREATE TRIGGER "{trigger_name(table, event)}" AFTER {event} ON "{table.table}"
               FOR EACH ROW EXECUTE FUNCTION audit_row({quoted})"""


def _postgresql_guards() -> list[str]:
    return [
        *(
            f"""CREATE TRIGGER "audit_trail_{event.lower()}" BEFORE {event} ON {TRAIL}
                FOR EACH ROW EXECUTE FUNCTION audit_append_only()"""
            for event in ("UPDATE", "DELETE")
        ),
        f"""CREATE TRIGGER "audit_trail_truncate" BEFORE TRUNCATE ON {TRAIL} EXECUTE FUNCTION audit_not_emptied()""",
    ]


# --- Keeping them in step -------------------------------------------------------------------


def installed(connection) -> dict[str, str]:
    """Names of our triggers in the database, each with its table."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(
                "SELECT name, tbl_name FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'audit\\_%' ESCAPE '\\'"
            )
        else:
            cursor.execute(
                "SELECT t.tgname, c.relname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid"
                " JOIN pg_namespace n ON n.oid = c.relnamespace"
                " WHERE NOT t.tgisinternal AND t.tgname LIKE 'audit\\_%' AND n.nspname = current_schema()"
            )
        return dict(cursor.fetchall())


def expected(connection) -> set[str]:
    tables = set(connection.introspection.table_names())
    if TRAIL not in tables:
        return set()
    events = events_of(connection)
    names = {trigger_name(table, event) for table in audited_tables() if table.table in tables for event in events}
    return names | {f"audit_trail_{event.lower()}" for event in events if event != "INSERT"}


def drop(connection) -> None:
    with connection.cursor() as cursor:
        for name, table in installed(connection).items():
            cursor.execute(f'DROP TRIGGER "{name}"' + (f' ON "{table}"' if connection.vendor == "postgresql" else ""))


def install(connection) -> None:
    """Put every trigger in place; safe to call again."""
    drop(connection)
    tables = set(connection.introspection.table_names())
    if TRAIL not in tables:
        return
    sqlite = connection.vendor == "sqlite"
    build, guards = (_sqlite_trigger, _sqlite_guards) if sqlite else (_postgresql_trigger, _postgresql_guards)
    with connection.cursor() as cursor:
        if not sqlite:
            cursor.execute(_POSTGRESQL_FUNCTIONS)
        for table in audited_tables():
            if table.table in tables:
                for event in events_of(connection):
                    cursor.execute(build(table, event))
        for guard in guards():
            cursor.execute(guard)


def drop_before_migrations(sender, using, **kwargs) -> None:
    """A trigger that names a dropped column would break the migration; SQLite's table remake loses them anyway."""
    drop(connections[using])


def install_after_migrations(sender, using, **kwargs) -> None:
    install(connections[using])


def check_installed(app_configs, databases=None, **kwargs) -> list:
    """`check --database default`: the app must not run with part of its audit trail missing."""
    errors = []
    for alias in databases or []:
        missing = expected(connections[alias]) - set(installed(connections[alias]))
        if missing:
            errors.append(
                checks.Error(
                    f"{len(missing)} audit triggers are missing, e.g. {min(missing)}.",
                    hint="Run `bin/manage migrate`, which installs them.",
                    id="accounts.E001",
                )
            )
    return errors

"""Every change of a record is on record, whichever way it was made; and nothing can be changed in secret."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from io import StringIO
from itertools import count

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import DatabaseError, IntegrityError, connection, models, transaction
from django.utils import timezone

from accounts import triggers
from accounts.actor import acting_as
from accounts.models import AuditEvent, Dataset, Submission, User, WardAssignment, note_event
from households.models import (
    CollectiveStatus,
    DuplicateCase,
    Household,
    Indicator,
    LifeEvent,
    Member,
    PovertyStandard,
    PovertyStatus,
    Residence,
    ReviewRound,
    RoundComment,
    StatusAmendment,
    StatusCause,
    StatusDeprivation,
    StatusReview,
)
from households.services import record_status
from reports.models import Directive, Programme, PublishedFigure
from support.models import (
    Allocation,
    AssistanceDetail,
    Attachment,
    Donor,
    Draw,
    EmploymentDetail,
    EntitlementRule,
    FundingLine,
    FundingSource,
    GiftDetail,
    HealthDetail,
    HousingDetail,
    InsuranceDetail,
    LivelihoodDetail,
    LoanDetail,
    LoanMovement,
    PolicyRate,
    Receipt,
    ReliefDetail,
    SupportAction,
    SupportBatch,
    SupportPolicy,
    TuitionDetail,
)
from tests import factories
from wards.models import GroupSuccession, Reorganisation, ResidentialGroup, Ward, WardPopulation, WardSuccession

pytestmark = pytest.mark.django_db

# Tables whose rows say nothing about a family, a payment or a right; each with the reason.
NOT_AUDITED = {
    "accounts.auditevent": "it is the trail",
    "support.attachmentcontent": "its fingerprint stands in the attachment, which is audited",
    "accounts.submission": "the key of a form that was sent; the record it made is audited",
}

# --- one unsaved row of each audited table ----------------------------------------------------

_number = count(1)


def _ward() -> Ward:
    return Ward(code=f"8{next(_number):04d}", name=f"Phường {next(_number)}")


def _saved_ward() -> Ward:
    ward = _ward()
    ward.save()
    return ward


def _standard() -> PovertyStandard:
    return PovertyStandard(code=f"C{next(_number)}", name="Chuẩn", name_en="Standard", level="city", from_year=2020)


def _status() -> PovertyStatus:
    family, standard = factories.household(factories.ward()), _standard()
    standard.save()
    return PovertyStatus(
        household=family, year=2021, standard=standard, ward=family.ward, persons=3, classification="N"
    )


def _saved_status() -> PovertyStatus:
    status = _status()
    status.save()
    return status


def _indicator() -> Indicator:
    standard = _standard()
    standard.save()
    return Indicator(standard=standard, code="nuoc", number=1, name="Nước", name_en="Water")


def _saved_indicator() -> Indicator:
    indicator = _indicator()
    indicator.save()
    return indicator


def _pair() -> DuplicateCase:
    first, second = factories.household(factories.ward()), factories.household(factories.ward())
    return DuplicateCase(first=first, second=second, reasons=["id_number"])


def _comment() -> RoundComment:
    begun = ReviewRound.objects.create(ward=_saved_ward(), year=2024)
    return RoundComment(round=begun, text="Thiếu quyết định", by=factories.staff())


def _amendment() -> StatusAmendment:
    status = _saved_status()
    return StatusAmendment(
        household=status.household, year=status.year, standard=status.standard, ward=status.ward, status=status,
        classification="CN", persons=3, reason="Ghi nhầm loại", proposed_by=factories.officer(),
    )  # fmt: skip


def _programme() -> Programme:
    return Programme(
        number=f"0{next(_number)}-CTr/QU", title="Chương trình", title_en="Programme", issuer="Quận ủy",
        issued_on=date(2020, 11, 9), first_year=2020, last_year=2025,
    )  # fmt: skip


def _saved_programme() -> Programme:
    programme = _programme()
    programme.save()
    return programme


def _figure() -> PublishedFigure:
    return PublishedFigure(
        programme=_saved_programme(), code="F01", category="housing", quote="34 nhà", qualifier="exact",
        measure="things", value=34, unit="nhà", unit_en="houses", label="Nhà", label_en="Houses",
        period_text="2020–2025", count_rule={},
    )  # fmt: skip


def _source() -> FundingSource:
    return FundingSource(code=f"S{next(_number)}", name="Nguồn", name_en="Source", group="budget")


def _policy() -> SupportPolicy:
    return SupportPolicy(code=f"P{next(_number)}", category="housing", name="Nhà", name_en="House")


def _usual_source() -> models.Model:
    policy, source = _policy(), _source()
    policy.save()
    source.save()
    return SupportPolicy.default_sources.through(supportpolicy=policy, fundingsource=source)


def _funding_line() -> FundingLine:
    source = _source()
    source.save()
    action = SupportAction.objects.create(policy=factories.policy(), ward=factories.ward())
    return FundingLine(action=action, source=source, nature="grant", amount=1_000_000)


def _action() -> SupportAction:
    return SupportAction.objects.create(policy=factories.policy(), ward=factories.ward())


def _saved(row: models.Model) -> models.Model:
    row.save()
    return row


def _rule_of_a_policy() -> models.Model:
    return EntitlementRule.policies.through(
        entitlementrule=factories.entitlement(), supportpolicy=factories.policy("gifts")
    )


def _draw() -> Draw:
    line = _funding_line()
    line.save()
    return Draw(line=line, receipt=factories.receipt(), amount=1)


# The unsaved row, and a change of it: a column and its new value.
ROWS: dict[type[models.Model], tuple[Callable[[], models.Model], str, Callable[[], object]]] = {
    Ward: (_ward, "note", lambda: "nhập vào phường khác"),
    WardSuccession: (
        lambda: WardSuccession(predecessor=_saved_ward(), successor=_saved_ward(), on=date(2025, 7, 1), whole=True),
        "legal_basis",
        lambda: "NQ 1656",
    ),
    ResidentialGroup: (
        lambda: ResidentialGroup(ward=_saved_ward(), number=3, name="Tổ dân phố 3"),
        "name",
        lambda: "Tổ 3",
    ),
    WardPopulation: (
        lambda: WardPopulation(ward=_saved_ward(), year=2023, households=3_000, persons=11_000),
        "persons",
        lambda: 11_001,
    ),
    User: (lambda: User(username=f"can.bo.{next(_number)}"), "role", lambda: "admin"),
    WardAssignment: (
        lambda: WardAssignment(user=factories.officer(), ward=_saved_ward()),
        "ward_id",
        lambda: _saved_ward().pk,
    ),
    Dataset: (lambda: Dataset(kind="sample", working_year=2024), "working_year", lambda: 2023),
    Household: (
        lambda: Household(code=f"H{next(_number)}", ward=factories.ward(), address="Số 1, ngõ 2"),
        "address",
        lambda: "Số 3, ngõ 4",
    ),
    Member: (
        lambda: factories.person(household=factories.household(factories.ward())),
        "school",
        lambda: "Tiểu học Đồng Mai",
    ),
    PovertyStandard: (_standard, "urban_line", lambda: 2_000_000),
    Indicator: (_indicator, "name", lambda: "Nước sinh hoạt"),
    PovertyStatus: (_status, "classification", lambda: "CN"),
    StatusDeprivation: (
        lambda: StatusDeprivation(status=_saved_status(), indicator=_saved_indicator()),
        "indicator_id",
        lambda: _saved_indicator().pk,
    ),
    StatusCause: (lambda: StatusCause(status=_saved_status(), cause="capital"), "cause", lambda: "land"),
    CollectiveStatus: (
        lambda: CollectiveStatus(
            year=2021, level="city", ward=_saved_ward(), measure="poor", count=12, source="bài viết"
        ),
        "count",
        lambda: 13,
    ),
    Residence: (
        lambda: Residence(household=_saved_status().household, ward=factories.ward(), until=date(2019, 12, 31)),
        "address",
        lambda: "Số 3, ngõ 4",
    ),
    LifeEvent: (
        lambda: LifeEvent(
            household=factories.household(factories.ward()), kind="born", day=date(2022, 3, 1), ward=factories.ward()
        ),
        "note",
        lambda: "sinh đôi",
    ),
    DuplicateCase: (_pair, "note", lambda: "hai anh em"),
    ReviewRound: (lambda: ReviewRound(ward=_saved_ward(), year=2024), "note", lambda: "làm lại"),
    RoundComment: (_comment, "answer", lambda: "đã sửa"),
    StatusReview: (
        lambda: StatusReview(status=_saved_status(), kind="yearly", classification="N", persons=3),
        "note",
        lambda: "họp dân ngày 15",
    ),
    StatusAmendment: (_amendment, "answer", lambda: "đồng ý"),
    GroupSuccession: (
        lambda: GroupSuccession(group=factories.residential_group(_saved_ward()), successor=_saved_ward()),
        "successor_id",
        lambda: _saved_ward().pk,
    ),
    Reorganisation: (
        lambda: Reorganisation(on=date(2000 + next(_number) % 20, 1, 1), carried_out_by="quan", households=10),
        "note",
        lambda: "NQ 1656",
    ),
    FundingSource: (_source, "name", lambda: "Ngân sách quận"),
    SupportPolicy: (_policy, "repayable", lambda: True),
    SupportPolicy.default_sources.through: (
        _usual_source,
        "fundingsource_id",
        lambda: factories.source("SOURCE_B").pk,
    ),
    SupportAction: (
        lambda: SupportAction(policy=factories.policy(), ward=factories.ward(), times=34),
        "times",
        lambda: 35,
    ),
    FundingLine: (_funding_line, "amount", lambda: 1_000_000_000),
    TuitionDetail: (lambda: TuitionDetail(action=_action(), school="Tiểu học Đồng Mai"), "months", lambda: 9),
    LoanDetail: (lambda: LoanDetail(action=_action(), interest_rate=660), "interest_rate", lambda: 792),
    LoanMovement: (
        lambda: LoanMovement(action=_action(), kind="repayment", on=date(2024, 5, 10), amount=2_000_000),
        "amount",
        lambda: 3_000_000,
    ),
    HousingDetail: (lambda: HousingDetail(action=_action(), work="new"), "area_after", lambda: 425),
    InsuranceDetail: (
        lambda: InsuranceDetail(action=_action(), scheme="bhyt", premium_month=67_050),
        "premium_month",
        lambda: 73_710,
    ),
    HealthDetail: (lambda: HealthDetail(action=_action(), visits=2), "place", lambda: "Trạm y tế"),
    GiftDetail: (lambda: GiftDetail(action=_action(), occasion="tet"), "goods", lambda: "10 kg gạo"),
    ReliefDetail: (lambda: ReliefDetail(action=_action(), event="Cháy nhà"), "form_of_help", lambda: "food"),
    AssistanceDetail: (lambda: AssistanceDetail(action=_action(), group="6"), "coefficient", lambda: 15),
    LivelihoodDetail: (lambda: LivelihoodDetail(action=_action(), model="Nuôi gà"), "materials", lambda: "50 gà giống"),
    EmploymentDetail: (lambda: EmploymentDetail(action=_action(), trade="May"), "work_after", lambda: "Xưởng may"),
    PolicyRate: (
        lambda: PolicyRate(policy=_saved(_policy()), amount=150_000, per="month"),
        "amount",
        lambda: 160_000,
    ),
    Attachment: (
        lambda: Attachment(
            action=factories.support(factories.ward()),
            kind="other",
            name="a.pdf",
            media_type="application/pdf",
            size=9,
            sha256=f"{next(_number):064d}",
        ),
        "note",
        lambda: "bản sao",
    ),
    EntitlementRule: (
        lambda: EntitlementRule(
            code=f"R{next(_number)}",
            name="Quà",
            name_en="Gifts",
            legal_basis="Quy chế",
            unit="household",
            category="gifts",
        ),
        "legal_basis",
        lambda: "Quy chế Quỹ",
    ),
    EntitlementRule.policies.through: (
        _rule_of_a_policy,
        "supportpolicy_id",
        lambda: factories.policy("housing").pk,
    ),
    Donor: (lambda: Donor(name=f"Nhà hảo tâm {next(_number)}", kind="person"), "note", lambda: "đã cảm ơn"),
    Receipt: (
        lambda: Receipt(source=factories.source(), day=date(2023, 2, 1), nature="grant", amount=1_000_000),
        "purpose",
        lambda: "quà Tết",
    ),
    Allocation: (
        lambda: Allocation(source=factories.source(), year=2023, nature="grant", amount=1_000_000),
        "note",
        lambda: "đợt 1",
    ),
    Draw: (_draw, "reason", lambda: "tạm ứng"),
    SupportBatch: (SupportBatch, "created_by_id", lambda: factories.staff().pk),
    Programme: (_programme, "title", lambda: "Chương trình 06"),
    Directive: (
        lambda: Directive(programme=_saved_programme(), issuer="UBND quận", title="Kế hoạch"),
        "title",
        lambda: "Kế hoạch 15",
    ),
    PublishedFigure: (_figure, "value", lambda: 65),
}


@pytest.fixture(params=ROWS, ids=lambda model: model._meta.label_lower)
def audited(request) -> type[models.Model]:
    return request.param


def new_row(model: type[models.Model]) -> models.Model:
    return ROWS[model][0]()


def saved_row(model: type[models.Model]) -> models.Model:
    row = new_row(model)
    row.save()
    return row


def a_change(model: type[models.Model]) -> tuple[str, object]:
    _, column, value = ROWS[model]
    return column, value()


def stored(value: object) -> object:
    """A value as the trail holds it: SQLite's JSON knows no true and false."""
    return int(value) if isinstance(value, bool) else value


class Watched:
    """The events that come in while watching one table."""

    def __init__(self, model: type[models.Model]):
        self.label = model._meta.label_lower
        self.last = AuditEvent.objects.order_by("-pk").values_list("pk", flat=True).first() or 0

    def __call__(self) -> list[AuditEvent]:
        return list(AuditEvent.objects.filter(pk__gt=self.last, model=self.label).order_by("pk"))


def row_in_sql(row: models.Model) -> tuple[list[str], list[object]]:
    """The columns and values of an unsaved row as a hand-written INSERT would name them."""
    fields = [field for field in row._meta.concrete_fields if not field.primary_key]
    values = [field.get_db_prep_save(field.pre_save(row, add=True), connection) for field in fields]
    return [field.column for field in fields], values


# --- ten ways to write -------------------------------------------------------------------------


def insert_with_save(row):
    row.save()


def insert_with_create(row):
    fields = {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}
    type(row)._base_manager.create(**{name: value for name, value in fields.items() if value is not None})


def insert_with_bulk_create(row):
    type(row)._base_manager.bulk_create([row])


def insert_with_sql(row):
    columns, values = row_in_sql(row)
    names, places = ", ".join(f'"{column}"' for column in columns), ", ".join(["%s"] * len(columns))
    with connection.cursor() as cursor:
        cursor.execute(f'INSERT INTO "{row._meta.db_table}" ({names}) VALUES ({places})', values)


def update_with_save(row, column, value):
    setattr(row, column, value)
    row.save()


def update_with_queryset(row, column, value):
    type(row)._base_manager.filter(pk=row.pk).update(**{column: value})


def update_with_bulk_update(row, column, value):
    setattr(row, column, value)
    field = row._meta.get_field(column.removesuffix("_id"))
    type(row)._base_manager.bulk_update([row], [field.name])


def update_with_update_or_create(row, column, value):
    type(row)._base_manager.update_or_create(pk=row.pk, defaults={column: value})


def update_with_upsert(row, column, value):
    setattr(row, column, value)
    field = row._meta.get_field(column.removesuffix("_id"))
    type(row)._base_manager.bulk_create([row], update_conflicts=True, unique_fields=["id"], update_fields=[field.name])


def update_with_sql(row, column, value):
    with connection.cursor() as cursor:
        cursor.execute(f'UPDATE "{row._meta.db_table}" SET "{column}" = %s WHERE id = %s', [value, row.pk])


def delete_with_delete(row):
    row.delete()


def delete_with_queryset(row):
    type(row)._base_manager.filter(pk=row.pk).delete()


def delete_with_raw_delete(row):
    type(row)._base_manager.filter(pk=row.pk)._raw_delete(connection.alias)


def delete_with_sql(row):
    with connection.cursor() as cursor:
        cursor.execute(f'DELETE FROM "{row._meta.db_table}" WHERE id = %s', [row.pk])


INSERTS = [insert_with_save, insert_with_create, insert_with_bulk_create, insert_with_sql]
UPDATES = [
    update_with_save,
    update_with_queryset,
    update_with_bulk_update,
    update_with_update_or_create,
    update_with_upsert,
    update_with_sql,
]
DELETES = [delete_with_delete, delete_with_queryset, delete_with_raw_delete, delete_with_sql]


def name_of(way: Callable) -> str:
    return way.__name__


@pytest.mark.parametrize("insert", INSERTS, ids=name_of)
def test_an_added_row_leaves_one_event_with_its_values(audited, insert):
    started = timezone.now() - timedelta(seconds=2)
    row = new_row(audited)
    events = Watched(audited)

    with acting_as("lan"):
        insert(row)

    [event] = events()
    assert (event.action, event.actor, event.old) == ("insert", "lan", None)
    assert started < event.at < timezone.now() + timedelta(seconds=2)
    column, _ = a_change(audited)
    row = audited._base_manager.get(pk=event.row_id)
    assert event.new[column] == stored(getattr(row, column))
    ignored = set(getattr(audited, "audit_ignored", ()))
    assert set(event.new) == {field.column for field in audited._meta.concrete_fields} - ignored


@pytest.mark.parametrize("update", UPDATES, ids=name_of)
def test_a_changed_row_leaves_one_event_with_old_and_new_values(audited, update):
    row, (column, value) = saved_row(audited), a_change(audited)
    before = getattr(row, column)
    events = Watched(audited)

    with acting_as("minh"):
        update(row, column, value)

    [event] = events()
    assert (event.action, event.actor, event.row_id) == ("update", "minh", row.pk)
    assert (event.old[column], event.new[column]) == (stored(before), stored(value))


@pytest.mark.parametrize("delete", DELETES, ids=name_of)
def test_a_removed_row_leaves_one_event_with_its_last_values(audited, delete):
    row, (column, _) = saved_row(audited), a_change(audited)
    key, value = row.pk, getattr(row, column)
    events = Watched(audited)

    with acting_as("hoa"):
        delete(row)

    [event] = events()
    assert (event.action, event.actor, event.row_id, event.new) == ("delete", "hoa", key, None)
    assert event.old[column] == stored(value)


def test_every_row_of_a_bulk_change_has_its_own_event():
    families = [factories.household(factories.ward(), address=f"Số {number}") for number in range(5)]
    events = Watched(Household)

    Household.objects.update(address="Số 9")

    assert sorted(event.row_id for event in events()) == sorted(family.pk for family in families)
    assert {event.old["address"] for event in events()} == {f"Số {number}" for number in range(5)}


# --- coverage ----------------------------------------------------------------------------------


def project_models() -> Iterator[type[models.Model]]:
    ours = {"wards", "accounts", "households", "support", "reports", "hadong_poverty"}
    for model in apps.get_models(include_auto_created=True):
        if model._meta.app_label in ours:
            yield model


def unaudited() -> set[str]:
    audited = {table.label for table in triggers.audited_tables()}
    return {model._meta.label_lower for model in project_models()} - audited - set(NOT_AUDITED)


def test_every_model_is_audited_or_says_why_not():
    assert unaudited() == set()
    assert {model._meta.label_lower for model in project_models()} >= set(NOT_AUDITED)


def test_every_audited_model_is_written_to_above():
    assert {table.label for table in triggers.audited_tables()} == {model._meta.label_lower for model in ROWS}


def test_a_new_model_that_nobody_thought_of_is_noticed():
    class Complaint(models.Model):
        class Meta:
            app_label = "households"

    try:
        assert unaudited() == {"households.complaint"}
    finally:
        del apps.all_models["households"]["complaint"]
        apps.clear_cache()


# --- no actor, no write -------------------------------------------------------------------------


@pytest.mark.parametrize("insert", INSERTS, ids=name_of)
def test_nothing_is_added_without_an_actor(audited, insert):
    row = new_row(audited)
    kept = audited._base_manager.count()

    with acting_as(""), pytest.raises(IntegrityError, match="a write needs an actor"), transaction.atomic():
        insert(row)

    assert audited._base_manager.count() == kept


@pytest.mark.parametrize("update", UPDATES, ids=name_of)
def test_nothing_is_changed_without_an_actor(audited, update):
    row, (column, value) = saved_row(audited), a_change(audited)
    before = getattr(row, column)

    with acting_as(""), pytest.raises(IntegrityError, match="a write needs an actor"), transaction.atomic():
        update(row, column, value)

    assert getattr(audited._base_manager.get(pk=row.pk), column) == before


@pytest.mark.parametrize("delete", DELETES, ids=name_of)
def test_nothing_is_removed_without_an_actor(audited, delete):
    row = saved_row(audited)
    key = row.pk

    with acting_as(""), pytest.raises(IntegrityError, match="a write needs an actor"), transaction.atomic():
        delete(row)

    assert audited._base_manager.filter(pk=key).exists()


def test_the_actor_is_given_back_after_a_failed_write():
    """PostgreSQL takes a setting back with the transaction it was made in."""
    factories.ward("Đồng Mai")
    with pytest.raises(IntegrityError), acting_as("lan"), transaction.atomic():
        Ward.objects.bulk_create([Ward(code="10117", name="Đồng Mai")])

    User.objects.create(username="after")
    assert AuditEvent.objects.get(model="accounts.user", new__username="after").actor == "test"


def test_actors_nest_and_each_write_bears_the_innermost():
    with acting_as("lan"):
        with acting_as("bin/manage load_sample"):
            User.objects.create(username="inner")
        User.objects.create(username="outer")

    events = AuditEvent.objects.filter(model="accounts.user").order_by("pk")
    assert [(event.new["username"], event.actor) for event in events] == [
        ("inner", "bin/manage load_sample"),
        ("outer", "lan"),
    ]


def test_one_request_does_not_lend_its_actor_to_the_next(client):
    """A server's connection outlives the request: the name must not."""
    with acting_as(""):
        with acting_as("lan"):
            User.objects.create(username="first")
        with pytest.raises(IntegrityError, match="a write needs an actor"), transaction.atomic():
            User.objects.create(username="second")


# --- what the trail leaves out -------------------------------------------------------------------


def test_of_a_personal_number_the_trail_keeps_the_last_three_digits_old_and_new():
    family = factories.household(factories.ward())
    member = factories.member(family, id_number="001085012345", health_card_number="HN4010112345678")
    member.id_number = "001085054321"
    member.save()
    Member.objects.filter(pk=member.pk).update(id_number="")
    key = member.pk
    member.delete()

    inserted, changed, cleared, removed = (
        AuditEvent.objects.of(family).filter(model="households.member", row_id=key).order_by("pk")
    )
    assert (inserted.new["id_number"], inserted.new["health_card_number"]) == ("•••345", "•••678")
    assert (changed.old["id_number"], changed.new["id_number"]) == ("•••345", "•••321")
    assert (cleared.old["id_number"], cleared.new["id_number"]) == ("•••321", "")
    assert removed.old["id_number"] == ""
    everything = repr(list(AuditEvent.objects.values()))
    assert not any(number in everything for number in ("001085012345", "001085054321", "HN4010112345678"))


def test_passwords_never_stand_in_the_trail():
    user = factories.officer()
    user.set_password("mot-mat-khau-khac-han")
    user.save()

    [change] = AuditEvent.objects.filter(model="accounts.user", row_id=user.pk, action="update")
    assert change.new["password"] == "•••"
    assert user.password not in repr(list(AuditEvent.objects.values()))


def test_a_masked_column_that_was_empty_shows_that_it_was():
    family = factories.household(factories.ward())
    head = family.members.get()
    head.id_number = "001085012345"
    head.save()

    [change] = AuditEvent.objects.filter(model="households.member", row_id=head.pk, action="update")
    assert (change.old["id_number"], change.new["id_number"]) == ("", "•••345")


@pytest.mark.parametrize(
    ("model", "change"),
    [
        (Ward, {"name_key": "x", "sort_key": "y"}),
        (Household, {"address_key": "x"}),
        (Member, {"name_key": "x", "sort_key": "y"}),
        (SupportAction, {"search_key": "x"}),
        (User, {"last_login": timezone.now()}),
    ],
    ids=lambda value: value._meta.label_lower if isinstance(value, type) else "",
)
def test_derived_columns_make_no_event(model, change):
    row = saved_row(model)
    events = Watched(model)

    with acting_as(""):
        assert model._base_manager.filter(pk=row.pk).update(**change) == 1

    assert events() == []


def test_saving_without_a_change_makes_no_event(audited):
    row = saved_row(audited)
    events = Watched(audited)

    audited._base_manager.get(pk=row.pk).save()

    assert events() == []


# --- what belongs together --------------------------------------------------------------------------


def test_a_household_page_finds_the_changes_of_its_lines():
    family = factories.household(factories.ward(), members=2)
    indicator = factories.indicator(factories.standard(2021))
    status = factories.status(family, 2021, "N", deprivations=[indicator], causes=["capital"])
    other = factories.household(factories.ward(), statuses={2021: "CN"})

    found = AuditEvent.objects.of(family)

    assert {event.model for event in found} == {
        "households.household",
        "households.member",
        "households.residence",
        "households.povertystatus",
        "households.statusdeprivation",
        "households.statuscause",
        "households.statusreview",
    }
    assert not found.filter(model="households.povertystatus").exclude(row_id=status.pk).exists()
    assert not set(found) & set(AuditEvent.objects.of(other))


def test_removed_lines_stay_with_their_record():
    family = factories.household(factories.ward())
    status = factories.status(family, 2021, "N", causes=["capital", "land"])

    record_status(by="test", status=status, causes=["capital"])
    status.reviews.all().delete()
    status.delete()

    removed = AuditEvent.objects.of(family).filter(action="delete").order_by("pk")
    assert [(event.model, (event.old or {}).get("cause")) for event in removed] == [
        ("households.statuscause", "land"),
        ("households.statusreview", None),
        ("households.statuscause", "capital"),
        ("households.povertystatus", None),
    ]


def test_showing_numbers_and_exporting_are_noted_under_the_person_who_did():
    lan, family = factories.officer(username="lan"), factories.household(factories.ward())

    note_event(by=lan, action=AuditEvent.Action.REVEAL, record=family)
    note_event(by=lan, action=AuditEvent.Action.EXPORT, model="households.household", detail={"rows": 3})

    export, reveal = AuditEvent.objects.filter(actor="lan")
    assert (reveal.action, reveal.subject_id) == ("reveal", family.pk)
    assert (export.action, export.new) == ("export", {"rows": 3})


# --- the trail itself -------------------------------------------------------------------------------


def _rewrite(event):
    AuditEvent.objects.filter(pk=event.pk).update(actor="somebody else")


def _save_again(event):
    event.actor = "somebody else"
    event.save()


def _rewrite_in_sql(event):
    with connection.cursor() as cursor:
        cursor.execute("UPDATE accounts_auditevent SET actor = 'somebody else' WHERE id = %s", [event.pk])


def _delete(event):
    AuditEvent.objects.filter(pk=event.pk).delete()


def _delete_in_sql(event):
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM accounts_auditevent")


def _replace_in_sql(event):
    if connection.vendor != "sqlite":
        pytest.skip("REPLACE is SQLite's")
    with connection.cursor() as cursor:
        cursor.execute(
            "REPLACE INTO accounts_auditevent (id, at, actor, action, model, subject)"
            " VALUES (%s, '2026-01-01', 'somebody else', 'insert', '', '')",
            [event.pk],
        )


def _truncate(event):
    if connection.vendor != "postgresql":
        pytest.skip("TRUNCATE is PostgreSQL's")
    connection.check_constraints()
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE accounts_auditevent")


@pytest.mark.parametrize(
    "tamper",
    [_rewrite, _save_again, _rewrite_in_sql, _delete, _delete_in_sql, _replace_in_sql, _truncate],
    ids=name_of,
)
def test_the_trail_can_only_grow(tamper):
    factories.officer(username="lan")
    event = AuditEvent.objects.first()

    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        tamper(event)

    assert AuditEvent.objects.get(pk=event.pk).actor == "test"


def test_a_row_that_is_replaced_leaves_its_old_values():
    """REPLACE deletes the old row first; without `recursive_triggers` SQLite would not say so."""
    if connection.vendor != "sqlite":
        pytest.skip("REPLACE is SQLite's")
    source = FundingSource.objects.create(code="NS_QUAN", name="Ngân sách quận", name_en="Budget", group="budget")
    events = Watched(FundingSource)

    with connection.cursor() as cursor:
        cursor.execute(
            'REPLACE INTO support_fundingsource (id, code, name, name_en, "group", "order")'
            " VALUES (%s, 'NS_QUAN', 'Khác', 'Other', 'budget', 0)",
            [source.pk],
        )

    assert {event.action: (event.old or event.new)["name"] for event in events()} == {
        "delete": "Ngân sách quận",
        "insert": "Khác",
    }


def test_a_table_cannot_be_emptied_in_one_stroke():
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has no TRUNCATE: DELETE goes row by row and is recorded")
    factories.household(factories.ward())
    connection.check_constraints()  # otherwise the waiting foreign keys already forbid it

    with pytest.raises(IntegrityError, match="cannot be emptied"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("TRUNCATE households_household CASCADE")

    assert Household.objects.count() == 1


# --- triggers in place --------------------------------------------------------------------------------


def checked() -> str:
    """What `check --database default` says."""
    try:
        call_command("check", databases=["default"], stdout=StringIO(), stderr=StringIO())
    except CommandError as error:
        return str(error)
    return ""


def drop_trigger(name: str, table: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f'DROP TRIGGER "{name}"' + (f' ON "{table}"' if connection.vendor == "postgresql" else ""))


def test_a_dropped_trigger_is_noticed_and_put_back():
    assert checked() == ""

    drop_trigger("audit_households_household_upd", "households_household")
    assert "audit_households_household_upd" in checked()

    triggers.install(connection)
    assert checked() == ""


def test_a_trail_open_to_rewriting_is_noticed():
    drop_trigger("audit_trail_delete", "accounts_auditevent")

    assert "audit_trail_delete" in checked()


def test_control_without_its_trigger_a_change_leaves_no_event():
    """The tests above see a missing trigger: with it gone, what they assert is false."""
    row = saved_row(Household)
    events = Watched(Household)
    drop_trigger("audit_households_household_upd", "households_household")

    update_with_queryset(row, "address", "Số 7")

    assert events() == []


def test_a_table_that_is_rebuilt_gets_its_triggers_back():
    """SQLite changes a column by rebuilding the table, which silently drops every trigger on it."""
    triggers.drop_before_migrations(sender=None, using="default")
    assert triggers.installed(connection) == {}

    triggers.install_after_migrations(sender=None, using="default")
    assert set(triggers.installed(connection)) == triggers.expected(connection)


def test_a_migration_runs_with_the_triggers_out_of_its_way():
    call_command("migrate", verbosity=0)

    assert checked() == ""
    with pytest.raises(DatabaseError), acting_as(""), transaction.atomic():
        User.objects.create(username="nobody")


def test_the_exempt_tables_take_writes_without_events():
    user = factories.officer()
    events = AuditEvent.objects.count()

    Submission.objects.create(user=user, key="6f1b2a52-0000-4000-8000-000000000001")

    assert AuditEvent.objects.count() == events

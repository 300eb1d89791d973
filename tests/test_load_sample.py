"""The programme from the bottom: invented records that add up to the published figures.

The district of each seed is loaded once and read into plain lists; every rule is counted again
here, in plain Python, without the code of the reports.
"""

from collections import Counter, defaultdict
from datetime import date
from io import StringIO
from types import SimpleNamespace

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from accounts.models import AuditEvent, Dataset, User
from hadong_poverty.management.commands.sample_accounts import PASSWORD
from households.identity import contradictions
from households.judging import differs
from households.models import Household, Member, PovertyStatus, StatusCause, StatusDeprivation
from reports.models import Directive, PublishedFigure
from support.models import Allocation, Draw, FundingLine, HousingDetail, Receipt, SupportAction
from tests import factories
from wards.models import Ward, WardPopulation

DONORS = {"XHH", "XHH_DOANH_NGHIEP", "XHH_TO_CHUC", "XHH_CA_NHAN", "DBQH", "AGRIBANK"}
# What chance does is the same on either database; that PostgreSQL takes it, one seed shows.
SEEDS = [1, 2, 3] if connection.vendor == "sqlite" else [1]
BEGUN, ENDED = date(2020, 11, 9), date(2025, 6, 30)


def load(command="load_sample", **options) -> str:
    out = StringIO()
    call_command(command, stdout=out, **options)
    return out.getvalue()


def rows(queryset, *fields) -> list[SimpleNamespace]:
    names = [field.replace("__", "_") for field in fields]
    return [SimpleNamespace(**dict(zip(names, row, strict=True))) for row in queryset.order_by().values_list(*fields)]


@pytest.fixture(
    scope="module",
    params=[pytest.param(seed, marks=pytest.mark.xdist_group(f"seed {seed}")) for seed in SEEDS],
)
def district(request, django_db_setup, django_db_blocker):
    """Everything of one seed's district as plain values; the database is empty again afterwards."""
    with django_db_blocker.unblock(), transaction.atomic():
        said = load(seed=request.param)
        read = _read()
        read.said = said
        transaction.set_rollback(True)
    return read


def _read() -> SimpleNamespace:
    actions = rows(
        SupportAction.objects,
        *("pk", "policy__code", "policy__category", "policy__universal", "ward", "household", "member", "times"),
        *("households_reported", "persons_reported", "things", "thing_unit", "qualifier", "beneficiary_group"),
        *("period_from", "period_to", "income_gain_from", "income_gain_to", "published_as", "voided_at"),
    )
    lines = defaultdict(list)
    for line in rows(FundingLine.objects, "pk", "action", "source__code", "nature", "amount", "qualifier"):
        lines[line.action].append(line)
    for action in actions:
        action.lines = lines[action.pk]
    households = rows(Household.objects, "pk", "ward", "residential_group__ward", "address")
    statuses = rows(
        PovertyStatus.objects,
        *("pk", "household", "year", "standard__level", "standard__from_year", "standard__to_year", "ward", "persons"),
        *("classification", "income", "b1", "b2", "decision_number", "decision_date", "certificate_number"),
        *("certificate_date", "proposed", "differs_because", "judged_by", "children", "children_undernourished"),
        *("children_uninsured", "children_out_of_school", "sheet_a"),
    )
    return SimpleNamespace(
        dataset=Dataset.objects.get(),
        actions=actions,
        households={household.pk: household for household in households},
        members={
            member.pk: member
            for member in rows(
                Member.objects,
                *("pk", "household", "name", "name_key", "relation", "sex", "birth_date", "birth_year"),
                *("id_number", "is_pupil", "disability_kind", "disability_degree"),
            )
        },
        statuses=statuses,
        classes={(s.household, s.year): s.classification for s in statuses if s.standard_level == "city"},
        ticks=Counter(StatusDeprivation.objects.values_list("status", flat=True)),
        causes=Counter(StatusCause.objects.values_list("status", flat=True)),
        wards={ward.pk: ward for ward in rows(Ward.objects, "pk", "code", "valid_from", "valid_to")},
        populations=rows(WardPopulation.objects, "ward", "year", "households", "persons"),
        directives=rows(Directive.objects, "number", "count", "title"),
        figures=list(PublishedFigure.objects.values_list("code", flat=True)),
        audited=AuditEvent.objects.filter(model="support.supportaction").count(),
        receipts=rows(Receipt.objects, "pk", "source__code", "day", "nature", "amount", "donor__note"),
        draws=rows(
            Draw.objects, "line__action__period_to", "line__source__code", "line", "receipt", "amount", "reason"
        ),
        allocations=rows(Allocation.objects, "source__code", "year", "amount"),
        houses=rows(HousingDetail.objects, "action", "work", "handed_over_on", "total_cost", "labour_days"),
        audit_actors=set(AuditEvent.objects.values_list("actor", flat=True)),
    )


def chosen(district, *policies, group="", thing="", first=2020, last=2025) -> list:
    return [
        action
        for action in district.actions
        if action.policy_code in policies
        and group in ("", action.beneficiary_group)
        and thing in ("", action.thing_unit)
        and date(first, 1, 1) <= action.period_from <= action.period_to <= date(last, 12, 31)
    ]


def money(actions, nature, sources=()) -> int:
    return sum(
        line.amount
        for action in actions
        for line in action.lines
        if line.nature == nature and (not sources or line.source_code in sources)
    )


def paid_by(actions, source) -> list:
    return [action for action in actions if any(line.source_code == source for line in action.lines)]


def distinct(actions, field) -> int:
    named = {getattr(action, field) for action in actions} - {None}
    return len(named) + sum(
        getattr(action, f"{field}s_reported".replace("member", "person")) or 0 for action in actions
    )


# --- the published figures ------------------------------------------------------------------


def test_f01_f04_the_end_of_2024_is_zero(district):
    at_the_end = [district.classes[household, 2024] for household in district.households]

    assert not {"N", "CN"} & set(at_the_end)
    assert [s for s in district.statuses if s.year == 2024 and s.classification in {"N", "CN"}] == []


def test_f05_directives(district):
    assert sum(directive.count for directive in district.directives) == 21
    assert len({directive.number for directive in district.directives}) == 21
    assert all(directive.number.startswith("MẪU-") for directive in district.directives)


def test_f06_tuition(district):
    actions = chosen(district, "HP_MIEN", "HP_GIAM50", "CPHT", "HP_CPHT", first=2021, last=2024)

    assert money(actions, "grant") == 1_083_000_000
    assert all(action.member and action.period_to <= date(2024, 9, 30) for action in actions)


def test_f07_covid_tuition_is_universal_and_names_nobody(district):
    actions = chosen(district, "HP_COVID")

    assert 27_000_000_000 < money(actions, "grant") < 28_000_000_000
    assert len(actions) == 17
    assert all(action.policy_universal and action.household is None for action in actions)


def test_f08_f10_computers(district):
    actions = chosen(district, "SMT", thing="computer")

    assert len(actions) == distinct(actions, "member") == 45
    assert [action.things for action in actions] == [1] * 45
    assert 382_000_000 < money(actions, "grant") < 383_000_000
    assert {action.beneficiary_group for action in actions} <= {"near_poor", "hardship"}


def test_f11_f12_devices(district):
    actions = chosen(district, "SMT", thing="device")

    assert 480 <= sum(action.things for action in actions) < 500
    assert 1_900_000_000 < money(actions, "in_kind") < 2_000_000_000
    assert money(actions, "grant") == 0


def test_f13_f14_learning_support(district):
    hardship = paid_by(chosen(district, "HB_VNN", group="hardship"), "VNN_QUAN")
    near_poor = paid_by(chosen(district, "HB_VNN", group="near_poor"), "VNN_QUAN")

    assert sum(action.times for action in hardship) == 341
    assert len(near_poor) == distinct(near_poor, "member") == 52
    assert len({(action.member, action.period_from.year) for action in hardship}) == 341


def test_f15_f17_aid_fund(district):
    actions = chosen(district, "QTV_CNVCLD")

    assert len(actions) == distinct(actions, "household") == 65
    assert money(actions, "loan") == 2_000_000_000
    assert min(action.income_gain_from for action in actions) == 1_000_000
    assert max(action.income_gain_to for action in actions) == 1_500_000


def test_f18_f19_tym(district):
    actions = chosen(district, "TYM")

    assert sum(action.times for action in actions) == 1359
    assert money(actions, "loan") == 20_247_000_000
    assert all(district.members[action.member].sex == "2" for action in actions)
    assert distinct(actions, "member") < 1359


def test_f20_f22_houses(district):
    actions = chosen(district, "NHA", "NHA_XM", "NHA_SC", group="near_poor")

    assert sum(action.things for action in actions) == distinct(actions, "household") == 34
    assert money(actions, "grant", {"NS_QUAN"}) == 400_000_000
    assert money(actions, "grant", DONORS) == 3_077_000_000
    assert actions == [action for action in district.actions if action.policy_category == "housing"]


def test_f23_voluntary_insurance(district):
    actions = paid_by(chosen(district, "BHXH_TN", group="near_poor", first=2022, last=2024), "VNN_QUAN")

    assert 390 < distinct(actions, "member") < 400
    assert len(actions) == distinct(actions, "member")


def test_f24_f25_health_days(district):
    actions = chosen(district, "KCB", group="members")

    assert 7_800 < distinct(actions, "member") < 8_000
    assert 2_000_000_000 < money(actions, "grant", {"XHH_DOANH_NGHIEP"}) < 2_100_000_000


# --- what else must be true -----------------------------------------------------------------


def test_every_dong_the_funds_paid_had_come_in_before_or_is_overspent_with_a_reason(district):
    day_of = {receipt.pk: receipt.day for receipt in district.receipts}
    drawn = Counter()
    for draw in district.draws:
        drawn[draw.line] += draw.amount
        assert draw.receipt is None or day_of[draw.receipt] <= draw.line_action_period_to
        assert draw.receipt or draw.reason
    paid = {
        line.pk: line.amount
        for action in district.actions
        for line in action.lines
        if line.source_code in {"VNN_QUAN", "DBQH", "AGRIBANK"} and action.period_to.year >= 2021
    }

    assert dict(drawn) == paid
    assert sum(draw.amount for draw in district.draws if draw.receipt is None) == 3_000_000
    assert {receipt.source_code for receipt in district.receipts} == {"VNN_QUAN", "DBQH", "AGRIBANK"}
    assert {each.year for each in district.allocations} >= {2021, 2022, 2023, 2024}
    assert {receipt.donor_note for receipt in district.receipts} <= {"không có thật", None}


def test_what_families_and_neighbours_added_explains_what_the_houses_cost(district):
    houses = {action.pk: action for action in chosen(district, "NHA_XM", "NHA_SC")}

    assert {house.work for house in district.houses} == {"new", "repair", "turnkey"}
    for house in district.houses:
        assert sum(line.amount for line in houses[house.action].lines) == house.total_cost
    assert money(houses.values(), "grant", {"HO_GIA_DINH"}) > 0
    assert money(houses.values(), "in_kind") > 0


def test_size_and_marking(district):
    assert len(district.households) == 600
    assert 3_000 <= len(district.actions) <= 3_900
    assert district.dataset.kind == "sample"
    assert district.dataset.working_year == 2024
    assert len(district.figures) == 25
    assert not any(action.published_as for action in district.actions)


def test_every_row_is_in_the_audit_trail(district):
    assert district.audited == len(district.actions)
    assert "" not in district.audit_actors


def test_families(district):
    sizes = Counter(member.household for member in district.members.values())
    heads = [member.household for member in district.members.values() if member.relation == "head"]

    assert set(sizes) == set(district.households)
    assert 2 <= min(sizes.values()) <= max(sizes.values()) <= 6
    assert sorted(heads) == sorted(district.households)
    assert all(household.residential_group_ward == household.ward for household in district.households.values())


def test_people_are_consistent_and_invented(district):
    numbers = [member.id_number for member in district.members.values() if member.id_number]

    assert len(numbers) == len(set(numbers))
    assert all(len(number) == 12 and number[6] == "9" for number in numbers)
    for member in district.members.values():
        assert contradictions(member.id_number, member.sex, member.birth_year) == []
        assert member.name_key
        assert 1900 < member.birth_year <= 2024
        assert bool(member.disability_kind) == bool(member.disability_degree)
        if member.is_pupil:
            assert 3 <= 2024 - member.birth_year <= 18


def test_parents_are_older_than_their_children(district):
    heads = {member.household: member for member in district.members.values() if member.relation == "head"}
    for member in district.members.values():
        years = heads[member.household].birth_year - member.birth_year
        if member.relation in {"child", "grandchild"}:
            assert years <= -18
        if member.relation == "parent":
            assert years >= 18


def test_every_ward_has_records(district):
    historic = {pk for pk, ward in district.wards.items() if ward.valid_from.year == 1900}

    assert len(historic) == 17
    assert {household.ward for household in district.households.values()} == historic
    assert {action.ward for action in district.actions} >= historic
    assert {status.ward for status in district.statuses} == historic
    assert {(row.ward, row.year) for row in district.populations} == {
        (ward, year) for ward in historic for year in range(2020, 2025)
    }
    assert all(row.persons > row.households > 0 for row in district.populations)


def test_every_category_has_records(district):
    assert {action.policy_category for action in district.actions} == {
        *("education", "loans", "housing", "insurance", "health", "gifts", "emergency", "covid_relief"),
        *("social_assistance", "livelihood", "employment"),
    }


def test_wards_exist_on_the_day_and_nothing_follows_the_district(district):
    for action in district.actions:
        ward = district.wards[action.ward]
        for day in (action.period_from, action.period_to):
            assert BEGUN <= day <= ENDED
            assert ward.valid_from <= day <= ward.valid_to


def test_named_help_is_in_the_household_s_ward_and_to_its_member(district):
    for action in district.actions:
        if action.household:
            assert action.ward == district.households[action.household].ward
            assert action.member is None or district.members[action.member].household == action.household
        assert action.lines
        assert {line.nature == "loan" for line in action.lines} == {action.policy_category == "loans"}
        assert all(line.amount > 0 for line in action.lines)
        assert action.voided_at is None


def test_people_were_born_and_of_age_when_helped(district):
    for action in district.actions:
        if action.member:
            member = district.members[action.member]
            assert member.birth_year <= action.period_from.year
            if action.policy_category == "loans":
                assert action.period_from.year - member.birth_year >= 18


def test_the_group_is_the_household_s_class_of_the_list_in_force(district):
    """The list decided at the end of a year rules the next; 2020, the first year on record, rules itself."""
    letters = {"poor": "N", "near_poor": "CN", "hardship": "KK"}
    for action in district.actions:
        if action.household and action.beneficiary_group in letters:
            year = max(action.period_from.year - 1, 2020)
            assert district.classes[action.household, year] == letters[action.beneficiary_group], action


def test_statuses_every_year_by_the_standard_in_force(district):
    assert len(district.classes) == 600 * 5
    assert {status.standard_level for status in district.statuses} == {"city", "national"}
    assert all(status.standard_from_year <= status.year <= status.standard_to_year for status in district.statuses)
    assert all(1 <= status.persons <= 6 for status in district.statuses)


def test_the_poor_become_fewer_every_year(district):
    on_the_list = [
        sum(district.classes[household, year] in {"N", "CN"} for household in district.households)
        for year in range(2020, 2025)
    ]
    poor = [
        sum(district.classes[household, year] == "N" for household in district.households) for year in range(2020, 2025)
    ]

    assert on_the_list == sorted(on_the_list, reverse=True)
    assert poor == sorted(poor, reverse=True)
    assert on_the_list[-1] == poor[-1] == 0


def test_two_or_three_relapses_none_in_2024(district):
    relapses = Counter()
    for household in district.households:
        course = [district.classes[household, year] in {"N", "CN"} for year in range(2020, 2025)]
        for place in range(2, 5):
            if course[place] and not course[place - 1] and any(course[: place - 1]):
                relapses[2020 + place] += 1

    assert 2 <= sum(relapses.values()) <= 3
    assert set(relapses) <= {2022, 2023}


def test_who_came_on_the_list_had_asked_and_has_a_sheet_a(district):
    came = {
        (status.household, status.year)
        for status in district.statuses
        if status.standard_level == "city" and status.classification in {"N", "CN"} and status.year > 2020
        and district.classes[status.household, status.year - 1] not in {"N", "CN"}
    }  # fmt: skip

    assert came
    assert {(each.household, each.year) for each in district.statuses if each.sheet_a} == came


def test_review_sheets_bear_out_the_class(district):
    for status in district.statuses:
        listed = status.classification in {"N", "CN"}
        if status.standard_level == "city":
            assert listed == (status.b1 <= 175)
            assert status.b2 % 10 == 0
            assert bool(status.decision_number) or not listed
            assert bool(district.causes[status.pk]) == listed
            if status.year >= 2022:
                assert district.ticks[status.pk] * 10 == status.b2
                assert (status.classification == "N") == (listed and status.b2 >= 30)
                assert listed == (status.income <= 2_000_000)
            elif status.classification == "N":
                assert status.income <= 1_400_000
            elif status.classification == "CN":
                assert 1_400_000 < status.income <= 1_950_000
                assert status.b2 < 30


def test_every_status_is_explained_and_what_differs_has_its_reason(district):
    for status in district.statuses:
        if status.standard_level == "city" and status.year >= 2022:  # its lines were not found
            assert (status.proposed, status.judged_by["missing"]) == ("", "standard")
        else:
            assert status.proposed in {"N", "CN", "K"}
        assert differs(status.classification, status.proposed) == bool(status.differs_because)
    assert 1 <= sum(bool(status.differs_because) for status in district.statuses) <= 5


def test_listed_households_have_their_certificate(district):
    for status in district.statuses:
        if status.standard_level == "city":
            assert bool(status.certificate_number) == (status.classification in {"N", "CN"})
            assert not status.certificate_number or status.certificate_date >= status.decision_date


def test_children_of_a_year_are_plausible(district):
    for status in district.statuses:
        assert 0 <= status.children <= status.persons
        for part in (status.children_undernourished, status.children_uninsured, status.children_out_of_school):
            assert part is None or part <= status.children


# --- loading ----------------------------------------------------------------------------------


@pytest.mark.django_db
def test_one_seed_invents_one_district():
    def fingerprint():
        with transaction.atomic():
            load(households=40, seed=5)
            read = (
                list(Member.objects.order_by("household__code", "name", "pk").values_list("name", "id_number")),
                sorted(FundingLine.objects.values_list("amount", "source__code", "action__period_from")),
            )
            transaction.set_rollback(True)
        return read

    assert fingerprint() == fingerprint()


@pytest.mark.django_db
def test_any_number_of_households_without_calibration():
    load(households=60)

    assert Household.objects.count() == 60
    assert SupportAction.objects.count() == 180
    assert "not calibrated" in Dataset.objects.get().note
    assert set(PovertyStatus.objects.filter(year=2024).values_list("classification", flat=True)) <= {"K", "KK"}


@pytest.mark.django_db
def test_loading_again_is_refused_or_does_nothing():
    load(households=20)
    before = AuditEvent.objects.count()

    with pytest.raises(CommandError, match="empty database"):
        load(households=20)
    assert load(if_empty=True) == ""
    assert AuditEvent.objects.count() == before


@pytest.mark.django_db
@pytest.mark.parametrize("if_empty", [False, True])
def test_the_programme_s_database_is_refused(if_empty):
    load("load_programme")

    with pytest.raises(CommandError, match="another database"):
        load(if_empty=if_empty)
    with pytest.raises(CommandError):
        load("sample_accounts")
    assert not Household.objects.exists()
    assert not User.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("if_empty", [False, True])
def test_a_database_with_real_households_is_refused(if_empty):
    factories.household(factories.ward("Đồng Mai"))

    with pytest.raises(CommandError, match="empty database"):
        load(if_empty=if_empty)
    assert Household.objects.count() == 1


@pytest.mark.django_db
def test_production_is_refused(settings):
    settings.PRODUCTION = True

    for command in ("load_sample", "sample_accounts"):
        with pytest.raises(CommandError, match="production"):
            load(command)
    assert not Dataset.objects.exists()


@pytest.mark.django_db
def test_the_programme_is_not_loaded_into_a_sample():
    load(households=20)

    with pytest.raises(CommandError):
        load("load_programme")
    assert not SupportAction.objects.exclude(published_as="").exists()


@pytest.mark.django_db
def test_fewer_households_than_wards_is_refused():
    with pytest.raises(CommandError, match="at least 17"):
        load(households=3)


@pytest.mark.django_db
def test_sample_accounts_one_of_each_role():
    load(households=20)

    said = load("sample_accounts")
    load("sample_accounts")

    roles = dict(User.objects.values_list("username", "role"))
    assert roles == {
        "phuong.dongmai": "officer",
        "phuong.haiphuong": "officer",
        "quan": "staff",
        "lanhdao": "leader",
        "admin": "admin",
    }
    assert all(username in said for username in roles)
    assert PASSWORD in said
    assert all(user.check_password(PASSWORD) for user in User.objects.all())
    dong_mai = User.objects.get(username="phuong.dongmai")
    assert [ward.code for ward in dong_mai.wards.all()] == ["10117"]
    assert User.objects.get(username="phuong.haiphuong").wards.count() == 2

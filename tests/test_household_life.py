"""What happens in a household's life, recorded by services: who is where, what closes, what is undone."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import override

from accounts.actor import StaleVersion
from households import life
from households.codes import Closing, Leaving, Relation
from households.models import Household, LifeEvent
from households.movement import POOR, movements
from households.services import record_status
from tests import factories
from wards.models import Reorganisation

pytestmark = pytest.mark.django_db

DAY = date(2024, 3, 5)


@pytest.fixture
def dong_mai():
    return factories.ward("Đồng Mai")


@pytest.fixture
def van_quan():
    return factories.ward("Văn Quán")


@pytest.fixture
def family(dong_mai):
    """An, her husband Bình, their children Cúc and Dũng."""
    return factories.household(
        dong_mai,
        head="Nguyễn Thị An",
        members=[
            {"name": "Trần Văn Bình", "relation": "spouse", "birth_year": 1958},
            {"name": "Trần Thị Cúc", "birth_year": 1985},
            {"name": "Trần Văn Dũng", "birth_year": 1990},
        ],
        address="Số 1",
    )


def person(household, name):
    return household.members.get(name__endswith=name, left_on=None)


def names(household) -> dict[str, str]:
    """Who belongs to the household, with the relation to the head."""
    return {member.name.split()[-1]: member.relation for member in household.members.filter(left_on=None)}


def now(household) -> Household:
    return Household.objects.get(pk=household.pk)


def record(service, household, **given):
    """The service by an officer who has just opened the household."""
    fresh = now(household)
    return service(by="test", household=fresh, version=fresh.version, **{"day": DAY, **given})


def kin(household, **relations) -> dict[int, str]:
    return {person(household, name).pk: relation for name, relation in relations.items()}


def refused(service, household, **given) -> str:
    with override("en"), pytest.raises(ValidationError) as error:
        record(service, household, **given)
    return " ".join(error.value.messages)


def move(household, ward, **given):
    return record(life.move_to_ward, household, ward=ward, **given)


def split(household, *going, **given):
    relations = given.pop("relations", {"Cúc": "head", "Dũng": "sibling"})
    stay = {member.pk: member.relation for member in household.members.filter(left_on=None)}
    keys = [person(household, name).pk for name in going]
    return record(life.split_household, household, going=keys, relations=stay | kin(household, **relations), **given)


# --- splitting ------------------------------------------------------------------------------


def test_a_split_forms_a_household_and_both_events_name_each_other(family):
    group = factories.residential_group(family.ward, 3)

    formed = split(family, "Cúc", "Dũng", residential_group=group, address="Số 2")

    assert names(family) == {"An": "head", "Bình": "spouse"}
    assert names(formed) == {"Cúc": "head", "Dũng": "sibling"}
    assert (formed.ward, formed.residential_group, formed.address) == (family.ward, group, "Số 2")
    assert formed.code == "10117-0002"
    home = formed.residences.get()
    assert (home.ward, home.residential_group, home.since, home.until) == (family.ward, group, DAY, None)
    split_, off = LifeEvent.objects.order_by("pk")
    assert (split_.kind, split_.household, split_.other) == ("split", family, formed)
    assert (off.kind, off.household, off.other) == ("split_off", formed, family)


def test_who_goes_in_a_split_keeps_the_row_in_the_old_household(family):
    cuc = person(family, "Cúc")
    factories.status(family, 2023, "N")

    formed = split(family, "Cúc", "Dũng")

    cuc.refresh_from_db()
    assert (cuc.household, cuc.left_on, cuc.left_as) == (family, DAY, Leaving.OTHER_HOUSEHOLD)
    there = person(formed, "Cúc")
    assert (there.joined_on, there.birth_year, there.sex) == (DAY, 1985, cuc.sex)
    assert family.statuses.get().persons == 4


def test_the_head_may_go_in_a_split_when_those_who_stay_get_one(family):
    formed = split(family, "An", "Dũng", relations={"An": "head", "Dũng": "child", "Bình": "head", "Cúc": "child"})

    assert names(formed) == {"An": "head", "Dũng": "child"}
    assert names(family) == {"Bình": "head", "Cúc": "child"}


@pytest.mark.parametrize("going", [(), ("An", "Bình", "Cúc", "Dũng")])
def test_a_split_without_anybody_on_one_side_is_refused(family, going):
    assert f"Household {family.code}: at least one member goes and at least one stays." in refused(
        life.split_household, family, going=[person(family, name).pk for name in going], relations={}
    )
    assert Household.objects.count() == 1


def test_a_split_that_leaves_a_part_without_head_is_refused(family):
    relations = {member.pk: "child" for member in family.members.all() if member.relation != "head"}

    told = refused(life.split_household, family, going=[person(family, "Cúc").pk], relations=relations)

    assert "choose exactly one head" in told
    assert Household.objects.count() == 1


# --- merging --------------------------------------------------------------------------------


def test_a_merger_brings_the_members_over_and_closes_the_other(family, dong_mai):
    other = factories.household(dong_mai, head="Phạm Thị Em", members=2)
    relations = {member.pk: "sibling" for member in other.members.all()}

    record(life.merge_households, family, other=other, relations=relations)

    other = now(other)
    assert names(family)["Em"] == "sibling"
    assert names(family)["An"] == "head"
    assert family.members.filter(left_on=None).count() == 6
    assert (other.closed_on, other.closed_as, other.merged_into) == (DAY, Closing.MERGED, family)
    assert not other.members.filter(left_on=None).exists()
    assert other.residences.get().until == DAY
    kinds = set(LifeEvent.objects.values_list("kind", "household", "other"))
    assert kinds == {("took_in", family.pk, other.pk), ("merged", other.pk, family.pk)}


@pytest.mark.parametrize("held", ["class of 2025", "help on record of 06/03/2024"])
def test_a_household_does_not_join_another_before_what_is_on_record_for_it(family, dong_mai, held):
    other = factories.household(dong_mai, head="Phạm Thị Em")
    factories.status(other, 2025) if "class" in held else factories.support(other, on=DAY + timedelta(days=1))

    assert held in refused(life.merge_households, family, other=other, relations=kin(other, Em="sibling"))
    assert now(other).closed_on is None


def test_households_of_two_wards_are_not_merged(family, van_quan):
    other = factories.household(van_quan)

    assert "of its ward only" in refused(life.merge_households, family, other=other, relations={})


def test_a_household_is_not_merged_into_itself(family):
    assert "of its ward only" in refused(life.merge_households, family, other=now(family), relations={})


def test_newcomers_of_a_merger_need_a_relation_and_bring_no_head(family, dong_mai):
    other = factories.household(dong_mai, head="Phạm Thị Em")
    em = other.members.get()

    assert "Choose the relation of Phạm Thị Em" in refused(
        life.merge_households, family, other=other, relations={em.pk: ""}
    )
    assert "keeps its head" in refused(life.merge_households, family, other=now(other), relations={em.pk: "head"})
    assert now(other).closed_on is None


# --- the head, births, deaths, those who come and go ---------------------------------------------


def test_another_member_becomes_head(family):
    event = record(life.change_head, family, relations=kin(family, An="parent", Cúc="head"))

    assert names(family) == {"Cúc": "head", "An": "parent", "Bình": "spouse", "Dũng": "child"}
    assert (event.kind, event.member.name) == ("head", "Trần Thị Cúc")


@pytest.mark.parametrize("relations", [{"An": "parent"}, {"Bình": "head", "Cúc": "head"}])
def test_a_change_of_head_names_one_head(family, relations):
    assert "Choose one new head" in refused(life.change_head, family, relations=kin(family, **relations))


def test_the_old_head_needs_a_new_relation(family):
    assert "exactly one head; there are 2" in refused(life.change_head, family, relations=kin(family, Cúc="head"))
    assert names(family)["An"] == "head"


def test_a_member_dies_and_is_no_longer_counted(family):
    record(life.lose_member, family, member=person(family, "Dũng"), died=True)

    dung = family.members.get(name__endswith="Dũng")
    assert (dung.left_on, dung.left_as) == (DAY, Leaving.DIED)
    assert Household.objects.with_size().get(pk=family.pk).size == 3


def test_the_head_dies_and_the_new_head_is_named_in_the_same_act(family):
    an = person(family, "An")
    relations = kin(family, Bình="head", Cúc="child", Dũng="child")

    record(life.lose_member, family, member=an, died=True, relations=relations)

    assert names(family) == {"Bình": "head", "Cúc": "child", "Dũng": "child"}
    assert list(LifeEvent.objects.order_by("pk").values_list("kind", flat=True)) == ["died", "head"]


def test_the_head_does_not_leave_without_a_new_one(family):
    told = refused(life.lose_member, family, member=person(family, "An"), died=False)

    assert told == f"Choose one new head for household {family.code}."
    assert names(family)["An"] == "head"


@pytest.mark.parametrize(("died", "instead"), [(True, "nobody of it is alive"), (False, "moved out of the district")])
def test_the_last_member_is_recorded_as_the_end_of_the_household(dong_mai, died, instead):
    alone = factories.household(dong_mai)

    told = refused(life.lose_member, alone, member=alone.members.get(), died=died)

    assert f"is the last member of household {alone.code}; record “{instead}” instead" in told


def test_a_child_is_born_and_a_person_joins(family):
    record(life.join_member, family, member=factories.person(name="Trần Minh", birth_date=DAY), born=True)
    record(life.join_member, family, member=factories.person(name="Lê Thị Giang", relation="child_in_law"))

    assert names(family)["Minh"] == "child"
    assert names(family)["Giang"] == "child_in_law"
    assert set(LifeEvent.objects.values_list("kind", "member__joined_on")) == {("born", DAY), ("joined", DAY)}


def test_who_had_help_after_the_day_had_not_left_by_then_and_had_not_split_off(family):
    cúc = person(family, "Cúc")
    factories.support(family, member=cúc, on=DAY + timedelta(days=1))
    told = f"Household {family.code} has help on record of 06/03/2024"

    assert told in refused(life.lose_member, family, member=cúc, died=False)
    assert told in refused(life.split_household, family, going=[cúc.pk], relations={cúc.pk: "head"})
    assert "Cúc" in names(family)
    record(life.lose_member, family, member=cúc, died=True)  # the help may be for the funeral


def test_nobody_dies_before_they_came(family):
    record(life.join_member, family, member=factories.person(name="Lê Thị Giang"), day=date(2022, 1, 1))

    told = refused(life.lose_member, family, member=person(family, "Giang"), died=True, day=date(2021, 12, 31))

    assert "01/01/2022" in told


# --- moving ---------------------------------------------------------------------------------


def test_a_move_within_the_ward_closes_one_residence_and_opens_the_next(family):
    group = factories.residential_group(family.ward, 7)

    event = record(life.move_within, family, residential_group=group, address="Số 9")

    before, after = family.residences.all()
    assert (before.until, after.since, after.until) == (DAY - timedelta(days=1), DAY, None)
    assert (after.residential_group, after.address) == (group, "Số 9")
    fresh = now(family)
    assert (fresh.residential_group, fresh.address) == (group, "Số 9")
    assert (event.group, event.to_group) == (None, group)


def test_a_move_to_where_it_lives_is_refused(family):
    assert "already lives there" in refused(life.move_within, family, residential_group=None, address="Số 1")


def test_a_move_to_another_ward_is_one_event_with_both_wards(family, dong_mai, van_quan):
    event = move(family, van_quan, address="Số 5")

    fresh = now(family)
    assert LifeEvent.objects.count() == 1
    assert (event.kind, event.ward, event.to_ward) == ("moved_ward", dong_mai, van_quan)
    assert (fresh.ward, fresh.code, fresh.address) == (van_quan, "10117-0001", "Số 5")
    assert fresh.ward_on(DAY - timedelta(days=1)) == dong_mai
    assert fresh.ward_on(DAY) == van_quan


def test_a_code_that_is_taken_in_the_new_ward_becomes_its_next(family, van_quan):
    factories.household(van_quan, code=family.code)

    move(family, van_quan)

    assert now(family).code == "09542-0001"


def test_a_move_is_refused_where_the_ward_did_not_exist(family):
    new = factories.ward("Kiến Hưng", since=date(2025, 7, 1))

    assert "begins on 01/07/2025" in refused(life.move_to_ward, family, ward=new)


def test_a_household_of_a_ward_that_ended_is_first_moved_by_the_reorganisation(family, dong_mai, van_quan):
    dong_mai.valid_to = date(2025, 6, 30)
    dong_mai.save()

    told = refused(life.move_to_ward, family, ward=van_quan, day=date(2025, 8, 1))

    assert "ended on 30/06/2025" in told


def test_a_class_after_the_day_speaks_against_a_move(family, van_quan):
    factories.standard(2025)
    factories.status(family, 2025, "N")

    assert "has its class of 2025 on record" in refused(life.move_to_ward, family, ward=van_quan)
    assert "has its class of 2025 on record" in refused(life.move_out, family, place="Bắc Ninh")


def test_help_after_the_day_speaks_against_a_move(family, van_quan):
    factories.support(family, on=date(2024, 5, 10))

    assert "10/05/2024" in refused(life.move_to_ward, family, ward=van_quan)
    assert "10/05/2024" in refused(life.move_out, family, place="Bắc Ninh")


def test_a_household_that_leaves_the_district_is_closed(family):
    record(life.move_out, family, place="Bắc Ninh")

    fresh = now(family)
    assert (fresh.closed_on, fresh.closed_as) == (DAY, Closing.LEFT)
    assert fresh.residences.get().until == DAY
    assert LifeEvent.objects.get().place == "Bắc Ninh"


def test_where_a_household_came_from_is_said_once(family):
    record(life.move_in, family, place="Nam Định")

    assert now(family).residences.get().since == DAY
    assert now(family).ward_on(DAY - timedelta(days=1)) is None
    assert "“moved in from outside the district” is on record for 05/03/2024" in refused(
        life.move_in, family, place="Nam Định"
    )


def test_a_household_with_a_class_of_before_did_not_move_in_later(family):
    factories.status(family, 2022, "N")

    assert "class of 2022" in refused(life.move_in, family, place="Nam Định")


def test_a_household_of_which_nobody_is_alive_is_closed_with_its_members(family):
    record(life.die_out, family)

    assert now(family).closed_as == Closing.DIED
    assert set(family.members.values_list("left_as", flat=True)) == {Leaving.DIED}


# --- the lists of the year's end --------------------------------------------------------------


def poor_at_the_end_of_2024(ward) -> dict[str, tuple[int, int]]:
    """Households and persons of the ward's table R2, which balances."""
    movement = movements("city", [2024])[2024]
    assert movement.balance(ward.pk, POOR).holds
    return {column: movement.figure(ward.pk, POOR, column) for column in ("c1", "c4", "c9")}


@pytest.fixture
def listed(family):
    """On the list of 2023, and reviewed for 2024 before the year ended."""
    for year in (2023, 2024):
        factories.status(family, year, "N")
    return family


def test_who_leaves_after_the_review_is_not_on_the_list_of_the_years_end(listed, dong_mai):
    event = record(life.move_out, listed, day=date(2024, 11, 20), place="Bắc Ninh")

    assert poor_at_the_end_of_2024(dong_mai) == {"c1": (1, 4), "c4": (1, 4), "c9": (0, 0)}

    life.undo_event(by="test", event=event, household=now(listed), version=now(listed).version, reason="Nhầm hộ")

    assert poor_at_the_end_of_2024(dong_mai) == {"c1": (1, 4), "c4": (0, 0), "c9": (1, 4)}


def test_what_is_reviewed_after_the_household_left_is_on_no_list_either(listed, dong_mai):
    record(life.move_out, listed, day=date(2024, 11, 20), place="Bắc Ninh")

    status = now(listed).statuses.get(year=2024)
    record_status(by="test", status=status)

    assert status.closed_on == date(2024, 11, 20)
    assert poor_at_the_end_of_2024(dong_mai)["c9"] == (0, 0)


def test_a_list_that_was_handed_in_keeps_who_left_afterwards(listed, dong_mai, van_quan):
    """The list is that of a ward whose households live in another one since."""
    listed.statuses.filter(year=2024).update(ward=van_quan)
    factories.review_round(van_quan, 2024, "submitted")

    record(life.move_out, listed, day=date(2024, 11, 20), place="Bắc Ninh")

    assert poor_at_the_end_of_2024(van_quan)["c9"] == (1, 4)


# --- days, closed households, closed years ------------------------------------------------------


def test_nothing_happens_in_the_future(family):
    assert refused(life.die_out, family, day=timezone.localdate() + timedelta(days=1)) == (
        f"Household {family.code}: this day lies in the future."
    )


def test_events_come_in_the_order_of_their_days(family, van_quan):
    move(family, van_quan)

    told = refused(life.die_out, family, day=DAY - timedelta(days=1))

    assert "“moved to another ward” is on record for 05/03/2024" in told


def test_two_moves_on_one_day_are_refused(family, van_quan, dong_mai):
    move(family, van_quan)

    assert "the day must come after that" in refused(life.move_to_ward, family, ward=dong_mai)


def test_nothing_happens_to_a_closed_household(family):
    record(life.move_out, family, place="Bắc Ninh")

    told = refused(life.die_out, family, day=date(2024, 6, 1))

    assert told == (
        f"Household {family.code}: closed on 05/03/2024: left the district. Nothing that comes after is recorded for it. "
        "Where it came back, enter it anew and record that it moved in from outside the district."
    )


@pytest.mark.parametrize("closed", ["Đồng Mai", "Văn Quán"])
def test_a_move_needs_both_wards_years_open(family, dong_mai, van_quan, closed):
    factories.review_round(factories.ward(closed), 2024)

    assert "2024" in refused(life.move_to_ward, family, ward=van_quan)
    assert now(family).ward == dong_mai


def test_an_event_on_an_old_version_is_a_conflict(family):
    with pytest.raises(StaleVersion):
        life.die_out(by="test", household=now(family), version=7, day=DAY)


# --- undoing --------------------------------------------------------------------------------


def undo(event, household=None, reason="nhầm hộ"):
    household = now(household or event.household)
    life.undo_event(by="test", event=event, household=household, version=household.version, reason=reason)


def state_of(*households):
    """All that an event may change."""
    pks = [household.pk for household in households]
    return (
        list(
            Household.objects.filter(pk__in=pks)
            .order_by("pk")
            .values("ward", "code", "residential_group", "address", "closed_on", "closed_as", "merged_into")
        ),
        [
            list(
                household.members.exclude(left_as=Leaving.MISTAKE)
                .order_by("pk")
                .values("relation", "left_on", "left_as", "joined_on")
            )
            for household in households
        ],
        [
            list(household.residences.values("ward", "residential_group", "address", "since", "until"))
            for household in households
        ],
    )


def _acts(family, other, van_quan):
    relations = {member.pk: "other" for member in other.members.all()}
    newborn = factories.person(name="Trần Minh", birth_date=DAY)
    heads = kin(family, Bình="head", Cúc="child", Dũng="child")
    return {
        "split": lambda: split(family, "Cúc", "Dũng"),
        "merge": lambda: record(life.merge_households, family, other=now(other), relations=relations),
        "head": lambda: record(life.change_head, family, relations=kin(family, An="parent", Cúc="head")),
        "born": lambda: record(life.join_member, family, member=newborn, born=True),
        "died": lambda: record(life.lose_member, family, member=person(family, "Dũng"), died=True),
        "head died": lambda: record(life.lose_member, family, member=person(family, "An"), died=True, relations=heads),
        "moved": lambda: record(life.move_within, family, residential_group=None, address="Số 9"),
        "moved ward": lambda: move(family, van_quan),
        "moved out": lambda: record(life.move_out, family, place="Bắc Ninh"),
        "moved in": lambda: record(life.move_in, family, place="Nam Định"),
        "died out": lambda: record(life.die_out, family),
    }


@pytest.mark.parametrize(
    "what",
    ["split", "merge", "head", "born", "died", "head died", "moved", "moved ward", "moved out", "moved in", "died out"],
)
def test_undoing_puts_everything_back_and_keeps_the_event(family, dong_mai, van_quan, what):
    other = factories.household(dong_mai, head="Phạm Thị Em", members=2)
    before = state_of(family, other)
    _acts(family, other, van_quan)[what]()
    assert state_of(family, other) != before or what == "born"

    undo(LifeEvent.objects.filter(household=family).last())

    assert state_of(family, other) == before
    assert {event.undone_because for event in LifeEvent.objects.all()} == {"nhầm hộ"}
    assert not LifeEvent.objects.standing().exists()


def test_a_household_formed_by_a_split_that_was_undone_is_closed_as_a_mistake(family):
    formed = split(family, "Cúc", "Dũng")

    undo(LifeEvent.objects.get(kind="split"))

    formed = now(formed)
    assert (formed.closed_as, formed.closed_on) == (Closing.MISTAKE, DAY)
    assert names(formed) == {}


def test_only_the_latest_event_is_undone(family):
    first = record(life.lose_member, family, member=person(family, "Dũng"), died=True)
    record(life.lose_member, family, member=person(family, "Cúc"), died=False)

    told = f"{family.code}: “member left” of 05/03/2024 rests on this event; undo that first"
    with override("en"), pytest.raises(ValidationError, match=told):
        undo(first)


def test_a_split_is_not_undone_after_something_happened_in_the_new_household(family):
    formed = split(family, "Cúc", "Dũng")
    record(life.lose_member, formed, member=person(formed, "Dũng"), died=True, day=date(2024, 4, 1))

    with override("en"), pytest.raises(ValidationError, match="rests on this event; undo that first"):
        undo(LifeEvent.objects.get(kind="split"))


def test_what_rests_on_a_split_in_another_ward_is_told_without_naming_the_household(family, van_quan):
    factories.household(van_quan, code="10117-0002")
    formed = split(family, "Cúc", "Dũng")
    move(formed, van_quan, day=date(2024, 4, 1))

    with override("en"), pytest.raises(ValidationError) as error:
        undo(LifeEvent.objects.get(kind="split"))

    [told] = error.value.messages
    assert told == ("“moved to another ward” of 01/04/2024 rests on this event; ask district staff to undo that first.")
    assert now(formed).code not in told


def test_an_event_in_a_ward_that_everybody_was_moved_out_of_is_not_undone(family, dong_mai):
    event = record(life.move_out, family, place="Bắc Ninh")
    dong_mai.valid_to = date(2025, 6, 30)
    dong_mai.save()
    Reorganisation.objects.create(on=date(2025, 7, 1), carried_out_by="test", households=0)

    with override("en"), pytest.raises(ValidationError, match="ended on 30/06/2025 and its households were moved"):
        undo(event)
    assert now(family).is_closed


@pytest.mark.parametrize("rests", ["class", "help"])
def test_a_split_is_not_undone_once_the_new_household_has_a_class_or_help(family, rests):
    factories.standard(2024)
    formed = split(family, "Cúc", "Dũng")
    if rests == "class":
        factories.status(formed, 2024, "N")
    else:
        factories.support(formed, on=date(2024, 5, 1))

    with override("en"), pytest.raises(ValidationError, match=formed.code):
        undo(LifeEvent.objects.get(kind="split"))


def test_a_birth_is_not_undone_once_the_child_was_helped(family):
    event = record(life.join_member, family, member=factories.person(name="Trần Minh", birth_date=DAY), born=True)
    factories.support(family, on=date(2024, 5, 1), member=event.member)

    with override("en"), pytest.raises(ValidationError, match="01/05/2024"):
        undo(event)


def test_a_move_is_not_undone_once_the_new_ward_judged_the_household(family, van_quan):
    factories.standard(2024)
    event = move(family, van_quan)
    factories.status(now(family), 2024, "N")

    with override("en"), pytest.raises(ValidationError, match="class of 2024"):
        undo(event)


def test_what_was_changed_after_the_event_stands_in_the_way_of_undoing_it(family):
    event = record(life.change_head, family, relations=kin(family, An="parent", Cúc="head"))
    member = person(family, "An")
    member.relation = Relation.GRANDPARENT
    member.save()

    with override("en"), pytest.raises(ValidationError, match="relation to head"):
        undo(event)


def test_an_address_corrected_after_a_move_does_not_stand_in_the_way(family, van_quan):
    event = move(family, van_quan, address="Số 5")
    Household.objects.filter(pk=family.pk).update(address="Số 55")

    undo(event)

    assert now(family).address == "Số 1"


def test_a_code_given_to_another_meanwhile_is_not_taken_back(family, dong_mai, van_quan):
    event = move(family, van_quan)
    factories.household(dong_mai, code=family.code)

    undo(event)

    assert (now(family).ward, now(family).code) == (dong_mai, "10117-0002")


def test_an_event_of_a_closed_year_is_not_undone(family, dong_mai):
    event = record(life.die_out, family)
    factories.review_round(dong_mai, 2024)

    with pytest.raises(ValidationError) as error:
        undo(event)
    assert "2024" in " ".join(error.value.messages)


def test_an_event_is_undone_once(family):
    event = record(life.die_out, family)
    undo(event)

    with override("en"), pytest.raises(ValidationError, match="cannot be undone here"):
        undo(event)

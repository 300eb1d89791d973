"""Two officers record at the same moment; and many lives at random, in which nobody is lost or doubled."""

import random
from datetime import date, timedelta
from itertools import pairwise

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from households import life
from households.codes import Leaving, Relation
from households.models import DuplicateCase, Household, LifeEvent, Member
from tests import factories
from tests.test_api_races import at_once
from tests.test_household_life import record
from tests.test_household_races import sent, signed_in

FIRST_DAY = date(2021, 1, 1)


# --- at the same moment -------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_of_two_officers_who_record_the_same_move_at_once_one_wins():
    dong_mai, van_quan = factories.ward("Đồng Mai"), factories.ward("Văn Quán")
    family = factories.household(dong_mai)
    body = {"version": "1", "day": "5/3/2024", "ward": van_quan.pk}

    answers = sent(signed_in(factories.staff(), 4), reverse("life-record", args=[family.pk, "moved-ward"]), body)

    assert sorted(answer.status_code for answer in answers) == [302, 409, 409, 409]
    assert LifeEvent.objects.count() == 1
    assert family.residences.count() == 2


@pytest.mark.django_db(transaction=True)
def test_an_officer_who_comes_second_with_a_move_is_led_to_a_page_of_theirs():
    dong_mai, van_quan = factories.ward("Đồng Mai"), factories.ward("Văn Quán")
    family = factories.household(dong_mai)
    body = {"version": "1", "day": "5/3/2024", "ward": van_quan.pk}

    answers = sent(
        signed_in(factories.officer(dong_mai), 3), reverse("life-record", args=[family.pk, "moved-ward"]), body
    )

    assert {(answer.status_code, answer.headers.get("Location")) for answer in answers} <= {
        (302, reverse("household-list")), (404, None),
    }  # fmt: skip
    assert LifeEvent.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_households_that_join_each_other_at_once_do_not_both_close():
    dong_mai = factories.ward("Đồng Mai")
    one, two = factories.household(dong_mai), factories.household(dong_mai)
    addresses = [reverse("life-record", args=[each.pk, "merge"]) for each in (one, two)]
    bodies = [
        {"version": "1", "day": "5/3/2024", "other": b.code, f"relation_{b.members.get().pk}": "other"}
        for b in (two, one)
    ]
    clients = signed_in(factories.staff(), 2)

    at_once(
        *(lambda c=c, a=a, body=body: c.post(a, body) for c, a, body in zip(clients, addresses, bodies, strict=True))
    )

    assert Household.objects.present().count() == 1
    assert Member.objects.filter(left_on=None).count() == 2


@pytest.mark.django_db(transaction=True)
def test_of_two_who_settle_a_pair_at_once_with_two_answers_one_is_told():
    dong_mai = factories.ward("Đồng Mai")
    one, two = factories.household(dong_mai), factories.household(dong_mai)
    case = DuplicateCase.objects.create(first=one, second=two, reasons=["number"])
    address = reverse("duplicate-settle", args=[case.pk])
    clients = signed_in(factories.staff(), 2)
    bodies = [{"verdict": "different", "note": "hai nhà"}, {"verdict": str(one.pk)}]

    answers = at_once(*(lambda c=c, body=body: c.post(address, body) for c, body in zip(clients, bodies, strict=True)))

    assert sorted(answer.status_code for answer in answers) == [302, 422]
    case.refresh_from_db()
    assert (case.state == "same") is (Household.objects.present().count() == 1)


# --- random lives -------------------------------------------------------------------------------


class Lives:
    """A few households in two wards to which things happen, and a tally of persons kept beside the database."""

    def __init__(self, seed: int):
        self.rng = random.Random(seed)
        self.wards = [factories.ward("Đồng Mai"), factories.ward("Văn Quán")]
        self.day = FIRST_DAY
        self.staff = factories.staff()
        self.alive = 0
        self.names = 0
        for _ in range(3):
            size = self.rng.randint(1, 4)
            people = [{"name": self.name(), "birth_year": 1990} for _ in range(size - 1)]
            factories.household(self.rng.choice(self.wards), head=self.name(), members=people)
            self.alive += size

    def name(self) -> str:
        """Nobody has the name of another, so that a person can be followed through households."""
        self.names += 1
        return f"Người Số {self.names}"

    def step(self) -> None:
        self.day += timedelta(days=self.rng.randint(1, 20))
        present = list(Household.objects.present())
        if not present:
            return
        what = self.rng.choice([
            self.split, self.merge, self.head, self.born, self.lose, self.move, self.within, self.out, self.undo,
        ])  # fmt: skip
        before = self.alive
        try:
            what(self.rng.choice(present))
        except ValidationError:
            self.alive = before

    def do(self, service, household, **given):
        return record(service, household, day=self.day, **given)

    def people(self, household):
        return list(household.members.filter(left_on=None))

    def split(self, household):
        people = self.people(household)
        going = self.rng.sample(people, self.rng.randint(0, len(people)))
        relations = {member.pk: "other" for member in people}
        for part in (going, [member for member in people if member not in going]):
            if part:
                relations[self.rng.choice(part).pk] = Relation.HEAD
        self.do(life.split_household, household, going=[member.pk for member in going], relations=relations)

    def merge(self, household):
        other = self.rng.choice(list(Household.objects.present()))
        relations = {member.pk: "other" for member in self.people(other)}
        self.do(life.merge_households, household, other=other, relations=relations)

    def head(self, household):
        people = self.people(household)
        relations = {member.pk: "other" for member in people}
        relations[self.rng.choice(people).pk] = Relation.HEAD
        self.do(life.change_head, household, relations=relations)

    def born(self, household):
        member = factories.person(name=self.name(), birth_date=self.day)
        self.alive += 1
        self.do(life.join_member, household, member=member, born=True)

    def lose(self, household):
        people = self.people(household)
        member = self.rng.choice(people)
        rest = [each for each in people if each != member]
        relations = {each.pk: "other" for each in rest}
        if rest:
            relations[self.rng.choice(rest).pk] = Relation.HEAD
        self.alive -= 1
        self.do(life.lose_member, household, member=member, died=self.rng.random() < 0.5, relations=relations)

    def move(self, household):
        self.do(life.move_to_ward, household, ward=self.rng.choice(self.wards))

    def within(self, household):
        self.do(life.move_within, household, residential_group=None, address=f"Số {self.rng.randint(1, 9)}")

    def out(self, household):
        if self.rng.random() < 0.5:
            self.do(life.move_out, household, place="Bắc Ninh")
        else:
            self.alive -= len(self.people(household))
            self.do(life.die_out, household)

    def undo(self, _household):
        household = self.rng.choice(list(Household.objects.all()))
        event = life.latest_event(household, self.staff)
        if event is None:
            return
        life.undo_event(by="test", event=event, household=household, version=household.version, reason="thử")
        self.alive = self.tally()

    @staticmethod
    def tally() -> int:
        """Persons alive and of the district, or of a household that left it."""
        return Member.objects.filter(left_on=None).count()


def check(lives: Lives) -> None:
    for household in Household.objects.all():
        present = list(household.members.filter(left_on=None))
        heads = [member for member in present if member.relation == Relation.HEAD]
        homes = list(household.residences.all())
        open_homes = [home for home in homes if home.until is None]
        if household.is_closed:
            assert open_homes == []
            assert max(home.until for home in homes) == household.closed_on
        else:
            assert len(heads) == 1
            [home] = open_homes
            assert (home.ward_id, home.residential_group_id, home.address) == (
                household.ward_id, household.residential_group_id, household.address,
            )  # fmt: skip
        for earlier, later in pairwise(homes):
            assert later.since == earlier.until + timedelta(days=1)
    names = list(Member.objects.filter(left_on=None).values_list("name", flat=True))
    assert len(names) == len(set(names)), "somebody is in two households"
    assert len(names) == lives.alive, "somebody was lost or came from nowhere"
    for name in set(Member.objects.values_list("name", flat=True)):
        times = Member.objects.filter(name=name).exclude(left_as=Leaving.MISTAKE).order_by("joined_on", "pk")
        spans = sorted((row.joined_on or date.min, row.left_on or date.max) for row in times)
        for (_, left), (joined, _) in pairwise(spans):
            assert left <= joined, f"{name} was in two households at once"


@pytest.mark.django_db
@pytest.mark.parametrize("seed", range(12))
def test_random_lives_keep_one_head_one_home_and_every_person(seed):
    lives = Lives(seed)
    for _ in range(25):
        lives.step()
        check(lives)
    assert LifeEvent.objects.standing().exists()

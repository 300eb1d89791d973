"""The short forms of a household's life, as officers meet them; the timeline; closed households."""

import re
from datetime import date
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.translation import override

from households import life
from households.forms.life import FORMS
from households.models import Household, LifeEvent
from tests import factories
from tests.test_household_life import kin, names, now, person, record, split

pytestmark = pytest.mark.django_db

DAY = date(2024, 3, 5)


@pytest.fixture(autouse=True)
def _in_english():
    """Sentences of forms are read after the answer, in the test's own language."""
    with override("en"):
        yield


@pytest.fixture
def dong_mai():
    factories.standard(2024)
    return factories.ward("Đồng Mai")


@pytest.fixture
def van_quan():
    return factories.ward("Văn Quán")


@pytest.fixture
def officer(client, dong_mai):
    user = factories.officer(dong_mai)
    client.force_login(user)
    client.cookies["django_language"] = "en"
    return user


@pytest.fixture
def family(dong_mai):
    return factories.household(
        dong_mai,
        head="Nguyễn Thị An",
        members=[{"name": "Trần Văn Bình", "relation": "spouse"}, {"name": "Trần Thị Cúc"}],
        address="Số 1",
    )


def url(household, kind):
    return reverse("life-record", args=[household.pk, kind])


def send(client, household, kind, **typed):
    data = {"submission_key": str(uuid4()), "version": str(now(household).version), "day": "5/3/2024", **typed}
    return client.post(url(household, kind), data)


def errors(answer) -> dict:
    assert answer.status_code == 422, answer.url
    return answer.context["form"].errors


def relations(household, **by_name) -> dict[str, str]:
    return {f"relation_{pk}": relation for pk, relation in kin(household, **by_name).items()}


@pytest.mark.usefixtures("officer")
def test_everything_that_can_be_recorded_is_one_key_away(client, family):
    page = client.get(reverse("household-life", args=[family.pk])).content.decode()

    for kind in FORMS:
        assert url(family, kind) in page
    assert (
        reverse("household-life", args=[family.pk])
        in client.get(reverse("household-detail", args=[family.pk])).content.decode()
    )


@pytest.mark.usefixtures("officer")
@pytest.mark.parametrize("kind", FORMS)
def test_every_form_opens_and_says_what_will_happen(client, family, kind):
    page = client.get(url(family, kind))

    assert page.status_code == 200
    assert page.context["form"].effect in page.content.decode().replace("&#x27;", "'")


@pytest.mark.usefixtures("officer")
@pytest.mark.parametrize("kind", FORMS)
def test_every_form_sent_empty_says_what_is_missing(client, family, kind):
    answer = client.post(url(family, kind), {"version": "1"})

    assert answer.status_code == 422
    wanted = "Type the day of birth." if kind == "born" else "Type the day on which it happened."
    assert answer.context["form"].errors["day"] == [wanted]


@pytest.mark.usefixtures("officer")
def test_an_event_that_does_not_exist_is_not_found(client, family):
    assert client.get(url(family, "flood")).status_code == 404


@pytest.mark.usefixtures("officer")
def test_a_split_by_its_form(client, family):
    cuc = person(family, "Cúc")

    answer = send(
        client, family, "split", new_head=cuc.pk, **{f"goes_{cuc.pk}": "on"}, **relations(family, Bình="spouse")
    )

    formed = Household.objects.exclude(pk=family.pk).get()
    assert answer.url == reverse("household-detail", args=[family.pk])
    assert (names(family), names(formed)) == ({"An": "head", "Bình": "spouse"}, {"Cúc": "head"})


@pytest.mark.usefixtures("officer")
def test_who_goes_in_a_split_gets_the_relation_to_the_new_head_and_who_stays_keeps_theirs(client, family):
    factories.member(family, name="Trần Văn Dũng", relation="grandchild")
    bình, cúc = person(family, "Bình"), person(family, "Cúc")

    send(client, family, "split", new_head=cúc.pk, **{f"goes_{cúc.pk}": "on", f"goes_{bình.pk}": "on"})

    assert names(family) == {"An": "head", "Dũng": "grandchild"}
    assert names(Household.objects.exclude(pk=family.pk).get()) == {"Cúc": "head", "Bình": "parent"}


@pytest.mark.usefixtures("officer")
def test_what_everybody_is_to_a_new_head_follows_and_is_asked_where_it_does_not(client, family):
    dũng = factories.member(family, name="Trần Văn Dũng", relation="grandchild")
    factories.member(family, name="Trần Thị Em")
    head = {"old_head": "stays", "new_head": person(family, "Cúc").pk}

    asked = send(client, family, "head", **head)
    send(client, family, "head", **head, **relations(family, Dũng="child"))

    assert errors(asked) == {f"relation_{dũng.pk}": ["Choose the relation of Trần Văn Dũng to the head."]}
    assert names(family) == {"Cúc": "head", "An": "parent", "Bình": "parent", "Em": "sibling", "Dũng": "child"}


@pytest.mark.usefixtures("officer")
def test_who_lives_alone_is_told_that_nobody_else_could_become_head(client, dong_mai):
    alone = factories.household(dong_mai)

    told = errors(send(client, alone, "head"))["new_head"]

    assert told == [f"Household {alone.code} has nobody else who could become head; record first who joins it."]


@pytest.mark.usefixtures("officer")
def test_a_closed_year_is_told_with_everything_else_that_is_wrong(client, family, dong_mai):
    factories.review_round(dong_mai, 2024)

    told = errors(send(client, family, "head"))

    assert "has locked the year 2024" in told["day"][0]
    assert "new_head" in told


@pytest.mark.usefixtures("officer")
def test_a_code_that_no_other_household_has_is_told_when_it_is_looked_for(client, family):
    page = client.post(url(family, "merge"), {"find": "1", "other": family.code}).content.decode()

    assert f"No other household of this ward has the code {family.code}, or it is closed." in page


@pytest.mark.usefixtures("officer")
def test_a_split_in_which_the_head_goes_asks_for_the_next_one(client, family):
    an = person(family, "An")

    answer = send(client, family, "split", new_head=an.pk, **{f"goes_{an.pk}": "on"})

    assert errors(answer)["stay_head"] == ["The present head goes; choose a head among those who stay."]


@pytest.mark.usefixtures("officer")
def test_a_merger_finds_the_other_household_by_its_code(client, family, dong_mai):
    other = factories.household(dong_mai, head="Phạm Thị Em")

    found = client.get(url(family, "merge"), {"other": other.code})
    answer = send(client, family, "merge", other=other.code, **relations(other, Em="sibling"))

    assert "Phạm Thị Em" in found.content.decode()
    assert answer.status_code == 302
    assert names(family)["Em"] == "sibling"
    page = client.get(reverse("household-detail", args=[other.pk])).content.decode()
    assert "merged into another household" in page
    assert reverse("household-detail", args=[family.pk]) in page
    assert other.code in client.get(reverse("household-detail", args=[family.pk])).content.decode()


@pytest.mark.usefixtures("officer")
def test_finding_the_household_that_joins_keeps_what_was_typed_and_out_of_the_address(client, family, dong_mai):
    other = factories.household(dong_mai, head="Phạm Thị Em")

    found = send(client, family, "merge", other=other.code, note="theo đơn", find="1")

    assert found.status_code == 200
    form = found.context["form"]
    assert (form["day"].value(), form["note"].value()) == ("5/3/2024", "theo đơn")
    assert not form.has_errors
    assert "Phạm Thị Em" in found.content.decode()
    assert 'formmethod="get"' not in found.content.decode()


@pytest.mark.usefixtures("officer")
def test_a_household_of_another_ward_cannot_be_named_in_a_merger(client, family, van_quan):
    other = factories.household(van_quan, head="Phạm Thị Em")

    answer = send(client, family, "merge", other=other.code)

    assert errors(answer)["other"] == [f"No other household of this ward has the code {other.code}, or it is closed."]
    assert "Phạm Thị Em" not in answer.content.decode()


@pytest.mark.usefixtures("officer")
def test_the_old_head_has_died_and_both_are_recorded_in_one_go(client, family):
    send(client, family, "head", old_head="died", new_head=person(family, "Bình").pk, **relations(family, Cúc="child"))

    assert names(family) == {"Bình": "head", "Cúc": "child"}
    assert set(LifeEvent.objects.values_list("kind", flat=True)) == {"died", "head"}


@pytest.mark.usefixtures("officer")
@pytest.mark.parametrize("kind", ["left", "died"])
def test_the_head_goes_only_with_a_new_head_named(client, family, kind):
    answer = send(client, family, kind, member=person(family, "An").pk)

    assert errors(answer)["new_head"] == [f"Nguyễn Thị An is the head of household {family.code}; choose the new head."]


@pytest.mark.usefixtures("officer")
@pytest.mark.parametrize(
    ("kind", "instead"), [("left", "moved out of the district"), ("died", "nobody of it is alive")]
)
def test_the_last_member_is_the_end_of_the_household(client, dong_mai, kind, instead):
    alone = factories.household(dong_mai)

    assert instead in errors(send(client, alone, kind, member=alone.members.get().pk))["member"][0]


@pytest.mark.usefixtures("officer")
def test_a_member_joins_with_the_whole_row_of_the_sheet(client, family):
    row = {"person-name": "Lê Thị Giang", "person-relation": "child_in_law", "person-sex": "2", "person-birth": "1992"}

    send(client, family, "joined", **row, **{"person-ethnicity": "01"})

    giang = person(family, "Giang")
    assert (giang.relation, giang.birth_year, giang.joined_on) == ("child_in_law", 1992, DAY)


@pytest.mark.usefixtures("officer")
def test_a_number_held_by_somebody_else_is_asked_about_before_saving(client, family, dong_mai):
    factories.household(dong_mai, members=[{"name": "Lê Thị Giang", "id_number": "001192000777", "birth_year": 1992}])
    row = {
        "person-name": "Lê Thị Giang", "person-relation": "child_in_law", "person-sex": "2", "person-birth": "1992",
        "person-id_number": "001192000777", "person-ethnicity": "01",
    }  # fmt: skip

    asked = send(client, family, "joined", **row)
    sent = send(client, family, "joined", **row, confirm=asked.context["form"].confirm_key)

    assert (asked.status_code, sent.status_code) == (422, 302)
    assert "Giang" in names(family)


@pytest.mark.usefixtures("officer")
def test_who_joins_without_a_birth_is_asked_for_it(client, family):
    row = {
        "person-name": "Lê Thị Giang",
        "person-relation": "child_in_law",
        "person-sex": "2",
        "person-ethnicity": "01",
    }

    answer = send(client, family, "joined", **row)

    assert answer.context["form"].person.errors["birth"] == [
        "Write the date of birth, or the year alone where only it is known."
    ]
    assert answer.context["form"].person.fields["birth"].required


@pytest.mark.usefixtures("officer")
def test_a_number_that_a_member_holds_already_is_refused(client, family):
    family.members.filter(name__endswith="Cúc").update(id_number="001192000777", birth_year=1992)
    row = {
        "person-name": "Lê Thị Giang", "person-relation": "child", "person-sex": "2", "person-birth": "1992",
        "person-id_number": "001192000777", "person-ethnicity": "01",
    }  # fmt: skip

    answer = send(client, family, "joined", **row)

    [told] = answer.context["form"].person.errors["id_number"]
    assert told == (f"Trần Thị Cúc of household {family.code} has this number. Correct the number, or do not add them.")


@pytest.mark.usefixtures("officer")
@pytest.mark.parametrize("kind", ["born", "joined"])
def test_a_person_typed_a_second_time_is_asked_about(client, family, kind):
    row = {"person-name": "Tran Minh", "person-relation": "grandchild", "person-sex": "1", "person-ethnicity": "01"}
    row |= {"person-birth": "05/03/2024"} if kind == "joined" else {}
    send(client, family, "born", **row | {"person-name": "Trần Minh"})

    again = send(client, family, kind, **row)
    warnings = again.context["form"].warnings
    sure = send(client, family, kind, **row, confirm=again.context["form"].confirm_key)

    assert warnings == ["Trần Minh, born 05/03/2024, is a member of this household already. Is it the same person?"]
    assert (again.status_code, sure.status_code) == (422, 302)


@pytest.mark.usefixtures("officer")
def test_a_child_is_born_on_the_day_of_the_event(client, family):
    row = {"person-name": "Trần Minh", "person-relation": "grandchild", "person-sex": "1", "person-ethnicity": "01"}

    send(client, family, "born", **row)

    minh = person(family, "Minh")
    assert (minh.birth_date, minh.joined_on, minh.birth_year) == (DAY, DAY, 2024)


@pytest.mark.usefixtures("officer")
def test_who_moves_a_household_to_another_ward_no_longer_opens_it(client, family, van_quan):
    key = str(uuid4())
    typed = {"ward": van_quan.pk, "submission_key": key, "version": "1"}

    moved = send(client, family, "moved-ward", **typed)
    again = send(client, family, "moved-ward", **typed)
    told = client.get(moved.url).content.decode()

    assert (moved.url, again.status_code) == (reverse("household-list"), 302)
    assert f"Household {family.code} moved to {van_quan} and keeps its code." in told
    assert client.get(reverse("household-detail", args=[family.pk])).status_code == 404
    assert client.get(url(family, "split")).status_code == 404
    assert LifeEvent.objects.count() == 1


def test_the_officer_of_the_new_ward_sees_the_whole_history(client, family, van_quan):
    factories.status(family, 2023, "N")
    factories.support(family, on=date(2023, 5, 5))
    record(life.move_to_ward, family, ward=van_quan)
    client.force_login(factories.officer(van_quan))
    client.cookies["django_language"] = "en"

    page = client.get(reverse("household-detail", args=[family.pk])).content.decode()

    assert "Moved from Phường Đồng Mai to Phường Văn Quán" in page
    assert "Year 2023: poor" in page
    assert "Help in 2023: 1 time" in page


@pytest.mark.usefixtures("officer")
def test_a_group_that_the_new_ward_does_not_have_is_named(client, family, van_quan):
    answer = send(client, family, "moved-ward", ward=van_quan.pk, group_number="9")

    assert errors(answer)["group_number"] == ["Phường Văn Quán has no residential group 9."]


@pytest.mark.usefixtures("officer")
@pytest.mark.parametrize("typed", ["31/02/2024", "5/3/24", "hôm qua", "1/1/2999"])
def test_a_day_that_is_none_is_refused_at_its_field(client, family, typed):
    assert "day" in errors(send(client, family, "moved-out", day=typed, place="Bắc Ninh"))


@pytest.mark.usefixtures("officer")
@pytest.mark.parametrize("kind", FORMS)
def test_another_wards_household_has_no_life_here(client, van_quan, kind):
    other = factories.household(van_quan)

    assert client.get(url(other, kind)).status_code == 404
    assert send(client, other, kind).status_code == 404
    assert client.get(reverse("household-life", args=[other.pk])).status_code == 404
    assert client.get(reverse("life-undo", args=[other.pk])).status_code == 404


@pytest.mark.parametrize("role", ["leader", "admin"])
def test_leaders_and_administrators_record_nothing(client, family, role):
    client.force_login(getattr(factories, role)())

    assert client.get(reverse("household-life", args=[family.pk])).status_code == 403
    assert send(client, family, "moved-out", place="Bắc Ninh").status_code == 403


# --- two officers, two clicks --------------------------------------------------------------------


@pytest.mark.usefixtures("officer")
def test_a_double_click_records_one_event(client, family):
    typed = {"place": "Bắc Ninh", "submission_key": str(uuid4()), "version": "1"}

    assert [send(client, family, "moved-out", **typed).status_code for _ in range(2)] == [302, 302]
    assert LifeEvent.objects.count() == 1


@pytest.mark.usefixtures("officer")
def test_an_event_on_an_old_page_is_a_conflict_and_can_be_sent_again(client, family):
    record(life.move_within, family, residential_group=None, address="Số 9", day=date(2024, 2, 1))

    answer = send(client, family, "moved-out", place="Bắc Ninh", version="1")
    form = answer.context["form"]
    again = send(client, family, "moved-out", place=form["place"].value(), version=form["version"].value())

    assert (answer.status_code, again.status_code) == (409, 302)
    assert form["place"].value() == "Bắc Ninh"


# --- undoing ------------------------------------------------------------------------------------


@pytest.mark.usefixtures("officer")
def test_the_latest_event_is_undone_with_a_reason_and_stays_struck_through(client, family):
    send(client, family, "moved-out", place="Bắc Ninh")
    event = LifeEvent.objects.get()
    undo = reverse("life-undo", args=[family.pk])
    data = {"submission_key": str(uuid4()), "version": str(now(family).version), "event": event.pk}

    without = client.post(undo, data)
    done = client.post(undo, data | {"reason": "nhầm hộ"})
    page = client.get(done.url).content.decode()

    assert without.status_code == 422
    assert "reason" in without.context["form"].errors
    assert now(family).closed_on is None
    assert "<del>Moved out of the district, to Bắc Ninh</del>" in page
    assert "nhầm hộ" in page


@pytest.mark.usefixtures("officer")
def test_before_a_death_is_undone_the_page_tells_the_change_of_head_that_came_with_it(client, family):
    send(client, family, "died", member=person(family, "An").pk, new_head=person(family, "Bình").pk)

    page = client.get(reverse("life-undo", args=[family.pk])).content.decode()

    assert "Nguyễn Thị An died" in page
    assert "Trần Văn Bình became head" in page


@pytest.mark.usefixtures("officer")
def test_where_nothing_can_be_undone_the_page_says_so(client, family):
    page = client.get(reverse("life-undo", args=[family.pk]))

    assert "No event can be undone" in page.content.decode()
    assert client.post(reverse("life-undo", args=[family.pk]), {"version": "1"}).status_code == 422


# --- the timeline --------------------------------------------------------------------------------


@pytest.mark.usefixtures("officer")
def test_the_timeline_tells_everything_newest_first(client, family, dong_mai):
    factories.status(family, 2023, "CN")
    factories.support(family, on=date(2023, 5, 5))
    split(family, "Cúc", relations={"Cúc": "head"})
    record(life.move_within, family, residential_group=None, address="Số 9", day=date(2024, 4, 1))

    lines = client.get(reverse("household-detail", args=[family.pk])).context["timeline"]

    assert [line.when for line in lines] == ["01/04/2024", "05/03/2024", "2023", "2023", "Before these records"]
    assert [line.icon for line in lines] == ["geo-alt", "diagram-3", "clipboard-check", "gift", "house-door"]


@pytest.mark.usefixtures("officer")
def test_a_household_the_reader_may_not_open_is_another_household(client, family, van_quan):
    formed = split(family, "Cúc", relations={"Cúc": "head"})
    record(life.move_to_ward, formed, ward=van_quan, day=date(2024, 4, 1))

    page = client.get(reverse("household-detail", args=[family.pk]))
    text = re.sub(r"(?s)<section class=\"panel\">\s*<h2>History</h2>.*", "", page.content.decode())

    assert "Split: another household was formed" in text
    assert formed.code not in text


@pytest.mark.usefixtures("officer")
def test_the_timeline_needs_as_many_queries_for_a_long_life_as_for_a_short_one(client, dong_mai, family):
    short = factories.household(dong_mai)
    record(life.join_member, short, member=factories.person(name="Lê Văn Hải"))
    for number in range(1, 7):
        record(life.move_within, family, residential_group=None, address=f"Số {number + 1}", day=date(2024, 3, number))
        factories.status(family, 2018 + number, "N") if number > 1 else None
        factories.support(family, on=date(2018 + number, 5, 5))
    record(life.join_member, family, member=factories.person(name="Lê Văn Nam"), day=date(2024, 5, 1))

    def queries(household) -> int:
        with CaptureQueriesContext(connection) as caught:
            client.get(reverse("household-life", args=[household.pk]))
        return len(caught)

    queries(short)
    assert queries(family) == queries(short)
    assert queries(family) <= 18


@pytest.mark.usefixtures("officer")
def test_the_year_strip_tells_when_the_household_was_not_yet_here_or_no_longer(client, family):
    formed = split(family, "Cúc", relations={"Cúc": "head"})
    record(life.move_out, formed, place="Bắc Ninh", day=date(2025, 4, 1))

    strip = client.get(reverse("household-detail", args=[formed.pk])).context["strip"]

    told = {square["year"]: square["label"] for square in strip}
    assert (told[2023], told[2024], told[2025]) == ("Not yet here", "Not recorded", "Closed")


# --- closed households -----------------------------------------------------------------------------


@pytest.fixture
def gone(family):
    record(life.move_out, family, place="Bắc Ninh")
    return now(family)


@pytest.mark.usefixtures("officer")
def test_a_closed_household_is_listed_only_when_asked_for(client, gone, dong_mai):
    here = factories.household(dong_mai)

    usual = client.get(reverse("household-list"))
    with_closed = client.get(reverse("household-list"), {"closed": "on"})

    assert [each.pk for each in usual.context["page_obj"].object_list] == [here.pk]
    assert usual.context["totals"]["households"] == 1
    assert {each.pk for each in with_closed.context["page_obj"].object_list} == {here.pk, gone.pk}
    assert "closed on 05/03/2024: left the district" in with_closed.content.decode()


@pytest.mark.usefixtures("officer")
def test_a_closed_household_stands_behind_the_figures_of_its_years(client, family):
    factories.status(family, 2023, "N")
    record(life.move_out, family, place="Bắc Ninh")

    page = client.get(reverse("household-list"), {"year": "2023", "classification": "N"})

    assert [each.pk for each in page.context["page_obj"].object_list] == [family.pk]


@pytest.mark.usefixtures("officer")
def test_a_closed_household_takes_no_changes(client, gone):
    sheet = client.get(reverse("household-edit", args=[gone.pk]))
    event = client.get(url(gone, "split"))

    assert sheet.url == reverse("household-detail", args=[gone.pk])
    assert event.url == reverse("household-life", args=[gone.pk])
    for address in (sheet.url, event.url):
        told = client.get(address).content.decode()
        assert told.count(f"Household {gone.code}: closed on 05/03/2024: left the district.") == 1

"""Recording help: to a household or a group, by one or several sources; all mistakes at once, nothing typed lost."""

from datetime import date
from urllib.parse import quote

import pytest
from django.urls import reverse

from accounts.models import AuditEvent
from support.models import FundingLine, SupportAction
from tests import factories
from tests.action_sheets import line, sheet

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]


@pytest.fixture
def family(dong_mai):
    return factories.household(dong_mai, head="Nguyễn Thị Hoà", members=2, statuses={2024: "CN"})


@pytest.fixture
def officer(client, dong_mai):
    user = factories.officer(dong_mai)
    client.force_login(user)
    client.cookies["django_language"] = "en"
    return user


@pytest.fixture
def budget():
    return factories.source("NS_QUAN")


@pytest.fixture
def donors():
    return factories.source("XHH", "xa_hoi_hoa")


@pytest.fixture
def housing():
    return factories.policy("housing")


def record(client, *lines, **fields):
    return client.post(reverse("action-create"), sheet(*lines, **fields))


def errors(answer) -> dict:
    """Messages by field, the lines' ones as `funding-0-source`."""
    assert answer.status_code == 422
    form, funding = answer.context["form"], answer.context["funding"]
    found = {name: list(messages) for name, messages in form.errors.items()}
    for row in funding:
        found |= {f"{row.prefix}-{name}": list(messages) for name, messages in row.errors.items()}
    if funding.non_form_errors():
        found["funding"] = list(funding.non_form_errors())
    return found


# --- what is saved --------------------------------------------------------------------------


@pytest.mark.usefixtures("officer")
def test_a_house_paid_by_two_sources_is_one_record_with_two_lines(client, family, housing, budget, donors):
    answer = record(
        client,
        line(budget, "400.000.000"),
        line(donors, "3 077 000 000 đồng", qualifier="over"),
        household=family.pk,
        policy=housing.pk,
        things="1",
        thing_unit="house",
        then="open",
    )

    action = SupportAction.objects.get()
    assert answer.url == reverse("action-detail", args=[action.pk])
    assert (action.household, action.ward, action.times) == (family, family.ward, 1)
    assert (action.period_from, action.period_to) == (date(2024, 5, 10), date(2024, 5, 10))
    assert (action.things, action.thing_unit) == (1, "house")
    assert list(action.funding.values_list("source__code", "nature", "amount", "qualifier")) == [
        ("NS_QUAN", "grant", 400_000_000, "exact"),
        ("XHH", "grant", 3_077_000_000, "over"),
    ]


def test_the_record_says_who_entered_it_and_the_trail_too(client, officer, family, housing, budget):
    record(client, line(budget, "1000000"), household=family.pk, policy=housing.pk)

    action = SupportAction.objects.get()
    assert action.created_by == officer
    assert {event.actor for event in AuditEvent.objects.of(action)} == {officer.username}


@pytest.mark.usefixtures("officer")
def test_an_amount_that_is_not_known_stays_unknown_and_exact(client, family, housing, budget):
    record(client, line(budget, "", qualifier="near"), household=family.pk, policy=housing.pk)

    assert FundingLine.objects.values_list("amount", "qualifier").get() == (None, "exact")


@pytest.mark.usefixtures("officer")
def test_the_group_follows_from_the_class_of_the_household(client, family, housing, budget):
    record(client, line(budget), household=family.pk, policy=housing.pk)

    assert SupportAction.objects.get().beneficiary_group == "near_poor"


@pytest.mark.usefixtures("officer")
@pytest.mark.parametrize(
    ("decided", "group"), [(None, "near_poor"), (date(2024, 12, 5), "near_poor"), (date(2024, 5, 9), "poor")]
)
def test_the_list_of_the_year_before_counts_until_the_years_own_is_decided(
    client, dong_mai, housing, budget, decided, group
):
    listed = factories.household(dong_mai, statuses={2023: "CN"})
    factories.status(listed, 2024, "N", decision_date=decided)
    record(client, line(budget), household=listed.pk, policy=housing.pk)

    assert SupportAction.objects.get().beneficiary_group == group


@pytest.mark.usefixtures("officer")
def test_a_household_that_left_the_list_is_one_that_left_poverty(client, dong_mai, housing, budget):
    gone = factories.household(dong_mai, statuses={2022: "N", 2024: "K"})
    record(client, line(budget), household=gone.pk, policy=housing.pk)

    assert SupportAction.objects.get().beneficiary_group == "escaped"


@pytest.mark.usefixtures("officer")
def test_no_group_is_guessed_where_the_year_is_not_on_record(client, dong_mai, housing, budget):
    unknown = factories.household(dong_mai)
    record(client, line(budget), household=unknown.pk, policy=housing.pk)

    assert SupportAction.objects.get().beneficiary_group == ""


@pytest.mark.usefixtures("officer")
def test_the_group_that_was_chosen_is_kept(client, family, housing, budget):
    record(client, line(budget), household=family.pk, policy=housing.pk, beneficiary_group="disabled")

    assert SupportAction.objects.get().beneficiary_group == "disabled"


@pytest.mark.usefixtures("officer")
def test_help_may_be_meant_for_one_member(client, family, housing, budget):
    child = family.members.get(relation="child")
    record(client, line(budget), household=family.pk, policy=housing.pk, member=child.pk)

    assert SupportAction.objects.get().member == child


@pytest.mark.usefixtures("officer")
def test_a_group_is_counted_as_it_was_reported(client, dong_mai, budget):
    record(
        client,
        line(budget, nature="in_kind"),
        kind="collective",
        policy=factories.policy("health").pk,
        ward=dong_mai.pk,
        group_name="hội viên người cao tuổi",
        times="8.000",
        persons_reported="7900",
        qualifier="near",
        period_from="01/01/2022",
        period_to="31/12/2023",
    )

    action = SupportAction.objects.get()
    assert (action.household, action.ward, action.times, action.qualifier) == (None, dong_mai, 8000, "near")
    assert (action.persons_reported, action.households_reported) == (7900, None)
    assert action.group_name == "hội viên người cao tuổi"
    assert (action.period_from, action.period_to) == (date(2022, 1, 1), date(2023, 12, 31))


@pytest.mark.usefixtures("officer")
def test_what_stands_in_the_part_not_chosen_is_not_saved(client, family, dong_mai, housing, budget):
    record(
        client,
        line(budget),
        household=family.pk,
        policy=housing.pk,
        times="not a number",
        group_name="everybody",
        ward="999",
        persons_reported="-5",
    )

    action = SupportAction.objects.get()
    assert (action.times, action.group_name, action.persons_reported) == (1, "", None)


def test_district_staff_may_help_the_whole_district(client, budget):
    client.force_login(factories.staff())
    record(
        client, line(budget), kind="collective", policy=factories.policy("health").pk, group_name="hội viên", times="5"
    )

    assert SupportAction.objects.get().ward is None


@pytest.mark.usefixtures("officer")
def test_the_nature_of_a_loan_need_not_be_said(client, family):
    bank = factories.source("NHCSXH", "tin_dung")
    record(client, line(bank, "50000000", nature=""), household=family.pk, policy=factories.policy("loans").pk)

    assert FundingLine.objects.get().nature == "loan"


@pytest.mark.usefixtures("officer")
def test_a_removed_line_and_blank_lines_do_not_exist(client, family, housing, budget, donors):
    removed = line(donors, "oops", DELETE="on")
    record(client, line(budget, "5000000"), removed, household=family.pk, policy=housing.pk)

    assert [each.source for each in FundingLine.objects.all()] == [budget]


@pytest.mark.usefixtures("officer")
def test_decomposed_letters_are_stored_composed(client, family, housing, budget):
    record(
        client, line(budget), household=family.pk, policy=housing.pk, implementing_body="Hội Phụ nu\u031b\u0303  ward"
    )

    assert SupportAction.objects.get().implementing_body == "Hội Phụ nữ ward"


# --- which household ------------------------------------------------------------------------


@pytest.mark.usefixtures("officer")
@pytest.mark.parametrize("typed", ["nguyen thi hoa", "NGUYỄN THỊ HÒA", "10117-0001"])
def test_a_household_is_found_by_name_or_code_without_javascript(client, family, housing, budget, typed):
    record(client, line(budget), household_search=typed, policy=housing.pk)

    assert SupportAction.objects.get().household == family


@pytest.mark.usefixtures("officer")
def test_of_several_households_one_is_to_be_ticked(client, family, dong_mai, housing, budget):
    other = factories.household(dong_mai, head="Nguyễn Thị Hoa")

    answer = record(client, line(budget), household_search="nguyen thi hoa", policy=housing.pk)
    assert errors(answer) == {"household_search": ["Several households answer to this; tick the right one."]}
    assert {each.pk for each in answer.context["form"].pick.candidates} == {family.pk, other.pk}

    record(client, line(budget), household_search="nguyen thi hoa", household=other.pk, policy=housing.pk)
    assert SupportAction.objects.get().household == other


@pytest.mark.usefixtures("officer")
def test_a_tick_left_from_before_does_not_beat_what_was_typed_since(client, family, dong_mai, housing, budget):
    other = factories.household(dong_mai, head="Trần Văn Khôi")
    record(client, line(budget), household_search="tran van khoi", household=family.pk, policy=housing.pk)

    assert SupportAction.objects.get().household == other


@pytest.mark.usefixtures("officer")
def test_finding_the_household_first_keeps_everything_typed(client, family, housing, budget):
    typed = sheet(
        line(budget, "1,5 tỷ"), household_search="hoa", policy=housing.pk, note="ghi chú", period_from="31/02"
    )
    answer = client.post(reverse("action-create"), typed | {"then": "find"})

    page = answer.content.decode()
    assert answer.status_code == 200
    assert answer.context["form"].pick.household == family
    assert not answer.context["any_errors"]
    for text in ('value="1,5 tỷ"', 'value="31/02"', 'value="ghi chú"', typed["submission_key"]):
        assert text in page
    assert "Nguyễn Văn Bình" in page  # now its members may be chosen
    assert SupportAction.objects.count() == 0


@pytest.mark.usefixtures("officer")
def test_a_household_of_another_ward_is_not_found_and_not_named(client, housing, budget):
    foreign = factories.household(factories.ward("Biên Giang"), head="Lê Thị Kín")

    answer = record(client, line(budget), household=foreign.pk, policy=housing.pk)
    assert errors(answer) == {"household_search": ["No such household in your wards."]}
    assert "Lê Thị Kín" not in answer.content.decode()

    answer = record(client, line(budget), household_search=foreign.code, policy=housing.pk)
    assert "Lê Thị Kín" not in answer.content.decode()

    page = client.get(reverse("action-create"), {"household": foreign.pk})
    assert page.status_code == 200
    assert "Lê Thị Kín" not in page.content.decode()
    assert SupportAction.objects.count() == 0


@pytest.mark.usefixtures("officer")
def test_a_member_of_another_household_is_refused(client, family, dong_mai, housing, budget):
    stranger = factories.household(dong_mai, head="Trần Văn Lạ").members.get()

    answer = record(client, line(budget), household=family.pk, member=stranger.pk, policy=housing.pk)
    assert list(errors(answer)) == ["member"]


@pytest.mark.usefixtures("officer")
def test_a_ward_that_is_not_the_officers_is_refused(client, budget):
    answer = record(
        client,
        line(budget),
        kind="collective",
        policy=factories.policy("health").pk,
        ward=factories.ward("Biên Giang").pk,
        group_name="hội viên",
        times="5",
    )
    assert list(errors(answer)) == ["ward"]


# --- mistakes -------------------------------------------------------------------------------


@pytest.mark.usefixtures("officer")
def test_all_mistakes_are_shown_at_once_and_what_was_typed_stays(client, budget, donors):
    answer = record(
        client,
        line(budget, "2 tỷ"),
        line(donors, "-5"),
        line(budget, "0"),
        policy="",
        period_from="31/02/2022",
        decision_date="5/3/22",
        things="2",
        note="còn nguyên",
    )

    assert errors(answer) == {
        "policy": ["This field is required."],
        "period_from": ["There is no 31/02/2022: month 02/2022 has 28 days."],
        "decision_date": ["Write the year with four digits, for example 05/03/2022."],
        "household_search": ["Say which household was helped."],
        "thing_unit": ["Give both the number and the kind of things, or neither."],
        "funding-0-amount": ["Type the whole sum in đồng, in digits, for example 1500000."],
        "funding-1-amount": ["The sum cannot be negative."],
        "funding-2-amount": ["The amount must be more than 0; leave it empty when it is not known."],
        "funding-2-source": ["This source already stands on another line; add the amounts together."],
    }
    page = answer.content.decode()
    for text in ("2 tỷ", "31/02/2022", "5/3/22", "còn nguyên"):
        assert f'value="{text}"' in page
    assert SupportAction.objects.count() == 0


@pytest.mark.usefixtures("officer")
@pytest.mark.parametrize(
    ("typed", "field", "message"),
    [
        ({"period_from": "01/01/2090"}, "period_from", "The date lies in the future."),
        ({"period_from": "01/01/1957"}, "period_from", "The date lies before 2015; check the year."),
        ({"decision_date": "01/01/2090"}, "decision_date", "The date lies in the future."),
        ({"period_to": "09/05/2024"}, "period_to", "The period cannot end before it begins."),
        ({"things": "0", "thing_unit": "card"}, "things", "The number must be at least 1"),
        ({"thing_unit": "card"}, "things", "Give both the number and the kind of things, or neither."),
        ({"things": "ba", "thing_unit": "card"}, "things", "Type a whole number in digits"),
        ({"things": "99999999", "thing_unit": "card"}, "things", "This is more than is possible; check the zeros."),
        ({"income_gain_from": "500000", "income_gain_to": "100000"}, "income_gain_to", "The upper income gain is"),
        ({"income_gain_to": "100000"}, "income_gain_from", "Give the lower gain too"),
        ({"income_gain_from": "-1"}, "income_gain_from", "The sum cannot be negative."),
        ({"note": "x" * 501}, "note", "at most 500 characters"),
    ],
)
def test_each_rule_is_told_at_its_field(client, family, housing, budget, typed, field, message):
    answer = record(client, line(budget), household=family.pk, policy=housing.pk, **typed)

    found = errors(answer)
    assert list(found) == [field]
    assert message in found[field][0]


@pytest.mark.usefixtures("officer")
@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"times": "0"}, "times"),
        ({"times": ""}, "times"),
        ({"group_name": ""}, "group_name"),
        ({"persons_reported": "-1"}, "persons_reported"),
        ({"qualifier": "sort of"}, "qualifier"),
    ],
)
def test_each_rule_of_a_group_is_told_at_its_field(client, dong_mai, budget, typed, field):
    group = {"kind": "collective", "ward": dong_mai.pk, "group_name": "hội viên", "times": "5"}
    answer = record(client, line(budget), policy=factories.policy("health").pk, **(group | typed))

    assert list(errors(answer)) == [field]


@pytest.mark.usefixtures("officer")
def test_the_ward_must_have_existed_on_the_day(client, budget):
    new = factories.ward("Hà Đông", since=date(2025, 7, 1))
    client.force_login(factories.officer(new))
    family = factories.household(new)

    answer = record(client, line(budget), household=family.pk, policy=factories.policy("housing").pk)
    [told] = errors(answer)["period_from"]
    assert told.startswith(f"Nobody has said where household {family.code} lived on 10/05/2024")


@pytest.mark.usefixtures("officer")
def test_help_without_a_source_is_refused(client, family, housing):
    answer = record(client, household=family.pk, policy=housing.pk)
    assert errors(answer) == {"funding": ["Name at least one source; its amount may stay empty when it is not known."]}


@pytest.mark.usefixtures("officer")
def test_a_line_needs_its_source_and_its_nature(client, family, housing, budget):
    answer = record(
        client,
        line(budget, "5000000", nature=""),
        {"source": "", "nature": "grant", "qualifier": "exact", "amount": "7000000"},
        household=family.pk,
        policy=housing.pk,
    )
    assert errors(answer) == {
        "funding-0-nature": ["Choose cash, in kind or loan."],
        "funding-1-source": ["Choose who paid, or empty the line."],
    }


@pytest.mark.usefixtures("officer")
def test_a_policy_that_gives_takes_no_loan_and_one_that_lends_only_loans(client, family, housing, budget):
    answer = record(client, line(budget, nature="loan"), household=family.pk, policy=housing.pk)
    assert errors(answer) == {"funding-0-nature": ["This policy gives: a loan belongs under a loan policy."]}

    lending = factories.policy("loans")
    answer = record(client, line(budget, nature="grant"), household=family.pk, policy=lending.pk)
    assert errors(answer) == {"funding-0-nature": ["This policy lends: every line must be a loan."]}


BAD = ["\x00", "\ud800", "😀", str(2**70), "-1", "' OR 1=1 --", "٣٤", "NaN", "1e9", "x" * 5000]
EVERY_FIELD = ["member", "ward", "version", "seen", "household_search", "times", "things", "thing_unit", "then"]


def send(client, data: dict):
    """As a program might: bytes that are no text go out as they are."""
    body = "&".join(f"{name}={quote(str(value).encode('utf-8', 'surrogatepass'))}" for name, value in data.items())
    return client.post(reverse("action-create"), body, content_type="application/x-www-form-urlencoded")


@pytest.mark.usefixtures("officer")
@pytest.mark.parametrize("bad", BAD)
@pytest.mark.parametrize("kind", ["named", "collective"])
def test_nothing_a_program_may_send_breaks_the_form(client, family, housing, budget, bad, kind):
    good = sheet(line(budget, "1000000"), household=family.pk, policy=housing.pk)
    management = {name: value for name, value in good.items() if name.endswith("_FORMS")}
    everything = dict.fromkeys([*good, *EVERY_FIELD], bad)

    assert send(client, everything | management | {"kind": kind}).status_code == 422
    assert send(client, everything | {"kind": kind}).status_code == 422


@pytest.mark.usefixtures("officer")
@pytest.mark.parametrize("name", [*sheet(), *EVERY_FIELD])
def test_no_single_field_breaks_the_form(client, family, housing, budget, name):
    good = sheet(line(budget, "1000000"), household=family.pk, policy=housing.pk)
    for bad in (f"\x00{2**70}", "\ud800"):
        assert send(client, good | {name: bad}).status_code in (302, 422)


@pytest.mark.usefixtures("officer")
def test_a_form_without_its_lines_is_refused_not_broken(client, family, housing):
    answer = client.post(reverse("action-create"), {"kind": "named", "household": family.pk, "policy": housing.pk})
    assert answer.status_code == 422
    assert SupportAction.objects.count() == 0


@pytest.mark.usefixtures("officer")
def test_more_lines_than_anybody_types_are_refused(client, family, housing, budget):
    lines = [line(budget, "1000000")] * 25
    answer = record(client, *lines, household=family.pk, policy=housing.pk)
    assert answer.status_code == 422
    assert "At most 20 sources stand on one record; add smaller ones together." in answer.content.decode()


# --- once, and then the next ----------------------------------------------------------------


@pytest.mark.usefixtures("officer")
def test_a_double_click_makes_one_record(client, family, housing, budget):
    data = sheet(line(budget, "1000000"), household=family.pk, policy=housing.pk)
    first = client.post(reverse("action-create"), data)
    second = client.post(reverse("action-create"), data)

    action = SupportAction.objects.get()
    assert first.status_code == second.status_code == 302
    assert second.url == reverse("action-detail", args=[action.pk])


@pytest.mark.usefixtures("officer")
def test_the_next_form_begins_like_the_last_without_its_household(client, family, housing, budget):
    answer = record(
        client,
        line(budget, "500000"),
        household=family.pk,
        policy=housing.pk,
        decision_number="12/QĐ-UBND",
        then="next",
    )
    page = client.get(answer.url)

    form, funding = page.context["form"], page.context["funding"]
    assert form["policy"].value() == housing.pk
    assert form["decision_number"].value() == "12/QĐ-UBND"
    assert form.pick.household is None
    assert funding.initial == [{"source": budget.pk, "nature": "grant", "amount": 500_000, "qualifier": "exact"}]
    assert "Nguyễn Thị Hoà" in page.content.decode()  # only in the message that it was recorded


@pytest.mark.usefixtures("officer")
def test_the_form_comes_with_the_household_and_policy_it_was_asked_for(client, family):
    policy = factories.policy("SMT")
    page = client.get(reverse("action-create"), {"household": family.pk, "policy": "SMT"})

    assert page.context["form"].pick.household == family
    assert page.context["form"].chosen_policy == policy
    assert page.content.decode().count("checked") == 2  # the kind, and the household


@pytest.mark.parametrize("role", ["leader", "admin"])
def test_leaders_and_administrators_record_nothing(client, role):
    client.force_login(getattr(factories, role)())
    assert client.get(reverse("action-create")).status_code == 403
    assert client.post(reverse("action-create"), sheet()).status_code == 403


def test_an_officer_without_a_ward_finds_no_household(client, family, housing, budget):
    client.force_login(factories.officer())
    answer = record(client, line(budget), household=family.pk, policy=housing.pk)
    assert answer.status_code == 422
    assert SupportAction.objects.count() == 0


@pytest.mark.usefixtures("officer")
@pytest.mark.parametrize("many", [2, 20])
def test_the_form_asks_as_much_of_a_long_record_as_of_a_short_one(
    client, dong_mai, budget, many, django_assert_max_num_queries
):
    """The household with its members, what it has had before, policies, sources, wards; and the proposal."""
    family = factories.household(dong_mai, members=many, statuses={2023: "CN"})
    tet = factories.policy("QUA_TET")
    for _number in range(many):
        factories.support(family, policy=tet, on=date(2024, 5, 10), paid_by={budget: 1})
        factories.source(f"S{_number}")

    with django_assert_max_num_queries(32):
        client.get(reverse("action-create"), {"household": family.pk, "policy": "QUA_TET"})
    typed = sheet(line(budget, "1"), household=family.pk, policy=tet.pk)
    with django_assert_max_num_queries(32):
        client.post(reverse("action-create"), typed | {"then": "rate"}, headers={"hx-request": "true"})
    with django_assert_max_num_queries(44):  # told and asked again
        client.post(reverse("action-create"), typed)


@pytest.mark.usefixtures("officer")
def test_the_form_of_a_record_with_many_lines_asks_no_more(client, family, django_assert_max_num_queries):
    few = factories.support(family, paid_by={"NS_QUAN": 1})
    many = factories.support(family, policy="health", paid_by={f"S{number}": 1 for number in range(12)})

    for action in (few, many):
        with django_assert_max_num_queries(34):
            client.get(reverse("action-edit", args=[action.pk]))

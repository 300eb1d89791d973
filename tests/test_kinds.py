"""What each kind of help records: one clear form a kind, checked against who paid, kept, corrected, read again."""

from datetime import date

import pytest
from django.urls import reverse

from support.codes import Category
from support.forms.kinds import FORMS
from support.models import DETAILS, InsuranceDetail, SupportAction, TuitionDetail, detail_of
from tests import factories
from tests.action_sheets import line, sheet

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]


@pytest.fixture
def family():
    return factories.household(factories.ward("Đồng Mai"), members=2, statuses={2023: "CN"})


@pytest.fixture
def officer(client, family):
    client.force_login(factories.officer(family.ward))
    client.cookies["django_language"] = "en"
    return client


def budget(amount="1.000.000", nature="grant"):
    return line(factories.source("NS_QUAN"), amount, nature)


def in_kind(amount="300.000"):
    return line(factories.source("XHH"), amount, "in_kind")


def credit(amount="50.000.000"):
    return line(factories.source("NHCSXH"), amount, "loan")


def record(client, family, policy, *lines, on="10/05/2024", **fields):
    """Send the form of help to the household's youngest, with the fields of the kind as `tuition_school="…"`."""
    named = {name.replace("_", "-", 1) if name.startswith(PREFIXES) else name: text for name, text in fields.items()}
    whom = {"policy": factories.policy(policy).pk, "household": family.pk, "period_from": on}
    return client.post(reverse("action-create"), sheet(*(lines or [budget()]), **whom, **named))


PREFIXES = tuple(f"{model._meta.model_name.removesuffix('detail')}_" for model in DETAILS.values())


def errors(answer) -> dict:
    assert answer.status_code == 422
    kind, form = answer.context["kind"].form, answer.context["form"]
    return {name: list(told) for name, told in [*form.errors.items(), *(kind.errors.items() if kind else ())]}


def saved(answer) -> tuple[SupportAction, object]:
    assert answer.status_code == 302, errors(answer)
    action = SupportAction.objects.select_related("policy").get()
    return action, detail_of(action)


def fields_of(detail) -> dict:
    values = {each.name: getattr(detail, each.name) for each in detail.own_fields()}
    return {name: value for name, value in values.items() if value not in (None, "")}


# --- one of each ----------------------------------------------------------------------------

EACH = {
    "CPHT": (
        {
            "tuition_school": "Trường Tiểu học mẫu",
            "tuition_school_level": "primary",
            "tuition_school_year": "2023-2024",
            "tuition_months": "9",
            "tuition_learning_costs_month": "150.000",
        },
        {
            "school": "Trường Tiểu học mẫu",
            "school_level": "primary",
            "school_year": 2023,
            "months": 9,
            "learning_costs_month": 150_000,
        },
    ),
    "HP_GIAM50": (
        {"tuition_school_year": "2023", "tuition_months": "9", "tuition_tuition_month": "155.000"},
        {"school_year": 2023, "months": 9, "exemption_percent": 50, "tuition_month": 155_000},
    ),
    "SMT": (
        {"tuition_school_year": "2023", "tuition_device": "Máy tính bảng", "tuition_donor": "Công ty mẫu"},
        {"school_year": 2023, "device": "Máy tính bảng", "donor": "Công ty mẫu"},
    ),
    "NHA_XM": (
        {
            "housing_work": "turnkey",
            "housing_started_on": "01/03/2024",
            "housing_handed_over_on": "30/06/2024",
            "housing_area_before": "28",
            "housing_area_after": "42,5 m²",
            "housing_total_cost": "180.000.000",
            "housing_labour_days": "30",
            "housing_labour_value": "9.000.000",
        },
        {
            "work": "turnkey",
            "started_on": date(2024, 3, 1),
            "handed_over_on": date(2024, 6, 30),
            "area_before": 280,
            "area_after": 425,
            "total_cost": 180_000_000,
            "labour_days": 30,
            "labour_value": 9_000_000,
        },
    ),
    "BHYT_CN": (
        {
            "insurance_number": "CN3 0101 2345 6789",
            "insurance_month_from": "01/2024",
            "insurance_month_to": "12/2024",
            "insurance_premium_month": "100.000",
        },
        {
            "scheme": "bhyt",
            "number": "CN3010123456789",
            "month_from": date(2024, 1, 1),
            "month_to": date(2024, 12, 1),
            "premium_month": 100_000,
        },
    ),
    "BHXH_TN": (
        {
            "insurance_number": "0123456789",
            "insurance_month_from": "03/2024",
            "insurance_month_to": "12/2024",
            "insurance_premium_month": "330.000",
            "insurance_income_chosen": "1.500.000",
        },
        {
            "scheme": "bhxh",
            "number": "0123456789",
            "month_from": date(2024, 3, 1),
            "month_to": date(2024, 12, 1),
            "premium_month": 330_000,
            "income_chosen": 1_500_000,
        },
    ),
    "KCB": (
        {
            "health_campaign": "Khám người cao tuổi",
            "health_visits": "1",
            "health_medicines_value": "350.000",
            "health_device": "Xe lăn",
            "health_place": "Trạm y tế phường",
        },
        {
            "campaign": "Khám người cao tuổi",
            "visits": 1,
            "medicines_value": 350_000,
            "device": "Xe lăn",
            "place": "Trạm y tế phường",
        },
    ),
    "QUA_TET": ({"gift_occasion": "tet", "gift_donor": "Công ty mẫu"}, {"occasion": "tet", "donor": "Công ty mẫu"}),
    "DOT_XUAT": (
        {"relief_event": "Cháy nhà", "relief_event_on": "05/05/2024", "relief_form_of_help": "house"},
        {"event": "Cháy nhà", "event_on": date(2024, 5, 5), "form_of_help": "house"},
    ),
    "COVID": ({"relief_event": "Đợt 4", "relief_form_of_help": "food"}, {"event": "Đợt 4", "form_of_help": "food"}),
    "TCXH": (
        {"assistance_group": "6", "assistance_coefficient": "1,5", "assistance_month_from": "05/2024"},
        {"group": "6", "coefficient": 15, "month_from": date(2024, 5, 1)},
    ),
    "SINH_KE": (
        {"livelihood_model": "Nuôi gà", "livelihood_materials": "50 gà giống", "income_gain_from": "500.000"},
        {"model": "Nuôi gà", "materials": "50 gà giống"},
    ),
    "NGHE": (
        {"employment_trade": "May", "employment_trained_by": "Trung tâm mẫu", "employment_work_after": "Xưởng mẫu"},
        {"trade": "May", "trained_by": "Trung tâm mẫu", "work_after": "Xưởng mẫu"},
    ),
}


@pytest.mark.parametrize("policy", EACH)
def test_one_of_each_kind_is_kept_as_it_was_typed_and_read_on_its_page(officer, family, policy):
    typed, kept = EACH[policy]
    pupil = {"member": family.members.last().pk} if policy in ("CPHT", "HP_GIAM50", "SMT") else {}

    action, detail = saved(record(officer, family, policy, **typed, **pupil))

    assert fields_of(detail) == kept
    page = officer.get(reverse("action-detail", args=[action.pk])).content.decode()
    for text in (each for each in kept.values() if isinstance(each, str) and " " in each):
        assert text in page


@pytest.mark.parametrize("policy", EACH)
def test_a_correction_begins_with_what_was_recorded_and_keeps_it(officer, family, policy):
    typed, kept = EACH[policy]
    pupil = {"member": family.members.last().pk} if policy in ("CPHT", "HP_GIAM50", "SMT") else {}
    action, _detail = saved(record(officer, family, policy, **typed, **pupil))
    address = reverse("action-edit", args=[action.pk])
    drawn = officer.get(address).context
    values = {
        f"{drawn['kind'].form.prefix}-{name}": drawn["kind"].form[name].value() for name in drawn["kind"].form.fields
    }
    shown = {name: "" if value is None else value for name, value in values.items()}
    kept_lines = sheet(budget(), policy=action.policy_id, version=1, **pupil) | shown
    kept_lines |= {"income_gain_from": drawn["form"]["income_gain_from"].value() or "", "note": "đã đối chiếu"}

    answer = officer.post(address, kept_lines)

    action, detail = saved(answer)
    assert (action.note, fields_of(detail)) == ("đã đối chiếu", kept)


def test_every_kind_of_the_programme_has_a_form_and_a_table():
    assert set(DETAILS) == set(FORMS) == set(Category.values)
    for category, form in FORMS.items():
        assert form._meta.model is DETAILS[category]
        assert set(form._meta.fields) == {each.name for each in DETAILS[category].own_fields()}


@pytest.mark.parametrize(
    ("policy", "missing"),
    [
        ("HP_MIEN", {"learning_costs_month", "device", "donor"}),
        ("CPHT", {"exemption_percent", "tuition_month", "device", "donor"}),
        ("SMT", {"months", "exemption_percent", "tuition_month", "learning_costs_month"}),
        ("HB_VNN", set()),
        ("BHYT_HN", {"income_chosen"}),
    ],
)
def test_a_policy_shows_the_fields_that_are_its_own_only(officer, policy, missing):
    factories.policy(policy)

    form = officer.get(reverse("action-create"), {"policy": policy}).context["kind"].form

    assert set(form._meta.fields) - set(form.fields) == missing


def test_what_is_on_record_is_shown_even_where_the_policy_would_not_ask_for_it(officer, family):
    child = family.members.last()
    action = factories.support(family, policy="CPHT", member=child)
    TuitionDetail(action=action, school_year=2023, device="Máy tính").save()

    form = officer.get(reverse("action-edit", args=[action.pk])).context["kind"].form

    assert form["device"].value() == "Máy tính"


# --- what a kind cannot do without, and what contradicts itself -----------------------------


@pytest.mark.parametrize(
    ("policy", "needed"),
    [
        ("CPHT", {"member": "Say which pupil was helped.", "school_year": "Write the school year, for example 2021-2022."}),
        ("QUA_TET", {"occasion": "Choose the occasion of the gift."}),
        ("DOT_XUAT", {"event": "Say what happened."}),
        ("TCXH", {"group": "Choose the group by article 5 of NĐ 20/2021/NĐ-CP."}),
    ],
)  # fmt: skip
def test_what_a_kind_cannot_do_without_is_asked_for_at_its_field(officer, family, policy, needed):
    answer = record(officer, family, policy)

    assert errors(answer) == {name: [text] for name, text in needed.items()}
    assert not SupportAction.objects.exists()


def test_the_day_is_asked_for_in_words(officer, family):
    answer = record(officer, family, "KCB", on="")

    assert errors(answer) == {"period_from": ["Give the day, or the first day."]}


WRONG = [
    ("CPHT", {"tuition_school_year": "2021-2023"}, "school_year", "A school year ends the year after it begins: 2021-2022."),
    ("CPHT", {"tuition_school_year": "2015-2016"}, "school_year", "The help of 10/05/2024 does not belong to the school year 2015-2016."),
    ("CPHT", {"tuition_school_year": "2023", "tuition_months": "13"}, "months", "A school year has 1 to 12 months."),
    ("CPHT", {"tuition_school_year": "2023", "tuition_months": "10", "tuition_learning_costs_month": "150000"}, "months", "Learning costs are paid for at most 9 months of a school year."),
    ("NHA_XM", {"housing_started_on": "01/05/2024", "housing_handed_over_on": "30/04/2024"}, "handed_over_on", "The house cannot be handed over before the work began."),
    ("NHA_XM", {"housing_total_cost": "900.000"}, "total_cost", "The sources add up to more than the house cost; check both."),
    ("NHA_XM", {"housing_labour_value": "900.000"}, "labour_days", "Give the days of labour that this value stands for."),
    ("NHA_XM", {"housing_area_after": "1.000,55"}, "area_after", "Write the area in square metres, for example 42,5."),
    ("BHYT_HN", {"insurance_number": "12345"}, "number", "A BHYT card number has 15 characters (HN2…), or 10 digits on newer cards."),
    ("BHXH_TN", {"insurance_number": "HN4010123456789"}, "number", "A BHXH number has 10 digits."),
    ("BHXH_TN", {"insurance_month_from": "06/2024", "insurance_month_to": "01/2024"}, "month_to", "The last month lies before the first, or the first is missing."),
    ("BHXH_TN", {"insurance_month_from": "06/2024", "insurance_month_to": "06/2024", "insurance_premium_month": "330000"}, "premium_month", "The sources pay more than the premium of these months; check both."),
    ("QUA_TET", {"gift_occasion": "tet", "gift_goods": "gạo"}, "goods", "Goods are named, but no line is in kind; correct who paid."),
    ("DOT_XUAT", {"relief_event": "Cháy nhà", "relief_event_on": "01/01/2031"}, "event_on", "The date lies in the future."),
    ("TCXH", {"assistance_group": "6", "assistance_coefficient": "15"}, "coefficient", "The coefficient lies between 1 and 5; check the decimal comma."),
    ("KCB", {"health_visits": "0"}, "visits", "Give at least one visit, or leave the field empty."),
]  # fmt: skip


@pytest.mark.parametrize(("policy", "typed", "field", "message"), WRONG)
def test_what_contradicts_itself_is_told_at_its_field_and_nothing_typed_is_lost(
    officer, family, policy, typed, field, message
):
    pupil = {"member": family.members.last().pk} if policy == "CPHT" else {}

    answer = record(officer, family, policy, **typed, **pupil)

    assert errors(answer) == {field: [message]}
    drawn = answer.context["kind"].form
    for name, text in typed.items():
        assert drawn[name.partition("_")[2]].value() == text


def test_an_income_is_chosen_for_social_insurance_only(family):
    detail = InsuranceDetail(scheme="bhyt", income_chosen=1_500_000)

    assert list(detail.problems(factories.support(family, policy="insurance"), [], strict=False)) == ["income_chosen"]


# --- the pupil ------------------------------------------------------------------------------


def test_tuition_asks_for_the_pupil_instead_of_a_member(officer, family):
    page = officer.get(reverse("action-create"), {"policy": factories.policy("CPHT").code, "household": family.pk})

    member = page.context["form"].fields["member"]
    assert (str(member.label), member.required) == ("Pupil", True)
    assert "the whole household" not in [str(label) for _key, label in member.choices]


def test_choosing_the_policy_brings_its_fields_and_asks_for_the_pupil(officer, family):
    data = sheet(policy=factories.policy("CPHT").pk, household=family.pk, then="kind")

    part = officer.post(reverse("action-create"), data, headers={"hx-request": "true"}).content.decode()

    assert "tuition-school_year" in part
    assert 'id="household-choices" class="picked" aria-live="polite" hx-swap-oob="true"' in part
    assert "Pupil" in part


def test_the_household_found_while_typing_asks_for_the_pupil_too(officer, family):
    asked = {"household_search": family.code, "policy": factories.policy("CPHT").pk}

    assert "Pupil" in officer.get(reverse("household-suggest"), asked).content.decode()


def test_the_work_list_fills_in_the_member(officer, family):
    child = family.members.last()
    page = officer.get(reverse("action-create"), {"household": family.pk, "member": child.pk})

    assert f'<option value="{child.pk}" selected>' in page.content.decode()


# --- another kind by mistake ----------------------------------------------------------------


def test_what_was_typed_for_another_kind_comes_back_with_it(officer, family):
    tet, house = factories.policy("QUA_TET"), factories.policy("NHA_XM")
    typed = sheet(budget(), household=family.pk, policy=house.pk, then="kind") | {"gift-goods": "gạo"}

    away = officer.post(reverse("action-create"), typed)
    back = officer.post(reverse("action-create"), typed | dict(away.context["kind"].carried) | {"policy": tet.pk})

    assert back.context["kind"].form["goods"].value() == "gạo"


def test_a_policy_corrected_to_another_kind_takes_the_new_detail_and_drops_the_old(officer, family):
    action, _detail = saved(record(officer, family, "QUA_TET", gift_occasion="tet"))
    data = sheet(budget(), policy=factories.policy("KCB").pk, version=1) | {"health-visits": "1"}

    answer = officer.post(reverse("action-edit", args=[action.pk]), data)

    action, detail = saved(answer)
    assert (type(detail).__name__, detail.visits) == ("HealthDetail", 1)
    assert not hasattr(SupportAction.objects.get(), "giftdetail")


def test_a_card_number_stays_hidden_and_untouched(officer, family):
    typed, _kept = EACH["BHYT_CN"]
    action, _detail = saved(record(officer, family, "BHYT_CN", **typed))

    for page in (reverse("action-detail", args=[action.pk]), reverse("action-edit", args=[action.pk])):
        text = officer.get(page).content.decode()
        assert "CN3010123456789" not in text
        assert "789" in text

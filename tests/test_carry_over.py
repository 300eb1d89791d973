"""Last year's list confirmed or changed on one sheet: who is on it, what is written, what is refused."""

from datetime import date

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from accounts.models import AuditEvent
from households.carry_over import Answer, BadAnswers, StaleAnswers, carry_over
from households.life import move_to_ward
from households.models import Household, Member, PovertyStandard, PovertyStatus, Residence, ReviewRound, StatusReview
from households.services import record_status
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def dong_mai():
    return factories.ward("Đồng Mai")


def to_review(ward, year, level="city"):
    return set(Household.objects.to_review(ward, year, level).values_list("code", flat=True))


# --- who is to be reviewed ------------------------------------------------------------------


def test_who_was_followed_last_year_is_reviewed_this_year(dong_mai):
    for code, classification in {"POOR": "N", "NEAR": "CN", "HARD": "KK", "NONE": "K"}.items():
        factories.household(dong_mai, code=code, statuses={2023: classification})
    factories.household(dong_mai, code="EARLIER", statuses={2022: "N"})
    factories.household(dong_mai, code="NEVER")

    assert to_review(dong_mai, 2024) == {"POOR", "NEAR", "HARD"}


def test_who_was_judged_this_year_is_on_the_list_too(dong_mai):
    factories.household(dong_mai, code="NEW", statuses={2024: "K"})

    assert to_review(dong_mai, 2024) == {"NEW"}


def test_only_households_of_the_ward_that_are_still_there(dong_mai):
    factories.household(factories.ward("Biên Giang"), statuses={2023: "N"})
    gone = factories.household(dong_mai, statuses={2023: "N"})
    Household.objects.filter(pk=gone.pk).update(closed_on="2024-03-01", closed_as="left")

    assert to_review(dong_mai, 2024) == set()


def test_a_household_that_moved_here_is_reviewed_by_its_class_there(dong_mai):
    factories.household(dong_mai, code="CAME", statuses={})
    factories.status(Household.objects.get(), 2023, "N", ward=factories.ward("Biên Giang"))

    assert to_review(dong_mai, 2024) == {"CAME"}


def test_a_ward_judges_who_lived_there_at_the_end_of_the_year_also_after_they_moved(dong_mai):
    bien_giang = factories.ward("Biên Giang")
    factories.household(dong_mai, code="LEFT", statuses={2023: "N"})
    household = Household.objects.get()
    move_to_ward(by="test", household=household, version=household.version, day=date(2025, 3, 5), ward=bien_giang)

    assert (to_review(dong_mai, 2024), to_review(bien_giang, 2024)) == ({"LEFT"}, set())
    assert (to_review(dong_mai, 2025), to_review(bien_giang, 2025)) == (set(), set())
    factories.status(Household.objects.get(), 2024, "N", ward=dong_mai)
    assert (to_review(dong_mai, 2025), to_review(bien_giang, 2025)) == (set(), {"LEFT"})


def test_each_level_has_its_own_list(dong_mai):
    factories.household(dong_mai, code="CITY", statuses={2023: "N"})
    factories.household(dong_mai, code="LAND", statuses={2023: "N"}, level="national")

    assert to_review(dong_mai, 2024) == {"CITY"}
    assert to_review(dong_mai, 2024, "national") == {"LAND"}


def test_a_class_by_a_standard_not_in_force_puts_nobody_on_the_list(dong_mai):
    family = factories.household(dong_mai)
    factories.status(family, 2023, "N", standard=factories.standard(2020))

    assert to_review(dong_mai, 2024) == set()


# --- the service ----------------------------------------------------------------------------


def answered(household, classification="N", persons=1, **more):
    return Answer(household.pk, household.version, classification, persons, **more)


def carried(ward, *answers, year=2024, by="test", **head):
    return carry_over(by=by, ward=ward, year=year, standard=factories.standard(year), answers=answers, **head)


def test_a_confirmed_class_is_a_judgement_of_the_new_year(dong_mai):
    group = factories.residential_group(dong_mai, 3)
    family = factories.household(dong_mai, members=3, residential_group=group, statuses={2023: "N"})

    carried(dong_mai, answered(family, "CN", 4), reviewed_on=date(2024, 11, 5), decision_number="12/QĐ-UBND")

    status = family.statuses.get(year=2024)
    assert (status.classification, status.persons, status.ward, status.residential_group) == ("CN", 4, dong_mai, group)
    assert (status.decision_number, status.reviewed_on) == ("12/QĐ-UBND", date(2024, 11, 5))
    assert (status.ethnicity, status.head_is_female) == ("01", True)  # the household as it is that day
    review = status.reviews.get()
    assert (review.kind, review.classification, review.persons, review.decision_number) == (
        "yearly", "CN", 4, "12/QĐ-UBND",
    )  # fmt: skip
    family.refresh_from_db()
    assert family.version == 2


def test_last_years_scores_are_not_this_years(dong_mai):
    family = scored(dong_mai, b1=150, b2=30)

    carried(dong_mai, answered(family))

    status = family.statuses.get(year=2024)
    assert (status.b1, status.b2, status.income, status.proposed) == (None, None, None, "")
    assert not status.deprivations.exists()
    assert not status.causes.exists()


def scored(ward, classification="N", **scores):
    """Judged in 2023 by a national standard with points, poor with three deprivations."""
    standard = national()
    indicators = [factories.indicator(standard, code, number) for number, code in enumerate(("a", "b", "c", "d"), 1)]
    family = factories.household(ward)
    deprivations = indicators[: (scores.get("b2") or 0) // 10]
    factories.status(
        family, 2023, classification, level="national", deprivations=deprivations, causes=["illness"],
        differs_because="Theo biên bản họp tổ dân phố", **scores,
    )  # fmt: skip
    return family


def national():
    standard = factories.standard(2023, "national")
    PovertyStandard.objects.filter(pk=standard.pk).update(urban_points=175, urban_line=2_000_000)
    standard.refresh_from_db()
    return standard


def copied(ward, *answers):
    return carry_over(by="test", ward=ward, year=2024, standard=national(), answers=answers)


def test_scores_come_along_where_the_officer_says_so_and_are_judged_anew(dong_mai):
    family = scored(dong_mai, b1=150, b2=30)

    copied(dong_mai, answered(family, copied=True))

    status = family.statuses.get(year=2024)
    assert (status.b1, status.b2, status.proposed, status.differs_because) == (150, 30, "N", "")
    assert status.judged_by["deprivations"] == 3
    assert [each.code for each in status.deprivations.all()] == ["a", "b", "c"]
    assert [each.cause for each in status.causes.all()] == ["illness"]
    review = status.reviews.get()
    assert (review.deprivations, review.causes, review.b1) == (["a", "b", "c"], ["illness"], 150)


def test_scores_do_not_come_along_with_another_class(dong_mai):
    family = scored(dong_mai, b1=150, b2=30)

    copied(dong_mai, answered(family, "CN", copied=True))

    assert family.statuses.get(year=2024).b1 is None


def test_scores_that_say_another_class_demand_a_reason(dong_mai):
    family = scored(dong_mai, b1=150, b2=20)

    with pytest.raises(BadAnswers) as refused:
        copied(dong_mai, answered(family, copied=True))
    assert "differs_because" in refused.value.rows[family.pk].error_dict
    assert not family.statuses.filter(year=2024).exists()

    copied(dong_mai, answered(family, copied=True, differs_because="Mất mùa"))
    status = family.statuses.get(year=2024)
    assert (status.classification, status.proposed, status.differs_because) == ("N", "CN", "Mất mùa")


def test_a_class_judged_already_is_corrected_with_its_review(dong_mai):
    family = factories.household(dong_mai, statuses={2023: "N", 2024: "N"})

    carried(dong_mai, answered(family, "K", 2), decision_number="15/QĐ-UBND")

    status = family.statuses.get(year=2024)
    review = status.reviews.get(kind="yearly")
    assert (status.classification, status.persons, status.decision_number) == ("K", 2, "15/QĐ-UBND")
    assert (review.classification, review.persons, review.decision_number) == ("K", 2, "15/QĐ-UBND")


def test_a_correction_keeps_the_day_and_decision_where_nothing_new_is_given(dong_mai):
    family = factories.household(dong_mai)
    factories.status(family, 2024, "N", reviewed_on=date(2024, 10, 1), decision_number="9/QĐ-UBND")

    carried(dong_mai, answered(family, "CN"))

    status = family.statuses.get()
    assert (status.classification, status.reviewed_on, status.decision_number) == (
        "CN", date(2024, 10, 1), "9/QĐ-UBND",
    )  # fmt: skip


def test_a_class_given_after_a_regular_review_must_be_later_than_it(dong_mai):
    family = factories.household(dong_mai)
    status = factories.status(family, 2024, "N", reviewed_on=date(2024, 6, 1))
    StatusReview.objects.filter(status=status).delete()
    StatusReview.objects.create(
        status=status, kind="regular", reviewed_on=date(2024, 6, 1), classification="N", persons=1
    )

    with pytest.raises(BadAnswers, match="01/06/2024"):
        carried(dong_mai, answered(family, "K"), reviewed_on=date(2024, 5, 1))
    carried(dong_mai, answered(family, "K"), reviewed_on=date(2024, 11, 1))

    status.refresh_from_db()
    assert (status.classification, status.reviewed_on) == ("K", date(2024, 11, 1))
    assert status.reviews.filter(kind="yearly", classification="K").exists()


def test_a_class_given_after_a_regular_review_has_its_scores_but_not_its_papers(dong_mai):
    indicators = [factories.indicator(factories.standard(2024), code, number) for number, code in enumerate("ab", 1)]
    family = factories.household(dong_mai)
    yearly = {"reviewed_on": date(2024, 10, 1), "decision_number": "9/QĐ-UBND", "deprivations": indicators[:1]}
    status = factories.status(family, 2024, "CN", b1=150, **yearly)
    status.reviewed_on, status.decision_number, status.certificate_number = date(2024, 11, 1), "11/QĐ-UBND", "4"
    status.classification, status.b1, status.differs_because = "N", 140, "Cháy nhà"
    record_status(by="test", status=status, deprivations=indicators, kind="regular")

    carried(dong_mai, answered(family, "K", differs_because="Trúng số"), reviewed_on=date(2024, 12, 1))

    status.refresh_from_db()
    review = status.reviews.get(kind="yearly")
    assert (status.classification, status.decision_number, status.certificate_number) == ("K", "9/QĐ-UBND", "")
    assert (review.b1, review.b2, review.deprivations) == (140, 20, ["a", "b"]) == (status.b1, status.b2, ["a", "b"])
    assert status.reviews.get(kind="regular").decision_number == "11/QĐ-UBND"


def test_all_or_nothing_where_somebody_saved_meanwhile(dong_mai):
    first, second = (factories.household(dong_mai, statuses={2023: "N"}) for _each in range(2))
    answers = [answered(first), answered(second)]
    Household.objects.filter(pk=second.pk).update(version=7)

    with pytest.raises(StaleAnswers) as stale:
        carried(dong_mai, *answers)

    assert stale.value.households == {second.pk}
    assert not first.statuses.filter(year=2024).exists()
    first.refresh_from_db()
    assert first.version == 1


def test_a_household_of_another_ward_is_not_written(dong_mai):
    stranger = factories.household(factories.ward("Biên Giang"), statuses={2023: "N"})

    with pytest.raises(StaleAnswers):
        carried(dong_mai, answered(stranger))

    assert not stranger.statuses.filter(year=2024).exists()


def test_a_closed_year_takes_no_answers(dong_mai):
    family = factories.household(dong_mai, statuses={2023: "N"})
    close(dong_mai, 2024)

    with pytest.raises(ValidationError, match="2024"):
        carried(dong_mai, answered(family))

    assert not family.statuses.filter(year=2024).exists()


def close(ward, year):
    ReviewRound.objects.create(ward=ward, year=year, state="open")
    ReviewRound.objects.update(state="submitted", submitted_by=factories.officer(ward), submitted_at=timezone.now())


def test_the_trail_names_who_confirmed(dong_mai):
    officer = factories.officer(dong_mai)
    family = factories.household(dong_mai, statuses={2023: "N"})

    carried(dong_mai, answered(family), by=officer)

    status = family.statuses.get(year=2024)
    event = AuditEvent.objects.get(model="households.povertystatus", row_id=status.pk)
    assert (event.actor, event.action, event.subject_id) == (officer.username, "insert", family.pk)


@pytest.mark.parametrize(("households", "at_most"), [(50, 15), (300, 50)])
def test_the_number_of_queries_hardly_grows(dong_mai, django_assert_max_num_queries, households, at_most):
    families = ward_of(dong_mai, households)

    with django_assert_max_num_queries(at_most):
        carried(dong_mai, *[answered(family, "CN", 2) for family in families])

    assert PovertyStatus.objects.filter(year=2024, classification="CN").count() == households


def ward_of(ward, count, year=2023, classification="N"):
    """So many households followed since a year, written in bulk."""
    families = [Household(ward=ward, code=f"{ward.code}-{number:04d}").prepare() for number in range(1, count + 1)]
    Household.objects.bulk_create(families)
    Residence.objects.bulk_create(Residence(household=family, ward=ward) for family in families)
    heads = [Member(household=family, name=f"Nguyễn Thị {number}", relation="head", sex="2") for number, family in enumerate(families, 1)]  # fmt: skip
    Member.objects.bulk_create([head.prepare() for head in heads])
    standard = factories.standard(year)
    PovertyStatus.objects.bulk_create(
        PovertyStatus(household=family, ward=ward, year=year, standard=standard, classification=classification, persons=2)
        for family in families
    )  # fmt: skip
    return families

"""How a standard makes a class, and the sentence that explains it from what was stored."""

import pytest
from django.core.exceptions import ValidationError
from django.utils.translation import override

from households.judging import differs, explain, is_urban, judge, settle
from households.models import PovertyStandard, PovertyStatus
from households.reference import RULES, STANDARDS
from wards.models import Ward


def standard(code, **changed):
    """A standard as it ships, not saved: judging asks no database."""
    row = next(each for each in STANDARDS if each[0] == code)
    lines = {"urban_line": row[6], "rural_line": row[7]}
    return PovertyStandard(code=code, level=row[1], **lines | RULES[code] | changed)


def proposed(code, *, urban=True, b1=None, income=None, deprivations=0, **changed):
    return judge(standard(code, **changed), urban=urban, b1=b1, income=income, deprivations=deprivations).proposed


@pytest.mark.parametrize(
    ("urban", "b1", "deprivations", "classification"),
    [
        (True, 175, 3, "N"), (True, 175, 2, "CN"), (True, 176, 12, "K"), (True, 0, 0, "CN"),
        (False, 140, 3, "N"), (False, 140, 2, "CN"), (False, 141, 3, "K"),
    ],
)  # fmt: skip
def test_since_2022_points_and_deprivations_both_count(urban, b1, deprivations, classification):
    assert proposed("QG_2022_2025", urban=urban, b1=b1, deprivations=deprivations) == classification


@pytest.mark.parametrize(
    ("urban", "income", "deprivations", "classification"),
    [
        (True, 2_000_000, 3, "N"), (True, 2_000_000, 2, "CN"), (True, 2_000_001, 3, "K"),
        (False, 1_500_000, 3, "N"), (False, 1_500_001, 3, "K"),
    ],
)  # fmt: skip
def test_since_2022_income_judges_where_no_points_were_scored(urban, income, deprivations, classification):
    assert proposed("QG_2022_2025", urban=urban, income=income, deprivations=deprivations) == classification


@pytest.mark.parametrize(
    ("scores", "deprivations", "classification"),
    [
        ({"b1": 140}, 0, "N"), ({"b1": 141}, 3, "N"), ({"b1": 175}, 2, "CN"), ({"b1": 176}, 10, "K"),
        ({"income": 900_000}, 0, "N"), ({"income": 900_001}, 3, "N"), ({"income": 1_300_000}, 2, "CN"),
        ({"income": 1_300_001}, 10, "K"),
    ],
)  # fmt: skip
def test_to_2021_low_income_alone_is_poor_and_deprivations_count_between_two_lines(
    scores, deprivations, classification
):
    assert proposed("QG_2016_2020", deprivations=deprivations, **scores) == classification


def test_points_count_before_income():
    assert proposed("QG_2022_2025", b1=180, income=1_000_000, deprivations=5) == "K"


def test_income_counts_where_the_standard_has_no_points():
    assert proposed("HN_2016_2020", b1=180, income=1_400_000) == "N"


@pytest.mark.parametrize(
    ("code", "given", "begins"),
    [
        ("HN_2022_2025", {"b1": 100, "income": 1}, "No class is proposed: the urban line"),
        ("HN_2016_2020", {"b1": 100}, "No class is proposed: this standard has no B1 points"),
        ("HN_2016_2020", {}, "No class is proposed yet: enter the income."),
        ("QG_2022_2025", {}, "No class is proposed yet: enter the B1 points or the income."),
        ("QG_2022_2025", {"income": 5, "urban_line": None}, "No class is proposed: this standard has no income line"),
        ("QG_2022_2025", {"urban_line": None}, "No class is proposed yet: enter the B1 points."),
        ("HN_2016_2020", {"income": 1_500_000, "urban_living_line": None}, "No class is proposed: the minimum living"),
        ("QG_2022_2025", {"b1": 100, "deprivations": None}, "No class is proposed yet: enter the deprivations"),
    ],
)
def test_where_something_is_missing_no_class_is_proposed_and_the_sentence_says_what(code, given, begins):
    scores = {name: given.pop(name) for name in ("b1", "income") if name in given}
    ticks = given.pop("deprivations", 0)

    judgement = judge(standard(code, **given), urban=True, deprivations=ticks, **{"b1": None, "income": None} | scores)

    assert judgement.proposed == ""
    with override("en"):
        assert judgement.sentence.startswith(begins)


def test_deprivations_are_not_asked_where_income_alone_decides():
    assert proposed("QG_2022_2025", b1=180, deprivations=None) == "K"
    assert proposed("QG_2016_2020", b1=100, deprivations=None) == "N"


@pytest.mark.parametrize(
    ("code", "given", "english"),
    [
        ("QG_2022_2025", {"b1": 170, "deprivations": 4}, "B1 170 ≤ 175 and B2 40 ≥ 30 → poor household"),
        ("QG_2022_2025", {"b1": 170, "deprivations": 2}, "B1 170 ≤ 175 and B2 20 < 30 → near-poor household"),
        ("QG_2022_2025", {"b1": 180, "deprivations": 4}, "B1 180 > 175 → not a poor household"),
        ("QG_2016_2020", {"income": 900_000}, "Income 900,000 ≤ 900,000 → poor household"),
        (
            "QG_2016_2020", {"income": 1_000_000, "deprivations": 3},
            "900,000 < Income 1,000,000 ≤ 1,300,000 and B2 30 ≥ 30 → poor household",
        ),
        ("QG_2016_2020", {"income": 1_400_000}, "Income 1,400,000 > 1,300,000 → not a poor household"),
    ],
)  # fmt: skip
def test_one_sentence_explains_the_class(code, given, english):
    inputs = {"b1": None, "income": None, "deprivations": 0} | given
    with override("en"):
        assert judge(standard(code), urban=True, **inputs).sentence == english


def test_the_sentence_is_told_in_vietnamese_too():
    with override("vi"):
        told = judge(standard("QG_2022_2025"), urban=True, b1=170, income=None, deprivations=4).sentence

    assert told == "B1 170 ≤ 175 và B2 40 ≥ 30 → hộ nghèo"


def test_a_year_is_explained_by_the_rule_as_it_stood_then():
    changing = standard("QG_2022_2025")
    kept = judge(changing, urban=True, b1=170, income=None, deprivations=4).record
    changing.urban_points, changing.deprivations_needed, changing.version = 100, 6, 2

    with override("en"):
        assert explain(kept) == "B1 170 ≤ 175 and B2 40 ≥ 30 → poor household"
    assert (kept["version"], kept["standard"], kept["area"]) == (1, "QG_2022_2025", "urban")


def test_a_status_from_before_has_no_sentence():
    assert explain(None) == explain({}) == ""


@pytest.mark.parametrize(("kind", "urban"), [("phường", True), ("Phường", True), ("xã", False), ("Xã", False)])
def test_a_phuong_is_urban_and_a_xa_rural(kind, urban):
    assert is_urban(Ward(unit_type=kind)) is urban


# --- the class that was chosen --------------------------------------------------------------


@pytest.mark.parametrize(
    ("chosen", "by_the_standard", "another"),
    [("N", "N", False), ("K", "K", False), ("KK", "K", False), ("N", "", False), ("KK", "", False),
     ("CN", "N", True), ("KK", "CN", True), ("N", "K", True), ("K", "N", True)],
)  # fmt: skip
def test_hardship_is_a_kind_of_not_poor(chosen, by_the_standard, another):
    assert differs(chosen, by_the_standard) is another


def settled(chosen, reason="", b1=170, deprivations=4):
    status = PovertyStatus(classification=chosen, differs_because=reason)
    judged = judge(standard("QG_2022_2025"), urban=True, b1=b1, income=None, deprivations=deprivations)
    settle(status, judged)
    return status


def test_a_blank_class_takes_the_proposal():
    status = settled("")

    assert (status.classification, status.proposed, status.judged_by["b1"]) == ("N", "N", 170)


def test_another_class_needs_its_reason_and_the_refusal_says_why():
    with override("en"), pytest.raises(ValidationError) as refused:
        settled("CN")

    [message] = refused.value.message_dict["differs_because"]
    assert "B1 170 ≤ 175 and B2 40 ≥ 30 → poor household" in message
    assert "near-poor household" in message


def test_another_class_with_a_reason_is_kept_with_both():
    status = settled("CN", "Họp dân thống nhất")

    assert (status.classification, status.proposed, status.differs_because) == ("CN", "N", "Họp dân thống nhất")


def test_a_reason_that_is_not_needed_is_not_kept():
    assert settled("N", "nhầm").differs_because == ""

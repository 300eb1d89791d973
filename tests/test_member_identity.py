"""What a personal number and a birth say, and what is asked or refused."""

from datetime import date

import pytest
from django.core.exceptions import ValidationError
from django.utils.translation import override

from households import identity
from households.codes import Sex
from households.forms import BirthField


@pytest.mark.parametrize("number", ["001160000123", "012345678", "001300000456"])
def test_twelve_or_nine_digits_are_a_number(number):
    identity.check_number(number)


@pytest.mark.parametrize(
    ("number", "code"),
    [
        ("00116000012", "length"),
        ("0011600001234", "length"),
        ("1", "length"),
        ("00116000012x", "not_digits"),
        ("０01160000123", "not_digits"),  # full-width digit
        ("٠٠١١٦٠٠٠٠١٢٣", "not_digits"),
        ("1.08501E+11", "not_digits"),
        ("000000000000", "placeholder"),
        ("123456789012", "placeholder"),
        ("999999999", "placeholder"),
    ],
)
def test_anything_else_is_refused_with_the_reason(number, code):
    with pytest.raises(ValidationError) as refused:
        identity.check_number(number)

    assert refused.value.code == code


def test_the_message_counts_the_digits():
    with pytest.raises(ValidationError) as refused:
        identity.check_number("00116000012")

    with override("en"):
        assert refused.value.messages == ["A CCCD has 12 digits and a CMND 9; this one has 11."]


def test_spaces_and_dots_between_the_digits_are_dropped():
    assert identity.normalise("001 160.000-123") == "001160000123"


@pytest.mark.parametrize(
    ("number", "sex", "year"),
    [
        ("001057000123", Sex.MALE, 1957),
        ("001157000123", Sex.FEMALE, 1957),
        ("001203000123", Sex.MALE, 2003),
        ("001303000123", Sex.FEMALE, 2003),
    ],
)
def test_a_cccd_tells_sex_and_year_of_birth(number, sex, year):
    said = identity.meaning(number)

    assert (said.province, said.sex, said.birth_year) == (identity.HANOI, sex, year)


def test_a_cmnd_tells_nothing():
    assert identity.meaning("012345678") is None
    assert identity.contradictions("012345678", Sex.MALE, 1957) == []


def test_contradictions_are_told_and_agreement_is_not():
    assert identity.contradictions("001157000123", Sex.FEMALE, 1957) == []
    assert len(identity.contradictions("001157000123", Sex.MALE, 1957)) == 1
    assert len(identity.contradictions("001157000123", Sex.MALE, 1958)) == 2
    assert identity.contradictions("001157000123", "", None) == []


def test_a_mask_shows_the_last_three_digits_only():
    assert identity.masked("001157000123") == "•••••••••123"
    assert identity.masked("") == ""


@pytest.mark.parametrize(
    ("typed", "day", "year"),
    [
        ("05/03/1960", date(1960, 3, 5), 1960),
        ("5/3/1960", date(1960, 3, 5), 1960),
        ("5-3-1960", date(1960, 3, 5), 1960),
        ("5.3.1960", date(1960, 3, 5), 1960),
        ("1960-03-05", date(1960, 3, 5), 1960),
        (" 1957 ", None, 1957),
        ("１９５７", None, 1957),
        ("29/02/2004", date(2004, 2, 29), 2004),
    ],
)
def test_a_birth_is_a_day_or_a_year(typed, day, year):
    assert BirthField().clean(typed) == (day, year)


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("5/3/60", "short_year"),
        ("60", "short_year"),
        ("31/02/1960", "no_such_day"),
        ("29/02/2003", "no_such_day"),
        ("05/13/1960", "month"),
        ("năm 1960", "invalid"),
        ("~1960", "invalid"),
        ("1957-1958", "invalid"),
        ("1960.5", "invalid"),
        ("00/00/1957", "month"),
        ("05/03/0060", "year"),
    ],
)
def test_any_other_birth_is_asked_about(typed, code):
    with pytest.raises(ValidationError) as refused:
        BirthField(required=False).clean(typed)

    assert refused.value.code == code


def test_two_digits_of_a_year_are_asked_about_and_never_guessed():
    with pytest.raises(ValidationError) as refused:
        BirthField().clean("5/3/60")

    with override("en"):
        assert refused.value.messages == ["5/3/60: is the year 1960 or 2060? Type all four digits."]

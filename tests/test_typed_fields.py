"""What people type into any form: sums, counts, days, words."""

from datetime import date

import pytest
from django.core.exceptions import ValidationError
from django.utils import translation

from wards.fields import CleanCharField, CleanTextField, CountField, DayField, MoneyField


@pytest.fixture(autouse=True)
def _english():
    with translation.override("en"):
        yield


def refusal(field, text) -> str:
    with pytest.raises(ValidationError) as refused:
        field.clean(text)
    return refused.value.messages[0]


@pytest.mark.parametrize(
    ("typed", "sum_"),
    [
        ("1500000", 1_500_000),
        ("1.500.000", 1_500_000),
        ("1,500,000", 1_500_000),
        ("1 500 000", 1_500_000),
        ("1\u00a0500\u00a0000 đồng", 1_500_000),
        ("1500000đ", 1_500_000),
        ("1.083", 1083),
        ("０２０００", 2000),
        ("", None),
        ("   ", None),
        ("\x00", None),
    ],
)
def test_a_sum_may_be_written_with_or_without_its_marks(typed, sum_):
    assert MoneyField(required=False).clean(typed) == sum_


@pytest.mark.parametrize(
    "typed", ["1,5", "1.5", "2 tỷ", "1.500,00", "0.500", "1e6", "½", "hai triệu", "đồng", "1.5.0", "+5"]
)
def test_a_sum_that_could_be_misread_is_refused(typed):
    assert refusal(MoneyField(), typed) == "Type the whole sum in đồng, in digits, for example 1500000."


def test_negative_and_endless_sums_are_refused_in_their_own_words():
    assert refusal(MoneyField(), "-5000") == "The sum cannot be negative."
    assert refusal(MoneyField(), "−5000") == "The sum cannot be negative."
    assert refusal(MoneyField(), str(2**70)) == "The sum has too many digits; check the zeros."
    assert refusal(MoneyField(), "9" * 100_000) == "The sum has too many digits; check the zeros."


def test_a_sum_is_shown_grouped_and_a_refused_one_as_it_was_typed():
    with translation.override("vi"):
        assert MoneyField().prepare_value(1_500_000) == "1.500.000"
        assert MoneyField().prepare_value("1,5") == "1,5"
    assert not MoneyField().has_changed(1_500_000, "1.500.000")


def test_counts_take_marks_but_no_words():
    assert CountField().clean("8.000") == 8000
    assert refusal(CountField(), "8 nghìn") == "Type a whole number in digits, for example 34 or 8000."
    assert refusal(CountField(), "-3") == "The number cannot be negative."
    assert refusal(CountField(), "12345678901") == "The number has too many digits; check the zeros."


@pytest.mark.parametrize(
    "typed", ["05/03/2022", "5/3/2022", "5-3-2022", "5.3.2022", " 5 / 3 / 2022 ", "2022-03-05", "05/03/２０２２"]
)
def test_a_day_is_read_day_before_month(typed):
    assert DayField().clean(typed) == date(2022, 3, 5)


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ("31/02/2022", "There is no 31/02/2022: month 02/2022 has 28 days."),
        ("29/02/2023", "There is no 29/02/2023: month 02/2023 has 28 days."),
        ("00/03/2022", "There is no 00/03/2022: month 03/2022 has 31 days."),
        ("03/13/2022", "There is no month 13. Write day/month/year, for example 05/03/2022."),
        ("5/3/60", "Write the year with four digits, for example 05/03/1960."),
        ("05/03/0000", "Check the year: 0."),
        ("05/03/9999", "Check the year: 9999."),
        ("1957", "Write the date as day/month/year, for example 05/03/2022."),
        ("hôm qua", "Write the date as day/month/year, for example 05/03/2022."),
        ("\x00\ud800", "Write the date as day/month/year, for example 05/03/2022."),
        ("9" * 100_000, "Write the date as day/month/year, for example 05/03/2022."),
    ],
)
def test_a_day_that_is_none_says_why(typed, message):
    assert refusal(DayField(), typed) == message


def test_29_february_exists_in_a_leap_year():
    assert DayField().clean("29/02/2024") == date(2024, 2, 29)


def test_words_are_stored_composed_without_what_cannot_be_seen_or_stored():
    assert CleanCharField().clean("  Nguye\u0302\u0303n\u200b  Thị\u00a0Hoà\x00\ud800 ") == "Nguyễn Thị Hoà"
    assert CleanCharField(required=False).clean("\x00\u200b") == ""
    assert CleanTextField().clean("dòng  một\r\n dòng hai \x00") == "dòng một\ndòng hai"


def test_length_is_counted_after_composing():
    decomposed = "e\u0302\u0301" * 5
    assert CleanCharField(max_length=5).clean(decomposed) == "ế" * 5
    with pytest.raises(ValidationError):
        CleanCharField(max_length=4).clean(decomposed)


def test_something_is_required_even_where_only_blanks_were_typed():
    for field in (CleanCharField(), MoneyField(), CountField(), DayField()):
        with pytest.raises(ValidationError):
            field.clean(" \u200b ")


def test_limits_are_told_in_good_vietnamese():
    with translation.override("vi"):
        assert refusal(CountField(min_value=1, max_value=50), "0") == "Giá trị không được nhỏ hơn 1."
        assert refusal(CountField(min_value=1, max_value=50), "51") == "Giá trị không được lớn hơn 50."

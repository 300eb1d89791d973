"""Sums in words, as they stand after “Bằng chữ:” on a paper."""

import pytest

from wards.numerals import money_spelled, spelled


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (0, "không"),
        (4, "bốn"),
        (10, "mười"),
        (15, "mười lăm"),
        (21, "hai mươi mốt"),
        (55, "năm mươi lăm"),
        (101, "một trăm linh một"),
        (110, "một trăm mười"),
        (1_000, "một nghìn"),
        (1_005, "một nghìn không trăm linh năm"),
        (300_000, "ba trăm nghìn"),
        (1_500_000, "một triệu năm trăm nghìn"),
        (20_010_000, "hai mươi triệu không trăm mười nghìn"),
        (1_083_000_000, "một tỷ không trăm tám mươi ba triệu"),
        (3_477_000_000, "ba tỷ bốn trăm bảy mươi bảy triệu"),
        (2_000_000_000_000, "hai nghìn tỷ"),
    ],
)
def test_a_number_is_said_as_it_is_read(number, words):
    assert spelled(number) == words


def test_a_sum_begins_with_a_capital_and_ends_with_its_unit():
    assert money_spelled(150_000_000) == "Một trăm năm mươi triệu đồng"

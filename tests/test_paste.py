"""A list pasted from Excel: its columns, whom each row means, and what is said of a row that means nobody."""

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from households.models import LifeEvent
from support.paste import Pasted
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]

AN, BINH = "001160000123", "001162000456"


@pytest.fixture
def an(dong_mai):
    """Household 10117-0001 of Nguyễn Thị An, with a son at school."""
    son = {"name": "Trần Văn Đức", "birth_year": 2012, "is_pupil": True}
    return family(dong_mai, "Nguyễn Thị An", AN, son)


@pytest.fixture
def binh(dong_mai):
    return family(dong_mai, "Lê Văn Bình", BINH)


def family(ward, head, number="", *others, **fields):
    made = factories.household(ward, head=head, members=list(others), **fields)
    made.members.filter(relation="head").update(id_number=number)
    return made


def table(*rows) -> str:
    return "\n".join("\t".join(str(cell) for cell in row) for row in rows)


def read(*rows, by=None, of_members=False) -> Pasted:
    pasted = Pasted.read(table(*rows))
    if by:
        pasted.find(user=by, of_members=of_members)
    return pasted


def meant(*rows, by, of_members=False) -> list:
    pasted = read(*rows, by=by, of_members=of_members)
    assert pasted.problems == []
    return [row.key for row in pasted.rows]


def problem(*rows, by=None, of_members=False) -> str:
    [text] = read(*rows, by=by, of_members=of_members).problems
    return text


# --- columns --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "heading",
    [
        ("STT", "Mã hộ", "Số CCCD", "Họ và tên", "Số tiền", "Ghi chú"),
        ("stt", "ma ho", "so cccd", "ho va ten", "so tien", "ghi chu"),
        ("TT", "MÃ SỐ HỘ", "CCCD/CMND", "HỌ TÊN CHỦ HỘ", "SỐ TIỀN (đồng)", "GHI CHÚ:"),
        ("Stt", "Ma\u0303 hô\u0323", "Số định danh cá nhân", "Chủ hộ", "Mức hỗ trợ", "Ghi chú"),  # decomposed
    ],
)
def test_columns_are_known_by_their_headings(heading):
    [row] = read(heading, (1, "10117-0001", AN, "Nguyễn Thị An", "500.000", "bà An")).rows

    assert (row.number, row.code, row.person, row.name) == (2, "10117-0001", AN, "Nguyễn Thị An")
    assert (row.amount, row.note) == ("500.000", "bà An")


def test_columns_without_heading_are_known_by_what_stands_in_them():
    rows = read(
        (1, "Nguyễn Thị An", "10117-0001", AN, "500.000", "hộ già yếu, neo đơn"),
        (2, "Lê Văn Bình", "10117-0002", BINH, "300.000", ""),
    ).rows

    assert [(row.number, row.code, row.person, row.name, row.amount, row.note) for row in rows] == [
        (1, "10117-0001", AN, "Nguyễn Thị An", "500.000", "hộ già yếu, neo đơn"),
        (2, "10117-0002", BINH, "Lê Văn Bình", "300.000", ""),
    ]


def test_a_column_alone_is_enough():
    assert [row.name for row in read(("Nguyễn Thị An",), ("Lê Văn Bình",)).rows] == ["Nguyễn Thị An", "Lê Văn Bình"]
    assert [row.code for row in read(("10117-0001",), ("10117-0002",)).rows] == ["10117-0001", "10117-0002"]
    assert [row.person for row in read((AN,)).rows] == [AN]


def test_columns_that_say_nothing_are_left_out_and_named():
    pasted = read(("Họ tên", "Địa chỉ", "Số tiền"), ("Nguyễn Thị An", "Tổ 3", "500000"))

    assert pasted.left_out == ["Địa chỉ"]
    assert pasted.rows[0].note == ""


def test_a_personal_number_keeps_its_zeros_and_may_be_grouped():
    [row] = read(("CCCD",), ("001 160 000 123",)).rows

    assert row.person == AN


def test_empty_lines_are_passed_over_and_rows_keep_the_numbers_they_have_in_excel():
    pasted = Pasted.read("\n\nHọ tên\r\nNguyễn Thị An\r\n\t\t\r\nLê Văn Bình\r\n")

    assert [(row.number, row.name) for row in pasted.rows] == [(4, "Nguyễn Thị An"), (6, "Lê Văn Bình")]


def test_a_cell_with_a_line_break_is_one_cell():
    pasted = Pasted.read('Họ tên\tGhi chú\nNguyễn Thị An\t"nhận thay:\nanh Đức"\nLê Văn Bình\t\n')

    assert [(row.name, row.note) for row in pasted.rows] == [
        ("Nguyễn Thị An", "nhận thay: anh Đức"),
        ("Lê Văn Bình", ""),
    ]


def test_a_lone_quote_swallows_no_row():
    pasted = Pasted.read('Họ tên\tGhi chú\nNguyễn Thị An\t"nồi 12\nLê Văn Bình\t\n')

    assert [row.name for row in pasted.rows] == ["Nguyễn Thị An", "Lê Văn Bình"]


# --- what cannot be read ----------------------------------------------------------------------


def test_nothing_pasted_and_a_heading_alone_are_told():
    assert "Copy the rows in Excel" in Pasted.read(" \n\t\n").problems[0]
    assert "only a heading" in problem(("Họ tên", "Số tiền"))


def test_a_list_that_names_nobody_says_what_is_needed():
    assert "household code, a CCCD or a name" in problem(("STT", "Số tiền"), (1, "500.000"))


@pytest.mark.parametrize(
    ("amount", "words"),
    [("1,5 triệu", "whole sum"), ("-500000", "negative"), ("0", "more than 0"), ("9" * 14, "zeros")],
)
def test_an_amount_that_is_none_is_refused_at_its_row(amount, words):
    text = problem(("Họ tên", "Số tiền"), ("Nguyễn Thị An", "500.000"), ("Lê Văn Bình", amount))

    assert text.startswith("Row 3: ")
    assert words in text
    assert amount in text


def test_a_number_that_lost_its_zeros_is_not_filled_up():
    text = problem(("CCCD", "Số tiền"), (AN.lstrip("0"), "500.000"))

    assert text.startswith("Row 2: ")
    assert "Excel has dropped its zeros" in text


@pytest.mark.usefixtures("an")
def test_all_bad_rows_are_told_at_once_and_in_their_order(officer):
    problems = read(
        ("Họ tên", "CCCD", "Số tiền"),
        ("Khôngcó Thị Ai", "", "500.000"),
        ("Nguyễn Thị An", "12", "x"),
        ("", "", "500.000"),
        ("Nguyễn Thị An", "", "1,5"),
        by=officer,
    ).problems

    assert [text.split(":")[0] for text in problems] == ["Row 2", "Row 3", "Row 3", "Row 4", "Row 5", "Row 5"]
    assert "nobody of your wards is called Khôngcó" in problems[0]
    assert "it means the same as row 3" in problems[-1]


def test_the_total_at_the_end_is_no_household():
    pasted = read(
        ("Họ tên", "Số tiền"), ("Nguyễn Thị An", "500.000"), ("Lê Văn Bình", "300.000"), ("Tổng cộng", "800.000")
    )

    assert pasted.problems == []
    assert len(pasted.rows) == 2


def test_a_title_above_the_heading_is_passed_over():
    pasted = read(
        ("ỦY BAN NHÂN DÂN PHƯỜNG ĐỒNG MAI", "", ""),
        ("Danh sách tặng quà Tết năm 2024", "", ""),
        ("STT", "Họ và tên", "Số tiền"),
        ("1", "Nguyễn Thị An", "500.000"),
    )

    assert pasted.problems == []
    assert [(row.number, row.name, row.amount) for row in pasted.rows] == [(4, "Nguyễn Thị An", "500.000")]


def test_a_row_that_stands_above_a_heading_is_not_dropped_for_a_title():
    pasted = read(("Lê Văn Bình", "300.000"), ("Họ tên", "Số tiền"), ("Nguyễn Thị An", "500.000"))

    assert pasted.rows[0].name == "Lê Văn Bình"


def test_totals_of_parts_and_of_all_are_no_households():
    pasted = read(
        ("Họ tên", "Số tiền"),
        ("Nguyễn Thị An", "500.000"), ("Cộng tổ 1", "500.000"),
        ("Tống Thị Mai", "200.000"), ("Lê Văn Bình", "300.000"), ("Cộng tổ 2:", "500.000"),
        ("Tổng số: 3 hộ", "1.000.000"),
    )  # fmt: skip

    assert pasted.problems == []
    assert [row.name for row in pasted.rows] == ["Nguyễn Thị An", "Tống Thị Mai", "Lê Văn Bình"]


def test_a_total_that_is_not_the_rows_own_is_told():
    text = problem(("Họ tên", "Số tiền"), ("Nguyễn Thị An", "500.000"), ("CỘNG", "5.000.000"))

    assert text.startswith("Row 3: ")
    assert "5,000,000" in text
    assert "500,000" in text


def test_more_rows_than_one_list_may_have_are_refused():
    assert "at most 1000" in problem(("Họ tên",), *[("Nguyễn Thị An",)] * 1001)
    assert "too long" in Pasted.read("x" * 300_001).problems[0]


# --- whom a row means -------------------------------------------------------------------------


def test_a_code_a_number_or_a_name_finds_the_household(officer, an, binh):
    key = (an.pk, None)

    assert meant(("Mã hộ",), (an.code,), by=officer) == [key]
    assert meant(("Mã hộ",), (an.code.lower(),), by=officer) == [key]
    assert meant(("CCCD",), (AN,), by=officer) == [key]
    assert meant(("Họ tên",), ("NGUYEN THI AN",), by=officer) == [key]
    assert meant(("Mã hộ", "CCCD", "Họ tên"), (an.code, AN, "Nguyễn Thị An"), by=officer) == [key]


def test_a_head_is_meant_before_others_of_the_same_name(officer, dong_mai, an):
    family(dong_mai, "Lê Văn Bình", "", {"name": "Nguyễn Thị An", "birth_year": 1999})

    assert meant(("Họ tên",), ("Nguyễn Thị An",), by=officer) == [(an.pk, None)]


def test_where_no_head_is_called_so_a_member_says_the_household(officer, an):
    assert meant(("Họ tên",), ("Trần Văn Đức",), by=officer) == [(an.pk, None)]


def test_help_to_persons_means_the_member_named(officer, an):
    son = an.members.get(is_pupil=True)

    assert meant(("Học sinh",), ("Trần Văn Đức",), by=officer, of_members=True) == [(an.pk, son.pk)]
    assert meant(("Mã hộ", "Học sinh"), (an.code, "Trần Văn Đức"), by=officer, of_members=True) == [(an.pk, son.pk)]


def test_help_to_persons_needs_a_person(officer, an):
    text = problem(("Mã hộ",), (an.code,), by=officer, of_members=True)

    assert text.startswith("Row 2: ")
    assert "which member" in text


def test_a_name_that_several_answer_to_is_refused_with_all_of_them(officer, dong_mai, an):
    other = family(dong_mai, "Nguyễn Thị An", residential_group=factories.residential_group(dong_mai, 5))

    text = problem(("Họ tên",), ("Nguyễn Thị An",), by=officer)

    assert text.startswith("Row 2: 2 persons are called Nguyễn Thị An: ")
    assert an.code in text
    assert f"{other.code}, Tổ dân phố 5" in text
    assert "Write the household code or the CCCD" in text
    assert meant(("Họ tên", "Mã hộ"), ("Nguyễn Thị An", other.code), by=officer) == [(other.pk, None)]


def test_two_of_one_name_in_one_household_are_one_household_but_two_persons(officer, dong_mai):
    both = family(dong_mai, "Lê Văn Bình", "", {"name": "Đỗ Thị Na"}, {"name": "Đỗ Thị Na", "birth_year": 2015})

    assert meant(("Họ tên",), ("Đỗ Thị Na",), by=officer) == [(both.pk, None)]
    assert "2 persons" in problem(("Họ tên",), ("Đỗ Thị Na",), by=officer, of_members=True)
    assert "several called" in problem(("Mã hộ", "Họ tên"), (both.code, "Đỗ Thị Na"), by=officer, of_members=True)


def test_nobody_of_that_name_code_or_number_is_told_with_what_to_do(officer, an):
    for heading, cell in (("Họ tên", "Khôngcó Thị Ai"), ("Mã hộ", "10117-9999"), ("CCCD", "001099000001")):
        text = problem((heading,), (cell,), by=officer)
        assert text.startswith("Row 2: ")
        assert "Correct" in text


def test_a_code_and_a_name_that_disagree_are_refused(officer, an, binh):
    assert "has nobody called Lê Văn Bình" in problem(("Mã hộ", "Họ tên"), (an.code, "Lê Văn Bình"), by=officer)
    assert "is that of Nguyễn Thị An" in problem(("CCCD", "Họ tên"), (AN, "Lê Văn Bình"), by=officer)
    assert f"not {binh.code}" in problem(("Mã hộ", "CCCD"), (binh.code, AN), by=officer)


def test_the_same_household_twice_is_told_with_both_rows(officer, an, binh):
    text = problem(("Mã hộ",), (an.code,), (binh.code,), (an.code,), by=officer)

    assert text.startswith("Row 4: it means the same as row 2.")


def test_two_members_of_one_household_may_stand_in_one_list(officer, an):
    keys = meant(("Họ tên",), ("Nguyễn Thị An",), ("Trần Văn Đức",), by=officer, of_members=True)

    assert len(set(keys)) == 2


def test_people_of_another_ward_are_nobody(officer, an):
    bien_giang = factories.ward("Biên Giang")
    theirs = family(bien_giang, "Phạm Thị Mận", BINH)

    told = [
        problem((heading,), (cell,), by=officer)
        for heading, cell in (("Họ tên", "Phạm Thị Mận"), ("Mã hộ", theirs.code), ("CCCD", BINH))
    ]

    assert not any(theirs.code in text and "several" in text for text in told)
    assert meant(("Họ tên",), ("Phạm Thị Mận",), by=factories.staff()) == [(theirs.pk, None)]


def test_who_left_the_household_is_not_given_to(officer, an):
    son = an.members.get(is_pupil=True)
    son.left_on = date(2023, 1, 1)
    son.save()

    assert "nobody of your wards" in problem(("Họ tên",), ("Trần Văn Đức",), by=officer)
    text = problem(("Mã hộ", "Họ tên"), (an.code, "Trần Văn Đức"), by=officer, of_members=True)
    assert "no longer a member" in text


def test_a_code_that_a_reorganisation_took_away_still_finds_its_household(officer, dong_mai, an):
    LifeEvent.objects.create(
        household=an, kind="reorganised", day=date(2025, 7, 1), ward=dong_mai, undoing={"code": "09541-0007"}
    )

    assert meant(("Mã hộ",), ("09541-0007",), by=officer) == [(an.pk, None)]


def test_three_hundred_rows_ask_no_more_than_three(officer, dong_mai):
    families = [family(dong_mai, f"Nguyễn Văn {'ABCDEGHIKL'[n % 10]}{n}") for n in range(30)]

    def asked(count):
        rows = [(each.code, each.members.get().name) for each in families[:count]]
        with CaptureQueriesContext(connection) as queries:
            assert read(("Mã hộ", "Họ tên"), *rows, by=officer).problems == []
        return len(queries)

    assert asked(3) == asked(30)

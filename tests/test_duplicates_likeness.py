"""When two people, two addresses are alike enough to ask about: the table of the decision record.

Every name is invented.
"""

from datetime import date

import pytest

from households.likeness import Person, address_alike, birth_slips, name_slips, slips, surely

# --- names: how many slips lie between them; None: two names --------------------------------------

NAMES = [
    # One name in two ways of writing.
    ("Nguyễn Thị Hoà", "Nguyễn Thị Hòa", 0),
    ("Trần Thị Thuỷ", "Trần Thị Thủy", 0),
    ("Lê Văn Uý", "Lê Văn Úy", 0),
    ("Bùi Thị Loan", "BÙI THỊ LOAN", 0),
    ("Đỗ Đình Đoài", "Do Dinh Doai", 0),
    ("Đặng Văn Bền", "đặng  văn bền ", 0),
    ("Ðinh Văn Mão", "Đinh Văn Mão", 0),  # the Icelandic letter of old keyboards
    ("Nguye\u0302\u0303n Thi\u0323 Nu\u0323", "Nguyễn Thị Nụ", 0),
    ("Nguyễn Thị Hoạt", "Nguyen Thi Hoat", 0),
    ("Nguyễn Thị Hoạt", "Nguyễn T. Hoạt", 0),
    ("Nguyễn Thị Hoạt", "Nguyễn T Hoạt", 0),
    # One slip.
    ("Nguyễn Thị Hoạt", "Nguyễn Hoạt", 1),
    ("Nguyễn Thị Thu Hoạt", "Nguyễn Thị Hoạt", 1),
    ("Nguyễn Văn Thuyên", "Ngyuễn Văn Thuyên", 1),
    ("Nguyễn Văn Thuyên", "Nguyễn Văn Thuyênn", 1),
    ("Nguyễn Văn Thuyên", "Nguễn Văn Thuyên", 1),
    ("Nguyễn Văn Trưởng", "Nguyễn Văn Trưỏng", 1),
    ("Nguyễn Văn Trưởng", "Nguyễn Văn Trưong", 1),
    ("Nguyễn Hữu Khuê", "Hữu Nguyễn Khuê", 1),
    ("Phạm Văn Điền", "Điền Phạm Văn", 1),
    ("NguyễnVăn Bộ", "Nguyễn Văn Bộ", 1),
    ("Trần Đức Luyện", "Trần Đưc Luyện", 1),
    ("Đào Văn Tiệp", "Đảo Văn Tiệp", 1),
    ("Hoàng Thị Thúy", "Hoàng Thị Thủy", 1),
    # Two people.
    ("Nguyễn Văn Thuyên", "Nguyễn Văn Tiệp", None),
    ("Trần Thị Lan", "Trần Thị Loan", None),
    ("Lê Thị Mai", "Lê Thị May", None),
    ("Phan Văn Ước", "Phạm Văn Ước", None),
    ("Vũ Thị Nết", "Võ Thị Nết", None),
    ("Lê Thị Sen", "Lý Thị Sen", None),
    ("Nguyễn Sen", "Nguyễn Thị Thu Sen", None),
    ("Nguyễn Văn Hợi", "Nguyễn Thị Hợi", None),
    ("Ngyuễn Văn Thuyênn", "Nguyễn Văn Thuyên", None),  # two slips in one name
    ("Nguyễn Văn Quế", "Nguyễn Thị Quế", None),
    ("Bạch Văn Giáp", "Nguyễn Văn Giáp", None),
    ("", "Nguyễn Văn Giáp", None),
]


@pytest.mark.parametrize(("one", "other", "expected"), NAMES)
def test_names(one, other, expected):
    assert name_slips(one, other) == expected
    assert name_slips(other, one) == expected


# --- births -----------------------------------------------------------------------------------

BIRTHS = [
    ("05/03/1960", "05/03/1960", 0),
    ("05/03/1960", "1960", 0),
    ("1960", "1960", 0),
    ("05/03/1960", "03/05/1960", 1),  # month before day
    ("05/03/1960", "06/03/1960", 1),
    ("05/03/1960", "05/03/1961", 1),
    ("05/03/1960", "05/03/1959", 1),
    ("05/03/1968", "05/03/1986", 1),  # digits changed round
    ("05/03/1960", "05/03/1906", 1),
    ("12/03/1960", "21/03/1960", 1),
    ("05/03/1960", "06/04/1960", None),
    ("05/03/1960", "17/11/1960", None),
    ("05/03/1960", "05/03/1985", None),
    ("1960", "1961", None),
    ("05/03/1960", "1961", None),
    ("", "1961", None),
    ("", "", None),
]


def born(text: str) -> Person:
    if len(text) == 10:
        day = date(int(text[6:]), int(text[3:5]), int(text[:2]))
        return Person("", day, day.year)
    return Person("", None, int(text) if text else None)


@pytest.mark.parametrize(("one", "other", "expected"), BIRTHS)
def test_births(one, other, expected):
    assert birth_slips(born(one), born(other)) == expected
    assert birth_slips(born(other), born(one)) == expected


# --- addresses --------------------------------------------------------------------------------

ADDRESSES = [
    ("Số 12, ngõ 5 Quang Trung", "12 ngo 5 duong Quang Trung", True),
    ("SN 12 Ngõ 5, phố Quang Trung, tổ 7", "Số nhà 12, ngõ 5, Quang Trung", True),
    ("Ngõ 5, tổ dân phố 7", "Số 12, ngõ 5, tổ dân phố 7", True),
    ("12A ngõ 5 Hoà Bình", "12a, ngõ 5, Hòa Bình", True),
    ("Số 12, ngõ 5 Quang Trung", "Số 12, ngõ 5 Quang Trungg", True),
    ("Ngõ 5, nhà số 12, Quang Trung", "Số 12, ngõ 5 Quang Trung", True),
    ("Tổ 7, ngõ 5/12", "Ngõ 5/12, tổ dân phố 7", True),
    ("Xóm Chùa", "xóm chùa", True),
    ("Số 12, ngõ 5 Quang Trung", "Số 21, ngõ 5 Quang Trung", False),
    ("Số 12, ngõ 5 Quang Trung", "Số 12, ngõ 6 Quang Trung", False),
    ("Số 12, ngõ 5 Quang Trung", "Số 5, ngõ 12 Quang Trung", False),
    ("Số 12, ngõ 5 Quang Trung", "Số 12, ngõ 5 Bà Triệu", False),
    ("Số 5 Quang Trung", "Số 12, ngõ 5 Quang Trung", False),
    ("Quang Trung", "Số 12 Quang Trung", False),
    ("", "", False),
    ("Số 12, ngõ 5", "", False),
]


@pytest.mark.parametrize(("one", "other", "alike"), ADDRESSES)
def test_addresses(one, other, alike):
    assert address_alike(one, other) is alike
    assert address_alike(other, one) is alike


# --- persons: name, birth, sex and number together ----------------------------------------------


def person(name, birth="", sex="", number="") -> Person:
    known = born(birth)
    return Person(name, known.birth_date, known.birth_year, sex, number)


ONE_PERSON = [
    (person("Nguyễn Thị Hoà", "05/03/1960"), person("Nguyen Thi Hoa", "1960")),
    (person("Nguyễn Thị Hoà", "05/03/1960"), person("Nguyễn Thị Hòa", "03/05/1960")),
    (person("Nguyễn Thị Hoạt", "05/03/1960", "2"), person("Nguyễn Hoạt", "05/03/1960", "2")),
    (person("Nguyễn Thị Hoạt", "05/03/1960", "2"), person("Nguyễn Thị Hoạt", "05/03/1960", "1")),
    # An old card and a new one.
    (
        person("Trần Văn Lễ", "05/03/1960", "1", "012345670"),
        person("Trần Văn Lễ", "05/03/1960", "1", "001060900017"),
    ),
    # One digit of the number mistyped.
    (
        person("Trần Văn Lễ", "05/03/1960", "1", "001060900017"),
        person("Trần Văn Lễ", "05/03/1960", "1", "001060900071"),
    ),
]

TWO_PEOPLE = [
    # Father and son of one name.
    (person("Lê Văn Thìn", "01/02/1952", "1"), person("Lê Văn Thìn", "01/02/1978", "1")),
    # Twins, each with a number.
    (
        person("Bùi Thị Hồng", "07/08/1990", "2", "001190900123"),
        person("Bùi Thị Hông", "07/08/1990", "2", "001190904567"),
    ),
    (person("Bùi Văn Long", "07/08/1990", "1"), person("Bùi Văn Phụng", "07/08/1990", "1")),
    # Namesakes.
    (person("Nguyễn Thị Nhài", "05/03/1960", "2"), person("Nguyễn Thị Nhài", "19/10/1960", "2")),
    (
        person("Nguyễn Thị Nhài", "1960", "2", "001160900111"),
        person("Nguyễn Thị Nhài", "1960", "2", "001160977722"),
    ),
    # A slip in everything is one too many.
    (person("Nguyễn Thị Hoạt", "05/03/1960", "2"), person("Nguyễn Hoạt", "06/03/1960", "1")),
    (person("Nguyễn Thị Hoạt"), person("Nguyễn Thị Hoạt")),
]


@pytest.mark.parametrize(("one", "other"), ONE_PERSON)
def test_one_person_twice(one, other):
    assert slips(one, other) is not None
    assert slips(one, other) == slips(other, one)


@pytest.mark.parametrize(("one", "other"), TWO_PEOPLE)
def test_two_people(one, other):
    assert slips(one, other) is None


def test_only_the_same_name_on_the_same_day_needs_no_address():
    hoa = person("Nguyễn Thị Hoà", "05/03/1960", "2")

    assert surely(hoa, person("nguyen thi hoa", "05/03/1960", "2"))
    assert not surely(hoa, person("nguyen thi hoa", "1960", "2"))
    assert not surely(hoa, person("Nguyễn Hoà", "05/03/1960", "2"))

"""Invented people: names from lists, numbers that no office issues."""

from random import Random

from households.codes import Sex

# Weighted roughly as surnames are in the Red River delta.
FAMILY_NAMES = {
    "Nguyễn": 30, "Trần": 11, "Lê": 9, "Phạm": 8, "Vũ": 6, "Hoàng": 5, "Bùi": 4, "Đỗ": 4, "Đặng": 3, "Phan": 2, "Ngô": 2,
    "Dương": 2, "Đinh": 2, "Lưu": 2, "Trịnh": 2, "Đào": 2, "Tạ": 2, "Chu": 1, "Nghiêm": 1, "Bạch": 1, "Cao": 1, "Mai": 1,
}  # fmt: skip
MIDDLE = {
    Sex.MALE: ("Văn", "Đình", "Đức", "Hữu", "Công", "Quang", "Xuân", "Ngọc", "Duy", "Thế", "Viết", "Bá"),
    Sex.FEMALE: ("Thị", "Thị Thu", "Thị Ngọc", "Thị Thanh", "Thị Bích", "Ngọc", "Thu", "Thanh", "Phương", "Hoài"),
}
GIVEN = {
    Sex.MALE: (
        "Bách", "Chiến", "Chung", "Đạt", "Đông", "Giáp", "Hiếu", "Hoàn", "Hùng", "Huy", "Khôi", "Kiên", "Lộc", "Mạnh",
        "Nghĩa", "Nhân", "Phong", "Quân", "Quyết", "Sáng", "Sơn", "Tâm", "Thạch", "Thành", "Thịnh", "Tiệp", "Toàn",
        "Tuyên", "Tùng", "Việt", "Vịnh",
    ),
    Sex.FEMALE: (
        "Ánh", "Chi", "Cúc", "Diệp", "Duyên", "Đào", "Hằng", "Hảo", "Hậu", "Hiên", "Hòa", "Hoài", "Huyền", "Hường",
        "Khuyên", "Lan", "Liên", "Lụa", "Mận", "Mến", "Nga", "Nhàn", "Nhung", "Oanh", "Quyên", "Sen", "Thảo", "Thoa",
        "Thơm", "Thủy", "Tươi", "Uyên", "Vân", "Xoan", "Yến",
    ),
}  # fmt: skip
# Combinations of the lists that a reader would take for somebody known to the public.
AVOIDED = {
    "Hoàng Xuân Sơn", "Hoàng Xuân Vịnh", "Ngô Xuân Quyết", "Nguyễn Hữu Việt", "Nguyễn Quang Sáng", "Nguyễn Thị Huyền",
    "Nguyễn Thị Oanh", "Nguyễn Văn Hiếu", "Nguyễn Văn Toàn", "Phan Văn Hùng", "Trần Hữu Hùng", "Trần Đình Sơn",
    "Trần Đức Thành", "Vũ Đức Đông", "Vũ Văn Thành",
}  # fmt: skip

HANOI = "001"
# Birth registered elsewhere: real province prefixes of the CCCD.
PROVINCES = (HANOI,) * 16 + ("017", "030", "033", "034", "035", "036", "038", "040")


def family_name(rng: Random) -> str:
    return rng.choices(list(FAMILY_NAMES), weights=list(FAMILY_NAMES.values()))[0]


def full_name(rng: Random, family: str, sex: str) -> str:
    while True:
        name = f"{family} {rng.choice(MIDDLE[sex])} {rng.choice(GIVEN[sex])}"
        if name not in AVOIDED:
            return name


class Numbers:
    """Personal numbers of the right structure, each once.

    The six digits of chance begin with 9, so that invented numbers can be told from typed ones.
    """

    def __init__(self):
        self._issued: dict[str, int] = {}

    def issue(self, rng: Random, sex: str, birth_year: int) -> str:
        century = (birth_year // 100 - 19) * 2 + (sex == Sex.FEMALE)
        prefix = f"{rng.choice(PROVINCES)}{century}{birth_year % 100:02d}"
        count = self._issued[prefix] = self._issued.get(prefix, 0) + 1
        # 7919 is coprime to 100 000: the series visits every number once and does not look like a series.
        return f"{prefix}9{count * 7919 % 100_000:05d}"

    def health_card(self, group: str) -> str:
        """Class of the insured, province, and ten digits that begin with 99."""
        count = self._issued[""] = self._issued.get("", 0) + 1
        return f"{group}01{99_0000_0000 + count}"

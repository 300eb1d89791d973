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
    Sex.FEMALE: ("Thị", "Thị", "Thị Thu", "Thị Ngọc", "Thị Thanh", "Thị Bích", "Ngọc", "Thu", "Phương", "Hoài"),
}
# Given names that people in public life seldom bear, so that no combination is somebody a reader knows.
GIVEN = {
    Sex.MALE: (
        "Bền", "Bộ", "Điền", "Đoài", "Giáp", "Hoạch", "Hợi", "Khoát", "Khuê", "Lễ", "Lịch", "Lượng", "Luyện", "Mão",
        "Mùi", "Ngọ", "Nhuận", "Phấn", "Quế", "Sửu", "Thìn", "Thuyên", "Tiệp", "Toại", "Trưởng", "Tuyển", "Ước", "Xứng",
    ),
    Sex.FEMALE: (
        "Bông", "Bưởi", "Chuyên", "Cúc", "Dịu", "Đào", "Gấm", "Hảo", "Hoạt", "Khuyên", "Lành", "Lụa", "Lựu", "Lượt",
        "Mận", "Mến", "Miến", "Nết", "Ngát", "Nhài", "Nụ", "Quế", "Rạng", "Sen", "Soi", "Thêu", "Thoa", "Vóc", "Xoan",
        "Yên",
    ),
}  # fmt: skip

HANOI = "001"
# Birth registered elsewhere: real province prefixes of the CCCD.
PROVINCES = (HANOI,) * 16 + ("017", "030", "033", "034", "035", "036", "038", "040")


def family_name(rng: Random) -> str:
    return rng.choices(list(FAMILY_NAMES), weights=list(FAMILY_NAMES.values()))[0]


def full_name(rng: Random, family: str, sex: str) -> str:
    return f"{family} {rng.choice(MIDDLE[sex])} {rng.choice(GIVEN[sex])}"


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
        return f"{prefix}9{(count * 7919 + int(prefix) * 37) % 100_000:05d}"

    def health_card(self, group: str) -> str:
        """Class of the insured, province, and ten digits that begin with 99."""
        count = self._issued[""] = self._issued.get("", 0) + 1
        return f"{group}01{99_0000_0000 + count}"

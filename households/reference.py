"""Loads poverty standards and indicators. Loading again fills what is still empty and overwrites nobody's change.

What was not found ships empty and says so in the note: the city's lines and instruments since 2022, the
city's B1 points and indicators, thresholds of 2016–2020 and 2027–2030.
"""

import json
from pathlib import Path

from households.models import Indicator, PovertyStandard

INDICATORS = Path(__file__).parent / "data" / "indicators.json"
CITY, NATIONAL = PovertyStandard.Level.CITY, PovertyStandard.Level.NATIONAL
EITHER = PovertyStandard.Rule.EITHER

# code, level, Vietnamese name, English name, legal basis, years, urban line, rural line, note
STANDARDS = [
    ("QG_2016_2020", NATIONAL, "Chuẩn nghèo quốc gia 2016–2020", "National poverty standard 2016–2020",
     "QĐ 59/2015/QĐ-TTg", (2016, 2021), 900_000, 700_000,
     "Áp dụng đến hết năm 2021. Tên 10 chỉ số, điểm B1 150 của nông thôn và một phần quy tắc hộ cận nghèo ghi theo "
     "trí nhớ, chưa đối chiếu văn bản; chưa có ngưỡng thiếu hụt từng chỉ số."),
    ("QG_2022_2025", NATIONAL, "Chuẩn nghèo đa chiều quốc gia 2022–2025", "National multidimensional standard 2022–2025",
     "NĐ 07/2021/NĐ-CP", (2022, 2026), 2_000_000, 1_500_000,
     "Gia hạn đến 31/12/2026 theo NĐ 351/2025/NĐ-CP. Điểm B1 175 (thành thị), 140 (nông thôn) theo "
     "TT 07/2021/TT-BLĐTBXH. Ngưỡng của hai chỉ số thông tin ghi theo trí nhớ."),
    ("QG_2027_2030", NATIONAL, "Chuẩn nghèo đa chiều quốc gia 2027–2030", "National multidimensional standard 2027–2030",
     "NĐ 351/2025/NĐ-CP", (2027, 2030), 2_800_000, 2_200_000,
     "Danh mục 12 chỉ số lấy từ dự thảo nghị định; chưa tìm được ngưỡng thiếu hụt và điểm B1; quản trị viên điền khi có."),
    ("HN_2016_2020", CITY, "Chuẩn nghèo thành phố Hà Nội 2016–2020", "Hà Nội poverty standard 2016–2020",
     "QĐ 12/2016/QĐ-UBND", (2016, 2021), 1_400_000, 1_100_000,
     "Mức chuẩn ghi theo trí nhớ, chưa đối chiếu văn bản. Mức sống tối thiểu cũng vậy; chưa tìm được điểm B1 và chỉ số "
     "riêng của thành phố, khi rà soát dùng chỉ số của chuẩn quốc gia."),
    ("HN_2022_2025", CITY, "Chuẩn nghèo thành phố Hà Nội 2022–2025", "Hà Nội poverty standard 2022–2025",
     "", (2022, 2025), None, None,
     "Chưa tìm được văn bản và mức chuẩn; quản trị viên điền khi có. Điểm B1 và chỉ số riêng của thành phố cũng chưa "
     "tìm được: khi rà soát dùng chỉ số của chuẩn quốc gia, phân loại do cán bộ chọn."),
    ("HN_2026", CITY, "Chuẩn nghèo thành phố Hà Nội 2026", "Hà Nội poverty standard 2026",
     "", (2026, 2026), None, None,
     "Chưa tìm được văn bản về chuẩn của thành phố cho năm 2026 (chuẩn quốc gia 2022–2025 được gia hạn đến 31/12/2026); "
     "quản trị viên điền khi có. Khi rà soát dùng chỉ số của chuẩn quốc gia, phân loại do cán bộ chọn."),
    ("HN_2027_2030", CITY, "Chuẩn nghèo thành phố Hà Nội 2027–2030", "Hà Nội poverty standard 2027–2030",
     "", (2027, 2030), None, None,
     "Chưa tìm được văn bản và mức chuẩn; quản trị viên điền khi có. Khi rà soát dùng chỉ số của chuẩn quốc gia, "
     "phân loại do cán bộ chọn."),
]  # fmt: skip

# What a rule needs besides its lines, by the standard's code; TT 14/2018 (2016–2020), TT 07/2021 (2022–2025).
RULES = {
    "QG_2016_2020": {
        "rule": EITHER, "urban_living_line": 1_300_000, "rural_living_line": 1_000_000,
        "urban_points": 140, "rural_points": 120, "urban_living_points": 175, "rural_living_points": 150,
    },
    "QG_2022_2025": {"urban_points": 175, "rural_points": 140},
    "QG_2027_2030": {},
    "HN_2016_2020": {"rule": EITHER, "urban_living_line": 1_950_000, "rural_living_line": 1_500_000},
    "HN_2022_2025": {},
    "HN_2026": {},
    "HN_2027_2030": {},
}  # fmt: skip


def load_standards() -> int:
    """Write standards and their indicators; return the number of standards."""
    for code, level, name, name_en, basis, (first, last), urban, rural, note in STANDARDS:
        if standard := PovertyStandard.objects.filter(code=code).first():
            _fill(standard, note=note, **RULES[code])
        elif not PovertyStandard.objects.overlapping(level, first, last).exists():  # else one by an administrator
            PovertyStandard.objects.create(
                code=code,
                level=level,
                name=name,
                name_en=name_en,
                legal_basis=basis,
                from_year=first,
                to_year=last,
                urban_line=urban,
                rural_line=rural,
                note=note,
                **RULES[code],
            )
    for entry in json.loads(INDICATORS.read_text(encoding="utf-8"))["sets"]:
        standard = PovertyStandard.objects.filter(code=entry["id"]).first()
        if standard:
            _load_indicators(standard, entry.get("indicators", []))
    return len(STANDARDS)


def _fill(standard: PovertyStandard, *, note: str, **rule) -> None:
    """Give a standard from before these columns what they hold; one that an administrator changed stays as it is."""
    if standard.version > 1:
        return
    fresh = PovertyStandard()
    filled = {name: value for name, value in rule.items() if getattr(standard, name) == getattr(fresh, name) != value}
    if note != standard.note and note.startswith(standard.note):  # ours of an earlier release, since lengthened
        filled["note"] = note
    for name, value in filled.items():
        setattr(standard, name, value)
    if filled:
        standard.save()


def _load_indicators(standard: PovertyStandard, indicators: list[dict]) -> None:
    if standard.version > 1:  # an administrator keeps the list by now, and may have taken one away
        return
    for indicator in indicators:
        Indicator.objects.get_or_create(
            standard=standard,
            code=indicator["code"],
            defaults={
                "number": indicator["no"],
                "name": indicator["name_vi"],
                "name_en": indicator["name_en"],
                "threshold": indicator["deprived_if_vi"],
            },
        )

"""Loads poverty standards and indicators. Loading again changes nothing.

What was not found ships empty and says so: the city's 2022–2025 lines, its instrument's number.
"""

import json
from pathlib import Path

from households.models import Indicator, PovertyStandard

INDICATORS = Path(__file__).parent / "data" / "indicators.json"
CITY, NATIONAL = PovertyStandard.Level.CITY, PovertyStandard.Level.NATIONAL

# code, level, Vietnamese name, English name, legal basis, years, urban line, rural line, note
STANDARDS = [
    ("QG_2016_2020", NATIONAL, "Chuẩn nghèo quốc gia 2016–2020", "National poverty standard 2016–2020",
     "QĐ 59/2015/QĐ-TTg", (2016, 2021), 900_000, 700_000, "Áp dụng đến hết năm 2021."),
    ("QG_2022_2025", NATIONAL, "Chuẩn nghèo đa chiều quốc gia 2022–2025", "National multidimensional standard 2022–2025",
     "NĐ 07/2021/NĐ-CP", (2022, 2026), 2_000_000, 1_500_000, "Gia hạn đến 31/12/2026 theo NĐ 351/2025/NĐ-CP."),
    ("QG_2027_2030", NATIONAL, "Chuẩn nghèo đa chiều quốc gia 2027–2030", "National multidimensional standard 2027–2030",
     "NĐ 351/2025/NĐ-CP", (2027, 2030), 2_800_000, 2_200_000, ""),
    ("HN_2016_2020", CITY, "Chuẩn nghèo thành phố Hà Nội 2016–2020", "Hà Nội poverty standard 2016–2020",
     "QĐ 12/2016/QĐ-UBND", (2016, 2021), 1_400_000, 1_100_000, "Mức chuẩn ghi theo trí nhớ, chưa đối chiếu văn bản."),
    ("HN_2022_2025", CITY, "Chuẩn nghèo thành phố Hà Nội 2022–2025", "Hà Nội poverty standard 2022–2025",
     "", (2022, 2025), None, None, "Chưa tìm được văn bản và mức chuẩn; quản trị viên điền khi có."),
]  # fmt: skip


def load_standards() -> int:
    """Write standards and their indicators; return the number of standards."""
    for code, level, name, name_en, basis, (first, last), urban, rural, note in STANDARDS:
        PovertyStandard.objects.get_or_create(
            code=code,
            defaults={
                "level": level,
                "name": name,
                "name_en": name_en,
                "legal_basis": basis,
                "from_year": first,
                "to_year": last,
                "urban_line": urban,
                "rural_line": rural,
                "note": note,
            },
        )
    for entry in json.loads(INDICATORS.read_text(encoding="utf-8"))["sets"]:
        standard = PovertyStandard.objects.filter(code=entry["id"]).first()
        coded = [indicator for indicator in entry.get("indicators", []) if "code" in indicator]
        if standard:
            _load_indicators(standard, coded)
    return len(STANDARDS)


def _load_indicators(standard: PovertyStandard, indicators: list[dict]) -> None:
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

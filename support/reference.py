"""Loads support policies and funding sources from `data/support_policies.json`. Loading again changes nothing."""

import json
import re
from pathlib import Path

from support.codes import Category
from support.models import EntitlementRule, FundingSource, PolicyRate, SupportPolicy

SOURCE = Path(__file__).parent / "data" / "support_policies.json"
ENTITLEMENT = Path(__file__).parent / "data" / "entitlement_rules.json"
RATES = SOURCE.with_name("policy_rates.json")

# For a sum whose source was never published: unknown stays unknown.
SOURCE_NOT_STATED = "KHONG_NEU"
# The article publishes tuition relief and learning costs as one sum.
TUITION_UNDIVIDED = "HP_CPHT"
# … and new and repaired houses as one number.
HOUSES_UNDIVIDED = "NHA"
UNIVERSAL = {"HP_COVID"}

SOURCES_EN = {
    "NS_TW": "Central budget",
    "NS_TP": "City budget",
    "NS_QUAN": "District budget",
    "NS_PHUONG": "Ward budget",
    "VNN_TP": "Fund “For the poor”, city",
    "VNN_QUAN": "Fund “For the poor”, district",
    "VNN_PHUONG": "Fund “For the poor”, ward",
    "XHH": "Mobilised from society (general)",
    "XHH_DOANH_NGHIEP": "Mobilised: businesses, hospitals, pharmaceutical companies",
    "XHH_TO_CHUC": "Mobilised: organisations and associations",
    "XHH_CA_NHAN": "Mobilised: individuals",
    "DBQH": "Hà Nội's National Assembly delegation (mobilised)",
    "AGRIBANK": "Agribank (donation)",
    "NHCSXH": "Vietnam Bank for Social Policies",
    "NS_TP_UYTHAC": "City or district capital lent through the Bank for Social Policies",
    "TYM": "TYM microfinance institution",
    "QUY_TRO_VON_CNVCLD": "Capital Aid Fund for poor workers of the capital",
    "HO_GIA_DINH": "The household's own share",
    "KHAC": "Other",
}
POLICIES_EN = {
    "HP_MIEN": "Tuition exemption",
    "HP_GIAM50": "Tuition halved",
    "CPHT": "Learning costs",
    "HP_COVID": "Tuition support because of Covid-19 (school year 2021–2022)",
    "SMT": "“Internet and computers for children”",
    "HB_VNN": "Learning support from the Fund “For the poor”",
    "NHCSXH_HN": "Loan for poor households (programme 01)",
    "NHCSXH_HCN": "Loan for near-poor households (programme 19)",
    "NHCSXH_MTN": "Loan for households that left poverty (programme 09)",
    "NHCSXH_GQVL": "Job creation loan (programme 03)",
    "TYM": "TYM loan (Women's Union)",
    "QTV_CNVCLD": "Loan of the Capital Aid Fund for poor workers",
    "NHA_XM": "New house (Great Unity house)",
    "NHA_SC": "House repair",
    "BHYT_HN": "Health insurance card, poor household",
    "BHYT_CN": "Health insurance support, near-poor household",
    "BHXH_TN": "Voluntary social insurance, support or gift",
    "KCB": "Free examination, advice and medicines",
    "QUA_TET": "Gifts at festivals and Tết",
    "DOT_XUAT": "Emergency relief",
    "COVID": "Covid-19 relief",
    "TCXH": "Monthly social allowance",
    "SINH_KE": "Livelihood, start-up and savings models",
    "NGHE": "Vocational training and job placement",
}


def load_policies() -> int:
    """Write funding sources and policies; return the number of policies."""
    content = json.loads(SOURCE.read_text(encoding="utf-8"))
    for order, entry in enumerate(content["fund_sources"]):
        _load_source(
            entry["code"], entry["name_vi"].replace("'Vì người nghèo'", "“Vì người nghèo”"), entry["group"], order
        )
    _load_source(SOURCE_NOT_STATED, "Nguồn không được nêu", "khac", 99, "Source not stated")
    order_of = {category: position * 100 for position, category in enumerate(Category.values)}
    for position, entry in enumerate(content["policies"]):
        policy, _new = SupportPolicy.objects.get_or_create(
            code=entry["code"],
            defaults={
                "category": entry["category"],
                "name": entry["name_vi"],
                "name_en": POLICIES_EN[entry["code"]],
                "legal_rule": _for_officers(entry["legal_rule"]),
                "beneficiary": _for_officers(entry["beneficiary"]),
                "rate": _for_officers(_rate(entry)),
                "universal": entry["code"] in UNIVERSAL,
                "repayable": entry["repayable"],
                "order": order_of[entry["category"]] + position,
            },
        )
        if _new:
            policy.default_sources.set(FundingSource.objects.filter(code__in=entry["default_fund_sources"]))
    SupportPolicy.objects.get_or_create(
        code=TUITION_UNDIVIDED,
        defaults={
            "category": Category.TUITION,
            "name": "Miễn, giảm học phí và hỗ trợ chi phí học tập (không tách)",
            "name_en": "Tuition relief and learning costs (not divided)",
            "beneficiary": "trẻ em thuộc hộ cận nghèo; trẻ khuyết tật",
            "order": order_of[Category.TUITION] + 50,
        },
    )
    SupportPolicy.objects.get_or_create(
        code=HOUSES_UNDIVIDED,
        defaults={
            "category": Category.HOUSING,
            "name": "Xây mới, sửa chữa nhà ở (không tách)",
            "name_en": "Houses built or repaired (not divided)",
            "beneficiary": "hộ cận nghèo",
            "order": order_of[Category.HOUSING] + 50,
        },
    )
    load_rates()
    load_entitlement()
    return len(content["policies"]) + 2


def load_rates() -> None:
    """Write the legal rates of policies that have none; what an administrator keeps is left alone."""
    sources = {source.code: source for source in FundingSource.objects.all()}
    without = {policy.code: policy for policy in SupportPolicy.objects.filter(rates=None)}
    for entry in json.loads(RATES.read_text(encoding="utf-8")):
        policy, source = without.get(entry.pop("policy")), sources.get(entry.pop("source", ""))
        if policy:
            PolicyRate.objects.create(policy=policy, source=source, **entry)


def load_entitlement() -> int:
    """Write the rules of who is entitled to what; return their number. Policies must be loaded before."""
    rules = json.loads(ENTITLEMENT.read_text(encoding="utf-8"))
    for order, entry in enumerate(rules):
        policies = entry.pop("policies", [])
        rule, new = EntitlementRule.objects.get_or_create(code=entry.pop("code"), defaults=entry | {"order": order})
        if new:
            rule.policies.set(SupportPolicy.objects.filter(code__in=policies))
    return len(rules)


# Remarks of those who gathered the facts: what nobody compared with its source says so on the page.
_UNCHECKED = re.compile(r"\([^()]*(?:recalled|not read|computed|not found)[^()]*\)")
_NOTHING_SAID = {"như trên", "không tra", "không công bố", "—", "không có mức luật định"}


def _for_officers(text: str | None) -> str:
    text = _UNCHECKED.sub("(chưa đối chiếu)", text or "").strip()
    return "" if text in _NOTHING_SAID else text


def _rate(entry: dict) -> str:
    """“150.000 đồng/học sinh/tháng…”; a rate in words stands as it is."""
    rate = entry["rate"]
    if isinstance(rate, int):
        return f"{rate:,} {entry['unit']}".replace(",", ".", 1)
    return rate or ""


def _load_source(code: str, name: str, group: str, order: int, name_en: str = "") -> None:
    FundingSource.objects.get_or_create(
        code=code,
        defaults={"name": name, "name_en": name_en or SOURCES_EN[code], "group": group, "order": order},
    )

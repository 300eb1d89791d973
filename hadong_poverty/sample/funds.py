"""Ledgers of three funds of the invented district: what came in, and from whom, before the help that is there was paid.

What is received follows from the help, quarter by quarter, so that the help stays as it is. For the last quarter
too little came in, and something is overspent.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, timedelta
from random import Random

from accounts.actor import current_actor
from support.codes import DonorKind, Nature
from support.funds import day_of, open_ledger
from support.models import Allocation, Donor, FundingLine, FundingSource, Receipt, SupportPolicy

SINCE = date(2021, 1, 1)
MILLION = 1_000_000
MISSING = 3 * MILLION
FUND = "VNN_QUAN"
_DONORS = (
    ("Công ty May mẫu Hà Đông", DonorKind.BUSINESS),
    ("Ngân hàng mẫu, chi nhánh Hà Đông", DonorKind.BUSINESS),
    ("Nhân dân các phường ủng hộ tháng cao điểm (mẫu)", DonorKind.COMMUNITY),
    ("Cơ quan, đơn vị của quận ủng hộ một ngày lương (mẫu)", DonorKind.STATE),
    ("Hội doanh nghiệp mẫu của quận", DonorKind.ORGANISATION),
)
# Of one purpose: what these gave in 2024 for gifts at Tết, a little more than was handed out.
_TET_DONORS = {"DBQH": (Nature.GRANT, ""), "AGRIBANK": (Nature.IN_KIND, "Gạo, dầu ăn, bánh kẹo")}


def keep_ledgers(seed: int, lines: Iterable[FundingLine]) -> int:
    """Enter what the funds received and set aside, then tie the help to it; return the number of receipts."""
    rng = Random(f"funds {seed}")
    donors = [Donor.objects.create(name=name, kind=kind, note="không có thật") for name, kind in _DONORS]
    needs = _needs(lines)
    receipts = []
    opening = _district_fund(rng, needs[FUND], donors, receipts)
    for code, (nature, goods) in _TET_DONORS.items():
        paid = sum(needs[code].values())
        receipts.append(
            Receipt(
                source=_source(code), day=date(2024, 1, 5), nature=nature, goods=goods, amount=_up(paid) + 10 * MILLION,
                policy=SupportPolicy.objects.get(code="QUA_TET"), purpose="Quà Tết Giáp Thìn (mẫu)",
                receipt_number=f"M-{code}-01",
            )
        )  # fmt: skip
    Receipt.objects.bulk_create(receipts)
    for code in (FUND, *_TET_DONORS):
        start = {Nature.GRANT: opening} if code == FUND else {}
        open_ledger(by=current_actor(), source=_source(code), since=SINCE, opening=start)
    return len(receipts)


def _source(code: str) -> FundingSource:
    return FundingSource.objects.get(code=code)


def _up(amount: int, step: int = 5 * MILLION) -> int:
    return -(-amount // step) * step


def _needs(lines: Iterable[FundingLine]) -> dict[str, dict[date, int]]:
    """{fund: {first day of a quarter: đồng paid in it}}."""
    needs = defaultdict(lambda: defaultdict(int))
    for line in lines:
        day = day_of(line.action)
        if day >= SINCE:
            needs[line.source.code][date(day.year, (day.month - 1) // 3 * 3 + 1, 1)] += line.amount
    return needs


def _district_fund(rng: Random, needs: dict[date, int], donors: list[Donor], receipts: list[Receipt]) -> int:
    """Money of several donors before each quarter, and a decision a year; return the opening balance."""
    source = _source(FUND)
    opening = left = needs.get(SINCE, 0) // (2 * MILLION) * MILLION
    quarters = sorted(needs)
    for quarter, following in zip(quarters, [*quarters[1:], None], strict=True):
        # Something is left at the quarter's end, never all that the next one needs; in the last one something is missing.
        rest = min(rng.randrange(5, 30, 5) * MILLION, needs[following] - MISSING) if following else -MISSING
        coming = needs[quarter] + rest - left
        left = rest
        first = coming * rng.randint(4, 7) // 10 // MILLION * MILLION
        for amount, donor in zip((first, coming - first), rng.sample(donors, 2), strict=True):
            if amount:
                day = quarter - timedelta(days=rng.randint(5, 60))
                receipts.append(
                    Receipt(
                        source=source, donor=donor, day=max(day, SINCE), nature=Nature.GRANT, amount=amount,
                        purpose="Ủng hộ Quỹ “Vì người nghèo” (mẫu)", receipt_number=f"M-PT{len(receipts) + 1:03d}",
                    )
                )  # fmt: skip
    of_year = defaultdict(int)
    for quarter, amount in needs.items():
        of_year[quarter.year] += amount
    Allocation.objects.bulk_create(
        Allocation(
            source=source, year=year, nature=Nature.GRANT, amount=_up(amount), decision_number=f"M-PB{year}/QĐ-BVĐ",
            decision_date=date(year, 1, 15), note="Phân bổ cả năm (mẫu)",
        )
        for year, amount in sorted(of_year.items())
    )  # fmt: skip
    return opening

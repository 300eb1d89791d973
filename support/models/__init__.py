from support.models.action import FundingLine, SupportAction
from support.models.fund import Allocation, Donor, Draw, Receipt
from support.models.policy import FundingSource, SupportPolicy

__all__ = [
    "Allocation",
    "Donor",
    "Draw",
    "FundingLine",
    "FundingSource",
    "Receipt",
    "SupportAction",
    "SupportPolicy",
]

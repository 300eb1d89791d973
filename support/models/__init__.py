from support.models.action import FundingLine, SupportAction
from support.models.attachment import Attachment, AttachmentContent
from support.models.batch import SupportBatch
from support.models.details import (
    DETAILS,
    RELATED_NAMES,
    ActionDetail,
    AssistanceDetail,
    EmploymentDetail,
    GiftDetail,
    HealthDetail,
    HousingDetail,
    InsuranceDetail,
    LivelihoodDetail,
    LoanDetail,
    ReliefDetail,
    TuitionDetail,
    detail_of,
)
from support.models.entitlement import EntitlementRule
from support.models.fund import Allocation, Donor, Draw, Receipt
from support.models.loan import Balance, LoanMovement, balance_of
from support.models.policy import FundingSource, SupportPolicy
from support.models.rate import PolicyRate

__all__ = [
    "DETAILS",
    "RELATED_NAMES",
    "ActionDetail",
    "Allocation",
    "AssistanceDetail",
    "Attachment",
    "AttachmentContent",
    "Balance",
    "Donor",
    "Draw",
    "EmploymentDetail",
    "EntitlementRule",
    "FundingLine",
    "FundingSource",
    "GiftDetail",
    "HealthDetail",
    "HousingDetail",
    "InsuranceDetail",
    "LivelihoodDetail",
    "LoanDetail",
    "LoanMovement",
    "PolicyRate",
    "Receipt",
    "ReliefDetail",
    "SupportAction",
    "SupportBatch",
    "SupportPolicy",
    "TuitionDetail",
    "balance_of",
    "detail_of",
]

from support.models.action import FundingLine, SupportAction
from support.models.policy import FundingSource, SupportPolicy

__all__ = ["FundingLine", "FundingSource", "SupportAction", "SupportPolicy"]

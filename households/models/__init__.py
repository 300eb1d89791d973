from households.models.collective import CollectiveStatus
from households.models.household import Household
from households.models.member import Member
from households.models.standard import Indicator, PovertyStandard
from households.models.status import PovertyStatus, StatusCause, StatusDeprivation

__all__ = [
    "CollectiveStatus",
    "Household",
    "Indicator",
    "Member",
    "PovertyStandard",
    "PovertyStatus",
    "StatusCause",
    "StatusDeprivation",
]

from households.models.collective import CollectiveStatus
from households.models.duplicate import DuplicateCase
from households.models.household import Household
from households.models.life import LifeEvent, Residence
from households.models.member import Member
from households.models.review import ReviewRound, RoundComment, StatusAmendment, StatusReview
from households.models.standard import Indicator, PovertyStandard
from households.models.status import PovertyStatus, StatusCause, StatusDeprivation

__all__ = [
    "CollectiveStatus",
    "DuplicateCase",
    "Household",
    "Indicator",
    "LifeEvent",
    "Member",
    "PovertyStandard",
    "PovertyStatus",
    "Residence",
    "ReviewRound",
    "RoundComment",
    "StatusAmendment",
    "StatusCause",
    "StatusDeprivation",
    "StatusReview",
]

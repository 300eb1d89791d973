from households.forms.conflict import Conflict
from households.forms.entry import HouseholdEntry, HouseholdForm, StatusEntry
from households.forms.members import BirthField, IdNumberInput, MemberForm, MemberFormSet
from households.forms.status import StatusForm

__all__ = [
    "BirthField",
    "Conflict",
    "HouseholdEntry",
    "HouseholdForm",
    "IdNumberInput",
    "MemberForm",
    "MemberFormSet",
    "StatusEntry",
    "StatusForm",
]

"""Which household is meant by what an officer typed."""

from dataclasses import dataclass, field

from django.utils.translation import gettext_lazy as _

from households.models import Household, Member
from wards.fields import clean_typed

MOST_CANDIDATES = 10


@dataclass
class HouseholdPick:
    """Which household is meant, from what was typed and what was ticked; only among those this person may see."""

    household: Household | None = None
    candidates: list[Household] = field(default_factory=list)
    error: str = ""
    more: bool = False

    @classmethod
    def of(cls, *, by, text: str = "", ticked: str = "") -> "HouseholdPick":
        """A ticked household counts unless the text has meanwhile become that of others."""
        visible = Household.objects.visible_to(by).with_head().select_related("ward", "residential_group")
        chosen = visible.filter(pk=ticked).first() if is_key(ticked) else None
        text = clean_typed(str(text or ""))[:100]
        if not text:
            if chosen:
                return cls(chosen, [chosen])
            return cls(error=_("No such household in your wards.") if ticked else _("Say which household was helped."))
        found = cls._found(visible, text)
        if chosen and found.filter(pk=chosen.pk).exists():
            return cls(chosen, [chosen])
        listed = list(found.order_by("head_sort_key", "pk")[: MOST_CANDIDATES + 1])
        if not listed:
            return cls(error=_("No household of your wards has this name, code or address."))
        if len(listed) == 1:
            return cls(listed[0], listed)
        several = _("Several households answer to this; tick the right one.")
        return cls(None, listed[:MOST_CANDIDATES], several, more=len(listed) > MOST_CANDIDATES)

    @staticmethod
    def _found(visible, text: str):
        """A code is exact; only where no household has it is the text a name or an address."""
        by_code = visible.filter(code__iexact=text)
        return by_code if by_code.exists() else visible.search(text)

    @property
    def members(self) -> list[Member]:
        return self.household.present_members if self.household else []


def is_key(text) -> bool:
    text = str(text or "")
    return text.isascii() and text.isdigit() and len(text) <= 18

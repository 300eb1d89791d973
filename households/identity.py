"""The personal number: 12-digit CCCD or 9-digit CMND, always text.

CCCD (NĐ 137/2015/NĐ-CP, Điều 13): three digits for the province of birth registration, one for
century and sex (0 and 1: 1900s male and female, 2 and 3: 2000s, …), two for the year of birth, six of chance.
"""

from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from households.codes import Sex

HANOI = "001"


@dataclass(frozen=True)
class Meaning:
    """What a 12-digit number says about its holder."""

    province: str
    sex: str
    birth_year: int


def meaning(number: str) -> Meaning | None:
    """Read a CCCD; None for a CMND or no number."""
    if len(number) != 12:
        return None
    century, sex = divmod(int(number[3]), 2)
    return Meaning(number[:3], Sex.FEMALE if sex else Sex.MALE, 1900 + 100 * century + int(number[4:6]))


def normalise(text: str) -> str:
    """Drop the spaces and dots people put between groups of digits."""
    return text.replace(" ", "").replace(".", "").replace("-", "").strip()


def check_number(number: str) -> None:
    """Raise ValidationError unless the text is 9 or 12 ASCII digits and not a placeholder."""
    if not (number.isascii() and number.isdigit()):
        raise ValidationError(_("The number may hold digits only."), code="not_digits")
    if len(number) not in (9, 12):
        message = _("A CCCD has 12 digits and a CMND 9; this one has %(count)d.")
        raise ValidationError(message, code="length", params={"count": len(number)})
    if len(set(number)) == 1 or number in {"123456789012", "123456789"}:
        raise ValidationError(_("This is a placeholder, not a number. Leave the field empty."), code="placeholder")


def contradictions(number: str, sex: str, birth_year: int | None) -> list[str]:
    """Where a CCCD says something else than the officer typed. Reason to ask, not to refuse."""
    said = meaning(number)
    found = []
    if said and sex and said.sex != sex:
        found.append(_("the number says %(said)s") % {"said": Sex(said.sex).label})
    if said and birth_year and said.birth_year != birth_year:
        found.append(_("the number says born in %(year)d") % {"year": said.birth_year})
    return found


def masked(number: str) -> str:
    """Only the last three digits: the others give away province, sex and year of birth."""
    return f"{'•' * (len(number) - 3)}{number[-3:]}" if number else ""

"""Template filters for figures, available in every template."""

from django import template
from django.utils.formats import number_format

register = template.Library()
UNKNOWN = "—"


@register.filter
def figure(value: int | float | None) -> str:
    """A number as people read it: 3477000000 → 3.477.000.000; unknown → “—”, never 0."""
    if value is None or value == "":
        return UNKNOWN
    if isinstance(value, str):
        return value
    return number_format(value, force_grouping=True)

"""Help of one household, for its page: the page passes the household and need not know this app."""

from django import template

from households.models import Household
from support import words
from support.listing import Row, in_order, with_details
from support.models import Attachment, SupportAction

register = template.Library()


@register.simple_tag(takes_context=True)
def actions_of(context, household: Household, *, told_with: Household | None = None) -> dict:
    """Standing and void records of a household, newest first, with the standing ones' money by nature.

    `told_with` is the household it was merged into, on whose page, which came through the door, it is told.
    """
    if told_with is not None and household.merged_into_id == told_with.pk:
        actions = SupportAction.objects.filter(household=household)
    else:
        actions = SupportAction.objects.visible_to(context["request"].user).filter(household=household)
    rows = [Row.of(action) for action in with_details(in_order(actions, "-date")).with_papers()]
    standing = [row for row in rows if not row.action.is_void]
    sums = words.money_by_nature(line for row in standing for line in row.action.lines)
    return {
        "standing": standing,
        "void": [row for row in rows if row.action.is_void],
        "money": words.labelled(sums),
    }


@register.simple_tag(takes_context=True)
def attachments_of(context, record: SupportAction | Household) -> list[Attachment]:
    """Papers and photos of an act of help, or the decisions on a household's years; erased ones by name only."""
    visible = Attachment.objects.visible_to(context["request"].user).select_related("status__standard")
    if isinstance(record, SupportAction):
        return list(visible.filter(action=record))
    return list(visible.filter(status__household=record).order_by("-status__year", "pk"))


@register.filter
def of_kind(attachments: list[Attachment], kind: str) -> list[Attachment]:
    """Those of one kind that are not erased."""
    return [each for each in attachments if each.kind == kind and each.removed_at is None]


@register.filter
def decided(statuses) -> list:
    """Classes of years on which a decision is on record, whose paper may be attached."""
    return [status for status in statuses if status.decision_number]


@register.filter
def lacks_evidence(action: SupportAction, attachments: list[Attachment]) -> bool:
    """Whether nothing shows that a group was helped: no paper, no decision, no note, no publication."""
    told = action.decision_number or action.note or action.published_as
    return not (action.is_named or told or any(each.removed_at is None for each in attachments))


@register.filter
def qualified(money: words.Money | None) -> str:
    """“gần 20.000.000”, “—”."""
    return words.qualified(*money) if money else words.UNKNOWN

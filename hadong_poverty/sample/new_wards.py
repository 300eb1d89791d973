"""Where the sample's residential groups went when their wards ended: invented, for no public list says it.

Quang Trung of January 2025 gets the groups of the three wards it was made of, so that its own split of July
can be followed. Most groups of a split ward go to its largest successor, a few to each of the others.
"""

from collections.abc import Sequence
from random import Random

from wards.models import GroupSuccession, ResidentialGroup, WardSuccession

# The part of a split ward that goes to the first of its successors on record.
MOSTLY = 0.6


def place_groups(seed: int, groups: Sequence[ResidentialGroup]) -> None:
    """Save where every group went; draws of its own, so that no family of the sample changes."""
    rng = Random(f"{seed}: where groups went")
    groups = list(groups)
    successions = WardSuccession.objects.select_related("predecessor", "successor").order_by("on", "pk")
    steps: dict[tuple, list[WardSuccession]] = {}
    for step in successions:
        steps.setdefault((step.on, step.predecessor_id), []).append(step)
    for (_on, ward), ways in steps.items():
        leaving = [group for group in groups if group.ward_id == ward]
        if len(ways) > 1:
            _split(rng, leaving, ways)
        elif not ways[0].successor.valid_to:
            continue  # it goes over whole, and its successor lasts
        else:
            groups += _hand_over(leaving, ways[0], sum(group.ward_id == ways[0].successor_id for group in groups))


def _split(rng: Random, leaving: list[ResidentialGroup], ways: list[WardSuccession]) -> None:
    weights = [MOSTLY] + [(1 - MOSTLY) / (len(ways) - 1)] * (len(ways) - 1)
    GroupSuccession.objects.bulk_create(
        GroupSuccession(group=group, successor=rng.choices(ways, weights)[0].successor) for group in leaving
    )


def _hand_over(leaving: list[ResidentialGroup], way: WardSuccession, there: int) -> list[ResidentialGroup]:
    """The successor's groups: those of the ward that went into it, numbered on."""
    made = [
        ResidentialGroup(
            ward=way.successor, number=there + place, name=f"Tổ dân phố {there + place} ({way.predecessor.name} cũ)"
        )
        for place in range(1, len(leaving) + 1)
    ]
    ResidentialGroup.objects.bulk_create(made)
    GroupSuccession.objects.bulk_create(
        GroupSuccession(group=old, successor=way.successor, successor_group=new)
        for old, new in zip(leaving, made, strict=True)
    )
    return made

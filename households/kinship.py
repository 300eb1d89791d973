"""What everybody is to a new head, as far as it follows from what both were to the head before."""

from households.codes import Relation

R = Relation
# A half-brother, a step-parent or a nephew cannot be told from here: what is not listed is asked of a person.
_FOLLOWS = {
    R.SPOUSE: {R.HEAD: R.SPOUSE, R.CHILD: R.CHILD, R.CHILD_IN_LAW: R.CHILD_IN_LAW, R.GRANDCHILD: R.GRANDCHILD},
    R.CHILD: {R.HEAD: R.PARENT, R.SPOUSE: R.PARENT, R.CHILD: R.SIBLING, R.PARENT: R.GRANDPARENT},
    R.PARENT: {R.HEAD: R.CHILD, R.SPOUSE: R.CHILD_IN_LAW, R.CHILD: R.GRANDCHILD, R.SIBLING: R.CHILD},
    R.SIBLING: {R.HEAD: R.SIBLING, R.SIBLING: R.SIBLING, R.PARENT: R.PARENT},
}


def relation_to(head: str, other: str) -> str:
    """The relation to a new head, both given by their relation to the old one; empty where it does not follow."""
    return other if head == R.HEAD else _FOLLOWS.get(head, {}).get(other, "")

"""Sums that remember how sure their parts were."""

from collections import defaultdict
from collections.abc import Hashable

from support.codes import combined_qualifier


class Sums:
    """Cells by key and column; a part that is only nearly, over or about marks its sum. What is unknown adds nothing."""

    def __init__(self):
        self.cells: dict[Hashable, dict[str, int]] = defaultdict(dict)
        self._doubts: dict[Hashable, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))

    def add(self, key: Hashable, column: str, amount: int | None, qualifier: str = "") -> None:
        if amount is not None:
            self.cells[key][column] = self.cells[key].get(column, 0) + amount
            self._doubts[key][column].add(qualifier)

    def marks(self, key: Hashable) -> dict[str, str]:
        """Which of the key's sums are not exact, and how."""
        found = self._doubts.get(key, {})
        return {column: mark for column, doubts in found.items() if (mark := combined_qualifier(doubts))}

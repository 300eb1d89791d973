"""What happens in a household's life: each a dated event, with what to put back when it is undone.

    split_and_merge.py   split_household · merge_households · close_duplicate
    members.py           change_head · join_member · lose_member · die_out
    moves.py             move_within · move_to_ward · move_out · move_in
    undo.py              undo_event · latest_event
    act.py               what every event does: checks its day, remembers what it changed
    days.py              on which days a household may have an event

A person who changes household leaves a row in the old one and gets a new row in the new one: what closed
years and help say of the old household stays true. Each function is one recorded transaction; it takes the
household's version, and where two households are concerned also the other's.
"""

from households.life.days import HELD_ABOVE, refuse_day, refuse_day_of_ward
from households.life.members import change_head, die_out, join_member, lose_member
from households.life.moves import move_in, move_out, move_to_ward, move_within
from households.life.split_and_merge import close_duplicate, merge_households, split_household
from households.life.undo import latest_event, undo_event

__all__ = [
    "HELD_ABOVE", "change_head", "close_duplicate", "die_out", "join_member", "latest_event", "lose_member",
    "merge_households", "move_in", "move_out", "move_to_ward", "move_within", "refuse_day", "refuse_day_of_ward",
    "split_household", "undo_event",
]  # fmt: skip

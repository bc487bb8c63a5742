"""Each checker of Part IV passes the right answer and names what is wrong with others."""

from __future__ import annotations

from fractions import Fraction

from companion.exercises import ch15, ch18
from factrank.layer.edit import delete_fact, insert_fact, set_fact
from tests.companion.exercises.answers import passing, told

TWINS = [(k, q, "yes") for k, asked in (("a", "rs"), ("b", "st"), ("c", "rs"), ("d", "st"))
         for q in asked]  # fmt: skip


def back(named):
    return set_fact(named, "Astrid", "lives_in", "Singapore")


def too_many_heads(named):
    gone = delete_fact(named, "Astrid", "lives_in")
    return insert_fact(gone, "Astrid", "lives_in", "Singapore")


def colin_too(named):
    return set_fact(back(named), "Colin", "lives_in", "Singapore")


def astrid_has_money(named):
    return insert_fact(back(named), "Astrid", "currency", "Dollar")


RIGHT = [
    (ch15.cost_of_copies, (0, 2)),
    (ch15.ceiling, 107 / 120),
    (ch15.ceiling, Fraction(107, 120)),
    (ch15.ceiling, 0.892),
    (ch15.merging_keys, TWINS),
    (ch18.output_of_edit, (-5, 5)),
    (ch18.moves_back, back),
    (ch18.others_moved, 13),
]
WRONG = [
    (ch15.cost_of_copies, (-1, 2), "a cost is not negative"),
    (ch15.cost_of_copies, (2, 2), "one copy: the other copy still holds all its facts"),
    (ch15.cost_of_copies, (0, 0), "both: without them nothing says x and y any more"),
    (ch15.cost_of_copies, (0, 4), "both: what the copies share is paid once"),
    (ch15.cost_of_copies, (0, 3), "both: 3 is not the number of values that are lost"),
    (ch15.ceiling, 1, "one answer cannot give both values"),
    (ch15.ceiling, 107, "recall is a share of the facts: it is at most 1"),
    (ch15.ceiling, 109 / 120, "that misses 11 of the 120 facts: one for each pair"),
    (ch15.ceiling, 107 / 109, "107 answers are right, out of 120 facts"),
    (ch15.ceiling, 0.95, "that misses 6 of the 120 facts; count what each pair"),
    (ch15.merging_keys, [("a", "r", "x")], "there is one key only"),
    (ch15.merging_keys, [("a", "r", "x"), ("b", "r", "y")], "the rank is 1, before it was 2"),
    (ch15.merging_keys, TWINS[:4], "with a and b merged the rank is 1, before it was 2"),
    (ch18.output_of_edit, (5, -5), "the other way round"),
    (ch18.output_of_edit, (-1, 1), "divide by tanh(t/2), and mind the scale 4"),
    (ch18.output_of_edit, (-1.25, 1.25), "add -1 to tea and 1 to milk; the logits have the scale"),
    (ch18.output_of_edit, (0, 5), "the 4 at tea must go"),
    (ch18.output_of_edit, (-5, 0), "add -4 to tea and 0 to milk; milk must become 4"),
    (ch18.moves_back, lambda named: named, "Astrid lives_in: the layer answers Malaysia, and Sing"),
    (ch18.moves_back, colin_too, "Colin lives_in: the layer answers Singapore, and Malaysia is"),
    (ch18.moves_back, astrid_has_money, "Astrid currency: the layer answers Dollar, and nothing"),
    (ch18.moves_back, too_many_heads, "all answers are right, with 2 heads more; one is enough"),
    (ch18.moves_back, lambda named: 3, "expected a NamedLayer back, found 3"),
    (ch18.moves_back, lambda named: named.nothing, "your function raises AttributeError"),
    (ch18.others_moved, 14, "14 with Helium itself; how many others"),
    (ch18.others_moved, 1053, "not all others"),
    (ch18.others_moved, 117, "117 other questions have not the same z"),
    (ch18.others_moved, -1, "a number of questions is not negative"),
]


test_right_answers_pass = passing(RIGHT)
test_wrong_answers_are_told_what_is_wrong = told(WRONG)

"""The delimiter that the first line of a table speaks for."""

from __future__ import annotations

import pytest

from factrank.facts.reading.cells import delimiter_of


@pytest.mark.parametrize("blank", ["", "\t\n", "\t\r", "\r\n \t\r\n"])
@pytest.mark.parametrize("line", ["key,query,value", "key;query;value", "key\tquery\tvalue"])
def test_blank_lines_before_it_do_not_count(blank, line):
    assert delimiter_of(f"{blank}{line}\na\tr\tx\n", "f.csv") == line[3]

"""One label in several forms: case, Unicode, blanks, ways to write a number or date. [ours]"""

from __future__ import annotations

import re
import unicodedata

Form = tuple[object, ...]

_NUMBER = re.compile(r"([+-]?)(\d*)(?:([.,])(\d*))?(?:[eE]([+-]?\d{1,4}))?")
_GROUPED = re.compile(r"[+-]?\d{1,3}(?:([ .,'_])\d{3})(?:\1\d{3})*(?:(?!\1)[.,]\d+)?")
_NAMES = "january february march april may june july august september october november december"
_MONTH = {name: n for n, name in enumerate(_NAMES.split(), 1)}
_MONTH |= {name[:3]: n for name, n in _MONTH.items()} | {"sept": 9}
_ISO = re.compile(r"(\d{4})([-/.])(\d{1,2})\2(\d{1,2})(?:[t ]00:00(?::00(?:\.0+)?)?z?)?")
_PACKED = re.compile(r"(\d{4})(\d\d)(\d\d)")
_DAY_OR_MONTH = re.compile(r"(\d{1,2})([-/.])(\d{1,2})\2(\d{4})")
_DAY_NAMED = re.compile(r"(\d{1,2})(?:st|nd|rd|th)?[ .-]+([a-z]+)\.?[ ,-]+(\d{4})")
_NAMED_DAY = re.compile(r"([a-z]+)\.? (\d{1,2})(?:st|nd|rd|th)?,? (\d{4})")
_NAMED_MONTH = re.compile(r"([a-z]+)\.?[ ,-]+(\d{4})")
_ISO_MONTH = re.compile(r"(\d{4})-(\d\d)")


def plain(label: str) -> str:
    """The label without capitals, forms of letters (NFKC) and spare blanks; accents stay.

    >>> plain("  São\\u00a0 TOMÉ ") == plain("sa\\u0303o tome\\u0301"), plain("Sao") == plain("São")
    (True, False)
    """
    if label.isascii():
        return " ".join(label.casefold().split())
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", label).casefold())
    return " ".join("".join(c for c in folded if unicodedata.category(c) != "Cf").split())


def numbers(label: str) -> frozenset[Form]:
    """The numbers that a label may be, exactly, whatever its digits; a comma is read both ways.

    >>> numbers("01") == numbers("1.0") == numbers("1e0") != numbers("10")
    True
    >>> len(numbers("1,000")), numbers("1,000") > numbers("1000"), numbers("group 1")
    (2, True, frozenset())
    """
    if not any(c.isdigit() for c in label):
        return frozenset()
    text = plain(label).replace("\u2212", "-").replace("\u2019", "'")
    found = {_value(*it.groups()) for it in [_NUMBER.fullmatch(text)] if it and (it[2] or it[4])}
    if grouped := _GROUPED.fullmatch(text):
        mark = grouped[1]
        if mark != "." or text.count(".") > 1 or "," in text:  # 1.000 is 1, as a rule
            if text.count(mark) > 1 or mark in " '_":
                found.clear()
            if it := _NUMBER.fullmatch(text.replace(mark, "")):
                found.add(_value(*it.groups()))
    return frozenset(found)


def _value(sign: str, whole: str, mark: str, part: str | None, power: str | None) -> Form:
    """Sign, digits and exponent: no rounding, however long."""
    digits = (_ascii(whole) + _ascii(part or "")).lstrip("0")
    exponent = int(power or 0) - len(part or "") + len(digits)
    digits = digits.rstrip("0")
    if not digits:  # 0E8 is a code rather than nothing times a power
        return ("number", False, "", int(power or 0))
    return ("number", sign == "-", digits, exponent)


def _ascii(digits: str) -> str:
    return "".join(str(unicodedata.digit(c)) for c in digits)


def dates(label: str) -> frozenset[Form]:
    """The days or months that a label may name; 5/6/2024 is read both ways, months in English.

    >>> dates("2024-05-31") == dates("31.05.2024") == dates("May 31st, 2024") == dates("20240531")
    True
    >>> len(dates("5/6/2024")), dates("May 2024") == dates("2024-05"), dates("2024")
    (2, True, frozenset())
    """
    if not any(c.isdigit() for c in label):
        return frozenset()
    text, found = plain(label), set()
    if it := _ISO.fullmatch(text):
        found.add((it[1], it[3], it[4]))
    if it := _PACKED.fullmatch(text):
        found.add((it[1], it[2], it[3]))
    if it := _DAY_OR_MONTH.fullmatch(text):
        found |= {(it[4], it[3], it[1]), *([(it[4], it[1], it[3])] if it[2] != "." else [])}
    if it := _DAY_NAMED.fullmatch(text):
        found.add((it[3], str(_MONTH.get(it[2], 0)), it[1]))
    if it := _NAMED_DAY.fullmatch(text):
        found.add((it[3], str(_MONTH.get(it[1], 0)), it[2]))
    if it := _NAMED_MONTH.fullmatch(text):
        found.add((it[2], str(_MONTH.get(it[1], 0)), ""))
    if it := _ISO_MONTH.fullmatch(text):
        found.add((it[1], it[2], ""))
    days = {(int(y), int(m), int(d) if d else None) for y, m, d in found}
    return frozenset(
        ("date", y, m, d) for y, m, d in days if 1 <= m <= 12 and (d is None or 1 <= d <= 31)
    )


def forms(label: str) -> frozenset[Form]:
    """What a label is, whatever its form: two that share one may be the same.

    >>> bool(forms("Lisbon") & forms("LISBON")), bool(forms("A+") & forms("A-"))
    (True, False)
    """
    return frozenset({("text", plain(label))}) | numbers(label) | dates(label)

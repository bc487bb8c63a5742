"""One label in several forms: case, Unicode, blanks, ways to write a number or date. [ours]"""

from __future__ import annotations

import re
import unicodedata

Form = tuple[object, ...]

_NUMBER = re.compile(r"([+-]?) ?(\d*)(?:([.,])(\d*))?(?:[eE]([+-]?\d{1,4}))?")
_GROUPED = re.compile(r"[+-]? ?\d{1,3}(?:([ .,'_])\d{3})(?:\1\d{3})*(?:(?!\1)[.,]\d+)?")
_QUANTITY = re.compile(r"([+-]?) ?([^\w\s.,+-]?) ?([+-]?\d[\d.,'_ ]*(?:e[+-]?\d+)?) ?(\D{0,4})")
_PLAIN_MARKS = str.maketrans(
    "\u2212\u2012\u2013\u2019\u066b\u066c", "---'.,"
)  # minus, and Arabic points
_NAMES = "january february march april may june july august september october november december"
_MONTH = {name: n for n, name in enumerate(_NAMES.split(), 1)}
_MONTH |= {name[:3]: n for name, n in _MONTH.items()} | {"sept": 9}
_ISO = re.compile(
    r"(\d{4})([-/.])(\d{1,2})\2(\d{1,2})(?:[t ]00:00(?::00(?:\.0+)?)?(?:z|\+00:?00)?)?"
)
_ASIAN = re.compile(
    r"(\d{4}) ?[\u5e74\ub144] ?(\d{1,2}) ?[\u6708\uc6d4] ?(\d{1,2}) ?[\u65e5\uc77c]"
)
_WEEKDAY = re.compile(r"(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?[.,]{0,2} ")
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
    folded = folded.replace("i\u0307", "i")  # what casefold makes of a capital i with its dot
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
    return _numbers(plain(label).translate(_PLAIN_MARKS))


def _numbers(text: str) -> frozenset[Form]:
    found = {_value(*it.groups()) for it in [_NUMBER.fullmatch(text)] if it and (it[2] or it[4])}
    if grouped := _GROUPED.fullmatch(text):
        mark = grouped[1]
        if mark != "." or text.count(".") > 1 or "," in text:  # 1.000 is 1, as a rule
            if text.count(mark) > 1 or mark in " '_":
                found.clear()
            if it := _NUMBER.fullmatch(text.replace(mark, "")):
                found.add(_value(*it.groups()))
    return frozenset(found)


def quantities(label: str) -> frozenset[Form]:
    """The numbers with a unit that a label may be, as 5 km, -5% or $5; of none, its numbers.

    >>> quantities("50%") == quantities("50.0 %"), quantities("-5 km") & quantities("5 km")
    (True, frozenset())
    """
    if found := numbers(label):
        return found
    it = _QUANTITY.fullmatch(plain(label).translate(_PLAIN_MARKS))
    if it is None or bool(it[2].strip()) == bool(it[4].strip()):
        return frozenset()
    unit = (it[2] or it[4]).strip()
    return frozenset((*form, unit) for form in _numbers(it[1] + it[3].strip()))


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
    text = text[it.end() :] if (it := _WEEKDAY.match(text)) else text
    if it := _ASIAN.fullmatch(text):
        found.add((it[1], it[2], it[3]))
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
    return frozenset({("text", plain(label))}) | quantities(label) | dates(label)

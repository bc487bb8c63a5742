"""Text in another encoding than UTF-8: read where a mark says which, else told with its place."""

from __future__ import annotations

from collections.abc import Callable

from factrank.errors import FactrankError
from factrank.facts.labels import printable
from factrank.facts.reading.cells import decode, recoded
from factrank.facts.reading.options import Faults, Reading

# the longer marks first: the second begins as the first does
_MARKS = {
    b"\xff\xfe\0\0": "utf-32", b"\0\0\xfe\xff": "utf-32", b"\xff\xfe": "utf-16",
    b"\xfe\xff": "utf-16",
}  # fmt: skip
_WIDE = {1: "utf-16-le", 0: "utf-16-be"}  # by the place of the zero in a pair
LOOKED = 2000  # bytes that show where the zeros stand
SHOWN = 12  # characters on each side
_ASKS = "(or its encoding named)"  # what the reader of UTF-8 says behind a fault


def in_utf8(data: bytes, name: str, reading: Reading) -> bytes:
    """The text in UTF-8: from the encoding that was asked for, or that its mark names.

    Bytes that are no UTF-8 stay for whoever may skip their lines; else they are faults, the first
    of them with its place and an encoding that would read it.

    >>> in_utf8("clé,x".encode("utf-16"), "f.csv", Reading()).decode()
    'clé,x'
    >>> in_utf8(b"key,r\\ncaf\\xe9,x", "f.csv", Reading())
    Traceback (most recent call last):
    ...
    factrank.errors.FactrankError: f.csv:2: found the byte 0xe9, expected UTF-8 text (byte 4 of the
        line; --encoding cp1252 reads 'café,x', and if that looks wrong, it is another)
    """
    marked = next((it for mark, it in _MARKS.items() if data.startswith(mark)), None)
    encoding = marked if reading.encoding is None else reading.encoding
    if encoding is not None:
        return recoded(data, encoding, Faults(name, reading))
    if wide := _unmarked(data):
        raise FactrankError(
            f"{name}:1: found a zero beside each letter, expected UTF-8 text "
            f"(--encoding {wide} reads it)"
        )
    if reading.skip_bad:
        return data
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        try:
            decode(data, Faults(name, reading))
        except FactrankError as told:
            place = _place(data, error.start)
            raise FactrankError(str(told).replace(_ASKS, f"({place})", 1)) from None
    return data


def _unmarked(data: bytes) -> str | None:
    """Two bytes a letter without a mark: nearly every other byte is zero, and no other."""
    start = data[: LOOKED - LOOKED % 2]
    halves = [start[n::2].count(0) for n in (0, 1)]
    most, least = max(halves), min(halves)
    if least or 4 * most <= len(start):
        return None
    wide = _WIDE[halves.index(most)]
    return (
        wide if any(it.isascii() and it.isalnum() for it in start.decode(wide, "replace")) else None
    )


def _place(data: bytes, place: int) -> str:
    """Which byte of its line it is, and an encoding that may read it, if one seems to."""
    begin = max(data.rfind(b"\n", 0, place), data.rfind(b"\r", 0, place)) + 1
    where = f"byte {place - begin + 1} of the line"
    for encoding, fits in _ENCODINGS.items():
        try:
            text = data.decode(encoding)
            start, at = (len(data[:it].decode(encoding)) for it in (begin, place))
        except UnicodeDecodeError:
            continue
        if fits([letter for letter in text if not letter.isascii()]) and _is_plain(text):
            line = text[start:].splitlines()[0]
            shown = printable(line[max(0, at - start - SHOWN) : at - start + SHOWN])
            how = f"--encoding {encoding} reads {shown!r}"
            return f"{where}; {how}, and if that looks wrong, it is another"
    return f"{where}; or its encoding named"


def _is_plain(text: str) -> bool:
    return all(letter.isprintable() or letter in "\t\n\r\xa0\xad" for letter in set(text))


def _japanese(letters: list[str]) -> bool:
    """Hiragana or katakana in a good part of them, and few of half width."""
    kana = sum("\u3040" <= it <= "\u30ff" for it in letters)
    half = sum("\uff61" <= it <= "\uff9f" for it in letters)
    return 5 * kana >= len(letters) and 5 * half < len(letters)


_ENCODINGS: dict[str, Callable[[list[str]], bool]] = {
    "shift_jis": _japanese,
    "euc_jp": _japanese,
    "cp1252": bool,
}

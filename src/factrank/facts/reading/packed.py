"""Archives of one file, by what they begin with: gzip, bzip2, xz, zip; never more than a limit."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn

from factrank.errors import FactrankError
from factrank.facts.labels import printable
from factrank.facts.reading.options import cut

if TYPE_CHECKING:
    from zipfile import ZipFile, ZipInfo

MOST = 2**29  # bytes that an archive may hold: what a bomb can cost
WINDOW = 2**28  # bytes that xz may look back on: its own most is a quarter of that
PIECE = 2**13  # packed bytes at a time: what follows a member is copied with the rest of its piece
STARTS = {b"\x1f\x8b\x08": "gzip", b"BZh": "bzip2", b"\xfd7zXZ\0": "xz", b"PK\3\4": "zip"}
ENDINGS = {"gz": "gzip", "bz2": "bzip2", "xz": "xz", "zip": "zip"}
_BLOCKS = (b"1AY&SY", b"\x17rE8P\x90")  # of bzip2: any other BZh begins a text


class Unpacked(NamedTuple):
    """``name`` for sentences, ``path`` for the ending, and the part of it that is asked for."""

    name: str
    path: str
    data: bytes
    part: str | None


def packing_of(data: bytes) -> str | None:
    """What kind of archive begins so.

    >>> packing_of(b"PK\\3\\4"), packing_of(b"BZh is a name,b\\n")
    ('zip', None)
    """
    kind = next((it for start, it in STARTS.items() if data.startswith(start)), None)
    return None if kind == "bzip2" and data[4:10] not in _BLOCKS else kind


def unpacked(name: str, data: bytes, part: str | None, *, text: bool) -> Unpacked:
    """What an archive holds; what is none stays as it is.

    ``text`` if it is told to be text, whatever its ending says. Errors: ``FactrankError`` for an
    archive that is cut off, broken or locked, holds more than ``MOST`` or another archive, and for
    a zip with several files of which none is named.
    """
    kind, ending = packing_of(data), ending_of(name)
    if kind is None:
        if ending in ENDINGS and not text:
            rule = "--format triples, wide, ... reads it, if it is text"
            _wrong(name, f"a {ENDINGS[ending]} archive", f"none by its first bytes ({rule})")
        return Unpacked(name, name, data, part)
    if kind == "zip":
        found = _member(name, data, part)
    else:
        path = name[: -len(ending) - 1] if ENDINGS.get(ending) == kind else name
        found = Unpacked(name, path, _stream(name, data, kind), part)
    if (inner := packing_of(found.data)) and not (inner == "zip" and is_book(found.data)):
        _wrong(name, "one archive", f"a {inner} archive inside of it (unpack the outer one first)")
    return found


def ending_of(name: str) -> str:
    """The ending of a path in lower case, without its dot.

    >>> ending_of("a/b.CSV"), ending_of("a.b/c"), ending_of(".hidden")
    ('csv', '', '')
    """
    last = name.rpartition("/")[2].rpartition("\\")[2].lstrip(".")
    return last.rpartition(".")[2].lower() if "." in last else ""


# ---- gzip, bzip2, xz: streams, one after the other -----------------------------------------------


def _stream(name: str, data: bytes, kind: str) -> bytes:
    out = bytearray()
    try:
        for piece in _pieces(data, *_TOOLS[kind]()):
            out += piece
            if len(out) > MOST:
                _bomb(name)
    except EOFError:
        _wrong(name, f"a whole {kind} archive", f"its end after {len(out)} bytes of what it holds")
    except (FactrankError, MemoryError):
        raise
    except Exception as error:  # zlib.error, LZMAError, OSError, ValueError: each says its own
        _wrong(name, f"a {kind} archive", f"a fault in it ({cut(str(error), 80)})")
    return bytes(out)


def _gzip() -> tuple[Callable[[], Any], bytes]:
    import zlib

    return lambda: _Inflate(zlib.decompressobj(wbits=31)), b"\0"


def _bzip2() -> tuple[Callable[[], Any], bytes]:
    from bz2 import BZ2Decompressor

    return BZ2Decompressor, b""


def _xz() -> tuple[Callable[[], Any], bytes]:
    from lzma import FORMAT_XZ, LZMADecompressor

    return lambda: LZMADecompressor(FORMAT_XZ, memlimit=WINDOW), b"\0"


_TOOLS = {"gzip": _gzip, "bzip2": _bzip2, "xz": _xz}


class _Inflate:
    """zlib's object with the words of the other two."""

    def __init__(self, it: Any) -> None:
        self.it, self.full = it, False

    def decompress(self, data: bytes, most: int) -> bytes:
        found: bytes = self.it.decompress(self.it.unconsumed_tail + data, most)
        self.full = len(found) == most
        self.eof, self.unused_data = self.it.eof, self.it.unused_data
        return found

    @property
    def needs_input(self) -> bool:
        return not (self.full or self.it.unconsumed_tail)


def _pieces(data: bytes, make: Callable[[], Any], padding: bytes) -> Iterator[bytes]:
    """What the streams hold; zeros may stand between two where the format lets them."""
    stream = None
    for start in range(0, len(data), PIECE):
        given = data[start : start + PIECE]
        while given or (stream is not None and not stream.needs_input):
            if stream is None:
                given = given.lstrip(padding)
                if not given:
                    break
                stream = make()
            yield stream.decompress(given, 2**20)
            given = b""
            if stream.eof:
                given, stream = stream.unused_data, None
    if stream is not None:
        raise EOFError


# ---- zip -----------------------------------------------------------------------------------------


def is_book(data: bytes) -> bool:
    """True for an Excel workbook, which is a zip by its first bytes."""
    try:
        return "xl/workbook.xml" in _opened(data).namelist()
    except Exception:  # whoever reads it says what is wrong
        return False


def _opened(data: bytes) -> ZipFile:
    import io
    from zipfile import ZipFile

    return ZipFile(io.BytesIO(data))


def in_pieces(members: list[Any]) -> bool:
    """Whether all are stored or deflated, and so come out piece by piece: the other methods of a
    zip give all that a few bytes hold at once, whatever size they claim."""
    from zipfile import ZIP_DEFLATED, ZIP_STORED

    return all(it.compress_type in (ZIP_STORED, ZIP_DEFLATED) for it in members)


def _member(name: str, data: bytes, part: str | None) -> Unpacked:
    if is_book(data):
        return Unpacked(name, name, data, part)
    try:
        archive = _opened(data)
        one = _named(name, archive.infolist(), part)
        if not in_pieces([one]):
            _wrong(name, "a zip that is stored or deflated", "another method")
        if one.file_size > MOST:
            _bomb(name)
        with archive.open(one) as file:
            found = file.read(MOST + 1)
    except (FactrankError, MemoryError):
        raise
    except RuntimeError:  # so it says that it wants a password
        _wrong(name, "a zip that opens without a password", "another")
    except Exception as error:  # BadZipFile, zlib.error, OSError, struct.error and more
        _wrong(name, "a zip archive", f"a fault in it ({cut(str(error), 80) or 'cut off'})")
    if len(found) > MOST:
        _bomb(name)
    return Unpacked(f"{name}::{printable(one.filename)}", one.filename, found, None)


def _named(name: str, members: list[ZipInfo], part: str | None) -> ZipInfo:
    files = [it for it in members if not it.is_dir() and not _beside(it.filename)]
    names = [it.filename for it in files]
    if "mimetype" in names and "content.xml" in names:
        _wrong(name, "an .xlsx or .csv (LibreOffice saves it so)", "an OpenDocument file")
    chosen = [it for it in files if part is None or it.filename == part]
    if len(chosen) == 1:
        return chosen[0]
    shown = cut(", ".join(names), 120) or "no file"
    if part is not None:
        _wrong(name, f"one of its files ({shown})", repr(cut(part)))
    rule = f"{name}::NAME names one" if files else "is it empty?"
    _wrong(name, "a zip of one file", f"{len(files)}: {shown} ({rule})" if files else "none")


def _beside(path: str) -> bool:
    """What a Mac puts beside the files of a zip."""
    return path.startswith("__MACOSX/") or path.rpartition("/")[2].startswith(".")


def _bomb(name: str) -> NoReturn:
    rule = f"an archive of at most {MOST // 2**20} MiB when unpacked"
    _wrong(name, rule, "more (unpack it first, and what is unpacked is read whole)")


def _wrong(name: str, rule: str, found: str) -> NoReturn:
    raise FactrankError(f"{name}: expected {rule}, found {found}")

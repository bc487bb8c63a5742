"""Archives: each format packed in each way reads as it does bare; what is broken, locked, too large
or of a kind that is not read is one sentence that names it."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import tracemalloc
import zipfile

import pytest

from factrank import FactrankError
from factrank.facts.reading import packed
from factrank.facts.reading.anything import REFUSED
from factrank.facts.reading.read import parse_rows, read_rows

CSV = b"key,query,value\na,r,x\nb,s,y\n"
FILES = {
    "f.csv": CSV,
    "f.tsv": CSV.replace(b",", b"\t"),
    "f": CSV,
    "f.jsonl": b'["a", "r", "x"]\n["b", "s", "y"]\n',
    "f.json": b'[["a", "r", "x"], ["b", "s", "y"]]',
    "f.nt": b"<a:a> <a:r> <a:x> .\n<a:b> <a:s> <a:y> .\n",
    "f.nq": b"<a:a> <a:r> <a:x> <a:g> .\n<a:b> <a:s> <a:y> .\n",
    "f.ttl": b"@prefix a: <a:> . a:a a:r a:x . a:b a:s a:y .\n",
}


def zipped(**files: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as pile:
        for name, data in files.items():
            pile.writestr(name, data)
    return out.getvalue()


WAYS = {"gz": gzip.compress, "bz2": bz2.compress, "xz": lzma.compress}
KINDS = {"gz": "gzip", "bz2": "bzip2", "xz": "xz"}


def sentence(data, name, **options):
    with pytest.raises(FactrankError) as caught:
        parse_rows(data, name, **options)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("way", [*WAYS, "zip"])
def test_what_is_packed_reads_as_it_does_bare(name, way):
    bare = parse_rows(FILES[name], name)
    assert len(bare) == 2
    if way == "zip":
        data = zipped(**{"__MACOSX/._f": b"x", f"in/{name}": FILES[name], "in/.DS_Store": b"x"})
        found = parse_rows(data, "f.zip")
        assert found.name == f"f.zip::in/{name}"
    else:
        found = parse_rows(WAYS[way](FILES[name]), f"{name}.{way.upper()}")
        assert found.name == f"{name}.{way.upper()}"
        assert list(parse_rows(WAYS[way](FILES[name]), name)) == list(bare)  # by its first bytes
    assert list(found) == list(bare)


@pytest.mark.parametrize("way", WAYS)
def test_streams_one_after_the_other_are_one_text(way):
    pack = WAYS[way]
    many = b"".join(pack(CSV[n : n + 1]) for n in range(len(CSV)))
    assert list(parse_rows(many, f"f.csv.{way}")) == list(parse_rows(CSV))
    padded = (
        pack(CSV[:20])
        + b"\0" * 8 * (way != "bz2")
        + pack(CSV[20:])
        + b"\0" * (512 * (way != "bz2"))
    )
    assert len(parse_rows(padded, f"f.csv.{way}")) == 2


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("rows", [2**20 // 6, 10**6])
def test_a_few_bytes_that_hold_millions_are_read_whole(way, rows):
    text = b"key,query,value\n" + b"a,r,x\n" * rows
    assert len(parse_rows(WAYS[way](text), f"f.csv.{way}")) == rows


@pytest.mark.parametrize("way", WAYS)
def test_what_is_cut_off_or_broken_anywhere_is_one_sentence(way):
    data = WAYS[way](CSV * 100)
    for end in range(12, len(data)):
        found = sentence(data[:end], f"f.csv.{way}")
        assert found.startswith(f"f.csv.{way}: expected a ") and KINDS[way] in found
    assert "found its end after" in sentence(data[:-1], f"f.csv.{way}")
    for n in range(12, len(data), 3):  # no flipped byte is read as facts
        broken = data[:n] + bytes([data[n] ^ 0xFF]) + data[n + 1 :]
        assert "expected a" in sentence(broken, f"f.csv.{way}")
    assert "archive, found" in sentence(data + b"more", f"f.csv.{way}")


@pytest.mark.parametrize("way", [*WAYS, "zip"])
def test_a_bomb_is_refused_in_the_memory_that_it_is_allowed(way, monkeypatch):
    monkeypatch.setattr(packed, "MOST", 2**22)
    zeros = b"0" * 2**27
    data = zipped(f=zeros) if way == "zip" else WAYS[way](zeros)
    del zeros
    tracemalloc.start()
    try:
        found = sentence(data, f"f.{way}")
        assert tracemalloc.get_traced_memory()[1] < 5 * 2**22
    finally:
        tracemalloc.stop()
    assert found == (
        f"f.{way}: expected an archive of at most 4 MiB when unpacked, found more (unpack it "
        "first, and what is unpacked is read whole)"
    )


def test_what_a_zip_says_of_its_size_is_not_believed():
    data = bytearray(zipped(f=b"x" * 100))
    for at in (22, data.index(b"PK\1\2") + 24):  # the size in both of its places
        data[at : at + 4] = (10).to_bytes(4, "little")
    assert "found a fault in it" in sentence(bytes(data), "f.zip")


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_zip_that_cannot_come_out_piece_by_piece_is_told(method):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as pile:
        pile.writestr("f.csv", b"0" * 2**27)
    tracemalloc.start()
    try:
        found = sentence(out.getvalue(), "f.zip")
        assert tracemalloc.get_traced_memory()[1] < 2**22
    finally:
        tracemalloc.stop()
    assert found == "f.zip: expected a zip that is stored or deflated, found another method"


def test_a_zip_of_several_files_asks_for_a_name(tmp_path):
    path = tmp_path / "f.zip"
    path.write_bytes(zipped(**{"a.csv": CSV, "b.tsv": CSV.replace(b",", b"\t")}))
    with pytest.raises(FactrankError) as caught:
        read_rows(path)
    assert str(caught.value) == (
        f"{path}: expected a zip of one file, found 2: a.csv, b.tsv ({path}::NAME names one)"
    )
    assert list(read_rows(f"{path}::b.tsv")) == list(parse_rows(CSV))
    with pytest.raises(FactrankError, match=r"expected one of its files \(a.csv, b.tsv\), found"):
        read_rows(f"{path}::c.csv")


def test_an_empty_zip_and_one_inside_another():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as pile:
        pile.writestr("only/", b"")
    assert sentence(out.getvalue(), "f.zip") == "f.zip: expected a zip of one file, found none"
    twice = gzip.compress(gzip.compress(CSV))
    assert sentence(twice, "f.csv.gz") == (
        "f.csv.gz: expected one archive, found a gzip archive inside of it (unpack the outer one "
        "first)"
    )


def test_a_locked_zip_is_told():
    data = bytearray(zipped(f=CSV))
    for at in (6, data.index(b"PK\1\2") + 8):  # the flag that says it is encrypted
        data[at] |= 1
    assert "a zip that opens without a password" in sentence(bytes(data), "f.zip")


@pytest.mark.parametrize("ending", [*WAYS, "zip"])
def test_an_ending_that_promises_an_archive(ending):
    found = sentence(CSV, f"f.csv.{ending}")
    assert "archive, found none by its first bytes (--format" in found
    assert len(parse_rows(CSV, f"f.csv.{ending}", format="triples")) == 2


@pytest.mark.parametrize("ending", REFUSED)
def test_what_is_known_and_not_read_is_told_by_name(ending):
    what, rule = REFUSED[ending]
    assert sentence(CSV, f"f.{ending}") == f"f.{ending}: found {what}, expected {rule}"
    assert len(parse_rows(CSV, f"f.{ending}", format="triples")) == 2


def test_what_is_no_text_is_told_whatever_it_is_called():
    for start, word in (
        (b"\x28\xb5\x2f\xfd", "Zstandard"), (b"7z\xbc\xaf\x27\x1c", "7-Zip"), (b"%PDF-1.7", "PDF"),
        (b"Rar!\x1a\x07", "RAR"), (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "Excel before 2007"),
        (b"ARROW1\0", "Arrow"),
    ):  # fmt: skip
        assert word in sentence(start + b"more", "f.csv")
        assert word in sentence(gzip.compress(start + b"more"), "f.csv.gz")
    assert len(parse_rows(b"BZh9,a\nx,y\n", "f.csv")) == 1  # a text may begin so

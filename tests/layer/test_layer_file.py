"""Layers on disk: the same after reading, and one sentence for every broken file."""

from __future__ import annotations

import json
import os
import struct
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from factrank import FactrankError, read
from factrank.layer import file
from factrank.layer.building import recipes
from factrank.layer.edit import set_fact
from factrank.rank.interval import rank_interval


@pytest.fixture(scope="module")
def named():
    db = read("library:example")
    made = recipes.compile_database(db, tau=0.9, interval=lambda it: rank_interval(it, "quick"))
    return set_fact(made, "Colin", "lives_in", "Singapore")


@pytest.fixture
def path(named, tmp_path: Path) -> Path:
    at = tmp_path / "layer.safetensors"
    file.save(at, named)
    return at


def told(path: Path) -> str:
    with pytest.raises(FactrankError) as error:
        file.load(path)
    sentence = str(error.value)
    assert sentence.startswith(f"{path}: expected ") and "\n" not in sentence
    return sentence


def rewritten(path: Path, change) -> None:
    """Change the header of a safetensors file and leave its numbers alone."""
    raw = path.read_bytes()
    length = struct.unpack("<Q", raw[:8])[0]
    header = json.loads(raw[8 : 8 + length])
    change(header)
    new = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(new)) + new + raw[8 + length :])


def test_one_layer_is_one_file_byte_for_byte(named, path):
    before = path.read_bytes()
    for _ in range(3):  # safetensors has its metadata in one of 720 orders
        file.save(path, file.load(path), force=True)
        assert path.read_bytes() == before
    assert struct.unpack("<Q", before[:8])[0] % 8 == 0


def test_what_is_read_is_what_was_written(named, path):
    found = file.load(path)
    assert vars(found).keys() == vars(named).keys()
    for name in ("keys", "queries", "values", "database", "method", "scale", "edits"):
        assert getattr(found, name) == getattr(named, name)
    assert found.layer.config == named.layer.config
    for one, other in zip(found.layer.weights, named.layer.weights, strict=True):
        assert torch.equal(one, other)
    assert path.read_bytes()[8:9] == b"{"  # a header of text, no pickle


@pytest.mark.parametrize("keep", [0, 7, 8, 200, -1])
def test_a_file_cut_short_is_told(path, keep):
    path.write_bytes(path.read_bytes()[:keep])
    assert "cut short or of another kind" in told(path)


def test_any_changed_number_or_word_is_told(path):
    raw = bytearray(path.read_bytes())
    raw[-3] ^= 1
    path.write_bytes(raw)
    assert "the file was changed" in told(path)


@pytest.mark.parametrize("part", file.PARTS)
def test_changed_metadata_is_told(path, part):
    def change(header):
        text = header["__metadata__"][part]
        header["__metadata__"][part] = text.replace("]", " ]", 1).replace("}", " }", 1)

    rewritten(path, change)
    assert "the file was changed" in told(path)


def test_a_part_that_is_missing_is_told(path):
    rewritten(path, lambda header: header["__metadata__"].pop("labels"))
    assert "some missing" in told(path)


def test_foreign_files_are_told(tmp_path):
    other = tmp_path / "model.safetensors"
    save_file({"weight": torch.zeros(2)}, other)
    assert "found 'a safetensors file without that mark'" in told(other)
    save_file({"weight": torch.zeros(2)}, other, metadata={"format": "pt"})
    assert told(other).endswith("found 'pt'")
    text = tmp_path / "facts.csv"
    text.write_text("key,query,value\na,r,x\n" * 50)
    assert "cut short or of another kind" in told(text)
    assert "No such file" in told(tmp_path / "nothing")
    assert "Is a directory" in told(tmp_path)


def test_a_fault_while_writing_leaves_the_old_file(named, path, monkeypatch):
    before = path.read_bytes()

    def full(source, target):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(FactrankError, match="expected a file that can be written, found: No space"):
        file.save(path, named, force=True)
    assert path.read_bytes() == before
    assert [it.name for it in path.parent.iterdir()] == [path.name]

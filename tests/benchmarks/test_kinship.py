"""The kinship that the benchmark reads, from files that stand in for pykeen's."""

from __future__ import annotations

import pytest

from factrank.errors import FactrankError
from tests.benchmarks import kinship


def test_kinship_is_read_from_pykeens_files_without_importing_it(tmp_path, monkeypatch):
    folder = tmp_path / "pykeen" / "datasets" / "kinships"
    folder.mkdir(parents=True)
    (tmp_path / "pykeen" / "__init__.py").write_text("raise ImportError('not to be imported')")
    for name, line in zip(kinship.FILES, ("a\tt\tb\n", "b\tt\ta", "a\ts\ta\n"), strict=True):
        (folder / name).write_text(line)
    monkeypatch.syspath_prepend(tmp_path)
    db = kinship.alyawarra()
    assert sorted(db.triples()) == [("a", "s", "a"), ("a", "t", "b"), ("b", "t", "a")]
    (folder / "test.txt").unlink()
    with pytest.raises(FactrankError, match="expected the package pykeen with its data set"):
        kinship.alyawarra()

"""A Parquet file, read by pyarrow (extra `tables`)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from factrank.errors import FactrankError
from factrank.facts.reading.options import cut
from factrank.packages import needed

BATCH = 4096  # rows at a time


def parquet_rows(data: bytes, name: str, part: str | None) -> Iterator[Sequence[Any]]:
    """The names of the columns, then the rows; a number of 32 bits is its shortest decimal.

    Errors: ``FactrankError`` for a broken file, and for an index that pandas kept in it.
    """
    if part is not None:
        raise FactrankError(f"{name}: expected no part of a Parquet file, found {cut(part)!r}")
    needed(name, "tables", ["pyarrow"])
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        file = pq.ParquetFile(pa.BufferReader(data))
        schema = file.schema_arrow
        _check_index(schema.metadata or {}, name)
        yield list(schema.names)
        for batch in file.iter_batches(BATCH):
            yield from zip(*(_cells(pa, it) for it in batch.columns), strict=True)
    except pa.ArrowMemoryError:
        raise
    except (pa.ArrowException, OSError, ValueError) as error:
        if isinstance(error, FactrankError):
            raise
        found = cut(str(error).split("\n")[0], 120)
        raise FactrankError(f"{name}: expected a Parquet file, found: {found}") from None


def _cells(pa: Any, column: Any) -> list[Any]:
    if pa.types.is_float16(column.type) or pa.types.is_float32(column.type):
        return [it and float(it) for it in column.cast(pa.string()).to_pylist()]
    return list(column.to_pylist())


def _check_index(metadata: dict[bytes, bytes], name: str) -> None:
    """A frame's index that is more than a numbering is a column of the file, which may be a key."""
    try:
        told = json.loads(metadata.get(b"pandas", b"{}"))
        index = [it for it in told.get("index_columns", ()) if isinstance(it, str)]
    except (ValueError, AttributeError, TypeError, RecursionError):
        return
    if index:
        raise FactrankError(
            f"{name}: expected a mere numbering as index, found {cut(', '.join(index))} "
            "(reset_index() before to_parquet() makes it a column, and the first)"
        )

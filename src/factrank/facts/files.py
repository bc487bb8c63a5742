"""Writing a file so that its path holds all of it or what it held before."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

from factrank.errors import FactrankError


@contextmanager
def replacing(path: str | Path, mode: str = "w") -> Iterator[IO[Any]]:
    """A new file, "w" (text) or "wb", that takes the path's place once it is whole.

    A fault or an interrupt inside leaves the old file, and nothing beside it. A link is followed,
    an old file's permissions are kept.

    Errors: ``FactrankError`` if the path cannot be written, or names no ordinary file.

    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "facts.csv"
    >>> with replacing(path) as file:
    ...     _ = file.write("key,query,value")
    >>> path.read_text()
    'key,query,value'
    """
    target = Path(path)
    # A lone surrogate in a label becomes the escape that JSON has for it.
    text = {} if "b" in mode else {"encoding": "utf-8", "errors": "backslashreplace"}
    try:
        if str(path) == "-" or (target.exists() and not target.is_file()):
            raise FactrankError(
                f"{path}: expected the path of an ordinary file, found another thing"
            )
        target = target.resolve()  # through a link, not in its place
        handle, name = tempfile.mkstemp(prefix=f".{target.name[:50]}.", dir=target.parent)
        try:
            with open(handle, mode, **text) as file:
                yield file
            os.chmod(name, target.stat().st_mode & 0o777 if target.exists() else _new_mode())
            os.replace(name, target)
        except BaseException:
            with suppress(OSError):
                os.unlink(name)
            raise
    except (OSError, ValueError) as error:
        if isinstance(error, FactrankError):
            raise
        reason = getattr(error, "strerror", None) or str(error)
        raise FactrankError(
            f"{path}: expected a file that can be written, found: {reason}"
        ) from None


def _new_mode() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask

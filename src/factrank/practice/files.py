"""Writing files that a person keeps: never over another by mistake, never half."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path

from factrank.errors import FactrankError


def check_new(path: str, *, force: bool = False, inputs: Iterable[str] = ()) -> Path:
    """The path to write to, if that loses nothing.

    Errors: ``FactrankError`` for a path that exists (unless ``force``), is one of the ``inputs``
    (always), is a directory or another thing that is no ordinary file, or lies in no directory.
    """
    target = Path(path)
    try:
        if path in ("", "-") or (target.exists() and not target.is_file()):
            what = "a directory" if target.is_dir() and path else "no path of a file"
            raise FactrankError(
                f"{path or repr(path)}: expected the path of a new file, found {what}"
            )
        for source in inputs:
            if Path(source).exists() and target.exists() and target.samefile(source):
                raise FactrankError(
                    f"{path}: expected another path than that of {source}, found the same file "
                    "(nothing is edited in place)"
                )
        if (target.exists() or target.is_symlink()) and not force:
            raise FactrankError(
                f"{path}: expected the path of a new file, found one that exists "
                "(--force writes over it)"
            )
        if not target.parent.is_dir():
            raise FactrankError(
                f"{path}: expected a directory to write in, found no {target.parent}"
            )
        return target.resolve()  # through a link, not in its place
    except (OSError, ValueError) as error:  # a path with a NUL is a ValueError
        raise _unwritable(path, error) from None


def write_files(texts: Mapping[str, Iterable[str]], *, force: bool = False) -> None:
    """Write all the files or none: each beside its path first, then all moved into place.

    Line ends are written as given, the text as UTF-8. Errors: ``FactrankError`` as in
    ``check_new``, for one path given twice, and where the disk is full or the text cannot be
    written; what stood at the paths before stands there still.
    """
    targets = {path: check_new(path, force=force) for path in texts}
    if len(set(targets.values())) < len(targets):
        raise FactrankError(f"{next(iter(texts))}: expected different paths, found one twice")
    ready: dict[str, str] = {}
    path = ""
    try:
        for path, chunks in texts.items():
            ready[path] = _beside(targets[path], chunks)
        for path, name in ready.items():
            os.replace(name, targets[path])
    except (OSError, UnicodeError) as error:
        raise _unwritable(path, error) from None
    finally:
        for name in ready.values():
            with suppress(OSError):  # those in place are there no more
                os.unlink(name)


def _beside(target: Path, chunks: Iterable[str]) -> str:
    handle, name = tempfile.mkstemp(prefix=f".{target.name[:50]}.", dir=target.parent)
    try:
        with open(handle, "w", encoding="utf-8", newline="") as file:
            file.writelines(chunks)
            file.flush()
            os.fsync(file.fileno())  # a full disk is met here, before anything is replaced
        os.chmod(name, target.stat().st_mode & 0o777 if target.exists() else _new_mode())
    except BaseException:
        with suppress(OSError):
            os.unlink(name)
        raise
    return name


def _new_mode() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask


def _unwritable(path: str, error: Exception) -> FactrankError:
    if isinstance(error, FactrankError):
        return error
    reason = getattr(error, "strerror", None) or str(error)
    return FactrankError(f"{path}: expected a file that can be written, found: {reason}")

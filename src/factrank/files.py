"""Writing files that a person keeps: whole or not at all, never over another by mistake."""

from __future__ import annotations

import errno
import os
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import IO, Any

from factrank.errors import FactrankError


def check_new(path: str | Path, *, force: bool = False, inputs: Iterable[str] = ()) -> Path:
    """The path to write to, if that loses nothing.

    ``inputs`` are named as a command names them: ``-`` is standard input, whatever file that is.
    Errors: ``FactrankError`` for a path that exists (unless ``force``), is one of the ``inputs``
    or the file of standard output (always), is a directory or another thing that is no ordinary
    file, or lies in no directory.
    """
    target = Path(path)
    with _told(path):
        folder = str(path).endswith(("/", os.sep)) and not target.is_file()
        if (
            folder
            or str(path) in ("", "-")
            or not path
            or (target.exists() and not target.is_file())
        ):
            what = "a directory" if folder or (target.is_dir() and path) else "no path of a file"
            raise FactrankError(
                f"{path or repr(path)}: expected the path of a new file, found {what}"
            )
        if target.exists() and _is_output(target.stat()):
            raise FactrankError(
                f"{path}: expected another path than that of standard output, found the same file "
                "(the answer is printed there)"
            )
        for source in (inputs,) if isinstance(inputs, str | os.PathLike) else inputs:
            if target.exists() and _is_source(source, target.stat()):
                raise FactrankError(
                    f"{path}: expected another path than that of {source}, found the same file "
                    "(no input is written over)"
                )
        if (target.exists() or target.is_symlink()) and not force:
            raise _there(path)
        if not target.parent.is_dir():
            raise FactrankError(
                f"{path}: expected a directory to write in, found no {target.parent}"
            )
        try:
            return target.resolve()  # through a link, not in its place
        except RuntimeError:  # an OSError from Python 3.13 on
            raise OSError(errno.ELOOP, os.strerror(errno.ELOOP)) from None


@contextmanager
def replacing(
    path: str | Path,
    mode: str = "w",
    *,
    force: bool = True,
    inputs: Iterable[str] = (),
    errors: str = "strict",
) -> Iterator[IO[Any]]:
    """A new file, "w" (text, UTF-8, line ends as given) or "wb", that takes the path once it is
    whole.

    A fault or an interrupt inside leaves the old file, and nothing beside it. A link is followed,
    an old file's permissions are kept. Without ``force`` even a file that appeared meanwhile stays.

    Errors: ``FactrankError`` as in ``check_new``, and if the path cannot be written.

    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "facts.csv"
    >>> with replacing(path) as file:
    ...     _ = file.write("key,query,value")
    >>> path.read_text()
    'key,query,value'
    """
    target = check_new(path, force=force, inputs=inputs)
    text: dict[str, Any] = {"encoding": "utf-8", "errors": errors, "newline": ""}
    with _told(path):
        handle, name = tempfile.mkstemp(prefix=f".{target.name[:50]}.", dir=target.parent)
        try:
            with open(handle, mode, **({} if "b" in mode else text)) as file:
                yield file
                file.flush()
                os.fsync(file.fileno())  # a full disk is met here, before anything is replaced
            os.chmod(name, target.stat().st_mode & 0o777 if target.exists() else _new_mode())
            _into_place(name, target, force, path)
        finally:
            with suppress(OSError):  # what is in place is there no more
                os.unlink(name)


def write_files(
    texts: Mapping[str, Iterable[str]], *, force: bool = False, inputs: Iterable[str] = ()
) -> None:
    """Write all the files or none: each beside its path first, then all moved into place.

    Errors: ``FactrankError`` as in ``replacing``, and for one path given twice; what stood at the
    paths before stands there still.
    """
    inputs = (inputs,) if isinstance(inputs, str | os.PathLike) else tuple(inputs)
    targets = [check_new(path, force=force, inputs=inputs) for path in texts]
    if len(set(targets)) < len(targets):
        raise FactrankError(f"{next(iter(texts))}: expected different paths, found one twice")
    with ExitStack() as stack:
        for path, chunks in texts.items():
            file = stack.enter_context(replacing(path, force=force, inputs=inputs))
            with _told(path):
                file.writelines(chunks)
                file.flush()
                os.fsync(file.fileno())


def _is_source(source: str | os.PathLike[str], target: os.stat_result) -> bool:
    try:
        source = os.fspath(source)
        if source == "-":
            return os.path.samestat(target, os.fstat(sys.stdin.fileno()))
        if source.startswith("library:"):
            folder = Path(__file__).parent / "facts" / "library"
            return any(os.path.samestat(target, it.stat()) for it in folder.iterdir())
        return os.path.samestat(target, os.stat(source))
    except (OSError, ValueError, AttributeError):  # no such file, or no standard input
        return False


def _is_output(target: os.stat_result) -> bool:
    """A file that standard output goes to: what is printed would be lost with it."""
    try:
        return os.path.samestat(target, os.fstat(sys.stdout.fileno()))
    except (OSError, ValueError, AttributeError):  # closed, or no file
        return False


def _into_place(name: str, target: Path, force: bool, path: str | Path) -> None:
    """``os.replace``; without ``force`` by a link, which fails where a file has appeared."""
    if force:
        os.replace(name, target)
        return
    try:
        os.link(name, target)
    except FileExistsError:
        raise _there(path) from None
    except OSError:  # a file system without links: looked at once more, then moved
        if target.exists():
            raise _there(path) from None
        os.replace(name, target)


def _there(path: str | Path) -> FactrankError:
    return FactrankError(
        f"{path}: expected the path of a new file, found one that exists (--force writes over it)"
    )


@contextmanager
def _told(path: str | Path) -> Iterator[None]:
    """What the system says of a path, in one sentence; a NUL in it is a ValueError."""
    try:
        yield
    except FactrankError:
        raise
    except (OSError, UnicodeError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise FactrankError(
            f"{path}: expected a file that can be written, found: {reason}"
        ) from None


def _new_mode() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask

"""The command's edge: one answer on stdout, one sentence on stderr, one status; and where one
waits, how much is done, how long it takes yet, and Ctrl-C as a wish to end well.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from typing import Any

from factrank import __version__
from factrank.errors import FactrankError
from factrank.packages import absent, extra_of

try:
    import click  # much of the start: who interrupts here wants no traceback either
    from click.exceptions import Exit as Exit
except KeyboardInterrupt:
    sys.exit(130)

from factrank.cli.typed import command_of

NO, BAD, INTERRUPTED = 1, 2, 130
CLEAR = "\r\x1b[K"  # a terminal's line
PATIENCE = 2.0  # seconds before a forecast is given
PACE = 0.5  # seconds between two of them
SHORT = "factrank: expected its input to go on, found its end (is a file cut short?)"
HOMES = {  # command -> its module in this room, in the order of the help
    "capacity": "plan",
    "compile": "layer",
    "recall": "layer",
    "ask": "layer",
    "edit": "edit",
    "compact": "edit",
    "heads": "practice",
    "plan": "plan",
    "audit": "practice",
    "normalize": "practice",
    "rank": "rank",
    "verify": "rank",
    "explain": "rank",
    "library": "rank",
    "train": "train",
    "try": "train",
}


class _Commands(click.Group):
    """The commands by name: the module of the one that was typed is loaded, and no other.

    Other packages add theirs by an entry point of the group ``factrank.commands``, a module that
    registers on import; these are loaded for a name that is none of ours, and for the list of all.
    """

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        """The command of that name, or None."""
        if name in HOMES:
            import_module(f"factrank.cli.{HOMES[name]}")
        elif name not in self.commands:
            self.list_commands(ctx)
        return super().get_command(ctx, name)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All names: ours, then those of others in the order of their registration."""
        from importlib.metadata import entry_points

        for home in HOMES.values():
            import_module(f"factrank.cli.{home}")
        for point in entry_points(group="factrank.commands"):
            point.load()
        return [*HOMES, *(name for name in self.commands if name not in HOMES)]

    def invoke(self, ctx: click.Context) -> Any:
        """Run it; of an interrupt click would print a line of its own.

        And it would take an input that ends too early for one: no command asks a person anything.
        """
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            raise Exit(INTERRUPTED) from None
        except EOFError as error:
            if os.environ.get("FACTRANK_TRACEBACK"):
                raise RuntimeError("an input that ends too early") from error
            raise FactrankError(SHORT) from None


def _version(ctx: click.Context, param: click.Parameter, wanted: bool) -> None:
    if wanted:
        say(f"factrank {__version__}")
        raise Exit


VERSION = click.Option(
    ["--version"],
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_version,
    help="Print the version.",
)
app = _Commands(
    "factrank",
    params=[VERSION],
    no_args_is_help=False,
    help="How many facts can an attention layer hold? Certified ranks of databases of facts.",
    epilog="Example: factrank rank library:example",
    context_settings={"help_option_names": ["-h", "--help"]},
)


def command(
    name: str | None = None, *, epilog: str
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Register a function as a command, by its own name unless told."""

    def register(function: Callable[..., None]) -> Callable[..., None]:
        app.add_command(command_of(function, name or function.__name__, epilog))
        return function

    return register


def say(text: str) -> None:
    """Print the answer now, so that a full disk or a closed pipe is met here.

    Labels come from other people's files: what a terminal would obey is written out.
    """
    if sys.stdout is None:
        raise FactrankError("stdout: expected an open standard output, found it closed")
    try:
        print(_shown(text, sys.stdout.encoding), flush=True)
    except OSError as error:  # keep the interpreter from flushing again at its end
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if isinstance(error, BrokenPipeError):  # whoever read us has enough
            raise Exit(0) from None
        raise FactrankError(f"stdout: expected to print, found: {error.strerror}") from None


def _run(args: Sequence[str] | None) -> int:
    try:
        status = app.main(args, prog_name="factrank", standalone_mode=False) or 0
        # click turns an interrupt into a status of its own
        return _interrupted() if status == INTERRUPTED else status
    except FactrankError as error:
        return _fail(str(error), BAD)
    except click.ClickException as error:
        return _fail(f"factrank: {_usage(error.format_message())}", BAD)
    except (KeyboardInterrupt, click.Abort):
        return _interrupted()
    except MemoryError:
        return _fail("factrank: expected facts and a layer that fit in memory, found too much", BAD)
    except Exception as error:
        if missed := extra_of(error):
            return _fail(absent("factrank", *missed), BAD)
        if os.environ.get("FACTRANK_TRACEBACK"):
            raise
        fault = f"{type(error).__name__}: {error}"
        return _fail(
            f"factrank: a fault of its own, {fault} (FACTRANK_TRACEBACK=1 shows where)", BAD
        )


def _interrupted() -> int:
    """Say so; further interrupts find nothing left to end, and would end in a traceback."""
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    return _fail("factrank: interrupted", INTERRUPTED)


def _fail(message: str, status: int) -> int:
    print(_shown(message), file=sys.stderr)
    return status


def _shown(text: str, encoding: str | None = None) -> str:
    """The lines as a terminal may have them; what its encoding lacks as an escape."""
    if not text.replace("\n", "").isprintable():
        from factrank.facts.labels import printable

        text = text.replace("\x7f", r"\u007f")  # the one such character that JSON leaves as it is
        text = "\n".join(map(printable, text.split("\n")))
    return text.encode(encoding or "utf-8", "backslashreplace").decode(encoding or "utf-8")


def _usage(message: str) -> str:
    """click's sentence in one line, with the way to the help."""
    sentence = " ".join(message.split()).rstrip(".")
    return f"{sentence[:1].lower()}{sentence[1:]}; see factrank --help"


def main(args: Sequence[str] | None = None) -> None:
    """Run the command and exit: 0 done, 1 answer is no, 2 bad input, 130 interrupted. [ours]

    >>> main(["--version"])
    Traceback (most recent call last):
    ...
    SystemExit: 0
    """
    status = _run(args)
    if status == 0 and sys.stdout is not None:
        sys.stdout.flush()
    sys.exit(status)


# ---- where one waits ----------------------------------------------------------------------


def tell(line: str) -> None:
    """A line on stderr, where a person watches."""
    if _attended():
        print(line, file=sys.stderr, flush=True)


@contextmanager
def passing() -> Iterator[Callable[[str], None]]:
    """Each line that the function given is told, in place of the one before, where a person
    watches; gone in the end."""
    said = False

    def show(line: str) -> None:
        nonlocal said
        if _attended():
            said = True
            print(CLEAR + line, end="", file=sys.stderr, flush=True)

    try:
        yield show
    finally:
        if said:
            show("")


def _attended() -> bool:
    return sys.stderr is not None and sys.stderr.isatty()


@contextmanager
def watched(
    what: str, clock: Callable[[], float] = time.monotonic
) -> Iterator[Callable[[int, int], None]]:
    """A function that is told how many are done, of how many; it shows a line on a terminal, from
    ``PATIENCE`` seconds on, and the line is gone in the end."""
    begun = clock()
    last = begun + PATIENCE - PACE
    with passing() as show:

        def tell(done: int, total: int) -> None:
            nonlocal last
            if not done or (now := clock()) < last + PACE:
                return
            last = now
            left = (now - begun) * (total - done) / done
            show(f"{done:,} of {total:,} {what}, about {spoken(left)} left")

        yield tell


def spoken(seconds: float) -> str:
    """A length of time as one says it.

    >>> spoken(7), spoken(400), spoken(9000)
    ('7 s', '7 min', '2.5 h')
    """
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"


@contextmanager
def interruptible() -> Iterator[Callable[[], bool]]:
    """Inside, the first interrupt only makes the function given answer True; a second one is the
    usual ``KeyboardInterrupt``. Elsewhere than in the main thread nothing is changed."""
    asked = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield asked.is_set
        return
    before = signal.getsignal(signal.SIGINT)

    def handle(number: int, frame: object) -> None:
        if asked.is_set():
            raise KeyboardInterrupt
        asked.set()

    signal.signal(signal.SIGINT, handle)
    try:
        yield asked.is_set
    finally:
        signal.signal(signal.SIGINT, before)

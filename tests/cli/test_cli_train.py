"""factrank train, try and recall: what they print and write, what they refuse, how they end."""

from __future__ import annotations

import json
import os
import pty
import re
import select
import signal
import subprocess
import sys
import time
from io import StringIO
from pathlib import Path

import pytest
import torch

from factrank import read
from factrank.cli.edge import interruptible
from factrank.cli.train_answers import bar, line, tried
from factrank.layer import survey
from factrank.layer.file import load
from factrank.layer.training.losses import Look
from factrank.practice.trial.splits import Arm, Trial, judge


@pytest.fixture
def layer(run, tmp_path: Path) -> Path:
    path = tmp_path / "example.safetensors"
    status, out, err = run("train", "library:example", "-o", path, "--seeds", 3)
    assert (status, err) == (0, "")
    assert out.startswith(
        "recalled 8 of 8 facts (100.0%), held at 0.9: 8 (100.0%)\n"
        "  the best of 3 seeds, which recalled 100.0% to 100.0%, mean 100.0%\n"
        "  all facts held by 3 of 3\n"
    )
    assert out.count("  seed ") == 3 and out.count("<- kept") == 1
    assert "at most 1,200 steps, about 100 MB" in out and out.endswith(f"written to {path}\n")
    return path


# ---- train -----------------------------------------------------------------------------------


def test_a_trained_layer_is_asked_and_edited_as_any_other(run, layer, tmp_path):
    assert load(layer).method == "trained"
    status, out, _ = run("recall", layer, "library:example", "--require", 1)
    assert status == 0 and out.startswith("recalled 8 of 8 facts (100.0%), held at 0.9: 8 (100.0%)")
    assert run("ask", layer, "Colin", "born_in")[1].startswith("Colin born_in: Malaysia   (prob")
    new = tmp_path / "new.safetensors"
    status, out, _ = run("edit", layer, "set", "Colin", "born_in", "Singapore", "-o", new)
    assert status == 0 and out.startswith("Colin born_in: Malaysia -> Singapore\n")
    answer = json.loads(run("ask", new, "Colin", "born_in", "--json")[1])
    assert answer["answer"] == "Singapore" and answer["probability"] >= 0.9
    _, out, _ = run("recall", new, "library:example", "--json")
    assert json.loads(out)["recalled"] == 7 / 8


def test_the_layer_kept_is_the_best_of_all_seeds_told(run, tmp_path):
    path = tmp_path / "trees"
    status, out, err = run(
        "train", "library:family-trees", "-o", path, "--seeds", 4, "--d-model", 3, "--n-heads", 1,
        "--steps", 100, "--seed", 7, "--json",
    )  # fmt: skip
    assert (status, err) == (0, "")
    found = json.loads(out)
    seeds = found["seeds"]
    assert [it["seed"] for it in seeds] == [7, 8, 9, 10]
    best = max(seeds, key=lambda it: (it["recalled"], it["margin"]))
    assert found["best_seed"] == best["seed"] and found["best"]["recalled"] == best["recalled"]
    assert len({it["recalled"] for it in seeds}) > 1  # the spread is real
    assert found["cost"]["layers"] == 4 and found["d_model"] == 3 and not found["interrupted"]
    _, out, _ = run("recall", path, "library:family-trees", "--json")
    assert json.loads(out)["recalled"] == best["recalled"]


def test_embeddings_are_frozen_on_request(run, tmp_path):
    path = tmp_path / "frozen"
    _, out, _ = run("train", "library:example", "-o", path, "--frozen", "--seeds", 1)
    assert "one seed" in out and "embeddings frozen" in out and "<- kept" not in out
    E = torch.cat([load(path).layer.weights.E_K[0], load(path).layer.weights.E_Q[0]])
    torch.testing.assert_close(E @ E.T, torch.eye(8, dtype=torch.float64), atol=1e-6, rtol=0)


def test_least_squares_brings_the_logits_to_the_facts(run, tmp_path):
    path = tmp_path / "squares"
    args = ("train", "library:example", "-o", path, "--loss", "least-squares", "--seeds", 3)
    assert run(*args)[0] == 0
    named = load(path)
    from factrank import read

    D = torch.from_numpy(named.aligned(read("library:example")).tensor()).double()
    assert (named.layer.layer_tensor()[0] - D).abs().max() < 0.2
    assert named.layer.config.width >= 5  # the rank


def test_sets_of_values_are_stored_and_the_ceiling_is_told(run, tmp_path):
    path = tmp_path / "sets"
    status, out, _ = run("train", "library:family-trees", "-o", path, "--seeds", 2)
    assert status == 0 and out.startswith("recalled 112 of 112 facts")
    assert "several values for a pair" in out
    _, out, _ = run("recall", path, "library:family-trees")
    assert "by one answer a pair at most 92.9%" in out
    aunt = next(line for line in out.splitlines() if line.split()[:1] == ["aunt"])
    assert aunt.split()[1:5] == ["8", "100.0%", "100.0%", "50.0%"]


@pytest.mark.parametrize(
    ("text", "facts"),
    [("key,query,value\na,r,x\n", 1), ("key,query,value\na,r,x\nb,r,y\nc,r,x\n", 3)],
)
def test_one_fact_or_one_relation_will_do(run, tmp_path, text, facts):
    (tmp_path / "few.csv").write_text(text)
    status, out, _ = run("train", tmp_path / "few.csv", "-o", tmp_path / "few", "--seeds", 2)
    many = "1 of 1 fact" if facts == 1 else f"{facts} of {facts} facts"
    assert status == 0 and out.startswith(f"recalled {many} (100.0%)")
    assert run("recall", tmp_path / "few", tmp_path / "few.csv", "--require", 1)[0] == 0
    json.loads(run("recall", tmp_path / "few", tmp_path / "few.csv", "--json")[1])


def test_a_sample_is_drawn_and_recalled_by_its_seed(run, tmp_path):
    path = tmp_path / "part"
    args = ("library:elements", "--sample", 12, "--seed", 3)
    status, out, _ = run("train", *args, "-o", path, "--seeds", 1)
    assert status == 0 and "learned are 12 keys only, those of the sample" in out
    assert run("recall", path, *args, "--require", 1)[0] == 0
    status, _, err = run("recall", path, "library:elements")
    assert status == 2 and "expected a key of the layer" in err


@pytest.fixture
def large(tmp_path: Path) -> Path:
    """A table of 24 million cells, with few facts."""
    rows = "".join(f"k{n},r{n % 5},v{n % 1999}\n" for n in range(2399))
    (tmp_path / "large.csv").write_text("key,query,value\n" + rows)
    return tmp_path / "large.csv"


def test_a_table_whose_tensor_is_too_large_is_trained_by_batches_of_its_facts(
    run, large, tmp_path, monkeypatch
):
    """It was refused: more than 20 million cells."""
    monkeypatch.setattr(survey, "EVERYWHERE", 10**7)
    path = tmp_path / "layer"
    args = ("train", large, "-o", path, "--seeds", 1, "--until", "recalled", "--d-model", 16)
    status, out, err = run(*args)
    assert (status, err) == (0, "")
    assert out.startswith("recalled 2399 of 2399 facts (100.0%), held at 0.9: ")
    assert "at most 1,200 steps of 256 pairs, about " in out
    assert (
        "  off the facts: not counted, only pairs with a fact were asked for; recall --all-pairs "
        "asks for all 11,995, 2.4e+07 logits\n" in out
    )
    named = load(path)
    assert named.layer.config.keys == 2399 and named.answers("k7", "r2") == ("v7",)
    found = json.loads(run(*args, "--force", "--steps", 5, "--json")[1])
    assert found["cost"]["batch"] == 256 and found["best"]["artifacts"] is None
    assert found["best"]["recalled"] == found["seeds"][0]["recalled"] < 1
    args = ("train", large, "-o", tmp_path / "no", "--loss", "least-squares", "--d-head-vo", 2)
    status, out, err = run(*args)
    assert (status, out) == (2, "") and err.count("\n") == 1
    assert "loss: expected cross-entropy where pairs are asked in batches" in err
    assert not (tmp_path / "no").exists()


def test_try_takes_a_table_whose_tensor_is_too_large(run, large):
    args = ("try", large, "--parameters", 512, "--steps", 2)
    status, out, _ = run(*args)
    assert status == 0 and "  2399 facts; 512 attention parameters in every layer:" in out
    status, _, err = run(*args, "--budget", 0)
    assert status == 2 and "expected to end within 0 s, found 0 of 5 splits done" in err


def test_a_batch_can_be_asked_for_and_seeds_give_the_same_layer_again(run, tmp_path):
    args = ("train", "library:family-trees", "--batch", 20, "--seeds", 2, "--steps", 250)
    one, two = tmp_path / "one", tmp_path / "two"
    status, out, err = run(*args, "-o", one)
    assert (status, err) == (0, "")
    assert "at most 250 steps of 20 pairs, about " in out and " pairs answered\n" in out
    run(*args, "-o", two)
    assert all(map(torch.equal, load(one).layer.weights, load(two).layer.weights))
    assert run("recall", one, "library:family-trees", "--require", 0.9)[0] == 0
    assert run(*args[:2], "--batch", 10**9, "--steps", 9, "-o", one, "--force")[0] == 0


def test_slips_are_one_sentence_and_lose_nothing(run, layer, tmp_path):
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    bad = tmp_path / "bad.csv"
    before["bad.csv"] = b"key,query,value\na,r\n"
    bad.write_bytes(before["bad.csv"])
    new = tmp_path / "new"
    cases = [
        (("train", "library:example", "-o", layer), "--force writes over it"),
        (
            ("train", "library:example", "-o", tmp_path / "no" / "x"),
            "expected a directory to write",
        ),
        (("train", bad, "-o", bad, "--force"), "no input is written over"),
        (("train", bad, "-o", new), "bad.csv:2: found 2 cells"),
        (("train", "library:example"), "missing option"),
        (("train", "library:example", "-o", new, "--tau", 1), "tau: expected a probability above"),
        (("train", "library:example", "-o", new, "--tau", "nan"), "tau: expected a probability"),
        (("train", "library:example", "-o", new, "--seeds", 0), "--seeds"),
        (("train", "library:example", "-o", new, "--d-model", 0), "--d-model"),
        (("train", "library:example", "-o", new, "--loss", "bounded"), "--loss"),
        (("train", "library:example", "-o", new, "--sample", 0), "--sample"),
        (("train", "library:example", "-o", new, "--batch", 0), "--batch"),
        (("train", "library:example", "-o", new, "--batch", "all"), "--batch"),
        (
            ("train", "library:example", "-o", new, "--device", "abacus"),
            "device: expected one that torch can use here, such as cpu, found 'abacus'",
        ),
        (
            ("train", "library:example", "-o", new, "--batch", 2, "--loss", "least-squares"),
            "loss: expected cross-entropy where pairs are asked in batches",
        ),
        (("try", "library:example", "--seeds", 4), "--seeds"),
        (("try", "library:example", "--parameters", 31), "--parameters"),
        (("try", "library:example", "-o", tmp_path / "x.pdf"), "ends in .html, .svg or .png"),
        (("try", "library:example", "-o", tmp_path / "no" / "x.svg"), "expected a directory"),
        (
            ("try", "library:example", "--budget", 0),
            "expected to end within 0 s, found 0 of 5 splits done ",
        ),
        (("recall", layer, "library:example", "--sample", 0), "--sample"),
    ]
    for args, part in cases:
        status, out, err = run(*args)
        assert (status, out) == (2, ""), args
        assert part in err and err.count("\n") == 1, err
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_a_file_that_was_changed_is_refused(run, layer):
    whole = layer.read_bytes()
    for place in (len(whole) // 2, len(whole) - 3):
        layer.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        status, out, err = run("recall", layer, "library:example")
        assert (status, out) == (2, "") and err.count("\n") == 1 and "expected" in err
    layer.write_bytes(whole[: len(whole) // 2])
    assert run("ask", layer, "Colin", "born_in")[0] == 2


def test_time_that_is_up_keeps_the_best_until_then(run, tmp_path):
    path = tmp_path / "short"
    args = ("--steps", 10_000_000, "--tau", 0.999999999999, "--seconds", 0.2, "--seeds", 2)
    status, out, _ = run("train", "library:example", "-o", path, *args)
    assert status == 0 and "out of time" not in out  # both seeds had begun
    assert "all facts held by 0 of 2" in out
    found = json.loads(run("recall", path, "library:example", "--json")[1])
    assert f"recalled {round(8 * found['recalled'])} of 8 facts" in out


# ---- interrupts ------------------------------------------------------------------------------

FOREVER = ("--steps", "10000000", "--tau", "0.999999999999999", "--seeds", "2")


def watched(args: list[str], folder: Path, signals: int = 1) -> tuple[int, str, str]:
    """The command on a terminal, interrupted as soon as its bar is seen: status, stdout, stderr."""
    here, there = pty.openpty()
    run = [sys.executable, "-m", "factrank", *args]

    def heard() -> (
        None
    ):  # who runs the tests in the background has it ignored, and children with it
        signal.signal(signal.SIGINT, signal.SIG_DFL)

    with subprocess.Popen(
        run, cwd=folder, stdout=subprocess.PIPE, stderr=there, preexec_fn=heard
    ) as process:
        os.close(there)
        seen, end, sent = b"", time.monotonic() + 100, 0
        while time.monotonic() < end:
            if select.select([here], [], [], 0.01 if sent else 1)[0]:
                try:
                    part = os.read(here, 4096)
                except OSError:  # the terminal was closed: the command has ended
                    break
                seen += part
                if not part:
                    break
            if b"layers done" in seen and sent < signals:
                process.send_signal(signal.SIGINT)
                sent += 1
        try:
            out = process.communicate(timeout=60)[0]
        finally:
            process.kill()  # or the end of the block would wait for it for ever
    os.close(here)
    return process.returncode, out.decode(), seen.decode()


@pytest.mark.parametrize(("how", "begun"), [([], 2), (["--batch", "20"], 1)])
def test_a_real_interrupt_keeps_the_best_layer_until_then(run, tmp_path, how, begun):
    path = tmp_path / "layer"
    path.write_text("what stood here")
    args = ["train", "library:family-trees", "-o", "layer", "--force", *FOREVER, *how, "--json"]
    status, out, err = watched(args, tmp_path)
    assert status == 130
    found = json.loads(out)
    assert found["interrupted"] and found["layer"] == "layer" and len(found["seeds"]) == begun
    assert all(0 < it["steps"] < 10_000_000 for it in found["seeds"])
    told = json.loads(run("recall", path, "library:family-trees", "--json")[1])
    assert told["recalled"] == found["best"]["recalled"]
    assert [p.name for p in tmp_path.iterdir()] == ["layer"]  # nothing half-written beside it
    assert "2 layers of" in err and "at most" in err and "s left" in err  # cost, then the bar
    assert err.rstrip().endswith("factrank: interrupted") and "Traceback" not in err


def test_an_interrupted_trial_says_so_and_draws_nothing(tmp_path):
    args = ["try", "library:family-trees", "--steps", "1000000", "--budget", "1e9", "-o", "f.svg"]
    status, out, err = watched(args, tmp_path)
    assert (status, out) == (130, "") and "Traceback" not in err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("command", ["train", "try"])
def test_who_insists_is_told_the_same_sentence(tmp_path, command):
    """A signal every hundredth of a second, until the process is gone."""
    args = [command, "library:family-trees", "-o", "f.svg", "--steps", "10000000"]
    status, out, err = watched(args, tmp_path, signals=10**6)
    assert (status, out) == (130, "") and "Traceback" not in err
    assert err.rstrip().endswith("factrank: interrupted") and list(tmp_path.iterdir()) == []


def test_the_first_interrupt_asks_and_the_second_insists():
    before = signal.getsignal(signal.SIGINT)
    with interruptible() as asked:
        assert not asked()
        os.kill(os.getpid(), signal.SIGINT)
        assert asked()
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(1)
    assert signal.getsignal(signal.SIGINT) is before


def test_an_interrupt_before_the_first_step_writes_nothing(run, tmp_path, monkeypatch):
    from factrank.layer.training import fitting

    monkeypatch.setattr(fitting, "fit", lambda *args, **options: ())
    status, out, err = run("train", "library:example", "-o", tmp_path / "none")
    assert (status, out, err) == (130, "", "factrank: interrupted\n")
    assert list(tmp_path.iterdir()) == []


# ---- recall ----------------------------------------------------------------------------------


def test_recall_tells_relations_beside_the_rank_and_the_time(run, layer):
    _, out, _ = run("recall", layer, "library:example")
    lines = out.splitlines()
    assert "  rank is exactly 5 over R" in lines
    born = next(line.split() for line in lines if line.startswith("  born_in"))
    assert born[1:5] == ["3", "100.0%", "100.0%", "100.0%"] and born[-1] == "2"
    assert lines[-1].startswith("  an answer asked alone took ") and lines[-1].endswith(" ms")
    found = json.loads(run("recall", layer, "library:example", "--json")[1])
    assert found["rank"] == {"lower": 5, "upper": 5, "field": "R"}
    assert [it["query"] for it in found["relations"]] == ["born_in", "lives_in", "currency"]
    assert [it["rank"] for it in found["relations"]] == [2, 2, 2]
    assert sum(it["artifacts"] for it in found["relations"]) == found["artifacts"]
    assert 0 < found["seconds_per_answer"] < 10
    _, brief, _ = run("recall", layer, "library:example", "--brief")
    assert out.startswith(brief) and "born_in" not in brief


def test_many_relations_are_cut_to_those_recalled_least(run, tmp_path):
    facts = "".join(f"k{i},relation {q},{(i * q) % 3}\n" for i in range(4) for q in range(25))
    (tmp_path / "many.csv").write_text("key,query,value\n" + facts)
    path = tmp_path / "many"
    run("train", tmp_path / "many.csv", "-o", path, "--seeds", 1, "--steps", 3)
    _, out, _ = run("recall", path, tmp_path / "many.csv")
    assert "and 5 relations recalled no less (--json has all)" in out
    shares = [float(line.split("%")[0].split()[-1]) for line in out.splitlines() if '"rel' in line]
    assert len(shares) == 20 and shares == sorted(shares)


# ---- try -------------------------------------------------------------------------------------


def test_try_tells_a_verdict_and_draws_it(run, tmp_path):
    path = tmp_path / "f.html"
    args = ("try", "library:example", "--parameters", 2000, "--steps", 100, "-o", path)
    status, out, err = run(*args)
    assert (status, err) == (0, "")
    assert out.startswith("no difference: every split recalls every fact: try fewer parameters\n")
    assert (
        out.count(" 100.0%, 100.0% to 100.0%") == 5 and "attention parameters in every layer" in out
    )
    assert path.read_text().startswith('<!doctype html>\n<html lang="en">')
    assert run(*args, "--force", "--lang", "ja")[1] == out  # the terminal speaks English
    assert '<html lang="ja">' in path.read_text(encoding="utf-8")
    status, _, err = run(*args)
    assert status == 2 and "--force writes over it" in err
    found = json.loads(run(*args[:-2], "--json")[1])
    assert found["verdict"]["word"] == "no difference" and found["figure"] is None
    assert [arm["recalled"] for arm in found["arms"]] == [[1.0] * 5] * 5


def test_try_on_sampled_keys_says_so(run):
    _, out, _ = run("try", "library:elements", "--sample", 6, "--parameters", 64, "--steps", 20)
    assert " of 6 sampled keys;" in out


class Terminal(StringIO):
    """What a person has seen: text that was not sent on is not."""

    seen = ""

    def isatty(self) -> bool:
        return True

    def flush(self) -> None:
        self.seen = self.getvalue()


def test_a_bar_is_seen_and_is_gone_before_the_answer(monkeypatch):
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    look = Look(50, 200, 1, 4, 0.5, 2.0)
    with bar() as tell:
        tell(look)
        assert terminal.seen == f"\r\x1b[K{line(look)}"
    assert terminal.seen == f"\r\x1b[K{line(look)}\r\x1b[K"


@pytest.mark.parametrize(
    ("means", "named"),
    [((0.5, 0.75, 0.5), [" most on average: d_head_qk 2, d_head_vo 2"]), ((0.5, 0.5, 0.5), [])],
)
def test_the_split_that_recalls_most_is_named_unless_all_recall_as_much(means, named):
    db = read("library:example")
    arms = tuple(Arm(qk, 4 - qk, (mean,) * 5) for qk, mean in zip((1, 2, 3), means, strict=True))
    found = Trial(8, 4, 8, 64, False, 10, tuple(range(5)), arms, judge(arms))
    told = tried(found, db, False).splitlines()
    assert [line.removeprefix(" ") for line in told if "most on average" in line] == named


def test_sizes_tried_first_are_told():
    db = read("library:example")
    arms = tuple(Arm(qk, 4 - qk, (0.5,) * 5) for qk in (1, 2, 3))
    found = Trial(8, 4, 8, 64, False, 10, tuple(range(5)), arms, judge(arms), ((32, 0.25),))
    assert "  tried first: 32 parameters, where 25.0% was recalled" in tried(found, db, False)


def test_two_seeds_are_told_as_such_and_a_width_is_that_of_the_help(run, tmp_path):
    path = tmp_path / "two"
    args = ("train", "library:example", "-o", path, "--seeds", 2, "--steps", 20)
    assert "  the best of 2 seeds, which " in run(*args)[1]
    (told,) = re.findall(
        r"--d-head-qk .*?\[default:\s*(\d+)", run("train", "--help")[1], re.DOTALL
    )[:1]
    assert load(path).layer.config.d_head_qk == int(told)

"""How much of their widths heads use: the numbers by hand, and the command."""

from __future__ import annotations

import csv
import hashlib
import json
from pathlib import Path

import numpy as np
import pytest
import torch
from click.testing import CliRunner
from safetensors.torch import load_file, save_file

from factrank.cli.edge import app
from factrank.facts.families import total_functions
from factrank.layer.attention import AttentionLayer
from factrank.layer.config import config_for
from factrank.layer.file import save
from factrank.layer.model import NamedLayer
from factrank.practice.heads.report import Shape, Side, heads, otherwise, sentences, sides
from tools import layer_size, real_heads

MADE = Path(__file__).parents[1] / "layer" / "foreign"
GPT2, LLAMA, DEEPSEEK = (
    MADE / name / "model.safetensors" for name in ("gpt2", "llama", "deepseek_v3")
)


def test_sides_are_those_of_the_product():
    torch.manual_seed(0)
    A, B = torch.randn(3, 9, 4).double(), torch.randn(3, 6, 4).double()
    A[1, :, 2:] *= 1e-3
    for found, a, b in zip(sides(A, B), A, B, strict=True):
        s = np.linalg.svd((a @ b.T).numpy(), compute_uv=False)
        held = np.cumsum(s**2) / np.sum(s**2)
        assert found[:3] == (4, np.sum(s > 0.1 * s[0]), np.sum(s > 0.01 * s[0]))
        assert found[3:5] == (np.argmax(held >= 0.9) + 1, np.argmax(held >= 0.99) + 1)
        assert found.stable_rank == pytest.approx(np.sum(s**2) / s[0] ** 2)


def test_a_pruned_head_uses_nothing():
    assert sides(torch.zeros(1, 3, 2), torch.ones(1, 3, 2)) == [Side(2, 0, 0, 0, 0, 0)]


def test_heads_thinner_than_their_width_are_seen(tmp_path):
    torch.manual_seed(0)
    thin = torch.randn(2, 12, 1) @ torch.randn(2, 1, 4)  # rank 1 of width 4
    w = {"W_Q": thin, "W_K": torch.randn(2, 12, 4), "W_V": torch.randn(2, 12, 6),
         "W_O": torch.randn(2, 6, 12)}  # fmt: skip
    save_file(w, tmp_path / "it.safetensors")
    found = heads(tmp_path / "it.safetensors")
    assert found.mean[0][:5] == (4, 1, 1, 1, 1) and found.mean[1].above_hundredth == 6
    ((shape, (qk, vo)),) = found.drawn.items()
    assert shape == Shape(12, 2, 2, 4, 6) and qk.above_hundredth == 4 and vo.width == 6


def test_the_record_in_the_package_is_that_of_the_experiment():
    assert layer_size.SPLITS.read_text(encoding="utf-8") == layer_size.splits()


def test_the_record_is_told_only_of_heads_it_has():
    (it,) = otherwise(heads(GPT2))
    assert (it["total"], it["new_d_head_vo"], it["width"], it["new_width"]) == (8, 6, 8, 12)
    assert it["low"] < it["mean"] < it["high"] and it["mirror"] < it["mean"]
    assert otherwise(heads(LLAMA)) == otherwise(heads(DEEPSEEK)) == []


def test_a_record_says_which_file_it_is_of_and_keeps_no_weights(tmp_path, monkeypatch):
    real = real_heads.TABLE
    monkeypatch.setattr(real_heads, "TABLE", tmp_path / "real-heads.csv")
    real_heads.write(GPT2, "0")
    made, kept = (
        json.loads(it.with_suffix(".json").read_text()) for it in (real_heads.TABLE, real)
    )
    assert made.keys() == kept.keys() and made["family"] == "GPT-2-like"
    assert made["sha256"] == hashlib.sha256(GPT2.read_bytes()).hexdigest() != kept["sha256"]
    heads = [len(it.read_text().splitlines()) - 1 for it in (real_heads.TABLE, real)]
    assert heads == [4, 72] and real.stat().st_size < 10_000


def test_the_table_fits_eighty_columns_and_says_what_it_is_not(run):
    status, out, err = run("heads", LLAMA)
    assert (status, err) == (0, "")
    lines = out.splitlines()
    assert max(map(len, lines[1:])) <= 80  # the first is the path
    assert lines[1] == "2 layers, 0 to 1: d_model 8, n_heads 4, d_head_qk 4, d_head_vo 4"
    assert lines[2] == "  numbers of each: query-key 216 (51%), value-output 208 (49%)"
    told = " ".join(" ".join(lines).split())
    for words in (
        "positions are rotary: W_Q W_K^T is the whole of a score only between a token and itself",
        "2 heads of keys and values serve 4 heads of queries",
        "Split otherwise - not told: the record has only heads with keys and values of their own",
    ):
        assert words in told
    assert "extrapolated: in 18 recorded lines of head-budget" in " ".join(
        run("heads", GPT2)[1].split()
    )


def test_json_and_csv_say_the_same(run):
    found = json.loads(run("heads", DEEPSEEK, "--json")[1])
    rows = list(csv.DictReader(run("heads", DEEPSEEK, "--csv")[1].splitlines()))
    every = [(n, h, it) for n, layer in enumerate(found["layers"])
             for h, it in enumerate(layer["heads"])]  # fmt: skip
    assert len(rows) == len(every) == 4
    for row, (n, h, it) in zip(rows, every, strict=True):
        assert (int(row["layer"]), int(row["head"])) == (n, h)
        for side, name in (("qk", "query_key"), ("vo", "value_output")):
            for key, number in it[name].items():
                assert float(row[f"{side}_{key}"]) == pytest.approx(number, rel=1e-5)
    assert found["layers"][0]["parameters"] == {"query_key": 168, "value_output": 112, "shared": 50}
    assert any("a norm stands inside" in it for it in found["notes"])


def test_the_page_has_bars_for_each_layer_and_escapes_what_it_shows(run, tmp_path):
    w = load_file(GPT2) | {"h.0.attn.<b>x.weight": torch.ones(1)}
    save_file(w, tmp_path / "<i>.safetensors")
    page = tmp_path / "page.html"
    status, _, err = run("heads", tmp_path / "<i>.safetensors", "--heads", 2, "--html", page)
    text = page.read_text(encoding="utf-8")
    assert (status, err) == (0, "") and "<i>" not in text and "<b>x" not in text
    assert "&lt;b&gt;x.weight" in text
    assert text.count('class="bar"') == 2 * (2 + 1)  # two sides of two layers and of drawn heads
    assert run("heads", GPT2, "--html", page)[0] == 2  # not over another without --force
    assert run("heads", GPT2, "--html", page, "--force", "--lang", "ja")[0] == 0
    assert "ヘッドは幅をどれだけ" in page.read_text(encoding="utf-8")


@pytest.mark.parametrize(("args", "told"), [
    ([LLAMA.with_name("config.json")], "config.json: expected a safetensors file or a torch file"),
    (["absent.safetensors"], "absent.safetensors: expected a checkpoint, found: No such file"),
    ([GPT2, "--heads", 3], "expected one number of heads, found 2 by config.json (n_head), 3 by"),
    ([GPT2, "--json", "--csv"], "heads: expected --json or --csv, found both"),
    ([GPT2, "--lang", "ja"], "--lang: expected --html beside it"),
])  # fmt: skip
def test_bad_input_is_one_sentence(run, args, told):
    status, out, err = run("heads", *args)
    assert (status, out, err.count("\n")) == (2, "", 1) and told in err


def test_no_split_is_told_that_makes_values_no_wider(tmp_path):
    for d_head_qk, d_head_vo in ((1, 7), (2, 3)):
        db = total_functions(5, 3, 4, seed=0)
        sizes = {"d_model": 30, "n_heads": 4, "d_head_qk": d_head_qk, "d_head_vo": d_head_vo}
        layer = AttentionLayer.random(config_for(db, **sizes), seed=0)
        path = tmp_path / f"{d_head_qk}.safetensors"
        save(path, NamedLayer.of(db, layer))
        found = heads(path)
        assert not otherwise(found) and not any(
            "grows from" in text for text, _ in sentences(found)
        )


def test_the_page_of_heads_is_not_written_over_what_was_read(tmp_path):
    db = total_functions(5, 3, 4, seed=0)
    layer = AttentionLayer.random(config_for(db, d_model=8, n_heads=2, d_head_qk=1, d_head_vo=2))
    save(tmp_path / "m.safetensors", NamedLayer.of(db, layer))
    (tmp_path / "config.json").write_text("{}")
    words = ["heads", tmp_path / "m.safetensors", "--html", tmp_path / "config.json", "--force"]
    found = CliRunner().invoke(app, list(map(str, words)))
    assert "no input is written over" in str(found.exception)
    assert (tmp_path / "config.json").read_text() == "{}"

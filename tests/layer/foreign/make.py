"""Tiny random models as the library transformers writes them, and what its own attention says.

`python tests/layer/foreign/make.py`, where transformers (5.24 here) and torch are installed, writes
the folders beside this file. The tests read them without it: it takes longer to load than they do.
"""

from __future__ import annotations

import json
from pathlib import Path

import torch
from safetensors.torch import save_file
from transformers import AutoConfig, AutoModel, __version__

HERE = Path(__file__).parent
SHARED = {"vocab_size": 5, "num_hidden_layers": 2, "hidden_size": 8, "intermediate_size": 4,
          "num_attention_heads": 2, "max_position_embeddings": 16}  # fmt: skip
MODELS = {
    "gpt2": {"vocab_size": 5, "n_layer": 2, "n_embd": 8, "n_head": 2, "n_positions": 16},
    "llama": SHARED | {"num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 4,
                       "attention_bias": True},
    "bert": SHARED,
    "deepseek_v3": SHARED | {
        "num_key_value_heads": 2, "q_lora_rank": 6, "kv_lora_rank": 5, "qk_nope_head_dim": 3,
        "qk_rope_head_dim": 2, "v_head_dim": 4, "attention_bias": True, "first_k_dense_replace": 2,
    },
}  # fmt: skip
ATTENTION = {"gpt2": "h.1.attn", "llama": "layers.1.self_attn", "deepseek_v3": "layers.1.self_attn",
             "bert": "encoder.layer.1.attention"}  # fmt: skip


def make(name: str) -> None:
    """Write one model: its attention, its config, what goes into the last layer's and comes out."""
    torch.manual_seed(0)
    model = AutoModel.from_config(
        AutoConfig.for_model(name, **MODELS[name]), attn_implementation="eager"
    ).eval()
    for it in model.parameters():  # biases and gains of norms too
        it.data = torch.randn_like(it) * 0.4 + (it.ndim == 1)
    where = HERE / name
    where.mkdir(exist_ok=True)
    seen = {}

    def hook(_, args, kwargs, output):
        seen["x"] = (args[0] if args else kwargs["hidden_states"])[0]
        seen["out"], seen["weights"] = output[0][0], output[1][0]

    # of BERT the part before its dropout and norm is hooked, and the last matrix is done here
    path = ATTENTION[name] + (".self" if name == "bert" else "")
    model.get_submodule(path).register_forward_hook(hook, with_kwargs=True)
    with torch.no_grad():
        model(torch.tensor([[1, 3, 0, 2, 4]]))
        if name == "bert":
            seen["out"] = model.get_submodule("encoder.layer.1.attention.output.dense")(seen["out"])
    kept = {n: it.detach().contiguous() for n, it in model.state_dict().items() if "att" in n}
    save_file(kept, where / "model.safetensors")
    save_file({n: it.contiguous() for n, it in seen.items()}, where / "expected.safetensors",
              metadata={"transformers": __version__})  # fmt: skip
    config = {n: it for n, it in model.config.to_dict().items() if it is not None}
    (where / "config.json").write_text(json.dumps(config, indent=1, sort_keys=True) + "\n")


if __name__ == "__main__":
    for name in MODELS:
        make(name)

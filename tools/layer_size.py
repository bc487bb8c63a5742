"""`python -m tools.layer_size`: the thresholds of the recorded experiment, into the package."""

from __future__ import annotations

import json
import sys

from tools.house import NOTEBOOKS, ROOT

PATH = ROOT / "src/factrank/practice/plan/layer_size.json"


def text() -> str:
    """What the file must say: each line of the record with its threshold, and where it is from."""
    from companion.engine.results import load
    from companion.studies.layer_size_judge import lines

    record = load("layer-size", NOTEBOOKS / "results")
    rows = [json.dumps(line._asdict()) for line in lines(record.frame)]
    table = json.dumps(record.about["table"])
    return f'{{"record": {table},\n"lines": [\n' + ",\n".join(rows) + "\n]}\n"


def main() -> int:
    PATH.write_text(text(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())

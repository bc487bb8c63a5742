"""The book's apparatus, on top of ``factrank``: studies, pictures, exercises.

What a chapter's cells need of it is here in one line: ``from companion import ch01, pictures``.
"""

from factrank.face import face

_HOME = {
    "CATALOGUE": "engine.catalogue",
    "EMBEDDINGS": "engine.thresholds",
    "InProcess": "engine.sweeps",
    "REGIMES": "engine.thresholds",
    "Store": "engine.store",
    "experiment": "engine.catalogue",
    "glue": "page",
    "imported_by": "page",
    "interval": "engine.thresholds",
    "load": "engine.results",
    "load_bench": "page",
    "run": "engine.sweeps",
    "say": "page",
    "scratch": "page",
} | {f"ch{number:02}": f"exercises.ch{number:02}:" for number in (*range(1, 21), 22, 23, 24)}
__getattr__ = face(__name__, _HOME)

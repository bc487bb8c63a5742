"""The ten pages before the chapters: their numbers, and their pictures that can be touched.

One file a page. Each has ``numbers()``, what the page's text is told, and ``scene()``, its picture.
Nothing stands here twice: both are computed from facts, proofs and records, as in the chapters.
"""

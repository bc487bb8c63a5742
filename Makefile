# What each target does: `make help`. The work is in tools/, one small script a target.

PYTHON ?= python3
PIP_ARGS ?=
NOTEBOOK ?=
MUTATE ?=
export PIP_ARGS

STAMP := .venv/.complete
RUN := .venv/bin/python -m

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help setup book read pdf test browser record bench mutate reproduce matrix lock clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' Makefile

setup: $(STAMP) ## .venv with the locked packages (PIP_ARGS="..." goes to pip install)

$(STAMP): pyproject.toml constraints.txt tools/environment.py
	@command -v $(PYTHON) >/dev/null || { echo "factrank needs Python 3.11 or newer, and there is no '$(PYTHON)' on this machine." >&2; exit 1; }
	@$(PYTHON) tools/environment.py
	@touch $@

book: $(STAMP) ## re-execute the notebooks that changed and build the book, side by side
	@$(RUN) tools.twins
	@$(RUN) tools.book --changed

read: $(STAMP) ## build the book from the recorded outputs, executing nothing
	@$(RUN) tools.book

pdf: $(STAMP) ## the whole book as build/pdf/factrank.pdf, factrank-ja.pdf (needs LaTeX: see the README)
	@$(RUN) tools.pdf

test: $(STAMP) ## every check: lint, types, tests, doctests, all notebooks, the book
	@$(RUN) tools.check

browser: $(STAMP) ## read the built pages in Chromium (installs the extra `browser`)
	@$(RUN) tools.browser --prepare
	@$(RUN) tools.browser

record: $(STAMP) ## execute notebooks/*.md afresh and write .py and .ipynb (NOTEBOOK=name for one)
	@$(RUN) tools.record $(NOTEBOOK)

bench: $(STAMP) ## seconds and memory against facts, and the targets (then: make record NOTEBOOK=04_certified_rank)
	@$(RUN) pip install -qq -c constraints.txt pyttb
	@status=0; for it in scale small upper_bounds exchange training questions roofline at_size certificates; do $(RUN) tests.benchmarks.$$it || status=$$?; done; exit $$status

mutate: $(STAMP) ## do the tests notice small faults? MUTATE="--sample 300 --seed 0 --room rank"
	@nice -n 10 $(RUN) tools.mutate $(MUTATE)

reproduce: $(STAMP) ## rerun the full tier of every experiment and compare with notebooks/results
	@$(RUN) tools.reproduce

matrix: $(STAMP) ## before a release: every extra alone, oldest and newest versions, each Python
	@$(RUN) tools.matrix

lock: $(STAMP) ## write constraints.txt anew from pyproject.toml (pins stay unless they must move)
	@$(RUN) pip install -qq -c constraints.txt uv
	@.venv/bin/uv pip compile --quiet --universal --no-header --no-annotate --all-extras --python-version 3.11 pyproject.toml -o constraints.txt

clean: ## remove build/ and caches (.venv stays)
	@rm -rf build dist .hypothesis
	@find src tests tools book notebooks -name __pycache__ -prune -exec rm -rf {} +

.DEFAULT:
	@echo "make knows no target '$@'; 'make help' lists them." >&2; exit 2

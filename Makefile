# The commands of a developer. `make help` lists them; CI calls the same ones (.ci/run).
SHELL := /bin/sh
.DEFAULT_GOAL := help
.PHONY: help run test fuzz lint check format examples bench bench-large

VENV ?= .venv
PY := $(VENV)/bin/python
SOURCES := app.py smartyard tests
# The first of these that is Python 3.11 or later makes the venv; `make PYTHON=... run` chooses one.
PYTHON ?= python3 python3.14 python3.13 python3.12 python3.11
# The whole suite mostly waits; how it is shared out: docs/adr/0005. Part of it runs in one process.
WHOLE := -n 4 --dist loadfile --no-loadscope-reorder
PIP := $(PY) -m pip --disable-pip-version-check --no-input install

help: ## this list
	@sed -n 's/^\([a-z-]*\):[^#]*## \(.*\)/  make \1|\2/p' Makefile | column -t -s '|'

run: $(VENV)/.installed ## the server, the worker and a demo world on http://127.0.0.1:5000, until Ctrl-C
	@exec $(PY) -m smartyard.launcher

test: $(VENV)/.installed-dev ## the whole suite, by four processes; ARGS='tests/user -x' gives pytest arguments
	@exec $(PY) -m pytest $(or $(ARGS),$(WHOLE))

fuzz: $(VENV)/.installed-dev ## Schemathesis against the server of `make run`, for 60 s; ARGS='--seconds 600 --seed 7'
	@exec $(PY) -m tests.fuzz $(ARGS)

lint: $(VENV)/.installed-dev ## flake8 and pylint
	$(PY) -m flake8 $(SOURCES)
	$(PY) -m pylint $(SOURCES)

check: $(VENV)/.installed-dev ## what CI asks of the style: black, isort, flake8, pylint, mypy
	$(PY) -m black --check $(SOURCES)
	$(PY) -m isort --check-only $(SOURCES)
	$(PY) -m flake8 $(SOURCES)
	$(PY) -m pylint app.py smartyard
	$(PY) -m mypy --strict smartyard

format: $(VENV)/.installed-dev ## black and isort, in place
	$(PY) -m isort $(SOURCES)
	$(PY) -m black $(SOURCES)

examples: $(VENV)/.installed-dev ## the examples of the OpenAPI document, anew from what the contract test gets
	@RECORD_EXAMPLES=1 $(PY) -m pytest -q $(or $(ARGS),-k documented)

bench: $(VENV)/.installed-dev ## the measurements, each a line `bench: <name> = <number> <unit>`
	@exec $(PY) bench/run.py $(ARGS)

bench-large: $(VENV)/.installed-dev ## the measurements that take gigabytes and minutes
	@exec $(PY) bench/large.py $(ARGS)

# The stamps: what is installed already is not looked at again until the requirements change.
$(VENV)/.installed: requirements.txt | $(PY)
	@echo "Installing requirements.txt into $(VENV) (half a minute or so the first time)."
	$(PIP) -r requirements.txt
	@touch $@

$(VENV)/.installed-dev: requirements.dev.txt requirements.txt | $(PY)
	@echo "Installing requirements.dev.txt into $(VENV) (a minute or so the first time)."
	$(PIP) -r requirements.dev.txt
	@touch $@ $(VENV)/.installed

$(PY):
	@for python in $(PYTHON); do \
	  "$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || continue; \
	  "$$python" -c 'import venv, ensurepip' 2>/dev/null || { \
	    echo "$$python has no venv module: install it (Debian and Ubuntu: python3-venv)." >&2; \
	    exit 1; }; \
	  echo "Making $(VENV) with $$("$$python" --version)."; \
	  "$$python" -m venv "$(VENV)" && exit 0; \
	  rm -rf "$(VENV)"; exit 1; \
	done; \
	echo "Python 3.11 or later is needed, and none of these is: $(PYTHON). Install it, or say" \
	  "where it is: make PYTHON=/path/to/python3 ..." >&2; \
	exit 1

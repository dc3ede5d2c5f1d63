# What a newcomer types. Everything lands in .venv/, one environment a lock; nothing needs root.
#
# Each environment is made once and again when its lock or pyproject.toml changes.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help demo test lint lab bench lock clean uv

# A uv that runs, from the PATH or our own. (A version manager's shim may be there and not run.)
UV := $(shell uv --version >/dev/null 2>&1 && command -v uv || echo .venv/uv/bin/uv)
LAB := .venv/lab/bin

# Many offices inspect TLS with a certificate of their own, which only the system's bundle holds.
ifneq ($(wildcard /etc/ssl/certs/ca-certificates.crt),)
export UV_SYSTEM_CERTS ?= 1
endif

PYTEST_ARGS ?=
BENCH_ARGS ?=
LOCK_ARGS ?=

help: ## This list
	@echo 'Hlaska, the watchtower of a city. What you can do here:'
	@echo
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-7s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@echo
	@echo 'HLASKA_DATA=FOLDER names a folder with data sets and weights; without it they are fetched.'

demo: .venv/serving/.made ## A recorded clip as a live camera, on a dashboard (lean environment, no torch)
	@exec .venv/serving/bin/hlaska demo

test: lint ## Lint, types and all tests; PYTEST_ARGS="-k name" for some of them
	$(LAB)/pytest $(PYTEST_ARGS)

lint: .venv/lab/.made ## Style, types, import contracts and clean notebooks
	$(LAB)/ruff check .
	$(LAB)/ruff format --check .
	$(LAB)/mypy
	$(LAB)/lint-imports
	find notebooks -name '*.ipynb' -print0 | xargs -0 --no-run-if-empty $(LAB)/nbstripout --verify --keep-id

lab: .venv/lab/.made ## JupyterLab with everything (torch, ultralytics: AGPL, see environments/README.md)
	@exec $(LAB)/jupyter lab notebooks

bench: .venv/lab/.made ## Measure, into tests/benchmarks/*.md; BENCH_ARGS="--only speed"
	@exec $(LAB)/python -m tests.benchmarks $(BENCH_ARGS)

# Pins that still fit stay; LOCK_ARGS=--upgrade takes the newest. The lab takes serving's pins over.
COMPILE = $(UV) pip compile pyproject.toml --overrides environments/overrides.txt \
	--no-emit-index-url --no-emit-find-links --no-annotate --no-header --python-version 3.11 --quiet $(LOCK_ARGS)

lock: | $(UV) ## Compile environments/*.txt anew; LOCK_ARGS=--upgrade for the newest versions
	$(COMPILE) --extra dashboards -o environments/serving.txt
	$(COMPILE) --all-extras -c environments/serving.txt -o environments/lab.txt

uv: | $(UV)
	@echo $(UV)

clean: ## Remove environments, builds and caches; HLASKA_HOME stays
	rm -rf .venv build dist .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# `sync` takes the lock as it is (`install -r` would bring a second OpenCV back) and removes what is
# not in it, the project too: so that one comes last.
.venv/%/.made: environments/%.txt pyproject.toml | $(UV)
	@for python in '3.11 --no-python-downloads' '3.12 --no-python-downloads' 3.11; do \
		problem=$$($(UV) venv --quiet --allow-existing .venv/$* --python $$python 2>&1) && break; \
	done; \
	test -x .venv/$*/bin/python || { \
		echo "$$problem"; \
		echo 'Hlaska needs Python 3.11 or 3.12. Install one of them (Debian: apt-get install python3), or'; \
		echo 'let uv fetch one where the internet is open (uv python install 3.11), and run make again.'; \
		exit 1; } >&2
	$(UV) pip sync --python .venv/$* environments/$*.txt
	$(UV) pip install --python .venv/$* --no-deps --editable .
	@touch $@

# Debian's python3 may come without venv: then pip installs into a plain folder.
.venv/uv/bin/uv:
	@mkdir -p .venv
	@if python3 -m venv .venv/uv >/dev/null 2>&1; then \
		.venv/uv/bin/python -m pip install --quiet uv; \
	elif python3 -m pip --version >/dev/null 2>&1; then \
		rm -rf .venv/uv; python3 -m pip install --quiet --target .venv/uv uv; \
	else \
		echo 'uv is missing, and python3 has neither venv nor pip to fetch it with. Install one of the'; \
		echo 'three (Debian: apt-get install python3-venv) and run make again.'; \
		exit 1; \
	fi >&2

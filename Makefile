# Two commands set a bare machine (Python 3.11, Go, make, git) up by themselves:
#   make demo    compile the reference fleet and show what came out
#   make check   everything that CI checks
# `uv run qpf …` works after either.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules --no-print-directory

UV_VERSION := 0.13.9
# What this machine has comes first; .tools holds what it lacked.
export PATH := $(PATH):$(CURDIR)/.tools
# `make` may be called from another virtual environment; ours is .venv.
unexport VIRTUAL_ENV
# Tests start programs hundreds of times; without compiled modules each compiles all that it imports.
unexport PYTHONDONTWRITEBYTECODE

BIN := .venv/bin
QPF := $(BIN)/qpf

.PHONY: help
help: ## Say what there is
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

# --- set-up -------------------------------------------------------------------------------------

.PHONY: setup
setup: .venv/.synced .tools/.kubectl ## Install everything, pinned

.tools/.uv:
	@mkdir -p .tools
	@command -v uv >/dev/null || { \
	  echo "installing uv $(UV_VERSION) into .tools"; \
	  if python3 -m venv .tools/uv-venv 2>/dev/null; then \
	    .tools/uv-venv/bin/pip install --quiet "uv==$(UV_VERSION)"; \
	  else \
	    rm -rf .tools/uv-venv; \
	    python3 -m pip install --quiet --target .tools/uv-venv "uv==$(UV_VERSION)"; \
	  fi; \
	  ln -sf uv-venv/bin/uv .tools/uv; }
	@touch $@

HELPER := $(wildcard bindings/cuelang-py/helper/*) bindings/cuelang-py/hatch_build.py

.venv/.synced: pyproject.toml runtime/pyproject.toml bindings/cuelang-py/pyproject.toml $(HELPER) | .tools/.uv
	@echo "installing dependencies into .venv"
	@uv sync --quiet
	@touch $@

# kubectl renders the manifests in tests and demonstrations; without one we build our own.
.tools/.kubectl: $(wildcard tools/kubectl/*.go tools/kubectl/go.*)
	@mkdir -p .tools
	@command -v kubectl >/dev/null || { \
	  echo "building kubectl into .tools"; \
	  cd tools/kubectl && go build -o ../../.tools/kubectl .; }
	@touch $@

.PHONY: servers
servers: setup ## Provide the servers that tests use, in .tools/bin
	@$(BIN)/python tools/servers.py

# --- the two commands ---------------------------------------------------------------------------

.PHONY: demo
demo: setup ## Compile the reference fleet and show what came out
	@$(BIN)/python tools/demo.py

.PHONY: check
check: setup servers ## Check everything that CI checks
	@$(BIN)/python tools/check.py

# --- work ---------------------------------------------------------------------------------------

.PHONY: fmt
fmt: setup ## Format the code and fix what ruff can fix
	@$(BIN)/ruff format --quiet
	@$(BIN)/ruff check --fix --quiet || true

.PHONY: test
test: setup servers ## Run the quick tests
	@$(BIN)/pytest -m "not slow and not hunt"

.PHONY: docs
docs: setup ## Generate the reference and build the site into site/
	@$(BIN)/python tools/reference.py
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet
	@echo "site/index.html"

CASE ?=
.PHONY: bench
bench: setup ## Run the benchmarks, or one of them: CASE=compile
	@$(BIN)/python tools/bench.py $(CASE)

.PHONY: hunt
hunt: setup servers ## Run the long searches of which `check` runs a short form
	@QPF_HUNT=1 $(BIN)/pytest -m hunt
	@$(BIN)/python tools/bench.py soak

.PHONY: bless
bless: setup servers ## Write what tests expect, compile this repository, and approve the result; review the diff
	@QPF_BLESS=1 $(BIN)/pytest -q -m "not slow and not hunt" || true
	@$(BIN)/python tools/reference.py
	@$(QPF) compile
	@for env in environments/*/; do $(QPF) golden approve --env "$$(basename "$$env")"; done

UPGRADE ?=
.PHONY: pins
pins: setup ## Pin what is installed; UPGRADE=1 resolves everything anew
	@$(BIN)/python tools/pins.py $(if $(UPGRADE),--upgrade)

# Two commands set themselves up in .venv and .engines of this folder: `make demo` and `make test`.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help demo test soak soak-writes lint bench-audit bench-reads audit-score clean

help: ## say what there is
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

demo: ## see it: an engine, a clinic's data, a tour and a server (ARGS="--once" for the tour alone)
	@scripts/setup demo
	@.venv/bin/discreet demo $(ARGS)

test: ## all that CI runs: lint, floors, types, tests on both engines, documentation
	@scripts/setup test
	@scripts/check

soak: ## noninterference, end to end, for long (ARGS="--cases 1000000 --engine dynamodb-local")
	@scripts/setup test
	@.venv/bin/python scripts/soak.py $(ARGS)

soak-writes: ## writes against their model, step by step, for long (ARGS="--cases 1000000 --engine dynamodb-local")
	@scripts/setup test
	@.venv/bin/python scripts/soak.py --writes $(ARGS)

lint: ## format and lint
	@scripts/setup test
	@.venv/bin/ruff format . && .venv/bin/ruff check --fix .

bench-audit: ## the audit's speed beside bandit, semgrep and ruff (ARGS="--files 1000 --rounds 3")
	@scripts/setup test
	@scripts/setup bench
	@.venv/bin/python bench/audit.py $(ARGS)

bench-reads: ## how reads grow with what there is, to 100,000 items (ARGS="--sizes 1000 10000 --engine ministack")
	@scripts/setup test
	@.venv/bin/python bench/reads.py $(ARGS)

audit-score: ## for each rule of the audit: recall and precision on the labelled corpus (ARGS=-v for each mistake)
	@scripts/setup test
	@.venv/bin/python scripts/audit_score.py $(ARGS)

clean: ## remove what the commands made
	rm -rf .venv .engines .bench .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

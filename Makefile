# Everything a person does here. `make help` lists it.
# `make run PORT=8080` and the like: settings are handed on to the program.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/pip --disable-pip-version-check install -qq --require-hashes
COMPOSE := docker compose
# What pytest is asked to run, e.g. make test TESTS=tests/integration
TESTS ?=
# Test files at once. Each worker has its own brokers; what waits in one leaves the cores to another.
WORKERS ?= 2
PARSER := tests/contracts/asyncapi

.PHONY: help
help: ## list the commands
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "  make %-6s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: run
run: .venv/run.stamp ## start a whole district here: one process, SQLite, http://127.0.0.1:8000
	@exec $(BIN)/python -m services

.PHONY: test
test: .venv/dev.stamp ## all tests, on real RabbitMQ and PostgreSQL (Docker, or the system's packages)
	@brokers=$$($(BIN)/python -m tests.support.prepare); \
	BAITONG_TEST_BROKERS=$$brokers exec $(BIN)/python -m pytest \
	  --numprocesses $(WORKERS) --dist loadfile --no-loadscope-reorder $(TESTS)

.PHONY: contracts
contracts: asyncapi-parser ## ask the official AsyncAPI parser (npm) about docs/asyncapi.yaml
	cd $(PARSER) && node validate.mjs $(CURDIR)/docs/asyncapi.yaml

.PHONY: asyncapi-parser
asyncapi-parser: $(PARSER)/node_modules/.stamp

.PHONY: lint
lint: .venv/dev.stamp ## ruff, its formatter, mypy
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

.PHONY: up
up: ## start the deployed form (docker compose): nginx, four services, RabbitMQ, PostgreSQL
	$(COMPOSE) up --detach --build --wait
	@$(COMPOSE) port nginx 80 | sed 's|.*:|Baitong is ready: http://127.0.0.1:|'

.PHONY: down
down: ## stop the deployed form and keep its data
	$(COMPOSE) down

.PHONY: demo
demo: .venv/run.stamp ## fill the district that runs here with a realistic month
	@exec $(BIN)/python -m tools.demo

.PHONY: bench
bench: .venv/dev.stamp ## measure the transfer job on RabbitMQ and PostgreSQL
	@brokers=$$($(BIN)/python -m tests.support.prepare); \
	BAITONG_TEST_BROKERS=$$brokers exec $(BIN)/python -m bench

$(PARSER)/node_modules/.stamp: $(PARSER)/package-lock.json
	@echo "Installing the official AsyncAPI parser (once)"
	@cd $(PARSER) && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

# The virtual environment makes itself, and again whenever the locked requirements change.
$(BIN)/python:
	@tools/make_venv.sh "$(PYTHON)" .venv

.venv/run.stamp: requirements/run.txt | $(BIN)/python
	@echo "Installing what Baitong needs into .venv (once)"
	@$(PIP) -r requirements/run.txt
	@touch $@

.venv/dev.stamp: requirements/dev.txt | $(BIN)/python
	@echo "Installing what Baitong and its tests need into .venv (once)"
	@$(PIP) -r requirements/dev.txt
	@touch $@

# Shortcuts to `python3 -m dev`, which is where everything is done and explained.
PYTHON ?= python3
DEV = $(PYTHON) -m dev

.DEFAULT_GOAL := help
.PHONY: help setup demo serve shell psql update pot screenshots lint fix test bench bench-tracker chaos nightly core-tests stop clean

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | while IFS="$$(printf '\t')" \
	    read -r name text; do printf '  make %-11s %s\n' "$$name" "$$text"; done

setup: ## prepare Python packages, Odoo and PostgreSQL (the others do it when needed)
	@$(DEV) setup

demo: ## a database with a story, served at 127.0.0.1:8069 (SERVE=0: only prepare it)
	@$(DEV) demo

serve: ## serve the demo database again (HTTP_PORT=8069)
	@$(DEV) serve

shell: ## Odoo's Python prompt on the demo database (DB=name for another)
	@$(DEV) shell

psql: ## SQL prompt on the demo database
	@$(DEV) psql

update: ## reload our add-ons in the demo database after a change
	@$(DEV) update

pot: ## export the terms to translate
	@$(DEV) pot

screenshots: ## take the pictures of the README and doc/ from the demo database
	@$(DEV) screenshots

lint: ## format and style checks and the project's own gate
	@$(DEV) lint

fix: ## let the tools mend format and style
	@$(DEV) fix

test: ## all checks and tests but the long ones (bench, chaos, core-tests)
	@$(DEV) test

bench: ## measure the performance figures
	@$(DEV) bench

bench-tracker: ## measure the tracker's pages with a million time entries
	@$(DEV) bench-tracker

chaos: ## the main job under kill -9, database restarts, ten sessions (10 minutes)
	@$(DEV) chaos

nightly: ## the state machines with 2,000 examples each (hours)
	@$(DEV) machines

core-tests: ## Odoo's own suites with and without us (SUITES="project hr_timesheet")
	@$(DEV) core-tests

stop: ## stop the embedded PostgreSQL
	@$(DEV) stop

clean: ## remove databases, Odoo and the Python environment
	@$(DEV) clean

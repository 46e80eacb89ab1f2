.DEFAULT_GOAL := help
.PHONY: help install demo serve train score mlflow test coverage faults peers bench bench-setup spark lint check sbom rehearse compose-secrets docs clean lock

# Threads that wait without spinning: twenty times faster on cores that others use too.
export OMP_WAIT_POLICY ?= PASSIVE

# MLflow otherwise reports its use to its makers.
export MLFLOW_DISABLE_TELEMETRY ?= true

# A test starts hundreds of processes: each would compile every module that it imports.
unexport PYTHONDONTWRITEBYTECODE

PYTHON ?= python3
# One more than there are cores: many tests wait for a process or a network.
WORKERS ?= $(shell echo $$(($$(nproc) + 1)))
# A file of tests is one process's, in the order that tests/plugins/sharing.py gives.
SHARED = -n $(WORKERS) --dist loadfile --no-loadscope-reorder
SOURCE ?= simulated
# The programs of this project, run from its own environment and nowhere else.
BIN := .venv/bin
RUN := $(BIN)/python -m
# An environment of exactly what a lock names.
define environment
	@$(PYTHON) -m venv --clear $(1)
	@$(1)/bin/python -m pip install --quiet --disable-pip-version-check --no-compile --require-hashes --no-deps -r $(2)
	@$(call compiled,$(1))
endef
# On every core, where pip uses one, and without the tests that libraries bring along.
compiled = $(1)/bin/python -m compileall -qq -j 0 -x /tests/ $(1)/lib || true
SPARK := .venv-spark/.installed-$(shell cksum requirements-spark.lock | cut -d' ' -f1)
RULES := .venv-rules/.installed-$(shell cksum requirements-rules.lock | cut -d' ' -f1)
# Without a word to anybody: no figures of use, no look for a newer version.
SEMGREP := .venv-rules/bin/semgrep scan --metrics off --disable-version-check --quiet
INSTALLED := .venv/.installed-$(shell cksum requirements.lock | cut -d' ' -f1)

help: ## Show these verbs
	@awk -F':.*## ' '/^[a-z-]+:.*## / {printf "  make %-15s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

install: $(INSTALLED) ## Create .venv from requirements.lock (every other verb does it when needed)

$(INSTALLED):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Recoup needs Python 3.11 or newer: make PYTHON=/path/to/python3.11" >&2; exit 2; }
	@echo "Installing the locked environment into .venv (one to three minutes)"
	$(call environment,.venv,requirements.lock)
	@$(RUN) pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

demo: $(INSTALLED) ## Simulate, train, register and price two example tapes
	@$(RUN) training fit --source simulated
	@$(RUN) serving demo --out out/demo

serve: $(INSTALLED) ## Open the workbench on 127.0.0.1:8000 (PORT=…; trains the simulated model if there is none)
	@test -e mlflow.db -o -n "$(RECOUP_TRACKING_URI)$(MLFLOW_TRACKING_URI)" || { echo "No model yet: training one on simulated work-outs (one to two minutes)" >&2; $(RUN) training fit --source simulated; }
	@$(RUN) serving serve $(if $(PORT),--port $(PORT))

train: $(INSTALLED) ## Train and register a model (SOURCE=simulated|sba|a directory)
	@$(RUN) training fit --source $(SOURCE)

score: $(INSTALLED) ## Value a tape: make score TAPE=tape.xlsx OUT=valuation.xlsx
	@test -n "$(TAPE)" -a -n "$(OUT)" || { echo "make score needs TAPE=… and OUT=…" >&2; exit 2; }
	@$(RUN) serving score "$(TAPE)" "$(OUT)"

mlflow: $(INSTALLED) ## Open the MLflow page on the same store (127.0.0.1:5000)
	@$(RUN) training mlflow $(if $(PORT),--port $(PORT))

test: $(INSTALLED) ## Run every test
	@$(RUN) pytest $(SHARED)

coverage: $(INSTALLED) ## The same with branch coverage and its floor, which takes half as long again
	@$(RUN) pytest $(SHARED) --cov --cov-report=term-missing:skip-covered

faults: $(INSTALLED) ## Cut, kill, fill and flood everything, in long: at most 20 minutes
	@timeout 20m $(RUN) pytest --long -n 2 --dist worksteal $(wildcard tests/faults tests/security)

peers: $(INSTALLED) ## Add the learners that python -m training compare sets beside ours
	@$(RUN) pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements-compare.lock

bench: $(INSTALLED) ## Measure against the peers into out/bench (after bench-setup; ONLY=forest|serving|pages|start)
	@$(RUN) benchmarks $(if $(ONLY),--only $(ONLY))

bench-setup: ## Create .venv-bench and .venv-bench-mlserver with the peers of make bench
	$(call environment,.venv-bench,requirements-bench.lock)
	$(call environment,.venv-bench-mlserver,requirements-bench-mlserver.lock)

spark: $(SPARK) ## Value claims in Spark by a registered model (needs Java 17)
	@.venv-spark/bin/python -m pytest tests_optional

$(SPARK):
	@java -version 2>/dev/null || { echo "Spark needs Java 17 or newer: install it, or set JAVA_HOME and PATH" >&2; exit 2; }
	@echo "Installing the locked environment of Spark into .venv-spark (some minutes)"
	$(call environment,.venv-spark,requirements-spark.lock)
	@.venv-spark/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

# They run side by side, and so do the two environments that they need.
RULINGS := style types directions weaknesses deployment security
.PHONY: $(RULINGS)

lint: ## Format, lint, types, import direction, rules of security, what is shipped
	@$(MAKE) --jobs 2 --output-sync --no-print-directory $(RULINGS)

style: $(INSTALLED)
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .

types: $(INSTALLED)
	@$(BIN)/mypy

directions: $(INSTALLED)
	@$(BIN)/lint-imports

weaknesses: $(INSTALLED)
	@$(BIN)/bandit --quiet --recursive features models training serving

deployment: $(INSTALLED) $(RULES)
	@$(BIN)/hadolint Dockerfile
	@$(BIN)/yamllint --strict .github deploy mkdocs.yml
	@$(BIN)/zizmor --quiet --offline .github
	@.venv-rules/bin/python deploy/check_chart.py

security: $(RULES)
	@$(SEMGREP) --error --config deploy/rules/serving.yaml features models serving
	@$(SEMGREP) --test deploy/rules > /dev/null

$(RULES):
	@echo "Installing the locked environment of the rules into .venv-rules"
	$(call environment,.venv-rules,requirements-rules.lock)
	@touch $@

check: lint test ## The same, and every test

sbom: $(INSTALLED) ## Build wheel and sdist, with hashes and a bill of materials, into out/dist
	@deploy/build

rehearse: ## Go through the steps of the Dockerfile in a clean folder, and serve from it
	@deploy/rehearse

compose-secrets: ## Make the secrets of deploy/compose.yaml, once
	@deploy/make_secrets

docs: $(INSTALLED) ## Build the documents as a site into out/docs
	@NO_MKDOCS_2_WARNING=1 $(RUN) mkdocs build --strict --quiet
	@echo "Open out/docs/index.html"

lock: ## Rewrite the locks from pyproject.toml (needs uv)
	@uv pip compile --universal --python-version 3.11 --extra dev --extra cluster --generate-hashes --no-emit-index-url --no-header --no-annotate --quiet pyproject.toml --output-file requirements.lock
	@uv pip compile --universal --python-version 3.11 --constraint requirements.lock --generate-hashes --no-emit-index-url --no-header --no-annotate --quiet pyproject.toml --output-file requirements-serving.lock
	@uv pip compile --universal --python-version 3.11 --group build --constraint requirements.lock --generate-hashes --no-emit-index-url --no-header --no-annotate --quiet --output-file requirements-build.lock
	@uv pip compile --universal --python-version 3.11 --extra compare --constraint requirements.lock --generate-hashes --no-emit-index-url --no-header --no-annotate --quiet pyproject.toml --output-file requirements-compare.lock
	@uv pip compile --universal --python-version 3.11 --group bench --constraint requirements.lock --generate-hashes --no-emit-index-url --no-header --no-annotate --quiet --output-file requirements-bench.lock
	@uv pip compile --universal --python-version 3.11 --group bench-mlserver --generate-hashes --no-emit-index-url --no-header --no-annotate --quiet --output-file requirements-bench-mlserver.lock
	@uv pip compile --universal --python-version 3.11 --group rules --generate-hashes --no-emit-index-url --no-header --no-annotate --quiet --output-file requirements-rules.lock
	@uv pip compile --universal --python-version 3.11 --extra spark --constraint requirements.lock --generate-hashes --no-emit-index-url --no-header --no-annotate --quiet pyproject.toml --output-file requirements-spark.lock

clean: ## Remove the environment, caches and everything generated
	rm -rf .venv .venv-bench .venv-bench-mlserver .venv-spark .venv-rules out var mlflow.db optuna.db mlartifacts mlruns .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage htmlcov .import_linter_cache *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

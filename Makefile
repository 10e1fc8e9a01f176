# Everything that one does with a checkout. `make` alone lists it.
#
# What has been done is remembered in .make/, so that a second call is quick; `make clean` forgets it.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

# Else every process that a test starts, and there are hundreds, compiles the product anew.
unexport PYTHONDONTWRITEBYTECODE

PORT ?= 8000
PHONES ?= 200
ROOM ?=
# Further words for pytest: make unit ARGS="-k merge -x"
ARGS ?=
# Seconds of `make fuzz` for each parser, or for the one that TARGET names.
SECONDS_EACH ?= 120
TARGET ?=
# Test processes at a time: two more than cores, since many tests wait. Whole files go to one process, so that a
# file's broker is started once; in the order of tests/conftest.py.
WORKERS ?= 4

VENV := .venv
BIN := $(VENV)/bin
STAMPS := .make
PYTEST := $(BIN)/pytest
PARALLEL := -n $(WORKERS) --dist loadfile --no-loadscope-reorder
# Two at a time, and what each prints stands together (GNU make 4 and later).
SIDE_BY_SIDE := --jobs=2 $(if $(filter output-sync,$(.FEATURES)),--output-sync=target)
FRONT_END := $(BIN)/python scripts/front_end.py
WEB_SOURCES := $(shell find dashboard/web -name node_modules -prune -o -type f -print 2>/dev/null)

##@ Use

.PHONY: demo
demo: $(STAMPS)/installed ## A running room with simulated phones: make demo PORT=8000 PHONES=200
	@exec $(BIN)/shadowroom up $(if $(ROOM),--room $(ROOM)) --port $(PORT) --phones $(PHONES)

##@ Check

.PHONY: test
test: ## Everything: checks of the code, then all tests
	@$(MAKE) $(SIDE_BY_SIDE) machine check $(STAMPS)/node-clients $(STAMPS)/aws
	$(PYTEST) $(PARALLEL) $(ARGS)

.PHONY: check
check: lint types imports web-check deploy-check ## All checks that run no product code but the pages' own tests

.PHONY: lint
lint: $(STAMPS)/dev ## Style of the Python code
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

.PHONY: types
types: $(STAMPS)/dev ## mypy, strict
	$(BIN)/mypy
	$(BIN)/mypy scripts hatch_build.py

.PHONY: imports
imports: $(STAMPS)/dev ## Who may import whom
	$(BIN)/lint-imports

.PHONY: web-check
web-check: $(STAMPS)/dev ## Style, types and tests of the pages
	$(FRONT_END) npm dashboard/web run check
	$(FRONT_END) npm dashboard/web test

.PHONY: deploy-check
deploy-check: $(STAMPS)/dev ## Dockerfile and compose file
	$(BIN)/hadolint Dockerfile
	$(BIN)/check-jsonschema --builtin-schema vendor.compose-spec docker-compose.yml
	$(FRONT_END) npm deploy/lint run check

.PHONY: unit
unit: $(STAMPS)/dev ## Tests without processes or network
	$(PYTEST) tests/unit tests/properties tests/contract tests/architecture $(ARGS)

.PHONY: integration
integration: $(STAMPS)/node-clients $(STAMPS)/aws machine ## Tests with real brokers, real processes and AWS's own clients
	$(PYTEST) tests/integration tests/compat tests/spec tests/clients $(ARGS)

.PHONY: e2e
e2e: $(STAMPS)/dev machine ## Whole rooms, in browsers and from the installed wheel
	$(PYTEST) tests/e2e $(ARGS)

.PHONY: fuzz
fuzz: $(STAMPS)/fuzz ## Parsers against hostile input for long: make fuzz SECONDS_EACH=600 TARGET=fleet_query
	$(BIN)/python scripts/fuzz.py --seconds $(SECONDS_EACH) $(TARGET)

.PHONY: conformance
conformance: $(STAMPS)/conformance machine ## docs/spec/conformance.md: this service, moto and ministack side by side
	$(BIN)/python scripts/conformance.py $(STAMPS)/conformance-tools/bin

##@ Measure

.PHONY: bench
bench: $(STAMPS)/dev machine ## The figures, written to .make/bench.json
	$(BIN)/shadowroom bench --json $(STAMPS)/bench.json

.PHONY: soak
soak: $(STAMPS)/dev machine ## A room for two hours: make soak ARGS="--minutes 10"
	$(BIN)/python -m benchmarks.soak $(ARGS)

.PHONY: chaos
chaos: $(STAMPS)/dev machine ## A room whose parts are killed
	$(BIN)/python -m benchmarks.chaos $(ARGS)

##@ Build

.PHONY: web
web: $(STAMPS)/dev ## The pages, into dashboard/static
	$(FRONT_END) build

.PHONY: wheel
wheel: $(STAMPS)/dev ## Source archive and wheel, into dist/
	$(BIN)/python -m build

.PHONY: docs
docs: $(STAMPS)/dev ## The pages and types that are made from the code
	$(BIN)/python scripts/write_reference.py
	$(BIN)/python scripts/generate_wire.py

.PHONY: screenshots
screenshots: $(STAMPS)/dev machine ## Every page of a real room, into build/screenshots; those of the README, into docs/images
	$(BIN)/python scripts/make_screenshots.py

##@ Housekeeping

.PHONY: machine
machine: $(STAMPS)/dev ## What the tests need that pip cannot bring; installed through apt-get where possible
	@$(BIN)/python scripts/check_machine.py --install

.PHONY: clean
clean: ## Forget what was built; a room's data (.shadowroom) stays
	rm -rf $(VENV) $(STAMPS) dist build dashboard/static dashboard/web/node_modules deploy/lint/node_modules \
	  tests/clients/node/node_modules
	rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.PHONY: help
help: ## This list
	@awk 'BEGIN { FS = ":.*## " } \
	  /^##@ / { printf "\n%s\n", substr($$0, 5) } \
	  /^[a-z0-9-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

# The first Python that the package supports and that can make a virtual environment.
$(STAMPS)/venv:
	@for candidate in $${PYTHON:-} python3.11 python3.12 python3.13 python3; do \
	  if "$$candidate" -c 'import ensurepip, sys, venv; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' \
	    2>/dev/null; then chosen="$$candidate"; break; fi; \
	done; \
	if [ -z "$${chosen:-}" ]; then \
	  echo "Python 3.11, 3.12 or 3.13 with its venv module is needed (Debian: apt-get install python3-venv);" \
	    "or name one: make PYTHON=/path/to/python3.11" >&2; exit 1; \
	fi; \
	echo "creating $(VENV) with $$("$$chosen" --version)"; \
	"$$chosen" -m venv $(VENV)
	@mkdir -p $(STAMPS) && touch $@

# The package itself, editable, its pages built (hatch_build.py fetches Node through pip where there is none).
$(STAMPS)/installed: $(STAMPS)/venv pyproject.toml hatch_build.py scripts/front_end.py $(WEB_SOURCES)
	@echo "installing shadowroom and building its pages (the first time takes a minute or two)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	@touch $@

# What checks and tests need besides. `--group` needs pip 25.1.
$(STAMPS)/dev: $(STAMPS)/installed
	@echo "installing the tools for checks and tests"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade 'pip>=25.1'
	@$(BIN)/python -m pip install --quiet --group dev $$($(FRONT_END) node-wheel)
	@touch $@

# What we are compared with has an environment of its own: hundreds of packages that nothing else here needs.
$(STAMPS)/conformance: $(STAMPS)/dev scripts/conformance_requirements.txt
	@$(BIN)/python -m venv $(STAMPS)/conformance-tools
	@$(STAMPS)/conformance-tools/bin/python -m pip install --quiet --disable-pip-version-check \
	  --requirement scripts/conformance_requirements.txt
	@touch $@

# An emulator of AWS and the check of CloudFormation templates, whose botocore is not ours.
$(STAMPS)/aws: $(STAMPS)/venv scripts/aws_tools_requirements.txt
	@$(BIN)/python -m venv $(STAMPS)/aws-tools
	@$(STAMPS)/aws-tools/bin/python -m pip install --quiet --disable-pip-version-check \
	  --requirement scripts/aws_tools_requirements.txt
	@touch $@

# MQTT.js, which the tests of real clients run.
$(STAMPS)/node-clients: $(STAMPS)/dev tests/clients/node/package-lock.json
	@$(FRONT_END) npm tests/clients/node ls
	@touch $@

# atheris has wheels for Linux on x86-64 only; without it inputs are damaged with no guide.
$(STAMPS)/fuzz: $(STAMPS)/dev
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check 'atheris>=3.0' \
	  || echo "there is no atheris for this system: inputs are damaged with no guide"
	@touch $@

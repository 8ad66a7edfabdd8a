# A target that needs an environment creates it under .venvs/. tools/ installs or names what the system lacks.

PYTHON := $(shell for python in python3 python3.13 python3.12 python3.11; do \
	"$$python" -c 'import tomllib' 2>/dev/null && { echo "$$python"; break; }; done)
ifeq ($(PYTHON),)
$(error Python 3.11 or newer is needed, and none is on PATH; on Debian: apt-get install python3)
endif

environment = $(PYTHON) -m tools.environment

.PHONY: help demo test test-all test-thoroughly newest faults check zip repository release bench depth-pairs depth-training figures fuzz fuzz-import clean

help: ## list the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-15s %s\n", $$1, $$2 }' Makefile

demo: ## a film beside its free preview on a character and a robot, then the paid path, into build/demo/ (VIDEO=file)
	@$(PYTHON) -m tests.demo $(if $(VIDEO),--video "$(VIDEO)") $(if $(TARGET),--target "$(TARGET)")

test: ## the tests of every capability in one Blender, the newest that the Python here has a bpy wheel for (BLENDER=4.5)
	@$(PYTHON) -m tools.run_tests one $(BLENDER)

test-all: ## the same in Blender 5.3, most in 4.2, some in 4.5, 5.0, a smoke test in 4.4, 5.1, 5.2, and in the Blender program if it is here
	@$(PYTHON) -m tools.run_tests all

test-thoroughly: ## every test in the newest Blender here and in its window, also slow ones and those that try very many cases
	@$(PYTHON) -m tools.run_tests thoroughly

newest: ## every test in the newest Blender that the package index has for a Python here, be it a new one
	@$(PYTHON) -m tools.run_tests newest

faults: ## cause every known fault of network, service, disk and process for real, and print the results
	@python="$$($(environment) newest)" && "$$python" -m tests.faults

check: ## lint, types, spelling, the import rule, plain English
	@python="$$($(environment) tools)" && bin="$${python%/*}" && \
		"$$bin/ruff" check . && \
		"$$bin/ruff" format --check . && \
		"$$bin/pyrefly" check --python-interpreter-path "$$python" --output-format min-text && \
		"$$bin/codespell" && \
		PYTHONDONTWRITEBYTECODE= "$$python" -m pytest -q $$("$$python" -c 'from tools.suites import IN_CHECK; print(*IN_CHECK)')

zip: ## the extension, built into build/ and validated: as such, with requests too, for the store, and without assets
	@python="$$($(environment) newest)" && \
		zips="$$($(PYTHON) -m tools.build_zip)" && \
		for zip in $$zips; do \
			"$$python" -m tools.validate_zip "$$zip" && echo "$$zip" || exit 1; \
		done

repository: zip ## a static extension repository in build/repository/, for any web space: Blender installs and updates from it
	@python="$$($(environment) newest)" && "$$python" -m tools.repository

release: ## check, date the changelog, set the version, build into build/release/, commit and tag; nothing is pushed (VERSION=1.2.3, DRY_RUN=1)
	@$(PYTHON) -m tools.release $(VERSION) $(if $(DRY_RUN),--dry-run)

bench: ## print measurements (ONLY=name)
	@python="$$($(environment) newest)" && "$$python" -m tests.bench $(ONLY)

depth-pairs: ## film what is missing of the shots that the networks of depths learn from
	@python="$$($(environment) tools)" && nice -n 10 "$$python" -m tools.training.depth_pairs

depth-training: ## train the networks of depths on them, and write their weights and log into the package
	@python="$$($(environment) training)" && nice -n 10 "$$python" -m tools.training.depth_training

figures: ## print how large the product is, how often it has the same idea, how far three tasks go (AGAINST=revision)
	@python="$$($(environment) newest)" && "$$python" -m tools.house_figures --walks $(if $(AGAINST),--against "$(AGAINST)")

fuzz: ## feed spoiled files and answers to every reader, for ten minutes (SECONDS=600, ONLY="name")
	@python="$$($(environment) newest)" && nice -n 19 "$$python" -m tests.fuzz --seconds $(or $(SECONDS),600) $(if $(ONLY),"$(ONLY)")

fuzz-import: ## import spoiled FBX files that pass the check (FILES=250, SEED=0)
	@python="$$($(environment) newest)" && config="$$(mktemp -d)" && trap 'rm -rf "$$config"' EXIT && \
		BLENDER_USER_RESOURCES="$$config" nice -n 19 "$$python" -m tests.fuzz.importing \
			--files $(or $(FILES),250) --seed $(or $(SEED),0)

clean: ## remove everything that make created, including environments
	rm -rf build .venvs .pytest_cache .ruff_cache .hypothesis
	find aimocap_blender tests -name __pycache__ -prune -exec rm -rf {} +

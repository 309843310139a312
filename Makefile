# Two commands matter: `make demo` and `make test`. Both install what is missing and are quiet when nothing is.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: demo test setup lint lock docs fuzz-mail fuzz-scans clean  # a pattern such as bench-% must not stand here
.SILENT:

demo: setup
	$(BIN)/daytwo demo

test: setup lint
	sh infra/test-packages.sh
	$(BIN)/pytest -q -n 2 --dist worksteal

setup: .venv/.installed
	sh infra/system-packages.sh

.venv/.installed: requirements.lock pyproject.toml infra/install.sh
	sh infra/system-packages.sh
	PYTHON=$(PYTHON) sh infra/install.sh
	touch $@

lint: setup
	$(BIN)/ruff check -q
	$(BIN)/ruff format -q --check
	$(BIN)/mypy --no-error-summary
	$(BIN)/lint-imports > .venv/lint-imports.log || { cat .venv/lint-imports.log; exit 1; }

lock: setup  # resolve the dependencies of pyproject.toml anew
	$(BIN)/uv pip compile -q pyproject.toml --all-extras --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" -o requirements.lock

docs: setup  # what is generated: the data contract and the command reference
	$(BIN)/python -m expectations.contract
	$(BIN)/python -m flows.reference

bench-%: setup  # figures, not tests: make bench-mail, bench-ocr, bench-language, bench-pii, bench-pii_threads
	$(BIN)/python infra/bench/$*.py

fuzz-mail: SECONDS ?= 600
fuzz-mail: setup  # torture the mail reader behind the sandbox; what breaks a law is kept in /tmp/daytwo-fuzz-findings
	$(BIN)/python infra/bench/fuzz_mail.py --seconds $(SECONDS)

fuzz-scans: SECONDS ?= 600
fuzz-scans: setup  # torture the scan reader; what breaks a law, or kills its worker, is kept in /tmp/daytwo-fuzz-scans
	$(BIN)/python infra/bench/fuzz_scans.py --seconds $(SECONDS)

clean:
	rm -rf .venv daytwo-demo

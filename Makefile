# The few commands people type. Each stands alone on a fresh Debian or Ubuntu machine with Python 3.11+.
.PHONY: install demo test check bench soak lock

PYTHON ?= $(shell for p in /usr/bin/python3 python3; do \
  $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$p; break; }; done)
BIN = .venv/bin
UV = .venv/.uv/bin/uv
ROOMS ?= tests

install: .venv/.installed

.venv/.uv/bin/uv:
	@test -n "$(PYTHON)" || { echo "labarchive needs Python 3.11 or newer: apt install python3 python3-venv"; exit 1; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || { echo "python3 has no ensurepip: apt install python3-venv"; exit 1; }
	$(PYTHON) -m venv --clear .venv/.uv
	.venv/.uv/bin/python -m pip install --quiet --disable-pip-version-check uv

.venv/.installed: $(UV) requirements.lock pyproject.toml kernels/archive/kernel.json kernels/overrides.json
	@test -x $(BIN)/python || $(UV) venv --quiet --allow-existing --python $(PYTHON) .venv
	$(UV) pip sync --quiet --python $(BIN)/python requirements.lock
	$(UV) pip install --quiet --python $(BIN)/python --no-deps --editable .
	mkdir -p .venv/share/jupyter/kernels/labarchive .venv/share/jupyter/lab/settings
	cp kernels/archive/kernel.json .venv/share/jupyter/kernels/labarchive/
	cp kernels/overrides.json .venv/share/jupyter/lab/settings/
	@touch $@

lock: $(UV)
	$(UV) pip compile --quiet --universal --python-version 3.11 --all-extras --group dev --no-emit-index-url \
	  --no-annotate --no-emit-package labarchive pyproject.toml --output-file requirements.lock

demo: install
	$(BIN)/labarchive demo

check: install
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports --no-logo
	$(BIN)/mypy

test: install
	@tests/chromium.sh
	$(BIN)/pytest -n 2 --dist loadfile $(ROOMS)

bench: install
	$(UV) pip install --quiet --python $(BIN)/python --group peers
	$(BIN)/python tests/speed/bench.py

soak: install
	$(BIN)/pytest -m soak tests

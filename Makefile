# The few commands people type. Each stands alone on a fresh Debian or Ubuntu machine with Python 3.11+.
.PHONY: install demo test check bench soak lock docs oracle

# The system's Python first: a virtual environment made from one below somebody's home serves nobody else.
PYTHON ?= $(shell for p in /usr/bin/python3 /usr/bin/python3.1[1-9] python3 python3.1[1-9]; do \
  $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$p; break; }; done)
BIN = .venv/bin
UV = .venv/.uv/bin/uv
ROOMS ?= tests
export UV_PYTHON_DOWNLOADS = never

install: .venv/.installed
	@echo "labarchive is ready: $(BIN)/labarchive"

.venv/.uv/bin/uv:
	@PYTHON="$(PYTHON)" tools/bootstrap.sh .venv/.uv

# What lies outside src in the wheel: when it changes, the editable install is made anew, else it is there as it is.
SHARED = $(shell find extension kernels docs/reference/openapi.json tools/extension.py \
  \( -name node_modules -o -path extension/itk -o -name lib -o -name labextension -o -name .built -o -name .lock -o -name openapi.ts \) -prune -o -type f -print)

.venv/.installed: $(UV) requirements.lock pyproject.toml $(SHARED)
	@test -x $(BIN)/python || $(UV) venv --quiet --allow-existing --python $(PYTHON) .venv
	$(UV) pip sync --quiet --python $(BIN)/python requirements.lock
	@$(BIN)/python tools/extension.py
	$(UV) pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --reinstall-package labarchive --editable .
	@touch $@

COMPILE = $(UV) pip compile --quiet --universal --python-version 3.11 --no-emit-index-url --no-annotate \
  --custom-compile-command "make lock" --no-emit-package labarchive pyproject.toml

lock: $(UV)
	$(COMPILE) --all-extras --group dev --output-file requirements.lock
	$(COMPILE) --all-extras --group dev --group peers --constraint requirements.lock --output-file tests/speed/peers.lock

demo: install
	@$(BIN)/labarchive --home "$(CURDIR)/demo-archive" demo

check: install
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports --no-logo
	$(BIN)/mypy

test: install
	@tests/chromium.sh
	$(BIN)/pytest -n 2 $(ROOMS)

bench: install
	$(UV) pip install --quiet --python $(BIN)/python --requirement tests/speed/peers.lock
	$(BIN)/python -m tests.speed.bench

docs: install
	$(BIN)/python -m tools.references

# What other tools say of the made images, in an environment of its own: MRIQC wants an old numpy.
oracle: install
	$(UV) venv --quiet --allow-existing --python $(PYTHON) .venv/.oracle
	$(UV) pip install --quiet --python .venv/.oracle/bin/python --no-deps mriqc templateflow niworkflows nitransforms nireports mriqc-learn pybids
	$(UV) pip install --quiet --python .venv/.oracle/bin/python "numpy<2" "scipy<1.15" nipype nitime statsmodels scikit-learn nibabel toml packaging orjson pyyaml acres migas pandas irrCAC
	.venv/.oracle/bin/python tests/metrics/oracle.py > tests/metrics/oracle.json

soak: install
	$(BIN)/pytest -m soak $(ROOMS)

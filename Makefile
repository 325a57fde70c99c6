# make run: the built-in forecast. make quick: lint, types and unit tests, in under a minute.
# make test: every check. make package-check: the wheel, installed.
# make properties: the properties of unit tests on twenty times as many examples; four minutes of a
#   processor.
# make docs: the pages of the commands and of the Python interface, written from the program.
# make hindcast: docs/hindcast.md with its charts, from every origin; some five minutes.
# make discrepancy: data/discrepancy.csv, what bands left of outcomes; some two minutes.
# make share: docs/share.md and the forecast as of earlier days; some five minutes.
# make fuzz: ten thousand inputs that nobody would write; a quarter of an hour, into benchmarks/fuzz.md.
# make bench-ingest: a million rows ingested, into benchmarks/ingest.md.
# make bench-sweep: a sweep on one worker and on two, into benchmarks/sweep.md.
# make bench-growth: benchmarks/growth.md, how cost grows; some ten minutes.
# make bench-explore: benchmarks/explore.md, how soon the explorer answers a key.
# make bench-peers: benchmarks/peers.md, one model by us and by others, in environments of their own.
.PHONY: run quick test properties lint package-check docs bench accuracy hindcast discrepancy share falling seeds watch-check given-check soak fuzz bench-ingest bench-sweep bench-growth bench-explore bench-peers clean

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check -q
INSTALLED := $(VENV)/.installed
# A whole file on one process, and the files in the order in which they were collected.
TESTS := $(BIN)/python -m pytest -n auto --dist loadfile --no-loadscope-reorder
PYTHONS := python3.13 python3.12 python3.11 python3

run: $(INSTALLED)
	@$(BIN)/forecast project

quick: lint
	$(TESTS) -m "not slow"

test: lint
	$(TESTS)

properties: $(INSTALLED)
	$(TESTS) -m hypothesis --hypothesis-profile thorough

lint: $(INSTALLED)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

package-check: $(INSTALLED)
	$(BIN)/python -m pytest tests/package_check.py

docs: $(INSTALLED)
	$(BIN)/python docs/generate.py
	$(BIN)/python docs/generate_equations.py
	$(BIN)/python docs/generate_reference.py

bench: $(INSTALLED)
	$(BIN)/python benchmarks/startup.py
	$(BIN)/python benchmarks/start.py
	$(BIN)/python benchmarks/curves.py
	$(BIN)/python benchmarks/projection.py
	$(BIN)/python benchmarks/sensitivity.py
	$(BIN)/python benchmarks/whatif.py
	$(BIN)/python benchmarks/report.py

bench-explore: $(INSTALLED)
	$(BIN)/python benchmarks/explore.py --write benchmarks/explore.md

bench-growth: $(INSTALLED)
	$(BIN)/python benchmarks/growth.py --write benchmarks/growth.md

bench-peers: $(INSTALLED)
	$(BIN)/python benchmarks/peers.py --write benchmarks/peers.md $(PEERS)

accuracy: $(INSTALLED)
	$(BIN)/python benchmarks/accuracy.py $(CURVES)

hindcast: $(INSTALLED)
	$(BIN)/python docs/generate_hindcast.py

discrepancy: $(INSTALLED)
	$(BIN)/python docs/generate_discrepancy.py

share: $(INSTALLED)
	$(BIN)/python docs/generate_share.py

falling: $(INSTALLED)
	@OMP_NUM_THREADS=1 $(BIN)/python benchmarks/falling.py $(CURVES)

seeds: $(INSTALLED)
	$(BIN)/python benchmarks/seeds.py

watch-check: $(INSTALLED)
	$(BIN)/python benchmarks/watch.py

given-check: $(INSTALLED)
	$(BIN)/python benchmarks/given.py

soak: $(INSTALLED)
	$(BIN)/python benchmarks/soak.py --write benchmarks/soak.md $(SOAK)

fuzz: $(INSTALLED)
	$(BIN)/python benchmarks/fuzz.py --write benchmarks/fuzz.md $(FUZZ)

bench-ingest: $(INSTALLED)
	$(BIN)/python benchmarks/ingest.py --write benchmarks/ingest.md

bench-sweep: $(INSTALLED)
	$(BIN)/python benchmarks/sweep.py --write benchmarks/sweep.md

clean:
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis

# The build backend comes first and from the same lock file, so that nothing is resolved anew.
$(INSTALLED): pyproject.toml constraints.txt
	@test -x $(BIN)/python || { $(find_python) && "$$python" -m venv $(VENV); }
	@$(PIP) install -c constraints.txt hatchling editables
	@$(PIP) install -c constraints.txt --no-build-isolation -e '.[dev]'
	@touch $@

define find_python
python= ; old= ; \
for name in $(PYTHONS); do \
  $$name -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || continue; \
  $$name -c 'import ensurepip, venv' 2>/dev/null && { python=$$name; break; } || old=$$name; \
done; \
if [ -z "$$python" ] && [ -n "$$old" ]; then \
  echo "forecast: $$old has no venv or ensurepip; install it (on Debian: python3-venv)" >&2; \
elif [ -z "$$python" ]; then \
  echo "forecast: needs Python 3.11 or newer; none of $(PYTHONS) is" >&2; \
fi; \
[ -n "$$python" ]
endef

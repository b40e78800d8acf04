# line102. Each target sets up what it needs; doing it again costs seconds.
SHELL := /bin/bash
VENV := .venv/bin
# With sudo, the checkout stays its owner's: what root runs leaves no byte code in it.
SUDO := $(shell [ "$$(id -u)" = 0 ] || echo sudo env PYTHONDONTWRITEBYTECODE=1)

.PHONY: help demo run test check set-up-check set-up-run set-up-test clean
.NOTPARALLEL:

help:
	@echo "make demo    the whole thing with synthetic callers and operators; Ctrl-C ends it"
	@echo "             make demo ARGS='--calls-per-minute 12 --seed 7'"
	@echo "make run     the same service without the traffic"
	@echo "make check   the static checks"
	@echo "make test    every test, on a real Asterisk (15 minutes on two cores)"
	@echo "make clean   removes what the set-up made here; recordings and ledger stay"

demo: set-up-run
	@$(SUDO) $(VENV)/line102 demo $(ARGS)

run: set-up-run
	@$(SUDO) $(VENV)/line102 run $(ARGS)

set-up-run:
	@setup/costs.sh run
	@setup/system.sh run
	@setup/python.sh run
	@setup/asterisk.sh
	@setup/prompts.sh
	@setup/console.sh build

set-up-check:
	@setup/costs.sh check
	@setup/system.sh check
	@setup/python.sh dev

set-up-test:
	@setup/costs.sh test
	@setup/system.sh test
	@setup/python.sh dev
	@setup/asterisk.sh
	@setup/console.sh build

check: set-up-check
	$(VENV)/ruff check .
	$(VENV)/ruff format --check .
	$(VENV)/mypy
	$(VENV)/lint-imports
	setup/console.sh check

test: set-up-test
	setup/console.sh test
	$(SUDO) $(VENV)/pytest -m realtime
	$(SUDO) $(VENV)/pytest -m "not realtime" --numprocesses 2 --dist worksteal

clean:
	[ ! -x $(VENV)/line102 ] || [ ! -d var/pbx ] || $(SUDO) $(VENV)/line102 pbx stop
	$(SUDO) rm -rf .venv console/node_modules console/dist var/asterisk-root

# line102. Each target sets up what it needs; doing it again costs seconds.
#   make demo   the whole thing with synthetic callers and operators
#   make run    the same service without the traffic
#   make test   every test      make check   the static checks
SHELL := /bin/bash
VENV := .venv/bin
SUDO := $(shell [ "$$(id -u)" = 0 ] || echo sudo)

.PHONY: demo run test check set-up set-up-dev screenshots clean

demo: set-up
	$(SUDO) $(VENV)/line102 demo

run: set-up
	$(SUDO) $(VENV)/line102 run

set-up:
	@setup/system.sh run
	@setup/python.sh run
	@$(SUDO) setup/asterisk-root.sh var/asterisk-root
	@setup/console.sh build

set-up-dev:
	@setup/system.sh test
	@setup/python.sh dev

check: set-up-dev
	$(VENV)/ruff check .
	$(VENV)/ruff format --check .
	$(VENV)/mypy
	$(VENV)/lint-imports
	setup/console.sh check

test: set-up-dev set-up
	setup/console.sh test
	$(SUDO) $(VENV)/pytest

clean:
	rm -rf .venv console/node_modules console/dist var/asterisk-root

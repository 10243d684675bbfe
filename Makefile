# make run [ARGS=--no-wait]      install what is needed and show the whole product on this machine
# make test [TESTS=tests/unit]   install what the tests need and run them, three files at a time, with ruff and mypy
# make install                   install only
# make install-desktop           telephone links of this user's browser dial from the running seat
# make install-service           a seat as this user's service
# make bench [ARGS=...]          the measurements; make bench-peers installs what speech is compared with
# make deb | test-deb            the Debian package; installing, using and removing it in a root of its own
# make sbom | audit               what is installed (CycloneDX), and its known vulnerabilities
# make docs | lock | clean

VENV := .venv
BIN := $(VENV)/bin
ARGS ?=
TESTS ?=
# The first Python that the SIP library's wheel exists for and that can make a virtual environment.
SUITABLE := import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 12))
PYTHON ?= $(shell for python in python3.11 python3.12 python3 /usr/bin/python3; do \
	$$python -c '$(SUITABLE)' 2>/dev/null && echo $$python && break; done)
PIP_INSTALL := $(BIN)/python -m pip --quiet --quiet --disable-pip-version-check --no-input install \
	--retries 5 --timeout 60 --require-virtualenv
export PIP_ROOT_USER_ACTION := ignore

.PHONY: install run test bench bench-peers docs lock install-desktop install-service deb test-deb sbom audit clean run-packages test-packages

install: $(VENV)/run.stamp | run-packages

run: install
	$(BIN)/phoneetiquette demo $(ARGS)

test: $(VENV)/test.stamp | run-packages test-packages
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/pytest --numprocesses 3 --dist loadfile $(TESTS)

run-packages test-packages: %-packages:
	@./packages.sh $*

$(BIN)/python:
	@$(if $(PYTHON),,./packages.sh python)
	$(or $(PYTHON),/usr/bin/python3) -m venv --clear $(VENV)

# The project itself comes last and without build isolation: its build tool is in the lock file too.
$(VENV)/%.stamp: requirements/%.lock pyproject.toml $(BIN)/python | run-packages
	$(PIP_INSTALL) --require-hashes --only-binary :all: -r $<
	$(PIP_INSTALL) --no-deps --no-build-isolation --editable .
	@touch $@

bench: $(VENV)/test.stamp | run-packages test-packages
	$(BIN)/python -m benchmarks $(ARGS)

# Without dependencies: all that are needed are in the file, and one of them asks for half a gigabyte that nobody uses.
bench-peers: $(VENV)/test.stamp
	$(PIP_INSTALL) --require-hashes --only-binary :all: --no-deps -r requirements/bench.lock

docs: install
	$(BIN)/python -m phoneetiquette.config.description > docs/configuration.md
	$(BIN)/python -m phoneetiquette.calls.diagram > docs/states.md
	$(BIN)/python -m phoneetiquette.config.dialplans > docs/dialplan.schema.json

PIP_COMPILE := $(VENV)/lock/bin/pip-compile --quiet --allow-unsafe --generate-hashes --strip-extras --no-header \
	--no-emit-options --no-emit-index-url --no-emit-trusted-host --no-emit-find-links --annotation-style line

lock: $(BIN)/python
	$(BIN)/python -m venv $(VENV)/lock
	$(VENV)/lock/bin/pip --quiet install pip-tools==7.6.2
	$(PIP_COMPILE) --all-build-deps -o requirements/run.lock pyproject.toml
	$(PIP_COMPILE) --all-build-deps --extra test -c requirements/run.lock -o requirements/test.lock pyproject.toml
	$(PIP_COMPILE) -c requirements/test.lock -o requirements/bench.lock requirements/bench.in
	cat requirements/bench-silero.lock >> requirements/bench.lock

DATA_HOME := $(or $(XDG_DATA_HOME),$(HOME)/.local/share)

install-desktop: $(VENV)/run.stamp
	mkdir -p $(DATA_HOME)/applications
	sed 's|^Exec=phoneetiquette|Exec=$(abspath $(BIN))/phoneetiquette|' packaging/phoneetiquette.desktop \
		> $(DATA_HOME)/applications/phoneetiquette.desktop
	-update-desktop-database $(DATA_HOME)/applications
	-xdg-mime default phoneetiquette.desktop x-scheme-handler/tel x-scheme-handler/sip x-scheme-handler/sips

CONFIG_HOME := $(or $(XDG_CONFIG_HOME),$(HOME)/.config)

install-service: $(VENV)/run.stamp
	mkdir -p $(CONFIG_HOME)/systemd/user
	for unit in phoneetiquette.service phoneetiquette-office.service; do \
		sed 's|%h/phoneetiquette/.venv/bin|$(abspath $(BIN))|' systemd/$$unit > $(CONFIG_HOME)/systemd/user/$$unit; \
	done

# The Debian package, in dist/. It is built from a copy, so that nothing of this working tree gets into it by chance.
deb:
	@./packages.sh deb
	rm -rf build/deb && mkdir -p build/deb/source dist
	cp -rL LICENSE README.md pyproject.toml src docs systemd packaging requirements build/deb/source
	find build/deb/source -name __pycache__ -prune -exec rm -rf {} +
	mv build/deb/source/packaging/debian build/deb/source/debian
	cd build/deb/source && dpkg-buildpackage --build=binary --no-sign --jobs=1
	mv build/deb/*.deb dist/
	lintian --tag-display-limit 0 --fail-on error,warning dist/phoneetiquette_*.deb

# What is installed with the program, and which of it has vulnerabilities that are known. Who is offline is told so.
sbom:
	mkdir -p dist
	python3 packaging/sbom.py requirements/run.lock > dist/phoneetiquette.cdx.json

audit: $(BIN)/python
	$(BIN)/python -m venv $(VENV)/audit
	$(VENV)/audit/bin/pip --quiet --disable-pip-version-check install pip-audit==2.10.1 \
		&& $(VENV)/audit/bin/pip-audit --disable-pip --require-hashes -r requirements/run.lock; \
		status=$$?; [ $$status -le 1 ] || echo "audit: could not be asked (status $$status); nothing is known" >&2; \
		exit $$((status == 1))

# Installs that package in a root directory of its own, and runs it there; needs to be root.
test-deb:
	packaging/test-deb.sh $$(ls -t dist/phoneetiquette_*.deb | head -1)

clean:
	rm -rf $(VENV) build dist src/*.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find src tests benchmarks -name __pycache__ -prune -exec rm -rf {} +

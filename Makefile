# Builds, tests and packages libanchor. `make help` lists the targets.
#
# Recipes run in this folder and quote absolute paths, because the folder's path may contain spaces.

CARGO ?= cargo
GO ?= go
PYTHON ?= python3
NPM ?= npm
export CARGO GO PYTHON NPM

# Where the programs of the tests find this build, whatever the user's own cargo is configured to.
export CARGO_TARGET_DIR = $(CURDIR)/target
export ANCHOR_LIBRARY = $(CURDIR)/target/release/libanchor.so
export ANCHOR_SANDBOX = $(CURDIR)/target/debug/sandbox
# Go links against this build instead of an installed library. The inner quotes keep a path with
# spaces in one piece.
export CGO_LDFLAGS = "-L$(CURDIR)/target/release" -lanchor "-Wl,-rpath,$(CURDIR)/target/release"
export GO_TAGS = anchor_ldflags

# The link of the library takes a minute on one core, during which another can compile the rest.
JOBS = $(if $(findstring -j,$(MAKEFLAGS)),,--jobs=$(shell getconf _NPROCESSORS_ONLN))

# What is compiled beside the library gives way to it, because the library takes longest.
BESIDE_LIB = nice -n 10

.DEFAULT_GOAL = help
.PHONY: help demo test lint lib command sandbox sandbox-program header docs bench hot-functions clean compilers tools locks

help:
	@grep -hE '^[a-z-]+:.* ## ' $(MAKEFILE_LIST) | sed 's/:.* ## /\t/' | expand -t 12 | sed 's/^/make /'

demo: tools ## pause a recording from C, C++, Python and Go, against a local sandbox
	$(call say,target/release/libanchor.so,compiling the library and the sandbox,2 to 5)
	@$(MAKE) --no-print-directory $(JOBS) lib sandbox-program $(addprefix build/examples/pause-,c cpp go)
	@$(PYTHON) examples/demo.py

test: tools ## run all tests; `make test-NAME` runs one suite, and `make test-list` lists the suites
	@tests/run

test-%: tools
	@tests/run $*

lint: tools ## run all formatters and linters; `make lint-NAME` runs one part, which tools/lint lists
	@tools/lint

lint-%: tools
	@tools/lint $*

lib: compilers ## build target/release/libanchor.so and libanchor.a
	$(call say,target/release/libanchor.so,compiling the library,2 to 4)
	$(CARGO) rustc --locked --release --lib --crate-type cdylib,staticlib
	@ln -sf libanchor.so target/release/$(SONAME)

command: compilers ## build target/command/anchor, the command-line program
	$(call say,target/command/anchor,compiling the command,1 to 3)
	$(CARGO) build --locked --profile command --features command --bin anchor

# Whatever cargo says goes to standard error, so that a script can read the output from its first line.
PORT = 0
sandbox: ## run the stand-in for the API, on a free port or PORT, and print what to export to use it
	@$(MAKE) --no-print-directory sandbox-program >&2
	@exec "$(ANCHOR_SANDBOX)" --port $(PORT) --session session-id --exports

sandbox-program:
	$(call need,$(CARGO),Rust 1.89 or newer from https://rustup.rs)
	$(call say,target/debug/sandbox,compiling the sandbox,1 to 2)
	$(BESIDE_LIB) $(CARGO) build --locked --manifest-path tools/sandbox/Cargo.toml

header: tools ## regenerate include/anchor.h, its copy in the Go module, and anchor.def from src/ffi
	ANCHOR_WRITE_HEADER=1 $(CARGO) check --quiet --locked
	find bindings/go -name anchor.h -exec cp include/anchor.h {} ';'
	{ echo LIBRARY anchor; echo EXPORTS; sed -n 's/^[A-Za-z][^(*]*[ *]*\(anchor_[a-z_0-9]*\)(.*/    \1/p' include/anchor.h | sort; } \
		>packaging/windows/anchor.def

docs: tools build/docs/venv/ready ## build the documentation, build/docs/site and build/docs/man3
	$(call say,build/docs/site,building the site,about 1)
	sh docs/build.sh

bench: lib build/venv/ready build/official/ready build/bench/go build/hosts/inflight ## benchmark libanchor against its alternatives; BENCH=--quick takes a minute
	build/venv/bin/python -m pip install --quiet --require-hashes --requirement tools/bench/requirements.txt
	build/venv/bin/python tools/bench/run.py $(BENCH)

hot-functions: lib ## write src/hot_functions.txt, which says what the linker puts side by side
	CARGO_PROFILE_RELEASE_STRIP=none $(CARGO) rustc --locked --release --lib --crate-type cdylib --target-dir build/unstripped
	$(PYTHON) tools/bench/hot_functions.py build/unstripped/release/libanchor.so

clean: ## remove everything that was built
	$(CARGO) clean --quiet
	rm -rf build

include packaging/install.mk
include tests/programs.mk

# $(call need,PROGRAM,PACKAGE) stops with a message if the program is missing.
need = @command -v $(1) >/dev/null 2>&1 || { echo "$(1) is missing: install $(2)"; exit 1; }

# $(call say,FILE,WHAT,MINUTES) says how long it takes if the file is not there yet.
say = @[ -e $(1) ] || echo "$(2), which takes $(3) minutes with 2 cores"

# All that the library and its installation need.
compilers:
	$(call need,$(CARGO),Rust 1.89 or newer from https://rustup.rs)
	$(call need,$(CC),a C compiler such as gcc)

tools: compilers
	$(call need,$(CXX),a C++17 compiler such as g++)
	$(call need,$(PYTHON),Python 3.10 or newer)
	$(call need,$(GO),Go 1.24 or newer from https://go.dev/dl)

# Tools that the tests and the linters need, with their versions locked.
build/venv/ready: tests/requirements.txt
build/docs/venv/ready: docs/requirements.txt
build/packages-venv/ready: packaging/requirements.txt
# The official SDK, which the tests of the Python package and the benchmark compare with.
build/official/ready: tests/official/requirements.txt
build/venv/ready build/docs/venv/ready build/packages-venv/ready build/official/ready:
	$(PYTHON) -m venv $(@D) || { echo "python3-venv is missing: install it"; exit 1; }
	$(@D)/bin/python -m pip install --quiet --require-hashes --requirement $<
	@touch $@

locks: ## lock the tools of Python and npm again, after a change of a requirements.in or package.json
	$(PYTHON) -m venv build/locks-venv
	build/locks-venv/bin/python -m pip install --quiet uv==0.13.9
	tools/locks.sh

build/npm/node_modules/.bin/prism: tests/wrappers/contract/tools/package-lock.json
	@mkdir -p build/npm
	cp $(<D)/package.json $(<D)/package-lock.json build/npm
	cd build/npm && $(NPM) ci --ignore-scripts --no-audit --no-fund --silent
	@touch $@

# Without cgo, because CGO_LDFLAGS names a library that may not be built yet.
build/bin/staticcheck:
	GOBIN="$(CURDIR)/build/bin" CGO_ENABLED=0 $(GO) install honnef.co/go/tools/cmd/staticcheck@v0.8.2

build/bin/actionlint:
	GOBIN="$(CURDIR)/build/bin" CGO_ENABLED=0 $(GO) install github.com/rhysd/actionlint/cmd/actionlint@v1.7.12

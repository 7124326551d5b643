# Packages for Python and Go. Included by the Makefile at the root, where make is run.
#
#   sdist          build/dist/python/libanchor-VERSION.tar.gz, which pip builds where cargo is
#   wheel          build/dist/python/libanchor-VERSION-py3-none-manylinux2014_x86_64.whl, which needs nothing
#   test-wheel     both, installed in clean environments from which this folder cannot be reached
#   test-go-module the Go package in a module of somebody else's

# A folder of its own: the archive of all sources has the sdist's name.
PYTHON_DIST := build/dist/python
PACKAGES_VENV := build/packages-venv
PACKAGES_PYTHON = "$(CURDIR)/$(PACKAGES_VENV)/bin/python"
# Linked against the oldest C library that Rust supports: the wheel runs wherever glibc is not older.
WHEEL_TARGET := x86_64-unknown-linux-gnu
WHEEL_GLIBC := 2.17
WHEEL_LIBRARY = target/$(WHEEL_TARGET)/release/libanchor.so
OUTSIDE = PYTHONPATH="$(CURDIR)/tests/release/install"

.PHONY: sdist wheel test-wheel test-go-module

$(PACKAGES_VENV)/ready: tests/release/install/python/requirements.txt
	$(PYTHON) -m venv $(PACKAGES_VENV) || { echo "python3-venv is missing: install it"; exit 1; }
	$(PACKAGES_PYTHON) -m pip install --quiet --requirement $<
	@touch $@

sdist: $(PACKAGES_VENV)/ready
	@rm -f $(PYTHON_DIST)/*.tar.gz
	cd bindings/python && $(PACKAGES_PYTHON) -m hatchling build --target sdist --directory ../../$(PYTHON_DIST)

# zig is the linker, and has the old C library's symbols; it is in the environment's packages.
wheel: tools $(PACKAGES_VENV)/ready
	PATH="$(CURDIR)/$(PACKAGES_VENV)/bin:$$PATH" WHEEL_ZIG_TARGET=x86_64-linux-gnu.$(WHEEL_GLIBC) \
		CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_LINKER="$(CURDIR)/packaging/wheel/linker.sh" \
		cargo-zigbuild rustc --quiet --locked --release --lib --crate-type cdylib --target $(WHEEL_TARGET).$(WHEEL_GLIBC)
	$(PYTHON) tests/release/check_library.py $(WHEEL_LIBRARY) include/anchor.h
	@rm -f $(PYTHON_DIST)/*.whl
	cd bindings/python && ANCHOR_LIBRARY="$(CURDIR)/$(WHEEL_LIBRARY)" \
		$(PACKAGES_PYTHON) -m hatchling build --target wheel --directory ../../$(PYTHON_DIST)
	$(PACKAGES_PYTHON) -m wheel tags --remove --platform-tag manylinux2014_x86_64 $(PYTHON_DIST)/*.whl

test-wheel: sdist wheel sandbox
	$(PACKAGES_PYTHON) -m twine --no-color check --strict $(PYTHON_DIST)/*
	$(OUTSIDE) $(WITH_SANDBOX) $(PACKAGES_PYTHON) tests/release/install/python/check_wheel.py $(PYTHON_DIST)/*.whl
	$(OUTSIDE) $(PYTHON) tools/with_sandbox.py --deadline 1800 -- \
		$(PACKAGES_PYTHON) tests/release/install/python/check_sdist.py $(PYTHON_DIST)/*.tar.gz

# PKG_CONFIG_PATH may name an installed library; else one is installed into a folder that goes again.
test-go-module: install-build sandbox
	$(OUTSIDE) $(WITH_SANDBOX) $(PYTHON) tests/release/install/go/check.py

# Installs the library, its headers and the command. Included by the Makefile at the root, where make is run.
#
#   install-build  builds what is installed; then `sudo make install` builds nothing
#   install        into PREFIX, or below DESTDIR for a package
#   uninstall      removes what install brought, no matter which version it was
#   pages          packaging/command, after a change of src/command/arguments.rs
#   dist           build/dist/libanchor-VERSION.tar.gz, the sources as they are committed
#   deb            build/deb/*.deb, Debian packages of that
#   test-install   installs in each way and builds programs with it that cannot see this folder
#
# INSTALL_VERSION and the library's SONAME come from Cargo.toml alone.

PREFIX ?= /usr/local
DESTDIR ?=
LIBDIR ?= $(PREFIX)/lib
INCLUDEDIR ?= $(PREFIX)/include
BINDIR ?= $(PREFIX)/bin
DATADIR ?= $(PREFIX)/share
MANDIR ?= $(DATADIR)/man
ZSHDIR ?= $(DATADIR)/zsh/site-functions
LD ?= ld
AR ?= ar
NM ?= nm
OBJCOPY ?= objcopy
# What the wrapper for C is compiled with; CFLAGS would reach the library's own C as well.
INSTALL_CFLAGS ?= -O2 -g0

INSTALL_VERSION := $(shell sed -n 's/^version = "\(.*\)"$$/\1/p' Cargo.toml | head -n 1)
SONAME := libanchor.so.$(firstword $(subst ., ,$(INSTALL_VERSION)))

# A folder of its own: target/release/libanchor.so has no SONAME, and what was linked against it must go on to start.
INSTALL_TARGET := target/install
INSTALL_STAGE := $(INSTALL_TARGET)/stage
INSTALL_CARGO = CARGO_TARGET_DIR="$(CURDIR)/$(INSTALL_TARGET)" $(CARGO)
INSTALL_SOURCES := Cargo.toml Cargo.lock build.rs cbindgen.toml $(shell find src -name '*.rs')
INSTALL_BUILT := $(addprefix $(INSTALL_STAGE)/,libanchor.so libanchor.a libanchor_easy.a anchor)

.PHONY: install-build install uninstall pages

install-build: $(INSTALL_BUILT)

# Each is copied at once: Cargo builds several kinds of the library into one folder.
$(INSTALL_STAGE)/libanchor.so: $(INSTALL_SOURCES)
	$(INSTALL_CARGO) rustc --locked --release --lib --crate-type cdylib -- -C link-arg=-Wl,-soname,$(SONAME)
	@mkdir -p $(@D)
	cp $(INSTALL_TARGET)/release/libanchor.so $@

$(INSTALL_STAGE)/libanchor.a: $(INSTALL_STAGE)/libanchor.so packaging/localize.sh
	$(INSTALL_CARGO) rustc --locked --release --lib --crate-type staticlib
	LD="$(LD)" AR="$(AR)" NM="$(NM)" OBJCOPY="$(OBJCOPY)" \
		sh packaging/localize.sh $(INSTALL_TARGET)/release/libanchor.a $< $@

$(INSTALL_STAGE)/libanchor_easy.a: bindings/c/src/anchor_easy.c bindings/c/include/anchor_easy.h include/anchor.h
	@mkdir -p $(@D)
	$(CC) -std=c99 $(INSTALL_CFLAGS) -fPIC -Iinclude -c $< -o $(INSTALL_STAGE)/anchor_easy.o
	rm -f $@
	$(AR) rcsD $@ $(INSTALL_STAGE)/anchor_easy.o

$(INSTALL_STAGE)/anchor: $(INSTALL_SOURCES)
	$(CARGO) build --locked --profile command --features command --bin anchor
	@mkdir -p $(@D)
	cp target/command/anchor $@

INSTALL_PLACES = DESTDIR="$(DESTDIR)" PREFIX="$(PREFIX)" LIBDIR="$(LIBDIR)" INCLUDEDIR="$(INCLUDEDIR)" BINDIR="$(BINDIR)" \
	DATADIR="$(DATADIR)" MANDIR="$(MANDIR)" ZSHDIR="$(ZSHDIR)" VERSION="$(INSTALL_VERSION)" SONAME="$(SONAME)" STAGE=$(INSTALL_STAGE)

install: $(INSTALL_BUILT)
	@$(INSTALL_PLACES) sh packaging/install.sh

uninstall:
	@$(INSTALL_PLACES) sh packaging/uninstall.sh

pages: tools
	ANCHOR_WRITE_PAGES=1 $(CARGO) test --quiet --locked --features command --test cli packaged

.PHONY: dist deb test-install
INSTALL_ARCHIVE := build/dist/libanchor-$(INSTALL_VERSION).tar.gz

# What is committed, with nothing that is not.
dist:
	$(call need,git,git)
	@mkdir -p build/dist
	git archive --format=tar.gz --prefix=libanchor-$(INSTALL_VERSION)/ --output=$(INSTALL_ARCHIVE) HEAD
	@echo "$(INSTALL_ARCHIVE): $$(git rev-parse --short HEAD)"

deb: dist
	$(call need,dh,debhelper)
	$(call need,dpkg-buildpackage,dpkg-dev)
	sh packaging/deb.sh $(INSTALL_ARCHIVE) $(INSTALL_VERSION)

# Everything that a program may be built with, as its users have it.
test-install: install-build sandbox deb
	$(call need,cmake,cmake)
	$(call need,pkg-config,pkgconf)
	$(PYTHON) tests/release/install/run.py

# Installs the library, its headers and the command, and makes the packages. Included by the
# Makefile in the root folder.

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
# For the C wrapper. CFLAGS would reach the C code inside the library as well.
INSTALL_CFLAGS ?= -O2 -g0

# Cargo.toml alone holds the version.
VERSION := $(shell sed -n 's/^version = "\(.*\)"$$/\1/p' Cargo.toml | head -n 1)
SONAME := libanchor.so.$(firstword $(subst ., ,$(VERSION)))

# `sudo make install` must find these up to date, whatever else was built since.
STAGE := target/stage
STAGED := $(addprefix $(STAGE)/,libanchor.so libanchor.a libanchor_easy.a anchor)
MAN3 := build/docs/man3/anchor.h.3
RUST_SOURCES := Cargo.toml Cargo.lock build.rs cbindgen.toml $(shell find src -name '*.rs')
INSTALL = @DESTDIR="$(DESTDIR)" PREFIX="$(PREFIX)" LIBDIR="$(LIBDIR)" INCLUDEDIR="$(INCLUDEDIR)" BINDIR="$(BINDIR)" \
	DATADIR="$(DATADIR)" MANDIR="$(MANDIR)" ZSHDIR="$(ZSHDIR)" VERSION="$(VERSION)" SONAME="$(SONAME)" STAGE=$(STAGE) \
	sh packaging/install.sh

STAGED_LIB := $(filter-out %/anchor,$(STAGED)) $(MAN3)

.PHONY: install install-lib install-build uninstall pages dist deb wheel sdist archive release-files

install: install-build ## install into PREFIX, or below DESTDIR; `make uninstall` removes it again
	$(INSTALL) install

# Without the command, whose dependencies take as long to compile as the library.
install-lib: $(STAGED_LIB) ## install all but the command `anchor`
	$(INSTALL) install-lib

# `sudo make install` builds nothing after this.
install-build:
	$(call say,$(STAGE)/anchor,compiling the library and the command,3 to 6)
	@$(MAKE) --no-print-directory $(JOBS) $(STAGED) $(MAN3)

uninstall:
	$(INSTALL) uninstall

$(STAGE)/libanchor.so: $(RUST_SOURCES)
	@$(MAKE) --no-print-directory lib
	@mkdir -p $(@D)
	cp target/release/libanchor.so $@

$(STAGE)/libanchor.a: $(STAGE)/libanchor.so packaging/hide_symbols.sh
	LD="$(LD)" AR="$(AR)" NM="$(NM)" OBJCOPY="$(OBJCOPY)" sh packaging/hide_symbols.sh target/release/libanchor.a $< $@

$(STAGE)/libanchor_easy.a: bindings/c/src/anchor_easy.c bindings/c/include/anchor_easy.h include/anchor.h
	@mkdir -p $(@D)
	$(CC) -std=c99 $(INSTALL_CFLAGS) -fPIC -Iinclude -Ibindings/c/include -c $< -o $(STAGE)/anchor_easy.o
	rm -f $@
	$(AR) rcsD $@ $(STAGE)/anchor_easy.o

$(STAGE)/anchor: $(RUST_SOURCES)
	$(BESIDE_LIB) $(CARGO) build --locked --profile command --features command --bin anchor
	@mkdir -p $(@D)
	cp target/command/anchor $@

# Another version of doxygen may warn about the comments. Everything else is installed then.
$(MAN3): include/anchor.h bindings/c/include/anchor_easy.h docs/man3.sh $(wildcard docs/doxygen/*)
	@sh docs/man3.sh || echo "the man pages of the C functions are left out: doxygen failed"

# The man pages and completions in packaging/command are committed, because generating them would
# make every installation compile the dependencies of the tests. The snippets in the pages of the
# documentation are committed so that the pages can be read without building the site.
pages: tools
	$(PYTHON) docs/tools/snippets.py
	ANCHOR_WRITE_PAGES=1 $(CARGO) test --quiet --locked --features command --test cli packaged

dist: ## archive the committed sources: build/dist/libanchor-VERSION.tar.gz
	$(call need,git,git)
	@mkdir -p build/dist
	git archive --format=tar.gz --prefix=libanchor-$(VERSION)/ --output=build/dist/libanchor-$(VERSION).tar.gz HEAD

deb: dist ## build the Debian packages in build/deb from that archive
	$(call need,dh,debhelper)
	$(call need,dpkg-buildpackage,dpkg-dev)
	$(call need,doxygen,doxygen)
	$(call say,build/deb/target,building the packages,2 to 8)
	sh packaging/deb.sh build/dist/libanchor-$(VERSION).tar.gz $(VERSION)

wheel: tools build/packages-venv/ready ## build a Python wheel for Linux with glibc 2.17 or newer, or for PLATFORM, in build/dist
	$(call say,target/x86_64-unknown-linux-gnu/release/libanchor.so,compiling the library for old systems,2 to 5)
	PATH="$(CURDIR)/build/packages-venv/bin:$$PATH" sh packaging/wheel/build.sh $(GIVEN_PLATFORM)

sdist: build/packages-venv/ready ## build the Python source distribution, in build/dist/python
	@rm -f build/dist/python/*.tar.gz
	cd bindings/python && ../../build/packages-venv/bin/python -m hatchling build --target sdist --directory ../../build/dist/python

# PLATFORM counts if it is given on the command line: some systems have such a variable.
GIVEN_PLATFORM = $(if $(filter command,$(firstword $(origin PLATFORM))),$(PLATFORM))
OTHER_PLATFORM = $(filter-out linux-$(shell uname -m),$(GIVEN_PLATFORM))
ARCHIVED := build/archive/prefix

ifneq ($(OTHER_PLATFORM),)
archive: tools build/packages-venv/ready $(MAN3)
	PATH="$(CURDIR)/build/packages-venv/bin:$$PATH" sh packaging/release/platform_archive.sh $(OTHER_PLATFORM)
else
archive: install-build ## pack the library, the command and their pages for this machine or PLATFORM, in build/archive
	$(call need,doxygen,doxygen)
	@rm -rf build/archive
	@$(MAKE) --no-print-directory install DESTDIR= PREFIX="$(CURDIR)/$(ARCHIVED)" >/dev/null
	$(PYTHON) packaging/release/archive.py $(ARCHIVED) build/archive
endif

release-files: archive wheel sdist deb ## make every file that a release offers for this machine, in build/release
	@mkdir -p build/sbom
	$(PYTHON) packaging/release/sbom.py build/sbom/libanchor-$(VERSION).cdx.json
	$(PYTHON) packaging/release/collect.py build/release build/archive/*.tar.gz build/dist/python/*$(VERSION)* \
		build/deb/*_$(VERSION)-*.deb build/sbom/libanchor-$(VERSION).cdx.json

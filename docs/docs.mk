# Builds the site of the documentation and tests what it shows. Included by the Makefile at the root, where make is run.
#
#   docs       build/docs/site, and the man pages build/docs/man3; needs doxygen, Go and PyPI
#   test-docs  every snippet, table and link, of the site and of all Markdown in the repository
#   test-docs-browser  the recipe for Playwright in chromium, which has to be installed; not part of test-docs
#   lint-docs  what the formatters and linters say of docs
#
# README.md beside this file tells how the parts go together.

DOCS_OUT := build/docs
DOCS_VENV := $(DOCS_OUT)/venv
DOCS_PYTHON := $(DOCS_VENV)/bin/python
PLAYWRIGHT_VERSION := 1.65.2
# Where the pages and the references meet: the generator takes what it does not know along as it is.
DOCS_SOURCE := $(DOCS_OUT)/source

.PHONY: docs docs-reference test-docs test-docs-browser lint-docs

docs: docs-reference
	cp -R docs/pages/. $(DOCS_SOURCE)
	cd bindings/go && $(GO) doc -all > "$(CURDIR)/$(DOCS_OUT)/go.txt"
	$(PYTHON) docs/tools/go_reference.py $(DOCS_OUT)/go.txt > $(DOCS_SOURCE)/reference/go.md
	rm -rf $(DOCS_OUT)/site
	cp docs/zensical.toml $(DOCS_OUT)
	$(DOCS_PYTHON) -m zensical build --strict --config-file $(DOCS_OUT)/zensical.toml > $(DOCS_OUT)/site.log 2>&1 || \
		{ cat $(DOCS_OUT)/site.log; exit 1; }
	@# Its links depend on where the site is, which nobody knows.
	rm $(DOCS_OUT)/site/404.html
	@echo "docs: $(DOCS_OUT)/site/index.html"

docs-reference: $(DOCS_VENV)/ready
	$(call need,doxygen,doxygen)
	$(call need,$(GO),Go 1.24 or newer from https://go.dev/dl)
	rm -rf $(DOCS_SOURCE) $(DOCS_OUT)/man3
	mkdir -p $(DOCS_SOURCE)/reference
	doxygen docs/doxygen/c.dox
	doxygen docs/doxygen/wrappers.dox
	PYTHONPATH=bindings/python/src $(DOCS_PYTHON) docs/tools/python_reference.py $(DOCS_SOURCE)/reference/python

test-docs: docs lib sandbox $(DOCS_VENV)/ready
	$(DOCS_PYTHON) -m pytest -q -rs -p no:cacheprovider --strict-markers --ignore docs/tests/browser docs/tests

# Playwright comes without a browser of its own, and is large: only here.
test-docs-browser: lib sandbox $(DOCS_VENV)/ready
	$(call need,chromium,chromium)
	$(DOCS_PYTHON) -m pip install --quiet playwright==$(PLAYWRIGHT_VERSION)
	$(DOCS_PYTHON) -m pytest -q -p no:cacheprovider docs/tests/browser

$(DOCS_VENV)/ready: docs/requirements.txt
	$(PYTHON) -m venv $(DOCS_VENV) || { echo "python3-venv is missing: install it"; exit 1; }
	$(DOCS_PYTHON) -m pip install --quiet --requirement docs/requirements.txt
	@touch $@

lint-docs: $(VENV)/ready $(DOCS_VENV)/ready
	$(VENV)/bin/ruff check --quiet docs
	$(VENV)/bin/ruff format --quiet --check docs
	$(VENV)/bin/mypy --strict --python-executable $(DOCS_PYTHON) --config-file docs/mypy.ini
	@test -z "$$(gofmt -l docs)" || { echo "gofmt: run gofmt -w on"; gofmt -l docs; exit 1; }
	@cd bindings/go && for program in ../../docs/snippets/go/*.go; do $(GO) vet $(GO_TAGS) "$$program" || exit 1; done

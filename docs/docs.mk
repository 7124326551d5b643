# Builds and tests the documentation. Included by the Makefile at the root, where make is run.
#
#   docs               builds build/docs/site and the man pages; needs doxygen, Go and PyPI
#   test-docs          tests every snippet, table and link of the site and of all Markdown files
#   test-docs-browser  tests the recipe for Playwright in an installed chromium; not in test-docs
#   lint-docs          runs formatters and linters on docs
#
# docs/README.md explains how the documentation is made.

DOCS_OUT := build/docs
DOCS_VENV := $(DOCS_OUT)/venv
DOCS_PYTHON := $(DOCS_VENV)/bin/python
PLAYWRIGHT_VERSION := 1.65.2
# The pages and the references are collected here. The generator copies files of unknown types.
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
	@# Its links would depend on where the site is installed.
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

# Playwright is large, so only this target installs it. It has no browser of its own.
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

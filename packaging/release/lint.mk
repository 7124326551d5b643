# The part of `make lint` that looks at C, C++, shell scripts, workflows, the Python package's types and licences.
# Included by release.mk. What a file was found good with is remembered below build/lint.
#
#   lint-native, lint-shell, lint-workflows, lint-types, lint-reuse

LINT_OUT = build/lint
LINT_VENV = build/lint-venv
ACTIONLINT = build/bin/actionlint
ACTIONLINT_VERSION = v1.7.12

.PHONY: lint-release lint-native lint-shell lint-workflows lint-types lint-reuse
lint-release: lint-native lint-shell lint-types lint-workflows lint-reuse

LINT_NATIVE = $(shell find bindings examples -name '*.c' -o -name '*.cpp')
LINT_INCLUDED = $(shell find include bindings tests/wrappers/support -name '*.h' -o -name '*.hpp') .clang-tidy
LINT_C = -std=c99 -D_POSIX_C_SOURCE=200809L -Itests/wrappers/support -Ibindings/c/include -Ibindings/c/src
LINT_CPP = -std=c++17 -Itests/wrappers/support -Ibindings/cpp/include
# A test ends when an exception leaves its main.
LINT_CHECKS = $(if $(findstring /test_,$<),--checks=-bugprone-exception-escape)
define LINT_TIDY
@mkdir -p $(@D)
@clang-tidy --quiet $(LINT_CHECKS) $< -- $(1) -Iinclude 2>$@.log || { cat $@.log; exit 1; }
@touch $@
endef

# A few seconds for each file.
lint-native:
	$(call need,clang-tidy,clang-tidy)
	@$(MAKE) --no-print-directory --jobs="$$(getconf _NPROCESSORS_ONLN)" lint-tidied

.PHONY: lint-tidied
lint-tidied: $(LINT_NATIVE:%=$(LINT_OUT)/%.tidy)

$(LINT_OUT)/bindings/cpp/tests/test_no_exceptions.cpp.tidy: LINT_CPP += -fno-exceptions -fno-rtti
$(LINT_OUT)/bindings/go/%.c.tidy: LINT_C = -std=gnu17
$(LINT_OUT)/%.c.tidy: %.c $(LINT_INCLUDED)
	$(call LINT_TIDY,$(LINT_C))
$(LINT_OUT)/%.cpp.tidy: %.cpp $(LINT_INCLUDED)
	$(call LINT_TIDY,$(LINT_CPP))

# Whatever in git begins as a shell script does.
lint-shell:
	$(call need,shellcheck,shellcheck)
	@git grep -zlIE '^#!.*[ /](ba|da)?sh( |$$)' | xargs -0 shellcheck --external-sources

$(LINT_VENV)/ready: packaging/release/requirements.txt
	$(PYTHON) -m venv $(LINT_VENV) || { echo "python3-venv is missing: install it"; exit 1; }
	$(LINT_VENV)/bin/python -m pip install --quiet --requirement packaging/release/requirements.txt
	@touch $@

# What a program that uses the package sees of its types.
lint-types: $(LINT_VENV)/ready
	$(LINT_VENV)/bin/pyright --project bindings/python/tests/typed

$(ACTIONLINT):
	GOBIN="$(CURDIR)/build/bin" CGO_ENABLED=0 $(GO) install github.com/rhysd/actionlint/cmd/actionlint@$(ACTIONLINT_VERSION)

# With shellcheck it looks into the steps as well.
lint-workflows: $(ACTIONLINT)
	$(ACTIONLINT)

lint-reuse: $(LINT_VENV)/ready
	$(LINT_VENV)/bin/reuse lint --quiet || $(LINT_VENV)/bin/reuse lint --lines

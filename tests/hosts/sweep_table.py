"""Writes docs/FAULTS.md: the statuses that the last sweep saw."""

import collections
import pathlib

from sweep_rules import ERRORS, EXCLUDED, KEPT_OPEN, RULES

PAGE = pathlib.Path(__file__).resolve().parents[2] / "docs/FAULTS.md"

INTRODUCTION = """\
# Faults: what the host gets when a system call fails

Every system call that the library makes fails in turn: the first, second, third and last time that
it is made, and, where that is likely in practice, from then on. After each fault the host gets a
status in time, nothing is printed, no descriptor is lost, and the same operation succeeds once the
fault is gone. `python3 tests/hosts/run.py sweep` checks that, and `python3 tests/hosts/run.py sweep
-- --write` writes this page. Statuses are those of `anchor.h`, without `ANCHOR_`. `OK` means that
the library does without the call. The calls here have no retries: by default, a transient failure
is retried.

A system call that is denied for good often fails in an earlier one that this page also lists: the
tables are for one machine with Linux and glibc 2.36 on x86-64. The rules in
`tests/hosts/sweep_rules.py` say which statuses are right on others.

## Exceptions

| scenario/call/errno/occurrence | what may happen | why |
|---|---|---|
"""


def write(cases, outcomes):
    """Writes the page. An outcome is a status or what happened instead of one."""
    PAGE.write_text(INTRODUCTION + exceptions() + tables(cases, outcomes), encoding="utf-8")


def exceptions():
    rows = [("is not tried", rule) for rule in EXCLUDED]
    rows += [(rule.statuses, rule) for rule in RULES if rule.reason]
    rows += [("a descriptor stays open", rule) for rule in KEPT_OPEN]
    return "".join(
        f"| {' '.join(f'`{it}`' for it in rule.patterns.split())} | {what} | {rule.reason} |\n" for what, rule in rows
    )


def tables(cases, outcomes):
    """A table for each scenario, with a row for each system call."""
    seen = collections.defaultdict(set)
    for case, outcome in zip(cases, outcomes, strict=True):
        seen[case.scenario, f"{case.call}{' from then on' * case.for_good}", case.error].add(outcome)
    text = ""
    for scenario in dict.fromkeys(key[0] for key in seen):
        text += f"\n## {scenario}\n\n| system call | {' | '.join(ERRORS)} | others |\n{'|---' * (len(ERRORS) + 2)}|\n"
        for call in sorted({key[1] for key in seen if key[0] == scenario}):
            errors = {key[2]: ", ".join(sorted(seen[key])) for key in seen if key[:2] == (scenario, call)}
            others = "; ".join(f"{error}: {errors[error]}" for error in errors if error not in ERRORS)
            text += f"| {call} | {' | '.join(errors.get(error, '') for error in ERRORS)} | {others} |\n"
    return text

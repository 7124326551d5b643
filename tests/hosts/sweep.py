#!/usr/bin/env python3
"""Makes every system call of the library fail in turn, and judges what the host gets.

    python3 tests/hosts/run.py sweep [-- [--write] [--verbose] [SCENARIO[/CALL[/ERRNO[/NTH]]]]...]

First each scenario of sweep.c runs without a fault, which shows the system calls that it makes and
how often. Then each of them fails: the first three times, the last time and, for some, for good.
After each fault the library promises a status in time, no output, no end of the process, no lost
descriptor, and success of the same operation. sweep_rules.py says which statuses are right. A case
that only took too long is run again by itself before it counts.

Arguments select cases; each part may be a pattern. --write writes the statuses to docs/FAULTS.md.
"""

import argparse
import concurrent.futures
import errno
import os
import queue
import subprocess
import sys
from dataclasses import dataclass

import sweep_table
from sweep_rules import (
    ENDS,
    ERRORS,
    EXCLUDED,
    EXHAUSTION,
    FOR_GOOD,
    FOR_GOOD_ERRORS,
    KEPT_OPEN,
    MORE_ERRORS,
    RULES,
    matches,
    rule_for,
)

# Most of the time of a case is spent waiting.
WORKERS = 2 * (os.cpu_count() or 1)
#: The timeout of a call, and what it may take.
TIMEOUT_MS, LATEST_MS = 1000, 2000
STATUSES = {
    0: "OK",
    1: "INVALID_ARGUMENT",
    2: "INVALID_HANDLE",
    3: "CONNECT_FAILED",
    4: "TLS_FAILED",
    5: "CONNECTION_LOST",
    6: "TIMEOUT",
    7: "CANCELLED",
    8: "BAD_RESPONSE",
    9: "RESOURCE_EXHAUSTED",
    10: "INTERNAL",
}


@dataclass(frozen=True)
class Case:
    scenario: str
    #: "-" if none is to fail.
    call: str = "-"
    nth: int = 0
    error: str = "-"
    for_good: bool = False

    def __str__(self):
        return f"{self.scenario}/{self.call}/{self.error}/{self.nth}{'+' * self.for_good}"


@dataclass(frozen=True)
class Seen:
    """What sweep.c says about a case, in this order."""

    failed: int
    path: str
    wait: int
    phase: str
    status: int
    ms: int
    next: int
    open: int
    text: str
    later: str
    output: str
    calls: str

    @staticmethod
    def parse(line):
        fields = line.rstrip("\n").split("\t")
        kinds = Seen.__annotations__.values()
        return Seen(*(kind(field) for kind, field in zip(kinds, fields, strict=True)))

    def counts(self):
        return {name: int(count) for name, count in (pair.split("=") for pair in self.calls.split())}

    def outcome(self):
        """The status, or what happened instead of one."""
        return ENDS if self.wait else STATUSES.get(self.status, str(self.status))


class Programs:
    """Copies of sweep.c, each of which runs one case at a time."""

    def __init__(self, path):
        self.idle = queue.SimpleQueue()
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
        self.all = [subprocess.Popen([path], text=True, errors="replace", **pipes) for _ in range(WORKERS)]
        for program in self.all:
            self.idle.put(program)

    def run(self, case, descriptors):
        program = self.idle.get()
        number = getattr(errno, case.error, 0)
        program.stdin.write(f"{case.scenario} {case.call} {case.nth} {number} {case.for_good:d} {descriptors}\n")
        program.stdin.flush()
        line = program.stdout.readline()
        if not line:
            sys.exit(f"sweep: the program ended at {case}")
        self.idle.put(program)
        return Seen.parse(line)

    def run_all(self, cases, descriptors):
        with concurrent.futures.ThreadPoolExecutor(WORKERS) as threads:
            return list(threads.map(lambda case: self.run(case, descriptors[case.scenario]), cases))

    def close(self):
        for program in self.all:
            program.stdin.close()
            program.wait()


def record(programs, scenarios):
    """What each scenario does without a fault."""
    seen = programs.run_all([Case(scenario) for scenario in scenarios], dict.fromkeys(scenarios, 0))
    for scenario, it in zip(scenarios, seen, strict=True):
        if it.phase != "exited" or it.wait or it.status or it.next or it.output:
            sys.exit(f"sweep: {scenario} fails without a fault: {it}")
    return dict(zip(scenarios, seen, strict=True))


def plan(records):
    """The cases for what the scenarios did without a fault."""
    for scenario, seen in records.items():
        for call, count in sorted(seen.counts().items()):
            for error in ERRORS + MORE_ERRORS.get(call, []):
                for nth in sorted(it for it in {1, 2, 3, count} if it <= count):
                    yield Case(scenario, call, nth, error)
                    if call in FOR_GOOD and error in FOR_GOOD_ERRORS:
                        yield Case(scenario, call, nth, error, for_good=True)


def faults(case, seen, descriptors):
    """What broke a promise, as texts."""
    rule = rule_for(case, RULES)
    if seen.wait:
        if not rule.allows(ENDS):
            yield f"ended by wait status {seen.wait:#x} in phase {seen.phase}: {seen.output[:300]}"
        return
    if seen.output:
        yield f"printed: {seen.output[:300]}"
    if not rule.allows(seen.outcome()):
        yield f"status {seen.outcome()}, allowed are {rule.statuses}: {seen.text}"
    if seen.ms > LATEST_MS:
        yield f"took {seen.ms} ms with a timeout of {TIMEOUT_MS} ms"
    if "raise the limit" in seen.text and case.error not in EXHAUSTION:
        yield f"wrong advice: {seen.text}"
    if seen.next:
        yield f"the next operation: status {STATUSES.get(seen.next, seen.next)}: {seen.later}"
    if seen.open > descriptors and not rule_for(case, KEPT_OPEN):
        yield f"{seen.open - descriptors} descriptors stay open"


def is_late(seen):
    """Whether a busy machine may be the reason of a fault."""
    return seen.ms >= TIMEOUT_MS or "TIMEOUT" in (STATUSES.get(seen.status), STATUSES.get(seen.next)) or seen.wait == 9


def judge(programs, cases, results, descriptors):
    """Prints what broke a promise. Returns the number of such cases."""
    broken = 0
    for index, (case, first) in enumerate(zip(cases, results, strict=True)):
        seen = first
        wrong = list(faults(case, seen, descriptors[case.scenario])) if seen.failed else []
        if wrong and is_late(seen):
            results[index] = seen = programs.run(case, descriptors[case.scenario])
            wrong = list(faults(case, seen, descriptors[case.scenario]))
            print(f"{case}: {first.ms} ms, {seen.ms} ms when run by itself{': passed' * (not wrong)}")
        for text in wrong:
            print(f"{case} {seen.path}: {text}")
        broken += bool(wrong)
    return broken


def main():
    parser = argparse.ArgumentParser(prog="sweep")
    parser.add_argument("program", help="sweep.c, built")
    parser.add_argument("patterns", nargs="*", metavar="SCENARIO[/CALL[/ERRNO[/NTH]]]")
    parser.add_argument("--verbose", action="store_true", help="print each case")
    parser.add_argument("--write", action="store_true", help="write docs/FAULTS.md")
    arguments = parser.parse_intermixed_args()
    names = subprocess.run([arguments.program, "--list"], check=True, capture_output=True, text=True).stdout.split()
    programs = Programs(arguments.program)
    records = record(programs, names)
    descriptors = {name: seen.open for name, seen in records.items()}
    cases = [
        case
        for case in plan(records)
        if any(matches(case, pattern) for pattern in arguments.patterns or ["*"]) and not rule_for(case, EXCLUDED)
    ]
    results = programs.run_all(cases, descriptors)
    broken = judge(programs, cases, results, descriptors)
    programs.close()
    reached = [(case, seen) for case, seen in zip(cases, results, strict=True) if seen.failed]
    for case, seen in reached if arguments.verbose else []:
        print(f"{case} {seen.path}: {seen.outcome()} in {seen.ms} ms {seen.text}")
    if arguments.write and not arguments.patterns:
        sweep_table.write([case for case, _ in reached], [seen.outcome() for _, seen in reached])
    print(f"{len(reached)} failed system calls in {len(names)} scenarios, {broken} broke a promise")
    sys.exit(1 if broken or not reached else 0)


if __name__ == "__main__":
    main()

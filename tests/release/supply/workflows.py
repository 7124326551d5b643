#!/usr/bin/env python3
"""Checks what the workflows of continuous integration run, and with which rights.

    python3 tests/release/supply/workflows.py ZIZMOR

zizmor finds actions and images that are not pinned, injections and the like. The rules below are this
project's own:

- No token stays in a checkout.
- A job that may write runs nothing of the repository and no third-party code: no checkout, actions
  of GitHub only, and a few programs of the system.
- Tools come from lock files: pip with hashes and without build isolation, npm by `npm ci`, cargo with
  --locked, nothing from a pipe to a shell.

Before that, both are tried on workflows that break a rule each.
"""

import pathlib
import re
import subprocess
import sys
import tempfile

import yaml

FOLDER = pathlib.Path(__file__).resolve().parents[3] / ".github"
#: What a job that may write can run.
HARMLESS = ("cd", "gh", "mv", "sha256sum")
PINNED = re.compile(r"actions/[\w-]+@[0-9a-f]{40}")
#: A command that installs or builds, and what it must say.
LOCKED = (
    (r"\bpip\d? install\b", r"--require-hashes|--no-index"),
    (r"\bpip\d? wheel\b", r"--no-build-isolation"),
    (r"\bnpm (install|i|add|exec)\b|\bnpx\b", r"(?!)"),
    (r"\bcargo (install|build|rustc|test|run)\b", r"--locked"),
    (r"\bgo install\b", r"@v\d"),
    (r"\b(curl|wget)\b.*\|", r"(?!)"),
)

HEAD = "on: push\npermissions: {contents: read}\njobs:\n  job:\n    runs-on: ubuntu-24.04\n"
CHECKOUT = "actions/checkout@93cb6efe18208431cddfb8368fd83d5badbf9bfd # v5.0.1"
FORGETS = "        with: {persist-credentials: false}\n"
WRITES = f"{HEAD}    permissions: {{contents: write}}\n    steps:\n"
READS = f"{HEAD}    steps:\n"
#: Workflows, each of which breaks one rule.
VIOLATIONS = {
    "an action that is pinned by a tag": f"{READS}      - uses: actions/cache@v4\n",
    "a token that stays": f"{READS}      - uses: {CHECKOUT}\n",
    "a token that is to stay": f"{READS}      - uses: {CHECKOUT}\n        with: {{persist-credentials: true}}\n",
    "an image without a digest": f"{HEAD}    container: quay.io/pypa/image\n    steps: [{{run: 'true'}}]\n",
    "a text of someone else in a script": f"{READS}      - run: echo ${{{{ github.head_ref }}}}\n",
    "a checkout in a job that may write": f"{WRITES}      - uses: {CHECKOUT}\n{FORGETS}",
    "a script in a job that may write": f"{WRITES}      - run: python3 packaging/release/sbom.py x\n",
    "a build in a job that may write": f"{WRITES}      - run: gh --version && cargo build --locked\n",
    "an action of someone else in a job that may write": (
        f"{WRITES}      - uses: softprops/action-gh-release@6da8fa9354ddfdc4aeace5fc48d7f679b5214090 # v2.4.1\n"
    ),
    "rights to write for every job": READS.replace("{contents: read}", "write-all") + "      - run: make test\n",
    "pip without hashes": f"{READS}      - run: python -m pip install wheel\n",
    "pip with build isolation": f"{READS}      - run: pip wheel --no-deps .\n",
    "npm without a lock file": f"{READS}      - run: npm install prism\n",
    "npx": f"{READS}      - run: npx prism\n",
    "cargo without its lock file": f"{READS}      - run: cargo install cargo-audit\n",
    "the latest version of a tool in Go": f"{READS}      - run: go install example.com/tool@latest\n",
    "a script from the network": f"{READS}      - run: curl -sSf https://sh.rustup.rs | sh -s -- -y\n",
}
#: Without what makes them violations, they are fine.
FINE = (
    f"{READS}      - uses: {CHECKOUT}\n{FORGETS}      - run: make test\n",
    f"{WRITES}      - run: gh release create v1 dist/*\n",
)


def main():
    zizmor = pathlib.Path(sys.argv[1]).resolve()
    for name, text in VIOLATIONS.items():
        if not findings_in(text, zizmor):
            sys.exit(f"workflows: {name} is not found")
    for text in FINE:
        if found := findings_in(text, zizmor):
            sys.exit(f"workflows: a workflow without a fault has findings: {found}")
    files = sorted(FOLDER.glob("workflows/*.yml"))
    findings = [finding for file in files for finding in own_findings(file)]
    found = "\n".join([*findings, zizmor_findings(zizmor, FOLDER)]).strip()
    if found or not files:
        sys.exit(found or f"workflows: there are none in {FOLDER}")


def findings_in(text, zizmor):
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder) / ".github/workflows/x.yml"
        file.parent.mkdir(parents=True)
        file.write_text(text, encoding="utf-8")
        return "\n".join([*own_findings(file), zizmor_findings(zizmor, file.parents[1])]).strip()


def zizmor_findings(zizmor, folder):
    """What zizmor prints about a folder, or "" if it has no finding."""
    command = [zizmor, "--offline", "--no-progress", "--quiet", "--min-severity", "medium", folder]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    return "" if done.returncode == 0 else done.stdout + done.stderr


def own_findings(file):
    workflow = yaml.safe_load(file.read_text(encoding="utf-8"))
    for name, job in workflow["jobs"].items():
        where = f"{file.name}, job {name}"
        may_write = "write" in str(job.get("permissions", workflow.get("permissions", "write-all")))
        for step in job.get("steps", []):
            for command in commands(step.get("run", "")):
                if may_write and command.split()[0] not in HARMLESS:
                    yield f"{where}: it may write, and runs: {command}"
                for pattern, needed in LOCKED:
                    if re.search(pattern, command) and not re.search(needed, command):
                        yield f"{where}: not from a lock file: {command}"
            uses, given = step.get("uses", ""), step.get("with") or {}
            if uses.startswith("actions/checkout@") and given.get("persist-credentials") is not False:
                yield f"{where}: the token stays in the checkout: set persist-credentials to false"
            if may_write and uses and (not PINNED.fullmatch(uses) or uses.startswith("actions/checkout@")):
                yield f"{where}: it may write, and uses {uses}"


def commands(script):
    """The commands of a script. Those of a pipe are one."""
    joined = script.replace("\\\n", " ")
    return [part.strip() for part in re.split(r"\n|&&|;|\|\|", joined) if part.strip()]


if __name__ == "__main__":
    main()

#!/usr/bin/python3
"""Runs one test that CMake registered and prints its cases as TAP.

usage: ctest_tap.py --list LABEL | ctest_tap.py NAME

A Check program writes a TAP log of its own (CK_TAP_LOG_FILE_NAME); any other program is one case.
"""

import json
import os
import re
import subprocess
import sys
import tempfile

from paths import BUILD

TIMEOUT = 300


def registered():
    if not (BUILD / "CTestTestfile.cmake").exists():
        return []
    done = subprocess.run(["ctest", "--test-dir", BUILD, "--show-only=json-v1"],
                          check=True, capture_output=True, text=True)
    return [test for test in json.loads(done.stdout)["tests"] if "command" in test]


def properties(test):
    return {entry["name"]: entry["value"] for entry in test.get("properties", ())}


def run(test):
    """Exit code, standard error and the program's TAP lines."""
    given = properties(test)
    with tempfile.NamedTemporaryFile("r", encoding="utf-8", errors="replace") as log:
        environment = {**os.environ, "CK_TAP_LOG_FILE_NAME": log.name, "CK_VERBOSITY": "silent"}
        environment.update(entry.split("=", 1) for entry in given.get("ENVIRONMENT", ()))
        try:
            done = subprocess.run(test["command"], cwd=given.get("WORKING_DIRECTORY"), env=environment,
                                  timeout=TIMEOUT, capture_output=True, text=True, errors="replace")
            code, errors = done.returncode, done.stdout + done.stderr
        except subprocess.TimeoutExpired:
            code, errors = 124, f"no end after {TIMEOUT} s\n"
        return code, errors, [line.rstrip("\n") for line in log if re.match(r"(not )?ok ", line)]


def report(name, code, errors, lines):
    if not lines:
        lines = [f"{'ok' if code == 0 else 'not ok'} 1 - {name}"]
    elif code != 0 and all(line.startswith("ok ") for line in lines):
        lines.append(f"not ok - {name}: exit code {code}")
    for number, line in enumerate(lines, 1):
        verdict, _, rest = line.partition(" - ")
        print(f"{verdict.rstrip(' 0123456789')} {number} - {rest}")
    if code != 0:
        for line in errors.splitlines()[-40:]:
            print(f"# {line}")
    print(f"1..{len(lines)}")


def main():
    if sys.argv[1] == "--list":
        for test in registered():
            if sys.argv[2] in properties(test).get("LABELS", ()):
                print(test["name"])
        return
    test = next(test for test in registered() if test["name"] == sys.argv[1])
    report(test["name"], *run(test))


if __name__ == "__main__":
    main()

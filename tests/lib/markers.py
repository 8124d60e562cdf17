#!/usr/bin/python3
"""Sensitive values that tests send to a server, and the search for them where they must never be.

usage: tests/lib/markers.py PATH...   fails, as TAP, if a file below one of the paths holds any of them
"""

import subprocess
import sys
import tempfile

VALUES = {"national_id": "001185918273", "address": "zqmarkzq số 12, đường Mẫu", "phone": "+84918273645",
          "notes": "zqmarkzq ghi chú kín"}
CODE = "zqmarkzq"               # of no list
# What is told about: the shortest part of a value by which it is known, as people or a shell may write it.
PARTS = {"national id": "001185918273", "phone": "918273645", "text": "zqmarkzq"}


def forms(part):
    """A text as it is, as PostgreSQL prints bytes, and as it prints them in a plan."""
    data = part.encode()
    return [data, data.hex().encode(), " ".join(map(str, data)).encode()]


def in_text(text):
    """Which kinds of value occur; never the value itself."""
    data = text.encode() if isinstance(text, str) else text
    return [kind for kind, part in PARTS.items() if any(form in data for form in forms(part))]


def in_files(paths, parts=None):
    """["kind in file"] for all files below the paths."""
    found = []
    for kind, part in (parts or PARTS).items():
        with tempfile.NamedTemporaryFile() as patterns:
            patterns.write(b"\n".join(forms(part)))
            patterns.flush()
            done = subprocess.run(["grep", "-r", "-l", "-a", "-F", "-f", patterns.name, "--", *map(str, paths)],
                                  env={"LC_ALL": "C", "PATH": "/usr/bin:/bin"}, text=True, capture_output=True)
        if done.returncode > 1 and "No such file" not in done.stderr:     # a file may go while grep is at work
            raise RuntimeError(done.stderr)
        found += [f"{kind} in {name}" for name in done.stdout.splitlines()]
    return found


def main(paths):
    found = in_files(paths)
    print("1..1")
    print(f"{'not ok' if found else 'ok'} 1 - no sensitive value is in the logs and data of this run")
    for line in found:
        print(f"# {line}")
    if found:
        print("# once it is mended: deploy/postgres destroy build/PRESET/test/postgres")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""Runs the unittest cases of a program and prints them as TAP, the one language of tests/run."""

import sys
import unittest


class TapResult(unittest.TestResult):
    """Prints each case as it ends. A failed fixture is a failed case of its own."""

    def __init__(self):
        super().__init__()
        self.number = 0

    def line(self, verdict, test, note=""):
        self.number += 1
        name = (test.shortDescription() or test.id().removeprefix("__main__.")).replace("#", "no.")
        print(f"{verdict} {self.number} - {name}{note}", flush=True)

    def explain(self, text):
        for line in text.rstrip().splitlines():
            print(f"# {line}", flush=True)

    def addSuccess(self, test):
        super().addSuccess(test)
        self.line("ok", test)

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self.line("not ok", test)
        self.explain(self.failures[-1][1])

    def addError(self, test, err):
        super().addError(test, err)
        self.line("not ok", test)
        self.explain(self.errors[-1][1])

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        self.line("ok", test, f" # SKIP {reason}")

    def addSubTest(self, test, subtest, err):
        super().addSubTest(test, subtest, err)
        if err is not None:
            self.line("not ok", test, f" {subtest._subDescription()}")
            self.explain("".join(self._exc_info_to_string(err, test)))


def main():
    """The last line of a test program; arguments select cases as those of unittest do."""
    loader = unittest.TestLoader()
    module = sys.modules["__main__"]
    if len(sys.argv) > 1:
        suite = loader.loadTestsFromNames(sys.argv[1:], module)
    else:
        suite = loader.loadTestsFromModule(module)
    result = TapResult()
    suite.run(result)
    print(f"1..{result.number}", flush=True)
    sys.exit(0 if result.wasSuccessful() and result.number else 1)

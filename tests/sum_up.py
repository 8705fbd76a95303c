#!/usr/bin/env python3
"""sum_up.py FLOOR LOG...: what came out of several test runs, from Meson's own logs.

Run at the end of all.sh. Prints the output of every failed test, the reason of every skipped one, and last of all the sum. A log that is
missing counts as one failed test. The exit code is 1 if any failed, or if fewer than FLOOR tests ran.
"""

import json
import sys
from pathlib import Path

PASSED = {"OK", "EXPECTEDFAIL"}


def results(log):
    """(name, result, output) of each test, or one failure that says what is missing."""
    if not log.exists():
        return [(log.stem, "FAIL", f"no test ran: the build failed, or its log {log} is missing")]
    tests = map(json.loads, log.read_text(encoding="utf-8").splitlines())
    return [(f"{log.stem}: {test['name']}", test["result"], test.get("stdout", "") + test.get("stderr", "")) for test in tests]


def main(floor, *logs):
    tests = [test for log in logs for test in results(Path(log))]
    passed = [test for test in tests if test[1] in PASSED]
    skipped = [test for test in tests if test[1] == "SKIP"]
    failed = [test for test in tests if test not in passed and test not in skipped]

    for name, result, output in failed:
        print(f"\n==== {result}: {name}\n{output.rstrip()}")
    for name, _, output in skipped:
        reason = output.strip().splitlines() or ["no reason given"]
        print(f"\n==== SKIPPED: {name}: {reason[-1]}")

    ran = len(passed) + len(failed)
    if ran < int(floor):
        print(f"\n==== only {ran} tests ran; there are at least {floor}: some were left out")
    print()
    print(f"{len(passed)} passed, {len(failed)} failed" + (f", {len(skipped)} skipped" if skipped else ""))
    return 1 if failed or ran < int(floor) else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

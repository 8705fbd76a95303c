#!/usr/bin/env python3
"""sum_up.py FLOOR BUILD...: what came out of the test runs of these builds, from Meson's own logs.

Run at the end of all.sh. Prints the output of every failed test, the reason of every skipped one, and last of all the sum. A build without a
log counts as one failed test. The exit code is 1 if any failed, or if fewer than FLOOR tests ran.
"""

import json
import sys
from pathlib import Path

PASSED = {"OK", "EXPECTEDFAIL"}


def results(build):
    """(name, result, output) of each test, or one failure that says what is missing."""
    logs = list((build / "meson-logs").glob("testlog*.json"))
    if len(logs) != 1:
        return [(build.name, "FAIL", f"no test ran: the build {build} failed, or its log is missing")]
    tests = map(json.loads, logs[0].read_text(encoding="utf-8").splitlines())
    return [(f"{build.name}: {test['name']}", test["result"], test.get("stdout", "") + test.get("stderr", "")) for test in tests]


def main(floor, *builds):
    tests = [test for build in builds for test in results(Path(build))]
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

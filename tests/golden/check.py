#!/usr/bin/env python3
"""check.py [--update] PROGRAM: does the program still print what lies here, to the byte?

Run by the golden tests. Prints the difference where it does not; the exit code is 1 then. --update writes the files anew: read the
difference in git before you commit it.
"""

import difflib
import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
CAPTURES = HERE.parent / "captures"

RECORDINGS = {
    "dashboard-2.1.0.mixed-t1": "dashboard-2.1.0-broker-5.3.3/mixed-t1.har",
    "console-1.0.0.mixed-t1": "console-1.0.0-broker-4.9.7/mixed-t1.har",
    "dashboard-1.0.0.broker-b-killed": "dashboard-1.0.0-broker-4.9.7/broker-b-killed.har",
}

FORMATS = {
    "table": ["--format", "table"],
    "json": ["--format", "json", "--rows"],
    "csv": ["--format", "csv"],
    "prom": ["--format", "prometheus", "--metrics.set", "compatible,own,queues"],
    "openmetrics": ["--format", "openmetrics"],
}


def printed(program, recording, options):
    environment = {name: value for name, value in os.environ.items() if not name.startswith("RMQLAG_")} | {"TZ": "UTC"}
    return subprocess.run([program, "dump", CAPTURES / recording, *options], check=True, stdout=subprocess.PIPE, env=environment).stdout


def lines(data):
    return data.decode("utf-8", "backslashreplace").splitlines(keepends=True)


def main(arguments):
    update = "--update" in arguments
    program = arguments[-1]
    different = 0
    for name, recording in RECORDINGS.items():
        for extension, options in FORMATS.items():
            file = HERE / f"{name}.{extension}"
            now = printed(program, recording, options)
            before = file.read_bytes() if file.exists() else b""
            if now == before:
                continue
            different += 1
            sys.stdout.writelines(difflib.unified_diff(lines(before), lines(now), f"golden/{file.name}", "now"))
            if update:
                file.write_bytes(now)
    return 1 if different and not update else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

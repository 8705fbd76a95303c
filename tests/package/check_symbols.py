#!/usr/bin/env python3
"""check_symbols.py LIBRARY: does the shared library export what is ours, and nothing else?

Run by the package tests. Templates of the standard library and symbols of rmqlag::internal must not leak. Exit code 77 (skipped) where `nm` is missing.
"""

import re
import shutil
import subprocess
import sys

OURS = re.compile(r"(?:(?:typeinfo(?: name)?|vtable) for )?rmqlag::(?!internal::)")
MUST_BE_THERE = ["rmqlag::version()", "rmqlag::aggregate(", "rmqlag::make_curl_transport(", "vtable for rmqlag::HttpTransport"]


def main(library):
    if shutil.which("nm") is None:
        print("skipped: nm is not installed")
        return 77
    listing = subprocess.run(["nm", "-DC", "--defined-only", library], check=True, capture_output=True, text=True)
    symbols = [line.split(maxsplit=2)[2] for line in listing.stdout.splitlines()]
    wrong = [f"not ours: {symbol}" for symbol in symbols if not OURS.match(symbol)]
    wrong += [f"missing: {wanted}" for wanted in MUST_BE_THERE if not any(symbol.startswith(wanted) for symbol in symbols)]
    print(f"{len(symbols)} symbols", *wrong, sep="\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

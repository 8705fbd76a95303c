#!/usr/bin/env python3
"""check_subproject.py shared|static SOURCE: does somebody else's program build and run with rmqlag as a Meson subproject?

Run by the package tests. As a subproject rmqlag builds its library and nothing else. Nothing is left behind.
"""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

TOO_NEW = "99.0"


def run(*command, must_fail=False):
    print("+ must fail:" if must_fail else "+", *command, flush=True)
    result = subprocess.run([str(word) for word in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    print(result.stdout, flush=True)
    if (result.returncode != 0) != must_fail:
        sys.exit("succeeded, and must not" if must_fail else "failed")


def main(kind, source):
    source = Path(source).resolve()
    with tempfile.TemporaryDirectory(prefix="rmqlag-package-") as place:
        place = Path(place)
        project = place / "project"
        shutil.copytree(source / "tests/package/consumer", project)
        (project / "subprojects").mkdir()
        (project / "subprojects/rmqlag").symlink_to(source)
        options = [f"-Ddefault_library={kind}", "-Doptimization=0", "-Ddebug=false", "--force-fallback-for=rmqlag"]
        run("meson", "setup", place / "refused", project, f"-Dwanted={TOO_NEW}", *options, must_fail=True)
        build = place / "build"
        run("meson", "setup", build, project, *options)
        run("meson", "compile", "-C", build)
        run(build / "consumer")
        strays = [file.name for file in build.rglob("*") if file.name in ("rmqlag", "fake_console") and file.is_file()]
        if strays:
            sys.exit(f"a subproject must build the library alone, not {strays}")


if __name__ == "__main__":
    main(*sys.argv[1:])

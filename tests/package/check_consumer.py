#!/usr/bin/env python3
"""check_consumer.py shared|static SOURCE [BUILD]: does somebody else's program build and run with rmqlag?

Run by the package tests. BUILD is a build of that kind, to install from; without it the library is built as a Meson subproject of that
program, and installed from there, because compiling it takes most of the time. What is installed is tried with pkg-config and with CMake; with
pkg-config also the program that README.md shows. Nothing is left behind. Exit code 77 (skipped) if all went well but pkg-config or CMake is
missing.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

COMPILER = os.environ.get("CXX", "c++").split()
TOO_NEW = "99.0"


def run(*command, must_fail=False, env=None):
    print("+ must fail:" if must_fail else "+", *command, flush=True)
    result = subprocess.run([str(word) for word in command], env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    print(result.stdout, flush=True)
    if (result.returncode != 0) != must_fail:
        sys.exit("succeeded, and must not" if must_fail else "failed")
    return result.stdout


def install(build, place):
    """What a build installs, moved to where it was not built for."""
    run("meson", "install", "-C", build, "--no-rebuild", f"--destdir={place}")
    pc_file = next(place.rglob("rmqlag.pc")).read_text()
    built_for = next(line.removeprefix("prefix=") for line in pc_file.splitlines() if line.startswith("prefix="))
    return place / built_for.lstrip("/")


def as_subproject(kind, source, consumer, place):
    """As a subproject rmqlag builds its library and nothing else. Returns the program's build."""
    project = place / "project"
    shutil.copytree(consumer, project)
    (project / "subprojects").mkdir()
    (project / "subprojects/rmqlag").symlink_to(source)
    # Without the precompiled header it is seen that each file of the library includes what it needs.
    options = [f"-Ddefault_library={kind}", "-Doptimization=0", "-Ddebug=false", "-Db_pch=false", "--force-fallback-for=rmqlag"]
    run("meson", "setup", place / "refused", project, f"-Dwanted={TOO_NEW}", *options, must_fail=True)
    build = place / "build"
    run("meson", "setup", build, project, *options)
    run("meson", "compile", "-C", build)
    run(build / "consumer")
    strays = [file.name for file in build.rglob("*") if file.name in ("rmqlag", "fake_console") and file.is_file()]
    if strays:
        sys.exit(f"a subproject must build the library alone, not {strays}")
    return build


def readme_program(consumer, place):
    """The program that README.md shows, as a file; it asks where nobody listens."""
    text = re.search(r"```cpp\n(.*?)```", (consumer.parents[2] / "README.md").read_text(encoding="utf-8"), re.DOTALL).group(1)
    file = place / "readme.cc"
    file.write_text(text.replace("http://console:8080", "http://127.0.0.1:9"), encoding="utf-8")
    return file


def by_pkg_config(kind, consumer, prefix, place):
    folder = next(prefix.rglob("rmqlag.pc")).parent
    env = dict(os.environ, PKG_CONFIG_PATH=str(folder))
    run("pkg-config", "--exists", f"rmqlag >= {TOO_NEW}", env=env, must_fail=True)
    flags = run("pkg-config", f"--define-variable=prefix={prefix}", "--cflags", "--libs", "rmqlag", env=env).split()
    private = [flag for flag in flags if "rapidjson" in flag.lower() or (kind == "shared" and "curl" in flag)]
    if private:
        sys.exit(f"rmqlag.pc hands on what is private: {private}")
    for program, says in ((consumer / "consumer.cc", ""), (readme_program(consumer, place), "nothing could be read")):
        run(*COMPILER, "-std=c++20", program, *flags, f"-Wl,-rpath,{folder.parent}", "-o", place / "consumer")
        if says not in run(place / "consumer"):
            sys.exit(f"{program} does not say {says!r}")


def by_cmake(_kind, consumer, prefix, place):
    build = place / "cmake"
    run("cmake", "-S", consumer, "-B", place / "refused", f"-DCMAKE_PREFIX_PATH={prefix}", f"-DWANTED={TOO_NEW}", must_fail=True)
    run("cmake", "-S", consumer, "-B", build, f"-DCMAKE_PREFIX_PATH={prefix}", "-DWANTED=0.1")
    run("cmake", "--build", build)
    run(build / "consumer")


def main(kind, source, build=None):
    source = Path(source).resolve()
    consumer = source / "tests/package/consumer"
    missing = []
    with tempfile.TemporaryDirectory(prefix="rmqlag-package-") as place:
        place = Path(place)
        prefix = install(build or as_subproject(kind, source, consumer, place / "subproject"), place / "installed")
        for tool, check in (("pkg-config", by_pkg_config), ("cmake", by_cmake)):
            if shutil.which(tool) is None:
                missing.append(tool)
            else:
                check(kind, consumer, prefix, place)
    if missing:
        print(f"skipped, all else passed: {' and '.join(missing)} not installed")
        return 77
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

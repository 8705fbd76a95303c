#!/usr/bin/env python3
"""check_tree.py SOURCE VERSION: do the rules hold that concern the tree as a whole?

Run by the package tests. One line a breach; the exit code is 1 if there is any.
"""

import re
import subprocess
import sys
from pathlib import Path

# Each third-party library in its one place (docs/design.md, "Seams"). An include that matches `what` may stand only in these files.
SEAMS = {
    r"curl/": ["librmqlag/src/curl_transport.cc"],
    r"rapidjson/": ["librmqlag/src/json_reader.cc", "librmqlag/src/json_writer.cc"],
    r"cxxopts": ["tools/arguments.cc"],
    r"microhttpd": ["tools/http_server.cc", "tests/console/fake_console.cc"],
    r"gnutls/": ["tools/tls.cc", "tests/console/fake_console.cc"],
    r"zlib": ["tools/gzip.cc", "tests/console/fake_console.cc", "tests/support/unzipped.h"],
    r"crypt\.h": ["tools/basic_auth.cc"],
    r"yaml-cpp/": ["tools/yaml_file.cc"],
    r"catch2/": ["tests/support/catch.h", "tests/support/main.cc"],
}
YARDSTICKS = ("tests/bench/", "tests/fuzz/json_reader_fuzz.cc")  # what the product is measured against stands on the libraries themselves

# What the library must not do: print, or read the environment.
SILENT = re.compile(r"\b(?:getenv|secure_getenv|printf|fprintf|puts|fputs|putchar|perror)\s*\(|std::(?:cout|cerr|clog)|<iostream>")

CODE = {".cc", ".h", ".in"}
RECORDED = ("tests/captures/", "tests/fuzz/corpus/")  # other people's text
HERE = "tests/package/check_tree.py"                  # names what it looks for

# A machine's own places, and what lies beside the project.
MACHINE = re.compile(r"(?<![\w.$}>/])/(?:home|root|work|Users)/\w|\.\./shared\b")
# Addresses that the tree may name: examples, and standards and projects it speaks of. Archives are named in subprojects/*.wrap alone.
HOSTS = re.compile(r"https?://(?:[^/\s@'\"<>]*@)?([A-Za-z0-9.-]+\.[A-Za-z]{2,})")
KNOWN_HOSTS = re.compile(r"(?:.*\.)?(?:apache\.org|editorconfig\.org|example|example\.(?:com|net|org)|grafana\.com|invalid|json-schema\.org|svc|"
                         r"keepachangelog\.com|kubernetes\.io|mesonbuild\.com|openmetrics\.io|prometheus\.io|semver\.org|softwareishard\.com|test|w3\.org)")
ARCHIVES = re.compile(r"github\.com")


def files_of(root):
    """What belongs to the project: what git knows or would add."""
    listed = subprocess.run(["git", "-C", root, "ls-files", "-co", "--exclude-standard", "-z"], capture_output=True, text=True)
    if listed.returncode == 0:
        return sorted(name for name in listed.stdout.split("\0") if name and (root / name).is_file())
    paths = (path.relative_to(root) for path in root.rglob("*") if path.is_file())  # an unpacked archive
    return sorted(str(path) for path in paths if not path.parts[0].startswith(("build", ".git")) and "__pycache__" not in path.parts)


def seams(name, text):
    for included in re.findall(r'^\s*#\s*include\s*[<"]([^>"]+)[>"]', text, re.MULTILINE):
        for what, places in SEAMS.items():
            if re.match(what, included) and name not in places and not name.startswith(YARDSTICKS):
                yield f"{name} includes <{included}>, which belongs to {' and '.join(places)}"


def library(name, text):
    for number, line in enumerate(text.splitlines(), 1):
        if found := SILENT.search(line):
            yield f"{name}:{number} {found[0]!r}: the library prints nothing and reads no environment"
    for macro in re.findall(r"^\s*#\s*define\s+(\w+)", text, re.MULTILINE):
        public = name.startswith("librmqlag/include/")
        at_home = name.endswith(("/export.h", "/version.h.in"))
        if (public or macro.startswith("RMQLAG_")) and not (at_home and macro.startswith("RMQLAG_")):
            yield f"{name} defines {macro}: RMQLAG_ macros live in export.h and version.h, and there are no others"


def portable(name, text):
    if found := MACHINE.search(text):
        yield f"{name} names a place outside the project: {found[0]!r}"
    for host in set(HOSTS.findall(text)):
        allowed = KNOWN_HOSTS.fullmatch(host) or (ARCHIVES.fullmatch(host) and name.endswith((".wrap", ".md")))
        if not allowed:
            yield f"{name} names the host {host}, which check_tree.py does not know"


def public_headers(root):
    """The list in meson.build, the folder and the umbrella must name the same headers."""
    folder = root / "librmqlag/include/rmqlag"
    there = {path.name.removesuffix(".in") for path in folder.iterdir() if path.suffix in (".h", ".in")}
    listed = {f"{name}.h" for name in re.findall(r"'(\w+)'", (folder / "meson.build").read_text().split("]")[0])} | {"version.h"}
    included = set(re.findall(r'#include "rmqlag/(\w+\.h)"', (folder / "rmqlag.h").read_text())) | {"rmqlag.h"}
    for wrong in sorted(there ^ listed):
        yield f"{wrong} is in only one of the public folder and its meson.build"
    for wrong in sorted(there ^ included):
        yield f"{wrong} is in only one of the public folder and rmqlag.h"


def everything_is_built(root):
    """Sources are listed by hand; one that nobody lists is a test that never runs."""
    for folder, listed_in, named in (
        ("librmqlag/src", "librmqlag/meson.build", "{}.cc"),
        ("tools", "tools/meson.build", "{}.cc"),
        ("tools/page", "tools/meson.build", "{}.cc"),
        ("examples/embed", "examples/embed/meson.build", "{}"),
        ("tests/unit", "tests/unit/meson.build", "{}"),
        ("tests/fuzz", "tests/fuzz/meson.build", "{}"),
        ("tests/console", "tests/console/meson.build", "{}.cc"),
    ):
        listed = (root / listed_in).read_text()
        for path in (root / folder).glob("*.cc"):
            name = named.format(path.stem.removesuffix("_test").removesuffix("_fuzz"))
            if not re.search(rf"['/]{re.escape(name)}(?:\.cc)?'", listed):
                yield f"{path.relative_to(root)} is not named in {listed_in}"


def changelog(root, version):
    file = root / "CHANGELOG.md"
    if not file.is_file() or not re.search(rf"^## \[?{re.escape(version)}\b", file.read_text(), re.MULTILINE):
        yield f"CHANGELOG.md has no section of version {version}"


def breaches(root, version):
    for name in files_of(root):
        if name.startswith(RECORDED) or name == HERE:
            continue
        try:
            text = (root / name).read_text(encoding="utf-8")
        except UnicodeDecodeError:
            yield f"{name} is not UTF-8"
            continue
        yield from portable(name, text)
        if Path(name).suffix in CODE:
            yield from seams(name, text)
        if name.startswith("librmqlag/") and Path(name).suffix in CODE:
            yield from library(name, text)
    yield from public_headers(root)
    yield from everything_is_built(root)
    yield from changelog(root, version)


if __name__ == "__main__":
    found = list(breaches(Path(sys.argv[1]), sys.argv[2]))
    print(*found, sep="\n")
    sys.exit(1 if found else 0)

#!/usr/bin/env python3
"""test_static.py PROGRAM FAKE_CONSOLE CAPTURES_DIR: what is special about the static program: what it is made of, how it finds names and
certificates, and that it serves without TLS.

That it does what the program does, others of these scripts say: they run with it, too.
"""

import socket
import struct
from pathlib import Path

import harness
from test_console import by_name, make_certificate
from test_serve import ANY_PORT
from test_web import compression, tls_config, users

LARGEST = 6_000_000  # bytes
INTERPRETER_SEGMENT, SYMBOLS_SECTION = 3, 2  # PT_INTERP and SHT_SYMTAB
CA_BUNDLE = "/etc/ssl/certs/ca-certificates.crt"


def kinds(elf):
    """Of the segments and of the sections of a 64-bit little-endian ELF file."""
    segments, sections = struct.unpack_from("<QQ", elf, 32)
    segment_size, segment_count, section_size, section_count = struct.unpack_from("<HHHH", elf, 54)
    return ([struct.unpack_from("<I", elf, segments + index * segment_size)[0] for index in range(segment_count)],
            [struct.unpack_from("<I", elf, sections + index * section_size + 4)[0] for index in range(section_count)])


def made_of(bench):
    checks = bench.checks
    elf = Path(bench.program.path).read_bytes()
    segments, sections = kinds(elf)
    checks.check("static: it asks for no loader", INTERPRETER_SEGMENT not in segments, segments)
    checks.check("stripped: it has no table of symbols", SYMBOLS_SECTION not in sections, sections)
    checks.check("it has no name service of the C library, which would load shared libraries", b"libnss_" not in elf)
    checks.check(f"size: {len(elf):,} bytes, of {LARGEST:,} at most", len(elf) <= LARGEST)


def starts(bench):
    runs = [bench.program.run("--version") for _ in range(10)]
    bench.checks.check("--version", all(run.code == 0 and run.out.startswith("rmqlag ") for run in runs), runs[0])
    print(f"      in {min(run.seconds for run in runs) * 1e3:.1f} ms")  # no judgement: the machine may be busy


def where(bench, files):
    """The program where some files are others, {name: text}; None, and told, where that is not allowed."""
    seen = {}
    for index, (name, text) in enumerate(files.items()):
        seen[name] = bench.directory / f"seen-{index}"
        seen[name].write_text(text)
    before = harness.other_files(seen)
    if before is None:
        return bench.checks.skip(f"no mount namespace of our own here: {' and '.join(files)} cannot be others")
    return harness.Program(bench.program.path, bench.checks, before)


def names(bench):
    checks = bench.checks
    checks.told("a name that does not exist", bench.program.run("dump", "http://no-such-host.invalid:1"), 2, "no address for the host name")
    program = where(bench, {"/etc/hosts": "127.0.0.1 console.test\n"})
    if program:
        with bench.console(bench.recording()) as console:
            result = program.run("dump", console.url.replace("127.0.0.1", "console.test"))
            checks.check("a name of /etc/hosts", result.code == 0 and "messages behind" in result.out, result)


def silent_name_server(bench):
    address = "127.0.0.53"
    with socket.socket(type=socket.SOCK_DGRAM) as silent:
        try:
            silent.bind((address, 53))
        except OSError as error:
            return bench.checks.skip(f"no name server of our own: {error}")
        program = where(bench, {"/etc/resolv.conf": f"nameserver {address}\n"})
        if program:
            result = program.run("dump", "http://elsewhere.test:1", "--request-timeout", "1s")
            bench.checks.told("a name server that does not answer", result, 2, "elsewhere.test", "within 1000 ms")
            bench.checks.check("it is given up in time", result.seconds < 5, result.seconds)


def certificates_of_the_system(bench):
    checks = bench.checks
    certificate, key = make_certificate(bench.directory, "console")
    with bench.console(bench.recording(), "--cert", certificate, "--key", key) as console:
        checks.told("the system does not know it", bench.program.run("dump", by_name(console)), 2, "is not trusted")
        program = where(bench, {CA_BUNDLE: certificate.read_text()})
        if program:
            result = program.run("dump", by_name(console))
            checks.check("the system knows it", result.code == 0, result)
        program = where(bench, {CA_BUNDLE: ""})
        if program:
            checks.told("a system without any", program.run("dump", by_name(console)), 2, CA_BUNDLE)


def no_tls_of_its_own(bench):
    config = bench.directory / "web.yml"
    config.write_text("http_server_config:\n" + tls_config())
    for flags in ([], ["--config.check"]):
        result = bench.program.run("serve", bench.recording(), "--web.config.file", config, "--web.listen-address", ANY_PORT, *flags)
        bench.checks.told(f"tls_server_config {flags}", result, 1, f"{config}:2: tls_server_config", "static", "proxy")


if __name__ == "__main__":
    harness.main(__doc__, made_of, starts, names, silent_name_server, certificates_of_the_system, no_tls_of_its_own, users, compression)

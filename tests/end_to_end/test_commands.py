#!/usr/bin/env python3
"""test_commands.py PROGRAM FAKE_CONSOLE CAPTURES_DIR: the command line as people and scripts meet it.

Help, mistakes, bad files, where output goes and what becomes of it, environment variables, terminals, passwords.
"""

import fcntl
import json
import os
import pty
import re
import resource
import signal
import stat
import struct
import subprocess
import termios
from pathlib import Path

import harness

COMMANDS = ("dump", "serve", "record")
PASSWORD = "correct-horse-battery"
ESCAPE = "\x1b"
ERASE_LINE = "\r\x1b[K"
COLOUR = re.compile(r"\x1b\[[0-9;]*m")


def help_and_version(bench):
    checks, run = bench.checks, bench.program.run
    for arguments in (["--help"], ["-h"], ["help"]):
        result = run(*arguments)
        checks.check(f"{arguments}: exit 0, on standard output", result.code == 0 and not result.err, result)
        checks.contains(f"{arguments}: names the commands", result.out, "Usage: rmqlag", *COMMANDS)
    bare = run()
    checks.check("no arguments: exit 1, the help on standard error", bare.code == 1 and not bare.out and "Usage: rmqlag" in bare.err, bare)
    version = run("--version")
    checks.check("--version", version.code == 0 and re.fullmatch(r"rmqlag \d+\.\d+\.\d+\S*\n", version.out), version)

    for command in COMMANDS:
        asked, flagged = run("help", command), run(command, "--help")
        checks.check(f"help {command}: exit 0", asked.code == 0 and not asked.err, asked)
        checks.equal(f"help {command} and {command} --help are the same", flagged.out, asked.out)
        checks.contains(f"help {command}: all that belongs there", asked.out, "--console URL", "--replay FILE", "Examples", "Exit codes")
        checks.check(f"help {command}: fits 100 columns", all(len(line) <= 100 for line in asked.out.splitlines()),
                     [line for line in asked.out.splitlines() if len(line) > 100])
        checks.told(f"{command} without a source", run(command), 1, "no source", "--console", "--replay")


# What is wrong, and what the message must name.
MISTAKES = [
    (["dmp"], ["dmp", "dump"]),
    (["help", "serv"], ["serv", "serve"]),
    (["dump", "--consle", "http://a"], ["--consle", "--console"]),
    (["dump", "--web.listen-address", ":1", "a.har"], ["--web.listen-address", "dump"]),
    (["dump", "--console"], ["--console", "value"]),
    (["dump", "--topics"], ["--topics", "value"]),
    (["dump", "nonsense"], ["nonsense"]),
    (["dump", "ftp://console"], ["ftp", "http"]),
    (["dump", "http://"], ["host"]),
    (["dump", "http://a:8080", "b.har"], ["two sources"]),
    (["dump", "--console", "http://a", "--replay", "b.har"], ["two sources"]),
    (["dump", "http://a", "http://b"], ["one console"]),
    (["dump", "a.har", "--format", "xml"], ["--format", "xml", "openmetrics"]),
    (["dump", "a.har", "--by", "topic,colour"], ["--by", "colour", "process"]),
    (["dump", "a.har", "--sort", "size"], ["--sort", "size", "name"]),
    (["dump", "a.har", "--top", "-1"], ["--top", "-1"]),
    (["dump", "a.har", "--top", "ten"], ["--top", "ten"]),
    (["dump", "a.har", "--min-lag", "9223372036854775808"], ["--min-lag", "9223372036854775808"]),
    (["dump", "a.har", "--concurrency", "9"], ["--concurrency", "9", "8"]),
    (["dump", "a.har", "--concurrency", "0"], ["--concurrency", "0"]),
    (["dump", "a.har", "--deadline", "5"], ["--deadline", "5", "30s"]),
    (["dump", "a.har", "--deadline", "0"], ["--deadline"]),
    (["dump", "a.har", "--request-timeout", "-1s"], ["--request-timeout", "-1s"]),
    (["dump", "a.har", "--retry-topics", "maybe"], ["--retry-topics", "maybe", "off"]),
    (["dump", "a.har", "--insecure=perhaps"], ["--insecure", "perhaps"]),
    (["dump", "a.har", "--topics", "a,,b"], ["--topics"]),
    (["dump", "a.har", "--header", "no colon"], ["--header"]),
    (["dump", "a.har", "--metrics.set", "own,mine"], ["--metrics.set", "mine", "compatible"]),
    (["dump", "a.har", "--metrics.prefix", "1st"], ["--metrics.prefix", "1st"]),
    (["dump", "a.har", "--log.level", "loud"], ["--log.level", "loud", "debug"]),
    (["dump", "a.har", "--log.format", "xml"], ["--log.format", "xml", "logfmt"]),
    (["dump", "a.har", "--rows"], ["--rows", "json"]),
    (["dump", "a.har", "--password-file", "/nowhere/at/all"], ["--password-file", "/nowhere/at/all"]),
    (["dump", "a:1", "--basic-auth-file", "/nowhere/at/all"], ["--basic-auth-file", "/nowhere/at/all"]),
    (["dump", "https://a:1", "--ca-file", "/nowhere/at/all"], ["/nowhere/at/all"]),
    (["dump", "a:1", "--username", "operator"], ["RMQLAG_PASSWORD", "--password-file"]),
    (["record", "a.har"], ["--output"]),
    (["serve", "a.har", "--web.listen-address", "here"], ["--web.listen-address", "here", "9776"]),
    (["serve", "a.har", "--web.listen-address", ":99999"], ["--web.listen-address", "99999"]),
    (["serve", "a.har", "--web.telemetry-path", "metrics"], ["--web.telemetry-path", "metrics"]),
    (["serve", "a.har", "--web.max-requests", "0"], ["--web.max-requests", "0"]),
]


def mistakes(bench):
    for arguments, parts in MISTAKES:
        bench.checks.told("rmqlag " + " ".join(arguments), bench.program.run(*arguments), 1, *parts)


def bad_recordings(bench):
    whole = bench.recording().read_bytes()
    foreign = json.loads(whole)
    for entry in foreign["log"]["entries"]:
        entry["request"]["url"] = "http://example.org/"
    empty_log = dict(foreign, log=dict(foreign["log"], entries=[]))
    files = {
        "missing": None,
        "empty": b"",
        "truncated": whole[:len(whole) // 2],
        "not-json": b"hello",
        "binary": bytes(range(256)) * 40,
        "not-har": b"{}",
        "array": b"[1]",
        "no-entries": json.dumps(empty_log).encode(),
        "foreign": json.dumps(foreign).encode(),
        "deep": b"[" * 200000,
        "trailing": whole + b"{}",
    }
    (bench.directory / "directory.har").mkdir()
    for name, data in files.items():
        if data is not None:
            (bench.directory / f"{name}.har").write_bytes(data)
    for name in (*files, "directory"):
        for command in (["dump"], ["record", "--output", bench.directory / "out.har"]):
            result = bench.program.run(*command, "--replay", bench.directory / f"{name}.har")
            bench.checks.told(f"{command[0]} {name}.har", result, 1, f"{name}.har")
    bench.checks.check("nothing was recorded", not (bench.directory / "out.har").exists())


def output_files(bench):
    checks, run, recording = bench.checks, bench.program.run, bench.recording()
    to_pipe = run("dump", recording, "--format", "csv").out
    target = bench.directory / "out" / "lag.csv"
    target.parent.mkdir()

    def listing():
        return sorted(entry.name for entry in target.parent.iterdir())

    result = run("dump", recording, "--format", "csv", "--output", target)
    checks.check("--output: exit 0, nothing on standard output", result.code == 0 and not result.out, result)
    checks.equal("--output: the file holds what a pipe would get", target.read_bytes().decode(), to_pipe)
    checks.equal("--output: nothing is left beside it", listing(), ["lag.csv"])

    target.write_text("old")
    target.chmod(0o640)
    with target.open() as reader:
        run("dump", recording, "--format", "csv", "--output", target)
        checks.equal("--output replaces: whoever has the old file open keeps it whole", reader.read(), "old")
    checks.equal("--output replaces: the new content", target.read_bytes().decode(), to_pipe)
    checks.equal("--output replaces: the mode stays", stat.S_IMODE(target.stat().st_mode), 0o640)

    target.write_text("old")

    def small_files():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))

    full = run("dump", recording, "--format", "csv", "--output", target, preexec_fn=small_files)
    checks.check("the disk is full: exit 4, told in one line", full.code == 4 and "lag.csv" in full.err.splitlines()[-1], full)
    checks.equal("the disk is full: the old file stays, nothing beside it", (target.read_text(), listing()), ("old", ["lag.csv"]))

    for bad in (bench.directory / "nowhere" / "lag.csv", target.parent, Path("/dev/full")):
        result = run("dump", recording, "--format", "csv", "--output", bad)
        checks.check(f"--output {bad.name}: exit 4, told", result.code == 4 and str(bad) in result.err, result)
    if os.geteuid() != 0:
        target.parent.chmod(0o500)
        result = run("dump", recording, "--output", target.parent / "new.csv")
        checks.check("--output in a directory that is not ours: exit 4", result.code == 4, result)
        target.parent.chmod(0o700)
    checks.equal("nothing was left by what failed", (target.read_text(), listing()), ("old", ["lag.csv"]))

    result = run("dump", bench.recording(4, "name-server-down"), "--output", target)
    checks.told("nothing could be read", result, 2, "topic list", "RemotingConnectException")
    checks.equal("nothing could be read: no table takes the old file's place", target.read_text(), "old")


def closed_outputs(bench):
    checks, program, recording = bench.checks, bench.program, bench.recording()
    long_output = ["dump", recording, "--format", "prometheus", "--metrics.set", "compatible,own,queues"]

    read_end, write_end = os.pipe()
    os.close(read_end)
    result = program.run(*long_output, stdout=write_end)
    os.close(write_end)
    checks.check("the reader has gone: exit 4, no crash", result.code == 4, result)

    dump = program.start(*long_output)
    head = subprocess.run(["head", "-n", "1"], stdin=dump.stdout, capture_output=True, check=False)
    dump.stdout.close()
    result = program.end(dump)
    checks.check("| head -1: ends, 0 or 4", result.code in (0, 4) and head.stdout.startswith(b"# HELP"), result)

    with open("/dev/full", "wb") as full:
        result = program.run(*long_output, stdout=full)
    checks.check("> /dev/full: exit 4, told", result.code == 4 and "standard output" in result.err, result)
    result = program.run(*long_output, stdout=None, preexec_fn=lambda: os.close(1))
    checks.check(">&-: exit 4, told", result.code == 4 and "standard output" in result.err, result)
    result = program.run(*long_output, stderr=None, preexec_fn=lambda: os.close(2))
    checks.check("2>&-: exit 0, and no message gets into the output", result.code == 0 and "rmqlag: " not in result.out, result)


def environment_variables(bench):
    checks, run = bench.checks, bench.program.run
    recording, other = str(bench.recording()), str(bench.recording(0))
    by_flag = run("dump", recording, "--format", "csv", "--by", "group", "--sort", "name").out

    settings = {"RMQLAG_REPLAY": recording, "RMQLAG_FORMAT": "csv", "RMQLAG_BY": "group", "RMQLAG_SORT": "name"}
    checks.equal("flags by environment", run("dump", env=settings).out, by_flag)
    checks.equal("a flag wins over its variable", run("dump", "--format", "csv", env={**settings, "RMQLAG_FORMAT": "json"}).out, by_flag)
    checks.equal("a source on the command line wins over any source in the environment",
                 run("dump", recording, env={**settings, "RMQLAG_REPLAY": other, "RMQLAG_CONSOLE": "http://console.invalid"}).out, by_flag)
    checks.equal("an empty variable is none", run("dump", env={**settings, "RMQLAG_TOP": "", "RMQLAG_CONSOLE": ""}).out, by_flag)
    of_serve = {"RMQLAG_WEB_MAX_REQUESTS": "many"}
    checks.equal("a variable of another command is not looked at", run("dump", env={**settings, **of_serve}).out, by_flag)
    twice = run("dump", recording, "--format", "table", "--format", "csv", "--by", "group", "--sort=name")
    checks.equal("the last of two flags stands", twice.out, by_flag)
    switch = run("dump", recording, "--format", "json", env={"RMQLAG_ROWS": "on"})
    checks.check("a switch by environment", len(json.loads(switch.out).get("rows", [])) > 100, switch.out[:200])
    off = run("dump", recording, "--format", "json", "--rows=off", env={"RMQLAG_ROWS": "on"})
    checks.check("and off by flag", "rows" not in json.loads(off.out), off.out[:200])
    checks.told("a wrong variable", run("dump", env={**settings, "RMQLAG_FORMAT": "xml"}), 1, "RMQLAG_FORMAT", "xml")
    both = run("dump", env={"RMQLAG_REPLAY": recording, "RMQLAG_CONSOLE": "http://a"})
    checks.told("two sources in the environment", both, 1, "two sources")


def on_terminal(bench, *arguments, env=None, columns=200):
    """What a terminal gets, standard output and standard error together, and the exit code."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
    process = bench.program.start(*arguments, env={"TERM": "xterm", **(env or {})}, stdin=slave, stdout=slave, stderr=slave)
    os.close(slave)
    text = b""
    with harness.running(process):
        while True:
            try:
                data = os.read(master, 65536)
            except OSError:  # how a terminal tells that its last writer has gone
                break
            if not data:
                break
            text += data
        process.wait(timeout=harness.PATIENCE)
    os.close(master)
    return text.decode("utf-8", "replace"), process.returncode


def terminals(bench):
    checks, recording = bench.checks, bench.recording()
    shown, code = on_terminal(bench, "dump", recording)
    checks.equal("on a terminal: exit 0", code, 0)
    checks.check("on a terminal: colours", COLOUR.search(shown), shown)
    totals = [line for line in shown.splitlines() if re.search(r"\bg-\S+ .* \d", line)]
    checks.check("on a terminal: 20 totals", len(totals) == 20, len(totals))
    checks.contains("on a terminal: what is unknown is not cut off", shown, "not known", "messages behind")
    with bench.console(recording, "--latency-ms", 20) as console:
        slow, _ = on_terminal(bench, "dump", console.url)
    progress = [int(number) for number in re.findall(r"reading topics: (\d+) of \d+", slow)]
    checks.check("on a terminal: progress, and it grows", len(progress) > 1 and progress == sorted(progress), progress)
    after = slow[slow.rindex("reading topics"):]
    checks.check("the progress is wiped away before the table", 0 < after.find(ERASE_LINE) < after.find("TOPIC"), after[:100])

    for name, env in (("NO_COLOR", {"NO_COLOR": "1"}), ("TERM=dumb", {"TERM": "dumb"})):
        plain, code = on_terminal(bench, "dump", recording, env=env)
        checks.check(f"{name}: no colours", code == 0 and not COLOUR.search(plain) and "messages behind" in plain, plain)
    shown, _ = on_terminal(bench, "dump", recording, "--format", "json")
    document = next((line for line in shown.splitlines() if "rmqlag.dump/1" in line), "")
    checks.lacks("JSON on a terminal: no colours", document, ESCAPE + "[3", ESCAPE + "[1", ESCAPE + "[0")
    checks.check("JSON on a terminal is JSON", json.loads(document[document.find("{"):]))

    piped = bench.program.run("dump", recording, env={"TERM": "xterm"})
    checks.lacks("in a pipe: no escape codes", piped.out + piped.err, ESCAPE)
    checks.check("in a pipe: all totals", len(piped.out.splitlines()) > 50, piped.out)
    with bench.console(recording) as console:
        piped = bench.program.run("dump", console.url, env={"TERM": "xterm"})
        checks.lacks("in a pipe, from a console: no progress", piped.out + piped.err, ESCAPE, "reading topics")


def interrupted(bench):
    checks, target = bench.checks, bench.directory / "lag.json"
    target.write_text("old")
    for number in (signal.SIGINT, signal.SIGTERM):
        with bench.console(bench.recording(), "--latency-ms", 300) as console:
            process = bench.program.start("dump", console.url, "--format", "json", "--output", target)
            with harness.running(process):
                console.wait_for_requests(4)
                process.send_signal(number)
                result = bench.program.end(process)
            checks.check(f"{number.name}: exit 130, told in one line", result.code == 130 and result.err == "rmqlag: interrupted\n", result)
            checks.in_time(f"{number.name}: at once", result.seconds, 5)
    checks.equal("interrupted: the old file stays", target.read_text(), "old")
    checks.equal("interrupted: nothing is left beside it", os.listdir(bench.directory), ["lag.json"])


def passwords(bench):
    checks, run = bench.checks, bench.program.run
    env = {"RMQLAG_USERNAME": "operator", "RMQLAG_PASSWORD": PASSWORD}
    secret_file = bench.directory / "secret"
    secret_file.write_text(f"{PASSWORD}\n")
    basic_file = bench.directory / "basic"
    basic_file.write_text(f"proxy:{PASSWORD}\n")

    said = [run("--help", env=env), run("help", "dump", env=env), run("dump", "--help", env=env), run("dump", env=env)]
    for arguments in (["dump", f"--password={PASSWORD}", "a.har"], ["dump", "--password", PASSWORD, "a.har"],
                      [f"--password={PASSWORD}", "dump"], ["dump", f"http://operator:{PASSWORD}@console:8080"],
                      ["dump", "a.har", "--header", PASSWORD], ["dump", "a.har", f"--usrname={PASSWORD}"]):
        said.append(run(*arguments))
        checks.equal(f"{' '.join(arguments)}: exit 1", said[-1].code, 1)
    with bench.console(bench.recording(), "--username", "operator", "--password", PASSWORD, "--latency-ms", 20) as console:
        flags = ["--log.level", "debug", "--basic-auth-file", basic_file]
        by_file = ["--username", "operator", "--password-file", secret_file]
        for more, env_of_run in (([], env), (by_file, {}), (["--username", "nobody"], env)):
            process = bench.program.start("dump", console.url, *flags, *more, env=env_of_run)
            with harness.running(process):
                command_line = Path(f"/proc/{process.pid}/cmdline").read_bytes()
                checks.lacks("no password in the command line that all may see", command_line, PASSWORD.encode())
                said.append(bench.program.end(process))
        checks.equal("the password of a file is taken without its line end", [result.code for result in said[-3:]], [0, 0, 2])
    for result in said:
        checks.lacks("no password is shown", result.out + result.err, PASSWORD)


if __name__ == "__main__":
    harness.main(__doc__, help_and_version, mistakes, bad_recordings, output_files, closed_outputs, environment_variables, terminals,
                 interrupted, passwords)

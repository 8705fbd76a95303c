#!/usr/bin/env python3
"""test_record.py PROGRAM FAKE_CONSOLE CAPTURES_DIR: recording a console.

The recording tells what the console told, holds nothing secret, and is whole at every moment, however the program ends.
"""

import json
import os
import signal
from pathlib import Path

import harness

USER, PASSWORD, HEADER, BASIC = "operator", "correct-horse-battery", "header-not-to-be-kept", "basic-not-to-be-kept"
LOGIN = {"RMQLAG_USERNAME": USER, "RMQLAG_PASSWORD": PASSWORD}
NEEDS_LOGIN = ["--username", USER, "--password", PASSWORD]
FIRST_SESSION = f"{1:032X}"  # of the fake console


def check_har(checks, at, file):
    """HAR 1.2 as its readers want it. Returns its entries."""
    har = json.loads(file.read_text())
    log = har["log"]
    checks.check(f"{at}: HAR 1.2 with a creator", log["version"] == "1.2" and {"name", "version"} <= log["creator"].keys(), log["creator"])
    of_entry = {"startedDateTime", "time", "request", "response", "cache", "timings"}
    of_request = {"method", "url", "httpVersion", "cookies", "headers", "queryString", "headersSize", "bodySize"}
    of_response = {"status", "statusText", "httpVersion", "cookies", "headers", "content", "redirectURL", "headersSize", "bodySize"}
    lacking = [entry for entry in log["entries"]
               if of_entry - entry.keys() or of_request - entry["request"].keys() or of_response - entry["response"].keys()
               or {"size", "mimeType"} - entry["response"]["content"].keys() or {"send", "wait", "receive"} - entry["timings"].keys()]
    checks.equal(f"{at}: each entry has what HAR demands", lacking, [])
    begins = [harness.time_of(entry) for entry in log["entries"]]
    checks.check(f"{at}: there are entries, with the times they began", begins and all(begin.tzinfo for begin in begins))
    return log["entries"]


def check_clean(checks, at, file, original):
    """Nothing in it that `original`, from which it came, must hide."""
    text = file.read_text()
    ids = harness.client_ids(original)
    to_hide = {client_id for client_id in ids if not harness.is_plain(client_id)}
    checks.check(f"{at}: the original has something to hide", harness.secrets(ids) and to_hide)
    checks.lacks(f"{at}: no key, no password, no header of ours", text, *harness.secrets(ids), PASSWORD, HEADER, BASIC)
    kept = harness.client_ids(file)
    checks.equal(f"{at}: no raw client id with more than host and process", sorted(kept & to_hide), [])
    checks.check(f"{at}: there are client ids left", kept)
    checks.lacks(f"{at}: and none has a place for a key", "".join(kept), "|")
    for entry in harness.entries(file):
        names = {header["name"].lower() for side in ("request", "response") for header in entry[side]["headers"]}
        found = names & {"cookie", "set-cookie", "authorization", "x-tenant", "x-xsrf-token"}
        cookies = entry["request"]["cookies"] + entry["response"]["cookies"]
        if found or cookies:
            checks.check(f"{at}: no cookie, no credential in {entry['request']['url']}", False, (found, cookies))


def recording_equals_console(bench):
    checks = bench.checks
    for generation in harness.GENERATIONS:
        original, file = bench.recording(generation), bench.directory / f"g{generation}.har"
        basic_file = bench.directory / "basic"
        basic_file.write_text(f"proxy:{BASIC}\n")
        demands = [*NEEDS_LOGIN, "--basic-auth", f"proxy:{BASIC}", "--context", "/rmq"]
        secret_flags = ["--header", f"X-Tenant: {HEADER}", "--basic-auth-file", basic_file]
        with bench.console(original, "--generation", generation, *demands) as console:
            result = bench.program.run("record", console.url, "--output", file, *secret_flags, env=LOGIN)
            checks.check(f"G{generation}: exit 0, nothing on standard output", result.code == 0 and not result.out, result)
            checks.contains(f"G{generation}: told where it is", result.err, str(file))
            counts = console.counts()
        entries = check_har(checks, f"G{generation}", file)
        checks.equal(f"G{generation}: every request is an entry", len(entries), sum(counts.values()))
        check_clean(checks, f"G{generation}", file, original)
        checks.lacks(f"G{generation}: no session", file.read_text(), FIRST_SESSION)
        checks.equal(f"G{generation}: the recording tells what the console told", bench.read(file), bench.read(original))
    others = [name for name in os.listdir(bench.directory) if not name.endswith(".har")]
    checks.equal("nothing is left beside the recordings", others, ["basic"])


def foreign_recordings(bench):
    """Recording from what a browser, or another tool, saved: the same in clean."""
    checks = bench.checks
    for generation in (0, 2, 5):
        original, clean = bench.recording(generation), bench.directory / f"clean-{generation}.har"
        result = bench.program.run("record", "--replay", original, "--output", clean)
        checks.equal(f"G{generation}, cleaned: exit 0", result.code, 0)
        check_har(checks, f"G{generation}, cleaned", clean)
        check_clean(checks, f"G{generation}, cleaned", clean, original)
        checks.equal(f"G{generation}, cleaned: tells the same", bench.read(clean), bench.read(original))
        again = bench.directory / f"again-{generation}.har"
        bench.program.run("record", "--replay", clean, "--output", again)
        checks.equal(f"G{generation}, cleaned twice: the ids stay", harness.client_ids(again), harness.client_ids(clean))
    login, clean = bench.recording(4, "login"), bench.directory / "login.har"
    cookies = {cookie["value"] for entry in harness.entries(login) for cookie in entry["response"]["cookies"] + entry["request"]["cookies"]}
    bench.program.run("record", login, "--output", clean)
    checks.check("a login, cleaned: there was a session to hide", cookies)
    checks.lacks("a login, cleaned: no session", clean.read_text(), *cookies)


def several_passes(bench):
    checks, file = bench.checks, bench.directory / "two.har"
    first, second = bench.recording(2, "mixed-t0"), bench.recording(2)
    with bench.console(first, second, "--generation", 2) as console:
        result = bench.program.run("record", console.url, "--output", file, "--passes", 2, "--interval", "100ms")
        checks.equal("--passes 2: exit 0", result.code, 0)
        checks.equal("--passes 2: the topic list is read twice", console.counts()["/topic/list.query"], 2)
    lists = [entry for entry in harness.entries(file) if "/topic/list.query" in entry["request"]["url"]]
    checks.equal("--passes 2: and is recorded twice", len(lists), 2)
    checks.equal("--passes 2: who looks at it sees the last one", bench.read(file)["rows"], bench.read(second)["rows"])
    again = bench.directory / "again.har"
    for what, sources in (("one recording of two passes", [file]), ("two recordings", ["--replay", first, "--replay", second])):
        bench.program.run("record", *sources, "--output", again)
        checks.equal(f"recording from {what}: to the last pass", bench.read(again)["rows"], bench.read(second)["rows"])
        lists = [entry for entry in harness.entries(again) if "/topic/list.query" in entry["request"]["url"]]
        checks.equal(f"recording from {what}: all passes", len(lists), 2)


def failures_are_recorded(bench):
    checks, file = bench.checks, bench.directory / "failures.har"
    topic = "/topic/queryConsumerByTopic.query?topic="
    with bench.console(bench.recording(2), "--generation", 2, "--hang", f"{topic}orders", "--drop", f"{topic}audit",
                       "--answer", f"{topic}payments=200") as console:
        result = bench.program.run("record", console.url, "--output", file, "--request-timeout", "1s")
    checks.check("partly read: exit 0, and a warning", result.code == 0 and "partly read" in result.err, result)
    check_har(checks, "failures", file)
    told = {(of_topic, reason) for of_topic, _, reason in bench.read(file)["unknown"]}
    checks.check("a recording repeats the failures", {("orders", "timeout"), ("audit", "reset"), ("payments", "bad_answer")} <= told, told)

    dead = bench.directory / "dead.har"
    result = bench.program.run("record", f"http://127.0.0.1:{harness.closed_port()}", "--output", dead)
    checks.check("nobody listens: exit 2, told", result.code == 2 and "refused" in result.err, result)
    if dead.exists():
        checks.equal("nobody listens: the recording says the same", bench.program.run("dump", dead).code, 2)

    for bad in (bench.directory / "nowhere" / "x.har", bench.directory):
        checks.told(f"--output {bad.name}", bench.program.run("record", bench.recording(), "--output", bad), 4, str(bad))


def entries_at_this_moment(process, file):
    """What would be on disk if the process were killed now. Throws where that is not HAR."""
    process.send_signal(signal.SIGSTOP)
    harness.until(lambda: Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()[0] == "T")
    try:
        return harness.entries(file) if file.exists() else []
    finally:
        process.send_signal(signal.SIGCONT)


def start_recording(bench, console, file):
    """Started, and far enough that a good part is recorded. The process and the file that it writes to until it is done."""
    process = bench.program.start("record", console.url, "--output", file)
    partial = file.with_name(file.name + ".partial")
    console.wait_for_requests(1)
    harness.until(lambda: len(entries_at_this_moment(process, partial)) > 8)
    return process, partial


def interrupted(bench):
    checks = bench.checks
    for number in (signal.SIGINT, signal.SIGTERM):
        file = bench.directory / f"{number.name}.har"
        file.write_text("old")
        with bench.console(bench.recording(2), "--generation", 2, "--latency-ms", 100) as console:
            process, _ = start_recording(bench, console, file)
            with harness.running(process):
                checks.equal(f"{number.name}: the old file stays until the new one is done", file.read_text(), "old")
                process.send_signal(number)
                result = bench.program.end(process)
        checks.check(f"{number.name}: exit 130, told", result.code == 130 and "interrupted" in result.err, result)
        checks.in_time(f"{number.name}: at once", result.seconds, 5)
        entries = check_har(checks, number.name, file)
        checks.check(f"{number.name}: what came until then is there", 8 < len(entries) < 40, len(entries))
        dump = bench.program.run("dump", file, "--fail-on-partial")
        checks.check(f"{number.name}: and can be looked at", dump.code == 3 and " behind in " in dump.out, dump)
    checks.equal("nothing is left beside", sorted(os.listdir(bench.directory)), ["SIGINT.har", "SIGTERM.har"])


def killed(bench):
    checks, file = bench.checks, bench.directory / "killed.har"
    with bench.console(bench.recording(2), "--generation", 2, "--latency-ms", 400) as console:
        process, partial = start_recording(bench, console, file)
        with harness.running(process):
            seen = [0]

            def look():
                seen.append(len(entries_at_this_moment(process, partial)))
                return seen[-1] >= 25

            harness.until(look)  # it leaves the process some time between two looks
            process.kill()
            process.wait()
        checks.check("whole HAR at every moment while it grows", seen == sorted(seen) and len(set(seen)) > 3, seen)
        checks.check("killed: the file that was asked for is not there", not file.exists())
        entries = check_har(checks, "killed", partial)
        checks.check("killed: no entry is lost", len(entries) >= seen[-1], (len(entries), seen[-1]))
        dump = bench.program.run("dump", "--replay", partial, "--fail-on-partial")
        checks.check("killed: and can be looked at", dump.code == 3 and " behind in " in dump.out, dump)
        again = bench.program.run("record", console.url, "--output", file)
        checks.equal("recorded again: exit 0", again.code, 0)
        checks.equal("recorded again: what the killed one left is gone", os.listdir(bench.directory), [file.name])


if __name__ == "__main__":
    harness.main(__doc__, recording_equals_console, foreign_recordings, several_passes, failures_are_recorded, interrupted, killed)

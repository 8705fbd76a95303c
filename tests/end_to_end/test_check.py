#!/usr/bin/env python3
"""test_check.py PROGRAM FAKE_CONSOLE CAPTURES_DIR: the commands that answer by their exit code: check and ready.

One line on standard output whatever happens, the numbers as expected.py works them out, unknown never OK, few requests for few groups.
"""

import os
import re
import signal
import subprocess
import time
from collections import Counter
from datetime import timedelta

import expected
import harness
from expected import lag, owned
from test_serve import Served

OK, WARNING, CRITICAL, UNKNOWN = range(4)
NAMES = ["OK", "WARNING", "CRITICAL", "UNKNOWN"]
G2, G4 = 2, 4  # in mixed-t1 of G2 nothing is unknown but what is not subscribed; in that of G4 a pair is


def check(bench, what, wanted, *arguments, contains=(), env=None):
    """Runs check; its exit code and its line must agree, and nothing else may be printed."""
    result = bench.program.run("check", *arguments, env=env)
    line = result.out
    good = (result.code == wanted and line.startswith(f"{NAMES[wanted]} - ") and line.count("\n") == 1 and line.endswith("\n")
            and line.count("|") <= 1 and len(line) < 1024 and not result.err and all(part in line for part in contains))
    bench.checks.check(f"{what}: {NAMES[wanted]}", good, f"exit {result.code}, {line}{result.err}")
    return line


def totals(recording):
    """{(topic, group): lag}, the worst first."""
    sums = Counter()
    for row in expected.Pass(recording).rows:
        sums[row.topic, row.group] += lag(row)
    return dict(sorted(sums.items(), key=lambda total: (-total[1], total[0])))


def limits(bench):
    file = bench.recording(G2)
    lags = totals(file)
    (topic, group), worst = next(iter(lags.items()))
    shown = f"{group} on {topic}: {worst:,} messages behind"
    check(bench, "a limit that is met exactly", OK, file, "--warn", worst, contains=[shown, f"the most of {len(lags)}", f"| lag={worst};{worst}\n"])
    check(bench, "a limit below it", WARNING, file, "--warn", worst - 1, "--crit", worst,
          contains=[f"WARNING - {shown};", f"lag={worst};{worst - 1};{worst}\n"])
    check(bench, "both", CRITICAL, file, "--warn", 0, "--crit", worst - 1, contains=[f"CRITICAL - {shown}, "])
    behind = [number for number in lags.values() if number > 0]
    check(bench, "the worst three and how many more", CRITICAL, file, "--crit", 0,
          contains=[f": {number:,} message" for number in behind[:3]] + [f" and {len(behind) - 3} more"])
    check(bench, "limits from the environment", WARNING, file, contains=[shown], env={"RMQLAG_WARN": str(worst - 1)})

    by_group = Counter()
    for (_, name), number in lags.items():
        by_group[name] += number
    name, number = by_group.most_common(1)[0]
    check(bench, "--by group", CRITICAL, file, "--by", "group", "--crit", number - 1, contains=[f"CRITICAL - {name}: {number:,} messages behind"])
    check(bench, "--by process", CRITICAL, file, "--by", "process", "--crit", 0, contains=["owner unknown"])
    bench.checks.check("there is something to compare", sum(lags.values()) > 10_000, lags)

    unowned = Counter((row.topic, row.group) for row in expected.Pass(file).rows if not owned(row))
    (topic, group), queues = unowned.most_common(1)[0]
    check(bench, "queues without an owner", WARNING, file, "--unowned-warn", queues - 1,
          contains=[f"{queues} queues without a known owner", f"unowned_queues={queues};{queues - 1}\n"])
    check(bench, "no more than allowed", OK, file, "--unowned-warn", queues)


def unknown_is_not_ok(bench):
    many = str(10**12)
    file = bench.recording(G4)
    check(bench, "a pair that is unknown", UNKNOWN, file, "--warn", many, contains=["svc%billing", "on a%b", "lag=U;"])
    check(bench, "before a warning, which is told", UNKNOWN, file, "--warn", 5000, contains=["not known: ", "g-offline on orders"])
    check(bench, "but not before what is critical", CRITICAL, file, "--crit", 5000, contains=["CRITICAL - g-offline on orders", "not known: "])
    check(bench, "not among what is checked", OK, file, "--warn", many, "--groups", "g-slow,g-one")
    check(bench, "a broker that hangs", UNKNOWN, bench.recording(G4, "broker-b-hung"), "--warn", many)

    file = bench.recording(G2)
    check(bench, "not subscribed: told", OK, file, "--warn", many, contains=["2 pairs without a subscription"])
    check(bench, "not subscribed, --strict", UNKNOWN, file, "--warn", many, "--strict", contains=["g-stale on payments"])
    check(bench, "nothing could be read", UNKNOWN, bench.recording(G2, "name-server-down"), "--warn", many, contains=["nothing could be read from http"])
    check(bench, "no context path", UNKNOWN, bench.recording(G2, "context-path-missing"), "--warn", many, contains=["context path"])
    check(bench, "several recordings: the last, with what it carries over", UNKNOWN, "--replay", file, "--replay", bench.recording(G2, "name-server-down"),
          "--warn", many, contains=["nothing could be read"])
    check(bench, "several recordings: carried over and critical", CRITICAL, *replay_soon(bench, file, "name-server-down"), "--crit", 5000,
          contains=["g-offline on orders", "nothing could be read"])


def replay_soon(bench, first, second):
    """Two recordings of which the second was made a minute after the first."""
    file = bench.directory / f"{second}.har"
    harness.write_shifted(bench.recording(G2, second), file, harness.begin_of(first) + timedelta(minutes=1))
    return ["--replay", first, "--replay", file]


def own_failures(bench):
    file = bench.recording(G2)
    dead = f"127.0.0.1:{harness.closed_port()}"
    broken = bench.directory / "broken.har"
    broken.write_text('{"log": ')
    for what, arguments, text in (
        ("a dead console", [dead, "--warn", 1], "connection refused"),
        ("a misspelt flag", [file, "--wran", 1], "did you mean --warn?"),
        ("no source", ["--warn", 1], "no source"),
        ("no limit", [file], "no limit"),
        ("limits the wrong way round", [file, "--warn", 2, "--crit", 1], "--warn is above --crit"),
        ("a limit that is no number", [file, "--crit", "many"], "'many'"),
        ("a file that is not there", ["nowhere.har", "--warn", 1], "No such file"),
        ("a file that is no recording", [broken, "--warn", 1], "broken.har"),
        ("a bad pattern", [file, "--warn", 1, "--groups", "a,,b"], "--groups"),
        ("a misspelt group", [file, "--warn", 10**9, "--topics", "orders", "--groups", "g-slwo"], "group g-slwo"),
        ("a misspelt topic", [file, "--warn", 10**9, "--topics", "ordres"], "ordres"),
        ("a group that broadcasts", [file, "--warn", 10**9, "--topics", "notices", "--groups", "g-bcast"], "broadcast"),
    ):
        check(bench, what, UNKNOWN, *arguments, contains=[text])
    check(bench, "a bad variable", UNKNOWN, file, contains=["RMQLAG_WARN"], env={"RMQLAG_WARN": "x"})
    line = check(bench, "a console behind a password", UNKNOWN, dead, "--warn", 1, "--header", "Authorization: Bearer hunter2",
                 "--username", "admin", env={"RMQLAG_PASSWORD": "hunter3"})
    bench.checks.lacks("no secret is shown", line, "hunter")
    check(bench, "a URL that holds a password", UNKNOWN, "http://admin:hunter2@console:1", "--warn", 1)
    result = bench.program.run("check", file, "--warn", 1, stdout=os.open("/dev/full", os.O_WRONLY), stderr=subprocess.DEVNULL)
    bench.checks.equal("a line that cannot be written", result.code, UNKNOWN)


def on_a_console(bench):
    checks = bench.checks
    file = bench.recording(G2)
    (topic, group), worst = next(iter(totals(file).items()))
    with bench.console(file, "--generation", G2) as console:
        check(bench, "on a console", WARNING, console.url, "--warn", worst - 1, contains=[f"{group} on {topic}: {worst:,} messages behind"])
    with bench.console(file, "--generation", G2) as console:
        check(bench, "one group", OK, console.url, "--warn", 10**9, "--groups", "g-slow", contains=["g-slow on orders"])
        counts = console.counts()
        asked = {path.split("?")[0]: number for path, number in counts.items()}
        checks.check("one group costs one group: no topic list, no other topic", not any("topic/" in path for path in asked) and sum(asked.values()) < 8, asked)
    with bench.console(file, "--generation", G2, "--hang", "/topic/list.query") as console:
        begin = time.monotonic()
        check(bench, "a console that hangs", UNKNOWN, console.url, "--warn", 1, "--deadline", "1s")
        checks.in_time("--deadline is kept", time.monotonic() - begin, 10)
        asked = console.status_so_far()["requests"]
        process = bench.program.start("check", console.url, "--warn", 1)
        console.wait_for_requests(asked + 1)
        process.send_signal(signal.SIGTERM)  # as a monitor does whose patience is over
        result = bench.program.end(process)
        checks.equal("interrupted", (result.code, result.out), (UNKNOWN, "UNKNOWN - interrupted\n"))


def hostile_names(bench):
    """A pipe in a name would begin the performance data."""
    line = check(bench, "a group and a topic with a pipe", CRITICAL, bench.recording(G2), "--crit", 0, "--groups", "svc*")
    bench.checks.check("the line has one pipe", line.count("|") == 1 and "svc%billing\u00a6eu" in line, line)
    bench.checks.check("and performance data after it", re.search(r" \| lag=\d+;;0\n$", line), line)


def ready(bench):
    checks = bench.checks

    def ask(*arguments):
        result = bench.program.run("ready", *arguments)
        checks.check("ready: silent, or one line", (result.code == 0 and not result.err) or (result.code == 1 and harness.one_line(result.err)), result)
        checks.equal("ready prints nothing on standard output", result.out, "")
        return result

    with Served(bench, bench.recording(G2)) as served:
        served.wait_until_ready()
        checks.equal("ready: a URL", ask(f"http://127.0.0.1:{served.port}").code, 0)
        checks.equal("ready: host and port", ask(f"127.0.0.1:{served.port}").code, 0)
        checks.equal("ready: --url", ask("--url", f"127.0.0.1:{served.port}").code, 0)
    with bench.console(bench.recording(G2), "--hang", "/topic/list.query") as console, Served(bench, console.url) as served:
        result = ask(f"127.0.0.1:{served.port}")
        checks.check("not ready yet", result.code == 1 and "not ready: the first collection is under way" in result.err, result)
    with bench.console(bench.recording(G2), "--generation", G2) as console:
        result = ask(console.url)
        checks.check("something else answers", result.code == 1 and "is it rmqlag serve" in result.err, result)
    for what, arguments, text in (
        ("nobody listens", [f"127.0.0.1:{harness.closed_port()}"], "connection refused"),
        ("not http", ["ftp://x"], "--url"),
        ("a flag of others", ["--topics", "x"], "is not a flag of ready"),
    ):
        result = ask(*arguments)
        checks.check(f"ready: {what}", result.code == 1 and text in result.err, result)


if __name__ == "__main__":
    harness.main(__doc__, limits, unknown_is_not_ok, own_failures, on_a_console, hostile_names, ready)

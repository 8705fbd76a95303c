#!/usr/bin/env python3
"""test_collect.py PROGRAM FAKE_CONSOLE CAPTURES_DIR: when serve collects, what a scrape waits for, and what it reads.

Scrapes that collect, and share it; slow consoles and the scraper's time-out; targets; the configuration file and SIGHUP; a console that
dies and comes back; brokers that die or hang; shards.
"""

import contextlib
import re
import shutil
import signal
import socket
import subprocess
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

import harness
from check_totals import parse_exposition
from test_serve import Served, brokers_up, connections, lag_of, value

TOPIC_LIST = "/topic/list.query"
TOPIC = "/topic/queryConsumerByTopic.query"
LAG = "rmqlag_group_lag_messages"
OF_THE_PROGRAM = {"rmqlag_build_info", "rmqlag_http_requests_total"}
COMPATIBLE = ["detail", "topic", "consumergroup", "topic_consumergroup", "broker", "queue", "clientinfo"]


class Door:
    """In front of a console, on a port of its own that can be closed, which ends all connections, and opened again."""

    def __init__(self, url):
        self._target = (urlsplit(url).hostname, urlsplit(url).port)
        self._port = harness.free_port()
        self._open = []

    def __enter__(self):
        self.open()
        return self

    def __exit__(self, *_):
        self.close()

    @property
    def url(self):
        return f"http://127.0.0.1:{self._port}"

    def open(self):
        listener = socket.create_server(("127.0.0.1", self._port), reuse_port=False)
        self._open = [listener]
        threading.Thread(target=self._accept, args=(listener,), daemon=True).start()

    def close(self):
        for sock in self._open:
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
            sock.close()

    def _accept(self, listener):
        with contextlib.suppress(OSError):
            while True:
                client, _ = listener.accept()
                server = socket.create_connection(self._target)
                self._open += [client, server]
                for source, sink in ((client, server), (server, client)):
                    threading.Thread(target=self._copy, args=(source, sink), daemon=True).start()

    @staticmethod
    def _copy(source, sink):
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)


def scrape(served, path=None, timeout=None):
    """(seconds it took, families)."""
    begin = time.monotonic()
    headers = {} if timeout is None else {"X_Prometheus_Scrape_Timeout_Seconds": str(timeout)}
    status, _, body = served.ask(path, **headers)
    return time.monotonic() - begin, parse_exposition(body) if status == 200 else None


def topic_lists(tap):
    return sum(request.path.split("?")[0].endswith(TOPIC_LIST) for request in tap.requests)


def topics_of(families, family=LAG):
    return {dict(labels)["topic"] for labels in families.get(family, {})}


def passes(families):
    return sum(int(count) for count in families.get("rmqlag_collections_total", {}).values())


def scraped_slow_console(bench, *troubles):
    """The first scrape of a console with these troubles, with a time-out of 2 s: its families. Once more where the machine was busy."""
    for _ in range(3):
        with bench.console(bench.recording(2), "--generation", 2, *troubles) as console, Served(bench, console.url, "--interval", "0") as served:
            ready = served.ask("/-/ready")[0]
            took, families = scrape(served, timeout=2)
        if took < 2:
            break
    bench.checks.equal("collected on scrape: ready at once", ready, 200)
    bench.checks.in_time(f"{' '.join(troubles)}: the scrape ends", took, 2)
    return families


def slow_console(bench):
    """Within the scraper's time-out, with what is known; the rest is told as not known."""
    checks = bench.checks
    whole = parse_exposition(bench.program.run("dump", bench.recording(2), "--format", "prometheus").out)
    families = scraped_slow_console(bench, "--delay", f"{TOPIC}?topic=orders=10000")
    checks.equal("one topic needs 10 s: the others are known", topics_of(families), topics_of(whole) - {"orders"})
    checks.equal("that one is told as unknown", value(families, "rmqlag_topic_unknown", topic="orders", reason="deadline"), 1)
    checks.check("not as 0", "orders" not in topics_of(families, "rocketmq_msg_diff_topic"))
    checks.equal("up", value(families, "rmqlag_up"), 1)
    checks.equal("but partial", value(families, "rmqlag_collections_total", result="partial"), 1)

    families = scraped_slow_console(bench, "--latency-ms", "350")
    known, unknown = value(families, "rmqlag_topics", state="read"), value(families, "rmqlag_topics", state="unknown")
    checks.equal("everything is slow: some is known, the rest is not", known + unknown, value(whole, "rmqlag_topics", state="read"))
    checks.check("not all is known", unknown > 0, (known, unknown))
    reasons = {dict(labels)["reason"] for labels in families["rmqlag_topic_unknown"]}
    checks.equal("for the deadline, no other reason", reasons, {"deadline"})

    families = scraped_slow_console(bench, "--latency-ms", "10000")
    checks.equal("nothing came in time: not up", value(families, "rmqlag_up"), 0)
    checks.equal("and no lag, 0 least of all", lag_of(families), {})


def what_was_known_stands(bench):
    checks = bench.checks
    with bench.console(bench.recording(2), "--generation", 2) as console, harness.Tap(console.url) as tap:
        with Served(bench, tap.url, "--interval", "0") as served:
            _, before = scrape(served)
            checks.check("first everything is known", "orders" in topics_of(before))
            tap.hold(f"{TOPIC}?topic=orders")
            _, after = scrape(served, timeout=2)
            checks.equal("the rows of the pass before stand", lag_of(after)[LAG], lag_of(before)[LAG])
            checks.equal("and the topic is told as unknown", value(after, "rmqlag_topic_unknown", topic="orders", reason="deadline"), 1)
            checks.equal("with the time of its reading", topics_of(after, "rmqlag_group_read_timestamp_seconds"), {"orders"})


def shared_collections(bench):
    checks = bench.checks
    with bench.console(bench.recording(2), "--generation", 2) as console, harness.Tap(console.url) as tap:
        with Served(bench, tap.url, "--interval", "0") as served:
            checks.equal("nobody asks: nothing is read", len(tap.requests), 0)
            tap.hold(TOPIC_LIST)
            with ThreadPoolExecutor(12) as pool:
                waiting = [pool.submit(scrape, served) for _ in range(12)]
                harness.until(lambda: connections(served) >= 12)
                served.ask("/-/healthy")  # whoever came before has been heard by then
                tap.let_go()
                together = [scraped.result()[1] for scraped in waiting]
            checks.equal("twelve scrapes at once: one collection", topic_lists(tap), 1)
            checks.check("and each has all of it", all(families[LAG] == together[0][LAG] for families in together))
            checks.equal("each says so", {passes(families) for families in together}, {1})

            tap.hold(TOPIC_LIST)
            with ThreadPoolExecutor(1) as pool:
                patient = pool.submit(scrape, served)
                harness.until(lambda: topic_lists(tap) == 2)
                _, families = scrape(served, timeout=1)
                checks.equal("who cannot wait for a collection under way is answered at once, with the last one", passes(families), 1)
                tap.let_go()
                checks.equal("who began it gets it", passes(patient.result()[1]), 2)
            checks.equal("no third one was made", topic_lists(tap), 2)


def absolute(recording):
    """For configuration files: a relative name would be taken from their directory."""
    return recording.resolve()


def end_under_way(bench):
    """SIGTERM while a scrape waits for a console that hangs."""
    checks = bench.checks
    with bench.console(bench.recording(2), "--hang", TOPIC_LIST) as console, harness.Tap(console.url) as tap:
        with Served(bench, tap.url, "--interval", "0") as served, ThreadPoolExecutor(1) as pool:
            waiting = pool.submit(served.ask)
            harness.until(lambda: topic_lists(tap) == 1)
            result = served.stop()
            checks.equal("it ends, exit 0", result.code, 0)
            checks.in_time("it ends", result.seconds, 5)
            checks.equal("the scrape is told", waiting.result()[0], 503)


def write_config(bench, text):
    file = bench.directory / "rmqlag.yml"
    file.write_text(text)
    return file


def probes(bench):
    checks = bench.checks
    with bench.console(bench.recording(4)) as console, harness.Tap(console.url) as tap:
        config = write_config(bench, f"""
metrics.set: own,compatible
targets:
  live:
    console: {tap.url}
  film:
    replay: {absolute(bench.recording(2))}
    topics: orders
""")
        with Served(bench, "--config.file", config) as served:
            checks.equal("targets only: ready at once", served.ask("/-/ready")[0], 200)
            own = parse_exposition(served.ask()[2])
            checks.check("targets only: /metrics has the program's families", OF_THE_PROGRAM <= own.keys(), sorted(own))
            checks.check("and no others", not lag_of(own) and "rmqlag_up" not in own, sorted(own))
            checks.equal("nobody asked: no target was read", len(tap.requests), 0)
            checks.contains("the start of the log says what it reads, and when", served.log(), "msg=started", "2 targets", 'collects="on each scrape"')

            for target, flags in (("live", [bench.recording(4)]), ("film", [bench.recording(2), "--topics", "orders"])):
                families = scrape(served, f"/probe?target={target}")[1]
                printed = parse_exposition(bench.program.run("dump", *flags, "--format", "prometheus").out)
                checks.equal(f"{target}: what dump prints", lag_of(families), lag_of(printed))
                foreign = [name for name in families if name.startswith("process_") or name in OF_THE_PROGRAM]
                checks.equal(f"{target}: nothing of the program itself", foreign, [])
            checks.equal("a probe is one collection", topic_lists(tap), 1)
            checks.equal("its own counters", passes(scrape(served, "/probe?target=live")[1]), 2)

            for query in ("target=nobody", "target=", "", "target=http://127.0.0.1:1", "target=LIVE", "console=x", "target=%00"):
                status, _, text = served.ask(f"/probe?{query}")
                checks.check(f"/probe?{query}: 400 with words", status == 400 and len(text) > 10, (status, text))
            checks.equal("none of it reached the console", topic_lists(tap), 2)


def probes_carry_over(bench):
    checks = bench.checks
    with bench.console(bench.recording(2), "--generation", 2) as console, Door(console.url) as door:
        config = write_config(bench, f"targets:\n  a: {{console: '{door.url}'}}\n  b: {{replay: {absolute(bench.recording(4))}}}\n")
        with Served(bench, "--config.file", config) as served:
            before = scrape(served, "/probe?target=a")[1]
            other = scrape(served, "/probe?target=b")[1]
            door.close()
            after = scrape(served, "/probe?target=a")[1]
            checks.equal("the console of a target dies: 0, its rows stand", (value(after, "rmqlag_up"), after[LAG]), (0, before[LAG]))
            checks.equal("the other target is not touched", scrape(served, "/probe?target=b")[1][LAG], other[LAG])


def reload(bench):
    checks = bench.checks
    with bench.console(bench.recording(2), "--generation", 2) as console:
        first = f"console: {console.url}\ninterval: 400ms\ntargets:\n  old: {{replay: {absolute(bench.recording(4))}}}\n"
        config = write_config(bench, first)
        with Served(bench, "--config.file", config) as served:
            served.wait_until_ready()
            before = served.families()

            def hang_up(text, answer):
                config.write_text(text)
                served.process.send_signal(signal.SIGHUP)
                return checks.check(f"SIGHUP: {answer}", harness.until(lambda: answer in served.log()), served.log())

            def targets(*names):
                return tuple(served.ask(f"/probe?target={name}")[0] for name in names)

            hang_up("console: x\ndeadlin: 1s\n", "did you mean 'deadline'?")
            checks.contains("a bad file is refused, with its line", served.log(), "level=error", "rmqlag.yml:2")
            checks.equal("and the old targets stand", served.ask("/probe?target=old")[0], 200)
            hang_up(f"console: {console.url}\ntargets:\n  a: {{replay: nowhere.har}}\n", "nowhere.har")
            checks.equal("what it names is read, too: still the old targets", targets("old", "a"), (200, 400))

            hang_up(f"console: {console.url}\ninterval: 400ms\ntopics: orders\nweb.max-requests: 7\n"
                    f"targets:\n  new: {{replay: {absolute(bench.recording(4))}}}\n", "configuration read again")
            checks.equal("a good one is used: the targets", targets("old", "new"), (400, 200))
            checks.contains("what needs a restart is said", served.log(), "needs a restart", "--web.max-requests")
            checks.lacks("and nothing else", served.log(), "flag=--web.listen-address", "flag=--log.level")
            filtered = harness.until(lambda: topics_of(served.families()) == {"orders"})
            checks.check("its filter holds", filtered, topics_of(served.families()))
            checks.check("the counters of the same console go on", passes(served.families()) > passes(before))
            checks.equal("it never was not ready", served.ask("/-/ready")[0], 200)

            for _ in range(5):
                served.process.send_signal(signal.SIGHUP)
            result = served.stop()
            checks.equal("SIGHUPs and SIGTERM at once: it ends, exit 0", result.code, 0)
            checks.in_time("SIGHUPs and SIGTERM at once", result.seconds, 5)


def reload_under_way(bench):
    """A scrape that waits while everything is replaced is answered."""
    checks = bench.checks
    with bench.console(bench.recording(2), "--generation", 2) as console, harness.Tap(console.url) as tap:
        config = write_config(bench, f"targets:\n  a: {{console: '{tap.url}'}}\n")
        with Served(bench, "--config.file", config) as served, ThreadPoolExecutor(1) as pool:
            scrape(served, "/probe?target=a")
            tap.hold(TOPIC_LIST)
            waiting = pool.submit(scrape, served, "/probe?target=a")
            harness.until(lambda: topic_lists(tap) == 2)
            served.process.send_signal(signal.SIGHUP)
            _, families = waiting.result()
            checks.check("with the last snapshot", families is not None and passes(families) == 1 and families[LAG], families)
            tap.let_go()
            checks.check("the next one goes on from there", passes(scrape(served, "/probe?target=a")[1]) == 2)


def config_errors(bench):
    checks = bench.checks
    good = f"replay: {absolute(bench.recording(2))}\ntargets:\n  a: {{replay: {absolute(bench.recording(4))}}}\n  b: {{console: 'c:1'}}\n"
    result = bench.program.run("serve", "--config.file", write_config(bench, good), "--config.check")
    checks.check("a good one: exit 0, one line", result.code == 0 and result.out.count("\n") == 1 and not result.err, result)
    checks.contains("it says what is in it", result.out, "2 targets")
    for text, parts in (
            ("a: [", ("rmqlag.yml:1: no valid YAML",)),
            ("console: c:1\ndeadlin: 5s\n", ("rmqlag.yml:2: 'deadlin'", "did you mean 'deadline'?")),
            ("console: c:1\npassword: hunter2\n", ("rmqlag.yml:2: 'password'", "did you mean 'password-file'?")),
            ("console: c:1\ndeadline: soon\n", ("rmqlag.yml:2: deadline: 'soon' is not a duration",)),
            ("console: ftp://c\n", ("ftp",)),
            ("console: c:1\nca-file: nowhere.pem\n", ("nowhere.pem",)),
            ("console: c:1\nweb.config.file: nowhere.yml\n", ("nowhere.yml",)),
            ("targets:\n  a: {replay: nowhere.har}\n", ("target a: ", "nowhere.har")),
            ("targets:\n  a: {}\n", ("rmqlag.yml:2: target a: no source",)),
            ("deadline: 5s\n", ("no source",)),
    ):
        result = bench.program.run("serve", "--config.file", write_config(bench, text), "--config.check")
        checks.check(f"{text!r}: exit 1, one line", result.code == 1 and harness.one_line(result.err) and not result.out, result)
        checks.contains(f"{text!r}: the line says what", result.err, *parts)
        checks.lacks(f"{text!r}: and no secret", result.err, "hunter2")
    result = bench.program.run("serve", "--config.file", "nowhere.yml", "--config.check")
    checks.check("no such file", result.code == 1 and "nowhere.yml" in result.err and harness.one_line(result.err), result)


def examples(bench):
    """What examples/prometheus shows is true."""
    checks = bench.checks
    directory = Path(__file__).resolve().parents[2] / "examples" / "prometheus"
    result = bench.program.run("serve", "--config.file", directory / "rmqlag.yml", "--config.check")
    checks.check("rmqlag.yml is good", result.code == 0 and "2 targets" in result.out, result)
    names = re.search(r"targets: \[(.*)\]", (directory / "probe.yml").read_text()).group(1).split(", ")
    for name in names:
        result = bench.program.run("dump", "--config.file", directory / "rmqlag.yml", "--target", name, "--deadline", "1ms")
        checks.check(f"probe.yml: {name} is a target of rmqlag.yml", "--target" not in result.err and result.code == 2, result)
    if shutil.which("promtool") is None:
        checks.skip("no promtool: probe.yml was not shown to Prometheus")
        return
    done = subprocess.run(["promtool", "check", "config", directory / "probe.yml"], capture_output=True, text=True, check=False)
    checks.equal("promtool takes probe.yml", done.returncode, 0)


def commands_read_targets(bench):
    checks = bench.checks
    first, second = absolute(bench.recording(2)), absolute(bench.recording(4))
    config = write_config(bench, f"targets:\n  a: {{replay: {first}}}\n  b: {{replay: {second}, topics: orders}}\n")
    chosen = ["--config.file", config, "--target", "b"]
    checks.equal("dump", bench.read(*chosen), bench.read(bench.recording(4), "--topics", "orders"))
    saved = bench.directory / "b.har"
    checks.equal("record", bench.program.run("record", *chosen, "--output", saved).code, 0)
    checks.equal("what it recorded", bench.read(saved)["totals"], bench.read(*chosen)["totals"])
    checks.equal("check", bench.program.run("check", *chosen, "--warn", "1000000000", "--groups", "g-offline").code, 0)
    result = bench.program.run("dump", "--config.file", config)
    checks.check("none chosen: exit 1, one line", result.code == 1 and harness.one_line(result.err), result)
    checks.contains("which names them", result.err, "(a, b)")


def console_comes_back(bench):
    checks = bench.checks
    interval, stale = 1, 4
    with bench.console(bench.recording(2), "--generation", 2) as console, Door(console.url) as door:
        with Served(bench, door.url, "--interval", f"{interval}s", "--stale-after", f"{stale}s") as served:
            served.wait_until_ready()
            before = served.families()
            door.close()
            checks.check("the console dies: rmqlag_up 0", harness.until(lambda: value(served.families(), "rmqlag_up") == 0))
            after = served.families()
            checks.equal("the lag stands", after[LAG], before[LAG])
            checks.equal("with the time it was read", after["rmqlag_group_read_timestamp_seconds"].keys(), before[LAG].keys())
            checks.check("after the stale limit it is gone, not 0", harness.until(lambda: not served.families().get(LAG)))
            gone = served.families()
            checks.check("everywhere", not gone.get("rocketmq_msg_diff_topic") and not gone.get("rmqlag_process_lag_messages"))
            checks.check("and still told as unknown", topics_of(gone, "rmqlag_topic_unknown") or topics_of(gone, "rmqlag_group_unknown"))
            door.open()
            opened = time.monotonic()
            checks.check("the console is back: up", harness.until(lambda: value(served.families(), "rmqlag_up") == 1))
            checks.in_time("within one interval, and what a busy machine takes", time.monotonic() - opened, interval * 1.05 + 2)
            checks.equal("with its lag", served.families()[LAG], before[LAG])
            lines = served.stop().err.splitlines()
            checks.check("the log has a handful of lines", len(lines) <= 8, lines)
            checks.contains("its end and its return are among them", "\n".join(lines), "nothing could be collected", "collected again")


def rows_of_broker_b(families):
    return {labels for labels in families["rocketmq_msg_diff_detail"] if ("broker", "broker-b") in labels}


def brokers_hang_or_die(bench):
    """Recordings of minutes later: the rows of the first stand, and what is wrong is said."""
    checks = bench.checks
    for generation in (0, 2, 4, 5):
        for trouble in ("broker-b-hung", "broker-b-killed"):
            replay = ["--replay", bench.recording(generation), "--replay", bench.recording(generation, trouble)]
            with Served(bench, *replay, "--interval", "0", "--stale-after", "15m") as served:
                before, after = served.families(), served.families()  # a collection each
            name = f"G{generation}, {trouble}"
            checks.equal(f"{name}: before, both are there", brokers_up(before), [1, 1])
            told = [dict(labels) for family in ("rmqlag_group_unknown", "rmqlag_topic_unknown") for labels in after.get(family, {})]
            wrong = Counter(labels["reason"] for labels in told if labels["reason"] != "not_subscribed")
            checks.check(f"{name}: it says what is wrong", sum(wrong.values()) > 0, wrong)
            lost = before[LAG].keys() - after[LAG].keys()
            checks.equal(f"{name}: no pair is lost", lost, set())
            rows = rows_of_broker_b(before)
            checks.check(f"{name}: no row of broker-b is lost", rows and rows <= rows_of_broker_b(after), rows - rows_of_broker_b(after))
            kept = after.get("rmqlag_group_read_timestamp_seconds", {})
            checks.check(f"{name}: what stands is told with its time", len(kept) > 0, kept)


def shards(bench):
    checks = bench.checks
    for generation in (0, 1, 2):  # later ones hold groups under no topic, which only an unsharded pass can find
        recording = bench.recording(generation)
        families = []
        for shard in ("1/1", "1/3", "2/3", "3/3"):
            with Served(bench, recording, "--shard", shard) as served:
                served.wait_until_ready()
                families.append(served.families())
        whole, parts = families[0], families[1:]
        checks.check(f"G{generation}: every shard has topics", all(topics_of(part) for part in parts))
        for family in (f"rocketmq_msg_diff_{name}" for name in COMPATIBLE):
            sums = Counter()
            for part in parts:
                for labels, number in part.get(family, {}).items():
                    sums[labels] += int(number)
            wanted = {labels: int(number) for labels, number in whole[family].items()}
            checks.equal(f"G{generation}: {family}: three shards are the whole", dict(sums), wanted)
        checks.check(f"G{generation}: the whole is no shard", "rmqlag_shard_info" not in whole)
        named = [value(part, "rmqlag_shard_info", shard=str(number), shards="3") for number, part in enumerate(parts, 1)]
        checks.equal(f"G{generation}: a shard says which", named, [1, 1, 1])


if __name__ == "__main__":
    harness.main(__doc__, slow_console, what_was_known_stands, shared_collections, end_under_way, probes, probes_carry_over, reload,
                 reload_under_way, config_errors, examples, commands_read_targets, console_comes_back, brokers_hang_or_die, shards)

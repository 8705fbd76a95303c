#!/usr/bin/env python3
"""test_serve.py PROGRAM FAKE_CONSOLE CAPTURES_DIR: the exporter as Prometheus, container platforms and operators meet it.

Its answers over HTTP, what changes from collection to collection, consoles that die, how it begins and how it ends.
"""

import http.client
import os
import re
import select
import shutil
import signal
import socket
import subprocess
import time
from datetime import timedelta
from pathlib import Path

import harness
from check_totals import parse_exposition

ANY_PORT = "127.0.0.1:0"
TEXT = "text/plain; version=0.0.4; charset=utf-8"
OPENMETRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8"
# What Prometheus 2 and 3 send.
PROMETHEUS_ACCEPT = ("application/openmetrics-text;version=1.0.0;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5,"
                     "text/plain;version=0.0.4;q=0.4,*/*;q=0.1")

ACCEPT = [
    (PROMETHEUS_ACCEPT, OPENMETRICS),
    ("application/openmetrics-text", OPENMETRICS),
    ("text/plain", TEXT),
    ("*/*", TEXT),
    ("application/openmetrics-text;q=0.1, text/plain;q=0.9", TEXT),
    ("application/openmetrics-text;q=0, */*", TEXT),
]

# Of one collection, and of the load it was: not the same in two of them.
OF_THE_PASS = re.compile(r"rmqlag_(collection\w*|console_(requests|received_bytes)_total|\w*timestamp_seconds|group_duplicate_client_ids)")
# What dump does not tell.
OF_SERVE = {"rmqlag_build_info", "rmqlag_http_requests_total", "rmqlag_group_duplicate_client_ids"}


class Served:
    """`rmqlag serve` as a context manager."""

    def __init__(self, bench, *arguments, listen=ANY_PORT, path="/metrics", env=None):
        self._bench = bench
        self._arguments = [*arguments, *(["--web.listen-address", listen] if listen else [])]
        self._env = env
        self._path = path

    def __enter__(self):
        self._log = bytearray()
        self.process = self._bench.program.start("serve", *self._arguments, env=self._env, stderr=subprocess.PIPE)
        harness.until(lambda: self.ports() or self.process.poll() is not None)
        if not self.ports():
            self.process.kill()
            raise RuntimeError(f"serve does not start: {self.log()}")
        self.port = self.ports()[0]
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.stop()

    def ports(self):
        return [int(port) for port in re.findall(r"msg=listening address=\S+:(\d+)\b.*\n", self.log())]

    def log(self):
        """Standard error so far."""
        while select.select([self.process.stderr], [], [], 0)[0]:
            data = os.read(self.process.stderr.fileno(), 65536)
            if not data:
                break
            self._log += data
        return self._log.decode("utf-8", "replace")

    def stop(self, number=signal.SIGTERM):
        """Ends it. Its result, with the log so far, and how long it took to end."""
        begin = time.monotonic()
        self.process.send_signal(number)
        result = self._bench.program.end(self.process, begin)
        return result._replace(err=self._log.decode("utf-8", "replace") + result.err)

    def ask(self, path=None, method="GET", **headers):
        """(status, headers with small letters, body)."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=harness.PATIENCE)
        connection.request(method, path or self._path, headers={name.replace("_", "-"): value for name, value in headers.items()})
        answer = connection.getresponse()
        body = answer.read().decode()
        connection.close()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, body

    def families(self):
        return parse_exposition(self.ask()[2])

    def wait_until_ready(self):
        return harness.until(lambda: self.ask("/-/ready")[0] == 200)


def connections(served):
    """How many are open to a server."""
    port = f":{served.port:04X}"
    sockets = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return sum(local.endswith(port) and state == "01" for _, local, _, state, *_ in sockets)


def value(families, family, **labels):
    text = families.get(family, {}).get(frozenset(labels.items()))
    return None if text is None else float(text)


def lag_of(families):
    """All series that tell of the lag."""
    return {name: samples for name, samples in families.items()
            if name.startswith(("rocketmq_", "rmqlag_group_", "rmqlag_process_", "rmqlag_queue_")) and not OF_THE_PASS.fullmatch(name)}


def answers(bench):
    checks = bench.checks
    with Served(bench, bench.recording()) as served:
        checks.check("ready after the first collection", served.wait_until_ready())
        start = served.log().splitlines()[0]
        checks.contains("the first line of the log says what it reads, and when", start, "msg=started", str(bench.recording()), 'collects="every 60s"')
        status, headers, body = served.ask()
        checks.equal("/metrics: 200, text", (status, headers.get("content-type")), (200, TEXT))
        checks.equal("/metrics: Content-Length", int(headers.get("content-length", -1)), len(body.encode()))
        families = parse_exposition(body)
        some = {"rocketmq_msg_diff_detail", "rmqlag_group_lag_messages", "rmqlag_build_info", "process_cpu_seconds_total",
                "process_resident_memory_bytes", "process_start_time_seconds", "process_open_fds"}
        checks.check("/metrics: the compatible families, our own, and the program's", some <= families.keys(), some - families.keys())

        for accept, wanted in ACCEPT:
            status, headers, body = served.ask(Accept=accept)
            checks.equal(f"Accept: {accept}", (status, headers.get("content-type")), (200, wanted))
            checks.equal(f"Accept: {accept}: it ends as its format demands", body.endswith("# EOF\n"), wanted == OPENMETRICS)
            checks.equal(f"Accept: {accept}: the same families", families.keys() - parse_exposition(body).keys(), set())

        status, headers, body = served.ask(method="HEAD")
        checks.check("HEAD: the headers alone", status == 200 and not body and int(headers["content-length"]) > 1000, (status, headers))
        for path in ("/metrics/", "/nothing", "/-/", "/metrics.json"):
            checks.equal(f"{path}: 404", served.ask(path)[0], 404)
        for method in ("POST", "PUT", "DELETE"):
            status, headers, _ = served.ask(method=method)
            checks.check(f"{method}: 405, and what is allowed", status == 405 and headers.get("allow") == "GET, HEAD", (status, headers))
        checks.equal("a query does not matter", served.ask("/metrics?name=x")[0], 200)
        checks.equal("/-/healthy", served.ask("/-/healthy")[::2], (200, "alive\n"))
        status, headers, page = served.ask("/")
        checks.equal("/: a page for people", (status, headers["content-type"]), (200, "text/html; charset=utf-8"))
        checks.contains("/: it links to the metrics", page, "/metrics")

        counted = {tuple(sorted(dict(labels).items())): count for labels, count in served.families()["rmqlag_http_requests_total"].items()}
        checks.equal("404s are counted", counted.get((("code", "404"), ("handler", "other"))), "4")
        checks.equal("405s are counted", counted.get((("code", "405"), ("handler", "metrics"))), "3")


def same_as_dump(bench):
    checks = bench.checks
    sets = ["--metrics.set", "compatible,own,queues"]
    for generation in (0, 2, 4):
        printed = parse_exposition(bench.program.run("dump", bench.recording(generation), "--format", "prometheus", *sets).out)
        with Served(bench, bench.recording(generation), *sets) as served:
            served.wait_until_ready()
            families = served.families()
        comparable = {name for name in printed if not OF_THE_PASS.fullmatch(name)}
        checks.check(f"G{generation}: there is something to compare", len(comparable) > 20, comparable)
        for name in sorted(comparable):
            checks.equal(f"G{generation}: {name} as dump prints it", families.get(name), printed[name])
        added = {name for name in families if name not in printed and not name.startswith("process_")} - OF_SERVE
        checks.equal(f"G{generation}: nothing more but the program's own", added, set())


def promtool(bench):
    if shutil.which("promtool") is None:
        bench.checks.skip("no promtool: /metrics was not shown to Prometheus")
        return
    with Served(bench, bench.recording(), "--metrics.set", "own,queues") as served:
        for when in ("before the first collection", "after it"):
            done = subprocess.run(["promtool", "check", "metrics"], input=served.ask()[2], capture_output=True, text=True, check=False)
            bench.checks.equal(f"promtool has no complaint {when}", (done.returncode, done.stdout + done.stderr), (0, ""))
            served.wait_until_ready()


def first_collection(bench):
    checks = bench.checks
    with bench.console(bench.recording(2), "--generation", 2) as console, harness.Tap(console.url) as tap:
        tap.hold("/topic/list.query")
        with Served(bench, tap.url) as served:
            status, _, text = served.ask("/-/ready")
            checks.equal("not ready before the first collection", status, 503)
            checks.equal("but healthy", served.ask("/-/healthy")[0], 200)
            families = served.families()
            checks.equal("no lag before the first collection", lag_of(families), {})
            checks.check("no rmqlag_up before the first collection", "rmqlag_up" not in families)
            checks.check("the program's own families from the start", "rmqlag_build_info" in families, sorted(families))
            checks.equal("the page for people says so", served.ask("/")[0], 200)
            tap.let_go()
            checks.check("ready after it", served.wait_until_ready())
            checks.equal("and up", value(served.families(), "rmqlag_up"), 1)
    with Served(bench, f"http://127.0.0.1:{harness.closed_port()}") as served:
        checks.check("a dead console does not block a rollout: ready", served.wait_until_ready())
        families = served.families()
        checks.check("but rmqlag_up is 0 and there is no lag", value(families, "rmqlag_up") == 0 and not lag_of(families), families)
        checks.contains("and the log says why", served.stop().err, "level=error", "refused")


def endings(bench):
    checks = bench.checks
    for number in (signal.SIGTERM, signal.SIGINT):
        with Served(bench, bench.recording()) as served:
            served.wait_until_ready()
            idle = socket.create_connection(("127.0.0.1", served.port))  # a scraper's kept connection
            result = served.stop(number)
            idle.close()
            checks.equal(f"{number.name} between collections: exit 0", result.code, 0)
            checks.in_time(f"{number.name} between collections", result.seconds, 5)
        with bench.console(bench.recording(), "--hang", "/topic/list.query") as console, Served(bench, console.url) as served:
            console.wait_for_requests(1)
            result = served.stop(number)
            checks.equal(f"{number.name} while the console hangs: exit 0", result.code, 0)
            checks.in_time(f"{number.name} while the console hangs", result.seconds, 5)
    with Served(bench, bench.recording()) as served:
        taken = f"127.0.0.1:{served.port}"
        checks.told("the address is taken", bench.program.run("serve", bench.recording(), "--web.listen-address", taken), 1, taken)
    named = bench.program.run("serve", bench.recording(), "--web.listen-address", "exporter.example:0")
    checks.told("a name instead of an address", named, 1, "exporter.example:0", "127.0.0.1", "localhost")
    checks.told("no such recording", bench.program.run("serve", "nowhere.har", "--web.listen-address", ANY_PORT), 1, "nowhere.har")


def processes_come_and_go(bench):
    """What vanished upstream vanishes with the next collection."""
    checks = bench.checks
    first, second = bench.recording(2, "mixed-t0"), bench.directory / "later.har"
    text = Path(bench.recording(2)).read_text()
    second.write_text(text.replace("10.0.0.13@6001", "10.0.0.99@9001"))
    with Served(bench, "--replay", first, "--replay", second, "--interval", "0") as served:
        def labels_of(families, family, *names):
            return {tuple(dict(labels).get(name) for name in names) for labels in families[family]}

        def everywhere(families):
            return (labels_of(families, "rmqlag_process_queues", "host", "process"),
                    labels_of(families, "rocketmq_msg_diff_clientinfo", "consumerClientIP", "consumerClientPID"))

        old, new = ("10.0.0.13", "6001"), ("10.0.0.99", "9001")
        before, after = everywhere(served.families()), everywhere(served.families())  # a collection each
        checks.check("the old process is there", all(old in processes and new not in processes for processes in before), before)
        checks.check("the new one comes with the next collection", all(new in processes for processes in after), after)
        checks.check("and the old one is gone with that, everywhere", not any(old in processes for processes in after), after)


def brokers_up(families):
    return [value(families, "rmqlag_broker_up", broker=broker) for broker in ("broker-a", "broker-b")]


def broker_dies(bench):
    checks = bench.checks
    pair = {"topic": "orders", "consumer_group": "g-offline"}  # four queues on each broker
    first = bench.recording(2)
    second = bench.directory / "a-minute-later.har"
    harness.write_shifted(bench.recording(2, "broker-b-killed"), second, begin=harness.begin_of(first) + timedelta(minutes=1))
    for limit, rows_stay in (("10m", True), ("10s", False)):
        with Served(bench, "--replay", first, "--replay", second, "--interval", "0", "--stale-after", limit) as served:
            before, after = served.families(), served.families()  # a collection each
            checks.equal("both brokers are up", brokers_up(before), [1, 1])
            checks.equal("broker-b is told as down", brokers_up(after), [1, 0])
            queues = [value(families, "rmqlag_group_queues", **pair) for families in (before, after)]
            checks.equal(f"--stale-after {limit}: its queues {'stand' if rows_stay else 'end'}", queues, [8, 8 if rows_stay else 4])
            if rows_stay:
                checks.equal("the pair is told", value(after, "rmqlag_group_unknown", reason="broker_missing", **pair), 1)
                checks.check("and when its rows were read", value(after, "rmqlag_group_read_timestamp_seconds", **pair))


def console_dies(bench):
    checks = bench.checks
    with bench.console(bench.recording(2), "--generation", 2) as console, Served(bench, console.url, "--interval", "500ms") as served:
        served.wait_until_ready()
        before = served.families()
        checks.check("up, with lag", value(before, "rmqlag_up") == 1 and lag_of(before))
        console.kill()
        checks.check("the console dies: rmqlag_up is 0", harness.until(lambda: value(served.families(), "rmqlag_up") == 0))
        after = served.families()
        lag_before, lag_after = lag_of(before), lag_of(after)
        for family in ("rmqlag_group_lag_messages", "rmqlag_process_lag_messages", "rocketmq_msg_diff_detail"):
            checks.equal(f"the console dies: {family} stands", lag_after.get(family), lag_before[family])
        pairs = {frozenset(pair for pair in labels if pair[0] != "reason") for labels in after.get("rmqlag_group_unknown", {})}
        checks.equal("the console dies: each pair is told as unknown", before["rmqlag_group_lag_messages"].keys() - pairs, set())
        checks.equal("the console dies: still healthy and ready", (served.ask("/-/healthy")[0], served.ask("/-/ready")[0]), (200, 200))
        harness.until(lambda: value(served.families(), "rmqlag_collections_total", result="failed") > 4)
        checks.check("the console dies: the log does not flood", served.log().count("level=error") <= 2, served.log())
        checks.lacks("no raw client id in the log", served.log(), *harness.client_ids(bench.recording(2)))


def load_is_limited(bench):
    checks = bench.checks
    with bench.console(bench.recording(2), "--generation", 2) as console, Served(bench, console.url, "--web.max-requests", "2") as served:
        served.wait_until_ready()
        for _ in range(30):
            served.ask()
        checks.equal("a scrape asks the console nothing", value(served.families(), "rmqlag_collections_total", result="complete"), 1)
        served.stop()
        checks.equal("one topic list for thirty scrapes", console.counts()["/topic/list.query"], 1)


def several_addresses(bench):
    checks = bench.checks
    with Served(bench, bench.recording(), "--web.listen-address", ANY_PORT) as served:
        served.wait_until_ready()
        checks.check("two addresses", len(set(served.ports())) == 2, served.ports())
        for served.port in served.ports():
            checks.equal("each answers", served.ask()[0], 200)


def environment_of_the_go_exporter(bench):
    checks = bench.checks
    with bench.console(bench.recording(2), "--generation", 2) as console:
        env = {"rocketmqConsoleIPAndPort": console.url.replace("http://", ""), "ignoredTopics": "orders,legacy", "metricsPath": "/lag",
               "metricsPrefix": "acme", "listenAddress": ANY_PORT}
        with Served(bench, listen=None, path="/lag", env=env) as served:
            served.wait_until_ready()
            checks.equal("metricsPath", (served.ask("/lag")[0], served.ask("/metrics")[0]), (200, 404))
            families = served.families()
            topics = {dict(labels)["topic"] for labels in families.get("acme_msg_diff_topic", {})}
            checks.check("metricsPrefix", topics and not any(name.startswith("rocketmq_") for name in families), sorted(families))
            checks.check("ignoredTopics", "payments" in topics and not topics & {"orders", "legacy"}, topics)
        with Served(bench, "--metrics.prefix", "flag", listen=None, path="/lag", env=env) as served:
            served.wait_until_ready()
            checks.check("a flag wins", "flag_msg_diff_topic" in served.families())
        with Served(bench, listen=None, path="/lag", env={**env, "RMQLAG_METRICS_PREFIX": "ours"}) as served:
            served.wait_until_ready()
            checks.check("our variable wins", "ours_msg_diff_topic" in served.families())

        del env["listenAddress"]
        for port, arguments, variables in ((9104, [], env), (9776, [console.url], {})):
            with harness.running(bench.program.start("serve", *arguments, env=variables)) as process:
                line = next((line.decode() for line in process.stderr if b"listen" in line), "")
                listens = re.search(rf"address=\S+:{port}\b", line) or f"cannot listen on :{port}" in line  # another may hold it
                checks.check(f"without an address, {'with' if variables else 'without'} its variables: :{port}", listens, line)
        result = bench.program.run("dump", env=env)
        checks.check("other commands do not look at them", result.code == 1 and "no source" in result.err, result)


if __name__ == "__main__":
    harness.main(__doc__, answers, same_as_dump, promtool, first_collection, endings, processes_come_and_go, broker_dies, console_dies,
                 load_is_limited, several_addresses, environment_of_the_go_exporter)

#!/usr/bin/env python3
"""test_prometheus.py PROGRAM FAKE_CONSOLE CAPTURES_DIR: a real Prometheus scrapes the real exporter.

What arrives is compared with expected.py, which works it out from the recordings by itself: every family in both formats, every
expression of docs/metrics.md, the stand-in for hpy-go-rocketmq-exporter with that exporter's environment and nothing else, the Grafana
dashboard, the recording rules over shards. Runs in a network of its own where it may make one, so that port 9104 is free.
"""

import contextlib
import http.client
import http.server
import json
import os
import re
import shutil
import subprocess
import sys
import threading
import time
from collections import Counter, defaultdict
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

import expected
import harness
import test_examples
import test_web
from check_totals import compatible_families, own_families, queue_families, series
from expected import lag, owned
from test_serve import OPENMETRICS, TEXT, Served, value

TARGET_LABELS = {"__name__", "job", "instance"}
G2, G4 = 2, 4


class Prometheus:
    """A Prometheus as a context manager. `jobs`: {name: ports, or a scrape configuration without its name}, scraped once a second."""

    def __init__(self, directory, jobs, rules=(), history=""):
        self._directory = Path(directory)
        self._jobs = [{"job_name": name, **(job if isinstance(job, dict) else static(job))} for name, job in jobs.items()]
        self._rules = rules
        self._history = history
        self.port = harness.free_port()

    def __enter__(self):
        self._directory.mkdir()
        data = self._directory / "data"
        if self._history:
            file = self._directory / "history.om"
            file.write_text(self._history)
            subprocess.run(["promtool", "tsdb", "create-blocks-from", "openmetrics", str(file), str(data)], check=True, capture_output=True)
        configuration = self._directory / "prometheus.yml"
        configuration.write_text(json.dumps({  # JSON is YAML
            "global": {"scrape_interval": "1s", "scrape_timeout": "1s", "evaluation_interval": "1s"},
            "rule_files": [str(file) for file in self._rules],
            "scrape_configs": self._jobs,
        }))
        self._log = (self._directory / "log").open("w")
        self._process = subprocess.Popen(
            ["prometheus", f"--config.file={configuration}", f"--storage.tsdb.path={data}", f"--web.listen-address=127.0.0.1:{self.port}",
             "--log.level=warn"], stdin=subprocess.DEVNULL, stdout=self._log, stderr=self._log)
        if not harness.until(self._is_ready):
            self._process.kill()
            raise RuntimeError(f"Prometheus does not start: {(self._directory / 'log').read_text()[-2000:]}")
        return self

    def __exit__(self, *_):
        self._process.terminate()
        try:
            self._process.wait(timeout=harness.PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._log.close()

    def _is_ready(self):
        with contextlib.suppress(OSError):
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=harness.PATIENCE)
            connection.request("GET", "/-/ready")
            return connection.getresponse().status == 200

    def api(self, path, **parameters):
        """The data of an answer of its HTTP API."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=harness.PATIENCE)
        connection.request("GET", f"/api/v1/{path}?{urlencode(parameters, doseq=True)}")
        answer = json.loads(connection.getresponse().read())
        connection.close()
        if answer["status"] != "success":
            raise ValueError(f"{path} {parameters}: {answer}")
        return answer["data"]

    def vector(self, expression):
        """The samples of an instant query: [(labels, value)]."""
        return [(sample["metric"], float(sample["value"][1])) for sample in self.api("query", query=expression)["result"]]

    def query(self, expression):
        """{series without name, job and instance: value}; a series that comes twice is an error."""
        answer = {}
        for labels, number in self.vector(expression):
            key = series(**{name: text for name, text in labels.items() if name not in TARGET_LABELS})
            if key in answer:
                raise ValueError(f"{expression}: twice: {labels}")
            answer[key] = number
        return answer

    def wait_for_targets(self):
        """Prometheus takes some seconds to turn to its targets, whether they are there or not."""
        targets = sum(len(group["targets"]) for job in self._jobs for group in job["static_configs"])
        return harness.until(lambda: len(self.vector("up")) == targets)

    def families(self, job, wanted=None):
        """{family: {series: value}} of what one exporter shows of RocketMQ and itself. Waits for those that are wanted."""
        if wanted is not None:
            harness.until(lambda: wanted.items() <= self.families(job).items())
        result = defaultdict(dict)
        for labels, number in self.vector(f'{{__name__=~"(rocketmq|rmqlag)_.*", job="{job}"}}'):
            key = series(**{name: text for name, text in labels.items() if name not in TARGET_LABELS})
            result[labels["__name__"]][key] = number
        return result

    def scrape_errors(self):
        """{job: what the last scrape of its target failed with, or nothing}."""
        return {target["labels"]["job"]: target["lastError"] for target in self.api("targets", state="active")["activeTargets"]}

    def scraped(self, job, times=2):
        """Waits until each target of a job has been scraped well so often."""
        return harness.until(lambda: [number for _, number in self.vector(f'sum_over_time(up{{job="{job}"}}[1h])')
                                      if number >= times] != [] and min(number for _, number in self.vector(f'up{{job="{job}"}}')) == 1)


def static(ports):
    return {"static_configs": [{"targets": [f"127.0.0.1:{port}" for port in ports]}]}


class TextOnly:
    """Stands in front of an exporter for a scraper that knows text 0.0.4 only."""

    def __init__(self, port):
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                connection = http.client.HTTPConnection("127.0.0.1", port, timeout=harness.PATIENCE)
                connection.request("GET", self.path, headers={"Accept": "text/plain;version=0.0.4"})
                answer = connection.getresponse()
                body = answer.read()
                self.send_response(answer.status)
                self.send_header("Content-Type", answer.getheader("Content-Type"))
                self.end_headers()
                self.wfile.write(body)
                connection.close()

            def log_message(self, *_):
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]

    def __enter__(self):
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


def becomes(bench, what, prometheus, expression, wanted):
    """A rule is evaluated once a second: waits for what it records."""
    harness.until(lambda: prometheus.query(expression) == wanted)
    bench.checks.equal(what, prometheus.query(expression), wanted)


def numbers(samples):
    """Expected series with values as Prometheus has them."""
    return {key: float(number) for key, number in samples.items()}


def pair(topic, group):
    return series(topic=topic or "", consumer_group=group or "")


def sum_of(rows, key, amount):
    sums = Counter()
    for row in rows:
        sums[key(row)] += amount(row)
    return sums


def by_pair(row):
    return pair(row.topic, row.group)


# ---- What arrives -----------------------------------------------------------------------------------------------------------------


def arrives(bench):
    """Every family of a healthy cluster and of one with a hung broker, in both formats; nothing more."""
    checks = bench.checks
    sets = ["--metrics.set", "compatible,own,queues"]
    recordings = {"healthy": bench.recording(G2), "hung": bench.recording(G4, "broker-b-hung")}
    with contextlib.ExitStack() as stack:
        served = {name: stack.enter_context(Served(bench, file, *sets)) for name, file in recordings.items()}
        jobs = {}
        for name, exporter in served.items():
            exporter.wait_until_ready()
            jobs[f"{name} openmetrics"] = [exporter.port]
            jobs[f"{name} text"] = [stack.enter_context(TextOnly(exporter.port)).port]
        prometheus = stack.enter_context(Prometheus(bench.directory / "prometheus", jobs))
        for name, file in recordings.items():
            result = expected.Pass(file)
            wanted = {**compatible_families(result.rows), **own_families(result), **queue_families(result.rows)}
            for kind in ("openmetrics", "text"):
                job = f"{name} {kind}"
                checks.check(f"{job}: scraped", prometheus.scraped(job), prometheus.vector(f'up{{job="{job}"}}'))
                seen = prometheus.families(job, {family: numbers(samples) for family, samples in wanted.items() if samples})
                for family, samples in wanted.items():
                    checks.equal(f"{job}: {family}", seen.get(family, {}), numbers(samples))
                more = {family for family in seen if family.startswith(("rocketmq_", "rmqlag_queue_")) and family not in wanted}
                checks.equal(f"{job}: no family more", more, set())
                served_samples = sum(map(len, served[name].families().values()))
                checks.equal(f"{job}: every sample that was served was scraped",
                             prometheus.query(f'scrape_samples_scraped{{job="{job}"}}'), {series(): served_samples})
        checks.check("no scrape error", harness.until(lambda: set(prometheus.scrape_errors().values()) == {""}), prometheus.scrape_errors())
        asked = ["application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5,*/*;q=0.1", "text/plain;version=0.0.4"]
        checks.equal("the formats that were compared", [served["hung"].ask(Accept=accept)[1]["content-type"] for accept in asked], [OPENMETRICS, TEXT])


def tls_and_users(bench):
    """Over TLS, with a client certificate and a password; without any one of them nothing."""
    checks = bench.checks
    if shutil.which("openssl") is None:
        return checks.skip("no openssl: Prometheus did not scrape over TLS")
    authority = test_web.Authority(bench.directory)
    for name in ("server", "stranger"):
        authority.self_signed(name)
    authority.sign("client")
    web_config = (test_web.tls_config(client_auth_type="RequireAndVerifyClientCert", client_ca_file="ca.pem") +
                  test_web.users_config(prometheus="open"))

    def job(certificate="client", password="open", ca="server", scheme="https"):
        named = {"cert_file": f"{bench.directory}/{certificate}.pem", "key_file": f"{bench.directory}/{certificate}.key"} if certificate else {}
        access = {"basic_auth": {"username": "prometheus", "password": password}} if password else {}
        return {"scheme": scheme, "tls_config": {"ca_file": f"{bench.directory}/{ca}.pem", **named}, **access, **static([served.port])}

    with test_web.served_with(bench, web_config) as served:
        refused = {  # and what Prometheus says of it
            "no certificate": (job(certificate=None), "."),  # the connection just ends
            "a stranger's certificate": (job(certificate="stranger"), "."),
            "a wrong password": (job(password="other"), "401"),
            "no password": (job(password=None), "401"),
            "another authority": (job(ca="stranger"), "x509"),
            "no TLS": (job(scheme="http"), "."),
        }
        jobs = {"good": job(), **{name: settings for name, (settings, _) in refused.items()}}
        with Prometheus(bench.directory / "prometheus", jobs) as prometheus:
            wanted = {family: numbers(samples) for family, samples in compatible_families(expected.Pass(bench.recording()).rows).items()}
            checks.check("scraped", prometheus.scraped("good"), prometheus.scrape_errors())
            seen = prometheus.families("good", wanted)
            for family, samples in wanted.items():
                checks.equal(f"over TLS: {family}", seen.get(family), samples)
            prometheus.wait_for_targets()
            for name, (_, why) in refused.items():
                checks.equal(f"{name}: down", [number for _, number in prometheus.vector(f'max_over_time(up{{job="{name}"}}[5m])')], [0])
                checks.check(f"{name}: and why", re.search(why, prometheus.scrape_errors()[name]), prometheus.scrape_errors()[name])
                checks.equal(f"{name}: nothing was let through", prometheus.families(name), {})
        checks.lacks("no password in the log", served.log(), "open", "other", *test_web.HASHES.values())


def probes(bench):
    """Several clusters from one exporter, as examples/prometheus/probe.yml says."""
    checks = bench.checks
    try:
        import yaml
    except ImportError:
        return checks.skip("no python3-yaml: probe.yml was not tried")
    recordings = {"prod": bench.recording(G2), "staging": bench.recording(G4)}
    config = bench.directory / "rmqlag.yml"
    config.write_text("targets:\n" + "".join(f"  {name}: {{replay: {file.resolve()}}}\n" for name, file in recordings.items()))
    with Served(bench, "--config.file", config) as served:
        text = (test_examples.EXAMPLES / "prometheus/probe.yml").read_text()
        example = yaml.safe_load(text.replace("rmqlag:9776", f"127.0.0.1:{served.port}"))
        jobs = {job.pop("job_name"): {**job, "scrape_interval": "1s", "scrape_timeout": "1s"} for job in example["scrape_configs"]}
        with Prometheus(bench.directory / "prometheus", jobs) as prometheus:
            for name, file in recordings.items():
                wanted = numbers(sum_of(expected.Pass(file).rows, by_pair, lag))
                becomes(bench, f"the target {name} is an instance", prometheus, f'rmqlag_group_lag_messages{{instance="{name}"}}', wanted)
            instances = {labels["instance"] for labels, _ in prometheus.vector("rmqlag_up == 1")}
            checks.equal("the targets, and nothing else, have lag", instances, set(recordings))
            becomes(bench, "the program itself is a job of its own", prometheus, 'count(rmqlag_build_info{job="rmqlag-program"})', {series(): 1})
            checks.equal("and is in no probe", prometheus.query("count by (job) (process_start_time_seconds)"), {series(): 1})


def process_ends(bench):
    """A process that ends is gone after the next collection, not five minutes later."""
    checks = bench.checks
    before = bench.recording(G2)
    rows = expected.Pass(before).rows
    host, process = max((row.host, row.process) for row in rows if row.host and row.process and row.topic == "orders")
    after = bench.directory / "after.har"
    without_client(before, after, host, process)
    remaining = expected.Pass(after).rows
    checks.check("the process is in the first recording and not in the second",
                 any((row.host, row.process) == (host, process) for row in rows) and not any((row.host, row.process) == (host, process) for row in remaining))
    port = harness.free_port()
    own = f'rmqlag_process_queues{{host="{host}", process="{process}"}}'
    compatible = f'{{__name__=~"rocketmq_msg_diff_(detail|clientinfo)", consumerClientIP="{host}", consumerClientPID="{process}"}}'
    with Prometheus(bench.directory / "prometheus", {"rmqlag": [port]}) as prometheus:
        prometheus.wait_for_targets()
        with Served(bench, "--replay", before, "--replay", after, "--interval", "0", listen=f"127.0.0.1:{port}"):  # each scrape is the next pass
            for what in (own, compatible):
                checks.check(f"it was there: {what}", harness.until(lambda: prometheus.vector(f"count_over_time({what}[5m])")))
                checks.check(f"and is gone: {what}", harness.until(lambda: not prometheus.vector(what)), prometheus.vector(what))
            checks.check("long before it would have become stale by itself", prometheus.vector(f"last_over_time({own}[2m])"))
            groups = numbers(own_families(expected.Pass(after))["rmqlag_group_lag_messages"])
            checks.equal("the lag of its group stays", prometheus.query("rmqlag_group_lag_messages"), groups)


def without_client(recording, target, host, process):
    """A copy in which no queue has an owner of that host and process."""
    har = json.loads(Path(recording).read_text())
    for entry in har["log"]["entries"]:
        content = entry["response"]["content"]
        content["text"] = re.sub(r'"clientInfo":"([^"]*)"',
                                 lambda found: '"clientInfo":null' if expected.parse_client_id(found[1]) == (host, process) else found[0],
                                 content.get("text", ""))
    Path(target).write_text(json.dumps(har))


# ---- The expressions of docs/metrics.md -------------------------------------------------------------------------------------------

GROWING = "rmqlag_group_lag_messages > 1000 and deriv(rmqlag_group_lag_messages[10m]) > 0"
STALLED = "rmqlag_group_lag_messages > 0 and delta(rmqlag_group_consumer_offset[10m]) == 0 unless on(instance, topic, consumer_group) rmqlag_group_unknown"
UNOWNED = "rmqlag_group_unowned_queues > 0 and rmqlag_group_unowned_queues < rmqlag_group_queues and on(instance, consumer_group) rmqlag_group_members > 0"
NOT_KNOWN = 'rmqlag_group_unknown{reason!="not_subscribed"}'
TOPIC_NOT_KNOWN = "rmqlag_topic_unknown"
BROKER_GONE = "rmqlag_broker_up == 0 or rmqlag_broker_queues offset 1h unless on(instance, broker) rmqlag_broker_queues"
SHARE = ('rmqlag_process_queues{topic!~"%RETRY%.*"} > on(instance, topic, consumer_group) group_left '
         "2 * avg by (instance, topic, consumer_group)(rmqlag_process_queues)")
NOT_COMPLETE = "time() - rmqlag_last_complete_timestamp_seconds > 600"
NOTHING_READ = "rmqlag_up == 0"
DUPLICATES = "rmqlag_group_duplicate_client_ids > 0"
WORST_QUEUES = ("topk(5, rmqlag_queue_lag_messages * on(instance, topic, consumer_group, broker, queue) group_left(host, process) "
                "rmqlag_queue_owner_info)")
TRIED = {GROWING, STALLED, UNOWNED, NOT_KNOWN, TOPIC_NOT_KNOWN, BROKER_GONE, SHARE, NOT_COMPLETE, NOTHING_READ, DUPLICATES, WORST_QUEUES}


def answers_of(first, second):
    """{expression: what it must return} after two collections."""
    lag_before, lag_now = sum_of(first.rows, by_pair, lag), sum_of(second.rows, by_pair, lag)
    offset_before, offset_now = (sum_of(result.rows, by_pair, lambda row: row.consumer_offset) for result in (first, second))
    unowned, queues = sum_of(second.rows, by_pair, lambda row: not owned(row)), sum_of(second.rows, by_pair, lambda row: 1)
    members = second.members()
    unknown = {pair(topic, group) for topic, group in second.unknown if group}
    held = sum_of(filter(owned, second.rows), lambda row: (row.topic, row.group, row.host, row.process), lambda row: 1)
    processes = sum_of(held, lambda process: process[:2], lambda process: 1)
    of_pair = sum_of(held, lambda process: process[:2], lambda process: held[process])
    return {
        GROWING: {key: now for key, now in lag_now.items() if now > 1000 and key in lag_before and now > lag_before[key]},
        STALLED: {key: now for key, now in lag_now.items() if now > 0 and key not in unknown and offset_now[key] == offset_before.get(key, offset_now[key])},
        UNOWNED: {key: count for key, count in unowned.items() if 0 < count < queues[key] and members.get(dict(key)["consumer_group"], 0) > 0},
        NOT_KNOWN: {series(topic=topic or "", consumer_group=group, reason=reason): 1
                    for (topic, group), reason in second.unknown.items() if group and reason != "not_subscribed"},
        TOPIC_NOT_KNOWN: {series(topic=topic, reason=reason): 1 for (topic, group), reason in second.unknown.items() if not group},
        SHARE: {series(topic=topic, consumer_group=group, host=host, process=process): count
                for (topic, group, host, process), count in held.items()
                if not topic.startswith("%RETRY%") and count > 2 * of_pair[topic, group] / processes[topic, group]},
        BROKER_GONE: {},
        NOTHING_READ: {},
    }


def duplicate_client_ids(recording, rows):
    """{group: how many client ids came from more than one address}, of the groups that are asked: partly unowned ones."""
    queues, unowned = sum_of(rows, lambda row: row.group, lambda row: 1), sum_of(rows, lambda row: row.group, lambda row: not owned(row))
    found = {}
    for entry in harness.entries(recording):
        url = urlsplit(entry["request"]["url"])
        group = parse_qs(url.query).get("consumerGroup", [""])[0]
        if url.path.endswith("/consumer/consumerConnection.query") and 0 < unowned[group] < queues[group]:
            addresses = defaultdict(set)
            for connection in (json.loads(entry["response"]["content"]["text"])["data"] or {}).get("connectionSet", []):
                addresses[connection["clientId"]].add(connection["clientAddr"])
            found[series(consumer_group=group)] = sum(len(seen) > 1 for seen in addresses.values())
    return {key: count for key, count in found.items() if count > 0}


def queue_with_owner(row):
    return series(topic=row.topic, consumer_group=row.group, broker=row.broker, queue=row.queue, host=row.host or "", process=row.process or "")


def worst_queues(rows):
    """The lags of the five queues with an owner that are furthest behind; which of two equal ones comes is left open."""
    return sorted((float(lag(row)) for row in rows if owned(row)), reverse=True)[:5]


def expressions(bench):
    checks = bench.checks
    documented = set(test_examples.documented_expressions())
    checks.equal("every expression of docs/metrics.md is tried here", documented - TRIED, set())
    something = Counter()
    with contextlib.ExitStack() as stack:
        running = {}
        for generation in (G2, G4):
            port = harness.free_port()
            prometheus = Prometheus(bench.directory / f"prometheus-{generation}", {"rmqlag": [port]}, test_examples.rule_files())
            running[generation] = port, stack.enter_context(prometheus)
        for generation, (port, prometheus) in running.items():
            prometheus.wait_for_targets()
            files = [bench.recording(generation, "mixed-t0"), bench.recording(generation, "mixed-t1")]
            flags = ["--interval", "0", "--metrics.set", "compatible,own,queues"]  # each scrape is the next pass
            stack.enter_context(Served(bench, "--replay", files[0], "--replay", files[1], *flags, listen=f"127.0.0.1:{port}"))
            running[generation] = files, prometheus
        for generation, (files, prometheus) in running.items():
            first, second = map(expected.Pass, files)
            offsets = [numbers(own_families(result)["rmqlag_group_consumer_offset"]) for result in (first, second)]
            checks.check(f"G{generation}: both collections were scraped",
                         harness.until(lambda: prometheus.query("rmqlag_group_consumer_offset") == offsets[1]) and
                         prometheus.query("min_over_time(rmqlag_group_consumer_offset[5m])") == offsets[0])
            duplicates = {DUPLICATES: duplicate_client_ids(files[1], second.rows)}
            for expression, wanted in {**answers_of(first, second), **duplicates}.items():
                checks.equal(f"G{generation}: {expression}", prometheus.query(expression), numbers(wanted))
                something[expression] += len(wanted)

            worst = prometheus.query(WORST_QUEUES)
            checks.equal(f"G{generation}: {WORST_QUEUES}", sorted(worst.values(), reverse=True), worst_queues(second.rows))
            rows = {queue_with_owner(row): float(lag(row)) for row in second.rows}
            checks.check(f"G{generation}: with their owners", worst.items() <= rows.items(), worst)

            dashboard(bench, prometheus, f"G{generation}")
            rules(bench, prometheus, second, f"G{generation}")
    silent = {expression for expression, count in something.items() if count == 0}
    checks.equal("those that have nothing to find there find something in a made-up history", silent - HISTORY.keys() - {BROKER_GONE}, set())


def dashboard(bench, prometheus, where):
    """Each panel of our Grafana dashboard shows something, or rightly nothing."""
    may_be_empty = ("reason", "rmqlag_topic_unknown", "rmqlag_group_unknown", "unowned")
    board = json.loads((test_examples.EXAMPLES / "grafana/rmqlag.json").read_text())
    for expression in test_examples.expressions(board):
        plain = re.sub(r"\$\w+", ".*", expression)
        labels = re.fullmatch(r"label_values\((.*), (\w+)\)", plain)
        if labels:
            found = prometheus.api(f"label/{labels[2]}/values", **{"match[]": labels[1]})
            bench.checks.check(f"{where}: dashboard: {expression}", found or labels[2] == "cluster")
        else:
            found = prometheus.vector(plain)
            bench.checks.check(f"{where}: dashboard: {expression}", found or any(word in plain for word in may_be_empty))


def rules(bench, prometheus, result, where):
    """The rules of examples/ run without an error, and the recorded totals are right."""
    harness.until(lambda: all(rule["lastEvaluation"] > "0001-01-02" for group in prometheus.api("rules")["groups"] for rule in group["rules"]))
    all_rules = [rule for group in prometheus.api("rules")["groups"] for rule in group["rules"]]
    bench.checks.check(f"{where}: every rule runs", len(all_rules) > 15 and all(rule["health"] == "ok" for rule in all_rules), all_rules)
    groups = sum_of(result.rows, lambda row: series(consumer_group=row.group), lag)
    becomes(bench, f"{where}: the recorded totals", prometheus, "consumer_group:rmqlag_group_lag_messages:sum", numbers(groups))


def a_broker_dies(bench):
    """Told as down by an exporter that saw it go; found by its history where none did. The rest of the made-up history must stay silent."""
    checks = bench.checks
    first, second = bench.recording(G4), bench.directory / "killed.har"
    harness.write_shifted(bench.recording(G4, "broker-b-killed"), second, harness.begin_of(first) + timedelta(minutes=1))
    now = int(time.time())
    with Served(bench, "--replay", first, "--replay", second, "--interval", "2s", "--stale-after", "15m") as served:
        served.wait_until_ready()
        with Prometheus(bench.directory / "prometheus", {"rmqlag": [served.port]}, history=made_up_history(now)) as prometheus:
            live = f"127.0.0.1:{served.port}"
            checks.check("the exporter tells that it is down", harness.until(lambda: value(served.families(), "rmqlag_broker_up", broker="broker-b") == 0))
            harness.until(lambda: prometheus.vector(f'rmqlag_broker_up{{instance="{live}"}} == 0'))
            checks.equal(BROKER_GONE, {(labels["instance"], labels["broker"]): number for labels, number in prometheus.vector(BROKER_GONE)},
                         {(live, "broker-b"): 0, ("restarted", "broker-c"): 8})
            for expression, wanted in HISTORY.items():
                found = {labels.get("consumer_group") or labels["instance"] for labels, _ in prometheus.vector(expression) if labels["instance"] != live}
                checks.equal(f"made-up history: {expression}", found, wanted)


# What the expressions must find in the history below, by consumer group. The neighbour is another cluster where the same names are used.
HISTORY = {GROWING: {"grows"}, STALLED: {"stalled"}, SHARE: {"uneven"}, DUPLICATES: {"duplicates"}, TOPIC_NOT_KNOWN: {"made-up"}, NOT_COMPLETE: {"made-up"},
           NOTHING_READ: {"made-up"}}


def made_up_history(now):
    """Two hours of samples, one a minute, up to a minute ago, as OpenMetrics."""
    ages = list(range(7200, 0, -60))
    groups = {  # lag and consumer offset by age in seconds
        "grows": (lambda age: 5000 - age // 2, lambda age: 100_000 - age),
        "shrinks": (lambda age: 5000 + age // 2, lambda age: 100_000 - 2 * age),
        "small": (lambda age: 900 - age // 10, lambda age: 100_000 - age),
        "stands": (lambda age: 5000, lambda age: 100_000 - age),
        "stalled": (lambda age: 500, lambda age: 100_000),
        "idle": (lambda age: 0, lambda age: 100_000),
        "carried": (lambda age: 500, lambda age: 100_000),
    }

    def family(name, samples):
        lines = [f"{name}{{{labels}}} {number} {now - age}" for labels, ages_and_numbers in samples for age, number in ages_and_numbers]
        return [f"# TYPE {name} gauge", *lines]

    def group(name):
        return f'instance="made-up",topic="t",consumer_group="{name}"'

    def broker(name):
        return f'instance="restarted",broker="{name}"'

    def process(name, number, topic="t", instance="made-up"):
        return f'instance="{instance}",topic="{topic}",consumer_group="{name}",host="10.0.0.{number}",process="{number}"'

    lines = [
        *family("rmqlag_broker_queues", [(broker("broker-a"), [(age, 8) for age in ages]), (broker("broker-c"), [(age, 8) for age in ages if age > 1800])]),
        *family("rmqlag_group_lag_messages", [(group(name), [(age, lag_at(age)) for age in ages]) for name, (lag_at, _) in groups.items()]),
        *family("rmqlag_group_consumer_offset", [(group(name), [(age, offset_at(age)) for age in ages]) for name, (_, offset_at) in groups.items()]),
        *family("rmqlag_group_unknown", [(group("carried") + ',reason="timeout"', [(age, 1) for age in ages]),
                                         ('instance="neighbour",topic="t",consumer_group="stalled",reason="timeout"', [(age, 1) for age in ages])]),
        *family("rmqlag_group_duplicate_client_ids", [(f'instance="made-up",consumer_group="{name}"', [(age, count) for age in ages])
                                                      for name, count in (("duplicates", 1), ("none", 0))]),
        *family("rmqlag_process_queues", [(process(name, number, topic), [(age, queues) for age in ages])
                                          for name, topic, held in (("uneven", "t", (9, 1, 1)), ("even", "t", (4, 4, 3)), ("alone", "t", (9,)),
                                                                    ("retries", "%RETRY%retries", (9, 1, 1)))
                                          for number, queues in enumerate(held)] +
                                         [(process("uneven", 0, instance="neighbour"), [(age, 100) for age in ages])]),
        *family("rmqlag_topic_unknown", [('instance="made-up",topic="t",reason="timeout"', [(age, 1) for age in ages])]),
        *family("rmqlag_last_complete_timestamp_seconds", [('instance="made-up"', [(age, now - 3600) for age in ages])]),
        *family("rmqlag_up", [('instance="made-up"', [(age, 0) for age in ages])]),
        "# EOF",
    ]
    return "\n".join(lines) + "\n"


# ---- In place of hpy-go-rocketmq-exporter -----------------------------------------------------------------------------------------

LABELS = ["topic", "consumerGroup", "broker", "queueId", "consumerClientIP", "consumerClientPID"]
PANELS = {
    "topic": ["topic"],
    "consumergroup": ["consumerGroup"],
    "topic_consumergroup": ["topic", "consumerGroup"],
    "broker": ["broker"],
    "queue": ["broker", "queueId"],
    "clientinfo": ["consumerClientIP", "consumerClientPID"],
}


def in_place_of_the_go_exporter(bench):
    """With its environment and nothing else."""
    checks = bench.checks
    if not harness.until(lambda: port_is_free(9104), timeout=10):
        return checks.skip("port 9104 is taken: the stand-in for hpy-go-rocketmq-exporter was not tried")
    manifest = (test_examples.EXAMPLES / "kubernetes/in-place-of-hpy-go-rocketmq-exporter.yaml").read_text()
    env = dict(re.findall(r'- name: (\w+)\n +value: "(.*)"\n', manifest))
    checks.equal("its manifest has five variables", len(env), 5)
    with bench.console(bench.recording(G2), "--generation", G2) as console:
        env["rocketmqConsoleIPAndPort"] = console.url.removeprefix("http://")
        with Served(bench, listen=None, env=env) as served, Prometheus(bench.directory / "prometheus", {"go": [9104]}) as prometheus:
            checks.equal("it listens on 9104", served.ports(), [9104])
            served.wait_until_ready()
            checks.check("scraped", prometheus.scraped("go"))
            wanted = compatible_families(expected.Pass(bench.recording(G2)).rows)
            checks.equal("seven families", len(wanted), 7)
            checks.check("retry topics are among them", any("%RETRY%" in str(key) for key in wanted["rocketmq_msg_diff_detail"]))
            seen = harness.until(lambda: (lambda now: now if "rocketmq_msg_diff_detail" in now else None)(prometheus.families("go"))) or {}
            for family, samples in wanted.items():
                checks.equal(family, seen.get(family), numbers(samples))
            checks.equal("no other family of that name", {name for name in seen if name.startswith("rocketmq_")}, set(wanted))

            found = {}
            for label in LABELS:  # what Grafana asks for label_values(rocketmq_msg_diff_detail, label)
                found[label] = prometheus.api(f"label/{label}/values", **{"match[]": "rocketmq_msg_diff_detail"})
                values = {dict(key)[label] for key in wanted["rocketmq_msg_diff_detail"] if label in dict(key)}
                checks.equal(f"label_values: {label}", set(found[label]), values)
            for panel, labels in PANELS.items():
                family = f"rocketmq_msg_diff_{panel}"
                chosen = ",".join(f'{label}=~"{any_of(found[label])}"' for label in labels)
                owned_only = {key: number for key, number in numbers(wanted[family]).items() if set(labels) <= dict(key).keys()}
                checks.equal(f"panel {family}: everything chosen by name", prometheus.query(f"{family}{{{chosen}}}"), owned_only)
                checks.equal(f"panel {family}: all", prometheus.query(f'sum({family}{{}}) by ({",".join(labels)})'), numbers(wanted[family]))


def any_of(values):
    """As Grafana writes several values of a variable into a regular expression within PromQL."""
    return "(" + "|".join(re.sub(r"[\\^$.*+?()\[\]{}|/-]", lambda sign: "\\\\" + sign[0], text) for text in values) + ")"


def port_is_free(port):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=1)
    try:
        connection.connect()
    except OSError:
        return True
    connection.close()
    return False


# ---- Shards -----------------------------------------------------------------------------------------------------------------------


def shards_add_up(bench):
    """Three shards and the recording rules give what one exporter gives; while one is down there is no sum."""
    checks = bench.checks
    with contextlib.ExitStack() as stack:
        shards = [stack.enter_context(Served(bench, bench.recording(G2), "--shard", f"{shard}/3")) for shard in (1, 2, 3)]
        for shard in shards:
            shard.wait_until_ready()
        jobs = {"rmqlag-shards": [shard.port for shard in shards]}
        prometheus = stack.enter_context(Prometheus(bench.directory / "prometheus", jobs, test_examples.rule_files()))
        rows = expected.Pass(bench.recording(G2)).rows
        wanted = {family.removeprefix("rocketmq_msg_diff_"): numbers(samples) for family, samples in compatible_families(rows).items()}
        for name in ("consumergroup", "broker", "queue", "clientinfo"):
            becomes(bench, f"{name}: the sum over the shards", prometheus, f"job:rocketmq_msg_diff_{name}:sum", wanted[name])
        for name in ("topic", "topic_consumergroup", "detail"):
            checks.equal(f"{name}: needs no sum", prometheus.query(f"rocketmq_msg_diff_{name}"), wanted[name])
        groups = numbers(sum_of(rows, lambda row: series(consumer_group=row.group), lag))
        becomes(bench, "the totals of the groups", prometheus, "consumer_group:rmqlag_group_lag_messages:sum", groups)

        shards[1].stop()
        totals = '{__name__=~"job:.*:sum|consumer_group:.*:sum"}'
        checks.check("one shard down: no sum rather than a smaller one", harness.until(lambda: not prometheus.vector(totals)), prometheus.vector(totals))
        checks.equal("and it is told", len(prometheus.vector('up{job="rmqlag-shards"} == 0')), 1)


def in_a_network_of_its_own():
    """Runs the script again where all ports are free, if that is allowed."""
    if os.environ.get("RMQLAG_OWN_NETWORK") or shutil.which("unshare") is None or shutil.which("ip") is None:
        return
    begin = ["unshare", "--net", "sh", "-c", 'ip link set lo up && exec "$@"', "sh"]
    if subprocess.run([*begin, "true"], capture_output=True, check=False).returncode == 0:
        os.environ["RMQLAG_OWN_NETWORK"] = "1"
        os.execvp(begin[0], [*begin, sys.executable, *sys.argv])


if __name__ == "__main__":
    for tool in ("prometheus", "promtool"):
        if shutil.which(tool) is None:
            print(f"*** SKIPPED: no {tool}: nothing was scraped by a real Prometheus ***")
            sys.exit(77)
    in_a_network_of_its_own()
    harness.main(__doc__, arrives, tls_and_users, probes, process_ends, expressions, a_broker_dies, in_place_of_the_go_exporter, shards_add_up)

#!/usr/bin/env python3
"""bench.py --program P --stand-in S --micro M --spend X --bare B --output FILE: the budgets of docs/design.md against what is measured.

Run by `meson test --benchmark`. Prints one table and writes all figures as JSON. Rounds are interleaved and the best one counts, since
other work on the machine only ever adds. A missed budget is told and fails nothing; a wrong result, or a program that fails, does.
With GO_EXPORTER in the environment, the path of a hpy-go-rocketmq-exporter, that is measured, too.
"""

import argparse
import contextlib
import http.client
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

SIZES = SMALL, MIDDLE, LARGE = 4_800, 48_000, 480_000  # rows
ROUNDS = {SMALL: 9, MIDDLE: 7, LARGE: 3}
# Rows an answer, and the stand-in's flags for it: 1,000 topics with 48,000 rows; and fewer rows an answer, as real clusters have
# (one of 390 topics has 2,849), where the requests are what costs.
SHAPES = {
    "48 an answer": (48, "--groups 4 --brokers 3 --queues 4 --clients 4"),
    "12 an answer": (12, "--groups 1 --brokers 2 --queues 6 --clients 3"),
}
USUAL, SPARSE = SHAPES
MIB = 1 << 20


class Table:
    """What is measured, as people want to see it."""

    def __init__(self):
        self.rows = []

    def add(self, what, measured, unit, budget=None, at_least=False, ratio_of=None):
        """`budget`: the most (or the least) that is allowed; of the ratio to `ratio_of`, where that is given."""
        ratio = measured / ratio_of if ratio_of else None
        judged = measured if ratio is None else ratio
        met = None if budget is None else judged >= budget if at_least else judged <= budget
        self.rows.append({"what": what, "budget": budget, "at_least": at_least, "measured": measured, "unit": unit, "ratio": ratio,
                          "met": met})

    def print(self):
        head = ("what", "budget", "measured", "ratio", "met?")
        lines = [head] + [self.cells(row) for row in self.rows]
        widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
        for line in lines:
            print(line[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(line[1:], widths[1:])), sep="  ")
        missed = sum(row["met"] is False for row in self.rows)
        print(f"\n{missed} of {sum(row['met'] is not None for row in self.rows)} budgets missed")

    @staticmethod
    def cells(row):
        def number(value, unit):
            return f"{value:,.{0 if value >= 1000 or value == int(value) else 2}f} {unit}".rstrip()

        unit = row["unit"] if row["ratio"] is None else "x"
        budget = "" if row["budget"] is None else ("at least " if row["at_least"] else "") + number(row["budget"], unit)
        ratio = "" if row["ratio"] is None else f"{row['ratio']:.2f}"
        return row["what"], budget, number(row["measured"], row["unit"]), ratio, {True: "yes", False: "NO", None: ""}[row["met"]]


@contextlib.contextmanager
def running(*command, **options):
    """A program that ends with its standard input; yields it and the first line it prints."""
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, **options)
    try:
        yield process, process.stdout.readline().strip()
    finally:
        process.stdin.close()
        process.wait(timeout=30)


@contextlib.contextmanager
def stand_in(tools, rows, shape=USUAL, latency_ms=0):
    """A console with so many rows; yields its URL."""
    rows_an_answer, flags = SHAPES[shape]
    with running(tools.stand_in, "--topics", str(rows // rows_an_answer), "--latency-ms", str(latency_ms), *flags.split()) as (_, url):
        yield url


def spend(tools, command):
    """Runs it, its output going nowhere: {"wall": seconds, "cpu": seconds, "peak_kib": KiB}."""
    done = subprocess.run([tools.spend, *command], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))} ended with {done.returncode}: {done.stderr}")
    return json.loads(done.stderr.strip().splitlines()[-1])


def race(tools, commands, rounds):
    """Runs the commands in turn, again and again: the best of each figure of each."""
    best = {}
    for _ in range(rounds):
        for name, command in commands.items():
            spent = spend(tools, command)
            best[name] = {key: min(value, best.get(name, spent)[key]) for key, value in spent.items()}
    return best


def require_rows(tools, url, rows):
    """Every queue must be among the samples, or the times mean nothing."""
    found = 0
    command = [tools.program, "dump", url, "--format", "prometheus", "--metrics.set", "compatible"]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        found = sum(line.startswith(b"rocketmq_msg_diff_detail{") for line in process.stdout)
    if process.returncode != 0 or found != rows:
        sys.exit(f"wrong result: {found} of {rows} rows, exit code {process.returncode}")


def add_load(tools, table):
    """What a collection asks of the console, beside what it must fetch."""
    with stand_in(tools, MIDDLE) as url:
        command = [tools.program, "dump", url, "--by", "", "--format", "json"]
        cost = json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout)["cost"]
        needed = len(urllib.request.urlopen(url + "/urls").read().splitlines())
    table.add(f"requests of a collection, 48,000 rows, {USUAL} (curl4 asks for the NameServer once)",
              cost["requests"], "", 1.01, ratio_of=needed)
    table.add("bytes of its answers", cost["bytes"] / MIB, "MiB")


def collection(tools, rows, shape, latency_ms=0):
    """What a collection costs, alone and with its exposition, and what curl needs to fetch the same."""
    with stand_in(tools, rows, shape, latency_ms) as url, tempfile.NamedTemporaryFile("w", suffix=".curl") as urls:
        require_rows(tools, url, rows)
        commands = {
            "collection": [tools.program, "dump", url, "--by", "", "--format", "csv"],
            "dump": [tools.program, "dump", url, "--format", "prometheus"],
        }
        if tools.curl:
            listed = urllib.request.urlopen(url + "/urls").read().decode().splitlines()
            urls.writelines(f'url = "{line}"\n' for line in listed)
            urls.flush()
            commands["curl4"] = [tools.curl, "--silent", "--parallel", "--parallel-max", "4", "--config", urls.name]
        return race(tools, commands, 3 if latency_ms else ROUNDS[rows])


def add_collections(table, figures):
    for key, measure, what, budget in (
        (("waited", USUAL), "wall", f"wall, 48,000 rows, {USUAL}, each after 5 ms: ", 1.10),
        ((LARGE, USUAL), "wall", f"wall, 480,000 rows, {USUAL}: ", 1.25),
        ((MIDDLE, USUAL), "cpu", f"CPU, 48,000 rows, {USUAL}: ", 1.25),
        ((LARGE, USUAL), "cpu", f"CPU, 480,000 rows, {USUAL}: ", None),
        ((LARGE, SPARSE), "wall", f"wall, 480,000 rows, {SPARSE}: ", 1.25),
        ((MIDDLE, SPARSE), "cpu", f"CPU, 48,000 rows, {SPARSE}: ", 1.25),
        ((LARGE, SPARSE), "cpu", f"CPU, 480,000 rows, {SPARSE}: ", None),
    ):
        spent = figures[key]
        curl = spent["curl4"][measure] * 1e3 if "curl4" in spent else None
        table.add(what + "a collection", spent["collection"][measure] * 1e3, "ms", ratio_of=curl)
        table.add(what + "collection + exposition", spent["dump"][measure] * 1e3, "ms", budget if curl else None, ratio_of=curl)


def add_memory(table, figures, static):
    for rows, dynamic_budget, static_budget in ((SMALL, None, None), (MIDDLE, 18, 10), (LARGE, 45, 40)):
        for shape in SHAPES:
            peak = figures[rows, shape]["dump"]["peak_kib"] * 1024 / MIB
            table.add(f"peak memory of dump, {rows:,} rows, {shape}", peak, "MiB", static_budget if static else dynamic_budget)


def add_growth(table, figures):
    """What a further row costs must not depend on how many there are: 1 is linear, and curl's own growth is a measure of the noise."""
    for command, measures in (("dump", ("wall", "cpu", "peak_kib")), ("curl4", ("wall", "cpu"))):
        for measure in measures:
            if command not in figures[SMALL, USUAL]:
                continue
            small, middle, large = (figures[rows, USUAL][command][measure] for rows in SIZES)
            further = (large - middle) / (LARGE - MIDDLE) / ((middle - small) / (MIDDLE - SMALL))
            budget = 1.25 if command == "dump" else None
            table.add(f"growth of {command}: {measure} of a further row, large over small", further, "x", budget)


def resident_mib(pid):
    return int(re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())[1]) * 1024 / MIB


def cpu_ms(pid):
    return sum(int(stat.read_text().split()[0]) for stat in Path(f"/proc/{pid}/task").glob("*/schedstat")) / 1e6


@contextlib.contextmanager
def serving(tools, console, interval):
    """`rmqlag serve` that has ended its first collection; yields its process id and its port."""
    command = [tools.program, "serve", console, "--interval", interval, "--web.listen-address", "127.0.0.1:0"]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    try:
        for line in process.stderr:
            if found := re.search(r"listening.*127\.0\.0\.1:(\d+)", line):
                break
        else:
            sys.exit("serve told no address")
        port = int(found[1])
        while scrape(port, "/-/ready")[0] != 200:
            time.sleep(0.05)
        yield process.pid, port
    finally:
        process.terminate()
        process.wait(timeout=30)


AS_PROMETHEUS = {"Accept-Encoding": "gzip"}  # which it always says


def scrape(port, path="/metrics", headers=AS_PROMETHEUS):
    """Status and size of the answer, which is read into a buffer that is thrown away."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("GET", path, headers=headers)
    response = connection.getresponse()
    buffer, size = bytearray(1 << 20), 0
    while count := response.readinto(buffer):
        size += count
    connection.close()
    return response.status, size


def add_serve(tools, table):
    with running(tools.bare) as (process, _):
        bare = resident_mib(process.pid)
    with stand_in(tools, 12) as console, serving(tools, console, "1h") as (pid, _):
        table.add("memory of serve, idle, above a program that only initialises its libraries", resident_mib(pid) - bare, "MiB", 4)
    with stand_in(tools, MIDDLE) as console:
        for how, headers in (("as Prometheus scrapes", AS_PROMETHEUS), ("not compressed", {})):
            with serving(tools, console, "2s") as (pid, port):
                most = 0.0
                for _ in range(8):
                    time.sleep(1)
                    scrape(port, headers=headers)
                    most = max(most, resident_mib(pid))
                table.add(f"memory of serve, 48,000 rows, a collection every 2 s, a scrape a second, {how}", most, "MiB", 30)
            with serving(tools, console, "1h") as (pid, port):
                scrape(port, headers=headers)
                walls, cpu, rounds = [], cpu_ms(pid), 20
                for _ in range(rounds):
                    began = time.monotonic()
                    scrape(port, headers=headers)
                    walls.append((time.monotonic() - began) * 1e3)
                table.add(f"wall of a scrape of a ready snapshot, 48,000 rows, {how}", min(walls), "ms", 30)
                table.add("CPU of serve for it, on average", (cpu_ms(pid) - cpu) / rounds, "ms", 15)


@contextlib.contextmanager
def go_exporter(console):
    """The exporter that rmqlag replaces; yields its process id and its port. It collects on each scrape."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    settings = {"rocketmqConsoleIPAndPort": console.removeprefix("http://"), "ignoredTopics": "", "metricsPath": "/metrics",
                "metricsPrefix": "rocketmq", "listenAddress": f"127.0.0.1:{port}"}
    process = subprocess.Popen([os.environ["GO_EXPORTER"]], env={**os.environ, **settings}, stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL)
    try:
        while process.poll() is None:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
                break
        else:
            sys.exit("GO_EXPORTER ended before it listened")
        yield process.pid, port
    finally:
        process.terminate()
        process.wait(timeout=30)


def add_go(tools, table):
    if "GO_EXPORTER" not in os.environ:
        print("SKIPPED: the comparison with hpy-go-rocketmq-exporter (GO_EXPORTER is not set)\n")
        return
    with stand_in(tools, MIDDLE) as url, go_exporter(url) as (pid, port):
        of_go, ours = [], []
        for _ in range(ROUNDS[MIDDLE]):
            before = cpu_ms(pid)
            status, _ = scrape(port)
            if status != 200:
                sys.exit(f"GO_EXPORTER answered {status}")
            of_go.append(cpu_ms(pid) - before)
            ours.append(spend(tools, [tools.program, "dump", url, "--format", "prometheus"])["cpu"] * 1e3)
        peak = int(re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())[1]) * 1024 / MIB
    table.add(f"CPU, 48,000 rows, {USUAL}: collection + exposition, of a scrape of hpy-go-rocketmq-exporter", min(ours), "ms", 0.12,
              ratio_of=min(of_go))
    table.add(f"peak memory of hpy-go-rocketmq-exporter, 48,000 rows, {USUAL}", peak, "MiB")


def add_micro(tools, table):
    lines = subprocess.run([tools.micro], stdout=subprocess.PIPE, text=True, check=True).stdout.splitlines()
    figures = {figure["workload"]: figure for figure in map(json.loads, lines)}

    def speed(workload, unit):
        return figures[workload][unit] / figures[workload]["seconds"] / 1e6

    table.add("decoding into the table, of RapidJSON's reader without a handler", speed("decode", "bytes"), "MB/s", 0.6, True,
              ratio_of=speed("rapidjson", "bytes"))
    table.add("exposition: text of all families", speed("text", "bytes"), "MB/s", 1_500, True)
    table.add("exposition with its group-by: default sets", speed("exposition", "bytes"), "MB/s")
    allocations = figures["allocations"]
    table.add("allocations for a sample", allocations["allocations"] / allocations["samples"], "", 0)
    for workload in figures:
        if workload.startswith(("by ", "collect ")):
            table.add("million rows a second: " + workload, speed(workload, "rows"), "M/s")
    return figures


def add_instructions(tools, table, workloads):
    """Counts do not depend on what else the machine does: the figures to compare between two revisions."""
    if not shutil.which("valgrind"):
        print("SKIPPED: instruction counts (there is no valgrind)\n")
        return
    for workload, figure in workloads.items():
        if not figure.get("rows") or "seconds" not in figure:
            continue
        command = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", "--collect-atstart=no", "--toggle-collect=*measured*",
                   tools.micro, workload]
        told = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=True).stderr
        table.add("instructions a row: " + workload, int(re.search(r"Collected : (\d+)", told)[1]) / figure["rows"], "")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("program", "stand-in", "micro", "spend", "bare", "output"):
        parser.add_argument("--" + name, required=True)
    tools = parser.parse_args()
    tools.curl = shutil.which("curl")
    if not tools.curl:
        print("SKIPPED: all comparisons with curl (there is none)\n")
    static = b"/ld-linux" not in Path(tools.program).read_bytes()[:4096]

    table = Table()
    figures = {(rows, shape): collection(tools, rows, shape) for rows in SIZES for shape in SHAPES}
    figures["waited", USUAL] = collection(tools, MIDDLE, USUAL, latency_ms=5)
    add_collections(table, figures)
    add_memory(table, figures, static)
    add_growth(table, figures)
    add_load(tools, table)
    table.add("wall of rmqlag --version", race(tools, {"version": [tools.program, "--version"]}, 9)["version"]["wall"] * 1e3, "ms",
              10 if static else None)
    if static:
        table.add("size of the program", Path(tools.program).stat().st_size / MIB, "MiB", 6)
    add_go(tools, table)
    add_serve(tools, table)
    workloads = add_micro(tools, table)
    add_instructions(tools, table, workloads)

    table.print()
    commands = {f"{rows}, {shape}": spent for (rows, shape), spent in figures.items()}
    Path(tools.output).write_text(json.dumps({"table": table.rows, "commands": commands, "workloads": workloads}, indent=1))


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""check_truth.py PROGRAM RECORDING TRUTH.json [RECORDING TRUTH.json ...]: is what rmqlag says of a recording true?

Run by the end-to-end tests. The truth beside a recording was taken right before and right after it, from the brokers by the admin library
and from the consumer processes themselves (tests/captures/README.md), not from the console. PROGRAM `-` judges expected.py instead.

For every row: its queue exists for the group, its offsets lie between before and after, its owner is a process that held the queue.
The other way: every queue that a group has at the brokers, or that a process held, is a row, or its pair or topic is told as unknown or
left out. One line a difference; the exit code is 1 if there is any.
"""

import fnmatch
import json
import os
import subprocess
import sys
from collections import namedtuple

import expected

BROADCASTING = "BROADCASTING"
LITE_PULL = "lite pull clients of 4.9.7 do not report their queues"
ONE_CLIENT_ID = "two processes with one client id: the broker asks only one of them what it holds"
NEVER_COMMITTED = "the group has no position there: the brokers list no such queue for it, the console shows it at 0"

# Where the recorded answers cannot show what the truth holds. Patterns of recording, topic, group and broker; `what` names the check.
# An exception that a recording it names does not need is a failure too.
Allowed = namedtuple("Allowed", "recording topic group broker what why")
ALLOWED = [
    Allowed("*-4.9.7/mixed-*.har", "payments", "g-lite", "*", "owner missing", LITE_PULL),
    Allowed("*-4.9.7/broker-b-killed.har", "payments", "g-lite", "*", "owner missing", LITE_PULL),
    Allowed("*-4.9.7/client-hung.har", "audit", "g-partly", "*", "owner missing",
            "4.9.7 consoles lose all owners of a group when one of its clients does not answer"),
    Allowed("console-1.0.0-*/broker-b-killed.har", "ticks", "g-dup", "*", "owner missing", ONE_CLIENT_ID),
    Allowed("dashboard-2.1.*/broker-b-killed.har", "ticks", "g-dup", "*", "owner missing", ONE_CLIENT_ID),
    Allowed("*/broker-b-killed.har", "*", "*", "broker-b", "silent",
            "the console leaves out a dead broker's queues; a first pass cannot know of them (truth rule 12 needs an earlier one)"),
    Allowed("*-4.9.7/mixed-*.har", "a%b", "svc%billing|eu", "broker-b", "never committed", NEVER_COMMITTED),
    Allowed("*-4.9.7/mixed-*.har", "%RETRY%g-ahead", "g-ahead", "*", "never committed", NEVER_COMMITTED),
    Allowed("*-4.9.7/mixed-*.har", "%RETRY%g-offline", "g-offline", "*", "never committed", NEVER_COMMITTED),
    Allowed("*/pop-and-grpc.har", "tasks", "g-grpc", "*", "not known", "the admin library cannot read a group without a retry topic"),
]


class Judge:
    def __init__(self, name, truth):
        self.name = name
        self.failed = []
        self.passed = 0
        self.used = set()
        self.offsets = {}   # (topic, group, broker, queue) -> [(broker offset, consumer offset)] before and after
        self.ends = {}      # (topic, broker, queue) -> [end] before and after
        self.holders = {}   # (topic, group, broker, queue) -> [identity]
        self.broadcast = set()
        for moment in ("before", "after"):
            self._read(truth[moment])

    def _read(self, moment):
        for topic, queues in moment["cluster"]["topics"].items():
            for broker, queue, _, end in queues:
                self.ends.setdefault((topic, broker, queue), []).append(end)
        for group, facts in moment["cluster"]["groups"].items():
            if facts["messageModel"] == BROADCASTING:
                self.broadcast.add(group)
            for topic, broker, queue, end, position, _ in facts["queues"]:
                self.offsets.setdefault((topic, group, broker, queue), []).append((end, position))
        for process in moment["processes"]:
            for client in process["clients"]:
                if client["messageModel"] == BROADCASTING:
                    self.broadcast.add(client["group"])
                    continue
                for topic, broker, queue in client["queues"]:
                    key = topic, client["group"], broker, queue
                    self.holders.setdefault(key, []).append(expected.parse_client_id(client["clientId"]))

    def check(self, holds, key, what, detail):
        if holds:
            self.passed += 1
            return
        subject = (self.name, *key[:3], what)
        allowed = next((entry for entry in ALLOWED if all(map(fnmatch.fnmatchcase, subject, entry))), None)
        if allowed:
            self.used.add(allowed)
        else:
            self.failed.append(f"{self.name}: {what}: {' '.join(map(str, key))}: {detail}")

    def check_exceptions(self):
        for entry in ALLOWED:
            if fnmatch.fnmatchcase(self.name, entry.recording) and entry not in self.used:
                self.failed.append(f"{self.name}: not needed: the exception {entry[:5]}")

    def judge(self, rows, unknown, skipped):
        for row in rows:
            self._judge_row(row)
        told = set(unknown) | set(skipped)
        read = {row[:4] for row in rows}
        for key in sorted(set(self.offsets) | set(self.holders)):
            topic, group = key[:2]
            silent = key not in read and not told & {(topic, group), (topic, None), (None, group)}
            self.check(not silent, key, "silent", "held or committed, but no row, and neither unknown nor left out")
        self.check_exceptions()

    def _judge_row(self, row):
        key = row[:4]
        self.check(row.group not in self.broadcast, key, "broadcast", "a broadcast group's offsets mean nothing")
        what = "not known" if row.consumer_offset else "never committed"
        self.check(key in self.offsets, key, what, "the brokers know no such queue of the group")
        if key in self.offsets:
            self._check_between(key, "consumer offset", row.consumer_offset, [position for _, position in self.offsets[key]])
        ends = self.ends.get((row.topic, row.broker, row.queue), []) + [end for end, _ in self.offsets.get(key, [])]
        self._check_between(key, "broker offset", row.broker_offset, ends)
        holders = self.holders.get(key, [])
        if expected.owned(row):
            self.check((row.host, row.process) in holders, key, "wrong owner", f"{row.host}@{row.process} did not hold it, but {holders}")
        else:
            self.check(not holders, key, "owner missing", f"held by {holders}")

    def _check_between(self, key, what, value, bounds):
        inside = bool(bounds) and min(bounds) <= value <= max(bounds)
        self.check(inside, key, what, f"{value} is not between {sorted(set(bounds))}")


def ask(program, recording):
    """(rows, unknown, skipped) as PROGRAM tells them."""
    if program == "-":
        result = expected.Pass(recording)
        return result.rows, list(result.unknown), list(result.skipped)
    command = [program, "dump", "--replay", recording, "--format", "json", "--rows", "--top", "0"]
    done = subprocess.run(command, capture_output=True, check=False)
    if done.returncode not in (0, 2):
        sys.exit(f"{' '.join(command)}: exit code {done.returncode}: {done.stderr.decode(errors='replace')}")
    answer = json.loads(done.stdout)
    rows = [expected.Row(row["topic"], row["group"], row["broker"], row["queue"], row["host"] or "", row["process"] or "",
                         row["broker_offset"], row["consumer_offset"], row["last_consumed_ms"] or 0) for row in answer["rows"]]
    return rows, *([(entry["topic"], entry["group"]) for entry in answer[name]] for name in ("unknown", "skipped"))


def main(program, *files):
    if not files or len(files) % 2:
        sys.exit(__doc__)
    passed, failed = 0, []
    for recording, truth in zip(files[::2], files[1::2]):
        with open(truth, encoding="utf-8") as file:
            name = os.path.join(os.path.basename(os.path.dirname(os.path.abspath(recording))), os.path.basename(recording))
            judge = Judge(name, json.load(file))
        judge.judge(*ask(program, recording))
        passed += judge.passed
        failed += judge.failed
    for line in failed:
        print(line)
    print(f"{passed} passed, {len(failed)} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]) if len(sys.argv) > 1 else __doc__)

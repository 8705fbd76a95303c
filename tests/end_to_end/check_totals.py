#!/usr/bin/env python3
"""check_totals.py PROGRAM RECORDING...: does rmqlag say of each recording what expected.py works out from it, no more and no less?

Run by the end-to-end tests. Compared, both ways: the rows, the unknowns and the left out in JSON, the totals there, and every series of
the compatible families, of the own ones that follow from rows, unknowns and left out, and of those by queue, in both text formats.
One line a difference; the exit code is 1 if there is any.
"""

import json
import re
import subprocess
import sys
from collections import defaultdict
from decimal import Decimal

import expected
from expected import diff, lag, owned

# ---- Expected series: {family: {frozenset of (label, value): integer or Decimal}} ------------------------------------------------


def series(**labels):
    """Empty labels are the same as none to Prometheus, and so are they here."""
    return frozenset((name, str(value)) for name, value in labels.items() if value != "")


def sums(rows, labels, value):
    """Group-by: `labels` maps a label to the row's member that is its value."""
    result = defaultdict(int)
    for row in rows:
        result[series(**{label: getattr(row, member) for label, member in labels.items()})] += value(row)
    return dict(result)


def seconds(milliseconds):
    return Decimal(milliseconds) / 1000


def oldest_consumed_ms(rows):
    """The oldest store time of a last consumed message among queues with lag; none where one of them has none."""
    lagging = [row.last_consumed_ms for row in rows if lag(row) > 0]
    return min(lagging) if lagging and min(lagging) > 0 else None


def compatible_families(rows):
    of = {
        "detail": dict(topic="topic", consumerGroup="group", broker="broker", queueId="queue",
                       consumerClientIP="host", consumerClientPID="process"),
        "topic": dict(topic="topic"),
        "consumergroup": dict(consumerGroup="group"),
        "topic_consumergroup": dict(topic="topic", consumerGroup="group"),
        "broker": dict(broker="broker"),
        "queue": dict(broker="broker", queueId="queue"),
        "clientinfo": dict(consumerClientIP="host", consumerClientPID="process"),
    }
    return {f"rocketmq_msg_diff_{name}": sums(rows, labels, diff) for name, labels in of.items()}


def own_families(result):
    rows = result.rows
    pair = dict(topic="topic", consumer_group="group")
    process = dict(pair, host="host", process="process")
    held = [row for row in rows if owned(row)]
    by_pair = defaultdict(list)
    for row in rows:
        by_pair[series(topic=row.topic, consumer_group=row.group)].append(row)
    oldest = {labels: oldest_consumed_ms(of_pair) for labels, of_pair in by_pair.items()}
    unknown = [(topic or "", group or "", reason) for (topic, group), reason in result.unknown.items()]
    skipped = {reason: {group for (_, group), why in result.skipped.items() if why == reason}
               for reason in ("broadcast", "ghost", "filtered")}
    return {
        "rmqlag_group_lag_messages": sums(rows, pair, lag),
        "rmqlag_group_queues": sums(rows, pair, lambda row: 1),
        "rmqlag_group_unowned_queues": sums(rows, pair, lambda row: not owned(row)),
        "rmqlag_group_unowned_lag_messages": sums(rows, pair, lambda row: 0 if owned(row) else lag(row)),
        "rmqlag_group_ahead_queues": sums(rows, pair, lambda row: diff(row) < 0),
        "rmqlag_group_ahead_messages": sums(rows, pair, lambda row: max(0, -diff(row))),
        "rmqlag_group_uncommitted_queues": sums(rows, pair, lambda row: row.consumer_offset == 0 < row.broker_offset),
        "rmqlag_group_consumer_offset": sums(rows, pair, lambda row: row.consumer_offset),
        "rmqlag_group_broker_offset": sums(rows, pair, lambda row: row.broker_offset),
        "rmqlag_group_oldest_consumed_timestamp_seconds": {labels: seconds(ms) for labels, ms in oldest.items() if ms is not None},
        "rmqlag_group_incomplete": {series(topic=topic, consumer_group=group): 1 for topic, group in result.incomplete()},
        "rmqlag_group_unknown": {series(topic=topic, consumer_group=group, reason=reason): 1 for topic, group, reason in unknown if group},
        "rmqlag_group_read_timestamp_seconds": {},  # carried-over pairs only
        "rmqlag_process_lag_messages": sums(held, process, lag),
        "rmqlag_process_queues": sums(held, process, lambda row: 1),
        "rmqlag_broker_up": {labels: 1 for labels in sums(rows, dict(broker="broker"), lag)},
        "rmqlag_broker_queues": sums(rows, dict(broker="broker"), lambda row: 1),
        "rmqlag_broker_lag_messages": sums(rows, dict(broker="broker"), lag),
        "rmqlag_topic_unknown": {series(topic=topic, reason=reason): 1 for topic, group, reason in unknown if not group},
        "rmqlag_topics": {series(state=state): count for state, count in result.topics.items()},
        "rmqlag_skipped_groups": {series(reason=reason): len(groups) for reason, groups in skipped.items()},
        "rmqlag_up": {series(): 0 if result.failed else 1},
    }


def queue_families(rows):
    queue = dict(topic="topic", consumer_group="group", broker="broker", queue="queue")
    return {
        "rmqlag_queue_lag_messages": sums(rows, queue, lag),
        "rmqlag_queue_owner_info": sums(filter(owned, rows), dict(queue, host="host", process="process"), lambda row: 1),
        "rmqlag_queue_broker_offset": sums(rows, queue, lambda row: row.broker_offset),
        "rmqlag_queue_consumer_offset": sums(rows, queue, lambda row: row.consumer_offset),
        "rmqlag_queue_consumed_up_to_timestamp_seconds": sums((row for row in rows if row.last_consumed_ms > 0), queue,
                                                              lambda row: seconds(row.last_consumed_ms)),
    }


# ---- The text formats -------------------------------------------------------------------------------------------------------------

SAMPLE = re.compile(r"([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)")
LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\"n])*)"(?:,|$)')
ESCAPES = {"\\\\": "\\", '\\"': '"', "\\n": "\n"}


def parse_labels(text):
    labels, at = {}, 0
    while at < len(text):
        label = LABEL.match(text, at)
        if not label or label.group(1) in labels:
            raise ValueError(f"labels {text!r}")
        labels[label.group(1)] = re.sub(r"\\.", lambda escape: ESCAPES[escape.group()], label.group(2))
        at = label.end()
    return labels


def parse_exposition(text):
    """{family: {series: the value as text}}; complains about what is no exposition and about series that come twice."""
    families = defaultdict(dict)
    for line in text.splitlines():
        if not line or line.startswith("#"):
            continue
        sample = SAMPLE.fullmatch(line)
        if not sample:
            raise ValueError(f"no sample: {line!r}")
        name, labels, value = sample.groups()
        key = series(**parse_labels(labels or ""))
        if key in families[name]:
            raise ValueError(f"twice: {line!r}")
        families[name][key] = value
    return families


# ---- Comparing --------------------------------------------------------------------------------------------------------------------


class Check:
    def __init__(self):
        self.passed = 0
        self.failed = 0

    def same(self, where, found, wanted):
        """Two dictionaries, both ways."""
        for key in sorted(found.keys() | wanted.keys(), key=str):
            name = key if isinstance(key, str) else " ".join(f"{k}={v}" for k, v in sorted(key)) if isinstance(key, frozenset) else key
            if key not in found:
                self.differ(f"{where}: missing: {name}: {wanted[key]}")
            elif key not in wanted:
                self.differ(f"{where}: not expected: {name}: {found[key]}")
            elif found[key] != wanted[key]:
                self.differ(f"{where}: {name}: {found[key]}, not {wanted[key]}")
            else:
                self.passed += 1

    def equal(self, where, found, wanted):
        self.same(where, {"value": found}, {"value": wanted})

    def differ(self, line):
        self.failed += 1
        print(line)


def run(check, program, recording, result, *flags):
    """The standard output of `dump`, or None where there is none to look at."""
    done = subprocess.run([program, "dump", "--replay", recording, *flags], capture_output=True, check=False)
    check.equal(f"{recording}: exit code with {' '.join(flags)}", done.returncode, 2 if result.failed else 0)
    if done.returncode not in (0, 2):
        print(done.stderr.decode(errors="replace").strip())
        return None
    if not result.failed and not done.stdout:
        check.differ(f"{recording}: nothing on standard output with {' '.join(flags)}")
    return done.stdout.decode() or None


def by_key(check, where, entries, *members):
    """{key: the other members}; a key that comes twice is a difference."""
    result = {}
    for entry in entries:
        key = tuple(entry[member] for member in members)
        if key in result:
            check.differ(f"{where}: twice: {key}")
        result[key] = {name: value for name, value in entry.items() if name not in members}
    return result


def check_json(check, program, recording, result):
    output = run(check, program, recording, result, "--format", "json", "--rows", "--top", "0")
    if output is None:
        return
    answer = json.loads(output)
    at = f"{recording}: json"
    check.equal(f"{at} schema", answer["schema"], "rmqlag.dump/1")
    check.equal(f"{at} complete", answer["complete"], result.complete())

    check.same(f"{at} rows", by_key(check, f"{at} rows", answer["rows"], "topic", "group", "broker", "queue"), {
        row[:4]: dict(host=row.host or None, process=row.process or None, broker_offset=row.broker_offset,
                      consumer_offset=row.consumer_offset, lag=lag(row), diff=diff(row), last_consumed_ms=row.last_consumed_ms or None)
        for row in result.rows})

    unknown = {key: members["reason"] for key, members in by_key(check, f"{at} unknown", answer["unknown"], "topic", "group").items()}
    check.same(f"{at} unknown", unknown, result.unknown)
    skipped = {key: members["reason"] for key, members in by_key(check, f"{at} skipped", answer["skipped"], "topic", "group").items()}
    check.same(f"{at} skipped", skipped, result.skipped)

    check.same(f"{at} totals", by_key(check, f"{at} totals", answer["totals"], "topic", "group", "host", "process"), json_totals(result))
    check.equal(f"{at} lag of all totals", sum(total["lag"] for total in answer["totals"]), sum(map(lag, result.rows)))

    known = {group: members for group, members in result.members().items() if not group.startswith(expected.SYSTEM)}
    for group in answer["groups"]:
        if group["group"] in known and group["members"] is not None:
            check.equal(f"{at} members of {group['group']}", group["members"], known[group["group"]])


def json_totals(result):
    """By topic, group and process, the default of --by."""
    rows_of = defaultdict(list)
    for row in result.rows:
        rows_of[row.topic, row.group, row.host or None, row.process or None].append(row)
    incomplete = result.incomplete()
    return {key: dict(lag=sum(map(lag, rows)), diff=sum(map(diff, rows)), queues=len(rows),
                      unowned_queues=sum(not owned(row) for row in rows), oldest_consumed_ms=oldest_consumed_ms(rows),
                      **({"incomplete": True} if key[:2] in incomplete else {}))
            for key, rows in rows_of.items()}


def check_text(check, program, recording, result, text_format):
    output = run(check, program, recording, result, "--format", text_format, "--metrics.set", "compatible,own,queues")
    if output is None:
        return
    if text_format == "openmetrics":
        check.equal(f"{recording}: openmetrics ends", output.endswith("\n# EOF\n"), True)
    found = parse_exposition(output)
    wanted = {**compatible_families(result.rows), **own_families(result), **queue_families(result.rows)}
    for family, samples in wanted.items():
        check.same(f"{recording}: {text_format} {family}", {key: number(text) for key, text in found.get(family, {}).items()}, samples)
    for name in found:
        if name.startswith(("rocketmq_", "rmqlag_queue_")) and name not in wanted:
            check.differ(f"{recording}: {text_format}: a family that is not expected: {name}")


def number(text):
    """Integers must be written as such: no fraction, no exponent."""
    return int(text) if re.fullmatch(r"-?\d+", text) else Decimal(text)


def main(program, *recordings):
    check = Check()
    for line in expected.self_test():
        check.differ(line)
    for recording in recordings:
        result = expected.Pass(recording)
        check_json(check, program, recording, result)
        for text_format in ("prometheus", "openmetrics"):
            check_text(check, program, recording, result, text_format)
    print(f"{check.passed} passed, {check.failed} failed")
    return 1 if check.failed else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]) if len(sys.argv) > 2 else __doc__)

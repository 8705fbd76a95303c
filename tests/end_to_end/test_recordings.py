#!/usr/bin/env python3
"""test_recordings.py PROGRAM FAKE_CONSOLE CAPTURES_DIR: every recording, printed in every format.

Exit codes, nothing secret, what is unknown never shown as a number, output that its readers accept. What the numbers must be is the matter
of check_totals.py and check_truth.py.
"""

import csv
import io
import json
import os
import re
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import expected
import harness
from check_totals import number, parse_exposition

FORMATS = {
    "table": ["--format", "table"],
    "json": ["--format", "json", "--rows"],
    "csv": ["--format", "csv", "--fail-on-partial"],
    "prometheus": ["--format", "prometheus", "--metrics.set", "compatible,own,queues"],
    "openmetrics": ["--format", "openmetrics", "--metrics.set", "compatible,own,queues"],
}

NOT_KNOWN = "–"


def rows_of_table(text):
    """{(topic, group): its lines}, as far as the names hold no blank."""
    found = {}
    for line in text.split("\n\n")[0].splitlines()[1:]:
        words = line.split()
        found.setdefault(tuple(words[:2]), []).append(words[2:])
    return found


def check_table(checks, at, text, unknown):
    lines = rows_of_table(text)
    for topic, group in unknown:
        for words in lines.get((topic, group), []):
            checks.check(f"{at}: {topic}, {group} is not shown as a number", words[:3] == [NOT_KNOWN] * 3, words)
    words_for_it = ("not known", "only partly known", "without a subscription")
    checks.check(f"{at}: the table tells of what is unknown", not unknown or any(word in text for word in words_for_it), text)


def check_json(checks, at, text, unknown):
    answer = json.loads(text)
    checks.equal(f"{at}: schema", answer["schema"], "rmqlag.dump/1")
    known = {(row["topic"], row["group"]) for row in answer["rows"] + answer["totals"]}
    checks.equal(f"{at}: no unknown pair has rows or totals", sorted(known & unknown), [])
    told = {(entry["topic"], entry["group"]) for entry in answer["unknown"]}
    checks.equal(f"{at}: each unknown pair is told", sorted(unknown - told), [])


def check_csv(checks, at, text, unknown):
    known, told = set(), set()
    for line in csv.DictReader(io.StringIO(text)):
        pair = (line["topic"], line["group"])
        (told if line["unknown"] else known).add(pair)
        if line["unknown"] and (line["lag"] or line["diff"] or line["queues"]):
            checks.check(f"{at}: {pair} is unknown and has no number", False, line)
    checks.equal(f"{at}: no unknown pair has totals", sorted(known & unknown), [])
    checks.equal(f"{at}: each unknown pair is told", sorted(unknown - told), [])


def check_exposition(checks, at, text, unknown):
    families = parse_exposition(text)
    with_numbers = set()
    for family, samples in families.items():
        if not family.startswith(("rocketmq_", "rmqlag_group_", "rmqlag_process_", "rmqlag_queue_")) or family == "rmqlag_group_unknown":
            continue
        for labels in map(dict, samples):
            with_numbers.add((labels.get("topic"), labels.get("consumer_group") or labels.get("consumerGroup")))
    checks.equal(f"{at}: no unknown pair has a series with a number", sorted(with_numbers & unknown), [])
    told = {(labels["topic"], labels["consumer_group"]) for labels in map(dict, families["rmqlag_group_unknown"]) if "topic" in labels}
    checks.equal(f"{at}: each unknown pair is told", sorted(unknown - told), [])
    for family, samples in families.items():
        for value in samples.values():
            number(value)  # throws


CHECK = {"table": check_table, "json": check_json, "csv": check_csv, "prometheus": check_exposition, "openmetrics": check_exposition}


def check_promtool(checks, at, text):
    """It may complain of nothing but the camelCase of the compatible families, which is that of the exporter they are compatible with."""
    done = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True, text=True, check=False)
    known = re.compile(r"rocketmq_msg_diff_\w+ label names should be written in 'snake_case' not 'camelCase'")
    complaints = [line for line in (done.stdout + done.stderr).splitlines() if not known.fullmatch(line)]
    checks.equal(f"{at}: promtool has no complaint", complaints, [])


def check_recording(bench, recording, with_promtool):
    checks, program = bench.checks, bench.program
    name = f"{recording.parent.name}/{recording.name}"
    wanted = expected.Pass(str(recording))
    unknown = {pair for pair in wanted.unknown if None not in pair}
    ids = harness.client_ids(recording)
    must_not_show = ids | harness.secrets(ids)

    for text_format, flags in FORMATS.items():
        at = f"{name} {text_format}"
        result = program.run("dump", recording, *flags)
        partly_read = 3 if "--fail-on-partial" in flags else 0
        checks.equal(f"{at}: exit code", result.code, 2 if wanted.failed else 0 if wanted.complete() else partly_read)
        checks.lacks(f"{at}: no raw client id, no key", result.out + result.err, *must_not_show)
        if wanted.failed or not wanted.complete():
            checks.check(f"{at}: what is missing is told in one line", harness.one_line(result.err), result.err)
        else:
            checks.equal(f"{at}: nothing on standard error", result.err, "")
        if wanted.failed and text_format == "table":
            checks.equal(f"{at}: no table of nothing", result.out, "")
            continue
        CHECK[text_format](checks, at, result.out, unknown)
        if text_format == "openmetrics":
            checks.check(f"{at}: ends with EOF", result.out.endswith("\n# EOF\n"), result.out[-100:])
        if text_format == "prometheus" and with_promtool:
            check_promtool(checks, at, result.out)


def every_recording(bench):
    with_promtool = shutil.which("promtool") is not None
    if not with_promtool:
        bench.checks.skip("no promtool: the text format was not shown to Prometheus")
    recordings = sorted(bench.captures.glob("*/*.har"))
    bench.checks.check("there are recordings", len(recordings) > 40, len(recordings))
    bench.checks.check("there are keys to hide", any(harness.secrets(harness.client_ids(recording)) for recording in recordings))
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(lambda recording: check_recording(bench, recording, with_promtool), recordings))


def two_recordings(bench):
    """They play in order, one pass each: what the second pass misses is carried over from the first."""
    checks = bench.checks
    first = bench.recording(2)
    second = bench.directory / "a-minute-later.har"
    harness.write_shifted(bench.recording(2, "broker-b-killed"), second, begin=harness.begin_of(first) + timedelta(minutes=1))
    before, after, both = bench.read(first), bench.read(second), bench.read("--replay", first, "--replay", second)

    def of_broker_b(answer):
        return {(row["topic"], row["group"], row["queue"]): row["broker_offset"] for row in answer["rows"] if row["broker"] == "broker-b"}

    missing = {(topic, group) for topic, group, reason in both["unknown"] if reason == "broker_missing"}
    checks.check("alone, the second recording knows nothing of broker-b", not of_broker_b(after) and of_broker_b(before))
    checks.equal("the pairs that lost broker-b are told", missing, {key[:2] for key in of_broker_b(before)})
    checks.equal("broker-b's rows stand in", of_broker_b(both), of_broker_b(before))
    checks.equal("and are marked as old", {row["broker"] for row in both["rows"] if "read_at" in row}, {"broker-b"})


if __name__ == "__main__":
    harness.main(__doc__, every_recording, two_recordings)

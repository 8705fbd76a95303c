#!/usr/bin/env python3
"""test_examples.py PROGRAM FAKE_CONSOLE CAPTURES_DIR: what examples/ shows of Prometheus, Grafana, Kubernetes and systemd.

That the files are well formed, that the rules do what their tests say, and that each metric, flag and variable named there exists.
Whether the expressions return the right series is for test_prometheus.py.
"""

import configparser
import json
import re
import shutil
import subprocess
from pathlib import Path

import harness

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
OUR_METRIC = re.compile(r"(?<![\w:])(?:rmqlag|rocketmq)_\w+")


def expressions(dashboard):
    """The PromQL of a Grafana dashboard: of its panels and of its variables."""
    for panel in dashboard["panels"]:
        for target in panel["targets"]:
            yield target["expr"]
    for variable in dashboard["templating"]["list"]:
        if variable["type"] == "query":
            yield variable["query"]["query"]


def rule_files():
    return [EXAMPLES / "prometheus/rmqlag.alerts.yml", EXAMPLES / "prometheus/rmqlag.recording.yml"]


def families(bench):
    """Every family that the program has: those of a recording, and those that docs/metrics.md (compared with the catalogue) names."""
    printed = bench.program.run("dump", bench.recording(), "--format", "prometheus", "--metrics.set", "compatible,own,queues").out
    documented = re.findall(r"`(rmqlag_\w+)`", (EXAMPLES.parent / "docs/metrics.md").read_text())
    return set(re.findall(r"^# TYPE (\S+) ", printed, re.MULTILINE)) | set(documented)


def every_metric_exists(bench):
    known = families(bench)
    bench.checks.check("there is a catalogue", len(known) > 40, known)
    for file in [*rule_files(), EXAMPLES / "prometheus/rmqlag.tests.yml", *(EXAMPLES / "grafana").glob("*.json")]:
        text = file.read_text()
        if file.suffix == ".json":
            text = "\n".join(expressions(json.loads(text)))
        text = re.sub(r"#.*", "", text)
        named = set(OUR_METRIC.findall(text))
        bench.checks.check(f"{file.name} names metrics", len(named) > 5, named)
        bench.checks.equal(f"{file.name}: each of them exists", sorted(named - known), [])


def prometheus(bench):
    checks = bench.checks
    if shutil.which("promtool") is None:
        return checks.skip("no promtool: the rules were not tried")

    def promtool(*arguments):
        done = subprocess.run(["promtool", *map(str, arguments)], cwd=EXAMPLES / "prometheus", capture_output=True, text=True, check=False)
        checks.equal(f"promtool {' '.join(map(str, arguments))}", (done.returncode, "FAILED" in done.stdout + done.stderr), (0, False))
        return done

    promtool("check", "config", "prometheus.yml")
    promtool("check", "rules", "rmqlag.alerts.yml", "rmqlag.recording.yml")
    promtool("test", "rules", "rmqlag.tests.yml")

    # Each alert is tried, and the tests can fail.
    tests = (EXAMPLES / "prometheus/rmqlag.tests.yml").read_text()
    alerts = set(re.findall(r"- alert: (\w+)", (EXAMPLES / "prometheus/rmqlag.alerts.yml").read_text()))
    checks.equal("every alert has a test", alerts - set(re.findall(r"alertname: (\w+)", tests)), set())
    for file in (EXAMPLES / "prometheus").glob("*.yml"):
        broken = file.read_text().replace("> 1000 and", "> 100000 and").replace("sum without (instance)", "max without (instance)")
        (bench.directory / file.name).write_text(broken)
    done = subprocess.run(["promtool", "test", "rules", "rmqlag.tests.yml"], cwd=bench.directory, capture_output=True, text=True, check=False)
    checks.check("with wrong rules the tests fail", done.returncode == 1 and "GroupBehindAndGrowing" in done.stdout + done.stderr, done)


def documented_expressions():
    """Those of the table in docs/metrics.md."""
    section = (EXAMPLES.parent / "docs/metrics.md").read_text().split("\n## Expressions\n")[1].split("\n## ")[0]
    rows = [line for line in section.splitlines() if line.startswith("| ")]
    cells = [row.split(" | ", 1)[1] for row in rows]
    return [expression for cell in cells for expression in re.findall(r"`([^`]+)`", cell)]


def the_expressions_of_the_docs(bench):
    """What docs/metrics.md says must be what the alerts ask."""
    alerts = (EXAMPLES / "prometheus/rmqlag.alerts.yml").read_text()
    bench.checks.check("docs/metrics.md shows expressions", len(documented_expressions()) >= 7, documented_expressions())
    for expression in documented_expressions():
        if expression.startswith("topk"):
            continue  # a question of somebody who looks, not an alert
        bench.checks.check(f"an alert asks {expression}", f"expr: {expression}\n" in alerts)


def grafana(bench):
    checks = bench.checks
    for file in (EXAMPLES / "grafana").glob("*.json"):
        board = json.loads(file.read_text())
        numbers = [panel["id"] for panel in board["panels"]]
        checks.check(f"{file.name}: a title, and panels with numbers of their own", board["title"] and len(numbers) == len(set(numbers)) > 5, numbers)
        variables = {variable["name"] for variable in board["templating"]["list"]}
        used = set(re.findall(r"\$\{?(\w+)", " ".join(expressions(board))))
        checks.equal(f"{file.name}: every variable that is used is there", used - variables, set())
        places = [(cell["x"] + dx, cell["y"] + dy) for panel in board["panels"] for cell in [panel["gridPos"]]
                  for dx in range(cell["w"]) for dy in range(cell["h"])]
        checks.check(f"{file.name}: no panel covers another", len(places) == len(set(places)) and max(x for x, _ in places) < 24)


def kubernetes(bench):
    checks = bench.checks
    try:
        import yaml
    except ImportError:
        return checks.skip("no PyYAML: the Kubernetes examples were not read")
    for file in (EXAMPLES / "kubernetes").glob("*.yaml"):
        workload, service = yaml.safe_load_all(file.read_text())
        labels = workload["spec"]["template"]["metadata"]["labels"]
        checks.check(f"{file.name}: the workload and the service select its pods",
                     workload["spec"]["selector"]["matchLabels"].items() <= labels.items() and service["spec"]["selector"].items() <= labels.items())
        container, = workload["spec"]["template"]["spec"]["containers"]
        names = {port["name"] for port in container["ports"]} | {port["containerPort"] for port in container["ports"]}
        checks.check(f"{file.name}: the service finds the port", service["spec"]["ports"][0]["targetPort"] in names)
        check_variables(bench, file.name, [variable["name"] for variable in container["env"]])

        script = container.get("command", ["", "", ""])[2]
        if script:  # shards: a shell works out which one this pod is
            fake = bench.directory / "rmqlag"
            fake.write_text("#!/bin/sh\necho $*\n")
            fake.chmod(0o755)
            for pod in range(workload["spec"]["replicas"]):
                env = {"PATH": f"{bench.directory}:/usr/bin:/bin", "HOSTNAME": f"{workload['metadata']['name']}-{pod}",
                       **{variable["name"]: variable.get("value", "") for variable in container["env"]}}
                said = subprocess.run(["/bin/sh", "-c", script], env=env, capture_output=True, text=True, check=False).stdout
                checks.equal(f"{file.name}: pod {pod}", said, f"serve --shard {pod + 1}/{workload['spec']['replicas']}\n")
            targets = re.findall(rf"{workload['metadata']['name']}-\d+\.", (EXAMPLES / "prometheus/prometheus.yml").read_text())
            checks.equal("prometheus.yml lists every shard", len(targets), workload["spec"]["replicas"])


def check_variables(bench, where, names):
    """Those of ours, of the Go exporter, and none that nothing reads."""
    helped = bench.program.run("help", "serve").out
    flags = {f"RMQLAG_{name.upper().replace('.', '_').replace('-', '_')}" for name in re.findall(r"^  --(\S+)", helped, re.MULTILINE)}
    others = {"RMQLAG_PASSWORD", "SHARDS"} | set(re.findall(r"\b(?:rocketmqConsoleIPAndPort|ignoredTopics|metricsPath|listenAddress|metricsPrefix)\b", helped))
    bench.checks.check(f"{where} sets variables", names)
    bench.checks.equal(f"{where}: each variable is one that serve reads", sorted(set(names) - flags - others), [])


def systemd(bench):
    checks = bench.checks
    unit = configparser.ConfigParser(strict=False, interpolation=None)
    unit.optionxform = str
    unit.read(EXAMPLES / "systemd/rmqlag.service")
    service = unit["Service"]
    checks.check("the unit runs serve, reloads by SIGHUP, and is not root",
                 service["ExecStart"].endswith("rmqlag serve") and "-HUP" in service["ExecReload"] and service["DynamicUser"] == "yes")
    lines = re.findall(r"^#?(\w+)=", (EXAMPLES / "systemd/rmqlag.env").read_text(), re.MULTILINE)
    check_variables(bench, "rmqlag.env", lines)
    if shutil.which("systemd-analyze") is None:
        return checks.skip("no systemd-analyze: the unit was not verified")
    copy = bench.directory / "rmqlag.service"
    copy.write_text((EXAMPLES / "systemd/rmqlag.service").read_text().replace("/usr/bin/rmqlag", bench.program.path))
    done = subprocess.run(["systemd-analyze", "verify", str(copy)], capture_output=True, text=True, check=False)
    checks.equal("systemd-analyze verify has no complaint", [line for line in done.stderr.splitlines() if "rmqlag" in line], [])


def the_environment_file(bench):
    """serve starts with it as it is, console and address aside."""
    lines = (EXAMPLES / "systemd/rmqlag.env").read_text()
    env = dict(re.findall(r"^(\w+)=(.*)$", lines, re.MULTILINE))
    env |= {"RMQLAG_WEB_LISTEN_ADDRESS": "127.0.0.1:0", "RMQLAG_CONSOLE": f"http://127.0.0.1:{harness.closed_port()}"}
    result = bench.program.run("serve", "--config.check", env=env)
    bench.checks.check("rmqlag.env is a good configuration", result.code == 0, result)


if __name__ == "__main__":
    harness.main(__doc__, every_metric_exists, prometheus, the_expressions_of_the_docs, grafana, kubernetes, systemd, the_environment_file)

#!/usr/bin/env python3
"""test_console.py PROGRAM FAKE_CONSOLE CAPTURES_DIR: reading a console over real sockets.

Each generation tells what its recording tells; logins; consoles that are dead, hung, or no consoles at all; TLS; what stands in front.
"""

import base64
import json
import shutil
import subprocess

import harness

USER, PASSWORD = "operator", "correct-horse-battery"
LOGIN = {"RMQLAG_USERNAME": USER, "RMQLAG_PASSWORD": PASSWORD}
NEEDS_LOGIN = ["--username", USER, "--password", PASSWORD]
ONE_TOPIC = "/topic/queryConsumerByTopic.query?topic=orders"
TOPICS = "/topic/queryConsumerByTopic.query"


def reasons(answer, topic):
    return {reason for of_topic, _, reason in answer["unknown"] if of_topic == topic}


def generations(bench):
    """What a console tells is what its recording tells; with a login, too."""
    for generation in harness.GENERATIONS:
        recording = bench.recording(generation)
        wanted = bench.read(recording)
        bench.checks.check(f"G{generation}: the recording tells something", len(wanted["rows"]) > 100)
        with bench.console(recording, "--generation", generation) as console:
            bench.checks.equal(f"G{generation}: the console tells the same", bench.read(console.url), wanted)
            bench.checks.check(f"G{generation}: no login where none is needed", "/login/login.do" not in console.counts(), console.counts())
        with bench.console(recording, "--generation", generation, "--context", "/rmq", *NEEDS_LOGIN) as console:
            below = bench.read(console.url + "/", env=LOGIN)
            bench.checks.equal(f"G{generation}: the same with a login, below a context path", below, wanted)
            logins = 0 if generation == 0 else 1  # G0 knows none
            bench.checks.equal(f"G{generation}: one login", console.counts().get("/login/login.do", 0), logins)


def without_scheme(bench):
    with bench.console(bench.recording(), "--context", "/rmq") as console:
        bench.checks.equal("host:port/context means http", bench.read(console.url.replace("http://", "")), bench.read(bench.recording()))


def lost_sessions(bench):
    checks = bench.checks
    for generation, lost_after in ((1, 20), (2, 20), (4, 40), (5, 40)):  # once in a pass of each
        recording = bench.recording(generation)
        with bench.console(recording, "--generation", generation, *NEEDS_LOGIN, "--lose-session-after", lost_after) as console:
            checks.equal(f"G{generation}: a lost session costs nothing", bench.read(console.url, env=LOGIN), bench.read(recording))
            checks.equal(f"G{generation}: one more login", console.counts().get("/login/login.do", 0), 2)
    with bench.console(bench.recording(), *NEEDS_LOGIN, "--lose-session-after", 10) as console:
        result = bench.program.run("dump", console.url, "--format", "json", "--rows", env=LOGIN)
        answer = json.loads(result.out)
        checks.check("lost again and again: the pass ends, the rest is unknown",
                     result.code == 0 and "login_lost" in {entry["reason"] for entry in answer["unknown"]}, result)
        checks.check("and no more than one re-login is tried", console.counts().get("/login/login.do", 0) <= 2, console.counts())


def refused_logins(bench):
    checks = bench.checks
    for generation in (1, 2, 3, 4, 5):
        with bench.console(bench.recording(generation), "--generation", generation, *NEEDS_LOGIN) as console:
            result = bench.program.run("dump", console.url, env={**LOGIN, "RMQLAG_PASSWORD": "wrong-password"})
            checks.told(f"G{generation}, bad password", result, 2, "Bad username or password")
            checks.lacks(f"G{generation}, bad password: not shown", result.err, "wrong-password")
            counts = console.counts()
            checks.check(f"G{generation}, bad password: tried once (an account may be locked)", counts["/login/login.do"] == 1, counts)
    with bench.console(bench.recording(), *NEEDS_LOGIN) as console:
        checks.told("no credentials", bench.program.run("dump", console.url), 2, "login", "user name", "password")


def nothing_there(bench):
    checks = bench.checks

    def refused(what, url, *parts, flags=()):
        result = bench.program.run("dump", url, "--request-timeout", "1s", *flags)
        checks.told(what, result, 2, *parts)
        return result

    url = f"http://127.0.0.1:{harness.closed_port()}"
    refused("nobody listens", url, url, "refused")
    document = bench.program.run("dump", url, "--format", "json")
    checks.equal("nobody listens: programs get a document that says so", (document.code, json.loads(document.out)["complete"]), (2, False))
    exposition = bench.program.run("dump", url, "--format", "prometheus")
    checks.check("nobody listens: rmqlag_up is 0", exposition.code == 2 and "\nrmqlag_up 0\n" in exposition.out, exposition)
    refused("a name that is none", "http://console.invalid:8080", "console.invalid")

    with bench.console(bench.recording(), "--context", "/rmq") as console:
        refused("a context path is missing", console.url.replace("/rmq", ""), "404 at /topic/list.query", "context path")
    with bench.console("--studio") as console:
        refused("RocketMQ Studio", console.url, "RocketMQ Studio")
    with bench.console(bench.recording(), "--answer", "/topic/list.query=200") as console:
        refused("HTML instead of the topic list", console.url, "/topic/list.query", "HTML")
    with bench.console(bench.recording(), "--answer", "/topic/list.query=500") as console:
        refused("a server error instead of the topic list", console.url, "500")
    for how, why in (("--hang", "within 1000 ms"), ("--stall", "stopped")):
        with bench.console(bench.recording(), how, "/topic/list.query") as console:
            result = refused(f"{how} on the topic list", console.url, why)
            checks.in_time(f"{how} on the topic list: ends soon after the request's time-out", result.seconds, 10)
    for how in ("--drop", "--break-off"):
        with bench.console(bench.recording(), how, "/topic/list.query") as console:
            refused(f"{how} on the topic list", console.url, "connection")
    with bench.console(bench.recording()) as console:
        refused("the wrong NameServer", console.url, "192.0.2.1:9876", flags=["--namesrv", "192.0.2.1:9876"])


# What one topic's requests meet, the reason told, and how often more than usual it may be asked for: again only where that cannot hurt the
# console. Of a connection that breaks before the first byte of an answer libcurl itself tries each of the connections that it kept.
ONE_FAILURE = [
    (["--drop", ONE_TOPIC], "reset", range(1, 12)),
    (["--break-off", ONE_TOPIC], "reset", [0]),
    (["--stall", ONE_TOPIC], "timeout", [0]),
    (["--hang", ONE_TOPIC], "timeout", [0]),
    (["--answer", f"{ONE_TOPIC}=200"], "bad_answer", [0]),
    (["--answer", f"{ONE_TOPIC}=404"], "bad_answer", [0]),
    (["--answer", f"{ONE_TOPIC}=502"], "bad_answer", [0]),
]


def one_topic_fails(bench):
    """All else is read, the one is unknown, and the exit code tells if it is asked to."""
    checks, recording = bench.checks, bench.recording(2)
    with bench.console(recording, "--generation", 2) as console:
        whole = bench.read(console.url)
        undisturbed = console.counts()[TOPICS]
    rest = [row for row in whole["rows"] if row["topic"] != "orders"]
    for how, reason, more in ONE_FAILURE:
        at = " ".join(how)
        with bench.console(recording, "--generation", 2, *how) as console:
            answer = bench.read(console.url, "--request-timeout", "2s")
            checks.equal(f"{at}: all other rows are there", answer["rows"], rest)
            checks.equal(f"{at}: the topic is unknown", reasons(answer, "orders"), {reason})
            checks.equal(f"{at}: not complete", answer["complete"], False)
            seen = console.counts()[TOPICS] - undisturbed
            checks.check(f"{at}: asked again only where that cannot hurt the console", seen in more, f"{seen} more, not {more}")
    with bench.console(recording, "--generation", 2, "--answer", f"{ONE_TOPIC}=404") as console:
        result = bench.program.run("dump", console.url)
        checks.check("partly read: exit 0, a table", result.code == 0 and " behind in " in result.out, result)
        checks.check("partly read: one line of warning", harness.one_line(result.err) and "partly read" in result.err, result.err)
        checks.equal("partly read, --fail-on-partial: exit 3", bench.program.run("dump", console.url, "--fail-on-partial").code, 3)
    with bench.console(recording, "--generation", 2, "--answer", f"{ONE_TOPIC}=200", *NEEDS_LOGIN) as console:
        answer = bench.read(console.url, env=LOGIN)
        checks.equal("HTML for one topic, with a login: all other rows are there", answer["rows"], rest)


def deadlines(bench):
    checks = bench.checks
    with bench.console(bench.recording(2), "--generation", 2, "--hang", ONE_TOPIC) as console:
        result = bench.program.run("dump", console.url, "--deadline", "2s", "--format", "json", "--rows", "--fail-on-partial")
        answer = harness.reading(result.out)
        checks.equal("one topic hangs: exit 3", result.code, 3)
        checks.in_time("one topic hangs: back by the deadline", result.seconds, 8)
        checks.equal("one topic hangs: it is unknown", reasons(answer, "orders"), {"deadline"})
        checks.check("one topic hangs: the others are read", len(answer["rows"]) > 50, answer["unknown"])
    with bench.console(bench.recording(2), "--generation", 2, "--hang", TOPICS) as console:
        result = bench.program.run("dump", console.url, "--deadline", "2s", "--format", "json")
        checks.equal("all topics hang: exit 2", result.code, 2)
        checks.in_time("all topics hang: back by the deadline", result.seconds, 8)
        checks.equal("all topics hang: all are unknown", {entry["reason"] for entry in json.loads(result.out)["unknown"]}, {"deadline"})
    with bench.console(bench.recording(2), "--generation", 2, "--delay", f"{ONE_TOPIC}=1000") as console:
        checks.equal("a slow topic is waited for", bench.read(console.url), bench.read(bench.recording(2)))


def kind_to_the_console(bench):
    """Never more at once than asked for, and connections are kept."""
    checks = bench.checks
    for flags, most in ((["--concurrency", "2"], 2), ([], 4)):
        with bench.console(bench.recording(), "--latency-ms", 20) as console:
            bench.read(console.url, *flags)
            status = console.status()
            checks.check(f"{flags}: at most {most} requests at once", 1 < status["max_in_flight"] <= most, status)
            checks.check(f"{flags}: at most {most} connections", status["connections"] <= most, status)
    with bench.console(bench.recording(), "--gzip", TOPICS) as console:
        checks.equal("compressed answers", bench.read(console.url), bench.read(bench.recording()))
    with bench.console(bench.recording()) as console:
        answer = bench.read(console.url, "--topics", "orders,payments")
        checks.equal("literal topics: only these are read", {row["topic"] for row in answer["rows"]}, {"orders", "payments"})
        checks.check("literal topics: the topic list is not asked for", "/topic/list.query" not in console.counts(), console.counts())


def what_is_sent(bench):
    checks = bench.checks
    basic_file = bench.directory / "basic"
    basic_file.write_text("proxy:of:colons\n")
    wanted = bench.read(bench.recording(5))
    with bench.console(bench.recording(5), "--generation", 5, *NEEDS_LOGIN) as console, harness.Tap(console.url) as tap:
        answer = bench.read(tap.url, "--header", "X-Tenant: a, b", "--header", "X-Empty:", "--basic-auth-file", basic_file, env=LOGIN)
        checks.equal("through a proxy: the same", answer, wanted)
        sent = [{name.lower(): value for name, value in request.headers} for request in tap.requests]
        basic = "Basic " + base64.b64encode(b"proxy:of:colons").decode()
        checks.check("our header is on every request", {headers.get("x-tenant") for headers in sent} == {"a, b"}, sent[0])
        checks.check("basic auth is on every request", {headers.get("authorization") for headers in sent} == {basic}, sent[0])
        checks.check("never an Origin, which old consoles refuse", not any("origin" in headers for headers in sent), sent[0])
        logins = [request for request in tap.requests if request.path == "/login/login.do"]
        before = tap.requests[:tap.requests.index(logins[0])]
        checks.lacks("no session before the login", repr(before), "JSESSIONID")
        posted = [request.path for request in tap.requests if request.method != "GET"]
        checks.equal("all but the login are GET", posted, ["/login/login.do"])
        with_password = [request.path for request in tap.requests if PASSWORD in repr(request)]
        checks.equal("the password is in the login alone", with_password, ["/login/login.do"])
        checks.check("and there in the body", PASSWORD.encode() in logins[0].body, logins[0])
        asked_for = {request.path.partition("?topic=")[2] for request in tap.requests}
        checks.check("names are escaped", {"%25RETRY%25g-dlq", "pipe%7Cdash-under_score", "a%25b"} <= asked_for, asked_for)

    with bench.console(bench.recording(), "--basic-auth", "proxy:of:colons") as console:
        checks.equal("basic auth lets us in", bench.read(console.url, "--basic-auth-file", basic_file), bench.read(bench.recording()))
        checks.told("no basic auth", bench.program.run("dump", console.url), 2, "401")

    with bench.console(bench.recording()) as console, harness.Tap(console.url) as tap:
        bench.program.run("dump", "http://console.invalid:8080", env={"http_proxy": tap.url})
        asked_for = tap.requests[0].path if tap.requests else ""
        checks.check("http_proxy is honoured", asked_for.startswith("http://console.invalid:8080/"), asked_for)
        del tap.requests[:]
        bench.program.run("dump", console.url, env={"http_proxy": tap.url, "no_proxy": "127.0.0.1"})
        checks.equal("no_proxy, too", tap.requests, [])


def make_certificate(directory, name):
    """A self-signed certificate for localhost and its key."""
    certificate, key = directory / f"{name}.pem", directory / f"{name}.key"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                    "-subj", f"/CN={name}", "-addext", "subjectAltName=DNS:localhost", "-keyout", key, "-out", certificate],
                   check=True, capture_output=True)
    return certificate, key


def by_name(console):
    """The URL of a console that has a certificate for its name."""
    return console.url.replace("127.0.0.1", "localhost")


def tls(bench):
    checks = bench.checks
    if shutil.which("openssl") is None:
        checks.skip("no openssl: TLS to the console was not tested")
        return
    certificate, key = make_certificate(bench.directory, "console")
    stranger, _ = make_certificate(bench.directory, "stranger")
    client, client_key = make_certificate(bench.directory, "client")
    wanted = bench.read(bench.recording())

    def refused(what, part, *flags):
        checks.told(what, bench.program.run("dump", url, *flags), 2, part)

    with bench.console(bench.recording(), "--cert", certificate, "--key", key) as console:
        checks.check("the console speaks TLS", console.url.startswith("https://"), console.url)
        url = by_name(console)
        checks.equal("--ca-file", bench.read(url, "--ca-file", certificate), wanted)
        checks.equal("--insecure", bench.read(url, "--insecure"), wanted)
        refused("an unknown certificate", "certificate")
        refused("a wrong CA", "certificate", "--ca-file", stranger)
    with bench.console(bench.recording(), "--cert", certificate, "--key", key, "--client-ca", client) as console:
        url, trust = by_name(console), ["--ca-file", certificate]
        checks.equal("our certificate", bench.read(url, *trust, "--client-cert", client, "--client-key", client_key), wanted)
        refused("without our certificate", "403", *trust)


if __name__ == "__main__":
    harness.main(__doc__, generations, without_scheme, lost_sessions, refused_logins, nothing_there, one_topic_fails, deadlines,
                 kind_to_the_console, what_is_sent, tls)

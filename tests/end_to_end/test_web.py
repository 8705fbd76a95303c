#!/usr/bin/env python3
"""test_web.py PROGRAM FAKE_CONSOLE CAPTURES_DIR: the exporter as an HTTP server among careless, slow and hostile clients.

The web configuration file (TLS, client certificates, users, headers; read again when it changes), limits, compression, and its end.
"""

import base64
import contextlib
import gzip
import http.client
import json
import os
import re
import resource
import shutil
import signal
import socket
import ssl
import subprocess
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import harness
from test_serve import Served, connections

# Of the passwords "open" and "other"; cost 4, as cheap as can be.
HASHES = {"open": "$2y$04$abcdefghijklmnopqrstuu5cldSTjqTa.nw4QeJC5.F6G/ueChgIa",
          "other": "$2b$04$zyxwvutsrqponmlkjihgfeoEG75ieRiMxivbt62jo80oWmRUDHZ.e"}

# Who may come in with what, for each client_auth_type: nothing, a certificate of our authority, a stranger's.
CLIENT_AUTH = {"NoClientCert": (True, True, True), "RequestClientCert": (True, True, True), "RequireAnyClientCert": (False, True, True),
               "VerifyClientCertIfGiven": (True, True, False), "RequireAndVerifyClientCert": (False, True, False)}


class Authority:
    """Certificates by `openssl`, as PEM files in a directory."""

    def __init__(self, directory):
        self._directory = directory
        self.self_signed("ca")

    def self_signed(self, name, common_name=None):
        self._openssl("req", "-x509", *self._new_key(name), "-days", "2", "-subj", f"/CN={common_name or name}", "-addext",
                      "subjectAltName=IP:127.0.0.1", "-out", f"{name}.pem")

    def sign(self, name):
        self._openssl("req", *self._new_key(name), "-subj", f"/CN={name}", "-out", f"{name}.csr")
        self._openssl("x509", "-req", "-in", f"{name}.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2", "-out", f"{name}.pem")

    @staticmethod
    def _new_key(name):
        return "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", f"{name}.key"

    def _openssl(self, *arguments):
        subprocess.run(["openssl", *arguments], cwd=self._directory, check=True, capture_output=True)


def client_context(directory, certificate=None, **limits):
    context = ssl.create_default_context(cafile=directory / "server.pem")
    for name, value in limits.items():
        setattr(context, name, value)
    if certificate:
        context.load_cert_chain(directory / f"{certificate}.pem", directory / f"{certificate}.key")
    return context


def ask(served, path="/metrics", context=None, user=None, method="GET", host="127.0.0.1", **headers):
    """(status, headers with small letters, body); None where the connection gives no answer."""
    connection = http.client.HTTPConnection(host, served.port, timeout=harness.PATIENCE)
    if context:
        connection = http.client.HTTPSConnection(host, served.port, timeout=harness.PATIENCE, context=context)
    if user:
        headers["Authorization"] = "Basic " + base64.b64encode(user.encode()).decode()
    with contextlib.closing(connection):
        try:
            connection.request(method, path, headers={name.replace("_", "-"): value for name, value in headers.items()})
            answer = connection.getresponse()
            return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
        except (ssl.SSLError, ConnectionError, http.client.HTTPException):
            return None


def status(*arguments, **options):
    answer = ask(*arguments, **options)
    return answer and answer[0]


def refusal(served):
    answer = ask(served)
    return answer if answer and answer[0] == 503 else None


def write(path, text):
    """As administrators' tools do: written beside it, then put in its place."""
    beside = path.with_suffix(".new")
    beside.write_text(text)
    beside.replace(path)


def tls_config(**settings):
    settings = {"cert_file": "server.pem", "key_file": "server.key", **settings}
    return "tls_server_config:\n" + "".join(f"  {name}: {value}\n" for name, value in settings.items())


def users_config(**passwords):
    return "basic_auth_users:\n" + "".join(f"  {user}: {HASHES[password]}\n" for user, password in passwords.items())


@contextlib.contextmanager
def served_with(bench, text, *arguments):
    """`rmqlag serve` with a web configuration; ready."""
    config = bench.directory / "web.yml"
    config.write_text(text)
    with Served(bench, bench.recording(), "--web.config.file", config, *arguments) as served:
        served.config = config
        yield served


# ---- The web configuration file ---------------------------------------------------------------------------------------------------


def client_certificates(bench):
    checks = bench.checks
    authority = Authority(bench.directory)
    for name in ("server", "stranger"):
        authority.self_signed(name)
    authority.sign("client")
    for kind, wanted in CLIENT_AUTH.items():
        more = {} if kind == "NoClientCert" else {"client_ca_file": bench.directory / "ca.pem"}
        with served_with(bench, tls_config(client_auth_type=kind, **more)) as served:
            for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
                for certificate, may in zip((None, "client", "stranger"), wanted):
                    context = client_context(bench.directory, certificate, minimum_version=version, maximum_version=version)
                    answer = ask(served, "/-/healthy", context)
                    checks.equal(f"{kind}, {version.name}, certificate {certificate}", answer and answer[2], b"alive\n" if may else None)


def stranger_of_the_same_name(bench):
    checks = bench.checks
    authority = Authority(bench.directory)
    authority.self_signed("server")
    shutil.copy(bench.directory / "ca.pem", bench.directory / "trusted.pem")
    authority.self_signed("ca")  # another key, the same name
    authority.sign("client")
    with served_with(bench, tls_config(client_auth_type="RequireAndVerifyClientCert", client_ca_file="trusted.pem")) as served:
        checks.equal("a certificate of another authority of the same name", ask(served, context=client_context(bench.directory, "client")), None)


def tls(bench):
    checks = bench.checks
    Authority(bench.directory).self_signed("server")
    old = ssl.TLSVersion.TLSv1_2
    with served_with(bench, tls_config()) as served:
        checks.equal("TLS: metrics", status(served, context=client_context(bench.directory)), 200)
        checks.equal("TLS 1.2 is enough", status(served, context=client_context(bench.directory, maximum_version=old)), 200)
        checks.equal("no plain HTTP on a port with TLS", ask(served), None)
        checks.equal("one connection for several requests", len(set(kept_alive(served, client_context(bench.directory), 5))), 1)
    with served_with(bench, tls_config(min_version="TLS13", curve_preferences="[CurveP384]")) as served:
        checks.equal("min_version: 1.3", status(served, context=client_context(bench.directory)), 200)
        checks.equal("min_version: not 1.2", ask(served, context=client_context(bench.directory, maximum_version=old)), None)
    with served_with(bench, tls_config(max_version="TLS12") + "http_server_config:\n  http2: true\n") as served:
        with socket.create_connection(("127.0.0.1", served.port)) as plain:
            with client_context(bench.directory).wrap_socket(plain, server_hostname="127.0.0.1") as connection:
                checks.equal("max_version", connection.version(), "TLSv1.2")
        checks.contains("http2: true is warned about", served.log(), "level=warn", "HTTP/2")


def kept_alive(served, context, count):
    """Asks again and again on one connection; our port at each."""
    connection = http.client.HTTPSConnection("127.0.0.1", served.port, timeout=harness.PATIENCE, context=context) if context else \
        http.client.HTTPConnection("127.0.0.1", served.port, timeout=harness.PATIENCE)
    with contextlib.closing(connection):
        for _ in range(count):
            connection.request("GET", "/metrics")
            connection.getresponse().read()
            yield connection.sock and connection.sock.getsockname()


def users(bench):
    checks = bench.checks
    with served_with(bench, users_config(alice="open", bob="other")) as served:
        for user, wanted in (("alice:open", 200), ("bob:other", 200), ("alice:other", 401), ("alice:", 401), (":", 401), ("carol:open", 401),
                             ("alice:open\0x", 401), ("alice:" + "x" * 5000, 401), (None, 401)):
            for path in ("/metrics", "/", "/nothing"):
                seen = status(served, path, user=user)
                checks.equal(f"{path} as {harness.shortened(str(user), 30)!r}", seen, 404 if path == "/nothing" and wanted == 200 else wanted)
        _, headers, _ = ask(served)
        checks.contains("401 says how", headers.get("www-authenticate", ""), "Basic")
        for header in ("", "Basic", "Basic !!!", "Bearer abc", "Basic YWxpY2U="):
            checks.equal(f"Authorization: {header}", status(served, Authorization=header), 401)
        answers = in_parallel(40, lambda: status(served, user="alice:open"))
        checks.equal("forty at once", answers, [200] * 40)
        checks.lacks("no password in the log", served.log(), "open", "other", *HASHES.values())


def unknown_users_cost_the_same(bench):
    # Of a hash that takes long enough to be told from the rest. Time on the processor, which other work on the machine does not lengthen.
    slow = "$2y$11$" + HASHES["open"][7:]
    with served_with(bench, f"basic_auth_users:\n  alice: {slow}\n") as served:
        def cost(user):
            before = processor_seconds(served)
            bench.checks.equal(f"{user}: 401", [status(served, "/-/healthy", user=user) for _ in range(4)], [401] * 4)
            return processor_seconds(served) - before
        known, unknown = cost("alice:wrong"), cost("nobody:wrong")
        bench.checks.check("an unknown user takes as long as a known one", 0.5 < unknown / known < 2, (known, unknown))


def processor_seconds(served):
    """That a server has spent so far."""
    of_program = Path(f"/proc/{served.process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(of_program[11]) + int(of_program[12])) / os.sysconf("SC_CLK_TCK")


def extra_headers(bench):
    checks = bench.checks
    text = "http_server_config:\n  headers:\n    X-Frame-Options: sameorigin\n    Content-Security-Policy: default-src 'self'\n    X-XSS-Protection:\n"
    with served_with(bench, text) as served:
        for path in ("/metrics", "/", "/nothing"):
            _, headers, _ = ask(served, path)
            checks.equal(f"headers of {path}", (headers.get("x-frame-options"), headers.get("content-security-policy"), headers.get("x-xss-protection")),
                         ("sameorigin", "default-src 'self'", None))


def read_again(bench):
    checks = bench.checks
    authority = Authority(bench.directory)
    authority.self_signed("server", "first")
    key = bench.directory / "server.key"
    with served_with(bench, tls_config() + users_config(alice="open")) as served:
        def subject():
            with socket.create_connection(("127.0.0.1", served.port)) as plain:
                with client_context(bench.directory).wrap_socket(plain, server_hostname="127.0.0.1") as connection:
                    return dict(pair[0] for pair in connection.getpeercert()["subject"])["commonName"]

        def login(user):
            return status(served, "/-/healthy", client_context(bench.directory), user=user)

        checks.equal("the certificate", subject(), "first")
        checks.equal("the user", (login("alice:open"), login("alice:other")), (200, 401))

        connection = http.client.HTTPSConnection("127.0.0.1", served.port, context=client_context(bench.directory), timeout=harness.PATIENCE)
        connection.request("GET", "/-/healthy", headers={"Authorization": "Basic " + base64.b64encode(b"alice:open").decode()})
        connection.getresponse().read()

        write(key, "no key\n")
        checks.check("a bad key is refused and told", harness.until(lambda: subject() and "server.key" in served.log()), served.log())
        time.sleep(1.2)
        checks.equal("a bad key: the old one stands", (subject(), login("alice:open")), ("first", 200))
        checks.equal("a bad key: told once", served.log().count("level=error"), 1)

        authority.self_signed("server", "second")
        checks.equal("a new certificate is used", harness.until(lambda: with_new(subject) == "second"), True)
        connection.request("GET", "/-/healthy", headers={"Authorization": "Basic " + base64.b64encode(b"alice:open").decode()})
        checks.equal("a connection from before goes on", connection.getresponse().status, 200)
        connection.close()

        write(served.config, tls_config() + users_config(alice="other", bob="open"))
        checks.check("new users are let in", harness.until(lambda: login("bob:open") == 200))
        checks.equal("an old password is no longer", (login("alice:open"), login("alice:other")), (401, 200))

        for bad, named in (("tls_server_config:\n  cert_fle: x\n", ":2:"), ("{", "YAML"), (tls_config() + "basic_auth_users:\n  alice: open\n", "bcrypt"),
                           (users_config(alice="open"), "restart")):
            seen = served.log().count("level=error")
            write(served.config, bad)
            checks.check(f"a bad file ({named}) is told", harness.until(lambda: login("bob:open") and served.log().count("level=error") > seen), served.log())
            checks.contains(f"a bad file ({named}): why", served.log().splitlines()[-1], named, "web.yml")
            checks.equal(f"a bad file ({named}): the old one stands", (login("bob:open"), login("alice:open")), (200, 401))
        served.config.unlink()
        time.sleep(1.2)
        checks.equal("a file that is gone: the old one stands", (login("bob:open"), login("alice:open")), (200, 401))
        write(served.config, tls_config())
        checks.check("without users everybody may come in", harness.until(lambda: login(None) == 200), served.log())


def with_new(subject):
    with contextlib.suppress(ssl.SSLError):
        return subject()


def bad_at_the_start(bench):
    authority = Authority(bench.directory)
    for name in ("server", "other"):
        authority.self_signed(name)
    config = bench.directory / "web.yml"
    for text, named in (("tls_server_config:\n  cert_fil: x\n", ("web.yml:2", "cert_file")), (tls_config(cert_file="none.pem"), ("web.yml:2: cert_file: ", "none.pem")),
                        (tls_config(key_file="other.key"), ("web.yml:3: key_file: ", "other.key")), (tls_config(cert_file="server.key"), ("web.yml:2: cert_file: ", "server.key")),
                        (tls_config(key_file="server.pem"), ("web.yml:3: key_file: ", "server.pem")), (tls_config(cipher_suites="[A]"), ("web.yml:4", "cipher_suites")),
                        (tls_config(client_auth_type="RequestClientCert", client_ca_file="web.yml"), ("web.yml:5: client_ca_file: ", "certificate")),
                        ("basic_auth_users:\n  a: open\n", ("web.yml:2", "bcrypt")), ("- a\n", ("web.yml:1",)), (None, ("web.yml",))):
        config.unlink(missing_ok=True)
        if text is not None:
            config.write_text(text)
        result = bench.program.run("serve", bench.recording(), "--web.config.file", config, "--web.listen-address", "127.0.0.1:0")
        good = result.code == 1 and harness.one_line(result.err) and all(part in result.err for part in named)
        bench.checks.check(f"refused at the start: {text!r}", good, result)
        bench.checks.lacks("without a secret", result.err, "open", "BEGIN")


# ---- HTTP -------------------------------------------------------------------------------------------------------------------------


def in_parallel(count, function):
    """What each of so many calls returned, all at the same time."""
    answers = [None] * count
    together = threading.Barrier(count)

    def call(index):
        together.wait()
        answers[index] = function()

    threads = [threading.Thread(target=call, args=(index,)) for index in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def compression(bench):
    checks = bench.checks
    with Served(bench, bench.recording()) as served:
        served.wait_until_ready()
        for accept in ("text/plain", "application/openmetrics-text;version=1.0.0"):
            _, plain_headers, plain = ask(served, Accept=accept)
            _, headers, body = ask(served, Accept=accept, Accept_Encoding="gzip")
            checks.equal(f"{accept}: gzip is said, and said of what", (headers.get("content-encoding"), headers["content-type"]),
                         ("gzip", plain_headers["content-type"]))
            checks.equal(f"{accept}: Content-Length", int(headers["content-length"]), len(body))
            checks.check(f"{accept}: small", len(body) * 4 < len(plain), (len(body), len(plain)))
            checks.equal(f"{accept}: the same lines", lasting(gzip.decompress(body)), lasting(plain))
            checks.equal(f"{accept}: Vary", (plain_headers.get("vary"), headers.get("vary")), ("Accept, Accept-Encoding",) * 2)
            checks.lacks(f"{accept}: no Content-Encoding where it is plain", plain_headers, "content-encoding")
        for encoding, zipped in (("gzip;q=0", False), ("identity", False), ("gzip;q=0.5, identity;q=0.9", False),
                                 ("deflate, gzip;q=0.1", True), ("*", True)):
            checks.equal(f"Accept-Encoding: {encoding}", "content-encoding" in ask(served, Accept_Encoding=encoding)[1], zipped)

        _, get, body = ask(served, Accept_Encoding="gzip")
        _, head, nothing = ask(served, method="HEAD", Accept_Encoding="gzip")
        alike = head.keys() == get.keys() and abs(int(head["content-length"]) - len(body)) < 200
        checks.check("HEAD: the headers of GET, no body", nothing == b"" and alike, head)
        for path in ("/", "/-/healthy", "/api/v1/lag", "/nothing"):  # not of the process, so always as long
            length = len(ask(served, path)[2])
            checks.equal(f"HEAD {path}: the Content-Length of GET", ask(served, path, method="HEAD")[1]["content-length"], str(length))
        checks.equal("/-/healthy does not vary", ask(served, "/-/healthy")[1].get("vary"), None)

        if not shutil.which("curl"):
            return checks.skip("no curl")
        run = subprocess.run(["curl", "-sS", "--compressed", "-D", "-", f"http://127.0.0.1:{served.port}/metrics"],
                             capture_output=True, timeout=harness.PATIENCE)
        headers, _, body = run.stdout.partition(b"\r\n\r\n")
        checks.check("curl --compressed reads all of it", b"gzip" in headers and lasting(body) == lasting(ask(served)[2]), run.stderr)


def lasting(body):
    """The lines that are the same in every scrape of one collection."""
    return [line for line in body.splitlines() if not re.match(rb"(process_|rmqlag_http_requests_total)", line)]


GROUPS, QUEUES = 5, 24


def large_recording(file, topics):
    """A made-up cluster of topics * GROUPS * QUEUES rows."""
    def entry(path, data):
        return {"startedDateTime": "2026-11-22T12:57:30.000Z", "time": 1, "request": {"method": "GET", "url": f"http://console:8080{path}"},
                "response": {"status": 200, "content": {"mimeType": "application/json", "text": json.dumps({"status": 0, "errMsg": None, "data": data})}}}

    def queue(topic, group, number):
        return {"brokerName": f"broker-{number % 3}", "queueId": number // 3, "brokerOffset": 10**9 + number, "consumerOffset": 10**9 - topic,
                "clientInfo": f"10.0.{group}.{number % 4}@{4000 + topic}", "lastTimestamp": 1795352250000}

    topic_names = [f"a-topic-with-a-long-name-{topic}" for topic in range(topics)]
    answers = [{f"a-group-with-a-name-{group}": {"topic": name, "diffTotal": 0, "lastTimestamp": 0,
                                                 "queueStatInfoList": [queue(topic, group, number) for number in range(QUEUES)]}
                for group in range(GROUPS)} for topic, name in enumerate(topic_names)]
    groups = [{"group": f"a-group-with-a-name-{group}", "count": 4, "messageModel": "CLUSTERING", "diffTotal": 0} for group in range(GROUPS)]
    entries = [entry("/topic/list.query", {"topicList": topic_names, "brokerAddr": None}), entry("/consumer/groupList.query", groups)]
    entries += [entry(f"/topic/queryConsumerByTopic.query?topic={name}", answer) for name, answer in zip(topic_names, answers)]
    file.write_text(json.dumps({"log": {"version": "1.2", "creator": {"name": "test", "version": "1"}, "entries": entries}}))
    return file


def memory(served, name):
    """VmRSS or VmHWM of a server, in bytes."""
    return 1024 * int(re.search(rf"^{name}:\s*(\d+) kB$", Path(f"/proc/{served.process.pid}/status").read_text(), re.MULTILINE)[1])


def forget_peak(served):
    Path(f"/proc/{served.process.pid}/clear_refs").write_text("5")


def forty_scrapers(bench):
    """48,000 rows to forty scrapers at once who read when all have asked; the next one gets 503. With sanitizers half as many rows."""
    checks = bench.checks
    topics = 400 if checks.slowness == 1 else 200
    accepts = ("text/plain", "application/openmetrics-text;version=1.0.0")
    recording = large_recording(bench.directory / "large.har", topics)
    with Served(bench, recording, "--interval", "1h") as served, contextlib.ExitStack() as open_clients:
        served.wait_until_ready()
        before = memory(served, "VmRSS")
        forget_peak(served)
        clients = [open_clients.enter_context(slow_reader(served, 1, accepts[number % 2], 1 << 20)) for number in range(40)]
        for client in clients:
            client.recv(1, socket.MSG_PEEK)  # its answer has begun
        checks.equal("forty scrapers who do not read: the next one gets 503", status(served), 503)
        answers = [http.client.HTTPResponse(client) for client in clients]
        for answer in answers:
            answer.begin()
        checks.equal("all forty are answered", [answer.status for answer in answers], [200] * 40)
        bodies = [answer.read() for answer in answers]
        grown = memory(served, "VmHWM") - before
        texts = [bodies[0], bodies[1]]
        rows = texts[0].count(b"\nrocketmq_msg_diff_detail{")
        checks.equal("every row is there", rows, topics * GROUPS * QUEUES)
        whole = all(lasting_part(body) == lasting_part(texts[number % 2]) for number, body in enumerate(bodies))
        checks.check("every answer is whole", whole and texts[1].endswith(b"# EOF\n"))
        if checks.slowness == 1:  # sanitizers have their own use of memory
            for_connections = 4 << 20
            checks.check("memory grows by one text a format", grown < sum(map(len, texts)) + for_connections, (before, grown, list(map(len, texts))))
        checks.equal("afterwards there are places again", status(served), 200)


def lasting_part(body):
    """All before the exporter's own families."""
    return body[:body.index(b"# HELP process_cpu") if b"# HELP process_cpu" in body else None]


def slow_reader(served, requests=120, accept="*/*", buffer=4096):
    """Asks for more than any buffer holds, and reads nothing."""
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
    client.settimeout(harness.PATIENCE)
    client.connect(("127.0.0.1", served.port))
    client.sendall(f"GET /metrics HTTP/1.1\r\nHost: here\r\nAccept: {accept}\r\n\r\n".encode() * requests)
    return client


def too_many(bench):
    checks = bench.checks
    with Served(bench, bench.recording(), "--metrics.set", "compatible,own,queues") as served, contextlib.ExitStack() as open_clients:
        served.wait_until_ready()
        clients = [open_clients.enter_context(slow_reader(served)) for _ in range(39)]
        time.sleep(0.5)
        checks.equal("39 slow readers: the fortieth is answered", status(served), 200)
        clients.append(open_clients.enter_context(slow_reader(served)))
        # Until its buffers are full, a slow reader gives its place away between two answers.
        code, headers, body = harness.until(lambda: refusal(served)) or ask(served)
        checks.equal("40 slow readers: the next one gets 503", code, 503)
        checks.check("503 comes with words", b"too many" in body and headers["content-type"].startswith("text/plain"), body)
        checks.equal("40 slow readers: still alive, still ready", (status(served, "/-/healthy"), status(served, "/-/ready")), (200, 200))
        clients[0].close()
        checks.check("one place free, one answer", harness.until(lambda: status(served) == 200))
        result = served.stop()
        checks.equal("SIGTERM among slow readers: exit 0", result.code, 0)
        checks.in_time("SIGTERM among slow readers", result.seconds, 5)


def few_files(bench):
    checks = bench.checks
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    files = 300  # of which 200 are for connections: all those are gone at once after ten seconds, and then it is our turn
    resource.setrlimit(resource.RLIMIT_NOFILE, (files, limits[1]))
    try:
        served = Served(bench, bench.recording(), "--interval", "1s")
        served.__enter__()
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)
    with contextlib.ExitStack() as open_clients:
        open_clients.callback(served.__exit__)
        served.wait_until_ready()
        for _ in range(files + 10):
            open_clients.enter_context(socket.create_connection(("127.0.0.1", served.port), timeout=harness.PATIENCE))
        checks.equal("more clients than files: answered as soon as the idle ones are gone", status(served), 200)
        checks.equal("more clients than files: the exporter keeps its own", ask(served)[2].count(b"\nrmqlag_up 1\n"), 1)


def slow_headers(bench):
    checks = bench.checks
    with Served(bench, bench.recording()) as served, contextlib.ExitStack() as open_clients:
        begin = time.monotonic()
        clients = {}
        for name in ("drip", "silent", "kept alive", "body"):
            clients[name] = open_clients.enter_context(socket.create_connection(("127.0.0.1", served.port), timeout=harness.PATIENCE))
        clients["drip"].sendall(b"GET / HTTP/1.1\r\nHost: here\r\n")
        clients["body"].sendall(b"GET / HTTP/1.1\r\nHost: here\r\nContent-Length: 1000\r\n\r\n")
        clients["kept alive"].sendall(b"GET /-/healthy HTTP/1.1\r\nHost: here\r\n\r\n")
        closed = {}
        while "drip" not in closed and time.monotonic() - begin < harness.PATIENCE:
            time.sleep(0.2)
            for name in ("drip", "body"):
                with contextlib.suppress(OSError):
                    clients[name].sendall(b"X-Drip: 1\r\n" if name == "drip" else b"x")
            for name, client in clients.items():
                client.setblocking(False)
                with contextlib.suppress(BlockingIOError, ConnectionError):
                    if name not in closed and client.recv(65536) == b"":
                        closed[name] = time.monotonic() - begin
                client.settimeout(harness.PATIENCE)
            if time.monotonic() - begin > 9 and "asked" not in closed:
                closed["asked"] = status(served, "/-/healthy")
        latest = 10 + 4 * checks.slowness
        checks.check("headers that drip: closed after ten seconds", 9 < closed.get("drip", 0) < latest, closed)
        alike = all(9 < closed.get(name, 10) < latest for name in ("silent", "body"))
        checks.check("a client that says nothing, and one whose body drips: the same", alike, closed)
        checks.equal("meanwhile others are answered", closed.get("asked"), 200)
        clients["kept alive"].sendall(b"GET /-/healthy HTTP/1.1\r\nHost: here\r\n\r\n")
        checks.contains("an idle connection is kept longer", clients["kept alive"].recv(65536).decode(), "200 OK")


def addresses(bench):
    checks = bench.checks
    with Served(bench, bench.recording()) as served:
        served.wait_until_ready()
        checks.equal("one connection for several scrapes", len(set(kept_alive(served, None, 5))), 1)
    with Served(bench, bench.recording(), listen="localhost:0") as served:
        checks.equal("localhost", status(served, "/-/healthy"), 200)
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        return checks.skip("no IPv6 here")
    with Served(bench, bench.recording(), listen="[::1%lo]:0") as served:
        checks.contains("IPv6, its interface named", served.log(), "address=[::1")
    # The same port of IPv4 is taken, and nobody listens there.
    with Served(bench, bench.recording(), listen=f"[::]:{harness.closed_port()}") as served:
        checks.equal("IPv6", status(served, "/-/healthy", host="::1"), 200)
        checks.equal("IPv6 alone", status(served, "/-/healthy"), None)
    with Served(bench, bench.recording(), listen=f":{harness.free_port()}") as served:
        checks.equal("every address", [status(served, "/-/healthy", host=host) for host in ("::1", "127.0.0.1")], [200, 200])


def nonsense(bench):
    checks = bench.checks
    with Served(bench, bench.recording()) as served:
        served.wait_until_ready()
        for text, wanted in ((b"nonsense\r\n\r\n", {b"400", b""}), (b"\x16\x03\x01\x02\x00\x01", {b""}),
                             (b"GET /metrics HTTP/1.1\r\nConnection: close\r\n\r\n", {b"400"}),
                             (b"GET " + b"/" * 100_000 + b" HTTP/1.1\r\nHost: h\r\n\r\n", {b"414", b"431", b"400", b""}),
                             (b"GET / HTTP/1.1\r\nHost: h\r\nX: " + b"x" * 100_000 + b"\r\n\r\n", {b"431", b"400", b""}),
                             (b"GET /metrics%00x HTTP/1.0\r\n\r\n", {b"200", b"404"}), (b"GET /%ff%fe HTTP/1.0\r\n\r\n", {b"404"}),
                             (b"OPTIONS * HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n", {b"405"}),
                             (b"GET http://h/-/healthy HTTP/1.0\r\n\r\n", {b"200", b"400"}),
                             (b"PUT /metrics HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello", {b"405"})):
            with socket.create_connection(("127.0.0.1", served.port), timeout=harness.PATIENCE) as client:
                answer = b""
                with contextlib.suppress(OSError):
                    client.sendall(text)
                    client.shutdown(socket.SHUT_WR)
                    answer = client.recv(65536)
                checks.check(f"{harness.shortened(repr(text), 60)}", (answer.split(b" ")[1] if answer else b"") in wanted, answer[:200])
        checks.equal("and goes on", status(served), 200)


def end_under_load(bench):
    checks = bench.checks
    with bench.console(bench.recording()) as console, harness.Tap(console.url) as tap, Served(bench, tap.url, "--interval", "0") as served:
        tap.hold("/topic/list.query")
        answers = []
        clients = [threading.Thread(target=lambda: answers.append(ask(served))) for _ in range(10)]
        for client in clients:
            client.start()
        harness.until(lambda: connections(served) >= 10 and tap.requests)
        status(served, "/-/healthy")  # whoever came before has been heard by then
        begin = time.monotonic()
        served.process.send_signal(signal.SIGTERM)
        checks.check("SIGTERM: it takes no new connections", harness.until(lambda: status(served, "/-/healthy") is None))
        tap.let_go()
        for client in clients:
            client.join()
        result = bench.program.end(served.process, begin)
        checks.equal("SIGTERM: what is under way is answered", [answer and answer[0] for answer in answers], [200] * 10)
        checks.check("SIGTERM: with the collection it waited for", all(answer and b"\nrmqlag_up 1\n" in answer[2] for answer in answers))
        checks.equal("SIGTERM: exit 0", result.code, 0)
        checks.in_time("SIGTERM", result.seconds, 5)


def those_that_wait(bench):
    """For the server's ten seconds, or for it to look at its files again: together."""
    with ThreadPoolExecutor() as pool:
        for test in [pool.submit(test, bench) for test in (few_files, slow_headers, *([read_again] if shutil.which("openssl") else []))]:
            test.result()


if __name__ == "__main__":
    TESTS = [users, unknown_users_cost_the_same, extra_headers, bad_at_the_start, compression, forty_scrapers, too_many, those_that_wait,
             addresses, nonsense, end_under_load]
    if shutil.which("openssl"):
        TESTS += [tls, client_certificates, stranger_of_the_same_name]
    harness.main(__doc__, *TESTS)

"""harness.py: what the end-to-end scripts share: running the program, a fake console, a tap between the two, counting checks.

A script is run as `SCRIPT PROGRAM FAKE_CONSOLE CAPTURES_DIR` and ends with main(): exit code 0, 1 if a check failed, 77 if a tool that it
needs is absent (said loudly: a part was not tested).
"""

import contextlib
import http.client
import http.server
import json
import os
import random
import re
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import namedtuple
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

# Generous: sanitizers and a busy machine make everything slow. Nothing waits so long unless it fails.
PATIENCE = 30

Result = namedtuple("Result", "code out err seconds")
Request = namedtuple("Request", "method path headers body")


class Checks:
    """One line a check."""

    def __init__(self):
        self.passed = self.failed = 0
        self.skipped = []
        self.slowness = 1
        self._lock = threading.Lock()

    def check(self, what, good, seen=None):
        with self._lock:
            if good:
                self.passed += 1
                print(f"ok    {what}")
            else:
                self.failed += 1
                print(f"FAIL  {what}" + ("" if seen is None else f"\n      seen: {shortened(seen)}"))
        return bool(good)

    def equal(self, what, seen, wanted):
        return self.check(what, seen == wanted, f"{shortened(seen)}\n      wanted: {shortened(wanted)}")

    def contains(self, what, text, *parts):
        return self.check(what, all(part in text for part in parts), text)

    def lacks(self, what, text, *parts):
        found = [part for part in parts if part in text]
        return self.check(what, not found, f"{found} in {shortened(text)}")

    def told(self, what, result, code, *parts):
        """The program ended with this code, printed nothing, and told why in one line that holds all parts."""
        good = result.code == code and not result.out and one_line(result.err)
        if self.check(f"{what}: exit {code}, told in one line", good, result):
            self.contains(f"{what}: the message tells why", result.err, *parts)

    def in_time(self, what, seconds, promised):
        """A promise of so many seconds was kept. Sanitizers may take their time: there it is only told from waiting for something else."""
        return self.check(f"{what}: within {promised} s", seconds < promised * self.slowness, f"{seconds:.2f} s")

    def skip(self, why):
        self.skipped.append(why)
        print(f"\n*** SKIPPED: {why} ***\n")

    def finish(self):
        print(f"{self.passed} passed, {self.failed} failed" + "".join(f"; SKIPPED: {why}" for why in self.skipped))
        return 1 if self.failed else 77 if self.skipped else 0


def shortened(value, length=600):
    text = value if isinstance(value, str) else repr(value)
    return text if len(text) <= length else f"{text[:length]}... ({len(text)} characters)"


def one_line(text):
    """A message to people: exactly one line, and it says who speaks."""
    return text.startswith("rmqlag: ") and text.count("\n") == 1 and text.endswith("\n")


# ---- The program ------------------------------------------------------------------------------------------------------------------


def environment(**more):
    """Ours, without anything that steers the program; the sanitizers keep their options."""
    kept = {name: value for name, value in os.environ.items()
            if name in ("PATH", "HOME", "TMPDIR", "LD_LIBRARY_PATH") or name.endswith("SAN_OPTIONS")}
    return {**kept, "TZ": "UTC", **more}


class Program:
    """Runs the program; a crash, a hang or a sanitizer's report is a failed check wherever it happens."""

    def __init__(self, path, checks, before=()):
        """`before`: the command, if any, that starts it."""
        self.path = path
        self.checks = checks
        self._command = [*before, path]

    def start(self, *arguments, env=None, **options):
        pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **options}
        return subprocess.Popen([*self._command, *map(str, arguments)], env=environment(**(env or {})), **pipes)

    def run(self, *arguments, env=None, timeout=PATIENCE, **options):
        begin = time.monotonic()
        return self.end(self.start(*arguments, env=env, **options), begin, timeout)

    def end(self, process, begin=None, timeout=PATIENCE):
        """Waits for the end of what `start` began."""
        begin = begin or time.monotonic()
        try:
            out, err = process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            process.kill()
            out, err = process.communicate()
            self.checks.check(f"it ends within {timeout} s: {self._shown(process)}", False)
        out, err = ((data or b"").decode("utf-8", "replace") for data in (out, err))
        self._look_for_crash(process, err)
        return Result(process.returncode, out, err, time.monotonic() - begin)

    def slowness(self):
        """By how much a sanitizer that it was built with may slow it down."""
        content = Path(self.path).read_bytes()
        return 4 if any(name in content for name in (b"__asan_init", b"__tsan_init")) else 1

    def _look_for_crash(self, process, err):
        crashed = process.returncode < 0 and process.returncode != -signal.SIGKILL
        if crashed or "Sanitizer" in err or "runtime error:" in err:
            self.checks.check(f"no crash: {self._shown(process)}", False, f"exit {process.returncode}\n{err[-2000:]}")

    def _shown(self, process):
        return " ".join(["rmqlag", *process.args[len(self._command):]])


def other_files(files):
    """For `before` of Program: a command in whose eyes alone files are others, {name: file seen there}; None where that is not allowed."""
    mounts = " && ".join(f"mount --bind '{seen}' '{name}'" for name, seen in files.items())
    command = ["unshare", "--map-root-user", "--mount", "sh", "-c", f'{mounts} && exec "$@"', "sh"]
    allowed = shutil.which("unshare") and subprocess.run([*command, "true"], capture_output=True, check=False).returncode == 0
    return command if allowed else None


@contextlib.contextmanager
def running(process):
    """Ends a process that a check left alive."""
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


def until(condition, timeout=PATIENCE):
    """Waits for a true answer and returns it; the last answer where there is none in time."""
    end = time.monotonic() + timeout
    while True:
        answer = condition()
        if answer or time.monotonic() > end:
            return answer
        time.sleep(0.02)


# ---- The console ------------------------------------------------------------------------------------------------------------------


class FakeConsole:
    """tests/console/fake_console_main.cc as a context manager; its flags are told there."""

    def __init__(self, program, *arguments):
        self._command = [program, *map(str, arguments)]

    def __enter__(self):
        self._directory = tempfile.TemporaryDirectory(prefix="rmqlag-console-")
        self._status_file = Path(self._directory.name, "status")
        self._process = subprocess.Popen([*self._command, "--status-file", str(self._status_file)], env=environment(),
                                         stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        ready, _, _ = select.select([self._process.stdout], [], [], PATIENCE)
        line = self._process.stdout.readline().decode() if ready else ""
        if not line.startswith("listening on "):
            self._process.kill()
            raise RuntimeError(f"the fake console does not start: {' '.join(self._command)}")
        self.url = line[len("listening on "):].strip()
        self._status = None
        until(self._status_file.exists)
        return self

    def __exit__(self, *_):
        self.status()
        self._directory.cleanup()

    def kill(self):
        """Gone at once; nobody listens, open connections break."""
        self._process.kill()

    def status_so_far(self):
        """What came: requests, connections, max_in_flight, and "path" {path: how many requests}. A little behind."""
        status = {"path": {}}
        for line in self._status_file.read_text().splitlines():
            *name, count = line.split()
            (status["path"] if len(name) > 1 else status)[name[-1]] = int(count)
        return status

    def wait_for_requests(self, count):
        return until(lambda: self.status_so_far()["requests"] >= count)

    def status(self):
        """All that came. Ends the console."""
        if self._status is None:
            self._process.communicate(timeout=PATIENCE)
            self._status = self.status_so_far()
        return self._status

    def counts(self):
        return self.status()["path"]


class Tap:
    """A pass-through in front of a console that remembers each request as it came. What comes to a `held` path waits until it is let go."""

    def __init__(self, url):
        self._target = urlsplit(url)
        self.requests = []
        self._held = None
        self._gate = threading.Event()
        self._gate.set()

    def hold(self, path):
        self._held = path
        self._gate.clear()

    def let_go(self):
        self._gate.set()

    def __enter__(self):
        tap = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def forward(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                tap.requests.append(Request(self.command, self.path, list(self.headers.items()), body))
                if tap._held and tap._held in self.path:
                    tap._gate.wait(PATIENCE)
                connection = http.client.HTTPConnection(tap._target.hostname, tap._target.port, timeout=PATIENCE)
                connection.request(self.command, self.path, body or None, dict(self.headers))
                answer = connection.getresponse()
                data = answer.read()
                self.send_response(answer.status)
                for name, value in answer.getheaders():
                    if name.lower() not in ("connection", "content-length", "date", "server"):
                        self.send_header(name, value)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)
                connection.close()

            do_GET = do_POST = forward

            def log_message(self, *_):
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._server.handle_error = lambda *_: None  # a client may go away
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}{self._target.path}"
        return self

    def __exit__(self, *_):
        self.let_go()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


_closed = []  # taken, and never listened on


def closed_port():
    """A port on which nobody listens, nor can until this script ends."""
    taken = socket.socket()
    taken.bind(("127.0.0.1", 0))
    _closed.append(taken)
    return taken.getsockname()[1]


def free_port():
    """A port to listen on later. None of those that the system hands out by itself, to a test beside this one or to any connection."""
    while True:
        port = random.randrange(20000, 30000)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("", port))
            return port


# ---- Recordings and readings ------------------------------------------------------------------------------------------------------

# Of each generation, a full recording. There is none of G3: dashboard 2.0.0 talks as G4 does.
GENERATIONS = {
    0: "console-1.0.0-broker-4.9.7",
    1: "console-ng-2.0.0-broker-4.9.7",
    2: "dashboard-1.0.0-broker-4.9.7",
    3: "dashboard-2.1.0-broker-5.3.3",
    4: "dashboard-2.1.0-broker-5.3.3",
    5: "dashboard-2.1.1-snapshot-broker-5.3.3",
}


def reading(text):
    """What a JSON dump says about the lag, without how it was come by: comparable between a console and its recording."""
    answer = json.loads(text)
    same = {name: answer[name] for name in ("complete", "by", "totals", "groups", "skipped")}
    same["rows"] = answer.get("rows")
    same["unknown"] = [(entry["topic"], entry["group"], entry["reason"]) for entry in answer["unknown"]]
    return same


def entries(recording):
    return json.loads(Path(recording).read_text())["log"]["entries"]


def time_of(entry):
    return datetime.fromisoformat(entry["startedDateTime"].replace("Z", "+00:00"))


def begin_of(recording):
    return time_of(entries(recording)[0])


def write_shifted(recording, target, begin):
    """A copy that was made at another time."""
    har = json.loads(Path(recording).read_text())
    later = begin - begin_of(recording)
    for entry in har["log"]["entries"]:
        entry["startedDateTime"] = (time_of(entry) + later).isoformat()
    Path(target).write_text(json.dumps(har))


def bodies(recording):
    """The JSON values of a recording's answers."""
    for entry in entries(recording):
        with contextlib.suppress(ValueError):
            yield json.loads(entry["response"]["content"].get("text", ""))


def client_ids(recording):
    """All raw client ids in a recording's answers."""
    found = set()

    def collect(value):
        if isinstance(value, dict):
            for name, member in value.items():
                if name in ("clientId", "clientInfo") and isinstance(member, str):
                    found.add(member)
                collect(member)
        elif isinstance(value, list):
            for member in value:
                collect(member)

    for body in bodies(recording):
        collect(body)
    return found


def secrets(ids):
    """The access keys that old Spring starters put into client ids: host@ACCESS_KEY|SECRET_KEY|group|pid."""
    return {field for client_id in ids if client_id.count("|") == 3 for field in client_id.split("@", 1)[1].split("|")[:2]}


def is_plain(client_id):
    """host@process: nothing in it but what rmqlag shows anyhow."""
    return re.fullmatch(r"[^@|#]+@[A-Za-z0-9._-]+", client_id) is not None


# ---- Scripts ----------------------------------------------------------------------------------------------------------------------


class Bench:
    """What each test function is given."""

    def __init__(self, program, fake_console, captures):
        self.checks = Checks()
        self.program = Program(os.path.abspath(program), self.checks)
        self.checks.slowness = self.program.slowness()
        self.captures = Path(captures)
        self.directory = None  # a fresh one for each test function
        self._fake_console = os.path.abspath(fake_console)

    def console(self, *arguments):
        return FakeConsole(self._fake_console, *arguments)

    def recording(self, generation=4, name="mixed-t1"):
        return self.captures / GENERATIONS[generation] / f"{name}.har"

    def read(self, *arguments, **options):
        """The reading of a JSON dump with rows, or None where the program printed none (a failed check)."""
        result = self.program.run("dump", *arguments, "--format", "json", "--rows", **options)
        try:
            return reading(result.out)
        except ValueError:
            self.checks.check(f"valid JSON: dump {' '.join(map(str, arguments))}", False, result.out + result.err)
            return None


def main(description, *tests):
    if len(sys.argv) != 4:
        sys.exit(description)
    bench = Bench(*sys.argv[1:])
    for test in tests:
        print(f"== {test.__name__}")
        with tempfile.TemporaryDirectory(prefix="rmqlag-") as directory:
            bench.directory = Path(directory)
            try:
                test(bench)
            except Exception as error:  # the other tests go on
                bench.checks.check(f"{test.__name__} runs to its end", False, repr(error))
    sys.exit(bench.checks.finish())

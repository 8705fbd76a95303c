"""browser.py: a real Chromium, driven over the WebDriver protocol with the standard library alone. Used by test_page.py."""

import base64
import http.client
import json
import re
import select
import shutil
import subprocess
import tempfile
from pathlib import Path

import harness

FLAGS = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync", "--hide-scrollbars"]
ELEMENT = "element-6066-11e4-a52e-4f735466cecf"  # the protocol's own name for a reference to an element
ENTER, TAB = "\ue007", "\ue004"

# Runs in each document before its own scripts: what must not happen is kept.
WITNESS = """
  window.violations = [];
  addEventListener('securitypolicyviolation', event => violations.push(`${event.violatedDirective} ${event.blockedURI}`));
  window.alerts = [];
  window.alert = text => alerts.push(String(text));
"""


def missing():
    """The programs that this needs and that are not here."""
    return [name for name, found in (("chromium", chromium()), ("chromedriver", shutil.which("chromedriver"))) if not found]


def chromium():
    return shutil.which("chromium") or shutil.which("google-chrome")


class Browser:
    """A context manager. Elements are named by CSS selectors; where several match, the first one is meant."""

    def __enter__(self):
        self._profile = tempfile.TemporaryDirectory(prefix="rmqlag-browser-", ignore_cleanup_errors=True)
        self._driver = subprocess.Popen([shutil.which("chromedriver"), "--port=0"], env=harness.environment(HOME=self._profile.name),
                                        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                                        bufsize=0)  # what is read is what `select` waits for
        try:
            self._begin()
        except Exception:
            self._end()
            raise
        return self

    def __exit__(self, *_):
        try:
            self._call("DELETE", self._session)
        finally:
            self._end()

    def _begin(self):
        self._port = self._read_port()
        options = {"binary": chromium(), "args": [*FLAGS, f"--user-data-dir={self._profile.name}/profile"]}
        session = self._call("POST", "/session", {"capabilities": {"alwaysMatch": {
            "browserName": "chrome", "goog:chromeOptions": options, "goog:loggingPrefs": {"browser": "ALL"}}}})
        self._session = f"/session/{session['sessionId']}"
        self.cdp("Page.addScriptToEvaluateOnNewDocument", source=WITNESS)
        self.reset()

    def reset(self):
        """As it was at the start: an empty page, the usual size and taste, no complaints."""
        self.go("about:blank")
        self.size(1280, 1000)
        self.prefer()
        self.console()

    def _end(self):
        self._driver.terminate()
        self._driver.communicate(timeout=harness.PATIENCE)
        self._profile.cleanup()

    def _read_port(self):
        while select.select([self._driver.stdout], [], [], harness.PATIENCE)[0]:
            line = self._driver.stdout.readline().decode()
            if found := re.search(r"started successfully on port (\d+)", line):
                return int(found[1])
            if not line:
                break
        raise RuntimeError("chromedriver does not start")

    def _call(self, method, path, body=None):
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=2 * harness.PATIENCE)
        connection.request(method, path, None if body is None else json.dumps(body), {"Content-Type": "application/json"})
        value = json.loads(connection.getresponse().read())["value"]
        connection.close()
        if isinstance(value, dict) and "error" in value:
            raise RuntimeError(f"{value['error']}: {value['message']}")
        return value

    def _element(self, selector):
        return self._call("POST", f"{self._session}/element", {"using": "css selector", "value": selector})[ELEMENT]

    def cdp(self, command, **parameters):
        return self._call("POST", f"{self._session}/goog/cdp/execute", {"cmd": command, "params": parameters})

    def go(self, url):
        self._call("POST", f"{self._session}/url", {"url": url})

    def js(self, script, *arguments):
        """What the body of a function returns."""
        return self._call("POST", f"{self._session}/execute/sync", {"script": script, "args": list(arguments)})

    def texts(self, selector):
        """Of all that match and are to be seen."""
        return self.js("return [...document.querySelectorAll(arguments[0])].filter(found => found.checkVisibility())"
                       ".map(found => found.innerText.trim())", selector)

    def text(self, selector):
        return (self.texts(selector) or [None])[0]

    def click(self, selector):
        self._call("POST", f"{self._session}/element/{self._element(selector)}/click", {})

    def type(self, selector, text):
        self._call("POST", f"{self._session}/element/{self._element(selector)}/value", {"text": text})

    def clear(self, selector):
        """Empties a field as a person does: the protocol's own way tells the page nothing of it."""
        self.js("""const field = document.querySelector(arguments[0]);
                   field.value = '';
                   field.dispatchEvent(new Event('input', {bubbles: true}));""", selector)

    def press(self, key):
        """A key for whatever has the focus."""
        actions = [{"type": "keyDown", "value": key}, {"type": "keyUp", "value": key}]
        self._call("POST", f"{self._session}/actions", {"actions": [{"type": "key", "id": "keyboard", "actions": actions}]})

    def size(self, width, height):
        self.cdp("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)

    def prefer(self, **features):
        """prefer(color_scheme="dark"), prefer(reduced_motion="reduce"); without any: as usual."""
        self.cdp("Emulation.setEmulatedMedia", features=[{"name": f"prefers-{name.replace('_', '-')}", "value": value}
                                                         for name, value in features.items()])

    def console(self):
        """What the browser had to complain about since the last call."""
        return [entry["message"] for entry in self._call("POST", f"{self._session}/se/log", {"type": "browser"})]

    def screenshot(self, directory, name):
        """The whole page, where a directory is given."""
        if not directory:
            return
        Path(directory).mkdir(parents=True, exist_ok=True)
        height = self.js("return document.documentElement.scrollHeight")
        picture = self.cdp("Page.captureScreenshot", captureBeyondViewport=True,
                           clip={"x": 0, "y": 0, "width": self.js("return innerWidth"), "height": height, "scale": 1})
        Path(directory, f"page-{name}.png").write_bytes(base64.b64decode(picture["data"]))

#!/usr/bin/env python3
"""test_page.py PROGRAM FAKE_CONSOLE CAPTURES_DIR: the page for people at "/" in a real browser, and /api/v1/lag that it lives on.

Needs chromium and chromedriver; without them only /api/v1/lag is tested, and the exit code is 77. Screenshots go to the directory that
RMQLAG_ARTEFACTS names; Meson names tests/end_to_end/artefacts of the build.
"""

import atexit
import functools
import json
import os
import re
from urllib.parse import quote

import harness
from browser import ENTER, TAB, Browser, missing
from test_serve import Served

ARTEFACTS = os.environ.get("RMQLAG_ARTEFACTS")
PAIR = "#pairs > tbody > .line"
HOSTILE = {"orders": "<script>alert(1)</script>", "g-offline": "<img src=x onerror=alert(2)>", "audit": "au\u202edit \u0007&amp;\"'"}


def lag(served, **query):
    return json.loads(served.ask("/api/v1/lag?" + "&".join(f"{name}={quote(str(value), safe=',')}" for name, value in query.items()))[2])


def grouped(number):
    return f"{number:,}"


def shown(name):
    """As the page shows a name."""
    return re.sub("[\0-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]", "\ufffd", name)


def pairs(browser):
    """[topic, group, queues, lag] of each line of the table, as text."""
    return browser.js("""return [...document.querySelectorAll(arguments[0])].map(line =>
        ['topic', 'group', 'queues', 'lag'].map(name => line.querySelector('.' + name).innerText.trim()))""", PAIR)


def expected_pairs(totals):
    return [[shown(total["topic"]), shown(total["group"]), grouped(total["queues"]), grouped(total["lag"])] for total in totals]


def show(browser, served, wait_for=PAIR):
    browser.go(f"http://127.0.0.1:{served.port}/")
    return harness.until(lambda: browser.texts(wait_for))


def number_of(topic, group, browser):
    """A selector of the line of a pair."""
    place = next(i for i, pair in enumerate(pairs(browser), 1) if pair[:2] == [topic, group])
    return f"#pairs > tbody:nth-of-type({place})"


def spotless(bench, browser, what):
    bench.checks.equal(f"{what}: the browser has no complaint", browser.console(), [])
    bench.checks.equal(f"{what}: nothing that the policy forbids", browser.js("return violations"), [])
    bench.checks.equal(f"{what}: no foreign script ran", browser.js("return alerts"), [])


def in_browser(test):
    """A test of the page in the one browser that all of them share: to start it takes longer than most of them."""

    def run(bench):
        shared_browser().reset()
        test(bench, shared_browser())

    run.__name__ = test.__name__
    return run


@functools.cache
def shared_browser():
    browser = Browser().__enter__()
    atexit.register(browser.__exit__)
    return browser


# ---- /api/v1/lag ------------------------------------------------------------------------------------------------------------------


def api(bench):
    checks = bench.checks
    recording = bench.recording()
    dumped = json.loads(bench.program.run("dump", recording, "--format", "json", "--rows").out)
    with Served(bench, recording, "--interval", "1h", "--web.telemetry-path", "/custom/metrics") as served:
        served.wait_until_ready()
        status, headers, body = served.ask("/api/v1/lag")
        checks.equal("it is JSON", (status, headers["content-type"], headers["cache-control"]), (200, "application/json", "no-store"))
        checks.equal("without a query: the dump's totals", json.loads(body)["totals"], dumped["totals"])
        checks.check("rows only on request", "rows" not in json.loads(body) and lag(served, rows=1)["rows"] == dumped["rows"])
        spared = served.ask("/api/v1/lag?by=topic", If_None_Match=headers["etag"])
        checks.equal("an asker that has it gets 304 and no body", spared[::2], (304, ""))
        checks.equal("another tag gets all", served.ask("/api/v1/lag?by=topic", If_None_Match='"0-0"')[0], 200)
        checks.equal("HEAD has no body", served.ask("/api/v1/lag", method="HEAD")[::2], (200, ""))

        largest = max(dumped["totals"], key=lambda total: total["lag"])["lag"]
        checks.equal("top", len(lag(served, top=3)["totals"]), 3)
        checks.equal("min_lag", {total["lag"] for total in lag(served, min_lag=largest)["totals"]}, {largest})
        checks.equal("by nothing: one total", [total["lag"] for total in lag(served, by="")["totals"]],
                     [sum(row["lag"] for row in dumped["rows"])])
        names = [total["topic"] for total in lag(served, by="topic", sort="name")["totals"]]
        checks.equal("sort by name", names, sorted(names))

        one = lag(served, topic="orders", group="g-slow", rows=1, by="queue,broker")
        checks.equal("one pair: its rows", one["rows"],
                     [row for row in dumped["rows"] if (row["topic"], row["group"]) == ("orders", "g-slow")])
        checks.equal("one pair: as many totals as queues", len(one["totals"]), len(one["rows"]))
        checks.equal("one pair: its group alone", [facts["group"] for facts in one["groups"]], ["g-slow"])
        checks.equal("one pair: nothing of others", one["unknown"] + one["skipped"], [])
        group = lag(served, group="g-multi", by="topic")
        checks.equal("one group: all its topics", {total["topic"] for total in group["totals"]},
                     {row["topic"] for row in dumped["rows"] if row["group"] == "g-multi"})
        topic = lag(served, topic="a%b", by="group")
        checks.equal("one topic: what is unknown of it", {entry["topic"] for entry in topic["unknown"]}, {"a%b"})
        checks.equal("a name that is not there has no totals", lag(served, topic="no such topic")["totals"], [])

        for query in ("by=topic,colour", "rows=yes", "top=-1", "top=", "min_lag=1e3", "sort=size", "topic=", "group=", "colour=red",
                      "top=1&top=2", "by=<script>", "%00=1", "by=%ff%fe"):
            status, headers, body = served.ask(f"/api/v1/lag?{query}")
            good = status == 400 and headers["content-type"] == "application/json" and list(json.loads(body)) == ["error"]
            checks.check(f"?{query} is 400 with a sentence", good, (status, body))

        status, headers, body = served.ask("/")
        policy = headers.get("content-security-policy", "")
        checks.check("the policy allows nothing foreign",
                     "default-src 'none'" in policy and "unsafe" not in policy and "frame-ancestors 'none'" in policy, policy)
        checks.check("a nonce serves once", served.ask("/")[1]["content-security-policy"] != policy)
        strict = {"x-content-type-options": "nosniff", "referrer-policy": "no-referrer", "cache-control": "no-store"}
        checks.equal("no sniffing, no referrer, no store", {name: headers.get(name) for name in strict}, strict)
        checks.equal("everything is filled in", re.findall(r"\{\{.*?\}\}", body), [])
        checks.check("the link to the metrics is right below a proxy's path, too", 'href="custom/metrics"' in body)
        checks.equal("no outside resource", re.findall(r"""(?:src|href)=["']?(?:https?:)?//[^"'\s>]+""", body), [])


# ---- The page ---------------------------------------------------------------------------------------------------------------------


def what_is_behind(bench, browser):
    checks = bench.checks
    recording = bench.recording()
    dump = bench.program.run("dump", recording).out
    with Served(bench, recording, "--interval", "1h") as served:
        served.wait_until_ready()
        show(browser, served)
        answer = lag(served, by="topic,group")
        checks.equal("the table is what the API tells, in its order", pairs(browser), expected_pairs(answer["totals"]))
        sentence = browser.text("#headline")
        checks.contains("the headline is the program's own sentence", dump.lower(), sentence.lower() + " · ")
        tiles = dict(zip(browser.texts("#tiles dt"), browser.texts("#tiles dd:not(.remark)")))
        checks.equal("tiles", tiles, {
            "Messages behind": grouped(sum(total["lag"] for total in answer["totals"])),
            "Groups behind": str(len({total["group"] for total in answer["totals"] if total["lag"] > 0})),
            "Queues without a known owner": grouped(sum(total["unowned_queues"] for total in answer["totals"])),
            "Not known": str(sum(entry["reason"] != "not_subscribed" for entry in answer["unknown"])),
            "Brokers gone": "0"})
        unknown = browser.text("#unknown")
        for entry in answer["unknown"]:
            if entry["reason"] != "not_subscribed":
                checks.contains(f"not known: {entry['topic']}, {entry['group']}, and why", unknown,
                                entry["topic"], entry["group"], entry["message"])
        left_out = browser.text("#left-out")
        checks.contains("left out, in words", left_out, "g-bcast", "broadcast groups", "groups that do not exist")
        checks.contains("the last collection", browser.text("#collection"), answer["source"]["url"], "dashboard 2.1", "127.0.0.1:9886",
                        f"{answer['cost']['requests']}", "partial")
        checks.contains("its outcome is in plain sight", browser.text("#state"), "partial", "in a recording")
        spotless(bench, browser, "the page")
        loaded = browser.js("return performance.getEntriesByType('resource').map(entry => new URL(entry.name).host)")
        checks.equal("nothing comes from elsewhere", set(loaded), {f"127.0.0.1:{served.port}"})
        browser.screenshot(ARTEFACTS, "light")

        browser.prefer(color_scheme="dark")
        lightness = browser.js("return getComputedStyle(document.body).backgroundColor.match(/\\d+/g).map(Number)")
        checks.check("dark where people want it dark", max(lightness) < 60, lightness)
        browser.screenshot(ARTEFACTS, "dark")
        browser.prefer()


def sort_and_search(bench, browser):
    checks = bench.checks
    with Served(bench, bench.recording(), "--interval", "1h") as served:
        served.wait_until_ready()
        show(browser, served)
        sorted_by = "return [...document.querySelectorAll('th[aria-sort]')].map(th => [th.innerText.trim(), th.ariaSort])"
        checks.equal("sorted by lag at first", browser.js(sorted_by), [["Lag", "descending"]])
        before = pairs(browser)
        for column, label, value in (("group", "Group", lambda pair: pair[1]), ("queues", "Queues", lambda pair: int(pair[2]))):
            browser.click(f"th.{column} button")
            once = [value(pair) for pair in pairs(browser)]
            checks.equal(f"by {column}", once, sorted(once, reverse=column == "queues"))
            browser.click(f"th.{column} button")
            twice = [value(pair) for pair in pairs(browser)]
            checks.equal(f"by {column}, the other way round", twice, sorted(once, reverse=column != "queues"))
            checks.equal(f"by {column}, told to who cannot see it", browser.js(sorted_by)[0][0], label)
        browser.click("th.lag button")
        checks.equal("by lag again", pairs(browser), before)

        browser.type("#filter", "SLOW")
        checks.equal("search by a part of a group's name", {pair[1] for pair in pairs(browser)}, {"g-slow"})
        browser.clear("#filter")
        host = "10.0.0.11"
        totals = lag(served, by="topic,group,host")["totals"]
        holders = {(total["topic"], total["group"]) for total in totals if host in (total["host"] or "")}
        browser.type("#filter", host)
        found = harness.until(lambda: {tuple(pair[:2]) for pair in pairs(browser)} == holders)
        checks.check("search by host", holders and found, pairs(browser))
        browser.clear("#filter")
        browser.type("#filter", "nowhere to be found")
        checks.equal("nothing found is said", (pairs(browser), browser.text("#nothing")),
                     ([], "No topic, group or host has this in its name."))
        browser.clear("#filter")
        checks.equal("all again", pairs(browser), before)
        spotless(bench, browser, "sorting and searching")


def open_a_pair(bench, browser):
    checks = bench.checks
    with Served(bench, bench.recording(), "--interval", "1h") as served:
        served.wait_until_ready()
        show(browser, served)
        line = number_of("orders", "g-slow", browser)
        browser.click(f"{line} .topic")
        answer = lag(served, by="host,process", topic="orders", group="g-slow", rows=1)
        inner = f"{line} .inner > tbody > .line"
        harness.until(lambda: browser.texts(inner))
        checks.equal("its processes", browser.js("""return [...document.querySelectorAll(arguments[0])].map(line =>
            ['process', 'queues', 'lag'].map(name => line.querySelector('.' + name).innerText.trim()))""", inner),
                     [[f"{total['host']} {total['process']}", str(total["queues"]), grouped(total["lag"])] for total in answer["totals"]])
        browser.click(f"{inner} .process")
        rows = [row for row in answer["rows"] if row["process"] == answer["totals"][0]["process"]]
        queues = browser.js("""return [...document.querySelectorAll('.queue-table > tbody > tr')].map(row =>
            [...row.cells].slice(0, 5).map(cell => cell.innerText))""")
        checks.equal("and their queues", sorted(queues), sorted(
            [row["broker"], *(grouped(row[name]) for name in ("queue", "lag", "broker_offset", "consumer_offset"))] for row in rows))
        expanded = browser.js("return document.querySelector(arguments[0]).ariaExpanded", f"{line} .opener")
        checks.equal("it says that it is open", expanded, "true")
        browser.screenshot(ARTEFACTS, "opened")

        nobodys = number_of("orders", "g-offline", browser)
        browser.click(f"{nobodys} .topic")
        harness.until(lambda: browser.texts(f"{nobodys} .inner"))
        members = lag(served, group="g-offline")["groups"][0]["members"]
        owner = browser.text(f"{nobodys} .inner .process .warn")
        checks.equal("queues of nobody", owner, "nobody online" if members == 0 else "owner unknown")
        browser.click(f"{nobodys} .topic")
        checks.equal("closed again", browser.texts(f"{nobodys} .inner"), [])
        spotless(bench, browser, "opening")


def by_keyboard(bench, browser):
    checks = bench.checks
    with Served(bench, bench.recording(), "--interval", "1h") as served:
        served.wait_until_ready()
        show(browser, served)
        focused = "const at = document.activeElement; return at.dataset.focus || at.id || at.dataset.sort || at.tagName"
        stops = []
        browser.js("document.activeElement.blur()")
        while len(stops) < 30 and "[" not in (stops or [""])[-1]:
            browser.press(TAB)
            stops.append(browser.js(focused))
        checks.equal("the tabulator reaches the search, the columns, the first pair", stops[-8:],
                     ["filter", "topic", "group", "queues", "lag", "change", "consumed", '["orders","g-offline"]'])
        checks.check("where one is can be seen", browser.js("return getComputedStyle(document.activeElement).outlineStyle") == "solid")
        browser.press(ENTER)
        opened = harness.until(lambda: browser.texts("#pairs .inner .opener"))
        checks.check("Enter opens it", opened)
        checks.equal("and stays there", browser.js(focused), stops[-1])
        browser.press(TAB)
        browser.press(ENTER)
        checks.check("Enter opens a process", harness.until(lambda: browser.texts(".queue-table")))
        checks.equal("and stays there, too", browser.js("return document.activeElement.ariaExpanded"), "true")


def updates_itself(bench, browser):
    checks = bench.checks
    with Served(bench, bench.recording(name="mixed-t0"), bench.recording(name="mixed-t1"), "--interval", "0") as served:
        served.families()  # a scrape is a collection
        show(browser, served)
        first = pairs(browser)
        browser.click(f"{number_of('orders', 'g-slow', browser)} .topic button")
        harness.until(lambda: browser.texts("#pairs .inner .lag b"))
        focus = browser.js("return document.activeElement.dataset.focus")
        widths = "return [...document.querySelectorAll('#pairs th')].map(th => [th.offsetLeft, th.offsetWidth])"
        columns = browser.js(widths)
        served.families()
        checks.check("it shows the next collection by itself", harness.until(lambda: pairs(browser) != first))
        checks.check("which is that of the API",
                     harness.until(lambda: pairs(browser) == expected_pairs(lag(served, by="topic,group")["totals"])), pairs(browser))
        line = number_of("orders", "g-slow", browser)
        before = next(int(pair[3].replace(",", "")) for pair in first if pair[:2] == ["orders", "g-slow"])
        now = next(int(pair[3].replace(",", "")) for pair in pairs(browser) if pair[:2] == ["orders", "g-slow"])
        checks.equal("by how much it changed", browser.text(f"{line} .change"), f"{now - before:+,}".replace("-", "−"))
        processes = lag(served, by="host,process", topic="orders", group="g-slow")["totals"]
        wanted = [grouped(total["lag"]) for total in processes]
        harness.until(lambda: browser.texts(f"{line} .inner .lag b") == wanted)
        checks.equal("what was open stays open and is new, too", browser.texts(f"{line} .inner .lag b"), wanted)
        checks.equal("the keyboard stays where it was", browser.js("return document.activeElement.dataset.focus"), focus)
        checks.equal("no column moved", browser.js(widths), columns)
        spotless(bench, browser, "updating")


def broker_dies(bench, browser):
    with Served(bench, bench.recording(), bench.recording(name="broker-b-killed"), "--interval", "0", "--stale-after", "1h") as served:
        served.families(), served.families()  # a scrape is a collection
        show(browser, served)
        bench.checks.check("a broker that is gone is told by name",
                           harness.until(lambda: browser.texts("#tile-brokers dd") == ["1", "broker-b"]), browser.texts("#tile-brokers dd"))
        notes = browser.texts(f"{PAIR} .notes")
        carried = [note for note in notes if re.search(r"carried over, read 12:57:3\d", note)]
        bench.checks.check("what is carried over says so, and when it was read", carried, notes)
        spotless(bench, browser, "a dead broker")
        browser.screenshot(ARTEFACTS, "broker-gone")


def exporter_dies(bench, browser):
    checks = bench.checks
    with Served(bench, bench.recording(), "--interval", "1h", listen=f"127.0.0.1:{harness.free_port()}") as served:
        served.wait_until_ready()
        show(browser, served)
        before = pairs(browser)
        spotless(bench, browser, "before its end")
        served.stop()
        checks.check("it says that the exporter is gone", harness.until(lambda: browser.text("#unreachable")))
        checks.contains("and what that means", browser.text("#unreachable"), "has not answered since", "may be wrong by now")
        checks.equal("in the title of its window, too", browser.js("return document.title"), "no connection – rmqlag")
        checks.equal("what was shown stays, greyed", (pairs(browser), browser.js("return document.body.className")), (before, "stale"))
        browser.screenshot(ARTEFACTS, "exporter-gone")
        with Served(bench, bench.recording(name="mixed-t0"), "--interval", "1h", listen=f"127.0.0.1:{served.port}") as again:
            again.wait_until_ready()
            checks.check("it is back by itself", harness.until(lambda: not browser.text("#unreachable") and pairs(browser) != before))
            checks.equal("and nothing is grey", browser.js("return document.body.className"), "")


def nothing_known(bench, browser):
    checks = bench.checks
    with Served(bench, f"http://127.0.0.1:{harness.closed_port()}", "--interval", "1h") as served:
        served.wait_until_ready()
        show(browser, served, "#failures:not([hidden])")
        checks.equal("a dead console: the headline", browser.text("#headline"), "Nothing could be read")
        checks.contains("why", browser.text("#failures"), "refused")
        checks.equal("no zero where nothing is known", browser.texts("#tiles dd:not(.remark)"), ["–", "–", "–", "everything", "–"])
        checks.contains("no table either", browser.text("#nothing"), "nothing is known about any lag")
        spotless(bench, browser, "a dead console")
        browser.screenshot(ARTEFACTS, "failed")
    with bench.console(bench.recording(), "--hang", "/topic/list.query") as console, Served(bench, console.url) as served:
        checks.equal("before the first collection: 503", served.ask("/api/v1/lag")[::2], (503, '{"error":"no collection has ended yet"}\n'))
        browser.go(f"http://127.0.0.1:{served.port}/")
        said = harness.until(lambda: browser.text("#headline") == "No collection has ended yet")
        checks.check("and the page says so", said, browser.text("#headline"))


def hostile_names(bench, browser):
    def renamed(value):
        if isinstance(value, dict):
            return {renamed(name): renamed(member) for name, member in value.items()}
        if isinstance(value, list):
            return [renamed(member) for member in value]
        return HOSTILE.get(value, value) if isinstance(value, str) else value

    har = json.loads(bench.recording().read_text())
    for entry in har["log"]["entries"]:
        request, content = entry["request"], entry["response"]["content"]
        request["queryString"] = renamed(request["queryString"])
        for name, hostile in HOSTILE.items():
            request["url"] = re.sub(f"={name}(?=&|$)", lambda _, text=hostile: "=" + quote(text, safe=""), request["url"])
        if content.get("text", "").startswith("{"):
            content["text"] = json.dumps(renamed(json.loads(content["text"])))
    recording = bench.directory / "hostile.har"
    recording.write_text(json.dumps(har))

    with Served(bench, recording, "--interval", "1h") as served:
        served.wait_until_ready()
        show(browser, served)
        totals = lag(served, by="topic,group")["totals"]
        names = {total["topic"] for total in totals} | {total["group"] for total in totals}
        bench.checks.equal("hostile names come so far", set(HOSTILE.values()) - names, set())
        bench.checks.equal("and are shown as they are", pairs(browser), expected_pairs(totals))
        browser.click(f"{number_of(HOSTILE['orders'], HOSTILE['g-offline'], browser)} .queues")
        bench.checks.check("one of them opens", harness.until(lambda: browser.texts("#pairs .inner")))
        browser.type("#filter", "<img")
        bench.checks.equal("and is found", {pair[1] for pair in pairs(browser)}, {HOSTILE["g-offline"]})
        bench.checks.equal("none of it is markup", browser.js("return document.querySelectorAll('img, main script').length"), 0)
        spotless(bench, browser, "hostile names")
        browser.clear("#filter")
        browser.screenshot(ARTEFACTS, "hostile-names")


def phone(bench, browser):
    browser.size(320, 640)
    with Served(bench, bench.recording(), "--interval", "1h") as served:
        served.wait_until_ready()
        show(browser, served)
        overflow = "return document.scrollingElement.scrollWidth - innerWidth"
        bench.checks.equal("a phone: nothing to scroll sideways", browser.js(overflow), 0)
        browser.screenshot(ARTEFACTS, "phone")
        line = number_of("orders", "g-slow", browser)
        browser.click(f"{line} .topic")
        harness.until(lambda: browser.texts(f"{line} .inner .opener"))
        browser.click(f"{line} .inner .opener")
        bench.checks.equal("opened, neither", browser.js(overflow), 0)
        bench.checks.equal("opened, every lag stands within its line", browser.js("""return [...document.querySelectorAll('.line > .lag')]
            .filter(cell => cell.getBoundingClientRect().right > cell.parentElement.getBoundingClientRect().right - 8).length"""), 0)
        bench.checks.equal("what is clickable is large enough", browser.js(
            "return [...document.querySelectorAll('.line')].filter(line => line.offsetHeight && line.offsetHeight < 24).length"), 0)
        spotless(bench, browser, "a phone")
        browser.screenshot(ARTEFACTS, "phone-opened")


def no_browser(bench):
    bench.checks.skip(f"the page was not tested: no {' and no '.join(missing())} here")


if __name__ == "__main__":
    pages = [what_is_behind, sort_and_search, open_a_pair, by_keyboard, updates_itself, broker_dies, exporter_dies, nothing_known,
             hostile_names, phone]
    harness.main(__doc__, api, *([no_browser] if missing() else map(in_browser, pages)))

#!/usr/bin/env python3
"""expected.py: what rmqlag must say about a recording, worked out a second time.

Used by check_totals.py and check_truth.py; run alone it prints one line a recording. It reads the HAR file itself and shares nothing with
the C++ library, so a mistake would have to be made twice, in two languages, to stay unseen. It follows the truth rules of docs/design.md
for a single pass with default options and no earlier snapshot: nothing is carried over, no deadline is met.
"""

import json
import re
import sys
from collections import Counter, namedtuple
from urllib.parse import parse_qsl, urlsplit

RETRY, DLQ, SYSTEM = "%RETRY%", "%DLQ%", "%SYS%"
SYSTEM_TOPICS = set("TBW102 SCHEDULE_TOPIC_XXXX BenchmarkTest RMQ_SYS_TRANS_HALF_TOPIC RMQ_SYS_TRACE_TOPIC RMQ_SYS_TRANS_OP_HALF_TOPIC "
                    "TRANS_CHECK_MAX_TIME_TOPIC SELF_TEST_TOPIC OFFSET_MOVED_EVENT CHECKPOINT_TOPIC".split())

Row = namedtuple("Row", "topic group broker queue host process broker_offset consumer_offset last_consumed_ms")


def diff(row):
    return row.broker_offset - row.consumer_offset


def lag(row):
    return max(0, diff(row))


def owned(row):
    return bool(row.host or row.process)


# ---- Client ids -------------------------------------------------------------------------------------------------------------------

PLACEHOLDER_HOSTS = {"", "null", "HOST_NAME_NOT_FOUND"}
IPV4 = re.compile(r"\d{1,3}(\.\d{1,3}){3}")
IPV6 = re.compile(r"[0-9A-Fa-f]*:[0-9A-Fa-f:.]*")
HOST_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]*")
PLAIN_NAME = re.compile(r"[A-Za-z][A-Za-z0-9._-]{0,63}")
HEX_RUN = re.compile(r"[0-9A-Fa-f]{16}")
PID = re.compile(r"\d{1,10}")


def is_address(text):
    return bool(IPV4.fullmatch(text) or IPV6.fullmatch(text))


def parse_host(text):
    if text.startswith("[") and text.endswith("]"):
        text = text[1:-1]
    if ":" in text:
        text = text.split("%")[0]
    if text in PLACEHOLDER_HOSTS or not (is_address(text) or HOST_NAME.fullmatch(text)):
        return ""
    return text


def parse_process(text):
    segments = text.split("@")
    if len(segments) > 1 and segments[-1] == "STREAM":
        segments.pop()
    first = segments[0]
    if "|" in first:
        # "AK|SK|group|pid" or "group|pid|nano": any other field may be a secret.
        return next((field for field in reversed(first.split("|")[-2:]) if PID.fullmatch(field)), "")
    number = re.match(r"(-1|\d+)(?=$|[#%_])", first)
    if number:
        return number.group() if PID.fullmatch(number.group()) else ""
    looks_like_name_servers = ":" in first or ";" in first or not first[:1].isdigit()
    if len(segments) > 1 and looks_like_name_servers and PID.fullmatch(segments[1]):
        return segments[1]
    plain = PLAIN_NAME.fullmatch(first) and first != "DEFAULT" and not HEX_RUN.search(first)
    return first if plain else ""


def parse_client_id(client_id):
    """(host, process); "" is unknown."""
    text = (client_id or "").strip()
    split_at = text.find("@", text.find("]") if text.startswith("[") else 0)
    if split_at < 0:
        return "", ""
    before, after = text[:split_at], text[split_at + 1:]
    old_cpp = re.fullmatch(r"(\d+)-(.+)", before)
    if old_cpp and is_address(old_cpp.group(2)):
        return old_cpp.group(2), old_cpp.group(1)
    return parse_host(before), parse_process(after)


CLIENT_IDS = [  # the rows of docs/client-ids.md
    ("10.0.0.7@16015", "10.0.0.7", "16015"),
    ("10.0.0.7@16015#1116941996974051", "10.0.0.7", "16015"),
    ("10.0.0.7@16015#1116941996974051@unitA", "10.0.0.7", "16015"),
    ("10.0.0.7@16015#1116941996974051@STREAM", "10.0.0.7", "16015"),
    ("10.0.0.7@16015@unitA@STREAM", "10.0.0.7", "16015"),
    ("10.0.0.7@DEFAULT", "10.0.0.7", ""),
    ("10.0.0.7@order-service", "10.0.0.7", "order-service"),
    ("10.0.0.7@-1#123456789", "10.0.0.7", ""),
    ("[fe80:0:0:0:1%eth0]@4242#99", "fe80:0:0:0:1", "4242"),
    ("fe80::1@4242#DEFAULT", "fe80::1", "4242"),
    ("${clientIP}@33318#1116941996974051", "", "33318"),
    ("null@4242#99", "", "4242"),
    ("@8#DEFAULT", "", "8"),
    ("4242-10.0.0.7@DEFAULT", "10.0.0.7", "4242"),
    ("10.0.0.7@4242#DEFAULT", "10.0.0.7", "4242"),
    ("web-7d9f@1@0@k3j2h1", "web-7d9f", "1"),
    ("web-7d9f@1#3_1716000000000", "web-7d9f", "1"),
    ("web-7d9f@1#3", "web-7d9f", "1"),
    ("HOST_NAME_NOT_FOUND@77@0@k3j2h1", "", "77"),
    ("missyourlove@77@5@abcdefghij", "missyourlove", "77"),
    ("10.0.0.7@4242%OpenMessaging%99", "10.0.0.7", "4242"),
    ("10.0.0.7@4242#-1795#99", "10.0.0.7", "4242"),
    ("10.0.0.7@AK|SK|g1|4242", "10.0.0.7", "4242"),
    ("10.0.0.7@AK|SK|g1", "10.0.0.7", ""),
    ("10.0.0.7@g1|4242|k3j2h1", "10.0.0.7", "4242"),
    ("10.0.0.7@ns1:9876;ns2:9876@4242@99", "10.0.0.7", "4242"),
    ("10.0.0.7@ns1:9876@4242", "10.0.0.7", "4242"),
    ("10.0.0.7@1716000000000", "10.0.0.7", ""),
    (None, "", ""),
]


def self_test():
    """The parser against its table; the differences."""
    return [f"client id {text!r}: {parse_client_id(text)}, not {(host, process)}"
            for text, host, process in CLIENT_IDS if parse_client_id(text) != (host, process)]


# ---- The recording ----------------------------------------------------------------------------------------------------------------

ENDPOINT = re.compile(r"/(topic|consumer|cluster|ops|login|rocketmq-dashboard)/[^/]*$")
KEY_PARAMETERS = ("topic", "consumerGroup", "address")

Answer = namedtuple("Answer", "reason data", defaults=(None, None))


def decode(entry):
    """What an entry says: its data, or the reason why not."""
    response = entry["response"]
    if response["status"] in (301, 302, 303, 307):
        return Answer("login_lost")
    try:
        envelope = json.loads(response["content"].get("text") or "")
        status = envelope["status"]
    except (ValueError, KeyError, TypeError):
        return Answer("bad_answer")
    if response["status"] != 200:
        return Answer("bad_answer")
    if status == 0:
        return Answer(data=envelope.get("data"))
    message = envelope.get("errMsg") or ""
    code = re.search(r"CODE: (\d+)", message)
    code = int(code.group(1)) if code else None
    if code == 16 or (code == 1 and "AclException" in message) or "no permission" in message or "user not login" in message:
        return Answer("no_permission")
    if "created already" in message or ("adminExt" in message and "should be init" in message):
        return Answer("overloaded")
    return Answer("status_error")


class Recording:
    """A HAR file that answers requests as rmqlag's replay must (docs/cli.md, --replay)."""

    def __init__(self, path):
        with open(path, encoding="utf-8") as file:
            self.entries = json.load(file)["log"]["entries"]
        self.keys = [self._key(entry["request"]) for entry in self.entries]
        self.floor = 0                # entries before the accepted login are looked at last
        self.asked = Counter()

    @staticmethod
    def _key(request):
        url = urlsplit(request["url"])
        endpoint = ENDPOINT.search(url.path)
        path = endpoint.group()[1:] if endpoint else url.path
        return request["method"], path, tuple(sorted(parse_qsl(url.query, keep_blank_values=True)))

    def _matches(self, method, path, parameters):
        exact = [i for i, key in enumerate(self.keys) if key == (method, path, tuple(sorted(parameters.items())))]
        if exact:
            return exact
        wanted = {name: parameters.get(name) for name in KEY_PARAMETERS}
        return [i for i, (other_method, other_path, others) in enumerate(self.keys)
                if (other_method, other_path) == (method, path) and {n: dict(others).get(n) for n in KEY_PARAMETERS} == wanted]

    def ask(self, path, **parameters):
        found = self._matches("GET", path, parameters)
        found = [i for i in found if i >= self.floor] or found
        if not found:
            return Answer("not_recorded")
        times = (self.floor, path, tuple(sorted(parameters.items())))
        index = found[min(self.asked[times], len(found) - 1)]
        self.asked[times] += 1
        return decode(self.entries[index])

    def log_in(self):
        """Goes behind the first accepted login; False where there is none."""
        for i, (method, path, _) in enumerate(self.keys):
            if method == "POST" and path == "login/login.do" and decode(self.entries[i]).reason is None:
                self.floor = i + 1
                return True
        return False

    def own_topics(self):
        return {dict(parameters).get("topic") for _, path, parameters in self.keys if path == "topic/queryConsumerByTopic.query"} - {None}

    def has(self, path):
        return any(key[1] == path for key in self.keys)


# ---- One pass ---------------------------------------------------------------------------------------------------------------------

def in_scope(topic):
    """Retry topics are on by default, dead letter topics off, system topics never on."""
    return not (topic.startswith((SYSTEM, DLQ, "rmq_sys_")) or topic in SYSTEM_TOPICS)


class Facts:
    """What is known about one group."""

    def __init__(self, item):
        self.members = item.get("count") or 0
        self.model = item.get("messageModel")
        self.addresses = sorted(set(item.get("address") or []))
        self.exists = self.members > 0 or (item.get("diffTotal") is not None and item["diffTotal"] >= 0)

    @property
    def broadcast(self):
        return self.model == "BROADCASTING"


class Pass:
    """One collection of a recording. Afterwards:
    rows        [Row]
    unknown     {(topic or None, group or None): reason}
    skipped     {(topic or None, group): reason}
    topics      Counter of read, unknown, carried
    failed      the reason why nothing could be read, or None
    """

    def __init__(self, path):
        self.recording = Recording(path)
        self.rows, self.unknown, self.skipped = [], {}, {}
        self.topics = Counter(read=0, unknown=0, carried=0)
        self.pairs = {}        # (topic, group) -> queues as the console gave them, less what is left out or unknown
        self.group_list = None
        self.queried = {}      # group -> Facts or None
        self.connections = {}  # group -> topics it subscribes, or None
        self.failed = self._begin()
        if self.failed:
            return
        self._read_topics()
        self.listed = set(self.pairs)
        if self.topics["unknown"] and not self.topics["read"]:
            self.failed = "nothing was answered"
        self._read_group_list()
        self._leave_out()
        self._judge_empty_pairs()
        self._read_unlisted_groups()
        self._make_rows()

    # Session and topic list.

    def _begin(self):
        check = self.recording.ask("login/check.query").data or {}
        wants_login = check.get("loginRequired") and not check.get("logined")
        if wants_login and not self.recording.log_in():
            return "login_lost"
        home = self.recording.ask("ops/homePage.query").data or {}
        self.by_address = "currentNamesrv" in home   # from G3 on a group is asked once per broker
        if not self.recording.has("topic/list.query"):
            self.scope = sorted(filter(in_scope, self.recording.own_topics()))
            return None
        answer = self.recording.ask("topic/list.query")
        if answer.reason == "login_lost" and self.recording.log_in():
            answer = self.recording.ask("topic/list.query")
        if answer.reason:
            return answer.reason
        self.scope = sorted(filter(in_scope, set(answer.data["topicList"])))
        return None

    def _read_topics(self):
        for topic in self.scope:
            answer = self.recording.ask("topic/queryConsumerByTopic.query", topic=topic)
            if answer.reason == "overloaded":
                answer = self.recording.ask("topic/queryConsumerByTopic.query", topic=topic)
            if answer.reason:
                self.unknown[topic, None] = answer.reason
                self.topics["unknown"] += 1
                continue
            self.topics["read"] += 1
            for group, info in answer.data.items():
                self.pairs[topic, group] = info["queueStatInfoList"]

    # Facts about groups.

    def _read_group_list(self):
        answer = self.recording.ask("consumer/groupList.query")
        if answer.reason is None:
            self.group_list = {item["group"]: Facts(item) for item in answer.data}

    def _facts_listed(self, group):
        return (self.group_list or {}).get(group)

    def _query(self, group):
        if group not in self.queried:
            answer = self.recording.ask("consumer/group.query", consumerGroup=group)
            self.queried[group] = None if answer.reason else Facts(answer.data)
        return self.queried[group]

    def _broadcast(self, group, doubtful):
        """True, False, or None where no facts can be had (rule 4). `doubtful`: all its offsets are 0, or a row has an owner."""
        facts = self._facts_listed(group)
        if facts is None or (facts.model is None and doubtful):
            facts = self._query(group) or facts
        return facts.broadcast if facts else None

    def _subscribed(self, group):
        """The topics in the group's subscription tables, or None where no table can be had."""
        if group not in self.connections:
            answers = [self.recording.ask("consumer/consumerConnection.query", consumerGroup=group, **where)
                       for where in self._where(self._facts_listed(group))]
            tables = [set(answer.data["subscriptionTable"]) for answer in answers if answer.data]
            self.connections[group] = set().union(*tables) if tables else None
        return self.connections[group]

    def _where(self, facts):
        """The parameters with which a group is asked: from G3 on once per broker address."""
        if not self.by_address:
            return [{}]
        return [{"address": address} for address in (facts.addresses if facts and facts.addresses else self._cluster_addresses())]

    def _cluster_addresses(self):
        cluster = self.recording.ask("cluster/list.query").data
        table = cluster["clusterInfo"]["brokerAddrTable"] if cluster else {}
        return sorted(broker["brokerAddrs"]["0"] for broker in table.values() if "0" in broker["brokerAddrs"])

    # Decisions.

    def _leave_out(self):
        """Ghosts (rule 11) and broadcast groups (rule 4)."""
        queues_of = {}
        for (_, group), queues in self.pairs.items():
            queues_of.setdefault(group, []).extend(queues)
        for topic, group in list(self.pairs):
            queues = self.pairs[topic, group]
            if self._ghost_suspect(topic, group, queues):
                facts = self._query(group)
                if facts is None:
                    self._make_unknown(topic, group, "ghost_suspect")
                    continue
                if not facts.exists:
                    self._skip(topic, group, "ghost")
                    continue
            committable = [queue for queue in queues_of[group] if queue["brokerOffset"] > 0]
            all_zero = bool(committable) and all(queue["consumerOffset"] == 0 for queue in committable)
            broadcast = self._broadcast(group, all_zero or any(queue["clientInfo"] for queue in queues_of[group]))
            if broadcast:
                self._skip(topic, group, "broadcast")
            elif broadcast is None and all_zero:
                self._make_unknown(topic, group, "model_unknown")

    def _ghost_suspect(self, topic, group, queues):
        return (group == topic and self._facts_listed(group) is None
                and all(queue["consumerOffset"] == 0 and queue["clientInfo"] is None for queue in queues))

    def _judge_empty_pairs(self):
        """Rule 2."""
        empty = [pair for pair, queues in self.pairs.items() if not queues]
        for topic, group in empty:
            table = self._subscribed(group)
            unlisted = [other for other in table or () if self._answered(other) and (other, group) not in self.listed]
            for other in unlisted:
                self.unknown[other, group] = "not_listed"
            another_was_read = any(g == group and t != topic and not t.startswith(RETRY) and q for (t, g), q in self.pairs.items())
            nothing_failed = not self.topics["unknown"]
            explained = table is not None and topic not in table and not unlisted and another_was_read and nothing_failed
            self._make_unknown(topic, group, "not_subscribed" if explained else "empty")

    def _answered(self, topic):
        return topic in self.scope and (topic, None) not in self.unknown and not topic.startswith(RETRY)

    def _read_unlisted_groups(self):
        """Rule 13: groups that are online, but under no topic."""
        if self.topics["unknown"] or not self.group_list:
            return
        seen = {group for topic, group in self.listed if not topic.startswith(RETRY)}
        for group, listed in sorted(self.group_list.items()):
            if listed.members == 0 or group in seen or group.startswith(SYSTEM):
                continue
            facts = self._query(group)
            if listed.broadcast or (facts and facts.broadcast):
                self._skip(None, group, "broadcast")
            elif facts is None:
                self.unknown[None, group] = "not_listed"
            elif facts.members > 0:
                self._read_group(group, listed)

    def _read_group(self, group, listed):
        answers = [self.recording.ask("consumer/queryTopicByConsumer.query", consumerGroup=group, **where) for where in self._where(listed)]
        infos = [info for answer in answers if not answer.reason for info in answer.data]
        told = any(not info["topic"].startswith(RETRY) for info in infos if in_scope(info["topic"]))
        if not told or any(answer.reason for answer in answers):
            self.unknown[None, group] = "not_listed"
            return
        for info in infos:
            if in_scope(info["topic"]):
                self.pairs.setdefault((info["topic"], group), []).extend(info["queueStatInfoList"])

    def _skip(self, topic, group, reason):
        self.pairs.pop((topic, group), None)
        self.skipped[topic, group] = reason

    def _make_unknown(self, topic, group, reason):
        self.pairs.pop((topic, group))
        self.unknown[topic, group] = reason

    def _make_rows(self):
        """Rule 6: a row counts once."""
        rows = {}
        for (topic, group), queues in self.pairs.items():
            for queue in queues:
                host, process = parse_client_id(queue["clientInfo"])
                row = Row(topic, group, queue["brokerName"], queue["queueId"], host, process,
                          queue["brokerOffset"], queue["consumerOffset"], queue["lastTimestamp"])
                rows.setdefault(row[:4], row)
        self.rows = [rows[key] for key in sorted(rows)]

    # Conclusions.

    def incomplete(self):
        """Pairs with fewer queues than another group of their topic (rule 15)."""
        queues = Counter((row.topic, row.group) for row in self.rows)
        most = Counter()
        for (topic, _), count in queues.items():
            most[topic] = max(most[topic], count)
        return {pair for pair, count in queues.items() if count < most[pair[0]]}

    def complete(self):
        return not self.failed and set(self.unknown.values()) <= {"not_subscribed", "broker_missing"}

    def members(self):
        """{group: the clients that the console counts}"""
        known = {group: facts.members for group, facts in (self.group_list or {}).items()}
        known.update({group: facts.members for group, facts in self.queried.items() if facts})
        return known


def count(reasons):
    return " ".join(f"{reason}:{n}" for reason, n in sorted(Counter(reasons).items())) or "-"


def summary(path):
    result = Pass(path)
    return (f"{path}: {f'failed ({result.failed}), ' if result.failed else ''}{len(result.rows)} rows, "
            f"unknown {count(result.unknown.values())}, skipped {count(result.skipped.values())}, "
            f"lag {sum(map(lag, result.rows))}, diff {sum(map(diff, result.rows))}, "
            f"topics {result.topics['read']} read {result.topics['unknown']} unknown")


if __name__ == "__main__":
    wrong = self_test()
    for line in wrong + [summary(path) for path in sys.argv[1:]]:
        print(line)
    sys.exit(1 if wrong else 0)

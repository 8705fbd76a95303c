// console_json_test.cc: the decoders of console_json.h on answers of real consoles of all generations and on hostile ones.
#include "rmqlag/console_json.h"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "support/catch.h"
#include "support/guarded_page.h"

using namespace rmqlag;

namespace {

/// Writes down what it gets: "g1" for a group, "broker-a/0 10-7 owner 5" for a queue.
class Rows : public TopicConsumersSink {
 public:
  void begin(std::string_view name) override { lines.emplace_back(name); }
  void queue(const QueueOffsets& q) override {
    lines.push_back(std::string(q.broker) + "/" + std::to_string(q.queue) + " " + std::to_string(q.broker_offset) + "-" +
                    std::to_string(q.consumer_offset) + " " + std::string(q.client_id.value_or("none")) + " " +
                    std::to_string(q.last_consumed_ms));
  }

  std::vector<std::string> lines;
};

using Lines = std::vector<std::string>;

std::string envelope(const std::string& data) { return R"({"status":0,"data":)" + data + R"(,"errMsg":null})"; }

std::string refusal(const std::string& reason) { return R"({"status":-1,"data":null,"errMsg":")" + reason + R"("})"; }

Lines rows_by_topic(const std::string& json) {
  Rows rows;
  const Expected<void> result = decode_consumers_by_topic(json, rows);
  INFO(json);
  if (!result) FAIL(result.error().message);
  return rows.lines;
}

Error error_by_topic(const std::string& json) {
  Rows rows;
  const Expected<void> result = decode_consumers_by_topic(json, rows);
  INFO(json);
  REQUIRE_FALSE(result.has_value());
  return result.error();
}

/// What is wrong with data that was to be a topic's groups.
std::string complaint(const std::string& data) {
  const Error error = error_by_topic(envelope(data));
  CHECK(error.code == ErrorCode::bad_answer);
  return error.message;
}

std::string one_queue(const std::string& members) { return R"({"g1":{"queueStatInfoList":[{)" + members + "}]}}"; }

std::string repeat(std::string_view text, int times) {
  std::string out;
  for (int i = 0; i < times; ++i) out += text;
  return out;
}

// Objects of a list are read in two ways: written as consoles write them, compact, with all members in order and plain values, they are
// taken whole; otherwise token by token, as is everything that has blanks between its tokens. Both ways must say the same.

struct Member {
  std::string name, value;
};
using Members = std::vector<Member>;

std::string object(const Members& members) {
  std::string text = "{";
  for (const Member& member : members) text += (text.size() > 1 ? ",\"" : "\"") + member.name + "\":" + member.value;
  return text + '}';
}

std::string list(const Lines& objects, const char* separator) {
  std::string text;
  for (std::size_t i = 0; i < objects.size(); ++i) text += (i != 0 ? separator : "") + objects[i];
  return text;
}

/// The same JSON with blanks around its tokens.
std::string spaced(std::string_view json) {
  std::string text;
  bool in_string = false, escaped = false;
  for (const char c : json) {
    const bool is_token = !in_string && std::string_view("{}[]:,").find(c) != std::string_view::npos;
    if (is_token) text += ' ';
    text += c;
    if (is_token) text += '\n';
    if (c == '"' && !escaped) in_string = !in_string;
    escaped = in_string && c == '\\' && !escaped;
  }
  return text;
}

/// What may be found in a member's place: in a good answer, in none, and in no JSON at all.
const Lines any_value = {
    "null", "true", "false", "0", "-0", "7", "-7", "2147483647", "2147483648", "-2147483648", "-2147483649", "99999999", "100000000",
    "999999999999999", "-999999999999999", "1000000000000000", "-1000000000000000", "99999999999999999", "999999999999999999",
    "9223372036854775807", "-9223372036854775808", "9223372036854775808", "99999999999999999999", "1234567890123456789012345",
    "1.5", "0.0", "1e3", "1E+3", "123456789012345.5", "123456789012345e1", R"("")", R"("x")", R"("7")", R"("null")", R"("a\"b")",
    R"("a\\")", R"("\u0041\n")", R"("\ud83d\ude00")", "\"\xE8\xAE\xA2\xE5\x8D\x95\"", "\"\x7F\"", R"("CLUSTERING")",
    "{}", "[]", R"({"queueId":1})", R"(["a","a"])", R"(["a",null])", "[[{}]]", R"([{"topic":"t"}])",
    R"([{"brokerName":"b","queueId":1,"brokerOffset":9,"consumerOffset":7,"clientInfo":"c","lastTimestamp":5}])",
    "01", "-", "+1", "1.", "1e", "nul", "nulll", "\"open", "\"\xFF\"", "\"\n\"", R"("\x")", R"("\ud83d")", "", "'x'", "7 7",
};

/// Objects that differ from one with plain members: in values, in which members there are, in their order, in what is not JSON.
Lines variations(const Members& plain) {
  const std::string whole = object(plain);
  Lines objects = {whole, '[' + whole + ']', whole + whole, whole + ',', ',' + whole, "{}", "null", "[]", "7", R"("x")", "true",
                   "",    "{",               "{,}",         R"({"x"})",  R"({"x":})", "{x:1}"};
  const auto add = [&](std::size_t at, auto change) {
    Members members = plain;
    change(members, members.begin() + static_cast<std::ptrdiff_t>(at));
    objects.push_back(object(members));
  };
  for (std::size_t i = 0; i <= plain.size(); ++i) {
    for (const char* const value : {"7", "null", R"({"queueId":[{"topic":"}"}]})", "[{}]", R"("a\"")", ""}) {
      add(i, [&](Members& members, auto at) { members.insert(at, {"future", value}); });
    }
  }
  for (std::size_t i = 0; i < plain.size(); ++i) {
    for (const std::string& value : any_value) add(i, [&](Members&, auto at) { at->value = value; });
    add(i, [](Members&, auto at) { at->name.back() ^= 1; });
    add(i, [](Members&, auto at) { at->name += 'x'; });
    add(i, [](Members& members, auto at) { members.erase(at); });
    add(i, [](Members& members, auto at) { members.erase(at, members.end()); });
    add(i, [](Members& members, auto at) { std::rotate(members.begin(), at, members.end()); });
    for (std::size_t j = 0; j < plain.size(); ++j) {
      add(i, [&](Members& members, auto at) { std::swap(*at, members[j]); });
      for (const char* const value : {"null", "7", R"("y")", "1.5", "[]", "01"}) {
        add(i, [&](Members& members, auto at) { at->value = "2147483648", members[j].value = value; });  // mostly two bad ones
        add(i, [&](Members& members, auto at) { members.insert(at, {plain[j].name, value}); });          // one is there twice
      }
    }
  }
  return objects;
}

/// What an answer says, a line an object of its list, or what is wrong with it.
struct Outcome {
  Lines lines;
  std::optional<ErrorCode> code;
  std::string message;  // without the byte where it is, which is another one if there are blanks

  bool operator==(const Outcome&) const = default;
};

template <class T>
Outcome outcome(const Expected<T>& result, Lines lines) {
  if (result) return {std::move(lines), {}, {}};
  const std::string& message = result.error().message;
  return {{}, result.error().code, message.substr(0, message.rfind(", at byte "))};
}

Outcome topic_rows(std::string_view json) {
  Rows rows;
  const Expected<void> result = decode_consumers_by_topic(json, rows);
  return outcome(result, rows.lines);
}

Outcome group_rows(std::string_view json) {
  Rows rows;
  const Expected<void> result = decode_topics_by_consumer(json, rows);
  return outcome(result, rows.lines);
}

Outcome groups(std::string_view json) {
  const auto result = decode_group_list(json);
  Lines lines;
  for (const GroupInfo& group : result ? *result : std::vector<GroupInfo>()) {
    const std::string flags{group.broadcast ? *group.broadcast ? 'b' : 'c' : '-', group.has_address_member ? 'a' : '-',
                            group.has_update_time_member ? 'u' : '-'};
    std::string& line = lines.emplace_back(group.group + ' ' + flags);
    for (const auto& number : {group.members, group.diff_total}) line += ' ' + (number ? std::to_string(*number) : "none");
    for (const std::string& address : group.addresses) line += ' ' + address;
  }
  return outcome(result, lines);
}

Outcome clients(std::string_view json) {
  const auto result = decode_consumer_connection(json);
  Lines lines;
  for (const auto& client : result ? result->clients : std::vector<ConsumerConnection::Client>()) {
    lines.push_back(client.client_id + " at " + client.address);
  }
  return outcome(result, lines);
}

/// A list of objects in an answer, three of them plain.
struct PlainList {
  std::string begin;
  Members first, middle, last;
  std::string end;
  std::size_t lines_before;
  Outcome (*decode)(std::string_view json);

  std::string answer(const Lines& objects, const char* separator = ",") const { return envelope(begin + list(objects, separator) + end); }
};

Members queue_members(const char* broker, const char* id, const char* end, const char* position, const char* client, const char* time) {
  return {{"brokerName", broker},       {"queueId", id},        {"brokerOffset", end},
          {"consumerOffset", position}, {"clientInfo", client}, {"lastTimestamp", time}};
}

Members group_members(const char* name, const char* count, const char* model, const char* diff) {
  return {{"group", name}, {"count", count}, {"messageModel", model}, {"diffTotal", diff}, {"address", "null"}, {"updateTime", "null"}};
}

std::vector<PlainList> plain_lists() {
  const Members first = queue_members(R"("broker-a")", "0", "103", "100", R"("10.0.0.7@16015#1116941996974051")", "1571911971679");
  const Members middle = queue_members(R"("broker-a")", "1", "123456789012", "123456789", R"("10.0.0.8@7")", "1571911971680");
  const Members last = queue_members(R"("broker-b")", "12", "5", "958", "null", "0");
  return {
      {R"({"g0":{},"g1":{"diffTotal":3,"queueStatInfoList":[)", first, middle, last, R"(]},"g2":{}})", 2, topic_rows},
      {R"([{"topic":"t0"},{"topic":"t1","diffTotal":3,"queueStatInfoList":[)", first, middle, last, R"(]},{"topic":"t2"}])", 2, group_rows},
      {"[",
       {{"topic", R"("t0")"}, {"queueStatInfoList", "null"}},
       {{"topic", R"("t1")"}, {"queueStatInfoList", "null"}},
       {{"topic", R"("t2")"}, {"queueStatInfoList", "null"}},
       "]", 0, group_rows},
      {"[", group_members(R"("g0")", "2", R"("CLUSTERING")", "8"), group_members(R"("g1")", "0", "null", "-1"),
       group_members(R"("g2")", "1", R"("BROADCASTING")", "0"), "]", 0, groups},
      {R"({"connectionSet":[)",
       {{"clientId", R"("c0")"}, {"clientAddr", R"("10.0.0.7:5")"}},
       {{"clientId", R"("c1")"}, {"clientAddr", "null"}},
       {{"clientId", R"("c2")"}, {"clientAddr", R"("10.0.0.8:5")"}},
       R"(],"messageModel":"CLUSTERING"})", 0, clients},
  };
}

}  // namespace

TEST_CASE("console_json: consumers by topic") {
  CHECK(rows_by_topic(envelope("{}")).empty());
  CHECK(rows_by_topic(envelope(
            R"({"g1":{"topic":"orders","diffTotal":3,"lastTimestamp":1571911971683,"queueStatInfoList":[)"
            R"({"brokerName":"broker-a","queueId":0,"brokerOffset":103,"consumerOffset":100,)"
            R"("clientInfo":"10.0.0.7@16015#1116941996974051","lastTimestamp":1571911971679},)"
            R"({"brokerName":"broker-b","queueId":3,"brokerOffset":5,"consumerOffset":958,"clientInfo":null,"lastTimestamp":0}]},)"
            R"("g2":{"topic":"orders","diffTotal":0,"lastTimestamp":0,"queueStatInfoList":[]}})")) ==
        Lines{"g1", "broker-a/0 103-100 10.0.0.7@16015#1116941996974051 1571911971679", "broker-b/3 5-958 none 0", "g2"});
}

TEST_CASE("console_json: members of a queue come in any order, others are ignored, of two the last stands") {
  const std::string plain = R"("brokerName":"b","queueId":1,"brokerOffset":9,"consumerOffset":7)";
  const auto members = GENERATE_COPY(values<std::string>({
      plain,
      R"("consumerOffset":7,"brokerOffset":9,"queueId":1,"brokerName":"b")",
      plain + R"(,"clientInfo":null,"lastTimestamp":null)",
      R"("brokerOffset":1,"clientInfo":"x",)" + plain + R"(,"clientInfo":null)",
      R"("future":{"brokerOffset":[{"queueId":"x"}]},)" + plain + R"(,"":[[]],"queueID":5)",
      R"("brokerN\u0061me":"?",)" + plain + R"(,"lastTimestamp":-0)",
  }));
  CHECK(rows_by_topic(envelope(one_queue(members))) == Lines{"g1", "b/1 9-7 none 0"});
}

TEST_CASE("console_json: what one queue lacks, it does not take from the one before") {
  CHECK(rows_by_topic(envelope(one_queue(
            R"("brokerName":"b","queueId":0,"brokerOffset":1,"consumerOffset":1,"clientInfo":"c","lastTimestamp":5},)"
            R"({"brokerName":"b","queueId":1,"brokerOffset":2,"consumerOffset":2)"))) ==
        Lines{"g1", "b/0 1-1 c 5", "b/1 2-2 none 0"});
  CHECK_THAT(complaint(one_queue(R"("brokerName":"b","queueId":0,"brokerOffset":1,"consumerOffset":1},{"brokerName":"b")")),
             ContainsSubstring("data.g1.queueStatInfoList[1]: a member is missing: queueId"));
}

TEST_CASE("console_json: a group without a list of queues is a group without queues") {
  CHECK(rows_by_topic(envelope(R"({"g1":{},"g2":{"queueStatInfoList":null}})")) == Lines{"g1", "g2"});
}

TEST_CASE("console_json: offsets are read to the last digit") {
  CHECK(rows_by_topic(envelope(one_queue(
            R"("brokerName":"b","queueId":-2147483648,"brokerOffset":9223372036854775807,"consumerOffset":-9223372036854775808)"))) ==
        Lines{"g1", "b/-2147483648 9223372036854775807--9223372036854775808 none 0"});
}

TEST_CASE("console_json: a wrong value is told with its path") {
  struct Case {
    std::string data, message;
  };
  const auto c = GENERATE(values<Case>({
      {"null", "data: not an object: null"},
      {"[]", "data: not an object: an array"},
      {"\"x\"", "data: not an object: a string"},
      {"true", "data: not an object: true"},
      {R"({"g1":null})", "data.g1: not an object: null"},
      {R"({"g1":[]})", "data.g1: not an object: an array"},
      {R"({"g1":{},"g1":{}})", "data.g1: given twice: a name"},
      {R"({"g1":{"queueStatInfoList":{}}})", "data.g1.queueStatInfoList: not an array: an object"},
      {R"({"g1":{"queueStatInfoList":[],"queueStatInfoList":[]}})", "data.g1.queueStatInfoList: given twice: an array"},
      {R"({"g1":{"queueStatInfoList":[],"queueStatInfoList":null}})", "data.g1.queueStatInfoList: given twice: null"},
      {R"({"g0":{},"g1":{"queueStatInfoList":[null]}})", "data.g1.queueStatInfoList[0]: not an object: null"},
      {R"({"g1":{"queueStatInfoList":[[]]}})", "data.g1.queueStatInfoList[0]: not an object: an array"},
      {one_queue(""), "data.g1.queueStatInfoList[0]: a member is missing: brokerName"},
      {one_queue(R"("brokerName":null)"), "data.g1.queueStatInfoList[0].brokerName: not a string: null"},
      {one_queue(R"("brokerName":7)"), "data.g1.queueStatInfoList[0].brokerName: not a string: 7"},
      {one_queue(R"("brokerName":[])"), "data.g1.queueStatInfoList[0].brokerName: not a string: an array"},
      {one_queue(R"("clientInfo":{})"), "data.g1.queueStatInfoList[0].clientInfo: not a string: an object"},
      {one_queue(R"("brokerName":1.5)"), "data.g1.queueStatInfoList[0].brokerName: not a string: 1.5"},
      {one_queue(R"("queueId":2147483648)"), "data.g1.queueStatInfoList[0].queueId: a number beyond 32 bits: 2147483648"},
      {one_queue(R"("queueId":-2147483649)"), "data.g1.queueStatInfoList[0].queueId: a number beyond 32 bits: -2147483649"},
      {one_queue(R"("brokerOffset":9223372036854775808)"),
       "data.g1.queueStatInfoList[0].brokerOffset: a number beyond 64 bits: 9223372036854775808"},
      {one_queue(R"("brokerOffset":-9223372036854775809)"),
       "data.g1.queueStatInfoList[0].brokerOffset: a number beyond 64 bits: -9223372036854775809"},
      {one_queue(R"("brokerOffset":1.0)"), "data.g1.queueStatInfoList[0].brokerOffset: not an integer: 1.0"},
      {one_queue(R"("brokerOffset":1e2)"), "data.g1.queueStatInfoList[0].brokerOffset: not an integer: 1e2"},
      {one_queue(R"("brokerOffset":-0.0)"), "data.g1.queueStatInfoList[0].brokerOffset: not an integer: -0.0"},
      {one_queue(R"("brokerOffset":"7")"), "data.g1.queueStatInfoList[0].brokerOffset: not an integer: a string"},
      {one_queue(R"("brokerOffset":false)"), "data.g1.queueStatInfoList[0].brokerOffset: not an integer: false"},
      {one_queue(R"("lastTimestamp":"now")"), "data.g1.queueStatInfoList[0].lastTimestamp: not an integer: a string"},
  }));
  CHECK(complaint(c.data) == c.message);
}

TEST_CASE("console_json: names in a path are one line and short") {
  CHECK(complaint(R"({"a\n\u0000b\u007f":7})") == "data.a  b: not an object: 7");
  CHECK(complaint("{\"" + std::string(200, 'x') + "\":7}") == "data." + std::string(80, 'x') + "...: not an object: 7");
  CHECK(complaint("{\"" + repeat("\xE2\x82\xAC", 200) + "\":7}") == "data." + repeat("\xE2\x82\xAC", 26) + "...: not an object: 7");
  CHECK(complaint(one_queue(R"("brokerOffset":0.)" + std::string(5000, '1'))).size() < 150);
}

TEST_CASE("console_json: the envelope is due") {
  struct Case {
    std::string json, message;
  };
  const auto c = GENERATE(values<Case>({
      {"", "an empty body where JSON was due"},
      {" \r\n", "an empty body where JSON was due"},
      {"<!doctype html><html lang=\"en\">", "HTML where JSON was due"},
      {"\n <html>", "HTML where JSON was due"},
      {"Invalid CORS request", "not JSON: an invalid value, at byte 0"},
      {R"({"status":0,"data":{"g1":{"que)", "the JSON ends too early, at byte 30"},
      {R"({"status":0,"data":{})", "the JSON ends too early, at byte 21"},
      {R"({"status":0,"data":{},})", "not JSON: a member's name is missing, at byte 22"},
      {envelope("{}") + "{}", "not JSON: more text after the value, at byte 36"},
      {envelope("{}") + std::string("\0garbage", 8), "not JSON: more text after the value, at byte 36"},
      {envelope("{\"\xFF\":{}}"), "not JSON: invalid UTF-8, at byte 21"},
      {repeat("[", 100'000), "not an object: an array"},
      {"{\"a\":" + repeat("[", 100'000), "not JSON: nested too deeply, at byte 68"},
      {repeat("{\"a\":", 100'000), "not JSON: nested too deeply, at byte 320"},
      {"[]", "not an object: an array"},
      {"7", "not an object: 7"},
      {"null", "not an object: null"},
      {"{}", "a member is missing: status"},
      {R"({"status":0,"errMsg":null})", "a member is missing: data"},
      {R"({"data":{},"errMsg":null})", "a member is missing: status"},
      {R"({"status":null,"data":{}})", "status: not an integer: null"},
      {R"({"status":"0","data":{}})", "status: not an integer: a string"},
      {R"({"status":0.0,"data":{}})", "status: not an integer: 0.0"},
      {R"({"status":0,"data":{},"data":{}})", "data: given twice: an object"},
      {R"({"status":-1,"data":null,"errMsg":5})", "data: not an object: null"},
      {R"({"timestamp":1795352686241,"status":404,"error":"Not Found","message":"No message available","path":"/login/check.query"})",
       "not the console's answer: status 404 without an errMsg"},
      {R"({"code":200,"message":"success","data":{}})", "a member is missing: status"},
  }));
  const Error error = error_by_topic(c.json);
  CHECK(error.code == ErrorCode::bad_answer);
  CHECK(error.message == c.message);
}

TEST_CASE("console_json: a byte order mark in front does no harm") {
  CHECK(rows_by_topic("\xEF\xBB\xBF" + envelope(R"({"g1":{}})")) == Lines{"g1"});
}

TEST_CASE("console_json: what is ignored may be deep, but not too deep") {
  const auto ignored = [](int depth) { return envelope(R"({"g1":{"x":)" + repeat("[", depth) + repeat("]", depth) + "}}"); };
  CHECK(rows_by_topic(ignored(61)) == Lines{"g1"});
  CHECK_THAT(error_by_topic(ignored(62)).message, ContainsSubstring("nested too deeply"));
}

TEST_CASE("console_json: a status that is not 0 wins over everything, wherever it stands") {
  const auto json = GENERATE(values<std::string>({
      R"({"status":-1,"data":null,"errMsg":"no"})",
      R"({"errMsg":"no","data":null,"status":-1})",
      R"({"data":{"g1":{"queueStatInfoList":[]}},"errMsg":"no","status":-1})",
      R"({"data":{"g1":{"queueStatInfoList":"broken"}},"status":-1,"errMsg":"no"})",
      R"({"data":"not there","errMsg":"no","status":1})",
      R"({"status":-1,"errMsg":"no"})",
      R"({"status":0,"errMsg":null,"data":null,"status":-1,"errMsg":"no"})",
  }));
  const Error error = error_by_topic(json);
  CHECK(error.code == ErrorCode::status_error);
  CHECK(error.message == "no");
  CHECK(decode_topic_list(json).error().code == ErrorCode::status_error);
}

TEST_CASE("console_json: the kind of no") {
  struct Case {
    std::string reason;
    ErrorCode code;
  };
  const auto c = GENERATE(values<Case>({
      {"org.apache.rocketmq.client.exception.MQClientException: CODE: 17  DESC: No topic route info in name server for the topic: X",
       ErrorCode::status_error},
      {"MQBrokerException: CODE: 16  DESC: not allowed", ErrorCode::no_permission},
      {"MQBrokerException: CODE: 1  DESC: org.apache.rocketmq.acl.common.AclException: No accessKey", ErrorCode::no_permission},
      {"MQBrokerException: CODE: 1  DESC: something else", ErrorCode::status_error},
      {"MQBrokerException: CODE: 17  DESC: AclException", ErrorCode::status_error},
      {"CODE: 160  DESC: x", ErrorCode::status_error},
      {"CODE: 99999999999999999999 DESC: x", ErrorCode::status_error},
      {"CODE: ", ErrorCode::status_error},
      {"no permission", ErrorCode::no_permission},
      {"user not login", ErrorCode::no_permission},
      {"org.apache.rocketmq.client.exception.MQClientException: The adminExt group[admin_ext_group] has created already, specifed another",
       ErrorCode::overloaded},
      {"java.lang.IllegalStateException: defaultMQAdminExt should be init before you get this", ErrorCode::overloaded},
      {"Cache is being built, please try again later", ErrorCode::status_error},
  }));
  const Error error = error_by_topic(refusal(c.reason));
  CHECK(error.code == c.code);
  CHECK_THAT(c.reason, ContainsSubstring(error.message));
}

TEST_CASE("console_json: the reason is one line, short, and never empty") {
  const auto reason = [](const std::string& text) { return error_by_topic(refusal(text)).message; };
  CHECK(reason(R"(no route\nSee\r\nhttp)") == "no route See  http");
  CHECK(reason(R"( \t padded \n)") == "padded");
  CHECK(reason(std::string(1000, 'x')) == std::string(300, 'x') + "...");
  CHECK(reason("xx" + repeat("\xE2\x82\xAC", 1000)) == "xx" + repeat("\xE2\x82\xAC", 99) + "...");
  CHECK(reason("") == "the console gave no reason");
  CHECK(reason(R"(\n)") == "the console gave no reason");
  CHECK(error_by_topic(R"({"status":-1,"data":null,"errMsg":null})").message == "the console gave no reason");
}

TEST_CASE("console_json: no message tells a client id") {
  const std::string client_id = "10.0.0.7@AKIDEXAMPLE@topsecret";
  const auto told = [&](const Error& error) { return error.message.find("topsecret") != std::string::npos; };
  CHECK_FALSE(told(error_by_topic(refusal("the client " + client_id + " is gone"))));
  CHECK_FALSE(told(error_by_topic(refusal(R"(the client\n)" + client_id + R"(\nis gone)"))));
  CHECK_FALSE(told(error_by_topic(envelope("{\"" + client_id + "\":7}"))));
  CHECK_FALSE(told(error_by_topic(envelope(one_queue("\"brokerOffset\":\"" + client_id + "\"")))));
}

TEST_CASE("console_json: topics by consumer") {
  Rows rows;
  const std::string queue = R"({"brokerName":"b","queueId":0,"brokerOffset":9,"consumerOffset":7,"clientInfo":"c","lastTimestamp":5})";
  const std::string bare_queue = R"({"brokerName":"b2","queueId":1,"brokerOffset":4,"consumerOffset":4})";
  const std::string topics = R"([{"topic":"orders","diffTotal":2,"queueStatInfoList":[)" + queue + "," + bare_queue + "]}," +
                             R"({"queueStatInfoList":[)" + bare_queue + R"(],"topic":"%RETRY%g"},)" +
                             R"({"topic":"quiet","queueStatInfoList":[]},{"topic":"orders","queueStatInfoList":null}])";
  REQUIRE(decode_topics_by_consumer(envelope(topics), rows));
  CHECK(rows.lines == Lines{"orders", "b/0 9-7 c 5", "b2/1 4-4 none 0", "%RETRY%g", "b2/1 4-4 none 0", "quiet", "orders"});

  CHECK(decode_topics_by_consumer(envelope("[]"), rows));
  const auto complaint_about = [&rows](const std::string& data) { return decode_topics_by_consumer(envelope(data), rows).error().message; };
  CHECK(complaint_about(R"([{"queueStatInfoList":[]}])") == "data[0]: a member is missing: topic");
  CHECK(complaint_about("{}") == "data: not an array: an object");
  CHECK(complaint_about(R"([{"topic":"t"},{"topic":"t","queueStatInfoList":[{"queueId":true}]}])") ==
        "data[1].queueStatInfoList[0].queueId: not an integer: true");
}

TEST_CASE("console_json: topic list") {
  const auto list = decode_topic_list(envelope(R"({"topicList":["%SYS%TBW102","%RETRY%svc%billing|eu","orders",""],"brokerAddr":null})"));
  REQUIRE(list);
  CHECK(list->topics == Lines{"%SYS%TBW102", "%RETRY%svc%billing|eu", "orders", ""});
  CHECK(decode_topic_list(envelope(R"({"topicList":[]})"))->topics.empty());
  CHECK(decode_topic_list(envelope("{}")).error().message == "data: a member is missing: topicList");
  CHECK(decode_topic_list(envelope(R"({"topicList":null})")).error().message == "data.topicList: not an array: null");
  CHECK(decode_topic_list(envelope(R"({"topicList":["a",null]})")).error().message == "data.topicList[1]: not a string: null");
}

TEST_CASE("console_json: group list, from the oldest generation to the newest") {
  const auto list = decode_group_list(envelope(
      R"([{"group":"g-many","version":"V4_9_7","count":10,"consumeType":"CONSUME_PASSIVELY","messageModel":"CLUSTERING",)"
      R"("consumeTps":6,"diffTotal":8},)"
      R"({"group":"%SYS%g","count":0,"messageModel":null,"diffTotal":-1,"address":["a:1","b:1","a:1"],"subGroupType":"SYSTEM"},)"
      R"({"group":"g-bcast","count":2,"messageModel":"BROADCASTING","diffTotal":-1,"address":null,"updateTime":null},)"
      R"({"group":"bare"}])"));
  REQUIRE(list);
  REQUIRE(list->size() == 4);

  const GroupInfo& oldest = (*list)[0];
  CHECK(oldest.group == "g-many");
  CHECK(oldest.members == 10);
  CHECK(oldest.broadcast == false);
  CHECK(oldest.diff_total == 8);
  CHECK(oldest.addresses.empty());
  CHECK_FALSE(oldest.has_address_member);
  CHECK_FALSE(oldest.has_update_time_member);

  const GroupInfo& middle = (*list)[1];
  CHECK(middle.group == "%SYS%g");
  CHECK(middle.members == 0);
  CHECK_FALSE(middle.broadcast.has_value());
  CHECK(middle.diff_total == -1);
  CHECK(middle.addresses == Lines{"a:1", "b:1"});
  CHECK(middle.has_address_member);
  CHECK_FALSE(middle.has_update_time_member);

  const GroupInfo& newest = (*list)[2];
  CHECK(newest.broadcast == true);
  CHECK(newest.addresses.empty());
  CHECK(newest.has_address_member);
  CHECK(newest.has_update_time_member);

  const GroupInfo& bare = (*list)[3];
  CHECK(bare.group == "bare");
  CHECK_FALSE(bare.members.has_value());
  CHECK_FALSE(bare.broadcast.has_value());
  CHECK_FALSE(bare.diff_total.has_value());
  CHECK_FALSE(bare.has_address_member);
  CHECK_FALSE(bare.has_update_time_member);

  CHECK(decode_group_list(envelope(R"([{"group":"g"},{"count":1}])")).error().message == "data[1]: a member is missing: group");
  CHECK(decode_group_list(envelope(R"([{"group":"g","address":["a",1]}])")).error().message == "data[0].address[1]: not a string: 1");
}

TEST_CASE("console_json: one group") {
  const auto group = decode_group(envelope(
      R"({"group":"g-never","version":null,"count":0,"consumeType":null,"messageModel":null,)"
      R"("consumeTps":0,"diffTotal":-1,"address":null,"updateTime":null})"));
  REQUIRE(group);
  CHECK(group->group == "g-never");
  CHECK(group->members == 0);
  CHECK(group->diff_total == -1);
  CHECK_FALSE(group->broadcast.has_value());
  CHECK(group->has_address_member);
  CHECK(decode_group(envelope(R"({"group":"g","messageModel":"TELEPATHY"})"))->broadcast == std::nullopt);
  CHECK(decode_group(envelope("[]")).error().message == "data: not an object: an array");
}

TEST_CASE("console_json: consumer connections") {
  const auto connection = decode_consumer_connection(envelope(
      R"({"connectionSet":[{"clientId":"10.0.0.7@1","clientAddr":"10.0.0.7:5","language":"JAVA","version":399,"versionDesc":"V4_9_7"},)"
      R"({"clientId":"c2","clientAddr":null,"language":null}],)"
      R"("subscriptionTable":{"orders":{"topic":"orders","tagsSet":[]},"%RETRY%g":null},"messageModel":"BROADCASTING"})"));
  REQUIRE(connection);
  REQUIRE(connection->clients.size() == 2);
  CHECK(connection->clients[0].client_id == "10.0.0.7@1");
  CHECK(connection->clients[0].address == "10.0.0.7:5");
  CHECK(connection->clients[1].client_id == "c2");
  CHECK(connection->clients[1].address.empty());
  CHECK(connection->subscribed_topics == Lines{"orders", "%RETRY%g"});
  CHECK(connection->broadcast == true);
  CHECK(decode_consumer_connection(envelope(R"({"connectionSet":[]})"))->clients.empty());
  CHECK(decode_consumer_connection(envelope(R"({"connectionSet":[{}]})")).error().message ==
        "data.connectionSet[0]: a member is missing: clientId");
}

TEST_CASE("console_json: cluster list") {
  const auto cluster = decode_cluster_list(envelope(
      R"({"brokerServer":{"broker-b":{"0":{"bootTimestamp":"17953"}}},"clusterInfo":{"brokerAddrTable":{)"
      R"("broker-a":{"cluster":"C","brokerName":"broker-a","brokerAddrs":{"1":"s:1","0":"10.0.0.1:10911"}},)"
      R"("broker-b":{"brokerName":"broker-b","brokerAddrs":{"1":"s:1"}},)"
      R"("broker-c":{"cluster":"C","brokerAddrs":null}},"clusterAddrTable":{"C":["broker-a"]}}})"));
  REQUIRE(cluster);
  REQUIRE(cluster->brokers.size() == 3);
  CHECK(cluster->brokers[0].name == "broker-a");
  CHECK(cluster->brokers[0].cluster == "C");
  CHECK(cluster->brokers[0].master_address == "10.0.0.1:10911");
  CHECK(cluster->brokers[1].cluster.empty());
  CHECK(cluster->brokers[1].master_address.empty());
  CHECK(cluster->brokers[2].name == "broker-c");
  CHECK(cluster->brokers[2].master_address.empty());
  CHECK(decode_cluster_list(envelope(R"({"clusterInfo":{}})")).error().message == "data.clusterInfo: a member is missing: brokerAddrTable");
  CHECK(decode_cluster_list(envelope(R"({"clusterInfo":{"brokerAddrTable":{"b":{"brokerAddrs":{"0":1}}}}})")).error().message ==
        "data.clusterInfo.brokerAddrTable.b.brokerAddrs.0: not a string: 1");
}

TEST_CASE("console_json: home page, login and token") {
  CHECK_FALSE(decode_home_page(envelope(R"({"useVIPChannel":false,"namesvrAddrList":["n:1"]})"))->current_namesrv.has_value());
  CHECK(decode_home_page(envelope(R"({"namesvrAddrList":["n:1"],"currentNamesrv":"n:1","useTLS":false})"))->current_namesrv == "n:1");

  const auto check = decode_login_check(envelope(R"({"loginRequired":true,"logined":false})"));
  REQUIRE(check);
  CHECK(check->required);
  CHECK_FALSE(check->logged_in);
  CHECK(decode_login_check(envelope(R"({"loginRequired":true})")).error().message == "data: a member is missing: logined");
  CHECK(decode_login_check(envelope(R"({"loginRequired":1,"logined":true})")).error().message ==
        "data.loginRequired: not true or false: 1");

  const auto token = decode_csrf_token(envelope(R"({"headerName":"X-XSRF-TOKEN","parameterName":"_csrf","token":"21dca6d4"})"));
  REQUIRE(token);
  CHECK(token->token == "21dca6d4");
  CHECK(token->header_name == "X-XSRF-TOKEN");

  for (const char* data : {R"("/rmq")", R"({"loginUserName":"admin","loginUserRole":1,"contextPath":""})", "null"}) {
    CHECK(decode_login(envelope(data)));
  }
  const auto rejected = decode_login(refusal("Bad username or password!"));
  REQUIRE_FALSE(rejected.has_value());
  CHECK(rejected.error().code == ErrorCode::login_rejected);
  CHECK(rejected.error().message == "Bad username or password!");
  CHECK(decode_login("<html>").error().code == ErrorCode::bad_answer);
  CHECK(decode_login(R"({"timestamp":1,"status":403,"error":"Forbidden"})").error().code == ErrorCode::bad_answer);
}

TEST_CASE("console_json: topic stats are summed, and not beyond 64 bits") {
  const auto stats = decode_topic_stats(envelope(
      R"({"topicPutTps":0.0,"offsetTable":{)"
      R"("MessageQueue [topic=t, brokerName=b, queueId=0]":{"minOffset":5,"maxOffset":9,"lastUpdateTimestamp":0},)"
      R"("MessageQueue [topic=t, brokerName=b, queueId=1]":{"maxOffset":100,"minOffset":0}}})"));
  REQUIRE(stats);
  CHECK(stats->messages == 104);
  CHECK(decode_topic_stats(envelope(R"({"offsetTable":{}})"))->messages == 0);
  CHECK(decode_topic_stats(envelope(R"({"offsetTable":{"q":{"minOffset":5}}})")).error().message ==
        "data.offsetTable.q: a member is missing: maxOffset");
  const auto beyond = GENERATE(values<std::string>({
      R"({"q":{"minOffset":-1,"maxOffset":9223372036854775807}})",
      R"({"q":{"minOffset":0,"maxOffset":9223372036854775807},"r":{"minOffset":0,"maxOffset":1}})",
  }));
  CHECK_THAT(decode_topic_stats(envelope(R"({"offsetTable":)" + beyond + "}")).error().message, ContainsSubstring("beyond 64 bits"));
}

TEST_CASE("console_json: RocketMQ Studio is told by its envelope") {
  CHECK(is_studio_envelope(R"({"code":200,"message":"success","data":{"status":0}})"));
  CHECK(is_studio_envelope(R"({"message":"unauthorized","code":401})"));
  CHECK_FALSE(is_studio_envelope(R"({"code":1,"status":0})"));
  CHECK_FALSE(is_studio_envelope(R"({"data":{"code":200}})"));
  CHECK_FALSE(is_studio_envelope(envelope("{}")));
  CHECK_FALSE(is_studio_envelope(R"({"code":200)"));
  CHECK_FALSE(is_studio_envelope("[]"));
  CHECK_FALSE(is_studio_envelope(""));
}

TEST_CASE("console_json: an odd object among plain ones is read as if there were blanks, and so are those around it") {
  for (const PlainList& kind : plain_lists()) {
    const std::string first = object(kind.first), last = object(kind.last);
    const Lines plain_lines = kind.decode(kind.answer({first, last})).lines;
    REQUIRE(plain_lines.size() >= kind.lines_before + 2);
    std::size_t good = 0, bad = 0;
    for (const std::string& odd : variations(kind.middle)) {
      for (const Lines& objects : {Lines{odd, first, last}, Lines{first, odd, last}, Lines{first, last, odd}}) {
        const std::string answer = kind.answer(objects);
        const Outcome outcome = kind.decode(answer);
        for (const std::string& with_blanks : {spaced(answer), kind.answer(objects, " , ")}) {
          const Outcome same = kind.decode(with_blanks);
          if (outcome == same) continue;
          CAPTURE(answer, with_blanks);
          CHECK(outcome.message == same.message);
          CHECK(outcome.code == same.code);
          REQUIRE(outcome.lines == same.lines);
        }
        ++(outcome.code ? bad : good);
        if (outcome.code) continue;
        const auto place = static_cast<std::size_t>(std::ranges::find(objects, odd) - objects.begin());
        Lines lines_around = outcome.lines;
        CAPTURE(odd);
        REQUIRE(lines_around.size() > plain_lines.size());
        const auto begin = lines_around.begin() + static_cast<std::ptrdiff_t>(kind.lines_before + place);
        lines_around.erase(begin, begin + static_cast<std::ptrdiff_t>(lines_around.size() - plain_lines.size()));
        if (lines_around != plain_lines) REQUIRE(lines_around == plain_lines);
      }
    }
    CHECK(good > 50);
    CHECK(bad > 50);
  }
}

TEST_CASE("console_json: an answer that is cut off anywhere is an error, with blanks and without, and nothing behind it is read") {
  rmqlag::test::GuardedPage page('}');
  for (const PlainList& kind : plain_lists()) {
    const std::string whole = kind.answer({object(kind.first), object(kind.middle), object(kind.last)});
    REQUIRE_FALSE(kind.decode(whole).code);
    for (std::size_t size = 0; size < whole.size(); ++size) {
      const std::string cut = whole.substr(0, size);
      CAPTURE(cut);
      CHECK(kind.decode(spaced(cut)).code == ErrorCode::bad_answer);
      page.at_both_edges(cut, [&kind](std::string_view placed) { CHECK(kind.decode(placed).code == ErrorCode::bad_answer); });
    }
  }
}

TEST_CASE("console_json: rows as consoles write them are taken as they stand in the text") {
  // What is compared above would be one way twice if they were not.
  class RowsInText : public TopicConsumersSink {
   public:
    explicit RowsInText(std::string_view text) : text_(text) {}
    void begin(std::string_view) override {}
    void queue(const QueueOffsets& queue) override {
      const bool in_text = queue.broker.data() >= text_.data() && queue.broker.data() < text_.data() + text_.size();
      seen += in_text ? '+' : '-';
    }
    std::string seen;

   private:
    std::string_view text_;
  };
  const auto rows_in_text = [](const std::string& answer) {
    RowsInText rows(answer);
    CHECK(decode_consumers_by_topic(answer, rows));
    return rows.seen;
  };
  const PlainList kind = plain_lists().front();
  const std::string first = object(kind.first), last = object(kind.last), odd = spaced(object(kind.middle));
  CHECK(rows_in_text(kind.answer({first, object(kind.middle), last})) == "+++");
  CHECK(rows_in_text(kind.answer({first, odd, last, last})) == "+-++");
  CHECK(rows_in_text(kind.answer({odd, odd, last})) == "--+");
  CHECK(rows_in_text(spaced(kind.answer({first, object(kind.middle), last}))) == "---");
}

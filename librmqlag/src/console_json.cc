// console_json.cc: the decoders of console_json.h. Used by the session.
//
// Each answer is described as a tree of places, built of local variables from the leaves up; a walker takes the events of the text
// (json_reader.h) to the places they are for. What a decoder does not mention is ignored, so only what is due is written down.
// Where something is wrong the text is read again to name the place: paths cost nothing as long as all is well.
#include "rmqlag/console_json.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

#include "json_reader.h"
#include "plain_json.h"
#include "rmqlag/client_id.h"

namespace rmqlag {
namespace {

using internal::JsonEnd;
using internal::JsonEvents;
using internal::PlainJson;

/// Why a value or a key cannot stand where it does; nullptr where it was taken.
using Refusal = const char*;

constexpr Refusal given_twice = "given twice";

class Container;

/// A place in an answer: what may stand there, and what stood there last.
class Place {
 public:
  explicit Place(Refusal otherwise) : otherwise_(otherwise) {}
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;
  virtual ~Place() = default;

  virtual Refusal null() { return nullable_ ? nullptr : otherwise_; }
  virtual Refusal boolean(bool) { return otherwise_; }
  virtual Refusal integer(std::int64_t) { return otherwise_; }
  virtual Refusal number(std::string_view) { return otherwise_; }
  virtual Refusal string(std::string_view) { return otherwise_; }
  virtual Refusal begin_object() { return otherwise_; }
  virtual Refusal begin_array() { return otherwise_; }
  virtual Container* container() { return nullptr; }  ///< where begin_object or begin_array was taken: itself

  /// Takes what stands at the text's place if it is plain and may stand here; else the text stays where it is. It outlives the decoding.
  bool take_plain(PlainJson& text) {
    const PlainJson before = text;
    state_ = State::given;
    if (plain(text)) return true;
    text = before;
    state_ = nullable_ && text.skip("null") ? State::null : State::missing;
    return mentioned();
  }

  enum class State : std::uint8_t { missing, null, given };
  void set_state(State state) { state_ = state; }
  bool given() const { return state_ == State::given; }
  bool mentioned() const { return state_ != State::missing; }
  void refuse_null() { nullable_ = false; }

 protected:
  virtual bool plain(PlainJson&) { return false; }  ///< as take_plain; may leave the text anywhere if it is not
  Refusal otherwise() const { return otherwise_; }

 private:
  Refusal otherwise_;
  State state_ = State::missing;
  bool nullable_ = true;
};

/// A place with places in it. The walker has its child filled, and says so.
class Container : public Place {
 public:
  /// What a container held may have been passed on already and cannot be taken back: here the last of two cannot stand.
  Refusal null() override { return given() ? given_twice : Place::null(); }
  Container* container() final { return this; }

  virtual Refusal key(std::string_view) { return nullptr; }
  virtual void child_done() {}
  virtual std::size_t plain_elements(std::string_view) { return 0; }  ///< as JsonEvents::plain_elements
  virtual std::string_view missing_member() const { return {}; }
  Place& child() const { return *child_; }

 protected:
  Container(Refusal otherwise, Place& child) : Place(otherwise), child_(&child) {}

  Refusal begin() const { return given() ? given_twice : nullptr; }
  void set_child(Place& child) { child_ = &child; }

 private:
  Place* child_;
};

/// Takes all and keeps nothing but that something stood there.
class Anything final : public Container {
 public:
  Anything() : Container("", *this) {}
  Refusal null() override { return nullptr; }
  Refusal boolean(bool) override { return nullptr; }
  Refusal integer(std::int64_t) override { return nullptr; }
  Refusal number(std::string_view) override { return nullptr; }
  Refusal string(std::string_view) override { return nullptr; }
  Refusal begin_object() override { return nullptr; }
  Refusal begin_array() override { return nullptr; }
};

template <class T>
class Integer final : public Place {
 public:
  Integer() : Place("not an integer") {}
  Refusal integer(std::int64_t value) override {
    if (!std::in_range<T>(value)) return "a number beyond 32 bits";
    value_ = static_cast<T>(value);
    return nullptr;
  }
  Refusal number(std::string_view text) override {
    return text.find_first_of(".eE") == text.npos ? "a number beyond 64 bits" : otherwise();
  }

  T or_zero() const { return given() ? value_ : 0; }
  std::optional<T> value() const { return given() ? std::optional(value_) : std::nullopt; }

 private:
  bool plain(PlainJson& text) override {
    std::int64_t value = 0;
    return text.integer(value) && integer(value) == nullptr;
  }

  T value_ = 0;
};

class Flag final : public Place {
 public:
  Flag() : Place("not true or false") {}
  Refusal boolean(bool value) override {
    value_ = value;
    return nullptr;
  }

  bool value() const { return given() && value_; }

 private:
  bool value_ = false;
};

class Text final : public Place {
 public:
  Text() : Place("not a string") {}
  Refusal string(std::string_view value) override {
    kept_ = value;
    value_ = kept_;
    return nullptr;
  }

  std::string_view or_empty() const { return given() ? value_ : std::string_view(); }
  std::optional<std::string_view> value() const { return given() ? std::optional(value_) : std::nullopt; }

 private:
  bool plain(PlainJson& text) override { return text.string(value_); }

  std::string_view value_;
  std::string kept_;  // what it views where that is not the text
};

enum class Need : std::uint8_t { required, optional };

/// An object with members known by name; others are ignored.
class Object final : public Container {
 public:
  struct Member {
    std::string_view name;
    Place& place;
    Need need = Need::required;
  };

  Object(std::initializer_list<Member> members) : Container("not an object", ignored_), members_(members) {
    for (const Member& member : members_) {
      if (member.need == Need::required) member.place.refuse_null();
    }
  }

  Refusal begin_object() override {
    for (const Member& member : members_) member.place.set_state(State::missing);
    next_ = members_.begin();
    return begin();
  }
  Refusal key(std::string_view name) override {
    // Mostly they come in the order in which they are declared here.
    const bool in_order = next_ != members_.end() && next_->name == name;
    const auto member = in_order ? next_ : std::ranges::find(members_, name, &Member::name);
    set_child(member != members_.end() ? member->place : ignored_);
    if (member != members_.end()) next_ = member + 1;
    return nullptr;
  }
  std::string_view missing_member() const override {
    const auto member = std::ranges::find_if(members_, [](const Member& m) { return m.need == Need::required && !m.place.mentioned(); });
    return member != members_.end() ? member->name : std::string_view();
  }

 private:
  /// An object as consoles write theirs: the declared members, all of them, in that order, with plain values and no blanks.
  bool plain(PlainJson& text) override {
    char separator = '{';
    for (const Member& member : members_) {
      if (!text.skip_to_member(std::exchange(separator, ','), member.name) || !member.place.take_plain(text)) return false;
    }
    return text.skip('}');
  }

  const std::vector<Member> members_;
  std::vector<Member>::const_iterator next_ = members_.begin();
  Anything ignored_;
};

class Array final : public Container {
 public:
  /// `on_each` is called when `element` has been filled.
  Array(Place& element, std::function<void()> on_each) : Container("not an array", element), on_each_(std::move(on_each)) {
    element.refuse_null();
  }

  Refusal begin_array() override { return begin(); }
  void child_done() override {
    on_each_();
    child().set_state(State::missing);
  }
  std::size_t plain_elements(std::string_view text) override {
    PlainJson at(text);
    std::size_t taken = 0;
    do {
      if (!child().take_plain(at)) break;
      child_done();
      taken = text.size() - at.rest().size();
    } while (at.skip(','));
    return taken;
  }

 private:
  std::function<void()> on_each_;
};

/// An object whose keys are data.
class Map final : public Container {
 public:
  /// `on_key` is called before `value` is filled, `on_each` after.
  Map(Place& value, std::function<void(std::string_view)> on_key, std::function<void()> on_each)
      : Container("not an object", value), on_key_(std::move(on_key)), on_each_(std::move(on_each)) {
    value.refuse_null();
  }

  Refusal begin_object() override {
    keys_.clear();
    return begin();
  }
  Refusal key(std::string_view name) override {
    if (!keys_.emplace(name).second) return given_twice;
    on_key_(name);
    return nullptr;
  }
  void child_done() override {
    on_each_();
    child().set_state(State::missing);
  }

 private:
  std::function<void(std::string_view)> on_key_;
  std::function<void()> on_each_;
  std::unordered_set<std::string> keys_;
};

void ignore_key(std::string_view) {}
void ignore_value() {}

/// Foreign words as an error message may hold them: on one line, without client ids, not much longer than `limit` bytes.
std::string presentable(std::string_view words, std::size_t limit) {
  std::string line(words);
  std::ranges::replace_if(line, [](unsigned char c) { return c < 0x20 || c == 0x7F; }, ' ');
  line.erase(line.find_last_not_of(' ') + 1);
  line.erase(0, line.find_first_not_of(' '));
  line = redact_client_ids_in(line);
  if (line.size() > limit) {
    const auto is_inside_a_character = [&line](std::size_t at) { return (static_cast<unsigned char>(line[at]) & 0xC0) == 0x80; };
    while (limit > 0 && is_inside_a_character(limit)) --limit;
    line.replace(limit, line.npos, "...");
  }
  return line;
}

constexpr std::size_t key_limit = 80;      // RocketMQ's names are at most 255 bytes, and hardly ever this long
constexpr std::size_t number_limit = 40;
constexpr std::size_t reason_limit = 300;

/// Takes the events of a text to the places they are for, until one is refused.
class Walker final : public JsonEvents {
 public:
  explicit Walker(Place& root) : root_(root) {}

  const std::string& refusal() const { return refusal_; }

  bool null() override {
    Place& place = next();
    if (const Refusal why = place.null()) return refuse(why, "null");
    return filled(place, Place::State::null);
  }
  bool boolean(bool value) override {
    Place& place = next();
    if (const Refusal why = place.boolean(value)) return refuse(why, value ? "true" : "false");
    return filled(place, Place::State::given);
  }
  bool integer(std::int64_t value) override {
    Place& place = next();
    if (const Refusal why = place.integer(value)) return refuse(why, std::to_string(value));
    return filled(place, Place::State::given);
  }
  bool number(std::string_view text) override {
    Place& place = next();
    if (const Refusal why = place.number(text)) return refuse(why, presentable(text, number_limit));
    return filled(place, Place::State::given);
  }
  bool string(std::string_view value) override {
    Place& place = next();
    if (const Refusal why = place.string(value)) return refuse(why, "a string");  // which one is not told: it may be a secret
    return filled(place, Place::State::given);
  }
  bool begin_object() override {
    Place& place = next();
    return open(place, place.begin_object(), "an object");
  }
  bool begin_array() override {
    Place& place = next();
    return open(place, place.begin_array(), "an array");
  }
  bool key(std::string_view name) override {
    const Refusal why = open_.back()->key(name);
    return why == nullptr || refuse(why, "a name");
  }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }
  std::size_t plain_elements(std::string_view text) override { return open_.back()->plain_elements(text); }

 private:
  Place& next() { return open_.empty() ? root_ : open_.back()->child(); }
  bool filled(Place& place, Place::State state) {
    place.set_state(state);
    if (!open_.empty()) open_.back()->child_done();
    return true;
  }
  bool open(Place& place, Refusal why, const char* what) {
    if (why != nullptr) return refuse(why, what);
    open_.push_back(place.container());
    return true;
  }
  bool close() {
    Container& container = *open_.back();
    if (const std::string_view name = container.missing_member(); !name.empty()) return refuse("a member is missing", name);
    open_.pop_back();
    return filled(container, Place::State::given);
  }
  bool refuse(Refusal why, std::string_view what) {
    refusal_.append(why).append(": ").append(what);
    return false;
  }

  Place& root_;
  std::vector<Container*> open_;
  std::string refusal_;
};

/// Knows the path of what came last.
class PathFinder final : public JsonEvents {
 public:
  std::string path() const {
    std::string out;
    for (const Step& step : steps_) {
      if (step.in_array && step.index >= 0) out += '[' + std::to_string(step.index) + ']';
      if (!step.key) continue;
      if (!out.empty()) out += '.';
      out += *step.key;
    }
    return out;
  }

  bool null() override { return value(); }
  bool boolean(bool) override { return value(); }
  bool integer(std::int64_t) override { return value(); }
  bool number(std::string_view) override { return value(); }
  bool string(std::string_view) override { return value(); }
  bool begin_object() override { return open(false); }
  bool begin_array() override { return open(true); }
  bool key(std::string_view name) override {
    steps_.back().key = presentable(name, key_limit);
    return true;
  }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }

 private:
  struct Step {
    bool in_array = false;
    std::int64_t index = -1;
    std::optional<std::string> key;
  };

  bool value() {
    if (!steps_.empty()) ++steps_.back().index;
    return true;
  }
  bool open(bool in_array) {
    value();
    steps_.push_back({.in_array = in_array, .index = -1, .key = {}});
    return true;
  }
  bool close() {
    steps_.pop_back();
    return true;
  }

  std::vector<Step> steps_;
};

Error bad_answer(std::string message) { return {ErrorCode::bad_answer, std::move(message)}; }

Error not_json(std::string_view text, const JsonEnd& end) {
  const std::size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin == text.npos) return bad_answer("an empty body where JSON was due");
  if (text[begin] == '<') return bad_answer("HTML where JSON was due");
  if (end.offset >= text.size()) return bad_answer("the JSON ends too early, at byte " + std::to_string(text.size()));
  return bad_answer("not JSON: " + std::string(end.what) + ", at byte " + std::to_string(end.offset));
}

/// Fills `root` from the text, or says what is wrong and where.
Expected<void> fill(Place& root, std::string_view text) {
  root.refuse_null();
  Walker walker(root);
  const JsonEnd end = internal::read_json(text, walker);
  if (end.kind == JsonEnd::Kind::complete) return {};
  if (end.kind == JsonEnd::Kind::invalid) return not_json(text, end);
  PathFinder finder;
  internal::read_json(text.substr(0, end.offset), finder);
  const std::string path = finder.path();
  return bad_answer(path.empty() ? walker.refusal() : path + ": " + walker.refusal());
}

/// The number in "CODE: 17  DESC: ..." as the console passes it on from a broker or a name server.
std::optional<int> code_in(std::string_view reason) {
  constexpr std::string_view mark = "CODE: ";
  const std::size_t at = reason.find(mark);
  if (at == reason.npos) return std::nullopt;
  int code = 0;
  const char* const digits = reason.data() + at + mark.size();
  const auto result = std::from_chars(digits, reason.data() + reason.size(), code);
  return result.ec == std::errc() ? std::optional(code) : std::nullopt;
}

bool contains(std::string_view text, std::string_view part) { return text.find(part) != text.npos; }

/// What kind of no it is: the console's own refusals have no code, and its status is -1 for nearly all.
ErrorCode kind_of(std::string_view reason) {
  constexpr int system_error = 1, no_permission = 16;
  const std::optional<int> code = code_in(reason);
  if (code == no_permission || (code == system_error && contains(reason, "AclException")) || contains(reason, "no permission") ||
      contains(reason, "user not login")) {
    return ErrorCode::no_permission;
  }
  // The console's pool of connections, short of them or making two of one name at once: asking again helps.
  if (contains(reason, "created already") || contains(reason, "should be init")) return ErrorCode::overloaded;
  return ErrorCode::status_error;
}

Error console_says_no(std::string_view reason) {
  std::string message = presentable(reason, reason_limit);
  if (message.empty()) message = "the console gave no reason";
  return {kind_of(reason), std::move(message)};
}

/// Opens the envelope and fills `data` with what is in it.
Expected<void> decode(std::string_view json, Place& data, Need need = Need::required) {
  Integer<std::int64_t> status;
  Text reason;
  Object envelope({{"status", status}, {"data", data, need}, {"errMsg", reason, Need::optional}});
  const Expected<void> result = fill(envelope, json);
  if (!result) {
    // Whatever is wrong with the data, and wherever the status stands: if it is not 0, that is the answer.
    Object head({{"status", status}, {"errMsg", reason, Need::optional}});
    if (!fill(head, json)) return result;
  }
  if (status.or_zero() == 0) return result;
  // What stands in for the console at an unknown path, or asks for a password, has a "status" of its own.
  if (!reason.mentioned()) return bad_answer("not the console's answer: status " + std::to_string(status.or_zero()) + " without an errMsg");
  return console_says_no(reason.or_empty());
}

/// `queueStatInfoList`, handed over row by row.
struct QueueList {
  explicit QueueList(std::function<void(const QueueOffsets&)> on_queue)
      : list(queue, [this, take = std::move(on_queue)] {
          take({.broker = broker.or_empty(),
                .queue = id.or_zero(),
                .broker_offset = broker_offset.or_zero(),
                .consumer_offset = consumer_offset.or_zero(),
                .client_id = client.value(),
                .last_consumed_ms = last_consumed.or_zero()});
        }) {}

  Text broker, client;
  Integer<std::int32_t> id;
  Integer<std::int64_t> broker_offset, consumer_offset, last_consumed;
  Object queue{{"brokerName", broker},
               {"queueId", id},
               {"brokerOffset", broker_offset},
               {"consumerOffset", consumer_offset},
               {"clientInfo", client, Need::optional},
               {"lastTimestamp", last_consumed, Need::optional}};
  Array list;
};

/// A queue kept beyond the call that handed it over.
class KeptQueue {
 public:
  explicit KeptQueue(const QueueOffsets& queue) : queue_(queue), broker_(queue.broker), client_id_(queue.client_id.value_or("")) {}

  QueueOffsets offsets() const {
    QueueOffsets queue = queue_;
    queue.broker = broker_;
    if (queue.client_id) queue.client_id = client_id_;
    return queue;
  }

 private:
  QueueOffsets queue_;
  std::string broker_, client_id_;
};

std::optional<bool> is_broadcast(std::string_view message_model) {
  if (message_model == "BROADCASTING") return true;
  if (message_model == "CLUSTERING") return false;
  return std::nullopt;
}

/// What consumer/group answers, and consumer/groupList a list of.
struct GroupAnswer {
  GroupInfo take() {
    return {.group = std::string(name.or_empty()),
            .members = count.value(),
            .broadcast = is_broadcast(message_model.or_empty()),
            .diff_total = diff_total.value(),
            .addresses = std::exchange(distinct_addresses, {}),
            .has_address_member = addresses.mentioned(),
            .has_update_time_member = update_time.mentioned()};
  }

  Text name, message_model, address;
  Integer<std::int64_t> count, diff_total;
  Anything update_time;
  std::vector<std::string> distinct_addresses;
  Array addresses{address, [this] {
                    if (std::ranges::find(distinct_addresses, address.or_empty()) == distinct_addresses.end()) {
                      distinct_addresses.emplace_back(address.or_empty());
                    }
                  }};
  Object group{{"group", name},
               {"count", count, Need::optional},
               {"messageModel", message_model, Need::optional},
               {"diffTotal", diff_total, Need::optional},
               {"address", addresses, Need::optional},
               {"updateTime", update_time, Need::optional}};
};

}  // namespace

TopicConsumersSink::~TopicConsumersSink() = default;

Expected<TopicList> decode_topic_list(std::string_view json) {
  TopicList answer;
  Text topic;
  Array topics(topic, [&] { answer.topics.emplace_back(topic.or_empty()); });
  Object data({{"topicList", topics}});
  if (const Expected<void> result = decode(json, data); !result) return result.error();
  return answer;
}

Expected<void> decode_consumers_by_topic(std::string_view json, TopicConsumersSink& sink) {
  QueueList queues([&sink](const QueueOffsets& queue) { sink.queue(queue); });
  Object group({{"queueStatInfoList", queues.list, Need::optional}});
  Map groups(group, [&sink](std::string_view name) { sink.begin(name); }, ignore_value);
  return decode(json, groups);
}

Expected<void> decode_topics_by_consumer(std::string_view json, TopicConsumersSink& sink) {
  // A list, unlike a map, may tell a topic's name after its queues.
  std::vector<KeptQueue> kept;
  QueueList queues([&kept](const QueueOffsets& queue) { kept.emplace_back(queue); });
  Text name;
  Object topic({{"topic", name}, {"queueStatInfoList", queues.list, Need::optional}});
  Array topics(topic, [&] {
    sink.begin(name.or_empty());
    for (const KeptQueue& queue : kept) sink.queue(queue.offsets());
    kept.clear();
  });
  return decode(json, topics);
}

Expected<std::vector<GroupInfo>> decode_group_list(std::string_view json) {
  std::vector<GroupInfo> answer;
  GroupAnswer item;
  Array groups(item.group, [&] { answer.push_back(item.take()); });
  if (const Expected<void> result = decode(json, groups); !result) return result.error();
  return answer;
}

Expected<GroupInfo> decode_group(std::string_view json) {
  GroupAnswer answer;
  if (const Expected<void> result = decode(json, answer.group); !result) return result.error();
  return answer.take();
}

Expected<ConsumerConnection> decode_consumer_connection(std::string_view json) {
  ConsumerConnection answer;
  Text client_id, address, message_model;
  Object client({{"clientId", client_id}, {"clientAddr", address, Need::optional}});
  Array clients(client, [&] { answer.clients.push_back({std::string(client_id.or_empty()), std::string(address.or_empty())}); });
  Anything subscription;
  Map subscriptions(subscription, [&](std::string_view topic) { answer.subscribed_topics.emplace_back(topic); }, ignore_value);
  Object data({{"connectionSet", clients},
               {"subscriptionTable", subscriptions, Need::optional},
               {"messageModel", message_model, Need::optional}});
  if (const Expected<void> result = decode(json, data); !result) return result.error();
  answer.broadcast = is_broadcast(message_model.or_empty());
  return answer;
}

Expected<ClusterList> decode_cluster_list(std::string_view json) {
  ClusterList answer;
  Text cluster, master;
  Object addresses({{"0", master, Need::optional}});
  Object broker({{"cluster", cluster, Need::optional}, {"brokerAddrs", addresses, Need::optional}});
  std::string name;
  Map brokers(broker, [&](std::string_view key) { name = key; },
              [&] {
                const std::string_view address = addresses.given() ? master.or_empty() : "";
                answer.brokers.push_back({name, std::string(cluster.or_empty()), std::string(address)});
              });
  Object cluster_info({{"brokerAddrTable", brokers}});
  Object data({{"clusterInfo", cluster_info}});
  if (const Expected<void> result = decode(json, data); !result) return result.error();
  return answer;
}

Expected<HomePage> decode_home_page(std::string_view json) {
  Text namesrv;
  Object data({{"currentNamesrv", namesrv, Need::optional}});
  if (const Expected<void> result = decode(json, data); !result) return result.error();
  return HomePage{std::optional<std::string>(namesrv.value())};
}

Expected<LoginCheck> decode_login_check(std::string_view json) {
  Flag required, logged_in;
  Object data({{"loginRequired", required}, {"logined", logged_in}});
  if (const Expected<void> result = decode(json, data); !result) return result.error();
  return LoginCheck{required.value(), logged_in.value()};
}

Expected<CsrfToken> decode_csrf_token(std::string_view json) {
  Text token, header_name;
  Object data({{"token", token}, {"headerName", header_name}});
  if (const Expected<void> result = decode(json, data); !result) return result.error();
  return CsrfToken{std::string(token.or_empty()), std::string(header_name.or_empty())};
}

Expected<TopicStats> decode_topic_stats(std::string_view json) {
  TopicStats answer;
  bool overflow = false;
  Integer<std::int64_t> min, max;
  Object queue({{"minOffset", min}, {"maxOffset", max}});
  Map queues(queue, ignore_key, [&] {
    std::int64_t depth = 0;
    overflow |= __builtin_sub_overflow(max.or_zero(), min.or_zero(), &depth);
    overflow |= __builtin_add_overflow(answer.messages, depth, &answer.messages);
  });
  Object data({{"offsetTable", queues}});
  if (const Expected<void> result = decode(json, data); !result) return result.error();
  if (overflow) return bad_answer("data.offsetTable: the sum is beyond 64 bits");
  return answer;
}

Expected<void> decode_login(std::string_view json) {
  Anything data;  // a context path, or an object that differs from generation to generation
  const Expected<void> result = decode(json, data, Need::optional);
  if (result || result.error().code == ErrorCode::bad_answer) return result;
  return Error{ErrorCode::login_rejected, result.error().message};
}

bool is_studio_envelope(std::string_view json) {
  Anything code, status;
  Object envelope({{"code", code, Need::optional}, {"status", status, Need::optional}});
  return fill(envelope, json) && code.mentioned() && !status.mentioned();
}

}  // namespace rmqlag

// collector.cc: what a pass asks, in which order, and how answers, failures and the clock move it on (collector.h).
// What the answers mean is judged in judge.cc.
#include "rmqlag/collector.h"

#include <algorithm>
#include <deque>
#include <limits>
#include <utility>

#include "group_summary.h"
#include "judge.h"
#include "pass.h"
#include "rmqlag/console_json.h"
#include "scope.h"

namespace rmqlag {

using internal::GroupState;
using internal::Pass;
using internal::TopicReader;
using internal::TopicState;

namespace {

/// How long a request that we gave up still works in the console (truth rule 16).
constexpr std::chrono::seconds slot_held{50};

bool is_about_groups(Endpoint endpoint) {
  return endpoint == Endpoint::group_list || endpoint == Endpoint::group || endpoint == Endpoint::consumer_connection ||
         endpoint == Endpoint::cluster_list;
}

bool is_fact(Endpoint endpoint) { return is_about_groups(endpoint) || endpoint == Endpoint::topic_stats; }

RequestResult result_of(const Expected<void>& end) {
  if (end) return RequestResult::ok;
  switch (end.error().code) {
    case ErrorCode::status_error:
    case ErrorCode::no_permission:
    case ErrorCode::overloaded:
    case ErrorCode::login_lost:
    case ErrorCode::login_rejected: return RequestResult::refused_by_console;
    case ErrorCode::bad_answer:
    case ErrorCode::not_a_console: return RequestResult::bad_answer;
    case ErrorCode::timeout: return RequestResult::timeout;
    default: return RequestResult::failed;
  }
}

/// Rule 16: only what cannot have reached the console's work, or what it says will be cured by asking again.
bool may_be_asked_again(ErrorCode code) {
  return code == ErrorCode::refused || code == ErrorCode::reset || code == ErrorCode::overloaded;
}

bool cannot_be_reached(ErrorCode code) {
  return code == ErrorCode::refused || code == ErrorCode::dns || code == ErrorCode::tls;
}

/// Counts duplicate ids: client ids that are used from more than one address.
std::int64_t duplicate_ids(const ConsumerConnection& connection) {
  std::map<std::string_view, std::set<std::string_view>> addresses;
  for (const auto& client : connection.clients) addresses[client.client_id].insert(client.address);
  return std::count_if(addresses.begin(), addresses.end(), [](const auto& id) { return id.second.size() > 1; });
}

}  // namespace

class Collector::Impl {
 public:
  Impl(Session& session, HeldSlots& slots, const CollectOptions& options, std::shared_ptr<const Snapshot> previous, Steady deadline,
       Now now)
      : session_(session),
        slots_(slots),
        options_(options),
        last_(std::move(previous)),
        deadline_(deadline),
        begun_(now),
        pass_{options, last_, internal::NameTable(last_ ? last_->names : nullptr), remember(last_.get(), options), last_ ? last_->pass + 1 : 1,
              now.wall, {}, {}, false, false, false, false, {}, {}, {}, {}} {
    if (last_) counters_ = last_->counters;
  }

  std::variant<Send, WaitUntil, Done> next(Now now) {
    std::erase_if(slots_.until, [&](Steady until) { return until <= now.steady; });
    while (true) {
      now_ = now;
      if (over_ || now.steady >= deadline_) return Done{};
      if (logging_in_ && !login_in_flight_) {
        if (auto call = session_.next_login_call()) return send({*std::move(call)});
        logging_in_ = false;
      }
      // Sending comes before reading: the network never waits for the parser.
      if (!logging_in_ && !queue_.empty() && slot_free()) return send_next();
      if (!arrived_.empty()) {
        take_arrived();
      } else if (logging_in_ || !in_flight_.empty()) {
        return WaitUntil{deadline_};
      } else if (!queue_.empty()) {
        return WaitUntil{next_chance()};
      } else if (stage_ == Stage::done) {
        return Done{};
      } else {
        begin_next_stage();
      }
    }
  }

  void answer(std::uint64_t id, Expected<HttpResponse> result, Now now) {
    const auto found = in_flight_.find(id);
    if (found == in_flight_.end()) return;
    now_ = now;
    watch_timeouts(result);
    arrived_.push_back({std::move(found->second), std::move(result), now});
    in_flight_.erase(found);
  }

  std::shared_ptr<const Snapshot> finish(Now now) {
    while (!arrived_.empty() && !over_) take_arrived();
    now_ = now;
    if (!scope_known_) {
      pass_.failures.push_back({"console", Reason::deadline, "it is too slow: the deadline came before it was known what to read"});
      expect_what_is_wanted();
    }
    for (std::size_t i = 0; i < in_flight_.size(); ++i) slots_.until.push_back(now.steady + slot_held);
    in_flight_.clear();
    Snapshot snapshot = internal::judge(pass_, now.wall);

    snapshot.names = pass_.names.seal();
    snapshot.url = session_.base_url();
    snapshot.namesrv = namesrv_;
    snapshot.generation = session_.generation();
    snapshot.shard = options_.shard;
    snapshot.shards = options_.shards;
    snapshot.pass = pass_.number;
    snapshot.started = begun_.wall;
    snapshot.ended = now.wall;
    cost_.seconds = std::chrono::duration<double>(now.steady - begun_.steady).count();
    snapshot.cost = cost_;
    counters_.received_bytes += cost_.bytes;
    ++counters_.collections[static_cast<std::size_t>(snapshot.outcome)];
    snapshot.counters = counters_;
    snapshot.last_complete = snapshot.outcome == Outcome::complete ? std::optional(now.wall) : last_ ? last_->last_complete : std::nullopt;
    snapshot.topic_list_read = topic_list_read_ ? topic_list_read_ : last_ ? last_->topic_list_read : std::nullopt;
    snapshot.group_list_read = group_list_read_ ? group_list_read_ : last_ ? last_->group_list_read : std::nullopt;
    snapshot.memory = pass_.memory;
    return std::make_shared<const Snapshot>(std::move(snapshot));
  }

  int done() const { return done_; }
  int of() const { return static_cast<int>(pass_.by_group ? pass_.groups_asked.size() : pass_.topics.size()); }

 private:
  /// A request that is wanted.
  struct Work {
    Call call;
    std::size_t topic = 0;  ///< index in Pass::topics
    NameId group = 0;
    std::size_t address = 0;  ///< index in the group's addresses
    bool asked_again = false;
  };
  struct InFlight {
    Work work;
    int login_epoch = 0;  ///< how often this pass had logged in again when it was sent
  };
  /// An end that has not been looked at yet.
  struct Arrived {
    InFlight sent;
    Expected<HttpResponse> result;
    Now at;
  };

  enum class Stage : std::uint8_t {
    begin, namesrv, topic_list, literal_groups, by_group, topics, namesrv_again, group_list, group_questions, last_questions, done
  };

  static std::shared_ptr<SnapshotMemory> remember(const Snapshot* previous, const CollectOptions& options) {
    if (!previous || !previous->memory) {
      auto memory = std::make_shared<SnapshotMemory>();
      memory->options = options;
      return memory;
    }
    auto memory = std::make_shared<SnapshotMemory>(*previous->memory);
    if (memory->options == options) return memory;
    // Judged under other filters: a broker or a group may be gone only from our sight.
    memory->options = options;
    memory->missing_brokers.clear();
    memory->brokers_seen.clear();
    memory->brokers_down.clear();
    memory->unlisted_groups.clear();
    return memory;
  }

  // ---- sending ----

  int limit() const { return options_.concurrency > 0 ? options_.concurrency : session_.is_oldest() ? 1 : 4; }

  bool slot_free() const {
    if (slots_.one_at_a_time && !in_flight_.empty()) return false;
    return in_flight_.size() + slots_.until.size() < static_cast<std::size_t>(limit());
  }

  Steady next_chance() const {
    Steady chance = deadline_;
    for (const Steady until : slots_.until) chance = std::min(chance, until);
    return chance;
  }

  Send send_next() {
    Work work = std::move(queue_.front());
    queue_.pop_front();
    return send(std::move(work));
  }

  Send send(Work work) {
    ++cost_.requests;
    if (is_fact(work.call.endpoint)) ++cost_.fact_requests;
    login_in_flight_ = logging_in_;
    const std::uint64_t id = next_id_++;
    auto timeout = options_.request_timeout;
    if (deadline_ != Steady::max())
      timeout = std::min(timeout, std::chrono::ceil<std::chrono::milliseconds>(deadline_ - now_.steady));
    Send result{id, session_.request(work.call), timeout};
    in_flight_.emplace(id, InFlight{std::move(work), login_epoch_});
    return result;
  }

  void watch_timeouts(const Expected<HttpResponse>& result) {
    if (!result && result.error().code == ErrorCode::timeout) {
      slots_.until.push_back(now_.steady + slot_held);
      slots_.one_at_a_time = ++slots_.timeouts_in_a_row >= 2;
    } else {
      slots_.timeouts_in_a_row = 0;
      slots_.one_at_a_time = false;
    }
  }

  void enqueue(Call call, NameId group = 0, std::size_t address = 0) { queue_.push_back({std::move(call), 0, group, address, false}); }

  /// The pass cannot go on: what has not been read is unknown for this reason.
  void end_early(const char* target, const Error& error) {
    pass_.ended_early = Failure{target, reason_of(error.code), error.message};
    if (!scope_known_) expect_what_is_wanted();
    over_ = true;
  }

  /// Rule 7: what could not even be asked for is unknown, too, and its rows of before must not vanish.
  void expect_what_is_wanted() {
    if (const auto topics = options_.topics.literal_names()) return put_in_scope(*topics);
    const auto groups = options_.groups.literal_names();
    if (!groups || is_refused()) return put_in_scope(pass_.memory->topic_list);
    pass_.by_group = scope_known_ = true;
    for (const std::string& group : *groups) pass_.groups_asked[pass_.names.intern(group)] = {};
  }

  // ---- stages ----

  void begin_next_stage() {
    switch (stage_) {
      case Stage::begin: stage_ = Stage::namesrv; return enqueue({Endpoint::home_page, {}, {}, {}});
      case Stage::namesrv: return begin_reading();
      case Stage::literal_groups: return begin_by_group();
      case Stage::topic_list: stage_ = Stage::topics; return order_topics();
      case Stage::topics:
      case Stage::by_group:
        stage_ = Stage::namesrv_again;
        if (!namesrv_.empty()) enqueue({Endpoint::home_page, {}, {}, {}});
        return;
      case Stage::namesrv_again:
        if (pass_.namesrv_changed) stage_ = Stage::done;  // facts would be another cluster's
        else begin_group_list();
        return;
      case Stage::group_list: return begin_group_questions();
      case Stage::group_questions: return begin_last_questions();
      case Stage::last_questions: stage_ = Stage::done; return;
      case Stage::done: return;
    }
  }

  void begin_reading() {
    if (!options_.namesrv.empty() && namesrv_ != options_.namesrv) {
      return end_early("NameServer", {ErrorCode::not_a_console, namesrv_.empty()
          ? "the console does not tell its NameServer, so that it cannot be checked to be " + options_.namesrv
          : "the console is on NameServer " + namesrv_ + ", not on " + options_.namesrv});
    }
    if (options_.topics.literal_names()) {
      stage_ = Stage::topic_list;
      pass_.topic_list_fresh = true;
      return expect_what_is_wanted();
    }
    if (options_.groups.literal_names() && !is_refused()) return begin_literal_groups();
    begin_topic_list();
  }

  void begin_topic_list() {
    stage_ = Stage::topic_list;
    enqueue({Endpoint::topic_list, {}, {}, {}});
  }

  void begin_literal_groups() {
    stage_ = Stage::literal_groups;
    expect_what_is_wanted();
    for (const auto& [group, asked] : pass_.groups_asked) enqueue({Endpoint::group, {}, pass_.names.text(group), {}}, group);
    if (session_.needs_address()) enqueue({Endpoint::cluster_list, {}, {}, {}});
  }

  void begin_by_group() {
    if (!pass_.by_group) return begin_topic_list();  // this user may not ask about groups
    stage_ = Stage::by_group;
    pass_.topic_list_fresh = true;
    for (auto& [group, asked] : pass_.groups_asked) {
      if (asked.state == GroupState::State::failed) continue;
      ask_for_topics_of(group);
      ask_for_connections_of(group);
    }
  }

  /// Topics that the last pass did not reach or could not read, then those with lag, then the rest: a slow console starves none for ever.
  void order_topics() {
    std::unordered_map<NameId, std::int64_t> urgency;
    if (last_) {
      for (const auto& block : last_->blocks) {
        std::int64_t& lag = urgency[block->topic];
        for (const Row& row : block->rows)
          if (row.broker_offset > row.consumer_offset) lag = std::max(lag, diff(row));
      }
      for (const Unknown& unknown : last_->unknown)
        if (unknown.group == 0) urgency[unknown.topic] = std::numeric_limits<std::int64_t>::max();
    }
    std::vector<std::size_t> order(pass_.topics.size());
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
      return urgency[pass_.topics[a].topic] > urgency[pass_.topics[b].topic];
    });
    for (const std::size_t topic : order)
      queue_.push_back({{Endpoint::consumers_by_topic, pass_.names.text(pass_.topics[topic].topic), {}, {}}, topic, 0, 0, false});
  }

  void begin_group_list() {
    stage_ = Stage::group_list;
    if (pass_.by_group || is_refused()) return;
    if (!facts_known()) enqueue({Endpoint::group_list, {}, {}, {}});
  }

  void begin_group_questions() {
    stage_ = Stage::group_questions;
    if (options_.dlq_topics) ask_for_dead_letters();
    if (pass_.by_group || is_refused()) return;
    const auto summary = internal::summarize(pass_);
    for (const auto& [group, shown] : summary)
      if (needs_question(group, shown)) enqueue({Endpoint::group, {}, pass_.names.text(group), {}}, group);
    find_unlisted(summary);
    if (session_.needs_address() && pass_.memory->master_addresses.empty() && !unlisted_.empty())
      enqueue({Endpoint::cluster_list, {}, {}, {}});
  }

  bool needs_question(NameId group, const internal::GroupSummary& shown) const {
    if (!options_.groups.wants(pass_.names[group])) return false;
    const auto found = pass_.memory->groups.find(group);
    const GroupKnowledge known = found == pass_.memory->groups.end() ? GroupKnowledge() : found->second;
    if (internal::is_recent(known.asked, now_.wall, internal::facts_last)) return false;
    if (known.listed) return !known.broadcast && (shown.owned || shown.all_zero());
    if (shown.ghost_suspect) return !internal::is_recent(known.ghost_since, now_.wall, internal::ghost_verdict_lasts);
    return facts_known() || shown.all_zero();
  }

  /// Rule 13: groups that are online but that no topic lists.
  void find_unlisted(const std::unordered_map<NameId, internal::GroupSummary>& summary) {
    const bool all_wanted = options_.shards == 1 && options_.topics.wants_everything() && options_.groups.wants_everything();
    const bool all_seen = all_wanted && pass_.topic_list_fresh && pass_.every_topic_read();
    if (!all_seen || !facts_known()) return;
    pass_.unlisted_judged = true;
    for (const auto& [group, known] : pass_.memory->groups) {
      if (!known.listed || known.members.value_or(0) <= 0) continue;
      if (const auto shown = summary.find(group); shown != summary.end() && shown->second.under_topic) continue;
      if (known.broadcast.value_or(false)) {
        pass_.unlisted_broadcast.push_back(group);
        continue;
      }
      unlisted_.push_back(group);
      enqueue({Endpoint::group, {}, pass_.names.text(group), {}}, group);
    }
  }

  void begin_last_questions() {
    stage_ = Stage::last_questions;
    if (is_refused()) return;
    for (const NameId group : unlisted_) {
      const GroupKnowledge& known = pass_.memory->groups[group];
      if (known.broadcast.value_or(false)) {
        pass_.unlisted_broadcast.push_back(group);
      } else if (known.asked != asked_now_) {
        pass_.groups_asked[group] = {GroupState::State::failed, Reason::not_listed, "the console did not say whether it is online", {}, {}};
      } else if (known.members.value_or(0) > 0) {
        pass_.groups_asked[group] = {};
        ask_for_topics_of(group);
      }
    }
    ask_about_members();
  }

  /// Who subscribes what, for groups with an empty pair; and, where the user wants it, duplicate client ids of partly unowned groups, in
  /// turn.
  void ask_about_members() {
    std::vector<NameId> in_turn;
    for (const auto& [group, shown] : internal::summarize(pass_)) {
      const GroupKnowledge& known = pass_.memory->groups[group];
      if (pass_.by_group || known.broadcast.value_or(false) || (shown.ghost_suspect && !known.listed)) continue;
      if (!options_.groups.wants(pass_.names[group]) || internal::is_recent(known.connection_asked, now_.wall, internal::facts_last)) continue;
      if (shown.empty) ask_for_connections_of(group);
      else if (options_.ask_members && shown.owned && shown.unowned) in_turn.push_back(group);
    }
    const auto asked_at = [&](NameId group) { return pass_.memory->groups[group].connection_asked.value_or(Wall::min()); };
    std::sort(in_turn.begin(), in_turn.end(), [&](NameId a, NameId b) { return std::pair(asked_at(a), a) < std::pair(asked_at(b), b); });
    const auto most = static_cast<std::size_t>(cost_.requests / 10 + 1);
    if (in_turn.size() > most) in_turn.resize(most);
    for (const NameId group : in_turn) ask_for_connections_of(group);
  }

  void ask_for_dead_letters() {
    for (const std::string& topic : dlq_topics_) {
      const NameId group = pass_.names.intern(std::string_view(topic).substr(5));
      const auto read = pass_.memory->dead_letters_read.find(group);
      if (read != pass_.memory->dead_letters_read.end() && now_.wall - read->second < internal::facts_last) {
        if (last_)
          for (const DlqDepth& depth : last_->dead_letters)
            if (depth.group == group) pass_.dead_letters.push_back(depth);
        continue;
      }
      enqueue({Endpoint::topic_stats, topic, {}, {}}, group);
    }
  }

  /// The addresses at which the group can be asked; one empty address where the console takes none.
  std::vector<std::string> addresses_of(NameId group) const {
    if (!session_.needs_address()) return {std::string()};
    const auto known = pass_.memory->groups.find(group);
    if (known != pass_.memory->groups.end() && !known->second.addresses.empty()) return known->second.addresses;
    return pass_.memory->master_addresses;
  }

  void ask_for_topics_of(NameId group) {
    const auto addresses = addresses_of(group);
    if (addresses.empty()) return fail_group(group, {ErrorCode::status_error, "the console did not tell its brokers' addresses"});
    readers_.emplace(group, std::pair(TopicReader(pass_.names), addresses.size()));
    for (const std::string& address : addresses) enqueue({Endpoint::topics_by_consumer, {}, pass_.names.text(group), address}, group);
  }

  void ask_for_connections_of(NameId group, std::size_t address = 0) {
    const auto addresses = addresses_of(group);
    if (address >= addresses.size()) return;
    enqueue({Endpoint::consumer_connection, {}, pass_.names.text(group), addresses[address]}, group, address);
  }

  void fail_group(NameId group, const Error& error) {
    GroupState& asked = pass_.groups_asked[group];
    if (asked.state == GroupState::State::pending) ++done_;
    asked = {GroupState::State::failed, reason_of(error.code), error.message, {}, {}};
  }

  // ---- facts ----

  bool is_refused() const { return internal::is_recent(pass_.memory->facts_refused, now_.wall, internal::facts_last); }
  bool facts_known() const {
    const auto read = group_list_read_ ? group_list_read_ : pass_.previous ? pass_.previous->group_list_read : std::nullopt;
    return internal::is_recent(read, now_.wall, internal::facts_last);
  }

  /// This user may not ask about groups: a state, not a failure. Nothing more of the kind is asked for a while.
  void note_refusal() {
    pass_.memory->facts_refused = now_.wall;
    std::erase_if(queue_, [](const Work& work) { return is_about_groups(work.call.endpoint); });
    if (stage_ == Stage::literal_groups) {
      pass_.by_group = scope_known_ = false;
      pass_.groups_asked.clear();
    }
  }

  // ---- answers ----

  void take_arrived() {
    const Arrived arrived = std::move(arrived_.front());
    arrived_.pop_front();
    now_ = arrived.at;
    if (arrived.result) cost_.bytes += static_cast<std::int64_t>(arrived.result->body.size());
    const Endpoint endpoint = arrived.sent.work.call.endpoint;
    const bool login = endpoint == Endpoint::login_check || endpoint == Endpoint::csrf_token || endpoint == Endpoint::login;
    const Expected<void> end = login ? take_login_answer(arrived.sent.work.call, arrived.result) : take_answer(arrived.sent, arrived.result);
    ++counters_.requests[static_cast<std::size_t>(endpoint)][static_cast<std::size_t>(result_of(end))];
  }

  Expected<void> take_login_answer(const Call& call, const Expected<HttpResponse>& result) {
    login_in_flight_ = false;
    Expected<void> end = session_.login_answer(call, result);
    if (!end) end_early(end.error().code == ErrorCode::not_a_console ? "console" : "login", end.error());
    return end;
  }

  Expected<void> take_answer(const InFlight& sent, const Expected<HttpResponse>& result) {
    Expected<void> end = result ? session_.accept(sent.work.call, *result) : Expected<void>(result.error());
    if (end) end = decode(sent.work, result->body);
    // HTML may be a session that a proxy hides the loss of; right after a new login it is just a wrong answer to this request.
    if (!end && end.error().code == ErrorCode::login_lost && result->status == 200 && login_epoch_ > 0 && sent.login_epoch == login_epoch_)
      end = Error{ErrorCode::bad_answer, "HTML instead of JSON, also right after a new login"};
    if (!end) take_failure(sent, end.error());
    return end;
  }

  Expected<void> decode(const Work& work, std::string_view body) {
    switch (work.call.endpoint) {
      case Endpoint::home_page: return take_home_page(body);
      case Endpoint::topic_list: return take_topic_list(body);
      case Endpoint::consumers_by_topic: return take_topic(work, body);
      case Endpoint::topics_by_consumer: return take_topics_of_group(work, body);
      case Endpoint::group_list: return take_group_list(body);
      case Endpoint::group: return take_group(work, body);
      case Endpoint::consumer_connection: return take_connection(work, body);
      case Endpoint::cluster_list: return take_cluster_list(body);
      case Endpoint::topic_stats: return take_dead_letters(work, body);
      case Endpoint::studio_probe: return *topic_list_error_;  // it is not Studio: what was wrong is still wrong
      default: return {};
    }
  }

  void take_failure(const InFlight& sent, const Error& error) {
    const Work& work = sent.work;
    if (error.code == ErrorCode::login_lost) return log_in_again(sent, error);
    if (error.code == ErrorCode::not_a_console) return end_early("console", error);
    if (error.code == ErrorCode::no_permission && is_about_groups(work.call.endpoint)) return note_refusal();
    switch (work.call.endpoint) {
      case Endpoint::home_page:
        if (stage_ == Stage::namesrv && !options_.namesrv.empty()) end_early("NameServer", error);
        return;
      case Endpoint::topic_list: return fail_topic_list(error);
      case Endpoint::consumers_by_topic: return fail_topic(work, error);
      case Endpoint::topics_by_consumer: return fail_group(work.group, error);
      case Endpoint::group:
        if (stage_ == Stage::literal_groups && pass_.by_group) fail_group(work.group, error);
        return;
      case Endpoint::consumer_connection: return ask_for_connections_of(work.group, work.address + 1);
      case Endpoint::studio_probe: return go_on_without_topic_list(*topic_list_error_);
      default: return;  // a missing fact is a state
    }
  }

  /// Rule 1: one new login a pass. Requests that were under way meanwhile are simply sent again.
  void log_in_again(const InFlight& sent, const Error& error) {
    if (sent.login_epoch == login_epoch_) {
      if (login_epoch_ > 0 || !session_.has_login())
        return end_early("login", session_.has_login() ? Error{error.code, error.message + ", again, right after logging in"}
                                                       : Error{error.code, error.message + ": give a user name and a password"});
      ++login_epoch_;
      session_.login_was_lost();
      logging_in_ = true;
    }
    queue_.push_front(sent.work);
  }

  Expected<void> take_home_page(std::string_view body) {
    auto page = decode_home_page(body);
    if (!page) return page.error();
    session_.learn(*page);
    if (!page->current_namesrv) return {};
    const std::string& current = *page->current_namesrv;
    SnapshotMemory& memory = *pass_.memory;
    if (!memory.namesrv_seen.empty() && memory.namesrv_seen != current) ++counters_.namesrv_changes;
    memory.namesrv_seen = current;
    if (stage_ == Stage::namesrv_again) {
      if (current == namesrv_) return {};
      pass_.namesrv_changed = true;
      pass_.failures.push_back(
          {"NameServer", Reason::namesrv_changed, "switched from " + namesrv_ + " to " + current + " during the collection"});
      return {};
    }
    if (!memory.namesrv.empty() && memory.namesrv != current) forget_other_cluster();
    pass_.memory->namesrv = current;
    namesrv_ = current;
    return {};
  }

  /// Rule 10: another NameServer may be another cluster. Nothing is carried across.
  void forget_other_cluster() {
    const std::string seen = pass_.memory->namesrv_seen;
    *pass_.memory = {};
    pass_.memory->options = options_;
    pass_.memory->namesrv_seen = seen;
    pass_.previous = nullptr;
  }

  Expected<void> take_topic_list(std::string_view body) {
    auto list = decode_topic_list(body);
    if (!list) return list.error();
    session_.learn(*list);
    topic_list_read_ = now_.wall;
    pass_.topic_list_fresh = true;
    std::vector<std::string> names;
    for (std::string& topic : list->topics) {
      if (internal::is_system_topic(topic)) continue;
      (internal::is_dlq_topic(topic) ? dlq_topics_ : names).push_back(std::move(topic));
    }
    std::sort(names.begin(), names.end());
    names.erase(std::unique(names.begin(), names.end()), names.end());
    std::vector<std::string> scope = names;
    const auto& before = pass_.memory->topic_list;
    if (names.size() * 5 < before.size() * 4) {
      // Rule 14: a NameServer that has just started serves short lists, with status 0.
      pass_.failures.push_back({"topic list", Reason::empty, "it fell from " + std::to_string(before.size()) + " topics to " +
                                                                 std::to_string(names.size()) + "; the missing ones are asked once more"});
      scope.insert(scope.end(), before.begin(), before.end());
      std::sort(scope.begin(), scope.end());
      scope.erase(std::unique(scope.begin(), scope.end()), scope.end());
    }
    names.shrink_to_fit();  // they are remembered
    pass_.memory->topic_list = std::move(names);
    put_in_scope(scope);
    return {};
  }

  void put_in_scope(const std::vector<std::string>& topics) {
    scope_known_ = true;
    for (const std::string& topic : topics)
      if (internal::in_scope(topic, options_))
        pass_.topics.push_back({pass_.names.intern(topic), TopicState::State::pending, Reason::deadline, {}, {}, {}});
    pass_.topics.shrink_to_fit();  // there may be tens of thousands
  }

  void fail_topic_list(const Error& error) {
    if (error.code != ErrorCode::bad_answer) return go_on_without_topic_list(error);
    topic_list_error_ = error;
    enqueue({Endpoint::studio_probe, {}, {}, {}});
  }

  /// Rule 14: without a list the last one is used, unless the console cannot be reached at all.
  void go_on_without_topic_list(const Error& error) {
    if (cannot_be_reached(error.code) || pass_.memory->topic_list.empty()) return end_early("topic list", error);
    pass_.failures.push_back({"topic list", reason_of(error.code), error.message + "; the last one is used"});
    put_in_scope(pass_.memory->topic_list);
  }

  Expected<void> take_topic(const Work& work, std::string_view body) {
    topic_reader_.clear();  // of what an answer that went wrong had left
    auto decoded = decode_consumers_by_topic(body, topic_reader_);
    if (!decoded) return decoded;
    TopicState& topic = pass_.topics[work.topic];
    topic.state = TopicState::State::read;
    topic.read_at = now_.wall;
    topic.groups = topic_reader_.take();
    ++done_;
    return {};
  }

  void fail_topic(const Work& work, const Error& error) {
    if (may_be_asked_again(error.code) && !work.asked_again) {
      queue_.push_back(work);
      queue_.back().asked_again = true;
      return;
    }
    TopicState& topic = pass_.topics[work.topic];
    const bool cut = error.code == ErrorCode::timeout && now_.steady >= deadline_;
    topic.state = TopicState::State::failed;
    topic.reason = cut ? Reason::deadline : reason_of(error.code);
    topic.message = error.message;
    ++done_;
  }

  Expected<void> take_topics_of_group(const Work& work, std::string_view body) {
    GroupState& asked = pass_.groups_asked[work.group];
    if (asked.state == GroupState::State::failed) return {};
    auto& [reader, awaited] = readers_.at(work.group);
    auto decoded = decode_topics_by_consumer(body, reader);
    if (!decoded) return decoded;
    if (--awaited > 0) return {};
    asked.topics = reader.take();
    const auto is_foreign = [&](const internal::Reading& reading) { return !internal::in_scope(pass_.names[reading.name], options_); };
    std::erase_if(asked.topics.list, is_foreign);
    const bool broadcasts = asked.topics.list.empty() && pass_.memory->groups[work.group].broadcast.value_or(false);
    if (broadcasts) pass_.unlisted_broadcast.push_back(work.group);
    if (const char* lacking = broadcasts ? nullptr : what_lacks(asked.topics.list)) {
      fail_group(work.group, {ErrorCode::status_error, lacking});
      return {};
    }
    asked.state = GroupState::State::read;
    asked.read_at = now_.wall;
    ++done_;
    return {};
  }

  /// An answer without a topic tells nothing about a group's lag; nor does its retry topic where that is all that is known of it (rule 13).
  const char* what_lacks(const std::vector<internal::Reading>& topics) const {
    if (pass_.by_group) return topics.empty() ? "the console knows no topic that this group consumes; is the name right?" : nullptr;
    const bool any_topic = std::any_of(topics.begin(), topics.end(), [&](const internal::Reading& reading) {
      return !internal::is_retry_topic(pass_.names[reading.name]);
    });
    return any_topic ? nullptr : "the console told no topic that it consumes";
  }

  Expected<void> take_group_list(std::string_view body) {
    auto list = decode_group_list(body);
    if (!list) return list.error();
    session_.learn(*list);
    group_list_read_ = now_.wall;
    for (auto& [group, known] : pass_.memory->groups) known.listed = false;
    for (GroupInfo& info : *list) {
      if (info.group.starts_with("%SYS%")) continue;
      GroupKnowledge& known = pass_.memory->groups[pass_.names.intern(info.group)];
      known.listed = true;
      known.members = info.members;
      known.broadcast = info.broadcast;
      known.addresses = std::move(info.addresses);
      known.ghost_since.reset();
    }
    return {};
  }

  Expected<void> take_group(const Work& work, std::string_view body) {
    auto info = decode_group(body);
    if (!info) return info.error();
    GroupKnowledge& known = pass_.memory->groups[work.group];
    known.exists = info->members.value_or(0) > 0 || info->diff_total.value_or(-1) >= 0;
    known.asked = asked_now_;
    if (info->members) known.members = info->members;
    if (info->broadcast) known.broadcast = info->broadcast;
    if (!info->addresses.empty()) known.addresses = std::move(info->addresses);
    if (known.exists) known.ghost_since.reset();
    return {};
  }

  Expected<void> take_connection(const Work& work, std::string_view body) {
    auto connection = decode_consumer_connection(body);
    if (!connection) return connection.error();
    GroupKnowledge& known = pass_.memory->groups[work.group];
    known.connection_asked = known.subscription_read = now_.wall;
    known.subscription.clear();
    for (const std::string& topic : connection->subscribed_topics) known.subscription.push_back(pass_.names.intern(topic));
    known.duplicate_client_ids = duplicate_ids(*connection);
    if (connection->broadcast) known.broadcast = connection->broadcast;
    return {};
  }

  Expected<void> take_cluster_list(std::string_view body) {
    auto clusters = decode_cluster_list(body);
    if (!clusters) return clusters.error();
    auto& masters = pass_.memory->master_addresses;
    masters.clear();
    for (ClusterList::Broker& broker : clusters->brokers)
      if (!broker.master_address.empty()) masters.push_back(std::move(broker.master_address));
    return {};
  }

  Expected<void> take_dead_letters(const Work& work, std::string_view body) {
    auto stats = decode_topic_stats(body);
    if (!stats) return stats.error();
    pass_.dead_letters.push_back({work.group, stats->messages});
    pass_.memory->dead_letters_read[work.group] = now_.wall;
    return {};
  }

  Session& session_;
  HeldSlots& slots_;
  const CollectOptions& options_;
  std::shared_ptr<const Snapshot> last_;
  Steady deadline_;
  Now begun_;
  Now now_ = begun_;
  Pass pass_;
  /// When this pass asks about groups: one instant for all, so that "asked in this pass" can be told.
  Wall asked_now_ = begun_.wall;

  Stage stage_ = Stage::begin;
  std::deque<Work> queue_;
  std::map<std::uint64_t, InFlight> in_flight_;
  std::deque<Arrived> arrived_;
  std::uint64_t next_id_ = 1;
  bool over_ = false;
  bool scope_known_ = false;  // what is to be read has been settled
  bool logging_in_ = true, login_in_flight_ = false;
  int login_epoch_ = 0;
  int done_ = 0;

  std::string namesrv_;
  std::vector<std::string> dlq_topics_;
  std::optional<Error> topic_list_error_;
  TopicReader topic_reader_{pass_.names};  // one for all topics, one after the other: it keeps its memory
  std::vector<NameId> unlisted_;  // online groups under no topic, to be confirmed
  std::map<NameId, std::pair<TopicReader, std::size_t>> readers_;  // groups asked: rows so far, answers awaited
  std::optional<Wall> topic_list_read_, group_list_read_;
  Cost cost_;
  Counters counters_;
};

Collector::Collector(Session& session, HeldSlots& slots, const CollectOptions& options, std::shared_ptr<const Snapshot> previous,
                     Steady deadline, Now now)
    : impl_(std::make_unique<Impl>(session, slots, options, std::move(previous), deadline, now)) {}
Collector::~Collector() = default;

std::variant<Send, WaitUntil, Done> Collector::next(Now now) { return impl_->next(now); }
void Collector::answer(std::uint64_t id, Expected<HttpResponse> result, Now now) { impl_->answer(id, std::move(result), now); }
std::shared_ptr<const Snapshot> Collector::finish(Now now) && { return impl_->finish(now); }
int Collector::done() const { return impl_->done(); }
int Collector::of() const { return impl_->of(); }

}  // namespace rmqlag

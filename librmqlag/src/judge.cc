// judge.cc: the truth rules about pairs (judge.h). Numbers in comments are those of docs/design.md, "Truth rules".
#include "judge.h"

#include <algorithm>
#include <compare>
#include <functional>
#include <span>
#include <tuple>
#include <utility>

#include "group_summary.h"
#include "scope.h"

namespace rmqlag::internal {
namespace {

constexpr std::chrono::hours broker_remembered{24};

/// What is to be done with a pair that was answered.
struct Verdict {
  enum class Kind : std::uint8_t { keep, skip, unknown } kind = Kind::keep;
  Skip skip{};
  Reason reason{};
  const char* message = "";
};

Verdict skip(Skip why) { return {Verdict::Kind::skip, why, {}, ""}; }
Verdict unknown(Reason why, const char* message) { return {Verdict::Kind::unknown, {}, why, message}; }

/// A part of the block that is being made, with its rows, which are kept elsewhere.
struct Draft {
  Part part;
  std::span<const Row> rows;
};

/// Where a queue of a topic ends.
struct QueueEnd {
  NameId broker;
  std::int32_t queue;
  std::int64_t offset;

  bool same_queue(const QueueEnd& other) const { return broker == other.broker && queue == other.queue; }
  auto operator<=>(const QueueEnd&) const = default;
};

/// Calls `use` with each broker, once or more often: rows of one broker mostly stand together.
template <class Use>
void each_broker(std::span<const Row> rows, Use use) {
  NameId last = 0;
  for (const Row& row : rows)
    if (std::exchange(last, row.broker) != row.broker) use(row.broker);
}

class Judge {
 public:
  Judge(Pass& pass, Wall now) : pass_(pass), memory_(*pass.memory), names_(pass.names), now_(now) {}

  Snapshot run() {
    if (pass_.previous)
      for (const auto& block : pass_.previous->blocks) previous_[block->topic] = block;
    out_.blocks.reserve(pass_.topics.size());
    if (pass_.namesrv_changed) disown_all();
    summary_ = summarize(pass_);
    join_groups_asked();
    note_brokers();
    judge_pairs();
    tell_failed_groups();
    complete_ = pass_.topic_list_fresh && !pass_.ended_early && pass_.every_topic_read() && groups_all_read() && nothing_alarming();
    find_missing_brokers();
    for (TopicState& topic : pass_.topics) build_block(topic);
    finish();
    return std::move(out_);
  }

 private:
  using Pair = std::pair<NameId, NameId>;         // (topic, group)

  // ---- telling ----

  void tell(NameId topic, NameId group, Reason reason, std::string message) {
    auto [entry, fresh] = unknown_.try_emplace({topic, group});
    if (fresh || reason < entry->second.reason) entry->second = {topic, group, reason, std::move(message)};
  }

  void leave_out(NameId topic, NameId group, Skip why) {
    skipped_.insert({topic, group});
    out_.skipped.push_back({topic, group, why});
  }

  // ---- what was answered ----

  /// Rule 10: after a switch nobody can say which cluster an answer came from.
  void disown_all() {
    constexpr const char* why = "the console was switched to another NameServer while it was read";
    for (TopicState& topic : pass_.topics) {
      if (topic.state == TopicState::State::read) topic = {topic.topic, TopicState::State::failed, Reason::namesrv_changed, why, {}, {}};
    }
    for (auto& [group, asked] : pass_.groups_asked) {
      if (asked.state == GroupState::State::read) asked = {GroupState::State::failed, Reason::namesrv_changed, why, {}, {}};
    }
  }

  /// Rows of groups that were asked for by themselves join their topics.
  void join_groups_asked() {
    for (auto& [group, asked] : pass_.groups_asked) {
      if (asked.state != GroupState::State::read) continue;
      if (pass_.by_group) add_unanswered_topics(group, asked);
      for (const Reading& reading : asked.topics.list) {
        TopicState* topic = topic_named(reading.name, asked.read_at);
        if (topic == nullptr) continue;
        const NameId name = group;
        auto& listed = topic->groups.list;
        const auto by_topic = std::find_if(listed.begin(), listed.end(), [&](const Reading& other) { return other.name == name; });
        if (by_topic != listed.end() && !by_topic->empty()) continue;
        if (by_topic != listed.end()) listed.erase(by_topic);
        topic->groups.add(group, asked.topics.rows_of(reading)).duplicates += reading.duplicates;
        std::sort(listed.begin(), listed.end(), [&](const Reading& a, const Reading& b) { return names_[a.name] < names_[b.name]; });
      }
    }
  }

  /// Topics that the group subscribes but that its answer lacks: without queues, so that they are told.
  void add_unanswered_topics(NameId group, GroupState& asked) {
    for (const NameId subscribed : memory_.groups[group].subscription) {
      const auto& answers = asked.topics.list;
      const bool answered = std::any_of(answers.begin(), answers.end(), [&](const Reading& reading) { return reading.name == subscribed; });
      if (!answered && in_scope(names_[subscribed], pass_.options)) asked.topics.add(subscribed, {});
    }
  }

  /// The topic if its rows may be used: one in scope that was read, or a new one.
  TopicState* topic_named(NameId topic, Wall read_at) {
    if (TopicState* const known = find_topic(topic)) return known->state == TopicState::State::read ? known : nullptr;
    return pass_.by_group ? &add_topic(topic, read_at) : nullptr;
  }

  /// A topic of this pass, or null. Valid until one is added.
  TopicState* find_topic(NameId topic) {
    for (; topics_indexed_ < pass_.topics.size(); ++topics_indexed_) topic_index_[pass_.topics[topics_indexed_].topic] = topics_indexed_;
    const auto found = topic_index_.find(topic);
    return found == topic_index_.end() ? nullptr : &pass_.topics[found->second];
  }

  TopicState& add_topic(NameId topic, Wall read_at) {
    return pass_.topics.emplace_back(TopicState{topic, TopicState::State::read, {}, {}, read_at, {}});
  }

  void judge_pairs() {
    for (TopicState& topic : pass_.topics) {
      if (topic.state != TopicState::State::read) {
        judge_failed(topic);
        continue;
      }
      for (Reading& reading : topic.groups.list) {
        if (reading.duplicates > 0)
          pass_.failures.push_back({"topic " + names_.text(topic.topic), Reason::bad_answer,
                                    "group " + names_.text(reading.name) + ": " + std::to_string(reading.duplicates) +
                                        " queue(s) came more than once; each counts once"});
        const Verdict verdict = judge_pair(topic.topic, reading);
        if (verdict.kind == Verdict::Kind::skip) leave_out(topic.topic, reading.name, verdict.skip);
        if (verdict.kind == Verdict::Kind::unknown) tell(topic.topic, reading.name, verdict.reason, verdict.message);
        if (verdict.kind != Verdict::Kind::keep) reading.count = 0;
      }
    }
    for (const NameId group : pass_.unlisted_broadcast) leave_out(0, group, Skip::broadcast);
  }

  Verdict judge_pair(NameId topic, const Reading& reading) {
    if (!pass_.options.groups.wants(names_[reading.name])) return skip(Skip::filtered);
    const auto found = memory_.groups.find(reading.name);
    GroupKnowledge* const known = found == memory_.groups.end() ? nullptr : &found->second;
    if (looks_like_ghost(topic, reading)) {
      const auto exists = group_exists(reading.name);
      if (!exists) {
        return unknown(Reason::ghost_suspect,
                       "may be a group that does not exist (brokers 5.3.3 register topic names as groups); the console did not say");
      }
      if (!*exists) return skip(Skip::ghost);
    } else if (known != nullptr) {
      known->ghost_since.reset();
    }
    if (known != nullptr && known->broadcast.value_or(false)) return skip(Skip::broadcast);
    if (reading.empty()) return judge_empty(topic, reading.name);
    if (summary_[reading.name].all_zero() && !model_known(pass_, reading.name, now_))
      return unknown(Reason::model_unknown, "every offset of the group is 0, and the console did not say whether it broadcasts");
    return {};
  }

  /// Rule 11: whether the group is more than a topic's name; none where no facts can be had.
  std::optional<bool> group_exists(NameId group) {
    GroupKnowledge& known = memory_.groups[group];
    if (known.listed) return true;
    if (is_recent(known.ghost_since, now_, ghost_verdict_lasts)) return false;
    if (!is_recent(known.asked, now_, facts_last)) return std::nullopt;
    if (!known.exists) known.ghost_since = known.asked;
    return known.exists;
  }

  /// Rule 2: a list without queues is what the console also returns when it could not read them.
  Verdict judge_empty(NameId topic, NameId group) {
    const Verdict empty = unknown(Reason::empty, "the console returned the group without queues");
    const auto known = memory_.groups.find(group);
    if (known == memory_.groups.end() || !is_recent(known->second.subscription_read, now_, facts_last)) return empty;
    const auto& subscription = known->second.subscription;
    bool elsewhere_unlisted = false;
    for (const NameId subscribed : subscription) {
      if (is_retry_topic(names_[subscribed]) || !answered_without(subscribed, group)) continue;
      elsewhere_unlisted = true;
      tell(subscribed, group, Reason::not_listed, "the group subscribes this topic, but the topic does not list it");
    }
    const bool subscribes = std::find(subscription.begin(), subscription.end(), topic) != subscription.end();
    if (subscribes || elsewhere_unlisted || !summary_[group].read_under_topic || !pass_.every_topic_read()) return empty;
    return unknown(Reason::not_subscribed, "the group does not subscribe this topic");
  }

  bool answered_without(NameId topic, NameId group) {
    const TopicState* const found = find_topic(topic);
    if (found == nullptr || found->state != TopicState::State::read) return false;
    return std::ranges::find(found->groups.list, group, &Reading::name) == found->groups.list.end();
  }

  // ---- what failed ----

  /// Rule 7: a topic that could not be read makes each of its pairs unknown.
  void judge_failed(TopicState& topic) {
    if (topic.state == TopicState::State::pending) {
      topic.state = TopicState::State::failed;
      topic.reason = pass_.ended_early ? pass_.ended_early->reason : Reason::deadline;
      topic.message = pass_.ended_early ? pass_.ended_early->message : "not read before the deadline";
    }
    tell(topic.topic, 0, topic.reason, topic.message);
    for (const NameId group : known_groups_of(topic.topic)) tell(topic.topic, group, topic.reason, topic.message);
  }

  std::set<NameId> known_groups_of(NameId topic) const {
    std::set<NameId> groups;
    if (!pass_.previous) return groups;
    if (const auto block = previous_.find(topic); block != previous_.end())
      for (const Part& part : block->second->parts) groups.insert(part.group);
    for (const Unknown& earlier : pass_.previous->unknown)
      if (earlier.topic == topic && earlier.group != 0) groups.insert(earlier.group);
    return groups;
  }

  bool nothing_alarming() const {
    return std::ranges::all_of(unknown_, [](const auto& entry) { return entry.second.reason == Reason::not_subscribed; });
  }

  bool groups_all_read() const {
    return std::all_of(pass_.groups_asked.begin(), pass_.groups_asked.end(),
                       [](const auto& asked) { return asked.second.state == GroupState::State::read; });
  }

  /// Groups that are read by themselves: what of them is unknown now, and which pairs of theirs must not vanish.
  void tell_failed_groups() {
    for (auto& [group, asked] : pass_.groups_asked) {
      if (asked.state == GroupState::State::read) continue;
      if (asked.state == GroupState::State::pending) {
        asked.reason = pass_.ended_early ? pass_.ended_early->reason : Reason::deadline;
        asked.message = pass_.ended_early ? pass_.ended_early->message : "not read before the deadline";
      }
      const Reason reason = pass_.by_group ? asked.reason : Reason::not_listed;
      const std::string message =
          pass_.by_group ? asked.message : "the group is online but under no topic, and asking for it failed: " + asked.message;
      tell(0, group, reason, message);
      hold_pairs_of(group, reason, message);
    }
    if (pass_.by_group) return;
    std::set<NameId> unlisted;
    for (const NameId group : memory_.unlisted_groups) {
      if (pass_.groups_asked.contains(group) || pass_.unlisted_judged) continue;
      unlisted.insert(group);
      hold_pairs_of(group, Reason::not_listed, "no topic lists the group, and it could not be asked for in this pass");
    }
    for (const auto& [group, asked] : pass_.groups_asked) unlisted.insert(group);
    memory_.unlisted_groups = std::move(unlisted);
  }

  void hold_pairs_of(NameId group, Reason reason, const std::string& message) {
    for (const auto& [topic, block] : previous_) {
      const bool had = std::any_of(block->parts.begin(), block->parts.end(), [&](const Part& part) { return part.group == group; });
      if (!had || (!pass_.by_group && !answered_without(topic, group))) continue;
      tell(topic, group, reason, message);
      if (find_topic(topic) == nullptr) add_topic(topic, now_);
    }
  }

  // ---- brokers ----

  /// Every broker an answer shows rows of, whatever becomes of the pair.
  void note_brokers() {
    for (const TopicState& topic : pass_.topics)
      each_broker(topic.groups.rows, [this](NameId broker) { read_brokers_.insert(broker); });
  }

  /// Rule 12: which brokers' rows have left a topic that still answers.
  void find_missing_brokers() {
    std::map<Pair, int> missing;
    for (const TopicState& topic : pass_.topics) {
      const auto before = previous_.find(topic.topic);
      if (before == previous_.end()) continue;
      if (!shows_brokers(topic)) {
        keep_count_of(topic.topic, missing);
        continue;
      }
      for (const NameId broker : brokers_gone(topic, *before->second)) {
        int passes = complete_ ? 1 : 0;
        if (const auto counted = memory_.missing_brokers.find({topic.topic, broker}); counted != memory_.missing_brokers.end())
          passes += counted->second;
        if (!read_brokers_.contains(broker)) memory_.brokers_down.insert(broker);
        if (passes < 2) missing[{topic.topic, broker}] = passes;
      }
    }
    memory_.missing_brokers = std::move(missing);
  }

  /// An answer in which every group is without queues tells nothing about brokers.
  bool shows_brokers(const TopicState& topic) const {
    return topic.state == TopicState::State::read && (topic.groups.list.empty() || !topic.groups.rows.empty());
  }

  void keep_count_of(NameId topic, std::map<Pair, int>& missing) const {
    const auto& counted = memory_.missing_brokers;
    for (auto entry = counted.lower_bound({topic, 0}); entry != counted.end() && entry->first.first == topic; ++entry) missing.insert(*entry);
  }

  static std::set<NameId> brokers_gone(const TopicState& topic, const TopicBlock& before) {
    std::set<NameId> gone;
    each_broker(before.rows, [&](NameId broker) { gone.insert(broker); });
    each_broker(topic.groups.rows, [&](NameId broker) { gone.erase(broker); });
    return gone;
  }

  bool is_missing(NameId topic, NameId broker) const { return memory_.missing_brokers.contains({topic, broker}); }

  // ---- blocks ----

  bool is_fresh_enough(const Part& part) const { return now_ - part.read_at <= pass_.options.stale_after; }

  void build_block(TopicState& topic) {
    const auto before = previous_.find(topic.topic);
    const TopicBlock* previous = before == previous_.end() ? nullptr : before->second.get();
    const bool failed = topic.state == TopicState::State::failed;
    if (failed) count_failed(previous);
    if (!failed && !(pass_.by_group && topic.groups.list.empty())) ++out_.topics_read;

    const auto is_fresh = [this](const Part& part) { return is_fresh_enough(part); };
    if (failed && previous && std::ranges::all_of(previous->parts, is_fresh)) {
      out_.blocks.push_back(before->second);
      return;
    }
    std::vector<Draft> drafts;
    for (const Reading& reading : topic.groups.list)
      if (!reading.empty()) drafts.push_back({{reading.name, topic.read_at, pass_.number, 0, 0, false}, topic.groups.rows_of(reading)});
    std::vector<Row> carried;
    if (previous) {
      count_regressions(drafts, *previous);
      carried.reserve(previous->rows.size());
      for (const Part& part : previous->parts) carry(topic.topic, *previous, part, drafts, carried);
    }
    if (!drafts.empty()) out_.blocks.push_back(assemble(topic, drafts));
    topic.groups = {};
  }

  void count_failed(const TopicBlock* previous) {
    const auto is_fresh = [this](const Part& part) { return is_fresh_enough(part); };
    const bool carried = previous && std::ranges::any_of(previous->parts, is_fresh);
    ++(carried ? out_.topics_carried : out_.topics_unknown);
  }

  /// Rules 7 and 12: the rows of an earlier part that stand in for what is unknown now. `carried` has room for them.
  void carry(NameId topic, const TopicBlock& previous, const Part& part, std::vector<Draft>& drafts, std::vector<Row>& carried) {
    if (!is_fresh_enough(part)) return;
    const auto told = unknown_.find({topic, part.group});
    const bool pair_unknown = told != unknown_.end() && told->second.reason != Reason::broker_missing;
    const bool pair_read = std::any_of(drafts.begin(), drafts.end(), [&](const Draft& draft) {
      return draft.part.group == part.group && draft.part.pass == pass_.number;
    });
    const std::size_t first = carried.size();
    for (const Row& row : std::span(previous.rows).subspan(part.first, part.count)) {
      const bool broker_missing = is_missing(topic, row.broker) && !skipped_.contains({topic, part.group}) &&
                                  (pair_read || !read_brokers_.contains(row.broker));
      if (pair_unknown && !pair_read) {
        carried.push_back(row);
      } else if (broker_missing) {
        carried.push_back(row);
        tell(topic, part.group, Reason::broker_missing,
             names_.text(row.broker) + ": its queues are gone from the answers; the rows last read stand");
      }
    }
    if (carried.size() > first)
      drafts.push_back({{part.group, part.read_at, part.pass, 0, 0, part.incomplete}, std::span(carried).subspan(first)});
  }

  /// Broker offsets that went backwards: a slave was read, or the broker lost its tail.
  void count_regressions(const std::vector<Draft>& drafts, const TopicBlock& previous) {
    ends_.clear();
    ends_before_.clear();
    for (const Draft& draft : drafts) note_ends(draft.rows, ends_);
    for (const Part& part : previous.parts) note_ends(std::span(previous.rows).subspan(part.first, part.count), ends_before_);
    keep_furthest(ends_);
    keep_furthest(ends_before_);
    auto now = ends_.begin();
    for (const QueueEnd& before : ends_before_) {
      while (now != ends_.end() && *now < before && !now->same_queue(before)) ++now;
      if (now != ends_.end() && now->same_queue(before) && now->offset < before.offset) ++regressions_[before.broker];
    }
  }

  static void note_ends(std::span<const Row> rows, std::vector<QueueEnd>& ends) {
    for (const Row& row : rows) ends.push_back({row.broker, row.queue, row.broker_offset});
  }

  /// Of each queue, one end. Sorted by queue.
  static void keep_furthest(std::vector<QueueEnd>& ends) {
    std::sort(ends.begin(), ends.end(), std::greater());
    ends.erase(std::unique(ends.begin(), ends.end(), [](const QueueEnd& a, const QueueEnd& b) { return a.same_queue(b); }), ends.end());
    std::reverse(ends.begin(), ends.end());
  }

  std::shared_ptr<const TopicBlock> assemble(TopicState& topic, std::vector<Draft>& drafts) {
    std::sort(drafts.begin(), drafts.end(), [&](const Draft& a, const Draft& b) {
      if (a.part.group != b.part.group) return names_[a.part.group] < names_[b.part.group];
      return a.part.pass > b.part.pass;
    });
    mark_incomplete(drafts);
    auto block = std::make_shared<TopicBlock>();
    block->topic = topic.topic;
    block->parts.reserve(drafts.size());
    std::uint32_t rows = 0;
    for (Draft& draft : drafts) {
      draft.part.first = rows;
      draft.part.count = static_cast<std::uint32_t>(draft.rows.size());
      rows += draft.part.count;
      block->parts.push_back(draft.part);
    }
    std::vector<Row>& read = topic.groups.rows;
    if (stand_side_by_side(drafts, read)) {
      block->rows = std::move(read);
    } else {
      block->rows.reserve(rows);
      for (const Draft& draft : drafts) block->rows.insert(block->rows.end(), draft.rows.begin(), draft.rows.end());
    }
    return block;
  }

  /// Whether the drafts' rows are all of these, in this order, so that they need not be copied. It is so where all is well.
  static bool stand_side_by_side(const std::vector<Draft>& drafts, const std::vector<Row>& rows) {
    const Row* next = rows.data();
    for (const Draft& draft : drafts) {
      if (draft.rows.data() != next) return false;
      next += draft.rows.size();
    }
    return next == rows.data() + rows.size();
  }

  /// Rule 15: the console takes a group's brokers from its retry topic's route, and misses new ones.
  void mark_incomplete(std::vector<Draft>& drafts) const {
    const auto each_group = [&drafts](auto use) {
      for (auto first = drafts.begin(); first != drafts.end();) {
        const auto end = std::find_if(first, drafts.end(), [first](const Draft& draft) { return draft.part.group != first->part.group; });
        std::size_t queues = 0;
        for (const Draft& draft : std::span(first, end)) queues += draft.rows.size();
        use(std::span(first, end), queues);
        first = end;
      }
    };
    std::size_t most = 0;
    each_group([&most](std::span<Draft>, std::size_t queues) { most = std::max(most, queues); });
    each_group([&](std::span<Draft> group, std::size_t queues) {
      for (Draft& draft : group)
        if (draft.part.pass == pass_.number) draft.part.incomplete = queues < most;
    });
  }

  // ---- the rest of the snapshot ----

  void finish() {
    for (auto& [pair, entry] : unknown_) out_.unknown.push_back(std::move(entry));
    const auto by_names = [&](const auto& a, const auto& b) {
      return std::tuple(names_[a.topic], names_[a.group]) < std::tuple(names_[b.topic], names_[b.group]);
    };
    std::sort(out_.unknown.begin(), out_.unknown.end(), by_names);
    std::sort(out_.skipped.begin(), out_.skipped.end(), by_names);
    const auto topic_name = [&](const auto& block) { return names_[block->topic]; };
    if (!std::ranges::is_sorted(out_.blocks, {}, topic_name)) std::ranges::sort(out_.blocks, {}, topic_name);
    if (pass_.ended_early) out_.failures.push_back(*pass_.ended_early);
    out_.failures.insert(out_.failures.end(), pass_.failures.begin(), pass_.failures.end());
    out_.dead_letters = std::move(pass_.dead_letters);
    fill_brokers();
    fill_groups();
    out_.outcome = complete_ ? Outcome::complete : anything_read() ? Outcome::partial : Outcome::failed;
  }

  bool anything_read() const {
    if (!pass_.by_group) return out_.topics_read > 0;
    return std::any_of(pass_.groups_asked.begin(), pass_.groups_asked.end(),
                       [](const auto& asked) { return asked.second.state == GroupState::State::read; });
  }

  void fill_brokers() {
    std::set<NameId> up;
    for (const auto& block : out_.blocks)
      for (const Part& part : block->parts)
        if (part.pass == pass_.number)
          each_broker(std::span(block->rows).subspan(part.first, part.count), [&](NameId broker) { up.insert(broker); });
    for (const NameId broker : up) {
      memory_.brokers_seen[broker] = now_;
      memory_.brokers_down.erase(broker);
    }
    std::erase_if(memory_.brokers_seen, [&](const auto& seen) { return now_ - seen.second > broker_remembered; });
    for (const auto& [broker, seen] : memory_.brokers_seen) {
      BrokerState state{broker, std::nullopt, regressions_[broker]};
      if (up.contains(broker)) state.up = true;
      else if (!up.empty() && memory_.brokers_down.contains(broker)) state.up = false;
      if (pass_.previous)
        for (const BrokerState& earlier : pass_.previous->brokers)
          if (earlier.broker == broker) state.regressions += earlier.regressions;
      out_.brokers.push_back(state);
    }
    std::sort(out_.brokers.begin(), out_.brokers.end(), [&](const auto& a, const auto& b) { return names_[a.broker] < names_[b.broker]; });
  }

  void fill_groups() {
    std::set<NameId> seen;
    for (const auto& block : out_.blocks)
      for (const Part& part : block->parts) seen.insert(part.group);
    for (const Unknown& entry : out_.unknown) seen.insert(entry.group);
    for (const auto& [group, known] : memory_.groups) {
      if (!known.listed && !(seen.contains(group) && (known.asked || known.duplicate_client_ids))) continue;
      if (!pass_.options.groups.wants(names_[group])) continue;
      out_.groups.push_back({group, known.members, known.broadcast, known.duplicate_client_ids});
    }
    std::sort(out_.groups.begin(), out_.groups.end(), [&](const auto& a, const auto& b) { return names_[a.group] < names_[b.group]; });
  }

  Pass& pass_;
  SnapshotMemory& memory_;
  const NameTable& names_;
  Wall now_;
  Snapshot out_;
  bool complete_ = false;
  std::unordered_map<NameId, GroupSummary> summary_;
  std::unordered_map<NameId, std::shared_ptr<const TopicBlock>> previous_;
  std::unordered_map<NameId, std::size_t> topic_index_;  // in pass_.topics...
  std::size_t topics_indexed_ = 0;                       // ... of the first so many
  std::map<Pair, Unknown> unknown_;
  std::set<Pair> skipped_;
  std::set<NameId> read_brokers_;
  std::map<NameId, std::int64_t> regressions_;
  std::vector<QueueEnd> ends_, ends_before_;  // of the topic that is being built
};

}  // namespace

Snapshot judge(Pass& pass, Wall now) { return Judge(pass, now).run(); }

}  // namespace rmqlag::internal

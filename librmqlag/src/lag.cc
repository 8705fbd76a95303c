// lag.cc: the table of names and the words of the enumerations (lag.h).
#include "rmqlag/lag.h"

#include <algorithm>
#include <functional>
#include <limits>
#include <memory_resource>

namespace rmqlag {

// Open addressing over a power of two of slots, at most half of them taken. A slot keeps the hash, so that neither probing nor
// growing looks at the texts of other names.
struct Names::Index {
  struct Slot {
    std::uint32_t hash = 0;
    NameId id = 0;  // 0: free; the empty name needs no slot
  };

  std::pmr::monotonic_buffer_resource storage;  // of the texts
  std::vector<Slot> slots = std::vector<Slot>(64);

  Index() = default;
  Index(std::size_t text_bytes, const std::vector<Slot>& filled) : storage(std::max<std::size_t>(text_bytes, 1)), slots(filled) {}

  static std::uint32_t hash_of(std::string_view name) {
    const std::uint64_t hash = std::hash<std::string_view>{}(name);
    return static_cast<std::uint32_t>(hash ^ (hash >> 32));
  }

  std::string_view store(std::string_view name) {
    auto* const copy = static_cast<char*>(storage.allocate(name.size(), 1));
    std::copy(name.begin(), name.end(), copy);
    return {copy, name.size()};
  }

  // The slot that holds the name, or the free one where it belongs.
  std::size_t slot_of(std::string_view name, std::uint32_t hash, const std::vector<std::string_view>& texts) const {
    const std::size_t mask = slots.size() - 1;
    std::size_t at = hash & mask;
    while (slots[at].id != 0 && (slots[at].hash != hash || texts[slots[at].id] != name)) at = (at + 1) & mask;
    return at;
  }

  void grow() {
    std::vector<Slot> larger(slots.size() * 2);
    const std::size_t mask = larger.size() - 1;
    for (const Slot& slot : slots) {
      if (slot.id == 0) continue;
      std::size_t at = slot.hash & mask;
      while (larger[at].id != 0) at = (at + 1) & mask;
      larger[at] = slot;
    }
    slots = std::move(larger);
  }
};

Names::Names() : texts_{std::string_view("")}, index_(std::make_unique<Index>()) {}

Names::Names(const Names& other) {
  std::size_t bytes = 0;
  for (const std::string_view text : other.texts_) bytes += text.size();
  index_ = std::make_unique<Index>(bytes, other.index_->slots);
  texts_.reserve(other.texts_.size());
  for (const std::string_view text : other.texts_) texts_.push_back(text.empty() ? text : index_->store(text));
}

Names::~Names() = default;

NameId Names::intern(std::string_view name) {
  if (name.empty()) return 0;
  const std::uint32_t hash = Index::hash_of(name);
  Index::Slot& slot = index_->slots[index_->slot_of(name, hash, texts_)];
  if (slot.id != 0) return slot.id;

  const auto id = static_cast<NameId>(texts_.size());
  texts_.push_back(index_->store(name));
  slot = {hash, id};
  if (texts_.size() > index_->slots.size() / 2) index_->grow();
  return id;
}

NameId Names::find(std::string_view name) const {
  if (name.empty()) return 0;
  return index_->slots[index_->slot_of(name, Index::hash_of(name), texts_)].id;
}

namespace {

template <class Enum, std::size_t count>
std::string_view name_of(Enum value, const std::array<std::string_view, count>& names) {
  const auto index = static_cast<std::size_t>(value);
  return index < count ? names[index] : "unknown";
}

}  // namespace

std::string_view to_string(Reason reason) {
  static constexpr std::array<std::string_view, reason_count> names{
      "deadline",       "timeout",         "refused",    "reset",          "tls",           "dns",           "too_large",
      "bad_answer",     "status_error",    "no_permission", "login_lost",  "empty",         "not_subscribed", "model_unknown",
      "ghost_suspect",  "not_listed",      "broker_missing", "namesrv_changed", "overloaded", "not_recorded"};
  return name_of(reason, names);
}

Reason reason_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::cancelled: return Reason::deadline;
    case ErrorCode::refused: return Reason::refused;
    case ErrorCode::reset:
    case ErrorCode::cut_off: return Reason::reset;
    case ErrorCode::timeout: return Reason::timeout;
    case ErrorCode::dns: return Reason::dns;
    case ErrorCode::tls: return Reason::tls;
    case ErrorCode::too_large: return Reason::too_large;
    case ErrorCode::not_recorded: return Reason::not_recorded;
    case ErrorCode::status_error: return Reason::status_error;
    case ErrorCode::no_permission: return Reason::no_permission;
    case ErrorCode::overloaded: return Reason::overloaded;
    case ErrorCode::login_lost:
    case ErrorCode::login_rejected: return Reason::login_lost;
    case ErrorCode::invalid_argument:
    case ErrorCode::not_a_console:
    case ErrorCode::bad_answer:
    case ErrorCode::io:
    case ErrorCode::bad_file: break;
  }
  return Reason::bad_answer;
}

std::string_view to_string(Skip skip) {
  static constexpr std::array<std::string_view, skip_count> names{"broadcast", "ghost", "filtered"};
  return name_of(skip, names);
}

std::string_view to_string(Outcome outcome) {
  static constexpr std::array<std::string_view, outcome_count> names{"complete", "partial", "failed"};
  return name_of(outcome, names);
}

std::string_view to_string(Endpoint endpoint) {
  static constexpr std::array<std::string_view, endpoint_count> names{
      "topic/list",
      "topic/queryConsumerByTopic",
      "consumer/groupList",
      "consumer/group",
      "consumer/consumerConnection",
      "consumer/queryTopicByConsumer",
      "cluster/list",
      "ops/homePage",
      "login/check",
      "csrf-token",
      "login/login",
      "topic/stats",
      "studio"};
  return name_of(endpoint, names);
}

std::string_view to_string(RequestResult result) {
  static constexpr std::array<std::string_view, request_result_count> names{"ok", "refused_by_console", "bad_answer", "failed",
                                                                            "timeout"};
  return name_of(result, names);
}

std::int64_t diff(const Row& row) {
  std::int64_t difference = 0;
  if (!__builtin_sub_overflow(row.broker_offset, row.consumer_offset, &difference)) return difference;
  return row.consumer_offset < 0 ? std::numeric_limits<std::int64_t>::max() : std::numeric_limits<std::int64_t>::min();
}

}  // namespace rmqlag

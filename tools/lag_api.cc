// lag_api.cc: GET /api/v1/lag (lag_api.h).
#include "lag_api.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <limits>
#include <string_view>
#include <utility>

#include "rmqlag/aggregate.h"
#include "values.h"

namespace rmqlag::tools {
namespace {

template <class To, class From>
bool store(To& place, const Expected<From>& value) {
  if (!value) return false;
  place = static_cast<To>(*value);
  return true;
}

bool store_name(std::optional<std::string>& place, std::string_view name) {
  place = name;
  return !name.empty();
}

struct Known {
  std::string_view name;
  std::string_view wanted;
  bool (*store)(LagQuery& query, std::string_view value);
};

constexpr std::array known_parameters{
    Known{"by", "a comma list of topic, group, broker, queue, process, host",
          [](LagQuery& query, std::string_view value) { return store(query.json.selection.by, parse_dimensions(value)); }},
    Known{"rows", "0 or 1",
          [](LagQuery& query, std::string_view value) {
            return store(query.json.rows, parse_choice<bool>(value, {{"0", false}, {"1", true}}));
          }},
    Known{"top", "a whole number, 0 for all",
          [](LagQuery& query, std::string_view value) {
            return store(query.json.selection.top, parse_number(value, 0, std::numeric_limits<std::int32_t>::max()));
          }},
    Known{"min_lag", "a whole number from 0",
          [](LagQuery& query, std::string_view value) {
            return store(query.json.selection.min_lag, parse_number(value, 0, std::numeric_limits<std::int64_t>::max()));
          }},
    Known{"sort", "lag or name",
          [](LagQuery& query, std::string_view value) {
            return store(query.json.selection.sort, parse_choice<Sort>(value, {{"lag", Sort::lag}, {"name", Sort::name}}));
          }},
    Known{"topic", "the name of a topic", [](LagQuery& query, std::string_view value) { return store_name(query.topic, value); }},
    Known{"group", "the name of a consumer group", [](LagQuery& query, std::string_view value) { return store_name(query.group, value); }},
};

Error unknown_parameter() {
  std::string names;
  for (const Known& known : known_parameters) names += (names.empty() ? "" : ", ") + std::string(known.name);
  return invalid("the query has a parameter that is none of " + names);
}

/// The id of the name asked for; none = any. A name that the table lacks gets an id that nothing has.
std::optional<NameId> wanted_id(const Names& names, const std::optional<std::string>& name) {
  if (!name) return std::nullopt;
  const NameId id = names.find(*name);
  return id != 0 ? id : std::numeric_limits<NameId>::max();
}

/// An absent name stands for every topic, or every group.
bool concerns(NameId name, std::optional<NameId> wanted) { return !wanted || name == 0 || name == *wanted; }

std::shared_ptr<const TopicBlock> only_group(const TopicBlock& block, NameId group) {
  auto made = std::make_shared<TopicBlock>();
  made->topic = block.topic;
  for (Part part : block.parts) {
    if (part.group != group) continue;
    const auto first = block.rows.begin() + part.first;
    part.first = static_cast<std::uint32_t>(made->rows.size());
    made->rows.insert(made->rows.end(), first, first + part.count);
    made->parts.push_back(part);
  }
  return made;
}

std::string entity_tag(const Snapshot& snapshot) {
  const auto ended = std::chrono::floor<std::chrono::milliseconds>(snapshot.ended.time_since_epoch()).count();
  return '"' + std::to_string(snapshot.pass) + '-' + std::to_string(ended) + '"';
}

Response json_response(int status, std::shared_ptr<const std::string> text) {
  Response response;
  response.status = status;
  response.content_type = "application/json";
  response.headers = {{"Cache-Control", "no-store"}, {"X-Content-Type-Options", "nosniff"}};
  if (text != nullptr) response.body.push_back(std::move(text));
  return response;
}

/// `sentence` is one of ours: nothing in it needs to be escaped.
Response error_response(int status, const std::string& sentence) {
  return json_response(status, std::make_shared<const std::string>("{\"error\":\"" + sentence + "\"}\n"));
}

std::shared_ptr<const std::string> text_of(const Snapshot& snapshot, const JsonOptions& options) {
  return std::make_shared<const std::string>(lag_json(snapshot, options));
}

/// What page.js asks for as long as it is open.
bool is_pages_own(const Request& request) { return request.parameters.size() == 1 && request.parameter("by") == "topic,group"; }

}  // namespace

Expected<LagQuery> parse_lag_query(const std::vector<Header>& parameters) {
  LagQuery query;
  for (auto parameter = parameters.begin(); parameter != parameters.end(); ++parameter) {
    const auto known = std::ranges::find(known_parameters, parameter->name, &Known::name);
    if (known == known_parameters.end()) return unknown_parameter();
    const std::string name(known->name);
    const auto first = std::ranges::find(parameters, known->name, &Header::name);
    if (first != parameter) return invalid(name + " is given twice");
    if (!known->store(query, parameter->value)) return invalid(name + " must be " + std::string(known->wanted));
  }
  return query;
}

Snapshot restricted(const Snapshot& snapshot, const LagQuery& query) {
  const std::optional<NameId> topic = wanted_id(*snapshot.names, query.topic), group = wanted_id(*snapshot.names, query.group);
  const auto elsewhere = [&](const auto& entry) { return !concerns(entry.topic, topic) || !concerns(entry.group, group); };
  const auto other_group = [&](const auto& entry) { return !concerns(entry.group, group); };

  Snapshot some = snapshot;
  std::erase_if(some.blocks, [&](const auto& block) { return !concerns(block->topic, topic); });
  if (group) {
    for (auto& block : some.blocks) block = only_group(*block, *group);
    std::erase_if(some.blocks, [](const auto& block) { return block->rows.empty(); });
  }
  std::erase_if(some.unknown, elsewhere);
  std::erase_if(some.skipped, elsewhere);
  std::erase_if(some.groups, other_group);
  std::erase_if(some.dead_letters, other_group);
  return some;
}

Response LagApi::answer(const std::shared_ptr<const Snapshot>& snapshot, const Request& request) {
  const auto query = parse_lag_query(request.parameters);
  if (!query) return error_response(400, query.error().message);
  if (snapshot == nullptr) return error_response(503, "no collection has ended yet");

  const std::string tag = entity_tag(*snapshot);
  const bool has_it = request.header("If-None-Match").find(tag) != std::string::npos;
  Response response = json_response(has_it ? 304 : 200, nullptr);
  response.headers.push_back({"ETag", tag});
  if (has_it) return response;

  response.body.push_back(is_pages_own(request) ? page_text(snapshot, *query) : text_of(restricted(*snapshot, *query), query->json));
  return response;
}

std::shared_ptr<const std::string> LagApi::page_text(const std::shared_ptr<const Snapshot>& snapshot, const LagQuery& query) {
  const std::lock_guard lock(mutex_);
  if (snapshot != page_snapshot_) {
    page_snapshot_ = snapshot;
    page_text_ = text_of(*snapshot, query.json);
  }
  return page_text_;
}

}  // namespace rmqlag::tools

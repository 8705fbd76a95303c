// report.h: what the writers have in common: the dimensions in their order, words for what is not known, text that is safe to show.
// Private; used by lag_table, lag_json and lag_csv.
#pragma once

#include <array>
#include <string>
#include <string_view>

#include "rmqlag/aggregate.h"

namespace rmqlag::internal {

/// One dimension as writers name it, and where a total keeps it.
struct Dimension {
  unsigned bit;
  std::string_view name;
  NameId Total::*id;  ///< null for the queue, which is a number
};

/// In the order in which they are written.
inline constexpr std::array<Dimension, 6> dimensions{{
    {by::topic, "topic", &Total::topic},
    {by::group, "group", &Total::group},
    {by::broker, "broker", &Total::broker},
    {by::queue, "queue", nullptr},
    {by::host, "host", &Total::host},
    {by::process, "process", &Total::process},
}};

/// True for what is told but is no alarm: a pair whose group does not subscribe the topic.
inline bool harmless(const Unknown& unknown) { return unknown.reason == Reason::not_subscribed; }

/// The reason in a few words for people: "the console returned no queues".
std::string_view words(Reason reason);

/// Why it is not known: its message, else words for its reason. The names that have no column among `columns` come first:
/// "topic audit, group archive: the console returned no queues".
std::string why(const Snapshot& snapshot, const Unknown& unknown, unsigned columns);

/// "topic list failed: 404 at /topic/list.query".
std::string what_failed(const Failure& failure);

/// What to keep in mind about a total's numbers: "" or phrases joined by "; ".
std::string caveats(const Total& total);

/// The console's name and version for "G0" ... "G5" and ranges of them: "G1-G2" -> "console-ng 2.0 or dashboard 1.0".
/// What is none of these is given back as it is.
std::string generation_words(std::string_view generation);

/// `text` as valid UTF-8 on one line that cannot steer a terminal: each control character, line separator, bidirectional override
/// and invalid part is U+FFFD.
std::string printable(std::string_view text);

/// Appends `part`, after `separator` where something is there already. An empty part leaves `out` as it is.
void append_part(std::string& out, std::string_view separator, std::string_view part);

}  // namespace rmqlag::internal

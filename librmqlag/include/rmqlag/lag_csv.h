// lag_csv.h: a snapshot's totals as CSV (RFC 4180, with a header line, CRLF). For spreadsheets.
// Used by dump. What is unknown has a line of its own with empty numbers and its reason, never 0. Pure.
#pragma once

#include <string>

#include "rmqlag/aggregate.h"
#include "rmqlag/export.h"

namespace rmqlag {

/// A column for each dimension, then lag, diff, queues, unowned_queues, read_at (of totals carried over), unknown (a reason), message.
/// Of every unknown and every failure there is a line with empty numbers; names that have no column stand in its message.
/// Text is made safe to open: control characters become U+FFFD (so a line is a record), and what a spreadsheet would take for a
/// formula, because it begins with = + - or @, gets an apostrophe in front. Numbers stay as they are, negative ones too.
RMQLAG_EXPORT std::string lag_csv(const Snapshot& snapshot, const Selection& selection);

}  // namespace rmqlag

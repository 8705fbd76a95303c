// aggregate.cc: group-by over the rows of a snapshot. See aggregate.h; how it is done, grouping.h.
#include "rmqlag/aggregate.h"

#include <algorithm>
#include <array>

#include "grouping.h"

namespace rmqlag {
namespace {

struct Dimension {
  std::string_view word;
  unsigned set;
};

constexpr std::array dimensions_by_word = {
    Dimension{"topic", by::topic}, Dimension{"group", by::group}, Dimension{"broker", by::broker},
    Dimension{"queue", by::queue}, Dimension{"host", by::host},   Dimension{"process", by::host | by::process},
};

}  // namespace

Expected<unsigned> parse_dimensions(std::string_view list) {
  unsigned dimensions = 0;
  if (list.empty()) return dimensions;
  for (std::size_t begin = 0; begin <= list.size();) {
    const std::size_t end = std::min(list.find(',', begin), list.size());
    const std::string_view word = list.substr(begin, end - begin);
    const auto known = std::find_if(dimensions_by_word.begin(), dimensions_by_word.end(),
                                    [word](const Dimension& dimension) { return dimension.word == word; });
    if (known == dimensions_by_word.end()) {
      return Error{ErrorCode::invalid_argument,
                   "unknown dimension \"" + std::string(word) + "\": there are topic, group, broker, queue, process, host"};
    }
    dimensions |= known->set;
    begin = end + 1;
  }
  return dimensions;
}

std::vector<Total> aggregate(const Snapshot& snapshot, unsigned dimensions, Rows rows) {
  internal::Grouping<Total> grouping(snapshot, dimensions);
  internal::each_part(snapshot, [&](const internal::PartRows& part) {
    if (rows == Rows::all || !part.carried) grouping.add(part);
  });
  return grouping.take(*snapshot.names);
}

std::vector<Total> select(const Snapshot& snapshot, const Selection& selection) {
  std::vector<Total> totals = aggregate(snapshot, selection.by);
  std::erase_if(totals, [&selection](const Total& total) { return total.lag < selection.min_lag; });
  if (selection.sort == Sort::lag) {
    std::stable_sort(totals.begin(), totals.end(), [](const Total& a, const Total& b) { return a.lag > b.lag; });
  }
  if (selection.top != 0 && totals.size() > selection.top) totals.resize(selection.top);
  return totals;
}

}  // namespace rmqlag

// scrape_deadline.cc: how long a scrape may take, from the header that Prometheus sends along (scrape_deadline.h).
#include "scrape_deadline.h"

#include <algorithm>
#include <charconv>

namespace rmqlag::tools {

std::chrono::milliseconds time_for_scrape(std::string_view header, std::chrono::milliseconds otherwise) {
  constexpr double longest = 24 * 3600;
  constexpr std::chrono::milliseconds margin{500};
  double seconds = 0;
  const auto [end, error] = std::from_chars(header.data(), header.data() + header.size(), seconds);
  if (error != std::errc{} || end != header.data() + header.size() || !(seconds > 0 && seconds < longest)) return otherwise;
  const std::chrono::milliseconds time(static_cast<std::int64_t>(seconds * 1000));
  return std::min(time - std::min(margin, time / 4), otherwise);
}

}  // namespace rmqlag::tools

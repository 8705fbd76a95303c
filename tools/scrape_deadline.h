// scrape_deadline.h: how long a scrape may take, from the header that Prometheus sends along. Pure. Used by serve.
#pragma once

#include <chrono>
#include <string_view>

namespace rmqlag::tools {

/// `header`: of X-Prometheus-Scrape-Timeout-Seconds: "10", "9.5". Its time less half a second, a quarter of it at most, for the way of
/// the answer. `otherwise` where that is shorter, or where the header is absent or no sensible number.
std::chrono::milliseconds time_for_scrape(std::string_view header, std::chrono::milliseconds otherwise);

}  // namespace rmqlag::tools

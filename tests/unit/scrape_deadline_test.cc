// scrape_deadline_test.cc: the time-out that Prometheus announces, as the time a collection may take.
#include "scrape_deadline.h"

#include "support/catch.h"

using namespace rmqlag::tools;
using namespace std::chrono_literals;

TEST_CASE("scrape deadline") {
  const auto [header, expected] = GENERATE(table<const char*, std::chrono::milliseconds>({
      {"10", 9500ms},
      {"10.0", 9500ms},
      {"2", 1500ms},
      {"1", 750ms},  // a quarter at most
      {"0.2", 150ms},
      {"120", 60s},  // ours is shorter
      {"", 60s},
      {"0", 60s},
      {"-3", 60s},
      {"soon", 60s},
      {"10s", 60s},
      {" 10", 60s},
      {"nan", 60s},
      {"inf", 60s},
      {"1e300", 60s},
      {"1e5", 60s},
  }));
  CAPTURE(header);
  CHECK(time_for_scrape(header, 60s) == expected);
}

// negotiation_test.cc: Accept and Accept-Encoding headers as scrapers send them, and as they should not.
#include "negotiation.h"

#include <string>

#include "support/catch.h"

using rmqlag::ExpositionFormat;
using rmqlag::tools::accepts_gzip;
using rmqlag::tools::negotiate;

namespace {

const std::string text = "text/plain; version=0.0.4; charset=utf-8";
const std::string openmetrics = "application/openmetrics-text; version=1.0.0; charset=utf-8";
const std::string openmetrics_0 = "application/openmetrics-text; version=0.0.1; charset=utf-8";

}  // namespace

TEST_CASE("negotiation: the format for an Accept header") {
  const auto [accept, expected] = GENERATE(table<std::string, std::string>({
      {"", text},
      {"*/*", text},
      {"text/plain", text},
      {"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", text},
      {"application/openmetrics-text", openmetrics},
      {"application/openmetrics-text; version=1.0.0; charset=utf-8", openmetrics},
      {"application/openmetrics-text;version=\"1.0.0\"", openmetrics},
      {"APPLICATION/OpenMetrics-Text;Version=1.0.0", openmetrics},
      // Prometheus 1 and 2.0
      {"application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;q=0.7,text/plain;version=0.0.4;q=0.3,*/*;q=0.1", text},
      {"text/plain;version=0.0.4;q=1,*/*;q=0.1", text},
      // 2.5 to 2.33
      {"application/openmetrics-text; version=0.0.1,text/plain;version=0.0.4;q=0.5,*/*;q=0.1", openmetrics_0},
      // 2.34 to 2.48, Debian 12's 2.42 among them
      {"application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,"
       "text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
       openmetrics},
      // the same with native histograms
      {"application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited,"
       "application/openmetrics-text;version=1.0.0;q=0.8,application/openmetrics-text;version=0.0.1;q=0.75,"
       "text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
       openmetrics},
      // 2.49 and later
      {"application/openmetrics-text;version=1.0.0;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,"
       "text/plain;version=0.0.4;q=0.3,*/*;q=0.2",
       openmetrics},
      // 3, and with native histograms
      {"application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5,"
       "text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2",
       openmetrics},
      {"application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;q=0.6,"
       "application/openmetrics-text;version=1.0.0;escaping=underscores;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,"
       "text/plain;version=1.0.0;escaping=underscores;q=0.3,text/plain;version=0.0.4;q=0.2,*/*;q=0.1",
       openmetrics},
      // scrape_protocols of one's own
      {"text/plain;version=0.0.4;q=0.6,application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,*/*;q=0.2", text},
      {"text/plain;version=1.0.0;escaping=allow-utf-8;q=0.6,*/*;q=0.5", text},
      {"application/openmetrics-text;version=0.0.1;q=0.6,*/*;q=0.5", openmetrics_0},
      {"application/vnd.google.protobuf;q=0.9,text/plain;version=0.0.4;q=0.3,*/*;q=0.1", text},
      // weights
      {"application/openmetrics-text;q=0.3,text/plain;q=0.4", text},
      {"application/openmetrics-text;q=0.4,text/plain;q=0.3", openmetrics},
      {"application/openmetrics-text;q=0.5,text/plain;q=0.5", text},
      {"application/openmetrics-text;q=0", text},
      {"text/plain;q=0,*/*", openmetrics},
      {"application/openmetrics-text;version=1.0.0;q=0,application/openmetrics-text", openmetrics_0},
      {"text/*;q=0.1,application/*;q=0.2", openmetrics},
      {"*/*,application/openmetrics-text;q=0.1", text},
      {"*/*;q=0.1,application/openmetrics-text;q=0.2", openmetrics},
      {"application/openmetrics-text;q=0.001,text/plain;q=0", openmetrics},
      // nonsense
      {"application/openmetrics-text;q=2", text},
      {"application/openmetrics-text;q=x", text},
      {"application/openmetrics-text;q=-1", text},
      {"application/openmetrics-text;q=0.5000", text},
      {"application/openmetrics-text;version=2.0.0", text},
      {"application/openmetrics-text;version=", openmetrics},
      {",,;;==,;q=", text},
      {"image/png", text},
  }));
  CAPTURE(accept);
  const auto chosen = negotiate(accept);
  CHECK(chosen.content_type == expected);
  CHECK((chosen.format == ExpositionFormat::text) == (expected == text));
}

TEST_CASE("negotiation: gzip for an Accept-Encoding header") {
  const auto [accept, expected] = GENERATE(table<std::string, bool>({
      {"", false},
      {"gzip", true},
      {"GZip", true},
      {"x-gzip", true},
      {"deflate, gzip, br, zstd", true},
      {"gzip;q=0", false},
      {"gzip;q=0.0, *", false},
      {"gzip; q=0.1", true},
      {"*", true},
      {"*;q=0", false},
      {"identity", false},
      {"identity, gzip", true},
      {"identity, gzip;q=0.5", false},
      {"identity;q=0.5, gzip;q=0.5", true},
      {"identity;q=0, gzip;q=0.1", true},
      {"identity;q=0, *", true},
      {"identity;q=0", false},  // nothing that we have: plain text is better than none
      {"br", false},
      {"gzipped", false},
      {"gzip;q=x", false},
      {",;", false},
  }));
  CAPTURE(accept);
  CHECK(accepts_gzip(accept) == expected);
}

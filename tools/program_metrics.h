// program_metrics.h: what the exporter tells of itself: rmqlag_build_info, rmqlag_http_requests_total, process_*.
// Used by serve, once a scrape.
#pragma once

#include <vector>

#include "http_server.h"
#include "rmqlag/metrics.h"

namespace rmqlag::tools {

/// Writes the families in the order of their names. What the system does not tell is left out.
void write_program_metrics(const std::vector<RequestCount>& requests, MetricSink& sink);

}  // namespace rmqlag::tools

// negotiation.h: which form of an answer a client asked for (RFC 9110, section 12.5). Pure. Used by serve.
#pragma once

#include <string_view>

#include "rmqlag/prometheus_text.h"

namespace rmqlag::tools {

struct NegotiatedFormat {
  ExpositionFormat format{};
  std::string_view content_type;  ///< with the version that was asked for
};

/// The exposition format for an Accept header: what it likes best of text 0.0.4, OpenMetrics 1.0.0 and 0.0.1, text where it likes them
/// the same. What cannot be satisfied or understood gets text. Escaping schemes need no echo: none of our names has anything to escape.
NegotiatedFormat negotiate(std::string_view accept);

/// Whether an Accept-Encoding header likes gzip at least as much as no compression.
bool accepts_gzip(std::string_view accept_encoding);

}  // namespace rmqlag::tools

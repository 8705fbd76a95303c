// page.cc: the page for people at "/" (page.h).
#include "page/page.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <random>
#include <utility>
#include <vector>

#include "rmqlag/version.h"

namespace rmqlag::tools {
namespace {

using Values = std::vector<std::pair<std::string_view, std::string>>;

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      default: out += c;
    }
  }
  return out;
}

/// 128 bits that nobody can foresee: an injected script does not know them, so it does not run.
std::string fresh_nonce() {
  std::random_device random;
  std::string nonce;
  for (int i = 0; i < 4; ++i) {
    std::array<char, 9> digits{};
    std::snprintf(digits.data(), digits.size(), "%08x", static_cast<unsigned>(static_cast<std::uint32_t>(random())));
    nonce += digits.data();
  }
  return nonce;
}

/// Puts each value in the places of its name, {{name}}.
std::string filled_in(std::string_view text, const Values& values) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t open = std::min(text.find("{{", at), text.size());
    out += text.substr(at, open - at);
    at = open;
    if (open == text.size()) break;
    const std::size_t close = text.find("}}", open);
    const std::string_view name = text.substr(open + 2, close - open - 2);
    for (const auto& [known, value] : values) {
      if (known == name) out += value;
    }
    at = close + 2;
  }
  return out;
}

std::string content_security_policy(const std::string& nonce) {
  return "default-src 'none'; script-src 'nonce-" + nonce + "'; style-src 'nonce-" + nonce +
         "'; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
}

}  // namespace

Response page(const PageSettings& settings) {
  const std::string nonce = fresh_nonce();
  // Links are relative, so that the page works below a proxy's path, too.
  Response response = text_response(200, filled_in(page_document(), {{"nonce", nonce},
                                                                     {"version", escaped(version())},
                                                                     {"metrics", escaped(settings.telemetry_path.substr(1))},
                                                                     {"interval", std::to_string(settings.interval.count())},
                                                                     {"recording", settings.recording ? "yes" : "no"}}));
  response.content_type = "text/html; charset=utf-8";
  response.headers = {{"Content-Security-Policy", content_security_policy(nonce)},
                      {"Cache-Control", "no-store"},
                      {"Referrer-Policy", "no-referrer"},
                      {"X-Content-Type-Options", "nosniff"}};
  return response;
}

}  // namespace rmqlag::tools

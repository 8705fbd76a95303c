// har_redact.cc: taking secrets out of recordings (har_redact.h).
#include "har_redact.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "ascii.h"
#include "json_reader.h"
#include "json_writer.h"
#include "rmqlag/client_id.h"
#include "url.h"
#include "utf8.h"

namespace rmqlag::internal {
namespace {

constexpr std::string_view hidden = "***";

/// What is done with the value of a JSON member or of a URL parameter.
enum class Rule : std::uint8_t { keep, hide, client_id, message };

Rule rule_for(std::string_view name) {
  struct Named {
    std::string_view name;
    Rule rule;
  };
  // instanceName: the part of a client id that carries the keys. message: errMsg as Spring calls it.
  static constexpr std::array named{
      Named{"password", Rule::hide},       Named{"token", Rule::hide},           Named{"_csrf", Rule::hide},
      Named{"accessKey", Rule::hide},      Named{"secretKey", Rule::hide},       Named{"instanceName", Rule::hide},
      Named{"clientInfo", Rule::client_id}, Named{"clientId", Rule::client_id},  Named{"errMsg", Rule::message},
      Named{"message", Rule::message},
  };
  const auto found = std::ranges::find_if(named, [name](const Named& n) { return equal_ignoring_case(n.name, name); });
  return found == named.end() ? Rule::keep : found->rule;
}

/// Copies a JSON text, changing what the rules say. A rule holds for a member's value and, through arrays, for its elements;
/// what is hidden is hidden at any depth.
class JsonRedaction final : public JsonEvents {
 public:
  JsonRedaction(HarRedactor& redactor, std::string& out, Rule rule) : redactor_(redactor), writer_(out), rule_(rule) {}

  bool changed() const { return changed_; }

  bool null() override {
    if (!hide()) writer_.null();
    return true;
  }
  bool boolean(bool value) override {
    if (!hide()) writer_.boolean(value);
    return true;
  }
  bool integer(std::int64_t value) override {
    if (!hide()) writer_.integer(value);
    return true;
  }
  bool number(std::string_view text) override {
    if (!hide()) writer_.raw_number(text);
    return true;
  }
  bool string(std::string_view value) override {
    if (hide()) return true;
    const std::string shown = redacted(value);
    changed_ |= shown != value;
    writer_.string(shown);
    return true;
  }
  bool begin_object() override {
    outer_.push_back(rule_);
    writer_.begin_object();
    return true;
  }
  bool key(std::string_view name) override {
    rule_ = outer_.back() == Rule::hide ? Rule::hide : rule_for(name);
    writer_.key(name);
    return true;
  }
  bool end_object() override {
    writer_.end_object();
    return leave();
  }
  bool begin_array() override {
    outer_.push_back(rule_);
    writer_.begin_array();
    return true;
  }
  bool end_array() override {
    writer_.end_array();
    return leave();
  }

 private:
  bool hide() {
    if (rule_ != Rule::hide) return false;
    writer_.string(hidden);
    changed_ = true;
    return true;
  }

  std::string redacted(std::string_view value) {
    if (rule_ == Rule::client_id) return redactor_.client_id(value);
    if (rule_ == Rule::message) return redactor_.message(value);
    return std::string(value);
  }

  bool leave() {
    rule_ = outer_.back();
    outer_.pop_back();
    return true;
  }

  HarRedactor& redactor_;
  JsonWriter writer_;
  Rule rule_;
  std::vector<Rule> outer_;
  bool changed_ = false;
};

bool looks_like_json(std::string_view text) {
  constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
  if (text.starts_with(byte_order_mark)) text.remove_prefix(byte_order_mark.size());
  const auto first = text.find_first_not_of(" \t\r\n");
  return first != text.npos && (text[first] == '{' || text[first] == '[');
}

/// "#/login" of "http://console/?a=1#/login?redirect=...": newer consoles tell by it that a login is due. Other fragments may be tokens.
std::string_view page_route(std::string_view location) {
  const auto fragment = std::min(location.find('#'), location.size());
  const std::string_view route = location.substr(fragment);
  return route.starts_with("#/") ? route.substr(0, route.find_first_of("?&=;")) : std::string_view();
}

std::string without_user_info(const UrlParts& parts) {
  std::string out(parts.scheme);
  out.append("://").append(parts.host);
  if (!parts.port.empty()) out.append(":").append(parts.port);
  return out.append(parts.path);
}

}  // namespace

bool is_recorded_header(std::string_view name) {
  static constexpr std::array recorded{std::string_view("Content-Type"), std::string_view("Date"), std::string_view("Location")};
  return std::ranges::any_of(recorded, [name](std::string_view r) { return equal_ignoring_case(r, name); });
}

std::string HarRedactor::url(std::string_view url) {
  const std::optional<UrlParts> parts = split_url(url);
  if (!parts) return "(not a URL)";
  std::string out = without_user_info(*parts);
  if (!parts->query.empty()) out.append("?").append(query(parts->query, false));
  return out;
}

std::vector<Header> HarRedactor::headers(const std::vector<Header>& headers) const {
  std::vector<Header> out;
  for (const Header& header : headers) {
    if (!is_recorded_header(header.name)) continue;
    out.push_back({header.name, equal_ignoring_case(header.name, "Location") ? location(header.value) : header.value});
  }
  return out;
}

std::string HarRedactor::location(std::string_view location) const {
  const std::string_view route = page_route(location);
  if (const auto parts = split_url(location)) return without_user_info(*parts).append(route);
  if (location.starts_with("//")) return {};  // "//user:password@host": nothing needs it
  return std::string(location.substr(0, location.find_first_of("?#"))).append(route);
}

std::string HarRedactor::message(std::string_view text) const {
  std::string valid;
  append_utf8(valid, text);
  return redact_client_ids_in(valid);
}

std::string HarRedactor::request_body(std::string_view body) {
  return looks_like_json(body) ? json(body, false).text : query(body, false);
}

std::string HarRedactor::login_body(std::string_view body) {
  return looks_like_json(body) ? json(body, true).text : query(body, true);
}

HarRedactor::Body HarRedactor::response_body(std::string_view body) {
  if (looks_like_json(body)) return json(body, false);
  return {message(body), false};
}

std::string HarRedactor::client_id(std::string_view raw) {
  if (const auto known = shown_.find(raw); known != shown_.end()) return known->second;
  std::string shown = redact_client_id(raw);
  if (const int others = sharing_[shown]++; others > 0) {
    const std::string numbered = shown + "#" + std::to_string(others);
    // To be told apart matters less than to be taken for someone else.
    if (parse_client_id(numbered) == parse_client_id(raw)) shown = numbered;
  }
  return shown_.emplace(raw, std::move(shown)).first->second;
}

std::string HarRedactor::query(std::string_view query, bool every_value) {
  std::string out;
  while (!query.empty()) {
    const std::string_view piece = query.substr(0, query.find('&'));
    const auto equals = piece.find('=');
    const std::string_view name = piece.substr(0, equals);
    const Rule rule = every_value ? Rule::hide : rule_for(percent_decode(name, true));
    if (equals == piece.npos) {
      out.append(every_value ? hidden : piece);
    } else {
      const std::string_view value = piece.substr(equals + 1);
      out.append(name).append("=");
      if (rule == Rule::hide) out.append(hidden);
      if (rule == Rule::client_id) out.append(percent_encode(client_id(percent_decode(value, true))));
      if (rule == Rule::keep || rule == Rule::message) out.append(value);
    }
    query.remove_prefix(piece.size());
    if (query.empty()) break;
    out.append("&");
    query.remove_prefix(1);
  }
  return out;
}

HarRedactor::Body HarRedactor::json(std::string_view body, bool every_value) {
  std::string out;
  bool changed = false;
  {
    JsonRedaction redaction(*this, out, every_value ? Rule::hide : Rule::keep);
    if (read_json(body, redaction).kind != JsonEnd::Kind::complete) return {{}, true};
    changed = redaction.changed();
  }
  return {changed ? std::move(out) : std::string(body), false};
}

}  // namespace rmqlag::internal

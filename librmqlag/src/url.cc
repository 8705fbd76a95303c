// url.cc: RFC 3986 as far as this library needs it (url.h).
#include "url.h"

#include "ascii.h"

namespace rmqlag::internal {
namespace {

constexpr auto npos = std::string_view::npos;

constexpr bool is_unreserved(char c) { return is_alnum(c) || c == '-' || c == '.' || c == '_' || c == '~'; }

constexpr int hex_value(char c) {
  if (is_digit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool is_scheme(std::string_view text) {
  if (text.empty() || !is_letter(text.front())) return false;
  for (const char c : text) {
    if (!is_alnum(c) && c != '+' && c != '-' && c != '.') return false;
  }
  return true;
}

// Cuts `text` before the first `mark` and returns what was cut off, mark included.
std::string_view cut_from(std::string_view& text, char mark) {
  const std::size_t at = text.find(mark);
  if (at == npos) return {};
  const std::string_view tail = text.substr(at);
  text = text.substr(0, at);
  return tail;
}

std::string_view without_mark(std::string_view tail) { return tail.empty() ? tail : tail.substr(1); }

void split_authority(std::string_view authority, UrlParts& parts) {
  if (const std::size_t at = authority.rfind('@'); at != npos) {
    parts.user_info = authority.substr(0, at);
    authority.remove_prefix(at + 1);
  }
  // The colons of a bracketed IPv6 address belong to the host.
  const std::size_t bracket = authority.rfind(']');
  const std::size_t colon = authority.rfind(':');
  if (colon != npos && (bracket == npos || colon > bracket)) {
    parts.port = authority.substr(colon + 1);
    authority = authority.substr(0, colon);
  }
  parts.host = authority;
}

}  // namespace

std::string percent_encode(std::string_view text) {
  constexpr std::string_view hex = "0123456789ABCDEF";
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    if (is_unreserved(c)) {
      out += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      out += '%';
      out += hex[byte >> 4];
      out += hex[byte & 15];
    }
  }
  return out;
}

std::string percent_decode(std::string_view text, bool plus_is_space) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const int high = text[i] == '%' && i + 2 < text.size() ? hex_value(text[i + 1]) : -1;
    const int low = high >= 0 ? hex_value(text[i + 2]) : -1;
    if (low >= 0) {
      out += static_cast<char>(high * 16 + low);
      i += 2;
    } else {
      out += plus_is_space && text[i] == '+' ? ' ' : text[i];
    }
  }
  return out;
}

std::optional<UrlParts> split_url(std::string_view url) {
  const std::size_t scheme_end = url.find("://");
  if (scheme_end == npos || !is_scheme(url.substr(0, scheme_end))) return std::nullopt;

  UrlParts parts;
  parts.scheme = url.substr(0, scheme_end);
  std::string_view rest = url.substr(scheme_end + 3);
  parts.fragment = without_mark(cut_from(rest, '#'));
  parts.query = without_mark(cut_from(rest, '?'));
  parts.path = cut_from(rest, '/');
  split_authority(rest, parts);
  if (parts.host.empty()) return std::nullopt;
  return parts;
}

std::vector<std::pair<std::string, std::string>> parse_query(std::string_view query) {
  std::vector<std::pair<std::string, std::string>> pairs;
  while (!query.empty()) {
    std::string_view name = query;
    query = without_mark(cut_from(name, '&'));
    if (name.empty()) continue;
    const std::string_view value = without_mark(cut_from(name, '='));
    pairs.emplace_back(percent_decode(name, true), percent_decode(value, true));
  }
  return pairs;
}

}  // namespace rmqlag::internal

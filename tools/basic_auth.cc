// basic_auth.cc: user names and passwords of the web configuration, bcrypt (basic_auth.h).
#include "basic_auth.h"

#include <crypt.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <memory>
#include <utility>

namespace rmqlag::tools {
namespace {

constexpr std::size_t hash_length = 60;
constexpr int highest_cost = 14;  // about a second for each password; it doubles with each step, and we must be able to end

constexpr std::string_view base64_alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

std::optional<std::string> from_base64(std::string_view text) {
  if (text.size() % 4 != 0) return std::nullopt;
  const auto padding = text.size() - std::min(text.find('='), text.size());
  if (padding > 2 || text.substr(text.size() - padding).find_first_not_of('=') != text.npos) return std::nullopt;
  std::string out;
  unsigned bits = 0;
  int held = 0;
  for (const char c : text.substr(0, text.size() - padding)) {
    const auto digit = base64_alphabet.find(c);
    if (digit == base64_alphabet.npos) return std::nullopt;
    bits = bits << 6 | static_cast<unsigned>(digit);
    held += 6;
    if (held < 8) continue;
    held -= 8;
    out += static_cast<char>(bits >> held & 0xFF);
  }
  return out;
}

/// The time it takes tells nothing of where they differ.
bool equal_in_constant_time(std::string_view secret, std::string_view given) {
  unsigned difference = secret.size() == given.size() ? 0 : 1;
  for (std::size_t i = 0; i < given.size(); ++i) {
    const char other = secret.empty() ? '\0' : secret[i % secret.size()];
    difference |= static_cast<unsigned char>(given[i]) ^ static_cast<unsigned char>(other);
  }
  return difference == 0;
}

bool matches(const std::string& password, const std::string& hash) {
  const auto workspace = std::make_unique<crypt_data>();  // 32 KiB
  // Not crypt_r: sanitizers stand in for it, and then the linker leaves libcrypt out.
  const char* const computed = ::crypt_rn(password.c_str(), hash.c_str(), workspace.get(), sizeof *workspace);
  return computed != nullptr && equal_in_constant_time(hash, computed);
}

}  // namespace

std::optional<std::string> problem_of_bcrypt(std::string_view hash) {
  static constexpr std::array<std::string_view, 3> kinds{"$2a$", "$2b$", "$2y$"};
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  const auto is_coded = [](unsigned char c) { return std::isalnum(c) != 0 || c == '.' || c == '/'; };
  if (hash.size() != hash_length || std::ranges::find(kinds, hash.substr(0, 4)) == kinds.end() || !is_digit(hash[4]) ||
      !is_digit(hash[5]) || hash[6] != '$' || !std::ranges::all_of(hash.substr(7), is_coded)) {
    return "is no bcrypt hash ($2y$10$..., 60 characters; made by: htpasswd -nBC 10 NAME)";
  }
  const int cost = (hash[4] - '0') * 10 + (hash[5] - '0');
  if (cost < 4 || cost > highest_cost) return "has cost " + std::to_string(cost) + ": must be from 4 to " + std::to_string(highest_cost);
  return std::nullopt;
}

std::optional<NamedPassword> parse_basic(std::string_view authorization) {
  static constexpr std::string_view scheme = "basic ";
  const bool is_basic = authorization.size() > scheme.size() &&
                        std::ranges::equal(authorization.substr(0, scheme.size()), scheme,
                                           [](unsigned char a, unsigned char b) { return std::tolower(a) == b; });
  if (!is_basic) return std::nullopt;
  authorization.remove_prefix(std::min(authorization.find_first_not_of(' ', scheme.size()), authorization.size()));
  const auto text = from_base64(authorization);
  if (!text) return std::nullopt;
  const auto colon = text->find(':');
  // libcrypt would take a password that holds a NUL for the part before it.
  if (colon == text->npos || text->find('\0') != text->npos) return std::nullopt;
  return NamedPassword{text->substr(0, colon), text->substr(colon + 1)};
}

void BasicAuth::set_users(Users users) {
  const std::lock_guard lock(mutex_);
  users_ = std::move(users);
  std::erase_if(known_, [this](const auto& entry) {
    const auto user = users_.find(entry.first);
    return user == users_.end() || user->second != entry.second.hash;
  });
}

void BasicAuth::check(std::string_view authorization, std::function<void(Admission)> then) {
  std::optional<Admission> admission;
  {
    const std::lock_guard lock(mutex_);
    if (users_.empty()) {
      admission = Admission::granted;
    } else if (auto given = parse_basic(authorization); !given) {
      admission = Admission::denied;
    } else if (is_known(*given)) {
      admission = Admission::granted;
    } else if (!worker_.post([this, given = *std::move(given), then] { then(verify(given)); })) {
      admission = Admission::busy;
    }
  }
  if (admission) then(*admission);
}

bool BasicAuth::is_known(const NamedPassword& given) const {
  const auto known = known_.find(given.name);
  return known != known_.end() && equal_in_constant_time(known->second.password, given.password);
}

Admission BasicAuth::verify(const NamedPassword& given) {
  std::string hash;
  bool exists = false;
  {
    const std::lock_guard lock(mutex_);
    if (is_known(given)) return Admission::granted;  // many scrapers of one name wait here when we have just begun
    if (users_.empty()) return Admission::granted;
    const auto user = users_.find(given.name);
    exists = user != users_.end();
    hash = exists ? user->second : users_.begin()->second;
  }
  if (!matches(given.password, hash) || !exists) return Admission::denied;
  const std::lock_guard lock(mutex_);
  const auto user = users_.find(given.name);
  if (user == users_.end() || user->second != hash) return Admission::denied;  // changed meanwhile
  known_[given.name] = {hash, given.password};
  return Admission::granted;
}

}  // namespace rmqlag::tools

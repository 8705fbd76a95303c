// client_id.cc: which part of a client id is the host, which the process, and which may be a secret (client_id.h).
// All of it works by admission: a host, a pid or a name is told only where it looks like one; everything else is unknown.
#include "rmqlag/client_id.h"

#include <algorithm>
#include <array>

#include "ascii.h"

namespace rmqlag {
namespace {

constexpr auto npos = std::string_view::npos;
constexpr std::string_view white_space = " \t\r\n\v\f";

using internal::is_alnum;
using internal::is_digit;
using internal::is_letter;
using internal::is_lower;
using internal::is_upper;

constexpr bool is_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }
constexpr bool is_plain(char c) { return is_alnum(c) || c == '.' || c == '_' || c == '-'; }

template <class Predicate>
bool all(std::string_view text, Predicate predicate) {
  return std::all_of(text.begin(), text.end(), predicate);
}

template <class Predicate>
std::size_t count(std::string_view text, Predicate predicate) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), predicate));
}

bool contains(std::string_view text, char c) { return text.find(c) != npos; }

// Cuts the text up to the first `mark` off its front, the mark, too; the whole text where there is none.
std::string_view cut_front(std::string_view& text, char mark) {
  const std::size_t at = text.find(mark);
  const std::string_view front = text.substr(0, at);
  text = at == npos ? std::string_view() : text.substr(at + 1);
  return front;
}

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(white_space);
  return first == npos ? std::string_view() : text.substr(first, text.find_last_not_of(white_space) - first + 1);
}

// How often letters and digits take turns: seldom in names that people give, often in keys.
std::size_t turns(std::string_view text) {
  std::size_t turns = 0;
  for (std::size_t i = 1; i < text.size(); ++i) turns += is_digit(text[i]) != is_digit(text[i - 1]) ? 1 : 0;
  return turns;
}

// Alibaba Cloud names its machines "iZbp1hf2u6w8x9qrskpmf1Z": it looks random and is no secret.
bool is_alibaba_machine(std::string_view run) {
  return (run.starts_with("iZ") && run.ends_with('Z')) || (run.starts_with("iz") && run.ends_with('z'));
}

// `run` is letters and digits only. Key ids of cloud providers tell themselves by how they begin, the keys by their disorder.
bool is_key(std::string_view run) {
  static constexpr std::array<std::string_view, 6> beginnings{"LTAI", "AKID", "AKIA", "ASIA", "AKLT", "eyJ"};
  for (const std::string_view beginning : beginnings) {
    if (run.starts_with(beginning) && run.size() >= beginning.size() + 4) return true;
  }
  if (run.size() < 16 || is_alibaba_machine(run)) return false;
  return turns(run) * 4 >= run.size() || (turns(run) >= 2 && count(run, is_upper) >= 3);
}

bool has_hex_run(std::string_view text) {
  std::size_t run = 0;
  for (const char c : text) {
    run = is_hex(c) ? run + 1 : 0;
    if (run == 16) return true;
  }
  return false;
}

bool may_hold_key(std::string_view text) {
  if (has_hex_run(text)) return true;
  while (!text.empty()) {
    const auto end = std::find_if_not(text.begin(), text.end(), is_alnum);
    const auto length = static_cast<std::size_t>(end - text.begin());
    if (is_key(text.substr(0, length))) return true;
    text.remove_prefix(std::min(length + 1, text.size()));
  }
  return false;
}

bool is_ipv4(std::string_view text) {
  if (std::count(text.begin(), text.end(), '.') != 3 || text.ends_with('.')) return false;
  while (!text.empty()) {
    const std::string_view part = cut_front(text, '.');
    if (part.empty() || part.size() > 3 || !all(part, is_digit)) return false;
  }
  return true;
}

bool is_ipv6(std::string_view text) {
  const auto colons = std::count(text.begin(), text.end(), ':');
  if (colons < 2 || colons > 7 || count(text, is_hex) == 0) return false;
  const std::string_view last = text.substr(text.rfind(':') + 1);
  if (is_ipv4(last)) text.remove_suffix(last.size());
  while (!text.empty()) {
    const std::string_view group = cut_front(text, ':');
    if (group.size() > 4 || !all(group, is_hex)) return false;
  }
  return true;
}

bool is_host_name(std::string_view text) {
  if (text.empty() || text.size() > 253 || !is_alnum(text.front()) || !all(text, is_plain)) return false;
  // What clients put where they do not know their host.
  if (text == "null" || text == "HOST_NAME_NOT_FOUND" || text == "missyourlove") return false;
  return !may_hold_key(text);
}

// The address without its scope: "fe80::1%eth0" -> "fe80::1"; "" if it is none.
std::string_view address_in(std::string_view text) {
  const std::string_view address = text.substr(0, text.find('%'));
  return is_ipv6(address) || is_ipv4(text) ? address : std::string_view();
}

// A pid, or "" where it is none. Longer numbers are times.
std::string_view as_pid(std::string_view text) { return text.size() <= 10 && all(text, is_digit) ? text : std::string_view(); }

bool is_instance_name(std::string_view text) {
  if (text.empty() || text.size() > 64 || !is_letter(text.front()) || !all(text, is_plain)) return false;
  return text != "DEFAULT" && text != "STREAM" && !may_hold_key(text);
}

// What stands before the '@'. Old C++ clients put the pid there: "4242-10.0.0.7".
ClientIdentity parse_before_at(std::string_view text) {
  if (text.size() >= 2 && text.front() == '[' && text.back() == ']') text = text.substr(1, text.size() - 2);
  if (const std::string_view address = address_in(text); !address.empty()) return {address, {}};

  std::string_view after_dash = text;
  const std::string_view number = cut_front(after_dash, '-');
  if (!number.empty() && all(number, is_digit)) {
    if (const std::string_view address = address_in(after_dash); !address.empty()) return {address, as_pid(number)};
  }
  return {is_host_name(text) ? text : std::string_view(), {}};
}

// System.nanoTime() in base 36. Stricter than needed, so that it is not mistaken for the name of a group: see pid_among_fields.
bool is_base36_nano(std::string_view text) {
  return text.size() >= 6 && text.size() <= 13 && all(text, [](char c) { return is_lower(c) || is_digit(c); }) && turns(text) >= 2;
}

// Spring's ids: "key|secret|group", "key|secret|group|pid", "group|pid", "group|pid|nano" or "key|group|pid|nano". The pid is the
// last field or stands before the nano, where in the first form the secret stands. Seven digits hold every Linux pid, but not the
// popular secret "12345678".
std::string_view pid_among_fields(std::string_view fields) {
  const auto bars = std::count(fields.begin(), fields.end(), '|');
  const std::size_t last_bar = fields.rfind('|');
  const std::string_view last = fields.substr(last_bar + 1);
  const std::string_view front = fields.substr(0, last_bar);
  const bool before_nano = (bars == 2 || bars == 3) && is_base36_nano(last);
  const std::string_view candidate = before_nano ? front.substr(front.rfind('|') + 1) : last;
  return candidate.size() <= 7 ? as_pid(candidate) : std::string_view();
}

// "16015", "16015#1116941996974051", "4242%OpenMessaging%99", "1_5" begin with a pid, "-1#99" with an unknown one. npos: with none.
std::size_t length_of_leading_pid(std::string_view instance) {
  const std::size_t digits = std::min(instance.find_first_not_of("0123456789"), instance.size());
  const std::size_t length = instance.starts_with("-1") ? 2 : digits;
  if (length == 0) return npos;
  return length == instance.size() || contains("#%_", instance[length]) ? length : npos;
}

// An instance name; "#" and a number behind it tell clients of one name apart.
std::string_view name_in(std::string_view instance) {
  std::string_view number = instance;
  const std::string_view name = cut_front(number, '#');
  return all(number, is_digit) && is_instance_name(name) ? name : std::string_view();
}

// What stands behind the '@': "instance@unit@STREAM", "nameserver@pid@nano", "pid@index@time" ...
std::string_view parse_behind_at(std::string_view text) {
  std::string_view more = text;
  const std::string_view instance = cut_front(more, '@');
  // A bar means that a secret is near: then nothing counts but a pid in its proper place, and an '@' between bars is part of a key.
  if (contains(text, '|')) return contains(more, '|') ? std::string_view() : pid_among_fields(instance);

  if (const std::size_t length = length_of_leading_pid(instance); length != npos) return as_pid(instance.substr(0, length));

  const bool may_be_name_server = instance.empty() || !is_digit(instance.front()) || instance.find_first_of(":;") != npos;
  if (may_be_name_server) {
    if (const std::string_view pid = as_pid(cut_front(more, '@')); !pid.empty()) return pid;
  }
  return name_in(instance);
}

// The '@' behind the host; one between brackets is none.
std::size_t find_at(std::string_view client_id) {
  bool in_brackets = false;
  for (std::size_t i = 0; i < client_id.size(); ++i) {
    if (client_id[i] == '[') in_brackets = true;
    if (client_id[i] == ']') in_brackets = false;
    if (client_id[i] == '@' && !in_brackets) return i;
  }
  return npos;
}

struct Span {
  std::size_t begin, end;
};

// The client id around the '@' at `at` in a word without white space. In doubt it is too long: what is cut off an id is shown as it is.
// ';' '=' and opening brackets do not end an id, and what stands between bars is part of one whatever it holds.
Span id_around(std::string_view word, std::size_t at) {
  constexpr std::string_view begins = "<>[](){}\"',;=";
  constexpr std::string_view ends = ">])}\"',";
  const bool bracketed = at > 0 && word[at - 1] == ']';
  const std::size_t before = bracketed ? word.rfind('[', at) : word.substr(0, at).find_last_of(begins);
  Span id{before == npos ? 0 : before + (bracketed ? 0 : 1), std::min(word.find_first_of(ends, at), word.size())};
  if (contains(word.substr(0, at), '|')) id.begin = 0;
  if (word.find('|', id.end) != npos) id.end = word.size();
  while (id.end > at + 1 && contains(".:;", word[id.end - 1])) --id.end;
  return id;
}

// Each '@' looks at the whole word around it, so that a word has to have an end. No id is nearly as long.
constexpr std::size_t longest_word = 4096;

void append_redacted(std::string& out, std::string_view word) {
  if (word.size() > longest_word && contains(word, '@')) {
    out += redact_client_id("@");
    return;
  }
  for (std::size_t at = word.find('@'); at != npos; at = word.find('@')) {
    const Span id = id_around(word, at);
    out += word.substr(0, id.begin);
    out += redact_client_id(word.substr(id.begin, id.end - id.begin));
    word.remove_prefix(id.end);
  }
  out += word;
}

}  // namespace

ClientIdentity parse_client_id(std::string_view client_id) {
  client_id = trimmed(client_id);
  const std::size_t at = find_at(client_id);
  if (at == npos) return {};
  const std::string_view before = client_id.substr(0, at);
  if (contains(before, '|')) return {};  // the '@' is part of a key

  ClientIdentity identity = parse_before_at(before);
  if (identity.process.empty()) identity.process = parse_behind_at(client_id.substr(at + 1));
  return identity;
}

std::string redact_client_id(std::string_view client_id) {
  const ClientIdentity identity = parse_client_id(client_id);
  std::string redacted(identity.host);
  redacted += '@';
  redacted += identity.process.empty() ? "DEFAULT" : identity.process;
  return redacted;
}

std::string redact_client_ids_in(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const std::size_t word = std::min(text.find_first_of(white_space), text.size());
    append_redacted(out, text.substr(0, word));
    text.remove_prefix(word);
    const std::size_t space = std::min(text.find_first_not_of(white_space), text.size());
    out += text.substr(0, space);
    text.remove_prefix(space);
  }
  return out;
}

}  // namespace rmqlag

// har_file.cc: reading HAR files (har_file.h).
#include "har_file.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <optional>
#include <unordered_map>

#include "har_redact.h"
#include "json_reader.h"
#include "json_writer.h"
#include "rmqlag/client_id.h"
#include "time_text.h"
#include "url.h"

namespace rmqlag::internal {
namespace {

using std::chrono::milliseconds;

/// Browsers write the call stack behind a request as nested objects, one in the other.
constexpr int har_depth_limit = 2000;

constexpr Wall earliest = std::chrono::sys_days(std::chrono::year(1970) / 1 / 1);
constexpr Wall latest = std::chrono::sys_days(std::chrono::year(2200) / 1 / 1);
constexpr milliseconds longest = std::chrono::hours(24);

/// What an entry says, as it says it.
struct RawEntry {
  std::string page, started, method, url, encoding, error, comment;
  std::optional<std::string> text;
  std::optional<std::int64_t> status, size;
  double duration_ms = 0;
  std::vector<Header> headers;
};

/// An entry and which console it is of.
struct Located {
  std::string origin;  // scheme://host[:port]
  std::string page;    // its id
  HarEntry entry;      // its path still with the context path
};

struct RawPage {
  std::string id, started;
};

bool is_api_path(std::string_view path) {
  return path.ends_with(".query") || path.ends_with(".do") || path.ends_with("/csrf-token");
}

/// What stands before a known endpoint, or none if the path does not end in one.
std::optional<std::string_view> context_before_endpoint(std::string_view path) {
  static constexpr std::array<std::string_view, 8> endpoints{
      topic_list_path, topic_consumers_path, "/topic/stats.query",  "/cluster/list.query",
      "/ops/homePage.query",       "/login/check.query",       login_path, "/rocketmq-dashboard/csrf-token"};
  for (const std::string_view endpoint : endpoints) {
    if (path.ends_with(endpoint)) return path.substr(0, path.size() - endpoint.size());
  }
  const auto last = path.rfind('/');
  if (last == path.npos || !path.ends_with(".query")) return std::nullopt;
  const std::string_view before = path.substr(0, last);
  constexpr std::string_view consumer = "/consumer";
  if (!before.ends_with(consumer)) return std::nullopt;
  return before.substr(0, before.size() - consumer.size());
}

std::optional<std::string> decode_base64(std::string_view text) {
  constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  while (text.ends_with('=')) text.remove_suffix(1);
  std::string out;
  out.reserve(text.size() / 4 * 3 + 2);
  std::uint32_t bits = 0;
  int count = 0;
  for (const char c : text) {
    const auto value = alphabet.find(c);
    if (value == alphabet.npos) return std::nullopt;
    bits = (bits << 6 | static_cast<std::uint32_t>(value)) & 0xFFFFFF;
    count += 6;
    if (count < 8) continue;
    count -= 8;
    out.push_back(static_cast<char>(bits >> count & 0xFF));
  }
  return out;
}

bool is_transport_code(ErrorCode code) { return code >= ErrorCode::refused && code <= ErrorCode::not_recorded; }

/// The code of a recorded failure: the recorder's own name for it, or a browser's.
ErrorCode failure_code(std::string_view name) {
  if (const auto ours = error_code_from(name); ours && is_transport_code(*ours)) return *ours;
  struct Browser {
    std::string_view part;
    ErrorCode code;
  };
  static constexpr std::array browsers{
      Browser{"ERR_CONNECTION_REFUSED", ErrorCode::refused},    Browser{"ERR_ADDRESS_UNREACHABLE", ErrorCode::refused},
      Browser{"ERR_INTERNET_DISCONNECTED", ErrorCode::refused}, Browser{"ERR_PROXY_CONNECTION_FAILED", ErrorCode::refused},
      Browser{"ERR_NAME_", ErrorCode::dns},                     Browser{"TIMED_OUT", ErrorCode::timeout},
      Browser{"ERR_CERT_", ErrorCode::tls},                     Browser{"ERR_SSL_", ErrorCode::tls},
  };
  const auto found = std::ranges::find_if(browsers, [name](const Browser& b) { return name.find(b.part) != name.npos; });
  return found == browsers.end() ? ErrorCode::reset : found->code;
}

/// The file's words may be anyone's: one line, no client ids.
std::string quoted_from_file(std::string_view text) {
  std::string out = redact_client_ids_in(text);
  std::ranges::replace_if(out, [](unsigned char c) { return c < 0x20 || c == 0x7F; }, ' ');
  return out;
}

Error recorded_failure(const RawEntry& raw) {
  const std::string_view words = raw.comment.empty() ? raw.error : raw.comment;
  return {failure_code(raw.error), words.empty() ? "recorded without an answer" : quoted_from_file(words)};
}

/// The answer, a recorded failure, or what is wrong with the entry (`bad_file`).
Expected<HttpResponse> answer_of(RawEntry&& raw) {
  if (*raw.status == 0) return recorded_failure(raw);
  const bool redirect = *raw.status / 100 == 3;
  if (!raw.text && !redirect && raw.size != 0) {
    return Error{ErrorCode::not_recorded, "the recording holds no body for " + raw.method + " " + HarRedactor{}.url(raw.url)};
  }
  HttpResponse response{static_cast<int>(*raw.status), std::move(raw.headers), std::move(raw.text).value_or("")};
  if (raw.encoding == "base64") {
    auto decoded = decode_base64(response.body);
    if (!decoded) return Error{ErrorCode::bad_file, "response.content.text is not base64"};
    response.body = std::move(*decoded);
  }
  return response;
}

Expected<Wall> start_from(std::string_view text) {
  const auto started = parse_rfc3339(text);
  if (!started || *started < earliest || *started >= latest) return Error{ErrorCode::bad_file, "startedDateTime is no time"};
  return *started;
}

Expected<Located> interpret(RawEntry&& raw, const UrlParts& url) {
  const auto started = start_from(raw.started);
  if (!started) return started.error();
  if (raw.method.empty()) return Error{ErrorCode::bad_file, "request.method is missing"};
  if (!raw.status || *raw.status < 0 || *raw.status > 999) return Error{ErrorCode::bad_file, "response.status is no HTTP status"};

  Located out;
  out.page = raw.page;
  out.origin.append(url.scheme).append("://").append(url.host);
  if (!url.port.empty()) out.origin.append(":").append(url.port);
  out.entry.method = raw.method;
  out.entry.path = url.path;
  out.entry.parameters = parse_query(url.query);
  std::ranges::sort(out.entry.parameters);
  const double duration = std::clamp(raw.duration_ms, 0.0, static_cast<double>(longest.count()));
  out.entry.start = *started;
  out.entry.end = *started + milliseconds(std::llround(duration));
  out.entry.answer = answer_of(std::move(raw));
  if (!out.entry.answer && out.entry.answer.error().code == ErrorCode::bad_file) return out.entry.answer.error();
  return out;
}

/// Collects the pages, and the entries that are requests to some console's API. `path_` names the place of the value that is read.
class HarReader final : public JsonEvents {
 public:
  std::vector<Located> entries;
  std::vector<RawPage> pages;
  bool has_log = false;
  std::string creator;
  std::string version = "1.2";
  std::string problem;  // why the reading was stopped

  bool null() override { return true; }
  bool boolean(bool) override { return true; }
  bool integer(std::int64_t value) override {
    const std::string_view member = entry_member();
    if (member == "/response/status") raw_.status = value;
    if (member == "/response/content/size") raw_.size = value;
    if (member == "/time") raw_.duration_ms = static_cast<double>(value);
    return true;
  }
  bool number(std::string_view text) override {
    double value = 0;
    const auto end = std::from_chars(text.data(), text.data() + text.size(), value);
    if (entry_member() == "/time" && end.ec == std::errc{}) raw_.duration_ms = value;
    return true;
  }
  bool string(std::string_view value) override {
    if (path_ == "/log/version") version = value;
    if (path_ == "/log/creator/name") creator = value;
    if (path_ == "/log/pages[]/id") page_.id = value;
    if (path_ == "/log/pages[]/startedDateTime") page_.started = value;
    const std::string_view member = entry_member();
    if (member.empty()) return true;
    if (member == "/response/content/text") raw_.text = value;
    if (member == "/response/headers[]/name") header_.name = value;
    if (member == "/response/headers[]/value") header_.value = value;
    struct Text {
      std::string_view member;
      std::string RawEntry::*into;
    };
    static constexpr std::array texts{
        Text{"/pageref", &RawEntry::page},          Text{"/startedDateTime", &RawEntry::started},
        Text{"/request/method", &RawEntry::method}, Text{"/request/url", &RawEntry::url},
        Text{"/response/_error", &RawEntry::error}, Text{"/response/content/encoding", &RawEntry::encoding},
        Text{"/_error", &RawEntry::error},          Text{"/comment", &RawEntry::comment},
    };
    const auto found = std::ranges::find(texts, member, &Text::member);
    if (found != texts.end()) raw_.*(found->into) = value;
    return true;
  }
  bool begin_object() override {
    outer_.push_back(path_.size());
    if (path_ == entry_path) raw_ = {};
    if (path_ == page_path) page_ = {};
    if (entry_member() == "/response/headers[]") header_ = {};
    return true;
  }
  bool key(std::string_view name) override {
    path_.resize(outer_.back());
    path_.append("/").append(name);
    return true;
  }
  bool end_object() override {
    leave();
    if (entry_member() == "/response/headers[]" && is_recorded_header(header_.name)) raw_.headers.push_back(std::move(header_));
    if (path_ == page_path) pages.push_back(std::move(page_));
    return path_ != entry_path || take_entry();
  }
  bool begin_array() override {
    outer_.push_back(path_.size());
    path_.append("[]");
    if (path_ == entry_path) has_log = true;
    return true;
  }
  bool end_array() override {
    leave();
    return true;
  }

 private:
  static constexpr std::string_view entry_path = "/log/entries[]";
  static constexpr std::string_view page_path = "/log/pages[]";

  std::string_view entry_member() const {
    const std::string_view path = path_;
    return path.starts_with(entry_path) ? path.substr(entry_path.size()) : std::string_view();
  }

  void leave() {
    path_.resize(outer_.back());
    outer_.pop_back();
  }

  bool take_entry() {
    ++read_;
    const std::string address = std::move(raw_.url);
    const auto url = split_url(address);
    if (!url || !is_api_path(url->path)) return true;
    raw_.url = address;
    auto located = interpret(std::move(raw_), *url);
    if (!located) {
      problem = "entry " + std::to_string(read_) + ": " + located.error().message;
      return false;
    }
    entries.push_back(std::move(*located));
    return true;
  }

  std::string path_;
  std::vector<std::size_t> outer_;  // how long path_ was outside each open object and array
  RawEntry raw_;
  Header header_;
  RawPage page_;
  std::size_t read_ = 0;
};

bool began_before(const Located& a, const Located& b) { return a.entry.start < b.entry.start; }

/// The topics a pass has answers for, as the console would list them; none if there is no such topic.
std::optional<HarEntry> made_up_topic_list(const std::vector<HarEntry>& entries) {
  std::vector<std::string_view> topics;
  for (const HarEntry& entry : entries) {
    if (entry.method != "GET" || entry.path != topic_consumers_path) continue;
    const auto topic = std::ranges::find(entry.parameters, "topic", &Parameters::value_type::first);
    if (topic != entry.parameters.end() && !topic->second.empty()) topics.push_back(topic->second);
  }
  if (topics.empty()) return std::nullopt;
  std::ranges::sort(topics);
  topics.erase(std::unique(topics.begin(), topics.end()), topics.end());

  HttpResponse response{200, {{"Content-Type", "application/json;charset=utf-8"}}, {}};
  JsonWriter json(response.body);
  json.begin_object().member("status", 0).key("data").begin_object().key("topicList").begin_array();
  for (const std::string_view topic : topics) json.string(topic);
  json.end_array().key("brokerAddr").null().end_object().key("errMsg").null().end_object();
  const Wall start = entries.front().start;
  return HarEntry{"GET", std::string(topic_list_path), {}, start, start, std::move(response)};
}

/// Keeps the entries of the console that is asked first, in the order of time, their paths without the context path. No passes yet.
std::optional<HarFile> one_console(std::vector<Located>& located) {
  std::ranges::stable_sort(located, began_before);
  const auto first = std::ranges::find_if(located, [](const Located& l) { return context_before_endpoint(l.entry.path).has_value(); });
  if (first == located.end()) return std::nullopt;
  HarFile file;
  const std::string origin = first->origin;
  file.context_path = *context_before_endpoint(first->entry.path);
  file.base_url = origin + file.context_path;
  std::erase_if(located, [&](const Located& l) { return l.origin != origin || !l.entry.path.starts_with(file.context_path + "/"); });
  for (Located& l : located) l.entry.path.erase(0, file.context_path.size());
  return file;
}

std::vector<HarPass> one_pass(std::vector<Located> located) {
  HarPass pass{located.front().entry.start, {}};
  for (Located& l : located) pass.entries.push_back(std::move(l.entry));
  return {std::move(pass)};
}

/// Entries of no page are of the first one.
Expected<std::vector<HarPass>> passes_by_page(const std::vector<RawPage>& pages, std::vector<Located> located) {
  std::vector<HarPass> passes;
  std::unordered_map<std::string_view, std::size_t> position{{"", 0}};
  for (const RawPage& page : pages) {
    const auto start = start_from(page.started);
    if (!start) return start.error().with_prefix("page " + std::to_string(passes.size() + 1));
    position.emplace(page.id, passes.size());
    passes.push_back({*start, {}});
  }
  for (Located& l : located) {
    const auto page = position.find(l.page);
    if (page == position.end()) return Error{ErrorCode::bad_file, "an entry's pageref is no page's id"};
    passes[page->second].entries.push_back(std::move(l.entry));
  }
  return passes;
}

void complete_topic_list(std::vector<HarEntry>& entries) {
  if (std::ranges::find(entries, topic_list_path, &HarEntry::path) != entries.end()) return;
  if (auto list = made_up_topic_list(entries)) entries.insert(entries.begin(), std::move(*list));
}

}  // namespace

Expected<HarFile> read_har(std::string_view name, std::string_view text) {
  const auto bad = [name](std::string_view what) { return Error{ErrorCode::bad_file, std::string(name).append(": ").append(what)}; };
  HarReader reader;
  const JsonEnd end = read_json(text, reader, har_depth_limit);
  if (end.kind == JsonEnd::Kind::stopped) return bad(reader.problem);
  if (end.kind == JsonEnd::Kind::invalid) return bad("not JSON: byte " + std::to_string(end.offset) + ": " + end.what);
  if (!reader.has_log) return bad("not a HAR file: no log.entries");
  if (reader.version != "1.2" && reader.version != "1.1") return bad("not HAR 1.2: log.version is another");
  auto file = one_console(reader.entries);
  if (!file) return bad("no request to a console in it (such as /topic/list.query)");
  const bool pages_are_passes = reader.creator == har_creator && !reader.pages.empty();
  auto passes = pages_are_passes ? passes_by_page(reader.pages, std::move(reader.entries)) : one_pass(std::move(reader.entries));
  if (!passes) return bad(passes.error().message);
  file->passes = std::move(*passes);
  for (HarPass& pass : file->passes) complete_topic_list(pass.entries);
  return std::move(*file);
}

}  // namespace rmqlag::internal

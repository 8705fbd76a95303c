// har_recorder.cc: a transport that writes what passes through another one to a HAR file (har.h).
#include <fcntl.h>
#include <sys/types.h>
#include <unistd.h>

#include <cerrno>
#include <ratio>
#include <string_view>
#include <system_error>
#include <unordered_map>
#include <utility>

#include "har_file.h"
#include "har_redact.h"
#include "json_writer.h"
#include "rmqlag/har.h"
#include "rmqlag/version.h"
#include "time_text.h"
#include "url.h"

namespace rmqlag {
namespace {

using internal::HarRedactor;
using internal::JsonWriter;

std::string page_id(int page) { return "collection-" + std::to_string(page); }

std::string page_text(int page, Wall start) {
  std::string out;
  JsonWriter json(out);
  json.begin_object().member("startedDateTime", internal::rfc3339(start)).member("id", page_id(page));
  json.member("title", "collection " + std::to_string(page)).key("pageTimings").begin_object().end_object().end_object();
  return out;
}

/// A HAR file that is complete after every entry: each takes the place of the closing and brings a new one, in one write.
class HarOutput {
 public:
  explicit HarOutput(std::string name) : name_(std::move(name)) {}
  ~HarOutput() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  HarOutput(const HarOutput&) = delete;
  HarOutput& operator=(const HarOutput&) = delete;

  Expected<void> create(std::string_view comment) {
    descriptor_ = ::open(name_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (descriptor_ < 0) return failure();
    std::string head;
    JsonWriter json(head);
    json.begin_object().key("log").begin_object().member("version", "1.2");
    json.key("creator").begin_object().member("name", internal::har_creator).member("version", version()).end_object();
    json.member("comment", comment).key("entries").begin_array().end_array().end_object().end_object();
    head.resize(head.size() - std::string_view("]}}").size());
    return append(head);
  }

  Expected<void> add(std::string_view entry) {
    auto written = append((entries_ == 0 ? "\n" : ",\n") + std::string(entry));
    if (written) ++entries_;
    return written;
  }

  /// The file names it from its next entry on.
  void begin_page(Wall start) {
    pages_.append(pages_.empty() ? "\n],\"pages\":[\n" : ",\n").append(page_text(++page_, start));
  }

  int entries() const { return entries_; }
  /// The one that began last, from 1; 0 before the first.
  int page() const { return page_; }

 private:
  /// After a failure the file is again what it was before.
  Expected<void> append(std::string text) {
    const auto size = static_cast<off_t>(text.size());
    std::string closing = pages_ + "\n]}}\n";
    text.append(closing);
    if (write(text)) {
      end_ += size;
      closing_ = std::move(closing);
      return {};
    }
    Error error = failure();
    if (write(closing_) && ::ftruncate(descriptor_, end_ + static_cast<off_t>(closing_.size())) == 0) return error;
    return Error{error.code, error.message + " (the file is now incomplete)"};
  }

  /// Over the closing.
  bool write(std::string_view text) {
    off_t at = end_;
    while (!text.empty()) {
      const ssize_t count = ::pwrite(descriptor_, text.data(), text.size(), at);
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) return false;
      text.remove_prefix(static_cast<std::size_t>(count));
      at += count;
    }
    return true;
  }

  Error failure() const { return {ErrorCode::io, name_ + ": " + std::generic_category().message(errno)}; }

  std::string name_;
  int descriptor_ = -1;
  off_t end_ = 0;        // where the closing stands
  std::string closing_;  // as the file has it
  std::string pages_;    // the end of the entries and all pages but for their end; none yet: nothing
  int entries_ = 0;
  int page_ = 0;
};

/// A request under way, without its secrets.
struct Pending {
  HttpRequest request;
  Now started;
  int page;
};

bool is_login(std::string_view url) {
  const auto parts = internal::split_url(url);
  return parts && parts->path.ends_with("/login/login.do");
}

HttpRequest redacted(const HttpRequest& request, HarRedactor& redactor) {
  HttpRequest out{request.method, redactor.url(request.url), {}, {}};
  // Every other header may be the caller's own: they get past proxies, so they may be credentials.
  for (const Header& header : request.headers) {
    if (header.name == "Accept" || header.name == "Content-Type") out.headers.push_back(header);
  }
  out.body = is_login(request.url) ? redactor.login_body(request.body) : redactor.request_body(request.body);
  return out;
}

void write_pairs(JsonWriter& json, std::string_view name, const std::vector<Header>& pairs) {
  json.key(name).begin_array();
  for (const Header& pair : pairs) json.begin_object().member("name", pair.name).member("value", pair.value).end_object();
  json.end_array();
}

void write_sizes(JsonWriter& json, std::size_t body_size) {
  json.member("headersSize", -1).member("bodySize", static_cast<std::int64_t>(body_size));
}

std::vector<Header> query_string(std::string_view url) {
  std::vector<Header> out;
  if (const auto parts = internal::split_url(url)) {
    for (auto& [name, value] : internal::parse_query(parts->query)) out.push_back({std::move(name), std::move(value)});
  }
  return out;
}

std::string_view content_type(const std::vector<Header>& headers) {
  for (const Header& header : headers) {
    if (header.name == "Content-Type") return header.value;
  }
  return {};
}

void write_request(JsonWriter& json, const HttpRequest& request) {
  json.key("request").begin_object();
  json.member("method", request.method).member("url", request.url).member("httpVersion", "HTTP/1.1");
  json.key("cookies").begin_array().end_array();
  write_pairs(json, "headers", request.headers);
  write_pairs(json, "queryString", query_string(request.url));
  if (!request.body.empty()) {
    json.key("postData").begin_object();
    json.member("mimeType", content_type(request.headers)).member("text", request.body).end_object();
  }
  write_sizes(json, request.body.size());
  json.end_object();
}

void write_response(JsonWriter& json, const HttpResponse& response, HarRedactor& redactor) {
  const HarRedactor::Body body = redactor.response_body(response.body);
  const std::string location = redactor.location(response.header("Location"));
  json.key("response").begin_object();
  json.member("status", response.status).member("statusText", "").member("httpVersion", "HTTP/1.1");
  json.key("cookies").begin_array().end_array();
  write_pairs(json, "headers", redactor.headers(response.headers));
  json.key("content").begin_object();
  json.member("size", static_cast<std::int64_t>(body.text.size())).member("mimeType", response.header("Content-Type"));
  json.member("text", body.text);
  if (body.withheld) json.member("comment", "body withheld: not valid JSON");
  json.end_object().member("redirectURL", location);
  write_sizes(json, body.text.size());
  json.end_object();
}

/// Status 0, as browsers write it.
void write_no_response(JsonWriter& json) {
  json.key("response").begin_object();
  json.member("status", 0).member("statusText", "").member("httpVersion", "");
  json.key("cookies").begin_array().end_array().key("headers").begin_array().end_array();
  json.key("content").begin_object().member("size", 0).member("mimeType", "x-unknown").end_object();
  json.member("redirectURL", "").member("headersSize", -1).member("bodySize", -1).end_object();
}

std::string entry_text(const Pending& pending, const Expected<HttpResponse>& result, Steady ended, HarRedactor& redactor) {
  using Milliseconds = std::chrono::duration<double, std::milli>;
  const double time = Milliseconds(ended - pending.started.steady).count();
  std::string out;
  JsonWriter json(out);
  json.begin_object();
  if (pending.page > 0) json.member("pageref", page_id(pending.page));
  json.member("startedDateTime", internal::rfc3339(pending.started.wall)).key("time").real(time);
  write_request(json, pending.request);
  if (result) {
    write_response(json, *result, redactor);
  } else {
    write_no_response(json);
  }
  json.key("cache").begin_object().end_object();
  json.key("timings").begin_object().member("send", 0).key("wait").real(time).member("receive", 0).end_object();
  if (!result) {
    json.member("_error", to_string(result.error().code));
    json.member("comment", redactor.message(result.error().message));
  }
  json.end_object();
  return out;
}

}  // namespace

struct HarRecorder::Impl {
  Impl(const std::string& file, std::shared_ptr<HttpTransport> recorded) : output(file), transport(std::move(recorded)) {}

  /// Writes the entry of a request that ended, if it is one of ours.
  void ended(std::uint64_t id, const Expected<HttpResponse>& result) {
    const auto request = under_way.extract(id);
    if (request.empty() || !status) return;
    status = output.add(entry_text(request.mapped(), result, transport->now().steady, redactor));
  }

  HarOutput output;
  std::shared_ptr<HttpTransport> transport;
  HarRedactor redactor;
  std::unordered_map<std::uint64_t, Pending> under_way;
  Expected<void> status;
};

HarRecorder::HarRecorder(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
HarRecorder::~HarRecorder() = default;

Expected<std::unique_ptr<HarRecorder>> HarRecorder::create(const std::string& file, std::string_view comment,
                                                           std::shared_ptr<HttpTransport> transport) {
  auto impl = std::make_unique<Impl>(file, std::move(transport));
  if (const auto created = impl->output.create(comment); !created) return created.error();
  return std::unique_ptr<HarRecorder>(new HarRecorder(std::move(impl)));
}

int HarRecorder::entries() const { return impl_->output.entries(); }

Expected<void> HarRecorder::status() const { return impl_->status; }

void HarRecorder::start(std::uint64_t id, HttpRequest request, std::chrono::milliseconds timeout) {
  impl_->under_way.insert_or_assign(id, Pending{redacted(request, impl_->redactor), impl_->transport->now(), impl_->output.page()});
  impl_->transport->start(id, std::move(request), timeout);
}

std::optional<Completion> HarRecorder::wait(Steady until, std::stop_token stop) {
  auto completion = impl_->transport->wait(until, std::move(stop));
  if (completion) impl_->ended(completion->id, completion->result);
  return completion;
}

void HarRecorder::abandon(std::uint64_t id) {
  impl_->ended(id, Error{ErrorCode::timeout, "abandoned: no answer in time"});
  impl_->transport->abandon(id);
}

Now HarRecorder::now() const { return impl_->transport->now(); }

void HarRecorder::begin_collection() {
  impl_->transport->begin_collection();
  impl_->output.begin_page(impl_->transport->now().wall);
}

}  // namespace rmqlag

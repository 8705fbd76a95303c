// fake_console.cc: the fake console (fake_console.h) in two parts: the dialect, which answers as a console of one generation does,
// and the server, one thread a connection (libmicrohttpd), so that a handler may simply sleep.
#include "fake_console.h"

#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <condition_variable>
#include <cstring>
#include <fstream>
#include <iterator>
#include <mutex>
#include <stdexcept>
#include <utility>

#include "json_reader.h"
#include "json_writer.h"
#include "rmqlag/har.h"
#include "url.h"

namespace rmqlag::test {
namespace {

constexpr std::string_view csrf_token = "7e380c6e-290b-4482-8065-ec90e0c8f1da";

bool same_name(const std::string& a, std::string_view b) { return strcasecmp(a.c_str(), std::string(b).c_str()) == 0; }

std::string_view path_of(std::string_view target) { return target.substr(0, target.find('?')); }

HttpResponse json(std::string body, int status = 200) {
  return {status, {{"Content-Type", "application/json;charset=utf-8"}}, std::move(body)};
}

HttpResponse html(std::string_view title, int status) {
  return {status,
          {{"Content-Type", "text/html;charset=utf-8"}},
          "<!doctype html><html lang=\"en\"><head><title>" + std::string(title) + "</title></head><body></body></html>"};
}

HttpResponse ok(std::string_view data) { return json("{\"status\":0,\"data\":" + std::string(data) + ",\"errMsg\":null}"); }

HttpResponse refusal(std::string_view message) {
  std::string body;
  internal::JsonWriter out(body);
  out.begin_object().member("status", std::int64_t{-1}).key("data").null().member("errMsg", message).end_object();
  return json(std::move(body));
}

/// What Spring answers where no controller does.
HttpResponse spring_error(int status, std::string_view error, std::string_view path) {
  std::string body;
  internal::JsonWriter out(body);
  out.begin_object().member("timestamp", "2026-11-22T13:03:06.981+00:00").member("status", std::int64_t{status}).member("error", error);
  out.member("path", path).end_object();
  return json(std::move(body), status);
}

/// What a console's interceptor watches; the rest, known or not, is open.
bool needs_session(std::string_view path) {
  constexpr std::array<std::string_view, 12> watched = {"/cluster/",      "/consumer/", "/dashboard/", "/dlqMessage/", "/message/", "/ops/",
                                                        "/messageTrace/", "/monitor/",  "/producer/",  "/rocketmq/",   "/test/",    "/topic/"};
  return std::any_of(watched.begin(), watched.end(), [&](std::string_view prefix) { return path.starts_with(prefix); });
}

struct Credentials {
  std::optional<std::string> username, password;
};

Credentials from_form(std::string_view form) {
  Credentials found;
  for (auto& [name, value] : internal::parse_query(form)) {
    if (name == "username") found.username = value;
    if (name == "password") found.password = value;
  }
  return found;
}

/// Takes the two members out of a flat object.
class CredentialsReader : public internal::JsonEvents {
 public:
  bool null() override { return true; }
  bool boolean(bool) override { return true; }
  bool integer(std::int64_t) override { return true; }
  bool number(std::string_view) override { return true; }
  bool string(std::string_view value) override {
    if (key_ == "username") found_.username = value;
    if (key_ == "password") found_.password = value;
    return true;
  }
  bool begin_object() override { return true; }
  bool key(std::string_view name) override {
    key_ = name;
    return true;
  }
  bool end_object() override { return true; }
  bool begin_array() override { return true; }
  bool end_array() override { return true; }

  Credentials found() const { return found_; }

 private:
  std::string key_;
  Credentials found_;
};

Credentials from_json(std::string_view text) {
  CredentialsReader reader;
  const auto end = internal::read_json(text, reader);
  return end.kind == internal::JsonEnd::Kind::complete ? reader.found() : Credentials{};
}

std::string cookie_of(const HttpRequest& request, std::string_view name) {
  const std::string cookies = "; " + header_of(request, "Cookie").value_or("");
  const std::string start = "; " + std::string(name) + "=";
  const auto at = cookies.find(start);
  if (at == std::string::npos) return "";
  const auto value = at + start.size();
  return cookies.substr(value, cookies.find(';', value) - value);
}

/// Answers as a console does. Not thread-safe.
class Dialect {
 public:
  explicit Dialect(FakeConsoleOptions options) : options_(std::move(options)) {
    if (options_.files.empty()) return;
    auto opened = HarReplay::open(options_.files);
    if (!opened) throw std::runtime_error(opened.error().message);
    recording_ = *std::move(opened);
  }

  /// None: the recording says that this request failed.
  std::optional<HttpResponse> answer(const HttpRequest& request);
  void forget_sessions() { sessions_.clear(); }

 private:
  bool login_required() const { return options_.generation > 0 && !options_.username.empty(); }
  std::optional<HttpResponse> answer_login_path(const HttpRequest& request, std::string_view path);
  HttpResponse log_in(const HttpRequest& request);
  bool use_session(const HttpRequest& request);
  HttpResponse to_login_page(const HttpRequest& request) const;
  std::optional<HttpResponse> recorded(const HttpRequest& request);
  HttpResponse unmapped(const HttpRequest& request) const;

  const FakeConsoleOptions options_;
  std::unique_ptr<HarReplay> recording_;
  std::map<std::string, int> sessions_;  // id, requests answered
  int last_session_ = 0;
};

std::optional<HttpResponse> Dialect::answer(const HttpRequest& request) {
  const std::string& context = options_.context_path;
  if (!request.url.starts_with(context + "/")) return html("HTTP Status 404 – Not Found", 404);
  const auto path = path_of(std::string_view(request.url).substr(context.size()));
  if (options_.studio) {
    if (path == "/api/auth/status") return json(R"({"code":200,"message":"success","data":{"loginRequired":true,"authenticated":false}})");
    return json(R"({"code":404,"message":"Not Found","data":null})", 404);
  }
  if (path == "/") return html("RocketMQ-Console", 200);
  if (auto login = answer_login_path(request, path)) return login;
  if (login_required() && needs_session(path) && !use_session(request)) return to_login_page(request);
  return recorded(request);
}

/// The paths that need no session, and the rule that all POSTs obey.
std::optional<HttpResponse> Dialect::answer_login_path(const HttpRequest& request, std::string_view path) {
  const bool post = request.method == "POST";
  if (options_.generation == 0) return std::nullopt;
  if (options_.generation == 5) {
    const auto sent = header_of(request, "X-XSRF-TOKEN");
    if (post && (sent != csrf_token || cookie_of(request, "XSRF-TOKEN") != csrf_token)) return spring_error(403, "Forbidden", path);
    if (path == "/rocketmq-dashboard/csrf-token") {
      auto response = ok(R"({"headerName":"X-XSRF-TOKEN","parameterName":"_csrf","token":")" + std::string(csrf_token) + "\"}");
      response.headers.push_back({"Set-Cookie", "XSRF-TOKEN=" + std::string(csrf_token) + "; Path=" + options_.context_path + "/"});
      return response;
    }
  }
  if (path == "/login/check.query") {
    const std::string required = login_required() ? "true" : "false";
    const std::string logged_in = sessions_.contains(cookie_of(request, "JSESSIONID")) ? "true" : "false";
    return ok(R"({"loginRequired":)" + required + R"(,"logined":)" + logged_in + "}");
  }
  if (path == "/login/login.do" && post) return log_in(request);
  if (path == "/login/logout.do" && post) {
    sessions_.erase(cookie_of(request, "JSESSIONID"));
    return ok("\"" + options_.context_path + "/\"");
  }
  return std::nullopt;
}

HttpResponse Dialect::log_in(const HttpRequest& request) {
  const bool is_json = header_of(request, "Content-Type").value_or("").starts_with("application/json");
  if (options_.generation == 5 && !is_json) {
    return refusal("Content-Type 'application/x-www-form-urlencoded;charset=UTF-8' is not supported");
  }
  const Credentials given = options_.generation == 5 ? from_json(request.body) : is_json ? Credentials{} : from_form(request.body);
  if (!given.username && options_.generation <= 3) return refusal("Required String parameter 'username' is not present");
  if (!given.username) return refusal("Cannot invoke \"Object.hashCode()\" because \"key\" is null");
  if (given.username != options_.username || given.password != options_.password) return refusal("Bad username or password!");

  std::array<char, 33> id{};
  std::snprintf(id.data(), id.size(), "%032X", static_cast<unsigned>(++last_session_));
  sessions_[id.data()] = 0;
  const std::string context = "\"" + options_.context_path + "/\"";
  auto response = options_.generation == 1
                      ? ok(context)
                      : ok(R"({"loginUserName":")" + *given.username + R"(","loginUserRole":1,"contextPath":)" + context + "}");
  response.headers.push_back({"Set-Cookie", std::string("JSESSIONID=") + id.data() + "; Path=" + options_.context_path + "/; HttpOnly"});
  return response;
}

bool Dialect::use_session(const HttpRequest& request) {
  const auto session = sessions_.find(cookie_of(request, "JSESSIONID"));
  if (session == sessions_.end()) return false;
  if (options_.lose_session_after > 0 && ++session->second > options_.lose_session_after) {
    sessions_.erase(session);
    return false;
  }
  return true;
}

/// An empty body that calls itself JSON, as the real ones do.
HttpResponse Dialect::to_login_page(const HttpRequest& request) const {
  const std::string site = (options_.certificate.empty() ? "http://" : "https://") + header_of(request, "Host").value_or("127.0.0.1");
  auto response = json("", 302);
  response.headers.push_back(
      {"Location", site + options_.context_path + "/#/login?redirect=" + internal::percent_encode(site + request.url)});
  return response;
}

std::optional<HttpResponse> Dialect::recorded(const HttpRequest& request) {
  if (!recording_) return unmapped(request);
  const std::string target = request.url.substr(options_.context_path.size());
  if (path_of(target) == "/topic/list.query") recording_->begin_collection();
  recording_->start(1, {request.method, recording_->base_url() + target, {}, request.body}, {});
  auto end = recording_->wait(Steady::max(), {});
  if (!end) return std::nullopt;
  if (end->result) {
    HttpResponse response = *std::move(end->result);
    // What belongs to the recorded connection and session does not belong to this one.
    constexpr std::array<std::string_view, 7> theirs = {"Content-Length", "Transfer-Encoding", "Content-Encoding", "Connection",
                                                        "Keep-Alive",     "Date",              "Set-Cookie"};
    std::erase_if(response.headers, [&](const Header& header) {
      return std::any_of(theirs.begin(), theirs.end(), [&](std::string_view name) { return same_name(header.name, name); });
    });
    return response;
  }
  if (end->result.error().code != ErrorCode::not_recorded) return std::nullopt;
  return path_of(target).ends_with(".query") ? refusal("not in the recording: " + target) : unmapped(request);
}

HttpResponse Dialect::unmapped(const HttpRequest& request) const {
  return options_.generation == 0 ? spring_error(404, "Not Found", path_of(request.url)) : json("", 404);
}

std::string read_file(const std::string& name) {
  std::ifstream in(name, std::ios::binary);
  if (!in) throw std::runtime_error("cannot read " + name);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

std::string gzipped(std::string text) {
  constexpr int gzip_window = 15 + 16;
  z_stream stream{};
  if (deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, gzip_window, 8, Z_DEFAULT_STRATEGY) != Z_OK) throw std::bad_alloc();
  std::string out(deflateBound(&stream, text.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(text.data());
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

/// A request on its way; libmicrohttpd carries it from callback to callback and hands it back at the end.
struct Exchange {
  HttpRequest request;
  bool headers_read = false;
};

MHD_Result add_header(void* headers, MHD_ValueKind, const char* name, const char* value) {
  static_cast<std::vector<Header>*>(headers)->push_back({name, value == nullptr ? "" : value});
  return MHD_YES;
}

bool client_certificate_is_good(MHD_Connection* connection) {
  const auto* info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_GNUTLS_SESSION);
  if (info == nullptr) return false;
  unsigned problems = 0;
  return gnutls_certificate_verify_peers2(static_cast<gnutls_session_t>(info->tls_session), &problems) == GNUTLS_E_SUCCESS && problems == 0;
}

struct DaemonDeleter {
  void operator()(MHD_Daemon* daemon) const { MHD_stop_daemon(daemon); }
};
struct ResponseDeleter {
  void operator()(MHD_Response* response) const { MHD_destroy_response(response); }
};
using Response = std::unique_ptr<MHD_Response, ResponseDeleter>;

}  // namespace

struct FakeConsole::Impl {
  explicit Impl(FakeConsoleOptions given) : options(std::move(given)), dialect(options) { listen(); }
  ~Impl();

  void listen();
  MHD_Result handle(MHD_Connection* connection, Exchange& exchange, const char* method, const char* upload, std::size_t* upload_size);
  MHD_Result answer(MHD_Connection* connection, Exchange& exchange);
  std::optional<HttpResponse> usual_answer(MHD_Connection* connection, const HttpRequest& request);
  std::string_view below_context(std::string_view target) const;
  Rule rule_for(std::string_view target) const;
  bool sleep(std::chrono::milliseconds time);
  void wait_for_end();

  const FakeConsoleOptions options;
  std::string key, certificate, client_ca;  // libmicrohttpd keeps pointers to them

  mutable std::mutex mutex;  // guards all below, but the daemon
  Dialect dialect;
  std::map<std::string, Rule, std::less<>> rules;
  std::vector<HttpRequest> requests;
  int in_flight = 0, max_in_flight = 0, connections = 0;
  bool ending = false;
  std::condition_variable ended;

  int port = 0;
  MHD_socket old_listener = MHD_INVALID_SOCKET;
  std::unique_ptr<MHD_Daemon, DaemonDeleter> daemon;
};

namespace {

/// The body of an answer that breaks off or stalls in the middle.
struct HalfBody {
  std::string half;
  bool stall;
  std::function<void()> wait_for_end;
};

ssize_t read_half(void* self, std::uint64_t position, char* buffer, std::size_t size) {
  const auto& body = *static_cast<HalfBody*>(self);
  if (position >= body.half.size()) {
    if (body.stall) body.wait_for_end();
    return MHD_CONTENT_READER_END_WITH_ERROR;
  }
  const auto count = std::min(size, body.half.size() - static_cast<std::size_t>(position));
  std::memcpy(buffer, body.half.data() + position, count);
  return static_cast<ssize_t>(count);
}

void free_half(void* self) { std::unique_ptr<HalfBody>(static_cast<HalfBody*>(self)).reset(); }

/// libmicrohttpd's option list holds integers; a callback is one of them.
template <class Function>
intptr_t as_value(Function* function) {
  return reinterpret_cast<intptr_t>(function);
}

void* begin_exchange(void*, const char* target, MHD_Connection*) {
  auto exchange = std::make_unique<Exchange>();
  exchange->request.url = target;
  return exchange.release();  // end_exchange takes it back
}

void end_exchange(void*, MHD_Connection*, void** exchange, MHD_RequestTerminationCode) {
  std::unique_ptr<Exchange>(static_cast<Exchange*>(*exchange)).reset();
  *exchange = nullptr;
}

}  // namespace

void FakeConsole::Impl::listen() {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);

  void (*const count_connection)(void*, MHD_Connection*, void**, MHD_ConnectionNotificationCode) =
      [](void* self, MHD_Connection*, void**, MHD_ConnectionNotificationCode code) {
        auto& console = *static_cast<Impl*>(self);
        const std::lock_guard lock(console.mutex);
        if (code == MHD_CONNECTION_NOTIFY_STARTED) ++console.connections;
      };
  std::vector<MHD_OptionItem> list = {
      {MHD_OPTION_SOCK_ADDR, 0, &address},
      {MHD_OPTION_URI_LOG_CALLBACK, as_value(begin_exchange), this},
      {MHD_OPTION_NOTIFY_COMPLETED, as_value(end_exchange), this},
      {MHD_OPTION_NOTIFY_CONNECTION, as_value(count_connection), this},
      {MHD_OPTION_CONNECTION_MEMORY_LIMIT, intptr_t{1} << 20, nullptr},
  };
  unsigned flags = MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_THREAD_PER_CONNECTION | MHD_USE_ITC;
  if (!options.certificate.empty()) {
    flags |= MHD_USE_TLS;
    certificate = read_file(options.certificate);
    key = read_file(options.key);
    list.push_back({MHD_OPTION_HTTPS_MEM_CERT, 0, certificate.data()});
    list.push_back({MHD_OPTION_HTTPS_MEM_KEY, 0, key.data()});
  }
  if (!options.client_ca.empty()) {
    client_ca = read_file(options.client_ca);
    list.push_back({MHD_OPTION_HTTPS_MEM_TRUST, 0, client_ca.data()});
  }
  list.push_back({MHD_OPTION_END, 0, nullptr});

  const MHD_AccessHandlerCallback handler = [](void* self, MHD_Connection* connection, const char*, const char* method, const char*,
                                               const char* upload, std::size_t* upload_size, void** exchange) {
    return static_cast<Impl*>(self)->handle(connection, *static_cast<Exchange*>(*exchange), method, upload, upload_size);
  };
  daemon.reset(MHD_start_daemon(flags, 0, nullptr, nullptr, handler, this, MHD_OPTION_ARRAY, list.data(), MHD_OPTION_END));
  if (!daemon) throw std::runtime_error("the fake console cannot listen on 127.0.0.1");
  port = MHD_get_daemon_info(daemon.get(), MHD_DAEMON_INFO_BIND_PORT)->port;
}

FakeConsole::Impl::~Impl() {
  {
    const std::lock_guard lock(mutex);
    ending = true;
  }
  ended.notify_all();
  daemon.reset();
  if (old_listener != MHD_INVALID_SOCKET) close(old_listener);
}

MHD_Result FakeConsole::Impl::handle(MHD_Connection* connection, Exchange& exchange, const char* method, const char* upload,
                                     std::size_t* upload_size) {
  if (!exchange.headers_read) {
    exchange.headers_read = true;
    exchange.request.method = method;
    MHD_get_connection_values(connection, MHD_HEADER_KIND, add_header, &exchange.request.headers);
    return MHD_YES;
  }
  if (*upload_size > 0) {
    exchange.request.body.append(upload, *upload_size);
    *upload_size = 0;
    return MHD_YES;
  }
  return answer(connection, exchange);
}

MHD_Result FakeConsole::Impl::answer(MHD_Connection* connection, Exchange& exchange) {
  const HttpRequest& request = exchange.request;
  Rule rule;
  {
    const std::lock_guard lock(mutex);
    requests.push_back(request);
    max_in_flight = std::max(max_in_flight, ++in_flight);
    rule = rule_for(below_context(request.url));
  }
  const bool awake = sleep(options.latency + rule.latency);
  if (rule.end == Rule::End::hang) wait_for_end();

  std::optional<HttpResponse> response;
  if (awake && rule.end != Rule::End::hang && rule.end != Rule::End::drop) {
    response = rule.response ? std::move(rule.response) : usual_answer(connection, request);
  }
  {
    const std::lock_guard lock(mutex);
    --in_flight;
  }
  if (!response) return MHD_NO;  // closes the connection

  if (rule.gzip) {
    response->body = gzipped(std::move(response->body));
    response->headers.push_back({"Content-Encoding", "gzip"});
  }
  std::string& body = response->body;
  Response out;
  if (rule.end == Rule::End::answer) {
    out.reset(MHD_create_response_from_buffer(body.size(), body.data(), MHD_RESPMEM_MUST_COPY));
  } else {
    auto half = std::make_unique<HalfBody>(
        HalfBody{body.substr(0, body.size() / 2), rule.end == Rule::End::stall, [this] { wait_for_end(); }});
    constexpr std::size_t block = 1024;
    out.reset(MHD_create_response_from_callback(body.size(), block, read_half, half.release(), free_half));  // free_half takes it back
  }
  for (const Header& header : response->headers) MHD_add_response_header(out.get(), header.name.c_str(), header.value.c_str());
  return MHD_queue_response(connection, static_cast<unsigned>(response->status), out.get());
}

std::optional<HttpResponse> FakeConsole::Impl::usual_answer(MHD_Connection* connection, const HttpRequest& request) {
  if (!options.client_ca.empty() && !client_certificate_is_good(connection)) return html("no client certificate", 403);
  if (!options.basic_auth.empty()) {
    char* password = nullptr;
    char* const user = MHD_basic_auth_get_username_password(connection, &password);
    const bool good = user != nullptr && password != nullptr && options.basic_auth == std::string(user) + ":" + password;
    MHD_free(user);
    MHD_free(password);
    if (!good) return html("401 Authorization Required", 401);
  }
  const std::lock_guard lock(mutex);
  return dialect.answer(request);
}

std::string_view FakeConsole::Impl::below_context(std::string_view target) const {
  return target.starts_with(options.context_path) ? target.substr(options.context_path.size()) : target;
}

Rule FakeConsole::Impl::rule_for(std::string_view target) const {
  auto found = rules.find(target);
  if (found == rules.end()) found = rules.find(path_of(target));
  return found == rules.end() ? Rule{} : found->second;
}

/// False if the console ends meanwhile.
bool FakeConsole::Impl::sleep(std::chrono::milliseconds time) {
  std::unique_lock lock(mutex);
  return !ended.wait_for(lock, time, [this] { return ending; });
}

void FakeConsole::Impl::wait_for_end() {
  std::unique_lock lock(mutex);
  ended.wait(lock, [this] { return ending; });
}

FakeConsole::FakeConsole(FakeConsoleOptions options) : impl_(std::make_unique<Impl>(std::move(options))) {}

FakeConsole::~FakeConsole() = default;

std::string FakeConsole::url() const {
  const char* const scheme = impl_->options.certificate.empty() ? "http" : "https";
  return std::string(scheme) + "://127.0.0.1:" + std::to_string(impl_->port) + impl_->options.context_path;
}

void FakeConsole::on(std::string target, Rule rule) {
  const std::lock_guard lock(impl_->mutex);
  impl_->rules.insert_or_assign(std::move(target), std::move(rule));
}

void FakeConsole::refuse() {
  impl_->old_listener = MHD_quiesce_daemon(impl_->daemon.get());
  shutdown(impl_->old_listener, SHUT_RDWR);  // closed only after the daemon, which may still look at it
}

void FakeConsole::forget_sessions() {
  const std::lock_guard lock(impl_->mutex);
  impl_->dialect.forget_sessions();
}

std::vector<HttpRequest> FakeConsole::requests() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->requests;
}

std::map<std::string, int> FakeConsole::counts() const {
  std::map<std::string, int> counts;
  for (const HttpRequest& request : requests()) ++counts[std::string(path_of(impl_->below_context(request.url)))];
  return counts;
}

int FakeConsole::count(std::string_view path) const {
  const auto all = counts();
  const auto found = all.find(std::string(path));
  return found == all.end() ? 0 : found->second;
}

int FakeConsole::connections() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->connections;
}

int FakeConsole::max_in_flight() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->max_in_flight;
}

std::optional<std::string> header_of(const HttpRequest& request, std::string_view name) {
  const auto found = std::find_if(request.headers.begin(), request.headers.end(), [&](const Header& h) { return same_name(h.name, name); });
  if (found == request.headers.end()) return std::nullopt;
  return found->value;
}

}  // namespace rmqlag::test

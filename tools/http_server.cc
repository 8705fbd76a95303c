// http_server.cc: a small HTTP server (http_server.h).
#include "http_server.h"

#include <microhttpd.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <algorithm>
#include <atomic>
#include <cctype>
#include <condition_variable>
#include <map>
#include <mutex>
#include <set>
#include <string_view>
#include <utility>

#include "header_reaper.h"
#include "listen_socket.h"
#include "web_access.h"

namespace rmqlag::tools {
namespace {

constexpr unsigned threads = 2;  // a listener
// Long enough to keep the connection of who scrapes once a minute.
constexpr auto idle_timeout = std::chrono::seconds(65);
constexpr auto request_timeout = std::chrono::seconds(10);
constexpr auto last_words = std::chrono::milliseconds(500);  // for the clients that are told of the end
constexpr std::string_view no_route = "other";
constexpr const char* stopping = "stopping\n";

bool is_readable(std::string_view method) { return method == MHD_HTTP_METHOD_GET || method == MHD_HTTP_METHOD_HEAD; }

/// Connections at once: so many more than requests that the excess is told why (503); and some files are left for the rest of the program.
unsigned connection_limit(int max_requests, std::size_t listeners) {
  constexpr rlim_t wanted_beyond = 1000, reserve = 100, least = 16;
  rlimit files{};
  ::getrlimit(RLIMIT_NOFILE, &files);
  const rlim_t wanted = 2 * static_cast<rlim_t>(max_requests) + wanted_beyond;
  const rlim_t possible = files.rlim_cur > reserve ? files.rlim_cur - reserve : 0;
  return static_cast<unsigned>(std::max(least, std::min(wanted, possible) / std::max<std::size_t>(listeners, 1)));
}

std::vector<Header> values_of(MHD_Connection* connection, MHD_ValueKind kind) {
  std::vector<Header> values;
  const auto add = [](void* cls, MHD_ValueKind, const char* name, std::size_t name_size, const char* value, std::size_t value_size) {
    const std::string_view text = value == nullptr ? std::string_view() : std::string_view(value, value_size);
    static_cast<std::vector<Header>*>(cls)->push_back({std::string(name, name_size), std::string(text)});
    return MHD_YES;
  };
  ::MHD_get_connection_values_n(connection, kind, add, &values);
  return values;
}

bool same_name(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, [](unsigned char x, unsigned char y) { return std::tolower(x) == std::tolower(y); });
}

/// The administrator's headers stand in for our own.
void override_headers(std::vector<Header>& headers, const std::vector<Header>& configured) {
  for (const Header& header : configured) {
    std::erase_if(headers, [&header](const Header& ours) { return same_name(ours.name, header.name); });
    headers.push_back(header);
  }
}

Response method_not_allowed() {
  Response response = text_response(405, "only GET and HEAD\n");
  response.headers.push_back({MHD_HTTP_HEADER_ALLOW, "GET, HEAD"});
  return response;
}

Response unauthorized() {
  Response response = text_response(401, "a user name and a password are needed\n");
  response.headers.push_back({MHD_HTTP_HEADER_WWW_AUTHENTICATE, "Basic realm=\"rmqlag\", charset=\"UTF-8\""});
  return response;
}

/// libmicrohttpd sends the parts from where they are, and drops its hold of them at the end.
MHD_Response* make_response(Body body) {
  std::vector<MHD_IoVec> parts;
  for (const auto& part : body) parts.push_back({part->data(), part->size()});
  auto held = std::make_unique<Body>(std::move(body));
  const auto drop = [](void* cls) { std::unique_ptr<Body>(static_cast<Body*>(cls)).reset(); };
  MHD_Response* const response =
      ::MHD_create_response_from_iovec(parts.data(), static_cast<unsigned>(parts.size()), drop, held.get());
  if (response != nullptr) held.release();
  return response;
}

/// Of a connection, however many requests it carries.
struct ConnectionState {
  int socket;
  std::shared_ptr<const TlsCredentials> credentials;  // the session uses them until its end
};

int socket_of(MHD_Connection* connection) { return ::MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd; }

/// One request on its way to its answer. Shared by the server and by whoever owes the answer.
class Exchange : public std::enable_shared_from_this<Exchange> {
 public:
  explicit Exchange(MHD_Connection* connection) : connection_(connection) {}

  /// Any thread. The first answer counts.
  void fulfil(Response response) {
    const std::lock_guard lock(mutex_);
    if (answered_) return;
    answered_ = true;
    response_ = std::move(response);
    if (std::exchange(suspended_, false)) ::MHD_resume_connection(connection_);
  }

  bool answered() const {
    const std::lock_guard lock(mutex_);
    return answered_;
  }

  /// On the connection's thread, once or again after a sleep: the answer, or none, and the connection sleeps until there is one.
  std::optional<Response> take_or_sleep() {
    const std::lock_guard lock(mutex_);
    if (!answered_) {
      suspended_ = true;
      ::MHD_suspend_connection(connection_);
      return std::nullopt;
    }
    return std::exchange(response_, std::nullopt);
  }

  // On the connection's thread alone.
  bool began = false;
  bool has_place = false;
  std::string_view name = no_route;

 private:
  MHD_Connection* const connection_;
  mutable std::mutex mutex_;
  bool answered_ = false;
  bool suspended_ = false;
  std::optional<Response> response_;
};

}  // namespace

class Reply::Debt {
 public:
  explicit Debt(std::shared_ptr<Exchange> exchange) : exchange_(std::move(exchange)) {}
  ~Debt() { exchange_->fulfil(text_response(500, "no answer\n")); }
  Debt(const Debt&) = delete;
  Debt& operator=(const Debt&) = delete;

  void pay(Response response) { exchange_->fulfil(std::move(response)); }

 private:
  const std::shared_ptr<Exchange> exchange_;
};

void Reply::send(Response response) const { debt_->pay(std::move(response)); }

struct HttpServer::Impl {
  Impl(const ServerOptions& options, std::vector<Route> given)
      : max_requests(options.max_requests),
        connections(connection_limit(options.max_requests, options.listen.size())),
        access(options.access),
        routes(std::move(given)) {
    for (const Route& route : routes) counts[{route.name, 200}] = 0;
  }
  ~Impl() { stop(std::chrono::milliseconds(0)); }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  Expected<void> listen(const ListenAddress& address);
  void stop(std::chrono::milliseconds grace);

  Exchange* enter(MHD_Connection* connection);
  void leave(Exchange& exchange);
  bool take_place(Exchange& exchange);
  void begin(const std::shared_ptr<Exchange>& exchange, MHD_Connection* connection, const char* path, std::string_view method,
             std::string_view version);
  void answer(const Route* route, const Request& request, const std::shared_ptr<Exchange>& exchange) const;
  MHD_Result send(MHD_Connection* connection, std::string_view name, Response response);
  void count(std::string_view name, int status);

  static void on_connection(void* cls, MHD_Connection* connection, void** state, MHD_ConnectionNotificationCode what);
  static MHD_Result on_request(void* cls, MHD_Connection* connection, const char* url, const char* method, const char*, const char*,
                               std::size_t* upload_size, void** state);
  static void on_completed(void* cls, MHD_Connection* connection, void** state, MHD_RequestTerminationCode how);

  const int max_requests;
  const unsigned connections;
  const std::shared_ptr<WebAccess> access;  // may be null
  const std::vector<Route> routes;
  std::atomic<int> places_taken = 0;
  mutable std::mutex mutex;
  std::condition_variable none_under_way;
  std::map<std::pair<std::string, int>, std::int64_t> counts;  // guarded by mutex
  std::set<std::shared_ptr<Exchange>> under_way;               // guarded by mutex
  std::atomic<bool> closing = false;                           // every answer is the last of its connection
  bool stopped = false;                                        // nothing is begun any more; guarded by mutex
  HeaderReaper reaper;
  std::vector<std::string> addresses;
  std::vector<std::unique_ptr<MHD_Daemon, decltype(&::MHD_stop_daemon)>> daemons;  // last: their threads use all of the above
};

Expected<void> HttpServer::Impl::listen(const ListenAddress& address) {
  auto socket = listen_on(address);
  if (!socket) return std::move(socket).error();
  addresses.push_back(local_address(*socket));
  std::vector<MHD_OptionItem> tls_options;
  unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_ITC | MHD_ALLOW_SUSPEND_RESUME;
  if (access != nullptr && access->uses_tls()) {
    flags |= MHD_USE_TLS;
    // A connection gets its credentials when it begins; one that did not must not get any further.
    tls_options.push_back({MHD_OPTION_HTTPS_CERT_CALLBACK, 0, no_certificate()});
  }
  tls_options.push_back({MHD_OPTION_END, 0, nullptr});
  MHD_Daemon* const daemon =
      ::MHD_start_daemon(flags, 0, nullptr, nullptr, &Impl::on_request, this,
                         MHD_OPTION_LISTEN_SOCKET, socket->number(),
                         MHD_OPTION_THREAD_POOL_SIZE, threads,
                         MHD_OPTION_CONNECTION_LIMIT, connections,
                         MHD_OPTION_CONNECTION_TIMEOUT, static_cast<unsigned>(idle_timeout.count()),
                         MHD_OPTION_NOTIFY_CONNECTION, &Impl::on_connection, this,
                         MHD_OPTION_NOTIFY_COMPLETED, &Impl::on_completed, this,
                         MHD_OPTION_ARRAY, tls_options.data(),
                         MHD_OPTION_END);
  if (daemon == nullptr) return cannot_listen(address, "the server could not be started");
  socket->release();
  daemons.emplace_back(daemon, ::MHD_stop_daemon);
  return {};
}

void HttpServer::Impl::on_connection(void* cls, MHD_Connection* connection, void** state, MHD_ConnectionNotificationCode what) {
  auto* const self = static_cast<Impl*>(cls);
  if (what == MHD_CONNECTION_NOTIFY_CLOSED) {
    const std::unique_ptr<ConnectionState> ended(static_cast<ConnectionState*>(std::exchange(*state, nullptr)));
    self->reaper.forget(ended->socket);
    return;
  }
  auto begun = std::make_unique<ConnectionState>(ConnectionState{socket_of(connection), nullptr});
  if (self->access != nullptr && self->access->uses_tls()) {
    begun->credentials = self->access->credentials();
    begun->credentials->use_in(::MHD_get_connection_info(connection, MHD_CONNECTION_INFO_GNUTLS_SESSION)->tls_session);
  }
  self->reaper.expect(begun->socket, std::chrono::steady_clock::now() + request_timeout);
  *state = begun.release();
}

/// Called once with the headers, then with each piece of a body, then without; and again when a sleeping connection is woken.
MHD_Result HttpServer::Impl::on_request(void* cls, MHD_Connection* connection, const char* url, const char* method, const char* version,
                                        const char*, std::size_t* upload_size, void** state) {
  auto* const self = static_cast<Impl*>(cls);
  if (*state == nullptr) {
    *state = self->enter(connection);
    if (is_readable(method)) return MHD_YES;  // an answer at this point would close the connection, which is right for the others
  }
  if (*upload_size != 0) {
    *upload_size = 0;  // a body that nobody asked for
    return MHD_YES;
  }
  auto* const exchange = static_cast<Exchange*>(*state);
  if (!std::exchange(exchange->began, true)) {
    self->reaper.forget(socket_of(connection));
    self->begin(exchange->shared_from_this(), connection, url, method, version);
  }
  auto response = exchange->take_or_sleep();
  return response ? self->send(connection, exchange->name, *std::move(response)) : MHD_YES;
}

void HttpServer::Impl::on_completed(void* cls, MHD_Connection* connection, void** state, MHD_RequestTerminationCode how) {
  auto* const self = static_cast<Impl*>(cls);
  if (*state != nullptr) self->leave(*static_cast<Exchange*>(std::exchange(*state, nullptr)));
  if (how == MHD_REQUEST_TERMINATED_COMPLETED_OK) {
    // The connection may stay idle; its next request may not take longer than the first.
    self->reaper.expect(socket_of(connection), std::chrono::steady_clock::now() + idle_timeout + request_timeout);
  }
}

Exchange* HttpServer::Impl::enter(MHD_Connection* connection) {
  const auto exchange = std::make_shared<Exchange>(connection);
  const std::lock_guard lock(mutex);
  if (stopped) exchange->fulfil(text_response(503, stopping));
  under_way.insert(exchange);
  return exchange.get();
}

void HttpServer::Impl::leave(Exchange& exchange) {
  const auto ended = exchange.shared_from_this();  // and its answer, perhaps large, are freed without the lock
  ended->fulfil({});                               // nobody is there any more to be answered
  if (ended->has_place) --places_taken;
  const std::lock_guard lock(mutex);
  under_way.erase(ended);
  if (under_way.empty()) none_under_way.notify_all();
}

bool HttpServer::Impl::take_place(Exchange& exchange) {
  exchange.has_place = ++places_taken <= max_requests;
  if (!exchange.has_place) --places_taken;
  return exchange.has_place;
}

void HttpServer::Impl::begin(const std::shared_ptr<Exchange>& exchange, MHD_Connection* connection, const char* path,
                             std::string_view method, std::string_view version) {
  const auto found = std::ranges::find(routes, path, &Route::path);
  const Route* const route = found == routes.end() ? nullptr : &*found;
  if (route != nullptr) exchange->name = route->name;

  if (exchange->answered()) return;  // the server is about to end
  if (!is_readable(method)) return exchange->fulfil(method_not_allowed());
  if (*path != '/') return exchange->fulfil(text_response(400, "not a path\n"));
  const bool vital = route != nullptr && route->vital;
  if (!vital && !take_place(*exchange)) return exchange->fulfil(text_response(503, "too many requests at once\n"));

  Request request{path, values_of(connection, MHD_HEADER_KIND), values_of(connection, MHD_GET_ARGUMENT_KIND)};
  if (version == MHD_HTTP_VERSION_1_1 && request.header("Host").empty()) return exchange->fulfil(text_response(400, "no Host header\n"));
  if (access == nullptr) return answer(route, request, exchange);
  const std::string authorization = request.header("Authorization");
  access->authorize(authorization, [this, route, exchange, request = std::move(request)](Admission admission) {
    switch (admission) {
      case Admission::granted: return answer(route, request, exchange);
      case Admission::denied: return exchange->fulfil(unauthorized());
      case Admission::busy: return exchange->fulfil(text_response(503, "too many passwords to check at once\n"));
    }
  });
}

void HttpServer::Impl::answer(const Route* route, const Request& request, const std::shared_ptr<Exchange>& exchange) const {
  if (route == nullptr) return exchange->fulfil(text_response(404, "nothing here\n"));
  if (const auto* const now = std::get_if<AnswerNow>(&route->answer)) return exchange->fulfil((*now)(request));
  std::get<AnswerLater>(route->answer)(request, Reply(std::make_shared<Reply::Debt>(exchange)));
}

MHD_Result HttpServer::Impl::send(MHD_Connection* connection, std::string_view name, Response response) {
  count(name, response.status);
  using Owned = std::unique_ptr<MHD_Response, decltype(&::MHD_destroy_response)>;
  const Owned made(make_response(std::move(response.body)), ::MHD_destroy_response);
  if (made == nullptr) return MHD_NO;
  if (access != nullptr) override_headers(response.headers, *access->headers());
  if (!response.content_type.empty()) response.headers.push_back({MHD_HTTP_HEADER_CONTENT_TYPE, response.content_type});
  if (closing) response.headers.push_back({MHD_HTTP_HEADER_CONNECTION, "close"});
  for (const Header& header : response.headers) ::MHD_add_response_header(made.get(), header.name.c_str(), header.value.c_str());
  return ::MHD_queue_response(connection, static_cast<unsigned>(response.status), made.get());
}

void HttpServer::Impl::count(std::string_view name, int status) {
  const std::lock_guard lock(mutex);
  ++counts[{std::string(name), status}];
}

void HttpServer::Impl::stop(std::chrono::milliseconds grace) {
  closing = true;
  std::vector<Socket> listeners;  // refuse at once, but their numbers stay taken until no thread can use them any more
  for (const auto& daemon : daemons) {
    listeners.emplace_back(::MHD_quiesce_daemon(daemon.get()));
    ::shutdown(listeners.back().number(), SHUT_RDWR);
  }
  const auto none_left = [this] { return under_way.empty(); };
  std::unique_lock lock(mutex);
  none_under_way.wait_for(lock, grace, none_left);
  stopped = true;
  const auto late = under_way;
  lock.unlock();
  // First who might begin another handler, then the sleepers: libmicrohttpd must not be stopped while a connection sleeps.
  if (access != nullptr) access->stop();
  for (const auto& exchange : late) exchange->fulfil(text_response(503, stopping));
  lock.lock();
  if (!late.empty()) none_under_way.wait_for(lock, last_words, none_left);
  lock.unlock();
  daemons.clear();
}

// ---- The public side ------------------------------------------------------------------------------------------------------------

std::string Request::header(std::string_view name) const {
  std::string joined;
  for (const Header& candidate : headers) {
    if (!same_name(candidate.name, name)) continue;
    if (!joined.empty()) joined += ", ";
    joined += candidate.value;
  }
  return joined;
}

std::optional<std::string> Request::parameter(std::string_view name) const {
  const auto found = std::ranges::find(parameters, name, &Header::name);
  if (found == parameters.end()) return std::nullopt;
  return found->value;
}

Response text_response(int status, std::string text) {
  return {status, "text/plain; charset=utf-8", {std::make_shared<const std::string>(std::move(text))}};
}

Expected<std::unique_ptr<HttpServer>> HttpServer::start(const ServerOptions& options, std::vector<Route> routes) {
  auto impl = std::make_unique<Impl>(options, std::move(routes));
  for (const ListenAddress& address : options.listen) {
    if (auto ok = impl->listen(address); !ok) return ok.error();
  }
  return std::unique_ptr<HttpServer>(new HttpServer(std::move(impl)));
}

HttpServer::HttpServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

HttpServer::~HttpServer() = default;

std::vector<std::string> HttpServer::addresses() const { return impl_->addresses; }

std::vector<RequestCount> HttpServer::request_counts() const {
  const std::lock_guard lock(impl_->mutex);
  std::vector<RequestCount> result;
  for (const auto& [key, count] : impl_->counts) result.push_back({key.first, key.second, count});
  return result;
}

void HttpServer::stop(std::chrono::milliseconds grace) { impl_->stop(grace); }

}  // namespace rmqlag::tools

// curl_transport.cc: the default transport (curl_transport.h), over libcurl's multi interface. The one place that includes libcurl.
//
// `start` acts at once, so that a request leaves before the caller turns to an answer; `wait` sleeps in `poll`, from which a stop request
// wakes it. libcurl tells its sockets and its timer, and acts on those alone that have something to do: curl_multi_perform would ask each
// transfer's socket each time. An easy handle returns to a pool when its transfer ends, and keeps its buffers.
#include "rmqlag/curl_transport.h"

#include <curl/curl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <deque>
#include <fstream>
#include <iterator>
#include <limits>
#include <new>
#include <system_error>
#include <type_traits>
#include <unordered_map>
#include <utility>

#include "rmqlag/version.h"
#include "url.h"

namespace rmqlag {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t max_header_bytes = std::size_t{256} << 10;
constexpr long receive_buffer_bytes = 64L << 10;
// libcurl's own limit follows the handles of the moment: at the end of a pass it would close connections that the next pass needs.
constexpr long max_idle_connections = 64;

struct EasyDeleter {
  void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
};
struct MultiDeleter {
  void operator()(CURLM* multi) const { curl_multi_cleanup(multi); }
};
struct ListDeleter {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
struct UrlDeleter {
  void operator()(CURLU* url) const { curl_url_cleanup(url); }
};
using Easy = std::unique_ptr<CURL, EasyDeleter>;
using Multi = std::unique_ptr<CURLM, MultiDeleter>;
using List = std::unique_ptr<curl_slist, ListDeleter>;
using Url = std::unique_ptr<CURLU, UrlDeleter>;

/// The types that curl_easy_setopt reads from its variable arguments; any other would be read wrongly.
template <class T>
concept OptionValue = std::is_same_v<T, long> || std::is_same_v<T, curl_off_t> || std::is_pointer_v<T>;

/// A feature that this libcurl was built without is no error here: a request that needs it will fail and say so.
template <OptionValue T>
void set(CURL* easy, CURLoption option, T value) {
  if (curl_easy_setopt(easy, option, value) == CURLE_OUT_OF_MEMORY) throw std::bad_alloc();
}

/// libcurl takes 0 for "no limit", so the shortest time is 1 ms.
long curl_ms(milliseconds time) {
  return static_cast<long>(std::clamp<milliseconds::rep>(time.count(), 1, std::numeric_limits<int>::max()));
}

bool is_http(std::string_view scheme) { return scheme == "http" || scheme == "https"; }

/// "host:port", the part of a URL that may be shown.
std::string server_name(std::string_view url) {
  const auto parts = internal::split_url(url);
  if (!parts) return "the server";
  const std::string_view port = !parts->port.empty() ? parts->port : parts->scheme == "https" ? "443" : "80";
  return std::string(parts->host) + ":" + std::string(port);
}

List header_list(const std::vector<Header>& headers) {
  List list;
  for (const Header& header : headers) {
    const std::string line = header.value.empty() ? header.name + ";" : header.name + ": " + header.value;  // ";" is libcurl's "empty"
    curl_slist* const longer = curl_slist_append(list.get(), line.c_str());
    if (longer == nullptr) throw std::bad_alloc();
    static_cast<void>(list.release());
    list.reset(longer);
  }
  return list;
}

std::string_view trim(std::string_view text) {
  constexpr std::string_view blank = " \t\r\n";
  const auto first = text.find_first_not_of(blank);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(blank) - first + 1);
}

/// One easy handle and the request that it carries at the moment.
class Transfer {
 public:
  explicit Transfer(const CurlOptions& options);

  CURL* easy() const { return easy_.get(); }
  std::uint64_t id() const { return id_; }

  void prepare(std::uint64_t id, HttpRequest request, milliseconds timeout);
  /// Takes the answer out, or says why there is none.
  Expected<HttpResponse> take_result(CURLcode code);

 private:
  template <bool (Transfer::*take)(std::string_view)>
  static std::size_t receive(char* data, std::size_t size, std::size_t count, void* self) noexcept;
  bool take_header(std::string_view line);
  bool take_body(std::string_view bytes);

  Error failure(CURLcode code) const;
  std::string why_not_connected() const;
  std::string why_timed_out(const std::string& server) const;
  std::string curl_text(CURLcode code) const;

  const CurlOptions& options_;
  Easy easy_;
  Url url_;  // that of the request, as libcurl parses it
  std::array<char, CURL_ERROR_SIZE> error_text_{};

  std::uint64_t id_ = 0;
  HttpRequest request_;
  List headers_;
  milliseconds timeout_{};

  HttpResponse response_;
  std::size_t header_bytes_ = 0;
  bool answer_begun_ = false;
  std::string too_large_;  // which limit the answer exceeded
};

Transfer::Transfer(const CurlOptions& options) : options_(options), easy_(curl_easy_init()), url_(curl_url()) {
  CURL* const easy = easy_.get();
  if (easy == nullptr || !url_) throw std::bad_alloc();
  set(easy, CURLOPT_PRIVATE, this);
  set(easy, CURLOPT_ERRORBUFFER, error_text_.data());
  set(easy, CURLOPT_HEADERFUNCTION, &Transfer::receive<&Transfer::take_header>);
  set(easy, CURLOPT_HEADERDATA, this);
  set(easy, CURLOPT_WRITEFUNCTION, &Transfer::receive<&Transfer::take_body>);
  set(easy, CURLOPT_WRITEDATA, this);
  set(easy, CURLOPT_BUFFERSIZE, receive_buffer_bytes);

  set(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  set(easy, CURLOPT_HTTP_VERSION, long{CURL_HTTP_VERSION_1_1});
  set(easy, CURLOPT_FOLLOWLOCATION, 0L);
  set(easy, CURLOPT_ACCEPT_ENCODING, "");  // all that libcurl can decode
  set(easy, CURLOPT_USERAGENT, options.user_agent.c_str());
  set(easy, CURLOPT_CONNECTTIMEOUT_MS, curl_ms(options.connect_timeout));
  set(easy, CURLOPT_NOSIGNAL, 1L);
  set(easy, CURLOPT_QUICK_EXIT, 1L);  // else a silent DNS server outlasts every time-out

  set(easy, CURLOPT_NETRC, long{CURL_NETRC_IGNORED});
  // Both always set: what is unset, libcurl takes from the environment.
  set(easy, CURLOPT_PROXY, options.proxy.c_str());
  set(easy, CURLOPT_NOPROXY, "");
  set(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);

  if (!options.ca_file.empty()) {
    set(easy, CURLOPT_CAINFO, options.ca_file.c_str());
    set(easy, CURLOPT_CAPATH, static_cast<const char*>(nullptr));  // the file replaces the system's certificates
  }
  if (!options.client_cert.empty()) set(easy, CURLOPT_SSLCERT, options.client_cert.c_str());
  if (!options.client_key.empty()) set(easy, CURLOPT_SSLKEY, options.client_key.c_str());
  if (options.insecure) {
    set(easy, CURLOPT_SSL_VERIFYPEER, 0L);
    set(easy, CURLOPT_SSL_VERIFYHOST, 0L);
  }
}

void Transfer::prepare(std::uint64_t id, HttpRequest request, milliseconds timeout) {
  id_ = id;
  request_ = std::move(request);
  headers_ = header_list(request_.headers);
  timeout_ = timeout;
  response_ = {};
  header_bytes_ = 0;
  answer_begun_ = false;
  too_large_.clear();
  error_text_.front() = '\0';

  CURL* const easy = easy_.get();
  set(easy, CURLOPT_URL, request_.url.c_str());
  // From a URL that it parses itself libcurl puts the text together again, byte by byte: a tenth of what a request costs.
  const CURLUcode parsed = curl_url_set(url_.get(), CURLUPART_URL, request_.url.c_str(), 0);
  set(easy, CURLOPT_CURLU, parsed == CURLUE_OK ? url_.get() : static_cast<CURLU*>(nullptr));
  set(easy, CURLOPT_HTTPHEADER, headers_.get());
  set(easy, CURLOPT_TIMEOUT_MS, curl_ms(timeout));
  set(easy, CURLOPT_LOW_SPEED_LIMIT, 0L);  // waiting for the first byte is not slowness: see take_header

  set(easy, CURLOPT_HTTPGET, 1L);  // undoes what the last request set
  if (request_.method == "HEAD") set(easy, CURLOPT_NOBODY, 1L);
  if (request_.method == "POST" || !request_.body.empty()) {
    set(easy, CURLOPT_POST, 1L);
    set(easy, CURLOPT_POSTFIELDS, request_.body.c_str());
    set(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request_.body.size()));
  }
  const bool known = request_.method == "POST" || (request_.body.empty() && (request_.method == "GET" || request_.method == "HEAD"));
  set(easy, CURLOPT_CUSTOMREQUEST, known ? nullptr : request_.method.c_str());
}

/// libcurl's callback. No exception may pass through libcurl; what does not return `count` ends the transfer as CURLE_WRITE_ERROR.
template <bool (Transfer::*take)(std::string_view)>
std::size_t Transfer::receive(char* data, std::size_t, std::size_t count, void* self) noexcept {
  try {
    return (static_cast<Transfer*>(self)->*take)({data, count}) ? count : 0;
  } catch (const std::bad_alloc&) {
    return 0;
  }
}

bool Transfer::take_header(std::string_view line) {
  header_bytes_ += line.size();
  if (header_bytes_ > max_header_bytes) {
    too_large_ = "more than " + std::to_string(max_header_bytes) + " bytes of headers";
    return false;
  }
  if (line.starts_with("HTTP/")) {
    response_.headers.clear();  // an interim answer (100) may have come before
    answer_begun_ = true;
    set(easy(), CURLOPT_LOW_SPEED_LIMIT, options_.low_speed_bytes);
    set(easy(), CURLOPT_LOW_SPEED_TIME, static_cast<long>(options_.low_speed_time.count()));
    return true;
  }
  const auto colon = line.find(':');
  if (colon == std::string_view::npos) return true;  // the empty line at the end
  response_.headers.push_back({std::string(line.substr(0, colon)), std::string(trim(line.substr(colon + 1)))});
  return true;
}

bool Transfer::take_body(std::string_view bytes) {
  if (bytes.size() > options_.max_body - response_.body.size()) {
    too_large_ = "more than " + std::to_string(options_.max_body) + " bytes";
    return false;
  }
  response_.body.append(bytes);
  return true;
}

Expected<HttpResponse> Transfer::take_result(CURLcode code) {
  if (code != CURLE_OK) return failure(code);
  long status = 0;
  curl_easy_getinfo(easy(), CURLINFO_RESPONSE_CODE, &status);
  response_.status = static_cast<int>(status);
  return std::move(response_);
}

/// What each of libcurl's failures is to our callers. Messages name the server, never the URL: that may hold what must not be shown.
Error Transfer::failure(CURLcode code) const {
  const std::string server = server_name(request_.url);
  switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
      return {ErrorCode::dns, "no address for the host name of " + server};
    case CURLE_COULDNT_RESOLVE_PROXY:
      return {ErrorCode::dns, "no address for the host name of the proxy " + server_name(options_.proxy)};
    case CURLE_COULDNT_CONNECT:
      return {ErrorCode::refused, why_not_connected()};
    case CURLE_OPERATION_TIMEDOUT:
      return {ErrorCode::timeout, why_timed_out(server)};
    case CURLE_PEER_FAILED_VERIFICATION:
      return {ErrorCode::tls,
              "the certificate of " + server + " is not trusted (" + curl_text(code) + "): give the CA in ca_file or set insecure"};
    case CURLE_SSL_CACERT_BADFILE:
      return {ErrorCode::tls, "the CA certificates cannot be used: " + curl_text(code)};
    case CURLE_SSL_CERTPROBLEM:
      return {ErrorCode::tls, "client_cert or client_key cannot be used: " + curl_text(code)};
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_INVALIDCERTSTATUS:
    case CURLE_SSL_CLIENTCERT:
      return {ErrorCode::tls, "no TLS with " + server + ": " + curl_text(code)};
    case CURLE_WRITE_ERROR:
      return {ErrorCode::too_large, "the answer of " + server + " is too large: " + (too_large_.empty() ? "no memory left" : too_large_)};
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_BAD_CONTENT_ENCODING:
      return {ErrorCode::bad_answer, server + " does not answer in proper HTTP: " + curl_text(code)};
    case CURLE_URL_MALFORMAT:
      return {ErrorCode::invalid_argument, "the URL for " + server + " is malformed"};
    default:
      return {answer_begun_ ? ErrorCode::cut_off : ErrorCode::reset,
              "the connection to " + server + " broke " + (answer_begun_ ? "within the answer: " : "before an answer: ") + curl_text(code)};
  }
}

std::string Transfer::why_not_connected() const {
  const std::string peer = options_.proxy.empty() ? server_name(request_.url) : "the proxy " + server_name(options_.proxy);
  long os_error = 0;
  curl_easy_getinfo(easy(), CURLINFO_OS_ERRNO, &os_error);
  if (os_error == ECONNREFUSED) return "connection refused by " + peer + ": nobody listens there";
  if (os_error == 0) return "no connection to " + peer;
  return "no connection to " + peer + ": " + std::generic_category().message(static_cast<int>(os_error));
}

std::string Transfer::why_timed_out(const std::string& server) const {
  if (answer_begun_) return "the answer of " + server + " stopped or came too slowly";
  curl_off_t connected = 0;
  curl_easy_getinfo(easy(), CURLINFO_PRETRANSFER_TIME_T, &connected);
  if (connected == 0) {
    return "no connection to " + server + " within " + std::to_string(std::min(timeout_, options_.connect_timeout).count()) + " ms";
  }
  return "no answer from " + server + " within " + std::to_string(timeout_.count()) + " ms";
}

/// libcurl's own words, as one line.
std::string Transfer::curl_text(CURLcode code) const {
  std::string text = error_text_.front() != '\0' ? error_text_.data() : curl_easy_strerror(code);
  std::replace_if(text.begin(), text.end(), [](unsigned char c) { return c < ' '; }, ' ');
  return std::string(trim(text));
}

/// What a thread can be woken by from `poll`, from any other thread; also before it sleeps.
class Bell {
 public:
  Bell() : descriptor_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    if (descriptor_ < 0) throw std::system_error(errno, std::generic_category(), "eventfd");
  }
  ~Bell() { ::close(descriptor_); }
  Bell(const Bell&) = delete;
  Bell& operator=(const Bell&) = delete;

  int descriptor() const { return descriptor_; }
  void ring() const { ::eventfd_write(descriptor_, 1); }
  void silence() const {
    eventfd_t rung = 0;
    ::eventfd_read(descriptor_, &rung);
  }

 private:
  int descriptor_;
};

class CurlTransport final : public HttpTransport {
 public:
  explicit CurlTransport(CurlOptions options) : options_(std::move(options)), multi_(curl_multi_init()) {
    if (!multi_) throw std::bad_alloc();
    const auto set = [this](CURLMoption option, auto value) { curl_multi_setopt(multi_.get(), option, value); };
    set(CURLMOPT_MAXCONNECTS, max_idle_connections);
    set(CURLMOPT_SOCKETFUNCTION, &CurlTransport::on_socket);
    set(CURLMOPT_SOCKETDATA, this);
    set(CURLMOPT_TIMERFUNCTION, &CurlTransport::on_timer);
    set(CURLMOPT_TIMERDATA, this);
    watched_.push_back({bell_.descriptor(), POLLIN, 0});
  }

  ~CurlTransport() override {
    for (const auto& [id, transfer] : active_) curl_multi_remove_handle(multi_.get(), transfer->easy());
  }

  void start(std::uint64_t id, HttpRequest request, milliseconds timeout) override;
  std::optional<Completion> wait(Steady until, std::stop_token stop) override;
  void abandon(std::uint64_t id) override;
  Now now() const override { return system_now(); }

 private:
  static int on_socket(CURL*, curl_socket_t socket, int what, void* self, void*) noexcept;
  static int on_timer(CURLM*, long wanted_ms, void* self) noexcept;

  void sleep_until(Steady until);
  void act();
  void act_on(curl_socket_t socket, int events);
  void finish(const Transfer& transfer, CURLcode code);
  void check(CURLMcode code);
  std::unique_ptr<Transfer> remove(std::uint64_t id);

  const CurlOptions options_;
  const Bell bell_;
  std::vector<pollfd> watched_;  // the bell, then libcurl's sockets
  Steady timer_ = Steady::max();  // when libcurl wants to act without a socket
  const Multi multi_;             // calls on_socket until its very end
  std::unordered_map<std::uint64_t, std::unique_ptr<Transfer>> active_;
  std::vector<std::unique_ptr<Transfer>> idle_;
  std::deque<Completion> finished_;
};

int CurlTransport::on_socket(CURL*, curl_socket_t socket, int what, void* self, void*) noexcept {
  auto& watched = static_cast<CurlTransport*>(self)->watched_;
  if (what == CURL_POLL_REMOVE) {
    std::erase_if(watched, [socket](const pollfd& entry) { return entry.fd == socket; });
    return 0;
  }
  short events = 0;
  if ((what & CURL_POLL_IN) != 0) events |= POLLIN;
  if ((what & CURL_POLL_OUT) != 0) events |= POLLOUT;
  const auto known = std::find_if(watched.begin(), watched.end(), [socket](const pollfd& entry) { return entry.fd == socket; });
  if (known != watched.end()) {
    known->events = events;
  } else {
    watched.push_back({socket, events, 0});
  }
  return 0;
}

int CurlTransport::on_timer(CURLM*, long wanted_ms, void* self) noexcept {
  static_cast<CurlTransport*>(self)->timer_ =
      wanted_ms < 0 ? Steady::max() : std::chrono::steady_clock::now() + milliseconds(wanted_ms);
  return 0;
}

void CurlTransport::start(std::uint64_t id, HttpRequest request, milliseconds timeout) {
  const auto url = internal::split_url(request.url);
  if (!url || !is_http(url->scheme)) {
    finished_.push_back({id, Error{ErrorCode::invalid_argument, "a request's URL must begin with http:// or https:// and name a host"}});
    return;
  }
  std::unique_ptr<Transfer> transfer;
  if (idle_.empty()) {
    transfer = std::make_unique<Transfer>(options_);
  } else {
    transfer = std::move(idle_.back());
    idle_.pop_back();
  }
  transfer->prepare(id, std::move(request), timeout);
  CURL* const easy = transfer->easy();
  active_.emplace(id, std::move(transfer));
  check(curl_multi_add_handle(multi_.get(), easy));
  act_on(CURL_SOCKET_TIMEOUT, 0);
}

std::optional<Completion> CurlTransport::wait(Steady until, std::stop_token stop) {
  const std::stop_callback wake(stop, [this] { bell_.ring(); });
  for (bool in_time = true; !stop.stop_requested() && (in_time || !finished_.empty());) {
    if (!finished_.empty()) {
      Completion first = std::move(finished_.front());
      finished_.pop_front();
      return first;
    }
    in_time = std::chrono::steady_clock::now() < until;
    sleep_until(std::min(until, timer_));
    act();
  }
  return std::nullopt;
}

void CurlTransport::abandon(std::uint64_t id) {
  if (active_.contains(id)) idle_.push_back(remove(id));
  std::erase_if(finished_, [id](const Completion& completion) { return completion.id == id; });
}

void CurlTransport::sleep_until(Steady until) {
  constexpr auto longest = std::chrono::hours(1);
  const auto left = until - std::chrono::steady_clock::now();
  const auto time = left < longest ? std::chrono::ceil<milliseconds>(left) : milliseconds(longest);
  for (pollfd& entry : watched_) entry.revents = 0;
  ::poll(watched_.data(), watched_.size(), static_cast<int>(std::max(time.count(), milliseconds::rep{0})));
}

/// Has libcurl act on the sockets that `sleep_until` found ready, and on its timer.
void CurlTransport::act() {
  std::vector<pollfd> ready;  // a copy: each action may change what is watched
  std::copy_if(watched_.begin() + 1, watched_.end(), std::back_inserter(ready), [](const pollfd& entry) { return entry.revents != 0; });
  if (watched_.front().revents != 0) bell_.silence();
  for (const pollfd& entry : ready) {
    int events = 0;
    if ((entry.revents & (POLLIN | POLLHUP)) != 0) events |= CURL_CSELECT_IN;
    if ((entry.revents & POLLOUT) != 0) events |= CURL_CSELECT_OUT;
    if ((entry.revents & (POLLERR | POLLNVAL)) != 0) events |= CURL_CSELECT_ERR;
    act_on(entry.fd, events);
  }
  if (timer_ <= std::chrono::steady_clock::now()) act_on(CURL_SOCKET_TIMEOUT, 0);
}

void CurlTransport::act_on(curl_socket_t socket, int events) {
  if (socket == CURL_SOCKET_TIMEOUT) timer_ = Steady::max();  // libcurl sets the next one, if there is one
  int running = 0;
  check(curl_multi_socket_action(multi_.get(), socket, events, &running));
  int queued = 0;
  while (const CURLMsg* message = curl_multi_info_read(multi_.get(), &queued)) {
    if (message->msg != CURLMSG_DONE) continue;
    const CURLcode code = message->data.result;  // `message` does not outlive the removal of its handle
    Transfer* transfer = nullptr;
    curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &transfer);
    finish(*transfer, code);
  }
}

void CurlTransport::finish(const Transfer& transfer, CURLcode code) {
  const std::uint64_t id = transfer.id();
  auto owned = remove(id);
  finished_.push_back({id, owned->take_result(code)});
  idle_.push_back(std::move(owned));
}

/// A multi handle that fails would leave its transfers without an end: they end here.
void CurlTransport::check(CURLMcode code) {
  if (code == CURLM_OK) return;
  if (code == CURLM_OUT_OF_MEMORY) throw std::bad_alloc();
  while (!active_.empty()) {
    const std::uint64_t id = active_.begin()->first;
    remove(id);
    finished_.push_back({id, Error{ErrorCode::reset, std::string("libcurl failed: ") + curl_multi_strerror(code)}});
  }
}

std::unique_ptr<Transfer> CurlTransport::remove(std::uint64_t id) {
  auto node = active_.extract(id);
  curl_multi_remove_handle(multi_.get(), node.mapped()->easy());
  return std::move(node.mapped());
}

bool readable(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  return in.peek() != std::ifstream::traits_type::eof();  // a directory opens, but gives nothing
}

Expected<void> check_options(const CurlOptions& options) {
  const std::pair<std::string_view, const std::string&> files[] = {
      {"ca_file", options.ca_file}, {"client_cert", options.client_cert}, {"client_key", options.client_key}};
  for (const auto& [name, file] : files) {
    if (!file.empty() && !readable(file)) {
      return Error{ErrorCode::invalid_argument, std::string(name) + ": " + file + " cannot be read or is empty"};
    }
  }
  if (!options.client_key.empty() && options.client_cert.empty()) {
    return Error{ErrorCode::invalid_argument, "client_key without client_cert: give both"};
  }
  if (const auto proxy = internal::split_url(options.proxy); !options.proxy.empty() && (!proxy || !is_http(proxy->scheme))) {
    return Error{ErrorCode::invalid_argument, "the proxy must be given as http://host:port"};
  }
  return {};
}

}  // namespace

Expected<std::unique_ptr<HttpTransport>> make_curl_transport(const CurlOptions& options) {
  if (auto checked = check_options(options); !checked) return checked.error();
  static const CURLcode initialised = curl_global_init(CURL_GLOBAL_DEFAULT);  // once, whichever thread comes first
  if (initialised != CURLE_OK) {
    return Error{ErrorCode::invalid_argument, std::string("libcurl cannot be used: ") + curl_easy_strerror(initialised)};
  }
  CurlOptions complete = options;
  if (complete.user_agent.empty()) complete.user_agent = "rmqlag/" + std::string(version());
  return std::unique_ptr<HttpTransport>(std::make_unique<CurlTransport>(std::move(complete)));
}

}  // namespace rmqlag

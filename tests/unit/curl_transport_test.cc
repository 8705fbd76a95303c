// curl_transport_test.cc: the default transport against a fake console over real sockets (curl_transport.h).
#include "rmqlag/curl_transport.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "console/fake_console.h"
#include "rmqlag/version.h"
#include "support/catch.h"
#include "support/certificates.h"

namespace {

using namespace rmqlag;
using namespace rmqlag::test;
using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr auto plenty = 20s;  // no test comes near it

std::unique_ptr<HttpTransport> make_transport(const CurlOptions& options = {}) {
  auto made = make_curl_transport(options);
  REQUIRE(made.has_value());
  return *std::move(made);
}

HttpRequest get(std::string url) { return {"GET", std::move(url), {}, ""}; }

Completion next(HttpTransport& transport) {
  auto completion = transport.wait(Clock::now() + plenty, {});
  REQUIRE(completion.has_value());
  return *std::move(completion);
}

Expected<HttpResponse> fetch(HttpTransport& transport, HttpRequest request, std::chrono::milliseconds timeout = plenty) {
  transport.start(7, std::move(request), timeout);
  Completion completion = next(transport);
  CHECK(completion.id == 7);
  return std::move(completion.result);
}

HttpResponse page(std::string body, int status = 200) { return {status, {{"Content-Type", "text/html"}}, std::move(body)}; }

Rule answering(std::string body, int status = 200) {
  Rule rule;
  rule.response = page(std::move(body), status);
  return rule;
}

Rule ending(Rule::End end, std::string body = "") {
  Rule rule = answering(std::move(body));
  rule.end = end;
  return rule;
}

/// A listening socket of 127.0.0.1; `accept` is never called on it.
class Listener {
 public:
  explicit Listener(int backlog) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    REQUIRE(::bind(socket_, reinterpret_cast<sockaddr*>(&address), size) == 0);
    REQUIRE(::getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size) == 0);
    port_ = ntohs(address.sin_port);
    if (backlog >= 0) REQUIRE(::listen(socket_, backlog) == 0);
  }
  ~Listener() { ::close(socket_); }
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  int socket() const { return socket_; }
  std::string address() const { return "127.0.0.1:" + std::to_string(port_); }

 private:
  int socket_;
  int port_ = 0;
};

/// Sets a variable of the environment, and takes it back.
class Environment {
 public:
  Environment(const char* name, const char* value) : name_(name) { ::setenv(name, value, 1); }
  ~Environment() { ::unsetenv(name_); }
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;

 private:
  const char* name_;
};

bool too_large(const Expected<HttpResponse>& result) { return !result && result.error().code == ErrorCode::too_large; }

}  // namespace

TEST_CASE("an answer comes with status, headers and body", "[curl_transport]") {
  FakeConsole console;
  Rule rule = answering("body", 503);
  rule.response->headers.push_back({"X-Padded", "a: b"});
  console.on("/a", rule);
  const auto transport = make_transport();

  const auto result = fetch(*transport, get(console.url() + "/a?x=%25&y=a+b"));
  REQUIRE(result.has_value());
  CHECK(result->status == 503);
  CHECK(result->body == "body");
  CHECK(result->header("x-padded") == "a: b");
  CHECK(console.requests().at(0).url == "/a?x=%25&y=a+b");
}

TEST_CASE("a request goes out as it was given", "[curl_transport]") {
  FakeConsole console;
  console.on("/a", answering("ok"));
  const auto transport = make_transport();
  const auto method = GENERATE(as<std::string>{}, "GET", "POST", "HEAD", "PUT", "DELETE");
  const std::string body = method == "POST" || method == "PUT" ? std::string("a\0b", 3) : "";

  HttpRequest request{method, console.url() + "/a", {{"Cookie", "JSESSIONID=1"}, {"X-Empty", ""}, {"Accept", "application/json"}}, body};
  const auto result = fetch(*transport, request);
  REQUIRE(result.has_value());
  CHECK(result->status == 200);
  CHECK(result->body == (method == "HEAD" ? "" : "ok"));

  const auto received = console.requests().at(0);
  CHECK(received.method == method);
  CHECK(received.body == body);
  CHECK(header_of(received, "Cookie") == "JSESSIONID=1");
  CHECK(header_of(received, "X-Empty") == "");
  CHECK(header_of(received, "Accept") == "application/json");
  CHECK(header_of(received, "User-Agent") == "rmqlag/" + std::string(version()));
  CHECK_THAT(header_of(received, "Accept-Encoding").value_or(""), ContainsSubstring("gzip"));
  CHECK_FALSE(header_of(received, "Origin"));
  CHECK_FALSE(header_of(received, "Authorization"));
}

TEST_CASE("nothing of one request is left in the next", "[curl_transport]") {
  FakeConsole console;
  console.on("/a", answering("ok"));
  const auto transport = make_transport();
  const std::string url = console.url() + "/a";
  for (const auto& [method, body] : {std::pair{"POST", "form"}, {"PUT", "text"}, {"HEAD", ""}, {"GET", ""}}) {
    const auto result = fetch(*transport, {method, url, {{"X-Of", method}}, body});
    REQUIRE(result.has_value());
  }
  const auto plain = fetch(*transport, get(url));
  REQUIRE(plain.has_value());
  CHECK(plain->body == "ok");
  const auto last = console.requests().back();
  CHECK(last.method == "GET");
  CHECK(last.body.empty());
  CHECK_FALSE(header_of(last, "X-Of"));
  CHECK_FALSE(header_of(last, "Content-Length"));
}

TEST_CASE("connections are kept alive", "[curl_transport]") {
  FakeConsole console;
  console.on("/a", answering(std::string(100'000, 'x')));
  const auto transport = make_transport();

  SECTION("one after the other") {
    for (int i = 0; i < 10; ++i) CHECK(fetch(*transport, get(console.url() + "/a")).has_value());
    CHECK(console.connections() == 1);
  }
  SECTION("many at a time, and again") {
    Rule slow = answering("ok");
    slow.latency = 100ms;
    console.on("/slow", slow);
    for (int round = 0; round < 3; ++round) {
      for (std::uint64_t id = 0; id < 12; ++id) transport->start(id, get(console.url() + "/slow"), plenty);
      for (int i = 0; i < 12; ++i) CHECK(next(*transport).result.has_value());
    }
    CHECK(console.connections() <= 12);
  }
}

TEST_CASE("requests are in flight together, and their ends come in order", "[curl_transport]") {
  FakeConsole console;
  const auto transport = make_transport();
  constexpr int count = 6;
  for (int i = 0; i < count; ++i) {
    Rule rule = answering("answer " + std::to_string(i));
    rule.latency = 100ms * (count - i);
    console.on("/" + std::to_string(i), rule);
  }
  const auto begin = Clock::now();
  for (std::uint64_t i = 0; i < count; ++i) transport->start(i, get(console.url() + "/" + std::to_string(i)), plenty);
  for (std::uint64_t i = count; i-- > 0;) {  // the last asked has the shortest latency
    Completion completion = next(*transport);
    CHECK(completion.id == i);
    REQUIRE(completion.result.has_value());
    CHECK(completion.result->body == "answer " + std::to_string(i));
  }
  CHECK(console.max_in_flight() == count);
  CHECK(Clock::now() - begin < 100ms * (count * (count + 1) / 2));
}

TEST_CASE("a request leaves before wait is called", "[curl_transport]") {
  FakeConsole console;
  console.on("/a", answering("ok"));
  const auto transport = make_transport();
  REQUIRE(fetch(*transport, get(console.url() + "/a")).has_value());
  transport->start(1, get(console.url() + "/a"), plenty);
  const auto limit = Clock::now() + plenty;
  while (console.count("/a") < 2 && Clock::now() < limit) std::this_thread::sleep_for(1ms);
  CHECK(console.count("/a") == 2);
  CHECK(next(*transport).id == 1);
}

TEST_CASE("failures to connect", "[curl_transport]") {
  const auto transport = make_transport();

  SECTION("nobody listens") {
    const Listener silent(-1);  // bound, so that the port stays free, but not listening
    const auto result = fetch(*transport, get("http://" + silent.address() + "/a"));
    REQUIRE_FALSE(result.has_value());
    CHECK(result.error().code == ErrorCode::refused);
    CHECK(result.error().message == "connection refused by " + silent.address() + ": nobody listens there");
  }
  SECTION("the console stopped listening") {
    FakeConsole console;
    console.refuse();
    const auto result = fetch(*transport, get(console.url() + "/a"));
    REQUIRE_FALSE(result.has_value());
    CHECK(result.error().code == ErrorCode::refused);
  }
  SECTION("no such host") {
    const auto result = fetch(*transport, get("http://console.invalid:8080/a"));
    REQUIRE_FALSE(result.has_value());
    CHECK(result.error().code == ErrorCode::dns);
    CHECK(result.error().message == "no address for the host name of console.invalid:8080");
  }
  SECTION("not a URL for us") {
    const auto url = GENERATE(as<std::string>{}, "", "ftp://127.0.0.1/a", "file:///etc/hostname", "127.0.0.1:8080/a", "http://");
    const auto result = fetch(*transport, get(url));
    REQUIRE_FALSE(result.has_value());
    CHECK(result.error().code == ErrorCode::invalid_argument);
  }
}

TEST_CASE("a server that does not accept is a time-out of connecting", "[curl_transport]") {
  const Listener full(0);
  sockaddr_in address{};
  socklen_t size = sizeof address;
  REQUIRE(::getsockname(full.socket(), reinterpret_cast<sockaddr*>(&address), &size) == 0);
  std::vector<int> fillers;
  for (int i = 0; i < 8; ++i) {  // once its queue is full, the kernel ignores who wants to connect
    const int filler = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    static_cast<void>(::connect(filler, reinterpret_cast<const sockaddr*>(&address), size));
    fillers.push_back(filler);
  }
  CurlOptions options;
  options.connect_timeout = 300ms;
  const auto transport = make_transport(options);
  const auto begin = Clock::now();
  const auto result = fetch(*transport, get("http://" + full.address() + "/a"));
  for (const int filler : fillers) ::close(filler);
  REQUIRE_FALSE(result.has_value());
  CHECK(result.error().code == ErrorCode::timeout);
  CHECK(result.error().message == "no connection to " + full.address() + " within 300 ms");
  CHECK(Clock::now() - begin < 5s);
}

TEST_CASE("answers that do not come, or not whole", "[curl_transport]") {
  FakeConsole console;
  const std::string server = console.url().substr(7);
  CurlOptions options;
  options.low_speed_time = 1s;
  options.low_speed_bytes = 1'000'000;
  const auto transport = make_transport(options);
  const std::string body(100'000, 'x');

  SECTION("never") {
    console.on("/a", ending(Rule::End::hang));
    const auto begin = Clock::now();
    const auto result = fetch(*transport, get(console.url() + "/a"), 300ms);
    REQUIRE_FALSE(result.has_value());
    CHECK(result.error().code == ErrorCode::timeout);
    CHECK(result.error().message == "no answer from " + server + " within 300 ms");
    CHECK(Clock::now() - begin >= 250ms);  // libcurl's clock and ours differ a little
    CHECK(Clock::now() - begin < 5s);
  }
  SECTION("late, which is not slow: low speed counts from the first byte") {
    Rule late = answering("ok");
    late.latency = 1500ms;
    console.on("/a", late);
    CHECK(fetch(*transport, get(console.url() + "/a")).has_value());
  }
  SECTION("silent within the answer") {
    console.on("/a", ending(Rule::End::stall, body));
    const auto result = fetch(*transport, get(console.url() + "/a"));
    REQUIRE_FALSE(result.has_value());
    CHECK(result.error().code == ErrorCode::timeout);
    CHECK(result.error().message == "the answer of " + server + " stopped or came too slowly");
  }
  SECTION("closed within the answer") {
    console.on("/a", ending(Rule::End::break_off, body));
    const auto result = fetch(*transport, get(console.url() + "/a"));
    REQUIRE_FALSE(result.has_value());
    CHECK(result.error().code == ErrorCode::cut_off);
    CHECK_THAT(result.error().message, ContainsSubstring("the connection to " + server + " broke within the answer: "));
  }
  SECTION("closed before the answer") {
    console.on("/a", ending(Rule::End::drop));
    const auto result = fetch(*transport, get(console.url() + "/a"));
    REQUIRE_FALSE(result.has_value());
    CHECK(result.error().code == ErrorCode::reset);
    CHECK_THAT(result.error().message, ContainsSubstring("the connection to " + server + " broke before an answer: "));
  }
}

TEST_CASE("a failed request leaves the transport well", "[curl_transport]") {
  FakeConsole console;
  console.on("/hang", ending(Rule::End::hang));
  console.on("/drop", ending(Rule::End::drop));
  console.on("/a", answering("ok"));
  const auto transport = make_transport();
  CHECK_FALSE(fetch(*transport, get(console.url() + "/hang"), 50ms).has_value());
  CHECK_FALSE(fetch(*transport, get(console.url() + "/drop")).has_value());
  const auto result = fetch(*transport, get(console.url() + "/a"));
  REQUIRE(result.has_value());
  CHECK(result->body == "ok");
}

TEST_CASE("what is not HTTP is a bad answer", "[curl_transport]") {
  const Listener listener(1);
  const std::jthread server([&] {
    const int client = ::accept(listener.socket(), nullptr, nullptr);
    constexpr std::string_view noise = "220 mail.example ready\r\n";
    static_cast<void>(::send(client, noise.data(), noise.size(), MSG_NOSIGNAL));
    char request[4096];
    while (::recv(client, request, sizeof request, 0) > 0) {
    }
    ::close(client);
  });
  const auto transport = make_transport();
  const auto result = fetch(*transport, get("http://" + listener.address() + "/a"));
  REQUIRE_FALSE(result.has_value());
  CHECK(result.error().code == ErrorCode::bad_answer);
  CHECK_THAT(result.error().message, ContainsSubstring(listener.address() + " does not answer in proper HTTP"));
}

TEST_CASE("the size of an answer is limited", "[curl_transport]") {
  FakeConsole console;
  CurlOptions options;
  options.max_body = std::size_t{1} << 20;
  const auto transport = make_transport(options);
  const auto fetch_size = [&](std::size_t size, bool gzip) {
    Rule rule = answering(std::string(size, '0'));
    rule.gzip = gzip;
    console.on("/a", rule);
    return fetch(*transport, get(console.url() + "/a"));
  };

  const bool gzip = GENERATE(false, true);
  const auto whole = fetch_size(options.max_body, gzip);
  REQUIRE(whole.has_value());
  CHECK(whole->body == std::string(options.max_body, '0'));
  CHECK(too_large(fetch_size(options.max_body + 1, gzip)));
  const auto bomb = fetch_size(options.max_body * 32, gzip);
  REQUIRE(too_large(bomb));
  CHECK_THAT(bomb.error().message, ContainsSubstring("more than 1048576 bytes"));
}

TEST_CASE("the headers of an answer are limited", "[curl_transport]") {
  FakeConsole console;
  const auto transport = make_transport();
  const auto fetch_headers = [&](int count) {
    Rule rule = answering("ok");
    for (int i = 0; i < count; ++i) rule.response->headers.push_back({"X-" + std::to_string(i), std::string(1000, 'h')});
    console.on("/a", rule);
    return fetch(*transport, get(console.url() + "/a"));
  };
  CHECK(fetch_headers(200).has_value());
  const auto result = fetch_headers(300);
  REQUIRE(too_large(result));
  CHECK_THAT(result.error().message, ContainsSubstring("headers"));
}

TEST_CASE("redirects are not followed", "[curl_transport]") {
  FakeConsole console;
  const int status = GENERATE(301, 302, 307);
  Rule rule = answering("", status);
  rule.response->headers.push_back({"Location", console.url() + "/b"});
  console.on("/a", rule);
  const auto transport = make_transport();
  const auto result = fetch(*transport, get(console.url() + "/a"));
  REQUIRE(result.has_value());
  CHECK(result->status == status);
  CHECK(result->header("Location") == console.url() + "/b");
  CHECK(console.count("/b") == 0);
}

TEST_CASE("cookies are not kept", "[curl_transport]") {
  FakeConsole console;
  Rule rule = answering("ok");
  rule.response->headers.push_back({"Set-Cookie", "JSESSIONID=secret; Path=/"});
  console.on("/a", rule);
  const auto transport = make_transport();
  REQUIRE(fetch(*transport, get(console.url() + "/a")).has_value());
  REQUIRE(fetch(*transport, get(console.url() + "/a")).has_value());
  CHECK_FALSE(header_of(console.requests().at(1), "Cookie"));
}

TEST_CASE("wait ends at its time", "[curl_transport]") {
  FakeConsole console;
  console.on("/a", ending(Rule::End::hang));
  const auto transport = make_transport();
  if (GENERATE(false, true)) transport->start(1, get(console.url() + "/a"), plenty);

  const auto begin = Clock::now();
  CHECK_FALSE(transport->wait(begin + 200ms, {}));
  const auto took = Clock::now() - begin;
  CHECK(took >= 200ms);
  CHECK(took < 5s);
  CHECK_FALSE(transport->wait(begin, {}));
}

TEST_CASE("a request to stop ends wait at once", "[curl_transport]") {
  FakeConsole console;
  console.on("/a", ending(Rule::End::hang));
  const auto transport = make_transport();
  if (GENERATE(false, true)) transport->start(1, get(console.url() + "/a"), plenty);
  std::stop_source stop;
  const auto begin = Clock::now();

  SECTION("while it sleeps") {
    const std::jthread stopper([&] {
      std::this_thread::sleep_for(100ms);
      stop.request_stop();
    });
    CHECK_FALSE(transport->wait(Steady::max(), stop.get_token()));
  }
  SECTION("before it began") {
    stop.request_stop();
    CHECK_FALSE(transport->wait(Steady::max(), stop.get_token()));
  }
  CHECK(Clock::now() - begin < 5s);
}

TEST_CASE("an abandoned request does not come back", "[curl_transport]") {
  FakeConsole console;
  console.on("/hang", ending(Rule::End::hang));
  console.on("/a", answering("ok"));
  const auto transport = make_transport();

  SECTION("under way") {
    transport->start(1, get(console.url() + "/hang"), 200ms);
    transport->abandon(1);
    CHECK_FALSE(transport->wait(Clock::now() + 400ms, {}));
  }
  SECTION("ended already") {
    transport->start(1, get("ftp://ends.at.once/"), plenty);
    transport->abandon(1);
    CHECK_FALSE(transport->wait(Clock::now(), {}));
  }
  SECTION("unknown") { transport->abandon(99); }
  transport->start(2, get(console.url() + "/a"), plenty);
  CHECK(next(*transport).id == 2);
}

TEST_CASE("a transport may go while requests are under way", "[curl_transport]") {
  FakeConsole console;
  console.on("/a", ending(Rule::End::hang));
  auto transport = make_transport();
  transport->start(1, get(console.url() + "/a"), plenty);
  CHECK_FALSE(transport->wait(Clock::now() + 50ms, {}));
  const auto begin = Clock::now();
  transport.reset();
  CHECK(Clock::now() - begin < 5s);
}

TEST_CASE("the environment is not read", "[curl_transport]") {
  const Environment http("http_proxy", "http://127.0.0.1:9");
  const Environment all("ALL_PROXY", "http://127.0.0.1:9");
  FakeConsole console;
  console.on("/a", answering("ok"));

  SECTION("no proxy given") {
    const auto transport = make_transport();
    CHECK(fetch(*transport, get(console.url() + "/a")).has_value());
  }
  SECTION("a proxy given: no_proxy does not take it away") {
    const Environment none("no_proxy", "*");
    CurlOptions options;
    options.proxy = console.url();
    const auto transport = make_transport(options);
    CHECK(fetch(*transport, get("http://console.invalid/a")).has_value());
    CHECK(console.requests().at(0).url == "http://console.invalid/a");
  }
}

TEST_CASE("a proxy that fails is named, without its credentials", "[curl_transport]") {
  const Listener silent(-1);
  CurlOptions options;
  options.proxy = "http://user:secret@" + silent.address();
  const auto transport = make_transport(options);
  const auto result = fetch(*transport, get("http://console.invalid/a"));
  REQUIRE_FALSE(result.has_value());
  CHECK(result.error().code == ErrorCode::refused);
  CHECK(result.error().message == "connection refused by the proxy " + silent.address() + ": nobody listens there");
}

TEST_CASE("messages hold no credentials", "[curl_transport]") {
  const auto url = GENERATE(as<std::string>{}, "http://user:secret@127.0.0.1:1/secret?secret", "http://user:secret@console.invalid/secret",
                            "http://user:secret@127.0.0.1:99999999/secret");
  const auto transport = make_transport();
  const auto result = fetch(*transport, {"GET", url, {{"Authorization", "Basic secret"}}, ""});
  REQUIRE_FALSE(result.has_value());
  CHECK(result.error().message.find("secret") == std::string::npos);
  CHECK(result.error().message.find('\n') == std::string::npos);
}

TEST_CASE("options are checked when the transport is made", "[curl_transport]") {
  const auto refused = [](const CurlOptions& options, const std::string& part) {
    const auto made = make_curl_transport(options);
    REQUIRE_FALSE(made.has_value());
    CHECK(made.error().code == ErrorCode::invalid_argument);
    CHECK_THAT(made.error().message, ContainsSubstring(part));
  };
  CurlOptions options;
  SECTION("no such file") {
    options.ca_file = "/no/such/file.pem";
    refused(options, "ca_file: /no/such/file.pem cannot be read");
  }
  SECTION("a directory") {
    options.client_cert = "/";
    refused(options, "client_cert: / cannot be read");
  }
  SECTION("a key alone") {
    options.client_key = "/proc/self/exe";
    refused(options, "client_key without client_cert");
  }
  SECTION("a proxy that is none") {
    options.proxy = "user:secret@proxy:3128";
    refused(options, "the proxy must be given as http://host:port");
  }
}

TEST_CASE("TLS", "[curl_transport]") {
  const CertificateDirectory directory;
  const auto server = directory.make("server");
  const auto client = directory.make("client");
  if (!server || !client) {
    WARN("skipped: no certificates, because the openssl program is missing or too old");
    return;
  }
  FakeConsoleOptions console_options;
  console_options.certificate = server->certificate;
  console_options.key = server->key;
  CurlOptions options;

  SECTION("a certificate that nobody vouches for") {
    FakeConsole console(console_options);
    const auto transport = make_transport(options);
    const auto result = fetch(*transport, get(console.url() + "/"));
    REQUIRE_FALSE(result.has_value());
    CHECK(result.error().code == ErrorCode::tls);
    CHECK_THAT(result.error().message, ContainsSubstring("the certificate of " + console.url().substr(8) + " is not trusted"));
    CHECK_THAT(result.error().message, ContainsSubstring("give the CA in ca_file or set insecure"));
    CHECK(console.requests().empty());
  }
  SECTION("its CA is given") {
    FakeConsole console(console_options);
    options.ca_file = server->certificate;
    CHECK(fetch(*make_transport(options), get(console.url() + "/")).has_value());
  }
  SECTION("another CA is given") {
    FakeConsole console(console_options);
    options.ca_file = client->certificate;
    const auto result = fetch(*make_transport(options), get(console.url() + "/"));
    REQUIRE_FALSE(result.has_value());
    CHECK(result.error().code == ErrorCode::tls);
  }
  SECTION("a CA that is none") {
    FakeConsole console(console_options);
    options.ca_file = (directory.path() / "no.pem").string();
    std::ofstream(options.ca_file) << "not a certificate\n";
    const auto result = fetch(*make_transport(options), get(console.url() + "/"));
    REQUIRE_FALSE(result.has_value());
    CHECK(result.error().code == ErrorCode::tls);
  }
  SECTION("another name than the certificate's") {
    FakeConsole console(console_options);
    options.ca_file = server->certificate;
    const std::string url = "https://localhost" + console.url().substr(std::string_view("https://127.0.0.1").size());
    const auto result = fetch(*make_transport(options), get(url));
    REQUIRE_FALSE(result.has_value());
    CHECK(result.error().code == ErrorCode::tls);
  }
  SECTION("insecure") {
    FakeConsole console(console_options);
    options.insecure = true;
    CHECK(fetch(*make_transport(options), get(console.url() + "/")).has_value());
  }
  SECTION("a client certificate is wanted") {
    console_options.client_ca = client->certificate;
    FakeConsole console(console_options);
    options.ca_file = server->certificate;
    const auto without = fetch(*make_transport(options), get(console.url() + "/"));
    REQUIRE(without.has_value());
    CHECK(without->status == 403);

    options.client_cert = client->certificate;
    options.client_key = client->key;
    const auto with = fetch(*make_transport(options), get(console.url() + "/"));
    REQUIRE(with.has_value());
    CHECK(with->status == 200);
  }
  SECTION("a client key that does not fit") {
    FakeConsole console(console_options);
    options.insecure = true;
    options.client_cert = client->certificate;
    options.client_key = server->key;
    const auto result = fetch(*make_transport(options), get(console.url() + "/"));
    REQUIRE_FALSE(result.has_value());
    CHECK(result.error().code == ErrorCode::tls);
  }
  SECTION("the server speaks no TLS") {
    FakeConsole console;
    const auto result = fetch(*make_transport(options), get("https://" + console.url().substr(7) + "/"));
    REQUIRE_FALSE(result.has_value());
    CHECK(result.error().code == ErrorCode::tls);
  }
}

// http_test.cc: headers, the clocks, and the transport over a blocking client.
#include "rmqlag/http.h"

#include <vector>

#include "support/catch.h"

using namespace rmqlag;
using namespace std::chrono_literals;

namespace {

Steady past() { return std::chrono::steady_clock::now() - 1h; }
Steady far_future() { return std::chrono::steady_clock::now() + 1h; }

// A blocking client that answers at once and remembers what it was asked.
struct Client {
  std::vector<std::string> urls;
  std::vector<std::chrono::milliseconds> timeouts;

  std::unique_ptr<HttpTransport> transport() {
    return blocking([this](const HttpRequest& request, std::chrono::milliseconds timeout) -> Expected<HttpResponse> {
      urls.push_back(request.url);
      timeouts.push_back(timeout);
      if (request.url == "refuse") return Error{ErrorCode::refused, "nobody listens"};
      return HttpResponse{200, {}, request.url};
    });
  }
};

HttpRequest get(std::string url) {
  HttpRequest request;
  request.url = std::move(url);
  return request;
}

}  // namespace

TEST_CASE("headers are found by name in any case, the first one counts") {
  const HttpResponse response{200, {{"Content-Type", "text/html"}, {"set-cookie", "a=1"}, {"Set-Cookie", "b=2"}, {"X-Empty", ""}}, ""};
  CHECK(response.header("content-type") == "text/html");
  CHECK(response.header("SET-COOKIE") == "a=1");
  CHECK(response.header("x-empty").empty());
  CHECK(response.header("Content").empty());
  CHECK(response.header("Content-Type2").empty());
  CHECK(response.header("").empty());
}

TEST_CASE("the system's clocks run on") {
  const Now first = system_now();
  const Now second = system_now();
  CHECK(second.steady >= first.steady);
  CHECK(first.wall > Wall{std::chrono::sys_days{std::chrono::year{2020} / 1 / 1}});
}

TEST_CASE("a blocking client is asked within wait, one request at a time and in order") {
  Client client;
  const auto transport = client.transport();
  transport->start(7, get("first"), 100ms);
  transport->start(3, get("refuse"), 200ms);
  CHECK(client.urls.empty());

  const auto first = transport->wait(far_future(), {});
  REQUIRE(first.has_value());
  CHECK(first->id == 7);
  REQUIRE(first->result.has_value());
  CHECK(first->result->body == "first");
  CHECK(client.urls == std::vector<std::string>{"first"});

  const auto second = transport->wait(far_future(), {});
  REQUIRE(second.has_value());
  CHECK(second->id == 3);
  REQUIRE_FALSE(second->result.has_value());
  CHECK(second->result.error().code == ErrorCode::refused);
  CHECK(client.timeouts == std::vector{100ms, 200ms});
}

TEST_CASE("an instant that has passed does not keep a queued request from being made") {
  Client client;
  const auto transport = client.transport();
  transport->start(1, get("x"), 1s);
  CHECK(transport->wait(past(), {}).has_value());
  CHECK_FALSE(transport->wait(past(), {}).has_value());
}

TEST_CASE("an abandoned request is never made, an unknown id is ignored") {
  Client client;
  const auto transport = client.transport();
  transport->start(1, get("gone"), 1s);
  transport->start(2, get("kept"), 1s);
  transport->abandon(1);
  transport->abandon(99);
  const auto done = transport->wait(past(), {});
  REQUIRE(done.has_value());
  CHECK(done->id == 2);
  CHECK_FALSE(transport->wait(past(), {}).has_value());
  CHECK(client.urls == std::vector<std::string>{"kept"});
}

TEST_CASE("a requested stop keeps the queue as it is, and ends a wait at once") {
  Client client;
  const auto transport = client.transport();
  std::stop_source stop;
  stop.request_stop();
  CHECK_FALSE(transport->wait(far_future(), stop.get_token()).has_value());

  transport->start(1, get("x"), 1s);
  CHECK_FALSE(transport->wait(far_future(), stop.get_token()).has_value());
  CHECK(client.urls.empty());
  CHECK(transport->wait(far_future(), {}).has_value());
}

TEST_CASE("with nothing queued, wait lasts until the instant it is given") {
  Client client;
  const auto transport = client.transport();
  const Steady until = std::chrono::steady_clock::now() + 20ms;
  CHECK_FALSE(transport->wait(until, {}).has_value());
  CHECK(std::chrono::steady_clock::now() >= until);
}

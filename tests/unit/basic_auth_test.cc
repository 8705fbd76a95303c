// basic_auth_test.cc: Authorization headers, bcrypt hashes, and who is let in.
#include "basic_auth.h"

#include <atomic>
#include <chrono>
#include <future>
#include <memory>
#include <thread>
#include <vector>

#include "support/catch.h"

using namespace rmqlag::tools;
using namespace std::chrono_literals;

namespace {

// Of "open" and "other", made by crypt(3) with cost 4, as cheap as can be.
const std::string hash_of_open = "$2y$04$abcdefghijklmnopqrstuu5cldSTjqTa.nw4QeJC5.F6G/ueChgIa";
const std::string hash_of_other = "$2b$04$zyxwvutsrqponmlkjihgfeoEG75ieRiMxivbt62jo80oWmRUDHZ.e";

const std::string alice_open = "Basic YWxpY2U6b3Blbg==";    // alice:open
const std::string alice_other = "Basic YWxpY2U6b3RoZXI=";   // alice:other
const std::string bob_open = "Basic Ym9iOm9wZW4=";          // bob:open

/// Waits for the admission; none where it does not come.
std::optional<Admission> admission(BasicAuth& auth, std::string_view authorization) {
  auto promise = std::make_shared<std::promise<Admission>>();
  auto future = promise->get_future();
  auth.check(authorization, [promise](Admission given) { promise->set_value(given); });
  if (future.wait_for(20s) != std::future_status::ready) return std::nullopt;
  return future.get();
}

/// Whether somebody is let in without any bcrypt, which runs on another thread.
bool is_known_at_once(BasicAuth& auth, std::string_view authorization) {
  auto at_once = std::make_shared<std::atomic<bool>>(false);
  auth.check(authorization, [at_once, caller = std::this_thread::get_id()](Admission admission) {
    *at_once = admission == Admission::granted && std::this_thread::get_id() == caller;
  });
  return *at_once;
}

}  // namespace

TEST_CASE("basic auth: Authorization headers") {
  using Expected = std::optional<NamedPassword>;
  const auto [header, expected] = GENERATE(table<std::string, Expected>({
      {"Basic YWxpY2U6b3Blbg==", NamedPassword{"alice", "open"}},
      {"basic YWxpY2U6b3Blbg==", NamedPassword{"alice", "open"}},
      {"BASIC   YWxpY2U6b3Blbg==", NamedPassword{"alice", "open"}},
      {"Basic YTpiOmM=", NamedPassword{"a", "b:c"}},  // a:b:c
      {"Basic Og==", NamedPassword{"", ""}},          // :
      {"Basic OnA=", NamedPassword{"", "p"}},         // :p
      {"Basic w6Q6w7Y=", NamedPassword{"\xc3\xa4", "\xc3\xb6"}},
      {"", std::nullopt},
      {"Basic", std::nullopt},
      {"Basic ", std::nullopt},
      {"Bearer YWxpY2U6b3Blbg==", std::nullopt},
      {"Basic YWxpY2U=", std::nullopt},               // alice
      {"Basic YWxpY2U6b3Blbg=", std::nullopt},
      {"Basic YWxpY2U6b3Blbg", std::nullopt},
      {"Basic YWxpY2U6b3Blbg==x", std::nullopt},
      {"Basic YWxp=2U6b3Blbg==", std::nullopt},
      {"Basic YWxpY2U6b3B!bg==", std::nullopt},
      {"Basic ====", std::nullopt},
      {"Basic YTpvcGVuAHg=", std::nullopt},           // a:open, NUL, x
  }));
  CAPTURE(header);
  CHECK(parse_basic(header) == expected);
}

TEST_CASE("basic auth: what is a usable hash") {
  const std::string tail = hash_of_open.substr(7);
  CHECK(!problem_of_bcrypt("$2y$10$" + tail));
  CHECK(!problem_of_bcrypt("$2a$04$" + tail));
  CHECK(!problem_of_bcrypt("$2b$14$" + tail));
  const auto wrong = GENERATE_COPY(std::string(), "open", "$2y$10$", "$2x$10$" + tail, "$1$10$x" + tail, "$2y$1a$" + tail, "$2y$10x" + tail,
                                   "$2y$10$" + tail + "x", "$2y$10$" + tail.substr(1), "$2y$10$" + tail.substr(1) + "!");
  CAPTURE(wrong);
  const auto problem = problem_of_bcrypt(wrong);
  REQUIRE(problem);
  CHECK_THAT(*problem, ContainsSubstring("no bcrypt hash"));
}

TEST_CASE("basic auth: a cost that would keep us from anything else is refused") {
  const std::string tail = hash_of_open.substr(7);
  for (const std::string cost : {"15", "31", "99", "03", "00"}) {
    const auto problem = problem_of_bcrypt("$2y$" + cost + "$" + tail);
    REQUIRE(problem);
    CHECK_THAT(*problem, ContainsSubstring("cost"));
  }
}

TEST_CASE("basic auth: without users everybody may come in") {
  BasicAuth auth;
  CHECK(is_known_at_once(auth, ""));
  CHECK(is_known_at_once(auth, alice_open));
}

TEST_CASE("basic auth: the right password, and nothing else") {
  BasicAuth auth;
  auth.set_users({{"alice", hash_of_open}});
  CHECK(admission(auth, alice_open) == Admission::granted);
  CHECK(admission(auth, alice_other) == Admission::denied);
  CHECK(admission(auth, bob_open) == Admission::denied);
  CHECK(admission(auth, "") == Admission::denied);
  CHECK(admission(auth, "Basic YWxpY2U6") == Admission::denied);          // alice:
  CHECK(admission(auth, "Basic QWxpY2U6b3Blbg==") == Admission::denied);  // Alice:open
}

TEST_CASE("basic auth: a right password is remembered, a wrong one is not") {
  BasicAuth auth;
  auth.set_users({{"alice", hash_of_open}});
  CHECK(!is_known_at_once(auth, alice_open));
  REQUIRE(admission(auth, alice_open) == Admission::granted);
  CHECK(is_known_at_once(auth, alice_open));
  CHECK(admission(auth, alice_other) == Admission::denied);
  CHECK(!is_known_at_once(auth, alice_other));
  CHECK(is_known_at_once(auth, alice_open));
}

TEST_CASE("basic auth: what was remembered ends with its hash and with its user") {
  BasicAuth auth;
  auth.set_users({{"alice", hash_of_open}, {"bob", hash_of_open}});
  REQUIRE(admission(auth, alice_open) == Admission::granted);
  REQUIRE(admission(auth, bob_open) == Admission::granted);

  auth.set_users({{"alice", hash_of_other}, {"bob", hash_of_open}});
  CHECK(!is_known_at_once(auth, alice_open));
  CHECK(admission(auth, alice_open) == Admission::denied);
  CHECK(admission(auth, alice_other) == Admission::granted);
  CHECK(is_known_at_once(auth, bob_open));

  auth.set_users({{"alice", hash_of_other}});
  CHECK(admission(auth, bob_open) == Admission::denied);
}

TEST_CASE("basic auth: too many that wait are told so") {
  BasicAuth auth;
  // Cost 12 takes a tenth of a second and more each: the queue fills long before the first few are through.
  auth.set_users({{"alice", "$2b$12$" + hash_of_open.substr(7)}});
  std::atomic<int> busy = 0;
  for (int i = 0; i < 150; ++i) auth.check(bob_open, [&busy](Admission admission) { busy += admission == Admission::busy ? 1 : 0; });
  CHECK(busy > 20);
  CHECK(busy <= 50);
  auth.stop();
}

TEST_CASE("basic auth: after its end nobody is let in, and nobody hangs") {
  BasicAuth auth;
  auth.set_users({{"alice", hash_of_open}});
  std::atomic<int> answers = 0;
  for (int i = 0; i < 20; ++i) auth.check(alice_open, [&answers](Admission) { ++answers; });
  auth.stop();
  const int before = answers;
  CHECK(admission(auth, alice_other) == Admission::busy);
  CHECK(answers == before);
}

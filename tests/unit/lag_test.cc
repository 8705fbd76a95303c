// lag_test.cc: the table of names, the closed lists of words, and the diff of a row.
#include "rmqlag/lag.h"

#include <limits>
#include <set>

#include "support/catch.h"

using namespace rmqlag;

TEST_CASE("the empty name is 0, in every table") {
  Names names;
  CHECK(names.intern("") == 0);
  CHECK(names.find("") == 0);
  CHECK(names[0].empty());
  CHECK(names.size() == 1);
}

TEST_CASE("a name has one id, and the id gives the name") {
  Names names;
  const NameId orders = names.intern("orders");
  const NameId payments = names.intern("payments");
  CHECK(orders != 0);
  CHECK(orders != payments);
  CHECK(names.intern("orders") == orders);
  CHECK(names.find("payments") == payments);
  CHECK(names[orders] == "orders");
  CHECK(names[payments] == "payments");
  CHECK(names.size() == 3);
}

TEST_CASE("what the table does not hold is absent") {
  Names names;
  const NameId id = names.intern("orders");
  CHECK(names.find("order") == 0);
  CHECK(names[id + 1].empty());
  CHECK(names[std::numeric_limits<NameId>::max()].empty());
  CHECK(names.size() == 2);
}

TEST_CASE("names are bytes: zero bytes and long texts are kept apart") {
  Names names;
  const std::string with_zero("a\0b", 3);
  const std::string other_zero("a\0c", 3);
  const std::string big(100'000, 'x');
  const NameId first = names.intern(with_zero);
  CHECK(names.intern(other_zero) != first);
  CHECK(names.intern("a") != first);
  CHECK(names[first] == with_zero);
  CHECK(names[names.intern(big)] == big);
}

TEST_CASE("views and ids stay valid while the table grows; the caller's text may go away") {
  Names names;
  const std::string_view first = names[names.intern(std::string("first"))];
  for (int i = 0; i < 50'000; ++i) names.intern("name-" + std::to_string(i));
  CHECK(first == "first");
  CHECK(names.size() == 50'002);
  int wrong = 0;
  for (int i = 0; i < 50'000; ++i) {
    const std::string name = "name-" + std::to_string(i);
    const NameId id = names.find(name);
    wrong += id != static_cast<NameId>(i + 2) || names[id] != name ? 1 : 0;
  }
  CHECK(wrong == 0);
}

TEST_CASE("a copy has the same ids and shares nothing") {
  auto original = std::make_unique<Names>();
  for (int i = 0; i < 1000; ++i) original->intern(std::to_string(i));
  const NameId id = original->find("777");

  Names copy(*original);
  const NameId added = copy.intern("only in the copy");
  CHECK(original->find("only in the copy") == 0);
  CHECK(original->intern("only in the original") == added);
  CHECK(copy.find("only in the original") == 0);

  original.reset();
  CHECK(copy.find("777") == id);
  CHECK(copy[id] == "777");
  CHECK(copy[added] == "only in the copy");
}

TEST_CASE("an empty table can be copied") {
  const Names empty;
  Names copy(empty);
  CHECK(copy.size() == 1);
  CHECK(copy.intern("x") == 1);
}

namespace {

template <class Enum>
std::vector<std::string> words(std::size_t count) {
  std::vector<std::string> words;
  for (std::size_t i = 0; i < count; ++i) words.emplace_back(to_string(static_cast<Enum>(i)));
  return words;
}

}  // namespace

TEST_CASE("the closed lists of label values") {
  using Words = std::vector<std::string>;
  CHECK(words<Reason>(reason_count) ==
        Words{"deadline",      "timeout",       "refused",    "reset",          "tls",           "dns",            "too_large",
              "bad_answer",    "status_error",  "no_permission", "login_lost",  "empty",         "not_subscribed", "model_unknown",
              "ghost_suspect", "not_listed",    "broker_missing", "namesrv_changed", "overloaded", "not_recorded"});
  CHECK(words<Skip>(skip_count) == Words{"broadcast", "ghost", "filtered"});
  CHECK(words<Outcome>(outcome_count) == Words{"complete", "partial", "failed"});
  CHECK(words<RequestResult>(request_result_count) == Words{"ok", "refused_by_console", "bad_answer", "failed", "timeout"});
}

TEST_CASE("the words stand for their values") {
  CHECK(to_string(Reason::deadline) == "deadline");
  CHECK(to_string(Reason::model_unknown) == "model_unknown");
  CHECK(to_string(Reason::not_recorded) == "not_recorded");
  CHECK(to_string(Skip::ghost) == "ghost");
  CHECK(to_string(Outcome::partial) == "partial");
  CHECK(to_string(RequestResult::timeout) == "timeout");
  CHECK(to_string(Endpoint::topic_list) == "topic/list");
  CHECK(to_string(Endpoint::consumers_by_topic) == "topic/queryConsumerByTopic");
  CHECK(to_string(Endpoint::group_list) == "consumer/groupList");
  CHECK(to_string(Endpoint::group) == "consumer/group");
  CHECK(to_string(Endpoint::consumer_connection) == "consumer/consumerConnection");
  CHECK(to_string(Endpoint::topics_by_consumer) == "consumer/queryTopicByConsumer");
  CHECK(to_string(Endpoint::cluster_list) == "cluster/list");
  CHECK(to_string(Endpoint::home_page) == "ops/homePage");
  CHECK(to_string(Endpoint::login_check) == "login/check");
  CHECK(to_string(Endpoint::csrf_token) == "csrf-token");
  CHECK(to_string(Endpoint::login) == "login/login");
  CHECK(to_string(Endpoint::topic_stats) == "topic/stats");
  CHECK(to_string(Endpoint::studio_probe) == "studio");
}

TEST_CASE("values beyond the lists are told as unknown") {
  CHECK(to_string(static_cast<Reason>(reason_count)) == "unknown");
  CHECK(to_string(static_cast<Skip>(255)) == "unknown");
  CHECK(to_string(static_cast<Outcome>(outcome_count)) == "unknown");
  CHECK(to_string(static_cast<Endpoint>(endpoint_count)) == "unknown");
  CHECK(to_string(static_cast<RequestResult>(request_result_count)) == "unknown");
}

TEST_CASE("every error has its reason") {
  CHECK(reason_of(ErrorCode::cancelled) == Reason::deadline);
  CHECK(reason_of(ErrorCode::refused) == Reason::refused);
  CHECK(reason_of(ErrorCode::reset) == Reason::reset);
  CHECK(reason_of(ErrorCode::cut_off) == Reason::reset);
  CHECK(reason_of(ErrorCode::timeout) == Reason::timeout);
  CHECK(reason_of(ErrorCode::dns) == Reason::dns);
  CHECK(reason_of(ErrorCode::tls) == Reason::tls);
  CHECK(reason_of(ErrorCode::too_large) == Reason::too_large);
  CHECK(reason_of(ErrorCode::not_recorded) == Reason::not_recorded);
  CHECK(reason_of(ErrorCode::status_error) == Reason::status_error);
  CHECK(reason_of(ErrorCode::no_permission) == Reason::no_permission);
  CHECK(reason_of(ErrorCode::overloaded) == Reason::overloaded);
  CHECK(reason_of(ErrorCode::login_lost) == Reason::login_lost);
  CHECK(reason_of(ErrorCode::login_rejected) == Reason::login_lost);
  for (const ErrorCode code : {ErrorCode::bad_answer, ErrorCode::not_a_console, ErrorCode::io, ErrorCode::bad_file,
                               ErrorCode::invalid_argument, static_cast<ErrorCode>(999)}) {
    CHECK(reason_of(code) == Reason::bad_answer);
  }
}

TEST_CASE("diff is broker offset minus consumer offset, and saturates") {
  constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();
  constexpr std::int64_t least = std::numeric_limits<std::int64_t>::min();
  const auto diff_of = [](std::int64_t broker, std::int64_t consumer) {
    Row row;
    row.broker_offset = broker;
    row.consumer_offset = consumer;
    return diff(row);
  };
  CHECK(diff_of(100, 40) == 60);
  CHECK(diff_of(47, 1000) == -953);
  CHECK(diff_of(0, 0) == 0);
  CHECK(diff_of(most, 0) == most);
  CHECK(diff_of(most, -1) == most);
  CHECK(diff_of(0, least) == most);
  CHECK(diff_of(-1, least) == most);
  CHECK(diff_of(least, 1) == least);
  CHECK(diff_of(-2, most) == least);
  CHECK(diff_of(-1, most) == least);
  CHECK(diff_of(least, least) == 0);
}

TEST_CASE("a row is owned as soon as anything about the owner is known") {
  Row row;
  CHECK_FALSE(row.owned());
  row.host = 1;
  CHECK(row.owned());
  row.host = 0;
  row.process = 1;
  CHECK(row.owned());
}

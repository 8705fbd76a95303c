// error_test.cc: error codes, their names and their frozen numbers; Expected.
#include "rmqlag/error.h"

#include <set>
#include <utility>
#include <vector>

#include "rmqlag/expected.h"
#include "support/catch.h"

using namespace rmqlag;

namespace {

const std::vector<std::pair<int, std::string>> frozen{
    {1, "invalid_argument"}, {2, "cancelled"},      {10, "refused"},        {11, "reset"},          {12, "timeout"},
    {13, "dns"},             {14, "tls"},           {15, "too_large"},      {16, "not_recorded"},   {17, "cut_off"},
    {20, "status_error"},    {21, "no_permission"}, {22, "overloaded"},     {23, "login_lost"},     {24, "login_rejected"},
    {25, "not_a_console"},   {30, "bad_answer"},    {40, "io"},             {41, "bad_file"},
};

}  // namespace

TEST_CASE("every error code keeps its number and its name") {
  for (const auto& [number, name] : frozen) {
    CAPTURE(number);
    CHECK(to_string(static_cast<ErrorCode>(number)) == name);
    REQUIRE(error_code_from(name).has_value());
    CHECK(static_cast<int>(*error_code_from(name)) == number);
  }
}

TEST_CASE("numbers that are no error code are told as unknown") {
  std::set<int> known;
  for (const auto& [number, name] : frozen) known.insert(number);
  for (int number = -2; number < 100; ++number) {
    CAPTURE(number);
    if (known.count(number) == 0) CHECK(to_string(static_cast<ErrorCode>(number)) == "unknown");
  }
}

TEST_CASE("only whole names are codes") {
  for (const char* name : {"", "unknown", "Timeout", "timeout ", "time", "12"}) {
    CAPTURE(name);
    CHECK_FALSE(error_code_from(name).has_value());
  }
}

TEST_CASE("a prefix goes in front of the message and leaves the code") {
  const Error error = Error{ErrorCode::dns, "no address"}.with_prefix("topic list");
  CHECK(error.code == ErrorCode::dns);
  CHECK(error.message == "topic list: no address");
}

TEST_CASE("Expected holds the value or the error") {
  Expected<std::string> value = std::string("x");
  REQUIRE(value.has_value());
  value->push_back('y');
  CHECK(*value == "xy");
  CHECK(*std::move(value) == "xy");

  const Expected<std::string> failed = Error{ErrorCode::io, "cannot read"};
  CHECK_FALSE(static_cast<bool>(failed));
  CHECK(failed.error().code == ErrorCode::io);

  CHECK(Expected<void>().has_value());
  const Expected<void> nothing = Error{ErrorCode::tls, "expired"};
  CHECK_FALSE(nothing.has_value());
  CHECK(nothing.error().message == "expired");
}

// scope_test.cc: which topics are read, and which shard they fall to.
#include "scope.h"

#include <string>

#include "support/catch.h"

using namespace rmqlag;
using namespace rmqlag::internal;

TEST_CASE("system topics, by name and by prefix") {
  for (const char* topic : {"%SYS%orders", "TBW102", "rmq_sys_REVIVE_LOG_C", "OFFSET_MOVED_EVENT", "SELF_TEST_TOPIC"}) CHECK(is_system_topic(topic));
  for (const char* topic : {"orders", "TBW1020", "SYS%", "%RETRY%g", "broker-a"}) CHECK_FALSE(is_system_topic(topic));
}

TEST_CASE("scope") {
  CollectOptions options;
  CHECK(in_scope("orders", options));
  CHECK(in_scope("%RETRY%g", options));
  CHECK_FALSE(in_scope("%DLQ%g", options));
  options.retry_topics = false;
  CHECK_FALSE(in_scope("%RETRY%g", options));
  SECTION("named literally, any kind but the system's") {
    options.topics = *NameFilter::parse("%RETRY%g,%DLQ%g,TBW102");
    CHECK(in_scope("%RETRY%g", options));
    CHECK(in_scope("%DLQ%g", options));
    CHECK_FALSE(in_scope("TBW102", options));
    CHECK_FALSE(in_scope("orders", options));
  }
}

TEST_CASE("a topic's shard is frozen") {
  // Exporters of different versions must agree for ever: these may not change.
  CHECK(shard_of("orders", 1) == 1);
  CHECK(shard_of("orders", 3) == 2);
  CHECK(shard_of("payments", 3) == 3);
  CHECK(shard_of("%RETRY%g-one", 16) == 9);
}

TEST_CASE("one shard more moves topics only to it") {
  int moved = 0;
  for (int i = 0; i < 1000; ++i) {
    const std::string topic = "topic-" + std::to_string(i);
    const int before = shard_of(topic, 4), after = shard_of(topic, 5);
    CHECK((after == before || after == 5));
    moved += after != before;
  }
  CHECK(moved > 120);
  CHECK(moved < 280);
}

// topic_reader_test.cc: topic_reader.h: what is remembered from row to row does not end up in a wrong row.
#include "topic_reader.h"

#include <optional>
#include <random>
#include <string>
#include <vector>

#include "rmqlag/client_id.h"
#include "support/catch.h"

using namespace rmqlag;
using namespace rmqlag::internal;

TEST_CASE("topic_reader: each row has its own broker and owner, however these alternate") {
  std::mt19937 random(1);
  NameTable names(nullptr);
  TopicReader reader(names);
  for (int answer = 0; answer < 2; ++answer) {
    // More clients than are remembered, now and then one of them several times in a row, some rows without any.
    std::vector<std::string> brokers, clients;
    reader.begin("billing");
    for (std::int32_t queue = 0; queue < 3000; ++queue) {
      if (brokers.empty() || random() % 3 != 0) {
        const auto client = std::to_string(random() % 150);
        brokers.push_back("broker-" + std::to_string(random() % 3));
        clients.push_back(random() % 9 == 0 ? "" : "10.0.0." + client + "@4" + client + "#1");
      } else {
        brokers.push_back(std::string(brokers.back()));
        clients.push_back(std::string(clients.back()));
      }
      const bool owned = !clients.back().empty() || queue % 2 == 0;
      reader.queue({.broker = brokers.back(),
                    .queue = queue,
                    .broker_offset = 2 * queue,
                    .consumer_offset = queue,
                    .client_id = owned ? std::optional<std::string_view>(clients.back()) : std::nullopt,
                    .last_consumed_ms = 3 * queue});
    }
    const Readings readings = reader.take();
    REQUIRE(readings.list.size() == 1);
    REQUIRE(readings.rows.size() == brokers.size());
    for (const Row& row : readings.rows) {
      const auto queue = static_cast<std::size_t>(row.queue);
      CAPTURE(queue, clients[queue]);
      const ClientIdentity owner = parse_client_id(clients[queue]);
      REQUIRE(names[row.broker] == brokers[queue]);
      REQUIRE(names[row.host] == owner.host);
      REQUIRE(names[row.process] == owner.process);
      REQUIRE(row.broker_offset == 2 * row.queue);
      REQUIRE(row.consumer_offset == row.queue);
      REQUIRE(row.last_consumed_ms == 3 * row.queue);
    }
  }
}

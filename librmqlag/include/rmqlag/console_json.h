// console_json.h: from the console's bytes to its answers (console_model.h). Pure functions, safe on any input.
// Used by the session (session.h); an agent that fetches the console's JSON by itself can use them alone.
// The shapes of all generations: docs/console-api.md.
//
// What every function does:
// * The envelope {"status","data","errMsg"} decides: a status that is not 0 is `status_error`, `no_permission` (CODE 16, or CODE 1
//   with AclException, "no permission", "user not login") or `overloaded` ("created already", "adminExt ... should be init"), with errMsg,
//   in one line and without client ids, as the message.
// * Anything that is not the JSON due is `bad_answer`; the message says where, as a path: "data.g1.queueStatInfoList[3].brokerOffset: ...".
// * Unknown members are ignored, of values given twice the last stands, a null where a value may be absent is absent.
//   A list, an object or a key of a map (a group, a queue) given twice is `bad_answer`: its lag would count twice.
// * Integers must be integers within their width: no fraction, no exponent, not beyond int64. -0 is 0.
// * Text must be valid UTF-8, the whole input must be one JSON value, nesting is at most 64 deep. Nothing recurses.
// * The input is not changed and not kept. Thread-safe.
#pragma once

#include <string_view>

#include "rmqlag/console_model.h"
#include "rmqlag/expected.h"

namespace rmqlag {

RMQLAG_EXPORT Expected<TopicList> decode_topic_list(std::string_view json);

/// topic/queryConsumerByTopic: `sink` gets group by group. What it got before an error must be thrown away.
/// A member `data` that is null or absent is `bad_answer`; {} is a topic without groups.
RMQLAG_EXPORT Expected<void> decode_consumers_by_topic(std::string_view json, TopicConsumersSink& sink);

/// consumer/queryTopicByConsumer: `sink` gets topic by topic; one topic may come several times (once a broker).
RMQLAG_EXPORT Expected<void> decode_topics_by_consumer(std::string_view json, TopicConsumersSink& sink);

RMQLAG_EXPORT Expected<std::vector<GroupInfo>> decode_group_list(std::string_view json);
RMQLAG_EXPORT Expected<GroupInfo> decode_group(std::string_view json);
RMQLAG_EXPORT Expected<ConsumerConnection> decode_consumer_connection(std::string_view json);
RMQLAG_EXPORT Expected<ClusterList> decode_cluster_list(std::string_view json);
RMQLAG_EXPORT Expected<HomePage> decode_home_page(std::string_view json);
RMQLAG_EXPORT Expected<LoginCheck> decode_login_check(std::string_view json);
RMQLAG_EXPORT Expected<CsrfToken> decode_csrf_token(std::string_view json);
RMQLAG_EXPORT Expected<TopicStats> decode_topic_stats(std::string_view json);

/// login/login: only whether it was accepted. A status that is not 0 is `login_rejected` with the console's words.
RMQLAG_EXPORT Expected<void> decode_login(std::string_view json);

/// True where `json` is an object with a member `code` and none called `status`: RocketMQ Studio's envelope.
RMQLAG_EXPORT bool is_studio_envelope(std::string_view json);

}  // namespace rmqlag

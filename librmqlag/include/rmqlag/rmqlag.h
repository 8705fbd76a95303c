// rmqlag.h: includes the rest, in the order of the data's way. Start here.
//
//   bytes            answers            rows             totals          families           text
//   http.h           console_json.h     collector.h      aggregate.h     metrics.h          prometheus_text.h
//   curl_transport.h console_model.h    source.h                                            lag_table.h  (from totals)
//   har.h            session.h          lag.h                                               lag_json.h
//                    console.h          client_id.h                                         lag_csv.h
//
// Each column knows only the columns to its left. The usual way in is source.h (a Snapshot of everything), then aggregate.h or a writer.
//
// Threads: the library starts none. A Snapshot may be shared between threads; every other object belongs to one thread at a time;
// free functions are thread-safe. Errors: values (expected.h), never exceptions. The library prints nothing, reads no environment,
// handles no signals and keeps no global state.
#pragma once

#include "rmqlag/aggregate.h"
#include "rmqlag/client_id.h"
#include "rmqlag/collector.h"
#include "rmqlag/console.h"
#include "rmqlag/console_json.h"
#include "rmqlag/console_model.h"
#include "rmqlag/curl_transport.h"
#include "rmqlag/error.h"
#include "rmqlag/expected.h"
#include "rmqlag/export.h"
#include "rmqlag/filter.h"
#include "rmqlag/har.h"
#include "rmqlag/http.h"
#include "rmqlag/lag.h"
#include "rmqlag/lag_csv.h"
#include "rmqlag/lag_json.h"
#include "rmqlag/lag_table.h"
#include "rmqlag/metrics.h"
#include "rmqlag/prometheus_text.h"
#include "rmqlag/session.h"
#include "rmqlag/source.h"
#include "rmqlag/version.h"

// stand_in.cc: a program that stands in for a console and is much faster than one, so that what the benchmarks (bench.py) measure is the
// reader. All answers are made before it listens. It prints its URL, and ends with its standard input.
//
//   stand_in --topics 400 --groups 5 --brokers 3 --queues 8 --clients 4 --latency-ms 5
//
// /urls lists all that a collection asks, one URL a line, for others to fetch the same.
#include <microhttpd.h>
#include <netinet/in.h>

#include <charconv>
#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <deque>
#include <iostream>
#include <limits>
#include <map>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <unordered_map>
#include <utility>
#include <vector>

#include "cluster.h"

namespace rmqlag::bench {
namespace {

constexpr unsigned threads = 2;

/// Lets connections sleep without holding a thread. All sleep equally long, so that they wake in their order.
class Delay {
 public:
  explicit Delay(std::chrono::milliseconds time) : time_(time), thread_([this](const std::stop_token& stop) { run(stop); }) {}

  bool is_wanted() const { return time_.count() > 0; }

  void put_to_sleep(MHD_Connection* connection) {
    ::MHD_suspend_connection(connection);
    const std::lock_guard lock(mutex_);
    sleeping_.emplace_back(std::chrono::steady_clock::now() + time_, connection);
    changed_.notify_one();
  }

 private:
  void run(const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    while (changed_.wait(lock, stop, [this] { return !sleeping_.empty(); })) {
      const auto [when, connection] = sleeping_.front();
      sleeping_.pop_front();
      lock.unlock();
      std::this_thread::sleep_until(when);
      ::MHD_resume_connection(connection);
      lock.lock();
    }
  }

  std::chrono::milliseconds time_;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::deque<std::pair<std::chrono::steady_clock::time_point, MHD_Connection*>> sleeping_;
  std::jthread thread_;  // last: it uses all of the above
};

using Response = std::unique_ptr<MHD_Response, decltype(&::MHD_destroy_response)>;

/// A piece of the body, which `cls` points to.
ssize_t copy_piece(void* cls, std::uint64_t position, char* to, std::size_t room) {
  const auto& body = *static_cast<const std::string*>(cls);
  if (position == body.size()) return MHD_CONTENT_READER_END_OF_STREAM;
  return static_cast<ssize_t>(body.copy(to, room, position));
}

/// A response that may be sent any number of times, at the same time: in chunks, and with the headers of a dashboard 2.1.
Response make_response(const std::string& body) {
  constexpr std::size_t chunk_size = 8192;
  auto owned = std::make_unique<std::string>(body);
  const auto discard = [](void* cls) { std::unique_ptr<std::string>(static_cast<std::string*>(cls)); };
  Response response(::MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, chunk_size, copy_piece, owned.get(), discard),
                    ::MHD_destroy_response);
  static_cast<void>(owned.release());  // the response owns it now
  // Without the first, libmicrohttpd tells a length as soon as a response has been sent once.
  for (const auto& [name, value] : {std::pair("Transfer-Encoding", "chunked"), std::pair("Vary", "Origin"),
                                    std::pair("Vary", "Access-Control-Request-Method"),
                                    std::pair("Vary", "Access-Control-Request-Headers"),
                                    std::pair("Content-Type", "application/json;charset=utf-8")}) {
    ::MHD_add_response_header(response.get(), name, value);
  }
  return response;
}

class StandIn {
 public:
  StandIn(const ClusterShape& shape, std::chrono::milliseconds latency) : delay_(latency) {
    constexpr unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_ITC | MHD_ALLOW_SUSPEND_RESUME;
    sockaddr_in any_port{};
    any_port.sin_family = AF_INET;
    any_port.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    daemon_.reset(::MHD_start_daemon(flags, 0, nullptr, nullptr, &StandIn::on_request, this, MHD_OPTION_SOCK_ADDR, &any_port,
                                     MHD_OPTION_THREAD_POOL_SIZE, threads, MHD_OPTION_END));
    if (daemon_ == nullptr) throw std::runtime_error("cannot listen");
    url_ = "http://127.0.0.1:" + std::to_string(::MHD_get_daemon_info(daemon_.get(), MHD_DAEMON_INFO_BIND_PORT)->port);
    std::string urls;
    for (const Answer& answer : answers_about(shape)) {
      urls += url_ + answer.target + '\n';
      responses_.emplace(answer.target, make_response(answer.body));
    }
    responses_.emplace("/urls", make_response(urls));
  }

  const std::string& url() const { return url_; }

 private:
  MHD_Response* response_to(MHD_Connection* connection, const std::string& path) const {
    const char* topic = ::MHD_lookup_connection_value(connection, MHD_GET_ARGUMENT_KIND, "topic");
    const auto found = responses_.find(topic == nullptr ? path : target_of_topic(topic));
    return found == responses_.end() ? refusal_.get() : found->second.get();
  }

  /// Called with the headers, then to answer, then again by a connection that has slept.
  static MHD_Result on_request(void* cls, MHD_Connection* connection, const char* path, const char*, const char*, const char*, std::size_t*,
                               void** state) {
    auto* const self = static_cast<StandIn*>(cls);
    if (*state == nullptr) {
      *state = self;
      return MHD_YES;
    }
    if (*state == self && self->delay_.is_wanted()) {
      *state = &self->delay_;
      self->delay_.put_to_sleep(connection);
      return MHD_YES;
    }
    return ::MHD_queue_response(connection, MHD_HTTP_OK, self->response_to(connection, path));
  }

  std::string url_;
  std::unordered_map<std::string, Response> responses_;
  Response refusal_ = make_response(refusal());
  Delay delay_;
  std::unique_ptr<MHD_Daemon, decltype(&::MHD_stop_daemon)> daemon_{nullptr, ::MHD_stop_daemon};  // last: its threads use all of the above
};

int number(const std::string& text) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value < 0) throw std::runtime_error("'" + text + "' is not a number");
  return value;
}

void run(const std::vector<std::string>& arguments) {
  ClusterShape shape;
  int latency = 0;
  const std::map<std::string, int*> flags = {{"--topics", &shape.topics}, {"--groups", &shape.groups},   {"--brokers", &shape.brokers},
                                             {"--queues", &shape.queues}, {"--clients", &shape.clients}, {"--latency-ms", &latency}};
  for (std::size_t i = 0; i < arguments.size(); i += 2) {
    const auto flag = flags.find(arguments[i]);
    if (flag == flags.end() || i + 1 == arguments.size()) throw std::runtime_error("not understood: " + arguments[i]);
    *flag->second = number(arguments[i + 1]);
  }
  const StandIn console(shape, std::chrono::milliseconds(latency));
  std::cout << console.url() << std::endl;
  std::cin.ignore(std::numeric_limits<std::streamsize>::max());
}

}  // namespace
}  // namespace rmqlag::bench

int main(int argc, char** argv) {
  try {
    rmqlag::bench::run({argv + 1, argv + argc});
    return EXIT_SUCCESS;
  } catch (const std::exception& error) {
    std::cerr << "stand_in: " << error.what() << '\n';
    return EXIT_FAILURE;
  }
}

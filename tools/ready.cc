// ready.cc: the command `ready` (ready.h).
#include "ready.h"

#include <algorithm>
#include <chrono>
#include <string>
#include <string_view>
#include <utility>

#include "exit_code.h"
#include "log.h"
#include "rmqlag/console.h"
#include "rmqlag/curl_transport.h"

namespace rmqlag::tools {
namespace {

constexpr auto patience = std::chrono::seconds(5);  // shorter than the time that container platforms give a health check
constexpr std::size_t longest_reason = 200;

std::string_view first_line(std::string_view text) { return text.substr(0, std::min(text.find('\n'), longest_reason)); }

/// Why it is not ready; "" where it is.
std::string ask(HttpTransport& transport, const FinalConsoleConfig& target) {
  transport.start(1, {"GET", target.base_url() + "/-/ready", target.headers(), {}}, patience);
  const auto completion = transport.wait(Steady::max(), {});
  if (!completion) return "no answer";
  if (!completion->result) return completion->result.error().message;
  const HttpResponse& answer = *completion->result;
  if (answer.status == 200) return {};
  if (answer.status == 503) return std::string(first_line(answer.body));
  return "HTTP " + std::to_string(answer.status) + " at /-/ready: is it rmqlag serve, and are the credentials right?";
}

}  // namespace

int ready(const Settings& settings) {
  const auto target = finalize(settings.console);
  if (!target) {
    say(target.error().with_prefix("--url").message);
    return exit_code::usage;
  }
  const auto transport = make_curl_transport(settings.curl);
  if (!transport) {
    say(transport.error().message);
    return exit_code::usage;
  }
  const std::string why = ask(**transport, *target);
  if (why.empty()) return exit_code::done;
  say(target->base_url() + " is not ready: " + why);
  return exit_code::not_ready;
}

}  // namespace rmqlag::tools

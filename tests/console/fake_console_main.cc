// fake_console_main.cc: the fake console (fake_console.h) as a program, for end-to-end tests.
//
//   fake_console [FILE.har ...] [OPTION ...]
//
// Prints "listening on http://127.0.0.1:PORT/context" and runs until its standard input ends, or SIGTERM or SIGINT comes.
// Several files play in turn: each reading of the topic list turns to the next, the last one repeats.
//
//   --generation N           0 to 5 (4)                        --latency-ms N        before every answer
//   --username U             a login is required               --basic-auth U:P      a proxy in front demands it
//   --password P                                               --studio              be RocketMQ Studio
//   --lose-session-after N   requests that a session answers   --context /PATH       context path
//   --cert F --key F         https                             --client-ca F         wants a client certificate
//   --status-file F          what came so far, as lines: "requests N", "connections N", "max_in_flight N", and "path PATH N" for each
//                            path below the context; renewed five times a second and at the end
//
// For one PATH (below the context path, with or without a query; the last option for a path counts):
//   --hang PATH              never answer                      --drop PATH           close the connection without an answer
//   --stall PATH             fall silent within the answer     --break-off PATH      close the connection within the answer
//   --gzip PATH              compress the answer               --delay PATH=MS       answer later
//   --answer PATH=STATUS     answer an HTML page with this status
#include <poll.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <csignal>
#include <chrono>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "fake_console.h"

namespace {

using rmqlag::test::FakeConsole;
using rmqlag::test::FakeConsoleOptions;
using rmqlag::test::Rule;

volatile std::sig_atomic_t stop_signal = 0;

struct Arguments {
  FakeConsoleOptions console;
  std::vector<std::pair<std::string, Rule>> rules;
  std::string status_file;
};

int to_int(std::string_view text) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value < 0) throw std::runtime_error("not a number: " + std::string(text));
  return value;
}

/// "PATH=NUMBER"; a path may hold '=' itself.
std::pair<std::string, int> path_and_number(const std::string& text) {
  const auto equals = text.rfind('=');
  if (equals == std::string::npos) throw std::runtime_error("not PATH=NUMBER: " + text);
  return {text.substr(0, equals), to_int(std::string_view(text).substr(equals + 1))};
}

Rule ending(Rule::End end) {
  Rule rule;
  rule.end = end;
  return rule;
}

Arguments parse(const std::vector<std::string>& words) {
  Arguments arguments;
  FakeConsoleOptions& console = arguments.console;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string& option = words[i];
    if (!option.starts_with("--")) {
      console.files.push_back(option);
      continue;
    }
    if (option == "--studio") {
      console.studio = true;
      continue;
    }
    if (++i == words.size()) throw std::runtime_error(option + " needs a value, or is unknown");
    const std::string& value = words[i];
    const auto add_rule = [&](std::string path, Rule rule) { arguments.rules.emplace_back(std::move(path), std::move(rule)); };
    if (option == "--generation") console.generation = to_int(value);
    else if (option == "--username") console.username = value;
    else if (option == "--password") console.password = value;
    else if (option == "--lose-session-after") console.lose_session_after = to_int(value);
    else if (option == "--context") console.context_path = value;
    else if (option == "--latency-ms") console.latency = std::chrono::milliseconds(to_int(value));
    else if (option == "--basic-auth") console.basic_auth = value;
    else if (option == "--cert") console.certificate = value;
    else if (option == "--key") console.key = value;
    else if (option == "--client-ca") console.client_ca = value;
    else if (option == "--status-file") arguments.status_file = value;
    else if (option == "--hang") add_rule(value, ending(Rule::End::hang));
    else if (option == "--drop") add_rule(value, ending(Rule::End::drop));
    else if (option == "--stall") add_rule(value, ending(Rule::End::stall));
    else if (option == "--break-off") add_rule(value, ending(Rule::End::break_off));
    else if (option == "--gzip") {
      Rule rule;
      rule.gzip = true;
      add_rule(value, rule);
    } else if (option == "--delay") {
      auto [path, milliseconds] = path_and_number(value);
      Rule rule;
      rule.latency = std::chrono::milliseconds(milliseconds);
      add_rule(std::move(path), rule);
    } else if (option == "--answer") {
      auto [path, status] = path_and_number(value);
      Rule rule;
      rule.response = {status, {{"Content-Type", "text/html"}}, "<html><body>" + std::to_string(status) + "</body></html>"};
      add_rule(std::move(path), std::move(rule));
    } else {
      throw std::runtime_error("unknown option " + option);
    }
  }
  return arguments;
}

/// Whoever reads the file sees it whole: it is written beside and put in place.
void write_status(const FakeConsole& console, const std::string& file) {
  if (file.empty()) return;
  const std::string beside = file + ".new";
  {
    std::ofstream out(beside);
    out << "requests " << console.requests().size() << "\nconnections " << console.connections() << "\nmax_in_flight "
        << console.max_in_flight() << '\n';
    for (const auto& [path, count] : console.counts()) out << "path " << path << ' ' << count << '\n';
  }
  std::filesystem::rename(beside, file);
}

bool input_ended() {
  constexpr int wake_every_ms = 200;
  pollfd input{STDIN_FILENO, POLLIN, 0};
  if (poll(&input, 1, wake_every_ms) <= 0) return false;
  std::array<char, 256> ignored{};
  return read(STDIN_FILENO, ignored.data(), ignored.size()) <= 0;
}

}  // namespace

int main(int argc, char* argv[]) try {
  const Arguments arguments = parse({argv + 1, argv + argc});
  std::signal(SIGTERM, [](int) { stop_signal = 1; });
  std::signal(SIGINT, [](int) { stop_signal = 1; });

  FakeConsole console(arguments.console);
  for (const auto& [path, rule] : arguments.rules) console.on(path, rule);
  std::cout << "listening on " << console.url() << std::endl;
  do {
    write_status(console, arguments.status_file);
  } while (stop_signal == 0 && !input_ended());
  write_status(console, arguments.status_file);
  return 0;
} catch (const std::exception& error) {
  std::cerr << "fake_console: " << error.what() << '\n';
  return 1;
}

// har_replay.cc: a transport and a clock made of recordings (har.h).
#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <deque>
#include <memory>
#include <optional>
#include <system_error>
#include <unordered_map>
#include <utility>

#include "har_file.h"
#include "har_redact.h"
#include "rmqlag/har.h"
#include "url.h"

namespace rmqlag {
namespace {

using internal::HarEntry;
using internal::HarFile;
using internal::HarPass;
using internal::Parameters;

/// A recorded pass and how far its replay has come.
class PassReplay {
 public:
  explicit PassReplay(HarPass pass) : pass_(std::move(pass)) {
    for (std::size_t i = 0; i < pass_.entries.size(); ++i) {
      const HarEntry& entry = pass_.entries[i];
      exact_[key(entry.method, entry.path, entry.parameters)].entries.push_back(i);
      loose_[key(entry.method, entry.path, naming_parameters(entry.parameters))].entries.push_back(i);
    }
  }

  Wall start() const { return pass_.start; }

  void rewind() {
    for (Index* index : {&exact_, &loose_}) {
      for (auto& [_, matching] : *index) matching.used = 0;
    }
    behind_login_ = 0;
  }

  /// The entry that answers this request now, or null. `path` is below the context path.
  const HarEntry* take(const std::string& method, const std::string& path, Parameters parameters) {
    if (method == "POST" && path == internal::login_path) return take_login();
    std::ranges::sort(parameters);
    const auto exact = exact_.find(key(method, path, parameters));
    const auto loose = loose_.find(key(method, path, naming_parameters(parameters)));
    for (const bool behind_login : {true, false}) {
      if (exact != exact_.end() && (!behind_login || any_behind_login(exact->second))) return next(exact->second);
      if (loose != loose_.end() && (!behind_login || any_behind_login(loose->second))) return next(loose->second);
    }
    return nullptr;
  }

 private:
  /// Positions of entries that answer the same request, ascending, and how many of them the replay is past.
  struct Matching {
    std::vector<std::size_t> entries;
    std::size_t used = 0;
  };
  using Index = std::unordered_map<std::string, Matching>;

  static std::string key(const std::string& method, const std::string& path, const Parameters& parameters) {
    std::string out = method + ' ' + path;
    for (const auto& [name, value] : parameters) {
      out.append("&").append(internal::percent_encode(name)).append("=").append(internal::percent_encode(value));
    }
    return out;
  }

  /// Those that say what is asked about; browsers and other versions of the console add others.
  static Parameters naming_parameters(Parameters parameters) {
    static constexpr std::array<std::string_view, 3> names{"topic", "consumerGroup", "address"};
    std::erase_if(parameters, [](const auto& p) { return std::ranges::find(names, p.first) == names.end(); });
    return parameters;
  }

  bool any_behind_login(const Matching& matching) const { return matching.entries.back() >= behind_login_; }

  const HarEntry* next(Matching& matching) {
    const auto behind = std::ranges::lower_bound(matching.entries, behind_login_);
    if (behind != matching.entries.end()) {
      matching.used = std::max(matching.used, static_cast<std::size_t>(behind - matching.entries.begin()));
    }
    const std::size_t at = std::min(matching.used, matching.entries.size() - 1);
    matching.used = at + 1;
    return &pass_.entries[matching.entries[at]];
  }

  /// The next accepted login; behind the last one, that one again. What was typed does not matter.
  const HarEntry* take_login() {
    const HarEntry* first = nullptr;
    const HarEntry* accepted = nullptr;
    for (std::size_t i = 0; i < pass_.entries.size(); ++i) {
      const HarEntry& entry = pass_.entries[i];
      if (entry.method != "POST" || entry.path != internal::login_path) continue;
      if (!first) first = &entry;
      if (!entry.answer || !entry.answer->body.starts_with("{\"status\":0")) continue;
      accepted = &entry;
      if (i < behind_login_) continue;
      behind_login_ = i + 1;
      break;
    }
    return accepted ? accepted : first;
  }

  HarPass pass_;
  Index exact_, loose_;
  std::size_t behind_login_ = 0;  // the first position behind the login that was answered last
};

/// The time of what was handed over; with `run`, the system's time since is added. Never goes backwards.
class ReplayClock {
 public:
  explicit ReplayClock(Wall start) : start_(start), wall_(start) {}

  Now now() const {
    const auto ran = running_time();
    return {steady_ + ran, std::chrono::floor<std::chrono::milliseconds>(wall_ + ran)};
  }
  void reach(Wall wall) {
    settle();
    wall_ = std::max<Instant>(wall_, wall);
    steady_ = std::max(steady_, origin + (wall_ - start_));
  }
  /// Somebody waits for this instant and nothing else will happen before.
  void skip_to(Steady until) {
    settle();
    if (until != Steady::max()) steady_ = std::max(steady_, until);
  }
  void run(bool on) {
    settle();
    running_since_ = on ? std::optional(std::chrono::steady_clock::now()) : std::nullopt;
  }

 private:
  using Instant = std::chrono::sys_time<std::chrono::nanoseconds>;
  static constexpr Steady origin{std::chrono::hours(24)};

  std::chrono::nanoseconds running_time() const {
    return running_since_ ? std::chrono::steady_clock::now() - *running_since_ : std::chrono::nanoseconds(0);
  }
  void settle() {
    const auto ran = running_time();
    wall_ += ran;
    steady_ += ran;
    if (running_since_) *running_since_ += ran;
  }

  Instant start_, wall_;
  Steady steady_ = origin;
  std::optional<Steady> running_since_;
};

Expected<std::string> read_file(const std::string& name) {
  const auto failed = [&name] { return Error{ErrorCode::io, name + ": " + std::generic_category().message(errno)}; };
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(name.c_str(), "rb"), std::fclose);
  if (!file) return failed();
  constexpr std::size_t largest = std::size_t{1} << 30;
  std::string text;
  std::array<char, 65536> part;
  while (const std::size_t size = std::fread(part.data(), 1, part.size(), file.get())) {
    text.append(part.data(), size);
    if (text.size() > largest) return Error{ErrorCode::bad_file, name + ": larger than 1 GiB"};
  }
  if (std::ferror(file.get())) return failed();
  return text;
}

}  // namespace

struct HarReplay::Impl {
  struct Started {
    std::uint64_t id;
    HttpRequest request;
  };

  explicit Impl(HarFile first)
      : base_url(std::move(first.base_url)), context_path(std::move(first.context_path)), clock(first.passes.front().start) {
    add(std::move(first.passes));
  }

  void add(std::vector<HarPass> more) {
    for (HarPass& pass : more) passes.emplace_back(std::move(pass));
  }

  Expected<HttpResponse> answer(const HttpRequest& request) {
    if (const HarEntry* entry = find(request)) {
      clock.reach(entry->end);
      return entry->answer;
    }
    const std::string shown = internal::HarRedactor{}.url(request.url);
    return Error{ErrorCode::not_recorded, "not in the recording: " + request.method + " " + shown};
  }

  const HarEntry* find(const HttpRequest& request) {
    const auto url = internal::split_url(request.url);
    if (!url || !url->path.starts_with(context_path + "/")) return nullptr;
    const std::string path(url->path.substr(context_path.size()));
    return passes[current].take(request.method, path, internal::parse_query(url->query));
  }

  std::string base_url, context_path;  // of the first file
  std::vector<PassReplay> passes;      // of all files
  std::size_t current = 0;
  bool begun = false;  // a collection: the first one stays with the first pass
  std::deque<Started> started;
  ReplayClock clock;
};

HarReplay::HarReplay(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
HarReplay::~HarReplay() = default;

Expected<std::unique_ptr<HarReplay>> HarReplay::open(const std::vector<std::string>& files) {
  if (files.empty()) return Error{ErrorCode::invalid_argument, "no recording was named"};
  std::unique_ptr<Impl> impl;
  for (const std::string& name : files) {
    const auto text = read_file(name);
    if (!text) return text.error();
    auto file = internal::read_har(name, *text);
    if (!file) return file.error();
    if (impl) {
      impl->add(std::move(file->passes));
    } else {
      impl = std::make_unique<Impl>(std::move(*file));
    }
  }
  return std::unique_ptr<HarReplay>(new HarReplay(std::move(impl)));
}

Expected<std::unique_ptr<HarReplay>> HarReplay::parse(std::string_view name, std::string_view text) {
  auto file = internal::read_har(name, text);
  if (!file) return file.error();
  return std::unique_ptr<HarReplay>(new HarReplay(std::make_unique<Impl>(std::move(*file))));
}

const std::string& HarReplay::base_url() const { return impl_->base_url; }

int HarReplay::passes() const { return static_cast<int>(impl_->passes.size()); }

void HarReplay::run_clock(bool on) { impl_->clock.run(on); }

void HarReplay::start(std::uint64_t id, HttpRequest request, std::chrono::milliseconds) {
  impl_->started.push_back({id, std::move(request)});
}

std::optional<Completion> HarReplay::wait(Steady until, std::stop_token stop) {
  if (stop.stop_requested()) return std::nullopt;
  if (impl_->started.empty()) {
    impl_->clock.skip_to(until);
    return std::nullopt;
  }
  const Impl::Started next = std::move(impl_->started.front());
  impl_->started.pop_front();
  return Completion{next.id, impl_->answer(next.request)};
}

void HarReplay::abandon(std::uint64_t id) {
  std::erase_if(impl_->started, [id](const Impl::Started& s) { return s.id == id; });
}

Now HarReplay::now() const { return impl_->clock.now(); }

void HarReplay::begin_collection() {
  Impl& impl = *impl_;
  if (impl.begun && impl.current + 1 < impl.passes.size()) ++impl.current;
  impl.begun = true;
  PassReplay& pass = impl.passes[impl.current];
  pass.rewind();
  impl.clock.reach(pass.start());
}

}  // namespace rmqlag

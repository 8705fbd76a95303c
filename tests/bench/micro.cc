// micro.cc: how fast the stages of the library are by themselves: decoding, collecting, group-by, exposition. Used by bench.py.
//
//   micro                 measures everything: one line of JSON a workload
//   micro WORKLOAD        makes ready and runs it once, in a function called `measured`, for instruction counts (callgrind)
//
// Times are minima of several rounds. A wrong result ends the program with an error.
#include <rapidjson/memorystream.h>
#include <rapidjson/reader.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <deque>
#include <functional>
#include <new>
#include <stdexcept>
#include <string>
#include <unordered_map>
#include <vector>

#include "cluster.h"
#include "name_table.h"
#include "rmqlag/aggregate.h"
#include "rmqlag/console_json.h"
#include "rmqlag/metrics.h"
#include "rmqlag/prometheus_text.h"
#include "rmqlag/source.h"
#include "topic_reader.h"

namespace {

std::size_t allocations = 0;  // this program has one thread

}  // namespace

// What the whole program allocates is counted; the deallocation that belongs to malloc is free.
void* operator new(std::size_t size) {
  ++allocations;
  if (void* const memory = std::malloc(size)) return memory;
  throw std::bad_alloc();
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

namespace rmqlag::bench {
namespace {

void require(bool right, const char* what) {
  if (!right) throw std::runtime_error(std::string("wrong result: ") + what);
}

/// 48,000 rows, and what a console answers.
struct Data {
  ClusterShape shape{1'000, 4, 3, 4, 4};
  std::vector<Answer> answers = answers_about(shape);
  std::vector<std::string_view> topics;  // the answers that hold rows
  std::size_t bytes = 0;                 // of those

  Data() {
    for (const Answer& answer : answers) {
      if (!answer.target.starts_with(target_of_topic(""))) continue;
      topics.push_back(answer.body);
      bytes += answer.body.size();
    }
  }
};

/// A source that reads the answers from memory.
std::unique_ptr<Source> source_of(const Data& data) {
  const std::string url = "http://console";
  const auto bodies = std::make_shared<std::unordered_map<std::string, std::string_view>>();
  for (const Answer& answer : data.answers) bodies->emplace(url + answer.target, answer.body);
  const auto send = [bodies](const HttpRequest& request, std::chrono::milliseconds) -> Expected<HttpResponse> {
    const auto found = bodies->find(request.url);
    return HttpResponse{200, {}, found == bodies->end() ? refusal() : std::string(found->second)};
  };
  return *make_console_source(*finalize({url, "", "", {}, ""}), {}, blocking(send));
}

/// What a workload does in one round.
struct Work {
  double bytes = 0, rows = 0;  // to tell a speed by
};

struct Workload {
  std::string name;
  std::function<Work()> run;
};

struct EmptyHandler : rapidjson::BaseReaderHandler<rapidjson::UTF8<>, EmptyHandler> {};

Work read_with_rapidjson(const Data& data) {
  for (const std::string_view text : data.topics) {
    rapidjson::MemoryStream stream(text.data(), text.size());
    rapidjson::Reader reader;
    EmptyHandler handler;
    require(!reader.Parse<rapidjson::kParseIterativeFlag | rapidjson::kParseValidateEncodingFlag>(stream, handler).IsError(), "RapidJSON");
  }
  return {static_cast<double>(data.bytes), static_cast<double>(data.shape.rows())};
}

Work decode(const Data& data) {
  internal::NameTable names(nullptr);
  std::size_t rows = 0;
  internal::TopicReader reader(names);
  for (const std::string_view text : data.topics) {
    require(decode_consumers_by_topic(text, reader).has_value(), "decoding");
    rows += reader.take().rows.size();
  }
  require(rows == static_cast<std::size_t>(data.shape.rows()), "rows decoded");
  return {static_cast<double>(data.bytes), static_cast<double>(rows)};
}

std::size_t count_rows(const Snapshot& snapshot) {
  std::size_t rows = 0;
  for (const auto& block : snapshot.blocks) rows += block->rows.size();
  return rows;
}

Work collect(const Data& data, Source& source, std::shared_ptr<const Snapshot> previous) {
  Collect how;
  how.previous = std::move(previous);
  const auto snapshot = source.collect(how);
  const std::size_t rows = count_rows(*snapshot);
  require(rows == static_cast<std::size_t>(data.shape.rows()) && snapshot->outcome == Outcome::complete, "rows collected");
  return {static_cast<double>(data.bytes), static_cast<double>(rows)};
}

Work group(const Snapshot& snapshot, unsigned dimensions) {
  std::int64_t queues = 0;
  for (const Total& total : aggregate(snapshot, dimensions)) queues += total.queues;
  const std::size_t rows = count_rows(snapshot);
  require(queues == static_cast<std::int64_t>(rows), "queues in all totals");
  return {0, static_cast<double>(rows)};
}

/// Counts what the samples of another sink allocate.
class Watched : public MetricSink {
 public:
  explicit Watched(MetricSink& sink) : sink_(sink) {}

  void family(const Family& family) override { sink_.family(family); }
  void sample(std::span<const std::string_view> label_values, Value value) override { next_sample(0, label_values, value); }
  void next_sample(std::size_t kept, std::span<const std::string_view> label_values, Value value) override {
    const std::size_t before = allocations;
    sink_.next_sample(kept, label_values, value);
    allocations_ += allocations - before;
    ++samples_;
  }

  std::size_t allocations_of_samples() const { return allocations_; }
  std::size_t samples() const { return samples_; }

 private:
  MetricSink& sink_;
  std::size_t allocations_ = 0, samples_ = 0;
};

/// Families and samples as they were handed over, to be handed over again: so the text is measured without the group-by.
class Kept : public MetricSink {
 public:
  void family(const Family& family) override {
    families_.push_back({family, std::string(family.name), {}});
    families_.back().family.name = families_.back().name;
  }
  void sample(std::span<const std::string_view> label_values, Value value) override { next_sample(0, label_values, value); }
  void next_sample(std::size_t kept, std::span<const std::string_view> label_values, Value value) override {
    families_.back().samples.push_back({kept, std::vector<std::string>(label_values.begin(), label_values.end()), value});
  }

  void write(MetricSink& sink) const {
    std::vector<std::string_view> label_values;
    for (const KeptFamily& kept : families_) {
      sink.family(kept.family);
      for (const Sample& sample : kept.samples) {
        label_values.assign(sample.label_values.begin(), sample.label_values.end());
        sink.next_sample(sample.kept, label_values, sample.value);
      }
    }
  }

 private:
  struct Sample {
    std::size_t kept;
    std::vector<std::string> label_values;
    Value value;
  };
  struct KeptFamily {
    Family family;
    std::string name;  // of the family: the view of it must not end with the call
    std::vector<Sample> samples;
  };
  std::deque<KeptFamily> families_;  // whose members do not move
};

Work write_text(const Kept& kept, std::string& text) {
  text.clear();
  PrometheusText sink(text, ExpositionFormat::text);
  kept.write(sink);
  sink.finish();
  return {static_cast<double>(text.size()), 0};
}

Work expose(const Snapshot& snapshot, std::string& text) {
  text.clear();
  PrometheusText sink(text, ExpositionFormat::text);
  write_metrics(snapshot, {}, sink);
  sink.finish();
  return {static_cast<double>(text.size()), static_cast<double>(count_rows(snapshot))};
}

const MetricOptions all_sets{true, true, true, "rocketmq"};

/// Instruction counts are taken inside, whatever the compiler does around it.
[[gnu::noinline]] Work measured(const std::function<Work()>& run) {
  const Work work = run();
  asm volatile("" ::: "memory");  // not a tail call
  return work;
}

double cpu_seconds() {
  timespec time{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

void report(const Workload& workload) {
  constexpr int rounds = 30;
  double best = 0;
  Work work;
  for (int round = 0; round < rounds; ++round) {
    const double begin = cpu_seconds();
    work = measured(workload.run);
    const double taken = cpu_seconds() - begin;
    best = round == 0 ? taken : std::min(best, taken);
  }
  std::printf("{\"workload\": \"%s\", \"seconds\": %.9f, \"bytes\": %.0f, \"rows\": %.0f}\n", workload.name.c_str(), best, work.bytes,
              work.rows);
}

void report_allocations(const Snapshot& snapshot, std::string& text) {
  text.clear();
  PrometheusText sink(text, ExpositionFormat::text);
  Watched watched(sink);
  write_metrics(snapshot, all_sets, watched);
  std::printf("{\"workload\": \"allocations\", \"samples\": %zu, \"allocations\": %zu}\n", watched.samples(),
              watched.allocations_of_samples());
}

void run(const std::vector<std::string>& arguments) {
  const Data data;
  const auto source = source_of(data);
  const auto snapshot = source->collect({});
  std::string text;
  text.reserve(std::size_t{1} << 26);
  Kept kept;
  write_metrics(*snapshot, all_sets, kept);

  const std::vector<Workload> workloads = {
      {"rapidjson", [&] { return read_with_rapidjson(data); }},
      {"decode", [&] { return decode(data); }},
      {"collect first", [&] { return collect(data, *source, nullptr); }},
      {"collect next", [&] { return collect(data, *source, snapshot); }},
      {"by topic", [&] { return group(*snapshot, by::topic); }},
      {"by group", [&] { return group(*snapshot, by::group); }},
      {"by topic,group", [&] { return group(*snapshot, by::topic | by::group); }},
      {"by topic,group,process", [&] { return group(*snapshot, by::topic | by::group | by::host | by::process); }},
      {"by process", [&] { return group(*snapshot, by::host | by::process); }},
      {"by broker,queue", [&] { return group(*snapshot, by::broker | by::queue); }},
      {"text", [&] { return write_text(kept, text); }},
      {"exposition", [&] { return expose(*snapshot, text); }},
  };
  if (!arguments.empty()) {
    const auto found = std::ranges::find(workloads, arguments.front(), &Workload::name);
    require(found != workloads.end(), "no such workload");
    measured(found->run);
    return;
  }
  for (const Workload& workload : workloads) report(workload);
  report_allocations(*snapshot, text);
}

}  // namespace
}  // namespace rmqlag::bench

int main(int argc, char** argv) {
  try {
    rmqlag::bench::run({argv + 1, argv + argc});
    return EXIT_SUCCESS;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "micro: %s\n", error.what());
    return EXIT_FAILURE;
  }
}

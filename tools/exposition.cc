// exposition.cc: a snapshot as the answer to a scrape (exposition.h).
#include "exposition.h"

#include <utility>

#include "negotiation.h"

namespace rmqlag::tools {
namespace {

/// An answer in the form that the request asks for.
class Form {
 public:
  explicit Form(const Request& request)
      : form_(negotiate(request.header("Accept"))), gzip_(accepts_gzip(request.header("Accept-Encoding"))) {}

  ExpositionFormat format() const { return form_.format; }
  bool gzip() const { return gzip_; }

  std::string tail(const ExpositionTail& write) const {
    std::string text;
    PrometheusText sink(text, form_.format);
    if (write) write(sink);
    sink.finish();
    return text;
  }

  Response response(Body body) const {
    Response response{200, std::string(form_.content_type), std::move(body), {{"Vary", "Accept, Accept-Encoding"}}};
    if (gzip_) response.headers.push_back({"Content-Encoding", "gzip"});
    return response;
  }

 private:
  NegotiatedFormat form_;
  bool gzip_;
};

std::shared_ptr<const Snapshot> before_the_first() {
  auto snapshot = std::make_shared<Snapshot>();
  snapshot->names = std::make_shared<const Names>();
  return snapshot;
}

}  // namespace

Response exposition(const Request& request, const ExpositionTail& tail) {
  const Form form(request);
  const std::string text = form.tail(tail);
  return form.response(form.gzip() ? gzip_member({gzip_part(text)}) : Body{std::make_shared<const std::string>(text)});
}

Response Exposition::answer(const Request& request, std::shared_ptr<const Snapshot> snapshot, const ExpositionTail& tail) {
  if (snapshot == nullptr) snapshot = before_the_first();
  const Form form(request);
  const std::string text = form.tail(tail);
  const std::lock_guard lock(mutex_);  // whoever comes while it is encoded waits for that, instead of encoding it again
  turn_to(snapshot);
  if (form.gzip()) return form.response(gzip_member({compressed(*snapshot, form.format()), gzip_part(text)}));
  return form.response({plain(*snapshot, form.format()), std::make_shared<const std::string>(text)});
}

void Exposition::turn_to(const std::shared_ptr<const Snapshot>& snapshot) {
  if (snapshot_.lock() == snapshot) return;
  snapshot_ = snapshot;
  texts_ = {};
}

std::shared_ptr<const std::string> Exposition::plain(const Snapshot& snapshot, ExpositionFormat format) {
  auto& kept = texts_.at(static_cast<std::size_t>(format)).plain;
  if (kept == nullptr) {
    const auto text = std::make_shared<std::string>();
    PrometheusText sink(*text, format);
    write_metrics(snapshot, options_, sink);
    kept = text;
  }
  return kept;
}

GzipPart Exposition::compressed(const Snapshot& snapshot, ExpositionFormat format) {
  GzipPart& kept = texts_.at(static_cast<std::size_t>(format)).compressed;
  if (kept.blocks == nullptr) kept = gzip_part(*plain(snapshot, format));
  return kept;
}

}  // namespace rmqlag::tools

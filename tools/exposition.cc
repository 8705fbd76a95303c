// exposition.cc: a snapshot as the answer to a scrape (exposition.h).
#include "exposition.h"

#include <string>
#include <utility>

#include "exposition_pieces.h"
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

constexpr std::size_t piece_size = 1 << 20;

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
  Asked& asked = asked_.at(static_cast<std::size_t>(form.format()));
  (form.gzip() ? asked.compressed : asked.plain) = true;
  if (form.gzip()) {
    std::vector<GzipPart> parts = compressed(*snapshot, form.format());
    parts.push_back(gzip_part(text));
    return form.response(gzip_member(parts));
  }
  Body body = plain(*snapshot, form.format());
  body.push_back(std::make_shared<const std::string>(text));
  return form.response(std::move(body));
}

std::optional<Response> Exposition::answer_at_once(const Request& request, const std::shared_ptr<const Snapshot>& snapshot,
                                                   const ExpositionTail& tail) {
  const Form form(request);
  {
    const std::unique_lock lock(mutex_, std::try_to_lock);
    if (!lock || snapshot == nullptr || snapshot_.lock() != snapshot) return std::nullopt;
    const Texts& texts = texts_.at(static_cast<std::size_t>(form.format()));
    if (form.gzip() ? texts.compressed.empty() : texts.plain.empty()) return std::nullopt;
  }
  return answer(request, snapshot, tail);
}

void Exposition::prepare(const std::shared_ptr<const Snapshot>& snapshot) {
  const std::lock_guard lock(mutex_);
  turn_to(snapshot);
  const auto asked = std::exchange(asked_, {});
  for (const ExpositionFormat format : {ExpositionFormat::text, ExpositionFormat::openmetrics}) {
    const auto [plain_asked, compressed_asked] = asked.at(static_cast<std::size_t>(format));
    if (plain_asked) plain(*snapshot, format);
    if (compressed_asked) compressed(*snapshot, format);
  }
}

void Exposition::turn_to(const std::shared_ptr<const Snapshot>& snapshot) {
  if (snapshot_.lock() == snapshot) return;
  snapshot_ = snapshot;
  texts_ = {};
}

const Body& Exposition::plain(const Snapshot& snapshot, ExpositionFormat format) {
  Body& kept = texts_.at(static_cast<std::size_t>(format)).plain;
  if (kept.empty()) {
    ExpositionPieces pieces(format, piece_size, [&kept](std::string piece) {
      kept.push_back(std::make_shared<const std::string>(std::move(piece)));
    });
    write_metrics(snapshot, options_, pieces);
    pieces.pause();
  }
  return kept;
}

const std::vector<GzipPart>& Exposition::compressed(const Snapshot& snapshot, ExpositionFormat format) {
  auto& [plain, kept] = texts_.at(static_cast<std::size_t>(format));
  if (!kept.empty()) return kept;
  for (const auto& piece : plain) kept.push_back(gzip_part(*piece));
  if (!kept.empty()) return kept;
  ExpositionPieces pieces(format, piece_size, [&parts = kept](const std::string& piece) { parts.push_back(gzip_part(piece)); });
  write_metrics(snapshot, options_, pieces);
  pieces.pause();
  return kept;
}

}  // namespace rmqlag::tools

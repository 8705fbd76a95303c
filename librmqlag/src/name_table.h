// name_table.h: a table of names that is copied only when it must grow. Private; used while a pass is read.
#pragma once

#include <memory>
#include <string_view>

#include "rmqlag/lag.h"

namespace rmqlag::internal {

/// Begins as the previous snapshot's table, so that ids stay the same, and becomes a copy of its own with the first new name.
class NameTable {
 public:
  explicit NameTable(std::shared_ptr<const Names> base) : current_(base ? std::move(base) : std::make_shared<const Names>()) {}

  NameId intern(std::string_view name) {
    if (name.empty()) return 0;
    if (own_) return own_->intern(name);
    if (const NameId id = current_->find(name)) return id;
    own_ = std::make_shared<Names>(*current_);
    current_ = own_;
    return own_->intern(name);
  }
  NameId find(std::string_view name) const { return current_->find(name); }
  std::string_view operator[](NameId id) const { return (*current_)[id]; }
  std::string text(NameId id) const { return std::string((*current_)[id]); }

  /// The table as it will be shared. It must not grow any more.
  std::shared_ptr<const Names> seal() const { return current_; }

 private:
  std::shared_ptr<const Names> current_;
  std::shared_ptr<Names> own_;
};

}  // namespace rmqlag::internal

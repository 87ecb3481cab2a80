#include "tests/support/well_formed.h"

#include <set>
#include <stdexcept>
#include <vector>

namespace hayago::test {
namespace {

bool is_blank(char c) { return c == ' ' || c == '\n' || c == '\t' || c == '\r'; }
bool is_name(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '_' || c == ':';
}

class Checker {
 public:
  explicit Checker(std::string_view page) : page_(page) {}

  void check() {
    check_utf8();
    if (page_.substr(0, 2) == "<!") at_ = page_.find('>') + 1;
    bool has_root = false;
    while (at_ < page_.size()) {
      if (page_[at_] != '<') {
        text(page_[at_]);
      } else if (page_.substr(at_, 2) == "</") {
        close();
      } else {
        if (open_.empty() && has_root) fail("a second root element");
        has_root = true;
        element();
      }
    }
    if (!open_.empty()) fail("'" + open_.back() + "' is not closed");
    if (!has_root) fail("no element");
  }

 private:
  [[noreturn]] void fail(const std::string& what) const {
    const std::size_t start = at_ < 40 ? 0 : at_ - 40;
    throw std::runtime_error(what + " near: " + std::string(page_.substr(start, 80)));
  }
  char next() {
    if (at_ >= page_.size()) fail("the page ends too early");
    return page_[at_++];
  }
  std::string name() {
    std::string out;
    while (at_ < page_.size() && is_name(page_[at_])) out += page_[at_++];
    if (out.empty()) fail("a name is missing");
    return out;
  }
  void blanks() {
    while (at_ < page_.size() && is_blank(page_[at_])) ++at_;
  }

  void text(char c) {
    if (open_.empty() && !is_blank(c)) fail("text outside the root element");
    if (c == '&') return entity();
    ++at_;
  }
  void entity() {
    const std::size_t end = page_.find(';', at_);
    const std::string_view word =
        end == std::string_view::npos ? "" : page_.substr(at_ + 1, end - at_ - 1);
    const std::set<std::string_view> known = {"lt", "gt", "amp", "quot", "apos"};
    if (known.count(word) == 0 && word.substr(0, 1) != "#") fail("an unknown entity");
    at_ = end + 1;
  }
  void close() {
    at_ += 2;
    const std::string closed = name();
    if (open_.empty() || open_.back() != closed) fail("'" + closed + "' closes something else");
    open_.pop_back();
    if (next() != '>') fail("'>' is missing");
  }
  void element() {
    ++at_;
    const std::string opened = name();
    std::set<std::string> attributes;
    for (;;) {
      blanks();
      const char c = next();
      if (c == '>') return open_.push_back(opened);
      if (c == '/') {
        if (next() != '>') fail("'>' is missing");
        return;
      }
      --at_;
      if (!attributes.insert(name()).second) fail("an attribute twice");
      if (next() != '=' || next() != '"') fail("a value without quotes");
      while (page_.substr(at_, 1) != "\"") {
        if (page_.substr(at_, 1) == "&") {
          entity();
        } else if (next() == '<') {
          fail("'<' in an attribute");
        }
      }
      ++at_;
    }
  }

  void check_utf8() const {
    for (std::size_t i = 0; i < page_.size();) {
      const auto byte = static_cast<unsigned char>(page_[i]);
      const int more = byte < 0x80       ? 0
                       : byte >> 5 == 6  ? 1
                       : byte >> 4 == 14 ? 2
                       : byte >> 3 == 30 ? 3
                                         : -1;
      if (more < 0) fail("a byte that is not UTF-8");
      for (int k = 0; k < more; ++k) {
        ++i;
        if (i >= page_.size() || (static_cast<unsigned char>(page_[i]) & 0xc0) != 0x80) {
          fail("a byte that is not UTF-8");
        }
      }
      ++i;
    }
  }

  std::string_view page_;
  std::size_t at_ = 0;
  std::vector<std::string> open_;
};

}  // namespace

std::string why_not_well_formed(std::string_view page) {
  try {
    Checker(page).check();
  } catch (const std::exception& error) {
    return error.what();
  }
  return "";
}

}  // namespace hayago::test

// Tokens and float arrays of a network file (spec/01 section 3), and the shape of every error:
// file, record, fact with both numbers of a mismatch, byte.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "nn/model/arrays.h"

namespace hayago::nn {

// Makes any bytes of a file safe to print: escapes, and cuts off after 60 bytes.
std::string printable(std::string_view bytes);

class Reader {
 public:
  // `data` must outlive the reader. `file` is used in messages only.
  Reader(std::string_view data, bool text, std::string file);

  // Next token without whitespace; `what` says in messages what was expected.
  std::string_view token(std::string_view what);
  int integer(std::string_view what);
  int positive(std::string_view what, int limit);  // 1..limit
  bool bit(std::string_view what);                 // 0 or 1
  void reserved(std::string_view what);            // must be 0
  double real64(std::string_view what);            // finite
  float real32(std::string_view what);             // finite

  // `count` finite floats in the file's flavour. Compares the space they need with what is left
  // before it allocates anything.
  std::vector<float> array(std::string_view what, std::int64_t count);

  // From now on arrays are tokens: names that the source knows.
  void arrays_from(ArraySource& source) { source_ = &source; }

  // True when only whitespace is left; otherwise `left` is the number of bytes left.
  bool at_end(std::size_t& left);

  [[noreturn]] void fail(std::string_view fact) const;
  // Refuses `actual` != `expected`, naming both and what the expectation comes from.
  void require_equal(std::string_view what, std::int64_t actual, std::int64_t expected,
                     std::string_view because) const;

  int version = 0;  // of the model, known after its header: several records depend on it

 private:
  friend class Section;
  void skip_whitespace();
  std::vector<float> binary_array(std::string_view what, std::int64_t count);
  std::vector<float> text_array(std::string_view what, std::int64_t count);

  std::string_view data_;
  std::size_t at_ = 0;
  std::size_t token_at_ = 0;  // start of the last token or array: where errors point
  bool text_;
  ArraySource* source_ = nullptr;
  std::string file_;
  std::vector<std::string> places_;  // open records, outermost first
};

// The record being read, for messages. Its life is the record's extent in the file.
class Section {
 public:
  Section(Reader& reader, std::string_view kind);
  ~Section();
  Section(const Section&) = delete;
  Section& operator=(const Section&) = delete;
  // Reads the name token that starts almost every record, and uses it in messages from now on.
  std::string name();

 private:
  Reader& reader_;
};

}  // namespace hayago::nn

#include "tests/support/info_line.h"

#include <cmath>
#include <cstdlib>
#include <regex>
#include <stdexcept>
#include <vector>

namespace hayago::test {
namespace {

class Reader {
 public:
  Reader(const std::string& line, const InfoShape& shape) : shape_(shape) {
    std::size_t start = 0;
    for (;;) {
      const std::size_t end = line.find(' ', start);
      words_.push_back(line.substr(start, end - start));
      if (words_.back().empty()) throw std::runtime_error("an empty word (two blanks in a row)");
      if (end == std::string::npos) break;
      start = end + 1;
    }
  }

  void read() {
    int order = 0;
    do {
      shape_.lz ? read_lz_group(order) : read_kata_group(order);
      ++order;
    } while (peek() == "info");
    if (shape_.root_info) read_root_info();
    if (shape_.ownership) numbers("ownership", area());
    if (!peek().empty()) throw std::runtime_error("surplus '" + peek() + "'");
  }

 private:
  std::string peek() const { return next_ < words_.size() ? words_[next_] : ""; }
  const std::string& take() {
    if (next_ >= words_.size()) throw std::runtime_error("the line ends too early");
    return words_[next_++];
  }
  int area() const { return shape_.x_size * shape_.y_size; }

  void key(const std::string& name) {
    const std::string& word = take();
    if (word != name) throw std::runtime_error("'" + word + "' where '" + name + "' belongs");
  }
  void expect(const std::string& what, bool good) const {
    if (!good) throw std::runtime_error(what + " is not '" + words_[next_ - 1] + "'");
  }
  void number(const std::string& name) {
    key(name);
    number_word(name);
  }
  void number_word(const std::string& name) {
    const std::string& word = take();
    char* end = nullptr;
    const double value = std::strtod(word.c_str(), &end);
    expect(name, *end == '\0' && std::isfinite(value) &&
                     word.find_first_not_of("-+.e0123456789") == std::string::npos);
  }
  void integer(const std::string& name, bool may_be_negative = false) {
    key(name);
    const std::string& word = take();
    const std::size_t start = may_be_negative && word[0] == '-' ? 1 : 0;
    expect(name,
           word.size() > start && word.find_first_not_of("0123456789", start) == std::string::npos);
  }
  void numbers(const std::string& name, int count) {
    key(name);
    for (int i = 0; i < count; ++i) number_word(name);
  }
  bool is_vertex(const std::string& word) const {
    static const std::regex pattern("([A-HJ-Z])([1-9][0-9]?)");
    std::smatch match;
    if (word == "pass") return true;
    if (!std::regex_match(word, match, pattern)) return false;
    const char letter = match[1].str()[0];
    const int column = letter - 'A' + (letter < 'I' ? 1 : 0);
    return column <= shape_.x_size && std::stoi(match[2]) <= shape_.y_size;
  }
  void vertex(const std::string& name) {
    key(name);
    take();
    expect(name, is_vertex(words_[next_ - 1]));
  }

  void read_head() {
    key("info");
    vertex("move");
    integer("visits");
  }
  void read_order_and_pv(int order) {
    key("order");
    take();
    expect("order " + std::to_string(order), words_[next_ - 1] == std::to_string(order));
    key("pv");
    int moves = 0;
    for (; is_vertex(peek()); ++moves) ++next_;
    if (moves == 0) throw std::runtime_error("a pv without moves");
    if (shape_.pv_visits) counts("pvVisits", moves);
    if (shape_.pv_edge_visits) counts("pvEdgeVisits", moves);
    if (shape_.moves_ownership) numbers("movesOwnership", area());
  }
  void counts(const std::string& name, int count) {
    key(name);
    for (int i = 0; i < count; ++i) {
      const std::string& word = take();
      expect(name, word.find_first_not_of("0123456789") == std::string::npos);
    }
  }

  void read_lz_group(int order) {
    read_head();
    for (const char* name : {"winrate", "prior", "lcb"}) integer(name, true);
    read_order_and_pv(order);
  }
  void read_kata_group(int order) {
    read_head();
    integer("edgeVisits");
    for (const char* name : {"utility", "winrate", "scoreMean", "scoreStdev", "scoreLead",
                             "scoreSelfplay", "prior", "lcb", "utilityLcb", "weight"}) {
      number(name);
    }
    if (peek() == "isSymmetryOf") vertex("isSymmetryOf");
    read_order_and_pv(order);
  }
  void read_root_info() {
    key("rootInfo");
    integer("visits");
    for (const char* name :
         {"utility", "winrate", "scoreMean", "scoreStdev", "scoreLead", "scoreSelfplay", "weight",
          "rawStWrError", "rawStScoreError", "rawVarTimeLeft"}) {
      number(name);
    }
  }

  InfoShape shape_;
  std::vector<std::string> words_;
  std::size_t next_ = 0;
};

}  // namespace

std::string info_line_problem(const std::string& line, const InfoShape& shape) {
  try {
    Reader(line, shape).read();
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return "";
}

}  // namespace hayago::test

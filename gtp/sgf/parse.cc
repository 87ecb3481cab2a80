// The syntax: game trees, nodes, properties. What they mean is decided in game.cc.
#include <algorithm>

#include "gtp/sgf/encoding.h"
#include "gtp/sgf/sgf.h"

namespace hayago::gtp {
namespace {

bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r') || c == '\0'; }
bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
bool is_lower(char c) { return c >= 'a' && c <= 'z'; }

class Parser {
 public:
  Parser(std::string_view text, const std::string& name, SgfCollection& out)
      : text_(text), name_(name), out_(out) {}

  void run() {
    if (!seek_game()) {
      throw SgfError(name_ + ": no game record found; a record starts with \"(;\"");
    }
    do {
      parse_tree();
    } while (seek_game());
  }

 private:
  [[noreturn]] void fail(const std::string& what) const {
    throw SgfError(name_ + ": line " + std::to_string(line_) + ", column " +
                   std::to_string(column()) + ": " + what);
  }
  int column() const { return static_cast<int>(at_ - line_start_) + 1; }
  bool at_end() const { return at_ >= text_.size(); }
  char peek() const { return text_[at_]; }
  void advance() {
    if (text_[at_] == '\n') {
      ++line_;
      line_start_ = at_ + 1;
    }
    ++at_;
  }
  void skip_space() {
    while (!at_end() && is_space(peek())) advance();
  }

  // Moves to the next '(' that is followed by ';'. Mail headers and other text are skipped.
  bool seek_game() {
    while (!at_end()) {
      if (peek() == '(') {
        std::size_t next = at_ + 1;
        while (next < text_.size() && is_space(text_[next])) ++next;
        if (next < text_.size() && text_[next] == ';') return true;
      }
      advance();
    }
    return false;
  }

  // One tree. `open_` holds, per unclosed '(', the node its sequence hangs on.
  void parse_tree() {
    int current = kNoSgfNode;
    do {
      skip_space();
      if (at_end()) {
        fail("the record ends early: " + std::to_string(open_.size()) +
             " '(' without a closing ')'");
      }
      const char c = peek();
      if (c == '(') {
        open_.push_back(current);
        advance();
      } else if (c == ')') {
        current = open_.back();
        open_.pop_back();
        advance();
      } else if (c == ';') {
        current = add_node(current);
        advance();
      } else if (is_upper(c) || is_lower(c)) {
        if (current == kNoSgfNode) fail("a property before the first ';'");
        parse_property(current);
      } else {
        fail(std::string("expected '(', ')', ';' or a property, found '") + c + "'");
      }
    } while (!open_.empty());
  }

  int add_node(int parent) {
    if (out_.nodes.size() >= kMaxSgfNodes) {
      fail("more than " + std::to_string(kMaxSgfNodes) + " nodes");
    }
    const int id = static_cast<int>(out_.nodes.size());
    SgfNode& node = out_.nodes.emplace_back();
    node.parent = parent;
    node.line = line_;
    node.column = column();
    last_child_.push_back(kNoSgfNode);
    if (parent == kNoSgfNode) {
      out_.roots.push_back(id);
      return id;
    }
    int& last = last_child_[static_cast<std::size_t>(parent)];
    if (last == kNoSgfNode) {
      out_.nodes[static_cast<std::size_t>(parent)].first_child = id;
    } else {
      out_.nodes[static_cast<std::size_t>(last)].next_sibling = id;
    }
    last = id;
    return id;
  }

  void parse_property(int node) {
    SgfProperty property;
    property.line = line_;
    property.column = column();
    std::string written;
    for (; !at_end() && (is_upper(peek()) || is_lower(peek())); advance()) {
      written.push_back(peek());
      // FF[1] to FF[3] allow "SiZe[19]"; only the capitals count.
      if (is_upper(peek())) property.name.push_back(peek());
    }
    if (property.name.empty()) fail("the property name \"" + written + "\" has no capital letter");
    skip_space();
    if (at_end() || peek() != '[') fail("expected '[' after the property name " + written);
    while (!at_end() && peek() == '[') {
      property.values.push_back(parse_value());
      skip_space();
    }
    auto& all = out_.nodes[static_cast<std::size_t>(node)].properties;
    const auto same = std::find_if(all.begin(), all.end(),
                                   [&](const SgfProperty& p) { return p.name == property.name; });
    if (same == all.end()) {
      // The standard knows about 70 names; the limit keeps the search above linear.
      if (all.size() >= 500) fail("more than 500 different properties in one node");
      all.push_back(std::move(property));
    } else {
      std::move(property.values.begin(), property.values.end(), std::back_inserter(same->values));
    }
  }

  // From '[' to the matching ']', with escapes resolved; an escaped line break disappears.
  std::string parse_value() {
    const int start_line = line_;
    advance();
    std::string value;
    while (!at_end() && peek() != ']') {
      if (peek() == '\\') {
        advance();
        if (at_end()) break;
        if (is_line_break()) {
          skip_line_break();
          continue;
        }
      }
      value.push_back(peek());
      advance();
    }
    if (at_end())
      fail("a property value opened on line " + std::to_string(start_line) + " has no closing ']'");
    advance();
    return value;
  }
  bool is_line_break() const { return peek() == '\n' || peek() == '\r'; }
  void skip_line_break() {
    const char first = peek();
    advance();
    if (!at_end() && is_line_break() && peek() != first) advance();
  }

  std::string_view text_;
  const std::string& name_;
  SgfCollection& out_;
  std::vector<int> open_, last_child_;
  std::size_t at_ = 0, line_start_ = 0;
  int line_ = 1;
};

}  // namespace

const SgfProperty* SgfNode::find(std::string_view name) const {
  const auto at = std::find_if(properties.begin(), properties.end(),
                               [&](const SgfProperty& p) { return p.name == name; });
  return at == properties.end() ? nullptr : &*at;
}

SgfCollection parse_sgf(std::string_view bytes, const std::string& name) {
  if (bytes.size() > kMaxSgfBytes) {
    throw SgfError(name + ": larger than " + std::to_string(kMaxSgfBytes >> 20) +
                   " MiB, too large for a game record");
  }
  SgfCollection out;
  const std::string text = decode_sgf_bytes(bytes, out.warnings);
  Parser(text, name, out).run();
  return out;
}

}  // namespace hayago::gtp

#include "gtp/protocol/analyze_args.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "gtp/config/parse.h"
#include "gtp/protocol/text.h"

namespace hayago::gtp {
namespace {

using search::Board;
using search::Color;
using search::Loc;
using search::Player;

// Reads words one after the other; every function returns false if the word does not fit, and
// then `problem` says why.
class Parser {
 public:
  Parser(const std::vector<std::string>& words, const Board& board, AnalyzeArgs& out)
      : words_(words), board_(board), out_(out) {}

  bool parse() {
    if (!words_.empty()) {
      if (const auto player = search::parse_player(words_[0])) {
        out_.player = *player;
        ++next_;
      }
    }
    if (next_ < words_.size() && read_interval(words_[next_])) ++next_;
    while (next_ < words_.size()) {
      if (!parse_pair()) return false;
    }
    return true;
  }
  const std::string& problem() const { return problem_; }

 private:
  bool fail(const std::string& problem) {
    problem_ = "analyze arguments: " + problem;
    return false;
  }
  // A key's value is not what belongs there.
  bool bad_value(const std::string& key, const std::string& value, const std::string& expected) {
    return fail(fmt::format("{} expects {}, not '{}'", key, expected, value));
  }

  bool parse_pair() {
    const std::string& key = words_[next_++];
    if (key == "avoid" || key == "allow") return parse_move_list(key == "allow");
    const bool known = is_plain_key(key) || find_flag(key) != nullptr;
    if (!known) {
      return fail(fmt::format(
          "word {}, '{}', is no {}; the form is [COLOR] [INTERVAL] "
          "[KEY VALUE]... with the keys {}",
          next_, key, next_ == 1 ? "color, interval or key" : "key", join(known_keys(), ", ")));
    }
    if (next_ >= words_.size()) return fail(fmt::format("the value of {} is missing", key));
    const std::string& value = words_[next_++];
    if (key == "interval") {
      return read_interval(value) || bad_value(key, value, "centiseconds from 0");
    }
    if (is_plain_key(key)) {
      int& count = key == "minmoves" ? out_.min_moves : out_.max_moves;
      return read_count(value, count) || bad_value(key, value, "a number of moves");
    }
    const auto on = parse_bool(value);
    if (on) out_.*find_flag(key)->member = *on;
    return on.has_value() || bad_value(key, value, "true or false");
  }

  struct Flag {
    const char* name;
    bool AnalyzeArgs::*member;
  };
  static constexpr std::array<Flag, 8> kFlags{{
      {"rootInfo", &AnalyzeArgs::root_info},
      {"ownership", &AnalyzeArgs::ownership},
      {"ownershipStdev", &AnalyzeArgs::ownership_stdev},
      {"movesOwnership", &AnalyzeArgs::moves_ownership},
      {"movesOwnershipStdev", &AnalyzeArgs::moves_ownership_stdev},
      {"pvVisits", &AnalyzeArgs::pv_visits},
      {"pvEdgeVisits", &AnalyzeArgs::pv_edge_visits},
      {"noResultValue", &AnalyzeArgs::no_result_value},
  }};
  // The kata- forms only.
  const Flag* find_flag(const std::string& key) const {
    if (out_.style != AnalyzeStyle::kKata) return nullptr;
    const auto at = std::find_if(kFlags.begin(), kFlags.end(),
                                 [&](const Flag& flag) { return key == flag.name; });
    return at == kFlags.end() ? nullptr : &*at;
  }
  static bool is_plain_key(const std::string& key) {
    return key == "interval" || key == "minmoves" || key == "maxmoves";
  }
  std::vector<std::string> known_keys() const {
    std::vector<std::string> keys{"interval", "minmoves", "maxmoves", "avoid", "allow"};
    if (out_.style != AnalyzeStyle::kKata) return keys;
    for (const Flag& flag : kFlags) keys.emplace_back(flag.name);
    return keys;
  }

  bool read_interval(const std::string& word) {
    const auto value = parse_double(word);
    if (!value || *value < 0 || *value >= 1e25) return false;
    out_.interval = value;
    return true;
  }

  static bool read_count(const std::string& word, int& out) {
    const auto value = parse_int(word);
    if (!value || *value < 0 || *value >= 1000000000) return false;
    out = *value;
    return true;
  }

  // COLOR V,V,... DEPTH
  bool parse_move_list(bool allow) {
    const std::string key = allow ? "allow" : "avoid";
    if (next_ + 3 > words_.size()) {
      return fail(key + " expects COLOR VERTEX,VERTEX,... DEPTH");
    }
    const auto player = search::parse_player(words_[next_]);
    if (!player) return fail(key + ": " + not_a_color(words_[next_]));
    std::vector<Loc> moves;
    for (const std::string& text : split(words_[next_ + 1], ',')) {
      if (text.empty()) continue;
      const auto move = search::parse_loc(text, board_);
      if (!move) return fail(key + ": " + not_a_point(text, board_) + " nor 'pass'");
      moves.push_back(*move);
    }
    const auto depth = parse_int(words_[next_ + 2]);
    if (!depth || *depth < 1) return bad_value(key, words_[next_ + 2], "a depth from 1");
    next_ += 3;
    return add_restriction(allow, *player, moves, *depth);
  }

  bool add_restriction(bool allow, Player player, const std::vector<Loc>& moves, int depth) {
    Seen& seen = player == Color::kBlack ? black_seen_ : white_seen_;
    if (allow ? seen != Seen::kNothing : seen == Seen::kAllow) {
      return fail("allow can be given once per color, and not together with avoid");
    }
    seen = allow ? Seen::kAllow : Seen::kAvoid;
    std::vector<int>& depths = player == Color::kBlack ? out_.avoid.black : out_.avoid.white;
    depths.resize(search::kLocCount, allow ? depth : 0);
    for (const Loc move : moves) {
      int& entry = depths[static_cast<std::size_t>(move)];
      entry = allow ? 0 : std::max(entry, depth);
    }
    return true;
  }

  enum class Seen { kNothing, kAvoid, kAllow };
  const std::vector<std::string>& words_;
  const Board& board_;
  AnalyzeArgs& out_;
  std::size_t next_ = 0;
  Seen black_seen_ = Seen::kNothing, white_seen_ = Seen::kNothing;
  std::string problem_;
};

}  // namespace

double AnalyzeArgs::period_seconds() const {
  constexpr double kNever = 1e7;         // seconds
  constexpr double kContinuous = 0.001;  // interval 0: as often as is sensible
  if (!interval || *interval / 100 >= kNever) return 0;
  return std::max(*interval / 100, kContinuous);
}

std::optional<AnalyzeArgs> parse_analyze_args(const std::vector<std::string>& words,
                                              AnalyzeStyle style, Player next, const Board& board,
                                              std::string* problem) {
  AnalyzeArgs args;
  args.style = style;
  args.player = next;
  Parser parser(words, board, args);
  if (parser.parse()) return args;
  if (problem != nullptr) *problem = parser.problem();
  return std::nullopt;
}

}  // namespace hayago::gtp

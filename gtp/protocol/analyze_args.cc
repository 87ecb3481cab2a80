#include "gtp/protocol/analyze_args.h"

#include <algorithm>
#include <array>

#include "gtp/config/parse.h"

namespace hayago::gtp {
namespace {

using search::Board;
using search::Color;
using search::Loc;
using search::Player;

// Reads words one after the other; every function returns false if the word does not fit.
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

 private:
  bool parse_pair() {
    const std::string& key = words_[next_++];
    if (key == "avoid" || key == "allow") return parse_move_list(key == "allow");
    if (next_ >= words_.size()) return false;
    const std::string& value = words_[next_++];
    if (key == "interval") return read_interval(value);
    if (key == "minmoves") return read_count(value, out_.min_moves);
    if (key == "maxmoves") return read_count(value, out_.max_moves);
    if (out_.style != AnalyzeStyle::kKata) return false;
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
    for (const Flag& flag : kFlags) {
      if (key != flag.name) continue;
      const auto on = parse_bool(value);
      if (on) out_.*flag.member = *on;
      return on.has_value();
    }
    return false;
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
    if (next_ + 3 > words_.size()) return false;
    const auto player = search::parse_player(words_[next_]);
    const auto depth = parse_int(words_[next_ + 2]);
    if (!player || !depth || *depth < 1) return false;
    std::vector<Loc> moves;
    for (const std::string& text : split(words_[next_ + 1], ',')) {
      if (text.empty()) continue;
      const auto move = search::parse_loc(text, board_);
      if (!move) return false;
      moves.push_back(*move);
    }
    next_ += 3;
    Seen& seen = *player == Color::kBlack ? black_seen_ : white_seen_;
    if (allow ? seen != Seen::kNothing : seen == Seen::kAllow) return false;
    seen = allow ? Seen::kAllow : Seen::kAvoid;
    std::vector<int>& depths = *player == Color::kBlack ? out_.avoid.black : out_.avoid.white;
    depths.resize(search::kLocCount, allow ? *depth : 0);
    for (const Loc move : moves) {
      int& entry = depths[static_cast<std::size_t>(move)];
      entry = allow ? 0 : std::max(entry, *depth);
    }
    return true;
  }

  enum class Seen { kNothing, kAvoid, kAllow };
  const std::vector<std::string>& words_;
  const Board& board_;
  AnalyzeArgs& out_;
  std::size_t next_ = 0;
  Seen black_seen_ = Seen::kNothing, white_seen_ = Seen::kNothing;
};

}  // namespace

double AnalyzeArgs::period_seconds() const {
  constexpr double kNever = 1e7;         // seconds
  constexpr double kContinuous = 0.001;  // interval 0: as often as is sensible
  if (!interval || *interval / 100 >= kNever) return 0;
  return std::max(*interval / 100, kContinuous);
}

std::optional<AnalyzeArgs> parse_analyze_args(const std::vector<std::string>& words,
                                              AnalyzeStyle style, Player next, const Board& board) {
  AnalyzeArgs args;
  args.style = style;
  args.player = next;
  if (!Parser(words, board, args).parse()) return std::nullopt;
  return args;
}

}  // namespace hayago::gtp

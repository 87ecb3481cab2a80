#include "gtp/protocol/analyze_format.h"

#include <fmt/format.h>

#include <cmath>
#include <iterator>

#include "gtp/protocol/text.h"

namespace hayago::gtp {
namespace {

using search::MoveReport;
using search::Player;

// Values of a report in the wanted point of view.
struct Side {
  bool black = false;
  double signed_value(double white) const { return black ? -white : white; }
  double winrate(double white) const { return black ? 1 - white : white; }
};

double winrate_of(double win_loss) { return 0.5 * (1 + win_loss); }

class Line {
 public:
  Line(const search::SearchReport& report, const AnalyzeArgs& args, const AnalyzeView& view,
       const search::Board& board)
      : report_(report),
        args_(args),
        view_(view),
        board_(board),
        side_{flips_values(view.perspective, report.root.to_move)} {}

  std::string build() {
    int count = 0;
    for (const MoveReport& move : report_.moves) {
      if (count++ >= args_.max_moves) break;
      if (args_.style == AnalyzeStyle::kLz) {
        add_lz_move(move);
      } else {
        add_kata_move(move);
      }
      add_pv(move);
    }
    if (text_.empty()) return "";
    if (args_.root_info) add_root_info();
    if (args_.ownership) add_array("ownership", report_.ownership, true, false);
    if (args_.ownership_stdev) add_array("ownershipStdev", report_.ownership_stdev, false, false);
    text_.pop_back();  // every item ends in a blank
    return std::move(text_);
  }

 private:
  void add(std::string_view key, const std::string& value) {
    text_.append(key).append(" ").append(value).append(" ");
  }
  void add(std::string_view key, double value) {
    add(key, args_.style == AnalyzeStyle::kSabaki ? format_g_point(value) : format_g(value));
  }
  void add(std::string_view key, std::int64_t value) { add(key, std::to_string(value)); }
  // Per ten thousand, rounded away from zero; keeps the sign of a negative zero.
  void add_per_10000(std::string_view key, double value) {
    add(key, fmt::format("{:.0f}", std::round(value * 10000)));
  }

  double lcb_winrate(const MoveReport& move) const {
    const double radius = move.lcb_radius * view_.winrate_per_utility;
    const double white = winrate_of(move.win_loss) +
                         (report_.root.to_move == search::Color::kWhite ? -radius : radius);
    return side_.winrate(white);
  }

  void add_lz_move(const MoveReport& move) {
    add("info move", search::loc_to_string(move.move, board_));
    add("visits", move.visits);
    add_per_10000("winrate", side_.winrate(winrate_of(move.win_loss)));
    add_per_10000("prior", move.prior);
    add_per_10000("lcb", lcb_winrate(move));
    add("order", std::int64_t{move.order});
  }

  void add_kata_move(const MoveReport& move) {
    const bool white_to_move = report_.root.to_move == search::Color::kWhite;
    add("info move", search::loc_to_string(move.move, board_));
    add("visits", move.visits);
    add("edgeVisits", move.edge_visits);
    add("utility", side_.signed_value(move.utility));
    add("winrate", side_.winrate(winrate_of(move.win_loss)));
    add("scoreMean", side_.signed_value(move.lead));
    add("scoreStdev", move.score_stdev);
    add("scoreLead", side_.signed_value(move.lead));
    add("scoreSelfplay", side_.signed_value(move.score_mean));
    if (args_.no_result_value) add("noResultValue", move.no_result);
    add("prior", move.prior);
    add("lcb", lcb_winrate(move));
    add("utilityLcb", side_.signed_value(white_to_move ? move.lcb_utility : -move.lcb_utility));
    add("weight", move.weight);
    if (move.symmetry_of != search::kNullLoc) {
      add("isSymmetryOf", search::loc_to_string(move.symmetry_of, board_));
    }
    add("order", std::int64_t{move.order});
  }

  void add_pv(const MoveReport& move) {
    text_ += "pv ";
    for (const search::Loc loc : move.pv) text_ += search::loc_to_string(loc, board_) + " ";
    if (args_.pv_visits) add_counts("pvVisits", move.pv_visits);
    if (args_.pv_edge_visits) add_counts("pvEdgeVisits", move.pv_edge_visits);
    if (args_.moves_ownership) add_array("movesOwnership", move.ownership, true, true);
    if (args_.moves_ownership_stdev) {
      add_array("movesOwnershipStdev", move.ownership_stdev, false, true);
    }
  }

  void add_counts(std::string_view key, const std::vector<std::int64_t>& counts) {
    text_.append(key).append(" ");
    for (const std::int64_t count : counts) text_ += std::to_string(count) + " ";
  }

  void add_array(std::string_view key, const std::vector<double>& values, bool is_signed,
                 bool round) {
    if (values.empty()) return;
    text_.append(key).append(" ");
    for (const double white : values) {
      const double value = is_signed ? side_.signed_value(white) : white;
      text_ += format_g(round ? std::round(value * 1e6) / 1e6 : value) + " ";
    }
  }

  void add_root_info() {
    const search::RootReport& root = report_.root;
    text_ += "rootInfo ";
    add("visits", root.visits);
    add("utility", side_.signed_value(root.utility));
    add("winrate", side_.winrate(winrate_of(root.win_loss)));
    add("scoreMean", side_.signed_value(root.lead));
    add("scoreStdev", root.score_stdev);
    add("scoreLead", side_.signed_value(root.lead));
    add("scoreSelfplay", side_.signed_value(root.score_mean));
    add("weight", root.weight);
    add("rawStWrError", root.raw ? double{root.raw->shortterm_winloss_error} : -1.0);
    add("rawStScoreError", root.raw ? double{root.raw->shortterm_score_error} : -1.0);
    add("rawVarTimeLeft", root.raw ? double{root.raw->var_time_left} : -1.0);
  }

  const search::SearchReport& report_;
  const AnalyzeArgs& args_;
  const AnalyzeView& view_;
  const search::Board& board_;
  Side side_;
  std::string text_;
};

}  // namespace

AnalyzeView analyze_view(Perspective perspective, const search::SearchParams& params) {
  return {perspective, 0.5 * params.win_loss_utility_factor / (params.utility_radius() + 1e-20)};
}

search::ReportOptions report_options(const AnalyzeArgs& args, int pv_length) {
  search::ReportOptions options;
  options.min_moves = args.min_moves;
  options.pv_length = pv_length;
  options.ownership = args.ownership;
  options.ownership_stdev = args.ownership_stdev;
  options.moves_ownership = args.moves_ownership;
  options.moves_ownership_stdev = args.moves_ownership_stdev;
  options.cut_pv_before_phase_end = false;
  return options;
}

std::string format_analysis(const search::SearchReport& report, const AnalyzeArgs& args,
                            const AnalyzeView& view, const search::Board& board) {
  return Line(report, args, view, board).build();
}

}  // namespace hayago::gtp

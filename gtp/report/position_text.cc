#include "gtp/report/position_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>

#include "gtp/report/render.h"

namespace hayago::gtp {
namespace {

using search::Board;
using search::Color;
using search::Loc;
using search::MoveReport;

double winrate_percent(double white_win_loss, bool black) {
  const double white = 0.5 * (1 + std::clamp(white_win_loss, -1.0, 1.0));
  return 100 * (black ? 1 - white : white);
}

std::string value_line(const char* name, double win_loss, double lead, double score_stdev,
                       bool black) {
  return fmt::format("{:<8} winrate {:5.1f} %, score lead {} (standard deviation {:.1f})", name,
                     winrate_percent(win_loss, black), lead_text(-lead), score_stdev);
}

std::string vertices(const std::vector<Loc>& moves, const Board& board) {
  std::string text;
  for (const Loc move : moves) {
    text += (text.empty() ? "" : " ") + search::loc_to_string(move, board);
  }
  return text;
}

// Rows from the top, with coordinates; `cell` gives the text of a point, right-aligned in 5
// columns.
std::string number_board(const Board& board, const std::function<std::string(int, int)>& cell) {
  std::string text = "    ";
  for (int x = 0; x < board.x_size(); ++x) {
    const std::string vertex = search::loc_to_string(board.loc(x, 0), board);
    text += fmt::format("{:>5}", vertex.substr(0, vertex.find_first_of("0123456789")));
  }
  text += '\n';
  for (int y = 0; y < board.y_size(); ++y) {
    text += fmt::format("{:>3} ", board.y_size() - y);
    for (int x = 0; x < board.x_size(); ++x) text += fmt::format("{:>5}", cell(x, y));
    text += '\n';
  }
  return text;
}

std::size_t policy_index(const nn::NetOutput& net, int x, int y) {
  return static_cast<std::size_t>(y * net.width + x);
}

}  // namespace

std::string perspective_text(Perspective perspective, search::Player to_move) {
  return fmt::format("Winrates and ownership are {}'s.",
                     flips_values(perspective, to_move) ? "Black" : "White");
}

std::string root_text(const search::RootReport& root, Perspective perspective) {
  const bool black = flips_values(perspective, root.to_move);
  std::string text;
  if (root.visits > 1) {
    text += value_line("search", root.win_loss, root.lead, root.score_stdev, black) +
            fmt::format(", {} visits\n", root.visits);
  }
  const nn::NetOutput& net = *root.raw;
  const double mean = net.white_score_mean;
  const double stdev = std::sqrt(std::max(0.0, net.white_score_mean_sq - mean * mean));
  text += value_line("network", double{net.white_win} - double{net.white_loss}, net.white_lead,
                     stdev, black);
  return text + '\n';
}

std::string move_list_text(const search::SearchReport& report, const AnalyzeView& view,
                           const Board& board, int count) {
  const bool black = flips_values(view.perspective, report.root.to_move);
  std::string text = "  # move   visits winrate     lead   prior     lcb  variation\n";
  for (const MoveReport& move : report.moves) {
    if (move.order >= count) break;
    const double radius = move.lcb_radius * view.winrate_per_utility;
    const double sign = report.root.to_move == Color::kWhite ? -1 : 1;
    const double white_lcb = 0.5 * (1 + move.win_loss) + sign * radius;
    text +=
        fmt::format("{:>3} {:<5}{:>8} {:>6.1f}% {:>8} {:>6.2f}% {:>6.1f}%  {}\n", move.order + 1,
                    search::loc_to_string(move.move, board), move.visits,
                    winrate_percent(move.win_loss, black), lead_text(-move.lead), 100 * move.prior,
                    100 * (black ? 1 - white_lcb : white_lcb), vertices(move.pv, board));
  }
  return text;
}

std::string policy_list_text(const nn::NetOutput& net, const Board& board, int count) {
  std::vector<std::pair<float, Loc>> moves{{net.policy.back(), search::kPassLoc}};
  for (int y = 0; y < board.y_size(); ++y) {
    for (int x = 0; x < board.x_size(); ++x) {
      moves.emplace_back(net.policy[policy_index(net, x, y)], board.loc(x, y));
    }
  }
  std::stable_sort(moves.begin(), moves.end(),
                   [](const auto& a, const auto& b) { return a.first > b.first; });
  std::string text = "  # move    policy\n";
  int number = 0;
  for (const auto& [policy, move] : moves) {
    if (policy < 0 || number >= count) break;
    text += fmt::format("{:>3} {:<5}{:>9.2f}%\n", ++number, search::loc_to_string(move, board),
                        100 * policy);
  }
  return text;
}

std::string policy_board_text(const nn::NetOutput& net, const Board& board) {
  const auto percent = [](float policy) {
    return policy < 0 ? std::string("-") : fmt::format("{:.1f}", 100 * policy);
  };
  return number_board(board,
                      [&](int x, int y) { return percent(net.policy[policy_index(net, x, y)]); }) +
         fmt::format("pass {}\n", percent(net.policy.back()));
}

std::string ownership_board_text(const std::vector<double>& values, const Board& board,
                                 Perspective perspective, search::Player to_move) {
  const double sign = flips_values(perspective, to_move) ? -100 : 100;
  return number_board(board, [&](int x, int y) {
    const auto index = static_cast<std::size_t>(y * board.x_size() + x);
    return fmt::format("{:+.0f}", std::round(sign * values[index]) + 0.0);  // never "-0"
  });
}

}  // namespace hayago::gtp

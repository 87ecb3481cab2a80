#include "search/select/anti_mirror.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

namespace hayago::search {
namespace {

constexpr double kForce = 100;  // more than any difference of utilities

}  // namespace

AntiMirror::AntiMirror(const SearchContext& c, const GameState& state,
                       const std::vector<float>& policy)
    : c_(c), mirror_(c.mirror), state_(state), board_(state.board()) {
  if (!mirror_.active) return;
  applies_ = mirrored_since(state, c.root_state.moves().size(), 0);
  if (!applies_) return;
  mirrorer_to_move_ = state.next_player() == mirror_.mirrorer;
  difficult_ = is_mirror_difficult(mirror_, board_);
  depth_ = c.depth(state);
  sign_ = sign_for_white(state.next_player());
  if (!state.moves().empty()) last_ = state.moves().back().loc;
  if (mirrorer_to_move_ && last_ != kPassLoc && last_ != kNullLoc) {
    reply_ = mirror_loc(board_, last_);
    if (policy[static_cast<std::size_t>(c.pos(reply_))] < 0) reply_ = kPassLoc;
  }
}

bool AntiMirror::touches_center_chain(Loc move) const {
  if (mirror_.center == kNullLoc || board_.at(mirror_.center) == Color::kEmpty) return false;
  const Loc head = board_.chain_head(mirror_.center);
  const auto offsets = board_.neighbour_offsets();
  return std::any_of(offsets.begin(), offsets.end(), [&](Loc offset) {
    const Loc next = static_cast<Loc>(move + offset);
    return board_.at(next) == board_.at(mirror_.center) && board_.chain_head(next) == head;
  });
}

double AntiMirror::wish(Loc move) const {
  if (mirrorer_to_move_) return move == reply_ ? (difficult_ ? 3.0 : 1.0) : 0.0;
  if (move == kPassLoc) return 0;
  // Twice the distance from the middle, so that even sizes work too.
  const int x = std::abs(2 * board_.x_of(move) - (board_.x_size() - 1));
  const int y = std::abs(2 * board_.y_of(move) - (board_.y_size() - 1));
  double wish = 0;
  if (x <= 1 && y <= 1) {
    wish = 0.3;
  } else if (x <= 3 && y <= 3) {
    wish = 0.05;
  }
  if (mirror_.root_center_taken) {
    const int distance_sq = center_distance_sq(mirror_, board_, move);
    if (touches_center_chain(move) || distance_sq <= 2) {
      wish = std::max(wish, 0.05);
    } else if (distance_sq <= 4) {
      wish = std::max(wish, 0.03);
    }
  }
  return wish;
}

float AntiMirror::prior(Loc move, float q) const {
  if (!applies_ || q < 0) return q;
  const double amount = wish(move);
  if (amount <= 0) return q;
  return q +
         (1.0f - q) * static_cast<float>(amount / (1.0 + std::sqrt(static_cast<double>(depth_))));
}

double AntiMirror::explore(Loc move, double utility, double weight, double total,
                           double parent_utility) const {
  if (!applies_) return utility;
  const double rho = std::max(0.3, 1.0 - 0.7 * parent_utility * parent_utility);
  if (mirrorer_to_move_) {
    return move == reply_ ? explore_mirror(utility, weight, total, rho) : utility;
  }
  if (move == kPassLoc) return utility;
  return explore_center(move, utility, weight, total, parent_utility, rho);
}

double AntiMirror::explore_mirror(double utility, double weight, double total, double rho) const {
  const double error = mirror_.center_error;
  double forced = 0.05, favoured = 0.10;  // shares of the weight
  if (difficult_) {
    forced = 0.20;
    favoured = 0.75;
    if (reply_ != kPassLoc) {
      const double distance =
          std::sqrt(static_cast<double>(center_distance_sq(mirror_, board_, reply_)));
      forced = std::max(forced, 1.0 / (0.75 + 0.5 * distance) / std::max(1.0, error));
    }
  } else if (mirror_.advantage >= 5) {
    forced = 0.15;
    favoured = 0.50;
  } else if (mirror_.advantage >= -5) {
    forced = 0.10 + mirror_.advantage;
    favoured = 0.30 + 4 * mirror_.advantage;
  }
  if (reply_ == kPassLoc) forced *= 0.35 / std::max(1.0, std::sqrt(error));
  if (error >= 1) {
    forced /= error;
    favoured /= error;
  }
  if (weight < forced * total) utility += kForce * sign_;
  if (weight < favoured * total) utility += 0.18 * sign_ * rho;
  if (weight < 0.5 * favoured * total) utility += 0.36 * sign_ * rho;
  return utility;
}

double AntiMirror::explore_center(Loc move, double utility, double weight, double total,
                                  double parent_utility, double rho) const {
  double forced = 0;
  if (difficult_) {
    if (touches_center_chain(move)) {
      const double liberties = board_.liberties(mirror_.center);
      utility += 0.75 * sign_ / (1.0 + liberties) / std::max(1.0, mirror_.center_error) * rho;
      forced = 0.10 / liberties;
    }
    const int distance_sq = center_distance_sq(mirror_, board_, move);
    if (distance_sq <= 2) {
      forced = std::max(forced, 0.010);
    } else if (distance_sq <= 4) {
      forced = std::max(forced, 0.005);
    }
  }
  if (move == mirror_.center) forced = depth_ == 0 ? 0.06 : 0.12;
  const double loss = sign_ * (parent_utility - utility);
  if (loss > 0 && loss * forced > 0.03) forced += 0.5 * (0.03 / loss - forced);
  if (mirror_.center != kNullLoc && last_ != kNullLoc && last_ != kPassLoc) {
    const int distance_sq = center_distance_sq(mirror_, board_, last_);
    if (distance_sq <= 16) forced *= 0.9;
    if (distance_sq <= 5) forced *= 0.825;
    if (distance_sq <= 2) forced *= 0.75;
  }
  return weight < forced * total ? utility + kForce * sign_ : utility;
}

}  // namespace hayago::search

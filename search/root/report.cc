#include "search/root/report.h"

#include <algorithm>
#include <cmath>

#include "search/root/ownership.h"
#include "search/root/pv.h"
#include "search/select/explore.h"
#include "search/update/values.h"

namespace hayago::search {
namespace {

double stdev_of(double mean, double mean_sq) {
  return std::sqrt(std::max(0.0, mean_sq - mean * mean));
}

void copy_values(const NodeStats& s, RootReport& out) {
  out.win_loss = std::clamp(s.win_loss, -1.0, 1.0);
  out.no_result = s.no_result;
  out.score_mean = s.score_mean;
  out.score_stdev = stdev_of(s.score_mean, s.score_sq);
  out.lead = s.lead;
  out.utility = s.utility;
}

void fill_head(const SearchContext& c, const NodeStats& s, RootReport& out) {
  out.to_move = c.root_player;
  out.visits = s.visits;
  out.weight = s.weight;
}

// Values of moves that have no visits, from the root's (section 19.1).
struct Fallback {
  NodeStats root;
  double fpu = 0;
  double win_loss = 0;
};

Fallback make_fallback(const SearchContext& c, const Node& root, const PlayValues& values) {
  Fallback f;
  f.root = root.stats.read();
  double mass = 0;
  for (const Loc move : values.moves) {
    mass +=
        std::max(0.0, static_cast<double>(c.root_policy[static_cast<std::size_t>(c.pos(move))]));
  }
  f.fpu = first_play_urgency(c, f.root, *root.output(), root.next_player, mass, true);
  if (c.params.win_loss_utility_factor == 1) {
    f.win_loss = std::clamp(f.root.win_loss + (f.fpu - f.root.utility), -1.0, 1.0);
  }
  return f;
}

void fill_values(const Fallback& f, const NodeStats& child, double edge_weight, MoveReport& m) {
  if (child.visits > 0 && child.weight > 1e-30) {
    m.utility = child.utility;
    m.win_loss = std::clamp(child.win_loss, -1.0, 1.0);
    m.no_result = child.no_result;
    m.score_mean = child.score_mean;
    m.score_stdev = stdev_of(child.score_mean, child.score_sq);
    m.lead = child.lead;
    m.edge_weight = edge_weight;
  } else {
    m.utility = f.fpu;
    m.win_loss = f.win_loss;
    m.score_mean = f.root.score_mean;
    m.score_stdev = stdev_of(f.root.score_mean, f.root.score_sq);
    m.lead = f.root.lead;
  }
}

void fill_priors(const SearchContext& c, const Node& root, MoveReport& m) {
  m.prior = c.root_prior(m.move);
  if (const Evaluation* human = root.human_output()) {
    m.human_prior = std::max(0.0f, human->prior(c.pos(m.move)));
  }
}

class MoveList {
 public:
  MoveList(const SearchContext& c, const Node& root, const ReportOptions& options)
      : c_(c), root_(root), options_(options) {}

  std::vector<MoveReport> make() {
    ChoiceOptions choice;
    choice.at_least = 1;
    choice.always_lcb = true;
    const bool chosen = play_values(c_, root_, true, choice, values_);
    if (values_.edges.empty()) return {};
    fallback_ = make_fallback(c_, root_, values_);
    for (std::size_t i = 0; i < values_.edges.size(); ++i) add_edge(i, chosen);
    append_by_policy();
    std::stable_sort(moves_.begin(), moves_.end(), [](const MoveReport& a, const MoveReport& b) {
      if ((a.edge_visits > 0) != (b.edge_visits > 0)) return a.edge_visits > 0;
      if (a.play_selection_value != b.play_selection_value) {
        return a.play_selection_value > b.play_selection_value;
      }
      if (a.edge_visits != b.edge_visits) return a.edge_visits > b.edge_visits;
      return a.prior > b.prior;
    });
    std::vector<MoveReport> out = options_.duplicate_for_symmetries && c_.root_symmetries.size() > 1
                                      ? with_symmetric_copies()
                                      : std::move(moves_);
    for (std::size_t i = 0; i < out.size(); ++i) out[i].order = static_cast<int>(i);
    return out;
  }

 private:
  void add_edge(std::size_t i, bool chosen) {
    const EdgeView& edge = values_.edges[i];
    MoveReport& m = moves_.emplace_back();
    m.move = edge.move;
    m.visits = edge.stats.visits;
    m.edge_visits = edge.edge_visits;
    m.weight = edge.stats.weight;
    fill_values(fallback_, edge.stats, edge.weight, m);
    fill_priors(c_, root_, m);
    if (chosen) {
      m.play_selection_value = values_.values[i];
      m.lcb_utility = values_.lcb[i].bound;
      m.lcb_radius = values_.lcb[i].radius;
    } else {
      m.lcb_radius = 2 * c_.utility_radius * c_.params.lcb_stdevs;
      m.lcb_utility = -m.lcb_radius;
    }
    m.pv = {edge.move};
    m.pv_visits = {m.visits};
    m.pv_edge_visits = {m.edge_visits};
    extend_pv(c_, *edge.child, options_, m);
    fill_ownership(edge.child, m);
  }

  // Of the node below the move, or of the root where there is none to ask.
  void fill_ownership(const Node* child, MoveReport& m) const {
    if (!options_.moves_ownership && !options_.moves_ownership_stdev) return;
    OwnershipMap map;
    const bool own = child != nullptr && average_ownership(c_, *child, map);
    if (!own && !average_ownership(c_, root_, map)) return;
    if (options_.moves_ownership) m.ownership = std::move(map.mean);
    if (options_.moves_ownership_stdev) m.ownership_stdev = std::move(map.stdev);
  }

  // kata-analyze minmoves: moves without an edge, likeliest first, the later position on ties.
  void append_by_policy() {
    const auto wanted = static_cast<std::size_t>(std::max(0, options_.min_moves));
    if (moves_.size() >= wanted) return;
    std::vector<int> positions;
    for (int pos = c_.policy_size - 1; pos >= 0; --pos) {
      const Loc move = c_.loc_of_pos[static_cast<std::size_t>(pos)];
      if (move == kNullLoc || c_.root_policy[static_cast<std::size_t>(pos)] < 0) continue;
      const auto has_move = [move](const MoveReport& m) { return m.move == move; };
      if (std::none_of(moves_.begin(), moves_.end(), has_move)) positions.push_back(pos);
    }
    std::stable_sort(positions.begin(), positions.end(), [this](int a, int b) {
      return c_.root_policy[static_cast<std::size_t>(a)] >
             c_.root_policy[static_cast<std::size_t>(b)];
    });
    for (const int pos : positions) {
      if (moves_.size() >= wanted) break;
      MoveReport& m = moves_.emplace_back();
      m.move = c_.loc_of_pos[static_cast<std::size_t>(pos)];
      fill_values(fallback_, NodeStats{}, 0, m);
      fill_priors(c_, root_, m);
      m.pv = {m.move};
      m.pv_visits = m.pv_edge_visits = {0};
      fill_ownership(nullptr, m);
    }
  }

  std::vector<MoveReport> with_symmetric_copies() const {
    const Board& board = c_.root_state.board();
    std::vector<MoveReport> out;
    std::vector<bool> listed(kLocCount, false);
    for (const MoveReport& m : moves_) {
      for (const int symmetry : c_.root_symmetries) {
        const Loc image = board.transformed_loc(m.move, symmetry);
        if (listed[static_cast<std::size_t>(image)]) continue;
        if (symmetry != 0 && c_.avoided(c_.root_player, image, 0)) continue;
        listed[static_cast<std::size_t>(image)] = true;
        MoveReport& copy = out.emplace_back(m);
        if (symmetry == 0) continue;
        copy.symmetry_of = m.move;
        copy.move = image;
        for (Loc& l : copy.pv) l = board.transformed_loc(l, symmetry);
        transform_map(copy.ownership, symmetry);
        transform_map(copy.ownership_stdev, symmetry);
      }
    }
    return out;
  }

  void transform_map(std::vector<double>& map, int symmetry) const {
    if (map.empty()) return;
    const Board& board = c_.root_state.board();
    const std::vector<double> from = map;
    for (int y = 0; y < board.y_size(); ++y) {
      for (int x = 0; x < board.x_size(); ++x) {
        const Loc image = board.transformed_loc(board.loc(x, y), symmetry);
        map[static_cast<std::size_t>(board.y_of(image) * board.x_size() + board.x_of(image))] =
            from[static_cast<std::size_t>(y * board.x_size() + x)];
      }
    }
  }

  const SearchContext& c_;
  const Node& root_;
  const ReportOptions& options_;
  PlayValues values_;
  Fallback fallback_;
  std::vector<MoveReport> moves_;
};

}  // namespace

void plain_root_values(const SearchContext& c, const Node& root, RootReport& out) {
  const NodeStats s = root.stats.read();
  fill_head(c, s, out);
  copy_values(s, out);
}

void root_values(const SearchContext& c, const Node& root, RootReport& out) {
  const NodeStats plain = root.stats.read();
  fill_head(c, plain, out);
  ChoiceOptions choice;
  choice.at_least = 1;
  choice.never_lcb = true;
  PlayValues values;
  if (!play_values(c, root, true, choice, values)) {
    copy_values(plain, out);
    return;
  }
  NodeStats sum;
  const auto add = [&sum](const NodeStats& s, double weight) {
    sum.win_loss += weight * s.win_loss;
    sum.no_result += weight * s.no_result;
    sum.score_mean += weight * s.score_mean;
    sum.score_sq += weight * s.score_sq;
    sum.lead += weight * s.lead;
    sum.utility += weight * s.utility;
    sum.weight += weight;
  };
  for (std::size_t i = 0; i < values.edges.size(); ++i) {
    const EdgeView& edge = values.edges[i];
    if (edge.stats.visits <= 0 || edge.stats.weight <= 0 || edge.edge_visits <= 0) continue;
    add(edge.stats, values.values[i]);
  }
  const LeafValue own = network_value(c, *root.output());
  add(first_stats(own), own.weight);
  for (double* value :
       {&sum.win_loss, &sum.no_result, &sum.score_mean, &sum.score_sq, &sum.lead, &sum.utility}) {
    *value /= sum.weight;
  }
  copy_values(sum, out);
}

bool make_report(const SearchContext& c, const Node& root, const ReportOptions& options,
                 SearchReport& out) {
  out = {};
  if (root.output() == nullptr) return false;
  root_values(c, root, out.root);
  out.root.raw = c.root_output;
  out.root.human_raw = c.root_human_output;
  const Board& board = c.root_state.board();
  out.root.this_hash = board.situation_hash(c.root_player);
  out.root.sym_hash = out.root.this_hash;
  for (int symmetry = 1; symmetry < nn::kNumSymmetries; ++symmetry) {
    out.root.sym_hash =
        std::min(out.root.sym_hash, board.transformed(symmetry).situation_hash(c.root_player));
  }
  out.moves = MoveList(c, root, options).make();
  if (options.ownership || options.ownership_stdev) {
    OwnershipMap map;
    if (average_ownership(c, root, map)) {
      if (options.ownership) out.ownership = std::move(map.mean);
      if (options.ownership_stdev) out.ownership_stdev = std::move(map.stdev);
    }
  }
  return true;
}

Surprise root_surprise(const SearchContext& c, const Node& root) {
  ChoiceOptions choice;
  choice.at_least = 1;
  choice.direct_policy = true;
  PlayValues values;
  if (!play_values(c, root, true, choice, values)) return {};
  double sum = 0;
  for (const double value : values.values) sum += value;
  Surprise out{0, 0, 0};
  for (std::size_t i = 0; i < values.moves.size(); ++i) {
    const double target = values.values[i] / sum;
    if (target <= 1e-100) continue;
    const double q = std::max(
        1e-100,
        static_cast<double>(c.root_policy[static_cast<std::size_t>(c.pos(values.moves[i]))]));
    out.surprise += target * (std::log(target) - std::log(q));
    out.search_entropy -= target * std::log(target);
  }
  for (const float q : c.root_policy) {
    if (q > 0) out.policy_entropy -= q * std::log(static_cast<double>(q));
  }
  out.surprise = std::max(0.0, out.surprise);
  out.search_entropy = std::max(0.0, out.search_entropy);
  out.policy_entropy = std::max(0.0, out.policy_entropy);
  return out;
}

}  // namespace hayago::search

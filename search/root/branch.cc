#include "search/root/branch.h"

#include <algorithm>

#include "search/root/choice.h"
#include "search/root/pv.h"
#include "search/update/child_weights.h"
#include "search/update/values.h"

namespace hayago::search {
namespace {

void copy_stats(const SearchContext& c, const NodeStats& s, BranchNode& out) {
  out.visits = s.visits;
  out.has_values = s.visits > 0 && s.weight > 0;
  out.utility = s.utility;
  out.result_utility = result_utility(c, s.win_loss, s.no_result);
  out.score_utility = score_utility(c, s.score_mean, s.score_sq);
  out.score_mean = s.score_mean;
  out.lead = s.lead;
}

class Walker {
 public:
  Walker(const SearchContext& c, int pv_length, BranchReport& out)
      : c_(c), pv_length_(pv_length), out_(out) {}

  void walk(const Node& root, const std::vector<Loc>& moves) {
    const Node* node = &root;
    BranchNode& top = out_.path.emplace_back();
    copy_stats(c_, root.stats.read(), top);
    top.pv = pv_below(root);
    for (const Loc move : moves) {
      const std::vector<Child> children = children_of(*node);
      const auto at = std::find_if(children.begin(), children.end(),
                                   [&](const Child& child) { return child.info.move == move; });
      if (at == children.end()) return;  // not in the tree: the branch stays incomplete
      out_.path.push_back(at->info);
      trail_.push_back(move);
      node = at->node;
    }
    out_.complete = true;
    out_.to_move = node->next_player;
    for (Child& child : children_of(*node)) out_.children.push_back(std::move(child.info));
  }

 private:
  struct Child {
    BranchNode info;
    const Node* node = nullptr;
  };

  // How much each edge counts in the averages of its node.
  std::vector<double> used_weights(const Node& node, const std::vector<EdgeView>& edges,
                                   bool is_root) const {
    const SearchParams& p = c_.params;
    const double sign = sign_for_white(node.next_player);
    std::vector<ChildWeight> counted;
    std::vector<std::size_t> where;
    double total = 0;
    for (std::size_t i = 0; i < edges.size(); ++i) {
      const EdgeView& edge = edges[i];
      if (edge.stats.visits <= 0 || edge.weight <= 0) continue;
      counted.push_back(
          {sign * edge.stats.utility, std::max(1e-30, prior(edge, is_root)), edge.weight});
      where.push_back(i);
      total += edge.weight;
    }
    if (!c_.mirror.active) {
      if (p.use_noise_pruning && counted.size() >= 2 && total > 1e-5) {
        total = prune_noise(p, counted);
      }
      weight_by_value(p, counted, total, is_root && p.root_noise_enabled && !p.use_noise_pruning);
    }
    std::vector<double> out(edges.size(), 0);
    for (std::size_t i = 0; i < counted.size(); ++i) out[where[i]] = counted[i].weight;
    return out;
  }

  double prior(const EdgeView& edge, bool is_root) const {
    return is_root ? c_.root_prior(edge.move) : edge.edge->prior.load(std::memory_order_relaxed);
  }

  // Best first, in the order of reports.
  std::vector<Child> children_of(const Node& node) const {
    ChoiceOptions choice;
    choice.at_least = 1;
    choice.always_lcb = true;
    PlayValues values;
    const bool is_root = trail_.empty();
    const bool chosen = play_values(c_, node, is_root, choice, values);
    const std::vector<double> weights = used_weights(node, values.edges, is_root);
    std::vector<Child> children;
    for (std::size_t i = 0; i < values.edges.size(); ++i) {
      const EdgeView& edge = values.edges[i];
      Child& child = children.emplace_back();
      child.node = edge.child;
      BranchNode& info = child.info;
      info.move = edge.move;
      copy_stats(c_, edge.stats, info);
      info.edge_visits = edge.edge_visits;
      info.weight = weights[i];
      info.prior = prior(edge, is_root);
      if (chosen) {
        info.lcb_utility = values.lcb[i].bound;
        info.play_selection_value = values.values[i];
      }
      std::vector<Loc> trail = trail_;
      trail.push_back(edge.move);
      info.pv = pv_after(trail, *edge.child);
      info.pv.insert(info.pv.begin(), edge.move);
    }
    std::stable_sort(children.begin(), children.end(), [](const Child& a, const Child& b) {
      if (a.info.play_selection_value != b.info.play_selection_value) {
        return a.info.play_selection_value > b.info.play_selection_value;
      }
      if (a.info.edge_visits != b.info.edge_visits) return a.info.edge_visits > b.info.edge_visits;
      return a.info.prior > b.info.prior;
    });
    return children;
  }

  std::vector<Loc> pv_below(const Node& node) const {
    const std::vector<Child> children = children_of(node);
    return children.empty() ? std::vector<Loc>{} : children.front().info.pv;
  }

  // Best moves below a node; the rules that cut them need the way from the root.
  std::vector<Loc> pv_after(const std::vector<Loc>& trail, const Node& node) const {
    ReportOptions options;
    options.pv_length = pv_length_;
    MoveReport report;
    report.pv = trail;
    report.pv_visits.resize(trail.size());
    report.pv_edge_visits.resize(trail.size());
    extend_pv(c_, node, options, report);
    const auto known = static_cast<std::ptrdiff_t>(std::min(trail.size(), report.pv.size()));
    return {report.pv.begin() + known, report.pv.end()};
  }

  const SearchContext& c_;
  const int pv_length_;
  BranchReport& out_;
  std::vector<Loc> trail_;
};

}  // namespace

bool make_branch(const SearchContext& c, const Node& root, const std::vector<Loc>& moves,
                 int pv_length, BranchReport& out) {
  out = {};
  if (root.output() == nullptr) return false;
  Walker(c, pv_length, out).walk(root, moves);
  return true;
}

}  // namespace hayago::search

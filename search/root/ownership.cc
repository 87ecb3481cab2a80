#include "search/root/ownership.h"

#include <algorithm>
#include <cmath>

#include "search/update/values.h"

namespace hayago::search {
namespace {

class Averager {
 public:
  Averager(const SearchContext& c, std::int64_t visits, std::size_t size)
      : c_(c),
        min_share_(0.5 / std::pow(static_cast<double>(std::max<std::int64_t>(1, visits)), 0.75)),
        prune_share_(min_share_ / 100),
        sum_(size, 0.0),
        sum_sq_(size, 0.0) {}

  // Spreads `share` over the node and its children. False if the node has no map: the caller keeps
  // the share.
  bool add(const Node& node, double share) {
    const Evaluation* output = node.output();
    if (output == nullptr || !output->has_ownership()) return false;
    const bool on_path = std::find(path_.begin(), path_.end(), &node) != path_.end();
    const double own = share < min_share_ || on_path ? share : spread(node, *output, share);
    for (std::size_t i = 0; i < sum_.size(); ++i) {
      const double x = output->ownership(static_cast<int>(i));
      sum_[i] += own * x;
      sum_sq_[i] += own * x * x;
    }
    return true;
  }

  OwnershipMap result(const Board& board, int nn_x) const {
    OwnershipMap out;
    for (int y = 0; y < board.y_size(); ++y) {
      for (int x = 0; x < board.x_size(); ++x) {
        const auto i = static_cast<std::size_t>(y * nn_x + x);
        out.mean.push_back(sum_[i]);
        out.stdev.push_back(std::sqrt(std::max(0.0, sum_sq_[i] - sum_[i] * sum_[i])));
      }
    }
    return out;
  }

 private:
  // The children get shares by the square of their weight. Returns what the node keeps.
  double spread(const Node& node, const NetValues& output, double share) {
    struct Child {
      const Node* node;
      double weight;
    };
    std::vector<Child> children;
    double weight_sum = 0, square_sum = 0;
    node.for_each_edge([&](Edge& edge) {
      const EdgeView view = view_edge(edge);
      children.push_back({view.child, view.weight});
      weight_sum += view.weight;
      square_sum += view.weight * view.weight;
    });
    const double own_weight = std::max(1e-10, network_value(c_, output).weight);
    const double for_children = share * weight_sum / (weight_sum + own_weight);
    double own = share * own_weight / (weight_sum + own_weight);
    if (for_children <= 0 || square_sum <= 0) return own + for_children;
    path_.push_back(&node);
    for (const Child& child : children) {
      const double part = for_children * child.weight * child.weight / square_sum;
      if (part < prune_share_ || !add(*child.node, part)) own += part;
    }
    path_.pop_back();
    return own;
  }

  const SearchContext& c_;
  const double min_share_, prune_share_;
  std::vector<double> sum_, sum_sq_;
  std::vector<const Node*> path_;
};

}  // namespace

bool average_ownership(const SearchContext& c, const Node& start, OwnershipMap& out) {
  const int nn_x = c.net->config().nn_x;
  Averager averager(c, start.stats.visits(), static_cast<std::size_t>(c.policy_size - 1));
  if (!averager.add(start, 1.0)) return false;
  out = averager.result(c.root_state.board(), nn_x);
  return true;
}

}  // namespace hayago::search

#include "search/root/pv.h"

#include <algorithm>
#include <optional>

#include "search/root/choice.h"

namespace hayago::search {
namespace {

// Index of the first pass that would change the phase.
std::optional<std::size_t> phase_end(const SearchContext& c, const std::vector<Loc>& pv) {
  if (std::find(pv.begin(), pv.end(), kPassLoc) == pv.end()) return std::nullopt;
  GameState state = c.root_state;
  for (std::size_t i = 0; i < pv.size(); ++i) {
    const int phase = state.phase();
    state.make_move(pv[i], state.next_player());
    if (pv[i] == kPassLoc && state.phase() != phase) return i;
  }
  return std::nullopt;
}

}  // namespace

void extend_pv(const SearchContext& c, const Node& child, const ReportOptions& options,
               MoveReport& report) {
  ChoiceOptions choice;
  choice.at_least = 1;
  choice.direct_policy = true;
  const Node* node = &child;
  for (int i = 0; i < options.pv_length; ++i) {
    PlayValues values;
    if (!play_values(c, *node, false, choice, values) || values.edges.empty()) break;
    const auto best = static_cast<std::size_t>(
        std::max_element(values.values.begin(), values.values.end()) - values.values.begin());
    const EdgeView& edge = values.edges[best];
    report.pv.push_back(edge.move);
    report.pv_visits.push_back(edge.stats.visits);
    report.pv_edge_visits.push_back(edge.edge_visits);
    node = edge.child;
  }
  if (!c.prevent_cleanup_phase) return;
  const std::optional<std::size_t> end = phase_end(c, report.pv);
  if (!end) return;
  const std::size_t length = options.cut_pv_before_phase_end ? *end : *end + 1;
  report.pv.resize(length);
  report.pv_visits.resize(length);
  report.pv_edge_visits.resize(length);
}

}  // namespace hayago::search

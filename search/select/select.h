// Which edge a playout follows (spec/05 section 8).
#pragma once
#include <atomic>
#include <bitset>
#include <random>
#include <vector>

#include "search/context/context.h"
#include "search/tree/node.h"

namespace hayago::search {

struct Selection {
  int index = -1;        // = number of edges: a new one; -1: no move at all
  Edge* edge = nullptr;  // of an existing one
  Loc move = kNullLoc;
  float prior = 0;         // of a new one: in the node's own evaluation
  bool count_edge = true;  // false: the visit does not count for this node
  bool count_playout = true;
};

// What selection needs of an edge, read once.
struct SelectEdge {
  Edge* edge = nullptr;
  Loc move = kNullLoc;
  std::int64_t edge_visits = 0, child_visits = 0;
  double prior = 0;
  double weight = 0;   // of the edge, or of the child when the visit does not count
  double utility = 0;  // of the child; nan without visits
};

// Buffers and random numbers of one thread.
struct SelectScratch {
  std::vector<SelectEdge> edges;
  std::vector<float> policy;           // of the node, expanded when its order is not enough
  std::bitset<kMaxArea + 1> has_edge;  // by policy position
  std::mt19937_64 random;
};

// visits_left: upper bound of the playouts that this search can still do.
Selection select_edge(const SearchContext& c, const Node& node, const GameState& state,
                      bool is_root, double visits_left, SelectScratch& scratch);

}  // namespace hayago::search

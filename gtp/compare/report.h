// What a comparison says, gathered for the terminal, for programs and for the page.
#pragma once
#include <array>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "gtp/compare/comparison.h"
#include "gtp/compare/losses.h"
#include "gtp/compare/side.h"
#include "nn/plan/narrow.h"

namespace hayago::gtp {

// A layer of a quantized network.
struct LayerRow {
  std::string name, precision;  // "int8", "float"
  double mac_share = 0;         // of the layers that can be in int8
  // With this layer alone in int8: mean policy KL and winrate error. Absent if not measured.
  std::optional<double> divergence, winrate_points;
};

// What a player would accept of a network in low precision (design/quantization.md).
struct Goal {
  std::string name, must, value;
  bool met = false;
};

// All layers of the float network that can be in int8, as `precision` has them.
std::vector<LayerRow> layer_rows(const nn::ModelDesc& model, const nn::Precision& precision);

struct LossPair {
  std::string file;
  std::optional<Losses> a, b;  // absent for networks with other inputs
};

struct CompareReport {
  Side a, b;
  PositionSet positions;  // of `comparison`; empty if only losses were measured
  Comparison comparison;
  std::vector<std::string> data;   // sentences on where the positions are from
  std::vector<std::string> notes;  // what a reader must know before trusting the numbers
  std::vector<LayerRow> layers;
  std::optional<LossPair> losses;
  double seconds = 0;  // that calibration took; 0: none was run
};

inline constexpr int kGoalPositions = 8000;

// Are the two the same network, so that the goals apply?
bool is_same_network(const CompareReport& report);
// Empty unless the goals apply.
std::vector<Goal> goals_of(const CompareReport& report);

// Sentence on games that both calibrated a side and are compared with here, if that is known of
// any side.
std::vector<std::string> held_out_notes(const CompareReport& report);

std::string report_text(const CompareReport& report);
// What a file keeps of the comparison, as JSON.
std::string accuracy_summary(const CompareReport& report);

// Everything, each position included.
nlohmann::ordered_json report_json(const CompareReport& report);
std::string json_text(const CompareReport& report);
// One page without links to anything, in HTML that is well-formed XML, too.
std::string report_page(const CompareReport& report);

}  // namespace hayago::gtp

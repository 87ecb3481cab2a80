#include "gtp/tune/explain.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>

namespace hayago::gtp {
namespace {

std::string microseconds(double seconds) {
  return seconds > 0 ? fmt::format("{:>9.1f}", seconds * 1e6) : fmt::format("{:>9}", "-");
}

std::string percent_of_peak(const nn::TunedLayer& layer, double seconds, double peak_gmacs) {
  if (seconds <= 0 || peak_gmacs <= 0) return fmt::format("{:>9}", "");
  return fmt::format("{:>7.0f} %", 100 * layer.macs / seconds / (peak_gmacs * 1e9));
}

std::string reason(const nn::TunedLayer& layer) {
  constexpr std::size_t at = nn::kDecisive;
  const double base = layer.candidates[0].seconds[at];
  const double chosen = layer.candidates[layer.chosen].seconds[at];
  if (layer.chosen != 0) {
    return fmt::format("{} takes {:.0f} % less time than the default, {}",
                       choice_text(layer.candidates[layer.chosen].choice),
                       100 * (1 - chosen / base), choice_text(layer.candidates[0].choice));
  }
  const std::string kept = fmt::format("the default, {}", choice_text(layer.candidates[0].choice));
  const nn::TunedCandidate* next = nullptr;
  for (std::size_t i = 1; i < layer.candidates.size(); ++i) {
    const nn::TunedCandidate& other = layer.candidates[i];
    if (other.seconds[at] <= 0) continue;
    if (next == nullptr || other.seconds[at] < next->seconds[at]) next = &other;
  }
  if (next == nullptr) return kept + ": nothing else comes near it";
  const double more = 100 * (next->seconds[at] / base - 1);
  return fmt::format("{}: the best of the others, {}, takes {:.1f} % {}", kept,
                     choice_text(next->choice), std::abs(more),
                     more >= 0 ? "more" : "less, which is too little to tell from noise");
}

std::string layer_table(const nn::TunedLayer& layer, double peak_gmacs) {
  std::string text = fmt::format("{} ({}, {:.1f} million MACs each)\n", layer.key,
                                 layer.layers == 0   ? "instead of int8"
                                 : layer.layers == 1 ? "1 layer"
                                                     : fmt::format("{} layers", layer.layers),
                                 layer.macs * 1e-6);
  for (std::size_t i = 0; i < layer.candidates.size(); ++i) {
    const nn::TunedCandidate& candidate = layer.candidates[i];
    text +=
        fmt::format("  {} {:<42}", i == layer.chosen ? '>' : ' ', choice_text(candidate.choice));
    for (const double seconds : candidate.seconds) text += microseconds(seconds);
    text += percent_of_peak(layer, candidate.seconds[nn::kDecisive], peak_gmacs) + '\n';
  }
  return text + fmt::format("  {}\n", reason(layer));
}

std::string head_text(const TuningRecord& record) {
  return fmt::format("{}, {} thread{} at a time, {}x{} board, {}\n", record.key.processor,
                     record.threads, record.threads == 1 ? "" : "s", record.width, record.height,
                     record.date);
}

}  // namespace

std::string choice_text(const nn::CpuChoice& choice) {
  std::string text = choice.kernel.empty() ? "panels" : choice.kernel;
  if (choice.blocking.panel_vectors > 0) {
    text += fmt::format(", panels of {} vectors", choice.blocking.panel_vectors);
  }
  if (choice.blocking.positions > 0) {
    text += fmt::format(", {} position{} a pass", choice.blocking.positions,
                        choice.blocking.positions == 1 ? "" : "s");
  }
  return text;
}

std::string summary_text(const TuningRecord& record) {
  const double before = nn::default_seconds(record.report),
               after = nn::chosen_seconds(record.report);
  std::string text = head_text(record);
  text +=
      fmt::format("positions that go through the network together: {} (", record.report.positions);
  for (const auto& pass : record.report.passes) {
    text += fmt::format("{}{}: {:.2f}", &pass == record.report.passes.data() ? "" : ", ",
                        pass.positions, pass.seconds * 1e3);
  }
  text += " ms a position)\n";
  int changed = 0;
  for (const nn::TunedLayer& layer : record.report.layers) {
    if (layer.chosen == 0 || layer.layers == 0) continue;
    ++changed;
    text +=
        fmt::format("{} ({} layer{}): {}\n", layer.key, layer.layers, layer.layers == 1 ? "" : "s",
                    choice_text(layer.candidates[layer.chosen].choice));
  }
  if (changed == 0) text += "every layer keeps its default kernel\n";
  text += fmt::format(
      "convolutions and products of a position: {:.2f} ms with the defaults, {:.2f} ms tuned "
      "({:+.1f} %)\n",
      before * 1e3, after * 1e3, 100 * (after / before - 1));
  return text;
}

std::string explain_text(const TuningRecord& record) {
  std::string text = head_text(record);
  text += fmt::format(
      "microseconds a position, while all threads compute, by positions that go together; share of "
      "the FMA peak of a core ({:.1f} GMAC/s) with {}\n\n    {:<42}",
      record.peak_gmacs, nn::kTunedPositions[nn::kDecisive], "");
  for (const int positions : nn::kTunedPositions) text += fmt::format("{:>9}", positions);
  text += "  of peak\n";
  for (const nn::TunedLayer& layer : record.report.layers) {
    text += layer_table(layer, record.peak_gmacs) + '\n';
  }
  return text + summary_text(record);
}

}  // namespace hayago::gtp

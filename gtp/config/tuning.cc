#include "gtp/config/tuning.h"

#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <sstream>

#include "gtp/config/config.h"
#include "gtp/config/parse.h"
#include "nn/model/sha256.h"

namespace hayago::gtp {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

std::optional<std::string> field_of(const std::string& cpuinfo, std::string_view name) {
  std::istringstream lines(cpuinfo);
  for (std::string line; std::getline(lines, line);) {
    const std::size_t colon = line.find(':');
    if (colon == std::string::npos || trim(line.substr(0, colon)) != name) continue;
    return std::string(trim(line.substr(colon + 1)));
  }
  return std::nullopt;
}

Json choice_json(const nn::CpuChoice& choice) {
  return {{"kernel", choice.kernel},
          {"panel_vectors", choice.blocking.panel_vectors},
          {"pass_positions", choice.blocking.positions}};
}

Json layer_json(const nn::TunedLayer& layer) {
  Json candidates = Json::array();
  for (const nn::TunedCandidate& candidate : layer.candidates) {
    Json entry = choice_json(candidate.choice);
    entry["seconds"] = candidate.seconds;
    candidates.push_back(std::move(entry));
  }
  return {{"shape", layer.key},
          {"layers", layer.layers},
          {"macs", layer.macs},
          {"chosen", layer.chosen},
          {"candidates", std::move(candidates)}};
}

nn::TunedLayer layer_from(const Json& json) {
  nn::TunedLayer layer;
  layer.key = json.at("shape").get<std::string>();
  layer.layers = json.at("layers").get<int>();
  layer.macs = json.at("macs").get<double>();
  layer.chosen = json.at("chosen").get<std::size_t>();
  for (const Json& entry : json.at("candidates")) {
    nn::TunedCandidate candidate;
    candidate.choice.kernel = entry.at("kernel").get<std::string>();
    candidate.choice.blocking.panel_vectors = entry.at("panel_vectors").get<int>();
    candidate.choice.blocking.positions = entry.at("pass_positions").get<int>();
    candidate.seconds = entry.at("seconds").get<std::vector<double>>();
    if (candidate.seconds.size() != std::size(nn::kTunedPositions)) {
      throw std::invalid_argument(fmt::format("{}: {} times of a candidate (expected {})",
                                              layer.key, candidate.seconds.size(),
                                              std::size(nn::kTunedPositions)));
    }
    layer.candidates.push_back(std::move(candidate));
  }
  if (layer.chosen >= layer.candidates.size()) {
    throw std::invalid_argument(fmt::format("{}: candidate {} of {} is chosen", layer.key,
                                            layer.chosen, layer.candidates.size()));
  }
  return layer;
}

TuningRecord record_from(const Json& json) {
  TuningRecord record;
  record.key = {json.at("processor").get<std::string>(), json.at("subject").get<std::string>()};
  record.date = json.at("date").get<std::string>();
  record.threads = json.at("threads").get<int>();
  record.height = json.at("height").get<int>();
  record.width = json.at("width").get<int>();
  record.peak_gmacs = json.at("peak_gmacs").get<double>();
  record.report.positions = json.at("positions").get<int>();
  bool measured = false;
  for (const Json& pass : json.at("passes")) {
    record.report.passes.push_back(
        {pass.at("positions").get<int>(), pass.at("seconds").get<double>()});
    measured = measured || record.report.passes.back().positions == record.report.positions;
  }
  if (!measured || record.report.positions < 1) {
    throw std::invalid_argument(fmt::format("{} positions a pass", record.report.positions));
  }
  for (const Json& layer : json.at("layers")) record.report.layers.push_back(layer_from(layer));
  return record;
}

}  // namespace

std::string processor_name(const std::string& cpuinfo) {
  if (const auto name = field_of(cpuinfo, "model name")) return *name;
  const auto implementer = field_of(cpuinfo, "CPU implementer"),
             part = field_of(cpuinfo, "CPU part");
  if (!implementer || !part) return {};
  return fmt::format("implementer {} part {}", *implementer, *part);
}

std::string processor_name() {
  std::ifstream in("/proc/cpuinfo");
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  const std::string name = processor_name(text);
  return name.empty() ? "unknown processor" : name;
}

std::optional<std::string> tuning_path(const TuningKey& key) {
  const auto set = [](const char* name) {
    const char* value = std::getenv(name);
    return value != nullptr ? std::string(value) : std::string();
  };
  fs::path folder = set("XDG_CACHE_HOME");
  if (folder.empty()) {
    const std::string home = set("HOME");
    if (home.empty()) return std::nullopt;
    folder = fs::path(home) / ".cache";
  }
  const std::string digest = nn::sha256_hex(key.processor + "\n" + key.subject);
  return (folder / "hayago" / "tune" / (digest.substr(0, 16) + ".json")).string();
}

std::string tuning_text(const TuningRecord& record) {
  Json json = {{"processor", record.key.processor},
               {"subject", record.key.subject},
               {"date", record.date},
               {"threads", record.threads},
               {"height", record.height},
               {"width", record.width},
               {"peak_gmacs", record.peak_gmacs},
               {"positions", record.report.positions},
               {"passes", Json::array()}};
  for (const auto& pass : record.report.passes) {
    json["passes"].push_back({{"positions", pass.positions}, {"seconds", pass.seconds}});
  }
  for (const nn::TunedLayer& layer : record.report.layers) {
    json["layers"].push_back(layer_json(layer));
  }
  return json.dump(1) + "\n";
}

std::optional<TuningRecord> load_tuning(const TuningKey& key, const std::string& path) {
  std::ifstream in(path);
  if (!in) return std::nullopt;
  TuningRecord record;
  try {
    record = record_from(Json::parse(in));
  } catch (const std::exception& error) {
    throw ConfigError(fmt::format("{} is no record of 'hayago tune': {}", path, error.what()));
  }
  if (record.key.processor != key.processor || record.key.subject != key.subject) {
    throw ConfigError(fmt::format("{} is for another processor or network ({}; {})", path,
                                  record.key.processor, record.key.subject));
  }
  return record;
}

}  // namespace hayago::gtp

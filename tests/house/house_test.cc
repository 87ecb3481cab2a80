// The rules of the house that a program can check: layers, sizes, who may print.
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

namespace fs = std::filesystem;

namespace {

struct SourceFile {
  std::string path;  // relative to the root
  std::vector<std::string> lines;
};

const std::vector<std::string> kFolders = {"kernels", "nn",    "quant", "search",
                                           "gtp",     "tests", "bench"};

bool is_source(const fs::path& path) {
  static const std::set<std::string> kEndings = {".cc", ".h", ".inc", ".cu", ".cuh"};
  return kEndings.count(path.extension().string()) > 0;
}

std::vector<SourceFile> sources_of(const std::string& folder) {
  const fs::path root = HAYAGO_SOURCE_DIR;
  std::vector<SourceFile> files;
  if (!fs::exists(root / folder)) return files;
  for (const auto& entry : fs::recursive_directory_iterator(root / folder)) {
    if (!entry.is_regular_file() || !is_source(entry.path())) continue;
    SourceFile file{fs::relative(entry.path(), root).string(), {}};
    std::ifstream in(entry.path());
    for (std::string line; std::getline(in, line);) file.lines.push_back(line);
    files.push_back(std::move(file));
  }
  return files;
}

std::string report(const std::vector<std::string>& offenders) {
  std::ostringstream out;
  for (const std::string& o : offenders) out << "\n  " << o;
  return out.str();
}

std::string place(const SourceFile& file, std::size_t line) {
  return file.path + ":" + std::to_string(line + 1);
}

bool opens_function(const std::string& signature) {
  static const std::regex kNotFunction(
      R"(^(namespace|class|struct|enum|union|extern|template *<[^>]*> *(class|struct))\b)");
  return signature.find('(') != std::string::npos && !std::regex_search(signature, kNotFunction) &&
         signature.find(") = ") == std::string::npos;
}

// Functions at column 0, as clang-format lays them out: signature ... {  up to a '}' in column 0.
void long_functions(const SourceFile& file, std::size_t limit,
                    std::vector<std::string>& offenders) {
  std::string signature;
  std::size_t start = 0;
  for (std::size_t i = 0; i < file.lines.size(); ++i) {
    const std::string& line = file.lines[i];
    if (line.empty() || line[0] == '#' || line.rfind("//", 0) == 0) {
      signature.clear();
      continue;
    }
    if (line[0] != ' ' && line[0] != '}')
      signature = line, start = i;
    else if (!signature.empty() && signature.back() != '{')
      signature += line;
    if (!line.empty() && line[0] == '}' && opens_function(signature)) {
      if (i - start + 1 > limit) {
        offenders.push_back(place(file, start) + " " + std::to_string(i - start + 1) + " lines");
      }
      signature.clear();
    }
  }
}

}  // namespace

TEST_CASE("a folder includes only the layers below it") {
  const std::map<std::string, std::set<std::string>> allowed = {
      {"kernels", {"kernels"}},
      {"nn", {"kernels", "nn"}},
      {"quant", {"kernels", "nn", "quant"}},
      {"search", {"kernels", "nn", "search"}},
      {"gtp", {"kernels", "nn", "quant", "search", "gtp"}},
  };
  const std::regex include(R"(^\s*#\s*include\s*\"([a-z]+)/)");
  const std::regex relative(R"(^\s*#\s*include\s*\"[^/\"]*\")");
  std::vector<std::string> offenders;
  int checked = 0;
  for (const auto& [folder, may] : allowed) {
    for (const SourceFile& file : sources_of(folder)) {
      ++checked;
      for (std::size_t i = 0; i < file.lines.size(); ++i) {
        std::smatch match;
        if (std::regex_search(file.lines[i], match, include) && may.count(match[1]) == 0) {
          offenders.push_back(place(file, i) + " " + file.lines[i]);
        }
        if (std::regex_search(file.lines[i], relative)) {
          offenders.push_back(place(file, i) + " include from the root: " + file.lines[i]);
        }
      }
    }
  }
  CHECK(checked > 50);
  INFO(report(offenders));
  CHECK(offenders.empty());
}

TEST_CASE("only gtp, tests and bench print or read the environment") {
  const std::regex forbidden(
      R"(\b(std::cout|std::cerr|std::clog|printf|fprintf|puts|getenv|fmt::print)\b)");
  std::vector<std::string> offenders;
  for (const std::string folder : {"kernels", "nn", "quant", "search"}) {
    for (const SourceFile& file : sources_of(folder)) {
      for (std::size_t i = 0; i < file.lines.size(); ++i) {
        const std::string code = file.lines[i].substr(0, file.lines[i].find("//"));
        if (std::regex_search(code, forbidden)) offenders.push_back(place(file, i) + " " + code);
      }
    }
  }
  INFO(report(offenders));
  CHECK(offenders.empty());
}

TEST_CASE("files and functions keep their hard limits") {
  constexpr std::size_t kFileLimit = 500;
  constexpr std::size_t kFunctionLimit = 120;
  std::vector<std::string> offenders;
  for (const std::string& folder : kFolders) {
    for (const SourceFile& file : sources_of(folder)) {
      // Tables are data, however long.
      const bool table = fs::path(file.path).extension() == ".inc" ||
                         file.path.find("_table.") != std::string::npos;
      if (table) continue;
      if (file.lines.size() > kFileLimit) {
        offenders.push_back(file.path + " " + std::to_string(file.lines.size()) + " lines");
      }
      long_functions(file, kFunctionLimit, offenders);
    }
  }
  INFO(report(offenders));
  CHECK(offenders.empty());
}

TEST_CASE("no folder of a layer includes another one back") {
  // Cycles between the folders directly below a layer, e.g. search/board <-> search/tree.
  std::map<std::string, std::set<std::string>> edges;
  const std::regex include(R"(^\s*#\s*include\s*\"([a-z]+/[a-z_]+)/)");
  for (const std::string folder : {"kernels", "nn", "search", "gtp"}) {
    for (const SourceFile& file : sources_of(folder)) {
      const std::string from = fs::path(file.path).parent_path().string();
      for (const std::string& line : file.lines) {
        std::smatch match;
        if (std::regex_search(line, match, include) && match[1] != from)
          edges[from].insert(match[1]);
      }
    }
  }
  std::vector<std::string> offenders;
  for (const auto& [from, targets] : edges) {
    for (const std::string& to : targets) {
      if (from < to && edges.count(to) > 0 && edges.at(to).count(from) > 0) {
        offenders.push_back(from + " <-> " + to);
      }
    }
  }
  INFO(report(offenders));
  CHECK(offenders.empty());
}

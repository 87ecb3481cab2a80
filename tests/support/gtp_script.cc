#include "tests/support/gtp_script.h"

#include <signal.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <sstream>
#include <thread>
#include <vector>

#include "tests/support/process.h"
#include "tests/support/shared_data.h"

namespace hayago::test {
namespace {

namespace fs = std::filesystem;

// Far longer than any response takes, so that only a hang exceeds it.
constexpr double kLimit = 60;  // seconds

std::vector<std::string> shell_words(const std::string& text) {
  std::vector<std::string> words;
  std::string word;
  bool quoted = false, any = false;
  for (const char c : text) {
    if (c == '"') {
      quoted = !quoted;
      any = true;
    } else if (c == ' ' && !quoted) {
      if (any) words.push_back(word);
      word.clear();
      any = false;
    } else {
      word += c;
      any = true;
    }
  }
  if (any) words.push_back(word);
  return words;
}

std::string slurp(const fs::path& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

bool starts_analysis(const std::string& line) {
  std::istringstream words(line);
  std::string word;
  words >> word;
  if (!word.empty() && word.find_first_not_of("0123456789") == std::string::npos) words >> word;
  return word == "analyze" || word == "lz-analyze" || word == "kata-analyze";
}

std::string without_comment(const std::string& line) {
  const std::string text = line.substr(0, line.find('#'));
  const std::size_t first = text.find_first_not_of(" \t\r");
  return first == std::string::npos ? "" : text.substr(first);
}

class Player {
 public:
  Player(const std::string& program, const std::string& script_path, const std::string& model_path)
      : lines_(read_lines(script_path)) {
    const fs::path golden = fs::path(script_path).parent_path();
    prepare(golden, model_path);
    ProcessOptions options;
    options.directory = dir_.path();
    options.environment = {{"HOME", dir_.path()}, {"HAYAGO_MODEL", ""}, {"HAYAGO_CONFIG", ""}};
    std::vector<std::string> args{"gtp", "-model", "net.bin.gz", "-config", "golden.cfg"};
    args.insert(args.end(), extra_args_.begin(), extra_args_.end());
    process_ = std::make_unique<Process>(program, args, options);
  }

  GtpScriptResult run() {
    bool in_file = false;
    for (const std::string& line : lines_) {
      if (line.starts_with("@file ")) in_file = true;
      if (!in_file) step(line);
      if (line == "@endfile") in_file = false;
      if (!result_.problem.empty()) break;
    }
    process_->close_stdin();
    const auto rest = process_->read_all(kLimit);
    if (!rest && result_.problem.empty()) result_.problem = "no end of output after end of input";
    result_.output += rest.value_or("");
    const auto status = process_->wait(kLimit);
    if (!status) process_->signal(SIGKILL);
    for (const std::string& name : cat_) {
      result_.output += "@file " + name + "\n" + slurp(fs::path(dir_.path()) / name) + "@endfile\n";
    }
    result_.output += "@exit " + (status ? std::to_string(*status) : std::string("none")) + "\n";
    result_.error_text = process_->stderr_text();
    return std::move(result_);
  }

 private:
  // Configuration and files, before the start.
  void prepare(const fs::path& golden, const std::string& model_path) {
    std::vector<std::pair<std::string, std::string>> config;
    const auto key_of = [](const std::string& text) { return text.substr(0, text.find(" =")); };
    const auto remove = [&](const std::string& key) {
      std::erase_if(config, [&](const auto& entry) { return entry.first == key; });
    };
    for (const std::string& line : read_lines((golden / "golden-base.cfg").string())) {
      config.emplace_back(key_of(line), line);
    }
    std::string file;
    std::string content;
    for (const std::string& line : lines_) {
      if (line == "@endfile") {
        dir_.write(file, content);
        file.clear();
      } else if (!file.empty()) {
        content += line + "\n";
      } else if (line.starts_with("@file ")) {
        file = line.substr(6);
        content.clear();
      } else if (line.starts_with("@cfg ")) {
        remove(key_of(line.substr(5)));
        config.emplace_back(key_of(line.substr(5)), line.substr(5));
      } else if (line.starts_with("@uncfg ")) {
        remove(line.substr(7));
      } else if (line.starts_with("@args ")) {
        extra_args_ = shell_words(line.substr(6));
      }
    }
    std::string text;
    for (const auto& entry : config) text += entry.second + "\n";
    dir_.write("golden.cfg", text);
    fs::create_symlink(fs::absolute(model_path), fs::path(dir_.path()) / "net.bin.gz");
    fs::create_symlink(fs::absolute(golden / "tiny-human-net.txt"),
                       fs::path(dir_.path()) / "tiny-human-net.txt");
  }

  void step(const std::string& line) {
    const auto argument = [&line] {
      return line.substr(std::min(line.find(' ') + 1, line.size()));
    };
    if (line.starts_with("@raw ")) {
      process_->write(raw_bytes(argument()));
      std::this_thread::sleep_for(std::chrono::milliseconds(150));
      while (const auto text = process_->read_line(0)) result_.output += *text + "\n";
    } else if (line.starts_with("@send ")) {
      const bool running = analysing_ || pending_;
      process_->write_line(argument());
      if (running) read_response(line);  // the line ended what was running
      analysing_ = false;
      pending_ = true;
    } else if (line.starts_with("@info ")) {
      wait_for_info(std::stoi(argument()));
    } else if (line.starts_with("@sleep ")) {
      std::this_thread::sleep_for(std::chrono::duration<double>(std::stod(argument())));
    } else if (line == "@done") {
      pending_ = false;
      read_response(line);
    } else if (line == "@eof") {
      process_->close_stdin();
    } else if (line.starts_with("@cat ")) {
      cat_.push_back(argument());
    } else if (!line.starts_with("@")) {
      send(line);
    }
  }

  // The JSON string's characters are the bytes.
  static std::string raw_bytes(const std::string& json_text) {
    const std::string text = nlohmann::json::parse(json_text).get<std::string>();
    std::string bytes;
    for (std::size_t i = 0; i < text.size(); ++i) {
      const unsigned char c = static_cast<unsigned char>(text[i]);
      if (c >= 0xC0 && i + 1 < text.size()) {  // U+0080 to U+00FF
        bytes += static_cast<char>(((c & 3) << 6) | (static_cast<unsigned char>(text[++i]) & 0x3F));
      } else {
        bytes += text[i];
      }
    }
    return bytes;
  }

  void send(const std::string& line) {
    const bool running = analysing_ || pending_;
    process_->write_line(line);
    if (running) {
      analysing_ = pending_ = false;
      read_response(line);
    }
    if (without_comment(line).empty()) return;
    const auto first = process_->read_line(kLimit);
    if (!first) {
      result_.problem = "no response to: " + line;
      return;
    }
    result_.output += *first + "\n";
    if (starts_analysis(line) && first->starts_with("=")) {
      analysing_ = true;
      return;
    }
    // All eight symmetries come as blocks separated by empty lines.
    const bool raw = line.find("kata-raw") != std::string::npos && line.ends_with(" all");
    int blocks = raw && first->starts_with("=") ? 8 : 1;
    while (blocks-- > 0) read_response(line);
  }

  // Up to and including the next empty line.
  void read_response(const std::string& line) {
    const auto text = process_->read_response(kLimit);
    if (!text) {
      result_.problem = "unfinished response to: " + line;
      return;
    }
    result_.output += *text;
  }

  void wait_for_info(int count) {
    while (count > 0) {
      const auto text = process_->read_line(kLimit);
      if (!text) {
        result_.problem = "no analysis lines";
        return;
      }
      result_.output += *text + "\n";
      if (text->starts_with("info")) --count;
    }
  }

  std::vector<std::string> lines_;
  TempDir dir_;
  std::vector<std::string> extra_args_;
  std::vector<std::string> cat_;
  std::unique_ptr<Process> process_;
  GtpScriptResult result_;
  bool analysing_ = false, pending_ = false;
};

}  // namespace

GtpScriptResult run_gtp_script(const std::string& program, const std::string& script_path,
                               const std::string& model_path) {
  return Player(program, script_path, model_path).run();
}

}  // namespace hayago::test

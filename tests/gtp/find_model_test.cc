// The order in which a network is looked for.
#include <unistd.h>

#include <catch2/catch.hpp>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <string>

#include "gtp/config/load_params.h"

namespace fs = std::filesystem;
using namespace hayago::gtp;

namespace {

// Environment and an empty home for one test; everything is put back at the end.
class Sandbox {
 public:
  Sandbox() : root_(fs::temp_directory_path() / ("hayago-find-model-" + std::to_string(getpid()))) {
    fs::create_directories(root_ / "home");
    set("HOME", (root_ / "home").string());
    set("XDG_DATA_HOME", (root_ / "home" / "data").string());
    set("HAYAGO_MODEL", "");
  }
  ~Sandbox() {
    for (const auto& [name, value] : old_) {
      if (value) {
        setenv(name.c_str(), value->c_str(), 1);
      } else {
        unsetenv(name.c_str());
      }
    }
    std::error_code ignored;
    fs::remove_all(root_, ignored);
  }
  void set(const char* name, const std::string& value) {
    const char* before = std::getenv(name);
    old_.try_emplace(name, before ? std::optional<std::string>(before) : std::nullopt);
    setenv(name, value.c_str(), 1);
  }
  std::string touch(const std::string& relative) const {
    const fs::path file = root_ / relative;
    fs::create_directories(file.parent_path());
    std::ofstream(file) << "x";
    return file.string();
  }

 private:
  fs::path root_;
  std::map<std::string, std::optional<std::string>> old_;
};

}  // namespace

TEST_CASE("the network is looked for in the documented order") {
  Sandbox sandbox;
  // Nothing anywhere.
  CHECK(find_model("").path == "builtin");
  CHECK(find_model("").how.find("in the program") != std::string::npos);

  const std::string packed = sandbox.touch("home/.katago/default_model.safetensors.gz");
  CHECK(find_model("").path == packed);
  const std::string katago = sandbox.touch("home/.katago/default_model.txt.gz");
  CHECK(find_model("").path == katago);
  const std::string hayago = sandbox.touch("home/.hayago/default_model.bin.gz");
  CHECK(find_model("").path == hayago);
  const std::string xdg = sandbox.touch("home/data/hayago/default_model.bin.gz");
  CHECK(find_model("").path == xdg);

  // -model auto: the newest file of the current folder and its folder weights.
  const fs::path before = fs::current_path();
  fs::current_path(fs::path(xdg).parent_path().parent_path());
  const std::string old_net = sandbox.touch("home/data/old.bin.gz");
  const std::string new_net = sandbox.touch("home/data/weights/new.txt.gz");
  sandbox.touch("home/data/weights/notes.txt");
  fs::last_write_time(old_net, fs::last_write_time(new_net) - std::chrono::hours(1));
  CHECK(find_model("auto").path == "weights/new.txt.gz");
  fs::last_write_time(new_net, fs::last_write_time(old_net) - std::chrono::hours(1));
  CHECK(find_model("auto").path == "old.bin.gz");
  const std::string quantized = sandbox.touch("home/data/int8.safetensors");
  CHECK(find_model("auto").path == "int8.safetensors");
  fs::current_path(before);

  sandbox.set("HAYAGO_MODEL", "/somewhere/net.bin.gz");
  CHECK(find_model("").path == "/somewhere/net.bin.gz");
  CHECK(find_model("given.bin.gz").path == "given.bin.gz");
}

// Archives of arrays, good and damaged.
#include <catch2/catch.hpp>

#include <fmt/format.h>
#include <zlib.h>

#include <cstring>
#include <fstream>
#include <iterator>

#include "gtp/npz/npy.h"
#include "gtp/npz/training_set.h"
#include "gtp/npz/zip.h"
#include "tests/support/process.h"
#include "tests/support/shared_data.h"

namespace hayago::test {
namespace {

using gtp::ArchiveError;

std::string le(std::uint64_t value, int bytes) {
  std::string out;
  for (int i = 0; i < bytes; ++i) out.push_back(static_cast<char>(value >> (8 * i) & 255));
  return out;
}

// An independent writer: stored or deflated entries as APPNOTE.TXT has them.
struct ZipWriter {
  std::string body, directory;
  int count = 0;

  void add(const std::string& name, const std::string& content, bool deflated) {
    std::string packed = content;
    if (deflated) {
      packed.resize(compressBound(static_cast<uLong>(content.size())) + 64);
      z_stream z{};
      deflateInit2(&z, 6, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY);
      z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(content.data()));
      z.avail_in = static_cast<uInt>(content.size());
      z.next_out = reinterpret_cast<Bytef*>(packed.data());
      z.avail_out = static_cast<uInt>(packed.size());
      deflate(&z, Z_FINISH);
      packed.resize(z.total_out);
      deflateEnd(&z);
    }
    const auto crc =
        crc32(0, reinterpret_cast<const Bytef*>(content.data()), static_cast<uInt>(content.size()));
    const std::string sizes = le(crc, 4) + le(packed.size(), 4) + le(content.size(), 4);
    const std::string method = le(deflated ? 8 : 0, 2);
    const std::size_t offset = body.size();
    body += le(0x04034b50, 4) + le(20, 2) + le(0, 2) + method + le(0, 4) + sizes +
            le(name.size(), 2) + le(0, 2) + name + packed;
    directory += le(0x02014b50, 4) + le(20, 2) + le(20, 2) + le(0, 2) + method + le(0, 4) + sizes +
                 le(name.size(), 2) + le(0, 2) + le(0, 2) + le(0, 2) + le(0, 2) + le(0, 4) +
                 le(offset, 4) + name;
    ++count;
  }
  std::string finish(const std::string& comment = "") const {
    return body + directory + le(0x06054b50, 4) + le(0, 4) +
           le(static_cast<std::uint64_t>(count), 2) + le(static_cast<std::uint64_t>(count), 2) +
           le(directory.size(), 4) + le(body.size(), 4) + le(comment.size(), 2) + comment;
  }
};

std::string npy(const std::string& type, const std::string& shape, const std::string& data) {
  std::string header =
      fmt::format("{{'descr': '{}', 'fortran_order': False, 'shape': ({}), }}", type, shape);
  while ((header.size() + 11) % 64 != 0) header += ' ';
  header += '\n';
  return "\x93NUMPY" + le(1, 1) + le(0, 1) + le(header.size(), 2) + header + data;
}

template <class T>
std::string bytes_of(const std::vector<T>& values) {
  std::string out(values.size() * sizeof(T), '\0');
  std::memcpy(out.data(), values.data(), out.size());
  return out;
}

// Two positions on a full board; plane 3 has its second point set.
std::map<std::string, std::string> small_arrays() {
  std::string planes(2 * 22 * 46, '\0');
  for (std::size_t i = 0; i < 2; ++i) {
    for (std::size_t k = 0; k < 46; ++k) planes[i * 22 * 46 + k] = k < 45 ? '\xff' : '\x80';
  }
  planes[3 * 46] = '\x40';
  std::vector<std::int16_t> policy(2 * 2 * 362, 0);
  policy[5] = 3;
  policy[361] = 1;
  policy[2 * 362] = 7;  // the second position's first channel
  std::vector<float> value(2 * 64, 0);
  value[0] = 1;
  value[64 + 1] = 0.75f;
  value[64 + 2] = 0.25f;
  return {{"binaryInputNCHWPacked", npy("|u1", "2, 22, 46", planes)},
          {"globalInputNC", npy("<f4", "2, 19", bytes_of(std::vector<float>(38, 0.5f)))},
          {"policyTargetsNCMove", npy("<i2", "2, 2, 362", bytes_of(policy))},
          {"globalTargetsNC", npy("<f4", "2, 64", bytes_of(value))}};
}

std::string archive_of(const std::map<std::string, std::string>& arrays, bool deflated = true) {
  ZipWriter zip;
  for (const auto& [name, array] : arrays) zip.add(name + ".npy", array, deflated);
  return zip.finish();
}

void refuses(const std::string& bytes, const std::string& part) {
  CHECK_THROWS_WITH(gtp::parse_training_set(bytes, "set.npz"), Catch::Contains(part));
}

}  // namespace

TEST_CASE("npz: entries are read, stored and deflated", "[npz]") {
  ZipWriter zip;
  zip.add("a", "hello", false);
  zip.add("b", std::string(100'000, 'x'), true);
  zip.add("empty", "", true);
  zip.add("nothing", "", false);
  for (const std::string comment : {"", "PK\5\6 is no end here"}) {
    const auto contents = gtp::read_zip(zip.finish(comment), "test.zip");
    REQUIRE(contents.size() == 4);
    CHECK(contents.at("a") == "hello");
    CHECK(contents.at("b") == std::string(100'000, 'x'));
    CHECK(contents.at("empty").empty());
  }
}

TEST_CASE("npz: damaged archives are refused", "[npz]") {
  ZipWriter zip;
  zip.add("a", "hello", false);
  zip.add("b", std::string(1000, 'x'), true);
  const std::string good = zip.finish();
  const auto refused = [](const std::string& bytes, const std::string& part) {
    CHECK_THROWS_WITH(gtp::read_zip(bytes, "test.zip"), Catch::Contains(part));
  };
  refused("", "no ZIP archive");
  refused("PK", "no ZIP archive");
  for (std::size_t n = 0; n < good.size(); ++n) {
    CAPTURE(n);
    CHECK_THROWS_AS(gtp::read_zip(good.substr(0, n), "test.zip"), ArchiveError);
  }
  std::string bytes = good;
  bytes[31] ^= 1;  // the first entry's content: its header has 30 bytes, its name one
  refused(bytes, "entry 'a' is damaged: its checksum differs");
  bytes = good;
  bytes[zip.body.size() + 42] = 1;  // where the first entry starts
  refused(bytes, "does not start where it should");
  bytes = good;
  bytes[zip.body.size() + 8] = 1;
  refused(bytes, "entry 'a' is encrypted");
  bytes = good;
  bytes[zip.body.size() + 10] = 12;
  refused(bytes, "compression method 12");
  bytes = good;
  std::memcpy(bytes.data() + zip.body.size() + 47 + 24, "\xff\xff\xff\x7f", 4);
  refused(bytes, "entry 'b' claims 2147483647 bytes");
  std::memcpy(bytes.data() + zip.body.size() + 47 + 24, "\xff\xff\xff\xff", 4);
  refused(bytes, "4 GiB");
  ZipWriter twice;
  twice.add("a", "x", false);
  twice.add("a", "y", false);
  refused(twice.finish(), "entry 'a' is there twice");
}

TEST_CASE("npz: every altered byte of an archive is an error or harmless", "[npz]") {
  ZipWriter zip;
  zip.add("a.npy", npy("<f4", "2, 3", std::string(24, 'z')), true);
  const std::string good = zip.finish();
  int refused = 0;
  for (std::size_t i = 0; i < good.size(); ++i) {
    for (const int bit : {0, 3, 7}) {
      std::string bytes = good;
      bytes[i] = static_cast<char>(bytes[i] ^ (1 << bit));
      try {
        for (const auto& [name, content] : gtp::read_zip(bytes, "test.zip")) {
          gtp::parse_npy(content, name);
        }
      } catch (const ArchiveError&) {
        ++refused;
      }
    }
  }
  CHECK(refused > static_cast<int>(good.size()));
}

TEST_CASE("npz: arrays have the type and shape that their header says", "[npz]") {
  const std::string good = npy("<f4", "2, 3", bytes_of(std::vector<float>{1, 2, 3, 4, 5, 6}));
  const gtp::NpyArray array = gtp::parse_npy(good, "x");
  CHECK(array.type == "<f4");
  CHECK(array.shape == std::vector<std::int64_t>{2, 3});
  CHECK(array.count() == 6);
  CHECK(gtp::npy_values<float>(array, {2, -1}, "x")[5] == 6);
  CHECK_THROWS_WITH(gtp::npy_values<float>(array, {3, -1}, "x"), Catch::Contains("shape (2, 3)"));
  CHECK_THROWS_WITH(gtp::npy_values<std::int16_t>(array, {2, 3}, "x"), Catch::Contains("<i2"));
  CHECK(gtp::parse_npy(npy("|u1", "0, 7", ""), "x").count() == 0);
  CHECK(gtp::parse_npy(npy("<i2", "", "ab"), "x").count() == 1);
  for (std::size_t n = 0; n < good.size(); ++n) {
    CAPTURE(n);
    CHECK_THROWS_AS(gtp::parse_npy(std::string_view(good).substr(0, n), "x"), ArchiveError);
  }
  const auto refused = [](const std::string& bytes, const std::string& part) {
    CHECK_THROWS_WITH(gtp::parse_npy(bytes, "x"), Catch::Contains(part));
  };
  refused(good + "1", "does not fit 25 bytes");
  refused(npy("<f4", "4611686018427387904, 4611686018427387904, 16", ""), "does not fit");
  refused(npy("<f4", "-2, 3", std::string(24, 'z')), "shape (-2, 3)");
  refused(npy("<f4", "9223372036854775808", ""), "shape (9223372036854775808)");
  refused(npy("|u1", "1,1,1,1,1,1,1,1,1", "a"), "up to 8 lengths");
  refused(npy(">f4", "2, 3", std::string(24, 'z')), "type '>f4'");
  refused(npy("|O", "1", "a"), "type '|O'");
  std::string fortran = good;
  fortran.replace(fortran.find("False"), 5, "True ");
  refused(fortran, "column-major");
}

TEST_CASE("npz: positions with targets", "[npz]") {
  const gtp::TrainingSet set = gtp::parse_training_set(archive_of(small_arrays()), "set.npz");
  REQUIRE(set.count == 2);
  CHECK(set.planes[0] == 1u);
  CHECK(set.planes[1] == (1u | 1u << 3));
  CHECK(set.planes[360] == 1u);
  CHECK(set.planes[361 + 1] == 1u);
  CHECK(set.policy[5] == 3);
  CHECK(set.policy[361] == 1);
  CHECK(set.policy[362] == 7);
  CHECK(set.value[1] == std::array<float, 3>{0, 0.75f, 0.25f});

  auto arrays = small_arrays();
  arrays.erase("globalInputNC");
  refuses(archive_of(arrays), "array 'globalInputNC': is missing");
  arrays = small_arrays();
  arrays["globalInputNC"] = npy("<f4", "1, 19", std::string(76, '\0'));
  refuses(archive_of(arrays), "set.npz/globalInputNC");
  arrays["globalInputNC"] = npy(
      "<f4", "2, 19", bytes_of(std::vector<float>(38, std::numeric_limits<float>::quiet_NaN())));
  refuses(archive_of(arrays), "value 0 is nan");
  arrays = small_arrays();
  arrays["policyTargetsNCMove"] =
      npy("<i2", "2, 1, 362", bytes_of(std::vector<std::int16_t>(724, -1)));
  refuses(archive_of(arrays), "position 0 has a negative weight");
  arrays["policyTargetsNCMove"] = npy("<i2", "2, 0, 362", "");
  refuses(archive_of(arrays), "has no channels");
  arrays = small_arrays();
  arrays["globalTargetsNC"] = npy("<f4", "2, 64", bytes_of(std::vector<float>(128, 0.5f)));
  refuses(archive_of(arrays), "expected probabilities");
  arrays = small_arrays();
  arrays["binaryInputNCHWPacked"] = npy("|u1", "2, 22, 46", std::string(2 * 22 * 46, '\0'));
  refuses(archive_of(arrays), "position 0 has no board");
  arrays["binaryInputNCHWPacked"] = npy("|u1", "0, 22, 46", "");
  refuses(archive_of(arrays), "has no positions");
  CHECK_THROWS_AS(gtp::load_training_set("/nowhere/set.npz"), ArchiveError);
}

TEST_CASE("npz: a shortened file of positions is refused wherever it ends", "[npz]") {
  HAYAGO_SHARED_FILE(path, "golden/positions-1024.npz");
  std::ifstream in(path, std::ios::binary);
  const std::string good{std::istreambuf_iterator<char>(in), {}};
  const gtp::TrainingSet set = gtp::parse_training_set(good, path);
  CHECK(set.count == 1024);
  CHECK(set.policy.size() == 1024u * 362);
  for (std::size_t n = 0; n < good.size(); n += 7919) {
    CAPTURE(n);
    CHECK_THROWS_AS(gtp::parse_training_set(good.substr(0, n), path), ArchiveError);
  }
}

}  // namespace hayago::test

// Validates a query object step by step in the order of spec/08 section 3.1.
#pragma once
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "gtp/json/fields.h"
#include "gtp/json/query.h"

namespace hayago::gtp {

class QueryBuilder {
 public:
  // `request` is an object with a string `id`; both outlive the builder.
  QueryBuilder(const nlohmann::json& request, const QueryContext& context);

  // The first thing wrong with the request, or nullopt; then query() is complete. warnings() may be
  // filled in both cases.
  Refused build();
  std::shared_ptr<const AnalysisQuery> query() const { return query_; }
  const std::vector<Rejection>& warnings() const { return warnings_; }

 private:
  Refused read_board_size();
  Refused read_initial_stones();
  Refused read_move_list();
  Refused read_initial_player();
  Refused read_turns();
  Refused read_priorities();
  Refused read_rules();
  Refused read_komi();
  Refused read_handicap_bonus();
  Refused read_override_settings();
  Refused read_limits();
  Refused read_includes();
  Refused read_report_times();
  Refused read_priority();
  Refused read_move_restrictions();
  Refused read_restriction(const nlohmann::json& entry, const char* field, bool allow);
  Refused substitute_rules();
  Refused warn_unused_fields();
  Refused play_moves();

  void build_initial_state();
  const nlohmann::json* find(const char* field) const;
  bool is_known_setting(const std::string& key) const;

  const nlohmann::json& request_;
  const QueryContext& context_;
  std::shared_ptr<AnalysisQuery> query_;
  std::vector<Rejection> warnings_;

  search::Board board_;
  search::Rules rules_;
  std::optional<search::Player> initial_player_;
  std::vector<std::int64_t> turns_, priorities_;
};

}  // namespace hayago::gtp

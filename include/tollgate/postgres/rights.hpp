// SPDX-License-Identifier: BSL-1.0
#pragma once
// Who may do what in the schema: SQL for an administrator, by the names of the host's roles.

#include <tollgate/postgres/schema.hpp>
#include <tollgate/postgres/statement.hpp>

#include <string>
#include <string_view>

namespace tollgate::postgres {

/// Roles of the host's, which must exist. They are never made or dropped here.
struct roles {
  std::string service{};  // what the store logs in as: writes everything, but never the past
  std::string person{};   // reads what belongs to the account in the setting tollgate.account_id
};

namespace detail {

/// What the service may do with one table; reading goes without saying.
struct service_right {
  std::string_view what;
  std::string_view table;
};
/// The least that the statements need. A row is locked with a right to update it.
inline constexpr service_right service_rights[]{
    {"INSERT", "operation"},  // the past is only added to
    {"INSERT", "job"},
    {"INSERT", "setting"},
    {"INSERT, UPDATE", "account"},
    {"INSERT, UPDATE", "lot"},
    {"INSERT, UPDATE", "hold"},
    {"INSERT, UPDATE", "project"},
    {"INSERT, UPDATE", "slots"},
    {"INSERT, UPDATE", "line"},
    {"INSERT, UPDATE", "kind"},
    {"INSERT, UPDATE, DELETE", "live"},
    {"INSERT, UPDATE, DELETE", "ready"},
    {"INSERT, UPDATE, DELETE", "later"},
    {"INSERT, UPDATE (result, provider_metadata, error_message)", "done"},
    {"INSERT, UPDATE (result, error_message)", "attempt"},
    {"INSERT, DELETE", "payload"},
};
/// What a person may read, row by row.
inline constexpr std::string_view tables_of_people[]{"account", "job", "live", "done", "payload"};

}  // namespace detail

/// Grants both roles what they need, whatever they had before. The journal can be added to and
/// read, not changed: not even the service may update, delete or truncate `operation`. A person
/// reads the views `user_credits`, `jobs` and `video_generation_jobs`, and sees the rows of one
/// account.
[[nodiscard]] inline std::string rights_sql(std::string_view schema, const roles& who) {
  const std::string name = postgres::quoted(schema);
  const std::string service = postgres::quoted(who.service);
  const std::string person = postgres::quoted(who.person);
  std::string sql = "GRANT USAGE ON SCHEMA {schema} TO " + service + ", " + person +
                    ";\nREVOKE ALL ON ALL TABLES IN SCHEMA {schema} FROM " + service + ", " +
                    person + ";\nGRANT SELECT ON ALL TABLES IN SCHEMA {schema} TO " + service +
                    ";\n";
  for (const auto& right : detail::service_rights) {
    sql.append("GRANT ").append(right.what).append(" ON {schema}.").append(right.table);
    sql.append(" TO ").append(service).append(";\n");
  }
  sql += "GRANT EXECUTE ON FUNCTION {schema}.clean_up(bigint, bigint, bigint, int, bigint) TO " +
         service +
         ";\nGRANT SELECT ON {schema}.user_credits, {schema}.jobs, "
         "{schema}.video_generation_jobs, {schema}.setting TO " +
         person + ";\n";
  for (const std::string_view table : detail::tables_of_people) {
    const std::string on = std::string{" ON {schema}."}.append(table);
    sql.append("GRANT SELECT").append(on).append(" TO ").append(person);
    sql.append(";\nALTER TABLE {schema}.").append(table).append(" ENABLE ROW LEVEL SECURITY");
    sql.append(";\nDROP POLICY IF EXISTS service").append(on);
    sql.append(";\nCREATE POLICY service").append(on).append(" TO ").append(service);
    sql.append(" USING (true) WITH CHECK (true);\nDROP POLICY IF EXISTS person").append(on);
    sql.append(";\nCREATE POLICY person").append(on).append(" FOR SELECT TO ").append(person);
    // Every bucket is named, so that the keys, which begin with it, find the account.
    sql.append(
        " USING (bucket = ANY (ARRAY(SELECT g::smallint FROM {schema}.setting s, "
        "generate_series(0, s.buckets - 1) g)) AND account = "
        "nullif(current_setting('tollgate.account_id', true), '')::uuid);\n");
  }
  return in_schema(sql, name);
}

}  // namespace tollgate::postgres

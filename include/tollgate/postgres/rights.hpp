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

/// Grants both roles what they need, whatever they had before. The journal can be added to and
/// read, not changed: not even the service may update, delete or truncate `operation`. A person
/// reads the views `user_credits` and `video_generation_jobs`, and sees the rows of one account.
[[nodiscard]] inline std::string rights_sql(std::string_view schema, const roles& who) {
  const std::string name = postgres::quoted(schema);
  const std::string service = postgres::quoted(who.service);
  const std::string person = postgres::quoted(who.person);
  std::string sql =
      "GRANT USAGE ON SCHEMA {schema} TO " + service + ", " + person +
      ";\nREVOKE ALL ON ALL TABLES IN SCHEMA {schema} FROM " + service + ", " + person +
      ";\nGRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {schema} TO " + service +
      ";\nREVOKE UPDATE, DELETE, TRUNCATE ON {schema}.operation FROM " + service +
      ";\nGRANT SELECT ON {schema}.user_credits, {schema}.video_generation_jobs, "
      "{schema}.account, {schema}.job, {schema}.live, {schema}.done TO " +
      person + ";\n";
  for (const std::string_view table : {"account", "job", "live", "done"}) {
    sql += "ALTER TABLE {schema}.";
    sql += table;
    sql += " ENABLE ROW LEVEL SECURITY;\nDROP POLICY IF EXISTS service ON {schema}.";
    sql += table;
    sql += ";\nCREATE POLICY service ON {schema}.";
    sql += table;
    sql += " TO ";
    sql += service;
    sql += " USING (true) WITH CHECK (true);\nDROP POLICY IF EXISTS person ON {schema}.";
    sql += table;
    sql += ";\nCREATE POLICY person ON {schema}.";
    sql += table;
    sql += " FOR SELECT TO ";
    sql += person;
    sql += " USING (account = nullif(current_setting('tollgate.account_id', true), '')::uuid);\n";
  }
  return in_schema(sql, name);
}

}  // namespace tollgate::postgres

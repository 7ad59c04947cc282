import java.math.BigDecimal;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Types;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.UUID;

/**
 * What a program with PostgreSQL's JDBC driver does with a lake database. Arguments: the address of the database, the
 * authority's file. The password comes from PASSWORD. Prints a JSON line for each thing it tried: {"of": name, "is": ...}.
 */
public class JdbcClient {
  private static final String ENDLESS =
      "SELECT sum(hash(a.i, b.i) % 7) FROM generate_series(1, 1000000) a(i), generate_series(1, 1000000) b(i)";

  private interface Work {
    Object run() throws Exception;
  }

  public static void main(String[] args) throws Exception {
    String url = args[0];
    Properties properties = new Properties();
    properties.setProperty("user", "ana");
    properties.setProperty("password", System.getenv("PASSWORD"));
    properties.setProperty("sslmode", "verify-full");
    properties.setProperty("sslrootcert", args[1]);
    properties.setProperty("channelBinding", "require");
    Properties wrong = new Properties();
    wrong.putAll(properties);
    wrong.setProperty("password", "wrong");
    say("wrong password", () -> {
      DriverManager.getConnection(url, wrong).close();
      return "connected";
    });
    try (Connection connection = DriverManager.getConnection(url, properties)) {
      metadata(connection.getMetaData(), connection.getCatalog());
      values(connection);
      parameters(connection);
      behaviour(connection);
    }
    // Every value in binary from the first time on.
    properties.setProperty("prepareThreshold", "-1");
    try (Connection connection = DriverManager.getConnection(url, properties)) {
      say("in binary", () -> typedRow(connection, 1));
    }
    properties.setProperty("preferQueryMode", "simple");
    try (Connection connection = DriverManager.getConnection(url, properties)) {
      say("in the simple protocol", () -> typedRow(connection, 1));
    }
  }

  private static void metadata(DatabaseMetaData meta, String catalog) {
    say("product", () -> meta.getDatabaseProductName() + " " + meta.getDatabaseMajorVersion());
    say("read only", () -> meta.isReadOnly());
    say("catalogs", () -> rows(meta.getCatalogs(), "TABLE_CAT"));
    say("schemas", () -> rows(meta.getSchemas(), "TABLE_SCHEM"));
    say("table types", () -> rows(meta.getTableTypes(), "TABLE_TYPE").size());
    say("tables", () -> rows(meta.getTables(catalog, "dbo", "%", new String[] {"TABLE"}), "TABLE_NAME"));
    say("views", () -> rows(meta.getTables(null, null, "%", new String[] {"VIEW"}), "TABLE_SCHEM", "TABLE_NAME"));
    say("comment", () -> rows(meta.getTables(null, "dbo", "account", null), "REMARKS"));
    say("columns", () ->
        rows(meta.getColumns(null, "dbo", "new_crate", "%"),
            "COLUMN_NAME", "TYPE_NAME", "DATA_TYPE", "COLUMN_SIZE", "DECIMAL_DIGITS", "IS_NULLABLE"));
    say("primary keys", () -> rows(meta.getPrimaryKeys(null, "dbo", "account"), "COLUMN_NAME", "KEY_SEQ"));
    say("keys of a snapshot", () -> rows(meta.getPrimaryKeys(null, "dbo", "new_event"), "COLUMN_NAME"));
    say("indexes", () -> rows(meta.getIndexInfo(null, "dbo", "account", true, true), "COLUMN_NAME", "NON_UNIQUE"));
    say("imported keys", () -> rows(meta.getImportedKeys(null, "dbo", "contact"), "FKTABLE_NAME").size());
    say("exported keys", () -> rows(meta.getExportedKeys(null, "dbo", "account"), "FKTABLE_NAME").size());
    say("cross references", () ->
        rows(meta.getCrossReference(null, "dbo", "account", null, "dbo", "contact"), "FKTABLE_NAME").size());
    say("type info", () -> rows(meta.getTypeInfo(), "TYPE_NAME").size() > 10);
    say("functions", () -> rows(meta.getFunctions(null, "dbo", "%"), "FUNCTION_NAME").size());
    say("procedures", () -> rows(meta.getProcedures(null, "dbo", "%"), "PROCEDURE_NAME").size());
    say("privileges", () -> new HashSet<>(rows(meta.getTablePrivileges(null, "dbo", "account"), "PRIVILEGE")));
    say("column privileges", () -> rows(meta.getColumnPrivileges(null, "dbo", "account", "name"), "PRIVILEGE").size() > 0);
    say("best row", () -> rows(meta.getBestRowIdentifier(null, "dbo", "account", 0, false), "COLUMN_NAME"));
    say("version columns", () -> rows(meta.getVersionColumns(null, "dbo", "account"), "COLUMN_NAME").size());
    say("user defined types", () -> rows(meta.getUDTs(null, "dbo", "%", null), "TYPE_NAME").size());
    say("client info", () -> rows(meta.getClientInfoProperties(), "NAME"));
    say("keywords", () -> meta.getSQLKeywords().length() > 100);
    say("isolation", () -> meta.getDefaultTransactionIsolation());
  }

  private static void values(Connection connection) {
    say("in text", () -> typedRow(connection, 1));
    // A statement that ran five times is prepared on the server and read in binary.
    say("after six times", () -> typedRow(connection, 6));
    say("nothing", () -> {
      try (Statement statement = connection.createStatement();
          ResultSet row = statement.executeQuery("SELECT new_exact, new_whole, new_moment FROM new_crate WHERE new_name IS NULL")) {
        row.next();
        return List.of(row.getBigDecimal(1) == null, row.getInt(2), row.wasNull(), row.getObject(3) == null);
      }
    });
    say("described", () -> {
      try (PreparedStatement statement = connection.prepareStatement("SELECT * FROM new_crate WHERE new_crateid = ?")) {
        ResultSetMetaData meta = statement.getMetaData();
        Map<String, Object> types = new LinkedHashMap<>();
        for (int at = 1; at <= meta.getColumnCount(); at += 1) types.put(meta.getColumnName(at), meta.getColumnTypeName(at));
        types.put("parameter", statement.getParameterMetaData().getParameterTypeName(1));
        return types;
      }
    });
    say("array", () -> {
      try (Statement statement = connection.createStatement();
          ResultSet row = statement.executeQuery("SELECT ARRAY['a,b', NULL, 'c']")) {
        row.next();
        List<Object> elements = new ArrayList<>();
        for (Object element : (Object[]) row.getArray(1).getArray()) elements.add(element);
        return elements;
      }
    });
  }

  /** The row of the greatest values, through the getters of their types. */
  private static Object typedRow(Connection connection, int times) throws SQLException {
    String sql = "SELECT new_name, new_whole, new_big, new_exact, new_price, new_float, new_flag, new_moment, new_day, new_wall,"
        + " new_key FROM new_crate WHERE new_whole = ?";
    Map<String, Object> is = new LinkedHashMap<>();
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      for (int time = 0; time < times; time += 1) {
        statement.setInt(1, Integer.MAX_VALUE);
        try (ResultSet row = statement.executeQuery()) {
          row.next();
          is.put("String", row.getString(1));
          is.put("int", row.getInt(2));
          is.put("long", String.valueOf(row.getLong(3)));
          is.put("BigDecimal", row.getBigDecimal(4).toPlainString());
          is.put("money", row.getObject(5, BigDecimal.class).toPlainString());
          is.put("double", row.getDouble(6));
          is.put("boolean", row.getBoolean(7));
          is.put("OffsetDateTime", row.getObject(8, OffsetDateTime.class).withOffsetSameInstant(ZoneOffset.UTC).toString());
          is.put("LocalDate", row.getObject(9, LocalDate.class).toString());
          is.put("LocalDateTime", row.getObject(10, LocalDateTime.class).toString());
          is.put("UUID", row.getObject(11, UUID.class).toString());
          is.put("Timestamp", row.getTimestamp(8).toInstant().toString());
          is.put("Object", row.getObject(4).getClass().getSimpleName() + " " + row.getObject(8).getClass().getSimpleName());
        }
      }
    }
    return is;
  }

  private static void parameters(Connection connection) {
    Map<String, Object> values = new LinkedHashMap<>();
    values.put("new_crateid", UUID.fromString("00000000-0000-4000-8000-0000000000a1"));
    values.put("new_whole", Integer.MAX_VALUE);
    values.put("new_big", Long.MAX_VALUE);
    values.put("new_exact", new BigDecimal("100000000000.0123456789"));
    values.put("new_price", new BigDecimal("922337203685477.5807"));
    values.put("new_float", 0.1d);
    values.put("new_moment", OffsetDateTime.parse("2024-02-29T23:59:58Z"));
    values.put("new_day", LocalDate.parse("2024-02-29"));
    values.put("new_wall", LocalDateTime.parse("2024-02-29T12:34:56"));
    values.put("new_tags", "1;2");
    values.put("new_flag", true);
    for (Map.Entry<String, Object> each : values.entrySet()) {
      say("where " + each.getKey(), () -> {
        String sql = "SELECT count(*) FROM new_crate WHERE " + each.getKey() + " = ?";
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
          List<Object> counts = new ArrayList<>();
          // The sixth time goes by a prepared statement, with parameters in binary.
          for (int time = 0; time < 6; time += 1) {
            statement.setObject(1, each.getValue());
            try (ResultSet row = statement.executeQuery()) {
              row.next();
              counts.add(row.getInt(1));
            }
          }
          return new HashSet<>(counts);
        }
      });
    }
    say("where null", () -> {
      try (PreparedStatement statement = connection.prepareStatement("SELECT count(*) FROM new_crate WHERE new_day = ?")) {
        statement.setNull(1, Types.DATE);
        try (ResultSet row = statement.executeQuery()) {
          row.next();
          return row.getInt(1);
        }
      }
    });
    say("limit", () -> {
      try (PreparedStatement statement = connection.prepareStatement("SELECT accountid FROM account ORDER BY 1 LIMIT ? OFFSET ?")) {
        statement.setInt(1, 3);
        statement.setInt(2, 1);
        return rows(statement.executeQuery(), "accountid").size();
      }
    });
  }

  private static void behaviour(Connection connection) throws SQLException {
    say("max rows", () -> {
      try (Statement statement = connection.createStatement()) {
        statement.setMaxRows(5);
        return rows(statement.executeQuery("SELECT accountid FROM account"), "accountid").size();
      }
    });
    say("fetch size", () -> {
      connection.setAutoCommit(false);
      Set<Object> seen = new HashSet<>();
      int count = 0;
      try (Statement statement = connection.createStatement()) {
        statement.setFetchSize(7);
        try (ResultSet row = statement.executeQuery("SELECT accountid FROM account")) {
          while (row.next()) {
            seen.add(row.getObject(1));
            count += 1;
          }
        }
      }
      connection.commit();
      connection.setAutoCommit(true);
      return List.of(count, seen.size());
    });
    say("syntax error", () -> connection.createStatement().executeQuery("SELECT nam FROM account"));
    say("a write", () -> connection.createStatement().executeUpdate("DELETE FROM account"));
    say("timeout", () -> {
      try (Statement statement = connection.createStatement()) {
        statement.setQueryTimeout(1);
        return statement.executeQuery(ENDLESS);
      }
    });
    say("cancel", () -> {
      try (Statement statement = connection.createStatement()) {
        Thread canceller = new Thread(() -> {
          try {
            for (int times = 0; times < 20; times += 1) {
              Thread.sleep(200);
              statement.cancel();
            }
          } catch (Exception ended) {
            // The statement is over.
          }
        });
        canceller.start();
        try {
          return statement.executeQuery(ENDLESS);
        } finally {
          canceller.interrupt();
          canceller.join();
        }
      }
    });
    say("goes on", () -> {
      // A cancel that came late may have ended the first one.
      try (Statement statement = connection.createStatement()) {
        statement.executeQuery("SELECT 1").close();
      } catch (SQLException late) {
        // As it may.
      }
      return rows(connection.createStatement().executeQuery("SELECT 42 AS v"), "v");
    });
    say("valid", () -> connection.isValid(5));
    say("read only transaction", () -> {
      connection.setReadOnly(true);
      connection.setAutoCommit(false);
      connection.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
      int count = rows(connection.createStatement().executeQuery("SELECT 1 AS v"), "v").size();
      connection.rollback();
      connection.setAutoCommit(true);
      return count;
    });
    say("schema", () -> {
      connection.setSchema("lakelink");
      return List.of(connection.getSchema(), rows(connection.createStatement().executeQuery("SELECT count(*) AS n FROM tables"), "n").size());
    });
  }

  private static List<Object> rows(ResultSet result, String... columns) throws SQLException {
    List<Object> rows = new ArrayList<>();
    try (result) {
      while (result.next()) {
        if (columns.length == 1) {
          rows.add(result.getString(columns[0]));
          continue;
        }
        List<Object> row = new ArrayList<>();
        for (String column : columns) row.add(result.getString(column));
        rows.add(row);
      }
    }
    return rows;
  }

  private static void say(String of, Work work) {
    Object is;
    try {
      is = work.run();
    } catch (SQLException refused) {
      is = Map.of("state", String.valueOf(refused.getSQLState()), "says", String.valueOf(refused.getMessage()));
    } catch (Exception failed) {
      is = Map.of("failed", String.valueOf(failed));
    }
    System.out.println("{\"of\": " + json(of) + ", \"is\": " + json(is) + "}");
  }

  private static String json(Object value) {
    if (value == null) return "null";
    if (value instanceof Number || value instanceof Boolean) return value.toString();
    List<String> parts = new ArrayList<>();
    if (value instanceof Map<?, ?> map) {
      for (Map.Entry<?, ?> each : map.entrySet()) parts.add(json(String.valueOf(each.getKey())) + ": " + json(each.getValue()));
      return "{" + String.join(", ", parts) + "}";
    }
    if (value instanceof Iterable<?> all) {
      for (Object each : all) parts.add(json(each));
      return "[" + String.join(", ", parts) + "]";
    }
    StringBuilder text = new StringBuilder("\"");
    for (char each : value.toString().toCharArray()) {
      if (each == '"' || each == '\\') text.append('\\').append(each);
      else if (each < ' ' || each > '~') text.append(String.format("\\u%04x", (int) each));
      else text.append(each);
    }
    return text.append('"').toString();
  }
}

package dev.parley.console.comparison;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;

/** The places of a pair: as many as people should judge it. */
public final class Places {

  private Places() {}

  /**
   * How many places others than one person hold: by a verdict, or by a lease that lasts. Who
   * skipped a pair holds none.
   *
   * @param connection on which the pair is locked, so that the number stays true
   * @param pair its number
   * @param annotator who does not count
   */
  public static int heldByOthers(Connection connection, long pair, String annotator)
      throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement(
            """
            select count(*) from assignment a left join verdict v on v.assignment_id = a.id
            where a.pair_id = ? and a.annotator <> ?
              and (v.choice in ('FIRST', 'SECOND', 'SAME', 'BOTH_BAD')
                or (v.id is null and a.leased_until > clock_timestamp()))
            """)) {
      select.setLong(1, pair);
      select.setString(2, annotator);
      try (ResultSet count = select.executeQuery()) {
        count.next();
        return count.getInt(1);
      }
    }
  }
}

package dev.parley.console.study;

import dev.parley.console.database.Database;
import jakarta.inject.Singleton;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Studies and their pairs in the database. */
@Singleton
public class Studies {

  private static final String COLUMNS =
      "s.id, s.name, s.instructions, s.overlap, s.ties, s.graded, s.open, s.first_policy,"
          + " s.second_policy, s.created_at";

  private static final int ROWS_AT_ONCE = 500;

  private final Database database;

  /** Takes the database. */
  public Studies(Database database) {
    this.database = database;
  }

  /**
   * Makes a study, open, with its pairs.
   *
   * @throws NameTakenException if there is one of this name
   */
  public Study create(StudyDesign design, List<NewPair> pairs) {
    return database.transaction(
        connection -> {
          Optional<Long> id = insert(connection, design);
          if (id.isEmpty()) {
            throw new NameTakenException(
                find(connection, "s.name = ?", design.name()).orElseThrow());
          }
          insert(connection, id.get(), pairs);
          return find(connection, "s.id = ?", id.get()).orElseThrow();
        });
  }

  /** The number of the new study; none if the name is taken. */
  private static Optional<Long> insert(Connection connection, StudyDesign design)
      throws SQLException {
    try (PreparedStatement insert =
        connection.prepareStatement(
            """
            insert into study (name, instructions, overlap, ties, graded, first_policy, second_policy)
            values (?, ?, ?, ?, ?, ?, ?) on conflict (name) do nothing returning id
            """)) {
      insert.setString(1, design.name());
      insert.setString(2, design.instructions());
      insert.setInt(3, design.overlap());
      insert.setBoolean(4, design.ties());
      insert.setBoolean(5, design.graded());
      insert.setString(6, design.policies().map(StudyDesign.Policies::first).orElse(null));
      insert.setString(7, design.policies().map(StudyDesign.Policies::second).orElse(null));
      try (ResultSet made = insert.executeQuery()) {
        return made.next() ? Optional.of(made.getLong(1)) : Optional.empty();
      }
    }
  }

  private static void insert(Connection connection, long study, List<NewPair> pairs)
      throws SQLException {
    try (PreparedStatement insert =
        connection.prepareStatement(
            """
            insert into pair (study_id, position, question_id, prompt, first_answer, second_answer,
              first_model, second_model)
            values (?, ?, ?, ?::jsonb, ?::jsonb, ?::jsonb, ?, ?)
            """)) {
      int position = 0;
      for (NewPair pair : pairs) {
        Optional<NewPair.Answers> answers = pair.answers();
        insert.setLong(1, study);
        insert.setInt(2, ++position);
        insert.setString(3, pair.questionId());
        insert.setString(4, Turns.write(pair.prompt()));
        setText(insert, 5, answers.map(NewPair.Answers::first).map(Turns::write));
        setText(insert, 6, answers.map(NewPair.Answers::second).map(Turns::write));
        setText(insert, 7, answers.flatMap(NewPair.Answers::firstModel));
        setText(insert, 8, answers.flatMap(NewPair.Answers::secondModel));
        insert.addBatch();
        if (position % ROWS_AT_ONCE == 0) {
          insert.executeBatch();
        }
      }
      insert.executeBatch();
    }
  }

  private static void setText(PreparedStatement statement, int index, Optional<String> text)
      throws SQLException {
    if (text.isPresent()) {
      statement.setString(index, text.get());
    } else {
      statement.setNull(index, Types.VARCHAR);
    }
  }

  /** The study of a number. */
  public Optional<Study> find(long id) {
    return database.transaction(connection -> find(connection, "s.id = ?", id));
  }

  private static Optional<Study> find(Connection connection, String condition, Object value)
      throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement("select " + COLUMNS + " from study s where " + condition)) {
      select.setObject(1, value);
      try (ResultSet found = select.executeQuery()) {
        return found.next() ? Optional.of(study(found)) : Optional.empty();
      }
    }
  }

  private static Study study(ResultSet row) throws SQLException {
    Optional<String> first = Optional.ofNullable(row.getString("first_policy"));
    String second = row.getString("second_policy");
    return new Study(
        row.getLong("id"),
        new StudyDesign(
            row.getString("name"),
            row.getString("instructions"),
            row.getInt("overlap"),
            row.getBoolean("ties"),
            row.getBoolean("graded"),
            first.map(policy -> new StudyDesign.Policies(policy, second))),
        row.getBoolean("open"),
        row.getTimestamp("created_at").toInstant());
  }

  /** All studies, the newest first. */
  public List<StudySummary> all() {
    return database.transaction(connection -> summaries(connection, "true", null));
  }

  /** How far a study is. */
  public StudySummary summary(Study study) {
    return database.transaction(connection -> summaries(connection, "s.id = ?", study.id())).get(0);
  }

  private static List<StudySummary> summaries(Connection connection, String condition, Long id)
      throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement(
            "select "
                + COLUMNS
                + """
                , count(p.id) filter (where not p.withheld) as pairs,
                  count(p.id) filter (where p.withheld) as withheld,
                  coalesce(sum(least(p.judged, s.overlap)) filter (where not p.withheld), 0) as given
                from study s left join pair p on p.study_id = s.id
                where %s group by s.id order by s.id desc
                """
                    .formatted(condition))) {
      if (id != null) {
        select.setLong(1, id);
      }
      List<StudySummary> summaries = new ArrayList<>();
      try (ResultSet row = select.executeQuery()) {
        while (row.next()) {
          Study study = study(row);
          long pairs = row.getLong("pairs");
          summaries.add(
              new StudySummary(
                  study,
                  pairs,
                  pairs * study.design().overlap(),
                  row.getLong("given"),
                  row.getLong("withheld")));
        }
      }
      return summaries;
    }
  }

  /** Opens or closes a study. */
  public void setOpen(Study study, boolean open) {
    database.transaction(
        connection -> {
          try (PreparedStatement update =
              connection.prepareStatement("update study set open = ? where id = ?")) {
            update.setBoolean(1, open);
            update.setLong(2, study.id());
            return update.executeUpdate();
          }
        });
  }

  /** Shows a pair again that was withheld. */
  public void putBack(Study study, long pair) {
    database.transaction(
        connection -> {
          try (PreparedStatement update =
              connection.prepareStatement(
                  "update pair set withheld = false where study_id = ? and id = ?")) {
            update.setLong(1, study.id());
            update.setLong(2, pair);
            return update.executeUpdate();
          }
        });
  }
}

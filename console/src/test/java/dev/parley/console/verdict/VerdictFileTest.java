package dev.parley.console.verdict;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.parley.console.study.NewPair;
import dev.parley.console.study.Turn;
import dev.parley.data.ChatTurn;
import dev.parley.data.Example;
import dev.parley.data.Preference;
import dev.parley.data.PreferenceSource;
import dev.parley.data.file.Dataset;
import dev.parley.data.file.DatasetReader;
import dev.parley.data.file.ReadOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The files are read by those who are to read them. */
class VerdictFileTest {

  private static final List<Turn> PROMPT =
      List.of(new Turn("system", "Be brief."), new Turn("user", "Is it?\n<b>Really</b>?"));

  @TempDir Path directory;

  private static VerdictRow verdict(Choice choice, Strength strength, String first) {
    return new VerdictRow(
        "0c5e4f9a-0000-4000-8000-000000000000",
        1,
        "q1",
        PROMPT,
        new NewPair.Answers(
            List.of(new Turn("assistant", first)),
            List.of(new Turn("assistant", "No.")),
            Optional.of("x"),
            Optional.of("y")),
        "anna",
        choice,
        Optional.ofNullable(strength),
        "because",
        true,
        12.34,
        Instant.parse("2026-11-28T12:00:00Z"));
  }

  private List<Preference> read(VerdictRow... verdicts) throws IOException {
    List<String> lines = new ArrayList<>();
    for (VerdictRow verdict : verdicts) {
      VerdictFile.PREFERENCES.line(verdict).ifPresent(lines::add);
    }
    Path file = Files.write(directory.resolve("preferences.jsonl"), lines);
    List<Preference> preferences = new ArrayList<>();
    try (DatasetReader<Example> rows = Dataset.of(file.toString()).examples(ReadOptions.strict())) {
      while (rows.hasNext()) {
        preferences.add((Preference) rows.next().example());
      }
    }
    return preferences;
  }

  private static Preference expected(
      String chosen, String rejected, OptionalDouble margin, boolean tie) {
    return new Preference(
        List.of(new ChatTurn("system", "Be brief."), ChatTurn.user("Is it?\n<b>Really</b>?")),
        List.of(ChatTurn.assistant(chosen)),
        List.of(ChatTurn.assistant(rejected)),
        margin,
        tie,
        PreferenceSource.HUMAN,
        "anna");
  }

  @Test
  void preferencesAreReadByTheDataModule() throws IOException {
    assertThat(
            read(
                verdict(Choice.FIRST, Strength.MUCH, "Yes."),
                verdict(Choice.SECOND, Strength.SLIGHTLY, ""),
                verdict(Choice.SAME, null, "Yes."),
                verdict(Choice.BOTH_BAD, null, "Yes."),
                verdict(Choice.SKIP, null, "Yes."),
                verdict(Choice.PROBLEM, null, "Yes.")))
        .containsExactly(
            expected("Yes.", "No.", OptionalDouble.of(1), false),
            expected("No.", "", OptionalDouble.of(1.0 / 3), false),
            expected("Yes.", "No.", OptionalDouble.empty(), true),
            expected("Yes.", "No.", OptionalDouble.empty(), true));
  }

  @Test
  void battlesHaveTheFieldsOfTheArena() throws IOException {
    JsonNode battle =
        new ObjectMapper()
            .readTree(VerdictFile.BATTLES.line(verdict(Choice.SECOND, null, "Yes.")).orElseThrow());

    assertThat(battle.path("question_id").asText()).isEqualTo("q1");
    assertThat(battle.path("model_a").asText()).isEqualTo("x");
    assertThat(battle.path("model_b").asText()).isEqualTo("y");
    assertThat(battle.path("winner").asText()).isEqualTo("model_b");
    assertThat(VerdictFile.BATTLES.line(verdict(Choice.BOTH_BAD, null, "Yes.")).orElseThrow())
        .contains("\"winner\":\"tie (bothbad)\"");
    assertThat(VerdictFile.BATTLES.line(verdict(Choice.SKIP, null, "Yes."))).isEmpty();
  }

  @Test
  void everythingStandsInTheThirdFile() throws IOException {
    JsonNode row =
        new ObjectMapper()
            .readTree(VerdictFile.VERDICTS.line(verdict(Choice.SKIP, null, "Yes.")).orElseThrow());

    assertThat(row.path("choice").asText()).isEqualTo("skip");
    assertThat(row.path("left").asText()).isEqualTo("a");
    assertThat(row.path("reason").asText()).isEqualTo("because");
    assertThat(row.path("seconds").asDouble()).isEqualTo(12.3);
    assertThat(row.path("given_at").asText()).isEqualTo("2026-11-28T12:00:00Z");
  }
}

package dev.parley.data.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.parley.data.ChatTurn;
import dev.parley.data.Demonstration;
import dev.parley.data.Example;
import dev.parley.data.InvalidExampleException;
import dev.parley.data.Preference;
import dev.parley.data.PreferenceSource;
import dev.parley.data.PromptRow;
import dev.parley.data.Verdict;
import dev.parley.data.shape.WrittenShape;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ParquetTest {

  static final List<Example> ONE_OF_EACH =
      List.of(
          new Demonstration(
              List.of(ChatTurn.user("Is the sea salty?"), ChatTurn.assistant("Yes.")), "notes"),
          new Preference(
              List.of(ChatTurn.system("Be brief."), ChatTurn.user("Wie heißt das Meer? 🌊")),
              List.of(ChatTurn.assistant("Ostsee,\n\"Baltic\".")),
              List.of(ChatTurn.assistant("")),
              OptionalDouble.of(0.1),
              false,
              PreferenceSource.HUMAN,
              "anna"),
          new Preference(
              List.of(ChatTurn.user("[\"a\", 1]")),
              List.of(ChatTurn.assistant("{\"b\": 2}")),
              List.of(ChatTurn.assistant("b")),
              OptionalDouble.empty(),
              true,
              PreferenceSource.UNKNOWN,
              ""),
          new Verdict(List.of(ChatTurn.user("q")), List.of(ChatTurn.assistant("a")), false),
          new PromptRow(
              List.of(ChatTurn.user("What is 6 times 7?")),
              Optional.of("42"),
              Map.of("topic", "sums", "level", "1")));

  @TempDir Path directory;

  @ParameterizedTest
  @ValueSource(strings = {"snappy", "zstd", "gzip", "none", "lz4"})
  void whatPyarrowWroteIsReadWithAnyCompression(String compression) throws Exception {
    List<Preference> pairs =
        Dataset.of(resource("pairs-" + compression + ".parquet").toString())
            .preferences(ReadOptions.strict())
            .readAll();

    assertThat(pairs).hasSize(2);
    assertThat(pairs.get(0).prompt()).containsExactly(ChatTurn.user("Is the sea salty?"));
    assertThat(pairs.get(0).chosen())
        .containsExactly(ChatTurn.assistant("Yes, about 3.5% by weight."));
    assertThat(pairs.get(0).margin()).hasValue(1.5);
    assertThat(pairs.get(1).prompt())
        .containsExactly(ChatTurn.system("Be brief."), ChatTurn.user("Wie heißt das Meer? 🌊"));
    assertThat(pairs.get(1).rejected()).containsExactly(ChatTurn.assistant(""));
    assertThat(pairs.get(1).margin()).isEmpty();
  }

  @Test
  void dataPagesOfVersionTwoAndColumnsThatNoShapeNeedsAreRead() throws Exception {
    try (DatasetReader<Example> rows =
        Dataset.of(resource("messages.parquet").toString()).examples(ReadOptions.strict())) {
      Row<Example> first = rows.next();
      Row<Example> second = rows.next();

      assertThat(first.shape()).isEqualTo("trl-messages");
      assertThat(((Demonstration) first.example()).answer()).isEqualTo("Yes.");
      assertThat(second.place().line()).isEqualTo(2);
      assertThat(((Demonstration) second.example()).answer()).isEqualTo("The Baltic.");
      assertThat(rows.hasNext()).isFalse();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"rows.parquet", "rows.csv", "rows.tsv.gz", "rows.jsonl.gz"})
  void whatIsWrittenIsReadAsTheSameExamples(String name) throws IOException {
    Path file = directory.resolve(name);

    write(file, WrittenShape.PARLEY, ONE_OF_EACH);

    assertThat(Dataset.of(file.toString()).examples(ReadOptions.strict()).readAll())
        .isEqualTo(ONE_OF_EACH);
  }

  @ParameterizedTest
  @ValueSource(strings = {"rows.parquet", "rows.csv", "rows.jsonl"})
  void pairsInTrlsShapeAreReadAsTheSamePairs(String name) throws IOException {
    List<Example> pairs =
        List.of(
            new Preference(
                List.of(ChatTurn.user("[{\"role\":\"user\",\"content\":\"no turn\"}]")),
                List.of(ChatTurn.assistant("a, b")),
                List.of(ChatTurn.assistant("")),
                OptionalDouble.of(2),
                false,
                PreferenceSource.UNKNOWN,
                ""),
            Preference.of(
                List.of(ChatTurn.user("q"), ChatTurn.assistant("a"), ChatTurn.user("r")),
                "\n\nHuman: x",
                "y"));
    Path file = directory.resolve(name);

    write(file, WrittenShape.TRL, pairs);

    assertThat(Dataset.of(file.toString()).examples(ReadOptions.strict()).readAll())
        .isEqualTo(pairs);
  }

  @Test
  void aTableHasNoColumnForMetadataInTrlsShape() throws IOException {
    try (DatasetWriter writer =
        DatasetWriter.create(directory.resolve("p.parquet"), WrittenShape.TRL, Set.of())) {
      assertThatThrownBy(() -> writer.write(ONE_OF_EACH.get(4)))
          .isInstanceOf(InvalidExampleException.class)
          .hasMessageContaining("'level' has no column in Parquet");
    }
    assertThat(directory).isEmptyDirectory();
  }

  @Test
  void aFileThatIsCutShortIsNamed() throws Exception {
    byte[] whole = Files.readAllBytes(resource("pairs-zstd.parquet"));
    Path file = directory.resolve("cut.parquet");
    Files.write(file, Arrays.copyOf(whole, whole.length / 2));

    assertThatThrownBy(() -> Dataset.of(file.toString()).examples(ReadOptions.strict()).readAll())
        .isInstanceOf(DatasetException.class)
        .hasMessageContaining(file + " cannot be read to its end: as Parquet: ");
  }

  private static void write(Path file, WrittenShape shape, List<Example> examples)
      throws IOException {
    try (DatasetWriter writer = DatasetWriter.create(file, shape, Set.of())) {
      for (Example example : examples) {
        writer.write(example);
      }
      writer.finish();
    }
  }

  private static Path resource(String name) throws URISyntaxException {
    return Path.of(ParquetTest.class.getResource(name).toURI());
  }
}

package dev.parley.data.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.parley.data.ChatTurn;
import dev.parley.data.Defect;
import dev.parley.data.PromptRow;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DatasetReaderTest {

  private static final String GOOD = "{\"prompt\":\"good\"}";

  @TempDir Path directory;

  @Test
  void rowsComeInOrderWithTheirPlaceAndShape() throws IOException {
    Path a = write("a.jsonl", "{\"prompt\":\"1\"}\n\n{\"prompt\":\"2\"}\r\n");
    Path b = write("b.jsonl", "{\"question\":\"3\",\"answer\":\"4\"}");

    try (DatasetReader<PromptRow> rows =
        Dataset.of(a.toString(), b.toString()).prompts(ReadOptions.strict())) {
      assertThat(rows.next().place()).isEqualTo(new RowPlace(a, 1));
      assertThat(rows.next().place()).hasToString(a + ":3");
      Row<PromptRow> last = rows.next();
      assertThat(last.place()).isEqualTo(new RowPlace(b, 1));
      assertThat(last.shape()).isEqualTo("question-answer");
      assertThat(rows.hasNext()).isFalse();
    }
  }

  @Test
  void arraysLinesAndGzipGiveTheSameRowsWhateverTheFileIsCalled() throws IOException {
    String lines = "{\"prompt\":\"1\"}\n{\"prompt\":\"2\"}\n";
    String array = " \n[\n  {\"prompt\":\"1\"},\n  {\"prompt\":\"2\"}\n]\n";

    assertThat(prompts(write("lines.jsonl", lines))).containsExactly("1", "2");
    assertThat(prompts(write("array.jsonl", array))).containsExactly("1", "2");
    assertThat(prompts(writeBytes("lines.json", gzip(lines)))).containsExactly("1", "2");
    assertThat(prompts(writeBytes("array.json.gz", gzip(array)))).containsExactly("1", "2");
    assertThat(prompts(write("mark.jsonl", "\uFEFF" + lines))).containsExactly("1", "2");
    assertThat(prompts(write("empty.json", "[]"))).isEmpty();
    assertThat(prompts(write("empty.jsonl", ""))).isEmpty();
  }

  @Test
  void aRowOfAnArrayIsReportedByTheLineItBeginsOn() throws IOException {
    Path file =
        write("array.json", "[\n  {\"prompt\": \"1\"},\n\n  {\n    \"promt\": \"2\"\n  }\n]");

    assertThatThrownBy(() -> prompts(file))
        .hasMessageStartingWith(file + ":4: no shape has the keys");
  }

  @Test
  void theFirstBadRowEndsTheReadingAndThoseBehindItAreListed() throws IOException {
    Path file =
        write(
            "bad.jsonl",
            String.join("\n", GOOD, "{\"prompt\":7}", GOOD, "{\"prompt\":", "[1]", GOOD) + "\n");

    DatasetException e = catchThrowableOfType(DatasetException.class, () -> prompts(file));

    assertThat(e)
        .hasMessage(
            """
            %1$s:2: 'prompt' is the number 7; expected a list of turns
            2 more bad rows in the next 4:
              not JSON: %1$s:4
              not a JSON object: %1$s:5\
            """
                .formatted(file));
    assertThat(e.badRows())
        .extracting(BadRow::defect)
        .containsExactly(Defect.WRONG_TYPE, Defect.NOT_JSON, Defect.NOT_AN_OBJECT);
  }

  @Test
  void onlySoManyBadRowsAreListed() throws IOException {
    Path file = write("bad.jsonl", "{}\n".repeat(100));

    DatasetException e = catchThrowableOfType(DatasetException.class, () -> prompts(file));

    assertThat(e.badRows()).hasSize(DatasetReader.BAD_ROWS_LISTED);
  }

  @Test
  void skippedRowsAreCountedByReasonAndTheOthersRead() throws IOException {
    Path file = write("bad.jsonl", String.join("\n", GOOD, "{}", "oops", GOOD, "{\"id\":1}", GOOD));

    try (DatasetReader<PromptRow> rows =
        Dataset.of(file.toString()).prompts(ReadOptions.skippingBad())) {
      assertThat(rows.readAll()).hasSize(3);
      assertThat(rows.skipped().byDefect())
          .isEqualTo(Map.of(Defect.UNKNOWN_SHAPE, 2L, Defect.NOT_JSON, 1L));
      assertThat(rows.skipped().total()).isEqualTo(3);
      assertThat(rows.skipped().first())
          .extracting(bad -> bad.place().line())
          .containsExactly(2L, 3L, 5L);
    }
  }

  @Test
  void bytesThatAreNotUtf8AreReportedByTheirPlaceInTheLine() throws IOException {
    byte[] latin1 = (GOOD + "\n{\"prompt\":\"caf\u00e9\"}\n").getBytes(StandardCharsets.ISO_8859_1);
    Path file = writeBytes("latin1.jsonl", latin1);

    assertThatThrownBy(() -> prompts(file))
        .hasMessageContaining(file + ":2: byte 15 of the line is not UTF-8");
  }

  @Test
  void overlongUtf8IsNotUtf8() throws IOException {
    byte[] bytes = "{\"prompt\":\"??\"}".getBytes(StandardCharsets.US_ASCII);
    bytes[11] = (byte) 0xC0;
    bytes[12] = (byte) 0xAF;

    assertBad(writeBytes("overlong.jsonl", bytes), Defect.NOT_UTF8);
  }

  @Test
  void anArrayThatIsNotUtf8EndsTheReading() throws IOException {
    Path file =
        writeBytes(
            "latin1.json", "[{\"prompt\":\"caf\u00e9\"}]".getBytes(StandardCharsets.ISO_8859_1));

    assertThatThrownBy(
            () -> Dataset.of(file.toString()).prompts(ReadOptions.skippingBad()).readAll())
        .isInstanceOf(DatasetException.class)
        .hasMessageContaining(file.toString())
        .hasMessageContaining("not UTF-8");
  }

  @Test
  void aLineThatIsNoObjectOrTwoIsBad() throws IOException {
    assertBad(write("a.jsonl", "7\n"), Defect.NOT_AN_OBJECT);
    assertBad(write("b.jsonl", GOOD + GOOD + "\n"), Defect.NOT_JSON);
    assertBad(write("c.jsonl", "{\"prompt\":\"a\",\"prompt\":\"b\"}\n"), Defect.NOT_JSON);
    assertBad(write("d.jsonl", "{\n\"prompt\":\"a\"\n}\n"), Defect.NOT_JSON);
  }

  @Test
  void aLineThatIsTooLongDoesNotSpoilTheNext() throws IOException {
    Path file = write("long.jsonl", "x".repeat((64 << 20) + 1) + "\n" + GOOD + "\n");

    try (DatasetReader<PromptRow> rows =
        Dataset.of(file.toString()).prompts(ReadOptions.skippingBad())) {
      assertThat(rows.readAll()).hasSize(1);
      assertThat(rows.skipped().byDefect()).isEqualTo(Map.of(Defect.TOO_LONG, 1L));
    }
  }

  @Test
  void aLastLineWithoutAnEndIsSaidToBePerhapsCutShort() throws IOException {
    Path file = write("cut.jsonl", GOOD + "\n" + GOOD.substring(0, 10));

    assertThatThrownBy(() -> prompts(file)).hasMessageContaining("the file may be cut short");
  }

  @Test
  void brokenContainersEndTheReadingEvenWhenBadRowsAreSkipped() throws IOException {
    byte[] whole = gzip((GOOD + "\n").repeat(20_000));
    Path cutGzip = writeBytes("cut.jsonl.gz", Arrays.copyOf(whole, whole.length - 9));
    Path cutArray = write("cut.json", "[" + GOOD + "," + GOOD);
    Path behind = write("behind.json", "[" + GOOD + "] 7");

    for (Path file : List.of(cutGzip, cutArray, behind)) {
      assertThatThrownBy(
              () -> Dataset.of(file.toString()).prompts(ReadOptions.skippingBad()).readAll())
          .isInstanceOf(DatasetException.class)
          .hasMessageContaining(file.toString());
    }
  }

  @Test
  void aFormatThatIsNotReadIsNamed() throws IOException {
    Path file = write("rows.jsonl", "PK\u0003\u0004");

    assertThatThrownBy(() -> prompts(file))
        .hasMessageContaining(file + " is a ZIP archive; expected JSON Lines");
  }

  @Test
  void aRowOfAnotherKindIsBad() throws IOException {
    Path file = write("prompts.jsonl", GOOD);

    assertThatThrownBy(
            () -> Dataset.of(file.toString()).preferences(ReadOptions.strict()).readAll())
        .hasMessageContaining(":1: the row is a prompt; expected preferences");
    assertThatThrownBy(
            () -> Dataset.of(file.toString()).demonstrations(ReadOptions.strict()).readAll())
        .hasMessageContaining("expected demonstrations");
  }

  @Test
  void aPromptThatWasAnsweredIsADemonstration() throws IOException {
    Path file =
        write(
            "generated.jsonl",
            "{\"prompt\":[{\"role\":\"user\",\"content\":\"Q\"}],\"response\":\"A\",\"tokens\":2}");

    assertThat(Dataset.of(file.toString()).demonstrations(ReadOptions.strict()).readAll())
        .singleElement()
        .satisfies(
            row ->
                assertThat(row.conversation())
                    .containsExactly(ChatTurn.user("Q"), ChatTurn.assistant("A")));
  }

  @Test
  void aNamedShapeSettlesWhatTheKeysLeaveOpen() throws IOException {
    Path file =
        write(
            "both.jsonl",
            "{\"instruction\":\"Q\",\"output\":\"A\",\"completion\":\"B\",\"prompt\":\"P\"}");
    Dataset dataset = Dataset.of(file.toString());

    assertThatThrownBy(() -> dataset.examples(ReadOptions.strict()).readAll())
        .hasMessageContaining("could be trl-prompt-completion or alpaca");
    assertThat(dataset.demonstrations(ReadOptions.strict().as("alpaca")).readAll())
        .singleElement()
        .satisfies(row -> assertThat(row.answer()).isEqualTo("A"));
    assertThatThrownBy(() -> dataset.examples(ReadOptions.strict().as("alpacca")))
        .hasMessageContaining("did you mean \"alpaca\"?");
  }

  private static List<String> prompts(Path file) {
    return Dataset.of(file.toString()).prompts(ReadOptions.strict()).readAll().stream()
        .map(row -> row.prompt().get(0).content())
        .toList();
  }

  private static void assertBad(Path file, Defect defect) {
    DatasetException e = catchThrowableOfType(DatasetException.class, () -> prompts(file));
    assertThat(e.badRows().get(0).defect()).isEqualTo(defect);
  }

  private Path write(String name, String text) throws IOException {
    return writeBytes(name, text.getBytes(StandardCharsets.UTF_8));
  }

  private Path writeBytes(String name, byte[] bytes) throws IOException {
    return Files.write(directory.resolve(name), bytes);
  }

  private static byte[] gzip(String text) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(bytes)) {
      gzip.write(text.getBytes(StandardCharsets.UTF_8));
    }
    return bytes.toByteArray();
  }
}

package dev.parley.cli.dataset;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.cli.ExitCode;
import dev.parley.cli.Parley;
import dev.parley.cli.terminal.CapturedTerminal;
import dev.parley.data.file.Dataset;
import dev.parley.data.file.ReadOptions;
import dev.parley.model.TinyModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DataCommandsTest {

  private static final String PAIR =
      """
      {"parley":"preference","prompt":[{"role":"user","content":"Is the sea salty?"}],"chosen":[{"role":"assistant","content":"Yes."}],"rejected":[{"role":"assistant","content":"No."}],"source":"human","annotator":"anna"}
      """;

  private static final String LONG =
      IntStream.range(0, 60).mapToObj(i -> "word" + i).collect(Collectors.joining(" "));

  @TempDir static Path shared;
  private static Path model;

  @TempDir Path directory;

  private CapturedTerminal terminal = CapturedTerminal.piped();

  @BeforeAll
  static void writeModel() {
    model = TinyModel.write(shared.resolve("model"), 3);
  }

  // ---- convert ---------------------------------------------------------------------------------

  @Test
  void convertNamesTheRowThatTheShapeCannotSayAndLeavesNothingBehind() throws IOException {
    Path pairs = write("pairs.jsonl", PAIR);
    Path output = directory.resolve("out.parquet");

    assertThat(data("convert", pairs, "--to", "trl", "--output", output))
        .isEqualTo(ExitCode.FAILED);

    assertThat(terminal.err())
        .contains(pairs + ":1: 'source' is human, which the shape trl cannot say");
    assertThat(directory).isDirectoryNotContaining("glob:**out*");
    assertThat(
            data(
                "convert",
                pairs,
                "--to",
                "trl",
                "--leave-out",
                "source,annotator",
                "--output",
                output))
        .isZero();
    assertThat(terminal.out()).isEqualTo("1 rows in %s%n".formatted(output));
  }

  @Test
  void aFileIsNotWrittenOverWithoutForce() throws IOException {
    Path pairs = write("pairs.jsonl", PAIR);
    Path output = write("out.jsonl", "precious\n");

    assertThat(data("convert", pairs, "--output", output)).isEqualTo(ExitCode.FAILED);
    assertThat(terminal.err()).contains(output + " exists already", "--force");
    assertThat(output).hasContent("precious\n");

    assertThat(data("convert", pairs, "--output", output, "--force")).isZero();
    assertThat(output).hasContent(PAIR);
  }

  @Test
  void chosenAnswersBecomeDemonstrations() throws IOException {
    Path output = directory.resolve("sft.jsonl");

    assertThat(
            data(
                "convert",
                write("p.jsonl", PAIR),
                "--chosen",
                "--to",
                "messages",
                "--output",
                output))
        .isZero();

    assertThat(output)
        .hasContent(
            "{\"messages\":[{\"role\":\"user\",\"content\":\"Is the sea"
                + " salty?\"},{\"role\":\"assistant\",\"content\":\"Yes.\"}]}\n");
  }

  @Test
  void rankingsAreWrittenAsTheirPairsOnRequestAndElseRefusedByShapesWithoutThem()
      throws IOException {
    Path rankings =
        write(
            "rankings.jsonl",
            "{\"prompt\":\"q\",\"answers\":[\"a\",\"b\",\"c\"],\"ranks\":[2,1,3]}\n");
    Path output = directory.resolve("pairs.jsonl");

    assertThat(data("convert", rankings, "--to", "trl", "--output", output))
        .isEqualTo(ExitCode.FAILED);
    assertThat(terminal.err())
        .contains(rankings + ":1: the row is a ranking, for which the shape trl has no fields");

    assertThat(data("convert", rankings, "--pairs", "--to", "trl", "--output", output)).isZero();
    assertThat(Dataset.of(output.toString()).preferences(ReadOptions.strict()).readAll())
        .extracting(pair -> pair.chosen().get(0).content() + pair.rejected().get(0).content())
        .containsExactly("ba", "ac", "bc");

    Path whole = directory.resolve("whole.jsonl");
    assertThat(data("convert", rankings, "--output", whole)).isZero();
    assertThat(Dataset.of(whole.toString()).examples(ReadOptions.strict()).readAll())
        .isEqualTo(Dataset.of(rankings.toString()).examples(ReadOptions.strict()).readAll());

    assertThat(data("validate", rankings, "--kind", "ranking")).isZero();
    assertThat(data("stats", rankings)).isZero();
    assertThat(terminal.out()).contains("ranking").containsPattern("pairs +3");
  }

  @Test
  void aNameOfAnotherFormatIsRefused() throws IOException {
    Path output = directory.resolve("pairs.zip");

    assertThat(data("convert", write("pairs.jsonl", PAIR), "--output", output))
        .isEqualTo(ExitCode.FAILED);
    assertThat(terminal.err())
        .contains(output + " is named after no format that is written", ".parquet");
    assertThat(output).doesNotExist();
  }

  @Test
  void aShapeOrFieldThatIsUnknownIsWrongUsage() throws IOException {
    Path pairs = write("pairs.jsonl", PAIR);

    assertThat(data("convert", pairs, "--to", "tlr", "--output", "x.jsonl"))
        .isEqualTo(ExitCode.USAGE);
    assertThat(terminal.err()).contains("there is no shape \"tlr\"; expected one of [parley, trl");
    assertThat(data("convert", pairs, "--leave-out", "sorce", "--output", "x.jsonl"))
        .isEqualTo(ExitCode.USAGE);
    assertThat(terminal.err()).contains("there is no field \"sorce\"");
  }

  // ---- validate --------------------------------------------------------------------------------

  @Test
  void validateListsEveryProblemWithFileLineAndFieldAndGoesOn() throws IOException {
    Path pairs =
        write(
            "pairs.jsonl",
            PAIR
                + "oops\n"
                + PAIR.replace("anna", "ben")
                + PAIR.replace("Yes.", "x").replace("No.", "Yes.").replace("\"x\"", "\"No.\"")
                + "{\"prompt\":\"q\",\"chosen\":7,\"rejected\":\"\"}\n"
                + "{\"prompt\":\"q\",\"chosen\":\"a\",\"rejected\":\"\"}\n");

    assertThat(data("validate", pairs, "--kind", "preference")).isEqualTo(ExitCode.FAILED);

    assertThat(terminal.out().lines())
        .containsExactly(
            "error    "
                + pairs
                + ":2: not JSON, column 5: Unrecognized token 'oops': was expecting (JSON String,"
                + " Number, Array, Object or token 'null', 'true' or 'false'); expected one whole"
                + " JSON object on the line",
            "warning  " + pairs + ":3: the pair stands already in " + pairs + ":1",
            "warning  "
                + pairs
                + ":4: 'chosen' and 'rejected' are the other way round in "
                + pairs
                + ":1",
            "error    " + pairs + ":5: 'chosen' is the number 7; expected a list of turns",
            "warning  " + pairs + ":6: 'rejected' is empty");
    assertThat(terminal.err())
        .contains(
            "4 good rows, 2 errors (not JSON: 1, wrong type: 1), 3 warnings (contradiction: 1,"
                + " empty answer: 1, repeated: 1)");
  }

  @Test
  void aFileWithoutRowsIsNotValid() throws IOException {
    Path empty = write("empty.jsonl", "\n");

    assertThat(data("validate", empty)).isEqualTo(ExitCode.FAILED);
    assertThat(terminal.err()).contains("there is no row in " + empty);
  }

  @Test
  void warningsFailOnlyWithStrict() throws IOException {
    Path prompts = write("prompts.jsonl", "{\"prompt\":\"q\"}\n{\"prompt\":\"q\"}\n");

    assertThat(data("validate", prompts)).isZero();
    assertThat(terminal.out()).contains("2 good rows, no errors, 1 warning (repeated: 1)");
    assertThat(data("validate", prompts, "--strict")).isEqualTo(ExitCode.FAILED);
    assertThat(data("validate", prompts, "--kind", "preference")).isEqualTo(ExitCode.FAILED);
    assertThat(terminal.out()).contains(":1: the row is a prompt; expected a preference");
  }

  @Test
  void aRowThatAModelHasNoRoomForIsWrongForThatModelAlone() throws IOException {
    Path pairs = write("pairs.jsonl", PAIR);

    assertThat(data("validate", pairs, "--model", model, "--max-tokens", 4))
        .isEqualTo(ExitCode.FAILED);
    assertThat(terminal.out()).contains("tokens; expected at most 4");
    assertThat(terminal.err()).contains("1 error (not for this model: 1)");
    assertThat(data("validate", pairs, "--model", model)).isZero();
  }

  @Test
  void aFileThatBreaksOffDoesNotHideTheNextOne() throws IOException {
    Path broken = write("a.json", "[{\"prompt\":\"q\"}, {");
    Path other = write("b.jsonl", "{\"promt\":\"q\"}\n");

    assertThat(data("validate", broken, other)).isEqualTo(ExitCode.FAILED);

    assertThat(terminal.out())
        .contains(
            "error    " + broken + ":1: ",
            "error    " + other + ":1: no shape has the keys [promt]; did you mean");
  }

  // ---- dedup -----------------------------------------------------------------------------------

  @Test
  void dedupKeepsTheFirstAndSaysHowMany() throws IOException {
    Path rows =
        write("rows.jsonl", prompts(LONG, "other words", LONG, LONG.replace("word59", "x")));
    Path output = directory.resolve("clean.csv");

    assertThat(data("dedup", rows, "--output", output, "--list")).isZero();

    assertThat(terminal.out())
        .startsWith(
            rows + ":3  repeats " + rows + ":1  1.00\n" + rows + ":4  repeats " + rows + ":1  0.")
        .contains(
            """
            rows               4
              repeated         1  25.0%
              nearly repeated  1  25.0%
              stay             2
            """);
    assertThat(Files.readAllLines(output)).hasSize(3);
  }

  @Test
  void aDryRunWritesNothing() throws IOException {
    Path rows = write("rows.jsonl", prompts("a", "a"));

    assertThat(data("dedup", rows, "--exact", "--dry-run")).isZero();
    assertThat(terminal.out()).contains("  stay      1").doesNotContain("written");
    assertThat(data("dedup", rows)).isEqualTo(ExitCode.USAGE);
  }

  // ---- split -----------------------------------------------------------------------------------

  @Test
  void splitLetsNoPromptLeakAndItsCheckSaysSo() throws IOException {
    List<String> questions = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      questions.add("question " + i + " about thing " + i * 7);
      questions.add("question " + i + " about thing " + i * 7);
      questions.add(LONG + " and " + i);
    }
    Path rows = write("rows.jsonl", prompts(questions.toArray(String[]::new)));
    Path parts = directory.resolve("parts");

    assertThat(
            data("split", rows, "--part", "test=10", "--part", "train=rest", "--output-dir", parts))
        .isZero();

    assertThat(Files.readAllLines(parts.resolve("test.jsonl"))).hasSize(10);
    assertThat(Files.readAllLines(parts.resolve("train.jsonl"))).hasSize(110);
    Path train = parts.resolve("train.jsonl");
    assertThat(data("split", "--check", train, parts.resolve("test.jsonl"))).isZero();
    assertThat(terminal.out()).isEqualTo("120 rows in 2 files: no prompt is in two of them\n");
    assertThat(data("split", "--check", train, write("leak.jsonl", prompts(LONG + " and 99"))))
        .isEqualTo(ExitCode.FAILED);
    assertThat(terminal.out()).contains("leak.jsonl:1  asks what " + train + ":");
    assertThat(terminal.err()).contains("1 rows of later files ask what rows of earlier files ask");
  }

  @Test
  void partsThatDoNotAddUpAreWrongUsage() throws IOException {
    Path rows = write("rows.jsonl", prompts("a"));

    assertThat(data("split", rows, "--part", "a=0.5", "--output-dir", directory))
        .isEqualTo(ExitCode.USAGE);
    assertThat(terminal.err()).contains("--part: found 1 parts");
    assertThat(data("split", rows)).isEqualTo(ExitCode.USAGE);
  }

  // ---- mix -------------------------------------------------------------------------------------

  @Test
  void mixDrawsByWeightAndTheSameAgain() throws IOException {
    Path a = write("a.jsonl", prompts(numbered("a", 300)));
    Path b = write("b.jsonl", prompts(numbered("b", 300)));
    Path first = directory.resolve("first.jsonl");
    Path second = directory.resolve("second.jsonl");

    for (Path output : List.of(first, second)) {
      assertThat(
              data(
                  "mix",
                  "--from",
                  a + "=3",
                  "--from",
                  b + "=1",
                  "--rows",
                  "200",
                  "--output",
                  output))
          .isZero();
    }

    assertThat(first).hasSameBinaryContentAs(second);
    assertThat(Files.readAllLines(first).stream().filter(line -> line.contains("\"a ")).count())
        .isBetween(130L, 170L);
    assertThat(terminal.out()).contains("75.0%").contains("all");
    assertThat(data("mix", "--from", a.toString(), "--output", "x")).isEqualTo(ExitCode.USAGE);
    assertThat(terminal.err()).contains("expected FILE=WEIGHT");
  }

  @Test
  void mixRefusesRowsOfDifferentKindsUnlessTheyAreWanted() throws IOException {
    Path questions = write("questions.jsonl", prompts(numbered("a", 9)));
    Path pairs = write("pairs.jsonl", PAIR.repeat(9));
    Path mixed = directory.resolve("mixed.jsonl");
    Object[] command = {
      "mix", "--from", questions + "=1", "--from", pairs + "=1", "--output", mixed
    };

    assertThat(data(command)).isEqualTo(ExitCode.FAILED);
    assertThat(terminal.err())
        .containsPattern("questions.jsonl:1 (is )?a prompt")
        .containsPattern("pairs.jsonl:1 (is )?a preference")
        .contains("--any-kind");
    assertThat(mixed).doesNotExist();

    Object[] anyKind = Arrays.copyOf(command, command.length + 1);
    anyKind[command.length] = "--any-kind";
    assertThat(data(anyKind)).as(terminal.err()).isZero();
  }

  // ---- stats -----------------------------------------------------------------------------------

  @Test
  void statsShowAgreementGradesAndBarsAndDrawThem() throws IOException {
    Path pairs =
        write(
            "pairs.jsonl",
            PAIR
                + PAIR.replace("anna", "ben")
                + "{\"prompt\":\"q\",\"chosen\":\"long"
                + " answer\",\"rejected\":\"b\",\"score_chosen\":8,\"score_rejected\":2}\n");
    Path plot = directory.resolve("plot.svg");

    assertThat(data("stats", pairs, "--good-from", "5", "--plot", plot)).isZero();

    assertThat(terminal.out())
        .contains("pairs judged more than once       1\n", "two judgements agree       100.0%\n")
        .contains("  good over bad               1  100.0%\n")
        .contains("  good: a grade of 5.00 or more, of 2.00 to 8.00\n")
        .contains(
            "chosen, characters\n            4–7  ######################################## 2\n");
    assertThat(plot)
        .content()
        .startsWith("<svg")
        .contains("chosen, characters", "<title>4–7: 2</title>")
        .contains("pairs by the chosen answer's length", "<title>longer: 3</title>")
        .contains("pairs by who judged", "<title>human: 2</title>", "<title>unknown: 1</title>")
        .contains("couples of judgements of one pair", "<title>disagree: 0</title>")
        .contains("graded pairs, chosen over rejected", "<title>good over bad: 1</title>")
        .endsWith("</svg>\n");
    assertThat(data("stats", pairs, "--plot", plot)).isEqualTo(ExitCode.FAILED);
  }

  @Test
  void statsSayHowVerdictsAndStepLabelsLie() throws IOException {
    Path thumbs =
        write(
            "thumbs.jsonl",
            "{\"prompt\":\"q\",\"completion\":\"a\",\"label\":true}\n".repeat(3)
                + "{\"prompt\":\"q\",\"completion\":\"b\",\"label\":false}\n");
    Path solutions =
        write(
            "solutions.jsonl",
            "{\"prompt\":\"q\",\"steps\":[\"a\",\"b\",\"c\",\"d\"],\"labels\":[true,0.5,false,null]}\n");
    Path plot = directory.resolve("plot.svg");

    assertThat(data("stats", thumbs)).isZero();
    assertThat(terminal.out())
        .contains("verdicts  4\n", "  good    3  75.0%\n", "  bad     1  25.0%\n");
    assertThat(data("stats", solutions, "--plot", plot)).isZero();
    assertThat(terminal.out())
        .contains("steps              4\n", "  right            1  25.0%\n")
        .contains("  without a label  1  25.0%\n");
    assertThat(plot).content().contains("<title>wrong: 1</title>", "<title>neutral: 1</title>");
  }

  // ---- contamination ---------------------------------------------------------------------------

  @Test
  void contaminationListsTheRowsAndWritesTheOthers() throws IOException {
    Path train = write("train.jsonl", prompts("what is the sea", LONG + " tail"));
    Path test = write("test.jsonl", prompts(LONG, "what is the sea made of"));

    assertThat(data("contamination", train, "--against", test)).isEqualTo(ExitCode.FAILED);
    assertThat(terminal.out())
        .startsWith(train + ":2  shares 60 of 61 words with " + test + ":1: word0 word1");
    assertThat(terminal.err()).contains("1 of 2 rows share 13 words with the 2 evaluation rows");

    Path clean = directory.resolve("clean.jsonl");
    assertThat(data("contamination", train, "--against", test, "--clean", clean)).isZero();
    assertThat(Files.readAllLines(clean)).hasSize(1);
  }

  // ---- preview ---------------------------------------------------------------------------------

  @Test
  void previewMarksWhatIsLearnt() throws IOException {
    Path demonstrations =
        write(
            "demos.jsonl",
            "{\"messages\":[{\"role\":\"user\",\"content\":\"Hé"
                + " 🌊?\"},{\"role\":\"assistant\",\"content\":\"Yes.\"},{\"role\":\"user\",\"content\":\"Why?\"},{\"role\":\"assistant\",\"content\":\"So.\"}]}\n");
    Path pairs =
        write(
            "pairs.jsonl",
            "{\"chosen\":[{\"role\":\"user\",\"content\":\"q\"},{\"role\":\"assistant\",\"content\":\"before\"},{\"role\":\"user\",\"content\":\"r\"},{\"role\":\"assistant\",\"content\":\"good\"}],\"rejected\":[{\"role\":\"user\",\"content\":\"q\"},{\"role\":\"assistant\",\"content\":\"before\"},{\"role\":\"user\",\"content\":\"r\"},{\"role\":\"assistant\",\"content\":\"bad\"}]}\n");

    assertThat(data("preview", demonstrations, "--model", model)).isZero();
    assertThat(terminal.out())
        .contains("Hé 🌊?", "⟦Yes.")
        .containsPattern("Why\\?[^⟦]*⟦So\\.[^⟧]*⟧");
    assertThat(data("preview", pairs, "--model", model)).isZero();
    assertThat(terminal.out()).doesNotContainPattern("⟦[^⟧]*before").contains("⟦good", "⟦bad");
  }

  @Test
  void aStepIsLearntAtItsLastTokenIfItIsLabelled() throws IOException {
    Path solutions =
        write(
            "solutions.jsonl",
            "{\"prompt\":\"q\",\"steps\":[\"one\",\"two\"],\"labels\":[true,null]}\n");

    assertThat(data("preview", solutions, "--model", model)).isZero();
    assertThat(terminal.out())
        .containsPattern("solution: [0-9]+ tokens, 1 of them learnt")
        .contains("one⟦\n⟧two\n");
  }

  @Test
  void previewColoursWhatIsLearntOnATerminal() throws IOException {
    Path pairs = write("pairs.jsonl", PAIR);

    terminal = CapturedTerminal.seen();
    assertThat(
            Parley.run(
                terminal.terminal(),
                "data",
                "preview",
                pairs.toString(),
                "--model",
                model.toString()))
        .isZero();

    assertThat(terminal.out()).contains("\u001B[32mYes.").doesNotContain("⟦");
  }

  @Test
  void ofAModelTokenizerAndTemplateAreEnough() throws IOException {
    Path pairs = write("pairs.jsonl", PAIR);
    Path text = Files.createDirectories(directory.resolve("text"));
    for (String name : List.of("tokenizer.json", "tokenizer_config.json")) {
      Files.copy(model.resolve(name), text.resolve(name));
    }

    assertThat(data("stats", pairs, "--model", text)).isZero();
    assertThat(terminal.out()).contains("tokens");
    assertThat(data("validate", pairs, "--model", text)).isZero();
    assertThat(data("preview", pairs, "--model", text)).isZero();
    assertThat(terminal.out()).contains("⟦Yes.");
  }

  private static String[] numbered(String word, int count) {
    return IntStream.range(0, count).mapToObj(i -> word + " " + i).toArray(String[]::new);
  }

  private static String prompts(String... texts) {
    return Arrays.stream(texts)
        .map(text -> "{\"prompt\":\"" + text + "\"}\n")
        .collect(Collectors.joining());
  }

  /** Runs a command on a fresh terminal. */
  private int data(Object... arguments) {
    terminal = CapturedTerminal.piped();
    List<String> all = new ArrayList<>(List.of("data"));
    for (Object argument : arguments) {
      all.add(argument.toString());
    }
    return Parley.run(terminal.terminal(), all.toArray(String[]::new));
  }

  private Path write(String name, String text) throws IOException {
    return Files.writeString(directory.resolve(name), text);
  }
}

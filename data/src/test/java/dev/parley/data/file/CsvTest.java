package dev.parley.data.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.parley.data.ChatTurn;
import dev.parley.data.Demonstration;
import dev.parley.data.Example;
import dev.parley.data.PairGrades;
import dev.parley.data.Preference;
import dev.parley.data.PromptRow;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CsvTest {

  @TempDir Path directory;

  @Test
  void quotedCellsHoldSeparatorsQuotesAndLineFeedsAndLinesAreCounted() throws IOException {
    List<Row<Example>> rows =
        read(
            "pairs.csv",
            "prompt,chosen,rejected,margin\n\"a\nb, \"\"c\"\"\",x,\"\",1.5\n\nq,y,z,\n");

    Preference first = (Preference) rows.get(0).example();
    assertThat(first.prompt()).containsExactly(ChatTurn.user("a\nb, \"c\""));
    assertThat(first.rejected()).containsExactly(ChatTurn.assistant(""));
    assertThat(first.margin()).hasValue(1.5);
    assertThat(rows.get(0).place().line()).isEqualTo(2);
    assertThat(((Preference) rows.get(1).example()).margin()).isEmpty();
    assertThat(rows.get(1).place().line()).isEqualTo(5);
  }

  @Test
  void turnsStandInACellAsJson() throws IOException {
    List<Row<Example>> rows =
        read(
            "chats.tsv",
            "messages\n"
                + "\"[{\"\"role\"\":\"\"user\"\",\"\"content\"\":\"\"q\"\"},{\"\"role\"\":\"\"assistant\"\",\"\"content\"\":\"\"a\"\"}]\"\n");

    assertThat(((Demonstration) rows.get(0).example()).answer()).isEqualTo("a");
  }

  @Test
  void textThatOnlyLooksLikeJsonIsText() throws IOException {
    List<Row<Example>> rows = read("p.csv", "prompt,id\n\"[1, 2] what next?]\",7\n\"{}\",8\n");

    assertThat(rows.get(0).example().prompt()).containsExactly(ChatTurn.user("[1, 2] what next?]"));
    assertThat(rows.get(1).example().prompt()).containsExactly(ChatTurn.user("{}"));
    assertThat(((PromptRow) rows.get(1).example()).metadata()).containsEntry("id", "8");
  }

  @Test
  void gradesOfAnswersAreNumbers() throws IOException {
    List<Row<Example>> rows =
        read("g.csv", "prompt,chosen,rejected,score_chosen,score_rejected\nq,a,b,8,3.5\n");

    assertThat(rows.get(0).grades()).contains(new PairGrades(8, 3.5));
  }

  @Test
  void aRecordWithTooFewCellsIsBadAndTheNextOneIsRead() throws IOException {
    Path file = Files.writeString(directory.resolve("p.csv"), "prompt,id\nq\nr,2\n");

    try (DatasetReader<Example> rows =
        Dataset.of(file.toString()).examples(ReadOptions.skippingBad())) {
      assertThat(rows.next().example().prompt()).containsExactly(ChatTurn.user("r"));
      assertThat(rows.skipped().first().get(0))
          .hasToString(
              file
                  + ":2: the record has 1 cells, the header 2; expected as many, with quotes around"
                  + " text that holds the separator");
    }
  }

  @Test
  void aColumnThatStandsThereTwiceIsRefused() {
    assertThatThrownBy(() -> read("p.csv", "prompt,prompt\na,b\n"))
        .hasMessageContaining("p.csv:1: the header names a column \"prompt\" twice");
  }

  private List<Row<Example>> read(String name, String text) throws IOException {
    Path file = Files.writeString(directory.resolve(name), text);
    List<Row<Example>> rows = new ArrayList<>();
    try (DatasetReader<Example> reader =
        Dataset.of(file.toString()).examples(ReadOptions.strict())) {
      reader.forEachRemaining(rows::add);
    }
    return rows;
  }
}

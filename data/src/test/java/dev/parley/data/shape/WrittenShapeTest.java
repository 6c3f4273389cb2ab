package dev.parley.data.shape;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.parley.data.ChatTurn;
import dev.parley.data.Demonstration;
import dev.parley.data.InvalidExampleException;
import dev.parley.data.Preference;
import dev.parley.data.PreferenceSource;
import dev.parley.data.PromptRow;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import org.junit.jupiter.api.Test;

class WrittenShapeTest {

  private static final List<ChatTurn> QUESTION = List.of(ChatTurn.user("Is the sea salty?"));

  private static final Preference JUDGED =
      new Preference(
          QUESTION,
          List.of(ChatTurn.assistant("Yes.")),
          List.of(ChatTurn.assistant("No.")),
          OptionalDouble.of(1),
          false,
          PreferenceSource.HUMAN,
          "anna");

  @Test
  void trlCannotSayWhoJudgedAndSaysSo() {
    assertThatThrownBy(() -> WrittenShape.TRL.write(JUDGED, Set.of()))
        .isInstanceOf(InvalidExampleException.class)
        .hasMessageContaining("'source' is human, which the shape trl cannot say");
    assertThatThrownBy(() -> WrittenShape.TRL.write(JUDGED, Set.of("source")))
        .hasMessageContaining("'annotator' is \"anna\"");
  }

  @Test
  void whatMayBeLeftOutIsLeftOut() {
    assertThat(WrittenShape.TRL.write(JUDGED, Set.of("source", "annotator", "margin")))
        .hasToString(
            "{\"prompt\":[{\"role\":\"user\",\"content\":\"Is the sea salty?\"}],"
                + "\"chosen\":[{\"role\":\"assistant\",\"content\":\"Yes.\"}],"
                + "\"rejected\":[{\"role\":\"assistant\",\"content\":\"No.\"}]}");
  }

  @Test
  void trlHasNoTies() {
    Preference tie =
        new Preference(
            QUESTION,
            JUDGED.chosen(),
            JUDGED.rejected(),
            OptionalDouble.empty(),
            true,
            PreferenceSource.UNKNOWN,
            "");

    assertThatThrownBy(() -> WrittenShape.TRL.write(tie, Set.of()))
        .hasMessageContaining("it is a tie, which the shape trl cannot say");
  }

  @Test
  void aPromptsMetadataStandsBesideIt() {
    PromptRow prompt = new PromptRow(QUESTION, Optional.of("yes"), Map.of("topic", "sea"));

    assertThat(WrittenShape.TRL.write(prompt, Set.of()).path("topic").asText()).isEqualTo("sea");
  }

  @Test
  void metadataThatWouldMeanSomethingElseBesideThePromptIsRefused() {
    PromptRow prompt = new PromptRow(QUESTION, Optional.empty(), Map.of("chosen", "x"));

    assertThatThrownBy(() -> WrittenShape.TRL.write(prompt, Set.of()))
        .hasMessageContaining("its metadata has a field 'chosen'");
  }

  @Test
  void messagesHoldDemonstrationsAlone() {
    Demonstration demonstration =
        new Demonstration(List.of(ChatTurn.user("q"), ChatTurn.assistant("a")), "notes");

    assertThat(WrittenShape.MESSAGES.write(demonstration, Set.of()))
        .hasToString(
            "{\"messages\":[{\"role\":\"user\",\"content\":\"q\"},{\"role\":\"assistant\",\"content\":\"a\"}]}");
    assertThatThrownBy(() -> WrittenShape.MESSAGES.write(JUDGED, Set.of()))
        .hasMessageContaining("the row is a preference, and the shape messages holds");
  }
}

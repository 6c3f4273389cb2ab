package dev.parley.trainer.experience;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.parley.data.ChatTurn;
import dev.parley.model.TinyModel;
import dev.parley.model.text.ModelTextException;
import dev.parley.model.text.Tokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class TemplateEncoderTest {

  private static final List<ChatTurn> TURNS =
      List.of(
          ChatTurn.user("Hi"),
          ChatTurn.assistant("Yes."),
          ChatTurn.user("And?"),
          ChatTurn.assistant("No."));

  @TempDir private static Path shared;
  private static Path model;

  @BeforeAll
  static void model() {
    model = TinyModel.write(shared.resolve("model"), 1);
  }

  private static String text(Path directory, int... tokens) {
    try (Tokenizer tokenizer = Tokenizer.open(directory)) {
      return tokenizer.decode(tokens, false);
    }
  }

  private static int[] learnt(LearningSequence sequence) {
    List<Integer> tokens = new ArrayList<>();
    for (int t = 0; t < sequence.tokens().length; t++) {
      if (sequence.learnt()[t]) {
        tokens.add(sequence.tokens()[t]);
      }
    }
    return tokens.stream().mapToInt(Integer::intValue).toArray();
  }

  @Test
  void aConversationIsWrittenAsTheTemplateHasIt() {
    try (TemplateEncoder encoder = TemplateEncoder.open(model)) {
      assertThat(text(model, encoder.conversation(TURNS).tokens()))
          .isEqualTo(
              "<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\nYes.<|im_end|>\n"
                  + "<|im_start|>user\nAnd?<|im_end|>\n<|im_start|>assistant\nNo.<|im_end|>\n");
    }
  }

  @Test
  void theAssistantsTokensAreLearntWithTheEndOfTheirTurnsAndNoOthers() {
    try (TemplateEncoder encoder = TemplateEncoder.open(model)) {
      assertThat(text(model, learnt(encoder.conversation(TURNS))))
          .isEqualTo("Yes.<|im_end|>No.<|im_end|>");
    }
  }

  @Test
  void ofAnAnswerOnlyTheAssistantsTokensAfterThePromptAreLearnt() {
    try (TemplateEncoder encoder = TemplateEncoder.open(model)) {
      LearningSequence last = encoder.answer(TURNS.subList(0, 3), TURNS.subList(3, 4));
      assertThat(last.tokens()).isEqualTo(encoder.conversation(TURNS).tokens());
      assertThat(text(model, learnt(last))).isEqualTo("No.<|im_end|>");
      // An answer that goes on for several turns: the user's words in it are not learnt.
      LearningSequence several = encoder.answer(TURNS.subList(0, 1), TURNS.subList(1, 4));
      assertThat(text(model, learnt(several))).isEqualTo("Yes.<|im_end|>No.<|im_end|>");
    }
  }

  @Test
  void aPromptEndsWhereTheAssistantBegins() {
    try (TemplateEncoder encoder = TemplateEncoder.open(model)) {
      assertThat(text(model, encoder.prompt(TURNS.subList(0, 1))))
          .isEqualTo("<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n");
    }
  }

  @Test
  void aPromptIsTheBeginningOfTheConversationWithItsAnswer() {
    try (TemplateEncoder encoder = TemplateEncoder.open(model)) {
      assertThat(encoder.conversation(TURNS).tokens())
          .startsWith(encoder.prompt(TURNS.subList(0, 1)));
    }
  }

  private static List<Path> modelsOfExamples() throws IOException {
    try (Stream<Path> files = Files.walk(Path.of("..", "deploy", "examples"))) {
      return files
          .filter(file -> file.endsWith("tokenizer_config.json"))
          .map(Path::getParent)
          .sorted()
          .toList();
    }
  }

  /** Their vocabularies differ, and none of them has many words. */
  @ParameterizedTest
  @MethodSource("modelsOfExamples")
  void theModelsOfTheExamplesLearnExactlyTheAssistantsTokensToo(Path example) {
    String[] words = IntStream.range(3, 8).mapToObj(id -> text(example, id)).toArray(String[]::new);
    List<ChatTurn> turns =
        List.of(
            new ChatTurn("system", words[0]),
            ChatTurn.user(words[1]),
            ChatTurn.assistant(words[2]),
            ChatTurn.user(words[3]),
            ChatTurn.assistant(words[4]));
    try (TemplateEncoder encoder = TemplateEncoder.open(example)) {
      LearningSequence sequence = encoder.conversation(turns);
      assertThat(text(example, sequence.tokens()).replace("\n", ""))
          .isEqualTo(words[0] + words[1] + words[2] + "<end>" + words[3] + words[4] + "<end>");
      assertThat(text(example, learnt(sequence)))
          .isEqualTo(words[2] + "<end>" + words[4] + "<end>");
      assertThat(text(example, learnt(encoder.answer(turns.subList(0, 4), turns.subList(4, 5)))))
          .isEqualTo(words[4] + "<end>");
    }
  }

  @Test
  void aModelWithoutATokenizerIsNamed(@TempDir Path empty) throws IOException {
    Files.writeString(empty.resolve("config.json"), "{}");
    assertThatThrownBy(() -> TemplateEncoder.open(empty))
        .isInstanceOf(ModelTextException.class)
        .hasMessageContaining("tokenizer.json");
  }
}

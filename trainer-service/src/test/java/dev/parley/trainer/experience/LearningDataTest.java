package dev.parley.trainer.experience;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.parley.data.ChatTurn;
import dev.parley.data.Split;
import dev.parley.data.file.DatasetException;
import dev.parley.model.TinyModel;
import dev.parley.trainer.experience.LearningData.EncodedPrompt;
import dev.parley.trainer.experience.LearningData.JudgedPair;
import dev.parley.trainer.experience.LearningData.Pair;
import dev.parley.trainer.experience.LearningData.Source;
import dev.parley.trainer.toy.ToyFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LearningDataTest {

  @TempDir private static Path shared;
  private static TemplateEncoder encoder;

  @TempDir private Path directory;

  @BeforeAll
  static void model() {
    encoder = TemplateEncoder.open(TinyModel.write(shared.resolve("model"), 1));
  }

  @AfterAll
  static void close() {
    encoder.close();
  }

  private Path write(List<Map<String, ?>> rows) {
    return ToyFiles.write(directory.resolve("rows.jsonl"), rows);
  }

  private static Source source(Path file, double heldOut, int maxTokens) {
    return new Source(List.of(file.toString()), false, new Split(heldOut, 1), maxTokens);
  }

  private static Source all(Path file) {
    return source(file, 0, 1000);
  }

  @Test
  void aDemonstrationBecomesItsTokensWithMarksOnTheAssistants() {
    Path file = write(List.of(ToyFiles.demonstration("Hi", "Yes.")));
    LearningSequence sequence = LearningData.demonstrations(all(file), encoder).train().get(0);
    LearningSequence expected =
        encoder.conversation(List.of(ChatTurn.user("Hi"), ChatTurn.assistant("Yes.")));
    assertThat(sequence.tokens()).isEqualTo(expected.tokens());
    assertThat(sequence.learnt()).isEqualTo(expected.learnt());
    assertThat(sequence.count()).isEqualTo("Yes.".length() + 1);
  }

  @Test
  void rowsWithMoreTokensThanAllowedAreLeftOutAndCounted() {
    Path file =
        write(List.of(ToyFiles.demonstration("Hi", "Yes."), ToyFiles.demonstration("Hi", "Yes!!")));
    int exactly = LearningData.demonstrations(all(file), encoder).train().get(0).tokens().length;
    LearningData<LearningSequence> data =
        LearningData.demonstrations(source(file, 0, exactly), encoder);
    assertThat(data.train()).hasSize(1);
    assertThat(data.leftOut()).isEqualTo(Map.of(LeftOut.TOO_LONG, 1L));
    assertThat(data.describeLeftOut()).isEqualTo("1 too long for max-tokens or the model");
  }

  @Test
  void aConversationWithoutTokensToLearnIsLeftOut() {
    Path file =
        write(List.of(ToyFiles.demonstration("Hi", "Yes."), ToyFiles.demonstration("Ho", "No.")));
    ConversationEncoder unmarked =
        new ConversationEncoder() {
          @Override
          public LearningSequence conversation(List<ChatTurn> turns) {
            LearningSequence marked = encoder.conversation(turns);
            return turns.get(0).content().equals("Ho")
                ? new LearningSequence(marked.tokens(), new boolean[marked.tokens().length])
                : marked;
          }

          @Override
          public LearningSequence answer(List<ChatTurn> prompt, List<ChatTurn> answer) {
            return encoder.answer(prompt, answer);
          }

          @Override
          public int[] prompt(List<ChatTurn> turns) {
            return encoder.prompt(turns);
          }
        };
    LearningData<LearningSequence> data = LearningData.demonstrations(all(file), unmarked);
    assertThat(data.train()).hasSize(1);
    assertThat(data.leftOut()).isEqualTo(Map.of(LeftOut.NOTHING_TO_LEARN, 1L));
  }

  @Test
  void aPolicyLearnsTheAnswersOfAPairAndNothingBeforeThem() {
    List<Map<String, String>> talk =
        List.of(
            Map.of("role", "system", "content", "Be brief."),
            Map.of("role", "user", "content", "Hi"),
            Map.of("role", "assistant", "content", "Hello."),
            Map.of("role", "user", "content", "And?"));
    Path file = write(List.of(Map.of("prompt", talk, "chosen", "Yes.", "rejected", "No")));
    AnswerPair pair = LearningData.answerPairs(all(file), encoder).train().get(0);
    assertThat(pair.chosen().count()).isEqualTo("Yes.".length() + 1);
    assertThat(pair.rejected().count()).isEqualTo("No".length() + 1);
    assertThat(pair.size())
        .isEqualTo(pair.chosen().tokens().length + pair.rejected().tokens().length);
    assertThat(pair.longest()).isEqualTo(pair.chosen().tokens().length);
  }

  @Test
  void aPairWithOneAnswerThatIsTooLongIsLeftOutWholeAndATieToo() {
    Path file =
        write(
            List.of(
                ToyFiles.pair("Hi", "Yes.", "No"),
                ToyFiles.pair("Hi", "Yes.", "No".repeat(40)),
                Map.of("prompt", "Hi", "chosen", "A", "rejected", "B", "tie", true)));
    Map<LeftOut, Long> leftOut = Map.of(LeftOut.TOO_LONG, 1L, LeftOut.TIE, 1L);
    LearningData<AnswerPair> pairs = LearningData.answerPairs(source(file, 0, 80), encoder);
    assertThat(pairs.train()).hasSize(1);
    assertThat(pairs.leftOut()).isEqualTo(leftOut);
    LearningData<JudgedAnswer> answers = LearningData.judgedAnswers(source(file, 0, 80), encoder);
    assertThat(answers.train()).extracting(JudgedAnswer::desirable).containsExactly(true, false);
    assertThat(answers.leftOut()).isEqualTo(leftOut);
  }

  @Test
  void aRankingIsAllItsPairsAndEachAnswerIsEncodedOnce() {
    Path file =
        write(
            List.of(
                ToyFiles.ranking("Hi", "best", "good", "bad"), ToyFiles.pair("Hi", "Yes.", "No")));
    List<JudgedPair> pairs = LearningData.judgedPairs(all(file), encoder, false).train();
    assertThat(pairs).extracting(JudgedPair::row).containsExactly(0L, 0L, 0L, 1L);
    assertThat(pairs.get(0).pair().chosen()).isSameAs(pairs.get(1).pair().chosen());
    assertThat(pairs.get(0).pair().rejected()).isSameAs(pairs.get(2).pair().chosen());
    assertThat(LearningData.answerPairs(all(file), encoder).train())
        .hasSize(4)
        .first()
        .satisfies(pair -> assertThat(pair.chosen().count()).isEqualTo("best".length() + 1));
  }

  @Test
  void ofARankingOnlyThePairsOfAnAnswerThatIsTooLongAndTiesAreLeftOut() {
    Path file =
        write(
            List.of(
                Map.of(
                    "prompt",
                    "Hi",
                    "answers",
                    List.of("best", "long".repeat(30), "a", "b"),
                    "ranks",
                    List.of(1, 2, 3, 3))));
    LearningData<JudgedPair> data = LearningData.judgedPairs(source(file, 0, 80), encoder, false);
    assertThat(data.train()).hasSize(2);
    assertThat(data.leftOut()).isEqualTo(Map.of(LeftOut.TOO_LONG, 3L, LeftOut.TIE, 1L));
  }

  @Test
  void aRankingHasNoVerdicts() {
    Path file = write(List.of(ToyFiles.ranking("Hi", "best", "good", "bad")));
    assertThatThrownBy(() -> LearningData.judgedAnswers(all(file), encoder))
        .isInstanceOf(DatasetException.class)
        .hasMessageContaining("an answer in the middle of a ranking is neither good nor bad");
  }

  @Test
  void anAnswerWithAVerdictKeepsIt() {
    Path file =
        write(List.of(ToyFiles.verdict("Hi", "Yes.", true), ToyFiles.verdict("Hi", "No", false)));
    LearningData<JudgedAnswer> data = LearningData.judgedAnswers(all(file), encoder);
    assertThat(data.train()).extracting(JudgedAnswer::desirable).containsExactly(true, false);
    assertThat(data.train())
        .extracting(row -> row.answer().count())
        .containsExactly("Yes.".length() + 1, "No".length() + 1);
  }

  @Test
  void bothAnswersOfAPairAreAsSureAsThePair() {
    Map<String, Object> doubted = new HashMap<>(ToyFiles.pair("Hi", "Yes.", "No"));
    doubted.put("confidence", 0.8);
    Path file = write(List.of(doubted, ToyFiles.verdict("Hi", "Hey", true)));
    assertThat(LearningData.judgedAnswers(all(file), encoder).train())
        .extracting(JudgedAnswer::confidence)
        .containsExactly(0.8, 0.8, 1.0);
  }

  @Test
  void aDemonstrationHasNoVerdict() {
    Path file = write(List.of(ToyFiles.demonstration("Hi", "Yes.")));
    assertThatThrownBy(() -> LearningData.judgedAnswers(all(file), encoder))
        .isInstanceOf(DatasetException.class)
        .hasMessageContaining("the row is a demonstration; expected answers with a verdict each");
  }

  @Test
  void aPairIsBothAnswersEachAfterTheWholePrompt() {
    Path file =
        write(List.of(Map.of("prompt", "Hi", "chosen", "Yes.", "rejected", "No", "margin", 1.5)));
    Pair pair = LearningData.judgedPairs(all(file), encoder, false).train().get(0).pair();
    assertThat(pair.chosen())
        .isEqualTo(
            encoder
                .conversation(List.of(ChatTurn.user("Hi"), ChatTurn.assistant("Yes.")))
                .tokens());
    assertThat(pair.rejected())
        .isEqualTo(
            encoder.conversation(List.of(ChatTurn.user("Hi"), ChatTurn.assistant("No"))).tokens());
    assertThat(pair.margin()).isEqualTo(1.5);
    assertThat(pair.tokens()).isEqualTo(pair.chosen().length + pair.rejected().length);
    assertThat(pair.longest()).isEqualTo(pair.chosen().length);
  }

  @Test
  void aPairWithoutMarginHasMarginZero() {
    Path file = write(List.of(ToyFiles.pair("Hi", "Yes.", "No")));
    assertThat(LearningData.judgedPairs(all(file), encoder, false).train().get(0).pair().margin())
        .isZero();
  }

  @Test
  void tiesAreLeftOutUnlessTheyAreWanted() {
    Path file =
        write(
            List.of(
                ToyFiles.pair("Hi", "Yes.", "No"),
                Map.of(
                    "parley", "preference",
                    "prompt", List.of(Map.of("role", "user", "content", "Hi")),
                    "chosen", List.of(Map.of("role", "assistant", "content", "A")),
                    "rejected", List.of(Map.of("role", "assistant", "content", "B")),
                    "tie", true)));
    LearningData<JudgedPair> data = LearningData.judgedPairs(all(file), encoder, false);
    assertThat(data.train()).hasSize(1);
    assertThat(data.leftOut()).isEqualTo(Map.of(LeftOut.TIE, 1L));

    LearningData<JudgedPair> wanted = LearningData.judgedPairs(all(file), encoder, true);
    assertThat(wanted.train()).extracting(JudgedPair::tie).containsExactly(false, true);
    assertThat(wanted.train().get(0).prompt()).isEqualTo(wanted.train().get(1).prompt());
  }

  @Test
  void aPairIsTooLongIfEitherAnswerIs() {
    Path file =
        write(List.of(ToyFiles.pair("Hi", "Yes", "No"), ToyFiles.pair("Hi", "Yes", "Nonono")));
    int limit = LearningData.judgedPairs(all(file), encoder, false).train().get(0).pair().longest();
    LearningData<JudgedPair> data =
        LearningData.judgedPairs(source(file, 0, limit), encoder, false);
    assertThat(data.train()).hasSize(1);
    assertThat(data.leftOut()).isEqualTo(Map.of(LeftOut.TOO_LONG, 1L));
  }

  @Test
  void promptsComeFromAnyKindOfRow() {
    Path file =
        write(
            List.of(
                ToyFiles.prompt("First"),
                ToyFiles.pair("Second", "Yes", "No"),
                ToyFiles.demonstration("Third", "Yes")));
    List<EncodedPrompt> prompts = LearningData.prompts(all(file), encoder).train();
    assertThat(prompts)
        .extracting(prompt -> prompt.row().prompt().get(0).content())
        .containsExactly("First", "Second", "Third");
    assertThat(prompts.get(0).tokens()).isEqualTo(encoder.prompt(List.of(ChatTurn.user("First"))));
  }

  @Test
  void noPromptIsOnBothSidesOfTheSplit() {
    List<Map<String, ?>> rows = new ArrayList<>();
    for (int prompt = 0; prompt < 60; prompt++) {
      for (int answer = 0; answer < 3; answer++) {
        rows.add(ToyFiles.demonstration("question " + prompt, "answer " + answer));
      }
    }
    Path file = ToyFiles.write(directory.resolve("many.jsonl"), rows);
    LearningData<LearningSequence> data =
        LearningData.demonstrations(source(file, 0.3, 1000), encoder);
    assertThat(data.heldOut()).isNotEmpty();
    assertThat(data.train().size() + data.heldOut().size()).isEqualTo(180);
    assertThat(prompts(data.train())).doesNotContainAnyElementsOf(prompts(data.heldOut()));
  }

  private static Set<List<Integer>> prompts(List<LearningSequence> sequences) {
    return sequences.stream()
        .map(
            sequence -> {
              int answer = 0;
              while (!sequence.learnt()[answer]) {
                answer++;
              }
              return Arrays.stream(sequence.tokens(), 0, answer).boxed().toList();
            })
        .collect(Collectors.toSet());
  }

  @Test
  void aBadRowStopsTheReadingWithItsLine() throws IOException {
    Path file = write(List.of(ToyFiles.demonstration("Hi", "Yes.")));
    Files.writeString(file, "{broken\n", StandardOpenOption.APPEND);
    assertThatThrownBy(() -> LearningData.demonstrations(all(file), encoder))
        .isInstanceOf(DatasetException.class)
        .hasMessageContaining(file.toString())
        .hasMessageContaining("2");
  }

  @Test
  void badRowsAreCountedIfAskedFor() throws IOException {
    Path file = write(List.of(ToyFiles.demonstration("Hi", "Yes.")));
    Files.writeString(file, "{broken\n", StandardOpenOption.APPEND);
    LearningData<LearningSequence> data =
        LearningData.demonstrations(
            new Source(List.of(file.toString()), true, new Split(0, 1), 1000), encoder);
    assertThat(data.train()).hasSize(1);
    assertThat(data.skipped()).isEqualTo(1);
    assertThat(data.describeLeftOut()).isEqualTo("1 bad");
  }

  @Test
  void filesThatLeaveNothingToLearnFromAreAnErrorThatSaysWhy() {
    Path file =
        write(List.of(ToyFiles.demonstration("Hi", "Yes."), ToyFiles.demonstration("Ho", "No.")));
    assertThatThrownBy(() -> LearningData.demonstrations(source(file, 0, 5), encoder))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(file.toString())
        .hasMessageContaining("2 too long");
  }

  @Test
  void nothingLeftOutIsSaidInAWord() {
    Path file = write(List.of(ToyFiles.demonstration("Hi", "Yes.")));
    assertThat(LearningData.demonstrations(all(file), encoder).describeLeftOut()).isEqualTo("none");
  }
}

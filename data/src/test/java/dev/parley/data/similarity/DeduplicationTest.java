package dev.parley.data.similarity;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.data.ChatTurn;
import dev.parley.data.Demonstration;
import dev.parley.data.Example;
import dev.parley.data.Preference;
import dev.parley.data.PromptRow;
import dev.parley.data.Rating;
import dev.parley.data.Verdict;
import dev.parley.data.similarity.Deduplication.By;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class DeduplicationTest {

  private static final String LONG =
      IntStream.range(0, 60).mapToObj(i -> "word" + i).collect(Collectors.joining(" "));

  @Test
  void theFirstOfItsKindStaysAndIsNamed() {
    Deduplication<Integer> seen = new Deduplication<>(By.ROW, OptionalDouble.of(0.8), 3);

    assertThat(seen.add(prompt(LONG), 1)).isEmpty();
    assertThat(seen.add(prompt("something else entirely, and not short"), 2)).isEmpty();
    assertThat(seen.add(prompt(LONG), 3)).contains(new Deduplication.Repeat<>(1, 1));
    Optional<Deduplication.Repeat<Integer>> near =
        seen.add(prompt(LONG.replace("word59", "Other!")), 4);
    assertThat(near.orElseThrow().first()).isEqualTo(1);
    assertThat(near.orElseThrow().resemblance()).isBetween(0.8, 1.0);
  }

  @Test
  void withoutAThresholdOnlyTheSameTextIsARepeat() {
    Deduplication<Integer> seen = new Deduplication<>(By.ROW, OptionalDouble.empty(), 3);

    assertThat(seen.add(prompt(LONG), 1)).isEmpty();
    assertThat(seen.add(prompt(LONG + "!"), 2)).isEmpty();
    assertThat(seen.add(prompt(LONG), 3)).isPresent();
  }

  @Test
  void otherAnswersMakeAnotherRowButNotAnotherPrompt() {
    Example one = demonstration("Is the sea salty?", "Yes, it is, with about 3.5% by weight.");
    Example other = demonstration("Is the sea salty?", "Taste some of it and you will know.");

    Deduplication<Integer> rows = new Deduplication<>(By.ROW, OptionalDouble.of(0.8), 3);
    assertThat(rows.add(one, 1)).isEmpty();
    assertThat(rows.add(other, 2)).isEmpty();

    Deduplication<Integer> prompts = new Deduplication<>(By.PROMPT, OptionalDouble.of(0.8), 3);
    assertThat(prompts.add(one, 1)).isEmpty();
    assertThat(prompts.add(other, 2)).isPresent();
  }

  @Test
  void anotherAnswerOrAnotherScoreOfItIsAnotherRow() {
    Deduplication<Integer> seen = new Deduplication<>(By.ROW, OptionalDouble.empty(), 3);
    List<ChatTurn> prompt = List.of(ChatTurn.user("q"));
    List<ChatTurn> answer = List.of(ChatTurn.assistant("a"));

    assertThat(seen.add(new Rating(prompt, answer, Map.of("score", 1.0)), 1)).isEmpty();
    assertThat(seen.add(new Rating(prompt, answer, Map.of("score", 2.0)), 2)).isEmpty();
    assertThat(seen.add(new Verdict(prompt, answer, true), 3)).isEmpty();
    assertThat(seen.add(new Verdict(prompt, answer, false), 4)).isEmpty();
    assertThat(seen.add(new Verdict(prompt, answer, true), 5)).isPresent();
  }

  @Test
  void aPairTheOtherWayRoundIsNoExactRepeat() {
    Deduplication<Integer> seen = new Deduplication<>(By.ROW, OptionalDouble.empty(), 3);

    assertThat(seen.add(pair("a", "b"), 1)).isEmpty();
    assertThat(seen.add(pair("b", "a"), 2)).isEmpty();
    assertThat(seen.add(pair("a", "b"), 3)).isPresent();
  }

  private static Example prompt(String text) {
    return PromptRow.of(ChatTurn.user(text));
  }

  private static Example demonstration(String question, String answer) {
    return new Demonstration(List.of(ChatTurn.user(question), ChatTurn.assistant(answer)), "");
  }

  private static Example pair(String chosen, String rejected) {
    return Preference.of(List.of(ChatTurn.user("q")), chosen, rejected);
  }
}

package dev.parley.data.similarity;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class OverlapsTest {

  private final Overlaps<String> evaluation = new Overlaps<>(4);

  @Test
  void sharedRunsAreCountedInWordsAndTheFirstPassageIsShown() {
    evaluation.add("One two three four five six seven.", "a");
    evaluation.add("ten eleven twelve thirteen", "b");

    assertThat(evaluation.of("zero TWO, three four five six eight ten eleven twelve thirteen"))
        .contains(new Overlaps.Overlap<>("a", 9, 11, "two three four five six"));
    assertThat(evaluation.of("one two three FOUR")).isPresent();
  }

  @Test
  void fewerWordsInARowAreNoOverlap() {
    evaluation.add("one two three four five", "a");

    assertThat(evaluation.of("one two three and four five one two three")).isEmpty();
  }

  @Test
  void aShortTextIsFoundOnlyWhereItIsAllThatIsSaid() {
    evaluation.add("Name a sea.", "a");

    assertThat(evaluation.of("name a sea"))
        .contains(new Overlaps.Overlap<>("a", 3, 3, "name a sea"));
    assertThat(evaluation.of("please name a sea for me")).isEmpty();
    assertThat(evaluation.of("!")).isEmpty();
  }
}

package dev.parley.data;

import static dev.parley.data.Split.Side.HELD_OUT;
import static dev.parley.data.Split.Side.TRAIN;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SplitTest {

  private final Split split = new Split(0.2, 7);

  @Test
  void rowsWithOnePromptShareASideWhateverTheirKind() {
    for (int i = 0; i < 200; i++) {
      List<ChatTurn> prompt = List.of(ChatTurn.user("question " + i));
      Split.Side side = split.sideOf(PromptRow.of(prompt.get(0)));

      assertThat(split.sideOf(Preference.of(prompt, "a", "b"))).isEqualTo(side);
      assertThat(split.sideOf(Preference.of(prompt, "c", "d"))).isEqualTo(side);
      assertThat(
              split.sideOf(
                  new Demonstration(List.of(prompt.get(0), ChatTurn.assistant("e")), "notes")))
          .isEqualTo(side);
    }
  }

  @Test
  void laterMomentsOfAConversationStayOnItsSide() {
    for (int i = 0; i < 200; i++) {
      ChatTurn opening = ChatTurn.user("question " + i);

      assertThat(
              split.sideOf(
                  PromptRow.of(opening, ChatTurn.assistant("answer"), ChatTurn.user("and then?"))))
          .isEqualTo(split.sideOf(PromptRow.of(opening)));
    }
  }

  @Test
  void theShareIsAboutTheOneAskedFor() {
    long heldOut = IntStream.range(0, 10_000).filter(i -> sideOf(split, i) == HELD_OUT).count();

    // Six standard deviations of a binomial with n = 10,000, p = 0.2 are 240.
    assertThat((double) heldOut).isCloseTo(2_000, within(240.0));
  }

  @Test
  void aSeedGivesTheSameSidesAgainAndAnotherSeedOthers() {
    long moved =
        IntStream.range(0, 1_000)
            .peek(i -> assertThat(sideOf(new Split(0.2, 7), i)).isEqualTo(sideOf(split, i)))
            .filter(i -> sideOf(new Split(0.2, 8), i) != sideOf(split, i))
            .count();

    // Expected: 2 × 0.2 × 0.8 of 1,000.
    assertThat(moved).isBetween(220L, 420L);
  }

  @Test
  void sidesDoNotChangeFromVersionToVersion() {
    List<Split.Side> sides = IntStream.range(0, 10).mapToObj(i -> sideOf(split, i)).toList();

    assertThat(sides)
        .containsExactly(
            TRAIN, HELD_OUT, HELD_OUT, TRAIN, HELD_OUT, TRAIN, TRAIN, TRAIN, TRAIN, TRAIN);
  }

  @Test
  void theWholeAndNothingCanBeHeldOut() {
    for (int i = 0; i < 100; i++) {
      assertThat(sideOf(new Split(0, 1), i)).isEqualTo(TRAIN);
      assertThat(sideOf(new Split(1, 1), i)).isEqualTo(HELD_OUT);
    }
  }

  @Test
  void aShareOutsideZeroToOneIsRefused() {
    for (double share : new double[] {-0.1, 1.1, Double.NaN}) {
      assertThatThrownBy(() -> new Split(share, 1))
          .hasMessageContaining("held-out share")
          .hasMessageContaining("expected a number from 0 to 1");
    }
  }

  private static Split.Side sideOf(Split split, int i) {
    return split.sideOf(PromptRow.of(ChatTurn.user("question " + i)));
  }
}

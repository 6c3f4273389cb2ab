package dev.parley.trainer.rl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.parley.trainer.rl.GroupAdvantage.Scale;
import org.junit.jupiter.api.Test;

class GroupAdvantageTest {
  private static final float[] REWARDS = {1, 10, 3, 30};
  private static final int[] GROUPS = {7, 4, 7, 4};

  @Test
  void answersAreHeldAgainstTheirGroupWhateverTheOrder() {
    float[] advantages = GroupAdvantage.groupRelative(REWARDS, GROUPS, Scale.NONE, 0);

    assertThat(advantages).containsExactly(-1, -10, 1, 10);
  }

  @Test
  void theGroupsDeviationMakesGroupsComparable() {
    float[] advantages = GroupAdvantage.groupRelative(REWARDS, GROUPS, Scale.GROUP, 0);

    float half = (float) Math.sqrt(0.5);
    assertThat(advantages).containsExactly(new float[] {-half, -half, half, half}, within(1e-6f));
  }

  @Test
  void theBatchsDeviationKeepsTheSpreadOfGroupsApart() {
    float[] advantages = GroupAdvantage.groupRelative(REWARDS, GROUPS, Scale.BATCH, 0);

    double deviation = Math.sqrt((100 + 1 + 64 + 361) / 3.0);
    assertThat(advantages[3]).isCloseTo((float) (10 / deviation), within(1e-6f));
  }

  @Test
  void aGroupThatAgreesHasNoAdvantage() {
    float[] advantages =
        GroupAdvantage.groupRelative(
            new float[] {.1f, .1f, .1f}, new int[] {0, 0, 0}, Scale.GROUP, 1e-6);

    assertThat(advantages).containsExactly(0, 0, 0);
  }

  @Test
  void leaveOneOutSubtractsTheMeanOfTheOthers() {
    float[] advantages = GroupAdvantage.leaveOneOut(new float[] {1, 2, 6}, new int[] {0, 0, 0});

    assertThat(advantages).containsExactly(-3, -1.5f, 4.5f);
  }

  @Test
  void leaveOneOutIsTheGroupMeanScaledByNOverNMinusOne() {
    float[] rewards = {.3f, -1, 2, .7f, 5};
    int[] groups = new int[5];

    float[] leaveOneOut = GroupAdvantage.leaveOneOut(rewards, groups);
    float[] centred = GroupAdvantage.groupRelative(rewards, groups, Scale.NONE, 0);

    for (int i = 0; i < rewards.length; i++) {
      assertThat(leaveOneOut[i]).isCloseTo(centred[i] * 5 / 4, within(1e-6f));
    }
  }

  @Test
  void anAnswerWithoutAScoreIsLeftOutAndGetsZero() {
    float[] rewards = {1, Float.NaN, 3};
    int[] groups = {0, 0, 0};

    assertThat(GroupAdvantage.groupRelative(rewards, groups, Scale.NONE, 0))
        .containsExactly(-1, 0, 1);
    assertThat(GroupAdvantage.leaveOneOut(rewards, groups)).containsExactly(-2, 0, 2);
  }

  @Test
  void anAnswerAloneInItsGroupGetsZero() {
    float[] rewards = {5, 1, 3};
    int[] groups = {0, 1, 1};

    assertThat(GroupAdvantage.groupRelative(rewards, groups, Scale.BATCH, 0)[0]).isZero();
    assertThat(GroupAdvantage.leaveOneOut(rewards, groups)[0]).isZero();
  }

  @Test
  void standardizedNumbersHaveDeviationOne() {
    float[] standardized = GroupAdvantage.standardize(new float[] {1, 2, 6}, 0);

    assertThat(RunningMoments.of(standardized).deviation()).isCloseTo(1, within(1e-6));
  }

  @Test
  void refusesRewardsWithoutGroup() {
    assertThatThrownBy(() -> GroupAdvantage.leaveOneOut(new float[3], new int[2]))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("3 rewards, 2 group numbers; give one group number for each reward");
  }
}

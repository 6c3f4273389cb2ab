package dev.parley.trainer.rl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class GaeTest {
  private static final boolean T = true;
  private static final boolean F = false;

  /** logπ, logπ_ref, β = 0.05, score 1 at the end, γ = 1, λ = 0.95; worked out by hand. */
  @Test
  void goldenVectorFromLogProbsToWhitenedAdvantages() {
    float[][] logProbs = {{-1f, -.5f, -2f, -.1f}};
    float[][] refLogProbs = {{-1.2f, -.4f, -1.5f, -.3f}};
    float[][] values = {{.1f, .2f, .3f, .4f}};
    boolean[][] mask = {{T, T, T, T}};

    float[][] kl = Kl.perToken(KlEstimator.K1, logProbs, refLogProbs, mask);
    float[][] rewards = KlRewards.penalty(kl, mask, 0.05);
    TerminalReward.PLAIN.addTo(rewards, mask, new float[] {1}, new boolean[] {T});
    Gae.Estimate estimate = new Gae(1, 0.95).estimate(rewards, values, mask);
    float[][] whitened = MaskedStatistics.whiten(estimate.advantages(), mask);

    assertThat(rewards[0]).containsExactly(new float[] {-.01f, .005f, .025f, .99f}, within(1e-6f));
    assertThat(estimate.advantages()[0])
        .containsExactly(new float[] {.80841375f, .756225f, .6855f, .59f}, within(1e-6f));
    assertThat(estimate.returns()[0])
        .containsExactly(new float[] {.90841375f, .956225f, .9855f, .99f}, within(1e-6f));
    assertThat(whitened[0])
        .containsExactly(
            new float[] {1.0404360f, .4884989f, -.2594736f, -1.2694613f}, within(2e-6f));
  }

  @Test
  void anotherHandComputedRow() {
    Gae.Estimate estimate =
        new Gae(1, 0)
            .estimate(
                new float[][] {{0, 0, 5}}, new float[][] {{1, 2, 3}}, new boolean[][] {{T, T, T}});

    assertThat(estimate.advantages()[0]).containsExactly(1, 1, 2);
  }

  @Test
  void agreesWithADoubleLoopOverRandomRowsWithHoles() {
    for (int seed = 0; seed < 50; seed++) {
      RandomRows random = new RandomRows(seed);
      boolean[][] mask = random.mask(5, 12);
      float[][] rewards = random.like(mask);
      float[][] values = random.like(mask);
      Gae gae = new Gae(0.97, 0.9);

      Gae.Estimate estimate = gae.estimate(rewards, values, mask);

      float[][] expected = doubleLoop(rewards, values, mask, 0.97, 0.9);
      for (int b = 0; b < mask.length; b++) {
        assertThat(estimate.advantages()[b]).containsExactly(expected[b], within(1e-5f));
      }
    }
  }

  /** A_t as the explicit sum over the action tokens that follow: Σ_k (γλ)^k δ_{t+k}. */
  private static float[][] doubleLoop(
      float[][] rewards, float[][] values, boolean[][] mask, double gamma, double lambda) {
    float[][] advantages = Rows.zeros(mask);
    for (int b = 0; b < mask.length; b++) {
      List<Integer> actions = new ArrayList<>();
      for (int t = 0; t < mask[b].length; t++) {
        if (mask[b][t]) {
          actions.add(t);
        }
      }
      for (int i = 0; i < actions.size(); i++) {
        double advantage = 0;
        for (int k = i; k < actions.size(); k++) {
          int t = actions.get(k);
          double next = k + 1 < actions.size() ? values[b][actions.get(k + 1)] : 0;
          double delta = rewards[b][t] + gamma * next - values[b][t];
          advantage += Math.pow(gamma * lambda, k - i) * delta;
        }
        advantages[b][actions.get(i)] = (float) advantage;
      }
    }
    return advantages;
  }

  @Test
  void lambdaZeroIsTheTdError() {
    RandomRows random = new RandomRows(1);
    boolean[][] mask = {{T, T, T, T, T}};
    float[] rewards = random.like(mask)[0];
    float[] values = random.like(mask)[0];

    float[] advantages =
        new Gae(0.9, 0)
            .estimate(new float[][] {rewards}, new float[][] {values}, mask)
            .advantages()[0];

    for (int t = 0; t < 5; t++) {
      float next = t < 4 ? values[t + 1] : 0;
      assertThat(advantages[t]).isCloseTo(rewards[t] + 0.9f * next - values[t], within(1e-5f));
    }
  }

  @Test
  void gammaAndLambdaOneGiveTheSumOfRewardsMinusTheValue() {
    RandomRows random = new RandomRows(2);
    boolean[][] mask = random.mask(4, 9);
    float[][] rewards = random.like(mask);
    float[][] values = random.like(mask);

    Gae.Estimate estimate = new Gae(1, 1).estimate(rewards, values, mask);

    float[][] sums = Returns.discounted(rewards, mask, 1);
    for (int b = 0; b < mask.length; b++) {
      assertThat(estimate.returns()[b]).containsExactly(sums[b], within(1e-5f));
    }
  }

  @Test
  void garbageOutsideTheMaskChangesNothing() {
    for (int seed = 0; seed < 20; seed++) {
      RandomRows random = new RandomRows(seed);
      boolean[][] mask = random.mask(4, 10);
      float[][] rewards = random.like(mask);
      float[][] values = random.like(mask);
      Gae gae = new Gae(0.99, 0.95);

      Gae.Estimate clean = gae.estimate(rewards, values, mask);
      Gae.Estimate dirty =
          gae.estimate(
              random.garbageOutside(rewards, mask), random.garbageOutside(values, mask), mask);

      assertThat(dirty.advantages()).isDeepEqualTo(clean.advantages());
      assertThat(dirty.returns()).isDeepEqualTo(clean.returns());
    }
  }

  @Test
  void aHoleBetweenTwoTurnsChangesNothing() {
    Gae gae = new Gae(0.9, 0.8);

    Gae.Estimate whole =
        gae.estimate(
            new float[][] {{1, 2, 3}}, new float[][] {{4, 5, 6}}, new boolean[][] {{T, T, T}});
    Gae.Estimate withHole =
        gae.estimate(
            new float[][] {{1, 2, 9, 9, 3}},
            new float[][] {{4, 5, 9, 9, 6}},
            new boolean[][] {{T, T, F, F, T}});

    float[] a = whole.advantages()[0];
    assertThat(withHole.advantages()[0]).containsExactly(a[0], a[1], 0, 0, a[2]);
  }

  @Test
  void aRowWithoutActionTokensIsZero() {
    Gae.Estimate estimate =
        new Gae(1, 1)
            .estimate(new float[][] {{1, 2}}, new float[][] {{3, 4}}, new boolean[][] {{F, F}});

    assertThat(estimate.advantages()[0]).containsExactly(0, 0);
  }

  @Test
  void refusesRowsThatAreNotOfTheMasksShape() {
    assertThatThrownBy(
            () ->
                new Gae(1, 1)
                    .estimate(
                        new float[][] {{1}, {1, 2}},
                        new float[][] {{1}, {1}},
                        new boolean[][] {{T}, {T}}))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "row 1 of rewards has 2 tokens, its mask has 1; both must cover the same tokens");
  }

  @Test
  void refusesADiscountAboveOne() {
    assertThatThrownBy(() -> new Gae(1.01, 0.9))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("gamma is 1.01; give 0 to 1");
  }
}

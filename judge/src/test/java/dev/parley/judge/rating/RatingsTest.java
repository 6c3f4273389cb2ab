package dev.parley.judge.rating;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class RatingsTest {

  @Test
  void threeWinsToOneAreTheOddsThemselves() {
    double[] ratings = BradleyTerry.ratings(new double[][] {{0, 3}, {1, 0}});

    assertThat(ratings[0] - ratings[1]).isCloseTo(400 * Math.log10(3), within(1e-9));
    assertThat(BradleyTerry.winProbability(ratings[0], ratings[1])).isCloseTo(0.75, within(1e-12));
  }

  @Test
  void aModelThatNeverLostHasNoFiniteRatingUnlessATieIsAssumed() {
    List<Battle> battles = List.of(new Battle("1", "a", "b", 1), new Battle("2", "a", "b", 1));

    assertThatThrownBy(() -> Leaderboard.of(battles, 0, 4, 10, 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("never lost");
    assertThat(Leaderboard.of(battles, 1, 4, 10, 1).rows().get(0).rating())
        .isCloseTo(1000 + 200 * Math.log10(5), within(1e-9));
  }

  @Test
  void mostIntervalsHoldTheTruthOfSimulatedBattles() {
    double truth = 100;
    int held = 0;
    for (int seed = 0; seed < 40; seed++) {
      Leaderboard.Entry strong = rated(200, truth, seed, "strong");
      held += strong.low() <= 1000 + truth / 2 && 1000 + truth / 2 <= strong.high() ? 1 : 0;
    }

    // 38 are expected of 40; fewer than 33 come by chance less than once in 100 times.
    assertThat(held).isGreaterThanOrEqualTo(33);
  }

  @Test
  void sixteenTimesTheBattlesHaveAboutAQuarterOfTheInterval() {
    Leaderboard.Entry few = rated(100, 100, 7, "strong");
    Leaderboard.Entry many = rated(1600, 100, 7, "strong");

    assertThat((few.high() - few.low()) / (many.high() - many.low())).isBetween(3.0, 5.5);
  }

  private static Leaderboard.Entry rated(int number, double gap, long seed, String model) {
    SplittableRandom random = new SplittableRandom(seed);
    List<Battle> battles = new ArrayList<>();
    for (int i = 0; i < number; i++) {
      boolean won = random.nextDouble() < BradleyTerry.winProbability(gap, 0);
      battles.add(new Battle(Integer.toString(i), "strong", "weak", won ? 1 : 0));
    }
    return Leaderboard.of(battles, 0, 4, 200, 1).rows().stream()
        .filter(row -> row.model().equals(model))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void battlesOfOneGroupAreDrawnTogetherSoCopiesDoNotNarrowTheInterval() {
    List<Battle> once = new ArrayList<>();
    List<Battle> copied = new ArrayList<>();
    for (int i = 0; i < 60; i++) {
      Battle battle = new Battle(Integer.toString(i), "a", "b", i % 3 == 0 ? 0 : 1);
      once.add(battle);
      copied.addAll(List.of(battle, battle, battle, battle));
    }
    Leaderboard.Entry alone = Leaderboard.of(once, 0, 4, 200, 3).rows().get(0);
    Leaderboard.Entry many = Leaderboard.of(copied, 0, 4, 200, 3).rows().get(0);

    assertThat(many.low()).isCloseTo(alone.low(), within(1e-6));
    assertThat(many.high()).isCloseTo(alone.high(), within(1e-6));
  }

  @Test
  void tiesCountHalfInAWinRate() {
    WinRate rate =
        WinRate.of(
            List.of(new Duel("1", 1, 5, 5), new Duel("2", 0.5, 5, 5), new Duel("3", 0, 5, 5)),
            100,
            1);

    assertThat(rate.rate()).isEqualTo(0.5);
    assertThat(rate.low()).isLessThan(0.5);
    assertThat(rate.high()).isGreaterThan(0.5);
    assertThat(rate.lengthControlled()).isNaN();
  }

  @Test
  void tenWinsOfTenAreNotCertainty() {
    List<Duel> won = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      won.add(new Duel(Integer.toString(i), 1, 9, 9));
    }

    // Wilson's interval for 10 of 10: the lower bound is 1 / (1 + z²/10).
    assertThat(WinRate.of(won, 50, 1).low()).isCloseTo(1 / (1 + 0.3841459), within(1e-6));
  }

  @Test
  void whereOnlyLengthWinsTheControlledRateIsOneHalf() {
    List<Duel> duels = new ArrayList<>();
    for (int i = 0; i < 300; i++) {
      // Two of three answers are the longer ones, and the longer one wins four times of five.
      boolean longer = i % 3 != 0;
      boolean won = longer == (i / 3 % 5 != 0);
      duels.add(new Duel(Integer.toString(i), won ? 1 : 0, longer ? 200 : 100, longer ? 100 : 200));
    }

    WinRate rate = WinRate.of(duels, 100, 1);

    assertThat(rate.rate()).isCloseTo(0.6, within(1e-9));
    assertThat(rate.lengthControlled()).isCloseTo(0.5, within(0.03));
    assertThat(rate.lengthWeight()).isGreaterThan(1);
  }

  @Test
  void whereLengthDoesNotMatterTheControlledRateIsTheRate() {
    List<Duel> duels = new ArrayList<>();
    for (int i = 0; i < 400; i++) {
      boolean longer = i % 2 == 0;
      duels.add(
          new Duel(
              Integer.toString(i), i / 2 % 4 < 3 ? 1 : 0, longer ? 150 : 100, longer ? 100 : 150));
    }
    WinRate rate = WinRate.of(duels, 100, 1);

    assertThat(rate.lengthControlled()).isCloseTo(rate.rate(), within(0.02));
  }
}

package dev.parley.cli.terminal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class ProgressTest {

  private final AtomicLong clock = new AtomicLong();

  @Test
  void aTerminalSeesBarCountRateTokensAndTimeLeftInOneLineDrawnOver() {
    CapturedTerminal terminal = CapturedTerminal.seen();
    Progress progress = progress(terminal, 2_000);

    after(1);
    progress.tokensPerSecond(1_234);
    progress.at(500);
    after(1);
    progress.at(1_000);

    assertThat(terminal.err())
        .isEqualTo(
            """
            reading ████              25%  ETA 3s  500/2,000 rows  500 rows/s  1.2k tok/s
            \u001B[1A\u001B[J\
            reading ████████          50%  ETA 2s  1,000/2,000 rows  500 rows/s  1.2k tok/s
            """);
  }

  @Test
  void linesThatAreOnlyJustDrawnAreNotDrawnAgain() {
    CapturedTerminal terminal = CapturedTerminal.seen();
    Progress progress = progress(terminal, 2_000);

    for (int i = 1; i <= 1_000; i++) {
      progress.at(i);
    }

    assertThat(terminal.err().lines()).hasSize(1);
  }

  @Test
  void aPipeSeesALineEveryFewSecondsAndTheEnd() {
    CapturedTerminal terminal = CapturedTerminal.piped();
    try (Progress progress = progress(terminal, 100)) {
      for (int i = 1; i <= 12; i++) {
        after(1);
        progress.at(i);
      }
    }

    assertThat(terminal.err().lines())
        .containsExactly(
            "reading [                ]   5%  ETA 1m 35s  5/100 rows  1 rows/s",
            "reading [#               ]  10%  ETA 1m 30s  10/100 rows  1 rows/s",
            "reading [#               ]  12%  ETA 1m 28s  12/100 rows  1 rows/s  in 12s");
  }

  @Test
  void anUnknownTotalHasNoBarAndNoTimeLeft() {
    CapturedTerminal terminal = CapturedTerminal.seen();
    Progress progress = progress(terminal, 0);

    after(2);
    progress.at(10);

    assertThat(terminal.err()).isEqualTo("reading  10 rows  5 rows/s\n");
  }

  @Test
  void workThatWasDoneBeforeCountsButIsNoSpeed() {
    CapturedTerminal terminal = CapturedTerminal.seen();
    Progress progress =
        new Progress(
            terminal.terminal(), "fetching", "", Progress.Unit.BYTES, 3_000_000, clock::get);

    progress.skip(1_000_000);
    after(1);
    progress.add(500_000);

    assertThat(terminal.err())
        .endsWith("fetching ████████          50%  ETA 3s  1.5 MB of 3.0 MB  500 kB/s\n");
  }

  @Test
  void aNoteStandsAboveTheLineThatChanges() {
    CapturedTerminal terminal = CapturedTerminal.seen();
    Progress progress = progress(terminal, 0);

    after(1);
    progress.at(1);
    progress.note("something odd");

    assertThat(terminal.err())
        .isEqualTo(
            "reading  1 rows  1 rows/s\n\u001B[1A\u001B[Jsomething odd\nreading  1 rows  1 rows/s\n");
  }

  @Test
  void aClearedProgressLeavesNothingStanding() {
    CapturedTerminal terminal = CapturedTerminal.seen();
    Progress progress = progress(terminal, 0);

    after(1);
    progress.at(1);
    progress.clear();
    progress.close();

    assertThat(terminal.err()).endsWith("\u001B[1A\u001B[J");
  }

  @Test
  void theRateFollowsAChangeOfPace() {
    Rate rate = new Rate();
    rate.note(0, 0);
    for (int second = 1; second <= 60; second++) {
      rate.note(
          Duration.ofSeconds(second).toNanos(),
          Math.min(second, 30) * 10 + Math.max(0, second - 30));
    }

    // A second's weight is k times the next one's, k^8 = 1/2. Thirty seconds after the pace fell
    // from 10 to 1, the old
    // thirty have k^30 times the weight of the new thirty.
    double old = Math.pow(0.5, 30 / 8.0);
    assertThat(rate.perSecond().orElseThrow()).isCloseTo((1 + 10 * old) / (1 + old), within(1e-9));
  }

  @Test
  void aCountThatFallsBeginsTheRateAnew() {
    Rate rate = new Rate();
    rate.note(0, 100);
    rate.note(Duration.ofSeconds(1).toNanos(), 200);
    rate.note(Duration.ofSeconds(2).toNanos(), 0);

    assertThat(rate.perSecond()).isEmpty();
    assertThat(rate.timeFor(10)).isEmpty();
  }

  @Test
  void barsFillFromEmptyToFullAndNeverBeyond() {
    assertThat(ProgressBar.of(0, 8, 4, true)).isEqualTo("       0%");
    assertThat(ProgressBar.of(1, 8, 4, true)).isEqualTo("▌     12%");
    assertThat(ProgressBar.of(8, 8, 4, true)).isEqualTo("████ 100%");
    assertThat(ProgressBar.of(9, 8, 4, false)).isEqualTo("[####] 100%");
    assertThat(ProgressBar.of(999, 1_000, 4, false)).isEqualTo("[### ]  99%");
    assertThat(ProgressBar.of(5, 0, 4, true)).isEmpty();
  }

  @Test
  void tablesAlignNumbersToTheRight() {
    assertThat(new Table().row("rows", "1,234").row("  pairs", "7", "x").lines())
        .isEqualTo(List.of("rows     1,234", "  pairs      7  x"));
  }

  private Progress progress(CapturedTerminal terminal, long total) {
    return new Progress(
        terminal.terminal(), "reading", "rows", Progress.Unit.THINGS, total, clock::get);
  }

  private void after(int seconds) {
    clock.addAndGet(Duration.ofSeconds(seconds).toNanos());
  }
}

package dev.parley.cli.report;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.cli.ExitCode;
import dev.parley.cli.Parley;
import dev.parley.cli.terminal.CapturedTerminal;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReportCommandTest {

  private final CapturedTerminal terminal = CapturedTerminal.piped();

  @TempDir Path run;

  @Test
  void theNumbersOfARunBecomeOnePage() throws IOException {
    Files.writeString(
        run.resolve(RunFigures.FILE),
        """
        {"update":1,"objective/scores":0.1,"objective/kl":0.0}
        {"update":2,"objective/scores":0.7654,"objective/kl":1.5}
        """);

    assertThat(Parley.run(terminal.terminal(), "report", run.toString())).isEqualTo(ExitCode.OK);

    Path page = run.resolve("report.html");
    assertThat(terminal.out()).endsWith("report: " + page + "\n");
    assertThat(Files.readString(page))
        .contains("Reward model score", "KL to the reference", "0.7654", "2 updates")
        .doesNotContain("src=\"http");
  }

  @Test
  void anUpdateThatAResumedRunWroteTwiceCountsOnce() throws IOException {
    Files.writeString(
        run.resolve(RunFigures.FILE),
        "{\"update\":1,\"loss\":3}\n{\"update\":2,\"loss\":2}\n{\"update\":2,\"loss\":1}\n");

    RunFigures figures = RunFigures.read(run);

    assertThat(figures.values("loss")).containsExactly(3.0, 1.0);
    assertThat(figures.last("loss")).hasValue(1.0);
    assertThat(figures.last("objective/kl")).isEmpty();
  }

  @Test
  void theScoresWayIsToldInStandardDeviationsOfTheFirstAnswers() throws IOException {
    StringBuilder rows = new StringBuilder();
    for (int update = 1; update <= 8; update++) {
      rows.append(
          "{\"update\":%d,\"objective/scores\":%s,\"objective/scores_std\":%s}\n"
              .formatted(update, update <= 3 ? -0.5 : update <= 5 ? 9 : 0.25, update));
    }
    Files.writeString(run.resolve(RunFigures.FILE), rows);

    assertThat(RunSummary.lines(run))
        .containsExactly(
            "updates              8",
            "score                -0.5000 → 0.2500, +0.38 standard deviations of the first answers (2.00)");
  }

  @Test
  void aRewardModelsAgreementIsToldWithItsInterval() throws IOException {
    Files.writeString(run.resolve(RunFigures.FILE), "{\"update\":1,\"loss\":0.7}\n");
    Files.createDirectory(run.resolve("model"));
    Files.writeString(
        run.resolve("model/reward_model.json"),
        """
        {"pairs": 381, "held_out": true, "held_out_agreement": 0.5617,
         "held_out_agreement_interval_95": [0.5115, 0.6106]}
        """);

    assertThat(RunSummary.lines(run))
        .contains("held-out agreement   0.562, 95% interval 0.512 to 0.611, 381 pairs");
  }

  @Test
  void aDirectoryWithoutNumbersFailsWithWhatToName() {
    assertThat(Parley.run(terminal.terminal(), "report", run.toString()))
        .isEqualTo(ExitCode.FAILED);

    assertThat(terminal.err())
        .contains(run.resolve(RunFigures.FILE) + " cannot be read", "runs/ppo-1");
  }
}

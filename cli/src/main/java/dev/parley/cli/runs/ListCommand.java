package dev.parley.cli.runs;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.parley.cli.ExitCode;
import dev.parley.cli.Failure;
import dev.parley.cli.terminal.Quantity;
import dev.parley.cli.terminal.Table;
import dev.parley.cli.terminal.Terminal;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Lists the runs. */
@Command(
    name = "list",
    header = "List the runs of a namespace, the newest first.",
    description = {
      "Update is the newest one of all; reward is the mean score of its answers. A run that is seen"
          + " to be over has its policies let go."
    },
    footer = {
      "Examples:",
      "  parley runs list --namespace rlhf",
      "  parley runs list --output json | jq '.[] | select(.state==\"running\")'"
    })
final class ListCommand implements Callable<Integer> {

  private static final String NOTHING = "–";

  private final Terminal terminal;

  @Option(
      names = "--output",
      paramLabel = "FORM",
      defaultValue = "table",
      description = "${COMPLETION-CANDIDATES}. Default: ${DEFAULT-VALUE}.")
  private Form output;

  @Mixin private ClusterOptions options;

  /** How to print. */
  enum Form {
    TABLE,
    JSON;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  ListCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() throws JsonProcessingException {
    try (Cluster cluster = options.connect()) {
      Runs runs = new Runs(cluster);
      List<Map<String, Object>> rows = new ArrayList<>();
      Table table = new Table().row("RUN", "RECIPE", "STATE", "UPDATE", "REWARD", "AGE");
      for (RunStatus run : runs.all()) {
        RunProgress progress = progress(cluster, runs, run);
        if (run.state() == RunState.COMPLETE || run.state() == RunState.FAILED) {
          settle(runs, run);
        }
        rows.add(fields(run, progress));
        table.row(
            run.id(),
            run.recipe(),
            run.state().toString(),
            progress.total() == 0
                ? NOTHING
                : "%d/%d".formatted(progress.update(), progress.total()),
            progress.reward().isPresent()
                ? Quantity.measured(progress.reward().getAsDouble())
                : NOTHING,
            Quantity.duration(Duration.between(run.submittedAt(), Instant.now())));
        if (!run.detail().isEmpty() && output == Form.TABLE) {
          terminal.err().println(run.id() + " is " + run.state() + ": " + run.detail());
        }
      }
      if (output == Form.JSON) {
        terminal
            .out()
            .println(new ObjectMapper().writerWithDefaultPrettyPrinter().writeValueAsString(rows));
      } else if (rows.isEmpty()) {
        terminal.err().println("There are no runs in namespace %s.".formatted(cluster.namespace()));
      } else {
        table.lines().forEach(terminal.out()::println);
      }
      return ExitCode.OK;
    }
  }

  /** A run whose files cannot be read just now is listed all the same. */
  private RunProgress progress(Cluster cluster, Runs runs, RunStatus run) {
    try {
      return RunFollower.progress(cluster, runs, run);
    } catch (Failure e) {
      terminal.err().println(terminal.yellow(run.id() + ": " + e.getMessage()));
      return RunProgress.UNKNOWN;
    }
  }

  /** Whoever may only look at runs can list them, too. */
  private void settle(Runs runs, RunStatus run) {
    try {
      runs.settle(run);
    } catch (Failure e) {
      terminal.err().println(terminal.yellow(run.id() + ": " + e.getMessage()));
    }
  }

  private static Map<String, Object> fields(RunStatus run, RunProgress progress) {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("run", run.id());
    fields.put("recipe", run.recipe());
    fields.put("state", run.state().toString());
    fields.put("detail", run.detail());
    fields.put("update", progress.update());
    fields.put("updates", progress.total());
    fields.put("reward", progress.reward().isPresent() ? progress.reward().getAsDouble() : null);
    fields.put("submitted_at", run.submittedAt().toString());
    return fields;
  }
}

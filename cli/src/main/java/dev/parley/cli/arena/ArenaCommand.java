package dev.parley.cli.arena;

import static dev.parley.cli.terminal.Quantity.exact;
import static dev.parley.cli.terminal.Quantity.percent;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.parley.cli.ExitCode;
import dev.parley.cli.Failure;
import dev.parley.cli.terminal.Table;
import dev.parley.cli.terminal.Terminal;
import dev.parley.judge.rating.Battle;
import dev.parley.judge.rating.Leaderboard;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Rates models from battles. */
@Command(
    name = "arena",
    header = "Rate models from battles: Bradley-Terry with intervals, and Elo.",
    description = {
      "A battle is a row of question_id, model_a, model_b and winner (model_a, model_b, tie or"
          + " invalid), in CSV or JSON lines; parley evaluate writes them. Intervals are a"
          + " bootstrap over questions. Online Elo depends on the order of the battles;"
          + " Bradley-Terry does not."
    },
    footer = {
      "Examples:",
      "  parley arena battles.jsonl",
      "  parley arena --json a.csv b.csv | jq '.models[0]'"
    })
public final class ArenaCommand implements Callable<Integer> {

  private final Terminal terminal;

  @Spec private CommandSpec spec;

  @Parameters(arity = "1..*", paramLabel = "FILE", description = "Battles: .csv, or JSON lines.")
  private List<Path> files;

  @Option(
      names = "--prior",
      paramLabel = "TIES",
      defaultValue = "0",
      description =
          "Ties that every two models are taken to have had besides, for models that always won or"
              + " lost. Default: 0.")
  private double prior;

  @Option(
      names = "--k",
      defaultValue = "4",
      description = "Points at stake in a battle, for Elo. Default: ${DEFAULT-VALUE}.")
  private double k;

  @Option(
      names = "--resamples",
      paramLabel = "N",
      defaultValue = "1000",
      description = "Resamples for the intervals; 0 for none. Default: ${DEFAULT-VALUE}.")
  private int resamples;

  @Option(names = "--seed", defaultValue = "1", description = "Of the resamples. Default: 1.")
  private long seed;

  @Option(names = "--json", description = "Print one JSON object instead of a table.")
  private boolean json;

  /** The command, printing to a terminal. */
  public ArenaCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    if (!(prior >= 0) || !(k > 0) || resamples < 0) {
      throw new ParameterException(
          spec.commandLine(),
          "--prior is %s, --k is %s and --resamples is %d; expected at least 0, more than 0, and at least 0"
              .formatted(prior, k, resamples));
    }
    List<Battle> battles = new ArrayList<>();
    long invalid = 0;
    for (Path file : files) {
      BattleFile read = BattleFile.read(file);
      battles.addAll(read.battles());
      invalid += read.invalid();
    }
    if (battles.isEmpty()) {
      throw new Failure(
          "no row says who won"
              + (invalid > 0 ? ": all %s are invalid".formatted(exact(invalid)) : ""),
          "expected at least one whose winner is model_a, model_b or tie");
    }
    Leaderboard board;
    try {
      board = Leaderboard.of(battles, prior, k, resamples, seed);
    } catch (IllegalArgumentException e) {
      throw new Failure(e.getMessage(), "--prior 1 makes the ratings finite.", e);
    }
    if (json) {
      terminal.out().println(json(board, battles.size(), invalid).toPrettyString());
    } else {
      table(board, battles.size(), invalid).forEach(terminal.out()::println);
    }
    return ExitCode.OK;
  }

  private List<String> table(Leaderboard board, int battles, long invalid) {
    Table table = new Table();
    table.row("model", "rating", "95%", "Elo", "battles", "win rate");
    for (Leaderboard.Entry row : board.rows()) {
      table.row(
          row.model(),
          points(row.rating()),
          Double.isNaN(row.low()) ? "–" : points(row.low()) + " to " + points(row.high()),
          points(row.elo()),
          exact(row.battles()),
          percent(row.winRate()));
    }
    List<String> lines = new ArrayList<>(table.lines());
    lines.add("");
    lines.add(
        "%s battles%s"
            .formatted(
                exact(battles),
                invalid > 0 ? ", and %s without an outcome".formatted(exact(invalid)) : ""));
    if (board.unrated() > 0) {
      lines.add(
          "%s of %s resamples had no finite ratings and were left out: the intervals are too narrow"
              .formatted(exact(board.unrated()), exact(board.resamples())));
    }
    return lines;
  }

  private static ObjectNode json(Leaderboard board, int battles, long invalid) {
    ObjectNode object = JsonNodeFactory.instance.objectNode();
    ArrayNode models = object.putArray("models");
    for (Leaderboard.Entry row : board.rows()) {
      ObjectNode model = models.addObject();
      model.put("model", row.model()).put("rating", row.rating());
      if (!Double.isNaN(row.low())) {
        model.putArray("interval_95").add(row.low()).add(row.high());
      }
      model.put("elo", row.elo()).put("battles", row.battles()).put("win_rate", row.winRate());
    }
    return object
        .put("battles", battles)
        .put("invalid", invalid)
        .put("resamples", board.resamples())
        .put("resamples_without_ratings", board.unrated());
  }

  private static String points(double rating) {
    return String.format(Locale.ROOT, "%.0f", rating);
  }
}

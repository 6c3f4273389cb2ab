package dev.parley.cli.quickstart;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.parley.cli.ExitCode;
import dev.parley.cli.Failure;
import dev.parley.cli.answers.LocalModel;
import dev.parley.cli.hub.ModelArgument;
import dev.parley.cli.quickstart.Measurement.Estimate;
import dev.parley.cli.scoring.LocalScorer;
import dev.parley.cli.terminal.Progress;
import dev.parley.cli.terminal.Table;
import dev.parley.cli.terminal.Terminal;
import dev.parley.data.Example;
import dev.parley.data.file.Dataset;
import dev.parley.data.file.DatasetException;
import dev.parley.data.file.DatasetReader;
import dev.parley.data.file.ReadOptions;
import dev.parley.model.generation.BestOfN;
import dev.parley.model.torchscript.EngineOptions;
import dev.parley.reward.scoring.Scorer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Says how good models of the quickstart's world truly are, however they were trained. */
@Command(
    name = "measure",
    header = "Ask models a quickstart's held-out questions: true quality and KL.",
    description = {
      "The quickstart's world knows the true quality (gold score, 0 to 1) of every answer. Each"
          + " model answers the questions that a quickstart has held out; its KL is to the"
          + " quickstart's fine-tuned model, nats per answer. With --reward, what a reward model"
          + " (the proxy) says of the same answers: where it rises and gold falls, the policy is"
          + " over-optimised.",
      "",
      "--best-of draws from the fine-tuned model and lets the proxy choose; its KL is log n −"
          + " (n−1)/n."
    },
    footer = {
      "Examples:",
      "  parley quickstart measure runs/quickstart/model runs/my-dpo/model",
      "  parley quickstart measure --reward runs/my-rm/model runs/my-ppo/checkpoints/*",
      "  parley quickstart measure --reward rules:three.yaml --best-of 1,4,16"
    })
public final class MeasureCommand implements Callable<Integer> {

  private final Terminal terminal;

  @Spec private CommandSpec spec;

  @Parameters(
      arity = "0..*",
      paramLabel = "MODEL",
      description = "Directories of models, of runs, or of full checkpoints.")
  private List<Path> models = List.of();

  @Option(
      names = "--run",
      paramLabel = "ID",
      defaultValue = "quickstart",
      description =
          "The quickstart whose world it is, or its directory. Default: ${DEFAULT-VALUE}.")
  private String run;

  @Option(
      names = "--reward",
      paramLabel = "NAME",
      description = "The proxy: a reward model's directory, or rules:FILE.")
  private Optional<String> reward = Optional.empty();

  @Option(
      names = "--best-of",
      paramLabel = "N",
      split = ",",
      description = "Measure the fine-tuned model's best of N by the proxy; may be a list.")
  private List<Integer> bestOf = List.of();

  @Option(
      names = "--samples",
      paramLabel = "K",
      description = "Answers to each question. Default: 8; for --best-of, twice the largest N.")
  private Optional<Integer> samples = Optional.empty();

  @Option(names = "--seed", defaultValue = "77", description = "Default: ${DEFAULT-VALUE}.")
  private long seed;

  @Option(names = "--json", description = "Print one JSON object per line instead of a table.")
  private boolean json;

  /** The command, printing to a terminal. */
  public MeasureCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  /** One line of the result; {@code proxy} is empty without a reward model. */
  private record Row(
      String name, Estimate kl, Estimate gold, Optional<Estimate> proxy, OptionalDouble tokens) {}

  @Override
  public Integer call() {
    require(models.size() + bestOf.size() > 0, "name a MODEL, or --best-of");
    require(bestOf.isEmpty() || reward.isPresent(), "--best-of needs --reward, which chooses");
    require(bestOf.stream().allMatch(n -> n >= 1), "--best-of is less than 1");
    int largest = bestOf.stream().mapToInt(Integer::intValue).max().orElse(1);
    require(samples.isEmpty() || samples.get() >= largest, "--samples is below 1, or --best-of");
    Path world = Path.of("runs").resolve(run).toAbsolutePath();
    List<String> questions = questions(world.resolve("data/held-out.jsonl"));
    List<Row> rows = new ArrayList<>();
    try (LocalModel reference = LocalModel.open(world.resolve("sft/model"), EngineOptions.CPU)) {
      Optional<Scorer> scorer = reward.map(this::scorer);
      try {
        for (Path directory : models) {
          try (LocalModel model = LocalModel.open(model(directory), EngineOptions.CPU)) {
            int count = samples.orElse(8);
            Measurement all =
                measure(directory.toString(), model, reference, scorer, questions, count);
            rows.add(
                new Row(
                    directory.toString(),
                    Estimate.of(all.kl()),
                    Estimate.of(all.gold()),
                    all.proxy().map(Estimate::of),
                    OptionalDouble.of(Estimate.of(all.tokens()).mean())));
          }
        }
        if (!bestOf.isEmpty()) {
          int count = samples.orElse(2 * largest);
          Measurement all = measure("best of n", reference, reference, scorer, questions, count);
          bestOf.forEach(n -> rows.add(bestOf(all, n)));
        }
      } finally {
        scorer.ifPresent(Scorer::close);
      }
    }
    if (json) {
      rows.forEach(row -> terminal.out().println(json(row)));
    } else {
      table(rows).lines().forEach(terminal.out()::println);
    }
    return ExitCode.OK;
  }

  private Measurement measure(
      String name,
      LocalModel model,
      LocalModel reference,
      Optional<Scorer> scorer,
      List<String> questions,
      int count) {
    try (Progress progress =
        Progress.ofThings(terminal, name, "answers", (long) questions.size() * count)) {
      return Measurement.of(model, reference, scorer, questions, count, seed, progress::at);
    }
  }

  private static Row bestOf(Measurement all, int n) {
    double[][] proxy = all.proxy().orElseThrow();
    return new Row(
        "best of " + n,
        new Estimate(BestOfN.klBound(n), 0),
        chosen(proxy, all.gold(), n),
        Optional.of(chosen(proxy, proxy, n)),
        OptionalDouble.empty());
  }

  private static Estimate chosen(double[][] proxy, double[][] values, int n) {
    return Estimate.of(
        IntStream.range(0, proxy.length)
            .mapToDouble(q -> BestOfN.expected(proxy[q], values[q], n))
            .toArray());
  }

  private Scorer scorer(String name) {
    int threads = Runtime.getRuntime().availableProcessors();
    Scorer made =
        LocalScorer.make(name, Map.of(), "cpu", threads, ModelArgument.ofProcess(terminal));
    made.load();
    return made;
  }

  private static Path model(Path directory) {
    return Stream.of("model", "policy")
        .map(directory::resolve)
        .filter(Files::isDirectory)
        .findFirst()
        .orElse(directory);
  }

  private static List<String> questions(Path file) {
    if (!Files.isRegularFile(file)) {
      throw new Failure(
          file + " is not there",
          "--run names a run of parley quickstart; runs of an older version have no such file.");
    }
    List<String> questions = new ArrayList<>();
    try (DatasetReader<Example> rows =
        Dataset.of(file.toString()).examples(new ReadOptions(false, Optional.empty()))) {
      while (rows.hasNext()) {
        questions.add(rows.next().example().asPrompt().prompt().get(0).content());
      }
    } catch (DatasetException e) {
      throw new Failure(e.getMessage(), "", e);
    }
    return questions;
  }

  private static Table table(List<Row> rows) {
    Table table = new Table();
    table.row("model", "KL", "√KL", "gold", "proxy", "tokens");
    for (Row row : rows) {
      table.row(
          row.name(),
          number(row.kl()),
          String.format(Locale.ROOT, "%.2f", Math.sqrt(Math.max(0, row.kl().mean()))),
          number(row.gold()),
          row.proxy().map(MeasureCommand::number).orElse("–"),
          row.tokens().isPresent()
              ? String.format(Locale.ROOT, "%.1f", row.tokens().getAsDouble())
              : "–");
    }
    return table;
  }

  private static String number(Estimate estimate) {
    return String.format(Locale.ROOT, "%.3f ± %.3f", estimate.mean(), estimate.error());
  }

  private static String json(Row row) {
    ObjectNode object = JsonNodeFactory.instance.objectNode();
    object.put("model", row.name());
    put(object, "kl", row.kl());
    put(object, "gold", row.gold());
    row.proxy().ifPresent(proxy -> put(object, "proxy", proxy));
    row.tokens().ifPresent(tokens -> object.put("tokens", tokens));
    return object.toString();
  }

  private static void put(ObjectNode object, String name, Estimate estimate) {
    object.put(name, estimate.mean()).put(name + "_error", estimate.error());
  }

  private void require(boolean condition, String otherwise) {
    if (!condition) {
      throw new ParameterException(spec.commandLine(), otherwise);
    }
  }
}

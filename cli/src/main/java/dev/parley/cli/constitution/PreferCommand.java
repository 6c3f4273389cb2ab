package dev.parley.cli.constitution;

import static dev.parley.cli.terminal.Quantity.exact;
import static dev.parley.cli.terminal.Quantity.percent;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.parley.cli.ExitCode;
import dev.parley.cli.Failure;
import dev.parley.cli.judging.EndpointOptions;
import dev.parley.cli.judging.InOrder;
import dev.parley.cli.judging.LinesFile;
import dev.parley.cli.judging.Numbered;
import dev.parley.cli.judging.Pair;
import dev.parley.cli.judging.PreferenceEvents;
import dev.parley.cli.judging.SpendingText;
import dev.parley.cli.terminal.Progress;
import dev.parley.cli.terminal.Table;
import dev.parley.cli.terminal.Terminal;
import dev.parley.data.ChatTurn;
import dev.parley.data.Example;
import dev.parley.data.Preference;
import dev.parley.data.PreferenceAgreement;
import dev.parley.data.PreferenceSource;
import dev.parley.data.file.Dataset;
import dev.parley.data.file.DatasetException;
import dev.parley.data.file.DatasetReader;
import dev.parley.data.file.DatasetWriter;
import dev.parley.data.file.ReadOptions;
import dev.parley.judge.chat.ChatClient;
import dev.parley.judge.constitution.Constitution;
import dev.parley.judge.verdict.PrincipleJudge;
import dev.parley.judge.verdict.PrincipleJudge.Label;
import dev.parley.judge.verdict.Ruling;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Labels by principles. */
@Command(
    name = "prefer",
    header = "Label pairs of answers by principles: AI preferences for reward-model.",
    description = {
      "For each pair and each principle that is drawn, the model names the better answer, in both"
          + " orders. Where the endpoint gives log-probabilities, P(A) / (P(A) + P(B)) is the"
          + " label; else the letter counts 0 or 1. The mean over orders and principles decides;"
          + " exactly one half is a tie. The mean is also the row's confidence, a soft label."
    },
    footer = {
      "Examples:",
      "  parley constitution prefer --constitution principles.txt \\",
      "      --endpoint http://localhost:8091 --model my-policy \\",
      "      --input pairs.jsonl --output preferences.jsonl",
      "  parley train reward-model --model MODEL --data preferences.jsonl --run rm"
    })
final class PreferCommand implements Callable<Integer> {

  /** OpenAI's greatest number of alternatives. */
  private static final int TOP_LOG_PROBS = 20;

  private final Terminal terminal;

  @Spec private CommandSpec spec;

  @Mixin private ConstitutionOption constitution;

  @Mixin private EndpointOptions endpoint;

  @Option(
      names = "--input",
      required = true,
      paramLabel = "FILE",
      description =
          "Pairs: preferences in any shape of docs/data.md, or prompts with answer_a and answer_b.")
  private String input;

  @Option(
      names = "--output",
      required = true,
      paramLabel = "FILE",
      description = "Where the preferences go, as JSON lines; .gz is compressed.")
  private Path output;

  @Option(
      names = "--judgements",
      paramLabel = "FILE",
      description =
          "Where every label goes, with its probability. Default: the output's name with"
              + " .judgements.jsonl.")
  private Optional<Path> judgements = Optional.empty();

  @Option(
      names = "--principles",
      paramLabel = "N",
      defaultValue = "1",
      description = "Principles drawn for each pair. Default: ${DEFAULT-VALUE}.")
  private int count;

  @Option(
      names = "--no-log-probs",
      description = "Do not ask for log-probabilities, for endpoints that refuse them.")
  private boolean noLogProbs;

  @Option(
      names = "--seed",
      defaultValue = "1",
      description = "Of the principles. Default: ${DEFAULT-VALUE}.")
  private long seed;

  @Option(
      names = "--kafka",
      paramLabel = "HOST:PORT",
      description = "Also send each preference as an event to this broker's topic preferences.")
  private Optional<String> kafka = Optional.empty();

  PreferCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  /** What a pair's principles say, by their numbers. */
  private record Labels(List<Integer> principles, List<Label> labels) {

    OptionalDouble firstBetter() {
      return labels.stream().allMatch(label -> label.firstBetter().isPresent())
          ? labels.stream().mapToDouble(label -> label.firstBetter().getAsDouble()).average()
          : OptionalDouble.empty();
    }

    String error() {
      return labels.stream().map(Label::error).filter(e -> !e.isEmpty()).findFirst().orElse("");
    }
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    Constitution principles = constitution.read();
    if (count < 1 || count > principles.principles().size()) {
      throw new ParameterException(
          spec.commandLine(),
          "--principles is %d; expected 1 to %d, the number in %s"
              .formatted(count, principles.principles().size(), principles.name()));
    }
    ChatClient client = endpoint.client();
    PrincipleJudge judge =
        new PrincipleJudge(
            client, endpoint.sampling(OptionalLong.empty(), noLogProbs ? 0 : TOP_LOG_PROBS), 3);
    Tally tally = new Tally();
    try (DatasetReader<Example> rows = Dataset.of(input).examples(ReadOptions.strict());
        DatasetWriter preferences = DatasetWriter.create(output);
        LinesFile lines =
            new LinesFile(
                judgements.orElseGet(() -> LinesFile.beside(output, ".judgements.jsonl")));
        PreferenceEvents events = kafka.map(PreferenceEvents::new).orElse(null);
        Progress progress = Progress.ofThings(terminal, "labelling", "pairs", 0)) {
      InOrder.run(
          Numbered.of(Pair.each(rows)),
          endpoint.concurrency(),
          one -> label(judge, principles, one),
          (one, labels) -> {
            tally.add(one.thing(), labels);
            lines.write(line(one.thing(), labels, principles));
            Optional<Preference> preference = preference(one.thing(), labels, principles);
            if (preference.isPresent()) {
              preferences.write(preference.get());
              if (events != null) {
                events.send(preference.get(), "");
              }
            }
            progress.add(1);
          });
      if (events != null) {
        events.finish();
      }
      preferences.finish();
      lines.finish();
      tally.written = preferences.rows();
    } catch (DatasetException e) {
      throw new Failure(e.getMessage(), "docs/data.md shows what is read.", e);
    }
    tally.lines(client).forEach(terminal.err()::println);
    return tally.written == 0 && tally.failed > 0 ? ExitCode.FAILED : ExitCode.OK;
  }

  private Labels label(PrincipleJudge judge, Constitution principles, Numbered<Pair> one)
      throws InterruptedException {
    List<Integer> drawn = principles.draw(count, seed * 1_000_003 + one.number());
    List<Label> labels = new ArrayList<>();
    for (int principle : drawn) {
      labels.add(
          judge.compare(
              Pair.messages(one.thing().prompt()),
              Pair.messages(one.thing().first()),
              Pair.messages(one.thing().second()),
              principles.principles().get(principle).comparison()));
    }
    return new Labels(drawn, labels);
  }

  private String annotator(Labels labels, Constitution principles) {
    return labels.principles().stream()
        .map(number -> Integer.toString(number + 1))
        .collect(
            Collectors.joining(",", "%s/%s#".formatted(endpoint.model(), principles.name()), ""));
  }

  private Optional<Preference> preference(Pair pair, Labels labels, Constitution principles) {
    if (labels.firstBetter().isEmpty()) {
      return Optional.empty();
    }
    double firstBetter = labels.firstBetter().getAsDouble();
    List<ChatTurn> chosen = firstBetter >= 0.5 ? pair.first() : pair.second();
    List<ChatTurn> rejected = firstBetter >= 0.5 ? pair.second() : pair.first();
    return Optional.of(
        new Preference(
            pair.prompt(),
            chosen,
            rejected,
            OptionalDouble.empty(),
            firstBetter == 0.5 || chosen.equals(rejected),
            PreferenceSource.MODEL,
            annotator(labels, principles),
            OptionalDouble.of(Math.max(firstBetter, 1 - firstBetter))));
  }

  private ObjectNode line(Pair pair, Labels labels, Constitution principles) {
    ObjectNode line = JsonNodeFactory.instance.objectNode();
    line.put("row", pair.place());
    line.put("judge", annotator(labels, principles));
    labels.firstBetter().ifPresent(p -> line.put("first_better", p));
    ArrayNode parts = line.putArray("labels");
    for (int i = 0; i < labels.labels().size(); i++) {
      Label label = labels.labels().get(i);
      int number = labels.principles().get(i);
      ObjectNode part =
          parts
              .addObject()
              .put("principle", number + 1)
              .put("comparison", principles.principles().get(number).comparison());
      put(part, "in_order", label.inOrder());
      put(part, "swapped", label.swapped());
      label.firstBetter().ifPresent(p -> part.put("first_better", p));
      part.put("from_log_probs", label.fromLogProbs());
    }
    return line;
  }

  private static void put(ObjectNode node, String name, Ruling ruling) {
    node.put(name, ruling.verdict().orElse(ruling.text()));
    if (!ruling.ok()) {
      node.put("error", ruling.error());
    }
  }

  /** Counts. */
  private static final class Tally {

    private long pairs;
    private long failed;
    private long asked;
    private long inconsistent;
    private long soft;
    private long written;
    private double sureness;
    private String firstError = "";
    private PreferenceAgreement agreement = PreferenceAgreement.NONE;

    void add(Pair pair, Labels labels) {
      pairs++;
      for (Label label : labels.labels()) {
        asked++;
        inconsistent += label.inconsistent() ? 1 : 0;
        soft += label.fromLogProbs() ? 1 : 0;
      }
      if (labels.firstBetter().isEmpty()) {
        failed++;
        firstError = firstError.isEmpty() ? pair.place() + ": " + labels.error() : firstError;
        return;
      }
      double p = labels.firstBetter().getAsDouble();
      sureness += Math.max(p, 1 - p);
      if (pair.label().filter(label -> label == Pair.Label.FIRST).isPresent()) {
        agreement = agreement.and(p, 1 - p);
      }
    }

    List<String> lines(ChatClient client) {
      Table table = new Table();
      table.row("pairs", exact(pairs), "");
      table.row("  failed", exact(failed), "");
      table.row("labels, each in both orders", exact(asked), "");
      table.row(
          "  whose orders disagree",
          exact(inconsistent),
          asked == 0 ? "" : percent((double) inconsistent / asked));
      table.row("  from log-probabilities", exact(soft), "");
      if (pairs > failed) {
        table.row("mean probability of the chosen", percent(sureness / (pairs - failed)), "");
      }
      table.row("preferences written", exact(written), "");
      if (agreement.pairs() > 0) {
        double[] interval = agreement.interval();
        table.row(
            "agrees with the rows' own labels",
            percent(agreement.share()),
            "95%%: %s to %s".formatted(percent(interval[0]), percent(interval[1])));
      }
      SpendingText.add(table, client.spending());
      List<String> lines = new ArrayList<>(table.lines());
      if (!firstError.isEmpty()) {
        lines.add("the first that failed: " + firstError);
      }
      return lines;
    }
  }
}

package dev.parley.cli.console;

import dev.parley.cli.ExitCode;
import dev.parley.cli.Failure;
import dev.parley.cli.judging.LinesFile;
import dev.parley.cli.process.ChildProcess;
import dev.parley.cli.process.Ports;
import dev.parley.cli.process.Supervisor;
import dev.parley.cli.terminal.Browser;
import dev.parley.cli.terminal.Terminal;
import dev.parley.cli.up.StateDirectory;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Runs the pages on which people compare answers, until Ctrl-C. */
@Command(
    name = "console",
    header = "Let people compare answers in the browser, and collect what they prefer.",
    description = {
      "The pages, their database and a broker run on this machine, and stop with this command. What"
          + " people said stays in --dir: the same command goes on where it was. Each verdict is also"
          + " an event on the broker's topic preferences.",
      "",
      "PAIRS are prompts with answer_a and answer_b, or with chosen and rejected, as JSON lines;"
          + " with --against, two files that parley generate wrote. docs/console.md tells more."
    },
    footer = {
      "Examples:",
      "  parley console pairs.jsonl",
      "  parley console pairs.jsonl --overlap 2 --graded --instructions guide.txt",
      "  parley console new.jsonl --against old.jsonl --name new-or-old",
      "  parley console                              # the studies that there are",
      "  parley console --export preferences.jsonl   # what was collected"
    })
public final class ConsoleCommand implements Callable<Integer> {

  private static final Duration GRACE = Duration.ofSeconds(30);

  private final Terminal terminal;

  @Spec private CommandSpec spec;

  @Parameters(
      arity = "0..1",
      paramLabel = "PAIRS",
      description = "Pairs to compare: a new study. Without it: the studies that there are.")
  private Optional<Path> pairs = Optional.empty();

  @Option(
      names = "--against",
      paramLabel = "FILE",
      description = "Another model's answers to the same prompts; PAIRS are then answers, too.")
  private Optional<Path> against = Optional.empty();

  @Option(
      names = "--name",
      paramLabel = "NAME",
      description = "The study. Default: PAIRS' name; with --export, the newest study.")
  private Optional<String> name = Optional.empty();

  @Option(
      names = "--instructions",
      paramLabel = "FILE",
      description = "What annotators should look at: a text that stands above each pair.")
  private Optional<Path> instructions = Optional.empty();

  @Option(
      names = "--overlap",
      paramLabel = "N",
      defaultValue = "1",
      description = "How many people judge each pair. Default: ${DEFAULT-VALUE}.")
  private int overlap;

  @Option(names = "--graded", description = "Ask how much better an answer is: slightly, much.")
  private boolean graded;

  @Option(names = "--no-ties", description = "Do not offer “about the same” and “both are bad”.")
  private boolean noTies;

  @Option(
      names = "--policy",
      paramLabel = "NAME=HOST:PORT",
      description =
          "A policy that serves and is asked for the answers when a pair is first shown; PAIRS then"
              + " need prompts alone. One gives two answers, two give one each.")
  private Map<String, String> policies = new LinkedHashMap<>();

  @Option(
      names = "--hold",
      paramLabel = "SECONDS",
      defaultValue = "60",
      description =
          "How long a verdict can be undone; so long it is in no file and no event. Default:"
              + " ${DEFAULT-VALUE}.")
  private int holdSeconds;

  @Option(
      names = "--export",
      paramLabel = "FILE",
      description = "Write what people preferred, as parley train reads it, and end.")
  private Optional<Path> export = Optional.empty();

  @Option(
      names = "--kafka",
      paramLabel = "HOST:PORT",
      description = "A broker that runs already. Default: one is started.")
  private Optional<String> kafka = Optional.empty();

  @Option(
      names = "--port",
      paramLabel = "PORT",
      defaultValue = "8095",
      description = "Of the pages. Default: ${DEFAULT-VALUE}.")
  private int port;

  @Option(
      names = "--dir",
      paramLabel = "DIR",
      defaultValue = ".parley/console",
      description = "Data and logs. Default: ${DEFAULT-VALUE}.")
  private Path directory;

  @Option(names = "--no-browser", description = "Do not open the page; its address is printed.")
  private boolean noBrowser;

  @Option(
      names = "--patience",
      paramLabel = "SECONDS",
      defaultValue = "120",
      description = "How long a process may take to be ready. Default: ${DEFAULT-VALUE}.")
  private int patienceSeconds;

  /** The command, printing to a terminal. */
  public ConsoleCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    requireSense();
    Path state = directory.toAbsolutePath().normalize();
    try (StateDirectory held = StateDirectory.take(state, "parley console");
        Supervisor supervisor = new Supervisor(terminal, GRACE)) {
      ConsoleProcesses.Wish wish = wish(held.path());
      start(supervisor, wish);
      ConsoleClient client = new ConsoleClient(wish.site(), wish.secrets().token());
      if (export.isPresent()) {
        return export(client, export.get());
      }
      Optional<ConsoleClient.Study> study =
          pairs.isPresent() ? Optional.of(study(client, state)) : Optional.empty();
      announce(wish, study);
      throw supervisor.awaitAnyExit();
    }
  }

  private void requireSense() {
    requireAtLeast("--overlap", overlap, 1);
    requireAtLeast("--patience", patienceSeconds, 1);
    requireAtLeast("--hold", holdSeconds, 0);
    if (export.isPresent() && pairs.isPresent()) {
      throw new ParameterException(
          spec.commandLine(), "--export writes what was collected; expected no PAIRS beside it");
    }
    if (against.isPresent() && (pairs.isEmpty() || !policies.isEmpty())) {
      throw new ParameterException(
          spec.commandLine(), "--against needs PAIRS with the first model's answers, no --policy");
    }
    if (policies.size() > 2) {
      throw new ParameterException(
          spec.commandLine(),
          "--policy is given %d times; expected one or two".formatted(policies.size()));
    }
    for (Path file :
        List.of(pairs, against, instructions).stream().flatMap(Optional::stream).toList()) {
      if (!Files.isRegularFile(file)) {
        throw new Failure("there is no file " + file, "Name a file of JSON lines, or of text.");
      }
    }
  }

  private void requireAtLeast(String option, int value, int least) {
    if (value < least) {
      throw new ParameterException(
          spec.commandLine(), "%s is %d; expected at least %d".formatted(option, value, least));
    }
  }

  private ConsoleProcesses.Wish wish(Path state) {
    List<Integer> free = Ports.free(2);
    return new ConsoleProcesses.Wish(
        state,
        ConsoleSecrets.of(state),
        kafka,
        port,
        free.get(0),
        free.get(1),
        policies,
        Duration.ofSeconds(holdSeconds),
        Duration.ofSeconds(patienceSeconds));
  }

  private static void start(Supervisor supervisor, ConsoleProcesses.Wish wish)
      throws InterruptedException {
    ConsoleProcesses processes = ConsoleProcesses.plan(wish);
    Ports.requireFree(wish.pagesPort(), "the console");
    List<ChildProcess> below = new ArrayList<>();
    below.add(supervisor.start(processes.database()));
    processes.broker().ifPresent(broker -> below.add(supervisor.start(broker)));
    supervisor.awaitReady(below);
    supervisor.awaitReady(List.of(supervisor.start(processes.pages())));
  }

  /** The study of the file; one of the same name goes on. */
  private ConsoleClient.Study study(ConsoleClient client, Path state)
      throws IOException, InterruptedException {
    Path file = pairs.get();
    String title = name.orElse(LinesFile.stem(file));
    if (against.isPresent()) {
      file = state.resolve("pairs.jsonl");
      JoinedAnswers.write(pairs.get(), against.get(), file);
    }
    Optional<ConsoleClient.Study> made = client.create(settings(title), file);
    if (made.isPresent()) {
      if (made.get().leftOut() > 0) {
        terminal
            .err()
            .printf(
                Locale.ROOT,
                "%,d rows are left out: their two answers are the same text%n",
                made.get().leftOut());
      }
      return made.get();
    }
    terminal
        .err()
        .printf("there is a study \"%s\" already: it goes on; --name makes another one%n", title);
    return find(client, Optional.of(title));
  }

  private Map<String, String> settings(String title) throws IOException {
    Map<String, String> settings = new LinkedHashMap<>();
    settings.put("name", title);
    settings.put("overlap", Integer.toString(overlap));
    settings.put("ties", Boolean.toString(!noTies));
    settings.put("graded", Boolean.toString(graded));
    if (instructions.isPresent()) {
      settings.put("instructions", Files.readString(instructions.get()));
    }
    List<String> names = List.copyOf(policies.keySet());
    if (!names.isEmpty()) {
      settings.put("first-policy", names.get(0));
      settings.put("second-policy", names.get(names.size() - 1));
    }
    return settings;
  }

  private static ConsoleClient.Study find(ConsoleClient client, Optional<String> wanted)
      throws InterruptedException {
    List<ConsoleClient.Study> studies = client.studies();
    return studies.stream()
        .filter(study -> wanted.isEmpty() || wanted.get().equals(study.name()))
        .findFirst()
        .orElseThrow(
            () ->
                new Failure(
                    wanted
                        .map(title -> "there is no study \"" + title + "\"")
                        .orElse("there is no study yet"),
                    studies.isEmpty()
                        ? "parley console PAIRS.jsonl makes one."
                        : "There are: "
                            + String.join(
                                ", ", studies.stream().map(ConsoleClient.Study::name).toList())));
  }

  private int export(ConsoleClient client, Path file) throws IOException, InterruptedException {
    ConsoleClient.Study study = find(client, name);
    long rows = client.export(study, file);
    terminal
        .out()
        .printf(
            Locale.ROOT,
            "%s: %,d preferences of \"%s\" (%,d of %,d verdicts given)%n",
            file,
            rows,
            study.name(),
            study.given(),
            study.wanted());
    terminal.out().println("parley data inspect " + file + " shows them.");
    return ExitCode.OK;
  }

  private void announce(ConsoleProcesses.Wish wish, Optional<ConsoleClient.Study> study) {
    URI door = URI.create(wish.site() + "/sign-in#token=" + wish.secrets().token());
    row("page", door.toString());
    study.ifPresent(
        made ->
            row(
                "study",
                String.format(
                    Locale.ROOT,
                    "%s: %,d pairs, %,d of %,d verdicts",
                    made.name(),
                    made.pairs(),
                    made.given(),
                    made.wanted())));
    row("events", kafka.orElse("localhost:" + wish.brokerPort()) + ", topic preferences");
    terminal
        .out()
        .println(
            "Type your name on the page and choose the study; keys 1, 2, 3 … judge. Results and files"
                + " are on its page.");
    terminal
        .out()
        .println("All is kept in " + wish.state() + ". Ctrl-C stops; parley console goes on.");
    terminal.flush();
    if (!noBrowser) {
      Browser.open(door);
    }
  }

  private void row(String label, String value) {
    terminal.out().printf("%-8s%s%n", label, value);
  }
}

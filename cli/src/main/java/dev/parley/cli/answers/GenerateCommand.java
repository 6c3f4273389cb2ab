package dev.parley.cli.answers;

import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.parley.cli.ExitCode;
import dev.parley.cli.Failure;
import dev.parley.cli.hub.ModelArgument;
import dev.parley.cli.judging.InOrder;
import dev.parley.cli.terminal.Progress;
import dev.parley.cli.terminal.Terminal;
import dev.parley.data.ChatTurn;
import dev.parley.data.PromptRow;
import dev.parley.data.file.Dataset;
import dev.parley.data.file.DatasetException;
import dev.parley.data.file.ReadOptions;
import dev.parley.model.ModelDirectory;
import dev.parley.model.generation.FinishReason;
import dev.parley.model.generation.Generator;
import dev.parley.model.generation.Sequence;
import dev.parley.model.text.ChatMessage;
import dev.parley.proto.conversation.v1.Conversation;
import dev.parley.proto.conversation.v1.Message;
import dev.parley.proto.policy.v1.GenerateRequest;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Answers prompts in bulk. */
@Command(
    name = "generate",
    header = "Answer prompts: one from the command line, or a file of them.",
    description = {
      "Many answers are drawn at once. With --input, each answer is one JSON line: prompt,"
          + " response, tokens, finish_reason.",
      "",
      "With a MODEL, answers are drawn in this process; with --target, a policy service that runs"
          + " already is asked, which may be busy or restarting: it is asked again for a while."
    },
    footer = {
      "Examples:",
      "  parley generate runs/sft/model --prompt 'How do I fix a lamp?' -n 4",
      "  parley generate org/name --input prompts.jsonl --output answers.jsonl",
      "  parley generate --target localhost:8091 --prompt 'Tea?'",
      "",
      "Exit codes: 0 every prompt has its answers, 1 one has not, 2 wrong usage."
    })
public final class GenerateCommand implements Callable<Integer> {

  /** Each waits in a thread. */
  private static final int MOST_CALLS = 64;

  private final Terminal terminal;

  @Spec private CommandSpec spec;

  @ArgGroup(multiplicity = "1")
  private Source source;

  @ArgGroup(multiplicity = "1")
  private Prompts prompts;

  @Option(names = "-n", defaultValue = "1", description = "Answers per prompt. Default: 1.")
  private int samples;

  @Option(
      names = "--output",
      paramLabel = "FILE",
      description = "Where JSON lines go. Default: standard output.")
  private Optional<Path> output = Optional.empty();

  @Option(
      names = "--rows",
      defaultValue = "32",
      description = "Answers drawn at once. Default: ${DEFAULT-VALUE}.")
  private int rows;

  @Mixin private SamplingChoices sampling;

  @Mixin private EngineChoices engine;

  /** What answers. */
  static final class Source {

    @Parameters(paramLabel = "MODEL", description = "A directory, or an id on the hub.")
    private String model;

    @Option(
        names = "--target",
        paramLabel = "HOST:PORT",
        description = "A policy service that runs already.")
    private String target;
  }

  /** What to answer. */
  static final class Prompts {

    @Option(names = "--prompt", paramLabel = "TEXT", description = "One question.")
    private String text;

    @Option(
        names = "--input",
        paramLabel = "FILE",
        description = "A file of prompts, in any shape that docs/data.md knows.")
    private String file;
  }

  /** The command, printing to a terminal. */
  public GenerateCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    requirePositive("-n", samples);
    requirePositive("--rows", rows);
    List<PromptRow> asked = asked();
    if (source.target != null) {
      print(asked, ask(asked));
      return ExitCode.OK;
    }
    ModelDirectory directory = ModelArgument.ofProcess(terminal).find(source.model);
    try (LocalModel local = LocalModel.open(directory, engine.options())) {
      print(asked, draw(local, asked));
    }
    return ExitCode.OK;
  }

  private void print(List<PromptRow> asked, List<List<Drawn>> answers) throws IOException {
    if (prompts.text != null) {
      answers.get(0).forEach(drawn -> terminal.out().println(drawn.text()));
    } else {
      write(asked, answers);
    }
  }

  /** Has a policy service answer, as many prompts at once as make --rows answers. */
  private List<List<Drawn>> ask(List<PromptRow> asked) throws IOException, InterruptedException {
    String target = source.target;
    if (!target.matches("[^\\s:/]+:[0-9]{1,5}")) {
      throw new ParameterException(
          spec.commandLine(),
          "--target is \"%s\"; expected HOST:PORT, as in localhost:8091".formatted(target));
    }
    engine.requireNoneGiven("a policy service has a device and a precision already");
    List<List<Drawn>> answers = new ArrayList<>();
    try (PolicyClient client = new PolicyClient(target);
        Progress progress =
            Progress.ofThings(terminal, "asking", "answers", (long) asked.size() * samples)) {
      List<GenerateRequest> requests = new ArrayList<>();
      for (int row = 0; row < asked.size(); row++) {
        requests.add(request(asked.get(row), row));
      }
      InOrder.run(
          requests.iterator(),
          Math.min(MOST_CALLS, Math.max(1, rows / samples)),
          client::generate,
          (request, response) -> {
            answers.add(
                response.getSamplesList().stream()
                    .map(
                        sample ->
                            new Drawn(
                                sample.getText(),
                                sample.getTokenIdsCount(),
                                reason(sample.getFinishReason())))
                    .toList());
            progress.add(response.getSamplesCount());
          });
    }
    return answers;
  }

  private GenerateRequest request(PromptRow row, int index) {
    Conversation.Builder turns = Conversation.newBuilder();
    for (ChatMessage message : messages(row)) {
      turns.addMessages(Message.newBuilder().setRole(message.role()).setContent(message.content()));
    }
    return GenerateRequest.newBuilder()
        .setConversation(turns)
        .setN(samples)
        .setSampling(sampling.parameters((long) index * samples))
        .build();
  }

  private static String reason(dev.parley.proto.sampling.v1.FinishReason reason) {
    return reason.name().replaceFirst("^FINISH_REASON_", "").toLowerCase(Locale.ROOT);
  }

  private void requirePositive(String option, int value) {
    if (value < 1) {
      throw new ParameterException(
          spec.commandLine(), "%s is %d; expected at least 1".formatted(option, value));
    }
  }

  private List<PromptRow> asked() {
    if (prompts.text != null) {
      return List.of(PromptRow.of(ChatTurn.user(prompts.text)));
    }
    try {
      return Dataset.of(prompts.file).prompts(ReadOptions.strict()).readAll();
    } catch (DatasetException e) {
      throw new Failure(
          e.getMessage(), e.badRows().isEmpty() ? "" : "docs/data.md shows what is read.", e);
    }
  }

  /** One answer. */
  private record Drawn(String text, int tokens, String reason) {}

  private List<List<Drawn>> draw(LocalModel local, List<PromptRow> asked) {
    List<List<Drawn>> answers = new ArrayList<>();
    int cacheTokens = rows * Math.min(local.model().shape().maxPositions(), 4096);
    try (Generator generator = new Generator(local.model(), rows, cacheTokens);
        Progress progress =
            Progress.ofThings(terminal, "generating", "answers", (long) asked.size() * samples)) {
      long began = System.nanoTime();
      long[] drawnTokens = {0};
      for (int row = 0; row < asked.size(); row++) {
        List<Drawn> group = new ArrayList<>();
        answers.add(group);
        int[] prompt = local.prompt(messages(asked.get(row)));
        if (prompt.length >= generator.longestSequence()) {
          throw new Failure(
              "prompt %d has %d tokens; this model and --rows leave room for fewer than %d"
                  .formatted(row + 1, prompt.length, generator.longestSequence()),
              "Shorten it, or leave it out.");
        }
        for (int i = 0; i < samples; i++) {
          long index = (long) row * samples + i;
          generator.submit(
              new Sequence(
                  prompt,
                  sampling.options(local.endOfSequence(), index),
                  new Collector(local, group, progress)));
        }
      }
      while (generator.step()) {
        drawnTokens[0] += generator.active();
        progress.tokensPerSecond(drawnTokens[0] / ((System.nanoTime() - began) / 1e9));
      }
    }
    return answers;
  }

  private static List<ChatMessage> messages(PromptRow row) {
    return row.prompt().stream().map(turn -> new ChatMessage(turn.role(), turn.content())).toList();
  }

  private record Collector(LocalModel local, List<Drawn> group, Progress progress)
      implements Sequence.Listener {

    @Override
    public Optional<FinishReason> onToken(Sequence sequence) {
      return Optional.empty();
    }

    @Override
    public void onFinish(Sequence sequence, FinishReason reason) {
      String text = local.tokenizer().decode(sequence.tokens(), true);
      group.add(new Drawn(text, sequence.length(), reason.name().toLowerCase(Locale.ROOT)));
      progress.add(1);
    }
  }

  private void write(List<PromptRow> asked, List<List<Drawn>> answers) throws IOException {
    if (output.isEmpty()) {
      write(asked, answers, terminal.out());
      return;
    }
    Path file = output.get();
    try (PrintStream to =
        new PrintStream(Files.newOutputStream(file), false, StandardCharsets.UTF_8)) {
      write(asked, answers, to);
      if (to.checkError()) {
        throw new Failure(file + " cannot be written to its end", "Is the disk full?");
      }
    }
  }

  private static void write(List<PromptRow> asked, List<List<Drawn>> answers, PrintStream to)
      throws IOException {
    // A turn is its role and content; that it is the assistant's is said twice otherwise.
    ObjectMapper json = JsonMapper.builder().disable(MapperFeature.AUTO_DETECT_IS_GETTERS).build();
    for (int row = 0; row < asked.size(); row++) {
      for (Drawn drawn : answers.get(row)) {
        Map<String, Object> line = new LinkedHashMap<>();
        line.put("prompt", asked.get(row).prompt());
        line.put("response", drawn.text());
        line.put("tokens", drawn.tokens());
        line.put("finish_reason", drawn.reason());
        // What a scorer compares the answer with goes on to it.
        asked.get(row).referenceAnswer().ifPresent(answer -> line.put("reference_answer", answer));
        asked.get(row).metadata().forEach(line::putIfAbsent);
        to.println(json.writeValueAsString(line));
      }
    }
  }
}

package dev.parley.cli.answers;

import dev.parley.cli.ExitCode;
import dev.parley.cli.Failure;
import dev.parley.cli.hub.ModelArgument;
import dev.parley.cli.terminal.Terminal;
import dev.parley.model.ModelDirectory;
import dev.parley.model.generation.FinishReason;
import dev.parley.model.generation.Generator;
import dev.parley.model.text.ChatMessage;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Talks to a model. */
@Command(
    name = "chat",
    header = "Talk to a model, or to the result of a run.",
    description = {
      "Answers appear word by word. The model hears the whole conversation each time.",
      "",
      "While talking: /reset begins a new conversation, /quit ends."
    },
    footer = {
      "Examples:",
      "  parley chat --run quickstart               # the model that a run made",
      "  parley chat runs/sft/model --temperature 0",
      "  echo 'How do I fix a lamp?' | parley chat --run quickstart"
    })
public final class ChatCommand implements Callable<Integer> {

  private final Terminal terminal;

  @ArgGroup(multiplicity = "1")
  private Which which;

  @Option(
      names = "--system",
      paramLabel = "TEXT",
      description = "What the model is told before the conversation.")
  private Optional<String> system = Optional.empty();

  @Mixin private SamplingChoices sampling;

  @Mixin private EngineChoices engine;

  /** Which model. */
  static final class Which {

    @Parameters(paramLabel = "MODEL", description = "A directory, or an id on the hub.")
    private String model;

    @Option(
        names = "--run",
        paramLabel = "ID",
        description =
            "The finished model of a run: runs/ID/model (or runs/ID/adapter), or a run's directory.")
    private String run;
  }

  /** The command, printing to a terminal. */
  public ChatCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() throws IOException {
    ModelDirectory directory =
        ModelArgument.ofProcess(terminal)
            .find(which.run != null ? ofRun(which.run).toString() : which.model);
    try (LocalModel model = LocalModel.open(directory, engine.options());
        Generator generator =
            new Generator(model.model(), 1, model.model().shape().maxPositions());
        BufferedReader input =
            new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
      talk(model, generator, input);
    }
    return ExitCode.OK;
  }

  private static Path ofRun(String run) {
    Path named = Files.isDirectory(Path.of(run)) ? Path.of(run) : Path.of("runs", run);
    Path model = named.resolve("model");
    Path adapter = named.resolve("adapter");
    if (!Files.isDirectory(model) && Files.isDirectory(adapter)) {
      return adapter;
    }
    if (!Files.isDirectory(model)) {
      throw new Failure(
          "run %s has no finished model: there is no %s".formatted(run, model),
          "Runs here: " + runs());
    }
    return model;
  }

  private static String runs() {
    Path all = Path.of("runs");
    if (!Files.isDirectory(all)) {
      return "none; parley quickstart makes one.";
    }
    try (var children = Files.list(all)) {
      List<String> finished =
          children
              .filter(
                  child ->
                      Files.isDirectory(child.resolve("model"))
                          || Files.isDirectory(child.resolve("adapter")))
              .map(child -> child.getFileName().toString())
              .sorted()
              .toList();
      return finished.isEmpty() ? "none that is finished." : String.join(", ", finished) + ".";
    } catch (IOException e) {
      return "runs/ cannot be read (" + e.getMessage() + ").";
    }
  }

  private void talk(LocalModel model, Generator generator, BufferedReader input)
      throws IOException {
    List<ChatMessage> conversation = opening();
    long turn = 0;
    while (true) {
      if (terminal.live()) {
        terminal.out().print(terminal.bold("you> "));
        terminal.flush();
      }
      String line = input.readLine();
      if (line == null || line.strip().equals("/quit")) {
        return;
      }
      if (line.strip().equals("/reset")) {
        conversation = opening();
        terminal.out().println(terminal.faint("(a new conversation)"));
      } else if (!line.isBlank()) {
        conversation.add(new ChatMessage("user", line.strip()));
        answer(model, generator, conversation, turn++);
      }
    }
  }

  private List<ChatMessage> opening() {
    List<ChatMessage> conversation = new ArrayList<>();
    system.ifPresent(text -> conversation.add(new ChatMessage("system", text)));
    return conversation;
  }

  private void answer(
      LocalModel model, Generator generator, List<ChatMessage> conversation, long turn) {
    int[] prompt = model.prompt(conversation);
    if (prompt.length >= generator.longestSequence()) {
      terminal
          .out()
          .println(
              terminal.yellow(
                  "(the conversation has %d tokens, the model reads %d; /reset begins a new one)"
                      .formatted(prompt.length, generator.longestSequence())));
      conversation.remove(conversation.size() - 1);
      return;
    }
    long began = System.nanoTime();
    AnswerStream.Answer answer =
        AnswerStream.answer(
            model,
            generator,
            prompt,
            sampling.options(model.endOfSequence(), turn),
            List.of(),
            piece -> {
              terminal.out().print(piece);
              terminal.flush();
            });
    double seconds = (System.nanoTime() - began) / 1e9;
    terminal.out().println();
    String cut = answer.reason() == FinishReason.LENGTH ? ", cut at --max-new-tokens" : "";
    if (terminal.live()) {
      terminal
          .out()
          .println(
              terminal.faint(
                  "(%d tokens, %.0f tokens/s%s)"
                      .formatted(answer.tokens(), answer.tokens() / seconds, cut)));
    }
    terminal.flush();
    conversation.add(new ChatMessage("assistant", answer.text()));
  }
}

package dev.parley.cli.dataset;

import dev.parley.cli.ExitCode;
import dev.parley.cli.Failure;
import dev.parley.cli.hub.ModelArgument;
import dev.parley.cli.terminal.Quantity;
import dev.parley.cli.terminal.Terminal;
import dev.parley.data.Example;
import dev.parley.data.file.DatasetException;
import dev.parley.data.file.DatasetReader;
import dev.parley.data.file.Row;
import dev.parley.model.text.ModelTextException;
import dev.parley.model.text.template.TemplateException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Shows rows as a model reads them. */
@Command(
    name = "preview",
    header = "Show rows in a model's chat template, with the tokens that are learnt coloured.",
    description = {
      "Each row is written as the model reads it, special tokens and all. Green is what a loss"
          + " learns from: of a demonstration all that the assistant says, of a pair the answer, of"
          + " a prompt nothing. In pipes, and with --no-color, that stands between ⟦ and ⟧.",
      "",
      "Only the model's tokenizer and chat template are read: a directory needs to hold nothing"
          + " else."
    },
    footer = {
      "Examples:",
      "  parley data preview pairs.jsonl --model org/name",
      "  parley data preview demos.jsonl --model runs/sft-1/model --from 100 --no-color"
    })
final class PreviewCommand implements Callable<Integer> {

  private static final String LEARNT = "\u001B[32m";
  private static final String PLAIN = "\u001B[0m";

  private final Terminal terminal;

  @Mixin private InputRows input;

  @Option(
      names = "--model",
      paramLabel = "MODEL",
      required = true,
      description = "A directory, or an id on the hub.")
  private String model;

  @Option(
      names = "--rows",
      paramLabel = "N",
      defaultValue = "2",
      description = "How many rows to show. Default: ${DEFAULT-VALUE}.")
  private int rows;

  @Option(
      names = "--from",
      paramLabel = "N",
      defaultValue = "1",
      description = "The first row to show, from 1. Default: ${DEFAULT-VALUE}.")
  private long first;

  @Option(names = "--no-color", description = "Mark what is learnt with ⟦ and ⟧ in place of green.")
  private boolean noColour;

  PreviewCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    try (Rendering rendering = Rendering.open(ModelArgument.ofProcess(terminal).findText(model));
        DatasetReader<Example> reader = input.dataset().examples(input.options())) {
      long number = 0;
      while (number < first + rows - 1 && reader.hasNext()) {
        Row<Example> row = reader.next();
        if (++number >= first) {
          show(row, rendering);
        }
      }
    } catch (DatasetException e) {
      throw InputRows.failure(e);
    }
    return ExitCode.OK;
  }

  private void show(Row<Example> row, Rendering rendering) {
    Map<String, List<Rendering.Token>> conversations;
    try {
      conversations = rendering.conversations(row.example());
    } catch (TemplateException | ModelTextException e) {
      throw new Failure(row.place() + ": the chat template refuses it: " + e.getMessage(), "", e);
    }
    conversations.forEach(
        (name, tokens) -> {
          long learnt = tokens.stream().filter(Rendering.Token::learnt).count();
          terminal
              .out()
              .println(
                  terminal.faint(
                      "%s  %s: %s tokens, %s of them learnt"
                          .formatted(
                              row.place(),
                              name,
                              Quantity.exact(tokens.size()),
                              Quantity.exact(learnt))));
          terminal.out().println(marked(tokens));
          terminal.out().println();
        });
  }

  private String marked(List<Rendering.Token> tokens) {
    boolean colour = terminal.colour() && !noColour;
    StringBuilder text = new StringBuilder();
    boolean in = false;
    for (Rendering.Token token : tokens) {
      if (token.learnt() != in) {
        in = token.learnt();
        text.append(in ? colour ? LEARNT : "⟦" : colour ? PLAIN : "⟧");
      }
      text.append(visible(token.text()));
    }
    if (in) {
      text.append(colour ? PLAIN : "⟧");
    }
    return text.toString();
  }

  /** A dataset may hold anything: escape sequences in it must not reach the terminal. */
  private static String visible(String text) {
    return text.codePoints()
        .map(c -> Character.isISOControl(c) && c != '\t' && c != '\n' ? '\uFFFD' : c)
        .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
        .toString();
  }
}

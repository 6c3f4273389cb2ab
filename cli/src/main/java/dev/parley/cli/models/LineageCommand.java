package dev.parley.cli.models;

import dev.parley.cli.ExitCode;
import dev.parley.cli.Failure;
import dev.parley.cli.lineage.ContentDigest;
import dev.parley.cli.lineage.Lineage;
import dev.parley.cli.lineage.LineageTree;
import dev.parley.cli.terminal.Terminal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Shows where a model comes from. */
@Command(
    name = "lineage",
    header = "Show where a checkpoint comes from: settings, data, parents, theirs.",
    description = {
      "Reads lineage.json, which train and pipeline run write beside what they make. It holds the"
          + " whole ancestry with SHA-256, so the ancestors need not be there any more.",
      "",
      "Takes a model, an adapter, a run, one of its checkpoints, or a file of rows that a pipeline"
          + " made."
    },
    footer = {
      "Examples:",
      "  parley models lineage runs/ppo-1/model",
      "  parley models lineage runs/my-pipeline/ppo/model"
    })
final class LineageCommand implements Callable<Integer> {

  private final Terminal terminal;

  @Parameters(paramLabel = "CHECKPOINT", description = "A directory, or a file.")
  private Path checkpoint;

  LineageCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    if (!Files.exists(checkpoint)) {
      throw new Failure("there is no file or directory " + checkpoint, "");
    }
    Lineage lineage =
        Lineage.find(checkpoint)
            .orElseThrow(
                () ->
                    new Failure(
                        "nothing is stored about where %s comes from: there is no %s in it or above it"
                            .formatted(checkpoint, Lineage.FILE),
                        "parley train and parley pipeline run write it since this version."));
    LineageTree.of(checkpoint.toString(), now(lineage), lineage).forEach(terminal.out()::println);
    return ExitCode.OK;
  }

  /** The digest of what was made, if that is what was named; a checkpoint on the way has none. */
  private Optional<String> now(Lineage lineage) {
    boolean itself = checkpoint.toAbsolutePath().normalize().endsWith(lineage.output());
    Path made = itself ? checkpoint : checkpoint.resolve(lineage.output());
    return Files.exists(made) ? Optional.of(ContentDigest.of(made)) : Optional.empty();
  }
}

package dev.parley.cli.models;

import dev.parley.cli.ExitCode;
import dev.parley.cli.Failure;
import dev.parley.cli.lineage.ContentDigest;
import dev.parley.cli.terminal.Terminal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Prints what stands for a model's content. */
@Command(
    name = "digest",
    header = "Print the SHA-256 that stands for a model's directory.",
    description = {
      "It covers the names and the contents of the directory's files (not of directories in it, nor"
          + " lineage.json), so that the same model has the same digest wherever it lies. It is"
          + " what lineage.json states, and what parley models download --sha256 compares with."
    },
    footer = {"Example:", "  parley models digest runs/sft-1/model"})
final class DigestCommand implements Callable<Integer> {

  private final Terminal terminal;

  @Parameters(paramLabel = "DIR", description = "A model's directory.")
  private Path directory;

  DigestCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    if (!Files.isDirectory(directory)) {
      throw new Failure("there is no directory " + directory, "");
    }
    terminal.out().println(ContentDigest.of(directory));
    return ExitCode.OK;
  }
}

package dev.parley.trainer.run;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The files of one run.
 *
 * @param path the directory
 */
public record RunDirectory(Path path) {

  /** Makes the directory if it is not there. */
  public RunDirectory {
    path = path.toAbsolutePath().normalize();
    try {
      Files.createDirectories(path);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot make the run directory " + path, e);
    }
  }

  /** Returns the configuration as it was resolved. */
  public Path configuration() {
    return path.resolve("config.yaml");
  }

  /** Returns one JSON object per update, with all its numbers. */
  public Path metrics() {
    return path.resolve("metrics.jsonl");
  }

  /** Returns one run event per line, in protobuf's JSON form. */
  public Path events() {
    return path.resolve("events.jsonl");
  }

  /** Returns the rollouts of another run that this one learns from. */
  public Path rollouts() {
    return path.resolve("rollouts.bin");
  }

  /** Returns what a topic held when the run began, as rows to learn from. */
  public Path topic(String name) {
    return topic(path, name);
  }

  /** Returns {@link #topic(String)} of a directory that may not be there yet. */
  public static Path topic(Path run, String name) {
    return run.resolve("data").resolve(name + ".jsonl");
  }

  /** Returns where full checkpoints are. */
  public Path checkpoints() {
    return path.resolve("checkpoints");
  }

  /** Returns where the weights that policies load are. */
  public Path versions() {
    return path.resolve("versions");
  }

  /** Returns where the finished model is. */
  public Path model() {
    return path.resolve("model");
  }

  /** Returns where the finished adapter is, of a run that trains one. */
  public Path adapter() {
    return path.resolve("adapter");
  }

  /**
   * Returns whether a run has begun here before. One that failed while it read its data has not: it
   * holds nothing to go on with, and another may begin in its place.
   */
  public boolean used() {
    return Files.exists(configuration());
  }

  /** Writes down the configuration, with which the run has begun. */
  public void writeConfiguration(String yaml) {
    try {
      Files.writeString(configuration(), yaml, StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write " + configuration(), e);
    }
  }
}

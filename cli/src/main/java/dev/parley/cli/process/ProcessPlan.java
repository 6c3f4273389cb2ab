package dev.parley.cli.process;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * A process to start.
 *
 * @param name what it is called in messages
 * @param command the program and its arguments
 * @param environment variables on top of this process's own
 * @param log where its output goes; replaced if it is there
 * @param readiness how it shows that it can be used
 * @param patience how long that may take
 */
public record ProcessPlan(
    String name,
    List<String> command,
    Map<String, String> environment,
    Path log,
    Readiness readiness,
    Duration patience) {

  /** Copies the lists. */
  public ProcessPlan {
    command = List.copyOf(command);
    environment = Map.copyOf(environment);
  }
}

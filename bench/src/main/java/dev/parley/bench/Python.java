package dev.parley.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.parley.cli.Failure;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A Python environment with the packages that one file of requirements lists.
 *
 * @param interpreter the interpreter
 * @param peers the directory of the peers' programs
 * @param log takes what they print beside their results
 */
record Python(Path interpreter, Path peers, Path log) {

  /**
   * Makes the environment if it is not there.
   *
   * @param root the repository's root
   * @param name of its file of requirements, {@code requirements-NAME.txt}
   * @throws Failure if it cannot be made
   */
  static Python environment(Path root, String name) throws InterruptedException {
    Path peers = root.resolve("bench/peers");
    Path home = root.resolve("bench/target/python-" + name);
    Path interpreter = home.resolve("bin/python");
    Path log = root.resolve("bench/target/python-" + name + ".log");
    Python python = new Python(interpreter, peers, log);
    Path done = home.resolve("installed");
    if (!Files.exists(done)) {
      System.err.printf("installing %s%n", peers.resolve("requirements-" + name + ".txt"));
      python.run(List.of("python3", "-m", "venv", home.toString()));
      python.run(
          List.of(
              interpreter.toString(),
              "-m",
              "pip",
              "install",
              "--quiet",
              "--requirement",
              peers.resolve("requirements-" + name + ".txt").toString()));
      try {
        Files.createFile(done);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    return python;
  }

  /** An environment that is there already. */
  static Python at(Path interpreter, Path root) {
    return new Python(
        interpreter, root.resolve("bench/peers"), root.resolve("bench/target/python.log"));
  }

  /**
   * Runs a program.
   *
   * @param program its file among the peers
   * @param arguments its arguments
   * @return the JSON object on the last line that it printed
   * @throws Failure if it fails
   */
  JsonNode result(String program, List<String> arguments) throws InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(interpreter.toString());
    command.add(peers.resolve(program).toString());
    command.addAll(arguments);
    String[] lines = run(command).strip().split("\n");
    try {
      return new ObjectMapper().readTree(lines[lines.length - 1]);
    } catch (IOException e) {
      throw new Failure(program + " printed no JSON on its last line", "Its log is " + log, e);
    }
  }

  private String run(List<String> command) throws InterruptedException {
    try {
      ProcessBuilder builder =
          new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.appendTo(log.toFile()));
      // A peer runs alone, as its users run it: these settings are for processes that share cores.
      builder.environment().remove("OMP_WAIT_POLICY");
      builder.environment().remove("GOMP_SPINCOUNT");
      Process process = builder.start();
      String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (process.waitFor() != 0) {
        throw new Failure(
            "%s ended with %d".formatted(String.join(" ", command), process.exitValue()),
            "Its log is " + log);
      }
      return printed;
    } catch (IOException e) {
      throw new Failure("cannot run %s: %s".formatted(command.get(0), e.getMessage()), "", e);
    }
  }
}

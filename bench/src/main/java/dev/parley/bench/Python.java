package dev.parley.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.parley.cli.Failure;
import java.io.IOException;
import java.io.UncheckedIOException;
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

  /** The packages that are measured against. */
  enum Peer {
    /** TRL and the transformers that it runs with. */
    TRL("trl"),
    /** The newest transformers. */
    TRANSFORMERS("transformers"),
    /** llama.cpp behind its Python binding. */
    LLAMA_CPP("llama_cpp");

    private final String module;

    Peer(String module) {
      this.module = module;
    }

    /** Returns what Python imports; its requirements are in {@code requirements-MODULE.txt}. */
    String module() {
      return module;
    }
  }

  /**
   * Makes the environment if it is not there.
   *
   * @param root the repository's root
   * @param peer what it is to have
   * @throws Failure if it cannot be made
   */
  static Python environment(Path root, Peer peer) throws InterruptedException {
    String name = peer.module();
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

  /** Returns whether a peer's package can be found. */
  boolean has(Peer peer) throws InterruptedException {
    String ask =
        "import importlib.util; print(importlib.util.find_spec('%s') is not None)"
            .formatted(peer.module());
    return Child.lastLine(process(List.of(interpreter.toString(), "-c", ask)), log).equals("True");
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
    String line = Child.lastLine(process(command), log);
    try {
      return new ObjectMapper().readTree(line);
    } catch (IOException e) {
      throw new Failure(program + " printed no JSON on its last line", "Its log is " + log, e);
    }
  }

  private void run(List<String> command) throws InterruptedException {
    Child.output(process(command), log);
  }

  private static ProcessBuilder process(List<String> command) {
    ProcessBuilder builder = new ProcessBuilder(command);
    // A peer runs alone, as its users run it: these settings are for processes that share cores.
    builder.environment().remove("OMP_WAIT_POLICY");
    builder.environment().remove("GOMP_SPINCOUNT");
    builder.environment().remove("LRU_CACHE_CAPACITY");
    builder.environment().remove("ONEDNN_PRIMITIVE_CACHE_CAPACITY");
    return builder;
  }
}

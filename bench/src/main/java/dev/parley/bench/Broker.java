package dev.parley.bench;

import dev.parley.cli.process.Ports;
import dev.parley.cli.process.Supervisor;
import dev.parley.cli.terminal.Terminal;
import dev.parley.cli.up.Fleet;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** A broker in a process of its own, with new data. */
final class Broker implements AutoCloseable {

  private static final Duration PATIENCE = Duration.ofMinutes(2);

  private final Supervisor supervisor =
      new Supervisor(Terminal.ofProcess(), Duration.ofSeconds(30));
  private final int port = Ports.free();

  /**
   * Starts it.
   *
   * @param directory for data and log
   * @param partitions of prompts and rollouts
   * @throws dev.parley.cli.Failure if it does not start
   */
  Broker(Path directory, int partitions) throws InterruptedException {
    try {
      Path state = Files.createTempDirectory(directory, "broker-");
      supervisor.awaitReady(
          List.of(supervisor.start(Fleet.broker(port, state, partitions, PATIENCE))));
    } catch (IOException e) {
      supervisor.close();
      throw new UncheckedIOException("cannot make a directory in " + directory, e);
    } catch (InterruptedException | RuntimeException e) {
      supervisor.close();
      throw e;
    }
  }

  /** Returns what clients set as bootstrap.servers. */
  String bootstrap() {
    return "localhost:" + port;
  }

  @Override
  public void close() {
    supervisor.close();
  }
}

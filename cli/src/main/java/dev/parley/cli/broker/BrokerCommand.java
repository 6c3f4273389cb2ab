package dev.parley.cli.broker;

import dev.parley.cli.ExitCode;
import dev.parley.cli.Failure;
import dev.parley.cli.process.Ports;
import dev.parley.cli.terminal.Terminal;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Runs the broker in this process until it is told to stop. */
@Command(
    name = BrokerCommand.NAME,
    hidden = true,
    header = "Run a Kafka broker for one machine, with Parley's topics.",
    description = {"", "'parley up' starts it by itself. SIGTERM stops it cleanly."},
    footer = {"Example:", "  parley broker --port 9092 --data .parley/broker"})
public final class BrokerCommand implements Callable<Integer> {

  /** The command's name. */
  public static final String NAME = "broker";

  /** What the process prints once clients can use it. */
  public static final String READY = "The broker is ready on ";

  private final Terminal terminal;

  @Option(
      names = "--port",
      paramLabel = "PORT",
      defaultValue = "9092",
      description = "Where clients connect. Default: ${DEFAULT-VALUE}.")
  private int port;

  @Option(
      names = "--data",
      required = true,
      paramLabel = "DIR",
      description = "Where it keeps its data; an existing directory of an earlier run is taken up.")
  private Path data;

  @Option(
      names = "--partitions",
      paramLabel = "N",
      defaultValue = "4",
      description =
          "Partitions of prompts and rollouts: as many policies can share the work. Default: ${DEFAULT-VALUE}.")
  private int partitions;

  /** The command, printing to a terminal. */
  public BrokerCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() throws InterruptedException {
    Ports.requireFree(port, "the broker");
    EmbeddedBroker broker = start();
    Runtime.getRuntime().addShutdownHook(new Thread(broker::close, "broker-shutdown"));
    BrokerTopics.create(broker.bootstrap(), partitions);
    terminal.out().println(READY + broker.bootstrap());
    broker.await();
    return ExitCode.OK;
  }

  private EmbeddedBroker start() {
    try {
      return EmbeddedBroker.start(port, Ports.free(), data.toAbsolutePath());
    } catch (Exception e) {
      throw new Failure(
          "the broker does not start on port %d with its data in %s: %s"
              .formatted(port, data, rootCause(e)),
          "Is the port or the directory in use by another broker?",
          e);
    }
  }

  private static String rootCause(Throwable e) {
    Throwable root = e;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    return root.getMessage() == null ? root.toString() : root.getMessage();
  }
}

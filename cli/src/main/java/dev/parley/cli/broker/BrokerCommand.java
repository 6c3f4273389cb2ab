package dev.parley.cli.broker;

import dev.parley.cli.ExitCode;
import dev.parley.cli.Failure;
import dev.parley.cli.process.Ports;
import dev.parley.cli.terminal.Terminal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.apache.kafka.clients.admin.AdminClientConfig;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Runs the broker in this process until it is told to stop. */
@Command(
    name = BrokerCommand.NAME,
    hidden = true,
    header = "Run a Kafka broker for one machine, with Parley's topics.",
    description = {
      "",
      "'parley up' starts it by itself; in a cluster it serves trials. One node, no copies of"
          + " the data, no authentication. SIGTERM stops it cleanly; its data outlive it."
    },
    footer = {
      "Examples:",
      "  parley broker --port 9092 --data .parley/broker",
      "  parley broker --host 0.0.0.0 --advertise kafka.lab --data /data"
    })
public final class BrokerCommand implements Callable<Integer> {

  /** The command's name. */
  public static final String NAME = "broker";

  /** What the process prints once clients can use it. */
  public static final String READY = "The broker is ready on ";

  private final Terminal terminal;

  @Spec private CommandSpec spec;

  @Option(
      names = "--port",
      paramLabel = "PORT",
      defaultValue = "9092",
      description = "Where clients connect. Default: ${DEFAULT-VALUE}.")
  private int port;

  @Option(
      names = "--host",
      paramLabel = "HOST",
      defaultValue = "localhost",
      description =
          "The interface to listen on; 0.0.0.0 is all of them. Default: ${DEFAULT-VALUE}.")
  private String host;

  @Option(
      names = "--advertise",
      paramLabel = "HOST",
      description =
          "The name by which clients reach it. Default: --host; needed with 0.0.0.0, which is no"
              + " name.")
  private Optional<String> advertise = Optional.empty();

  @Option(
      names = "--data",
      required = true,
      paramLabel = "DIR",
      description = "Where it keeps its data; an existing directory of an earlier run is taken up.")
  private Path data;

  @Mixin private TopicOptions topics;

  /** The command, printing to a terminal. */
  public BrokerCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() throws InterruptedException {
    String advertised = advertised();
    TopicSettings made = topics.settings(spec, 1, 1);
    Ports.requireFree(port, "the broker");
    EmbeddedBroker broker = start(advertised);
    Runtime.getRuntime().addShutdownHook(new Thread(broker::close, "broker-shutdown"));
    BrokerTopics.create(Map.of(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, broker.local()), made);
    terminal.out().println(READY + broker.bootstrap());
    broker.await();
    return ExitCode.OK;
  }

  private String advertised() {
    String name = advertise.orElse(host);
    if (name.equals("0.0.0.0") || name.equals("::")) {
      throw new ParameterException(
          spec.commandLine(),
          "%s is every interface and no name to come back to; give --advertise HOST"
              .formatted(name));
    }
    return name;
  }

  private EmbeddedBroker start(String advertised) {
    Path directory = directory();
    try {
      return EmbeddedBroker.start(
          EmbeddedBroker.Listening.at(host, advertised, port), directory.toAbsolutePath());
    } catch (Exception e) {
      throw new Failure(
          "the broker does not start on %s:%d with its data in %s: %s"
              .formatted(host, port, directory, rootCause(e)),
          "Is the port or the directory in use by another broker?",
          e);
    }
  }

  /** Kafka takes every directory for a topic's, and a volume of its own has one that is none. */
  private Path directory() {
    return Files.isDirectory(data.resolve("lost+found")) ? data.resolve("kafka") : data;
  }

  private static String rootCause(Throwable e) {
    Throwable root = e;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    return root.getMessage() == null ? root.toString() : root.getMessage();
  }
}

package dev.parley.cli.broker;

import dev.parley.cli.ExitCode;
import dev.parley.cli.Failure;
import dev.parley.cli.terminal.Terminal;
import dev.parley.proto.BrokerAccess;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.common.KafkaException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Makes the topics that are missing on brokers that run already. */
@Command(
    name = "create",
    header = "Make the topics that are missing; those that are there stay as they are.",
    description = {
      "",
      "Prompts and rollouts are divided among policies by partition; policy-versions is compacted;"
          + " the others are kept for a time. Brokers must take messages as large as"
          + " --max-message-bytes.",
      "",
      "Environment: KAFKA_BOOTSTRAP_SERVERS, and for brokers that ask who is there"
          + " KAFKA_SECURITY_PROTOCOL, KAFKA_SASL_MECHANISM, KAFKA_SASL_JAAS_CONFIG, KAFKA_SSL_…:"
          + " Kafka's client settings by these names."
    },
    footer = {
      "Examples:",
      "  parley topics create --bootstrap-servers kafka:9092 --partitions 16",
      "  parley topics create --bootstrap-servers kafka:9092 --partitions 16 \\",
      "      --replication-factor 3 --min-in-sync-replicas 2"
    })
final class CreateTopicsCommand implements Callable<Integer> {

  private final Terminal terminal;

  @Spec private CommandSpec spec;

  @Option(
      names = "--bootstrap-servers",
      paramLabel = "HOST:PORT",
      description = "The brokers, several separated by commas. Default: KAFKA_BOOTSTRAP_SERVERS.")
  private Optional<String> bootstrapServers = Optional.empty();

  @Mixin private TopicOptions topics;

  @Option(
      names = "--replication-factor",
      paramLabel = "N",
      defaultValue = "1",
      description = "Copies of each record. Default: ${DEFAULT-VALUE}.")
  private int copies;

  @Option(
      names = "--min-in-sync-replicas",
      paramLabel = "N",
      defaultValue = "1",
      description =
          "Copies that must be written before a record counts. Default: ${DEFAULT-VALUE}.")
  private int minInSync;

  CreateTopicsCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() throws InterruptedException {
    String brokers = brokers();
    Map<String, Object> client = new HashMap<>(BrokerAccess.ofProcess());
    client.put(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, brokers);
    try {
      Set<String> made = BrokerTopics.create(client, topics.settings(spec, copies, minInSync));
      made.forEach(terminal.out()::println);
      if (made.isEmpty()) {
        terminal.err().println("all topics were there already");
      }
      return ExitCode.OK;
    } catch (IllegalStateException | KafkaException e) {
      throw new Failure(
          "the topics cannot be made on %s: %s".formatted(brokers, e.getMessage()),
          "Do the brokers run, and may you make topics there? KAFKA_… variables say who you are.",
          e);
    }
  }

  private String brokers() {
    return bootstrapServers
        .or(() -> Optional.ofNullable(System.getenv("KAFKA_BOOTSTRAP_SERVERS")))
        .orElseThrow(
            () ->
                new ParameterException(
                    spec.commandLine(),
                    "--bootstrap-servers is missing, and KAFKA_BOOTSTRAP_SERVERS is not set"));
  }
}

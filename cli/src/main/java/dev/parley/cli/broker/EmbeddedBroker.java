package dev.parley.cli.broker;

import dev.parley.cli.process.Ports;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import kafka.server.KafkaConfig;
import kafka.server.KafkaRaftServer;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.metadata.storage.Formatter;
import org.apache.kafka.server.common.MetadataVersion;

/** One KRaft node that is broker and controller. */
final class EmbeddedBroker implements AutoCloseable {

  private static final String LOOPBACK = "localhost";
  private static final int NODE = 1;
  private static final int CLEANER_BYTES = 8 << 20;

  private final KafkaRaftServer server;
  private final String bootstrap;
  private final String local;

  private EmbeddedBroker(KafkaRaftServer server, String bootstrap, String local) {
    this.server = server;
    this.bootstrap = bootstrap;
    this.local = local;
  }

  /**
   * Where a broker listens.
   *
   * @param host the interface for clients: a name or an address; 0.0.0.0 is all of them
   * @param advertised the name that clients are told to come back to
   * @param port where clients connect
   * @param controllerPort on the loopback interface, where the node talks to itself
   * @param localPort on the loopback interface, for whoever is on this machine
   */
  record Listening(String host, String advertised, int port, int controllerPort, int localPort) {

    /** A broker for this machine alone. */
    static Listening onLoopback(int port) {
      return at(LOOPBACK, LOOPBACK, port);
    }

    /** A broker for others, its own ports being any that are free. */
    static Listening at(String host, String advertised, int port) {
      List<Integer> own = Ports.free(3).stream().filter(free -> free != port).toList();
      return new Listening(host, advertised, port, own.get(0), own.get(1));
    }
  }

  /**
   * Starts a broker; its data are made if there are none, and taken up if there are.
   *
   * @param listening where
   * @param data the directory of its data
   * @throws Exception whatever Kafka throws while it starts: a port in use, a directory in use
   */
  static EmbeddedBroker start(Listening listening, Path data) throws Exception {
    format(data);
    Map<String, String> settings = new HashMap<>();
    settings.put("process.roles", "broker,controller");
    settings.put("node.id", Integer.toString(NODE));
    settings.put(
        "controller.quorum.voters", NODE + "@" + LOOPBACK + ":" + listening.controllerPort());
    // The node's own way to itself: the name that clients use may not lead here yet, as a
    // Kubernetes Service does not before the pod is ready.
    String local = LOOPBACK + ":" + listening.localPort();
    settings.put(
        "listeners",
        "PLAINTEXT://%s:%d,LOCAL://%s,CONTROLLER://%s:%d"
            .formatted(
                listening.host(), listening.port(), local, LOOPBACK, listening.controllerPort()));
    String bootstrap = listening.advertised() + ":" + listening.port();
    settings.put("advertised.listeners", "PLAINTEXT://" + bootstrap + ",LOCAL://" + local);
    settings.put("inter.broker.listener.name", "LOCAL");
    settings.put("controller.listener.names", "CONTROLLER");
    settings.put(
        "listener.security.protocol.map",
        "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,LOCAL:PLAINTEXT");
    settings.put("log.dirs", data.toString());
    settings.put("auto.create.topics.enable", "false");
    settings.put("message.max.bytes", Integer.toString(TopicSettings.LARGEST_MESSAGE));
    settings.put("replica.fetch.max.bytes", Integer.toString(TopicSettings.LARGEST_MESSAGE));
    // Kafka sets 128 MB of heap aside for compacting topics; these hold some thousand keys.
    settings.put("log.cleaner.dedupe.buffer.size", Integer.toString(CLEANER_BYTES));
    // One node: everything that is usually kept three times is kept once.
    settings.put("offsets.topic.replication.factor", "1");
    settings.put("offsets.topic.num.partitions", "1");
    settings.put("transaction.state.log.replication.factor", "1");
    settings.put("transaction.state.log.min.isr", "1");
    settings.put("transaction.state.log.num.partitions", "1");
    settings.put("share.coordinator.state.topic.replication.factor", "1");
    settings.put("share.coordinator.state.topic.min.isr", "1");
    settings.put("group.initial.rebalance.delay.ms", "0");
    KafkaRaftServer server = new KafkaRaftServer(new KafkaConfig(settings), Time.SYSTEM);
    server.startup();
    return new EmbeddedBroker(server, bootstrap, local);
  }

  private static void format(Path data) throws Exception {
    Files.createDirectories(data);
    if (Files.exists(data.resolve("meta.properties"))) {
      return;
    }
    try (PrintStream silent = new PrintStream(OutputStream.nullOutputStream())) {
      new Formatter()
          .setPrintStream(silent)
          .setClusterId(Uuid.randomUuid().toString())
          .setNodeId(NODE)
          .setControllerListenerName("CONTROLLER")
          .setMetadataLogDirectory(data.toString())
          .addDirectory(data.toString())
          .setReleaseVersion(MetadataVersion.LATEST_PRODUCTION)
          .setIgnoreFormatted(false)
          .run();
    }
  }

  /** What clients set as bootstrap.servers. */
  String bootstrap() {
    return bootstrap;
  }

  /** The same for a client on this machine, whatever name is advertised. */
  String local() {
    return local;
  }

  /** Waits until the broker has ended, for whatever reason. */
  void await() {
    server.awaitShutdown();
  }

  /** Stops the broker: what was acknowledged is on the disk afterwards. */
  @Override
  public void close() {
    server.shutdown();
    server.awaitShutdown();
  }
}

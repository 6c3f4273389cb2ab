package dev.parley.cli.up;

import dev.parley.cli.Failure;
import dev.parley.cli.process.ProcessPlan;
import dev.parley.cli.process.Readiness;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * One of Parley's services as a process on this machine.
 *
 * @param name "policy", "reward", "reference": the module's name without "-service"
 * @param port where it listens, for HTTP and gRPC
 * @param properties its configuration besides the port
 */
public record Service(String name, int port, Map<String, String> properties) {

  static final String HOST = "localhost";

  /** Lets a JVM use the processor's vector unit, on which policies decode. */
  private static final List<String> VECTOR_UNIT = List.of("--add-modules", "jdk.incubator.vector");

  /** Copies the map. */
  public Service {
    properties = Map.copyOf(properties);
  }

  /** {@code localhost:PORT}, as gRPC clients name it. */
  public String target() {
    return HOST + ":" + port;
  }

  /** {@code http://localhost:PORT}. */
  public URI address() {
    return URI.create("http://" + HOST + ":" + port);
  }

  /**
   * How to start it.
   *
   * @param root the repository's root
   * @param logs the directory of the logs
   * @param threads the threads for tensors
   * @param patience how long it may take to be ready
   * @throws Failure if it is not built
   */
  public ProcessPlan plan(Path root, Path logs, int threads, Duration patience) {
    Path jar = root.resolve(name + "-service").resolve("target/quarkus-app/quarkus-run.jar");
    if (!Files.isRegularFile(jar)) {
      throw new Failure(
          "the %s service is not built: there is no %s".formatted(name, jar),
          "Build it with: mvn -q -DskipTests package");
    }
    Map<String, String> all = new TreeMap<>(properties);
    all.put(ServiceProperties.PORT, Integer.toString(port));
    all.put(ServiceProperties.HOST, HOST);
    List<String> command = jvm();
    if (name.equals("policy")) {
      command.addAll(VECTOR_UNIT);
    }
    command.add("-Djava.util.logging.manager=org.jboss.logmanager.LogManager");
    all.forEach((key, value) -> command.add("-D" + key + "=" + value));
    command.add("-jar");
    command.add(jar.toString());
    return new ProcessPlan(
        name,
        command,
        environment(threads),
        logs.resolve(name + ".log"),
        new Readiness.Http(address().resolve(ServiceProperties.READY_PATH)),
        patience);
  }

  /**
   * Threads of libtorch that wait must not spin: several services share the cores, and spinning
   * ones starve each other. What oneDNN keeps of the shapes that it has met is bounded ({@code
   * docs/decisions/0048-heads-products.md}).
   */
  public static Map<String, String> environment(int threads) {
    return Map.of(
        "OMP_WAIT_POLICY", "passive",
        "GOMP_SPINCOUNT", "0",
        "OMP_NUM_THREADS", Integer.toString(threads),
        "LRU_CACHE_CAPACITY", "64",
        "ONEDNN_PRIMITIVE_CACHE_CAPACITY", "64",
        // DJL reports its use otherwise.
        "OPT_OUT_TRACKING", "true");
  }

  /**
   * The beginning of the command of a JVM that works beside libtorch, to be gone on with. Weights
   * and files' contents are few large arrays, and what else is made dies young: the simplest
   * collector leaves the large ones where they are and keeps the heap as small as what lives
   * ({@code docs/decisions/0046-serial-collector.md}).
   */
  public static List<String> jvm() {
    return new ArrayList<>(List.of(java(), "-XX:+UseSerialGC", "-XX:MaxNewSize=64m"));
  }

  /** The Java that runs this process. */
  public static String java() {
    return Path.of(System.getProperty("java.home"), "bin", "java").toString();
  }
}
